//! The assignor against Kafka's: `testdata/sticky-kafka-4.3.tsv` was written by a program that ran
//! `StickyTaskAssignor` of Kafka's 4.3 branch (August 2026, with KAFKA-20899, which 4.3.1 lacks) over
//! random applications, several assignments in a row with members that come and go, topics that grow,
//! and other numbers of replicas. Ids are single letters, so that Java's hash maps keep them in their
//! order, which is ours.
//!
//! Columns: standby replicas; subtopologies `id:tasks:kind`; members `id:process:active:standby` with
//! the tasks they had; members `id:active:standby` with those they got.

use std::collections::BTreeMap;

use base::Str;

use crate::group::streams::assignor::{MemberSpec, assign};
use crate::group::streams::configure::{ConfiguredSubtopology, InternalTopic};
use crate::group::streams::tasks::{TaskSet, Tasks};

fn tasks(text: &str) -> TaskSet {
    let mut tasks = TaskSet::new();
    for task in text.split(',').filter(|task| !task.is_empty()) {
        let (subtopology, partition) = task.split_once('_').expect("a task");
        let partition = partition.parse().expect("a partition");
        tasks.entry(subtopology.into()).or_default().insert(partition);
    }
    tasks
}

fn subtopology(text: &str) -> (Str, ConfiguredSubtopology) {
    let parts: Vec<&str> = text.split(':').collect();
    let tasks = parts[1].parse().expect("a number of tasks");
    let changelog =
        InternalTopic { partitions: tasks, replication_factor: 0, configs: BTreeMap::new() };
    let changelogs = match parts[2] {
        "stateful" => BTreeMap::from([(Str::from("changelog"), changelog)]),
        _ => BTreeMap::new(),
    };
    let configured = ConfiguredSubtopology {
        tasks,
        source_topics: Vec::new(),
        repartition_source_topics: BTreeMap::new(),
        repartition_sink_topics: Vec::new(),
        state_changelog_topics: changelogs,
    };
    (parts[0].into(), configured)
}

#[test]
fn tasks_go_to_whom_kafka_gives_them() {
    for (line, case) in include_str!("../testdata/sticky-kafka-4.3.tsv").lines().enumerate() {
        let columns: Vec<&str> = case.split('\t').collect();
        let replicas = columns[0].parse().expect("a number of replicas");
        let subtopologies = columns[1].split(',').map(subtopology).collect();
        let had: Vec<(Str, Str, Tasks)> = columns[2]
            .split(';')
            .map(|member| {
                let parts: Vec<&str> = member.split(':').collect();
                let had = Tasks {
                    active: tasks(parts[2]),
                    standby: tasks(parts[3]),
                    warmup: TaskSet::new(),
                };
                (parts[0].into(), parts[1].into(), had)
            })
            .collect();
        let members = had
            .iter()
            .map(|(id, process_id, assigned)| (id.clone(), MemberSpec { process_id, assigned }))
            .collect();
        let expected: BTreeMap<Str, Tasks> = columns[3]
            .split(';')
            .map(|member| {
                let parts: Vec<&str> = member.split(':').collect();
                let got = Tasks {
                    active: tasks(parts[1]),
                    standby: tasks(parts[2]),
                    warmup: TaskSet::new(),
                };
                (parts[0].into(), got)
            })
            .collect();
        let assigned = assign(&members, &subtopologies, replicas);
        assert_eq!(assigned, expected, "line {}: {case}", line + 1);
    }
}
