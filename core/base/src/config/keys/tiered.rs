//! Segments that are copied to remote storage.

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    TIERED: Broker;

    /// Whether the node can copy segments to remote storage.
    REMOTE_LOG_STORAGE_SYSTEM_ENABLE = Key::boolean("remote.log.storage.system.enable", "false")
        .concerns(Concern::Durability).since("3.0");
    /// The class that stores segments remotely.
    REMOTE_LOG_STORAGE_MANAGER_CLASS_NAME =
        Key::unset("remote.log.storage.manager.class.name", Kind::String).rule(Rule::NonEmpty)
        .concerns(Concern::Durability).since("3.0");
    /// Where that class is loaded from.
    REMOTE_LOG_STORAGE_MANAGER_CLASS_PATH =
        Key::unset("remote.log.storage.manager.class.path", Kind::String).since("3.0");
    /// Keys that begin so are handed to that class.
    REMOTE_LOG_STORAGE_MANAGER_IMPL_PREFIX =
        Key::string("remote.log.storage.manager.impl.prefix", "rsm.config.").rule(Rule::NonEmpty)
        .since("3.0");
    /// The class that remembers which segments are stored remotely.
    REMOTE_LOG_METADATA_MANAGER_CLASS_NAME =
        Key::string("remote.log.metadata.manager.class.name", "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager")
        .rule(Rule::NonEmpty).since("3.0");
    /// Where that class is loaded from.
    REMOTE_LOG_METADATA_MANAGER_CLASS_PATH =
        Key::unset("remote.log.metadata.manager.class.path", Kind::String).since("3.0");
    /// Keys that begin so are handed to that class.
    REMOTE_LOG_METADATA_MANAGER_IMPL_PREFIX =
        Key::string("remote.log.metadata.manager.impl.prefix", "rlmm.config.").rule(Rule::NonEmpty)
        .since("3.0");
    /// The listener over which that class reaches the brokers.
    REMOTE_LOG_METADATA_MANAGER_LISTENER_NAME =
        Key::unset("remote.log.metadata.manager.listener.name", Kind::String).rule(Rule::NonEmpty)
        .since("3.0");
    /// The longest note that a remote store may attach to a segment.
    REMOTE_LOG_METADATA_CUSTOM_METADATA_MAX_BYTES =
        Key::int("remote.log.metadata.custom.metadata.max.bytes", "128").at_least(0).bytes().low()
        .since("3.6");
    /// How many threads serve remote storage where the pools below are not set.
    REMOTE_LOG_MANAGER_THREAD_POOL_SIZE = Key::int("remote.log.manager.thread.pool.size", "2")
        .at_least(1).since("3.0");
    /// How many threads copy segments to remote storage.
    REMOTE_LOG_MANAGER_COPIER_THREAD_POOL_SIZE =
        Key::int("remote.log.manager.copier.thread.pool.size", "10").at_least(1).cluster_wide()
        .since("3.8");
    /// How many threads delete remote segments past their retention.
    REMOTE_LOG_MANAGER_EXPIRATION_THREAD_POOL_SIZE =
        Key::int("remote.log.manager.expiration.thread.pool.size", "10").at_least(1).cluster_wide()
        .since("3.8");
    /// How many threads follow remote metadata for partitions led elsewhere.
    REMOTE_LOG_MANAGER_FOLLOWER_THREAD_POOL_SIZE =
        Key::int("remote.log.manager.follower.thread.pool.size", "2").at_least(1).cluster_wide()
        .since("4.2");
    /// How often each partition is looked at for segments to copy or delete.
    REMOTE_LOG_MANAGER_TASK_INTERVAL_MS = Key::long("remote.log.manager.task.interval.ms", "30000")
        .at_least(1).ms().low().since("3.0");
    /// The first pause after remote storage has failed.
    REMOTE_LOG_MANAGER_TASK_RETRY_BACKOFF_MS =
        Key::long("remote.log.manager.task.retry.backoff.ms", "500").at_least(1).ms().low()
        .internal().since("3.0");
    /// The longest pause after remote storage has failed repeatedly.
    REMOTE_LOG_MANAGER_TASK_RETRY_BACKOFF_MAX_MS =
        Key::long("remote.log.manager.task.retry.backoff.max.ms", "30000").at_least(1).ms().low()
        .internal().since("3.0");
    /// The random share by which such pauses vary.
    REMOTE_LOG_MANAGER_TASK_RETRY_JITTER =
        Key::double("remote.log.manager.task.retry.jitter", "0.2").rule(Rule::Fraction(0.0, 0.5))
        .low().internal().since("3.0");
    /// The most bytes per second that are copied to remote storage.
    REMOTE_LOG_MANAGER_COPY_MAX_BYTES_PER_SECOND =
        Key::long("remote.log.manager.copy.max.bytes.per.second", "9223372036854775807")
        .at_least(1).unit(Unit::BytesPerSecond).cluster_wide().since("3.8");
    /// How many windows the copying rate is averaged over.
    REMOTE_LOG_MANAGER_COPY_QUOTA_WINDOW_NUM =
        Key::int("remote.log.manager.copy.quota.window.num", "11").at_least(1).since("3.8");
    /// How long each of these windows is.
    REMOTE_LOG_MANAGER_COPY_QUOTA_WINDOW_SIZE_SECONDS =
        Key::int("remote.log.manager.copy.quota.window.size.seconds", "1").at_least(1)
        .unit(Unit::Seconds).since("3.8");
    /// The most bytes per second that are read from remote storage.
    REMOTE_LOG_MANAGER_FETCH_MAX_BYTES_PER_SECOND =
        Key::long("remote.log.manager.fetch.max.bytes.per.second", "9223372036854775807")
        .at_least(1).unit(Unit::BytesPerSecond).cluster_wide().since("3.8");
    /// How many windows the reading rate is averaged over.
    REMOTE_LOG_MANAGER_FETCH_QUOTA_WINDOW_NUM =
        Key::int("remote.log.manager.fetch.quota.window.num", "11").at_least(1).since("3.8");
    /// How long each of these windows is.
    REMOTE_LOG_MANAGER_FETCH_QUOTA_WINDOW_SIZE_SECONDS =
        Key::int("remote.log.manager.fetch.quota.window.size.seconds", "1").at_least(1)
        .unit(Unit::Seconds).since("3.8");
    /// How many threads read from remote storage for fetches.
    REMOTE_LOG_READER_THREADS = Key::int("remote.log.reader.threads", "10").at_least(1)
        .cluster_wide().since("3.0");
    /// How many such reads may wait.
    REMOTE_LOG_READER_MAX_PENDING_TASKS = Key::int("remote.log.reader.max.pending.tasks", "100")
        .at_least(1).since("3.0");
    /// How much disk the cached indexes of remote segments may use.
    REMOTE_LOG_INDEX_FILE_CACHE_TOTAL_SIZE_BYTES =
        Key::long("remote.log.index.file.cache.total.size.bytes", "1073741824").at_least(1).bytes()
        .low().cluster_wide().since("3.0");
    /// How long an unused index stays in that cache.
    REMOTE_LOG_INDEX_FILE_CACHE_TTL_MS = Key::long("remote.log.index.file.cache.ttl.ms", "900000")
        .at_least(-1).ms().low().internal().since("4.3");
    /// How long a fetch waits for remote storage.
    REMOTE_FETCH_MAX_WAIT_MS = Key::int("remote.fetch.max.wait.ms", "500").at_least(1).ms()
        .cluster_wide().since("3.8");
    /// How long a ListOffsets request waits for remote storage.
    REMOTE_LIST_OFFSETS_REQUEST_TIMEOUT_MS =
        Key::long("remote.list.offsets.request.timeout.ms", "30000").at_least(1).ms()
        .cluster_wide().since("4.0");
    /// How many bytes of a tiered partition stay on local disk; -2 follows `log.retention.bytes`.
    LOG_LOCAL_RETENTION_BYTES = Key::long("log.local.retention.bytes", "-2").at_least(-2).bytes()
        .cluster_wide().since("3.6");
    /// How long records of a tiered partition stay on local disk; -2 follows `log.retention.ms`.
    LOG_LOCAL_RETENTION_MS = Key::long("log.local.retention.ms", "-2").at_least(-2).ms()
        .cluster_wide().since("3.6");
}
