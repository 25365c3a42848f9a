//! Whatever arrives on a socket, the node answers with Kafka's error or ends that connection, and
//! the other connections never notice.

mod node;

use std::net::Shutdown;

use base::{Offset, ProducerEpoch, ProducerId, Sequence, WallMs};
use node::*;
use protocol::ApiKey;
use protocol::messages::*;
use records::{BatchBuilder, Codec};

/// Every record of a batch that is damaged on purpose gets its checksum back.
fn with_crc(mut bytes: Vec<u8>) -> Vec<u8> {
    records::restore_crc(&mut bytes);
    bytes
}

#[test]
fn a_frame_that_makes_no_sense_ends_its_own_connection_only() {
    let mut node = Node::start("frames");
    let mut other = node.connect();
    let api_versions = frame(&ApiVersionsRequest::default(), 0, 1);
    let header = |key: i16, version: i16| {
        let [a, b] = key.to_be_bytes();
        let [c, d] = version.to_be_bytes();
        framed(&[a, b, c, d, 0, 0, 0, 1, 0xff, 0xff])
    };
    let bad: Vec<(&str, Vec<u8>)> = vec![
        ("another protocol", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("a negative size", vec![0xff, 0xff, 0xff, 0xff, 0, 1, 2]),
        ("the largest size", vec![0x7f, 0xff, 0xff, 0xff, 0, 18]),
        ("nothing in the frame", framed(&[])),
        ("half a header", framed(&[0, 18, 0])),
        ("an unknown API", header(9999, 0)),
        ("a negative API", header(-1, 0)),
        ("a version below zero", header(ApiKey::Metadata as i16, -1)),
        ("a version not yet known", header(ApiKey::Metadata as i16, 99)),
        ("a request without its body", header(ApiKey::Metadata as i16, 1)),
    ];
    for (what, bytes) in bad {
        let mut client = node.connect();
        client.send(&bytes);
        assert!(client.receive().is_none(), "{what} is answered");
        assert!(other.works(), "another connection notices {what}");
    }

    // A client that goes away inside a frame.
    let mut client = node.connect();
    client.send(&api_versions[..api_versions.len() - 3]);
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert!(client.receive().is_none());

    // One that has said everything and only listens.
    let mut client = node.connect();
    client.send(&api_versions);
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert!(client.receive().is_some(), "a half-closed socket gets its answer");

    // One that sends byte by byte, while another one works.
    let mut slow = node.connect();
    for byte in &api_versions {
        slow.send(&[*byte]);
        assert!(other.works());
    }
    assert!(slow.receive().is_some());
    assert!(node.is_running() && node.panics().is_empty());
}

#[test]
fn api_versions_of_a_version_not_yet_known_is_answered_in_version_0() {
    let node = Node::start("versions35");
    let mut client = node.connect();
    client.send(&framed(&[0, 18, 0, 99, 0, 0, 0, 5, 0xff, 0xff]));
    let (correlation_id, response) = client.response::<ApiVersionsRequest>(0);
    assert_eq!((correlation_id, response.error_code), (5, 35));
    let range = &response.api_keys[0];
    assert_eq!((response.api_keys.len(), range.api_key), (1, 18));
    assert!(client.works(), "the connection goes on");
}

#[test]
fn a_batch_that_lies_is_refused_and_leaves_no_trace() {
    let node = Node::start("lies");
    let mut client = node.connect();
    client.create("t");
    let good = batch(&[b"one", b"two"]);
    // Where the fields of a batch stand: base offset 0, length 8, epoch 12, magic 16, crc 17, attributes 21,
    // last offset delta 23, timestamps 27 and 35, producer 43, epoch 51, sequence 53, count 57.
    let set = |at: usize, value: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    let grown = |by: i32| set(8, &((good.len() as i32 - 12) + by).to_be_bytes());
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a wrong checksum", flipped),
        ("a count above what is there", with_crc(set(57, &3i32.to_be_bytes()))),
        ("a count below what is there", with_crc(set(57, &1i32.to_be_bytes()))),
        ("a count that is enormous", with_crc(set(57, &i32::MAX.to_be_bytes()))),
        ("a negative count", with_crc(set(57, &(-1i32).to_be_bytes()))),
        ("a last offset delta that is not the count", with_crc(set(23, &9i32.to_be_bytes()))),
        ("a negative last offset delta", with_crc(set(23, &(-1i32).to_be_bytes()))),
        ("a length above what is there", grown(1)),
        ("a length below what is there", grown(-1)),
        ("an enormous length", set(8, &i32::MAX.to_be_bytes())),
        ("a negative length", set(8, &(-5i32).to_be_bytes())),
        ("an unknown magic", set(16, &[7])),
        ("an unknown codec", with_crc(set(22, &[7]))),
        ("a codec that is not what is inside", with_crc(set(22, &[1]))),
        ("two batches", [good.clone(), good.clone()].concat()),
        ("half a batch", good[..good.len() / 2].to_vec()),
        ("three bytes", good[..3].to_vec()),
        ("a control batch", with_crc(set(22, &[0x20]))),
    ];
    for (what, bytes) in cases {
        let answer = client.produce("t", &bytes);
        assert_ne!(answer.error_code, 0, "{what} is taken");
        assert_ne!(answer.error_code, -1, "{what} is an unexpected error");
        assert_eq!(client.log_end("t"), 0, "{what} leaves a trace");
    }

    // Null records are answered (Apache leaves them unanswered).
    client.request(&produce("t", -1, None), 9, 8);
    let (_, response) = client.response::<ProduceRequest>(9);
    assert_ne!(response.responses[0].partition_responses[0].error_code, 0);
    assert_eq!(client.log_end("t"), 0);

    assert_eq!(client.produce("t", &good).error_code, 0);
    assert!(node.panics().is_empty());
}

#[test]
fn a_compression_bomb_and_absurd_lengths_take_no_memory() {
    let mut node = Node::start("bomb");
    let mut client = node.connect();
    client.create("t");
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let mut builder = BatchBuilder::new(codec);
        let zeros = vec![0; 64 << 20];
        builder.append(WallMs(1), None, Some(&zeros), &[]).expect("a record fits");
        drop(zeros);
        let bomb = builder.build();
        // Refused or taken: it must not cost what it unfolds to.
        client.produce("t", &bomb);
        assert!(node.peak_mib() < 300, "{codec:?}: {} MiB", node.peak_mib());
    }
    // Every place of every request may be the length of an array, a text or bytes.
    let versions = node.connect().ask(&ApiVersionsRequest::default(), 0);
    let mut other = node.connect();
    for range in &versions.api_keys {
        for version in [range.min_version, range.max_version] {
            for length in [&[0x7f, 0xff, 0xff, 0xff][..], &[0xff, 0xff, 0xff, 0xff, 0x07]] {
                for at in [0, 1, 2, 4, 8] {
                    let mut body = range.api_key.to_be_bytes().to_vec();
                    body.extend(version.to_be_bytes());
                    body.extend([0, 0, 0, 1, 0xff, 0xff, 0]);
                    body.extend(vec![0; at]);
                    body.extend(length.repeat(20));
                    let mut client = node.connect();
                    client.send(&framed(&body));
                    client.stream.shutdown(Shutdown::Write).unwrap();
                    client.receive();
                }
            }
        }
        assert!(other.works());
    }
    assert!(node.peak_mib() < 300, "{} MiB", node.peak_mib());
    assert!(node.is_running() && node.panics().is_empty());
}

#[test]
fn two_thousand_damaged_requests_leave_the_node_working() {
    let mut node = Node::start("mutations");
    let mut other = node.connect();
    other.create("t");
    let record = batch(&[b"value"]);
    let mut seeds = vec![
        frame(&produce("t", -1, Some(&record)), 9, 1),
        frame(&produce("t", 1, Some(&record)), 3, 1),
        frame(&fetch("t", 0, 0, 1), 12, 1),
        frame(&fetch("t", 0, 0, 1), 4, 1),
    ];
    // The rest of every API: its header and an empty body.
    for range in other.ask(&ApiVersionsRequest::default(), 0).api_keys {
        let mut body = range.api_key.to_be_bytes().to_vec();
        body.extend(range.max_version.to_be_bytes());
        body.extend([0, 0, 0, 1, 0, 1, b'x', 0]);
        body.extend([0; 24]);
        seeds.push(framed(&body));
    }
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % bound
    };
    for round in 0..2000 {
        let mut body = seeds[below(seeds.len())][4..].to_vec();
        for _ in 0..=below(4) {
            // The API and version stay, so that it is the body that is damaged.
            let at = 8 + below(body.len() - 8);
            match below(4) {
                0 => body[at] ^= 1 << below(8),
                1 => body[at] = [0, 0x7f, 0x80, 0xff][below(4)],
                2 => body.truncate(at.max(12)),
                _ => body.insert(at, below(256) as u8),
            }
        }
        let mut client = node.connect();
        client.send(&framed(&body));
        client.stream.shutdown(Shutdown::Write).unwrap();
        // An answer or the end, within the deadline.
        client.receive();
        if round % 100 == 0 {
            assert!(other.works(), "another connection notices round {round}");
        }
    }
    assert!(other.works() && node.is_running());
    assert_eq!(node.panics(), Vec::<String>::new());
    assert!(node.peak_mib() < 300, "{} MiB", node.peak_mib());
}

#[test]
fn hundreds_of_idle_connections_do_not_slow_a_request() {
    let node = Node::start("idle");
    let idle: Vec<Client> = (0..450).map(|_| node.connect()).collect();
    let mut client = node.connect();
    let begun = std::time::Instant::now();
    assert!(client.works());
    assert!(begun.elapsed().as_secs() < 2);
    drop(idle);
}

#[test]
fn a_produce_without_acks_that_fails_ends_the_connection() {
    let node = Node::start("acks0");
    let mut client = node.connect();
    client.create("t");
    client.request(&produce("t", 0, Some(&batch(&[b"a"]))), 9, 1);
    assert!(client.works(), "one that succeeds has no answer");
    assert_eq!(client.log_end("t"), 1);
    client.request(&produce("nothing", 0, Some(&batch(&[b"a"]))), 9, 1);
    assert!(client.receive().is_none());
}

#[test]
fn a_transactional_produce_without_acks_that_nobody_began_ends_the_connection() {
    let node = Node::start("acks0-transaction");
    let mut client = node.connect();
    client.create("t");
    let mut builder = BatchBuilder::new(Codec::None)
        .producer(ProducerId(7), ProducerEpoch(0), Sequence(0))
        .transactional();
    builder.append(WallMs(1), None, Some(b"v"), &[]).expect("a record fits");
    let request = ProduceRequest {
        transactional_id: Some("nobody".into()),
        ..produce("t", 0, Some(&builder.build()))
    };
    // Its coordinator is asked first, so the answer comes later than that of any other produce.
    client.request(&request, 9, 1);
    assert!(client.receive().is_none());
    assert_eq!(node.connect().log_end("t"), 0);
}

#[test]
fn pipelined_produces_keep_their_order_and_that_of_their_answers() {
    let node = Node::start("pipeline");
    let mut client = node.connect();
    client.create("t");
    for number in 0..100 {
        let value = format!("{number}");
        client.request(&produce("t", -1, Some(&batch(&[value.as_bytes()]))), 9, number);
    }
    for number in 0..100 {
        let (correlation_id, response) = client.response::<ProduceRequest>(9);
        let answer = &response.responses[0].partition_responses[0];
        assert_eq!((correlation_id, answer.error_code), (number, 0));
        assert_eq!(answer.base_offset, i64::from(number));
    }
}

#[test]
fn a_topic_that_is_asked_for_twice_is_created_all_the_same() {
    let node = Node::start("twice");
    let topic =
        metadata_request::MetadataRequestTopic { name: Some(name("t")), ..Default::default() };
    let request = MetadataRequest {
        topics: Some(vec![topic; 2]),
        allow_auto_topic_creation: true,
        ..Default::default()
    };
    let topics = node.connect().ask(&request, 9).topics;
    assert_eq!(topics.len(), 1);
    assert_eq!((topics[0].error_code, topics[0].partitions.len()), (0, 1));
}

#[test]
fn an_idempotent_producer_is_answered_as_kafka_does() {
    let node = Node::start("idempotent");
    let mut client = node.connect();
    client.create("t");
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: 60_000,
        producer_id: -1,
        producer_epoch: -1,
        ..Default::default()
    };
    let id = client.ask(&request, 4).producer_id;
    let from = |epoch: i16, sequence: i32| {
        let mut builder = BatchBuilder::new(Codec::None).base_offset(Offset(0)).producer(
            ProducerId(id),
            ProducerEpoch(epoch),
            Sequence(sequence),
        );
        builder.append(WallMs(1), None, Some(b"v"), &[]).expect("a record fits");
        builder.build()
    };
    for sequence in 0..7 {
        let answer = client.produce("t", &from(1, sequence));
        assert_eq!((answer.error_code, answer.base_offset), (0, i64::from(sequence)));
        assert_eq!(answer.log_append_time_ms, -1);
    }
    for sequence in 2..7 {
        let answer = client.produce("t", &from(1, sequence));
        assert_eq!((answer.error_code, answer.base_offset), (0, i64::from(sequence)), "again");
        assert_eq!(answer.log_append_time_ms, 1, "the timestamp of what is there already");
    }
    // Older than the window of five: DUPLICATE_SEQUENCE_NUMBER or OUT_OF_ORDER_SEQUENCE_NUMBER.
    assert!([45, 46].contains(&client.produce("t", &from(1, 0)).error_code));
    assert_eq!(client.produce("t", &from(1, 9)).error_code, 45);
    assert_eq!(client.produce("t", &from(0, 7)).error_code, 47);
    assert_eq!(client.log_end("t"), 7);
}

#[test]
fn bombs_that_must_be_unfolded_stay_within_the_memory_of_a_node() {
    let node = Node::start_with("unfolded", &["compression.type=lz4"]);
    node.connect().create("t");
    let mut builder = BatchBuilder::new(Codec::Gzip);
    let zeros = vec![0; 64 << 20];
    builder.append(WallMs(1), None, Some(&zeros), &[]).expect("a record fits");
    drop(zeros);
    let bomb = builder.build();
    let mut clients: Vec<Client> = (0..3).map(|_| node.connect()).collect();
    for client in &mut clients {
        client.request(&produce("t", -1, Some(&bomb)), 9, 1);
    }
    for client in &mut clients {
        client.response::<ProduceRequest>(9);
    }
    // As a client of old would fetch it.
    for client in &mut clients {
        client.request(&fetch("t", 0, 0, 1), 2, 1);
    }
    for client in &mut clients {
        client.receive();
    }
    assert!(node.peak_mib() < 300, "{} MiB", node.peak_mib());
    assert!(node.connect().works() && node.panics().is_empty());
}

fn offset_of(client: &mut Client, topic: &str, timestamp: i64) -> (i16, i64) {
    let partition = list_offsets_request::ListOffsetsPartition {
        current_leader_epoch: -1,
        timestamp,
        ..Default::default()
    };
    let topic = list_offsets_request::ListOffsetsTopic {
        name: name(topic),
        partitions: vec![partition],
        ..Default::default()
    };
    let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
    let answer = client.ask(&request, 7).topics.remove(0).partitions.remove(0);
    (answer.error_code, answer.offset)
}

#[test]
fn a_bomb_that_was_taken_is_found_by_its_time_and_costs_no_memory() {
    let node = Node::start("bomb-by-time");
    let mut client = node.connect();
    client.create("t");
    let mut builder = BatchBuilder::new(Codec::Zstd);
    let zeros = vec![0; 160 << 20];
    builder.append(WallMs(5), None, Some(b"small"), &[]).expect("a record fits");
    builder.append(WallMs(7), None, Some(&zeros), &[]).expect("a record fits");
    drop(zeros);
    assert_eq!(client.produce("t", &builder.build()).error_code, 0);
    assert_eq!(offset_of(&mut client, "t", 6), (0, 1));
    // The latest of all.
    assert_eq!(offset_of(&mut client, "t", -3), (0, 1));
    assert_eq!(client.produce("t", &batch(&[b"more"])).base_offset, 2);
    assert!(node.peak_mib() < 300, "{} MiB", node.peak_mib());
}

#[test]
fn what_is_named_without_end_is_answered_within_the_memory_of_a_node() {
    let node = Node::start("without-end");
    let mut client = node.connect();
    let topic = elect_leaders_request::TopicPartitions {
        topic: "n".repeat(32_000).into(),
        partitions: (0..100_000).collect(),
        ..Default::default()
    };
    let request = ElectLeadersRequest {
        topic_partitions: Some(vec![topic]),
        timeout_ms: 1000,
        ..Default::default()
    };
    let answer = client.ask(&request, 2);
    assert_eq!(answer.replica_election_results[0].partition_result.len(), 100_000);

    let me = describe_configs_request::DescribeConfigsResource {
        resource_type: 4,
        resource_name: name("1"),
        configuration_keys: None,
        ..Default::default()
    };
    let request = DescribeConfigsRequest {
        resources: vec![me; 14_000],
        include_synonyms: true,
        include_documentation: true,
        ..Default::default()
    };
    let answer = client.ask(&request, 4).results;
    assert_eq!(answer.len(), 14_000);
    assert_eq!((answer[0].error_code, answer[13_999].error_code), (0, 44));

    // A producer, which every mention of its partition would tell of.
    client.create("t");
    let mut builder =
        BatchBuilder::new(Codec::None).producer(ProducerId(7), ProducerEpoch(0), Sequence(0));
    builder.append(WallMs(1), None, Some(b"v"), &[]).expect("a record fits");
    assert_eq!(client.produce("t", &builder.build()).error_code, 0);
    let topic = describe_producers_request::TopicRequest {
        name: name("t"),
        partition_indexes: vec![0; 400_000],
        ..Default::default()
    };
    let request = DescribeProducersRequest { topics: vec![topic], ..Default::default() };
    let told = client.ask(&request, 0).topics.remove(0).partitions;
    assert!((1..100).contains(&told.len()), "{}", told.len());
    assert_eq!(told[0].active_producers.len(), 1);

    let topic = write_txn_markers_request::WritableTxnMarkerTopic {
        name: name("nothing"),
        partition_indexes: (0..400_000).collect(),
        ..Default::default()
    };
    let marker =
        write_txn_markers_request::WritableTxnMarker { topics: vec![topic], ..Default::default() };
    let request = WriteTxnMarkersRequest { markers: vec![marker], ..Default::default() };
    let mut answer = client.ask(&request, 1);
    assert_eq!(answer.markers.remove(0).topics.remove(0).partitions.len(), 400_000);

    let request = DescribeGroupsRequest { groups: vec![name("g"); 100_000], ..Default::default() };
    assert!(client.ask(&request, 5).groups.len() < 100);
    assert!(node.peak_mib() < 300, "{} MiB", node.peak_mib());
    assert!(node.connect().works() && node.panics().is_empty());
}

fn group_setting(group: &str) -> incremental_alter_configs_request::AlterConfigsResource {
    let config = incremental_alter_configs_request::AlterableConfig {
        name: name("consumer.session.timeout.ms"),
        value: Some(name("50000")),
        ..Default::default()
    };
    incremental_alter_configs_request::AlterConfigsResource {
        resource_type: 32,
        resource_name: name(group),
        configs: vec![config],
        ..Default::default()
    }
}

#[test]
fn a_change_too_large_to_be_written_at_once_is_refused_and_the_controller_goes_on() {
    let mut node = Node::start("too-large");
    let mut client = node.connect();
    let long = |at: usize| group_setting(&format!("{at:030000}"));
    let request = IncrementalAlterConfigsRequest {
        resources: (0..300).map(long).collect(),
        ..Default::default()
    };
    let answer = client.ask(&request, 1).responses;
    // RECORD_LIST_TOO_LARGE
    assert_eq!((answer.len(), answer[0].error_code, answer[299].error_code), (300, 18, 18));
    client.create("t");
    assert!(node.is_running() && node.panics().is_empty());
}

#[test]
fn a_request_that_names_more_than_a_node_can_hold_ends_its_own_connection_only() {
    let node = Node::start("too-many");
    let mut other = node.connect();
    let topic = describe_producers_request::TopicRequest {
        name: name("t"),
        partition_indexes: vec![0; 16_000_000],
        ..Default::default()
    };
    let request = DescribeProducersRequest { topics: vec![topic], ..Default::default() };
    let mut client = node.connect();
    client.request(&request, 0, 1);
    assert!(client.receive().is_none());
    assert!(other.works());
    assert!(node.peak_mib() < 300, "{} MiB", node.peak_mib());
}

#[test]
fn a_resource_that_is_named_twice_is_not_changed() {
    let node = Node::start("twice");
    let mut client = node.connect();
    let broker = |value: &str| {
        let mut resource = group_setting("1");
        resource.resource_type = 4;
        resource.configs[0].name = name("log.cleaner.threads");
        resource.configs[0].value = Some(name(value));
        resource
    };
    let request = IncrementalAlterConfigsRequest {
        resources: vec![broker("none"), broker("2"), group_setting("g")],
        ..Default::default()
    };
    let codes = |answer: IncrementalAlterConfigsResponse| {
        answer.responses.iter().map(|one| one.error_code).collect::<Vec<i16>>()
    };
    // INVALID_REQUEST, for each mention.
    assert_eq!(codes(client.ask(&request, 1)), [42, 42, 0]);
    let request = IncrementalAlterConfigsRequest {
        resources: vec![broker("2"); 100_000],
        ..Default::default()
    };
    assert_eq!(codes(client.ask(&request, 1)), vec![42; 100_000]);
    assert!(node.peak_mib() < 300, "{} MiB", node.peak_mib());
}
