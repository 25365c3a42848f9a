//! Which keys do something yet, and what becomes of those that do not.
//!
//! Every key of Kafka's is declared, so that a configuration written for Kafka is understood. Not
//! every one is built. The rule (design, "Surfaces"): a key that is not built and is set to
//! something else than its default stops the node where security, durability or replication is at
//! stake, because reading and not obeying it would be a lie; elsewhere it is one warning. An
//! unknown key is one warning with the nearest known name.
//!
//! Keys of TLS and SASL (`ssl.*`, `sasl.*`) act only on listeners that speak them. While no such
//! listener is served, a node that has one is refused for the listener, and without one these keys
//! break no promise: they are a warning. Kafka's own tests set some of them on plain listeners.
//!
//! Whoever builds a key adds its name here, in the same change.

use std::collections::BTreeMap;

use super::key::{Audience, Concern, Invalid, Key, Kind};
use super::keys;
use super::listener::SecurityProtocol;
use super::value::Value;

/// How far a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Built,
    /// It has nothing to act on here: it sizes a thread pool or a table that Vltava does not have.
    WithoutEffect,
    NotBuilt,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Built => "built",
            Status::WithoutEffect => "accepted, nothing to act on",
            Status::NotBuilt => "not built yet",
        }
    }
}

/// Listener protocols that are served.
pub const BUILT_PROTOCOLS: &[SecurityProtocol] = &[SecurityProtocol::Plaintext];

/// Keys of brokers, topics and groups that are obeyed.
const BUILT: &[&str] = &[
    "add.partitions.to.txn.retry.backoff.max.ms",
    "add.partitions.to.txn.retry.backoff.ms",
    "advertised.listeners",
    "auto.create.topics.enable",
    "broker.id",
    "broker.rack",
    "cleanup.policy",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.type",
    "compression.zstd.level",
    "connections.max.idle.ms",
    "consumer.assignment.interval.ms",
    "consumer.heartbeat.interval.ms",
    "consumer.session.timeout.ms",
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "cordoned.log.dirs",
    "default.replication.factor",
    "delete.retention.ms",
    "delete.topic.enable",
    "fetch.max.bytes",
    "file.delete.delay.ms",
    "flush.messages",
    "flush.ms",
    "group.consumer.assignment.interval.ms",
    "group.consumer.assignors",
    "group.consumer.heartbeat.interval.ms",
    "group.consumer.max.assignment.interval.ms",
    "group.consumer.max.heartbeat.interval.ms",
    "group.consumer.max.session.timeout.ms",
    "group.consumer.max.size",
    "group.consumer.migration.policy",
    "group.consumer.min.assignment.interval.ms",
    "group.consumer.min.heartbeat.interval.ms",
    "group.consumer.min.session.timeout.ms",
    "group.consumer.regex.refresh.interval.ms",
    "group.consumer.session.timeout.ms",
    "group.coordinator.append.linger.ms",
    "group.coordinator.rebalance.protocols",
    "group.initial.rebalance.delay.ms",
    "group.max.session.timeout.ms",
    "group.max.size",
    "group.min.session.timeout.ms",
    "group.share.assignment.interval.ms",
    "group.share.assignors",
    "group.share.delivery.count.limit",
    "group.share.heartbeat.interval.ms",
    "group.share.initialize.retry.interval.ms",
    "group.share.max.assignment.interval.ms",
    "group.share.max.delivery.count.limit",
    "group.share.max.heartbeat.interval.ms",
    "group.share.max.partition.max.record.locks",
    "group.share.max.record.lock.duration.ms",
    "group.share.max.session.timeout.ms",
    "group.share.max.share.sessions",
    "group.share.max.size",
    "group.share.min.assignment.interval.ms",
    "group.share.min.delivery.count.limit",
    "group.share.min.heartbeat.interval.ms",
    "group.share.min.partition.max.record.locks",
    "group.share.min.record.lock.duration.ms",
    "group.share.min.session.timeout.ms",
    "group.share.partition.max.record.locks",
    "group.share.persister.class.name",
    "group.share.record.lock.duration.ms",
    "group.share.session.timeout.ms",
    "group.streams.assignment.interval.ms",
    "group.streams.heartbeat.interval.ms",
    "group.streams.initial.rebalance.delay.ms",
    "group.streams.max.assignment.interval.ms",
    "group.streams.max.heartbeat.interval.ms",
    "group.streams.max.session.timeout.ms",
    "group.streams.max.size",
    "group.streams.max.standby.replicas",
    "group.streams.min.assignment.interval.ms",
    "group.streams.min.heartbeat.interval.ms",
    "group.streams.min.session.timeout.ms",
    "group.streams.num.standby.replicas",
    "group.streams.session.timeout.ms",
    "index.interval.bytes",
    "inter.broker.listener.name",
    "internal.segment.bytes",
    "listener.security.protocol.map",
    "listeners",
    "log.cleaner.backoff.ms",
    "log.cleaner.dedupe.buffer.size",
    "log.cleaner.delete.retention.ms",
    "log.cleaner.enable",
    "log.cleaner.max.compaction.lag.ms",
    "log.cleaner.min.cleanable.ratio",
    "log.cleaner.min.compaction.lag.ms",
    "log.cleanup.policy",
    "log.dir",
    "log.dirs",
    "log.flush.interval.messages",
    "log.flush.interval.ms",
    "log.flush.offset.checkpoint.interval.ms",
    "log.flush.scheduler.interval.ms",
    "log.index.interval.bytes",
    "log.index.size.max.bytes",
    "log.initial.task.delay.ms",
    "log.message.timestamp.after.max.ms",
    "log.message.timestamp.before.max.ms",
    "log.message.timestamp.type",
    "log.preallocate",
    "log.retention.bytes",
    "log.retention.check.interval.ms",
    "log.retention.hours",
    "log.retention.minutes",
    "log.retention.ms",
    "log.roll.hours",
    "log.roll.jitter.hours",
    "log.roll.jitter.ms",
    "log.roll.ms",
    "log.segment.bytes",
    "log.segment.delete.delay.ms",
    "max.compaction.lag.ms",
    "max.connection.creation.rate",
    "max.connections",
    "max.connections.per.ip",
    "max.connections.per.ip.overrides",
    "max.incremental.fetch.session.cache.slots",
    "max.message.bytes",
    "max.request.partition.size.limit",
    "message.max.bytes",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.type",
    "metadata.log.dir",
    "metadata.log.max.record.bytes.between.snapshots",
    "metadata.log.max.snapshot.interval.ms",
    "metadata.log.segment.bytes",
    "metadata.log.segment.ms",
    "metadata.max.retention.bytes",
    "metadata.max.retention.ms",
    "min.cleanable.dirty.ratio",
    "min.compaction.lag.ms",
    "min.insync.replicas",
    "node.id",
    "num.partitions",
    "num.recovery.threads.per.data.dir",
    "offset.metadata.max.bytes",
    "offsets.commit.timeout.ms",
    "offsets.load.buffer.size",
    "offsets.retention.check.interval.ms",
    "offsets.retention.minutes",
    "offsets.topic.compression.codec",
    "offsets.topic.num.partitions",
    "offsets.topic.replication.factor",
    "offsets.topic.segment.bytes",
    "preallocate",
    "process.roles",
    "producer.id.expiration.check.interval.ms",
    "producer.id.expiration.ms",
    "quota.window.num",
    "quota.window.size.seconds",
    "replica.high.watermark.checkpoint.interval.ms",
    "request.timeout.ms",
    "retention.bytes",
    "retention.ms",
    "security.inter.broker.protocol",
    "segment.bytes",
    "segment.index.bytes",
    "segment.jitter.ms",
    "segment.ms",
    "share.assignment.interval.ms",
    "share.auto.offset.reset",
    "share.coordinator.append.linger.ms",
    "share.coordinator.cold.partition.snapshot.interval.ms",
    "share.coordinator.load.buffer.size",
    "share.coordinator.snapshot.update.records.per.snapshot",
    "share.coordinator.state.topic.compression.codec",
    "share.coordinator.state.topic.min.isr",
    "share.coordinator.state.topic.num.partitions",
    "share.coordinator.state.topic.prune.interval.ms",
    "share.coordinator.state.topic.replication.factor",
    "share.coordinator.state.topic.segment.bytes",
    "share.coordinator.write.timeout.ms",
    "share.delivery.count.limit",
    "share.heartbeat.interval.ms",
    "share.isolation.level",
    "share.partition.max.record.locks",
    "share.record.lock.duration.ms",
    "share.renew.acknowledge.enable",
    "share.session.timeout.ms",
    "socket.listen.backlog.size",
    "socket.receive.buffer.bytes",
    "socket.request.max.bytes",
    "socket.send.buffer.bytes",
    "streams.assignment.interval.ms",
    "streams.heartbeat.interval.ms",
    "streams.initial.rebalance.delay.ms",
    "streams.num.standby.replicas",
    "streams.session.timeout.ms",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms",
    "transaction.max.timeout.ms",
    "transaction.partition.verification.enable",
    "transaction.remove.expired.transaction.cleanup.interval.ms",
    "transaction.state.log.load.buffer.size",
    "transaction.state.log.min.isr",
    "transaction.state.log.num.partitions",
    "transaction.state.log.replication.factor",
    "transaction.state.log.segment.bytes",
    "transaction.two.phase.commit.enable",
    "transactional.id.expiration.ms",
    "unstable.api.versions.enable",
    "unstable.feature.versions.enable",
    "vltava.cluster.id",
    "vltava.durability",
    "vltava.legacy.clients.enable",
    "vltava.metrics.listener",
];

/// Broker keys that have nothing to act on: Vltava has one runtime per core, one thread for each kind
/// of coordinator, which keeps no buffers of its own, no table of finished waiting requests, metrics of
/// its own, no authorizer that a listener could be opened ahead of, and no followers yet, which could
/// lag, become leader behind the last one, or be read from: whoever selects among one replica picks the
/// leader.
const WITHOUT_EFFECT: &[&str] = &[
    "background.threads",
    "delete.records.purgatory.purge.interval.requests",
    "early.start.listeners",
    "fetch.purgatory.purge.interval.requests",
    "group.coordinator.background.threads",
    "group.coordinator.cached.buffer.max.bytes",
    "group.coordinator.threads",
    "kafka.metrics.polling.interval.secs",
    "log.cleaner.io.buffer.size",
    "log.cleaner.threads",
    "metric.reporters",
    "metrics.recording.level",
    "num.io.threads",
    "num.network.threads",
    "num.replica.alter.log.dirs.threads",
    "producer.purgatory.purge.interval.requests",
    "queued.max.requests",
    "queued.max.request.bytes",
    "replica.lag.time.max.ms",
    "replica.selector.class",
    "share.coordinator.cached.buffer.max.bytes",
    "share.coordinator.threads",
    "share.fetch.purgatory.purge.interval.requests",
    "unclean.leader.election.enable",
];

/// Keys whose value names Java classes, and the names that stand for something of ours. Any other
/// class would have to be loaded, which we cannot.
const CLASSES: &[(&str, &[&str])] = &[
    ("authorizer.class.name", &["org.apache.kafka.metadata.authorizer.StandardAuthorizer"]),
    (
        "replica.selector.class",
        &[
            "org.apache.kafka.common.replica.RackAwareReplicaSelector",
            "org.apache.kafka.common.replica.LeaderSelector",
        ],
    ),
    ("metric.reporters", &["org.apache.kafka.common.metrics.JmxReporter"]),
    ("kafka.metrics.reporters", &[]),
    (
        "principal.builder.class",
        &["org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder"],
    ),
    (
        "group.consumer.assignors",
        &[
            "uniform",
            "range",
            "org.apache.kafka.coordinator.group.assignor.UniformAssignor",
            "org.apache.kafka.coordinator.group.assignor.RangeAssignor",
        ],
    ),
    (
        "group.share.assignors",
        &["simple", "org.apache.kafka.coordinator.group.assignor.SimpleAssignor"],
    ),
    (
        "group.share.persister.class.name",
        &["org.apache.kafka.server.share.persister.DefaultStatePersister"],
    ),
    (
        "remote.log.metadata.manager.class.name",
        &["org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager"],
    ),
    ("remote.log.storage.manager.class.name", &[]),
    (
        "sasl.oauthbearer.jwt.retriever.class",
        &["org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever"],
    ),
    (
        "sasl.oauthbearer.jwt.validator.class",
        &["org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator"],
    ),
];

/// Keys that Kafka once had, with what to do about them.
const REMOVED: &[(&str, &str)] = &[
    ("auto.leader.rebalance.percentage", "remove it"),
    ("broker.id.generation.enable", "give the node its `node.id`"),
    ("control.plane.listener.name", "use `controller.listener.names`"),
    ("controlled.shutdown.max.retries", "remove it"),
    ("controlled.shutdown.retry.backoff.ms", "remove it"),
    ("delegation.token.master.key", "use `delegation.token.secret.key`"),
    ("host.name", "use `listeners`"),
    ("advertised.host.name", "use `advertised.listeners`"),
    ("advertised.port", "use `advertised.listeners`"),
    ("inter.broker.protocol.version", "the version is a feature of the cluster now; remove it"),
    ("leader.imbalance.per.broker.percentage", "remove it"),
    ("log.message.downconversion.enable", "old clients are always served; remove it"),
    ("log.message.format.version", "logs are always written in format 2; remove it"),
    (
        "log.message.timestamp.difference.max.ms",
        "use `log.message.timestamp.before.max.ms` and `log.message.timestamp.after.max.ms`",
    ),
    ("metadata.log.max.record.bytes", "remove it"),
    ("offsets.commit.required.acks", "commits always wait for all replicas in sync; remove it"),
    ("password.encoder.secret", "remove it"),
    ("port", "use `listeners`"),
    ("quota.consumer.default", "use dynamic quotas"),
    ("quota.producer.default", "use dynamic quotas"),
    ("reserved.broker.max.id", "remove it"),
    ("transaction.partition.verification.max.retries", "remove it"),
];

/// Beginnings of names that belong to plugins rather than to a declared key.
const PREFIXES: &[&str] = &["rsm.config.", "rlmm.config.", "config.providers."];

/// Keys of Kafka's own authorizer, which it reads itself. Without the authorizer, whose key is
/// refused while it is not built, they have nothing to act on.
const OF_PLUGINS: &[&str] = &["super.users", "allow.everyone.if.no.acl.found"];

pub fn status(key: &Key) -> Status {
    if BUILT.contains(&key.name) {
        Status::Built
    } else if WITHOUT_EFFECT.contains(&key.name) {
        Status::WithoutEffect
    } else {
        Status::NotBuilt
    }
}

/// What is to be said about the keys that somebody set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Each of them stops the node.
    pub refusals: Vec<Invalid>,
    /// Each of them is one line of the log.
    pub warnings: Vec<String>,
}

/// Looks at every key that was given at start: is it known, does its value fit, is it built.
pub fn examine(given: &BTreeMap<String, String>) -> Findings {
    let mut findings = Findings::default();
    for (name, text) in given {
        match find(name) {
            Some(key) => examine_known(&mut findings, name, key, text),
            None => findings.warnings.extend(unknown(name)),
        }
    }
    findings
}

fn examine_known(findings: &mut Findings, name: &str, key: &'static Key, text: &str) {
    let value = match key.parse(text) {
        Ok(value) => value,
        Err(error) => {
            findings.refusals.push(Invalid::new(name, error.reason));
            return;
        }
    };
    if let Some(class) = unloadable_class(key, &value) {
        findings.refusals.push(Invalid::new(
            name,
            format!(
                "names the Java class `{class}`, which Vltava cannot load; remove the key or name one of: {}",
                loadable_classes(key).join(", ")
            ),
        ));
        return;
    }
    let is_default = key.default_value().as_ref() == Some(&value);
    if status(key) != Status::NotBuilt || is_default {
        return;
    }
    match key.concern {
        // Kafka's internal keys are accepted without a word.
        Concern::Security if key.name.starts_with("ssl.") || key.name.starts_with("sasl.") => {
            findings.warnings.push(format!("`{name}` is set, but no listener uses it"));
        }
        Concern::Nothing if key.audience == Audience::Internal => {}
        Concern::Nothing => {
            findings.warnings.push(format!("`{name}` is set, but it has no effect yet"));
        }
        concern => findings.refusals.push(Invalid::new(
            name,
            format!(
                "is not built yet, and a node that ignored it would break a promise of {}; remove it to start without",
                concern.name()
            ),
        )),
    }
}

/// The declared key behind a name, which may carry the prefix of a listener and of a mechanism.
pub fn find(name: &str) -> Option<&'static Key> {
    keys::find_broker(name).or_else(|| base_of_listener_key(name))
}

/// Keys that may also be set per SASL mechanism of a listener, as
/// `listener.name.<listener>.<mechanism>.<key>`.
const PER_MECHANISM: &[&str] = &[
    "sasl.jaas.config",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.server.callback.handler.class",
    "connections.max.reauth.ms",
];

/// The key that `listener.name.<listener>.<key>` sets for one listener.
pub fn base_of_listener_key(name: &str) -> Option<&'static Key> {
    let (_, base) = name.strip_prefix("listener.name.")?.split_once('.')?;
    let mechanism_key = PER_MECHANISM.iter().find(|key| base.ends_with(*key));
    keys::find_broker(mechanism_key.unwrap_or(&base))
}

fn unloadable_class(key: &Key, value: &Value) -> Option<String> {
    let is_class = key.kind == Kind::Class || CLASSES.iter().any(|(name, _)| *name == key.name);
    if !is_class {
        return None;
    }
    let loadable = loadable_classes(key);
    let names: Vec<&String> = match value {
        Value::Text(name) => vec![name],
        Value::List(names) => names.iter().collect(),
        _ => Vec::new(),
    };
    names.into_iter().find(|name| !name.is_empty() && !loadable.contains(&name.as_str())).cloned()
}

fn loadable_classes(key: &Key) -> &'static [&'static str] {
    CLASSES.iter().find(|(name, _)| *name == key.name).map_or(&[], |(_, classes)| classes)
}

/// The warning about a name that no key has. None for the names of plugins.
fn unknown(name: &str) -> Option<String> {
    if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || OF_PLUGINS.contains(&name) {
        return None;
    }
    if name.starts_with("zookeeper.") {
        return Some(format!("`{name}` is not needed: Vltava uses no ZooKeeper"));
    }
    if let Some((_, remedy)) = REMOVED.iter().find(|(removed, _)| *removed == name) {
        return Some(format!("`{name}` is a key that Kafka has given up; {remedy}"));
    }
    Some(match nearest(name) {
        Some(near) => format!("`{name}` is not a known key and is ignored; did you mean `{near}`?"),
        None => format!("`{name}` is not a known key and is ignored"),
    })
}

/// The known name with the fewest changed letters, if it is near enough to have been meant.
pub fn nearest(name: &str) -> Option<&'static str> {
    let bound = (name.len() / 4).clamp(1, 6);
    keys::broker()
        .filter(|key| key.name.len().abs_diff(name.len()) <= bound)
        .map(|key| (distance(name, key.name), key.name))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, near)| near)
}

/// How many letters have to be put in, taken out or changed (Levenshtein). The length of `b` is that
/// of a declared key, and `a` is about as long.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examine_one(name: &str, text: &str) -> Findings {
        examine(&BTreeMap::from([(name.to_owned(), text.to_owned())]))
    }

    #[test]
    fn the_lists_name_only_declared_keys() {
        let is_known = |name: &str| {
            let of_broker_or_topic = keys::find_broker(name).or_else(|| keys::find_topic(name));
            of_broker_or_topic.or_else(|| keys::find_group(name)).is_some()
        };
        for name in BUILT.iter().chain(WITHOUT_EFFECT).chain(CLASSES.iter().map(|(name, _)| name)) {
            assert!(is_known(name), "{name}");
        }
        for (name, _) in REMOVED {
            assert!(!is_known(name), "{name}");
        }
    }

    #[test]
    fn an_unknown_key_is_one_warning_with_the_nearest_name() {
        let findings = examine_one("log.retention.hour", "3");
        assert_eq!(findings.refusals, []);
        assert!(findings.warnings[0].contains("did you mean `log.retention.hours`?"));
        assert!(!examine_one("colour", "blue").warnings[0].contains("did you mean"));
        assert_eq!(examine_one("rsm.config.bucket", "b"), Findings::default());
        assert!(examine_one("zookeeper.connect", "z:2181").warnings[0].contains("no ZooKeeper"));
    }

    #[test]
    fn a_key_of_security_that_is_not_built_stops_the_node() {
        for (name, text) in [
            ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
            ("delegation.token.secret.key", "x"),
            ("listener.name.a.plain.connections.max.reauth.ms", "1"),
        ] {
            assert_eq!(examine_one(name, text).refusals.len(), 1, "{name}");
        }
        assert_eq!(examine_one("ssl.client.auth", "none"), Findings::default());
    }

    #[test]
    fn keys_of_tls_and_sasl_without_such_a_listener_are_a_warning() {
        for (name, text) in [
            ("ssl.truststore.password", "x"),
            ("listener.name.external.ssl.keystore.location", "/k.jks"),
            ("listener.name.a.scram-sha-256.sasl.jaas.config", "x"),
        ] {
            let findings = examine_one(name, text);
            assert_eq!((findings.refusals.len(), findings.warnings.len()), (0, 1), "{name}");
        }
        assert_eq!(examine_one("super.users", "User:a"), Findings::default());
    }

    #[test]
    fn another_key_that_is_not_built_is_one_warning() {
        let findings = examine_one("controller.quorum.append.linger.ms", "7");
        assert_eq!((findings.refusals.len(), findings.warnings.len()), (0, 1));
        assert_eq!(examine_one("unstable.api.versions.enable", "true"), Findings::default());
        assert_eq!(examine_one("num.io.threads", "16"), Findings::default());
    }

    #[test]
    fn a_class_that_is_not_kafkas_own_stops_the_node() {
        let findings = examine_one("metric.reporters", "com.example.Reporter");
        assert!(findings.refusals[0].to_string().contains("com.example.Reporter"));
        let own = "org.apache.kafka.common.metrics.JmxReporter";
        assert_eq!(examine_one("metric.reporters", own), Findings::default());
        assert_eq!(examine_one("create.topic.policy.class.name", "a.B").refusals.len(), 1);
        for name in ["RackAwareReplicaSelector", "LeaderSelector"] {
            let name = format!("org.apache.kafka.common.replica.{name}");
            assert_eq!(examine_one("replica.selector.class", &name), Findings::default());
        }
        let other = examine_one("replica.selector.class", "com.example.Selector");
        assert!(other.refusals[0].to_string().contains("RackAwareReplicaSelector"));
    }

    #[test]
    fn a_password_is_not_shown() {
        let key = keys::find_broker("ssl.key.password").unwrap();
        assert!(key.parse("secret").is_ok() && key.is_sensitive());
    }
}
