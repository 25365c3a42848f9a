//! Changes of a configuration while the cluster runs: AlterConfigs and IncrementalAlterConfigs.
//!
//! Everything here is pure. A change is merged with what is set already ([`merge`], [`replace`]), and
//! the result is checked as a whole ([`check_topic`] and its siblings), so that two keys that exclude
//! each other are caught however they came together. The node that a broker's change is for checks it
//! before it hands it on, because only it knows what it was started with; the controller checks the
//! rest and writes the records.
//!
//! The codes are Kafka's: a malformed change is INVALID_REQUEST, and so is a broker's configuration
//! that does not hold together (KAFKA-13609); everything else that is wrong is INVALID_CONFIG.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::ErrorCode;

use super::key::{Invalid, Key, Kind, Level, Update};
use super::keys;
use super::keys::{group, groups, log, network, replication, tiered, topic as topic_keys};
use super::server::ServerConfig;
use super::settings::{Source, read};
use super::status;
use super::topic::{TopicConfig, effective_text};
use super::value::split;

/// What becomes of one key, with the codes of IncrementalAlterConfigs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Set = 0,
    /// The key holds again what the level below says.
    Delete = 1,
    /// Add the parts that a list does not have yet.
    Append = 2,
    /// Take parts out of a list.
    Subtract = 3,
}

impl Operation {
    /// # Errors
    /// No operation has that code.
    pub fn from_code(code: i8) -> Result<Operation, Rejected> {
        match code {
            0 => Ok(Operation::Set),
            1 => Ok(Operation::Delete),
            2 => Ok(Operation::Append),
            3 => Ok(Operation::Subtract),
            _ => Err(Rejected::request(format!("there is no configuration operation {code}"))),
        }
    }
}

/// One change of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    pub operation: Operation,
    pub value: Option<String>,
}

/// Why a change is not made: the code and the words of the reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub code: ErrorCode,
    pub message: String,
}

impl Rejected {
    fn request(message: impl Into<String>) -> Rejected {
        Rejected { code: ErrorCode::InvalidRequest, message: message.into() }
    }

    fn config(message: impl Into<String>) -> Rejected {
        Rejected { code: ErrorCode::InvalidConfig, message: message.into() }
    }
}

impl From<Invalid> for Rejected {
    fn from(invalid: Invalid) -> Rejected {
        Rejected::config(invalid.to_string())
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Rejected {}

/// Texts by name: what a resource sets.
pub type Texts = BTreeMap<String, String>;

/// The records of a change: what each key is set to, or that it is set no more.
pub type Deltas = BTreeMap<String, Option<String>>;

/// The key of that name on a level.
pub fn find(level: Level, name: &str) -> Option<&'static Key> {
    match level {
        Level::Broker => keys::find_broker(name),
        Level::Topic => keys::find_topic(name),
        Level::Group => keys::find_group(name),
        Level::ClientMetrics => keys::find_client_metrics(name),
    }
}

/// Whether parts can be appended to the key and taken out of it.
pub fn is_list(level: Level, name: &str) -> bool {
    find(level, name).is_some_and(|key| key.kind == Kind::List)
}

/// The declared default of a key, which a list is changed from when it is not set.
pub fn default_text(level: Level, name: &str) -> Option<&'static str> {
    find(level, name).and_then(Key::default_text)
}

/// The longest text that a metadata record holds.
const TEXT_LENGTH_MAX: usize = i16::MAX as usize;

/// Works out what IncrementalAlterConfigs writes for a resource that sets `current`.
///
/// # Errors
/// A key is named twice, a value is missing or too long, or a key to append to is no list.
pub fn merge(level: Level, current: &Texts, changes: &[Change]) -> Result<Deltas, Rejected> {
    let names = changes.iter().map(|change| change.name.as_str());
    check_distinct(names)?;
    let missing: Vec<&str> = changes
        .iter()
        .filter(|change| change.operation != Operation::Delete && change.value.is_none())
        .map(|change| change.name.as_str())
        .collect();
    check_not_missing(&missing)?;
    let mut deltas = Deltas::new();
    for change in changes {
        let old = current.get(&change.name);
        let given = change.value.as_deref().unwrap_or_default();
        let new = match change.operation {
            Operation::Set => Some(given.to_owned()),
            Operation::Delete => None,
            Operation::Append | Operation::Subtract => {
                Some(changed_list(level, change, old.map(String::as_str), given)?)
            }
        };
        insert_delta(&mut deltas, level, &change.name, old, new)?;
    }
    Ok(deltas)
}

/// Works out what AlterConfigs writes: a resource that sets `current` shall set exactly `new`.
///
/// # Errors
/// A key is named twice, or a value is missing or too long.
pub fn replace(
    level: Level,
    current: &Texts,
    new: &[(String, Option<String>)],
) -> Result<Deltas, Rejected> {
    check_distinct(new.iter().map(|(name, _)| name.as_str()))?;
    let missing: Vec<&str> =
        new.iter().filter(|(_, text)| text.is_none()).map(|(name, _)| name.as_str()).collect();
    check_not_missing(&missing)?;
    let mut deltas = Deltas::new();
    for (name, text) in new {
        insert_delta(&mut deltas, level, name, current.get(name), text.clone())?;
    }
    for name in current.keys().filter(|name| new.iter().all(|(other, _)| other != *name)) {
        deltas.insert(name.clone(), None);
    }
    Ok(deltas)
}

/// What a resource sets after a change.
pub fn apply(current: &Texts, deltas: &Deltas) -> Texts {
    let mut after = current.clone();
    for (name, text) in deltas {
        match text {
            Some(text) => drop(after.insert(name.clone(), text.clone())),
            None => drop(after.remove(name)),
        }
    }
    after
}

/// A change that changes nothing is no record, except for brokers: setting the path of a keystore
/// again is how a broker is told to read the file again (KAFKA-14136).
fn insert_delta(
    deltas: &mut Deltas,
    level: Level,
    name: &str,
    old: Option<&String>,
    new: Option<String>,
) -> Result<(), Rejected> {
    if let Some(length) = new.as_ref().map(String::len).filter(|length| *length > TEXT_LENGTH_MAX) {
        return Err(Rejected::config(format!(
            "the value of `{name}` has {length} bytes and must not have more than {TEXT_LENGTH_MAX}"
        )));
    }
    if level == Level::Broker || old != new.as_ref() {
        deltas.insert(name.to_owned(), new);
    }
    Ok(())
}

fn changed_list(
    level: Level,
    change: &Change,
    old: Option<&str>,
    given: &str,
) -> Result<String, Rejected> {
    if !is_list(level, &change.name) {
        return Err(Rejected::config(format!(
            "`{}` is not a list, so nothing can be appended to it or taken out of it; set it",
            change.name
        )));
    }
    let from = old.or_else(|| default_text(level, &change.name)).unwrap_or_default();
    Ok(match change.operation {
        Operation::Append => appended(from, given),
        Operation::Subtract => subtracted(from, given),
        _ => from.to_owned(),
    })
}

/// The list with the items that it lacks behind it.
pub fn appended(list: &str, items: &str) -> String {
    let mut all: Vec<&str> = list.split(',').filter(|item| !item.is_empty()).collect();
    let mut present: BTreeSet<&str> = all.iter().copied().collect();
    // Java's split, by which Kafka reads the list, gives nothing for commas at the end.
    all.extend(items.trim_end_matches(',').split(',').filter(|item| present.insert(item)));
    all.join(",")
}

/// The list without the items. Of one that it holds twice the first goes for each mention, as in
/// Kafka.
pub fn subtracted(list: &str, items: &str) -> String {
    let mut gone: BTreeMap<&str, usize> = BTreeMap::new();
    for item in items.split(',') {
        *gone.entry(item).or_default() += 1;
    }
    let kept = list.split(',').filter(|item| match gone.get_mut(item) {
        _ if item.is_empty() => false,
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    });
    kept.collect::<Vec<_>>().join(",")
}

fn check_distinct<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Rejected> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Rejected::request(format!("`{name}` is named twice; name each key once")));
        }
    }
    Ok(())
}

fn check_not_missing(missing: &[&str]) -> Result<(), Rejected> {
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join("`, `");
    Err(Rejected::request(format!("`{names}` must have a value; delete a key to unset it")))
}

/// Checks what a topic would set after a change.
///
/// # Errors
/// A key is unknown, a value not allowed, or the values exclude each other.
pub fn check_topic(
    server: &ServerConfig,
    old: &Texts,
    new: &Texts,
) -> Result<TopicConfig, Rejected> {
    let config = server.topic(new)?;
    if config.remote_storage_enable {
        check_remote_storage(server, &config)?;
        return Ok(config);
    }
    let name = topic_keys::REMOTE_STORAGE_ENABLE.name;
    let was_enabled = old.get(name).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
    if was_enabled && !config.remote_log_delete_on_disable {
        return Err(Rejected::config(format!(
            "`{name}` cannot be switched off while remote data is kept; set `{}` to delete it, or `{}` to keep reading it",
            topic_keys::REMOTE_LOG_DELETE_ON_DISABLE.name,
            topic_keys::REMOTE_LOG_COPY_DISABLE.name
        )));
    }
    Ok(config)
}

fn check_remote_storage(server: &ServerConfig, config: &TopicConfig) -> Result<(), Rejected> {
    let is_system_enabled: bool = read(&server.layers, &tiered::REMOTE_LOG_STORAGE_SYSTEM_ENABLE)?;
    let enable = topic_keys::REMOTE_STORAGE_ENABLE.name;
    if !is_system_enabled {
        return Err(Rejected::config(format!(
            "`{enable}` needs a broker with `{}`=true",
            tiered::REMOTE_LOG_STORAGE_SYSTEM_ENABLE.name
        )));
    }
    if config.cleanup_policy.compact {
        return Err(Rejected::config(format!(
            "`{enable}` and compaction exclude each other; set `cleanup.policy` to `delete` or leave it empty"
        )));
    }
    for (local_key, local, whole_key, whole) in [
        (
            &topic_keys::LOCAL_RETENTION_BYTES,
            config.local_retention_bytes_raw,
            &topic_keys::RETENTION_BYTES,
            config.retention_bytes,
        ),
        (
            &topic_keys::LOCAL_RETENTION_MS,
            config.local_retention_ms_raw,
            &topic_keys::RETENTION_MS,
            config.retention_ms,
        ),
    ] {
        if whole > -1 && local != -2 && (local == -1 || local > whole) {
            return Err(Rejected::config(format!(
                "`{}` is {local} and must not be more than `{}`, which is {whole}",
                local_key.name, whole_key.name
            )));
        }
        if config.remote_log_copy_disable && local != -2 && local != whole {
            return Err(Rejected::config(format!(
                "`{}` is {local} and must be the same as `{}`, {whole}, because nothing is copied to remote storage any more",
                local_key.name, whole_key.name
            )));
        }
    }
    Ok(())
}

/// Whom a broker's dynamic configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This node, named by its id.
    One,
    /// Every broker: the resource with the empty name.
    All,
}

/// Keys of TLS that are read again while the node runs, and only for one listener.
const PER_LISTENER: &[&str] = &[
    "ssl.keystore.type",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.key.password",
    "ssl.truststore.type",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
    "ssl.truststore.certificates",
];

/// Keys of listeners that may be set for all brokers at once.
const LISTENER_CLUSTER_WIDE: &[&str] =
    &["max.connections", "max.connection.creation.rate", "num.network.threads"];

/// Keys that Kafka changes while it runs and this node does not yet.
const NOT_LIVE_YET: &[&Key] = &[&network::LISTENERS, &network::LISTENER_SECURITY_PROTOCOL_MAP];

/// Numbers of threads, which may be halved or doubled at most with one change: a slip of the finger
/// must not bring a broker down.
const THREADS: &[&Key] = &[
    &network::BACKGROUND_THREADS,
    &network::NUM_IO_THREADS,
    &network::NUM_NETWORK_THREADS,
    &log::LOG_CLEANER_THREADS,
    &log::NUM_RECOVERY_THREADS_PER_DATA_DIR,
    &replication::NUM_REPLICA_FETCHERS,
];

/// Checks what would be set dynamically for a broker after a change, and makes the configuration it
/// would then have. `server` is what it has now.
///
/// # Errors
/// A key cannot change while the node runs or not for all brokers, a value is not allowed, or the
/// whole does not hold together.
pub fn check_broker(
    server: &ServerConfig,
    scope: Scope,
    new: &Texts,
) -> Result<ServerConfig, Rejected> {
    for (name, text) in new {
        check_dynamic(scope, name)?;
        if let Some(key) = status::find(name) {
            key.parse(text).map_err(|error| {
                Rejected::request(Invalid::new(name.as_str(), error.reason).to_string())
            })?;
        }
    }
    let findings = status::examine(new);
    if let Some(refusal) = findings.refusals.first() {
        return Err(Rejected::request(refusal.to_string()));
    }
    let layers = &server.layers;
    let after = match scope {
        Scope::One => server.with_dynamic(new.clone(), layers.dynamic_default.clone()),
        Scope::All => server.with_dynamic(layers.dynamic_broker.clone(), new.clone()),
    };
    let after = after.map_err(|reasons| {
        let reasons: Vec<String> = reasons.iter().map(Invalid::to_string).collect();
        Rejected::request(reasons.join("; "))
    })?;
    check_live(server, &after)?;
    Ok(after)
}

/// The configuration that a node takes over from what the metadata log has for it and for all brokers.
/// What was taken when it was stored must not stop a change now: an entry that cannot be used is left
/// out and told about, and where the rest does not hold together the node keeps what it has.
pub fn adopt(
    server: &ServerConfig,
    broker: &Texts,
    default: &Texts,
) -> (ServerConfig, Vec<Invalid>) {
    let mut ignored = Vec::new();
    let broker = usable(Scope::One, broker, &mut ignored);
    let default = usable(Scope::All, default, &mut ignored);
    match server.with_dynamic(broker, default) {
        Ok(config) => (config, ignored),
        Err(reasons) => {
            ignored.extend(reasons);
            (server.clone(), ignored)
        }
    }
}

fn usable(scope: Scope, stored: &Texts, ignored: &mut Vec<Invalid>) -> Texts {
    let mut usable = Texts::new();
    for (name, text) in stored {
        let parsed = status::find(name).map_or(Ok(()), |key| key.parse(text).map(drop));
        match (check_dynamic(scope, name), parsed) {
            (Ok(()), Ok(())) => drop(usable.insert(name.clone(), text.clone())),
            (Err(_), _) => ignored.push(Invalid::new(
                name,
                "is stored as a dynamic configuration that it cannot be, and has no effect",
            )),
            (_, Err(invalid)) => ignored.push(invalid),
        }
    }
    usable
}

fn check_dynamic(scope: Scope, name: &str) -> Result<(), Rejected> {
    if keys::find_broker(name).is_some_and(|key| !key.is_dynamic()) {
        return Err(Rejected::request(format!(
            "Cannot update these configs dynamically: [{name}]; set it in the configuration file and restart"
        )));
    }
    if PER_LISTENER.contains(&name) {
        return Err(Rejected::request(format!(
            "`{name}` can only change for one listener; name it `listener.name.<listener>.{name}`"
        )));
    }
    if scope == Scope::All {
        let is_per_broker = match keys::find_broker(name) {
            Some(key) => key.update == Update::PerBroker,
            None => status::base_of_listener_key(name)
                .is_some_and(|base| !LISTENER_CLUSTER_WIDE.contains(&base.name)),
        };
        if is_per_broker {
            return Err(Rejected::request(format!(
                "`{name}` can only be set for one broker; name the broker by its id"
            )));
        }
    }
    Ok(())
}

/// What a running node takes over, compared with what it has.
fn check_live(before: &ServerConfig, after: &ServerConfig) -> Result<(), Rejected> {
    for key in NOT_LIVE_YET {
        if before.layers.text(key) != after.layers.text(key) {
            return Err(Rejected::request(format!(
                "`{}` cannot change while the node runs yet; set it in the configuration file and restart",
                key.name
            )));
        }
    }
    for (listener, limits) in &after.listener_limits {
        let is_news = before.listener_limits.get(listener) != Some(limits);
        if is_news && limits.max_connections.min(limits.max_connection_creation_rate) < 1 {
            return Err(Rejected::request(format!(
                "listener {listener} would take no connections any more; its `max.connections` and \
                 `max.connection.creation.rate` must be 1 or more"
            )));
        }
    }
    for key in THREADS {
        let (old, new): (i32, i32) = (read(&before.layers, key)?, read(&after.layers, key)?);
        let (half, double) = ((old / 2).max(1), old.saturating_mul(2));
        if new != old && !(half..=double).contains(&new) {
            return Err(Rejected::request(format!(
                "`{}` is {old} and one change may at most halve or double it, got {new}",
                key.name
            )));
        }
    }
    Ok(())
}

/// A group key with the broker keys between which it must lie. Kafka checks those of the last kind
/// only where the group sets them.
pub(super) struct Bounds {
    pub(super) key: &'static Key,
    pub(super) low: Option<&'static Key>,
    pub(super) high: &'static Key,
    is_checked_unset: bool,
}

const fn bounds(key: &'static Key, low: &'static Key, high: &'static Key) -> Bounds {
    Bounds { key, low: Some(low), high, is_checked_unset: true }
}

const fn bounds_if_set(key: &'static Key, low: &'static Key, high: &'static Key) -> Bounds {
    Bounds { key, low: Some(low), high, is_checked_unset: false }
}

pub(super) const GROUP_BOUNDS: &[Bounds] = &[
    bounds(
        &group::CONSUMER_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_CONSUMER_MIN_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_CONSUMER_MAX_HEARTBEAT_INTERVAL_MS,
    ),
    bounds(
        &group::CONSUMER_SESSION_TIMEOUT_MS,
        &groups::GROUP_CONSUMER_MIN_SESSION_TIMEOUT_MS,
        &groups::GROUP_CONSUMER_MAX_SESSION_TIMEOUT_MS,
    ),
    bounds_if_set(
        &group::CONSUMER_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_CONSUMER_MIN_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_CONSUMER_MAX_ASSIGNMENT_INTERVAL_MS,
    ),
    bounds(
        &group::SHARE_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_SHARE_MIN_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_SHARE_MAX_HEARTBEAT_INTERVAL_MS,
    ),
    bounds(
        &group::SHARE_SESSION_TIMEOUT_MS,
        &groups::GROUP_SHARE_MIN_SESSION_TIMEOUT_MS,
        &groups::GROUP_SHARE_MAX_SESSION_TIMEOUT_MS,
    ),
    bounds(
        &group::SHARE_RECORD_LOCK_DURATION_MS,
        &groups::GROUP_SHARE_MIN_RECORD_LOCK_DURATION_MS,
        &groups::GROUP_SHARE_MAX_RECORD_LOCK_DURATION_MS,
    ),
    bounds(
        &group::SHARE_DELIVERY_COUNT_LIMIT,
        &groups::GROUP_SHARE_MIN_DELIVERY_COUNT_LIMIT,
        &groups::GROUP_SHARE_MAX_DELIVERY_COUNT_LIMIT,
    ),
    bounds(
        &group::SHARE_PARTITION_MAX_RECORD_LOCKS,
        &groups::GROUP_SHARE_MIN_PARTITION_MAX_RECORD_LOCKS,
        &groups::GROUP_SHARE_MAX_PARTITION_MAX_RECORD_LOCKS,
    ),
    bounds_if_set(
        &group::SHARE_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_SHARE_MIN_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_SHARE_MAX_ASSIGNMENT_INTERVAL_MS,
    ),
    bounds(
        &group::STREAMS_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_STREAMS_MIN_HEARTBEAT_INTERVAL_MS,
        &groups::GROUP_STREAMS_MAX_HEARTBEAT_INTERVAL_MS,
    ),
    bounds(
        &group::STREAMS_SESSION_TIMEOUT_MS,
        &groups::GROUP_STREAMS_MIN_SESSION_TIMEOUT_MS,
        &groups::GROUP_STREAMS_MAX_SESSION_TIMEOUT_MS,
    ),
    Bounds {
        key: &group::STREAMS_NUM_STANDBY_REPLICAS,
        low: None,
        high: &groups::GROUP_STREAMS_MAX_STANDBY_REPLICAS,
        is_checked_unset: true,
    },
    bounds_if_set(
        &group::STREAMS_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_STREAMS_MIN_ASSIGNMENT_INTERVAL_MS,
        &groups::GROUP_STREAMS_MAX_ASSIGNMENT_INTERVAL_MS,
    ),
];

/// Checks what a group would set after a change.
///
/// # Errors
/// A key is unknown, or a value is not within what the broker allows.
pub fn check_group(server: &ServerConfig, new: &Texts) -> Result<(), Rejected> {
    check_known_values(Level::Group, new)?;
    let value = |key: &'static Key| -> Result<i32, Rejected> {
        Ok(read(&GroupSource { server, own: new }, key)?)
    };
    for Bounds { key, low, high, is_checked_unset } in GROUP_BOUNDS {
        if !is_checked_unset && !new.contains_key(key.name) {
            continue;
        }
        let number = value(key)?;
        let highest: i32 = read(&server.layers, high)?;
        let lowest: i32 = low.map_or(Ok(i32::MIN), |low| read(&server.layers, low))?;
        if number < lowest {
            let low = low.map_or("", |low| low.name);
            return Err(Rejected::config(format!(
                "{} must be greater than or equal to {low}, which is {lowest}, got {number}",
                key.name
            )));
        }
        if number > highest {
            return Err(Rejected::config(format!(
                "{} must be less than or equal to {}, which is {highest}, got {number}",
                key.name, high.name
            )));
        }
    }
    for (heartbeat, session) in [
        (&group::CONSUMER_HEARTBEAT_INTERVAL_MS, &group::CONSUMER_SESSION_TIMEOUT_MS),
        (&group::SHARE_HEARTBEAT_INTERVAL_MS, &group::SHARE_SESSION_TIMEOUT_MS),
        (&group::STREAMS_HEARTBEAT_INTERVAL_MS, &group::STREAMS_SESSION_TIMEOUT_MS),
    ] {
        let (every, timeout) = (value(heartbeat)?, value(session)?);
        if timeout <= every {
            return Err(Rejected::config(format!(
                "{} must be greater than {}, which is {every}, got {timeout}",
                session.name, heartbeat.name
            )));
        }
    }
    Ok(())
}

struct GroupSource<'a> {
    server: &'a ServerConfig,
    own: &'a Texts,
}

impl Source for GroupSource<'_> {
    fn text(&self, key: &'static Key) -> Option<String> {
        self.own.get(key.name).cloned().or_else(|| effective_text(&self.server.layers, key))
    }
}

/// What a client metrics subscription may match clients by.
const MATCHED: &[&str] = &[
    "client_instance_id",
    "client_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];

/// Checks what a client metrics subscription would set after a change. Whether the patterns of
/// `match` are regular expressions is not checked here.
///
/// # Errors
/// A key is unknown, the interval is out of range, or an entry of `match` is none.
pub fn check_client_metrics(new: &Texts) -> Result<(), Rejected> {
    for name in new.keys() {
        if find(Level::ClientMetrics, name).is_none() {
            return Err(Rejected::request(format!("`{name}` is not a key of client metrics")));
        }
    }
    check_known_values(Level::ClientMetrics, new)?;
    if let Some(interval) = new.get("interval.ms").and_then(|text| text.trim().parse::<i64>().ok())
        && !(100..=3_600_000).contains(&interval)
    {
        return Err(Rejected::request(format!(
            "`interval.ms` must be between 100 and 3600000, got {interval}"
        )));
    }
    let entries = new.get("match").map(|text| split(text)).unwrap_or_default();
    for entry in &entries {
        let parts: Vec<&str> = entry.split('=').collect();
        if !matches!(parts.as_slice(), [name, pattern] if MATCHED.contains(&name.trim()) && !pattern.is_empty())
        {
            return Err(Rejected::config(format!(
                "`match` holds `{entry}`; write `name=pattern` with one of {}",
                MATCHED.join(", ")
            )));
        }
    }
    Ok(())
}

fn check_known_values(level: Level, new: &Texts) -> Result<(), Rejected> {
    for (name, text) in new {
        let what = if level == Level::Group { "groups" } else { "client metrics" };
        let key = find(level, name)
            .ok_or_else(|| Rejected::config(format!("`{name}` is not a key of {what}")))?;
        key.parse(text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> Texts {
        pairs.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect()
    }

    fn change(name: &str, operation: Operation, value: &str) -> Change {
        Change { name: name.to_owned(), operation, value: Some(value.to_owned()) }
    }

    fn merged(current: &[(&str, &str)], changes: &[Change]) -> Result<Texts, Rejected> {
        let current = map(current);
        merge(Level::Topic, &current, changes).map(|deltas| apply(&current, &deltas))
    }

    #[test]
    fn lists_grow_and_shrink_from_their_default() {
        let append = change("cleanup.policy", Operation::Append, "compact,delete");
        assert_eq!(merged(&[], &[append]).unwrap(), map(&[("cleanup.policy", "delete,compact")]));
        let subtract = change("cleanup.policy", Operation::Subtract, "delete");
        assert_eq!(merged(&[], &[subtract]).unwrap(), map(&[("cleanup.policy", "")]));
    }

    #[test]
    fn only_lists_can_be_appended_to() {
        let error = merged(&[], &[change("retention.ms", Operation::Append, "1")]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidConfig);
    }

    #[test]
    fn a_change_names_each_key_once_and_gives_it_a_value() {
        let twice = [
            change("retention.ms", Operation::Set, "1"),
            change("retention.ms", Operation::Set, "2"),
        ];
        assert_eq!(merged(&[], &twice).unwrap_err().code, ErrorCode::InvalidRequest);
        let none =
            Change { name: "retention.ms".to_owned(), operation: Operation::Set, value: None };
        assert_eq!(merged(&[], &[none]).unwrap_err().code, ErrorCode::InvalidRequest);
        let long = change("retention.ms", Operation::Set, &"1".repeat(40_000));
        assert_eq!(merged(&[], &[long]).unwrap_err().code, ErrorCode::InvalidConfig);
        assert!(Operation::from_code(9).is_err());
    }

    #[test]
    fn setting_what_is_set_is_no_record_except_for_a_broker() {
        let current = map(&[("retention.ms", "1")]);
        let set = [change("retention.ms", Operation::Set, "1")];
        assert!(merge(Level::Topic, &current, &set).unwrap().is_empty());
        assert_eq!(merge(Level::Broker, &current, &set).unwrap().len(), 1);
    }

    #[test]
    fn alter_configs_deletes_what_it_does_not_name() {
        let current = map(&[("retention.ms", "1"), ("segment.ms", "5")]);
        let new = [("segment.ms".to_owned(), Some("6".to_owned()))];
        let deltas = replace(Level::Topic, &current, &new).unwrap();
        assert_eq!(apply(&current, &deltas), map(&[("segment.ms", "6")]));
    }

    fn topic_error(new: &[(&str, &str)]) -> String {
        let server = ServerConfig::embedded();
        let error = check_topic(&server, &map(&[]), &map(new)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidConfig);
        error.message
    }

    #[test]
    fn a_topics_values_are_checked_alone_and_together() {
        assert!(topic_error(&[("retention.mss", "1")]).contains("`retention.mss`"));
        assert!(topic_error(&[("retention.ms", "-2")]).contains("-1 or more"));
        assert!(topic_error(&[("segment.bytes", "14")]).contains("1048576 or more"));
        assert!(topic_error(&[("compression.type", "none")]).contains("uncompressed"));
        let lag = [("min.compaction.lag.ms", "9"), ("max.compaction.lag.ms", "8")];
        assert!(topic_error(&lag).contains("`max.compaction.lag.ms`"));
        assert!(
            topic_error(&[("leader.replication.throttled.replicas", "1:2,*")]).contains("pairs")
        );
        let server = ServerConfig::embedded();
        let twice = check_topic(&server, &map(&[]), &map(&[("cleanup.policy", "delete,delete")]));
        assert!(twice.is_ok(), "Kafka drops what a list has twice");
        let both = map(&[("cleanup.policy", "compact, delete"), ("internal.segment.bytes", "14")]);
        let config = check_topic(&server, &map(&[]), &both).unwrap();
        assert!(config.cleanup_policy.compact && config.cleanup_policy.delete);
        assert_eq!(config.segment_bytes(), 14);
    }

    #[test]
    fn remote_storage_needs_a_broker_that_has_it_and_excludes_compaction() {
        let enable = [("remote.storage.enable", "true")];
        assert!(topic_error(&enable).contains("remote.log.storage.system.enable"));
        let mut server = ServerConfig::embedded();
        server.layers.fixed.insert("remote.log.storage.system.enable".into(), "true".into());
        let check = |new: &[(&str, &str)]| check_topic(&server, &map(&enable), &map(new));
        assert!(check(&enable).is_ok());
        assert!(check(&[enable[0], ("cleanup.policy", "compact")]).is_err());
        assert!(check(&[enable[0], ("retention.ms", "5"), ("local.retention.ms", "6")]).is_err());
        assert!(check(&[]).is_err(), "remote data would be forgotten");
        assert!(check(&[("remote.log.delete.on.disable", "true")]).is_ok());
    }

    fn broker_error(scope: Scope, new: &[(&str, &str)]) -> String {
        let error = check_broker(&ServerConfig::embedded(), scope, &map(new)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest);
        error.message
    }

    #[test]
    fn a_broker_changes_only_what_can_change_while_it_runs() {
        assert!(broker_error(Scope::One, &[("log.dirs", "/a")]).contains("restart"));
        let store = [("ssl.keystore.location", "/a")];
        assert!(broker_error(Scope::One, &store).contains("listener.name."));
        assert!(broker_error(Scope::All, &[("cordoned.log.dirs", "")]).contains("by its id"));
        let prefixed = [("listener.name.a.ssl.keystore.location", "/a")];
        assert!(broker_error(Scope::All, &prefixed).contains("by its id"));
        assert!(broker_error(Scope::One, &[("log.retention.ms", "x")]).contains("got `x`"));
        assert!(broker_error(Scope::All, &[("log.retention.ms", "0")]).contains("1 or more"));
        let listeners = [("listeners", "PLAINTEXT://localhost:9095")];
        assert!(broker_error(Scope::One, &listeners).contains("yet"));
    }

    #[test]
    fn a_dynamic_value_changes_the_topics_that_set_nothing() {
        let server = ServerConfig::embedded();
        let new = map(&[("log.retention.ms", "5000"), ("vltava.durability", "synced")]);
        let after = check_broker(&server, Scope::All, &new).unwrap();
        assert_eq!(after.topic(&map(&[])).unwrap().retention_ms, 5000);
        assert_eq!(after.durability, super::super::topic::Durability::Synced);
        let above = check_broker(&after, Scope::One, &map(&[("log.retention.ms", "7")])).unwrap();
        assert_eq!(above.topic(&map(&[])).unwrap().retention_ms, 7);
    }

    #[test]
    fn a_stored_value_that_cannot_be_used_does_not_stop_the_others() {
        let server = ServerConfig::embedded();
        let broker = map(&[("log.dirs", "/a"), ("log.retention.ms", "7"), ("my.token", "x")]);
        let default = map(&[("log.segment.bytes", "many"), ("log.cleaner.threads", "2")]);
        let (config, ignored) = adopt(&server, &broker, &default);
        assert_eq!(config.topic(&map(&[])).unwrap().retention_ms, 7);
        assert_eq!(config.log.cleaner_threads, 2);
        assert_eq!(config.log_dirs, server.log_dirs);
        assert_eq!(ignored.len(), 2, "{ignored:?}");
        let (kept, ignored) = adopt(&config, &map(&[("log.retention.ms", "0")]), &map(&[]));
        assert_eq!((kept == config, ignored.len()), (true, 1));
    }

    #[test]
    fn threads_can_at_most_be_halved_or_doubled() {
        let server = ServerConfig::embedded();
        let check = |name: &str, count: &str| {
            check_broker(&server, Scope::All, &map(&[(name, count)])).is_ok()
        };
        let io = |count| check("num.io.threads", count);
        assert_eq!(["3", "4", "8", "16", "17"].map(io), [false, true, true, true, false]);
        let cleaner = |count| check("log.cleaner.threads", count);
        assert_eq!(["0", "1", "2", "3"].map(cleaner), [false, true, true, false]);
    }

    #[test]
    fn a_listener_has_limits_of_its_own_and_is_not_shut_by_them() {
        let server = ServerConfig::embedded();
        let set = |name: &str, text: &str| {
            let name = format!("listener.name.plaintext.{name}");
            check_broker(&server, Scope::One, &map(&[(&*name, text)]))
        };
        let limits = |config: &ServerConfig| config.listener_limits["PLAINTEXT"];
        assert_eq!(limits(&server).max_connections, i32::MAX);
        assert_eq!(limits(&set("max.connections", "7").unwrap()).max_connections, 7);
        let slow = set("max.connection.creation.rate", "5").unwrap();
        assert_eq!(limits(&slow).max_connection_creation_rate, 5);
        let node = check_broker(&server, Scope::One, &map(&[("max.connections", "9")])).unwrap();
        assert_eq!(limits(&node).max_connections, 9, "what holds for all holds for one");
        assert!(set("max.connections", "0").is_err());
        assert!(set("max.connections", "many").is_err());
    }

    #[test]
    fn a_group_stays_within_what_its_broker_allows() {
        let server = ServerConfig::embedded();
        let check = |new: &[(&str, &str)]| check_group(&server, &map(new));
        assert!(check(&[("consumer.session.timeout.ms", "50000")]).is_ok());
        assert!(check(&[("consumer.session.timeout.ms", "70000")]).is_err());
        assert!(check(&[("consumer.session.timeout.ms", "44999")]).is_err());
        assert!(check(&[("streams.num.standby.replicas", "3")]).is_err());
        assert!(check(&[("share.auto.offset.reset", "by_duration:PT1H30M")]).is_ok());
        assert!(check(&[("share.auto.offset.reset", "by_duration:-PT1H")]).is_err());
        assert_eq!(check(&[("nothing", "1")]).unwrap_err().code, ErrorCode::InvalidConfig);
    }

    #[test]
    fn a_subscription_matches_clients_by_what_they_say_of_themselves() {
        let code = |new: &[(&str, &str)]| check_client_metrics(&map(new)).map_err(|e| e.code);
        assert_eq!(code(&[("interval.ms", "100"), ("match", "client_id=a.*")]), Ok(()));
        assert_eq!(code(&[("interval.ms", "99")]), Err(ErrorCode::InvalidRequest));
        assert_eq!(code(&[("x", "1")]), Err(ErrorCode::InvalidRequest));
        assert_eq!(code(&[("match", "colour=red")]), Err(ErrorCode::InvalidConfig));
    }
}
