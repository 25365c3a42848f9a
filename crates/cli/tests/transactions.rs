//! Transactions against a node of the built binary, where time is part of the promise.

mod node;

use std::time::{Duration, Instant};

use base::{ProducerEpoch, ProducerId, Sequence, WallMs};
use node::{Client, DEADLINE, Node, name, produce};
use protocol::messages::*;
use records::{BatchBuilder, Codec};

/// Longer than the whole test may take, so that only being woken helps.
const BACKOFF: Duration = Duration::from_secs(20);

const ID: &str = "fast";

fn end(client: &mut Client, (id, epoch): (i64, i16), version: i16) -> EndTxnResponse {
    let request = EndTxnRequest {
        transactional_id: name(ID),
        producer_id: id,
        producer_epoch: epoch,
        committed: true,
        ..Default::default()
    };
    client.ask(&request, version)
}

fn producer(client: &mut Client) -> (i64, i16) {
    // Whoever asks first has the topic of the coordinators created.
    let find = FindCoordinatorRequest {
        key_type: 1,
        coordinator_keys: vec![name(ID)],
        ..Default::default()
    };
    client.ask(&find, 6);
    let request = InitProducerIdRequest {
        transactional_id: Some(name(ID)),
        transaction_timeout_ms: 60_000,
        producer_id: -1,
        producer_epoch: -1,
        ..Default::default()
    };
    let begun = Instant::now();
    loop {
        let made = client.ask(&request, 5);
        if made.error_code == 0 {
            return (made.producer_id, made.producer_epoch);
        }
        assert!(begun.elapsed() < DEADLINE, "there is no producer: {made:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_producer_that_is_faster_than_its_markers_is_woken_when_they_are_written() {
    let backoff = BACKOFF.as_millis();
    let settings = [
        "vltava.durability=synced",
        &format!("add.partitions.to.txn.retry.backoff.ms={backoff}"),
        &format!("add.partitions.to.txn.retry.backoff.max.ms={backoff}"),
    ];
    let node = Node::start_with("fast-producer", &settings);
    let mut client = node.connect();
    client.create("t");
    let (mut id, mut epoch) = producer(&mut client);
    let begun = Instant::now();
    for round in 0..20 {
        let mut batch = BatchBuilder::new(Codec::None)
            .producer(ProducerId(id), ProducerEpoch(epoch), Sequence(0))
            .transactional();
        batch.append(WallMs(1), None, Some(b"value"), &[]).expect("a record fits");
        let mut request = produce("t", -1, Some(&batch.build()));
        request.transactional_id = Some(name(ID));
        let produced = client.ask(&request, 12);
        let code = produced.responses[0].partition_responses[0].error_code;
        assert_eq!(code, 0, "round {round}: {produced:?}");
        let ended = end(&mut client, (id, epoch), 5);
        assert_eq!(ended.error_code, 0, "round {round}: {ended:?}");
        (id, epoch) = (ended.producer_id, ended.producer_epoch);
    }
    assert!(begun.elapsed() < BACKOFF, "a produce has waited for the clock");
}

#[test]
fn what_coordinators_keep_joins_no_transaction() {
    use add_partitions_to_txn_request::AddPartitionsToTxnTopic;

    let node = Node::start("internal-in-transaction");
    let mut client = node.connect();
    client.create("t");
    let (id, epoch) = producer(&mut client);
    let add = |topics: &[&str]| AddPartitionsToTxnRequest {
        v3_and_below_transactional_id: name(ID),
        v3_and_below_producer_id: id,
        v3_and_below_producer_epoch: epoch,
        v3_and_below_topics: topics
            .iter()
            .map(|topic| AddPartitionsToTxnTopic {
                name: name(topic),
                partitions: vec![0],
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    };
    let mut codes = |topics: &[&str]| {
        let added = client.ask(&add(topics), 3).results_by_topic_v3_and_below;
        let code = |topic: &add_partitions_to_txn_response::AddPartitionsToTxnTopicResult| {
            topic.results_by_partition[0].partition_error_code
        };
        added.iter().map(code).collect::<Vec<i16>>()
    };
    // TOPIC_AUTHORIZATION_FAILED, and OPERATION_NOT_ATTEMPTED for the other.
    assert_eq!(codes(&["t", "__transaction_state"]), [55, 29]);
    assert_eq!(codes(&["__consumer_offsets"]), [29]);
    assert_eq!(codes(&["t"]), [0]);

    // The leader of the partition does not have it added either.
    let mut batch = BatchBuilder::new(Codec::None)
        .producer(ProducerId(id), ProducerEpoch(epoch), Sequence(0))
        .transactional();
    batch.append(WallMs(1), Some(b"key"), Some(b"value"), &[]).expect("a record fits");
    let mut request = produce("__transaction_state", -1, Some(&batch.build()));
    request.transactional_id = Some(name(ID));
    let produced = client.ask(&request, 12);
    // INVALID_TOPIC_EXCEPTION
    assert_eq!(produced.responses[0].partition_responses[0].error_code, 17);

    // A marker that somebody sends there is not written.
    let topic = write_txn_markers_request::WritableTxnMarkerTopic {
        name: name("__transaction_state"),
        partition_indexes: (0..50).collect(),
        ..Default::default()
    };
    let marker = write_txn_markers_request::WritableTxnMarker {
        producer_id: id,
        producer_epoch: epoch,
        topics: vec![topic],
        ..Default::default()
    };
    let request = WriteTxnMarkersRequest { markers: vec![marker], ..Default::default() };
    let written = client.ask(&request, 1).markers.remove(0).topics.remove(0);
    // UNSUPPORTED_FOR_MESSAGE_FORMAT
    assert!(written.partitions.iter().all(|partition| partition.error_code == 43));

    assert_eq!(end(&mut client, (id, epoch), 4).error_code, 0);
    assert!(node.panics().is_empty());
}
