//! What the offsets of a consumer group ask of it: who may commit and fetch (KIP-848, KIP-1251).

use base::{ErrorCode, PartitionIndex, Str, Uuid};

use super::group::ConsumerGroup;
use super::member::Member;
use super::migrate::end_of;
use crate::group::GroupShard;
use crate::group::offsets::{CommitScope, Committer, OffsetAge, OffsetOwner};
use crate::machine::Output;

/// From this version on OffsetCommit carries an epoch that its sender knows to be one.
const EPOCH_FROM: i16 = 9;

impl ConsumerGroup {
    fn committing_member(&self, id: &str) -> Result<&Member, ErrorCode> {
        self.members.get(id).ok_or(ErrorCode::UnknownMemberId)
    }
}

/// What a member that is in another epoch hears, in the words of its protocol.
fn stale(member: &Member) -> ErrorCode {
    match member.uses_classic_protocol() {
        true => ErrorCode::IllegalGeneration,
        false => ErrorCode::StaleMemberEpoch,
    }
}

impl OffsetOwner for ConsumerGroup {
    fn validate_offset_commit(&self, committer: &Committer<'_>) -> Result<CommitScope, ErrorCode> {
        // An administrator, or a consumer that is not in the group. Not while there are members.
        if committer.epoch < 0 && self.members.is_empty() {
            return Ok(CommitScope::Everything);
        }
        if committer.is_transactional() && committer.is_anonymous() {
            return Ok(CommitScope::Everything);
        }
        let member = self.committing_member(committer.member)?;
        if !committer.is_transactional()
            && !member.uses_classic_protocol()
            && committer.version < EPOCH_FROM
        {
            return Err(ErrorCode::UnsupportedVersion);
        }
        match committer.epoch.cmp(&member.epoch) {
            std::cmp::Ordering::Equal => Ok(CommitScope::Everything),
            std::cmp::Ordering::Greater => Err(stale(member)),
            std::cmp::Ordering::Less => Ok(CommitScope::AssignedPartitions),
        }
    }

    /// The member was in a later epoch by the time its commit came. That harms nobody as long as it
    /// has had the partition ever since the epoch that it says.
    fn validate_partition_commit(
        &self,
        committer: &Committer<'_>,
        (_, topic): (&str, Uuid),
        partition: i32,
    ) -> Result<(), ErrorCode> {
        let member = self.committing_member(committer.member)?;
        match member.assigned_in(topic, PartitionIndex(partition)) {
            Some(assigned_in) if committer.epoch >= assigned_in => Ok(()),
            Some(_) | None => Err(stale(member)),
        }
    }

    fn validate_offset_fetch(&self, member: Option<&str>, epoch: i32) -> Result<(), ErrorCode> {
        if member.is_none() && epoch < 0 {
            return Ok(());
        }
        let member = self.committing_member(member.unwrap_or_default())?;
        if member.epoch == epoch { Ok(()) } else { Err(stale(member)) }
    }

    fn is_subscribed_to(&self, topic: &str) -> bool {
        self.subscribed.contains(topic)
    }

    fn offset_age(&self) -> OffsetAge {
        OffsetAge::SinceCommit
    }

    fn has_no_members(&self) -> bool {
        self.members.is_empty()
    }

    fn write_tombstones(&self, _group: &Str, out: &mut Output<GroupShard>) {
        for record in end_of(self, None) {
            out.write(record);
        }
    }
}
