//! Nodes that are given a configuration, and what they make of it.

use super::*;

/// The file that Apache Kafka 4.3 ships for a first node, as facts.
const KAFKAS_SAMPLE: &str = "
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL
log.dirs=/tmp/kraft-combined-logs
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
log.retention.hours=168
";

fn file(text: &str) -> Properties {
    Properties::parse(text.as_bytes()).expect("a file without malformed escapes")
}

fn load_file(text: &str) -> Result<Loaded, Refused> {
    ServerConfig::load(&Given { file: Some(&file(text)), ..Given::default() })
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect()
}

/// The sample, without the keys that are set again.
fn sample_with(changes: &[(&str, &str)]) -> String {
    let is_changed =
        |line: &&str| !changes.iter().any(|(name, _)| line.starts_with(&format!("{name}=")));
    let mut lines: Vec<String> =
        KAFKAS_SAMPLE.lines().filter(is_changed).map(str::to_owned).collect();
    lines.extend(
        changes
            .iter()
            .filter(|(_, text)| *text != "-")
            .map(|(name, text)| format!("{name}={text}")),
    );
    lines.join("\n")
}

/// The keys for which the sample with these changes is refused. `-` takes a line out.
fn refused_keys(changes: &[(&str, &str)]) -> Vec<String> {
    match load_file(&sample_with(changes)) {
        Ok(_) => Vec::new(),
        Err(refused) => refused.reasons.into_iter().map(|reason| reason.key).collect(),
    }
}

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
    let loaded = ServerConfig::load(&Given::default()).unwrap();
    assert_eq!((loaded.config, loaded.warnings), (config, vec![]));
}

#[test]
fn kafkas_own_sample_starts_a_node_with_kafkas_defaults() {
    let Loaded { config, warnings } = load_file(KAFKAS_SAMPLE).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(config.origin, Origin::Given);
    assert!(config.roles.broker && config.roles.controller);
    let text = |listeners: &[Listener]| {
        listeners.iter().map(Listener::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(text(&config.listeners), "PLAINTEXT://:9092 CONTROLLER://:9093");
    assert_eq!(text(&config.advertised_listeners), "PLAINTEXT://localhost:9092");
    assert_eq!(text(&config.advertised_controller_listeners), "CONTROLLER://localhost:9093");
    assert_eq!(config.broker_listeners().count(), 1);
    assert_eq!(config.groups.offsets_topic_replication_factor, 3);
    assert_eq!(config.metrics_listener, None);
    assert_eq!(config.layers.fixed["broker.id"], "1");
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let sample = file(&sample_with(&[("num.partitions", "2"), ("log.roll.ms", "2")]));
    let environment = pairs(&[("num.partitions", "3"), ("log.roll.ms", "3")]);
    let settings = pairs(&[("num.partitions", "4")]);
    let given = Given { file: Some(&sample), environment: &environment, settings: &settings };
    let config = ServerConfig::load(&given).unwrap().config;
    assert_eq!(config.log.num_partitions, 4);
    assert_eq!(config.topic(&BTreeMap::new()).unwrap().segment_ms, 3);
}

#[test]
fn a_compose_file_without_roles_changes_the_embedded_node() {
    let advertised = "PLAINTEXT://kafka:9092,PLAINTEXT_HOST://localhost:29092";
    let environment = pairs(&[
        ("broker.id", "4"),
        ("advertised.listeners", advertised),
        ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT"),
        ("log.dir", "/data"),
    ]);
    let given = Given { environment: &environment, ..Given::default() };
    let config = ServerConfig::load(&given).unwrap().config;
    assert_eq!(config.origin, Origin::Embedded);
    assert_eq!(config.node_id, BrokerId(4));
    assert_eq!(config.log_dirs, ["/data"]);
    assert_eq!(config.listeners[1].to_string(), "PLAINTEXT_HOST://:29092");
    assert_eq!(config.advertised_listeners[1].to_string(), "PLAINTEXT_HOST://localhost:29092");
}

#[test]
fn roles_in_the_environment_mean_kafkas_rules() {
    let environment = pairs(&[("process.roles", "broker,controller"), ("node.id", "7")]);
    let given = Given { environment: &environment, ..Given::default() };
    let refused = ServerConfig::load(&given).unwrap_err();
    assert_eq!(refused.reasons[0].key, "controller.listener.names");
}

#[test]
fn every_wrong_value_is_named_with_its_line() {
    let text = "process.roles=broker,controller\nnode.id=-3\nnum.partitions=many\n";
    let message = load_file(text).unwrap_err().to_string();
    assert!(message.contains("`node.id` must be 0 or more, got `-3` (line 2)"), "{message}");
    assert!(message.contains("`num.partitions` must be a whole number"), "{message}");
    assert!(message.contains("(line 3)"), "{message}");
}

#[test]
fn a_secret_is_shown_neither_in_a_refusal_nor_in_a_log() {
    let secret = ("delegation.token.secret.key", "hunter2");
    let message = load_file(&sample_with(&[secret])).unwrap_err().to_string();
    assert!(message.contains(secret.0) && !message.contains(secret.1), "{message}");
    let unused = ("listener.name.a.ssl.key.password", "hunter2");
    let loaded = load_file(&sample_with(&[unused, ("my.token", "hunter2")])).unwrap();
    assert!(!format!("{loaded:?}").contains("hunter2"));
}

#[test]
fn a_quorum_is_named_and_holds_its_controllers_only() {
    let boot = "controller.quorum.bootstrap.servers";
    assert_eq!(refused_keys(&[(boot, "-")]), [boot]);
    let voters = "controller.quorum.voters";
    assert_eq!(refused_keys(&[(voters, "2@other:9093")]), [voters]);
    assert_eq!(refused_keys(&[(voters, "1@localhost:9093")]), [""; 0]);
    let broker = [("process.roles", "broker"), ("listeners", "PLAINTEXT://:9092")];
    let advertised = ("advertised.listeners", "PLAINTEXT://localhost:9092");
    assert_eq!(refused_keys(&[broker[0], broker[1], advertised]), [""; 0]);
    assert_eq!(
        refused_keys(&[broker[0], broker[1], advertised, (voters, "1@localhost:9093")]),
        [voters]
    );
    assert_eq!(refused_keys(&[broker[0]]), ["listeners"]);
    assert_eq!(
        refused_keys(&[("controller.listener.names", "CONTROLLER,OTHER")]),
        ["controller.listener.names"]
    );
    assert_eq!(refused_keys(&[("process.roles", "controller")]), ["listeners"]);
    assert_eq!(refused_keys(&[("process.roles", "witness")]), ["process.roles"]);
}

#[test]
fn a_static_quorum_says_where_its_controller_is_reached() {
    let changes = [
        ("advertised.listeners", "PLAINTEXT://localhost:9092"),
        ("controller.quorum.voters", "1@kafka-1:9093"),
    ];
    let config = load_file(&sample_with(&changes)).unwrap().config;
    assert_eq!(config.advertised_controller_listeners[0].to_string(), "CONTROLLER://kafka-1:9093");
}

#[test]
fn what_is_advertised_can_be_reached_and_is_bound() {
    let key = "advertised.listeners";
    assert_eq!(refused_keys(&[(key, "PLAINTEXT://0.0.0.0:9092")]), [key]);
    assert_eq!(
        refused_keys(&[(key, "-"), ("listeners", "PLAINTEXT://0.0.0.0:9092,CONTROLLER://:9093")]),
        [key]
    );
    assert_eq!(
        refused_keys(&[(key, "PLAINTEXT://a:1,OTHER://a:2")]),
        ["listener.security.protocol.map"]
    );
    assert_eq!(refused_keys(&[(key, "CONTROLLER://a:9093")]), [key]);
    let name = "inter.broker.listener.name";
    assert_eq!(refused_keys(&[(name, "CONTROLLER")]), [name]);
    assert_eq!(refused_keys(&[("security.inter.broker.protocol", "PLAINTEXT")]), [name]);
    assert_eq!(
        refused_keys(&[("listeners", "PLAINTEXT://:9093,CONTROLLER://:9093")]),
        ["listeners"]
    );
}

#[test]
fn a_listener_with_a_protocol_that_is_not_served_stops_the_node() {
    let map = ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT");
    let refused = load_file(&sample_with(&[map])).unwrap_err().to_string();
    assert!(refused.contains("SASL_PLAINTEXT") && refused.contains("open door"), "{refused}");
}

#[test]
fn values_that_contradict_each_other_are_refused() {
    for (name, text, key) in [
        ("broker.id", "2", "broker.id"),
        ("log.roll.ms", "0", "log.roll.ms"),
        ("log.flush.interval.ms", "-1", "log.flush.interval.ms"),
        ("log.retention.ms", "0", "log.retention.ms"),
        ("log.retention.hours", "0", "log.retention.hours"),
        ("log.cleaner.dedupe.buffer.size", "1048576", "log.cleaner.dedupe.buffer.size"),
        ("replica.fetch.wait.max.ms", "30001", "replica.fetch.wait.max.ms"),
        ("queued.max.request.bytes", "1", "queued.max.request.bytes"),
        ("max.connections.per.ip", "0", "max.connections.per.ip"),
        ("max.connections.per.ip.overrides", "localhost", "max.connections.per.ip.overrides"),
        ("connections.max.idle.ms", "100", "connection.failed.authentication.delay.ms"),
        ("group.consumer.session.timeout.ms", "44000", "group.consumer.min.session.timeout.ms"),
        ("group.share.max.share.sessions", "100", "group.share.max.size"),
        (
            "group.coordinator.rebalance.protocols",
            "consumer",
            "group.coordinator.rebalance.protocols",
        ),
        ("early.start.listeners", "NOWHERE", "early.start.listeners"),
        ("vltava.metrics.listener", "127.0.0.1:9092", "vltava.metrics.listener"),
        ("vltava.metrics.listener", "nothing", "vltava.metrics.listener"),
    ] {
        let keys = refused_keys(&[(name, text)]);
        assert!(keys.contains(&key.to_owned()), "{name}={text}: {keys:?}");
    }
}

#[test]
fn retention_below_zero_is_for_ever_in_every_unit() {
    for name in ["log.retention.ms", "log.retention.minutes", "log.retention.hours"] {
        let config = load_file(&sample_with(&[(name, "-7")])).unwrap().config;
        assert_eq!(config.topic(&BTreeMap::new()).unwrap().retention_ms, -1, "{name}");
    }
    let config = load_file(&sample_with(&[("log.retention.minutes", "2")])).unwrap().config;
    assert_eq!(config.topic(&BTreeMap::new()).unwrap().retention_ms, 120_000);
}

#[test]
fn a_value_that_is_set_twice_and_a_late_heartbeat_are_worth_a_line() {
    let text = sample_with(&[("broker.heartbeat.interval.ms", "8000"), ("num.partitions", "2")]);
    let warnings = load_file(&format!("{text}\nnum.partitions=3\n")).unwrap().warnings;
    assert!(warnings.iter().any(|line| line.contains("sets `num.partitions`")), "{warnings:?}");
    assert!(warnings.iter().any(|line| line.contains("one late heartbeat")), "{warnings:?}");
}

#[test]
fn any_text_for_any_key_is_taken_or_refused_without_a_panic() {
    let texts = [
        "",
        " ",
        "-1",
        "0",
        "1",
        "9223372036854775807",
        "true",
        "a,b",
        ",",
        "*",
        "A://:1",
        "é:é@é",
        "1:2",
    ];
    for key in super::super::keys::broker() {
        for text in texts {
            let settings = pairs(&[(key.name, text)]);
            let _ = ServerConfig::load(&Given { settings: &settings, ..Given::default() });
            let layers = Layers {
                dynamic_broker: settings.into_iter().collect(),
                ..ServerConfig::embedded().layers
            };
            let _ = ServerConfig::from_layers(Origin::Embedded, layers);
        }
    }
}
