//! InitProducerId, key 22, versions 0-5.
//!
//! Behaviour: a producer without a transactional id gets the next id of this broker's block, and
//! epoch 0. A client that names an id and epoch it already has, and no transactional id, gets a
//! fresh one: it lost its state (KIP-360). Transactions are not served yet; a transactional id is
//! answered with the error that Kafka gives while no coordinator is available.
//!
//! Versions: 2 flexible · 3 producer id and epoch · 4 PRODUCER_FENCED · 5 TRANSACTION_ABORTABLE.

use base::ErrorCode;
use protocol::messages::{InitProducerIdRequest, InitProducerIdResponse};

use super::Call;

pub async fn handle(call: Call, request: InitProducerIdRequest) -> InitProducerIdResponse {
    let refused = |code: ErrorCode| InitProducerIdResponse {
        error_code: code.code(),
        producer_id: -1,
        producer_epoch: -1,
        ..InitProducerIdResponse::default()
    };
    match &request.transactional_id {
        Some(id) if id.is_empty() => return refused(ErrorCode::InvalidRequest),
        Some(_) => return refused(ErrorCode::CoordinatorNotAvailable),
        None => {}
    }
    let node = call.node();
    let epoch = node.image.load().broker(node.id).map_or(-1, |broker| broker.epoch);
    match node.producer_ids.next(&node.controller, node.id.0, epoch).await {
        Ok(id) => InitProducerIdResponse {
            producer_id: id.0,
            producer_epoch: 0,
            ..InitProducerIdResponse::default()
        },
        Err(code) => refused(code),
    }
}
