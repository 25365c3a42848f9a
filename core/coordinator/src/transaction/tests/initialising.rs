//! InitProducerId: ids, epochs, and who is fenced.

use base::ErrorCode::{
    self, ConcurrentTransactions, InvalidRequest, InvalidTransactionTimeout, ProducerFenced,
    TransactionalIdAuthorizationFailed, UnsupportedVersion,
};
use base::{ProducerEpoch, ProducerId};

use super::bench::{Bench, producer};
use crate::transaction::*;

#[test]
fn each_initialisation_takes_the_next_epoch_of_the_same_producer_id() {
    let mut bench = Bench::new(2);
    assert_eq!(bench.initialise("a"), Ok(producer(1000, 0)));
    assert_eq!(bench.initialise("a"), Ok(producer(1000, 1)));
    assert_eq!(bench.initialise("b"), Ok(producer(1001, 0)));
    assert_eq!(bench.state("a"), TransactionState::Empty);
}

#[test]
fn what_is_wrong_with_a_request_is_said_in_kafkas_order() {
    let mut bench = Bench::new(2);
    let asked = |timeout_ms, two_phase_commit, keeps_prepared| InitProducerId {
        transactional_id: "a".into(),
        timeout_ms,
        expected: None,
        two_phase_commit,
        keeps_prepared,
        fresh: Some(ProducerId(7)),
    };
    let mut refusal = |asked| match bench.ask(asked).expect("an answer") {
        ProducerInitialized::Refused(code) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refusal(InitProducerId { transactional_id: "".into(), ..asked(0, true, true) }),
        InvalidRequest
    );
    assert_eq!(refusal(asked(0, true, true)), TransactionalIdAuthorizationFailed);
    assert_eq!(refusal(asked(0, false, true)), UnsupportedVersion);
    assert_eq!(refusal(asked(0, false, false)), InvalidTransactionTimeout);
    assert_eq!(refusal(asked(-1, false, false)), InvalidTransactionTimeout);
    assert_eq!(refusal(asked(900_001, false, false)), InvalidTransactionTimeout);
    assert!(!bench.knows("a"));
}

#[test]
fn a_new_producer_waits_until_the_transaction_of_the_old_one_is_aborted() {
    for version in [0, 1, 2] {
        let mut bench = Bench::new(version);
        let old = bench.initialise("a").unwrap();
        assert_eq!(bench.add("a", old, &[0]), ErrorCode::None);

        assert_eq!(bench.initialise("a"), Err(ConcurrentTransactions));
        assert_eq!(bench.state("a"), TransactionState::PrepareAbort);
        assert_eq!(bench.add("a", old, &[1]), ConcurrentTransactions);
        assert_eq!(bench.initialise("a"), Err(ConcurrentTransactions));
        let markers = bench.take_markers();
        // The epoch that aborts was never given to anybody.
        assert_eq!((markers.producer_id.0, markers.producer_epoch.0), (1000, 1));
        bench.written(&markers, &[0]);
        assert_eq!(bench.initialise("a"), Ok(producer(1000, 2)));

        // The old one is fenced.
        assert_eq!(bench.add("a", old, &[0]), ProducerFenced);
        assert_eq!(bench.commit_transaction("a", old), Err(ProducerFenced));
    }
}

#[test]
fn a_producer_that_lost_the_reply_gets_the_same_epoch_again() {
    let mut bench = Bench::new(2);
    let first = bench.initialise("a").unwrap();
    let second = bench.initialise_as("a", Some(first)).unwrap();
    assert_eq!(second, producer(1000, 1));
    assert_eq!(bench.initialise_as("a", Some(first)), Ok(second));
    assert_eq!(bench.initialise_as("a", Some(second)), Ok(producer(1000, 2)));
    // The first epoch is two behind now.
    assert_eq!(bench.initialise_as("a", Some(first)), Err(ProducerFenced));
}

#[test]
fn a_producer_that_was_replaced_cannot_go_on_by_naming_its_epoch() {
    let mut bench = Bench::new(2);
    let old = bench.initialise("a").unwrap();
    let _new = bench.initialise("a").unwrap();
    assert_eq!(bench.initialise_as("a", Some(old)), Err(ProducerFenced));
    assert_eq!(bench.initialise_as("a", Some(producer(5, 1))), Err(ProducerFenced));
}

#[test]
fn an_unknown_id_takes_whatever_a_producer_says_it_had() {
    let mut bench = Bench::new(2);
    assert_eq!(bench.initialise_as("a", Some(producer(5, 9))), Ok(producer(1000, 0)));
}

/// Initialises until the last epoch that a client may have.
fn exhausted(bench: &mut Bench) -> super::bench::Producer {
    let mut last = bench.initialise("a").unwrap();
    while last.epoch < i16::MAX - 1 {
        last = bench.initialise("a").unwrap();
    }
    last
}

#[test]
fn when_the_epochs_run_out_the_id_gets_another_producer_id() {
    let mut bench = Bench::new(1);
    let last = exhausted(&mut bench);
    assert_eq!(last, producer(1000, i16::MAX - 1));
    let next = bench.initialise_as("a", Some(last)).unwrap();
    assert_eq!(next, producer(1001, 0));
    // Repeated, because the reply was lost: previous id, exhausted epoch.
    assert_eq!(bench.initialise_as("a", Some(last)), Ok(next));
    // Anybody else with the previous id is fenced.
    assert_eq!(bench.initialise_as("a", Some(producer(1000, 3))), Err(ProducerFenced));
}

#[test]
fn a_transaction_in_the_last_epoch_can_still_be_fenced() {
    for version in [1, 2] {
        let mut bench = Bench::new(version);
        let last = exhausted(&mut bench);
        assert_eq!(bench.add("a", last, &[0]), ErrorCode::None);
        assert_eq!(bench.initialise("a"), Err(ConcurrentTransactions));
        let markers = bench.take_markers();
        assert_eq!(markers.producer_id, ProducerId(1000));
        assert_eq!(markers.producer_epoch, ProducerEpoch(i16::MAX));
        bench.written(&markers, &[0]);
        let next = bench.initialise("a").unwrap();
        assert_eq!(next.id, 1001);
        assert!(next.epoch < 2);
    }
}
