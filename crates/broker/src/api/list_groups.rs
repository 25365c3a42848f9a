//! ListGroups, key 16, versions 0-5.
//!
//! Behaviour: the groups of all kinds that this broker coordinates. While some of them are being
//! loaded nothing is listed: COORDINATOR_LOAD_IN_PROGRESS.
//!
//! Versions: 1 throttle time · 3 flexible · 4 states, and a filter for them (KIP-518) · 5 types, and a
//! filter for them (KIP-848). A filter takes names in any case; one that nobody knows matches nothing.

use base::ErrorCode;
use protocol::messages::{ListGroupsRequest, ListGroupsResponse};

use super::Call;

/// Kafka has a dozen names of states and five of types.
const NAMES_MAX: usize = 64;

pub async fn handle(call: Call, mut request: ListGroupsRequest) -> ListGroupsResponse {
    for names in [&mut request.states_filter, &mut request.types_filter] {
        // Every shard and every group is compared with them.
        names.sort();
        names.dedup();
        if names.len() > NAMES_MAX {
            let error_code = ErrorCode::InvalidRequest.code();
            return ListGroupsResponse { error_code, ..ListGroupsResponse::default() };
        }
    }
    let groups = &call.node().coordinators.groups;
    let mut response = ListGroupsResponse::default();
    let shards = groups.shards(call.node().id).into_iter();
    let asked = shards.map(|shard| (shard, call.asked(request.clone())));
    for listed in groups.ask_each(asked).await {
        match listed {
            Ok(listed) => response.groups.extend(listed.groups),
            // It has moved to another broker, who is asked as well.
            Err(ErrorCode::NotCoordinator) => {}
            Err(code) => {
                let error_code = code.code();
                return ListGroupsResponse { error_code, ..ListGroupsResponse::default() };
            }
        }
    }
    response
}
