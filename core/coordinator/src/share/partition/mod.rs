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

mod in_flight;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use base::{ErrorCode, MonoMs, Str};

use super::shard::{ShareError, StoredState};
use super::{RecordState, StateBatch};
use crate::timers::Timers;
use in_flight::{InFlight, InFlightBatch, States};

/// From this many deliveries on records may be delivered in smaller portions.
const THROTTLED_DELIVERIES_MIN: i32 = 2;

/// Acknowledge types, as requests carry them.
const GAP: i8 = 0;
const ACCEPT: i8 = 1;
const RELEASE: i8 = 2;
const REJECT: i8 = 3;
const RENEW: i8 = 4;

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
struct Change {
    id: ChangeId,
    batches: Vec<StateBatch>,
    kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChangeKind {
    /// Counts when it is written.
    Pending,
    /// Counts already: locks that ran out.
    Done,
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

fn invalid_state(message: &'static str) -> ShareError {
    ShareError { code: ErrorCode::InvalidRecordState, message }
}

impl SharePartition {
    // ---- beginning ----

    /// Takes over what the share coordinator knows. `start_offset` is where to begin if it does not.
    ///
    /// # Errors
    /// What was stored contradicts itself.
    pub fn load(
        stored: &StoredState,
        start_offset: i64,
        leader_epoch: i32,
    ) -> Result<SharePartition, String> {
        let start = if stored.start_offset == -1 { start_offset } else { stored.start_offset };
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
        for batch in &stored.batches {
            let (first, last) = (batch.first_offset, batch.last_offset);
            if first < expected || last < first {
                return Err(format!("a batch of offsets {first} to {last} is out of order"));
            }
            if first > expected && first_gap.is_none() {
                first_gap = Some(expected);
            }
            expected = last + 1;
            // A state that only a newer release knows leads to one that is archived.
            let state = RecordState::from_code(batch.delivery_state);
            let state = state.unwrap_or(RecordState::Archived);
            if state.is_terminal() {
                partition.complete_count += last - first + 1;
            }
            let state = InFlight::new(state, i32::from(batch.delivery_count));
            partition.batches.insert(first, InFlightBatch::whole(first, last, state));
        }
        if let Some(last) = stored.batches.last() {
            partition.search = Search::Needed;
            partition.end_offset = last.last_offset;
            partition.gap = first_gap
                .map(|start_offset| GapWindow { end_offset: last.last_offset, start_offset });
            partition.move_start();
        }
        Ok(partition)
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

    /// Gives what was fetched to a member, as far as it is available and within the limits.
    pub fn acquire(
        &mut self,
        now: MonoMs,
        limits: &ShareLimits,
        acquisition: &Acquisition<'_>,
    ) -> Vec<AcquiredRecords> {
        let fetched = acquisition.fetched;
        let (Some(first), Some(last)) = (fetched.first(), fetched.last()) else {
            return Vec::new();
        };
        if acquisition.records_max <= 0 || last.last_offset < self.start_offset {
            return Vec::new();
        }
        let (last_offset, records_max) = self.reach(limits, acquisition, last.last_offset);
        if records_max <= 0 {
            return Vec::new();
        }
        let lock = now.plus_ms(limits.lock_ms);
        self.archive_stale(acquisition.fetch_offset, first.base_offset);
        let mut base = first.base_offset;
        match self.batches.range(..=base).next_back() {
            // The state that was loaded may begin within a batch of the log.
            None => base = base.max(self.start_offset),
            Some((floor, batch)) if batch.last >= base => base = *floor,
            Some(_) => {}
        }
        let from = base.min(first.base_offset);
        if from > last_offset {
            return Vec::new();
        }
        let known: Vec<i64> = self.batches.range(from..=last_offset).map(|(key, _)| *key).collect();
        let mut taking =
            Taking { acquisition, lock, records_max, last_offset, taken: Vec::new(), count: 0 };
        if known.is_empty() {
            self.acquire_new(&mut taking, base..=last_offset);
        } else {
            self.acquire_known(limits, &mut taking, &known, base);
        }
        self.hide_aborted(taking.taken, fetched)
    }

    /// Up to which offset, and how many records, may be acquired.
    fn reach(
        &self,
        limits: &ShareLimits,
        acquisition: &Acquisition<'_>,
        last_offset: i64,
    ) -> (i64, i64) {
        let asked = i64::from(acquisition.records_max);
        let room = i64::from(limits.in_flight_max) - self.in_flight();
        let records_max = asked.min(room);
        if records_max > 0 || acquisition.fetch_offset > self.end_offset {
            return (last_offset, records_max);
        }
        // The window is full, and yet something within it is available.
        let within = self.end_offset - acquisition.fetch_offset + 1;
        (last_offset.min(self.end_offset), asked.min(within))
    }

    /// What lies between where was read and what was found is no longer in the log.
    fn archive_stale(&mut self, fetch_offset: i64, base_offset: i64) {
        if fetch_offset >= base_offset {
            return;
        }
        let floor = self.batches.range(..=fetch_offset).next_back();
        let from = floor.filter(|(_, batch)| batch.last >= fetch_offset);
        let from = from.map_or(fetch_offset, |(key, _)| *key);
        let keys: Vec<i64> = self.batches.range(from..base_offset).map(|(key, _)| *key).collect();
        let archived = self.archive(&keys, fetch_offset, base_offset - 1, RecordState::Available);
        self.complete_count += archived;
        if archived > 0 {
            self.search = Search::Needed;
        }
    }

    fn acquire_known(
        &mut self,
        limits: &ShareLimits,
        taking: &mut Taking<'_>,
        known: &[i64],
        base: i64,
    ) {
        let first_offset = taking.acquisition.fetched[0].base_offset;
        let last_offset = taking.last_offset;
        let mut gap_start = base;
        for key in known {
            if taking.is_full() {
                break;
            }
            let Some(batch_last) = self.batches.get(key).map(|batch| batch.last) else { continue };
            if self.active_gap().is_some() {
                if gap_start < *key {
                    self.acquire_new(taking, gap_start..=*key - 1);
                }
                gap_start = batch_last + 1;
                if taking.is_full() {
                    break;
                }
            }
            let Some(batch) = self.batches.get_mut(key) else { continue };
            let is_throttled = is_throttled(batch, limits, first_offset, last_offset);
            if is_throttled && taking.count > 0 {
                taking.records_max = 0;
                break;
            }
            let is_whole = matches!(batch.states, States::Whole(_));
            let is_too_large = taking.acquisition.mode == AcquireMode::RecordLimit
                && batch.count() > taking.left();
            let takes_part =
                !batch.is_within(first_offset, last_offset) || is_too_large || is_throttled;
            if is_whole && !batch.at(batch.first).is_available() {
                continue;
            }
            if is_whole && !takes_part {
                self.acquire_whole(taking, *key);
                continue;
            }
            split(batch, &mut self.locks);
            let count = self.acquire_single(limits, taking, *key, first_offset);
            if is_throttled && count > 0 {
                taking.records_max = 0;
                break;
            }
        }
        let last_known = known.last().and_then(|key| self.batches.get(key)).map(|batch| batch.last);
        if let Some(last_known) = last_known
            && !taking.is_full()
            && last_known < last_offset
        {
            self.acquire_new(taking, last_known + 1..=last_offset);
        }
        if let Some(last) = taking.taken.last() {
            self.narrow_gap(last.last_offset + 1);
        }
    }

    fn acquire_whole(&mut self, taking: &mut Taking<'_>, key: i64) {
        let Some(batch) = self.batches.get_mut(&key) else { return };
        let (first, last) = (batch.first, batch.last);
        let States::Whole(state) = &mut batch.states else { return };
        state.acquire(taking.acquisition.member, taking.lock);
        self.locks.set((first, last), taking.lock);
        taking.count += last - first + 1;
        taking.taken.push(AcquiredRecords {
            first_offset: first,
            last_offset: last,
            delivery_count: state.delivery_count,
        });
    }

    /// Acquires single records of a batch, and says how many. A record on its last delivery comes
    /// alone, and one that has failed often in smaller company, so that a record that nobody can
    /// process takes no others with it.
    fn acquire_single(
        &mut self,
        limits: &ShareLimits,
        taking: &mut Taking<'_>,
        key: i64,
        first_offset: i64,
    ) -> i64 {
        let Some(batch) = self.batches.get_mut(&key) else { return 0 };
        let max = limits.delivery_count_max;
        let left = taking.left();
        let throttled_from = throttled_from(max);
        let size = batch.count();
        let mut portion: Option<i64> = None;
        let mut single: Vec<AcquiredRecords> = Vec::new();
        for (offset, state) in batch.each_mut() {
            if offset < first_offset || !state.is_available() {
                continue;
            }
            if offset > taking.last_offset {
                break;
            }
            if max > 2 && state.delivery_count == max - 1 && !single.is_empty() {
                break;
            }
            if state.delivery_count >= throttled_from && portion.is_none() {
                let halvings = (state.delivery_count - throttled_from + 1).min(62);
                portion = Some((size >> halvings).max(1));
            }
            state.acquire(taking.acquisition.member, taking.lock);
            self.locks.set((offset, offset), taking.lock);
            single.push(AcquiredRecords {
                first_offset: offset,
                last_offset: offset,
                delivery_count: state.delivery_count,
            });
            let count = single.len() as i64;
            let comes_alone = state.delivery_count == max && max > 2;
            let is_full = taking.acquisition.mode == AcquireMode::RecordLimit && count == left;
            if comes_alone || is_full || portion == Some(count) {
                break;
            }
        }
        let count = single.len() as i64;
        for record in single {
            match taking.taken.last_mut() {
                Some(last)
                    if last.last_offset + 1 == record.first_offset
                        && last.delivery_count == record.delivery_count
                        && last.first_offset >= key =>
                {
                    last.last_offset = record.last_offset;
                }
                _ => taking.taken.push(record),
            }
        }
        taking.count += count;
        count
    }

    /// Acquires records that were never delivered.
    fn acquire_new(&mut self, taking: &mut Taking<'_>, offsets: RangeInclusive<i64>) {
        let (mut first, last_offset) = offsets.into_inner();
        if self.batches.is_empty() {
            first = first.max(self.end_offset);
        }
        let max = taking.left();
        let mut last = last_offset;
        if max < last - first + 1 {
            // Batches of the log are not taken apart, except at a batch that is known already.
            last = end_of_batch(taking.acquisition.fetched, first + max - 1);
            if self.active_gap().is_some() {
                last = last.min(last_offset);
            }
        }
        if first > last {
            return;
        }
        let last_taken = match taking.acquisition.mode {
            AcquireMode::RecordLimit => self.add_limited(taking, first, last, max),
            AcquireMode::BatchOptimized => self.add_batches(taking, first, last),
        };
        if self.batches.first_key_value().is_some_and(|(key, _)| *key == first) {
            self.start_offset = first;
        }
        self.end_offset = self.end_offset.max(last);
        taking.count += last_taken - first + 1;
        self.narrow_gap(last_taken + 1);
    }

    /// Adds what begins at `first` in batches of about the size that was asked for.
    fn add_batches(&mut self, taking: &mut Taking<'_>, first: i64, last: i64) -> i64 {
        let size = i64::from(taking.acquisition.batch_size);
        let mut begin = first;
        let mut cuts = Vec::new();
        if last - first + 1 > size {
            let fetched = taking.acquisition.fetched.iter();
            for batch in fetched.take_while(|batch| batch.base_offset <= last) {
                if batch.base_offset - begin >= size {
                    cuts.push((begin, batch.base_offset - 1));
                    begin = batch.base_offset;
                }
            }
        }
        cuts.push((begin, last));
        for (first, last) in cuts {
            self.add_batch(taking, first, last);
        }
        last
    }

    fn add_batch(&mut self, taking: &mut Taking<'_>, first: i64, last: i64) {
        let state = InFlight::acquired(taking.acquisition.member, taking.lock);
        self.batches.insert(first, InFlightBatch::whole(first, last, state));
        self.locks.set((first, last), taking.lock);
        taking.taken.push(AcquiredRecords {
            first_offset: first,
            last_offset: last,
            delivery_count: 1,
        });
    }

    /// Adds the whole, and acquires no more of it than `max` records; the others are available.
    fn add_limited(&mut self, taking: &mut Taking<'_>, first: i64, last: i64, max: i64) -> i64 {
        if last - first < max {
            self.add_batch(taking, first, last);
            return last;
        }
        let last_taken = first + max - 1;
        let states = (first..=last).map(|offset| {
            if offset <= last_taken {
                self.locks.set((offset, offset), taking.lock);
                InFlight::acquired(taking.acquisition.member, taking.lock)
            } else {
                InFlight::new(RecordState::Available, 0)
            }
        });
        let states = States::Each(states.collect());
        self.batches.insert(first, InFlightBatch { first, last, states });
        self.search = Search::Needed;
        taking.taken.push(AcquiredRecords {
            first_offset: first,
            last_offset: last_taken,
            delivery_count: 1,
        });
        last_taken
    }

    fn narrow_gap(&mut self, offset: i64) {
        let end = self.end_offset;
        self.gap = self.gap.filter(|gap| gap.end_offset == end && offset <= gap.end_offset);
        if let Some(gap) = &mut self.gap {
            gap.start_offset = offset;
        }
    }

    /// Archives what was acquired of aborted transactions, and takes it from what is given.
    fn hide_aborted(
        &mut self,
        taken: Vec<AcquiredRecords>,
        fetched: &[FetchedBatch],
    ) -> Vec<AcquiredRecords> {
        let mut shown = taken;
        for batch in fetched.iter().filter(|batch| batch.visibility == Visibility::Aborted) {
            let (first, last) = (batch.base_offset, batch.last_offset);
            let floor = self.batches.range(..=first).next_back().map_or(first, |(key, _)| *key);
            let keys: Vec<i64> = self.batches.range(floor..=last).map(|(key, _)| *key).collect();
            self.complete_count += self.archive(&keys, first, last, RecordState::Acquired);
            let mut next = Vec::with_capacity(shown.len());
            for records in shown {
                if records.last_offset < first || last < records.first_offset {
                    next.push(records);
                    continue;
                }
                if records.first_offset < first {
                    next.push(AcquiredRecords { last_offset: first - 1, ..records });
                }
                if last < records.last_offset {
                    next.push(AcquiredRecords { first_offset: last + 1, ..records });
                }
            }
            shown = next;
        }
        shown
    }

    // ---- what members say ----

    /// Takes acknowledgements of `member`. What has to be written is queued, and counts once
    /// [`SharePartition::written`] names it.
    ///
    /// # Errors
    /// Nothing of it counts. INVALID_RECORD_STATE where the member does not hold the records,
    /// INVALID_REQUEST where they were never delivered.
    pub fn acknowledge(
        &mut self,
        now: MonoMs,
        limits: &ShareLimits,
        member: &Str,
        acknowledgements: &[Acknowledgement],
    ) -> Result<Option<ChangeId>, ShareError> {
        let mut change = self.new_change();
        for acknowledgement in acknowledgements {
            let done = self.acknowledge_batch(now, limits, member, acknowledgement, &mut change);
            if let Err(error) = done {
                self.roll_back(&change, now);
                return Err(error);
            }
        }
        Ok(self.queue(change))
    }

    fn acknowledge_batch(
        &mut self,
        now: MonoMs,
        limits: &ShareLimits,
        member: &Str,
        said: &Acknowledgement,
        change: &mut Change,
    ) -> Result<(), ShareError> {
        let is_known = |kind: &i8| (GAP..=RENEW).contains(kind);
        if said.types.is_empty() || !said.types.iter().all(is_known) {
            let message = "The acknowledge type is invalid.";
            return Err(ShareError { code: ErrorCode::InvalidRequest, message });
        }
        if said.last_offset < self.start_offset {
            return Ok(());
        }
        for key in self.acknowledged_batches(said)? {
            let start_offset = self.start_offset;
            let Some(batch) = self.batches.get_mut(&key) else { continue };
            if batch.last < start_offset {
                continue;
            }
            if let States::Whole(state) = &batch.states {
                if state.member.is_empty() {
                    return Err(invalid_state(
                        "The batch cannot be acknowledged. The batch is not in the acquired state.",
                    ));
                }
                if state.member != *member {
                    return Err(invalid_state("Member is not the owner of batch record"));
                }
                if state.is_changing() || state.state != RecordState::Acquired {
                    return Err(invalid_state(
                        "The record state is invalid. The acknowledgement of delivery could not be completed.",
                    ));
                }
            }
            let takes_part = !batch.is_within(said.first_offset, said.last_offset)
                || said.types.len() > 1
                || (batch.first < start_offset && start_offset <= batch.last);
            if takes_part {
                split(batch, &mut self.locks);
            }
            match batch.states {
                States::Each(_) => {
                    self.acknowledge_single(now, limits, member, said, key, change)?
                }
                States::Whole(_) => {
                    self.acknowledge_whole(now, limits, said.types[0], key, change)?
                }
            }
        }
        Ok(())
    }

    /// The batches in flight that an acknowledgement reaches over.
    fn acknowledged_batches(&self, said: &Acknowledgement) -> Result<Vec<i64>, ShareError> {
        let floor = self.batches.range(..=said.first_offset).next_back().or_else(|| {
            let start = self.start_offset;
            let has_moved = said.first_offset < start && start <= said.last_offset;
            has_moved.then(|| self.batches.range(..=start).next_back()).flatten()
        });
        let Some((floor, _)) = floor else {
            return Err(invalid_state(
                "Batch record not found. The request batch offsets are not found in the cache.",
            ));
        };
        let keys: Vec<i64> = if *floor <= said.last_offset {
            self.batches.range(*floor..=said.last_offset).map(|(key, _)| *key).collect()
        } else {
            Vec::new()
        };
        let last = keys.last().and_then(|key| self.batches.get(key)).map(|batch| batch.last);
        let never_delivered =
            |message| Err(ShareError { code: ErrorCode::InvalidRequest, message });
        match last {
            Some(last) if last < said.first_offset => never_delivered(
                "Batch record not found. The first offset in request is past acquired records.",
            ),
            Some(last) if last >= said.last_offset => Ok(keys),
            _ => never_delivered(
                "Batch record not found. The last offset in request is past acquired records.",
            ),
        }
    }

    fn acknowledge_single(
        &mut self,
        now: MonoMs,
        limits: &ShareLimits,
        member: &Str,
        said: &Acknowledgement,
        key: i64,
        change: &mut Change,
    ) -> Result<(), ShareError> {
        let start_offset = self.start_offset;
        let Some(batch) = self.batches.get_mut(&key) else { return Ok(()) };
        for (offset, state) in batch.each_mut() {
            if offset < said.first_offset || offset < start_offset {
                continue;
            }
            if offset > said.last_offset {
                break;
            }
            if state.state != RecordState::Acquired {
                return Err(invalid_state(
                    "The offset cannot be acknowledged. The offset is not acquired.",
                ));
            }
            if state.is_changing() {
                return Err(invalid_state(
                    "The record state is invalid. The acknowledgement of delivery could not be completed.",
                ));
            }
            if state.member != *member {
                return Err(invalid_state("Member is not the owner of offset"));
            }
            let kind = match said.types.as_slice() {
                [one] => *one,
                each => each.get((offset - said.first_offset) as usize).copied().unwrap_or(GAP),
            };
            if kind == RENEW {
                check_renewal(limits)?;
                let lock = now.plus_ms(limits.lock_ms);
                state.lock = Some(lock);
                self.locks.set((offset, offset), lock);
                continue;
            }
            state.begin(change.id, said_state(kind), limits.delivery_count_max);
            change.batches.push(state_batch(offset, offset, state));
            if state.state.is_terminal() {
                self.complete_count += 1;
            }
        }
        Ok(())
    }

    fn acknowledge_whole(
        &mut self,
        now: MonoMs,
        limits: &ShareLimits,
        kind: i8,
        key: i64,
        change: &mut Change,
    ) -> Result<(), ShareError> {
        let Some(batch) = self.batches.get_mut(&key) else { return Ok(()) };
        let (first, last) = (batch.first, batch.last);
        let States::Whole(state) = &mut batch.states else { return Ok(()) };
        if kind == RENEW {
            check_renewal(limits)?;
            let lock = now.plus_ms(limits.lock_ms);
            state.lock = Some(lock);
            self.locks.set((first, last), lock);
            return Ok(());
        }
        state.begin(change.id, said_state(kind), limits.delivery_count_max);
        change.batches.push(state_batch(first, last, state));
        if state.state.is_terminal() {
            self.complete_count += last - first + 1;
        }
        Ok(())
    }

    /// A member is gone: what it holds is released.
    pub fn release(&mut self, limits: &ShareLimits, member: &Str) -> Option<ChangeId> {
        let mut change = self.new_change();
        let start_offset = self.start_offset;
        for batch in self.batches.values_mut() {
            split_at_start(batch, &mut self.locks, start_offset);
            for (first, last, state) in batch.ranges_mut() {
                if state.state != RecordState::Acquired || state.member != *member {
                    continue;
                }
                let to = if last < start_offset {
                    RecordState::Archived
                } else {
                    RecordState::Available
                };
                state.begin(change.id, to, limits.delivery_count_max);
                change.batches.push(state_batch(first, last, state));
                if state.state.is_terminal() {
                    self.complete_count += in_window(start_offset, first, last);
                }
            }
        }
        self.queue(change)
    }

    // ---- time ----

    /// When the next lock runs out.
    pub fn next_deadline(&self) -> MonoMs {
        self.locks.next()
    }

    /// Releases what was held for too long. It counts at once; that it is written matters to the
    /// next leader only.
    pub fn on_deadline(&mut self, now: MonoMs, limits: &ShareLimits) {
        let mut change = Change { kind: ChangeKind::Done, ..self.new_change() };
        while let Some((first, last)) = self.locks.take_due(now) {
            self.lock_ran_out(limits, first, last, &mut change);
        }
        self.queue(change);
    }

    fn lock_ran_out(
        &mut self,
        limits: &ShareLimits,
        lock_first: i64,
        lock_last: i64,
        change: &mut Change,
    ) {
        let start_offset = self.start_offset;
        let Some((_, batch)) = self.batches.range_mut(..=lock_first).next_back() else { return };
        split_at_start(batch, &mut self.locks, start_offset);
        for (first, last, state) in batch.ranges_mut() {
            let is_meant = lock_first <= first && last <= lock_last;
            if !is_meant || state.state != RecordState::Acquired {
                continue;
            }
            let to =
                if last < start_offset { RecordState::Archived } else { RecordState::Available };
            state.take(to, limits.delivery_count_max);
            state.lock = None;
            self.locks.cancel(&(first, last));
            change.batches.push(state_batch(first, last, state));
            if state.state.is_terminal() {
                self.complete_count += in_window(start_offset, first, last);
            } else {
                self.search = Search::Needed;
            }
        }
    }

    // ---- the log ----

    /// The log now begins at `log_start`: what lay below is gone.
    pub fn log_start_moved(&mut self, log_start: i64) {
        if log_start <= self.start_offset {
            return;
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
            for (offset, end, state) in batch.ranges_mut() {
                if first <= offset && end <= last && state.state == from {
                    state.archive();
                    self.locks.cancel(&(offset, end));
                    count += end - offset + 1;
                }
            }
        }
        count
    }

    // ---- changes and their writes ----

    fn new_change(&mut self) -> Change {
        self.next_change += 1;
        Change { id: ChangeId(self.next_change), batches: Vec::new(), kind: ChangeKind::Pending }
    }

    fn queue(&mut self, change: Change) -> Option<ChangeId> {
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

    fn commit(&mut self, change: &Change) {
        for written in &change.batches {
            let Some(batch) = batch_of(&mut self.batches, written) else { continue };
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

    fn roll_back(&mut self, change: &Change, now: MonoMs) {
        let start_offset = self.start_offset;
        for written in &change.batches {
            let Some(batch) = batch_of(&mut self.batches, written) else { continue };
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

    /// Moves the start over everything at the front that the group is done with.
    fn move_start(&mut self) {
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
            self.start_offset = last_cached + 1;
            self.end_offset = last_cached + 1;
            self.batches.clear();
            self.locks = Timers::default();
            self.complete_count = 0;
            return;
        }
        let Some((key, batch)) = self.batches.range(..=done).next_back() else { return };
        let (key, is_whole) = (*key, batch.last == done);
        if is_whole {
            let next = self.batches.range(done + 1..).next().map_or(done + 1, |(next, _)| *next);
            self.start_offset = self.start_offset.max(next);
            if let Some(gap) = self.active_gap() {
                self.start_offset = self.start_offset.min(gap.start_offset);
            }
        } else {
            self.start_offset = self.start_offset.max(done + 1);
        }
        self.complete_count -= counted;
        // Only whole batches go: an offset of a batch is found by the batch's first.
        let keep = if is_whole { done + 1 } else { key };
        self.batches = self.batches.split_off(&keep);
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

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    Committed,
    Failed,
}

/// An acquisition that goes on.
struct Taking<'a> {
    acquisition: &'a Acquisition<'a>,
    lock: MonoMs,
    records_max: i64,
    last_offset: i64,
    taken: Vec<AcquiredRecords>,
    count: i64,
}

impl Taking<'_> {
    fn is_full(&self) -> bool {
        self.count >= self.records_max
    }

    fn left(&self) -> i64 {
        self.records_max - self.count
    }
}

fn check_renewal(limits: &ShareLimits) -> Result<(), ShareError> {
    match limits.renewal {
        Renewal::Allowed => Ok(()),
        Renewal::Refused => {
            Err(invalid_state("Renewing acquisition locks is not enabled for the group."))
        }
    }
}

/// What becomes of a record of which a member says `kind`, which is not a renewal.
fn said_state(kind: i8) -> RecordState {
    match kind {
        ACCEPT => RecordState::Acknowledged,
        RELEASE => RecordState::Available,
        // A gap is an offset without a record.
        GAP | REJECT => RecordState::Archived,
        other => unreachable!("acknowledge type {other} was checked before"),
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

fn batch_of<'a>(
    batches: &'a mut BTreeMap<i64, InFlightBatch>,
    written: &StateBatch,
) -> Option<&'a mut InFlightBatch> {
    let (_, batch) = batches.range_mut(..=written.first_offset).next_back()?;
    (batch.last >= written.first_offset).then_some(batch)
}

/// How many of some offsets lie at or beyond the start.
fn in_window(start_offset: i64, first: i64, last: i64) -> i64 {
    (last - first.max(start_offset) + 1).max(0)
}

/// The end of the log's batch that holds `offset`.
fn end_of_batch(fetched: &[FetchedBatch], offset: i64) -> i64 {
    let batch = fetched.iter().rev().find(|batch| batch.base_offset <= offset);
    batch.map_or(offset, |batch| batch.last_offset.max(offset))
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

fn throttled_from(delivery_count_max: i32) -> i32 {
    THROTTLED_DELIVERIES_MIN.max((delivery_count_max + 1) / 2)
}

/// Whether some available record of the batch has been delivered so often that it comes in smaller
/// company.
fn is_throttled(batch: &InFlightBatch, limits: &ShareLimits, first: i64, last: i64) -> bool {
    let is_whole = matches!(batch.states, States::Whole(_));
    let meant = batch.ranges().filter(|(offset, end, state)| {
        (is_whole || (first <= *offset && *end <= last)) && state.is_available()
    });
    let most = meant.map(|(_, _, state)| state.delivery_count).max().unwrap_or(0);
    most >= throttled_from(limits.delivery_count_max)
}

#[cfg(test)]
mod tests;
