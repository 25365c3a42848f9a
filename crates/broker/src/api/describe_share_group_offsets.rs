//! DescribeShareGroupOffsets, key 90, versions 0-1 (KIP-932, 1226).
//!
//! Behaviour: where share groups have come to in partitions, and how many records lie before them. Without
//! topics, all partitions of a group that are initialised. What is not known has offset -1; that is no
//! error.
//!
//! Versions: 1 lag: records up to the end that are visible to everybody, without those that the group
//! is done with.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, LeaderEpoch, Str, Uuid};
use coordinator::group::SharePartitionsOf;
use coordinator::share::{SharePartitionKey, StateSummary};
use protocol::messages::describe_share_group_offsets_request::DescribeShareGroupOffsetsRequestGroup;
use protocol::messages::describe_share_group_offsets_response::{
    DescribeShareGroupOffsetsResponseGroup, DescribeShareGroupOffsetsResponsePartition,
    DescribeShareGroupOffsetsResponseTopic,
};
use protocol::messages::{DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse};

use super::Call;
use super::named::Mentions;
use crate::share::{self, state};

/// What nobody knows.
const UNKNOWN: i64 = -1;

pub async fn handle(
    call: Call,
    request: DescribeShareGroupOffsetsRequest,
) -> DescribeShareGroupOffsetsResponse {
    let mut response = DescribeShareGroupOffsetsResponse::default();
    let mut mentions = Mentions::default();
    for asked in request.groups {
        if asked.topics.is_none() && !mentions.take(asked.group_id.clone()) {
            continue;
        }
        let group_id = asked.group_id.clone();
        let described = match share::is_enabled(call.node()) {
            true => describe(&call, asked).await,
            false => Err(ErrorCode::UnsupportedVersion),
        };
        response.groups.push(described.unwrap_or_else(|code| {
            DescribeShareGroupOffsetsResponseGroup {
                group_id,
                error_code: code.code(),
                error_message: None,
                ..DescribeShareGroupOffsetsResponseGroup::default()
            }
        }));
    }
    response
}

async fn describe(
    call: &Call,
    asked: DescribeShareGroupOffsetsRequestGroup,
) -> Result<DescribeShareGroupOffsetsResponseGroup, ErrorCode> {
    let mut group = DescribeShareGroupOffsetsResponseGroup {
        group_id: asked.group_id.clone(),
        error_message: None,
        ..DescribeShareGroupOffsetsResponseGroup::default()
    };
    let group_id = asked.group_id.detached();
    let image = call.node().image.load_full();
    let mut known: BTreeMap<Uuid, (Str, BTreeSet<i32>)> = BTreeMap::new();
    match asked.topics {
        None => {
            let groups = &call.node().coordinators.groups;
            let shard = groups.shard_of(&group_id);
            let of = SharePartitionsOf { group_id: group_id.clone() };
            for (id, partitions) in groups.ask(shard, of).await?.partitions {
                let Some(topic) = image.topic_by_id(id) else { continue };
                known.insert(id, (topic.name.clone(), partitions.into_iter().collect()));
            }
        }
        Some(topics) => {
            for topic in topics {
                match image.topic(&topic.topic_name) {
                    Some(found) => {
                        let named = known.entry(found.id).or_default();
                        named.0 = topic.topic_name;
                        named.1.extend(topic.partitions);
                    }
                    None => group.topics.push(unknown_topic(topic.topic_name, &topic.partitions)),
                }
            }
        }
    }
    for (topic_id, (name, partitions)) in known {
        let keys = partitions.iter().map(|partition| SharePartitionKey {
            group_id: group_id.clone(),
            topic_id,
            partition: *partition,
        });
        let summaries = state::each(&call.caller.node, keys.collect(), |node, key| async move {
            state::read_summary(&node, &key).await
        });
        let partitions = partitions
            .iter()
            .zip(summaries.await)
            .map(|(index, summary)| partition(call, &name, *index, summary.ok()));
        group.topics.push(DescribeShareGroupOffsetsResponseTopic {
            topic_id,
            partitions: partitions.collect(),
            topic_name: name.clone(),
            ..DescribeShareGroupOffsetsResponseTopic::default()
        });
    }
    Ok(group)
}

/// A share coordinator's error is told as absence, as OffsetFetch tells that there is no offset.
fn partition(
    call: &Call,
    topic: &str,
    index: i32,
    summary: Option<StateSummary>,
) -> DescribeShareGroupOffsetsResponsePartition {
    let mut described = DescribeShareGroupOffsetsResponsePartition {
        partition_index: index,
        start_offset: UNKNOWN,
        lag: UNKNOWN,
        error_message: None,
        ..DescribeShareGroupOffsetsResponsePartition::default()
    };
    let Some(summary) = summary else { return described };
    described.start_offset = summary.start_offset;
    described.leader_epoch = summary.leader_epoch;
    if call.version < 1 || summary.start_offset == UNKNOWN || summary.delivery_complete_count == -1
    {
        return described;
    }
    let end = call.node().replica(topic, index).and_then(|replica| {
        replica.bounds_for(LeaderEpoch::NONE).map(|bounds| bounds.high_watermark.0)
    });
    match end {
        Ok(end) => {
            let done = i64::from(summary.delivery_complete_count);
            described.lag = end.saturating_sub(summary.start_offset).saturating_sub(done);
        }
        Err(code) => {
            described.start_offset = 0;
            described.leader_epoch = 0;
            described.error_code = code.code();
        }
    }
    described
}

fn unknown_topic(name: Str, partitions: &[i32]) -> DescribeShareGroupOffsetsResponseTopic {
    let partitions = partitions.iter().map(|index| DescribeShareGroupOffsetsResponsePartition {
        partition_index: *index,
        start_offset: UNKNOWN,
        lag: UNKNOWN,
        error_message: None,
        ..DescribeShareGroupOffsetsResponsePartition::default()
    });
    DescribeShareGroupOffsetsResponseTopic {
        topic_name: name,
        partitions: partitions.collect(),
        ..DescribeShareGroupOffsetsResponseTopic::default()
    }
}
