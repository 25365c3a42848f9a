//! A transactional producer, as tasks use it: with transaction version 2, whose epoch moves with every
//! transaction (KIP-890), or as it was before.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, Offset, ProducerEpoch, ProducerId, Str};
use coordinator::Ending;
use coordinator::transaction::{
    AddPartitions, EndTransaction, InitProducerId, PartitionsAdded, ProducerInitialized,
    TopicPartition, TransactionEnded, TransactionShard,
};
use protocol::messages::TxnOffsetCommitRequest;
use protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};

use super::offsets::Of;
use super::{Stage, Writes};
use crate::client::{Client, Weather};
use crate::flaw::Flaw;
use crate::node::{Protocol, Transactional};

/// How long a transaction may be open before the coordinator aborts it.
pub const TRANSACTION_TIMEOUT_MS: i32 = 3_000;

const ATTEMPTS: u32 = 4;

pub struct Teller {
    stage: Stage,
    client: Client,
    /// Its way to the partitions' leaders. Late writes are what verification is for, also before KIP-890.
    writing: Client,
    /// Its way to the group coordinator.
    committing: Client,
    transactional_id: Str,
    protocol: Protocol,
    producer_id: ProducerId,
    producer_epoch: ProducerEpoch,
    sequences: BTreeMap<TopicPartition, i32>,
    /// The partitions that it has added itself.
    added: BTreeSet<TopicPartition>,
    /// It does not know which sequence a partition expects next, and must begin anew.
    pub is_lost: bool,
}

/// What a producer knows of a transaction that it has asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    As(Ending),
    /// It may have ended as asked, or otherwise, or will yet. The producer must begin anew.
    Unknown,
}

/// An offset that is committed in a transaction.
pub struct Commit<'a> {
    pub of: Of,
    pub offset: i64,
    /// Who it is in the group, and its epoch there (KIP-447).
    pub member: Option<(&'a Str, i32)>,
}

/// What a producer of this world speaks, and over what network. Before KIP-890 a request that comes
/// late or twice could be taken for one of the next transaction, so such a producer needs a connection
/// that does not do that.
fn protocol(stage: &Stage) -> (Protocol, Weather) {
    if stage.flaw == Some(Flaw::SameEpoch) {
        return (Protocol::SameEpoch, Weather::FOUL);
    }
    // Such a write comes to nothing by its epoch where every transaction has another.
    let knows_bumps =
        stage.node.layout().transaction_version >= 2 && stage.writes != Writes::OftenLate;
    match knows_bumps && !stage.world.once_in(4) {
        true => (Protocol::BumpedEpoch, Weather::FOUL),
        false => (Protocol::SameEpoch, Weather::CONNECTED),
    }
}

impl Teller {
    /// Becomes the producer of a transactional id, fencing whoever was it before.
    pub async fn begin(stage: &Stage, transactional_id: &str) -> Option<Teller> {
        let (protocol, weather) = protocol(stage);
        let client = stage.client(weather);
        for _ in 0..20 * ATTEMPTS {
            let request = InitProducerId {
                transactional_id: transactional_id.into(),
                timeout_ms: TRANSACTION_TIMEOUT_MS,
                expected: None,
                two_phase_commit: false,
                keeps_prepared: false,
                fresh: Some(client.node.fresh_producer_id()),
            };
            let reply = client.insist::<TransactionShard, _>(request, ATTEMPTS).await;
            match reply {
                Some(ProducerInitialized::Producer { id, epoch }) => {
                    stage.count(match protocol {
                        Protocol::SameEpoch => "incarnations before KIP-890",
                        Protocol::BumpedEpoch => "incarnations",
                    });
                    return Some(Teller {
                        stage: stage.clone(),
                        client: client.clone(),
                        committing: committing(&client, protocol),
                        writing: stage.client(match (protocol, stage.writes) {
                            (_, Writes::OftenLate) => Weather::SLOW,
                            (Protocol::SameEpoch, _) => Weather::LATE,
                            (Protocol::BumpedEpoch, _) => weather,
                        }),
                        transactional_id: transactional_id.into(),
                        protocol,
                        producer_id: id,
                        producer_epoch: epoch,
                        sequences: BTreeMap::new(),
                        added: BTreeSet::new(),
                        is_lost: false,
                    });
                }
                // The transaction of the one before is being ended; or the node is down.
                Some(_) | None => client.world.sleep_ms(50).await,
            }
        }
        None
    }

    /// Which producer it is now: a later one of the same transactional id has a greater one.
    pub fn incarnation(&self) -> (ProducerId, ProducerEpoch) {
        (self.producer_id, self.producer_epoch)
    }

    /// Writes one value in the transaction, again if no reply comes.
    ///
    /// # Errors
    /// Whether it stands there is not known, or it does not.
    pub async fn write(
        &mut self,
        partition: &TopicPartition,
        value: Vec<u8>,
    ) -> Result<Offset, ErrorCode> {
        self.add(partition).await?;
        let sequence = self.sequences.get(partition).copied().unwrap_or(0);
        // Some lose patience at once.
        let attempts = match self.stage.writes {
            Writes::NowAndThenLate => 1 + self.stage.world.below(u64::from(ATTEMPTS)),
            Writes::OftenLate => 1,
        };
        for _ in 0..attempts {
            let wrote =
                self.writing.write(self.writer(), partition.clone(), sequence, value.clone());
            match wrote.await {
                Ok(Ok(offset)) => {
                    self.sequences.insert(partition.clone(), sequence + 1);
                    return Ok(offset);
                }
                Ok(Err(code)) if is_fatal(code) => {
                    if code == ErrorCode::UnknownServerError {
                        // Clients begin a new epoch after it, and write again what stands there.
                        self.stage.violated("a producer was told UNKNOWN_SERVER_ERROR".into());
                    }
                    self.is_lost |= self.protocol == Protocol::SameEpoch;
                    return Err(code);
                }
                _ => self.client.world.sleep_ms(30).await,
            }
        }
        self.is_lost |= self.protocol == Protocol::SameEpoch;
        Err(ErrorCode::RequestTimedOut)
    }

    fn writer(&self) -> Transactional {
        Transactional {
            transactional_id: self.transactional_id.clone(),
            producer_id: self.producer_id,
            producer_epoch: self.producer_epoch,
            protocol: self.protocol,
        }
    }

    /// Before KIP-890: tells the coordinator that the transaction will write to a partition.
    ///
    /// # Errors
    /// The coordinator's, or no reply came.
    pub async fn add(&mut self, partition: &TopicPartition) -> Result<(), ErrorCode> {
        if self.protocol == Protocol::BumpedEpoch || self.added.contains(partition) {
            return Ok(());
        }
        for _ in 0..ATTEMPTS {
            let request = AddPartitions {
                transactional_id: self.transactional_id.clone(),
                producer_id: self.producer_id,
                producer_epoch: self.producer_epoch,
                partitions: vec![partition.clone()],
                client_version: self.protocol.client_version(),
            };
            match self.client.ask::<TransactionShard, _>(request).await {
                Ok(Ok(PartitionsAdded(ErrorCode::None))) => {
                    self.added.insert(partition.clone());
                    return Ok(());
                }
                Ok(Ok(PartitionsAdded(code))) if is_fatal(code) => return Err(code),
                _ => self.client.world.sleep_ms(30).await,
            }
        }
        Err(ErrorCode::RequestTimedOut)
    }

    /// Commits an offset as part of the transaction.
    ///
    /// # Errors
    /// Whether it is committed is not known, or it is not.
    pub async fn commit_offset(&mut self, commit: Commit<'_>) -> Result<(), ErrorCode> {
        self.add(&TopicPartition::new("__consumer_offsets", 0)).await?;
        let Commit { of, offset, member } = commit;
        let partition = TxnOffsetCommitRequestPartition {
            partition_index: of.partition,
            committed_offset: offset,
            ..TxnOffsetCommitRequestPartition::default()
        };
        let topic = TxnOffsetCommitRequestTopic {
            name: of.topic.into(),
            partitions: vec![partition],
            ..TxnOffsetCommitRequestTopic::default()
        };
        let body = TxnOffsetCommitRequest {
            transactional_id: self.transactional_id.clone(),
            group_id: of.group.into(),
            producer_id: self.producer_id.0,
            producer_epoch: self.producer_epoch.0,
            generation_id: member.map_or(-1, |(_, epoch)| epoch),
            member_id: member.map_or(Str::EMPTY, |(id, _)| id.clone()),
            topics: vec![topic],
            ..TxnOffsetCommitRequest::default()
        };
        for _ in 0..ATTEMPTS {
            match self.committing.commit_in_transaction(self.protocol, body.clone()).await {
                Ok(Ok(reply)) => {
                    let code = reply.topics[0].partitions[0].error_code;
                    return match ErrorCode::from_code(code) {
                        ErrorCode::None => Ok(()),
                        code => Err(code),
                    };
                }
                Ok(Err(code)) if is_fatal(code) => return Err(code),
                _ => self.client.world.sleep_ms(50).await,
            }
        }
        Err(ErrorCode::RequestTimedOut)
    }

    /// Ends the transaction.
    pub async fn end(&mut self, ending: Ending) -> Ended {
        self.added.clear();
        for _ in 0..ATTEMPTS {
            let request = EndTransaction {
                transactional_id: self.transactional_id.clone(),
                producer_id: self.producer_id,
                producer_epoch: self.producer_epoch,
                ending,
                client_version: self.protocol.client_version(),
                fresh: Some(self.client.node.fresh_producer_id()),
            };
            match self.client.ask::<TransactionShard, _>(request).await {
                Ok(Ok(TransactionEnded::Decided { id, epoch })) => {
                    if self.protocol == Protocol::BumpedEpoch {
                        self.begin_epoch(id, epoch);
                    }
                    return Ended::As(ending);
                }
                Ok(Ok(TransactionEnded::Refused(code))) if is_fatal(code) => return Ended::Unknown,
                _ => self.client.world.sleep_ms(30 + self.client.world.below(50)).await,
            }
        }
        Ended::Unknown
    }

    fn begin_epoch(&mut self, id: ProducerId, epoch: ProducerEpoch) {
        if (id, epoch) != self.incarnation() {
            self.sequences.clear();
        }
        if id != self.producer_id {
            self.stage.count("epochs that ran out");
        }
        self.producer_id = id;
        self.producer_epoch = epoch;
    }
}

/// Offsets have no sequence. Before KIP-890 a commit that was given up and is still under way would count
/// for the next transaction, so such a producer waits for as long as it may take.
fn committing(client: &Client, protocol: Protocol) -> Client {
    match protocol {
        Protocol::BumpedEpoch => client.clone(),
        Protocol::SameEpoch => Client { timeout_ms: 12_000, ..client.clone() },
    }
}

/// Whether asking again cannot help.
fn is_fatal(code: ErrorCode) -> bool {
    !matches!(
        code,
        ErrorCode::ConcurrentTransactions
            | ErrorCode::CoordinatorLoadInProgress
            | ErrorCode::CoordinatorNotAvailable
            | ErrorCode::NotCoordinator
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::NotEnoughReplicas
            | ErrorCode::KafkaStorageError
            | ErrorCode::RequestTimedOut
    )
}
