//! ElectLeaders 0-2 (43), and the elections that the controller holds by itself: preferred
//! leaders every `leader.imbalance.check.interval.seconds`, unclean ones every
//! `unclean.leader.election.interval.ms` for topics that allow them.
//!
//! Each partition has its own error code and message; an unknown election type is repeated in
//! every partition and in the error code of the whole (versions 1 and later), unless nobody is to be
//! elected.

use std::collections::BTreeSet;

use base::{ErrorCode, PartitionIndex, Str};
use protocol::messages::elect_leaders_response::{PartitionResult, ReplicaElectionResult};
use protocol::messages::{ElectLeadersRequest, ElectLeadersResponse};
use protocol::record_types::metadata::MetadataRecord;

use super::{ConfigRules, Context, Controller, Decision, Refusal, shown};
use crate::image::Topic;
use crate::partition::Election;

/// Elections of one round of balancing: more would keep other requests waiting.
const ELECTIONS_PER_ROUND_MAX: usize = 1_000;

impl<C: ConfigRules> Controller<C> {
    pub(super) fn elect_leaders(
        &mut self,
        _context: &Context,
        request: &ElectLeadersRequest,
    ) -> Decision<ElectLeadersResponse> {
        if request.topic_partitions.as_ref().is_some_and(Vec::is_empty) {
            return Decision::reply(ElectLeadersResponse::default());
        }
        let election = match request.election_type {
            0 => Election::Preferred,
            1 => Election::Unclean,
            other => return Decision::reply(unknown_election(request, other)),
        };
        let mut records = Vec::new();
        let mut results = Vec::new();
        let mut named = BTreeSet::new();
        match &request.topic_partitions {
            Some(wanted) => {
                for topic in wanted {
                    let partition_result = topic
                        .partitions
                        .iter()
                        .map(|index| {
                            let elected = self.elect(&topic.topic, *index, election);
                            // What has been decided is not yet in the image, and is decided once.
                            let mut again = Vec::new();
                            let records = match named.insert((&topic.topic, *index)) {
                                true => &mut records,
                                false => &mut again,
                            };
                            partition_result(*index, elected, records)
                        })
                        .collect();
                    let topic = topic.topic.clone();
                    results.push(ReplicaElectionResult {
                        topic,
                        partition_result,
                        ..Default::default()
                    });
                }
            }
            // Every partition; those that need no election are not worth a line.
            None => {
                for topic in self.image.topics().sorted() {
                    let mut partitions = Vec::new();
                    for index in topic.partitions.keys() {
                        let elected = self.elect_in(topic, *index, election);
                        let unneeded = matches!(&elected, Err(refusal)
                            if refusal.code == ErrorCode::ElectionNotNeeded);
                        if !unneeded {
                            partitions.push(partition_result(index.0, elected, &mut records));
                        }
                    }
                    results.push(ReplicaElectionResult {
                        topic: topic.name.clone(),
                        partition_result: partitions,
                        ..Default::default()
                    });
                }
            }
        }
        let reply =
            ElectLeadersResponse { replica_election_results: results, ..Default::default() };
        Decision::free(records, reply)
    }

    fn elect(&self, name: &str, index: i32, election: Election) -> Result<MetadataRecord, Refusal> {
        match self.image.topic(name) {
            Some(topic) => self.elect_in(topic, PartitionIndex(index), election),
            None => Err(Refusal::new(
                ErrorCode::UnknownTopicOrPartition,
                format_args!("there is no topic `{}`", shown(name)),
            )),
        }
    }

    fn elect_in(
        &self,
        topic: &Topic,
        index: PartitionIndex,
        election: Election,
    ) -> Result<MetadataRecord, Refusal> {
        let Some(partition) = topic.partition(index) else {
            return Err(Refusal::new(
                ErrorCode::UnknownTopicOrPartition,
                format_args!("topic `{}` has no partition {index}", topic.name),
            ));
        };
        let unneeded = match election {
            Election::Unclean => partition.has_leader(),
            _ => partition.has_preferred_leader(),
        };
        if unneeded {
            return Err(Refusal::new(
                ErrorCode::ElectionNotNeeded,
                format_args!("broker {} leads already", partition.leader),
            ));
        }
        self.change_partition(topic, index, partition, &self.is_active(), |builder| {
            builder.election = election;
        })
        .map(|(record, _)| record)
        .ok_or_else(|| match election {
            Election::Unclean => Refusal::new(
                ErrorCode::EligibleLeadersNotAvailable,
                "no replica of the partition is online: start one of its brokers",
            ),
            _ => Refusal::new(
                ErrorCode::PreferredLeaderNotAvailable,
                "the preferred replica is offline or not in sync",
            ),
        })
    }

    /// Gives leaders back to their preferred replicas, a bounded number at a time.
    pub(super) fn balance_leaders(&self) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        for topic in self.image.topics().iter() {
            for (index, partition) in &topic.partitions {
                if records.len() >= ELECTIONS_PER_ROUND_MAX {
                    return records;
                }
                if !partition.has_preferred_leader() {
                    records.extend(self.elect_in(topic, *index, Election::Preferred).ok());
                }
            }
        }
        records
    }

    /// Elects leaders from outside the ISR for topics that would rather lose records than wait.
    pub(super) fn elect_unclean_leaders(&self) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        for topic in self.image.topics().iter() {
            let leaderless = topic.partitions.iter().filter(|(_, p)| !p.has_leader());
            for (index, _) in leaderless {
                if records.len() >= ELECTIONS_PER_ROUND_MAX {
                    return records;
                }
                if self.default_election(topic) == Election::Unclean {
                    records.extend(self.elect_in(topic, *index, Election::Unclean).ok());
                }
            }
        }
        records
    }
}

fn partition_result(
    index: i32,
    elected: Result<MetadataRecord, Refusal>,
    records: &mut Vec<MetadataRecord>,
) -> PartitionResult {
    let (code, message) = match elected {
        Ok(record) => {
            records.push(record);
            (ErrorCode::None, None)
        }
        Err(refusal) => (refusal.code, refusal.message),
    };
    PartitionResult {
        partition_id: index,
        error_code: code.code(),
        error_message: message,
        ..Default::default()
    }
}

fn unknown_election(request: &ElectLeadersRequest, kind: i8) -> ElectLeadersResponse {
    let message = Some(Str::from(format!("unknown election type {kind}: 0 preferred, 1 unclean")));
    let code = ErrorCode::InvalidRequest.code();
    let results = request.topic_partitions.iter().flatten().map(|topic| ReplicaElectionResult {
        topic: topic.topic.clone(),
        partition_result: topic
            .partitions
            .iter()
            .map(|index| PartitionResult {
                partition_id: *index,
                error_code: code,
                error_message: message.clone(),
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    });
    ElectLeadersResponse {
        error_code: code,
        replica_election_results: results.collect(),
        ..Default::default()
    }
}
