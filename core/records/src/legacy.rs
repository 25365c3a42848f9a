//! Message sets of magic 0 and 1, the formats before Kafka 0.11: a list of messages, each with an
//! offset and a CRC-32 of its own. A compressed one is a message (the wrapper) whose value is a
//! message set.
//!
//! [`messages_of`] unwraps one entry of such a set: it hands out the messages inside with the offset
//! and the timestamp that a reader sees. In magic 1 the offsets inside a wrapper are relative and
//! the wrapper carries the last absolute one (KIP-31), and LogAppendTime of the wrapper holds for
//! all (KIP-32). In magic 0 offsets are absolute and there are no timestamps.
//!
//! A message: crc u32, magic i8, attributes i8, from magic 1 a timestamp i64, then key and value,
//! each behind an i32 length, below 0 for null.

use base::{Offset, WallMs};

use crate::batch::{
    Attributes, Codec, Entries, Entry, LOG_OVERHEAD, TimestampType, i32_at, i64_at,
};
use crate::codecs;
use crate::error::BatchError;

/// Bytes of the smallest message of magic 0, offset and size not counted: crc, magic, attributes and
/// two lengths.
pub(crate) const OVERHEAD_V0: usize = 14;

/// Magic 1 adds a timestamp.
pub(crate) const OVERHEAD_V1: usize = OVERHEAD_V0 + 8;

/// The fields in front of a legacy message's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyHeader {
    /// Of a wrapper, the offset of its last inner message.
    pub offset: Offset,
    /// Bytes of the message after this field.
    pub message_size: i32,
    /// CRC-32 (IEEE) over everything after it.
    pub crc: u32,
    pub magic: i8,
    pub attributes: Attributes,
    /// [`WallMs::NONE`] in magic 0.
    pub timestamp: WallMs,
}

impl LegacyHeader {
    /// Reads the header of a whole entry.
    ///
    /// # Errors
    /// Too few bytes for the magic that the entry claims, or a magic other than 0 and 1.
    pub fn parse(bytes: &[u8]) -> Result<LegacyHeader, BatchError> {
        let available = bytes.len();
        let needed = LOG_OVERHEAD + OVERHEAD_V0;
        if available < needed {
            return Err(BatchError::Truncated { needed, available });
        }
        let magic = bytes[16] as i8;
        let message_size = i32_at(bytes, 8);
        let minimum = match magic {
            0 => OVERHEAD_V0,
            1 => OVERHEAD_V1,
            _ => return Err(BatchError::Magic(magic)),
        };
        if message_size < minimum as i32 {
            return Err(BatchError::Length { length: message_size, minimum: minimum as i32 });
        }
        let timestamp = match magic {
            0 => WallMs::NONE,
            _ if available < LOG_OVERHEAD + OVERHEAD_V1 => {
                let needed = LOG_OVERHEAD + OVERHEAD_V1;
                return Err(BatchError::Truncated { needed, available });
            }
            _ => WallMs(i64_at(bytes, 18)),
        };
        Ok(LegacyHeader {
            offset: Offset(i64_at(bytes, 0)),
            message_size,
            crc: i32_at(bytes, 12) as u32,
            magic,
            attributes: Attributes(u16::from(bytes[17])),
            timestamp,
        })
    }

    /// # Errors
    /// The codec bits name none that exists before magic 2.
    pub fn codec(&self) -> Result<Codec, BatchError> {
        match self.attributes.codec() {
            Ok(codec) if codec != Codec::Zstd => Ok(codec),
            _ => {
                let codec = (self.attributes.0 & 0b111) as u8;
                Err(BatchError::Unsupported { codec, magic: self.magic })
            }
        }
    }

    /// Bytes of the whole entry, offset and size included.
    pub fn size(&self) -> usize {
        LOG_OVERHEAD + self.message_size as usize
    }
}

/// A message, borrowed from its set.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Offset and timestamp as a reader sees them; everything else as it is stored.
    pub header: LegacyHeader,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    bytes: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads one whole entry; what a wrapper holds is its value.
    ///
    /// # Errors
    /// Lengths that do not fit.
    pub fn parse(bytes: &'a [u8]) -> Result<Message<'a>, BatchError> {
        let header = LegacyHeader::parse(bytes)?;
        let Some(entry) = bytes.get(..header.size()) else {
            return Err(BatchError::Truncated { needed: header.size(), available: bytes.len() });
        };
        // The header's minimum covers both lengths, so that the key's is there.
        let key_at = LOG_OVERHEAD + if header.magic == 0 { OVERHEAD_V0 } else { OVERHEAD_V1 } - 8;
        let (key, rest) = take_bytes(&entry[key_at..])?;
        let (value, _) = take_bytes(rest)?;
        Ok(Message { header, key, value, bytes: entry })
    }

    /// Whether the message's own checksum is right: one pass over its bytes.
    pub fn crc_is_valid(&self) -> bool {
        crc32(&self.bytes[LOG_OVERHEAD + 4..]) == self.header.crc
    }

    /// Bytes of the whole entry, offset and size included.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// Key and value of a message do not fit into its size.
pub(crate) const SHORT_MESSAGE: BatchError =
    BatchError::Contradiction("a message is shorter than its fields");

fn take_bytes(bytes: &[u8]) -> Result<(Option<&[u8]>, &[u8]), BatchError> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(SHORT_MESSAGE)?;
    match usize::try_from(i32::from_be_bytes(*length)) {
        Ok(length) => {
            let (taken, rest) = rest.split_at_checked(length).ok_or(SHORT_MESSAGE)?;
            Ok((Some(taken), rest))
        }
        Err(_) => Ok((None, rest)),
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iso_hdlc(bytes)
}

/// Whether the checksum over one whole entry of magic 0 or 1 is right; of a wrapper that covers the
/// compressed bytes.
pub fn message_crc_is_valid(entry: &[u8]) -> bool {
    Message::parse(entry).is_ok_and(|message| message.crc_is_valid())
}

/// The messages in one entry of magic 0 or 1: itself, or what it wraps, decompressed into `scratch`
/// (cleared first) up to `limit` bytes. Checksums are not looked at.
///
/// # Errors
/// A malformed entry, a codec that the magic does not have, data that does not decompress, nothing
/// inside, more than `limit`.
pub fn messages_of<'a>(
    entry: &'a [u8],
    scratch: &'a mut Vec<u8>,
    limit: usize,
) -> Result<Messages<'a>, BatchError> {
    let outer = Message::parse(entry)?;
    let codec = outer.header.codec()?;
    if codec == Codec::None {
        let entries = Entries::new(outer.bytes);
        return Ok(Messages { entries, is_wrapped: false, first_offset: 0, append_time: None });
    }
    let magic = outer.header.magic;
    let Some(value) = outer.value else {
        return Err(BatchError::Contradiction("a compressed message has no value"));
    };
    scratch.clear();
    codecs::decompress(codec, magic, value, scratch, limit)?;
    let Some(last) = last_offset(scratch)? else {
        return Err(BatchError::Contradiction("a compressed message has nothing inside"));
    };
    let first_offset = match (magic, outer.header.offset.0) {
        (0, _) => 0,
        // Some versions of librdkafka send wrappers with offset 0.
        (_, 0) => 0,
        (_, offset) if offset < last => {
            return Err(BatchError::Contradiction("the offset of a wrapper is below its last one"));
        }
        (_, offset) => offset.wrapping_sub(last),
    };
    let append_time = match outer.header.attributes.timestamp_type() {
        TimestampType::LogAppendTime if magic == 1 => Some(outer.header.timestamp),
        _ => None,
    };
    Ok(Messages { entries: Entries::new(scratch), is_wrapped: true, first_offset, append_time })
}

fn last_offset(set: &[u8]) -> Result<Option<i64>, BatchError> {
    let mut last = None;
    for entry in Entries::new(set) {
        last = Some(entry?.last_offset().0);
    }
    Ok(last)
}

/// Walks the messages of one entry; a truncated tail inside a wrapper ends it, as in Kafka.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    entries: Entries<'a>,
    is_wrapped: bool,
    /// Added to relative offsets; 0 where they are absolute.
    first_offset: i64,
    /// LogAppendTime of the wrapper.
    append_time: Option<WallMs>,
}

impl<'a> Messages<'a> {
    /// What was not handed out; see [`Entries::remainder`].
    pub fn remainder(&self) -> &'a [u8] {
        self.entries.remainder()
    }

    fn unwrap_entry(&self, entry: Entry<'a>) -> Result<Message<'a>, BatchError> {
        let Entry::Legacy(..) = entry else { return Err(BatchError::Magic(2)) };
        let mut message = Message::parse(entry.bytes())?;
        if self.is_wrapped && message.header.codec()? != Codec::None {
            return Err(BatchError::Contradiction("a message inside a wrapper is compressed"));
        }
        let header = &mut message.header;
        header.offset = Offset(self.first_offset.wrapping_add(header.offset.0));
        if let (1, Some(append_time)) = (header.magic, self.append_time) {
            header.timestamp = append_time;
            header.attributes = header.attributes.with_timestamp_type(TimestampType::LogAppendTime);
        }
        Ok(message)
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        Some(entry.and_then(|entry| self.unwrap_entry(entry)))
    }
}

/// What goes in front of the key of a message to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewMessage {
    /// 0 or 1.
    pub magic: i8,
    pub offset: Offset,
    pub attributes: Attributes,
    /// Not written in magic 0.
    pub timestamp: WallMs,
}

impl NewMessage {
    /// Appends a whole entry to `out`.
    ///
    /// # Errors
    /// Key and value do not fit into 2 GiB.
    pub(crate) fn put(
        self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), BatchError> {
        let start = out.len();
        out.extend_from_slice(&self.offset.0.to_be_bytes());
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&[self.magic as u8, self.attributes.0 as u8]);
        if self.magic == 1 {
            out.extend_from_slice(&self.timestamp.0.to_be_bytes());
        }
        for bytes in [key, value] {
            // A length beyond i32 ends up as an error below, before anyone sees it.
            let length = bytes.map_or(-1, |bytes| bytes.len() as i32);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(bytes.unwrap_or_default());
        }
        let Ok(size) = i32::try_from(out.len() - start - LOG_OVERHEAD) else {
            out.truncate(start);
            return Err(BatchError::Contradiction("a message holds less than 2 GiB"));
        };
        out[start + 8..start + LOG_OVERHEAD].copy_from_slice(&size.to_be_bytes());
        let crc = crc32(&out[start + LOG_OVERHEAD + 4..]);
        out[start + LOG_OVERHEAD..start + LOG_OVERHEAD + 4].copy_from_slice(&crc.to_be_bytes());
        Ok(())
    }
}
