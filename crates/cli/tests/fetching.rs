//! What a fetch brings: of which partitions, how much, and when.

mod node;

use std::io::Read;

use node::*;
use protocol::messages::fetch_request::FetchTopic;
use protocol::messages::*;

/// Partition 0 of each topic from the beginning, up to so many bytes of each.
fn fetch_of(topics: &[&str], partition_max_bytes: i32) -> FetchRequest {
    let mut request = fetch(topics[0], 0, 0, 1);
    request.topics = topics.iter().map(|topic| of_topic(topic, partition_max_bytes)).collect();
    request
}

fn of_topic(topic: &str, partition_max_bytes: i32) -> FetchTopic {
    let mut asked = fetch(topic, 0, 0, 1).topics.remove(0);
    asked.partitions[0].partition_max_bytes = partition_max_bytes;
    asked
}

/// How many bytes of records came of each topic that is in the answer, in its order.
fn told(response: &FetchResponse) -> Vec<(&str, usize)> {
    assert_eq!(response.error_code, 0);
    let topics = response.responses.iter();
    topics.map(|topic| (&*topic.topic, bytes_of(&topic.partitions[0]).len())).collect()
}

#[test]
fn a_partition_without_room_for_its_first_batch_gives_nothing_and_comes_first_the_next_time() {
    let node = Node::start("cut-batch");
    let mut client = node.connect();
    let large = batch(&[&[b'v'; 10_000]]);
    for topic in ["a", "b"] {
        client.create(topic);
        assert_eq!(client.produce(topic, &large).error_code, 0);
    }
    let mut request = fetch_of(&["a", "b"], 5000);
    request.session_epoch = 0;
    let response = client.ask(&request, 11);
    assert_eq!(told(&response), [("a", large.len()), ("b", 0)]);
    request.session_id = response.session_id;
    request.session_epoch = 1;
    request.topics.clear();
    let response = client.ask(&request, 11);
    assert_eq!(told(&response), [("b", large.len())]);
}

#[test]
fn a_client_that_does_not_read_its_records_does_not_hold_up_a_stop() {
    let mut node = Node::start("unread");
    let mut client = node.connect();
    client.create("t");
    let megabyte = batch(&[&[b'v'; 1_000_000]]);
    for _ in 0..40 {
        assert_eq!(client.produce("t", &megabyte).error_code, 0);
    }
    let request = FetchRequest { topics: vec![of_topic("t", 50 << 20)], ..fetch("t", 0, 0, 1) };
    client.request(&request, 11, 1);
    client.stream.read_exact(&mut [0; 4]).expect("the answer begins");
    assert!(node.stop(), "the node stops");
}

/// A fetch that waits longer than a test does, if it waits.
const LONG_MS: i32 = 600_000;

#[test]
fn a_fetch_from_an_older_segment_does_not_wait_for_more_than_the_segment_has() {
    let node = Node::start_with("older-segment", &["log.segment.bytes=1048576"]);
    let mut client = node.connect();
    client.create("t");
    let large = batch(&[&[b'v'; 700_000]]);
    for _ in 0..2 {
        assert_eq!(client.produce("t", &large).error_code, 0);
    }
    let response = client.ask(&fetch("t", 0, LONG_MS, 1_000_000), 11);
    assert_eq!(told(&response), [("t", large.len())]);
}

#[test]
fn a_fetch_does_not_wait_for_more_than_it_has_room_for() {
    let node = Node::start("room");
    let mut client = node.connect();
    let small = batch(&[&[b'v'; 700]]);
    for topic in ["a", "b"] {
        client.create(topic);
        for _ in 0..2 {
            assert_eq!(client.produce(topic, &small).error_code, 0);
        }
    }
    let fetch = |topics: &[&str], max_bytes, min_bytes| FetchRequest {
        max_bytes,
        max_wait_ms: LONG_MS,
        min_bytes,
        ..fetch_of(topics, 1000)
    };
    let response = client.ask(&fetch(&["a"], 1000, 2000), 11);
    assert_eq!(told(&response), [("a", 1000)]);
    // There is as much as it waits for, and of the second topic no whole batch has room.
    let response = client.ask(&fetch(&["a", "b"], 1500, 1500), 11);
    assert_eq!(told(&response), [("a", 1000), ("b", 0)]);
}
