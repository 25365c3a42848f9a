//! DescribeConfigs, key 32, versions 1-4 (0 for old clients).
//!
//! Behaviour: the effective value of each key with its source, and on request its synonyms and its
//! documentation. Topics, groups and client-metrics subscriptions are answered by any node; a
//! broker's and a broker logger's configuration only by that broker. Sensitive values are null.
//!
//! Versions: 1 synonyms, source · 3 documentation, type · 4 flexible.

use std::collections::BTreeMap;

use ::metadata::{ConfigKind, ConfigResource};
use base::config::describe::{self, ConfigSource, Described};
use base::{ErrorCode, Str};
use protocol::messages::describe_configs_request::DescribeConfigsResource;
use protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};

use super::Call;

/// Most keys in one answer: some hundred for each of a thousand resources. A resource may be named as
/// often as fits into a request, and each time in five bytes.
const KEYS_MAX: usize = 200_000;

/// A resource counts for as many keys at least: all of a broker's some hundred are looked at to find
/// those that are asked for, of which there may be none. So ten thousand resources are described.
const LEAST_COUNTED: usize = 20;

pub fn handle(call: &Call, request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let mut left = KEYS_MAX;
    let results = request.resources.iter().map(|resource| {
        let mut result = DescribeConfigsResult {
            // Not null, though there is nothing to say: so does Kafka.
            error_message: Some(Str::EMPTY),
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            ..DescribeConfigsResult::default()
        };
        let described = match left {
            0 => Err(too_many()),
            _ => describe_resource(call, resource),
        };
        match described {
            Ok(described) => {
                left = left.saturating_sub(described.len().max(LEAST_COUNTED));
                let entries = described.into_iter();
                result.configs = entries.map(|entry| wire(call, &request, entry)).collect();
            }
            Err((code, message)) => {
                result.error_code = code.code();
                result.error_message = Some(Str::from(message));
            }
        }
        result
    });
    DescribeConfigsResponse { results: results.collect(), ..DescribeConfigsResponse::default() }
}

fn too_many() -> (ErrorCode, String) {
    let reason = format!(
        "one answer describes {KEYS_MAX} keys at most; ask for fewer resources, or for some of their keys"
    );
    (ErrorCode::PolicyViolation, reason)
}

fn describe_resource(
    call: &Call,
    asked: &DescribeConfigsResource,
) -> Result<Vec<Described>, (ErrorCode, String)> {
    let node = call.node();
    let image = node.image.load();
    let config = node.config.load();
    let name = asked.resource_name.as_str();
    // No list and an empty one both mean every key.
    let keys: Vec<&str> =
        asked.configuration_keys.iter().flatten().map(|key| key.as_str()).collect();
    let kind = ConfigKind::from_code(asked.resource_type).ok_or_else(|| {
        (ErrorCode::InvalidRequest, format!("there is no resource type {}", asked.resource_type))
    })?;
    let resource = ConfigResource { kind, name: asked.resource_name.clone() };
    let own: BTreeMap<String, String> = image
        .config(&resource)
        .iter()
        .map(|(key, value)| (String::from(key), String::from(value)))
        .collect();
    match kind {
        ConfigKind::Topic => {
            base::topic::validate_name(name)
                .map_err(|invalid| (ErrorCode::InvalidTopicException, invalid.to_string()))?;
            if image.topic(name).is_none() {
                return Err((
                    ErrorCode::UnknownTopicOrPartition,
                    format!("there is no topic `{name}`"),
                ));
            }
            Ok(describe::topic(&**config, &own, &keys))
        }
        ConfigKind::Broker if name.is_empty() => Ok(describe::broker_defaults(&**config, &keys)),
        ConfigKind::Broker => {
            check_is_here(call, name)?;
            Ok(describe::broker(&**config, &keys))
        }
        ConfigKind::BrokerLogger => {
            check_is_here(call, name)?;
            Ok(loggers(call, &keys))
        }
        ConfigKind::Group if name.is_empty() => {
            Err((ErrorCode::InvalidRequest, "a group needs a name".into()))
        }
        ConfigKind::Group => Ok(describe::group(&**config, &own, &keys)),
        ConfigKind::ClientMetrics if name.is_empty() => {
            Err((ErrorCode::InvalidRequest, "a subscription to client metrics needs a name".into()))
        }
        ConfigKind::ClientMetrics => Ok(describe::client_metrics(&own, &keys)),
    }
}

/// A broker's own configuration is known to that broker alone.
fn check_is_here(call: &Call, name: &str) -> Result<(), (ErrorCode, String)> {
    let me = call.node().id;
    match name.parse::<i32>() {
        Ok(id) if id == me.0 => Ok(()),
        Ok(id) => Err((
            ErrorCode::InvalidRequest,
            format!("this is broker {me}: ask broker {id} for its configuration"),
        )),
        Err(_) => Err((ErrorCode::InvalidRequest, format!("`{name}` is no broker id"))),
    }
}

/// The log levels of this node, of the root among others.
fn loggers(call: &Call, keys: &[&str]) -> Vec<Described> {
    let all = call.node().log_levels.all();
    all.into_iter()
        .filter(|(name, _)| keys.is_empty() || keys.contains(&name.as_str()))
        .map(|(name, level)| Described {
            name,
            value: Some(level),
            source: ConfigSource::BrokerLogger,
            is_read_only: false,
            is_sensitive: false,
            synonyms: Vec::new(),
            // Kafka tells no type here.
            type_code: 0,
            documentation: None,
        })
        .collect()
}

fn wire(
    call: &Call,
    request: &DescribeConfigsRequest,
    entry: Described,
) -> DescribeConfigsResourceResult {
    let synonym = |synonym: base::config::describe::Alternative| DescribeConfigsSynonym {
        name: Str::from(synonym.name),
        value: synonym.value.map(Str::from),
        source: synonym.source as i8,
        ..DescribeConfigsSynonym::default()
    };
    DescribeConfigsResourceResult {
        name: Str::from(entry.name),
        value: entry.value.map(Str::from),
        read_only: entry.is_read_only,
        // The source says it from version 1 on.
        is_default: call.version == 0 && entry.source == ConfigSource::Default,
        config_source: entry.source as i8,
        is_sensitive: entry.is_sensitive,
        synonyms: match request.include_synonyms {
            true => entry.synonyms.into_iter().map(synonym).collect(),
            false => Vec::new(),
        },
        config_type: entry.type_code,
        documentation: entry
            .documentation
            .filter(|_| request.include_documentation)
            .map(Str::from_static),
        ..DescribeConfigsResourceResult::default()
    }
}
