//! DescribeTransactions and ListTransactions (KIP-664).

use std::collections::BTreeSet;
use std::sync::Arc;

use base::{ErrorCode, ProducerId, Str};

use super::{Transaction, TransactionShard, TransactionState};
use crate::group::TopicRegex;
use crate::machine::Context;

#[derive(Clone, Debug)]
pub struct DescribeTransaction {
    pub transactional_id: Str,
}

#[derive(Clone, Debug)]
pub struct TransactionDescribed(pub Result<Transaction, ErrorCode>);

/// A regular expression of RE2 that whole transactional ids are held against: not by the coordinator,
/// because it can be slow.
pub struct IdPattern(TopicRegex);

impl IdPattern {
    /// # Errors
    /// What is wrong with the expression.
    pub fn parse(text: &str) -> Result<IdPattern, String> {
        TopicRegex::parse(text).map(IdPattern)
    }

    pub fn matches(&self, transactional_id: &str) -> bool {
        self.0.matches(transactional_id)
    }
}

/// What is not asked for does not restrict.
#[derive(Clone, Debug)]
pub struct ListTransactions {
    /// Empty for all.
    pub producer_ids: Arc<BTreeSet<ProducerId>>,
    /// `None` for all.
    pub states: Option<Vec<TransactionState>>,
    /// Only what was begun longer ago than this.
    pub duration_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionsListed(pub Vec<ListedTransaction>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTransaction {
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub state: TransactionState,
}

impl TransactionShard {
    pub(super) fn describe(&self, asked: &DescribeTransaction) -> TransactionDescribed {
        let id = &asked.transactional_id;
        if id.is_empty() {
            return TransactionDescribed(Err(ErrorCode::InvalidRequest));
        }
        let Some(transaction) = self.transactions.get(id) else {
            return TransactionDescribed(Err(ErrorCode::TransactionalIdNotFound));
        };
        let mut transaction = transaction.clone();
        // Partitions that have their marker are through with it.
        if let Some(marked) = self.marked.get(id) {
            transaction.partitions.retain(|partition| !marked.contains(partition));
        }
        TransactionDescribed(Ok(transaction))
    }

    pub(super) fn list(
        &self,
        context: &Context<'_>,
        asked: &ListTransactions,
    ) -> TransactionsListed {
        let is_asked_for = |transaction: &Transaction| {
            let by_producer = asked.producer_ids.is_empty()
                || asked.producer_ids.contains(&transaction.producer_id);
            let by_state =
                asked.states.as_ref().is_none_or(|states| states.contains(&transaction.state));
            let by_duration = asked.duration_ms.is_none_or(|duration_ms| {
                context.wall.0.saturating_sub(transaction.started.0) > duration_ms
            });
            by_producer && by_state && by_duration
        };
        let listed =
            self.transactions.iter().filter(|(_, transaction)| is_asked_for(transaction)).map(
                |(id, transaction)| ListedTransaction {
                    transactional_id: id.clone(),
                    producer_id: transaction.producer_id,
                    state: transaction.state,
                },
            );
        TransactionsListed(listed.collect())
    }
}
