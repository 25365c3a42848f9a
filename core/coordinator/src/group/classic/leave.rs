//! LeaveGroup: members that go, or are sent away by an administrator.

use base::{ErrorCode, Str};
use protocol::messages::leave_group_request::MemberIdentity;
use protocol::messages::leave_group_response::MemberResponse;
use protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};

use super::group::State;
use super::turn::Turn;
use crate::group::{Asked, GroupShard};
use crate::machine::{Call, Context, Output};

/// Up to this version one member leaves at a time, and the request names it elsewhere.
const ONE_MEMBER_UNTIL: i16 = 2;

impl GroupShard {
    pub(in crate::group) fn leave_group(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<LeaveGroupRequest>,
        out: &mut Output<Self>,
    ) {
        if self.consumer_group(&asked.body.group_id).is_some() {
            self.leave_consumer_group(context, call, asked, out);
            return;
        }
        let leaving = leaving(asked);
        let members = match self.classic_turn(context, &asked.body.group_id, out) {
            Some(mut turn) => turn.leave(&leaving),
            None => leaving.iter().map(|one| response(one, ErrorCode::UnknownMemberId)).collect(),
        };
        out.reply(call, LeaveGroupResponse { members, ..LeaveGroupResponse::default() });
    }
}

/// Who leaves, whatever the version. The response has one entry for each.
pub(in crate::group) fn leaving(asked: &Asked<LeaveGroupRequest>) -> Vec<MemberIdentity> {
    if asked.version > ONE_MEMBER_UNTIL {
        return asked.body.members.clone();
    }
    let member_id = asked.body.member_id.clone();
    vec![MemberIdentity { member_id, ..MemberIdentity::default() }]
}

pub(in crate::group) fn response(one: &MemberIdentity, code: ErrorCode) -> MemberResponse {
    MemberResponse {
        member_id: one.member_id.clone(),
        group_instance_id: one.group_instance_id.clone(),
        error_code: code.code(),
        ..MemberResponse::default()
    }
}

impl Turn<'_> {
    fn leave(&mut self, leaving: &[MemberIdentity]) -> Vec<MemberResponse> {
        let mut responses = Vec::with_capacity(leaving.len());
        let mut has_left = false;
        for one in leaving {
            let left = self.leaving_member(one).map(|id| self.remove_member(&id));
            has_left |= left.is_ok();
            responses.push(response(one, left.err().unwrap_or(ErrorCode::None)));
        }
        if has_left {
            match self.group.state() {
                State::Stable | State::CompletingRebalance => self.prepare(),
                State::PreparingRebalance => self.complete_join_if_all_joined(),
                State::Empty => {}
            }
        }
        responses
    }

    /// The id of the member that is meant. An administrator knows static members by their instance
    /// ids alone; an id that was handed out and never used can be given back.
    fn leaving_member(&self, one: &MemberIdentity) -> Result<Str, ErrorCode> {
        if one.member_id.is_empty() {
            let instance = one.group_instance_id.as_ref();
            let id = instance.and_then(|instance| self.group.static_members.get(instance));
            return id.cloned().ok_or(ErrorCode::UnknownMemberId);
        }
        if !self.group.pending_joins.contains(&one.member_id) {
            let instance = one.group_instance_id.as_deref();
            self.group.validate_member(&one.member_id, instance)?;
        }
        Ok(one.member_id.clone())
    }
}
