//! The record batch of magic 2 as it lies in a request, in a segment and on the wire: its 61-byte
//! header, the few fields a broker rewrites in place, and the walk over a buffer of batches.
//!
//! The life of a batch here: [`Entries`] finds it in a buffer, [`BatchHeader::parse`] reads its
//! header, [`crc_is_valid`] checks it, and [`stamp`] gives it its place in the log. Base offset and
//! leader epoch lie before the checksummed part, so that stamping leaves the checksum valid and the
//! batch goes to disk as the producer made it. What is inside a batch is the matter of
//! [`crate::record`]; whether it may be appended, of [`crate::validate`]. Entries of magic 0 and 1
//! are only framed here; [`crate::legacy`] reads them.
//!
//! Layout: KIP-98, all integers big-endian.

use base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, WallMs};

use crate::error::BatchError;
use crate::legacy::{LegacyHeader, OVERHEAD_V0};

/// Bytes of a magic 2 header, before the records.
pub const HEADER_SIZE: usize = 61;

/// Bytes of base offset and length, which precede every entry of every magic.
pub const LOG_OVERHEAD: usize = 12;

/// Bytes up to and including the magic, which stands at the same place in every format.
pub(crate) const HEADER_TO_MAGIC: usize = 17;

const LEADER_EPOCH_AT: usize = 12;
const MAGIC_AT: usize = 16;
const CRC_AT: usize = 17;
/// From here to the end of the batch the checksum holds.
pub(crate) const ATTRIBUTES_AT: usize = 21;
const MAX_TIMESTAMP_AT: usize = 35;

/// The 61 bytes in front of the records.
///
/// Nothing is believed beyond its shape: counts, deltas and sizes are the producer's claims until
/// the records have been walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    pub base_offset: Offset,
    /// Bytes after this field, at least 49.
    pub batch_length: i32,
    pub leader_epoch: LeaderEpoch,
    pub magic: i8,
    pub crc: u32,
    pub attributes: Attributes,
    /// Offset of the last record minus the base offset. Kept when compaction removes records, so it
    /// may exceed `record_count - 1` in a log.
    pub last_offset_delta: i32,
    /// Timestamp of the first record, or the delete horizon (see
    /// [`BatchHeader::delete_horizon`]). Record timestamps are relative to it in both cases.
    pub base_timestamp: WallMs,
    pub max_timestamp: WallMs,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub base_sequence: Sequence,
    pub record_count: i32,
}

impl BatchHeader {
    /// Reads the header at the front of `bytes`, which may hold more or less than the whole batch.
    ///
    /// # Errors
    /// Fewer than 61 bytes, a magic other than 2, or a length too small for a header.
    pub fn parse(bytes: &[u8]) -> Result<BatchHeader, BatchError> {
        let Some(header) = bytes.first_chunk::<HEADER_SIZE>() else {
            return Err(BatchError::Truncated { needed: HEADER_SIZE, available: bytes.len() });
        };
        let magic = header[MAGIC_AT] as i8;
        if magic != 2 {
            return Err(BatchError::Magic(magic));
        }
        let batch_length = i32_at(header, 8);
        let minimum = (HEADER_SIZE - LOG_OVERHEAD) as i32;
        if batch_length < minimum {
            return Err(BatchError::Length { length: batch_length, minimum });
        }
        Ok(BatchHeader {
            base_offset: Offset(i64_at(header, 0)),
            batch_length,
            leader_epoch: LeaderEpoch(i32_at(header, LEADER_EPOCH_AT)),
            magic,
            crc: i32_at(header, CRC_AT) as u32,
            attributes: Attributes(i16_at(header, ATTRIBUTES_AT) as u16),
            last_offset_delta: i32_at(header, 23),
            base_timestamp: WallMs(i64_at(header, 27)),
            max_timestamp: WallMs(i64_at(header, MAX_TIMESTAMP_AT)),
            producer_id: ProducerId(i64_at(header, 43)),
            producer_epoch: ProducerEpoch(i16_at(header, 51)),
            base_sequence: Sequence(i32_at(header, 53)),
            record_count: i32_at(header, 57),
        })
    }

    /// The header as bytes, its checksum as it stands in `crc`.
    pub fn to_bytes(&self) -> [u8; HEADER_SIZE] {
        let mut bytes = [0; HEADER_SIZE];
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        put(0, &self.base_offset.0.to_be_bytes());
        put(8, &self.batch_length.to_be_bytes());
        put(LEADER_EPOCH_AT, &self.leader_epoch.0.to_be_bytes());
        put(MAGIC_AT, &self.magic.to_be_bytes());
        put(CRC_AT, &self.crc.to_be_bytes());
        put(ATTRIBUTES_AT, &self.attributes.0.to_be_bytes());
        put(23, &self.last_offset_delta.to_be_bytes());
        put(27, &self.base_timestamp.0.to_be_bytes());
        put(MAX_TIMESTAMP_AT, &self.max_timestamp.0.to_be_bytes());
        put(43, &self.producer_id.0.to_be_bytes());
        put(51, &self.producer_epoch.0.to_be_bytes());
        put(53, &self.base_sequence.0.to_be_bytes());
        put(57, &self.record_count.to_be_bytes());
        bytes
    }

    /// Bytes of the whole batch, base offset and length included.
    pub fn size(&self) -> usize {
        LOG_OVERHEAD + self.batch_length as usize
    }

    pub fn last_offset(&self) -> Offset {
        // Wraps like Kafka's own arithmetic: a lying header must not stop the program.
        Offset(self.base_offset.0.wrapping_add(i64::from(self.last_offset_delta)))
    }

    /// The offset that follows this batch in its log.
    pub fn next_offset(&self) -> Offset {
        Offset(self.last_offset().0.wrapping_add(1))
    }

    /// The sequence of the last record; [`Sequence::NONE`] without a producer.
    pub fn last_sequence(&self) -> Sequence {
        if self.base_sequence == Sequence::NONE {
            return Sequence::NONE;
        }
        self.base_sequence.plus(self.last_offset_delta)
    }

    /// Whether an idempotent producer wrote the batch (KIP-98).
    pub fn has_producer(&self) -> bool {
        self.producer_id.0 > ProducerId::NONE.0
    }

    /// When the tombstones or the transaction marker in this batch may be removed (KIP-534).
    pub fn delete_horizon(&self) -> Option<WallMs> {
        self.attributes.has_delete_horizon().then_some(self.base_timestamp)
    }
}

/// The attribute bits of a batch; of a message of magic 0 or 1 the low eight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes(pub u16);

impl Attributes {
    const CODEC: u16 = 0b111;
    const LOG_APPEND_TIME: u16 = 1 << 3;
    const TRANSACTIONAL: u16 = 1 << 4;
    const CONTROL: u16 = 1 << 5;
    const DELETE_HORIZON: u16 = 1 << 6;

    /// # Errors
    /// The codec bits hold 5, 6 or 7.
    pub fn codec(self) -> Result<Codec, BatchError> {
        let id = (self.0 & Self::CODEC) as u8;
        Codec::from_id(id).ok_or(BatchError::Unsupported { codec: id, magic: 2 })
    }

    pub fn timestamp_type(self) -> TimestampType {
        if self.0 & Self::LOG_APPEND_TIME == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    pub fn is_transactional(self) -> bool {
        self.0 & Self::TRANSACTIONAL != 0
    }

    /// Holds a marker of a transaction or of KRaft, not a user's records.
    pub fn is_control(self) -> bool {
        self.0 & Self::CONTROL != 0
    }

    pub fn has_delete_horizon(self) -> bool {
        self.0 & Self::DELETE_HORIZON != 0
    }

    #[must_use]
    pub fn with_codec(self, codec: Codec) -> Attributes {
        Attributes((self.0 & !Self::CODEC) | u16::from(codec.id()))
    }

    #[must_use]
    pub fn with_timestamp_type(self, kind: TimestampType) -> Attributes {
        match kind {
            TimestampType::CreateTime => Attributes(self.0 & !Self::LOG_APPEND_TIME),
            TimestampType::LogAppendTime => Attributes(self.0 | Self::LOG_APPEND_TIME),
        }
    }

    #[must_use]
    pub fn transactional(self) -> Attributes {
        Attributes(self.0 | Self::TRANSACTIONAL)
    }

    #[must_use]
    pub fn control(self) -> Attributes {
        Attributes(self.0 | Self::CONTROL)
    }

    #[must_use]
    pub fn delete_horizon(self) -> Attributes {
        Attributes(self.0 | Self::DELETE_HORIZON)
    }
}

/// Who set the timestamps of a batch (KIP-32).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer; each record has its own.
    #[default]
    CreateTime,
    /// The broker; every record has the batch's max timestamp.
    LogAppendTime,
}

/// How the records of a batch are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Codec {
    #[default]
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl Codec {
    pub const ALL: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

    /// The number in the attributes, 0 to 4.
    pub fn id(self) -> u8 {
        self as u8
    }

    pub fn from_id(id: u8) -> Option<Codec> {
        Codec::ALL.get(usize::from(id)).copied()
    }

    /// The name of the producer's `compression.type`.
    pub fn name(self) -> &'static str {
        match self {
            Codec::None => "none",
            Codec::Gzip => "gzip",
            Codec::Snappy => "snappy",
            Codec::Lz4 => "lz4",
            Codec::Zstd => "zstd",
        }
    }

    /// Also takes `uncompressed`, the spelling of topic and broker configs. `producer` is not a
    /// codec: it says to keep what was sent.
    pub fn from_name(name: &str) -> Option<Codec> {
        match name {
            "uncompressed" => Some(Codec::None),
            _ => Codec::ALL.into_iter().find(|codec| codec.name() == name),
        }
    }
}

/// Whether the checksum over `batch` (one whole batch of magic 2) is right. Bytes that hold no whole
/// batch are not valid. One pass over the bytes, no allocation.
pub fn crc_is_valid(batch: &[u8]) -> bool {
    let Ok(header) = BatchHeader::parse(batch) else { return false };
    batch.get(ATTRIBUTES_AT..header.size()).is_some_and(|rest| crc32c(rest) == header.crc)
}

pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// Gives a batch its place in the log. Both fields lie outside the checksum, which stays valid.
///
/// # Panics
/// `batch` is shorter than a header: stamping follows validation.
pub fn stamp(batch: &mut [u8], base_offset: Offset, leader_epoch: LeaderEpoch) {
    batch[..8].copy_from_slice(&base_offset.0.to_be_bytes());
    batch[LEADER_EPOCH_AT..MAGIC_AT].copy_from_slice(&leader_epoch.0.to_be_bytes());
}

/// Marks a batch with the time of its append: sets the max timestamp and the LogAppendTime bit and
/// recomputes the checksum, which is a pass over the whole batch.
///
/// # Panics
/// `batch` does not hold a whole batch.
pub fn set_log_append_time(batch: &mut [u8], now: WallMs) {
    let attributes = Attributes(i16_at(batch, ATTRIBUTES_AT) as u16)
        .with_timestamp_type(TimestampType::LogAppendTime);
    batch[ATTRIBUTES_AT..ATTRIBUTES_AT + 2].copy_from_slice(&attributes.0.to_be_bytes());
    set_max_timestamp(batch, now);
}

/// Corrects the max timestamp and recomputes the checksum. The timestamp type stays.
///
/// # Panics
/// `batch` does not hold a whole batch.
pub fn set_max_timestamp(batch: &mut [u8], max_timestamp: WallMs) {
    batch[MAX_TIMESTAMP_AT..MAX_TIMESTAMP_AT + 8].copy_from_slice(&max_timestamp.0.to_be_bytes());
    restore_crc(batch);
}

/// Recomputes the checksum of one whole batch after its checksummed part was changed.
///
/// # Panics
/// `batch` does not hold a whole batch.
pub fn restore_crc(batch: &mut [u8]) {
    let size = LOG_OVERHEAD + i32_at(batch, 8) as usize;
    let crc = crc32c(&batch[ATTRIBUTES_AT..size]);
    batch[CRC_AT..ATTRIBUTES_AT].copy_from_slice(&crc.to_be_bytes());
}

/// One entry of a log of any age.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    Batch(BatchHeader, &'a [u8]),
    /// A message of magic 0 or 1, single or a compressed wrapper, as logs written before Kafka 0.11
    /// hold it.
    Legacy(LegacyHeader, &'a [u8]),
}

impl<'a> Entry<'a> {
    /// The whole entry, base offset and length included.
    pub fn bytes(&self) -> &'a [u8] {
        match self {
            Entry::Batch(_, bytes) | Entry::Legacy(_, bytes) => bytes,
        }
    }

    /// The offset after the last record, wrapping like [`BatchHeader::next_offset`].
    pub fn next_offset(&self) -> Offset {
        Offset(self.last_offset().0.wrapping_add(1))
    }

    /// The offset of the last record. A legacy wrapper carries no other.
    pub fn last_offset(&self) -> Offset {
        match self {
            Entry::Batch(header, _) => header.last_offset(),
            Entry::Legacy(header, _) => header.offset,
        }
    }
}

/// Walks a buffer of concatenated entries of any magic, without allocation.
///
/// Ends cleanly before a truncated tail, which a fetch may always have; [`Entries::remainder`] tells
/// what was left. After an error it ends as well, because without a length there is no next entry.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    rest: &'a [u8],
    failed: bool,
}

impl<'a> Entries<'a> {
    pub fn new(bytes: &'a [u8]) -> Entries<'a> {
        Entries { rest: bytes, failed: false }
    }

    /// The bytes that have not been returned: after the last entry the truncated tail, after an
    /// error the entry that caused it and all that follows.
    pub fn remainder(&self) -> &'a [u8] {
        self.rest
    }

    fn parse_next(&mut self) -> Result<Option<Entry<'a>>, BatchError> {
        if self.rest.len() < LOG_OVERHEAD {
            return Ok(None);
        }
        // The length is judged before the magic, as in Kafka: a length too small for the smallest
        // message is corrupt whatever follows.
        let length = i32_at(self.rest, 8);
        if length < OVERHEAD_V0 as i32 {
            return Err(BatchError::Length { length, minimum: OVERHEAD_V0 as i32 });
        }
        if self.rest.len() < HEADER_TO_MAGIC {
            return Ok(None);
        }
        let magic = self.rest[MAGIC_AT] as i8;
        if !(0..=2).contains(&magic) {
            return Err(BatchError::Magic(magic));
        }
        let size = LOG_OVERHEAD + length as usize;
        if self.rest.len() < size {
            return Ok(None);
        }
        let (bytes, rest) = self.rest.split_at(size);
        let entry = if magic == 2 {
            Entry::Batch(parse_exact(bytes, length)?, bytes)
        } else {
            Entry::Legacy(LegacyHeader::parse(bytes)?, bytes)
        };
        self.rest = rest;
        Ok(Some(entry))
    }
}

/// A batch whose length field is complete but too short for a header is corrupt, not truncated.
fn parse_exact(bytes: &[u8], length: i32) -> Result<BatchHeader, BatchError> {
    BatchHeader::parse(bytes).map_err(|error| match error {
        BatchError::Truncated { .. } => {
            BatchError::Length { length, minimum: (HEADER_SIZE - LOG_OVERHEAD) as i32 }
        }
        other => other,
    })
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.parse_next().transpose();
        self.failed = matches!(next, Some(Err(_)));
        next
    }
}

/// Walks a buffer that holds batches of magic 2 only. Ends like [`Entries`].
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    entries: Entries<'a>,
}

impl<'a> Batches<'a> {
    pub fn new(bytes: &'a [u8]) -> Batches<'a> {
        Batches { entries: Entries::new(bytes) }
    }

    /// See [`Entries::remainder`]; an entry of magic 0 or 1 that was refused is not part of it.
    pub fn remainder(&self) -> &'a [u8] {
        self.entries.remainder()
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<(BatchHeader, &'a [u8]), BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.entries.next()? {
            Ok(Entry::Batch(header, bytes)) => Some(Ok((header, bytes))),
            Ok(Entry::Legacy(header, _)) => {
                self.entries.failed = true;
                Some(Err(BatchError::Magic(header.magic)))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

// The callers of these have checked the length, or document the panic.

pub(crate) fn i16_at(bytes: &[u8], at: usize) -> i16 {
    i16::from_be_bytes([bytes[at], bytes[at + 1]])
}

pub(crate) fn i32_at(bytes: &[u8], at: usize) -> i32 {
    let mut field = [0; 4];
    field.copy_from_slice(&bytes[at..at + 4]);
    i32::from_be_bytes(field)
}

pub(crate) fn i64_at(bytes: &[u8], at: usize) -> i64 {
    let mut field = [0; 8];
    field.copy_from_slice(&bytes[at..at + 8]);
    i64::from_be_bytes(field)
}
