//! A node of the built binary, met with raw sockets: what a client library would never send.

#![allow(dead_code)] // Each test file uses its part of this.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use base::{Str, WallMs};
use bytes::Bytes;
use protocol::frame::{decode_response, encode_request};
use protocol::messages::create_topics_request::CreatableTopic;
use protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use protocol::messages::fetch_response::PartitionData;
use protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use protocol::messages::produce_response::PartitionProduceResponse;
use protocol::messages::*;
use protocol::{Payload, Segment};
use records::{BatchBuilder, Codec};

/// How long anything may take on a machine that is busy with other things.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// A node in a directory of its own, which goes with it.
pub struct Node {
    process: Option<Child>,
    pub address: String,
    pub dir: PathBuf,
    /// The last lines that it logged.
    log: Option<mpsc::Receiver<String>>,
}

/// A directory that no other test uses, not created yet.
pub fn new_dir(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("vltava-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    dir
}

/// `vltava serve` on a directory and an address, with more settings.
pub fn serve(dir: &Path, address: &str, settings: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vltava"));
    command
        .arg("serve")
        .args(["--set", &format!("log.dirs={}", dir.display())])
        .args(["--set", &format!("listeners=PLAINTEXT://{address}")])
        .args(["--set", "vltava.metrics.listener="])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    for setting in settings {
        command.args(["--set", setting]);
    }
    command
}

/// The exit code and the log of a node that must not start.
pub fn refusal(dir: &Path, address: &str, settings: &[&str]) -> (i32, String) {
    refusal_of(&mut serve(dir, address, settings))
}

/// As [`refusal`], of a command that may have an environment of its own.
pub fn refusal_of(command: &mut Command) -> (i32, String) {
    let mut child = command.spawn().unwrap();
    let mut text = String::new();
    let mut log = child.stderr.take().unwrap();
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = log.read_to_string(&mut text);
        let _ = sender.send(text);
    });
    let Ok(text) = ended.recv_timeout(DEADLINE) else {
        let _ = child.kill();
        let _ = child.wait();
        panic!("the node serves, which it should refuse: {command:?}");
    };
    (child.wait().unwrap().code().unwrap_or(-1), text)
}

impl Node {
    pub fn start(name: &str) -> Node {
        Node::start_with(name, &[])
    }

    pub fn start_with(name: &str, settings: &[&str]) -> Node {
        let mut node = Node {
            process: None,
            address: "127.0.0.1:0".to_owned(),
            dir: new_dir(name),
            log: None,
        };
        node.run(settings);
        node
    }

    /// Starts the process on the directory, on the port that it had, and waits until it serves all
    /// of it.
    pub fn run(&mut self, settings: &[&str]) {
        self.run_until(settings, &["all logs are open", "serving on"]);
    }

    /// As [`Node::run`], but waits only until its log has said all of `words`.
    pub fn run_until(&mut self, settings: &[&str], words: &[&str]) {
        let mut process = serve(&self.dir, &self.address, settings).spawn().unwrap();
        let log = process.stderr.take().unwrap();
        self.process = Some(process);
        let (sender, lines) = mpsc::channel();
        // Goes on reading to the end, so that the node never waits for its log.
        std::thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut seen = Vec::new();
        let mut missing = words.to_vec();
        while !missing.is_empty() {
            let line = lines.recv_timeout(DEADLINE);
            let line =
                line.unwrap_or_else(|_| panic!("the node does not say {missing:?}: {seen:#?}"));
            if let Some((_, rest)) = line.split_once("serving on PLAINTEXT://") {
                rest.split(' ').next().unwrap_or_default().clone_into(&mut self.address);
            }
            missing.retain(|word| !line.contains(word));
            seen.push(line);
        }
        self.log = Some(lines);
    }

    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the node runs").id()
    }

    /// Ends the process with no chance to write anything more.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("the node runs");
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Asks the process to end.
    pub fn signal(&self) {
        let _ = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
    }

    /// Ends the process with SIGTERM; says whether it ended with success.
    pub fn stop(&mut self) -> bool {
        self.signal();
        self.wait()
    }

    /// Waits for the end of a process that was asked for it; a second signal would be a crash. Says
    /// whether it ended with success.
    pub fn wait(&mut self) -> bool {
        let mut process = self.process.take().expect("the node runs");
        let begun = Instant::now();
        loop {
            if let Some(status) = process.try_wait().unwrap() {
                return status.success();
            }
            if begun.elapsed() > DEADLINE {
                let _ = process.kill();
                let _ = process.wait();
                return false;
            }
            std::thread::yield_now();
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)))
    }

    /// The most memory that was ever resident, in MiB.
    pub fn peak_mib(&self) -> usize {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
    }

    /// The lines logged since the start that tell of a panic.
    pub fn panics(&self) -> Vec<String> {
        let lines = self.log.as_ref().expect("the node has run").try_iter();
        lines.filter(|line| line.contains("panicked")).collect()
    }

    /// Waits for a line of the log that holds `text`.
    pub fn log_line(&self, text: &str) -> String {
        let lines = self.log.as_ref().expect("the node has run");
        loop {
            let line = lines.recv_timeout(DEADLINE);
            let line = line.unwrap_or_else(|_| panic!("the node has not logged {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// How many lines that have not been looked at yet hold `text`.
    pub fn log_lines_now(&self, text: &str) -> usize {
        let lines = self.log.as_ref().expect("the node has run").try_iter();
        lines.filter(|line| line.contains(text)).count()
    }

    pub fn connect(&self) -> Client {
        Client::new(TcpStream::connect(&self.address).expect("the node listens"))
    }

    pub fn partition(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// One connection.
pub struct Client {
    pub stream: TcpStream,
}

impl Client {
    fn new(stream: TcpStream) -> Client {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream }
    }

    /// Sends bytes; a peer that has closed already is no error.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// The next frame without its size, or nothing if the connection ended.
    pub fn receive(&mut self) -> Option<Bytes> {
        let mut size = [0; 4];
        if let Err(error) = self.stream.read_exact(&mut size) {
            let kind = error.kind();
            assert!(
                !matches!(kind, std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
                "the node neither answers nor closes"
            );
            return None;
        }
        let mut frame = vec![0; i32::from_be_bytes(size) as usize];
        self.stream.read_exact(&mut frame).expect("a frame that has begun ends");
        Some(Bytes::from(frame))
    }

    pub fn request<R: ApiRequest>(&mut self, request: &R, version: i16, correlation_id: i32) {
        self.send(&frame(request, version, correlation_id));
    }

    pub fn response<R: ApiRequest>(&mut self, version: i16) -> (i32, R::Response) {
        let frame = self.receive().expect("the node answers");
        decode_response::<R>(frame, version).expect("the answer can be read")
    }

    pub fn ask<R: ApiRequest>(&mut self, request: &R, version: i16) -> R::Response {
        self.request(request, version, 7);
        let (correlation_id, response) = self.response::<R>(version);
        assert_eq!(correlation_id, 7);
        response
    }

    pub fn create(&mut self, topic: &str) {
        let topic = CreatableTopic {
            name: name(topic),
            num_partitions: 1,
            replication_factor: 1,
            ..Default::default()
        };
        let request =
            CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
        assert_eq!(self.ask(&request, 7).topics[0].error_code, 0);
    }

    /// Sends records to partition 0 and gives back its answer.
    pub fn produce(&mut self, topic: &str, records: &[u8]) -> PartitionProduceResponse {
        self.produce_in(9, topic, records)
    }

    pub fn produce_in(
        &mut self,
        version: i16,
        topic: &str,
        records: &[u8],
    ) -> PartitionProduceResponse {
        let mut response = self.ask(&produce(topic, -1, Some(records)), version);
        response.responses.remove(0).partition_responses.remove(0)
    }

    /// What partition 0 holds from an offset on.
    pub fn fetch(&mut self, version: i16, topic: &str, offset: i64) -> PartitionData {
        let mut response = self.ask(&fetch(topic, offset, 0, 1), version);
        assert_eq!(response.error_code, 0);
        response.responses.remove(0).partitions.remove(0)
    }

    pub fn log_end(&mut self, topic: &str) -> i64 {
        let partition =
            ListOffsetsPartition { current_leader_epoch: -1, timestamp: -1, ..Default::default() };
        let topic = ListOffsetsTopic {
            name: name(topic),
            partitions: vec![partition],
            ..Default::default()
        };
        let request =
            ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
        self.ask(&request, 7).topics[0].partitions[0].offset
    }

    /// The node still answers on this connection.
    pub fn works(&mut self) -> bool {
        self.ask(&ApiVersionsRequest::default(), 0).error_code == 0
    }
}

pub fn name(text: &str) -> Str {
    Str::from(text.to_owned())
}

/// A whole request as bytes.
pub fn frame<R: ApiRequest>(request: &R, version: i16, correlation_id: i32) -> Vec<u8> {
    let client_id = Str::from("test");
    let encoded = encode_request(request, version, correlation_id, Some(&client_id));
    let mut bytes = Vec::new();
    for segment in encoded.expect("the version has every field").segments() {
        let Segment::Bytes(part) = segment else { panic!("no request has files") };
        bytes.extend_from_slice(&part);
    }
    bytes
}

/// Bytes as a frame.
pub fn framed(body: &[u8]) -> Vec<u8> {
    [&(body.len() as i32).to_be_bytes()[..], body].concat()
}

pub fn produce(topic: &str, acks: i16, records: Option<&[u8]>) -> ProduceRequest {
    let records = records.map(|bytes| Payload::Bytes(Bytes::copy_from_slice(bytes)));
    let partition = PartitionProduceData { index: 0, records, ..Default::default() };
    let topic = TopicProduceData {
        name: name(topic),
        partition_data: vec![partition],
        ..Default::default()
    };
    ProduceRequest { acks, timeout_ms: 10_000, topic_data: vec![topic], ..Default::default() }
}

pub fn fetch(topic: &str, offset: i64, max_wait_ms: i32, min_bytes: i32) -> FetchRequest {
    let partition = FetchPartition {
        partition: 0,
        current_leader_epoch: -1,
        fetch_offset: offset,
        last_fetched_epoch: -1,
        log_start_offset: -1,
        partition_max_bytes: 10 << 20,
        ..Default::default()
    };
    let topic =
        FetchTopic { topic: name(topic), partitions: vec![partition], ..Default::default() };
    FetchRequest {
        replica_id: -1,
        max_wait_ms,
        min_bytes,
        max_bytes: 50 << 20,
        session_epoch: -1,
        topics: vec![topic],
        ..Default::default()
    }
}

/// The bytes that a fetch gave.
pub fn bytes_of(data: &PartitionData) -> Bytes {
    match &data.records {
        Some(Payload::Bytes(bytes)) => bytes.clone(),
        Some(_) => panic!("what was received is in memory"),
        None => Bytes::new(),
    }
}

pub fn batch(values: &[&[u8]]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Codec::None);
    for value in values {
        builder.append(WallMs(1), None, Some(value), &[]).expect("a record fits");
    }
    builder.build()
}
