//! Consumer groups: the protocol in which the coordinator assigns partitions (KIP-848).
//!
//! Members send ConsumerGroupHeartbeat and nothing else. The life of a change: a member joins, leaves or
//! subscribes anew, or a topic changes, and the group epoch rises; the next heartbeat of any member
//! computes the target assignment for that epoch, though no more often than the assignment interval allows
//! (KIP-1263); each member's own heartbeats then move it there, partition by partition, while the others
//! go on consuming.
//!
//! A heartbeat is decided by a [`Decision`] on the group as it stands. It writes records, which are applied
//! when it is done; no replicated state changes before that. Timers and the note that the topics have been
//! looked at are all that is not replicated: what follows from the records is worked out again from them.
//!
//! - [`heartbeat`] is the protocol itself.
//! - [`resolve`] finds the topics of regular expressions.
//! - [`classic`] serves members that speak the classic protocol in a consumer group, [`migrate`] makes a
//!   group of one kind into one of the other while its members go on.
//! - KIP-345 static members, KIP-1043 errors of describe, KIP-1101 metadata hash, KIP-1251 epochs of
//!   partitions.

mod classic;
mod decision;
mod describe;
mod embedded;
mod group;
mod heartbeat;
mod member;
mod migrate;
mod offsets;
mod reconcile;
mod records;
mod regex;
mod resolve;
#[cfg(test)]
mod tests;

use base::config::{GroupConfig, ServerConfig};
use base::{ErrorCode, Offset, Str};
use metadata::{ConfigResource, Image};
use protocol::record_types::group::{GroupKey, GroupValue};

use super::{Group, GroupRecord, GroupShard, Timer};
use crate::machine::{Context, Output, Refused, Write};
use crate::timers::Timers;
use decision::Decision;
use member::Member;

pub(super) use group::ConsumerGroup;
pub(crate) use regex::TopicRegex;
pub use resolve::{RegexesNoted, RegexesResolved, ResolveRegexes};

/// What a consumer group waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ConsumerTimer {
    /// A sign of life of a member: group, member.
    Session(Str, Str),
    /// A member to give partitions back.
    Rebalance(Str, Str),
    /// A classic member to join again, because its partitions have changed.
    Join(Str, Str),
    /// A classic member that has joined to ask for its partitions.
    Sync(Str, Str),
    /// Nothing: the regular expressions of the group are to be held against the topics once the heartbeat
    /// that asked for it has made the group.
    Regexes(Str),
    /// Nothing: the group has become a classic one, whose members are to be asked to join again.
    Downgraded(Str, AfterDowngrade),
}

/// What becomes of a group that has been made a classic one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AfterDowngrade {
    /// Its members have what they are to have.
    Settled,
    Rebalance,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) code: ErrorCode,
    pub(super) message: String,
}

impl Rejection {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Rejection {
        Rejection { code, message: message.into() }
    }
}

/// What holds for one group.
struct Limits {
    session_timeout_ms: i32,
    heartbeat_interval_ms: i32,
    assignment_interval_ms: i32,
}

impl Limits {
    fn of(group: &str, image: &Image, config: &ServerConfig) -> Limits {
        let own = image.config(&ConfigResource::group(group));
        if own.is_empty() {
            let broker = &config.consumer_groups;
            return Limits {
                session_timeout_ms: broker.session_timeout_ms,
                heartbeat_interval_ms: broker.heartbeat_interval_ms,
                assignment_interval_ms: broker.assignment_interval_ms,
            };
        }
        let GroupConfig {
            consumer_session_timeout_ms: session_timeout_ms,
            consumer_heartbeat_interval_ms: heartbeat_interval_ms,
            consumer_assignment_interval_ms: assignment_interval_ms,
            ..
        } = config.group(|key| own.get(key).map(Str::as_str));
        Limits { session_timeout_ms, heartbeat_interval_ms, assignment_interval_ms }
    }
}

impl GroupShard {
    // ---- loading, metadata, and what cannot be written ----

    pub(super) fn apply_consumer(&mut self, record: &GroupRecord) {
        let value = record.value.as_ref().map(|(value, _)| value);
        macro_rules! of_kind {
            ($kind:ident) => {
                match value {
                    Some(GroupValue::$kind(value)) => Some(value),
                    _ => None,
                }
            };
        }
        match &record.key {
            GroupKey::ConsumerGroupMetadata(key) => match of_kind!(ConsumerGroupMetadata) {
                Some(value) => self.persisted(&key.group_id).set_metadata(value),
                None if self.consumer_group(&key.group_id).is_some() => {
                    self.groups.remove(&key.group_id);
                }
                None => {}
            },
            GroupKey::ConsumerGroupPartitionMetadata(key) => {
                self.change(&key.group_id, value, |group| {
                    group.has_partition_metadata_record = value.is_some();
                });
            }
            GroupKey::ConsumerGroupMemberMetadata(key) => {
                let metadata = of_kind!(ConsumerGroupMemberMetadata);
                self.change(&key.group_id, value, |group| {
                    group.set_member_metadata(&key.member_id, metadata);
                });
            }
            GroupKey::ConsumerGroupTargetAssignmentMetadata(key) => {
                let metadata = of_kind!(ConsumerGroupTargetAssignmentMetadata);
                self.change(&key.group_id, value, |group| group.set_target_metadata(metadata));
            }
            GroupKey::ConsumerGroupTargetAssignmentMember(key) => {
                let target = of_kind!(ConsumerGroupTargetAssignmentMember);
                self.change(&key.group_id, value, |group| {
                    group.set_target_member(&key.member_id, target);
                });
            }
            GroupKey::ConsumerGroupCurrentMemberAssignment(key) => {
                let current = of_kind!(ConsumerGroupCurrentMemberAssignment);
                self.change(&key.group_id, value, |group| {
                    group.set_current_assignment(&key.member_id, current);
                });
            }
            GroupKey::ConsumerGroupRegularExpression(key) => {
                let resolved = of_kind!(ConsumerGroupRegularExpression);
                self.change(&key.group_id, value, |group| {
                    group.set_resolved(&key.regular_expression, resolved);
                });
            }
            _ => {}
        }
    }

    /// A value makes the group if there is none; a tombstone without a group says nothing.
    fn change(
        &mut self,
        id: &Str,
        value: Option<&GroupValue>,
        change: impl FnOnce(&mut ConsumerGroup),
    ) {
        if value.is_some() || self.consumer_group(id).is_some() {
            change(self.persisted(id));
        }
    }

    /// The group that a record is about. A group of another kind has ended by then; what was left of
    /// it by a cleaned log makes room.
    fn persisted(&mut self, id: &Str) -> &mut ConsumerGroup {
        if self.consumer_group(id).is_none() {
            let id = id.detached();
            let group = Box::new(ConsumerGroup::new(id.clone()));
            self.groups.insert(id, Group::Consumer(group));
        }
        match self.groups.get_mut(id) {
            Some(Group::Consumer(group)) => group,
            _ => unreachable!("it has just been put there"),
        }
    }

    pub(super) fn consumer_group(&self, id: &str) -> Option<&ConsumerGroup> {
        match self.groups.get(id) {
            Some(Group::Consumer(group)) => Some(group),
            _ => None,
        }
    }

    fn consumer_groups_mut(&mut self) -> impl Iterator<Item = &mut ConsumerGroup> {
        self.groups.values_mut().filter_map(|group| match group {
            Group::Consumer(group) => Some(&mut **group),
            _ => None,
        })
    }

    /// Sessions begin, and the time that members have to give partitions back.
    pub(super) fn consumer_groups_loaded(&mut self, context: &Context<'_>) {
        self.topics_created_at = context.image.offset();
        let GroupShard { groups, timers, .. } = self;
        for group in groups.values() {
            let Group::Consumer(group) = group else { continue };
            begin_sessions(context, group, timers);
        }
    }

    /// Groups whose topics have changed look at them with their next heartbeat.
    pub(super) fn consumer_groups_metadata_changed(
        &mut self,
        context: &Context<'_>,
        delta: &metadata::Delta,
    ) {
        if !delta.topics_created.is_empty() {
            self.topics_created_at = context.image.offset();
        }
        let created = delta.topics_created.iter().map(|topic| &topic.name);
        let deleted = delta.topics_deleted.iter().map(|topic| &topic.name);
        let changed = delta.partitions.iter().map(|partition| &partition.topic.name);
        let mut names: Vec<&Str> = created.chain(deleted).chain(changed).collect();
        if names.is_empty() {
            return;
        }
        names.sort();
        names.dedup();
        for group in self.consumer_groups_mut() {
            if names.iter().any(|name| group.subscribed.contains(name)) {
                group.has_checked_metadata = false;
            }
        }
    }

    /// A decision was too large to be written. What it noted of the topics is not in the log, and
    /// timers that it cancelled begin anew.
    pub(super) fn consumer_refused(
        &mut self,
        context: &Context<'_>,
        refused: &Refused<GroupRecord>,
    ) {
        self.made_classic = None;
        for write in &refused.writes {
            let Write::Record(record) = write else { continue };
            let GroupKey::ConsumerGroupMetadata(key) = &record.key else { continue };
            let GroupShard { groups, timers, .. } = self;
            if let Some(Group::Consumer(group)) = groups.get_mut(&key.group_id) {
                group.has_checked_metadata = false;
                begin_sessions(context, group, timers);
            }
        }
    }

    // ---- timers ----

    pub(super) fn on_consumer_deadline(
        &mut self,
        context: &mut Context<'_>,
        timer: ConsumerTimer,
        out: &mut Output<Self>,
    ) {
        match timer {
            ConsumerTimer::Rebalance(group, member) => {
                let state =
                    self.consumer_group(&group).and_then(|group| group.members.get(&member));
                if state.is_some_and(Member::has_to_revoke_in_time) {
                    self.fence_silently(context, &group, &member, out);
                }
            }
            ConsumerTimer::Session(group, member)
            | ConsumerTimer::Join(group, member)
            | ConsumerTimer::Sync(group, member) => {
                self.fence_silently(context, &group, &member, out);
            }
            ConsumerTimer::Regexes(group) => self.begin_to_resolve(context, &group, out),
            ConsumerTimer::Downgraded(group, after) => {
                self.begin_as_classic(context, &group, after, out);
            }
        }
    }

    fn fence_silently(
        &mut self,
        context: &Context<'_>,
        group: &Str,
        member: &Str,
        out: &mut Output<Self>,
    ) {
        let GroupShard { groups, topic_hashes, .. } = self;
        let Some(Group::Consumer(group)) = groups.get(group) else { return };
        let Some(member) = group.members.get(member) else { return };
        let mut decision = Decision::new(context, group, topic_hashes);
        decision.fence(&[member]);
        let outcome = decision.finish();
        self.carry_out(outcome, out);
    }
}

fn begin_sessions(context: &Context<'_>, group: &ConsumerGroup, timers: &mut Timers<Timer>) {
    let limits = Limits::of(&group.id, context.image, context.config);
    for member in group.members.values() {
        let timer = ConsumerTimer::Session(group.id.clone(), member.id.clone());
        let end = context.now.plus_ms(milliseconds(limits.session_timeout_ms));
        timers.set(Timer::Consumer(timer), end);
        if member.has_to_revoke_in_time() {
            let timer = ConsumerTimer::Rebalance(group.id.clone(), member.id.clone());
            let end = context.now.plus_ms(milliseconds(member.rebalance_timeout_ms));
            timers.set(Timer::Consumer(timer), end);
        }
    }
}

/// A time that a client or a configuration gives. A negative one is over at once.
fn milliseconds(time: i32) -> u64 {
    u64::try_from(time).unwrap_or(0)
}

/// Where the metadata stands, as records note it.
fn version(offset: Offset) -> i64 {
    offset.0
}
