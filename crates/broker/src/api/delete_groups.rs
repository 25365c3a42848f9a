//! DeleteGroups, key 42, versions 0-2.
//!
//! Behaviour: groups of any kind that have no members end, with their offsets; each has an error of its
//! own.
//!
//! Versions: 1 throttle time · 2 flexible.

use base::{ErrorCode, Str};
use protocol::messages::delete_groups_response::DeletableGroupResult;
use protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

use super::Call;
use crate::coordinator::by_shard;

pub async fn handle(call: Call, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let groups = &call.node().coordinators.groups;
    let mut response = DeleteGroupsResponse::default();
    let mut ids = request.groups_names;
    ids.sort();
    ids.dedup();
    for (shard, ids) in by_shard(groups, ids) {
        let asked =
            DeleteGroupsRequest { groups_names: ids.clone(), ..DeleteGroupsRequest::default() };
        match groups.ask(shard, call.asked(asked)).await {
            Ok(deleted) => response.results.extend(deleted.results),
            Err(code) => response.results.extend(ids.iter().map(|id| failed(id, code))),
        }
    }
    response
}

fn failed(id: &Str, code: ErrorCode) -> DeletableGroupResult {
    DeletableGroupResult {
        group_id: id.clone(),
        error_code: code.code(),
        ..DeletableGroupResult::default()
    }
}
