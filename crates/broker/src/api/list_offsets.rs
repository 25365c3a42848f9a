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
use super::named::with_partitions;
use crate::partitions::Replica;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

/// Whether a version knows a timestamp, which may be a special one.
fn is_known(timestamp: i64, version: i16) -> bool {
    match timestamp {
        // It knows moments alone, whatever their number.
        _ if version == 0 => true,
        MAX_TIMESTAMP => version >= 7,
        EARLIEST_LOCAL => version >= 8,
        LATEST_TIERED => version >= 9,
        EARLIEST_PENDING_UPLOAD => version >= 11,
        other => other > EARLIEST_PENDING_UPLOAD,
    }
}

const CONSUMER: i32 = -1;
const READ_COMMITTED: i8 = 1;

/// Up to where offsets are told to whoever asks.
#[derive(Clone, Copy)]
enum Visible {
    CommittedTransactions,
    CommittedRecords,
    /// To followers and debugging consumers.
    Everything,
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
    let visible = match (request.replica_id, request.isolation_level) {
        (CONSUMER, READ_COMMITTED) => Visible::CommittedTransactions,
        (CONSUMER, _) => Visible::CommittedRecords,
        _ => Visible::Everything,
    };
    let topics =
        with_partitions(request.topics, |topic| topic.name.clone(), |topic| &mut topic.partitions);
    let topics = topics.into_iter().map(|topic| {
        let mut told = BTreeSet::new();
        let partitions = topic.partitions.iter().filter_map(|partition| {
            let index = partition.partition_index;
            if twice.contains(&(topic.name.clone(), index)) {
                // Asked for more than once, it is refused once.
                let is_first = told.insert(index);
                return is_first.then(|| failed(index, ErrorCode::InvalidRequest));
            }
            let found = match call.version {
                version if !is_known(partition.timestamp, version) => {
                    Err(ErrorCode::UnsupportedVersion)
                }
                version => {
                    call.node().replica(&topic.name, index).and_then(|replica| match version {
                        0 => old_style(&replica, partition),
                        _ => look_up(version, &replica, partition, visible),
                    })
                }
            };
            Some(found.unwrap_or_else(|code| failed(index, code)))
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
    version: i16,
    replica: &Replica,
    asked: &ListOffsetsPartition,
    visible: Visible,
) -> Result<ListOffsetsPartitionResponse, ErrorCode> {
    let timestamp = asked.timestamp;
    let requested = LeaderEpoch(asked.current_leader_epoch);
    let (found, is_behind) = replica.look_up(requested, |log, machine| {
        let readable = match visible {
            Visible::CommittedTransactions => log.last_stable(machine.high_watermark()),
            Visible::CommittedRecords => machine.high_watermark(),
            Visible::Everything => log.end(),
        };
        let found = match timestamp {
            LATEST => Some(TimestampOffset {
                timestamp: WallMs::NONE,
                offset: readable,
                leader_epoch: Some(machine.leader_epoch()),
            }),
            EARLIEST | EARLIEST_LOCAL => Some(log.earliest()),
            LATEST_TIERED | EARLIEST_PENDING_UPLOAD => None,
            MAX_TIMESTAMP => log.latest_by_time()?,
            time => log.offset_for_time(WallMs(time))?,
        };
        // What lies behind is not committed, and might never be.
        let is_place = timestamp < 0 && timestamp != MAX_TIMESTAMP;
        let found = found.filter(|found| is_place || found.offset < readable);
        let is_client = !matches!(visible, Visible::Everything);
        Ok((found, is_client && machine.latest_offset().is_err()))
    })?;
    // A new leader does not know yet what has committed: it must not send a reader back.
    let needs_committed = timestamp == LATEST || (found.is_none() && timestamp > LATEST_TIERED);
    if is_behind && needs_committed {
        return Err(match version {
            ..5 => ErrorCode::LeaderNotAvailable,
            _ => ErrorCode::OffsetNotAvailable,
        });
    }
    let nothing =
        TimestampOffset { timestamp: WallMs::NONE, offset: Offset(-1), leader_epoch: None };
    let TimestampOffset { timestamp: time, offset, leader_epoch } = found.unwrap_or(nothing);
    // The field came with version 4.
    let leader_epoch = leader_epoch.filter(|_| version >= 4).unwrap_or(LeaderEpoch::NONE);
    Ok(ListOffsetsPartitionResponse {
        partition_index: asked.partition_index,
        timestamp: time.0,
        offset: offset.0,
        leader_epoch: leader_epoch.0,
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
