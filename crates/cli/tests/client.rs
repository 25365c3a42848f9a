//! The client against a node that goes away and comes back.

mod common;

use std::time::Duration;

use base::TopicPartition;
use client::admin::OffsetAt;
use client::config::{ConsumerConfig, ProducerConfig};
use client::{Consumer, Producer, ProducerRecord};
use common::Node;

fn on_one_thread<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn producer(node: &Node) -> Producer {
    let mut config = ProducerConfig::default();
    config.set("bootstrap.servers", &node.bootstrap).unwrap();
    config.set("batch.size", "500").unwrap();
    config.set("delivery.timeout.ms", "60000").unwrap();
    Producer::connect(config).await.unwrap()
}

/// The values of the first `count` records of partition 0.
async fn values(node: &Node, topic: &str, count: usize) -> Vec<u32> {
    let mut config = ConsumerConfig::default();
    config.set("bootstrap.servers", &node.bootstrap).unwrap();
    let mut consumer = Consumer::connect(config).await.unwrap();
    let partition = TopicPartition::new(topic, 0);
    consumer.assign([partition.clone()]);
    consumer.seek_to(&partition, OffsetAt::Earliest).unwrap();
    let mut values = Vec::new();
    while values.len() < count {
        let records = consumer.poll(Duration::from_secs(30)).await.unwrap();
        assert!(!records.is_empty(), "{} of {count} records came", values.len());
        let texts = records.iter().map(|r| String::from_utf8(r.value.clone().unwrap().to_vec()));
        values.extend(texts.map(|text| text.unwrap().parse::<u32>().unwrap()));
    }
    let more = consumer.poll(Duration::from_millis(200)).await.unwrap();
    assert!(more.is_empty(), "{} records more than were sent", more.len());
    values
}

async fn send(
    producer: &Producer,
    numbers: std::ops::Range<u32>,
) -> Vec<client::producer::Delivery> {
    let mut deliveries = Vec::new();
    for number in numbers {
        let record = ProducerRecord::new("t", number.to_string()).partition(0);
        deliveries.push(producer.send(record).await.unwrap());
    }
    deliveries
}

#[test]
fn every_record_arrives_once_and_in_order_across_a_restart_of_the_node() {
    let node = Node::start("client-restart");
    node.output(&["topic", "create", "t", "--partitions", "1"]);
    on_one_thread(async {
        let producer = producer(&node).await;
        let mut deliveries = send(&producer, 0..1000).await;
        // The node stops with requests under way.
        let restarted = tokio::task::spawn_blocking(move || node.restart());
        deliveries.extend(send(&producer, 1000..2000).await);
        let node = restarted.await.unwrap();
        deliveries.extend(send(&producer, 2000..3000).await);
        for delivery in deliveries {
            delivery.await.unwrap();
        }
        assert_eq!(values(&node, "t", 3000).await, (0..3000).collect::<Vec<_>>());
    });
}

#[test]
fn what_was_acknowledged_is_there_after_the_process_was_killed() {
    let node = Node::start("client-crash");
    node.output(&["topic", "create", "t", "--partitions", "1"]);
    on_one_thread(async {
        let producer = producer(&node).await;
        for delivery in send(&producer, 0..2000).await {
            delivery.await.unwrap();
        }
        let node = node.crash();
        for delivery in send(&producer, 2000..3000).await {
            delivery.await.unwrap();
        }
        assert_eq!(values(&node, "t", 3000).await, (0..3000).collect::<Vec<_>>());
    });
}

#[test]
fn a_consumer_that_waits_gets_a_record_as_soon_as_it_is_sent() {
    let node = Node::start("client-wait");
    node.output(&["topic", "create", "t", "--partitions", "2"]);
    on_one_thread(async {
        let mut config = ConsumerConfig::default();
        config.set("bootstrap.servers", &node.bootstrap).unwrap();
        config.set("auto.offset.reset", "earliest").unwrap();
        config.set("fetch.max.wait.ms", "30000").unwrap();
        let mut consumer = Consumer::connect(config).await.unwrap();
        consumer.assign([TopicPartition::new("t", 0), TopicPartition::new("t", 1)]);
        assert!(consumer.poll(Duration::from_millis(100)).await.unwrap().is_empty());

        let producer = producer(&node).await;
        let record = ProducerRecord::new("t", "v").key("k").partition(1);
        let delivered = producer.send(record).await.unwrap().await.unwrap();
        let started = std::time::Instant::now();
        let records = consumer.poll(Duration::from_secs(20)).await.unwrap();
        assert_eq!((records[0].partition, Some(records[0].offset)), (1, delivered.offset));
        assert!(started.elapsed() < Duration::from_secs(20), "the fetch was woken, not timed out");
    });
}
