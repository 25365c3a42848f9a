//! One batch from its first record to its acknowledgement.

use std::sync::Arc;
use std::time::Duration;

use base::{ProducerEpoch, ProducerId, Sequence, WallMs};
use bytes::Bytes;
use records::{
    BatchBuilder, BatchHeader, Codec, HEADER_SIZE, Header as HeaderRef, records_of, restore_crc,
};
use tokio::time::Instant;

use super::delivery::{Acknowledged, Delivery, Outcome, SettleOnDrop};
use crate::error::{Error, Result};
use crate::record::ProducerRecord;

/// Who wrote a batch and where it stands in the partition's numbering (KIP-98).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub id: ProducerId,
    pub epoch: ProducerEpoch,
    pub sequence: Sequence,
}

/// Counts the batches of a partition, and in the parts of one that was split the records before it: a
/// batch that failed goes back to its place.
pub(super) type Number = (u64, i32);

pub(super) struct Batch {
    pub number: Number,
    content: Content,
    /// Bytes counted against `buffer.memory`.
    pub memory: usize,
    pub record_count: i32,
    pub created: Instant,
    /// When its records count as failed (`delivery.timeout.ms` after the first).
    pub deadline: Instant,
    /// How often it has been sent.
    pub attempts: i32,
    /// The last error, for the text of a delivery timeout.
    pub last_error: Option<Error>,
    pub stamp: Option<Stamp>,
    outcome: SettleOnDrop,
}

enum Content {
    Open(BatchBuilder),
    Sealed(Bytes),
}

impl Batch {
    pub fn new(
        number: Number,
        outcome: Arc<Outcome>,
        codec: Codec,
        now: Instant,
        timeout: Duration,
    ) -> Batch {
        Batch {
            number,
            content: Content::Open(BatchBuilder::new(codec)),
            memory: 0,
            record_count: 0,
            created: now,
            deadline: now + timeout,
            attempts: 0,
            last_error: None,
            stamp: None,
            outcome: SettleOnDrop(outcome),
        }
    }

    /// Adds a record if the batch is open and the record fits into `batch_size`, which an empty
    /// batch may exceed. A batch that has left once is closed, even where it came back before its
    /// bytes were written: the sequences behind it are given away.
    pub fn append(
        &mut self,
        record: &ProducerRecord,
        timestamp: WallMs,
        batch_size: usize,
    ) -> Option<Delivery> {
        if self.attempts > 0 {
            return None;
        }
        let Content::Open(builder) = &mut self.content else { return None };
        let size = record.size_bound();
        if !builder.is_empty() && builder.size() + size > batch_size {
            return None;
        }
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        let appended = match record.headers.as_slice() {
            [] => builder.append(timestamp, key, value, &[]),
            headers => {
                let headers: Vec<HeaderRef<'_>> = headers
                    .iter()
                    .map(|header| HeaderRef {
                        key: header.key.as_bytes(),
                        value: header.value.as_deref(),
                    })
                    .collect();
                builder.append(timestamp, key, value, &headers)
            }
        };
        appended.ok()?;
        let index = self.record_count;
        self.record_count += 1;
        self.memory += size;
        Some(Delivery { outcome: self.outcome.0.clone(), index, timestamp })
    }

    /// Whether another record of the usual size would not fit, or none may come any more.
    pub fn is_full(&self, batch_size: usize) -> bool {
        match &self.content {
            Content::Open(builder) => builder.size() >= batch_size,
            Content::Sealed(_) => true,
        }
    }

    /// Takes no further record: compresses the records and writes the header.
    pub fn seal(&mut self) {
        if let Content::Open(builder) = &mut self.content {
            let builder = std::mem::replace(builder, BatchBuilder::new(Codec::None));
            self.content = Content::Sealed(Bytes::from(builder.build()));
        }
    }

    /// The batch as it goes on the wire, with `stamp` in its header.
    pub fn encoded(&mut self) -> Bytes {
        let wanted = self.stamp.unwrap_or(Stamp {
            id: ProducerId::NONE,
            epoch: ProducerEpoch::NONE,
            sequence: Sequence::NONE,
        });
        if let Content::Open(builder) = &mut self.content {
            // The common way: the header is written once, with the stamp in it.
            builder.set_producer(wanted.id, wanted.epoch, wanted.sequence);
        }
        self.seal();
        let Content::Sealed(bytes) = &mut self.content else { return Bytes::new() };
        if let Ok(header) = BatchHeader::parse(bytes)
            && (header.producer_id, header.producer_epoch, header.base_sequence)
                != (wanted.id, wanted.epoch, wanted.sequence)
        {
            *bytes = restamped(bytes, header, wanted);
        }
        bytes.clone()
    }

    /// The records in two batches that take its place under its sequences; their deliveries follow.
    /// None for what has not been sent, or is a single record.
    pub fn split(&self) -> Option<[Batch; 2]> {
        let Content::Sealed(bytes) = &self.content else { return None };
        let header = BatchHeader::parse(bytes).ok()?;
        let codec = header.attributes.codec().ok()?;
        let half = self.record_count / 2;
        let mut builders = [BatchBuilder::new(codec), BatchBuilder::new(codec)];
        let mut scratch = Vec::new();
        let records = records_of(bytes, &mut scratch, i32::MAX as usize).ok()?;
        for (index, record) in (0..).zip(records) {
            let record = record.ok()?;
            let headers: Vec<HeaderRef<'_>> = record.headers.collect();
            let builder = &mut builders[usize::from(index >= half)];
            let timestamp = record.timestamp(&header);
            builder.append(timestamp, record.key, record.value, &headers).ok()?;
        }
        let [first, second] = builders;
        let memory = self.memory / 2;
        let first = self.part(0, half, memory, first);
        let second = self.part(half, self.record_count - half, self.memory - memory, second);
        self.outcome.0.split([(0, first.outcome()), (half, second.outcome())]);
        Some([first, second])
    }

    fn part(&self, before: i32, record_count: i32, memory: usize, builder: BatchBuilder) -> Batch {
        let Outcome { topic, partition, .. } = &*self.outcome.0;
        Batch {
            number: (self.number.0, self.number.1 + before),
            content: Content::Open(builder),
            memory,
            record_count,
            created: self.created,
            deadline: self.deadline,
            // Its records have been sent, so that it takes no others; it has not been tried again itself.
            attempts: 1,
            last_error: self.last_error.clone(),
            stamp: self.stamp.map(|stamp| Stamp { sequence: stamp.sequence.plus(before), ..stamp }),
            outcome: SettleOnDrop(Outcome::new(topic.clone(), *partition)),
        }
    }

    pub fn outcome(&self) -> Arc<Outcome> {
        self.outcome.0.clone()
    }

    pub fn settle(self, result: Result<Acknowledged>) {
        self.outcome.0.settle(result);
    }
}

/// A copy of the batch under another stamp, which the checksum covers.
fn restamped(bytes: &Bytes, header: BatchHeader, stamp: Stamp) -> Bytes {
    let header = BatchHeader {
        producer_id: stamp.id,
        producer_epoch: stamp.epoch,
        base_sequence: stamp.sequence,
        ..header
    };
    let mut copy = bytes.to_vec();
    copy[..HEADER_SIZE].copy_from_slice(&header.to_bytes());
    restore_crc(&mut copy);
    Bytes::from(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sealed_batch_takes_another_stamp_and_stays_valid() {
        let outcome = Outcome::new("t".into(), 0);
        let now = Instant::now();
        let mut batch = Batch::new((0, 0), outcome, Codec::None, now, Duration::from_secs(1));
        let _ = batch.append(&ProducerRecord::new("t", "a"), WallMs(7), 1000);
        for (epoch, sequence) in [(0, 5), (1, 0)] {
            batch.stamp = Some(Stamp {
                id: ProducerId(9),
                epoch: ProducerEpoch(epoch),
                sequence: Sequence(sequence),
            });
            let bytes = batch.encoded();
            let header = BatchHeader::parse(&bytes).unwrap();
            assert_eq!(header.producer_epoch, ProducerEpoch(epoch));
            assert_eq!(header.base_sequence, Sequence(sequence));
            assert!(records::crc_is_valid(&bytes));
        }
    }
}
