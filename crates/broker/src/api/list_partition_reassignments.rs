//! ListPartitionReassignments, key 46, version 0.
//!
//! Behaviour: computed from the controller's state: the partitions that have replicas to add or to
//! remove.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::{ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(
    call: Call,
    request: ListPartitionReassignmentsRequest,
) -> ListPartitionReassignmentsResponse {
    let refuse = |code: ErrorCode| ListPartitionReassignmentsResponse {
        error_code: code.code(),
        error_message: None,
        ..ListPartitionReassignmentsResponse::default()
    };
    let unwrap = |reply| match reply {
        Reply::ListPartitionReassignments(response) => Some(response),
        _ => None,
    };
    forward(&call, Request::ListPartitionReassignments(request), unwrap, refuse).await
}
