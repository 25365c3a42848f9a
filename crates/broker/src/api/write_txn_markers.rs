//! WriteTxnMarkers, key 27, versions 1-2 (0 for old brokers).
//!
//! Behaviour: a coordinator, or an administrator who ends a hanging transaction (KIP-664), has markers
//! written into partitions that this node leads. Answered when they have committed, one code for each.
//! A marker of `__consumer_offsets` goes through the coordinator that lives there, so that pending
//! offsets hold, or are gone, together with it. A marker whose producer or coordinator is fenced is
//! refused: INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED. One of no producer, or for no
//! partition, is not written.
//!
//! Versions: 1 flexible · 2 transaction version, from whose 2 on a marker's epoch must be above that of
//! the data (KIP-1228).

use std::collections::BTreeMap;

use base::{ErrorCode, ProducerEpoch, ProducerId};
use coordinator::Ending;
use coordinator::transaction::TopicPartition;
use protocol::messages::write_txn_markers_response::{
    WritableTxnMarkerPartitionResult, WritableTxnMarkerResult, WritableTxnMarkerTopicResult,
};
use protocol::messages::{WriteTxnMarkersRequest, WriteTxnMarkersResponse};

use super::{Call, named};
use crate::transactions::markers::{self, Marker};

pub async fn handle(call: Call, request: WriteTxnMarkersRequest) -> WriteTxnMarkersResponse {
    let mut response = WriteTxnMarkersResponse::default();
    let mut places = BTreeMap::new();
    for asked in request.markers {
        let marker = Marker {
            producer_id: ProducerId(asked.producer_id),
            producer_epoch: ProducerEpoch(asked.producer_epoch),
            coordinator_epoch: asked.coordinator_epoch,
            ending: if asked.transaction_result { Ending::Commit } else { Ending::Abort },
            transaction_version: i16::from(asked.transaction_version),
        };
        let partitions: Vec<TopicPartition> = asked
            .topics
            .iter()
            .flat_map(|topic| {
                topic
                    .partition_indexes
                    .iter()
                    .map(|index| TopicPartition::new(topic.name.clone(), *index))
            })
            .collect();
        if partitions.is_empty() {
            continue;
        }
        let codes = match is_of_somebody(&marker) {
            true => markers::write(call.node(), marker, &partitions).await,
            false => vec![ErrorCode::UnknownServerError; partitions.len()],
        };
        // Markers of one producer share a result.
        let at = *places.entry(asked.producer_id).or_insert_with(|| {
            response.markers.push(WritableTxnMarkerResult {
                producer_id: asked.producer_id,
                ..WritableTxnMarkerResult::default()
            });
            response.markers.len() - 1
        });
        response.markers[at].topics.extend(partitions.into_iter().zip(codes).map(result));
    }
    for of_producer in &mut response.markers {
        let topics = std::mem::take(&mut of_producer.topics);
        of_producer.topics =
            named::joined(topics, |topic| topic.name.clone(), |topic| &mut topic.partitions);
    }
    response
}

/// Kafka can build no batch for a producer without an id or an epoch, and says no more about it.
fn is_of_somebody(marker: &Marker) -> bool {
    marker.producer_id != ProducerId::NONE && marker.producer_epoch != ProducerEpoch::NONE
}

fn result((partition, code): (TopicPartition, ErrorCode)) -> WritableTxnMarkerTopicResult {
    let of_partition = WritableTxnMarkerPartitionResult {
        partition_index: partition.partition,
        error_code: code.code(),
        ..WritableTxnMarkerPartitionResult::default()
    };
    WritableTxnMarkerTopicResult {
        name: partition.topic,
        partitions: vec![of_partition],
        ..WritableTxnMarkerTopicResult::default()
    }
}
