//! What is inside a batch of magic 2: records, their keys, values and headers.
//!
//! [`records_of`] opens a batch (decompressing it into the caller's buffer if it must) and hands out
//! [`Record`]s that borrow from it: a walk allocates nothing. Every length is checked against the
//! bytes that are there before it is used.
//!
//! A record: length varint, attributes i8, timestamp delta varlong, offset delta varint, key, value,
//! header count, headers; byte strings carry a varint length, below 0 for null (KIP-98, KIP-82).

use base::{Offset, WallMs};

use crate::batch::{BatchHeader, Codec, HEADER_SIZE, TimestampType};
use crate::codecs;
use crate::error::BatchError;
use crate::source::{Cursor, Fault, Source};
use crate::varint;

/// One record, borrowed from its batch.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Unused in Kafka today; always written as 0.
    pub attributes: i8,
    /// Milliseconds after the batch's base timestamp; see [`Record::timestamp`].
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: Headers<'a>,
}

impl Record<'_> {
    /// The record's place in the log; `header` is that of its batch.
    pub fn offset(&self, header: &BatchHeader) -> Offset {
        Offset(header.base_offset.0.wrapping_add(i64::from(self.offset_delta)))
    }

    /// The time a reader sees: under LogAppendTime that of the batch, else the record's own.
    pub fn timestamp(&self, header: &BatchHeader) -> WallMs {
        match header.attributes.timestamp_type() {
            TimestampType::LogAppendTime => header.max_timestamp,
            TimestampType::CreateTime => {
                WallMs(header.base_timestamp.0.wrapping_add(self.timestamp_delta))
            }
        }
    }
}

/// One header of a record. The key is meant to be UTF-8; Kafka's brokers do not check it, so neither
/// do we.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    pub key: &'a [u8],
    pub value: Option<&'a [u8]>,
}

/// The headers of a record, in their order; a key may come more than once.
///
/// The bytes were checked when the record was read, so that iterating cannot fail.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    remaining: usize,
    /// Exactly the headers that remain, as they are encoded.
    pub(crate) encoded: &'a [u8],
}

impl<'a> Headers<'a> {
    pub const NONE: Headers<'static> = Headers { remaining: 0, encoded: &[] };

    fn parse(source: &mut Cursor<'a>) -> Result<Headers<'a>, Fault> {
        let count = read_header_count(source)?;
        let encoded = source.rest();
        let start = source.position();
        for _ in 0..count {
            read_header(source)?;
        }
        Ok(Headers { remaining: count, encoded: &encoded[..source.position() - start] })
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        self.remaining = self.remaining.checked_sub(1)?;
        let mut source = Cursor::new(self.encoded);
        let header = read_header(&mut source).ok()?;
        self.encoded = source.rest();
        Some(header)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl ExactSizeIterator for Headers<'_> {}

/// Opens `batch`, which holds one whole batch, and walks its records.
///
/// A compressed batch is decompressed into `scratch` (cleared first), of which at most `limit` bytes
/// are used: what a batch claims about its size decides nothing. An uncompressed one is read in
/// place and leaves `scratch` alone. The checksum is not looked at: see [`crate::crc_is_valid`].
///
/// # Errors
/// A header that does not fit, an unknown codec, data that does not decompress or decompresses to
/// more than `limit`. What is wrong with a record comes out of the iterator.
pub fn records_of<'a>(
    batch: &'a [u8],
    scratch: &'a mut Vec<u8>,
    limit: usize,
) -> Result<Records<'a>, BatchError> {
    let header = BatchHeader::parse(batch)?;
    let Some(body) = batch.get(HEADER_SIZE..header.size()) else {
        return Err(BatchError::Truncated { needed: header.size(), available: batch.len() });
    };
    let count = usize::try_from(header.record_count)
        .map_err(|_| BatchError::Contradiction("the record count is negative"))?;
    let codec = header.attributes.codec()?;
    // Compaction leaves batches without records, which hold no compressed data to open.
    if codec == Codec::None || count == 0 {
        return Ok(Records::new(body, count));
    }
    scratch.clear();
    codecs::decompress(codec, 2, body, scratch, limit)?;
    Ok(Records::new(scratch, count))
}

/// Walks `count` records. After an error it ends: without a length there is no next record.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    source: Cursor<'a>,
    count: usize,
    read: usize,
}

impl<'a> Records<'a> {
    pub(crate) fn new(bytes: &'a [u8], count: usize) -> Records<'a> {
        Records { source: Cursor::new(bytes), count, read: 0 }
    }

    fn read_next(&mut self) -> Result<Record<'a>, BatchError> {
        let record = read_record(&mut self.source).map_err(|fault| fault.at(self.read))?;
        self.read += 1;
        if self.read == self.count && !self.source.rest().is_empty() {
            return Err(BatchError::Contradiction("bytes are left after the last record"));
        }
        Ok(record)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.read == self.count {
            return None;
        }
        let next = self.read_next();
        if next.is_err() {
            self.count = self.read;
        }
        Some(next)
    }
}

fn read_record<'a>(source: &mut Cursor<'a>) -> Result<Record<'a>, Fault> {
    let size = read_record_size(source)?;
    // The body is cut out first, so that nothing in it can reach into the next record.
    read_body(source.take(size)?)
}

/// Reads one record of any source; `copy` holds its bytes.
pub(crate) fn read_copied<'c>(
    source: &mut impl Source,
    copy: &'c mut Vec<u8>,
) -> Result<Record<'c>, Fault> {
    let size = read_record_size(source)?;
    copy.clear();
    source.copy(size, copy)?;
    read_body(copy)
}

fn read_body(bytes: &[u8]) -> Result<Record<'_>, Fault> {
    let mut body = Cursor::new(bytes);
    let record = Record {
        attributes: body.byte()? as i8,
        timestamp_delta: varint::read_i64(&mut body)?,
        offset_delta: varint::read_i32(&mut body)?,
        key: read_bytes(&mut body)?,
        value: read_bytes(&mut body)?,
        headers: Headers::parse(&mut body)?,
    };
    if !body.rest().is_empty() {
        return Err(Fault::Malformed("its length goes beyond its last header"));
    }
    Ok(record)
}

fn read_bytes<'a>(source: &mut Cursor<'a>) -> Result<Option<&'a [u8]>, Fault> {
    match usize::try_from(varint::read_i32(source)?) {
        Ok(length) => source.take(length).map(Some),
        // Kafka writes -1 for null and reads every negative length as one.
        Err(_) => Ok(None),
    }
}

fn read_header<'a>(source: &mut Cursor<'a>) -> Result<Header<'a>, Fault> {
    let key_length = read_header_key_length(source)?;
    Ok(Header { key: source.take(key_length)?, value: read_bytes(source)? })
}

fn read_record_size(source: &mut impl Source) -> Result<usize, Fault> {
    usize::try_from(varint::read_i32(source)?)
        .map_err(|_| Fault::Malformed("its length is negative"))
}

fn read_header_count(source: &mut impl Source) -> Result<usize, Fault> {
    usize::try_from(varint::read_i32(source)?)
        .map_err(|_| Fault::Malformed("its header count is negative"))
}

fn read_header_key_length(source: &mut impl Source) -> Result<usize, Fault> {
    usize::try_from(varint::read_i32(source)?)
        .map_err(|_| Fault::Malformed("the key of a header is null"))
}

/// What a validator wants of a record: everything but its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outline {
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    pub has_key: bool,
    pub has_value: bool,
}

/// Reads one record like [`read_record`] and skips keys, values and headers.
pub(crate) fn read_outline(source: &mut impl Source) -> Result<Outline, Fault> {
    read_fields(source, |source| skip_bytes(source))
}

/// As [`read_outline`]; `key` gets the bytes of the key.
pub(crate) fn read_outline_and_key(
    source: &mut impl Source,
    key: &mut Vec<u8>,
) -> Result<Outline, Fault> {
    key.clear();
    read_fields(source, |source| match usize::try_from(varint::read_i32(source)?) {
        Ok(length) => source.copy(length, key).map(|()| true),
        Err(_) => Ok(false),
    })
}

fn read_fields<S: Source>(
    source: &mut S,
    read_key: impl FnOnce(&mut S) -> Result<bool, Fault>,
) -> Result<Outline, Fault> {
    let size = read_record_size(source)?;
    let start = source.position();
    source.byte()?;
    let timestamp_delta = varint::read_i64(source)?;
    let offset_delta = varint::read_i32(source)?;
    let has_key = read_key(source)?;
    let has_value = skip_bytes(source)?;
    for _ in 0..read_header_count(source)? {
        let key_length = read_header_key_length(source)?;
        source.skip(key_length)?;
        skip_bytes(source)?;
        // A record that claims 2^31 headers must not run on into the records that follow.
        if source.position() - start > size {
            break;
        }
    }
    if source.position() - start != size {
        return Err(Fault::Malformed("its length differs from that of its fields"));
    }
    Ok(Outline { timestamp_delta, offset_delta, has_key, has_value })
}

/// Whether there was a byte string, null being none.
fn skip_bytes(source: &mut impl Source) -> Result<bool, Fault> {
    match usize::try_from(varint::read_i32(source)?) {
        Ok(length) => source.skip(length).map(|()| true),
        Err(_) => Ok(false),
    }
}
