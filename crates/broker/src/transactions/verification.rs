//! Before a partition takes what a transaction writes, its coordinator must know that it belongs to
//! the transaction; else nobody would end it there, and readers would wait for ever (KIP-890).
//!
//! The life of a write: the partition says whether it knows the transaction to be open, or begins a
//! verification ([`Replica::begin_verification`]). The coordinator is asked, or told to add the
//! partition, depending on what the client's version can do. If it confirms, the append shows the
//! verification's guard, and is refused if a marker has come in between.

use std::sync::Arc;

use base::{ErrorCode, ProducerEpoch, ProducerId, Sequence, Str, VerificationGuard};
use coordinator::transaction::{AddPartitions, TopicPartition, VerifyPartitions};
use storage::{TransactionRules, Unverified, Verification};

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
    /// Whether partitions look at what an append shows.
    verifies: bool,
    /// By target: what the partition itself says, or the guard of its verification.
    verdicts: Vec<Verdict>,
}

/// Whether a write may go on, and what its append has to show then.
pub type Verified = Result<Verification, ErrorCode>;

#[derive(Clone, Copy)]
enum Verdict {
    Settled(Result<(), ErrorCode>),
    Ask(VerificationGuard),
}

impl Question {
    /// Asks the partitions themselves.
    pub fn begin(node: &Node, writer: Writer, targets: Vec<Target>) -> Question {
        let verifies = node.config.load().transactions.partition_verification_enable;
        let verdicts = match verifies || writer.operation == Operation::AddPartition {
            true => targets.iter().map(|target| begin(node, &writer, target)).collect(),
            false => vec![Verdict::Settled(Ok(())); targets.len()],
        };
        Question { writer, targets, verifies, verdicts }
    }

    fn shows(&self, guard: Option<VerificationGuard>) -> Verification {
        match self.verifies {
            true => Verification::Required(guard),
            false => Verification::Settled,
        }
    }

    /// By target, if the coordinator need not be asked.
    pub fn settled(&self) -> Option<Vec<Verified>> {
        let verified = |verdict: &Verdict| match verdict {
            Verdict::Settled(said) => Some(said.map(|()| self.shows(None))),
            Verdict::Ask(_) => None,
        };
        self.verdicts.iter().map(verified).collect()
    }

    /// Asks the coordinator. By target.
    pub async fn ask(&self, node: &Node) -> Vec<Verified> {
        let asked = self.targets.iter().zip(&self.verdicts).filter_map(|(target, verdict)| {
            let replica = &target.replica;
            match verdict {
                Verdict::Ask(_) => {
                    Some(TopicPartition::new(replica.topic_name.clone(), replica.index.0))
                }
                Verdict::Settled(_) => None,
            }
        });
        let mut codes = ask_coordinator(node, &self.writer, asked.collect()).await.into_iter();
        let verified = |verdict: &Verdict| match verdict {
            Verdict::Settled(said) => said.map(|()| self.shows(None)),
            Verdict::Ask(guard) => {
                match codes.next().expect("there is a code for each that was asked for") {
                    ErrorCode::None => Ok(self.shows(Some(*guard))),
                    code => Err(code),
                }
            }
        };
        self.verdicts.iter().map(verified).collect()
    }

    /// As [`Question::ask`], and again for a while if the transaction before is still being ended:
    /// a client is faster than its markers, and a produce is dear to send twice. Asked again as soon as
    /// the markers are written; by the clock as well, as they may be written elsewhere.
    pub async fn ask_patiently(self, node: &Node) -> Vec<Verified> {
        let is_early = |verified: &[Verified], writer: &Writer| {
            verified.contains(&Err(ErrorCode::ConcurrentTransactions))
                && writer.operation == Operation::AddPartition
        };
        let verified = self.ask(node).await;
        if !is_early(&verified, &self.writer) {
            return verified;
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
            let verified = question.ask(node).await;
            let now = node.env.mono();
            if !is_early(&verified, &question.writer) || now >= give_up_at {
                return verified;
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
        Ok(None) => Verdict::Settled(Ok(())),
        Ok(Some(guard)) => Verdict::Ask(guard),
        Err(code) => Verdict::Settled(Err(code)),
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
