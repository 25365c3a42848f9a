//! The uniform assignor where all members are subscribed to the same topics.
//!
//! Every member gets as many partitions as any other, or one more. Within that, members keep what they
//! have. A member gives back what is above its quota and what it is no longer subscribed to; what is
//! free then goes to the members that have room, in their order.

use std::collections::BTreeSet;
use std::sync::Arc;

use base::{PartitionIndex, Str, Uuid};

use super::{Assignment, AssignorError, GroupSpec, Partitions, TopicSizes, insert, remove};

/// # Errors
/// Two members have the same partition.
pub(super) fn assign(group: &GroupSpec, topics: &TopicSizes) -> Result<Assignment, AssignorError> {
    let Some(first) = group.members.values().next() else { return Ok(Assignment::new()) };
    if first.topics.is_empty() {
        return Ok(Assignment::new());
    }
    let mut free = unassigned(group, &first.topics, topics);
    let total: usize = first.topics.iter().map(|topic| topics.size(*topic) as usize).sum();
    let members = group.members.len();
    let mut quotas = Quotas { least: total / members, larger: total % members, left: members };

    let mut assignment = Assignment::new();
    let mut with_room: Vec<(&Str, usize)> = Vec::new();
    for (id, member) in &group.members {
        let (kept, room) =
            quotas.next_member(|quota| keep(&member.assigned, &first.topics, quota, &mut free));
        if room > 0 {
            with_room.push((id, room));
        }
        assignment.insert(id.clone(), kept);
    }

    let mut free = free.into_iter();
    for (id, room) in with_room {
        let Some(partitions) = assignment.get_mut(id) else { continue };
        let partitions = Arc::make_mut(partitions);
        for (topic, partition) in free.by_ref().take(room) {
            insert(partitions, topic, partition);
        }
    }
    match free.next() {
        Some(_) => Err(AssignorError::LeftUnassigned),
        None => Ok(assignment),
    }
}

/// Partitions of the subscribed topics that no member has.
fn unassigned(
    group: &GroupSpec,
    subscribed: &BTreeSet<Uuid>,
    topics: &TopicSizes,
) -> Vec<(Uuid, PartitionIndex)> {
    let mut taken = Partitions::new();
    for member in group.members.values() {
        for (topic, partitions) in member.assigned.iter() {
            taken.entry(*topic).or_default().extend(partitions);
        }
    }
    let mut free = Vec::new();
    for topic in subscribed {
        let taken = taken.get(topic);
        let is_free =
            |partition: &PartitionIndex| taken.is_none_or(|taken| !taken.contains(partition));
        free.extend(topics.partitions(*topic).filter(is_free).map(|partition| (*topic, partition)));
    }
    free
}

/// What of `assigned` a member keeps with a quota of `quota`, and how much of its quota is then left.
/// What it must give back within the subscription is added to `free`. The assignment is copied only
/// if something of it goes.
fn keep(
    assigned: &Arc<Partitions>,
    subscribed: &BTreeSet<Uuid>,
    quota: usize,
    free: &mut Vec<(Uuid, PartitionIndex)>,
) -> (Arc<Partitions>, usize) {
    let mut kept = assigned.clone();
    let mut left = quota;
    for (topic, partitions) in assigned.iter() {
        if !subscribed.contains(topic) {
            Arc::make_mut(&mut kept).remove(topic);
            continue;
        }
        for partition in partitions {
            if left > 0 {
                left -= 1;
            } else {
                remove(Arc::make_mut(&mut kept), *topic, *partition);
                free.push((*topic, *partition));
            }
        }
    }
    (kept, left)
}

/// How many partitions the members get: some one more than the others.
struct Quotas {
    least: usize,
    /// So many of the members that are left get one partition more.
    larger: usize,
    left: usize,
}

impl Quotas {
    /// Lets `keep` see the quota of the next member. What it leaves of that is the member's room.
    /// A member with room leaves the larger quota to those after it, unless they are all needed to
    /// use it up: somebody who has more already need not give it back then.
    fn next_member<T>(&mut self, keep: impl FnOnce(usize) -> (T, usize)) -> (T, usize) {
        let may_be_larger = self.larger > 0;
        let quota = self.least + usize::from(may_be_larger);
        let (kept, mut room) = keep(quota);
        let gives_up = may_be_larger && room > 0 && self.left > self.larger;
        if gives_up {
            room -= 1;
        }
        if may_be_larger && !gives_up {
            self.larger -= 1;
        }
        self.left -= 1;
        (kept, room)
    }
}
