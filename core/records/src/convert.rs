//! Between message sets of magic 0 and 1 and batches of magic 2, for clients from before Kafka 0.11.
//!
//! [`up_convert`] makes one batch of what a Produce of version 0 to 2 carries, checking it as
//! [`crate::validate`] checks a batch; [`down_convert`] makes message sets for a Fetch of version 0 to
//! 3. Kafka 4 has dropped both (KIP-724); what they do here is what Kafka 3.9 did (`LogValidator`,
//! `RecordsUtil.downConvert`). Headers, producer ids and transactions have no place in the old
//! formats and are lost on the way down; control batches are left out.
//!
//! Cost: every record is copied once, twice with a codec, and decompressed data is held whole, up to
//! [`CONVERSION_BYTES_MAX`] per batch.

use base::{Offset, WallMs};

use crate::batch::{Attributes, BatchHeader, Codec, Entries, Entry, TimestampType};
use crate::builder::BatchBuilder;
use crate::codecs::{self, Compression};
use crate::error::BatchError;
use crate::legacy::{Message, NewMessage, SHORT_MESSAGE, messages_of};
use crate::record::records_of;
use crate::validate::{
    RecordErrors, Rejected, Validated, ValidationRules, reject_content, timestamp_is_acceptable,
    validated_from_built,
};

/// The most that one batch may expand to where it must be held in memory as a whole: 64 MiB, several
/// dozen times the default of `max.message.bytes`.
pub const CONVERSION_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Checks the message set of one partition of a Produce request of version 0 to 2 and turns it into
/// one batch with offsets 0, 1, 2, …, in the topic's codec or else the producer's.
///
/// # Errors
/// As [`crate::validate::validate`]: messages of different magic, wrong checksums inside or outside,
/// a compressed message that is not the only one, records that the topic refuses.
pub fn up_convert(set: &[u8], rules: &ValidationRules) -> Result<Validated, Rejected> {
    let codec = check_shallow(set, rules)?;
    let magic = match Entries::new(set).next() {
        Some(Ok(Entry::Legacy(header, _))) => Some(header.magic),
        _ => None,
    };
    let target = rules.compression.unwrap_or(codec.into());
    let mut builder = BatchBuilder::new(target);
    if rules.timestamp_type == TimestampType::LogAppendTime {
        builder = builder.log_append_time(rules.now);
    }
    let mut build = UpConversion {
        builder,
        rules,
        errors: RecordErrors::default(),
        max_timestamp: WallMs::NONE,
        max_timestamp_delta: 0,
    };
    let mut scratch = Vec::new();
    let limit = rules.decompressed_bytes_max.min(CONVERSION_BYTES_MAX);
    for entry in Entries::new(set) {
        let entry = entry.map_err(Rejected::corrupt)?;
        let mut messages =
            messages_of(entry.bytes(), &mut scratch, limit).map_err(reject_message)?;
        for message in messages.by_ref() {
            let message = message.map_err(reject_message)?;
            if Some(message.header.magic) != magic {
                return Err(Rejected::invalid("a message and its wrapper differ in their magic"));
            }
            build.add(&message, codec)?;
        }
        if !messages.remainder().is_empty() {
            return Err(Rejected::corrupt("the last message of a compressed set is cut short"));
        }
    }
    build.errors.into_result()?;
    let delta = match rules.timestamp_type {
        TimestampType::CreateTime => build.max_timestamp_delta,
        TimestampType::LogAppendTime => 0,
    };
    validated_from_built(build.builder.build(), delta, rules)
}

/// A message whose very frame is broken is corrupt, as in Kafka; the rest is the producer's fault.
fn reject_message(error: BatchError) -> Rejected {
    match error {
        BatchError::Length { length: ..14, .. } => Rejected::corrupt(error),
        error if error == SHORT_MESSAGE => Rejected::corrupt(error),
        error => reject_content(error),
    }
}

/// Checks the messages as they lie in the request and finds the codec they use.
fn check_shallow(set: &[u8], rules: &ValidationRules) -> Result<Codec, Rejected> {
    let mut entries = Entries::new(set);
    let mut count = 0;
    let mut magic = None;
    let mut found = Codec::None;
    for entry in entries.by_ref() {
        let (header, bytes) = match entry.map_err(Rejected::corrupt)? {
            Entry::Legacy(header, bytes) => (header, bytes),
            Entry::Batch(..) => return Err(Rejected::invalid("messages differ in their magic")),
        };
        if *magic.get_or_insert(header.magic) != header.magic {
            return Err(Rejected::invalid("messages differ in their magic"));
        }
        if bytes.len() > rules.max_message_bytes {
            return Err(Rejected::too_large(bytes.len(), rules.max_message_bytes));
        }
        if !Message::parse(bytes).map_err(Rejected::corrupt)?.crc_is_valid() {
            return Err(Rejected::corrupt("the checksum of a message is wrong"));
        }
        let codec = header.codec().map_err(|error| Rejected::invalid(error.to_string()))?;
        if codec != Codec::None {
            found = codec;
        }
        count += 1;
    }
    if !entries.remainder().is_empty() {
        return Err(Rejected::corrupt("the last message is cut short"));
    }
    if count > 1 && found != Codec::None {
        return Err(Rejected::invalid("a compressed message must be the only one"));
    }
    Ok(found)
}

struct UpConversion<'r> {
    builder: BatchBuilder,
    rules: &'r ValidationRules,
    errors: RecordErrors,
    max_timestamp: WallMs,
    max_timestamp_delta: i32,
}

impl UpConversion<'_> {
    fn add(&mut self, message: &Message<'_>, codec: Codec) -> Result<(), Rejected> {
        let header = &message.header;
        let index = self.builder.record_count();
        // Uncompressed messages were checked where they lie.
        if codec != Codec::None && !message.crc_is_valid() {
            return Err(Rejected::corrupt("the checksum of a message inside a wrapper is wrong"));
        }
        let timestamp = header.timestamp;
        let claimed = header.attributes.timestamp_type();
        if self.rules.compacted && message.key.is_none() {
            self.errors.add_missing_key(index);
        } else if header.magic == 1 && claimed == TimestampType::LogAppendTime {
            self.errors.add_append_time(index);
        } else if timestamp < WallMs::NONE || !timestamp_is_acceptable(timestamp, self.rules) {
            self.errors.add_timestamp(index, timestamp, self.rules);
        }
        if timestamp > self.max_timestamp {
            (self.max_timestamp, self.max_timestamp_delta) = (timestamp, index);
        }
        self.builder.append(timestamp, message.key, message.value, &[]).map_err(reject_content)
    }
}

/// The formats before magic 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldFormat {
    /// For Fetch 0 and 1.
    V0,
    /// For Fetch 2 and 3: with timestamps, and relative offsets inside wrappers.
    V1,
}

impl OldFormat {
    /// What a Fetch of this version understands; `None` from version 4 on.
    pub fn of_fetch(version: i16) -> Option<OldFormat> {
        match version {
            ..=1 => Some(OldFormat::V0),
            2..=3 => Some(OldFormat::V1),
            4.. => None,
        }
    }

    fn magic(self) -> i8 {
        match self {
            OldFormat::V0 => 0,
            OldFormat::V1 => 1,
        }
    }
}

/// What [`down_convert`] made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownConverted {
    /// Whole entries. Empty if there was nothing but control batches and records below the fetch
    /// offset: read on at `next_offset`, or an old client asks for the same offset for ever.
    pub bytes: Vec<u8>,
    /// Behind the last entry that was converted or left out; the fetch offset if there was none.
    pub next_offset: Offset,
}

/// Converts a piece of a log, entries of any magic, for a client that reads only `format`.
///
/// Of uncompressed batches only records from `fetch_offset` on are kept; compressed ones stay whole,
/// as their readers expect. Entries that are old enough already are copied. Conversion stops before a
/// truncated tail, and once it has made `bytes_max` bytes; the first entry is converted whatever its
/// size. `limit` bounds what one compressed batch may expand to, in either format (small records are
/// several times as large in the old ones), and [`CONVERSION_BYTES_MAX`] does.
///
/// # Errors
/// [`BatchError::Unsupported`]: the first batch is compressed with zstd, which old clients cannot
/// read; answer UNSUPPORTED_COMPRESSION_TYPE. Others: the first batch is corrupt. A later batch of
/// either kind ends the conversion instead; the client will come back for it.
pub fn down_convert(
    log: &[u8],
    format: OldFormat,
    fetch_offset: Offset,
    bytes_max: usize,
    limit: usize,
) -> Result<DownConverted, BatchError> {
    let mut converted = DownConverted { bytes: Vec::new(), next_offset: fetch_offset };
    let mut scratch = Vec::new();
    let limit = limit.min(CONVERSION_BYTES_MAX);
    for entry in Entries::new(log) {
        let start = converted.bytes.len();
        let result = entry.and_then(|entry| {
            put_entry(&entry, format, fetch_offset, &mut scratch, limit, &mut converted.bytes)?;
            Ok(entry.next_offset())
        });
        match result {
            Ok(next_offset) => converted.next_offset = converted.next_offset.max(next_offset),
            Err(error) if start == 0 => return Err(error),
            Err(_) => {
                converted.bytes.truncate(start);
                break;
            }
        }
        if converted.bytes.len() >= bytes_max {
            break;
        }
    }
    Ok(converted)
}

fn put_entry(
    entry: &Entry<'_>,
    format: OldFormat,
    fetch_offset: Offset,
    scratch: &mut Vec<u8>,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), BatchError> {
    match entry {
        Entry::Batch(header, _) if header.attributes.is_control() => Ok(()),
        Entry::Batch(header, bytes) => {
            let codec = header.attributes.codec()?;
            if codec == Codec::Zstd {
                return Err(BatchError::Unsupported { codec: codec.id(), magic: format.magic() });
            }
            let append_time = append_time_of(header);
            let mut set = SetWriter::new(format, codec, append_time, limit, out);
            for record in records_of(bytes, scratch, limit)? {
                let record = record?;
                let offset = record.offset(header);
                if codec != Codec::None || offset >= fetch_offset {
                    set.put(offset, record.timestamp(header), record.key, record.value)?;
                }
            }
            set.finish()
        }
        Entry::Legacy(header, bytes) if header.magic <= format.magic() => {
            out.extend_from_slice(bytes);
            Ok(())
        }
        Entry::Legacy(header, bytes) => {
            let codec = header.codec()?;
            let mut set = SetWriter::new(format, codec, None, limit, out);
            for message in messages_of(bytes, scratch, limit)? {
                let message = message?;
                let offset = message.header.offset;
                if codec != Codec::None || offset >= fetch_offset {
                    set.put(offset, message.header.timestamp, message.key, message.value)?;
                }
            }
            set.finish()
        }
    }
}

fn append_time_of(header: &BatchHeader) -> Option<WallMs> {
    match header.attributes.timestamp_type() {
        TimestampType::LogAppendTime => Some(header.max_timestamp),
        TimestampType::CreateTime => None,
    }
}

/// Writes the records of one batch as messages: one entry each, or all in one wrapper.
struct SetWriter<'o> {
    format: OldFormat,
    codec: Codec,
    attributes: Attributes,
    append_time: Option<WallMs>,
    out: &'o mut Vec<u8>,
    /// The set inside the wrapper, before compression.
    inner: Vec<u8>,
    /// The most that it may have.
    limit: usize,
    first_offset: Option<Offset>,
    last_offset: Offset,
    max_timestamp: WallMs,
}

impl<'o> SetWriter<'o> {
    fn new(
        format: OldFormat,
        codec: Codec,
        append_time: Option<WallMs>,
        limit: usize,
        out: &'o mut Vec<u8>,
    ) -> SetWriter<'o> {
        let attributes = match (format, append_time) {
            (OldFormat::V1, Some(_)) => {
                Attributes::default().with_timestamp_type(TimestampType::LogAppendTime)
            }
            _ => Attributes::default(),
        };
        SetWriter {
            format,
            codec,
            attributes,
            append_time,
            out,
            inner: Vec::new(),
            limit,
            first_offset: None,
            last_offset: Offset(0),
            max_timestamp: WallMs::NONE,
        }
    }

    fn put(
        &mut self,
        offset: Offset,
        timestamp: WallMs,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<(), BatchError> {
        let first_offset = *self.first_offset.get_or_insert(offset);
        self.last_offset = offset;
        let timestamp = self.append_time.unwrap_or(timestamp);
        self.max_timestamp = self.max_timestamp.max(timestamp);
        let is_wrapped = self.codec != Codec::None;
        let offset = match self.format {
            OldFormat::V1 if is_wrapped => Offset(offset.0.wrapping_sub(first_offset.0)),
            _ => offset,
        };
        let magic = self.format.magic();
        let message = NewMessage { magic, offset, attributes: self.attributes, timestamp };
        message.put(key, value, if is_wrapped { &mut self.inner } else { self.out })?;
        match self.inner.len() > self.limit {
            true => Err(BatchError::Expansion { limit: self.limit }),
            false => Ok(()),
        }
    }

    /// Closes the wrapper, if there is one and something in it.
    fn finish(self) -> Result<(), BatchError> {
        if self.inner.is_empty() {
            return Ok(());
        }
        let magic = self.format.magic();
        let mut value = Vec::with_capacity(self.inner.len() / 2);
        codecs::compress(Compression::from(self.codec), magic, &self.inner, &mut value);
        let wrapper = NewMessage {
            magic,
            offset: self.last_offset,
            attributes: self.attributes.with_codec(self.codec),
            timestamp: self.max_timestamp,
        };
        wrapper.put(None, Some(&value), self.out)
    }
}

#[cfg(test)]
mod tests {
    use base::WallMs;

    use super::*;
    use crate::{BatchBuilder, Codec, Compression};

    #[test]
    fn a_batch_at_the_end_of_all_offsets_is_converted_as_any_other() {
        let mut batch = BatchBuilder::new(Compression::from(Codec::None));
        batch.append(WallMs(1), None, Some(b"v"), &[]).expect("a small record");
        let mut batch = batch.build();
        batch[..8].copy_from_slice(&i64::MAX.to_be_bytes());
        let converted = down_convert(&batch, OldFormat::V1, Offset(5), 1000, 1000).unwrap();
        assert_eq!(converted.next_offset, Offset(5), "what comes after is no offset");
        assert!(!converted.bytes.is_empty());
    }

    #[test]
    fn a_batch_of_many_small_records_may_not_outgrow_the_limit_in_an_old_format() {
        let mut batch = BatchBuilder::new(Compression::from(Codec::Gzip));
        for _ in 0..100 {
            batch.append(WallMs(1), None, Some(b""), &[]).expect("a small record");
        }
        let batch = batch.build();
        let convert = |limit| down_convert(&batch, OldFormat::V1, Offset(0), 10_000, limit);
        assert_eq!(convert(1000), Err(BatchError::Expansion { limit: 1000 }));
        assert!(convert(4000).is_ok());
    }
}
