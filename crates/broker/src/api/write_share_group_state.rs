//! WriteShareGroupState, key 85, versions 0-1 (KIP-932, 1226). Between brokers.
//!
//! Behaviour: the leader of a partition has its share coordinator write down how far a group has come.
//! Epochs below those that are known: FENCED_STATE_EPOCH, FENCED_LEADER_EPOCH. A request without
//! topics, partitions or a group is answered with nothing.
//!
//! Versions: 1 how many records beyond the start the group is done with.

use base::Str;
use coordinator::share::{SharePartitionKey, StateBatch, WriteState};
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
    for topic in request.topics {
        let group_id = request.group_id.detached();
        let asked = topic.partitions.iter().map(|asked| {
            let (group_id, topic_id) = (group_id.clone(), topic.topic_id);
            let batches = asked.state_batches.iter().map(|batch| StateBatch {
                first_offset: batch.first_offset,
                last_offset: batch.last_offset,
                delivery_state: batch.delivery_state,
                delivery_count: batch.delivery_count,
            });
            WriteState {
                key: SharePartitionKey { group_id, topic_id, partition: asked.partition },
                state_epoch: asked.state_epoch,
                leader_epoch: asked.leader_epoch,
                start_offset: asked.start_offset,
                delivery_complete_count: asked.delivery_complete_count,
                batches: batches.collect(),
            }
        });
        let outcomes = state::each(&call.caller.node, asked.collect(), |node, asked| async move {
            state::write_as_asked(&node, asked).await
        });
        let partitions = topic.partitions.iter().zip(outcomes.await).map(|(asked, outcome)| {
            let error = outcome.err();
            PartitionResult {
                partition: asked.partition,
                error_code: error.as_ref().map_or(0, |error| error.code.code()),
                error_message: error.map(|error| Str::from_static(error.message)),
                ..PartitionResult::default()
            }
        });
        response.results.push(WriteStateResult {
            topic_id: topic.topic_id,
            partitions: partitions.collect(),
            ..WriteStateResult::default()
        });
    }
    response
}
