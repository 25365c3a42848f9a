//! The declarations against Apache Kafka's own.

use std::collections::BTreeMap;

use super::*;
use crate::config::key::{Audience, DefaultText, Importance, Level, Update};

/// One line of the table: level, name, type, default, valid values, importance, audience, update
/// mode, synonyms.
fn kafkas_keys() -> impl Iterator<Item = Vec<&'static str>> {
    include_str!("../testdata/kafka-4.3.1.tsv").lines().filter(|line| !line.starts_with('#')).map(
        |line| {
            let mut fields: Vec<&str> = line.split('\t').collect();
            fields.resize(9, "");
            fields
        },
    )
}

fn all() -> impl Iterator<Item = &'static Key> {
    broker()
        .chain(topic::TOPIC.iter().copied())
        .chain(group::GROUP.iter().copied())
        .chain(client_metrics::CLIENT_METRICS.iter().copied())
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Broker => "broker",
        Level::Topic => "topic",
        Level::Group => "group",
        Level::ClientMetrics => "client-metrics",
    }
}

/// The limits as Kafka prints them. It prints nothing for lists whose parts must only differ.
fn kafkas_rule(rule: Rule) -> String {
    match rule {
        Rule::Any | Rule::Distinct | Rule::DistinctSome => String::new(),
        Rule::AtLeast(low) => format!("[{low},...]"),
        Rule::Between(low, high) => format!("[{low},...,{high}]"),
        Rule::Fraction(low, high) => format!("[{low},...,{high}]"),
        Rule::OneOf(words) | Rule::Among(words) | Rule::SomeAmong(words) => {
            format!("[{}]", words.join(", "))
        }
        Rule::OneOfAnyCase(words) => format!("(case insensitive) [{}]", words.join(", ")),
        Rule::NonEmpty => "non-empty string".to_owned(),
        Rule::GzipLevel => "[1,...,9] or -1".to_owned(),
        Rule::ThrottledReplicas => {
            "[partitionId]:[brokerId],[partitionId]:[brokerId],...".to_owned()
        }
        Rule::ShareOffsetReset => "[latest, earliest, by_duration:PnDTnHnMn.nS]".to_owned(),
        Rule::Voters | Rule::HostPorts => "non-empty list".to_owned(),
    }
}

fn kafkas_line(key: &Key) -> Vec<String> {
    let default = match key.default {
        DefaultText::Required => "<required>".to_owned(),
        DefaultText::Null => "<null>".to_owned(),
        DefaultText::Text(_) => key.default_value().expect("a text").text(),
    };
    let importance = match key.importance {
        Importance::High => "high",
        Importance::Medium => "medium",
        Importance::Low => "low",
    };
    let synonym = |synonym: &Synonym| match synonym.scale {
        1 => synonym.name.to_owned(),
        scale => format!("{}*{scale}", synonym.name),
    };
    let synonyms: Vec<String> = key.synonyms.iter().map(synonym).collect();
    let update = if key.level == Level::Broker { key.update.name() } else { "" };
    let audience = if key.audience == Audience::Internal { "internal" } else { "" };
    [level_name(key.level), key.name, key.kind.name(), &default, &kafkas_rule(key.rule), importance]
        .into_iter()
        .chain([audience, update, &synonyms.join(",")])
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_key_of_kafka_is_declared_as_kafka_declares_it() {
    let ours: BTreeMap<(&str, &str), &Key> =
        all().map(|key| ((level_name(key.level), key.name), key)).collect();
    let mut differences = Vec::new();
    let mut count = 0;
    for mut line in kafkas_keys() {
        count += 1;
        // A text that is there at all is not null: nothing is left to check.
        if line[4] == "non-null string" {
            line[4] = "";
        }
        match ours.get(&(line[0], line[1])) {
            None => differences.push(format!("missing: {}", line[1])),
            Some(key) if kafkas_line(key) != line => {
                differences.push(format!("ours {:?}\nKafka {line:?}", kafkas_line(key)));
            }
            Some(_) => {}
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let own = all().filter(|key| key.audience == Audience::Vltava).count();
    assert_eq!(all().count(), count + own, "a key of ours is none of Kafka's and not marked so");
}

#[test]
fn defaults_are_valid_and_documented() {
    for key in all() {
        if let Some(text) = key.default_text() {
            key.parse(text).unwrap_or_else(|error| panic!("{error}"));
        }
        assert!(key.doc().ends_with('.'), "{} needs a sentence", key.name);
        assert!(key.audience == Audience::Vltava || !key.since.is_empty(), "{}", key.name);
        for synonym in key.synonyms {
            assert!(find_broker(synonym.name).is_some(), "{}", synonym.name);
        }
    }
}

#[test]
fn no_name_is_declared_twice_on_one_level() {
    let mut names: Vec<_> = all().map(|key| (key.level, key.name)).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_brokers_hand_down_to_topics_can_change_while_they_run() {
    // The first synonym of a topic key is the one that may be set dynamically.
    for key in topic::TOPIC {
        if let Some(first) = key.synonyms.first() {
            let broker_key = find_broker(first.name).expect("synonyms are broker keys");
            assert_eq!(broker_key.update, Update::ClusterWide, "{}", first.name);
        }
    }
}
