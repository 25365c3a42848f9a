//! One segment: a run of batches in a `.log` file, and what finds its way in it.
//!
//! A segment that nobody uses is a base offset, a size and a few times, all of which a listing of
//! the directory gives. Its file handle and its indexes come with the first use, and
//! [`Segment::rest`] lets them go again. `size` is the truth about where the log ends: bytes of
//! the file behind it are the remains of a write that failed, and are written over.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use base::{Offset, WallMs};
use records::BatchError;

use crate::config::LogConfig;
use crate::disk::{Disk, DiskFile};
use crate::error::{Doing, LogError, Result};
use crate::index::{Index, OffsetRow, Opened, TimeRow};
use crate::names;
use crate::scan::{Damage, Found, Header, LOOKUP_CHUNK, SWEEP_CHUNK, Scanner};
use crate::transactions::TransactionIndex;

/// Where a log lives.
pub(crate) struct Place {
    pub disk: Arc<dyn Disk>,
    pub dir: PathBuf,
}

impl Place {
    pub fn file(&self, base: Offset, suffix: &str) -> PathBuf {
        names::file(&self.dir, base, suffix)
    }
}

pub(crate) struct Segment {
    pub base: Offset,
    /// Bytes of batches.
    pub size: u64,
    /// When the file was last written, for retention where records have no timestamps.
    pub modified: WallMs,
    /// When the segment began to fill, as far as this process knows: rolling by age goes by it
    /// where the first record has no timestamp.
    created: WallMs,
    /// Rolled so much earlier than `segment.ms`.
    jitter_ms: i64,
    first_timestamp: Option<WallMs>,
    log: Option<Arc<dyn DiskFile>>,
    /// The handle that readers still held when the segment came to rest: a file must not get a second
    /// one, or a rename would leave theirs behind.
    lent: Option<Weak<dyn DiskFile>>,
    indexes: Option<Box<Indexes>>,
    transactions: Option<Box<TransactionIndex>>,
    /// The indexes led astray and were made anew.
    was_rebuilt: bool,
}

struct Indexes {
    offsets: Index<OffsetRow>,
    times: Index<TimeRow>,
    /// The largest timestamp so far, and the last offset of the batch that has it.
    largest: Option<TimeRow>,
    bytes_since_entry: u64,
}

/// What an index must know of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Landmark {
    pub size: u64,
    pub last_offset: Offset,
    pub max_timestamp: WallMs,
}

impl From<&Header> for Landmark {
    fn from(header: &Header) -> Landmark {
        Landmark {
            size: header.size(),
            last_offset: header.last_offset(),
            max_timestamp: header.max_timestamp(),
        }
    }
}

/// Why a segment cannot take more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollReason {
    Size,
    Age,
    IndexFull,
    /// An offset more than 2^31 - 1 above the base does not fit into an index.
    OffsetRange,
}

impl Segment {
    /// A segment as the listing of its directory shows it.
    pub fn found(base: Offset, size: u64, modified: WallMs, now: WallMs) -> Segment {
        Segment {
            base,
            size,
            modified,
            created: now,
            jitter_ms: 0,
            first_timestamp: None,
            log: None,
            lent: None,
            indexes: None,
            transactions: None,
            was_rebuilt: false,
        }
    }

    /// Creates the files of an empty segment; three system calls. The name is durable when the
    /// directory is synced.
    pub fn create(place: &Place, base: Offset, config: &LogConfig, now: WallMs) -> Result<Segment> {
        let mut segment = Segment::found(base, 0, now, now);
        let create = |suffix| {
            let path = place.file(base, suffix);
            place.disk.create(&path).doing("create", &path)
        };
        let log = create(names::LOG)?;
        if config.preallocate {
            let bytes = u64::from(config.segment_bytes);
            log.allocate(bytes).doing_at("reserve room for", || place.file(base, names::LOG))?;
        }
        segment.log = Some(log);
        segment.indexes = Some(Box::new(Indexes {
            offsets: Index::new(create(names::OFFSET_INDEX)?, base),
            times: Index::new(create(names::TIME_INDEX)?, base),
            largest: None,
            bytes_since_entry: 0,
        }));
        segment.jitter_ms = jitter_ms(place, base, config);
        Ok(segment)
    }

    /// The segment has a `.txnindex` of so many bytes.
    pub fn has_transactions(&mut self, place: &Place, bytes: u64) {
        let file = place.disk.file(&place.file(self.base, names::TRANSACTION_INDEX));
        self.transactions = Some(Box::new(TransactionIndex::new(file, bytes)));
    }

    pub fn set_jitter(&mut self, place: &Place, config: &LogConfig) {
        self.jitter_ms = jitter_ms(place, self.base, config);
    }

    /// The handle of the `.log` file.
    pub fn log(&mut self, place: &Place) -> &Arc<dyn DiskFile> {
        if self.log.is_none() {
            self.log = self.lent.take().and_then(|lent| lent.upgrade());
        }
        self.log.get_or_insert_with(|| place.disk.file(&place.file(self.base, names::LOG)))
    }

    fn log_path(&self, place: &Place) -> PathBuf {
        place.file(self.base, names::LOG)
    }

    /// Lets go of handles and indexes, after writing what waits in them.
    pub fn rest(&mut self, place: &Place) -> Result<()> {
        if let Some(indexes) = &mut self.indexes {
            // The largest timestamp is known from the last entry of the index alone later.
            indexes.finish().doing("write an index of", place.file(self.base, names::LOG))?;
        }
        self.indexes = None;
        if let Some(log) = self.log.take()
            && Arc::strong_count(&log) > 1
        {
            self.lent = Some(Arc::downgrade(&log));
        }
        Ok(())
    }

    // ---- appending ----

    /// Whether batches of `bytes` bytes up to `last_offset` need a new segment.
    pub fn should_roll(
        &mut self,
        place: &Place,
        config: &LogConfig,
        bytes: u64,
        last_offset: Offset,
        max_timestamp: WallMs,
        now: WallMs,
    ) -> Result<Option<RollReason>> {
        if self.size + bytes > u64::from(config.segment_bytes) && self.size > 0 {
            return Ok(Some(RollReason::Size));
        }
        if last_offset.since(self.base) > i64::from(i32::MAX) {
            return Ok(Some(RollReason::OffsetRange));
        }
        if self.size == 0 {
            return Ok(None);
        }
        let age = self.age_ms(place, config, max_timestamp, now)?;
        if age > config.segment_ms.saturating_sub(self.jitter_ms) {
            return Ok(Some(RollReason::Age));
        }
        let indexes = self.indexes(place, config)?;
        let limit = u64::from(config.segment_index_bytes);
        // A time index keeps room for the entry that closes it.
        let full = indexes.offsets.bytes() + 8 > limit || indexes.times.bytes() + 24 > limit;
        Ok(full.then_some(RollReason::IndexFull))
    }

    /// How long the segment has been filling: by the timestamps of its records where they have
    /// any, so that old records replayed today still end up in segments of their own age.
    fn age_ms(
        &mut self,
        place: &Place,
        config: &LogConfig,
        max_timestamp: WallMs,
        now: WallMs,
    ) -> Result<i64> {
        let first = self.first_timestamp(place, config)?;
        let (from, to) = if first.0 >= 0 { (first, max_timestamp) } else { (self.created, now) };
        Ok(to.0.saturating_sub(from.0))
    }

    /// The max timestamp of the first batch; -1 if it has none or the segment is empty.
    pub fn first_timestamp(&mut self, place: &Place, _config: &LogConfig) -> Result<WallMs> {
        if let Some(first) = self.first_timestamp {
            return Ok(first);
        }
        let size = self.size;
        let path = self.log_path(place);
        let mut scanner = Scanner::new(&**self.log(place), 0, size, LOOKUP_CHUNK);
        match scanner.next().doing("read the first batch of", &path)? {
            Some(Ok(found)) => {
                let first = found.header.max_timestamp();
                self.first_timestamp = Some(first);
                Ok(first)
            }
            _ => Ok(WallMs::NONE),
        }
    }

    /// Appends `parts`, which together are the batches that `landmarks` describe, in order. One
    /// write to the log; an index entry for every `index.interval.bytes`. Allocates nothing per
    /// batch. Returns the position.
    pub fn append(
        &mut self,
        place: &Place,
        config: &LogConfig,
        parts: &[&[u8]],
        landmarks: impl Iterator<Item = Landmark>,
        now: WallMs,
    ) -> Result<u64> {
        let position = self.size;
        // Opened before the write: an index that must be rebuilt is rebuilt from what is there now.
        self.indexes(place, config)?;
        let log = self.log(place);
        if let Err(source) = log.write_parts_at(parts, position) {
            // Whatever part of it arrived is garbage behind the end. The write error is the news, not
            // what becomes of this.
            let _ = log.truncate(position);
            return Err(LogError::Disk { verb: "append to", path: self.log_path(place), source });
        }
        self.modified = now;
        let Some(indexes) = &mut self.indexes else { return Ok(position) };
        for landmark in landmarks {
            if self.size == 0 {
                self.first_timestamp = Some(landmark.max_timestamp);
            }
            indexes
                .note(self.size, &landmark, config.index_interval_bytes)
                .doing_at("write an index of", || place.file(self.base, names::LOG))?;
            self.size += landmark.size;
        }
        Ok(position)
    }

    /// Writes the last entries of the indexes: nothing will be appended any more, or the node
    /// stops.
    pub fn finish(&mut self, place: &Place) -> Result<()> {
        match &mut self.indexes {
            Some(indexes) => indexes.finish().doing("write an index of", self.log_path(place)),
            None => Ok(()),
        }
    }

    /// The transaction index, created if there is none yet.
    pub fn transactions_mut(&mut self, place: &Place) -> Result<&mut TransactionIndex> {
        let path = place.file(self.base, names::TRANSACTION_INDEX);
        let index = match self.transactions.take() {
            Some(index) => index,
            None => {
                let file = place.disk.create(&path).doing("create", &path)?;
                Box::new(TransactionIndex::new(file, 0))
            }
        };
        Ok(self.transactions.insert(index))
    }

    /// Removes the transaction index: recovery writes it anew if it must.
    pub fn forget_transactions(&mut self, place: &Place) -> Result<()> {
        if self.transactions.take().is_none() {
            return Ok(());
        }
        let path = place.file(self.base, names::TRANSACTION_INDEX);
        match place.disk.remove(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.doing("remove", path),
        }
    }

    pub fn transactions(&self) -> Option<&TransactionIndex> {
        self.transactions.as_deref()
    }

    // ---- reading ----

    fn indexes(&mut self, place: &Place, config: &LogConfig) -> Result<&mut Indexes> {
        let indexes = match self.indexes.take() {
            Some(indexes) => indexes,
            None => Box::new(self.open_indexes(place, config)?),
        };
        Ok(self.indexes.insert(indexes))
    }

    fn open_indexes(&mut self, place: &Place, config: &LogConfig) -> Result<Indexes> {
        let (base, size) = (self.base, self.size);
        let offsets_path = place.file(base, names::OFFSET_INDEX);
        let times_path = place.file(base, names::TIME_INDEX);
        let offsets = Index::<OffsetRow>::open(place.disk.file(&offsets_path), base);
        let offsets = offsets.doing("read", &offsets_path)?;
        let times = Index::<TimeRow>::open(place.disk.file(&times_path), base)
            .doing("read", &times_path)?;
        if let (Opened::Index(offsets), Opened::Index(times)) = (offsets, times) {
            let last = offsets.last().map_or(0, |last| u64::from(last.position));
            if last == 0 || last < size {
                let largest = times.last();
                let bytes_since_entry = size - last;
                return Ok(Indexes { offsets, times, largest, bytes_since_entry });
            }
        }
        self.rebuild_indexes(place, config)
    }

    /// Writes both indexes anew from the batches, and syncs them: recovery will not look at them
    /// again.
    fn rebuild_indexes(&mut self, place: &Place, config: &LogConfig) -> Result<Indexes> {
        let (base, size) = (self.base, self.size);
        let mut rebuilt = Indexes::create(place, base, None)?;
        let path = self.log_path(place);
        let mut scanner = Scanner::new(&**self.log(place), 0, size, SWEEP_CHUNK);
        // Damage ends the walk: what lies behind it is found by reading on from the last entry, and
        // fails there.
        while let Some(Ok(found)) = scanner.next().doing("read", &path)? {
            if !is_within_reach(base, found.header.last_offset()) {
                break;
            }
            rebuilt
                .note(found.position, &Landmark::from(&found.header), config.index_interval_bytes)
                .doing("write an index of", &path)?;
        }
        rebuilt.finish().doing("write an index of", &path)?;
        for file in [rebuilt.offsets.file(), rebuilt.times.file()] {
            file.sync_data().doing("sync", file.path())?;
        }
        Ok(rebuilt)
    }

    /// Whether the index files are such that they need not be rebuilt; for the report of a start.
    pub fn adopt_indexes(&mut self, indexes: RebuiltIndexes) {
        self.indexes = Some(indexes.0);
    }

    /// The first batch whose last offset is `offset` or more; `None` if all lie below. One lookup
    /// in the index, one read of the log in most cases. An index that leads astray is made anew.
    pub fn locate(
        &mut self,
        place: &Place,
        config: &LogConfig,
        offset: Offset,
    ) -> Result<Option<Found>> {
        let row = self.row_for(place, config, offset)?;
        if let Search::Over(found) = self.search(place, row, offset)? {
            return Ok(found);
        }
        // Once: if the segment itself is damaged, another index would not help, and every read would
        // pay for the whole segment.
        if !std::mem::replace(&mut self.was_rebuilt, true) {
            let rebuilt = self.rebuild_indexes(place, config)?;
            self.indexes = Some(Box::new(rebuilt));
        }
        let row = self.row_for(place, config, offset)?;
        let from = row.map_or(0, |row| u64::from(row.position));
        self.first_from(place, from, |found| found.header.last_offset() >= offset)
    }

    fn row_for(
        &mut self,
        place: &Place,
        config: &LogConfig,
        offset: Offset,
    ) -> Result<Option<OffsetRow>> {
        let base = self.base;
        let row = self.indexes(place, config)?.offsets.floor(offset);
        row.doing_at("search", || place.file(base, names::OFFSET_INDEX))
    }

    /// Walks from where an index entry points to. The batch there must not end above the entry's
    /// offset: that makes any entry harmless that points to a batch at all.
    fn search(&mut self, place: &Place, row: Option<OffsetRow>, offset: Offset) -> Result<Search> {
        let (base, size) = (self.base, self.size);
        let path = || place.file(base, names::LOG);
        let from = row.map_or(0, |row| u64::from(row.position));
        let mut scanner = Scanner::new(&**self.log(place), from, size, LOOKUP_CHUNK);
        let mut unproven = row;
        loop {
            let found = match scanner.next().doing_at("read", path)? {
                Some(Ok(found)) => found,
                None if unproven.is_none() => return Ok(Search::Over(None)),
                Some(Err(damage)) if row.is_none() => {
                    return Err(corrupt(&path(), scanner.position(), &damage));
                }
                None | Some(Err(_)) => return Ok(Search::Astray),
            };
            let last = found.header.last_offset();
            if let Some(row) = unproven.take()
                && (last > row.offset || !is_within_reach(base, last))
            {
                return Ok(Search::Astray);
            }
            if last >= offset {
                return Ok(Search::Over(Some(found)));
            }
        }
    }

    /// The first batch at `position` or later for which `wanted` holds.
    pub fn first_from(
        &mut self,
        place: &Place,
        position: u64,
        wanted: impl Fn(&Found) -> bool,
    ) -> Result<Option<Found>> {
        let (base, size) = (self.base, self.size);
        let path = || place.file(base, names::LOG);
        let mut scanner = Scanner::new(&**self.log(place), position, size, LOOKUP_CHUNK);
        loop {
            match scanner.next().doing_at("read", path)? {
                None => return Ok(None),
                Some(Ok(found)) if wanted(&found) => return Ok(Some(found)),
                Some(Ok(_)) => {}
                Some(Err(damage)) => return Err(corrupt(&path(), scanner.position(), &damage)),
            }
        }
    }

    /// The offset after the last batch. Reads the tail behind the last index entry.
    pub fn next_offset(&mut self, place: &Place, config: &LogConfig) -> Result<Offset> {
        if self.size == 0 {
            return Ok(self.base);
        }
        let from = self.last_entry(place, config)?;
        let (base, size) = (self.base, self.size);
        let path = self.log_path(place);
        let mut next = base;
        let mut scanner = Scanner::new(&**self.log(place), from, size, LOOKUP_CHUNK);
        loop {
            match scanner.next().doing("read the end of", &path)? {
                None => return Ok(next),
                Some(Ok(found)) if is_within_reach(base, found.header.last_offset()) => {
                    next = found.header.next_offset();
                }
                Some(Ok(found)) => {
                    let reason = BatchError::Contradiction("its offset lies outside the segment");
                    return Err(corrupt(&path, found.position, &Damage::NoEntry(reason)));
                }
                Some(Err(damage)) => return Err(corrupt(&path, scanner.position(), &damage)),
            }
        }
    }

    /// Where the batch of the last index entry begins; 0 if there is none. Opens the index of offsets alone if
    /// it can: a start asks this of every log.
    fn last_entry(&mut self, place: &Place, config: &LogConfig) -> Result<u64> {
        let (base, size) = (self.base, self.size);
        if self.indexes.is_none() {
            let path = place.file(base, names::OFFSET_INDEX);
            let offsets = Index::<OffsetRow>::open(place.disk.file(&path), base);
            if let Opened::Index(offsets) = offsets.doing("read", &path)? {
                let position = offsets.last().map_or(0, |last| u64::from(last.position));
                if position < size {
                    return Ok(position);
                }
            }
        }
        let last = self.indexes(place, config)?.offsets.last();
        Ok(last.map_or(0, |last| u64::from(last.position)))
    }

    /// An upper bound for the offsets of what lies before `position`, from the index alone.
    pub fn upper_bound(
        &mut self,
        place: &Place,
        config: &LogConfig,
        position: u64,
    ) -> Result<Option<Offset>> {
        let Ok(position) = u32::try_from(position) else { return Ok(None) };
        let base = self.base;
        let row = self.indexes(place, config)?.offsets.first_at_or_after(position);
        let row = row.doing_at("search", || place.file(base, names::OFFSET_INDEX))?;
        Ok(row.map(|row| row.offset))
    }

    /// The largest timestamp, and the last offset of the batch that has it.
    pub fn largest(&mut self, place: &Place, config: &LogConfig) -> Result<Option<TimeRow>> {
        Ok(self.indexes(place, config)?.largest)
    }

    /// Where to begin to look for a record of `timestamp` or later at `offset` or later.
    pub fn position_for_time(
        &mut self,
        place: &Place,
        config: &LogConfig,
        timestamp: WallMs,
        offset: Offset,
    ) -> Result<u64> {
        let path = place.file(self.base, names::TIME_INDEX);
        let indexes = self.indexes(place, config)?;
        let time = indexes.times.floor(timestamp).doing("search", &path)?;
        let offset = time.map_or(offset, |time| time.offset.max(offset));
        let entry = indexes.offsets.floor(offset).doing("search", &path)?;
        Ok(entry.map_or(0, |entry| u64::from(entry.position)))
    }

    /// Bytes of the two indexes, which the cleaner adds up when it groups segments.
    pub fn index_bytes(&mut self, place: &Place, config: &LogConfig) -> Result<(u64, u64)> {
        let indexes = self.indexes(place, config)?;
        Ok((indexes.offsets.bytes(), indexes.times.bytes()))
    }

    // ---- changing what is there ----

    /// Cuts the segment before the batch that holds `offset`.
    pub fn truncate_to(
        &mut self,
        place: &Place,
        config: &LogConfig,
        offset: Offset,
        now: WallMs,
    ) -> Result<()> {
        let found = self.locate(place, config, offset)?;
        let path = self.log_path(place);
        let indexes = self.indexes(place, config)?;
        // The indexes first: a crash in between leaves a log without entries for its end, which is
        // slower and right; the other way round entries would point behind the end.
        indexes.offsets.truncate_to(offset).doing("cut an index of", &path)?;
        indexes.times.truncate_to(offset).doing("cut an index of", &path)?;
        if let Some(transactions) = &mut self.transactions {
            transactions.truncate_to(offset).doing("cut the transaction index of", &path)?;
        }
        if let Some(found) = found {
            let log = self.log(place);
            log.truncate(found.position).doing("cut", &path)?;
            log.sync_data().doing("sync", &path)?;
            self.size = found.position;
        }
        if self.size == 0 {
            self.created = now;
            self.first_timestamp = None;
        }
        self.find_largest_again(place)
    }

    /// After a cut: the batches behind the last entry of the time index may hold a later time.
    fn find_largest_again(&mut self, place: &Place) -> Result<()> {
        let Some(indexes) = &mut self.indexes else { return Ok(()) };
        let path = place.file(self.base, names::LOG);
        let mut largest = indexes.times.last();
        let behind = match largest {
            Some(last) => indexes.offsets.floor(last.offset).doing("search an index of", &path)?,
            None => None,
        };
        let last_entry = indexes.offsets.last().map_or(0, |last| u64::from(last.position));
        let from = behind.map_or(0, |entry| u64::from(entry.position));
        let size = self.size;
        let mut scanner = Scanner::new(&**self.log(place), from, size, LOOKUP_CHUNK);
        while let Some(Ok(found)) = scanner.next().doing("read", &path)? {
            let row = TimeRow {
                timestamp: found.header.max_timestamp(),
                offset: found.header.last_offset(),
            };
            if row.timestamp > largest.map_or(WallMs::NONE, |largest| largest.timestamp) {
                largest = Some(row);
            }
        }
        if let Some(indexes) = &mut self.indexes {
            indexes.largest = largest;
            indexes.bytes_since_entry = size - last_entry;
        }
        Ok(())
    }

    /// Gives the files a second suffix, or takes it away. Files that are not there are passed
    /// over: an index may be missing and is rebuilt.
    pub fn rename(&mut self, place: &Place, from: Option<&str>, to: Option<&str>) -> Result<()> {
        let path = |suffix, state: Option<&str>| {
            let plain = place.file(self.base, suffix);
            state.map_or(plain.clone(), |state| names::with_state(&plain, state))
        };
        // The log last when it goes out, so that at every moment a log without indexes is the worst
        // that can be found; when it comes in, first.
        let mut suffixes = names::OF_A_SEGMENT;
        if to.is_some() {
            suffixes.reverse();
        }
        if self.log.is_none() {
            self.log = self.lent.take().and_then(|lent| lent.upgrade());
        }
        for suffix in suffixes {
            let (from, to) = (path(suffix, from), path(suffix, to));
            let handle = match suffix {
                names::LOG => self.log.as_ref(),
                names::OFFSET_INDEX => self.indexes.as_ref().map(|it| it.offsets.file()),
                names::TIME_INDEX => self.indexes.as_ref().map(|it| it.times.file()),
                _ => self.transactions.as_ref().map(|it| it.file()),
            };
            let renamed = match handle {
                Some(handle) => handle.rename(&to),
                None => place.disk.rename(&from, &to),
            };
            match renamed {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other.doing("rename", &from)?,
            }
        }
        Ok(())
    }

    /// The directory was renamed.
    pub fn moved(&mut self, dir: &Path) {
        let lent = self.lent.as_ref().and_then(Weak::upgrade);
        if let Some(log) = self.log.as_ref().or(lent.as_ref()) {
            log.moved(&names::file(dir, self.base, names::LOG));
        }
        if let Some(indexes) = &self.indexes {
            indexes.offsets.file().moved(&names::file(dir, self.base, names::OFFSET_INDEX));
            indexes.times.file().moved(&names::file(dir, self.base, names::TIME_INDEX));
        }
        if let Some(transactions) = &self.transactions {
            transactions.file().moved(&names::file(dir, self.base, names::TRANSACTION_INDEX));
        }
    }

    /// Everything of this segment that a flush must sync.
    pub fn files_to_sync(&mut self, place: &Place, whole: Whole) -> Vec<Arc<dyn DiskFile>> {
        let mut files = vec![self.log(place).clone()];
        if whole == Whole::WithIndexes {
            match &self.indexes {
                Some(indexes) => {
                    files.push(indexes.offsets.file().clone());
                    files.push(indexes.times.file().clone());
                }
                None => {
                    for suffix in [names::OFFSET_INDEX, names::TIME_INDEX] {
                        files.push(place.disk.file(&place.file(self.base, suffix)));
                    }
                }
            }
        }
        if let Some(transactions) = &self.transactions {
            files.push(transactions.file().clone());
        }
        files
    }
}

/// What came of a walk that an index entry began.
enum Search {
    Over(Option<Found>),
    /// The entry points to no batch, or to one behind its offset; or there is damage on the way,
    /// which only a walk from the beginning can tell from that.
    Astray,
}

/// How much of a segment a flush covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    /// The segment is complete: its indexes must be, too, because recovery will not read it again.
    WithIndexes,
    /// The active segment: recovery reads all of it and writes its indexes anew.
    LogOnly,
}

/// Indexes that a recovery or a compaction writes while it walks over a segment.
pub(crate) struct RebuiltIndexes(Box<Indexes>);

impl RebuiltIndexes {
    /// Empties the index files of the segment, and writes them from here on.
    pub fn begin(place: &Place, base: Offset, state: Option<&str>) -> Result<RebuiltIndexes> {
        Indexes::create(place, base, state).map(|indexes| RebuiltIndexes(Box::new(indexes)))
    }

    /// Leaves in the index files of the segment what is right, and writes the rest.
    pub fn begin_over(place: &Place, base: Offset) -> Result<RebuiltIndexes> {
        Indexes::over(place, base).map(|indexes| RebuiltIndexes(Box::new(indexes)))
    }

    pub fn note(&mut self, found: &Found, config: &LogConfig) -> io::Result<()> {
        let landmark = Landmark::from(&found.header);
        self.note_at(found.position, &landmark, config)
    }

    pub fn note_at(
        &mut self,
        position: u64,
        landmark: &Landmark,
        config: &LogConfig,
    ) -> io::Result<()> {
        self.0.note(position, landmark, config.index_interval_bytes)
    }

    pub fn files(&self) -> [&Arc<dyn DiskFile>; 2] {
        [self.0.offsets.file(), self.0.times.file()]
    }

    pub fn finish(&mut self) -> io::Result<()> {
        self.0.finish()
    }
}

impl Indexes {
    /// `state`: the second suffix of the files.
    fn create(place: &Place, base: Offset, state: Option<&str>) -> Result<Indexes> {
        let create = |suffix| {
            let path = place.file(base, suffix);
            let path = state.map_or(path.clone(), |state| names::with_state(&path, state));
            place.disk.create(&path).doing("create", &path)
        };
        Ok(Indexes {
            offsets: Index::new(create(names::OFFSET_INDEX)?, base),
            times: Index::new(create(names::TIME_INDEX)?, base),
            largest: None,
            bytes_since_entry: 0,
        })
    }

    /// Empty, over files that hold what some process left there, or are created.
    fn over(place: &Place, base: Offset) -> Result<Indexes> {
        let file = |suffix| {
            let path = place.file(base, suffix);
            let file = place.disk.file(&path);
            match file.len() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    place.disk.create(&path).doing("create", &path)
                }
                other => other.map(|_| file).doing("read", &path),
            }
        };
        Ok(Indexes {
            offsets: Index::over(file(names::OFFSET_INDEX)?, base),
            times: Index::over(file(names::TIME_INDEX)?, base),
            largest: None,
            bytes_since_entry: 0,
        })
    }

    /// Notes a batch that begins at `position`, in Kafka's rhythm: the entry belongs to the batch
    /// with which the distance since the last entry is already exceeded.
    fn note(&mut self, position: u64, batch: &Landmark, interval: u32) -> io::Result<()> {
        if batch.max_timestamp > self.largest.map_or(WallMs::NONE, |largest| largest.timestamp) {
            self.largest =
                Some(TimeRow { timestamp: batch.max_timestamp, offset: batch.last_offset });
        }
        if self.bytes_since_entry > u64::from(interval)
            && let Ok(position) = u32::try_from(position)
        {
            self.offsets.append(OffsetRow { offset: batch.last_offset, position })?;
            if let Some(largest) = self.largest {
                self.times.append_if_later(largest)?;
            }
            self.bytes_since_entry = 0;
        }
        self.bytes_since_entry += batch.size;
        Ok(())
    }

    /// The time index ends with the largest timestamp: that is how a later start knows it.
    fn finish(&mut self) -> io::Result<()> {
        if let Some(largest) = self.largest {
            self.times.append_if_later(largest)?;
        }
        self.offsets.finish()?;
        self.times.finish()
    }
}

pub(crate) fn corrupt(path: &Path, position: u64, damage: &Damage) -> LogError {
    let reason = match damage {
        Damage::Cut => "its last batch is cut off".to_owned(),
        Damage::NoEntry(error) => error.to_string(),
    };
    let remedy =
        "remove the mark of the clean stop (.kafka_cleanshutdown) to have the log recovered";
    LogError::Corrupt { path: path.to_owned(), position, reason: format!("{reason}; {remedy}") }
}

/// Whether a segment that begins at `base` can hold `offset`. A follower's first batch may begin
/// below its segment, but never end there.
pub(crate) fn is_within_reach(base: Offset, offset: Offset) -> bool {
    let reach = offset.0.checked_sub(base.0);
    reach.is_some_and(|reach| (0..=i64::from(i32::MAX)).contains(&reach))
}

/// A number below `segment.jitter.ms` that differs from segment to segment and log to log, without
/// a source of entropy: any spread does.
fn jitter_ms(place: &Place, base: Offset, config: &LogConfig) -> i64 {
    let bound = config.segment_jitter_ms.min(config.segment_ms);
    if bound <= 0 {
        return 0;
    }
    // FNV-1a.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let name = place.dir.as_os_str().as_encoded_bytes();
    for byte in name.iter().chain(&base.0.to_le_bytes()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash >> 1) as i64 % bound
}
