//! AlterPartitionReassignments 0-1 (45), ListPartitionReassignments 0 (46).
//!
//! A reassignment is not a process anywhere: it is a partition whose adding and removing replicas
//! are not empty. It begins with the change that names them, goes on by itself as leaders add the
//! new replicas to their ISRs, and ends in the AlterPartition that makes the target complete. So
//! listing is reading, and cancelling is one more change. Errors stand with each partition.

use std::collections::BTreeSet;

use base::{BrokerId, ErrorCode, PartitionIndex, Str};
use protocol::messages::alter_partition_reassignments_response::{
    ReassignablePartitionResponse, ReassignableTopicResponse,
};
use protocol::messages::list_partition_reassignments_response::{
    OngoingPartitionReassignment, OngoingTopicReassignment,
};
use protocol::messages::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse,
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
};
use protocol::record_types::metadata::MetadataRecord;

use super::{ConfigRules, Context, Controller, Decision, Refusal, shown};
use crate::Partition;
use crate::image::Topic;
use crate::partition::Election;

impl<C: ConfigRules> Controller<C> {
    pub(super) fn alter_partition_reassignments(
        &mut self,
        _context: &Context,
        request: &AlterPartitionReassignmentsRequest,
    ) -> Decision<AlterPartitionReassignmentsResponse> {
        let mut records = Vec::new();
        let mut responses = Vec::new();
        let allowed = request.allow_replication_factor_change;
        for topic in &request.topics {
            let mut partitions = Vec::new();
            for wanted in &topic.partitions {
                let index = wanted.partition_index;
                let planned = self.find(&topic.name, index).and_then(|(topic, partition)| {
                    let index = PartitionIndex(index);
                    match &wanted.replicas {
                        None => self.cancel(topic, index, partition),
                        Some(target) => {
                            self.check_assignment(target, None)?;
                            let keep = if allowed { None } else { Some(partition) };
                            check_factor(keep, target.len())?;
                            Ok(self.reassign(topic, index, partition, target))
                        }
                    }
                });
                let (code, message) = match planned {
                    Ok(record) => {
                        records.extend(record);
                        (ErrorCode::None, None)
                    }
                    Err(refusal) => (refusal.code, refusal.message),
                };
                partitions.push(ReassignablePartitionResponse {
                    partition_index: index,
                    error_code: code.code(),
                    error_message: message,
                    ..Default::default()
                });
            }
            responses.push(ReassignableTopicResponse {
                name: topic.name.clone(),
                partitions,
                ..Default::default()
            });
        }
        let reply = AlterPartitionReassignmentsResponse {
            allow_replication_factor_change: allowed,
            // Apache answers a request for nothing before it comes to say that there is nothing to
            // say, and leaves the text that is there without anybody's doing.
            error_message: request.topics.is_empty().then_some(Str::EMPTY),
            responses,
            ..Default::default()
        };
        Decision::atomic(records, reply)
    }

    fn find(&self, name: &str, index: i32) -> Result<(&Topic, &Partition), Refusal> {
        let topic = self.image.topic(name);
        let found = topic.and_then(|topic| {
            let partition = topic.partition(PartitionIndex(index))?;
            Some((&**topic, &**partition))
        });
        found.ok_or_else(|| {
            Refusal::new(
                ErrorCode::UnknownTopicOrPartition,
                format_args!("there is no partition {index} of a topic `{}`", shown(name)),
            )
        })
    }

    fn reassign(
        &self,
        topic: &Topic,
        index: PartitionIndex,
        partition: &Partition,
        target: &[i32],
    ) -> Option<MetadataRecord> {
        let current: BTreeSet<BrokerId> = partition.replicas.iter().copied().collect();
        let wanted: BTreeSet<BrokerId> = target.iter().copied().map(BrokerId).collect();
        let removing: Vec<BrokerId> = current.difference(&wanted).copied().collect();
        let adding: Vec<BrokerId> = wanted.difference(&current).copied().collect();
        let mut replicas: Vec<BrokerId> = target.iter().copied().map(BrokerId).collect();
        replicas.extend(&removing);
        self.change_partition(topic, index, partition, &self.is_active(), |builder| {
            builder.replicas = replicas;
            // Lists that would be empty keep what a reassignment in progress had in them.
            if !removing.is_empty() {
                builder.removing = removing;
            }
            if !adding.is_empty() {
                builder.adding = adding;
            }
        })
        .map(|(record, _)| record)
    }

    fn cancel(
        &self,
        topic: &Topic,
        index: PartitionIndex,
        partition: &Partition,
    ) -> Result<Option<MetadataRecord>, Refusal> {
        if !partition.is_reassigning() {
            return Err(Refusal::without_words(ErrorCode::NoReassignmentInProgress));
        }
        let stays = |id: &BrokerId| !partition.adding.contains(id);
        let replicas: Vec<BrokerId> = partition.replicas.iter().copied().filter(stays).collect();
        let mut isr: Vec<BrokerId> = partition.isr.iter().copied().filter(stays).collect();
        let election = self.default_election(topic);
        if isr.is_empty() {
            // Only added replicas are in sync: going back loses records.
            let refuse = |text| Refusal::new(ErrorCode::InvalidReplicaAssignment, text);
            let first = replicas.first().ok_or_else(|| refuse("no replica would be left"))?;
            if election != Election::Unclean {
                return Err(refuse(
                    "only added replicas are in sync, and unclean.leader.election.enable is false",
                ));
            }
            isr.push(*first);
        }
        let changed =
            self.change_partition(topic, index, partition, &self.is_active(), |builder| {
                builder.election = election;
                builder.isr = isr;
                builder.replicas = replicas;
                builder.removing = Vec::new();
                builder.adding = Vec::new();
            });
        Ok(changed.map(|(record, _)| record))
    }

    pub(super) fn list_partition_reassignments(
        &mut self,
        _context: &Context,
        request: &ListPartitionReassignmentsRequest,
    ) -> Decision<ListPartitionReassignmentsResponse> {
        let image = self.committed.stable();
        let mut topics = Vec::new();
        match &request.topics {
            None => {
                for topic in image.topics().sorted() {
                    topics.extend(ongoing(topic, topic.partitions.keys().copied()));
                }
            }
            Some(wanted) => {
                for wanted in wanted {
                    if let Some(topic) = image.topic(&wanted.name) {
                        let indexes = wanted.partition_indexes.iter().copied();
                        topics.extend(ongoing(topic, indexes.map(PartitionIndex)));
                    }
                }
            }
        }
        Decision::reply(ListPartitionReassignmentsResponse {
            error_message: None,
            topics,
            ..Default::default()
        })
    }
}

fn check_factor(partition: Option<&Partition>, wanted: usize) -> Result<(), Refusal> {
    let Some(partition) = partition else { return Ok(()) };
    // While a reassignment goes on, its target counts.
    let lasting = partition.replicas.iter().filter(|id| !partition.removing.contains(id)).count();
    if lasting == wanted {
        return Ok(());
    }
    Err(Refusal::new(
        ErrorCode::InvalidReplicationFactor,
        format_args!(
            "the replication factor would change from {lasting} to {wanted}, which the request \
             does not allow"
        ),
    ))
}

/// The reassignments going on among the given partitions; None if there are none.
fn ongoing(
    topic: &Topic,
    indexes: impl Iterator<Item = PartitionIndex>,
) -> Option<OngoingTopicReassignment> {
    let numbers = |list: &[BrokerId]| list.iter().map(|id| id.0).collect();
    let partitions: Vec<_> = indexes
        .filter_map(|index| Some((index, topic.partition(index)?)))
        .filter(|(_, partition)| partition.is_reassigning())
        .map(|(index, partition)| OngoingPartitionReassignment {
            partition_index: index.0,
            replicas: numbers(&partition.replicas),
            adding_replicas: numbers(&partition.adding),
            removing_replicas: numbers(&partition.removing),
            ..Default::default()
        })
        .collect();
    (!partitions.is_empty()).then(|| OngoingTopicReassignment {
        name: topic.name.clone(),
        partitions,
        ..Default::default()
    })
}
