//! Heartbeat, key 12, versions 0-4.
//!
//! Behaviour: a member of a classic group lives, and hears whether it must join again
//! (REBALANCE_IN_PROGRESS). While the group is being loaded nobody can say, so all is well.
//!
//! Versions: 1 throttle time · 3 group instance id (KIP-345) · 4 flexible.

use base::ErrorCode;
use protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::Call;

pub async fn handle(call: Call, request: HeartbeatRequest) -> HeartbeatResponse {
    if request.group_id.is_empty() {
        return with_code(ErrorCode::InvalidGroupId);
    }
    let groups = &call.node().coordinators.groups;
    let shard = groups.shard_of(&request.group_id);
    match groups.ask(shard, call.asked(request)).await {
        Ok(response) => response,
        Err(ErrorCode::CoordinatorLoadInProgress) => with_code(ErrorCode::None),
        Err(code) => with_code(code),
    }
}

fn with_code(code: ErrorCode) -> HeartbeatResponse {
    HeartbeatResponse { error_code: code.code(), ..HeartbeatResponse::default() }
}
