//! What a node's controller listener serves, and what only its broker listener does.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use base::config::ServerConfig;
use base::config::server::Given;
use base::{ErrorCode, Str, Uuid};
use broker::Server;
use bytes::Bytes;
use protocol::ApiKey;
use protocol::frame::{decode_response, encode_request};
use protocol::messages::alter_client_quotas_request::{EntityData, EntryData, OpData};
use protocol::messages::describe_client_quotas_request::ComponentData;
use protocol::messages::*;

fn ask<R: ApiRequest>(port: u16, request: &R, version: i16) -> R::Response {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the node listens");
    let encoded = encode_request(request, version, 7, Some(&Str::from("test")));
    for segment in encoded.expect("the version has every field").segments() {
        let protocol::Segment::Bytes(bytes) = segment else { panic!("no request has files") };
        stream.write_all(&bytes).expect("the connection takes a request");
    }
    let mut length = [0; 4];
    stream.read_exact(&mut length).expect("the request is answered");
    let mut frame = vec![0; i32::from_be_bytes(length) as usize];
    stream.read_exact(&mut frame).expect("the answer is whole");
    decode_response::<R>(Bytes::from(frame), version).expect("the answer can be read").1
}

fn serves(port: u16, key: ApiKey) -> bool {
    let response = ask(port, &ApiVersionsRequest::default(), 0);
    response.api_keys.iter().any(|range| range.api_key == key as i16)
}

fn described(port: u16, endpoint_type: i8) -> DescribeClusterResponse {
    ask(port, &DescribeClusterRequest { endpoint_type, ..Default::default() }, 1)
}

/// A node in a directory of its own.
fn start(name: &str) -> (Server, PathBuf) {
    let dir = std::env::temp_dir().join(format!("vltava-{name}-{}", std::process::id()));
    let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let settings = [
        set("log.dirs", dir.to_str().expect("the directory has a readable name")),
        set("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0"),
    ];
    let given = Given { file: None, environment: &[], settings: &settings };
    let config = ServerConfig::load(&given).expect("the settings go together").config;
    let server = Server::start(config, Arc::new(io::RealEnv::new())).expect("the node starts");
    (server, dir)
}

#[test]
fn each_side_of_a_node_serves_what_is_its_own() {
    let (server, dir) = start("sides");
    let broker = server.advertised()[0].port;
    let controller = server.advertised_controllers()[0].port;

    assert!(serves(broker, ApiKey::Produce) && !serves(controller, ApiKey::Produce));
    assert!(!serves(broker, ApiKey::BrokerRegistration));
    assert!(serves(controller, ApiKey::BrokerRegistration));
    assert!(serves(broker, ApiKey::CreateTopics) && serves(controller, ApiKey::CreateTopics));

    let brokers = described(broker, 1);
    assert_eq!((brokers.error_code, brokers.brokers[0].port), (0, i32::from(broker)));
    let controllers = described(controller, 2);
    assert_eq!((controllers.error_code, controllers.endpoint_type), (0, 2));
    assert_eq!(controllers.brokers[0].port, i32::from(controller));
    for (port, other) in [(broker, 2), (controller, 1)] {
        assert_eq!(described(port, other).error_code, ErrorCode::MismatchedEndpointType.code());
    }

    // A broker of another cluster is sent away.
    let stranger = BrokerRegistrationRequest {
        broker_id: 100,
        cluster_id: Str::from("another"),
        incarnation_id: Uuid([7; 16]),
        ..Default::default()
    };
    let refused = ask(controller, &stranger, 4).error_code;
    assert_eq!(refused, ErrorCode::InconsistentClusterId.code());

    server.stop();
    let _ = std::fs::remove_dir_all(&dir);
}

#[test]
fn a_second_process_cannot_register_as_the_broker_that_runs() {
    let (server, dir) = start("namesake");
    let broker = server.advertised()[0].port;
    let controller = server.advertised_controllers()[0].port;
    let cluster = described(broker, 1);
    let namesake = BrokerRegistrationRequest {
        broker_id: cluster.brokers[0].broker_id,
        cluster_id: cluster.cluster_id,
        incarnation_id: Uuid([7; 16]),
        log_dirs: vec![Uuid([8; 16])],
        ..Default::default()
    };
    let refused = ask(controller, &namesake, 4).error_code;
    assert_eq!(refused, ErrorCode::DuplicateBrokerRegistration.code());
    // Fenced, it would be missing.
    assert_eq!(described(broker, 1).brokers.len(), 1);
    server.stop();
    let _ = std::fs::remove_dir_all(&dir);
}

fn quota(kind: &str, name: Option<&str>, key: &str, value: f64) -> EntryData {
    let entity = EntityData {
        entity_type: Str::from(kind),
        entity_name: name.map(Str::from),
        ..Default::default()
    };
    let op = OpData { key: Str::from(key), value, ..Default::default() };
    EntryData { entity: vec![entity], ops: vec![op], ..Default::default() }
}

/// The values of what a filter finds, and the code of the whole.
fn quotas(port: u16, filter: &[(&str, i8, Option<&str>)]) -> (ErrorCode, Vec<f64>) {
    let component = |(kind, match_type, name): &(&str, i8, Option<&str>)| ComponentData {
        entity_type: Str::from(*kind),
        match_type: *match_type,
        r#match: name.map(Str::from),
        ..Default::default()
    };
    let components = filter.iter().map(component).collect();
    let request = DescribeClientQuotasRequest { components, strict: true, ..Default::default() };
    let response = ask(port, &request, 1);
    let entries = response.entries.unwrap_or_default();
    let values = entries.iter().flat_map(|entry| &entry.values).map(|value| value.value).collect();
    (ErrorCode::from_code(response.error_code), values)
}

#[test]
fn quotas_set_on_either_side_are_found_by_name_by_default_and_by_type() {
    let (server, dir) = start("quotas");
    let broker = server.advertised()[0].port;
    let controller = server.advertised_controllers()[0].port;
    let entries = vec![
        quota("user", Some("bob"), "producer_byte_rate", 1.0),
        quota("user", None, "producer_byte_rate", 2.0),
        quota("ip", Some("127.0.0.1"), "connection_creation_rate", 3.0),
        quota("ip", Some("no such host"), "connection_creation_rate", 4.0),
    ];
    let request = AlterClientQuotasRequest { entries, ..Default::default() };
    let codes: Vec<i16> =
        ask(broker, &request, 1).entries.iter().map(|entry| entry.error_code).collect();
    assert_eq!(codes, [0, 0, 0, ErrorCode::InvalidRequest.code()]);
    let entries = vec![quota("user", Some("eve"), "producer_byte_rate", 5.0)];
    let request = AlterClientQuotasRequest { entries, ..Default::default() };
    assert_eq!(ask(controller, &request, 1).entries[0].error_code, 0);

    assert_eq!(quotas(broker, &[("user", 0, Some("bob"))]), (ErrorCode::None, vec![1.0]));
    assert_eq!(quotas(broker, &[("user", 1, None)]), (ErrorCode::None, vec![2.0]));
    assert_eq!(quotas(broker, &[("user", 2, None)]), (ErrorCode::None, vec![2.0, 1.0, 5.0]));
    assert_eq!(quotas(broker, &[("ip", 2, None)]), (ErrorCode::None, vec![3.0]));
    let both = [("user", 0, Some("bob")), ("client-id", 2, None)];
    assert_eq!(quotas(broker, &both), (ErrorCode::None, vec![]));
    for nonsense in [("user", 0, None), ("user", 1, Some("bob")), ("user", 3, None), ("", 2, None)]
    {
        assert_eq!(quotas(broker, &[nonsense]).0, ErrorCode::InvalidRequest);
    }
    assert_eq!(quotas(broker, &[("group", 2, None)]).0, ErrorCode::UnsupportedVersion);

    server.stop();
    let _ = std::fs::remove_dir_all(&dir);
}
