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
    /// Where the reply goes, as a frame without its length; `None` for a request that has none (Produce with `acks=0`).
    pub reply: Option<oneshot::Sender<Result<Bytes>>>,
}

/// Why a connection ended, once it has.
pub(crate) type Fate = Arc<OnceLock<Error>>;

struct Waiting {
    correlation: i32,
    during: &'static str,
    deadline: Instant,
    timeout: Duration,
    reply: oneshot::Sender<Result<Bytes>>,
}

/// Serves the connection until it breaks, or until every handle is gone and every reply is in.
pub(crate) async fn run(
    mut socket: TcpStream,
    mut calls: mpsc::Receiver<Call>,
    broker: Arc<str>,
    fate: Fate,
) {
    let mut line = VecDeque::new();
    let end = serve(&mut socket, &mut calls, &mut line, &broker).await;
    let error = match end {
        Ok(()) => Error::Closed,
        Err(error) => error,
    };
    // First the reason, then the closed queue: who finds the queue closed finds the reason.
    let _ = fate.set(error.clone());
    calls.close();
    while let Some(Waiting { reply, during, .. }) = line.pop_front() {
        let _ = reply.send(Err(for_call(&error, &broker, during)));
    }
    while let Ok(Call { reply: Some(reply), during, .. }) = calls.try_recv() {
        let _ = reply.send(Err(for_call(&error, &broker, during)));
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
    line: &mut VecDeque<Waiting>,
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
        if !timer_is_set && let Some(first) = line.front() {
            timer.as_mut().reset(first.deadline);
            timer_is_set = true;
        }
        tokio::select! {
            biased;
            written = write.write_buf(&mut outbox), if outbox.has_remaining() => {
                written.map_err(lost)?;
            }
            arrived = read.read_buf(inbox.room()) => {
                if arrived.map_err(lost)? == 0 {
                    return Err(Error::unreachable(broker.clone(), "talk", "the broker closed the connection"));
                }
                while let Some(frame) = inbox.next_frame().map_err(|length| {
                    Error::corrupt("a reply's length", format!("{}", length.0))
                })? {
                    deliver(frame, line)?;
                }
            }
            call = calls.recv(), if outbox.remaining() < OUTBOX_MAX => {
                let Some(call) = call else {
                    // No handle is left, so nobody waits for a reply either.
                    while outbox.has_remaining() {
                        write.write_buf(&mut outbox).await.map_err(lost)?;
                    }
                    return Ok(());
                };
                accept(call, &mut outbox, line);
                while outbox.remaining() < OUTBOX_MAX && let Ok(call) = calls.try_recv() {
                    accept(call, &mut outbox, line);
                }
            }
            () = timer.as_mut(), if timer_is_set => {
                timer_is_set = false;
                if let Some(first) = line.front() && first.deadline <= Instant::now() {
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

fn accept(call: Call, outbox: &mut Outbox, line: &mut VecDeque<Waiting>) {
    let Call { frame, correlation, during, timeout, reply } = call;
    for chunk in frame {
        outbox.push(chunk);
    }
    if let Some(reply) = reply {
        let deadline = Instant::now() + timeout;
        line.push_back(Waiting { correlation, during, deadline, timeout, reply });
    }
}

fn deliver(frame: Bytes, line: &mut VecDeque<Waiting>) -> Result<()> {
    let broken = |reason: String| Error::corrupt("a reply", reason);
    let Some(correlation) = frame.first_chunk::<4>().map(|bytes| i32::from_be_bytes(*bytes)) else {
        return Err(broken(format!("it has {} bytes, too few for a correlation id", frame.len())));
    };
    let Some(waiting) = line.pop_front() else {
        return Err(broken(format!("nobody asked for correlation id {correlation}")));
    };
    if waiting.correlation != correlation {
        let reason = format!(
            "it has correlation id {correlation}, the oldest request has {}",
            waiting.correlation
        );
        line.push_front(waiting);
        return Err(broken(reason));
    }
    // A caller that has given up has dropped its slot; its reply is nobody's.
    let _ = waiting.reply.send(Ok(frame));
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

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
        let (reply, answer) = oneshot::channel();
        let timeout = Duration::from_secs(30);
        let frame = vec![Bytes::from_static(body)];
        (Call { frame, correlation, during: "ask", timeout, reply: Some(reply) }, answer)
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
}
