//! The configuration of a node: everything that `server.properties`, the environment and the command
//! line say, checked and typed.
//!
//! The life of a value: its text is read from a file ([`super::properties`]), from the environment
//! ([`super::environment`]) or from `--set`; later sources win over earlier ones in that order. The
//! texts lie in [`Layers`], under what was configured while the cluster ran. From the layers the
//! typed fields are read, and checked against each other. A dynamic change makes a new
//! `ServerConfig` and leaves the old one as it was.

use std::collections::BTreeMap;

use crate::BrokerId;

use super::key::{Invalid, Key};
use super::keys::{groups, log, network, node, own, quotas, replication, transactions};
use super::listener::{Endpoint, HostPort, Listener, Ports, SecurityProtocol, Voter};
use super::listener::{check_distinct, parse_endpoint};
use super::settings::{Source, read, settings};
use super::topic::{Durability, TopicConfig, TopicDefaults};

/// What is set on each level, as texts by name. An upper level hides a lower one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// Set dynamically for this broker.
    pub dynamic_broker: BTreeMap<String, String>,
    /// Set dynamically for all brokers.
    pub dynamic_default: BTreeMap<String, String>,
    /// Given at start.
    pub fixed: BTreeMap<String, String>,
}

impl Layers {
    /// What is set for the name on its highest level.
    pub fn set_text(&self, name: &str) -> Option<&str> {
        [&self.dynamic_broker, &self.dynamic_default, &self.fixed]
            .into_iter()
            .find_map(|layer| layer.get(name))
            .map(String::as_str)
    }
}

impl Source for Layers {
    fn text(&self, key: &'static Key) -> Option<String> {
        self.set_text(key.name).or_else(|| key.default_text()).map(str::to_owned)
    }
}

/// The roles of a process; at least one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    pub broker: bool,
    pub controller: bool,
}

/// Where the configuration comes from, which decides what may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody wrote one: a node of its own on this machine.
    Embedded,
    /// A file, or an environment that names roles: Kafka's rules to the letter.
    Given,
}

settings! {
    /// Connections and requests.
    NetworkSettings {
        connections_max_idle_ms: i64 = network::CONNECTIONS_MAX_IDLE_MS,
        fetch_max_bytes: i32 = network::FETCH_MAX_BYTES,
        max_connection_creation_rate: i32 = network::MAX_CONNECTION_CREATION_RATE,
        max_connections: i32 = network::MAX_CONNECTIONS,
        max_connections_per_ip: i32 = network::MAX_CONNECTIONS_PER_IP,
        max_incremental_fetch_session_cache_slots: i32 =
            network::MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS,
        max_request_partition_size_limit: i32 = network::MAX_REQUEST_PARTITION_SIZE_LIMIT,
        num_io_threads: i32 = network::NUM_IO_THREADS,
        num_network_threads: i32 = network::NUM_NETWORK_THREADS,
        queued_max_request_bytes: i64 = network::QUEUED_MAX_REQUEST_BYTES,
        queued_max_requests: i32 = network::QUEUED_MAX_REQUESTS,
        request_timeout_ms: i32 = network::REQUEST_TIMEOUT_MS,
        socket_listen_backlog_size: i32 = network::SOCKET_LISTEN_BACKLOG_SIZE,
        socket_receive_buffer_bytes: i32 = network::SOCKET_RECEIVE_BUFFER_BYTES,
        socket_request_max_bytes: i32 = network::SOCKET_REQUEST_MAX_BYTES,
        socket_send_buffer_bytes: i32 = network::SOCKET_SEND_BUFFER_BYTES,
    }
}

settings! {
    /// Logs, as far as they are no matter of a single topic.
    LogSettings {
        auto_create_topics_enable: bool = log::AUTO_CREATE_TOPICS_ENABLE,
        cleaner_backoff_ms: i64 = log::LOG_CLEANER_BACKOFF_MS,
        cleaner_dedupe_buffer_size: i64 = log::LOG_CLEANER_DEDUPE_BUFFER_SIZE,
        cleaner_enable: bool = log::LOG_CLEANER_ENABLE,
        cleaner_io_buffer_load_factor: f64 = log::LOG_CLEANER_IO_BUFFER_LOAD_FACTOR,
        cleaner_io_buffer_size: i32 = log::LOG_CLEANER_IO_BUFFER_SIZE,
        cleaner_io_max_bytes_per_second: f64 = log::LOG_CLEANER_IO_MAX_BYTES_PER_SECOND,
        cleaner_threads: i32 = log::LOG_CLEANER_THREADS,
        default_replication_factor: i32 = log::DEFAULT_REPLICATION_FACTOR,
        delete_topic_enable: bool = log::DELETE_TOPIC_ENABLE,
        dir_failure_timeout_ms: i64 = log::LOG_DIR_FAILURE_TIMEOUT_MS,
        flush_offset_checkpoint_interval_ms: i32 = log::LOG_FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS,
        flush_scheduler_interval_ms: i64 = log::LOG_FLUSH_SCHEDULER_INTERVAL_MS,
        flush_start_offset_checkpoint_interval_ms: i32 =
            log::LOG_FLUSH_START_OFFSET_CHECKPOINT_INTERVAL_MS,
        initial_task_delay_ms: i64 = log::LOG_INITIAL_TASK_DELAY_MS,
        num_partitions: i32 = log::NUM_PARTITIONS,
        num_recovery_threads_per_data_dir: i32 = log::NUM_RECOVERY_THREADS_PER_DATA_DIR,
        num_replica_alter_log_dirs_threads: Option<i32> = log::NUM_REPLICA_ALTER_LOG_DIRS_THREADS,
        producer_id_expiration_check_interval_ms: i32 = log::PRODUCER_ID_EXPIRATION_CHECK_INTERVAL_MS,
        producer_id_expiration_ms: i32 = log::PRODUCER_ID_EXPIRATION_MS,
        retention_check_interval_ms: i64 = log::LOG_RETENTION_CHECK_INTERVAL_MS,
    }
}

settings! {
    /// Leaders and followers.
    ReplicationSettings {
        auto_leader_rebalance_enable: bool = replication::AUTO_LEADER_REBALANCE_ENABLE,
        leader_imbalance_check_interval_seconds: i64 =
            replication::LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS,
        num_replica_fetchers: i32 = replication::NUM_REPLICA_FETCHERS,
        replica_fetch_backoff_ms: i32 = replication::REPLICA_FETCH_BACKOFF_MS,
        replica_fetch_max_bytes: i32 = replication::REPLICA_FETCH_MAX_BYTES,
        replica_fetch_min_bytes: i32 = replication::REPLICA_FETCH_MIN_BYTES,
        replica_fetch_response_max_bytes: i32 = replication::REPLICA_FETCH_RESPONSE_MAX_BYTES,
        replica_fetch_wait_max_ms: i32 = replication::REPLICA_FETCH_WAIT_MAX_MS,
        replica_high_watermark_checkpoint_interval_ms: i64 =
            replication::REPLICA_HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS,
        replica_lag_time_max_ms: i64 = replication::REPLICA_LAG_TIME_MAX_MS,
        replica_socket_timeout_ms: i32 = replication::REPLICA_SOCKET_TIMEOUT_MS,
        unclean_leader_election_interval_ms: i64 = replication::UNCLEAN_LEADER_ELECTION_INTERVAL_MS,
    }
}

settings! {
    /// The metadata quorum and this node's place in the cluster.
    QuorumSettings {
        append_linger_ms: i32 = node::CONTROLLER_QUORUM_APPEND_LINGER_MS,
        auto_join_enable: bool = node::CONTROLLER_QUORUM_AUTO_JOIN_ENABLE,
        broker_heartbeat_interval_ms: i32 = node::BROKER_HEARTBEAT_INTERVAL_MS,
        broker_session_timeout_ms: i32 = node::BROKER_SESSION_TIMEOUT_MS,
        controlled_shutdown_enable: bool = node::CONTROLLED_SHUTDOWN_ENABLE,
        election_backoff_max_ms: i32 = node::CONTROLLER_QUORUM_ELECTION_BACKOFF_MAX_MS,
        election_timeout_ms: i32 = node::CONTROLLER_QUORUM_ELECTION_TIMEOUT_MS,
        fetch_max_bytes: i32 = node::CONTROLLER_QUORUM_FETCH_MAX_BYTES,
        fetch_snapshot_max_bytes: i32 = node::CONTROLLER_QUORUM_FETCH_SNAPSHOT_MAX_BYTES,
        fetch_timeout_ms: i32 = node::CONTROLLER_QUORUM_FETCH_TIMEOUT_MS,
        initial_broker_registration_timeout_ms: i32 = node::INITIAL_BROKER_REGISTRATION_TIMEOUT_MS,
        metadata_delete_delay_ms: i64 = node::INTERNAL_METADATA_DELETE_DELAY_MILLIS,
        metadata_max_batch_bytes: i32 = node::INTERNAL_METADATA_MAX_BATCH_SIZE_IN_BYTES,
        metadata_max_idle_interval_ms: i32 = node::METADATA_MAX_IDLE_INTERVAL_MS,
        metadata_max_record_bytes_between_snapshots: i64 =
            node::METADATA_LOG_MAX_RECORD_BYTES_BETWEEN_SNAPSHOTS,
        metadata_max_retention_bytes: i64 = node::METADATA_MAX_RETENTION_BYTES,
        metadata_max_retention_ms: i64 = node::METADATA_MAX_RETENTION_MS,
        metadata_max_snapshot_interval_ms: i64 = node::METADATA_LOG_MAX_SNAPSHOT_INTERVAL_MS,
        metadata_segment_bytes: i32 = node::METADATA_LOG_SEGMENT_BYTES,
        metadata_segment_ms: i64 = node::METADATA_LOG_SEGMENT_MS,
        rack: Option<String> = node::BROKER_RACK,
        request_timeout_ms: i32 = node::CONTROLLER_QUORUM_REQUEST_TIMEOUT_MS,
        retry_backoff_ms: i32 = node::CONTROLLER_QUORUM_RETRY_BACKOFF_MS,
        unstable_api_versions_enable: bool = node::UNSTABLE_API_VERSIONS_ENABLE,
        unstable_feature_versions_enable: bool = node::UNSTABLE_FEATURE_VERSIONS_ENABLE,
    }
}

settings! {
    /// Committed offsets and the groups that commit them.
    GroupSettings {
        group_initial_rebalance_delay_ms: i32 = groups::GROUP_INITIAL_REBALANCE_DELAY_MS,
        group_max_session_timeout_ms: i32 = groups::GROUP_MAX_SESSION_TIMEOUT_MS,
        group_max_size: i32 = groups::GROUP_MAX_SIZE,
        group_min_session_timeout_ms: i32 = groups::GROUP_MIN_SESSION_TIMEOUT_MS,
        offset_metadata_max_bytes: i32 = groups::OFFSET_METADATA_MAX_BYTES,
        offsets_commit_timeout_ms: i32 = groups::OFFSETS_COMMIT_TIMEOUT_MS,
        offsets_load_buffer_size: i32 = groups::OFFSETS_LOAD_BUFFER_SIZE,
        offsets_retention_check_interval_ms: i64 = groups::OFFSETS_RETENTION_CHECK_INTERVAL_MS,
        offsets_retention_minutes: i32 = groups::OFFSETS_RETENTION_MINUTES,
        offsets_topic_compression_codec: i32 = groups::OFFSETS_TOPIC_COMPRESSION_CODEC,
        offsets_topic_num_partitions: i32 = groups::OFFSETS_TOPIC_NUM_PARTITIONS,
        offsets_topic_replication_factor: i16 = groups::OFFSETS_TOPIC_REPLICATION_FACTOR,
        offsets_topic_segment_bytes: i32 = groups::OFFSETS_TOPIC_SEGMENT_BYTES,
    }
}

settings! {
    /// Transactions and their topic.
    TransactionSettings {
        max_timeout_ms: i32 = transactions::TRANSACTION_MAX_TIMEOUT_MS,
        partition_verification_enable: bool =
            transactions::TRANSACTION_PARTITION_VERIFICATION_ENABLE,
        state_log_load_buffer_size: i32 = transactions::TRANSACTION_STATE_LOG_LOAD_BUFFER_SIZE,
        state_log_min_isr: i32 = transactions::TRANSACTION_STATE_LOG_MIN_ISR,
        state_log_num_partitions: i32 = transactions::TRANSACTION_STATE_LOG_NUM_PARTITIONS,
        state_log_replication_factor: i16 = transactions::TRANSACTION_STATE_LOG_REPLICATION_FACTOR,
        state_log_segment_bytes: i32 = transactions::TRANSACTION_STATE_LOG_SEGMENT_BYTES,
        transactional_id_expiration_ms: i32 = transactions::TRANSACTIONAL_ID_EXPIRATION_MS,
    }
}

settings! {
    /// Windows of quotas, and metrics.
    QuotaSettings {
        metrics_num_samples: i32 = quotas::METRICS_NUM_SAMPLES,
        metrics_sample_window_ms: i64 = quotas::METRICS_SAMPLE_WINDOW_MS,
        quota_window_num: i32 = quotas::QUOTA_WINDOW_NUM,
        quota_window_size_seconds: i32 = quotas::QUOTA_WINDOW_SIZE_SECONDS,
        replica_alter_log_dirs_io_max_bytes_per_second: i64 =
            quotas::REPLICA_ALTER_LOG_DIRS_IO_MAX_BYTES_PER_SECOND,
        telemetry_max_bytes: i32 = quotas::TELEMETRY_MAX_BYTES,
    }
}

/// The configuration of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerConfig {
    pub origin: Origin,
    pub roles: Roles,
    pub node_id: BrokerId,
    /// Everything that is bound, the controller's listeners too.
    pub listeners: Vec<Listener>,
    /// What clients and brokers are told to connect to. A listener without a host advertises the
    /// canonical host name, one with port 0 the port that it got.
    pub advertised_listeners: Vec<Listener>,
    /// What other nodes are told to reach this controller at.
    pub advertised_controller_listeners: Vec<Listener>,
    /// In the order of `controller.listener.names`, in capitals.
    pub controller_listener_names: Vec<String>,
    pub inter_broker_listener_name: String,
    pub inter_broker_security_protocol: SecurityProtocol,
    /// The static quorum; empty where it is dynamic.
    pub quorum_voters: Vec<Voter>,
    pub quorum_bootstrap_servers: Vec<HostPort>,
    pub log_dirs: Vec<String>,
    pub metadata_log_dir: String,
    pub cordoned_log_dirs: Vec<String>,
    /// Where metrics are served over HTTP; nowhere if there is none.
    pub metrics_listener: Option<HostPort>,
    /// Whether the protocol versions that Kafka 4 dropped are served too.
    pub legacy_clients_enable: bool,
    /// What holds for topics that do not set it themselves.
    pub durability: Durability,
    pub network: NetworkSettings,
    pub log: LogSettings,
    pub replication: ReplicationSettings,
    pub quorum: QuorumSettings,
    pub groups: GroupSettings,
    pub transactions: TransactionSettings,
    pub quotas: QuotaSettings,
    pub layers: Layers,
}

/// What a node runs on when nobody has written a configuration for it: everything on this machine,
/// internal topics with one replica because there is nobody to hold a second one. `localhost` binds
/// every address that it resolves to, 127.0.0.1 and ::1. The controller has no listener, as nobody
/// else talks to it.
const EMBEDDED: &[(&str, &str)] = &[
    ("process.roles", "broker,controller"),
    ("node.id", "1"),
    ("controller.listener.names", "CONTROLLER"),
    ("log.dirs", "./vltava-data"),
    ("offsets.topic.replication.factor", "1"),
    ("transaction.state.log.replication.factor", "1"),
    ("transaction.state.log.min.isr", "1"),
    ("share.coordinator.state.topic.replication.factor", "1"),
    ("share.coordinator.state.topic.min.isr", "1"),
    ("vltava.metrics.listener", "127.0.0.1:9644"),
];

impl ServerConfig {
    /// The configuration of a node that was given none.
    pub fn embedded() -> ServerConfig {
        let fixed = embedded_properties(BTreeMap::new());
        ServerConfig::from_layers(Origin::Embedded, Layers { fixed, ..Layers::default() })
            .expect("the embedded configuration is valid")
    }

    /// Reads and checks the layers.
    ///
    /// # Errors
    /// Everything that is wrong with them, each with its key.
    pub fn from_layers(origin: Origin, layers: Layers) -> Result<ServerConfig, Vec<Invalid>> {
        read_server(origin, layers).map_err(|error| vec![error])
    }

    /// What a topic has that sets nothing.
    pub fn topic_defaults(&self) -> TopicDefaults {
        TopicDefaults::from_broker(|key| self.layers.text(key))
    }

    /// The settings of a topic that sets `own`.
    ///
    /// # Errors
    /// Names the key that is unknown or wrong; on the wire INVALID_CONFIG.
    pub fn topic(&self, own: &BTreeMap<String, String>) -> Result<TopicConfig, Invalid> {
        TopicConfig::resolve(own, &self.topic_defaults())
    }

    pub fn is_controller_listener(&self, name: &str) -> bool {
        self.controller_listener_names
            .iter()
            .any(|controller| controller.eq_ignore_ascii_case(name))
    }
}

/// The embedded values under what was given on the command line or in the environment. Whoever says
/// only what to advertise means to be reached there, so every address is bound on those ports.
fn embedded_properties(given: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut properties: BTreeMap<String, String> =
        EMBEDDED.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    properties.extend(given);
    if !properties.contains_key(network::LISTENERS.name) {
        let listeners = match properties.get(network::ADVERTISED_LISTENERS.name) {
            None => "PLAINTEXT://localhost:9092".to_owned(),
            Some(advertised) => bind_everywhere(advertised),
        };
        properties.insert(network::LISTENERS.name.to_owned(), listeners);
    }
    properties
}

/// The entries of `advertised.listeners` with their hosts taken out. An entry that cannot be read
/// is left as it is, for the reader to complain about.
fn bind_everywhere(advertised: &str) -> String {
    let entry = |entry: &str| match parse_endpoint(network::ADVERTISED_LISTENERS.name, entry) {
        Ok(endpoint) => format!("{}://:{}", endpoint.name, endpoint.port),
        Err(_) => entry.to_owned(),
    };
    super::value::split(advertised).iter().map(|part| entry(part)).collect::<Vec<_>>().join(",")
}

fn read_server(origin: Origin, layers: Layers) -> Result<ServerConfig, Invalid> {
    let source = &layers;
    let role_names: Vec<String> = read(source, &node::PROCESS_ROLES)?;
    let has_role = |word: &str| role_names.iter().any(|role| role == word);
    let roles = Roles { broker: has_role("broker"), controller: has_role("controller") };
    let controller_names: Vec<String> = read(source, &node::CONTROLLER_LISTENER_NAMES)?;
    let controller_listener_names: Vec<String> =
        controller_names.iter().map(|name| name.to_uppercase()).collect();
    let listener_texts: Vec<String> = read(source, &network::LISTENERS)?;
    let protocols = protocol_map(source, &controller_listener_names, &listener_texts)?;
    let listeners =
        read_listeners(&network::LISTENERS, &listener_texts, &protocols, Ports::MustDiffer)?;
    let advertised_texts: Option<Vec<String>> = read(source, &network::ADVERTISED_LISTENERS)?;
    let advertised = match &advertised_texts {
        Some(texts) => {
            read_listeners(&network::ADVERTISED_LISTENERS, texts, &protocols, Ports::MayRepeat)?
        }
        None => listeners.clone(),
    };
    let voters: Vec<String> = read(source, &node::CONTROLLER_QUORUM_VOTERS)?;
    let servers: Vec<String> = read(source, &node::CONTROLLER_QUORUM_BOOTSTRAP_SERVERS)?;
    let is_controller = |listener: &Listener| controller_listener_names.contains(&listener.name);
    let (inter_broker_listener_name, inter_broker_security_protocol) =
        inter_broker(source, &protocols)?;
    let log_dirs = match read::<Option<Vec<String>>>(source, &log::LOG_DIRS)? {
        Some(dirs) => dirs,
        None => read(source, &log::LOG_DIR)?,
    };
    let metadata_log_dir = match read::<Option<String>>(source, &node::METADATA_LOG_DIR)? {
        Some(dir) => dir,
        None => log_dirs.first().cloned().ok_or_else(|| {
            Invalid::new(log::LOG_DIRS.name, "names no directory; name at least one")
        })?,
    };
    let metrics: Option<String> = read(source, &own::VLTAVA_METRICS_LISTENER)?;
    Ok(ServerConfig {
        origin,
        roles,
        node_id: BrokerId(read(source, &node::NODE_ID)?),
        advertised_listeners: advertised
            .iter()
            .filter(|listener| !is_controller(listener))
            .cloned()
            .collect(),
        advertised_controller_listeners: advertised
            .iter()
            .filter(|listener| is_controller(listener))
            .cloned()
            .collect(),
        listeners,
        controller_listener_names,
        inter_broker_listener_name,
        inter_broker_security_protocol,
        quorum_voters: voters.iter().filter_map(|text| Voter::parse(text)).collect(),
        quorum_bootstrap_servers: servers.iter().filter_map(|text| HostPort::parse(text)).collect(),
        log_dirs,
        metadata_log_dir,
        cordoned_log_dirs: read(source, &log::CORDONED_LOG_DIRS)?,
        metrics_listener: metrics
            .filter(|text| !text.is_empty())
            .map(|text| metrics_listener(&text))
            .transpose()?,
        legacy_clients_enable: read(source, &own::VLTAVA_LEGACY_CLIENTS_ENABLE)?,
        durability: TopicConfig::resolve(
            &BTreeMap::new(),
            &TopicDefaults::from_broker(|key| source.text(key)),
        )?
        .durability,
        network: NetworkSettings::read(source)?,
        log: LogSettings::read(source)?,
        replication: ReplicationSettings::read(source)?,
        quorum: QuorumSettings::read(source)?,
        groups: GroupSettings::read(source)?,
        transactions: TransactionSettings::read(source)?,
        quotas: QuotaSettings::read(source)?,
        layers,
    })
}

fn metrics_listener(text: &str) -> Result<HostPort, Invalid> {
    HostPort::parse(text).ok_or_else(|| {
        Invalid::new(
            own::VLTAVA_METRICS_LISTENER.name,
            format!("must be `host:port`, for example `127.0.0.1:9644`, got `{text}`"),
        )
    })
}

type Protocols = BTreeMap<String, SecurityProtocol>;

/// Which protocol each listener name means. Where nobody says, the names of the protocols mean
/// themselves, and a controller's listener is plain text, unless TLS or SASL is used anywhere: then
/// it has to be said.
fn protocol_map(
    source: &Layers,
    controllers: &[String],
    listeners: &[String],
) -> Result<Protocols, Invalid> {
    let key = &network::LISTENER_SECURITY_PROTOCOL_MAP;
    let text: String = read(source, key)?;
    let mut protocols = Protocols::new();
    for entry in super::value::split(&text).iter().filter(|entry| !entry.is_empty()) {
        let (name, protocol) = entry.rsplit_once(':').ok_or_else(|| {
            Invalid::new(key.name, format!("holds `{entry}`; write `LISTENER:PROTOCOL`"))
        })?;
        let known = SecurityProtocol::parse(protocol.trim()).ok_or_else(|| {
            let all = SecurityProtocol::ALL.map(SecurityProtocol::name).join(", ");
            Invalid::new(key.name, format!("holds `{entry}`; the protocol must be one of {all}"))
        })?;
        protocols.insert(name.trim().to_uppercase(), known);
    }
    let is_given = source.set_text(key.name).is_some();
    let is_plain = |name: &str| !matches!(name, "SSL" | "SASL_SSL" | "SASL_PLAINTEXT");
    let name_of = |entry: &String| entry.split("://").next().unwrap_or("").to_uppercase();
    let all_plain = controllers.iter().all(|name| is_plain(name))
        && listeners.iter().all(|entry| is_plain(&name_of(entry)));
    if !is_given && all_plain {
        for name in controllers {
            protocols.insert(name.clone(), SecurityProtocol::Plaintext);
        }
    }
    Ok(protocols)
}

fn read_listeners(
    key: &Key,
    texts: &[String],
    protocols: &Protocols,
    ports: Ports,
) -> Result<Vec<Listener>, Invalid> {
    let mut listeners = Vec::with_capacity(texts.len());
    for text in texts {
        let Endpoint { name, host, port } = parse_endpoint(key.name, text)?;
        let protocol = *protocols.get(&name).ok_or_else(|| {
            Invalid::new(
                network::LISTENER_SECURITY_PROTOCOL_MAP.name,
                format!("does not say which protocol the listener `{name}` speaks; add `{name}:PLAINTEXT` or another protocol"),
            )
        })?;
        listeners.push(Listener { name, host, port, protocol });
    }
    check_distinct(key.name, &listeners, ports)?;
    Ok(listeners)
}

fn inter_broker(
    source: &Layers,
    protocols: &Protocols,
) -> Result<(String, SecurityProtocol), Invalid> {
    let name: Option<String> = read(source, &network::INTER_BROKER_LISTENER_NAME)?;
    let protocol_key = &network::SECURITY_INTER_BROKER_PROTOCOL;
    let Some(name) = name else {
        let text: String = read(source, protocol_key)?;
        let protocol =
            SecurityProtocol::parse(&text).expect("the key takes only names of protocols");
        return Ok((protocol.name().to_owned(), protocol));
    };
    let name = name.to_uppercase();
    if source.set_text(protocol_key.name).is_some() {
        return Err(Invalid::new(
            network::INTER_BROKER_LISTENER_NAME.name,
            format!("and `{}` are both set; keep one of them", protocol_key.name),
        ));
    }
    let protocol = *protocols.get(&name).ok_or_else(|| {
        Invalid::new(
            network::INTER_BROKER_LISTENER_NAME.name,
            format!(
                "is `{name}`, which `{}` does not mention",
                network::LISTENER_SECURITY_PROTOCOL_MAP.name
            ),
        )
    })?;
    Ok((name, protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_configuration_a_node_serves_this_machine_alone() {
        let config = ServerConfig::embedded();
        assert_eq!(config.listeners[0].to_string(), "PLAINTEXT://localhost:9092");
        assert_eq!(config.listeners, config.advertised_listeners);
        assert_eq!(config.node_id, BrokerId(1));
        assert_eq!(config.log_dirs, ["./vltava-data"]);
        assert_eq!(config.metadata_log_dir, "./vltava-data");
        assert_eq!(config.groups.offsets_topic_replication_factor, 1);
        assert_eq!(config.transactions.state_log_min_isr, 1);
        assert_eq!(config.metrics_listener.as_ref().unwrap().to_string(), "127.0.0.1:9644");
        assert!(config.advertised_controller_listeners.is_empty());
        assert_eq!(config.topic(&BTreeMap::new()).unwrap(), TopicConfig::default());
    }
}
