//! AlterReplicaLogDirs, key 34, versions 1-2 (0 for old clients).
//!
//! Behaviour: moves replicas of this node to other log directories (KIP-113). The answer says that a
//! move has begun; DescribeLogDirs tells how far it is. A replica that is there already stays, and
//! asking for where it is calls a move off. A partition that this node does not have is created in the
//! named directory if it comes later; the answer is an error all the same, as in Kafka.
//!
//! Errors, by partition: INVALID_TOPIC_EXCEPTION where the name of the future directory would be too
//! long; LOG_DIR_NOT_FOUND where the path, compared letter by letter with the absolute paths of
//! `log.dirs`, is none of them; KAFKA_STORAGE_ERROR where it or the current one is offline;
//! INVALID_REPLICA_ASSIGNMENT where it is cordoned (KIP-1066); UNKNOWN_TOPIC_OR_PARTITION, or
//! REPLICA_NOT_AVAILABLE where the partition is only elsewhere.
//!
//! Versions: 2 flexible.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{ErrorCode, PartitionIndex, Str, TopicPartition, Uuid};
use protocol::messages::alter_replica_log_dirs_response::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult,
};
use protocol::messages::{AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse};
use storage::{DirectoryState, directory_name};

use super::Call;
use crate::log_directory::LogDirectory;
use crate::node::Node;

/// What a file system takes for the name of a directory.
const NAME_BYTES_MAX: usize = 255;

pub fn handle(call: &Call, request: AlterReplicaLogDirsRequest) -> AlterReplicaLogDirsResponse {
    // A partition that is named twice goes where it is named last.
    let mut wanted: BTreeMap<(Str, i32), Str> = BTreeMap::new();
    for directory in request.dirs {
        for topic in directory.topics {
            for index in topic.partitions {
                wanted.insert((topic.name.clone(), index), directory.path.clone());
            }
        }
    }
    let mut results: Vec<AlterReplicaLogDirTopicResult> = Vec::new();
    for ((topic_name, partition_index), path) in wanted {
        let code = match alter(call.node(), &topic_name, partition_index, &path) {
            Ok(()) => ErrorCode::None,
            Err(code) => code,
        };
        let result = AlterReplicaLogDirPartitionResult {
            partition_index,
            error_code: code.code(),
            ..AlterReplicaLogDirPartitionResult::default()
        };
        match results.last_mut().filter(|last| last.topic_name == topic_name) {
            Some(last) => last.partitions.push(result),
            None => results.push(AlterReplicaLogDirTopicResult {
                topic_name,
                partitions: vec![result],
                ..AlterReplicaLogDirTopicResult::default()
            }),
        }
    }
    AlterReplicaLogDirsResponse { results, ..AlterReplicaLogDirsResponse::default() }
}

fn alter(node: &Node, topic: &Str, index: i32, path: &Str) -> Result<(), ErrorCode> {
    let partition = TopicPartition { topic: topic.clone(), partition: PartitionIndex(index) };
    if is_cut_short(&partition) {
        return Err(ErrorCode::InvalidTopicException);
    }
    let target = node.directories.iter().find(|directory| is_at(directory, path));
    let target = target.ok_or(ErrorCode::LogDirNotFound)?;
    if target.is_offline() {
        return Err(ErrorCode::KafkaStorageError);
    }
    if target.is_cordoned(&node.config.load(), &node.image.load()) {
        return Err(ErrorCode::InvalidReplicaAssignment);
    }
    let Some(replica) = node.partitions.replica(topic, index) else {
        // A name that no topic can have is not worth remembering.
        if index >= 0 && base::topic::validate_name(topic).is_ok() {
            node.moves.wish(partition, target.id);
        }
        let image = node.image.load();
        let exists = image.topic(topic).and_then(|topic| topic.partition(PartitionIndex(index)));
        return Err(match exists {
            Some(_) => ErrorCode::ReplicaNotAvailable,
            None => ErrorCode::UnknownTopicOrPartition,
        });
    };
    let current = replica.directory();
    if current.is_offline() {
        return Err(ErrorCode::KafkaStorageError);
    }
    // A copy that is not known of may lie in a directory that cannot be looked into.
    let is_move = !Arc::ptr_eq(&current, target);
    if is_move && node.directories.iter().any(|directory| directory.is_offline()) {
        return Err(ErrorCode::KafkaStorageError);
    }
    node.moves.alter(&replica, target);
    Ok(())
}

/// Whether a future directory could not carry the whole name of the topic.
fn is_cut_short(partition: &TopicPartition) -> bool {
    let nameless = TopicPartition { topic: Str::from_static(""), partition: partition.partition };
    let rest = directory_name(&nameless, DirectoryState::Future, Uuid::ZERO).len();
    partition.topic.len() + rest > NAME_BYTES_MAX
}

/// Kafka knows its directories by their absolute paths, and so do its clients from DescribeLogDirs.
fn is_at(directory: &LogDirectory, path: &str) -> bool {
    let absolute = std::path::absolute(&directory.path);
    absolute.as_deref().unwrap_or(&directory.path).as_os_str() == path
}
