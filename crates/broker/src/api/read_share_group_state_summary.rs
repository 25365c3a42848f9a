//! ReadShareGroupStateSummary, key 87, versions 0-1 (KIP-932, 1226). Between brokers.
//!
//! Behaviour: where share groups begin, and how much beyond that they are done with, without the state of
//! single records. A partition that was never initialised has offset -1. A request without topics,
//! partitions or a group is answered with nothing.
//!
//! Versions: 1 how many records beyond the start the group is done with.

use base::Str;
use coordinator::share::SharePartitionKey;
use protocol::messages::read_share_group_state_summary_response::{
    PartitionResult, ReadStateSummaryResult,
};
use protocol::messages::{ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse};

use super::Call;
use crate::share::state;

pub async fn handle(
    call: Call,
    request: ReadShareGroupStateSummaryRequest,
) -> ReadShareGroupStateSummaryResponse {
    let mut response = ReadShareGroupStateSummaryResponse::default();
    let counts = request.topics.iter().map(|topic| topic.partitions.len());
    if !state::is_complete(&request.group_id, counts) {
        return response;
    }
    let version = call.version;
    for topic in request.topics {
        let group_id = request.group_id.detached();
        let keys = topic.partitions.iter().map(|asked| {
            let (group_id, topic_id) = (group_id.clone(), topic.topic_id);
            SharePartitionKey { group_id, topic_id, partition: asked.partition }
        });
        let outcomes = state::each(&call.caller.node, keys.collect(), |node, key| async move {
            state::read_summary(&node, &key).await
        });
        let partitions = topic.partitions.iter().zip(outcomes.await).map(|(asked, outcome)| {
            let mut result = PartitionResult {
                partition: asked.partition,
                error_message: None,
                ..PartitionResult::default()
            };
            match outcome {
                Ok(summary) => {
                    result.state_epoch = summary.state_epoch;
                    result.leader_epoch = summary.leader_epoch;
                    result.start_offset = summary.start_offset;
                    if version >= 1 {
                        result.delivery_complete_count = summary.delivery_complete_count;
                    }
                }
                Err(error) => {
                    result.error_code = error.code.code();
                    result.error_message = Some(Str::from_static(error.message));
                }
            }
            result
        });
        response.results.push(ReadStateSummaryResult {
            topic_id: topic.topic_id,
            partitions: partitions.collect(),
            ..ReadStateSummaryResult::default()
        });
    }
    response
}
