//! What a node keeps when it is killed, and which directories it refuses.

mod node;

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use base::{ErrorCode, PartitionIndex};
use io::RealDisk;
use node::*;
use protocol::messages::delete_topics_request::DeleteTopicState;
use protocol::messages::*;
use storage::Journal;

/// Every value from an offset on, with its offset.
fn values(client: &mut Client, topic: &str, end: i64) -> Vec<(i64, Vec<u8>)> {
    let mut found = Vec::new();
    let mut offset = 0;
    while offset < end {
        let data = client.fetch(12, topic, offset);
        assert_eq!(data.error_code, 0);
        let bytes = bytes_of(&data);
        let before = offset;
        for batch in records::Batches::new(&bytes) {
            let (header, batch) = batch.expect("a batch that was stored is whole");
            assert!(records::crc_is_valid(batch));
            // One record a batch, whose value is at the end but for the count of headers.
            found.push((header.base_offset.0, batch[..batch.len() - 1].to_vec()));
            offset = header.next_offset().0;
        }
        assert!(offset > before, "there is nothing at {offset}, and the log ends at {end}");
    }
    found
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there_with_its_offset() {
    let mut node = Node::start("killed");
    let mut client = node.connect();
    client.create("t");
    let mut acknowledged = 0;
    // Always eight on their way, so that the kill meets an append.
    for sent in 0..500 {
        let value = format!("value {sent:06}");
        client.request(&produce("t", -1, Some(&batch(&[value.as_bytes()]))), 9, sent);
        if sent >= 8 {
            let (_, response) = client.response::<ProduceRequest>(9);
            let answer = &response.responses[0].partition_responses[0];
            assert_eq!((answer.error_code, answer.base_offset), (0, acknowledged));
            acknowledged += 1;
        }
    }
    node.kill();
    node.run(&[]);
    let mut client = node.connect();
    let end = client.log_end("t");
    assert!(end >= acknowledged, "{acknowledged} were acknowledged, {end} are there");
    for (at, (offset, value)) in values(&mut client, "t", end).iter().enumerate() {
        assert_eq!(*offset, at as i64);
        assert!(value.ends_with(format!("value {at:06}").as_bytes()));
    }
    assert_eq!(client.produce("t", &batch(&[b"more"])).base_offset, end);
}

/// A node that promises durability, with twenty records acknowledged by both kinds of acks, killed;
/// and then its segment is as a power cut may leave it: without anything that stands in the journal.
fn synced_and_cut(test: &str) -> (Node, i64) {
    let mut node = Node::start_with(test, &["vltava.durability=synced"]);
    let mut client = node.connect();
    client.create("t");
    for number in 0..20 {
        let value = format!("value {number:06}");
        let acks = if number % 2 == 0 { -1 } else { 1 };
        let request = produce("t", acks, Some(&batch(&[value.as_bytes()])));
        let response = client.ask(&request, 9);
        assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
    }
    node.kill();
    let (disk, folder) = (RealDisk::new(16), node.partition("t-0"));
    let topic = storage::read_topic_id(&disk, &folder).unwrap().expect("a topic has an id");
    let journaled = Journal::read(&disk, &node.dir).unwrap();
    let tails = journaled.of(topic, PartitionIndex(0));
    let first = records::Batches::new(&tails[0]).next().unwrap().unwrap().0.base_offset;
    // Every batch is as long as the others.
    let segment = folder.join("00000000000000000000.log");
    let whole = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &whole[..whole.len() / 20 * first.0 as usize]).unwrap();
    (node, 20)
}

fn assert_all_there(node: &Node, count: i64) {
    let mut client = node.connect();
    assert_eq!(client.log_end("t"), count);
    for (at, (offset, value)) in values(&mut client, "t", count).iter().enumerate() {
        assert_eq!(*offset, at as i64);
        assert!(value.ends_with(format!("value {at:06}").as_bytes()));
    }
}

#[test]
fn what_was_synced_comes_back_from_the_journal() {
    let (mut node, count) = synced_and_cut("journal");
    node.run(&["vltava.durability=synced"]);
    assert_all_there(&node, count);
    assert!(node.stop());
    let left = listing(&node.dir);
    assert!(!left.iter().any(|name| name.starts_with("vltava-journal")), "{left:?}");
    assert!(left.iter().any(|name| name == ".kafka_cleanshutdown"));
}

#[test]
fn a_clean_stop_leaves_the_broker_fenced_for_whoever_comes_after_it() {
    let mut node = Node::start("fenced");
    node.connect().create("t");
    assert!(node.stop());
    let metadata = node.partition("__cluster_metadata-0").join("00000000000000000000.log");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vltava"));
    let output = command.args(["log", "dump", "--records", "--json"]).arg(metadata).output();
    let dumped = String::from_utf8(output.unwrap().stdout).unwrap();
    let is_change = |line: &&str| line.contains("BrokerRegistrationChangeRecord");
    let last = dumped.lines().rfind(is_change).expect("the broker said that it goes");
    assert!(last.contains("fenced: 1"), "{last}");
}

#[test]
fn a_clean_stop_is_remembered_unless_somebody_was_at_the_files() {
    let mut node = Node::start("remembered");
    let mut client = node.connect();
    for topic in ["t", "cut"] {
        client.create(topic);
        for number in 0..20 {
            let value = format!("value {number:06}");
            client.produce(topic, &batch(&[value.as_bytes()]));
        }
    }
    assert!(node.stop());
    let remembered = std::fs::read_to_string(node.dir.join("vltava-logs")).unwrap();
    assert!(remembered.lines().any(|line| line.starts_with("cut-0 ")), "{remembered}");
    // Three batches and a half are gone; every batch is as long as the others.
    let segment = node.partition("cut-0").join("00000000000000000000.log");
    let whole = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &whole[..whole.len() / 20 * 33 / 2]).unwrap();

    node.run(&[]);
    assert_all_there(&node, 20);
    let mut client = node.connect();
    assert_eq!(client.log_end("cut"), 16, "what was no whole batch is cut off");
    assert_eq!(client.produce("cut", &batch(&[b"more"])).base_offset, 16);
}

#[test]
fn a_produce_that_is_not_committed_in_time_says_where_its_records_are() {
    let node = Node::start_with("late", &["vltava.durability=synced"]);
    let mut client = node.connect();
    client.create("t");
    // Large, so that the disk takes longer than the node needs to see that no time is left.
    let value = vec![7; 500_000];
    let begun = Instant::now();
    let (mut late, mut offset) = (0, 0);
    while late == 0 {
        assert!(begun.elapsed() < DEADLINE, "the disk was faster than {offset} answers");
        let mut request = produce("t", -1, Some(&batch(&[&value])));
        request.timeout_ms = 0;
        let produced = client.ask(&request, 9);
        let partition = &produced.responses[0].partition_responses[0];
        let code = ErrorCode::from_code(partition.error_code);
        assert!(matches!(code, ErrorCode::None | ErrorCode::RequestTimedOut), "{produced:?}");
        assert_eq!((partition.base_offset, partition.log_start_offset), (offset, 0));
        late += usize::from(code == ErrorCode::RequestTimedOut);
        offset += 1;
    }
}

#[test]
fn log_recover_puts_the_journal_into_the_logs_for_others_to_read() {
    let (mut node, count) = synced_and_cut("log-recover");
    let recover = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vltava"));
        let output = command.args(["log", "recover", "--json"]).arg(&node.dir).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let segment = node.partition("t-0").join("00000000000000000000.log");
    let said = recover();
    assert!(said.contains("\"logs\""), "{said}");
    let whole = std::fs::metadata(&segment).unwrap().len();
    assert!(whole > 0 && !said.contains("\"bytesReplayed\":0"), "{said}");
    let left = listing(&node.dir);
    assert!(!left.iter().any(|name| name.starts_with("vltava-journal")), "{left:?}");
    assert!(!left.iter().any(|name| name == ".kafka_cleanshutdown"), "the stop was none");
    recover();
    assert_eq!(std::fs::metadata(&segment).unwrap().len(), whole, "twice is as once");
    node.run(&[]);
    assert_all_there(&node, count);
}

#[test]
fn topics_created_and_deleted_just_before_a_kill_stay_so() {
    let mut node = Node::start("topics-killed");
    let mut client = node.connect();
    client.create("kept");
    client.create("gone");
    let topic = DeleteTopicState { name: Some(name("gone")), ..Default::default() };
    let request =
        DeleteTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
    assert_eq!(client.ask(&request, 6).responses[0].error_code, 0);
    node.kill();
    node.run(&[]);
    let mut client = node.connect();
    let request = MetadataRequest { topics: None, ..Default::default() };
    let topics = client.ask(&request, 9).topics;
    let names: Vec<_> = topics.iter().filter_map(|topic| topic.name.clone()).collect();
    assert_eq!(names, [name("kept")]);
    assert_eq!(client.produce("kept", &batch(&[b"a"])).error_code, 0);
    let answer = client.produce("gone", &batch(&[b"a"]));
    assert_eq!(answer.error_code, ErrorCode::UnknownTopicOrPartition.code());
}

/// A node that was killed with one log that takes longer to check than the others.
fn killed_with_much_to_check(test: &str) -> Node {
    let mut node = Node::start(test);
    let mut client = node.connect();
    let value = vec![7; 900_000];
    for topic in ["large", "small", "gone"] {
        client.create(topic);
    }
    for _ in 0..60 {
        assert_eq!(client.produce("large", &batch(&[&value])).error_code, 0);
    }
    for topic in ["small", "gone"] {
        assert_eq!(client.produce(topic, &batch(&[b"a"])).error_code, 0);
    }
    node.kill();
    node
}

/// Answers of a partition whose log is still being checked are NOT_LEADER_OR_FOLLOWER.
fn produce_when_open(client: &mut Client, topic: &str) -> i64 {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let answer = client.produce(topic, &batch(&[b"more"]));
        if answer.error_code == 0 {
            return answer.base_offset;
        }
        assert_eq!(answer.error_code, ErrorCode::NotLeaderOrFollower.code());
        assert!(Instant::now() < deadline, "{topic} is not served");
    }
}

#[test]
fn after_a_crash_a_node_serves_while_it_checks_and_deletes_what_is_checked() {
    let mut node = killed_with_much_to_check("checks");
    node.run_until(&[], &["serving on"]);
    let mut client = node.connect();
    let topic = DeleteTopicState { name: Some(name("gone")), ..Default::default() };
    let request =
        DeleteTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
    assert_eq!(client.ask(&request, 6).responses[0].error_code, 0);
    client.create("gone");
    assert_eq!(client.produce("gone", &batch(&[b"a"])).base_offset, 0, "it is another topic");
    assert_eq!(produce_when_open(&mut client, "small"), 1);
    assert_eq!(produce_when_open(&mut client, "large"), 60);
    assert!(node.stop());
    assert!(node.dir.join(".kafka_cleanshutdown").exists());
}

#[test]
fn a_stop_while_logs_are_checked_is_no_clean_one_and_loses_nothing() {
    let mut node = killed_with_much_to_check("stop-checking");
    for _ in 0..3 {
        // Sooner or later than the last log is open: both must be right.
        node.run_until(&[], &["serving on"]);
        assert!(node.stop());
        let _ = std::fs::remove_file(node.dir.join(".kafka_cleanshutdown"));
    }
    node.run(&[]);
    let mut client = node.connect();
    assert_eq!((client.log_end("large"), client.log_end("small")), (60, 1));
    assert_eq!(values(&mut client, "large", 60).len(), 60);
}

#[test]
fn a_segment_cut_anywhere_and_spoilt_files_beside_it_serve_what_is_whole() {
    let mut node = Node::start("cut");
    let mut client = node.connect();
    client.create("t");
    for number in 0..20 {
        let value = format!("value {number:06}");
        assert_eq!(client.produce("t", &batch(&[value.as_bytes()])).error_code, 0);
    }
    assert!(node.stop(), "a stop by SIGTERM is a success");
    assert!(node.dir.join(".kafka_cleanshutdown").exists());
    let folder = node.partition("t-0");
    let segment = folder.join("00000000000000000000.log");
    let whole = std::fs::read(&segment).unwrap();
    let each = whole.len() / 20;
    for (round, cut) in [1, each / 2, each, each * 3 + 40, whole.len() - 1].into_iter().enumerate()
    {
        std::fs::remove_file(node.dir.join(".kafka_cleanshutdown")).unwrap();
        std::fs::write(&segment, &whole[..whole.len() - cut]).unwrap();
        for file in ["00000000000000000000.index", "00000000000000000000.timeindex"] {
            std::fs::write(folder.join(file), b"no index at all").unwrap();
        }
        for file in ["recovery-point-offset-checkpoint", "replication-offset-checkpoint"] {
            if round % 2 == 0 {
                std::fs::write(node.dir.join(file), b"x\ny\n").unwrap();
            }
        }
        node.run(&[]);
        let mut client = node.connect();
        let kept = ((whole.len() - cut) / each) as i64;
        assert_eq!(client.log_end("t"), kept, "cut by {cut}");
        assert_eq!(values(&mut client, "t", kept).len() as i64, kept);
        assert!(node.stop());
    }
}

#[test]
fn one_directory_under_two_names_and_a_copy_of_another_are_refused() {
    let mut node = Node::start("two-names");
    node.connect().create("t");
    assert!(node.stop());
    let (path, link) = (node.dir.display().to_string(), new_dir("two-names-link"));
    std::os::unix::fs::symlink(&node.dir, &link).unwrap();
    for other in [
        format!("{path}/../{}", node.dir.file_name().unwrap().display()),
        link.display().to_string(),
    ] {
        let dirs = format!("log.dirs={path},{other}");
        let (code, log) = refusal(&node.dir, "127.0.0.1:0", &[&dirs]);
        assert!(code == 1 && log.contains("are one directory"), "{code}: {log}");
    }
    std::fs::remove_file(&link).unwrap();
    // Somebody has copied a directory.
    let copy = new_dir("two-names-copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(node.partition("meta.properties"), copy.join("meta.properties")).unwrap();
    let dirs = format!("log.dirs={path},{}", copy.display());
    let (code, log) = refusal(&node.dir, "127.0.0.1:0", &[&dirs]);
    assert!(code == 1 && log.contains("both have the directory.id"), "{code}: {log}");
    std::fs::remove_dir_all(&copy).unwrap();
    assert!(node.partition("t-0").exists(), "nothing was touched");
    node.run(&[]);
    assert_eq!(node.connect().log_end("t"), 0);
}

#[test]
fn damage_in_one_log_is_told_to_who_reads_there_and_the_rest_goes_on() {
    // An entry for every batch: the start finds the end of the log without walking over the damage.
    let settings = ["log.index.interval.bytes=0"];
    let mut node = Node::start_with("damaged-batch", &settings);
    let mut client = node.connect();
    client.create("t");
    client.create("other");
    for value in [b"one", b"two", b"six"] {
        assert_eq!(client.produce("t", &batch(&[value])).error_code, 0);
    }
    assert_eq!(client.produce("other", &batch(&[b"one"])).error_code, 0);
    drop(client);
    assert!(node.stop());
    let path = node.partition("t-0").join("00000000000000000000.log");
    let mut bytes = std::fs::read(&path).unwrap();
    // The magic of the second of three.
    let second = bytes.len() / 3;
    bytes[second + 16] = 9;
    std::fs::write(&path, bytes).unwrap();
    node.run(&settings);
    let mut client = node.connect();
    for _ in 0..2 {
        let code = client.fetch(12, "t", 1).error_code;
        assert_eq!(code, ErrorCode::CorruptMessage.code());
        assert_eq!(client.fetch(12, "t", 0).error_code, 0);
        assert_eq!(client.fetch(12, "other", 0).error_code, 0);
    }
    assert_eq!(client.produce("other", &batch(&[b"two"])).base_offset, 1);
}

#[test]
fn a_parked_fetch_is_answered_by_a_produce_by_its_time_and_by_the_end_of_the_node() {
    let mut node = Node::start("parked");
    let mut client = node.connect();
    client.create("t");
    let mut waiting = node.connect();
    waiting.request(&fetch("t", 0, 25_000, 1), 12, 1);
    let begun = Instant::now();
    assert_eq!(client.produce("t", &batch(&[b"a"])).error_code, 0);
    let (_, response) = waiting.response::<FetchRequest>(12);
    assert!(!bytes_of(&response.responses[0].partitions[0]).is_empty());
    assert!(begun.elapsed() < Duration::from_secs(10), "the produce wakes the fetch");

    let begun = Instant::now();
    waiting.request(&fetch("t", 1, 300, 1), 12, 2);
    let (_, response) = waiting.response::<FetchRequest>(12);
    assert_eq!(response.error_code, 0);
    assert!(begun.elapsed() >= Duration::from_millis(300));

    // A fetch that waits for more than there is.
    waiting.request(&fetch("t", 0, 25_000, 1 << 20), 12, 3);
    // The produce's answer says that the node has had time to park the fetch.
    assert_eq!(client.produce("t", &batch(&[b"b"])).error_code, 0);
    let begun = Instant::now();
    node.signal();
    // Answered, or closed: never left alone.
    waiting.receive();
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(node.wait());
}

#[test]
fn a_directory_that_is_not_this_node_s_is_refused_and_untouched() {
    let mut node = Node::start("owner");
    let (code, text) = refusal(&node.dir, "127.0.0.1:0", &[]);
    assert_ne!(code, 0);
    assert!(text.contains(&node.dir.display().to_string()), "{text}");
    assert!(node.connect().works(), "the first process never notices");

    let other = new_dir("owner-other");
    let (code, text) = refusal(&other, &node.address, &[]);
    let port = node.address.rsplit(':').next().unwrap();
    assert_ne!(code, 0);
    assert!(text.contains(port), "a port that is taken is named: {text}");
    let _ = std::fs::remove_dir_all(&other);

    assert!(node.stop());
    let (code, text) = refusal(&node.dir, "127.0.0.1:0", &["node.id=77"]);
    assert_ne!(code, 0);
    assert!(text.contains("77"), "{text}");

    let mut command = serve(&node.dir, "127.0.0.1:0", &[]);
    command.env("CLUSTER_ID", "5L6g3nShT-eMCtK--X86sw");
    // Not for the node, and no text either.
    command.env("BACKGROUND", std::ffi::OsStr::from_bytes(b"\xff"));
    let (code, text) = refusal_of(&mut command);
    assert_ne!(code, 0);
    assert!(text.contains("(or CLUSTER_ID in the environment) is 5L6g3nShT"), "{text}");

    let meta = node.dir.join("meta.properties");
    let contents = std::fs::read(&meta).unwrap();
    std::fs::remove_file(&meta).unwrap();
    std::fs::create_dir_all(node.dir.join("orders-0")).unwrap();
    let before = listing(&node.dir);
    let (code, text) = refusal(&node.dir, "127.0.0.1:0", &[]);
    assert_ne!(code, 0);
    assert!(text.contains("meta.properties"), "{text}");
    let changed: Vec<_> = listing(&node.dir).into_iter().filter(|n| n != ".lock").collect();
    let before: Vec<_> = before.into_iter().filter(|n| n != ".lock").collect();
    assert_eq!(changed, before, "the directory is as it was");
    std::fs::write(&meta, contents).unwrap();
}

fn listing(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_node_whose_metadata_is_lost_or_damaged_does_not_begin_anew() {
    let mut node = Node::start("lost-metadata");
    node.connect().create("t");
    node.kill();
    let log = node.dir.join("__cluster_metadata-0/00000000000000000000.log");
    let content = std::fs::read(&log).unwrap();
    let mut damaged = content.clone();
    damaged[content.len() / 3] ^= 4;
    std::fs::write(&log, &damaged).unwrap();
    let (code, text) = refusal(&node.dir, "127.0.0.1:0", &[]);
    assert!(code == 1 && text.contains("was synced up to"), "{code}: {text}");
    assert_eq!(std::fs::read(&log).unwrap(), damaged, "nothing is cut off");

    std::fs::remove_file(&log).unwrap();
    let (code, text) = refusal(&node.dir, "127.0.0.1:0", &[]);
    assert!(code == 1 && text.contains("was synced up to"), "{code}: {text}");
    assert!(node.dir.join("t-0").exists(), "no log is taken for a stray");

    std::fs::write(&log, content).unwrap();
    node.run(&[]);
    assert_eq!(node.connect().log_end("t"), 0);
}

#[test]
fn a_topic_made_anew_has_nothing_of_the_old_one_after_a_crash() {
    let mut node = Node::start("made-anew");
    let mut client = node.connect();
    client.create("t");
    for _ in 0..5 {
        client.produce("t", &batch(&[b"old"]));
    }
    let partition = delete_records_request::DeleteRecordsPartition {
        partition_index: 0,
        offset: 5,
        ..Default::default()
    };
    let topic = delete_records_request::DeleteRecordsTopic {
        name: name("t"),
        partitions: vec![partition],
        ..Default::default()
    };
    let request =
        DeleteRecordsRequest { topics: vec![topic], timeout_ms: 1000, ..Default::default() };
    assert_eq!(client.ask(&request, 2).topics[0].partitions[0].low_watermark, 5);
    // A stop writes where logs begin, and up to where they are synced.
    assert!(node.stop());
    node.run(&[]);
    let mut client = node.connect();
    let deleted =
        delete_topics_request::DeleteTopicState { name: Some(name("t")), ..Default::default() };
    let request =
        DeleteTopicsRequest { topics: vec![deleted], timeout_ms: 1000, ..Default::default() };
    assert_eq!(client.ask(&request, 6).responses[0].error_code, 0);
    client.create("t");
    client.produce("t", &batch(&[b"new"]));
    node.kill();
    node.run(&[]);
    let mut client = node.connect();
    assert_eq!(client.log_end("t"), 1);
    assert_eq!(client.fetch(12, "t", 0).error_code, 0);
}

#[test]
fn a_node_without_a_log_directory_that_works_ends() {
    let mut node = Node::start("no-directory");
    let mut client = node.connect();
    client.create("t");
    client.produce("t", &batch(&[b"kept"]));
    // What is no directory can hold no log.
    std::fs::write(node.partition("broken-0"), b"in the way").unwrap();
    let topic = create_topics_request::CreatableTopic {
        name: name("broken"),
        num_partitions: 1,
        replication_factor: 1,
        ..Default::default()
    };
    let request =
        CreateTopicsRequest { topics: vec![topic], timeout_ms: 1000, ..Default::default() };
    client.request(&request, 7, 1);
    assert!(!node.wait(), "it ends with an error");
    node.log_line("no log directory works any more");

    std::fs::remove_file(node.partition("broken-0")).unwrap();
    node.run(&[]);
    assert_eq!(node.connect().log_end("t"), 1);
}
