//! Which leader wrote from which offset on: the leader epoch cache and its checkpoint.
//!
//! A follower that rejoins finds out where its log stops agreeing with the leader's by comparing
//! epochs (KIP-101, KIP-279). Entries rise strictly in both epoch and offset; one that contradicts
//! later entries removes them, because the newest leader is right.
//!
//! The checkpoint is written with the next flush, before the recovery point moves, unless all that is
//! new is a leader that has written nothing yet: opening a log forgets those, here and in Apache
//! Kafka, and a node that stops would write a file for each of ten thousand logs. A crash before that leaves it ahead of the log after a truncation, which opening trims, or behind it after
//! appends, whose epochs recovery finds in the batches.

use std::io;
use std::path::{Path, PathBuf};

use base::{LeaderEpoch, Offset};

use crate::checkpoint::{self, CheckpointError};
use crate::disk::{Disk, read_small};
use crate::error::{Doing, Result};
use crate::names;

/// Largest `leader-epoch-checkpoint` we read: 300,000 leaders.
const BYTES_MAX: u64 = 8 * 1024 * 1024;

/// A power cut keeps all or nothing of a write within one sector.
const SECTOR_BYTES: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochStart {
    pub epoch: LeaderEpoch,
    pub start: Offset,
}

/// The epochs of one log, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epochs {
    entries: Vec<EpochStart>,
    /// What the checkpoint says.
    saved: Vec<EpochStart>,
}

impl Epochs {
    /// Reads the checkpoint; a log without one has no epochs.
    ///
    /// # Errors
    /// A checkpoint that cannot be read is `Ok(Err(reason))`: the caller rebuilds it from the
    /// batches, which hold the same facts.
    pub(crate) fn load(
        disk: &dyn Disk,
        dir: &Path,
    ) -> Result<std::result::Result<Epochs, CheckpointError>> {
        let path = dir.join(names::EPOCH_CHECKPOINT);
        let Some(bytes) = read_small(disk, &path, BYTES_MAX).doing("read", &path)? else {
            return Ok(Ok(Epochs::default()));
        };
        Ok(Epochs::parse(&bytes))
    }

    /// As a checkpoint would say them.
    pub(crate) fn saved(entries: &[EpochStart]) -> Epochs {
        Epochs { entries: entries.to_vec(), saved: entries.to_vec() }
    }

    fn parse(bytes: &[u8]) -> std::result::Result<Epochs, CheckpointError> {
        let mut epochs = Epochs::default();
        let lines = checkpoint::lines(bytes)?;
        // A write over an older content that was cut at its length may end within a number.
        if let Some(last) = lines.last()
            && !bytes.ends_with(b"\n")
        {
            return Err(CheckpointError::Line((*last).to_owned()));
        }
        for line in lines {
            let mut words = line.split(' ');
            let epoch = checkpoint::number::<i32>(words.next(), line)?;
            let start = checkpoint::number::<i64>(words.next(), line)?;
            if epoch < 0 || start < 0 || words.next().is_some() {
                return Err(CheckpointError::Line(line.to_owned()));
            }
            epochs.assign(LeaderEpoch(epoch), Offset(start));
        }
        epochs.saved.clone_from(&epochs.entries);
        Ok(epochs)
    }

    /// Writes the checkpoint if it says something else about the records of a log that ends at `end`.
    /// Returns its path then: it is durable when the file and the directory have been synced. A power
    /// cut before that may leave a file that cannot be read, which opening rebuilds from the batches, and
    /// a kill an empty one.
    pub(crate) fn save(
        &mut self,
        disk: &dyn Disk,
        dir: &Path,
        end: Offset,
    ) -> Result<Option<PathBuf>> {
        let of_records =
            |entries: &[EpochStart]| entries.partition_point(|entry| entry.start < end);
        let (now, saved) = (of_records(&self.entries), of_records(&self.saved));
        if self.entries[..now] == self.saved[..saved] {
            return Ok(None);
        }
        let path = dir.join(names::EPOCH_CHECKPOINT);
        let lines = self.entries.iter().map(|entry| format!("{} {}", entry.epoch, entry.start));
        write(disk, &path, &checkpoint::write(lines)).doing("write", &path)?;
        self.saved.clone_from(&self.entries);
        Ok(Some(path))
    }

    pub fn entries(&self) -> &[EpochStart] {
        &self.entries
    }

    pub fn latest(&self) -> Option<EpochStart> {
        self.entries.last().copied()
    }

    pub fn earliest(&self) -> Option<EpochStart> {
        self.entries.first().copied()
    }

    /// Notes that `epoch` wrote at `start`. True if that was news.
    pub(crate) fn assign(&mut self, epoch: LeaderEpoch, start: Offset) -> bool {
        if epoch.0 < 0 {
            return false;
        }
        if let Some(latest) = self.latest()
            && epoch == latest.epoch
            && start >= latest.start
        {
            return false;
        }
        let contradicts = |entry: &EpochStart| entry.epoch >= epoch || entry.start >= start;
        while self.entries.last().is_some_and(contradicts) {
            self.entries.pop();
        }
        self.entries.push(EpochStart { epoch, start });
        true
    }

    /// Where `epoch` ended, for a follower whose last epoch it is: the largest epoch known here that
    /// is not above it, and the offset at which the next one began. `None` if this log cannot tell:
    /// it knows no epoch above `epoch`, or none at all.
    pub fn end_of(&self, epoch: LeaderEpoch, log_end: Offset) -> Option<EpochStart> {
        if epoch == LeaderEpoch::NONE {
            return None;
        }
        if self.latest().is_some_and(|latest| latest.epoch == epoch) {
            return Some(EpochStart { epoch, start: log_end });
        }
        let above = self.entries.partition_point(|entry| entry.epoch <= epoch);
        let next = self.entries.get(above)?;
        let known = above.checked_sub(1).map_or(epoch, |at| self.entries[at].epoch);
        Some(EpochStart { epoch: known, start: next.start })
    }

    /// The epoch of the leader that wrote the record at `offset`.
    pub fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        let above = self.entries.partition_point(|entry| entry.start <= offset);
        above.checked_sub(1).map(|at| self.entries[at].epoch)
    }

    /// The log now ends at `end`.
    pub(crate) fn truncate_end(&mut self, end: Offset) {
        let kept = self.entries.partition_point(|entry| entry.start < end);
        self.entries.truncate(kept);
    }

    /// The log now begins at `start`: the epoch that wrote there begins there.
    pub(crate) fn truncate_start(&mut self, start: Offset) {
        let before = self.entries.partition_point(|entry| entry.start <= start);
        let Some(at) = before.checked_sub(1) else { return };
        if at > 0 || self.entries[0].start != start {
            self.entries.drain(..at);
            self.entries[0].start = start;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// Replaces the checkpoint. While it fits into a sector and does not get shorter, one write over the old
/// content does it, which neither a kill nor a power cut leaves half done: a file beside it that is renamed
/// would be a new inode for each of ten thousand logs that stop, and ext4 searches long for one among
/// those that were freed a moment ago.
fn write(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = disk.file(path);
    match file.len() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            disk.create(path)?.write_at(bytes, 0)
        }
        Ok(length) if length <= bytes.len() as u64 && bytes.len() <= SECTOR_BYTES => {
            file.write_at(bytes, 0)
        }
        Ok(_) => {
            let beside = names::with_state(path, "tmp");
            disk.create(&beside)?.write_at(bytes, 0)?;
            disk.rename(&beside, path)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(entries: &[(i32, i64)]) -> Epochs {
        let mut epochs = Epochs::default();
        for (epoch, start) in entries {
            epochs.assign(LeaderEpoch(*epoch), Offset(*start));
        }
        epochs
    }

    fn pairs(epochs: &Epochs) -> Vec<(i32, i64)> {
        epochs.entries().iter().map(|entry| (entry.epoch.0, entry.start.0)).collect()
    }

    #[test]
    fn a_new_leader_removes_what_contradicts_it() {
        assert_eq!(
            pairs(&epochs(&[(1, 0), (3, 10), (4, 20), (4, 25)])),
            [(1, 0), (3, 10), (4, 20)]
        );
        assert_eq!(
            pairs(&epochs(&[(1, 0), (3, 10), (4, 20), (5, 15)])),
            [(1, 0), (3, 10), (5, 15)]
        );
        assert_eq!(pairs(&epochs(&[(1, 0), (3, 10), (4, 20), (2, 30)])), [(1, 0), (2, 30)]);
        assert_eq!(pairs(&epochs(&[(1, 0), (3, 10), (4, 10)])), [(1, 0), (4, 10)]);
    }

    #[test]
    fn the_end_of_an_epoch_is_the_start_of_the_next_one_known() {
        let known = epochs(&[(2, 5), (4, 20), (7, 40)]);
        let end = |epoch| known.end_of(LeaderEpoch(epoch), Offset(60));
        let end = |epoch| end(epoch).map(|entry| (entry.epoch.0, entry.start.0));
        assert_eq!(end(7), Some((7, 60)));
        assert_eq!(end(4), Some((4, 40)));
        assert_eq!(end(5), Some((4, 40)));
        assert_eq!(end(2), Some((2, 20)));
        assert_eq!(end(1), Some((1, 5)));
        assert_eq!(end(8), None);
        assert_eq!(end(-1), None);
    }

    #[test]
    fn the_cache_follows_both_ends_of_the_log() {
        let mut known = epochs(&[(2, 5), (4, 20), (7, 40)]);
        known.truncate_end(Offset(40));
        assert_eq!(pairs(&known), [(2, 5), (4, 20)]);
        known.truncate_start(Offset(21));
        assert_eq!(pairs(&known), [(4, 21)]);
        known.truncate_start(Offset(3));
        assert_eq!(pairs(&known), [(4, 21)]);
        assert_eq!(known.epoch_of(Offset(20)), None);
        assert_eq!(known.epoch_of(Offset(90)), Some(LeaderEpoch(4)));
    }

    #[test]
    fn the_checkpoint_is_kafkas_and_survives_the_round_trip() {
        let disk = crate::MemoryDisk::new();
        let dir = Path::new("/t-0");
        disk.create_dir_all(dir).unwrap();
        let mut known = epochs(&[(0, 0), (3, 17)]);
        known.save(&disk, dir, Offset(20)).unwrap();
        let path = dir.join("leader-epoch-checkpoint");
        assert_eq!(disk.content(&path).unwrap(), b"0\n2\n0 0\n3 17\n");
        assert_eq!(Epochs::load(&disk, dir).unwrap().unwrap(), known);
        assert_eq!(known.save(&disk, dir, Offset(20)).unwrap(), None, "it says the same");
        known.assign(LeaderEpoch(4), Offset(20));
        assert_eq!(known.save(&disk, dir, Offset(20)).unwrap(), None, "4 has written nothing");
        assert!(known.save(&disk, dir, Offset(21)).unwrap().is_some());
        disk.put(&path, b"0\n2\n0 0\n");
        assert!(Epochs::load(&disk, dir).unwrap().is_err());
        disk.put(&path, b"0\n1\n0 x\n");
        assert!(Epochs::load(&disk, dir).unwrap().is_err());
    }

    #[test]
    fn a_checkpoint_that_grows_is_the_old_one_or_the_new_one_or_none() {
        let dir = Path::new("/t-0");
        let written = |entries: &[(i32, i64)]| {
            let disk = crate::MemoryDisk::new();
            disk.create_dir_all(dir).unwrap();
            epochs(entries).save(&disk, dir, Offset(i64::MAX)).unwrap();
            disk.sync_everything(dir).unwrap();
            disk
        };
        let old = [(0, 0), (3, 17)];
        for new in [vec![(0, 0), (3, 1234)], vec![(0, 0), (3, 17), (4, 20)], vec![(5, 0), (6, 17)]]
        {
            let bytes = |disk: &crate::MemoryDisk| disk.content(&dir.join(names::EPOCH_CHECKPOINT));
            let (before, after) = (bytes(&written(&old)).unwrap(), bytes(&written(&new)).unwrap());
            for seed in 0..20 {
                let disk = written(&old);
                epochs(&new).save(&disk, dir, Offset(i64::MAX)).unwrap();
                assert_eq!(disk.names(dir).unwrap().len(), 1, "written in place");
                let found = bytes(&disk.restart(seed)).unwrap();
                assert!(found == before || found == after, "{found:?}");
            }
            // A file system may write the bytes to disk before the length.
            for length in 0..after.len() {
                let found = Epochs::parse(&after[..length]);
                assert!(found.is_err(), "cut to {length} bytes: {found:?}");
            }
        }
    }
}
