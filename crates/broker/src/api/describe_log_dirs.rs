//! DescribeLogDirs, key 35, versions 1-5 (0 for old clients).
//!
//! Behaviour: each log directory with the replicas in it, their sizes, and the space on its disk. A
//! replica that moves is told twice, its copy as a future one with what it lacks. A directory that is offline has KAFKA_STORAGE_ERROR and no replicas. Without a list of topics, all are
//! told.
//!
//! Versions: 2 flexible · 3 top-level error · 4 total and usable bytes (KIP-827) · 5 cordoned (KIP-1066).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use base::{ErrorCode, Str};
use protocol::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use protocol::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse};

use super::Call;
use crate::log_directory::LogDirectory;
use crate::node::Node;

type ByTopic = BTreeMap<Str, Vec<DescribeLogDirsPartition>>;

pub fn handle(call: &Call, request: DescribeLogDirsRequest) -> DescribeLogDirsResponse {
    let node = call.node();
    let wanted: Option<BTreeSet<(Str, i32)>> = request.topics.map(|topics| {
        let pairs = topics.into_iter().flat_map(|topic| {
            let name = topic.topic;
            topic.partitions.into_iter().map(move |index| (name.clone(), index))
        });
        pairs.collect()
    });
    let mut by_directory: BTreeMap<PathBuf, ByTopic> = BTreeMap::new();
    for replica in node.partitions.replicas() {
        let name = replica.topic_name.clone();
        let index = replica.index.0;
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&(name.clone(), index))) {
            continue;
        }
        let partition = DescribeLogDirsPartition {
            partition_index: index,
            partition_size: replica.with_log(|log| log.bytes()) as i64,
            // A leader lags behind nobody; a follower's lag is known when there are followers.
            offset_lag: 0,
            is_future_key: false,
            ..DescribeLogDirsPartition::default()
        };
        let topics = by_directory.entry(replica.directory().path.clone()).or_default();
        topics.entry(name.clone()).or_default().push(partition);
        if let Some(future) = node.moves.future_of(&replica) {
            let log_end = replica.bounds().log_end;
            let partition = DescribeLogDirsPartition {
                partition_index: index,
                partition_size: future.bytes as i64,
                offset_lag: log_end.since(future.end).max(0),
                is_future_key: true,
                ..DescribeLogDirsPartition::default()
            };
            let topics = by_directory.entry(future.directory.path.clone()).or_default();
            topics.entry(name).or_default().push(partition);
        }
    }
    let results = node.directories.iter().map(|directory| {
        let topics = by_directory.remove(&directory.path).unwrap_or_default();
        describe(node, directory, topics)
    });
    DescribeLogDirsResponse { results: results.collect(), ..DescribeLogDirsResponse::default() }
}

fn describe(node: &Node, directory: &LogDirectory, topics: ByTopic) -> DescribeLogDirsResult {
    // Kafka names directories absolutely, whatever the configuration says.
    let path = std::path::absolute(&directory.path).unwrap_or_else(|_| directory.path.clone());
    let log_dir = Str::from(path.to_string_lossy().into_owned());
    if directory.is_offline() {
        return DescribeLogDirsResult {
            error_code: ErrorCode::KafkaStorageError.code(),
            log_dir,
            ..DescribeLogDirsResult::default()
        };
    }
    let space = directory.disk.space(&directory.path).ok();
    let topic = |(name, partitions)| DescribeLogDirsTopic {
        name,
        partitions,
        ..DescribeLogDirsTopic::default()
    };
    DescribeLogDirsResult {
        log_dir,
        topics: topics.into_iter().map(topic).collect(),
        total_bytes: space.map_or(-1, |space| space.total as i64),
        usable_bytes: space.map_or(-1, |space| space.free as i64),
        is_cordoned: directory.is_cordoned(&node.config.load(), &node.image.load()),
        ..DescribeLogDirsResult::default()
    }
}
