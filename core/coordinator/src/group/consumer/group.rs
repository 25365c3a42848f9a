//! A consumer group as its records tell it: epochs, members, the target assignment, and what follows
//! from them and is kept at hand because every heartbeat asks for it.
//!
//! The group epoch rises whenever members, subscriptions or topics change. The target assignment
//! follows it, and each member follows the target assignment. A partition is free for its next owner
//! once no member holds it, which [`ConsumerGroup::partition_epoch`] knows.
//!
//! Only the methods that take a record change replicated state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::{PartitionIndex, Str, Uuid};
use protocol::record_types::group::{
    ConsumerGroupCurrentMemberAssignmentValue, ConsumerGroupMemberMetadataValue,
    ConsumerGroupMetadataValue, ConsumerGroupRegularExpressionValue,
    ConsumerGroupTargetAssignmentMemberValue, ConsumerGroupTargetAssignmentMetadataValue,
};

use super::member::{Member, MemberState, OwnedPartitions};
use crate::group::assignor::{Assignment, Partitions, SubscriptionType};
use crate::group::subscription::SubscribedTopics;

/// What a regular expression was found to match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) topics: Arc<BTreeSet<Str>>,
    /// The offset of the metadata that was looked through.
    pub(super) version: i64,
    /// When, on the wall clock.
    pub(super) timestamp: i64,
}

/// The state of a group, as clients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupState {
    Empty,
    /// The target assignment is behind the group.
    Assigning,
    /// Some member is behind the target assignment.
    Reconciling,
    Stable,
}

impl GroupState {
    pub(super) fn name(self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::Assigning => "Assigning",
            GroupState::Reconciling => "Reconciling",
            GroupState::Stable => "Stable",
        }
    }
}

/// The next assignment of every member, and when it was worked out.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The same as that of a new group, which needs no assignment; -1 once the record has a
    /// tombstone.
    pub(super) epoch: i32,
    /// On the wall clock; 0 if it is not known.
    pub(super) timestamp: i64,
    pub(super) members: Assignment,
}

#[derive(Clone, Debug)]
pub(in crate::group) struct ConsumerGroup {
    pub(super) id: Str,
    pub(super) epoch: i32,
    pub(super) metadata_hash: i64,
    pub(super) members: BTreeMap<Str, Member>,
    pub(super) target: Target,
    /// Instance id to member id.
    pub(super) static_members: BTreeMap<Str, Str>,
    pub(super) subscribed: SubscribedTopics,
    /// How many members ask for each assignor.
    pub(super) assignor_votes: BTreeMap<Str, usize>,
    /// How many members are subscribed to each regular expression.
    pub(super) regexes: BTreeMap<Str, usize>,
    pub(super) resolved: BTreeMap<Str, Resolved>,
    pub(super) classic_members: usize,
    /// How many of the classic members know each embedded protocol.
    classic_protocols: BTreeMap<Str, usize>,
    /// The epoch of the member that holds a partition.
    partition_epochs: BTreeMap<Uuid, BTreeMap<PartitionIndex, i32>>,
    /// A record of brokers before 4.1, which the metadata hash has replaced.
    pub(super) has_partition_metadata_record: bool,
    /// Not replicated: whether the topics have been looked at since they last changed.
    pub(in crate::group) has_checked_metadata: bool,
    /// Not replicated: whether its regular expressions are being held against the topics.
    pub(super) is_resolving: bool,
}

impl ConsumerGroup {
    pub(super) fn new(id: Str) -> ConsumerGroup {
        ConsumerGroup {
            id,
            epoch: 1,
            metadata_hash: 0,
            members: BTreeMap::new(),
            target: Target { epoch: 1, timestamp: 0, members: Assignment::new() },
            static_members: BTreeMap::new(),
            subscribed: SubscribedTopics::default(),
            assignor_votes: BTreeMap::new(),
            regexes: BTreeMap::new(),
            resolved: BTreeMap::new(),
            classic_members: 0,
            classic_protocols: BTreeMap::new(),
            partition_epochs: BTreeMap::new(),
            has_partition_metadata_record: false,
            has_checked_metadata: false,
            is_resolving: false,
        }
    }

    // ---- reading ----

    pub(super) fn state(&self) -> GroupState {
        if self.members.is_empty() {
            GroupState::Empty
        } else if self.epoch > self.target.epoch {
            GroupState::Assigning
        } else if self.members.values().all(|m| m.is_reconciled_to(self.target.epoch)) {
            GroupState::Stable
        } else {
            GroupState::Reconciling
        }
    }

    pub(in crate::group) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn static_member(&self, instance_id: &str) -> Option<&Member> {
        self.members.get(self.static_members.get(instance_id)?)
    }

    /// The epoch of the member that has a partition, be it that it is to give it back; none if
    /// nobody has it.
    pub(super) fn partition_epoch(&self, topic: Uuid, partition: PartitionIndex) -> Option<i32> {
        self.partition_epochs.get(&topic)?.get(&partition).copied()
    }

    /// What a member is to have. A static member takes over what its instance was to have.
    pub(super) fn target_of(&self, member: &Member) -> Arc<Partitions> {
        let id = match &member.instance_id {
            None => Some(&member.id),
            Some(instance) => self.static_members.get(instance),
        };
        id.and_then(|id| self.target.members.get(id)).cloned().unwrap_or_default()
    }

    pub(super) fn subscribers_of_regex(&self, regex: &str) -> usize {
        self.regexes.get(regex).copied().unwrap_or(0)
    }

    /// Of the last look at the topics. All expressions are resolved together, so any will do.
    pub(super) fn last_resolved(&self) -> Option<&Resolved> {
        self.resolved.values().next()
    }

    /// Whether every classic member knows one of `protocols`, so that a classic member may join.
    pub(super) fn supports_classic_protocols<'a>(
        &self,
        mut protocols: impl Iterator<Item = &'a Str>,
    ) -> bool {
        protocols.any(|name| {
            self.classic_protocols.get(name).copied().unwrap_or(0) == self.classic_members
        })
    }

    /// Whether a member waits for a partition that another one still has.
    pub(super) fn waits_for_release(&self, member: &Member) -> bool {
        let Some(target) = self.target.members.get(&member.id) else { return false };
        member.state == MemberState::UnreleasedPartitions
            && target.iter().any(|(topic, partitions)| {
                let assigned = member.assigned.get(topic);
                partitions.iter().any(|partition| {
                    assigned.is_none_or(|assigned| !assigned.contains_key(partition))
                        && self.partition_epoch(*topic, *partition).is_some()
                })
            })
    }

    // ---- what a change of one member would make of the group ----

    pub(super) fn subscribed_with(&self, before: &Member, after: &Member) -> SubscribedTopics {
        let mut subscribed = self.subscribed.clone();
        subscribed.remove_names(before.topic_names.iter());
        subscribed.add_names(after.topic_names.iter());
        if let Some(old) = before.regex()
            && after.regex() != Some(old)
            && self.subscribers_of_regex(old) == 1
            && let Some(resolved) = self.resolved.get(old)
        {
            subscribed.remove_matched(resolved.topics.iter());
        }
        subscribed
    }

    pub(super) fn regexes_with(&self, before: &Member, after: &Member) -> BTreeMap<Str, usize> {
        let mut regexes = self.regexes.clone();
        if before.regex() != after.regex() {
            count_down(&mut regexes, before.regex());
            count_up(&mut regexes, after.regex());
        }
        regexes
    }

    pub(super) fn votes_with(&self, before: &Member, after: &Member) -> BTreeMap<Str, usize> {
        let mut votes = self.assignor_votes.clone();
        count_down(&mut votes, before.server_assignor.as_ref());
        count_up(&mut votes, after.server_assignor.as_ref());
        votes
    }

    pub(super) fn subscription_type(&self) -> SubscriptionType {
        subscription_type(&self.regexes, &self.subscribed, self.members.len())
    }

    // ---- records ----

    pub(super) fn set_metadata(&mut self, value: &ConsumerGroupMetadataValue) {
        self.epoch = value.epoch;
        self.metadata_hash = value.metadata_hash;
    }

    pub(super) fn set_target_metadata(
        &mut self,
        value: Option<&ConsumerGroupTargetAssignmentMetadataValue>,
    ) {
        self.target.epoch = value.map_or(-1, |value| value.assignment_epoch);
        self.target.timestamp = value.map_or(0, |value| value.assignment_timestamp);
    }

    pub(super) fn set_target_member(
        &mut self,
        member: &Str,
        value: Option<&ConsumerGroupTargetAssignmentMemberValue>,
    ) {
        match value {
            Some(value) => {
                let topics = value.topic_partitions.iter().map(|topic| {
                    let partitions = topic.partitions.iter().copied().map(PartitionIndex);
                    (topic.topic_id, partitions.collect())
                });
                self.target.members.insert(member.detached(), Arc::new(topics.collect()));
            }
            None => {
                self.target.members.remove(member);
            }
        }
    }

    pub(super) fn set_member_metadata(
        &mut self,
        member: &Str,
        value: Option<&ConsumerGroupMemberMetadataValue>,
    ) {
        match value {
            Some(value) => self.change_member(member, |member| member.set_metadata(value)),
            None => {
                if let Some(old) = self.members.remove(member) {
                    self.forget(&old);
                    if let Some(instance) = &old.instance_id
                        && self.static_members.get(instance) == Some(&old.id)
                    {
                        self.static_members.remove(instance);
                    }
                }
            }
        }
    }

    pub(super) fn set_current_assignment(
        &mut self,
        member: &Str,
        value: Option<&ConsumerGroupCurrentMemberAssignmentValue>,
    ) {
        match value {
            Some(value) => {
                self.change_member(member, |member| member.set_current_assignment(value));
            }
            None if self.members.contains_key(member) => {
                self.change_member(member, Member::clear_current_assignment);
            }
            None => {}
        }
    }

    pub(super) fn set_resolved(
        &mut self,
        regex: &Str,
        value: Option<&ConsumerGroupRegularExpressionValue>,
    ) {
        if let Some(old) = self.resolved.remove(regex) {
            self.subscribed.remove_matched(old.topics.iter());
        }
        let Some(value) = value else { return };
        let topics: BTreeSet<Str> = value.topics.iter().map(Str::detached).collect();
        self.subscribed.add_matched(topics.iter());
        let resolved = Resolved {
            topics: Arc::new(topics),
            version: value.version,
            timestamp: value.timestamp,
        };
        self.resolved.insert(regex.detached(), resolved);
    }

    fn change_member(&mut self, id: &Str, change: impl FnOnce(&mut Member)) {
        let old = self.members.remove(id);
        let mut new = old.clone().unwrap_or_else(|| Member::new(id.detached()));
        change(&mut new);
        self.put(old.as_ref(), new);
    }

    /// Puts a member in the place of what it was.
    pub(super) fn put(&mut self, old: Option<&Member>, new: Member) {
        if let Some(old) = old {
            self.forget(old);
        }
        self.subscribed.add_names(new.topic_names.iter());
        count_up(&mut self.assignor_votes, new.server_assignor.as_ref());
        count_up(&mut self.regexes, new.regex());
        if let Some(classic) = &new.classic {
            self.classic_members += 1;
            for protocol in &classic.supported_protocols {
                count_up(&mut self.classic_protocols, Some(&protocol.name));
            }
        }
        if let Some(instance) = &new.instance_id {
            self.static_members.insert(instance.clone(), new.id.clone());
        }
        for owned in [&new.assigned, &new.pending_revocation] {
            self.hold(owned, new.epoch);
        }
        self.members.insert(new.id.clone(), new);
    }

    /// Takes back what a member counted for.
    fn forget(&mut self, old: &Member) {
        self.subscribed.remove_names(old.topic_names.iter());
        count_down(&mut self.assignor_votes, old.server_assignor.as_ref());
        count_down(&mut self.regexes, old.regex());
        if let Some(classic) = &old.classic {
            self.classic_members -= 1;
            for protocol in &classic.supported_protocols {
                count_down(&mut self.classic_protocols, Some(&protocol.name));
            }
        }
        for owned in [&old.assigned, &old.pending_revocation] {
            self.release(owned, old.epoch);
        }
    }

    fn hold(&mut self, owned: &OwnedPartitions, epoch: i32) {
        for (topic, partitions) in owned {
            let epochs = self.partition_epochs.entry(*topic).or_default();
            for partition in partitions.keys() {
                let held = epochs.entry(*partition).or_insert(epoch);
                *held = epoch.max(*held);
            }
        }
    }

    /// Gives partitions free, except those that somebody holds in another epoch by now.
    fn release(&mut self, owned: &OwnedPartitions, epoch: i32) {
        for (topic, partitions) in owned {
            let Some(epochs) = self.partition_epochs.get_mut(topic) else { continue };
            for partition in partitions.keys() {
                if epochs.get(partition) == Some(&epoch) {
                    epochs.remove(partition);
                }
            }
            if epochs.is_empty() {
                self.partition_epochs.remove(topic);
            }
        }
    }
}

/// Members of a group are subscribed to the same topics if all name the same ones, or if all have the
/// same regular expression and name nothing.
pub(super) fn subscription_type(
    regexes: &BTreeMap<Str, usize>,
    subscribed: &SubscribedTopics,
    members: usize,
) -> SubscriptionType {
    let is_homogeneous = match regexes.values().next() {
        None => subscribed.counts().all(|count| count.by_name as usize == members),
        Some(subscribers) if *subscribers == members => {
            subscribed.counts().all(|count| count.by_regex == 1 && count.by_name == 0)
        }
        Some(_) => false,
    };
    match is_homogeneous {
        true => SubscriptionType::Homogeneous,
        false => SubscriptionType::Heterogeneous,
    }
}

fn count_up(counts: &mut BTreeMap<Str, usize>, what: Option<&Str>) {
    if let Some(what) = what {
        *counts.entry(what.clone()).or_default() += 1;
    }
}

fn count_down(counts: &mut BTreeMap<Str, usize>, what: Option<&Str>) {
    let Some(what) = what else { return };
    if let Some(count) = counts.get_mut(what) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(what);
        }
    }
}
