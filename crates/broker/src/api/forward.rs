//! Handing a request to the controller.

use std::collections::{BTreeMap, BTreeSet};

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

/// The resources of a request. Some are answered here and some by the controller; the response has
/// them in the order of the request again.
pub struct Resources {
    places: BTreeMap<(i8, Str), usize>,
    repeated: BTreeSet<(i8, Str)>,
}

impl Resources {
    pub fn of(named: impl Iterator<Item = (i8, Str)>) -> Resources {
        let mut resources = Resources { places: BTreeMap::new(), repeated: BTreeSet::new() };
        for (place, resource) in named.enumerate() {
            if resources.places.insert(resource.clone(), place).is_some() {
                resources.repeated.insert(resource);
            }
        }
        resources
    }

    /// What is named twice is neither checked nor changed: which of the two would hold?
    ///
    /// # Errors
    /// INVALID_REQUEST
    pub fn check_named_once(&self, kind: i8, name: &Str) -> Result<(), (ErrorCode, String)> {
        match self.repeated.contains(&(kind, name.clone())) {
            true => Err((
                ErrorCode::InvalidRequest,
                format!("resource `{name}` stands in the request more than once"),
            )),
            false => Ok(()),
        }
    }

    pub fn place(&self, kind: i8, name: &Str) -> Option<usize> {
        self.places.get(&(kind, name.clone())).copied()
    }
}
