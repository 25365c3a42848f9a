//! Consumer groups, share groups and streams groups, and the offsets they commit.

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    GROUPS: Broker;

    /// How many partitions hold committed offsets; a change later would look for groups in the
    /// wrong place.
    OFFSETS_TOPIC_NUM_PARTITIONS = Key::int("offsets.topic.num.partitions", "50").at_least(1)
        .high().since("0.8.2");
    /// How many replicas the topic of committed offsets has.
    OFFSETS_TOPIC_REPLICATION_FACTOR = Key::short("offsets.topic.replication.factor", "3")
        .at_least(1).high().since("0.8.2");
    /// The segment size of the topic of committed offsets.
    OFFSETS_TOPIC_SEGMENT_BYTES = Key::int("offsets.topic.segment.bytes", "104857600").at_least(1)
        .bytes().high().since("0.8.2");
    /// The codec of the topic of committed offsets, by its number on the wire.
    OFFSETS_TOPIC_COMPRESSION_CODEC = Key::int("offsets.topic.compression.codec", "0").high()
        .since("0.8.2");
    /// How long the offsets of a group without members are kept.
    OFFSETS_RETENTION_MINUTES = Key::int("offsets.retention.minutes", "10080").at_least(1)
        .unit(Unit::Minutes).high().since("0.8.2");
    /// How often the coordinator looks for offsets to forget.
    OFFSETS_RETENTION_CHECK_INTERVAL_MS = Key::long("offsets.retention.check.interval.ms", "600000")
        .at_least(1).ms().high().since("0.8.2");
    /// How long a commit may wait for its replicas.
    OFFSETS_COMMIT_TIMEOUT_MS = Key::int("offsets.commit.timeout.ms", "5000").at_least(1).ms()
        .high().since("0.8.2");
    /// How many bytes are read at once when a coordinator loads its offsets.
    OFFSETS_LOAD_BUFFER_SIZE = Key::int("offsets.load.buffer.size", "5242880").at_least(1).bytes()
        .high().since("0.8.2");
    /// The longest note that a client may store with an offset.
    OFFSET_METADATA_MAX_BYTES = Key::int("offset.metadata.max.bytes", "4096").bytes().high()
        .since("0.8.1");
    /// The shortest session timeout that a member of a classic group may ask for.
    GROUP_MIN_SESSION_TIMEOUT_MS = Key::int("group.min.session.timeout.ms", "6000").ms()
        .since("0.9");
    /// The longest session timeout that a member of a classic group may ask for.
    GROUP_MAX_SESSION_TIMEOUT_MS = Key::int("group.max.session.timeout.ms", "1800000").ms()
        .since("0.9");
    /// How long an empty classic group waits for more members before its first assignment.
    GROUP_INITIAL_REBALANCE_DELAY_MS = Key::int("group.initial.rebalance.delay.ms", "3000").ms()
        .since("0.11");
    /// How many members a classic group may have.
    GROUP_MAX_SIZE = Key::int("group.max.size", "2147483647").at_least(1).since("2.2");
    /// The kinds of groups that are served.
    GROUP_COORDINATOR_REBALANCE_PROTOCOLS =
        Key::list("group.coordinator.rebalance.protocols", "classic,consumer,streams")
        .rule(Rule::SomeAmong(&["consumer", "classic", "share", "streams"])).since("3.7");
    /// How many threads Apache Kafka uses for its group coordinators.
    GROUP_COORDINATOR_THREADS = Key::int("group.coordinator.threads", "4").at_least(1).high()
        .since("3.5");
    /// How many threads compute assignments and match regular expressions.
    GROUP_COORDINATOR_BACKGROUND_THREADS = Key::int("group.coordinator.background.threads", "2")
        .at_least(1).high().since("4.3");
    /// How long a group coordinator collects records before it writes them; -1 adapts to the load.
    GROUP_COORDINATOR_APPEND_LINGER_MS = Key::int("group.coordinator.append.linger.ms", "-1")
        .at_least(-1).ms().since("3.8");
    /// The largest write buffer that a group coordinator keeps for its next write.
    GROUP_COORDINATOR_CACHED_BUFFER_MAX_BYTES =
        Key::int("group.coordinator.cached.buffer.max.bytes", "1048588").at_least(524_288).bytes()
        .cluster_wide().since("4.3");
    /// After this long without a heartbeat a consumer has left its group.
    GROUP_CONSUMER_SESSION_TIMEOUT_MS = Key::int("group.consumer.session.timeout.ms", "45000")
        .at_least(1).ms().since("3.5");
    /// The lowest session timeout that a consumer group may be given.
    GROUP_CONSUMER_MIN_SESSION_TIMEOUT_MS =
        Key::int("group.consumer.min.session.timeout.ms", "45000").at_least(1).ms().since("3.5");
    /// The highest session timeout that a consumer group may be given.
    GROUP_CONSUMER_MAX_SESSION_TIMEOUT_MS =
        Key::int("group.consumer.max.session.timeout.ms", "60000").at_least(1).ms().since("3.5");
    /// How often a member of a consumer group sends a heartbeat.
    GROUP_CONSUMER_HEARTBEAT_INTERVAL_MS = Key::int("group.consumer.heartbeat.interval.ms", "5000")
        .at_least(1).ms().since("3.5");
    /// The lowest heartbeat interval that a consumer group may be given.
    GROUP_CONSUMER_MIN_HEARTBEAT_INTERVAL_MS =
        Key::int("group.consumer.min.heartbeat.interval.ms", "5000").at_least(1).ms().since("3.5");
    /// The highest heartbeat interval that a consumer group may be given.
    GROUP_CONSUMER_MAX_HEARTBEAT_INTERVAL_MS =
        Key::int("group.consumer.max.heartbeat.interval.ms", "15000").at_least(1).ms().since("3.5");
    /// The least time between two assignments of a consumer group.
    GROUP_CONSUMER_ASSIGNMENT_INTERVAL_MS =
        Key::int("group.consumer.assignment.interval.ms", "1000").at_least(0).ms().cluster_wide()
        .since("4.3");
    /// The lowest assignment interval that a consumer group may be given.
    GROUP_CONSUMER_MIN_ASSIGNMENT_INTERVAL_MS =
        Key::int("group.consumer.min.assignment.interval.ms", "0").at_least(0).ms().since("4.3");
    /// The highest assignment interval that a consumer group may be given.
    GROUP_CONSUMER_MAX_ASSIGNMENT_INTERVAL_MS =
        Key::int("group.consumer.max.assignment.interval.ms", "15000").at_least(0).ms()
        .since("4.3");
    /// How many members a consumer group may have.
    GROUP_CONSUMER_MAX_SIZE = Key::int("group.consumer.max.size", "2147483647").at_least(1)
        .since("3.5");
    /// The assignors a consumer group can choose from; the first is the default.
    GROUP_CONSUMER_ASSIGNORS = Key::list("group.consumer.assignors", "uniform,range")
        .rule(Rule::DistinctSome).since("3.5");
    /// Between which protocols a group may move while it has members.
    GROUP_CONSUMER_MIGRATION_POLICY =
        Key::string("group.consumer.migration.policy", "bidirectional")
        .rule(Rule::OneOfAnyCase(&["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"]))
        .since("3.8");
    /// How often subscriptions by regular expression are matched against the topics again.
    GROUP_CONSUMER_REGEX_REFRESH_INTERVAL_MS =
        Key::int("group.consumer.regex.refresh.interval.ms", "600000").at_least(10_000).ms()
        .internal().since("4.1");
    /// After this long without a heartbeat a member has left its share group.
    GROUP_SHARE_SESSION_TIMEOUT_MS = Key::int("group.share.session.timeout.ms", "45000")
        .at_least(1).ms().since("3.9");
    /// The lowest session timeout that a share group may be given.
    GROUP_SHARE_MIN_SESSION_TIMEOUT_MS = Key::int("group.share.min.session.timeout.ms", "45000")
        .at_least(1).ms().since("3.9");
    /// The highest session timeout that a share group may be given.
    GROUP_SHARE_MAX_SESSION_TIMEOUT_MS = Key::int("group.share.max.session.timeout.ms", "60000")
        .at_least(1).ms().since("3.9");
    /// How often a member of a share group sends a heartbeat.
    GROUP_SHARE_HEARTBEAT_INTERVAL_MS = Key::int("group.share.heartbeat.interval.ms", "5000")
        .at_least(1).ms().since("3.9");
    /// The lowest heartbeat interval that a share group may be given.
    GROUP_SHARE_MIN_HEARTBEAT_INTERVAL_MS =
        Key::int("group.share.min.heartbeat.interval.ms", "5000").at_least(1).ms().since("3.9");
    /// The highest heartbeat interval that a share group may be given.
    GROUP_SHARE_MAX_HEARTBEAT_INTERVAL_MS =
        Key::int("group.share.max.heartbeat.interval.ms", "15000").at_least(1).ms().since("3.9");
    /// The least time between two assignments of a share group.
    GROUP_SHARE_ASSIGNMENT_INTERVAL_MS = Key::int("group.share.assignment.interval.ms", "1000")
        .at_least(0).ms().cluster_wide().since("4.3");
    /// The lowest assignment interval that a share group may be given.
    GROUP_SHARE_MIN_ASSIGNMENT_INTERVAL_MS = Key::int("group.share.min.assignment.interval.ms", "0")
        .at_least(0).ms().since("4.3");
    /// The highest assignment interval that a share group may be given.
    GROUP_SHARE_MAX_ASSIGNMENT_INTERVAL_MS =
        Key::int("group.share.max.assignment.interval.ms", "15000").at_least(0).ms().since("4.3");
    /// How many members a share group may have.
    GROUP_SHARE_MAX_SIZE = Key::int("group.share.max.size", "200").between(1, 1000).since("3.9");
    /// The assignors of share groups.
    GROUP_SHARE_ASSIGNORS = Key::list("group.share.assignors", "simple").rule(Rule::DistinctSome)
        .since("4.1");
    /// How many share sessions the broker remembers.
    GROUP_SHARE_MAX_SHARE_SESSIONS = Key::int("group.share.max.share.sessions", "2000").at_least(1)
        .since("4.1");
    /// How long a record belongs to the consumer that acquired it.
    GROUP_SHARE_RECORD_LOCK_DURATION_MS = Key::int("group.share.record.lock.duration.ms", "30000")
        .between(1000, 3_600_000).ms().since("3.9");
    /// The shortest acquisition that a share group may be given.
    GROUP_SHARE_MIN_RECORD_LOCK_DURATION_MS =
        Key::int("group.share.min.record.lock.duration.ms", "15000").between(1000, 30_000).ms()
        .since("3.9");
    /// The longest acquisition that a share group may be given.
    GROUP_SHARE_MAX_RECORD_LOCK_DURATION_MS =
        Key::int("group.share.max.record.lock.duration.ms", "60000").between(30_000, 3_600_000)
        .ms().since("3.9");
    /// How often a record is delivered before it is given up.
    GROUP_SHARE_DELIVERY_COUNT_LIMIT = Key::int("group.share.delivery.count.limit", "5")
        .between(2, 10).since("3.9");
    /// The lowest delivery limit that a share group may be given.
    GROUP_SHARE_MIN_DELIVERY_COUNT_LIMIT = Key::int("group.share.min.delivery.count.limit", "2")
        .between(2, 5).since("4.3");
    /// The highest delivery limit that a share group may be given.
    GROUP_SHARE_MAX_DELIVERY_COUNT_LIMIT = Key::int("group.share.max.delivery.count.limit", "10")
        .between(5, 25).since("4.3");
    /// How many records of a partition may be acquired at once.
    GROUP_SHARE_PARTITION_MAX_RECORD_LOCKS =
        Key::int("group.share.partition.max.record.locks", "2000").between(100, 10_000)
        .since("3.9");
    /// The lowest such limit that a share group may be given.
    GROUP_SHARE_MIN_PARTITION_MAX_RECORD_LOCKS =
        Key::int("group.share.min.partition.max.record.locks", "100").between(100, 2000)
        .since("4.3");
    /// The highest such limit that a share group may be given.
    GROUP_SHARE_MAX_PARTITION_MAX_RECORD_LOCKS =
        Key::int("group.share.max.partition.max.record.locks", "4000").between(2000, 10_000)
        .since("4.3");
    /// The class that stores the state of share groups.
    GROUP_SHARE_PERSISTER_CLASS_NAME =
        Key::string("group.share.persister.class.name", "org.apache.kafka.server.share.persister.DefaultStatePersister")
        .internal().since("4.0");
    /// How often the initialisation of a share partition's state is tried again.
    GROUP_SHARE_INITIALIZE_RETRY_INTERVAL_MS =
        Key::int("group.share.initialize.retry.interval.ms", "30000").at_least(1).ms().low()
        .internal().since("4.2");
    /// After this long without a heartbeat a member has left its streams group.
    GROUP_STREAMS_SESSION_TIMEOUT_MS = Key::int("group.streams.session.timeout.ms", "45000")
        .at_least(1).ms().since("4.1");
    /// The lowest session timeout that a streams group may be given.
    GROUP_STREAMS_MIN_SESSION_TIMEOUT_MS = Key::int("group.streams.min.session.timeout.ms", "45000")
        .at_least(1).ms().since("4.1");
    /// The highest session timeout that a streams group may be given.
    GROUP_STREAMS_MAX_SESSION_TIMEOUT_MS = Key::int("group.streams.max.session.timeout.ms", "60000")
        .at_least(1).ms().since("4.1");
    /// How often a member of a streams group sends a heartbeat.
    GROUP_STREAMS_HEARTBEAT_INTERVAL_MS = Key::int("group.streams.heartbeat.interval.ms", "5000")
        .at_least(1).ms().since("4.1");
    /// The lowest heartbeat interval that a streams group may be given.
    GROUP_STREAMS_MIN_HEARTBEAT_INTERVAL_MS =
        Key::int("group.streams.min.heartbeat.interval.ms", "5000").at_least(1).ms().since("4.1");
    /// The highest heartbeat interval that a streams group may be given.
    GROUP_STREAMS_MAX_HEARTBEAT_INTERVAL_MS =
        Key::int("group.streams.max.heartbeat.interval.ms", "15000").at_least(1).ms().since("4.1");
    /// The least time between two assignments of a streams group.
    GROUP_STREAMS_ASSIGNMENT_INTERVAL_MS = Key::int("group.streams.assignment.interval.ms", "1000")
        .at_least(0).ms().cluster_wide().since("4.3");
    /// The lowest assignment interval that a streams group may be given.
    GROUP_STREAMS_MIN_ASSIGNMENT_INTERVAL_MS =
        Key::int("group.streams.min.assignment.interval.ms", "0").at_least(0).ms().since("4.3");
    /// The highest assignment interval that a streams group may be given.
    GROUP_STREAMS_MAX_ASSIGNMENT_INTERVAL_MS =
        Key::int("group.streams.max.assignment.interval.ms", "15000").at_least(0).ms().since("4.3");
    /// How long an empty streams group waits for more members before its first assignment.
    GROUP_STREAMS_INITIAL_REBALANCE_DELAY_MS =
        Key::int("group.streams.initial.rebalance.delay.ms", "3000").at_least(0).ms().since("4.2");
    /// How many members a streams group may have.
    GROUP_STREAMS_MAX_SIZE = Key::int("group.streams.max.size", "2147483647").at_least(1)
        .since("4.1");
    /// How many standby copies of each task's state are kept.
    GROUP_STREAMS_NUM_STANDBY_REPLICAS = Key::int("group.streams.num.standby.replicas", "0")
        .at_least(0).since("4.1");
    /// The most standby copies that a streams group may be given.
    GROUP_STREAMS_MAX_STANDBY_REPLICAS = Key::int("group.streams.max.standby.replicas", "2")
        .at_least(0).since("4.1");
    /// How many partitions hold the state of share groups.
    SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS =
        Key::int("share.coordinator.state.topic.num.partitions", "50").at_least(1).high()
        .since("4.0");
    /// How many replicas the topic of share group state has.
    SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR =
        Key::short("share.coordinator.state.topic.replication.factor", "3").at_least(1).high()
        .since("4.0");
    /// How many replicas of that topic must be in sync for a write.
    SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR = Key::short("share.coordinator.state.topic.min.isr", "2")
        .at_least(1).high().since("4.0");
    /// The segment size of the topic of share group state.
    SHARE_COORDINATOR_STATE_TOPIC_SEGMENT_BYTES =
        Key::int("share.coordinator.state.topic.segment.bytes", "104857600").at_least(1).bytes()
        .high().since("4.0");
    /// The codec of the topic of share group state, by its number on the wire.
    SHARE_COORDINATOR_STATE_TOPIC_COMPRESSION_CODEC =
        Key::int("share.coordinator.state.topic.compression.codec", "0").high().since("4.0");
    /// How often that topic is cut at the front.
    SHARE_COORDINATOR_STATE_TOPIC_PRUNE_INTERVAL_MS =
        Key::int("share.coordinator.state.topic.prune.interval.ms", "300000").at_least(1).ms()
        .low().internal().since("4.0");
    /// How many threads Apache Kafka uses for its share coordinators.
    SHARE_COORDINATOR_THREADS = Key::int("share.coordinator.threads", "1").at_least(1).since("4.0");
    /// How long a share coordinator collects records before it writes them; -1 adapts to the load.
    SHARE_COORDINATOR_APPEND_LINGER_MS = Key::int("share.coordinator.append.linger.ms", "-1")
        .at_least(-1).ms().since("4.0");
    /// The largest write buffer that a share coordinator keeps for its next write.
    SHARE_COORDINATOR_CACHED_BUFFER_MAX_BYTES =
        Key::int("share.coordinator.cached.buffer.max.bytes", "1048588").at_least(524_288).bytes()
        .cluster_wide().since("4.3");
    /// How many bytes are read at once when a share coordinator loads its state.
    SHARE_COORDINATOR_LOAD_BUFFER_SIZE = Key::int("share.coordinator.load.buffer.size", "5242880")
        .at_least(1).bytes().high().since("4.0");
    /// How long a write of a share coordinator may wait for its replicas.
    SHARE_COORDINATOR_WRITE_TIMEOUT_MS = Key::int("share.coordinator.write.timeout.ms", "5000")
        .at_least(1).ms().high().since("4.0");
    /// How many changes of a share partition are written between two full states.
    SHARE_COORDINATOR_SNAPSHOT_UPDATE_RECORDS_PER_SNAPSHOT =
        Key::int("share.coordinator.snapshot.update.records.per.snapshot", "500").between(0, 500)
        .since("4.0");
    /// How often the state of a quiet share partition is written in full.
    SHARE_COORDINATOR_COLD_PARTITION_SNAPSHOT_INTERVAL_MS =
        Key::int("share.coordinator.cold.partition.snapshot.interval.ms", "300000").at_least(1)
        .ms().low().internal().since("4.1");
}
