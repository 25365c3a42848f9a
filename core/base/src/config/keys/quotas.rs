//! Quotas, metrics and telemetry.

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    QUOTAS: Broker;

    /// How many windows the rates of clients are averaged over.
    QUOTA_WINDOW_NUM = Key::int("quota.window.num", "11").at_least(1).low().since("0.9");
    /// How long each of these windows is.
    QUOTA_WINDOW_SIZE_SECONDS = Key::int("quota.window.size.seconds", "1").at_least(1)
        .unit(Unit::Seconds).low().since("0.9");
    /// How many windows the rate of throttled replication is averaged over.
    REPLICATION_QUOTA_WINDOW_NUM = Key::int("replication.quota.window.num", "11").at_least(1).low()
        .since("0.10.1");
    /// How long each of these windows is.
    REPLICATION_QUOTA_WINDOW_SIZE_SECONDS = Key::int("replication.quota.window.size.seconds", "1")
        .at_least(1).unit(Unit::Seconds).low().since("0.10.1");
    /// How many windows the rate of moves between directories is averaged over.
    ALTER_LOG_DIRS_REPLICATION_QUOTA_WINDOW_NUM =
        Key::int("alter.log.dirs.replication.quota.window.num", "11").at_least(1).low()
        .since("1.1");
    /// How long each of these windows is.
    ALTER_LOG_DIRS_REPLICATION_QUOTA_WINDOW_SIZE_SECONDS =
        Key::int("alter.log.dirs.replication.quota.window.size.seconds", "1").at_least(1)
        .unit(Unit::Seconds).low().since("1.1");
    /// How many windows the rate of topic changes is averaged over.
    CONTROLLER_QUOTA_WINDOW_NUM = Key::int("controller.quota.window.num", "11").at_least(1).low()
        .since("2.7");
    /// How long each of these windows is.
    CONTROLLER_QUOTA_WINDOW_SIZE_SECONDS = Key::int("controller.quota.window.size.seconds", "1")
        .at_least(1).unit(Unit::Seconds).low().since("2.7");
    /// A class that decides which quota a client has.
    CLIENT_QUOTA_CALLBACK_CLASS = Key::unset("client.quota.callback.class", Kind::Class).low()
        .concerns(Concern::Security).since("2.0");
    /// The most bytes per second that a leader sends for throttled replicas.
    LEADER_REPLICATION_THROTTLED_RATE =
        Key::long("leader.replication.throttled.rate", "9223372036854775807").at_least(0)
        .unit(Unit::BytesPerSecond).cluster_wide().dynamic_only().since("0.10.1");
    /// The most bytes per second that a follower fetches for throttled replicas.
    FOLLOWER_REPLICATION_THROTTLED_RATE =
        Key::long("follower.replication.throttled.rate", "9223372036854775807").at_least(0)
        .unit(Unit::BytesPerSecond).cluster_wide().dynamic_only().since("0.10.1");
    /// The most bytes per second that moves between directories copy.
    REPLICA_ALTER_LOG_DIRS_IO_MAX_BYTES_PER_SECOND =
        Key::long("replica.alter.log.dirs.io.max.bytes.per.second", "9223372036854775807")
        .at_least(0).unit(Unit::BytesPerSecond).cluster_wide().dynamic_only().since("1.1");
    /// Classes that metrics are reported to.
    METRIC_REPORTERS = Key::list("metric.reporters", "org.apache.kafka.common.metrics.JmxReporter")
        .rule(Rule::Distinct).low().cluster_wide().since("0.8.2");
    /// How many samples a rate is computed from.
    METRICS_NUM_SAMPLES = Key::int("metrics.num.samples", "2").at_least(1).low().since("0.8.2");
    /// How long each of these samples is.
    METRICS_SAMPLE_WINDOW_MS = Key::long("metrics.sample.window.ms", "30000").at_least(1).ms()
        .low().since("0.8.2");
    /// The finest level of metrics that is recorded.
    METRICS_RECORDING_LEVEL = Key::string("metrics.recording.level", "INFO").low().since("0.10.2");
    /// Classes of the older kind that metrics are reported to.
    KAFKA_METRICS_REPORTERS = Key::list("kafka.metrics.reporters", "").rule(Rule::Distinct).low()
        .since("0.8");
    /// How often these classes are called.
    KAFKA_METRICS_POLLING_INTERVAL_SECS = Key::int("kafka.metrics.polling.interval.secs", "10")
        .at_least(1).unit(Unit::Seconds).low().since("0.8");
    /// The most bytes of metrics that a client may push at once.
    TELEMETRY_MAX_BYTES = Key::int("telemetry.max.bytes", "1048576").at_least(1).bytes().low()
        .since("3.7");
}
