//! The listeners of a node: bound before anything else, so that a port that is taken is the first thing
//! heard of; told to others as they can be reached; and served, at last, by a thread per core.

use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use base::Str;
use base::config::{Listener, ServerConfig};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::warn;

use super::{StartError, runtime, spawn};
use crate::api::{Caller, Connection, Side};
use crate::network::{Acceptor, Connections, Gate, Limits, Service};
use crate::node::{Advertised, Node};

/// A listener, bound.
pub(super) struct Bound {
    sockets: Vec<TcpListener>,
    pub advertised: Advertised,
    side: Side,
}

impl Bound {
    pub fn is_brokers(&self) -> bool {
        self.side == Side::Broker
    }
}

/// Binds what clients connect to: the listeners of the broker, and those of the controller.
pub(super) fn bind_listeners(config: &ServerConfig) -> Result<Vec<Bound>, StartError> {
    let mut bound = Vec::new();
    for listener in &config.listeners {
        let backlog = config.network.socket_listen_backlog_size;
        let receive_buffer_bytes = config.network.receive_buffer_bytes();
        let sockets =
            io::bind(listener.host.as_deref(), listener.port, backlog, receive_buffer_bytes)
                .map_err(|error| StartError(format!("listener {}: {error}", listener.name)))?;
        let port = sockets.first().and_then(|socket| socket.local_addr().ok());
        let port = port.map_or(listener.port, |address| address.port());
        let is_controllers = config.is_controller_listener(&listener.name);
        let known = match is_controllers {
            true => &config.advertised_controller_listeners,
            false => &config.advertised_listeners,
        };
        let advertised = known.iter().find(|other| other.name == listener.name);
        let advertised = advertise(advertised.unwrap_or(listener), port);
        let side = if is_controllers { Side::Controller } else { Side::Broker };
        bound.push(Bound { sockets, advertised, side });
    }
    Ok(bound)
}

pub(super) fn advertised_by(listeners: &[Bound], side: Side) -> Vec<Advertised> {
    let bound = listeners.iter().filter(|bound| bound.side == side);
    bound.map(|bound| bound.advertised.clone()).collect()
}

fn advertise(listener: &Listener, port: u16) -> Advertised {
    let host = match &listener.host {
        Some(host) if !listener.binds_everywhere() => host.clone(),
        _ => io::canonical_host_name(),
    };
    Advertised {
        listener: Str::from(listener.name.as_str()),
        host: Str::from(host),
        port: if listener.port == 0 { port } else { listener.port },
        security_protocol: listener.protocol.id(),
    }
}

/// Where other controllers would reach this one.
pub fn controller_endpoints(config: &ServerConfig) -> Vec<(Str, Str, u16)> {
    let advertised = config.advertised_controller_listeners.iter().map(|listener| {
        let advertised = advertise(listener, listener.port);
        (advertised.listener, advertised.host, advertised.port)
    });
    let mut endpoints: Vec<_> = advertised.collect();
    if endpoints.is_empty() {
        let name = config.controller_listener_names.first().map_or("CONTROLLER", String::as_str);
        endpoints.push((Str::from(name), Str::from_static("localhost"), 9093));
    }
    endpoints
}

/// Accepts and serves, on a thread per core that has every listener.
pub(super) fn serve(
    node: &Arc<Node>,
    listeners: &[Bound],
    connections: &Connections,
    stopping: &watch::Receiver<bool>,
) -> Result<Vec<JoinHandle<()>>, StartError> {
    let config = node.config.load();
    let ids = Arc::new(AtomicU64::new(1));
    let mut threads = Vec::new();
    for core in 0..io::cpu_count() {
        let core = Core {
            node: node.clone(),
            sockets: share(listeners)?,
            // One of them is enough for what is asked every few seconds.
            metrics: if core == 0 { bind_metrics(&config) } else { None },
            connections: connections.clone(),
            ids: ids.clone(),
            limits: limits(&config),
            stop: stopping.clone(),
        };
        let runtime = runtime("network")?;
        threads.push(spawn("network", move || {
            tokio::task::LocalSet::new().block_on(&runtime, core.run());
        })?);
    }
    Ok(threads)
}

/// A listener as one thread has it.
struct Shared {
    listener: Str,
    side: Side,
    socket: TcpListener,
}

/// Every thread accepts from the same sockets: see `docs/decisions/2026-11-24-one-listening-socket.md`.
fn share(listeners: &[Bound]) -> Result<Vec<Shared>, StartError> {
    let mut shared = Vec::new();
    for bound in listeners {
        for socket in &bound.sockets {
            let socket = socket
                .try_clone()
                .map_err(|error| StartError(format!("could not share a listener: {error}")))?;
            let listener = bound.advertised.listener.clone();
            shared.push(Shared { listener, side: bound.side, socket });
        }
    }
    Ok(shared)
}

/// What one thread of the network works with.
struct Core {
    node: Arc<Node>,
    sockets: Vec<Shared>,
    metrics: Option<TcpListener>,
    /// Those of all threads, which limits count.
    connections: Connections,
    /// Of connections, over all threads.
    ids: Arc<AtomicU64>,
    limits: Limits,
    stop: watch::Receiver<bool>,
}

impl Core {
    async fn run(mut self) {
        let mut tasks = JoinSet::new();
        if let Some(socket) = self.metrics.take() {
            let served =
                crate::metrics_endpoint::serve(socket, self.node.clone(), self.stop.clone());
            tasks.spawn_local(async move {
                if let Err(error) = served.await {
                    warn!("the metrics endpoint ended: {error}");
                }
            });
        }
        let limits = Rc::new(self.limits.clone());
        for shared in std::mem::take(&mut self.sockets) {
            let accepting = self.accept(shared, limits.clone());
            tasks.spawn_local(async move {
                if let Err(error) = accepting.await {
                    warn!("a listener ended: {error}");
                }
            });
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Accepts from one socket until the node stops.
    fn accept(
        &self,
        shared: Shared,
        limits: Rc<Limits>,
    ) -> impl Future<Output = std::io::Result<()>> + use<> {
        let Shared { listener, side, socket } = shared;
        let open = match side {
            Side::Broker => &self.connections.of_broker,
            Side::Controller => &self.connections.of_controller,
        };
        let gate = Gate {
            listener: listener.to_string(),
            open: open.clone(),
            config: self.node.config.clone(),
            env: self.node.env.clone(),
            stop: self.stop.clone(),
        };
        let acceptor = Acceptor { listener: socket, limits, gate, stop: self.stop.clone() };
        let (node, ids) = (self.node.clone(), self.ids.clone());
        acceptor.run(move |_local: SocketAddr, peer: SocketAddr| {
            let id = ids.fetch_add(1, Ordering::Relaxed);
            let caller = Caller::new(node.clone(), listener.clone(), side, peer, id);
            Rc::new(Connection(Rc::new(caller))) as Rc<dyn Service>
        })
    }
}

fn bind_metrics(config: &ServerConfig) -> Option<TcpListener> {
    let wanted = config.metrics_listener.as_ref()?;
    match io::bind(Some(&wanted.host), wanted.port, 16, None) {
        Ok(mut sockets) if !sockets.is_empty() => Some(sockets.swap_remove(0)),
        Ok(_) => None,
        Err(error) => {
            warn!("no metrics are served: {error}");
            None
        }
    }
}

fn limits(config: &ServerConfig) -> Limits {
    let network = &config.network;
    let idle_ms = network.connections_max_idle_ms;
    // -1 means for ever; a century is close enough and does not overflow timers.
    let idle_ms = if idle_ms < 0 { 100 * 365 * 86_400_000 } else { idle_ms as u64 };
    Limits {
        request_bytes_max: network.socket_request_max_bytes,
        idle: Duration::from_millis(idle_ms),
        send_buffer_bytes: network.send_buffer_bytes(),
    }
}
