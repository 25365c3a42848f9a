//! What administrators ask of groups whatever their kind: ListGroups and DeleteGroups.

use base::{ErrorCode, Str};
use protocol::messages::delete_groups_response::DeletableGroupResult;
use protocol::messages::list_groups_response::ListedGroup;
use protocol::messages::{
    DeleteGroupsRequest, DeleteGroupsResponse, ListGroupsRequest, ListGroupsResponse,
};

use super::{Asked, Group, GroupShard};
use crate::machine::{Call, Output};

/// A kind of group, as it is listed.
pub(super) trait Kind {
    /// `classic`, `consumer`, `share` or `streams`.
    fn group_type(&self) -> &'static str;

    /// As Kafka writes it: `Stable`.
    fn state_name(&self) -> &'static str;

    /// What the members speak; empty if there has been none.
    fn protocol_type(&self) -> Str;
}

/// An id that has offsets and no group is listed as Kafka lists the empty classic group that it
/// keeps for it.
pub(super) struct Simple;

impl Kind for Simple {
    fn group_type(&self) -> &'static str {
        "classic"
    }

    fn state_name(&self) -> &'static str {
        "Empty"
    }

    fn protocol_type(&self) -> Str {
        Str::EMPTY
    }
}

/// Where a key stands in a hash table of Kafka's coordinator, whatever the size of the table: by the
/// upper bits of the Fibonacci hash of `String.hashCode`. Groups and members are listed in that order.
/// No client may count on it, but Apache's own tests do.
pub(super) fn place_in_kafkas_table(key: &str) -> u64 {
    let hash = key
        .encode_utf16()
        .fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    i64::from(hash).wrapping_mul(-7_046_029_254_386_353_131) as u64
}

impl GroupShard {
    /// The groups of this shard that pass both filters. An empty filter lets everything pass; a
    /// state or type that nobody knows lets nothing pass.
    pub(super) fn list_groups(
        &self,
        call: Call,
        asked: &Asked<ListGroupsRequest>,
        out: &mut Output<Self>,
    ) {
        let passes = |kind: &dyn Kind| {
            is_among(kind.state_name(), &asked.body.states_filter)
                && is_among(kind.group_type(), &asked.body.types_filter)
        };
        let listed = |id: &Str, kind: &dyn Kind| {
            passes(kind).then(|| ListedGroup {
                group_id: id.clone(),
                protocol_type: kind.protocol_type(),
                group_state: kind.state_name().into(),
                group_type: kind.group_type().into(),
                ..ListedGroup::default()
            })
        };
        let groups = self.groups.iter().filter_map(|(id, group)| listed(id, group.kind()));
        let simple = self.simple_groups().filter_map(|id| listed(id, &Simple));
        let mut groups: Vec<ListedGroup> = groups.chain(simple).collect();
        groups.sort_by_key(|group| place_in_kafkas_table(&group.group_id));
        out.reply(call, ListGroupsResponse { groups, ..ListGroupsResponse::default() });
    }

    /// Ends groups without members, and their offsets. What a share group has read is kept by the
    /// share coordinator, and must be gone from there before.
    pub(super) fn delete_groups(
        &self,
        call: Call,
        asked: &Asked<DeleteGroupsRequest>,
        out: &mut Output<Self>,
    ) {
        let mut response = DeleteGroupsResponse::default();
        for id in &asked.body.groups_names {
            let code = match self.delete_group(id, out) {
                Ok(()) => ErrorCode::None,
                Err(code) => code,
            };
            response.results.push(DeletableGroupResult {
                group_id: id.clone(),
                error_code: code.code(),
                ..DeletableGroupResult::default()
            });
        }
        out.reply(call, response);
    }

    fn delete_group(&self, id: &Str, out: &mut Output<Self>) -> Result<(), ErrorCode> {
        match self.groups.get(id).map(Group::offset_owner) {
            Some(group) if !group.has_no_members() => return Err(ErrorCode::NonEmptyGroup),
            Some(group) => {
                self.delete_all_offsets(id, out);
                group.write_tombstones(id, out);
            }
            None if self.is_simple_group(id) => {
                self.delete_all_offsets(id, out);
                out.write(super::offsets::simple_group_tombstone(id));
            }
            None => return Err(ErrorCode::GroupIdNotFound),
        }
        Ok(())
    }
}

fn is_among(name: &str, filter: &[Str]) -> bool {
    filter.is_empty() || filter.iter().any(|wanted| wanted.trim().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::place_in_kafkas_table;

    #[test]
    fn keys_are_listed_as_kafkas_table_has_them() {
        // What Apache's ListGroupsRequestTest and ConsumerGroupDescribeRequestTest expect.
        assert!(place_in_kafkas_table("grp-4") < place_in_kafkas_table("grp-1"));
        assert!(place_in_kafkas_table("member-2") < place_in_kafkas_table("member-1"));
    }
}
