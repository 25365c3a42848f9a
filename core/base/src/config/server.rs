//! The configuration of a node: everything that `server.properties`, the environment and the command
//! line say, checked and typed.
//!
//! The life of a value: its text is read from a file ([`super::properties`]), from the environment
//! ([`super::environment`]) or from `--set`; later sources win over earlier ones in that order. The
//! texts lie in [`Layers`], under what was configured while the cluster ran. From the layers the
//! typed fields are read, and checked against each other. A dynamic change makes a new
//! `ServerConfig` and leaves the old one as it was.

use std::collections::BTreeMap;
use std::fmt;

use crate::BrokerId;

use super::check;
use super::key::{Invalid, Key};
use super::keys::{log, network, node, own};
use super::listener::{Endpoint, HostPort, Listener, Ports, SecurityProtocol, Voter};
use super::listener::{check_distinct, parse_endpoint};
use super::properties::Properties;
use super::sections::{
    ConsumerGroupSettings, GroupSettings, LogSettings, NetworkSettings, QuorumSettings,
    QuotaSettings, ReplicationSettings, ShareSettings, StreamsGroupSettings, TransactionSettings,
};
use super::settings::{Source, read};
use super::status;
use super::topic::{Durability, TopicConfig, TopicDefaults};
use super::value::{Value, split};

/// What is set on each level, as texts by name. An upper level hides a lower one.
#[derive(Clone, Default, PartialEq, Eq)]
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

/// Texts as they may stand in a log: without those of passwords, and of keys that nobody knows.
impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |layer: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            let text = |name: &String, text: &String| match status::find(name) {
                Some(key) if !key.is_sensitive() => text.clone(),
                _ => "[hidden]".to_owned(),
            };
            layer.iter().map(|(name, value)| (name.clone(), text(name, value))).collect()
        };
        f.debug_struct("Layers")
            .field("dynamic_broker", &shown(&self.dynamic_broker))
            .field("dynamic_default", &shown(&self.dynamic_default))
            .field("fixed", &shown(&self.fixed))
            .finish()
    }
}

impl AsRef<Layers> for Layers {
    fn as_ref(&self) -> &Layers {
        self
    }
}

impl AsRef<Layers> for ServerConfig {
    fn as_ref(&self) -> &Layers {
        &self.layers
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

/// How many connections a listener takes, and how many new ones a second (KIP-402, KIP-612).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerLimits {
    pub max_connections: i32,
    pub max_connection_creation_rate: i32,
}

/// The configuration of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerConfig {
    pub origin: Origin,
    pub roles: Roles,
    pub node_id: BrokerId,
    /// Whose the directories must be, or become; it does not matter while there is none.
    pub cluster_id: Option<String>,
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
    /// By host, as it is written.
    pub max_connections_per_ip_overrides: BTreeMap<String, i32>,
    /// Of every listener, by its name.
    pub listener_limits: BTreeMap<String, ListenerLimits>,
    pub log: LogSettings,
    pub replication: ReplicationSettings,
    pub quorum: QuorumSettings,
    pub groups: GroupSettings,
    pub share: ShareSettings,
    pub consumer_groups: ConsumerGroupSettings,
    pub streams_groups: StreamsGroupSettings,
    pub transactions: TransactionSettings,
    pub quotas: QuotaSettings,
    pub layers: Layers,
}

/// What a node runs on when nobody has written a configuration for it: everything on this machine,
/// internal topics with one replica because there is nobody to hold a second one. `localhost` binds
/// every address that it resolves to, 127.0.0.1 and ::1. The controller has no listener, as nobody
/// else talks to it. The first member of a group does not wait for others, as in the file that Kafka
/// ships: on one machine it is mostly the only one.
const EMBEDDED: &[(&str, &str)] = &[
    ("process.roles", "broker,controller"),
    ("node.id", "1"),
    ("controller.listener.names", "CONTROLLER"),
    ("log.dirs", "./vltava-data"),
    ("group.initial.rebalance.delay.ms", "0"),
    ("offsets.topic.replication.factor", "1"),
    ("transaction.state.log.replication.factor", "1"),
    ("transaction.state.log.min.isr", "1"),
    ("share.coordinator.state.topic.replication.factor", "1"),
    ("share.coordinator.state.topic.min.isr", "1"),
    ("vltava.metrics.listener", "127.0.0.1:9644"),
];

/// What was given to a node at start. Later fields win over earlier ones.
#[derive(Clone, Debug, Default)]
pub struct Given<'a> {
    /// `--config FILE`.
    pub file: Option<&'a Properties>,
    /// What [`super::environment::read`] found.
    pub environment: &'a [(String, String)],
    /// `--set name=value`.
    pub settings: &'a [(String, String)],
}

impl Given<'_> {
    fn to_map(&self) -> BTreeMap<String, String> {
        let mut all = self.file.map(Properties::to_map).unwrap_or_default();
        all.extend(self.environment.iter().chain(self.settings).cloned());
        all
    }

    /// The line of the file that says what holds for the key; none if it does not come from there.
    fn line_of(&self, name: &str) -> Option<usize> {
        let is_over = self.environment.iter().chain(self.settings).any(|(over, _)| over == name);
        self.file.filter(|_| !is_over).and_then(|file| file.line_of(name))
    }
}

/// A configuration that a node can start with, and what to tell about it first.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub config: ServerConfig,
    pub warnings: Vec<String>,
}

/// Everything that keeps a node from starting with the configuration it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub reasons: Vec<Invalid>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used:")?;
        self.reasons.iter().try_for_each(|reason| write!(f, "\n  {reason}"))
    }
}

impl std::error::Error for Refused {}

impl ServerConfig {
    /// The configuration of a node that was given none.
    pub fn embedded() -> ServerConfig {
        let fixed = with_both_ids(over_embedded(BTreeMap::new()));
        ServerConfig::from_layers(Origin::Embedded, Layers { fixed, ..Layers::default() })
            .expect("the embedded configuration is valid")
    }

    /// The configuration of a node that was given something. With a file, or with roles in the
    /// environment or on the command line, everything that is not said has Kafka's default;
    /// otherwise what was given changes the embedded configuration.
    ///
    /// # Errors
    /// Every value that no key takes, every key that cannot be obeyed yet and must not be ignored,
    /// and every contradiction between keys.
    pub fn load(given: &Given<'_>) -> Result<Loaded, Refused> {
        let all = given.to_map();
        let mut findings = status::examine(&all);
        let is_given = given.file.is_some() || all.contains_key(node::PROCESS_ROLES.name);
        let (origin, fixed) =
            if is_given { (Origin::Given, all) } else { (Origin::Embedded, over_embedded(all)) };
        let layers = Layers { fixed: with_both_ids(fixed), ..Layers::default() };
        let config = match ServerConfig::from_layers(origin, layers) {
            Ok(config) if findings.refusals.is_empty() => config,
            Ok(_) => return Err(refused(given, findings.refusals)),
            Err(reasons) => {
                // Reading stops at the first wrong value, which the examination has found already.
                let found =
                    |reason: &Invalid| findings.refusals.iter().any(|r| r.key == reason.key);
                let new: Vec<Invalid> =
                    reasons.into_iter().filter(|reason| !found(reason)).collect();
                findings.refusals.extend(new);
                return Err(refused(given, findings.refusals));
            }
        };
        let hidden = given.file.into_iter().flat_map(Properties::hidden);
        findings.warnings.extend(hidden.map(|entry| {
            format!(
                "line {} of the configuration sets `{}`, which a later line sets again",
                entry.line, entry.name
            )
        }));
        findings.warnings.extend(check::warnings(&config));
        Ok(Loaded { config, warnings: findings.warnings })
    }

    /// Reads and checks the layers.
    ///
    /// # Errors
    /// What is wrong with them, each with its key.
    pub fn from_layers(origin: Origin, layers: Layers) -> Result<ServerConfig, Vec<Invalid>> {
        let config = read_server(origin, layers).map_err(|error| vec![error])?;
        let reasons = check::check(&config);
        if reasons.is_empty() { Ok(config) } else { Err(reasons) }
    }

    /// The same node under other dynamic configurations, given as the metadata log has them.
    ///
    /// # Errors
    /// What is wrong with the whole of it; the old configuration stays in use then.
    pub fn with_dynamic(
        &self,
        broker: BTreeMap<String, String>,
        default: BTreeMap<String, String>,
    ) -> Result<ServerConfig, Vec<Invalid>> {
        let fixed = self.layers.fixed.clone();
        ServerConfig::from_layers(
            self.origin,
            Layers { dynamic_broker: broker, dynamic_default: default, fixed },
        )
    }

    /// What a topic has that sets nothing.
    pub fn topic_defaults(&self) -> TopicDefaults {
        TopicDefaults::from_broker(&self.layers)
    }

    /// The settings of a topic that sets `own`.
    ///
    /// # Errors
    /// Names the key that is unknown or wrong; on the wire INVALID_CONFIG.
    pub fn topic(&self, own: &BTreeMap<String, String>) -> Result<TopicConfig, Invalid> {
        TopicConfig::resolve(own, &self.topic_defaults())
    }

    /// The listeners that clients and brokers connect to.
    pub fn broker_listeners(&self) -> impl Iterator<Item = &Listener> {
        self.listeners.iter().filter(|listener| !self.is_controller_listener(&listener.name))
    }

    pub fn is_controller_listener(&self, name: &str) -> bool {
        self.controller_listener_names
            .iter()
            .any(|controller| controller.eq_ignore_ascii_case(name))
    }

    /// How many connections single hosts may hold, where that is not what all may.
    ///
    /// # Errors
    /// An entry is not `host:count`.
    pub fn connection_overrides(&self) -> Result<BTreeMap<String, u32>, Invalid> {
        let key = &network::MAX_CONNECTIONS_PER_IP_OVERRIDES;
        let text = self.layers.text(key).unwrap_or_default();
        let mut overrides = BTreeMap::new();
        for entry in split(&text).iter().filter(|entry| !entry.is_empty()) {
            let pair = entry.rsplit_once(':').and_then(|(host, count)| {
                let host = host.trim_matches(['[', ']']).trim();
                let count = count.trim().parse().ok()?;
                (!host.is_empty() && !host.contains(char::is_whitespace))
                    .then(|| (host.to_owned(), count))
            });
            let (host, count) = pair.ok_or_else(|| {
                Invalid::new(key.name, format!("holds `{entry}`; write `host:count`"))
            })?;
            overrides.insert(host, count);
        }
        Ok(overrides)
    }

    /// Which protocol each listener name means, names of other nodes' listeners too.
    pub(super) fn protocols(&self) -> Result<Protocols, Invalid> {
        let listeners: Vec<String> = read(&self.layers, &network::LISTENERS)?;
        protocol_map(&self.layers, &self.controller_listener_names, &listeners)
    }
}

fn refused(given: &Given<'_>, mut reasons: Vec<Invalid>) -> Refused {
    for reason in &mut reasons {
        if let Some(line) = given.line_of(&reason.key) {
            reason.reason.push_str(&format!(" (line {line})"));
        }
    }
    Refused { reasons }
}

/// `broker.id` is the older name of `node.id`: whoever sets one of them has set both.
fn with_both_ids(mut properties: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let (new, old) = (node::NODE_ID.name, node::BROKER_ID.name);
    match (properties.get(new).cloned(), properties.get(old).cloned()) {
        (Some(id), None) => drop(properties.insert(old.to_owned(), id)),
        (None, Some(id)) => drop(properties.insert(new.to_owned(), id)),
        _ => {}
    }
    properties
}

/// The embedded values under what was given on the command line or in the environment. Whoever says
/// only what to advertise means to be reached there, so every address is bound on those ports.
fn over_embedded(given: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut properties: BTreeMap<String, String> =
        EMBEDDED.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    if given.contains_key(node::BROKER_ID.name) {
        properties.remove(node::NODE_ID.name);
    }
    // Kafka reads the plural first; a single directory that somebody named must win over ours.
    if given.contains_key(log::LOG_DIR.name) {
        properties.remove(log::LOG_DIRS.name);
    }
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
    split(advertised).iter().map(|part| entry(part)).collect::<Vec<_>>().join(",")
}

/// Where other nodes reach this controller: what is advertised for a name, else what is bound. For
/// the first name a static quorum's own entry says it, where the listener itself names no host.
fn advertised_controllers(
    names: &[String],
    advertised: &[Listener],
    bound: &[Listener],
    voter: Option<&Voter>,
) -> Vec<Listener> {
    let of = |listeners: &[Listener], name: &str| {
        listeners.iter().find(|listener| listener.name == name).cloned()
    };
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        if let Some(listener) = of(advertised, name) {
            found.push(listener);
        } else if let Some(mut listener) = of(bound, name) {
            if listener.binds_everywhere() {
                listener.host = None;
                if let (0, Some(voter)) = (index, voter) {
                    listener.host = Some(voter.address.host.clone());
                    listener.port = voter.address.port;
                }
            }
            found.push(listener);
        }
    }
    found
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
        None => Vec::new(),
    };
    let for_clients = if advertised_texts.is_some() { &advertised } else { &listeners };
    let voters: Vec<String> = read(source, &node::CONTROLLER_QUORUM_VOTERS)?;
    let quorum_voters: Vec<Voter> = voters.iter().filter_map(|text| Voter::parse(text)).collect();
    let node_id = read(source, &node::NODE_ID)?;
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
        node_id: BrokerId(node_id),
        cluster_id: cluster_id(source)?,
        advertised_listeners: for_clients
            .iter()
            .filter(|listener| !is_controller(listener))
            .cloned()
            .collect(),
        advertised_controller_listeners: advertised_controllers(
            &controller_listener_names,
            &advertised,
            &listeners,
            quorum_voters.iter().find(|voter| voter.id == node_id),
        ),
        listener_limits: listener_limits(source, &listeners)?,
        listeners,
        controller_listener_names,
        inter_broker_listener_name,
        inter_broker_security_protocol,
        quorum_voters,
        quorum_bootstrap_servers: servers.iter().filter_map(|text| HostPort::parse(text)).collect(),
        log_dirs,
        metadata_log_dir,
        cordoned_log_dirs: read(source, &log::CORDONED_LOG_DIRS)?,
        metrics_listener: metrics
            .filter(|text| !text.is_empty())
            .map(|text| metrics_listener(&text))
            .transpose()?,
        legacy_clients_enable: read(source, &own::VLTAVA_LEGACY_CLIENTS_ENABLE)?,
        durability: read(source, &own::VLTAVA_DURABILITY)?,
        network: NetworkSettings::read(source)?,
        max_connections_per_ip_overrides: per_ip_overrides(source)?,
        log: LogSettings::read(source)?,
        replication: ReplicationSettings::read(source)?,
        quorum: QuorumSettings::read(source)?,
        groups: GroupSettings::read(source)?,
        share: ShareSettings::read(source)?,
        consumer_groups: ConsumerGroupSettings::read(source)?,
        streams_groups: StreamsGroupSettings::read(source)?,
        transactions: TransactionSettings::read(source)?,
        quotas: QuotaSettings::read(source)?,
        layers,
    })
}

/// As it was written: two texts of one id are two clusters, as they are to Kafka.
fn cluster_id(source: &Layers) -> Result<Option<String>, Invalid> {
    let text: Option<String> = read(source, &own::VLTAVA_CLUSTER_ID)?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn metrics_listener(text: &str) -> Result<HostPort, Invalid> {
    HostPort::parse(text).ok_or_else(|| {
        Invalid::new(
            own::VLTAVA_METRICS_LISTENER.name,
            format!("must be `host:port`, for example `127.0.0.1:9644`, got `{text}`"),
        )
    })
}

/// `host:count` pairs; a host may be an IPv6 address.
fn per_ip_overrides(source: &Layers) -> Result<BTreeMap<String, i32>, Invalid> {
    let key = &network::MAX_CONNECTIONS_PER_IP_OVERRIDES;
    let text: String = read(source, key)?;
    let mut overrides = BTreeMap::new();
    for entry in split(&text).iter().filter(|entry| !entry.is_empty()) {
        let pair = entry.rsplit_once(':');
        let pair = pair.and_then(|(host, count)| Some((host.trim(), count.trim().parse().ok()?)));
        match pair {
            Some((host, count)) if !host.is_empty() && count >= 0 => {
                overrides.insert(host.to_owned(), count);
            }
            _ => {
                let reason =
                    format!("holds `{entry}`; write `host:count`, with a count of 0 or more");
                return Err(Invalid::new(key.name, reason));
            }
        }
    }
    Ok(overrides)
}

/// What each listener takes by `listener.name.<listener>.<key>`. What it does not set holds as it does
/// for all of the node's listeners together.
fn listener_limits(
    source: &Layers,
    listeners: &[Listener],
) -> Result<BTreeMap<String, ListenerLimits>, Invalid> {
    let of = |listener: &Listener, key: &'static Key| -> Result<i32, Invalid> {
        let name = format!("listener.name.{}.{}", listener.name.to_lowercase(), key.name);
        match source.set_text(&name).map(|text| key.parse(text)) {
            None => read(source, key),
            Some(Ok(Value::Int(limit))) => Ok(limit),
            Some(Ok(_)) => unreachable!("both keys are of integers"),
            Some(Err(error)) => Err(Invalid::new(&name, error.reason)),
        }
    };
    let limits = |listener: &Listener| {
        let limits = ListenerLimits {
            max_connections: of(listener, &network::MAX_CONNECTIONS)?,
            max_connection_creation_rate: of(listener, &network::MAX_CONNECTION_CREATION_RATE)?,
        };
        Ok((listener.name.clone(), limits))
    };
    listeners.iter().map(limits).collect()
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
    for entry in split(&text).iter().filter(|entry| !entry.is_empty()) {
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
mod tests;
