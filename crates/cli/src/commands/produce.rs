//! `vltava produce`: each line of standard input becomes a record.

use std::collections::VecDeque;
use std::io::BufRead;

use bytes::Bytes;
use clap::Args;
use client::config::{Acks, ProducerConfig};
use client::producer::Delivery;
use client::{Producer, ProducerRecord};
use serde_json::json;
use tokio::sync::mpsc;

use crate::arguments::{ClusterArguments, KeyValue, OutputArguments};
use crate::failure::{Failure, Outcome};
use crate::output::print_json;

/// Lines read ahead of the producer.
const LINES_AHEAD: usize = 1024;
/// Deliveries under way above which no line is read, so that a file of any size fits in memory.
const DELIVERIES_MAX: usize = 10_000;

/// Send each line of standard input as a record
#[derive(Debug, Args)]
pub struct Produce {
    topic: String,
    /// What stands between key and value; without it a line is a value
    #[arg(long, short, value_name = "TEXT")]
    key_separator: Option<String>,
    /// A value (or key) that means null, which deletes the key in a compacted topic
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,
    /// A header of every record; may be repeated
    #[arg(long = "header", short = 'H', value_name = "KEY=VALUE")]
    headers: Vec<KeyValue>,
    /// Send to this partition only
    #[arg(long, short)]
    partition: Option<i32>,
    /// Who must have a record: `all`, `1` or `0`
    #[arg(long)]
    acks: Option<Acks>,
    /// `none`, `gzip`, `snappy`, `lz4` or `zstd`
    #[arg(long, value_name = "CODEC")]
    compression: Option<String>,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

impl Produce {
    pub async fn run(self) -> Outcome {
        let producer = Producer::connect(self.config()?).await?;
        let mut lines = read_lines();
        let mut deliveries: VecDeque<Delivery> = VecDeque::new();
        let mut count: u64 = 0;
        loop {
            // A failure is told when it happens, also to someone who types a line a minute.
            tokio::select! {
                delivered = first(&mut deliveries), if !deliveries.is_empty() => {
                    deliveries.pop_front();
                    delivered?;
                }
                line = lines.recv(), if deliveries.len() < DELIVERIES_MAX => {
                    let Some(line) = line else { break };
                    let line = line.map_err(|error| {
                        Failure::failed(format!("could not read standard input: {error}"))
                    })?;
                    count += 1;
                    deliveries.push_back(producer.send(self.record(line, count)?).await?);
                }
            }
        }
        producer.flush().await;
        for delivery in deliveries {
            delivery.await?;
        }
        producer.close().await;
        match self.output.json {
            true => print_json(&json!({ "topic": self.topic, "records": count })),
            false => Ok(()),
        }
    }

    fn config(&self) -> Result<ProducerConfig, Failure> {
        let mut config = ProducerConfig::default();
        config.set("bootstrap.servers", &self.cluster.bootstrap)?;
        if let Some(acks) = self.acks {
            config.acks = acks;
            config.idempotence = acks == Acks::All;
        }
        if let Some(codec) = &self.compression {
            config.set("compression.type", codec)?;
        }
        for pair in &self.cluster.client {
            config.set(&pair.key, &pair.value)?;
        }
        Ok(config)
    }

    fn record(&self, line: Bytes, number: u64) -> Result<ProducerRecord, Failure> {
        let (key, value) = match &self.key_separator {
            None => (None, line),
            Some(separator) => {
                let at = find(&line, separator.as_bytes()).ok_or_else(|| {
                    Failure::failed(format!(
                        "line {number} has no `{separator}` between key and value; add one, or leave out --key-separator"
                    ))
                })?;
                (Some(line.slice(..at)), line.slice(at + separator.len()..))
            }
        };
        let is_null =
            |bytes: &Bytes| self.null.as_ref().is_some_and(|null| bytes == null.as_bytes());
        let mut record = ProducerRecord::new(self.topic.as_str(), value);
        record.key = key.filter(|key| !is_null(key));
        record.value = record.value.filter(|value| !is_null(value));
        record.partition = self.partition;
        for header in &self.headers {
            record = record.header(header.key.as_str(), header.value.clone());
        }
        Ok(record)
    }
}

/// Resolves when the oldest delivery does.
async fn first(deliveries: &mut VecDeque<Delivery>) -> Result<(), client::Error> {
    match deliveries.front_mut() {
        Some(delivery) => delivery.await.map(drop),
        None => Ok(()),
    }
}

/// Reads lines on a thread of its own: standard input cannot be waited for otherwise. A full
/// channel makes the thread wait.
pub fn read_lines() -> mpsc::Receiver<std::io::Result<Bytes>> {
    let (lines, receiver) = mpsc::channel(LINES_AHEAD);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().split(b'\n') {
            let line = line.map(|mut line| {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                Bytes::from(line)
            });
            let failed = line.is_err();
            if lines.blocking_send(line).is_err() || failed {
                break;
            }
        }
    });
    receiver
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    if wanted.is_empty() {
        return None;
    }
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
