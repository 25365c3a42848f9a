//! The batches of one partition between their fetch and the caller: opened one at a time, in offset
//! order.
//!
//! What is skipped here: records before the position (a batch that holds it may begin earlier),
//! control records, a last batch that the broker cut short, and under `read_committed` the records
//! of transactions that were aborted.

use std::collections::{BTreeSet, VecDeque};

use base::{Offset, Str, TopicPartition};
use bytes::Bytes;
use protocol::messages::fetch_response::PartitionData;
use records::batch::Entry;
use records::{BatchHeader, Codec, ControlType, Entries, crc_is_valid, records_of};

use crate::config::{ConsumerConfig, Isolation};
use crate::error::{Error, Result};
use crate::record::{ConsumerRecord, Header};

/// The most bytes that one batch may decompress to: a small batch must not fill the memory.
const BATCH_BYTES_MAX: usize = 1 << 30;

#[derive(Debug, Default)]
pub(super) struct Batches {
    waiting: VecDeque<Bytes>,
    /// The open batch's records that have not been handed out, the next one last.
    open: Vec<ConsumerRecord>,
    /// The offset after the open batch, where reading goes on once its records are out.
    open_end: Option<Offset>,
    /// Aborted transactions that are still to begin, by their first offset, the next one first.
    aborted: VecDeque<(Offset, i64)>,
    /// Producers within an aborted transaction.
    aborting: BTreeSet<i64>,
    check_crcs: bool,
    read_committed: bool,
}

impl Batches {
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.open.is_empty() && self.open_end.is_none()
    }

    /// Takes a reply's batches in.
    pub fn fill(&mut self, data: PartitionData, config: &ConsumerConfig) {
        self.check_crcs = config.check_crcs;
        self.read_committed = config.isolation == Isolation::ReadCommitted;
        let mut aborted: Vec<(Offset, i64)> = data
            .aborted_transactions
            .iter()
            .flatten()
            .map(|transaction| (Offset(transaction.first_offset), transaction.producer_id))
            .collect();
        aborted.sort_unstable();
        self.aborted = aborted.into();
        self.aborting.clear();
        let Some(bytes) = data.records.as_ref().and_then(|records| records.bytes().cloned()) else {
            return;
        };
        // The walk ends at a batch that was cut short, as the last one may be.
        for entry in Entries::new(&bytes).map_while(|entry| entry.ok()) {
            self.waiting.push_back(bytes.slice_ref(entry.bytes()));
        }
    }

    /// Moves records to `out`, at most `most`, and `position` behind them.
    ///
    /// # Errors
    /// A batch that is damaged: what came before it is in `out`, `position` stands at it.
    pub fn take(
        &mut self,
        partition: &TopicPartition,
        position: &mut Offset,
        most: usize,
        out: &mut Vec<ConsumerRecord>,
    ) -> Result<()> {
        while out.len() < most {
            if let Some(record) = self.open.pop() {
                *position = record.offset.plus(1);
                out.push(record);
                continue;
            }
            if let Some(end) = self.open_end.take() {
                *position = (*position).max(end);
            }
            let Some(batch) = self.waiting.pop_front() else { break };
            if let Err(reason) = self.open_batch(partition, *position, &batch) {
                self.waiting.clear();
                self.open.clear();
                self.open_end = None;
                return Err(Error::corrupt(
                    format!("the batch at offset {position} of {partition}"),
                    reason,
                ));
            }
        }
        Ok(())
    }

    fn open_batch(
        &mut self,
        partition: &TopicPartition,
        position: Offset,
        batch: &Bytes,
    ) -> std::result::Result<(), String> {
        let Some(Ok(Entry::Batch(header, bytes))) = Entries::new(batch).next() else {
            return Err("it is of a format from before Kafka 0.11, which this client does not read; use `vltava log dump` at the broker".to_owned());
        };
        if self.check_crcs && !crc_is_valid(bytes) {
            return Err("its checksum is wrong".to_owned());
        }
        self.open_end = Some(header.next_offset());
        if header.last_offset() < position || self.is_skipped(&header, bytes)? {
            return Ok(());
        }
        let mut scratch = Vec::new();
        let codec = header.attributes.codec().map_err(|error| error.to_string())?;
        // A compressed batch is one buffer of its own; an uncompressed one is shared with the
        // reply it came in. Either way a record's bytes are slices.
        let opened = Opened::new(batch, codec, &mut scratch)?;
        self.open = opened.walk(partition, &header, position)?;
        self.open.reverse();
        Ok(())
    }

    /// Whether none of the batch's records are shown; keeps the books of aborted transactions.
    fn is_skipped(
        &mut self,
        header: &BatchHeader,
        batch: &[u8],
    ) -> std::result::Result<bool, String> {
        let producer = header.producer_id.0;
        if self.read_committed && header.attributes.is_transactional() {
            while let Some((first, _)) = self.aborted.front()
                && *first <= header.last_offset()
            {
                if let Some((_, producer)) = self.aborted.pop_front() {
                    self.aborting.insert(producer);
                }
            }
        }
        if header.attributes.is_control() {
            let mut scratch = Vec::new();
            let records = records_of(batch, &mut scratch, BATCH_BYTES_MAX);
            let first = records.map_err(|error| error.to_string())?.next();
            if let Some(Ok(record)) = first
                && let Some(key) = record.key
                && let Ok(Some(ControlType::Abort)) = ControlType::parse(key)
            {
                self.aborting.remove(&producer);
            }
            return Ok(true);
        }
        Ok(header.attributes.is_transactional() && self.aborting.contains(&producer))
    }
}

/// A batch whose records lie open in one buffer.
struct Opened {
    /// The batch as it came, or its header followed by what its records decompress to.
    bytes: Bytes,
}

impl Opened {
    fn new(
        batch: &Bytes,
        codec: Codec,
        scratch: &mut Vec<u8>,
    ) -> std::result::Result<Opened, String> {
        if codec == Codec::None {
            return Ok(Opened { bytes: batch.clone() });
        }
        let body = &batch[records::HEADER_SIZE..];
        scratch.extend_from_slice(&batch[..records::HEADER_SIZE]);
        records::decompress(codec, 2, body, scratch, BATCH_BYTES_MAX)
            .map_err(|error| error.to_string())?;
        // The copy says of itself what it is: uncompressed, and as long as it is.
        let mut header = BatchHeader::parse(scratch).map_err(|error| error.to_string())?;
        header.attributes = header.attributes.with_codec(Codec::None);
        header.batch_length = (scratch.len() - records::LOG_OVERHEAD) as i32;
        scratch[..records::HEADER_SIZE].copy_from_slice(&header.to_bytes());
        Ok(Opened { bytes: Bytes::from(std::mem::take(scratch)) })
    }

    fn walk(
        &self,
        partition: &TopicPartition,
        header: &BatchHeader,
        position: Offset,
    ) -> std::result::Result<Vec<ConsumerRecord>, String> {
        let mut unused = Vec::new();
        let walk = records_of(&self.bytes, &mut unused, BATCH_BYTES_MAX)
            .map_err(|error| error.to_string())?;
        let timestamp_type = header.attributes.timestamp_type();
        let mut all = Vec::new();
        for record in walk {
            let record = record.map_err(|error| error.to_string())?;
            let offset = record.offset(header);
            if offset < position {
                continue;
            }
            let slice = |bytes: &[u8]| self.bytes.slice_ref(bytes);
            let headers = record.headers.map(|header| Header {
                key: Str::from_utf8(slice(header.key)).unwrap_or_else(|_| {
                    Str::from(String::from_utf8_lossy(header.key).into_owned())
                }),
                value: header.value.map(slice),
            });
            all.push(ConsumerRecord {
                topic: partition.topic.clone(),
                partition: partition.partition.0,
                offset,
                timestamp: record.timestamp(header),
                timestamp_type,
                leader_epoch: header.leader_epoch,
                key: record.key.map(slice),
                value: record.value.map(slice),
                headers: headers.collect(),
            });
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use base::{ProducerEpoch, ProducerId, Sequence, WallMs};
    use protocol::Payload;
    use protocol::messages::fetch_response::AbortedTransaction;
    use records::BatchBuilder;

    use super::*;

    /// A batch of records whose values are their offsets.
    fn batch(codec: Codec, first: i64, count: i64) -> BatchBuilder {
        let mut builder = BatchBuilder::new(codec).base_offset(Offset(first));
        for offset in first..first + count {
            let value = offset.to_string();
            builder.append(WallMs(offset), Some(b"k"), Some(value.as_bytes()), &[]).unwrap();
        }
        builder
    }

    fn of_transaction(builder: BatchBuilder, producer: i64) -> Vec<u8> {
        let (id, epoch) = (ProducerId(producer), ProducerEpoch(0));
        builder.producer(id, epoch, Sequence(0)).transactional().build()
    }

    fn marker(kind: ControlType, offset: i64, producer: i64) -> Vec<u8> {
        let (id, epoch) = (ProducerId(producer), ProducerEpoch(0));
        let mut builder = BatchBuilder::new(Codec::None)
            .base_offset(Offset(offset))
            .producer(id, epoch, Sequence::NONE)
            .transactional()
            .control();
        builder.append_control(WallMs(0), kind, &records::end_transaction_value(0)).unwrap();
        builder.build()
    }

    fn filled(bytes: Vec<u8>, aborted: &[(i64, i64)], isolation: Isolation) -> Batches {
        let aborted = aborted.iter().map(|(producer_id, first_offset)| AbortedTransaction {
            producer_id: *producer_id,
            first_offset: *first_offset,
            ..AbortedTransaction::default()
        });
        let data = PartitionData {
            records: Some(Payload::Bytes(Bytes::from(bytes))),
            aborted_transactions: Some(aborted.collect()),
            ..PartitionData::default()
        };
        let mut batches = Batches::default();
        batches.fill(data, &ConsumerConfig { isolation, ..ConsumerConfig::default() });
        batches
    }

    /// The offsets handed out from `position` on, and where reading goes on.
    fn read(batches: &mut Batches, position: i64, most: usize) -> (Vec<i64>, i64, Result<()>) {
        let mut position = Offset(position);
        let mut out = Vec::new();
        let result = batches.take(&TopicPartition::new("t", 0), &mut position, most, &mut out);
        for record in &out {
            assert_eq!(record.value.as_deref(), Some(record.offset.0.to_string().as_bytes()));
        }
        (out.iter().map(|record| record.offset.0).collect(), position.0, result)
    }

    #[test]
    fn records_come_from_the_position_on_with_every_codec_and_in_portions() {
        for codec in Codec::ALL {
            let bytes = [batch(codec, 10, 5).build(), batch(codec, 15, 5).build()].concat();
            let mut batches = filled(bytes, &[], Isolation::ReadUncommitted);
            assert_eq!(read(&mut batches, 12, 4), (vec![12, 13, 14, 15], 16, Ok(())));
            assert_eq!(read(&mut batches, 16, 100), (vec![16, 17, 18, 19], 20, Ok(())));
            assert!(batches.is_empty());
        }
    }

    #[test]
    fn a_last_batch_that_was_cut_short_waits_for_the_next_fetch() {
        let mut bytes =
            [batch(Codec::None, 0, 2).build(), batch(Codec::None, 2, 9).build()].concat();
        bytes.truncate(bytes.len() - 1);
        let mut batches = filled(bytes, &[], Isolation::ReadUncommitted);
        assert_eq!(read(&mut batches, 0, 100), (vec![0, 1], 2, Ok(())));
    }

    #[test]
    fn a_damaged_batch_is_named_after_the_records_before_it_are_out() {
        let mut second = batch(Codec::None, 2, 2).build();
        *second.last_mut().unwrap() ^= 1;
        let bytes = [batch(Codec::None, 0, 2).build(), second].concat();
        let mut batches = filled(bytes, &[], Isolation::ReadUncommitted);
        let (offsets, position, result) = read(&mut batches, 0, 100);
        assert_eq!((offsets, position), (vec![0, 1], 2));
        let text = result.unwrap_err().to_string();
        assert!(
            text.starts_with("could not read the batch at offset 2 of t-0: its checksum"),
            "{text}"
        );
    }

    #[test]
    fn a_batch_whose_content_is_damaged_is_fetched_again() {
        let mut bytes = batch(Codec::Zstd, 0, 2).build();
        bytes[records::HEADER_SIZE..].fill(0);
        records::restore_crc(&mut bytes);
        let mut batches = filled(bytes, &[], Isolation::ReadUncommitted);
        let (offsets, position, result) = read(&mut batches, 0, 100);
        assert_eq!((offsets, position), (vec![], 0));
        result.unwrap_err();
        assert!(batches.is_empty(), "nothing of it keeps the partition from being fetched");
    }

    #[test]
    fn the_records_of_aborted_transactions_are_seen_only_by_who_wants_them() {
        let bytes = [
            of_transaction(batch(Codec::None, 0, 2), 7),
            of_transaction(batch(Codec::None, 2, 2), 8),
            marker(ControlType::Abort, 4, 7),
            marker(ControlType::Commit, 5, 8),
            of_transaction(batch(Codec::None, 6, 2), 7),
            marker(ControlType::Commit, 8, 7),
        ]
        .concat();
        let aborted = [(7, 0)];
        let mut batches = filled(bytes.clone(), &aborted, Isolation::ReadCommitted);
        assert_eq!(read(&mut batches, 0, 100), (vec![2, 3, 6, 7], 9, Ok(())));
        let mut batches = filled(bytes, &[], Isolation::ReadUncommitted);
        assert_eq!(read(&mut batches, 0, 100), (vec![0, 1, 2, 3, 6, 7], 9, Ok(())));
    }
}
