//! What stands in the log, byte for byte as Kafka writes it.

use std::collections::BTreeSet;

use base::{ProducerEpoch, ProducerId, WallMs};
use bytes::Bytes;

use crate::transaction::*;

fn ongoing() -> Transaction {
    Transaction {
        producer_id: ProducerId(2),
        previous_producer_id: ProducerId(1),
        next_producer_id: ProducerId(3),
        producer_epoch: ProducerEpoch(4),
        last_producer_epoch: ProducerEpoch(3),
        timeout_ms: 5,
        state: TransactionState::Ongoing,
        partitions: BTreeSet::from([TopicPartition::new("t", 0), TopicPartition::new("t", 7)]),
        started: WallMs(8),
        updated: WallMs(9),
        client_version: 2,
    }
}

fn record(transaction: Option<(Transaction, i16)>) -> TransactionRecord {
    TransactionRecord { transactional_id: "id".into(), transaction }
}

#[test]
fn version_0_says_what_kafka_3_said() {
    let (key, value) = record(Some((ongoing(), 0))).encode().unwrap();
    assert_eq!(key[..], [0, 0, 0, 2, b'i', b'd']);
    #[rustfmt::skip]
    assert_eq!(value.unwrap()[..], [
        0, 0,
        0, 0, 0, 0, 0, 0, 0, 2,
        0, 4,
        0, 0, 0, 5,
        1,
        0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7,
        0, 0, 0, 0, 0, 0, 0, 9,
        0, 0, 0, 0, 0, 0, 0, 8,
    ]);
}

#[test]
fn version_1_adds_the_other_producer_ids_and_the_version_of_the_client() {
    let (_, value) = record(Some((ongoing(), 1))).encode().unwrap();
    #[rustfmt::skip]
    assert_eq!(value.unwrap()[..], [
        0, 1,
        0, 0, 0, 0, 0, 0, 0, 2,
        0, 4,
        0, 0, 0, 5,
        1,
        2, 2, b't', 3, 0, 0, 0, 0, 0, 0, 0, 7, 0,
        0, 0, 0, 0, 0, 0, 0, 9,
        0, 0, 0, 0, 0, 0, 0, 8,
        3,
        0, 8, 0, 0, 0, 0, 0, 0, 0, 1,
        1, 8, 0, 0, 0, 0, 0, 0, 0, 3,
        2, 2, 0, 2,
    ]);
}

#[test]
fn what_was_written_is_read_but_for_the_epoch_before() {
    for version in [0, 1] {
        let written = record(Some((ongoing(), version)));
        let (key, value) = written.encode().unwrap();
        let read = TransactionRecord::decode(key, value).unwrap().unwrap();
        let mut expected = Transaction { last_producer_epoch: ProducerEpoch::NONE, ..ongoing() };
        if version == 0 {
            expected.previous_producer_id = ProducerId::NONE;
            expected.next_producer_id = ProducerId::NONE;
            expected.client_version = 0;
        }
        assert_eq!(read, record(Some((expected, version))));
    }
    let (key, value) = record(None).encode().unwrap();
    assert_eq!(value, None);
    assert_eq!(TransactionRecord::decode(key, None), Ok(Some(record(None))));
}

#[test]
fn kinds_and_versions_of_the_future_are_skipped_and_nonsense_is_not() {
    let (key, value) = record(Some((ongoing(), 1))).encode().unwrap();
    let mut future = value.clone().unwrap().to_vec();
    future[1] = 9;
    assert_eq!(TransactionRecord::decode(key.clone(), Some(future.into())), Ok(None));
    let other_kind = Bytes::from_static(&[0, 5, 0, 0]);
    assert_eq!(TransactionRecord::decode(other_kind, None), Ok(None));

    let mut no_state = value.clone().unwrap().to_vec();
    no_state[16] = 77;
    let error = TransactionRecord::decode(key.clone(), Some(no_state.into())).unwrap_err();
    assert_eq!(error, "77 is no state of a transaction");
    let cut = value.unwrap().slice(..20);
    assert!(TransactionRecord::decode(key, Some(cut)).is_err());
}
