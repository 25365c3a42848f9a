//! `vltava bench produce`: as many records as the cluster takes.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use client::{Admin, Producer, ProducerRecord};
use serde_json::json;

use super::{ensure_topic, payload, producer_config, show};
use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};

/// Send records as fast as the cluster takes them
#[derive(Debug, Args)]
pub struct Arguments {
    /// Made with --partitions if it does not exist
    #[arg(long, default_value = "bench")]
    topic: String,
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    partitions: i32,
    /// Number of records
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    records: u64,
    /// Bytes of each record's value
    #[arg(long, value_name = "BYTES", default_value_t = 1024)]
    size: usize,
    /// Producers, each with connections of its own
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    producers: u64,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

pub async fn run(arguments: Arguments) -> Outcome {
    let config = producer_config(&arguments.cluster, &arguments.cluster.bootstrap)?;
    let admin = Admin::connect(config.client.clone()).await?;
    ensure_topic(&admin, &arguments.topic, arguments.partitions).await?;
    let value = payload(arguments.size);
    let producers = arguments.producers.max(1);
    let mut all = Vec::new();
    for _ in 0..producers {
        all.push(Arc::new(Producer::connect(config.clone()).await?));
    }
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (number, producer) in (0..).zip(all) {
        let count =
            arguments.records / producers + u64::from(number < arguments.records % producers);
        let record = ProducerRecord::new(arguments.topic.as_str(), value.clone());
        tasks.spawn(async move { send(&producer, &record, count).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| Failure::failed(format!("a producer ended: {error}")))??;
    }
    let seconds = started.elapsed().as_secs_f64();
    let per_second = arguments.records as f64 / seconds;
    let megabytes = per_second * arguments.size as f64 / 1e6;
    let json = json!({
        "workload": "produce", "topic": arguments.topic, "records": arguments.records,
        "size": arguments.size, "producers": producers, "seconds": seconds,
        "recordsPerSecond": per_second, "megabytesPerSecond": megabytes,
    });
    show(
        arguments.output.json,
        ["RECORDS", "BYTES", "PRODUCERS", "SECONDS", "RECORDS/S", "MB/S"],
        [
            arguments.records.to_string(),
            arguments.size.to_string(),
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
