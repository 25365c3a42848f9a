use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::Instant;

use super::super::reply::Segment;
use super::*;

const IDLE: Duration = Duration::from_secs(600);

/// More than sockets hold of what nobody reads.
const LARGE: usize = 8 * 1024 * 1024;

/// Takes the first byte of a frame for what is to become of it.
#[derive(Default)]
struct ByFirstByte {
    /// Sets free what is parked, in its order.
    parked: RefCell<VecDeque<oneshot::Sender<()>>>,
    /// How often bytes have come or gone.
    looks: Cell<u64>,
}

impl Service for ByFirstByte {
    fn pipelines(&self, frame: &Bytes) -> bool {
        matches!(frame[0], b'p' | b'x')
    }

    fn call(&self, frame: Bytes) -> Outcome {
        match frame[0] {
            b'p' => {
                let (sender, receiver) = oneshot::channel();
                self.parked.borrow_mut().push_back(sender);
                Outcome::Parked(Box::pin(async move {
                    let _ = receiver.await;
                    Finished::Reply(Reply { segments: vec![Segment::Bytes(frame)] })
                }))
            }
            b'l' => Outcome::Reply(Reply { segments: vec![Segment::Bytes(vec![1; LARGE].into())] }),
            _ => Outcome::Close("it makes no sense".to_owned()),
        }
    }

    fn warm(&self, _: Arc<dyn DiskFile>, _: u64, _: u64) -> Warming {
        Box::pin(std::future::ready(()))
    }

    fn now_us(&self) -> u64 {
        self.looks.set(self.looks.get() + 1);
        0
    }

    fn sent(&self, _: u64) {}
}

/// A connection that is served, and its other end.
struct Served {
    service: Rc<ByFirstByte>,
    peer: TcpStream,
    serving: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Served {
    async fn new() -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 * 1024).unwrap();
        let peer = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        io::tune(&socket, Some(64 * 1024)).unwrap();
        let service = Rc::new(ByFirstByte::default());
        let limits =
            Limits { request_bytes_max: 100, idle: IDLE, send_buffer_bytes: Some(64 * 1024) };
        let (stop, stopping) = watch::channel(false);
        let used = Arc::new(Use::default());
        let serving = serve(socket, service.clone(), used, Rc::new(limits), stopping);
        Served { service, peer, serving: tokio::task::spawn_local(serving), stop }
    }

    async fn send(&mut self, frames: &[&str]) {
        for frame in frames {
            self.peer.write_all(&(frame.len() as u32).to_be_bytes()).await.unwrap();
            self.peer.write_all(frame.as_bytes()).await.unwrap();
        }
    }

    async fn until(&self, is_so: impl Fn(&ByFirstByte) -> bool) {
        while !is_so(&self.service) {
            tokio::task::yield_now().await;
        }
    }

    /// Sets everything free that is parked, and reads until the connection ends.
    async fn last_words(mut self) -> String {
        for parked in self.service.parked.take() {
            parked.send(()).unwrap();
        }
        let mut words = String::new();
        self.peer.read_to_string(&mut words).await.unwrap();
        words
    }
}

/// Runs a test in which time stands still but for what it sets itself.
fn with_time_set<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    // While a thread is lent, the clock does not go on by itself when all wait for a socket.
    let (done, until_done) = std::sync::mpsc::channel::<()>();
    let lent = runtime.spawn_blocking(move || until_done.recv());
    LocalSet::new().block_on(&runtime, test());
    drop(done);
    assert!(runtime.block_on(lent).unwrap().is_err());
}

#[test]
fn a_peer_that_reads_slowly_is_not_idle() {
    with_time_set(|| async {
        let mut served = Served::new().await;
        served.send(&["l"]).await;
        let mut piece = vec![0; LARGE / 8];
        for _ in 0..8 {
            served.peer.read_exact(&mut piece).await.unwrap();
            tokio::time::advance(IDLE / 2).await;
        }
        assert!(!served.serving.is_finished());
    });
}

#[test]
fn a_peer_that_reads_nothing_is_idle() {
    with_time_set(|| async {
        let mut served = Served::new().await;
        served.send(&["l"]).await;
        served.peer.readable().await.unwrap();
        let begun = Instant::now();
        while !served.serving.is_finished() {
            tokio::time::advance(IDLE / 8).await;
        }
        assert!(begun.elapsed() >= IDLE);
    });
}

#[test]
fn a_peer_that_reads_nothing_does_not_hold_up_a_stop() {
    with_time_set(|| async {
        let mut served = Served::new().await;
        served.send(&["l"]).await;
        served.peer.readable().await.unwrap();
        let begun = Instant::now();
        served.stop.send(true).unwrap();
        while !served.serving.is_finished() {
            assert!(begun.elapsed() < IDLE / 10, "it still sends");
            tokio::time::advance(Duration::from_millis(100)).await;
        }
    });
}

#[test]
fn a_peer_that_reads_gets_its_reply_during_a_stop() {
    with_time_set(|| async {
        let mut served = Served::new().await;
        served.send(&["l"]).await;
        served.peer.readable().await.unwrap();
        served.stop.send(true).unwrap();
        let mut reply = Vec::new();
        served.peer.read_to_end(&mut reply).await.unwrap();
        assert_eq!(reply.len(), LARGE);
    });
}

#[test]
fn a_peer_that_ends_its_side_gets_the_replies_to_what_it_asked() {
    with_time_set(|| async {
        let mut served = Served::new().await;
        served.send(&["p1", "p2"]).await;
        served.until(|service| service.parked.borrow().len() == 2).await;
        let before = served.service.looks.get();
        served.peer.shutdown().await.unwrap();
        served.until(|service| service.looks.get() > before).await;
        assert_eq!(served.last_words().await, "p1p2");
    });
}

#[test]
fn the_replies_to_what_came_before_leave_before_a_request_ends_the_connection() {
    with_time_set(|| async {
        let mut served = Served::new().await;
        served.send(&["p1", "p2", "x", "p3"]).await;
        served.until(|service| service.parked.borrow().len() == 2).await;
        assert_eq!(served.last_words().await, "p1p2");
    });
}

#[test]
fn the_replies_to_what_came_before_leave_before_a_bad_length_ends_the_connection() {
    with_time_set(|| async {
        let mut served = Served::new().await;
        served.send(&["p1", "p2"]).await;
        served.peer.write_all(&[0xff; 4]).await.unwrap();
        served.until(|service| service.parked.borrow().len() == 2).await;
        assert_eq!(served.last_words().await, "p1p2");
    });
}
