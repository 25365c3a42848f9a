//! AssignReplicasToDirs 0 (73): a broker says which of its log directories its replicas are in
//! (KIP-858).
//!
//! A replica that is put into a directory that is offline loses its place in the ISR with the same
//! batch. Errors stand with each partition; a stale broker epoch is the error of the whole.

use std::collections::BTreeSet;

use base::{BrokerId, ErrorCode, PartitionIndex, Uuid};
use protocol::messages::assign_replicas_to_dirs_response::{
    DirectoryData, PartitionData, TopicData,
};
use protocol::messages::{AssignReplicasToDirsRequest, AssignReplicasToDirsResponse};
use protocol::record_types::metadata::MetadataRecord;

use super::brokers::Move;
use super::{ConfigRules, Context, Controller, Decision};

impl<C: ConfigRules> Controller<C> {
    pub(super) fn assign_replicas_to_dirs(
        &mut self,
        _context: &Context,
        request: &AssignReplicasToDirsRequest,
    ) -> Decision<AssignReplicasToDirsResponse> {
        let refused = |code: ErrorCode| {
            Decision::reply(AssignReplicasToDirsResponse {
                error_code: code.code(),
                ..Default::default()
            })
        };
        if !self.metadata_version().supports_directory_assignment() {
            return refused(ErrorCode::UnsupportedVersion);
        }
        if let Err(refusal) = self.check_broker_epoch(request.broker_id, request.broker_epoch) {
            return refused(refusal.code);
        }
        let id = BrokerId(request.broker_id);
        let mut records = Vec::new();
        let mut offline = BTreeSet::new();
        let mut directories = Vec::new();
        for wanted in &request.directories {
            let online =
                self.image.broker(id).is_some_and(|broker| broker.has_online_directory(wanted.id));
            let mut topics = Vec::new();
            for topic in &wanted.topics {
                let mut partitions = Vec::new();
                for partition in &topic.partitions {
                    let index = PartitionIndex(partition.partition_index);
                    let code = match self.assign(id, topic.topic_id, index, wanted.id) {
                        Ok(record) => {
                            records.extend(record);
                            if !online {
                                offline.insert((topic.topic_id, index));
                            }
                            ErrorCode::None
                        }
                        Err(code) => code,
                    };
                    partitions.push(PartitionData {
                        partition_index: index.0,
                        error_code: code.code(),
                        ..Default::default()
                    });
                }
                topics.push(TopicData {
                    topic_id: topic.topic_id,
                    partitions,
                    ..Default::default()
                });
            }
            directories.push(DirectoryData { id: wanted.id, topics, ..Default::default() });
        }
        for (topic, index) in offline {
            if let Some(topic) = self.image.topic_by_id(topic)
                && let Some(partition) = topic.partition(index)
            {
                records.extend(self.move_partition(Move::Away(id), topic, index, partition));
            }
        }
        let reply = AssignReplicasToDirsResponse { directories, ..Default::default() };
        Decision::free(records, reply)
    }

    fn assign(
        &self,
        id: BrokerId,
        topic: Uuid,
        index: PartitionIndex,
        directory: Uuid,
    ) -> Result<Option<MetadataRecord>, ErrorCode> {
        let topic = self.image.topic_by_id(topic).ok_or(ErrorCode::UnknownTopicId)?;
        let partition = topic.partition(index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        if !partition.is_replica(id) {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        let changed =
            self.change_partition(topic, index, partition, &self.is_active(), |builder| {
                builder.moved = Some((id, directory));
            });
        Ok(changed.map(|(record, _)| record))
    }
}
