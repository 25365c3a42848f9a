//! AlterPartitionReassignments, key 45, versions 0-1.
//!
//! Behaviour: the controller begins, replaces or cancels the move of each partition to other
//! replicas. A partition has an error of its own.
//!
//! Versions: 1 may refuse to change the replication factor (KIP-860).

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::{AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(
    call: Call,
    request: AlterPartitionReassignmentsRequest,
) -> AlterPartitionReassignmentsResponse {
    let refuse = |code: ErrorCode| AlterPartitionReassignmentsResponse {
        error_code: code.code(),
        error_message: None,
        ..AlterPartitionReassignmentsResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::AlterPartitionReassignments(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::AlterPartitionReassignments(request), unwrap, refuse).await
}
