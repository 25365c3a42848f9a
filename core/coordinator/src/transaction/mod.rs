//! `__transaction_state`: one shard of the transaction coordinator (KIP-98, 360, 664, 890).
//!
//! The life of a transaction. A producer asks for its id and epoch ([`InitProducerId`]), which fences
//! whoever had them before. Partitions join the transaction before anything is written to them
//! ([`AddPartitions`]). [`EndTransaction`] decides it: once the decision stands in the log it will
//! come to pass, whatever crashes, and the producer is answered. Then [`Effect::SendMarkers`] has the
//! shell write a marker into every partition; [`MarkersWritten`] tells of each, and with the last
//! one the transaction is complete. A shard that is loaded sends the markers of what it finds
//! decided again; partitions know a repeated marker by its epoch.
//!
//! Between the decision and its completion nothing else may begin for this id: whoever asks hears
//! CONCURRENT_TRANSACTIONS and asks again, as with Kafka. Unlike Kafka the shard is never between two
//! states while a record is being written, because each decision is applied before the next.
//!
//! - [`state`] and [`steps`]: the states, and the steps from one to the next.
//! - [`record`]: what stands in the log.
//! - `initialise`, `partitions`, `end`, `expire`, `describe`: the requests.
//!
//! Producer ids are allotted by the controller, so the shard cannot make one up. A request that
//! needs one is answered with `WantsProducerId` and comes again with one.

mod describe;
mod end;
mod expire;
mod initialise;
mod marker;
mod partitions;
pub mod record;
pub mod state;
pub mod steps;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use base::{MonoMs, ProducerEpoch, ProducerId, Str, Uuid};
use bytes::Bytes;
use metadata::Feature;

use crate::machine::{Call, Context, Ending, Machine, Output, Source};
use crate::timers::Timers;

pub use describe::{
    DescribeTransaction, IdPattern, ListTransactions, ListedTransaction, TransactionDescribed,
    TransactionsListed,
};
pub use end::{EndTransaction, MarkersNoted, MarkersWritten, TransactionEnded};
pub use expire::{AbortTimedOut, TimedOutAborted};
pub use initialise::{InitProducerId, ProducerInitialized};
pub use marker::Became;
pub use partitions::{AddPartitions, PartitionsAdded, PartitionsVerified, VerifyPartitions};
pub use record::TransactionRecord;
pub use state::TransactionState;
pub use steps::{TopicPartition, Transaction};

crate::requests! { TransactionShard {
    InitProducerId(InitProducerId => ProducerInitialized),
    AddPartitions(AddPartitions => PartitionsAdded),
    VerifyPartitions(VerifyPartitions => PartitionsVerified),
    EndTransaction(EndTransaction => TransactionEnded),
    DescribeTransaction(DescribeTransaction => TransactionDescribed),
    ListTransactions(ListTransactions => TransactionsListed),
    /// From the shell: partitions have the markers that an effect asked for.
    MarkersWritten(MarkersWritten => MarkersNoted),
    /// From the shell: the producer id that [`Effect::DrawProducerId`] asked for.
    AbortTimedOut(AbortTimedOut => TimedOutAborted),
} }

/// What the shell does once the records before it have committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write these markers, again and again until each partition has one or is gone, and tell of
    /// each with [`MarkersWritten`].
    SendMarkers(Markers),
    /// Draw a producer id and come back with it.
    DrawProducerId(AbortTimedOut),
}

/// The markers of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markers {
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub coordinator_epoch: i32,
    /// Of the shard; see [`MarkersWritten::load`].
    pub load: Uuid,
    pub ending: Ending,
    pub transaction_version: i16,
    pub partitions: Vec<TopicPartition>,
}

/// One partition of `__transaction_state`.
pub struct TransactionShard {
    /// The leader epoch of the partition, which fences markers of coordinators before.
    coordinator_epoch: i32,
    /// Told with the markers that are sent.
    load: Uuid,
    transactions: BTreeMap<Str, Transaction>,
    /// The ids whose transaction is ongoing: those that can time out.
    ongoing: BTreeSet<Str>,
    /// Of decided transactions: the partitions that have their marker. Not in the log; a shard that
    /// is loaded sends all markers again.
    marked: BTreeMap<Str, BTreeSet<TopicPartition>>,
    timers: Timers<Timer>,
}

/// What a deadline is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    AbortTimedOut,
    ForgetIdle,
}

impl TransactionShard {
    /// `coordinator_epoch` is the epoch in which this node leads the partition.
    pub fn new(coordinator_epoch: i32) -> TransactionShard {
        TransactionShard {
            coordinator_epoch,
            load: Uuid::ZERO,
            transactions: BTreeMap::new(),
            ongoing: BTreeSet::new(),
            marked: BTreeMap::new(),
            timers: Timers::default(),
        }
    }

    /// What is known of a transactional id.
    pub fn transaction(&self, transactional_id: &str) -> Option<&Transaction> {
        self.transactions.get(transactional_id)
    }

    /// The finalised level of `transaction.version`.
    fn server_version(context: &Context<'_>) -> i16 {
        context.image.feature_level(Feature::TransactionVersion)
    }

    /// Writes what an id has come to.
    fn write(
        context: &Context<'_>,
        transactional_id: &Str,
        transaction: Transaction,
        out: &mut Output<Self>,
    ) {
        let version = i16::from(Self::server_version(context) >= 1);
        out.write(TransactionRecord {
            transactional_id: transactional_id.clone(),
            transaction: Some((transaction, version)),
        });
    }

    fn set_timer(&mut self, timer: Timer, context: &Context<'_>) {
        if self.timers.get(&timer).is_some() {
            return;
        }
        let settings = &context.config.transactions;
        let interval_ms = match timer {
            Timer::AbortTimedOut => settings.abort_timed_out_cleanup_interval_ms,
            Timer::ForgetIdle => settings.remove_expired_cleanup_interval_ms,
        };
        // The configuration allows 1 and more.
        self.timers.set(timer, context.now.plus_ms(interval_ms.max(1) as u64));
    }
}

impl Machine for TransactionShard {
    type Request = Request;
    type Reply = Reply;
    type Record = TransactionRecord;
    type Effect = Effect;

    fn decode(key: Bytes, value: Option<Bytes>) -> Result<Option<TransactionRecord>, String> {
        TransactionRecord::decode(key, value)
    }

    fn encode(record: &TransactionRecord) -> Result<(Bytes, Option<Bytes>), String> {
        record.encode()
    }

    fn apply(&mut self, record: &TransactionRecord, _source: Source) {
        let id = &record.transactional_id;
        self.marked.remove(id);
        let Some((transaction, _)) = &record.transaction else {
            self.transactions.remove(id);
            self.ongoing.remove(id);
            return;
        };
        if transaction.state == TransactionState::Ongoing {
            self.ongoing.insert(id.clone());
        } else {
            self.ongoing.remove(id);
        }
        self.transactions.insert(id.clone(), transaction.clone());
    }

    fn loaded(&mut self, context: &mut Context<'_>, out: &mut Output<Self>) {
        self.load = context.entropy.uuid();
        for (id, transaction) in &self.transactions {
            if let Some(ending) = transaction.ending() {
                self.finish(context, id, transaction, ending, out);
            }
        }
        if !self.ongoing.is_empty() {
            self.set_timer(Timer::AbortTimedOut, context);
        }
        if !self.transactions.is_empty() {
            self.set_timer(Timer::ForgetIdle, context);
        }
    }

    fn handle(
        &mut self,
        context: &mut Context<'_>,
        call: Call,
        request: Request,
        out: &mut Output<Self>,
    ) {
        match request {
            Request::InitProducerId(asked) => {
                let reply = self.init_producer_id(context, &asked, out);
                out.reply(call, reply);
            }
            Request::AddPartitions(asked) => {
                let reply = self.add_partitions(context, asked, out);
                out.reply(call, reply);
            }
            Request::VerifyPartitions(asked) => out.reply(call, self.verify_partitions(&asked)),
            Request::EndTransaction(asked) => {
                let reply = self.end_transaction(context, &asked, out);
                out.reply(call, reply);
            }
            Request::DescribeTransaction(asked) => out.reply(call, self.describe(&asked)),
            Request::ListTransactions(asked) => out.reply(call, self.list(context, &asked)),
            Request::MarkersWritten(written) => {
                self.markers_written(context, written, out);
                out.reply(call, MarkersNoted);
            }
            Request::AbortTimedOut(drawn) => {
                self.abort_timed_out(context, &drawn, out);
                out.reply(call, TimedOutAborted);
            }
        }
    }

    fn next_deadline(&self) -> MonoMs {
        self.timers.next()
    }

    fn on_deadline(&mut self, context: &mut Context<'_>, out: &mut Output<Self>) {
        match self.timers.take_due(context.now) {
            Some(Timer::AbortTimedOut) => self.abort_all_timed_out(context, out),
            Some(Timer::ForgetIdle) => self.forget_idle(context, out),
            None => {}
        }
    }
}
