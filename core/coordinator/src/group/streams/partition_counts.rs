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
    let fixed = counts.fixed(&kinds)?;
    for subtopology in topology.subtopologies.values() {
        for group in copartition_groups(subtopology) {
            match counts.copartition(&group, &kinds, fixed)? {
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

/// How many partitions the topics have that the application fixed.
#[derive(Clone, Copy, Debug)]
enum FixedCounts {
    None,
    Equal(i32),
    Unequal,
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
        self.learn_sinks(topology, &mut counts);
        let mut sinks = subtopologies().flat_map(|s| &s.repartition_sink_topics);
        if sinks.any(|sink| !counts.contains_key(sink)) {
            return Err(Refusal::new(
                ErrorCode::StreamsInvalidTopology,
                "Failed to compute number of partitions for all repartition topics. There may \
                 be loops in the topology that cannot be resolved.",
            ));
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

    /// Gives sinks the most that their subtopology is known to read. Subtopologies have their turns in
    /// order, round after round, as in Kafka, where what is known by then decides; here only those have
    /// one for whom something is new.
    fn learn_sinks(&self, topology: &Topology, counts: &mut BTreeMap<Str, i32>) {
        let subtopologies: Vec<&Subtopology> = topology.subtopologies.values().collect();
        let mut readers: BTreeMap<&Str, Vec<usize>> = BTreeMap::new();
        let mut turns: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (at, subtopology) in subtopologies.iter().enumerate() {
            turns.insert((0, at));
            for topic in &subtopology.repartition_source_topics {
                readers.entry(&topic.name).or_default().push(at);
            }
        }
        let mut is_through = vec![false; subtopologies.len()];
        while let Some((round, at)) = turns.pop_first() {
            if is_through[at] {
                continue;
            }
            let Some(count) = self.most_read(subtopologies[at], counts) else { continue };
            is_through[at] = true;
            for sink in &subtopologies[at].repartition_sink_topics {
                if counts.contains_key(sink) {
                    continue;
                }
                counts.insert(sink.clone(), count);
                let readers = readers.get(sink).into_iter().flatten();
                turns.extend(readers.map(|reader| (round + usize::from(*reader <= at), *reader)));
            }
        }
    }

    /// The most partitions among the inputs of a subtopology, as far as they are known.
    fn most_read(&self, subtopology: &Subtopology, counts: &BTreeMap<Str, i32>) -> Option<i32> {
        let repartitioned = subtopology.repartition_source_topics.iter();
        let repartitioned = repartitioned.filter_map(|topic| counts.get(&topic.name).copied());
        let sources = subtopology.source_topics.iter().filter_map(|topic| self.known(topic));
        repartitioned.chain(sources).max()
    }

    /// Kafka compares the fixed topics of the whole topology where it copartitions, not those of a
    /// group alone, and no group changes them.
    fn fixed(&self, kinds: &RepartitionKinds<'_>) -> Result<FixedCounts, Refusal> {
        let mut all = kinds.fixed.iter().map(|topic| self.of(topic));
        let Some(first) = all.next().transpose()? else { return Ok(FixedCounts::None) };
        for count in all {
            if count? != first {
                return Ok(FixedCounts::Unequal);
            }
        }
        Ok(FixedCounts::Equal(first))
    }

    /// Makes the topics of a copartition group equal. Topics that somebody else made say how many;
    /// without any, those that the application fixed; without these, the largest.
    fn copartition(
        &self,
        group: &BTreeSet<&Str>,
        kinds: &RepartitionKinds<'_>,
        fixed: FixedCounts,
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
        let count = match (sources.values().next(), fixed) {
            (Some(first), _) if sources.values().any(|count| count != first) => {
                return unequal(&sources);
            }
            (Some(first), _) => *first,
            (None, FixedCounts::Unequal) => return unequal(&repartitioned),
            (None, FixedCounts::Equal(count)) => count,
            (None, FixedCounts::None) => *repartitioned
                .values()
                .max()
                .expect("a group without sources has repartition topics"),
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
