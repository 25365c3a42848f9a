//! What dynamic configuration is attached to: a topic, a broker, a group, a metrics subscription.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base::{BrokerId, Str};

/// The kinds of resources that have configuration, with Kafka's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigKind {
    Topic,
    Broker,
    /// Log levels of one node: answered and applied by that node, never in the metadata.
    BrokerLogger,
    ClientMetrics,
    Group,
}

impl ConfigKind {
    pub fn code(self) -> i8 {
        match self {
            ConfigKind::Topic => 2,
            ConfigKind::Broker => 4,
            ConfigKind::BrokerLogger => 8,
            ConfigKind::ClientMetrics => 16,
            ConfigKind::Group => 32,
        }
    }

    pub fn from_code(code: i8) -> Option<ConfigKind> {
        match code {
            2 => Some(ConfigKind::Topic),
            4 => Some(ConfigKind::Broker),
            8 => Some(ConfigKind::BrokerLogger),
            16 => Some(ConfigKind::ClientMetrics),
            32 => Some(ConfigKind::Group),
            _ => None,
        }
    }

    /// The word for it in messages.
    pub fn name(self) -> &'static str {
        match self {
            ConfigKind::Topic => "topic",
            ConfigKind::Broker => "broker",
            ConfigKind::BrokerLogger => "broker logger",
            ConfigKind::ClientMetrics => "client metrics",
            ConfigKind::Group => "group",
        }
    }
}

/// One resource. A broker with an empty name stands for the defaults of all brokers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    pub kind: ConfigKind,
    pub name: Str,
}

impl ConfigResource {
    pub fn topic(name: &str) -> ConfigResource {
        ConfigResource { kind: ConfigKind::Topic, name: Str::from(name) }
    }

    pub fn broker(id: BrokerId) -> ConfigResource {
        ConfigResource { kind: ConfigKind::Broker, name: Str::from(id.0.to_string()) }
    }

    /// The defaults of all brokers.
    pub fn all_brokers() -> ConfigResource {
        ConfigResource { kind: ConfigKind::Broker, name: Str::EMPTY }
    }

    pub fn group(name: &str) -> ConfigResource {
        ConfigResource { kind: ConfigKind::Group, name: Str::from(name) }
    }
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind.name(), self.name)
    }
}

/// Key to value, in order of the keys.
pub type ConfigMap = BTreeMap<Str, Str>;

/// A configuration that images share until it changes.
pub type SharedConfig = Arc<ConfigMap>;
