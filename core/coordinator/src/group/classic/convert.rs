//! What a classic group is asked for where groups change their kind: to be made of members that are
//! members already, and to end without anybody waiting for it.

use base::{ErrorCode, Str, WallMs};
use bytes::Bytes;
use protocol::messages::join_group_request::JoinGroupRequestProtocol;

use super::ClassicTimer;
use super::group::{CONSUMER_PROTOCOL_TYPE, ClassicGroup};
use super::member::{Member, Protocols};
use super::turn::{Turn, join_refusal, sync_refusal};
use crate::group::{Client, Timer};

/// What a member of another kind of group said when it joined.
pub(in crate::group) struct Joined {
    pub(in crate::group) id: Str,
    pub(in crate::group) instance: Option<Str>,
    pub(in crate::group) client: Client,
    pub(in crate::group) rebalance_timeout_ms: i32,
    pub(in crate::group) session_timeout_ms: i32,
    /// Most wanted first.
    pub(in crate::group) protocols: Vec<(Str, Bytes)>,
}

impl Joined {
    fn into_member(self) -> Member {
        let protocols = self.protocols.into_iter().map(|(name, metadata)| {
            JoinGroupRequestProtocol { name, metadata, ..JoinGroupRequestProtocol::default() }
        });
        Member {
            id: self.id,
            instance: self.instance,
            client: self.client,
            protocol_type: Str::from_static(CONSUMER_PROTOCOL_TYPE),
            protocols: Protocols::of_request(&protocols.collect::<Vec<_>>()),
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            session_timeout_ms: self.session_timeout_ms,
            assignment: Bytes::new(),
            is_new: false,
            join: None,
            sync: None,
        }
    }
}

impl ClassicGroup {
    /// A stable group of consumers that have nothing yet. Its first member leads.
    pub(in crate::group) fn made_of(
        generation: i32,
        now: WallMs,
        members: Vec<Joined>,
    ) -> ClassicGroup {
        let members: Vec<Member> = members.into_iter().map(Joined::into_member).collect();
        let leader = members.first().map(|member| member.id.clone());
        let group = |protocol, members| {
            let protocol_type = Some(Str::from_static(CONSUMER_PROTOCOL_TYPE));
            ClassicGroup::settled(
                generation,
                protocol_type,
                protocol,
                leader.clone(),
                Some(now),
                members,
            )
        };
        let protocol = group(None, members.clone()).select_protocol();
        group(protocol, members)
    }

    /// What a member says for the protocol that the group has chosen.
    pub(in crate::group) fn said_by(&self, member: &str) -> Option<Bytes> {
        self.members.get(member).map(|member| self.metadata_of(member))
    }

    pub(in crate::group) fn set_assignment(&mut self, member: &str, assignment: Bytes) {
        if let Some(member) = self.members.get_mut(member) {
            member.assignment = assignment;
        }
    }
}

impl Turn<'_> {
    /// Begins with the group as it was made.
    pub(in crate::group) fn begin_as_made(&mut self) {
        let members: Vec<Str> = self.group.members.keys().cloned().collect();
        for member in members {
            self.refresh_session(&member);
        }
    }

    /// Lets go of everything that is in no record: the group is about to end. Whoever waits is told
    /// to join again.
    pub(in crate::group) fn dissolve(&mut self) {
        let members: Vec<Str> = self.group.members.keys().cloned().collect();
        let pending = std::mem::take(&mut self.group.pending_joins);
        let code = ErrorCode::RebalanceInProgress;
        for id in members {
            self.answer_join(&id, join_refusal(&id, code));
            if let Some(call) = self.group.update(&id, |member| member.sync.take()).flatten() {
                self.out.reply(call, sync_refusal(code));
            }
            self.cancel_session(&id);
        }
        for id in pending {
            self.cancel_session(&id);
        }
        self.timers.cancel(&Timer::Classic(ClassicTimer::Join(self.id.clone())));
        self.timers.cancel(&Timer::Classic(ClassicTimer::Sync(self.id.clone())));
    }
}
