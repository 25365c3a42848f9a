//! ConsumerGroupDescribe, key 69, versions 0-1 (KIP-848).
//!
//! Behaviour: consumer groups with their epochs and members, and what each member has and should have.
//! Each group has an error of its own; one that is not there, or is of another kind,
//! GROUP_ID_NOT_FOUND. Where consumer groups are not served: UNSUPPORTED_VERSION for each.
//!
//! Versions: 1 the protocol that a member speaks (KIP-1099).

use base::{ErrorCode, Str};
use protocol::messages::consumer_group_describe_response::DescribedGroup;
use protocol::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse};

use super::consumer_group_heartbeat::is_enabled;
use super::described::{self, Nameless};
use super::{Call, authorized};

pub async fn handle(
    call: Call,
    request: ConsumerGroupDescribeRequest,
) -> ConsumerGroupDescribeResponse {
    let mut response = ConsumerGroupDescribeResponse::default();
    if !is_enabled(call.node()) {
        let ids = request.group_ids.iter();
        response.groups = ids.map(|id| failed(id, ErrorCode::UnsupportedVersion)).collect();
        return response;
    }
    let asked = |group_ids| ConsumerGroupDescribeRequest {
        group_ids,
        ..ConsumerGroupDescribeRequest::default()
    };
    let groups_of = |described: ConsumerGroupDescribeResponse| described.groups;
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
