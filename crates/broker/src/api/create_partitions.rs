//! CreatePartitions, key 37, versions 0-3.
//!
//! Behaviour: the controller decides; a topic only grows. The reply comes once the new partitions can
//! be used on this node.
//!
//! Versions: 2 flexible · 3 throttling error.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(call: Call, request: CreatePartitionsRequest) -> CreatePartitionsResponse {
    let names: Vec<_> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    let refuse = |code: ErrorCode| CreatePartitionsResponse {
        results: names
            .into_iter()
            .map(|name| CreatePartitionsTopicResult {
                name,
                error_code: code.code(),
                error_message: None,
                ..CreatePartitionsTopicResult::default()
            })
            .collect(),
        ..CreatePartitionsResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::CreatePartitions(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::CreatePartitions(request), unwrap, refuse).await
}
