//! ShareGroupDescribe, key 77, version 1 (KIP-932).
//!
//! Behaviour: state, members and assignments of share groups; each group has an error of its own.
//! Without share.version 1: UNSUPPORTED_VERSION.

use base::{ErrorCode, Str};
use protocol::messages::share_group_describe_response::DescribedGroup;
use protocol::messages::{ShareGroupDescribeRequest, ShareGroupDescribeResponse};

use super::described::{self, Nameless};
use super::{Call, authorized};
use crate::share;

pub async fn handle(call: Call, request: ShareGroupDescribeRequest) -> ShareGroupDescribeResponse {
    let mut response = ShareGroupDescribeResponse::default();
    if !share::is_enabled(call.node()) {
        let refused = |id| failed(id, ErrorCode::UnsupportedVersion);
        response.groups = request.group_ids.iter().map(refused).collect();
        return response;
    }
    let asked =
        |group_ids| ShareGroupDescribeRequest { group_ids, ..ShareGroupDescribeRequest::default() };
    let groups_of = |described: ShareGroupDescribeResponse| described.groups;
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
    DescribedGroup {
        error_code: code.code(),
        error_message: None,
        group_id: id.clone(),
        authorized_operations: i32::MIN,
        ..DescribedGroup::default()
    }
}
