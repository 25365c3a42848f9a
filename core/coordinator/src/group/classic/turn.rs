//! One turn at one group: what an event may touch, and the steps of a rebalance.
//!
//! A rebalance goes from a member that comes, goes or has changed ([`Turn::rebalance`]) over the moment
//! when all have joined or the time for it is up ([`Turn::complete_join`]) to the leader's assignments
//! ([`Turn::settle`]). Meanwhile the members' requests are parked at them, and answered here.

use base::config::ServerConfig;
use base::{ErrorCode, MonoMs, Str, WallMs};
use bytes::Bytes;
use protocol::messages::{JoinGroupResponse, SyncGroupResponse};

use super::group::{ClassicGroup, InitialDelay, State};
use super::member::Member;
use super::{ClassicTimer, record};
use crate::group::{Counted, Group, GroupShard, Timer};
use crate::machine::{Call, Context, Output};
use crate::timers::Timers;

/// A new member cannot heartbeat while its JoinGroup is parked. If its client goes away, asks again
/// elsewhere and so on, the group would fill with members that are gone; so its JoinGroup is given
/// up after this long, and a client that is still there asks again.
const NEW_MEMBER_JOIN_TIMEOUT_MS: u64 = 5 * 60 * 1000;

/// Static members that do not come back are looked for once in their rebalance timeout, which a
/// client may set to nothing.
const LOOK_AGAIN_MS: u64 = 100;

pub(in crate::group) struct Turn<'a> {
    pub(super) id: Str,
    pub(super) group: &'a mut ClassicGroup,
    pub(super) timers: &'a mut Timers<Timer>,
    pub(super) config: &'a ServerConfig,
    pub(super) now: MonoMs,
    pub(super) wall: WallMs,
    pub(super) out: &'a mut Output<GroupShard>,
}

impl GroupShard {
    /// A turn at the classic group of this id, if there is one.
    pub(in crate::group) fn classic_turn<'a>(
        &'a mut self,
        context: &Context<'a>,
        id: &str,
        out: &'a mut Output<GroupShard>,
    ) -> Option<Turn<'a>> {
        let (id, _) = self.groups.get_key_value(id)?;
        let id = id.clone();
        let Some(Group::Classic(group)) = self.groups.get_mut(&id) else { return None };
        Some(Turn {
            id,
            group,
            timers: &mut self.timers,
            config: context.config,
            now: context.now,
            wall: context.wall,
            out,
        })
    }
}

impl Turn<'_> {
    // ---- members ----

    /// Adds a member that has joined for the first time, and lets the group rebalance.
    pub(super) fn add_member(&mut self, member: Member) {
        let is_initial = self.group.previous_state() == State::Empty;
        if self.group.state() == State::PreparingRebalance && is_initial {
            self.group.new_member_added = true;
        }
        let id = member.id.clone();
        self.group.insert(member);
        self.set_session(&id, NEW_MEMBER_JOIN_TIMEOUT_MS);
        self.rebalance();
    }

    /// Takes a member out and answers whoever waits for it. The group is left as it is.
    pub(super) fn remove_member(&mut self, id: &str) {
        let Some(member) = self.group.remove(id) else {
            self.cancel_session(id);
            return;
        };
        self.cancel_session(id);
        let code = ErrorCode::UnknownMemberId;
        if let Some(call) = member.join {
            self.out.reply(call, join_refusal("", code));
        }
        if let Some(call) = member.sync {
            self.out.reply(call, sync_refusal(code));
        }
    }

    /// The member has shown itself.
    pub(super) fn refresh_session(&mut self, id: &str) {
        let Some(member) = self.group.members.get(id) else { return };
        let (id, ms) = (member.id.clone(), member.session_timeout_ms());
        self.set_session(&id, ms);
    }

    pub(super) fn set_session(&mut self, member: &Str, ms: u64) {
        let timer = ClassicTimer::Session(self.id.clone(), member.clone());
        self.timers.set(Timer::Classic(timer), self.now.plus_ms(ms));
    }

    pub(super) fn cancel_session(&mut self, member: &str) {
        let timer = ClassicTimer::Session(self.id.clone(), Str::from(member));
        self.timers.cancel(&Timer::Classic(timer));
    }

    /// Parks a JoinGroup at a member, with what it says of it. One that was parked there before
    /// comes from a connection that its client has given up.
    pub(super) fn park_join(&mut self, id: &str, call: Call, change: impl FnOnce(&mut Member)) {
        let earlier = self.group.update(id, |member| {
            change(member);
            member.join.replace(call)
        });
        if let Some(earlier) = earlier.flatten() {
            self.out.reply(earlier, join_refusal(id, ErrorCode::RebalanceInProgress));
        }
    }

    /// Answers the JoinGroup that is parked at a member, if there is one.
    pub(super) fn answer_join(&mut self, id: &str, response: JoinGroupResponse) {
        if let Some(call) = self.group.update(id, |member| member.join.take()).flatten() {
            self.out.reply(call, response);
        }
    }

    /// What a member is told of the present generation. The leader gets the roster.
    pub(super) fn generation_for(&self, member: &str) -> JoinGroupResponse {
        let members = match self.group.is_leader(member) {
            true => self.group.roster(),
            false => Vec::new(),
        };
        JoinGroupResponse {
            generation_id: self.group.generation,
            protocol_type: self.group.protocol_type.clone(),
            protocol_name: self.group.protocol.clone(),
            leader: self.group.leader.clone().unwrap_or_default(),
            member_id: Str::from(member),
            members,
            ..JoinGroupResponse::default()
        }
    }

    // ---- a rebalance ----

    /// Begins a rebalance, or goes on with the one that has begun.
    pub(in crate::group) fn rebalance(&mut self) {
        match self.group.state() {
            State::PreparingRebalance => self.complete_join_if_all_joined(),
            State::Empty | State::CompletingRebalance | State::Stable => self.prepare(),
        }
    }

    /// Asks all members to join again.
    pub(in crate::group) fn prepare(&mut self) {
        if self.group.state() == State::CompletingRebalance {
            self.refuse_syncs(ErrorCode::RebalanceInProgress);
        }
        self.group.pending_syncs.clear();
        self.cancel_sync();
        let was_empty = self.group.state() == State::Empty;
        self.group.transition(State::PreparingRebalance, self.wall);
        if was_empty {
            let delay_ms = self.initial_delay_ms();
            let remaining_ms = self.group.rebalance_timeout_ms().saturating_sub(delay_ms);
            self.group.initial_delay = Some(InitialDelay { delay_ms, remaining_ms });
            self.set_join(delay_ms);
        } else if self.group.has_all_joined() {
            self.complete_join();
        } else {
            self.set_join(self.group.rebalance_timeout_ms());
        }
    }

    /// Goes on once the last member has joined. The first rebalance of a group waits its time out.
    pub(super) fn complete_join_if_all_joined(&mut self) {
        let is_initial = self.group.previous_state() == State::Empty;
        if self.group.state() == State::PreparingRebalance
            && !is_initial
            && self.group.has_all_joined()
        {
            self.complete_join();
        }
    }

    /// The time to join is up.
    pub(super) fn on_join_deadline(&mut self) {
        if self.group.state() != State::PreparingRebalance {
            return;
        }
        match self.group.initial_delay.take() {
            Some(InitialDelay { delay_ms, remaining_ms })
                if self.group.new_member_added && remaining_ms != 0 =>
            {
                self.group.new_member_added = false;
                let next = InitialDelay {
                    delay_ms: self.initial_delay_ms().min(remaining_ms),
                    remaining_ms: remaining_ms.saturating_sub(delay_ms),
                };
                self.group.initial_delay = Some(next);
                self.set_join(next.delay_ms);
            }
            _ => self.complete_join(),
        }
    }

    /// Begins the next generation with those who have joined. Dynamic members that have not are out;
    /// static ones stay as long as their sessions.
    pub(super) fn complete_join(&mut self) {
        self.cancel_join();
        let late = |member: &&Member| member.join.is_none() && member.instance.is_none();
        let late: Vec<Str> =
            self.group.members().filter(late).map(|member| member.id.clone()).collect();
        for member in late {
            self.remove_member(&member);
        }
        if !self.group.elect_joined_leader() && !self.group.members.is_empty() {
            // Only static members are left and none of them has joined: they are waited for until
            // their sessions end.
            self.set_join(self.group.rebalance_timeout_ms().max(LOOK_AGAIN_MS));
            return;
        }
        self.group.begin_generation(self.wall);
        if self.group.state() == State::Empty {
            self.out.write(record::record(&self.id, self.group));
            return;
        }
        let members: Vec<Str> = self.group.members.keys().cloned().collect();
        for id in members {
            let response = self.generation_for(&id);
            self.answer_join(&id, response);
            self.refresh_session(&id);
            self.group.update(&id, |member| member.is_new = false);
            self.group.pending_syncs.insert(id);
        }
        let timer = Timer::Classic(ClassicTimer::Sync(self.id.clone()));
        self.timers.set(timer, self.now.plus_ms(self.group.rebalance_timeout_ms()));
    }

    /// Members that have not asked for their assignments in time are out.
    pub(super) fn on_sync_deadline(&mut self) {
        let is_due = matches!(self.group.state(), State::CompletingRebalance | State::Stable);
        if !is_due || self.group.pending_syncs.is_empty() {
            return;
        }
        for member in std::mem::take(&mut self.group.pending_syncs) {
            self.remove_member(&member);
        }
        self.prepare();
    }

    /// The member's SyncGroup has come.
    pub(super) fn note_sync(&mut self, member: &str) {
        self.group.pending_syncs.remove(member);
        if self.group.pending_syncs.is_empty() {
            self.cancel_sync();
        }
    }

    /// The leader has assigned: everybody gets his own, or nothing if the leader forgot him.
    pub(super) fn settle(&mut self, assignments: &[(Str, Bytes)]) {
        for member in self.group.members.values_mut() {
            member.assignment = Bytes::new();
        }
        for (id, assignment) in assignments {
            if let Some(member) = self.group.members.get_mut(id) {
                member.assignment = Bytes::copy_from_slice(assignment);
            }
        }
        self.out.write(record::record(&self.id, self.group));
        self.out.effect(Counted::CompletedRebalance);
        self.group.transition(State::Stable, self.wall);
        for (call, member) in self.take_syncs() {
            self.out.reply(call, self.assignment_of(&member));
            self.refresh_session(&member);
        }
    }

    pub(super) fn assignment_of(&self, member: &str) -> SyncGroupResponse {
        let member = self.group.members.get(member);
        SyncGroupResponse {
            protocol_type: self.group.protocol_type.clone(),
            protocol_name: self.group.protocol.clone(),
            assignment: member.map(|member| member.assignment.clone()).unwrap_or_default(),
            ..SyncGroupResponse::default()
        }
    }

    /// Nobody gets an assignment of this generation.
    pub(super) fn refuse_syncs(&mut self, code: ErrorCode) {
        for member in self.group.members.values_mut() {
            member.assignment = Bytes::new();
        }
        for (call, member) in self.take_syncs() {
            self.out.reply(call, sync_refusal(code));
            self.refresh_session(&member);
        }
    }

    fn take_syncs(&mut self) -> Vec<(Call, Str)> {
        let members = self.group.members.values_mut();
        members.filter_map(|member| Some((member.sync.take()?, member.id.clone()))).collect()
    }

    fn initial_delay_ms(&self) -> u64 {
        u64::try_from(self.config.groups.group_initial_rebalance_delay_ms).unwrap_or(0)
    }

    fn set_join(&mut self, ms: u64) {
        let timer = Timer::Classic(ClassicTimer::Join(self.id.clone()));
        self.timers.set(timer, self.now.plus_ms(ms));
    }

    fn cancel_join(&mut self) {
        self.timers.cancel(&Timer::Classic(ClassicTimer::Join(self.id.clone())));
    }

    fn cancel_sync(&mut self) {
        self.timers.cancel(&Timer::Classic(ClassicTimer::Sync(self.id.clone())));
    }
}

pub(super) fn join_refusal(member: &str, code: ErrorCode) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: code.code(),
        generation_id: -1,
        protocol_name: None,
        member_id: Str::from(member),
        ..JoinGroupResponse::default()
    }
}

pub(super) fn sync_refusal(code: ErrorCode) -> SyncGroupResponse {
    SyncGroupResponse {
        error_code: code.code(),
        protocol_type: None,
        protocol_name: None,
        ..SyncGroupResponse::default()
    }
}
