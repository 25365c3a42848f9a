//! From the configuration's words to those of the log and of the append path: the one place where
//! `base::config` meets `storage`, `records` and `replication`.

use base::WallMs;
use base::config::{CompressionType, Durability as Dial, TimestampType as Configured, TopicConfig};
use records::{Codec, Compression, EXPANDED_BYTES_MAX, TimestampType, ValidationRules};
use replication::partition::Durability;
use storage::{Cleanup, LogConfig};

/// What a log takes from the node's configuration, besides its topic's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration_ms: i64,
}

pub fn log_config(topic: &TopicConfig, settings: &LogSettings) -> LogConfig {
    let cleanup = topic.cleanup_policy;
    LogConfig {
        segment_bytes: topic.segment_bytes() as u32,
        segment_ms: topic.segment_ms_max(),
        segment_jitter_ms: topic.segment_jitter_ms,
        segment_index_bytes: topic.segment_index_bytes as u32,
        index_interval_bytes: topic.index_interval_bytes as u32,
        max_message_bytes: topic.max_message_bytes as u32,
        cleanup: Cleanup { delete: cleanup.delete, compact: cleanup.compact },
        retention_ms: topic.retention_ms,
        retention_bytes: topic.retention_bytes,
        delete_retention_ms: topic.delete_retention_ms,
        file_delete_delay_ms: topic.file_delete_delay_ms as u64,
        min_cleanable_dirty_ratio: topic.min_cleanable_dirty_ratio,
        min_compaction_lag_ms: topic.min_compaction_lag_ms,
        max_compaction_lag_ms: topic.max_compaction_lag_ms,
        flush_messages: topic.flush_messages,
        flush_ms: topic.flush_ms,
        preallocate: topic.preallocate,
        producer_id_expiration_ms: settings.producer_id_expiration_ms,
    }
}

pub fn validation_durability(topic: &TopicConfig) -> Durability {
    match topic.durability {
        Dial::PageCache => Durability::PageCache,
        Dial::Synced => Durability::Synced,
    }
}

pub fn validation_rules(topic: &TopicConfig, now: WallMs) -> ValidationRules {
    ValidationRules {
        compacted: topic.cleanup_policy.compact,
        max_message_bytes: topic.max_message_bytes as usize,
        timestamp_type: match topic.message_timestamp_type {
            Configured::CreateTime => TimestampType::CreateTime,
            Configured::LogAppendTime => TimestampType::LogAppendTime,
        },
        timestamp_before_max_ms: topic.message_timestamp_before_max_ms,
        timestamp_after_max_ms: topic.message_timestamp_after_max_ms,
        compression: compression(topic),
        decompressed_bytes_max: EXPANDED_BYTES_MAX,
        now,
    }
}

/// What stored batches are compressed with; `None` keeps what the producer chose.
fn compression(topic: &TopicConfig) -> Option<Compression> {
    let (codec, level) = match topic.compression_type {
        CompressionType::Producer => return None,
        CompressionType::Uncompressed => (Codec::None, None),
        CompressionType::Gzip => (Codec::Gzip, Some(topic.compression_gzip_level)),
        CompressionType::Snappy => (Codec::Snappy, None),
        CompressionType::Lz4 => (Codec::Lz4, Some(topic.compression_lz4_level)),
        CompressionType::Zstd => (Codec::Zstd, Some(topic.compression_zstd_level)),
    };
    Some(Compression { codec, level })
}
