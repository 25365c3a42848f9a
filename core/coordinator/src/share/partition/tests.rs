//! Stories of records in flight.

use std::collections::{BTreeMap, BTreeSet};

use base::MonoMs;
use metadata::Entropy;

use super::*;

const LOCK_MS: u64 = 30_000;

/// The offsets that the log holds where it does not matter.
const LOG: Range<i64> = 0..1_000_000;

fn limits() -> ShareLimits {
    ShareLimits {
        in_flight_max: 2_000,
        delivery_count_max: 5,
        lock_ms: LOCK_MS,
        renewal: Renewal::Allowed,
    }
}

/// A shared partition, and a coordinator that writes what it is told.
struct Bench {
    partition: SharePartition,
    limits: ShareLimits,
    now: MonoMs,
    stored: StoredState,
    complete_count: i32,
}

impl Bench {
    fn new() -> Bench {
        Bench::loaded(-1, &[])
    }

    fn loaded(start_offset: i64, batches: &[(i64, i64, i8, i16)]) -> Bench {
        let batches = batches.iter().map(|(first, last, state, count)| StateBatch {
            first_offset: *first,
            last_offset: *last,
            delivery_state: *state,
            delivery_count: *count,
        });
        let stored = StoredState { state_epoch: 1, start_offset, batches: batches.collect() };
        Bench {
            partition: SharePartition::load(&stored, 0, 7, &LOG).expect("a sound state"),
            limits: limits(),
            now: MonoMs(1_000),
            stored,
            complete_count: -1,
        }
    }

    fn acquire(&mut self, member: &str, batches: &[(i64, i64)]) -> Vec<(i64, i64, i32)> {
        self.acquire_up_to(member, batches, AcquireMode::BatchOptimized, 500)
    }

    fn acquire_up_to(
        &mut self,
        member: &str,
        batches: &[(i64, i64)],
        mode: AcquireMode,
        records_max: i32,
    ) -> Vec<(i64, i64, i32)> {
        let fetched: Vec<FetchedBatch> = batches
            .iter()
            .map(|(base_offset, last_offset)| FetchedBatch {
                base_offset: *base_offset,
                last_offset: *last_offset,
                visibility: Visibility::Shown,
            })
            .collect();
        let fetch_offset = self.partition.next_fetch_offset();
        let acquisition = Acquisition {
            member: &member.into(),
            mode,
            batch_size: 500,
            records_max,
            fetch_offset,
            fetched: &fetched,
        };
        let acquired = self.partition.acquire(self.now, &self.limits, &acquisition);
        let acquired = acquired.iter();
        acquired.map(|a| (a.first_offset, a.last_offset, a.delivery_count)).collect()
    }

    fn acknowledge(&mut self, member: &str, first: i64, last: i64, types: &[i8]) -> ErrorCode {
        let said = Acknowledgement { first_offset: first, last_offset: last, types: types.into() };
        let done = self.partition.acknowledge(self.now, &self.limits, &member.into(), &[said]);
        match done {
            Err(error) => error.code,
            Ok(_) => {
                self.write(WriteOutcome::Committed);
                ErrorCode::None
            }
        }
    }

    fn write(&mut self, outcome: WriteOutcome) {
        while let Some(write) = self.partition.take_write() {
            if outcome == WriteOutcome::Committed {
                let (old, start) = (&self.stored.batches, write.start_offset);
                self.stored.batches = crate::share::batches::combine(old, &write.batches, start);
                self.stored.start_offset = write.start_offset;
                self.complete_count = write.delivery_complete_count;
            }
            self.partition.written(outcome, self.now);
        }
    }

    fn advance_ms(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        if self.partition.next_deadline() <= self.now {
            self.partition.on_deadline(self.now, &self.limits);
            self.write(WriteOutcome::Committed);
        }
    }

    fn window(&mut self) -> (i64, i64, i64) {
        let next = self.partition.next_fetch_offset();
        (self.partition.start_offset(), self.partition.end_offset(), next)
    }
}

#[test]
fn records_are_delivered_once_and_accepted() {
    let mut bench = Bench::new();
    assert_eq!(bench.acquire("a", &[(0, 9)]), [(0, 9, 1)]);
    assert_eq!(bench.window(), (0, 9, 10));
    assert_eq!(bench.acquire("b", &[(10, 14)]), [(10, 14, 1)]);
    assert_eq!(bench.acknowledge("a", 0, 9, &[1]), ErrorCode::None);
    assert_eq!(bench.window(), (10, 14, 15));
    assert_eq!(bench.acknowledge("b", 10, 14, &[1]), ErrorCode::None);
    assert_eq!(bench.window(), (15, 15, 15));
    assert_eq!(bench.stored.start_offset, 10, "the start is written with the next change");
}

#[test]
fn a_record_that_is_released_is_delivered_again_with_a_higher_count() {
    let mut bench = Bench::new();
    bench.acquire("a", &[(0, 9)]);
    let types = [1, 1, 2, 2, 1, 3, 1, 1, 1, 1];
    assert_eq!(bench.acknowledge("a", 0, 9, &types), ErrorCode::None);
    assert_eq!(bench.window(), (2, 9, 2));
    assert_eq!(bench.complete_count, 8);
    assert_eq!(bench.acquire("b", &[(0, 9)]), [(2, 3, 2)]);
    assert_eq!(bench.acknowledge("b", 2, 3, &[1]), ErrorCode::None);
    assert_eq!(bench.window(), (10, 10, 10));
}

#[test]
fn a_lock_that_runs_out_makes_records_available() {
    let mut bench = Bench::new();
    bench.acquire("a", &[(0, 4)]);
    bench.advance_ms(LOCK_MS - 1);
    assert_eq!(bench.window(), (0, 4, 5));
    bench.advance_ms(1);
    assert_eq!(bench.window(), (0, 4, 0));
    assert_eq!(bench.acknowledge("a", 0, 4, &[1]), ErrorCode::InvalidRecordState);
    assert_eq!(bench.acquire("b", &[(0, 4)]), [(0, 4, 2)]);
    assert_eq!(bench.stored.batches[0].delivery_count, 1);
}

#[test]
fn a_member_may_renew_its_lock() {
    let mut bench = Bench::new();
    bench.acquire("a", &[(0, 4)]);
    bench.advance_ms(LOCK_MS / 2);
    assert_eq!(bench.acknowledge("a", 0, 4, &[4]), ErrorCode::None);
    bench.advance_ms(LOCK_MS / 2);
    assert_eq!(bench.acknowledge("a", 0, 1, &[4]), ErrorCode::None);
    bench.advance_ms(LOCK_MS / 2);
    // What was renewed a second time is still held, the rest is not.
    assert_eq!(bench.window(), (0, 4, 2));
    bench.limits.renewal = Renewal::Refused;
    assert_eq!(bench.acknowledge("a", 0, 1, &[4]), ErrorCode::InvalidRecordState);
    assert_eq!(bench.acknowledge("a", 0, 1, &[1]), ErrorCode::None);
}

#[test]
fn only_who_holds_a_record_may_acknowledge_it() {
    let mut bench = Bench::new();
    bench.acquire("a", &[(0, 4)]);
    assert_eq!(bench.acknowledge("b", 0, 4, &[1]), ErrorCode::InvalidRecordState);
    assert_eq!(bench.acknowledge("a", 0, 7, &[1]), ErrorCode::InvalidRequest);
    assert_eq!(bench.acknowledge("a", 0, 4, &[9]), ErrorCode::InvalidRequest);
    assert_eq!(bench.acknowledge("a", 0, 4, &[1]), ErrorCode::None);
    // Below the start everything is done with, whoever says what.
    assert_eq!(bench.acknowledge("b", 0, 4, &[1]), ErrorCode::None);
}

#[test]
fn an_acknowledgement_that_fails_leaves_everything_held() {
    let mut bench = Bench::new();
    bench.acquire("a", &[(0, 4)]);
    bench.acquire("b", &[(5, 9)]);
    let said =
        |first_offset, last_offset| Acknowledgement { first_offset, last_offset, types: vec![1] };
    let both = [said(0, 4), said(5, 9)];
    let done = bench.partition.acknowledge(bench.now, &limits(), &"a".into(), &both);
    assert_eq!(done.expect_err("not its own").code, ErrorCode::InvalidRecordState);
    assert!(bench.partition.take_write().is_none());
    assert_eq!(bench.acknowledge("a", 0, 4, &[1]), ErrorCode::None);
    assert_eq!(bench.window(), (5, 9, 10));
}

#[test]
fn a_write_that_fails_gives_records_back_to_their_holder_or_to_all() {
    let mut bench = Bench::new();
    bench.acquire("a", &[(0, 4)]);
    let said = Acknowledgement { first_offset: 0, last_offset: 4, types: vec![1] };
    let ask = |bench: &mut Bench| {
        let done = bench.partition.acknowledge(
            bench.now,
            &limits(),
            &"a".into(),
            std::slice::from_ref(&said),
        );
        done.expect("they are held").expect("a change")
    };
    let change = ask(&mut bench);
    assert!(bench.partition.take_write().is_some());
    // While it is being written nobody else may say anything of it.
    let again =
        bench.partition.acknowledge(bench.now, &limits(), &"a".into(), std::slice::from_ref(&said));
    assert_eq!(again.expect_err("it is changing").code, ErrorCode::InvalidRecordState);
    assert_eq!(bench.partition.written(WriteOutcome::Failed, bench.now), [change]);
    assert_eq!(bench.window(), (0, 4, 5));
    ask(&mut bench);
    assert!(bench.partition.take_write().is_some());
    bench.advance_ms(LOCK_MS);
    bench.partition.written(WriteOutcome::Failed, bench.now);
    assert_eq!(bench.window(), (0, 4, 0), "the lock ran out meanwhile");
}

#[test]
fn a_member_that_is_gone_releases_what_it_held() {
    let mut bench = Bench::new();
    bench.acquire("a", &[(0, 4)]);
    bench.acquire("b", &[(5, 9)]);
    assert!(bench.partition.release(&limits(), &"a".into()).is_some());
    bench.write(WriteOutcome::Committed);
    assert_eq!(bench.window(), (0, 9, 0));
    assert_eq!(bench.acquire("b", &[(0, 9)]), [(0, 4, 2)]);
    assert!(bench.partition.release(&limits(), &"nobody".into()).is_none());
}

#[test]
fn a_record_is_given_up_after_so_many_deliveries() {
    let mut bench = Bench::new();
    bench.limits.delivery_count_max = 2;
    for count in 1..=2 {
        assert_eq!(bench.acquire("a", &[(0, 0)]), [(0, 0, count)]);
        assert_eq!(bench.acknowledge("a", 0, 0, &[2]), ErrorCode::None);
    }
    assert_eq!(bench.window(), (1, 1, 1));
    assert_eq!(bench.stored.batches.last().map(|batch| batch.delivery_state), Some(4));
}

#[test]
fn records_that_fail_often_come_in_ever_smaller_portions() {
    let mut bench = Bench::new();
    let mut counts = Vec::new();
    for _ in 0..12 {
        let acquired = bench.acquire("a", &[(0, 7)]);
        if acquired.is_empty() {
            break;
        }
        let (first, last, count) = acquired[0];
        counts.push((last - first + 1, count));
        let end = acquired.last().map_or(last, |(_, last, _)| *last);
        assert_eq!(bench.acknowledge("a", first, end, &[2]), ErrorCode::None);
    }
    // All of it three times, then half, then the first one alone; it is archived, and the next
    // comes alone.
    assert_eq!(counts[..6], [(8, 1), (8, 2), (8, 3), (4, 4), (1, 5), (1, 5)]);
}

#[test]
fn so_many_records_are_in_flight_at_most() {
    let mut bench = Bench::new();
    bench.limits.in_flight_max = 10;
    assert_eq!(bench.acquire("a", &[(0, 7), (8, 15), (16, 20)]), [(0, 15, 1)]);
    assert!(!bench.partition.can_acquire(&bench.limits));
    assert_eq!(bench.acquire("b", &[(16, 20)]), []);
    bench.acknowledge("a", 4, 4, &[2]);
    assert!(bench.partition.can_acquire(&bench.limits));
    assert_eq!(bench.acquire("b", &[(0, 7), (8, 15), (16, 20)]), [(4, 4, 2)]);
}

#[test]
fn a_limit_of_records_is_kept_to_the_record_if_asked_for() {
    let mut bench = Bench::new();
    let fetched = [(0, 9), (10, 19)];
    let strict = AcquireMode::RecordLimit;
    assert_eq!(bench.acquire_up_to("a", &fetched, strict, 5), [(0, 4, 1)]);
    assert_eq!(bench.window(), (0, 9, 5));
    assert_eq!(bench.acquire_up_to("b", &fetched, strict, 3), [(5, 7, 1)]);
    assert_eq!(bench.acquire_up_to("a", &fetched, strict, 5), [(8, 9, 1), (10, 12, 1)]);
    let mut bench = Bench::new();
    let loose = AcquireMode::BatchOptimized;
    assert_eq!(bench.acquire_up_to("a", &fetched, loose, 5), [(0, 9, 1)]);
}

#[test]
fn what_is_acquired_is_cut_into_batches_where_the_log_has_them() {
    let mut bench = Bench::new();
    let fetched: Vec<FetchedBatch> = (0..4)
        .map(|at| FetchedBatch {
            base_offset: at * 10,
            last_offset: at * 10 + 9,
            visibility: Visibility::Shown,
        })
        .collect();
    let acquisition = Acquisition {
        member: &"a".into(),
        mode: AcquireMode::BatchOptimized,
        batch_size: 15,
        records_max: 500,
        fetch_offset: 0,
        fetched: &fetched,
    };
    let acquired = bench.partition.acquire(bench.now, &limits(), &acquisition);
    let acquired: Vec<_> = acquired.iter().map(|a| (a.first_offset, a.last_offset)).collect();
    assert_eq!(acquired, [(0, 19), (20, 39)]);
}

#[test]
fn records_that_vanish_from_the_log_are_archived() {
    let mut bench = Bench::new();
    bench.acquire("a", &[(0, 9)]);
    bench.acquire("b", &[(10, 19)]);
    bench.acknowledge("a", 0, 9, &[2]);
    bench.partition.log_start_moved(15);
    assert_eq!(bench.window(), (15, 19, 20));
    // What is held below the start is let go without another delivery.
    assert_eq!(bench.acknowledge("b", 10, 19, &[2]), ErrorCode::None);
    assert_eq!(bench.window(), (15, 19, 15));
    assert_eq!(bench.acquire("a", &[(10, 19)]), [(15, 19, 2)]);
    bench.partition.log_start_moved(40);
    assert_eq!(bench.window(), (40, 40, 40));
}

#[test]
fn compacted_records_are_not_waited_for() {
    let mut bench = Bench::new();
    bench.acquire("a", &[(0, 9)]);
    bench.acquire("a", &[(10, 19)]);
    bench.acknowledge("a", 0, 19, &[2]);
    // The cleaner has taken the first batch away.
    assert_eq!(bench.acquire("a", &[(10, 19)]), [(10, 19, 2)]);
    assert_eq!(bench.acknowledge("a", 10, 19, &[1]), ErrorCode::None);
    assert_eq!(bench.window(), (20, 20, 20));
}

#[test]
fn a_new_leader_goes_on_where_the_old_one_was() {
    let mut bench = Bench::loaded(10, &[(10, 12, 2, 1), (13, 14, 0, 2), (20, 24, 4, 5)]);
    assert_eq!(bench.window(), (13, 24, 13));
    // What was delivered and not acknowledged is a gap, and delivered for the first time again.
    assert_eq!(bench.acquire("a", &[(10, 24), (25, 29)]), [(13, 14, 3), (15, 19, 1), (25, 29, 1)]);
    assert_eq!(bench.acknowledge("a", 13, 19, &[1]), ErrorCode::None);
    assert_eq!(bench.window(), (25, 29, 30));
}

#[test]
fn holes_of_the_log_are_not_fetched_forever() {
    let mut bench = Bench::loaded(0, &[(5, 9, 2, 1)]);
    assert_eq!(bench.window(), (0, 9, 0));
    // The log begins at 5 here: nothing fills the gap.
    assert_eq!(bench.acquire("a", &[(5, 9), (10, 12)]), [(10, 12, 1)]);
    assert_eq!(bench.partition.next_fetch_offset(), 13);
}

#[test]
fn holes_at_the_start_are_left_behind() {
    let mut bench = Bench::loaded(0, &[(5, 9, 2, 1)]);
    bench.limits.in_flight_max = 20;
    assert_eq!(bench.acquire("a", &[(5, 9), (10, 12)]), [(10, 12, 1)]);
    assert_eq!(bench.window(), (10, 12, 13));
    assert_eq!(bench.acknowledge("a", 10, 12, &[1]), ErrorCode::None);
    assert_eq!(bench.acquire("a", &[(13, 32)]), [(13, 32, 1)]);
}

#[test]
fn a_hole_that_a_fetch_does_not_reach_over_is_not_fetched_again() {
    let mut bench = Bench::loaded(0, &[(5, 14, 2, 1), (15, 15, 0, 1), (16, 30, 2, 1)]);
    // A fetch is no larger than this, and nothing of it is to be delivered.
    assert_eq!(bench.acquire("a", &[(5, 9)]), []);
    assert_eq!(bench.window(), (15, 30, 15));
    assert_eq!(bench.acquire("a", &[(15, 15)]), [(15, 15, 2)]);
}

#[test]
fn records_that_vanish_at_the_start_of_a_full_window_make_room() {
    let mut bench = Bench::new();
    bench.limits.in_flight_max = 20;
    bench.acquire("a", &[(0, 9)]);
    bench.acquire("a", &[(10, 19)]);
    bench.acknowledge("a", 10, 19, &[1]);
    bench.acknowledge("a", 0, 9, &[2]);
    assert_eq!(bench.window(), (0, 19, 0));
    bench.partition.log_start_moved(10);
    assert_eq!(bench.window(), (20, 20, 20));
    assert!(bench.partition.can_acquire(&bench.limits));
}

#[test]
fn a_full_window_of_which_nothing_is_left_in_the_log_makes_room() {
    let mut bench = Bench::new();
    bench.limits.in_flight_max = 20;
    bench.acquire("a", &[(0, 19)]);
    bench.acknowledge("a", 0, 19, &[2]);
    assert_eq!(bench.acquire("a", &[(20, 30)]), []);
    assert_eq!(bench.acquire("a", &[(20, 30)]), [(20, 30, 1)]);

    let mut bench = Bench::loaded(0, &[(10, 19, 2, 1)]);
    bench.limits.in_flight_max = 20;
    assert_eq!(bench.acquire("a", &[(20, 30)]), []);
    assert_eq!(bench.acquire("a", &[(20, 30)]), [(20, 30, 1)]);
}

#[test]
fn the_log_s_start_takes_what_has_not_been_read_of_a_loaded_state_along() {
    let mut bench = Bench::loaded(0, &[(500, 999, 2, 1)]);
    assert_eq!(bench.acquire("a", &[(0, 99)]), [(0, 99, 1)]);
    assert_eq!(bench.partition.next_fetch_offset(), 100);
    bench.partition.log_start_moved(300);
    assert_eq!(bench.partition.next_fetch_offset(), 300);
}

/// Acquires what is read from `fetched`, of which some may have been aborted.
fn acquire_committed(bench: &mut Bench, fetched: &[(i64, i64, Visibility)]) -> Vec<(i64, i64)> {
    let batches = fetched.iter().map(|(base_offset, last_offset, visibility)| FetchedBatch {
        base_offset: *base_offset,
        last_offset: *last_offset,
        visibility: *visibility,
    });
    let acquisition = Acquisition {
        member: &"a".into(),
        mode: AcquireMode::BatchOptimized,
        batch_size: 500,
        records_max: 500,
        fetch_offset: bench.partition.next_fetch_offset(),
        fetched: &batches.collect::<Vec<_>>(),
    };
    let acquired = bench.partition.acquire(bench.now, &bench.limits, &acquisition);
    acquired.iter().map(|a| (a.first_offset, a.last_offset)).collect()
}

#[test]
fn records_of_aborted_transactions_are_not_delivered() {
    let mut bench = Bench::new();
    let acquired = acquire_committed(
        &mut bench,
        &[(0, 4, Visibility::Shown), (5, 9, Visibility::Aborted), (10, 14, Visibility::Shown)],
    );
    assert_eq!(acquired, [(0, 4), (10, 14)]);
    assert_eq!(bench.acknowledge("a", 0, 4, &[1]), ErrorCode::None);
    assert_eq!(bench.window(), (10, 14, 15));
}

#[test]
fn an_aborted_transaction_larger_than_the_window_is_passed() {
    let mut bench = Bench::new();
    bench.limits.in_flight_max = 10;
    for first in [0, 5, 10, 15] {
        assert!(bench.partition.can_acquire(&bench.limits), "{first}");
        let aborted = [(first, first + 4, Visibility::Aborted)];
        assert_eq!(acquire_committed(&mut bench, &aborted), []);
    }
    assert_eq!(bench.window(), (20, 20, 20));
    assert_eq!(acquire_committed(&mut bench, &[(20, 24, Visibility::Shown)]), [(20, 24)]);
    assert_eq!(bench.acknowledge("a", 20, 24, &[1]), ErrorCode::None);
    assert_eq!(bench.stored.start_offset, 20, "the start is written with the next change");
}

#[test]
fn a_state_that_was_made_up_is_believed_of_what_the_log_holds() {
    let batch = |first_offset, last_offset, delivery_state| StateBatch {
        first_offset,
        last_offset,
        delivery_state,
        delivery_count: 1,
    };
    let batches = vec![batch(-7, -3, 2), batch(0, 1 << 40, 0), batch(1 << 41, i64::MAX, 1)];
    let stored = StoredState { state_epoch: 0, start_offset: -9, batches };
    let mut bench = Bench::new();
    bench.partition = SharePartition::load(&stored, 0, 0, &(100..25_000)).expect("it is in order");
    assert_eq!(bench.window(), (100, 24_999, 100));
    // Single records of it are taken, for which the batch must be taken apart.
    let strict = AcquireMode::RecordLimit;
    assert_eq!(bench.acquire_up_to("a", &[(100, 199)], strict, 5), [(100, 104, 2)]);
    assert_eq!(bench.window(), (100, 24_999, 105));

    let all = StoredState { batches: vec![batch(0, i64::MAX, 2)], ..stored };
    let partition = SharePartition::load(&all, 0, 0, &(100..25_000)).expect("it is in order");
    assert_eq!(partition.start_offset(), 25_000);
}

#[test]
fn a_state_that_contradicts_itself_is_not_taken_over() {
    let batch = |first_offset, last_offset| StateBatch {
        first_offset,
        last_offset,
        delivery_state: 0,
        delivery_count: 1,
    };
    for batches in [vec![batch(3, 2)], vec![batch(2, 4)], vec![batch(5, 9), batch(8, 10)]] {
        let stored = StoredState { state_epoch: 0, start_offset: 3, batches };
        assert!(SharePartition::load(&stored, 0, 0, &LOG).is_err());
    }
}

/// What one record went through, told by a model that knows nothing of batches.
#[derive(Clone, Debug, Default)]
struct Told {
    holder: Option<(String, MonoMs)>,
    deliveries: i32,
    is_done: bool,
}

#[test]
fn whatever_happens_a_record_has_one_holder_and_is_not_lost() {
    for seed in 0..400 {
        let mut entropy = Entropy::new(0x932 + seed);
        let mut bench = Bench::new();
        bench.limits.in_flight_max = 20 + entropy.below(60) as i32;
        bench.limits.delivery_count_max = 2 + entropy.below(5) as i32;
        let mut log: Vec<(i64, i64)> = Vec::new();
        let mut told: BTreeMap<i64, Told> = BTreeMap::new();
        let members = ["a", "b", "c"];
        for _ in 0..300 {
            let now = bench.now;
            match entropy.below(10) {
                0..=1 if log.len() < 60 => {
                    let first = log.last().map_or(0, |(_, last)| last + 1);
                    log.push((first, first + entropy.below(8) as i64));
                }
                2..=5 => {
                    let from = bench.partition.next_fetch_offset();
                    let read: Vec<(i64, i64)> =
                        log.iter().copied().filter(|(_, last)| *last >= from).take(4).collect();
                    if read.is_empty() || !bench.partition.can_acquire(&bench.limits) {
                        continue;
                    }
                    let member = members[entropy.below(3)];
                    let mode =
                        [AcquireMode::BatchOptimized, AcquireMode::RecordLimit][entropy.below(2)];
                    let max = 1 + entropy.below(12) as i32;
                    let acquired = bench.acquire_up_to(member, &read, mode, max);
                    let count: i64 = acquired.iter().map(|(first, last, _)| last - first + 1).sum();
                    assert!(mode == AcquireMode::BatchOptimized || count <= i64::from(max));
                    for (first, last, deliveries) in acquired {
                        for offset in first..=last {
                            let told = told.entry(offset).or_default();
                            assert!(
                                told.holder.is_none() && !told.is_done,
                                "seed {seed}: {offset}"
                            );
                            told.deliveries += 1;
                            assert_eq!(told.deliveries, deliveries, "seed {seed}: {offset}");
                            assert!(deliveries <= bench.limits.delivery_count_max);
                            told.holder = Some((member.into(), now.plus_ms(LOCK_MS)));
                        }
                    }
                }
                6..=7 => {
                    let member = members[entropy.below(3)];
                    let mine = |told: &Told| told.holder.as_ref().is_some_and(|(m, _)| m == member);
                    let Some(first) = told.iter().find(|(_, told)| mine(told)).map(|(at, _)| *at)
                    else {
                        continue;
                    };
                    let mut last = first;
                    while told.get(&(last + 1)).is_some_and(mine) && entropy.below(6) != 0 {
                        last += 1;
                    }
                    let kind = [1, 2, 3, 4][entropy.below(4)];
                    let committed = entropy.below(4) != 0;
                    let said = Acknowledgement {
                        first_offset: first,
                        last_offset: last,
                        types: vec![kind],
                    };
                    let limits = bench.limits;
                    bench
                        .partition
                        .acknowledge(now, &limits, &member.into(), &[said])
                        .unwrap_or_else(|error| panic!("seed {seed}: {error:?} {first}-{last}"));
                    let outcome =
                        if committed { WriteOutcome::Committed } else { WriteOutcome::Failed };
                    bench.write(outcome);
                    for offset in first..=last {
                        let told = told.entry(offset).or_default();
                        let is_last = told.deliveries >= bench.limits.delivery_count_max;
                        match (kind, committed) {
                            (4, _) => told.holder = Some((member.into(), now.plus_ms(LOCK_MS))),
                            (_, false) => {}
                            (2, true) => {
                                told.holder = None;
                                told.is_done = is_last;
                            }
                            (_, true) => {
                                told.holder = None;
                                told.is_done = true;
                            }
                        }
                    }
                }
                8 => {
                    let member = members[entropy.below(3)];
                    let limits = bench.limits;
                    bench.partition.release(&limits, &member.into());
                    bench.write(WriteOutcome::Committed);
                    for told in told.values_mut() {
                        if told.holder.as_ref().is_some_and(|(holder, _)| holder == member) {
                            told.holder = None;
                            told.is_done = told.deliveries >= bench.limits.delivery_count_max;
                        }
                    }
                }
                _ => bench.advance_ms(entropy.below(LOCK_MS as usize) as u64),
            }
            for told in told.values_mut() {
                if told.holder.as_ref().is_some_and(|(_, lock)| *lock <= bench.now) {
                    told.holder = None;
                    told.is_done |= told.deliveries >= bench.limits.delivery_count_max;
                }
            }
            let start = bench.partition.start_offset();
            let undone = told.iter().find(|(_, told)| !told.is_done).map(|(offset, _)| *offset);
            assert!(undone.is_none_or(|undone| start <= undone), "seed {seed}");
            let done = told.range(start..).filter(|(_, told)| told.is_done).count();
            assert_eq!(bench.partition.complete_count, done as i64, "seed {seed}");
        }
        // In the end all of it can be consumed: whatever is held is let go, and nothing is stuck.
        bench.advance_ms(LOCK_MS);
        for _ in 0..4_000 {
            let from = bench.partition.next_fetch_offset();
            let read: Vec<(i64, i64)> =
                log.iter().copied().filter(|(_, last)| *last >= from).take(4).collect();
            let acquired = bench.acquire("z", &read);
            if acquired.is_empty() {
                break;
            }
            for (first, last, _) in acquired {
                assert_eq!(bench.acknowledge("z", first, last, &[1]), ErrorCode::None);
            }
        }
        let end = log.last().map_or(0, |(_, last)| last + 1);
        assert_eq!(bench.window(), (end, end, end), "seed {seed}");
    }
}

/// A log with holes, of which some has been aborted, and what a group is done with of it.
struct Torn {
    bench: Bench,
    log: Vec<(i64, i64, Visibility)>,
    held: BTreeMap<i64, &'static str>,
    done: BTreeSet<i64>,
}

impl Torn {
    fn append(&mut self, entropy: &mut Entropy) {
        let hole = if entropy.below(4) == 0 { entropy.below(15) as i64 } else { 0 };
        let first = self.log.last().map_or(0, |(_, last, _)| last + 1) + hole;
        let visibility = [Visibility::Shown, Visibility::Aborted][entropy.below(3) / 2];
        self.log.push((first, first + entropy.below(12) as i64, visibility));
    }

    /// False if there is nothing to be had.
    fn acquire(&mut self, member: &'static str, batches: usize, records_max: i32) -> bool {
        let from = self.bench.partition.next_fetch_offset();
        let read = self.log.iter().filter(|(_, last, _)| *last >= from).take(batches);
        let fetched: Vec<FetchedBatch> = read
            .map(|(base_offset, last_offset, visibility)| FetchedBatch {
                base_offset: *base_offset,
                last_offset: *last_offset,
                visibility: *visibility,
            })
            .collect();
        if fetched.is_empty() || !self.bench.partition.can_acquire(&self.bench.limits) {
            return false;
        }
        let acquisition = Acquisition {
            member: &member.into(),
            mode: AcquireMode::RecordLimit,
            batch_size: 500,
            records_max,
            fetch_offset: from,
            fetched: &fetched,
        };
        let limits = self.bench.limits;
        let acquired = self.bench.partition.acquire(self.bench.now, &limits, &acquisition);
        for offset in acquired.iter().flat_map(|a| a.first_offset..=a.last_offset) {
            assert!(!self.is_aborted(offset) && !self.done.contains(&offset), "{offset}");
            assert_eq!(self.held.insert(offset, member), None, "{offset}");
        }
        !acquired.is_empty() || self.bench.partition.next_fetch_offset() != from
    }

    /// A member accepts or releases what it holds first.
    fn acknowledge(&mut self, member: &'static str, kind: i8) {
        let mine = self.held.iter().find(|(_, holder)| **holder == member);
        let Some(offset) = mine.map(|(offset, _)| *offset) else { return };
        assert_eq!(self.bench.acknowledge(member, offset, offset, &[kind]), ErrorCode::None);
        self.held.remove(&offset);
        if kind == ACCEPT {
            self.done.insert(offset);
        }
    }

    fn load(&mut self) {
        let stored = &self.bench.stored;
        self.bench.partition = SharePartition::load(stored, 0, 7, &LOG).expect("a sound state");
        self.held.clear();
    }

    fn is_aborted(&self, offset: i64) -> bool {
        self.log.iter().any(|(first, last, visibility)| {
            (*first..=*last).contains(&offset) && *visibility == Visibility::Aborted
        })
    }

    fn check(&self) {
        let partition = &self.bench.partition;
        let start = partition.start_offset();
        let shown = self.log.iter().filter(|(_, _, visibility)| *visibility == Visibility::Shown);
        let mut passed = shown.flat_map(|(first, last, _)| *first..=*last);
        assert!(passed.all(|offset| offset >= start || self.done.contains(&offset)));
        let ranges = partition.batches.values().flat_map(InFlightBatch::ranges);
        let terminal = ranges.filter(|(_, _, state)| state.state.is_terminal());
        let counted: i64 = terminal.map(|(first, last, _)| in_window(start, first, last)).sum();
        assert_eq!(partition.complete_count, counted);
    }
}

const ACCEPT: i8 = 1;
const RELEASE: i8 = 2;

#[test]
fn nothing_stops_a_group_at_holes_and_aborted_records() {
    for seed in 0..400 {
        let mut entropy = Entropy::new(0x1101 + seed);
        let mut bench = Bench::new();
        bench.limits.in_flight_max = 10 + entropy.below(30) as i32;
        bench.limits.delivery_count_max = 1_000;
        let (log, held, done) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        let mut torn = Torn { bench, log, held, done };
        for _ in 0..200 {
            let member = ["a", "b"][entropy.below(2)];
            match entropy.below(12) {
                0..=1 => torn.append(&mut entropy),
                2..=4 => {
                    let (batches, records_max) = (1 + entropy.below(4), 1 + entropy.below(12));
                    torn.acquire(member, batches, records_max as i32);
                }
                5..=9 => torn.acknowledge(member, [ACCEPT, ACCEPT, RELEASE][entropy.below(3)]),
                10 => {
                    torn.bench.advance_ms(LOCK_MS);
                    torn.held.clear();
                }
                _ => torn.load(),
            }
            torn.check();
        }
        torn.bench.advance_ms(LOCK_MS);
        torn.held.clear();
        while torn.acquire("z", 1, 500) {
            while !torn.held.is_empty() {
                torn.acknowledge("z", ACCEPT);
            }
            torn.check();
        }
        let end = torn.log.last().map_or(0, |(_, last, _)| last + 1);
        assert_eq!(torn.bench.window(), (end, end, end), "seed {seed}");
    }
}
