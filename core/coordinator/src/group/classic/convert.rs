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
use crate::timers::Timers;

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

    /// Tells whoever waits to join again: the group is about to end. If its end cannot be written it
    /// goes on as it is, so its timers stay, and who no longer waits has to show that it lives.
    pub(in crate::group) fn dismiss_waiting(&mut self) {
        let members: Vec<Str> = self.group.members.keys().cloned().collect();
        let code = ErrorCode::RebalanceInProgress;
        for id in members {
            if self.group.members.get(&id).is_some_and(Member::is_waiting) {
                self.refresh_session(&id);
            }
            let waiting = self.group.update(&id, |member| (member.join.take(), member.sync.take()));
            let (join, sync) = waiting.unwrap_or_default();
            if let Some(call) = join {
                self.out.dismiss(call, join_refusal(&id, code));
            }
            if let Some(call) = sync {
                self.out.dismiss(call, sync_refusal(code));
            }
        }
    }
}

/// A classic group has ended: nothing is due any more.
pub(super) fn cancel_timers(id: &Str, group: &ClassicGroup, timers: &mut Timers<Timer>) {
    let sessions = group.members.keys().chain(&group.pending_joins);
    let sessions = sessions.map(|member| ClassicTimer::Session(id.clone(), member.clone()));
    let of_group = [ClassicTimer::Join(id.clone()), ClassicTimer::Sync(id.clone())];
    for timer in sessions.chain(of_group) {
        timers.cancel(&Timer::Classic(timer));
    }
}
