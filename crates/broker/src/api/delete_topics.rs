//! DeleteTopics, key 20, versions 1-6 (0 for old clients).
//!
//! Behaviour: the controller decides; the reply comes once this node has stopped serving the topics.
//! Their files go after `file.delete.delay.ms`. TOPIC_DELETION_DISABLED with
//! `delete.topic.enable=false`.
//!
//! Versions: 4 flexible · 5 messages · 6 topics by id.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::delete_topics_request::DeleteTopicState;
use protocol::messages::delete_topics_response::DeletableTopicResult;
use protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(call: Call, mut request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    if call.version < 6 {
        // One form from here on: names became a field of their own in version 6.
        let topic = |name| DeleteTopicState { name: Some(name), ..DeleteTopicState::default() };
        request.topics = std::mem::take(&mut request.topic_names).into_iter().map(topic).collect();
    }
    let topics = request.topics.clone();
    let refuse = |code: ErrorCode| DeleteTopicsResponse {
        responses: topics
            .into_iter()
            .map(|topic| DeletableTopicResult {
                name: topic.name,
                topic_id: topic.topic_id,
                error_code: code.code(),
                error_message: None,
                ..DeletableTopicResult::default()
            })
            .collect(),
        ..DeleteTopicsResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::DeleteTopics(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::DeleteTopics(request), unwrap, refuse).await
}
