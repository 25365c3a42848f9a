//! Stories of the controller: what it decides, and what the cluster is afterwards.

mod brokers;
mod configs;
mod features;
mod quotas;
mod random;
mod reassignments;
mod topics;

use base::config::ServerConfig;
use base::{BrokerId, ErrorCode, LeaderEpoch, MonoMs, Offset, PartitionIndex, Str, Uuid};
use metadata::bootstrap::{Format, activation_records};
use metadata::controller::{Request, ServerRules, TopicDeletion};
use metadata::image::{Delta, Replay, Topic};
use metadata::{
    Context, Controller, Decision, Image, Partition, Settings, SupportedFeatures, encode_records,
};
use protocol::messages::broker_registration_request::{Feature, Listener};
use protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use protocol::messages::create_topics_response::CreatableTopicResult;
use protocol::messages::{
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest, CreateTopicsRequest,
};
use protocol::record_types::metadata::MetadataRecord;

/// A controller with its log, and a broker that follows the log.
struct Cluster {
    controller: Controller<ServerRules>,
    now: MonoMs,
    end: Offset,
    entropy: u128,
    kraft_version: i16,
    api_version: i16,
    follower: Replay,
    last_delta: Delta,
}

macro_rules! send {
    ($cluster:expr, $kind:ident, $request:expr) => {{
        let decision = $cluster.decide(&metadata::controller::Request::$kind($request));
        match decision {
            metadata::controller::Reply::$kind(reply) => reply,
            other => panic!("another reply: {other:?}"),
        }
    }};
}
pub(crate) use send;

impl Cluster {
    /// A fresh cluster at the newest level, without brokers.
    fn empty() -> Cluster {
        Cluster::formatted(Format::standalone(SupportedFeatures::all()))
    }

    fn formatted(format: Format) -> Cluster {
        let bootstrap = format.plan().unwrap();
        let settings = Settings {
            node_id: BrokerId(100),
            cluster_id: Str::from_static("cluster"),
            default_partitions: 1,
            default_replication_factor: 1,
            session_timeout_ms: 9_000,
            topic_deletion: TopicDeletion::Enabled,
            supported: SupportedFeatures::all(),
            quorum_nodes: vec![BrokerId(100)],
            leader_balance_ms: Some(300_000),
            unclean_election_ms: 300_000,
        };
        let rules = ServerRules::new(&ServerConfig::embedded());
        let image = Image::empty();
        let records = activation_records(&image, &bootstrap, 1);
        let now = MonoMs(1_000);
        let mut cluster = Cluster {
            controller: Controller::new(settings, rules, image.clone(), now),
            now,
            end: Offset(0),
            entropy: 1,
            kraft_version: 1,
            api_version: 100,
            follower: Replay::new(image),
            last_delta: Delta::default(),
        };
        cluster.append(records);
        cluster
    }

    /// A fresh cluster with brokers 0 to `brokers` - 1, all unfenced.
    fn of(brokers: i32) -> Cluster {
        let mut cluster = Cluster::empty();
        for id in 0..brokers {
            cluster.start_broker(id);
        }
        cluster
    }

    fn image(&self) -> &Image {
        self.controller.image()
    }

    fn context(&mut self) -> Context {
        self.entropy += 1;
        Context {
            now: self.now,
            entropy: self.entropy.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
            api_version: self.api_version,
            next_offset: self.end,
            kraft_version: self.kraft_version,
            kraft_version_limit: 1,
        }
    }

    /// Decides, appends, applies and commits.
    fn decide(&mut self, request: &Request) -> metadata::controller::Reply {
        let context = self.context();
        let Decision { records, kraft_version, reply, .. } =
            self.controller.handle(&context, request);
        self.kraft_version = kraft_version.unwrap_or(self.kraft_version);
        self.append(records);
        reply
    }

    /// Appends records the way they go through a log: as bytes.
    fn append(&mut self, records: Vec<MetadataRecord>) {
        let level = self.image().metadata_version().unwrap_or(metadata::MetadataVersion::MINIMUM);
        let values = encode_records(&records, level).unwrap();
        let read: Vec<MetadataRecord> =
            values.into_iter().map(|value| MetadataRecord::decode(value).unwrap().0).collect();
        assert_eq!(read, records, "a record says more than its version can write");
        self.controller.apply(&read, self.end, LeaderEpoch(1), self.now).unwrap();
        for (index, record) in read.iter().enumerate() {
            self.follower.apply(record, self.end.plus(index as i64)).unwrap();
        }
        self.end = self.end.plus(read.len() as i64);
        self.controller.commit(self.end);
        self.last_delta = self.follower.publish();
        assert!(self.follower.published().says_the_same_as(self.controller.image()));
        assert!(self.controller.committed().says_the_same_as(self.controller.image()));
    }

    /// Lets time pass, and does what is due.
    fn pass(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        while let Some(decision) = self.controller.on_deadline(self.now) {
            self.append(decision.records);
        }
    }

    fn registration(&self, id: i32, process: u64) -> BrokerRegistrationRequest {
        BrokerRegistrationRequest {
            broker_id: id,
            cluster_id: Str::from_static("cluster"),
            incarnation_id: Uuid::from_halves(process, id as u64 + 1),
            listeners: vec![Listener {
                name: Str::from_static("PLAINTEXT"),
                host: Str::from_static("localhost"),
                port: 9092 + id as u16,
                ..Default::default()
            }],
            features: SupportedFeatures::all()
                .iter()
                .map(|(name, range)| Feature {
                    name: name.clone(),
                    min_supported_version: range.min,
                    max_supported_version: range.max,
                    ..Default::default()
                })
                .collect(),
            rack: None,
            log_dirs: vec![Uuid::from_halves(77, id as u64)],
            ..Default::default()
        }
    }

    /// Registers a broker and unfences it.
    fn start_broker(&mut self, id: i32) {
        let request = self.registration(id, 1);
        let reply = send!(self, RegisterBroker, request);
        assert_eq!(reply.error_code, 0);
        self.heartbeat(id, |_| {});
    }

    fn heartbeat(
        &mut self,
        id: i32,
        set: impl FnOnce(&mut BrokerHeartbeatRequest),
    ) -> BrokerHeartbeatResponse {
        let mut request = BrokerHeartbeatRequest {
            broker_id: id,
            broker_epoch: self.image().broker(BrokerId(id)).map_or(-1, |broker| broker.epoch),
            current_metadata_offset: self.end.0 - 1,
            ..Default::default()
        };
        set(&mut request);
        send!(self, BrokerHeartbeat, request)
    }

    fn create(&mut self, topics: Vec<CreatableTopic>) -> Vec<CreatableTopicResult> {
        send!(self, CreateTopics, CreateTopicsRequest { topics, ..Default::default() }).topics
    }

    /// Creates a topic whose partitions have the given replicas, and says that it worked.
    fn create_assigned(&mut self, name: &str, replicas: &[&[i32]]) {
        use protocol::messages::create_topics_request::CreatableReplicaAssignment;
        let assignments = replicas
            .iter()
            .enumerate()
            .map(|(index, replicas)| CreatableReplicaAssignment {
                partition_index: index as i32,
                broker_ids: replicas.to_vec(),
                ..Default::default()
            })
            .collect();
        let created = self.create(vec![CreatableTopic { assignments, ..topic(name, -1, -1) }]);
        assert_eq!(created[0].error_code, 0, "{created:?}");
    }

    fn topic(&self, name: &str) -> &Topic {
        self.image().topic(name).unwrap()
    }

    fn partition(&self, name: &str, index: i32) -> &Partition {
        self.image().partition(name, PartitionIndex(index)).unwrap()
    }
}

fn topic(name: &str, partitions: i32, factor: i16) -> CreatableTopic {
    CreatableTopic {
        name: Str::from(name),
        num_partitions: partitions,
        replication_factor: factor,
        ..Default::default()
    }
}

fn with_config(mut topic: CreatableTopic, configs: &[(&str, &str)]) -> CreatableTopic {
    topic.configs = configs
        .iter()
        .map(|(name, value)| CreatableTopicConfig {
            name: Str::from(*name),
            value: Some(Str::from(*value)),
            ..Default::default()
        })
        .collect();
    topic
}

fn ids(list: &[BrokerId]) -> Vec<i32> {
    list.iter().map(|id| id.0).collect()
}

/// The error code of a result, by name: what a failing test should show.
fn name_of(code: i16) -> &'static str {
    ErrorCode::from_code(code).name()
}
