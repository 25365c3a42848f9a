//! One decision about one consumer group: what it may look at, and the steps that several requests
//! share. Each step appends records and changes to timers; [`GroupShard::carry_out`] hands them over
//! when the whole decision has been made, so that a refusal leaves nothing behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::config::ServerConfig;
use base::{ErrorCode, MonoMs, Str, WallMs};
use metadata::Image;

use super::group::{ConsumerGroup, subscription_type};
use super::member::Member;
use super::reconcile::{Reconciliation, Subscription};
use super::{ConsumerTimer, Limits, Rejection, milliseconds, records};
use crate::group::assignor::{
    ConsumerAssignor, GroupSpec, MemberSpec, Partitions, Resolver, SubscriptionType, changed,
};
use crate::group::classic::ClassicGroup;
use crate::group::subscription::{SubscribedTopics, TopicHashes, topic_ids};
use crate::group::{Counted, Group, GroupRecord, GroupShard, Timer};
use crate::machine::{Context, Output};

pub(super) struct Decision<'a> {
    /// As it is before the decision.
    pub(super) group: &'a ConsumerGroup,
    pub(super) image: &'a Image,
    pub(super) config: &'a ServerConfig,
    pub(super) limits: Limits,
    pub(super) now: MonoMs,
    pub(super) wall: WallMs,
    hashes: &'a mut TopicHashes,
    pub(super) outcome: Outcome,
}

/// What a decision comes to.
pub(super) struct Outcome {
    group: Str,
    pub(super) records: Vec<GroupRecord>,
    timers: Vec<TimerChange>,
    pub(super) has_checked_metadata: bool,
    /// The group has to divide its partitions anew, and is counted for it.
    pub(super) rebalances: bool,
    /// What the group becomes.
    pub(super) made_classic: Option<ClassicGroup>,
}

enum TimerChange {
    Set(ConsumerTimer, MonoMs),
    SetIfAbsent(ConsumerTimer, MonoMs),
    Cancel(ConsumerTimer),
}

impl GroupShard {
    pub(super) fn carry_out(&mut self, outcome: Outcome, out: &mut Output<Self>) {
        for record in outcome.records {
            out.write(record);
        }
        if outcome.rebalances {
            out.effect(Counted::ConsumerGroupRebalance);
        }
        for change in outcome.timers {
            match change {
                TimerChange::Set(timer, at) => self.timers.set(Timer::Consumer(timer), at),
                TimerChange::SetIfAbsent(timer, at) => {
                    let timer = Timer::Consumer(timer);
                    if self.timers.get(&timer).is_none() {
                        self.timers.set(timer, at);
                    }
                }
                TimerChange::Cancel(timer) => self.timers.cancel(&Timer::Consumer(timer)),
            }
        }
        if outcome.has_checked_metadata
            && let Some(Group::Consumer(group)) = self.groups.get_mut(&outcome.group)
        {
            group.has_checked_metadata = true;
        }
        self.made_classic = outcome.made_classic.map(|made| (outcome.group, made));
    }
}

impl<'a> Decision<'a> {
    pub(super) fn new(
        context: &Context<'a>,
        group: &'a ConsumerGroup,
        hashes: &'a mut TopicHashes,
    ) -> Decision<'a> {
        Decision {
            group,
            image: context.image,
            config: context.config,
            limits: Limits::of(&group.id, context.image, context.config),
            now: context.now,
            wall: context.wall,
            hashes,
            outcome: Outcome {
                group: group.id.clone(),
                records: Vec::new(),
                timers: Vec::new(),
                has_checked_metadata: false,
                rebalances: false,
                made_classic: None,
            },
        }
    }

    pub(super) fn finish(self) -> Outcome {
        self.outcome
    }

    pub(super) fn id(&self) -> &'a Str {
        &self.group.id
    }

    pub(super) fn write(&mut self, record: GroupRecord) {
        self.outcome.records.push(record);
    }

    // ---- timers ----

    pub(super) fn set_session(&mut self, member: &Str, timeout_ms: i32) {
        self.set(ConsumerTimer::Session(self.id().clone(), member.clone()), timeout_ms);
    }

    pub(super) fn set(&mut self, timer: ConsumerTimer, ms: i32) {
        let at = self.now.plus_ms(milliseconds(ms));
        self.outcome.timers.push(TimerChange::Set(timer, at));
    }

    pub(super) fn set_if_absent(&mut self, timer: ConsumerTimer, ms: i32) {
        let at = self.now.plus_ms(milliseconds(ms));
        self.outcome.timers.push(TimerChange::SetIfAbsent(timer, at));
    }

    pub(super) fn cancel(&mut self, timer: ConsumerTimer) {
        self.outcome.timers.push(TimerChange::Cancel(timer));
    }

    pub(super) fn cancel_all(&mut self, member: &Str) {
        let (group, member) = (self.id().clone(), member.clone());
        self.cancel(ConsumerTimer::Session(group.clone(), member.clone()));
        self.cancel(ConsumerTimer::Rebalance(group.clone(), member.clone()));
        self.cancel(ConsumerTimer::Join(group.clone(), member.clone()));
        self.cancel(ConsumerTimer::Sync(group, member));
    }

    // ---- members ----

    /// Lets a static member take the place of the one that had its instance id.
    pub(super) fn replace(&mut self, old: &Member, new: &Member) {
        let group = self.id();
        self.write_end_of(&old.id);
        self.write(records::member_metadata(group, new));
        let target = self.group.target.members.get(&old.id).cloned().unwrap_or_default();
        self.write(records::target_member(group, &new.id, &target));
        self.write(records::current_assignment(group, new));
        self.cancel_all(&old.id);
    }

    /// The tombstones of a member. A reader takes its partitions, its target and itself, in that
    /// order.
    pub(super) fn write_end_of(&mut self, member: &Str) {
        let group = self.id();
        self.write(records::no_current_assignment(group, member));
        self.write(records::no_target_member(group, member));
        self.write(records::no_member_metadata(group, member));
    }

    /// Puts members out of the group. If only classic members are left, it becomes a classic group.
    pub(super) fn fence(&mut self, members: &[&Member]) {
        if members.is_empty() {
            return;
        }
        if self.may_downgrade_without(members) && self.downgrade_without(members) {
            return;
        }
        let group = self.id();
        let mut subscribed = self.group.subscribed.clone();
        let mut leaving: BTreeMap<&Str, usize> = BTreeMap::new();
        for member in members {
            self.write_end_of(&member.id);
            self.cancel_all(&member.id);
            subscribed.remove_names(member.topic_names.iter());
            if let Some(regex) = member.regex() {
                *leaving.entry(regex).or_default() += 1;
            }
        }
        for (regex, subscribers) in leaving {
            if self.group.subscribers_of_regex(regex) == subscribers {
                self.write(records::no_regex(group, regex));
                if let Some(resolved) = self.group.resolved.get(regex) {
                    subscribed.remove_matched(resolved.topics.iter());
                }
            }
        }
        let hash = self.metadata_hash(&subscribed);
        self.write(records::group_epoch(group, self.group.epoch + 1, hash));
    }

    // ---- subscriptions and topics ----

    pub(super) fn metadata_hash(&mut self, subscribed: &SubscribedTopics) -> i64 {
        self.hashes.of_group(subscribed.names(), self.image)
    }

    /// Looks at the topics of the group with `after` in the place of `before`, and raises the group
    /// epoch if they have changed, or if the member's subscription has.
    pub(super) fn check_subscription(
        &mut self,
        before: &Member,
        after: &Member,
        subscription: Subscription,
    ) -> (i32, Option<SubscriptionType>) {
        let group = self.id();
        let regexes = self.group.regexes_with(before, after);
        let subscribed = self.group.subscribed_with(before, after);
        let hash = self.metadata_hash(&subscribed);
        let is_new = !self.group.members.contains_key(&after.id)
            && !after
                .instance_id
                .as_ref()
                .is_some_and(|instance| self.group.static_members.contains_key(instance));
        let members = self.group.members.len() + usize::from(is_new);
        let kind = subscription_type(&regexes, &subscribed, members);
        let mut epoch = self.group.epoch;
        if subscription == Subscription::Changed || hash != self.group.metadata_hash {
            epoch += 1;
            self.write(records::group_epoch(group, epoch, hash));
            self.outcome.rebalances = true;
        }
        self.outcome.has_checked_metadata = true;
        if self.group.has_partition_metadata_record {
            self.write(records::no_partition_metadata(group));
        }
        (epoch, Some(kind))
    }

    /// Every topic name that a member is subscribed to. An expression that has not been resolved
    /// matches nothing yet.
    pub(super) fn topic_names_of(&self, member: &Member) -> Arc<BTreeSet<Str>> {
        let resolved = member.regex().and_then(|regex| self.group.resolved.get(regex));
        match resolved {
            None => member.topic_names.clone(),
            Some(resolved) if member.topic_names.is_empty() => resolved.topics.clone(),
            Some(resolved) if resolved.topics.is_empty() => member.topic_names.clone(),
            Some(resolved) => Arc::new(&*member.topic_names | &*resolved.topics),
        }
    }

    // ---- the target assignment ----

    /// The epoch of the target assignment and the part of `after` in it. It is computed anew if the
    /// group is ahead of it, and the last one is old enough. `kind` is that of the group with
    /// `after` in it, if that is another one.
    ///
    /// # Errors
    /// UNKNOWN_SERVER_ERROR if the assignor has none.
    pub(super) fn update_target(
        &mut self,
        group_epoch: i32,
        before: &Member,
        after: &Member,
        kind: Option<SubscriptionType>,
    ) -> Result<(i32, Arc<Partitions>), Rejection> {
        if self.group.target.epoch >= group_epoch || !self.may_assign() {
            return Ok((self.group.target.epoch, self.group.target_of(after)));
        }
        let group = self.id();
        let kind = kind.unwrap_or_else(|| self.group.subscription_type());
        let spec = self.spec(after, kind);
        let assignor = self.preferred_assignor(&self.group.votes_with(before, after));
        let assignment = assignor.assign(&spec, self.image).map_err(|error| {
            Rejection::new(
                ErrorCode::UnknownServerError,
                format!(
                    "Failed to compute a new target assignment for epoch {group_epoch}: {error}"
                ),
            )
        })?;
        for (member, partitions) in changed(&spec, &self.group.target.members, &assignment) {
            let record = records::target_member(group, member, &partitions);
            self.outcome.records.push(record);
        }
        self.write(records::target_epoch(group, group_epoch, self.wall));
        Ok((group_epoch, assignment.get(&after.id).cloned().unwrap_or_default()))
    }

    /// Whether the last target assignment is old enough. A wall clock that was set back cannot hold
    /// a group up that has an interval of 0.
    fn may_assign(&self) -> bool {
        let (last, interval) =
            (self.group.target.timestamp, i64::from(self.limits.assignment_interval_ms));
        last == 0 || interval == 0 || self.wall.0 >= last.saturating_add(interval)
    }

    /// The group as the assignor sees it, with `after` as it will be.
    fn spec(&self, after: &Member, kind: SubscriptionType) -> GroupSpec {
        let replaced = after.instance_id.as_ref();
        let replaced = replaced.and_then(|instance| self.group.static_members.get(instance));
        let replaced = replaced.filter(|id| **id != after.id);
        let mut resolver = Resolver::default();
        let mut spec_of = |member: &Member, target_of: &Str| MemberSpec {
            instance_id: member.instance_id.clone(),
            topics: resolver.resolve(&self.topic_names_of(member), self.image),
            assigned: self.group.target.members.get(target_of).cloned().unwrap_or_default(),
        };
        let mut members = BTreeMap::new();
        for (id, member) in &self.group.members {
            if *id != after.id && Some(id) != replaced {
                members.insert(id.clone(), spec_of(member, id));
            }
        }
        members.insert(after.id.clone(), spec_of(after, replaced.unwrap_or(&after.id)));
        GroupSpec { members, subscription_type: kind }
    }

    /// What most members ask for; where they are equally many, what stands first in the
    /// configuration.
    pub(super) fn preferred_assignor(&self, votes: &BTreeMap<Str, usize>) -> ConsumerAssignor {
        preferred_assignor(self.config, votes)
    }

    // ---- reconciliation ----

    /// Moves a member towards the target, as far as it goes.
    ///
    /// # Errors
    /// FENCED_MEMBER_EPOCH for a member in a state that this release does not know.
    pub(super) fn reconcile(
        &mut self,
        member: Member,
        (target_epoch, target): (i32, Arc<Partitions>),
        subscription: Subscription,
        owned: Option<&Partitions>,
    ) -> Result<Member, Rejection> {
        if subscription == Subscription::Same && member.is_reconciled_to(target_epoch) {
            return Ok(member);
        }
        let subscribed = topic_ids(self.topic_names_of(&member).iter(), self.image);
        let group = self.group;
        let step = Reconciliation { group, target_epoch, target, subscription, subscribed, owned };
        let moved = step.reconcile(&member)?;
        if moved == member {
            return Ok(member);
        }
        self.write(records::current_assignment(&group.id, &moved));
        let timer = ConsumerTimer::Rebalance(group.id.clone(), moved.id.clone());
        match moved.has_to_revoke_in_time() {
            true => self.set(timer, moved.rebalance_timeout_ms),
            false => self.cancel(timer),
        }
        Ok(moved)
    }
}

/// The assignors that may be asked for, the default first.
pub(super) fn configured_assignors(config: &ServerConfig) -> Vec<ConsumerAssignor> {
    let names = config.consumer_groups.assignors.iter();
    names.filter_map(|name| ConsumerAssignor::configured(name)).collect()
}

pub(super) fn preferred_assignor(
    config: &ServerConfig,
    votes: &BTreeMap<Str, usize>,
) -> ConsumerAssignor {
    let configured = configured_assignors(config);
    let first = configured.first().copied().unwrap_or(ConsumerAssignor::Uniform);
    let votes_for = |assignor: &ConsumerAssignor| votes.get(assignor.name()).copied().unwrap_or(0);
    // `max_by_key` takes the last of equals.
    configured.into_iter().rev().max_by_key(votes_for).unwrap_or(first)
}
