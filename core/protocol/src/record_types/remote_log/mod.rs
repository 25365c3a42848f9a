//! Records of `__remote_log_metadata`.
//!
//! Generated from `definitions/` by `cargo gen`.

pub mod remote_log_segment_metadata_record;
pub mod remote_log_segment_metadata_snapshot_record;
pub mod remote_log_segment_metadata_update_record;
pub mod remote_partition_delete_metadata_record;

pub use remote_log_segment_metadata_record::RemoteLogSegmentMetadataRecord;
pub use remote_log_segment_metadata_snapshot_record::RemoteLogSegmentMetadataSnapshotRecord;
pub use remote_log_segment_metadata_update_record::RemoteLogSegmentMetadataUpdateRecord;
pub use remote_partition_delete_metadata_record::RemotePartitionDeleteMetadataRecord;

use bytes::Bytes;

use crate::framed::{read_frame, write_frame};
use crate::wire::{DecodeError, EncodeError, TopLevel as _, from_bytes};

/// Any record of this family.
#[derive(Clone, Debug, PartialEq)]
pub enum RemoteLogRecord {
    RemoteLogSegmentMetadataRecord(RemoteLogSegmentMetadataRecord),
    RemoteLogSegmentMetadataUpdateRecord(RemoteLogSegmentMetadataUpdateRecord),
    RemotePartitionDeleteMetadataRecord(RemotePartitionDeleteMetadataRecord),
    RemoteLogSegmentMetadataSnapshotRecord(RemoteLogSegmentMetadataSnapshotRecord),
}

impl RemoteLogRecord {
    /// Reads the value of a record, and the version it was written in.
    ///
    /// # Errors
    /// UnknownFrame, UnknownRecord, UnknownVersion, TrailingBytes, or whatever is wrong with
    /// the bytes.
    pub fn decode(value: Bytes) -> Result<(RemoteLogRecord, i16), DecodeError> {
        let (kind, version, body) = read_frame(value)?;
        Ok((
            match kind {
                0 => RemoteLogRecord::RemoteLogSegmentMetadataRecord(from_bytes(body, version)?),
                1 => RemoteLogRecord::RemoteLogSegmentMetadataUpdateRecord(from_bytes(
                    body, version,
                )?),
                2 => {
                    RemoteLogRecord::RemotePartitionDeleteMetadataRecord(from_bytes(body, version)?)
                }
                3 => RemoteLogRecord::RemoteLogSegmentMetadataSnapshotRecord(from_bytes(
                    body, version,
                )?),
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
            RemoteLogRecord::RemoteLogSegmentMetadataRecord(record) => {
                write_frame(0, version, record)
            }
            RemoteLogRecord::RemoteLogSegmentMetadataUpdateRecord(record) => {
                write_frame(1, version, record)
            }
            RemoteLogRecord::RemotePartitionDeleteMetadataRecord(record) => {
                write_frame(2, version, record)
            }
            RemoteLogRecord::RemoteLogSegmentMetadataSnapshotRecord(record) => {
                write_frame(3, version, record)
            }
        }
    }

    /// The type of the record, Kafka's `apiKey`.
    pub const fn kind(&self) -> i16 {
        match self {
            RemoteLogRecord::RemoteLogSegmentMetadataRecord(_) => 0,
            RemoteLogRecord::RemoteLogSegmentMetadataUpdateRecord(_) => 1,
            RemoteLogRecord::RemotePartitionDeleteMetadataRecord(_) => 2,
            RemoteLogRecord::RemoteLogSegmentMetadataSnapshotRecord(_) => 3,
        }
    }

    /// Kafka's name, `TopicRecord`.
    pub const fn name(&self) -> &'static str {
        match self {
            RemoteLogRecord::RemoteLogSegmentMetadataRecord(_) => {
                RemoteLogSegmentMetadataRecord::NAME
            }
            RemoteLogRecord::RemoteLogSegmentMetadataUpdateRecord(_) => {
                RemoteLogSegmentMetadataUpdateRecord::NAME
            }
            RemoteLogRecord::RemotePartitionDeleteMetadataRecord(_) => {
                RemotePartitionDeleteMetadataRecord::NAME
            }
            RemoteLogRecord::RemoteLogSegmentMetadataSnapshotRecord(_) => {
                RemoteLogSegmentMetadataSnapshotRecord::NAME
            }
        }
    }

    /// The newest version of the record.
    pub const fn newest_version(&self) -> i16 {
        match self {
            RemoteLogRecord::RemoteLogSegmentMetadataRecord(_) => {
                *RemoteLogSegmentMetadataRecord::VERSIONS.end()
            }
            RemoteLogRecord::RemoteLogSegmentMetadataUpdateRecord(_) => {
                *RemoteLogSegmentMetadataUpdateRecord::VERSIONS.end()
            }
            RemoteLogRecord::RemotePartitionDeleteMetadataRecord(_) => {
                *RemotePartitionDeleteMetadataRecord::VERSIONS.end()
            }
            RemoteLogRecord::RemoteLogSegmentMetadataSnapshotRecord(_) => {
                *RemoteLogSegmentMetadataSnapshotRecord::VERSIONS.end()
            }
        }
    }
}

impl From<RemoteLogSegmentMetadataRecord> for RemoteLogRecord {
    fn from(record: RemoteLogSegmentMetadataRecord) -> RemoteLogRecord {
        RemoteLogRecord::RemoteLogSegmentMetadataRecord(record)
    }
}

impl From<RemoteLogSegmentMetadataUpdateRecord> for RemoteLogRecord {
    fn from(record: RemoteLogSegmentMetadataUpdateRecord) -> RemoteLogRecord {
        RemoteLogRecord::RemoteLogSegmentMetadataUpdateRecord(record)
    }
}

impl From<RemotePartitionDeleteMetadataRecord> for RemoteLogRecord {
    fn from(record: RemotePartitionDeleteMetadataRecord) -> RemoteLogRecord {
        RemoteLogRecord::RemotePartitionDeleteMetadataRecord(record)
    }
}

impl From<RemoteLogSegmentMetadataSnapshotRecord> for RemoteLogRecord {
    fn from(record: RemoteLogSegmentMetadataSnapshotRecord) -> RemoteLogRecord {
        RemoteLogRecord::RemoteLogSegmentMetadataSnapshotRecord(record)
    }
}
