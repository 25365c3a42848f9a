//! DeleteShareGroupState, key 86, version 0 (KIP-932). Between brokers.
//!
//! Behaviour: the share coordinator forgets the state of share partitions. What it does not know is
//! forgotten already. A request without topics, partitions or a group is answered with nothing.

use coordinator::share::shard::ShareError;
use protocol::messages::delete_share_group_state_response::{DeleteStateResult, PartitionResult};
use protocol::messages::{DeleteShareGroupStateRequest, DeleteShareGroupStateResponse};

use super::Call;
use crate::node::Node;
use crate::share::state;

pub async fn handle(
    call: Call,
    request: DeleteShareGroupStateRequest,
) -> DeleteShareGroupStateResponse {
    let counts = request.topics.iter().map(|topic| topic.partitions.len());
    if !state::is_complete(&request.group_id, counts) {
        return DeleteShareGroupStateResponse::default();
    }
    delete(&call.caller.node, request).await
}

/// Has share coordinators delete what a request names.
pub(super) async fn delete(
    node: &std::sync::Arc<Node>,
    request: DeleteShareGroupStateRequest,
) -> DeleteShareGroupStateResponse {
    let mut response = DeleteShareGroupStateResponse::default();
    let topics = request.topics.into_iter().map(|topic| (topic.topic_id, topic.partitions));
    let results = state::of_topics(
        &request.group_id,
        topics,
        |asked| asked.partition,
        |key, _| {
            let node = node.clone();
            async move { state::delete(&node, &key).await }
        },
        told,
    );
    let result = |(topic_id, partitions)| DeleteStateResult {
        topic_id,
        partitions,
        ..DeleteStateResult::default()
    };
    response.results = results.await.into_iter().map(result).collect();
    response
}

fn told(partition: i32, outcome: Result<(), ShareError>) -> PartitionResult {
    let (error_code, error_message) = state::code_and_words(&outcome);
    PartitionResult { partition, error_code, error_message, ..PartitionResult::default() }
}
