//! The keys of topics, with the broker keys that stand in for them where a topic sets nothing.

use super::*;

const HOURS: i64 = 3_600_000;
const MINUTES: i64 = 60_000;

const fn same(name: &'static str) -> Synonym {
    Synonym { name, scale: 1 }
}

const fn scaled(name: &'static str, scale: i64) -> Synonym {
    Synonym { name, scale }
}

keys! {
    /// Every topic key, in alphabetical order.
    TOPIC: Topic;

    /// What happens to old data: `delete` drops segments past their retention, `compact` keeps the
    /// newest record of every key, both together do both, and an empty list keeps everything.
    CLEANUP_POLICY = Key::list("cleanup.policy", "delete")
        .rule(Rule::Among(&["compact", "delete"])).concerns(Concern::Durability)
        .from(&[same("log.cleanup.policy")]).since("0.8.1");
    /// The level at which gzip compresses when the broker compresses.
    COMPRESSION_GZIP_LEVEL = Key::int("compression.gzip.level", "-1").rule(Rule::GzipLevel)
        .from(&[same("compression.gzip.level")]).since("3.8");
    /// The level at which lz4 compresses when the broker compresses.
    COMPRESSION_LZ4_LEVEL = Key::int("compression.lz4.level", "9").between(1, 17)
        .from(&[same("compression.lz4.level")]).since("3.8");
    /// The codec that stored batches have; `producer` keeps each batch as it was sent.
    COMPRESSION_TYPE = Key::string("compression.type", "producer")
        .one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])
        .from(&[same("compression.type")]).since("0.9");
    /// The level at which zstd compresses when the broker compresses.
    COMPRESSION_ZSTD_LEVEL = Key::int("compression.zstd.level", "3").between(-131_072, 22)
        .from(&[same("compression.zstd.level")]).since("3.8");
    /// How long a tombstone or a transaction marker stays readable after compaction has removed
    /// what it supersedes.
    DELETE_RETENTION_MS = Key::long("delete.retention.ms", "86400000").at_least(0).ms()
        .from(&[same("log.cleaner.delete.retention.ms")]).since("0.8.1");
    /// How long the files of a removed segment are kept, so that reads under way can finish.
    FILE_DELETE_DELAY_MS = Key::long("file.delete.delay.ms", "60000").at_least(0).ms()
        .from(&[same("log.segment.delete.delay.ms")]).since("0.8.1");
    /// Sync a partition after this many records.
    FLUSH_MESSAGES = Key::long("flush.messages", "9223372036854775807").at_least(1)
        .concerns(Concern::Durability).from(&[same("log.flush.interval.messages")]).since("0.8.1");
    /// Sync a partition when its oldest unsynced record is this old.
    FLUSH_MS = Key::long("flush.ms", "9223372036854775807").at_least(0).ms()
        .concerns(Concern::Durability)
        .from(&[same("log.flush.interval.ms"), same("log.flush.scheduler.interval.ms")])
        .since("0.8.1");
    /// Replicas whose fetching is throttled on the following side, as `partition:broker` pairs or
    /// `*` for all.
    FOLLOWER_REPLICATION_THROTTLED_REPLICAS =
        Key::list("follower.replication.throttled.replicas", "").rule(Rule::ThrottledReplicas)
        .since("0.10.1");
    /// How many bytes of log lie between two entries of the offset index.
    INDEX_INTERVAL_BYTES = Key::int("index.interval.bytes", "4096").at_least(0).bytes()
        .from(&[same("log.index.interval.bytes")]).since("0.8.1");
    /// A segment size below the minimum of `segment.bytes`, for tests.
    INTERNAL_SEGMENT_BYTES = Key::unset("internal.segment.bytes", Kind::Int).bytes().internal()
        .since("4.1");
    /// Replicas whose fetching is throttled on the leading side, as `partition:broker` pairs or `*`
    /// for all.
    LEADER_REPLICATION_THROTTLED_REPLICAS = Key::list("leader.replication.throttled.replicas", "")
        .rule(Rule::ThrottledReplicas).since("0.10.1");
    /// How many bytes of a tiered partition stay on local disk; -2 follows `retention.bytes`.
    LOCAL_RETENTION_BYTES = Key::long("local.retention.bytes", "-2").at_least(-2).bytes()
        .from(&[same("log.local.retention.bytes")]).since("3.6");
    /// How long records of a tiered partition stay on local disk; -2 follows `retention.ms`.
    LOCAL_RETENTION_MS = Key::long("local.retention.ms", "-2").at_least(-2).ms()
        .from(&[same("log.local.retention.ms")]).since("3.6");
    /// The age by which a record of a compacted topic has been considered for compaction.
    MAX_COMPACTION_LAG_MS = Key::long("max.compaction.lag.ms", "9223372036854775807").at_least(1)
        .ms().from(&[same("log.cleaner.max.compaction.lag.ms")]).since("2.3");
    /// The largest batch that is accepted, counted after compression.
    MAX_MESSAGE_BYTES = Key::int("max.message.bytes", "1048588").at_least(0).bytes()
        .from(&[same("message.max.bytes")]).since("0.8");
    /// How far a record's timestamp may lie after the broker's clock.
    MESSAGE_TIMESTAMP_AFTER_MAX_MS = Key::long("message.timestamp.after.max.ms", "3600000")
        .at_least(0).ms().from(&[same("log.message.timestamp.after.max.ms")]).since("3.6");
    /// How far a record's timestamp may lie before the broker's clock.
    MESSAGE_TIMESTAMP_BEFORE_MAX_MS =
        Key::long("message.timestamp.before.max.ms", "9223372036854775807").at_least(0).ms()
        .from(&[same("log.message.timestamp.before.max.ms")]).since("3.6");
    /// Whether records keep the time their producer gave them or get the time they were appended.
    MESSAGE_TIMESTAMP_TYPE = Key::string("message.timestamp.type", "CreateTime")
        .one_of(&["CreateTime", "LogAppendTime"]).from(&[same("log.message.timestamp.type")])
        .since("0.10.0");
    /// The share of a log that has to be uncompacted before compaction takes it up.
    MIN_CLEANABLE_DIRTY_RATIO = Key::double("min.cleanable.dirty.ratio", "0.5")
        .rule(Rule::Fraction(0.0, 1.0)).from(&[same("log.cleaner.min.cleanable.ratio")])
        .since("0.8.1");
    /// The age before which a record is never compacted away.
    MIN_COMPACTION_LAG_MS = Key::long("min.compaction.lag.ms", "0").at_least(0).ms()
        .from(&[same("log.cleaner.min.compaction.lag.ms")]).since("0.10.1");
    /// How many replicas must be in sync before a write with `acks=all` is accepted.
    MIN_INSYNC_REPLICAS = Key::int("min.insync.replicas", "1").at_least(1)
        .concerns(Concern::Durability).from(&[same("min.insync.replicas")]).since("0.8.2");
    /// Reserve the space of a segment when it is created.
    PREALLOCATE = Key::boolean("preallocate", "false").from(&[same("log.preallocate")])
        .since("0.9");
    /// Stop copying segments to remote storage while what is there stays readable.
    REMOTE_LOG_COPY_DISABLE = Key::boolean("remote.log.copy.disable", "false").since("3.9");
    /// Drop the remote data of a topic whose tiering is switched off.
    REMOTE_LOG_DELETE_ON_DISABLE = Key::boolean("remote.log.delete.on.disable", "false")
        .since("3.9");
    /// Copy closed segments to remote storage and read them from there once they have left the
    /// disk.
    REMOTE_STORAGE_ENABLE = Key::boolean("remote.storage.enable", "false")
        .concerns(Concern::Durability).since("3.6");
    /// The size a partition may have before its oldest segments are dropped; -1 sets no limit.
    RETENTION_BYTES = Key::long("retention.bytes", "-1").bytes()
        .from(&[same("log.retention.bytes")]).since("0.8.1");
    /// The age at which segments are dropped; -1 sets no limit.
    RETENTION_MS = Key::long("retention.ms", "604800000").at_least(-1).ms()
        .from(&[
            same("log.retention.ms"),
            scaled("log.retention.minutes", MINUTES),
            scaled("log.retention.hours", HOURS),
        ]).since("0.8.1");
    /// The size at which a segment is closed and the next one begun.
    SEGMENT_BYTES = Key::int("segment.bytes", "1073741824").at_least(1_048_576).bytes()
        .from(&[same("log.segment.bytes")]).since("0.8.1");
    /// The largest size of a segment's offset index and time index.
    SEGMENT_INDEX_BYTES = Key::int("segment.index.bytes", "10485760").at_least(4).bytes()
        .from(&[same("log.index.size.max.bytes")]).since("0.8.1");
    /// A random time up to this long is taken off `segment.ms`, so that partitions do not all roll
    /// at once.
    SEGMENT_JITTER_MS = Key::long("segment.jitter.ms", "0").at_least(0).ms()
        .from(&[same("log.roll.jitter.ms"), scaled("log.roll.jitter.hours", HOURS)]).since("0.8.2");
    /// The age at which a segment is closed even when it is not full.
    SEGMENT_MS = Key::long("segment.ms", "604800000").at_least(1).ms()
        .from(&[same("log.roll.ms"), scaled("log.roll.hours", HOURS)]).since("0.8.1");
    /// Let a replica that is not in sync become leader when no other is left, at the price of
    /// losing what it has not got.
    UNCLEAN_LEADER_ELECTION_ENABLE = Key::boolean("unclean.leader.election.enable", "false")
        .concerns(Concern::Durability).from(&[same("unclean.leader.election.enable")])
        .since("0.8.2");
    /// What an acknowledged write can survive: with `page-cache` the end of the process, with
    /// `synced` also the end of the power.
    DURABILITY = Key::string("vltava.durability", "page-cache").one_of(&["page-cache", "synced"])
        .concerns(Concern::Durability).from(&[same("vltava.durability")]).ours();
}
