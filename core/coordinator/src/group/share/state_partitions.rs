//! How far the share partitions of a group have come: their state is being initialised by a share
//! coordinator, is initialised, or is being deleted.

use std::collections::{BTreeMap, BTreeSet};

use base::{Str, Uuid, WallMs};
use metadata::Image;
use protocol::record_types::group::ShareGroupStatePartitionMetadataValue;
use protocol::record_types::group::share_group_state_partition_metadata_value::TopicPartitionsInfo;

use super::TopicPartitions;

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StateTopic {
    pub(super) name: Str,
    pub(super) partitions: BTreeSet<i32>,
    /// When the record that says so was written.
    pub(super) since: WallMs,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct StatePartitions {
    pub(super) initializing: BTreeMap<Uuid, StateTopic>,
    pub(super) initialized: BTreeMap<Uuid, StateTopic>,
    pub(super) deleting: BTreeSet<Uuid>,
}

impl StatePartitions {
    pub(super) fn read(
        value: &ShareGroupStatePartitionMetadataValue,
        written: WallMs,
    ) -> StatePartitions {
        let topics = |topics: &[TopicPartitionsInfo]| {
            let topics = topics.iter().map(|topic| {
                let partitions = topic.partitions.iter().copied().collect();
                let name = topic.topic_name.detached();
                (topic.topic_id, StateTopic { name, partitions, since: written })
            });
            topics.collect()
        };
        StatePartitions {
            initializing: topics(&value.initializing_topics),
            initialized: topics(&value.initialized_topics),
            deleting: value.deleting_topics.iter().map(|topic| topic.topic_id).collect(),
        }
    }

    /// The partitions of `topic` that need no new attempt: initialised, or being initialised for less
    /// than `retry_ms`.
    fn settled(&self, topic: Uuid, now: WallMs, retry_ms: i64) -> BTreeSet<i32> {
        let mut settled = BTreeSet::new();
        if let Some(initialized) = self.initialized.get(&topic) {
            settled.extend(&initialized.partitions);
        }
        if let Some(initializing) = self.initializing.get(&topic)
            && now.0.saturating_sub(initializing.since.0) < retry_ms
        {
            settled.extend(&initializing.partitions);
        }
        settled
    }

    /// What is to be initialised of the topics that a group subscribes to.
    pub(super) fn missing(
        &self,
        subscribed: &BTreeSet<Str>,
        image: &Image,
        now: WallMs,
        retry_ms: i64,
    ) -> BTreeMap<Uuid, StateTopic> {
        let mut missing = BTreeMap::new();
        for topic in subscribed.iter().filter_map(|name| image.topic(name)) {
            let settled = self.settled(topic.id, now, retry_ms);
            let all = topic.partitions.keys().map(|index| index.0);
            let partitions: BTreeSet<i32> = all.filter(|index| !settled.contains(index)).collect();
            if !partitions.is_empty() {
                let name = topic.name.clone();
                missing.insert(topic.id, StateTopic { name, partitions, since: now });
            }
        }
        missing
    }

    /// With `topics` being initialised. They are no longer being deleted: who initialises begins anew.
    pub(super) fn beginning(&self, topics: &BTreeMap<Uuid, StateTopic>) -> StatePartitions {
        let mut next = self.clone();
        merge(&mut next.initializing, topics);
        next.deleting.retain(|topic| !next.initializing.contains_key(topic));
        next
    }

    /// With `topics` initialised.
    pub(super) fn completing(
        &self,
        topics: &TopicPartitions,
        image: &Image,
        now: WallMs,
    ) -> StatePartitions {
        let mut next = self.failing(topics);
        let named = topics.iter().map(|(id, partitions)| {
            (
                *id,
                StateTopic {
                    name: name_of(image, *id),
                    partitions: partitions.clone(),
                    since: now,
                },
            )
        });
        merge(&mut next.initialized, &named.collect());
        next
    }

    /// With `topics` no longer being initialised.
    pub(super) fn failing(&self, topics: &TopicPartitions) -> StatePartitions {
        let mut next = self.clone();
        for (id, partitions) in topics {
            if let Some(topic) = next.initializing.get_mut(id) {
                topic.partitions.retain(|partition| !partitions.contains(partition));
            }
        }
        next.initializing.retain(|_, topic| !topic.partitions.is_empty());
        next
    }

    /// Without topics that are gone; none if that changes nothing.
    pub(super) fn without(&self, gone: &BTreeSet<Uuid>) -> Option<StatePartitions> {
        let mut next = self.clone();
        next.initializing.retain(|id, _| !gone.contains(id));
        next.initialized.retain(|id, _| !gone.contains(id));
        next.deleting.retain(|id| !gone.contains(id));
        (next != *self).then_some(next)
    }

    pub(super) fn initialized_partitions(&self) -> TopicPartitions {
        self.initialized.iter().map(|(id, topic)| (*id, topic.partitions.clone())).collect()
    }

    /// Everything whose state may exist. What is being deleted is deleted again, as long as its
    /// topic exists: an attempt before this one may have failed.
    pub(super) fn to_delete(&self, image: &Image) -> BTreeMap<Uuid, StateTopic> {
        let mut all = self.initialized.clone();
        merge(&mut all, &self.initializing);
        for topic in self.deleting.iter().filter_map(|id| image.topic_by_id(*id)) {
            let partitions = topic.partitions.keys().map(|index| index.0).collect();
            let again = StateTopic { name: topic.name.clone(), partitions, since: WallMs::NONE };
            merge(&mut all, &BTreeMap::from([(topic.id, again)]));
        }
        all
    }
}

fn merge(into: &mut BTreeMap<Uuid, StateTopic>, from: &BTreeMap<Uuid, StateTopic>) {
    for (id, topic) in from {
        let mut merged = topic.clone();
        if let Some(before) = into.get(id) {
            merged.partitions.extend(&before.partitions);
        }
        into.insert(*id, merged);
    }
}

/// The name that a record gives for a topic: records carry it for the eyes of people.
pub(super) fn name_of(image: &Image, id: Uuid) -> Str {
    image.topic_by_id(id).map_or(Str::from_static("<UNKNOWN>"), |topic| topic.name.clone())
}
