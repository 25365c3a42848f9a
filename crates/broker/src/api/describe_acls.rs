//! DescribeAcls, key 29, versions 1-3.
//!
//! Behaviour: SECURITY_DISABLED, for there is no authorizer whose rules could be described. A
//! configuration that names one stops the node (`base::config::status`).
//!
//! Versions: 1 patterns of names · 2 flexible · 3 users as resources.

use base::{ErrorCode, Str};
use protocol::messages::{DescribeAclsRequest, DescribeAclsResponse};

pub fn handle(_request: &DescribeAclsRequest) -> DescribeAclsResponse {
    DescribeAclsResponse {
        error_code: ErrorCode::SecurityDisabled.code(),
        error_message: Some(Str::from_static("No Authorizer is configured on the broker")),
        ..DescribeAclsResponse::default()
    }
}
