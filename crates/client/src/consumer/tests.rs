use std::pin::pin;
use std::task::Poll;

use base::WallMs;
use protocol::messages::fetch_response::FetchableTopicResponse;
use protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use protocol::messages::{FetchResponse, ListOffsetsResponse};
use protocol::{Payload, Request, Response};
use records::{BatchBuilder, Codec};

use super::*;
use crate::scripted_broker::{Asked, ScriptedBroker, TOPIC_ID};

pub(super) const DEADLINE: Duration = Duration::from_secs(30);

async fn consumer(broker: &ScriptedBroker) -> Consumer {
    let mut config = ConsumerConfig::default();
    config.set("bootstrap.servers", &broker.bootstrap).unwrap();
    Consumer::connect(config).await.unwrap()
}

pub(super) fn partition(index: i32) -> TopicPartition {
    TopicPartition::new("t", index)
}

/// The offsets that a Fetch of partition 0 asks for, or nothing if it is another request.
fn fetched_from(asked: &Asked) -> Option<i64> {
    match &asked.request {
        Request::Fetch(request) => Some(request.topics[0].partitions[0].fetch_offset),
        _ => None,
    }
}

/// The reply to a Fetch: records of a partition, which ends with them.
pub(super) fn records(index: i32, offsets: std::ops::Range<i64>) -> Response {
    let mut builder = BatchBuilder::new(Codec::None).base_offset(Offset(offsets.start));
    for _ in offsets.clone() {
        builder.append(WallMs(0), None, Some(b"v"), &[]).unwrap();
    }
    let data = PartitionData {
        partition_index: index,
        high_watermark: offsets.end,
        records: (!offsets.is_empty()).then(|| Payload::Bytes(builder.build().into())),
        ..PartitionData::default()
    };
    let topic = FetchableTopicResponse {
        topic_id: TOPIC_ID,
        partitions: vec![data],
        ..FetchableTopicResponse::default()
    };
    Response::Fetch(FetchResponse { responses: vec![topic], ..FetchResponse::default() })
}

/// The reply to a ListOffsets.
fn listed(index: i32, code: ErrorCode, offset: i64) -> Response {
    let partition = ListOffsetsPartitionResponse {
        partition_index: index,
        error_code: code.code(),
        offset,
        ..ListOffsetsPartitionResponse::default()
    };
    let topic = ListOffsetsTopicResponse {
        name: "t".into(),
        partitions: vec![partition],
        ..ListOffsetsTopicResponse::default()
    };
    Response::ListOffsets(ListOffsetsResponse {
        topics: vec![topic],
        ..ListOffsetsResponse::default()
    })
}

/// Goes on with `future` until it waits for the first time, and drops it when it could go on.
async fn drop_at_the_first_wait<T>(future: impl Future<Output = T>) {
    let mut future = pin!(future);
    let mut has_waited = false;
    std::future::poll_fn(|context| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        future.as_mut().poll(context).map(|_| panic!("it has not waited"))
    })
    .await;
}

pub(super) fn offsets(records: &[ConsumerRecord]) -> Vec<i64> {
    records.iter().map(|record| record.offset.0).collect()
}

#[tokio::test]
async fn a_poll_that_is_dropped_with_records_in_hand_loses_none() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = consumer(&broker).await;
    consumer.assign([partition(0)]);
    consumer.seek(&partition(0), Offset(0)).unwrap();
    tokio::spawn(async move {
        loop {
            let asked = broker.next().await;
            let from = fetched_from(&asked).unwrap();
            asked.answer(records(0, from..3));
        }
    });
    assert!(consumer.poll(Duration::ZERO).await.unwrap().is_empty(), "it has asked for some");
    // Until the records are here; they are on their way to the caller then.
    while consumer.end(&partition(0)).is_none() {
        drop_at_the_first_wait(consumer.poll(DEADLINE)).await;
    }
    assert_eq!(consumer.position(&partition(0)), Some(Offset(0)));
    assert_eq!(offsets(&consumer.poll(DEADLINE).await.unwrap()), [0, 1, 2]);
}

#[tokio::test]
async fn polls_that_do_not_wait_come_to_records_too() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = consumer(&broker).await;
    consumer.assign([partition(0)]);
    tokio::spawn(async move {
        broker.next().await.answer(listed(0, ErrorCode::None, 0));
        broker.next().await.answer(records(0, 0..3));
    });
    let started = Instant::now();
    let mut polled = Vec::new();
    while polled.is_empty() {
        assert!(started.elapsed() < DEADLINE);
        polled = consumer.poll(Duration::ZERO).await.unwrap();
    }
    assert_eq!(offsets(&polled), [0, 1, 2]);
}

#[tokio::test]
async fn a_reply_from_before_a_partition_went_and_came_back_is_not_read() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = consumer(&broker).await;
    consumer.assign([partition(0)]);
    let script = async {
        broker.next().await.answer(listed(0, ErrorCode::None, 5));
        broker.next().await
    };
    let old = tokio::select! {
        polled = consumer.poll(DEADLINE) => panic!("{polled:?}"),
        old = script => old,
    };
    assert_eq!(fetched_from(&old), Some(5));

    consumer.assign([]);
    consumer.assign([partition(0)]);
    let script = async {
        let lookup = broker.next().await;
        old.answer(records(0, 5..8));
        lookup.answer(listed(0, ErrorCode::None, 0));
        let new = broker.next().await;
        assert_eq!(fetched_from(&new), Some(0));
        new.answer(records(0, 0..8));
    };
    let (polled, ()) = tokio::join!(consumer.poll(DEADLINE), script);
    assert_eq!(offsets(&polled.unwrap()), (0..8).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_partition_without_a_position_does_not_keep_the_others_waiting() {
    let mut broker = ScriptedBroker::start(2).await;
    let mut consumer = consumer(&broker).await;
    consumer.assign([partition(0), partition(1)]);
    consumer.seek(&partition(0), Offset(0)).unwrap();
    tokio::spawn(async move {
        loop {
            let asked = broker.next().await;
            match fetched_from(&asked) {
                Some(from) => asked.answer(records(0, from..3)),
                None => asked.answer(listed(1, ErrorCode::LeaderNotAvailable, -1)),
            }
        }
    });
    assert_eq!(offsets(&consumer.poll(DEADLINE).await.unwrap()), [0, 1, 2]);
}

#[tokio::test]
async fn one_request_to_a_leader_finds_the_positions_of_its_partitions() {
    let mut broker = ScriptedBroker::start(2).await;
    let mut consumer = consumer(&broker).await;
    consumer.assign([partition(0), partition(1)]);
    let lookup = tokio::select! {
        polled = consumer.poll(DEADLINE) => panic!("{polled:?}"),
        asked = broker.next() => asked,
    };
    let Request::ListOffsets(request) = &lookup.request else { panic!("it looks nothing up") };
    let asked: Vec<i32> =
        request.topics[0].partitions.iter().map(|asked| asked.partition_index).collect();
    assert_eq!(asked, [0, 1]);
}

#[tokio::test]
async fn a_leader_does_not_hear_of_a_rack_and_sends_nobody_to_a_follower() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut config = ConsumerConfig::default();
    config.set("bootstrap.servers", &broker.bootstrap).unwrap();
    config.set("client.rack", "r").unwrap();
    let mut consumer = Consumer::connect(config).await.unwrap();
    consumer.assign([partition(0)]);
    consumer.seek(&partition(0), Offset(0)).unwrap();
    let fetch = tokio::select! {
        polled = consumer.poll(DEADLINE) => panic!("{polled:?}"),
        asked = broker.next() => asked,
    };
    let Request::Fetch(request) = &fetch.request else { panic!("it fetches nothing") };
    assert_eq!(request.rack_id.as_str(), "");
}
