//! JoinGroup, key 11, versions 0-9 (0-1 for old clients).
//!
//! Behaviour: asks to be a member of a classic group, or to be one again in the next generation. The
//! answer comes when all members have joined or the time for it is up; the leader's has everybody's
//! metadata. A client's reason to join is for the log.
//!
//! Versions: 1 rebalance timeout, which is the session timeout before · 2 throttle time · 4 a member
//! must come back with the id that it is given, MEMBER_ID_REQUIRED (KIP-394) · 5 group instance id
//! (KIP-345) · 6 flexible · 7 protocol type, null for no protocol (KIP-559) · 8 reason (KIP-800) · 9 an
//! assignment can be skipped (KIP-814).

use base::{ErrorCode, Str};
use protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use tracing::debug;

use super::Call;

/// Before this version a protocol without a name is an empty string.
const NULL_PROTOCOL_FROM: i16 = 7;

pub async fn handle(call: Call, request: JoinGroupRequest) -> JoinGroupResponse {
    let groups = &call.node().coordinators.groups;
    if let Some(reason) = request.reason.as_ref().filter(|reason| !reason.is_empty()) {
        let (group, member) = (&request.group_id, &request.member_id);
        debug!(%group, %member, "a member joins: {reason}");
    }
    let response = if request.group_id.is_empty() {
        refusal(&request.member_id, ErrorCode::InvalidGroupId)
    } else {
        let shard = groups.shard_of(&request.group_id);
        let asked = groups.ask(shard, call.asked(request)).await;
        asked.unwrap_or_else(|code| refusal(&Str::EMPTY, code))
    };
    let protocol_name = response.protocol_name.filter(|name| !name.is_empty());
    JoinGroupResponse {
        protocol_name: match call.version {
            NULL_PROTOCOL_FROM.. => protocol_name,
            _ => Some(protocol_name.unwrap_or_default()),
        },
        ..response
    }
}

fn refusal(member: &Str, code: ErrorCode) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: code.code(),
        member_id: member.clone(),
        ..JoinGroupResponse::default()
    }
}
