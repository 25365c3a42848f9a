//! IncrementalAlterConfigs, key 44, versions 0-1.
//!
//! Behaviour: sets, deletes, appends to or subtracts from single keys. What concerns a broker is
//! checked by that broker, because only it knows its file; log levels never leave it. The rest is
//! the controller's. Each resource has an error of its own.
//!
//! Versions: 1 flexible.

use std::collections::BTreeMap;

use ::metadata::controller::{Reply, Request};
use ::metadata::{ConfigKind, ConfigResource};
use base::config::alter::{self, Change, Operation, Scope};
use base::config::key::Level;
use base::{ErrorCode, Str};
use protocol::messages::incremental_alter_configs_request::AlterConfigsResource;
use protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use protocol::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

use super::Call;
use super::forward::{Resources, forward};
use crate::log_levels;

pub async fn handle(
    call: Call,
    mut request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let resources = Resources::of(
        request.resources.iter().map(|asked| (asked.resource_type, asked.resource_name.clone())),
    );
    let mut answered = Vec::new();
    let mut forwarded = Vec::new();
    for resource in std::mem::take(&mut request.resources) {
        let checked = resources
            .check_named_once(resource.resource_type, &resource.resource_name)
            .and_then(|()| check_here(&call, &resource, request.validate_only));
        match checked {
            Ok(Here::Forward) => forwarded.push(resource),
            Ok(Here::Done) => answered.push(response(&resource, ErrorCode::None, None)),
            Err((code, message)) => answered.push(response(&resource, code, Some(message))),
        }
    }
    request.resources = forwarded.clone();
    let mut reply = IncrementalAlterConfigsResponse::default();
    if !forwarded.is_empty() {
        let refuse = |code| IncrementalAlterConfigsResponse {
            responses: forwarded.iter().map(|resource| response(resource, code, None)).collect(),
            ..IncrementalAlterConfigsResponse::default()
        };
        let unwrap = |reply| match reply {
            Reply::IncrementalAlterConfigs(response) => Some(response),
            _ => None,
        };
        reply = forward(&call, Request::IncrementalAlterConfigs(request), unwrap, refuse).await;
    }
    reply.responses.extend(answered);
    reply
        .responses
        .sort_by_key(|answer| resources.place(answer.resource_type, &answer.resource_name));
    reply
}

/// What this node says of a resource before the controller is asked.
enum Here {
    Forward,
    Done,
}

fn check_here(
    call: &Call,
    resource: &AlterConfigsResource,
    validate_only: bool,
) -> Result<Here, (ErrorCode, String)> {
    let kind = ConfigKind::from_code(resource.resource_type);
    let changes: Option<Vec<Change>> = resource
        .configs
        .iter()
        .map(|config| {
            Some(Change {
                name: String::from(&config.name),
                operation: Operation::from_code(config.config_operation).ok()?,
                value: config.value.as_ref().map(String::from),
            })
        })
        .collect();
    let Some(changes) = changes else {
        let message = "a config operation is 0 (SET), 1 (DELETE), 2 (APPEND) or 3 (SUBTRACT)";
        return Err((ErrorCode::InvalidRequest, message.into()));
    };
    match kind {
        Some(ConfigKind::Broker) => {
            check_broker(call, &resource.resource_name, |current| {
                Ok(alter::apply(current, &alter::merge(Level::Broker, current, &changes)?))
            })?;
            Ok(Here::Forward)
        }
        Some(ConfigKind::BrokerLogger) => {
            set_levels(call, &resource.resource_name, &changes, validate_only)?;
            Ok(Here::Done)
        }
        Some(_) => Ok(Here::Forward),
        None => Err((
            ErrorCode::InvalidRequest,
            format!("there is no resource type {}", resource.resource_type),
        )),
    }
}

/// Checks what a broker's dynamic configuration would be. `after` makes it from what it is.
pub fn check_broker(
    call: &Call,
    name: &Str,
    after: impl FnOnce(&BTreeMap<String, String>) -> Result<BTreeMap<String, String>, alter::Rejected>,
) -> Result<(), (ErrorCode, String)> {
    let node = call.node();
    let scope = match name.is_empty() {
        true => Scope::All,
        false if name.parse() == Ok(node.id.0) => Scope::One,
        false => {
            let message = format!("this is broker {}: ask broker {name} to change it", node.id);
            return Err((ErrorCode::InvalidRequest, message));
        }
    };
    let image = node.image.load();
    let resource = ConfigResource { kind: ConfigKind::Broker, name: name.clone() };
    let current = image
        .config(&resource)
        .iter()
        .map(|(key, value)| (String::from(key), String::from(value)))
        .collect();
    let checked =
        after(&current).and_then(|new| alter::check_broker(&node.config.load(), scope, &new));
    checked.map(drop).map_err(|rejected| (rejected.code, rejected.message))
}

/// Sets log levels of this node.
fn set_levels(
    call: &Call,
    name: &Str,
    changes: &[Change],
    validate_only: bool,
) -> Result<(), (ErrorCode, String)> {
    let node = call.node();
    if name.parse() != Ok(node.id.0) {
        let message = format!("this is broker {}: ask broker `{name}` for its log levels", node.id);
        return Err((ErrorCode::InvalidRequest, message));
    }
    node.log_levels.change(|levels| {
        let after = levels_after(levels, changes)?;
        Ok((!validate_only).then_some(after))
    })
}

fn levels_after(
    levels: &BTreeMap<String, String>,
    changes: &[Change],
) -> Result<BTreeMap<String, String>, (ErrorCode, String)> {
    let mut after = levels.clone();
    for change in changes {
        match (change.operation, &change.value) {
            (Operation::Set, Some(level)) if log_levels::NAMES.contains(&level.as_str()) => {
                after.insert(change.name.clone(), level.clone());
            }
            (Operation::Set, level) => {
                let level = level.as_deref().unwrap_or("null");
                let names = log_levels::NAMES.join(", ");
                let message = format!("a log level is one of {names}, got {level}");
                return Err((ErrorCode::InvalidConfig, message));
            }
            (Operation::Delete, _) if change.name == log_levels::ROOT => {
                let message = "the level of the root logger can be set, not deleted".to_owned();
                return Err((ErrorCode::InvalidRequest, message));
            }
            (Operation::Delete, _) => drop(after.remove(&change.name)),
            (Operation::Append | Operation::Subtract, _) => {
                let message = "log levels can be set and deleted only".to_owned();
                return Err((ErrorCode::InvalidRequest, message));
            }
        }
    }
    Ok(after)
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
