//! DescribeGroups, key 15, versions 0-6.
//!
//! Behaviour: classic groups with their members. A group that is not there, or is of another kind, is
//! Dead.
//!
//! Versions: 1 throttle time · 3 authorized operations (KIP-430) · 4 group instance ids (KIP-345) · 5
//! flexible · 6 GROUP_ID_NOT_FOUND with a message for a group that is not there (KIP-1043).

use base::{ErrorCode, Str};
use protocol::messages::describe_groups_response::DescribedGroup;
use protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse};

use super::described::{self, Nameless};
use super::{Call, authorized};

pub async fn handle(call: Call, request: DescribeGroupsRequest) -> DescribeGroupsResponse {
    let asked = |groups| DescribeGroupsRequest { groups, ..DescribeGroupsRequest::default() };
    let groups_of = |described: DescribeGroupsResponse| described.groups;
    let groups =
        described::groups(&call, Nameless::Described, request.groups, asked, groups_of, failed)
            .await;
    let mut response = DescribeGroupsResponse { groups, ..DescribeGroupsResponse::default() };
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
