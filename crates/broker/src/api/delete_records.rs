//! DeleteRecords, key 21, versions 0-2.
//!
//! Behaviour: moves the log start offset of a partition; -1 means the high watermark. With one
//! replica there is nobody to wait for. POLICY_VIOLATION where the topic has no delete policy.
//!
//! Versions: 2 flexible.

use base::{ErrorCode, Offset};
use protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use super::Call;
use crate::partitions::Topic;

pub async fn handle(call: Call, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let topics = request.topics.into_iter().map(|asked| {
        let topic = call.node().partitions.topic(&asked.name);
        let partitions = asked.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            let (low_watermark, code) = match delete(topic.as_deref(), index, partition.offset) {
                Ok(start) => (start.0, ErrorCode::None),
                Err(code) => (-1, code),
            };
            DeleteRecordsPartitionResult {
                partition_index: index,
                low_watermark,
                error_code: code.code(),
                ..DeleteRecordsPartitionResult::default()
            }
        });
        DeleteRecordsTopicResult {
            partitions: partitions.collect(),
            name: asked.name,
            ..DeleteRecordsTopicResult::default()
        }
    });
    DeleteRecordsResponse { topics: topics.collect(), ..DeleteRecordsResponse::default() }
}

fn delete(topic: Option<&Topic>, index: i32, before: i64) -> Result<Offset, ErrorCode> {
    let topic = topic.ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let replica = topic.replica(index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    if base::topic::is_internal(&topic.name) {
        return Err(ErrorCode::InvalidTopicException);
    }
    if !topic.config.load().cleanup_policy.delete && topic.config.load().cleanup_policy.compact {
        return Err(ErrorCode::PolicyViolation);
    }
    replica.delete_records(Offset(before))
}
