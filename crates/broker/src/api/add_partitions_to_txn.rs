//! AddPartitionsToTxn, key 24, versions 0-5.
//!
//! Behaviour: partitions join a transaction before they are written to. All of a transaction's or none:
//! if one does not exist it is UNKNOWN_TOPIC_OR_PARTITION, if it is of an internal topic
//! TOPIC_AUTHORIZATION_FAILED, and the others are OPERATION_NOT_ATTEMPTED. Only brokers add
//! partitions of `__consumer_offsets`.
//! Clients ask for one transaction (0-3); brokers for several, and may only want to know whether the
//! partitions are in (`VerifyOnly`).
//!
//! Versions: 2 PRODUCER_FENCED · 3 flexible · 4 several transactions, verify only (KIP-890) · 5
//! TRANSACTION_ABORTABLE.

use base::{ErrorCode, PartitionIndex, ProducerEpoch, ProducerId};
use coordinator::transaction::{AddPartitions, TopicPartition, VerifyPartitions};
use protocol::messages::add_partitions_to_txn_request::{
    AddPartitionsToTxnTopic, AddPartitionsToTxnTransaction,
};
use protocol::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnResult, AddPartitionsToTxnTopicResult,
};
use protocol::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse};

use super::Call;
use super::transactional::for_version;
use crate::internal_topics::GROUP_TOPIC;

const KNOWS_FENCED_FROM: i16 = 2;

/// From this version on brokers ask, for several transactions.
const BROKERS_FROM: i16 = 4;

pub async fn handle(call: Call, request: AddPartitionsToTxnRequest) -> AddPartitionsToTxnResponse {
    if call.version < BROKERS_FROM {
        let transaction = AddPartitionsToTxnTransaction {
            transactional_id: request.v3_and_below_transactional_id,
            producer_id: request.v3_and_below_producer_id,
            producer_epoch: request.v3_and_below_producer_epoch,
            topics: request.v3_and_below_topics,
            ..AddPartitionsToTxnTransaction::default()
        };
        return AddPartitionsToTxnResponse {
            results_by_topic_v3_and_below: add(&call, transaction).await,
            ..AddPartitionsToTxnResponse::default()
        };
    }
    let mut results_by_transaction = Vec::with_capacity(request.transactions.len());
    for transaction in request.transactions {
        results_by_transaction.push(AddPartitionsToTxnResult {
            transactional_id: transaction.transactional_id.clone(),
            topic_results: add(&call, transaction).await,
            ..AddPartitionsToTxnResult::default()
        });
    }
    AddPartitionsToTxnResponse { results_by_transaction, ..AddPartitionsToTxnResponse::default() }
}

async fn add(
    call: &Call,
    asked: AddPartitionsToTxnTransaction,
) -> Vec<AddPartitionsToTxnTopicResult> {
    let codes = match refused(call, &asked.topics) {
        Some(codes) => codes,
        None => decide(call, &asked).await,
    };
    let mut codes = codes.into_iter();
    let topics = asked.topics.into_iter().map(|topic| AddPartitionsToTxnTopicResult {
        name: topic.name,
        results_by_partition: topic
            .partitions
            .into_iter()
            .zip(&mut codes)
            .map(|(partition_index, code)| AddPartitionsToTxnPartitionResult {
                partition_index,
                partition_error_code: code.code(),
                ..AddPartitionsToTxnPartitionResult::default()
            })
            .collect(),
        ..AddPartitionsToTxnTopicResult::default()
    });
    topics.collect()
}

/// The codes by partition, if one of them cannot be added.
fn refused(call: &Call, topics: &[AddPartitionsToTxnTopic]) -> Option<Vec<ErrorCode>> {
    let image = call.node().image.load();
    let is_for_brokers = |topic: &str| call.version >= BROKERS_FROM && topic == GROUP_TOPIC;
    let codes = partitions_of(topics).map(|partition| {
        let topic = &partition.topic;
        if base::topic::is_internal(topic) && !is_for_brokers(topic) {
            return ErrorCode::TopicAuthorizationFailed;
        }
        match image.partition(topic, PartitionIndex(partition.partition)) {
            Some(_) => ErrorCode::OperationNotAttempted,
            None => ErrorCode::UnknownTopicOrPartition,
        }
    });
    let codes: Vec<ErrorCode> = codes.collect();
    codes.iter().any(|code| *code != ErrorCode::OperationNotAttempted).then_some(codes)
}

async fn decide(call: &Call, asked: &AddPartitionsToTxnTransaction) -> Vec<ErrorCode> {
    let transactions = &call.node().coordinators.transactions;
    let shard = transactions.shard_of(&asked.transactional_id);
    let partitions: Vec<TopicPartition> = partitions_of(&asked.topics).collect();
    let count = partitions.len();
    let transactional_id = asked.transactional_id.clone();
    let producer_id = ProducerId(asked.producer_id);
    let producer_epoch = ProducerEpoch(asked.producer_epoch);
    let codes = if asked.verify_only {
        let asked = VerifyPartitions { transactional_id, producer_id, producer_epoch, partitions };
        transactions.ask(shard, asked).await.map(|verified| verified.0)
    } else {
        // Only a broker of a client that knows transaction version 2 adds partitions for it.
        let client_version = if call.version < BROKERS_FROM { 0 } else { 2 };
        let asked = AddPartitions {
            transactional_id,
            producer_id,
            producer_epoch,
            partitions,
            client_version,
        };
        let added = transactions.ask(shard, asked).await;
        added.map(|added| vec![for_version(added.0, call.version, KNOWS_FENCED_FROM); count])
    };
    codes.unwrap_or_else(|code| vec![code; count])
}

fn partitions_of(topics: &[AddPartitionsToTxnTopic]) -> impl Iterator<Item = TopicPartition> {
    topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|index| TopicPartition::new(topic.name.clone(), *index))
    })
}
