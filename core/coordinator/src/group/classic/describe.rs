//! DescribeGroups: classic groups as administrators see them.

use base::{ErrorCode, Str};
use protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse};

use super::group::{ClassicGroup, State};
use super::member::Member;
use crate::group::{Asked, Group, GroupShard};
use crate::machine::{Call, Output};

/// From this version on a group that is not there is an error, and not only a dead one (KIP-1043).
const NOT_FOUND_FROM: i16 = 6;

impl GroupShard {
    pub(in crate::group) fn describe_groups(
        &self,
        call: Call,
        asked: &Asked<DescribeGroupsRequest>,
        out: &mut Output<Self>,
    ) {
        let groups = asked.body.groups.iter().map(|id| self.describe_group(id, asked.version));
        let groups = groups.collect();
        out.reply(call, DescribeGroupsResponse { groups, ..DescribeGroupsResponse::default() });
    }

    fn describe_group(&self, id: &Str, version: i16) -> DescribedGroup {
        let missing = match self.groups.get(id) {
            Some(Group::Classic(group)) => return describe(id, group),
            None if self.is_simple_group(id) => {
                return DescribedGroup {
                    group_id: id.clone(),
                    group_state: State::Empty.name().into(),
                    ..DescribedGroup::default()
                };
            }
            Some(_) => format!("Group {id} is not a classic group."),
            None => format!("Group {id} not found."),
        };
        let dead = DescribedGroup {
            group_id: id.clone(),
            group_state: "Dead".into(),
            ..DescribedGroup::default()
        };
        if version < NOT_FOUND_FROM {
            return dead;
        }
        DescribedGroup {
            error_code: ErrorCode::GroupIdNotFound.code(),
            error_message: Some(missing.into()),
            ..dead
        }
    }
}

fn describe(id: &Str, group: &ClassicGroup) -> DescribedGroup {
    let is_stable = group.state() == State::Stable;
    let member = |member: &Member| DescribedGroupMember {
        member_id: member.id.clone(),
        group_instance_id: member.instance.clone(),
        client_id: member.client.id.clone(),
        client_host: member.client.host.clone(),
        member_metadata: match is_stable {
            true => group.metadata_of(member),
            false => bytes::Bytes::new(),
        },
        member_assignment: member.assignment.clone(),
        ..DescribedGroupMember::default()
    };
    DescribedGroup {
        group_id: id.clone(),
        group_state: group.state().name().into(),
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        protocol_data: match is_stable {
            true => group.protocol.clone().unwrap_or_default(),
            false => Str::EMPTY,
        },
        members: group.members().map(member).collect(),
        ..DescribedGroup::default()
    }
}
