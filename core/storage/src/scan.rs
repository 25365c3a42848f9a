//! The walk over a segment file, entry by entry, of whatever magic.
//!
//! A [`Scanner`] reads a chunk, finds headers in it and skips what lies between them, so that a
//! lookup between two index entries costs one read of a few KiB, and a recovery four reads per MiB. It
//! believes no length: an entry that would end behind the end of the file is damage, and an entry larger
//! than a chunk is checked piece by piece.

use std::io;

use base::{Offset, WallMs};
use records::{BatchError, BatchHeader, Entries, Entry, HEADER_SIZE, LegacyHeader};

use crate::disk::{DiskFile, read_exactly};

/// For lookups: a little more than the default distance of two index entries.
pub(crate) const LOOKUP_CHUNK: usize = 8 * 1024;

/// For recovery and compaction, which read everything. Small enough that what the kernel has copied is
/// still in the core's own cache when it is checked, and that ten thousand logs do not each have a
/// megabyte of fresh pages mapped for them.
pub(crate) const SWEEP_CHUNK: usize = 256 * 1024;

/// The checksum of a batch covers everything from its attributes on, that of a legacy message
/// everything from its magic on.
const ATTRIBUTES_AT: usize = 21;
const MAGIC_AT: usize = 16;

/// The header of an entry, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub position: u64,
    pub header: Header,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Header {
    Batch(BatchHeader),
    Legacy(LegacyHeader),
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Header, BatchError> {
        match bytes.get(MAGIC_AT) {
            Some(0 | 1) => LegacyHeader::parse(bytes).map(Header::Legacy),
            _ => BatchHeader::parse(bytes).map(Header::Batch),
        }
    }

    pub fn batch(&self) -> Option<&BatchHeader> {
        match self {
            Header::Batch(header) => Some(header),
            Header::Legacy(_) => None,
        }
    }

    pub fn size(&self) -> u64 {
        match self {
            Header::Batch(header) => header.size() as u64,
            Header::Legacy(header) => header.size() as u64,
        }
    }

    /// A compressed entry of old times says only where it ends.
    pub fn first_offset(&self) -> Offset {
        match self {
            Header::Batch(header) => header.base_offset,
            Header::Legacy(header) => header.offset,
        }
    }

    pub fn last_offset(&self) -> Offset {
        match self {
            Header::Batch(header) => header.last_offset(),
            Header::Legacy(header) => header.offset,
        }
    }

    pub fn next_offset(&self) -> Offset {
        Offset(self.last_offset().0.wrapping_add(1))
    }

    pub fn max_timestamp(&self) -> WallMs {
        match self {
            Header::Batch(header) => header.max_timestamp,
            Header::Legacy(header) => header.timestamp,
        }
    }
}

/// Walks over entries in memory, of whatever magic. Ends as [`Entries`] does.
pub(crate) fn entries(bytes: &[u8]) -> impl Iterator<Item = Result<(Header, &[u8]), BatchError>> {
    Entries::new(bytes).map(|entry| {
        Ok(match entry? {
            Entry::Batch(header, bytes) => (Header::Batch(header), bytes),
            Entry::Legacy(header, bytes) => (Header::Legacy(header), bytes),
        })
    })
}

/// Whether the checksum in an entry is that of its bytes.
pub(crate) fn is_sound(header: &Header, entry: &[u8]) -> bool {
    match header {
        Header::Batch(_) => records::crc_is_valid(entry),
        Header::Legacy(_) => records::message_crc_is_valid(entry),
    }
}

impl Found {
    pub fn end(&self) -> u64 {
        self.position + self.header.size()
    }
}

/// Why a walk ended before the end of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// The last entry is not all there.
    Cut,
    /// What stands here is no entry.
    NoEntry(BatchError),
}

pub(crate) struct Scanner<'f> {
    file: &'f dyn DiskFile,
    next: u64,
    end: u64,
    chunk: usize,
    /// What was read last, from `buffer_position` on.
    buffer: Vec<u8>,
    buffer_position: u64,
}

impl<'f> Scanner<'f> {
    /// Walks from `position`, where an entry begins, to `end`.
    pub fn new(file: &'f dyn DiskFile, position: u64, end: u64, chunk: usize) -> Scanner<'f> {
        Scanner { file, next: position, end, chunk, buffer: Vec::new(), buffer_position: 0 }
    }

    /// Where the next entry begins; after damage, where the damage begins.
    pub fn position(&self) -> u64 {
        self.next
    }

    /// The next entry; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Result<Found, Damage>>> {
        let left = self.end.saturating_sub(self.next);
        if left == 0 {
            return Ok(None);
        }
        let position = self.next;
        let wanted = left.min(HEADER_SIZE as u64) as usize;
        let header = match Header::parse(self.bytes(position, wanted)?) {
            Ok(header) => header,
            Err(BatchError::Truncated { .. }) => return Ok(Some(Err(Damage::Cut))),
            Err(error) => return Ok(Some(Err(Damage::NoEntry(error)))),
        };
        if header.size() > left {
            return Ok(Some(Err(Damage::Cut)));
        }
        self.next = position + header.size();
        Ok(Some(Ok(Found { position, header })))
    }

    /// The whole entry. Allocates as much as the entry is long, which the file is known to hold.
    pub fn content(&mut self, found: &Found) -> io::Result<&[u8]> {
        self.bytes(found.position, found.header.size() as usize)
    }

    /// Whether the entry's checksum is right. An entry larger than a chunk is read in chunks.
    pub fn is_valid(&mut self, found: &Found) -> io::Result<bool> {
        let (crc, stored, from) = match &found.header {
            Header::Batch(header) => {
                (crc_fast::CrcAlgorithm::Crc32Iscsi, header.crc, ATTRIBUTES_AT)
            }
            Header::Legacy(header) => (crc_fast::CrcAlgorithm::Crc32IsoHdlc, header.crc, MAGIC_AT),
        };
        let size = found.header.size() as usize;
        if size <= self.chunk {
            let bytes = self.bytes(found.position, size)?;
            return Ok(crc_fast::checksum(crc, &bytes[from..]) as u32 == stored);
        }
        let mut digest = crc_fast::Digest::new(crc);
        let mut position = found.position + from as u64;
        while position < found.end() {
            let wanted = (found.end() - position).min(self.chunk as u64) as usize;
            let wanted = match self.buffered_from(position) {
                0 => wanted,
                // What is in the buffer is not read again.
                buffered => buffered.min(wanted),
            };
            digest.update(self.bytes(position, wanted)?);
            position += wanted as u64;
        }
        Ok(digest.finalize() as u32 == stored)
    }

    /// How many of the bytes from `position` on are in the buffer.
    fn buffered_from(&self, position: u64) -> usize {
        let end = self.buffer_position + self.buffer.len() as u64;
        if position < self.buffer_position { 0 } else { end.saturating_sub(position) as usize }
    }

    /// `wanted` bytes at `position`, all of which lie before the end.
    fn bytes(&mut self, position: u64, wanted: usize) -> io::Result<&[u8]> {
        let buffered = self.buffer_position..self.buffer_position + self.buffer.len() as u64;
        if position < buffered.start || position + wanted as u64 > buffered.end {
            let left = self.end - position;
            let length = (self.chunk.max(wanted) as u64).min(left) as usize;
            self.buffer.resize(length, 0);
            self.buffer_position = position;
            read_exactly(self.file, &mut self.buffer, position)?;
        }
        let from = (position - self.buffer_position) as usize;
        Ok(&self.buffer[from..from + wanted])
    }
}
