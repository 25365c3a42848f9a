//! Changes of records in flight and their way into the share coordinator: queued, written together,
//! and then either counted or taken back.

use std::collections::BTreeMap;

use base::MonoMs;

use super::super::{RecordState, StateBatch};
use super::in_flight::InFlightBatch;
use super::{Search, SharePartition, in_window};

/// Names a change that is written before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeId(u64);

/// What is to be asked of the share coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareWrite {
    pub state_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    pub delivery_complete_count: i32,
    pub batches: Vec<StateBatch>,
}

#[derive(Debug)]
pub(super) struct Change {
    pub(super) id: ChangeId,
    pub(super) batches: Vec<StateBatch>,
    pub(super) kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// Counts when it is written.
    Pending,
    /// Counts already: locks that ran out.
    Done,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    Committed,
    Failed,
}

impl SharePartition {
    pub(super) fn new_change(&mut self) -> Change {
        self.next_change += 1;
        Change { id: ChangeId(self.next_change), batches: Vec::new(), kind: ChangeKind::Pending }
    }

    pub(super) fn queue(&mut self, change: Change) -> Option<ChangeId> {
        if change.batches.is_empty() {
            return None;
        }
        let id = change.id;
        self.queued.push(change);
        Some(id)
    }

    /// What is to be written now: everything that has queued up, as long as no write is under way.
    pub fn take_write(&mut self) -> Option<ShareWrite> {
        if self.writing.is_some() || self.queued.is_empty() {
            return None;
        }
        let changes = std::mem::take(&mut self.queued);
        let batches = changes.iter().flat_map(|change| change.batches.iter().copied()).collect();
        self.writing = Some(changes);
        Some(ShareWrite {
            state_epoch: self.state_epoch,
            leader_epoch: self.leader_epoch,
            start_offset: self.start_offset,
            delivery_complete_count: i32::try_from(self.complete_count).unwrap_or(i32::MAX),
            batches,
        })
    }

    /// Whether everything that has changed is written.
    pub fn is_written(&self) -> bool {
        self.queued.is_empty() && self.writing.is_none()
    }

    /// The write that was taken has ended. Names the changes that ended with it.
    pub fn written(&mut self, outcome: WriteOutcome, now: MonoMs) -> Vec<ChangeId> {
        let changes = self.writing.take().unwrap_or_default();
        for change in &changes {
            match outcome {
                _ if change.kind == ChangeKind::Done => {}
                WriteOutcome::Committed => self.commit(change),
                WriteOutcome::Failed => self.roll_back(change, now),
            }
        }
        self.move_start();
        changes.iter().map(|change| change.id).collect()
    }

    pub(super) fn commit(&mut self, change: &Change) {
        let mut settled = None;
        for written in &change.batches {
            let Some(batch) = batch_of(&mut self.batches, written) else { continue };
            // A change of single records names their batch once for each of them.
            if settled.replace(batch.first) == Some(batch.first) {
                continue;
            }
            for (first, last, state) in batch.ranges_mut() {
                if state.is_changed_by(change.id) {
                    state.commit();
                    self.locks.cancel(&(first, last));
                    if state.state == RecordState::Available {
                        self.search = Search::Needed;
                    }
                }
            }
        }
    }

    pub(super) fn roll_back(&mut self, change: &Change, now: MonoMs) {
        let start_offset = self.start_offset;
        let mut settled = None;
        for written in &change.batches {
            let Some(batch) = batch_of(&mut self.batches, written) else { continue };
            if settled.replace(batch.first) == Some(batch.first) {
                continue;
            }
            for (first, last, state) in batch.ranges_mut() {
                if !state.is_changed_by(change.id) {
                    continue;
                }
                let was_terminal = state.state.is_terminal();
                state.roll_back(now);
                if state.lock.is_none() {
                    self.locks.cancel(&(first, last));
                }
                if was_terminal && !state.state.is_terminal() {
                    self.complete_count -= in_window(start_offset, first, last);
                }
                if state.state == RecordState::Available {
                    self.search = Search::Needed;
                }
            }
        }
    }
}

fn batch_of<'a>(
    batches: &'a mut BTreeMap<i64, InFlightBatch>,
    written: &StateBatch,
) -> Option<&'a mut InFlightBatch> {
    let (_, batch) = batches.range_mut(..=written.first_offset).next_back()?;
    (batch.last >= written.first_offset).then_some(batch)
}
