//! InitializeShareGroupState, key 83, version 0 (KIP-932). Between brokers.
//!
//! Behaviour: the share coordinator begins anew with the state of share partitions, at the offsets that
//! the request gives, or -1 where the leader decides. A state epoch below the one that it knows:
//! FENCED_STATE_EPOCH. With the same epoch the state begins anew as well, whatever was consumed since: as
//! in Kafka a request that comes late is not told from a new one. A request without topics, partitions or a group is answered with nothing.

use coordinator::share::shard::ShareError;
use protocol::messages::initialize_share_group_state_response::{
    InitializeStateResult, PartitionResult,
};
use protocol::messages::{InitializeShareGroupStateRequest, InitializeShareGroupStateResponse};

use super::Call;
use crate::share::state;

pub async fn handle(
    call: Call,
    request: InitializeShareGroupStateRequest,
) -> InitializeShareGroupStateResponse {
    let mut response = InitializeShareGroupStateResponse::default();
    let counts = request.topics.iter().map(|topic| topic.partitions.len());
    if !state::is_complete(&request.group_id, counts) {
        return response;
    }
    for topic in request.topics {
        let partitions = state::of_topic(
            (&request.group_id, topic.topic_id),
            &topic.partitions,
            |asked| asked.partition,
            |key, asked| {
                let (state_epoch, start_offset) = (asked.state_epoch, asked.start_offset);
                let node = call.caller.node.clone();
                async move { state::initialize(&node, &key, state_epoch, start_offset).await }
            },
            told,
        );
        response.results.push(InitializeStateResult {
            topic_id: topic.topic_id,
            partitions: partitions.await,
            ..InitializeStateResult::default()
        });
    }
    response
}

fn told(partition: i32, outcome: Result<(), ShareError>) -> PartitionResult {
    let (error_code, error_message) = state::code_and_words(&outcome);
    PartitionResult { partition, error_code, error_message, ..PartitionResult::default() }
}
