//! AlterConfigs, key 33, versions 0-2; deprecated in favour of IncrementalAlterConfigs.
//!
//! Behaviour: replaces the whole configuration of a resource: keys that are not named lose their
//! values. A broker's is checked by that broker first. Log levels cannot be replaced this way.
//!
//! Versions: 2 flexible.

use ::metadata::ConfigKind;
use ::metadata::controller::{Reply, Request};
use base::config::{alter, key::Level};
use base::{ErrorCode, Str};
use protocol::messages::alter_configs_request::AlterConfigsResource;
use protocol::messages::alter_configs_response::AlterConfigsResourceResponse;
use protocol::messages::{AlterConfigsRequest, AlterConfigsResponse};

use super::Call;
use super::forward::{Resources, forward};
use super::incremental_alter_configs::check_broker;

pub async fn handle(call: Call, mut request: AlterConfigsRequest) -> AlterConfigsResponse {
    let resources = Resources::of(
        request.resources.iter().map(|asked| (asked.resource_type, asked.resource_name.clone())),
    );
    let mut answered = Vec::new();
    let mut forwarded = Vec::new();
    for resource in std::mem::take(&mut request.resources) {
        let checked = resources
            .check_named_once(resource.resource_type, &resource.resource_name)
            .and_then(|()| check_here(&call, &resource));
        match checked {
            Ok(()) => forwarded.push(resource),
            Err((code, message)) => answered.push(response(&resource, code, Some(message))),
        }
    }
    request.resources = forwarded.clone();
    let mut reply = AlterConfigsResponse::default();
    if !forwarded.is_empty() {
        let refuse = |code| AlterConfigsResponse {
            responses: forwarded.iter().map(|resource| response(resource, code, None)).collect(),
            ..AlterConfigsResponse::default()
        };
        let unwrap = |reply| match reply {
            Reply::AlterConfigs(response) => Some(response),
            _ => None,
        };
        reply = forward(&call, Request::AlterConfigs(request), unwrap, refuse).await;
    }
    reply.responses.extend(answered);
    reply
        .responses
        .sort_by_key(|answer| resources.place(answer.resource_type, &answer.resource_name));
    reply
}

fn check_here(call: &Call, resource: &AlterConfigsResource) -> Result<(), (ErrorCode, String)> {
    match ConfigKind::from_code(resource.resource_type) {
        Some(ConfigKind::Broker) => check_broker(call, &resource.resource_name, |current| {
            let new: Vec<(String, Option<String>)> = resource
                .configs
                .iter()
                .map(|config| (String::from(&config.name), config.value.as_ref().map(String::from)))
                .collect();
            Ok(alter::apply(current, &alter::replace(Level::Broker, current, &new)?))
        }),
        Some(ConfigKind::BrokerLogger) => Err((
            ErrorCode::InvalidRequest,
            "log levels are changed with IncrementalAlterConfigs".to_owned(),
        )),
        Some(_) => Ok(()),
        None => Err((
            ErrorCode::InvalidRequest,
            format!("there is no resource type {}", resource.resource_type),
        )),
    }
}

fn response(
    resource: &AlterConfigsResource,
    code: ErrorCode,
    message: Option<String>,
) -> AlterConfigsResourceResponse {
    AlterConfigsResourceResponse {
        error_code: code.code(),
        error_message: message.map(Str::from),
        resource_type: resource.resource_type,
        resource_name: resource.resource_name.clone(),
        ..AlterConfigsResourceResponse::default()
    }
}
