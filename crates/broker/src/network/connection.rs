//! One connection, from its first frame to its last reply.
//!
//! Requests take effect in order and their replies leave in order. A Produce that follows a
//! Produce is handed on while the first one's reply is still parked (bounded by
//! [`PIPELINED_REQUESTS_MAX`] and [`PIPELINED_BYTES_MAX`]): a flush or a follower is waited for
//! without idling the wire. Any other request waits until the replies before it have left, as
//! Apache's muted channels do.
//!
//! While a reply is parked the socket is still read, a little ahead, so that the next Produce is found
//! and a connection that was reset ends its long poll. A peer that has merely ended its own side, or
//! that sends what makes no sense, first gets the replies to what it had asked.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use io::{FrameError, FrameReader};
use storage::DiskFile;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tracing::debug;

use super::acceptor::Limits;
use super::admission::Use;
use super::reply::{Outlet, Reply};
use super::stopping::Stopping;

/// Replies of one connection that may be parked at once (design: a window of five batches times
/// a few partitions fits; a runaway client does not).
const PIPELINED_REQUESTS_MAX: usize = 32;

/// Bytes of requests whose replies are parked.
const PIPELINED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How far the socket is read ahead while an earlier request has not been answered.
const READ_AHEAD_BYTES_MAX: usize = 1024 * 1024;

/// A reply that is not ready yet.
pub type Parked = Pin<Box<dyn Future<Output = Finished>>>;

/// What a request that was waited for came to.
pub enum Finished {
    Reply(Reply),
    /// An `acks=0` produce.
    NoReply,
    /// As [`Outcome::Close`].
    Close(String),
}

/// What became of a request.
pub enum Outcome {
    Reply(Reply),
    /// The request has taken effect; its reply waits for a commit. The next request may be served.
    Parked(Parked),
    /// The request is under way; nothing else is served until it is answered.
    Busy(Parked),
    /// An `acks=0` produce.
    NoReply,
    /// Kafka's only answer where no reply can be encoded: the connection ends.
    Close(String),
}

/// Who answers frames. One value for each connection: it holds what is known of the peer.
pub trait Service: 'static {
    /// Whether a frame may be handed on while earlier replies of the same kind are parked.
    fn pipelines(&self, frame: &Bytes) -> bool;

    fn call(&self, frame: Bytes) -> Outcome;

    /// Brings a range of a file into memory, on a thread that may wait for its disk.
    fn warm(&self, file: Arc<dyn DiskFile>, position: u64, length: u64) -> Warming;

    /// Microseconds of the node's clock.
    fn now_us(&self) -> u64;

    /// A reply has left, and that took so many microseconds.
    fn sent(&self, micros: u64);
}

/// Ends when a range of a file is in memory, or cannot be brought there.
pub type Warming = Pin<Box<dyn Future<Output = ()>>>;

enum Waiting {
    Ready(Reply),
    Parked { reply: Parked, bytes: usize },
    Busy(Parked),
}

/// Serves one connection until either side ends it.
pub(super) async fn serve(
    mut socket: TcpStream,
    service: Rc<dyn Service>,
    used: Arc<Use>,
    limits: Rc<Limits>,
    stop: watch::Receiver<bool>,
) {
    used.at(service.now_us());
    let mut connection = Connection {
        service,
        used,
        frames: FrameReader::new(limits.request_bytes_max),
        waiting: VecDeque::new(),
        parked_bytes: 0,
        held: None,
        ended: None,
        idle: limits.idle,
        stop: Stopping::new(stop),
    };
    if let Err(reason) = connection.run(&mut socket).await {
        debug!(peer = ?socket.peer_addr().ok(), "closing the connection: {reason}");
    }
}

struct Connection {
    service: Rc<dyn Service>,
    used: Arc<Use>,
    frames: FrameReader,
    waiting: VecDeque<Waiting>,
    parked_bytes: usize,
    /// A frame whose turn has not come.
    held: Option<Bytes>,
    /// Why nothing more is read.
    ended: Option<String>,
    idle: Duration,
    stop: Stopping,
}

impl Connection {
    async fn run(&mut self, socket: &mut TcpStream) -> Result<(), String> {
        loop {
            self.send_ready(socket).await?;
            if self.serve_next_frame() {
                continue;
            }
            if self.waiting.is_empty() {
                if let Some(reason) = self.ended.take() {
                    return Err(reason);
                }
                if self.stop.is_told() {
                    return Err("the broker stops".into());
                }
                self.frames.release_when_empty();
            }
            self.wait(socket).await?;
        }
    }

    /// Waits for the reply at the front, or for bytes.
    async fn wait(&mut self, socket: &mut TcpStream) -> Result<(), String> {
        let has_room = self.held.is_none() && self.frames.buffered() < READ_AHEAD_BYTES_MAX;
        let reads = self.ended.is_none() && (has_room || self.waiting.is_empty());
        let may_idle_out = self.waiting.is_empty() || self.ended.is_some();
        let stopping = self.stop.is_told();
        tokio::select! {
            biased;
            finished = front(&mut self.waiting), if !self.waiting.is_empty() => {
                if let Some(Waiting::Parked { bytes, .. }) = self.waiting.pop_front() {
                    self.parked_bytes -= bytes;
                }
                match finished {
                    Finished::Reply(reply) => self.waiting.push_front(Waiting::Ready(reply)),
                    Finished::NoReply => {}
                    Finished::Close(reason) => return Err(reason),
                }
                Ok(())
            }
            read = self.frames.fill(socket), if reads => {
                self.used.at(self.service.now_us());
                match read {
                    Ok(()) => Ok(()),
                    // Nothing reaches the peer any more.
                    Err(error @ FrameError::Io(_)) => Err(error.to_string()),
                    Err(error) => {
                        self.ended = Some(error.to_string());
                        Ok(())
                    }
                }
            }
            () = self.stop.told(), if !stopping => Ok(()),
            _ = tokio::time::sleep(self.idle), if may_idle_out => {
                Err("it was idle for `connections.max.idle.ms`".into())
            }
        }
    }

    /// Hands on one frame if one has arrived and its turn has come; says whether it did.
    fn serve_next_frame(&mut self) -> bool {
        if self.held.is_none() {
            match self.frames.take() {
                Ok(frame) => self.held = frame,
                Err(error) => self.ended = Some(error.to_string()),
            }
        }
        let Some(frame) = self.held.take() else { return false };
        if !self.admits(&frame) {
            self.held = Some(frame);
            return false;
        }
        let bytes = frame.len();
        match self.service.call(frame) {
            Outcome::Reply(reply) => self.waiting.push_back(Waiting::Ready(reply)),
            Outcome::Parked(reply) => {
                self.parked_bytes += bytes;
                self.waiting.push_back(Waiting::Parked { reply, bytes });
            }
            Outcome::Busy(reply) => self.waiting.push_back(Waiting::Busy(reply)),
            Outcome::NoReply => {}
            Outcome::Close(reason) => {
                // When its turn comes: the replies to what was asked before leave first.
                let close = std::future::ready(Finished::Close(reason));
                self.waiting.push_back(Waiting::Busy(Box::pin(close)));
            }
        }
        true
    }

    fn admits(&self, frame: &Bytes) -> bool {
        if self.waiting.is_empty() {
            return true;
        }
        let all_parked = self.waiting.iter().all(|waiting| !matches!(waiting, Waiting::Busy(_)));
        all_parked
            && self.service.pipelines(frame)
            && self.waiting.len() < PIPELINED_REQUESTS_MAX
            && self.parked_bytes + frame.len() <= PIPELINED_BYTES_MAX
    }

    /// Sends the replies at the front that are ready.
    async fn send_ready(&mut self, socket: &TcpStream) -> Result<(), String> {
        while matches!(self.waiting.front(), Some(Waiting::Ready(_))) {
            let Some(Waiting::Ready(reply)) = self.waiting.pop_front() else { break };
            let begun_us = self.service.now_us();
            let outlet =
                Outlet { socket, service: &*self.service, used: &self.used, idle: self.idle };
            let sent = tokio::select! {
                biased;
                sent = reply.send(&outlet) => sent,
                () = self.stop.grace_is_over() => {
                    return Err("the broker stops, and the peer does not read its replies".into());
                }
            };
            sent.map_err(|error| format!("could not send a reply: {error}"))?;
            self.service.sent(self.service.now_us() - begun_us);
        }
        Ok(())
    }
}

/// Resolves when the reply at the front is there.
async fn front(waiting: &mut VecDeque<Waiting>) -> Finished {
    match waiting.front_mut() {
        Some(Waiting::Parked { reply, .. } | Waiting::Busy(reply)) => reply.await,
        // `send_ready` has sent whatever is ready, so this is never polled.
        Some(Waiting::Ready(_)) | None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
