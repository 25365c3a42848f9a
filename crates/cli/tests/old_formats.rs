//! Clients from before record batches, and fetch sessions.

mod node;

use std::io::Read;
use std::time::Instant;

use node::*;
use protocol::messages::*;

/// CRC-32 (IEEE), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// One message of the old formats: magic 0, or 1 with a timestamp.
fn message(magic: u8, value: &[u8]) -> Vec<u8> {
    let mut body = vec![magic, 0];
    if magic == 1 {
        body.extend(1234i64.to_be_bytes());
    }
    body.extend((-1i32).to_be_bytes());
    body.extend((value.len() as i32).to_be_bytes());
    body.extend(value);
    let mut bytes = vec![0; 8];
    bytes.extend((body.len() as i32 + 4).to_be_bytes());
    bytes.extend(crc32(&body).to_be_bytes());
    bytes.extend(body);
    bytes
}

#[test]
fn old_message_sets_are_stored_and_come_back_in_the_format_that_each_fetch_knows() {
    let node = Node::start("old-formats");
    let mut client = node.connect();
    client.create("t");
    let served = client.ask(&ApiVersionsRequest::default(), 0).api_keys;
    let lowest = |key: i16| served.iter().find(|range| range.api_key == key).unwrap().min_version;
    // Kafka says 0 for Produce because of old librdkafka; here it is meant.
    assert_eq!((lowest(0), lowest(1)), (0, 0));
    for (version, magic) in [(0, 0), (1, 0), (2, 1)] {
        let set = [message(magic, b"first"), message(magic, b"second")].concat();
        let answer = client.produce_in(version, "t", &set);
        assert_eq!(answer.error_code, 0, "version {version}");
    }
    assert_eq!(client.log_end("t"), 6);
    for version in 0..=5 {
        let data = client.fetch(version, "t", 0);
        assert_eq!(data.error_code, 0, "version {version}");
        let bytes = bytes_of(&data);
        let magic = match version {
            0 | 1 => 0,
            2 | 3 => 1,
            _ => 2,
        };
        assert_eq!(bytes[16], magic, "version {version}");
        let count = |word: &[u8]| bytes.windows(word.len()).filter(|part| *part == word).count();
        assert_eq!((count(b"first"), count(b"second")), (3, 3), "version {version}");
    }
    // A message whose checksum is wrong is corrupt in every format.
    let mut set = message(1, b"third");
    *set.last_mut().unwrap() ^= 1;
    assert_eq!(client.produce_in(2, "t", &set).error_code, 2);
    assert_eq!(client.log_end("t"), 6);
}

#[test]
fn a_fetch_session_tells_only_what_is_new_and_refuses_what_it_does_not_know() {
    let node = Node::start("sessions");
    let mut client = node.connect();
    client.create("t");
    let mut request = fetch("t", 0, 0, 1);
    request.session_epoch = 0;
    let response = client.ask(&request, 12);
    assert_eq!((response.error_code, response.responses.len()), (0, 1));
    assert_ne!(response.session_id, 0);
    request.session_id = response.session_id;
    request.session_epoch = 1;
    request.topics.clear();
    let response = client.ask(&request, 12);
    assert_eq!((response.error_code, response.responses.len()), (0, 0));
    assert_eq!(client.produce("t", &batch(&[b"a"])).error_code, 0);
    request.session_epoch = 2;
    let response = client.ask(&request, 12);
    assert_eq!((response.error_code, response.responses.len()), (0, 1));
    // INVALID_FETCH_SESSION_EPOCH, then FETCH_SESSION_ID_NOT_FOUND.
    request.session_epoch = 9;
    assert_eq!(client.ask(&request, 12).error_code, 71);
    request.session_id += 1;
    assert_eq!(client.ask(&request, 12).error_code, 70);
}

#[test]
fn records_that_old_clients_do_not_read_stay_within_the_memory_of_a_node() {
    let node = Node::start("unread-conversions");
    let mut client = node.connect();
    client.create("t");
    let megabyte = batch(&[&[b'v'; 1_000_000]]);
    for _ in 0..27 {
        assert_eq!(client.produce("t", &megabyte).error_code, 0);
    }
    let mut request = fetch("t", 0, 0, 1);
    request.topics[0].partitions[0].partition_max_bytes = 27 << 20;
    let mut unread: Vec<Client> = (0..20).map(|_| node.connect()).collect();
    for client in &mut unread {
        client.request(&request, 2, 1);
    }
    for client in &mut unread {
        client.stream.read_exact(&mut [0; 4]).expect("each is answered");
    }
    assert!(node.peak_mib() < 200, "{} MiB", node.peak_mib());
    // As long as there is no room, there seems to be nothing; then it comes.
    assert!(bytes_of(&client.fetch(2, "t", 0)).is_empty());
    drop(unread);
    let begun = Instant::now();
    while bytes_of(&client.fetch(2, "t", 0)).is_empty() {
        assert!(begun.elapsed() < DEADLINE, "no room becomes free");
    }
}

#[test]
fn an_old_client_that_asks_in_the_same_order_for_ever_gets_something_of_every_partition() {
    let node = Node::start("in-turn");
    let mut client = node.connect();
    let topics = ["a", "b", "c"];
    let megabyte = batch(&[&[b'v'; 1_000_000]]);
    let mut request = fetch("a", 0, 0, 1);
    request.topics.clear();
    for topic in topics {
        client.create(topic);
        for _ in 0..9 {
            assert_eq!(client.produce(topic, &megabyte).error_code, 0);
        }
        request.topics.extend(fetch(topic, 0, 0, 1).topics);
    }
    let mut missing = Vec::from(topics);
    let begun = Instant::now();
    while !missing.is_empty() {
        assert!(begun.elapsed() < DEADLINE, "nothing comes of {missing:?}");
        let response = client.ask(&request, 2);
        let given = response.responses.iter().filter(|it| !bytes_of(&it.partitions[0]).is_empty());
        let given: Vec<&str> = given.map(|topic| &*topic.topic).collect();
        missing.retain(|topic| !given.contains(topic));
    }
}
