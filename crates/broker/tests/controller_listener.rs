//! What a node's controller listener serves, and what only its broker listener does.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base::config::ServerConfig;
use base::config::server::Given;
use base::{ErrorCode, Str, Uuid};
use broker::Server;
use bytes::Bytes;
use protocol::ApiKey;
use protocol::frame::{decode_response, encode_request};
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

#[test]
fn each_side_of_a_node_serves_what_is_its_own() {
    let dir = std::env::temp_dir().join(format!("vltava-sides-{}", std::process::id()));
    let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let settings = [
        set("log.dirs", dir.to_str().expect("the directory has a readable name")),
        set("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0"),
    ];
    let given = Given { file: None, environment: &[], settings: &settings };
    let config = ServerConfig::load(&given).expect("the settings go together").config;
    let server = Server::start(config, Arc::new(io::RealEnv::new())).expect("the node starts");
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
