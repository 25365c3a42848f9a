//! The protocol that classic consumers speak among themselves: what a member is subscribed to, and what
//! its leader assigned to it. In a consumer group the coordinator speaks it with classic members.

use std::collections::BTreeSet;

use base::{PartitionIndex, Str};
use bytes::Bytes;
use metadata::Image;
use protocol::Encoded;
use protocol::record_types::embedded::consumer_protocol_assignment::TopicPartition;
use protocol::record_types::embedded::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription, consumer_protocol_subscription,
};
use protocol::wire::{Message, Reader, to_encoded};

use super::member::OwnedPartitions;
use crate::group::assignor::Partitions;

/// The newest version that is known. What says a newer one begins like this one.
const VERSION_MAX: i16 = 3;

/// What a member says of its subscription; none if it cannot be read.
pub(super) fn read_subscription(metadata: &Bytes) -> Option<ConsumerProtocolSubscription> {
    read(metadata)
}

/// None if it cannot be read.
pub(super) fn read_assignment(assignment: &Bytes) -> Option<ConsumerProtocolAssignment> {
    read(assignment)
}

fn read<M: Message>(bytes: &Bytes) -> Option<M> {
    let mut reader = Reader::new(bytes.clone());
    let version = reader.i16().ok().filter(|version| *version >= 0)?;
    M::decode(&mut reader, version.min(VERSION_MAX)).ok()
}

/// The version in which a member speaks.
pub(super) fn version_of(metadata: &Bytes) -> Option<i16> {
    let version = Reader::new(metadata.clone()).i16().ok()?;
    (version >= 0).then_some(version.min(VERSION_MAX))
}

/// An assignment in the version that its member speaks. Topics that are no longer there are left
/// out.
pub(super) fn write_assignment<'a>(
    partitions: impl Iterator<Item = (&'a base::Uuid, Vec<i32>)>,
    version: i16,
    image: &Image,
) -> Bytes {
    let topics = partitions.filter_map(|(topic, partitions)| {
        let topic = image.topic_by_id(*topic)?.name.clone();
        Some(TopicPartition { topic, partitions })
    });
    let assignment = ConsumerProtocolAssignment {
        assigned_partitions: topics.collect(),
        ..ConsumerProtocolAssignment::default()
    };
    let mut bytes = version.to_be_bytes().to_vec();
    // Whatever stands in it came by this wire before, so it can be said again.
    if let Some(body) = to_encoded(&assignment, version).ok().and_then(Encoded::into_contiguous) {
        bytes.extend_from_slice(&body);
    }
    bytes.into()
}

pub(super) fn owned_lists(
    owned: &OwnedPartitions,
) -> impl Iterator<Item = (&base::Uuid, Vec<i32>)> {
    let list = |partition: &PartitionIndex| partition.0;
    owned.iter().map(move |(topic, partitions)| (topic, partitions.keys().map(list).collect()))
}

pub(super) fn lists(partitions: &Partitions) -> impl Iterator<Item = (&base::Uuid, Vec<i32>)> {
    let list = |partition: &PartitionIndex| partition.0;
    partitions.iter().map(move |(topic, partitions)| (topic, partitions.iter().map(list).collect()))
}

/// What a member says that it owns, as far as the topics are there.
pub(super) fn owned_partitions(
    topics: &[consumer_protocol_subscription::TopicPartition],
    image: &Image,
) -> Partitions {
    by_id(topics.iter().map(|topic| (&topic.topic, topic.partitions.as_slice())), image)
}

pub(super) fn assigned_partitions(
    assignment: &ConsumerProtocolAssignment,
    image: &Image,
) -> Partitions {
    let topics = assignment.assigned_partitions.iter();
    by_id(topics.map(|topic| (&topic.topic, topic.partitions.as_slice())), image)
}

fn by_id<'a>(topics: impl Iterator<Item = (&'a Str, &'a [i32])>, image: &Image) -> Partitions {
    let mut partitions = Partitions::new();
    for (topic, indices) in topics {
        let Some(id) = image.topics().id_of(topic) else { continue };
        let of_topic: &mut BTreeSet<PartitionIndex> = partitions.entry(id).or_default();
        of_topic.extend(indices.iter().copied().map(PartitionIndex));
    }
    partitions
}
