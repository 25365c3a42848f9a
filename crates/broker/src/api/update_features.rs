//! UpdateFeatures, key 57, versions 0-2.
//!
//! Behaviour: the controller checks the levels against what every node supports and against each
//! other, and writes them.
//!
//! Versions: 1 upgrade type, validate only · 2 no results per feature.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::{UpdateFeaturesRequest, UpdateFeaturesResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(call: Call, request: UpdateFeaturesRequest) -> UpdateFeaturesResponse {
    let refuse = |code: ErrorCode| UpdateFeaturesResponse {
        error_code: code.code(),
        error_message: None,
        ..UpdateFeaturesResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::UpdateFeatures(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::UpdateFeatures(request), unwrap, refuse).await
}
