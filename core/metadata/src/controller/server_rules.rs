//! [`ConfigRules`] from the keys declared in `base::config` and the static configuration of this
//! node.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base::config::alter;
use base::config::describe::{self, Described};
use base::config::key::{Key, Kind};
use base::config::settings::Source;
use base::config::{Layers, ServerConfig, TopicDefaults, keys};
use base::{BrokerId, ErrorCode, Str, topic};

use super::{ConfigRules, EffectiveConfig, Refusal, TopicLayers};
use crate::{ConfigKind, ConfigMap, ConfigResource};

const REMOTE_STORAGE_ENABLE: &str = "remote.storage.enable";

/// The rules of a node that was started with `server`.
pub struct ServerRules {
    /// As it was given at start, without anything dynamic.
    server: ServerConfig,
    /// What a topic without configuration of its own has on this node by file and default alone.
    defaults: TopicDefaults,
    /// The last dynamic configuration that topics were described under. Thousands of topics are
    /// created under the same one, and describing one costs a tenth of a millisecond.
    described: Mutex<Option<DescribedTopic>>,
}

/// A topic without configuration of its own, described under one dynamic configuration.
struct DescribedTopic {
    node: ConfigMap,
    cluster: ConfigMap,
    values: Vec<EffectiveConfig>,
}

impl ServerRules {
    /// `server` as it was started, before any dynamic configuration: that comes from the image
    /// with every question.
    pub fn new(server: &ServerConfig) -> ServerRules {
        let fixed = Layers { fixed: server.layers.fixed.clone(), ..Layers::default() };
        let defaults = server.topic_defaults();
        let server = ServerConfig { layers: fixed, ..server.clone() };
        ServerRules { server, defaults, described: Mutex::new(None) }
    }

    fn describe(&self, layers: TopicLayers<'_>, own: &ConfigMap) -> Vec<EffectiveConfig> {
        let layers = Layers {
            dynamic_broker: texts(layers.node),
            dynamic_default: texts(layers.cluster),
            fixed: self.server.layers.fixed.clone(),
        };
        let described = describe::topic(&layers, &texts(own), &[]);
        described.into_iter().map(effective).collect()
    }
}

impl ConfigRules for ServerRules {
    fn check(
        &self,
        resource: &ConfigResource,
        new: &ConfigMap,
        old: &ConfigMap,
    ) -> Result<(), Refusal> {
        let name = &resource.name;
        let nameless = |what| Err(Refusal::new(ErrorCode::InvalidRequest, what));
        match resource.kind {
            ConfigKind::Topic if name.is_empty() => {
                nameless("there are no defaults for all topics: set them on the brokers")
            }
            ConfigKind::Topic => {
                topic::validate_name(name)
                    .map_err(|invalid| Refusal::new(ErrorCode::InvalidTopicException, invalid))?;
                if [old, new].iter().any(|config| config.contains_key(REMOTE_STORAGE_ENABLE)) {
                    // What goes with it depends on what the topic had before.
                    let checked = alter::check_topic(&self.server, &texts(old), &texts(new));
                    return checked.map(drop).map_err(refusal);
                }
                base::config::TopicConfig::resolve(&texts(new), &self.defaults)
                    .map(drop)
                    .map_err(|invalid| Refusal::new(ErrorCode::InvalidConfig, invalid))
            }
            // The values of a broker's keys are that broker's to check: only it knows its file.
            ConfigKind::Broker => check_broker_name(name),
            ConfigKind::Group if name.is_empty() => {
                nameless("there are no defaults for all groups: set them on the brokers")
            }
            ConfigKind::Group => alter::check_group(&self.server, &texts(new)).map_err(refusal),
            ConfigKind::ClientMetrics if name.is_empty() => {
                nameless("a subscription to client metrics needs a name")
            }
            ConfigKind::ClientMetrics => alter::check_client_metrics(&texts(new)).map_err(refusal),
            ConfigKind::BrokerLogger => nameless("log levels are not kept in the metadata"),
        }
    }

    fn is_list(&self, kind: ConfigKind, key: &str) -> bool {
        find(kind, key).is_some_and(|key| key.kind == Kind::List)
    }

    fn default_value(&self, kind: ConfigKind, key: &str) -> Option<Str> {
        find(kind, key)?.default_text().map(Str::from_static)
    }

    fn topic_value(&self, key: &str, layers: TopicLayers<'_>) -> Option<Str> {
        if let Some(own) = layers.topic.get(key) {
            return Some(own.clone());
        }
        let key = keys::find_topic(key)?;
        for layer in [layers.node, layers.cluster] {
            for synonym in key.synonyms {
                if let Some(text) = layer.get(synonym.name) {
                    return Some(scaled(text, synonym.scale));
                }
            }
        }
        self.defaults.text(key).map(Str::from)
    }

    fn topic_values(&self, layers: TopicLayers<'_>) -> Vec<EffectiveConfig> {
        if !layers.topic.is_empty() {
            return self.describe(layers, layers.topic);
        }
        // A panic while the lock was held cannot have left half a description.
        let mut described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
        match &*described {
            Some(known) if known.node == *layers.node && known.cluster == *layers.cluster => {
                known.values.clone()
            }
            _ => {
                let values = self.describe(layers, layers.topic);
                *described = Some(DescribedTopic {
                    node: layers.node.clone(),
                    cluster: layers.cluster.clone(),
                    values: values.clone(),
                });
                values
            }
        }
    }

    fn static_min_insync_replicas(&self) -> i32 {
        let key = keys::find_broker("min.insync.replicas");
        let text = key.and_then(|key| self.server.layers.text(key));
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(1)
    }
}

fn find(kind: ConfigKind, name: &str) -> Option<&'static Key> {
    match kind {
        ConfigKind::Topic => keys::find_topic(name),
        ConfigKind::Broker => keys::find_broker(name),
        ConfigKind::Group => keys::find_group(name),
        ConfigKind::ClientMetrics => keys::find_client_metrics(name),
        ConfigKind::BrokerLogger => None,
    }
}

fn refusal(rejected: alter::Rejected) -> Refusal {
    Refusal::new(rejected.code, rejected.message)
}

fn check_broker_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Ok(());
    }
    match name.parse().map(BrokerId) {
        Ok(BrokerId(0..)) => Ok(()),
        _ => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            format_args!("a broker is named by its number, 0 or more, got `{name}`"),
        )),
    }
}

fn texts(config: &ConfigMap) -> BTreeMap<String, String> {
    config.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn scaled(text: &Str, scale: i64) -> Str {
    match text.trim().parse::<i64>() {
        Ok(count) if scale != 1 => Str::from(count.saturating_mul(scale).to_string()),
        _ => text.clone(),
    }
}

fn effective(described: Described) -> EffectiveConfig {
    EffectiveConfig {
        name: Str::from(described.name),
        value: described.value.map(Str::from),
        source: described.source as i8,
        sensitive: described.is_sensitive,
    }
}
