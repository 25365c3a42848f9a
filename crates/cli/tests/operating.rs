//! What an operator turns and looks at on a running node: metrics, log levels, limits of connections, and
//! the workloads of `vltava bench` that put something into the metrics.

mod node;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use node::{Client, DEADLINE, Node};
use protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use protocol::messages::update_features_request::FeatureUpdateKey;
use protocol::messages::{
    ApiVersionsRequest, IncrementalAlterConfigsRequest, UpdateFeaturesRequest,
};

/// A port that nobody listens on now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn bench(node: &Node, arguments: &[&str]) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_vltava"))
        .arg("bench")
        .args(arguments)
        .args(["--json", "--bootstrap", &node.address])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} failed: {errors}");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

fn scrape(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// The value of a metric with its labels, as they stand in the text.
#[track_caller]
fn metric(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.unwrap_or_else(|| panic!("there is no {name} in:\n{text}"));
    value.trim().parse().unwrap()
}

#[test]
fn what_coordinators_do_shows_in_the_metrics() {
    let port = free_port();
    let node = Node::start_with(
        "coordinator-metrics",
        &[
            &format!("vltava.metrics.listener=127.0.0.1:{port}"),
            "group.initial.rebalance.delay.ms=0",
        ],
    );
    let said = bench(&node, &["commit", "--commits", "20", "--groups", "2", "--connections", "1"]);
    assert_eq!(said["commits"], 20);
    assert!(said["p99Ms"].as_f64().unwrap() > 0.0);
    bench(&node, &["join"]);
    bench(&node, &["transaction", "--transactions", "6", "--producers", "2"]);
    let few = ["rebalance", "--members", "3", "--partitions", "12", "--rounds", "1"];
    for protocol in ["classic", "consumer"] {
        let said = bench(&node, &[&few[..], &["--protocol", protocol]].concat());
        assert_eq!(said["replacedSeconds"].as_array().unwrap().len(), 1);
    }

    let text = scrape(port);
    let led = metric(&text, "kafka_server_replicamanager_leadercount");
    assert_eq!(led, metric(&text, "kafka_server_replicamanager_partitioncount"));
    assert!(led >= 100.0, "{led}");
    let _open = node.connect();
    assert!(metric(&scrape(port), "kafka_server_socketservermetrics_connection_count") >= 1.0);
    let groups = "kafka_server_group_coordinator_metrics";
    // One commit of each group comes before the twenty.
    assert_eq!(metric(&text, &format!("{groups}_offset_commit_total")), 22.0);
    assert_eq!(metric(&text, "kafka_coordinator_group_groupmetadatamanager_numoffsets"), 2.0);
    assert!(metric(&text, &format!("{groups}_group_completed_rebalance_total")) >= 3.0);
    assert!(metric(&text, &format!("{groups}_consumer_group_rebalance_total")) >= 4.0);
    let by_protocol = |name: &str| format!("{groups}_group_count{{protocol=\"{name}\"}}");
    assert!(metric(&text, &by_protocol("classic")) >= 2.0);
    assert_eq!(metric(&text, &by_protocol("streams")), 0.0);
    let active = format!("{groups}_num_partitions{{state=\"active\"}}");
    assert_eq!(metric(&text, &active), 50.0);
    assert_eq!(metric(&text, &format!("{groups}_partition_load_time_seconds_count")), 50.0);
    assert!(metric(&text, &format!("{groups}_event_queue_time_seconds_count")) >= 22.0);
    assert!(metric(&text, &format!("{groups}_batch_flush_time_seconds_count")) > 0.0);
    let verified = "kafka_server_addpartitionstotxnmanager_verificationtime_seconds_count";
    assert!(metric(&text, verified) >= 6.0);
}

/// Of the node or, for all nodes, of none.
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;

fn set_level(client: &mut Client, logger: &str, level: &str) {
    set(client, BROKER_LOGGER, logger, level);
}

fn set(client: &mut Client, resource_type: i8, key: &str, value: &str) {
    set_of(client, resource_type, "1", key, value);
}

fn set_of(client: &mut Client, resource_type: i8, resource: &str, key: &str, value: &str) {
    let config = AlterableConfig {
        name: node::name(key),
        value: Some(node::name(value)),
        ..Default::default()
    };
    let resource = AlterConfigsResource {
        resource_type,
        resource_name: node::name(resource),
        configs: vec![config],
        ..Default::default()
    };
    let request =
        IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() };
    let answer = client.ask(&request, 1).responses.remove(0);
    assert_eq!(answer.error_code, 0, "{:?}", answer.error_message);
}

#[test]
fn what_is_set_for_all_brokers_holds_for_logs_that_are_opened_later() {
    let mut node = Node::start("dynamic-defaults");
    let mut client = node.connect();
    client.create("t");
    set_of(&mut client, BROKER, "", "log.segment.bytes", "1048576");
    drop(client);
    assert!(node.stop());
    node.run(&[]);
    let mut client = node.connect();
    let value = vec![7; 900_000];
    for _ in 0..3 {
        assert_eq!(client.produce("t", &node::batch(&[&value])).error_code, 0);
    }
    let files = std::fs::read_dir(node.partition("t-0")).unwrap().map(|entry| entry.unwrap());
    let segments = files.filter(|file| file.path().extension().is_some_and(|end| end == "log"));
    assert_eq!(segments.count(), 3);
}

#[test]
fn a_log_level_that_is_set_takes_effect_while_the_node_runs() {
    let node = Node::start("log-levels");
    let mut client = node.connect();
    set_level(&mut client, "kafka.network.Processor", "DEBUG");
    // It is there as soon as the change is answered.
    drop(node.connect());
    let line = node.log_line("closing the connection");
    assert!(line.contains("DEBUG"), "{line}");
    set_level(&mut client, "kafka.network.Processor", "INFO");
    drop(client);
    assert_eq!(node.log_lines_now("closing the connection"), 0);
}

#[test]
fn half_a_question_to_the_metrics_does_not_hold_up_a_stop() {
    let port = free_port();
    let setting = format!("vltava.metrics.listener=127.0.0.1:{port}");
    let mut node = Node::start_with("half-a-question", &[&setting]);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    // Whoever comes later and is answered shows that the first has been looked at.
    scrape(port);
    assert!(node.stop(), "the node stops");
}

#[test]
fn a_peer_with_too_many_connections_is_turned_away() {
    let node = Node::start_with("per-ip", &["max.connections.per.ip.overrides=127.0.0.1:2"]);
    let (mut first, mut second) = (node.connect(), node.connect());
    assert!(first.works() && second.works());
    let mut third = node.connect();
    third.request(&ApiVersionsRequest::default(), 0, 1);
    assert!(third.receive().is_none(), "the third is closed");
    drop(first);
    // The node notices the end of the first in its own time.
    let begun = Instant::now();
    loop {
        let mut again = node.connect();
        again.request(&ApiVersionsRequest::default(), 0, 1);
        if again.receive().is_some() {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "no slot becomes free");
    }
}

#[test]
fn a_full_node_lets_the_next_connection_wait_for_a_slot() {
    let node = Node::start_with("full", &["max.connections=1"]);
    assert_the_second_connection_waits_for_the_first(&node);
}

fn assert_the_second_connection_waits_for_the_first(node: &Node) {
    let mut first = node.connect();
    assert!(first.works());
    let mut second = node.connect();
    second.request(&ApiVersionsRequest::default(), 0, 1);
    second.stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut byte = [0];
    assert!(second.stream.read(&mut byte).is_err(), "it is neither answered nor closed");
    assert!(first.works());
    drop(first);
    second.stream.set_read_timeout(Some(DEADLINE)).unwrap();
    assert!(second.receive().is_some());
}

#[test]
fn connections_that_are_too_many_when_the_limit_goes_down_are_closed() {
    let node = Node::start("fewer");
    let mut clients: Vec<Client> = (0..4).map(|_| node.connect()).collect();
    for used in [2, 0, 3, 1] {
        assert!(clients[used].works());
    }
    set(&mut clients[1], BROKER, "max.connections", "2");
    assert!(clients[2].receive().is_none() && clients[0].receive().is_none());
    assert!(clients[3].works() && clients[1].works());
    let mut waiting = node.connect();
    waiting.request(&ApiVersionsRequest::default(), 0, 1);
    set(&mut clients[1], BROKER, "max.connections", "3");
    assert!(waiting.receive().is_some(), "there is a slot more");
}

#[test]
fn a_listener_takes_as_many_connections_as_it_may_itself() {
    let settings =
        ["listener.name.plaintext.max.connections=1", "listener.name.other.max.connections=9"];
    let node = Node::start_with("full-listener", &settings);
    assert_the_second_connection_waits_for_the_first(&node);
}

#[test]
fn connections_come_no_faster_than_they_may() {
    let settings =
        ["max.connection.creation.rate=1", "quota.window.num=2", "quota.window.size.seconds=1"];
    let node = Node::start_with("creation-rate", &settings);
    let begun = Instant::now();
    let mut clients: Vec<Client> = (0..3).map(|_| node.connect()).collect();
    assert!(clients.iter_mut().all(Client::works));
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
}

fn finalised(client: &mut Client, feature: &str) -> i16 {
    let request = ApiVersionsRequest {
        client_software_name: node::name("test"),
        client_software_version: node::name("1"),
        ..Default::default()
    };
    let answer = client.ask(&request, 4);
    let found = answer.finalized_features.iter().find(|known| &*known.name == feature);
    found.map_or(0, |known| known.max_version_level)
}

#[test]
fn a_quorum_that_stood_in_the_configuration_goes_over_into_the_log() {
    let settings = ["node.id=1", "controller.quorum.voters=1@localhost:9093"];
    let mut node = Node::start_with("kraft-version", &settings);
    let mut client = node.connect();
    let feature = "kraft.version";
    assert_eq!(finalised(&mut client, feature), 0);
    let mut raise = |validate_only| {
        let update = FeatureUpdateKey {
            feature: node::name(feature),
            max_version_level: 1,
            upgrade_type: 1,
            ..Default::default()
        };
        let request = UpdateFeaturesRequest {
            feature_updates: vec![update],
            validate_only,
            ..Default::default()
        };
        let answer = client.ask(&request, 2);
        assert_eq!(answer.error_code, 0, "{:?}", answer.error_message);
        finalised(&mut client, feature)
    };
    assert_eq!(raise(true), 0);
    assert_eq!(raise(false), 1);
    assert_eq!(raise(false), 1, "it is there already");
    node.kill();
    node.run(&settings);
    assert_eq!(finalised(&mut node.connect(), feature), 1);
}
