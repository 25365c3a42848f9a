//! Where interactive queries find which partition: the endpoint of each member that has one, with the
//! partitions that its tasks read.
//!
//! A member hears of it when the epoch of the endpoints is not the one it names. The epoch counts
//! from 0 when the shard is loaded; it says only that something has changed.

use std::collections::BTreeSet;

use base::Str;
use metadata::Image;
use protocol::messages::streams_group_heartbeat_response::{
    Endpoint, EndpointToPartitions, TopicPartition,
};

use super::configure::ConfiguredTopology;
use super::group::StreamsGroup;
use super::member::Member;
use super::tasks::{TaskSet, without_epochs};

/// One entry for each member with an endpoint; `updated` stands for the member of its id and comes
/// last.
pub(super) fn endpoints(
    group: &StreamsGroup,
    updated: &Member,
    configured: &ConfiguredTopology,
    image: &Image,
) -> Vec<EndpointToPartitions> {
    let others = group.members.values().filter(|member| member.id != updated.id);
    let members = others.chain([updated]);
    let entry = |member: &Member| {
        let endpoint = member.user_endpoint.as_ref()?;
        Some(EndpointToPartitions {
            user_endpoint: Endpoint {
                host: endpoint.host.clone(),
                port: endpoint.port,
                ..Endpoint::default()
            },
            active_partitions: read_by(&without_epochs(&member.assigned.active), configured, image),
            standby_partitions: read_by(&member.assigned.standby, configured, image),
            ..EndpointToPartitions::default()
        })
    };
    members.filter_map(entry).collect()
}

/// The partitions that tasks read. A topic with fewer partitions than its subtopology has tasks is
/// not read by all of them.
fn read_by(tasks: &TaskSet, configured: &ConfiguredTopology, image: &Image) -> Vec<TopicPartition> {
    let mut read = Vec::new();
    for (id, partitions) in tasks {
        let subtopology = configured.subtopologies.as_ref().and_then(|all| all.get(id));
        let Some(subtopology) = subtopology else { continue };
        let repartitioned = subtopology.repartition_source_topics.keys();
        let topics: BTreeSet<&Str> =
            subtopology.source_topics.iter().chain(repartitioned).collect();
        for topic in topics {
            let count = image.topic(topic).map_or(0, |topic| topic.partitions.len());
            let exists = |partition: &i32| (i64::from(*partition)) < count as i64;
            let partitions: Vec<i32> = partitions.iter().copied().filter(exists).collect();
            if !partitions.is_empty() {
                let topic = topic.clone();
                read.push(TopicPartition { topic, partitions, ..TopicPartition::default() });
            }
        }
    }
    read
}
