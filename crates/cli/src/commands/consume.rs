//! `vltava consume`: records to standard output, one line each.

use std::io::Write;
use std::time::Duration;

use base::{Offset, TopicPartition, WallMs};
use clap::{Args, ValueEnum};
use client::admin::OffsetAt;
use client::cluster::AutoCreate;
use client::config::ConsumerConfig;
use client::{Consumer, ConsumerRecord};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};
use crate::signals::Signals;

/// How long one poll waits; the limits of the command are looked at in between.
const POLL: Duration = Duration::from_millis(500);

/// Print records as they come
#[derive(Debug, Args)]
pub struct Consume {
    topic: String,
    /// Start with the first record there is; without it, with the next one that comes
    #[arg(long, conflicts_with_all = ["offset", "from_time"])]
    from_beginning: bool,
    /// Only these partitions; may be repeated
    #[arg(long, short)]
    partition: Vec<i32>,
    /// Start with this offset: a number, `earliest` or `latest`, or -N for the last N records
    #[arg(long, short, allow_hyphen_values = true, value_parser = start)]
    offset: Option<Start>,
    /// Start with the first record at or after this time (milliseconds since 1970)
    #[arg(long, value_name = "MS", conflicts_with = "offset")]
    from_time: Option<i64>,
    /// Share the topic with the other members of this group, and go on where it has committed
    #[arg(long, short, conflicts_with_all = ["partition", "offset", "from_time"])]
    group: Option<String>,
    /// Stop after so many records
    #[arg(long, short = 'n', value_name = "COUNT")]
    max_messages: Option<u64>,
    /// Stop when no record has come for so long
    #[arg(long, value_name = "MS")]
    timeout_ms: Option<u64>,
    /// What to print of a record, in this order, separated by tabs
    #[arg(long, value_delimiter = ',', value_name = "FIELDS", default_value = "value")]
    print: Vec<Field>,
    /// Print the key before the value
    #[arg(long)]
    print_key: bool,
    /// What stands between two fields
    #[arg(long, value_name = "TEXT", default_value = "\t")]
    separator: String,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    At(i64),
    Last(i64),
    Earliest,
    Latest,
}

fn start(text: &str) -> Result<Start, String> {
    match (text, text.parse::<i64>()) {
        ("earliest", _) => Ok(Start::Earliest),
        ("latest", _) => Ok(Start::Latest),
        (_, Ok(offset)) if offset >= 0 => Ok(Start::At(offset)),
        (_, Ok(offset)) => Ok(Start::Last(-offset)),
        _ => Err("write a number, `earliest`, `latest`, or -N for the last N records".to_owned()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Field {
    Topic,
    Partition,
    Offset,
    Timestamp,
    Key,
    Value,
    Headers,
}

impl Consume {
    pub async fn run(mut self) -> Outcome {
        if self.print_key && !self.print.contains(&Field::Key) {
            self.print.insert(0, Field::Key);
        }
        let mut config = ConsumerConfig::default();
        config.set("bootstrap.servers", &self.cluster.bootstrap)?;
        for pair in &self.cluster.client {
            config.set(&pair.key, &pair.value)?;
        }
        if let Some(group) = &self.group {
            config.set("group.id", group)?;
            if self.from_beginning {
                config.set("auto.offset.reset", "earliest")?;
            }
        }
        let mut consumer = Consumer::connect(config).await?;
        match &self.group {
            Some(_) => consumer.subscribe([self.topic.as_str()])?,
            None => self.assign(&mut consumer).await?,
        }
        self.print_records(&mut consumer).await?;
        Ok(consumer.close().await?)
    }

    /// Until there is enough, or nothing comes, or the user has seen enough: a member that is
    /// interrupted still commits and leaves.
    async fn print_records(&self, consumer: &mut Consumer) -> Outcome {
        let mut left = self.max_messages.unwrap_or(u64::MAX);
        let mut last = Instant::now();
        let quiet = self.timeout_ms.map(Duration::from_millis);
        let mut line = Vec::new();
        // Who has no group to leave ends as every program does.
        let mut signals = self.group.as_ref().map(|_| Signals::listen()).transpose()?;
        while left > 0 {
            let wait = quiet.map_or(POLL, |quiet| quiet.saturating_sub(last.elapsed()).min(POLL));
            let records = tokio::select! {
                records = consumer.poll(wait) => records?,
                () = asked_to_end(&mut signals) => return Ok(()),
            };
            if records.is_empty() {
                match quiet {
                    Some(quiet) if last.elapsed() >= quiet => break,
                    _ => continue,
                }
            }
            last = Instant::now();
            let mut out = std::io::stdout().lock();
            line.clear();
            // What is not printed has not been read.
            let (printed, unread) = records.split_at(left.min(records.len() as u64) as usize);
            consumer.put_back(unread)?;
            for record in printed {
                self.write(record, &mut line)?;
            }
            left -= printed.len() as u64;
            out.write_all(&line)?;
            out.flush()?;
        }
        Ok(())
    }

    async fn assign(&self, consumer: &mut Consumer) -> Outcome {
        let patience = consumer.cluster().config().api_timeout;
        let cluster = consumer.cluster().clone();
        let topic = cluster.topic(&self.topic, AutoCreate::Forbidden, patience).await?;
        let count = topic.partitions.len() as i32;
        let wanted: Vec<i32> = match self.partition.is_empty() {
            true => (0..count).collect(),
            false => self.partition.clone(),
        };
        if let Some(wrong) = wanted.iter().find(|index| !(0..count).contains(*index)) {
            return Err(Failure::usage(format!(
                "topic {} has partitions 0 to {}, got --partition {wrong}",
                self.topic,
                count - 1
            )));
        }
        let partitions: Vec<TopicPartition> =
            wanted.iter().map(|index| TopicPartition::new(topic.name.clone(), *index)).collect();
        consumer.assign(partitions.iter().cloned());
        let admin = client::Admin::new(cluster);
        for partition in &partitions {
            let from = match (self.from_beginning, self.from_time, self.offset) {
                (true, ..) => OffsetAt::Earliest,
                (_, Some(time), _) => OffsetAt::Time(WallMs(time)),
                (_, _, Some(Start::Earliest)) => OffsetAt::Earliest,
                (_, _, Some(Start::Latest) | None) => OffsetAt::Latest,
                (_, _, Some(Start::At(offset))) => {
                    consumer.seek(partition, Offset(offset))?;
                    continue;
                }
                (_, _, Some(Start::Last(count))) => {
                    let isolation = client::config::Isolation::ReadUncommitted;
                    let index = partition.partition.0;
                    let find = |at| admin.list_offset(&self.topic, index, at, isolation);
                    let end = find(OffsetAt::Latest).await?.offset.unwrap_or_default();
                    let first = find(OffsetAt::Earliest).await?.offset.unwrap_or_default();
                    consumer.seek(partition, Offset((end.0 - count).max(first.0)))?;
                    continue;
                }
            };
            consumer.seek_to(partition, from)?;
        }
        Ok(())
    }

    fn write(&self, record: &ConsumerRecord, out: &mut Vec<u8>) -> Outcome {
        if self.output.json {
            writeln!(out, "{}", record_json(record))?;
            return Ok(());
        }
        for (index, field) in self.print.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(self.separator.as_bytes());
            }
            match field {
                Field::Topic => out.extend_from_slice(record.topic.as_bytes()),
                Field::Partition => write!(out, "{}", record.partition)?,
                Field::Offset => write!(out, "{}", record.offset)?,
                Field::Timestamp => write!(out, "{}", record.timestamp.0)?,
                Field::Key => out.extend_from_slice(record.key.as_deref().unwrap_or(b"null")),
                Field::Value => out.extend_from_slice(record.value.as_deref().unwrap_or(b"null")),
                Field::Headers => {
                    for (index, header) in record.headers.iter().enumerate() {
                        let comma = if index > 0 { "," } else { "" };
                        write!(out, "{comma}{}=", header.key)?;
                        out.extend_from_slice(header.value.as_deref().unwrap_or(b"null"));
                    }
                }
            }
        }
        out.push(b'\n');
        Ok(())
    }
}

async fn asked_to_end(signals: &mut Option<Signals>) {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

/// A record as JSON. Bytes that are no UTF-8 are shown with replacement characters.
fn record_json(record: &ConsumerRecord) -> Value {
    let text = |bytes: &Option<bytes::Bytes>| {
        bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let headers = record
        .headers
        .iter()
        .map(|header| json!({ "key": header.key.as_str(), "value": text(&header.value) }));
    json!({
        "topic": record.topic.as_str(), "partition": record.partition, "offset": record.offset.0,
        "timestamp": record.timestamp.0, "key": text(&record.key), "value": text(&record.value),
        "headers": headers.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_an_offset_a_word_or_a_count_from_the_end() {
        assert_eq!(start("12"), Ok(Start::At(12)));
        assert_eq!(start("-3"), Ok(Start::Last(3)));
        assert_eq!(start("earliest"), Ok(Start::Earliest));
        assert!(start("soon").is_err());
    }
}
