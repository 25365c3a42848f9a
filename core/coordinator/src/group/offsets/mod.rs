//! Committed offsets: OffsetCommit, OffsetFetch, OffsetDelete and TxnOffsetCommit, and their end.
//!
//! The life of an offset: the group that it belongs to, or nobody where there is no such group,
//! says whether the committer may commit ([`owner`]). Its record is written; applied, it stands in
//! the [`store`], which every fetch reads. One of a transaction waits there for its marker, and
//! meanwhile clients that want to read only what is settled are told to come again (KIP-447). It
//! goes with its topic, with its group, by OffsetDelete, or when it has grown too old ([`expiry`]).
//!
//! An id that has offsets and no group is a simple group: Kafka keeps an empty classic group
//! without a protocol type for it.

mod expiry;
mod owner;
mod store;
#[cfg(test)]
mod tests;

use base::{ErrorCode, LeaderEpoch, Offset, ProducerEpoch, ProducerId, Str, Uuid, WallMs};
use protocol::messages::offset_commit_request::OffsetCommitRequestPartition;
use protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use protocol::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use protocol::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use protocol::messages::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse,
    TxnOffsetCommitRequest, TxnOffsetCommitResponse,
};
use protocol::record_types::group::{GroupKey, GroupValue};

use super::{Asked, CommitInTransaction, Counted, GroupRecord, GroupShard};
use crate::machine::{Call, Context, Ending, Output, Source, Write};

pub(super) use expiry::{next_check, simple_group_tombstone};
pub(super) use owner::{CommitKind, CommitScope, Committer, OffsetAge, OffsetOwner};
pub(super) use store::{CommittedOffset, Offsets};

/// What a fetch says of a partition without an offset.
const NO_OFFSET: i64 = -1;

/// OffsetFetch for one group.
#[derive(Clone, Debug)]
pub struct FetchOffsets {
    /// The topics that are asked for, by name; None asks for all.
    pub group: OffsetFetchRequestGroup,
    pub stability: Stability,
}

/// Whether offsets may be read that an open transaction may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    Any,
    /// `RequireStable`: such a partition is answered with UNSTABLE_OFFSET_COMMIT (KIP-447).
    Required,
}

/// A marker for this partition, from the coordinator of the transaction.
#[derive(Clone, Copy, Debug)]
pub struct EndTransaction {
    pub producer: ProducerId,
    pub epoch: ProducerEpoch,
    pub ending: Ending,
    pub coordinator_epoch: i32,
    pub transaction_version: i16,
}

/// The marker is in the log, and the offsets of the transaction hold, or are gone.
#[derive(Clone, Copy, Debug)]
pub struct TransactionEnded;

impl GroupShard {
    // ---- committing ----

    pub(super) fn commit_offsets(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<OffsetCommitRequest>,
        out: &mut Output<Self>,
    ) {
        let mut records = Vec::new();
        match self.offset_commit(context, asked, &mut records) {
            Ok(response) => {
                self.touch_member(context, &asked.body.group_id, &asked.body.member_id);
                out.effect(Counted::OffsetCommits(records.len()));
                records.into_iter().for_each(|record| out.write(record));
                out.reply(call, response);
            }
            Err(code) => out.replies.push((call, Err(code))),
        }
    }

    fn offset_commit(
        &self,
        context: &Context<'_>,
        asked: &Asked<OffsetCommitRequest>,
        records: &mut Vec<GroupRecord>,
    ) -> Result<OffsetCommitResponse, ErrorCode> {
        let request = &asked.body;
        let committer = Committer {
            member: &request.member_id,
            instance: request.group_instance_id.as_deref(),
            epoch: request.generation_id_or_member_epoch,
            version: asked.version,
            kind: CommitKind::Plain,
        };
        let scope = self.validate_commit(&request.group_id, &committer)?;
        let expires = (request.retention_time_ms != -1)
            .then(|| WallMs(context.wall.0.saturating_add(request.retention_time_ms)));
        let mut response = OffsetCommitResponse::default();
        for topic in &request.topics {
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for partition in &topic.partitions {
                let index = partition.partition_index;
                let code = if is_too_long(context, partition.committed_metadata.as_deref()) {
                    ErrorCode::OffsetMetadataTooLarge
                } else {
                    let named = (topic.name.as_str(), topic.topic_id);
                    self.validate_partition(&request.group_id, scope, &committer, named, index)?;
                    let offset = committed(context, topic.topic_id, partition, expires);
                    records.push(offset.record(&request.group_id, &topic.name, index));
                    ErrorCode::None
                };
                partitions.push(OffsetCommitResponsePartition {
                    partition_index: index,
                    error_code: code.code(),
                    ..OffsetCommitResponsePartition::default()
                });
            }
            response.topics.push(OffsetCommitResponseTopic {
                name: topic.name.clone(),
                topic_id: topic.topic_id,
                partitions,
                ..OffsetCommitResponseTopic::default()
            });
        }
        Ok(response)
    }

    pub(super) fn commit_transaction_offsets(
        &mut self,
        context: &Context<'_>,
        call: Call,
        commit: &CommitInTransaction,
        out: &mut Output<Self>,
    ) {
        let CommitInTransaction { asked, guard } = commit;
        let mut records = Vec::new();
        match self.txn_offset_commit(context, asked, &mut records) {
            Ok(response) => {
                let producer = ProducerId(asked.body.producer_id);
                let epoch = ProducerEpoch(asked.body.producer_epoch);
                let pending = |record| Write::Pending { producer, epoch, guard: *guard, record };
                out.effect(Counted::OffsetCommits(records.len()));
                out.writes.extend(records.into_iter().map(pending));
                out.reply(call, response);
            }
            // Producers know no epochs of members.
            Err(ErrorCode::StaleMemberEpoch) => {
                out.replies.push((call, Err(ErrorCode::IllegalGeneration)));
            }
            Err(code) => out.replies.push((call, Err(code))),
        }
    }

    fn txn_offset_commit(
        &self,
        context: &Context<'_>,
        asked: &Asked<TxnOffsetCommitRequest>,
        records: &mut Vec<GroupRecord>,
    ) -> Result<TxnOffsetCommitResponse, ErrorCode> {
        let request = &asked.body;
        let committer = Committer {
            member: &request.member_id,
            instance: request.group_instance_id.as_deref(),
            epoch: request.generation_id,
            version: asked.version,
            kind: CommitKind::Transactional,
        };
        let scope = self.validate_commit(&request.group_id, &committer)?;
        let mut response = TxnOffsetCommitResponse::default();
        for topic in &request.topics {
            let id = context.image.topics().id_of(&topic.name).unwrap_or(Uuid::ZERO);
            if id == Uuid::ZERO && scope == CommitScope::AssignedPartitions {
                return Err(ErrorCode::IllegalGeneration);
            }
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for partition in &topic.partitions {
                let index = partition.partition_index;
                let code = if is_too_long(context, partition.committed_metadata.as_deref()) {
                    ErrorCode::OffsetMetadataTooLarge
                } else {
                    let named = (topic.name.as_str(), id);
                    self.validate_partition(&request.group_id, scope, &committer, named, index)?;
                    let offset = CommittedOffset {
                        offset: partition.committed_offset,
                        leader_epoch: LeaderEpoch(partition.committed_leader_epoch),
                        metadata: partition.committed_metadata.clone().unwrap_or_default(),
                        committed: context.wall,
                        expires: None,
                        topic_id: Uuid::ZERO,
                        at: Offset(-1),
                    };
                    records.push(offset.record(&request.group_id, &topic.name, index));
                    ErrorCode::None
                };
                partitions.push(TxnOffsetCommitResponsePartition {
                    partition_index: index,
                    error_code: code.code(),
                    ..TxnOffsetCommitResponsePartition::default()
                });
            }
            response.topics.push(TxnOffsetCommitResponseTopic {
                name: topic.name.clone(),
                partitions,
                ..TxnOffsetCommitResponseTopic::default()
            });
        }
        Ok(response)
    }

    pub(super) fn end_transaction(
        &self,
        call: Call,
        ended: EndTransaction,
        out: &mut Output<Self>,
    ) {
        let EndTransaction { producer, epoch, ending, coordinator_epoch, transaction_version } =
            ended;
        out.writes.push(Write::Marker {
            producer,
            epoch,
            ending,
            coordinator_epoch,
            transaction_version,
        });
        out.reply(call, TransactionEnded);
    }

    /// Whether the committer may commit for the group, and what.
    fn validate_commit(
        &self,
        group: &str,
        committer: &Committer<'_>,
    ) -> Result<CommitScope, ErrorCode> {
        if let Some(owner) = self.offset_owner(group) {
            return owner.validate_offset_commit(committer);
        }
        if committer.epoch < 0 {
            return Ok(CommitScope::Everything);
        }
        let exists = self.offsets.group(group).is_some();
        if exists {
            // A simple group has no members.
            return Err(ErrorCode::UnknownMemberId);
        }
        // Clients before OffsetCommit 9 do not expect the other one.
        if committer.version >= 9 && !committer.is_transactional() {
            Err(ErrorCode::GroupIdNotFound)
        } else {
            Err(ErrorCode::IllegalGeneration)
        }
    }

    fn validate_partition(
        &self,
        group: &str,
        scope: CommitScope,
        committer: &Committer<'_>,
        topic: (&str, Uuid),
        partition: i32,
    ) -> Result<(), ErrorCode> {
        match (scope, self.offset_owner(group)) {
            (CommitScope::AssignedPartitions, Some(owner)) => {
                owner.validate_partition_commit(committer, topic, partition)
            }
            _ => Ok(()),
        }
    }

    // ---- fetching ----

    pub(super) fn fetch_offsets(
        &self,
        call: Call,
        asked: &Asked<FetchOffsets>,
        out: &mut Output<Self>,
    ) {
        let request = &asked.body.group;
        let owner = self.offset_owner(&request.group_id);
        let valid = owner.map_or(Ok(()), |owner| {
            owner.validate_offset_fetch(request.member_id.as_deref(), request.member_epoch)
        });
        let offsets = match valid {
            Ok(()) => self.offsets.group(&request.group_id),
            Err(ErrorCode::GroupIdNotFound) => None,
            Err(code) => {
                out.replies.push((call, Err(code)));
                return;
            }
        };
        let stability = asked.body.stability;
        let is_unstable = |topic: &str, partition| {
            stability == Stability::Required
                && offsets.is_some_and(|offsets| offsets.is_open(topic, partition))
        };
        let answer = |topic: &str, partition, offset: Option<&CommittedOffset>| {
            if is_unstable(topic, partition) {
                without_offset(partition, ErrorCode::UnstableOffsetCommit)
            } else {
                offset.map_or_else(
                    || without_offset(partition, ErrorCode::None),
                    |offset| with_offset(partition, offset),
                )
            }
        };
        let mut response = OffsetFetchResponseGroup {
            group_id: request.group_id.clone(),
            ..OffsetFetchResponseGroup::default()
        };
        if let Some(topics) = &request.topics {
            for topic in topics {
                let partitions = topic.partition_indexes.iter().map(|partition| {
                    let offset = offsets.and_then(|offsets| offsets.get(&topic.name, *partition));
                    let offset = offset.filter(|offset| is_of_topic(offset, topic.topic_id));
                    answer(&topic.name, *partition, offset)
                });
                response.topics.push(OffsetFetchResponseTopics {
                    name: topic.name.clone(),
                    topic_id: topic.topic_id,
                    partitions: partitions.collect(),
                    ..OffsetFetchResponseTopics::default()
                });
            }
        } else {
            for (topic, partitions) in
                offsets.map(|offsets| &offsets.committed).into_iter().flatten()
            {
                let partitions = partitions
                    .iter()
                    .map(|(partition, offset)| answer(topic, *partition, Some(offset)));
                response.topics.push(OffsetFetchResponseTopics {
                    name: topic.clone(),
                    partitions: partitions.collect(),
                    ..OffsetFetchResponseTopics::default()
                });
            }
        }
        out.reply(call, response);
    }

    // ---- deleting ----

    pub(super) fn delete_offsets(
        &self,
        call: Call,
        asked: &Asked<OffsetDeleteRequest>,
        out: &mut Output<Self>,
    ) {
        let request = &asked.body;
        let owner = self.offset_owner(&request.group_id);
        let offsets = self.offsets.group(&request.group_id);
        let valid = match owner {
            Some(owner) => owner.validate_offset_delete(),
            None if offsets.is_none() => Err(ErrorCode::GroupIdNotFound),
            None => Ok(()),
        };
        if let Err(code) = valid {
            out.replies.push((call, Err(code)));
            return;
        }
        let mut response = OffsetDeleteResponse::default();
        let mut deleted = 0;
        for topic in &request.topics {
            let subscribed = owner.is_some_and(|owner| owner.is_subscribed_to(&topic.name));
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for partition in &topic.partitions {
                let index = partition.partition_index;
                let exists = offsets.is_some_and(|offsets| {
                    offsets.get(&topic.name, index).is_some() || offsets.is_open(&topic.name, index)
                });
                let code = if subscribed {
                    ErrorCode::GroupSubscribedToTopic
                } else {
                    if exists {
                        out.write(store::tombstone(&request.group_id, &topic.name, index));
                        deleted += 1;
                    }
                    ErrorCode::None
                };
                partitions.push(OffsetDeleteResponsePartition {
                    partition_index: index,
                    error_code: code.code(),
                });
            }
            response
                .topics
                .push(OffsetDeleteResponseTopic { name: topic.name.clone(), partitions });
        }
        out.effect(Counted::OffsetDeletions(deleted));
        out.reply(call, response);
    }

    /// Writes the end of every offset of a group that is deleted, those of open transactions
    /// included.
    pub(super) fn delete_all_offsets(&self, group: &str, out: &mut Output<Self>) {
        let Some(offsets) = self.offsets.group(group) else { return };
        for (topic, partitions) in &offsets.committed {
            for partition in partitions.keys() {
                out.write(store::tombstone(group, topic, *partition));
            }
        }
        for (topic, partitions) in &offsets.open {
            for partition in partitions.keys() {
                if offsets.get(topic, *partition).is_none() {
                    out.write(store::tombstone(group, topic, *partition));
                }
            }
        }
    }

    /// Forgets the offsets of topics that are gone. One with another topic's id belongs to a topic
    /// of the same name that was created since.
    pub(super) fn topics_deleted(&self, delta: &metadata::Delta, out: &mut Output<Self>) {
        for topic in &delta.topics_deleted {
            let of_topic = |id| id == Uuid::ZERO || id == topic.id;
            for (group, partition) in self.offsets.of_topic(&topic.name, of_topic) {
                out.write(store::tombstone(&group, &topic.name, partition));
            }
        }
    }

    // ---- replay ----

    pub(super) fn apply_offset(&mut self, record: &GroupRecord, source: Source) {
        let (group, topic, partition) = match &record.key {
            GroupKey::LegacyOffsetCommit(key) => (&key.group, &key.topic, key.partition),
            GroupKey::OffsetCommit(key) => (&key.group, &key.topic, key.partition),
            _ => return,
        };
        let offset = match &record.value {
            Some((GroupValue::OffsetCommit(value), _)) => {
                CommittedOffset::from_value(value, source.offset)
            }
            Some((GroupValue::LegacyOffsetCommit(value), _)) => {
                CommittedOffset::from_legacy_value(value, source.offset)
            }
            Some(_) => return,
            None => return self.offsets.remove(group, topic, partition),
        };
        match source.producer {
            None => self.offsets.commit(group, topic, partition, offset),
            Some((producer, _)) => {
                self.offsets.commit_pending(producer, group, topic, partition, offset);
            }
        }
    }

    pub(super) fn apply_offsets_marker(&mut self, producer: ProducerId, ending: Ending) {
        self.offsets.end(producer, ending);
    }

    /// A group has ended: nothing is kept of an id that has no offsets either.
    pub(super) fn apply_group_end(&mut self, record: &GroupRecord) {
        let group = match &record.key {
            _ if record.value.is_some() => return,
            GroupKey::GroupMetadata(key) => &key.group,
            GroupKey::ConsumerGroupMetadata(key) => &key.group_id,
            GroupKey::StreamsGroupMetadata(key) => &key.group_id,
            _ => return,
        };
        self.offsets.forget(group);
    }

    // ---- for the other protocols ----

    /// Ids that have offsets, or had some until lately, and no group.
    pub(super) fn simple_groups(&self) -> impl Iterator<Item = &Str> {
        self.offsets.ids().filter(|id| !self.groups.contains_key(*id))
    }

    pub(super) fn is_simple_group(&self, group: &str) -> bool {
        self.offsets.group(group).is_some() && !self.groups.contains_key(group)
    }

    /// A member that commits is alive: classic members say so with every request.
    fn touch_member(&mut self, context: &Context<'_>, group: &str, member: &str) {
        match self.groups.get(group) {
            None => {}
            Some(super::Group::Classic(_)) => self.touch_classic_member(context, group, member),
            // Only heartbeats say that a member of a newer kind of group is alive.
            Some(super::Group::Consumer(_) | super::Group::Share(_) | super::Group::Streams(_)) => {
            }
        }
    }

    fn offset_owner(&self, group: &str) -> Option<&dyn OffsetOwner> {
        self.groups.get(group).map(super::Group::offset_owner)
    }
}

fn committed(
    context: &Context<'_>,
    topic_id: Uuid,
    partition: &OffsetCommitRequestPartition,
    expires: Option<WallMs>,
) -> CommittedOffset {
    // Only version 1 carries a moment of its own.
    let committed = match partition.commit_timestamp {
        -1 => context.wall,
        moment => WallMs(moment),
    };
    CommittedOffset {
        offset: partition.committed_offset,
        leader_epoch: LeaderEpoch(partition.committed_leader_epoch),
        metadata: partition.committed_metadata.clone().unwrap_or_default(),
        committed,
        expires,
        topic_id,
        at: Offset(-1),
    }
}

/// `offset.metadata.max.bytes` counts what Java calls the length of a string.
fn is_too_long(context: &Context<'_>, metadata: Option<&str>) -> bool {
    let limit = usize::try_from(context.config.groups.offset_metadata_max_bytes).unwrap_or(0);
    metadata.is_some_and(|text| text.len() > limit && text.encode_utf16().count() > limit)
}

/// Whether an offset may be shown to who asks for the topic `id`: both know the id and differ only
/// where the topic was deleted and created again.
fn is_of_topic(offset: &CommittedOffset, id: Uuid) -> bool {
    offset.topic_id == Uuid::ZERO || id == Uuid::ZERO || offset.topic_id == id
}

fn with_offset(partition: i32, offset: &CommittedOffset) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index: partition,
        committed_offset: offset.offset,
        committed_leader_epoch: offset.leader_epoch.0,
        metadata: Some(offset.metadata.clone()),
        ..OffsetFetchResponsePartitions::default()
    }
}

fn without_offset(partition: i32, code: ErrorCode) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index: partition,
        committed_offset: NO_OFFSET,
        committed_leader_epoch: -1,
        metadata: Some(Str::EMPTY),
        error_code: code.code(),
        ..OffsetFetchResponsePartitions::default()
    }
}
