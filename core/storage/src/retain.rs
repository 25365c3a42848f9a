//! Taking old records away: retention by time and size, DeleteRecords, and the two steps in which a
//! file goes.
//!
//! Only whole segments go, from the oldest on, and only below the high watermark. Their files are
//! renamed to `.deleted` at once, which takes them out of the log and is quick; they are removed after
//! `file.delete.delay.ms` ([`DeletedFiles`]), which may take long and lets those finish who are
//! reading them. The log start offset moves before the first file is renamed and is told to the
//! followers; a crash in between only leaves more than was wanted.

use std::path::PathBuf;
use std::sync::Arc;

use base::{Offset, WallMs};

use crate::disk::Disk;
use crate::error::{Doing, Result};
use crate::log::{Log, out_of_range};
use crate::names;
use crate::segment::Place;

/// Why a segment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doom {
    /// All of it lies below the log start offset.
    BelowLogStart,
    /// The log is larger than `retention.bytes` without it.
    Size,
    /// Its latest record is older than `retention.ms`.
    Time,
}

/// The segments that are to go, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetentionPlan {
    /// Base offset and reason.
    pub segments: Vec<(Offset, Doom)>,
}

/// Files that were renamed to `.deleted` and wait to be removed. They have left the log; forgetting
/// them is harmless, the next start removes them.
#[must_use = "the files stay on disk until they are removed"]
pub struct DeletedFiles {
    disk: Arc<dyn Disk>,
    paths: Vec<PathBuf>,
}

impl DeletedFiles {
    pub(crate) fn new(place: &Place) -> DeletedFiles {
        DeletedFiles { disk: place.disk.clone(), paths: Vec::new() }
    }

    pub(crate) fn add(&mut self, place: &Place, base: Offset) {
        for suffix in names::OF_A_SEGMENT {
            self.paths.push(names::with_state(&place.file(base, suffix), names::DELETED));
        }
    }

    pub(crate) fn add_snapshot(&mut self, place: &Place, offset: Offset) {
        let path = place.file(offset, names::SNAPSHOT);
        self.paths.push(names::with_state(&path, names::DELETED));
    }

    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Removes the files. Freeing a large file may block for long.
    pub fn remove(self) -> Result<()> {
        for path in &self.paths {
            match self.disk.remove(path) {
                // No transaction index, or the directory went first.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                other => other.doing("remove", path)?,
            }
        }
        Ok(())
    }
}

impl Log {
    /// Which segments may go now. Reads at most one entry of each old segment's time index.
    pub fn plan_retention(&mut self, now: WallMs, high_watermark: Offset) -> Result<RetentionPlan> {
        let mut plan = RetentionPlan::default();
        let mut size = self.bytes();
        // The three reasons take turns from the oldest segment on, each for as long as it holds, as
        // in Kafka: a young segment stops retention by time even if older ones follow it.
        while let Some((base, bytes)) = self.candidate(plan.segments.len(), high_watermark) {
            let at = plan.segments.len();
            let next = self.segments.get(at + 1).map_or(self.end, |next| next.base);
            let doom = if next <= self.log_start {
                Some(Doom::BelowLogStart)
            } else if !self.config.cleanup.delete {
                None
            } else if self.is_over_size(size, bytes) {
                Some(Doom::Size)
            } else if self.is_over_age(at, now)? {
                Some(Doom::Time)
            } else {
                None
            };
            let Some(doom) = doom else { break };
            size -= bytes;
            plan.segments.push((base, doom));
        }
        Ok(plan)
    }

    /// The segment at `at` if it may go at all: it lies below the high watermark and is not an
    /// empty active one.
    fn candidate(&self, at: usize, high_watermark: Offset) -> Option<(Offset, u64)> {
        let segment = self.segments.get(at)?;
        let is_last = at + 1 == self.segments.len();
        let upper_bound = self.segments.get(at + 1).map_or(self.end, |next| next.base);
        let is_gone_for_good = high_watermark >= upper_bound && !(is_last && segment.size == 0);
        is_gone_for_good.then_some((segment.base, segment.size))
    }

    fn is_over_size(&self, size: u64, segment: u64) -> bool {
        let Ok(limit) = u64::try_from(self.config.retention_bytes) else { return false };
        size.saturating_sub(limit) >= segment && size > limit
    }

    fn is_over_age(&mut self, at: usize, now: WallMs) -> Result<bool> {
        let limit = self.config.retention_ms;
        if limit < 0 {
            return Ok(false);
        }
        let latest = self.latest_time_of(at)?;
        Ok(now.0.saturating_sub(latest.0) > limit)
    }

    /// The largest timestamp in a segment, or else when its file was last written.
    pub(crate) fn latest_time_of(&mut self, at: usize) -> Result<WallMs> {
        let (place, config) = (&self.place, &self.config);
        let segment = &mut self.segments[at];
        let largest = segment.largest(place, config)?.filter(|row| row.timestamp.0 >= 0);
        Ok(largest.map_or(segment.modified, |row| row.timestamp))
    }

    /// Carries a plan out: the log begins after the last of the segments, whose files are renamed.
    /// If all segments go, a new one is begun at the log end offset first.
    pub fn delete_segments(&mut self, plan: &RetentionPlan, now: WallMs) -> Result<DeletedFiles> {
        let mut deleted = DeletedFiles::new(&self.place);
        // A plan may be old: only what still is a prefix of the log goes.
        let planned = self.segments.iter().zip(&plan.segments);
        let count = planned.take_while(|(segment, (base, _))| segment.base == *base).count();
        if count == 0 {
            return Ok(deleted);
        }
        if count == self.segments.len() {
            self.roll(now)?;
        }
        let start = self.segments[count.min(self.segments.len() - 1)].base;
        self.move_log_start(start);
        for mut segment in self.segments.drain(..count) {
            segment.rename(&self.place, None, Some(names::DELETED))?;
            deleted.add(&self.place, segment.base);
        }
        self.forget_landings();
        let below = self.snapshots.partition_point(|offset| *offset < start);
        for offset in self.snapshots.drain(..below).collect::<Vec<_>>() {
            self.retire_snapshot(offset, &mut deleted)?;
        }
        Ok(deleted)
    }

    pub(crate) fn retire_snapshot(
        &mut self,
        offset: Offset,
        deleted: &mut DeletedFiles,
    ) -> Result<()> {
        let path = self.place.file(offset, names::SNAPSHOT);
        match self.place.disk.rename(&path, &names::with_state(&path, names::DELETED)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => other.doing("rename", &path)?,
        }
        deleted.add_snapshot(&self.place, offset);
        Ok(())
    }

    pub(crate) fn remove_snapshot_file(&self, offset: Offset) -> Result<()> {
        let path = self.place.file(offset, names::SNAPSHOT);
        match self.place.disk.remove(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other.doing("remove", &path),
        }
    }

    /// Moves the log start offset up: DeleteRecords, or a follower that is told its leader's. Records
    /// below it are not readable any more; their segments go with the next retention. False if it
    /// was there already.
    ///
    /// # Errors
    /// `new_start` lies above the high watermark: OFFSET_OUT_OF_RANGE.
    pub fn advance_log_start(&mut self, new_start: Offset, high_watermark: Offset) -> Result<bool> {
        if new_start > high_watermark {
            return Err(out_of_range(
                "the log start offset",
                new_start,
                self.log_start,
                high_watermark,
            ));
        }
        if new_start <= self.log_start {
            return Ok(false);
        }
        self.move_log_start(new_start);
        Ok(true)
    }

    fn move_log_start(&mut self, start: Offset) {
        if start <= self.log_start {
            return;
        }
        self.log_start = start;
        // What is not there need not be recovered.
        self.recovery_point = self.recovery_point.max(start.min(self.end));
        self.epochs.truncate_start(start);
        self.producers.settle_below(start);
    }
}
