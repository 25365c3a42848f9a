//! UnregisterBroker, key 64, version 0.
//!
//! Behaviour: the controller forgets a broker's registration; the partitions it held lose it from
//! their in-sync replicas. A broker that still runs would register again.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::{UnregisterBrokerRequest, UnregisterBrokerResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(call: Call, request: UnregisterBrokerRequest) -> UnregisterBrokerResponse {
    let refuse = |code: ErrorCode| UnregisterBrokerResponse {
        error_code: code.code(),
        error_message: None,
        ..UnregisterBrokerResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::UnregisterBroker(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::UnregisterBroker(request), unwrap, refuse).await
}
