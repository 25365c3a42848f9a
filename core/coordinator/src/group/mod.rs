//! `__consumer_offsets`: one shard of the group coordinator, which holds groups of every kind and the
//! offsets that they commit.
//!
//! One file or folder per protocol; each adds its methods to [`GroupShard`], and nothing of a
//! protocol stands here. What they share: a group id names one group of one kind, offsets belong to
//! the group and outlive its members, and every timer of the shard lives in one place.

mod assignor;
mod classic;
mod consumer;
mod counts;
mod kinds;
mod offsets;
mod record;
mod share;
mod streams;
mod subscription;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;

use base::{MonoMs, Offset, ProducerEpoch, ProducerId, Str, VerificationGuard};
use bytes::Bytes;
use protocol::messages::offset_fetch_response::OffsetFetchResponseGroup;
use protocol::messages::{
    AlterShareGroupOffsetsRequest, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse,
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, DeleteGroupsRequest,
    DeleteGroupsResponse, DeleteShareGroupOffsetsRequest, DescribeGroupsRequest,
    DescribeGroupsResponse, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest,
    JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, ListGroupsRequest,
    ListGroupsResponse, OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest,
    OffsetDeleteResponse, ShareGroupDescribeRequest, ShareGroupDescribeResponse,
    ShareGroupHeartbeatRequest, StreamsGroupDescribeRequest, StreamsGroupDescribeResponse,
    StreamsGroupHeartbeatRequest, SyncGroupRequest, SyncGroupResponse, TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
};
use protocol::record_types::group::{GroupKey, GroupValue};

use crate::machine::{Call, Context, Ending, Grouping, Machine, Output, Refused, Source};
use crate::timers::Timers;

use classic::{ClassicGroup, ClassicTimer};
pub(crate) use consumer::TopicRegex;
use consumer::{ConsumerGroup, ConsumerTimer};
pub use consumer::{RegexesNoted, RegexesResolved, ResolveRegexes};
pub use counts::{Census, Counted, GroupEffect, TakeCensus};
use kinds::Kind;
pub use offsets::{EndTransaction, FetchOffsets, Stability, TransactionEnded};
use offsets::{OffsetOwner, Offsets};
pub use record::GroupRecord;
use share::ShareGroup;
pub use share::*;
use streams::StreamsGroup;
pub use streams::StreamsHeartbeat;
use subscription::TopicHashes;

/// A request with who sent it.
#[derive(Clone, Debug)]
pub struct Asked<R> {
    pub client: Client,
    /// The version that the request was read in, and its reply will be written in.
    pub version: i16,
    pub body: R,
}

/// Offsets of a transaction that has been verified.
#[derive(Clone, Debug)]
pub struct CommitInTransaction {
    pub asked: Asked<TxnOffsetCommitRequest>,
    /// See [`Write::Pending`].
    pub guard: Option<VerificationGuard>,
}

/// Who asks, as groups remember and describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    pub id: Str,
    /// As Kafka writes it: a slash and the address, `/127.0.0.1`.
    pub host: Str,
}

crate::requests! { GroupShard {
    JoinGroup(Asked<JoinGroupRequest> => JoinGroupResponse),
    SyncGroup(Asked<SyncGroupRequest> => SyncGroupResponse),
    Heartbeat(Asked<HeartbeatRequest> => HeartbeatResponse),
    LeaveGroup(Asked<LeaveGroupRequest> => LeaveGroupResponse),
    /// Groups of this shard.
    DescribeGroups(Asked<DescribeGroupsRequest> => DescribeGroupsResponse),
    /// All groups of this shard.
    ListGroups(Asked<ListGroupsRequest> => ListGroupsResponse),
    /// Groups of this shard.
    DeleteGroups(Asked<DeleteGroupsRequest> => DeleteGroupsResponse),
    OffsetCommit(Asked<OffsetCommitRequest> => OffsetCommitResponse),
    OffsetFetch(Asked<FetchOffsets> => OffsetFetchResponseGroup),
    OffsetDelete(Asked<OffsetDeleteRequest> => OffsetDeleteResponse),
    CommitInTransaction(CommitInTransaction => TxnOffsetCommitResponse),
    EndTransaction(EndTransaction => TransactionEnded),
    ConsumerGroupHeartbeat(Asked<ConsumerGroupHeartbeatRequest> => ConsumerGroupHeartbeatResponse),
    /// Groups of this shard.
    ConsumerGroupDescribe(Asked<ConsumerGroupDescribeRequest> => ConsumerGroupDescribeResponse),
    ShareGroupHeartbeat(Asked<ShareGroupHeartbeatRequest> => ShareHeartbeat),
    ShareGroupDescribe(Asked<ShareGroupDescribeRequest> => ShareGroupDescribeResponse),
    ShareStateOutcome(ShareStateOutcome => ShareStateNoted),
    SharePartitionsOf(SharePartitionsOf => SharePartitions),
    AlterShareGroupOffsets(Asked<AlterShareGroupOffsetsRequest> => AlterShareOffsets),
    DeleteShareGroupOffsets(Asked<DeleteShareGroupOffsetsRequest> => DeleteShareOffsets),
    CompleteDeleteShareOffsets(CompleteDeleteShareOffsets => CompletedDeleteShareOffsets),
    DeleteShareGroup(DeleteShareGroup => ShareGroupDeletion),
    StreamsGroupHeartbeat(Asked<StreamsGroupHeartbeatRequest> => StreamsHeartbeat),
    StreamsGroupDescribe(Asked<StreamsGroupDescribeRequest> => StreamsGroupDescribeResponse),
    RegexesResolved(RegexesResolved => RegexesNoted),
    TakeCensus(TakeCensus => Census),
} }

/// One partition of `__consumer_offsets`.
#[derive(Default)]
pub struct GroupShard {
    groups: BTreeMap<Str, Group>,
    offsets: Offsets,
    topic_hashes: TopicHashes,
    timers: Timers<Timer>,
    /// Where the metadata stood when topics were last created.
    topics_created_at: Offset,
    /// What a consumer group is about to become by records that have been decided.
    made_classic: Option<(Str, ClassicGroup)>,
}

/// A group of some kind. An id that only has offsets has no group here.
enum Group {
    Classic(Box<ClassicGroup>),
    Consumer(Box<ConsumerGroup>),
    Share(ShareGroup),
    Streams(Box<StreamsGroup>),
}

impl Group {
    /// What the offsets of the group ask of it.
    fn offset_owner(&self) -> &dyn OffsetOwner {
        match self {
            Group::Classic(group) => &**group,
            Group::Consumer(group) => &**group,
            Group::Share(group) => group,
            Group::Streams(group) => &**group,
        }
    }

    /// What is said of the group in a list of groups of all kinds.
    fn kind(&self) -> &dyn Kind {
        match self {
            Group::Classic(group) => &**group,
            Group::Consumer(group) => &**group,
            Group::Share(group) => group,
            Group::Streams(group) => &**group,
        }
    }
}

/// What a deadline is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// Offsets that have grown too old are looked for.
    OffsetExpiry,
    Classic(ClassicTimer),
    Consumer(ConsumerTimer),
    /// A member of a share group has not been heard of: group, member.
    ShareSession(Str, Str),
    /// A member of a streams group has not been heard of: group, member.
    StreamsSession(Str, Str),
    /// A member of a streams group has not given back its tasks: group, member.
    StreamsRebalance(Str, Str),
    /// A streams group waits for members before its first assignment.
    StreamsInitialRebalance(Str),
}

impl Machine for GroupShard {
    type Request = Request;
    type Reply = Reply;
    type Record = GroupRecord;
    type Effect = GroupEffect;

    fn decode(key: Bytes, value: Option<Bytes>) -> Result<Option<GroupRecord>, String> {
        GroupRecord::decode(key, value)
    }

    fn encode(record: &GroupRecord) -> Result<(Bytes, Option<Bytes>), String> {
        record.encode()
    }

    fn apply(&mut self, record: &GroupRecord, source: Source) {
        match &record.key {
            GroupKey::LegacyOffsetCommit(_) | GroupKey::OffsetCommit(_) => {
                self.apply_offset(record, source);
            }
            GroupKey::GroupMetadata(key) => match &record.value {
                None => self.apply_classic(&key.group, None),
                Some((GroupValue::GroupMetadata(value), _)) => {
                    self.apply_classic(&key.group, Some(value));
                }
                Some(_) => {}
            },
            GroupKey::ConsumerGroupMetadata(_)
            | GroupKey::ConsumerGroupPartitionMetadata(_)
            | GroupKey::ConsumerGroupMemberMetadata(_)
            | GroupKey::ConsumerGroupTargetAssignmentMetadata(_)
            | GroupKey::ConsumerGroupTargetAssignmentMember(_)
            | GroupKey::ConsumerGroupCurrentMemberAssignment(_)
            | GroupKey::ConsumerGroupRegularExpression(_) => self.apply_consumer(record),
            GroupKey::ShareGroupMemberMetadata(_)
            | GroupKey::ShareGroupMetadata(_)
            | GroupKey::ShareGroupTargetAssignmentMetadata(_)
            | GroupKey::ShareGroupTargetAssignmentMember(_)
            | GroupKey::ShareGroupCurrentMemberAssignment(_)
            | GroupKey::ShareGroupStatePartitionMetadata(_) => self.apply_share(record, source),
            GroupKey::StreamsGroupMetadata(_)
            | GroupKey::StreamsGroupMemberMetadata(_)
            | GroupKey::StreamsGroupTargetAssignmentMetadata(_)
            | GroupKey::StreamsGroupTargetAssignmentMember(_)
            | GroupKey::StreamsGroupCurrentMemberAssignment(_)
            | GroupKey::StreamsGroupTopology(_) => self.apply_streams(record),
        }
        self.apply_group_end(record);
    }

    fn apply_marker(&mut self, producer: ProducerId, _epoch: ProducerEpoch, ending: Ending) {
        self.apply_offsets_marker(producer, ending);
    }

    fn loaded(&mut self, context: &mut Context<'_>, out: &mut Output<Self>) {
        self.timers.set(Timer::OffsetExpiry, offsets::next_check(context));
        self.classic_loaded(context, out);
        self.consumer_groups_loaded(context);
        self.share_groups_loaded(context);
        self.streams_groups_loaded(context);
    }

    fn handle(
        &mut self,
        context: &mut Context<'_>,
        call: Call,
        request: Request,
        out: &mut Output<Self>,
    ) {
        match request {
            Request::JoinGroup(asked) => self.join_group(context, call, &asked, out),
            Request::SyncGroup(asked) => self.sync_group(context, call, &asked, out),
            Request::Heartbeat(asked) => self.heartbeat(context, call, &asked, out),
            Request::LeaveGroup(asked) => self.leave_group(context, call, &asked, out),
            Request::DescribeGroups(asked) => self.describe_groups(call, &asked, out),
            Request::ListGroups(asked) => self.list_groups(call, &asked, out),
            Request::DeleteGroups(asked) => self.delete_groups(call, &asked, out),
            Request::OffsetCommit(asked) => self.commit_offsets(context, call, &asked, out),
            Request::OffsetFetch(asked) => self.fetch_offsets(call, &asked, out),
            Request::OffsetDelete(asked) => self.delete_offsets(call, &asked, out),
            Request::CommitInTransaction(asked) => {
                self.commit_transaction_offsets(context, call, &asked, out);
            }
            Request::EndTransaction(ended) => self.end_transaction(call, ended, out),
            Request::ConsumerGroupHeartbeat(asked) => {
                self.consumer_group_heartbeat(context, call, &asked, out);
            }
            Request::ConsumerGroupDescribe(asked) => {
                self.consumer_group_describe(context, call, &asked, out);
            }
            Request::ShareGroupHeartbeat(asked) => {
                self.share_group_heartbeat(context, call, &asked, out);
            }
            Request::ShareGroupDescribe(asked) => {
                self.share_group_describe(context, call, &asked, out);
            }
            Request::ShareStateOutcome(told) => self.share_state_outcome(context, call, &told, out),
            Request::SharePartitionsOf(asked) => self.share_partitions(call, &asked, out),
            Request::AlterShareGroupOffsets(asked) => {
                self.alter_share_group_offsets(context, call, &asked, out);
            }
            Request::DeleteShareGroupOffsets(asked) => {
                self.delete_share_group_offsets(context, call, &asked, out);
            }
            Request::CompleteDeleteShareOffsets(told) => {
                self.complete_delete_share_offsets(context, call, &told, out);
            }
            Request::DeleteShareGroup(asked) => self.delete_share_group(context, call, &asked, out),
            Request::StreamsGroupHeartbeat(asked) => {
                self.streams_group_heartbeat(context, call, &asked, out);
            }
            Request::StreamsGroupDescribe(asked) => self.streams_group_describe(call, &asked, out),
            Request::RegexesResolved(told) => self.regexes_resolved(context, call, &told, out),
            Request::TakeCensus(TakeCensus) => self.take_census(call, out),
        }
    }

    fn next_deadline(&self) -> MonoMs {
        self.timers.next()
    }

    fn on_deadline(&mut self, context: &mut Context<'_>, out: &mut Output<Self>) {
        let Some(timer) = self.timers.take_due(context.now) else { return };
        match timer {
            Timer::OffsetExpiry => self.expire_offsets(context, out),
            Timer::Classic(timer) => self.on_classic_deadline(context, timer, out),
            Timer::Consumer(timer) => self.on_consumer_deadline(context, timer, out),
            Timer::ShareSession(group, member) => {
                self.share_session_expired(context, &group, &member, out);
            }
            Timer::StreamsSession(group, member) => {
                self.streams_session_expired(&group, &member, out);
            }
            Timer::StreamsRebalance(group, member) => {
                self.streams_rebalance_expired(&group, &member, out);
            }
            Timer::StreamsInitialRebalance(group) => {
                self.streams_initial_delay_over(context, &group, out);
            }
        }
    }

    fn metadata_changed(
        &mut self,
        context: &mut Context<'_>,
        delta: &metadata::Delta,
        out: &mut Output<Self>,
    ) {
        // Each record stands alone, and those of a topic with many offsets fill more than one batch.
        out.grouping = Grouping::Free;
        self.topics_deleted(delta, out);
        self.consumer_groups_metadata_changed(context, delta);
        self.share_groups_metadata_changed(context, delta, out);
        self.streams_groups_metadata_changed(delta);
    }

    fn refused(
        &mut self,
        context: &mut Context<'_>,
        refused: &Refused<GroupRecord>,
        out: &mut Output<Self>,
    ) {
        self.classic_refused(context, refused, out);
        self.consumer_refused(context, refused);
        self.streams_refused(refused);
    }
}
