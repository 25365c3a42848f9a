//! JoinGroup: who may come in, and under which id.

use base::{ErrorCode, Str};
use bytes::Bytes;
use protocol::messages::{JoinGroupRequest, JoinGroupResponse};

use super::group::{ClassicGroup, State};
use super::member::{Member, Protocols, new_member_id};
use super::turn::{Turn, join_refusal};
use super::{record, size_max};
use crate::group::{Asked, Client, Group, GroupShard};
use crate::machine::{Call, Context, Output};

/// From this version on a client must come back with the id that it is given, so that clients which
/// give up while they wait leave no members behind (KIP-394).
const MEMBER_ID_REQUIRED_FROM: i16 = 4;

/// From this version on a leader that comes back can be told that there is nothing to assign.
const SKIP_ASSIGNMENT_FROM: i16 = 9;

/// What a client wants to join with.
struct Joining<'a> {
    call: Call,
    version: i16,
    client: &'a Client,
    request: &'a JoinGroupRequest,
    protocols: Protocols,
    rebalance_timeout_ms: i32,
}

/// A static member that has got another id, as it was before. It is kept until the record that says
/// so has been applied.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Replaced {
    pub new_id: Str,
    pub old: Member,
}

impl GroupShard {
    pub(in crate::group) fn join_group(
        &mut self,
        context: &mut Context<'_>,
        call: Call,
        asked: &Asked<JoinGroupRequest>,
        out: &mut Output<Self>,
    ) {
        let request = &asked.body;
        let groups = &context.config.groups;
        let sessions = groups.group_min_session_timeout_ms..=groups.group_max_session_timeout_ms;
        if !sessions.contains(&request.session_timeout_ms) {
            let code = ErrorCode::InvalidSessionTimeout;
            out.reply(call, join_refusal(&request.member_id, code));
            return;
        }
        match self.groups.get(&request.group_id) {
            Some(Group::Consumer(group)) if !group.is_empty() => {
                self.join_consumer_group(context, call, asked, out);
                return;
            }
            // An empty group of another kind makes room.
            Some(Group::Consumer(_)) => self.end_empty_consumer_group(&request.group_id, out),
            Some(Group::Streams(group)) if group.is_empty() => {
                self.end_empty_streams_group(&request.group_id, out);
            }
            _ => {}
        }
        match self.groups.get(&request.group_id) {
            None if !request.member_id.is_empty() && !self.is_simple_group(&request.group_id) => {
                let code = ErrorCode::UnknownMemberId;
                out.reply(call, join_refusal(&request.member_id, code));
            }
            None => {
                self.create_classic(context, &request.group_id, out);
                self.join_classic(context, call, asked, out);
            }
            Some(Group::Classic(_)) => self.join_classic(context, call, asked, out),
            Some(_) => {
                out.reply(call, join_refusal("", ErrorCode::InconsistentGroupProtocol));
            }
        }
    }

    /// Makes an empty group. An id that had offsets until now was a group in everybody's eyes, so
    /// nothing is written of it.
    fn create_classic(&mut self, context: &Context<'_>, id: &Str, out: &mut Output<Self>) {
        let group = ClassicGroup::new(context.wall);
        if !self.is_simple_group(id) {
            out.write(record::record_of_new(id, &group));
        }
        self.groups.insert(id.detached(), Group::Classic(Box::new(group)));
    }

    fn join_classic(
        &mut self,
        context: &mut Context<'_>,
        call: Call,
        asked: &Asked<JoinGroupRequest>,
        out: &mut Output<Self>,
    ) {
        let request = &asked.body;
        let joining = Joining {
            call,
            version: asked.version,
            client: &asked.client,
            request,
            protocols: Protocols::of_request(&request.protocols),
            rebalance_timeout_ms: match asked.version {
                0 => request.session_timeout_ms,
                _ => request.rebalance_timeout_ms,
            },
        };
        let size_max = size_max(context);
        let new_id =
            new_member_id(&asked.client, request.group_instance_id.as_ref(), &mut context.entropy);
        let Some(mut turn) = self.classic_turn(context, &request.group_id, out) else { return };
        if !turn.has_room(&request.member_id, size_max) {
            turn.remove_member(&request.member_id);
            turn.refuse_join(&joining, "", ErrorCode::GroupMaxSizeReached);
        } else if !turn.group.supports(&request.protocol_type, &joining.protocols) {
            let code = ErrorCode::InconsistentGroupProtocol;
            turn.refuse_join(&joining, &request.member_id, code);
        } else if request.member_id.is_empty() {
            turn.join_without_id(joining, new_id);
        } else {
            turn.join_with_id(joining);
        }
    }
}

impl Turn<'_> {
    /// Whether one more may join. While members join again it is those who have that count, so that
    /// a group that has become too large loses the last to come.
    fn has_room(&self, id: &str, size_max: usize) -> bool {
        let member = self.group.members.get(id);
        match self.group.state() {
            State::Empty => true,
            State::PreparingRebalance => {
                member.is_some_and(|member| member.join.is_some())
                    || self.group.awaiting_joins() < size_max
            }
            State::CompletingRebalance | State::Stable => {
                member.is_some() || self.group.members.len() < size_max
            }
        }
    }

    fn join_without_id(&mut self, joining: Joining<'_>, new_id: Str) {
        let instance = joining.request.group_instance_id.as_ref();
        let known = instance.and_then(|instance| self.group.static_members.get(instance).cloned());
        if let Some(old_id) = known {
            self.replace_static_member(joining, &old_id, new_id);
        } else if instance.is_none() && joining.version >= MEMBER_ID_REQUIRED_FROM {
            let ms = u64::try_from(joining.request.session_timeout_ms).unwrap_or(0);
            self.group.pending_joins.insert(new_id.clone());
            self.set_session(&new_id, ms);
            self.refuse_join(&joining, &new_id, ErrorCode::MemberIdRequired);
        } else {
            self.add_member(joining.into_member(new_id));
        }
    }

    fn join_with_id(&mut self, joining: Joining<'_>) {
        let id = joining.request.member_id.detached();
        let instance = joining.request.group_instance_id.as_deref();
        if self.group.pending_joins.contains(&id) {
            // Ids are handed out to dynamic members alone; who calls itself static now is not the
            // client that was given it.
            match instance {
                None => self.add_member(joining.into_member(id)),
                Some(_) => self.refuse_join(&joining, &id, ErrorCode::UnknownMemberId),
            }
            return;
        }
        if let Err(code) = self.group.validate_member(&id, instance) {
            self.refuse_join(&joining, &id, code);
            return;
        }
        let member = self.group.members.get(&id);
        let is_changed = member.is_none_or(|member| member.protocols != joining.protocols);
        let rebalances = match self.group.state() {
            State::PreparingRebalance => true,
            // Without a change it has perhaps not heard the answer to its JoinGroup.
            State::CompletingRebalance => is_changed,
            // What the leader assigns may depend on more than what members say.
            State::Stable => is_changed || self.group.is_leader(&id),
            // There are no members.
            State::Empty => false,
        };
        if rebalances {
            self.park_join(&id, joining.call, |member| joining.renew(member));
            self.rebalance();
        } else {
            let response = self.generation_for(&id);
            self.out.reply(joining.call, response);
        }
    }

    // ---- static members ----

    /// A static member has come back without the id that it had. It gets another one, and the old
    /// one is fenced.
    fn replace_static_member(&mut self, joining: Joining<'_>, old_id: &str, new_id: Str) {
        let Some(old) = self.group.members.get(old_id).cloned() else { return };
        let old_leader = self.group.leader.clone().unwrap_or_default();
        self.fence(&old);
        self.group.rename(old_id, &new_id);
        self.cancel_session(old_id);
        self.refresh_session(&new_id);
        let (version, call) = (joining.version, joining.call);
        self.group.update(&new_id, |member| joining.renew(member));
        match self.group.state() {
            State::Stable if self.group.protocol == self.group.select_protocol() => {
                // Nothing changes but the id. It must be in the log before the client works under it.
                self.out.write(record::record(&self.id, self.group));
                let response = self.welcome_back(&new_id, version, old_leader);
                self.out.reply(call, response);
                let old = Member { join: None, sync: None, ..old };
                self.group.replaced = Some(Replaced { new_id, old });
            }
            // The leader may have been told of the old id already, and would assign to it.
            State::CompletingRebalance | State::Stable => {
                self.park_join(&new_id, call, |_| ());
                self.prepare();
            }
            State::PreparingRebalance | State::Empty => {
                self.park_join(&new_id, call, |_| ());
                self.complete_join_if_all_joined();
            }
        }
    }

    /// Answers whoever waits under the id that a static member had.
    fn fence(&mut self, old: &Member) {
        let code = ErrorCode::FencedInstanceId;
        self.answer_join(&old.id, join_refusal(&old.id, code));
        let sync = self.group.update(&old.id, |member| member.sync.take()).flatten();
        if let Some(call) = sync {
            self.out.reply(call, super::turn::sync_refusal(code));
        }
    }

    /// What a static member hears that comes back to a stable group. A leader of an older version
    /// is told of the leader that it was, under its old id, so that it does not assign: nobody would
    /// hear of it (KIP-345). A newer one is told not to (KIP-814).
    fn welcome_back(&self, id: &str, version: i16, old_leader: Str) -> JoinGroupResponse {
        if version >= SKIP_ASSIGNMENT_FROM {
            let skip_assignment = self.group.is_leader(id);
            return JoinGroupResponse { skip_assignment, ..self.generation_for(id) };
        }
        JoinGroupResponse { leader: old_leader, members: Vec::new(), ..self.generation_for(id) }
    }

    /// The record of a replacement was not written: the member is who it was. True if that was so.
    pub(super) fn undo_replacement(&mut self) -> bool {
        let Some(Replaced { new_id, old }) = self.group.replaced.take() else { return false };
        self.cancel_session(&new_id);
        self.group.rename(&new_id, &old.id);
        let id = old.id.clone();
        self.group.update(&id, |member| *member = old);
        self.refresh_session(&id);
        true
    }

    fn refuse_join(&mut self, joining: &Joining<'_>, member: &str, code: ErrorCode) {
        self.out.reply(joining.call, join_refusal(member, code));
    }
}

impl Joining<'_> {
    fn into_member(self, id: Str) -> Member {
        let detached = |text: &Str| text.detached();
        Member {
            id,
            instance: self.request.group_instance_id.as_ref().map(detached),
            client: Client { id: self.client.id.detached(), host: self.client.host.detached() },
            protocol_type: self.request.protocol_type.detached(),
            protocols: self.protocols,
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            session_timeout_ms: self.request.session_timeout_ms,
            assignment: Bytes::new(),
            is_new: true,
            join: Some(self.call),
            sync: None,
        }
    }

    /// What a member that is known says anew.
    fn renew(self, member: &mut Member) {
        member.protocols = self.protocols;
        member.rebalance_timeout_ms = self.rebalance_timeout_ms;
        member.session_timeout_ms = self.request.session_timeout_ms;
    }
}
