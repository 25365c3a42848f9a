//! The uniform assignor where members are subscribed to different topics.
//!
//! Members keep what they are still subscribed to. What is free goes, topic by topic, to the subscriber
//! that has least. Then partitions move from subscribers that have most to those that have least,
//! topic by topic, until no move within one topic makes it more even. That is perfect where all
//! subscribers of a topic have the same subscription, and close to it elsewhere: a balance that takes a
//! chain of moves through several topics is not looked for.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use base::{PartitionIndex, Str, Uuid};

use super::{Assignment, GroupSpec, MemberSpec, TopicSizes, insert, remove};

/// How often all topics are gone through at most. Mostly one round balances and a second one finds
/// that nothing is left to do. With overlapping subscriptions each round roughly halves what is
/// uneven, so that this many come close.
const ROUNDS_MAX: usize = 16;

pub(super) fn assign(group: &GroupSpec, topics: &TopicSizes) -> Assignment {
    if topics.0.is_empty() {
        return Assignment::new();
    }
    let mut builder = Builder::new(group, topics);
    builder.assign_free();
    builder.balance();
    builder.target
}

/// A member by its place in the order of ids.
type Place = usize;

struct Builder<'a> {
    topics: &'a TopicSizes,
    members: Vec<(&'a Str, &'a MemberSpec)>,
    /// How many partitions each member has so far.
    loads: Vec<usize>,
    /// In ascending order.
    subscribers: BTreeMap<Uuid, Vec<Place>>,
    owners: BTreeMap<Uuid, Vec<Option<Place>>>,
    target: Assignment,
}

impl<'a> Builder<'a> {
    /// Begins with what members have and are still subscribed to.
    fn new(group: &'a GroupSpec, topics: &'a TopicSizes) -> Builder<'a> {
        let members: Vec<_> = group.members.iter().collect();
        let mut builder = Builder {
            topics,
            loads: vec![0; members.len()],
            subscribers: BTreeMap::new(),
            owners: topics.0.iter().map(|(id, size)| (*id, vec![None; *size as usize])).collect(),
            target: Assignment::new(),
            members,
        };
        for place in 0..builder.members.len() {
            builder.begin_member(place);
        }
        builder
    }

    fn begin_member(&mut self, place: Place) {
        let (id, member) = self.members[place];
        for topic in member.topics.iter() {
            self.subscribers.entry(*topic).or_default().push(place);
        }
        let mut kept = member.assigned.clone();
        for (topic, partitions) in member.assigned.iter() {
            if !member.topics.contains(topic) {
                Arc::make_mut(&mut kept).remove(topic);
                continue;
            }
            let Some(owners) = self.owners.get_mut(topic) else { continue };
            for partition in partitions {
                if let Some(owner) = owners.get_mut(partition.0 as usize) {
                    *owner = Some(place);
                    self.loads[place] += 1;
                }
            }
        }
        self.target.insert(id.clone(), kept);
    }

    /// Topics with most partitions for each subscriber come first: they leave least choice.
    fn in_order(&self, topics: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
        let share = |topic: Uuid| {
            let subscribers = self.subscribers[&topic].len();
            (f64::from(self.topics.size(topic)) / subscribers as f64, subscribers)
        };
        let mut topics: Vec<Uuid> = topics.collect();
        topics.sort_by(|a, b| {
            let ((a_share, a_subscribers), (b_share, b_subscribers)) = (share(*a), share(*b));
            let by_share = b_share.partial_cmp(&a_share).unwrap_or(Ordering::Equal);
            by_share.then(a_subscribers.cmp(&b_subscribers)).then(java_order(a).cmp(&java_order(b)))
        });
        topics
    }

    fn assign_free(&mut self) {
        let has_free = |topic: &Uuid| self.owners[topic].iter().any(Option::is_none);
        for topic in self.in_order(self.topics.0.keys().copied().filter(has_free)) {
            let free: Vec<PartitionIndex> = (0..)
                .map(PartitionIndex)
                .zip(&self.owners[&topic])
                .filter_map(|(partition, owner)| owner.is_none().then_some(partition))
                .collect();
            let mut balancer = Balancer::new(&self.subscribers[&topic], &self.loads);
            for partition in free {
                let place = balancer.next_least_loaded(&self.loads);
                self.give(topic, partition, place);
            }
        }
    }

    fn balance(&mut self) {
        let movable = |topic: &Uuid| self.subscribers[topic].len() >= 2;
        let topics = self.in_order(self.topics.0.keys().copied().filter(movable));
        let mut last_changed = None;
        for _ in 0..ROUNDS_MAX {
            for (nth, topic) in topics.iter().enumerate() {
                if last_changed == Some(nth) {
                    // All topics have been seen since this one changed, and none has changed.
                    return;
                }
                let moved = self.balance_topic(*topic);
                if moved || last_changed.is_none() {
                    last_changed = Some(nth);
                }
            }
        }
    }

    /// Whether a partition has moved.
    fn balance_topic(&mut self, topic: Uuid) -> bool {
        let mut balancer = Balancer::new(&self.subscribers[&topic], &self.loads);
        if balancer.spread(&self.loads) <= 1 {
            return false;
        }
        let mut owned: BTreeMap<Place, Vec<PartitionIndex>> = BTreeMap::new();
        for (partition, owner) in self.owners[&topic].iter().enumerate() {
            if let Some(owner) = owner {
                owned.entry(*owner).or_default().push(PartitionIndex(partition as i32));
            }
        }
        let mut moved = false;
        while !balancer.is_balanced() {
            let Some(from) = balancer.next_most_loaded(&self.loads) else { break };
            let Some(partition) = owned.get_mut(&from).and_then(Vec::pop) else {
                // It has nothing of this topic left to give.
                balancer.exclude_most_loaded();
                continue;
            };
            let to = balancer.next_least_loaded(&self.loads);
            if balancer.is_balanced() {
                break;
            }
            self.give(topic, partition, to);
            moved = true;
        }
        moved
    }

    /// Gives a partition to a member, and takes it from who had it.
    fn give(&mut self, topic: Uuid, partition: PartitionIndex, to: Place) {
        let Some(owner) =
            self.owners.get_mut(&topic).and_then(|owners| owners.get_mut(partition.0 as usize))
        else {
            return;
        };
        let from = owner.replace(to);
        if let Some(from) = from {
            let target = self.target.entry(self.members[from].0.clone()).or_default();
            remove(Arc::make_mut(target), topic, partition);
            self.loads[from] -= 1;
        }
        let target = self.target.entry(self.members[to].0.clone()).or_default();
        insert(Arc::make_mut(target), topic, partition);
        self.loads[to] += 1;
    }
}

/// Ids as Java compares them: by two signed longs.
fn java_order(id: &Uuid) -> i128 {
    let id = u128::from_be_bytes(id.0);
    // The lower half is flipped to stand in the order of signed numbers within the upper one.
    (id ^ (1 << 63)) as i128
}

/// Finds who should get a partition next and who should give one, without sorting after each move.
///
/// The members stand in order of their loads. Those with the least are the range at the left; it
/// grows to the right as its level rises, because each of its members has then got one partition. Those
/// with the most are the range at the right; it grows to the left as its level falls. Members at the
/// far right that have nothing to give stand outside.
struct Balancer {
    members: Vec<Place>,
    least_end: usize,
    least_level: isize,
    next_least: usize,
    most_start: usize,
    most_end: usize,
    most_level: isize,
    /// One past the member to be asked next.
    next_most: usize,
}

impl Balancer {
    /// `members` must not be empty.
    fn new(members: &[Place], loads: &[usize]) -> Balancer {
        let mut members = members.to_vec();
        members.sort_by_key(|place| (loads[*place], *place));
        let end = members.len();
        Balancer {
            least_end: 0,
            least_level: loads[members[0]] as isize - 1,
            next_least: 0,
            most_start: end,
            most_end: end,
            most_level: loads[members[end - 1]] as isize + 1,
            next_most: end,
            members,
        }
    }

    /// How much more the fullest member has than the emptiest.
    fn spread(&self, loads: &[usize]) -> usize {
        loads[self.members[self.members.len() - 1]] - loads[self.members[0]]
    }

    fn load(&self, at: usize, loads: &[usize]) -> isize {
        loads[self.members[at]] as isize
    }

    /// Who is to get the next partition. The answer counts as given.
    fn next_least_loaded(&mut self, loads: &[usize]) -> Place {
        if self.next_least >= self.least_end {
            self.least_level += 1;
            while self.least_end < self.members.len()
                && self.load(self.least_end, loads) == self.least_level
            {
                self.least_end += 1;
            }
            self.next_least = 0;
        }
        self.next_least += 1;
        self.members[self.next_least - 1]
    }

    /// Who is to give the next partition, if anybody can. The answer counts as taken from.
    fn next_most_loaded(&mut self, loads: &[usize]) -> Option<Place> {
        if self.next_most <= self.most_start {
            if self.most_end <= self.most_start && self.most_start > 0 {
                // All of the range had nothing to give: begin a new one beside it.
                self.most_level = self.load(self.most_start - 1, loads);
            } else {
                self.most_level -= 1;
            }
            while self.most_start > 0 && self.load(self.most_start - 1, loads) == self.most_level {
                self.most_start -= 1;
            }
            self.next_most = self.most_end;
        }
        if self.next_most == 0 {
            return None;
        }
        self.next_most -= 1;
        Some(self.members[self.next_most])
    }

    /// The member that was named last has nothing to give: it leaves the range.
    fn exclude_most_loaded(&mut self) {
        self.most_end -= 1;
        self.members.swap(self.next_most, self.most_end);
    }

    fn is_balanced(&self) -> bool {
        self.most_level - self.least_level <= 1
    }
}
