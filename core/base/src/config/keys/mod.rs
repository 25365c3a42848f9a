//! The declarations: one file for each area, one entry for each key.
//!
//! Names, types, defaults and limits are those of Apache Kafka 4.3.1; `testdata/kafka-4.3.1.tsv`
//! holds them as Kafka's own classes print them, and a test compares. The sentences are ours.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::key::{Concern, Key, Kind, Synonym, Unit, keys};
use super::value::Rule;

pub mod client_metrics;
pub mod group;
pub mod groups;
pub mod log;
pub mod network;
pub mod node;
pub mod own;
pub mod quotas;
pub mod replication;
pub mod security;
pub mod tiered;
pub mod topic;
pub mod transactions;

/// The broker keys, area by area.
pub static BROKER_AREAS: &[(&str, &[&Key])] = &[
    ("Node and quorum", node::NODE),
    ("Network", network::NETWORK),
    ("Logs", log::LOG),
    ("Replication", replication::REPLICATION),
    ("Groups", groups::GROUPS),
    ("Transactions", transactions::TRANSACTIONS),
    ("Tiered storage", tiered::TIERED),
    ("Quotas and metrics", quotas::QUOTAS),
    ("Security", security::SECURITY),
    ("Vltava's own", own::OWN),
];

/// Every broker key, internal ones too.
pub fn broker() -> impl Iterator<Item = &'static Key> {
    BROKER_AREAS.iter().flat_map(|(_, keys)| keys.iter().copied())
}

/// Keys by name: a topic's configuration looks up some forty of them, and a node may have thousands
/// of topics.
type Index = LazyLock<BTreeMap<&'static str, &'static Key>>;

fn index(keys: impl Iterator<Item = &'static Key>) -> BTreeMap<&'static str, &'static Key> {
    keys.map(|key| (key.name, key)).collect()
}

/// The broker key of that name.
pub fn find_broker(name: &str) -> Option<&'static Key> {
    static INDEX: Index = LazyLock::new(|| index(broker()));
    INDEX.get(name).copied()
}

/// The topic key of that name.
pub fn find_topic(name: &str) -> Option<&'static Key> {
    static INDEX: Index = LazyLock::new(|| index(topic::TOPIC.iter().copied()));
    INDEX.get(name).copied()
}

/// The group key of that name.
pub fn find_group(name: &str) -> Option<&'static Key> {
    static INDEX: Index = LazyLock::new(|| index(group::GROUP.iter().copied()));
    INDEX.get(name).copied()
}

/// The key of client metrics subscriptions of that name.
pub fn find_client_metrics(name: &str) -> Option<&'static Key> {
    client_metrics::CLIENT_METRICS.iter().copied().find(|key| key.name == name)
}

#[cfg(test)]
mod tests;
