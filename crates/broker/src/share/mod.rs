//! What a node does for share groups besides coordinating them (KIP-932): delivers the records of the
//! partitions that it leads.
//!
//! The decisions are `coordinator::share`'s. Here is what they need of the node. [`Sharing`] is the table
//! of shared partitions and sessions that handlers use. [`keeper`] is the thread that does what no
//! request waits for to the end: it loads the state of a partition, has changes written, lets locks
//! run out. [`state`] asks share coordinators. In a cluster they are other brokers; here they are
//! asked the way their requests are served.

mod batches;
pub mod keeper;
pub mod partition;
pub mod state;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base::config::{GroupConfig, ServerConfig};
use base::{ErrorCode, LeaderEpoch, Offset, PartitionIndex, Str};
use coordinator::group::TopicPartitions;
use coordinator::share::partition::{Renewal, ShareLimits};
use coordinator::share::session::{ConnectionId, Member, ShareSessions};
use coordinator::share::{Prune, SharePartitionKey};
use metadata::{ConfigResource, Delta, Feature, Image};
use parking_lot::Mutex;
use protocol::messages::InitializeShareGroupStateRequest;
use tokio::sync::mpsc;

use crate::node::Node;
use crate::partitions::Replica;
use partition::SharedPartition;

/// What the keeper is to do.
pub enum Order {
    /// Load the state of a partition that somebody fetches.
    Load(Arc<SharedPartition>),
    /// Write what has changed.
    Write(Arc<SharedPartition>),
    /// Nobody of the group is here any more: forget the partition once it is written. The next member
    /// may come to another broker, or after somebody has altered the group's offsets.
    Retire(Arc<SharedPartition>),
    /// A lock will run out earlier than the keeper knows.
    Arm(Arc<SharedPartition>),
    /// Have the state of partitions initialised, and tell the group what came of it.
    Initialize(InitializeShareGroupStateRequest),
    /// Delete what the log of a share coordinator no longer needs.
    Prune(PartitionIndex, Prune),
}

/// Orders on their way to the keeper. Without a bound: each partition has at most one of each kind
/// under way, heartbeats ask for a group's state once in a while, and shards prune in minutes.
pub type Orders = mpsc::UnboundedSender<Order>;

/// The shared partitions that this node leads, and who fetches from them.
pub struct Sharing {
    partitions: Mutex<HashMap<SharePartitionKey, Arc<SharedPartition>>>,
    pub sessions: Mutex<ShareSessions>,
    orders: Orders,
    /// How many partitions there are, so that news of metadata costs nothing where there are none.
    count: AtomicI64,
}

impl Sharing {
    pub fn new(config: &ServerConfig, orders: Orders) -> Sharing {
        Sharing {
            partitions: Mutex::default(),
            sessions: Mutex::new(ShareSessions::new(config.share.max_share_sessions as usize)),
            orders,
            count: AtomicI64::new(0),
        }
    }

    pub fn order(&self, order: Order) {
        // The keeper is gone only when the node stops, and then nothing is delivered any more.
        let _ = self.orders.send(order);
    }

    /// The shared partition, loading if it is new.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER where this node does not lead the partition.
    pub fn partition(
        &self,
        key: &SharePartitionKey,
        topic: &Str,
        replica: &Arc<Replica>,
    ) -> Result<Arc<SharedPartition>, ErrorCode> {
        let leader_epoch =
            replica.look_up(LeaderEpoch::NONE, |_, machine| Ok(machine.leader_epoch()))?;
        let mut partitions = self.partitions.lock();
        if let Some(known) = partitions.get(key)
            && known.leader_epoch == leader_epoch
        {
            return Ok(known.clone());
        }
        let made = SharedPartition::new(key.clone(), topic.clone(), leader_epoch, replica.clone());
        let made = Arc::new(made);
        if let Some(old) = partitions.insert(key.clone(), made.clone()) {
            old.fence(ErrorCode::NotLeaderOrFollower);
        }
        self.count.store(partitions.len() as i64, Ordering::Relaxed);
        drop(partitions);
        self.order(Order::Load(made.clone()));
        Ok(made)
    }

    /// The shared partition, if there is one.
    pub fn known(&self, key: &SharePartitionKey) -> Option<Arc<SharedPartition>> {
        self.partitions.lock().get(key).cloned()
    }

    /// Forgets a partition. Who comes next loads it again.
    pub fn forget(&self, partition: &Arc<SharedPartition>, code: ErrorCode) {
        let mut partitions = self.partitions.lock();
        if partitions.get(&partition.key).is_some_and(|known| Arc::ptr_eq(known, partition)) {
            partitions.remove(&partition.key);
            self.count.store(partitions.len() as i64, Ordering::Relaxed);
        }
        drop(partitions);
        partition.fence(code);
    }

    fn forget_where(&self, code: ErrorCode, is_gone: impl Fn(&SharePartitionKey) -> bool) {
        let all = self.partitions.lock();
        let gone: Vec<Arc<SharedPartition>> =
            all.values().filter(|partition| is_gone(&partition.key)).cloned().collect();
        drop(all);
        for partition in gone {
            self.forget(&partition, code);
        }
    }

    /// A member's session has ended: what it holds is released.
    pub fn release(&self, node: &Node, member: &Member, partitions: &[(base::Uuid, i32)]) {
        let limits = limits(node, &member.group_id);
        for (topic_id, index) in partitions {
            let key = SharePartitionKey {
                group_id: member.group_id.clone(),
                topic_id: *topic_id,
                partition: *index,
            };
            if let Some(partition) = self.known(&key) {
                partition.release(self, &limits, &member.member_id);
            }
        }
    }

    /// A connection has ended, and with it the session that it opened.
    pub fn disconnected(&self, node: &Node, connection: ConnectionId) {
        let ended = self.sessions.lock().disconnected(connection);
        if let Some((member, partitions)) = &ended.left {
            self.release(node, member, partitions);
        }
        if let Some(group) = ended.empty_group {
            let all = self.partitions.lock();
            let idle: Vec<Arc<SharedPartition>> =
                all.values().filter(|partition| partition.key.group_id == group).cloned().collect();
            drop(all);
            for partition in idle {
                self.order(Order::Retire(partition));
            }
        }
    }

    /// Forgets what belongs to topics that are gone, and everything where share groups are no longer
    /// served.
    pub fn metadata_changed(&self, image: &Image, delta: &Delta) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        if delta.features && image.feature_level(Feature::ShareVersion) == 0 {
            self.forget_where(ErrorCode::NotLeaderOrFollower, |_| true);
        }
        if !delta.topics_deleted.is_empty() {
            let gone =
                |key: &SharePartitionKey| delta.topics_deleted.iter().any(|t| t.id == key.topic_id);
            self.forget_where(ErrorCode::UnknownTopicOrPartition, gone);
        }
    }
}

/// Whether share groups are served.
pub fn is_enabled(node: &Node) -> bool {
    node.image.load().feature_level(Feature::ShareVersion) >= 1
}

/// What holds for a group, whoever coordinates it.
pub fn group_config(node: &Node, group_id: &str) -> GroupConfig {
    let image = node.image.load();
    let own = image.config(&ConfigResource::group(group_id));
    node.config.load().group(|name| own.get(name).map(Str::as_str))
}

/// What a group's configuration allows its members.
pub fn limits(node: &Node, group_id: &str) -> ShareLimits {
    limits_of(&group_config(node, group_id))
}

pub fn limits_of(config: &GroupConfig) -> ShareLimits {
    ShareLimits {
        in_flight_max: config.share_partition_max_record_locks,
        delivery_count_max: config.share_delivery_count_limit,
        lock_ms: config.share_record_lock_duration_ms as u64,
        renewal: match config.share_renew_acknowledge_enable {
            true => Renewal::Allowed,
            false => Renewal::Refused,
        },
    }
}

/// Deletes what a share coordinator's log no longer needs.
fn prune(node: &Node, shard: PartitionIndex, below: Offset) {
    let topic = crate::internal_topics::SHARE_TOPIC;
    let deleted = node.replica(topic, shard.0).and_then(|replica| replica.delete_records(below));
    if let Err(code) = deleted {
        tracing::warn!("could not prune {topic}-{} below {below}: {code}", shard.0);
    }
}

/// Partitions of a request that names them by topic and partition.
pub fn topic_partitions(partitions: impl Iterator<Item = (base::Uuid, i32)>) -> TopicPartitions {
    let mut topics = TopicPartitions::new();
    for (topic, partition) in partitions {
        topics.entry(topic).or_default().insert(partition);
    }
    topics
}
