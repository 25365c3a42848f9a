//! Opening a directory that some Kafka left behind, however it stopped.
//!
//! After a clean stop the listing of the directory says nearly everything: base offsets, sizes, which
//! snapshots there are. Three small files and the tail of the active segment are read, and no other
//! byte of the log.
//!
//! After any other stop, what lies above the recovery point may be torn. Recovery walks over the
//! segments from there on and believes nothing it has not checked: a checksum per batch, offsets that
//! rise, lengths that fit. It makes the indexes anew as it goes and writes only where they differ from
//! what is there, brings epochs and producers up to date, and cuts the log at the first batch that is
//! wrong; later segments go as well, because what follows a hole was never acknowledged. Below the
//! recovery point everything had been synced.
//!
//! Leftovers of deletions and compactions are finished or undone first (`.deleted`, `.cleaned`,
//! `.swap`); see [`crate::compact`] for the order that makes this safe.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use base::{Offset, Uuid, WallMs};

use crate::checkpoint;
use crate::config::LogConfig;
use crate::disk::{Disk, Kind, Stat};
use crate::epochs::Epochs;
use crate::error::{Doing, LogError, Result};
use crate::journal;
use crate::log::Log;
use crate::manifest::{RestedSegment, Unchanged};
use crate::names;
use crate::producers::{self, Producers};
use crate::scan::{Found, Header, SWEEP_CHUNK, Scanner};
use crate::segment::{Place, RebuiltIndexes, Segment, is_within_reach};
use crate::transactions::Marker;

/// Headers read at once when producers are brought up to date.
const REPLAY_CHUNK: usize = 64 * 1024;

/// How the last process that had the directory ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastStop {
    /// The mark of a clean stop was there, and every file is as it was meant.
    Clean,
    Unclean,
}

/// What is known of a log before it is opened.
#[derive(Clone, Debug)]
pub struct Opening {
    pub config: Arc<LogConfig>,
    /// From `recovery-point-offset-checkpoint`; 0 if it does not say.
    pub recovery_point: Offset,
    /// From `log-start-offset-checkpoint`; 0 if it does not say.
    pub log_start: Offset,
    /// From `cleaner-offset-checkpoint`; 0 if it does not say. Below it compaction may have left gaps.
    pub cleaned_up_to: Offset,
    pub last_stop: LastStop,
    /// From `partition.metadata`, if the caller has read it already.
    pub topic_id: Option<Uuid>,
    pub now: WallMs,
}

/// What was found and mended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Segments that recovery read.
    pub segments_recovered: usize,
    /// Bytes of batches that recovery checked.
    pub bytes_recovered: u64,
    /// Bytes cut off because they were no valid batches, later segments included.
    pub bytes_lost: u64,
    /// Anything an operator should read: one sentence each, naming the file.
    pub notes: Vec<String>,
}

impl Log {
    /// Opens the log in `dir`.
    ///
    /// # Errors
    /// The disk; after a clean stop also damage in the tail of the active segment, which then is
    /// not what a stop left but what happened to the file since.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path, opening: Opening) -> Result<(Log, OpenReport)> {
        Log::open_beside(disk, dir, opening, &[])
    }

    /// Opens a log of which a journal holds `tails`; [`Log::replay`] them next.
    ///
    /// # Errors
    /// As [`Log::open`].
    pub fn open_beside(
        disk: Arc<dyn Disk>,
        dir: &Path,
        opening: Opening,
        tails: &[Vec<u8>],
    ) -> Result<(Log, OpenReport)> {
        let place = Place { disk, dir: dir.to_owned() };
        let mut report = OpenReport::default();
        let mut files = Files::list(&place)?;
        if files.settle_leftovers(&place, &mut report)? {
            files = Files::list(&place)?;
        }
        let segments = files.segments(&place, &opening, &mut report)?;
        let epochs = Epochs::load(&*place.disk, dir)?;
        let mut loader = Loader {
            snapshots: files.snapshots(),
            empty_snapshots: files.empty_snapshots(),
            place,
            opening,
            tails,
            segments,
            // Replaced below if the checkpoint cannot be read.
            epochs: epochs.clone().unwrap_or_default(),
            report,
        };
        if let Err(reason) = epochs {
            loader.rebuild_epochs(&reason.to_string())?;
        }
        let (end, producers) = match loader.opening.last_stop {
            LastStop::Clean => loader.trust()?,
            LastStop::Unclean => loader.recover()?,
        };
        loader.finish(end, producers)
    }
}

impl Log {
    /// Opens a log as a manifest remembers it, after the clean stop that wrote it.
    ///
    /// # Errors
    /// The disk.
    pub fn resume(
        disk: Arc<dyn Disk>,
        dir: &Path,
        opening: Opening,
        unchanged: &Unchanged,
    ) -> Result<Log> {
        let rested = unchanged.log();
        let place = Place { disk, dir: dir.to_owned() };
        let found = |known: &RestedSegment| {
            let mut segment = Segment::found(known.base, known.size, known.modified, opening.now);
            if let Some(bytes) = known.transactions {
                segment.has_transactions(&place, bytes);
            }
            segment
        };
        let segments = rested.segments.iter().map(found).collect();
        let empty = rested.snapshots.iter().filter(|(_, has_producers)| !has_producers);
        let loader = Loader {
            segments,
            snapshots: rested.snapshots.iter().map(|(offset, _)| *offset).collect(),
            empty_snapshots: empty.map(|(offset, _)| *offset).collect(),
            epochs: Epochs::saved(&rested.epochs),
            opening: Opening { topic_id: opening.topic_id.or(rested.topic_id), ..opening },
            tails: &[],
            report: OpenReport::default(),
            place,
        };
        loader.finish(rested.end, None).map(|(log, _)| log)
    }
}

/// The files of a directory, by what they belong to.
struct Files {
    /// By base offset and suffix; without those that have a second suffix.
    plain: BTreeMap<(Offset, String), Stat>,
    /// Base offset, suffix, second suffix.
    in_transit: Vec<(Offset, String, String)>,
}

impl Files {
    fn list(place: &Place) -> Result<Files> {
        let mut files = Files { plain: BTreeMap::new(), in_transit: Vec::new() };
        for entry in place.disk.list(&place.dir).doing("list", &place.dir)? {
            if entry.stat.kind != Kind::File {
                continue;
            }
            match names::parse_file(&entry.name) {
                Some((base, suffix, None)) => {
                    files.plain.insert((base, suffix.to_owned()), entry.stat);
                }
                Some((base, suffix, Some(state))) => {
                    files.in_transit.push((base, suffix.to_owned(), state.to_owned()));
                }
                None => {}
            }
        }
        Ok(files)
    }

    /// Finishes or undoes what was under way. True if the directory is another one now.
    fn settle_leftovers(&self, place: &Place, report: &mut OpenReport) -> Result<bool> {
        if self.in_transit.is_empty() {
            return Ok(false);
        }
        let path = |base: Offset, suffix: &str, state: &str| {
            names::with_state(&place.file(base, suffix), state)
        };
        let cleaned = self.in_transit.iter().filter(|(_, _, state)| state == names::CLEANED);
        let first_cleaned = cleaned.map(|(base, _, _)| *base).min();
        let mut swaps = Vec::new();
        for (base, suffix, state) in &self.in_transit {
            // A swap beside a `.cleaned` file of its own or a lower offset is one of a set that was
            // not complete: the old segments are still there, untouched.
            let is_whole = first_cleaned.is_none_or(|first| *base < first);
            if state == names::SWAP && is_whole {
                swaps.push((*base, suffix.as_str()));
            } else if [names::DELETED, names::CLEANED, names::SWAP].contains(&state.as_str()) {
                remove(place, &path(*base, suffix, state))?;
            }
        }
        self.finish_swaps(place, &swaps, report)?;
        place.disk.sync_dir(&place.dir).doing("sync", &place.dir)?;
        Ok(true)
    }

    /// A complete swap was about to replace the segments whose offsets it covers: do it.
    fn finish_swaps(
        &self,
        place: &Place,
        swaps: &[(Offset, &str)],
        report: &mut OpenReport,
    ) -> Result<()> {
        for (base, _) in swaps.iter().filter(|(_, suffix)| *suffix == names::LOG) {
            let end = swap_end(place, *base)?;
            let covered = (*base, String::new())..(end.max(base.plus(1)), String::new());
            for ((old, suffix), _) in self.plain.range(covered) {
                if suffix != names::SNAPSHOT {
                    remove(place, &place.file(*old, suffix))?;
                }
            }
            report.notes.push(format!(
                "finished a compaction in {} that an earlier stop interrupted at offset {base}",
                place.dir.display()
            ));
        }
        for (base, suffix) in swaps {
            let plain = place.file(*base, suffix);
            let swap = names::with_state(&plain, names::SWAP);
            place.disk.rename(&swap, &plain).doing("rename", &swap)?;
        }
        Ok(())
    }

    /// The segments, oldest first. Indexes without a log are removed.
    fn segments(
        &self,
        place: &Place,
        opening: &Opening,
        report: &mut OpenReport,
    ) -> Result<Vec<Segment>> {
        let mut segments: Vec<Segment> = Vec::new();
        for ((base, suffix), stat) in &self.plain {
            if suffix == names::LOG {
                segments.push(Segment::found(*base, stat.length, stat.modified, opening.now));
            }
        }
        for ((base, suffix), stat) in &self.plain {
            let owner = segments.binary_search_by_key(base, |segment| segment.base);
            match (suffix.as_str(), owner) {
                (names::SNAPSHOT | names::LOG, _) => {}
                (names::TRANSACTION_INDEX, Ok(at)) => {
                    segments[at].has_transactions(place, stat.length);
                }
                (_, Ok(_)) => {}
                (_, Err(_)) => {
                    let path = place.file(*base, suffix);
                    remove(place, &path)?;
                    report.notes.push(format!("removed {}, which has no log", path.display()));
                }
            }
        }
        Ok(segments)
    }

    fn snapshots(&self) -> Vec<Offset> {
        let snapshots = self.plain.keys().filter(|(_, suffix)| suffix == names::SNAPSHOT);
        snapshots.map(|(base, _)| *base).collect()
    }

    /// Snapshots that need not be read, because their size says that they hold no producer.
    fn empty_snapshots(&self) -> Vec<Offset> {
        let is_empty = |((base, suffix), stat): (&(Offset, String), &Stat)| {
            let empty = suffix == names::SNAPSHOT && stat.length == producers::EMPTY_SNAPSHOT_BYTES;
            empty.then_some(*base)
        };
        self.plain.iter().filter_map(is_empty).collect()
    }
}

/// The offset after the last batch of a `.swap` log.
fn swap_end(place: &Place, base: Offset) -> Result<Offset> {
    let path = names::with_state(&place.file(base, names::LOG), names::SWAP);
    let file = place.disk.file(&path);
    let length = file.len().doing("read", &path)?;
    let mut scanner = Scanner::new(&*file, 0, length, REPLAY_CHUNK);
    let mut end = base;
    while let Some(Ok(found)) = scanner.next().doing("read", &path)? {
        end = found.header.next_offset();
    }
    Ok(end)
}

fn remove(place: &Place, path: &Path) -> Result<()> {
    match place.disk.remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.doing("remove", path),
    }
}

/// A log that is being opened.
struct Loader<'t> {
    place: Place,
    opening: Opening,
    /// What a journal holds of it.
    tails: &'t [Vec<u8>],
    segments: Vec<Segment>,
    snapshots: Vec<Offset>,
    empty_snapshots: Vec<Offset>,
    epochs: Epochs,
    report: OpenReport,
}

impl Loader<'_> {
    /// After a clean stop: the end of the log is the end of its last batch.
    fn trust(&mut self) -> Result<(Offset, Option<Producers>)> {
        let Some(last) = self.segments.last_mut() else {
            return Ok((self.opening.log_start, None));
        };
        let end = last.next_offset(&self.place, &self.opening.config)?;
        for at in 0..self.segments.len() {
            let segment = &self.segments[at];
            let Some(index) = segment.transactions() else { continue };
            let path = self.place.file(segment.base, names::TRANSACTION_INDEX);
            if !index.is_plausible(segment.base).doing("read", &path)? {
                self.note(format!("{} is corrupt and was rebuilt", path.display()));
                let producers = self.producers_at(self.segments[at].base)?;
                self.sweep(at, producers)?;
            }
        }
        Ok((end, None))
    }

    /// After any other stop: see the module.
    fn recover(&mut self) -> Result<(Offset, Option<Producers>)> {
        if self.segments.is_empty() {
            return Ok((self.opening.log_start, None));
        }
        // Strictly: a segment that was flushed to its end before it was rolled may lack the last
        // entries of its indexes.
        let unflushed = |segment: &Segment| segment.base < self.opening.recovery_point;
        let first = self.segments.partition_point(unflushed).saturating_sub(1);
        let mut producers = self.producers_at(self.segments[first].base)?;
        let mut at = first;
        while at < self.segments.len() {
            let swept = self.sweep(at, producers)?;
            producers = swept.producers;
            at += 1;
            self.report.bytes_lost += swept.lost;
            if swept.lost > 0 || self.is_behind_a_hole(at, producers.end()) {
                self.drop_from(at)?;
            }
        }
        Ok((producers.end(), Some(producers)))
    }

    /// Whether the segment at `at` does not begin where the log before it ends. A power cut may lose
    /// the end of one segment and keep the next one, neither having been synced. Compaction makes
    /// gaps of its own, and they stay when a topic is compacted no more: in a compacted log, and
    /// below what the cleaner has reached in any log, only an overlap can be told, or a gap that the
    /// journal fills.
    fn is_behind_a_hole(&mut self, at: usize, end: Offset) -> bool {
        let Some(next) = self.segments.get(at) else { return false };
        let base = next.base;
        let is_compacted =
            self.opening.config.cleanup.compact || base <= self.opening.cleaned_up_to;
        let may_have_gaps = is_compacted && !journal::begins_at(self.tails, end);
        let unflushed = base > self.opening.recovery_point;
        let hole = base < end || (base > end && unflushed && !may_have_gaps);
        if hole {
            let path = self.place.file(base, names::LOG);
            self.note(format!(
                "removed {} and what follows it: the log before it ends at offset {end}",
                path.display()
            ));
        }
        hole
    }

    /// Removes the segments from `at` on: they follow a hole.
    fn drop_from(&mut self, at: usize) -> Result<()> {
        for mut segment in self.segments.drain(at..) {
            self.report.bytes_lost += segment.size;
            segment.rename(&self.place, None, Some(names::DELETED))?;
            for suffix in names::OF_A_SEGMENT {
                let path = self.place.file(segment.base, suffix);
                remove(&self.place, &names::with_state(&path, names::DELETED))?;
            }
        }
        Ok(())
    }

    /// Walks over one segment, checks everything, writes its indexes anew and cuts it at the first
    /// thing that is wrong.
    fn sweep(&mut self, at: usize, producers: Producers) -> Result<Swept> {
        let place = &self.place;
        let config = &self.opening.config;
        let segment = &mut self.segments[at];
        let (base, size) = (segment.base, segment.size);
        let path = place.file(base, names::LOG);
        let mut sweep = Sweep {
            base,
            indexes: RebuiltIndexes::begin_over(place, base)?,
            producers,
            epochs: &mut self.epochs,
            expected: base,
            aborted: Vec::new(),
        };
        // What the last process left here may be torn; it is a function of what follows.
        segment.forget_transactions(place)?;
        let file = segment.log(place).clone();
        let mut scanner = Scanner::new(&*file, 0, size, SWEEP_CHUNK);
        let mut valid = 0;
        let mut wrong = None;
        while let Some(found) = scanner.next().doing("read", &path)? {
            let problem = match found {
                Ok(found) => sweep.take(&found, &mut scanner, config).doing("recover", &path)?,
                Err(damage) => Some(format!("{damage:?}")),
            };
            if problem.is_some() {
                wrong = problem;
                break;
            }
            valid = scanner.position();
        }
        sweep.indexes.finish().doing("write an index of", &path)?;
        let Sweep { indexes, producers, expected, aborted, .. } = sweep;
        segment.adopt_indexes(indexes);
        for aborted in &aborted {
            segment.transactions_mut(place)?.append(aborted).doing("recover", &path)?;
        }
        segment.size = valid;
        if valid < size {
            file.truncate(valid).doing("cut", &path)?;
            self.report.notes.push(format!(
                "cut {} at byte {valid} of {size}, which is offset {expected}: {}",
                path.display(),
                wrong.unwrap_or_default()
            ));
        }
        let mut producers = producers;
        producers.set_end(expected);
        self.report.segments_recovered += 1;
        self.report.bytes_recovered += valid;
        Ok(Swept { producers, lost: size - valid })
    }

    /// The checkpoint of epochs is unreadable; the batches say the same.
    fn rebuild_epochs(&mut self, reason: &str) -> Result<()> {
        let path = self.place.dir.join(names::EPOCH_CHECKPOINT);
        self.note(format!("{} is rebuilt from the log: {reason}", path.display()));
        for segment in &mut self.segments {
            let path = self.place.file(segment.base, names::LOG);
            let size = segment.size;
            let file = segment.log(&self.place).clone();
            let mut scanner = Scanner::new(&*file, 0, size, REPLAY_CHUNK);
            while let Some(Ok(found)) = scanner.next().doing("read", &path)? {
                note_epoch(&mut self.epochs, &found.header);
            }
        }
        Ok(())
    }

    fn producers_at(&mut self, end: Offset) -> Result<Producers> {
        let source = ProducerSource {
            place: &self.place,
            config: &self.opening.config,
            log_start: self.opening.log_start,
            now: self.opening.now,
        };
        let (producers, notes) = source.producers_at(
            &mut self.segments,
            &mut self.snapshots,
            &self.empty_snapshots,
            end,
        )?;
        self.report.notes.extend(notes);
        Ok(producers)
    }

    fn finish(mut self, end: Offset, producers: Option<Producers>) -> Result<(Log, OpenReport)> {
        let start = self.opening.log_start;
        let mut end = end;
        if end < start {
            self.note(format!(
                "{} ends at offset {end}, below its log start offset {start}: segments were \
                 removed by others; it is emptied and goes on at {start}",
                self.place.dir.display()
            ));
            self.drop_from(0)?;
            self.epochs.clear();
            self.drop_snapshots(|_| true)?;
            end = start;
        }
        let is_new = self.segments.is_empty();
        if is_new {
            let config = &self.opening.config;
            let segment = Segment::create(&self.place, start, config, self.opening.now)?;
            self.segments.push(segment);
            end = start;
        }
        let log_start = start.max(self.segments[0].base);
        self.epochs.truncate_end(end);
        self.epochs.truncate_start(log_start);
        self.remove_stray_snapshots(end)?;
        let producers = match producers {
            Some(producers) if producers.end() == end => producers,
            _ if self.opening.last_stop == LastStop::Clean && self.snapshots.is_empty() => {
                // Kafka began to write snapshots at some version; before it there were no producers.
                Producers::at(end)
            }
            _ => self.producers_at(end)?,
        };
        let recovery_point = match self.opening.last_stop {
            LastStop::Clean => end,
            LastStop::Unclean => self.opening.recovery_point.min(end),
        };
        let topic_id = self.topic_id()?;
        let last = self.segments.last_mut().expect("a segment was made if there was none");
        last.set_jitter(&self.place, &self.opening.config);
        let first = self.segments.remove(0);
        let rest = std::mem::take(&mut self.segments);
        let mut log = Log::of(self.place, self.opening.config, first, log_start);
        log.segments.extend(rest);
        log.end = end;
        log.recovery_point = recovery_point;
        log.producers = producers;
        log.snapshots = self.snapshots;
        log.epochs = self.epochs;
        log.topic_id = topic_id;
        log.names_unsynced = is_new;
        log.rest()?;
        Ok((log, self.report))
    }

    fn topic_id(&mut self) -> Result<Option<Uuid>> {
        if self.opening.topic_id.is_some() {
            return Ok(self.opening.topic_id);
        }
        match checkpoint::read_topic_id(&*self.place.disk, &self.place.dir) {
            Err(error @ LogError::Corrupt { .. }) => {
                self.note(error.to_string());
                Ok(None)
            }
            other => other,
        }
    }

    /// Keeps the snapshots that belong to segments, and the newest that does not if it lies behind
    /// the last segment: that one is a clean stop's.
    fn remove_stray_snapshots(&mut self, end: Offset) -> Result<()> {
        let bases: Vec<Offset> = self.segments.iter().map(|segment| segment.base).collect();
        let last_base = bases.last().copied().unwrap_or(end);
        let is_stray = |offset: &Offset| bases.binary_search(offset).is_err();
        let newest_stray = self.snapshots.iter().copied().rfind(is_stray);
        let kept = newest_stray.filter(|offset| *offset > last_base && *offset <= end);
        self.drop_snapshots(|offset| {
            offset > end || (bases.binary_search(&offset).is_err() && Some(offset) != kept)
        })
    }

    fn drop_snapshots(&mut self, is_dropped: impl Fn(Offset) -> bool) -> Result<()> {
        let place = &self.place;
        let mut kept = Vec::with_capacity(self.snapshots.len());
        for offset in self.snapshots.drain(..) {
            if is_dropped(offset) {
                remove(place, &place.file(offset, names::SNAPSHOT))?;
            } else {
                kept.push(offset);
            }
        }
        self.snapshots = kept;
        Ok(())
    }

    fn note(&mut self, note: String) {
        self.report.notes.push(note);
    }
}

/// What a walk over one segment found.
struct Swept {
    producers: Producers,
    /// Bytes cut off.
    lost: u64,
}

/// The state of a walk over one segment.
struct Sweep<'l> {
    base: Offset,
    indexes: RebuiltIndexes,
    producers: Producers,
    epochs: &'l mut Epochs,
    /// The next batch must end here or later.
    expected: Offset,
    aborted: Vec<crate::transactions::AbortedTransaction>,
}

impl Sweep<'_> {
    /// Takes one batch in, or says what is wrong with it.
    fn take(
        &mut self,
        found: &Found,
        scanner: &mut Scanner<'_>,
        config: &LogConfig,
    ) -> io::Result<Option<String>> {
        let last = found.header.last_offset();
        if last < self.expected || !is_within_reach(self.base, last) {
            return Ok(Some(format!("it holds offset {last} where {} was due", self.expected)));
        }
        if !scanner.is_valid(found)? {
            return Ok(Some("its checksum is wrong".to_owned()));
        }
        self.indexes.note(found, config)?;
        note_epoch(self.epochs, &found.header);
        if let Some(header) = found.header.batch() {
            let marker = if header.attributes.is_control() {
                Marker::parse(scanner.content(found)?)
            } else {
                None
            };
            self.aborted.extend(self.producers.apply(header, marker.as_ref()));
        }
        self.expected = last.plus(1);
        Ok(None)
    }
}

/// Epochs only rise along a log; an entry for a lower one would be a lie about the past.
fn note_epoch(epochs: &mut Epochs, header: &Header) {
    if let Some(header) = header.batch()
        && epochs.latest().is_none_or(|latest| header.leader_epoch > latest.epoch)
    {
        epochs.assign(header.leader_epoch, header.base_offset);
    }
}

/// What the producers of a log are made from.
pub(crate) struct ProducerSource<'l> {
    pub place: &'l Place,
    pub config: &'l LogConfig,
    pub log_start: Offset,
    pub now: WallMs,
}

impl ProducerSource<'_> {
    /// The producers as they were at `end`: the newest readable snapshot, and the batches from
    /// there on. Unreadable snapshots are removed; the notes say so.
    pub fn producers_at(
        &self,
        segments: &mut [Segment],
        snapshots: &mut Vec<Offset>,
        empty_snapshots: &[Offset],
        end: Offset,
    ) -> Result<(Producers, Vec<String>)> {
        let mut notes = Vec::new();
        let first = segments.first().map_or(end, |segment| segment.base);
        let mut producers = Producers::at(self.log_start.max(first).min(end));
        while let Some(at) = snapshots.iter().rposition(|offset| *offset <= end) {
            let offset = snapshots[at];
            if offset < producers.end() {
                break;
            }
            if empty_snapshots.contains(&offset) {
                producers = Producers::at(offset);
                break;
            }
            let place = self.place;
            let expiration = self.config.producer_id_expiration_ms;
            let read =
                producers::read_snapshot(&*place.disk, &place.dir, offset, self.now, expiration)?;
            match read {
                Ok(read) => {
                    producers = read;
                    break;
                }
                Err(reason) => {
                    let path = place.file(offset, names::SNAPSHOT);
                    notes.push(format!("removed {}: {reason}", path.display()));
                    remove(place, &path)?;
                    snapshots.remove(at);
                }
            }
        }
        self.replay(segments, &mut producers, end)?;
        Ok((producers, notes))
    }

    /// Applies the batches between the producers' end and `end`.
    fn replay(
        &self,
        segments: &mut [Segment],
        producers: &mut Producers,
        end: Offset,
    ) -> Result<()> {
        let from = producers.end();
        if from >= end {
            return Ok(());
        }
        let first = segments.partition_point(|segment| segment.base <= from).saturating_sub(1);
        for segment in &mut segments[first..] {
            if segment.base >= end {
                break;
            }
            let Some(start) = segment.locate(self.place, self.config, from)? else { continue };
            let path = self.place.file(segment.base, names::LOG);
            let size = segment.size;
            let file = segment.log(self.place).clone();
            let mut scanner = Scanner::new(&*file, start.position, size, REPLAY_CHUNK);
            while let Some(Ok(found)) = scanner.next().doing("read", &path)? {
                if found.header.last_offset() >= end {
                    break;
                }
                let Some(header) = found.header.batch() else { continue };
                let marker = if header.attributes.is_control() {
                    Marker::parse(scanner.content(&found).doing("read", &path)?)
                } else {
                    None
                };
                producers.apply(header, marker.as_ref());
            }
        }
        producers.set_end(end);
        Ok(())
    }
}
