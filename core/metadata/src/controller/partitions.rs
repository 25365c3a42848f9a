//! AlterPartition 2-3 (56): a leader proposes another ISR for a partition it leads.
//!
//! The partition epoch in the request is a compare-and-set: whoever proposes on an old state is
//! refused. Errors stand with each partition; a stale broker epoch is the error of the whole.

use base::{BrokerId, ErrorCode, LeaderEpoch, PartitionEpoch, PartitionIndex};
use protocol::messages::alter_partition_request::{self, BrokerState};
use protocol::messages::alter_partition_response::{PartitionData, TopicData};
use protocol::messages::{AlterPartitionRequest, AlterPartitionResponse};
use protocol::record_types::metadata::MetadataRecord;

use super::{ConfigRules, Context, Controller, Decision};
use crate::image::Topic;
use crate::{LeaderRecoveryState, Partition};

impl<C: ConfigRules> Controller<C> {
    pub(super) fn alter_partition(
        &mut self,
        context: &Context,
        request: &AlterPartitionRequest,
    ) -> Decision<AlterPartitionResponse> {
        if let Err(refusal) = self.check_broker_epoch(request.broker_id, request.broker_epoch) {
            return Decision::reply(AlterPartitionResponse {
                error_code: refusal.code.code(),
                ..Default::default()
            });
        }
        let mut records = Vec::new();
        let mut topics = Vec::new();
        for wanted in &request.topics {
            let topic = self.image.topic_by_id(wanted.topic_id);
            let mut partitions = Vec::new();
            for proposal in &wanted.partitions {
                let outcome = match topic {
                    None => Err(ErrorCode::UnknownTopicId),
                    Some(topic) => {
                        self.alter(context, BrokerId(request.broker_id), topic, proposal)
                    }
                };
                partitions.push(match outcome {
                    Ok((record, after)) => {
                        records.extend(record);
                        accepted(request.broker_id, proposal.partition_index, &after)
                    }
                    Err(code) => refused(proposal.partition_index, code),
                });
            }
            topics.push(TopicData { topic_id: wanted.topic_id, partitions, ..Default::default() });
        }
        Decision::free(records, AlterPartitionResponse { topics, ..Default::default() })
    }

    fn alter(
        &self,
        context: &Context,
        from: BrokerId,
        topic: &Topic,
        proposal: &alter_partition_request::PartitionData,
    ) -> Result<(Option<MetadataRecord>, Partition), ErrorCode> {
        let index = PartitionIndex(proposal.partition_index);
        let partition = topic.partition(index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        // Versions before 3 name no broker epochs; -1 asks for no check of them.
        let isr: Vec<BrokerState> = match context.api_version {
            ..3 => proposal
                .new_isr
                .iter()
                .map(|id| BrokerState { broker_id: *id, broker_epoch: -1, ..Default::default() })
                .collect(),
            3.. => proposal.new_isr_with_epochs.clone(),
        };
        let recovery = self.check_proposal(from, partition, proposal, &isr)?;
        let changed =
            self.change_partition(topic, index, partition, &self.is_active(), |builder| {
                builder.election = self.default_election(topic);
                builder.isr = isr.iter().map(|state| BrokerId(state.broker_id)).collect();
                builder.leader_recovery_state = recovery;
            });
        Ok(match changed {
            Some((record, after)) => (Some(record), after),
            None => (None, Partition::clone(partition)),
        })
    }

    fn check_proposal(
        &self,
        from: BrokerId,
        partition: &Partition,
        proposal: &alter_partition_request::PartitionData,
        isr: &[BrokerState],
    ) -> Result<LeaderRecoveryState, ErrorCode> {
        let leader_epoch = LeaderEpoch(proposal.leader_epoch);
        let partition_epoch = PartitionEpoch(proposal.partition_epoch);
        // A leader that knows more than this node: a newer controller must exist.
        if leader_epoch > partition.leader_epoch || partition_epoch > partition.partition_epoch {
            return Err(ErrorCode::NotController);
        }
        if leader_epoch < partition.leader_epoch {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        if from != partition.leader {
            return Err(ErrorCode::InvalidRequest);
        }
        if partition_epoch < partition.partition_epoch {
            return Err(ErrorCode::InvalidUpdateVersion);
        }
        let ids: Vec<BrokerId> = isr.iter().map(|state| BrokerId(state.broker_id)).collect();
        let distinct = ids.iter().enumerate().all(|(index, id)| !ids[..index].contains(id));
        let replicas = ids.iter().all(|id| partition.is_replica(*id));
        if !distinct || !replicas || !ids.contains(&partition.leader) {
            return Err(ErrorCode::InvalidRequest);
        }
        let recovery = LeaderRecoveryState::from_code(proposal.leader_recovery_state)
            .ok_or(ErrorCode::InvalidRequest)?;
        // Until the leader has recovered nobody can be in sync with it, and once it has, it
        // cannot lose what it recovered.
        let recovering = recovery == LeaderRecoveryState::Recovering;
        let had_recovered = partition.leader_recovery_state == LeaderRecoveryState::Recovered;
        if recovering && (ids.len() > 1 || had_recovered) {
            return Err(ErrorCode::InvalidRequest);
        }
        let eligible = |state: &BrokerState| {
            self.image.broker(BrokerId(state.broker_id)).is_some_and(|broker| {
                broker.is_active()
                    && (state.broker_epoch == -1 || state.broker_epoch == broker.epoch)
            })
        };
        match isr.iter().all(eligible) {
            true => Ok(recovery),
            false => Err(ErrorCode::IneligibleReplica),
        }
    }
}

/// The partition as it is now. If the change ended a reassignment and with it the asking broker's
/// lead, the reply is an error though the change holds: the broker must read the metadata anew.
fn accepted(from: i32, index: i32, after: &Partition) -> PartitionData {
    if after.leader.0 != from {
        return refused(index, ErrorCode::NewLeaderElected);
    }
    PartitionData {
        partition_index: index,
        error_code: ErrorCode::None.code(),
        leader_id: after.leader.0,
        leader_epoch: after.leader_epoch.0,
        isr: after.isr.iter().map(|id| id.0).collect(),
        leader_recovery_state: after.leader_recovery_state.code(),
        partition_epoch: after.partition_epoch.0,
        ..Default::default()
    }
}

fn refused(index: i32, code: ErrorCode) -> PartitionData {
    PartitionData { partition_index: index, error_code: code.code(), ..Default::default() }
}
