//! Offsets of partitions: first, last, by time.

use std::collections::BTreeMap;

use base::error::Retry;
use base::{BrokerId, LeaderEpoch, Offset, Str, TopicPartition, WallMs};
use protocol::messages::ListOffsetsRequest;
use protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use protocol::messages::list_offsets_response::ListOffsetsPartitionResponse;

use super::{Admin, check, missing};
use crate::cluster::{AutoCreate, Leader};
use crate::config::Isolation;
use crate::connection::Connection;
use crate::error::{Error, Result};

/// Which offset of a partition is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OffsetAt {
    Earliest,
    /// After the last record that the isolation level shows.
    Latest,
    /// Of the record with the largest timestamp (KIP-734).
    MaxTimestamp,
    /// The first that lies on the broker's own disk (KIP-405).
    EarliestLocal,
    /// The last that lies in tiered storage (KIP-1005).
    LatestTiered,
    /// Of the first record at or after that time.
    Time(WallMs),
}

impl OffsetAt {
    fn code(self) -> i64 {
        match self {
            OffsetAt::Latest => -1,
            OffsetAt::Earliest => -2,
            OffsetAt::MaxTimestamp => -3,
            OffsetAt::EarliestLocal => -4,
            OffsetAt::LatestTiered => -5,
            OffsetAt::Time(time) => time.0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedOffset {
    /// `None` where no record is that late.
    pub offset: Option<Offset>,
    pub timestamp: Option<WallMs>,
    pub leader_epoch: LeaderEpoch,
}

impl Admin {
    /// Looks an offset up at the partition's leader.
    ///
    /// # Errors
    /// UNKNOWN_TOPIC_OR_PARTITION and their like.
    pub async fn list_offset(
        &self,
        topic: &str,
        partition: i32,
        at: OffsetAt,
        isolation: Isolation,
    ) -> Result<ListedOffset> {
        let during = format!("look up an offset of {topic}-{partition}");
        self.cluster
            .retry(self.patience(), "look up an offset", || async {
                let (connection, leader) = self.leader_of(topic, partition).await?;
                let request = ListOffsetsRequest {
                    replica_id: -1,
                    isolation_level: isolation as i8,
                    topics: vec![ListOffsetsTopic {
                        name: topic.into(),
                        partitions: vec![ListOffsetsPartition {
                            partition_index: partition,
                            current_leader_epoch: leader.epoch.0,
                            timestamp: at.code(),
                            ..ListOffsetsPartition::default()
                        }],
                        ..ListOffsetsTopic::default()
                    }],
                    timeout_ms: self.timeout_ms(),
                    ..ListOffsetsRequest::default()
                };
                let response = connection.call(&request).await?;
                let result = response
                    .topics
                    .first()
                    .and_then(|topic| topic.partitions.first())
                    .ok_or_else(|| missing("ListOffsets", topic))?;
                check(&during, result.error_code, None)?;
                Ok(listed(result))
            })
            .await
    }

    /// Looks offsets of many partitions up, with one request to each leader.
    ///
    /// # Errors
    /// Per partition in the result.
    pub async fn list_offsets(
        &self,
        partitions: &[TopicPartition],
        at: OffsetAt,
        isolation: Isolation,
    ) -> BTreeMap<TopicPartition, Result<ListedOffset>> {
        let mut results = BTreeMap::new();
        let mut by_leader: BTreeMap<BrokerId, Vec<(TopicPartition, Leader)>> = BTreeMap::new();
        for partition in partitions {
            match self.leader_of(&partition.topic, partition.partition.0).await {
                Ok((_, leader)) => {
                    by_leader.entry(leader.broker).or_default().push((partition.clone(), leader));
                }
                Err(error) => {
                    results.insert(partition.clone(), Err(error));
                }
            }
        }
        for (broker, asked) in by_leader {
            let listed = self.list_offsets_of(broker, &asked, at, isolation).await;
            for (partition, _) in asked {
                let found = match &listed {
                    Ok(listed) => listed.get(&partition).cloned(),
                    Err(error) => Some(Err(error.clone())),
                };
                let retried = match found {
                    // A leader that has just moved: one by one, with patience.
                    Some(Err(error)) if error.retry() != Retry::No => None,
                    other => other,
                };
                let (topic, index) = (&partition.topic, partition.partition.0);
                let result = match retried {
                    Some(result) => result,
                    None => self.list_offset(topic, index, at, isolation).await,
                };
                results.insert(partition, result);
            }
        }
        results
    }

    /// Looks offsets of partitions up that one broker leads. Tried once.
    ///
    /// # Errors
    /// Of the connection; per partition in the result.
    pub(crate) async fn list_offsets_of(
        &self,
        broker: BrokerId,
        asked: &[(TopicPartition, Leader)],
        at: OffsetAt,
        isolation: Isolation,
    ) -> Result<BTreeMap<TopicPartition, Result<ListedOffset>>> {
        let mut topics: BTreeMap<&Str, Vec<ListOffsetsPartition>> = BTreeMap::new();
        for (partition, leader) in asked {
            topics.entry(&partition.topic).or_default().push(ListOffsetsPartition {
                partition_index: partition.partition.0,
                current_leader_epoch: leader.epoch.0,
                timestamp: at.code(),
                ..ListOffsetsPartition::default()
            });
        }
        let topics = topics.into_iter().map(|(name, partitions)| ListOffsetsTopic {
            name: name.clone(),
            partitions,
            ..ListOffsetsTopic::default()
        });
        let request = ListOffsetsRequest {
            replica_id: -1,
            isolation_level: isolation as i8,
            topics: topics.collect(),
            timeout_ms: self.timeout_ms(),
            ..ListOffsetsRequest::default()
        };
        let response = self.cluster.broker(broker).await?.call(&request).await?;
        let mut found = BTreeMap::new();
        for topic in &response.topics {
            for result in &topic.partitions {
                let partition = TopicPartition::new(topic.name.detached(), result.partition_index);
                let during = format!("look up an offset of {partition}");
                let listed = check(&during, result.error_code, None).map(|()| listed(result));
                found.insert(partition, listed);
            }
        }
        Ok(found)
    }

    /// A connection to a partition's leader.
    pub(crate) async fn leader_of(
        &self,
        topic: &str,
        partition: i32,
    ) -> Result<(Connection, Leader)> {
        let found = self.cluster.topic(topic, AutoCreate::Forbidden, self.patience()).await?;
        if partition < 0 || partition as usize >= found.partitions.len() {
            return Err(Error::invalid(format!(
                "topic {topic} has partitions 0 to {}, got {partition}",
                found.partitions.len() as i64 - 1
            )));
        }
        let leader = self.cluster.leader(topic, partition).ok_or_else(|| {
            let during = format!("find the leader of {topic}-{partition}");
            Error::refused(during, base::ErrorCode::LeaderNotAvailable, None)
        })?;
        Ok((self.cluster.broker(leader.broker).await?, leader))
    }
}

fn listed(result: &ListOffsetsPartitionResponse) -> ListedOffset {
    ListedOffset {
        offset: Some(Offset(result.offset)).filter(|offset| offset.0 >= 0),
        timestamp: Some(WallMs(result.timestamp)).filter(|time| time.0 >= 0),
        leader_epoch: LeaderEpoch(result.leader_epoch),
    }
}
