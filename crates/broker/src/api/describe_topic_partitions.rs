//! DescribeTopicPartitions, key 75, version 0 (KIP-966).
//!
//! Behaviour: topics with their eligible leader replicas, page by page: at most
//! `ResponsePartitionLimit` partitions, bounded by `max.request.partition.size.limit`, and a cursor to
//! go on from. Topics are answered in the order of their names; without a list, all of them.

use std::collections::BTreeSet;

use ::metadata::image::Topic as TopicImage;
use ::metadata::{Image, Partition};
use base::{BrokerId, ErrorCode, Str};
use protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use protocol::messages::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse};

use super::metadata::{leader_reached_by, offline_replicas};
use super::{Call, authorized};

pub fn handle(
    call: &Call,
    request: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    if let Some(refusal) = refuse_cursor(&request) {
        return refusal;
    }
    let node = call.node();
    let image = node.image.load();
    let from = request.cursor.as_ref().map(|cursor| (&cursor.topic_name, cursor.partition_index));
    let mut names: BTreeSet<Str> = match request.topics.is_empty() {
        true => image.topics().iter().map(|topic| topic.name.clone()).collect(),
        false => request.topics.iter().map(|topic| topic.name.clone()).collect(),
    };
    if let Some((first, _)) = from {
        names.retain(|name| name >= first);
    }
    let node_limit = node.config.load().network.max_request_partition_size_limit;
    let mut left = request.response_partition_limit.min(node_limit).max(1) as usize;
    let mut response = DescribeTopicPartitionsResponse { next_cursor: None, ..Default::default() };
    for name in names {
        let start = match from {
            Some((first, index)) if *first == name => index,
            _ => 0,
        };
        if left == 0 {
            response.next_cursor = cursor(name, 0);
            break;
        }
        let Some(topic) = image.topic(&name) else {
            response.topics.push(unknown(name));
            continue;
        };
        let (described, next) = describe(call, &image, topic, start, left);
        left -= described.partitions.len();
        response.topics.push(described);
        if let Some(next) = next {
            response.next_cursor = cursor(name, next);
            break;
        }
    }
    response
}

/// INVALID_REQUEST where the cursor stands outside of what is asked for.
fn refuse_cursor(
    request: &DescribeTopicPartitionsRequest,
) -> Option<DescribeTopicPartitionsResponse> {
    let cursor = request.cursor.as_ref()?;
    let is_listed = request.topics.iter().any(|topic| topic.name == cursor.topic_name);
    if cursor.partition_index >= 0 && (request.topics.is_empty() || is_listed) {
        return None;
    }
    let refused = request.topics.iter().map(|topic| DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode::InvalidRequest.code(),
        name: Some(topic.name.clone()),
        ..DescribeTopicPartitionsResponseTopic::default()
    });
    let topics = refused.collect();
    Some(DescribeTopicPartitionsResponse { topics, next_cursor: None, ..Default::default() })
}

fn cursor(topic_name: Str, partition_index: i32) -> Option<Box<Cursor>> {
    Some(Box::new(Cursor { topic_name, partition_index, ..Cursor::default() }))
}

fn unknown(name: Str) -> DescribeTopicPartitionsResponseTopic {
    let code = match base::topic::validate_name(&name) {
        Ok(()) => ErrorCode::UnknownTopicOrPartition,
        Err(_) => ErrorCode::InvalidTopicException,
    };
    DescribeTopicPartitionsResponseTopic {
        error_code: code.code(),
        is_internal: base::topic::is_internal(&name),
        name: Some(name),
        topic_authorized_operations: authorized::TOPIC,
        ..DescribeTopicPartitionsResponseTopic::default()
    }
}

/// At most `left` partitions from `start` on, and where the next page begins.
fn describe(
    call: &Call,
    image: &Image,
    topic: &TopicImage,
    start: i32,
    left: usize,
) -> (DescribeTopicPartitionsResponseTopic, Option<i32>) {
    let mut here = topic.partitions.range(base::PartitionIndex(start)..);
    let partitions = here
        .by_ref()
        .take(left)
        .map(|(index, partition)| describe_partition(call, image, index.0, partition))
        .collect();
    let next = here.next().map(|(index, _)| index.0);
    let described = DescribeTopicPartitionsResponseTopic {
        name: Some(topic.name.clone()),
        topic_id: topic.id,
        is_internal: base::topic::is_internal(&topic.name),
        partitions,
        topic_authorized_operations: authorized::TOPIC,
        ..DescribeTopicPartitionsResponseTopic::default()
    };
    (described, next)
}

fn describe_partition(
    call: &Call,
    image: &Image,
    index: i32,
    partition: &Partition,
) -> DescribeTopicPartitionsResponsePartition {
    let listener = &call.caller.listener;
    let leader = leader_reached_by(image, partition, listener);
    let ids = |list: &[BrokerId]| list.iter().map(|id| id.0).collect::<Vec<i32>>();
    DescribeTopicPartitionsResponsePartition {
        // No leader is told by its id alone here.
        partition_index: index,
        leader_id: leader.unwrap_or(BrokerId::NONE).0,
        leader_epoch: partition.leader_epoch.0,
        replica_nodes: ids(&partition.replicas),
        isr_nodes: ids(&partition.isr),
        eligible_leader_replicas: Some(ids(&partition.elr)),
        last_known_elr: Some(ids(&partition.last_known_elr)),
        offline_replicas: offline_replicas(image, partition, listener),
        ..DescribeTopicPartitionsResponsePartition::default()
    }
}
