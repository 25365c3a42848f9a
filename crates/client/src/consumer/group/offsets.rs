//! Committed offsets of a group: read and written at its coordinator.

use std::collections::BTreeMap;
use std::time::Duration;

use base::{ErrorCode, LeaderEpoch, Offset, Str, TopicPartition};
use protocol::ApiKey;
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use protocol::messages::{OffsetCommitRequest, OffsetFetchRequest};

use super::coordinator::Coordinator;
use crate::error::{Error, Result};

/// The last versions that name topics by their names: ids say no more to a client that reads by name.
const COMMIT_BY_NAME: i16 = 9;
const FETCH_BY_NAME: i16 = 9;

/// Where a group goes on reading a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    pub offset: Offset,
    /// Of the record before it, if that is known.
    pub leader_epoch: LeaderEpoch,
    /// A note of the committer's.
    pub metadata: Str,
}

impl CommittedOffset {
    pub fn new(offset: Offset) -> CommittedOffset {
        CommittedOffset { offset, leader_epoch: LeaderEpoch::NONE, metadata: Str::EMPTY }
    }
}

impl From<Offset> for CommittedOffset {
    fn from(offset: Offset) -> CommittedOffset {
        CommittedOffset::new(offset)
    }
}

pub type Offsets = BTreeMap<TopicPartition, CommittedOffset>;

/// As whom a commit is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub member: Str,
    pub instance: Option<Str>,
    /// The generation or the member's epoch; -1 without a group's membership.
    pub epoch: i32,
}

impl Identity {
    pub const NOBODY: Identity = Identity { member: Str::EMPTY, instance: None, epoch: -1 };
}

/// Which offsets are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    Any,
    /// Wait for open transactions that may replace them.
    Required,
}

/// Writes offsets. Tried once.
///
/// # Errors
/// Of the connection, or the first that a partition carries.
pub(crate) async fn commit(
    coordinator: &Coordinator,
    identity: &Identity,
    offsets: &Offsets,
) -> Result<()> {
    if offsets.is_empty() {
        return Ok(());
    }
    let response = coordinator
        .call(COMMIT_BY_NAME, Duration::ZERO, |version| OffsetCommitRequest {
            group_id: coordinator.group.as_str().into(),
            generation_id_or_member_epoch: identity.epoch,
            member_id: identity.member.clone(),
            group_instance_id: identity.instance.clone().filter(|_| version >= 7),
            topics: by_topic(offsets.keys())
                .into_iter()
                .map(|(name, indexes)| OffsetCommitRequestTopic {
                    partitions: indexes.iter().map(|index| entry(offsets, &name, *index)).collect(),
                    name,
                    ..OffsetCommitRequestTopic::default()
                })
                .collect(),
            ..OffsetCommitRequest::default()
        })
        .await?;
    for topic in &response.topics {
        for partition in &topic.partitions {
            let during = format!("commit {}-{}", topic.name, partition.partition_index);
            coordinator.check(&during, partition.error_code).await?;
        }
    }
    Ok(())
}

fn entry(offsets: &Offsets, topic: &Str, index: i32) -> OffsetCommitRequestPartition {
    let partition = TopicPartition::new(topic.clone(), index);
    let offset = offsets.get(&partition).cloned();
    let offset = offset.unwrap_or_else(|| CommittedOffset::new(Offset(-1)));
    OffsetCommitRequestPartition {
        partition_index: index,
        committed_offset: offset.offset.0,
        committed_leader_epoch: offset.leader_epoch.0,
        committed_metadata: Some(offset.metadata),
        ..OffsetCommitRequestPartition::default()
    }
}

/// Reads offsets of some partitions, or all that the group has. Tried once. A partition without an
/// offset is not in the result.
///
/// # Errors
/// Of the connection, the group's, or the first that a partition carries: UNSTABLE_OFFSET_COMMIT
/// passes.
pub(crate) async fn fetch(
    coordinator: &Coordinator,
    identity: &Identity,
    partitions: Option<&[TopicPartition]>,
    stability: Stability,
) -> Result<Offsets> {
    let during = format!("read the offsets of group {}", coordinator.group);
    let topics = partitions.map(|partitions| by_topic(partitions.iter()));
    let connection = coordinator.connection().await?;
    let version = connection.version::<OffsetFetchRequest>()?.min(FETCH_BY_NAME);
    if topics.is_none() && version < 2 {
        return Err(Error::Unsupported {
            api: ApiKey::OffsetFetch.name(),
            broker: connection.broker().into(),
            offered: Some((0, version)),
            ours: (2, FETCH_BY_NAME),
        });
    }
    let required = stability == Stability::Required && version >= 7;
    let response = coordinator
        .call(FETCH_BY_NAME, Duration::ZERO, |version| {
            request(&coordinator.group, identity, topics, required, version)
        })
        .await?;
    let mut all = Vec::new();
    if version >= 8 {
        for group in response.groups {
            coordinator.check(&during, group.error_code).await?;
            for topic in group.topics {
                for found in topic.partitions {
                    let partition =
                        TopicPartition::new(topic.name.detached(), found.partition_index);
                    let epoch = found.committed_leader_epoch;
                    let read = (found.committed_offset, epoch, found.metadata, found.error_code);
                    all.push((partition, read));
                }
            }
        }
    } else {
        coordinator.check(&during, response.error_code).await?;
        for topic in response.topics {
            for found in topic.partitions {
                let partition = TopicPartition::new(topic.name.detached(), found.partition_index);
                let epoch = found.committed_leader_epoch;
                let read = (found.committed_offset, epoch, found.metadata, found.error_code);
                all.push((partition, read));
            }
        }
    }
    let mut offsets = Offsets::new();
    for (partition, (offset, epoch, metadata, code)) in all {
        // Before version 1 brokers answered so for a partition that has no offset.
        if ErrorCode::from_code(code) == ErrorCode::UnknownTopicOrPartition {
            continue;
        }
        coordinator.check(&format!("read the committed offset of {partition}"), code).await?;
        if offset >= 0 {
            let committed = CommittedOffset {
                offset: Offset(offset),
                leader_epoch: LeaderEpoch(epoch),
                metadata: metadata.map(|text| text.detached()).unwrap_or_default(),
            };
            offsets.insert(partition, committed);
        }
    }
    Ok(offsets)
}

fn request(
    group: &str,
    identity: &Identity,
    topics: Option<BTreeMap<Str, Vec<i32>>>,
    require_stable: bool,
    version: i16,
) -> OffsetFetchRequest {
    if version >= 8 {
        let topics = topics.map(|topics| {
            let topics =
                topics.into_iter().map(|(name, partition_indexes)| OffsetFetchRequestTopics {
                    name,
                    partition_indexes,
                    ..OffsetFetchRequestTopics::default()
                });
            topics.collect()
        });
        let is_member = version >= 9 && identity.epoch >= 0;
        let group = OffsetFetchRequestGroup {
            group_id: group.into(),
            member_id: is_member.then(|| identity.member.clone()),
            member_epoch: if is_member { identity.epoch } else { -1 },
            topics,
            ..OffsetFetchRequestGroup::default()
        };
        return OffsetFetchRequest {
            groups: vec![group],
            require_stable,
            ..OffsetFetchRequest::default()
        };
    }
    let topics = topics.map(|topics| {
        let topics = topics.into_iter().map(|(name, partition_indexes)| OffsetFetchRequestTopic {
            name,
            partition_indexes,
            ..OffsetFetchRequestTopic::default()
        });
        topics.collect()
    });
    OffsetFetchRequest {
        group_id: group.into(),
        topics,
        require_stable,
        ..OffsetFetchRequest::default()
    }
}

fn by_topic<'a>(partitions: impl Iterator<Item = &'a TopicPartition>) -> BTreeMap<Str, Vec<i32>> {
    let mut topics: BTreeMap<Str, Vec<i32>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(partition.topic.clone()).or_default().push(partition.partition.0);
    }
    topics
}
