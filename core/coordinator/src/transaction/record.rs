//! The records of `__transaction_state`: a transactional id, and all that is known of it or a
//! tombstone.

use std::collections::BTreeMap;

use base::{ProducerEpoch, ProducerId, Str, WallMs};
use bytes::Bytes;
use protocol::DecodeError;
use protocol::record_types::transaction::transaction_log_value::PartitionsSchema;
use protocol::record_types::transaction::{
    TransactionKey, TransactionLogKey, TransactionLogValue, TransactionValue,
};

use super::state::TransactionState;
use super::steps::{TopicPartition, Transaction};

/// One record of the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    pub transactional_id: Str,
    /// With the version that it is written in: 1 once `transaction.version` is 1 or more.
    pub transaction: Option<(Transaction, i16)>,
}

impl TransactionRecord {
    /// `None` for a kind or version that this release does not know, which Kafka skips too.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(key: Bytes, value: Option<Bytes>) -> Result<Option<TransactionRecord>, String> {
        let TransactionKey::TransactionLog(key) = match TransactionKey::decode(key) {
            Ok(key) => key,
            Err(DecodeError::UnknownRecord { .. }) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let transactional_id = key.transactional_id;
        let Some(value) = value else {
            return Ok(Some(TransactionRecord { transactional_id, transaction: None }));
        };
        let (TransactionValue::TransactionLog(value), version) =
            match TransactionValue::decode(0, value) {
                Ok(value) => value,
                Err(DecodeError::UnknownVersion { .. }) => return Ok(None),
                Err(error) => return Err(error.to_string()),
            };
        let transaction = Some((transaction_of(value)?, version));
        Ok(Some(TransactionRecord { transactional_id, transaction }))
    }

    /// # Errors
    /// What the format cannot say: a string that is too long.
    pub fn encode(&self) -> Result<(Bytes, Option<Bytes>), String> {
        let key = TransactionLogKey { transactional_id: self.transactional_id.clone() };
        let key = TransactionKey::from(key).encode().map_err(|error| error.to_string())?;
        let Some((transaction, version)) = &self.transaction else { return Ok((key, None)) };
        let value = TransactionValue::from(value_of(transaction, *version));
        let value = value.encode(*version).map_err(|error| error.to_string())?;
        Ok((key, Some(value)))
    }
}

fn transaction_of(value: TransactionLogValue) -> Result<Transaction, String> {
    let status = value.transaction_status;
    let state = TransactionState::from_id(status)
        .ok_or_else(|| format!("{status} is no state of a transaction"))?;
    let topics = value.transaction_partitions.unwrap_or_default();
    let partitions = topics.into_iter().flat_map(|topic| {
        let name = topic.topic;
        topic.partition_ids.into_iter().map(move |id| TopicPartition::new(name.clone(), id))
    });
    Ok(Transaction {
        producer_id: ProducerId(value.producer_id),
        previous_producer_id: ProducerId(value.previous_producer_id),
        next_producer_id: ProducerId(value.next_producer_id),
        producer_epoch: ProducerEpoch(value.producer_epoch),
        last_producer_epoch: ProducerEpoch::NONE,
        timeout_ms: value.transaction_timeout_ms,
        state,
        partitions: partitions.collect(),
        started: WallMs(value.transaction_start_timestamp_ms),
        updated: WallMs(value.transaction_last_update_timestamp_ms),
        client_version: value.client_transaction_version,
    })
}

fn value_of(transaction: &Transaction, version: i16) -> TransactionLogValue {
    let mut by_topic: BTreeMap<&Str, Vec<i32>> = BTreeMap::new();
    for partition in &transaction.partitions {
        by_topic.entry(&partition.topic).or_default().push(partition.partition);
    }
    let topics = by_topic.into_iter().map(|(topic, partition_ids)| PartitionsSchema {
        topic: topic.clone(),
        partition_ids,
        ..PartitionsSchema::default()
    });
    let mut value = TransactionLogValue {
        producer_id: transaction.producer_id.0,
        producer_epoch: transaction.producer_epoch.0,
        transaction_timeout_ms: transaction.timeout_ms,
        transaction_status: transaction.state.id(),
        transaction_partitions: match transaction.state {
            TransactionState::Empty => None,
            _ => Some(topics.collect()),
        },
        transaction_last_update_timestamp_ms: transaction.updated.0,
        transaction_start_timestamp_ms: transaction.started.0,
        ..TransactionLogValue::default()
    };
    if version >= 1 {
        value.previous_producer_id = transaction.previous_producer_id.0;
        value.next_producer_id = transaction.next_producer_id.0;
        value.client_transaction_version = transaction.client_version;
    }
    value
}
