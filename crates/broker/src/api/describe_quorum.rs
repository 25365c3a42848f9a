//! DescribeQuorum, key 55, versions 0-2.
//!
//! Behaviour: the state of the metadata quorum as its leader sees it. Only partition 0 of
//! `__cluster_metadata` is known.
//!
//! Versions: 1 fetch timestamps (KIP-836) · 2 directory ids, nodes, messages (KIP-853).

use base::Uuid;
use protocol::messages::{DescribeQuorumRequest, DescribeQuorumResponse};

use super::Call;

pub async fn handle(call: Call, request: DescribeQuorumRequest) -> DescribeQuorumResponse {
    let answered = call.node().controller.describe_quorum(request).await;
    let mut response = answered.unwrap_or_else(|code| DescribeQuorumResponse {
        error_code: code.code(),
        error_message: None,
        ..DescribeQuorumResponse::default()
    });
    if call.version < 2 {
        // An older client has no place for nodes and directories.
        response.nodes.clear();
        let partitions = response.topics.iter_mut().flat_map(|topic| &mut topic.partitions);
        for partition in partitions {
            let replicas = partition.current_voters.iter_mut().chain(&mut partition.observers);
            replicas.for_each(|replica| replica.replica_directory_id = Uuid::ZERO);
        }
    }
    response
}
