//! `vltava topic`: create, list, describe, alter, delete.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use client::Error;
use client::admin::{ConfigChange, ConfigOperation, ConfigResource, ConfigSource, NewTopic};
use client::metadata::TopicMetadata;
use serde_json::{Value, json};

use super::Common;
use crate::arguments::KeyValue;
use crate::failure::{Failure, Outcome};
use crate::output::{Table, print_json, print_line};

/// Create, list, describe, alter and delete topics
#[derive(Debug, Args)]
pub struct Topic {
    #[command(subcommand)]
    command: TopicCommand,
}

#[derive(Debug, Subcommand)]
enum TopicCommand {
    /// Create a topic
    Create {
        name: String,
        /// Number of partitions; the broker's `num.partitions` without it
        #[arg(long, short, value_name = "COUNT")]
        partitions: Option<i32>,
        /// Copies of each partition; the broker's `default.replication.factor` without it
        #[arg(long, short, value_name = "COUNT")]
        replication_factor: Option<i16>,
        /// Set a key of the topic's configuration; may be repeated
        #[arg(long = "config", short, value_name = "KEY=VALUE")]
        configs: Vec<KeyValue>,
        /// Succeed if the topic exists already
        #[arg(long)]
        if_not_exists: bool,
        #[command(flatten)]
        common: Common,
    },
    /// List all topics
    List {
        /// Leave out the topics that brokers keep for themselves
        #[arg(long)]
        exclude_internal: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Show partitions, leaders and replicas
    Describe {
        /// The topics; all of them without a name
        names: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Change the number of partitions or the configuration
    Alter {
        name: String,
        /// The new number of partitions, more than now
        #[arg(long, short, value_name = "COUNT")]
        partitions: Option<i32>,
        /// Set a key of the topic's configuration; may be repeated
        #[arg(long = "config", short, value_name = "KEY=VALUE")]
        configs: Vec<KeyValue>,
        /// Put a key back to its default; may be repeated
        #[arg(long = "delete-config", value_name = "KEY")]
        deleted: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Delete topics and their records
    Delete {
        #[arg(required = true)]
        names: Vec<String>,
        /// Succeed for topics that do not exist
        #[arg(long)]
        if_exists: bool,
        #[command(flatten)]
        common: Common,
    },
}

impl Topic {
    pub async fn run(self) -> Outcome {
        match self.command {
            TopicCommand::Create {
                name,
                partitions,
                replication_factor,
                configs,
                if_not_exists,
                common,
            } => {
                let topic = NewTopic {
                    name: name.into(),
                    partitions,
                    replication_factor,
                    configs: configs.into_iter().map(|pair| (pair.key, pair.value)).collect(),
                    ..NewTopic::default()
                };
                create(&topic, if_not_exists, &common).await
            }
            TopicCommand::List { exclude_internal, common } => {
                list(exclude_internal, &common).await
            }
            TopicCommand::Describe { names, common } => describe(&names, &common).await,
            TopicCommand::Alter { name, partitions, configs, deleted, common } => {
                if partitions.is_none() && configs.is_empty() && deleted.is_empty() {
                    return Err(Failure::usage(
                        "nothing to alter; give --partitions, --config or --delete-config",
                    ));
                }
                let changes = changes(configs, deleted);
                alter(&name, partitions, &changes, &common).await
            }
            TopicCommand::Delete { names, if_exists, common } => {
                delete(&names, if_exists, &common).await
            }
        }
    }
}

/// The changes that `set` and `deleted` ask for.
pub fn changes(set: Vec<KeyValue>, deleted: Vec<String>) -> Vec<ConfigChange> {
    let set = set.into_iter().map(|pair| ConfigChange {
        key: pair.key.into(),
        operation: ConfigOperation::Set,
        value: Some(pair.value.into()),
    });
    let deleted = deleted.into_iter().map(|key| ConfigChange {
        key: key.into(),
        operation: ConfigOperation::Delete,
        value: None,
    });
    set.chain(deleted).collect()
}

fn is(error: &Error, code: base::ErrorCode) -> bool {
    error.code() == Some(code)
}

async fn create(topic: &NewTopic, if_not_exists: bool, common: &Common) -> Outcome {
    let name = &topic.name;
    match common.admin().await?.create_topic(topic).await {
        Ok(created) => common.say(
            json!({
                "topic": name.as_str(), "id": created.id.to_string(), "created": true,
                "partitions": created.partitions, "replicationFactor": created.replication_factor,
            }),
            &format!(
                "created topic {name} with {} partitions, replication factor {}",
                created.partitions, created.replication_factor
            ),
        ),
        Err(error) if if_not_exists && is(&error, base::ErrorCode::TopicAlreadyExists) => {
            let json = json!({ "topic": name.as_str(), "created": false });
            common.say(json, &format!("topic {name} exists already"))
        }
        Err(error) => Err(error.into()),
    }
}

async fn list(exclude_internal: bool, common: &Common) -> Outcome {
    let topics = common.admin().await?.list_topics().await?;
    let mut shown = topics.iter().filter(|topic| !(exclude_internal && topic.is_internal));
    if common.output.json {
        let topics = shown.map(|topic| {
            json!({ "topic": topic.name.as_str(), "id": topic.id.to_string(), "internal": topic.is_internal })
        });
        return print_json(&topics.collect());
    }
    shown.try_for_each(|topic| print_line(&topic.name))
}

async fn describe(names: &[String], common: &Common) -> Outcome {
    let admin = common.admin().await?;
    let mut topics = Vec::new();
    if names.is_empty() {
        topics.extend(admin.all_metadata().await?.topics.into_values());
    }
    for name in names {
        topics.push(admin.describe_topic(name).await?);
    }
    let mut values = Vec::new();
    for topic in &topics {
        let resource = ConfigResource::Topic(topic.name.clone());
        let configs: BTreeMap<String, String> = admin
            .describe_configs(&resource)
            .await?
            .into_iter()
            .filter(|entry| entry.source == ConfigSource::Topic)
            .map(|entry| (entry.name.to_string(), entry.value.unwrap_or_default().to_string()))
            .collect();
        match common.output.json {
            true => values.push(topic_json(topic, &configs)),
            false => print_topic(topic, &configs)?,
        }
    }
    match common.output.json {
        true => print_json(&Value::Array(values)),
        false => Ok(()),
    }
}

fn topic_json(topic: &TopicMetadata, configs: &BTreeMap<String, String>) -> Value {
    let ids = |ids: &[base::BrokerId]| -> Vec<i32> { ids.iter().map(|id| id.0).collect() };
    let partitions = topic.partitions.iter().enumerate().map(|(index, partition)| {
        json!({
            "partition": index, "leader": partition.leader.map(|id| id.0),
            "leaderEpoch": partition.leader_epoch.0, "replicas": ids(&partition.replicas),
            "isr": ids(&partition.in_sync), "offline": ids(&partition.offline),
        })
    });
    json!({
        "topic": topic.name.as_str(), "id": topic.id.to_string(), "internal": topic.is_internal,
        "configs": configs, "partitions": partitions.collect::<Vec<_>>(),
    })
}

fn print_topic(topic: &TopicMetadata, configs: &BTreeMap<String, String>) -> Outcome {
    let configs: Vec<String> =
        configs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let shown = if configs.is_empty() { "none".to_owned() } else { configs.join(", ") };
    print_line(&format!("{} (id {}), configs: {shown}", topic.name, topic.id))?;
    let mut table = Table::new(["PARTITION", "LEADER", "EPOCH", "REPLICAS", "ISR", "OFFLINE"]);
    let ids = |ids: &[base::BrokerId]| match ids {
        [] => "-".to_owned(),
        ids => ids.iter().map(base::BrokerId::to_string).collect::<Vec<_>>().join(","),
    };
    for (index, partition) in topic.partitions.iter().enumerate() {
        table.row([
            index.to_string(),
            partition.leader.map_or("none".to_owned(), |id| id.to_string()),
            partition.leader_epoch.to_string(),
            ids(&partition.replicas),
            ids(&partition.in_sync),
            ids(&partition.offline),
        ]);
    }
    print_line(&table.to_string())
}

async fn alter(
    name: &str,
    partitions: Option<i32>,
    changes: &[ConfigChange],
    common: &Common,
) -> Outcome {
    let admin = common.admin().await?;
    if let Some(count) = partitions {
        admin.create_partitions(name, count, None).await?;
    }
    if !changes.is_empty() {
        admin.alter_configs(&ConfigResource::Topic(name.into()), changes).await?;
    }
    common.say(json!({ "topic": name, "altered": true }), &format!("altered topic {name}"))
}

async fn delete(names: &[String], if_exists: bool, common: &Common) -> Outcome {
    let admin = common.admin().await?;
    for name in names {
        match admin.delete_topic(name).await {
            Ok(()) => {
                let json = json!({ "topic": name, "deleted": true });
                common.say(json, &format!("deleted topic {name}"))?;
            }
            Err(error) if if_exists && is(&error, base::ErrorCode::UnknownTopicOrPartition) => {
                let json = json!({ "topic": name, "deleted": false });
                common.say(json, &format!("topic {name} does not exist"))?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
