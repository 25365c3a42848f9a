//! Walks a batch's records one after the other, for whoever reads batches that have been stored.
//!
//! A batch of a megabyte may expand to a gigabyte ([`EXPANDED_BYTES_MAX`] is what a log takes), and
//! then [`crate::records_of`] would hold all of it. Here one record is held at a time, or only its
//! key. Checksums are not looked at.

use std::ops::ControlFlow;

use base::{Offset, WallMs};

use crate::batch::{BatchHeader, Codec, HEADER_SIZE, TimestampType};
use crate::codecs::Decompressor;
use crate::error::BatchError;
use crate::record::{self, Record};
use crate::source::{Cursor, Source, Stream};

/// The most that one batch may expand to: 1 GiB. More than any batch of Kafka holds.
pub const EXPANDED_BYTES_MAX: usize = 1 << 30;

/// A record without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief<'a> {
    pub offset: Offset,
    /// As a reader sees it: under LogAppendTime that of the batch.
    pub timestamp: WallMs,
    pub key: Option<&'a [u8]>,
    pub has_value: bool,
}

impl<'a> Brief<'a> {
    pub fn of(record: &Record<'a>, header: &BatchHeader) -> Brief<'a> {
        Brief {
            offset: record.offset(header),
            timestamp: record.timestamp(header),
            key: record.key,
            has_value: record.value.is_some(),
        }
    }
}

/// Walks the records of `batch`, which holds one whole batch, until `visit` breaks. Keys are copied
/// into `scratch`.
///
/// # Errors
/// As [`crate::records_of`]; what has been visited before was sound.
pub fn visit_briefs(
    batch: &[u8],
    scratch: &mut Vec<u8>,
    mut visit: impl FnMut(Brief<'_>) -> ControlFlow<()>,
) -> Result<(), BatchError> {
    walk(batch, &mut Briefs { key: scratch, visit: &mut visit })
}

/// Walks the records of `batch`, which holds one whole batch, until `visit` fails. They are copied
/// into `scratch`.
///
/// # Errors
/// As [`crate::records_of`], and whatever `visit` says.
pub fn visit_records(
    batch: &[u8],
    scratch: &mut Vec<u8>,
    mut visit: impl FnMut(&Record<'_>) -> Result<(), BatchError>,
) -> Result<(), BatchError> {
    walk(batch, &mut Whole { bytes: scratch, visit: &mut visit })
}

/// Reads one record from any source and shows it.
trait Reader {
    fn read(
        &mut self,
        source: &mut impl Source,
        header: &BatchHeader,
        index: usize,
    ) -> Result<ControlFlow<()>, BatchError>;
}

struct Briefs<'s, V> {
    key: &'s mut Vec<u8>,
    visit: &'s mut V,
}

impl<V: FnMut(Brief<'_>) -> ControlFlow<()>> Reader for Briefs<'_, V> {
    fn read(
        &mut self,
        source: &mut impl Source,
        header: &BatchHeader,
        index: usize,
    ) -> Result<ControlFlow<()>, BatchError> {
        let outline =
            record::read_outline_and_key(source, self.key).map_err(|fault| fault.at(index))?;
        let timestamp = match header.attributes.timestamp_type() {
            TimestampType::LogAppendTime => header.max_timestamp,
            TimestampType::CreateTime => {
                WallMs(header.base_timestamp.0.wrapping_add(outline.timestamp_delta))
            }
        };
        Ok((self.visit)(Brief {
            offset: Offset(header.base_offset.0.wrapping_add(i64::from(outline.offset_delta))),
            timestamp,
            key: outline.has_key.then_some(&self.key[..]),
            has_value: outline.has_value,
        }))
    }
}

struct Whole<'s, V> {
    bytes: &'s mut Vec<u8>,
    visit: &'s mut V,
}

impl<V: FnMut(&Record<'_>) -> Result<(), BatchError>> Reader for Whole<'_, V> {
    fn read(
        &mut self,
        source: &mut impl Source,
        _: &BatchHeader,
        index: usize,
    ) -> Result<ControlFlow<()>, BatchError> {
        let record = record::read_copied(source, self.bytes).map_err(|fault| fault.at(index))?;
        (self.visit)(&record).map(ControlFlow::Continue)
    }
}

fn walk(batch: &[u8], reader: &mut impl Reader) -> Result<(), BatchError> {
    let header = BatchHeader::parse(batch)?;
    let Some(body) = batch.get(HEADER_SIZE..header.size()) else {
        return Err(BatchError::Truncated { needed: header.size(), available: batch.len() });
    };
    let count = usize::try_from(header.record_count)
        .map_err(|_| BatchError::Contradiction("the record count is negative"))?;
    match header.attributes.codec()? {
        // Compaction leaves batches without records, which hold no compressed data to open.
        codec if codec == Codec::None || count == 0 => {
            walk_source(&mut Cursor::new(body), &header, count, reader)
        }
        codec => {
            let decompressor = Decompressor::new(codec, 2, body, EXPANDED_BYTES_MAX)?;
            walk_source(&mut Stream::new(decompressor), &header, count, reader)
        }
    }
}

fn walk_source(
    source: &mut impl Source,
    header: &BatchHeader,
    count: usize,
    reader: &mut impl Reader,
) -> Result<(), BatchError> {
    for index in 0..count {
        if reader.read(source, header, index)?.is_break() {
            return Ok(());
        }
    }
    match count == 0 || source.is_at_end().map_err(|fault| fault.at(count))? {
        true => Ok(()),
        false => Err(BatchError::Contradiction("bytes are left after the last record")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchBuilder, records_of};

    #[test]
    fn every_record_is_seen_as_by_who_holds_the_batch_whatever_its_codec() {
        for codec in [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
            let mut builder = BatchBuilder::new(codec).base_offset(Offset(40));
            for at in 0..300_usize {
                let (key, value) = (vec![at as u8; at % 7], vec![b'v'; at * 11]);
                let key = (at % 5 != 0).then_some(&key[..]);
                let value = (at % 3 != 0).then_some(&value[..]);
                builder.append(WallMs(1000 + at as i64), key, value, &[]).expect("it fits");
            }
            let batch = builder.build();
            let header = BatchHeader::parse(&batch).expect("a header");
            let (mut opened, mut scratch) = (Vec::new(), Vec::new());
            let records: Vec<Record<'_>> = records_of(&batch, &mut opened, usize::MAX)
                .and_then(Iterator::collect)
                .expect("the batch is sound");

            let mut briefs = records.iter().map(|record| Brief::of(record, &header));
            visit_briefs(&batch, &mut scratch, |brief| {
                assert_eq!(Some(brief), briefs.next());
                ControlFlow::Continue(())
            })
            .expect("the batch is sound");
            assert_eq!(briefs.next(), None);

            let mut expected = records.iter();
            visit_records(&batch, &mut scratch, |record| {
                let expected = expected.next().expect("a record for each");
                assert_eq!((record.key, record.value), (expected.key, expected.value));
                Ok(())
            })
            .expect("the batch is sound");
            assert!(expected.next().is_none());
        }
    }

    #[test]
    fn a_walk_ends_where_its_visitor_has_seen_enough_and_says_what_is_left_over() {
        let mut builder = BatchBuilder::new(Codec::Zstd);
        for _ in 0..3 {
            builder.append(WallMs(1), Some(b"k"), Some(b"v"), &[]).expect("it fits");
        }
        let mut batch = builder.build();
        let mut seen = 0;
        let one = |_: Brief<'_>| {
            seen += 1;
            ControlFlow::Break(())
        };
        visit_briefs(&batch, &mut Vec::new(), one).expect("the batch is sound");
        assert_eq!(seen, 1);
        // The count, at byte 57, says two of three.
        batch[57..61].copy_from_slice(&2i32.to_be_bytes());
        let all = |_: Brief<'_>| ControlFlow::Continue(());
        let error = visit_briefs(&batch, &mut Vec::new(), all).expect_err("a record is left");
        assert!(matches!(error, BatchError::Contradiction(_)), "{error}");
    }
}
