//! DeleteRecords, key 21, versions 0-2.
//!
//! Behaviour: moves the log start offset of a partition; -1 means the high watermark. With one
//! replica there is nobody to wait for. POLICY_VIOLATION where the topic has no delete policy.
//!
//! Versions: 2 flexible.

use std::collections::BTreeMap;

use base::{ErrorCode, Offset};
use protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use super::Call;
use super::named::with_partitions;

pub async fn handle(call: Call, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let topics =
        with_partitions(request.topics, |topic| topic.name.clone(), |topic| &mut topic.partitions);
    let topics = topics.into_iter().map(|asked| {
        // Of a partition that is named twice the last offset counts.
        let offsets: BTreeMap<i32, i64> = asked
            .partitions
            .iter()
            .map(|partition| (partition.partition_index, partition.offset))
            .collect();
        let partitions = offsets.into_iter().map(|(index, offset)| {
            let (low_watermark, code) = match delete(&call, &asked.name, index, offset) {
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

fn delete(call: &Call, topic: &str, index: i32, before: i64) -> Result<Offset, ErrorCode> {
    let replica = call.node().replica(topic, index)?;
    if base::topic::is_internal(topic) {
        return Err(ErrorCode::InvalidTopicException);
    }
    let served = call.node().partitions.topic(topic);
    let policy = served.map(|topic| topic.config.load().cleanup_policy);
    if policy.is_some_and(|policy| policy.compact && !policy.delete) {
        return Err(ErrorCode::PolicyViolation);
    }
    replica.delete_records(Offset(before))
}
