//! What committed offsets ask of the group that they belong to, whatever its kind.
//!
//! A group answers for its own members; it never sees an offset. An id that has offsets and no
//! group is what Kafka calls a simple group: nobody is a member, so anybody may commit who does not
//! say that he is one.

use base::{ErrorCode, Str, Uuid, WallMs};

use super::{CommittedOffset, GroupShard};
use crate::machine::Output;

/// Who commits, as he says.
#[derive(Clone, Copy, Debug)]
pub(in crate::group) struct Committer<'a> {
    pub member: &'a str,
    pub instance: Option<&'a str>,
    /// A classic member's generation, otherwise the member's epoch. Negative: no member.
    pub epoch: i32,
    /// Of the request; members of the newer protocols commit with OffsetCommit 9 or later.
    pub version: i16,
    pub kind: CommitKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::group) enum CommitKind {
    Plain,
    /// TxnOffsetCommit. Its older versions do not say who commits.
    Transactional,
}

impl Committer<'_> {
    pub fn is_transactional(&self) -> bool {
        self.kind == CommitKind::Transactional
    }

    /// Whether the request says nothing of a member.
    pub fn is_anonymous(&self) -> bool {
        self.epoch == -1 && self.member.is_empty() && self.instance.is_none()
    }
}

/// What a member that may commit may commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::group) enum CommitScope {
    Everything,
    /// The member's epoch is an older one: each partition is asked for with
    /// [`OffsetOwner::validate_partition_commit`] (KIP-1251).
    AssignedPartitions,
}

/// From when on an offset ages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::group) enum OffsetAge {
    /// It does not.
    Never,
    SinceCommit,
    Since(WallMs),
}

impl OffsetAge {
    /// Whether `offset` is as old as `retention_ms` at `now`. An offset that carries the moment of
    /// its end (those committed with OffsetCommit 2 to 4) is forgotten then.
    pub fn is_expired(self, offset: &CommittedOffset, now: WallMs, retention_ms: i64) -> bool {
        let base = match (self, offset.expires) {
            (OffsetAge::Never, _) => return false,
            (_, Some(end)) => return now >= end,
            (OffsetAge::SinceCommit, None) => offset.committed,
            (OffsetAge::Since(moment), None) => moment,
        };
        now.0.saturating_sub(base.0) >= retention_ms
    }
}

/// A kind of group whose members commit offsets. Share groups refuse with GROUP_ID_NOT_FOUND.
pub(in crate::group) trait OffsetOwner {
    /// # Errors
    /// What the whole request is answered with.
    fn validate_offset_commit(&self, committer: &Committer<'_>) -> Result<CommitScope, ErrorCode>;

    /// Asked where the scope is [`CommitScope::AssignedPartitions`].
    ///
    /// # Errors
    /// What the whole request is answered with.
    fn validate_partition_commit(
        &self,
        _committer: &Committer<'_>,
        _topic: (&str, Uuid),
        _partition: i32,
    ) -> Result<(), ErrorCode> {
        Ok(())
    }

    /// `member` is None and `epoch` negative where the request does not say who asks.
    ///
    /// # Errors
    /// GROUP_ID_NOT_FOUND shows the group as one without offsets; others are the group's answer.
    fn validate_offset_fetch(&self, member: Option<&str>, epoch: i32) -> Result<(), ErrorCode>;

    /// # Errors
    /// What the whole request is answered with.
    fn validate_offset_delete(&self) -> Result<(), ErrorCode> {
        Ok(())
    }

    /// Offsets of these topics neither expire nor can be deleted.
    fn is_subscribed_to(&self, topic: &str) -> bool;

    fn offset_age(&self) -> OffsetAge;

    /// Whether the group is forgotten once it has neither members nor offsets.
    fn expires(&self) -> bool {
        true
    }

    fn has_no_members(&self) -> bool;

    /// Writes what ends the group.
    fn write_tombstones(&self, group: &Str, out: &mut Output<GroupShard>);
}
