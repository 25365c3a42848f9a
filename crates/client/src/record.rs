//! Records as the caller sees them: on their way out, acknowledged, and on their way in.

use base::{LeaderEpoch, Offset, Str, WallMs};
use bytes::Bytes;
use records::TimestampType;

/// A header of a record. A key may come more than once, and the order is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub key: Str,
    pub value: Option<Bytes>,
}

/// A record to send. Its bytes are shared, not copied, until they are written into a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProducerRecord {
    pub topic: Str,
    /// `None` lets the key decide, or, without one, the producer.
    pub partition: Option<i32>,
    /// `None` is the time of `send`.
    pub timestamp: Option<WallMs>,
    pub key: Option<Bytes>,
    /// `None` deletes the key in a compacted topic.
    pub value: Option<Bytes>,
    pub headers: Vec<Header>,
}

impl ProducerRecord {
    /// A record with a value and nothing else.
    pub fn new(topic: impl Into<Str>, value: impl Into<Bytes>) -> ProducerRecord {
        ProducerRecord {
            topic: topic.into(),
            value: Some(value.into()),
            ..ProducerRecord::default()
        }
    }

    #[must_use]
    pub fn key(mut self, key: impl Into<Bytes>) -> ProducerRecord {
        self.key = Some(key.into());
        self
    }

    #[must_use]
    pub fn partition(mut self, partition: i32) -> ProducerRecord {
        self.partition = Some(partition);
        self
    }

    #[must_use]
    pub fn header(mut self, key: impl Into<Str>, value: impl Into<Bytes>) -> ProducerRecord {
        self.headers.push(Header { key: key.into(), value: Some(value.into()) });
        self
    }

    /// The most bytes the record can take in a batch before compression.
    pub(crate) fn size_bound(&self) -> usize {
        // Length, attributes, timestamp delta, offset delta and three lengths as varints.
        const FRAME: usize = 5 + 1 + 10 + 5 + 3 * 5;
        let bytes = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers: usize = self
            .headers
            .iter()
            .map(|header| 10 + header.key.as_bytes().len() + bytes(&header.value))
            .sum();
        FRAME + bytes(&self.key) + bytes(&self.value) + headers
    }
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerRecord {
    pub topic: Str,
    pub partition: i32,
    pub offset: Offset,
    pub timestamp: WallMs,
    pub timestamp_type: TimestampType,
    pub leader_epoch: LeaderEpoch,
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
    pub headers: Vec<Header>,
}
