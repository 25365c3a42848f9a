//! How many partitions internal topics must have.
//!
//! A repartition topic whose number is not fixed by the application gets the most that the
//! subtopologies writing to it read; since these may read other repartition topics, that is found
//! by going round until nothing new is learnt. Then the topics that are joined with each other are
//! made equal (copartitioning), and last each changelog gets one partition per task.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, Str};
use metadata::Image;
use protocol::record_types::group::streams_group_topology_value::{Subtopology, TopicInfo};

use super::Refusal;
use super::topology::{Topology, inputs};

/// What partition counts came to.
pub(super) enum Counts<'a> {
    Decided(PartitionCounts<'a>),
    /// Topics that exist, or that the application fixes, do not fit each other.
    Incorrect(String),
}

/// Partition counts of topics that exist, and of internal ones that were decided.
pub(super) struct PartitionCounts<'a> {
    image: &'a Image,
    decided: BTreeMap<Str, i32>,
}

/// Decides all partition counts of a topology whose source topics exist.
///
/// # Errors
/// STREAMS_INVALID_TOPOLOGY if they cannot be known.
pub(super) fn partition_counts<'a>(
    topology: &Topology,
    image: &'a Image,
) -> Result<Counts<'a>, Refusal> {
    let mut counts = PartitionCounts { image, decided: BTreeMap::new() };
    counts.decided = counts.repartition_topics(topology)?;
    let kinds = RepartitionKinds::of(topology);
    for subtopology in topology.subtopologies.values() {
        for group in copartition_groups(subtopology) {
            match counts.copartition(&group, &kinds)? {
                Copartition::Equal(decided) => counts.decided.extend(decided),
                Copartition::Incorrect(reason) => return Ok(Counts::Incorrect(reason)),
            }
        }
    }
    let changelogs = counts.changelogs(topology)?;
    counts.decided.extend(changelogs);
    Ok(Counts::Decided(counts))
}

/// Repartition topics by who says how many partitions they have.
struct RepartitionKinds<'a> {
    fixed: BTreeSet<&'a Str>,
    flexible: BTreeSet<&'a Str>,
}

impl<'a> RepartitionKinds<'a> {
    fn of(topology: &'a Topology) -> RepartitionKinds<'a> {
        let mut kinds = RepartitionKinds { fixed: BTreeSet::new(), flexible: BTreeSet::new() };
        for topic in topology.subtopologies.values().flat_map(|s| &s.repartition_source_topics) {
            let kind = if topic.partitions == 0 { &mut kinds.flexible } else { &mut kinds.fixed };
            kind.insert(&topic.name);
        }
        kinds
    }
}

enum Copartition {
    /// What the repartition topics of the group get.
    Equal(BTreeMap<Str, i32>),
    Incorrect(String),
}

impl PartitionCounts<'_> {
    /// How many partitions a topic has, or will have.
    ///
    /// # Errors
    /// STREAMS_INVALID_TOPOLOGY for a topic that is neither there nor decided.
    pub fn of(&self, topic: &str) -> Result<i32, Refusal> {
        self.known(topic).ok_or_else(|| unknown(topic))
    }

    /// How many partitions an internal topic must have: what the application says, or what was
    /// decided.
    ///
    /// # Errors
    /// As [`PartitionCounts::of`].
    pub fn wanted(&self, topic: &TopicInfo) -> Result<i32, Refusal> {
        match topic.partitions {
            0 => self.decided.get(&topic.name).copied().ok_or_else(|| unknown(&topic.name)),
            fixed => Ok(fixed),
        }
    }

    fn known(&self, topic: &str) -> Option<i32> {
        match self.image.topic(topic) {
            Some(topic) => i32::try_from(topic.partitions.len()).ok(),
            None => self.decided.get(topic).copied(),
        }
    }

    fn repartition_topics(&self, topology: &Topology) -> Result<BTreeMap<Str, i32>, Refusal> {
        let subtopologies = || topology.subtopologies.values();
        let mut counts: BTreeMap<Str, i32> = subtopologies()
            .flat_map(|subtopology| &subtopology.repartition_source_topics)
            .filter(|topic| topic.partitions != 0)
            .map(|topic| (topic.name.clone(), topic.partitions))
            .collect();
        loop {
            let (mut learnt, mut open) = (false, false);
            for subtopology in subtopologies() {
                let sinks = &subtopology.repartition_sink_topics;
                if sinks.iter().all(|sink| counts.contains_key(sink)) {
                    continue;
                }
                // The same for all of them: a sink that is read here as well has the most by then.
                let Some(count) = self.most_read(subtopology, &counts) else {
                    open = true;
                    continue;
                };
                learnt = true;
                for sink in sinks {
                    counts.entry(sink.clone()).or_insert(count);
                }
            }
            if !open {
                break;
            }
            if !learnt {
                return Err(Refusal::new(
                    ErrorCode::StreamsInvalidTopology,
                    "Failed to compute number of partitions for all repartition topics. There may \
                     be loops in the topology that cannot be resolved.",
                ));
            }
        }
        let mut sources = subtopologies().flat_map(|s| &s.repartition_source_topics);
        if sources.any(|topic| !counts.contains_key(&topic.name)) {
            return Err(Refusal::new(
                ErrorCode::StreamsInvalidTopology,
                "Failed to compute number of partitions for all repartition topics, because a \
                 repartition source topic is never used as a sink topic.",
            ));
        }
        Ok(counts)
    }

    /// The most partitions among the inputs of a subtopology, as far as they are known.
    fn most_read(&self, subtopology: &Subtopology, counts: &BTreeMap<Str, i32>) -> Option<i32> {
        let repartitioned = subtopology.repartition_source_topics.iter();
        let repartitioned = repartitioned.filter_map(|topic| counts.get(&topic.name).copied());
        let sources = subtopology.source_topics.iter().filter_map(|topic| self.known(topic));
        repartitioned.chain(sources).max()
    }

    /// Makes the topics of a copartition group equal. Topics that somebody else made say how many;
    /// without any, those that the application fixed; without these, the largest.
    fn copartition(
        &self,
        group: &BTreeSet<&Str>,
        kinds: &RepartitionKinds<'_>,
    ) -> Result<Copartition, Refusal> {
        if group.is_empty() {
            return Ok(Copartition::Equal(BTreeMap::new()));
        }
        let mut repartitioned = BTreeMap::new();
        let mut sources = BTreeMap::new();
        for topic in group {
            let is_repartitioned = kinds.fixed.contains(topic) || kinds.flexible.contains(topic);
            let kind = if is_repartitioned { &mut repartitioned } else { &mut sources };
            kind.insert(*topic, self.of(topic)?);
        }
        let unequal = |topics: &BTreeMap<&Str, i32>| {
            let listed: Vec<String> =
                topics.iter().map(|(topic, count)| format!("{topic}={count}")).collect();
            Ok(Copartition::Incorrect(format!(
                "Following topics do not have the same number of partitions: [{{{}}}]",
                listed.join(", ")
            )))
        };
        let count = if let Some(&first) = sources.values().next() {
            if sources.values().any(|count| *count != first) {
                return unequal(&sources);
            }
            first
        } else if let Some(first) = kinds.fixed.first() {
            // Kafka compares the fixed topics of the whole topology here, not of the group alone.
            let first = self.of(first)?;
            for topic in &kinds.fixed {
                if self.of(topic)? != first {
                    return unequal(&repartitioned);
                }
            }
            first
        } else {
            *repartitioned.values().max().expect("a group without sources has repartition topics")
        };
        let differs =
            |(topic, has): &(&&Str, &i32)| kinds.fixed.contains(**topic) && **has != count;
        if let Some((topic, has)) = repartitioned.iter().find(differs) {
            return Ok(Copartition::Incorrect(format!(
                "Number of partitions [{has}] of repartition topic [{topic}] doesn't match number \
                 of partitions [{count}] of the source topic."
            )));
        }
        Ok(Copartition::Equal(
            repartitioned.keys().map(|topic| ((*topic).clone(), count)).collect(),
        ))
    }

    fn changelogs(&self, topology: &Topology) -> Result<BTreeMap<Str, i32>, Refusal> {
        let mut counts = BTreeMap::new();
        for subtopology in topology.subtopologies.values() {
            let mut most = None;
            for topic in inputs(subtopology) {
                most = most.max(Some(self.of(topic)?));
            }
            let Some(most) = most else {
                let id = &subtopology.subtopology_id;
                let rule = format!("No source topics found for subtopology {id}");
                return Err(Refusal::new(ErrorCode::StreamsInvalidTopology, rule));
            };
            for topic in &subtopology.state_changelog_topics {
                counts.insert(topic.name.clone(), most);
            }
        }
        Ok(counts)
    }
}

fn unknown(topic: &str) -> Refusal {
    Refusal::new(
        ErrorCode::StreamsInvalidTopology,
        format!("The number of partitions of topic {topic} cannot be determined."),
    )
}

/// The topics of each group, by name. Indices were checked when the topology came.
fn copartition_groups(subtopology: &Subtopology) -> Vec<BTreeSet<&Str>> {
    let at = |index: &i16| usize::try_from(*index).unwrap_or(usize::MAX);
    let groups = subtopology.copartition_groups.iter();
    groups
        .map(|group| {
            let sources =
                group.source_topics.iter().filter_map(|i| subtopology.source_topics.get(at(i)));
            let repartitioned = group.repartition_source_topics.iter();
            let repartitioned = repartitioned
                .filter_map(|i| subtopology.repartition_source_topics.get(at(i)))
                .map(|topic| &topic.name);
            sources.chain(repartitioned).collect()
        })
        .collect()
}
