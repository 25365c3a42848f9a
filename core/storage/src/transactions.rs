//! What the log must know of transactions: the markers that end them, which of them were aborted,
//! and up to where everything is decided.
//!
//! Life of an aborted transaction: its first batch makes the log unstable from that offset on; the
//! ABORT marker ends it, and the segment that holds the marker gets an entry in its `.txnindex`. A
//! reader of committed data asks for the entries that overlap what it reads, and drops the
//! batches of those producers itself. COMMIT markers leave no trace here.

use std::io;
use std::sync::Arc;

use base::{Offset, ProducerId, WallMs};
use records::BatchHeader;

use crate::disk::{DiskFile, read_exactly};

/// Who was aborted, from where to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTransaction {
    pub producer_id: ProducerId,
    pub first: Offset,
    /// The offset of the marker.
    pub last: Offset,
    /// The last stable offset when the marker was written: a search for what overlaps offsets below
    /// it may stop at this entry.
    pub last_stable: Offset,
}

/// Bytes of an entry of `.txnindex`.
const ENTRY_SIZE: usize = 34;
const VERSION: i16 = 0;

/// Entries read at once.
const PAGE: usize = 120;

impl AbortedTransaction {
    pub(crate) fn encode(&self) -> [u8; ENTRY_SIZE] {
        let mut bytes = [0; ENTRY_SIZE];
        bytes[..2].copy_from_slice(&VERSION.to_be_bytes());
        bytes[2..10].copy_from_slice(&self.producer_id.0.to_be_bytes());
        bytes[10..18].copy_from_slice(&self.first.0.to_be_bytes());
        bytes[18..26].copy_from_slice(&self.last.0.to_be_bytes());
        bytes[26..].copy_from_slice(&self.last_stable.0.to_be_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<AbortedTransaction> {
        let long = |at: usize| {
            let mut field = [0; 8];
            field.copy_from_slice(&bytes[at..at + 8]);
            i64::from_be_bytes(field)
        };
        let version = i16::from_be_bytes([bytes[0], bytes[1]]);
        (version == VERSION).then(|| AbortedTransaction {
            producer_id: ProducerId(long(2)),
            first: Offset(long(10)),
            last: Offset(long(18)),
            last_stable: Offset(long(26)),
        })
    }
}

/// The transaction index of one segment. The file is there only if something was aborted.
pub(crate) struct TransactionIndex {
    file: Arc<dyn DiskFile>,
    length: u64,
}

impl TransactionIndex {
    /// `length`: bytes of the file as they are; a torn last entry is written over.
    pub fn new(file: Arc<dyn DiskFile>, length: u64) -> TransactionIndex {
        TransactionIndex { file, length: length - length % ENTRY_SIZE as u64 }
    }

    pub fn file(&self) -> &Arc<dyn DiskFile> {
        &self.file
    }

    pub fn bytes(&self) -> u64 {
        self.length
    }

    pub fn append(&mut self, aborted: &AbortedTransaction) -> io::Result<()> {
        self.file.write_at(&aborted.encode(), self.length)?;
        self.length += ENTRY_SIZE as u64;
        Ok(())
    }

    /// Adds to `found` the transactions that overlap `from` (inclusive) to `to` (exclusive). True
    /// if no later segment can hold another one.
    pub fn collect(
        &self,
        from: Offset,
        to: Offset,
        found: &mut Vec<AbortedTransaction>,
    ) -> io::Result<bool> {
        let mut complete = false;
        self.walk(|_, entry| {
            if entry.last >= from && entry.first < to {
                found.push(entry);
            }
            complete = entry.last_stable >= to;
            !complete
        })?;
        Ok(complete)
    }

    /// Drops the entries whose marker is at `offset` or later.
    pub fn truncate_to(&mut self, offset: Offset) -> io::Result<()> {
        let mut kept = self.length;
        self.walk(|position, entry| {
            if entry.last >= offset {
                kept = position;
            }
            entry.last < offset
        })?;
        if kept < self.length {
            self.file.truncate(kept)?;
            self.length = kept;
        }
        Ok(())
    }

    /// Whether every entry can belong to a segment that begins at `base`.
    pub fn is_plausible(&self, base: Offset) -> io::Result<bool> {
        let mut plausible = true;
        let walked = self.walk(|_, entry| {
            plausible = entry.last >= base && entry.first <= entry.last;
            plausible
        })?;
        Ok(plausible && walked)
    }

    /// Visits entries until `visit` returns false. False if an entry has a version of the future.
    fn walk(&self, mut visit: impl FnMut(u64, AbortedTransaction) -> bool) -> io::Result<bool> {
        let mut buffer = [0; PAGE * ENTRY_SIZE];
        let mut position = 0;
        while position < self.length {
            let bytes = (self.length - position).min(buffer.len() as u64) as usize;
            read_exactly(&*self.file, &mut buffer[..bytes], position)?;
            for entry in buffer[..bytes].chunks_exact(ENTRY_SIZE) {
                let Some(entry) = AbortedTransaction::decode(entry) else { return Ok(false) };
                if !visit(position, entry) {
                    return Ok(true);
                }
                position += ENTRY_SIZE as u64;
            }
        }
        Ok(true)
    }
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Abort,
    Commit,
}

/// The one record of a control batch that ends a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    pub ending: Ending,
    /// Counts the coordinators of the transaction; a marker of an older one is a zombie's.
    pub coordinator_epoch: i32,
    pub timestamp: WallMs,
}

impl Marker {
    /// Reads the marker in `batch`, a whole control batch. `None` if it is another kind of control
    /// batch, of a kind not known yet, or was emptied by compaction: readers ignore all of these.
    pub fn parse(batch: &[u8]) -> Option<Marker> {
        let header = BatchHeader::parse(batch).ok()?;
        let mut scratch = Vec::new();
        // Markers are never compressed; a limit of a page makes a lie cheap.
        let record = records::records_of(batch, &mut scratch, 4096).ok()?.next()?.ok()?;
        let key = record.key?;
        let ending = match key.get(2..4)? {
            [0, 0] => Ending::Abort,
            [0, 1] => Ending::Commit,
            _ => return None,
        };
        let epoch = record.value?.get(2..6)?;
        let epoch = i32::from_be_bytes([epoch[0], epoch[1], epoch[2], epoch[3]]);
        Some(Marker { ending, coordinator_epoch: epoch, timestamp: record.timestamp(&header) })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Disk, MemoryDisk};

    fn aborted(producer: i64, first: i64, last: i64, stable: i64) -> AbortedTransaction {
        AbortedTransaction {
            producer_id: ProducerId(producer),
            first: Offset(first),
            last: Offset(last),
            last_stable: Offset(stable),
        }
    }

    #[test]
    fn an_entry_is_kafkas_34_bytes() {
        let bytes = aborted(1, 2, 3, 258).encode();
        let expected = [
            [0, 0].as_slice(),
            &[0, 0, 0, 0, 0, 0, 0, 1],
            &[0, 0, 0, 0, 0, 0, 0, 2],
            &[0, 0, 0, 0, 0, 0, 0, 3],
            &[0, 0, 0, 0, 0, 0, 1, 2],
        ];
        assert_eq!(bytes[..], expected.concat());
    }

    #[test]
    fn a_search_finds_what_overlaps_and_stops_where_it_may() {
        let disk = MemoryDisk::new();
        let file = disk.create(Path::new("/00000000000000000000.txnindex")).unwrap();
        let mut index = TransactionIndex::new(file, 0);
        for turn in 0..500 {
            let first = turn * 10;
            index.append(&aborted(turn, first, first + 8, first + 9)).unwrap();
        }
        let search = |from, to| {
            let mut found = Vec::new();
            let complete = index.collect(Offset(from), Offset(to), &mut found).unwrap();
            (found.iter().map(|entry| entry.producer_id.0).collect::<Vec<_>>(), complete)
        };
        assert_eq!(search(0, 5), (vec![0], true));
        assert_eq!(search(9, 10), (vec![], true));
        assert_eq!(search(2508, 2521), (vec![250, 251, 252], true));
        assert_eq!(search(4990, 9999), (vec![499], false));

        index.truncate_to(Offset(2508)).unwrap();
        assert_eq!(index.length, 250 * 34);
        assert!(index.is_plausible(Offset(8)).unwrap());
        assert!(!index.is_plausible(Offset(9)).unwrap());
    }
}
