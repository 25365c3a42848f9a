//! InitializeShareGroupState, key 83, version 0 (KIP-932). Between brokers.
//!
//! Behaviour: the share coordinator begins anew with the state of share partitions, at the offsets that
//! the request gives, or -1 where the leader decides. A state epoch below the one that it knows:
//! FENCED_STATE_EPOCH. A request without topics, partitions or a group is answered with nothing.

use base::Str;
use coordinator::share::SharePartitionKey;
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
        let group_id = request.group_id.detached();
        let asked = topic.partitions.iter().map(|asked| {
            let (group_id, topic_id) = (group_id.clone(), topic.topic_id);
            let key = SharePartitionKey { group_id, topic_id, partition: asked.partition };
            (key, asked.state_epoch, asked.start_offset)
        });
        let outcomes = state::each(
            &call.caller.node,
            asked.collect(),
            |node, (key, state_epoch, start_offset)| async move {
                state::initialize(&node, &key, state_epoch, start_offset).await
            },
        );
        let partitions = topic.partitions.iter().zip(outcomes.await).map(|(asked, outcome)| {
            let error = outcome.err();
            PartitionResult {
                partition: asked.partition,
                error_code: error.as_ref().map_or(0, |error| error.code.code()),
                error_message: error.map(|error| Str::from_static(error.message)),
                ..PartitionResult::default()
            }
        });
        response.results.push(InitializeStateResult {
            topic_id: topic.topic_id,
            partitions: partitions.collect(),
            ..InitializeStateResult::default()
        });
    }
    response
}
