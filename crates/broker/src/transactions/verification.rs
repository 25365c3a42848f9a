//! Before a partition takes what a transaction writes, its coordinator must know that it belongs to
//! the transaction; else nobody would end it there, and readers would wait for ever (KIP-890).
//!
//! The life of a write: the partition says whether it knows the transaction to be open, or begins a
//! verification ([`Replica::begin_verification`]). The coordinator is asked, or told to add the
//! partition, depending on what the client's version can do. If it confirms, so does the partition,
//! unless a marker has come in between; the append that follows is refused then.

use std::sync::Arc;

use base::{ErrorCode, ProducerEpoch, ProducerId, Sequence, Str};
use coordinator::transaction::{AddPartitions, TopicPartition, VerifyPartitions};
use storage::{TransactionRules, Unverified, VerificationGuard};

use crate::internal_topics::TRANSACTION_TOPIC;
use crate::node::Node;
use crate::partitions::Replica;

/// What the version of a client's request allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Verify; the client knows no TRANSACTION_ABORTABLE.
    DefaultError,
    /// Verify.
    GenericError,
    /// Add the partition to the transaction: the client leaves that to the partition's leader.
    AddPartition,
}

impl Operation {
    pub fn of_produce(version: i16) -> Operation {
        match version {
            12.. => Operation::AddPartition,
            11 => Operation::GenericError,
            _ => Operation::DefaultError,
        }
    }

    pub fn of_txn_offset_commit(version: i16) -> Operation {
        match version {
            5.. => Operation::AddPartition,
            4 => Operation::GenericError,
            _ => Operation::DefaultError,
        }
    }

    fn rules(self) -> TransactionRules {
        match self {
            Operation::AddPartition => TransactionRules::BumpedEpoch,
            Operation::DefaultError | Operation::GenericError => TransactionRules::SameEpoch,
        }
    }
}

/// Who writes, in which transaction.
#[derive(Clone, Debug)]
pub struct Writer {
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub operation: Operation,
}

/// A partition that is to be written to.
pub struct Target {
    pub replica: Arc<Replica>,
    pub first_sequence: Sequence,
}

/// What there is to ask.
pub struct Question {
    writer: Writer,
    targets: Vec<Target>,
    /// By target: what the partition itself says, or the guard of its verification.
    verdicts: Vec<Verdict>,
}

#[derive(Clone, Copy)]
enum Verdict {
    Settled(ErrorCode),
    Ask(VerificationGuard),
}

impl Question {
    /// Asks the partitions themselves.
    pub fn begin(node: &Node, writer: Writer, targets: Vec<Target>) -> Question {
        let verifies = node.config.load().transactions.partition_verification_enable;
        let verdicts = match verifies || writer.operation == Operation::AddPartition {
            true => targets.iter().map(|target| begin(node, &writer, target)).collect(),
            false => vec![Verdict::Settled(ErrorCode::None); targets.len()],
        };
        Question { writer, targets, verdicts }
    }

    /// The codes by target, if the coordinator need not be asked.
    pub fn settled(&self) -> Option<Vec<ErrorCode>> {
        let code = |verdict: &Verdict| match verdict {
            Verdict::Settled(code) => Some(*code),
            Verdict::Ask(_) => None,
        };
        self.verdicts.iter().map(code).collect()
    }

    /// Asks the coordinator. One code for each target: NONE lets the write go on.
    pub async fn ask(&self, node: &Node) -> Vec<ErrorCode> {
        let asked: Vec<(&Target, VerificationGuard)> = self
            .targets
            .iter()
            .zip(&self.verdicts)
            .filter_map(|(target, verdict)| match verdict {
                Verdict::Ask(guard) => Some((target, *guard)),
                Verdict::Settled(_) => None,
            })
            .collect();
        let partitions = asked.iter().map(|(target, _)| {
            TopicPartition::new(target.replica.topic_name.clone(), target.replica.index.0)
        });
        let codes = ask_coordinator(node, &self.writer, partitions.collect()).await;
        for ((target, guard), code) in asked.iter().zip(&codes) {
            if *code == ErrorCode::None {
                target.replica.confirm_verification(self.writer.producer_id, *guard);
            }
        }
        let mut codes = codes.into_iter();
        let code = |verdict: &Verdict| match verdict {
            Verdict::Settled(code) => *code,
            Verdict::Ask(_) => codes.next().expect("there is a code for each that was asked for"),
        };
        self.verdicts.iter().map(code).collect()
    }

    /// As [`Question::ask`], and again for a while if the transaction before is still being ended:
    /// a client is faster than its markers, and a produce is dear to send twice. Asked again as soon as
    /// the markers are written; by the clock as well, as they may be written elsewhere.
    pub async fn ask_patiently(self, node: &Node) -> Vec<ErrorCode> {
        let is_early = |codes: &[ErrorCode], writer: &Writer| {
            codes.contains(&ErrorCode::ConcurrentTransactions)
                && writer.operation == Operation::AddPartition
        };
        let codes = self.ask(node).await;
        if !is_early(&codes, &self.writer) {
            return codes;
        }
        let config = node.config.load_full();
        let settings = &config.transactions;
        let patience_ms = settings
            .add_partitions_retry_backoff_max_ms
            .min(config.network.request_timeout_ms)
            .max(0) as u64;
        let give_up_at = node.env.mono().plus_ms(patience_ms);
        let backoff_ms = settings.add_partitions_retry_backoff_ms.max(1) as u64;
        let watch = node.endings.watch(&self.writer.transactional_id);
        let mut question = self;
        loop {
            // From before it is asked, so that no end is missed in between.
            let ended = watch.next();
            question = Question::begin(node, question.writer, question.targets);
            let codes = question.ask(node).await;
            let now = node.env.mono();
            if !is_early(&codes, &question.writer) || now >= give_up_at {
                return codes;
            }
            tokio::select! {
                () = ended => {}
                () = node.env.sleep_until(now.plus_ms(backoff_ms)) => {}
            }
        }
    }
}

fn begin(node: &Node, writer: &Writer, target: &Target) -> Verdict {
    let asked = Unverified {
        producer_id: writer.producer_id,
        epoch: writer.producer_epoch,
        sequence: target.first_sequence,
        rules: writer.operation.rules(),
    };
    match target.replica.begin_verification(asked, node.env.wall()) {
        Ok(None) => Verdict::Settled(ErrorCode::None),
        Ok(Some(guard)) => Verdict::Ask(guard),
        Err(code) => Verdict::Settled(code),
    }
}

/// What the coordinator says of each partition, in words that a producer knows.
async fn ask_coordinator(
    node: &Node,
    writer: &Writer,
    partitions: Vec<TopicPartition>,
) -> Vec<ErrorCode> {
    let count = partitions.len();
    if count == 0 {
        return Vec::new();
    }
    let transactions = &node.coordinators.transactions;
    if node.image.load().topic(TRANSACTION_TOPIC).is_none() {
        return vec![ErrorCode::CoordinatorNotAvailable; count];
    }
    let shard = transactions.shard_of(&writer.transactional_id);
    let (transactional_id, producer_id, producer_epoch) =
        (writer.transactional_id.clone(), writer.producer_id, writer.producer_epoch);
    let begun_us = node.env.mono_us();
    let codes = if writer.operation == Operation::AddPartition {
        let client_version = coordinator::transaction::steps::EPOCH_BUMP_VERSION;
        let asked = AddPartitions {
            transactional_id,
            producer_id,
            producer_epoch,
            partitions,
            client_version,
        };
        transactions.ask(shard, asked).await.map(|added| vec![added.0; count])
    } else {
        let asked = VerifyPartitions { transactional_id, producer_id, producer_epoch, partitions };
        transactions.ask(shard, asked).await.map(|verified| verified.0)
    };
    let codes = codes.unwrap_or_else(|code| vec![code; count]);
    let metrics = &node.metrics.coordinators;
    let took_us = node.env.mono_us().saturating_sub(begun_us);
    metrics.verification_seconds.observe(took_us as f64 / 1e6);
    let failed = codes.iter().filter(|code| **code != ErrorCode::None).count();
    metrics.verification_failures.inc_by(failed as u64);
    codes.into_iter().map(|code| for_producers(code, writer.operation)).collect()
}

fn for_producers(code: ErrorCode, operation: Operation) -> ErrorCode {
    match code {
        ErrorCode::ProducerFenced => ErrorCode::InvalidProducerEpoch,
        ErrorCode::TransactionAbortable if operation == Operation::DefaultError => {
            ErrorCode::InvalidTxnState
        }
        other => other,
    }
}
