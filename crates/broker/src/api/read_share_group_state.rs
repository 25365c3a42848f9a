//! ReadShareGroupState, key 84, version 0 (KIP-932). Between brokers.
//!
//! Behaviour: the leader of a partition takes over what its share coordinator knows. A leader epoch above
//! the one that is known is written down and fences the leader before; one below it is
//! FENCED_LEADER_EPOCH; -1 only looks. A request without topics, partitions or a group is answered
//! with nothing.

use base::Str;
use coordinator::share::{ReadState, SharePartitionKey};
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
    for topic in request.topics {
        let group_id = request.group_id.detached();
        let asked = topic.partitions.iter().map(|asked| {
            let (group_id, topic_id) = (group_id.clone(), topic.topic_id);
            let key = SharePartitionKey { group_id, topic_id, partition: asked.partition };
            ReadState { key, leader_epoch: asked.leader_epoch }
        });
        let outcomes = state::each(&call.caller.node, asked.collect(), |node, asked| async move {
            state::read_as_asked(&node, asked).await
        });
        let partitions = topic.partitions.iter().zip(outcomes.await).map(|(asked, outcome)| {
            let mut result = PartitionResult {
                partition: asked.partition,
                error_message: None,
                ..PartitionResult::default()
            };
            match outcome {
                Ok(stored) => {
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
                Err(error) => {
                    result.error_code = error.code.code();
                    result.error_message = Some(Str::from_static(error.message));
                }
            }
            result
        });
        response.results.push(ReadStateResult {
            topic_id: topic.topic_id,
            partitions: partitions.collect(),
            ..ReadStateResult::default()
        });
    }
    response
}
