//! A transactional producer, as tasks use it: transaction version 2, whose epoch moves with every
//! transaction (KIP-890).

use std::collections::BTreeMap;

use base::{ErrorCode, Offset, ProducerEpoch, ProducerId, Str};
use coordinator::Ending;
use coordinator::transaction::{
    EndTransaction, InitProducerId, ProducerInitialized, TopicPartition, TransactionEnded,
    TransactionShard,
};

use crate::client::Client;
use crate::node::Produce;

/// How long a transaction may be open before the coordinator aborts it.
pub const TRANSACTION_TIMEOUT_MS: i32 = 3_000;

const ATTEMPTS: u32 = 4;

pub struct Teller {
    pub client: Client,
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    sequences: BTreeMap<TopicPartition, i32>,
}

/// What a producer knows of a transaction that it has asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    As(Ending),
    /// It may have ended as asked, or otherwise, or will yet. The producer must begin anew.
    Unknown,
}

impl Teller {
    /// Becomes the producer of a transactional id, fencing whoever was it before.
    pub async fn begin(client: &Client, transactional_id: &str) -> Option<Teller> {
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
                    return Some(Teller {
                        client: client.clone(),
                        transactional_id: transactional_id.into(),
                        producer_id: id,
                        producer_epoch: epoch,
                        sequences: BTreeMap::new(),
                    });
                }
                // The transaction of the one before is being ended; or the node is down.
                Some(_) | None => client.world.sleep_ms(50).await,
            }
        }
        None
    }

    /// Writes one value in the transaction, again if no reply comes.
    pub async fn write(
        &mut self,
        partition: &TopicPartition,
        value: Vec<u8>,
    ) -> Result<Offset, ErrorCode> {
        let sequence = self.sequences.entry(partition.clone()).or_insert(0);
        let produce = Produce {
            partition: partition.clone(),
            transactional_id: self.transactional_id.clone(),
            producer_id: self.producer_id,
            producer_epoch: self.producer_epoch,
            sequence: *sequence,
            values: vec![value],
        };
        for _ in 0..ATTEMPTS {
            match self.client.produce(produce.clone()).await {
                Ok(Ok(offset)) => {
                    *sequence += 1;
                    return Ok(offset);
                }
                Ok(Err(code)) if is_fatal(code) => return Err(code),
                _ => self.client.world.sleep_ms(30).await,
            }
        }
        Err(ErrorCode::RequestTimedOut)
    }

    /// Ends the transaction.
    pub async fn end(&mut self, ending: Ending) -> Ended {
        for _ in 0..ATTEMPTS {
            let request = EndTransaction {
                transactional_id: self.transactional_id.clone(),
                producer_id: self.producer_id,
                producer_epoch: self.producer_epoch,
                ending,
                client_version: 2,
                fresh: Some(self.client.node.fresh_producer_id()),
            };
            match self.client.ask::<TransactionShard, _>(request).await {
                Ok(Ok(TransactionEnded::Decided { id, epoch })) => {
                    if (id, epoch) != (self.producer_id, self.producer_epoch) {
                        self.sequences.clear();
                    }
                    self.producer_id = id;
                    self.producer_epoch = epoch;
                    return Ended::As(ending);
                }
                Ok(Ok(TransactionEnded::Refused(code))) if is_fatal(code) => return Ended::Unknown,
                _ => self.client.world.sleep_ms(30 + self.client.world.below(50)).await,
            }
        }
        Ended::Unknown
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
            | ErrorCode::RequestTimedOut
    )
}
