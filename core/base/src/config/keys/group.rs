//! The keys of groups, with the broker keys that stand in for them where a group sets nothing.

use super::*;

const fn same(name: &'static str) -> Synonym {
    Synonym { name, scale: 1 }
}

keys! {
    /// Every key of this file, in the order in which they are best read.
    GROUP: Group;

    /// After this long without a heartbeat a consumer has left its group.
    CONSUMER_SESSION_TIMEOUT_MS = Key::int("consumer.session.timeout.ms", "45000").at_least(1).ms()
        .from(&[same("group.consumer.session.timeout.ms")]).since("4.0");
    /// How often a member of the consumer group sends a heartbeat.
    CONSUMER_HEARTBEAT_INTERVAL_MS = Key::int("consumer.heartbeat.interval.ms", "5000").at_least(1)
        .ms().from(&[same("group.consumer.heartbeat.interval.ms")]).since("4.0");
    /// The least time between two assignments of the consumer group.
    CONSUMER_ASSIGNMENT_INTERVAL_MS = Key::int("consumer.assignment.interval.ms", "1000")
        .at_least(0).ms().from(&[same("group.consumer.assignment.interval.ms")]).since("4.3");
    /// After this long without a heartbeat a member has left its share group.
    SHARE_SESSION_TIMEOUT_MS = Key::int("share.session.timeout.ms", "45000").at_least(1).ms()
        .from(&[same("group.share.session.timeout.ms")]).since("4.0");
    /// How often a member of the share group sends a heartbeat.
    SHARE_HEARTBEAT_INTERVAL_MS = Key::int("share.heartbeat.interval.ms", "5000").at_least(1).ms()
        .from(&[same("group.share.heartbeat.interval.ms")]).since("4.0");
    /// The least time between two assignments of the share group.
    SHARE_ASSIGNMENT_INTERVAL_MS = Key::int("share.assignment.interval.ms", "1000").at_least(0)
        .ms().from(&[same("group.share.assignment.interval.ms")]).since("4.3");
    /// How long a record belongs to the consumer that acquired it.
    SHARE_RECORD_LOCK_DURATION_MS = Key::int("share.record.lock.duration.ms", "30000")
        .at_least(1000).ms().from(&[same("group.share.record.lock.duration.ms")]).since("4.0");
    /// How often a record is delivered before it is given up.
    SHARE_DELIVERY_COUNT_LIMIT = Key::int("share.delivery.count.limit", "5").at_least(2)
        .from(&[same("group.share.delivery.count.limit")]).since("4.3");
    /// How many records of a partition may be acquired at once.
    SHARE_PARTITION_MAX_RECORD_LOCKS = Key::int("share.partition.max.record.locks", "2000")
        .at_least(100).from(&[same("group.share.partition.max.record.locks")]).since("4.3");
    /// Where a share group begins to read a partition: `latest`, `earliest`, or `by_duration:` and
    /// how long ago.
    SHARE_AUTO_OFFSET_RESET = Key::string("share.auto.offset.reset", "latest")
        .rule(Rule::ShareOffsetReset).since("4.0");
    /// Whether a share group reads records of transactions that are not committed.
    SHARE_ISOLATION_LEVEL = Key::string("share.isolation.level", "read_uncommitted")
        .one_of(&["read_committed", "read_uncommitted"]).since("3.9");
    /// Whether consumers may prolong an acquisition.
    SHARE_RENEW_ACKNOWLEDGE_ENABLE = Key::boolean("share.renew.acknowledge.enable", "true")
        .since("4.3");
    /// After this long without a heartbeat a member has left its streams group.
    STREAMS_SESSION_TIMEOUT_MS = Key::int("streams.session.timeout.ms", "45000").at_least(1).ms()
        .from(&[same("group.streams.session.timeout.ms")]).since("4.1");
    /// How often a member of the streams group sends a heartbeat.
    STREAMS_HEARTBEAT_INTERVAL_MS = Key::int("streams.heartbeat.interval.ms", "5000").at_least(1)
        .ms().from(&[same("group.streams.heartbeat.interval.ms")]).since("4.1");
    /// The least time between two assignments of the streams group.
    STREAMS_ASSIGNMENT_INTERVAL_MS = Key::int("streams.assignment.interval.ms", "1000").at_least(0)
        .ms().from(&[same("group.streams.assignment.interval.ms")]).since("4.3");
    /// How long an empty streams group waits for more members before its first assignment.
    STREAMS_INITIAL_REBALANCE_DELAY_MS = Key::int("streams.initial.rebalance.delay.ms", "3000")
        .at_least(0).ms().from(&[same("group.streams.initial.rebalance.delay.ms")]).since("4.2");
    /// How many standby copies of each task's state are kept.
    STREAMS_NUM_STANDBY_REPLICAS = Key::int("streams.num.standby.replicas", "0").at_least(0)
        .from(&[same("group.streams.num.standby.replicas")]).since("4.1");
}
