//! The version at which each record is written.
//!
//! A log must stay readable for every node that can run its `metadata.version`, so a record is
//! written in the lowest version that says what it has to say and that the level knows.

use base::Str;
use bytes::Bytes;
use protocol::EncodeError;
use protocol::record_types::metadata::{BrokerRegistrationChangeRecord, MetadataRecord};

use crate::MetadataVersion;

/// The version at which a cluster at `metadata_version` writes `record`.
pub fn record_version(record: &MetadataRecord, metadata_version: MetadataVersion) -> i16 {
    match record {
        MetadataRecord::RegisterBrokerRecord(_) => {
            metadata_version.register_broker_record_version()
        }
        MetadataRecord::PartitionRecord(_) | MetadataRecord::PartitionChangeRecord(_) => {
            metadata_version.partition_record_version()
        }
        MetadataRecord::BrokerRegistrationChangeRecord(record) => registration_change(record),
        _ => 0,
    }
}

fn registration_change(record: &BrokerRegistrationChangeRecord) -> i16 {
    if record.cordoned_log_dirs.is_some() {
        3
    } else if !record.log_dirs.is_empty() {
        2
    } else if record.in_controlled_shutdown != 0 {
        1
    } else {
        0
    }
}

/// The values of `records`, ready to be put into a batch of the metadata log.
///
/// A FeatureLevelRecord among them that sets `metadata.version` holds for the records after it:
/// the first batch of a cluster and the head of every snapshot raise the level and use it at once.
///
/// # Errors
/// A record says something that the level cannot express.
pub fn encode_records(
    records: &[MetadataRecord],
    metadata_version: MetadataVersion,
) -> Result<Vec<Bytes>, EncodeError> {
    let mut level = metadata_version;
    let mut values = Vec::with_capacity(records.len());
    for record in records {
        if let MetadataRecord::FeatureLevelRecord(feature) = record
            && feature.name == Str::from_static(MetadataVersion::FEATURE)
        {
            level = MetadataVersion::from_level(feature.feature_level).unwrap_or(level);
        }
        values.push(record.encode(record_version(record, level))?);
    }
    Ok(values)
}
