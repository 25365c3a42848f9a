//! DescribeTransactions, key 65, version 0 (KIP-664).
//!
//! Behaviour: what the coordinator knows of each transactional id: producer, state, since when, and
//! the partitions that have not got their marker yet. TRANSACTIONAL_ID_NOT_FOUND for an unknown id,
//! INVALID_REQUEST for an empty one.

use std::collections::BTreeMap;

use base::{ErrorCode, Str};
use coordinator::transaction::{DescribeTransaction, Transaction};
use protocol::messages::describe_transactions_response::{TopicData, TransactionState};
use protocol::messages::{DescribeTransactionsRequest, DescribeTransactionsResponse};

use super::{Call, named};

pub async fn handle(
    call: Call,
    request: DescribeTransactionsRequest,
) -> DescribeTransactionsResponse {
    let mut response = DescribeTransactionsResponse::default();
    let transactions = &call.node().coordinators.transactions;
    let ids = named::seldom(request.transactional_ids);
    let asked = ids.iter().map(|id| {
        (transactions.shard_of(id), DescribeTransaction { transactional_id: id.clone() })
    });
    let replies = transactions.ask_each(asked).await;
    for (id, described) in ids.into_iter().zip(replies) {
        response.transaction_states.push(match described.and_then(|described| described.0) {
            Ok(transaction) => state(id, transaction),
            Err(code) => refused(id, code),
        });
    }
    response
}

fn state(transactional_id: Str, transaction: Transaction) -> TransactionState {
    let mut by_topic: BTreeMap<Str, Vec<i32>> = BTreeMap::new();
    for partition in transaction.partitions {
        by_topic.entry(partition.topic).or_default().push(partition.partition);
    }
    let topics = by_topic.into_iter().map(|(topic, partitions)| TopicData {
        topic,
        partitions,
        ..TopicData::default()
    });
    TransactionState {
        transactional_id,
        transaction_state: Str::from_static(transaction.state.name()),
        transaction_timeout_ms: transaction.timeout_ms,
        transaction_start_time_ms: transaction.started.0,
        producer_id: transaction.producer_id.0,
        producer_epoch: transaction.producer_epoch.0,
        topics: topics.collect(),
        ..TransactionState::default()
    }
}

fn refused(transactional_id: Str, code: ErrorCode) -> TransactionState {
    TransactionState { error_code: code.code(), transactional_id, ..TransactionState::default() }
}
