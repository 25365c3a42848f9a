//! What the handlers of one node share.

use std::sync::Arc;
use std::sync::atomic::AtomicI16;

use arc_swap::ArcSwap;
use base::config::ServerConfig;
use base::{BrokerId, ErrorCode, PartitionIndex, Str};
use io::Env;
use metadata::{Image, SupportedFeatures};
use parking_lot::Mutex;
use replication::fetch_session::Sessions;
use tokio::sync::watch;

use crate::controller::ControllerHandle;
use crate::coordinator::Coordinators;
use crate::log_directory::LogDirectory;
use crate::log_levels::LogLevels;
use crate::metrics::Metrics;
use crate::mover::Moves;
use crate::partitions::{Partitions, Replica};
use crate::producer_ids::ProducerIds;
use crate::transactions::endings::Endings;

/// One node. Everything in it can be used from every thread.
///
/// Lock order, outermost first: fetch sessions or share sessions, the table of moves or of shared
/// partitions, the checkpoints, then one shared partition, one partition at a time, then the waiters of
/// that partition. No lock is held across an `await`.
pub struct Node {
    pub id: BrokerId,
    pub cluster_id: Str,
    pub env: Arc<dyn Env>,
    /// Replaced when a dynamic broker configuration changes.
    pub config: Arc<ArcSwap<ServerConfig>>,
    /// The metadata that this node has applied.
    pub image: Arc<ArcSwap<Image>>,
    /// The finalised `kraft.version`, which is the quorum's and not the image's.
    pub kraft_version: Arc<AtomicI16>,
    pub partitions: Arc<Partitions>,
    pub directories: Vec<Arc<LogDirectory>>,
    /// Replicas on their way from one log directory to another.
    pub moves: Arc<Moves>,
    pub sessions: Mutex<Sessions>,
    pub controller: ControllerHandle,
    pub producer_ids: ProducerIds,
    pub coordinators: Coordinators,
    /// Producers that wait for the end of their transaction before.
    pub endings: Endings,
    pub supported: SupportedFeatures,
    pub metrics: Arc<Metrics>,
    /// What each listener tells clients to connect to, its real port filled in.
    pub advertised: Vec<Advertised>,
    /// The same of the controller's listeners.
    pub advertised_controllers: Vec<Advertised>,
    pub log_levels: LogLevels,
    /// Becomes true when the node stops: parked requests answer with what they have.
    pub stop: watch::Receiver<bool>,
}

impl Node {
    /// The replica that a request names.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER where the metadata knows the partition and this node has no replica
    /// of it (yet); UNKNOWN_TOPIC_OR_PARTITION otherwise.
    pub fn replica(&self, topic: &str, partition: i32) -> Result<Arc<Replica>, ErrorCode> {
        self.partitions
            .replica(topic, partition)
            .ok_or_else(|| self.why_no_replica(topic, partition))
    }

    /// What is said of a partition that has no replica here: after a crash its log may still be
    /// being checked, or its directory has failed.
    pub fn why_no_replica(&self, topic: &str, partition: i32) -> ErrorCode {
        match self.image.load().partition(topic, PartitionIndex(partition)) {
            Some(_) => ErrorCode::NotLeaderOrFollower,
            None => ErrorCode::UnknownTopicOrPartition,
        }
    }
}

/// Where clients of one listener reach this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    pub listener: Str,
    pub host: Str,
    pub port: u16,
    /// 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.
    pub security_protocol: i16,
}
