//! Who gets which partitions: what every server-side assignor is given, and what it answers.
//!
//! An assignor sees the whole group at once: its members, what each is subscribed to, and what each
//! has by the present target assignment. It answers with the next target assignment; how members get
//! there is not its concern. Everything comes in a fixed order (members by id, topics by id, partitions
//! by number), so that the same group is always assigned the same way.
//!
//! - [`range`] gives each member a range of each topic.
//! - [`uniform`] spreads partitions evenly and moves as few as it can.

mod mixed;
mod range;
mod uniform;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::{PartitionIndex, Str, Uuid};
use metadata::Image;

use super::subscription::topic_ids;

/// Some partitions of some topics. A topic without partitions is not in it.
pub(super) type Partitions = BTreeMap<Uuid, BTreeSet<PartitionIndex>>;

/// What each member is to have, by member id.
pub(super) type Assignment = BTreeMap<Str, Arc<Partitions>>;

/// Whether all members of a group are subscribed to the same topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SubscriptionType {
    Homogeneous,
    Heterogeneous,
}

/// A member as an assignor sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct MemberSpec {
    pub(super) instance_id: Option<Str>,
    /// Topics that exist. Members with the same subscription share it.
    pub(super) topics: Arc<BTreeSet<Uuid>>,
    /// What the member has by the present target assignment.
    pub(super) assigned: Arc<Partitions>,
}

/// A group as an assignor sees it.
#[derive(Clone, Debug)]
pub(super) struct GroupSpec {
    pub(super) members: BTreeMap<Str, MemberSpec>,
    pub(super) subscription_type: SubscriptionType,
}

/// The assignors that a consumer group can choose from (KIP-848).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConsumerAssignor {
    Uniform,
    Range,
}

impl ConsumerAssignor {
    const ALL: [ConsumerAssignor; 2] = [ConsumerAssignor::Uniform, ConsumerAssignor::Range];

    /// As `group.consumer.assignors` names it, be it by its Java class.
    pub(super) fn configured(name: &str) -> Option<ConsumerAssignor> {
        match name {
            "org.apache.kafka.coordinator.group.assignor.UniformAssignor" => {
                Some(ConsumerAssignor::Uniform)
            }
            "org.apache.kafka.coordinator.group.assignor.RangeAssignor" => {
                Some(ConsumerAssignor::Range)
            }
            name => ConsumerAssignor::ALL.into_iter().find(|assignor| assignor.name() == name),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            ConsumerAssignor::Uniform => "uniform",
            ConsumerAssignor::Range => "range",
        }
    }

    /// # Errors
    /// Why there is no assignment: a subscription names a topic that the metadata does not have.
    pub(super) fn assign(
        self,
        group: &GroupSpec,
        image: &Image,
    ) -> Result<Assignment, AssignorError> {
        if group.members.is_empty() {
            return Ok(Assignment::new());
        }
        let topics = TopicSizes::of(group, image)?;
        Ok(match (self, group.subscription_type) {
            (ConsumerAssignor::Range, _) => range::assign(group, &topics),
            (ConsumerAssignor::Uniform, SubscriptionType::Homogeneous) => {
                uniform::assign(group, &topics)?
            }
            (ConsumerAssignor::Uniform, SubscriptionType::Heterogeneous) => {
                mixed::assign(group, &topics)
            }
        })
    }
}

/// Why an assignor has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssignorError {
    #[error("Members are subscribed to topic {0} which doesn't exist in the topic metadata.")]
    UnknownTopic(Uuid),
    /// The present target assignment gives a partition to two members.
    #[error("Partitions were left unassigned")]
    LeftUnassigned,
}

/// How many partitions each topic has that somebody is subscribed to.
struct TopicSizes(BTreeMap<Uuid, i32>);

impl TopicSizes {
    fn of(group: &GroupSpec, image: &Image) -> Result<TopicSizes, AssignorError> {
        let mut sizes = BTreeMap::new();
        let mut seen: Option<&Arc<BTreeSet<Uuid>>> = None;
        for member in group.members.values() {
            if seen.is_some_and(|seen| Arc::ptr_eq(seen, &member.topics)) {
                continue;
            }
            for topic_id in member.topics.iter() {
                let topic = image.topic_by_id(*topic_id);
                let topic = topic.ok_or(AssignorError::UnknownTopic(*topic_id))?;
                sizes.insert(*topic_id, topic.partitions.len() as i32);
            }
            seen = Some(&member.topics);
        }
        Ok(TopicSizes(sizes))
    }

    fn size(&self, topic: Uuid) -> i32 {
        self.0.get(&topic).copied().unwrap_or(0)
    }

    fn partitions(&self, topic: Uuid) -> impl Iterator<Item = PartitionIndex> {
        (0..self.size(topic)).map(PartitionIndex)
    }
}

/// Finds topic ids for subscriptions, once for each different one: members with the same
/// subscription share what was found.
#[derive(Default)]
pub(super) struct Resolver {
    resolved: BTreeMap<Arc<BTreeSet<Str>>, Arc<BTreeSet<Uuid>>>,
}

impl Resolver {
    pub(super) fn resolve(
        &mut self,
        names: &Arc<BTreeSet<Str>>,
        image: &Image,
    ) -> Arc<BTreeSet<Uuid>> {
        if let Some(ids) = self.resolved.get(names) {
            return ids.clone();
        }
        let ids = Arc::new(topic_ids(names.iter(), image));
        self.resolved.insert(names.clone(), ids.clone());
        ids
    }
}

/// What has to be written to get from one target assignment to the next: the members of `group` whose
/// partitions differ, and what they are to have. A member that had no entry gets one even if it gets
/// no partitions.
pub(super) fn changed<'a>(
    group: &'a GroupSpec,
    before: &'a Assignment,
    after: &'a Assignment,
) -> impl Iterator<Item = (&'a Str, Arc<Partitions>)> {
    group.members.keys().filter_map(|member| {
        let is = after.get(member).cloned().unwrap_or_default();
        (before.get(member) != Some(&is)).then_some((member, is))
    })
}

fn insert(partitions: &mut Partitions, topic: Uuid, partition: PartitionIndex) {
    partitions.entry(topic).or_default().insert(partition);
}

fn remove(partitions: &mut Partitions, topic: Uuid, partition: PartitionIndex) {
    if let Some(of_topic) = partitions.get_mut(&topic) {
        of_topic.remove(&partition);
        if of_topic.is_empty() {
            partitions.remove(&topic);
        }
    }
}

#[cfg(test)]
mod tests;
