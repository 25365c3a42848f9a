//! What the cluster says about itself: nodes, features, the quorum, log directories.

use std::collections::BTreeMap;

use base::{BrokerId, Offset, Str, Uuid, WallMs};
use protocol::messages::describe_quorum_request::{PartitionData, TopicData};
use protocol::messages::describe_quorum_response::ReplicaState;
use protocol::messages::{DescribeClusterRequest, DescribeLogDirsRequest, DescribeQuorumRequest};

use super::{Admin, check, missing};
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterDescription {
    pub cluster_id: Str,
    pub controller: Option<BrokerId>,
    pub nodes: Vec<ClusterNode>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterNode {
    pub id: BrokerId,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
    pub is_fenced: bool,
}

/// Levels by the name of the feature, lowest and highest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    pub finalized: BTreeMap<Str, (i16, i16)>,
    pub supported: BTreeMap<Str, (i16, i16)>,
    pub finalized_epoch: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    pub leader: BrokerId,
    pub leader_epoch: i32,
    pub high_watermark: Offset,
    pub voters: Vec<QuorumReplica>,
    pub observers: Vec<QuorumReplica>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumReplica {
    pub id: BrokerId,
    pub directory: Uuid,
    pub log_end_offset: Offset,
    pub last_fetch: Option<WallMs>,
    pub last_caught_up: Option<WallMs>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDir {
    pub path: Str,
    /// The disk's size and what is free of it; `None` from a broker that does not say.
    pub total_bytes: Option<i64>,
    pub usable_bytes: Option<i64>,
    pub partitions: Vec<LogDirPartition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDirPartition {
    pub topic: Str,
    pub partition: i32,
    pub bytes: i64,
    pub offset_lag: i64,
    pub is_future: bool,
}

impl Admin {
    /// The cluster's id and nodes.
    ///
    /// # Errors
    /// Of the connection, or the broker's.
    pub async fn describe_cluster(&self) -> Result<ClusterDescription> {
        let response = self.cluster.ask_any(&DescribeClusterRequest::default()).await?;
        check("describe the cluster", response.error_code, response.error_message.as_deref())?;
        let nodes = response.brokers.iter().map(|node| ClusterNode {
            id: BrokerId(node.broker_id),
            host: node.host.detached(),
            port: node.port,
            rack: node.rack.as_ref().map(Str::detached),
            is_fenced: node.is_fenced,
        });
        Ok(ClusterDescription {
            cluster_id: response.cluster_id.detached(),
            controller: Some(BrokerId(response.controller_id)).filter(|id| id.0 >= 0),
            nodes: nodes.collect(),
        })
    }

    /// The levels of features that the cluster has finalised and the broker supports.
    ///
    /// # Errors
    /// Of the connection.
    pub async fn describe_features(&self) -> Result<Features> {
        let connection = self.cluster.any_broker().await?;
        let versions = connection.versions();
        Ok(Features {
            finalized: versions.finalized_features.clone(),
            supported: versions.supported_features.clone(),
            finalized_epoch: versions.finalized_features_epoch,
        })
    }

    /// The state of the metadata quorum.
    ///
    /// # Errors
    /// Of the connection, or the broker's.
    pub async fn describe_quorum(&self) -> Result<Quorum> {
        let request = DescribeQuorumRequest {
            topics: vec![TopicData {
                topic_name: Str::from_static(base::topic::CLUSTER_METADATA),
                partitions: vec![PartitionData::default()],
                ..TopicData::default()
            }],
            ..DescribeQuorumRequest::default()
        };
        let response = self.cluster.ask_any(&request).await?;
        let during = "describe the quorum";
        check(during, response.error_code, response.error_message.as_deref())?;
        let partition = response
            .topics
            .first()
            .and_then(|topic| topic.partitions.first())
            .ok_or_else(|| missing("DescribeQuorum", "the metadata partition"))?;
        check(during, partition.error_code, partition.error_message.as_deref())?;
        let replica = |replica: &ReplicaState| QuorumReplica {
            id: BrokerId(replica.replica_id),
            directory: replica.replica_directory_id,
            log_end_offset: Offset(replica.log_end_offset),
            last_fetch: Some(WallMs(replica.last_fetch_timestamp)).filter(|time| time.0 >= 0),
            last_caught_up: Some(WallMs(replica.last_caught_up_timestamp))
                .filter(|time| time.0 >= 0),
        };
        Ok(Quorum {
            leader: BrokerId(partition.leader_id),
            leader_epoch: partition.leader_epoch,
            high_watermark: Offset(partition.high_watermark),
            voters: partition.current_voters.iter().map(replica).collect(),
            observers: partition.observers.iter().map(replica).collect(),
        })
    }

    /// One broker's log directories with all their partitions.
    ///
    /// # Errors
    /// Of the connection; KAFKA_STORAGE_ERROR for a directory that is offline.
    pub async fn describe_log_dirs(&self, broker: BrokerId) -> Result<Vec<LogDir>> {
        let request = DescribeLogDirsRequest { topics: None, ..DescribeLogDirsRequest::default() };
        let response = self.cluster.broker(broker).await?.call(&request).await?;
        check(
            &format!("describe the log directories of broker {broker}"),
            response.error_code,
            None,
        )?;
        let mut dirs = Vec::new();
        for result in &response.results {
            check(&format!("describe log directory {}", result.log_dir), result.error_code, None)?;
            let partitions = result.topics.iter().flat_map(|topic| {
                topic.partitions.iter().map(|partition| LogDirPartition {
                    topic: topic.name.detached(),
                    partition: partition.partition_index,
                    bytes: partition.partition_size,
                    offset_lag: partition.offset_lag,
                    is_future: partition.is_future_key,
                })
            });
            dirs.push(LogDir {
                path: result.log_dir.detached(),
                total_bytes: Some(result.total_bytes).filter(|bytes| *bytes >= 0),
                usable_bytes: Some(result.usable_bytes).filter(|bytes| *bytes >= 0),
                partitions: partitions.collect(),
            });
        }
        Ok(dirs)
    }
}
