//! AddOffsetsToTxn, key 25, versions 0-4.
//!
//! Behaviour: the partition of `__consumer_offsets` that a group hashes to joins the transaction, as
//! AddPartitionsToTxn would have it join. Clients of transaction version 2 leave it to
//! TxnOffsetCommit.
//!
//! Versions: 2 PRODUCER_FENCED · 3 flexible · 4 TRANSACTION_ABORTABLE.

use base::{ProducerEpoch, ProducerId};
use coordinator::transaction::{AddPartitions, TopicPartition};
use protocol::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};

use super::Call;
use super::transactional::for_version;
use crate::internal_topics::GROUP_TOPIC;

const KNOWS_FENCED_FROM: i16 = 2;

pub async fn handle(call: Call, request: AddOffsetsToTxnRequest) -> AddOffsetsToTxnResponse {
    let coordinators = &call.node().coordinators;
    let group = coordinators.groups.shard_of(&request.group_id);
    let shard = coordinators.transactions.shard_of(&request.transactional_id);
    let asked = AddPartitions {
        transactional_id: request.transactional_id,
        producer_id: ProducerId(request.producer_id),
        producer_epoch: ProducerEpoch(request.producer_epoch),
        partitions: vec![TopicPartition::new(GROUP_TOPIC, group.0)],
        client_version: 0,
    };
    let added = coordinators.transactions.ask(shard, asked).await;
    let code = added.map_or_else(|code| code, |added| added.0);
    AddOffsetsToTxnResponse {
        error_code: for_version(code, call.version, KNOWS_FENCED_FROM).code(),
        ..AddOffsetsToTxnResponse::default()
    }
}
