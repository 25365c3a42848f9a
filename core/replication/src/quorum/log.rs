//! The batches of the metadata log: records in, batches out, and back.
//!
//! A batch of the metadata log is an ordinary batch of magic 2 without a producer and without
//! keys, all of whose records have the time it was appended. What a value means is not known here:
//! values are opaque bytes to everything but the metadata.

use std::fmt;

use base::{LeaderEpoch, Offset, WallMs};
use bytes::Bytes;
use protocol::{DecodeError, EncodeError};
use records::{BatchBuilder, BatchError, Batches, Codec, Compression, crc_is_valid, records_of};

use super::control::ControlRecord;

/// The largest batch, as Kafka has it: followers read whole batches into memory.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Records of one batch that need not be atomic.
pub const RECORDS_PER_BATCH_MAX: usize = 10_000;

/// What a record takes beside its value: length, attributes, time and offset delta, key, value
/// length, header count.
const RECORD_OVERHEAD_MAX: usize = 5 + 1 + 1 + 5 + 1 + 5 + 1;

/// Why records cannot become batches, or batches records.
#[derive(Clone, Debug, PartialEq)]
pub enum LogError {
    Batch(BatchError),
    Decode(DecodeError),
    Encode(EncodeError),
    /// The checksum of the batch at this offset is wrong.
    Checksum(Offset),
    /// The bytes end inside a batch, this many before its end or the next one's.
    Partial(usize),
    /// Records that must stay together do not fit one batch.
    TooLarge {
        bytes: usize,
    },
    /// A snapshot that does not begin with a header or end with a footer.
    NotASnapshot(&'static str),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogError::Batch(error) => error.fmt(f),
            LogError::Decode(error) => error.fmt(f),
            LogError::Encode(error) => error.fmt(f),
            LogError::Checksum(offset) => {
                write!(f, "the batch at offset {offset} of the metadata log has a wrong checksum")
            }
            LogError::Partial(bytes) => {
                write!(f, "the last {bytes} bytes of the metadata log are not a whole batch")
            }
            LogError::TooLarge { bytes } => write!(
                f,
                "records of {bytes} bytes must stay together, and a batch holds {BATCH_BYTES_MAX}"
            ),
            LogError::NotASnapshot(what) => write!(f, "the snapshot is not whole: {what}"),
        }
    }
}

impl std::error::Error for LogError {}

impl From<BatchError> for LogError {
    fn from(error: BatchError) -> LogError {
        LogError::Batch(error)
    }
}

impl From<DecodeError> for LogError {
    fn from(error: DecodeError) -> LogError {
        LogError::Decode(error)
    }
}

impl From<EncodeError> for LogError {
    fn from(error: EncodeError) -> LogError {
        LogError::Encode(error)
    }
}

/// One batch that holds all of `values`.
///
/// # Errors
/// They do not fit.
pub fn atomic_batch(
    values: &[Bytes],
    base_offset: Offset,
    epoch: LeaderEpoch,
    now: WallMs,
) -> Result<Bytes, LogError> {
    let bytes: usize = values.iter().map(|value| value.len() + RECORD_OVERHEAD_MAX).sum();
    if bytes > BATCH_BYTES_MAX {
        return Err(LogError::TooLarge { bytes });
    }
    let mut builder = BatchBuilder::new(Compression::from(Codec::None))
        .base_offset(base_offset)
        .leader_epoch(epoch);
    for value in values {
        builder.append(now, None, Some(value), &[])?;
    }
    Ok(builder.build().into())
}

/// As many batches as the bounds ask for.
///
/// # Errors
/// A single value does not fit.
pub fn batches(
    values: &[Bytes],
    base_offset: Offset,
    epoch: LeaderEpoch,
    now: WallMs,
) -> Result<Vec<Bytes>, LogError> {
    let mut batches = Vec::new();
    let mut rest = values;
    let mut offset = base_offset;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(RECORDS_PER_BATCH_MAX).take_while(|value| {
            bytes += value.len() + RECORD_OVERHEAD_MAX;
            bytes <= BATCH_BYTES_MAX
        });
        let (batch, more) = rest.split_at(fits.count().max(1));
        batches.push(atomic_batch(batch, offset, epoch, now)?);
        offset = offset.plus(batch.len() as i64);
        rest = more;
    }
    Ok(batches)
}

/// One batch of control records.
///
/// # Errors
/// They cannot be encoded.
pub fn control_batch(
    records: &[ControlRecord],
    base_offset: Offset,
    epoch: LeaderEpoch,
    now: WallMs,
) -> Result<Bytes, LogError> {
    let mut builder = BatchBuilder::new(Compression::from(Codec::None))
        .base_offset(base_offset)
        .leader_epoch(epoch)
        .control();
    for record in records {
        let (kind, value) = record.encode()?;
        builder.append_control(now, kind, &value)?;
    }
    Ok(builder.build().into())
}

/// A batch of the metadata log, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct LogBatch {
    pub base_offset: Offset,
    pub last_offset: Offset,
    pub epoch: LeaderEpoch,
    /// When it was appended.
    pub timestamp: WallMs,
    pub contents: Contents,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Contents {
    /// Values with their offsets.
    Data(Vec<(Offset, Bytes)>),
    Control(Vec<ControlRecord>),
}

/// Opens the batches in `bytes`, one after the other; checks their checksums.
///
/// # Errors
/// Stops at the first batch that is damaged, or not whole.
pub fn read_batches(bytes: &[u8]) -> impl Iterator<Item = Result<LogBatch, LogError>> + '_ {
    let mut batches = Batches::new(bytes);
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let read = match batches.next() {
            Some(Ok((_, batch))) => open(batch),
            Some(Err(error)) => Err(error.into()),
            None if batches.remainder().is_empty() => return None,
            None => Err(LogError::Partial(batches.remainder().len())),
        };
        ended = read.is_err();
        Some(read)
    })
}

fn open(batch: &[u8]) -> Result<LogBatch, LogError> {
    let header = records::BatchHeader::parse(batch)?;
    if !crc_is_valid(batch) {
        return Err(LogError::Checksum(header.base_offset));
    }
    let mut scratch = Vec::new();
    let mut data = Vec::new();
    let mut control = Vec::new();
    for record in records_of(batch, &mut scratch, 2 * BATCH_BYTES_MAX)? {
        let record = record?;
        let value = Bytes::copy_from_slice(record.value.unwrap_or_default());
        if header.attributes.is_control() {
            control.extend(ControlRecord::decode(record.key.unwrap_or_default(), value)?);
        } else {
            data.push((record.offset(&header), value));
        }
    }
    Ok(LogBatch {
        base_offset: header.base_offset,
        last_offset: header.last_offset(),
        epoch: header.leader_epoch,
        timestamp: header.max_timestamp,
        contents: match header.attributes.is_control() {
            true => Contents::Control(control),
            false => Contents::Data(data),
        },
    })
}
