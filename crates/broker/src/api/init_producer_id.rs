//! InitProducerId, key 22, versions 0-5, and 6 where unstable versions are served.
//!
//! Behaviour: a producer without a transactional id gets the next id of this broker's block, and
//! epoch 0; if it names an id and epoch it already has, it lost its state and gets a fresh one too
//! (KIP-360). With a transactional id its coordinator says which id and epoch it has from now on, and
//! fences whoever had them; while a transaction of theirs is being ended, CONCURRENT_TRANSACTIONS.
//!
//! Versions: 2 flexible · 3 producer id and epoch · 4 PRODUCER_FENCED · 5 TRANSACTION_ABORTABLE ·
//! 6 two-phase commit (KIP-939).

use base::{ErrorCode, ProducerEpoch, ProducerId};
use coordinator::transaction::{InitProducerId, ProducerInitialized};
use protocol::messages::{InitProducerIdRequest, InitProducerIdResponse};

use super::Call;
use super::transactional::for_version;
use crate::node::Node;
use crate::transactions::fresh_producer_id;

const KNOWS_FENCED_FROM: i16 = 4;

pub async fn handle(call: Call, request: InitProducerIdRequest) -> InitProducerIdResponse {
    match initialise(call.node(), request).await {
        Ok((id, epoch)) => InitProducerIdResponse {
            producer_id: id.0,
            producer_epoch: epoch.0,
            ..InitProducerIdResponse::default()
        },
        Err(code) => InitProducerIdResponse {
            error_code: for_version(code, call.version, KNOWS_FENCED_FROM).code(),
            producer_id: -1,
            producer_epoch: -1,
            ..InitProducerIdResponse::default()
        },
    }
}

async fn initialise(
    node: &Node,
    request: InitProducerIdRequest,
) -> Result<(ProducerId, ProducerEpoch), ErrorCode> {
    let expected = match (ProducerId(request.producer_id), ProducerEpoch(request.producer_epoch)) {
        (ProducerId::NONE, ProducerEpoch::NONE) => None,
        (ProducerId::NONE, _) | (_, ProducerEpoch::NONE) => return Err(ErrorCode::InvalidRequest),
        expected => Some(expected),
    };
    let Some(transactional_id) = request.transactional_id else {
        return Ok((fresh_producer_id(node).await?, ProducerEpoch(0)));
    };
    ask(
        node,
        InitProducerId {
            transactional_id,
            timeout_ms: request.transaction_timeout_ms,
            expected,
            two_phase_commit: request.enable2_pc,
            keeps_prepared: request.keep_prepared_txn,
            fresh: None,
        },
    )
    .await
}

async fn ask(
    node: &Node,
    mut asked: InitProducerId,
) -> Result<(ProducerId, ProducerEpoch), ErrorCode> {
    let transactions = &node.coordinators.transactions;
    let shard = transactions.shard_of(&asked.transactional_id);
    loop {
        match transactions.ask(shard, asked.clone()).await? {
            ProducerInitialized::Producer { id, epoch } => return Ok((id, epoch)),
            ProducerInitialized::Refused(code) => return Err(code),
            ProducerInitialized::WantsProducerId => {
                asked.fresh = Some(fresh_producer_id(node).await?);
            }
        }
    }
}
