//! Giving records to members: what a fetch may take, in which portions, and in which batches it is
//! remembered.

use std::ops::RangeInclusive;

use base::MonoMs;

use super::super::RecordState;
use super::in_flight::{InFlight, InFlightBatch, States};
use super::{
    AcquireMode, AcquiredRecords, Acquisition, FetchedBatch, Search, ShareLimits, SharePartition,
    Visibility, split,
};

/// From this many deliveries on records may be delivered in smaller portions.
const THROTTLED_DELIVERIES_MIN: i32 = 2;

impl SharePartition {
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
            // Nothing is left of what the window has room for.
            self.narrow_gap(first.base_offset);
            self.move_start();
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
        let shown = self.hide_aborted(taking.taken, fetched);
        self.move_start();
        shown
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
        if !taking.is_full() {
            // Whatever was not taken up to there is known, or is not to be had.
            self.narrow_gap(last_known.map_or(last_offset, |last| last.max(last_offset)) + 1);
        } else if let Some(last) = taking.taken.last() {
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
        for (offset, state) in batch.each_mut_from(first_offset) {
            if !state.is_available() {
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

    /// Of the gap nothing is left below `offset`.
    fn narrow_gap(&mut self, offset: i64) {
        let end = self.end_offset;
        self.gap = self.gap.filter(|gap| gap.end_offset == end && offset <= gap.end_offset);
        if let Some(gap) = &mut self.gap {
            gap.start_offset = gap.start_offset.max(offset);
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

/// The end of the log's batch that holds `offset`.
fn end_of_batch(fetched: &[FetchedBatch], offset: i64) -> i64 {
    let batch = fetched.iter().rev().find(|batch| batch.base_offset <= offset);
    batch.map_or(offset, |batch| batch.last_offset.max(offset))
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
