//! WriteShareGroupState, key 85, versions 0-1 (KIP-932, 1226). Between brokers.
//!
//! Behaviour: the leader of a partition has its share coordinator write down how far a group has come.
//! Epochs below those that are known: FENCED_STATE_EPOCH, FENCED_LEADER_EPOCH. A request without
//! topics, partitions or a group is answered with nothing.
//!
//! Versions: 1 how many records beyond the start the group is done with.

use coordinator::share::shard::ShareError;
use coordinator::share::{SharePartitionKey, StateBatch, WriteState};
use protocol::messages::write_share_group_state_request::PartitionData;
use protocol::messages::write_share_group_state_response::{PartitionResult, WriteStateResult};
use protocol::messages::{WriteShareGroupStateRequest, WriteShareGroupStateResponse};

use super::Call;
use crate::share::state;

pub async fn handle(
    call: Call,
    request: WriteShareGroupStateRequest,
) -> WriteShareGroupStateResponse {
    let mut response = WriteShareGroupStateResponse::default();
    let counts = request.topics.iter().map(|topic| topic.partitions.len());
    if !state::is_complete(&request.group_id, counts) {
        return response;
    }
    let topics = request.topics.into_iter().map(|topic| (topic.topic_id, topic.partitions));
    let results = state::of_topics(
        &request.group_id,
        topics,
        |asked| asked.partition,
        |key, asked| {
            let (asked, node) = (wanted(key, asked), call.caller.node.clone());
            async move { state::write_as_asked(&node, asked).await }
        },
        told,
    );
    let result = |(topic_id, partitions)| WriteStateResult {
        topic_id,
        partitions,
        ..WriteStateResult::default()
    };
    response.results = results.await.into_iter().map(result).collect();
    response
}

fn wanted(key: SharePartitionKey, asked: &PartitionData) -> WriteState {
    let batches = asked.state_batches.iter().map(|batch| StateBatch {
        first_offset: batch.first_offset,
        last_offset: batch.last_offset,
        delivery_state: batch.delivery_state,
        delivery_count: batch.delivery_count,
    });
    WriteState {
        key,
        state_epoch: asked.state_epoch,
        leader_epoch: asked.leader_epoch,
        start_offset: asked.start_offset,
        delivery_complete_count: asked.delivery_complete_count,
        batches: batches.collect(),
    }
}

fn told(partition: i32, outcome: Result<(), ShareError>) -> PartitionResult {
    let (error_code, error_message) = state::code_and_words(&outcome);
    PartitionResult { partition, error_code, error_message, ..PartitionResult::default() }
}
