//! Partitions join, the transaction is decided, markers are written.

use base::ErrorCode::{
    self, ConcurrentTransactions, InvalidProducerIdMapping, InvalidRequest, InvalidTxnState,
    ProducerFenced, TransactionAbortable,
};
use base::ProducerId;

use super::bench::{Bench, Producer, producer};
use crate::machine::Ending;
use crate::transaction::*;

const NOTHING: Producer = Producer { id: -1, epoch: -1 };

#[test]
fn a_commit_is_answered_when_it_is_decided_and_complete_when_all_have_their_marker() {
    let mut bench = Bench::new(2);
    let mut me = bench.initialise("a").unwrap();
    assert_eq!(bench.add("a", me, &[0, 1]), ErrorCode::None);
    assert_eq!(bench.state("a"), TransactionState::Ongoing);

    me = bench.commit_transaction("a", me).unwrap();
    assert_eq!(me, producer(1000, 1));
    assert_eq!(bench.state("a"), TransactionState::PrepareCommit);
    assert_eq!(bench.add("a", me, &[0]), ConcurrentTransactions);

    let markers = bench.take_markers();
    assert_eq!((markers.ending, markers.transaction_version), (Ending::Commit, 2));
    assert_eq!(markers.producer_epoch.0, 1);
    bench.written(&markers, &[1]);
    assert_eq!(bench.state("a"), TransactionState::PrepareCommit);
    bench.written(&markers, &[0]);
    assert_eq!(bench.state("a"), TransactionState::CompleteCommit);
    assert_eq!(bench.add("a", me, &[0]), ErrorCode::None);
}

#[test]
fn below_version_2_the_producer_keeps_its_epoch() {
    for version in [0, 1] {
        let mut bench = Bench::new(version);
        let me = bench.initialise("a").unwrap();
        for _ in 0..3 {
            assert_eq!(bench.add("a", me, &[0]), ErrorCode::None);
            assert_eq!(bench.commit_transaction("a", me), Ok(NOTHING));
            let markers = bench.take_markers();
            assert_eq!((markers.producer_epoch.0, markers.transaction_version), (0, 0));
            bench.written(&markers, &[0]);
        }
        // Asked for again: the same end is fine, the other is not.
        assert_eq!(bench.commit_transaction("a", me), Ok(NOTHING));
        assert_eq!(bench.abort_transaction("a", me), Err(InvalidTxnState));
    }
}

#[test]
fn the_answer_waits_until_the_decision_has_committed_and_so_do_the_markers() {
    let mut bench = Bench::new(2);
    let me = bench.initialise("a").unwrap();
    bench.add("a", me, &[0]);
    bench.hold_commits();
    let asked = EndTransaction {
        transactional_id: "a".into(),
        producer_id: ProducerId(me.id),
        producer_epoch: base::ProducerEpoch(me.epoch),
        ending: Ending::Commit,
        client_version: 2,
        fresh: None,
    };
    assert_eq!(bench.ask(asked), None);
    assert!(bench.take_effects().is_empty());
    bench.commit();
    assert_eq!(bench.take_markers().partitions.len(), 1);
}

#[test]
fn a_decision_outlives_its_coordinator() {
    for (commits, ending, complete) in [
        (true, Ending::Commit, TransactionState::CompleteCommit),
        (false, Ending::Abort, TransactionState::CompleteAbort),
    ] {
        let mut bench = Bench::new(2);
        let me = bench.initialise("a").unwrap();
        bench.add("a", me, &[0, 1]);
        match commits {
            true => bench.commit_transaction("a", me).unwrap(),
            false => bench.abort_transaction("a", me).unwrap(),
        };
        let before = bench.take_markers();
        bench.written(&before, &[0]);

        bench.reload();
        let markers = bench.take_markers();
        assert_eq!(markers.ending, ending);
        assert_eq!(markers.coordinator_epoch, before.coordinator_epoch + 1);
        assert_eq!(markers.partitions.len(), 2);
        // What the old coordinator hears of its markers means nothing to the new one.
        bench.written(&before, &[0, 1]);
        assert!(bench.state("a").is_prepared());
        bench.written(&markers, &[0, 1]);
        assert_eq!(bench.state("a"), complete);
    }
}

#[test]
fn markers_of_before_a_reload_do_not_count_while_those_of_after_it_are_sent() {
    let mut bench = Bench::new(0);
    let me = bench.initialise("a").unwrap();
    bench.add("a", me, &[0]);
    bench.commit_transaction("a", me).unwrap();
    let before = bench.take_markers();
    bench.load_again();
    bench.written(&before, &[0]);
    assert_eq!(bench.state("a"), TransactionState::PrepareCommit);
    let after = bench.take_markers();
    bench.written(&after, &[0]);
    assert_eq!(bench.state("a"), TransactionState::CompleteCommit);
}

#[test]
fn a_transaction_that_is_not_decided_goes_on_after_a_reload() {
    let mut bench = Bench::new(2);
    let me = bench.initialise("a").unwrap();
    bench.add("a", me, &[0]);
    bench.reload();
    assert!(bench.take_effects().is_empty());
    assert_eq!(bench.add("a", me, &[1]), ErrorCode::None);
    assert_eq!(bench.commit_transaction("a", me), Ok(producer(1000, 1)));
    assert_eq!(bench.take_markers().partitions.len(), 2);
}

/// What EndTxn answers in a settled state under transaction version 2: a repeat and a fresh request.
fn table(
    state: TransactionState,
    ending: Ending,
) -> (Result<(), ErrorCode>, Result<(), ErrorCode>) {
    let fresh = || {
        let mut bench = Bench::new(2);
        let me = bench.initialise("a").unwrap();
        let me = match state {
            TransactionState::Empty => bench.initialise_as("a", Some(me)).unwrap(),
            TransactionState::CompleteCommit => {
                bench.add("a", me, &[0]);
                bench.commit_transaction("a", me).unwrap()
            }
            _ => {
                bench.add("a", me, &[0]);
                bench.abort_transaction("a", me).unwrap()
            }
        };
        bench.perform_effects();
        assert_eq!(bench.state("a"), state);
        (bench, me)
    };
    let end = |bench: &mut Bench, who| bench.end_in_version("a", who, ending, 2);
    let (mut bench, me) = fresh();
    let repeat = end(&mut bench, producer(me.id, me.epoch - 1)).map(|it| assert_eq!(it, me));
    let (mut bench, me) = fresh();
    let fresh = end(&mut bench, me).map(|it| assert_eq!(it, producer(me.id, me.epoch + 1)));
    (repeat, fresh)
}

#[test]
fn kip_890_a_repeated_end_is_told_from_a_new_one_by_its_epoch() {
    use TransactionState::*;
    assert_eq!(table(Empty, Ending::Abort), (Err(ProducerFenced), Ok(())));
    assert_eq!(table(Empty, Ending::Commit), (Err(ProducerFenced), Err(InvalidTxnState)));
    assert_eq!(table(CompleteAbort, Ending::Abort), (Ok(()), Ok(())));
    assert_eq!(table(CompleteAbort, Ending::Commit), (Err(InvalidTxnState), Err(InvalidTxnState)));
    assert_eq!(table(CompleteCommit, Ending::Abort), (Err(InvalidTxnState), Ok(())));
    assert_eq!(table(CompleteCommit, Ending::Commit), (Ok(()), Err(InvalidTxnState)));
}

#[test]
fn kip_890_an_end_that_was_delayed_does_not_touch_the_next_transaction() {
    let mut bench = Bench::new(2);
    let first = bench.initialise("a").unwrap();
    bench.add("a", first, &[0]);
    let second = bench.abort_transaction("a", first).unwrap();
    bench.perform_effects();
    bench.add("a", second, &[1]);
    // The first transaction's abort arrives once more.
    assert_eq!(bench.abort_transaction("a", first), Err(ProducerFenced));
    assert_eq!(bench.commit_transaction("a", first), Err(ProducerFenced));
    assert_eq!(bench.state("a"), TransactionState::Ongoing);
}

#[test]
fn a_fenced_producer_is_not_given_the_epoch_of_a_successor_that_speaks_an_older_version() {
    for ending in [Ending::Commit, Ending::Abort] {
        let mut bench = Bench::new(2);
        let fenced = bench.initialise("a").unwrap();
        let successor = bench.initialise("a").unwrap();
        assert_eq!(successor.epoch, fenced.epoch + 1);
        assert_eq!(bench.add_in_version("a", successor, &[0], 0), ErrorCode::None);
        assert_eq!(bench.end_in_version("a", successor, ending, 0), Ok(NOTHING));
        bench.perform_effects();
        // Its own end of before, late or again, looks like one whose answer was lost.
        assert_eq!(bench.end_in_version("a", fenced, ending, 2), Err(ProducerFenced));
    }
}

#[test]
fn kip_890_an_abort_of_nothing_raises_the_epoch_and_completes_at_once() {
    let mut bench = Bench::new(2);
    let me = bench.initialise("a").unwrap();
    assert_eq!(bench.abort_transaction("a", me), Ok(producer(1000, 1)));
    assert!(bench.take_effects().is_empty());
    assert_eq!(bench.state("a"), TransactionState::CompleteAbort);
    let states: Vec<_> =
        bench.records().into_iter().map(|it| it.transaction.unwrap().0.state).collect();
    use TransactionState::*;
    assert_eq!(states, [Empty, PrepareAbort, CompleteAbort]);
}

#[test]
fn kip_890_the_last_epoch_ends_into_a_new_producer_id() {
    let mut bench = Bench::new(2);
    let mut me = bench.initialise("a").unwrap();
    while me.epoch < i16::MAX - 1 {
        me = bench.initialise("a").unwrap();
    }
    let last = me;
    bench.add("a", last, &[0]);
    let next = bench.commit_transaction("a", last).unwrap();
    assert_eq!(next, producer(1001, 0));
    // Until the markers are written the old id stands, with the one that follows beside it.
    let prepared = bench.transaction("a");
    assert_eq!(prepared.producer_id, ProducerId(1000));
    assert_eq!(prepared.producer_epoch.0, i16::MAX);
    assert_eq!(prepared.next_producer_id, ProducerId(1001));
    // The producer goes on under the new id: it must wait, and is not unknown.
    assert_eq!(bench.add("a", next, &[0]), ConcurrentTransactions);

    bench.reload();
    let markers = bench.take_markers();
    assert_eq!((markers.producer_id.0, markers.producer_epoch.0), (1000, i16::MAX));
    bench.written(&markers, &[0]);
    let complete = bench.transaction("a");
    assert_eq!((complete.producer_id.0, complete.producer_epoch.0), (1001, 0));
    assert_eq!(complete.previous_producer_id, ProducerId(1000));
    assert_eq!(complete.next_producer_id, ProducerId::NONE);

    // The answer was lost: the producer repeats itself.
    assert_eq!(bench.commit_transaction("a", last), Ok(next));
    assert_eq!(bench.abort_transaction("a", last), Err(InvalidTxnState));
    assert_eq!(bench.add("a", next, &[0]), ErrorCode::None);
    assert_eq!(bench.commit_transaction("a", last), Err(InvalidProducerIdMapping));
}

#[test]
fn who_is_unknown_or_has_another_producer_id_is_refused() {
    let mut bench = Bench::new(2);
    let nobody = producer(1, 0);
    assert_eq!(bench.add("a", nobody, &[0]), InvalidProducerIdMapping);
    assert_eq!(bench.verify("a", nobody, &[0, 1]), [InvalidProducerIdMapping; 2]);
    assert_eq!(bench.commit_transaction("a", nobody), Err(InvalidProducerIdMapping));
    assert_eq!(bench.add("", nobody, &[0]), InvalidRequest);
    assert_eq!(bench.verify("", nobody, &[0]), [InvalidRequest]);
    assert_eq!(bench.commit_transaction("", nobody), Err(InvalidRequest));

    let me = bench.initialise("a").unwrap();
    assert_eq!(bench.add("a", nobody, &[0]), InvalidProducerIdMapping);
    assert_eq!(bench.commit_transaction("a", nobody), Err(InvalidProducerIdMapping));
    let future = producer(me.id, 7);
    assert_eq!(bench.add("a", future, &[0]), ProducerFenced);
    assert_eq!(bench.verify("a", future, &[0]), [ProducerFenced]);
    assert_eq!(bench.abort_transaction("a", future), Err(ProducerFenced));
}

#[test]
fn only_partitions_of_the_open_transaction_are_verified() {
    let mut bench = Bench::new(1);
    let me = bench.initialise("a").unwrap();
    assert_eq!(bench.verify("a", me, &[0]), [TransactionAbortable]);
    bench.add("a", me, &[0]);
    assert_eq!(bench.verify("a", me, &[0, 1]), [ErrorCode::None, TransactionAbortable]);
    bench.commit_transaction("a", me).unwrap();
    assert_eq!(bench.verify("a", me, &[0]), [ConcurrentTransactions]);
    bench.perform_effects();
    assert_eq!(bench.verify("a", me, &[0]), [TransactionAbortable]);
}

#[test]
fn partitions_that_are_in_the_transaction_already_cost_no_write() {
    let mut bench = Bench::new(2);
    let me = bench.initialise("a").unwrap();
    bench.add("a", me, &[0, 1]);
    let written = bench.records().len();
    assert_eq!(bench.add("a", me, &[1]), ErrorCode::None);
    assert_eq!(bench.records().len(), written);
    bench.advance_ms(5);
    let started = bench.transaction("a").started;
    assert_eq!(bench.add("a", me, &[1, 2]), ErrorCode::None);
    assert_eq!(bench.records().len(), written + 1);
    assert_eq!(bench.transaction("a").partitions.len(), 3);
    assert_eq!(bench.transaction("a").started, started);
}

#[test]
fn an_upgrade_to_version_2_holds_from_the_next_step_on() {
    let mut bench = Bench::new(0);
    let me = bench.initialise("a").unwrap();
    bench.add("a", me, &[0]);
    bench.feature("transaction.version", 2);
    // The client decides by what it saw when it began.
    assert_eq!(bench.end_in_version("a", me, Ending::Commit, 0), Ok(NOTHING));
    let markers = bench.take_markers();
    assert_eq!((markers.producer_epoch.0, markers.transaction_version), (0, 0));
    bench.written(&markers, &[0]);
    bench.add("a", me, &[0]);
    assert_eq!(bench.end_in_version("a", me, Ending::Commit, 2), Ok(producer(1000, 1)));
    assert_eq!(bench.take_markers().transaction_version, 2);
}
