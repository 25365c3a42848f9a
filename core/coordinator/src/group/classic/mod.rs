//! Classic groups: JoinGroup, SyncGroup, Heartbeat, LeaveGroup and DescribeGroups, as consumers before
//! KIP-848, Connect and many clients use them. The broker keeps the members and their order of events;
//! what a member's metadata and assignment mean, the members know.
//!
//! The life of a generation: a member joins, and is parked until all others have joined as well or
//! the time for it is up. The leader gets the roster, assigns, and sends the assignments with its
//! SyncGroup; they are written, and every parked SyncGroup is answered. From then on members say by
//! heartbeats that they live, until one of them comes, goes, changes or falls silent.
//!
//! A group lives in memory and its record is a picture of it (see [`record`]): joining members,
//! rebalances that have begun and timers are nowhere else, as with Kafka. So it is `handle` that
//! changes a live group, and `apply` finds that the record says what is there; only when a log is
//! loaded does it make a group.
//!
//! KIP-62 rebalance timeouts, KIP-134 initial delay, KIP-345 static membership, KIP-394 member ids,
//! KIP-559 protocol in the responses, KIP-800 reasons (which the broker logs), KIP-814 skipped
//! assignments. A rebalance in which members keep what they have (KIP-429) is one for the members
//! alone; the broker sees two rebalances in a row.

mod convert;
mod describe;
mod group;
mod join;
mod leave;
mod member;
mod offsets;
mod record;
mod sync;
#[cfg(test)]
mod tests;
mod turn;

use base::{ErrorCode, Str};
use protocol::messages::{HeartbeatRequest, HeartbeatResponse};
use protocol::record_types::group::{GroupKey, GroupMetadataValue, GroupValue};

use super::{Asked, Group, GroupRecord, GroupShard};
use crate::machine::{Call, Context, Output, Refused, Write};

pub(super) use convert::Joined;
pub(super) use group::{ClassicGroup, State};
pub(super) use leave::{leaving, response};
pub(super) use member::Member;
pub(super) use record::{record, tombstone};
pub(super) use turn::Turn;

/// What a classic group waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ClassicTimer {
    /// All members to join.
    Join(Str),
    /// All members to ask for their assignments.
    Sync(Str),
    /// A sign of life of a member, or a join under an id that was handed out.
    Session(Str, Str),
}

impl GroupShard {
    pub(super) fn heartbeat(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<HeartbeatRequest>,
        out: &mut Output<Self>,
    ) {
        let request = &asked.body;
        let heard = match self.classic_turn(context, &request.group_id, out) {
            None => self.heartbeat_consumer_group(context, request, out),
            Some(mut turn) => turn.heartbeat(request),
        };
        let code = heard.err().unwrap_or(ErrorCode::None);
        let response = HeartbeatResponse { error_code: code.code(), ..Default::default() };
        out.reply(call, response);
    }

    // ---- loading, and what cannot be written ----

    pub(super) fn apply_classic(&mut self, id: &Str, value: Option<&GroupMetadataValue>) {
        match (self.groups.get_mut(id), value) {
            (Some(Group::Classic(group)), Some(value)) if record::is_known(group, value) => {
                group.replaced = None;
            }
            (_, Some(value)) => {
                let made = self.take_made_classic(id);
                let group = made.unwrap_or_else(|| record::read(value));
                self.groups.insert(id.detached(), Group::Classic(Box::new(group)));
            }
            (Some(Group::Classic(group)), None) => {
                convert::cancel_timers(id, group, &mut self.timers);
                self.groups.remove(id);
            }
            // Whatever else has the id has taken the place of the classic group that ends here.
            (_, None) => {}
        }
    }

    /// Sessions begin. A group that has become too large for its broker rebalances, which gives its
    /// members a chance to commit before some of them are turned away.
    pub(super) fn classic_loaded(&mut self, context: &Context<'_>, out: &mut Output<Self>) {
        let size_max = size_max(context);
        let is_classic = |group: &Group| matches!(group, Group::Classic(_));
        let all = self.groups.iter().filter(|(_, group)| is_classic(group));
        let ids: Vec<Str> = all.map(|(id, _)| id.clone()).collect();
        for id in ids {
            let Some(mut turn) = self.classic_turn(context, &id, out) else { continue };
            let members: Vec<Str> = turn.group.members.keys().cloned().collect();
            for member in &members {
                turn.refresh_session(member);
            }
            if members.len() > size_max {
                turn.prepare();
            }
        }
    }

    /// A record was too large. Who waited for it has been told; the members join again.
    pub(super) fn classic_refused(
        &mut self,
        context: &Context<'_>,
        refused: &Refused<GroupRecord>,
        out: &mut Output<Self>,
    ) {
        for write in &refused.writes {
            let Write::Record(record) = write else { continue };
            let (GroupKey::GroupMetadata(key), Some((GroupValue::GroupMetadata(value), _))) =
                (&record.key, &record.value)
            else {
                continue;
            };
            let Some(mut turn) = self.classic_turn(context, &key.group, out) else { continue };
            let was_written = turn.group.generation == value.generation;
            if was_written && turn.group.state() == State::Stable && !turn.undo_replacement() {
                turn.refuse_syncs(refused.code);
                turn.prepare();
            }
        }
    }

    // ---- timers ----

    pub(super) fn on_classic_deadline(
        &mut self,
        context: &Context<'_>,
        timer: ClassicTimer,
        out: &mut Output<Self>,
    ) {
        let (ClassicTimer::Join(id) | ClassicTimer::Sync(id) | ClassicTimer::Session(id, _)) =
            &timer;
        let Some(mut turn) = self.classic_turn(context, id, out) else { return };
        match timer {
            ClassicTimer::Join(_) => turn.on_join_deadline(),
            ClassicTimer::Sync(_) => turn.on_sync_deadline(),
            ClassicTimer::Session(_, member) => turn.on_session_end(&member),
        }
    }
}

impl Turn<'_> {
    fn heartbeat(&mut self, request: &HeartbeatRequest) -> Result<(), ErrorCode> {
        let instance = request.group_instance_id.as_deref();
        self.group.validate_member(&request.member_id, instance)?;
        if request.generation_id != self.group.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        self.refresh_session(&request.member_id);
        match self.group.state() {
            State::PreparingRebalance => Err(ErrorCode::RebalanceInProgress),
            // Members heartbeat as soon as they have joined.
            State::Empty | State::CompletingRebalance | State::Stable => Ok(()),
        }
    }

    /// A member has fallen silent, or nobody has come with an id that was handed out.
    fn on_session_end(&mut self, member: &str) {
        let is_member = match self.group.members.get(member) {
            Some(member) if member.is_waiting() => return,
            Some(_) => true,
            None if self.group.pending_joins.contains(member) => false,
            None => return,
        };
        self.remove_member(member);
        match self.group.state() {
            State::Stable | State::CompletingRebalance if is_member => self.rebalance(),
            State::PreparingRebalance if self.group.has_all_joined() => self.complete_join(),
            State::Empty
            | State::PreparingRebalance
            | State::CompletingRebalance
            | State::Stable => {}
        }
    }
}

fn size_max(context: &Context<'_>) -> usize {
    usize::try_from(context.config.groups.group_max_size).unwrap_or(0)
}
