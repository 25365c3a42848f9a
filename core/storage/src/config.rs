//! The settings of one log, as plain typed values. Where they come from (topic, broker, default)
//! is the business of `base::config` and the broker.

/// Kafka's topic configs that the log itself acts on. Names are Kafka's with dots as underscores;
/// defaults are Kafka 4.3's.
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    /// `segment.bytes`: the size at which a segment is rolled.
    pub segment_bytes: u32,
    /// `segment.ms`: the age at which a segment that is not empty is rolled.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: up to so much earlier, chosen anew per segment, lest all logs of a
    /// broker roll in one moment.
    pub segment_jitter_ms: i64,
    /// `segment.index.bytes`: how large an index may become before the segment is rolled.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`: an index entry after every so many bytes of log.
    pub index_interval_bytes: u32,
    /// `max.message.bytes`: the largest batch; here the bound of what the cleaner buffers.
    pub max_message_bytes: u32,
    /// `cleanup.policy`.
    pub cleanup: Cleanup,
    /// `retention.ms`; -1 keeps records for ever.
    pub retention_ms: i64,
    /// `retention.bytes`; -1 for no bound.
    pub retention_bytes: i64,
    /// `delete.retention.ms`: how long a tombstone stays after the pass that first saw it.
    pub delete_retention_ms: i64,
    /// `file.delete.delay.ms`: how long a deleted segment stays on disk as `.deleted`, for the sake
    /// of those who still read it.
    pub file_delete_delay_ms: u64,
    /// `min.cleanable.dirty.ratio`.
    pub min_cleanable_dirty_ratio: f64,
    /// `min.compaction.lag.ms`.
    pub min_compaction_lag_ms: i64,
    /// `max.compaction.lag.ms`.
    pub max_compaction_lag_ms: i64,
    /// `flush.messages`: sync after so many records.
    pub flush_messages: i64,
    /// `flush.ms`: sync when the oldest unsynced record is so old; the broker's scheduler asks.
    pub flush_ms: i64,
    /// `preallocate`: the room for a segment is reserved when it is created.
    pub preallocate: bool,
    /// `producer.id.expiration.ms`: a producer idle for so long is forgotten.
    pub producer_id_expiration_ms: i64,
}

/// `cleanup.policy`, which is a set of two words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleanup {
    pub delete: bool,
    pub compact: bool,
}

impl Cleanup {
    pub const DELETE: Cleanup = Cleanup { delete: true, compact: false };
    pub const COMPACT: Cleanup = Cleanup { delete: false, compact: true };
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1024 * 1024 * 1024,
            segment_ms: 7 * 24 * 3_600_000,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 * 1024 * 1024,
            index_interval_bytes: 4096,
            max_message_bytes: 1_048_588,
            cleanup: Cleanup::DELETE,
            retention_ms: 7 * 24 * 3_600_000,
            retention_bytes: -1,
            delete_retention_ms: 24 * 3_600_000,
            file_delete_delay_ms: 60_000,
            min_cleanable_dirty_ratio: 0.5,
            min_compaction_lag_ms: 0,
            max_compaction_lag_ms: i64::MAX,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            preallocate: false,
            producer_id_expiration_ms: 24 * 3_600_000,
        }
    }
}
