//! Share groups (KIP-932): members that consume the same partitions side by side.
//!
//! A share group is simpler than a consumer group: partitions are given to several members at once, so
//! nobody has to give one up before another may have it, and a member is at the epoch of its
//! target as soon as it has heard of it. What is harder is what it consumes. Which records of a
//! partition have been delivered is kept by a share coordinator ([`crate::share`]), and a partition
//! is assigned only once its state has been initialised there: [`StatePartitions`] says how far
//! each has come.
//!
//! The life of a group: a member joins ([`heartbeat`]); the reply to it carries the partitions whose
//! state must be initialised, which the broker has done by their share coordinators, and reports
//! ([`ShareStateOutcome`]); the next heartbeat finds partitions that are initialised and assigned
//! to nobody, and assigns them ([`assignor`]). Offsets are described, altered and deleted in steps
//! of the same kind ([`offsets`]).

mod assignor;
mod heartbeat;
mod offsets;
mod records;
mod state_partitions;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use base::config::GroupConfig;
use base::{ErrorCode, Str, Uuid};
use metadata::{ConfigResource, Image};
use protocol::messages::share_group_describe_request::ShareGroupDescribeRequest;
use protocol::messages::share_group_describe_response::{
    self as describe, DescribedGroup, ShareGroupDescribeResponse,
};
use protocol::record_types::group::{
    GroupKey, GroupValue, ShareGroupCurrentMemberAssignmentValue, ShareGroupMemberMetadataValue,
};

use super::kinds::Kind;
use super::offsets::{CommitScope, Committer, OffsetAge, OffsetOwner};
use super::{Asked, Group, GroupRecord, GroupShard, Timer};
use crate::machine::{Call, Context, Output, Source};

pub use heartbeat::{ShareHeartbeat, ShareStateNoted, ShareStateOutcome, StateOutcome};
pub use offsets::{
    AlterShareOffsets, CompleteDeleteShareOffsets, CompletedDeleteShareOffsets, DeleteShareGroup,
    DeleteShareOffsets, ShareGroupDeletion, SharePartitions, SharePartitionsOf,
};
use state_partitions::StatePartitions;

/// What DescribeGroups and its kin call the one assignor there is.
const ASSIGNOR: &str = "simple";

/// Partitions by topic.
pub type TopicPartitions = BTreeMap<Uuid, BTreeSet<i32>>;

/// What is replicated of a share group, and when its metadata was looked at last.
#[derive(Debug)]
pub(super) struct ShareGroup {
    epoch: i32,
    metadata_hash: i64,
    members: BTreeMap<Str, Member>,
    assignment_epoch: i32,
    /// When the target assignment was computed, on the wall clock; 0 if nobody knows.
    assignment_timestamp: i64,
    target: BTreeMap<Str, TopicPartitions>,
    state: Option<StatePartitions>,
    /// The epoch at which the group's topics were compared with the metadata last; none when they
    /// have to be compared again. Not replicated.
    metadata_seen: Option<i32>,
}

/// A group that nobody has joined. Its first epoch is 1, so that the first assignment is behind it.
impl Default for ShareGroup {
    fn default() -> ShareGroup {
        ShareGroup {
            epoch: 1,
            metadata_hash: 0,
            members: BTreeMap::new(),
            assignment_epoch: 0,
            assignment_timestamp: 0,
            target: BTreeMap::new(),
            state: None,
            metadata_seen: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Member {
    epoch: i32,
    previous_epoch: i32,
    rack_id: Option<Str>,
    client_id: Str,
    client_host: Str,
    subscribed: BTreeSet<Str>,
    assigned: TopicPartitions,
}

impl Default for Member {
    fn default() -> Member {
        Member {
            epoch: 0,
            previous_epoch: -1,
            rack_id: None,
            client_id: Str::EMPTY,
            client_host: Str::EMPTY,
            subscribed: BTreeSet::new(),
            assigned: TopicPartitions::new(),
        }
    }
}

/// Why a request fails, as the client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rejected {
    code: ErrorCode,
    message: String,
}

fn rejected(code: ErrorCode, message: impl Into<String>) -> Rejected {
    Rejected { code, message: message.into() }
}

impl ShareGroup {
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The state, as ListGroups and describe name it.
    pub(super) fn state_name(&self) -> &'static str {
        if self.is_empty() { "Empty" } else { "Stable" }
    }

    /// The topics that members have subscribed to.
    fn subscribed(&self) -> BTreeSet<Str> {
        self.members.values().flat_map(|member| member.subscribed.iter().cloned()).collect()
    }

    /// Whether the group's topics have to be compared with the metadata.
    fn must_look_at_metadata(&self) -> bool {
        // An epoch that was never written is one whose comparison did not count.
        self.metadata_seen.is_none_or(|epoch| self.epoch < epoch)
    }

    fn describe(&self, group_id: &Str, image: &Image) -> DescribedGroup {
        let members = self.members.iter().map(|(id, member)| describe::Member {
            member_id: id.clone(),
            rack_id: member.rack_id.clone(),
            member_epoch: member.epoch,
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            subscribed_topic_names: member.subscribed.iter().cloned().collect(),
            assignment: describe::Assignment {
                topic_partitions: described_partitions(&member.assigned, image),
                ..describe::Assignment::default()
            },
            ..describe::Member::default()
        });
        DescribedGroup {
            error_message: None,
            group_id: group_id.clone(),
            group_state: Str::from(self.state_name()),
            group_epoch: self.epoch,
            assignment_epoch: self.assignment_epoch,
            assignor_name: Str::from_static(ASSIGNOR),
            members: members.collect(),
            authorized_operations: i32::MIN,
            ..DescribedGroup::default()
        }
    }
}

/// Topics that no longer exist are left out: a description names them, and they have no name.
fn described_partitions(
    assigned: &TopicPartitions,
    image: &Image,
) -> Vec<describe::TopicPartitions> {
    let known = assigned.iter().filter_map(|(id, partitions)| {
        let topic = image.topic_by_id(*id)?;
        Some(describe::TopicPartitions {
            topic_id: *id,
            topic_name: topic.name.clone(),
            partitions: partitions.iter().copied().collect(),
            ..describe::TopicPartitions::default()
        })
    });
    known.collect()
}

fn not_a_share_group(group_id: &str) -> Rejected {
    rejected(ErrorCode::GroupIdNotFound, format!("Group {group_id} is not a share group."))
}

impl GroupShard {
    /// What the group's configuration says, with the broker's where it says nothing.
    fn share_config(context: &Context<'_>, group_id: &str) -> GroupConfig {
        let own = context.image.config(&ConfigResource::group(group_id));
        context.config.group(|name| own.get(name).map(Str::as_str))
    }

    fn share_group(&self, group_id: &str) -> Result<&ShareGroup, Rejected> {
        let not_found =
            || rejected(ErrorCode::GroupIdNotFound, format!("Group {group_id} not found."));
        self.share_group_or_room(group_id)?.ok_or_else(not_found)
    }

    /// The share group of this id, or nothing where there is room for one. An id that has committed
    /// offsets belongs to what Kafka calls an empty classic group.
    fn share_group_or_room(&self, group_id: &str) -> Result<Option<&ShareGroup>, Rejected> {
        match self.groups.get(group_id) {
            Some(Group::Share(group)) => Ok(Some(group)),
            None if !self.is_simple_group(group_id) => Ok(None),
            _ => Err(not_a_share_group(group_id)),
        }
    }

    // ---- describing ----

    /// Describes groups of this shard.
    pub(super) fn share_group_describe(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<ShareGroupDescribeRequest>,
        out: &mut Output<GroupShard>,
    ) {
        let groups = asked.body.group_ids.iter().map(|id| match self.share_group(id) {
            Ok(group) => group.describe(id, context.image),
            Err(error) => DescribedGroup {
                error_code: error.code.code(),
                error_message: Some(error.message.into()),
                group_id: id.clone(),
                authorized_operations: i32::MIN,
                ..DescribedGroup::default()
            },
        });
        let response =
            ShareGroupDescribeResponse { groups: groups.collect(), ..Default::default() };
        out.reply(call, response);
    }

    // ---- replicated state ----

    /// Applies a record of a share group.
    pub(super) fn apply_share(&mut self, record: &GroupRecord, source: Source) {
        let value = record.value.as_ref().map(|(value, _)| value);
        let Some(id) = records::group_id(&record.key) else { return };
        if let (GroupKey::ShareGroupMetadata(_), None) = (&record.key, value) {
            if let Some(Group::Share(_)) = self.groups.get(id) {
                self.groups.remove(id);
            }
            return;
        }
        let group = match (self.groups.get_mut(id), value) {
            (Some(Group::Share(group)), _) => group,
            // A tombstone of what the cleaner has taken away already.
            (_, None) => return,
            (_, Some(_)) => {
                self.groups.insert(id.detached(), Group::Share(ShareGroup::default()));
                let Some(Group::Share(group)) = self.groups.get_mut(id) else { return };
                group
            }
        };
        group.apply(&record.key, value, source);
    }

    /// Everything has been replayed: sessions begin anew.
    pub(super) fn share_groups_loaded(&mut self, context: &Context<'_>) {
        for (group_id, group) in &self.groups {
            let Group::Share(group) = group else { continue };
            let timeout = Self::share_config(context, group_id).share_session_timeout_ms;
            let deadline = context.now.plus_ms(timeout as u64);
            for member_id in group.members.keys() {
                let timer = Timer::ShareSession(group_id.clone(), member_id.clone());
                self.timers.set(timer, deadline);
            }
        }
    }

    /// Topics came, went or grew: groups that subscribe to them look again, and forget what was
    /// initialised of topics that are gone. Their share coordinators do the same on their own.
    pub(super) fn share_groups_metadata_changed(
        &mut self,
        context: &Context<'_>,
        delta: &metadata::image::Delta,
        out: &mut Output<GroupShard>,
    ) {
        let created = delta.topics_created.iter().map(|topic| topic.name.clone());
        let deleted = delta.topics_deleted.iter().map(|topic| topic.name.clone());
        let changed = delta.partitions.iter().map(|partition| partition.topic.name.clone());
        let changed: BTreeSet<Str> = created.chain(deleted).chain(changed).collect();
        let gone: BTreeSet<Uuid> = delta.topics_deleted.iter().map(|topic| topic.id).collect();
        for (group_id, group) in &mut self.groups {
            let Group::Share(group) = group else { continue };
            if !changed.is_disjoint(&group.subscribed()) {
                group.metadata_seen = None;
            }
            let Some(state) = &group.state else { continue };
            if let Some(state) = state.without(&gone) {
                out.write(records::state_partitions(group_id, &state, context.image));
            }
        }
    }
}

impl Kind for ShareGroup {
    fn group_type(&self) -> &'static str {
        "share"
    }

    fn state_name(&self) -> &'static str {
        ShareGroup::state_name(self)
    }

    fn protocol_type(&self) -> Str {
        Str::from_static("share")
    }
}

/// Members of a share group commit no offsets: what they have consumed is with the share coordinators.
impl OffsetOwner for ShareGroup {
    fn validate_offset_commit(&self, _committer: &Committer<'_>) -> Result<CommitScope, ErrorCode> {
        Err(ErrorCode::GroupIdNotFound)
    }

    fn validate_offset_fetch(&self, _member: Option<&str>, _epoch: i32) -> Result<(), ErrorCode> {
        Err(ErrorCode::GroupIdNotFound)
    }

    fn validate_offset_delete(&self) -> Result<(), ErrorCode> {
        Err(ErrorCode::GroupIdNotFound)
    }

    fn is_subscribed_to(&self, topic: &str) -> bool {
        self.members.values().any(|member| member.subscribed.contains(topic))
    }

    fn offset_age(&self) -> OffsetAge {
        OffsetAge::Never
    }

    /// The state of its partitions outlives its members until somebody deletes it.
    fn expires(&self) -> bool {
        false
    }

    fn has_no_members(&self) -> bool {
        self.is_empty()
    }

    fn write_tombstones(&self, group: &Str, out: &mut Output<GroupShard>) {
        for record in records::group_gone(group, self) {
            out.write(record);
        }
    }
}

impl ShareGroup {
    fn apply(&mut self, key: &GroupKey, value: Option<&GroupValue>, source: Source) {
        match (key, value) {
            (GroupKey::ShareGroupMemberMetadata(key), Some(value)) => {
                let GroupValue::ShareGroupMemberMetadata(value) = value else { return };
                self.members.entry(key.member_id.detached()).or_default().subscribe(value);
            }
            (GroupKey::ShareGroupMemberMetadata(key), None) => {
                self.members.remove(&key.member_id);
            }
            (GroupKey::ShareGroupMetadata(_), Some(GroupValue::ShareGroupMetadata(value))) => {
                self.epoch = value.epoch;
                self.metadata_hash = value.metadata_hash;
            }
            (
                GroupKey::ShareGroupTargetAssignmentMetadata(_),
                Some(GroupValue::ShareGroupTargetAssignmentMetadata(value)),
            ) => {
                self.assignment_epoch = value.assignment_epoch;
                self.assignment_timestamp = value.assignment_timestamp;
            }
            (GroupKey::ShareGroupTargetAssignmentMetadata(_), None) => {
                self.assignment_epoch = -1;
                self.assignment_timestamp = 0;
            }
            (
                GroupKey::ShareGroupTargetAssignmentMember(key),
                Some(GroupValue::ShareGroupTargetAssignmentMember(value)),
            ) => {
                let topics = value.topic_partitions.iter();
                let topics = topics.map(|topic| (topic.topic_id, &topic.partitions));
                self.target.insert(key.member_id.detached(), collected(topics));
            }
            (GroupKey::ShareGroupTargetAssignmentMember(key), None) => {
                self.target.remove(&key.member_id);
            }
            (
                GroupKey::ShareGroupCurrentMemberAssignment(key),
                Some(GroupValue::ShareGroupCurrentMemberAssignment(value)),
            ) => {
                self.members.entry(key.member_id.detached()).or_default().assign(value);
            }
            (GroupKey::ShareGroupCurrentMemberAssignment(key), None) => {
                if let Some(member) = self.members.get_mut(&key.member_id) {
                    member.previous_epoch = -1;
                    member.epoch = -1;
                    member.assigned.clear();
                }
            }
            (
                GroupKey::ShareGroupStatePartitionMetadata(_),
                Some(GroupValue::ShareGroupStatePartitionMetadata(value)),
            ) => self.state = Some(StatePartitions::read(value, source.timestamp)),
            (GroupKey::ShareGroupStatePartitionMetadata(_), None) => self.state = None,
            _ => {}
        }
    }
}

impl Member {
    fn subscribe(&mut self, value: &ShareGroupMemberMetadataValue) {
        self.rack_id = value.rack_id.as_ref().map(Str::detached);
        self.client_id = value.client_id.detached();
        self.client_host = value.client_host.detached();
        self.subscribed = value.subscribed_topic_names.iter().map(Str::detached).collect();
    }

    fn assign(&mut self, value: &ShareGroupCurrentMemberAssignmentValue) {
        self.epoch = value.member_epoch;
        self.previous_epoch = value.previous_member_epoch;
        let topics = value.assigned_partitions.iter();
        self.assigned = collected(topics.map(|topic| (topic.topic_id, &topic.partitions)));
    }
}

fn collected<'a>(topics: impl Iterator<Item = (Uuid, &'a Vec<i32>)>) -> TopicPartitions {
    topics.map(|(id, partitions)| (id, partitions.iter().copied().collect())).collect()
}
