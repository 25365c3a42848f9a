//! Applying records to an image: the only way it changes.
//!
//! Every record type of Kafka 4.3 is known here, including those that only old clusters wrote. A
//! record that contradicts the image (a partition of no topic, a change of a broker at another
//! epoch) means that the log is not the log this image came from; it is refused, and the node
//! must stop rather than serve from an image it cannot trust.
//!
//! Texts are copied out of the record: a topic name must not keep the whole batch it came in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base::{BrokerId, LeaderEpoch, Offset, PartitionEpoch, PartitionIndex, Str, Uuid};
use protocol::record_types::metadata as wire;
use protocol::record_types::metadata::MetadataRecord;

use super::{Acl, DelegationToken, Image, QuotaEntity, ScramCredential, Transaction};
use crate::partition::migrating_unless_named;
use crate::{
    Broker, ConfigKind, ConfigResource, ControllerNode, Endpoint, Feature, LeaderRecoveryState,
    LevelRange, MetadataVersion, Partition, PartitionChange,
};

/// Why a record cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// The cluster has been upgraded to, or comes from, a version that this program cannot read.
    MetadataVersion(i16),
    /// The record names something by a code that does not exist.
    Code { what: &'static str, code: i64 },
    /// The record does not fit the image.
    Contradiction(String),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApplyError::MetadataVersion(level) => write!(
                f,
                "metadata.version {level} is not readable by this program, which reads {} to {}: \
                 upgrade the cluster with a version of Kafka in between, or this program",
                MetadataVersion::MINIMUM.level(),
                MetadataVersion::LATEST.level()
            ),
            ApplyError::Code { what, code } => {
                write!(f, "the metadata log holds an unknown {what} {code}")
            }
            ApplyError::Contradiction(text) => {
                write!(f, "the metadata log contradicts itself: {text}")
            }
        }
    }
}

impl std::error::Error for ApplyError {}

type Applied = Result<(), ApplyError>;

fn contradiction<T>(text: impl Into<String>) -> Result<T, ApplyError> {
    Err(ApplyError::Contradiction(text.into()))
}

impl Image {
    /// Applies the record at `offset`.
    ///
    /// # Errors
    /// The image is then unchanged but for its offset, and must not be used further.
    pub fn apply(&mut self, record: &MetadataRecord, offset: Offset) -> Applied {
        self.offset = offset;
        match record {
            MetadataRecord::RegisterBrokerRecord(record) => self.register_broker(record),
            MetadataRecord::UnregisterBrokerRecord(record) => {
                self.check_broker(record.broker_id, record.broker_epoch)?;
                Arc::make_mut(&mut self.brokers).remove(&BrokerId(record.broker_id));
                Ok(())
            }
            MetadataRecord::TopicRecord(record) => self.add_topic(record),
            MetadataRecord::PartitionRecord(record) => self.put_partition(record),
            MetadataRecord::ConfigRecord(record) => self.set_config(record),
            MetadataRecord::PartitionChangeRecord(record) => self.change_partition(record),
            MetadataRecord::FenceBrokerRecord(record) => {
                self.change_broker(record.id, record.epoch, |broker| broker.fenced = true)
            }
            MetadataRecord::UnfenceBrokerRecord(record) => {
                self.change_broker(record.id, record.epoch, |broker| broker.fenced = false)
            }
            MetadataRecord::RemoveTopicRecord(record) => self.remove_topic(record.topic_id),
            MetadataRecord::DelegationTokenRecord(record) => {
                let (id, token) = token(record);
                Arc::make_mut(&mut self.tokens).insert(id, token);
                Ok(())
            }
            MetadataRecord::UserScramCredentialRecord(record) => {
                let key = (record.mechanism, record.name.detached());
                Arc::make_mut(&mut self.scram).insert(key, credential(record));
                Ok(())
            }
            MetadataRecord::FeatureLevelRecord(record) => self.set_feature(record),
            MetadataRecord::ClientQuotaRecord(record) => {
                self.set_quota(record);
                Ok(())
            }
            MetadataRecord::ProducerIdsRecord(record) => {
                self.next_producer_id = Some(record.next_producer_id);
                Ok(())
            }
            MetadataRecord::BrokerRegistrationChangeRecord(record) => {
                self.change_registration(record)
            }
            MetadataRecord::AccessControlEntryRecord(record) => {
                Arc::make_mut(&mut self.acls).insert(record.id, acl(record));
                Ok(())
            }
            MetadataRecord::RemoveAccessControlEntryRecord(record) => {
                match Arc::make_mut(&mut self.acls).remove(&record.id) {
                    Some(_) => Ok(()),
                    None => contradiction(format!("no ACL has the id {}", record.id)),
                }
            }
            MetadataRecord::RemoveUserScramCredentialRecord(record) => {
                let key = (record.mechanism, record.name.clone());
                Arc::make_mut(&mut self.scram).remove(&key);
                Ok(())
            }
            MetadataRecord::BeginTransactionRecord(_) => self.begin_transaction(offset),
            MetadataRecord::EndTransactionRecord(_) => match self.transaction.take() {
                Some(_) => Ok(()),
                None => contradiction("a transaction ends that never began"),
            },
            MetadataRecord::AbortTransactionRecord(_) => self.abort_transaction(),
            MetadataRecord::RemoveDelegationTokenRecord(record) => {
                Arc::make_mut(&mut self.tokens).remove(&record.token_id);
                Ok(())
            }
            MetadataRecord::RegisterControllerRecord(record) => {
                let node = controller(record);
                Arc::make_mut(&mut self.controllers).insert(node.id, Arc::new(node));
                Ok(())
            }
            MetadataRecord::ClearElrRecord(record) => self.clear_elr(&record.topic_name),
            // The first moves the high watermark of an idle cluster; the second is left over from
            // clusters that once migrated from ZooKeeper. Neither says anything of the cluster.
            MetadataRecord::NoOpRecord(_) | MetadataRecord::ZkMigrationStateRecord(_) => Ok(()),
        }
    }

    fn check_broker(&self, id: i32, epoch: i64) -> Applied {
        match self.broker(BrokerId(id)) {
            Some(broker) if broker.epoch == epoch => Ok(()),
            Some(broker) => contradiction(format!(
                "a record for broker {id} at epoch {epoch}, which is registered at epoch {}",
                broker.epoch
            )),
            None => contradiction(format!("a record for broker {id}, which is not registered")),
        }
    }

    fn register_broker(&mut self, record: &wire::RegisterBrokerRecord) -> Applied {
        let endpoints = record.end_points.iter().map(|endpoint| {
            (
                endpoint.name.detached(),
                Endpoint {
                    host: endpoint.host.detached(),
                    port: endpoint.port,
                    security_protocol: endpoint.security_protocol,
                },
            )
        });
        let features = record.features.iter().map(|feature| {
            let range =
                LevelRange::new(feature.min_supported_version, feature.max_supported_version);
            (feature.name.detached(), range)
        });
        let broker = Broker {
            id: BrokerId(record.broker_id),
            epoch: record.broker_epoch,
            incarnation: record.incarnation_id,
            listeners: endpoints.collect(),
            features: features.collect(),
            rack: record.rack.as_ref().map(Str::detached),
            fenced: record.fenced,
            in_controlled_shutdown: record.in_controlled_shutdown,
            migrating_from_zookeeper: record.is_migrating_zk_broker,
            directories: sorted(&record.log_dirs),
            cordoned: record.cordoned_log_dirs.clone(),
        };
        Arc::make_mut(&mut self.brokers).insert(broker.id, Arc::new(broker));
        Ok(())
    }

    fn change_broker(&mut self, id: i32, epoch: i64, change: impl FnOnce(&mut Broker)) -> Applied {
        self.check_broker(id, epoch)?;
        if let Some(broker) = Arc::make_mut(&mut self.brokers).get_mut(&BrokerId(id)) {
            change(Arc::make_mut(broker));
        }
        Ok(())
    }

    fn change_registration(&mut self, record: &wire::BrokerRegistrationChangeRecord) -> Applied {
        let fenced = match record.fenced {
            -1 => Some(false),
            0 => None,
            1 => Some(true),
            code => return Err(ApplyError::Code { what: "fencing change", code: code.into() }),
        };
        let stops = match record.in_controlled_shutdown {
            0 => false,
            1 => true,
            code => {
                let what = "controlled shutdown change";
                return Err(ApplyError::Code { what, code: code.into() });
            }
        };
        self.change_broker(record.broker_id, record.broker_epoch, |broker| {
            broker.fenced = fenced.unwrap_or(broker.fenced);
            broker.in_controlled_shutdown |= stops;
            if !record.log_dirs.is_empty() {
                broker.directories = sorted(&record.log_dirs);
            }
            if let Some(cordoned) = &record.cordoned_log_dirs {
                broker.cordoned = Some(cordoned.clone());
            }
        })
    }

    fn add_topic(&mut self, record: &wire::TopicRecord) -> Applied {
        if let Some(id) = self.topics.id_of(&record.name) {
            let name = &record.name;
            return contradiction(format!("topic `{name}` is created twice, already with id {id}"));
        }
        if self.topics.by_id(record.topic_id).is_some() {
            return contradiction(format!("two topics have the id {}", record.topic_id));
        }
        self.topics.insert(record.name.detached(), record.topic_id);
        Ok(())
    }

    fn put_partition(&mut self, record: &wire::PartitionRecord) -> Applied {
        let index = PartitionIndex(record.partition_id);
        let named = &record.directories;
        if !named.is_empty() && named.len() != record.replicas.len() {
            return contradiction(format!(
                "partition {index} of {} has {} replicas and {} directories",
                record.topic_id,
                record.replicas.len(),
                named.len()
            ));
        }
        let directories = migrating_unless_named(named.as_slice().into(), record.replicas.len());
        let partition = Partition {
            replicas: ids(&record.replicas).into(),
            directories,
            isr: ids(&record.isr).into(),
            removing: ids(&record.removing_replicas).into(),
            adding: ids(&record.adding_replicas).into(),
            elr: record.eligible_leader_replicas.as_deref().map(ids).unwrap_or_default().into(),
            last_known_elr: record.last_known_elr.as_deref().map(ids).unwrap_or_default().into(),
            leader: BrokerId(record.leader),
            leader_recovery_state: recovery_state(record.leader_recovery_state)?,
            leader_epoch: LeaderEpoch(record.leader_epoch),
            partition_epoch: PartitionEpoch(record.partition_epoch),
        };
        match self.topics.get_mut(record.topic_id) {
            Some(topic) => {
                topic.partitions.insert(index, Arc::new(partition));
                Ok(())
            }
            None => contradiction(format!("a partition of {}, which is no topic", record.topic_id)),
        }
    }

    fn change_partition(&mut self, record: &wire::PartitionChangeRecord) -> Applied {
        let change = partition_change(record)?;
        let (id, index) = (record.topic_id, PartitionIndex(record.partition_id));
        let topic = self.topics.get_mut(id);
        let Some(partition) = topic.and_then(|topic| topic.partitions.get_mut(&index)) else {
            return contradiction(format!("a change of partition {index} of {id}, which is none"));
        };
        let changed = partition.with(&change);
        if changed.directories.len() != changed.replicas.len() {
            return contradiction(format!(
                "partition {index} of {id} changes to {} replicas in {} directories",
                changed.replicas.len(),
                changed.directories.len()
            ));
        }
        *partition = Arc::new(changed);
        Ok(())
    }

    fn remove_topic(&mut self, id: Uuid) -> Applied {
        match self.topics.remove(id) {
            Some(topic) => {
                self.configs.remove(&ConfigResource::topic(&topic.name));
                Ok(())
            }
            None => contradiction(format!("{id} is removed and is no topic")),
        }
    }

    fn clear_elr(&mut self, name: &str) -> Applied {
        let ids: Vec<Uuid> = match name {
            "" => self.topics.iter().map(|topic| topic.id).collect(),
            name => match self.topics.id_of(name) {
                Some(id) => vec![id],
                None => {
                    return contradiction(format!("the ELR of `{name}` is cleared, no topic"));
                }
            },
        };
        for id in ids {
            let needed = self.topics.by_id(id).is_some_and(|topic| {
                topic.partitions.values().any(|p| PartitionChange::clear_elr(p).is_some())
            });
            // Asked first, because get_mut copies what other images share.
            let Some(topic) = needed.then(|| self.topics.get_mut(id)).flatten() else { continue };
            for partition in topic.partitions.values_mut() {
                if let Some(change) = PartitionChange::clear_elr(partition) {
                    *partition = Arc::new(partition.with(&change));
                }
            }
        }
        Ok(())
    }

    fn set_config(&mut self, record: &wire::ConfigRecord) -> Applied {
        let code = record.resource_type;
        let kind = ConfigKind::from_code(code)
            .ok_or(ApplyError::Code { what: "resource type", code: code.into() })?;
        let resource = ConfigResource { kind, name: record.resource_name.detached() };
        let mut config = self.configs.get(&resource).cloned().unwrap_or_default();
        let map = Arc::make_mut(&mut config);
        match &record.value {
            Some(value) => map.insert(record.name.detached(), value.detached()),
            None => map.remove(&record.name),
        };
        if map.is_empty() {
            self.configs.remove(&resource);
        } else {
            self.configs.insert(resource, config);
        }
        Ok(())
    }

    fn set_feature(&mut self, record: &wire::FeatureLevelRecord) -> Applied {
        let level = record.feature_level;
        if record.name == MetadataVersion::FEATURE {
            let version = MetadataVersion::from_level(level);
            self.metadata_version = Some(version.ok_or(ApplyError::MetadataVersion(level))?);
        } else if record.name == Feature::KraftVersion.name() {
            // Some versions wrote it here by mistake; its place is the KRaftVersion control
            // record, and this one must not come up again in a snapshot (KAFKA-18979).
        } else if level == 0 {
            self.features.remove(&record.name);
        } else {
            self.features.insert(record.name.detached(), level);
        }
        Ok(())
    }

    fn set_quota(&mut self, record: &wire::ClientQuotaRecord) {
        let parts = record.entity.iter().map(|part| {
            (part.entity_type.detached(), part.entity_name.as_ref().map(Str::detached))
        });
        let entity: QuotaEntity = parts.collect();
        let quotas = Arc::make_mut(&mut self.quotas);
        if record.remove {
            if let Some(values) = quotas.get_mut(&entity) {
                values.remove(&record.key);
                if values.is_empty() {
                    quotas.remove(&entity);
                }
            }
        } else {
            quotas.entry(entity).or_default().insert(record.key.detached(), record.value);
        }
    }

    fn begin_transaction(&mut self, start: Offset) -> Applied {
        if let Some(open) = &self.transaction {
            let open = open.start;
            return contradiction(format!("a transaction begins inside the one begun at {open}"));
        }
        // A snapshot taken meanwhile ends before this record: whoever goes on from it must find
        // the beginning that belongs to the end.
        let before = Image { offset: Offset(start.0 - 1), ..self.clone() };
        self.transaction = Some(Box::new(Transaction { start, before }));
        Ok(())
    }

    fn abort_transaction(&mut self) -> Applied {
        let Some(transaction) = self.transaction.take() else {
            return contradiction("a transaction is aborted that never began");
        };
        let (offset, epoch) = (self.offset, self.epoch);
        *self = Image { offset, epoch, ..transaction.before };
        Ok(())
    }
}

fn ids(list: &[i32]) -> Vec<BrokerId> {
    list.iter().copied().map(BrokerId).collect()
}

fn sorted(list: &[Uuid]) -> Vec<Uuid> {
    let mut list = list.to_vec();
    list.sort();
    list
}

fn recovery_state(code: i8) -> Result<LeaderRecoveryState, ApplyError> {
    let what = "leader recovery state";
    LeaderRecoveryState::from_code(code).ok_or(ApplyError::Code { what, code: code.into() })
}

/// -2 in a PartitionChangeRecord: the leader did not change.
pub(crate) const LEADER_UNCHANGED: i32 = -2;
/// -1 in a PartitionChangeRecord: the recovery state did not change.
pub(crate) const RECOVERY_UNCHANGED: i8 = -1;

fn partition_change(record: &wire::PartitionChangeRecord) -> Result<PartitionChange, ApplyError> {
    Ok(PartitionChange {
        isr: record.isr.as_deref().map(ids),
        leader: (record.leader != LEADER_UNCHANGED).then_some(BrokerId(record.leader)),
        replicas: record.replicas.as_deref().map(ids),
        directories: record.directories.clone(),
        removing: record.removing_replicas.as_deref().map(ids),
        adding: record.adding_replicas.as_deref().map(ids),
        leader_recovery_state: match record.leader_recovery_state {
            RECOVERY_UNCHANGED => None,
            code => Some(recovery_state(code)?),
        },
        elr: record.eligible_leader_replicas.as_deref().map(ids),
        last_known_elr: record.last_known_elr.as_deref().map(ids),
    })
}

fn controller(record: &wire::RegisterControllerRecord) -> ControllerNode {
    let endpoints = record.end_points.iter().map(|endpoint| {
        (
            endpoint.name.detached(),
            Endpoint {
                host: endpoint.host.detached(),
                port: endpoint.port,
                security_protocol: endpoint.security_protocol,
            },
        )
    });
    let features: BTreeMap<Str, LevelRange> = record
        .features
        .iter()
        .map(|feature| {
            let range =
                LevelRange::new(feature.min_supported_version, feature.max_supported_version);
            (feature.name.detached(), range)
        })
        .collect();
    ControllerNode {
        id: BrokerId(record.controller_id),
        incarnation: record.incarnation_id,
        zookeeper_migration_ready: record.zk_migration_ready,
        listeners: endpoints.collect(),
        features,
    }
}

fn acl(record: &wire::AccessControlEntryRecord) -> Acl {
    Acl {
        resource_type: record.resource_type,
        resource_name: record.resource_name.detached(),
        pattern_type: record.pattern_type,
        principal: record.principal.detached(),
        host: record.host.detached(),
        operation: record.operation,
        permission: record.permission_type,
    }
}

fn credential(record: &wire::UserScramCredentialRecord) -> ScramCredential {
    let own = bytes::Bytes::copy_from_slice;
    ScramCredential {
        salt: own(&record.salt),
        stored_key: own(&record.stored_key),
        server_key: own(&record.server_key),
        iterations: record.iterations,
    }
}

fn token(record: &wire::DelegationTokenRecord) -> (Str, DelegationToken) {
    let token = DelegationToken {
        owner: record.owner.detached(),
        requester: record.requester.detached(),
        renewers: record.renewers.iter().map(Str::detached).collect(),
        issued_ms: record.issue_timestamp,
        max_ms: record.max_timestamp,
        expires_ms: record.expiration_timestamp,
    };
    (record.token_id.detached(), token)
}
