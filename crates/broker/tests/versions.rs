//! Every version that a node advertises is answered, and the answer can be read.
//!
//! A response whose field does not exist in the version of its request cannot be encoded, and all
//! that a client then sees is a closed connection. So each API is asked in each version, with a
//! request that makes its response as rich as it gets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use base::config::ServerConfig;
use base::config::server::Given;
use base::{ErrorCode, Str};
use broker::Server;
use bytes::Bytes;
use protocol::ApiKey;
use protocol::frame::{decode_response, encode_request};
use protocol::messages::*;

/// A node of its own, in a directory of its own, on a port that was free.
struct Node {
    server: Option<Server>,
    dir: PathBuf,
}

impl Node {
    fn start(name: &str) -> Node {
        let dir = std::env::temp_dir().join(format!("vltava-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let settings = [
            set("log.dirs", dir.to_str().expect("the directory has a readable name")),
            set("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0"),
        ];
        let given = Given { file: None, environment: &[], settings: &settings };
        let config = ServerConfig::load(&given).expect("the settings go together").config;
        let server = Server::start(config, Arc::new(io::RealEnv::new())).expect("the node starts");
        Node { server: Some(server), dir }
    }

    fn connect(&self) -> Client {
        let server = self.server.as_ref().expect("the node runs");
        let stream = TcpStream::connect(("127.0.0.1", server.advertised()[0].port));
        Client { stream: stream.expect("the node listens") }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

struct Client {
    stream: TcpStream,
}

impl Client {
    fn ask<R: ApiRequest>(&mut self, request: &R, version: i16) -> R::Response {
        let what = format!("{} {version}", R::KEY.name());
        let encoded = encode_request(request, version, 7, Some(&Str::from("test")));
        let encoded = encoded.unwrap_or_else(|error| panic!("{what}: {error}"));
        for segment in encoded.segments() {
            let protocol::Segment::Bytes(bytes) = segment else { panic!("{what} has no file") };
            self.stream.write_all(&bytes).expect("the connection takes a request");
        }
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap_or_else(|error| panic!("{what}: {error}"));
        let mut frame = vec![0; i32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame).unwrap_or_else(|error| panic!("{what}: {error}"));
        let answer = decode_response::<R>(Bytes::from(frame), version);
        let (correlation_id, response) = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(correlation_id, 7, "{what}");
        response
    }
}

fn topic() -> Str {
    Str::from("orders")
}

fn create(client: &mut Client) {
    let request = CreateTopicsRequest {
        topics: vec![create_topics_request::CreatableTopic {
            name: topic(),
            num_partitions: 3,
            replication_factor: 1,
            ..Default::default()
        }],
        ..Default::default()
    };
    assert_eq!(client.ask(&request, 7).topics[0].error_code, 0);
}

/// Asks one API in every version that the node advertises.
fn in_every_version<R: ApiRequest>(
    client: &mut Client,
    advertised: &ApiVersionsResponse,
    request: impl Fn(i16) -> R,
    check: impl Fn(i16, R::Response),
) {
    let range = advertised.api_keys.iter().find(|range| range.api_key == R::KEY as i16);
    let range = range.unwrap_or_else(|| panic!("{} is advertised", R::KEY.name()));
    for version in range.min_version..=range.max_version {
        check(version, client.ask(&request(version), version));
    }
}

#[test]
fn every_advertised_version_of_an_admin_request_is_answered() {
    let node = Node::start("versions");
    let client = &mut node.connect();
    let advertised = client.ask(&ApiVersionsRequest::default(), 0);
    create(client);

    in_every_version(
        client,
        &advertised,
        |version| MetadataRequest {
            topics: Some(vec![metadata_request::MetadataRequestTopic {
                name: Some(topic()),
                ..Default::default()
            }]),
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: (8..=10).contains(&version),
            include_topic_authorized_operations: version >= 8,
            ..Default::default()
        },
        |version, response| {
            assert_eq!(response.brokers.len(), 1);
            assert_eq!(response.topics[0].partitions.len(), 3);
            let asked = if (8..=10).contains(&version) { 8096 } else { i32::MIN };
            assert_eq!(response.cluster_authorized_operations, asked);
        },
    );
    in_every_version(
        client,
        &advertised,
        |_| ListOffsetsRequest {
            replica_id: -1,
            topics: vec![list_offsets_request::ListOffsetsTopic {
                name: topic(),
                partitions: vec![list_offsets_request::ListOffsetsPartition {
                    timestamp: -1,
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        },
        |version, response| {
            let partition = &response.topics[0].partitions[0];
            assert_eq!(partition.error_code, 0);
            match version {
                0 => assert_eq!(partition.old_style_offsets, [0]),
                _ => assert_eq!(partition.offset, 0),
            }
        },
    );
    in_every_version(
        client,
        &advertised,
        |_| OffsetForLeaderEpochRequest {
            topics: vec![offset_for_leader_epoch_request::OffsetForLeaderTopic {
                topic: topic(),
                partitions: vec![Default::default()],
                ..Default::default()
            }],
            ..Default::default()
        },
        |_, response| assert_eq!(response.topics[0].partitions[0].end_offset, 0),
    );
    in_every_version(
        client,
        &advertised,
        |version| DescribeConfigsRequest {
            resources: vec![describe_configs_request::DescribeConfigsResource {
                resource_type: 2,
                resource_name: topic(),
                configuration_keys: None,
                ..Default::default()
            }],
            include_synonyms: version >= 1,
            include_documentation: version >= 3,
            ..Default::default()
        },
        |_, response| assert!(response.results[0].configs.len() > 30),
    );
    in_every_version(
        client,
        &advertised,
        |_| DescribeLogDirsRequest { topics: None, ..Default::default() },
        |_, response| assert_eq!(response.results[0].topics[0].partitions.len(), 3),
    );
    in_every_version(
        client,
        &advertised,
        |_| DescribeQuorumRequest {
            topics: vec![describe_quorum_request::TopicData {
                topic_name: Str::from("__cluster_metadata"),
                partitions: vec![Default::default()],
                ..Default::default()
            }],
            ..Default::default()
        },
        |_, response| assert_eq!(response.topics[0].partitions[0].current_voters.len(), 1),
    );
    in_every_version(
        client,
        &advertised,
        |_| DescribeClusterRequest {
            include_cluster_authorized_operations: true,
            ..Default::default()
        },
        |_, response| assert_eq!(response.brokers.len(), 1),
    );
    in_every_version(
        client,
        &advertised,
        |_| ListConfigResourcesRequest::default(),
        |_, response| assert_eq!(response.error_code, 0),
    );
    in_every_version(
        client,
        &advertised,
        |_| DescribeTopicPartitionsRequest::default(),
        |_, response| assert_eq!(response.topics[0].partitions.len(), 3),
    );
    in_every_version(
        client,
        &advertised,
        |_| DescribeProducersRequest {
            topics: vec![describe_producers_request::TopicRequest {
                name: topic(),
                partition_indexes: vec![0, 9],
                ..Default::default()
            }],
            ..Default::default()
        },
        |_, response| {
            let codes = response.topics[0].partitions.iter().map(|answer| answer.error_code);
            assert_eq!(codes.collect::<Vec<_>>(), [0, 3]);
        },
    );
    in_every_version(
        client,
        &advertised,
        |_| ListPartitionReassignmentsRequest::default(),
        |_, response| assert_eq!(response.error_code, 0),
    );
    in_every_version(
        client,
        &advertised,
        |version| ElectLeadersRequest {
            election_type: 0,
            topic_partitions: Some(vec![elect_leaders_request::TopicPartitions {
                topic: topic(),
                partitions: vec![i32::from(version % 2)],
                ..Default::default()
            }]),
            ..Default::default()
        },
        |_, response| {
            let elected = &response.replica_election_results[0].partition_result[0];
            assert_eq!(elected.error_code, ErrorCode::ElectionNotNeeded.code());
        },
    );
    in_every_version(
        client,
        &advertised,
        |_| AlterConfigsRequest {
            resources: vec![alter_configs_request::AlterConfigsResource {
                resource_type: 2,
                resource_name: topic(),
                configs: vec![alter_configs_request::AlterableConfig {
                    name: Str::from("retention.ms"),
                    value: Some(Str::from("1000")),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        },
        |_, response| assert_eq!(response.responses[0].error_code, 0),
    );
    in_every_version(
        client,
        &advertised,
        |_| IncrementalAlterConfigsRequest {
            resources: vec![incremental_alter_configs_request::AlterConfigsResource {
                resource_type: 4,
                resource_name: Str::EMPTY,
                configs: vec![incremental_alter_configs_request::AlterableConfig {
                    name: Str::from("log.retention.ms"),
                    value: Some(Str::from("1000")),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        },
        |_, response| assert_eq!(response.responses[0].error_code, 0),
    );
    in_every_version(
        client,
        &advertised,
        |version| CreatePartitionsRequest {
            topics: vec![create_partitions_request::CreatePartitionsTopic {
                name: topic(),
                count: 4 + i32::from(version),
                assignments: None,
                ..Default::default()
            }],
            timeout_ms: 1000,
            ..Default::default()
        },
        |_, response| assert_eq!(response.results[0].error_code, 0),
    );
    in_every_version(
        client,
        &advertised,
        |_| DeleteRecordsRequest {
            topics: vec![delete_records_request::DeleteRecordsTopic {
                name: topic(),
                partitions: vec![delete_records_request::DeleteRecordsPartition {
                    offset: 1,
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        },
        |_, response| {
            let code = response.topics[0].partitions[0].error_code;
            assert_eq!(code, ErrorCode::OffsetOutOfRange.code());
        },
    );
    in_every_version(
        client,
        &advertised,
        |_| UpdateFeaturesRequest {
            feature_updates: vec![update_features_request::FeatureUpdateKey {
                feature: Str::from("no.such.feature"),
                max_version_level: 1,
                upgrade_type: 1,
                ..Default::default()
            }],
            ..Default::default()
        },
        |_, response| {
            let result = response.results.first().map_or(0, |result| result.error_code);
            assert_ne!((response.error_code, result), (0, 0));
        },
    );
    in_every_version(
        client,
        &advertised,
        |version| CreateTopicsRequest {
            topics: vec![create_topics_request::CreatableTopic {
                name: Str::from(format!("created-{version}")),
                num_partitions: 1,
                replication_factor: 1,
                configs: vec![create_topics_request::CreatableTopicConfig {
                    name: Str::from("retention.ms"),
                    value: Some(Str::from("5")),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        },
        |_, response| assert_eq!(response.topics[0].error_code, 0),
    );
    in_every_version(
        client,
        &advertised,
        |version| {
            let name = Str::from(format!("created-{}", version.min(7)));
            let mut request = DeleteTopicsRequest { timeout_ms: 1000, ..Default::default() };
            match version {
                ..6 => request.topic_names = vec![name],
                _ => {
                    request.topics = vec![delete_topics_request::DeleteTopicState {
                        name: Some(name),
                        ..Default::default()
                    }];
                }
            }
            request
        },
        |_, response| assert_eq!(response.responses[0].error_code, 0),
    );
    assert!(advertised.api_keys.iter().any(|range| range.api_key == ApiKey::Produce as i16));
}

#[test]
fn what_does_not_exist_is_told_apart_by_its_code() {
    let node = Node::start("codes");
    let client = &mut node.connect();
    create(client);
    let id = base::Uuid::from_halves(7, 7);
    let ask = |topics| MetadataRequest { topics: Some(topics), ..Default::default() };
    let named = |name: &str| metadata_request::MetadataRequestTopic {
        name: Some(Str::from(name)),
        ..Default::default()
    };
    let by_id =
        metadata_request::MetadataRequestTopic { topic_id: id, name: None, ..Default::default() };
    let mut request = ask(vec![named("nowhere"), named("a/b"), named("nowhere")]);
    request.allow_auto_topic_creation = false;
    let codes = |response: MetadataResponse| {
        response.topics.iter().map(|topic| topic.error_code).collect::<Vec<_>>()
    };
    let unknown = ErrorCode::UnknownTopicOrPartition.code();
    let invalid = ErrorCode::InvalidTopicException.code();
    assert_eq!(codes(client.ask(&request, 12)), [unknown, invalid]);
    let answer = client.ask(&ask(vec![by_id]), 12);
    assert_eq!((answer.topics[0].name.clone(), answer.topics[0].topic_id), (None, id));
    assert_eq!(codes(answer), [ErrorCode::UnknownTopicId.code()]);
    // A topic that may be created is there when the answer comes.
    let answer = client.ask(&ask(vec![named("made")]), 4);
    assert_eq!((answer.topics[0].error_code, answer.topics[0].partitions.len()), (0, 1));
}

#[test]
fn offsets_are_looked_up_by_place_by_version_and_once() {
    let node = Node::start("offsets");
    let client = &mut node.connect();
    create(client);
    let partition = |index, timestamp, epoch| list_offsets_request::ListOffsetsPartition {
        partition_index: index,
        timestamp,
        current_leader_epoch: epoch,
        ..Default::default()
    };
    let mut codes = |version, partitions: Vec<list_offsets_request::ListOffsetsPartition>| {
        let topics = vec![list_offsets_request::ListOffsetsTopic {
            name: topic(),
            partitions,
            ..Default::default()
        }];
        let request = ListOffsetsRequest { replica_id: -1, topics, ..Default::default() };
        let response = client.ask(&request, version);
        response.topics[0].partitions.iter().map(|answer| answer.error_code).collect::<Vec<_>>()
    };
    let unsupported = ErrorCode::UnsupportedVersion.code();
    let special = || vec![partition(0, -3, -1), partition(1, -4, -1), partition(2, -7, -1)];
    assert_eq!(codes(6, special()), [unsupported; 3]);
    assert_eq!(codes(7, special()), [0, unsupported, unsupported]);
    assert_eq!(codes(11, special()), [0, 0, unsupported]);
    let twice = vec![partition(0, -1, -1), partition(0, -2, -1)];
    assert_eq!(codes(11, twice), [ErrorCode::InvalidRequest.code()]);
    let epochs = vec![partition(0, -1, 0), partition(1, -1, 5), partition(9, -1, -1)];
    let unknown_epoch = ErrorCode::UnknownLeaderEpoch.code();
    let unknown = ErrorCode::UnknownTopicOrPartition.code();
    assert_eq!(codes(11, epochs), [0, unknown_epoch, unknown]);
}

#[test]
fn configurations_are_checked_by_whom_they_concern() {
    let node = Node::start("configs");
    let client = &mut node.connect();
    create(client);
    let resource = |kind, name: &str, key: &str, value: &str| {
        incremental_alter_configs_request::AlterConfigsResource {
            resource_type: kind,
            resource_name: Str::from(name),
            configs: vec![incremental_alter_configs_request::AlterableConfig {
                name: Str::from(key),
                value: Some(Str::from(value)),
                ..Default::default()
            }],
            ..Default::default()
        }
    };
    let me = client.ask(&DescribeClusterRequest::default(), 0).brokers[0].broker_id.to_string();
    let request = IncrementalAlterConfigsRequest {
        resources: vec![
            resource(2, "orders", "retention.ms", "no number"),
            resource(8, &me, "root", "DEBUG"),
            resource(4, "77", "log.retention.ms", "5"),
            resource(32, "group", "consumer.session.timeout.ms", "1"),
            resource(16, "metrics", "interval.ms", "1"),
            resource(2, "orders-2", "retention.ms", "5"),
            resource(99, "", "a", "b"),
        ],
        ..Default::default()
    };
    let answer = client.ask(&request, 1);
    let names: Vec<&str> = answer.responses.iter().map(|r| r.resource_name.as_str()).collect();
    assert_eq!(names, ["orders", &me, "77", "group", "metrics", "orders-2", ""]);
    let codes: Vec<i16> = answer.responses.iter().map(|answer| answer.error_code).collect();
    let (config, request) = (ErrorCode::InvalidConfig, ErrorCode::InvalidRequest);
    let unknown = ErrorCode::UnknownTopicOrPartition;
    let wanted = [config, ErrorCode::None, request, config, request, unknown, request];
    assert_eq!(codes, wanted.map(ErrorCode::code));
}
