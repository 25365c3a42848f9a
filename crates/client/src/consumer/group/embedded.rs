//! What members of classic groups tell one another through the broker: subscriptions and assignments,
//! each behind the version it is written in.

use std::collections::{BTreeMap, BTreeSet};

use base::{Str, TopicPartition};
use bytes::{Bytes, BytesMut};
use protocol::record_types::embedded::consumer_protocol_assignment::TopicPartition as Assigned;
use protocol::record_types::embedded::consumer_protocol_subscription::TopicPartition as Owned;
use protocol::record_types::embedded::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use protocol::{Message, Reader, Segment, Writer};

use crate::error::{Error, Result};

/// The version in which subscriptions and assignments are written.
const VERSION: i16 = 3;

/// What a member tells the leader: its topics, and what it owns since `generation`.
pub fn subscription(
    topics: &BTreeSet<Str>,
    owned: &BTreeSet<TopicPartition>,
    generation: i32,
    rack: &str,
) -> Bytes {
    let owned = by_topic(owned).into_iter().map(|(topic, partitions)| Owned { topic, partitions });
    written(&ConsumerProtocolSubscription {
        topics: topics.iter().cloned().collect(),
        owned_partitions: owned.collect(),
        generation_id: generation,
        rack_id: (!rack.is_empty()).then(|| rack.into()),
        ..ConsumerProtocolSubscription::default()
    })
}

/// A member's subscription, as the leader reads it.
///
/// # Errors
/// A subscription that cannot be read: the leader cannot divide the work without it.
pub fn read_subscription(bytes: Bytes) -> Result<ConsumerProtocolSubscription> {
    read(bytes, "the subscription of a member of the group")
}

/// What the leader tells a member.
pub fn assignment(partitions: &BTreeSet<TopicPartition>) -> Bytes {
    let assigned =
        by_topic(partitions).into_iter().map(|(topic, partitions)| Assigned { topic, partitions });
    written(&ConsumerProtocolAssignment {
        assigned_partitions: assigned.collect(),
        ..ConsumerProtocolAssignment::default()
    })
}

/// A member's assignment.
///
/// # Errors
/// An assignment that cannot be read.
pub fn read_assignment(bytes: Bytes) -> Result<BTreeSet<TopicPartition>> {
    let assignment: ConsumerProtocolAssignment = read(bytes, "the assignment of a member")?;
    let partitions = assignment.assigned_partitions.iter().flat_map(|topic| {
        let name = topic.topic.detached();
        topic.partitions.iter().map(move |index| TopicPartition::new(name.clone(), *index))
    });
    Ok(partitions.collect())
}

/// Newer versions only add fields at the end, so that what is known can be read of them.
fn read<M: Message>(bytes: Bytes, what: &'static str) -> Result<M> {
    let mut reader = Reader::new(bytes);
    let version = reader.i16().map_err(|error| Error::corrupt(what, error))?;
    if version < 0 {
        return Err(Error::corrupt(what, format!("its version is {version}")));
    }
    M::decode(&mut reader, version.min(VERSION)).map_err(|error| Error::corrupt(what, error))
}

fn written(message: &impl Message) -> Bytes {
    let mut writer = Writer::with_capacity(2 + message.size(VERSION));
    writer.i16(VERSION);
    // Only a text of more than 32 KiB cannot be written, and no topic's name is that long.
    let _ = message.encode(&mut writer, VERSION);
    let mut bytes = BytesMut::new();
    for segment in writer.finish().segments() {
        if let Segment::Bytes(piece) = segment {
            bytes.extend_from_slice(&piece);
        }
    }
    bytes.freeze()
}

fn by_topic(partitions: &BTreeSet<TopicPartition>) -> BTreeMap<Str, Vec<i32>> {
    let mut topics: BTreeMap<Str, Vec<i32>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(partition.topic.clone()).or_default().push(partition.partition.0);
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_and_an_assignment_are_read_as_they_were_written() {
        let topics = BTreeSet::from(["t".into(), "u".into()]);
        let owned: BTreeSet<TopicPartition> =
            [TopicPartition::new("t", 0), TopicPartition::new("u", 7)].into();
        let read = read_subscription(subscription(&topics, &owned, 5, "r")).unwrap();
        assert_eq!(read.topics, ["t", "u"]);
        assert_eq!((read.generation_id, read.rack_id.as_deref()), (5, Some("r")));
        assert_eq!(read_assignment(assignment(&owned)).unwrap(), owned);
        // Version 0, as the oldest clients write it: one topic, no user data.
        let old = Bytes::from_static(&[0, 0, 0, 0, 0, 1, 0, 1, b't', 255, 255, 255, 255]);
        assert_eq!(read_subscription(old).unwrap().topics, ["t"]);
        assert!(read_assignment(Bytes::from_static(&[0])).is_err());
    }
}
