//! `vltava bench consume`: as many records as the cluster gives.

use std::time::{Duration, Instant};

use base::TopicPartition;
use clap::Args;
use client::Consumer;
use client::admin::OffsetAt;
use client::cluster::AutoCreate;
use client::config::ConsumerConfig;
use serde_json::json;

use super::show;
use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};

/// Read a topic from its beginning as fast as the cluster gives it
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(long, default_value = "bench")]
    topic: String,
    /// Stop after so many records
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    records: u64,
    /// Fail when no record has come for so long
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    timeout_ms: u64,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

pub async fn run(arguments: Arguments) -> Outcome {
    let mut config = ConsumerConfig { max_poll_records: 10_000, ..ConsumerConfig::default() };
    config.set("bootstrap.servers", &arguments.cluster.bootstrap)?;
    for pair in &arguments.cluster.client {
        config.set(&pair.key, &pair.value)?;
    }
    let mut consumer = Consumer::connect(config).await?;
    let patience = consumer.cluster().config().api_timeout;
    let topic = consumer.cluster().topic(&arguments.topic, AutoCreate::Forbidden, patience).await?;
    let partitions: Vec<TopicPartition> = (0..topic.partitions.len() as i32)
        .map(|index| TopicPartition::new(topic.name.clone(), index))
        .collect();
    consumer.assign(partitions.iter().cloned());
    for partition in &partitions {
        consumer.seek_to(partition, OffsetAt::Earliest)?;
    }
    let started = Instant::now();
    let (mut count, mut bytes) = (0u64, 0u64);
    while count < arguments.records {
        let records = consumer.poll(Duration::from_millis(arguments.timeout_ms)).await?;
        if records.is_empty() {
            return Err(Failure::failed(format!(
                "topic {} gave {count} records and no more; ask for fewer with --records",
                arguments.topic
            )));
        }
        count += records.len() as u64;
        let size =
            |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        bytes += records.iter().map(|record| size(&record.key) + size(&record.value)).sum::<u64>();
    }
    let seconds = started.elapsed().as_secs_f64();
    let per_second = count as f64 / seconds;
    let megabytes = bytes as f64 / seconds / 1e6;
    let json = json!({
        "workload": "consume", "topic": arguments.topic, "records": count, "bytes": bytes,
        "seconds": seconds, "recordsPerSecond": per_second, "megabytesPerSecond": megabytes,
    });
    show(
        arguments.output.json,
        ["RECORDS", "SECONDS", "RECORDS/S", "MB/S"],
        [
            count.to_string(),
            format!("{seconds:.2}"),
            format!("{per_second:.0}"),
            format!("{megabytes:.1}"),
        ],
        &json,
    )
}
