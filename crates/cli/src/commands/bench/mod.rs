//! `vltava bench`: how fast a cluster takes and gives records, and how long one takes; how soon many
//! partitions can be used; how fast its coordinators take commits and transactions, and how long a
//! group takes to form.
//!
//! Every workload works on any Kafka cluster. What counts is one run against two brokers on the same
//! machine: figures of different days say little.

mod commit;
mod consume;
mod floor_server;
mod join;
mod latency;
mod member;
mod partitions;
mod produce;
mod rebalance;
mod transaction;

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base::ErrorCode;
use base::error::Retry;
use bytes::Bytes;
use clap::{Args, Subcommand};
use client::Admin;
use client::admin::NewTopic;
use client::config::ProducerConfig;
use hdrhistogram::Histogram;
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
    Partitions(partitions::Arguments),
    Commit(commit::Arguments),
    Transaction(transaction::Arguments),
    Rebalance(rebalance::Arguments),
    Join(join::Arguments),
    #[command(hide = true)]
    FloorServer(floor_server::Arguments),
}

impl Bench {
    pub async fn run(self) -> Outcome {
        match self.command {
            BenchCommand::Produce(arguments) => produce::run(arguments).await,
            BenchCommand::Consume(arguments) => consume::run(arguments).await,
            BenchCommand::Latency(arguments) => latency::run(arguments).await,
            BenchCommand::Partitions(arguments) => partitions::run(arguments).await,
            BenchCommand::Commit(arguments) => commit::run(arguments).await,
            BenchCommand::Transaction(arguments) => transaction::run(arguments).await,
            BenchCommand::Rebalance(arguments) => rebalance::run(arguments).await,
            BenchCommand::Join(arguments) => join::run(arguments).await,
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

/// Partitions that are asked for at once. A controller of Kafka's refuses ten thousand of them.
const PARTITIONS_AT_ONCE: i32 = 5_000;

/// Makes sure that the topic exists; one that does keeps its partitions.
async fn ensure_topic(admin: &Admin, name: &str, partitions: i32) -> Outcome {
    let mut count = partitions.min(PARTITIONS_AT_ONCE);
    let topic = NewTopic { name: name.into(), partitions: Some(count), ..NewTopic::default() };
    match admin.create_topic(&topic).await {
        Ok(_) => {}
        Err(error) if error.code() == Some(ErrorCode::TopicAlreadyExists) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    while count < partitions {
        count = partitions.min(count + PARTITIONS_AT_ONCE);
        admin.create_partitions(name, count, None).await?;
    }
    Ok(())
}

/// Calls `attempt` until the code that it comes to lets nobody hope for another one, with `pause`
/// between two attempts. Also says how often it had to.
///
/// # Errors
/// A code that does not pass, or one that has not passed after `patience`.
async fn until_it_passes<T, F: Future<Output = Result<(ErrorCode, T), Failure>>>(
    during: &str,
    pause: Duration,
    patience: Duration,
    mut attempt: impl FnMut() -> F,
) -> Result<(T, u64), Failure> {
    let started = Instant::now();
    let mut again = 0;
    loop {
        let (code, value) = attempt().await?;
        match code {
            ErrorCode::None => return Ok((value, again)),
            code if code.retry() == Retry::No || started.elapsed() > patience => {
                return Err(Failure::failed(format!("could not {during}: {code}")));
            }
            _ => {
                again += 1;
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// The first code of a response that is an error; NONE if none is.
fn first_error(mut codes: impl Iterator<Item = i16>) -> ErrorCode {
    codes.find(|code| *code != 0).map_or(ErrorCode::None, ErrorCode::from_code)
}

/// Microseconds that a histogram covers.
const LONGEST_US: u64 = 600_000_000;

const QUANTILES: [(&str, f64); 4] = [("p50", 0.50), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)];

/// An empty histogram of microseconds.
fn histogram() -> Result<Histogram<u64>, Failure> {
    Histogram::new_with_bounds(1, LONGEST_US, 3)
        .map_err(|error| Failure::failed(format!("could not make a histogram: {error}")))
}

/// Latencies that many tasks note.
#[derive(Clone)]
struct Latencies(Arc<Mutex<Histogram<u64>>>);

impl Latencies {
    fn new() -> Result<Latencies, Failure> {
        Ok(Latencies(Arc::new(Mutex::new(histogram()?))))
    }

    fn note(&self, latency: Duration) {
        self.lock().saturating_record(latency.as_micros().max(1) as u64);
    }

    fn lock(&self) -> MutexGuard<'_, Histogram<u64>> {
        // A count that a panic has interrupted is still a count.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the quantiles to a JSON object, as `p50Ms`, and `maxMs`.
fn add_quantiles(value: &mut Value, latency: &Histogram<u64>) {
    for (name, quantile) in QUANTILES {
        value[format!("{name}Ms")] = latency_ms(latency, quantile).into();
    }
    value["maxMs"] = (latency.max() as f64 / 1000.0).into();
}

fn latency_ms(latency: &Histogram<u64>, quantile: f64) -> f64 {
    latency.value_at_quantile(quantile) as f64 / 1000.0
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
