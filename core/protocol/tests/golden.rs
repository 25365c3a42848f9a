//! Bytes known by hand, and the rules of the wire that are easy to get wrong.

mod support;

use base::{Str, Uuid};
use bytes::Bytes;
use protocol::frame::{RequestHeader, decode_response, encode_request, encode_response};
use protocol::messages::*;
use protocol::record_types::group::{
    ConsumerGroupMemberMetadataValue, GroupKey, GroupValue, OffsetCommitKey, OffsetCommitValue,
};
use protocol::record_types::metadata::{MetadataRecord, TopicRecord};
use protocol::wire::from_bytes;
use protocol::*;
use support::{hex, unhex};

fn text(text: &'static str) -> Str {
    Str::from_static(text)
}

fn encoded(message: &impl TopLevel, version: i16) -> String {
    let encoded = protocol::wire::to_encoded(message, version).unwrap();
    hex(&encoded.into_contiguous().unwrap())
}

fn decoded<M: TopLevel>(version: i16, text: &str) -> Result<M, DecodeError> {
    from_bytes(Bytes::from(unhex(text)), version)
}

#[test]
fn the_client_id_of_a_flexible_header_is_not_compact() {
    let request = ApiVersionsRequest {
        client_software_name: text("x"),
        client_software_version: text("1"),
        ..Default::default()
    };
    let frame = encode_request(&request, 3, 7, Some(&text("abc"))).unwrap();
    let expected = "00000013 0012 0003 00000007 0003616263 00 0278 0231 00";
    let frame = frame.into_contiguous().unwrap();
    assert_eq!(hex(&frame), expected.replace(' ', ""));

    let mut reader = Reader::new(frame.slice(4..));
    let header = RequestHeader::decode(&mut reader).unwrap();
    assert_eq!((header.api_key, header.api_version, header.correlation_id), (18, 3, 7));
    assert_eq!(header.client_id.as_deref(), Some("abc"));
    let again = Request::decode(ApiKey::ApiVersions, 3, &mut reader).unwrap();
    assert_eq!(again, Request::ApiVersions(request));
}

#[test]
fn the_header_of_an_api_versions_response_never_has_tags() {
    let response = ApiVersionsResponse { error_code: 35, ..Default::default() };
    let frame = encode_response(&response.into(), 3, 7).unwrap().into_contiguous().unwrap();
    assert_eq!(hex(&frame), "0000000c 00000007 0023 01 00000000 00".replace(' ', ""));
    let (correlation_id, response) =
        decode_response::<ApiVersionsRequest>(frame.slice(4..), 3).unwrap();
    assert_eq!((correlation_id, response.error_code), (7, 35));

    let response = HeartbeatResponse::default();
    let frame = encode_response(&response.into(), 4, 7).unwrap().into_contiguous().unwrap();
    assert_eq!(hex(&frame), "0000000c 00000007 00 00000000 0000 00".replace(' ', ""));
}

#[test]
fn header_versions_hold_for_versions_from_the_future() {
    assert_eq!(ApiKey::ApiVersions.request_header_version(99), 2);
    assert_eq!(ApiKey::ApiVersions.request_header_version(2), 1);
    assert_eq!(ApiKey::ApiVersions.response_header_version(99), 0);
    assert_eq!(ApiKey::SaslHandshake.request_header_version(1), 1);
    assert_eq!(ApiKey::OffsetDelete.request_header_version(0), 1);
    assert_eq!(ApiKey::Produce.request_header_version(8), 1);
    assert_eq!(ApiKey::Produce.response_header_version(9), 1);
}

#[test]
fn ranges_are_those_of_kafka_4_3() {
    assert_eq!(ApiKey::ALL.len(), 89);
    assert_eq!(ApiKey::Produce.stable_versions(), 3..=13);
    assert_eq!(ApiKey::Produce.legacy_min(), 0);
    assert_eq!(ApiKey::Fetch.stable_versions(), 4..=18);
    assert_eq!(ApiKey::ListOffsets.stable_versions(), 1..=11);
    assert_eq!(ApiKey::InitProducerId.stable_versions(), 0..=5);
    assert_eq!(ApiKey::InitProducerId.unstable_versions(), Some(6..=6));
    assert_eq!(ApiKey::InitProducerId.newest_version(), 6);
    assert_eq!(ApiKey::ShareFetch.legacy_min(), 1);
    assert!(ApiKey::Fetch.is_on_controller_listener() && ApiKey::Fetch.is_on_broker_listener());
    assert!(!ApiKey::Vote.is_on_broker_listener() && !ApiKey::Produce.is_on_controller_listener());
    for &key in ApiKey::ALL {
        assert_eq!(ApiKey::from_code(key as i16), Some(key));
    }
    for removed in [4, 5, 6, 7, -1, 93, 1000] {
        assert_eq!(ApiKey::from_code(removed), None);
    }
}

#[test]
fn all_topics_are_an_empty_list_in_version_0_and_null_later() {
    let all = MetadataRequest { topics: None, ..Default::default() };
    let none = MetadataRequest { topics: Some(vec![]), ..Default::default() };
    assert_eq!(encoded(&none, 0), "00000000");
    assert_eq!(encoded(&all, 1), "ffffffff");
    assert_eq!(encoded(&all, 9), "0001000000");
    assert_eq!(
        protocol::wire::to_encoded(&all, 0),
        Err(EncodeError::Null { field: "Topics", version: 0 })
    );
    assert_eq!(decoded::<MetadataRequest>(0, "ffffffff"), Err(DecodeError::Null { at: 0 }));
}

#[test]
fn tagged_fields_go_out_in_tag_order_among_those_that_nobody_knows() {
    let mut leader = produce_response::LeaderIdAndEpoch { leader_id: 2, ..Default::default() };
    leader.unknown_tags.insert(5, Bytes::from_static(b"five"));
    let mut partition =
        produce_response::PartitionProduceResponse { current_leader: leader, ..Default::default() };
    partition.unknown_tags.insert(300, Bytes::from_static(b"\x2a"));
    partition.unknown_tags.insert(1, Bytes::new());
    let bytes = encoded_partition(&partition);
    let tags = "03  00 0f 00000002 ffffffff 01 05 04 66697665  01 00  ac02 01 2a";
    assert!(bytes.ends_with(&tags.replace(' ', "")), "{bytes}");
    let plain = produce_response::PartitionProduceResponse::default();
    assert!(encoded_partition(&plain).ends_with("0100 00".replace(' ', "").as_str()));
}

fn encoded_partition(partition: &produce_response::PartitionProduceResponse) -> String {
    let mut writer = Writer::new();
    partition.encode(&mut writer, 10).unwrap();
    let bytes = writer.finish().into_contiguous().unwrap();
    assert_eq!(bytes.len(), partition.size(10));
    let again = Message::decode(&mut Reader::new(bytes.clone()), 10);
    assert_eq!(again.as_ref(), Ok(partition));
    hex(&bytes)
}

#[test]
fn a_nullable_structure_has_another_mark_when_it_is_tagged() {
    let response = ConsumerGroupHeartbeatResponse::default();
    assert_eq!(response.assignment, None);
    assert!(encoded(&response, 0).ends_with("ff00"));

    // The default is an empty structure, so that null must be said: one byte, zero.
    let member = ConsumerGroupMemberMetadataValue::default();
    assert!(encoded(&member, 0).ends_with("00"));
    let null = ConsumerGroupMemberMetadataValue { classic_member_metadata: None, ..member };
    assert!(encoded(&null, 0).ends_with("01 00 01 00".replace(' ', "").as_str()));
}

#[test]
fn records_of_kafkas_own_topics_are_framed_as_kafka_frames_them() {
    let topic =
        TopicRecord { name: text("t"), topic_id: Uuid::from_halves(1, 2), ..Default::default() };
    let record = MetadataRecord::from(topic);
    let bytes = record.encode(0).unwrap();
    let expected = "01 02 00 0274 0000000000000001 0000000000000002 00";
    assert_eq!(hex(&bytes), expected.replace(' ', ""));
    assert_eq!(MetadataRecord::decode(bytes.clone()), Ok((record, 0)));
    assert_eq!(
        MetadataRecord::decode(Bytes::from([&bytes[..], &[9]].concat())),
        Err(DecodeError::TrailingBytes { at: 19, remaining: 1 })
    );
    let old = MetadataRecord::decode(Bytes::from_static(&[0, 2, 0]));
    assert_eq!(old, Err(DecodeError::UnknownFrame { version: 0 }));
    let unknown = MetadataRecord::decode(Bytes::from_static(&[1, 6, 0]));
    assert_eq!(unknown, Err(DecodeError::UnknownRecord { kind: 6 }));

    let key = OffsetCommitKey { group: text("g"), topic: text("t"), partition: 3 };
    let key = GroupKey::from(key);
    let bytes = key.encode().unwrap();
    assert_eq!(hex(&bytes), "0001 000167 000174 00000003".replace(' ', ""));
    assert_eq!(GroupKey::decode(bytes), Ok(key));

    let value = GroupValue::from(OffsetCommitValue { offset: 9, ..Default::default() });
    let bytes = value.encode(3).unwrap();
    assert_eq!(
        hex(&bytes),
        "0003 0000000000000009 ffffffff 0000 0000000000000000".replace(' ', "")
    );
    assert_eq!(GroupValue::decode(1, bytes), Ok((value, 3)));
}

fn fetch_response(records: Vec<Option<Payload>>) -> FetchResponse {
    let partition = |records| fetch_response::PartitionData { records, ..Default::default() };
    let topic = fetch_response::FetchableTopicResponse {
        topic: text("t"),
        partitions: records.into_iter().map(partition).collect(),
        ..Default::default()
    };
    FetchResponse { responses: vec![topic], ..Default::default() }
}

#[test]
fn large_and_external_payloads_are_segments_of_their_own() {
    let large = Bytes::from(vec![7; Payload::COPIED_BYTES + 1]);
    let response = fetch_response(vec![
        Some(Payload::Bytes(Bytes::from_static(b"small"))),
        Some(Payload::Bytes(large.clone())),
        None,
        Some(Payload::External { slot: 4, length: 1 << 20 }),
        Some(Payload::External { slot: 5, length: 0 }),
    ]);
    for version in [4, 11, 12, 18] {
        let frame = encode_response(&response.clone().into(), version, 1).unwrap();
        let segments: Vec<Segment> = frame.segments().collect();
        let [
            Segment::Bytes(head),
            Segment::Bytes(middle),
            Segment::Bytes(_),
            external,
            Segment::Bytes(_),
        ] = &segments[..]
        else {
            panic!("{segments:?}");
        };
        assert_eq!(middle.as_ptr(), large.as_ptr(), "nothing is copied");
        assert_eq!(*external, Segment::External { slot: 4, length: 1 << 20 });
        let length = |segment: &Segment| match segment {
            Segment::Bytes(bytes) => bytes.len(),
            Segment::External { length, .. } => *length as usize,
        };
        let total: usize = segments.iter().map(length).sum();
        assert_eq!(total, frame.len());
        assert_eq!(head[..4], ((total - 4) as u32).to_be_bytes());
        assert_eq!(frame.into_contiguous(), None, "only the shell has those bytes");
    }
}

#[test]
fn a_decoded_payload_is_a_slice_of_its_frame() {
    let records = Bytes::from(vec![1; 5000]);
    let response = fetch_response(vec![Some(Payload::Bytes(records.clone()))]);
    let frame = encode_response(&response.clone().into(), 12, 1).unwrap();
    let frame = frame.into_contiguous().unwrap();
    let (_, again) = decode_response::<FetchRequest>(frame.slice(4..), 12).unwrap();
    assert_eq!(again, response);
    let slice = again.responses[0].partitions[0].records.as_ref().and_then(Payload::bytes).unwrap();
    let within = frame.as_ptr() as usize..frame.as_ptr() as usize + frame.len();
    assert!(within.contains(&(slice.as_ptr() as usize)));
}

#[test]
fn seven_bytes_cannot_ask_for_gigabytes() {
    let lie = decoded::<MetadataRequest>(12, "ff ff ff ff 0f 00 00");
    assert_eq!(lie, Err(DecodeError::NegativeLength { at: 0, length: -1 }));
    let lie = decoded::<MetadataRequest>(12, "ff ff ff ff 07 00 00");
    assert!(matches!(lie, Err(DecodeError::CountTooLarge { at: 0, .. })), "{lie:?}");
    let lie = decoded::<MetadataRequest>(8, "7f ff ff ff 00 00");
    assert!(matches!(lie, Err(DecodeError::CountTooLarge { at: 0, .. })), "{lie:?}");
    let overlong = decoded::<MetadataRequest>(12, "80 80 80 80 80 00");
    assert_eq!(overlong, Err(DecodeError::VarintTooLong { at: 0 }));
    let overlong = decoded::<MetadataRequest>(12, "ff ff ff ff 1f");
    assert_eq!(overlong, Err(DecodeError::VarintTooLong { at: 0 }));
}

#[test]
fn a_frame_of_empty_elements_meets_its_memory_budget() {
    // Three million empty names would take some 170 MB in memory.
    let mut body = vec![0; 10_000_000];
    let count = 3_000_000u32;
    body[..4].copy_from_slice(&count.to_be_bytes());
    let refused = MetadataRequest::decode(&mut Reader::new(Bytes::from(body.clone())), 8);
    assert!(matches!(refused, Err(DecodeError::TooMuchMemory { at: 0, .. })), "{refused:?}");
    let trusted = Reader::with_budget(Bytes::from(body), usize::MAX);
    let topics = MetadataRequest::decode(&mut trusted.clone(), 8).unwrap().topics.unwrap();
    assert_eq!(topics.len(), count as usize);
}

#[test]
fn a_client_id_that_is_not_utf_8_is_repaired_and_not_refused() {
    let mut reader = Reader::new(Bytes::from(unhex("0012 0000 00000001 0003 61 e9 62")));
    let header = RequestHeader::decode(&mut reader).unwrap();
    assert_eq!(header.client_id.as_deref(), Some("a\u{fffd}b"));
}

#[test]
fn a_tag_of_another_version_and_a_text_that_is_too_long_are_errors() {
    // Tag 0 of a Produce response exists since version 10.
    let early = decoded::<ProduceResponse>(9, "01 00000000 01 00 01 01");
    assert!(matches!(early, Err(DecodeError::TagNotInVersion { tag: 0, version: 9, .. })));
    let long = HeartbeatRequest { group_id: Str::from("x".repeat(32_768)), ..Default::default() };
    assert_eq!(protocol::wire::to_encoded(&long, 4), Err(EncodeError::TooLong { length: 32_768 }));
    let mut bytes = unhex("81 80 02");
    bytes.extend([b'x'; 32_768]);
    let long = decoded::<HeartbeatRequest>(4, &hex(&bytes));
    assert_eq!(long, Err(DecodeError::StringTooLong { at: 0, length: 32_768 }));
}

#[test]
fn old_versions_that_kafka_4_dropped_have_their_own_fields() {
    let request = ListOffsetsRequest {
        replica_id: -1,
        topics: vec![list_offsets_request::ListOffsetsTopic {
            name: text("t"),
            partitions: vec![list_offsets_request::ListOffsetsPartition {
                partition_index: 1,
                timestamp: -1,
                max_num_offsets: 9,
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let expected = "ffffffff 00000001 000174 00000001 00000001 ffffffffffffffff 00000009";
    assert_eq!(encoded(&request, 0), expected.replace(' ', ""));
    let refused = protocol::wire::to_encoded(&request, 1);
    let lost = EncodeError::FieldNotInVersion { field: "MaxNumOffsets", version: 1 };
    assert_eq!(refused, Err(lost));
}
