//! One connection as its task sees it: frames out, frames in, in order.
//!
//! The life of a request: a [`Call`] comes through a bounded queue; its frame joins the outbox and
//! its reply slot the line of those who wait; the socket takes the frame when it can; a frame that
//! comes in belongs to the head of the line, because Kafka answers the requests of a connection in
//! the order it received them. Writing never waits for reading nor the reverse: two peers that
//! both insist on writing first would block each other for ever.
//!
//! The first failure ends the connection: everyone in line is told, later callers find the queue
//! closed and the reason in [`Fate`]. A reply that is late ends it too, as in Java's client: behind
//! a stuck request no other reply can come.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, Result};
use crate::frame::{Inbox, Outbox};

/// Requests that may wait for their turn on the socket; above it callers wait.
pub(crate) const QUEUE_MAX: usize = 64;
/// Unwritten bytes above which no further request is taken from the queue.
const OUTBOX_MAX: usize = 4 << 20;

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Call {
    /// The frame in pieces, its length first.
    pub frame: Vec<Bytes>,
    pub correlation: i32,
    /// What the caller is doing, for errors: `fetch from orders-3`.
    pub during: &'static str,
    pub timeout: Duration,
    pub until: Until,
    /// Where the reply goes, as a frame without its length; nothing in it if there is none.
    pub done: oneshot::Sender<Result<Bytes>>,
}

/// When a request is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    Answered,
    /// It has no response (Produce with `acks=0`): once the socket has its last byte.
    Written,
}

/// Why a connection ended, once it has.
pub(crate) type Fate = Arc<OnceLock<Error>>;

struct Waiting {
    correlation: i32,
    during: &'static str,
    deadline: Instant,
    timeout: Duration,
    done: oneshot::Sender<Result<Bytes>>,
}

/// Who waits, each in the order of the requests.
#[derive(Default)]
struct Line {
    answered: VecDeque<Waiting>,
    /// With how many bytes the socket must have taken.
    written: VecDeque<(u64, Waiting)>,
}

impl Line {
    /// The one of the two at the head whose time is over first.
    fn first(&self) -> Option<&Waiting> {
        let written = self.written.front().map(|(_, waiting)| waiting);
        self.answered.front().into_iter().chain(written).min_by_key(|waiting| waiting.deadline)
    }

    fn accept(&mut self, call: Call, outbox: &mut Outbox) {
        let Call { frame, correlation, during, timeout, until, done } = call;
        for chunk in frame {
            outbox.push(chunk);
        }
        let deadline = Instant::now() + timeout;
        let waiting = Waiting { correlation, during, deadline, timeout, done };
        match until {
            Until::Answered => self.answered.push_back(waiting),
            Until::Written => self.written.push_back((outbox.end(), waiting)),
        }
    }

    /// The socket has taken that many bytes.
    fn advance(&mut self, written: u64) {
        while let Some((end, _)) = self.written.front()
            && *end <= written
        {
            if let Some((_, waiting)) = self.written.pop_front() {
                let _ = waiting.done.send(Ok(Bytes::new()));
            }
        }
    }

    fn deliver(&mut self, frame: Bytes) -> Result<()> {
        let broken = |reason: String| Error::corrupt("a reply", reason);
        let Some(correlation) = frame.first_chunk::<4>().map(|bytes| i32::from_be_bytes(*bytes))
        else {
            let length = frame.len();
            return Err(broken(format!("it has {length} bytes, too few for a correlation id")));
        };
        let Some(waiting) = self.answered.pop_front() else {
            return Err(broken(format!("nobody asked for correlation id {correlation}")));
        };
        if waiting.correlation != correlation {
            let reason = format!(
                "it has correlation id {correlation}, the oldest request has {}",
                waiting.correlation
            );
            self.answered.push_front(waiting);
            return Err(broken(reason));
        }
        // A caller that has given up has dropped its slot; its reply is nobody's.
        let _ = waiting.done.send(Ok(frame));
        Ok(())
    }

    fn fail(self, error: &Error, broker: &Arc<str>) {
        let written = self.written.into_iter().map(|(_, waiting)| waiting);
        for Waiting { done, during, .. } in self.answered.into_iter().chain(written) {
            let _ = done.send(Err(for_call(error, broker, during)));
        }
    }
}

/// Serves the connection until it breaks, or until every handle is gone and every reply is in.
pub(crate) async fn run(
    mut socket: TcpStream,
    mut calls: mpsc::Receiver<Call>,
    broker: Arc<str>,
    fate: Fate,
) {
    let mut line = Line::default();
    let end = serve(&mut socket, &mut calls, &mut line, &broker).await;
    let error = match end {
        Ok(()) => Error::Closed,
        Err(error) => error,
    };
    // First the reason, then the closed queue: who finds the queue closed finds the reason.
    let _ = fate.set(error.clone());
    calls.close();
    line.fail(&error, &broker);
    while let Ok(Call { done, during, .. }) = calls.try_recv() {
        let _ = done.send(Err(for_call(&error, &broker, during)));
    }
}

/// The connection's error in the words of one of its calls.
pub(crate) fn for_call(error: &Error, broker: &Arc<str>, during: &'static str) -> Error {
    match error {
        Error::Unreachable { reason, .. } => Error::Unreachable {
            broker: broker.clone(),
            during: during.into(),
            reason: reason.clone(),
        },
        Error::TimedOut { during: first, after, .. } if &**first != during => Error::unreachable(
            broker.clone(),
            during,
            format!(
                "the connection was given up because a request before this one ({first}) had no reply after {} ms",
                after.as_millis()
            ),
        ),
        other => other.clone(),
    }
}

async fn serve(
    socket: &mut TcpStream,
    calls: &mut mpsc::Receiver<Call>,
    line: &mut Line,
    broker: &Arc<str>,
) -> Result<()> {
    let (mut read, mut write) = socket.split();
    let mut inbox = Inbox::default();
    let mut outbox = Outbox::default();
    let lost = |reason: std::io::Error| Error::unreachable(broker.clone(), "talk", reason);

    // One timer for the whole connection, moved only when it fires: a timer per request would
    // cost more than the request.
    let timer = sleep_until(Instant::now());
    tokio::pin!(timer);
    let mut timer_is_set = false;

    loop {
        if !timer_is_set && let Some(first) = line.first() {
            timer.as_mut().reset(first.deadline);
            timer_is_set = true;
        }
        tokio::select! {
            biased;
            written = write.write_buf(&mut outbox), if outbox.has_remaining() => {
                written.map_err(lost)?;
                line.advance(outbox.written());
            }
            arrived = read.read_buf(inbox.room()) => {
                if arrived.map_err(lost)? == 0 {
                    return Err(Error::unreachable(broker.clone(), "talk", "the broker closed the connection"));
                }
                while let Some(frame) = inbox.next_frame().map_err(|length| {
                    Error::corrupt("a reply's length", format!("{}", length.0))
                })? {
                    line.deliver(frame)?;
                }
            }
            call = calls.recv(), if outbox.remaining() < OUTBOX_MAX => {
                let Some(call) = call else {
                    // No handle is left, so nobody waits either.
                    while outbox.has_remaining() {
                        write.write_buf(&mut outbox).await.map_err(lost)?;
                    }
                    return Ok(());
                };
                line.accept(call, &mut outbox);
                while outbox.remaining() < OUTBOX_MAX && let Ok(call) = calls.try_recv() {
                    line.accept(call, &mut outbox);
                }
            }
            () = timer.as_mut(), if timer_is_set => {
                timer_is_set = false;
                if let Some(first) = line.first() && first.deadline <= Instant::now() {
                    return Err(Error::TimedOut {
                        during: first.during.into(),
                        after: first.timeout,
                        limit: "request.timeout.ms",
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    const LARGE: usize = 64 << 20;

    /// A connection whose other end the test holds.
    async fn pair() -> (mpsc::Sender<Call>, TcpStream, Fate) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (theirs, _) = listener.accept().await.unwrap();
        let (calls, queue) = mpsc::channel(QUEUE_MAX);
        let fate = Fate::default();
        tokio::spawn(run(ours, queue, "b".into(), fate.clone()));
        (calls, theirs, fate)
    }

    fn call(correlation: i32, body: &'static [u8]) -> (Call, oneshot::Receiver<Result<Bytes>>) {
        let (done, answer) = oneshot::channel();
        let timeout = Duration::from_secs(30);
        let frame = vec![Bytes::from_static(body)];
        let until = Until::Answered;
        (Call { frame, correlation, during: "ask", timeout, until, done }, answer)
    }

    /// A request without a response, too large for the buffers of a socket.
    fn large_call() -> (Call, oneshot::Receiver<Result<Bytes>>) {
        let (small, written) = call(1, b"");
        let frame = vec![Bytes::from(vec![0; LARGE])];
        (Call { frame, during: "tell", until: Until::Written, ..small }, written)
    }

    fn reply(correlation: i32, body: &[u8]) -> Vec<u8> {
        let length = 4 + body.len() as i32;
        [&length.to_be_bytes(), &correlation.to_be_bytes(), body].concat()
    }

    #[tokio::test]
    async fn replies_reach_their_callers_in_the_order_of_the_requests() {
        let (calls, mut broker, _) = pair().await;
        let (first, first_answer) = call(1, b"ab");
        let (second, second_answer) = call(2, b"c");
        calls.send(first).await.unwrap();
        calls.send(second).await.unwrap();
        let mut seen = [0; 3];
        broker.read_exact(&mut seen).await.unwrap();
        assert_eq!(&seen, b"abc");

        broker.write_all(&[reply(1, b"x"), reply(2, b"y")].concat()).await.unwrap();
        assert_eq!(first_answer.await.unwrap().unwrap(), &b"\0\0\0\x01x"[..]);
        assert_eq!(second_answer.await.unwrap().unwrap(), &b"\0\0\0\x02y"[..]);
    }

    #[tokio::test]
    async fn a_closed_connection_fails_everyone_who_waits_and_everyone_later() {
        let (calls, broker, fate) = pair().await;
        let (first, answer) = call(1, b"a");
        calls.send(first).await.unwrap();
        drop(broker);
        assert!(matches!(answer.await.unwrap(), Err(Error::Unreachable { .. })));
        calls.closed().await;
        assert!(matches!(fate.get(), Some(Error::Unreachable { .. })));
    }

    #[tokio::test]
    async fn a_reply_to_another_question_ends_the_connection() {
        let (calls, mut broker, _) = pair().await;
        let (first, answer) = call(1, b"a");
        calls.send(first).await.unwrap();
        broker.write_all(&reply(7, b"x")).await.unwrap();
        assert!(matches!(answer.await.unwrap(), Err(Error::Corrupt { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_reply_ends_the_connection_and_names_the_limit() {
        let (calls, _broker, _) = pair().await;
        let (first, first_answer) = call(1, b"a");
        let (mut second, second_answer) = call(2, b"b");
        second.during = "ask again";
        calls.send(first).await.unwrap();
        calls.send(second).await.unwrap();
        let error = first_answer.await.unwrap().unwrap_err();
        assert_eq!(
            error.to_string(),
            "could not ask within 30000 ms; raise `request.timeout.ms` or look at the load of the cluster"
        );
        let error = second_answer.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("a request before this one (ask)"), "{error}");
    }

    #[tokio::test]
    async fn a_request_without_a_response_is_done_once_its_last_byte_has_left() {
        let (calls, mut broker, _) = pair().await;
        let (large, mut written) = large_call();
        calls.send(large).await.unwrap();
        broker.read_exact(&mut [0; 1000]).await.unwrap();
        assert!(written.try_recv().is_err(), "most of it is still to be written");
        broker.read_exact(&mut vec![0; LARGE - 1000]).await.unwrap();
        assert_eq!(written.await.unwrap(), Ok(Bytes::new()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_not_read_runs_into_the_time_limit() {
        let (calls, _broker, _) = pair().await;
        let (large, written) = large_call();
        calls.send(large).await.unwrap();
        let error = written.await.unwrap().unwrap_err();
        assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    }
}
