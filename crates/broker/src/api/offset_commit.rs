//! OffsetCommit, key 8, versions 0-10.
//!
//! Behaviour: the coordinator of the group writes the offsets of topics and partitions that exist;
//! others are answered with UNKNOWN_TOPIC_OR_PARTITION, or UNKNOWN_TOPIC_ID where the topic is named
//! by its id. Who is no member, or of another generation, commits nothing.
//!
//! Versions: 0 once wrote to ZooKeeper and names no member, so it is served as a commit of nobody;
//! 1 generation, member, and a time per partition; 2 a retention time instead of those, until 4;
//! 3 throttle time; 6 leader epoch; 7 group instance id; 8 flexible; 9 KIP-848: the member epoch,
//! GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH; 10 topic ids.

use base::{ErrorCode, Str, Uuid};
use metadata::Image;
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};

use super::{Call, committed, named};

/// The first version that names topics by their ids.
const TOPIC_IDS: i16 = 10;

pub async fn handle(call: Call, mut request: OffsetCommitRequest) -> OffsetCommitResponse {
    let mut response = OffsetCommitResponse::default();
    let image = call.node().image.load_full();
    let asked = std::mem::take(&mut request.topics);
    let mut missing = Vec::new();
    for topic in asked {
        let known = resolve(&image, topic, call.version, &mut missing);
        request.topics.extend(known);
    }
    response.topics = named::joined(missing, key, |topic| &mut topic.partitions);
    if request.topics.is_empty() {
        return response;
    }
    let asked = request.topics.clone();
    let groups = &call.node().coordinators.groups;
    let shard = groups.shard_of(&request.group_id);
    match groups.ask(shard, call.asked(request)).await {
        Ok(committed) => merge(&mut response, committed.topics),
        Err(code) => merge(&mut response, asked.iter().map(|topic| topic_errors(topic, code))),
    }
    response
}

/// The topic with its id and name and those of its partitions that exist. What does not exist is
/// answered in `missing`.
fn resolve(
    image: &Image,
    mut topic: OffsetCommitRequestTopic,
    version: i16,
    missing: &mut Vec<OffsetCommitResponseTopic>,
) -> Option<OffsetCommitRequestTopic> {
    let (found, unknown) = if version >= TOPIC_IDS {
        (image.topic_by_id(topic.topic_id), ErrorCode::UnknownTopicId)
    } else {
        (image.topic(&topic.name), ErrorCode::UnknownTopicOrPartition)
    };
    let Some(found) = found else {
        missing.push(topic_errors(&topic, unknown));
        return None;
    };
    topic.name = found.name.clone();
    topic.topic_id = found.id;
    let number = |partition: &OffsetCommitRequestPartition| partition.partition_index;
    let absent = committed::take_missing(Some(found), &mut topic.partitions, number);
    if !absent.is_empty() {
        let absent = OffsetCommitRequestTopic { partitions: absent, ..topic.clone() };
        missing.push(topic_errors(&absent, ErrorCode::UnknownTopicOrPartition));
    }
    (!topic.partitions.is_empty()).then_some(topic)
}

fn topic_errors(topic: &OffsetCommitRequestTopic, code: ErrorCode) -> OffsetCommitResponseTopic {
    let partitions = topic.partitions.iter().map(|partition| OffsetCommitResponsePartition {
        partition_index: partition.partition_index,
        error_code: code.code(),
        ..OffsetCommitResponsePartition::default()
    });
    OffsetCommitResponseTopic {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: partitions.collect(),
        ..OffsetCommitResponseTopic::default()
    }
}

fn key(topic: &OffsetCommitResponseTopic) -> (Uuid, Str) {
    (topic.topic_id, topic.name.clone())
}

fn merge(
    response: &mut OffsetCommitResponse,
    topics: impl IntoIterator<Item = OffsetCommitResponseTopic>,
) {
    committed::merge(&mut response.topics, topics, key, |topic| &mut topic.partitions);
}
