//! What the four APIs that describe groups have in common: a request names groups of many shards, each
//! shard is asked for its own, all at once, and one that cannot answer fails its groups alone.

use base::{ErrorCode, Str};
use coordinator::Ask;
use coordinator::group::{Asked, GroupShard};

use super::{Call, named};
use crate::coordinator::by_shard;

/// What becomes of a group without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nameless {
    /// It is one like others.
    Described,
    /// INVALID_GROUP_ID.
    Refused,
}

/// Describes groups.
pub async fn groups<R, G>(
    call: &Call,
    nameless: Nameless,
    ids: Vec<Str>,
    request: impl Fn(Vec<Str>) -> R,
    groups_of: impl Fn(<Asked<R> as Ask<GroupShard>>::Reply) -> Vec<G>,
    failed: impl Fn(&Str, ErrorCode) -> G,
) -> Vec<G>
where
    Asked<R>: Ask<GroupShard>,
{
    let is_described = |id: &Str| nameless == Nameless::Described || !id.is_empty();
    let (ids, refused): (Vec<Str>, Vec<Str>) =
        named::seldom(ids).into_iter().partition(is_described);
    let groups = &call.node().coordinators.groups;
    let shards = by_shard(groups, ids);
    let asked = shards.iter().map(|(shard, ids)| (*shard, call.asked(request(ids.clone()))));
    let replies = groups.ask_each(asked).await;
    let mut all: Vec<G> = refused.iter().map(|id| failed(id, ErrorCode::InvalidGroupId)).collect();
    for (ids, reply) in shards.values().zip(replies) {
        match reply {
            Ok(described) => all.extend(groups_of(described)),
            Err(code) => all.extend(ids.iter().map(|id| failed(id, code))),
        }
    }
    all
}
