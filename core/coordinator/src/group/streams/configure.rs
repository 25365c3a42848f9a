//! A topology on the topics that exist: how many tasks each subtopology has, which internal topics
//! must be created, or what keeps the group from being ready.
//!
//! Source topics must exist. From their partitions follow those of the repartition topics
//! ([`partition_counts`]), from both those of the changelogs. What does not exist yet is to be
//! created; what exists must have the number of partitions that was found.

use std::collections::BTreeMap;

use base::{ErrorCode, Str};
use metadata::Image;
use protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use protocol::messages::streams_group_describe_response as describe;
use protocol::record_types::group::streams_group_topology_value::{Subtopology, TopicInfo};

use super::Refusal;
use super::partition_counts::{Counts, PartitionCounts, partition_counts};
use super::status::Status;
use super::topology::{Topology, inputs};

/// How many names a message shows of those that are missing.
const NAMES_SHOWN_MAX: usize = 3;

/// What came of configuring a topology.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ConfiguredTopology {
    pub epoch: i32,
    /// None if source topics are missing or topics are wrongly partitioned.
    pub subtopologies: Option<BTreeMap<Str, ConfiguredSubtopology>>,
    /// The internal topics that do not exist yet.
    pub topics_to_create: Vec<CreatableTopic>,
    /// Why no tasks can be given out.
    pub problem: Option<(Status, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ConfiguredSubtopology {
    /// One for each partition of the input topic that has most of them.
    pub tasks: i32,
    pub source_topics: Vec<Str>,
    pub repartition_source_topics: BTreeMap<Str, InternalTopic>,
    pub repartition_sink_topics: Vec<Str>,
    pub state_changelog_topics: BTreeMap<Str, InternalTopic>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct InternalTopic {
    pub partitions: i32,
    /// 0 leaves it to the broker.
    pub replication_factor: i16,
    pub configs: BTreeMap<Str, Str>,
}

impl ConfiguredTopology {
    pub fn is_ready(&self) -> bool {
        self.problem.is_none()
    }

    pub fn describe(&self) -> describe::Topology {
        let all = self.subtopologies.iter().flatten();
        describe::Topology {
            epoch: self.epoch,
            subtopologies: Some(all.map(|(id, subtopology)| subtopology.describe(id)).collect()),
            ..describe::Topology::default()
        }
    }
}

impl ConfiguredSubtopology {
    pub fn is_stateful(&self) -> bool {
        !self.state_changelog_topics.is_empty()
    }

    fn describe(&self, id: &Str) -> describe::Subtopology {
        describe::Subtopology {
            subtopology_id: id.clone(),
            source_topics: self.source_topics.clone(),
            repartition_sink_topics: self.repartition_sink_topics.clone(),
            state_changelog_topics: describe_topics(&self.state_changelog_topics),
            repartition_source_topics: describe_topics(&self.repartition_source_topics),
            ..describe::Subtopology::default()
        }
    }
}

fn describe_topics(topics: &BTreeMap<Str, InternalTopic>) -> Vec<describe::TopicInfo> {
    let config = |(key, value): (&Str, &Str)| describe::KeyValue {
        key: key.clone(),
        value: value.clone(),
        ..describe::KeyValue::default()
    };
    let topic = |(name, topic): (&Str, &InternalTopic)| describe::TopicInfo {
        name: name.clone(),
        partitions: topic.partitions,
        replication_factor: topic.replication_factor,
        topic_configs: topic.configs.iter().map(config).collect(),
        ..describe::TopicInfo::default()
    };
    topics.iter().map(topic).collect()
}

/// Configures a topology on the topics of `image`.
///
/// # Errors
/// STREAMS_INVALID_TOPOLOGY for one that no topics could satisfy.
pub(super) fn configure(topology: &Topology, image: &Image) -> Result<ConfiguredTopology, Refusal> {
    let not_ready = |status, reason| ConfiguredTopology {
        epoch: topology.epoch,
        subtopologies: None,
        topics_to_create: Vec::new(),
        problem: Some((status, reason)),
    };
    let sources = topology.subtopologies.values().flat_map(|s| &s.source_topics);
    let mut missing: Vec<&Str> = sources.filter(|topic| image.topic(topic).is_none()).collect();
    missing.sort();
    missing.dedup();
    if !missing.is_empty() {
        let reason = format!("Source topics {} are missing.", summary(&missing));
        return Ok(not_ready(Status::MissingSourceTopics, reason));
    }
    let counts = match partition_counts(topology, image)? {
        Counts::Decided(counts) => counts,
        Counts::Incorrect(reason) => {
            return Ok(not_ready(Status::IncorrectlyPartitionedTopics, reason));
        }
    };
    let mut subtopologies = BTreeMap::new();
    for (id, subtopology) in &topology.subtopologies {
        subtopologies.insert(id.clone(), configured(subtopology, &counts)?);
    }
    let expected = internal_topics(&subtopologies);
    for (name, topic) in &expected {
        let found = image.topic(name).map(|topic| topic.partitions.len());
        if let Some(found) = found.filter(|found| *found as i64 != i64::from(topic.partitions)) {
            let reason = format!(
                "Existing topic {name} has different number of partitions: expected {}, found \
                 {found}",
                topic.partitions
            );
            return Ok(not_ready(Status::IncorrectlyPartitionedTopics, reason));
        }
    }
    let to_create: Vec<_> =
        expected.into_iter().filter(|(name, _)| image.topic(name).is_none()).collect();
    let names: Vec<&Str> = to_create.iter().map(|(name, _)| *name).collect();
    let problem = (!names.is_empty()).then(|| {
        let reason = format!("Internal topics are missing: {}", summary(&names));
        (Status::MissingInternalTopics, reason)
    });
    let topics_to_create = to_create.into_iter().map(|(name, of)| of.to_create(name)).collect();
    Ok(ConfiguredTopology {
        epoch: topology.epoch,
        topics_to_create,
        problem,
        subtopologies: Some(subtopologies),
    })
}

fn configured(
    subtopology: &Subtopology,
    counts: &PartitionCounts<'_>,
) -> Result<ConfiguredSubtopology, Refusal> {
    let mut tasks = 0;
    for topic in inputs(subtopology) {
        tasks = tasks.max(counts.of(topic)?);
    }
    if tasks == 0 {
        let rule = format!("No source topics found for subtopology {}", subtopology.subtopology_id);
        return Err(Refusal::new(ErrorCode::StreamsInvalidTopology, rule));
    }
    let internal = |topics: &[TopicInfo]| -> Result<BTreeMap<Str, InternalTopic>, Refusal> {
        let one = |topic: &TopicInfo| {
            let configs =
                topic.topic_configs.iter().map(|config| (config.key.clone(), config.value.clone()));
            let internal = InternalTopic {
                partitions: counts.wanted(topic)?,
                replication_factor: topic.replication_factor,
                configs: configs.collect(),
            };
            Ok((topic.name.clone(), internal))
        };
        topics.iter().map(one).collect()
    };
    let sorted = |topics: &[Str]| {
        let mut topics = topics.to_vec();
        topics.sort();
        topics.dedup();
        topics
    };
    Ok(ConfiguredSubtopology {
        tasks,
        source_topics: sorted(&subtopology.source_topics),
        repartition_source_topics: internal(&subtopology.repartition_source_topics)?,
        repartition_sink_topics: sorted(&subtopology.repartition_sink_topics),
        state_changelog_topics: internal(&subtopology.state_changelog_topics)?,
    })
}

/// All internal topics by name. One that several subtopologies name is as the last of them has it,
/// and a changelog goes over a repartition topic.
fn internal_topics(
    subtopologies: &BTreeMap<Str, ConfiguredSubtopology>,
) -> BTreeMap<&Str, &InternalTopic> {
    let mut topics = BTreeMap::new();
    for subtopology in subtopologies.values() {
        topics.extend(&subtopology.repartition_source_topics);
        topics.extend(&subtopology.state_changelog_topics);
    }
    topics
}

impl InternalTopic {
    fn to_create(&self, name: &Str) -> CreatableTopic {
        let config = |(name, value): (&Str, &Str)| CreatableTopicConfig {
            name: name.clone(),
            value: Some(value.clone()),
            ..CreatableTopicConfig::default()
        };
        CreatableTopic {
            name: name.clone(),
            num_partitions: self.partitions,
            replication_factor: match self.replication_factor {
                0 => -1,
                given => given,
            },
            configs: self.configs.iter().map(config).collect(),
            ..CreatableTopic::default()
        }
    }
}

fn summary(names: &[&Str]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES_SHOWN_MAX).map(|name| name.as_str()).collect();
    let mut text = shown.join(", ");
    if names.len() > NAMES_SHOWN_MAX {
        text += &format!(" and {} additional topics", names.len() - NAMES_SHOWN_MAX);
    }
    text
}
