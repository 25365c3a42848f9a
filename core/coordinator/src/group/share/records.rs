//! The records of a share group: kinds 10 to 15 of `__consumer_offsets`.

use std::collections::BTreeMap;

use base::{Str, Uuid, WallMs};
use metadata::Image;
use protocol::record_types::group::share_group_current_member_assignment_value as current;
use protocol::record_types::group::share_group_state_partition_metadata_value as state;
use protocol::record_types::group::share_group_target_assignment_member_value as target;
use protocol::record_types::group::{
    GroupKey, ShareGroupCurrentMemberAssignmentKey, ShareGroupCurrentMemberAssignmentValue,
    ShareGroupMemberMetadataKey, ShareGroupMemberMetadataValue, ShareGroupMetadataKey,
    ShareGroupMetadataValue, ShareGroupStatePartitionMetadataKey,
    ShareGroupStatePartitionMetadataValue, ShareGroupTargetAssignmentMemberKey,
    ShareGroupTargetAssignmentMemberValue, ShareGroupTargetAssignmentMetadataKey,
    ShareGroupTargetAssignmentMetadataValue,
};

use super::state_partitions::{StatePartitions, StateTopic, name_of};
use super::{GroupRecord, Member, ShareGroup, TopicPartitions};

/// The group that a key of a share group's record names.
pub(super) fn group_id(key: &GroupKey) -> Option<&Str> {
    Some(match key {
        GroupKey::ShareGroupMemberMetadata(key) => &key.group_id,
        GroupKey::ShareGroupMetadata(key) => &key.group_id,
        GroupKey::ShareGroupTargetAssignmentMetadata(key) => &key.group_id,
        GroupKey::ShareGroupTargetAssignmentMember(key) => &key.group_id,
        GroupKey::ShareGroupCurrentMemberAssignment(key) => &key.group_id,
        GroupKey::ShareGroupStatePartitionMetadata(key) => &key.group_id,
        _ => return None,
    })
}

fn member_key(group_id: &Str, member_id: &Str) -> GroupKey {
    let (group_id, member_id) = (group_id.clone(), member_id.clone());
    ShareGroupMemberMetadataKey { group_id, member_id }.into()
}

fn target_key(group_id: &Str, member_id: &Str) -> GroupKey {
    let (group_id, member_id) = (group_id.clone(), member_id.clone());
    ShareGroupTargetAssignmentMemberKey { group_id, member_id }.into()
}

fn current_key(group_id: &Str, member_id: &Str) -> GroupKey {
    let (group_id, member_id) = (group_id.clone(), member_id.clone());
    ShareGroupCurrentMemberAssignmentKey { group_id, member_id }.into()
}

pub(super) fn member(group_id: &Str, member_id: &Str, member: &Member) -> GroupRecord {
    let value = ShareGroupMemberMetadataValue {
        rack_id: member.rack_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        subscribed_topic_names: member.subscribed.iter().cloned().collect(),
        ..ShareGroupMemberMetadataValue::default()
    };
    GroupRecord::new(member_key(group_id, member_id), value.into(), 0)
}

pub(super) fn epoch(group_id: &Str, epoch: i32, metadata_hash: i64) -> GroupRecord {
    let key = ShareGroupMetadataKey { group_id: group_id.clone() };
    let value = ShareGroupMetadataValue { epoch, metadata_hash, ..Default::default() };
    GroupRecord::new(key.into(), value.into(), 0)
}

pub(super) fn target(group_id: &Str, member_id: &Str, partitions: &TopicPartitions) -> GroupRecord {
    let topics = partitions.iter().map(|(topic_id, partitions)| target::TopicPartition {
        topic_id: *topic_id,
        partitions: partitions.iter().copied().collect(),
        ..target::TopicPartition::default()
    });
    let value = ShareGroupTargetAssignmentMemberValue {
        topic_partitions: topics.collect(),
        ..ShareGroupTargetAssignmentMemberValue::default()
    };
    GroupRecord::new(target_key(group_id, member_id), value.into(), 0)
}

pub(super) fn target_epoch(group_id: &Str, epoch: i32, now: WallMs) -> GroupRecord {
    let key = ShareGroupTargetAssignmentMetadataKey { group_id: group_id.clone() };
    let value = ShareGroupTargetAssignmentMetadataValue {
        assignment_epoch: epoch,
        assignment_timestamp: now.0,
        ..ShareGroupTargetAssignmentMetadataValue::default()
    };
    GroupRecord::new(key.into(), value.into(), 0)
}

pub(super) fn current(group_id: &Str, member_id: &Str, member: &Member) -> GroupRecord {
    let topics = member.assigned.iter().map(|(topic_id, partitions)| current::TopicPartitions {
        topic_id: *topic_id,
        partitions: partitions.iter().copied().collect(),
        ..current::TopicPartitions::default()
    });
    let value = ShareGroupCurrentMemberAssignmentValue {
        member_epoch: member.epoch,
        previous_member_epoch: member.previous_epoch,
        // A member of a share group is always stable: it has nothing to give up first.
        state: 0,
        assigned_partitions: topics.collect(),
        ..ShareGroupCurrentMemberAssignmentValue::default()
    };
    GroupRecord::new(current_key(group_id, member_id), value.into(), 0)
}

pub(super) fn state_partitions(
    group_id: &Str,
    partitions: &StatePartitions,
    image: &Image,
) -> GroupRecord {
    let topics = |topics: &BTreeMap<Uuid, StateTopic>| {
        let topics = topics.iter().map(|(topic_id, topic)| state::TopicPartitionsInfo {
            topic_id: *topic_id,
            topic_name: topic.name.clone(),
            partitions: topic.partitions.iter().copied().collect(),
            ..state::TopicPartitionsInfo::default()
        });
        topics.collect()
    };
    let deleting = partitions.deleting.iter().map(|topic_id| state::TopicInfo {
        topic_id: *topic_id,
        topic_name: name_of(image, *topic_id),
        ..state::TopicInfo::default()
    });
    let value = ShareGroupStatePartitionMetadataValue {
        initializing_topics: topics(&partitions.initializing),
        initialized_topics: topics(&partitions.initialized),
        deleting_topics: deleting.collect(),
        ..ShareGroupStatePartitionMetadataValue::default()
    };
    let key = ShareGroupStatePartitionMetadataKey { group_id: group_id.clone() };
    GroupRecord::new(key.into(), value.into(), 0)
}

/// What takes a member away: first what hangs on it.
pub(super) fn member_gone(group_id: &Str, member_id: &Str) -> [GroupRecord; 3] {
    [
        GroupRecord::tombstone(current_key(group_id, member_id)),
        GroupRecord::tombstone(target_key(group_id, member_id)),
        GroupRecord::tombstone(member_key(group_id, member_id)),
    ]
}

/// What takes a group away.
pub(super) fn group_gone(group_id: &Str, group: &ShareGroup) -> Vec<GroupRecord> {
    let members = || group.members.keys();
    let mut records: Vec<GroupRecord> =
        members().map(|member| GroupRecord::tombstone(current_key(group_id, member))).collect();
    records.extend(members().map(|member| GroupRecord::tombstone(target_key(group_id, member))));
    let group_id = group_id.clone();
    let key = ShareGroupTargetAssignmentMetadataKey { group_id: group_id.clone() };
    records.push(GroupRecord::tombstone(key.into()));
    records.extend(members().map(|member| GroupRecord::tombstone(member_key(&group_id, member))));
    let key = ShareGroupStatePartitionMetadataKey { group_id: group_id.clone() };
    records.push(GroupRecord::tombstone(key.into()));
    records.push(GroupRecord::tombstone(ShareGroupMetadataKey { group_id }.into()));
    records
}
