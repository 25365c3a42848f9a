//! `vltava bench latency`: how long a record takes from the moment it was meant to be sent to its
//! acknowledgement.
//!
//! The client is open-loop: it sends by the clock, whatever the broker does. A record that could not
//! be sent in time because the one before it was stuck counts from its intended time, so that a
//! stall shows in every record it delayed, not in one. Several `--bootstrap` targets take turns,
//! round by round, so that the machine's mood falls on all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use client::producer::Delivery;
use client::{Admin, Producer, ProducerRecord};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use super::{
    QUANTILES, add_quantiles, ensure_topic, histogram, latency_ms, payload, producer_config,
};
use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};
use crate::output::{Table, print_json, print_line};

/// How often the sender looks what is due. The runtime's own timer counts in milliseconds, which would
/// be most of what is measured; a thread that sleeps is exact to some fifty microseconds.
const TICK: Duration = Duration::from_micros(250);

/// Send at a fixed rate and measure the time to each acknowledgement
#[derive(Debug, Args)]
pub struct Arguments {
    /// Made with --partitions if it does not exist
    #[arg(long, default_value = "bench-latency")]
    topic: String,
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    partitions: i32,
    /// Records per second
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    rate: u64,
    /// Bytes of each record's value
    #[arg(long, value_name = "BYTES", default_value_t = 1024)]
    size: usize,
    /// Seconds of each round that count
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    seconds: u64,
    /// Seconds of each round that do not count
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    warm_up: u64,
    /// Rounds for each target
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    rounds: u32,
    /// Another cluster to measure in turns with --bootstrap; may be repeated
    #[arg(long = "against", value_name = "HOST:PORT")]
    against: Vec<String>,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

struct Target {
    bootstrap: String,
    latency: Histogram<u64>,
    failed: u64,
}

pub async fn run(arguments: Arguments) -> Outcome {
    if arguments.rate == 0 {
        return Err(Failure::usage("--rate must be 1 or more, got 0"));
    }
    let bootstraps =
        std::iter::once(&arguments.cluster.bootstrap).chain(&arguments.against).cloned();
    let mut targets = Vec::new();
    for bootstrap in bootstraps {
        let config = producer_config(&arguments.cluster, &bootstrap)?;
        let admin = Admin::connect(config.client).await?;
        ensure_topic(&admin, &arguments.topic, arguments.partitions).await?;
        targets.push(Target { bootstrap, latency: histogram()?, failed: 0 });
    }
    for round in 1..=arguments.rounds {
        for target in &mut targets {
            if !arguments.output.json {
                eprintln!("round {round} of {}: {}", arguments.rounds, target.bootstrap);
            }
            measure(&arguments, target).await?;
        }
    }
    report(&arguments, &targets)
}

async fn measure(arguments: &Arguments, target: &mut Target) -> Outcome {
    let config = producer_config(&arguments.cluster, &target.bootstrap)?;
    let producer = Producer::connect(config).await?;
    let record = ProducerRecord::new(arguments.topic.as_str(), payload(arguments.size));
    // The connection, the metadata and the producer id are not the broker's latency.
    producer.send(record.clone()).await?.await?;

    let total = arguments.rate * (arguments.warm_up + arguments.seconds);
    let counted_from = arguments.rate * arguments.warm_up;
    let interval = Duration::from_secs(1).div_f64(arguments.rate as f64);
    // Bounded by what the producer holds: above its memory `send` waits, and the wait counts.
    let (sent, deliveries) = mpsc::channel::<(u64, Instant, Delivery)>(1 << 20);
    let collector = tokio::spawn(collect(deliveries, counted_from));

    let pacer = Pacer::start()?;
    let start = Instant::now();
    let mut next = 0;
    while next < total {
        let due = (start.elapsed().as_secs_f64() * arguments.rate as f64) as u64;
        while next < due.min(total) {
            let intended = start + interval.mul_f64(next as f64);
            let delivery = producer.send(record.clone()).await?;
            let _ = sent.send((next, intended, delivery)).await;
            next += 1;
        }
        pacer.tick.notified().await;
    }
    drop(sent);
    producer.flush().await;
    let (latencies, failed) = collector
        .await
        .map_err(|error| Failure::failed(format!("the measurement ended: {error}")))?;
    for latency in latencies {
        target.latency.saturating_record(latency.max(1));
    }
    target.failed += failed;
    producer.close().await;
    Ok(())
}

/// Wakes the sender every [`TICK`], until it is dropped.
struct Pacer {
    tick: Arc<Notify>,
    stop: Arc<AtomicBool>,
}

impl Pacer {
    fn start() -> Result<Pacer, Failure> {
        let pacer = Pacer { tick: Arc::default(), stop: Arc::default() };
        let (tick, stop) = (pacer.tick.clone(), pacer.stop.clone());
        let pace = move || {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                tick.notify_one();
            }
        };
        std::thread::Builder::new()
            .name("pacer".to_owned())
            .spawn(pace)
            .map_err(|error| Failure::failed(format!("could not start a thread: {error}")))?;
        Ok(pacer)
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Awaits the deliveries in the order of their sending; each knows when its acknowledgement came.
async fn collect(
    mut deliveries: mpsc::Receiver<(u64, Instant, Delivery)>,
    counted_from: u64,
) -> (Vec<u64>, u64) {
    let mut latencies = Vec::new();
    let mut failed = 0;
    while let Some((number, intended, delivery)) = deliveries.recv().await {
        match delivery.await {
            Ok(delivered) if number >= counted_from => {
                let latency = delivered.acknowledged_at.saturating_duration_since(intended);
                latencies.push(latency.as_micros() as u64);
            }
            Ok(_) => {}
            Err(_) => failed += 1,
        }
    }
    (latencies, failed)
}

fn report(arguments: &Arguments, targets: &[Target]) -> Outcome {
    if arguments.output.json {
        let values = targets.iter().map(|target| {
            let mut value = json!({
                "workload": "latency", "bootstrap": target.bootstrap, "rate": arguments.rate,
                "size": arguments.size, "rounds": arguments.rounds,
                "records": target.latency.len(), "failed": target.failed,
            });
            add_quantiles(&mut value, &target.latency);
            value
        });
        return print_json(&Value::Array(values.collect()));
    }
    let mut table = Table::new([
        "TARGET", "RATE/S", "RECORDS", "FAILED", "P50 MS", "P95 MS", "P99 MS", "P99.9 MS", "MAX MS",
    ]);
    for target in targets {
        let at = |index: usize| format!("{:.3}", latency_ms(&target.latency, QUANTILES[index].1));
        table.row([
            target.bootstrap.clone(),
            arguments.rate.to_string(),
            target.latency.len().to_string(),
            target.failed.to_string(),
            at(0),
            at(1),
            at(2),
            at(3),
            format!("{:.3}", target.latency.max() as f64 / 1000.0),
        ]);
    }
    print_line(&table.to_string())
}
