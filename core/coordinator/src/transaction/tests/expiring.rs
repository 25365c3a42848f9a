//! Timeouts, forgetting, and what is told of transactions.

use std::collections::BTreeSet;
use std::sync::Arc;

use base::ErrorCode::{
    InvalidProducerIdMapping, InvalidRequest, ProducerFenced, TransactionalIdNotFound,
};
use base::{MonoMs, ProducerId};

use super::bench::{Bench, producer};
use crate::transaction::*;

#[test]
fn a_transaction_that_takes_too_long_is_aborted_and_its_producer_fenced() {
    for version in [0, 2] {
        let mut bench = Bench::new(version);
        let me = bench.initialise("a").unwrap();
        bench.add("a", me, &[0]);
        bench.advance_ms(60_000);
        assert_eq!(bench.state("a"), TransactionState::Ongoing);
        bench.advance_ms(10_000);
        assert_eq!(bench.state("a"), TransactionState::PrepareAbort);
        let markers = bench.take_markers();
        assert_eq!(markers.producer_epoch.0, 1);
        bench.written(&markers, &[0]);
        assert_eq!(bench.state("a"), TransactionState::CompleteAbort);
        assert_eq!(bench.add("a", me, &[0]), ProducerFenced);
        // The producer recovers by naming what it had.
        match version {
            // Its epoch is the one before, which the record of the abort remembers in memory.
            2 => assert_eq!(bench.initialise_as("a", Some(me)), Ok(producer(1000, 1))),
            _ => assert_eq!(bench.initialise_as("a", Some(me)), Err(ProducerFenced)),
        }
    }
}

#[test]
fn nothing_is_waited_for_while_no_transaction_is_open() {
    let mut bench = Bench::new(2);
    assert_eq!(bench.next_deadline(), MonoMs::NEVER);
    let me = bench.initialise("a").unwrap();
    let hour_away = bench.next_deadline();
    bench.add("a", me, &[0]);
    assert!(bench.next_deadline() < hour_away);
    bench.commit_transaction("a", me).unwrap();
    bench.perform_effects();
    bench.advance_ms(10_000);
    assert_eq!(bench.next_deadline(), hour_away);
}

#[test]
fn a_timeout_counts_across_a_reload() {
    let mut bench = Bench::new(2);
    let me = bench.initialise("a").unwrap();
    bench.add("a", me, &[0]);
    bench.advance_ms(55_000);
    bench.reload();
    bench.advance_ms(10_000);
    assert_eq!(bench.state("a"), TransactionState::PrepareAbort);
}

#[test]
fn a_timeout_in_the_last_epoch_asks_for_a_producer_id_first() {
    let mut bench = Bench::new(2);
    let mut me = bench.initialise("a").unwrap();
    while me.epoch < i16::MAX - 1 {
        me = bench.initialise("a").unwrap();
    }
    bench.add("a", me, &[0]);
    bench.advance_ms(71_000);
    assert_eq!(bench.state("a"), TransactionState::Ongoing);
    bench.perform_effects();
    assert_eq!(bench.state("a"), TransactionState::PrepareAbort);
    bench.perform_effects();
    let complete = bench.transaction("a");
    assert_eq!((complete.producer_id.0, complete.producer_epoch.0), (1001, 0));
}

#[test]
fn an_id_that_nobody_uses_is_forgotten_unless_its_transaction_is_open() {
    let settings = [
        ("transactional.id.expiration.ms", "5000"),
        ("transaction.remove.expired.transaction.cleanup.interval.ms", "1000"),
    ];
    let mut bench = Bench::with(2, &settings);
    bench.initialise("empty").unwrap();
    let me = bench.initialise("done").unwrap();
    bench.add("done", me, &[0]);
    bench.commit_transaction("done", me).unwrap();
    bench.perform_effects();
    let me = bench.initialise("open").unwrap();
    bench.add("open", me, &[0]);
    bench.advance_ms(4_900);
    assert!(bench.knows("empty") && bench.knows("done"));
    bench.advance_ms(1_100);
    assert!(!bench.knows("empty") && !bench.knows("done") && bench.knows("open"));
    bench.reload();
    assert!(!bench.knows("empty") && !bench.knows("done") && bench.knows("open"));
    // Its producer is unknown now, and a new one begins with another id.
    assert_eq!(bench.add("done", me, &[0]), InvalidProducerIdMapping);
    assert_eq!(bench.initialise("empty").map(|it| it.epoch), Ok(0));
}

#[test]
fn listing_narrows_by_producer_state_and_duration() {
    let mut bench = Bench::new(2);
    let a = bench.initialise("a").unwrap();
    bench.initialise("b").unwrap();
    bench.add("a", a, &[0]);
    bench.advance_ms(1_000);
    let everything =
        ListTransactions { producer_ids: Arc::default(), states: None, duration_ms: None };
    let mut ids = |asked: ListTransactions| -> Vec<String> {
        let listed = bench.ask(asked).expect("an answer").0;
        listed.iter().map(|it| it.transactional_id.to_string()).collect()
    };
    assert_eq!(ids(everything.clone()), ["a", "b"]);
    let producer_ids = Arc::new(BTreeSet::from([ProducerId(1001)]));
    assert_eq!(ids(ListTransactions { producer_ids, ..everything.clone() }), ["b"]);
    let states = Some(vec![TransactionState::Ongoing]);
    assert_eq!(ids(ListTransactions { states, ..everything.clone() }), ["a"]);
    // Only states that nobody knows were asked for.
    assert!(ids(ListTransactions { states: Some(vec![]), ..everything.clone() }).is_empty());
    // What has not begun has lasted since the beginning of time, as in Kafka.
    let long = ListTransactions { duration_ms: Some(1_000), ..everything.clone() };
    assert_eq!(ids(long), ["b"]);
    let short = ListTransactions { duration_ms: Some(999), ..everything };
    assert_eq!(ids(short), ["a", "b"]);
}

#[test]
fn a_description_leaves_out_the_partitions_that_are_through() {
    let mut bench = Bench::new(2);
    let describe = |bench: &mut Bench, id: &str| {
        bench.ask(DescribeTransaction { transactional_id: id.into() }).expect("an answer").0
    };
    assert_eq!(describe(&mut bench, ""), Err(InvalidRequest));
    assert_eq!(describe(&mut bench, "a"), Err(TransactionalIdNotFound));
    let me = bench.initialise("a").unwrap();
    bench.add("a", me, &[0, 1]);
    bench.commit_transaction("a", me).unwrap();
    let markers = bench.take_markers();
    bench.written(&markers, &[0]);
    let described = describe(&mut bench, "a").unwrap();
    assert_eq!(described.partitions, BTreeSet::from([TopicPartition::new("t", 1)]));
    assert_eq!(described.state, TransactionState::PrepareCommit);
}
