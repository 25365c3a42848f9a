//! OffsetDelete, key 47, version 0.
//!
//! Behaviour: forgets committed offsets of topics that no member of the group subscribes to, else
//! GROUP_SUBSCRIBED_TO_TOPIC. A group of members that are no consumers must be empty.
//!
//! Versions: 0, which was never made flexible.

use base::{ErrorCode, PartitionIndex};
use protocol::messages::offset_delete_request::OffsetDeleteRequestTopic;
use protocol::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use protocol::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

use super::{Call, committed, named};

pub async fn handle(call: Call, mut request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    if request.group_id.is_empty() {
        return failed(ErrorCode::InvalidGroupId);
    }
    let image = call.node().image.load_full();
    let mut response = OffsetDeleteResponse::default();
    let mut unknown = Vec::new();
    for topic in &mut request.topics {
        let found = image.topic(&topic.name);
        let exists = |index| found.is_some_and(|found| found.partition(index).is_some());
        let (known, missing) = std::mem::take(&mut topic.partitions)
            .into_iter()
            .partition(|partition| exists(PartitionIndex(partition.partition_index)));
        topic.partitions = missing;
        if !topic.partitions.is_empty() || found.is_none() {
            unknown.push(unknown_partitions(topic));
        }
        topic.partitions = known;
    }
    let name = |topic: &OffsetDeleteResponseTopic| topic.name.clone();
    response.topics = named::joined(unknown, name, |topic| &mut topic.partitions);
    request.topics.retain(|topic| !topic.partitions.is_empty());
    let groups = &call.node().coordinators.groups;
    let shard = groups.shard_of(&request.group_id);
    match groups.ask(shard, call.asked(request)).await {
        Ok(deleted) => {
            response.error_code = deleted.error_code;
            let topics = &mut response.topics;
            committed::merge(topics, deleted.topics, name, |topic| &mut topic.partitions);
            response
        }
        Err(code) => failed(code),
    }
}

fn failed(code: ErrorCode) -> OffsetDeleteResponse {
    OffsetDeleteResponse { error_code: code.code(), ..OffsetDeleteResponse::default() }
}

fn unknown_partitions(topic: &OffsetDeleteRequestTopic) -> OffsetDeleteResponseTopic {
    let partitions = topic.partitions.iter().map(|partition| OffsetDeleteResponsePartition {
        partition_index: partition.partition_index,
        error_code: ErrorCode::UnknownTopicOrPartition.code(),
    });
    OffsetDeleteResponseTopic { name: topic.name.clone(), partitions: partitions.collect() }
}
