//! DescribeCluster, key 60, versions 0-2.
//!
//! Behaviour: the cluster's id and its brokers, as the listener of this connection reaches them.
//! Controllers are not told on a broker's listener: MISMATCHED_ENDPOINT_TYPE.
//!
//! Versions: 1 endpoint type (KIP-919) · 2 fenced brokers can be asked for (KIP-1073).

use base::{ErrorCode, Str};
use protocol::messages::describe_cluster_response::DescribeClusterBroker;
use protocol::messages::{DescribeClusterRequest, DescribeClusterResponse};

use super::metadata::controller_id;
use super::{Call, authorized};

/// What a client wants to hear of.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

pub fn handle(call: &Call, request: DescribeClusterRequest) -> DescribeClusterResponse {
    let refusal = match request.endpoint_type {
        BROKERS => None,
        CONTROLLERS => Some((
            ErrorCode::MismatchedEndpointType,
            "this is a broker's listener; ask a controller for controllers",
        )),
        _ => Some((ErrorCode::UnsupportedEndpointType, "the endpoint type is 1 or 2")),
    };
    if let Some((code, message)) = refusal {
        return DescribeClusterResponse {
            error_code: code.code(),
            error_message: Some(Str::from_static(message)),
            endpoint_type: BROKERS,
            ..DescribeClusterResponse::default()
        };
    }
    let node = call.node();
    let image = node.image.load();
    let shown = image.brokers().filter(|broker| !broker.fenced || request.include_fenced_brokers);
    let brokers = shown.filter_map(|broker| {
        let endpoint = broker.listeners.get(&call.caller.listener)?;
        Some(DescribeClusterBroker {
            broker_id: broker.id.0,
            host: endpoint.host.clone(),
            port: i32::from(endpoint.port),
            rack: broker.rack.clone(),
            is_fenced: broker.fenced,
            ..DescribeClusterBroker::default()
        })
    });
    DescribeClusterResponse {
        error_message: None,
        endpoint_type: BROKERS,
        cluster_id: node.cluster_id.clone(),
        controller_id: controller_id(&image),
        brokers: brokers.collect(),
        cluster_authorized_operations: match request.include_cluster_authorized_operations {
            true => authorized::CLUSTER,
            false => authorized::NOT_ASKED,
        },
        ..DescribeClusterResponse::default()
    }
}
