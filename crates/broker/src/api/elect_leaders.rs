//! ElectLeaders, key 43, versions 0-2.
//!
//! Behaviour: the controller gives the lead to the preferred replica, or, where a partition has none,
//! to whichever lives (unclean). Each partition has an error of its own; without a list, only
//! partitions that were elected are named.
//!
//! Versions: 1 election type, top-level error · 2 flexible.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::{ElectLeadersRequest, ElectLeadersResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(call: Call, request: ElectLeadersRequest) -> ElectLeadersResponse {
    let refuse = |code: ErrorCode| ElectLeadersResponse {
        error_code: code.code(),
        ..ElectLeadersResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::ElectLeaders(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::ElectLeaders(request), unwrap, refuse).await
}
