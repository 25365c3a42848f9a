//! What changed between two images, for a broker to act on.
//!
//! Comparing two images whole would visit every topic for every heartbeat's worth of records. So
//! [`Replay`] notes which topics, brokers and resources the records touch, and the delta compares
//! the two images there alone. What was touched and is the same again (a topic that came and went
//! within one batch) is no change.

use std::collections::BTreeSet;
use std::sync::Arc;

use base::{BrokerId, LeaderEpoch, Offset, PartitionIndex, Uuid};
use protocol::record_types::metadata::MetadataRecord;

use super::{ApplyError, Image, Topic};
use crate::{ConfigKind, ConfigResource, Partition};

/// A partition that differs.
#[derive(Clone, Debug)]
pub struct PartitionDelta {
    /// The topic after the change.
    pub topic: Arc<Topic>,
    pub index: PartitionIndex,
    /// None if the partition is new.
    pub before: Option<Arc<Partition>>,
    pub after: Arc<Partition>,
}

/// The difference between two images.
#[derive(Clone, Debug, Default)]
pub struct Delta {
    pub topics_created: Vec<Arc<Topic>>,
    /// As they were. A topic that was deleted and created again under the same name stands in
    /// both lists, with different ids.
    pub topics_deleted: Vec<Arc<Topic>>,
    /// New and changed partitions of all topics that exist, in order of index within a topic.
    /// Partitions of deleted topics are not listed.
    pub partitions: Vec<PartitionDelta>,
    /// Brokers that were registered, unregistered, fenced, unfenced or changed otherwise.
    pub brokers: BTreeSet<BrokerId>,
    pub controllers: BTreeSet<BrokerId>,
    /// Resources whose configuration differs, those that lost it included.
    pub configs: BTreeSet<ConfigResource>,
    /// `metadata.version` or another feature level.
    pub features: bool,
    pub quotas: bool,
    pub producer_ids: bool,
    pub scram: bool,
    pub acls: bool,
    pub delegation_tokens: bool,
}

impl Delta {
    /// Compares two images whole. Visits every topic: for loading a snapshot, not for a batch.
    pub fn between(before: &Image, after: &Image) -> Delta {
        let images = [before, after];
        let mut touched = Touched { security: true, ..Touched::default() };
        for image in images {
            touched.topics.extend(image.topics.iter().map(|topic| topic.id));
            touched.brokers.extend(image.brokers.keys());
            touched.controllers.extend(image.controllers.keys());
            touched.configs.extend(image.configs.keys().cloned());
        }
        Delta::at(&touched, before, after)
    }

    pub fn is_empty(&self) -> bool {
        self.topics_created.is_empty()
            && self.topics_deleted.is_empty()
            && self.partitions.is_empty()
            && self.brokers.is_empty()
            && self.controllers.is_empty()
            && self.configs.is_empty()
            && !self.features
            && !self.quotas
            && !self.producer_ids
            && !self.scram
            && !self.acls
            && !self.delegation_tokens
    }

    /// What the delta means for the replicas on `broker`.
    pub fn local(&self, broker: BrokerId) -> LocalChanges<'_> {
        let mut changes = LocalChanges::default();
        for partition in &self.partitions {
            let was_here = partition.before.as_ref().is_some_and(|p| p.is_replica(broker));
            if !partition.after.is_replica(broker) {
                if was_here {
                    changes.removed.push(partition);
                }
                continue;
            }
            let epoch_before = partition.before.as_ref().map(|before| before.partition_epoch);
            if epoch_before == Some(partition.after.partition_epoch) {
                continue;
            }
            if partition.after.leader == broker {
                changes.leading.push(partition);
            } else {
                changes.following.push(partition);
            }
        }
        changes.deleted = self
            .topics_deleted
            .iter()
            .filter(|topic| topic.partitions.values().any(|p| p.is_replica(broker)))
            .collect();
        changes
    }

    fn at(touched: &Touched, before: &Image, after: &Image) -> Delta {
        let mut delta = Delta {
            features: before.metadata_version != after.metadata_version
                || before.features != after.features,
            producer_ids: before.next_producer_id != after.next_producer_id,
            ..Delta::default()
        };
        for id in &touched.topics {
            delta.compare_topic(before.topics.by_id(*id), after.topics.by_id(*id));
        }
        let differs = |id: &&BrokerId| before.brokers.get(id) != after.brokers.get(id);
        delta.brokers = touched.brokers.iter().filter(differs).copied().collect();
        let differs = |id: &&BrokerId| before.controllers.get(id) != after.controllers.get(id);
        delta.controllers = touched.controllers.iter().filter(differs).copied().collect();
        let differs = |resource: &&ConfigResource| {
            before.configs.get(*resource) != after.configs.get(*resource)
        };
        delta.configs = touched.configs.iter().filter(differs).cloned().collect();
        if touched.security {
            delta.quotas = before.quotas != after.quotas;
            delta.scram = before.scram != after.scram;
            delta.acls = before.acls != after.acls;
            delta.delegation_tokens = before.tokens != after.tokens;
        }
        delta
    }

    fn compare_topic(&mut self, before: Option<&Arc<Topic>>, after: Option<&Arc<Topic>>) {
        match (before, after) {
            (None, None) => return,
            (Some(before), None) => self.topics_deleted.push(before.clone()),
            (None, Some(after)) => self.topics_created.push(after.clone()),
            (Some(before), Some(after)) if Arc::ptr_eq(before, after) => return,
            (Some(_), Some(_)) => {}
        }
        let Some(after) = after else { return };
        for (index, partition) in &after.partitions {
            let was = before.and_then(|topic| topic.partition(*index));
            let same = was.is_some_and(|was| Arc::ptr_eq(was, partition) || was == partition);
            if !same {
                self.partitions.push(PartitionDelta {
                    topic: after.clone(),
                    index: *index,
                    before: was.cloned(),
                    after: partition.clone(),
                });
            }
        }
    }
}

/// What a delta means for one broker.
#[derive(Clone, Debug, Default)]
pub struct LocalChanges<'a> {
    /// The broker leads them, and something about them changed; the leader epoch moved only if
    /// it differs from that of `before`.
    pub leading: Vec<&'a PartitionDelta>,
    /// The broker follows, or waits for a leader.
    pub following: Vec<&'a PartitionDelta>,
    /// The broker held a replica and no longer does; the topic still exists.
    pub removed: Vec<&'a PartitionDelta>,
    /// Topics that no longer exist, of which the broker held replicas.
    pub deleted: Vec<&'a Arc<Topic>>,
}

/// What records may have changed.
#[derive(Clone, Debug, Default)]
struct Touched {
    topics: BTreeSet<Uuid>,
    brokers: BTreeSet<BrokerId>,
    controllers: BTreeSet<BrokerId>,
    configs: BTreeSet<ConfigResource>,
    /// Quotas, credentials, ACLs or tokens.
    security: bool,
}

impl Touched {
    /// Notes what `record` will change in `image`.
    fn note(&mut self, record: &MetadataRecord, image: &Image) {
        match record {
            MetadataRecord::TopicRecord(record) => {
                self.topics.insert(record.topic_id);
            }
            MetadataRecord::PartitionRecord(record) => {
                self.topics.insert(record.topic_id);
            }
            MetadataRecord::PartitionChangeRecord(record) => {
                self.topics.insert(record.topic_id);
            }
            MetadataRecord::RemoveTopicRecord(record) => {
                self.topics.insert(record.topic_id);
                if let Some(topic) = image.topics.by_id(record.topic_id) {
                    self.configs.insert(ConfigResource::topic(&topic.name));
                }
            }
            MetadataRecord::ClearElrRecord(record) => match record.topic_name.as_str() {
                "" => self.topics.extend(image.topics.iter().map(|topic| topic.id)),
                name => self.topics.extend(image.topics.id_of(name)),
            },
            MetadataRecord::RegisterBrokerRecord(record) => {
                self.brokers.insert(BrokerId(record.broker_id));
            }
            MetadataRecord::UnregisterBrokerRecord(record) => {
                self.brokers.insert(BrokerId(record.broker_id));
            }
            MetadataRecord::BrokerRegistrationChangeRecord(record) => {
                self.brokers.insert(BrokerId(record.broker_id));
            }
            MetadataRecord::FenceBrokerRecord(record) => {
                self.brokers.insert(BrokerId(record.id));
            }
            MetadataRecord::UnfenceBrokerRecord(record) => {
                self.brokers.insert(BrokerId(record.id));
            }
            MetadataRecord::RegisterControllerRecord(record) => {
                self.controllers.insert(BrokerId(record.controller_id));
            }
            MetadataRecord::ConfigRecord(record) => {
                if let Some(kind) = ConfigKind::from_code(record.resource_type) {
                    let name = record.resource_name.detached();
                    self.configs.insert(ConfigResource { kind, name });
                }
            }
            MetadataRecord::ClientQuotaRecord(_)
            | MetadataRecord::AccessControlEntryRecord(_)
            | MetadataRecord::RemoveAccessControlEntryRecord(_)
            | MetadataRecord::UserScramCredentialRecord(_)
            | MetadataRecord::RemoveUserScramCredentialRecord(_)
            | MetadataRecord::DelegationTokenRecord(_)
            | MetadataRecord::RemoveDelegationTokenRecord(_) => self.security = true,
            MetadataRecord::FeatureLevelRecord(_)
            | MetadataRecord::ProducerIdsRecord(_)
            | MetadataRecord::NoOpRecord(_)
            | MetadataRecord::ZkMigrationStateRecord(_)
            | MetadataRecord::BeginTransactionRecord(_)
            | MetadataRecord::EndTransactionRecord(_)
            | MetadataRecord::AbortTransactionRecord(_) => {}
        }
    }
}

/// An image that follows the log, and hands out what changed since the last time it was asked.
#[derive(Clone, Debug)]
pub struct Replay {
    image: Image,
    published: Image,
    touched: Touched,
}

impl Replay {
    pub fn new(image: Image) -> Replay {
        Replay { published: image.stable().clone(), image, touched: Touched::default() }
    }

    /// The image with every record applied, those of an unfinished transaction included.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// The image that was last published.
    pub fn published(&self) -> &Image {
        &self.published
    }

    /// Applies the record at `offset`.
    ///
    /// # Errors
    /// Whatever [`Image::apply`] refuses; the replay must not be used further.
    pub fn apply(&mut self, record: &MetadataRecord, offset: Offset) -> Result<(), ApplyError> {
        self.touched.note(record, &self.image);
        self.image.apply(record, offset)
    }

    /// Notes the end of a batch; see [`Image::advance`].
    pub fn advance(&mut self, offset: Offset, epoch: LeaderEpoch) {
        self.image.advance(offset, epoch);
    }

    /// Takes over the image of a snapshot, whatever was there before.
    pub fn load(&mut self, image: Image) {
        for image in [&self.image, &image] {
            self.touched.topics.extend(image.topics.iter().map(|topic| topic.id));
            self.touched.brokers.extend(image.brokers.keys());
            self.touched.controllers.extend(image.controllers.keys());
            self.touched.configs.extend(image.configs.keys().cloned());
        }
        self.touched.security = true;
        self.image = image;
    }

    /// Publishes the present image, and says what changed since the last one published. Inside a
    /// transaction nothing has changed yet: its records are held back until it ends.
    pub fn publish(&mut self) -> Delta {
        if self.image.transaction_start().is_some() {
            return Delta::default();
        }
        let touched = std::mem::take(&mut self.touched);
        let delta = Delta::at(&touched, &self.published, &self.image);
        self.published = self.image.clone();
        delta
    }
}
