//! CreateTopics, key 19, versions 2-7 (0-1 for old clients).
//!
//! Behaviour: the controller decides; the reply comes once the topics have committed and this node
//! has made their logs, so they can be used at once. Each topic has an error of its own.
//!
//! Versions: 1 validate only, messages · 4 -1 partitions or replicas mean the defaults · 5 flexible,
//! the topic's configuration in the reply · 6 throttling error · 7 topic ids.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::create_topics_response::CreatableTopicResult;
use protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(call: Call, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let names: Vec<_> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    let refuse = |code: ErrorCode| CreateTopicsResponse {
        topics: names
            .into_iter()
            .map(|name| CreatableTopicResult {
                name,
                error_code: code.code(),
                error_message: None,
                ..CreatableTopicResult::default()
            })
            .collect(),
        ..CreateTopicsResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::CreateTopics(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::CreateTopics(request), unwrap, refuse).await
}
