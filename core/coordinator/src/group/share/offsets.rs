//! What administrators do with a share group: describe, alter and delete its offsets, and delete it.
//!
//! The offsets are with the share coordinators, so each of these takes two steps: the group says which
//! partitions, and notes what is under way; then the broker asks the share coordinators, and where
//! the group has to remember the outcome, tells it.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, Str, Uuid};
use protocol::messages::alter_share_group_offsets_request::AlterShareGroupOffsetsRequest;
use protocol::messages::alter_share_group_offsets_response::{
    self as altered, AlterShareGroupOffsetsResponse,
};
use protocol::messages::delete_share_group_offsets_request::DeleteShareGroupOffsetsRequest;
use protocol::messages::delete_share_group_offsets_response::{
    self as deleted, DeleteShareGroupOffsetsResponseTopic,
};
use protocol::messages::delete_share_group_state_request::{self, DeleteShareGroupStateRequest};
use protocol::messages::initialize_share_group_state_request::InitializeShareGroupStateRequest;

use super::heartbeat::initialize_request;
use super::state_partitions::{StatePartitions, StateTopic};
use super::{Asked, GroupShard, Rejected, ShareGroup, TopicPartitions, records, rejected};
use crate::machine::{Call, Context, Output};

/// Asks which share partitions a group has.
#[derive(Clone, Debug)]
pub struct SharePartitionsOf {
    pub group_id: Str,
}

/// Partitions whose state is initialised. A group that is not known has none.
#[derive(Clone, Debug)]
pub struct SharePartitions {
    pub partitions: TopicPartitions,
}

/// The reply to AlterShareGroupOffsets as it is if share coordinators agree.
#[derive(Clone, Debug)]
pub struct AlterShareOffsets {
    pub response: AlterShareGroupOffsetsResponse,
    /// To be asked of share coordinators; if all goes well, the outcome is told to the group.
    pub initialize: Option<InitializeShareGroupStateRequest>,
}

/// The first step of DeleteShareGroupOffsets.
#[derive(Clone, Debug)]
pub struct DeleteShareOffsets {
    /// Why the whole request fails.
    pub refusal: Option<(ErrorCode, Str)>,
    /// Topics whose offsets are not deleted.
    pub failed: Vec<DeleteShareGroupOffsetsResponseTopic>,
    /// To be asked of share coordinators; topics that succeed are a [`CompleteDeleteShareOffsets`].
    pub delete: Option<DeleteShareGroupStateRequest>,
}

/// The state of all share partitions of these topics is gone.
#[derive(Clone, Debug)]
pub struct CompleteDeleteShareOffsets {
    pub group_id: Str,
    pub topics: BTreeSet<Uuid>,
}

/// It has been written.
#[derive(Clone, Copy, Debug)]
pub struct CompletedDeleteShareOffsets;

/// Asks what must go before a group may be deleted. Groups of other kinds may be asked for.
#[derive(Clone, Debug)]
pub struct DeleteShareGroup {
    pub group_id: Str,
}

#[derive(Clone, Debug)]
pub enum ShareGroupDeletion {
    /// There is nothing of a share group in the way of DeleteGroups.
    Nothing,
    /// To be asked of share coordinators before the group itself is deleted.
    State(DeleteShareGroupStateRequest),
    NonEmpty,
}

const UNKNOWN_TOPIC: &str = "This server does not host this topic-partition.";
const NON_EMPTY: &str = "The group is not empty.";

impl GroupShard {
    pub(in crate::group) fn share_partitions(
        &mut self,
        call: Call,
        asked: &SharePartitionsOf,
        out: &mut Output<GroupShard>,
    ) {
        let state = self.share_group(&asked.group_id).ok().and_then(|group| group.state.as_ref());
        let partitions = state.map(StatePartitions::initialized_partitions).unwrap_or_default();
        out.reply(call, SharePartitions { partitions });
    }

    // ---- altering ----

    pub(in crate::group) fn alter_share_group_offsets(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<AlterShareGroupOffsetsRequest>,
        out: &mut Output<GroupShard>,
    ) {
        let reply = self.alter_share_offsets(context, &asked.body, out).unwrap_or_else(|error| {
            let response = AlterShareGroupOffsetsResponse {
                error_code: error.code.code(),
                error_message: Some(error.message.into()),
                ..AlterShareGroupOffsetsResponse::default()
            };
            AlterShareOffsets { response, initialize: None }
        });
        out.reply(call, reply);
    }

    fn alter_share_offsets(
        &mut self,
        context: &Context<'_>,
        request: &AlterShareGroupOffsetsRequest,
        out: &mut Output<GroupShard>,
    ) -> Result<AlterShareOffsets, Rejected> {
        let new_group = ShareGroup::default();
        let group = self.share_group_or_room(&request.group_id)?.unwrap_or(&new_group);
        if !group.is_empty() {
            return Err(rejected(ErrorCode::NonEmptyGroup, NON_EMPTY));
        }
        let mut offsets: BTreeMap<Uuid, BTreeMap<i32, i64>> = BTreeMap::new();
        let mut initializing = BTreeMap::new();
        let mut responses = Vec::new();
        for topic in &request.topics {
            let known = context.image.topic(&topic.topic_name);
            let count = known.map_or(0, |topic| topic.partitions.len() as i32);
            let partitions = topic.partitions.iter().map(|partition| {
                let exists = (0..count).contains(&partition.partition_index);
                altered::AlterShareGroupOffsetsResponsePartition {
                    partition_index: partition.partition_index,
                    error_code: if exists { 0 } else { ErrorCode::UnknownTopicOrPartition.code() },
                    error_message: (!exists).then_some(Str::from_static(UNKNOWN_TOPIC)),
                    ..Default::default()
                }
            });
            responses.push(altered::AlterShareGroupOffsetsResponseTopic {
                topic_name: topic.topic_name.clone(),
                topic_id: known.map_or(Uuid::ZERO, |known| known.id),
                partitions: partitions.collect(),
                ..Default::default()
            });
            let Some(known) = known else { continue };
            let mine = offsets.entry(known.id).or_default();
            for partition in &topic.partitions {
                if (0..count).contains(&partition.partition_index) {
                    mine.insert(partition.partition_index, partition.start_offset);
                }
            }
            let partitions = mine.keys().copied().collect();
            let name = known.name.clone();
            initializing.insert(known.id, StateTopic { name, partitions, since: context.wall });
        }
        offsets.retain(|_, partitions| !partitions.is_empty());
        initializing.retain(|_, topic| !topic.partitions.is_empty());
        let group_id = request.group_id.detached();
        let mut initialize = None;
        if !initializing.is_empty() {
            let state = group.state.clone().unwrap_or_default().beginning(&initializing);
            out.write(records::state_partitions(&group_id, &state, context.image));
            initialize = Some(initialize_request(&group_id, group.epoch, &offsets));
        }
        let response = AlterShareGroupOffsetsResponse {
            error_message: None,
            responses,
            ..AlterShareGroupOffsetsResponse::default()
        };
        Ok(AlterShareOffsets { response, initialize })
    }

    // ---- deleting offsets ----

    pub(in crate::group) fn delete_share_group_offsets(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<DeleteShareGroupOffsetsRequest>,
        out: &mut Output<GroupShard>,
    ) {
        let reply = self.delete_share_offsets(context, &asked.body, out).unwrap_or_else(|error| {
            let refusal = Some((error.code, Str::from(error.message)));
            DeleteShareOffsets { refusal, failed: Vec::new(), delete: None }
        });
        out.reply(call, reply);
    }

    fn delete_share_offsets(
        &mut self,
        context: &Context<'_>,
        request: &DeleteShareGroupOffsetsRequest,
        out: &mut Output<GroupShard>,
    ) -> Result<DeleteShareOffsets, Rejected> {
        let group = self.share_group(&request.group_id)?;
        if !group.is_empty() {
            return Err(rejected(ErrorCode::NonEmptyGroup, NON_EMPTY));
        }
        let mut reply = DeleteShareOffsets { refusal: None, failed: Vec::new(), delete: None };
        let Some(before) = &group.state else { return Ok(reply) };
        let mut state = before.clone();
        let mut to_delete = TopicPartitions::new();
        for topic in &request.topics {
            let mut fail = |message: &'static str| {
                reply.failed.push(deleted::DeleteShareGroupOffsetsResponseTopic {
                    topic_name: topic.topic_name.clone(),
                    error_code: ErrorCode::UnknownTopicOrPartition.code(),
                    error_message: Some(Str::from_static(message)),
                    ..Default::default()
                });
            };
            let Some(known) = context.image.topic(&topic.topic_name) else {
                fail(UNKNOWN_TOPIC);
                continue;
            };
            if let Some(initialized) = state.initialized.remove(&known.id) {
                to_delete.insert(known.id, initialized.partitions);
                state.deleting.insert(known.id);
            } else if state.deleting.contains(&known.id) {
                let all = known.partitions.keys().map(|index| index.0).collect();
                to_delete.insert(known.id, all);
            } else {
                fail("There is no offset information to delete.");
            }
        }
        let group_id = request.group_id.detached();
        if state != *before {
            out.write(records::state_partitions(&group_id, &state, context.image));
        }
        reply.delete = (!to_delete.is_empty()).then(|| delete_request(&group_id, &to_delete));
        Ok(reply)
    }

    pub(in crate::group) fn complete_delete_share_offsets(
        &mut self,
        context: &Context<'_>,
        call: Call,
        told: &CompleteDeleteShareOffsets,
        out: &mut Output<GroupShard>,
    ) {
        if let Ok(ShareGroup { state: Some(state), .. }) = self.share_group(&told.group_id) {
            let mut next = state.clone();
            next.deleting.retain(|topic| !told.topics.contains(topic));
            if next != *state {
                let group_id = told.group_id.detached();
                out.write(records::state_partitions(&group_id, &next, context.image));
            }
        }
        out.reply(call, CompletedDeleteShareOffsets);
    }

    // ---- deleting the group ----

    /// The first step of DeleteGroups, for a group that may be a share group.
    pub(in crate::group) fn delete_share_group(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &DeleteShareGroup,
        out: &mut Output<GroupShard>,
    ) {
        let deletion = match self.share_group(&asked.group_id) {
            Err(_) => ShareGroupDeletion::Nothing,
            Ok(group) if !group.is_empty() => ShareGroupDeletion::NonEmpty,
            Ok(ShareGroup { state: None, .. }) => ShareGroupDeletion::Nothing,
            Ok(ShareGroup { state: Some(state), .. }) => {
                let topics = state.to_delete(context.image);
                let deleting = topics.keys().copied().collect();
                let next = StatePartitions { deleting, ..StatePartitions::default() };
                let group_id = asked.group_id.detached();
                out.write(records::state_partitions(&group_id, &next, context.image));
                let partitions: TopicPartitions =
                    topics.into_iter().map(|(id, topic)| (id, topic.partitions)).collect();
                if partitions.is_empty() {
                    ShareGroupDeletion::Nothing
                } else {
                    ShareGroupDeletion::State(delete_request(&group_id, &partitions))
                }
            }
        };
        out.reply(call, deletion);
    }
}

fn delete_request(group_id: &Str, partitions: &TopicPartitions) -> DeleteShareGroupStateRequest {
    use delete_share_group_state_request::{DeleteStateData, PartitionData};
    let topics = partitions.iter().map(|(topic_id, partitions)| DeleteStateData {
        topic_id: *topic_id,
        partitions: partitions
            .iter()
            .map(|partition| PartitionData { partition: *partition, ..PartitionData::default() })
            .collect(),
        ..DeleteStateData::default()
    });
    DeleteShareGroupStateRequest {
        group_id: group_id.clone(),
        topics: topics.collect(),
        ..DeleteShareGroupStateRequest::default()
    }
}
