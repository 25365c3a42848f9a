//! What committed offsets ask of a streams group.

use base::{ErrorCode, Str, Uuid};

use super::group::StreamsGroup;
use super::records;
use crate::group::GroupShard;
use crate::group::offsets::{CommitScope, Committer, OffsetAge, OffsetOwner};
use crate::machine::Output;

/// The first version of OffsetCommit that knows member epochs (KIP-848).
const EPOCHS_SINCE: i16 = 9;

impl OffsetOwner for StreamsGroup {
    fn validate_offset_commit(&self, committer: &Committer<'_>) -> Result<CommitScope, ErrorCode> {
        // An administrator, or a consumer that uses no groups.
        let is_outside = committer.epoch < 0 && self.is_empty();
        if is_outside || committer.is_transactional() && committer.is_anonymous() {
            return Ok(CommitScope::Everything);
        }
        let member = self.members.get(committer.member).ok_or(ErrorCode::UnknownMemberId)?;
        if !committer.is_transactional() && committer.version < EPOCHS_SINCE {
            return Err(ErrorCode::UnsupportedVersion);
        }
        if committer.epoch == member.epoch {
            Ok(CommitScope::Everything)
        } else if committer.epoch < member.epoch && self.topology.is_some() {
            Ok(CommitScope::AssignedPartitions)
        } else {
            Err(ErrorCode::StaleMemberEpoch)
        }
    }

    /// At an older epoch a member may commit what it has had since then (KIP-1251).
    fn validate_partition_commit(
        &self,
        committer: &Committer<'_>,
        (topic, _): (&str, Uuid),
        partition: i32,
    ) -> Result<(), ErrorCode> {
        let member = self.members.get(committer.member).ok_or(ErrorCode::UnknownMemberId)?;
        let reader = self.topology.as_ref().and_then(|topology| topology.reader_of(topic));
        let reader = reader.ok_or(ErrorCode::StaleMemberEpoch)?;
        let assigned_at = [&member.assigned, &member.pending_revocation]
            .into_iter()
            .find_map(|tasks| tasks.assignment_epoch(reader, partition));
        match assigned_at {
            Some(assigned_at) if committer.epoch >= assigned_at => Ok(()),
            _ => Err(ErrorCode::StaleMemberEpoch),
        }
    }

    fn validate_offset_fetch(&self, member: Option<&str>, epoch: i32) -> Result<(), ErrorCode> {
        let Some(member) = member else {
            return if epoch < 0 { Ok(()) } else { Err(ErrorCode::UnknownMemberId) };
        };
        let member = self.members.get(member).ok_or(ErrorCode::UnknownMemberId)?;
        if member.epoch == epoch { Ok(()) } else { Err(ErrorCode::StaleMemberEpoch) }
    }

    fn is_subscribed_to(&self, topic: &str) -> bool {
        let topology = self.topology.as_ref().filter(|_| !self.is_empty());
        topology.is_some_and(|topology| topology.reader_of(topic).is_some())
    }

    fn offset_age(&self) -> OffsetAge {
        OffsetAge::SinceCommit
    }

    fn has_no_members(&self) -> bool {
        self.is_empty()
    }

    fn write_tombstones(&self, group: &Str, out: &mut Output<GroupShard>) {
        records::group_tombstones(group, self).for_each(|record| out.write(record));
    }
}
