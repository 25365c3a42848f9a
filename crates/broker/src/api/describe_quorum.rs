//! DescribeQuorum, key 55, versions 0-2.
//!
//! Behaviour: the state of the metadata quorum as its leader sees it. Only partition 0 of
//! `__cluster_metadata` is known.
//!
//! Versions: 1 fetch timestamps (KIP-836) · 2 directory ids, nodes, messages (KIP-853).

use protocol::messages::{DescribeQuorumRequest, DescribeQuorumResponse};

use super::Call;

pub async fn handle(call: Call, request: DescribeQuorumRequest) -> DescribeQuorumResponse {
    let answered = call.node().controller.describe_quorum(request).await;
    answered.unwrap_or_else(|code| DescribeQuorumResponse {
        error_code: code.code(),
        error_message: None,
        ..DescribeQuorumResponse::default()
    })
}
