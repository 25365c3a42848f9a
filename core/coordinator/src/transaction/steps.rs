//! One transactional id: what is known of it, and how each step changes it.
//!
//! Every step is a function from what is to what will be; [`super::TransactionShard`] writes the
//! result and applies it. Producer epochs are the heart of it. A client only ever holds epochs below
//! [`i16::MAX`], so that there is always one left to fence it with; with transaction version 2 each
//! end of a transaction takes one as well (KIP-890), and when they run out the id gets a new
//! producer id, which stands beside the old one until the markers of the old one are written.

use std::collections::BTreeSet;

use base::{ProducerEpoch, ProducerId, Str, WallMs};

use super::state::TransactionState;
use crate::machine::Ending;

/// From this version on an end of a transaction raises the producer's epoch.
pub const EPOCH_BUMP_VERSION: i16 = 2;

/// A partition that a transaction writes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    pub topic: Str,
    pub partition: i32,
}

impl TopicPartition {
    pub fn new(topic: impl Into<Str>, partition: i32) -> TopicPartition {
        TopicPartition { topic: topic.into(), partition }
    }
}

/// A transactional id. See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    pub producer_id: ProducerId,
    /// The producer id before the last step; another one only after the epochs ran out.
    pub previous_producer_id: ProducerId,
    /// The producer id that takes over when the markers are written; none if the epochs last.
    pub next_producer_id: ProducerId,
    /// [`ProducerEpoch::NONE`] only while the id is being made.
    pub producer_epoch: ProducerEpoch,
    /// The epoch before, by which a retry is known. Not in the record, as in Kafka: a retry that
    /// meets another coordinator is fenced.
    pub last_producer_epoch: ProducerEpoch,
    pub timeout_ms: i32,
    pub state: TransactionState,
    pub partitions: BTreeSet<TopicPartition>,
    /// When the first partition was added; -1 before.
    pub started: WallMs,
    pub updated: WallMs,
    /// The transaction version of the client that took the last step.
    pub client_version: i16,
}

/// Why an epoch could not be raised at a producer's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochError {
    /// Neither the epoch that the producer should have nor the one before.
    Fenced,
    Exhausted,
}

impl Transaction {
    /// An id that nobody knew, with a producer id of its own.
    pub fn new(producer_id: ProducerId, timeout_ms: i32, now: WallMs) -> Transaction {
        Transaction {
            producer_id,
            previous_producer_id: ProducerId::NONE,
            next_producer_id: ProducerId::NONE,
            producer_epoch: ProducerEpoch::NONE,
            last_producer_epoch: ProducerEpoch::NONE,
            timeout_ms,
            state: TransactionState::Empty,
            partitions: BTreeSet::new(),
            started: WallMs(-1),
            updated: now,
            client_version: 0,
        }
    }

    /// The last epoch that a client may hold is reached; the one above it is for fencing.
    pub fn is_epoch_exhausted(&self) -> bool {
        is_exhausted(self.producer_epoch)
    }

    /// Two-phase commit (KIP-939): somebody else ends it, so it never times out.
    pub fn never_times_out(&self) -> bool {
        self.timeout_ms == i32::MAX
    }

    pub fn has_timed_out(&self, now: WallMs) -> bool {
        self.state == TransactionState::Ongoing
            && !self.never_times_out()
            && self.started.0.saturating_add(i64::from(self.timeout_ms)) < now.0
    }

    /// How a decided transaction ends.
    pub fn ending(&self) -> Option<Ending> {
        match self.state {
            TransactionState::PrepareCommit => Some(Ending::Commit),
            TransactionState::PrepareAbort => Some(Ending::Abort),
            _ => None,
        }
    }

    // ---- the steps ----

    /// A producer begins anew with the next epoch, or repeats a request whose reply it missed.
    /// `expected` is the epoch that it believes to have.
    ///
    /// # Errors
    /// It has another one, or there is none left.
    pub fn with_next_epoch(
        &self,
        timeout_ms: i32,
        expected: Option<ProducerEpoch>,
        now: WallMs,
    ) -> Result<Transaction, EpochError> {
        if self.is_epoch_exhausted() {
            return Err(EpochError::Exhausted);
        }
        let current = self.producer_epoch;
        let bumped = ProducerEpoch(current.0 + 1);
        let (epoch, last) = match expected {
            // Whoever had the epoch before is fenced, and its retries with it.
            None => (bumped, ProducerEpoch::NONE),
            Some(expected) if current == ProducerEpoch::NONE || expected == current => {
                (bumped, current)
            }
            Some(expected) if expected == self.last_producer_epoch => {
                (current, self.last_producer_epoch)
            }
            Some(_) => return Err(EpochError::Fenced),
        };
        Ok(Transaction {
            producer_epoch: epoch,
            last_producer_epoch: last,
            ..self.emptied(timeout_ms, now)
        })
    }

    /// The epochs of the producer id have run out: `fresh` takes its place.
    pub fn with_producer_id(
        &self,
        fresh: ProducerId,
        timeout_ms: i32,
        remembers: RememberedEpoch,
        now: WallMs,
    ) -> Transaction {
        Transaction {
            producer_id: fresh,
            producer_epoch: ProducerEpoch(0),
            last_producer_epoch: match remembers {
                RememberedEpoch::Current => self.producer_epoch,
                RememberedEpoch::None => ProducerEpoch::NONE,
            },
            ..self.emptied(timeout_ms, now)
        }
    }

    fn emptied(&self, timeout_ms: i32, now: WallMs) -> Transaction {
        Transaction {
            timeout_ms,
            partitions: BTreeSet::new(),
            started: WallMs(-1),
            updated: now,
            ..self.step(TransactionState::Empty)
        }
    }

    pub fn with_partitions(
        &self,
        added: impl IntoIterator<Item = TopicPartition>,
        client_version: i16,
        now: WallMs,
    ) -> Transaction {
        let mut next = self.step(TransactionState::Ongoing);
        if self.state.is_settled() {
            next.started = now;
        }
        next.partitions.extend(added);
        next.updated = now;
        next.client_version = client_version;
        next
    }

    /// The transaction is decided. With transaction version 2 its markers carry the next epoch, so
    /// that nothing of this transaction can be mistaken for the next one's. `next_producer_id` is
    /// what follows if no epoch is left.
    pub fn prepared(
        &self,
        ending: Ending,
        client_version: i16,
        next_producer_id: ProducerId,
        now: WallMs,
    ) -> Transaction {
        let mut next = self.step(match ending {
            Ending::Commit => TransactionState::PrepareCommit,
            Ending::Abort => TransactionState::PrepareAbort,
        });
        if client_version >= EPOCH_BUMP_VERSION {
            next.last_producer_epoch = self.producer_epoch;
            // At the very last epoch an abort goes through as it is: there is no other way out.
            next.producer_epoch = ProducerEpoch(self.producer_epoch.0.saturating_add(1));
        }
        if self.state.is_settled() {
            // It was never begun; readers of the record expect a beginning all the same.
            next.started = now;
        }
        next.next_producer_id = next_producer_id;
        next.updated = now;
        next.client_version = client_version;
        next
    }

    /// Every partition has its marker.
    pub fn completed(&self, now: WallMs) -> Transaction {
        let mut next = self.step(match self.state {
            TransactionState::PrepareCommit => TransactionState::CompleteCommit,
            _ => TransactionState::CompleteAbort,
        });
        if self.client_version >= EPOCH_BUMP_VERSION && self.next_producer_id != ProducerId::NONE {
            // `last_producer_epoch` stays what the client saw last under the old id.
            next.producer_id = self.next_producer_id;
            next.producer_epoch = ProducerEpoch(0);
        }
        next.next_producer_id = ProducerId::NONE;
        next.partitions = BTreeSet::new();
        next.updated = now;
        next
    }

    fn step(&self, state: TransactionState) -> Transaction {
        assert!(
            self.state.may_become(state),
            "a transaction never goes from {:?} to {state:?}",
            self.state
        );
        Transaction { state, previous_producer_id: self.producer_id, ..self.clone() }
    }
}

/// Whether a producer that gets a new id may repeat its request under the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RememberedEpoch {
    Current,
    None,
}

pub fn is_exhausted(epoch: ProducerEpoch) -> bool {
    epoch.0 >= i16::MAX - 1
}
