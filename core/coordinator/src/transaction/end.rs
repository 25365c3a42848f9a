//! EndTxn: a transaction is decided, and completed when every partition has its marker.
//!
//! With transaction version 2 an answer that was lost can be told from the next transaction: the end
//! raised the epoch, so a repeated request comes with the epoch before (KIP-890). What Empty and
//! Complete transactions answer then, a repeat first and a fresh request second:
//!
//! | state | abort | commit |
//! |---|---|---|
//! | Empty | PRODUCER_FENCED, bumped | PRODUCER_FENCED, INVALID_TXN_STATE |
//! | CompleteAbort | NONE, bumped | INVALID_TXN_STATE, INVALID_TXN_STATE |
//! | CompleteCommit | INVALID_TXN_STATE, bumped | NONE, INVALID_TXN_STATE |
//!
//! With versions 0 and 1 there is no telling them apart, and only the end that was decided may be
//! asked for again.

use base::{ErrorCode, ProducerEpoch, ProducerId, Str, Uuid};

use super::steps::{EPOCH_BUMP_VERSION, TopicPartition, Transaction};
use super::{Effect, Markers, TransactionShard, TransactionState};
use crate::machine::{Context, Ending, Output};

#[derive(Clone, Debug)]
pub struct EndTransaction {
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub ending: Ending,
    /// 2 for EndTxn version 5 and later, else 0.
    pub client_version: i16,
    /// A producer id that nobody has had, once one has been asked for.
    pub fresh: Option<ProducerId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionEnded {
    /// The producer goes on with this id and epoch. None and -1 below transaction version 2, where
    /// they stay.
    Decided {
        id: ProducerId,
        epoch: ProducerEpoch,
    },
    Refused(ErrorCode),
    /// Ask again with a fresh producer id; nothing has happened.
    WantsProducerId,
}

/// From the shell: these partitions have their marker, or will never need one.
#[derive(Clone, Debug)]
pub struct MarkersWritten {
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub coordinator_epoch: i32,
    /// As the markers said. A shard that is loaded again in the same epoch sends all markers again;
    /// were it told by the task of before that they are written, that of now could still be writing
    /// when the next transaction has begun, and end it.
    pub load: Uuid,
    pub partitions: Vec<TopicPartition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkersNoted;

/// What a decision gives the producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prepared {
    pub id: ProducerId,
    pub epoch: ProducerEpoch,
}

/// What a request to end comes to before anything is written.
enum Judged {
    /// It is to be decided now.
    Decide,
    /// It was decided before; this is where the producer is.
    Again,
}

/// What an abort that no client asked for came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abort {
    Decided(Prepared),
    WantsProducerId,
}

impl TransactionShard {
    pub(super) fn end_transaction(
        &self,
        context: &Context<'_>,
        asked: &EndTransaction,
        out: &mut Output<Self>,
    ) -> TransactionEnded {
        if asked.transactional_id.is_empty() {
            return TransactionEnded::Refused(ErrorCode::InvalidRequest);
        }
        let Some(transaction) = self.transaction(&asked.transactional_id) else {
            return TransactionEnded::Refused(ErrorCode::InvalidProducerIdMapping);
        };
        let bumps = asked.client_version >= EPOCH_BUMP_VERSION;
        let judged = match bumps {
            true => judge(transaction, asked),
            false => judge_without_bump(transaction, asked),
        };
        let prepared = match judged {
            Err(code) => return TransactionEnded::Refused(code),
            Ok(Judged::Again) => {
                Prepared { id: transaction.producer_id, epoch: transaction.producer_epoch }
            }
            Ok(Judged::Decide) => {
                let next_id = match self.next_producer_id(transaction, bumps, asked.fresh) {
                    Some(next_id) => next_id,
                    None => return TransactionEnded::WantsProducerId,
                };
                let id = asked.transactional_id.detached();
                let version = asked.client_version;
                let prepared = transaction.prepared(asked.ending, version, next_id, context.wall);
                self.decide(context, &id, prepared, asked.ending, out)
            }
        };
        match bumps {
            true => TransactionEnded::Decided { id: prepared.id, epoch: prepared.epoch },
            false => TransactionEnded::Decided { id: ProducerId::NONE, epoch: ProducerEpoch::NONE },
        }
    }

    /// Aborts an ongoing transaction so that its producer cannot go on: somebody else has taken the
    /// transactional id, or the time is up.
    pub(super) fn fence_and_abort(
        &self,
        context: &Context<'_>,
        transactional_id: &Str,
        transaction: &Transaction,
        fresh: Option<ProducerId>,
        out: &mut Output<Self>,
    ) -> Abort {
        let version = Self::server_version(context);
        let bumps = version >= EPOCH_BUMP_VERSION;
        let Some(next_id) = self.next_producer_id(transaction, bumps, fresh) else {
            return Abort::WantsProducerId;
        };
        let prepared = if bumps {
            // The end itself raises the epoch, which fences as well.
            transaction.prepared(Ending::Abort, version, next_id, context.wall)
        } else {
            let fenced = Transaction {
                producer_epoch: ProducerEpoch(transaction.producer_epoch.0.saturating_add(1)),
                last_producer_epoch: ProducerEpoch::NONE,
                ..transaction.clone()
            };
            fenced.prepared(Ending::Abort, 0, next_id, context.wall)
        };
        Abort::Decided(self.decide(context, transactional_id, prepared, Ending::Abort, out))
    }

    /// The producer id that takes over when the epochs run out with this end: none if they do not,
    /// `None` if one is needed and not there.
    fn next_producer_id(
        &self,
        transaction: &Transaction,
        bumps: bool,
        fresh: Option<ProducerId>,
    ) -> Option<ProducerId> {
        match bumps && transaction.is_epoch_exhausted() {
            true => fresh,
            false => Some(ProducerId::NONE),
        }
    }

    fn decide(
        &self,
        context: &Context<'_>,
        transactional_id: &Str,
        prepared: Transaction,
        ending: Ending,
        out: &mut Output<Self>,
    ) -> Prepared {
        let completed = prepared.completed(context.wall);
        Self::write(context, transactional_id, prepared.clone(), out);
        self.finish(context, transactional_id, &prepared, ending, out);
        Prepared { id: completed.producer_id, epoch: completed.producer_epoch }
    }

    /// Has the markers of a decided transaction written. Without partitions it is complete at once.
    pub(super) fn finish(
        &self,
        context: &Context<'_>,
        transactional_id: &Str,
        prepared: &Transaction,
        ending: Ending,
        out: &mut Output<Self>,
    ) {
        if prepared.partitions.is_empty() {
            let completed = prepared.completed(context.wall);
            return Self::write(context, transactional_id, completed, out);
        }
        out.effect(Effect::SendMarkers(Markers {
            transactional_id: transactional_id.clone(),
            producer_id: prepared.producer_id,
            producer_epoch: prepared.producer_epoch,
            coordinator_epoch: self.coordinator_epoch,
            load: self.load,
            ending,
            transaction_version: prepared.client_version,
            partitions: prepared.partitions.iter().cloned().collect(),
        }));
    }

    pub(super) fn markers_written(
        &mut self,
        context: &Context<'_>,
        written: MarkersWritten,
        out: &mut Output<Self>,
    ) {
        let Some((id, transaction)) = self.transactions.get_key_value(&written.transactional_id)
        else {
            return;
        };
        // What comes late is of a transaction that is over, or of a shard that was here before.
        if !transaction.state.is_prepared()
            || transaction.producer_id != written.producer_id
            || transaction.producer_epoch != written.producer_epoch
            || self.coordinator_epoch != written.coordinator_epoch
            || self.load != written.load
        {
            return;
        }
        let marked = self.marked.entry(id.clone()).or_default();
        marked.extend(written.partitions);
        if transaction.partitions.is_subset(marked) {
            let completed = transaction.completed(context.wall);
            Self::write(context, id, completed, out);
        }
    }
}

/// Versions 0 and 1.
fn judge_without_bump(
    transaction: &Transaction,
    asked: &EndTransaction,
) -> Result<Judged, ErrorCode> {
    if transaction.producer_id != asked.producer_id {
        return Err(ErrorCode::InvalidProducerIdMapping);
    }
    if transaction.producer_epoch != asked.producer_epoch {
        return Err(ErrorCode::ProducerFenced);
    }
    match (transaction.state, asked.ending) {
        (TransactionState::PrepareCommit | TransactionState::PrepareAbort, _) => {
            Err(ErrorCode::ConcurrentTransactions)
        }
        (TransactionState::Ongoing, _) => Ok(Judged::Decide),
        (TransactionState::CompleteCommit, Ending::Commit)
        | (TransactionState::CompleteAbort, Ending::Abort) => Ok(Judged::Again),
        _ => Err(ErrorCode::InvalidTxnState),
    }
}

/// Version 2 and later.
fn judge(transaction: &Transaction, asked: &EndTransaction) -> Result<Judged, ErrorCode> {
    let (id, epoch) = (asked.producer_id, asked.producer_epoch);
    // Asked first: when epochs run out the producer may use the id that takes over already.
    if transaction.state.is_prepared() {
        return Err(ErrorCode::ConcurrentTransactions);
    }
    // The end took the last epoch of the id before, and its answer was lost.
    let repeats_over_new_id = transaction.previous_producer_id == id
        && epoch == ProducerEpoch(i16::MAX - 1)
        && transaction.producer_epoch == ProducerEpoch(0);
    if transaction.producer_id != id && !repeats_over_new_id {
        return Err(ErrorCode::InvalidProducerIdMapping);
    }
    // Only an end that raised the epoch can be asked for again with the epoch before. After one that
    // did not, of a client that speaks an older version, the epoch before is that of a producer which
    // was fenced when this one began; it must not be given the epoch of its successor.
    let repeats = repeats_over_new_id
        || (transaction.client_version >= EPOCH_BUMP_VERSION
            && i32::from(transaction.producer_epoch.0) == i32::from(epoch.0) + 1);
    let is_complete = matches!(
        transaction.state,
        TransactionState::CompleteCommit | TransactionState::CompleteAbort
    );
    if epoch != transaction.producer_epoch && !(is_complete && repeats) {
        return Err(ErrorCode::ProducerFenced);
    }
    match (transaction.state, asked.ending) {
        (TransactionState::Ongoing, _) => Ok(Judged::Decide),
        (TransactionState::CompleteCommit, Ending::Commit)
        | (TransactionState::CompleteAbort, Ending::Abort)
            if repeats =>
        {
            Ok(Judged::Again)
        }
        (TransactionState::CompleteCommit, Ending::Abort) if repeats => {
            Err(ErrorCode::InvalidTxnState)
        }
        (state, Ending::Abort) if state.is_settled() => Ok(Judged::Decide),
        _ => Err(ErrorCode::InvalidTxnState),
    }
}
