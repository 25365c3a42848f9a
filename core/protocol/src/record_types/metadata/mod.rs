//! Records of `__cluster_metadata` and its snapshots.
//!
//! Generated from `definitions/` by `cargo gen`.

pub mod abort_transaction_record;
pub mod access_control_entry_record;
pub mod begin_transaction_record;
pub mod broker_registration_change_record;
pub mod clear_elr_record;
pub mod client_quota_record;
pub mod config_record;
pub mod delegation_token_record;
pub mod end_transaction_record;
pub mod feature_level_record;
pub mod fence_broker_record;
pub mod no_op_record;
pub mod partition_change_record;
pub mod partition_record;
pub mod producer_ids_record;
pub mod register_broker_record;
pub mod register_controller_record;
pub mod remove_access_control_entry_record;
pub mod remove_delegation_token_record;
pub mod remove_topic_record;
pub mod remove_user_scram_credential_record;
pub mod topic_record;
pub mod unfence_broker_record;
pub mod unregister_broker_record;
pub mod user_scram_credential_record;
pub mod zk_migration_state_record;

pub use abort_transaction_record::AbortTransactionRecord;
pub use access_control_entry_record::AccessControlEntryRecord;
pub use begin_transaction_record::BeginTransactionRecord;
pub use broker_registration_change_record::BrokerRegistrationChangeRecord;
pub use clear_elr_record::ClearElrRecord;
pub use client_quota_record::ClientQuotaRecord;
pub use config_record::ConfigRecord;
pub use delegation_token_record::DelegationTokenRecord;
pub use end_transaction_record::EndTransactionRecord;
pub use feature_level_record::FeatureLevelRecord;
pub use fence_broker_record::FenceBrokerRecord;
pub use no_op_record::NoOpRecord;
pub use partition_change_record::PartitionChangeRecord;
pub use partition_record::PartitionRecord;
pub use producer_ids_record::ProducerIdsRecord;
pub use register_broker_record::RegisterBrokerRecord;
pub use register_controller_record::RegisterControllerRecord;
pub use remove_access_control_entry_record::RemoveAccessControlEntryRecord;
pub use remove_delegation_token_record::RemoveDelegationTokenRecord;
pub use remove_topic_record::RemoveTopicRecord;
pub use remove_user_scram_credential_record::RemoveUserScramCredentialRecord;
pub use topic_record::TopicRecord;
pub use unfence_broker_record::UnfenceBrokerRecord;
pub use unregister_broker_record::UnregisterBrokerRecord;
pub use user_scram_credential_record::UserScramCredentialRecord;
pub use zk_migration_state_record::ZkMigrationStateRecord;

use bytes::Bytes;

use crate::framed::{read_frame, write_frame};
use crate::wire::{DecodeError, EncodeError, TopLevel as _, from_bytes};

/// Any record of this family.
#[derive(Clone, Debug, PartialEq)]
pub enum MetadataRecord {
    RegisterBrokerRecord(RegisterBrokerRecord),
    UnregisterBrokerRecord(UnregisterBrokerRecord),
    TopicRecord(TopicRecord),
    PartitionRecord(PartitionRecord),
    ConfigRecord(ConfigRecord),
    PartitionChangeRecord(PartitionChangeRecord),
    FenceBrokerRecord(FenceBrokerRecord),
    UnfenceBrokerRecord(UnfenceBrokerRecord),
    RemoveTopicRecord(RemoveTopicRecord),
    DelegationTokenRecord(DelegationTokenRecord),
    UserScramCredentialRecord(UserScramCredentialRecord),
    FeatureLevelRecord(FeatureLevelRecord),
    ClientQuotaRecord(ClientQuotaRecord),
    ProducerIdsRecord(ProducerIdsRecord),
    BrokerRegistrationChangeRecord(BrokerRegistrationChangeRecord),
    AccessControlEntryRecord(AccessControlEntryRecord),
    RemoveAccessControlEntryRecord(RemoveAccessControlEntryRecord),
    NoOpRecord(NoOpRecord),
    ZkMigrationStateRecord(ZkMigrationStateRecord),
    RemoveUserScramCredentialRecord(RemoveUserScramCredentialRecord),
    BeginTransactionRecord(BeginTransactionRecord),
    EndTransactionRecord(EndTransactionRecord),
    AbortTransactionRecord(AbortTransactionRecord),
    RemoveDelegationTokenRecord(RemoveDelegationTokenRecord),
    RegisterControllerRecord(RegisterControllerRecord),
    ClearElrRecord(ClearElrRecord),
}

impl MetadataRecord {
    /// Reads the value of a record, and the version it was written in.
    ///
    /// # Errors
    /// UnknownFrame, UnknownRecord, UnknownVersion, TrailingBytes, or whatever is wrong with
    /// the bytes.
    pub fn decode(value: Bytes) -> Result<(MetadataRecord, i16), DecodeError> {
        let (kind, version, body) = read_frame(value)?;
        Ok((
            match kind {
                0 => MetadataRecord::RegisterBrokerRecord(from_bytes(body, version)?),
                1 => MetadataRecord::UnregisterBrokerRecord(from_bytes(body, version)?),
                2 => MetadataRecord::TopicRecord(from_bytes(body, version)?),
                3 => MetadataRecord::PartitionRecord(from_bytes(body, version)?),
                4 => MetadataRecord::ConfigRecord(from_bytes(body, version)?),
                5 => MetadataRecord::PartitionChangeRecord(from_bytes(body, version)?),
                7 => MetadataRecord::FenceBrokerRecord(from_bytes(body, version)?),
                8 => MetadataRecord::UnfenceBrokerRecord(from_bytes(body, version)?),
                9 => MetadataRecord::RemoveTopicRecord(from_bytes(body, version)?),
                10 => MetadataRecord::DelegationTokenRecord(from_bytes(body, version)?),
                11 => MetadataRecord::UserScramCredentialRecord(from_bytes(body, version)?),
                12 => MetadataRecord::FeatureLevelRecord(from_bytes(body, version)?),
                14 => MetadataRecord::ClientQuotaRecord(from_bytes(body, version)?),
                15 => MetadataRecord::ProducerIdsRecord(from_bytes(body, version)?),
                17 => MetadataRecord::BrokerRegistrationChangeRecord(from_bytes(body, version)?),
                18 => MetadataRecord::AccessControlEntryRecord(from_bytes(body, version)?),
                19 => MetadataRecord::RemoveAccessControlEntryRecord(from_bytes(body, version)?),
                20 => MetadataRecord::NoOpRecord(from_bytes(body, version)?),
                21 => MetadataRecord::ZkMigrationStateRecord(from_bytes(body, version)?),
                22 => MetadataRecord::RemoveUserScramCredentialRecord(from_bytes(body, version)?),
                23 => MetadataRecord::BeginTransactionRecord(from_bytes(body, version)?),
                24 => MetadataRecord::EndTransactionRecord(from_bytes(body, version)?),
                25 => MetadataRecord::AbortTransactionRecord(from_bytes(body, version)?),
                26 => MetadataRecord::RemoveDelegationTokenRecord(from_bytes(body, version)?),
                27 => MetadataRecord::RegisterControllerRecord(from_bytes(body, version)?),
                28 => MetadataRecord::ClearElrRecord(from_bytes(body, version)?),
                _ => return Err(DecodeError::UnknownRecord { kind }),
            },
            version,
        ))
    }

    /// Writes the value of a record.
    ///
    /// # Errors
    /// UnknownVersion, or what the version cannot say.
    pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
        match self {
            MetadataRecord::RegisterBrokerRecord(record) => write_frame(0, version, record),
            MetadataRecord::UnregisterBrokerRecord(record) => write_frame(1, version, record),
            MetadataRecord::TopicRecord(record) => write_frame(2, version, record),
            MetadataRecord::PartitionRecord(record) => write_frame(3, version, record),
            MetadataRecord::ConfigRecord(record) => write_frame(4, version, record),
            MetadataRecord::PartitionChangeRecord(record) => write_frame(5, version, record),
            MetadataRecord::FenceBrokerRecord(record) => write_frame(7, version, record),
            MetadataRecord::UnfenceBrokerRecord(record) => write_frame(8, version, record),
            MetadataRecord::RemoveTopicRecord(record) => write_frame(9, version, record),
            MetadataRecord::DelegationTokenRecord(record) => write_frame(10, version, record),
            MetadataRecord::UserScramCredentialRecord(record) => write_frame(11, version, record),
            MetadataRecord::FeatureLevelRecord(record) => write_frame(12, version, record),
            MetadataRecord::ClientQuotaRecord(record) => write_frame(14, version, record),
            MetadataRecord::ProducerIdsRecord(record) => write_frame(15, version, record),
            MetadataRecord::BrokerRegistrationChangeRecord(record) => {
                write_frame(17, version, record)
            }
            MetadataRecord::AccessControlEntryRecord(record) => write_frame(18, version, record),
            MetadataRecord::RemoveAccessControlEntryRecord(record) => {
                write_frame(19, version, record)
            }
            MetadataRecord::NoOpRecord(record) => write_frame(20, version, record),
            MetadataRecord::ZkMigrationStateRecord(record) => write_frame(21, version, record),
            MetadataRecord::RemoveUserScramCredentialRecord(record) => {
                write_frame(22, version, record)
            }
            MetadataRecord::BeginTransactionRecord(record) => write_frame(23, version, record),
            MetadataRecord::EndTransactionRecord(record) => write_frame(24, version, record),
            MetadataRecord::AbortTransactionRecord(record) => write_frame(25, version, record),
            MetadataRecord::RemoveDelegationTokenRecord(record) => write_frame(26, version, record),
            MetadataRecord::RegisterControllerRecord(record) => write_frame(27, version, record),
            MetadataRecord::ClearElrRecord(record) => write_frame(28, version, record),
        }
    }

    /// The type of the record, Kafka's `apiKey`.
    pub const fn kind(&self) -> i16 {
        match self {
            MetadataRecord::RegisterBrokerRecord(_) => 0,
            MetadataRecord::UnregisterBrokerRecord(_) => 1,
            MetadataRecord::TopicRecord(_) => 2,
            MetadataRecord::PartitionRecord(_) => 3,
            MetadataRecord::ConfigRecord(_) => 4,
            MetadataRecord::PartitionChangeRecord(_) => 5,
            MetadataRecord::FenceBrokerRecord(_) => 7,
            MetadataRecord::UnfenceBrokerRecord(_) => 8,
            MetadataRecord::RemoveTopicRecord(_) => 9,
            MetadataRecord::DelegationTokenRecord(_) => 10,
            MetadataRecord::UserScramCredentialRecord(_) => 11,
            MetadataRecord::FeatureLevelRecord(_) => 12,
            MetadataRecord::ClientQuotaRecord(_) => 14,
            MetadataRecord::ProducerIdsRecord(_) => 15,
            MetadataRecord::BrokerRegistrationChangeRecord(_) => 17,
            MetadataRecord::AccessControlEntryRecord(_) => 18,
            MetadataRecord::RemoveAccessControlEntryRecord(_) => 19,
            MetadataRecord::NoOpRecord(_) => 20,
            MetadataRecord::ZkMigrationStateRecord(_) => 21,
            MetadataRecord::RemoveUserScramCredentialRecord(_) => 22,
            MetadataRecord::BeginTransactionRecord(_) => 23,
            MetadataRecord::EndTransactionRecord(_) => 24,
            MetadataRecord::AbortTransactionRecord(_) => 25,
            MetadataRecord::RemoveDelegationTokenRecord(_) => 26,
            MetadataRecord::RegisterControllerRecord(_) => 27,
            MetadataRecord::ClearElrRecord(_) => 28,
        }
    }

    /// Kafka's name, `TopicRecord`.
    pub const fn name(&self) -> &'static str {
        match self {
            MetadataRecord::RegisterBrokerRecord(_) => RegisterBrokerRecord::NAME,
            MetadataRecord::UnregisterBrokerRecord(_) => UnregisterBrokerRecord::NAME,
            MetadataRecord::TopicRecord(_) => TopicRecord::NAME,
            MetadataRecord::PartitionRecord(_) => PartitionRecord::NAME,
            MetadataRecord::ConfigRecord(_) => ConfigRecord::NAME,
            MetadataRecord::PartitionChangeRecord(_) => PartitionChangeRecord::NAME,
            MetadataRecord::FenceBrokerRecord(_) => FenceBrokerRecord::NAME,
            MetadataRecord::UnfenceBrokerRecord(_) => UnfenceBrokerRecord::NAME,
            MetadataRecord::RemoveTopicRecord(_) => RemoveTopicRecord::NAME,
            MetadataRecord::DelegationTokenRecord(_) => DelegationTokenRecord::NAME,
            MetadataRecord::UserScramCredentialRecord(_) => UserScramCredentialRecord::NAME,
            MetadataRecord::FeatureLevelRecord(_) => FeatureLevelRecord::NAME,
            MetadataRecord::ClientQuotaRecord(_) => ClientQuotaRecord::NAME,
            MetadataRecord::ProducerIdsRecord(_) => ProducerIdsRecord::NAME,
            MetadataRecord::BrokerRegistrationChangeRecord(_) => {
                BrokerRegistrationChangeRecord::NAME
            }
            MetadataRecord::AccessControlEntryRecord(_) => AccessControlEntryRecord::NAME,
            MetadataRecord::RemoveAccessControlEntryRecord(_) => {
                RemoveAccessControlEntryRecord::NAME
            }
            MetadataRecord::NoOpRecord(_) => NoOpRecord::NAME,
            MetadataRecord::ZkMigrationStateRecord(_) => ZkMigrationStateRecord::NAME,
            MetadataRecord::RemoveUserScramCredentialRecord(_) => {
                RemoveUserScramCredentialRecord::NAME
            }
            MetadataRecord::BeginTransactionRecord(_) => BeginTransactionRecord::NAME,
            MetadataRecord::EndTransactionRecord(_) => EndTransactionRecord::NAME,
            MetadataRecord::AbortTransactionRecord(_) => AbortTransactionRecord::NAME,
            MetadataRecord::RemoveDelegationTokenRecord(_) => RemoveDelegationTokenRecord::NAME,
            MetadataRecord::RegisterControllerRecord(_) => RegisterControllerRecord::NAME,
            MetadataRecord::ClearElrRecord(_) => ClearElrRecord::NAME,
        }
    }

    /// The newest version of the record.
    pub const fn newest_version(&self) -> i16 {
        match self {
            MetadataRecord::RegisterBrokerRecord(_) => *RegisterBrokerRecord::VERSIONS.end(),
            MetadataRecord::UnregisterBrokerRecord(_) => *UnregisterBrokerRecord::VERSIONS.end(),
            MetadataRecord::TopicRecord(_) => *TopicRecord::VERSIONS.end(),
            MetadataRecord::PartitionRecord(_) => *PartitionRecord::VERSIONS.end(),
            MetadataRecord::ConfigRecord(_) => *ConfigRecord::VERSIONS.end(),
            MetadataRecord::PartitionChangeRecord(_) => *PartitionChangeRecord::VERSIONS.end(),
            MetadataRecord::FenceBrokerRecord(_) => *FenceBrokerRecord::VERSIONS.end(),
            MetadataRecord::UnfenceBrokerRecord(_) => *UnfenceBrokerRecord::VERSIONS.end(),
            MetadataRecord::RemoveTopicRecord(_) => *RemoveTopicRecord::VERSIONS.end(),
            MetadataRecord::DelegationTokenRecord(_) => *DelegationTokenRecord::VERSIONS.end(),
            MetadataRecord::UserScramCredentialRecord(_) => {
                *UserScramCredentialRecord::VERSIONS.end()
            }
            MetadataRecord::FeatureLevelRecord(_) => *FeatureLevelRecord::VERSIONS.end(),
            MetadataRecord::ClientQuotaRecord(_) => *ClientQuotaRecord::VERSIONS.end(),
            MetadataRecord::ProducerIdsRecord(_) => *ProducerIdsRecord::VERSIONS.end(),
            MetadataRecord::BrokerRegistrationChangeRecord(_) => {
                *BrokerRegistrationChangeRecord::VERSIONS.end()
            }
            MetadataRecord::AccessControlEntryRecord(_) => {
                *AccessControlEntryRecord::VERSIONS.end()
            }
            MetadataRecord::RemoveAccessControlEntryRecord(_) => {
                *RemoveAccessControlEntryRecord::VERSIONS.end()
            }
            MetadataRecord::NoOpRecord(_) => *NoOpRecord::VERSIONS.end(),
            MetadataRecord::ZkMigrationStateRecord(_) => *ZkMigrationStateRecord::VERSIONS.end(),
            MetadataRecord::RemoveUserScramCredentialRecord(_) => {
                *RemoveUserScramCredentialRecord::VERSIONS.end()
            }
            MetadataRecord::BeginTransactionRecord(_) => *BeginTransactionRecord::VERSIONS.end(),
            MetadataRecord::EndTransactionRecord(_) => *EndTransactionRecord::VERSIONS.end(),
            MetadataRecord::AbortTransactionRecord(_) => *AbortTransactionRecord::VERSIONS.end(),
            MetadataRecord::RemoveDelegationTokenRecord(_) => {
                *RemoveDelegationTokenRecord::VERSIONS.end()
            }
            MetadataRecord::RegisterControllerRecord(_) => {
                *RegisterControllerRecord::VERSIONS.end()
            }
            MetadataRecord::ClearElrRecord(_) => *ClearElrRecord::VERSIONS.end(),
        }
    }
}

impl From<RegisterBrokerRecord> for MetadataRecord {
    fn from(record: RegisterBrokerRecord) -> MetadataRecord {
        MetadataRecord::RegisterBrokerRecord(record)
    }
}

impl From<UnregisterBrokerRecord> for MetadataRecord {
    fn from(record: UnregisterBrokerRecord) -> MetadataRecord {
        MetadataRecord::UnregisterBrokerRecord(record)
    }
}

impl From<TopicRecord> for MetadataRecord {
    fn from(record: TopicRecord) -> MetadataRecord {
        MetadataRecord::TopicRecord(record)
    }
}

impl From<PartitionRecord> for MetadataRecord {
    fn from(record: PartitionRecord) -> MetadataRecord {
        MetadataRecord::PartitionRecord(record)
    }
}

impl From<ConfigRecord> for MetadataRecord {
    fn from(record: ConfigRecord) -> MetadataRecord {
        MetadataRecord::ConfigRecord(record)
    }
}

impl From<PartitionChangeRecord> for MetadataRecord {
    fn from(record: PartitionChangeRecord) -> MetadataRecord {
        MetadataRecord::PartitionChangeRecord(record)
    }
}

impl From<FenceBrokerRecord> for MetadataRecord {
    fn from(record: FenceBrokerRecord) -> MetadataRecord {
        MetadataRecord::FenceBrokerRecord(record)
    }
}

impl From<UnfenceBrokerRecord> for MetadataRecord {
    fn from(record: UnfenceBrokerRecord) -> MetadataRecord {
        MetadataRecord::UnfenceBrokerRecord(record)
    }
}

impl From<RemoveTopicRecord> for MetadataRecord {
    fn from(record: RemoveTopicRecord) -> MetadataRecord {
        MetadataRecord::RemoveTopicRecord(record)
    }
}

impl From<DelegationTokenRecord> for MetadataRecord {
    fn from(record: DelegationTokenRecord) -> MetadataRecord {
        MetadataRecord::DelegationTokenRecord(record)
    }
}

impl From<UserScramCredentialRecord> for MetadataRecord {
    fn from(record: UserScramCredentialRecord) -> MetadataRecord {
        MetadataRecord::UserScramCredentialRecord(record)
    }
}

impl From<FeatureLevelRecord> for MetadataRecord {
    fn from(record: FeatureLevelRecord) -> MetadataRecord {
        MetadataRecord::FeatureLevelRecord(record)
    }
}

impl From<ClientQuotaRecord> for MetadataRecord {
    fn from(record: ClientQuotaRecord) -> MetadataRecord {
        MetadataRecord::ClientQuotaRecord(record)
    }
}

impl From<ProducerIdsRecord> for MetadataRecord {
    fn from(record: ProducerIdsRecord) -> MetadataRecord {
        MetadataRecord::ProducerIdsRecord(record)
    }
}

impl From<BrokerRegistrationChangeRecord> for MetadataRecord {
    fn from(record: BrokerRegistrationChangeRecord) -> MetadataRecord {
        MetadataRecord::BrokerRegistrationChangeRecord(record)
    }
}

impl From<AccessControlEntryRecord> for MetadataRecord {
    fn from(record: AccessControlEntryRecord) -> MetadataRecord {
        MetadataRecord::AccessControlEntryRecord(record)
    }
}

impl From<RemoveAccessControlEntryRecord> for MetadataRecord {
    fn from(record: RemoveAccessControlEntryRecord) -> MetadataRecord {
        MetadataRecord::RemoveAccessControlEntryRecord(record)
    }
}

impl From<NoOpRecord> for MetadataRecord {
    fn from(record: NoOpRecord) -> MetadataRecord {
        MetadataRecord::NoOpRecord(record)
    }
}

impl From<ZkMigrationStateRecord> for MetadataRecord {
    fn from(record: ZkMigrationStateRecord) -> MetadataRecord {
        MetadataRecord::ZkMigrationStateRecord(record)
    }
}

impl From<RemoveUserScramCredentialRecord> for MetadataRecord {
    fn from(record: RemoveUserScramCredentialRecord) -> MetadataRecord {
        MetadataRecord::RemoveUserScramCredentialRecord(record)
    }
}

impl From<BeginTransactionRecord> for MetadataRecord {
    fn from(record: BeginTransactionRecord) -> MetadataRecord {
        MetadataRecord::BeginTransactionRecord(record)
    }
}

impl From<EndTransactionRecord> for MetadataRecord {
    fn from(record: EndTransactionRecord) -> MetadataRecord {
        MetadataRecord::EndTransactionRecord(record)
    }
}

impl From<AbortTransactionRecord> for MetadataRecord {
    fn from(record: AbortTransactionRecord) -> MetadataRecord {
        MetadataRecord::AbortTransactionRecord(record)
    }
}

impl From<RemoveDelegationTokenRecord> for MetadataRecord {
    fn from(record: RemoveDelegationTokenRecord) -> MetadataRecord {
        MetadataRecord::RemoveDelegationTokenRecord(record)
    }
}

impl From<RegisterControllerRecord> for MetadataRecord {
    fn from(record: RegisterControllerRecord) -> MetadataRecord {
        MetadataRecord::RegisterControllerRecord(record)
    }
}

impl From<ClearElrRecord> for MetadataRecord {
    fn from(record: ClearElrRecord) -> MetadataRecord {
        MetadataRecord::ClearElrRecord(record)
    }
}
