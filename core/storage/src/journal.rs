//! The journal of one log directory: a copy of what was appended to many logs, in one place, so that
//! one write and one sync make all of it durable (`vltava.durability=synced`).
//!
//! Life of a group. The directory's thread collects the tails that its logs lack ([`Group`]), and
//! [`Journal::append`] writes them behind one another and syncs. From then on the batches survive a
//! power cut, though their segments are not synced. Those follow: the journal has two halves, and while
//! one is written, the logs of the other one are synced; [`Journal::turn`] begins a half anew once that
//! is done. After a crash [`Journal::read`] gives what the halves hold, and [`Log::open_beside`] and
//! [`Log::replay`] give a log what it lacks. What it has already is passed over, so a half may hold more than it must.
//!
//! A group is written at a multiple of [`BLOCK`], so that tearing it harms none before it. Its number and
//! its checksum say whether it is whole and of this turn; the first that is not ends the half.
//!
//! The files are ours and stand beside Kafka's (which passes over them); they are removed after a
//! clean stop and after a replay. Decision: docs/decisions/2026-11-27-synced-durability.md.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Offset, PartitionIndex, Uuid, WallMs};
use records::{BatchHeader, Batches, HEADER_SIZE};

use crate::disk::{Disk, DiskFile, FileSlice, read_exactly, read_small};
use crate::error::{Doing, Result};
use crate::log::{AppendOutcome, Log};

/// The names of the two halves.
pub const JOURNAL_FILES: [&str; 2] = ["vltava-journal-0", "vltava-journal-1"];

/// What a half holds at most. Syncing as much takes a disk of 200 MB/s a third of a second, in which
/// the other half fills.
pub const HALF_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What an empty group keeps of its memory.
const KEPT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Groups begin at multiples of it: no disk tears less than a page of the file system's.
const BLOCK: u64 = 4096;
const MAGIC: u64 = u64::from_be_bytes(*b"vltavaj1");
const GROUP_HEADER: usize = 32;
const ENTRY_HEADER: usize = 24;
/// Where the checksum's cover begins.
const COVERED_FROM: usize = 12;

/// What of one log is to be journaled. Made under the log's lock, read outside.
#[derive(Debug)]
pub struct JournalPlan {
    pub slices: Vec<FileSlice>,
    /// Pass it to [`Log::journaled`] when the group is durable.
    pub up_to: Offset,
}

impl JournalPlan {
    pub fn bytes(&self) -> usize {
        self.slices.iter().map(|slice| slice.length).sum()
    }
}

/// Tails of several logs that become durable together.
///
/// ```text
/// group: magic 8 · checksum 4 (CRC-32C of the rest) · length of the entries 4 · turn 8 · number 8
/// entry: topic id 16 · partition 4 · length 4 · batches
/// ```
pub struct Group {
    /// The header's place, then the entries.
    bytes: Vec<u8>,
}

impl Default for Group {
    fn default() -> Group {
        Group { bytes: vec![0; GROUP_HEADER] }
    }
}

impl Group {
    /// Empties the group and keeps its memory, unless it was an unusual one.
    pub fn clear(&mut self) {
        self.bytes.truncate(GROUP_HEADER);
        self.bytes.shrink_to(KEPT_BYTES_MAX);
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.len() == GROUP_HEADER
    }

    /// Bytes it takes in the journal.
    pub fn size(&self) -> u64 {
        (self.bytes.len() as u64).next_multiple_of(BLOCK)
    }

    /// Copies what `plan` says of a log. Nothing is added if it cannot be read.
    ///
    /// # Errors
    /// The disk. `UnexpectedEof`: the log was cut since the plan was made; make another.
    pub fn add(
        &mut self,
        topic: Uuid,
        partition: PartitionIndex,
        plan: &JournalPlan,
    ) -> io::Result<()> {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(&topic.0);
        self.bytes.extend_from_slice(&partition.0.to_be_bytes());
        self.bytes.extend_from_slice(&(plan.bytes() as u32).to_be_bytes());
        for slice in &plan.slices {
            let at = self.bytes.len();
            self.bytes.resize(at + slice.length, 0);
            if let Err(error) = read_exactly(&*slice.file, &mut self.bytes[at..], slice.position) {
                self.bytes.truncate(from);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Fills in the header and pads to whole blocks.
    fn seal(&mut self, turn: u64, number: u64) -> &[u8] {
        let entries = self.bytes.len() - GROUP_HEADER;
        self.bytes[..8].copy_from_slice(&MAGIC.to_be_bytes());
        self.bytes[12..16].copy_from_slice(&(entries as u32).to_be_bytes());
        self.bytes[16..24].copy_from_slice(&turn.to_be_bytes());
        self.bytes[24..32].copy_from_slice(&number.to_be_bytes());
        let crc = checksum(&self.bytes[COVERED_FROM..]);
        self.bytes[8..12].copy_from_slice(&crc.to_be_bytes());
        self.bytes.resize(self.size() as usize, 0);
        &self.bytes
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, bytes) as u32
}

/// The journal as it is written. One owner; see the module.
pub struct Journal {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    halves: [Option<Arc<dyn DiskFile>>; 2],
    /// Counts from 1; the half is its parity.
    turn: u64,
    /// Bytes and groups of this turn.
    used: u64,
    groups: u64,
}

impl Journal {
    /// A journal in a directory that has none: nothing is created before it is needed.
    pub fn new(disk: Arc<dyn Disk>, dir: &Path) -> Journal {
        let (halves, dir) = ([None, None], dir.to_owned());
        Journal { disk, dir, halves, turn: 1, used: 0, groups: 0 }
    }

    /// Whether the group fits into what is left of the half. One that is larger than a half fits into
    /// an empty one.
    pub fn has_room_for(&self, group: &Group) -> bool {
        self.used == 0 || self.used + group.size() <= HALF_BYTES_MAX
    }

    /// Whether this turn has written anything.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Makes a group durable.
    ///
    /// # Errors
    /// The disk: take the directory offline.
    pub fn append(&mut self, group: &mut Group) -> Result<()> {
        let half = (self.turn % 2) as usize;
        let path = self.dir.join(JOURNAL_FILES[half]);
        let is_new = self.halves[half].is_none();
        if is_new {
            self.halves[half] = Some(self.disk.create(&path).doing("create", &path)?);
        }
        let file = self.halves[half].as_ref().expect("it was created if it was not there");
        file.write_at(group.seal(self.turn, self.groups), self.used).doing("write to", &path)?;
        file.sync_data().doing("sync", &path)?;
        if is_new {
            self.disk.sync_dir(&self.dir).doing("sync", &self.dir)?;
        }
        self.used += group.size();
        self.groups += 1;
        Ok(())
    }

    /// Goes on in the other half, over what it holds. Every log that has something there must have been
    /// synced since.
    pub fn turn(&mut self) {
        self.turn += 1;
        self.used = 0;
        self.groups = 0;
    }

    /// What the halves of a directory hold, oldest first, by log.
    ///
    /// # Errors
    /// The disk. What is torn or stale is no error: it was never acknowledged, or is in its log.
    pub fn read(disk: &dyn Disk, dir: &Path) -> Result<Journaled> {
        let mut turns = Vec::new();
        for name in JOURNAL_FILES {
            let path = dir.join(name);
            // A group that is larger than a half is alone in it, and no larger than a request.
            let read = read_small(disk, &path, u64::from(u32::MAX)).doing("read", &path)?;
            let Some(bytes) = read else { continue };
            let first = Sealed::parse(&bytes).map(|group| group.turn);
            turns.extend(first.map(|turn| (turn, bytes)));
        }
        turns.sort_unstable_by_key(|(turn, _)| *turn);
        let mut journaled = Journaled::default();
        for (turn, bytes) in &turns {
            let mut rest = &bytes[..];
            let mut number = 0;
            while let Some(group) = Sealed::parse(rest)
                && (group.turn, group.number) == (*turn, number)
            {
                journaled.take(group.entries);
                let next = (GROUP_HEADER + group.entries.len()).next_multiple_of(BLOCK as usize);
                rest = rest.get(next..).unwrap_or_default();
                number += 1;
            }
        }
        Ok(journaled)
    }

    /// Removes the files: every log is synced.
    pub fn remove(disk: &dyn Disk, dir: &Path) -> Result<()> {
        let mut removed = false;
        for name in JOURNAL_FILES {
            let path = dir.join(name);
            match disk.remove(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => {
                    other.doing("remove", &path)?;
                    removed = true;
                }
            }
        }
        if removed { disk.sync_dir(dir).doing("sync", dir) } else { Ok(()) }
    }
}

/// A group as it was read.
struct Sealed<'a> {
    turn: u64,
    number: u64,
    entries: &'a [u8],
}

impl Sealed<'_> {
    /// The group at the beginning of `bytes`; `None` if what is there is no whole one.
    fn parse(bytes: &[u8]) -> Option<Sealed<'_>> {
        let header = bytes.get(..GROUP_HEADER)?;
        let length = u32::from_be_bytes(*header[12..].first_chunk()?) as usize;
        let group = bytes.get(..GROUP_HEADER.checked_add(length)?)?;
        let is_whole = header.first_chunk() == Some(&MAGIC.to_be_bytes())
            && header[8..].first_chunk() == Some(&checksum(&group[COVERED_FROM..]).to_be_bytes());
        is_whole.then_some(Sealed {
            turn: u64::from_be_bytes(*header[16..].first_chunk()?),
            number: u64::from_be_bytes(*header[24..].first_chunk()?),
            entries: &group[GROUP_HEADER..],
        })
    }
}

/// What a journal holds.
#[derive(Debug, Default)]
pub struct Journaled {
    tails: BTreeMap<(Uuid, PartitionIndex), Vec<Vec<u8>>>,
}

impl Journaled {
    pub fn is_empty(&self) -> bool {
        self.tails.is_empty()
    }

    /// The tails of one log, in the order in which they were appended.
    pub fn of(&self, topic: Uuid, partition: PartitionIndex) -> &[Vec<u8>] {
        self.tails.get(&(topic, partition)).map_or(&[], Vec::as_slice)
    }

    fn take(&mut self, entries: &[u8]) {
        let mut rest = entries;
        while let Some((header, behind)) = rest.split_first_chunk::<ENTRY_HEADER>() {
            let (topic, header) = header.split_first_chunk::<16>().expect("a header has 24 bytes");
            let (partition, length) = header.split_first_chunk::<4>().expect("8 bytes are left");
            let length = length.first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
            // The checksum was right, so this is what was written.
            let Some(batches) = behind.get(..length as usize) else { return };
            let log = (Uuid(*topic), PartitionIndex(i32::from_be_bytes(*partition)));
            self.tails.entry(log).or_default().push(batches.to_vec());
            rest = &behind[length as usize..];
        }
    }
}

/// Whether one of the batches in `tails` begins at `offset`.
pub(crate) fn begins_at(tails: &[Vec<u8>], offset: Offset) -> bool {
    let batches = tails.iter().flat_map(|tail| Batches::new(tail).map_while(|batch| batch.ok()));
    batches.into_iter().any(|(header, _)| header.base_offset == offset)
}

/// What a replay did to one log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Bytes of batches that the log lacked.
    pub bytes: u64,
    /// Anything an operator should read.
    pub notes: Vec<String>,
}

impl Log {
    /// What of the log is not durable yet, for the journal. `None` if there is nothing, or more than
    /// `bytes_max`: then a flush is cheaper than a copy.
    pub fn plan_journal(&mut self, bytes_max: u64) -> Result<Option<JournalPlan>> {
        let (from, end) = (self.durable(), self.end);
        if from >= end {
            return Ok(None);
        }
        let from = self.position_of(from)?;
        let to = self.position_of(end)?;
        if self.bytes_between(from, to) > bytes_max {
            return Ok(None);
        }
        let place = &self.place;
        let first = self.segments.partition_point(|segment| segment.base < from.segment);
        let mut slices = Vec::new();
        for segment in &mut self.segments[first..] {
            let position = if segment.base == from.segment { from.position } else { 0 };
            let length = segment.size.saturating_sub(position) as usize;
            if length > 0 {
                slices.push(FileSlice { file: segment.log(place).clone(), position, length });
            }
        }
        self.plan_made();
        Ok(Some(JournalPlan { slices, up_to: end }))
    }

    /// Everything below `up_to` is in the journal now. Returns up to where the log is durable.
    pub fn journaled(&mut self, up_to: Offset) -> Offset {
        let durable = self.plan_done(up_to);
        self.journaled = self.journaled.max(durable);
        self.durable()
    }

    /// Appends what a journal holds of this log and a crash has taken from it. The log has been opened as
    /// after an unclean stop; afterwards sync it, call [`Log::flushed`], and remove the journal.
    ///
    /// # Errors
    /// The disk.
    pub fn replay(&mut self, tails: &[Vec<u8>], now: WallMs) -> Result<Replayed> {
        let mut replayed = Replayed::default();
        for tail in tails {
            // A tail that was copied while its log was cut may hold anything behind its first
            // batches; what replaced it comes in a later tail.
            for (header, batch) in Batches::new(tail).map_while(|batch| batch.ok()) {
                if !records::crc_is_valid(batch) || batch.len() < HEADER_SIZE {
                    break;
                }
                if !self.lacks(&header, now)? {
                    continue;
                }
                if header.base_offset != self.end && self.bytes() > 0 {
                    replayed.notes.push(format!(
                        "{} ends at offset {}; the journal's batch at {} does not follow it and is left out",
                        self.dir().display(), self.end, header.base_offset
                    ));
                    break;
                }
                match self.append_as_follower(batch, header.leader_epoch, now)? {
                    AppendOutcome::Appended(appended) => replayed.bytes += appended.bytes,
                    AppendOutcome::Duplicate { .. } => {}
                    AppendOutcome::Rejected(error) => {
                        replayed.notes.push(format!("{}: {error}", self.dir().display()));
                        break;
                    }
                }
            }
        }
        self.rest()?;
        Ok(replayed)
    }

    /// Whether a batch of the journal is to be appended. Makes room for it where the crash has left
    /// something else.
    fn lacks(&mut self, header: &BatchHeader, now: WallMs) -> Result<bool> {
        // Somebody else has led, and appended, since the journal was written.
        let is_outdated = |log: &Log| {
            log.epochs.latest().is_some_and(|latest| latest.epoch > header.leader_epoch)
        };
        if self.bytes() == 0 {
            if is_outdated(self) || header.last_offset() < self.end {
                return Ok(false);
            }
            if header.base_offset > self.end {
                // Retention had emptied the log, and its new first segment was not synced.
                self.truncate_fully(header.base_offset, now)?.remove()?;
            }
            // Recovery begins a log that it found to end below its start at that start, which
            // DeleteRecords may have put into the middle of this batch.
            return Ok(true);
        }
        if header.base_offset < self.end {
            let known = self.epochs.epoch_of(header.base_offset);
            if known.is_none_or(|known| known >= header.leader_epoch)
                || header.base_offset < self.log_start
            {
                return Ok(false);
            }
            // The log was cut and written anew under a later leader, and the crash left what was
            // there before.
            if let Some(deleted) = self.truncate_to(header.base_offset, now)? {
                deleted.remove()?;
            }
        }
        Ok(!is_outdated(self))
    }
}
