//! Whether a transactional batch may be written: what the log knows itself, and what the coordinator
//! must have confirmed since the last marker (KIP-890).

use base::{ErrorCode, VerificationGuard};

use super::*;
use crate::Unverified;

const ME: Sender = Sender { id: 7, epoch: 3, transactional: true };

fn log() -> Log {
    create(&MemoryDisk::new(), LogConfig { producer_id_expiration_ms: 1_000, ..small() })
}

/// Offers a batch that nobody was asked about to a log whose broker verifies transactions.
fn write(log: &mut Log, batch: &[u8]) -> Result<i64, ErrorCode> {
    write_as(log, None, batch)
}

/// Offers one whose transaction was confirmed under a guard.
fn write_as(
    log: &mut Log,
    guard: Option<VerificationGuard>,
    batch: &[u8],
) -> Result<i64, ErrorCode> {
    let mut appending = Appending::by_client(LeaderEpoch(0), WallMs(0));
    appending.verification = Verification::Required(guard);
    match log.append_as_leader(Batch::parse(batch).unwrap(), appending).unwrap() {
        AppendOutcome::Appended(appended) => Ok(appended.base_offset.0),
        AppendOutcome::Duplicate { base_offset, .. } => Ok(base_offset.0),
        AppendOutcome::Rejected(error) => Err(error.code()),
    }
}

fn begin(
    log: &mut Log,
    sender: &Sender,
    sequence: i32,
    rules: TransactionRules,
    guard: u64,
) -> Option<VerificationGuard> {
    let asked = Unverified {
        producer_id: ProducerId(sender.id),
        epoch: ProducerEpoch(sender.epoch),
        sequence: Sequence(sequence),
        rules,
    };
    log.begin_verification(asked, VerificationGuard(guard), WallMs(0)).unwrap()
}

#[test]
fn the_first_batch_of_a_transaction_needs_the_coordinators_word_and_the_next_do_not() {
    let mut log = log();
    assert_eq!(write(&mut log, &ME.batch(0, 1)), Err(ErrorCode::InvalidTxnState));
    let guard = begin(&mut log, &ME, 0, TransactionRules::SameEpoch, 1);
    assert_eq!(write(&mut log, &ME.batch(0, 1)), Err(ErrorCode::InvalidTxnState));
    assert_eq!(write_as(&mut log, guard, &ME.batch(0, 1)), Ok(0));
    assert_eq!(begin(&mut log, &ME, 1, TransactionRules::SameEpoch, 2), None);
    assert_eq!(write(&mut log, &ME.batch(1, 1)), Ok(1));

    // The transaction ends: the next one is verified again.
    append_marker(&mut log, &ME.marker(ControlType::Commit, 0));
    assert_eq!(write(&mut log, &ME.batch(2, 1)), Err(ErrorCode::InvalidTxnState));
    // What was written before is still known when it comes twice.
    assert_eq!(write(&mut log, &ME.batch(1, 1)), Ok(1));
}

#[test]
fn a_marker_that_comes_between_the_answer_and_the_append_ends_the_verification() {
    let mut log = log();
    let stale = begin(&mut log, &ME, 0, TransactionRules::SameEpoch, 1);
    append_marker(&mut log, &ME.marker(ControlType::Abort, 0));
    assert_eq!(write_as(&mut log, stale, &ME.batch(0, 1)), Err(ErrorCode::InvalidTxnState));
    // Nor does its answer hold for the next transaction, which has been confirmed.
    let fresh = begin(&mut log, &ME, 0, TransactionRules::SameEpoch, 2);
    assert_eq!(write_as(&mut log, stale, &ME.batch(0, 1)), Err(ErrorCode::InvalidTxnState));
    assert!(write_as(&mut log, fresh, &ME.batch(0, 1)).is_ok());
}

#[test]
fn two_batches_on_their_way_share_the_verification_of_the_first() {
    let mut log = log();
    let first = begin(&mut log, &ME, 0, TransactionRules::SameEpoch, 1);
    let second = begin(&mut log, &ME, 1, TransactionRules::SameEpoch, 2);
    assert_eq!(first, second);
    assert_eq!(write_as(&mut log, first, &ME.batch(0, 1)), Ok(0));
    assert_eq!(write_as(&mut log, second, &ME.batch(1, 1)), Ok(1));
}

#[test]
fn the_marker_of_the_transaction_before_leaves_the_next_ones_verification_alone() {
    let next = Sender { epoch: ME.epoch + 1, ..ME };
    let marker = next.marker(ControlType::Commit, 0);
    for (rules, survives) in
        [(TransactionRules::BumpedEpoch, true), (TransactionRules::SameEpoch, false)]
    {
        let mut log = log();
        let guard = begin(&mut log, &next, 0, rules, 1);
        append_marker(&mut log, &marker);
        assert_eq!(write_as(&mut log, guard, &next.batch(0, 1)).is_ok(), survives);
    }
}

#[test]
fn an_epoch_that_was_fenced_is_not_verified() {
    let mut log = log();
    append_marker(&mut log, &ME.marker(ControlType::Abort, 0));
    let old = Unverified {
        producer_id: ProducerId(ME.id),
        epoch: ProducerEpoch(ME.epoch - 1),
        sequence: Sequence(0),
        rules: TransactionRules::SameEpoch,
    };
    let refused = log.begin_verification(old, VerificationGuard(1), WallMs(0)).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidProducerEpoch);
}

#[test]
fn a_later_batch_does_not_overtake_one_that_waits_to_be_verified() {
    let mut log = log();
    let first = begin(&mut log, &ME, 0, TransactionRules::SameEpoch, 1);
    let second = begin(&mut log, &ME, 5, TransactionRules::SameEpoch, 2);
    assert_eq!(first, second);
    let early = write_as(&mut log, second, &ME.batch(5, 1));
    assert_eq!(early, Err(ErrorCode::OutOfOrderSequenceNumber));
    assert_eq!(write_as(&mut log, first, &ME.batch(0, 5)), Ok(0));
    assert_eq!(write_as(&mut log, second, &ME.batch(5, 1)), Ok(5));
}

#[test]
fn kip_890_under_version_2_a_producer_that_the_log_does_not_know_begins_at_0() {
    for (rules, outcome) in [
        (TransactionRules::BumpedEpoch, Err(ErrorCode::OutOfOrderSequenceNumber)),
        (TransactionRules::SameEpoch, Ok(0)),
    ] {
        let mut log = log();
        let guard = begin(&mut log, &ME, 4, rules, 1);
        assert_eq!(write_as(&mut log, guard, &ME.batch(4, 1)), outcome);
    }
}

#[test]
fn a_verification_that_nobody_answers_is_forgotten_in_time() {
    for (at, outcome) in [(999, Ok(0)), (1_000, Err(ErrorCode::InvalidTxnState))] {
        let mut log = log();
        let guard = begin(&mut log, &ME, 0, TransactionRules::SameEpoch, 1);
        log.expire_producers(WallMs(at));
        assert_eq!(write_as(&mut log, guard, &ME.batch(0, 1)), outcome);
    }
}
