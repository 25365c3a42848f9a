//! What the client knows of the cluster: brokers, topics, leaders. Plain values.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{BrokerId, ErrorCode, LeaderEpoch, Str, Uuid};
use protocol::messages::MetadataResponse;
use protocol::messages::metadata_response::MetadataResponseTopic;

use crate::config::Address;

/// A broker as clients reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerInfo {
    pub id: BrokerId,
    pub address: Address,
    pub rack: Option<Str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicMetadata {
    pub name: Str,
    /// Zero where the broker is too old to have topic ids (before 2.8).
    pub id: Uuid,
    pub is_internal: bool,
    /// By partition index, without gaps.
    pub partitions: Vec<PartitionMetadata>,
    /// The partitions that have a leader.
    pub available: Vec<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionMetadata {
    pub leader: Option<BrokerId>,
    pub leader_epoch: LeaderEpoch,
    pub replicas: Vec<BrokerId>,
    pub in_sync: Vec<BrokerId>,
    pub offline: Vec<BrokerId>,
}

/// One state of the cluster; never changed, only replaced.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    pub cluster_id: Option<Str>,
    /// In KRaft any live broker, which forwards to the controller.
    pub controller: Option<BrokerId>,
    pub brokers: BTreeMap<BrokerId, BrokerInfo>,
    pub topics: BTreeMap<Str, Arc<TopicMetadata>>,
}

impl Metadata {
    /// This state with what a response says: all brokers, and the topics it names. A topic with an
    /// error leaves the state. Also returned: the error of each topic that has one.
    pub(crate) fn with(&self, response: &MetadataResponse) -> (Metadata, Vec<(Str, ErrorCode)>) {
        let mut next = Metadata {
            cluster_id: response.cluster_id.as_ref().map(Str::detached),
            controller: Some(BrokerId(response.controller_id)).filter(|id| id.0 >= 0),
            brokers: BTreeMap::new(),
            topics: self.topics.clone(),
        };
        for broker in &response.brokers {
            let id = BrokerId(broker.node_id);
            let Ok(port) = u16::try_from(broker.port) else { continue };
            let address = Address { host: broker.host.as_str().to_owned(), port };
            let rack = broker.rack.as_ref().map(Str::detached);
            next.brokers.insert(id, BrokerInfo { id, address, rack });
        }
        let mut errors = Vec::new();
        for topic in &response.topics {
            let name = topic.name.as_ref().map(Str::detached).unwrap_or_default();
            match ErrorCode::from_code(topic.error_code) {
                ErrorCode::None => {
                    let known = self.topics.get(&name);
                    next.topics.insert(name, Arc::new(TopicMetadata::new(topic, known)));
                }
                code => {
                    next.topics.remove(&name);
                    errors.push((name, code));
                }
            }
        }
        (next, errors)
    }
}

impl TopicMetadata {
    /// Reads a topic. Brokers learn of a new leader at different times: a leader of an older
    /// epoch than the one already known is not believed.
    fn new(topic: &MetadataResponseTopic, known: Option<&Arc<TopicMetadata>>) -> TopicMetadata {
        let ids = |ids: &[i32]| ids.iter().copied().map(BrokerId).collect();
        let known = known.filter(|known| known.id == topic.topic_id);
        let highest = topic.partitions.iter().map(|partition| partition.partition_index).max();
        let mut partitions = Vec::new();
        // Indexes without gaps are Kafka's promise; a broken one must not cost memory.
        let count = highest.map_or(0, |highest| highest.max(-1) as usize + 1);
        partitions.resize(count.min(topic.partitions.len()), PartitionMetadata::default());
        for partition in &topic.partitions {
            let index = partition.partition_index as usize;
            let Some(slot) = partitions.get_mut(index) else { continue };
            let epoch = LeaderEpoch(partition.leader_epoch);
            *slot = match known.and_then(|known| known.partitions.get(index)) {
                Some(newer) if newer.leader_epoch > epoch && epoch != LeaderEpoch::NONE => {
                    newer.clone()
                }
                _ => PartitionMetadata {
                    leader: Some(BrokerId(partition.leader_id)).filter(|id| id.0 >= 0),
                    leader_epoch: epoch,
                    replicas: ids(&partition.replica_nodes),
                    in_sync: ids(&partition.isr_nodes),
                    offline: ids(&partition.offline_replicas),
                },
            };
        }
        let available = (0..)
            .zip(&partitions)
            .filter(|(_, partition)| partition.leader.is_some())
            .map(|(index, _)| index)
            .collect();
        TopicMetadata {
            name: topic.name.as_ref().map(Str::detached).unwrap_or_default(),
            id: topic.topic_id,
            is_internal: topic.is_internal,
            partitions,
            available,
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::messages::metadata_response::MetadataResponsePartition;

    use super::*;

    fn response(leader: i32, epoch: i32) -> MetadataResponse {
        let partition = MetadataResponsePartition {
            leader_id: leader,
            leader_epoch: epoch,
            ..MetadataResponsePartition::default()
        };
        let topic = MetadataResponseTopic {
            name: Some("t".into()),
            partitions: vec![partition],
            ..MetadataResponseTopic::default()
        };
        MetadataResponse { topics: vec![topic], ..MetadataResponse::default() }
    }

    #[test]
    fn a_leader_of_an_older_epoch_is_not_believed() {
        let (first, _) = Metadata::default().with(&response(1, 5));
        let (second, _) = first.with(&response(2, 4));
        assert_eq!(second.topics["t"].partitions[0].leader, Some(BrokerId(1)));
        let (third, _) = second.with(&response(3, 6));
        assert_eq!(third.topics["t"].partitions[0].leader, Some(BrokerId(3)));
        assert_eq!(third.topics["t"].available, [0]);
    }

    #[test]
    fn a_partition_without_a_leader_is_not_available() {
        let (metadata, _) = Metadata::default().with(&response(-1, 5));
        assert_eq!(metadata.topics["t"].partitions[0].leader, None);
        assert!(metadata.topics["t"].available.is_empty());
    }

    #[test]
    fn a_topic_that_is_gone_leaves_the_metadata() {
        let (metadata, _) = Metadata::default().with(&response(1, 0));
        let mut gone = response(1, 0);
        gone.topics[0].error_code = ErrorCode::UnknownTopicOrPartition.code();
        let (metadata, errors) = metadata.with(&gone);
        assert!(metadata.topics.is_empty());
        assert_eq!(errors, [("t".into(), ErrorCode::UnknownTopicOrPartition)]);
    }
}
