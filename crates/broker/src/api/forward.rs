//! Handing a request to the controller.

use std::collections::BTreeMap;

use base::{ErrorCode, Str};
use metadata::controller::{Reply, Request};

use super::Call;

/// Asks the controller and unwraps its reply. `unwrap` picks the one kind of reply that the request
/// has; `refuse` builds the response that carries a code everywhere, where the controller is gone.
pub async fn forward<R>(
    call: &Call,
    request: Request,
    unwrap: impl FnOnce(Reply) -> Option<R>,
    refuse: impl FnOnce(ErrorCode) -> R,
) -> R {
    let reply = match call.node().controller.decide(request, call.version).await {
        Ok(reply) => unwrap(reply).ok_or(ErrorCode::UnknownServerError),
        Err(code) => Err(code),
    };
    reply.unwrap_or_else(refuse)
}

/// Where each resource stands in a request. Some are answered here and some by the controller; the
/// response has them in the order of the request again.
pub fn places(asked: impl Iterator<Item = (i8, Str)>) -> BTreeMap<(i8, Str), usize> {
    asked.enumerate().map(|(place, resource)| (resource, place)).collect()
}
