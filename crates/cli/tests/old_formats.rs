//! Clients from before record batches, and fetch sessions.

mod node;

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
