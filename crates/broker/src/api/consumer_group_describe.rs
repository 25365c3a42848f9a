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
use super::{Call, authorized};
use crate::coordinator::by_shard;

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
    let groups = &call.node().coordinators.groups;
    let (named, unnamed): (Vec<Str>, Vec<Str>) =
        request.group_ids.into_iter().partition(|id| !id.is_empty());
    response.groups.extend(unnamed.iter().map(|id| failed(id, ErrorCode::InvalidGroupId)));
    for (shard, ids) in by_shard(groups, named) {
        let asked = ConsumerGroupDescribeRequest {
            group_ids: ids.clone(),
            ..ConsumerGroupDescribeRequest::default()
        };
        match groups.ask(shard, call.asked(asked)).await {
            Ok(described) => response.groups.extend(described.groups),
            Err(code) => response.groups.extend(ids.iter().map(|id| failed(id, code))),
        }
    }
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
