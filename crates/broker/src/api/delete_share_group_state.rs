//! DeleteShareGroupState, key 86, version 0 (KIP-932). Between brokers.
//!
//! Behaviour: the share coordinator forgets the state of share partitions. What it does not know is
//! forgotten already. A request without topics, partitions or a group is answered with nothing.

use base::Str;
use coordinator::share::SharePartitionKey;
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
    for topic in request.topics {
        let group_id = request.group_id.detached();
        let keys = topic.partitions.iter().map(|asked| {
            let (group_id, topic_id) = (group_id.clone(), topic.topic_id);
            SharePartitionKey { group_id, topic_id, partition: asked.partition }
        });
        let outcomes = state::each(node, keys.collect(), |node, key| async move {
            state::delete(&node, &key).await
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
        response.results.push(DeleteStateResult {
            topic_id: topic.topic_id,
            partitions: partitions.collect(),
            ..DeleteStateResult::default()
        });
    }
    response
}
