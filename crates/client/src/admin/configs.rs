//! Configuration of topics, brokers and groups: describe and alter.

use base::Str;
use protocol::messages::describe_configs_request::DescribeConfigsResource;
use protocol::messages::describe_configs_response::DescribeConfigsSynonym;
use protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use protocol::messages::{
    DescribeConfigsRequest, IncrementalAlterConfigsRequest, ListConfigResourcesRequest,
};

use super::{Admin, check, missing};
use crate::connection::Connection;
use crate::error::Result;

/// What has a configuration. The numbers are `ConfigResource.Type`'s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigResource {
    Topic(Str),
    /// A broker's id; `None` is the default of all brokers.
    Broker(Option<i32>),
    /// A broker's log levels.
    BrokerLogger(i32),
    ClientMetrics(Str),
    Group(Str),
}

impl ConfigResource {
    fn code(&self) -> i8 {
        match self {
            ConfigResource::Topic(_) => 2,
            ConfigResource::Broker(_) => 4,
            ConfigResource::BrokerLogger(_) => 8,
            ConfigResource::ClientMetrics(_) => 16,
            ConfigResource::Group(_) => 32,
        }
    }

    fn name(&self) -> Str {
        match self {
            ConfigResource::Topic(name)
            | ConfigResource::ClientMetrics(name)
            | ConfigResource::Group(name) => name.clone(),
            ConfigResource::Broker(None) => Str::EMPTY,
            ConfigResource::Broker(Some(id)) | ConfigResource::BrokerLogger(id) => {
                Str::from(id.to_string())
            }
        }
    }

    /// The broker that alone can answer.
    fn broker(&self) -> Option<i32> {
        match self {
            ConfigResource::Broker(id) => *id,
            ConfigResource::BrokerLogger(id) => Some(*id),
            _ => None,
        }
    }
}

impl std::fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ConfigResource::Topic(name) => write!(f, "topic {name}"),
            ConfigResource::Broker(None) => write!(f, "all brokers"),
            ConfigResource::Broker(Some(id)) => write!(f, "broker {id}"),
            ConfigResource::BrokerLogger(id) => write!(f, "loggers of broker {id}"),
            ConfigResource::ClientMetrics(name) => write!(f, "client metrics {name}"),
            ConfigResource::Group(name) => write!(f, "group {name}"),
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    Topic,
    DynamicBroker,
    DynamicDefault,
    StaticBroker,
    Default,
    BrokerLogger,
    ClientMetrics,
    Group,
    Unknown,
}

impl ConfigSource {
    fn from_code(code: i8) -> ConfigSource {
        match code {
            1 => ConfigSource::Topic,
            2 => ConfigSource::DynamicBroker,
            3 => ConfigSource::DynamicDefault,
            4 => ConfigSource::StaticBroker,
            5 => ConfigSource::Default,
            6 => ConfigSource::BrokerLogger,
            7 => ConfigSource::ClientMetrics,
            8 => ConfigSource::Group,
            _ => ConfigSource::Unknown,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            ConfigSource::Topic => "topic",
            ConfigSource::DynamicBroker => "broker (dynamic)",
            ConfigSource::DynamicDefault => "all brokers (dynamic)",
            ConfigSource::StaticBroker => "server.properties",
            ConfigSource::Default => "default",
            ConfigSource::BrokerLogger => "logger",
            ConfigSource::ClientMetrics => "client metrics",
            ConfigSource::Group => "group",
            ConfigSource::Unknown => "unknown",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    pub name: Str,
    /// `None` if it is secret or not set.
    pub value: Option<Str>,
    pub source: ConfigSource,
    pub is_sensitive: bool,
    pub is_read_only: bool,
    /// Every place where the key, or another name of it, has a value: the first one holds.
    pub synonyms: Vec<ConfigSynonym>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigSynonym {
    pub name: Str,
    pub value: Option<Str>,
    pub source: ConfigSource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigOperation {
    Set = 0,
    /// Back to the default.
    Delete = 1,
    /// Adds to a list.
    Append = 2,
    /// Removes from a list.
    Subtract = 3,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigChange {
    pub key: Str,
    pub operation: ConfigOperation,
    pub value: Option<Str>,
}

impl Admin {
    /// A resource's keys with their values, in the broker's order.
    ///
    /// # Errors
    /// UNKNOWN_TOPIC_OR_PARTITION and their like.
    pub async fn describe_configs(&self, resource: &ConfigResource) -> Result<Vec<ConfigEntry>> {
        let request = DescribeConfigsRequest {
            resources: vec![DescribeConfigsResource {
                resource_type: resource.code(),
                resource_name: resource.name(),
                configuration_keys: None,
                ..DescribeConfigsResource::default()
            }],
            include_synonyms: true,
            ..DescribeConfigsRequest::default()
        };
        let response = self.answerer(resource).await?.call(&request).await?;
        let during = format!("describe the configuration of {resource}");
        let result = response.results.first().ok_or_else(|| missing("DescribeConfigs", &during))?;
        check(&during, result.error_code, result.error_message.as_deref())?;
        let entries = result.configs.iter().map(|config| ConfigEntry {
            name: config.name.detached(),
            value: config.value.as_ref().map(Str::detached),
            source: ConfigSource::from_code(config.config_source),
            is_sensitive: config.is_sensitive,
            is_read_only: config.read_only,
            synonyms: config.synonyms.iter().map(synonym).collect(),
        });
        Ok(entries.collect())
    }

    /// The names of all resources of a kind that have a configuration (KIP-1142).
    ///
    /// # Errors
    /// Of the connection; UNSUPPORTED_VERSION from brokers that do not know it.
    pub async fn list_config_resources(&self, kind: &ConfigResource) -> Result<Vec<Str>> {
        let request = ListConfigResourcesRequest {
            resource_types: vec![kind.code()],
            ..ListConfigResourcesRequest::default()
        };
        let response = self.cluster.ask_any(&request).await?;
        check("list configured resources", response.error_code, None)?;
        let resources = response.config_resources.iter();
        Ok(resources.map(|resource| resource.resource_name.detached()).collect())
    }

    /// Changes single keys and leaves the others as they are (KIP-339).
    ///
    /// # Errors
    /// INVALID_CONFIG with the broker's reason.
    pub async fn alter_configs(
        &self,
        resource: &ConfigResource,
        changes: &[ConfigChange],
    ) -> Result<()> {
        let configs = changes.iter().map(|change| AlterableConfig {
            name: change.key.clone(),
            config_operation: change.operation as i8,
            value: change.value.clone(),
            ..AlterableConfig::default()
        });
        let request = IncrementalAlterConfigsRequest {
            resources: vec![AlterConfigsResource {
                resource_type: resource.code(),
                resource_name: resource.name(),
                configs: configs.collect(),
                ..AlterConfigsResource::default()
            }],
            ..IncrementalAlterConfigsRequest::default()
        };
        let response = self.answerer(resource).await?.call(&request).await?;
        let during = format!("alter the configuration of {resource}");
        let result = response
            .responses
            .first()
            .ok_or_else(|| missing("IncrementalAlterConfigs", &during))?;
        check(&during, result.error_code, result.error_message.as_deref())
    }

    async fn answerer(&self, resource: &ConfigResource) -> Result<Connection> {
        match resource.broker() {
            Some(id) => self.cluster.broker(base::BrokerId(id)).await,
            None => self.cluster.any_broker().await,
        }
    }
}

fn synonym(synonym: &DescribeConfigsSynonym) -> ConfigSynonym {
    ConfigSynonym {
        name: synonym.name.detached(),
        value: synonym.value.as_ref().map(Str::detached),
        source: ConfigSource::from_code(synonym.source),
    }
}
