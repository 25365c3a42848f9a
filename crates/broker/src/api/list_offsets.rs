//! ListOffsets, key 2, versions 1-11 (0 for old clients).
//!
//! Behaviour: finds the first record at or after a time, or a special place: -1 the latest offset a
//! client may read (the high watermark, or the last stable offset under read_committed), -2 the
//! earliest, -3 the record with the largest timestamp, -4 the earliest on local disk. -5 (latest in
//! remote storage) and -6 (earliest pending upload) find nothing, because nothing is tiered. A
//! partition asked for twice is INVALID_REQUEST.
//!
//! Versions: 0 a list of segment bases · 1 timestamp and offset · 2 isolation level · 4 leader epochs · 6
//! flexible · 7 -3 · 8 -4 · 9 -5 · 11 -6.

use std::collections::BTreeSet;

use base::{ErrorCode, LeaderEpoch, Offset, WallMs};
use protocol::messages::list_offsets_request::ListOffsetsPartition;
use protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};
use storage::TimestampOffset;

use super::Call;
use crate::partitions::Replica;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

/// The version that brought each special timestamp.
fn known_from(timestamp: i64) -> i16 {
    match timestamp {
        MAX_TIMESTAMP => 7,
        EARLIEST_LOCAL => 8,
        LATEST_TIERED => 9,
        EARLIEST_PENDING_UPLOAD => 11,
        _ => 0,
    }
}

pub fn handle(call: &Call, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for topic in &request.topics {
        for partition in &topic.partitions {
            if !seen.insert((topic.name.clone(), partition.partition_index)) {
                twice.insert((topic.name.clone(), partition.partition_index));
            }
        }
    }
    let read_committed = request.isolation_level == 1;
    let topics = request.topics.into_iter().map(|topic| {
        let replicas = call.node().partitions.topic(&topic.name);
        let partitions = topic.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            if twice.contains(&(topic.name.clone(), index)) {
                return failed(index, ErrorCode::InvalidRequest);
            }
            let replica = replicas.as_ref().and_then(|topic| topic.replica(index));
            let Some(replica) = replica else {
                return failed(index, ErrorCode::UnknownTopicOrPartition);
            };
            let found = match call.version {
                0 => old_style(&replica, partition),
                _ => look_up(call, &replica, partition, read_committed),
            };
            found.unwrap_or_else(|code| failed(index, code))
        });
        let partitions = partitions.collect();
        ListOffsetsTopicResponse {
            name: topic.name.clone(),
            partitions,
            ..ListOffsetsTopicResponse::default()
        }
    });
    ListOffsetsResponse { topics: topics.collect(), ..ListOffsetsResponse::default() }
}

fn look_up(
    call: &Call,
    replica: &Replica,
    asked: &ListOffsetsPartition,
    read_committed: bool,
) -> Result<ListOffsetsPartitionResponse, ErrorCode> {
    let timestamp = asked.timestamp;
    if timestamp < EARLIEST_PENDING_UPLOAD || call.version < known_from(timestamp) {
        return Err(ErrorCode::UnsupportedVersion);
    }
    let requested = LeaderEpoch(asked.current_leader_epoch);
    let (found, readable, epoch) = replica.look_up(requested, |log, machine| {
        let readable = machine.latest_offset().map(|high_watermark| match read_committed {
            true => log.last_stable(high_watermark),
            false => high_watermark,
        });
        let found = match timestamp {
            LATEST => Some(TimestampOffset {
                timestamp: WallMs::NONE,
                offset: readable.unwrap_or(Offset(-1)),
                leader_epoch: Some(machine.leader_epoch()),
            }),
            EARLIEST | EARLIEST_LOCAL => Some(log.earliest()),
            MAX_TIMESTAMP => log.latest_by_time()?,
            LATEST_TIERED | EARLIEST_PENDING_UPLOAD => None,
            time => log.offset_for_time(WallMs(time))?,
        };
        Ok((found, readable, machine.leader_epoch()))
    })?;
    // A new leader that does not know yet what has committed can only tell the earliest offset.
    let readable = match timestamp {
        EARLIEST | EARLIEST_LOCAL => readable.unwrap_or(Offset(i64::MAX)),
        _ => readable?,
    };
    // What lies behind is not committed, and might never be.
    let found = found.filter(|found| {
        found.offset <= readable
            && (timestamp < 0 && timestamp != MAX_TIMESTAMP || found.offset < readable)
    });
    let nothing =
        TimestampOffset { timestamp: WallMs::NONE, offset: Offset(-1), leader_epoch: None };
    let TimestampOffset { timestamp: time, offset, leader_epoch } = found.unwrap_or(nothing);
    let epoch = leader_epoch.unwrap_or(if timestamp == LATEST { epoch } else { LeaderEpoch::NONE });
    Ok(ListOffsetsPartitionResponse {
        partition_index: asked.partition_index,
        timestamp: time.0,
        offset: offset.0,
        leader_epoch: epoch.0,
        ..ListOffsetsPartitionResponse::default()
    })
}

/// Version 0: the latest offset, the earliest one, or the offset of a time, as a list of at most
/// `max_num_offsets`.
fn old_style(
    replica: &Replica,
    asked: &ListOffsetsPartition,
) -> Result<ListOffsetsPartitionResponse, ErrorCode> {
    let bounds = replica.bounds_for(LeaderEpoch::NONE)?;
    let (start, end) = (bounds.log_start, bounds.high_watermark);
    let mut offsets = match asked.timestamp {
        LATEST => vec![end.0, start.0],
        EARLIEST => vec![start.0],
        time => {
            let found =
                replica.look_up(LeaderEpoch::NONE, |log, _| log.offset_for_time(WallMs(time)))?;
            // Old clients asked for what lies before a time.
            let before = found.map_or(end, |found| found.offset).min(end);
            vec![before.0, start.0]
        }
    };
    offsets.dedup();
    offsets.truncate(asked.max_num_offsets.max(0) as usize);
    Ok(ListOffsetsPartitionResponse {
        partition_index: asked.partition_index,
        old_style_offsets: offsets,
        ..ListOffsetsPartitionResponse::default()
    })
}

fn failed(index: i32, code: ErrorCode) -> ListOffsetsPartitionResponse {
    ListOffsetsPartitionResponse {
        partition_index: index,
        error_code: code.code(),
        ..ListOffsetsPartitionResponse::default()
    }
}
