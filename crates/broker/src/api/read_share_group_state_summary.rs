//! ReadShareGroupStateSummary, key 87, versions 0-1 (KIP-932, 1226). Between brokers.
//!
//! Behaviour: where share groups begin, and how much beyond that they are done with, without the state of
//! single records. A partition that was never initialised has offset -1. A request without topics,
//! partitions or a group is answered with nothing.
//!
//! Versions: 1 how many records beyond the start the group is done with.

use coordinator::share::StateSummary;
use coordinator::share::shard::ShareError;
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
    let topics = request.topics.into_iter().map(|topic| (topic.topic_id, topic.partitions));
    let results = state::of_topics(
        &request.group_id,
        topics,
        |asked| asked.partition,
        |key, _| {
            let node = call.caller.node.clone();
            async move { state::read_summary(&node, &key).await }
        },
        |partition, outcome| told(partition, outcome, version),
    );
    let result = |(topic_id, partitions)| ReadStateSummaryResult {
        topic_id,
        partitions,
        ..ReadStateSummaryResult::default()
    };
    response.results = results.await.into_iter().map(result).collect();
    response
}

fn told(
    partition: i32,
    outcome: Result<StateSummary, ShareError>,
    version: i16,
) -> PartitionResult {
    let (error_code, error_message) = state::code_and_words(&outcome);
    let mut result =
        PartitionResult { partition, error_code, error_message, ..PartitionResult::default() };
    if let Ok(summary) = outcome {
        result.state_epoch = summary.state_epoch;
        result.leader_epoch = summary.leader_epoch;
        result.start_offset = summary.start_offset;
        if version >= 1 {
            result.delivery_complete_count = summary.delivery_complete_count;
        }
    }
    result
}
