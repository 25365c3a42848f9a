//! DescribeCluster, key 60, versions 0-2.
//!
//! Behaviour: the cluster's id and, on a broker's listener, its brokers as that listener reaches them;
//! on a controller's listener its controllers. Each side knows only its own: MISMATCHED_ENDPOINT_TYPE.
//!
//! Versions: 1 endpoint type (KIP-919) · 2 fenced brokers can be asked for (KIP-1073).

use base::{ErrorCode, Str};
use protocol::messages::describe_cluster_response::DescribeClusterBroker;
use protocol::messages::{DescribeClusterRequest, DescribeClusterResponse};

use super::metadata::controller_id;
use super::{Call, Side, authorized};

/// What a client wants to hear of.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

pub fn handle(call: &Call, request: DescribeClusterRequest) -> DescribeClusterResponse {
    if let Some(refusal) = refusal(call, &request) {
        return refusal;
    }
    let node = call.node();
    let (endpoint_type, controller_id, brokers) = match call.caller.side {
        Side::Broker => {
            let fenced_too = request.include_fenced_brokers;
            (BROKERS, controller_id(&node.image.load()), brokers(call, fenced_too))
        }
        Side::Controller => (CONTROLLERS, node.id.0, controllers(call)),
    };
    DescribeClusterResponse {
        error_message: None,
        endpoint_type,
        cluster_id: node.cluster_id.clone(),
        controller_id,
        brokers,
        cluster_authorized_operations: match request.include_cluster_authorized_operations {
            true => authorized::CLUSTER,
            false => authorized::NOT_ASKED,
        },
        ..DescribeClusterResponse::default()
    }
}

fn refusal(call: &Call, request: &DescribeClusterRequest) -> Option<DescribeClusterResponse> {
    let (code, message) = match (call.caller.side, request.endpoint_type) {
        (Side::Broker, BROKERS) | (Side::Controller, CONTROLLERS) => return None,
        (Side::Broker, CONTROLLERS) => (
            ErrorCode::MismatchedEndpointType,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type \
             CONTROLLER"
                .to_owned(),
        ),
        (Side::Controller, BROKERS) => (
            ErrorCode::MismatchedEndpointType,
            "The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of \
             type BROKER"
                .to_owned(),
        ),
        (_, other) => (
            ErrorCode::UnsupportedEndpointType,
            format!("Unsupported endpoint type {other}"),
        ),
    };
    // The codes came with the field, in version 1.
    let code = if call.version == 0 { ErrorCode::InvalidRequest } else { code };
    Some(DescribeClusterResponse {
        error_code: code.code(),
        error_message: Some(Str::from(message)),
        ..DescribeClusterResponse::default()
    })
}

fn brokers(call: &Call, fenced_too: bool) -> Vec<DescribeClusterBroker> {
    let image = call.node().image.load();
    let shown = image.brokers().filter(|broker| !broker.fenced || fenced_too);
    let described = shown.filter_map(|broker| {
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
    described.collect()
}

/// A quorum of one has one controller, this node.
fn controllers(call: &Call) -> Vec<DescribeClusterBroker> {
    let node = call.node();
    let reached = node.advertised_controllers.iter();
    let reached = reached.filter(|endpoint| endpoint.listener == call.caller.listener);
    let described = reached.map(|endpoint| DescribeClusterBroker {
        broker_id: node.id.0,
        host: endpoint.host.clone(),
        port: i32::from(endpoint.port),
        ..DescribeClusterBroker::default()
    });
    described.collect()
}
