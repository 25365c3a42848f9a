//! A node, from its configuration to its clean stop.
//!
//! Starting: lock and read the log directories, format them if that is ours to do; bind the listeners;
//! replay the metadata log and become leader of its quorum; open the partitions' logs, in parallel;
//! register and unfence the broker; accept. After a crash the logs are checked while the
//! node serves already, each partition as soon as its log is open.
//!
//! Stopping, in this order: accept nothing new; answer parked fetches with what is there and parked
//! produces with NOT_LEADER_OR_FOLLOWER, to clients that read it soon; end the metadata thread; sync every directory once, write
//! producer snapshots, indexes and checkpoints; and last of all the mark of a clean stop, which says
//! that everything before it is on disk.

mod listeners;
mod quorum;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use base::Str;
use base::config::ServerConfig;
use io::{Env, RealDisk};
use metadata::{Image, SupportedFeatures};
use parking_lot::Mutex;
use replication::fetch_session::Sessions;
use storage::{Disk, LastStop};
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use crate::api::Side;
use crate::applier::{Applier, Shared};
use crate::compactor::Compactor;
use crate::controller::{ControllerHandle, QUEUE_MAX};
use crate::coordinator::{self, Runtimes, Surroundings};
use crate::housekeeping::{BesideCompaction, Housekeeping};
use crate::loader::{self, Found, Opened, Unopened};
use crate::log_directory::LogDirectory;
use crate::log_levels::LogLevels;
use crate::metadata_log::{MetadataError, MetadataLog};
use crate::metrics::Metrics;
use crate::mover::{Mover, Moves};
use crate::network::Connections;
use crate::node::{Advertised, Node};
use crate::opened::{OpenedDirectories, open_directories};
use crate::partitions::Partitions;
use crate::producer_ids::ProducerIds;
use crate::transactions::endings::Endings;
pub use listeners::controller_endpoints;
use listeners::{advertised_by, bind_listeners};
use quorum::start_metadata;

/// How often a node asks itself whether it can go on.
const FAILURE_LOOK_MS: u64 = 1000;

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
    compactor: JoinHandle<()>,
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
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new((open_files / 2).min(8192) as usize));
        let supported = supported_features(&config);
        let mut opened = open_directories(&disk, &config, &supported, &*env)?;
        let locks = std::mem::take(&mut opened.locks);
        let listeners = bind_listeners(&config)?;
        opened.take_up(&*disk, Path::new(&config.metadata_log_dir))?;
        let opened = Arc::new(opened);
        let metrics = Metrics::new();
        let (stop, stopping) = watch::channel(false);
        let (directories, directory_threads) = start_directories(&opened, &disk, &env, &metrics)?;
        let mut metadata = start_metadata(&config, &env, &disk, &opened, &supported, &listeners)?;
        let (shared, runtimes) = shared(&config, env, directories, metrics);

        let mut applier = Applier::new(shared.clone(), metadata.image());
        let unfinished = loader::settle_futures(&shared, metadata.image());
        let unopened = Unopened::find(&shared, &opened, metadata.image())?;
        let beside = Arc::new(BesideCompaction::default());
        let housekeeping = Housekeeping::new(&shared, beside.clone());
        let compactor = Compactor::new(&shared, beside);
        let last_stop = opened.last_stop();
        let opening = open_logs(unopened, last_stop, metadata.image(), &mut applier, &stopping)?;
        let (all_open_in, all_open) = watch::channel(opening.thread.is_none());

        let (asks, queue) = mpsc::channel(QUEUE_MAX);
        let sessions_max = config.network.max_incremental_fetch_session_cache_slots as usize;
        let node = Arc::new(Node {
            id: config.node_id,
            cluster_id: Str::from(opened.cluster_id.clone()),
            env: shared.env.clone(),
            config: shared.config.clone(),
            image: shared.image.clone(),
            kraft_version: metadata.told_kraft_version(),
            partitions: shared.partitions.clone(),
            directories: shared.directories.clone(),
            moves: shared.moves.clone(),
            sessions: Mutex::new(Sessions::new(sessions_max)),
            controller: ControllerHandle { asks },
            producer_ids: ProducerIds::default(),
            coordinators: shared.coordinators.clone(),
            endings: Endings::default(),
            supported,
            metrics: shared.metrics.clone(),
            advertised: advertised_by(&listeners, Side::Broker),
            advertised_controllers: advertised_by(&listeners, Side::Controller),
            log_levels,
            stop: stopping.clone(),
        });
        metadata.unfence(&mut applier)?;
        shared.metrics.active_controllers.set(1);

        let (runtime, metadata_stop) = (runtime("metadata")?, stopping.clone());
        let metadata = spawn("metadata", move || {
            let logs = opening.logs;
            runtime.block_on(metadata.run(queue, applier, logs, all_open_in, metadata_stop))
        })?;
        let housekeeping = keep_house(housekeeping, all_open.clone(), stopping.clone())?;
        let compactor = compact(compactor, all_open.clone(), stopping.clone())?;
        let coordinators = runtimes.spawn(&node, &stopping)?;
        let connections = shared.connections.clone();
        let begin = move || Mover::new(shared, unfinished, last_stop);
        let mover = move_replicas(begin, all_open, stopping.clone())?;
        let network = listeners::serve(&node, &listeners, &connections, &stopping)?;
        Ok(Server {
            node,
            stop,
            network,
            metadata,
            housekeeping,
            compactor,
            mover,
            coordinators,
            directory_threads,
            opening: opening.thread,
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

    /// Returns, with the reason, when the node can be of no more use: no log directory works any more, or
    /// its metadata log does not. Kafka halts then, and whoever watches over the process starts it again.
    pub async fn failed(&self) -> &'static str {
        loop {
            if self.metadata.is_finished() {
                return "the metadata log cannot be written";
            }
            if self.node.directories.iter().all(|directory| directory.is_offline()) {
                return "no log directory works any more";
            }
            let env = &self.node.env;
            env.sleep_until(env.mono().plus_ms(FAILURE_LOOK_MS)).await;
        }
    }

    /// Stops cleanly. Blocks until everything is on disk.
    pub fn stop(self) {
        // First: no move ends after the metadata thread has asked for the last time which have.
        self.node.moves.stop();
        // Nobody listens any more only if every thread has ended already.
        let _ = self.stop.send(true);
        for replica in self.node.partitions.replicas() {
            replica.go_offline();
        }
        for thread in self.network.into_iter().chain(self.coordinators) {
            let _ = thread.join();
        }
        // The mover closes its copies when it ends, and the compactor leaves no log half changed: both are
        // part of a clean stop.
        let rewrites_ended = self.mover.join().is_ok() & self.compactor.join().is_ok();
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
                housekeeping.close_all(broker_epoch, closed.is_ok() && rewrites_ended);
            }
            Ok(None) => warn!(
                "stopped before every log had been checked; the next start checks them as after a crash"
            ),
            // As above.
            Err(_) => {}
        }
    }
}

/// The log directories, with the threads of each.
type Directories = (Vec<Arc<LogDirectory>>, Vec<JoinHandle<()>>);

fn start_directories(
    opened: &OpenedDirectories,
    disk: &Arc<dyn Disk>,
    env: &Arc<dyn Env>,
    metrics: &Arc<Metrics>,
) -> Result<Directories, StartError> {
    let (mut directories, mut threads) = (Vec::new(), Vec::new());
    for found in &opened.directories {
        let (directory, queues) = LogDirectory::new(
            found.path.clone(),
            found.id,
            disk.clone(),
            env.clone(),
            metrics.clone(),
        );
        if let Some(reason) = &found.failure {
            directory.fail(reason);
        }
        let started = directory.start(queues);
        threads.extend(
            started.map_err(|error| StartError(format!("could not start a thread: {error}")))?,
        );
        directories.push(directory);
    }
    Ok((directories, threads))
}

/// What the parts of a node have in common, empty as yet, and the coordinators among them.
pub(crate) fn shared(
    config: &ServerConfig,
    env: Arc<dyn Env>,
    directories: Vec<Arc<LogDirectory>>,
    metrics: Arc<Metrics>,
) -> (Shared, Runtimes) {
    let around = Surroundings {
        me: config.node_id,
        env: env.clone(),
        config: Arc::new(ArcSwap::from_pointee(config.clone())),
        image: Arc::new(ArcSwap::from_pointee(Image::empty())),
        partitions: Arc::new(Partitions::default()),
    };
    let (coordinators, runtimes) = coordinator::start(&around, &metrics);
    let connections = Connections::counted_by(&metrics.connections);
    let shared = Shared {
        me: config.node_id,
        env,
        image: around.image,
        config: around.config,
        partitions: around.partitions,
        directories,
        metrics,
        doomed: Arc::new(Mutex::new(Vec::new())),
        moves: Arc::new(Moves::default()),
        coordinators,
        connections,
    };
    (shared, runtimes)
}

/// Logs that are opened while the node serves.
struct LateLogs {
    /// None if all are open.
    thread: Option<JoinHandle<()>>,
    logs: mpsc::UnboundedReceiver<Opened>,
}

/// Opens the logs before anyone is served; after a crash, beside it.
fn open_logs(
    unopened: Unopened,
    last_stop: LastStop,
    image: &Image,
    applier: &mut Applier,
    stopping: &watch::Receiver<bool>,
) -> Result<LateLogs, StartError> {
    let (opened_in, logs) = mpsc::unbounded_channel();
    let awaited = unopened.keys();
    if last_stop == LastStop::Clean || awaited.is_empty() {
        let found = unopened.open_now(stopping);
        info!(logs = found.len(), "all logs are open");
        applier.load(image, found, BTreeSet::new());
        return Ok(LateLogs { thread: None, logs });
    }
    applier.load(image, Found::new(), awaited);
    let stopping = stopping.clone();
    let deliver = move |opened| {
        // Whoever takes them is gone only when the node stops.
        let _ = opened_in.send(opened);
    };
    let thread = spawn("opening", move || unopened.open(&stopping, &deliver))?;
    Ok(LateLogs { thread: Some(thread), logs })
}

fn keep_house(
    housekeeping: Housekeeping,
    all_open: watch::Receiver<bool>,
    stopping: watch::Receiver<bool>,
) -> Result<JoinHandle<Option<Housekeeping>>, StartError> {
    let runtime = runtime("housekeeping")?;
    spawn("housekeeping", move || {
        runtime.block_on(async {
            // What it writes down must not lack the logs that are not open yet.
            match all_open_before(all_open, stopping.clone()).await {
                true => Some(housekeeping.run(stopping).await),
                false => None,
            }
        })
    })
}

fn compact(
    compactor: Compactor,
    all_open: watch::Receiver<bool>,
    stopping: watch::Receiver<bool>,
) -> Result<JoinHandle<()>, StartError> {
    let runtime = runtime("compactor")?;
    spawn("compactor", move || {
        runtime.block_on(async {
            if all_open_before(all_open, stopping.clone()).await {
                compactor.run(stopping).await;
            }
        });
    })
}

fn move_replicas(
    begin: impl FnOnce() -> Mover + Send + 'static,
    all_open: watch::Receiver<bool>,
    stopping: watch::Receiver<bool>,
) -> Result<JoinHandle<()>, StartError> {
    let runtime = runtime("mover")?;
    spawn("mover", move || {
        if runtime.block_on(all_open_before(all_open, stopping.clone())) {
            begin().run(&stopping);
        }
    })
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
