//! `vltava bench produce`: as many records as the cluster takes.

use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use client::{Admin, Producer, ProducerRecord};
use serde_json::json;

use super::{ensure_topic, payload, producer_config, show};
use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};

/// Send records as fast as the cluster takes them
#[derive(Debug, Args)]
pub struct Arguments {
    /// A set of figures with a name; the flags below change single ones
    #[arg(long, short, value_enum, default_value_t = Workload::Default)]
    workload: Workload,
    /// Made with --partitions if it does not exist
    #[arg(long, default_value = "bench")]
    topic: String,
    #[arg(long, value_name = "COUNT")]
    partitions: Option<i32>,
    /// Number of records
    #[arg(long, value_name = "COUNT")]
    records: Option<u64>,
    /// Bytes of each record's value
    #[arg(long, value_name = "BYTES")]
    size: Option<usize>,
    /// Producers, each with connections of its own
    #[arg(long, value_name = "COUNT")]
    producers: Option<u64>,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

/// The workloads that figures are quoted for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Workload {
    /// 1 KiB, one partition, one producer, 1,000,000 records
    Default,
    /// 100 bytes, 6 partitions, 5,000,000 records
    Small,
    /// 1 KiB, 100 partitions
    Wide,
    /// 1 KiB, one partition, 50 producers
    Crowd,
}

/// What is sent.
struct Figures {
    partitions: i32,
    records: u64,
    size: usize,
    producers: u64,
}

impl Arguments {
    fn figures(&self) -> Figures {
        let (partitions, records, size, producers) = match self.workload {
            Workload::Default => (1, 1_000_000, 1024, 1),
            Workload::Small => (6, 5_000_000, 100, 1),
            Workload::Wide => (100, 1_000_000, 1024, 1),
            Workload::Crowd => (1, 1_000_000, 1024, 50),
        };
        Figures {
            partitions: self.partitions.unwrap_or(partitions),
            records: self.records.unwrap_or(records),
            size: self.size.unwrap_or(size),
            producers: self.producers.unwrap_or(producers).max(1),
        }
    }
}

pub async fn run(arguments: Arguments) -> Outcome {
    let Figures { partitions, records, size, producers } = arguments.figures();
    let config = producer_config(&arguments.cluster, &arguments.cluster.bootstrap)?;
    let admin = Admin::connect(config.client.clone()).await?;
    ensure_topic(&admin, &arguments.topic, partitions).await?;
    let value = payload(size);
    let mut all = Vec::new();
    for _ in 0..producers {
        all.push(Arc::new(Producer::connect(config.clone()).await?));
    }
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (number, producer) in (0..).zip(all) {
        let count = records / producers + u64::from(number < records % producers);
        let record = ProducerRecord::new(arguments.topic.as_str(), value.clone());
        tasks.spawn(async move { send(&producer, &record, count).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| Failure::failed(format!("a producer ended: {error}")))??;
    }
    let seconds = started.elapsed().as_secs_f64();
    let per_second = records as f64 / seconds;
    let megabytes = per_second * size as f64 / 1e6;
    let json = json!({
        "workload": format!("produce {:?}", arguments.workload).to_lowercase(), "topic": arguments.topic, "records": records,
        "size": size, "producers": producers, "seconds": seconds,
        "recordsPerSecond": per_second, "megabytesPerSecond": megabytes,
    });
    show(
        arguments.output.json,
        ["RECORDS", "BYTES", "PRODUCERS", "SECONDS", "RECORDS/S", "MB/S"],
        [
            records.to_string(),
            size.to_string(),
            producers.to_string(),
            format!("{seconds:.2}"),
            format!("{per_second:.0}"),
            format!("{megabytes:.1}"),
        ],
        &json,
    )
}

/// Sends `count` records and waits for them. One delivery in ten is kept and looked at: the records
/// of a batch share their fate, and a hundred million deliveries would be memory that is not measured.
///
/// # Errors
/// That of the first record that was not acknowledged.
async fn send(
    producer: &Producer,
    record: &ProducerRecord,
    count: u64,
) -> Result<(), client::Error> {
    let mut deliveries = Vec::new();
    for number in 0..count {
        let delivery = producer.send(record.clone()).await?;
        if number % 10 == 0 || number + 1 == count {
            deliveries.push(delivery);
        }
    }
    producer.flush().await;
    for delivery in deliveries {
        delivery.await?;
    }
    Ok(())
}
