//! Log compaction: of every key, keep the last record.
//!
//! Life of a pass. [`Log::compaction_candidate`] says how dirty a log is; the shell takes the
//! filthiest of those that are due. [`Log::plan_compaction`] notes, under the lock, which segments to
//! read. Outside of it, [`Compaction::next_group`] first fills the [`OffsetMap`] from the dirty part,
//! then copies what stays of one group of neighbouring segments into a new one; under the lock again,
//! [`Log::replace_compacted`] swaps it in. When no group is left, [`Compaction::clean_up_to`] goes into
//! the cleaner's checkpoint.
//!
//! Offsets never change; batches shrink and vanish. The active segment is never touched, nor anything
//! above the last stable offset.
//!
//! A crash at any point leaves the old segments or the new one:
//! 1. The new files are written as `.cleaned` and synced. Found at a start, they are removed.
//! 2. They are renamed to `.swap`, the log last, and the directory is synced. As long as a `.cleaned`
//!    is beside them they are removed as well; once they are complete, a start finishes the job.
//! 3. The old segments are renamed to `.deleted`.
//! 4. The new files get their final names, and the directory is synced.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use base::{Offset, ProducerId, WallMs};

use crate::config::LogConfig;
use crate::disk::DiskFile;
use crate::error::{Doing, LogError, Result};
use crate::keep::{DECOMPRESSED_BYTES_MAX, Keeping, Kept, LastOfProducer, Standing, Transactions};
use crate::log::Log;
use crate::names;
use crate::offset_map::{OffsetMap, Put};
use crate::retain::DeletedFiles;
use crate::scan::{Damage, Found, Header, SWEEP_CHUNK, Scanner};
use crate::segment::{Landmark, Place, RebuiltIndexes, Segment, corrupt};
use crate::transactions::{AbortedTransaction, TransactionIndex};

/// How dirty a log is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompactionCandidate {
    /// Up to here the log is clean.
    pub first_dirty: Offset,
    /// From here on it must not be touched.
    pub first_uncleanable: Offset,
    pub cleanable_bytes: u64,
    pub total_bytes: u64,
    /// Something dirty is older than `max.compaction.lag.ms`.
    pub overdue: bool,
    /// The checkpoint does not fit the log: write `first_dirty` into it.
    pub checkpoint_is_wrong: bool,
}

impl CompactionCandidate {
    /// Dirty bytes by all bytes, 0 to 1: the largest goes first.
    pub fn dirty_ratio(&self) -> f64 {
        if self.total_bytes == 0 {
            return 0.0;
        }
        self.cleanable_bytes as f64 / self.total_bytes as f64
    }

    /// Whether a pass is worth it.
    pub fn is_due(&self, config: &LogConfig) -> bool {
        self.cleanable_bytes > 0
            && (self.overdue || self.dirty_ratio() > config.min_cleanable_dirty_ratio)
    }
}

impl Log {
    /// How dirty the log is, given what the cleaner's checkpoint says. Reads the first batch and the
    /// last time index entry of dirty segments if a lag is configured.
    pub fn compaction_candidate(
        &mut self,
        clean_up_to: Option<Offset>,
        last_stable: Offset,
        now: WallMs,
    ) -> Result<CompactionCandidate> {
        let checkpoint = clean_up_to.unwrap_or(self.log_start);
        let checkpoint_is_wrong = checkpoint < self.log_start || checkpoint > self.end;
        let first_dirty = if checkpoint_is_wrong { self.log_start } else { checkpoint };
        let active = self.segments.len() - 1;
        let dirty = self.segment_of(first_dirty).min(active);
        let mut bound = last_stable.min(self.segments[active].base);
        if self.config.min_compaction_lag_ms > 0 {
            for at in dirty..active {
                let latest = self.latest_time_of(at)?;
                if latest.0 > now.0.saturating_sub(self.config.min_compaction_lag_ms) {
                    bound = bound.min(self.segments[at].base);
                    break;
                }
            }
        }
        // Only whole segments are cleaned.
        let uncleanable = self.segment_of(bound.max(first_dirty)).min(active);
        let first_uncleanable = self.segments[uncleanable].base;
        let sizes = |range: std::ops::Range<usize>| -> u64 {
            self.segments.get(range).unwrap_or_default().iter().map(|segment| segment.size).sum()
        };
        let cleanable_bytes = sizes(dirty..uncleanable);
        let total_bytes = sizes(0..dirty) + cleanable_bytes;
        let mut overdue = false;
        if self.config.max_compaction_lag_ms < i64::MAX {
            for at in dirty..active {
                let (place, config) = (&self.place, &self.config);
                let first = self.segments[at].first_timestamp(place, config)?;
                let limit = now.0.saturating_sub(config.max_compaction_lag_ms);
                overdue |= first.0 > 0 && first.0 < limit;
            }
        }
        Ok(CompactionCandidate {
            first_dirty,
            first_uncleanable,
            cleanable_bytes,
            total_bytes,
            overdue,
            checkpoint_is_wrong,
        })
    }

    /// Notes what a pass over the log needs to know. Cheap; the pass itself needs no lock.
    pub fn plan_compaction(&mut self, candidate: &CompactionCandidate) -> Result<Compaction> {
        let end = candidate.first_uncleanable;
        let from = self.segments[0].base;
        let aborted = self.aborted_transactions(from, end)?;
        let last = |producer: &crate::Producer| match producer.last_batch() {
            Some(batch) => LastOfProducer::Data(batch.last_offset),
            None => LastOfProducer::MarkerOf(producer.epoch),
        };
        let producers = self.producers.iter().map(|(id, producer)| (id, last(producer))).collect();
        let mut sources = Vec::new();
        for segment in &mut self.segments {
            if segment.base >= end {
                break;
            }
            let (offsets, times) = segment.index_bytes(&self.place, &self.config)?;
            sources.push(Source {
                base: segment.base,
                size: segment.size,
                modified: segment.modified,
                index_bytes: offsets.max(times),
                file: segment.log(&self.place).clone(),
            });
        }
        Ok(Compaction {
            place: Place { disk: self.place.disk.clone(), dir: self.place.dir.clone() },
            config: self.config.clone(),
            sources,
            groups: None,
            first_dirty: candidate.first_dirty,
            end,
            aborted: aborted.clone(),
            transactions: Transactions::new(aborted),
            producers,
            stats: CompactionStats::default(),
            clean_up_to: candidate.first_dirty,
        })
    }

    /// Puts a compacted segment in the place of those it was made from. `None` if they are not there
    /// any more as they were (retention or a truncation came between): the new files are removed
    /// then, and the pass should be given up.
    pub fn replace_compacted(&mut self, group: CompactedGroup) -> Result<Option<DeletedFiles>> {
        let first = self.segments.iter().position(|segment| segment.base == group.base);
        let old = first.and_then(|first| self.segments.get(first..first + group.old.len()));
        let is_same = old.is_some_and(|old| {
            old.iter().map(|segment| (segment.base, segment.size)).eq(group.old.iter().copied())
        });
        let (Some(first), true) = (first, is_same) else {
            group.discard()?;
            return Ok(None);
        };
        let place = &self.place;
        let mut new = Segment::found(group.base, group.size, group.modified, group.modified);
        new.rename(place, Some(names::CLEANED), Some(names::SWAP))?;
        place.disk.sync_dir(&place.dir).doing("sync", &place.dir)?;
        let mut deleted = DeletedFiles::new(place);
        let count = group.old.len();
        for segment in &mut self.segments[first..first + count] {
            segment.rename(place, None, Some(names::DELETED))?;
            deleted.add(place, segment.base);
        }
        new.rename(place, Some(names::SWAP), None)?;
        place.disk.sync_dir(&place.dir).doing("sync", &place.dir)?;
        if let Some(bytes) = group.transaction_bytes {
            new.has_transactions(place, bytes);
        }
        let rest = self.segments.splice(first..first + count, [new]).skip(1);
        let merged: Vec<Offset> = rest.map(|segment| segment.base).collect();
        self.forget_landings();
        for offset in merged {
            // A snapshot belongs to the segment that begins at its offset.
            if let Ok(at) = self.snapshots.binary_search(&offset) {
                self.snapshots.remove(at);
                self.retire_snapshot(offset, &mut deleted)?;
            }
        }
        Ok(Some(deleted))
    }
}

/// A segment to read.
#[derive(Clone)]
struct Source {
    base: Offset,
    size: u64,
    modified: WallMs,
    /// The larger of its indexes.
    index_bytes: u64,
    file: Arc<dyn DiskFile>,
}

/// One pass over one log. See the module.
pub struct Compaction {
    place: Place,
    config: Arc<LogConfig>,
    sources: Vec<Source>,
    /// Groups that wait, the next one last. `None` until the map is filled.
    groups: Option<Vec<Vec<Source>>>,
    first_dirty: Offset,
    end: Offset,
    aborted: Vec<AbortedTransaction>,
    transactions: Transactions,
    producers: BTreeMap<ProducerId, LastOfProducer>,
    stats: CompactionStats,
    clean_up_to: Offset,
}

/// What a pass did, for the cleaner's metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompactionStats {
    pub bytes_read: u64,
    pub bytes_written: u64,
    pub batches_read: u64,
    pub batches_written: u64,
    /// Records without a key, which a compacted log must not have.
    pub invalid_records: u64,
}

/// What a step of a pass came to.
pub enum CompactionStep {
    /// Pass it to [`Log::replace_compacted`].
    Group(CompactedGroup),
    Done,
    /// The caller wanted to stop.
    Stopped,
}

/// A segment that waits as `.cleaned` to replace others.
pub struct CompactedGroup {
    place: Place,
    /// Base offset and size of the segments that it replaces.
    old: Vec<(Offset, u64)>,
    base: Offset,
    size: u64,
    modified: WallMs,
    transaction_bytes: Option<u64>,
}

impl CompactedGroup {
    fn discard(&self) -> Result<()> {
        remove_cleaned(&self.place, self.base)
    }
}

/// Removes what a pass has written of the segment at `base`: a start that found it would take it for
/// newer than the segments behind it.
fn remove_cleaned(place: &Place, base: Offset) -> Result<()> {
    for suffix in names::OF_A_SEGMENT {
        let path = names::with_state(&place.file(base, suffix), names::CLEANED);
        match place.disk.remove(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other.doing("remove", &path)?,
        }
    }
    Ok(())
}

impl Compaction {
    /// Up to where the log is clean once every group has been replaced.
    pub fn clean_up_to(&self) -> Offset {
        self.clean_up_to
    }

    pub fn stats(&self) -> CompactionStats {
        self.stats
    }

    /// Does the next piece of work. `goes_on` is asked with the bytes read since it was last asked,
    /// and may sleep to keep to `log.cleaner.io.max.bytes.per.second`.
    ///
    /// # Errors
    /// The disk; or damage in a segment, after which the partition is uncleanable.
    pub fn next_group(
        &mut self,
        map: &mut OffsetMap,
        now: WallMs,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<CompactionStep> {
        if self.groups.is_none() {
            if !self.fill_map(map, goes_on)? {
                return Ok(CompactionStep::Stopped);
            }
            self.clean_up_to = map.latest().map_or(self.first_dirty, |latest| latest.plus(1));
            self.groups = Some(self.group());
        }
        let Some(group) = self.groups.as_mut().and_then(Vec::pop) else {
            return Ok(CompactionStep::Done);
        };
        self.clean(&group, map, now, goes_on)
    }

    /// False if the caller wants to stop.
    fn fill_map(
        &mut self,
        map: &mut OffsetMap,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<bool> {
        map.clear();
        let dirty = |entry: &&AbortedTransaction| entry.last >= self.first_dirty;
        let aborted = self.aborted.iter().filter(dirty).copied().collect();
        let mut transactions = Transactions::new(aborted);
        let mut scratch = Vec::new();
        let first =
            self.sources.partition_point(|source| source.base <= self.first_dirty).max(1) - 1;
        for at in first..self.sources.len() {
            let source = self.sources[at].clone();
            let path = self.place.file(source.base, names::LOG);
            let mut scanner = Scanner::new(&*source.file, 0, source.size, SWEEP_CHUNK);
            while let Some(found) = scanner.next().doing("read", &path)? {
                let found = checked(found, &mut scanner, &path)?;
                self.stats.bytes_read += found.header.size();
                if !goes_on(found.header.size()) {
                    return Ok(false);
                }
                let content = scanner.content(&found).doing("read", &path)?;
                let put = self.map_batch(map, &mut transactions, &found, content, &mut scratch);
                match put.map_err(|error| unreadable(&path, &found, &error))? {
                    Put::Full => return Ok(true),
                    Put::Done if found.header.last_offset() >= self.first_dirty => {
                        map.set_latest(found.header.last_offset());
                    }
                    Put::Done => {}
                }
            }
            let next = self.sources.get(at + 1).map_or(self.end, |next| next.base);
            map.set_latest(next.plus(-1));
        }
        Ok(true)
    }

    fn map_batch(
        &mut self,
        map: &mut OffsetMap,
        transactions: &mut Transactions,
        found: &Found,
        content: &[u8],
        scratch: &mut Vec<u8>,
    ) -> std::result::Result<Put, records::BatchError> {
        let mut put = |key: Option<&[u8]>, offset: Offset| match key {
            Some(key) if offset >= self.first_dirty => map.put(key, offset),
            Some(_) => Put::Done,
            None => {
                self.stats.invalid_records += u64::from(offset >= self.first_dirty);
                Put::Done
            }
        };
        match &found.header {
            Header::Batch(header) if header.attributes.is_control() => {
                transactions.marker(header, content);
            }
            Header::Batch(header) => {
                if transactions.data(header) == Standing::Dead {
                    return Ok(Put::Done);
                }
                let mut outcome = Put::Done;
                records::visit_briefs(content, scratch, |record| {
                    outcome = put(record.key, record.offset);
                    match outcome {
                        Put::Done => ControlFlow::Continue(()),
                        Put::Full => ControlFlow::Break(()),
                    }
                })?;
                return Ok(outcome);
            }
            Header::Legacy(_) => {
                for message in records::messages_of(content, scratch, DECOMPRESSED_BYTES_MAX)? {
                    let message = message?;
                    if put(message.key, message.header.offset) == Put::Full {
                        return Ok(Put::Full);
                    }
                }
            }
        }
        Ok(Put::Done)
    }

    /// Neighbouring segments that fit into one, the first group last. Old sizes are what can be
    /// known before the work: small segments left by earlier passes meet here.
    fn group(&self) -> Vec<Vec<Source>> {
        let limit = u64::from(self.config.segment_bytes);
        let index_limit = u64::from(self.config.segment_index_bytes);
        let mut groups: Vec<Vec<Source>> = Vec::new();
        let cleaned = self.sources.iter().take_while(|source| source.base < self.clean_up_to);
        for (at, source) in cleaned.enumerate() {
            let next = self.sources.get(at + 1).map_or(self.end, |next| next.base);
            let fits = groups.last().is_some_and(|group| {
                let bytes: u64 = group.iter().map(|source| source.size).sum();
                let index_bytes: u64 = group.iter().map(|source| source.index_bytes).sum();
                let reach = next.plus(-1).since(group[0].base);
                bytes + source.size <= limit
                    && index_bytes + source.index_bytes <= index_limit
                    && (source.size == 0 || reach <= i64::from(i32::MAX))
            });
            match groups.last_mut() {
                Some(group) if fits => group.push(source.clone()),
                _ => groups.push(vec![source.clone()]),
            }
        }
        groups.reverse();
        groups
    }

    fn clean(
        &mut self,
        group: &[Source],
        map: &OffsetMap,
        now: WallMs,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<CompactionStep> {
        let outcome = self.copy(group, map, now, goes_on);
        if !matches!(outcome, Ok(CompactionStep::Group(_))) {
            remove_cleaned(&self.place, group[0].base)?;
        }
        outcome
    }

    fn copy(
        &mut self,
        group: &[Source],
        map: &OffsetMap,
        now: WallMs,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<CompactionStep> {
        let base = group[0].base;
        let mut target = Target::create(&self.place, base, self.config.clone())?;
        let mut scratch = Vec::new();
        for source in group {
            let path = self.place.file(source.base, names::LOG);
            let mut scanner = Scanner::new(&*source.file, 0, source.size, SWEEP_CHUNK);
            while let Some(found) = scanner.next().doing("read", &path)? {
                let found = checked(found, &mut scanner, &path)?;
                self.stats.bytes_read += found.header.size();
                self.stats.batches_read += 1;
                if !goes_on(found.header.size()) {
                    return Ok(CompactionStep::Stopped);
                }
                let content = scanner.content(&found).doing("read", &path)?;
                let kept = self.judge(map, &found, content, now, &mut target, &mut scratch);
                match kept.map_err(|error| unreadable(&path, &found, &error))? {
                    Kept::Nothing => continue,
                    Kept::All => target.add(content)?,
                    Kept::Rewritten(bytes) => target.add(&bytes)?,
                }
                self.stats.batches_written += 1;
            }
        }
        let bytes = target.finish()?;
        self.stats.bytes_written += bytes;
        target.into_group(&self.place, group, bytes).map(CompactionStep::Group)
    }

    fn judge(
        &mut self,
        map: &OffsetMap,
        found: &Found,
        content: &[u8],
        now: WallMs,
        target: &mut Target,
        scratch: &mut Vec<u8>,
    ) -> std::result::Result<Kept, records::BatchError> {
        let keeping = Keeping {
            map,
            producers: &self.producers,
            upper_bound: self.end,
            delete_retention_ms: self.config.delete_retention_ms,
            now,
        };
        match &found.header {
            Header::Legacy(header) => keeping.legacy(header, content, scratch),
            Header::Batch(header) if header.attributes.is_control() => {
                let (standing, indexed) = self.transactions.marker(header, content);
                target.aborted.extend(indexed);
                keeping.batch(header, content, standing, scratch)
            }
            Header::Batch(header) => {
                let standing = self.transactions.data(header);
                keeping.batch(header, content, standing, scratch)
            }
        }
    }
}

/// The new segment that a group is copied into.
struct Target {
    base: Offset,
    config: Arc<LogConfig>,
    log: Arc<dyn DiskFile>,
    indexes: RebuiltIndexes,
    /// Copied and not yet written.
    buffer: Vec<u8>,
    written: u64,
    aborted: Vec<AbortedTransaction>,
}

impl Target {
    fn create(place: &Place, base: Offset, config: Arc<LogConfig>) -> Result<Target> {
        let path = names::with_state(&place.file(base, names::LOG), names::CLEANED);
        Ok(Target {
            base,
            config,
            log: place.disk.create(&path).doing("create", &path)?,
            indexes: RebuiltIndexes::begin(place, base, Some(names::CLEANED))?,
            buffer: Vec::new(),
            written: 0,
            aborted: Vec::new(),
        })
    }

    fn add(&mut self, batch: &[u8]) -> Result<()> {
        let position = self.written + self.buffer.len() as u64;
        let mut headers = records::Batches::new(batch);
        if let Some(Ok((header, _))) = headers.next() {
            let landmark = Landmark {
                size: batch.len() as u64,
                last_offset: header.last_offset(),
                max_timestamp: header.max_timestamp,
            };
            let noted = self.indexes.note_at(position, &landmark, &self.config);
            noted.doing("write an index of", self.log.path())?;
        }
        self.buffer.extend_from_slice(batch);
        if self.buffer.len() >= SWEEP_CHUNK { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        self.log.write_at(&self.buffer, self.written).doing("write", self.log.path())?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Writes what is left and syncs everything: the old segments go next.
    fn finish(&mut self) -> Result<u64> {
        self.write()?;
        let path = self.log.path();
        self.indexes.finish().doing("write an index of", &path)?;
        self.log.sync_data().doing("sync", &path)?;
        for file in self.indexes.files() {
            file.sync_data().doing("sync", file.path())?;
        }
        Ok(self.written)
    }

    fn into_group(self, place: &Place, group: &[Source], size: u64) -> Result<CompactedGroup> {
        let modified = group.last().map_or(WallMs(0), |source| source.modified);
        let mut transaction_bytes = None;
        if !self.aborted.is_empty() {
            let path = place.file(self.base, names::TRANSACTION_INDEX);
            let path = names::with_state(&path, names::CLEANED);
            let file = place.disk.create(&path).doing("create", &path)?;
            let mut index = TransactionIndex::new(file.clone(), 0);
            for aborted in &self.aborted {
                index.append(aborted).doing("write", &path)?;
            }
            file.sync_data().doing("sync", &path)?;
            transaction_bytes = Some(index.bytes());
        }
        let path = self.log.path();
        place.disk.set_modified(&path, modified).doing("set the time of", &path)?;
        Ok(CompactedGroup {
            place: Place { disk: place.disk.clone(), dir: place.dir.clone() },
            old: group.iter().map(|source| (source.base, source.size)).collect(),
            base: self.base,
            size,
            modified,
            transaction_bytes,
        })
    }
}

/// The entry, if it is whole and its checksum is right: what is copied is vouched for.
fn checked(
    found: std::result::Result<Found, Damage>,
    scanner: &mut Scanner<'_>,
    path: &std::path::Path,
) -> Result<Found> {
    let found = found.map_err(|damage| corrupt(path, scanner.position(), &damage))?;
    if scanner.is_valid(&found).doing("read", path)? {
        return Ok(found);
    }
    Err(LogError::Corrupt {
        path: path.to_owned(),
        position: found.position,
        reason: "the checksum of the batch there is wrong; the log is not compacted".to_owned(),
    })
}

fn unreadable(path: &std::path::Path, found: &Found, error: &records::BatchError) -> LogError {
    LogError::Corrupt {
        path: path.to_owned(),
        position: found.position,
        reason: format!("{error}; the log is not compacted"),
    }
}
