//! AllocateProducerIds, key 67, version 0. Controllers' listeners only.
//!
//! Behaviour: the controller gives a broker a block of producer ids that no broker has had, and logs
//! where the next block begins before it answers.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::{AllocateProducerIdsRequest, AllocateProducerIdsResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(
    call: Call,
    request: AllocateProducerIdsRequest,
) -> AllocateProducerIdsResponse {
    let refuse = |code: ErrorCode| AllocateProducerIdsResponse {
        error_code: code.code(),
        ..AllocateProducerIdsResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::AllocateProducerIds(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::AllocateProducerIds(request), unwrap, refuse).await
}
