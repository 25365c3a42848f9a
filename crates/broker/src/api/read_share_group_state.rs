//! ReadShareGroupState, key 84, version 0 (KIP-932). Between brokers.
//!
//! Behaviour: the leader of a partition takes over what its share coordinator knows. A leader epoch above
//! the one that is known is written down and fences the leader before; one below it is
//! FENCED_LEADER_EPOCH; -1 only looks. A request without topics, partitions or a group is answered
//! with nothing.

use coordinator::share::shard::ShareError;
use coordinator::share::{ReadState, StoredState};
use protocol::messages::read_share_group_state_response::{
    PartitionResult, ReadStateResult, StateBatch,
};
use protocol::messages::{ReadShareGroupStateRequest, ReadShareGroupStateResponse};

use super::Call;
use crate::share::state;

pub async fn handle(
    call: Call,
    request: ReadShareGroupStateRequest,
) -> ReadShareGroupStateResponse {
    let mut response = ReadShareGroupStateResponse::default();
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
            let asked = ReadState { key, leader_epoch: asked.leader_epoch };
            let node = call.caller.node.clone();
            async move { state::read_as_asked(&node, asked).await }
        },
        told,
    );
    let result = |(topic_id, partitions)| ReadStateResult {
        topic_id,
        partitions,
        ..ReadStateResult::default()
    };
    response.results = results.await.into_iter().map(result).collect();
    response
}

fn told(partition: i32, outcome: Result<StoredState, ShareError>) -> PartitionResult {
    let (error_code, error_message) = state::code_and_words(&outcome);
    let mut result =
        PartitionResult { partition, error_code, error_message, ..PartitionResult::default() };
    if let Ok(stored) = outcome {
        result.state_epoch = stored.state_epoch;
        result.start_offset = stored.start_offset;
        let batches = stored.batches.iter().map(|batch| StateBatch {
            first_offset: batch.first_offset,
            last_offset: batch.last_offset,
            delivery_state: batch.delivery_state,
            delivery_count: batch.delivery_count,
            ..StateBatch::default()
        });
        result.state_batches = batches.collect();
    }
    result
}
