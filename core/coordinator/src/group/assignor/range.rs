//! The range assignor: each topic is cut into as many ranges as it has subscribers, and the members
//! take one each, in the order of their ids.
//!
//! Where all members are subscribed to the same topics and these have equally many partitions, a member
//! has the same partitions of every topic, which is what joins need. Static members stand before all
//! others and are ordered by instance id: a member that comes back under another member id gets what
//! it had.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{PartitionIndex, Str, Uuid};

use super::{Assignment, GroupSpec, MemberSpec, Partitions, TopicSizes};

pub(super) fn assign(group: &GroupSpec, topics: &TopicSizes) -> Assignment {
    let members = in_order(group);
    let mut subscribers: BTreeMap<Uuid, i32> = BTreeMap::new();
    for (_, member) in &members {
        for topic in member.topics.iter() {
            *subscribers.entry(*topic).or_default() += 1;
        }
    }
    let mut ranges: BTreeMap<Uuid, Ranges> = subscribers
        .into_iter()
        .map(|(topic, subscribers)| (topic, Ranges::new(topics.size(topic), subscribers)))
        .collect();

    let mut assignment = Assignment::new();
    for (id, member) in members {
        let mut partitions = Partitions::new();
        for topic in member.topics.iter() {
            let range = ranges.get_mut(topic).and_then(Ranges::take);
            if let Some(range) = range {
                partitions.insert(*topic, range.map(PartitionIndex).collect());
            }
        }
        assignment.insert(id.clone(), Arc::new(partitions));
    }
    assignment
}

/// Static members by instance id, then the others by member id.
fn in_order(group: &GroupSpec) -> Vec<(&Str, &MemberSpec)> {
    let mut members: Vec<_> = group.members.iter().collect();
    members.sort_by(|(a_id, a), (b_id, b)| match (&a.instance_id, &b.instance_id) {
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => a_id.cmp(b_id),
    });
    members
}

/// What is left of one topic.
struct Ranges {
    next: i32,
    size: i32,
    quota: i32,
    /// So many members get one partition more.
    larger: i32,
}

impl Ranges {
    fn new(size: i32, subscribers: i32) -> Ranges {
        Ranges { next: 0, size, quota: size / subscribers, larger: size % subscribers }
    }

    fn take(&mut self) -> Option<std::ops::Range<i32>> {
        let mut quota = self.quota;
        if self.larger > 0 {
            self.larger -= 1;
            quota += 1;
        }
        let start = self.next;
        self.next = (start + quota).min(self.size);
        (start < self.next).then_some(start..self.next)
    }
}
