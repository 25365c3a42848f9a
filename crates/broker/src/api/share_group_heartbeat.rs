//! ShareGroupHeartbeat, key 76, version 1 (KIP-932).
//!
//! Behaviour: a member of a share group joins, says that it lives, learns its partitions, or leaves. A
//! partition is assigned once its state is initialised: who subscribes to a topic first sets that going,
//! and does not wait for it. Without share.version 1: UNSUPPORTED_VERSION.

use base::ErrorCode;
use protocol::messages::{ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse};

use super::Call;
use super::share_acknowledge::MEMBER_ID_MAX;
use crate::share::{self, Order};

pub async fn handle(
    call: Call,
    request: ShareGroupHeartbeatRequest,
) -> ShareGroupHeartbeatResponse {
    if !share::is_enabled(call.node()) {
        return refusal(ErrorCode::UnsupportedVersion);
    }
    // Before the group is asked, and without words, as Kafka does it.
    if request.member_id.is_empty() || request.member_id.encode_utf16().count() > MEMBER_ID_MAX {
        return refusal(ErrorCode::InvalidRequest);
    }
    let groups = &call.node().coordinators.groups;
    let shard = groups.shard_of(&request.group_id);
    match groups.ask(shard, call.asked(request)).await {
        Err(code) => refusal(code),
        Ok(heartbeat) => {
            if let Some(initialize) = heartbeat.initialize {
                call.node().coordinators.sharing.order(Order::Initialize(initialize));
            }
            heartbeat.response
        }
    }
}

fn refusal(code: ErrorCode) -> ShareGroupHeartbeatResponse {
    ShareGroupHeartbeatResponse {
        error_code: code.code(),
        error_message: None,
        member_id: None,
        assignment: None,
        ..ShareGroupHeartbeatResponse::default()
    }
}
