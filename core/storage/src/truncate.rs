//! Cutting the end off a log: a follower gives up what its leader never had.
//!
//! Order within a cut: later segments go first and that is synced, then the indexes of the segment
//! that is cut, then its bytes, synced as well. A power cut in between leaves more than was meant,
//! never a hole, and never old batches behind new ones: what is appended next must not be followed by
//! what was cut off, whose checksums are right.

use base::{LeaderEpoch, Offset, WallMs};

use crate::error::{Doing, Result};
use crate::log::{Log, out_of_range};
use crate::names;
use crate::producers::Producers;
use crate::recover::ProducerSource;
use crate::retain::DeletedFiles;
use crate::segment::Segment;

impl Log {
    /// Drops every batch that holds `target` or lies behind it. False if there is none.
    ///
    /// The caller has made sure that `target` is not below the high watermark, or that an unclean
    /// election wants it so.
    ///
    /// # Errors
    /// The disk; a negative offset.
    pub fn truncate_to(&mut self, target: Offset, now: WallMs) -> Result<Option<DeletedFiles>> {
        if target.0 < 0 {
            return Err(out_of_range("a truncation", target, self.log_start, self.end));
        }
        if target >= self.end {
            let end = self.end;
            self.epochs.truncate_end(end);
            return Ok(None);
        }
        if target < self.segments[0].base {
            return self.truncate_fully(target, now).map(Some);
        }
        let kept = self.segments.partition_point(|segment| segment.base <= target);
        let deleted = self.remove_tail(kept)?;
        let place = &self.place;
        let config = &self.config;
        let active = self.segments.last_mut().expect("the segment of the target is kept");
        active.truncate_to(place, config, target, now)?;
        active.set_jitter(place, config);
        // The batch that holds the target went with it, so the end may lie below the target.
        self.end = active.next_offset(place, config)?.min(target).max(active.base);
        self.forget_landings();
        self.log_start = self.log_start.min(self.end);
        self.recovery_point = self.recovery_point.min(self.end);
        self.journaled = self.journaled.min(self.end);
        self.flush_ceiling = self.flush_ceiling.min(self.end);
        let end = self.end;
        self.epochs.truncate_end(end);
        self.reload_producers(now)?;
        Ok(Some(deleted))
    }

    /// Drops everything and goes on at `start`: a follower whose leader's log begins above its own
    /// end, or a copy that must start anew.
    pub fn truncate_fully(&mut self, start: Offset, now: WallMs) -> Result<DeletedFiles> {
        let deleted = self.remove_tail(0)?;
        self.epochs.clear();
        let segment = Segment::create(&self.place, start, &self.config, now)?;
        self.segments.push(segment);
        self.names_unsynced = true;
        self.end = start;
        self.log_start = start;
        self.recovery_point = start;
        self.journaled = start;
        self.flush_ceiling = self.flush_ceiling.min(start);
        self.producers = Producers::at(start);
        self.forget_landings();
        for offset in std::mem::take(&mut self.snapshots) {
            self.remove_snapshot_file(offset)?;
        }
        Ok(deleted)
    }

    /// Takes the segments from index `kept` on out of the log and renames their files.
    fn remove_tail(&mut self, kept: usize) -> Result<DeletedFiles> {
        let mut deleted = DeletedFiles::new(&self.place);
        // The last one first, so that a crash leaves a log without a hole.
        while self.segments.len() > kept {
            let at = self.segments.len() - 1;
            self.segments[at].rename(&self.place, None, Some(names::DELETED))?;
            let segment = self.segments.pop().expect("the loop asks for its length");
            deleted.add(&self.place, segment.base);
        }
        if !deleted.is_empty() {
            self.place.disk.sync_dir(&self.place.dir).doing("sync", &self.place.dir)?;
        }
        Ok(deleted)
    }

    /// Brings the producers back to the log end offset after it moved down.
    fn reload_producers(&mut self, now: WallMs) -> Result<()> {
        let end = self.end;
        let above = self.snapshots.partition_point(|offset| *offset <= end);
        for offset in self.snapshots.split_off(above) {
            self.remove_snapshot_file(offset)?;
        }
        let source = ProducerSource {
            place: &self.place,
            config: &self.config,
            log_start: self.log_start,
            now,
        };
        let (producers, _) =
            source.producers_at(&mut self.segments, &mut self.snapshots, &[], end)?;
        self.producers = producers;
        Ok(())
    }

    /// What a follower does with a DivergingEpoch of its leader (KIP-595): the offset to truncate to
    /// so that its log ends where the leader's `epoch` ended, or where its own did.
    pub fn divergence(&self, epoch: LeaderEpoch, end_of_epoch: Offset) -> Offset {
        match self.end_of_epoch(epoch) {
            Some(own) if own.epoch == epoch => own.start.min(end_of_epoch),
            Some(own) => own.start.min(end_of_epoch),
            None => end_of_epoch.min(self.end),
        }
    }
}
