//! DeleteGroups, key 42, versions 0-2.
//!
//! Behaviour: groups of any kind that have no members end, with their offsets; each has an error of its
//! own. Share coordinators forget the state of a share group's partitions first; a group whose state
//! cannot be deleted stays.
//!
//! Versions: 1 throttle time · 2 flexible.

use base::{ErrorCode, Str};
use coordinator::group::{DeleteShareGroup, ShareGroupDeletion};
use protocol::messages::delete_groups_response::DeletableGroupResult;
use protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

use super::{Call, delete_share_group_state};
use crate::coordinator::by_shard;

pub async fn handle(call: Call, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let groups = &call.node().coordinators.groups;
    let mut response = DeleteGroupsResponse::default();
    let mut ids = request.groups_names;
    ids.sort();
    ids.dedup();
    let mut deletable = Vec::with_capacity(ids.len());
    for id in ids {
        match delete_share_state(&call, &id).await {
            Ok(()) => deletable.push(id),
            Err(code) => response.results.push(failed(&id, code)),
        }
    }
    let shards = by_shard(groups, deletable);
    let asked = shards.iter().map(|(shard, ids)| {
        let groups_names = ids.clone();
        (*shard, call.asked(DeleteGroupsRequest { groups_names, ..DeleteGroupsRequest::default() }))
    });
    let replies = groups.ask_each(asked).await;
    for (ids, reply) in shards.values().zip(replies) {
        match reply {
            Ok(deleted) => response.results.extend(deleted.results),
            Err(code) => response.results.extend(ids.iter().map(|id| failed(id, code))),
        }
    }
    response
}

/// Deletes what share coordinators keep for a group, if it is a share group without members.
async fn delete_share_state(call: &Call, id: &Str) -> Result<(), ErrorCode> {
    let groups = &call.node().coordinators.groups;
    let asked = DeleteShareGroup { group_id: id.detached() };
    match groups.ask(groups.shard_of(id), asked).await? {
        ShareGroupDeletion::Nothing => Ok(()),
        ShareGroupDeletion::NonEmpty => Err(ErrorCode::NonEmptyGroup),
        ShareGroupDeletion::State(request) => {
            let deleted = delete_share_group_state::delete(&call.caller.node, request).await;
            let outcomes = deleted.results.iter().flat_map(|topic| &topic.partitions);
            match outcomes.map(|partition| partition.error_code).find(|code| *code != 0) {
                None => Ok(()),
                Some(code) => Err(ErrorCode::from_code(code)),
            }
        }
    }
}

fn failed(id: &Str, code: ErrorCode) -> DeletableGroupResult {
    DeletableGroupResult {
        group_id: id.clone(),
        error_code: code.code(),
        ..DeletableGroupResult::default()
    }
}
