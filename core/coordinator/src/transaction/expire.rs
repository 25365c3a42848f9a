//! What happens without a request: transactions whose time is up are aborted, and transactional ids
//! that nobody uses are forgotten.
//!
//! Both are looked for now and then rather than to the moment, at Kafka's intervals: an abort bumps
//! the producer's epoch, and clients are written for when that happens.

use base::{ProducerEpoch, ProducerId, Str};

use super::end::Abort;
use super::{Effect, Timer, TransactionRecord, TransactionShard};
use crate::machine::{Context, Grouping, Output};

/// Aborts a transaction that has timed out, with the producer id that follows the one whose epochs
/// have run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbortTimedOut {
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    /// Filled in by the shell.
    pub fresh: Option<ProducerId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOutAborted;

impl TransactionShard {
    pub(super) fn abort_all_timed_out(&mut self, context: &Context<'_>, out: &mut Output<Self>) {
        // Each abort is of another id and holds without the rest.
        out.grouping = Grouping::Free;
        for id in &self.ongoing {
            let transaction = &self.transactions[id];
            if !transaction.has_timed_out(context.wall) {
                continue;
            }
            match self.fence_and_abort(context, id, transaction, None, out) {
                Abort::Decided(_) => {}
                Abort::WantsProducerId => out.effect(Effect::DrawProducerId(AbortTimedOut {
                    transactional_id: id.clone(),
                    producer_id: transaction.producer_id,
                    producer_epoch: transaction.producer_epoch,
                    fresh: None,
                })),
            }
        }
        if !self.ongoing.is_empty() {
            self.set_timer(Timer::AbortTimedOut, context);
        }
    }

    pub(super) fn abort_timed_out(
        &mut self,
        context: &Context<'_>,
        drawn: &AbortTimedOut,
        out: &mut Output<Self>,
    ) {
        let known = self.transactions.get_key_value(&drawn.transactional_id);
        let Some((id, transaction)) = known else { return };
        let is_the_same = transaction.producer_id == drawn.producer_id
            && transaction.producer_epoch == drawn.producer_epoch;
        if is_the_same && transaction.has_timed_out(context.wall) {
            self.fence_and_abort(context, id, transaction, drawn.fresh, out);
        }
    }

    pub(super) fn forget_idle(&mut self, context: &Context<'_>, out: &mut Output<Self>) {
        out.grouping = Grouping::Free;
        let expiration_ms = i64::from(context.config.transactions.transactional_id_expiration_ms);
        let idle_since = context.wall.0.saturating_sub(expiration_ms);
        let mut remaining = self.transactions.len();
        for (id, transaction) in &self.transactions {
            if transaction.state.is_settled() && transaction.updated.0 <= idle_since {
                out.write(TransactionRecord { transactional_id: id.clone(), transaction: None });
                remaining -= 1;
            }
        }
        if remaining > 0 {
            self.set_timer(Timer::ForgetIdle, context);
        }
    }
}
