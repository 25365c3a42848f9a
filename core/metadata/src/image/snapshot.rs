//! An image as records: what a snapshot of the metadata log holds.
//!
//! The order is Apache's, because a reader must know the feature levels before it can read on, and
//! a topic before its partitions. What the image's `metadata.version` cannot express is not in the
//! image either: a downgrade that would lose something is refused before it happens.

use base::{BrokerId, PartitionIndex, Str, Uuid};
use protocol::record_types::metadata as wire;
use protocol::record_types::metadata::MetadataRecord;

use super::{Acl, DelegationToken, Image, QuotaEntity, ScramCredential, Topic};
use crate::{Broker, ControllerNode, MetadataVersion, Partition, PartitionChange};

impl Image {
    /// The records that build this image from an empty one, at its own `metadata.version`.
    /// An unfinished transaction is left out, as [`Image::stable`] does.
    pub fn snapshot_records(&self) -> Vec<MetadataRecord> {
        let image = self.stable();
        let version = image.metadata_version.unwrap_or(MetadataVersion::MINIMUM);
        let mut records = Vec::new();
        if image.metadata_version.is_some() {
            records.push(feature(MetadataVersion::FEATURE.into(), version.level()));
        }
        records.extend(image.features.iter().map(|(name, level)| feature(name.clone(), *level)));
        records.extend(image.brokers.values().map(|broker| register_broker(broker, version)));
        if version.supports_controller_registration() {
            records.extend(image.controllers.values().map(|node| register_controller(node)));
        }
        for topic in image.topics.sorted() {
            records.extend(topic_records(topic, version, image.elr_enabled()));
        }
        let mut configs: Vec<_> = image.configs.iter().collect();
        configs.sort();
        for (resource, config) in configs {
            records.extend(config.iter().map(|(name, value)| {
                config_record(resource.kind.code(), &resource.name, name, Some(value))
            }));
        }
        for (entity, quotas) in image.quotas.iter() {
            records
                .extend(quotas.iter().map(|(key, value)| quota_record(entity, key, Some(*value))));
        }
        records.extend(image.next_producer_id.map(producer_ids));
        records.extend(image.acls.iter().map(|(id, acl)| acl_record(*id, acl)));
        if version.supports_scram() {
            records.extend(
                image.scram.iter().map(|((mechanism, user), credential)| {
                    scram_record(*mechanism, user, credential)
                }),
            );
        }
        if version.supports_delegation_tokens() {
            records.extend(image.tokens.iter().map(|(id, token)| token_record(id, token)));
        }
        records
    }
}

fn topic_records(
    topic: &Topic,
    version: MetadataVersion,
    elr_enabled: bool,
) -> impl Iterator<Item = MetadataRecord> + '_ {
    let head = topic_record(&topic.name, topic.id);
    let partitions = topic.partitions.iter().map(move |(index, partition)| {
        partition_record(topic.id, *index, partition, version, elr_enabled)
    });
    std::iter::once(head).chain(partitions)
}

pub(crate) fn feature(name: Str, level: i16) -> MetadataRecord {
    MetadataRecord::FeatureLevelRecord(wire::FeatureLevelRecord {
        name,
        feature_level: level,
        ..Default::default()
    })
}

pub(crate) fn topic_record(name: &Str, id: Uuid) -> MetadataRecord {
    MetadataRecord::TopicRecord(wire::TopicRecord {
        name: name.clone(),
        topic_id: id,
        ..Default::default()
    })
}

pub(crate) fn partition_record(
    topic: Uuid,
    index: PartitionIndex,
    partition: &Partition,
    version: MetadataVersion,
    elr_enabled: bool,
) -> MetadataRecord {
    let elr = |list: &[BrokerId]| (elr_enabled && !list.is_empty()).then(|| numbers(list));
    MetadataRecord::PartitionRecord(wire::PartitionRecord {
        partition_id: index.0,
        topic_id: topic,
        replicas: numbers(&partition.replicas),
        isr: numbers(&partition.isr),
        removing_replicas: numbers(&partition.removing),
        adding_replicas: numbers(&partition.adding),
        leader: partition.leader.0,
        leader_recovery_state: partition.leader_recovery_state.code(),
        leader_epoch: partition.leader_epoch.0,
        partition_epoch: partition.partition_epoch.0,
        directories: match version.supports_directory_assignment() {
            true => partition.directories.to_vec(),
            false => Vec::new(),
        },
        eligible_leader_replicas: elr(&partition.elr),
        last_known_elr: elr(&partition.last_known_elr),
        ..Default::default()
    })
}

pub(crate) fn partition_change_record(
    topic: Uuid,
    index: PartitionIndex,
    change: &PartitionChange,
) -> MetadataRecord {
    MetadataRecord::PartitionChangeRecord(wire::PartitionChangeRecord {
        partition_id: index.0,
        topic_id: topic,
        isr: change.isr.as_deref().map(numbers),
        leader: change.leader.map_or(super::apply::LEADER_UNCHANGED, |leader| leader.0),
        replicas: change.replicas.as_deref().map(numbers),
        removing_replicas: change.removing.as_deref().map(numbers),
        adding_replicas: change.adding.as_deref().map(numbers),
        leader_recovery_state: change
            .leader_recovery_state
            .map_or(super::apply::RECOVERY_UNCHANGED, |state| state.code()),
        directories: change.directories.clone(),
        eligible_leader_replicas: change.elr.as_deref().map(numbers),
        last_known_elr: change.last_known_elr.as_deref().map(numbers),
        ..Default::default()
    })
}

pub(crate) fn register_broker(broker: &Broker, version: MetadataVersion) -> MetadataRecord {
    let end_points = broker.listeners.iter().map(|(name, endpoint)| {
        wire::register_broker_record::BrokerEndpoint {
            name: name.clone(),
            host: endpoint.host.clone(),
            port: endpoint.port,
            security_protocol: endpoint.security_protocol,
            ..Default::default()
        }
    });
    let features =
        broker.features.iter().map(|(name, range)| wire::register_broker_record::BrokerFeature {
            name: name.clone(),
            min_supported_version: range.min,
            max_supported_version: range.max,
            ..Default::default()
        });
    MetadataRecord::RegisterBrokerRecord(wire::RegisterBrokerRecord {
        broker_id: broker.id.0,
        is_migrating_zk_broker: broker.migrating_from_zookeeper
            && version >= MetadataVersion::V3_4_IV0,
        incarnation_id: broker.incarnation,
        broker_epoch: broker.epoch,
        end_points: end_points.collect(),
        features: features.collect(),
        rack: broker.rack.clone(),
        fenced: broker.fenced,
        in_controlled_shutdown: broker.in_controlled_shutdown,
        log_dirs: match version.supports_directory_assignment() {
            true => broker.directories.clone(),
            false => Vec::new(),
        },
        cordoned_log_dirs: match version.supports_cordoned_log_dirs() {
            true => broker.cordoned.clone(),
            false => None,
        },
        ..Default::default()
    })
}

fn register_controller(node: &ControllerNode) -> MetadataRecord {
    let end_points = node.listeners.iter().map(|(name, endpoint)| {
        wire::register_controller_record::ControllerEndpoint {
            name: name.clone(),
            host: endpoint.host.clone(),
            port: endpoint.port,
            security_protocol: endpoint.security_protocol,
            ..Default::default()
        }
    });
    let features = node.features.iter().map(|(name, range)| {
        wire::register_controller_record::ControllerFeature {
            name: name.clone(),
            min_supported_version: range.min,
            max_supported_version: range.max,
            ..Default::default()
        }
    });
    MetadataRecord::RegisterControllerRecord(wire::RegisterControllerRecord {
        controller_id: node.id.0,
        incarnation_id: node.incarnation,
        zk_migration_ready: node.zookeeper_migration_ready,
        end_points: end_points.collect(),
        features: features.collect(),
        ..Default::default()
    })
}

pub(crate) fn config_record(
    resource_type: i8,
    resource_name: &Str,
    name: &Str,
    value: Option<&Str>,
) -> MetadataRecord {
    MetadataRecord::ConfigRecord(wire::ConfigRecord {
        resource_type,
        resource_name: resource_name.clone(),
        name: name.clone(),
        value: value.cloned(),
        ..Default::default()
    })
}

/// Sets a quota, or takes it away where there is no value.
pub(crate) fn quota_record(entity: &QuotaEntity, key: &Str, value: Option<f64>) -> MetadataRecord {
    let parts = entity.iter().map(|(kind, name)| wire::client_quota_record::EntityData {
        entity_type: kind.clone(),
        entity_name: name.clone(),
        ..Default::default()
    });
    MetadataRecord::ClientQuotaRecord(wire::ClientQuotaRecord {
        entity: parts.collect(),
        key: key.clone(),
        value: value.unwrap_or_default(),
        remove: value.is_none(),
        ..Default::default()
    })
}

/// In a snapshot it no longer matters who got the last block.
fn producer_ids(next: i64) -> MetadataRecord {
    MetadataRecord::ProducerIdsRecord(wire::ProducerIdsRecord {
        broker_id: -1,
        broker_epoch: -1,
        next_producer_id: next,
        ..Default::default()
    })
}

fn acl_record(id: Uuid, acl: &Acl) -> MetadataRecord {
    MetadataRecord::AccessControlEntryRecord(wire::AccessControlEntryRecord {
        id,
        resource_type: acl.resource_type,
        resource_name: acl.resource_name.clone(),
        pattern_type: acl.pattern_type,
        principal: acl.principal.clone(),
        host: acl.host.clone(),
        operation: acl.operation,
        permission_type: acl.permission,
        ..Default::default()
    })
}

pub(crate) fn scram_record(
    mechanism: i8,
    user: &Str,
    credential: &ScramCredential,
) -> MetadataRecord {
    MetadataRecord::UserScramCredentialRecord(wire::UserScramCredentialRecord {
        name: user.clone(),
        mechanism,
        salt: credential.salt.clone(),
        stored_key: credential.stored_key.clone(),
        server_key: credential.server_key.clone(),
        iterations: credential.iterations,
        ..Default::default()
    })
}

fn token_record(id: &Str, token: &DelegationToken) -> MetadataRecord {
    MetadataRecord::DelegationTokenRecord(wire::DelegationTokenRecord {
        owner: token.owner.clone(),
        requester: token.requester.clone(),
        renewers: token.renewers.clone(),
        issue_timestamp: token.issued_ms,
        max_timestamp: token.max_ms,
        expiration_timestamp: token.expires_ms,
        token_id: id.clone(),
        ..Default::default()
    })
}

fn numbers(list: &[BrokerId]) -> Vec<i32> {
    list.iter().map(|id| id.0).collect()
}
