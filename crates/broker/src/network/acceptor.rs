//! Accepting connections: each runtime accepts from the shared sockets, and a connection stays on
//! the thread that accepted it.

use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base::config::ServerConfig;
use io::Env;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, warn};

use super::admission::{Admission, Entered, Open, Rules};
use super::connection::{Service, serve};

/// What one connection may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `socket.request.max.bytes`.
    pub request_bytes_max: i32,
    /// `connections.max.idle.ms`.
    pub idle: Duration,
    /// `socket.send.buffer.bytes`; none leaves it to the operating system.
    pub send_buffer_bytes: Option<usize>,
}

/// One listening socket on one runtime.
pub struct Acceptor {
    pub listener: TcpListener,
    pub limits: Rc<Limits>,
    pub gate: Gate,
    /// Becomes true when the broker stops: no new connections, no further requests.
    pub stop: watch::Receiver<bool>,
}

/// Where a connection that was accepted waits until it may go on.
pub struct Gate {
    /// The name of the listener that it stands behind.
    pub listener: String,
    pub open: Arc<Open>,
    /// The rules may change while the node runs.
    pub config: Arc<ArcSwap<ServerConfig>>,
    pub env: Arc<dyn Env>,
    pub stop: watch::Receiver<bool>,
}

impl Acceptor {
    /// Accepts until the broker stops, then waits until the connections have sent their last
    /// replies. Must run in a `LocalSet`.
    pub async fn run(
        self,
        service: impl Fn(SocketAddr, SocketAddr) -> Rc<dyn Service>,
    ) -> std::io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let mut stop = self.stop.clone();
        let mut connections: JoinSet<()> = JoinSet::new();
        while !*stop.borrow_and_update() {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = connections.join_next(), if !connections.is_empty() => continue,
                _ = stop.changed() => continue,
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of descriptors, most often: wait for connections to end.
                    warn!("could not accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Some(entered) = self.gate.admit(peer).await else { continue };
            let Some(local) = prepare(&socket, &self.limits) else { continue };
            let (used, limits) = (entered.used.clone(), self.limits.clone());
            let serving = serve(socket, service(local, peer), used, limits, self.stop.clone());
            connections.spawn_local(async move {
                tokio::select! {
                    () = serving => {}
                    () = entered.told_to_go() => {
                        debug!(%peer, "closed a connection: the node has more than `max.connections`, and others were used since");
                    }
                }
            });
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
        Ok(())
    }
}

impl Gate {
    /// Waits until a connection may go on; nothing else is accepted here meanwhile. None if it may not,
    /// or if the broker stops.
    async fn admit(&self, peer: SocketAddr) -> Option<Entered> {
        let rules = || Rules::of(&self.config.load(), &self.listener);
        let mut stop = self.stop.clone();
        let now = self.env.mono();
        let delay = self.open.delay(&rules(), now.0);
        if !delay.is_zero() {
            tokio::select! {
                () = self.env.sleep_until(now.plus_ms(delay.as_millis() as u64)) => {}
                _ = stop.wait_for(|stopping| *stopping) => return None,
            }
        }
        loop {
            // Before the look, so that a slot which becomes free after it is not missed.
            let mut freed = pin!(self.open.freed.notified());
            freed.as_mut().enable();
            match self.open.enter(peer.ip(), &rules()) {
                Admission::Entered(entered) => return Some(entered),
                Admission::TooManyOfPeer { max } => {
                    debug!(%peer, "refused a connection: its address has {max} already (`max.connections.per.ip`)");
                    return None;
                }
                Admission::Full => {}
            }
            tokio::select! {
                () = freed => {}
                _ = stop.wait_for(|stopping| *stopping) => return None,
            }
        }
    }
}

/// Sets the socket's options; a peer that is gone already has none.
fn prepare(socket: &TcpStream, limits: &Limits) -> Option<SocketAddr> {
    io::tune(socket, limits.send_buffer_bytes).ok()?;
    socket.local_addr().ok()
}
