//! The two sparse indexes of a segment: offset to position, timestamp to offset.
//!
//! Life of an entry: the segment appends one after every `index.interval.bytes`; it waits in memory
//! with up to sixty-three others and goes to the file in one write, or when the segment is rolled,
//! flushed or closed. Nothing is lost with those that wait: after an unclean stop recovery reads every
//! segment that was not flushed and writes its indexes anew.
//!
//! Nothing else of an index stays in memory. A lookup that the waiting entries cannot answer is a
//! binary search in the file: one small read per 512 entries halved, then one page. An idle
//! partition thus costs nothing here, and a segment of 1 GiB not two MiB.
//!
//! Files are Kafka's: entries without header, integers big-endian. Kafka also makes the file of an
//! active segment as large as it may become and cuts it on a clean stop; a tail of zeros is what its
//! crash leaves, and what [`Index::open`] refuses, so that the caller rebuilds.

use std::io;
use std::marker::PhantomData;
use std::sync::Arc;

use base::{Offset, WallMs};

use crate::disk::{DiskFile, read_exactly};

/// How many entries wait before they are written: with 4 KiB of log between two entries, one write
/// per 256 KiB of log, and 1.3 KiB of memory for a partition that is being written.
const WAITING_MAX: usize = 64;

/// Entries read at once when the search has come close.
const PAGE: usize = 512;

/// One entry of an index.
pub(crate) trait Row: Copy {
    /// Bytes in the file.
    const SIZE: usize;
    /// What a lookup compares.
    type Key: Ord + Copy;
    fn encode(&self, base: Offset, out: &mut Vec<u8>);
    /// `bytes` has [`Row::SIZE`] bytes.
    fn decode(base: Offset, bytes: &[u8]) -> Self;
    fn key(&self) -> Self::Key;
    fn offset(&self) -> Offset;
    /// Whether a log that begins at `base` can have this entry.
    fn is_plausible(&self, base: Offset) -> bool;
}

/// `.index`: the last offset of a batch, and where the batch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffsetRow {
    pub offset: Offset,
    pub position: u32,
}

/// `.timeindex`: the largest timestamp so far, and the last offset of the batch that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeRow {
    pub timestamp: WallMs,
    pub offset: Offset,
}

impl Row for OffsetRow {
    const SIZE: usize = 8;
    type Key = Offset;

    fn encode(&self, base: Offset, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.offset.since(base) as i32).to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }

    fn decode(base: Offset, bytes: &[u8]) -> OffsetRow {
        let relative = i64::from(i32::from_be_bytes(field(bytes, 0)));
        // A relative offset that is negative in the file stays so: the check after opening sees it.
        let offset = Offset(base.0.wrapping_add(relative));
        OffsetRow { offset, position: u32::from_be_bytes(field(bytes, 4)) }
    }

    fn key(&self) -> Offset {
        self.offset
    }

    fn offset(&self) -> Offset {
        self.offset
    }

    fn is_plausible(&self, base: Offset) -> bool {
        // The first batch never gets an entry, so position 0 is padding.
        self.offset >= base && self.position > 0
    }
}

impl Row for TimeRow {
    const SIZE: usize = 12;
    type Key = WallMs;

    fn encode(&self, base: Offset, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp.0.to_be_bytes());
        out.extend_from_slice(&(self.offset.since(base) as i32).to_be_bytes());
    }

    fn decode(base: Offset, bytes: &[u8]) -> TimeRow {
        let relative = i64::from(i32::from_be_bytes(field(bytes, 8)));
        TimeRow {
            timestamp: WallMs(i64::from_be_bytes(field(bytes, 0))),
            offset: Offset(base.0.wrapping_add(relative)),
        }
    }

    fn key(&self) -> WallMs {
        self.timestamp
    }

    fn offset(&self) -> Offset {
        self.offset
    }

    fn is_plausible(&self, base: Offset) -> bool {
        self.offset >= base
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut field = [0; N];
    field.copy_from_slice(&bytes[at..at + N]);
    field
}

/// An index of one segment.
pub(crate) struct Index<R> {
    file: Arc<dyn DiskFile>,
    base: Offset,
    /// Entries in the file.
    written: u32,
    waiting: Vec<R>,
    last: Option<R>,
    /// The file may hold entries behind `written`: see [`Index::over`].
    over_remains: bool,
    rows: PhantomData<R>,
}

/// An index file as it was found.
pub(crate) enum Opened<R> {
    Index(Index<R>),
    /// The file is missing, cut, padded or holds nonsense.
    Rebuild,
}

impl<R: Row> Index<R> {
    /// An index whose file has just been created.
    pub fn new(file: Arc<dyn DiskFile>, base: Offset) -> Index<R> {
        Index {
            file,
            base,
            written: 0,
            waiting: Vec::new(),
            last: None,
            over_remains: false,
            rows: PhantomData,
        }
    }

    /// An empty index over a file that holds what some process left there. Entries that are in the file
    /// already are not written again: after a crash that is nearly all of them, and a file system that
    /// sees a file cut and written anew gives it blocks at once when it is closed. What the file holds
    /// besides is cut off by [`Index::finish`].
    pub fn over(file: Arc<dyn DiskFile>, base: Offset) -> Index<R> {
        Index { over_remains: true, ..Index::new(file, base) }
    }

    /// Opens the file and looks at its length, its first and its last entry. Two or three small
    /// reads.
    pub fn open(file: Arc<dyn DiskFile>, base: Offset) -> io::Result<Opened<R>> {
        let length = match file.len() {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Opened::Rebuild);
            }
            Err(error) => return Err(error),
        };
        if !length.is_multiple_of(R::SIZE as u64) {
            return Ok(Opened::Rebuild);
        }
        let Ok(written) = u32::try_from(length / R::SIZE as u64) else {
            return Ok(Opened::Rebuild);
        };
        let mut index = Index::<R> { written, ..Index::new(file, base) };
        if written > 0 {
            let first = index.row(0)?;
            let last = if written == 1 { first } else { index.row(written - 1)? };
            let rising = written == 1 || last.key() > first.key();
            if !rising || !last.is_plausible(base) {
                return Ok(Opened::Rebuild);
            }
            index.last = Some(last);
        }
        Ok(Opened::Index(index))
    }

    pub fn last(&self) -> Option<R> {
        self.last
    }

    pub fn entries(&self) -> u32 {
        self.written + self.waiting.len() as u32
    }

    /// Bytes the file has once everything is written.
    pub fn bytes(&self) -> u64 {
        u64::from(self.entries()) * R::SIZE as u64
    }

    /// Appends an entry; writes when enough of them wait. At most one system call, no allocation
    /// but the first.
    pub fn append(&mut self, row: R) -> io::Result<()> {
        self.waiting.push(row);
        self.last = Some(row);
        if self.waiting.len() >= WAITING_MAX { self.write() } else { Ok(()) }
    }

    /// Writes what waits.
    pub fn write(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(self.waiting.len() * R::SIZE);
        for row in &self.waiting {
            row.encode(self.base, &mut bytes);
        }
        let position = u64::from(self.written) * R::SIZE as u64;
        if !(self.over_remains && self.holds(&bytes, position)?) {
            self.file.write_at(&bytes, position)?;
        }
        self.written += self.waiting.len() as u32;
        self.waiting.clear();
        Ok(())
    }

    /// Whether the file has exactly these bytes there.
    fn holds(&self, bytes: &[u8], position: u64) -> io::Result<bool> {
        let mut found = vec![0; bytes.len()];
        Ok(self.file.read_at(&mut found, position)? == bytes.len() && found == bytes)
    }

    /// Writes what waits, and cuts off what the file held from before.
    pub fn finish(&mut self) -> io::Result<()> {
        self.write()?;
        let length = u64::from(self.written) * R::SIZE as u64;
        if std::mem::take(&mut self.over_remains) && self.file.len()? > length {
            self.file.truncate(length)?;
        }
        Ok(())
    }

    /// The file, for whoever syncs, renames or removes it.
    pub fn file(&self) -> &Arc<dyn DiskFile> {
        &self.file
    }

    /// The last entry whose key is not above `key`.
    pub fn floor(&self, key: R::Key) -> io::Result<Option<R>> {
        let slot = self.slot_after(|row| row.key() <= key)?;
        slot.checked_sub(1).map(|slot| self.row(slot)).transpose()
    }

    /// The first entry for which `holds` is false, as a slot; all entries before it hold.
    fn slot_after(&self, holds: impl Fn(&R) -> bool) -> io::Result<u32> {
        if self.waiting.first().is_some_and(&holds) {
            let held = self.waiting.partition_point(holds);
            return Ok(self.written + held as u32);
        }
        // Pages first, by their first entries.
        let pages = self.written.div_ceil(PAGE as u32);
        let (mut low, mut high) = (0, pages);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(&self.row(middle * PAGE as u32)?) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let Some(page) = low.checked_sub(1) else { return Ok(0) };
        let from = page * PAGE as u32;
        let rows = (self.written - from).min(PAGE as u32) as usize;
        let mut buffer = [0; PAGE * 12];
        let bytes = &mut buffer[..rows * R::SIZE];
        read_exactly(&*self.file, bytes, u64::from(from) * R::SIZE as u64)?;
        let (mut low, mut high) = (0, rows);
        while low < high {
            let middle = low + (high - low) / 2;
            let row = R::decode(self.base, &bytes[middle * R::SIZE..(middle + 1) * R::SIZE]);
            if holds(&row) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(from + low as u32)
    }

    fn row(&self, slot: u32) -> io::Result<R> {
        if let Some(waiting) = slot.checked_sub(self.written) {
            return Ok(self.waiting[waiting as usize]);
        }
        let mut buffer = [0; 12];
        let bytes = &mut buffer[..R::SIZE];
        read_exactly(&*self.file, bytes, u64::from(slot) * R::SIZE as u64)?;
        Ok(R::decode(self.base, bytes))
    }

    /// Drops every entry with an offset of `offset` or more, on disk as well.
    pub fn truncate_to(&mut self, offset: Offset) -> io::Result<()> {
        let kept = self.slot_after(|row| row.offset() < offset)?;
        self.keep(kept)
    }

    fn keep(&mut self, kept: u32) -> io::Result<()> {
        match kept.checked_sub(self.written) {
            Some(waiting) => self.waiting.truncate(waiting as usize),
            None => {
                self.waiting.clear();
                self.file.truncate(u64::from(kept) * R::SIZE as u64)?;
                self.written = kept;
            }
        }
        self.last = kept.checked_sub(1).map(|slot| self.row(slot)).transpose()?;
        Ok(())
    }
}

impl Index<OffsetRow> {
    /// The first entry whose batch begins at `position` or later: an upper bound for the offsets
    /// before it.
    pub fn first_at_or_after(&self, position: u32) -> io::Result<Option<OffsetRow>> {
        let slot = self.slot_after(|row| row.position < position)?;
        (slot < self.entries()).then(|| self.row(slot)).transpose()
    }
}

impl Index<TimeRow> {
    /// Appends an entry if it is later than the last one: a segment whose timestamps go back and
    /// forth gets entries only where the maximum rises.
    pub fn append_if_later(&mut self, row: TimeRow) -> io::Result<()> {
        let last = self.last.map_or(WallMs::NONE, |last| last.timestamp);
        if row.timestamp > last { self.append(row) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Disk, MemoryDisk};

    fn path() -> &'static Path {
        Path::new("/00000000000000001000.index")
    }

    fn index_of(disk: &MemoryDisk, rows: u32) -> Index<OffsetRow> {
        let mut index = Index::new(disk.create(path()).unwrap(), Offset(1000));
        for row in 0..rows {
            let offset = Offset(1000 + i64::from(row) * 10);
            index.append(OffsetRow { offset, position: (row + 1) * 4100 }).unwrap();
        }
        index
    }

    #[test]
    fn a_lookup_finds_the_last_entry_at_or_before_in_file_and_memory() {
        let disk = MemoryDisk::new();
        for rows in [0, 1, 63, 64, 65, 511, 512, 513, 1500] {
            let index = index_of(&disk, rows);
            for target in 990..1000 + i64::from(rows) * 10 + 20 {
                let expected = (0..rows).map(|row| 1000 + i64::from(row) * 10);
                let expected = expected.take_while(|offset| *offset <= target).last();
                let found = index.floor(Offset(target)).unwrap();
                assert_eq!(found.map(|row| row.offset.0), expected, "{rows} rows, {target}");
            }
        }
    }

    #[test]
    fn the_file_holds_kafkas_bytes() {
        let disk = MemoryDisk::new();
        let mut index = index_of(&disk, 2);
        assert!(disk.content(path()).unwrap().is_empty());
        index.write().unwrap();
        let expected = [0, 0, 0, 0, 0, 0, 0x10, 0x04, 0, 0, 0, 10, 0, 0, 0x20, 0x08];
        assert_eq!(disk.content(path()).unwrap(), expected);

        let mut times = Index::new(disk.create(path()).unwrap(), Offset(1000));
        for (timestamp, offset) in [(5, 1001), (5, 1002), (4, 1003), (258, 1004)] {
            let row = TimeRow { timestamp: WallMs(timestamp), offset: Offset(offset) };
            times.append_if_later(row).unwrap();
        }
        times.write().unwrap();
        let expected = [0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 4];
        assert_eq!(disk.content(path()).unwrap(), expected);
    }

    #[test]
    fn truncation_keeps_what_lies_before_the_offset() {
        let disk = MemoryDisk::new();
        for (rows, to) in [(70, 1650), (70, 1655), (70, 1300), (70, 0), (70, 9999), (1, 1000)] {
            let mut index = index_of(&disk, rows);
            index.truncate_to(Offset(to)).unwrap();
            let kept = (0..rows).filter(|row| 1000 + i64::from(*row) * 10 < to).count() as u32;
            assert_eq!(index.entries(), kept, "to {to}");
            let last = kept.checked_sub(1).map(|row| 1000 + i64::from(row) * 10);
            assert_eq!(index.last().map(|row| row.offset.0), last);
            index.write().unwrap();
            assert_eq!(disk.content(path()).unwrap().len(), kept as usize * 8);
        }
    }

    #[test]
    fn what_a_crash_left_is_kept_where_it_is_right_and_replaced_where_it_is_not() {
        let right: Vec<u8> = {
            let disk = MemoryDisk::new();
            index_of(&disk, 150).finish().unwrap();
            disk.content(path()).unwrap()
        };
        let mut torn = right.clone();
        torn[700] ^= 1;
        let padded = [right.as_slice(), &[0; 4096]].concat();
        // Of 150 entries 64 and 64 and 22 are written together.
        for (remains, writes) in
            [(&right, 0), (&right[..600].to_vec(), 2), (&torn, 1), (&padded, 1), (&vec![], 3)]
        {
            let disk = MemoryDisk::new();
            disk.put(path(), remains);
            let changes = disk.counts().changes;
            let mut index = Index::over(disk.file(path()), Offset(1000));
            for row in 0..150 {
                let offset = Offset(1000 + row * 10);
                index.append(OffsetRow { offset, position: (row as u32 + 1) * 4100 }).unwrap();
            }
            index.finish().unwrap();
            assert_eq!(disk.content(path()).unwrap(), right);
            assert_eq!(disk.counts().changes - changes, writes, "{} bytes", remains.len());
        }
    }

    #[test]
    fn a_padded_a_cut_and_a_missing_file_are_to_be_rebuilt() {
        let disk = MemoryDisk::new();
        let open = || Index::<OffsetRow>::open(disk.file(path()), Offset(1000)).unwrap();
        assert!(matches!(open(), Opened::Rebuild));

        index_of(&disk, 3).write().unwrap();
        let file = disk.file(path());
        assert!(matches!(open(), Opened::Index(index) if index.entries() == 3));
        file.truncate(10 * 8).unwrap();
        assert!(matches!(open(), Opened::Rebuild));
        file.truncate(2 * 8 + 3).unwrap();
        assert!(matches!(open(), Opened::Rebuild));
    }

    #[test]
    fn an_upper_bound_by_position_is_the_first_batch_there_or_later() {
        let disk = MemoryDisk::new();
        let index = index_of(&disk, 600);
        for position in [0, 1, 4100, 4101, 600 * 4100, 600 * 4100 + 1] {
            let expected = (0..600).find(|row| (row + 1) * 4100 >= position);
            let expected = expected.map(|row| 1000 + i64::from(row) * 10);
            let found = index.first_at_or_after(position).unwrap();
            assert_eq!(found.map(|row| row.offset.0), expected);
        }
    }
}
