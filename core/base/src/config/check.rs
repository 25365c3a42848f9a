//! What must hold between the keys of a node, beyond what each of them allows by itself. The rules
//! are those of Kafka's `KafkaConfig` and of the classes it is made of; the rules about the quorum
//! do not apply to a node that nobody configured.

use std::collections::BTreeMap;

use super::key::{Invalid, Key};
use super::keys;
use super::keys::{groups, log, network, node, own, replication, security};
use super::listener::Listener;
use super::server::{Origin, ServerConfig};
use super::settings::{Source, read};
use super::status::BUILT_PROTOCOLS;
use super::value::split;

/// Collects what is wrong.
struct Checker<'a> {
    config: &'a ServerConfig,
    refusals: Vec<Invalid>,
}

impl Checker<'_> {
    fn refuse(&mut self, key: &Key, reason: impl Into<String>) {
        self.refusals.push(Invalid::new(key.name, reason));
    }

    /// The key's value as a whole number. All values have been read before, so they are valid.
    fn number(&self, key: &'static Key) -> i64 {
        let text = self.config.layers.text(key).unwrap_or_default();
        text.trim().parse().unwrap_or_default()
    }

    /// `low` must not be above `high`.
    fn in_order(&mut self, low: &'static Key, high: &'static Key) {
        let (a, b) = (self.number(low), self.number(high));
        if a > b {
            self.refuse(
                low,
                format!("is {a} and must not be more than `{}`, which is {b}", high.name),
            );
        }
    }
}

/// Everything that is wrong between keys.
pub(super) fn check(config: &ServerConfig) -> Vec<Invalid> {
    let mut checker = Checker { config, refusals: Vec::new() };
    check_identity(&mut checker);
    check_logs(&mut checker);
    check_times(&mut checker);
    check_limits(&mut checker);
    check_groups(&mut checker);
    if config.origin == Origin::Given {
        check_quorum(&mut checker);
    }
    check_listeners(&mut checker);
    checker.refusals
}

/// What is allowed and worth a line.
pub(super) fn warnings(config: &ServerConfig) -> Vec<String> {
    let mut warnings = Vec::new();
    let quorum = &config.quorum;
    if i64::from(quorum.broker_heartbeat_interval_ms) * 2
        > i64::from(quorum.broker_session_timeout_ms)
    {
        warnings.push(format!(
            "`{}` is {} ms and should be at most half of `{}`, which is {} ms: one late heartbeat costs the broker its place",
            node::BROKER_HEARTBEAT_INTERVAL_MS.name,
            quorum.broker_heartbeat_interval_ms,
            node::BROKER_SESSION_TIMEOUT_MS.name,
            quorum.broker_session_timeout_ms
        ));
    }
    if !config.roles.controller && config.controller_listener_names.len() > 1 {
        warnings.push(format!(
            "`{}` names several listeners; a broker uses only the first, `{}`",
            node::CONTROLLER_LISTENER_NAMES.name,
            config.controller_listener_names[0]
        ));
    }
    warnings
}

fn check_identity(checker: &mut Checker<'_>) {
    let broker_id = checker.number(&node::BROKER_ID);
    let node_id = i64::from(checker.config.node_id.0);
    if broker_id != node_id {
        checker.refuse(
            &node::BROKER_ID,
            format!("is {broker_id} and `node.id` is {node_id}; set only `node.id`"),
        );
    }
}

fn check_logs(checker: &mut Checker<'_>) {
    let config = checker.config;
    let set_to = |key: &'static Key| {
        config.layers.text(key).and_then(|text| text.trim().parse::<i64>().ok())
    };
    if set_to(&log::LOG_ROLL_MS).is_some_and(|ms| ms < 1) {
        checker.refuse(&log::LOG_ROLL_MS, "must be 1 or more");
    }
    if set_to(&log::LOG_ROLL_JITTER_MS).is_some_and(|ms| ms < 0) {
        checker.refuse(&log::LOG_ROLL_JITTER_MS, "must be 0 or more");
    }
    let retention =
        [&log::LOG_RETENTION_MS, &log::LOG_RETENTION_MINUTES, &log::LOG_RETENTION_HOURS]
            .into_iter()
            .find_map(|key| set_to(key).map(|time| (key, time)));
    if let Some((key, 0)) = retention {
        checker.refuse(key, "must be 1 or more, or -1 to keep everything");
    }
    if config.log_dirs.is_empty() {
        checker.refuse(&log::LOG_DIRS, "names no directory; name at least one");
    }
    let buffer = config.log.cleaner_dedupe_buffer_size;
    if let Some(share) = buffer.checked_div(i64::from(config.log.cleaner_threads))
        && share <= 1024 * 1024
    {
        checker.refuse(
            &log::LOG_CLEANER_DEDUPE_BUFFER_SIZE,
            format!(
                "must be more than 1048576 for each of the {} threads of `log.cleaner.threads`, got {buffer}",
                config.log.cleaner_threads
            ),
        );
    }
    check_cordoned(checker);
    check_topic_defaults(checker);
    check_local_retention(checker);
}

/// Some keys of topics are stricter than the broker keys that stand in for them. A value that no
/// topic could have is refused here, so that every topic of a running node has a configuration.
fn check_topic_defaults(checker: &mut Checker<'_>) {
    let Err(error) = checker.config.topic(&BTreeMap::new()) else { return };
    let topic_key = keys::find_topic(&error.key);
    let set = |name: &&str| checker.config.layers.set_text(name).is_some();
    let broker_key = topic_key
        .and_then(|key| key.synonyms.iter().map(|synonym| synonym.name).find(set))
        .unwrap_or(&error.key);
    if checker.refusals.iter().all(|refusal| refusal.key != broker_key) {
        checker.refusals.push(Invalid::new(broker_key, error.reason));
    }
}

fn check_cordoned(checker: &mut Checker<'_>) {
    let config = checker.config;
    let cordoned = &config.cordoned_log_dirs;
    if cordoned.iter().any(|dir| dir == "*") {
        if cordoned.len() > 1 {
            checker.refuse(&log::CORDONED_LOG_DIRS, "must hold nothing else beside `*`");
        }
        return;
    }
    if let Some(dir) = cordoned.iter().find(|dir| !config.log_dirs.contains(dir)) {
        checker.refuse(
            &log::CORDONED_LOG_DIRS,
            format!("holds `{dir}`, which is none of the log directories"),
        );
    }
}

/// What stays on local disk is part of what stays at all.
fn check_local_retention(checker: &mut Checker<'_>) {
    use super::keys::tiered;
    if checker.config.layers.text(&tiered::REMOTE_LOG_STORAGE_SYSTEM_ENABLE).as_deref()
        != Some("true")
    {
        return;
    }
    let Ok(topic) = checker.config.topic(&BTreeMap::new()) else { return };
    for (key, local, whole) in [
        (&tiered::LOG_LOCAL_RETENTION_MS, topic.local_retention_ms_raw, topic.retention_ms),
        (
            &tiered::LOG_LOCAL_RETENTION_BYTES,
            topic.local_retention_bytes_raw,
            topic.retention_bytes,
        ),
    ] {
        if whole > -1 && local != -2 && (local == -1 || local > whole) {
            checker.refuse(
                key,
                format!("is {local} and must not be more than the whole retention, {whole}"),
            );
        }
    }
}

fn check_times(checker: &mut Checker<'_>) {
    checker
        .in_order(&replication::REPLICA_FETCH_WAIT_MAX_MS, &replication::REPLICA_SOCKET_TIMEOUT_MS);
    checker
        .in_order(&replication::REPLICA_FETCH_WAIT_MAX_MS, &replication::REPLICA_LAG_TIME_MAX_MS);
    let idle = checker.config.network.connections_max_idle_ms;
    let delay = checker.number(&network::CONNECTION_FAILED_AUTHENTICATION_DELAY_MS);
    if idle >= 0 && delay >= idle {
        checker.refuse(
            &network::CONNECTION_FAILED_AUTHENTICATION_DELAY_MS,
            format!("is {delay} and must be less than `connections.max.idle.ms`, which is {idle}"),
        );
    }
}

fn check_limits(checker: &mut Checker<'_>) {
    let network = &checker.config.network;
    let (queued, request) =
        (network.queued_max_request_bytes, i64::from(network.socket_request_max_bytes));
    let per_ip = network.max_connections_per_ip;
    if queued > 0 && queued < request {
        checker.refuse(
            &network::QUEUED_MAX_REQUEST_BYTES,
            format!(
                "is {queued} and must hold one request of `socket.request.max.bytes`, {request}"
            ),
        );
    }
    match checker.config.connection_overrides() {
        Err(error) => checker.refusals.push(error),
        Ok(overrides) if per_ip == 0 && overrides.is_empty() => checker.refuse(
            &network::MAX_CONNECTIONS_PER_IP,
            "may be 0 only where `max.connections.per.ip.overrides` lets somebody in",
        ),
        Ok(_) => {}
    }
}

/// Lowest, own and highest value of what groups may be given.
const GROUP_RANGES: &[(&Key, &Key, &Key)] = &[
    (
        &groups::GROUP_CONSUMER_MIN_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_CONSUMER_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_CONSUMER_MAX_HEARTBEAT_INTERVAL_MS,
    ),
    (
        &groups::GROUP_CONSUMER_MIN_SESSION_TIMEOUT_MS,
        &groups::GROUP_CONSUMER_SESSION_TIMEOUT_MS,
        &groups::GROUP_CONSUMER_MAX_SESSION_TIMEOUT_MS,
    ),
    (
        &groups::GROUP_CONSUMER_MIN_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_CONSUMER_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_CONSUMER_MAX_ASSIGNMENT_INTERVAL_MS,
    ),
    (
        &groups::GROUP_SHARE_MIN_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_SHARE_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_SHARE_MAX_HEARTBEAT_INTERVAL_MS,
    ),
    (
        &groups::GROUP_SHARE_MIN_SESSION_TIMEOUT_MS,
        &groups::GROUP_SHARE_SESSION_TIMEOUT_MS,
        &groups::GROUP_SHARE_MAX_SESSION_TIMEOUT_MS,
    ),
    (
        &groups::GROUP_SHARE_MIN_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_SHARE_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_SHARE_MAX_ASSIGNMENT_INTERVAL_MS,
    ),
    (
        &groups::GROUP_SHARE_MIN_RECORD_LOCK_DURATION_MS,
        &groups::GROUP_SHARE_RECORD_LOCK_DURATION_MS,
        &groups::GROUP_SHARE_MAX_RECORD_LOCK_DURATION_MS,
    ),
    (
        &groups::GROUP_SHARE_MIN_DELIVERY_COUNT_LIMIT,
        &groups::GROUP_SHARE_DELIVERY_COUNT_LIMIT,
        &groups::GROUP_SHARE_MAX_DELIVERY_COUNT_LIMIT,
    ),
    (
        &groups::GROUP_SHARE_MIN_PARTITION_MAX_RECORD_LOCKS,
        &groups::GROUP_SHARE_PARTITION_MAX_RECORD_LOCKS,
        &groups::GROUP_SHARE_MAX_PARTITION_MAX_RECORD_LOCKS,
    ),
    (
        &groups::GROUP_STREAMS_MIN_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_STREAMS_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_STREAMS_MAX_HEARTBEAT_INTERVAL_MS,
    ),
    (
        &groups::GROUP_STREAMS_MIN_SESSION_TIMEOUT_MS,
        &groups::GROUP_STREAMS_SESSION_TIMEOUT_MS,
        &groups::GROUP_STREAMS_MAX_SESSION_TIMEOUT_MS,
    ),
    (
        &groups::GROUP_STREAMS_MIN_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_STREAMS_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_STREAMS_MAX_ASSIGNMENT_INTERVAL_MS,
    ),
];

/// A heartbeat comes more often than a session ends.
const HEARTBEATS: &[(&Key, &Key)] = &[
    (&groups::GROUP_CONSUMER_HEARTBEAT_INTERVAL_MS, &groups::GROUP_CONSUMER_SESSION_TIMEOUT_MS),
    (&groups::GROUP_SHARE_HEARTBEAT_INTERVAL_MS, &groups::GROUP_SHARE_SESSION_TIMEOUT_MS),
    (&groups::GROUP_STREAMS_HEARTBEAT_INTERVAL_MS, &groups::GROUP_STREAMS_SESSION_TIMEOUT_MS),
];

fn check_groups(checker: &mut Checker<'_>) {
    for (low, value, high) in GROUP_RANGES {
        checker.in_order(low, value);
        checker.in_order(value, high);
    }
    for (heartbeat, session) in HEARTBEATS {
        let (every, timeout) = (checker.number(heartbeat), checker.number(session));
        if every >= timeout {
            checker.refuse(
                heartbeat,
                format!("is {every} and must be less than `{}`, which is {timeout}", session.name),
            );
        }
    }
    checker.in_order(
        &groups::GROUP_STREAMS_NUM_STANDBY_REPLICAS,
        &groups::GROUP_STREAMS_MAX_STANDBY_REPLICAS,
    );
    checker.in_order(&groups::GROUP_SHARE_MAX_SIZE, &groups::GROUP_SHARE_MAX_SHARE_SESSIONS);
    for key in [
        &groups::OFFSETS_TOPIC_COMPRESSION_CODEC,
        &groups::SHARE_COORDINATOR_STATE_TOPIC_COMPRESSION_CODEC,
    ] {
        let codec = checker.number(key);
        if !(0..=4).contains(&codec) {
            checker.refuse(key, format!("must be the number of a codec, 0 to 4, got {codec}"));
        }
    }
    let text = |key: &'static Key| split(&checker.config.layers.text(key).unwrap_or_default());
    let (share_assignors, protocols) = (
        text(&groups::GROUP_SHARE_ASSIGNORS),
        text(&groups::GROUP_COORDINATOR_REBALANCE_PROTOCOLS),
    );
    if share_assignors.len() != 1 {
        checker.refuse(&groups::GROUP_SHARE_ASSIGNORS, "must name exactly one assignor");
    }
    if !protocols.iter().any(|protocol| protocol == "classic") {
        checker.refuse(
            &groups::GROUP_COORDINATOR_REBALANCE_PROTOCOLS,
            "must contain `classic`, which cannot be switched off",
        );
    }
}

fn check_quorum(checker: &mut Checker<'_>) {
    let config = checker.config;
    let is_voter = config.quorum_voters.iter().any(|voter| voter.id == config.node_id.0);
    if config.quorum_voters.is_empty() && config.quorum_bootstrap_servers.is_empty() {
        checker.refuse(
            &node::CONTROLLER_QUORUM_BOOTSTRAP_SERVERS,
            "and `controller.quorum.voters` are both empty; one of them must say where the controllers are",
        );
    }
    if config.roles.controller {
        if !config.quorum_voters.is_empty() && !is_voter {
            checker.refuse(
                &node::CONTROLLER_QUORUM_VOTERS,
                format!("must name this controller, node {}", config.node_id.0),
            );
        }
        let bound = |name: &String| config.listeners.iter().any(|listener| listener.name == *name);
        if let Some(name) = config.controller_listener_names.iter().find(|name| !bound(name)) {
            checker.refuse(
                &node::CONTROLLER_LISTENER_NAMES,
                format!("names `{name}`, which `listeners` does not have; a controller listens on all of them"),
            );
        }
    } else {
        if is_voter {
            checker.refuse(
                &node::CONTROLLER_QUORUM_VOTERS,
                format!("must not name node {}, which is no controller", config.node_id.0),
            );
        }
        let own = |listener: &&Listener| config.is_controller_listener(&listener.name);
        if let Some(listener) = config.listeners.iter().find(own) {
            checker.refuse(
                &network::LISTENERS,
                format!(
                    "holds the controller listener `{}`, and this node is no controller",
                    listener.name
                ),
            );
        }
        if config.quorum.auto_join_enable {
            checker.refuse(
                &node::CONTROLLER_QUORUM_AUTO_JOIN_ENABLE,
                "is for nodes with the role `controller` only",
            );
        }
        check_controller_protocols(checker);
    }
    if !config.roles.broker {
        check_controller_only(checker);
    }
}

/// A broker talks to controllers over a listener that it does not have itself, so the protocol of
/// that listener must be said.
fn check_controller_protocols(checker: &mut Checker<'_>) {
    let config = checker.config;
    let Ok(protocols) = config.protocols() else { return };
    if let Some(name) =
        config.controller_listener_names.iter().find(|name| !protocols.contains_key(*name))
    {
        checker.refuse(
            &network::LISTENER_SECURITY_PROTOCOL_MAP,
            format!("does not say which protocol the controller listener `{name}` speaks; add `{name}:PLAINTEXT` or another protocol"),
        );
    }
}

fn check_controller_only(checker: &mut Checker<'_>) {
    let config = checker.config;
    let foreign = |listener: &&Listener| !config.is_controller_listener(&listener.name);
    if let Some(listener) = config.listeners.iter().find(foreign) {
        checker.refuse(
            &network::LISTENERS,
            format!("holds `{}`, which is not in `controller.listener.names`; a controller has no other listeners", listener.name),
        );
    }
    let is_named = config.layers.set_text(network::INTER_BROKER_LISTENER_NAME.name).is_some();
    if is_named && config.is_controller_listener(&config.inter_broker_listener_name) {
        checker.refuse(
            &node::CONTROLLER_LISTENER_NAMES,
            "must not contain the listener that `inter.broker.listener.name` names",
        );
    }
}

fn check_listeners(checker: &mut Checker<'_>) {
    let config = checker.config;
    let key = &network::ADVERTISED_LISTENERS;
    let names = |listeners: &[Listener]| {
        listeners.iter().map(|listener| listener.name.clone()).collect::<Vec<_>>().join(", ")
    };
    if config.roles.broker {
        if config.advertised_listeners.is_empty() {
            checker.refuse(
                key,
                "has no listener for clients; all of them are listeners of the controller",
            );
        } else if !has(&config.advertised_listeners, &config.inter_broker_listener_name) {
            checker.refuse(
                &network::INTER_BROKER_LISTENER_NAME,
                format!(
                    "is `{}`, which is not advertised; it must be one of {}",
                    config.inter_broker_listener_name,
                    names(&config.advertised_listeners)
                ),
            );
        }
        let unbound = |listener: &&Listener| !has(&config.listeners, &listener.name);
        if let Some(listener) = config.advertised_listeners.iter().find(unbound) {
            checker.refuse(
                key,
                format!(
                    "holds `{}`, which `listeners` does not have; it has {}",
                    listener.name,
                    names(&config.listeners)
                ),
            );
        }
    }
    let all = || config.advertised_listeners.iter().chain(&config.advertised_controller_listeners);
    if let Some(listener) =
        all().find(|listener| matches!(listener.host.as_deref(), Some("0.0.0.0" | "::")))
    {
        checker.refuse(
            key,
            format!("would tell clients to connect to `{listener}`, which is no address they can reach; name one that they can"),
        );
    }
    check_protocols(checker);
    let early = split(&config.layers.text(&node::EARLY_START_LISTENERS).unwrap_or_default());
    let known = |name: &String| {
        let name = name.to_uppercase();
        has(&config.listeners, &name) || config.is_controller_listener(&name)
    };
    if let Some(name) = early.iter().find(|name| !known(name)) {
        checker.refuse(
            &node::EARLY_START_LISTENERS,
            format!(
                "names `{name}`, which is in neither `listeners` nor `controller.listener.names`"
            ),
        );
    }
}

fn has(listeners: &[Listener], name: &str) -> bool {
    listeners.iter().any(|listener| listener.name == name)
}

fn check_protocols(checker: &mut Checker<'_>) {
    let config = checker.config;
    for listener in &config.listeners {
        if !BUILT_PROTOCOLS.contains(&listener.protocol) {
            checker.refuse(
                &network::LISTENERS,
                format!(
                    "gives `{}` the protocol {}, which is not built yet; it would be an open door, so the node does not start",
                    listener.name,
                    listener.protocol.name()
                ),
            );
        }
    }
    if config.roles.broker && config.inter_broker_security_protocol.uses_sasl() {
        let mechanism: Result<String, _> =
            read(&config.layers, &security::SASL_MECHANISM_INTER_BROKER_PROTOCOL);
        let prefixed = format!(
            "listener.name.{}.{}",
            config.inter_broker_listener_name.to_lowercase(),
            security::SASL_ENABLED_MECHANISMS.name
        );
        let enabled = match config.layers.set_text(&prefixed) {
            Some(text) => text.to_owned(),
            None => config.layers.text(&security::SASL_ENABLED_MECHANISMS).unwrap_or_default(),
        };
        if let Ok(mechanism) = mechanism
            && !split(&enabled).contains(&mechanism)
        {
            checker.refuse(
                &security::SASL_MECHANISM_INTER_BROKER_PROTOCOL,
                format!("is `{mechanism}`, which `sasl.enabled.mechanisms` does not offer"),
            );
        }
    }
    if let Some(metrics) = &config.metrics_listener
        && config
            .listeners
            .iter()
            .any(|listener| listener.port == metrics.port && metrics.port != 0)
    {
        checker.refuse(
            &own::VLTAVA_METRICS_LISTENER,
            format!("uses port {}, which `listeners` uses too; choose another port", metrics.port),
        );
    }
}
