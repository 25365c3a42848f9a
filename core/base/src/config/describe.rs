//! What DescribeConfigs answers: for every key its value, where the value comes from, and what else
//! would be tried in which order.
//!
//! Kafka's order of synonyms is kept to the letter, with its one oddity: names are tried level by
//! level, and what stands before the described name itself is dropped. A `retention.ms` that comes
//! from `log.retention.hours` has therefore no synonyms and counts as a default.
//!
//! Keys that Kafka does not have are shown where they are set or asked for by name, because its own
//! tools look every name up. Internal keys are shown only where they are set. Passwords, and keys of
//! which nobody knows whether they are passwords, are shown without their value.

use std::collections::{BTreeMap, BTreeSet};

use super::key::{Audience, Key, Level};
use super::keys;
use super::server::Layers;
use super::settings::Source;
use super::status;
use super::topic::effective_text;

/// Where a value comes from, with Kafka's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    Topic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
    BrokerLogger = 6,
    ClientMetrics = 7,
    Group = 8,
}

/// A name and a level that were looked at for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    pub name: String,
    pub value: Option<String>,
    pub source: ConfigSource,
}

/// One key of a described resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    pub name: String,
    /// None for null, and for what must not be shown.
    pub value: Option<String>,
    pub source: ConfigSource,
    pub is_read_only: bool,
    pub is_sensitive: bool,
    /// The one that holds first.
    pub synonyms: Vec<Alternative>,
    /// Kafka's code of the type; 0 where the key is not known.
    pub type_code: i8,
    pub documentation: Option<&'static str>,
}

/// The text that holds for a topic's key, which the topic sets itself in `own` or leaves to its broker.
/// None where the value is null or the key unknown.
pub fn topic_text(
    layers: &impl AsRef<Layers>,
    own: &BTreeMap<String, String>,
    name: &str,
) -> Option<String> {
    let layers = layers.as_ref();
    let key = keys::find_topic(name)?;
    own.get(name).cloned().or_else(|| effective_text(layers, key))
}

/// Describes a topic that sets `own`. `names` picks keys; none of them means all.
pub fn topic(
    layers: &impl AsRef<Layers>,
    own: &BTreeMap<String, String>,
    names: &[&str],
) -> Vec<Described> {
    let layers = layers.as_ref();
    describe_level(layers, keys::topic::TOPIC, own, ConfigSource::Topic, names)
}

/// Describes a group that sets `own`.
pub fn group(
    layers: &impl AsRef<Layers>,
    own: &BTreeMap<String, String>,
    names: &[&str],
) -> Vec<Described> {
    let layers = layers.as_ref();
    describe_level(layers, keys::group::GROUP, own, ConfigSource::Group, names)
}

/// Describes a client metrics subscription that sets `own`.
pub fn client_metrics(own: &BTreeMap<String, String>, names: &[&str]) -> Vec<Described> {
    let table = keys::client_metrics::CLIENT_METRICS.iter().copied();
    let mut described: Vec<Described> = table
        .filter(|key| names.is_empty() || names.contains(&key.name))
        .map(|key| {
            let value = own.get(key.name).map(String::as_str).or_else(|| key.default_text());
            let own_value = own.get(key.name).map(|text| Alternative {
                name: key.name.to_owned(),
                value: Some(shown(key, text)),
                source: ConfigSource::ClientMetrics,
            });
            entry(key, value, own_value.into_iter().collect())
        })
        .collect();
    described.sort_by(|a, b| a.name.cmp(&b.name));
    described
}

/// Describes the broker whose configuration lies in `layers`.
pub fn broker(layers: &impl AsRef<Layers>, names: &[&str]) -> Vec<Described> {
    let layers = layers.as_ref();
    let declared = keys::broker()
        .filter(|key| key.audience == Audience::Everyone || is_asked_for(key, names))
        .map(|key| key.name.to_owned());
    let set = [&layers.dynamic_broker, &layers.dynamic_default, &layers.fixed]
        .into_iter()
        .flat_map(|layer| layer.keys().cloned());
    let all: BTreeSet<String> = declared.chain(set).collect();
    let picked = all.iter().filter(|name| names.is_empty() || names.contains(&name.as_str()));
    picked.map(|name| broker_entry(layers, name, alternatives(layers, name))).collect()
}

/// Describes what is set for all brokers, which is the resource with the empty name.
pub fn broker_defaults(layers: &impl AsRef<Layers>, names: &[&str]) -> Vec<Described> {
    let layers = layers.as_ref();
    let set = layers.dynamic_default.iter();
    set.filter(|(name, _)| names.is_empty() || names.contains(&name.as_str()))
        .map(|(name, text)| {
            let mut synonyms = alternatives(layers, name);
            synonyms.retain(|synonym| synonym.source == ConfigSource::DynamicDefaultBroker);
            let mut described = broker_entry(layers, name, synonyms);
            described.value = Some(text.clone()).filter(|_| !described.is_sensitive);
            described
        })
        .collect()
}

fn is_asked_for(key: &Key, names: &[&str]) -> bool {
    key.audience == Audience::Vltava && names.contains(&key.name)
}

/// A topic's or a group's keys: what it sets, above what its broker says.
fn describe_level(
    layers: &Layers,
    table: &[&'static Key],
    own: &BTreeMap<String, String>,
    source: ConfigSource,
    names: &[&str],
) -> Vec<Described> {
    let is_shown =
        |key: &Key| !key.is_hidden() || own.contains_key(key.name) || is_asked_for(key, names);
    let mut described: Vec<Described> = table
        .iter()
        .copied()
        .filter(|key| is_shown(key) && (names.is_empty() || names.contains(&key.name)))
        .map(|key| {
            let text = own.get(key.name).cloned().or_else(|| effective_text(layers, key));
            let mut synonyms = Vec::new();
            if let Some(text) = own.get(key.name) {
                let value = Some(shown(key, text)).filter(|_| !key.is_sensitive());
                synonyms.push(Alternative { name: key.name.to_owned(), value, source });
            }
            match key.synonyms.first() {
                Some(first) => synonyms.extend(alternatives(layers, first.name)),
                // Only groups fall back on a default of their own here; for topics Kafka lists
                // nothing.
                None if key.level == Level::Group => synonyms.extend(own_default(key)),
                None => {}
            }
            entry(key, text.as_deref(), synonyms)
        })
        .collect();
    described.sort_by(|a, b| a.name.cmp(&b.name));
    described
}

fn own_default(key: &Key) -> Option<Alternative> {
    let text = key.default_text()?;
    let value = Some(shown(key, text)).filter(|_| !key.is_sensitive());
    Some(Alternative { name: key.name.to_owned(), value, source: ConfigSource::Default })
}

fn entry(key: &'static Key, text: Option<&str>, synonyms: Vec<Alternative>) -> Described {
    let value = text.map(|text| shown(key, text)).filter(|_| !key.is_sensitive());
    Described {
        name: key.name.to_owned(),
        value,
        source: synonyms.first().map_or(ConfigSource::Default, |first| first.source),
        is_read_only: false,
        is_sensitive: key.is_sensitive(),
        synonyms,
        type_code: key.kind as i8,
        documentation: Some(key.doc()),
    }
}

fn broker_entry(layers: &Layers, name: &str, synonyms: Vec<Alternative>) -> Described {
    let declared = keys::find_broker(name);
    let known = declared.or_else(|| status::base_of_listener_key(name));
    // Nobody can say of an unknown key whether it is a secret.
    let is_sensitive = known.is_none_or(Key::is_sensitive);
    let value = match declared {
        Some(key) => layers.text(key).map(|text| shown(key, &text)),
        None => layers.set_text(name).map(str::to_owned),
    };
    Described {
        name: name.to_owned(),
        value: value.filter(|_| !is_sensitive),
        source: synonyms.first().map_or(ConfigSource::Default, |first| first.source),
        is_read_only: declared.is_none_or(|key| !key.is_dynamic()),
        is_sensitive,
        synonyms,
        type_code: known.map_or(0, |key| key.kind as i8),
        documentation: declared.map(Key::doc),
    }
}

/// A value as it is shown: the way Kafka prints its type, or as it was written where it is not valid.
fn shown(key: &Key, text: &str) -> String {
    key.parse(text).map_or_else(|_| text.to_owned(), |value| value.text())
}

/// Broker keys that mean one thing in different units, in the order in which they are tried.
const FAMILIES: &[&[&str]] = &[
    &["log.roll.ms", "log.roll.hours"],
    &["log.roll.jitter.ms", "log.roll.jitter.hours"],
    &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
];

/// The names under which a broker key is looked up.
fn family(name: &str) -> Vec<&str> {
    if let Some(family) = FAMILIES.iter().find(|family| family.contains(&name)) {
        return family.to_vec();
    }
    // The scheduler's interval is a key of its own that only stands in for this one.
    if name == "log.flush.interval.ms" {
        return vec![name, "log.flush.scheduler.interval.ms"];
    }
    match status::base_of_listener_key(name) {
        Some(base) => vec![name, base.name],
        None => vec![name],
    }
}

fn alternatives(layers: &Layers, name: &str) -> Vec<Alternative> {
    let names = family(name);
    let known = keys::find_broker(name).or_else(|| status::base_of_listener_key(name));
    let is_sensitive = known.is_none_or(Key::is_sensitive);
    let mut found = Vec::new();
    for (layer, source) in [
        (&layers.dynamic_broker, ConfigSource::DynamicBroker),
        (&layers.dynamic_default, ConfigSource::DynamicDefaultBroker),
        (&layers.fixed, ConfigSource::StaticBroker),
    ] {
        for name in &names {
            if let Some(text) = layer.get(*name) {
                let value = Some(text.clone()).filter(|_| !is_sensitive);
                found.push(Alternative { name: (*name).to_owned(), value, source });
            }
        }
    }
    for name in &names {
        // A key that exists only dynamically has no default that Kafka would list.
        let listed = keys::find_broker(name).filter(|key| key.audience != Audience::DynamicOnly);
        found.extend(listed.and_then(own_default));
    }
    found.into_iter().skip_while(|alternative| alternative.name != name).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Given, ServerConfig};
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect()
    }

    fn node(fixed: &[(&str, &str)]) -> Layers {
        let mut layers = ServerConfig::embedded().layers;
        layers.fixed.extend(map(fixed));
        layers
    }

    fn find<'a>(described: &'a [Described], name: &str) -> &'a Described {
        described.iter().find(|entry| entry.name == name).expect(name)
    }

    fn sources(entry: &Described) -> Vec<(&str, Option<&str>, ConfigSource)> {
        entry.synonyms.iter().map(|s| (s.name.as_str(), s.value.as_deref(), s.source)).collect()
    }

    #[test]
    fn a_topic_key_is_looked_up_in_the_topic_then_in_the_broker_from_the_top() {
        let mut layers = node(&[("message.max.bytes", "2000")]);
        layers.dynamic_default = map(&[("message.max.bytes", "3000")]);
        layers.dynamic_broker = map(&[("message.max.bytes", "4000")]);
        let described = topic(&layers, &map(&[("max.message.bytes", "5000")]), &[]);
        let entry = find(&described, "max.message.bytes");
        assert_eq!(entry.value.as_deref(), Some("5000"));
        assert_eq!(entry.source, ConfigSource::Topic);
        assert_eq!(
            sources(entry),
            [
                ("max.message.bytes", Some("5000"), ConfigSource::Topic),
                ("message.max.bytes", Some("4000"), ConfigSource::DynamicBroker),
                ("message.max.bytes", Some("3000"), ConfigSource::DynamicDefaultBroker),
                ("message.max.bytes", Some("2000"), ConfigSource::StaticBroker),
                ("message.max.bytes", Some("1048588"), ConfigSource::Default),
            ]
        );
        let unset = topic(&layers, &map(&[]), &["max.message.bytes"]);
        assert_eq!(unset[0].value.as_deref(), Some("4000"));
        assert_eq!(unset[0].source, ConfigSource::DynamicBroker);
        let text = topic_text(&layers, &map(&[]), "max.message.bytes");
        assert_eq!(text.as_deref(), Some("4000"));
    }

    #[test]
    fn retention_that_comes_from_hours_counts_as_a_default_as_in_kafka() {
        let described = topic(&node(&[("log.retention.hours", "1")]), &map(&[]), &["retention.ms"]);
        assert_eq!(described[0].value.as_deref(), Some("3600000"));
        assert_eq!(described[0].source, ConfigSource::Default);
        assert_eq!(described[0].synonyms, []);
    }

    #[test]
    fn a_topic_has_the_keys_of_kafka_and_hidden_ones_only_where_they_are_set() {
        let layers = node(&[]);
        assert_eq!(topic(&layers, &map(&[]), &[]).len(), 33);
        let own = map(&[("internal.segment.bytes", "14"), ("vltava.durability", "synced")]);
        assert_eq!(topic(&layers, &own, &[]).len(), 35);
        assert_eq!(topic(&layers, &map(&[]), &["vltava.durability"]).len(), 1);
        assert_eq!(topic(&layers, &map(&[]), &["internal.segment.bytes"]).len(), 0);
    }

    #[test]
    fn a_broker_shows_every_key_and_hides_secrets_and_what_it_does_not_know() {
        let layers = node(&[("ssl.key.password", "secret"), ("my.plugin.token", "x")]);
        let described = broker(&layers, &[]);
        for name in ["ssl.key.password", "my.plugin.token"] {
            let entry = find(&described, name);
            assert_eq!((entry.value.as_ref(), entry.is_sensitive), (None, true), "{name}");
            assert!(entry.synonyms.iter().all(|synonym| synonym.value.is_none()));
        }
        assert_eq!(find(&described, "my.plugin.token").type_code, 0);
        assert!(find(&described, "node.id").is_read_only);
        assert!(!find(&described, "log.retention.ms").is_read_only);
        let ratio = find(&described, "log.cleaner.io.max.bytes.per.second");
        assert_eq!(ratio.value.as_deref(), Some("1.7976931348623157E308"));
        assert!(!described.iter().any(|entry| entry.name == "log.initial.task.delay.ms"));
        assert!(!described.iter().any(|entry| entry.name == "leader.replication.throttled.rate"));
    }

    #[test]
    fn a_listeners_key_falls_back_on_the_plain_one() {
        let name = "listener.name.external.ssl.keystore.type";
        let layers = node(&[(name, "PEM"), ("ssl.keystore.type", "PKCS12")]);
        let described = broker(&layers, &[name]);
        assert_eq!(
            sources(&described[0]),
            [
                (name, Some("PEM"), ConfigSource::StaticBroker),
                ("ssl.keystore.type", Some("PKCS12"), ConfigSource::StaticBroker),
                ("ssl.keystore.type", Some("JKS"), ConfigSource::Default),
            ]
        );
    }

    #[test]
    fn the_defaults_of_all_brokers_are_only_what_is_set_for_them() {
        let mut layers = node(&[("log.cleaner.threads", "2")]);
        layers.dynamic_default = map(&[("log.cleaner.threads", "4")]);
        let described = broker_defaults(&layers, &[]);
        assert_eq!(described.len(), 1);
        assert_eq!(
            sources(&described[0]),
            [("log.cleaner.threads", Some("4"), ConfigSource::DynamicDefaultBroker)]
        );
    }

    #[test]
    fn a_group_falls_back_on_its_broker_or_on_its_own_default() {
        let layers = node(&[]);
        let own = map(&[("consumer.session.timeout.ms", "50000")]);
        let described = group(&layers, &own, &[]);
        let session = find(&described, "consumer.session.timeout.ms");
        assert_eq!(session.source, ConfigSource::Group);
        assert_eq!(session.synonyms.len(), 2);
        let reset = find(&described, "share.auto.offset.reset");
        assert_eq!(
            sources(reset),
            [("share.auto.offset.reset", Some("latest"), ConfigSource::Default)]
        );
        let metrics = client_metrics(&map(&[("interval.ms", "100")]), &[]);
        assert_eq!(find(&metrics, "interval.ms").source, ConfigSource::ClientMetrics);
        assert_eq!(find(&metrics, "match").value.as_deref(), Some(""));
    }

    /// What was set on the broker of the table when it was asked.
    fn asked_broker() -> Layers {
        let fixed = [
            ("process.roles", "broker,controller"),
            ("node.id", "1"),
            ("controller.quorum.voters", "1@127.0.0.1:29593"),
            ("listeners", "PLAINTEXT://127.0.0.1:29592,CONTROLLER://127.0.0.1:29593"),
            ("controller.listener.names", "CONTROLLER"),
            ("log.dirs", "/data/kafka"),
            ("log.retention.hours", "24"),
            ("log.roll.ms", "3600000"),
            ("log.cleaner.threads", "2"),
            ("message.max.bytes", "2000000"),
            ("my.token", "x"),
            ("offsets.topic.replication.factor", "1"),
            ("ssl.truststore.password", "abc"),
            ("listener.name.plaintext.ssl.keystore.type", "PEM"),
            ("log.initial.task.delay.ms", "500"),
            ("log.cleanup.policy", "compact, delete"),
        ];
        let settings: Vec<(String, String)> = map(&fixed).into_iter().collect();
        let given = Given { settings: &settings, ..Given::default() };
        let mut layers = ServerConfig::load(&given).expect("a valid configuration").config.layers;
        layers.dynamic_broker =
            map(&[("log.cleaner.threads", "3"), ("message.max.bytes", "3000000")]);
        layers.dynamic_default = map(&[
            ("log.cleaner.threads", "4"),
            ("leader.replication.throttled.rate", "77"),
            ("log.flush.interval.ms", "9"),
            ("my.dyn", "z"),
            // The controller sets it once eligible leader replicas are enabled.
            ("min.insync.replicas", "1"),
        ]);
        layers
    }

    fn line(resource: &str, entry: &Described) -> String {
        let source = |source: ConfigSource| match source {
            ConfigSource::Topic => "DYNAMIC_TOPIC_CONFIG",
            ConfigSource::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
            ConfigSource::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            ConfigSource::StaticBroker => "STATIC_BROKER_CONFIG",
            ConfigSource::Default => "DEFAULT_CONFIG",
            ConfigSource::BrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
            ConfigSource::ClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
            ConfigSource::Group => "DYNAMIC_GROUP_CONFIG",
        };
        let types = [
            "UNKNOWN", "BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS",
            "PASSWORD",
        ];
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
        let synonym = |synonym: &Alternative| {
            format!("{}:{}={} ; ", source(synonym.source), synonym.name, text(&synonym.value))
        };
        let synonyms: String = entry.synonyms.iter().map(synonym).collect();
        let update = if entry.is_read_only { "ro" } else { "rw" };
        let secret = if entry.is_sensitive { "secret" } else { "" };
        [
            resource,
            &entry.name,
            &text(&entry.value),
            source(entry.source),
            update,
            secret,
            types[usize::try_from(entry.type_code).expect("a type code")],
            &synonyms,
        ]
        .join("\t")
    }

    #[test]
    fn everything_is_described_as_apache_kafka_described_it() {
        let layers = asked_broker();
        let own = [("retention.ms", "5000"), ("segment.jitter.ms", "7")];
        let with_internal = map(&[own[0], own[1], ("internal.segment.bytes", "2000000")]);
        let session = map(&[("consumer.session.timeout.ms", "50000")]);
        let described = [
            ("TOPIC/t", topic(&layers, &with_internal, &[])),
            ("TOPIC/u", topic(&layers, &map(&[]), &[])),
            ("BROKER/", broker_defaults(&layers, &[])),
            ("BROKER/1", broker(&layers, &[])),
            ("GROUP/g", group(&layers, &session, &[])),
            ("CLIENT_METRICS/c", client_metrics(&map(&[("interval.ms", "100")]), &[])),
        ];
        let ours: BTreeSet<String> = described
            .iter()
            .flat_map(|(resource, entries)| entries.iter().map(|entry| line(resource, entry)))
            .collect();
        let kafkas = include_str!("testdata/describe-kafka-4.3.1.tsv");
        let different: Vec<&str> =
            kafkas.lines().filter(|line| !line.starts_with('#') && !ours.contains(*line)).collect();
        assert_eq!(different, Vec::<&str>::new());
        // Kafka described 437 entries; those of the broker that nobody set are not in the table.
        assert_eq!(ours.len(), 437);
    }
}
