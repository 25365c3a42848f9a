//! Who a node is, which roles it plays, and how brokers and controllers find each other.

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    NODE: Broker;

    /// The roles this process plays: `broker`, `controller` or both.
    PROCESS_ROLES = Key::required("process.roles", Kind::List)
        .rule(Rule::SomeAmong(&["broker", "controller"])).high().concerns(Concern::Replication)
        .since("2.8");
    /// The number that names this node in the cluster; no two nodes share one.
    NODE_ID = Key::required("node.id", Kind::Int).at_least(0).high().concerns(Concern::Replication)
        .since("2.8");
    /// The older name of `node.id`; where both are set they must agree.
    BROKER_ID = Key::int("broker.id", "-1").high().since("0.7");
    /// The rack or zone the node stands in, which replica placement and follower fetching take into
    /// account.
    BROKER_RACK = Key::unset("broker.rack", Kind::String).since("0.10.0");
    /// The listeners that carry controller traffic, of which a broker uses the first.
    CONTROLLER_LISTENER_NAMES = Key::required("controller.listener.names", Kind::List)
        .rule(Rule::DistinctSome).high().concerns(Concern::Replication).since("2.8");
    /// The voters of a static metadata quorum.
    CONTROLLER_QUORUM_VOTERS = Key::list("controller.quorum.voters", "").rule(Rule::Voters).high()
        .concerns(Concern::Replication).since("2.8");
    /// Where to look for the metadata quorum at first; the quorum itself then tells who its members
    /// are.
    CONTROLLER_QUORUM_BOOTSTRAP_SERVERS = Key::list("controller.quorum.bootstrap.servers", "")
        .rule(Rule::HostPorts).high().concerns(Concern::Replication).since("3.9");
    /// Let a controller that is not a voter add itself to the quorum.
    CONTROLLER_QUORUM_AUTO_JOIN_ENABLE = Key::boolean("controller.quorum.auto.join.enable", "false")
        .low().concerns(Concern::Replication).since("4.2");
    /// How long a node waits for votes before it stands for election again.
    CONTROLLER_QUORUM_ELECTION_TIMEOUT_MS =
        Key::int("controller.quorum.election.timeout.ms", "1000").at_least(0).ms().high()
        .since("2.8");
    /// The longest random pause before the next election, so that candidates do not block each
    /// other.
    CONTROLLER_QUORUM_ELECTION_BACKOFF_MAX_MS =
        Key::int("controller.quorum.election.backoff.max.ms", "1000").at_least(0).ms().high()
        .since("2.8");
    /// How long a voter may go without a successful fetch from the leader before it asks for an
    /// election.
    CONTROLLER_QUORUM_FETCH_TIMEOUT_MS = Key::int("controller.quorum.fetch.timeout.ms", "2000")
        .at_least(0).ms().high().since("2.8");
    /// How long the leader of the metadata quorum collects records before it writes them.
    CONTROLLER_QUORUM_APPEND_LINGER_MS = Key::int("controller.quorum.append.linger.ms", "25")
        .at_least(0).ms().since("2.8");
    /// How long a request between members of the quorum may take.
    CONTROLLER_QUORUM_REQUEST_TIMEOUT_MS = Key::int("controller.quorum.request.timeout.ms", "2000")
        .at_least(0).ms().since("2.8");
    /// The pause before a failed request between members of the quorum is tried again.
    CONTROLLER_QUORUM_RETRY_BACKOFF_MS = Key::int("controller.quorum.retry.backoff.ms", "20")
        .at_least(0).ms().low().since("2.8");
    /// The most bytes of metadata log that one fetch brings.
    CONTROLLER_QUORUM_FETCH_MAX_BYTES = Key::int("controller.quorum.fetch.max.bytes", "1048576")
        .at_least(1).bytes().low().since("4.3");
    /// The most bytes of a metadata snapshot that one fetch brings.
    CONTROLLER_QUORUM_FETCH_SNAPSHOT_MAX_BYTES =
        Key::int("controller.quorum.fetch.snapshot.max.bytes", "1048576").at_least(1).bytes().low()
        .since("4.3");
    /// Controller events that take longer than this are logged.
    CONTROLLER_PERFORMANCE_ALWAYS_LOG_THRESHOLD_MS =
        Key::long("controller.performance.always.log.threshold.ms", "2000").at_least(0).ms()
        .internal().since("4.0");
    /// How often the controller logs how it is doing.
    CONTROLLER_PERFORMANCE_SAMPLE_PERIOD_MS =
        Key::long("controller.performance.sample.period.ms", "60000").at_least(100).ms().internal()
        .since("4.0");
    /// How long a broker waits for an answer of the controller on one connection.
    CONTROLLER_SOCKET_TIMEOUT_MS = Key::int("controller.socket.timeout.ms", "30000").ms()
        .since("0.8");
    /// How often a broker tells the controller that it is alive.
    BROKER_HEARTBEAT_INTERVAL_MS = Key::int("broker.heartbeat.interval.ms", "2000").ms()
        .since("2.8");
    /// After this long without a heartbeat the controller takes a broker for dead.
    BROKER_SESSION_TIMEOUT_MS = Key::int("broker.session.timeout.ms", "9000").ms().since("2.8");
    /// How long a starting broker tries to register with the controller before it gives up.
    INITIAL_BROKER_REGISTRATION_TIMEOUT_MS =
        Key::int("initial.broker.registration.timeout.ms", "60000").ms().since("2.8");
    /// A node that has not started after this long stops.
    SERVER_MAX_STARTUP_TIME_MS = Key::long("server.max.startup.time.ms", "9223372036854775807")
        .at_least(0).ms().internal().since("3.5");
    /// Listeners that accept connections before the authorizer has loaded its rules; by default
    /// those of the controller.
    EARLY_START_LISTENERS = Key::unset("early.start.listeners", Kind::List).rule(Rule::Distinct)
        .high().since("3.3");
    /// The directory of the metadata log; by default the first of the log directories.
    METADATA_LOG_DIR = Key::unset("metadata.log.dir", Kind::String).high()
        .concerns(Concern::Durability).since("2.8");
    /// The size at which a segment of the metadata log is closed.
    METADATA_LOG_SEGMENT_BYTES = Key::int("metadata.log.segment.bytes", "1073741824")
        .at_least(8_388_608).bytes().high().since("3.0");
    /// The age at which a segment of the metadata log is closed.
    METADATA_LOG_SEGMENT_MS = Key::long("metadata.log.segment.ms", "604800000").ms().high()
        .since("3.0");
    /// How many bytes of metadata records are written before the next snapshot is taken.
    METADATA_LOG_MAX_RECORD_BYTES_BETWEEN_SNAPSHOTS =
        Key::long("metadata.log.max.record.bytes.between.snapshots", "20971520").at_least(1)
        .bytes().high().since("3.0");
    /// The longest time between two snapshots while there is something new; 0 sets no limit.
    METADATA_LOG_MAX_SNAPSHOT_INTERVAL_MS =
        Key::long("metadata.log.max.snapshot.interval.ms", "3600000").at_least(0).ms().high()
        .since("3.4");
    /// How often an idle controller writes an empty record so that followers can see it lives; 0
    /// never.
    METADATA_MAX_IDLE_INTERVAL_MS = Key::int("metadata.max.idle.interval.ms", "500").at_least(0)
        .ms().low().since("3.3");
    /// How many bytes of metadata log and snapshots are kept.
    METADATA_MAX_RETENTION_BYTES = Key::long("metadata.max.retention.bytes", "104857600").bytes()
        .high().since("3.0");
    /// How long metadata segments and snapshots are kept once a newer snapshot covers them.
    METADATA_MAX_RETENTION_MS = Key::long("metadata.max.retention.ms", "604800000").ms().high()
        .since("3.0");
    /// A metadata segment size below the minimum of `metadata.log.segment.bytes`, for tests.
    INTERNAL_METADATA_LOG_SEGMENT_BYTES =
        Key::unset("internal.metadata.log.segment.bytes", Kind::Int).bytes().low().internal()
        .since("4.1");
    /// The largest batch of metadata records.
    INTERNAL_METADATA_MAX_BATCH_SIZE_IN_BYTES =
        Key::int("internal.metadata.max.batch.size.in.bytes", "8388608").bytes().low().internal()
        .since("4.1");
    /// How long files of removed metadata segments and snapshots are kept.
    INTERNAL_METADATA_DELETE_DELAY_MILLIS =
        Key::long("internal.metadata.delete.delay.millis", "60000").ms().low().internal()
        .since("4.1");
    /// Names of providers that replace `${provider:path:key}` in values by what is stored
    /// elsewhere.
    CONFIG_PROVIDERS = Key::list("config.providers", "").rule(Rule::Distinct).low().cluster_wide()
        .concerns(Concern::Security).since("2.0");
    /// Hand leadership over to other replicas before the broker stops.
    CONTROLLED_SHUTDOWN_ENABLE = Key::boolean("controlled.shutdown.enable", "true").since("0.8");
    /// Also serve versions of the protocol that are still being worked on.
    UNSTABLE_API_VERSIONS_ENABLE = Key::boolean("unstable.api.versions.enable", "false").high()
        .internal().since("3.5");
    /// Also allow feature levels that are still being worked on.
    UNSTABLE_FEATURE_VERSIONS_ENABLE = Key::boolean("unstable.feature.versions.enable", "false")
        .high().internal().since("3.8");
}
