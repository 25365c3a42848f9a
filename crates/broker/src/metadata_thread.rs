//! The thread that owns the metadata: the quorum, the controller, the log, and the image that this
//! node has applied.
//!
//! The life of a request: it is taken from the queue and decided; its records are appended and
//! applied to the controller's image at once. What else has queued up is decided as well, then one
//! sync makes all of it durable. The quorum moves its high watermark; the records are applied to
//! this node's image; the node's partitions follow ([`crate::applier`]); and only then do the replies
//! leave. So what a reply promises is on disk, and can be used on this node.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI16, Ordering};

use base::config::ServerConfig;
use base::{ErrorCode, LeaderEpoch, MonoMs, Offset, Str, Uuid};
use bytes::Bytes;
use io::Env;
use metadata::bootstrap::{Bootstrap, activation_records};
use metadata::controller::{
    Context, Controller, Decision, Grouping, Reply, Request, ServerRules, Settings, TopicDeletion,
};
use metadata::image::Replay;
use protocol::messages::broker_registration_request::Feature as RegisteredFeature;
use protocol::messages::{
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest,
};
use protocol::record_types::metadata::MetadataRecord;
use replication::quorum::{
    Effect, Event, LogError, Quorum, QuorumSettings, SnapshotSchedule, answers::describe_quorum,
    atomic_batch, batches, control_batch,
};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info};

use crate::applier::Applier;
use crate::controller::{Answer, Ask};
use crate::loader::{Found, Opened};
use crate::metadata_log::{MetadataError, MetadataLog, Restored};

/// The highest version of every request, for those that come from this process itself.
const NEWEST: i16 = i16::MAX;

/// The version in which AlterPartition names the broker epochs of its ISR.
const ALTER_PARTITION_VERSION: i16 = 3;

/// Logs that are brought up at once; requests are not to wait for more.
const OPENED_MAX: usize = 1000;

/// What has been opened for so long is brought up together: each time costs as much as its topics have
/// partitions.
const OPENED_PAUSE_MS: u64 = 20;

/// Requests that share one sync.
const GROUP_MAX: usize = 64;

pub struct MetadataThread {
    env: Arc<dyn Env>,
    log: MetadataLog,
    quorum: Quorum,
    controller: Controller<ServerRules>,
    replay: Replay,
    /// Appended and not committed: where each batch begins, its records, its epoch.
    uncommitted: VecDeque<(Offset, LeaderEpoch, Vec<MetadataRecord>)>,
    replies: Vec<(Answer, oneshot::Sender<Answer>)>,
    /// Logs are still being opened, and requests to delete topics wait for the last of them.
    holds_back: bool,
    held: Vec<Ask>,
    registration: Registration,
    /// The directories that the controller was told to place nothing in.
    cordoned: Vec<Uuid>,
    /// The directories that it was told to count on no more.
    offline: Vec<Uuid>,
    told_kraft_version: Arc<AtomicI16>,
    snapshots: SnapshotSchedule,
    heartbeat_ms: u64,
    next_heartbeat: MonoMs,
}

/// Why there is no decision. Nothing was appended.
enum Undecided {
    /// Its records do not fit into one batch: a request may name more than can be written at once.
    /// That is the end of the request, not of the controller.
    TooLarge,
    Failed(MetadataError),
}

impl From<MetadataError> for Undecided {
    fn from(reason: MetadataError) -> Undecided {
        Undecided::Failed(reason)
    }
}

/// Of what this process itself asks for.
impl From<Undecided> for MetadataError {
    fn from(undecided: Undecided) -> MetadataError {
        match undecided {
            Undecided::TooLarge => MetadataError("a decision does not fit into a batch".into()),
            Undecided::Failed(reason) => reason,
        }
    }
}

/// What a heartbeat asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// To be unfenced, and stay so.
    Serve,
    /// To hand its partitions over and go.
    Stop,
}

/// Adds the features that are not built here but are finalised already, in a directory that Apache
/// Kafka formatted. Their levels say what may stand in the internal topics; to refuse them would
/// be to refuse everybody's topics as well. Nothing is promised to clients: what has no handler is
/// missing from ApiVersions.
fn live_with_finalised(features: &mut Vec<RegisteredFeature>, image: &metadata::Image) {
    for (name, level) in image.finalized_features() {
        let known = metadata::Feature::from_name(&name);
        let is_new = features.iter().all(|feature| feature.name != name);
        if is_new && known.is_some_and(|feature| level <= feature.latest()) {
            features.push(RegisteredFeature {
                name,
                min_supported_version: 0,
                max_supported_version: level,
                ..RegisteredFeature::default()
            });
        }
    }
}

/// Brings up what has been opened by now; true if that is all there is.
fn bring_up(
    first: Opened,
    opening: &mut mpsc::UnboundedReceiver<Opened>,
    applier: &mut Applier,
) -> bool {
    let (mut found, mut next) = (Found::new(), Some(first));
    let mut is_all = false;
    while let Some(opened) = next.take() {
        match opened {
            Opened::Logs(more) => found.extend(more),
            Opened::All => is_all = true,
        }
        if found.len() < OPENED_MAX {
            next = opening.try_recv().ok();
        }
    }
    applier.adopt(found);
    is_all
}

/// This node's broker, as it registers itself.
pub struct Registration {
    pub request: BrokerRegistrationRequest,
    /// Given by the controller; -1 before.
    pub epoch: i64,
}

impl MetadataThread {
    /// Becomes leader of a quorum of one, writes what a new cluster begins with, and registers this
    /// node's broker.
    pub fn start(
        env: Arc<dyn Env>,
        config: &ServerConfig,
        restored: Restored,
        quorum: QuorumSettings,
        settings: Settings,
        bootstrap: &Bootstrap,
        registration: BrokerRegistrationRequest,
    ) -> Result<MetadataThread, MetadataError> {
        let Restored { log, replay, voters, election, bytes_since_snapshot } = restored;
        let now = env.mono();
        let mut snapshots = SnapshotSchedule::new(
            config.quorum.metadata_max_record_bytes_between_snapshots as u64,
            config.quorum.metadata_max_snapshot_interval_ms as u64,
        );
        if bytes_since_snapshot > 0 {
            snapshots.note(bytes_since_snapshot, now);
        }
        let quorum = Quorum::new(quorum, voters, election, log.end());
        let rules = ServerRules::new(config);
        let controller = Controller::new(settings, rules, replay.image().clone(), now);
        let mut thread = MetadataThread {
            log,
            quorum,
            controller,
            replay,
            uncommitted: VecDeque::new(),
            replies: Vec::new(),
            holds_back: false,
            held: Vec::new(),
            registration: Registration { request: registration, epoch: -1 },
            cordoned: Vec::new(),
            offline: Vec::new(),
            told_kraft_version: Arc::default(),
            snapshots,
            heartbeat_ms: config.quorum.broker_heartbeat_interval_ms as u64,
            next_heartbeat: now,
            env,
        };
        thread.feed(Event::Start)?;
        if !thread.quorum.is_leader() {
            return Err(MetadataError(
                "this node is not the only voter of its metadata quorum; clusters of several \
                 controllers are not built yet: set `controller.quorum.voters` to this node alone, \
                 or format with --standalone"
                    .into(),
            ));
        }
        let min_isr = config.topic_defaults().text(&base::config::keys::topic::MIN_INSYNC_REPLICAS);
        let min_isr = min_isr.and_then(|text| text.parse().ok()).unwrap_or(1);
        let first = activation_records(thread.controller.image(), bootstrap, min_isr);
        thread.append(&Decision::atomic(first, ()))?;
        thread.commit()?;
        thread.register()?;
        // The first image is loaded whole; deltas are told against it.
        thread.replay.publish();
        Ok(thread)
    }

    /// The image that this node has applied.
    pub fn image(&self) -> &metadata::Image {
        self.replay.published()
    }

    fn kraft_version(&self) -> i16 {
        self.quorum.voters().kraft_version
    }

    /// The finalised `kraft.version`, as it is told to clients.
    pub fn told_kraft_version(&self) -> Arc<AtomicI16> {
        self.told_kraft_version.clone()
    }

    fn register(&mut self) -> Result<(), MetadataError> {
        self.controller.predecessor_is_gone();
        let mut request = self.registration.request.clone();
        live_with_finalised(&mut request.features, self.controller.image());
        let request = Request::RegisterBroker(request);
        match self.decide(&request, NEWEST)? {
            Reply::RegisterBroker(reply) if reply.error_code == 0 => {
                self.registration.epoch = reply.broker_epoch;
            }
            Reply::RegisterBroker(reply) => {
                let code = base::ErrorCode::from_code(reply.error_code);
                return Err(MetadataError(format!("the controller refused this broker: {code}")));
            }
            other => unreachable_reply(&other),
        }
        self.commit()
    }

    /// Unfences the broker: called when its partitions are open and its listeners accept.
    pub fn unfence(&mut self, applier: &mut Applier) -> Result<(), MetadataError> {
        (self.cordoned, self.offline) = (applier.cordoned(), applier.offline());
        self.heartbeat(Wish::Serve)?;
        self.commit()?;
        self.publish(applier)?;
        self.assign_directories(applier)?;
        self.finish_recoveries(applier)
    }

    fn heartbeat(&mut self, wish: Wish) -> Result<BrokerHeartbeatResponse, MetadataError> {
        self.next_heartbeat = self.env.mono().plus_ms(self.heartbeat_ms);
        let request = Request::BrokerHeartbeat(BrokerHeartbeatRequest {
            broker_id: self.registration.request.broker_id,
            broker_epoch: self.registration.epoch,
            current_metadata_offset: self.replay.image().offset().0,
            want_fence: false,
            want_shut_down: wish == Wish::Stop,
            offline_log_dirs: self.offline.clone(),
            cordoned_log_dirs: Some(self.cordoned.clone()),
            ..BrokerHeartbeatRequest::default()
        });
        match self.decide(&request, NEWEST)? {
            Reply::BrokerHeartbeat(response) => Ok(response),
            other => unreachable_reply(&other),
        }
    }

    /// Hands the partitions over and goes. The controller fences a broker that leads nothing any more,
    /// so that its successor, who has another incarnation, need not wait for a session to end.
    fn leave(&mut self) -> Result<(), MetadataError> {
        loop {
            let before = self.log.end().offset;
            let response = self.heartbeat(Wish::Stop)?;
            self.commit()?;
            // Nobody else has to hear of the new leaders first, so as long as something is left to
            // do, it is done at once.
            if response.should_shut_down || self.log.end().offset == before {
                return Ok(());
            }
        }
    }

    /// Serves until the node stops. Logs that come out of `opening` are brought up; when all have
    /// come, `all_open` is told.
    pub async fn run(
        mut self,
        mut asks: mpsc::Receiver<Ask>,
        mut applier: Applier,
        mut opening: mpsc::UnboundedReceiver<Opened>,
        all_open: watch::Sender<bool>,
        mut stop: watch::Receiver<bool>,
    ) -> (MetadataLog, i64) {
        let mut is_opening = !*all_open.borrow();
        self.holds_back = is_opening;
        let mut next_opened = self.env.mono();
        while !*stop.borrow() {
            let takes_opened = is_opening && next_opened <= self.env.mono();
            let mut deadline = self.next_heartbeat.min(self.controller.next_deadline());
            deadline = deadline.min(self.snapshots.next_deadline());
            if is_opening && !takes_opened {
                deadline = deadline.min(next_opened);
            }
            let sleep = self.env.sleep_until(deadline);
            let mut first = Vec::new();
            tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => first.push(ask),
                    None => break,
                },
                opened = opening.recv(), if takes_opened => match opened {
                    Some(opened) => {
                        next_opened = self.env.mono().plus_ms(OPENED_PAUSE_MS);
                        if bring_up(opened, &mut opening, &mut applier) {
                            info!("all logs are open");
                            all_open.send_replace(true);
                            self.holds_back = false;
                            first = std::mem::take(&mut self.held);
                        }
                    }
                    // Whoever opens them has ended early, and has said why.
                    None => is_opening = false,
                },
                _ = sleep => {}
                _ = applier.moved() => {}
                _ = stop.changed() => continue,
            }
            let worked = self.work(first, &mut asks, &mut applier);
            if let Err(reason) = worked {
                // What the controller believes and what the log holds may differ now.
                error!("the controller stops: {reason}");
                break;
            }
        }
        asks.close();
        let left = self.assign_directories(&mut applier).and_then(|()| self.leave());
        if let Err(reason) = left {
            error!("could not tell the controller of the stop: {reason}");
        }
        if let Err(reason) = self.log.flush() {
            error!("could not flush the metadata log: {reason}");
        }
        (self.log, self.registration.epoch)
    }

    fn work(
        &mut self,
        first: Vec<Ask>,
        asks: &mut mpsc::Receiver<Ask>,
        applier: &mut Applier,
    ) -> Result<(), MetadataError> {
        let now = self.env.mono();
        if self.next_heartbeat <= now {
            self.heartbeat(Wish::Serve)?;
        }
        while let Some(decision) = self.controller.on_deadline(now) {
            self.append(&decision)?;
        }
        for ask in first {
            self.take(ask)?;
        }
        for _ in 0..GROUP_MAX {
            let Ok(ask) = asks.try_recv() else { break };
            self.take(ask)?;
        }
        self.commit()?;
        self.publish(applier)?;
        self.report_directories(applier)?;
        self.assign_directories(applier)?;
        self.finish_recoveries(applier)?;
        for (reply, sender) in self.replies.drain(..) {
            // Whoever asked may have gone away.
            let _ = sender.send(reply);
        }
        let now = self.env.wall();
        if self.snapshots.is_due(self.env.mono()) {
            self.log.write_snapshot(self.replay.published(), self.quorum.voters(), now)?;
            self.snapshots.written();
        }
        self.log.clean(now)
    }

    fn take(&mut self, ask: Ask) -> Result<(), MetadataError> {
        match ask {
            // A directory is not to be removed, and perhaps made anew, while it is being read.
            Ask::Decide { ref request, .. }
                if self.holds_back && matches!(**request, Request::DeleteTopics(_)) =>
            {
                self.held.push(ask);
            }
            Ask::Decide { request, api_version, reply: sender } => {
                let answer = match self.decide(&request, api_version) {
                    Ok(reply) => Ok(reply),
                    Err(Undecided::TooLarge) => Err(ErrorCode::RecordListTooLarge),
                    Err(Undecided::Failed(reason)) => return Err(reason),
                };
                self.replies.push((answer, sender));
            }
            Ask::DescribeQuorum { request, reply } => {
                let response = describe_quorum(&self.quorum, &request, self.env.wall());
                // Whoever asked may have gone away.
                let _ = reply.send(response);
            }
        }
        Ok(())
    }

    /// Decides and appends; the reply is good once [`MetadataThread::commit`] has returned.
    fn decide(&mut self, request: &Request, api_version: i16) -> Result<Reply, Undecided> {
        let context = Context {
            now: self.env.mono(),
            entropy: self.env.random(),
            api_version,
            next_offset: self.log.end().offset,
            kraft_version: self.kraft_version(),
            kraft_version_limit: self.quorum.kraft_version_limit(),
        };
        let decision = self.controller.handle(&context, request);
        if let Some(level) = decision.kraft_version {
            // What stands before it in the log comes before it here as well.
            self.commit()?;
            self.feed(Event::RaiseKraftVersion(level))?;
        }
        self.append(&decision)?;
        Ok(decision.reply)
    }

    /// Appends a decision's records and applies them to the controller's image.
    fn append<R>(&mut self, decision: &Decision<R>) -> Result<(), Undecided> {
        if decision.records.is_empty() {
            return Ok(());
        }
        let level = self.controller.image().metadata_version();
        let level = level.unwrap_or(metadata::MetadataVersion::MINIMUM);
        let values = metadata::encode_records(&decision.records, level)
            .map_err(|error| MetadataError(format!("could not encode a record: {error}")))?;
        let base = self.log.end().offset;
        let epoch = self.quorum.epoch();
        let bytes = self.encode(&values, decision.grouping, base, epoch)?;
        self.log.append(&bytes, epoch, self.env.wall())?;
        let (records, now) = (&decision.records, self.env.mono());
        self.snapshots.note(bytes.len() as u64, now);
        self.controller
            .apply(records, base, epoch, now)
            .map_err(|error| MetadataError(format!("a decision does not apply: {error}")))?;
        self.uncommitted.push_back((base, epoch, records.clone()));
        self.feed(Event::Appended { end: self.log.end() })?;
        Ok(())
    }

    fn encode(
        &self,
        values: &[Bytes],
        grouping: Grouping,
        base: Offset,
        epoch: LeaderEpoch,
    ) -> Result<Vec<u8>, Undecided> {
        let now = self.env.wall();
        let encoded = match grouping {
            Grouping::Atomic => atomic_batch(values, base, epoch, now).map(|batch| batch.to_vec()),
            Grouping::Free => batches(values, base, epoch, now).map(|list| list.concat()),
        };
        encoded.map_err(|error| match error {
            LogError::TooLarge { .. } => Undecided::TooLarge,
            error => MetadataError(format!("could not build a batch: {error}")).into(),
        })
    }

    /// Makes everything appended durable and lets the quorum commit it.
    fn commit(&mut self) -> Result<(), MetadataError> {
        if self.uncommitted.is_empty() {
            return Ok(());
        }
        let end = self.log.flush()?;
        self.feed(Event::Flushed { end })
    }

    /// Applies what has committed to this node.
    fn publish(&mut self, applier: &mut Applier) -> Result<(), MetadataError> {
        self.told_kraft_version.store(self.kraft_version(), Ordering::Relaxed);
        let delta = self.replay.publish();
        if !delta.is_empty() {
            applier.apply(&delta, self.replay.published());
        } else {
            applier.advance(self.replay.published());
        }
        Ok(())
    }

    /// A leader that was elected uncleanly, or comes back after a crash, leads in recovery until it
    /// says that it has its log in order. It has: a log is opened recovered, or not at all.
    fn finish_recoveries(&mut self, applier: &mut Applier) -> Result<(), MetadataError> {
        if self.holds_back {
            // Once for all of them.
            return Ok(());
        }
        let Some(request) = applier.take_recovered(self.registration.epoch) else {
            return Ok(());
        };
        self.decide(&Request::AlterPartition(request), ALTER_PARTITION_VERSION)?;
        self.commit()?;
        self.publish(applier)
    }

    /// Tells the controller at once which directories take no new replicas and which have failed, when
    /// that has changed: the next topic must not be placed there, and nobody sent there.
    fn report_directories(&mut self, applier: &mut Applier) -> Result<(), MetadataError> {
        let (cordoned, offline) = (applier.cordoned(), applier.offline());
        if cordoned == self.cordoned && offline == self.offline {
            return Ok(());
        }
        (self.cordoned, self.offline) = (cordoned, offline);
        self.heartbeat(Wish::Serve)?;
        self.commit()?;
        self.publish(applier)
    }

    /// Tells the controller which directories the node chose for new replicas.
    fn assign_directories(&mut self, applier: &mut Applier) -> Result<(), MetadataError> {
        let Some(request) = applier.take_assignments(self.registration.epoch) else {
            return Ok(());
        };
        self.decide(&Request::AssignReplicasToDirs(request), NEWEST)?;
        self.commit()?;
        self.publish(applier)
    }

    /// Hands an event to the quorum and does what it says.
    fn feed(&mut self, event: Event) -> Result<(), MetadataError> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let entropy = self.env.random() as u64;
            for effect in self.quorum.handle(self.env.mono(), entropy, event) {
                match effect {
                    Effect::Persist(state) => self.log.persist(&state, self.kraft_version())?,
                    Effect::Append { epoch, records } => {
                        let base = self.log.end().offset;
                        let now = self.env.wall();
                        let batch = control_batch(&records, base, epoch, now)
                            .map_err(|error| MetadataError(error.to_string()))?;
                        self.log.append(&batch, epoch, now)?;
                        let end = self.log.flush()?;
                        self.replay.advance(end.plus(-1), epoch);
                        events.push_back(Event::Appended { end: self.log.end() });
                        events.push_back(Event::Flushed { end });
                    }
                    Effect::HighWatermark(high_watermark) => self.committed(high_watermark)?,
                    Effect::LeaderChanged { leader, epoch } => {
                        info!(?leader, epoch = epoch.0, "the metadata quorum has a leader");
                    }
                    // With one voter there is nobody to ask.
                    Effect::RequestVotes { .. } => {}
                }
            }
        }
        Ok(())
    }

    fn committed(&mut self, high_watermark: Offset) -> Result<(), MetadataError> {
        self.controller.commit(high_watermark);
        while let Some((base, epoch, records)) = self.uncommitted.pop_front() {
            if base >= high_watermark {
                self.uncommitted.push_front((base, epoch, records));
                break;
            }
            for (index, record) in records.iter().enumerate() {
                self.replay
                    .apply(record, base.plus(index as i64))
                    .map_err(|error| MetadataError(format!("a committed record: {error}")))?;
            }
            self.replay.advance(base.plus(records.len() as i64 - 1), epoch);
        }
        Ok(())
    }
}

fn unreachable_reply(reply: &Reply) -> ! {
    // `Controller::handle` answers each request with its own reply.
    panic!("the controller answered its own broker with {reply:?}");
}

/// What the controller is told of this node.
pub fn controller_settings(
    config: &ServerConfig,
    cluster_id: Str,
    supported: metadata::SupportedFeatures,
) -> Settings {
    let balance = &config.replication;
    Settings {
        node_id: config.node_id,
        cluster_id,
        default_partitions: config.log.num_partitions,
        default_replication_factor: config.log.default_replication_factor as i16,
        session_timeout_ms: config.quorum.broker_session_timeout_ms as u64,
        topic_deletion: match config.log.delete_topic_enable {
            true => TopicDeletion::Enabled,
            false => TopicDeletion::Disabled,
        },
        supported,
        quorum_nodes: vec![config.node_id],
        leader_balance_ms: balance
            .auto_leader_rebalance_enable
            .then(|| balance.leader_imbalance_check_interval_seconds as u64 * 1000),
        unclean_election_ms: balance.unclean_leader_election_interval_ms as u64,
    }
}

/// Draws a fresh id for this process.
pub fn fresh_id(env: &dyn Env) -> Uuid {
    loop {
        if let Some(id) = Uuid::from_random(env.random()) {
            return id;
        }
    }
}
