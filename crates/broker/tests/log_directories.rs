//! A node of several log directories, as a client sees it: replicas move between them, keep out of
//! cordoned ones, and are away while the disk of one fails.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::config::ServerConfig;
use base::config::server::Given;
use base::{ErrorCode, Str, WallMs};
use broker::{Server, StartError};
use bytes::Bytes;
use protocol::frame::{decode_response, encode_request};
use protocol::messages::alter_replica_log_dirs_request::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic,
};
use protocol::messages::create_topics_request::CreatableTopic;
use protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use protocol::messages::metadata_request::MetadataRequestTopic;
use protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use protocol::messages::*;
use protocol::{Payload, Segment};
use records::{BatchBuilder, Codec};

/// The type of a broker among the resources that have configuration.
const BROKER: i8 = 4;

/// The id of a node that was given none.
const NODE_ID: &str = "1";

/// A node with two log directories, in a directory of its own, on a port that was free.
struct Node {
    server: Option<Server>,
    dir: PathBuf,
}

impl Node {
    fn start(name: &str) -> Node {
        let dir = std::env::temp_dir().join(format!("vltava-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        Node { server: Some(run(&dir)), dir }
    }

    fn stop(&mut self) {
        self.server.take().expect("the node runs").stop();
    }

    fn restart(&mut self) {
        self.stop();
        self.server = Some(run(&self.dir));
    }

    fn log_dir(&self, name: &str) -> Str {
        Str::from(text(&self.dir.join(name)))
    }

    fn ask<R: ApiRequest>(&self, request: &R, version: i16) -> R::Response {
        let server = self.server.as_ref().expect("the node runs");
        let stream = TcpStream::connect(("127.0.0.1", server.advertised()[0].port));
        let mut stream = stream.expect("the node listens");
        let encoded = encode_request(request, version, 7, Some(&Str::from("test")));
        for segment in encoded.expect("the request has this version").segments() {
            let Segment::Bytes(bytes) = segment else { panic!("a request has no file") };
            stream.write_all(&bytes).expect("the connection takes a request");
        }
        let mut length = [0; 4];
        stream.read_exact(&mut length).expect("the node answers");
        let mut frame = vec![0; i32::from_be_bytes(length) as usize];
        stream.read_exact(&mut frame).expect("the node answers in full");
        decode_response::<R>(Bytes::from(frame), version).expect("the answer can be read").1
    }

    fn create(&self, topic: &'static str) {
        assert_eq!(self.try_create(topic), ErrorCode::None);
    }

    fn try_create(&self, topic: &'static str) -> ErrorCode {
        let topic = CreatableTopic {
            name: Str::from(topic),
            num_partitions: 1,
            replication_factor: 1,
            ..Default::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], ..Default::default() };
        ErrorCode::from_code(self.ask(&request, 7).topics[0].error_code)
    }

    fn set_cordoned(&self, log_dirs: &str) {
        let config = AlterableConfig {
            name: Str::from("cordoned.log.dirs"),
            value: Some(Str::from(log_dirs)),
            ..Default::default()
        };
        let resource = AlterConfigsResource {
            resource_type: BROKER,
            resource_name: Str::from(NODE_ID),
            configs: vec![config],
            ..Default::default()
        };
        let request =
            IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() };
        let altered = self.ask(&request, 1);
        assert_eq!(altered.responses[0].error_code, 0, "{altered:?}");
    }

    /// Creates the topic there, with three records.
    fn fill(&self, topic: &'static str, log_dir: &Str) {
        self.alter(topic, log_dir.clone(), 2);
        self.create(topic);
        self.produce(topic, 3);
    }

    /// The directories that are offline.
    fn offline(&self) -> Vec<Str> {
        let everything = DescribeLogDirsRequest { topics: None, ..Default::default() };
        let told = self.ask(&everything, 4).results.into_iter();
        let is_offline = |code| ErrorCode::from_code(code) == ErrorCode::KafkaStorageError;
        told.filter(|directory| is_offline(directory.error_code)).map(|it| it.log_dir).collect()
    }

    /// What Metadata says of the topic's only partition, and who leads it.
    fn leader(&self, topic: &'static str) -> (ErrorCode, i32) {
        let asked = MetadataRequestTopic { name: Some(Str::from(topic)), ..Default::default() };
        let request = MetadataRequest { topics: Some(vec![asked]), ..Default::default() };
        let partition = &self.ask(&request, 12).topics[0].partitions[0];
        (ErrorCode::from_code(partition.error_code), partition.leader_id)
    }

    /// The directories that say of themselves that they are cordoned.
    fn cordoned(&self) -> Vec<Str> {
        let everything = DescribeLogDirsRequest { topics: None, ..Default::default() };
        let told = self.ask(&everything, 5).results.into_iter();
        told.filter(|directory| directory.is_cordoned).map(|directory| directory.log_dir).collect()
    }

    fn produce(&self, topic: &'static str, records: usize) {
        let mut batch = BatchBuilder::new(Codec::None);
        for _ in 0..records {
            batch.append(WallMs(1), None, Some(&[b'v'; 5000]), &[]).expect("a record fits");
        }
        let records = Some(Payload::Bytes(Bytes::from(batch.build())));
        let partition = PartitionProduceData { index: 0, records, ..Default::default() };
        let topic = TopicProduceData {
            name: Str::from(topic),
            partition_data: vec![partition],
            ..Default::default()
        };
        let topic_data = vec![topic];
        let request =
            ProduceRequest { acks: -1, timeout_ms: 10_000, topic_data, ..Default::default() };
        let response = self.ask(&request, 9);
        assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
    }

    fn log_end(&self, topic: &'static str) -> i64 {
        let partition =
            ListOffsetsPartition { current_leader_epoch: -1, timestamp: -1, ..Default::default() };
        let topic = ListOffsetsTopic {
            name: Str::from(topic),
            partitions: vec![partition],
            ..Default::default()
        };
        let request =
            ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
        self.ask(&request, 7).topics[0].partitions[0].offset
    }

    /// After a stop that was not clean a log is recovered while the node serves the others.
    fn wait_for_end(&self, topic: &'static str, end: i64) {
        let begun = Instant::now();
        while self.log_end(topic) != end {
            let found = self.log_end(topic);
            assert!(begun.elapsed() < Duration::from_secs(30), "{topic} ends at {found}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn alter(&self, topic: &'static str, path: Str, version: i16) -> ErrorCode {
        let topics = vec![AlterReplicaLogDirTopic {
            name: Str::from(topic),
            partitions: vec![0],
            ..Default::default()
        }];
        let dirs = vec![AlterReplicaLogDir { path, topics, ..Default::default() }];
        let request = AlterReplicaLogDirsRequest { dirs, ..Default::default() };
        let response = self.ask(&request, version);
        assert_eq!((response.results.len(), response.results[0].partitions.len()), (1, 1));
        ErrorCode::from_code(response.results[0].partitions[0].error_code)
    }

    /// The directories that hold the topic's first partition, and whether as a copy that is not finished.
    fn places(&self, topic: &str) -> Vec<(Str, bool)> {
        let mut places = Vec::new();
        let everything = DescribeLogDirsRequest { topics: None, ..Default::default() };
        for directory in self.ask(&everything, 4).results {
            assert_eq!(directory.error_code, 0);
            for found in directory.topics.iter().filter(|found| found.name == *topic) {
                let first = found.partitions.iter().filter(|p| p.partition_index == 0);
                places.extend(first.map(|p| (directory.log_dir.clone(), p.is_future_key)));
            }
        }
        places
    }

    fn wait_until_in(&self, topic: &str, log_dir: Str) {
        let begun = Instant::now();
        let wanted = [(log_dir, false)];
        while self.places(topic) != wanted {
            let places = self.places(topic);
            assert!(begun.elapsed() < Duration::from_secs(30), "{topic} is in {places:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
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

fn text(path: &Path) -> &str {
    path.to_str().expect("the directory has a readable name")
}

fn run(dir: &Path) -> Server {
    try_run(dir).expect("the node starts")
}

fn try_run(dir: &Path) -> Result<Server, StartError> {
    try_run_on(dir, 0)
}

fn try_run_on(dir: &Path, port: u16) -> Result<Server, StartError> {
    let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let settings = [
        set("log.dirs", &format!("{},{}", text(&dir.join("a")), text(&dir.join("b")))),
        set("listeners", &format!("PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:0")),
        set("log.segment.bytes", "1048576"),
    ];
    let given = Given { file: None, environment: &[], settings: &settings };
    let config = ServerConfig::load(&given).expect("the settings go together").config;
    Server::start(config, Arc::new(io::RealEnv::new()))
}

#[test]
fn a_replica_moves_there_and_back_while_records_arrive_and_stays_over_a_stop() {
    let mut node = Node::start("moves");
    node.create("orders");
    for _ in 0..20 {
        node.produce("orders", 50);
    }
    let first = node.places("orders")[0].0.clone();
    let names = ["a", "b"].map(|name| node.log_dir(name));
    let second = names.iter().find(|name| **name != first).cloned().expect("there are two");
    for (round, target) in [second.clone(), first, second.clone()].into_iter().enumerate() {
        assert_eq!(node.alter("orders", target.clone(), round as i16), ErrorCode::None);
        for _ in 0..10 {
            node.produce("orders", 1);
        }
        node.wait_until_in("orders", target);
        assert_eq!(node.log_end("orders"), 1000 + 10 * (round as i64 + 1));
    }
    node.restart();
    assert_eq!(node.places("orders"), [(second.clone(), false)]);
    assert_eq!(node.log_end("orders"), 1030);
    node.produce("orders", 1);
    // Where it is already, it stays.
    assert_eq!(node.alter("orders", second.clone(), 2), ErrorCode::None);
    assert_eq!(node.places("orders"), [(second, false)]);
    assert_eq!(node.log_end("orders"), 1031);
}

#[test]
fn a_partition_that_does_not_exist_yet_is_created_where_it_was_wished() {
    let node = Node::start("wishes");
    for (topic, log_dir) in [("one", "b"), ("two", "b"), ("three", "b")] {
        let code = node.alter(topic, node.log_dir(log_dir), 2);
        assert_eq!(code, ErrorCode::UnknownTopicOrPartition);
        node.create(topic);
        assert_eq!(node.places(topic), [(node.log_dir(log_dir), false)]);
    }
}

#[test]
fn what_is_no_log_directory_is_refused() {
    let node = Node::start("refused");
    node.create("orders");
    let before = node.places("orders");
    for path in ["/nowhere", "b", ""] {
        assert_eq!(node.alter("orders", Str::from(path), 2), ErrorCode::LogDirNotFound);
    }
    assert_eq!(node.places("orders"), before);
}

#[test]
fn a_cordoned_directory_takes_no_new_replicas() {
    let mut node = Node::start("cordoned");
    let [a, b] = ["a", "b"].map(|name| node.log_dir(name));
    node.set_cordoned(&a);
    assert_eq!(node.cordoned(), std::slice::from_ref(&a));
    for topic in ["one", "two", "three"] {
        node.create(topic);
        assert_eq!(node.places(topic), [(b.clone(), false)]);
    }
    assert_eq!(node.alter("one", a.clone(), 2), ErrorCode::InvalidReplicaAssignment);

    node.set_cordoned("*");
    assert_eq!(node.try_create("four"), ErrorCode::InvalidReplicationFactor);
    node.restart();
    assert_eq!(node.cordoned(), [a.clone(), b]);
    assert_eq!(node.try_create("four"), ErrorCode::InvalidReplicationFactor);

    node.set_cordoned("");
    assert!(node.cordoned().is_empty());
    node.create("four");
    assert_eq!(node.alter("one", a.clone(), 2), ErrorCode::None);
    node.wait_until_in("one", a);
}

/// Ways in which the disk of a directory fails, and how it is repaired.
type Damage = (&'static str, fn(&Path), fn(&Path));

const DAMAGES: [Damage; 2] = [
    (
        "what is no directory",
        |dir| {
            std::fs::rename(dir, dir.with_extension("aside")).expect("it is there");
            std::fs::write(dir, "in the way").expect("the disk works");
        },
        |dir| {
            std::fs::remove_file(dir).expect("it is there");
            std::fs::rename(dir.with_extension("aside"), dir).expect("it is there");
        },
    ),
    (
        "what cannot be read",
        |dir| {
            let meta = dir.join("meta.properties");
            std::fs::rename(&meta, dir.join("aside")).expect("it is there");
            std::fs::create_dir(&meta).expect("the disk works");
        },
        |dir| {
            let meta = dir.join("meta.properties");
            std::fs::remove_dir(&meta).expect("it is there");
            std::fs::rename(dir.join("aside"), &meta).expect("it is there");
        },
    ),
];

#[test]
fn a_node_goes_on_without_a_directory_whose_disk_fails_at_the_start() {
    for (what, damage, repair) in DAMAGES {
        let mut node = Node::start("fails-at-start");
        let [a, b] = ["a", "b"].map(|name| node.log_dir(name));
        for (topic, log_dir) in [("one", &a), ("two", &b)] {
            node.fill(topic, log_dir);
        }
        node.stop();
        damage(&node.dir.join("b"));
        node.server = Some(run(&node.dir));
        assert_eq!(node.offline(), std::slice::from_ref(&b), "{what}");
        assert_eq!(node.leader("one"), (ErrorCode::None, 1), "{what}");
        assert_eq!(node.log_end("one"), 3, "{what}");
        assert_eq!(node.leader("two"), (ErrorCode::LeaderNotAvailable, -1), "{what}");
        assert_ne!(node.alter("two", a.clone(), 2), ErrorCode::None, "{what}");
        node.create("three");
        node.produce("three", 1);
        node.stop();

        repair(&node.dir.join("b"));
        node.server = Some(run(&node.dir));
        assert!(node.offline().is_empty(), "{what}");
        for (topic, log_dir, end) in [("one", &a, 3), ("two", &b, 3), ("three", &a, 1)] {
            assert_eq!(node.places(topic), [(log_dir.clone(), false)], "{what}");
            node.wait_for_end(topic, end);
        }
    }
}

#[test]
fn a_start_that_is_refused_leaves_the_stop_before_it_a_clean_one() {
    let mut node = Node::start("refused-start");
    node.stop();
    let marks = ["a", "b"].map(|name| node.dir.join(name).join(".kafka_cleanshutdown"));
    let are_there = || marks.iter().all(|mark| mark.exists());
    assert!(are_there(), "it stopped cleanly");

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it is bound").port();
    let error = try_run_on(&node.dir, port).err().expect("the port is taken").to_string();
    assert!(error.contains(&port.to_string()) && are_there(), "{error}");

    let meta = node.dir.join("b/meta.properties");
    let own = std::fs::read_to_string(&meta).expect("it is there");
    let of_another = own.replace(&format!("node.id={NODE_ID}"), "node.id=77");
    std::fs::write(&meta, of_another).expect("the disk works");
    let error = try_run(&node.dir).err().expect("it is another node's").to_string();
    assert!(error.contains("77") && are_there(), "{error}");

    std::fs::write(&meta, own).expect("the disk works");
    node.server = Some(run(&node.dir));
    assert!(!marks.iter().any(|mark| mark.exists()), "a crash from now on is one");
}

#[test]
fn a_log_that_a_crash_has_cut_counts_as_clean_no_further_than_it_goes() {
    let mut node = Node::start("cut-below-clean");
    let a = node.log_dir("a");
    node.fill("one", &a);
    node.stop();
    std::fs::remove_file(node.dir.join("a/.kafka_cleanshutdown")).expect("it stopped cleanly");
    let cleaned = node.dir.join("a/cleaner-offset-checkpoint");
    // Of another topic, which was deleted while the directory was away, nothing is left at all.
    std::fs::write(&cleaned, "0\n2\none 0 7\ngone 0 9\n").expect("the disk works");
    node.server = Some(run(&node.dir));
    node.wait_for_end("one", 3);
    let known = std::fs::read_to_string(&cleaned).expect("it is there");
    assert_eq!(known, "0\n1\none 0 3\n");
}

/// Copies the files of a log.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("the disk works");
    for file in std::fs::read_dir(from).expect("it is there") {
        let file = file.expect("it can be listed");
        std::fs::copy(file.path(), to.join(file.file_name())).expect("the disk works");
    }
}

#[test]
fn a_log_that_does_not_open_has_no_leader_and_its_copy_is_kept() {
    let mut node = Node::start("does-not-open");
    node.alter("one", node.log_dir("b"), 2);
    node.create("one");
    node.produce("one", 3);
    node.stop();
    // A move to the other directory was interrupted.
    let (log, future) = (
        node.dir.join("b/one-0"),
        node.dir.join("a/one-0.0123456789abcdef0123456789abcdef-future"),
    );
    copy(&log, &future);
    let segment = log.join("00000000000000000000.log");
    let aside = log.join("aside");
    std::fs::rename(&segment, &aside).expect("it is there");
    std::fs::create_dir(&segment).expect("the disk works");
    node.server = Some(run(&node.dir));
    assert_eq!(node.offline(), [node.log_dir("b")]);
    assert_eq!(node.leader("one"), (ErrorCode::LeaderNotAvailable, -1));
    node.stop();
    assert!(future.join("00000000000000000000.log").exists(), "the copy may be all there is");

    std::fs::remove_dir(&segment).expect("it is there");
    std::fs::rename(&aside, &segment).expect("it is there");
    node.server = Some(run(&node.dir));
    assert_eq!(node.leader("one"), (ErrorCode::None, 1));
    node.wait_for_end("one", 3);
}

#[test]
fn of_two_logs_of_a_partition_the_one_that_the_metadata_names_is_served() {
    let mut node = Node::start("two-logs");
    let [a, b] = ["a", "b"].map(|name| node.log_dir(name));
    for (topic, log_dir) in [("one", &a), ("two", &b)] {
        node.fill(topic, log_dir);
    }
    node.stop();
    copy(&node.dir.join("a/one-0"), &node.dir.join("b/one-0"));
    copy(&node.dir.join("b/two-0"), &node.dir.join("a/two-0"));
    node.server = Some(run(&node.dir));
    for (topic, log_dir) in [("one", &a), ("two", &b)] {
        assert_eq!(node.places(topic), [(log_dir.clone(), false)]);
        assert_eq!(node.log_end(topic), 3);
    }
    let strays = ["a", "b"].map(|name| {
        let names = std::fs::read_dir(node.dir.join(name)).expect("it is there");
        let names = names.map(|name| name.expect("it can be listed").file_name());
        names.filter(|name| name.to_string_lossy().ends_with("-stray")).count()
    });
    assert_eq!(strays, [1, 1], "the others are set aside");
}

#[test]
fn a_directory_that_fails_under_way_is_told_to_the_controller() {
    let mut node = Node::start("fails-under-way");
    let b = node.log_dir("b");
    node.alter("two", b.clone(), 2);
    node.create("two");
    node.produce("two", 3);
    // What is no directory can hold no log.
    std::fs::write(node.dir.join("b/broken-0"), "in the way").expect("the disk works");
    node.alter("broken", b.clone(), 2);
    node.try_create("broken");
    assert_eq!(node.offline(), [b]);
    assert_eq!(node.leader("two"), (ErrorCode::LeaderNotAvailable, -1));
    node.create("three");
    node.produce("three", 1);

    std::fs::remove_file(node.dir.join("b/broken-0")).expect("it is there");
    node.restart();
    node.wait_for_end("two", 3);
    node.wait_for_end("three", 1);
}

#[test]
fn the_disk_of_the_metadata_log_or_of_an_empty_node_must_work() {
    for (_, damage, repair) in DAMAGES {
        let mut node = Node::start("must-work");
        node.stop();
        damage(&node.dir.join("a"));
        let error = try_run(&node.dir).err().expect("it cannot start").to_string();
        assert!(error.contains(text(&node.dir.join("a"))), "{error}");
        repair(&node.dir.join("a"));
        drop(node);
    }
    let node = Node { server: None, dir: std::env::temp_dir().join("vltava-must-work-empty") };
    let _ = std::fs::remove_dir_all(&node.dir);
    std::fs::create_dir_all(&node.dir).expect("the disk works");
    std::fs::write(node.dir.join("b"), "in the way").expect("the disk works");
    let error = try_run(&node.dir).err().expect("it cannot start").to_string();
    assert!(error.contains(text(&node.dir.join("b"))), "{error}");
    assert!(!node.dir.join("a/meta.properties").exists(), "nothing is formatted");
}
