//! The command line against a node of the same binary.

mod common;

use common::{Node, text, vltava};

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn what_is_produced_is_consumed_in_order_per_key_with_every_codec() {
    let node = Node::start("codecs");
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let created = node.output(&["topic", "create", codec, "--partitions", "3"]);
        assert_eq!(
            created,
            format!("created topic {codec} with 3 partitions, replication factor 1\n")
        );
        let input: String = (0..300).map(|n| format!("key{}:{n}\n", n % 7)).collect();
        node.produce(&[codec, "--key-separator", ":", "--compression", codec], &input);

        let read = node.output(&[
            "consume",
            codec,
            "--from-beginning",
            "--max-messages",
            "300",
            "--timeout-ms",
            "20000",
            "--print-key",
        ]);
        assert_eq!(lines(&read).len(), 300);
        for key in 0..7 {
            let prefix = format!("key{key}\t");
            let values: Vec<u32> =
                read.lines().filter_map(|l| l.strip_prefix(&prefix)?.parse().ok()).collect();
            let sent: Vec<u32> = (0..300).filter(|n| n % 7 == key).collect();
            assert_eq!(values, sent, "{codec}: key{key} keeps its order");
        }
    }
}

#[test]
fn headers_nulls_and_offsets_come_back_as_they_were_sent() {
    let node = Node::start("headers");
    node.output(&["topic", "create", "t", "--partitions", "1"]);
    let arguments =
        ["t", "--key-separator", ":", "--null", "NULL", "-H", "a=1", "-H", "a=2", "--acks", "1"];
    node.produce(&arguments, "k:v\nNULL:w\nk:NULL\n");

    let read = node.output(&["consume", "t", "--offset", "1", "-n", "2", "--json"]);
    let records: Vec<serde_json::Value> =
        read.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records[0]["offset"], 1);
    assert_eq!(records[0]["key"], serde_json::Value::Null);
    assert_eq!(records[1]["value"], serde_json::Value::Null);
    let headers = serde_json::json!([{ "key": "a", "value": "1" }, { "key": "a", "value": "2" }]);
    assert_eq!(records[1]["headers"], headers);

    let last = node.output(&["consume", "t", "--offset", "-1", "-n", "1", "--print", "offset,key"]);
    assert_eq!(last, "2\tk\n");
}

#[test]
fn records_topics_and_configuration_survive_a_restart() {
    let node = Node::start("restart");
    node.output(&["topic", "create", "orders", "-p", "2", "--config", "retention.ms=3600000"]);
    node.output(&["config", "alter", "--topic", "orders", "--set", "max.message.bytes=2000000"]);
    node.produce(&["orders", "--partition", "1"], "one\ntwo\n");
    let node = node.restart();
    let read = node.output(&["consume", "orders", "--from-beginning", "-n", "2"]);
    assert_eq!(lines(&read), ["one", "two"]);

    let configs = node.output(&["config", "describe", "--topic", "orders"]);
    let own: Vec<&str> = configs.lines().filter(|line| line.ends_with("  topic")).collect();
    assert_eq!(own.len(), 2, "{configs}");
    node.output(&["config", "alter", "--topic", "orders", "--delete", "retention.ms"]);
    let configs = node.output(&["config", "describe", "--topic", "orders"]);
    assert!(!configs.contains("retention.ms"), "{configs}");
}

#[test]
fn a_topic_is_altered_described_and_deleted() {
    let node = Node::start("topics");
    node.output(&["topic", "create", "t", "--partitions", "1"]);
    node.output(&["topic", "alter", "t", "--partitions", "4"]);
    let described = node.output(&["topic", "describe", "t", "--json"]);
    let topics: serde_json::Value = serde_json::from_str(&described).unwrap();
    assert_eq!(topics[0]["partitions"].as_array().unwrap().len(), 4);
    assert_eq!(topics[0]["partitions"][3]["leader"], 1);

    assert_eq!(node.output(&["topic", "delete", "t"]), "deleted topic t\n");
    assert_eq!(node.output(&["topic", "list"]), "");
    assert_eq!(node.output(&["topic", "delete", "t", "--if-exists"]), "topic t does not exist\n");
}

#[test]
fn a_refusal_names_the_thing_and_ends_with_exit_code_1() {
    let node = Node::start("refusals");
    node.output(&["topic", "create", "t"]);
    let again = node.run(&["topic", "create", "t"]);
    assert_eq!(again.status.code(), Some(1));
    let error = String::from_utf8(again.stderr).unwrap();
    assert!(error.starts_with("error: could not create topic t: TOPIC_ALREADY_EXISTS"), "{error}");

    let unknown = node.run(&["topic", "describe", "nowhere"]);
    assert_eq!(unknown.status.code(), Some(1));
    let partition = node.run(&["consume", "t", "--partition", "9", "-n", "1"]);
    assert_eq!(partition.status.code(), Some(2));
}

#[test]
fn a_segment_is_dumped_batch_by_batch_and_damage_is_named() {
    let node = Node::start("dump");
    node.output(&["topic", "create", "t", "--partitions", "1"]);
    node.produce(&["t", "--key-separator", ":"], "k:v\n");
    let segment = node.partition("t-0").join("00000000000000000000.log");
    let segment = segment.to_str().unwrap();
    let arguments = ["log", "dump", segment, "--records", "--json"];
    let dumped = text(&vltava(&arguments).output().unwrap(), &arguments);
    let values: Vec<serde_json::Value> =
        dumped.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(values[0]["isValid"], true);
    assert_eq!(values[0]["count"], 1);
    assert_eq!(values[1]["key"], "k");

    let copy = node.dir.join("copy.log");
    let mut bytes = std::fs::read(segment).unwrap();
    let whole = values[0]["size"].as_u64().unwrap() as usize;
    bytes.truncate(whole);
    bytes.extend_from_slice(b"garbage");
    std::fs::write(&copy, bytes).unwrap();
    let damaged = vltava(&["log", "dump", copy.to_str().unwrap()]).output().unwrap();
    assert_eq!(damaged.status.code(), Some(1));
    assert!(String::from_utf8(damaged.stdout).unwrap().contains("isValid: true"));
    assert!(String::from_utf8(damaged.stderr).unwrap().contains("copy.log any further"));
}

#[test]
fn the_benchmarks_count_what_they_sent() {
    let node = Node::start("bench");
    let produced =
        node.output(&["bench", "produce", "--records", "5000", "--size", "50", "--json"]);
    let produced: serde_json::Value = serde_json::from_str(&produced).unwrap();
    assert_eq!(produced["records"], 5000);
    let consumed = node.output(&["bench", "consume", "--records", "5000", "--json"]);
    let consumed: serde_json::Value = serde_json::from_str(&consumed).unwrap();
    assert_eq!((&consumed["records"], &consumed["bytes"]), (&5000.into(), &250_000.into()));

    let latency = ["bench", "latency", "--rate", "500", "--warm-up", "0", "--seconds", "1"];
    let latency = node.output(&[&latency[..], &["--rounds", "1", "--json"]].concat());
    let latency: serde_json::Value = serde_json::from_str(&latency).unwrap();
    assert_eq!(latency[0]["records"], 500);
    assert_eq!(latency[0]["failed"], 0);
}

#[test]
fn a_command_without_a_cluster_says_where_it_looked() {
    let output =
        vltava(&["topic", "list", "--bootstrap", "127.0.0.1:1", "-X", "reconnect.backoff.ms=1"])
            .output()
            .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("127.0.0.1:1") && error.contains("check that it runs"), "{error}");

    let output = vltava(&["topic", "list", "-X", "no.such.key=1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
