//! LeaveGroup, key 13, versions 0-5.
//!
//! Behaviour: members leave a classic group, or are sent away by an administrator, who names static
//! members by their instance ids. A member's reason is for the log.
//!
//! Versions: 1 throttle time · 3 several members, each with an error of its own (KIP-345); before, the one
//! member's error stands at the top · 4 flexible · 5 reason (KIP-800).

use base::ErrorCode;
use protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};
use tracing::debug;

use super::Call;

/// Before this version one member leaves at a time.
const SEVERAL_MEMBERS_FROM: i16 = 3;

pub async fn handle(call: Call, request: LeaveGroupRequest) -> LeaveGroupResponse {
    if request.group_id.is_empty() {
        return refusal(ErrorCode::InvalidGroupId);
    }
    for member in &request.members {
        if let Some(reason) = member.reason.as_ref().filter(|reason| !reason.is_empty()) {
            let (group, member) = (&request.group_id, &member.member_id);
            debug!(%group, %member, "a member leaves: {reason}");
        }
    }
    let groups = &call.node().coordinators.groups;
    let shard = groups.shard_of(&request.group_id);
    match groups.ask(shard, call.asked(request)).await {
        Ok(response) if call.version >= SEVERAL_MEMBERS_FROM => response,
        Ok(response) => {
            let of_member = response.members.first().map_or(0, |member| member.error_code);
            let error_code = if response.error_code != 0 { response.error_code } else { of_member };
            LeaveGroupResponse { error_code, ..LeaveGroupResponse::default() }
        }
        Err(code) => refusal(code),
    }
}

fn refusal(code: ErrorCode) -> LeaveGroupResponse {
    LeaveGroupResponse { error_code: code.code(), ..LeaveGroupResponse::default() }
}
