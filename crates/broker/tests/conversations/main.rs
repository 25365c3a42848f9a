//! Conversations with a broker, word for word as Apache Kafka 4.3.1 answers.
//!
//! A conversation is a function that asks; what was asked and answered is its transcript, in
//! `tests/testdata/conversations`. The transcripts were taken from Apache Kafka; here the same
//! functions ask a node of ours, and every answer must read the same. What differs from run to run
//! (ids that a broker makes up, moments) goes by a name that the conversation gives it.
//!
//! `VLTAVA_CONVERSE_WITH=HOST:PORT` takes the transcripts anew, from the broker at that address: a
//! fresh one, formatted with `--standalone`, with the settings below. `VLTAVA_CONVERSE_ABOUT=consumer-*` holds only the conversations
//! whose names begin so, for as long as something is being worked on; without the star, the one of
//! that name.

mod classic_groups;
mod cluster;
mod configs;
mod consumer_groups;
mod offsets;
mod partitions;
mod repeated;
mod share_groups;
mod share_records;
mod share_state;
mod streams_groups;
mod talk;
mod topics;
mod transactions;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::config::ServerConfig;
use base::config::server::Given;
use broker::Server;

use talk::Talk;

/// One conversation.
type Conversation = (&'static str, fn(&mut Talk));

/// What both brokers are started with, so that nothing takes longer than it must.
const SETTINGS: &[(&str, &str)] = &[
    ("group.initial.rebalance.delay.ms", "0"),
    ("group.min.session.timeout.ms", "100"),
    ("group.consumer.min.session.timeout.ms", "100"),
    ("group.consumer.min.heartbeat.interval.ms", "50"),
    ("group.consumer.assignment.interval.ms", "0"),
    ("group.consumer.max.size", "3"),
    ("group.share.min.session.timeout.ms", "100"),
    ("group.share.min.heartbeat.interval.ms", "50"),
    ("group.share.assignment.interval.ms", "0"),
    ("group.share.max.size", "3"),
    ("group.share.min.record.lock.duration.ms", "1000"),
    ("group.streams.min.session.timeout.ms", "100"),
    ("group.streams.min.heartbeat.interval.ms", "50"),
    ("group.streams.assignment.interval.ms", "0"),
    ("group.streams.initial.rebalance.delay.ms", "0"),
    ("group.streams.max.size", "3"),
    ("offsets.topic.num.partitions", "3"),
    ("share.coordinator.state.topic.num.partitions", "3"),
    ("transaction.state.log.num.partitions", "3"),
    ("offset.metadata.max.bytes", "100"),
    ("auto.create.topics.enable", "false"),
    // Versions that Kafka 4 dropped are not for comparison with it.
    ("vltava.legacy.clients.enable", "false"),
];

fn all() -> Vec<Conversation> {
    let mut all = Vec::new();
    all.extend_from_slice(classic_groups::ALL);
    all.extend_from_slice(consumer_groups::ALL);
    all.extend_from_slice(offsets::ALL);
    all.extend_from_slice(transactions::ALL);
    all.extend_from_slice(share_groups::ALL);
    all.extend_from_slice(share_records::ALL);
    all.extend_from_slice(share_state::ALL);
    all.extend_from_slice(streams_groups::ALL);
    all.extend_from_slice(partitions::ALL);
    all.extend_from_slice(topics::ALL);
    all.extend_from_slice(configs::ALL);
    all.extend_from_slice(cluster::ALL);
    all.extend_from_slice(repeated::ALL);
    let about = std::env::var("VLTAVA_CONVERSE_ABOUT").unwrap_or_default();
    match about.strip_suffix('*') {
        Some(beginning) => all.retain(|(name, _)| name.starts_with(beginning)),
        None if about.is_empty() => {}
        None => all.retain(|(name, _)| *name == about),
    }
    all
}

#[test]
fn every_conversation_goes_as_with_apache_kafka() {
    if let Ok(address) = std::env::var("VLTAVA_CONVERSE_WITH") {
        take_transcripts(&address);
        return;
    }
    // Those that still go otherwise, each with why that is wrong.
    let known = transcript("known-differences").with_extension("md");
    let known = std::fs::read_to_string(known).expect("the list of differences can be read");
    let node = Node::start();
    let mut differences = String::new();
    for (name, conversation) in all() {
        let mut talk = Talk::with(&node.address(), name);
        conversation(&mut talk);
        let (path, said) = (transcript(name), talk.transcript());
        let expected = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("could not read {}: {error}", path.display()));
        match (said != expected, known.lines().any(|line| line.starts_with(&format!("{name}: ")))) {
            (true, false) => {
                writeln!(differences, "== {name}").expect("memory takes text");
                tell_apart(&expected, &said, &mut differences);
            }
            (false, true) => {
                writeln!(differences, "== {name} goes well now: take it off the list")
                    .expect("memory takes text");
            }
            _ => {}
        }
    }
    assert!(
        differences.is_empty(),
        "Apache Kafka (-) and this node (+) answer differently:\n{differences}"
    );
}

/// The lines that differ, each beside the other.
fn tell_apart(expected: &str, said: &str, differences: &mut String) {
    let (mut expected, mut said) = (expected.lines(), said.lines());
    loop {
        match (expected.next(), said.next()) {
            (None, None) => return,
            (a, b) if a == b => {}
            (a, b) => {
                let (a, b) = (a.unwrap_or("nothing"), b.unwrap_or("nothing"));
                writeln!(differences, "- {a}\n+ {b}").expect("memory takes text");
            }
        }
    }
}

fn take_transcripts(address: &str) {
    for (name, conversation) in all() {
        let mut talk = Talk::with(address, name);
        conversation(&mut talk);
        let path = transcript(name);
        std::fs::write(&path, talk.transcript())
            .unwrap_or_else(|error| panic!("could not write {}: {error}", path.display()));
    }
}

fn transcript(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/conversations");
    folder.join(format!("{name}.txt"))
}

/// A node of its own, in a directory of its own, on a port that was free.
struct Node {
    server: Option<Server>,
    dir: PathBuf,
}

impl Node {
    fn start() -> Node {
        let dir = std::env::temp_dir().join(format!("vltava-talk-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        let set = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let mut settings = vec![
            set(("log.dirs", dir.to_str().expect("the directory has a readable name"))),
            set(("listeners", "PLAINTEXT://127.0.0.1:0")),
            set(("vltava.metrics.listener", "")),
        ];
        settings.extend(SETTINGS.iter().copied().map(set));
        let given = Given { file: None, environment: &[], settings: &settings };
        let config = ServerConfig::load(&given).expect("the settings go together").config;
        let server = Server::start(config, Arc::new(io::RealEnv::new())).expect("the node starts");
        Node { server: Some(server), dir }
    }

    fn address(&self) -> String {
        let server = self.server.as_ref().expect("the node runs");
        format!("127.0.0.1:{}", server.advertised()[0].port)
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
