//! What the controller must know of configuration keys, and who tells it.
//!
//! The keys themselves are declared in `base::config` and their static values belong to the
//! server; the controller asks through [`ConfigRules`], so that it can be tested without either.

use base::Str;

use super::Refusal;
use crate::{ConfigKind, ConfigMap, ConfigResource};

/// The dynamic configuration a topic key is looked up in, nearest first. Below them lie the static
/// configuration of this node and the default.
#[derive(Clone, Copy, Debug)]
pub struct TopicLayers<'a> {
    pub topic: &'a ConfigMap,
    pub node: &'a ConfigMap,
    pub cluster: &'a ConfigMap,
}

/// One configuration of a new topic, as the reply to CreateTopics shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveConfig {
    pub name: Str,
    pub value: Option<Str>,
    /// Kafka's code of where the value comes from (1 the topic, 4 the static file, 5 default, …).
    pub source: i8,
    pub sensitive: bool,
}

/// Answers about configuration keys.
pub trait ConfigRules {
    /// Checks what the configuration of `resource` would be after a change.
    ///
    /// # Errors
    /// A key is unknown, a value invalid, the resource badly named, or the combination is not
    /// allowed: with the code and words of the reply.
    fn check(
        &self,
        resource: &ConfigResource,
        new: &ConfigMap,
        old: &ConfigMap,
    ) -> Result<(), Refusal>;

    /// Whether the key holds a list, so that values can be appended and subtracted.
    fn is_list(&self, kind: ConfigKind, key: &str) -> bool;

    /// The default of a key, as text.
    fn default_value(&self, kind: ConfigKind, key: &str) -> Option<Str>;

    /// The value of a topic key in force.
    fn topic_value(&self, key: &str, layers: TopicLayers<'_>) -> Option<Str>;

    /// All topic keys in force, in order of their names. Internal keys only if they are set.
    fn topic_values(&self, layers: TopicLayers<'_>) -> Vec<EffectiveConfig>;

    /// min.insync.replicas as this node's file or default has it.
    fn static_min_insync_replicas(&self) -> i32;
}
