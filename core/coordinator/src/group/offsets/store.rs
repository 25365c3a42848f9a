//! The offsets of all groups of a shard: committed ones, and those of transactions that have not
//! ended.

use std::collections::{BTreeMap, BTreeSet};

use base::{LeaderEpoch, Offset, ProducerId, Str, Uuid, WallMs};
use protocol::record_types::group::{
    GroupKey, GroupValue, LegacyOffsetCommitValue, OffsetCommitKey, OffsetCommitValue,
};

use crate::group::GroupRecord;
use crate::machine::Ending;

/// The version of an offset's value that says when it ends.
const VERSION_WITH_EXPIRY: i16 = 1;
/// The version of every other: the first one with a topic id. It is written whatever the metadata
/// version; brokers before 4.1 ignore the id.
const VERSION: i16 = 4;

/// An offset that a group has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::group) struct CommittedOffset {
    pub offset: i64,
    /// -1 if the client did not say.
    pub leader_epoch: LeaderEpoch,
    pub metadata: Str,
    pub committed: WallMs,
    /// Set by clients of OffsetCommit 2 to 4, which say how long to keep it.
    pub expires: Option<WallMs>,
    /// Zero where it was not known: the topic is then told by its name.
    pub topic_id: Uuid,
    /// Where its record stands. Of two commits the later record holds, though a transaction's
    /// takes effect with its marker.
    pub at: Offset,
}

impl CommittedOffset {
    pub fn record(&self, group: &str, topic: &str, partition: i32) -> GroupRecord {
        let value = OffsetCommitValue {
            offset: self.offset,
            leader_epoch: self.leader_epoch.0,
            metadata: self.metadata.clone(),
            commit_timestamp: self.committed.0,
            expire_timestamp: self.expires.map_or(-1, |end| end.0),
            topic_id: self.topic_id,
            ..OffsetCommitValue::default()
        };
        let version = if self.expires.is_some() { VERSION_WITH_EXPIRY } else { VERSION };
        GroupRecord::new(key(group, topic, partition), GroupValue::OffsetCommit(value), version)
    }

    pub fn from_value(value: &OffsetCommitValue, at: Offset) -> CommittedOffset {
        CommittedOffset {
            offset: value.offset,
            leader_epoch: LeaderEpoch(value.leader_epoch),
            metadata: value.metadata.detached(),
            committed: WallMs(value.commit_timestamp),
            expires: (value.expire_timestamp != -1).then_some(WallMs(value.expire_timestamp)),
            topic_id: value.topic_id,
            at,
        }
    }

    /// As brokers before 0.9 wrote it.
    pub fn from_legacy_value(value: &LegacyOffsetCommitValue, at: Offset) -> CommittedOffset {
        CommittedOffset {
            offset: value.offset,
            leader_epoch: LeaderEpoch::NONE,
            metadata: value.metadata.detached(),
            committed: WallMs(value.commit_timestamp),
            expires: None,
            topic_id: Uuid::ZERO,
            at,
        }
    }
}

pub(super) fn tombstone(group: &str, topic: &str, partition: i32) -> GroupRecord {
    GroupRecord::tombstone(key(group, topic, partition))
}

fn key(group: &str, topic: &str, partition: i32) -> GroupKey {
    GroupKey::OffsetCommit(OffsetCommitKey {
        group: Str::from(group),
        topic: Str::from(topic),
        partition,
    })
}

type ByPartition<T> = BTreeMap<Str, BTreeMap<i32, T>>;

#[derive(Default)]
pub(in crate::group) struct Offsets {
    /// A group stays here when its last offset goes: it is forgotten by the next clean-up, as any
    /// other group without members.
    groups: BTreeMap<Str, GroupOffsets>,
    /// What each open transaction has written, so that its marker finds it.
    transactions: BTreeMap<ProducerId, BTreeMap<Str, ByPartition<CommittedOffset>>>,
}

#[derive(Default)]
pub(in crate::group) struct GroupOffsets {
    pub committed: ByPartition<CommittedOffset>,
    /// The producers whose open transactions have written an offset of a partition.
    pub open: ByPartition<BTreeSet<ProducerId>>,
}

impl GroupOffsets {
    pub fn get(&self, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        self.committed.get(topic)?.get(&partition)
    }

    pub fn is_open(&self, topic: &str, partition: i32) -> bool {
        self.open.get(topic).is_some_and(|open| open.contains_key(&partition))
    }
}

impl Offsets {
    pub fn group(&self, group: &str) -> Option<&GroupOffsets> {
        self.groups.get(group)
    }

    /// Every group that has, or had, an offset.
    pub fn ids(&self) -> impl Iterator<Item = &Str> {
        self.groups.keys()
    }

    /// How many offsets are committed.
    pub fn count(&self) -> usize {
        let groups = self.groups.values();
        groups.flat_map(|offsets| offsets.committed.values()).map(BTreeMap::len).sum()
    }

    /// Each partition of `topic` that has an offset with a topic id that `matches`, committed or
    /// not: group and partition.
    pub fn of_topic(&self, topic: &str, matches: impl Fn(Uuid) -> bool) -> BTreeSet<(Str, i32)> {
        let mut found = BTreeSet::new();
        let mut look = |group: &Str, offsets: &ByPartition<CommittedOffset>| {
            for (partition, offset) in offsets.get(topic).into_iter().flatten() {
                if matches(offset.topic_id) {
                    found.insert((group.clone(), *partition));
                }
            }
        };
        for (group, offsets) in &self.groups {
            look(group, &offsets.committed);
        }
        for (group, offsets) in self.transactions.values().flatten() {
            look(group, offsets);
        }
        found
    }

    // ---- what records say ----

    pub fn commit(&mut self, group: &Str, topic: &Str, partition: i32, offset: CommittedOffset) {
        put(&mut entry(&mut self.groups, group).committed, topic, partition, offset);
    }

    /// An offset that holds once the transaction of `producer` commits.
    pub fn commit_pending(
        &mut self,
        producer: ProducerId,
        group: &Str,
        topic: &Str,
        partition: i32,
        offset: CommittedOffset,
    ) {
        let open = &mut entry(&mut self.groups, group).open;
        entry(entry(open, topic), &partition).insert(producer);
        let written = self.transactions.entry(producer).or_default();
        put(entry(written, group), topic, partition, offset);
    }

    /// Forgets an offset, and what open transactions have written for it.
    pub fn remove(&mut self, group: &str, topic: &str, partition: i32) {
        let Some(offsets) = self.groups.get_mut(group) else { return };
        take(&mut offsets.committed, topic, partition);
        for producer in take(&mut offsets.open, topic, partition).unwrap_or_default() {
            if let Some(written) = self.transactions.get_mut(&producer)
                && let Some(of_group) = written.get_mut(group)
            {
                take(of_group, topic, partition);
                // The end of the transaction must not bring back a group that is deleted by then.
                if of_group.is_empty() {
                    written.remove(group);
                }
            }
        }
    }

    /// The transaction of `producer` has ended.
    pub fn end(&mut self, producer: ProducerId, ending: Ending) {
        for (group, topics) in self.transactions.remove(&producer).unwrap_or_default() {
            let offsets = entry(&mut self.groups, &group);
            for (topic, partitions) in topics {
                for (partition, offset) in partitions {
                    close(&mut offsets.open, &topic, partition, producer);
                    let newer = offsets.get(&topic, partition).is_none_or(|old| offset.at > old.at);
                    if ending == Ending::Commit && newer {
                        put(&mut offsets.committed, &topic, partition, offset);
                    }
                }
            }
        }
    }

    /// Forgets a group that has no offsets left.
    pub fn forget(&mut self, group: &str) {
        let empty =
            |offsets: &GroupOffsets| offsets.committed.is_empty() && offsets.open.is_empty();
        if self.groups.get(group).is_some_and(empty) {
            self.groups.remove(group);
        }
    }
}

/// The value at `key`, which must own its bytes only where it is new.
fn entry<'a, K: Detach, V: Default>(map: &'a mut BTreeMap<K, V>, key: &K) -> &'a mut V {
    if !map.contains_key(key) {
        map.insert(key.detach(), V::default());
    }
    map.get_mut(key).expect("it has just been inserted")
}

trait Detach: Ord {
    fn detach(&self) -> Self;
}

impl Detach for Str {
    fn detach(&self) -> Str {
        self.detached()
    }
}

impl Detach for i32 {
    fn detach(&self) -> i32 {
        *self
    }
}

fn put<T>(map: &mut ByPartition<T>, topic: &Str, partition: i32, value: T) {
    entry(map, topic).insert(partition, value);
}

fn take<T>(map: &mut ByPartition<T>, topic: &str, partition: i32) -> Option<T> {
    let partitions = map.get_mut(topic)?;
    let taken = partitions.remove(&partition);
    if partitions.is_empty() {
        map.remove(topic);
    }
    taken
}

fn close(
    open: &mut ByPartition<BTreeSet<ProducerId>>,
    topic: &str,
    partition: i32,
    producer: ProducerId,
) {
    let producers = open.get_mut(topic).and_then(|partitions| partitions.get_mut(&partition));
    if let Some(producers) = producers {
        producers.remove(&producer);
        if producers.is_empty() {
            take(open, topic, partition);
        }
    }
}
