//! The settings of one topic: what it sets itself over what the broker says for all topics.
//!
//! A [`TopicConfig`] is what the log, the partition and the append path read. It is built anew when
//! the topic's or the broker's configuration changes, and never changes itself. Checks that one key
//! cannot make alone are here too.

use std::collections::BTreeMap;

use super::key::{Invalid, Key};
use super::keys;
use super::keys::topic as key;
use super::settings::{FromValue, Source, read, settings};
use super::value::Value;

/// What happens to old data. Neither of them: everything is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanupPolicy {
    pub compact: bool,
    pub delete: bool,
}

impl FromValue for CleanupPolicy {
    fn from_value(value: Value) -> Option<CleanupPolicy> {
        let Value::List(parts) = value else { return None };
        let has = |word: &str| parts.iter().any(|part| part == word);
        Some(CleanupPolicy { compact: has("compact"), delete: has("delete") })
    }
}

/// The codec that stored batches get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompressionType {
    /// Each batch keeps the codec that it came with.
    Producer,
    Uncompressed,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl FromValue for CompressionType {
    fn from_value(value: Value) -> Option<CompressionType> {
        let Value::Text(word) = value else { return None };
        Some(match word.as_str() {
            "producer" => CompressionType::Producer,
            "uncompressed" => CompressionType::Uncompressed,
            "gzip" => CompressionType::Gzip,
            "snappy" => CompressionType::Snappy,
            "lz4" => CompressionType::Lz4,
            "zstd" => CompressionType::Zstd,
            _ => return None,
        })
    }
}

/// Which time a record carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// The one that its producer gave it.
    CreateTime,
    /// The one at which the leader appended it.
    LogAppendTime,
}

impl FromValue for TimestampType {
    fn from_value(value: Value) -> Option<TimestampType> {
        let Value::Text(word) = value else { return None };
        match word.as_str() {
            "CreateTime" => Some(TimestampType::CreateTime),
            "LogAppendTime" => Some(TimestampType::LogAppendTime),
            _ => None,
        }
    }
}

/// What an acknowledged write can survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process: the bytes are with the operating system.
    PageCache,
    /// The end of the power: the bytes are on disk, and no reader sees them before.
    Synced,
}

impl FromValue for Durability {
    fn from_value(value: Value) -> Option<Durability> {
        let Value::Text(word) = value else { return None };
        match word.as_str() {
            "page-cache" => Some(Durability::PageCache),
            "synced" => Some(Durability::Synced),
            _ => None,
        }
    }
}

/// Which replicas of a topic count against the quota of replication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThrottledReplicas {
    All,
    /// Partition and broker.
    Some(Vec<(i32, i32)>),
}

impl ThrottledReplicas {
    pub fn contains(&self, partition: i32, broker: i32) -> bool {
        match self {
            ThrottledReplicas::All => true,
            ThrottledReplicas::Some(pairs) => pairs.contains(&(partition, broker)),
        }
    }
}

impl FromValue for ThrottledReplicas {
    fn from_value(value: Value) -> Option<ThrottledReplicas> {
        let Value::List(parts) = value else { return None };
        if parts.iter().any(|part| part == "*") {
            return Some(ThrottledReplicas::All);
        }
        // A number too large for any partition or broker names none.
        let pair = |part: &String| {
            let (partition, broker) = part.split_once(':')?;
            Some((partition.parse().ok()?, broker.parse().ok()?))
        };
        Some(ThrottledReplicas::Some(parts.iter().filter_map(pair).collect()))
    }
}

settings! {
    /// The settings of one topic. Quantities are in the unit that their name ends with; -1 means "no
    /// limit" for retention, and `i64::MAX` "never" for the flush keys.
    TopicConfig {
        cleanup_policy: CleanupPolicy = key::CLEANUP_POLICY,
        compression_gzip_level: i32 = key::COMPRESSION_GZIP_LEVEL,
        compression_lz4_level: i32 = key::COMPRESSION_LZ4_LEVEL,
        compression_type: CompressionType = key::COMPRESSION_TYPE,
        compression_zstd_level: i32 = key::COMPRESSION_ZSTD_LEVEL,
        delete_retention_ms: i64 = key::DELETE_RETENTION_MS,
        file_delete_delay_ms: i64 = key::FILE_DELETE_DELAY_MS,
        flush_messages: i64 = key::FLUSH_MESSAGES,
        flush_ms: i64 = key::FLUSH_MS,
        follower_replication_throttled_replicas: ThrottledReplicas =
            key::FOLLOWER_REPLICATION_THROTTLED_REPLICAS,
        index_interval_bytes: i32 = key::INDEX_INTERVAL_BYTES,
        /// For tests; where it is set it takes the place of `segment_bytes`, which
        /// [`TopicConfig::segment_bytes`] already does.
        internal_segment_bytes: Option<i32> = key::INTERNAL_SEGMENT_BYTES,
        leader_replication_throttled_replicas: ThrottledReplicas =
            key::LEADER_REPLICATION_THROTTLED_REPLICAS,
        /// -2 follows `retention_bytes`; ask [`TopicConfig::local_retention_bytes`].
        local_retention_bytes_raw: i64 = key::LOCAL_RETENTION_BYTES,
        /// -2 follows `retention_ms`; ask [`TopicConfig::local_retention_ms`].
        local_retention_ms_raw: i64 = key::LOCAL_RETENTION_MS,
        max_compaction_lag_ms: i64 = key::MAX_COMPACTION_LAG_MS,
        max_message_bytes: i32 = key::MAX_MESSAGE_BYTES,
        message_timestamp_after_max_ms: i64 = key::MESSAGE_TIMESTAMP_AFTER_MAX_MS,
        message_timestamp_before_max_ms: i64 = key::MESSAGE_TIMESTAMP_BEFORE_MAX_MS,
        message_timestamp_type: TimestampType = key::MESSAGE_TIMESTAMP_TYPE,
        min_cleanable_dirty_ratio: f64 = key::MIN_CLEANABLE_DIRTY_RATIO,
        min_compaction_lag_ms: i64 = key::MIN_COMPACTION_LAG_MS,
        min_insync_replicas: i32 = key::MIN_INSYNC_REPLICAS,
        preallocate: bool = key::PREALLOCATE,
        remote_log_copy_disable: bool = key::REMOTE_LOG_COPY_DISABLE,
        remote_log_delete_on_disable: bool = key::REMOTE_LOG_DELETE_ON_DISABLE,
        remote_storage_enable: bool = key::REMOTE_STORAGE_ENABLE,
        retention_bytes: i64 = key::RETENTION_BYTES,
        retention_ms: i64 = key::RETENTION_MS,
        /// As it is set; ask [`TopicConfig::segment_bytes`].
        segment_bytes_raw: i32 = key::SEGMENT_BYTES,
        segment_index_bytes: i32 = key::SEGMENT_INDEX_BYTES,
        segment_jitter_ms: i64 = key::SEGMENT_JITTER_MS,
        segment_ms: i64 = key::SEGMENT_MS,
        unclean_leader_election_enable: bool = key::UNCLEAN_LEADER_ELECTION_ENABLE,
        durability: Durability = key::DURABILITY,
    }
}

/// What holds for a topic that sets nothing, as texts by topic key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicDefaults {
    texts: BTreeMap<&'static str, String>,
}

impl TopicDefaults {
    /// `broker` answers for broker keys: what is set for them on any level, else their default.
    pub(super) fn from_broker(broker: &impl Source) -> TopicDefaults {
        let mut texts = BTreeMap::new();
        for key in key::TOPIC.iter().copied() {
            if let Some(text) = from_synonyms(broker, key) {
                texts.insert(key.name, text);
            }
        }
        TopicDefaults { texts }
    }

    /// The text that holds for the topic key where the topic does not set it.
    pub fn text(&self, key: &Key) -> Option<String> {
        self.texts.get(key.name).cloned().or_else(|| key.default_text().map(str::to_owned))
    }
}

/// The value of the first broker key that stands in for the topic key and is not null, in the unit of the
/// topic key.
fn from_synonyms(broker: &impl Source, topic_key: &Key) -> Option<String> {
    for synonym in topic_key.synonyms {
        // The table test looks every synonym up.
        let broker_key = keys::find_broker(synonym.name).expect("synonyms are broker keys");
        let Some(text) = broker.text(broker_key) else { continue };
        return match text.trim().parse::<i64>() {
            // A retention time below zero means for ever, whatever its unit.
            Ok(count) if count < 0 && topic_key.name == key::RETENTION_MS.name => {
                Some("-1".to_owned())
            }
            Ok(_) if synonym.scale == 1 => Some(text),
            Ok(count) => Some(count.saturating_mul(synonym.scale).to_string()),
            Err(_) => Some(text),
        };
    }
    None
}

/// What holds for a topic's or group's key that is not set: what the broker says, else its default.
pub(super) fn effective_text(broker: &impl Source, key: &Key) -> Option<String> {
    from_synonyms(broker, key).or_else(|| key.default_text().map(str::to_owned))
}

/// A topic's own settings, over the defaults of its broker.
struct Overrides<'a> {
    own: &'a BTreeMap<String, String>,
    defaults: &'a TopicDefaults,
}

impl Source for Overrides<'_> {
    fn text(&self, key: &'static Key) -> Option<String> {
        self.own.get(key.name).cloned().or_else(|| self.defaults.text(key))
    }
}

impl std::default::Default for TopicConfig {
    /// A topic that sets nothing on a broker that sets nothing.
    fn default() -> TopicConfig {
        TopicConfig::resolve(&BTreeMap::new(), &TopicDefaults::default())
            .expect("the declared defaults are valid")
    }
}

impl TopicConfig {
    /// The settings of a topic that sets `own`, each value checked by itself and all of them
    /// together.
    ///
    /// # Errors
    /// Names the first key that is unknown or has a value it does not take. On the wire that is
    /// INVALID_CONFIG.
    pub fn resolve(
        own: &BTreeMap<String, String>,
        defaults: &TopicDefaults,
    ) -> Result<TopicConfig, Invalid> {
        if let Some(name) = own.keys().find(|name| keys::find_topic(name).is_none()) {
            return Err(Invalid::new(name, "is not a key of topics"));
        }
        let config = TopicConfig::read(&Overrides { own, defaults })?;
        if config.min_compaction_lag_ms > config.max_compaction_lag_ms {
            return Err(Invalid::new(
                key::MIN_COMPACTION_LAG_MS.name,
                format!(
                    "is {} and must not be more than `{}`, which is {}",
                    config.min_compaction_lag_ms,
                    key::MAX_COMPACTION_LAG_MS.name,
                    config.max_compaction_lag_ms
                ),
            ));
        }
        Ok(config)
    }

    /// The settings of a topic whose configuration is stored already. What was taken when it was
    /// stored, by an older node or by Apache Kafka, must not take the topic down now: a key that is
    /// unknown has no effect, a value that is not allowed leaves its key unset, and values that
    /// exclude each other leave both unset. Each is returned beside the settings, to be told once.
    pub fn from_stored(
        own: &BTreeMap<String, String>,
        defaults: &TopicDefaults,
    ) -> (TopicConfig, Vec<Invalid>) {
        let mut usable = own.clone();
        let mut ignored = Vec::new();
        for (name, text) in own {
            let parsed = match keys::find_topic(name) {
                Some(key) => key.parse(text).map(drop),
                None => Err(Invalid::new(name, "is not a key of topics")),
            };
            if let Err(invalid) = parsed {
                usable.remove(name);
                ignored.push(invalid);
            }
        }
        let resolved = TopicConfig::resolve(&usable, defaults).or_else(|invalid| {
            ignored.push(invalid);
            usable.remove(key::MIN_COMPACTION_LAG_MS.name);
            usable.remove(key::MAX_COMPACTION_LAG_MS.name);
            TopicConfig::resolve(&usable, defaults)
        });
        // A running node has defaults that a topic can have; the declared ones are the last resort.
        let config = resolved.unwrap_or_else(|invalid| {
            ignored.push(invalid);
            TopicConfig::default()
        });
        (config, ignored)
    }

    /// The size at which a segment is closed.
    pub fn segment_bytes(&self) -> i32 {
        self.internal_segment_bytes.unwrap_or(self.segment_bytes_raw)
    }

    /// How long records of a tiered partition stay on local disk.
    pub fn local_retention_ms(&self) -> i64 {
        if self.local_retention_ms_raw == -2 {
            self.retention_ms
        } else {
            self.local_retention_ms_raw
        }
    }

    /// How many bytes of a tiered partition stay on local disk.
    pub fn local_retention_bytes(&self) -> i64 {
        if self.local_retention_bytes_raw == -2 {
            self.retention_bytes
        } else {
            self.local_retention_bytes_raw
        }
    }

    /// The age at which a segment is closed, before jitter: a compacted topic with a maximum lag
    /// closes segments no later than that lag, because the open one is never compacted.
    pub fn segment_ms_max(&self) -> i64 {
        if self.cleanup_policy.compact && self.max_compaction_lag_ms > 0 {
            self.segment_ms.min(self.max_compaction_lag_ms)
        } else {
            self.segment_ms
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect()
    }

    fn of(pairs: &[(&str, &str)]) -> TopicConfig {
        TopicConfig::resolve(&map(pairs), &TopicDefaults::default()).unwrap()
    }

    #[test]
    fn a_topic_that_sets_nothing_has_kafkas_defaults() {
        let config = TopicConfig::default();
        assert_eq!(config.retention_ms, 604_800_000);
        assert_eq!(config.segment_bytes(), 1 << 30);
        assert_eq!(config.max_message_bytes, 1_048_588);
        assert_eq!(config.message_timestamp_after_max_ms, 3_600_000);
        assert_eq!(config.cleanup_policy, CleanupPolicy { compact: false, delete: true });
        assert_eq!(config.compression_type, CompressionType::Producer);
        assert_eq!(config.flush_ms, i64::MAX);
        assert_eq!(config.durability, Durability::PageCache);
    }

    #[test]
    fn values_that_follow_another_do_so() {
        let config = of(&[("retention.ms", "9"), ("retention.bytes", "8")]);
        assert_eq!((config.local_retention_ms(), config.local_retention_bytes()), (9, 8));
        let compacted = of(&[("cleanup.policy", "compact"), ("max.compaction.lag.ms", "7")]);
        assert_eq!(compacted.segment_ms_max(), 7);
        assert_eq!(of(&[("max.compaction.lag.ms", "7")]).segment_ms_max(), 604_800_000);
        let none = of(&[("cleanup.policy", "")]).cleanup_policy;
        assert!(!none.compact && !none.delete);
    }

    #[test]
    fn throttled_replicas_are_pairs_or_all_of_them() {
        let name = "leader.replication.throttled.replicas";
        let pairs = of(&[(name, "0:1,2:3")]).leader_replication_throttled_replicas;
        assert!(pairs.contains(2, 3) && !pairs.contains(2, 1));
        assert!(of(&[(name, "*")]).leader_replication_throttled_replicas.contains(7, 7));
        assert!(!TopicConfig::default().leader_replication_throttled_replicas.contains(0, 0));
    }

    #[test]
    fn what_was_stored_by_another_release_takes_no_topic_down() {
        let own = map(&[
            ("message.format.version", "2.8"),
            ("segment.bytes", "14"),
            ("retention.ms", "5"),
            ("min.compaction.lag.ms", "9"),
            ("max.compaction.lag.ms", "8"),
        ]);
        let (config, ignored) = TopicConfig::from_stored(&own, &TopicDefaults::default());
        assert_eq!(config.retention_ms, 5);
        assert_eq!(config.segment_bytes(), 1 << 30);
        assert_eq!(config.max_compaction_lag_ms, i64::MAX);
        assert_eq!(ignored.len(), 3);
    }
}
