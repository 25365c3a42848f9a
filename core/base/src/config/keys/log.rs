//! Where partitions are stored, and what holds for topics that set nothing themselves.

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    LOG: Broker;

    /// The directories that hold the partitions; more than one spreads them over disks.
    LOG_DIRS = Key::unset("log.dirs", Kind::List).rule(Rule::DistinctSome).high()
        .concerns(Concern::Durability).since("0.8");
    /// The directory that holds the partitions where `log.dirs` is not set.
    LOG_DIR = Key::list("log.dir", "/tmp/kafka-logs").rule(Rule::DistinctSome).high()
        .concerns(Concern::Durability).since("0.7");
    /// Log directories that get no new partitions; `*` means all of them.
    CORDONED_LOG_DIRS = Key::list("cordoned.log.dirs", "").rule(Rule::Distinct).per_broker()
        .concerns(Concern::Replication).since("4.3");
    /// How many partitions a topic gets that is created without a number.
    NUM_PARTITIONS = Key::int("num.partitions", "1").at_least(1).since("0.7");
    /// How many replicas a topic gets that is created without a number.
    DEFAULT_REPLICATION_FACTOR = Key::int("default.replication.factor", "1")
        .concerns(Concern::Replication).since("0.8");
    /// Create a topic when a client asks for one that does not exist.
    AUTO_CREATE_TOPICS_ENABLE = Key::boolean("auto.create.topics.enable", "true").high()
        .since("0.8");
    /// Allow topics to be deleted.
    DELETE_TOPIC_ENABLE = Key::boolean("delete.topic.enable", "true").high().since("0.8.2");
    /// A class that decides whether a topic may be created.
    CREATE_TOPIC_POLICY_CLASS_NAME = Key::unset("create.topic.policy.class.name", Kind::Class)
        .low().concerns(Concern::Security).since("0.10.2");
    /// A class that decides whether a configuration may be changed.
    ALTER_CONFIG_POLICY_CLASS_NAME = Key::unset("alter.config.policy.class.name", Kind::Class)
        .low().concerns(Concern::Security).since("0.11");
    /// The codec that stored batches have; `producer` keeps each batch as it was sent.
    COMPRESSION_TYPE = Key::string("compression.type", "producer")
        .one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]).high()
        .cluster_wide().since("0.9");
    /// The level at which gzip compresses when the broker compresses.
    COMPRESSION_GZIP_LEVEL = Key::int("compression.gzip.level", "-1").rule(Rule::GzipLevel)
        .cluster_wide().since("3.8");
    /// The level at which lz4 compresses when the broker compresses.
    COMPRESSION_LZ4_LEVEL = Key::int("compression.lz4.level", "9").between(1, 17).cluster_wide()
        .since("3.8");
    /// The level at which zstd compresses when the broker compresses.
    COMPRESSION_ZSTD_LEVEL = Key::int("compression.zstd.level", "3").between(-131_072, 22)
        .cluster_wide().since("3.8");
    /// The largest batch that is accepted, counted after compression.
    MESSAGE_MAX_BYTES = Key::int("message.max.bytes", "1048588").at_least(0).bytes().high()
        .cluster_wide().since("0.8");
    /// How many replicas must be in sync before a write with `acks=all` is accepted.
    MIN_INSYNC_REPLICAS = Key::int("min.insync.replicas", "1").at_least(1).high().cluster_wide()
        .concerns(Concern::Durability).since("0.8.2");
    /// The size at which a segment is closed and the next one begun.
    LOG_SEGMENT_BYTES = Key::int("log.segment.bytes", "1073741824").at_least(1_048_576).bytes()
        .high().cluster_wide().since("0.8");
    /// The age at which a segment is closed; by default `log.roll.hours`.
    LOG_ROLL_MS = Key::unset("log.roll.ms", Kind::Long).ms().high().cluster_wide().since("0.8.2");
    /// The age at which a segment is closed even when it is not full.
    LOG_ROLL_HOURS = Key::int("log.roll.hours", "168").at_least(1).unit(Unit::Hours).high()
        .since("0.7");
    /// A random time up to this long is taken off `log.roll.ms`; by default
    /// `log.roll.jitter.hours`.
    LOG_ROLL_JITTER_MS = Key::unset("log.roll.jitter.ms", Kind::Long).ms().high().cluster_wide()
        .since("0.8.2");
    /// A random time up to this long is taken off `log.roll.ms`, so that partitions do not all roll
    /// at once.
    LOG_ROLL_JITTER_HOURS = Key::int("log.roll.jitter.hours", "0").at_least(0).unit(Unit::Hours)
        .high().since("0.8.2");
    /// The age at which segments are dropped, -1 for never; by default `log.retention.minutes`.
    LOG_RETENTION_MS = Key::unset("log.retention.ms", Kind::Long).ms().high().cluster_wide()
        .since("0.8.2");
    /// The age at which segments are dropped; by default `log.retention.hours`.
    LOG_RETENTION_MINUTES = Key::unset("log.retention.minutes", Kind::Int).unit(Unit::Minutes)
        .high().since("0.8.1");
    /// The age at which segments are dropped.
    LOG_RETENTION_HOURS = Key::int("log.retention.hours", "168").unit(Unit::Hours).high()
        .since("0.7");
    /// The size a partition may have before its oldest segments are dropped; -1 sets no limit.
    LOG_RETENTION_BYTES = Key::long("log.retention.bytes", "-1").bytes().high().cluster_wide()
        .since("0.8");
    /// How often the log looks for segments that are past their retention.
    LOG_RETENTION_CHECK_INTERVAL_MS = Key::long("log.retention.check.interval.ms", "300000")
        .at_least(1).ms().since("0.8.1");
    /// What happens to old data: `delete`, `compact`, both, or, when empty, nothing.
    LOG_CLEANUP_POLICY = Key::list("log.cleanup.policy", "delete")
        .rule(Rule::Among(&["compact", "delete"])).cluster_wide().concerns(Concern::Durability)
        .since("0.8.1");
    /// The largest size of a segment's offset index and time index.
    LOG_INDEX_SIZE_MAX_BYTES = Key::int("log.index.size.max.bytes", "10485760").at_least(4).bytes()
        .cluster_wide().since("0.8");
    /// How many bytes of log lie between two entries of the offset index.
    LOG_INDEX_INTERVAL_BYTES = Key::int("log.index.interval.bytes", "4096").at_least(0).bytes()
        .cluster_wide().since("0.8");
    /// Sync a partition after this many records.
    LOG_FLUSH_INTERVAL_MESSAGES = Key::long("log.flush.interval.messages", "9223372036854775807")
        .at_least(1).high().cluster_wide().concerns(Concern::Durability).since("0.8");
    /// Sync a partition when its oldest unsynced record is this old; by default
    /// `log.flush.scheduler.interval.ms`.
    LOG_FLUSH_INTERVAL_MS = Key::unset("log.flush.interval.ms", Kind::Long).ms().high()
        .cluster_wide().concerns(Concern::Durability).since("0.8");
    /// How often the log looks for partitions that are due for a sync.
    LOG_FLUSH_SCHEDULER_INTERVAL_MS =
        Key::long("log.flush.scheduler.interval.ms", "9223372036854775807").ms().high()
        .concerns(Concern::Durability).since("0.8");
    /// How often recovery points are written, which bound the work after a crash.
    LOG_FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS =
        Key::int("log.flush.offset.checkpoint.interval.ms", "60000").at_least(0).ms().high()
        .since("0.8.1");
    /// How often log start offsets are written, so that deleted records stay deleted.
    LOG_FLUSH_START_OFFSET_CHECKPOINT_INTERVAL_MS =
        Key::int("log.flush.start.offset.checkpoint.interval.ms", "60000").at_least(0).ms().high()
        .since("0.11");
    /// How long the files of a removed segment are kept, so that reads under way can finish.
    LOG_SEGMENT_DELETE_DELAY_MS = Key::long("log.segment.delete.delay.ms", "60000").at_least(0)
        .ms().high().cluster_wide().since("0.8.1");
    /// Reserve the space of a segment when it is created.
    LOG_PREALLOCATE = Key::boolean("log.preallocate", "false").cluster_wide().since("0.9");
    /// Whether records keep the time their producer gave them or get the time they were appended.
    LOG_MESSAGE_TIMESTAMP_TYPE = Key::string("log.message.timestamp.type", "CreateTime")
        .one_of(&["CreateTime", "LogAppendTime"]).cluster_wide().since("0.10.1");
    /// How far a record's timestamp may lie before the broker's clock.
    LOG_MESSAGE_TIMESTAMP_BEFORE_MAX_MS =
        Key::long("log.message.timestamp.before.max.ms", "9223372036854775807").at_least(0).ms()
        .cluster_wide().since("3.6");
    /// How far a record's timestamp may lie after the broker's clock.
    LOG_MESSAGE_TIMESTAMP_AFTER_MAX_MS = Key::long("log.message.timestamp.after.max.ms", "3600000")
        .at_least(0).ms().cluster_wide().since("3.6");
    /// A broker that cannot tell the controller of a failed directory for this long stops, if it
    /// led partitions there.
    LOG_DIR_FAILURE_TIMEOUT_MS = Key::long("log.dir.failure.timeout.ms", "30000").at_least(1).ms()
        .low().since("3.8");
    /// How long after the start the first housekeeping of the log begins.
    LOG_INITIAL_TASK_DELAY_MS = Key::long("log.initial.task.delay.ms", "30000").at_least(0).ms()
        .low().internal().since("3.9");
    /// How many threads per directory recover partitions at start and sync them at stop.
    NUM_RECOVERY_THREADS_PER_DATA_DIR = Key::int("num.recovery.threads.per.data.dir", "2")
        .at_least(1).high().cluster_wide().since("0.8.2");
    /// How many threads move replicas between directories; by default one for each directory.
    NUM_REPLICA_ALTER_LOG_DIRS_THREADS = Key::unset("num.replica.alter.log.dirs.threads", Kind::Int)
        .high().since("1.1");
    /// Whether compaction runs at all.
    LOG_CLEANER_ENABLE = Key::boolean("log.cleaner.enable", "true").since("0.8.1");
    /// How many threads compact.
    LOG_CLEANER_THREADS = Key::int("log.cleaner.threads", "1").at_least(0).cluster_wide()
        .since("0.8.1");
    /// How long compaction rests when there is nothing to do.
    LOG_CLEANER_BACKOFF_MS = Key::long("log.cleaner.backoff.ms", "15000").at_least(0).ms()
        .cluster_wide().since("0.8.1");
    /// The memory that all compaction together uses to remember keys.
    LOG_CLEANER_DEDUPE_BUFFER_SIZE = Key::long("log.cleaner.dedupe.buffer.size", "134217728")
        .bytes().cluster_wide().since("0.8.1");
    /// The memory that all compaction together uses to read and write.
    LOG_CLEANER_IO_BUFFER_SIZE = Key::int("log.cleaner.io.buffer.size", "524288").at_least(0)
        .bytes().cluster_wide().since("0.8.1");
    /// How full the table of keys may get; fuller means more keys per pass and more collisions.
    LOG_CLEANER_IO_BUFFER_LOAD_FACTOR = Key::double("log.cleaner.io.buffer.load.factor", "0.9")
        .cluster_wide().since("0.8.1");
    /// The most bytes per second that compaction reads and writes together.
    LOG_CLEANER_IO_MAX_BYTES_PER_SECOND =
        Key::double("log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308")
        .unit(Unit::BytesPerSecond).cluster_wide().since("0.8.1");
    /// How long a tombstone or a transaction marker stays readable after compaction.
    LOG_CLEANER_DELETE_RETENTION_MS = Key::long("log.cleaner.delete.retention.ms", "86400000")
        .at_least(0).ms().cluster_wide().since("0.8.1");
    /// The share of a log that has to be uncompacted before compaction takes it up.
    LOG_CLEANER_MIN_CLEANABLE_RATIO = Key::double("log.cleaner.min.cleanable.ratio", "0.5")
        .rule(Rule::Fraction(0.0, 1.0)).cluster_wide().since("0.8.1");
    /// The age before which a record is never compacted away.
    LOG_CLEANER_MIN_COMPACTION_LAG_MS = Key::long("log.cleaner.min.compaction.lag.ms", "0")
        .at_least(0).ms().cluster_wide().since("0.10.1");
    /// The age by which a record has been considered for compaction.
    LOG_CLEANER_MAX_COMPACTION_LAG_MS =
        Key::long("log.cleaner.max.compaction.lag.ms", "9223372036854775807").at_least(1).ms()
        .cluster_wide().since("2.3");
    /// How long a partition remembers an idempotent producer that has gone quiet.
    PRODUCER_ID_EXPIRATION_MS = Key::int("producer.id.expiration.ms", "86400000").at_least(1).ms()
        .low().cluster_wide().since("3.4");
    /// How often partitions look for producers to forget.
    PRODUCER_ID_EXPIRATION_CHECK_INTERVAL_MS =
        Key::int("producer.id.expiration.check.interval.ms", "600000").at_least(1).ms().low()
        .internal().since("3.4");
}
