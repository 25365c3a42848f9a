//! Consumers that share work: the client's groups against a node, by both protocols.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base::{Offset, TopicPartition};
use client::admin::{GroupFilter, Stability};
use client::config::ConsumerConfig;
use client::consumer::{Offsets, RebalanceListener};
use client::{Admin, Consumer};
use common::Node;

const DEADLINE: Duration = Duration::from_secs(60);

fn on_one_thread<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn consumer(node: &Node, group: &str, settings: &[(&str, &str)]) -> Consumer {
    let mut config = ConsumerConfig::default();
    config.set("bootstrap.servers", &node.bootstrap).unwrap();
    config.set("group.id", group).unwrap();
    config.set("auto.offset.reset", "earliest").unwrap();
    for (key, value) in settings {
        config.set(key, value).unwrap();
    }
    Consumer::connect(config).await.unwrap()
}

/// Polls all consumers in turn, one record at a time to `seen`, until `done`.
async fn poll_until(
    consumers: &mut [&mut Consumer],
    seen: &mut Vec<(TopicPartition, Offset)>,
    mut done: impl FnMut(&[&mut Consumer], &[(TopicPartition, Offset)]) -> bool,
) {
    let deadline = Instant::now() + DEADLINE;
    while !done(consumers, seen) {
        assert!(Instant::now() < deadline, "it has not happened in time; {} seen", seen.len());
        for consumer in consumers.iter_mut() {
            for record in consumer.poll(Duration::from_millis(50)).await.unwrap() {
                let partition = TopicPartition::new(record.topic.clone(), record.partition);
                seen.push((partition, record.offset));
            }
        }
    }
}

fn assigned(consumer: &Consumer) -> BTreeSet<TopicPartition> {
    consumer.assignment().cloned().collect()
}

/// A topic of four partitions with ten records in each.
fn topic(node: &Node, name: &str) {
    node.output(&["topic", "create", name, "--partitions", "4"]);
    let lines: String = (0..10).map(|number| format!("{number}\n")).collect();
    for partition in ["0", "1", "2", "3"] {
        node.produce(&[name, "--partition", partition], &lines);
    }
}

fn two_share_and_one_takes_over(protocol: &[(&str, &str)]) {
    let node = Node::start(&format!("groups-{}", protocol[0].1));
    topic(&node, "t");
    on_one_thread(async {
        let mut first = consumer(&node, "g", protocol).await;
        first.subscribe(["t"]).unwrap();
        let mut seen = Vec::new();
        poll_until(&mut [&mut first], &mut seen, |_, seen| seen.len() == 40).await;
        assert_eq!(assigned(&first).len(), 4);

        let mut second = consumer(&node, "g", protocol).await;
        second.subscribe(["t"]).unwrap();
        poll_until(&mut [&mut first, &mut second], &mut seen, |consumers, _| {
            consumers.iter().all(|consumer| assigned(consumer).len() == 2 && consumer.is_stable())
        })
        .await;
        assert!(assigned(&first).is_disjoint(&assigned(&second)));
        let distinct: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!((distinct.len(), seen.len()), (40, 40), "nothing is read twice");

        second.close().await.unwrap();
        poll_until(&mut [&mut first], &mut seen, |consumers, _| {
            assigned(consumers[0]).len() == 4 && consumers[0].is_stable()
        })
        .await;
        first.close().await.unwrap();
        assert_eq!(seen.len(), 40);

        let mut config = client::config::ClientConfig::default();
        config.set("bootstrap.servers", &node.bootstrap).unwrap();
        let admin = Admin::connect(config).await.unwrap();
        let offsets = admin.group_offsets("g", Stability::Required).await.unwrap();
        assert!(offsets.len() == 4 && offsets.values().all(|offset| offset.offset == Offset(10)));
        let groups = admin.list_groups(&GroupFilter::default()).await.unwrap();
        assert_eq!((groups.len(), groups[0].state.as_str()), (1, "Empty"));
        assert!(admin.describe_group("g").await.unwrap().members.is_empty());
        admin.delete_group("g").await.unwrap();
        assert!(admin.list_groups(&GroupFilter::default()).await.unwrap().is_empty());
    });
}

#[test]
fn two_share_by_range_and_one_takes_over() {
    two_share_and_one_takes_over(&[("partition.assignment.strategy", "range")]);
}

#[test]
fn two_share_cooperatively_and_one_takes_over() {
    two_share_and_one_takes_over(&[("partition.assignment.strategy", "cooperative-sticky")]);
}

#[test]
fn kip_848_two_share_and_one_takes_over() {
    two_share_and_one_takes_over(&[("group.protocol", "consumer")]);
}

/// What a listener has heard.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn note(&self, what: &str, partitions: &BTreeSet<TopicPartition>) {
        let names: Vec<String> = partitions.iter().map(ToString::to_string).collect();
        self.0.lock().unwrap().push(format!("{what} {}", names.join(" ")));
    }
}

impl RebalanceListener for Heard {
    fn assigned(
        &mut self,
        partitions: &BTreeSet<TopicPartition>,
    ) -> BTreeMap<TopicPartition, Offset> {
        self.note("assigned", partitions);
        partitions.iter().map(|partition| (partition.clone(), Offset(8))).collect()
    }

    fn revoked(&mut self, partitions: &BTreeSet<TopicPartition>) -> Offsets {
        self.note("revoked", partitions);
        partitions.iter().map(|partition| (partition.clone(), Offset(9).into())).collect()
    }
}

#[test]
fn a_listener_says_where_to_begin_and_what_to_commit_at_the_end() {
    let node = Node::start("groups-listener");
    topic(&node, "t");
    on_one_thread(async {
        let mut member = consumer(&node, "g", &[("enable.auto.commit", "false")]).await;
        let heard = Heard::default();
        member.set_listener(heard.clone()).unwrap();
        member.subscribe(["t"]).unwrap();
        let mut seen = Vec::new();
        poll_until(&mut [&mut member], &mut seen, |_, seen| seen.len() == 8).await;
        assert!(seen.iter().all(|(_, offset)| offset.0 >= 8));
        member.unsubscribe().await.unwrap();
        let all: Vec<TopicPartition> =
            (0..4).map(|index| TopicPartition::new("t", index)).collect();
        let committed = member.committed(&all).await.unwrap();
        assert!(committed.len() == 4 && committed.values().all(|found| found.offset == Offset(9)));
        let heard = heard.0.lock().unwrap();
        assert_eq!(*heard, ["assigned t-0 t-1 t-2 t-3", "revoked t-0 t-1 t-2 t-3"]);
    });
}

#[test]
fn a_commit_is_where_another_one_goes_on_and_a_restart_forgets_nothing() {
    let node = Node::start("groups-commit");
    topic(&node, "t");
    let node = on_one_thread(async {
        let settings = [("enable.auto.commit", "false"), ("max.poll.records", "3")];
        let mut member = consumer(&node, "g", &settings).await;
        let partition = TopicPartition::new("t", 2);
        member.assign([partition.clone()]);
        let records = member.poll(DEADLINE).await.unwrap();
        assert_eq!(records.len(), 3);
        member.commit().await.unwrap();
        member.poll(DEADLINE).await.unwrap();
        member.commit_async().unwrap().done().await.unwrap();
        let node = node.crash();
        let mut other = consumer(&node, "g", &settings).await;
        other.assign([partition.clone()]);
        let records = other.poll(DEADLINE).await.unwrap();
        assert_eq!(records[0].offset, Offset(6));
        node
    });
    let text = node.output(&["group", "describe", "g"]);
    assert!(text.contains("t              2       6   10    4"), "{text}");
}

#[test]
fn the_command_line_resets_and_forgets_the_offsets_of_a_group() {
    let node = Node::start("groups-commands");
    topic(&node, "t");
    let consume = ["consume", "t", "--group", "g", "--from-beginning", "-n", "25"];
    assert_eq!(node.output(&consume).lines().count(), 25);
    assert_eq!(node.output(&["group", "list"]).lines().count(), 2);
    let consume = ["consume", "t", "--group", "g", "--from-beginning", "--timeout-ms", "8000"];
    assert_eq!(node.output(&consume).lines().count(), 15, "it goes on where it stopped");
    node.output(&["group", "reset", "g", "--topic", "t:0,1", "--shift-by", "-4"]);
    let text = node.output(&["group", "describe", "g", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let lags: Vec<i64> = value[0]["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|partition| partition["lag"].as_i64().unwrap())
        .collect();
    assert_eq!(lags, [4, 4, 0, 0]);
    node.output(&["group", "forget", "g", "--topic", "t:0"]);
    node.output(&["group", "delete", "g"]);
    assert_eq!(node.output(&["group", "list"]).lines().count(), 1);
}
