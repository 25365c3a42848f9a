//! What the four APIs that describe groups have in common: a request names groups of many shards, each
//! shard is asked for its own, all at once, and one that cannot answer fails its groups alone.

use base::{ErrorCode, Str};
use coordinator::Ask;
use coordinator::group::{Asked, GroupShard};

use super::Call;
use crate::coordinator::by_shard;

/// Describes groups that must have a name; one without is INVALID_GROUP_ID.
pub async fn named<R, G>(
    call: &Call,
    ids: Vec<Str>,
    request: impl Fn(Vec<Str>) -> R,
    groups_of: impl Fn(<Asked<R> as Ask<GroupShard>>::Reply) -> Vec<G>,
    failed: impl Fn(&Str, ErrorCode) -> G,
) -> Vec<G>
where
    Asked<R>: Ask<GroupShard>,
{
    let (named, unnamed): (Vec<Str>, Vec<Str>) = ids.into_iter().partition(|id| !id.is_empty());
    let mut all: Vec<G> = unnamed.iter().map(|id| failed(id, ErrorCode::InvalidGroupId)).collect();
    all.extend(any(call, named, request, groups_of, failed).await);
    all
}

/// Describes groups, whatever they are called.
pub async fn any<R, G>(
    call: &Call,
    ids: Vec<Str>,
    request: impl Fn(Vec<Str>) -> R,
    groups_of: impl Fn(<Asked<R> as Ask<GroupShard>>::Reply) -> Vec<G>,
    failed: impl Fn(&Str, ErrorCode) -> G,
) -> Vec<G>
where
    Asked<R>: Ask<GroupShard>,
{
    let groups = &call.node().coordinators.groups;
    let shards = by_shard(groups, ids);
    let asked = shards.iter().map(|(shard, ids)| (*shard, call.asked(request(ids.clone()))));
    let replies = groups.ask_each(asked).await;
    let mut all = Vec::new();
    for (ids, reply) in shards.values().zip(replies) {
        match reply {
            Ok(described) => all.extend(groups_of(described)),
            Err(code) => all.extend(ids.iter().map(|id| failed(id, code))),
        }
    }
    all
}
