//! Streams groups (KIP-1071): the threads of a Kafka Streams application share its tasks.
//!
//! The life of a heartbeat ([`heartbeat`]): the member is created or changed; the first one gives the
//! group its topology ([`topology`]), which is laid on the topics that exist ([`configure`]). Whatever
//! changed raises the group epoch. An epoch that no assignment was made for has the tasks assigned
//! anew ([`assignor`]), and the member goes one step towards what it should have ([`reconcile`]).
//! The reply names its tasks if they changed, and the broker creates the internal topics that are
//! missing ([`StreamsHeartbeat::topics_to_create`]).
//!
//! Not here, as in Kafka 4.3: warm-up tasks are kept in records and never assigned; static members,
//! source topics by regular expression and a second topology of a group are refused.

mod assignor;
mod configure;
mod describe;
mod endpoints;
mod group;
mod heartbeat;
mod member;
mod offset_owner;
mod partition_counts;
mod reconcile;
mod records;
mod status;
mod target;
mod tasks;
#[cfg(test)]
mod tests;
mod topology;
mod validate;

use std::sync::Arc;

use base::{ErrorCode, MonoMs, Str, WallMs};
use metadata::ConfigResource;
use protocol::record_types::group::{GroupKey, GroupValue};

use super::{Group, GroupRecord, GroupShard, Timer};
use crate::machine::{Context, Output, Refused, Write};

use group::Freshness;
pub(super) use group::StreamsGroup;
pub use heartbeat::StreamsHeartbeat;
use member::{Member, MemberState};
use tasks::AssignedTasks;
use topology::Topology;

/// The epoch of a member that leaves, and of one whose assignment has been taken from the log.
const LEAVE_GROUP_MEMBER_EPOCH: i32 = -1;
/// The epoch of a static member that will come back.
const LEAVE_GROUP_STATIC_MEMBER_EPOCH: i32 = -2;

/// Why a request is answered with an error, in words for who wrote the application.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    code: ErrorCode,
    message: String,
}

impl Refusal {
    fn new(code: ErrorCode, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into() }
    }
}

/// What is set for the group itself, over what the broker says.
fn group_config(context: &Context<'_>, group: &str) -> base::config::GroupConfig {
    let own = context.image.config(&ConfigResource::group(group));
    context.config.group(|name| own.get(name).map(Str::as_str))
}

fn after(context: &Context<'_>, ms: i32) -> MonoMs {
    context.now.plus_ms(u64::try_from(ms).unwrap_or(0))
}

impl GroupShard {
    // ---- replay ----

    pub(super) fn apply_streams(&mut self, record: &GroupRecord) {
        let value = record.value.as_ref().map(|(value, _)| value);
        match (&record.key, value) {
            (GroupKey::StreamsGroupMetadata(key), None) => self.remove_streams_group(&key.group_id),
            (
                GroupKey::StreamsGroupMetadata(key),
                Some(GroupValue::StreamsGroupMetadata(value)),
            ) => {
                let Some(group) = self.create_streams_group(&key.group_id) else { return };
                group.epoch = value.epoch;
                group.metadata_hash = value.metadata_hash;
                group.validated_topology_epoch = value.validated_topology_epoch;
                let configs = value.last_assignment_configs.iter().flatten();
                group.last_assignment_configs =
                    configs.map(|config| (config.key.clone(), config.value.clone())).collect();
            }
            (
                GroupKey::StreamsGroupTopology(key),
                Some(GroupValue::StreamsGroupTopology(value)),
            ) => {
                let Some(group) = self.create_streams_group(&key.group_id) else { return };
                group.topology = Some(Arc::new(Topology::from_record(value)));
            }
            (GroupKey::StreamsGroupTopology(key), None) => {
                let Some(group) = self.streams_group_mut(&key.group_id) else { return };
                group.topology = None;
            }
            _ => self.apply_streams_assignment(record),
        }
    }

    /// Applies the record of a target assignment, or of a member.
    fn apply_streams_assignment(&mut self, record: &GroupRecord) {
        let value = record.value.as_ref().map(|(value, _)| value);
        match (&record.key, value) {
            (
                GroupKey::StreamsGroupTargetAssignmentMetadata(key),
                Some(GroupValue::StreamsGroupTargetAssignmentMetadata(value)),
            ) => {
                let Some(group) = self.create_streams_group(&key.group_id) else { return };
                group.assignment_epoch = value.assignment_epoch;
                group.assignment_timestamp = WallMs(value.assignment_timestamp);
            }
            (GroupKey::StreamsGroupTargetAssignmentMetadata(key), None) => {
                let Some(group) = self.streams_group_mut(&key.group_id) else { return };
                group.assignment_epoch = -1;
                group.assignment_timestamp = WallMs(0);
            }
            (
                GroupKey::StreamsGroupTargetAssignmentMember(key),
                Some(GroupValue::StreamsGroupTargetAssignmentMember(value)),
            ) => {
                let Some(group) = self.create_streams_group(&key.group_id) else { return };
                group.target.insert(key.member_id.clone(), records::read_target(value));
            }
            (GroupKey::StreamsGroupTargetAssignmentMember(key), None) => {
                let Some(group) = self.streams_group_mut(&key.group_id) else { return };
                group.target.remove(&key.member_id);
            }
            _ => self.apply_streams_member(record),
        }
    }

    fn apply_streams_member(&mut self, record: &GroupRecord) {
        let value = record.value.as_ref().map(|(value, _)| value);
        match (&record.key, value) {
            (
                GroupKey::StreamsGroupMemberMetadata(key),
                Some(GroupValue::StreamsGroupMemberMetadata(value)),
            ) => {
                let Some(group) = self.create_streams_group(&key.group_id) else { return };
                let mut member = group.member_or_new(&key.member_id);
                records::read_member(&mut member, value);
                group.put_member(member);
            }
            (GroupKey::StreamsGroupMemberMetadata(key), None) => {
                let Some(group) = self.streams_group_mut(&key.group_id) else { return };
                group.remove_member(&key.member_id);
            }
            (
                GroupKey::StreamsGroupCurrentMemberAssignment(key),
                Some(GroupValue::StreamsGroupCurrentMemberAssignment(value)),
            ) => {
                let Some(group) = self.create_streams_group(&key.group_id) else { return };
                let mut member = group.member_or_new(&key.member_id);
                records::read_current(&mut member, value);
                group.put_member(member);
            }
            (GroupKey::StreamsGroupCurrentMemberAssignment(key), None) => {
                let Some(group) = self.streams_group_mut(&key.group_id) else { return };
                let Some(member) = group.members.get(&key.member_id) else { return };
                group.put_member(Member {
                    epoch: LEAVE_GROUP_MEMBER_EPOCH,
                    previous_epoch: LEAVE_GROUP_MEMBER_EPOCH,
                    assigned: AssignedTasks::default(),
                    pending_revocation: AssignedTasks::default(),
                    ..member.clone()
                });
            }
            _ => {}
        }
    }

    /// The group of a record that says something of it. None if the id is that of a group of another
    /// kind, which ends in the log before a streams group begins.
    fn create_streams_group(&mut self, id: &Str) -> Option<&mut StreamsGroup> {
        let new = || Group::Streams(Box::new(StreamsGroup::new(id.clone())));
        match self.groups.entry(id.clone()).or_insert_with(new) {
            Group::Streams(group) => Some(group),
            _ => None,
        }
    }

    fn streams_group_mut(&mut self, id: &str) -> Option<&mut StreamsGroup> {
        match self.groups.get_mut(id) {
            Some(Group::Streams(group)) => Some(group),
            _ => None,
        }
    }

    fn streams_group(&self, id: &str) -> Result<&StreamsGroup, Refusal> {
        match self.groups.get(id) {
            Some(Group::Streams(group)) => Ok(group),
            Some(_) => Err(not_a_streams_group(id)),
            None => Err(Refusal::new(ErrorCode::GroupIdNotFound, format!("Group {id} not found."))),
        }
    }

    fn remove_streams_group(&mut self, id: &Str) {
        if self.streams_group_mut(id).is_some() {
            self.groups.remove(id);
            self.timers.cancel(&Timer::StreamsInitialRebalance(id.clone()));
        }
    }

    /// Writes the end of a group without members, so that the id is free for a group of another kind.
    pub(super) fn end_empty_streams_group(&mut self, id: &Str, out: &mut Output<Self>) {
        let Some(group) = self.streams_group_mut(id) else { return };
        records::group_tombstones(id, group).for_each(|record| out.write(record));
        self.remove_streams_group(id);
    }

    // ---- what comes from outside ----

    /// Gives every member its time: nobody knows when it was heard of last.
    pub(super) fn streams_groups_loaded(&mut self, context: &Context<'_>) {
        for (id, group) in &self.groups {
            let Group::Streams(group) = group else { continue };
            let session = after(context, group_config(context, id).streams_session_timeout_ms);
            for member in group.members.values() {
                let (group, id) = (id.clone(), member.id.clone());
                if member.state == MemberState::UnrevokedTasks {
                    let timer = Timer::StreamsRebalance(group.clone(), id.clone());
                    self.timers.set(timer, after(context, member.rebalance_timeout_ms));
                }
                self.timers.set(Timer::StreamsSession(group, id), session);
            }
        }
    }

    /// Topics have come, changed or gone: groups compare what they rest on when they are next heard
    /// of.
    pub(super) fn streams_groups_metadata_changed(&mut self, delta: &metadata::Delta) {
        let topics_changed = !delta.topics_created.is_empty()
            || !delta.topics_deleted.is_empty()
            || !delta.partitions.is_empty();
        if topics_changed {
            for group in self.groups.values_mut() {
                if let Group::Streams(group) = group {
                    group.metadata = Freshness::Stale;
                }
            }
        }
    }

    /// What a decision has remembered of a group besides its records does not hold if they were not
    /// written.
    pub(super) fn streams_refused(&mut self, refused: &Refused<GroupRecord>) {
        for write in &refused.writes {
            let Write::Record(record) = write else { continue };
            if let GroupKey::StreamsGroupMetadata(key) = &record.key
                && let Some(group) = self.streams_group_mut(&key.group_id)
            {
                group.metadata = Freshness::Stale;
                group.configured = None;
            }
        }
    }

    // ---- timers ----

    /// A member has not been heard of for too long.
    pub(super) fn streams_session_expired(
        &mut self,
        group: &Str,
        member: &Str,
        out: &mut Output<Self>,
    ) {
        self.fence_streams_member(group, member, out);
    }

    /// A member has not given back its tasks in time. The timer ends with the state that it belongs
    /// to, so who is found in that state has been in it since.
    pub(super) fn streams_rebalance_expired(
        &mut self,
        group: &Str,
        member: &Str,
        out: &mut Output<Self>,
    ) {
        let is_late = self.streams_group(group).is_ok_and(|group| {
            let member = group.members.get(member);
            member.is_some_and(|member| member.state == MemberState::UnrevokedTasks)
        });
        if is_late {
            self.fence_streams_member(group, member, out);
        }
    }

    /// Takes a member out of its group, which gets a new epoch. An assignment for it is made when one
    /// of the others is heard of.
    fn fence_streams_member(&mut self, group_id: &Str, member: &Str, out: &mut Output<Self>) {
        let Some(Group::Streams(group)) = self.groups.get(group_id) else { return };
        if !group.members.contains_key(member) {
            return;
        }
        records::member_tombstones(group_id, member)
            .into_iter()
            .for_each(|record| out.write(record));
        out.write(records::group_metadata(
            group_id,
            &records::GroupMetadata {
                epoch: group.epoch + 1,
                metadata_hash: group.metadata_hash,
                validated_topology_epoch: group.validated_topology_epoch,
                assignment_configs: &group.last_assignment_configs,
            },
        ));
        self.timers.cancel(&Timer::StreamsSession(group_id.clone(), member.clone()));
        self.timers.cancel(&Timer::StreamsRebalance(group_id.clone(), member.clone()));
    }
}

/// Whether a streams group may begin where this group is.
fn gives_way(group: &Group) -> bool {
    match group {
        Group::Classic(_) => group.offset_owner().has_no_members(),
        _ => false,
    }
}

fn not_a_streams_group(id: &str) -> Refusal {
    Refusal::new(ErrorCode::GroupIdNotFound, format!("Group {id} is not a streams group."))
}
