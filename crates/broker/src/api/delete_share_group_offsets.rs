//! DeleteShareGroupOffsets, key 92, version 0 (KIP-932).
//!
//! Behaviour: a share group without members forgets where it is in topics. The group notes which topics,
//! their share coordinators forget the state, and the group notes that it is gone. GROUP_ID_NOT_FOUND,
//! NON_EMPTY_GROUP for the whole; each topic has an error of its own.

use std::collections::BTreeSet;

use base::{ErrorCode, Str};
use coordinator::group::CompleteDeleteShareOffsets;
use protocol::messages::delete_share_group_offsets_response::DeleteShareGroupOffsetsResponseTopic;
use protocol::messages::{DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse};

use super::alter_share_group_offsets::words_of;
use super::{Call, delete_share_group_state};
use crate::share;

pub async fn handle(
    call: Call,
    request: DeleteShareGroupOffsetsRequest,
) -> DeleteShareGroupOffsetsResponse {
    if !share::is_enabled(call.node()) {
        return refusal(ErrorCode::UnsupportedVersion, None);
    }
    if request.group_id.is_empty() {
        let code = ErrorCode::InvalidGroupId;
        return refusal(code, words_of(code).map(Str::from_static));
    }
    let groups = &call.node().coordinators.groups;
    let group_id = request.group_id.detached();
    let shard = groups.shard_of(&group_id);
    let deleting = match groups.ask(shard, call.asked(request)).await {
        Ok(deleting) => deleting,
        Err(code) => return refusal(code, None),
    };
    if let Some((code, message)) = deleting.refusal {
        return refusal(code, Some(message));
    }
    let mut response = DeleteShareGroupOffsetsResponse {
        error_message: None,
        ..DeleteShareGroupOffsetsResponse::default()
    };
    let mut failed = deleting.failed;
    if let Some(delete) = deleting.delete {
        let image = call.node().image.load_full();
        let mut gone = BTreeSet::new();
        for result in delete_share_group_state::delete(&call.caller.node, delete).await.results {
            let name = image.topic_by_id(result.topic_id).map(|topic| topic.name.clone());
            let mut topic = DeleteShareGroupOffsetsResponseTopic {
                topic_name: name.unwrap_or_default(),
                topic_id: result.topic_id,
                error_message: None,
                ..DeleteShareGroupOffsetsResponseTopic::default()
            };
            match result.partitions.into_iter().find(|partition| partition.error_code != 0) {
                None => {
                    gone.insert(result.topic_id);
                    response.responses.push(topic);
                }
                Some(error) => {
                    topic.error_code = error.error_code;
                    topic.error_message = error.error_message;
                    failed.push(topic);
                }
            }
        }
        if !gone.is_empty() {
            let told = CompleteDeleteShareOffsets { group_id, topics: gone };
            if let Err(code) = groups.ask(shard, told).await {
                return refusal(code, None);
            }
        }
    }
    response.responses.extend(failed);
    response
}

fn refusal(code: ErrorCode, message: Option<Str>) -> DeleteShareGroupOffsetsResponse {
    DeleteShareGroupOffsetsResponse {
        error_code: code.code(),
        error_message: message,
        ..DeleteShareGroupOffsetsResponse::default()
    }
}
