//! SyncGroup, key 14, versions 0-5.
//!
//! Behaviour: the leader of a generation brings everybody's assignment; every member asks for its own,
//! and hears it once the assignments have committed.
//!
//! Versions: 1 throttle time · 3 group instance id (KIP-345) · 4 flexible · 5 protocol type and name, which
//! must be there and be those of the group (KIP-559).

use base::ErrorCode;
use protocol::messages::{SyncGroupRequest, SyncGroupResponse};

use super::Call;

const PROTOCOL_FROM: i16 = 5;

pub async fn handle(call: Call, request: SyncGroupRequest) -> SyncGroupResponse {
    let has_protocol = request.protocol_type.is_some() && request.protocol_name.is_some();
    if call.version >= PROTOCOL_FROM && !has_protocol {
        return refusal(ErrorCode::InconsistentGroupProtocol);
    }
    if request.group_id.is_empty() {
        return refusal(ErrorCode::InvalidGroupId);
    }
    let groups = &call.node().coordinators.groups;
    let shard = groups.shard_of(&request.group_id);
    groups.ask(shard, call.asked(request)).await.unwrap_or_else(refusal)
}

fn refusal(code: ErrorCode) -> SyncGroupResponse {
    SyncGroupResponse { error_code: code.code(), ..SyncGroupResponse::default() }
}
