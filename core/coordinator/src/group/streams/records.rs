//! The records of streams groups, kinds 17 to 23: written from the group's state, and read back.
//!
//! | kind | key | what it says |
//! |---|---|---|
//! | 17 | group | epoch, metadata hash, validated topology, assignment configuration |
//! | 19 | group, member | what the member said of itself |
//! | 20, 21 | group (, member) | the target assignment and its epoch |
//! | 22 | group, member | what the member has been given, and at which epochs |
//! | 23 | group | the topology |
//!
//! All values are of version 0. Lists are sorted, so that equal states make equal records.

use std::collections::{BTreeMap, BTreeSet};

use base::{Str, WallMs};
use protocol::record_types::group::{
    GroupKey, GroupValue, StreamsGroupCurrentMemberAssignmentKey,
    StreamsGroupCurrentMemberAssignmentValue, StreamsGroupMemberMetadataKey,
    StreamsGroupMemberMetadataValue, StreamsGroupMetadataKey, StreamsGroupMetadataValue,
    StreamsGroupTargetAssignmentMemberKey, StreamsGroupTargetAssignmentMemberValue,
    StreamsGroupTargetAssignmentMetadataKey, StreamsGroupTargetAssignmentMetadataValue,
    StreamsGroupTopologyKey, StreamsGroupTopologyValue,
    streams_group_current_member_assignment_value as current_value,
    streams_group_member_metadata_value as member_value, streams_group_metadata_value,
    streams_group_target_assignment_member_value as target_value,
};

use super::group::StreamsGroup;
use super::member::{Endpoint, Member, MemberState};
use super::tasks::{AssignedTasks, EpochTaskSet, TaskSet, Tasks, task_set};
use crate::group::GroupRecord;

const VERSION: i16 = 0;

/// What the metadata record of a group says.
pub(super) struct GroupMetadata<'a> {
    pub epoch: i32,
    pub metadata_hash: i64,
    pub validated_topology_epoch: i32,
    pub assignment_configs: &'a BTreeMap<Str, Str>,
}

pub(super) fn group_metadata(group: &Str, metadata: &GroupMetadata<'_>) -> GroupRecord {
    let config = |(key, value): (&Str, &Str)| streams_group_metadata_value::LastAssignmentConfig {
        key: key.clone(),
        value: value.clone(),
        ..Default::default()
    };
    let value = StreamsGroupMetadataValue {
        epoch: metadata.epoch,
        metadata_hash: metadata.metadata_hash,
        validated_topology_epoch: metadata.validated_topology_epoch,
        last_assignment_configs: Some(metadata.assignment_configs.iter().map(config).collect()),
        ..StreamsGroupMetadataValue::default()
    };
    let key = StreamsGroupMetadataKey { group_id: group.clone() };
    GroupRecord::new(
        GroupKey::StreamsGroupMetadata(key),
        GroupValue::StreamsGroupMetadata(value),
        VERSION,
    )
}

pub(super) fn topology(group: &Str, value: StreamsGroupTopologyValue) -> GroupRecord {
    let key = StreamsGroupTopologyKey { group_id: group.clone() };
    GroupRecord::new(
        GroupKey::StreamsGroupTopology(key),
        GroupValue::StreamsGroupTopology(value),
        VERSION,
    )
}

pub(super) fn member(group: &Str, member: &Member) -> GroupRecord {
    let tag = |(key, value): (&Str, &Str)| member_value::KeyValue {
        key: key.clone(),
        value: value.clone(),
        ..Default::default()
    };
    let endpoint = |endpoint: &Endpoint| {
        Box::new(member_value::Endpoint {
            host: endpoint.host.clone(),
            port: endpoint.port,
            ..Default::default()
        })
    };
    let value = StreamsGroupMemberMetadataValue {
        instance_id: member.instance_id.clone(),
        rack_id: member.rack_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        rebalance_timeout_ms: member.rebalance_timeout_ms,
        topology_epoch: member.topology_epoch,
        process_id: member.process_id.clone(),
        user_endpoint: member.user_endpoint.as_ref().map(endpoint),
        client_tags: member.client_tags.iter().map(tag).collect(),
        ..StreamsGroupMemberMetadataValue::default()
    };
    GroupRecord::new(
        member_key(group, &member.id),
        GroupValue::StreamsGroupMemberMetadata(value),
        VERSION,
    )
}

pub(super) fn target_metadata(group: &Str, epoch: i32, timestamp: WallMs) -> GroupRecord {
    let value = StreamsGroupTargetAssignmentMetadataValue {
        assignment_epoch: epoch,
        assignment_timestamp: timestamp.0,
        ..StreamsGroupTargetAssignmentMetadataValue::default()
    };
    GroupRecord::new(
        target_metadata_key(group),
        GroupValue::StreamsGroupTargetAssignmentMetadata(value),
        VERSION,
    )
}

pub(super) fn target(group: &Str, member: &Str, tasks: &Tasks) -> GroupRecord {
    let listed = |tasks: &TaskSet| -> Vec<target_value::TaskIds> {
        let one = |(subtopology, partitions): (&Str, &BTreeSet<i32>)| target_value::TaskIds {
            subtopology_id: subtopology.clone(),
            partitions: partitions.iter().copied().collect(),
            ..Default::default()
        };
        tasks.iter().map(one).collect()
    };
    let value = StreamsGroupTargetAssignmentMemberValue {
        active_tasks: listed(&tasks.active),
        standby_tasks: listed(&tasks.standby),
        warmup_tasks: listed(&tasks.warmup),
        ..StreamsGroupTargetAssignmentMemberValue::default()
    };
    GroupRecord::new(
        target_key(group, member),
        GroupValue::StreamsGroupTargetAssignmentMember(value),
        VERSION,
    )
}

pub(super) fn current(group: &Str, member: &Member) -> GroupRecord {
    let Member { assigned, pending_revocation: pending, .. } = member;
    let value = StreamsGroupCurrentMemberAssignmentValue {
        member_epoch: member.epoch,
        previous_member_epoch: member.previous_epoch,
        state: member.state.code(),
        active_tasks: listed_with_epochs(&assigned.active),
        standby_tasks: listed(&assigned.standby),
        warmup_tasks: listed(&assigned.warmup),
        active_tasks_pending_revocation: listed_with_epochs(&pending.active),
        standby_tasks_pending_revocation: listed(&pending.standby),
        warmup_tasks_pending_revocation: listed(&pending.warmup),
        ..StreamsGroupCurrentMemberAssignmentValue::default()
    };
    GroupRecord::new(
        current_key(group, &member.id),
        GroupValue::StreamsGroupCurrentMemberAssignment(value),
        VERSION,
    )
}

fn listed(tasks: &TaskSet) -> Vec<current_value::TaskIds> {
    let one = |(subtopology, partitions): (&Str, &BTreeSet<i32>)| current_value::TaskIds {
        subtopology_id: subtopology.clone(),
        partitions: partitions.iter().copied().collect(),
        assignment_epochs: None,
        ..Default::default()
    };
    tasks.iter().map(one).collect()
}

fn listed_with_epochs(tasks: &EpochTaskSet) -> Vec<current_value::TaskIds> {
    let one = |(subtopology, partitions): (&Str, &BTreeMap<i32, i32>)| current_value::TaskIds {
        subtopology_id: subtopology.clone(),
        partitions: partitions.keys().copied().collect(),
        assignment_epochs: Some(partitions.values().copied().collect()),
        ..Default::default()
    };
    tasks.iter().map(one).collect()
}

/// What ends a member. Its assignments go first: they must not outlive it in the log.
pub(super) fn member_tombstones(group: &Str, member: &Str) -> [GroupRecord; 3] {
    [
        GroupRecord::tombstone(current_key(group, member)),
        GroupRecord::tombstone(target_key(group, member)),
        GroupRecord::tombstone(member_key(group, member)),
    ]
}

/// What ends a group, in the order that Kafka's replay asks for.
pub(super) fn group_tombstones<'a>(
    group: &'a Str,
    state: &'a StreamsGroup,
) -> impl Iterator<Item = GroupRecord> + 'a {
    let members = || state.members.keys();
    let of_members = (members().map(|member| current_key(group, member)))
        .chain(members().map(|member| target_key(group, member)))
        .chain([target_metadata_key(group)])
        .chain(members().map(|member| member_key(group, member)));
    let of_group = [
        GroupKey::StreamsGroupMetadata(StreamsGroupMetadataKey { group_id: group.clone() }),
        GroupKey::StreamsGroupTopology(StreamsGroupTopologyKey { group_id: group.clone() }),
    ];
    of_members.chain(of_group).map(GroupRecord::tombstone)
}

fn member_key(group: &Str, member: &Str) -> GroupKey {
    let (group_id, member_id) = (group.clone(), member.clone());
    GroupKey::StreamsGroupMemberMetadata(StreamsGroupMemberMetadataKey { group_id, member_id })
}

fn target_metadata_key(group: &Str) -> GroupKey {
    let group_id = group.clone();
    GroupKey::StreamsGroupTargetAssignmentMetadata(StreamsGroupTargetAssignmentMetadataKey {
        group_id,
    })
}

fn target_key(group: &Str, member: &Str) -> GroupKey {
    let (group_id, member_id) = (group.clone(), member.clone());
    GroupKey::StreamsGroupTargetAssignmentMember(StreamsGroupTargetAssignmentMemberKey {
        group_id,
        member_id,
    })
}

fn current_key(group: &Str, member: &Str) -> GroupKey {
    let (group_id, member_id) = (group.clone(), member.clone());
    GroupKey::StreamsGroupCurrentMemberAssignment(StreamsGroupCurrentMemberAssignmentKey {
        group_id,
        member_id,
    })
}

// ---- reading ----

/// Takes what a member said of itself from its record.
pub(super) fn read_member(member: &mut Member, value: &StreamsGroupMemberMetadataValue) {
    member.instance_id = value.instance_id.clone();
    member.rack_id = value.rack_id.clone();
    member.client_id = value.client_id.clone();
    member.client_host = value.client_host.clone();
    member.rebalance_timeout_ms = value.rebalance_timeout_ms;
    member.topology_epoch = value.topology_epoch;
    member.process_id = value.process_id.clone();
    member.user_endpoint = value
        .user_endpoint
        .as_ref()
        .map(|endpoint| Endpoint { host: endpoint.host.clone(), port: endpoint.port });
    let tags = value.client_tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()));
    member.client_tags = tags.collect();
}

/// Takes a member's assignment from its record.
pub(super) fn read_current(member: &mut Member, value: &StreamsGroupCurrentMemberAssignmentValue) {
    let set = |tasks: &[current_value::TaskIds]| {
        task_set(tasks.iter().map(|tasks| (&tasks.subtopology_id, &*tasks.partitions)))
    };
    // Records from before 4.3 have no epochs for tasks.
    let with_epochs = |listed: &[current_value::TaskIds]| {
        let mut tasks = EpochTaskSet::new();
        for of in listed {
            let epochs =
                of.assignment_epochs.as_ref().filter(|epochs| epochs.len() == of.partitions.len());
            let epoch = |nth: usize| epochs.map_or(value.member_epoch, |epochs| epochs[nth]);
            let partitions = of.partitions.iter().enumerate().map(|(nth, p)| (*p, epoch(nth)));
            tasks.entry(of.subtopology_id.clone()).or_default().extend(partitions);
        }
        tasks
    };
    member.epoch = value.member_epoch;
    member.previous_epoch = value.previous_member_epoch;
    member.state = MemberState::from_code(value.state);
    member.assigned = AssignedTasks {
        active: with_epochs(&value.active_tasks),
        standby: set(&value.standby_tasks),
        warmup: set(&value.warmup_tasks),
    };
    member.pending_revocation = AssignedTasks {
        active: with_epochs(&value.active_tasks_pending_revocation),
        standby: set(&value.standby_tasks_pending_revocation),
        warmup: set(&value.warmup_tasks_pending_revocation),
    };
}

pub(super) fn read_target(value: &StreamsGroupTargetAssignmentMemberValue) -> Tasks {
    let set = |tasks: &[target_value::TaskIds]| {
        task_set(tasks.iter().map(|tasks| (&tasks.subtopology_id, &*tasks.partitions)))
    };
    Tasks {
        active: set(&value.active_tasks),
        standby: set(&value.standby_tasks),
        warmup: set(&value.warmup_tasks),
    }
}
