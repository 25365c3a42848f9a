//! ConsumerGroupHeartbeat, key 68, versions 0-1 (KIP-848).
//!
//! Behaviour: a member of a consumer group joins, says that it lives and what it owns, learns its
//! partitions, or leaves. Nobody waits for anybody: each answer comes when what it says has committed.
//! Without group.version 1, or the protocol in `group.coordinator.rebalance.protocols`:
//! UNSUPPORTED_VERSION.
//!
//! Versions: 1 regular expressions, and member ids that clients make up (KIP-1082).

use base::ErrorCode;
use metadata::Feature;
use protocol::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};

use super::Call;
use crate::node::Node;

pub async fn handle(
    call: Call,
    request: ConsumerGroupHeartbeatRequest,
) -> ConsumerGroupHeartbeatResponse {
    if !is_enabled(call.node()) {
        return refusal(ErrorCode::UnsupportedVersion);
    }
    let groups = &call.node().coordinators.groups;
    let shard = groups.shard_of(&request.group_id);
    match groups.ask(shard, call.asked(request)).await {
        Ok(response) => response,
        Err(code) => refusal(code),
    }
}

/// Whether consumer groups are served: by the cluster, and by this node.
pub fn is_enabled(node: &Node) -> bool {
    let protocols = &node.config.load().consumer_groups.rebalance_protocols;
    protocols.iter().any(|protocol| protocol == "consumer")
        && node.image.load().feature_level(Feature::GroupVersion) >= 1
}

fn refusal(code: ErrorCode) -> ConsumerGroupHeartbeatResponse {
    ConsumerGroupHeartbeatResponse {
        error_code: code.code(),
        ..ConsumerGroupHeartbeatResponse::default()
    }
}
