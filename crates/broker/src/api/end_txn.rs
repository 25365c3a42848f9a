//! EndTxn, key 26, versions 0-5.
//!
//! Behaviour: answered once the decision stands in the coordinator's log; markers follow. Until they
//! are written the next operation hears CONCURRENT_TRANSACTIONS. Version 5 stands for transaction
//! version 2: the producer goes on with the id and epoch of the reply, and a repeated request gets
//! the same ones.
//!
//! Versions: 2 PRODUCER_FENCED · 3 flexible · 4 TRANSACTION_ABORTABLE · 5 producer id and epoch (KIP-890).

use base::{ErrorCode, ProducerEpoch, ProducerId};
use coordinator::Ending;
use coordinator::transaction::{EndTransaction, TransactionEnded};
use protocol::messages::{EndTxnRequest, EndTxnResponse};

use super::Call;
use super::transactional::for_version;
use crate::node::Node;
use crate::transactions::fresh_producer_id;

const KNOWS_FENCED_FROM: i16 = 2;
const BUMPS_FROM: i16 = 5;

pub async fn handle(call: Call, request: EndTxnRequest) -> EndTxnResponse {
    let asked = EndTransaction {
        transactional_id: request.transactional_id,
        producer_id: ProducerId(request.producer_id),
        producer_epoch: ProducerEpoch(request.producer_epoch),
        ending: if request.committed { Ending::Commit } else { Ending::Abort },
        client_version: if call.version < BUMPS_FROM { 0 } else { 2 },
        fresh: None,
    };
    let none = (ProducerId::NONE, ProducerEpoch::NONE);
    let (code, (id, epoch)) = match end(call.node(), asked).await {
        Ok(producer) => (ErrorCode::None, producer),
        Err(code) => (code, none),
    };
    EndTxnResponse {
        error_code: for_version(code, call.version, KNOWS_FENCED_FROM).code(),
        producer_id: id.0,
        producer_epoch: epoch.0,
        ..EndTxnResponse::default()
    }
}

async fn end(
    node: &Node,
    mut asked: EndTransaction,
) -> Result<(ProducerId, ProducerEpoch), ErrorCode> {
    let transactions = &node.coordinators.transactions;
    let shard = transactions.shard_of(&asked.transactional_id);
    loop {
        match transactions.ask(shard, asked.clone()).await? {
            TransactionEnded::Decided { id, epoch } => return Ok((id, epoch)),
            TransactionEnded::Refused(code) => return Err(code),
            TransactionEnded::WantsProducerId => {
                asked.fresh = Some(fresh_producer_id(node).await?);
            }
        }
    }
}
