//! What is written in a transaction: verified with its coordinator first, and ended by markers.
//!
//! As in the real broker, the partition says whether it knows the transaction to be open, or begins a
//! verification; the coordinator is asked, or told to add the partition; and the append is refused
//! where a marker has come in between.

use base::{ErrorCode, Offset, ProducerEpoch, ProducerId, Sequence, Str, VerificationGuard};
use coordinator::Machine;
use coordinator::group::{self, GroupShard};
use coordinator::transaction::{
    AddPartitions, Became, Markers, MarkersWritten, PartitionsAdded, PartitionsVerified,
    TopicPartition, Transaction, TransactionRecord, TransactionShard, VerifyPartitions,
};
use protocol::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};
use records::{BatchBuilder, Codec, Compression};
use storage::{Origin, TransactionRules, Unverified, Verification};

use super::coordinators::way_ms;
use super::layout::{GROUPS, TRANSACTIONS};
use super::{Answer, Node, Produce};
use crate::flaw::Flaw;
use crate::partition::Append;

/// What a producer's client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Transaction versions 0 and 1: the producer adds partitions itself, and keeps its epoch from one
    /// transaction to the next.
    SameEpoch,
    /// Version 2 (KIP-890): the partition's leader adds it, and every end raises the epoch.
    BumpedEpoch,
}

impl Protocol {
    /// What requests of the producer stand for.
    pub fn client_version(self) -> i16 {
        match self {
            Protocol::SameEpoch => 0,
            Protocol::BumpedEpoch => 2,
        }
    }

    fn rules(self) -> TransactionRules {
        TransactionRules::of_version(self.client_version())
    }
}

/// Who writes in a transaction.
#[derive(Clone, Debug)]
pub struct Transactional {
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub protocol: Protocol,
}

impl Node {
    /// Before anything else happens: a transactional id whose epochs have nearly run out.
    pub fn wear_out(&self, transactional_id: &str, timeout_ms: i32) {
        let (world, life) = (self.world(), self.life());
        let transaction = Transaction {
            producer_epoch: ProducerEpoch(i16::MAX - 1 - world.below(6) as i16),
            ..Transaction::new(self.fresh_producer_id(), timeout_ms, world.wall())
        };
        let record = TransactionRecord {
            transactional_id: transactional_id.into(),
            transaction: Some((transaction, 1)),
        };
        let (key, value) = TransactionShard::encode(&record).expect("a record that fits");
        let mut builder = BatchBuilder::new(Compression::from(Codec::None));
        let value = value.as_deref();
        builder.append(world.wall(), Some(&key), value, &[]).expect("a small batch");
        let append = Append {
            batch: &builder.build(),
            origin: Origin::Coordinator,
            rules: TransactionRules::default(),
            verification: Verification::Settled,
        };
        let to = TopicPartition::new(TRANSACTIONS, 0);
        self.append(life, &to, append, Box::new(|_| {}));
    }

    /// Appends one value in a transaction, once its coordinator says that it may be.
    pub fn write(
        &self,
        writer: Transactional,
        partition: TopicPartition,
        sequence: i32,
        value: Vec<u8>,
        answer: Answer<Offset>,
    ) {
        let (node, life, writer) = (self.clone(), self.life(), self.let_in(writer));
        let (rules, to) = (writer.protocol.rules(), partition.clone());
        let producer = (writer.producer_id, writer.producer_epoch, Sequence(sequence));
        let appended: Answer<Option<VerificationGuard>> = Box::new(move |verified| {
            let guard = match verified {
                Ok(guard) => guard,
                Err(code) => return answer(Err(code)),
            };
            let wall = node.world().wall();
            let produce = Produce { partition: to, producer: Some(producer), values: vec![value] };
            let append = Append {
                batch: &produce.builder(wall).transactional().build(),
                origin: Origin::Client,
                rules,
                verification: match node.has(Flaw::SkipVerification) {
                    true => Verification::Settled,
                    false => Verification::Required(guard),
                },
            };
            node.append(life, &produce.partition, append, answer);
        });
        self.verify(life, writer, partition, Sequence(sequence), appended);
    }

    /// Commits offsets as part of a transaction.
    pub fn commit_in_transaction(
        &self,
        protocol: Protocol,
        request: TxnOffsetCommitRequest,
        answer: Answer<TxnOffsetCommitResponse>,
    ) {
        let (node, life) = (self.clone(), self.life());
        let writer = self.let_in(Transactional {
            transactional_id: request.transactional_id.clone(),
            producer_id: ProducerId(request.producer_id),
            producer_epoch: ProducerEpoch(request.producer_epoch),
            protocol,
        });
        let producer_epoch = writer.producer_epoch.0;
        let to = self.coordinator::<GroupShard>();
        let verified: Answer<Option<VerificationGuard>> =
            Box::new(move |verified| match verified {
                Ok(guard) if node.life() == life => {
                    let body = TxnOffsetCommitRequest { producer_epoch, ..request };
                    let version = if protocol == Protocol::BumpedEpoch { 5 } else { 3 };
                    let asked = group::Asked { client: Default::default(), version, body };
                    let commit = group::CommitInTransaction { asked, guard };
                    node.ask::<GroupShard, _>(to, commit, answer);
                }
                Ok(_) => {}
                Err(code) => answer(Err(code)),
            });
        let partition = TopicPartition::new(GROUPS, 0);
        self.verify(life, writer, partition, Sequence::NONE, verified);
    }

    /// Asks the partition, and if need be the coordinator, whether the transaction may write there.
    /// Answers with what the append must show.
    fn verify(
        &self,
        life: u32,
        writer: Transactional,
        partition: TopicPartition,
        sequence: Sequence,
        answer: Answer<Option<VerificationGuard>>,
    ) {
        let mut inner = self.0.borrow_mut();
        let place = inner.find(&partition.topic, partition.partition);
        let place = place.expect("it is one of the node's");
        let (wall, guard) = (inner.world.wall(), VerificationGuard(inner.number()));
        let Some(running) = inner.running_in(life) else { return };
        let asked = Unverified {
            producer_id: writer.producer_id,
            epoch: writer.producer_epoch,
            sequence,
            rules: writer.protocol.rules(),
        };
        let begun = running.partitions[place].begin_verification(asked, guard, wall);
        drop(inner);
        let guard = match begun {
            Err(code) => return answer(Err(code)),
            Ok(None) => return answer(Ok(None)),
            Ok(Some(guard)) => guard,
        };
        if self.has(Flaw::SkipVerification) && writer.protocol == Protocol::SameEpoch {
            return answer(Ok(None));
        }
        let node = self.clone();
        let confirmed = move |said: Result<ErrorCode, ErrorCode>| match said {
            Ok(ErrorCode::None) if node.life() != life => {}
            Ok(ErrorCode::None) => answer(Ok(Some(guard))),
            Ok(code) | Err(code) => answer(Err(code)),
        };
        let Transactional { transactional_id, producer_id, producer_epoch, protocol } = writer;
        let partitions = vec![partition];
        match protocol {
            Protocol::BumpedEpoch => {
                let asked = AddPartitions {
                    transactional_id,
                    producer_id,
                    producer_epoch,
                    partitions,
                    client_version: protocol.client_version(),
                };
                let told = move |reply: Result<PartitionsAdded, ErrorCode>| {
                    confirmed(reply.map(|added| added.0));
                };
                self.ask_from_afar::<TransactionShard, _>(asked, Box::new(told));
            }
            Protocol::SameEpoch => {
                let asked =
                    VerifyPartitions { transactional_id, producer_id, producer_epoch, partitions };
                let told = move |reply: Result<PartitionsVerified, ErrorCode>| {
                    confirmed(reply.map(|verified| verified.0[0]));
                };
                self.ask_from_afar::<TransactionShard, _>(asked, Box::new(told));
            }
        }
    }

    /// Who writes: itself, unless the fence is skipped.
    fn let_in(&self, writer: Transactional) -> Transactional {
        if !self.has(Flaw::SkipFence) {
            return writer;
        }
        let known = self.newest_epoch(&writer.transactional_id);
        Transactional { producer_epoch: known.unwrap_or(writer.producer_epoch), ..writer }
    }

    // ---- markers ----

    /// Writes the markers of a decided transaction, each on a way of its own. A later attempt takes
    /// the place of one that is under way.
    pub(super) fn send_markers(&self, life: u32, epoch: i32, markers: Markers) {
        let mut inner = self.0.borrow_mut();
        let (world, flaw, attempt) = (inner.world.clone(), inner.flaw, inner.number());
        let Some(running) = inner.running_in(life) else { return };
        running.marking.insert((epoch, markers.transactional_id.clone()), attempt);
        drop(inner);
        for (nth, partition) in markers.partitions.clone().into_iter().enumerate() {
            let lost = flaw == Some(Flaw::LoseMarker) && nth > 0;
            let marking = Marking {
                node: self.clone(),
                life,
                epoch,
                attempt,
                markers: markers.clone(),
                partition,
            };
            let takes_ms = way_ms(&world);
            world.at(world.now().plus_ms(takes_ms), move |_| match lost {
                true => marking.tell(),
                false => marking.write(),
            });
        }
    }
}

/// One marker on its way to one partition.
#[derive(Clone)]
struct Marking {
    node: Node,
    life: u32,
    /// Of the coordinator that sends it.
    epoch: i32,
    attempt: u64,
    markers: Markers,
    partition: TopicPartition,
}

impl Marking {
    /// Whether no later attempt has taken its place.
    fn counts(&self) -> bool {
        let mut inner = self.node.0.borrow_mut();
        let key = (self.epoch, self.markers.transactional_id.clone());
        let attempt = self.attempt;
        let running = inner.running_in(self.life);
        running.is_some_and(|running| running.marking.get(&key) == Some(&attempt))
    }

    fn write(self) {
        if !self.counts() {
            return;
        }
        let (markers, node) = (&self.markers, self.node.clone());
        let (life, partition, world) = (self.life, self.partition.clone(), node.world());
        if &*partition.topic == GROUPS {
            let ask = group::EndTransaction {
                producer: markers.producer_id,
                epoch: markers.producer_epoch,
                ending: markers.ending,
                coordinator_epoch: markers.coordinator_epoch,
                transaction_version: markers.transaction_version,
            };
            let to = node.coordinator::<GroupShard>();
            let answer = Box::new(move |reply: Result<_, ErrorCode>| {
                self.became(reply.err().unwrap_or(ErrorCode::None));
            });
            return node.ask::<GroupShard, _>(to, ask, answer);
        }
        let batch = records::end_transaction_batch(
            Offset(0),
            markers.producer_id,
            markers.producer_epoch,
            markers.ending.control_type(),
            markers.coordinator_epoch,
            world.wall(),
        );
        let append = Append {
            batch: &batch,
            origin: Origin::Coordinator,
            rules: TransactionRules::of_version(markers.transaction_version),
            verification: Verification::Settled,
        };
        let answer = Box::new(move |written: Result<Offset, ErrorCode>| {
            self.became(written.err().unwrap_or(ErrorCode::None));
        });
        node.append(life, &partition, append, answer);
    }

    fn became(self, code: ErrorCode) {
        let world = self.node.world();
        match Became::of(code) {
            // The answer comes from another broker.
            Became::Written => {
                let takes_ms = way_ms(&world);
                world.at(world.now().plus_ms(takes_ms), move |_| {
                    if self.counts() {
                        self.tell();
                    }
                });
            }
            // As the real sender does, which then gives up and tells nobody.
            Became::Ended => {}
            Became::Retriable => {
                world.at(world.now().plus_ms(20), move |_| self.write());
            }
            Became::Impossible => panic!("a marker of {:?} met {code:?}", self.markers),
        }
    }

    fn tell(self) {
        let Marking { node, life, epoch, markers, partition, .. } = self;
        let written = MarkersWritten {
            transactional_id: markers.transactional_id,
            producer_id: markers.producer_id,
            producer_epoch: markers.producer_epoch,
            coordinator_epoch: markers.coordinator_epoch,
            load: markers.load,
            partitions: vec![partition],
        };
        if node.life() == life {
            let to = super::Address::of(life, epoch);
            node.ask::<TransactionShard, _>(to, written, Box::new(|_| {}));
        }
    }
}
