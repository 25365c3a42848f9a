//! The topology of a group as its first member described it: subtopologies, the topics that each
//! reads, repartitions through and logs its state to.
//!
//! A topology is given once. A member may come with an older epoch of it, and is told so; one that
//! comes with another topology is refused, as in Kafka 4.3.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, Str};
use protocol::messages::streams_group_describe_response as describe;
use protocol::messages::streams_group_heartbeat_request as heartbeat;
use protocol::record_types::group::StreamsGroupTopologyValue;
use protocol::record_types::group::streams_group_topology_value::{
    CopartitionGroup, Subtopology, TopicConfig, TopicInfo,
};

use super::Refusal;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Topology {
    pub epoch: i32,
    pub subtopologies: BTreeMap<Str, Subtopology>,
    /// The ids of the subtopologies that read each topic, which is asked for each offset that is committed.
    readers: BTreeMap<Str, Str>,
}

impl Topology {
    pub fn from_record(value: &StreamsGroupTopologyValue) -> Topology {
        let by_id =
            |subtopology: &Subtopology| (subtopology.subtopology_id.clone(), subtopology.clone());
        let subtopologies: BTreeMap<Str, Subtopology> =
            value.subtopologies.iter().map(by_id).collect();
        let reads = |(id, subtopology)| inputs(subtopology).map(move |topic| (topic, id));
        let readers = subtopologies.iter().flat_map(reads);
        let readers = readers.map(|(topic, id): (&Str, &Str)| (topic.clone(), id.clone()));
        Topology { epoch: value.epoch, readers: readers.collect(), subtopologies }
    }

    /// Every topic that must exist before tasks can be given out.
    pub fn required_topics(&self) -> BTreeSet<&Str> {
        let topics = |subtopology| {
            inputs(subtopology)
                .chain(subtopology.state_changelog_topics.iter().map(|topic| &topic.name))
        };
        self.subtopologies.values().flat_map(topics).collect()
    }

    /// The id of the subtopology that reads a topic. If several claim it, the last.
    pub fn reader_of(&self, topic: &str) -> Option<&Str> {
        self.readers.get(topic)
    }

    pub fn describe(&self) -> describe::Topology {
        let subtopology = |subtopology: &Subtopology| describe::Subtopology {
            subtopology_id: subtopology.subtopology_id.clone(),
            source_topics: sorted(&subtopology.source_topics),
            repartition_sink_topics: sorted(&subtopology.repartition_sink_topics),
            state_changelog_topics: describe_topics(&subtopology.state_changelog_topics),
            repartition_source_topics: describe_topics(&subtopology.repartition_source_topics),
            ..describe::Subtopology::default()
        };
        describe::Topology {
            epoch: self.epoch,
            subtopologies: Some(self.subtopologies.values().map(subtopology).collect()),
            ..describe::Topology::default()
        }
    }
}

/// What the tasks of a subtopology read: source topics and repartition topics.
pub(super) fn inputs(subtopology: &Subtopology) -> impl Iterator<Item = &Str> {
    let repartitioned = subtopology.repartition_source_topics.iter().map(|topic| &topic.name);
    subtopology.source_topics.iter().chain(repartitioned)
}

fn sorted(topics: &[Str]) -> Vec<Str> {
    let mut topics = topics.to_vec();
    topics.sort();
    topics
}

fn describe_topics(topics: &[TopicInfo]) -> Vec<describe::TopicInfo> {
    let config = |config: &TopicConfig| describe::KeyValue {
        key: config.key.clone(),
        value: config.value.clone(),
        ..describe::KeyValue::default()
    };
    let topic = |topic: &TopicInfo| describe::TopicInfo {
        name: topic.name.clone(),
        partitions: topic.partitions,
        replication_factor: topic.replication_factor,
        topic_configs: topic.topic_configs.iter().map(config).collect(),
        ..describe::TopicInfo::default()
    };
    let mut described: Vec<_> = topics.iter().map(topic).collect();
    described.sort_by(|a, b| a.name.cmp(&b.name));
    described
}

/// The record of a topology that a member sent. It keeps nothing of the request's buffer alive.
///
/// # Errors
/// STREAMS_INVALID_TOPOLOGY for one that could not be stored or read: Kafka fails on these with
/// UNKNOWN_SERVER_ERROR.
pub(super) fn to_record(
    topology: &heartbeat::Topology,
) -> Result<StreamsGroupTopologyValue, Refusal> {
    if topology.epoch < 0 {
        let rule =
            format!("The topology epoch must not be negative, but it is {}.", topology.epoch);
        return Err(Refusal::new(ErrorCode::StreamsInvalidTopology, rule));
    }
    let subtopologies: Vec<_> = topology.subtopologies.iter().map(subtopology_record).collect();
    let mut ids = BTreeSet::new();
    for subtopology in &subtopologies {
        check_subtopology(subtopology)?;
        if !ids.insert(&subtopology.subtopology_id) {
            let rule = format!("Subtopology {} is described twice.", subtopology.subtopology_id);
            return Err(Refusal::new(ErrorCode::StreamsInvalidTopology, rule));
        }
    }
    Ok(StreamsGroupTopologyValue {
        epoch: topology.epoch,
        subtopologies,
        ..StreamsGroupTopologyValue::default()
    })
}

fn check_subtopology(subtopology: &Subtopology) -> Result<(), Refusal> {
    let id = &subtopology.subtopology_id;
    let invalid = |rule: String| Err(Refusal::new(ErrorCode::StreamsInvalidTopology, rule));
    let mut repartitioned = subtopology.repartition_source_topics.iter();
    if let Some(topic) = repartitioned.find(|topic| topic.partitions < 0) {
        let (name, count) = (&topic.name, topic.partitions);
        return invalid(format!("Repartition topic {name} cannot have {count} partitions."));
    }
    let is_in = |index: &i16, length: usize| usize::try_from(*index).is_ok_and(|i| i < length);
    for group in &subtopology.copartition_groups {
        let sources = subtopology.source_topics.len();
        let repartitioned = subtopology.repartition_source_topics.len();
        let fits = group.source_topics.iter().all(|index| is_in(index, sources))
            && group.repartition_source_topics.iter().all(|index| is_in(index, repartitioned));
        if !fits {
            return invalid(format!(
                "A copartition group of subtopology {id} names a topic by an index that does not \
                 exist."
            ));
        }
    }
    let mut names = BTreeSet::new();
    let internal = [&subtopology.repartition_source_topics, &subtopology.state_changelog_topics];
    for topic in internal.into_iter().flatten() {
        if !names.insert(&topic.name) {
            let name = &topic.name;
            return invalid(format!("Subtopology {id} names the internal topic {name} twice."));
        }
    }
    Ok(())
}

fn subtopology_record(subtopology: &heartbeat::Subtopology) -> Subtopology {
    let copartition_group = |group: &heartbeat::CopartitionGroup| CopartitionGroup {
        source_topics: group.source_topics.clone(),
        source_topic_regex: group.source_topic_regex.clone(),
        repartition_source_topics: group.repartition_source_topics.clone(),
        ..CopartitionGroup::default()
    };
    let detached = |texts: &[Str]| texts.iter().map(Str::detached).collect();
    Subtopology {
        subtopology_id: subtopology.subtopology_id.detached(),
        source_topics: detached(&subtopology.source_topics),
        source_topic_regex: detached(&subtopology.source_topic_regex),
        state_changelog_topics: topic_records(&subtopology.state_changelog_topics),
        repartition_sink_topics: detached(&subtopology.repartition_sink_topics),
        repartition_source_topics: topic_records(&subtopology.repartition_source_topics),
        copartition_groups: subtopology.copartition_groups.iter().map(copartition_group).collect(),
        ..Subtopology::default()
    }
}

fn topic_records(topics: &[heartbeat::TopicInfo]) -> Vec<TopicInfo> {
    let config = |config: &heartbeat::KeyValue| TopicConfig {
        key: config.key.detached(),
        value: config.value.detached(),
        ..TopicConfig::default()
    };
    let topic = |topic: &heartbeat::TopicInfo| TopicInfo {
        name: topic.name.detached(),
        partitions: topic.partitions,
        replication_factor: topic.replication_factor,
        topic_configs: topic.topic_configs.iter().map(config).collect(),
        ..TopicInfo::default()
    };
    topics.iter().map(topic).collect()
}
