//! `kafka-topics.sh`: create, list, describe, alter and delete topics.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, Str, TopicPartition, Uuid};
use client::Admin;
use client::admin::{
    ConfigEntry, ConfigResource, ConfigSource, EligibleLeaders, NewTopic, Reassignment,
};
use client::metadata::{PartitionMetadata, TopicMetadata};

use super::options::{Options, Takes, Tool};
use super::patterns::IncludeList;
use super::{Ended, Ending, properties};
use crate::output::print_line;

const TOOL: Tool = Tool {
    about: "This tool helps to create, delete, describe, or change a topic.",
    specs: &[
        (
            "bootstrap-server",
            Takes::Value("String: server to connect to"),
            "REQUIRED: The brokers to ask.",
        ),
        (
            "command-config",
            Takes::Value("String: command config property file"),
            "A file of properties for the client.",
        ),
        ("list", Takes::Nothing, "List all topics."),
        ("create", Takes::Nothing, "Create a topic."),
        ("delete", Takes::Nothing, "Delete topics."),
        ("alter", Takes::Nothing, "Change the number of partitions."),
        ("describe", Takes::Nothing, "Show topics with their partitions."),
        (
            "topic",
            Takes::Value("String: topic"),
            "The topic; except with --create also a regular expression.",
        ),
        ("topic-id", Takes::Value("String: topic-id"), "The id of the topic to describe."),
        (
            "config",
            Takes::Values("String: name=value"),
            "A key of the topic's configuration, with --create.",
        ),
        ("delete-config", Takes::Values("String: name"), "No longer supported since 4.0."),
        ("partitions", Takes::Value("Integer: # of partitions"), "The number of partitions."),
        (
            "replication-factor",
            Takes::Value("Integer: replication factor"),
            "How many replicas each partition has.",
        ),
        (
            "replica-assignment",
            Takes::Value("String: 1:2,2:3,..."),
            "The brokers of each partition.",
        ),
        (
            "under-replicated-partitions",
            Takes::Nothing,
            "Describe only partitions that lack replicas in sync.",
        ),
        ("unavailable-partitions", Takes::Nothing, "Describe only partitions without a leader."),
        (
            "under-min-isr-partitions",
            Takes::Nothing,
            "Describe only partitions with fewer replicas in sync than configured.",
        ),
        (
            "at-min-isr-partitions",
            Takes::Nothing,
            "Describe only partitions with just as many replicas in sync as configured.",
        ),
        (
            "topics-with-overrides",
            Takes::Nothing,
            "Describe only topics with a configuration of their own.",
        ),
        ("if-exists", Takes::Nothing, "Do nothing where the topic does not exist."),
        ("if-not-exists", Takes::Nothing, "Do nothing where the topic exists already."),
        (
            "exclude-internal",
            Takes::Nothing,
            "Leave out the topics that brokers keep for themselves.",
        ),
        (
            "partition-size-limit-per-response",
            Takes::Value("Integer: maximum number of partitions per response"),
            "How many partitions one answer may describe.",
        ),
    ],
};

const ACTIONS: [&str; 5] = ["create", "list", "alter", "describe", "delete"];
const REPORTS: [&str; 4] = [
    "under-replicated-partitions",
    "under-min-isr-partitions",
    "at-min-isr-partitions",
    "unavailable-partitions",
];

pub async fn run(arguments: &[String]) -> Ended {
    let options = told(TOOL.parse(arguments))?;
    check(&options)?;
    let bootstrap = options.value("bootstrap-server").unwrap_or_default();
    let admin = Admin::connect(properties::admin(&options, bootstrap)?).await?;
    told(if options.has("create") {
        create(&admin, &options).await
    } else if options.has("list") {
        list(&admin, &options).await
    } else if options.has("alter") {
        alter(&admin, &options).await
    } else if options.has("describe") {
        describe(&admin, &options).await
    } else {
        delete(&admin, &options).await
    })
}

/// What fails is told on standard output, where Kafka's tool tells it.
fn told<T>(result: Result<T, Ending>) -> Result<T, Ending> {
    match result {
        Err(Ending::Failed(text)) => {
            print_line(&format!("Error while executing topic command : {text}"))?;
            Err(Ending::Said)
        }
        other => other,
    }
}

fn check(options: &Options) -> Ended {
    if options.count(&ACTIONS) != 1 {
        return Err(options.usage(
            "Command must include exactly one action: --list, --describe, --create, --alter or --delete",
        ));
    }
    if options.has("delete-config") {
        eprintln!(
            "delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed in future releases."
        );
    }
    if !options.has("bootstrap-server") {
        return Err(Ending::Failed("--bootstrap-server must be specified".into()));
    }
    if options.has("describe")
        && options.has("if-exists")
        && options.count(&["topic", "topic-id"]) == 0
    {
        return Err(options.usage("--topic or --topic-id is required to describe a topic"));
    }
    if !options.has("list") && !options.has("describe") {
        options.require(&["topic"])?;
    }
    if options.has("alter") {
        options.require(&["partitions"])?;
    }
    let but = |kept: &[&str]| -> Vec<&'static str> {
        ACTIONS.into_iter().filter(|action| !kept.contains(action)).collect()
    };
    options.refuse_together("config", &but(&["alter", "create"]))?;
    options.refuse_together("partitions", &but(&["alter", "create"]))?;
    options.refuse_together("replication-factor", &but(&["create"]))?;
    options.refuse_together("replica-assignment", &but(&["alter", "create"]))?;
    if options.has("create") {
        options.refuse_together("replica-assignment", &["partitions", "replication-factor"])?;
    }
    for report in REPORTS {
        options.refuse_together(report, &but(&["describe"]))?;
        options.refuse_together(report, &["topics-with-overrides"])?;
    }
    options.refuse_together("topics-with-overrides", &but(&["describe"]))?;
    options.refuse_together("if-exists", &but(&["alter", "delete", "describe"]))?;
    options.refuse_together("if-not-exists", &but(&["create"]))?;
    options.refuse_together("exclude-internal", &but(&["list", "describe"]))
}

fn failed(text: impl Into<String>) -> Ending {
    Ending::Failed(text.into())
}

async fn create(admin: &Admin, options: &Options) -> Ended {
    let name = options.value("topic").unwrap_or_default();
    let topic = NewTopic {
        name: name.into(),
        partitions: options.number("partitions")?,
        replication_factor: None,
        assignment: assignment(options)?,
        configs: configs(options)?,
    };
    if name.contains(['.', '_']) {
        print_line(
            "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.",
        )?;
    }
    let factor: Option<i32> = options.number("replication-factor")?;
    let factor = match factor.map(i16::try_from) {
        None => None,
        Some(Ok(factor)) if factor >= 1 => Some(factor),
        Some(_) => {
            return Err(failed(format!(
                "The replication factor must be between 1 and {} inclusive",
                i16::MAX
            )));
        }
    };
    if topic.partitions.is_some_and(|count| count < 1) {
        return Err(failed("The partitions must be greater than 0"));
    }
    match admin.create_topic(&NewTopic { replication_factor: factor, ..topic }).await {
        Ok(_) => Ok(print_line(&format!("Created topic {name}."))?),
        Err(error)
            if options.has("if-not-exists")
                && error.code() == Some(ErrorCode::TopicAlreadyExists) =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn configs(options: &Options) -> Result<BTreeMap<String, String>, Ending> {
    let pairs = options.values("config").into_iter().map(|text| {
        let mut parts: Vec<&str> = text.split('=').map(str::trim).collect();
        // As Java splits: empty parts at the end are none, so that a key needs a value.
        while parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
        match parts[..] {
            [key, value] => Ok((key.to_owned(), value.to_owned())),
            _ => Err(failed("requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".")),
        }
    });
    pairs.collect()
}

fn assignment(options: &Options) -> Result<Vec<Vec<i32>>, Ending> {
    let Some(text) = options.value("replica-assignment").filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut all: Vec<Vec<i32>> = Vec::new();
    for (index, brokers) in text.split(',').enumerate() {
        let brokers: Result<Vec<i32>, Ending> = brokers
            .split(':')
            .map(|id| id.trim().parse().map_err(|_| failed(format!("For input string: \"{id}\""))))
            .collect();
        let brokers = brokers?;
        let distinct: BTreeSet<i32> = brokers.iter().copied().collect();
        if distinct.len() < brokers.len() {
            let twice: BTreeSet<String> = brokers
                .iter()
                .filter(|id| brokers.iter().filter(|other| other == id).count() > 1)
                .map(ToString::to_string)
                .collect();
            let twice: Vec<String> = twice.into_iter().collect();
            return Err(failed(format!(
                "Partition replica lists may not contain duplicate entries: {}",
                twice.join(",")
            )));
        }
        if all.first().is_some_and(|first| first.len() != brokers.len()) {
            return Err(failed(format!(
                "Partition {index} has different replication factor: {brokers:?}"
            )));
        }
        all.push(brokers);
    }
    Ok(all)
}

/// The names that `--topic` means, in order.
async fn names(admin: &Admin, options: &Options) -> Result<Vec<Str>, Ending> {
    let wanted = options.value("topic").map(IncludeList::new).transpose()?;
    let exclude = options.has("exclude-internal");
    let all = admin.list_topics().await?.into_iter();
    let names = all.filter(|topic| {
        let wanted = wanted.as_ref().is_none_or(|wanted| wanted.allows(&topic.name));
        wanted && !(exclude && topic.is_internal)
    });
    Ok(names.map(|topic| topic.name).collect())
}

/// As [`names`]; a topic that was asked for must be there, unless `--if-exists`.
async fn existing(admin: &Admin, options: &Options) -> Result<Vec<Str>, Ending> {
    let names = names(admin, options).await?;
    match options.value("topic") {
        Some(topic) if !topic.is_empty() && names.is_empty() && !options.has("if-exists") => {
            Err(failed(format!("Topic '{topic}' does not exist as expected")))
        }
        _ => Ok(names),
    }
}

async fn list(admin: &Admin, options: &Options) -> Ended {
    let names: Vec<String> = names(admin, options).await?.iter().map(ToString::to_string).collect();
    Ok(print_line(&names.join("\n"))?)
}

async fn alter(admin: &Admin, options: &Options) -> Ended {
    let count: i32 = options.number("partitions")?.unwrap_or(0);
    let assignment = assignment(options)?;
    for name in existing(admin, options).await? {
        let added = match assignment.is_empty() {
            true => None,
            // It names the partitions that are there too. If it names no others, the controller tells.
            false => {
                let all = admin.all_metadata().await?;
                let there = all.topics.get(&name).map_or(0, |topic| topic.partitions.len());
                Some(assignment.get(there..).unwrap_or_default())
            }
        };
        admin.create_partitions(&name, count, added).await?;
    }
    Ok(())
}

async fn delete(admin: &Admin, options: &Options) -> Ended {
    for name in existing(admin, options).await? {
        admin.delete_topic(&name).await?;
    }
    Ok(())
}

async fn describe(admin: &Admin, options: &Options) -> Ended {
    let all = admin.all_metadata().await?;
    let names = match options.value("topic-id") {
        Some(id) => {
            let found = all.topics.values().find(|topic| topic.id.to_string() == id);
            match found {
                Some(topic) => vec![topic.name.clone()],
                None if options.has("if-exists") => Vec::new(),
                None => return Err(failed(format!("TopicId '{id}' does not exist as expected"))),
            }
        }
        None => existing(admin, options).await?,
    };
    if names.is_empty() {
        return Ok(());
    }
    let eligible = admin.eligible_leaders(&names).await?;
    let moving = admin.reassignments().await.unwrap_or_default();
    let live: BTreeSet<i32> = all.brokers.keys().map(|id| id.0).collect();
    for name in names {
        let Some(topic) = all.topics.get(&name) else { continue };
        let configs = admin.describe_configs(&ConfigResource::Topic(name.clone())).await?;
        let described = Described {
            topic,
            configs: &configs,
            eligible: eligible.as_ref(),
            moving: &moving,
            live: &live,
        };
        described.print(options)?;
    }
    Ok(())
}

struct Described<'a> {
    topic: &'a TopicMetadata,
    configs: &'a [ConfigEntry],
    eligible: Option<&'a BTreeMap<TopicPartition, EligibleLeaders>>,
    moving: &'a BTreeMap<TopicPartition, Reassignment>,
    live: &'a BTreeSet<i32>,
}

impl Described<'_> {
    fn print(&self, options: &Options) -> Ended {
        if options.count(&REPORTS) == 0 {
            let own: Vec<String> = self
                .configs
                .iter()
                .filter(|entry| entry.source != ConfigSource::Default)
                .map(|entry| format!("{}={}", entry.name, entry.value.as_deref().unwrap_or("null")))
                .collect();
            if !options.has("topics-with-overrides") || !own.is_empty() {
                self.print_topic(&own)?;
            }
        }
        if options.has("topics-with-overrides") {
            return Ok(());
        }
        for (index, partition) in (0..).zip(&self.topic.partitions) {
            if self.is_wanted(options, index, partition) {
                self.print_partition(index, partition)?;
            }
        }
        Ok(())
    }

    fn print_topic(&self, configs: &[String]) -> Ended {
        let mut line = format!("Topic: {}", self.topic.name);
        if self.topic.id != Uuid::ZERO {
            line.push_str(&format!("\tTopicId: {}", self.topic.id));
        }
        let factor = self.topic.partitions.first().map_or(0, |first| self.factor(0, first));
        line.push_str(&format!(
            "\tPartitionCount: {}\tReplicationFactor: {factor}\tConfigs: {}",
            self.topic.partitions.len(),
            configs.join(",")
        ));
        Ok(print_line(&line)?)
    }

    /// Without the replicas that are only on their way in.
    fn factor(&self, index: i32, partition: &PartitionMetadata) -> usize {
        match self.moving.get(&TopicPartition::new(self.topic.name.clone(), index)) {
            Some(moving) => moving.replicas.len().saturating_sub(moving.adding.len()),
            None => partition.replicas.len(),
        }
    }

    fn min_in_sync(&self) -> usize {
        let entry = self.configs.iter().find(|entry| entry.name == "min.insync.replicas");
        entry.and_then(|entry| entry.value.as_ref()?.parse().ok()).unwrap_or(1)
    }

    fn is_wanted(&self, options: &Options, index: i32, partition: &PartitionMetadata) -> bool {
        let in_sync = partition.in_sync.len();
        let has_leader = partition.leader.is_some();
        let is_led = partition.leader.is_some_and(|leader| self.live.contains(&leader.0));
        options.count(&REPORTS) == 0
            || (options.has("under-replicated-partitions")
                && self.factor(index, partition) > in_sync)
            || (options.has("unavailable-partitions") && !is_led)
            || (options.has("under-min-isr-partitions")
                && (!has_leader || in_sync < self.min_in_sync()))
            || (options.has("at-min-isr-partitions") && in_sync == self.min_in_sync())
    }

    fn print_partition(&self, index: i32, partition: &PartitionMetadata) -> Ended {
        let at = TopicPartition::new(self.topic.name.clone(), index);
        let brokers = |ids: &[base::BrokerId]| join(ids.iter().map(|id| id.0));
        let leader = partition.leader.map_or("none".to_owned(), |leader| leader.to_string());
        let mut line = format!(
            "\tTopic: {}\tPartition: {index}\tLeader: {leader}\tReplicas: {}\tIsr: {}",
            self.topic.name,
            brokers(&partition.replicas),
            brokers(&partition.in_sync)
        );
        if let Some(moving) = self.moving.get(&at) {
            line.push_str(&format!(
                "\tAdding Replicas: {}\tRemoving Replicas: {}",
                join(moving.adding.iter().copied()),
                join(moving.removing.iter().copied())
            ));
        }
        let (elr, last) = match self.eligible.map(|eligible| eligible.get(&at)) {
            Some(Some(found)) => {
                (join(found.now.iter().copied()), join(found.last_known.iter().copied()))
            }
            Some(None) => (String::new(), String::new()),
            None => ("N/A".to_owned(), "N/A".to_owned()),
        };
        line.push_str(&format!("\tElr: {elr}\tLastKnownElr: {last}"));
        Ok(print_line(&line)?)
    }
}

fn join(ids: impl Iterator<Item = i32>) -> String {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    ids.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_new_topics_configuration_has_one_value() {
        let read = |text: &str| {
            let all = ["--bootstrap-server", "localhost:9092", "--create", "--config", text];
            let pairs = configs(&TOOL.parse(&all.map(str::to_owned)).unwrap());
            pairs.ok().and_then(|pairs| pairs.into_iter().next())
        };
        assert_eq!(read("a = 1"), Some(("a".to_owned(), "1".to_owned())));
        for wrong in ["a", "a=", "a= ", "a=b=c", "="] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
