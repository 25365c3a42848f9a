//! How a member gets from the tasks it has to those it should have.
//!
//! The member first gives back what is no longer its own and says so ([`MemberState::UnrevokedTasks`]);
//! then it takes the target's epoch and with it every task that nobody else holds; for the others
//! it waits ([`MemberState::UnreleasedTasks`]). A task is held by a process, not by a member: an
//! active task must be free everywhere, and no process may hold one task in two roles, since its
//! members share one directory of state.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, Str};

use super::Refusal;
use super::group::Owners;
use super::member::{Member, MemberState};
use super::tasks::{AssignedTasks, EpochTaskSet, TaskSet, Tasks};

/// What a member is reconciled to, and with.
pub(super) struct Target<'a> {
    pub epoch: i32,
    pub tasks: &'a Tasks,
    /// Which processes hold what, this member included.
    pub owners: &'a Owners,
    /// What the member says it owns; none if it did not say.
    pub owned: Option<&'a Tasks>,
}

/// The member's next state; the same one if it cannot go on.
///
/// # Errors
/// FENCED_MEMBER_EPOCH for a state that a later release wrote, unless the member owns nothing.
pub(super) fn reconcile(member: &Member, target: &Target<'_>) -> Result<Member, Refusal> {
    match member.state {
        MemberState::Stable if member.epoch == target.epoch => Ok(member.clone()),
        MemberState::Stable | MemberState::UnreleasedTasks => Ok(target.next(member, member.epoch)),
        MemberState::UnrevokedTasks if target.still_owns(&member.pending_revocation) => {
            Ok(member.clone())
        }
        MemberState::UnrevokedTasks => Ok(target.next(member, member.epoch + 1)),
        MemberState::Unknown if target.owned.is_some_and(|owned| *owned == Tasks::default()) => {
            Ok(target.next(member, target.epoch))
        }
        MemberState::Unknown => Err(Refusal::new(
            ErrorCode::FencedMemberEpoch,
            "The streams group member is in a unknown state. The member must abandon all its tasks \
             and rejoin.",
        )),
    }
}

impl Target<'_> {
    /// Whether the member may still own some of `tasks`: it does not say, or it says so.
    fn still_owns(&self, tasks: &AssignedTasks) -> bool {
        self.owned.is_none_or(|owned| owned.contains_any(tasks))
    }

    /// The member at `epoch` with what it has of the target, told to give back the rest; or, with
    /// nothing to give back, at the target's epoch with what is free.
    fn next(&self, member: &Member, epoch: i32) -> Member {
        let difference = self.difference(member);
        let mut next = member.clone();
        next.previous_epoch = member.epoch;
        next.assigned = difference.kept;
        if !difference.revoked.is_empty() && self.still_owns(&difference.revoked) {
            next.state = MemberState::UnrevokedTasks;
            next.epoch = epoch;
            next.pending_revocation = difference.revoked;
            return next;
        }
        next.assigned.merge(difference.added);
        next.state =
            if difference.waits { MemberState::UnreleasedTasks } else { MemberState::Stable };
        next.epoch = self.epoch;
        next.pending_revocation = AssignedTasks::default();
        next
    }

    fn difference(&self, member: &Member) -> Difference {
        let process = &member.process_id;
        let owners = self.owners;
        let held_here_besides_active = |subtopology: &Str, partition: i32| {
            owners.standby(subtopology, partition).contains(process)
                || owners.warmup(subtopology, partition).contains(process)
        };
        let active_is_held = |subtopology: &Str, partition: i32| {
            owners.active(subtopology, partition).is_some()
                || held_here_besides_active(subtopology, partition)
        };
        let copy_is_held = |subtopology: &Str, partition: i32| {
            owners.active(subtopology, partition) == Some(process)
                || held_here_besides_active(subtopology, partition)
        };
        let mut difference = Difference::default();
        difference.of_active(&member.assigned.active, self, active_is_held);
        let Difference { kept, revoked, added, waits } = &mut difference;
        *waits |= copies(
            (&member.assigned.standby, &self.tasks.standby),
            (&mut kept.standby, &mut revoked.standby, &mut added.standby),
            copy_is_held,
        );
        *waits |= copies(
            (&member.assigned.warmup, &self.tasks.warmup),
            (&mut kept.warmup, &mut revoked.warmup, &mut added.warmup),
            copy_is_held,
        );
        difference
    }
}

/// Between the tasks of a member and its target.
#[derive(Default)]
struct Difference {
    kept: AssignedTasks,
    revoked: AssignedTasks,
    /// Of the target, not assigned yet and free.
    added: AssignedTasks,
    /// Whether there are tasks of the target that are not free.
    waits: bool,
}

impl Difference {
    fn of_active(
        &mut self,
        current: &EpochTaskSet,
        target: &Target<'_>,
        is_held: impl Fn(&Str, i32) -> bool,
    ) {
        let none = BTreeMap::new();
        for (subtopology, partitions) in current {
            for (&partition, &epoch) in partitions {
                let stays = contains(&target.tasks.active, subtopology, partition);
                let to = if stays { &mut self.kept } else { &mut self.revoked };
                to.active.entry(subtopology.clone()).or_default().insert(partition, epoch);
            }
        }
        for (subtopology, partitions) in &target.tasks.active {
            let have = current.get(subtopology).unwrap_or(&none);
            for &partition in partitions.iter().filter(|partition| !have.contains_key(partition)) {
                if is_held(subtopology, partition) {
                    self.waits = true;
                } else {
                    let added = self.added.active.entry(subtopology.clone()).or_default();
                    added.insert(partition, target.epoch);
                }
            }
        }
    }
}

/// Sorts standby or warm-up tasks into those that are kept, revoked and added. Returns whether some
/// are not free.
fn copies(
    (current, target): (&TaskSet, &TaskSet),
    (kept, revoked, added): (&mut TaskSet, &mut TaskSet, &mut TaskSet),
    is_held: impl Fn(&Str, i32) -> bool,
) -> bool {
    let mut waits = false;
    let none = BTreeSet::new();
    for (subtopology, partitions) in current {
        for &partition in partitions {
            let stays = contains(target, subtopology, partition);
            let to = if stays { &mut *kept } else { &mut *revoked };
            to.entry(subtopology.clone()).or_default().insert(partition);
        }
    }
    for (subtopology, partitions) in target {
        let have = current.get(subtopology).unwrap_or(&none);
        for &partition in partitions.difference(have) {
            if is_held(subtopology, partition) {
                waits = true;
            } else {
                added.entry(subtopology.clone()).or_default().insert(partition);
            }
        }
    }
    waits
}

fn contains(tasks: &TaskSet, subtopology: &str, partition: i32) -> bool {
    tasks.get(subtopology).is_some_and(|partitions| partitions.contains(&partition))
}
