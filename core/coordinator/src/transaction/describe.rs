//! DescribeTransactions and ListTransactions (KIP-664).

use std::collections::BTreeSet;
use std::fmt;
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

/// A regular expression of RE2 that whole transactional ids are held against.
#[derive(Clone)]
pub struct IdPattern {
    text: Str,
    regex: Arc<TopicRegex>,
}

impl IdPattern {
    /// # Errors
    /// What is wrong with the expression.
    pub fn parse(text: &str) -> Result<IdPattern, String> {
        let regex = Arc::new(TopicRegex::parse(text)?);
        Ok(IdPattern { text: Str::from(text), regex })
    }

    fn matches(&self, transactional_id: &str) -> bool {
        self.regex.matches(transactional_id)
    }
}

impl fmt::Debug for IdPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
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
    pub pattern: Option<IdPattern>,
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
        let is_asked_for = |id: &Str, transaction: &Transaction| {
            let by_producer = asked.producer_ids.is_empty()
                || asked.producer_ids.contains(&transaction.producer_id);
            let by_state =
                asked.states.as_ref().is_none_or(|states| states.contains(&transaction.state));
            let by_duration = asked.duration_ms.is_none_or(|duration_ms| {
                context.wall.0.saturating_sub(transaction.started.0) > duration_ms
            });
            let by_id = asked.pattern.as_ref().is_none_or(|pattern| pattern.matches(id));
            by_producer && by_state && by_duration && by_id
        };
        let listed =
            self.transactions.iter().filter(|(id, transaction)| is_asked_for(id, transaction)).map(
                |(id, transaction)| ListedTransaction {
                    transactional_id: id.clone(),
                    producer_id: transaction.producer_id,
                    state: transaction.state,
                },
            );
        TransactionsListed(listed.collect())
    }
}
