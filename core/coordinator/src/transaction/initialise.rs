//! InitProducerId with a transactional id: which producer id and epoch its producer has from now on.
//!
//! Whoever held them before is fenced. An open transaction of theirs is aborted first, and the new
//! producer asks again until that is done (CONCURRENT_TRANSACTIONS): the epoch that aborts is never
//! given to anybody. A producer that names its id and epoch goes on after an error, and may repeat
//! the request if it missed the reply (KIP-360).

use base::{ErrorCode, ProducerEpoch, ProducerId, Str};

use super::end::{Abort, Prepared};
use super::steps::{EpochError, RememberedEpoch, Transaction, is_exhausted};
use super::{Timer, TransactionShard, TransactionState};
use crate::machine::{Context, Output};

#[derive(Clone, Debug)]
pub struct InitProducerId {
    pub transactional_id: Str,
    pub timeout_ms: i32,
    /// What the producer believes to have, if it says so.
    pub expected: Option<(ProducerId, ProducerEpoch)>,
    /// Somebody outside will decide the transactions (KIP-939).
    pub two_phase_commit: bool,
    pub keeps_prepared: bool,
    /// A producer id that nobody has had, once one has been asked for.
    pub fresh: Option<ProducerId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProducerInitialized {
    Producer {
        id: ProducerId,
        epoch: ProducerEpoch,
    },
    Refused(ErrorCode),
    /// Ask again with a fresh producer id; nothing has happened.
    WantsProducerId,
}

impl TransactionShard {
    pub(super) fn init_producer_id(
        &mut self,
        context: &Context<'_>,
        asked: &InitProducerId,
        out: &mut Output<Self>,
    ) -> ProducerInitialized {
        let timeout_ms = match timeout(context, asked) {
            Ok(timeout_ms) => timeout_ms,
            Err(code) => return ProducerInitialized::Refused(code),
        };
        self.set_timer(Timer::ForgetIdle, context);
        let made;
        let transaction = match self.transaction(&asked.transactional_id) {
            Some(transaction) => transaction,
            None => {
                let Some(fresh) = asked.fresh else { return ProducerInitialized::WantsProducerId };
                made = Transaction::new(fresh, timeout_ms, context.wall);
                &made
            }
        };
        if transaction.state.is_prepared() {
            return ProducerInitialized::Refused(ErrorCode::ConcurrentTransactions);
        }
        if asked.expected.is_some_and(|expected| !is_known(transaction, expected)) {
            return ProducerInitialized::Refused(ErrorCode::ProducerFenced);
        }
        if transaction.state == TransactionState::Ongoing {
            return self.fence(context, asked, transaction, out);
        }
        match begin_anew(context, asked, transaction, timeout_ms) {
            Ok(next) => {
                let (id, epoch) = (next.producer_id, next.producer_epoch);
                Self::write(context, &asked.transactional_id.detached(), next, out);
                ProducerInitialized::Producer { id, epoch }
            }
            Err(refusal) => refusal,
        }
    }

    /// Aborts what an older producer left open. The client comes again.
    fn fence(
        &self,
        context: &Context<'_>,
        asked: &InitProducerId,
        transaction: &Transaction,
        out: &mut Output<Self>,
    ) -> ProducerInitialized {
        let id = asked.transactional_id.detached();
        match self.fence_and_abort(context, &id, transaction, asked.fresh, out) {
            Abort::Decided(Prepared { .. }) => {
                ProducerInitialized::Refused(ErrorCode::ConcurrentTransactions)
            }
            Abort::WantsProducerId => ProducerInitialized::WantsProducerId,
        }
    }
}

/// The timeout that holds, in milliseconds.
fn timeout(context: &Context<'_>, asked: &InitProducerId) -> Result<i32, ErrorCode> {
    let settings = &context.config.transactions;
    if asked.transactional_id.is_empty() {
        return Err(ErrorCode::InvalidRequest);
    }
    if asked.two_phase_commit && !settings.two_phase_commit_enable {
        return Err(ErrorCode::TransactionalIdAuthorizationFailed);
    }
    if asked.keeps_prepared {
        // KIP-939 is not finished in Kafka either.
        return Err(ErrorCode::UnsupportedVersion);
    }
    if asked.two_phase_commit {
        return Ok(i32::MAX);
    }
    if asked.timeout_ms <= 0 || asked.timeout_ms > settings.max_timeout_ms {
        return Err(ErrorCode::InvalidTransactionTimeout);
    }
    Ok(asked.timeout_ms)
}

/// Whether a producer that names an id and epoch may be the one that has this transactional id. Its
/// epoch is checked when it is raised.
fn is_known(transaction: &Transaction, (id, epoch): (ProducerId, ProducerEpoch)) -> bool {
    transaction.producer_epoch == ProducerEpoch::NONE
        || id == transaction.producer_id
        // The producer id was replaced because its epochs had run out, and the reply was lost.
        || (id == transaction.previous_producer_id && is_exhausted(epoch))
}

fn begin_anew(
    context: &Context<'_>,
    asked: &InitProducerId,
    transaction: &Transaction,
    timeout_ms: i32,
) -> Result<Transaction, ProducerInitialized> {
    let expected = asked.expected.map(|(_, epoch)| epoch);
    if transaction.is_epoch_exhausted()
        && expected.is_none_or(|expected| expected == transaction.producer_epoch)
    {
        let fresh = asked.fresh.ok_or(ProducerInitialized::WantsProducerId)?;
        let remembers = match expected {
            Some(_) => RememberedEpoch::Current,
            None => RememberedEpoch::None,
        };
        return Ok(transaction.with_producer_id(fresh, timeout_ms, remembers, context.wall));
    }
    transaction.with_next_epoch(timeout_ms, expected, context.wall).map_err(|error| {
        ProducerInitialized::Refused(match error {
            EpochError::Fenced => ErrorCode::ProducerFenced,
            // An exhausted epoch that is not the producer's own: Kafka knows no better answer.
            EpochError::Exhausted => ErrorCode::UnknownServerError,
        })
    })
}
