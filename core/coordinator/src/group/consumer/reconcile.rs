//! Moves one member towards the target assignment (KIP-848).
//!
//! A member first gives back what it is no longer to have: it stays in its epoch, in UNREVOKED_PARTITIONS,
//! until it has said that it no longer owns any of that. Then it enters the epoch of the target and gets
//! what is free of its new partitions. As long as another member holds some of them it is in
//! UNRELEASED_PARTITIONS, otherwise it is STABLE. So no partition ever has two owners.

use std::collections::BTreeSet;
use std::sync::Arc;

use base::{ErrorCode, PartitionIndex, Uuid};

use super::Rejection;
use super::group::ConsumerGroup;
use super::member::{Member, MemberState, OwnedPartitions};
use crate::group::assignor::Partitions;

/// Whether the member has changed its subscription with the request that is being served: what it
/// is no longer subscribed to is then taken from it before there is a new target assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subscription {
    Same,
    Changed,
}

pub(super) struct Reconciliation<'a> {
    pub(super) group: &'a ConsumerGroup,
    pub(super) target_epoch: i32,
    pub(super) target: Arc<Partitions>,
    pub(super) subscription: Subscription,
    /// Topics that the member is subscribed to and that exist.
    pub(super) subscribed: BTreeSet<Uuid>,
    /// What the member says that it owns; none if it says nothing of it.
    pub(super) owned: Option<&'a Partitions>,
}

impl Reconciliation<'_> {
    /// What becomes of `member`.
    ///
    /// # Errors
    /// FENCED_MEMBER_EPOCH for a member in a state that this release does not know.
    pub(super) fn reconcile(&self, member: &Member) -> Result<Member, Rejection> {
        match member.state {
            MemberState::Stable if member.epoch != self.target_epoch => {
                Ok(self.next(member, member.epoch))
            }
            MemberState::Stable => Ok(self.updated(member)),
            MemberState::UnrevokedPartitions if self.owns_any_of(&member.pending_revocation) => {
                Ok(self.updated(member))
            }
            MemberState::UnrevokedPartitions | MemberState::UnreleasedPartitions => {
                Ok(self.next(member, member.epoch))
            }
            MemberState::Unknown if self.owned.is_none_or(|owned| !owned.is_empty()) => {
                Err(Rejection::new(
                    ErrorCode::FencedMemberEpoch,
                    "The consumer group member is in a unknown state. The member must abandon all \
                     its partitions and rejoin.",
                ))
            }
            MemberState::Unknown => Ok(self.next(member, self.target_epoch)),
        }
    }

    /// Whether the member has, or may have, any of these. It has not said so until it has.
    fn owns_any_of(&self, partitions: &OwnedPartitions) -> bool {
        let Some(owned) = self.owned else { return true };
        owned.iter().any(|(topic, owned)| {
            partitions.get(topic).is_some_and(|of_topic| {
                owned.iter().any(|partition| of_topic.contains_key(partition))
            })
        })
    }

    /// Takes from the member what it has just unsubscribed from, and leaves the rest to the next
    /// target assignment.
    fn updated(&self, member: &Member) -> Member {
        let mut updated = member.clone();
        if self.subscription == Subscription::Same {
            return updated;
        }
        let unsubscribed =
            |topic: &Uuid| member.assigned.contains_key(topic) && !self.subscribed.contains(topic);
        if !member.assigned.keys().any(unsubscribed) {
            return updated;
        }
        let assigned = Arc::make_mut(&mut updated.assigned);
        let mut pending = (*member.pending_revocation).clone();
        for (topic, partitions) in member.assigned.iter().filter(|(topic, _)| unsubscribed(topic)) {
            assigned.remove(topic);
            pending.entry(*topic).or_default().extend(partitions);
        }
        updated.enter(member.epoch);
        if self.owns_any_of(&pending) {
            updated.state = MemberState::UnrevokedPartitions;
            updated.pending_revocation = Arc::new(pending);
        }
        updated
    }

    /// The step from what the member has to the target; `epoch` is where it stands.
    fn next(&self, member: &Member, epoch: i32) -> Member {
        let Steps { kept, revoked, free, is_waiting } = self.steps(member);
        let mut next = member.clone();
        if self.owns_any_of(&revoked) && !revoked.is_empty() {
            next.state = MemberState::UnrevokedPartitions;
            next.enter(epoch);
            next.assigned = shared(&member.assigned, kept);
            next.pending_revocation = Arc::new(revoked);
            return next;
        }
        let mut assigned = kept;
        for (topic, partition) in free {
            assigned.entry(topic).or_default().insert(partition, self.target_epoch);
        }
        next.state =
            if is_waiting { MemberState::UnreleasedPartitions } else { MemberState::Stable };
        next.enter(self.target_epoch);
        next.assigned = shared(&member.assigned, assigned);
        next.pending_revocation = Arc::default();
        next
    }

    fn steps(&self, member: &Member) -> Steps {
        let mut steps = Steps::default();
        let nothing = BTreeSet::new();
        let target = |topic: &Uuid| match self.subscribed.contains(topic) {
            true => self.target.get(topic).unwrap_or(&nothing),
            // The target is from before the member unsubscribed.
            false => &nothing,
        };
        for (topic, partitions) in member.assigned.iter() {
            let target = target(topic);
            for (partition, epoch) in partitions {
                let into = match target.contains(partition) {
                    true => &mut steps.kept,
                    false => &mut steps.revoked,
                };
                into.entry(*topic).or_default().insert(*partition, *epoch);
            }
        }
        for topic in self.target.keys() {
            let kept = steps.kept.get(topic);
            for partition in target(topic) {
                if kept.is_some_and(|kept| kept.contains_key(partition)) {
                    continue;
                }
                match self.is_held_by_another(member, *topic, *partition) {
                    true => steps.is_waiting = true,
                    false => steps.free.push((*topic, *partition)),
                }
            }
        }
        steps
    }

    /// What the member itself is to give back it may as well keep.
    fn is_held_by_another(&self, member: &Member, topic: Uuid, partition: PartitionIndex) -> bool {
        let own = member.pending_revocation.get(&topic);
        self.group.partition_epoch(topic, partition).is_some()
            && !own.is_some_and(|own| own.contains_key(&partition))
    }
}

#[derive(Default)]
struct Steps {
    kept: OwnedPartitions,
    revoked: OwnedPartitions,
    free: Vec<(Uuid, PartitionIndex)>,
    is_waiting: bool,
}

/// `now` as it stands in memory already, if it has not changed.
fn shared(before: &Arc<OwnedPartitions>, now: OwnedPartitions) -> Arc<OwnedPartitions> {
    if **before == now { before.clone() } else { Arc::new(now) }
}
