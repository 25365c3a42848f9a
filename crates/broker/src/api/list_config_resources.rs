//! ListConfigResources, key 74, versions 0-1.
//!
//! Behaviour: names the resources that have, or can have, configuration: client-metrics
//! subscriptions, topics, brokers, broker loggers, groups. Without types all of them are named.
//!
//! Versions: 0 client-metrics subscriptions only · 1 any type (KIP-1142).

use std::collections::BTreeSet;

use ::metadata::ConfigKind;
use base::{ErrorCode, Str};
use protocol::messages::list_config_resources_response::ConfigResource;
use protocol::messages::{ListConfigResourcesRequest, ListConfigResourcesResponse};

use super::Call;

const ALL: [ConfigKind; 5] = [
    ConfigKind::Topic,
    ConfigKind::Broker,
    ConfigKind::BrokerLogger,
    ConfigKind::ClientMetrics,
    ConfigKind::Group,
];

pub fn handle(call: &Call, request: ListConfigResourcesRequest) -> ListConfigResourcesResponse {
    let kinds: Option<BTreeSet<ConfigKind>> =
        match (call.version, request.resource_types.is_empty()) {
            (0, _) => Some(BTreeSet::from([ConfigKind::ClientMetrics])),
            (_, true) => Some(BTreeSet::from(ALL)),
            _ => request.resource_types.iter().map(|code| ConfigKind::from_code(*code)).collect(),
        };
    let Some(kinds) = kinds else {
        return ListConfigResourcesResponse {
            error_code: ErrorCode::UnsupportedVersion.code(),
            ..ListConfigResourcesResponse::default()
        };
    };
    let config_resources = kinds.into_iter().flat_map(|kind| named(call, kind)).collect();
    ListConfigResourcesResponse { config_resources, ..ListConfigResourcesResponse::default() }
}

fn named(call: &Call, kind: ConfigKind) -> Vec<ConfigResource> {
    let image = call.node().image.load();
    let names: BTreeSet<Str> = match kind {
        ConfigKind::Topic => image.topics().iter().map(|topic| topic.name.clone()).collect(),
        ConfigKind::Broker | ConfigKind::BrokerLogger => {
            image.brokers().map(|broker| Str::from(broker.id.0.to_string())).collect()
        }
        ConfigKind::ClientMetrics | ConfigKind::Group => {
            let configured = image.configs().filter(|(resource, _)| resource.kind == kind);
            configured.map(|(resource, _)| resource.name.clone()).collect()
        }
    };
    let resource = |name| ConfigResource {
        resource_name: name,
        resource_type: kind.code(),
        ..ConfigResource::default()
    };
    names.into_iter().map(resource).collect()
}
