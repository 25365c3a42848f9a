//! Settings of topics, brokers, groups and clients: described, altered, and by whom they are had.

use base::Str;
use protocol::messages::describe_configs_request::DescribeConfigsResource;
use protocol::messages::*;
use protocol::messages::{
    alter_configs_request as alter, incremental_alter_configs_request as step,
};

use super::Conversation;
use super::talk::Talk;

pub const ALL: &[Conversation] = &[
    ("settings-of-topics-are-described", of_topics_are_described),
    ("settings-of-brokers-are-described", of_brokers_are_described),
    ("settings-of-others-are-described", of_others_are_described),
    ("settings-are-altered-step-by-step", are_altered_step_by_step),
    ("settings-of-topics-are-refused", of_topics_are_refused),
    ("settings-of-brokers-are-altered", of_brokers_are_altered),
    ("settings-of-groups-are-altered", of_groups_are_altered),
    ("settings-are-replaced", are_replaced),
    ("settings-are-listed-by-owner", are_listed_by_owner),
];

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

// ---- what is asked ----

fn describes(kind: i8, name: &str, keys: Option<&[&str]>) -> DescribeConfigsRequest {
    let resource = DescribeConfigsResource {
        resource_type: kind,
        resource_name: name.into(),
        configuration_keys: keys.map(|keys| keys.iter().map(|key| Str::from(*key)).collect()),
        ..Default::default()
    };
    DescribeConfigsRequest { resources: vec![resource], ..Default::default() }
}

fn steps(
    kind: i8,
    name: &str,
    steps: &[(&str, i8, Option<&str>)],
) -> IncrementalAlterConfigsRequest {
    let config = |(name, operation, value): &(&str, i8, Option<&str>)| step::AlterableConfig {
        name: Str::from(*name),
        config_operation: *operation,
        value: value.map(Str::from),
        ..Default::default()
    };
    let resource = step::AlterConfigsResource {
        resource_type: kind,
        resource_name: name.into(),
        configs: steps.iter().map(config).collect(),
        ..Default::default()
    };
    IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() }
}

fn replaces(kind: i8, name: &str, configs: &[(&str, Option<&str>)]) -> AlterConfigsRequest {
    let config = |(name, value): &(&str, Option<&str>)| alter::AlterableConfig {
        name: Str::from(*name),
        value: value.map(Str::from),
        ..Default::default()
    };
    let resource = alter::AlterConfigsResource {
        resource_type: kind,
        resource_name: name.into(),
        configs: configs.iter().map(config).collect(),
        ..Default::default()
    };
    AlterConfigsRequest { resources: vec![resource], ..Default::default() }
}

/// Describes one setting when it has the value that was set a moment ago, or none of its own.
fn holds(talk: &mut Talk, kind: i8, name: &str, key: &str, value: Option<&str>) {
    let request = describes(kind, name, Some(&[key]));
    talk.ask_until(4, request, |reply| {
        let config = reply.results[0].configs.iter().find(|config| config.name == *key);
        match value {
            Some(_) => config.is_some_and(|config| config.value.as_deref() == value),
            // What is set for the resource itself has one of these sources.
            None => config.is_none_or(|config| !matches!(config.config_source, 1 | 2 | 3 | 7 | 8)),
        }
    });
}

// ---- the conversations ----

fn of_topics_are_described(talk: &mut Talk) {
    let (name, _) = talk.topic("t", 1);
    for version in 1..=4 {
        talk.ask(version, describes(TOPIC, &name, None));
    }
    let with_synonyms = DescribeConfigsRequest {
        include_synonyms: true,
        ..describes(TOPIC, &name, Some(&["retention.ms", "cleanup.policy", "segment.ms"]))
    };
    talk.ask(4, with_synonyms);
    talk.note("some, none, and some that are not there");
    talk.ask(4, describes(TOPIC, &name, Some(&["retention.ms"])));
    talk.ask(4, describes(TOPIC, &name, Some(&[])));
    talk.ask(4, describes(TOPIC, &name, Some(&["no.such.setting"])));
    talk.in_own_words();
    talk.note("of what is not there");
    for name in [&*talk.own("missing"), "", "a/b"] {
        talk.ask(4, describes(TOPIC, name, None));
    }
    talk.ask(4, DescribeConfigsRequest::default());
}

fn of_brokers_are_described(talk: &mut Talk) {
    let keys = [
        "log.retention.ms",
        "log.retention.hours",
        "num.io.threads",
        "group.initial.rebalance.delay.ms",
        "auto.create.topics.enable",
        "message.max.bytes",
        "log.cleaner.threads",
        "ssl.keystore.password",
        "no.such.setting",
    ];
    talk.ask(4, describes(BROKER, "1", Some(&keys)));
    let with_synonyms =
        DescribeConfigsRequest { include_synonyms: true, ..describes(BROKER, "1", Some(&keys)) };
    talk.ask(4, with_synonyms);
    talk.note("of all brokers together");
    talk.ask(4, describes(BROKER, "", None));
    talk.in_own_words();
    talk.note("of brokers that there are not");
    for name in ["7", "one", "-1", "1.0"] {
        talk.ask(4, describes(BROKER, name, Some(&keys)));
    }
}

fn of_others_are_described(talk: &mut Talk) {
    talk.in_own_words();
    let group = talk.own("g");
    talk.coordinator(&group, 0);
    talk.ask(4, describes(GROUP, &group, None));
    let with_synonyms = DescribeConfigsRequest {
        include_synonyms: true,
        ..describes(GROUP, &group, Some(&["consumer.session.timeout.ms"]))
    };
    talk.ask(4, with_synonyms);
    talk.ask(4, describes(GROUP, "", None));
    talk.ask(4, describes(CLIENT_METRICS, &talk.own("m"), None));
    talk.ask(4, describes(CLIENT_METRICS, "", None));
    talk.note("of loggers of brokers that there are not");
    for name in ["", "7", "one"] {
        talk.ask(4, describes(LOGGER, name, None));
    }
    talk.note("of kinds that there are not");
    for kind in [0, 1, 3, 5, 99, -1] {
        talk.ask(4, describes(kind, "any", None));
    }
}

fn are_altered_step_by_step(talk: &mut Talk) {
    let (name, _) = talk.topic("t", 1);
    talk.ask(1, steps(TOPIC, &name, &[("retention.ms", SET, Some("1000"))]));
    holds(talk, TOPIC, &name, "retention.ms", Some("1000"));
    let with_synonyms = DescribeConfigsRequest {
        include_synonyms: true,
        ..describes(TOPIC, &name, Some(&["retention.ms"]))
    };
    talk.ask(4, with_synonyms);
    talk.note("only to see");
    let dry = IncrementalAlterConfigsRequest {
        validate_only: true,
        ..steps(TOPIC, &name, &[("retention.ms", SET, Some("5000"))])
    };
    talk.ask(1, dry);
    holds(talk, TOPIC, &name, "retention.ms", Some("1000"));
    talk.ask(0, steps(TOPIC, &name, &[("retention.ms", DELETE, None)]));
    holds(talk, TOPIC, &name, "retention.ms", None);
    talk.note("lists");
    talk.ask(1, steps(TOPIC, &name, &[("cleanup.policy", APPEND, Some("compact"))]));
    holds(talk, TOPIC, &name, "cleanup.policy", Some("delete,compact"));
    talk.ask(1, steps(TOPIC, &name, &[("cleanup.policy", APPEND, Some("compact"))]));
    talk.ask(1, steps(TOPIC, &name, &[("cleanup.policy", SUBTRACT, Some("delete"))]));
    holds(talk, TOPIC, &name, "cleanup.policy", Some("compact"));
    talk.ask(1, steps(TOPIC, &name, &[("cleanup.policy", SUBTRACT, Some("delete"))]));
    talk.ask(1, steps(TOPIC, &name, &[("cleanup.policy", SUBTRACT, Some("compact"))]));
    talk.note("several at once");
    let several = [("segment.ms", SET, Some("7000")), ("cleanup.policy", DELETE, None)];
    talk.ask(1, steps(TOPIC, &name, &several));
    holds(talk, TOPIC, &name, "segment.ms", Some("7000"));
    talk.note("none");
    talk.ask(1, steps(TOPIC, &name, &[]));
    talk.ask(1, IncrementalAlterConfigsRequest::default());
}

fn of_topics_are_refused(talk: &mut Talk) {
    talk.in_own_words();
    let (name, _) = talk.topic("t", 1);
    let wrong = [
        ("no.such.setting", SET, Some("1")),
        ("retention.ms", SET, Some("soon")),
        ("retention.ms", SET, Some("-2")),
        ("retention.ms", SET, Some("")),
        ("retention.ms", SET, None),
        ("retention.ms", APPEND, Some("1")),
        ("retention.ms", SUBTRACT, Some("1")),
        // Over operations that there are not Apache Kafka 4.3.1 stumbles.
        ("cleanup.policy", APPEND, Some("burn")),
        ("cleanup.policy", SET, Some("burn")),
        ("cleanup.policy", APPEND, None),
        ("", SET, Some("1")),
        ("no.such.setting", DELETE, None),
        ("min.insync.replicas", SET, Some("0")),
        ("segment.bytes", SET, Some("1")),
        ("message.timestamp.type", SET, Some("Lunar")),
    ];
    for wrong in wrong {
        talk.ask(1, steps(TOPIC, &name, &[wrong]));
    }
    talk.note("one good, one bad: neither");
    let both = [("segment.ms", SET, Some("7000")), ("retention.ms", SET, Some("soon"))];
    talk.ask(1, steps(TOPIC, &name, &both));
    talk.note("the same one twice, the same topic twice");
    let twice = [("segment.ms", SET, Some("7000")), ("segment.ms", SET, Some("8000"))];
    talk.ask(1, steps(TOPIC, &name, &twice));
    let mut twice = steps(TOPIC, &name, &[("segment.ms", SET, Some("7000"))]);
    twice.resources.extend(steps(TOPIC, &name, &[("segment.ms", DELETE, None)]).resources);
    talk.ask(1, twice);
    talk.note("of what is not there");
    for name in [&*talk.own("missing"), "", "a/b"] {
        talk.ask(1, steps(TOPIC, name, &[("retention.ms", SET, Some("1000"))]));
    }
    for kind in [0, 1, 3, 99] {
        talk.ask(1, steps(kind, "any", &[("retention.ms", SET, Some("1000"))]));
    }
    holds(talk, TOPIC, &name, "segment.ms", None);
}

fn of_brokers_are_altered(talk: &mut Talk) {
    talk.ask(1, steps(BROKER, "", &[("log.cleaner.threads", SET, Some("2"))]));
    holds(talk, BROKER, "", "log.cleaner.threads", Some("2"));
    let with_synonyms = DescribeConfigsRequest {
        include_synonyms: true,
        ..describes(BROKER, "1", Some(&["log.cleaner.threads"]))
    };
    talk.ask(4, with_synonyms);
    talk.ask(1, steps(BROKER, "", &[("log.cleaner.threads", DELETE, None)]));
    holds(talk, BROKER, "", "log.cleaner.threads", None);
    talk.ask(1, steps(BROKER, "1", &[("message.max.bytes", SET, Some("2000000"))]));
    holds(talk, BROKER, "1", "message.max.bytes", Some("2000000"));
    talk.ask(1, steps(BROKER, "1", &[("message.max.bytes", DELETE, None)]));
    holds(talk, BROKER, "1", "message.max.bytes", Some("1048588"));
    talk.in_own_words();
    talk.note("what cannot be altered while it runs, what is not there, what cannot be");
    let wrong = [
        ("node.id", SET, Some("5")),
        ("num.partitions", SET, Some("5")),
        ("log.dirs", SET, Some("/tmp")),
        ("no.such.setting", SET, Some("1")),
        ("message.max.bytes", SET, Some("-1")),
        ("message.max.bytes", SET, Some("much")),
        ("message.max.bytes", SET, None),
        ("log.cleaner.threads", SET, Some("0")),
        ("log.cleaner.threads", SET, Some("3")),
    ];
    for wrong in wrong {
        talk.ask(1, steps(BROKER, "1", &[wrong]));
    }
    talk.note("of brokers that there are not");
    for name in ["7", "one", "-1"] {
        talk.ask(1, steps(BROKER, name, &[("message.max.bytes", SET, Some("2000000"))]));
    }
}

fn of_groups_are_altered(talk: &mut Talk) {
    let group = talk.own("g");
    talk.ask(1, steps(GROUP, &group, &[("consumer.session.timeout.ms", SET, Some("50000"))]));
    holds(talk, GROUP, &group, "consumer.session.timeout.ms", Some("50000"));
    talk.in_own_words();
    let wrong = [
        ("consumer.session.timeout.ms", SET, Some("1")),
        ("consumer.session.timeout.ms", SET, Some("1000000")),
        ("consumer.session.timeout.ms", SET, Some("soon")),
        ("consumer.heartbeat.interval.ms", SET, Some("49")),
        ("consumer.heartbeat.interval.ms", SET, Some("100000")),
        ("share.session.timeout.ms", SET, Some("1")),
        ("share.record.lock.duration.ms", SET, Some("1")),
        ("share.delivery.count.limit", SET, Some("1")),
        ("share.delivery.count.limit", SET, Some("100")),
        ("share.auto.offset.reset", SET, Some("sometime")),
        ("share.auto.offset.reset", SET, Some("by_duration:P1D")),
        ("share.isolation.level", SET, Some("read_nothing")),
        ("streams.num.standby.replicas", SET, Some("100")),
        ("streams.session.timeout.ms", SET, Some("1")),
        ("no.such.setting", SET, Some("1")),
    ];
    for wrong in wrong {
        talk.ask(1, steps(GROUP, &group, &[wrong]));
    }
    talk.ask(1, steps(GROUP, "", &[("consumer.session.timeout.ms", SET, Some("50000"))]));
    talk.ask(1, steps(GROUP, &group, &[("consumer.session.timeout.ms", DELETE, None)]));
    holds(talk, GROUP, &group, "consumer.session.timeout.ms", None);
    talk.note("of clients");
    let metrics = talk.own("m");
    talk.ask(1, steps(CLIENT_METRICS, &metrics, &[("interval.ms", SET, Some("10000"))]));
    holds(talk, CLIENT_METRICS, &metrics, "interval.ms", Some("10000"));
    let wrong = [
        ("interval.ms", SET, Some("1")),
        ("match", SET, Some("no such key=[")),
        ("no.such.setting", SET, Some("1")),
    ];
    for wrong in wrong {
        talk.ask(1, steps(CLIENT_METRICS, &metrics, &[wrong]));
    }
    talk.ask(1, steps(CLIENT_METRICS, "", &[("interval.ms", SET, Some("10000"))]));
    talk.ask(1, steps(CLIENT_METRICS, &metrics, &[("interval.ms", DELETE, None)]));
}

fn are_replaced(talk: &mut Talk) {
    let (name, _) = talk.topic("t", 1);
    for version in 0..=2 {
        let value = format!("{}000", version + 1);
        talk.ask(version, replaces(TOPIC, &name, &[("retention.ms", Some(&value))]));
        holds(talk, TOPIC, &name, "retention.ms", Some(&value));
    }
    talk.note("what is not named goes");
    talk.ask(2, replaces(TOPIC, &name, &[("segment.ms", Some("7000"))]));
    holds(talk, TOPIC, &name, "segment.ms", Some("7000"));
    holds(talk, TOPIC, &name, "retention.ms", None);
    let dry = AlterConfigsRequest { validate_only: true, ..replaces(TOPIC, &name, &[]) };
    talk.ask(2, dry);
    holds(talk, TOPIC, &name, "segment.ms", Some("7000"));
    talk.ask(2, replaces(TOPIC, &name, &[]));
    holds(talk, TOPIC, &name, "segment.ms", None);
    talk.in_own_words();
    talk.note("what cannot be");
    talk.ask(2, replaces(TOPIC, &name, &[("no.such.setting", Some("1"))]));
    talk.ask(2, replaces(TOPIC, &name, &[("retention.ms", Some("soon"))]));
    talk.ask(2, replaces(TOPIC, &name, &[("retention.ms", None)]));
    talk.ask(2, replaces(TOPIC, &talk.own("missing"), &[("retention.ms", Some("1000"))]));
    talk.ask(2, replaces(TOPIC, "", &[("retention.ms", Some("1000"))]));
    for kind in [0, 3, 99] {
        talk.ask(2, replaces(kind, "any", &[("retention.ms", Some("1000"))]));
    }
    talk.ask(2, AlterConfigsRequest::default());
}

fn are_listed_by_owner(talk: &mut Talk) {
    let (name, group) = (talk.own("m"), talk.own("g"));
    talk.set(CLIENT_METRICS, &name, &[("interval.ms", "10000")]);
    talk.set(GROUP, &group, &[("consumer.session.timeout.ms", "50000")]);
    holds(talk, GROUP, &group, "consumer.session.timeout.ms", Some("50000"));
    let asks = |types: &[i8]| ListConfigResourcesRequest {
        resource_types: types.to_vec(),
        ..Default::default()
    };
    talk.ask(0, asks(&[]));
    talk.ask(1, asks(&[CLIENT_METRICS]));
    talk.ask(1, asks(&[BROKER]));
    talk.ask(1, asks(&[BROKER, LOGGER, CLIENT_METRICS]));
    talk.ask(1, asks(&[0]));
    talk.ask(1, asks(&[99]));
    talk.ask(1, asks(&[CLIENT_METRICS, 99]));
    talk.note("those of other conversations left out");
    let mut listed = talk.aside(1, &asks(&[GROUP, TOPIC]));
    listed.config_resources.retain(|resource| resource.resource_name.contains(talk.name));
    talk.note(&format!("{listed:?}"));
    talk.aside(1, &steps(CLIENT_METRICS, &name, &[("interval.ms", DELETE, None)]));
}
