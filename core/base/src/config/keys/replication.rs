//! Leaders, followers and what they fetch.

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    REPLICATION: Broker;

    /// Let a replica that is not in sync become leader when no other is left, at the price of
    /// losing what it has not got.
    UNCLEAN_LEADER_ELECTION_ENABLE = Key::boolean("unclean.leader.election.enable", "false").high()
        .cluster_wide().concerns(Concern::Durability).since("0.8.2");
    /// How often the controller looks for partitions to which an unclean election would give a
    /// leader.
    UNCLEAN_LEADER_ELECTION_INTERVAL_MS = Key::long("unclean.leader.election.interval.ms", "300000")
        .at_least(1).ms().internal().since("3.9");
    /// Give leadership back to the preferred replicas from time to time.
    AUTO_LEADER_REBALANCE_ENABLE = Key::boolean("auto.leader.rebalance.enable", "true").high()
        .since("0.8.1");
    /// How often the controller looks for leadership to give back.
    LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS =
        Key::long("leader.imbalance.check.interval.seconds", "300").at_least(1).unit(Unit::Seconds)
        .high().since("0.8.1");
    /// How many fetchers a follower runs for each broker that it fetches from.
    NUM_REPLICA_FETCHERS = Key::int("num.replica.fetchers", "1").at_least(1).high().cluster_wide()
        .since("0.8");
    /// A follower that has not caught up for this long is no longer in sync.
    REPLICA_LAG_TIME_MAX_MS = Key::long("replica.lag.time.max.ms", "30000").ms().high()
        .since("0.8");
    /// The bytes a follower asks for per partition; a first batch that is larger is sent all the
    /// same.
    REPLICA_FETCH_MAX_BYTES = Key::int("replica.fetch.max.bytes", "1048576").at_least(0).bytes()
        .since("0.8");
    /// The bytes a follower asks for per fetch.
    REPLICA_FETCH_RESPONSE_MAX_BYTES = Key::int("replica.fetch.response.max.bytes", "10485760")
        .at_least(0).bytes().since("0.10.1");
    /// How many bytes a follower's fetch waits for.
    REPLICA_FETCH_MIN_BYTES = Key::int("replica.fetch.min.bytes", "1").bytes().high().since("0.8");
    /// How long a follower's fetch waits for them.
    REPLICA_FETCH_WAIT_MAX_MS = Key::int("replica.fetch.wait.max.ms", "500").ms().high()
        .since("0.8");
    /// How long a follower leaves a partition alone after its fetch has failed.
    REPLICA_FETCH_BACKOFF_MS = Key::int("replica.fetch.backoff.ms", "1000").at_least(0).ms()
        .since("0.9");
    /// How long a follower waits for an answer on its connection.
    REPLICA_SOCKET_TIMEOUT_MS = Key::int("replica.socket.timeout.ms", "30000").ms().high()
        .since("0.8");
    /// The receive buffer of a follower's connection.
    REPLICA_SOCKET_RECEIVE_BUFFER_BYTES = Key::int("replica.socket.receive.buffer.bytes", "65536")
        .bytes().high().since("0.8");
    /// How often high watermarks are written to disk.
    REPLICA_HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS =
        Key::long("replica.high.watermark.checkpoint.interval.ms", "5000").ms().high().since("0.8");
    /// Which replica a consumer is sent to; `RackAwareReplicaSelector` prefers one in its own rack.
    REPLICA_SELECTOR_CLASS = Key::unset("replica.selector.class", Kind::String)
        .concerns(Concern::Replication).since("2.4");
    /// Let a new follower of a tiered partition begin where the copied data ends.
    FOLLOWER_FETCH_LAST_TIERED_OFFSET_ENABLE =
        Key::boolean("follower.fetch.last.tiered.offset.enable", "false").cluster_wide()
        .since("4.3");
    /// How many finished fetches Apache Kafka lets gather in its table of waiting ones.
    FETCH_PURGATORY_PURGE_INTERVAL_REQUESTS =
        Key::int("fetch.purgatory.purge.interval.requests", "1000").since("0.8");
    /// How many finished produce requests Apache Kafka lets gather in its table of waiting ones.
    PRODUCER_PURGATORY_PURGE_INTERVAL_REQUESTS =
        Key::int("producer.purgatory.purge.interval.requests", "1000").since("0.8");
    /// How many finished DeleteRecords requests Apache Kafka lets gather in its table of waiting
    /// ones.
    DELETE_RECORDS_PURGATORY_PURGE_INTERVAL_REQUESTS =
        Key::int("delete.records.purgatory.purge.interval.requests", "1").since("0.11");
    /// How many finished share fetches Apache Kafka lets gather in its table of waiting ones.
    SHARE_FETCH_PURGATORY_PURGE_INTERVAL_REQUESTS =
        Key::int("share.fetch.purgatory.purge.interval.requests", "1000").since("4.0");
}
