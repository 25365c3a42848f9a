//! SyncGroup: the leader brings the assignments, everybody takes his own.

use base::{ErrorCode, Str};
use bytes::Bytes;
use protocol::messages::SyncGroupRequest;

use super::group::State;
use super::turn::{Turn, sync_refusal};
use crate::group::{Asked, GroupShard};
use crate::machine::{Call, Context, Output};

impl GroupShard {
    pub(in crate::group) fn sync_group(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<SyncGroupRequest>,
        out: &mut Output<Self>,
    ) {
        if self.consumer_group(&asked.body.group_id).is_some() {
            self.sync_consumer_group(context, call, asked, out);
            return;
        }
        match self.classic_turn(context, &asked.body.group_id, out) {
            Some(mut turn) => turn.sync(call, &asked.body),
            None => out.reply(call, sync_refusal(ErrorCode::UnknownMemberId)),
        }
    }
}

impl Turn<'_> {
    fn sync(&mut self, call: Call, request: &SyncGroupRequest) {
        if let Err(code) = self.validate_sync(request) {
            self.out.reply(call, sync_refusal(code));
            return;
        }
        let member = &request.member_id;
        match self.group.state() {
            // It has no members, so nobody comes this far.
            State::Empty => self.out.reply(call, sync_refusal(ErrorCode::UnknownMemberId)),
            State::PreparingRebalance => {
                self.out.reply(call, sync_refusal(ErrorCode::RebalanceInProgress));
            }
            State::CompletingRebalance => {
                let earlier = self.group.update(member, |member| member.sync.replace(call));
                if let Some(earlier) = earlier.flatten() {
                    // Its connection is gone.
                    self.out.reply(earlier, sync_refusal(ErrorCode::RebalanceInProgress));
                }
                self.note_sync(member);
                if self.group.is_leader(member) {
                    let of = |assignment: &protocol::messages::sync_group_request::SyncGroupRequestAssignment| {
                        (assignment.member_id.clone(), assignment.assignment.clone())
                    };
                    let assignments: Vec<(Str, Bytes)> =
                        request.assignments.iter().map(of).collect();
                    self.settle(&assignments);
                }
            }
            State::Stable => {
                self.note_sync(member);
                let response = self.assignment_of(member);
                self.out.reply(call, response);
            }
        }
    }

    fn validate_sync(&self, request: &SyncGroupRequest) -> Result<(), ErrorCode> {
        let instance = request.group_instance_id.as_deref();
        self.group.validate_member(&request.member_id, instance)?;
        if request.generation_id != self.group.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        // What a client does not say (before version 5) cannot be wrong.
        let differs = |said: &Option<Str>, is: &Option<Str>| matches!((said, is), (Some(said), Some(is)) if said != is);
        if differs(&request.protocol_type, &self.group.protocol_type)
            || differs(&request.protocol_name, &self.group.protocol)
        {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        Ok(())
    }
}
