//! `vltava config`: describe and alter what topics, brokers and groups are set to.

use clap::{Args, Subcommand};
use client::Admin;
use client::admin::{ConfigEntry, ConfigResource, ConfigSource};
use serde_json::json;

use super::topic::changes;
use crate::arguments::{ClusterArguments, KeyValue, OutputArguments};
use crate::failure::{Failure, Outcome};
use crate::output::{Table, print_json, print_line};

/// Describe and alter the configuration of topics, brokers and groups
#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Show keys, values and where they come from
    Describe {
        #[command(flatten)]
        resource: Resource,
        /// Show the keys that have their default, too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        cluster: ClusterArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Set keys, or put them back to their default
    Alter {
        #[command(flatten)]
        resource: Resource,
        /// Set a key; may be repeated
        #[arg(long = "set", value_name = "KEY=VALUE", required_unless_present = "deleted")]
        set: Vec<KeyValue>,
        /// Put a key back to its default; may be repeated
        #[arg(long = "delete", value_name = "KEY")]
        deleted: Vec<String>,
        #[command(flatten)]
        cluster: ClusterArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Resource {
    /// A topic
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
    /// A broker, or `default` for all brokers
    #[arg(long, value_name = "ID", value_parser = broker)]
    broker: Option<BrokerOrDefault>,
    /// A broker's log levels
    #[arg(long, value_name = "ID")]
    broker_logger: Option<i32>,
    /// A client metrics subscription
    #[arg(long, value_name = "NAME")]
    client_metrics: Option<String>,
    /// A group
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct BrokerOrDefault(Option<i32>);

fn broker(text: &str) -> Result<BrokerOrDefault, String> {
    match text {
        "default" => Ok(BrokerOrDefault(None)),
        id => id
            .parse()
            .map(|id| BrokerOrDefault(Some(id)))
            .map_err(|_| format!("a broker's id is a number, or `default`, got `{id}`")),
    }
}

impl Resource {
    fn resource(self) -> Result<ConfigResource, Failure> {
        let topic = self.topic.map(|name| ConfigResource::Topic(name.into()));
        let broker = self.broker.map(|broker| ConfigResource::Broker(broker.0));
        let logger = self.broker_logger.map(ConfigResource::BrokerLogger);
        let metrics = self.client_metrics.map(|name| ConfigResource::ClientMetrics(name.into()));
        let group = self.group.map(|name| ConfigResource::Group(name.into()));
        topic
            .or(broker)
            .or(logger)
            .or(metrics)
            .or(group)
            .ok_or_else(|| Failure::usage("name what to configure, for instance --topic NAME"))
    }
}

impl Config {
    pub async fn run(self) -> Outcome {
        match self.command {
            ConfigCommand::Describe { resource, all, cluster, output } => {
                let resource = resource.resource()?;
                let admin = Admin::connect(cluster.client_config()?).await?;
                let mut entries = admin.describe_configs(&resource).await?;
                entries.sort_by(|a, b| a.name.cmp(&b.name));
                let is_own = |entry: &ConfigEntry| {
                    all || !matches!(
                        entry.source,
                        ConfigSource::Default | ConfigSource::StaticBroker
                    )
                };
                entries.retain(is_own);
                show(&entries, &resource, output.json)
            }
            ConfigCommand::Alter { resource, set, deleted, cluster, output } => {
                let resource = resource.resource()?;
                let admin = Admin::connect(cluster.client_config()?).await?;
                admin.alter_configs(&resource, &changes(set, deleted)).await?;
                match output.json {
                    true => {
                        print_json(&json!({ "resource": resource.to_string(), "altered": true }))
                    }
                    false => print_line(&format!("altered the configuration of {resource}")),
                }
            }
        }
    }
}

fn show(entries: &[ConfigEntry], resource: &ConfigResource, json: bool) -> Outcome {
    if json {
        let entries = entries.iter().map(|entry| {
            json!({
                "key": entry.name.as_str(), "value": entry.value.as_deref(),
                "source": entry.source.name(), "sensitive": entry.is_sensitive,
                "readOnly": entry.is_read_only,
            })
        });
        return print_json(&entries.collect());
    }
    if entries.is_empty() {
        return print_line(&format!("{resource} has no key set; --all shows the defaults"));
    }
    let mut table = Table::new(["KEY", "VALUE", "SOURCE"]);
    for entry in entries {
        let value = match (&entry.value, entry.is_sensitive) {
            (Some(value), _) => value.to_string(),
            (None, true) => "(secret)".to_owned(),
            (None, false) => "-".to_owned(),
        };
        table.row([entry.name.to_string(), value, entry.source.name().to_owned()]);
    }
    print_line(&table.to_string())
}
