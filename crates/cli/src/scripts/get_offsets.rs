//! `kafka-get-offsets.sh`, once `kafka-run-class.sh kafka.tools.GetOffsetShell`: offsets of partitions
//! as `topic:partition:offset`, one a line.

use std::collections::BTreeSet;

use base::{TopicPartition, WallMs};
use client::Admin;
use client::admin::OffsetAt;
use client::config::Isolation;

use super::options::{Options, Takes, Tool};
use super::patterns::IncludeList;
use super::{Ended, Ending, messages, properties};
use crate::output::print_line;

const TOOL: Tool = Tool {
    about: "An interactive shell for getting topic-partition offsets.",
    specs: &[
        (
            "bootstrap-server",
            Takes::Value("String: HOST1:PORT1,...,HOST3:PORT3"),
            "REQUIRED. The brokers to ask.",
        ),
        (
            "broker-list",
            Takes::Value("String: HOST1:PORT1,...,HOST3:PORT3"),
            "What --bootstrap-server was called before 4.0.",
        ),
        (
            "topic-partitions",
            Takes::Value("String: topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3"),
            "Topics, or parts of them: one partition, or from the first to before the last.",
        ),
        (
            "topic",
            Takes::Value("String: topic"),
            "The topic, or a regular expression; all without it.",
        ),
        (
            "partitions",
            Takes::Value("String: partition ids"),
            "Only these partitions, separated by commas.",
        ),
        (
            "time",
            Takes::Value(
                "String: <timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload",
            ),
            "Which offset; latest without it.",
        ),
        ("offsets", Takes::Value("Integer: count"), "Was never of use; accepted as before 3.0."),
        ("max-wait-ms", Takes::Value("Integer: ms"), "Was never of use; accepted as before 3.0."),
        (
            "command-config",
            Takes::Value("String: config file"),
            "A file of properties for the client.",
        ),
        (
            "exclude-internal-topics",
            Takes::Nothing,
            "Leave out the topics that brokers keep for themselves.",
        ),
    ],
};

pub async fn run(arguments: &[String]) -> Ended {
    match get(arguments).await {
        Err(Ending::Failed(text)) => Err(Ending::Failed(format!("Error occurred: {text}"))),
        other => other,
    }
}

async fn get(arguments: &[String]) -> Ended {
    let options = TOOL.parse(arguments).map_err(without_usage)?;
    let bootstrap = match options.value("bootstrap-server").or(options.value("broker-list")) {
        Some(bootstrap) => bootstrap,
        None => return Err(options.usage("Missing required argument \"[bootstrap-server]\"")),
    };
    properties::check_addresses(&options, bootstrap)?;
    if options.has("topic-partitions") && options.count(&["topic", "partitions"]) > 0 {
        return Err(failed("--topic-partitions cannot be used with --topic or --partitions"));
    }
    let at = offset_at(options.value("time").unwrap_or("latest"))?;
    let rules = rules(&options)?;
    let mut config = properties::admin(&options, bootstrap)?;
    config.client_id = "GetOffsetShell".to_owned();
    let admin = Admin::connect(config).await?;
    let metadata = admin.all_metadata().await?;
    let mut partitions = BTreeSet::new();
    for topic in metadata.topics.values() {
        if options.has("exclude-internal-topics") && topic.is_internal {
            continue;
        }
        let all = (0..topic.partitions.len() as i32)
            .map(|index| TopicPartition::new(topic.name.clone(), index));
        partitions.extend(all.filter(|partition| rules.iter().any(|rule| rule.allows(partition))));
    }
    if partitions.is_empty() {
        return Err(failed("Could not match any topic-partitions with the specified filters"));
    }
    let partitions: Vec<TopicPartition> = partitions.into_iter().collect();
    let listed = admin.list_offsets(&partitions, at, Isolation::ReadUncommitted).await;
    let mut lines: Vec<(String, String)> = Vec::new();
    for (partition, listed) in listed {
        match listed {
            Ok(listed) => {
                if let Some(offset) = listed.offset {
                    let (topic, index) = (&partition.topic, partition.partition);
                    lines.push((partition.to_string(), format!("{topic}:{index}:{offset}")));
                }
            }
            Err(error) => eprintln!(
                "Skip getting offsets for topic-partition {partition} due to error: {}",
                messages::with_class(&error)
            ),
        }
    }
    // Kafka orders them as texts: partition 10 comes before partition 2.
    lines.sort();
    for (_, line) in lines {
        print_line(&line)?;
    }
    Ok(())
}

fn failed(text: impl Into<String>) -> Ending {
    Ending::Failed(text.into())
}

/// An option that is not known ends this tool with its name alone.
fn without_usage(ending: Ending) -> Ending {
    match ending {
        Ending::Usage(text) if !text.starts_with(TOOL.about) => {
            failed(text.lines().next().unwrap_or_default())
        }
        other => other,
    }
}

fn offset_at(text: &str) -> Result<OffsetAt, Ending> {
    Ok(match text {
        "latest" | "-1" => OffsetAt::Latest,
        "earliest" | "-2" => OffsetAt::Earliest,
        "max-timestamp" | "-3" => OffsetAt::MaxTimestamp,
        "earliest-local" | "-4" => OffsetAt::EarliestLocal,
        "latest-tiered" | "-5" => OffsetAt::LatestTiered,
        "earliest-pending-upload" => OffsetAt::Time(WallMs(-6)),
        other => match other.parse() {
            Ok(time) => OffsetAt::Time(WallMs(time)),
            Err(_) => {
                return Err(failed(format!(
                    "Malformed time argument {other}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload, or a specified long format timestamp"
                )));
            }
        },
    })
}

/// Topics, and which of their partitions.
struct Rule {
    topics: IncludeList,
    partitions: Partitions,
}

enum Partitions {
    All,
    These(Vec<i32>),
    /// From the first to before the last.
    Range(i32, i32),
}

impl Rule {
    fn allows(&self, partition: &TopicPartition) -> bool {
        let index = partition.partition.0;
        self.topics.allows(&partition.topic)
            && match &self.partitions {
                Partitions::All => true,
                Partitions::These(these) => these.contains(&index),
                Partitions::Range(from, to) => (*from..*to).contains(&index),
            }
    }
}

fn rules(options: &Options) -> Result<Vec<Rule>, Ending> {
    if let Some(list) = options.value("topic-partitions") {
        return list.split(',').map(rule).collect();
    }
    let partitions = match options.value("partitions").filter(|text| !text.is_empty()) {
        None => Partitions::All,
        Some(text) => {
            let these: Result<Vec<i32>, _> = text.split(',').map(str::parse).collect();
            Partitions::These(these.map_err(|_| {
                failed(format!(
                    "--partitions expects a comma separated list of numeric partition ids, but received: {text}"
                ))
            })?)
        }
    };
    let topics = IncludeList::new(options.value("topic").unwrap_or(".*"))?;
    Ok(vec![Rule { topics, partitions }])
}

/// `topic`, `topic:3`, `topic:0-3`, `topic:5-`, `:-3`.
fn rule(text: &str) -> Result<Rule, Ending> {
    let wrong = || failed(format!("Invalid rule specification: {text}"));
    let (topic, partitions) = text.split_once(':').unwrap_or((text, ""));
    let number = |text: &str, default: i32| match text {
        "" => Ok(default),
        text => text.parse().map_err(|_| wrong()),
    };
    let partitions = match partitions.split_once('-') {
        None if partitions.is_empty() => Partitions::All,
        None => Partitions::These(vec![number(partitions, 0)?]),
        Some((from, to)) => Partitions::Range(number(from, 0)?, number(to, i32::MAX)?),
    };
    let topics = IncludeList::new(if topic.is_empty() { ".*" } else { topic })?;
    Ok(Rule { topics, partitions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_topics_and_parts_of_them() {
        let allows = |text: &str, topic: &str, partition| {
            let rule = rule(text).unwrap_or_else(|ending| panic!("{ending:?}"));
            rule.allows(&TopicPartition::new(topic, partition))
        };
        assert!(allows("t", "t", 7) && !allows("t", "u", 7));
        assert!(allows("t:3", "t", 3) && !allows("t:3", "t", 4));
        assert!(allows("t.*:1-3", "tu", 2) && !allows("t.*:1-3", "tu", 3));
        assert!(allows(":-2", "x", 1) && !allows(":-2", "x", 2));
        assert!(allows("t:5-", "t", 5) && !allows("t:5-", "t", 4));
        assert!(rule("t:x").is_err());
    }
}
