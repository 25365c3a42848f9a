//! InitializeShareGroupState, key 83, version 0 (KIP-932). Between brokers.
//!
//! Behaviour: the share coordinator begins anew with the state of share partitions, at the offsets that
//! the request gives, or -1 where the leader decides. A state epoch below the one that it knows:
//! FENCED_STATE_EPOCH. With the same epoch the state begins anew as well, whatever was consumed since: as
//! in Kafka a request that comes late is not told from a new one. A request without topics or a group is
//! answered with nothing, and a topic without partitions is left out.

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
    if request.group_id.is_empty() {
        return response;
    }
    let topics = request.topics.into_iter().map(|topic| (topic.topic_id, topic.partitions));
    let results = state::of_topics(
        &request.group_id,
        topics,
        |asked| asked.partition,
        |key, asked| {
            let (state_epoch, start_offset) = (asked.state_epoch, asked.start_offset);
            let node = call.caller.node.clone();
            async move { state::initialize(&node, &key, state_epoch, start_offset).await }
        },
        told,
    );
    let result = |(topic_id, partitions)| InitializeStateResult {
        topic_id,
        partitions,
        ..InitializeStateResult::default()
    };
    response.results = results.await.into_iter().map(result).collect();
    response
}

fn told(partition: i32, outcome: Result<(), ShareError>) -> PartitionResult {
    let (error_code, error_message) = state::code_and_words(&outcome);
    PartitionResult { partition, error_code, error_message, ..PartitionResult::default() }
}
