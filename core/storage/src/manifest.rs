//! What a clean stop knew of its logs: one file, `vltava-logs`, that spares the next start to look into
//! ten thousand directories.
//!
//! It is a memory and never the truth. It is believed only beside the mark of the very clean stop that
//! wrote it, which it names by the broker's epoch, and of a log only while the log's directory and its
//! active segment are as they were: whoever adds, removes, renames or writes one of those files (Apache
//! Kafka that ran in between, an operator with a text editor) has the log opened from its files. Without
//! it, or with one that cannot be read, a start takes longer and finds the same.
//!
//! One line for a log: its directory, the directory's time, its topic id, its end, the length and time of
//! its active segment's file; then, each list behind its length, the segments (base offset, bytes of
//! batches, time, bytes of `.txnindex` or -1), the snapshots (offset, and 1 if there is a producer in
//! it), and the leaders (epoch, first offset); a full stop. Times are in milliseconds. The first line names
//! the stop.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::{FromStr, SplitAsciiWhitespace};
use std::sync::Arc;

use base::{LeaderEpoch, Offset, Uuid, WallMs};

use crate::checkpoint::{self, CheckpointError};
use crate::disk::{Disk, read_small, replace_small};
use crate::epochs::EpochStart;
use crate::error::{Doing, LogError, Result};
use crate::log::Log;
use crate::names;
use crate::segment::Segment;
use crate::transactions::TransactionIndex;

const FILE: &str = "vltava-logs";

/// Largest file we read: a million logs with a hundred segments.
const BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// A log at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rested {
    pub(crate) topic_id: Option<Uuid>,
    pub(crate) end: Offset,
    pub(crate) seal: Seal,
    /// By base offset, the active one last; never empty.
    pub(crate) segments: Vec<RestedSegment>,
    /// Ascending, and whether there is a producer in it.
    pub(crate) snapshots: Vec<(Offset, bool)>,
    pub(crate) epochs: Vec<EpochStart>,
}

/// What changes whenever somebody has been at the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    pub directory_modified: WallMs,
    pub active_length: u64,
    pub active_modified: WallMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RestedSegment {
    pub base: Offset,
    pub size: u64,
    pub modified: WallMs,
    /// Bytes of its `.txnindex`, if it has one.
    pub transactions: Option<u64>,
}

impl Log {
    /// What a start may know of this log without looking into its files; none if the files are not what
    /// the log believes, or some wait to be removed, which is for a start that looks. Ask after everything
    /// has been written that a clean stop writes.
    ///
    /// # Errors
    /// The disk.
    pub fn rested(&self) -> Result<Option<Rested>> {
        let active = self.segments.last().expect("a log always has a segment");
        let Some(seal) = Seal::of(&*self.place.disk, &self.place.dir, active.base)? else {
            return Ok(None);
        };
        let names = self.place.disk.names(&self.place.dir).doing("list", &self.place.dir)?;
        let is_leftover =
            |name: &str| matches!(names::parse_file(name), Some((_, _, Some(_second_suffix))));
        let is_settled = !names.iter().any(|(name, _)| is_leftover(name));
        let segment = |segment: &Segment| RestedSegment {
            base: segment.base,
            size: segment.size,
            modified: segment.modified,
            transactions: segment.transactions().map(TransactionIndex::bytes),
        };
        // An older snapshot is read only where a newer one cannot be.
        let newest = self.snapshots.last().copied();
        let has_producers = |offset| Some(offset) != newest || !self.producers.is_empty();
        Ok((is_settled && seal.active_length == active.size).then(|| Rested {
            topic_id: self.topic_id,
            end: self.end,
            seal,
            segments: self.segments.iter().map(segment).collect(),
            snapshots: self.snapshots.iter().map(|at| (*at, has_producers(*at))).collect(),
            epochs: self.epochs.entries().to_vec(),
        }))
    }
}

impl Rested {
    fn active(&self) -> Offset {
        self.segments.last().map_or(Offset(0), |segment| segment.base)
    }
}

impl Seal {
    /// As it is now; none if a file is missing.
    fn of(disk: &dyn Disk, dir: &Path, active: Offset) -> Result<Option<Seal>> {
        let path = names::file(dir, active, names::LOG);
        let directory = disk.stat(dir).doing("look at", dir)?;
        let active = disk.stat(&path).doing("look at", &path)?;
        Ok(directory.zip(active).map(|(directory, active)| Seal {
            directory_modified: directory.modified,
            active_length: active.length,
            active_modified: active.modified,
        }))
    }
}

/// A log whose files are as the clean stop left them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchanged(Arc<Rested>);

impl Unchanged {
    pub(crate) fn log(&self) -> &Rested {
        &self.0
    }

    /// From `partition.metadata`.
    pub fn topic_id(&self) -> Option<Uuid> {
        self.0.topic_id
    }
}

/// The logs of one log directory, by the names of theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    logs: BTreeMap<String, Arc<Rested>>,
}

impl Manifest {
    /// What the clean stop of `broker_epoch` left; empty if it left nothing, or somebody else has stopped
    /// cleanly since.
    ///
    /// # Errors
    /// The disk; or a file that is none of ours.
    pub fn read(disk: &dyn Disk, log_dir: &Path, broker_epoch: i64) -> Result<Manifest> {
        let path = log_dir.join(FILE);
        let Some(bytes) = read_small(disk, &path, BYTES_MAX).doing("read", &path)? else {
            return Ok(Manifest::default());
        };
        Manifest::parse(&bytes, broker_epoch).map_err(|reason| LogError::Corrupt {
            path,
            position: 0,
            reason: format!("{reason}; it may be removed, at the price of a longer start"),
        })
    }

    fn parse(bytes: &[u8], broker_epoch: i64) -> std::result::Result<Manifest, CheckpointError> {
        let mut lines = checkpoint::lines(bytes)?.into_iter();
        // A broker that has never registered has no epoch that would be its alone.
        if broker_epoch < 0 || lines.next() != Some(&*stop_line(broker_epoch)) {
            return Ok(Manifest::default());
        }
        let parse = |line: &str| {
            let read = rested(line).map(|(name, log)| (name, Arc::new(log)));
            read.ok_or_else(|| CheckpointError::Line(line.to_owned()))
        };
        Ok(Manifest { logs: lines.map(parse).collect::<std::result::Result<_, _>>()? })
    }

    /// The log in that directory, if it is remembered and nobody has been at its files: two questions to
    /// the disk.
    pub fn unchanged(
        &self,
        disk: &dyn Disk,
        log_dir: &Path,
        directory_name: &str,
    ) -> Option<Unchanged> {
        let rested = self.logs.get(directory_name)?;
        let seal = Seal::of(disk, &log_dir.join(directory_name), rested.active());
        // What cannot be asked is found out, and said, when the log is opened from its files.
        let is_whole = matches!(seal, Ok(Some(seal)) if seal == rested.seal);
        is_whole.then(|| Unchanged(rested.clone()))
    }

    pub fn insert(&mut self, directory_name: &str, log: Rested) {
        self.logs.insert(directory_name.to_owned(), Arc::new(log));
    }

    /// Writes and syncs it. The mark of the clean stop is written after it.
    pub fn write(&self, disk: &dyn Disk, log_dir: &Path, broker_epoch: i64) -> Result<()> {
        let path = log_dir.join(FILE);
        let logs = self.logs.iter().map(|(name, log)| line(name, log));
        let lines: Vec<String> = std::iter::once(stop_line(broker_epoch)).chain(logs).collect();
        replace_small(disk, &path, &checkpoint::write(lines.into_iter())).doing("write", &path)
    }
}

fn stop_line(broker_epoch: i64) -> String {
    format!("stop {broker_epoch}")
}

fn line(name: &str, log: &Rested) -> String {
    use std::fmt::Write;
    let id = log.topic_id.unwrap_or(Uuid::ZERO);
    let Seal { directory_modified, active_length, active_modified } = log.seal;
    let mut line = format!(
        "{name} {} {id} {} {active_length} {} {}",
        directory_modified.0,
        log.end,
        active_modified.0,
        log.segments.len()
    );
    // Writing to a string cannot fail.
    for segment in &log.segments {
        let transactions = segment.transactions.map_or(-1, |bytes| bytes as i64);
        let (base, modified) = (segment.base, segment.modified.0);
        let _ = write!(line, " {base} {} {modified} {transactions}", segment.size);
    }
    let _ = write!(line, " {}", log.snapshots.len());
    for (offset, has_producers) in &log.snapshots {
        let _ = write!(line, " {offset} {}", u8::from(*has_producers));
    }
    let _ = write!(line, " {}", log.epochs.len());
    for entry in &log.epochs {
        let _ = write!(line, " {} {}", entry.epoch, entry.start);
    }
    line + " ."
}

/// `None` for a line that cannot be read.
fn rested(line: &str) -> Option<(String, Rested)> {
    let mut words = line.split_ascii_whitespace();
    let name = words.next()?.to_owned();
    let directory_modified = WallMs(number(&mut words)?);
    let id: Uuid = words.next()?.parse().ok()?;
    let end = Offset(number(&mut words)?);
    let (active_length, active_modified) = (number(&mut words)?, WallMs(number(&mut words)?));
    let segments = list(&mut words, |words| {
        Some(RestedSegment {
            base: Offset(number(words)?),
            size: number(words)?,
            modified: WallMs(number(words)?),
            transactions: u64::try_from(number::<i64>(words)?).ok(),
        })
    })?;
    let snapshots =
        list(&mut words, |words| Some((Offset(number(words)?), number::<u8>(words)? == 1)))?;
    let epochs = list(&mut words, |words| {
        let (epoch, start) = (LeaderEpoch(number(words)?), Offset(number(words)?));
        Some(EpochStart { epoch, start })
    })?;
    let log = Rested {
        topic_id: (!id.is_zero()).then_some(id),
        end,
        seal: Seal { directory_modified, active_length, active_modified },
        segments,
        snapshots,
        epochs,
    };
    let is_whole = words.next() == Some(".") && words.next().is_none();
    (is_whole && !log.segments.is_empty()).then_some((name, log))
}

fn number<T: FromStr>(words: &mut SplitAsciiWhitespace<'_>) -> Option<T> {
    words.next()?.parse().ok()
}

fn list<T>(
    words: &mut SplitAsciiWhitespace<'_>,
    mut item: impl FnMut(&mut SplitAsciiWhitespace<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    // Grows as the words come: the number is only what a line claims.
    let count: usize = number(words)?;
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(item(words)?);
    }
    Some(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryDisk;

    fn dir() -> &'static Path {
        Path::new("/data")
    }

    fn some_log() -> Rested {
        let segment = |base, transactions| RestedSegment {
            base: Offset(base),
            size: 100,
            modified: WallMs(7),
            transactions,
        };
        Rested {
            topic_id: Some("4P5vjW3tQS6oQ0uMfBKtrA".parse().unwrap()),
            end: Offset(25),
            seal: Seal {
                directory_modified: WallMs(8),
                active_length: 100,
                active_modified: WallMs(9),
            },
            segments: vec![segment(0, None), segment(20, Some(34))],
            snapshots: vec![(Offset(20), false), (Offset(25), true)],
            epochs: vec![EpochStart { epoch: LeaderEpoch(3), start: Offset(0) }],
        }
    }

    #[test]
    fn it_is_believed_beside_the_stop_that_wrote_it_and_no_other() {
        let disk = MemoryDisk::new();
        disk.create_dir_all(dir()).unwrap();
        let mut written = Manifest::default();
        written.insert("orders-0", some_log());
        let plain = Rested { topic_id: None, snapshots: vec![], epochs: vec![], ..some_log() };
        written.insert("orders-1", plain);
        assert_eq!(Manifest::read(&disk, dir(), 5).unwrap(), Manifest::default());
        written.write(&disk, dir(), 5).unwrap();
        assert_eq!(Manifest::read(&disk, dir(), 5).unwrap(), written);
        assert_eq!(Manifest::read(&disk, dir(), 6).unwrap(), Manifest::default());
        written.write(&disk, dir(), -1).unwrap();
        assert_eq!(Manifest::read(&disk, dir(), -1).unwrap(), Manifest::default());
    }

    #[test]
    fn one_that_is_cut_anywhere_is_an_error_or_nothing() {
        let disk = MemoryDisk::new();
        disk.create_dir_all(dir()).unwrap();
        let mut written = Manifest::default();
        written.insert("orders-0", some_log());
        written.write(&disk, dir(), 5).unwrap();
        let bytes = disk.content(&dir().join(FILE)).unwrap();
        // The last byte is the end of the last line, and is not missed.
        for length in 0..bytes.len() - 1 {
            let read = Manifest::parse(&bytes[..length], 5);
            assert_ne!(read.as_ref(), Ok(&written), "cut to {length} bytes");
            if let Ok(read) = read {
                assert_eq!(read.logs.len(), 0, "cut to {length} bytes");
            }
        }
    }
}
