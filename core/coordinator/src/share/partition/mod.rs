//! What the leader of a partition knows of its records in flight, for one share group: which are
//! available, who holds which until when, and what the group is done with (KIP-932).
//!
//! A window over the log, from [`SharePartition::start_offset`], below which the group is done with
//! everything, to the last record that was ever delivered. The life of a record: it is fetched and
//! acquired by a member; the member acknowledges, rejects or releases it, or lets its lock run out;
//! released and with deliveries left it is available again. When everything at the start of the window
//! is done with, the window moves on.
//!
//! What a member says takes effect when the share coordinator has written it down. Until then the
//! record is changing: nobody can acquire or acknowledge it, and it goes back if the write fails. The
//! shell takes what is to be written with [`SharePartition::take_write`], one write at a time, and tells
//! the outcome with [`SharePartition::written`].
//!
//! Records are kept in the batches in which they were delivered, with one state for all, until states
//! differ within a batch. What is delivered together follows from that, so it follows Kafka closely.

mod acknowledge;
mod acquire;
mod changes;
mod in_flight;

use std::collections::BTreeMap;
use std::ops::Range;

use base::{ErrorCode, Str};

use super::shard::{ShareError, StoredState};
use super::{RecordState, StateBatch};
use crate::timers::Timers;
use changes::Change;
pub use changes::{ChangeId, ShareWrite, WriteOutcome};
use in_flight::{InFlight, InFlightBatch, States};

/// What the group's configuration allows, as of one request.
#[derive(Clone, Copy, Debug)]
pub struct ShareLimits {
    /// `share.partition.max.record.locks`.
    pub in_flight_max: i32,
    /// `share.delivery.count.limit`.
    pub delivery_count_max: i32,
    /// `share.record.lock.duration.ms`.
    pub lock_ms: u64,
    /// `share.renew.acknowledge.enable`.
    pub renewal: Renewal,
}

/// Whether members may prolong their locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    Allowed,
    Refused,
}

/// How many records a member is given (KIP-1206).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcquireMode {
    /// Whole batches, which may be more than it asked for.
    BatchOptimized,
    /// Never more than it asked for.
    RecordLimit,
}

/// A batch that was read from the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchedBatch {
    pub base_offset: i64,
    pub last_offset: i64,
    /// Whether the group is not to see it, because its transaction was aborted.
    pub visibility: Visibility,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Shown,
    Aborted,
}

/// A fetch that is to be acquired.
#[derive(Clone, Copy, Debug)]
pub struct Acquisition<'a> {
    pub member: &'a Str,
    pub mode: AcquireMode,
    /// Records of one acquired batch at most, where batches of the log allow it.
    pub batch_size: i32,
    pub records_max: i32,
    /// Where was read from.
    pub fetch_offset: i64,
    /// In order of offsets; the first may begin below `fetch_offset`.
    pub fetched: &'a [FetchedBatch],
}

/// Records that a member was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcquiredRecords {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_count: i32,
}

/// What a member says of records that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    pub first_offset: i64,
    pub last_offset: i64,
    /// One for all of them, or one for each: 0 gap, 1 accept, 2 release, 3 reject, 4 renew.
    pub types: Vec<i8>,
}

/// Where the share coordinator's state has holes: records that were delivered before this leader, and
/// not acknowledged. Up to the end of what it said, holes are to be fetched; beyond, they are holes
/// of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct GapWindow {
    end_offset: i64,
    start_offset: i64,
}

#[derive(Debug)]
pub struct SharePartition {
    leader_epoch: i32,
    state_epoch: i32,
    start_offset: i64,
    /// The last offset that was delivered; without records in flight the next one to deliver.
    end_offset: i64,
    batches: BTreeMap<i64, InFlightBatch>,
    /// Some record below the end may be available.
    search: Search,
    gap: Option<GapWindow>,
    /// Records from the start on that the group is done with.
    complete_count: i64,
    locks: Timers<(i64, i64)>,
    next_change: u64,
    /// Changes that wait for their write.
    queued: Vec<Change>,
    /// Changes of the write that is under way.
    writing: Option<Vec<Change>>,
}

/// Whether what to fetch next has to be looked for below the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Search {
    Needed,
    Futile,
}

/// The most records that are taken over as one batch, if they may be delivered again: a batch may come
/// to have a state for each of its records. As many as a group may have in flight at most.
const LOADED_BATCH_MAX: i64 = 10_000;

/// What was stored of the offsets that the log holds.
///
/// # Errors
/// The batches are not in order, or begin below `start`.
fn within_log(
    stored: &[StateBatch],
    start: i64,
    log: &Range<i64>,
) -> Result<Vec<StateBatch>, String> {
    let mut batches = Vec::with_capacity(stored.len());
    let mut below = start;
    for batch in stored {
        let (first, last) = (batch.first_offset, batch.last_offset);
        if first < below || last < first {
            return Err(format!("a batch of offsets {first} to {last} is out of order"));
        }
        below = last.saturating_add(1);
        let (first_offset, last_offset) = (first.max(log.start), last.min(log.end - 1));
        if first_offset <= last_offset {
            batches.push(StateBatch { first_offset, last_offset, ..*batch });
        }
    }
    Ok(batches)
}

fn invalid_state(message: &'static str) -> ShareError {
    ShareError { code: ErrorCode::InvalidRecordState, message }
}

impl SharePartition {
    // ---- beginning ----

    /// Takes over what the share coordinator knows of the records that the log holds: it keeps what
    /// it is told, be that made up. `start_offset` is where to begin if it does not know.
    ///
    /// # Errors
    /// What was stored contradicts itself.
    pub fn load(
        stored: &StoredState,
        start_offset: i64,
        leader_epoch: i32,
        log: &Range<i64>,
    ) -> Result<SharePartition, String> {
        let start = if stored.start_offset == -1 { start_offset } else { stored.start_offset };
        let batches = within_log(&stored.batches, start, log)?;
        let start = start.max(log.start);
        let mut partition = SharePartition {
            leader_epoch,
            state_epoch: stored.state_epoch,
            start_offset: start,
            end_offset: start,
            batches: BTreeMap::new(),
            search: Search::Futile,
            gap: None,
            complete_count: 0,
            locks: Timers::default(),
            next_change: 0,
            queued: Vec::new(),
            writing: None,
        };
        let mut first_gap = None;
        let mut expected = start;
        for batch in &batches {
            let (first, last) = (batch.first_offset, batch.last_offset);
            if first > expected && first_gap.is_none() {
                first_gap = Some(expected);
            }
            expected = last + 1;
            partition.take_over(batch);
        }
        if let Some(last) = batches.last() {
            partition.search = Search::Needed;
            partition.end_offset = last.last_offset;
            partition.gap = first_gap
                .map(|start_offset| GapWindow { end_offset: last.last_offset, start_offset });
            partition.move_start();
        }
        Ok(partition)
    }

    fn take_over(&mut self, stored: &StateBatch) {
        let (first, last) = (stored.first_offset, stored.last_offset);
        let state = match RecordState::from_code(stored.delivery_state) {
            // Whoever held it held it from the leader before.
            Some(RecordState::Acquired) => RecordState::Available,
            Some(state) => state,
            // A state that only a newer release knows leads to one that is archived.
            None => RecordState::Archived,
        };
        let mut piece = LOADED_BATCH_MAX;
        if state.is_terminal() {
            piece = last - first + 1;
            self.complete_count += piece;
        }
        let state = InFlight::new(state, i32::from(stored.delivery_count));
        let mut begin = first;
        while begin <= last {
            let end = last.min(begin + piece - 1);
            self.batches.insert(begin, InFlightBatch::whole(begin, end, state.clone()));
            begin = end + 1;
        }
    }

    pub fn start_offset(&self) -> i64 {
        self.start_offset
    }

    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }

    pub fn leader_epoch(&self) -> i32 {
        self.leader_epoch
    }

    pub fn in_flight(&self) -> i64 {
        if self.batches.is_empty() { 0 } else { self.end_offset - self.start_offset + 1 }
    }

    // ---- fetching ----

    /// Whether a fetch may find something to acquire.
    pub fn can_acquire(&mut self, limits: &ShareLimits) -> bool {
        self.next_fetch_offset() != self.end_offset + 1
            || self.in_flight() < i64::from(limits.in_flight_max)
    }

    /// Where to read next: the first available record, else what follows everything delivered.
    pub fn next_fetch_offset(&mut self) -> i64 {
        let is_beyond = self.is_beyond_all_batches();
        if is_beyond {
            self.search = Search::Futile;
            return self.end_offset;
        }
        if self.search == Search::Needed {
            if let Some(offset) = self.first_available() {
                return offset;
            }
            self.search = Search::Futile;
        }
        self.end_offset + 1
    }

    /// Nothing is in flight from the start on: then start and end are what to read next.
    fn is_beyond_all_batches(&self) -> bool {
        self.batches.last_key_value().is_none_or(|(_, batch)| self.start_offset > batch.last)
    }

    fn first_available(&self) -> Option<i64> {
        let mut gap = self.active_gap().map(|gap| gap.start_offset);
        for batch in self.batches.values() {
            if let Some(start) = gap {
                if batch.first > start {
                    return Some(start);
                }
                gap = Some(start.max(batch.last + 1));
            }
            let available = batch.ranges().find(|(_, _, state)| state.is_available());
            if let Some((first, _, _)) = available {
                return Some(first);
            }
        }
        None
    }

    fn active_gap(&self) -> Option<GapWindow> {
        self.gap.filter(|gap| gap.end_offset == self.end_offset)
    }

    // ---- the log ----

    /// The log now begins at `log_start`: what lay below is gone.
    pub fn log_start_moved(&mut self, log_start: i64) {
        if log_start <= self.start_offset {
            return;
        }
        if let Some(gap) = &mut self.gap {
            gap.start_offset = gap.start_offset.max(log_start);
        }
        if self.batches.is_empty() {
            self.start_offset = log_start;
            self.end_offset = log_start;
            self.complete_count = 0;
            return;
        }
        let old_start = self.start_offset;
        let below = self.batches.range(..log_start);
        let counted: i64 = below
            .flat_map(|(_, batch)| batch.ranges())
            .filter(|(_, _, state)| state.state.is_terminal())
            .map(|(first, last, _)| (last.min(log_start - 1) - first.max(old_start) + 1).max(0))
            .sum();
        let keys: Vec<i64> = self.batches.range(..log_start).map(|(key, _)| *key).collect();
        if self.archive(&keys, old_start, log_start - 1, RecordState::Available) > 0 {
            self.search = Search::Needed;
        }
        self.start_offset = log_start;
        self.complete_count -= counted;
        self.end_offset = self.end_offset.max(log_start);
        self.move_start();
    }

    /// Archives records between two offsets that are in state `from`, and says how many.
    fn archive(&mut self, keys: &[i64], first: i64, last: i64, from: RecordState) -> i64 {
        let mut count = 0;
        for key in keys {
            let Some(batch) = self.batches.get_mut(key) else { continue };
            if !batch.is_within(first, last) {
                match &batch.states {
                    States::Whole(state) if state.state != from => continue,
                    _ => split(batch, &mut self.locks),
                }
            }
            for (offset, end, state) in batch.ranges_within_mut(first, last) {
                if state.state == from {
                    state.archive();
                    self.locks.cancel(&(offset, end));
                    count += end - offset + 1;
                }
            }
        }
        count
    }

    // ---- the window ----

    /// Moves the start over everything at the front that the group is done with. It is written with
    /// the next change: whoever loads an older one finds out again what was not there to be delivered.
    fn move_start(&mut self) {
        self.leave_hole();
        let Some((_, at_start)) = self.batches.range(..=self.start_offset).next_back() else {
            return;
        };
        if at_start.last >= self.start_offset {
            let state = at_start.at(self.start_offset);
            if state.is_changing() || !state.state.is_terminal() {
                return;
            }
        }
        let Some((done, counted)) = self.last_done() else { return };
        let last_cached = self.batches.last_key_value().map_or(0, |(_, batch)| batch.last);
        if done == last_cached {
            // The log may begin beyond everything that is in flight.
            self.start_offset = self.start_offset.max(last_cached + 1);
            self.end_offset = self.start_offset;
            self.batches.clear();
            self.locks = Timers::default();
            self.complete_count = 0;
            return;
        }
        let Some((key, batch)) = self.batches.range(..=done).next_back() else { return };
        let (key, is_whole) = (*key, batch.last == done);
        if is_whole {
            let next = self.batches.range(done + 1..).next().map_or(done + 1, |(next, _)| *next);
            let next = self.active_gap().map_or(next, |gap| next.min(gap.start_offset));
            self.start_offset = self.start_offset.max(next);
        } else {
            self.start_offset = self.start_offset.max(done + 1);
        }
        self.complete_count -= counted;
        // Only whole batches go: an offset of a batch is found by the batch's first.
        let keep = if is_whole { done + 1 } else { key };
        self.batches = self.batches.split_off(&keep);
    }

    /// Moves the start to the first batch if the log was read from the start and had nothing below it.
    fn leave_hole(&mut self) {
        let Some((first, _)) = self.batches.first_key_value() else { return };
        let read_up_to = self.active_gap().map_or(*first, |gap| gap.start_offset);
        self.start_offset = self.start_offset.max(read_up_to.min(*first));
    }

    /// The last offset up to which the group is done with everything, and how many of those lie in
    /// the window.
    fn last_done(&self) -> Option<(i64, i64)> {
        let gap = self.active_gap();
        let mut done = None;
        let mut counted = 0;
        for batch in self.batches.values() {
            if gap.is_some_and(|gap| batch.last >= gap.start_offset) {
                break;
            }
            for (first, last, state) in batch.ranges() {
                if state.is_changing() || !state.state.is_terminal() {
                    return done.map(|done| (done, counted));
                }
                done = Some(last);
                counted += in_window(self.start_offset, first, last);
            }
        }
        done.map(|done| (done, counted))
    }
}

fn state_batch(first_offset: i64, last_offset: i64, state: &InFlight) -> StateBatch {
    StateBatch {
        first_offset,
        last_offset,
        delivery_state: state.state.code(),
        delivery_count: i16::try_from(state.delivery_count).unwrap_or(i16::MAX),
    }
}

/// How many of some offsets lie at or beyond the start.
fn in_window(start_offset: i64, first: i64, last: i64) -> i64 {
    (last - first.max(start_offset) + 1).max(0)
}

/// Gives each record of a batch a state of its own.
fn split(batch: &mut InFlightBatch, locks: &mut Timers<(i64, i64)>) {
    let States::Whole(state) = &batch.states else { return };
    locks.cancel(&(batch.first, batch.last));
    if let Some(lock) = state.lock {
        for offset in batch.first..=batch.last {
            locks.set((offset, offset), lock);
        }
    }
    let count = batch.count() as usize;
    batch.states = States::Each(vec![state.clone(); count]);
}

/// Records below the start are archived when they are taken from their holder, others are not.
fn split_at_start(batch: &mut InFlightBatch, locks: &mut Timers<(i64, i64)>, start_offset: i64) {
    if let States::Whole(state) = &batch.states
        && state.state == RecordState::Acquired
        && batch.first < start_offset
        && start_offset <= batch.last
    {
        split(batch, locks);
    }
}

#[cfg(test)]
mod tests;
