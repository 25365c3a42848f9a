//! Topologies on topics against Kafka's: `testdata/topologies-kafka-4.3.1.tsv` was written by a program
//! that ran `InternalTopicManager` of 4.3.1 over random topologies and topics.
//!
//! Columns: topics that exist, `name:partitions`; the subtopologies in order of their ids, as
//! `sources/sinks/repartition sources/changelogs/copartition groups` (internal topics with a number of
//! partitions or a replication factor, groups as `source indices+repartition indices`); the outcome.

use base::{ErrorCode, Str};
use protocol::messages::streams_group_heartbeat_request::{
    CopartitionGroup, KeyValue, Subtopology, TopicInfo, Topology as SentTopology,
};

use crate::group::streams::Refusal;
use crate::group::streams::configure::{ConfiguredTopology, configure};
use crate::group::streams::topology::{Topology, to_record};
use crate::group::testing::Bench;

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|item| !item.is_empty())
}

fn with_number(text: &str) -> (Str, i32) {
    let (name, number) = text.rsplit_once(':').expect("a name and a number");
    (name.into(), number.parse().expect("a number"))
}

fn indices(text: &str) -> Vec<i16> {
    listed(text).map(|index| index.parse().expect("an index")).collect()
}

fn subtopology(id: usize, text: &str) -> Subtopology {
    let parts: Vec<&str> = text.split('/').collect();
    let names = |text| listed(text).map(Str::from).collect();
    let group = |text: &str| {
        let (sources, repartitioned) = text.split_once('+').expect("a copartition group");
        CopartitionGroup {
            source_topics: indices(sources),
            repartition_source_topics: indices(repartitioned),
            ..CopartitionGroup::default()
        }
    };
    let repartition_source = |text| {
        let (name, partitions) = with_number(text);
        TopicInfo { name, partitions, ..TopicInfo::default() }
    };
    let changelog = |text| {
        let (name, factor) = with_number(text);
        let compact = KeyValue {
            key: "cleanup.policy".into(),
            value: "compact".into(),
            ..KeyValue::default()
        };
        TopicInfo {
            name,
            replication_factor: factor as i16,
            topic_configs: vec![compact],
            ..TopicInfo::default()
        }
    };
    Subtopology {
        subtopology_id: id.to_string().into(),
        source_topics: names(parts[0]),
        repartition_sink_topics: names(parts[1]),
        repartition_source_topics: listed(parts[2]).map(repartition_source).collect(),
        state_changelog_topics: listed(parts[3]).map(changelog).collect(),
        copartition_groups: parts[4].split(';').filter(|g| !g.is_empty()).map(group).collect(),
        ..Subtopology::default()
    }
}

fn outcome(configured: Result<ConfiguredTopology, Refusal>) -> String {
    match configured {
        Err(refusal) => {
            assert_eq!(refusal.code, ErrorCode::StreamsInvalidTopology);
            format!("error StreamsInvalidTopologyException {}", refusal.message)
        }
        Ok(ConfiguredTopology { subtopologies: Some(subtopologies), topics_to_create, .. }) => {
            let tasks: Vec<String> =
                subtopologies.iter().map(|(id, s)| format!("{id}:{}", s.tasks)).collect();
            let create: Vec<String> = topics_to_create
                .iter()
                .map(|t| format!("{}:{}:{}", t.name, t.num_partitions, t.replication_factor))
                .collect();
            format!("tasks {} create {}", tasks.join(","), create.join(","))
        }
        Ok(ConfiguredTopology { problem, .. }) => {
            let (status, reason) = problem.expect("what is not configured has a problem");
            format!("status {} {reason}", status.with("").status_code)
        }
    }
}

#[test]
fn a_topology_asks_for_the_topics_that_kafka_would_ask_for() {
    for (line, case) in include_str!("../testdata/topologies-kafka-4.3.1.tsv").lines().enumerate() {
        let columns: Vec<&str> = case.split('\t').collect();
        let mut bench = Bench::new();
        for topic in listed(columns[0]) {
            let (name, partitions) = with_number(topic);
            bench.topic(&name, partitions);
        }
        let subtopologies = columns[1].split(' ').enumerate();
        let sent = SentTopology {
            epoch: 3,
            subtopologies: subtopologies.map(|(id, text)| subtopology(id, text)).collect(),
            ..SentTopology::default()
        };
        let record = to_record(&sent).expect("a topology that can be stored");
        let ours = outcome(configure(&Topology::from_record(&record), bench.image()));
        // Where several topics have grown, Kafka names whichever it meets first.
        let several = "status 2 Existing topic ";
        let equal =
            ours == columns[2] || ours.starts_with(several) && columns[2].starts_with(several);
        assert!(equal, "line {}: {case}\nours: {ours}", line + 1);
    }
}

/// Each subtopology writes what the one before it in the order of ids reads.
#[test]
fn a_long_chain_of_subtopologies_is_configured_in_one_go() {
    const LENGTH: usize = 2_000;
    let mut bench = Bench::new();
    bench.topic("in", 3);
    let one = |at: usize| {
        let mut one = subtopology(at, "////");
        one.subtopology_id = format!("{at:06}").into();
        match at {
            0 => {}
            _ => one.repartition_sink_topics = vec![format!("r{}", at - 1).into()],
        }
        match at + 1 {
            LENGTH => one.source_topics = vec!["in".into()],
            _ => {
                let name: Str = format!("r{at}").into();
                one.repartition_source_topics = vec![TopicInfo { name, ..TopicInfo::default() }];
            }
        }
        one
    };
    let sent = SentTopology { subtopologies: (0..LENGTH).map(one).collect(), ..Default::default() };
    let record = to_record(&sent).expect("a topology that can be stored");
    let configured = configure(&Topology::from_record(&record), bench.image());
    let created = configured.expect("it can be configured").topics_to_create;
    assert_eq!(created.len(), LENGTH - 1);
    assert!(created.iter().all(|topic| topic.num_partitions == 3));
}
