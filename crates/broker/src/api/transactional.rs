//! A produce in a transaction, before it is appended: who writes, and whether the partitions may take
//! it (KIP-98, KIP-890).

use std::collections::BTreeMap;

use base::ErrorCode;
use protocol::Payload;
use protocol::messages::ProduceRequest;
use records::BatchHeader;
use storage::Verification;

use super::Call;
use crate::node::Node;
use crate::partitions::Refused;
use crate::transactions::verification::{Operation, Question, Target, Verified, Writer};

/// Whether batches of a transaction may be appended, by their place in the request, and what the
/// append has to show then.
pub type Verdicts = BTreeMap<usize, Result<Verification, Refused>>;

/// What is known before anybody is asked.
pub enum Screened {
    /// The request as a whole is wrong.
    Refused(ErrorCode),
    Clear(Verdicts),
    Ask(Asking),
}

/// The coordinator has to be asked.
pub struct Asking {
    question: Question,
    slots: Vec<usize>,
    operation: Operation,
    /// Of the others.
    verdicts: Verdicts,
}

/// Looks for batches of a transaction, and asks their partitions.
pub fn screen(call: &Call, request: &ProduceRequest) -> Screened {
    let node = call.node();
    let operation = Operation::of_produce(call.version);
    let (mut slots, mut targets, mut verdicts) = (Vec::new(), Vec::new(), Verdicts::new());
    let mut writer: Option<Writer> = None;
    let mut slot = 0;
    for topic in &request.topic_data {
        for partition in &topic.partition_data {
            let header = partition.records.as_ref().and_then(transactional_header);
            slot += 1;
            let Some(header) = header else { continue };
            let Some(transactional_id) = &request.transactional_id else {
                // Nobody can be authorised for an id that is not named.
                return Screened::Refused(ErrorCode::TransactionalIdAuthorizationFailed);
            };
            let found = match call.version {
                13.. => node.partitions.topic_by_id(topic.topic_id),
                _ => node.partitions.topic(&topic.name),
            };
            let Some(replica) = found.and_then(|topic| topic.replica(partition.index)) else {
                // It may be there before the append; nobody has been asked then.
                verdicts.insert(slot - 1, Err(Refused::from(ErrorCode::NotLeaderOrFollower)));
                continue;
            };
            // No transaction writes to what coordinators keep, so it is not to join one either.
            if base::topic::is_internal(&replica.topic_name) {
                continue;
            }
            let (producer_id, producer_epoch) = (header.producer_id, header.producer_epoch);
            let is_another = |writer: &Writer| {
                (writer.producer_id, writer.producer_epoch) != (producer_id, producer_epoch)
            };
            if writer.as_ref().is_some_and(is_another) {
                return Screened::Refused(ErrorCode::InvalidProducerIdMapping);
            }
            writer.get_or_insert_with(|| Writer {
                transactional_id: transactional_id.clone(),
                producer_id,
                producer_epoch,
                operation,
            });
            slots.push(slot - 1);
            targets.push(Target { replica, first_sequence: header.base_sequence });
        }
    }
    let Some(writer) = writer else { return Screened::Clear(verdicts) };
    let question = Question::begin(node, writer, targets);
    match question.settled() {
        Some(verified) => {
            verdicts.extend(by_slot(&slots, verified, operation));
            Screened::Clear(verdicts)
        }
        None => Screened::Ask(Asking { question, slots, operation, verdicts }),
    }
}

impl Asking {
    pub async fn answer(self, node: &Node) -> Verdicts {
        let verified = self.question.ask_patiently(node).await;
        let mut verdicts = self.verdicts;
        verdicts.extend(by_slot(&self.slots, verified, self.operation));
        verdicts
    }
}

/// The header of records that belong to a transaction.
fn transactional_header(records: &Payload) -> Option<BatchHeader> {
    let Payload::Bytes(records) = records else { return None };
    let header = BatchHeader::parse(records).ok()?;
    (header.attributes.is_transactional() && header.has_producer()).then_some(header)
}

fn by_slot(
    slots: &[usize],
    verified: Vec<Verified>,
    operation: Operation,
) -> impl Iterator<Item = (usize, Result<Verification, Refused>)> {
    let verdict = move |verified: Verified| verified.map_err(|code| for_client(code, operation));
    slots.iter().zip(verified).map(move |(slot, verified)| (*slot, verdict(verified)))
}

/// What a producer makes of the code: an error that it might not try again after becomes one that it
/// does, and that sends it nowhere else.
fn for_client(code: ErrorCode, operation: Operation) -> Refused {
    let is_retriable = match code {
        ErrorCode::InvalidTxnState => {
            let message = Some("Partition was not added to the transaction".into());
            return Refused { code, message };
        }
        ErrorCode::NetworkException
        | ErrorCode::CoordinatorLoadInProgress
        | ErrorCode::CoordinatorNotAvailable
        | ErrorCode::NotCoordinator => true,
        ErrorCode::ConcurrentTransactions => operation != Operation::AddPartition,
        _ => false,
    };
    if !is_retriable {
        return Refused::from(code);
    }
    let message = format!(
        "Unable to verify the partition has been added to the transaction. Underlying error: {code}"
    );
    Refused { code: ErrorCode::NotEnoughReplicas, message: Some(message) }
}

/// Before the version that brought PRODUCER_FENCED to an API, its clients know INVALID_PRODUCER_EPOCH.
pub fn for_version(code: ErrorCode, version: i16, knows_fenced_from: i16) -> ErrorCode {
    match code {
        ErrorCode::ProducerFenced if version < knows_fenced_from => ErrorCode::InvalidProducerEpoch,
        other => other,
    }
}
