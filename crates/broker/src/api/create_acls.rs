//! CreateAcls, key 30, versions 1-3.
//!
//! Behaviour: SECURITY_DISABLED for every rule, for there is no authorizer that would obey it. A
//! configuration that names one stops the node (`base::config::status`).
//!
//! Versions: 1 patterns of names · 2 flexible · 3 users as resources.

use base::{ErrorCode, Str};
use protocol::messages::create_acls_response::AclCreationResult;
use protocol::messages::{CreateAclsRequest, CreateAclsResponse};

pub fn handle(request: &CreateAclsRequest) -> CreateAclsResponse {
    let refused = AclCreationResult {
        error_code: ErrorCode::SecurityDisabled.code(),
        error_message: Some(Str::from_static("No Authorizer is configured.")),
        ..AclCreationResult::default()
    };
    CreateAclsResponse {
        results: vec![refused; request.creations.len()],
        ..CreateAclsResponse::default()
    }
}
