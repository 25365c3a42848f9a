//! OffsetFetch, key 9, versions 0-10.
//!
//! Behaviour: the offsets that groups have committed. A partition without one is answered with -1 and
//! no error, whether it exists or not. `RequireStable` asks for what no open transaction may replace.
//!
//! Versions: 0 once read from ZooKeeper, which knew UNKNOWN_TOPIC_OR_PARTITION for a partition without
//! an offset; 1 has no error of its own, so each partition carries the group's; 2 an error for the
//! group, and all topics where none are named; 3 throttle time; 5 leader epoch; 6 flexible;
//! 7 RequireStable; 8 several groups; 9 KIP-848: who asks; 10 topic ids.

use base::ErrorCode;
use coordinator::group::{FetchOffsets, Stability};
use metadata::Image;
use protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use protocol::messages::{OffsetFetchRequest, OffsetFetchResponse};

use super::Call;
use super::named::Mentions;

/// The first version that carries several groups.
const SEVERAL_GROUPS: i16 = 8;
/// The first version whose response has a place for the group's error.
const GROUP_ERROR: i16 = 2;
/// The first version that names topics by their ids.
const TOPIC_IDS: i16 = 10;

pub async fn handle(call: Call, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let stability = match request.require_stable {
        true => Stability::Required,
        false => Stability::Any,
    };
    let groups = fetch(&call, groups_of(request, call.version), stability).await;
    if call.version >= SEVERAL_GROUPS {
        return OffsetFetchResponse { groups, ..OffsetFetchResponse::default() };
    }
    let group = groups.into_iter().next().unwrap_or_default();
    OffsetFetchResponse {
        error_code: group.error_code,
        topics: group.topics.into_iter().map(|topic| of_one_group(topic, call.version)).collect(),
        ..OffsetFetchResponse::default()
    }
}

/// What older versions ask for, in the words of the newer ones.
fn groups_of(request: OffsetFetchRequest, version: i16) -> Vec<OffsetFetchRequestGroup> {
    if version >= SEVERAL_GROUPS {
        return request.groups;
    }
    let topics = request.topics.map(|topics| {
        let topics = topics.into_iter().map(|topic| OffsetFetchRequestTopics {
            name: topic.name,
            partition_indexes: topic.partition_indexes,
            ..OffsetFetchRequestTopics::default()
        });
        topics.collect()
    });
    vec![OffsetFetchRequestGroup {
        group_id: request.group_id,
        topics,
        ..OffsetFetchRequestGroup::default()
    }]
}

/// Reads the offsets of all groups at once; each has an error of its own.
async fn fetch(
    call: &Call,
    mut groups: Vec<OffsetFetchRequestGroup>,
    stability: Stability,
) -> Vec<OffsetFetchResponseGroup> {
    let image = call.node().image.load_full();
    let coordinator = &call.node().coordinators.groups;
    let mut mentions = Mentions::default();
    groups.retain(|group| group.topics.is_some() || mentions.take(group.group_id.clone()));
    let mut unknown = Vec::new();
    let asked = groups.iter().cloned().map(|mut group| {
        let mut unknown_topics = Vec::new();
        if call.version >= TOPIC_IDS
            && let Some(topics) = &mut group.topics
        {
            name_topics(&image, topics, &mut unknown_topics);
        }
        unknown.push(unknown_topics);
        let shard = coordinator.shard_of(&group.group_id);
        (shard, call.asked(FetchOffsets { group, stability }))
    });
    let replies = coordinator.ask_each(asked).await;
    let answered = groups.into_iter().zip(replies).zip(unknown).map(|((asked, reply), unknown)| {
        let all = asked.topics.is_none();
        let mut response = match reply {
            Ok(response) => response,
            Err(code) => return group_error(asked, code, call.version),
        };
        if all && call.version >= TOPIC_IDS {
            identify_topics(&image, &mut response.topics);
        }
        response.topics.extend(unknown);
        response
    });
    answered.collect()
}

/// Gives topics that are asked for by id their names. Those that are not there are answered.
fn name_topics(
    image: &Image,
    topics: &mut Vec<OffsetFetchRequestTopics>,
    unknown: &mut Vec<OffsetFetchResponseTopics>,
) {
    topics.retain_mut(|topic| match image.topic_by_id(topic.topic_id) {
        Some(found) => {
            topic.name = found.name.clone();
            true
        }
        None => {
            unknown.push(topic_errors(topic, ErrorCode::UnknownTopicId));
            false
        }
    });
}

/// Gives topics their ids. One that is gone has none, and cannot be said in this version.
fn identify_topics(image: &Image, topics: &mut Vec<OffsetFetchResponseTopics>) {
    topics.retain_mut(|topic| match image.topics().id_of(&topic.name) {
        Some(id) => {
            topic.topic_id = id;
            true
        }
        None => false,
    });
}

/// The error of a whole group. Clients before 3.9 do not expect COORDINATOR_NOT_AVAILABLE here;
/// NOT_COORDINATOR has them look for the coordinator again.
fn group_error(
    group: OffsetFetchRequestGroup,
    code: ErrorCode,
    version: i16,
) -> OffsetFetchResponseGroup {
    let code = match code {
        ErrorCode::CoordinatorNotAvailable => ErrorCode::NotCoordinator,
        other => other,
    };
    let mut response = OffsetFetchResponseGroup {
        group_id: group.group_id,
        ..OffsetFetchResponseGroup::default()
    };
    if version >= GROUP_ERROR {
        response.error_code = code.code();
    } else {
        let topics = group.topics.iter().flatten().map(|topic| topic_errors(topic, code));
        response.topics = topics.collect();
    }
    response
}

fn topic_errors(topic: &OffsetFetchRequestTopics, code: ErrorCode) -> OffsetFetchResponseTopics {
    let partitions = topic.partition_indexes.iter().map(|index| OffsetFetchResponsePartitions {
        partition_index: *index,
        committed_offset: -1,
        error_code: code.code(),
        ..OffsetFetchResponsePartitions::default()
    });
    OffsetFetchResponseTopics {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: partitions.collect(),
        ..OffsetFetchResponseTopics::default()
    }
}

fn of_one_group(topic: OffsetFetchResponseTopics, version: i16) -> OffsetFetchResponseTopic {
    let partitions = topic.partitions.into_iter().map(|partition| {
        let none = version == 0 && partition.committed_offset == -1 && partition.error_code == 0;
        OffsetFetchResponsePartition {
            partition_index: partition.partition_index,
            committed_offset: partition.committed_offset,
            committed_leader_epoch: partition.committed_leader_epoch,
            metadata: partition.metadata,
            error_code: match none {
                true => ErrorCode::UnknownTopicOrPartition.code(),
                false => partition.error_code,
            },
            ..OffsetFetchResponsePartition::default()
        }
    });
    OffsetFetchResponseTopic {
        name: topic.name,
        partitions: partitions.collect(),
        ..OffsetFetchResponseTopic::default()
    }
}
