//! Which partitions belong to a transaction: AddPartitionsToTxn and AddOffsetsToTxn, and the
//! question of a partition's leader whether it may take a write (KIP-890).

use std::collections::BTreeSet;

use base::{ErrorCode, ProducerEpoch, ProducerId, Str};

use super::steps::TopicPartition;
use super::{Timer, Transaction, TransactionShard, TransactionState};
use crate::machine::{Context, Output};

#[derive(Clone, Debug)]
pub struct AddPartitions {
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub partitions: Vec<TopicPartition>,
    /// The transaction version that the request's version stands for: 2 from a partition's leader, 0
    /// from a client.
    pub client_version: i16,
}

/// NONE, or why no partition was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionsAdded(pub ErrorCode);

/// Asks whether partitions are in the transaction that is open now.
#[derive(Clone, Debug)]
pub struct VerifyPartitions {
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub partitions: Vec<TopicPartition>,
}

/// One code for each partition, in the order of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionsVerified(pub Vec<ErrorCode>);

impl TransactionShard {
    pub(super) fn add_partitions(
        &mut self,
        context: &Context<'_>,
        asked: AddPartitions,
        out: &mut Output<Self>,
    ) -> PartitionsAdded {
        let next = match self.with_partitions(context, &asked) {
            Ok(Some(next)) => next,
            Ok(None) => return PartitionsAdded(ErrorCode::None),
            Err(code) => return PartitionsAdded(code),
        };
        self.set_timer(Timer::AbortTimedOut, context);
        Self::write(context, &asked.transactional_id.detached(), next, out);
        PartitionsAdded(ErrorCode::None)
    }

    /// `None` if they all are in it.
    fn with_partitions(
        &self,
        context: &Context<'_>,
        asked: &AddPartitions,
    ) -> Result<Option<Transaction>, ErrorCode> {
        if asked.transactional_id.is_empty() {
            return Err(ErrorCode::InvalidRequest);
        }
        let transaction =
            self.transaction(&asked.transactional_id).ok_or(ErrorCode::InvalidProducerIdMapping)?;
        // Asked first: when epochs run out the producer may use the id that takes over already.
        if transaction.state.is_prepared() {
            return Err(ErrorCode::ConcurrentTransactions);
        }
        check_producer(transaction, asked.producer_id, asked.producer_epoch)?;
        let known = &transaction.partitions;
        if transaction.state == TransactionState::Ongoing
            && asked.partitions.iter().all(|partition| known.contains(partition))
        {
            return Ok(None);
        }
        let added: BTreeSet<TopicPartition> = asked
            .partitions
            .iter()
            .filter(|partition| !known.contains(partition))
            .map(|added| TopicPartition::new(added.topic.detached(), added.partition))
            .collect();
        Ok(Some(transaction.with_partitions(added, asked.client_version, context.wall)))
    }

    pub(super) fn verify_partitions(&self, asked: &VerifyPartitions) -> PartitionsVerified {
        let codes = match self.open_transaction(asked) {
            Err(code) => vec![code; asked.partitions.len()],
            Ok(transaction) => {
                let code = |partition| match transaction.partitions.contains(partition) {
                    true => ErrorCode::None,
                    false => ErrorCode::TransactionAbortable,
                };
                asked.partitions.iter().map(code).collect()
            }
        };
        PartitionsVerified(codes)
    }

    fn open_transaction(&self, asked: &VerifyPartitions) -> Result<&Transaction, ErrorCode> {
        if asked.transactional_id.is_empty() {
            return Err(ErrorCode::InvalidRequest);
        }
        let transaction =
            self.transaction(&asked.transactional_id).ok_or(ErrorCode::InvalidProducerIdMapping)?;
        check_producer(transaction, asked.producer_id, asked.producer_epoch)?;
        if transaction.state.is_prepared() {
            return Err(ErrorCode::ConcurrentTransactions);
        }
        Ok(transaction)
    }
}

fn check_producer(
    transaction: &Transaction,
    id: ProducerId,
    epoch: ProducerEpoch,
) -> Result<(), ErrorCode> {
    if transaction.producer_id != id {
        Err(ErrorCode::InvalidProducerIdMapping)
    } else if transaction.producer_epoch != epoch {
        Err(ErrorCode::ProducerFenced)
    } else {
        Ok(())
    }
}
