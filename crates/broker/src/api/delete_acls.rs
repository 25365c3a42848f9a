//! DeleteAcls, key 31, versions 1-3.
//!
//! Behaviour: SECURITY_DISABLED for every filter, for there is no authorizer that has rules. A
//! configuration that names one stops the node (`base::config::status`).
//!
//! Versions: 1 patterns of names · 2 flexible · 3 users as resources.

use base::{ErrorCode, Str};
use protocol::messages::delete_acls_response::DeleteAclsFilterResult;
use protocol::messages::{DeleteAclsRequest, DeleteAclsResponse};

pub fn handle(request: &DeleteAclsRequest) -> DeleteAclsResponse {
    let refused = DeleteAclsFilterResult {
        error_code: ErrorCode::SecurityDisabled.code(),
        error_message: Some(Str::from_static("No Authorizer is configured.")),
        ..DeleteAclsFilterResult::default()
    };
    DeleteAclsResponse {
        filter_results: vec![refused; request.filters.len()],
        ..DeleteAclsResponse::default()
    }
}
