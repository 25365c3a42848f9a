//! The controller: decides what becomes of topics, brokers, configuration and features.
//!
//! It is a pure machine with one owner. [`Controller::handle`] reads the image and answers with a
//! [`Decision`]: records to append and the reply to send once they have committed. It changes no
//! replicated state itself; its owner appends the records and then calls [`Controller::apply`], at
//! once and before they commit, so that the next request is decided on the state after this one.
//! When the high watermark has passed them, [`Controller::commit`] makes that state the committed
//! one. If an append fails, [`Controller::revert`] puts the committed state back.
//!
//! Replies follow one rule: a reply leaves when the high watermark has passed
//! [`Controller::image`]'s offset as of the moment the decision was applied. A decision without
//! records waits too, because what it read may not have committed yet.
//!
//! What is not replicated lives in [`Sessions`]: when each broker was last heard of, and how far
//! it has read. A new controller starts with fresh ones and gives every broker a full session.
//!
//! One file per area; each names the requests it serves and where its error codes go.

mod brokers;
mod configs;
mod directories;
mod elections;
mod features;
mod partitions;
mod producer_ids;
mod quotas;
mod reassignments;
mod rules;
mod server_rules;
mod sessions;
mod topics;

use std::collections::VecDeque;
use std::fmt;

use base::{BrokerId, ErrorCode, LeaderEpoch, MonoMs, Offset, PartitionIndex, Str, Uuid};
use protocol::messages::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterClientQuotasRequest,
    AlterClientQuotasResponse, AlterConfigsRequest, AlterConfigsResponse,
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, AlterPartitionRequest,
    AlterPartitionResponse, AssignReplicasToDirsRequest, AssignReplicasToDirsResponse,
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest,
    BrokerRegistrationResponse, ControllerRegistrationRequest, ControllerRegistrationResponse,
    CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse,
    DeleteTopicsRequest, DeleteTopicsResponse, ElectLeadersRequest, ElectLeadersResponse,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, UnregisterBrokerRequest,
    UnregisterBrokerResponse, UpdateFeaturesRequest, UpdateFeaturesResponse,
};
use protocol::record_types::metadata::MetadataRecord;

use crate::image::{ApplyError, Image, Topic};
use crate::partition::{ChangeBuilder, ChangeRules, Election};
use crate::{ConfigResource, MetadataVersion, Partition, SupportedFeatures};

pub use producer_ids::PRODUCER_ID_BLOCK;
pub use quotas::{CLIENT_ID, IP, USER};
pub use rules::{ConfigRules, EffectiveConfig, TopicLayers};
pub use server_rules::ServerRules;
pub use sessions::Sessions;

/// What a controller is told when it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    pub node_id: BrokerId,
    pub cluster_id: Str,
    /// `num.partitions`, for topics created without a number.
    pub default_partitions: i32,
    /// `default.replication.factor`, for topics created without one.
    pub default_replication_factor: i16,
    /// `broker.session.timeout.ms`: how long a silent broker stays unfenced.
    pub session_timeout_ms: u64,
    /// `delete.topic.enable`.
    pub topic_deletion: TopicDeletion,
    /// What this node supports; a level outside is never finalised.
    pub supported: SupportedFeatures,
    /// The voters of the metadata quorum.
    pub quorum_nodes: Vec<BrokerId>,
    /// How often leaders go home; None with `auto.leader.rebalance.enable=false`. Kafka: 300 s.
    pub leader_balance_ms: Option<u64>,
    /// `unclean.leader.election.interval.ms`.
    pub unclean_election_ms: u64,
}

/// Whether topics can be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicDeletion {
    Enabled,
    Disabled,
}

/// What comes with a request.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    pub now: MonoMs,
    /// Random bits, drawn afresh for every request.
    pub entropy: u128,
    /// The version the request came in, or the highest one for a request from this process.
    pub api_version: i16,
    /// The offset that the first record of a decision will get.
    pub next_offset: Offset,
    /// The finalised `kraft.version`, which is the quorum's to know.
    pub kraft_version: i16,
    /// The highest `kraft.version` that every voter can be raised to now.
    pub kraft_version_limit: i16,
}

/// What the controller decided.
#[derive(Clone, Debug)]
pub struct Decision<R> {
    pub records: Vec<MetadataRecord>,
    pub grouping: Grouping,
    /// What the quorum is to raise `kraft.version` to before the records are appended.
    pub kraft_version: Option<i16>,
    pub reply: R,
}

/// How records may be cut into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// One batch: all or nothing.
    Atomic,
    /// Several batches do no harm: each record stands for itself.
    Free,
}

impl<R> Decision<R> {
    /// A reply without records.
    pub fn reply(reply: R) -> Decision<R> {
        Decision::free(Vec::new(), reply)
    }

    /// Records that all hold, or none.
    pub fn atomic(records: Vec<MetadataRecord>, reply: R) -> Decision<R> {
        Decision { records, grouping: Grouping::Atomic, kraft_version: None, reply }
    }

    pub(crate) fn free(records: Vec<MetadataRecord>, reply: R) -> Decision<R> {
        Decision { records, grouping: Grouping::Free, kraft_version: None, reply }
    }

    fn map<S>(self, wrap: impl FnOnce(R) -> S) -> Decision<S> {
        let Decision { records, grouping, kraft_version, reply } = self;
        Decision { records, grouping, kraft_version, reply: wrap(reply) }
    }
}

/// Why a request, or one item of it, is turned down. An ordinary reply, not a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: ErrorCode,
    pub message: Option<Str>,
}

impl Refusal {
    pub fn new(code: ErrorCode, message: impl fmt::Display) -> Refusal {
        Refusal { code, message: Some(Str::from(message.to_string())) }
    }

    /// Where Apache Kafka says the code alone: clients then have words of their own for it.
    pub fn without_words(code: ErrorCode) -> Refusal {
        Refusal { code, message: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "{}: {message}", self.code.name()),
            None => f.write_str(self.code.name()),
        }
    }
}

macro_rules! requests {
    ($($name:ident($request:ty) -> $response:ty, $method:ident;)*) => {
        /// Every request that the controller serves.
        #[derive(Clone, Debug)]
        pub enum Request {
            $($name($request),)*
        }

        /// The replies, in the same order.
        #[derive(Clone, Debug)]
        pub enum Reply {
            $($name($response),)*
        }

        impl<C: ConfigRules> Controller<C> {
            /// Decides on one request.
            pub fn handle(&mut self, context: &Context, request: &Request) -> Decision<Reply> {
                match request {
                    $(Request::$name(request) => {
                        self.$method(context, request).map(Reply::$name)
                    })*
                }
            }
        }
    };
}

requests! {
    RegisterBroker(BrokerRegistrationRequest) -> BrokerRegistrationResponse, register_broker;
    BrokerHeartbeat(BrokerHeartbeatRequest) -> BrokerHeartbeatResponse, broker_heartbeat;
    UnregisterBroker(UnregisterBrokerRequest) -> UnregisterBrokerResponse, unregister_broker;
    RegisterController(ControllerRegistrationRequest) -> ControllerRegistrationResponse,
        register_controller;
    CreateTopics(CreateTopicsRequest) -> CreateTopicsResponse, create_topics;
    DeleteTopics(DeleteTopicsRequest) -> DeleteTopicsResponse, delete_topics;
    CreatePartitions(CreatePartitionsRequest) -> CreatePartitionsResponse, create_partitions;
    IncrementalAlterConfigs(IncrementalAlterConfigsRequest) -> IncrementalAlterConfigsResponse,
        incremental_alter_configs;
    AlterConfigs(AlterConfigsRequest) -> AlterConfigsResponse, alter_configs;
    AlterClientQuotas(AlterClientQuotasRequest) -> AlterClientQuotasResponse,
        alter_client_quotas;
    ElectLeaders(ElectLeadersRequest) -> ElectLeadersResponse, elect_leaders;
    AlterPartition(AlterPartitionRequest) -> AlterPartitionResponse, alter_partition;
    AlterPartitionReassignments(AlterPartitionReassignmentsRequest)
        -> AlterPartitionReassignmentsResponse, alter_partition_reassignments;
    ListPartitionReassignments(ListPartitionReassignmentsRequest)
        -> ListPartitionReassignmentsResponse, list_partition_reassignments;
    UpdateFeatures(UpdateFeaturesRequest) -> UpdateFeaturesResponse, update_features;
    AllocateProducerIds(AllocateProducerIdsRequest) -> AllocateProducerIdsResponse,
        allocate_producer_ids;
    AssignReplicasToDirs(AssignReplicasToDirsRequest) -> AssignReplicasToDirsResponse,
        assign_replicas_to_dirs;
}

/// The controller of a cluster. `C` answers about configuration keys.
pub struct Controller<C> {
    settings: Settings,
    rules: C,
    image: Image,
    committed: Image,
    /// Images between the two, each with the offset of its last record.
    uncommitted: VecDeque<Image>,
    sessions: Sessions,
    next_balance: MonoMs,
    next_unclean_election: MonoMs,
}

/// Partitions that one request may create, because their records must fit one batch and one
/// follower's memory.
pub const PARTITIONS_PER_REQUEST_MAX: usize = 10_000;

impl<C: ConfigRules> Controller<C> {
    /// A controller that takes over at `image`, which has committed. Every broker gets a full
    /// session from `now` on.
    pub fn new(settings: Settings, rules: C, image: Image, now: MonoMs) -> Controller<C> {
        let sessions = Sessions::new(settings.session_timeout_ms, &image, now);
        Controller {
            next_balance: settings.leader_balance_ms.map_or(MonoMs::NEVER, |ms| now.plus_ms(ms)),
            next_unclean_election: now.plus_ms(settings.unclean_election_ms),
            settings,
            rules,
            committed: image.clone(),
            image,
            uncommitted: VecDeque::new(),
            sessions,
        }
    }

    /// The image that decisions are made on: everything appended, committed or not.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// The image that has committed.
    pub fn committed(&self) -> &Image {
        &self.committed
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Called by the process of this controller, which holds the lock of the node's directories,
    /// before it registers itself: an earlier process of the same node is gone for certain, and its
    /// session need not be waited out. Nobody else may take the node's id while that has one.
    pub fn predecessor_is_gone(&mut self) {
        self.sessions.end(self.settings.node_id);
    }

    pub fn rules(&self) -> &C {
        &self.rules
    }

    /// Applies records that have been appended, the first of them at `base_offset`.
    ///
    /// # Errors
    /// A record does not fit the image. The controller must then resign: its image is no longer
    /// the log's.
    pub fn apply(
        &mut self,
        records: &[MetadataRecord],
        base_offset: Offset,
        epoch: LeaderEpoch,
        now: MonoMs,
    ) -> Result<(), ApplyError> {
        for (index, record) in records.iter().enumerate() {
            let offset = base_offset.plus(index as i64);
            self.image.apply(record, offset)?;
            self.sessions.note(record, offset, now);
        }
        let end = base_offset.plus(records.len() as i64 - 1);
        for record in records {
            if let MetadataRecord::BrokerRegistrationChangeRecord(change) = record
                && change.in_controlled_shutdown == 1
            {
                self.sessions.shutting_down(BrokerId(change.broker_id), end);
            }
        }
        self.image.advance(end, epoch);
        if !records.is_empty() {
            self.uncommitted.push_back(self.image.clone());
        }
        Ok(())
    }

    /// Notes that everything below `high_watermark` has committed.
    pub fn commit(&mut self, high_watermark: Offset) {
        while self.uncommitted.front().is_some_and(|image| image.offset() < high_watermark) {
            if let Some(image) = self.uncommitted.pop_front() {
                self.committed = image;
            }
        }
    }

    /// Goes back to the committed image, after an append failed or was truncated.
    pub fn revert(&mut self) {
        self.image = self.committed.clone();
        self.uncommitted.clear();
    }

    /// When [`Controller::on_deadline`] has something to do, if no request comes first.
    pub fn next_deadline(&self) -> MonoMs {
        self.sessions
            .next_deadline(&self.image)
            .min(self.next_balance)
            .min(self.next_unclean_election)
    }

    /// Does one thing that is due: fences a broker that has been silent for a session, gives
    /// leaders back to their preferred replicas, or elects leaders for partitions without one.
    /// The owner appends and applies the decision, then asks again, until there is None.
    pub fn on_deadline(&mut self, now: MonoMs) -> Option<Decision<()>> {
        if let Some(fencing) = self.fence_stale_broker(now) {
            return Some(fencing);
        }
        if self.next_balance <= now {
            let interval = self.settings.leader_balance_ms;
            self.next_balance = interval.map_or(MonoMs::NEVER, |ms| now.plus_ms(ms));
            let records = self.balance_leaders();
            if !records.is_empty() {
                return Some(Decision::free(records, ()));
            }
        }
        if self.next_unclean_election <= now {
            self.next_unclean_election = now.plus_ms(self.settings.unclean_election_ms);
            let records = self.elect_unclean_leaders();
            if !records.is_empty() {
                return Some(Decision::free(records, ()));
            }
        }
        None
    }

    /// The level in force. An image without one is that of an empty log, whose first records are
    /// written before any request is served; the oldest level does no harm meanwhile.
    fn metadata_version(&self) -> MetadataVersion {
        self.image.metadata_version().unwrap_or(MetadataVersion::MINIMUM)
    }

    fn layers<'a>(&'a self, topic: &'a ConfigResource) -> TopicLayers<'a> {
        TopicLayers {
            topic: self.image.config(topic),
            node: self.image.config(&ConfigResource::broker(self.settings.node_id)),
            cluster: self.image.config(&ConfigResource::all_brokers()),
        }
    }

    /// min.insync.replicas of a topic, which cannot be more than the replicas there are.
    fn min_isr(&self, topic: &Topic) -> usize {
        let resource = ConfigResource::topic(&topic.name);
        let configured = self.rules.topic_value("min.insync.replicas", self.layers(&resource));
        let configured = configured.and_then(|value| value.trim().parse().ok()).unwrap_or(1);
        topic.replication_factor().min(configured)
    }

    /// How far an election of a leader for `topic` may go when nobody asked for a certain kind.
    fn default_election(&self, topic: &Topic) -> Election {
        let resource = ConfigResource::topic(&topic.name);
        let key = "unclean.leader.election.enable";
        match self.rules.topic_value(key, self.layers(&resource)) {
            Some(value) if value.eq_ignore_ascii_case("true") => Election::Unclean,
            _ => Election::Online,
        }
    }

    /// Works out a change of one partition: `set` says what should become of it. `may_lead` rules
    /// out brokers beyond those that are inactive or whose directory is offline.
    fn change_partition(
        &self,
        topic: &Topic,
        index: PartitionIndex,
        partition: &Partition,
        active: &dyn Fn(BrokerId) -> bool,
        set: impl FnOnce(&mut ChangeBuilder<'_>),
    ) -> Option<(MetadataRecord, Partition)> {
        let may_lead = |id: BrokerId| {
            active(id)
                && self.image.broker(id).is_some_and(|broker| {
                    partition.directory(id).is_none_or(|dir| broker.has_online_directory(dir))
                })
        };
        let default_directory = |id: BrokerId| self.default_directory(id);
        let mut builder = ChangeBuilder::new(
            partition,
            ChangeRules {
                metadata_version: self.metadata_version(),
                elr_enabled: self.image.elr_enabled(),
                min_isr: self.min_isr(topic),
                may_lead: &may_lead,
                default_directory: &default_directory,
            },
        );
        set(&mut builder);
        let change = builder.build()?;
        let record = crate::image::partition_change_record(topic.id, index, &change);
        Some((record, partition.with(&change)))
    }

    fn is_active(&self) -> impl Fn(BrokerId) -> bool + '_ {
        |id| self.image.is_active(id)
    }

    /// The directory of a new replica on `broker`.
    fn default_directory(&self, broker: BrokerId) -> Uuid {
        if !self.metadata_version().supports_directory_assignment() {
            return Uuid::DIRECTORY_MIGRATING;
        }
        match self.image.broker(broker) {
            Some(broker) => broker.default_directory(),
            None => Uuid::DIRECTORY_UNASSIGNED,
        }
    }

    /// # Errors
    /// STALE_BROKER_EPOCH: the broker is not registered, or a later process of it is.
    fn check_broker_epoch(&self, id: i32, epoch: i64) -> Result<(), Refusal> {
        match self.image.broker(BrokerId(id)) {
            Some(broker) if broker.epoch == epoch => Ok(()),
            Some(broker) => Err(Refusal::new(
                ErrorCode::StaleBrokerEpoch,
                format_args!("broker {id} is registered at epoch {}, not {epoch}", broker.epoch),
            )),
            None => Err(Refusal::new(
                ErrorCode::StaleBrokerEpoch,
                format_args!("broker {id} is not registered"),
            )),
        }
    }
}

/// The name of a topic as a message that stands beside every partition says it: one that no topic can have
/// may be 32 KiB long.
fn shown(name: &str) -> &str {
    match base::topic::validate_name(name) {
        Ok(()) => name,
        Err(_) => "(no name of a topic)",
    }
}
