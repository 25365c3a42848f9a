//! `vltava bench`: how fast a cluster takes and gives records, and how long one takes.
//!
//! Every workload works on any Kafka cluster. What counts is one run against two brokers on the same
//! machine: figures of different days say little.

mod consume;
mod floor_server;
mod latency;
mod produce;

use bytes::Bytes;
use clap::{Args, Subcommand};
use client::Admin;
use client::admin::NewTopic;
use client::config::ProducerConfig;
use serde_json::Value;

use crate::arguments::ClusterArguments;
use crate::failure::{Failure, Outcome};
use crate::output::{Table, print_json, print_line};

/// Measure a cluster: throughput and latency
#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    command: BenchCommand,
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    Produce(produce::Arguments),
    Consume(consume::Arguments),
    Latency(latency::Arguments),
    #[command(hide = true)]
    FloorServer(floor_server::Arguments),
}

impl Bench {
    pub async fn run(self) -> Outcome {
        match self.command {
            BenchCommand::Produce(arguments) => produce::run(arguments).await,
            BenchCommand::Consume(arguments) => consume::run(arguments).await,
            BenchCommand::Latency(arguments) => latency::run(arguments).await,
            BenchCommand::FloorServer(arguments) => floor_server::run(arguments).await,
        }
    }
}

/// The producer's configuration from `-X` pairs.
fn producer_config(cluster: &ClusterArguments, bootstrap: &str) -> Result<ProducerConfig, Failure> {
    let mut config = ProducerConfig::default();
    config.set("bootstrap.servers", bootstrap)?;
    for pair in &cluster.client {
        config.set(&pair.key, &pair.value)?;
    }
    if config.acks != client::config::Acks::All {
        config.idempotence = false;
    }
    Ok(config)
}

/// Makes sure that the topic exists; one that does keeps its partitions.
async fn ensure_topic(admin: &Admin, name: &str, partitions: i32) -> Outcome {
    let topic = NewTopic { name: name.into(), partitions: Some(partitions), ..NewTopic::default() };
    match admin.create_topic(&topic).await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some(base::ErrorCode::TopicAlreadyExists) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Bytes that neither repeat nor compress to nothing: letters of a small alphabet, as texts have.
fn payload(size: usize) -> Bytes {
    let mut random = fastrand::Rng::with_seed(42);
    (0..size).map(|_| random.alphanumeric() as u8).collect()
}

/// Prints a row of figures as JSON, or as a table of one row.
fn show<const N: usize>(json: bool, header: [&str; N], row: [String; N], value: &Value) -> Outcome {
    if json {
        return print_json(value);
    }
    let mut table = Table::new(header);
    table.row(row);
    print_line(&table.to_string())
}
