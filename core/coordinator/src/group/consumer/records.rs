//! The records of a consumer group, as [`super::ConsumerGroup`] reads them back.

use base::{Str, WallMs};
use protocol::record_types::group::consumer_group_target_assignment_member_value::TopicPartition;
use protocol::record_types::group::{
    ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupMemberMetadataKey,
    ConsumerGroupMetadataKey, ConsumerGroupMetadataValue, ConsumerGroupPartitionMetadataKey,
    ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue,
    ConsumerGroupTargetAssignmentMemberKey, ConsumerGroupTargetAssignmentMemberValue,
    ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue, GroupKey,
    GroupValue,
};

use super::group::Resolved;
use super::member::Member;
use crate::group::GroupRecord;
use crate::group::assignor::Partitions;

/// Records of this protocol have one version.
const VERSION: i16 = 0;

pub(super) fn group_epoch(group: &Str, epoch: i32, metadata_hash: i64) -> GroupRecord {
    let key = ConsumerGroupMetadataKey { group_id: group.clone() };
    let value = ConsumerGroupMetadataValue {
        epoch,
        metadata_hash,
        ..ConsumerGroupMetadataValue::default()
    };
    GroupRecord::new(
        GroupKey::ConsumerGroupMetadata(key),
        GroupValue::ConsumerGroupMetadata(value),
        VERSION,
    )
}

pub(super) fn no_group(group: &Str) -> GroupRecord {
    let key = ConsumerGroupMetadataKey { group_id: group.clone() };
    GroupRecord::tombstone(GroupKey::ConsumerGroupMetadata(key))
}

/// The tombstone of what brokers before 4.1 kept of the topics.
pub(super) fn no_partition_metadata(group: &Str) -> GroupRecord {
    let key = ConsumerGroupPartitionMetadataKey { group_id: group.clone() };
    GroupRecord::tombstone(GroupKey::ConsumerGroupPartitionMetadata(key))
}

pub(super) fn member_metadata(group: &Str, member: &Member) -> GroupRecord {
    GroupRecord::new(
        GroupKey::ConsumerGroupMemberMetadata(member_metadata_key(group, &member.id)),
        GroupValue::ConsumerGroupMemberMetadata(member.metadata()),
        VERSION,
    )
}

pub(super) fn no_member_metadata(group: &Str, member: &Str) -> GroupRecord {
    let key = member_metadata_key(group, member);
    GroupRecord::tombstone(GroupKey::ConsumerGroupMemberMetadata(key))
}

fn member_metadata_key(group: &Str, member: &Str) -> ConsumerGroupMemberMetadataKey {
    ConsumerGroupMemberMetadataKey { group_id: group.clone(), member_id: member.clone() }
}

pub(super) fn target_epoch(group: &Str, epoch: i32, timestamp: WallMs) -> GroupRecord {
    let key = ConsumerGroupTargetAssignmentMetadataKey { group_id: group.clone() };
    let value = ConsumerGroupTargetAssignmentMetadataValue {
        assignment_epoch: epoch,
        assignment_timestamp: timestamp.0,
        ..ConsumerGroupTargetAssignmentMetadataValue::default()
    };
    GroupRecord::new(
        GroupKey::ConsumerGroupTargetAssignmentMetadata(key),
        GroupValue::ConsumerGroupTargetAssignmentMetadata(value),
        VERSION,
    )
}

pub(super) fn no_target(group: &Str) -> GroupRecord {
    let key = ConsumerGroupTargetAssignmentMetadataKey { group_id: group.clone() };
    GroupRecord::tombstone(GroupKey::ConsumerGroupTargetAssignmentMetadata(key))
}

pub(super) fn target_member(group: &Str, member: &Str, partitions: &Partitions) -> GroupRecord {
    let topics = partitions.iter().map(|(topic, partitions)| TopicPartition {
        topic_id: *topic,
        partitions: partitions.iter().map(|partition| partition.0).collect(),
        ..TopicPartition::default()
    });
    let value = ConsumerGroupTargetAssignmentMemberValue {
        topic_partitions: topics.collect(),
        ..ConsumerGroupTargetAssignmentMemberValue::default()
    };
    GroupRecord::new(
        GroupKey::ConsumerGroupTargetAssignmentMember(target_member_key(group, member)),
        GroupValue::ConsumerGroupTargetAssignmentMember(value),
        VERSION,
    )
}

pub(super) fn no_target_member(group: &Str, member: &Str) -> GroupRecord {
    let key = target_member_key(group, member);
    GroupRecord::tombstone(GroupKey::ConsumerGroupTargetAssignmentMember(key))
}

fn target_member_key(group: &Str, member: &Str) -> ConsumerGroupTargetAssignmentMemberKey {
    ConsumerGroupTargetAssignmentMemberKey { group_id: group.clone(), member_id: member.clone() }
}

pub(super) fn current_assignment(group: &Str, member: &Member) -> GroupRecord {
    GroupRecord::new(
        GroupKey::ConsumerGroupCurrentMemberAssignment(current_key(group, &member.id)),
        GroupValue::ConsumerGroupCurrentMemberAssignment(member.current_assignment()),
        VERSION,
    )
}

pub(super) fn no_current_assignment(group: &Str, member: &Str) -> GroupRecord {
    let key = current_key(group, member);
    GroupRecord::tombstone(GroupKey::ConsumerGroupCurrentMemberAssignment(key))
}

fn current_key(group: &Str, member: &Str) -> ConsumerGroupCurrentMemberAssignmentKey {
    ConsumerGroupCurrentMemberAssignmentKey { group_id: group.clone(), member_id: member.clone() }
}

pub(super) fn regex(group: &Str, regex: &Str, resolved: &Resolved) -> GroupRecord {
    let value = ConsumerGroupRegularExpressionValue {
        topics: resolved.topics.iter().cloned().collect(),
        version: resolved.version,
        timestamp: resolved.timestamp,
        ..ConsumerGroupRegularExpressionValue::default()
    };
    GroupRecord::new(
        GroupKey::ConsumerGroupRegularExpression(regex_key(group, regex)),
        GroupValue::ConsumerGroupRegularExpression(value),
        VERSION,
    )
}

pub(super) fn no_regex(group: &Str, regex: &Str) -> GroupRecord {
    GroupRecord::tombstone(GroupKey::ConsumerGroupRegularExpression(regex_key(group, regex)))
}

fn regex_key(group: &Str, regex: &Str) -> ConsumerGroupRegularExpressionKey {
    ConsumerGroupRegularExpressionKey { group_id: group.clone(), regular_expression: regex.clone() }
}
