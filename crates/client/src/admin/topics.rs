//! Topics: create, list, describe, delete, add partitions, delete records.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{Offset, Str, TopicPartition, Uuid};
use protocol::ApiKey;
use protocol::messages::create_partitions_request::{
    CreatePartitionsAssignment, CreatePartitionsTopic,
};
use protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use protocol::messages::delete_topics_request::DeleteTopicState;
use protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use protocol::messages::{
    CreatePartitionsRequest, CreateTopicsRequest, DeleteRecordsRequest, DeleteTopicsRequest,
    DescribeTopicPartitionsRequest, ListPartitionReassignmentsRequest, MetadataRequest,
};

use super::{Admin, check, missing};
use crate::cluster::AutoCreate;
use crate::connection::Patience;
use crate::error::{Error, Result};
use crate::metadata::{Metadata, TopicMetadata};

/// A topic to create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTopic {
    pub name: Str,
    /// `None` is the broker's `num.partitions`.
    pub partitions: Option<i32>,
    /// `None` is the broker's `default.replication.factor`.
    pub replication_factor: Option<i16>,
    /// The brokers of each partition, instead of the two numbers above.
    pub assignment: Vec<Vec<i32>>,
    pub configs: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTopic {
    pub id: Uuid,
    pub partitions: i32,
    pub replication_factor: i16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicListing {
    pub name: Str,
    pub id: Uuid,
    pub is_internal: bool,
}

/// Brokers, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EligibleLeaders {
    pub now: Vec<i32>,
    pub last_known: Vec<i32>,
}

/// Brokers, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reassignment {
    pub replicas: Vec<i32>,
    pub adding: Vec<i32>,
    pub removing: Vec<i32>,
}

impl Admin {
    /// Creates a topic.
    ///
    /// # Errors
    /// TOPIC_ALREADY_EXISTS, INVALID_REPLICATION_FACTOR and their like.
    pub async fn create_topic(&self, topic: &NewTopic) -> Result<CreatedTopic> {
        let has_assignment = !topic.assignment.is_empty();
        let assignments = (0..)
            .zip(&topic.assignment)
            .map(|(partition_index, brokers)| CreatableReplicaAssignment {
                partition_index,
                broker_ids: brokers.clone(),
                ..CreatableReplicaAssignment::default()
            })
            .collect();
        let configs = topic
            .configs
            .iter()
            .map(|(name, value)| CreatableTopicConfig {
                name: name.as_str().into(),
                value: Some(value.as_str().into()),
                ..CreatableTopicConfig::default()
            })
            .collect();
        let creatable = CreatableTopic {
            name: topic.name.clone(),
            num_partitions: if has_assignment { -1 } else { topic.partitions.unwrap_or(-1) },
            replication_factor: topic.replication_factor.filter(|_| !has_assignment).unwrap_or(-1),
            assignments,
            configs,
            ..CreatableTopic::default()
        };
        let request = CreateTopicsRequest {
            topics: vec![creatable],
            timeout_ms: self.timeout_ms(),
            ..CreateTopicsRequest::default()
        };
        let during = format!("create topic {}", topic.name);
        self.cluster
            .retry(self.patience(), "create a topic", || async {
                let response = self.cluster.ask_any(&request).await?;
                let result =
                    response.topics.first().ok_or_else(|| missing("CreateTopics", &topic.name))?;
                check(&during, result.error_code, result.error_message.as_deref())?;
                Ok(CreatedTopic {
                    id: result.topic_id,
                    partitions: result.num_partitions,
                    replication_factor: result.replication_factor,
                })
            })
            .await
    }

    /// Deletes a topic and its records.
    ///
    /// # Errors
    /// UNKNOWN_TOPIC_OR_PARTITION, TOPIC_DELETION_DISABLED.
    pub async fn delete_topic(&self, name: &str) -> Result<()> {
        let connection = self.cluster.any_broker().await?;
        let version = connection.version::<DeleteTopicsRequest>()?;
        let mut request =
            DeleteTopicsRequest { timeout_ms: self.timeout_ms(), ..DeleteTopicsRequest::default() };
        if version >= 6 {
            request.topics =
                vec![DeleteTopicState { name: Some(name.into()), ..DeleteTopicState::default() }];
        } else {
            request.topic_names = vec![name.into()];
        }
        let response =
            connection.call_patiently(&request, version, Patience(Default::default())).await?;
        let result = response.responses.first().ok_or_else(|| missing("DeleteTopics", name))?;
        check(&format!("delete topic {name}"), result.error_code, result.error_message.as_deref())
    }

    /// All topics, in the order of their names.
    ///
    /// # Errors
    /// Of the connection.
    pub async fn list_topics(&self) -> Result<Vec<TopicListing>> {
        let metadata = self.all_metadata().await?;
        let listing = metadata.topics.values().map(|topic| TopicListing {
            name: topic.name.clone(),
            id: topic.id,
            is_internal: topic.is_internal,
        });
        Ok(listing.collect())
    }

    /// A topic's partitions with leaders and replicas.
    ///
    /// # Errors
    /// UNKNOWN_TOPIC_OR_PARTITION.
    pub async fn describe_topic(&self, name: &str) -> Result<Arc<TopicMetadata>> {
        self.cluster.mark_stale();
        let names = [Str::from(name)];
        let errors = self.cluster.refresh(&names, AutoCreate::Forbidden).await?;
        if let Some((_, code)) = errors.iter().find(|(failed, _)| *failed == name) {
            return Err(Error::refused(format!("describe topic {name}"), *code, None));
        }
        let metadata = self.cluster.metadata();
        metadata.topics.get(name).cloned().ok_or_else(|| missing("Metadata", name))
    }

    /// Every topic with its partitions.
    ///
    /// # Errors
    /// Of the connection.
    pub async fn all_metadata(&self) -> Result<Metadata> {
        let request = MetadataRequest {
            topics: None,
            allow_auto_topic_creation: false,
            ..MetadataRequest::default()
        };
        let response = self.cluster.ask_any(&request).await?;
        Ok(Metadata::default().with(&response).0)
    }

    /// Which replicas of each partition may lead it although they are not in sync (KIP-966). None from
    /// brokers that do not say.
    ///
    /// # Errors
    /// Of the connection.
    pub async fn eligible_leaders(
        &self,
        topics: &[Str],
    ) -> Result<Option<BTreeMap<TopicPartition, EligibleLeaders>>> {
        let mut found = BTreeMap::new();
        let mut cursor = None;
        loop {
            let request = DescribeTopicPartitionsRequest {
                topics: topics
                    .iter()
                    .map(|name| TopicRequest { name: name.clone(), ..TopicRequest::default() })
                    .collect(),
                cursor: cursor.take(),
                ..DescribeTopicPartitionsRequest::default()
            };
            let response = match self.cluster.ask_any(&request).await {
                Err(Error::Unsupported { .. }) => return Ok(None),
                other => other?,
            };
            for topic in &response.topics {
                let name = topic.name.as_ref().map(Str::detached).unwrap_or_default();
                for partition in &topic.partitions {
                    let at = TopicPartition::new(name.clone(), partition.partition_index);
                    let leaders = EligibleLeaders {
                        now: partition.eligible_leader_replicas.clone().unwrap_or_default(),
                        last_known: partition.last_known_elr.clone().unwrap_or_default(),
                    };
                    found.insert(at, leaders);
                }
            }
            match response.next_cursor {
                Some(next) => {
                    cursor = Some(Box::new(Cursor {
                        topic_name: next.topic_name,
                        partition_index: next.partition_index,
                        ..Cursor::default()
                    }));
                }
                None => return Ok(Some(found)),
            }
        }
    }

    /// The partitions whose replicas are being moved.
    ///
    /// # Errors
    /// Of the connection, or the controller's.
    pub async fn reassignments(&self) -> Result<BTreeMap<TopicPartition, Reassignment>> {
        let request = ListPartitionReassignmentsRequest {
            timeout_ms: self.timeout_ms(),
            topics: None,
            ..ListPartitionReassignmentsRequest::default()
        };
        let response = self.cluster.ask_any(&request).await?;
        let message = response.error_message.as_deref();
        check("list reassignments", response.error_code, message)?;
        let mut moving = BTreeMap::new();
        for topic in &response.topics {
            for partition in &topic.partitions {
                let at = TopicPartition::new(topic.name.detached(), partition.partition_index);
                let reassignment = Reassignment {
                    replicas: partition.replicas.clone(),
                    adding: partition.adding_replicas.clone(),
                    removing: partition.removing_replicas.clone(),
                };
                moving.insert(at, reassignment);
            }
        }
        Ok(moving)
    }

    /// Raises a topic's number of partitions to `count`. With an assignment, each new one has these
    /// brokers; else the controller chooses.
    ///
    /// # Errors
    /// INVALID_PARTITIONS if the topic has as many already, INVALID_REPLICA_ASSIGNMENT if the assignment
    /// is not one of each new partition.
    pub async fn create_partitions(
        &self,
        name: &str,
        count: i32,
        assignment: Option<&[Vec<i32>]>,
    ) -> Result<()> {
        let assigned = |brokers: &Vec<i32>| CreatePartitionsAssignment {
            broker_ids: brokers.clone(),
            ..CreatePartitionsAssignment::default()
        };
        let topic = CreatePartitionsTopic {
            name: name.into(),
            count,
            assignments: assignment.map(|all| all.iter().map(assigned).collect()),
            ..CreatePartitionsTopic::default()
        };
        let request = CreatePartitionsRequest {
            topics: vec![topic],
            timeout_ms: self.timeout_ms(),
            ..CreatePartitionsRequest::default()
        };
        let response = self.cluster.ask_any(&request).await?;
        let result = response.results.first().ok_or_else(|| missing("CreatePartitions", name))?;
        let during = format!("add partitions to topic {name}");
        check(&during, result.error_code, result.error_message.as_deref())
    }

    /// Deletes the records of a partition before `offset` (-1: all); answers with the first offset
    /// that is left.
    ///
    /// # Errors
    /// OFFSET_OUT_OF_RANGE, POLICY_VIOLATION for a topic that is only compacted.
    pub async fn delete_records(
        &self,
        topic: &str,
        partition: i32,
        offset: Offset,
    ) -> Result<Offset> {
        let during = format!("delete records of {topic}-{partition}");
        let request = DeleteRecordsRequest {
            topics: vec![DeleteRecordsTopic {
                name: topic.into(),
                partitions: vec![DeleteRecordsPartition {
                    partition_index: partition,
                    offset: offset.0,
                    ..DeleteRecordsPartition::default()
                }],
                ..DeleteRecordsTopic::default()
            }],
            timeout_ms: self.timeout_ms(),
            ..DeleteRecordsRequest::default()
        };
        self.cluster
            .retry(self.patience(), "delete records", || async {
                let connection = self.leader_of(topic, partition).await?.0;
                let response = connection.call(&request).await?;
                let result = response
                    .topics
                    .first()
                    .and_then(|topic| topic.partitions.first())
                    .ok_or_else(|| missing(ApiKey::DeleteRecords.name(), topic))?;
                check(&during, result.error_code, None)?;
                Ok(Offset(result.low_watermark))
            })
            .await
    }
}
