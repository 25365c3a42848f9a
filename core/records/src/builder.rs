//! Makes batches of magic 2: for the producer, the controller, the coordinators and the cleaner.
//!
//! Records are appended one by one into a buffer that already has room for the header; when the
//! batch is finished they are compressed as one block and the header is written in front. One copy
//! per record, and a second one only with a codec.

use base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, WallMs};

use crate::batch::{
    Attributes, BatchHeader, Codec, HEADER_SIZE, LOG_OVERHEAD, TimestampType, restore_crc,
};
use crate::codecs::{self, Compression};
use crate::control::ControlType;
use crate::error::BatchError;
use crate::record::{Header, Record};
use crate::varint;

/// A batch under construction. Without further words it has base offset 0, no leader epoch, no
/// producer and CreateTime.
#[derive(Clone, Debug)]
pub struct BatchBuilder {
    compression: Compression,
    header: BatchHeader,
    /// Room for the header, then the records as they are before compression.
    bytes: Vec<u8>,
    next_offset: Offset,
    /// A last offset that was set rather than counted.
    last_offset: Option<Offset>,
    base_timestamp: Option<WallMs>,
}

impl BatchBuilder {
    pub fn new(compression: impl Into<Compression>) -> BatchBuilder {
        BatchBuilder::reusing(Vec::new(), compression)
    }

    /// Builds in `buffer`, whose contents are dropped and whose capacity is used again.
    pub fn reusing(mut buffer: Vec<u8>, compression: impl Into<Compression>) -> BatchBuilder {
        let compression = compression.into();
        buffer.clear();
        buffer.resize(HEADER_SIZE, 0);
        BatchBuilder {
            compression,
            header: BatchHeader {
                base_offset: Offset(0),
                batch_length: 0,
                leader_epoch: LeaderEpoch::NONE,
                magic: 2,
                crc: 0,
                attributes: Attributes::default().with_codec(compression.codec),
                last_offset_delta: 0,
                base_timestamp: WallMs::NONE,
                max_timestamp: WallMs::NONE,
                producer_id: ProducerId::NONE,
                producer_epoch: ProducerEpoch::NONE,
                base_sequence: Sequence::NONE,
                record_count: 0,
            },
            bytes: buffer,
            next_offset: Offset(0),
            last_offset: None,
            base_timestamp: None,
        }
    }

    /// Starts a batch that differs from `original` in its records only: what the cleaner needs. The
    /// last offset stays the original's even if the last record goes, because the producer's
    /// sequence is reckoned from it.
    pub fn like(original: &BatchHeader, compression: impl Into<Compression>) -> BatchBuilder {
        let mut builder = BatchBuilder::new(compression).base_offset(original.base_offset);
        builder.header.leader_epoch = original.leader_epoch;
        builder.header.attributes = original.attributes.with_codec(builder.compression.codec);
        builder.header.producer_id = original.producer_id;
        builder.header.producer_epoch = original.producer_epoch;
        builder.header.base_sequence = original.base_sequence;
        builder.last_offset = Some(original.last_offset());
        match original.attributes.timestamp_type() {
            TimestampType::LogAppendTime => builder.header.max_timestamp = original.max_timestamp,
            TimestampType::CreateTime => {}
        }
        builder.base_timestamp = original.delete_horizon();
        builder
    }

    /// The offset of the first record appended with [`BatchBuilder::append`].
    #[must_use]
    pub fn base_offset(mut self, offset: Offset) -> Self {
        self.header.base_offset = offset;
        self.next_offset = offset;
        self
    }

    #[must_use]
    pub fn leader_epoch(mut self, epoch: LeaderEpoch) -> Self {
        self.header.leader_epoch = epoch;
        self
    }

    #[must_use]
    pub fn producer(mut self, id: ProducerId, epoch: ProducerEpoch, base: Sequence) -> Self {
        self.set_producer(id, epoch, base);
        self
    }

    /// As [`BatchBuilder::producer`], for a producer that learns its sequence when it sends.
    pub fn set_producer(&mut self, id: ProducerId, epoch: ProducerEpoch, base: Sequence) {
        self.header.producer_id = id;
        self.header.producer_epoch = epoch;
        self.header.base_sequence = base;
    }

    #[must_use]
    pub fn transactional(mut self) -> Self {
        self.header.attributes = self.header.attributes.transactional();
        self
    }

    /// Marks the batch as one of control records.
    #[must_use]
    pub fn control(mut self) -> Self {
        self.header.attributes = self.header.attributes.control();
        self
    }

    /// Every record gets the time `now`; their own timestamps are still stored, and not shown.
    #[must_use]
    pub fn log_append_time(mut self, now: WallMs) -> Self {
        self.header.attributes =
            self.header.attributes.with_timestamp_type(TimestampType::LogAppendTime);
        self.header.max_timestamp = now;
        self
    }

    /// When the tombstones in this batch may go (KIP-534). Must come before the first record, whose
    /// timestamp is stored relative to it.
    #[must_use]
    pub fn delete_horizon(mut self, horizon: WallMs) -> Self {
        debug_assert!(self.is_empty(), "the delete horizon comes before the records");
        self.header.attributes = self.header.attributes.delete_horizon();
        self.base_timestamp = Some(horizon);
        self
    }

    /// Ends the batch at `offset` even if its last record comes earlier.
    pub fn set_last_offset(&mut self, offset: Offset) {
        self.last_offset = Some(offset);
    }

    pub fn is_empty(&self) -> bool {
        self.header.record_count == 0
    }

    pub fn record_count(&self) -> i32 {
        self.header.record_count
    }

    /// Bytes of header and records before compression.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Offset of the next record that [`BatchBuilder::append`] adds.
    pub fn next_offset(&self) -> Offset {
        self.next_offset
    }

    /// Appends a record at the next offset.
    ///
    /// # Errors
    /// The batch would have more than 2^31 - 1 records, offsets or bytes; it stays as it was.
    pub fn append(
        &mut self,
        timestamp: WallMs,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header<'_>],
    ) -> Result<(), BatchError> {
        self.append_at(self.next_offset, timestamp, key, value, headers)
    }

    /// Appends a record at an offset of the caller's choice, above all earlier ones.
    ///
    /// # Errors
    /// As [`BatchBuilder::append`]; also an offset that is not above the last one, which a corrupt
    /// log may ask for.
    pub fn append_at(
        &mut self,
        offset: Offset,
        timestamp: WallMs,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header<'_>],
    ) -> Result<(), BatchError> {
        let headers_size: usize = headers.iter().map(encoded_header_size).sum();
        self.put(offset, timestamp, key, value, headers.len(), headers_size, |out| {
            for header in headers {
                varint::put_i32(header.key.len() as i32, out);
                out.extend_from_slice(header.key);
                put_bytes(header.value, out);
            }
        })
    }

    /// Appends a record of another batch, headers included, at an offset and time of the caller's
    /// choice.
    ///
    /// # Errors
    /// As [`BatchBuilder::append_at`].
    pub fn append_record(
        &mut self,
        offset: Offset,
        timestamp: WallMs,
        record: &Record<'_>,
    ) -> Result<(), BatchError> {
        let headers = record.headers;
        let encoded = headers.encoded;
        self.put(offset, timestamp, record.key, record.value, headers.len(), encoded.len(), |out| {
            out.extend_from_slice(encoded)
        })
    }

    /// Appends a control record at the next offset. The batch must be a control batch.
    ///
    /// # Errors
    /// As [`BatchBuilder::append`].
    pub fn append_control(
        &mut self,
        timestamp: WallMs,
        kind: ControlType,
        value: &[u8],
    ) -> Result<(), BatchError> {
        debug_assert!(self.header.attributes.is_control(), "control records need a control batch");
        self.append(timestamp, Some(&kind.key()), Some(value), &[])
    }

    #[allow(clippy::too_many_arguments)] // The fields of a record, passed on once.
    fn put(
        &mut self,
        offset: Offset,
        timestamp: WallMs,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        header_count: usize,
        headers_size: usize,
        put_headers: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), BatchError> {
        if offset < self.next_offset {
            return Err(BatchError::Contradiction("the offsets of records do not rise"));
        }
        let offset_delta = offset
            .0
            .checked_sub(self.header.base_offset.0)
            .and_then(|delta| i32::try_from(delta).ok())
            .ok_or(BatchError::Contradiction("an offset lies beyond the reach of one batch"))?;
        let base_timestamp = self.base_timestamp.unwrap_or(timestamp);
        let timestamp_delta = timestamp.0.wrapping_sub(base_timestamp.0);
        let body_size = 1
            + varint::size_i64(timestamp_delta)
            + varint::size_i32(offset_delta)
            + encoded_bytes_size(key)
            + encoded_bytes_size(value)
            + varint::size_i64(header_count as i64)
            + headers_size;
        if body_size > i32::MAX as usize - self.bytes.len() - 5
            || self.header.record_count == i32::MAX
        {
            return Err(BatchError::Contradiction("a batch holds less than 2 GiB"));
        }
        let out = &mut self.bytes;
        varint::put_i32(body_size as i32, out);
        out.push(0);
        varint::put_i64(timestamp_delta, out);
        varint::put_i32(offset_delta, out);
        put_bytes(key, out);
        put_bytes(value, out);
        varint::put_i32(header_count as i32, out);
        put_headers(out);

        self.base_timestamp = Some(base_timestamp);
        self.header.record_count += 1;
        self.header.last_offset_delta = offset_delta;
        self.next_offset = offset.plus(1);
        if self.header.attributes.timestamp_type() == TimestampType::CreateTime {
            self.header.max_timestamp = self.header.max_timestamp.max(timestamp);
        }
        Ok(())
    }

    /// Compresses the records and writes the header: one whole batch. A batch without records is
    /// valid in a log and refused from a producer; see also [`empty_batch`].
    pub fn build(mut self) -> Vec<u8> {
        let mut bytes = self.bytes;
        if self.compression.codec != Codec::None {
            let mut compressed = Vec::with_capacity(HEADER_SIZE + bytes.len() / 2);
            compressed.resize(HEADER_SIZE, 0);
            codecs::compress(self.compression, 2, &bytes[HEADER_SIZE..], &mut compressed);
            bytes = compressed;
        }
        self.header.batch_length = (bytes.len() - LOG_OVERHEAD) as i32;
        self.header.base_timestamp = self.base_timestamp.unwrap_or(WallMs::NONE);
        if let Some(last_offset) = self.last_offset {
            let delta = last_offset.0.wrapping_sub(self.header.base_offset.0);
            self.header.last_offset_delta =
                i32::try_from(delta).unwrap_or(self.header.last_offset_delta);
        }
        bytes[..HEADER_SIZE].copy_from_slice(&self.header.to_bytes());
        restore_crc(&mut bytes);
        bytes
    }
}

/// What compaction leaves of a batch whose records are all gone, so that its producer's sequence and
/// epoch survive: the header, not compressed, without records or delete horizon.
pub fn empty_batch(original: &BatchHeader) -> [u8; HEADER_SIZE] {
    let kept = Attributes::default().with_timestamp_type(original.attributes.timestamp_type());
    let kept = if original.attributes.is_transactional() { kept.transactional() } else { kept };
    let kept = if original.attributes.is_control() { kept.control() } else { kept };
    let header = BatchHeader {
        batch_length: (HEADER_SIZE - LOG_OVERHEAD) as i32,
        attributes: kept,
        base_timestamp: WallMs::NONE,
        record_count: 0,
        ..*original
    };
    let mut bytes = header.to_bytes();
    restore_crc(&mut bytes);
    bytes
}

fn put_bytes(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes {
        Some(bytes) => {
            varint::put_i32(bytes.len() as i32, out);
            out.extend_from_slice(bytes);
        }
        None => varint::put_i32(-1, out),
    }
}

fn encoded_bytes_size(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| varint::size_i64(bytes.len() as i64) + bytes.len())
}

fn encoded_header_size(header: &Header<'_>) -> usize {
    encoded_bytes_size(Some(header.key)) + encoded_bytes_size(header.value)
}

#[cfg(test)]
mod tests;
