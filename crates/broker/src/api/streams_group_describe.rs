//! StreamsGroupDescribe, key 89, version 0 (KIP-1071).
//!
//! Behaviour: streams groups with their topology, their members, and what each has and should have. Each
//! group has an error of its own; one that is not there, or is of another kind, GROUP_ID_NOT_FOUND.
//! Where streams groups are not served: UNSUPPORTED_VERSION for each.

use base::{ErrorCode, Str};
use protocol::messages::streams_group_describe_response::DescribedGroup;
use protocol::messages::{StreamsGroupDescribeRequest, StreamsGroupDescribeResponse};

use super::described::{self, Nameless};
use super::streams_group_heartbeat::is_enabled;
use super::{Call, authorized};

pub async fn handle(
    call: Call,
    request: StreamsGroupDescribeRequest,
) -> StreamsGroupDescribeResponse {
    let mut response = StreamsGroupDescribeResponse::default();
    if !is_enabled(call.node()) {
        let ids = request.group_ids.iter();
        response.groups = ids.map(|id| failed(id, ErrorCode::UnsupportedVersion)).collect();
        return response;
    }
    let asked = |group_ids| StreamsGroupDescribeRequest {
        group_ids,
        ..StreamsGroupDescribeRequest::default()
    };
    let groups_of = |described: StreamsGroupDescribeResponse| described.groups;
    response.groups =
        described::groups(&call, Nameless::Refused, request.group_ids, asked, groups_of, failed)
            .await;
    if request.include_authorized_operations {
        for group in response.groups.iter_mut().filter(|group| group.error_code == 0) {
            group.authorized_operations = authorized::GROUP;
        }
    }
    response
}

fn failed(id: &Str, code: ErrorCode) -> DescribedGroup {
    DescribedGroup { group_id: id.clone(), error_code: code.code(), ..DescribedGroup::default() }
}
