//! `vltava bench commit`: as many commits of offsets as the cluster takes.
//!
//! Each commit is one OffsetCommit of a group without members, as a consumer makes it that assigns
//! its partitions itself. The groups share a few connections to each coordinator. A broker serves the
//! requests of one connection one after the other, so that `--in-flight` only sees to it that the
//! next one lies there when the last is answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base::{ErrorCode, Str};
use clap::Args;
use client::Admin;
use client::config::{Address, ClientConfig};
use client::connection::{Connection, Patience};
use client::coordinators::CoordinatorType;
use protocol::messages::OffsetCommitRequest;
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    Latencies, add_quantiles, ensure_topic, first_error, latency_ms, show, until_it_passes,
};
use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};

/// The last version that names topics by their names.
const BY_NAME: i16 = 9;

/// Pause before a commit that a coordinator was not ready for is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// Commit offsets as fast as the coordinators take them
#[derive(Debug, Args)]
pub struct Arguments {
    /// Made with --partitions if it does not exist
    #[arg(long, default_value = "bench-commit")]
    topic: String,
    /// Offsets in each commit, one of each partition
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    partitions: i32,
    /// Groups that take turns
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    groups: u64,
    /// Connections to each coordinator
    #[arg(long, value_name = "COUNT", default_value_t = 8)]
    connections: usize,
    /// Commits under way on each connection
    #[arg(long, value_name = "COUNT", default_value_t = 16)]
    in_flight: usize,
    /// Number of commits
    #[arg(long, value_name = "COUNT", default_value_t = 200_000)]
    commits: u64,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

/// What one task commits: the groups of one connection, again and again.
struct Lane {
    connection: Connection,
    version: i16,
    groups: Arc<[Str]>,
    topic: Str,
    partitions: i32,
    left: Arc<AtomicU64>,
    latencies: Latencies,
}

pub async fn run(arguments: Arguments) -> Outcome {
    if arguments.groups == 0 || arguments.connections == 0 || arguments.in_flight == 0 {
        return Err(Failure::usage("--groups, --connections and --in-flight must be 1 or more"));
    }
    let config = arguments.cluster.client_config()?;
    let admin = Admin::connect(config.clone()).await?;
    ensure_topic(&admin, &arguments.topic, arguments.partitions).await?;
    let groups = groups_by_coordinator(&admin, &arguments, &config).await?;
    let left = Arc::new(AtomicU64::new(arguments.commits));
    let latencies = Latencies::new()?;
    let mut lanes = Vec::new();
    for (address, groups) in &groups {
        for share in groups.chunks(groups.len().div_ceil(arguments.connections)) {
            let lane = Lane {
                version: 0,
                connection: Connection::open(address, &config).await?,
                groups: share.into(),
                topic: arguments.topic.as_str().into(),
                partitions: arguments.partitions,
                left: left.clone(),
                latencies: latencies.clone(),
            };
            lanes.push(lane.prepared(config.api_timeout).await?);
        }
    }
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for lane in lanes.into_iter().map(Arc::new) {
        for _ in 0..arguments.in_flight {
            let lane = lane.clone();
            tasks.spawn(async move { lane.run().await });
        }
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| Failure::failed(format!("a committer ended: {error}")))??;
    }
    report(&arguments, started.elapsed().as_secs_f64(), &latencies)
}

/// The groups by the address of the broker that coordinates them.
async fn groups_by_coordinator(
    admin: &Admin,
    arguments: &Arguments,
    config: &ClientConfig,
) -> Result<BTreeMap<Address, Vec<Str>>, Failure> {
    let mut groups: BTreeMap<Address, Vec<Str>> = BTreeMap::new();
    for number in 0..arguments.groups {
        let group: Str = format!("bench-commit-{number}").into();
        let (_, address) =
            admin.cluster().coordinator(CoordinatorType::Group, &group, config.api_timeout).await?;
        groups.entry(address).or_default().push(group);
    }
    Ok(groups)
}

impl Lane {
    /// Commits once for each group: a coordinator that loads is not what is measured.
    async fn prepared(mut self, patience: Duration) -> Result<Lane, Failure> {
        self.version = self.connection.version::<OffsetCommitRequest>()?.min(BY_NAME);
        for group in &*self.groups {
            let attempt = || async { Ok((self.commit(group, 0).await?, ())) };
            until_it_passes("commit", PAUSE, patience, attempt).await?;
        }
        Ok(self)
    }

    async fn run(&self) -> Outcome {
        let take = |left: u64| left.checked_sub(1);
        while let Ok(number) = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            let group = &self.groups[number as usize % self.groups.len()];
            let started = Instant::now();
            match self.commit(group, number as i64).await? {
                ErrorCode::None => self.latencies.note(started.elapsed()),
                code => {
                    return Err(Failure::failed(format!("could not commit for {group}: {code}")));
                }
            }
        }
        Ok(())
    }

    async fn commit(&self, group: &Str, offset: i64) -> Result<ErrorCode, Failure> {
        let partitions = (0..self.partitions).map(|partition_index| OffsetCommitRequestPartition {
            partition_index,
            committed_offset: offset,
            committed_metadata: Some(Str::EMPTY),
            ..OffsetCommitRequestPartition::default()
        });
        let request = OffsetCommitRequest {
            group_id: group.clone(),
            topics: vec![OffsetCommitRequestTopic {
                name: self.topic.clone(),
                partitions: partitions.collect(),
                ..OffsetCommitRequestTopic::default()
            }],
            ..OffsetCommitRequest::default()
        };
        let none = Patience(Duration::ZERO);
        let response = self.connection.call_patiently(&request, self.version, none).await?;
        let codes = response.topics.iter().flat_map(|topic| &topic.partitions);
        Ok(first_error(codes.map(|partition| partition.error_code)))
    }
}

fn report(arguments: &Arguments, seconds: f64, latencies: &Latencies) -> Outcome {
    let latency = latencies.lock();
    let per_second = arguments.commits as f64 / seconds;
    let mut json = json!({
        "workload": "commit", "commits": arguments.commits, "offsets": arguments.partitions,
        "groups": arguments.groups, "connections": arguments.connections,
        "inFlight": arguments.in_flight, "seconds": seconds, "commitsPerSecond": per_second,
    });
    add_quantiles(&mut json, &latency);
    show(
        arguments.output.json,
        ["COMMITS", "GROUPS", "SECONDS", "COMMITS/S", "P50 MS", "P99 MS"],
        [
            arguments.commits.to_string(),
            arguments.groups.to_string(),
            format!("{seconds:.2}"),
            format!("{per_second:.0}"),
            format!("{:.3}", latency_ms(&latency, 0.50)),
            format!("{:.3}", latency_ms(&latency, 0.99)),
        ],
        &json,
    )
}
