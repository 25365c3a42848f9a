//! What a leader checks before it appends what a producer sent: everything that can be judged from
//! the bytes and the topic's configuration. Whether the topic exists, who leads it and what the
//! producer's sequence ought to be is decided elsewhere.
//!
//! The life of a batch here: it is found to be the only one ([`validate`]), its size and checksum
//! are checked, then its header, then every record is walked, through the codec if there is one. Most
//! batches come out as they went in: [`Validated`] holds the request's own bytes and a copy of the
//! 61-byte header, which is all that stamping changes. Only a topic with another codec makes a new
//! body.
//!
//! The order of the checks and their codes are Kafka's (`ProduceRequest.validateRecords`,
//! `UnifiedLog.analyzeAndValidateRecords`, `LogValidator`), because clients act on which code they
//! get. We are stricter on input that no honest client sends, where Kafka would store what readers
//! stumble over, or answer UNKNOWN_SERVER_ERROR: bytes behind the batch; offset deltas other than
//! 0, 1, 2, …; a record whose length differs from its fields inside a compressed batch;
//! LogAppendTime set by a producer to a CreateTime topic; a producer id with a negative epoch; data
//! that does not decompress. `tests/verdicts.rs` holds us to Kafka on thousands of inputs and
//! names every difference.
//!
//! Cost per batch: one checksum pass and, for uncompressed records, one look at the first and last
//! bytes of each record, without allocation or copy. Compressed records pass through a pooled chunk
//! of 64 KiB. Measured with `examples/validate.rs` on two busy cores, ns per batch (of the checksum):
//!
//! | records × bytes | none | lz4 | snappy | zstd | gzip |
//! |---|---|---|---|---|---|
//! | 1 × 1 KiB | 85 (30) | 308 | 380 | 1,880 | 1,790 |
//! | 16 × 1 KiB | 323 (141) | 2,940 | 4,000 | 7,340 | 9,980 |
//! | 1000 × 1 KiB | 19,600 (9,240) | 308,000 | 315,000 | 363,000 | 629,000 |
//! | 10,000 × 100 B | 108,000 (9,460) | 530,000 | 646,000 | 783,000 | 1,070,000 |

use std::borrow::Cow;

use base::{ErrorCode, LeaderEpoch, Offset, Sequence, WallMs};
use bytes::Bytes;

use crate::batch::{
    self, ATTRIBUTES_AT, BatchHeader, Codec, Entries, Entry, HEADER_SIZE, LOG_OVERHEAD,
    TimestampType,
};
use crate::codecs::{Compression, Compressor, Decompressor};
use crate::error::BatchError;
use crate::record::{self, Outline};
use crate::source::{Cursor, Source, Stream};

/// The first Produce version that carries magic 2, and nothing else (KIP-98).
const PRODUCE_WITH_MAGIC_2: i16 = 3;

/// The first Produce version whose clients know zstd (KIP-110).
const PRODUCE_WITH_ZSTD: i16 = 7;

/// Record errors beyond this are counted and not listed: a batch of a million keyless records must
/// not cost a hundred times its size in complaints.
const RECORD_ERRORS_MAX: usize = 10_000;

/// What the topic's configuration and the clock say about an append.
#[derive(Clone, Debug)]
pub struct ValidationRules {
    /// `cleanup.policy` includes `compact`: every record needs a key.
    pub compacted: bool,
    /// `max.message.bytes`: the largest batch, as sent and as stored.
    pub max_message_bytes: usize,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`, 0 or more: how far a
    /// record's time may lie before and after `now`.
    pub timestamp_before_max_ms: i64,
    pub timestamp_after_max_ms: i64,
    /// `compression.type`; `None` is `producer`, which keeps what was sent.
    pub compression: Option<Compression>,
    /// The most that one batch may expand to, in bytes. In memory there is never more than a chunk
    /// of it, so this bounds time.
    pub decompressed_bytes_max: usize,
    pub now: WallMs,
}

/// One batch of magic 2 that may be appended. Its offsets begin at 0 until it is stamped.
#[derive(Clone, Debug)]
pub struct Validated {
    /// The header, in its own bytes because stamping rewrites it and the request's buffer is shared.
    pub head: [u8; HEADER_SIZE],
    /// What follows the header: a slice of the request unless the batch was rewritten.
    pub body: Bytes,
    pub max_timestamp: WallMs,
    /// Offset delta of the first record with the max timestamp; 0 under LogAppendTime.
    pub max_timestamp_delta: i32,
    /// 1 or more.
    pub record_count: i32,
    /// Whether records were recompressed or converted, which Kafka counts in its metrics.
    pub rewritten: bool,
}

impl Validated {
    /// Bytes of the whole batch.
    pub fn size(&self) -> usize {
        HEADER_SIZE + self.body.len()
    }

    pub fn header(&self) -> BatchHeader {
        BatchHeader::parse(&self.head).expect("the header was parsed or written by us")
    }

    /// Gives the batch its place in the log; the checksum stays valid.
    pub fn stamp(&mut self, base_offset: Offset, leader_epoch: LeaderEpoch) {
        batch::stamp(&mut self.head, base_offset, leader_epoch);
    }

    /// The two parts to write, in order.
    pub fn parts(&self) -> [&[u8]; 2] {
        [&self.head, &self.body]
    }

    /// The batch as one buffer: a copy.
    pub fn to_vec(&self) -> Vec<u8> {
        self.parts().concat()
    }
}

/// Why the records of one partition were refused; maps one to one to the Produce response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub code: ErrorCode,
    pub message: String,
    /// The index of a record in its batch and what is wrong with it.
    pub record_errors: Vec<(i32, Cow<'static, str>)>,
    pub found: Found,
}

/// Where a fault of records shows. Kafka tells with a refusal where the log begins, if it has come
/// that far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// By looking at the request alone.
    InRequest,
    /// By the log that should take the records.
    ByLog,
}

impl Rejected {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Rejected {
        let (message, record_errors) = (message.into(), Vec::new());
        Rejected { code, message, record_errors, found: Found::InRequest }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Rejected {
        Rejected::new(ErrorCode::InvalidRecord, message)
    }

    pub(crate) fn corrupt(error: impl std::fmt::Display) -> Rejected {
        Rejected::new(ErrorCode::CorruptMessage, error.to_string())
    }

    pub(crate) fn too_large(size: usize, limit: usize) -> Rejected {
        let message =
            format!("the batch has {size} bytes, the topic's max.message.bytes is {limit}");
        Rejected::new(ErrorCode::MessageTooLarge, message)
    }
}

/// Checks the records that a Produce request of this version carries for one partition. Versions 0
/// to 2 carry message sets of magic 0 and 1, which are converted: see [`crate::convert`].
///
/// # Errors
/// Kafka's code for what is wrong, with the records concerned.
pub fn validate(
    records: &Bytes,
    produce_version: i16,
    rules: &ValidationRules,
) -> Result<Validated, Rejected> {
    let mut entries = Entries::new(records);
    let first = match entries.next() {
        None if records.is_empty() => return Err(Rejected::invalid("there is no record batch")),
        None => return Err(Rejected::invalid("the record batch is cut short")),
        Some(first) => first.map_err(Rejected::corrupt)?,
    };
    let header = match first {
        Entry::Batch(header, _) => header,
        Entry::Legacy(..) if produce_version < PRODUCE_WITH_MAGIC_2 => {
            return crate::convert::up_convert(records, rules);
        }
        Entry::Legacy(header, _) => {
            return Err(Rejected::invalid(format!(
                "Produce version {produce_version} takes batches of magic 2, got {}",
                header.magic
            )));
        }
    };
    let codec = header
        .attributes
        .codec()
        .map_err(|error| Rejected::new(ErrorCode::UnsupportedCompressionType, error.to_string()))?;
    if codec == Codec::Zstd && produce_version < PRODUCE_WITH_ZSTD {
        return Err(Rejected::new(
            ErrorCode::UnsupportedCompressionType,
            format!("Produce version {produce_version} does not know zstd, use 7 or later"),
        ));
    }
    match entries.next() {
        Some(Ok(_)) => {
            return Err(Rejected::invalid("there is more than one record batch for the partition"));
        }
        Some(Err(error)) => return Err(Rejected::corrupt(error)),
        None if !entries.remainder().is_empty() => {
            let left = entries.remainder().len();
            return Err(Rejected::corrupt(format!("{left} bytes follow the record batch")));
        }
        None => {}
    }
    validate_batch(records, header, codec, rules)
        .map_err(|rejected| Rejected { found: Found::ByLog, ..rejected })
}

fn validate_batch(
    batch: &Bytes,
    header: BatchHeader,
    codec: Codec,
    rules: &ValidationRules,
) -> Result<Validated, Rejected> {
    if header.base_offset != Offset(0) {
        return Err(Rejected::invalid(format!(
            "the base offset of a batch must be 0, got {}",
            header.base_offset
        )));
    }
    if batch.len() > rules.max_message_bytes {
        return Err(Rejected::too_large(batch.len(), rules.max_message_bytes));
    }
    let computed = batch::crc32c(&batch[ATTRIBUTES_AT..]);
    if computed != header.crc {
        return Err(Rejected::corrupt(BatchError::Checksum { stored: header.crc, computed }));
    }
    check_header(&header)?;

    let body = &batch[HEADER_SIZE..];
    let walk = walk_records(body, &header, codec, rules)?;
    let target = rules.compression.unwrap_or(codec.into());
    if target.codec != codec {
        return recompress(body, &header, codec, target, rules, &walk);
    }
    Ok(finish(batch.slice(HEADER_SIZE..), header, rules, &walk, Rewritten::No))
}

/// What the header alone gives away.
fn check_header(header: &BatchHeader) -> Result<(), Rejected> {
    let (delta, count) = (header.last_offset_delta, header.record_count);
    if count <= 0 {
        return Err(Rejected::invalid(format!("the record count must be 1 or more, got {count}")));
    }
    if delta != count - 1 {
        return Err(Rejected::invalid(format!(
            "the last offset delta must be {} for {count} records, got {delta}",
            count - 1
        )));
    }
    if header.attributes.is_control() {
        return Err(Rejected::invalid("clients must not write control records"));
    }
    if header.has_producer() {
        if header.base_sequence.0 < 0 {
            return Err(Rejected::invalid(format!(
                "the base sequence of producer {} must be 0 or more, got {}",
                header.producer_id, header.base_sequence
            )));
        }
        if header.producer_epoch.0 < 0 {
            return Err(Rejected::invalid(format!(
                "the epoch of producer {} must be 0 or more, got {}",
                header.producer_id, header.producer_epoch
            )));
        }
    }
    Ok(())
}

/// What a walk over all records found.
struct Walk {
    max_timestamp: WallMs,
    max_timestamp_delta: i32,
    /// Bytes of all records, decompressed.
    size: usize,
}

fn walk_records(
    body: &[u8],
    header: &BatchHeader,
    codec: Codec,
    rules: &ValidationRules,
) -> Result<Walk, Rejected> {
    if codec == Codec::None {
        return walk_source(&mut Cursor::new(body), header, rules);
    }
    let decompressor =
        Decompressor::new(codec, 2, body, rules.decompressed_bytes_max).map_err(reject_content)?;
    walk_source(&mut Stream::new(decompressor), header, rules)
}

/// Checks every record. Faults of single records are collected, so that the producer learns of all
/// of them at once; a structure that is broken ends the walk.
fn walk_source(
    source: &mut impl Source,
    header: &BatchHeader,
    rules: &ValidationRules,
) -> Result<Walk, Rejected> {
    let mut walk = Walk { max_timestamp: WallMs::NONE, max_timestamp_delta: 0, size: 0 };
    let mut errors = RecordErrors::default();
    let claimed = header.attributes.timestamp_type();
    for index in 0..header.record_count {
        let outline = record::read_outline(source)
            .map_err(|fault| reject_content(fault.at(index as usize)))?;
        let timestamp = WallMs(header.base_timestamp.0.wrapping_add(outline.timestamp_delta));
        if timestamp > walk.max_timestamp {
            walk.max_timestamp = timestamp;
            walk.max_timestamp_delta = index;
        }
        if outline.offset_delta != index {
            return Err(reject_content(BatchError::Record {
                index: index as usize,
                reason: "its offset delta is not its place in the batch",
            }));
        }
        check_record(index, &outline, timestamp, claimed, rules, &mut errors);
    }
    if !source.is_at_end().map_err(|fault| reject_content(fault.at(0)))? {
        let message = format!("bytes are left after the {} records", header.record_count);
        return Err(Rejected::invalid(message));
    }
    walk.size = source.position();
    errors.into_result().map(|()| walk)
}

#[inline]
fn check_record(
    index: i32,
    outline: &Outline,
    timestamp: WallMs,
    claimed: TimestampType,
    rules: &ValidationRules,
    errors: &mut RecordErrors,
) {
    if rules.compacted && !outline.has_key {
        errors.add_missing_key(index);
    } else if claimed == TimestampType::LogAppendTime {
        errors.add_append_time(index);
    } else if !timestamp_is_acceptable(timestamp, rules) {
        errors.add_timestamp(index, timestamp, rules);
    }
}

/// Whether a record's own time lies in the topic's window. Records without a time always pass, and
/// so does everything where the broker sets the time.
#[inline]
pub(crate) fn timestamp_is_acceptable(timestamp: WallMs, rules: &ValidationRules) -> bool {
    if rules.timestamp_type == TimestampType::LogAppendTime || timestamp == WallMs::NONE {
        return true;
    }
    // A timestamp is any i64, so the distance needs one bit more.
    let age_ms = i128::from(rules.now.0) - i128::from(timestamp.0);
    age_ms <= i128::from(rules.timestamp_before_max_ms)
        && -age_ms <= i128::from(rules.timestamp_after_max_ms)
}

/// What is wrong with single records of a batch.
#[derive(Default)]
pub(crate) struct RecordErrors {
    listed: Vec<(i32, Cow<'static, str>)>,
    count: usize,
    any_timestamp: bool,
}

impl RecordErrors {
    #[cold]
    pub(crate) fn add_missing_key(&mut self, index: i32) {
        self.add(index, || Cow::Borrowed("a record of a compacted topic needs a key"));
    }

    #[cold]
    pub(crate) fn add_append_time(&mut self, index: i32) {
        self.any_timestamp = true;
        self.add(index, || {
            Cow::Borrowed("a producer must not set the timestamp type to LogAppendTime")
        });
    }

    #[cold]
    pub(crate) fn add_timestamp(&mut self, index: i32, timestamp: WallMs, rules: &ValidationRules) {
        self.any_timestamp = true;
        self.add(index, || {
            let now = rules.now.0;
            Cow::Owned(format!(
                "timestamp {} lies outside [{}, {}]",
                timestamp.0,
                now.saturating_sub(rules.timestamp_before_max_ms),
                now.saturating_add(rules.timestamp_after_max_ms)
            ))
        });
    }

    fn add(&mut self, index: i32, message: impl FnOnce() -> Cow<'static, str>) {
        self.count += 1;
        if self.listed.len() < RECORD_ERRORS_MAX {
            self.listed.push((index, message()));
        }
    }

    /// One bad timestamp decides the code of the whole batch, as in Kafka.
    pub(crate) fn into_result(self) -> Result<(), Rejected> {
        if self.count == 0 {
            return Ok(());
        }
        let code =
            if self.any_timestamp { ErrorCode::InvalidTimestamp } else { ErrorCode::InvalidRecord };
        let (index, first) = &self.listed[0];
        let message =
            format!("{} records are refused; the first is record {index}: {first}", self.count);
        Err(Rejected { record_errors: self.listed, ..Rejected::new(code, message) })
    }
}

/// The checksum was right, so what is wrong inside was wrong before it was sent: sending it again
/// does not help.
pub(crate) fn reject_content(error: BatchError) -> Rejected {
    match error {
        BatchError::Expansion { .. } => {
            Rejected::new(ErrorCode::MessageTooLarge, error.to_string())
        }
        BatchError::Record { index, reason } => Rejected {
            record_errors: vec![(i32::try_from(index).unwrap_or(i32::MAX), Cow::Borrowed(reason))],
            ..Rejected::invalid(error.to_string())
        },
        other => Rejected::invalid(other.to_string()),
    }
}

/// Moves the records into the topic's codec. They are not touched: offsets and timestamps are
/// relative, and stay.
fn recompress(
    body: &[u8],
    header: &BatchHeader,
    codec: Codec,
    target: Compression,
    rules: &ValidationRules,
    walk: &Walk,
) -> Result<Validated, Rejected> {
    let mut decompressor =
        Decompressor::new(codec, 2, body, rules.decompressed_bytes_max).map_err(reject_content)?;
    let mut compressor = Compressor::new(target, 2, Some(walk.size));
    let mut out = Vec::new();
    while decompressor.advance().map_err(reject_content)? {
        compressor.write(decompressor.chunk(), &mut out);
        // What was small as zstd may be huge as plain text: do not collect what is refused below.
        if HEADER_SIZE + out.len() > rules.max_message_bytes {
            break;
        }
    }
    if HEADER_SIZE + out.len() <= rules.max_message_bytes {
        compressor.finish(&mut out);
    }
    let size = HEADER_SIZE + out.len();
    if size > rules.max_message_bytes {
        return Err(Rejected::too_large(size, rules.max_message_bytes));
    }
    let mut header = *header;
    header.attributes = header.attributes.with_codec(target.codec);
    header.batch_length = (size - LOG_OVERHEAD) as i32;
    Ok(finish(out.into(), header, rules, walk, Rewritten::Yes))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rewritten {
    No,
    Yes,
}

/// Writes the final header. The checksum is recomputed only if a checksummed field changed.
fn finish(
    body: Bytes,
    mut header: BatchHeader,
    rules: &ValidationRules,
    walk: &Walk,
    rewritten: Rewritten,
) -> Validated {
    let before = header;
    header.attributes = header.attributes.with_timestamp_type(rules.timestamp_type);
    let max_timestamp_delta = match rules.timestamp_type {
        TimestampType::CreateTime => {
            // A header may lie about its max timestamp; time indexes must not.
            header.max_timestamp = walk.max_timestamp;
            walk.max_timestamp_delta
        }
        TimestampType::LogAppendTime => {
            header.max_timestamp = rules.now;
            0
        }
    };
    let mut head = header.to_bytes();
    if rewritten == Rewritten::Yes || header != before {
        let crc = crc_of_parts(&head[ATTRIBUTES_AT..], &body);
        head[ATTRIBUTES_AT - 4..ATTRIBUTES_AT].copy_from_slice(&crc.to_be_bytes());
    }
    Validated {
        head,
        body,
        max_timestamp: header.max_timestamp,
        max_timestamp_delta,
        record_count: header.record_count,
        rewritten: rewritten == Rewritten::Yes,
    }
}

fn crc_of_parts(head: &[u8], body: &[u8]) -> u32 {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi);
    digest.update(head);
    digest.update(body);
    digest.finalize() as u32
}

/// A batch that we built ourselves out of checked records.
pub(crate) fn validated_from_built(
    batch: Vec<u8>,
    max_timestamp_delta: i32,
    rules: &ValidationRules,
) -> Result<Validated, Rejected> {
    let batch = Bytes::from(batch);
    if batch.len() > rules.max_message_bytes {
        return Err(Rejected::too_large(batch.len(), rules.max_message_bytes));
    }
    let header = BatchHeader::parse(&batch).map_err(reject_content)?;
    debug_assert_eq!(header.base_sequence, Sequence::NONE);
    Ok(Validated {
        head: header.to_bytes(),
        body: batch.slice(HEADER_SIZE..),
        max_timestamp: header.max_timestamp,
        max_timestamp_delta,
        record_count: header.record_count,
        rewritten: true,
    })
}

#[cfg(test)]
mod tests;
