//! Accepting connections: each runtime accepts from the shared sockets, and a connection stays on
//! the thread that accepted it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, warn};

use super::connection::{Service, serve};

/// What one connection may take, and how many there may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `socket.request.max.bytes`.
    pub request_bytes_max: i32,
    /// `connections.max.idle.ms`.
    pub idle: Duration,
    /// `max.connections`.
    pub connections_max: usize,
    /// `max.connections.per.ip`.
    pub connections_per_ip_max: usize,
}

/// Connections that are open on all threads, by peer address.
#[derive(Default)]
pub struct Open {
    by_ip: Mutex<BTreeMap<IpAddr, usize>>,
}

impl Open {
    fn enter(self: &Arc<Self>, ip: IpAddr, limits: &Limits) -> Option<Entered> {
        let mut by_ip = self.by_ip.lock();
        let total: usize = by_ip.values().sum();
        let count = by_ip.entry(ip).or_insert(0);
        if total >= limits.connections_max || *count >= limits.connections_per_ip_max {
            return None;
        }
        *count += 1;
        Some(Entered { open: self.clone(), ip })
    }
}

/// Counts a connection for as long as it lives.
struct Entered {
    open: Arc<Open>,
    ip: IpAddr,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut by_ip = self.open.by_ip.lock();
        if let Some(count) = by_ip.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                by_ip.remove(&self.ip);
            }
        }
    }
}

/// One listening socket on one runtime.
pub struct Acceptor {
    pub listener: TcpListener,
    pub limits: Rc<Limits>,
    pub open: Arc<Open>,
    /// Becomes true when the broker stops: no new connections, no further requests.
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
            let Some(entered) = self.open.enter(peer.ip(), &self.limits) else {
                debug!(%peer, "refused a connection: `max.connections` or `max.connections.per.ip` is reached");
                continue;
            };
            let Some(local) = prepare(&socket) else { continue };
            let serving =
                serve(socket, service(local, peer), self.limits.clone(), self.stop.clone());
            connections.spawn_local(async move {
                let _counted = entered;
                serving.await;
            });
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
        Ok(())
    }
}

/// Sets the socket's options; a peer that is gone already has none.
fn prepare(socket: &TcpStream) -> Option<SocketAddr> {
    io::tune(socket).ok()?;
    socket.local_addr().ok()
}
