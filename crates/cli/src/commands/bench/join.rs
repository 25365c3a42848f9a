//! `vltava bench join`: how long the first member of a new group waits for its partitions.
//!
//! On a fresh node the search for the coordinator has `__consumer_offsets` created. A broker that sends
//! the client away meanwhile costs it `retry.backoff.ms` each time, as it costs every client.

use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::member::{Classic, NewGroup};
use super::show;
use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::Outcome;

/// Join a new group and wait for the assignment
#[derive(Debug, Args)]
pub struct Arguments {
    /// Made with --partitions if it does not exist
    #[arg(long, default_value = "bench-join")]
    topic: String,
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    partitions: i32,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

pub async fn run(arguments: Arguments) -> Outcome {
    let Arguments { topic, partitions, .. } = &arguments;
    let group = NewGroup::on(&arguments.cluster, "join", topic, *partitions).await?;
    let started = Instant::now();
    let coordinator = group.coordinator().await?;
    let found_ms = started.elapsed().as_secs_f64() * 1000.0;
    let mut member = Classic::new(group.seat(&coordinator).await?);
    member.join().await?;
    let total_ms = started.elapsed().as_secs_f64() * 1000.0;
    member.leave().await?;

    let joined_ms = total_ms - found_ms;
    let json = json!({
        "workload": "join", "foundMs": found_ms, "joinedMs": joined_ms, "totalMs": total_ms,
    });
    show(
        arguments.output.json,
        ["COORDINATOR FOUND MS", "JOINED AND SYNCED MS", "TOTAL MS"],
        [found_ms, joined_ms, total_ms].map(|ms| format!("{ms:.1}")),
        &json,
    )
}
