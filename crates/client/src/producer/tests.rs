use base::ErrorCode;
use protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use protocol::messages::{InitProducerIdResponse, ProduceRequest, ProduceResponse};
use protocol::{Payload, Request, Response};
use records::BatchHeader;

use super::*;
use crate::scripted_broker::{Asked, ScriptedBroker, TOPIC_ID};

async fn producer(broker: &ScriptedBroker, keys: &[(&str, &str)]) -> Producer {
    let mut config = ProducerConfig::default();
    config.set("bootstrap.servers", &broker.bootstrap).unwrap();
    for (key, value) in keys {
        config.set(key, value).unwrap();
    }
    Producer::connect(config).await.unwrap()
}

/// Gives the producer its id when it asks for it, and hands out its next Produce.
async fn next_produce(broker: &mut ScriptedBroker) -> (Asked, BatchHeader) {
    loop {
        let asked = broker.next().await;
        match &asked.request {
            Request::InitProducerId(_) => {
                asked.answer(Response::InitProducerId(InitProducerIdResponse::default()));
            }
            Request::Produce(request) => {
                let header = header(request);
                return (asked, header);
            }
            other => panic!("nobody expects {other:?}"),
        }
    }
}

/// Of the only batch.
fn header(request: &ProduceRequest) -> BatchHeader {
    let records = &request.topic_data[0].partition_data[0].records;
    BatchHeader::parse(records.as_ref().and_then(Payload::bytes).unwrap()).unwrap()
}

fn acknowledged() -> Response {
    Response::Produce(ProduceResponse {
        responses: vec![TopicProduceResponse {
            topic_id: TOPIC_ID,
            partition_responses: vec![PartitionProduceResponse::default()],
            ..TopicProduceResponse::default()
        }],
        ..ProduceResponse::default()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_batches_of_a_partition_leave_in_their_order() {
    let mut broker = ScriptedBroker::start(1).await;
    let producer = producer(&broker, &[("batch.size", "10"), ("linger.ms", "0")]).await;
    let sending = tokio::spawn(async move {
        for _ in 0..2000 {
            drop(producer.send(ProducerRecord::new("t", "v").partition(0)).await.unwrap());
        }
        producer.close().await;
    });
    for sequence in 0..2000 {
        let (asked, header) = next_produce(&mut broker).await;
        assert_eq!(header.base_sequence.0, sequence);
        asked.answer(acknowledged());
    }
    sending.await.unwrap();
}

#[tokio::test]
async fn a_producer_that_gets_no_id_fails_its_records_and_goes_on_asking() {
    let mut broker = ScriptedBroker::start(1).await;
    let keys = [
        ("linger.ms", "0"),
        ("request.timeout.ms", "1000"),
        ("delivery.timeout.ms", "1000"),
        ("retry.backoff.max.ms", "100"),
    ];
    let producer = producer(&broker, &keys).await;
    let record = || ProducerRecord::new("t", "v").partition(0);
    let mut delivery = producer.send(record()).await.unwrap();
    let error = loop {
        tokio::select! {
            delivered = &mut delivery => break delivered.unwrap_err(),
            asked = broker.next() => asked.answer(Response::InitProducerId(InitProducerIdResponse {
                error_code: ErrorCode::CoordinatorLoadInProgress.code(),
                ..InitProducerIdResponse::default()
            })),
        }
    };
    assert_eq!(error.code(), Some(ErrorCode::CoordinatorLoadInProgress));

    let delivery = producer.send(record()).await.unwrap();
    next_produce(&mut broker).await.0.answer(acknowledged());
    delivery.await.unwrap();
}
