//! A node, from its configuration to its clean stop.
//!
//! Starting: lock and read the log directories, format them if that is ours to do; replay the
//! metadata log and become leader of its quorum; bind the listeners; open the partitions' logs, in
//! parallel; register and unfence the broker; accept. After a crash the logs are checked while the
//! node serves already, each partition as soon as its log is open.
//!
//! Stopping, in this order: accept nothing new; answer parked fetches with what is there and parked
//! produces with NOT_LEADER_OR_FOLLOWER; end the metadata thread; sync every directory once, write
//! producer snapshots, indexes and checkpoints; and last of all the mark of a clean stop, which says
//! that everything before it is on disk.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use base::Str;
use base::config::{Listener, ServerConfig};
use io::{Env, RealDisk};
use metadata::{Image, SupportedFeatures};
use parking_lot::Mutex;
use protocol::messages::BrokerRegistrationRequest;
use protocol::messages::broker_registration_request::{Feature, Listener as RegisteredListener};
use replication::fetch_session::Sessions;
use replication::quorum::{KnownVoters, QuorumSettings};
use storage::LastStop;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use crate::api::{Caller, Connection, Side};
use crate::applier::{Applier, Shared};
use crate::controller::{ControllerHandle, QUEUE_MAX};
use crate::coordinator::{self, Surroundings};
use crate::format::standalone_voter;
use crate::housekeeping::Housekeeping;
use crate::loader::{self, Found, Unopened};
use crate::log_directory::LogDirectory;
use crate::log_levels::LogLevels;
use crate::metadata_log::{MetadataError, MetadataLog, Retention, log_settings, read_bootstrap};
use crate::metadata_thread::{MetadataThread, controller_settings, fresh_id};
use crate::metrics::Metrics;
use crate::mover::{Mover, Moves};
use crate::network::{Acceptor, Connections, Gate, Limits};
use crate::node::{Advertised, Node};
use crate::opened::{OpenedDirectories, open_directories};
use crate::partitions::Partitions;
use crate::producer_ids::ProducerIds;
use crate::transactions::endings::Endings;

/// Why a node cannot start: the thing, the rule, the remedy.
#[derive(Debug)]
pub struct StartError(pub String);

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl From<MetadataError> for StartError {
    fn from(error: MetadataError) -> StartError {
        StartError(error.to_string())
    }
}

/// A running node.
pub struct Server {
    node: Arc<Node>,
    stop: watch::Sender<bool>,
    network: Vec<JoinHandle<()>>,
    metadata: JoinHandle<(MetadataLog, i64)>,
    /// Gives nothing back if the node stopped before all logs were open.
    housekeeping: JoinHandle<Option<Housekeeping>>,
    mover: JoinHandle<()>,
    coordinators: Vec<JoinHandle<()>>,
    directory_threads: Vec<JoinHandle<()>>,
    opening: Option<JoinHandle<()>>,
    _locks: Vec<io::DirectoryLock>,
}

/// What this build can run. Features without a handler are not supported, and so never finalised; nor
/// is a level whose records may still change upstream, unless the configuration asks for such levels:
/// no Apache Kafka could take over the directory.
pub fn supported_features(config: &ServerConfig) -> SupportedFeatures {
    use metadata::{Feature, MetadataVersion};
    let newest = match config.quorum.unstable_feature_versions_enable {
        true => MetadataVersion::LATEST,
        false => MetadataVersion::LATEST_PRODUCTION,
    };
    SupportedFeatures::new(
        (MetadataVersion::MINIMUM, newest),
        &[
            (Feature::KraftVersion, 1),
            (Feature::TransactionVersion, 2),
            (Feature::GroupVersion, 1),
            (Feature::EligibleLeaderReplicasVersion, 1),
            (Feature::ShareVersion, 1),
            (Feature::StreamsVersion, 1),
        ],
    )
}

impl Server {
    /// Starts a node and returns once it serves.
    ///
    /// # Errors
    /// A port that is taken, a directory that is not this node's, a damaged metadata log.
    pub fn start(config: ServerConfig, env: Arc<dyn Env>) -> Result<Server, StartError> {
        Server::start_with(config, env, LogLevels::unheard())
    }

    /// As [`Server::start`], with levels of the log that can be changed while the node runs.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_with(
        config: ServerConfig,
        env: Arc<dyn Env>,
        log_levels: LogLevels,
    ) -> Result<Server, StartError> {
        refuse_what_is_not_built(&config)?;
        let open_files = io::raise_open_file_limit();
        // Half for files; connections have the other half.
        let disk: Arc<dyn storage::Disk> =
            Arc::new(RealDisk::new((open_files / 2).min(8192) as usize));
        let supported = supported_features(&config);
        let mut opened = open_directories(&disk, &config, &supported, &*env)?;
        let locks = std::mem::take(&mut opened.locks);
        let opened = Arc::new(opened);
        let metrics = Metrics::new();
        let listeners = bind_listeners(&config)?;
        let (stop, stopping) = watch::channel(false);

        let mut directories = Vec::new();
        let mut directory_threads = Vec::new();
        for directory in &opened.directories {
            let (path, id) = (directory.path.clone(), directory.id);
            let (directory, queues) =
                LogDirectory::new(path, id, disk.clone(), env.clone(), metrics.clone());
            let started = directory.start(queues);
            directory_threads.extend(
                started
                    .map_err(|error| StartError(format!("could not start a thread: {error}")))?,
            );
            directories.push(directory);
        }
        let mut metadata = start_metadata(&config, &env, &disk, &opened, &supported, &listeners)?;
        let around = Surroundings {
            me: config.node_id,
            env: env.clone(),
            config: Arc::new(ArcSwap::from_pointee(config.clone())),
            image: Arc::new(ArcSwap::from_pointee(Image::empty())),
            partitions: Arc::new(Partitions::default()),
        };
        let (coordinators, runtimes) = coordinator::start(&around, &metrics);
        let shared = Shared {
            me: config.node_id,
            env: env.clone(),
            image: around.image,
            config: around.config,
            partitions: around.partitions,
            directories: directories.clone(),
            metrics: metrics.clone(),
            doomed: Arc::new(Mutex::new(Vec::new())),
            moves: Arc::new(Moves::default()),
            coordinators: coordinators.clone(),
            connections: Connections::default(),
        };
        let connections = shared.connections.clone();
        let unfinished = loader::settle_futures(&shared, metadata.image());
        let unopened = Unopened::find(&shared, &opened, metadata.image());
        let (asks, queue) = mpsc::channel(QUEUE_MAX);
        let housekeeping = Housekeeping::new(&shared);
        let node = Arc::new(Node {
            id: config.node_id,
            cluster_id: Str::from(opened.cluster_id.clone()),
            env: env.clone(),
            config: shared.config.clone(),
            image: shared.image.clone(),
            kraft_version: metadata.told_kraft_version(),
            partitions: shared.partitions.clone(),
            directories,
            moves: shared.moves.clone(),
            sessions: Mutex::new(Sessions::new(
                config.network.max_incremental_fetch_session_cache_slots as usize,
            )),
            controller: ControllerHandle { asks },
            producer_ids: ProducerIds::default(),
            coordinators,
            endings: Endings::default(),
            supported,
            metrics: metrics.clone(),
            advertised: advertised_by(&listeners, Side::Broker),
            advertised_controllers: advertised_by(&listeners, Side::Controller),
            log_levels,
            stop: stopping.clone(),
        });
        let mut applier = Applier::new(shared.clone());
        let (opened_in, logs) = mpsc::unbounded_channel();
        let (last_stop, awaited) = (opened.last_stop(), unopened.keys());
        let opening = match last_stop {
            LastStop::Unclean if !awaited.is_empty() => {
                applier.load(metadata.image(), Found::new(), awaited);
                let stopping = stopping.clone();
                let deliver = move |opened| {
                    // Whoever takes them is gone only when the node stops.
                    let _ = opened_in.send(opened);
                };
                Some(spawn("opening", move || unopened.open(&stopping, &deliver))?)
            }
            _ => {
                let found = unopened.open_now(&stopping);
                info!(logs = found.len(), "all logs are open");
                applier.load(metadata.image(), found, BTreeSet::new());
                None
            }
        };
        let (all_open_in, all_open) = watch::channel(opening.is_none());
        metadata.unfence(&mut applier)?;
        metrics.active_controllers.set(1);

        let runtime = runtime("metadata")?;
        let metadata_stop = stopping.clone();
        let metadata = spawn("metadata", move || {
            runtime.block_on(metadata.run(queue, applier, logs, all_open_in, metadata_stop))
        })?;
        let runtime = self::runtime("housekeeping")?;
        let (open, housekeeping_stop) = (all_open.clone(), stopping.clone());
        let housekeeping = spawn("housekeeping", move || {
            runtime.block_on(async {
                // What it writes down must not lack the logs that are not open yet.
                match all_open_before(open, housekeeping_stop.clone()).await {
                    true => Some(housekeeping.run(housekeeping_stop).await),
                    false => None,
                }
            })
        })?;
        let coordinators = runtimes.spawn(&node, &stopping)?;
        let runtime = self::runtime("mover")?;
        let (open, mover_stop) = (all_open.clone(), stopping.clone());
        let mover = spawn("mover", move || {
            if runtime.block_on(all_open_before(open, mover_stop.clone())) {
                Mover::new(shared, unfinished, last_stop).run(&mover_stop);
            }
        })?;
        let network = serve_network(&node, &config, listeners, &connections, &stopping)?;
        Ok(Server {
            node,
            stop,
            network,
            metadata,
            housekeeping,
            mover,
            coordinators,
            directory_threads,
            opening,
            _locks: locks,
        })
    }

    /// Where clients reach this node, by listener.
    pub fn advertised(&self) -> &[Advertised] {
        &self.node.advertised
    }

    /// Where administrators and other nodes reach this controller, by listener.
    pub fn advertised_controllers(&self) -> &[Advertised] {
        &self.node.advertised_controllers
    }

    /// Stops cleanly. Blocks until everything is on disk.
    pub fn stop(self) {
        // Nobody listens any more only if every thread has ended already.
        let _ = self.stop.send(true);
        self.node.moves.stop();
        for replica in self.node.partitions.replicas() {
            replica.go_offline();
        }
        for thread in self.network.into_iter().chain(self.coordinators) {
            let _ = thread.join();
        }
        // Its copies are closed when it ends, which is part of a clean stop.
        let moves_closed = self.mover.join().is_ok();
        let (mut log, broker_epoch) = match self.metadata.join() {
            Ok(ended) => ended,
            // A panic there has been printed; without its log nothing can be called clean.
            Err(_) => return,
        };
        let closed = log.close();
        if let Err(reason) = &closed {
            warn!("could not close the metadata log: {reason}");
        }
        for directory in &self.node.directories {
            directory.stop();
        }
        for thread in self.directory_threads {
            let _ = thread.join();
        }
        if let Some(opening) = self.opening {
            // A panic there has been printed, and housekeeping has not begun.
            let _ = opening.join();
        }
        match self.housekeeping.join() {
            Ok(Some(mut housekeeping)) => {
                housekeeping.close_all(broker_epoch, closed.is_ok() && moves_closed);
            }
            Ok(None) => warn!(
                "stopped before every log had been checked; the next start checks them as after a crash"
            ),
            // As above.
            Err(_) => {}
        }
    }
}

/// True when all logs are open; false if the node stops before.
async fn all_open_before(mut open: watch::Receiver<bool>, mut stop: watch::Receiver<bool>) -> bool {
    tokio::select! {
        biased;
        opened = open.wait_for(|open| *open) => opened.is_ok(),
        _ = stop.wait_for(|stop| *stop) => false,
    }
}

/// A configuration that asks for what does not exist yet must not be half obeyed.
fn refuse_what_is_not_built(config: &ServerConfig) -> Result<(), StartError> {
    if !config.roles.broker || !config.roles.controller {
        return Err(StartError(
            "`process.roles` must be `broker,controller`: separate brokers and controllers are not built yet".into(),
        ));
    }
    if config.quorum_voters.len() > 1 {
        return Err(StartError(
            "`controller.quorum.voters` names several controllers: quorums of more than one are not built yet; name this node alone".into(),
        ));
    }
    let secure = config
        .listeners
        .iter()
        .find(|listener| listener.protocol != base::config::SecurityProtocol::Plaintext);
    if let Some(listener) = secure {
        return Err(StartError(format!(
            "listener {} wants {}: only PLAINTEXT is built yet; `listener.security.protocol.map` can map it",
            listener.name,
            listener.protocol.name()
        )));
    }
    Ok(())
}

/// A listener, bound.
struct Bound {
    sockets: Vec<TcpListener>,
    advertised: Advertised,
    side: Side,
}

impl Bound {
    fn is_brokers(&self) -> bool {
        self.side == Side::Broker
    }
}

/// Binds what clients connect to: the listeners of the broker, and those of the controller.
fn bind_listeners(config: &ServerConfig) -> Result<Vec<Bound>, StartError> {
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

fn advertised_by(listeners: &[Bound], side: Side) -> Vec<Advertised> {
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

fn start_metadata(
    config: &ServerConfig,
    env: &Arc<dyn Env>,
    disk: &Arc<dyn storage::Disk>,
    opened: &OpenedDirectories,
    supported: &SupportedFeatures,
    listeners: &[Bound],
) -> Result<MetadataThread, StartError> {
    let dir = PathBuf::from(&config.metadata_log_dir);
    let quorum = &config.quorum;
    let settings = log_settings(quorum.metadata_segment_bytes, quorum.metadata_segment_ms);
    let local = standalone_voter(
        config.node_id,
        opened.metadata_directory_id,
        &controller_endpoints(config),
    );
    let voters = match config.quorum_voters.is_empty() {
        true => KnownVoters::default(),
        false => KnownVoters::from_configuration(replication::quorum::VoterSet::new([
            replication::quorum::Voter {
                key: replication::quorum::ReplicaKey { id: config.node_id, directory: None },
                ..local.clone()
            },
        ])),
    };
    let retention = Retention {
        bytes: quorum.metadata_max_retention_bytes,
        ms: quorum.metadata_max_retention_ms,
    };
    let restored = MetadataLog::open(disk.clone(), &dir, settings, retention, voters, env.wall())?;
    let records = read_bootstrap(&**disk, &dir)?;
    let bootstrap = match records {
        Some(records) => metadata::bootstrap::Bootstrap::from_records(records)
            .map_err(|error| StartError(error.to_string()))?,
        None => metadata::bootstrap::Format::standalone(supported.clone())
            .plan()
            .map_err(|error| StartError(error.to_string()))?,
    };
    let cluster_id = Str::from(opened.cluster_id.clone());
    let registration = registration(config, &**env, opened, supported, listeners, &cluster_id);
    let quorum = QuorumSettings {
        local,
        cluster_id: cluster_id.clone(),
        election_timeout_ms: quorum.election_timeout_ms as u64,
        fetch_timeout_ms: quorum.fetch_timeout_ms as u64,
    };
    let controller = controller_settings(config, cluster_id, supported.clone());
    let started = MetadataThread::start(
        env.clone(),
        config,
        restored,
        quorum,
        controller,
        &bootstrap,
        registration,
    );
    Ok(started?)
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

fn registration(
    config: &ServerConfig,
    env: &dyn Env,
    opened: &OpenedDirectories,
    supported: &SupportedFeatures,
    listeners: &[Bound],
    cluster_id: &Str,
) -> BrokerRegistrationRequest {
    let listeners = listeners.iter().filter(|bound| bound.is_brokers());
    let listeners = listeners.map(|bound| RegisteredListener {
        name: bound.advertised.listener.clone(),
        host: bound.advertised.host.clone(),
        port: bound.advertised.port,
        security_protocol: bound.advertised.security_protocol,
        ..RegisteredListener::default()
    });
    let features = supported.iter().map(|(name, levels)| Feature {
        name: name.clone(),
        min_supported_version: levels.min,
        max_supported_version: levels.max,
        ..Feature::default()
    });
    BrokerRegistrationRequest {
        broker_id: config.node_id.0,
        cluster_id: cluster_id.clone(),
        incarnation_id: fresh_id(env),
        listeners: listeners.collect(),
        features: features.collect(),
        rack: config.quorum.rack.as_deref().map(Str::from),
        log_dirs: opened.directories.iter().map(|directory| directory.id).collect(),
        previous_broker_epoch: opened.previous_broker_epoch(),
        ..BrokerRegistrationRequest::default()
    }
}

fn serve_network(
    node: &Arc<Node>,
    config: &ServerConfig,
    listeners: Vec<Bound>,
    connections: &Connections,
    stopping: &watch::Receiver<bool>,
) -> Result<Vec<JoinHandle<()>>, StartError> {
    let next_id = Arc::new(AtomicU64::new(1));
    let mut threads = Vec::new();
    for core in 0..io::cpu_count() {
        let mut sockets = Vec::new();
        for bound in &listeners {
            for socket in &bound.sockets {
                let socket = socket
                    .try_clone()
                    .map_err(|error| StartError(format!("could not share a listener: {error}")))?;
                let open = match bound.side {
                    Side::Broker => connections.of_broker.clone(),
                    Side::Controller => connections.of_controller.clone(),
                };
                sockets.push((bound.advertised.listener.clone(), bound.side, open, socket));
            }
        }
        let metrics_socket = if core == 0 { bind_metrics(config) } else { None };
        let (node, next_id) = (node.clone(), next_id.clone());
        let (stopping, limits) = (stopping.clone(), limits(config));
        let runtime = runtime("network")?;
        threads.push(spawn("network", move || {
            let local = tokio::task::LocalSet::new();
            let measured = node.clone();
            let metrics_stop = stopping.clone();
            local.block_on(&runtime, async move {
                let limits = Rc::new(limits);
                let mut tasks = tokio::task::JoinSet::new();
                if let Some(socket) = metrics_socket {
                    tasks.spawn_local(async move {
                        if let Err(error) =
                            crate::metrics_endpoint::serve(socket, measured, metrics_stop).await
                        {
                            warn!("the metrics endpoint ended: {error}");
                        }
                    });
                }
                for (listener, side, open, socket) in sockets {
                    let acceptor = Acceptor {
                        listener: socket,
                        limits: limits.clone(),
                        gate: Gate {
                            listener: listener.to_string(),
                            open,
                            config: node.config.clone(),
                            env: node.env.clone(),
                            stop: stopping.clone(),
                        },
                        stop: stopping.clone(),
                    };
                    let (node, next_id) = (node.clone(), next_id.clone());
                    tasks.spawn_local(async move {
                        let service = move |_local: SocketAddr, peer: SocketAddr| {
                            let id = next_id.fetch_add(1, Ordering::Relaxed);
                            let caller =
                                Caller::new(node.clone(), listener.clone(), side, peer, id);
                            Rc::new(Connection(Rc::new(caller))) as Rc<dyn crate::network::Service>
                        };
                        if let Err(error) = acceptor.run(service).await {
                            warn!("a listener ended: {error}");
                        }
                    });
                }
                while tasks.join_next().await.is_some() {}
            });
        })?);
    }
    Ok(threads)
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

pub(crate) fn runtime(name: &str) -> Result<tokio::runtime::Runtime, StartError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError(format!("could not start the {name} runtime: {error}")))
}

pub(crate) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, StartError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StartError(format!("could not start the {name} thread: {error}")))
}

/// One line for whoever started the node.
pub fn announce(server: &Server, config: &ServerConfig) {
    let places: Vec<String> = server
        .advertised()
        .iter()
        .map(|listener| format!("{}://{}:{}", listener.listener, listener.host, listener.port))
        .collect();
    info!(
        node = config.node_id.0,
        data = config.log_dirs.join(","),
        durability = ?config.durability,
        "serving on {}",
        places.join(", ")
    );
}

#[cfg(test)]
mod tests {
    use base::config::ServerConfig;
    use base::config::server::Given;
    use metadata::MetadataVersion;

    #[test]
    fn a_level_that_may_still_change_is_supported_where_it_is_asked_for() {
        let newest = |settings: &[(String, String)]| {
            let given = Given { file: None, environment: &[], settings };
            let config = ServerConfig::load(&given).expect("the settings are good").config;
            super::supported_features(&config).range(MetadataVersion::FEATURE).max
        };
        let unstable = ("unstable.feature.versions.enable".to_owned(), "true".to_owned());
        assert_eq!(newest(&[]), MetadataVersion::LATEST_PRODUCTION.level());
        assert_eq!(newest(&[unstable]), MetadataVersion::LATEST.level());
    }
}
