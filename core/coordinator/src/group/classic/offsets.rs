//! What a classic group lets be done with its offsets.

use base::{ErrorCode, Str};

use super::group::{ClassicGroup, State};
use super::record;
use crate::group::GroupShard;
use crate::group::kinds::Kind;
use crate::group::offsets::{CommitScope, Committer, OffsetAge, OffsetOwner};
use crate::machine::{Context, Output};

impl OffsetOwner for ClassicGroup {
    fn validate_offset_commit(&self, committer: &Committer<'_>) -> Result<CommitScope, ErrorCode> {
        let is_empty = self.state() == State::Empty;
        if committer.epoch < 0 && is_empty {
            // An administrator, or a consumer that assigns itself.
            return Ok(CommitScope::Everything);
        }
        let is_named =
            committer.epoch >= 0 || !committer.member.is_empty() || committer.instance.is_some();
        if is_named {
            self.validate_member(committer.member, committer.instance)?;
            if committer.epoch != self.generation {
                return Err(ErrorCode::IllegalGeneration);
            }
        } else if !committer.is_transactional() && !is_empty {
            return Err(ErrorCode::UnknownMemberId);
        }
        if !committer.is_transactional() && self.state() == State::CompletingRebalance {
            // The member knows of the generation and not yet of its assignment: it commits what it
            // may own no longer.
            return Err(ErrorCode::RebalanceInProgress);
        }
        Ok(CommitScope::Everything)
    }

    fn validate_offset_fetch(&self, _member: Option<&str>, _epoch: i32) -> Result<(), ErrorCode> {
        Ok(())
    }

    fn validate_offset_delete(&self) -> Result<(), ErrorCode> {
        match self.state() {
            State::Empty => Ok(()),
            // Which topics are in use is known: each is asked for.
            _ if self.uses_consumer_protocol() => Ok(()),
            _ => Err(ErrorCode::NonEmptyGroup),
        }
    }

    fn is_subscribed_to(&self, topic: &str) -> bool {
        ClassicGroup::is_subscribed_to(self, topic)
    }

    fn offset_age(&self) -> OffsetAge {
        match (&self.protocol_type, self.state()) {
            (None, _) => OffsetAge::SinceCommit,
            // Without a moment the record was written by an old broker.
            (Some(_), State::Empty) => {
                self.since().map_or(OffsetAge::SinceCommit, OffsetAge::Since)
            }
            (Some(_), State::Stable)
                if self.uses_consumer_protocol() && self.knows_its_topics() =>
            {
                OffsetAge::SinceCommit
            }
            (Some(_), _) => OffsetAge::Never,
        }
    }

    fn has_no_members(&self) -> bool {
        self.state() == State::Empty
    }

    fn write_tombstones(&self, group: &Str, out: &mut Output<GroupShard>) {
        out.write(record::tombstone(group));
    }
}

impl Kind for ClassicGroup {
    fn group_type(&self) -> &'static str {
        "classic"
    }

    fn state_name(&self) -> &'static str {
        self.state().name()
    }

    fn protocol_type(&self) -> Str {
        self.protocol_type.clone().unwrap_or_default()
    }
}

impl GroupShard {
    /// A member that commits lives.
    pub(in crate::group) fn touch_classic_member(
        &mut self,
        context: &Context<'_>,
        group: &str,
        member: &str,
    ) {
        let mut nothing = Output::default();
        let Some(mut turn) = self.classic_turn(context, group, &mut nothing) else { return };
        if matches!(turn.group.state(), State::Stable | State::PreparingRebalance) {
            turn.refresh_session(member);
        }
    }
}
