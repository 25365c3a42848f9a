//! AlterShareGroupOffsets, key 91, version 0 (KIP-932).
//!
//! Behaviour: a share group without members begins at other offsets. The group notes which partitions,
//! their share coordinators begin anew with them, and the group notes that they are initialised.
//! NON_EMPTY_GROUP while it has members.

use std::collections::BTreeMap;

use base::{ErrorCode, Str, Uuid};
use coordinator::group::{ShareStateOutcome, StateOutcome};
use coordinator::share::SharePartitionKey;
use coordinator::share::shard::ShareError;
use protocol::messages::{
    AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse, InitializeShareGroupStateRequest,
};

use super::Call;
use super::named::joined;
use crate::share::{self, keeper, state, topic_partitions};

pub async fn handle(
    call: Call,
    request: AlterShareGroupOffsetsRequest,
) -> AlterShareGroupOffsetsResponse {
    if !share::is_enabled(call.node()) {
        return refusal(ErrorCode::UnsupportedVersion);
    }
    if request.group_id.is_empty() {
        return refusal(ErrorCode::InvalidGroupId);
    }
    let groups = &call.node().coordinators.groups;
    let shard = groups.shard_of(&request.group_id);
    let mut altered = match groups.ask(shard, call.asked(request)).await {
        Ok(altered) => altered,
        Err(code) => return refusal(code),
    };
    if let Some(initialize) = altered.initialize {
        let failed = initialize_state(&call, initialize).await;
        note_failures(&mut altered.response, &failed);
    }
    let mut named = std::mem::take(&mut altered.response.responses);
    // Only what is not there goes unmentioned where none of its partitions is named.
    named.retain(|topic| topic.topic_id != Uuid::ZERO || !topic.partitions.is_empty());
    altered.response.responses =
        joined(named, |topic| topic.topic_name.clone(), |topic| &mut topic.partitions);
    altered.response
}

fn refusal(code: ErrorCode) -> AlterShareGroupOffsetsResponse {
    AlterShareGroupOffsetsResponse {
        error_code: code.code(),
        error_message: words_of(code).map(Str::from_static),
        ..AlterShareGroupOffsetsResponse::default()
    }
}

/// The words that Kafka has for the refusal of a share group's offsets.
pub(super) fn words_of(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::InvalidGroupId => Some("The group id is invalid."),
        _ => None,
    }
}

/// Has the state initialised, and tells the group if all of it is. What is not stays noted as under
/// way, so that it is tried again.
async fn initialize_state(
    call: &Call,
    request: InitializeShareGroupStateRequest,
) -> BTreeMap<(Uuid, i32), ShareError> {
    let asked = request.topics.iter().flat_map(|topic| {
        let group_id = request.group_id.clone();
        topic.partitions.iter().map(move |asked| {
            let (group_id, topic_id) = (group_id.clone(), topic.topic_id);
            let key = SharePartitionKey { group_id, topic_id, partition: asked.partition };
            (key, asked.state_epoch, asked.start_offset)
        })
    });
    let asked: Vec<(SharePartitionKey, i32, i64)> = asked.collect();
    let places: Vec<(Uuid, i32)> =
        asked.iter().map(|(key, _, _)| (key.topic_id, key.partition)).collect();
    let node = &call.caller.node;
    let outcomes = state::each(node, asked, |node, (key, state_epoch, start_offset)| async move {
        state::initialize(&node, &key, state_epoch, start_offset).await
    });
    let outcomes = places.iter().copied().zip(outcomes.await);
    let failed: BTreeMap<(Uuid, i32), ShareError> =
        outcomes.filter_map(|(place, outcome)| Some((place, outcome.err()?))).collect();
    if failed.is_empty() {
        let told = ShareStateOutcome {
            group_id: request.group_id,
            partitions: topic_partitions(places.into_iter()),
            outcome: StateOutcome::Initialized,
        };
        keeper::tell(node, told).await;
    }
    failed
}

fn note_failures(
    response: &mut AlterShareGroupOffsetsResponse,
    failed: &BTreeMap<(Uuid, i32), ShareError>,
) {
    for topic in &mut response.responses {
        for partition in &mut topic.partitions {
            let error = failed.get(&(topic.topic_id, partition.partition_index));
            if let Some(error) = error.filter(|_| partition.error_code == 0) {
                partition.error_code = error.code.code();
                partition.error_message = Some(Str::from_static(error.message));
            }
        }
    }
}
