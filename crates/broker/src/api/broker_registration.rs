//! BrokerRegistration, key 62, versions 0-4. Controllers' listeners only.
//!
//! Behaviour: the controller admits a broker, fenced until its heartbeats show that it has caught up,
//! or says why it cannot be one of this cluster.
//!
//! Versions: 1 migrating brokers · 2 log directories (KIP-858) · 3 the epoch before a clean stop
//! (KIP-966) · 4 features whose lowest level is 0.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::{BrokerRegistrationRequest, BrokerRegistrationResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(call: Call, request: BrokerRegistrationRequest) -> BrokerRegistrationResponse {
    let refuse = |code: ErrorCode| BrokerRegistrationResponse {
        error_code: code.code(),
        ..BrokerRegistrationResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::RegisterBroker(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::RegisterBroker(request), unwrap, refuse).await
}
