//! Records of `__consumer_offsets`, groups of every protocol and offsets.
//!
//! Generated from `definitions/` by `cargo gen`.

pub mod consumer_group_current_member_assignment_key;
pub mod consumer_group_current_member_assignment_value;
pub mod consumer_group_member_metadata_key;
pub mod consumer_group_member_metadata_value;
pub mod consumer_group_metadata_key;
pub mod consumer_group_metadata_value;
pub mod consumer_group_partition_metadata_key;
pub mod consumer_group_partition_metadata_value;
pub mod consumer_group_regular_expression_key;
pub mod consumer_group_regular_expression_value;
pub mod consumer_group_target_assignment_member_key;
pub mod consumer_group_target_assignment_member_value;
pub mod consumer_group_target_assignment_metadata_key;
pub mod consumer_group_target_assignment_metadata_value;
pub mod group_metadata_key;
pub mod group_metadata_value;
pub mod legacy_offset_commit_key;
pub mod legacy_offset_commit_value;
pub mod offset_commit_key;
pub mod offset_commit_value;
pub mod share_group_current_member_assignment_key;
pub mod share_group_current_member_assignment_value;
pub mod share_group_member_metadata_key;
pub mod share_group_member_metadata_value;
pub mod share_group_metadata_key;
pub mod share_group_metadata_value;
pub mod share_group_state_partition_metadata_key;
pub mod share_group_state_partition_metadata_value;
pub mod share_group_target_assignment_member_key;
pub mod share_group_target_assignment_member_value;
pub mod share_group_target_assignment_metadata_key;
pub mod share_group_target_assignment_metadata_value;
pub mod streams_group_current_member_assignment_key;
pub mod streams_group_current_member_assignment_value;
pub mod streams_group_member_metadata_key;
pub mod streams_group_member_metadata_value;
pub mod streams_group_metadata_key;
pub mod streams_group_metadata_value;
pub mod streams_group_target_assignment_member_key;
pub mod streams_group_target_assignment_member_value;
pub mod streams_group_target_assignment_metadata_key;
pub mod streams_group_target_assignment_metadata_value;
pub mod streams_group_topology_key;
pub mod streams_group_topology_value;

pub use consumer_group_current_member_assignment_key::ConsumerGroupCurrentMemberAssignmentKey;
pub use consumer_group_current_member_assignment_value::ConsumerGroupCurrentMemberAssignmentValue;
pub use consumer_group_member_metadata_key::ConsumerGroupMemberMetadataKey;
pub use consumer_group_member_metadata_value::ConsumerGroupMemberMetadataValue;
pub use consumer_group_metadata_key::ConsumerGroupMetadataKey;
pub use consumer_group_metadata_value::ConsumerGroupMetadataValue;
pub use consumer_group_partition_metadata_key::ConsumerGroupPartitionMetadataKey;
pub use consumer_group_partition_metadata_value::ConsumerGroupPartitionMetadataValue;
pub use consumer_group_regular_expression_key::ConsumerGroupRegularExpressionKey;
pub use consumer_group_regular_expression_value::ConsumerGroupRegularExpressionValue;
pub use consumer_group_target_assignment_member_key::ConsumerGroupTargetAssignmentMemberKey;
pub use consumer_group_target_assignment_member_value::ConsumerGroupTargetAssignmentMemberValue;
pub use consumer_group_target_assignment_metadata_key::ConsumerGroupTargetAssignmentMetadataKey;
pub use consumer_group_target_assignment_metadata_value::ConsumerGroupTargetAssignmentMetadataValue;
pub use group_metadata_key::GroupMetadataKey;
pub use group_metadata_value::GroupMetadataValue;
pub use legacy_offset_commit_key::LegacyOffsetCommitKey;
pub use legacy_offset_commit_value::LegacyOffsetCommitValue;
pub use offset_commit_key::OffsetCommitKey;
pub use offset_commit_value::OffsetCommitValue;
pub use share_group_current_member_assignment_key::ShareGroupCurrentMemberAssignmentKey;
pub use share_group_current_member_assignment_value::ShareGroupCurrentMemberAssignmentValue;
pub use share_group_member_metadata_key::ShareGroupMemberMetadataKey;
pub use share_group_member_metadata_value::ShareGroupMemberMetadataValue;
pub use share_group_metadata_key::ShareGroupMetadataKey;
pub use share_group_metadata_value::ShareGroupMetadataValue;
pub use share_group_state_partition_metadata_key::ShareGroupStatePartitionMetadataKey;
pub use share_group_state_partition_metadata_value::ShareGroupStatePartitionMetadataValue;
pub use share_group_target_assignment_member_key::ShareGroupTargetAssignmentMemberKey;
pub use share_group_target_assignment_member_value::ShareGroupTargetAssignmentMemberValue;
pub use share_group_target_assignment_metadata_key::ShareGroupTargetAssignmentMetadataKey;
pub use share_group_target_assignment_metadata_value::ShareGroupTargetAssignmentMetadataValue;
pub use streams_group_current_member_assignment_key::StreamsGroupCurrentMemberAssignmentKey;
pub use streams_group_current_member_assignment_value::StreamsGroupCurrentMemberAssignmentValue;
pub use streams_group_member_metadata_key::StreamsGroupMemberMetadataKey;
pub use streams_group_member_metadata_value::StreamsGroupMemberMetadataValue;
pub use streams_group_metadata_key::StreamsGroupMetadataKey;
pub use streams_group_metadata_value::StreamsGroupMetadataValue;
pub use streams_group_target_assignment_member_key::StreamsGroupTargetAssignmentMemberKey;
pub use streams_group_target_assignment_member_value::StreamsGroupTargetAssignmentMemberValue;
pub use streams_group_target_assignment_metadata_key::StreamsGroupTargetAssignmentMetadataKey;
pub use streams_group_target_assignment_metadata_value::StreamsGroupTargetAssignmentMetadataValue;
pub use streams_group_topology_key::StreamsGroupTopologyKey;
pub use streams_group_topology_value::StreamsGroupTopologyValue;

use bytes::Bytes;

use crate::framed::{read_prefix, write_prefixed};
use crate::wire::{DecodeError, EncodeError, TopLevel as _, from_bytes};

/// Any key of this family. The type of the record stands in front of it.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupKey {
    LegacyOffsetCommit(LegacyOffsetCommitKey),
    OffsetCommit(OffsetCommitKey),
    GroupMetadata(GroupMetadataKey),
    ConsumerGroupMetadata(ConsumerGroupMetadataKey),
    ConsumerGroupPartitionMetadata(ConsumerGroupPartitionMetadataKey),
    ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataKey),
    ConsumerGroupTargetAssignmentMetadata(ConsumerGroupTargetAssignmentMetadataKey),
    ConsumerGroupTargetAssignmentMember(ConsumerGroupTargetAssignmentMemberKey),
    ConsumerGroupCurrentMemberAssignment(ConsumerGroupCurrentMemberAssignmentKey),
    ShareGroupMemberMetadata(ShareGroupMemberMetadataKey),
    ShareGroupMetadata(ShareGroupMetadataKey),
    ShareGroupTargetAssignmentMetadata(ShareGroupTargetAssignmentMetadataKey),
    ShareGroupTargetAssignmentMember(ShareGroupTargetAssignmentMemberKey),
    ShareGroupCurrentMemberAssignment(ShareGroupCurrentMemberAssignmentKey),
    ShareGroupStatePartitionMetadata(ShareGroupStatePartitionMetadataKey),
    ConsumerGroupRegularExpression(ConsumerGroupRegularExpressionKey),
    StreamsGroupMetadata(StreamsGroupMetadataKey),
    StreamsGroupMemberMetadata(StreamsGroupMemberMetadataKey),
    StreamsGroupTargetAssignmentMetadata(StreamsGroupTargetAssignmentMetadataKey),
    StreamsGroupTargetAssignmentMember(StreamsGroupTargetAssignmentMemberKey),
    StreamsGroupCurrentMemberAssignment(StreamsGroupCurrentMemberAssignmentKey),
    StreamsGroupTopology(StreamsGroupTopologyKey),
}

impl GroupKey {
    /// Reads the key of a record.
    ///
    /// # Errors
    /// UnknownRecord, which Kafka skips when it loads a partition; TrailingBytes, or whatever
    /// is wrong with the bytes.
    pub fn decode(key: Bytes) -> Result<GroupKey, DecodeError> {
        let (kind, body) = read_prefix(key)?;
        Ok(match kind {
            0 => GroupKey::LegacyOffsetCommit(from_bytes(body, 0)?),
            1 => GroupKey::OffsetCommit(from_bytes(body, 0)?),
            2 => GroupKey::GroupMetadata(from_bytes(body, 0)?),
            3 => GroupKey::ConsumerGroupMetadata(from_bytes(body, 0)?),
            4 => GroupKey::ConsumerGroupPartitionMetadata(from_bytes(body, 0)?),
            5 => GroupKey::ConsumerGroupMemberMetadata(from_bytes(body, 0)?),
            6 => GroupKey::ConsumerGroupTargetAssignmentMetadata(from_bytes(body, 0)?),
            7 => GroupKey::ConsumerGroupTargetAssignmentMember(from_bytes(body, 0)?),
            8 => GroupKey::ConsumerGroupCurrentMemberAssignment(from_bytes(body, 0)?),
            10 => GroupKey::ShareGroupMemberMetadata(from_bytes(body, 0)?),
            11 => GroupKey::ShareGroupMetadata(from_bytes(body, 0)?),
            12 => GroupKey::ShareGroupTargetAssignmentMetadata(from_bytes(body, 0)?),
            13 => GroupKey::ShareGroupTargetAssignmentMember(from_bytes(body, 0)?),
            14 => GroupKey::ShareGroupCurrentMemberAssignment(from_bytes(body, 0)?),
            15 => GroupKey::ShareGroupStatePartitionMetadata(from_bytes(body, 0)?),
            16 => GroupKey::ConsumerGroupRegularExpression(from_bytes(body, 0)?),
            17 => GroupKey::StreamsGroupMetadata(from_bytes(body, 0)?),
            19 => GroupKey::StreamsGroupMemberMetadata(from_bytes(body, 0)?),
            20 => GroupKey::StreamsGroupTargetAssignmentMetadata(from_bytes(body, 0)?),
            21 => GroupKey::StreamsGroupTargetAssignmentMember(from_bytes(body, 0)?),
            22 => GroupKey::StreamsGroupCurrentMemberAssignment(from_bytes(body, 0)?),
            23 => GroupKey::StreamsGroupTopology(from_bytes(body, 0)?),
            _ => return Err(DecodeError::UnknownRecord { kind }),
        })
    }

    /// # Errors
    /// What the wire cannot say: a string that is too long.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        match self {
            GroupKey::LegacyOffsetCommit(key) => write_prefixed(0, 0, key),
            GroupKey::OffsetCommit(key) => write_prefixed(1, 0, key),
            GroupKey::GroupMetadata(key) => write_prefixed(2, 0, key),
            GroupKey::ConsumerGroupMetadata(key) => write_prefixed(3, 0, key),
            GroupKey::ConsumerGroupPartitionMetadata(key) => write_prefixed(4, 0, key),
            GroupKey::ConsumerGroupMemberMetadata(key) => write_prefixed(5, 0, key),
            GroupKey::ConsumerGroupTargetAssignmentMetadata(key) => write_prefixed(6, 0, key),
            GroupKey::ConsumerGroupTargetAssignmentMember(key) => write_prefixed(7, 0, key),
            GroupKey::ConsumerGroupCurrentMemberAssignment(key) => write_prefixed(8, 0, key),
            GroupKey::ShareGroupMemberMetadata(key) => write_prefixed(10, 0, key),
            GroupKey::ShareGroupMetadata(key) => write_prefixed(11, 0, key),
            GroupKey::ShareGroupTargetAssignmentMetadata(key) => write_prefixed(12, 0, key),
            GroupKey::ShareGroupTargetAssignmentMember(key) => write_prefixed(13, 0, key),
            GroupKey::ShareGroupCurrentMemberAssignment(key) => write_prefixed(14, 0, key),
            GroupKey::ShareGroupStatePartitionMetadata(key) => write_prefixed(15, 0, key),
            GroupKey::ConsumerGroupRegularExpression(key) => write_prefixed(16, 0, key),
            GroupKey::StreamsGroupMetadata(key) => write_prefixed(17, 0, key),
            GroupKey::StreamsGroupMemberMetadata(key) => write_prefixed(19, 0, key),
            GroupKey::StreamsGroupTargetAssignmentMetadata(key) => write_prefixed(20, 0, key),
            GroupKey::StreamsGroupTargetAssignmentMember(key) => write_prefixed(21, 0, key),
            GroupKey::StreamsGroupCurrentMemberAssignment(key) => write_prefixed(22, 0, key),
            GroupKey::StreamsGroupTopology(key) => write_prefixed(23, 0, key),
        }
    }

    /// The type of the record.
    pub const fn kind(&self) -> i16 {
        match self {
            GroupKey::LegacyOffsetCommit(_) => 0,
            GroupKey::OffsetCommit(_) => 1,
            GroupKey::GroupMetadata(_) => 2,
            GroupKey::ConsumerGroupMetadata(_) => 3,
            GroupKey::ConsumerGroupPartitionMetadata(_) => 4,
            GroupKey::ConsumerGroupMemberMetadata(_) => 5,
            GroupKey::ConsumerGroupTargetAssignmentMetadata(_) => 6,
            GroupKey::ConsumerGroupTargetAssignmentMember(_) => 7,
            GroupKey::ConsumerGroupCurrentMemberAssignment(_) => 8,
            GroupKey::ShareGroupMemberMetadata(_) => 10,
            GroupKey::ShareGroupMetadata(_) => 11,
            GroupKey::ShareGroupTargetAssignmentMetadata(_) => 12,
            GroupKey::ShareGroupTargetAssignmentMember(_) => 13,
            GroupKey::ShareGroupCurrentMemberAssignment(_) => 14,
            GroupKey::ShareGroupStatePartitionMetadata(_) => 15,
            GroupKey::ConsumerGroupRegularExpression(_) => 16,
            GroupKey::StreamsGroupMetadata(_) => 17,
            GroupKey::StreamsGroupMemberMetadata(_) => 19,
            GroupKey::StreamsGroupTargetAssignmentMetadata(_) => 20,
            GroupKey::StreamsGroupTargetAssignmentMember(_) => 21,
            GroupKey::StreamsGroupCurrentMemberAssignment(_) => 22,
            GroupKey::StreamsGroupTopology(_) => 23,
        }
    }
}

/// Any value of this family. Its version stands in front of it; its type is that of the key.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupValue {
    LegacyOffsetCommit(LegacyOffsetCommitValue),
    OffsetCommit(OffsetCommitValue),
    GroupMetadata(GroupMetadataValue),
    ConsumerGroupMetadata(ConsumerGroupMetadataValue),
    ConsumerGroupPartitionMetadata(ConsumerGroupPartitionMetadataValue),
    ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataValue),
    ConsumerGroupTargetAssignmentMetadata(ConsumerGroupTargetAssignmentMetadataValue),
    ConsumerGroupTargetAssignmentMember(ConsumerGroupTargetAssignmentMemberValue),
    ConsumerGroupCurrentMemberAssignment(ConsumerGroupCurrentMemberAssignmentValue),
    ShareGroupMemberMetadata(ShareGroupMemberMetadataValue),
    ShareGroupMetadata(ShareGroupMetadataValue),
    ShareGroupTargetAssignmentMetadata(ShareGroupTargetAssignmentMetadataValue),
    ShareGroupTargetAssignmentMember(ShareGroupTargetAssignmentMemberValue),
    ShareGroupCurrentMemberAssignment(ShareGroupCurrentMemberAssignmentValue),
    ShareGroupStatePartitionMetadata(ShareGroupStatePartitionMetadataValue),
    ConsumerGroupRegularExpression(ConsumerGroupRegularExpressionValue),
    StreamsGroupMetadata(StreamsGroupMetadataValue),
    StreamsGroupMemberMetadata(StreamsGroupMemberMetadataValue),
    StreamsGroupTargetAssignmentMetadata(StreamsGroupTargetAssignmentMetadataValue),
    StreamsGroupTargetAssignmentMember(StreamsGroupTargetAssignmentMemberValue),
    StreamsGroupCurrentMemberAssignment(StreamsGroupCurrentMemberAssignmentValue),
    StreamsGroupTopology(StreamsGroupTopologyValue),
}

impl GroupValue {
    /// Reads the value of a record whose key is of type `kind`, and the version it was
    /// written in.
    ///
    /// # Errors
    /// UnknownRecord, UnknownVersion, TrailingBytes, or whatever is wrong with the bytes.
    pub fn decode(kind: i16, value: Bytes) -> Result<(GroupValue, i16), DecodeError> {
        let (version, body) = read_prefix(value)?;
        Ok((
            match kind {
                0 => GroupValue::LegacyOffsetCommit(from_bytes(body, version)?),
                1 => GroupValue::OffsetCommit(from_bytes(body, version)?),
                2 => GroupValue::GroupMetadata(from_bytes(body, version)?),
                3 => GroupValue::ConsumerGroupMetadata(from_bytes(body, version)?),
                4 => GroupValue::ConsumerGroupPartitionMetadata(from_bytes(body, version)?),
                5 => GroupValue::ConsumerGroupMemberMetadata(from_bytes(body, version)?),
                6 => GroupValue::ConsumerGroupTargetAssignmentMetadata(from_bytes(body, version)?),
                7 => GroupValue::ConsumerGroupTargetAssignmentMember(from_bytes(body, version)?),
                8 => GroupValue::ConsumerGroupCurrentMemberAssignment(from_bytes(body, version)?),
                10 => GroupValue::ShareGroupMemberMetadata(from_bytes(body, version)?),
                11 => GroupValue::ShareGroupMetadata(from_bytes(body, version)?),
                12 => GroupValue::ShareGroupTargetAssignmentMetadata(from_bytes(body, version)?),
                13 => GroupValue::ShareGroupTargetAssignmentMember(from_bytes(body, version)?),
                14 => GroupValue::ShareGroupCurrentMemberAssignment(from_bytes(body, version)?),
                15 => GroupValue::ShareGroupStatePartitionMetadata(from_bytes(body, version)?),
                16 => GroupValue::ConsumerGroupRegularExpression(from_bytes(body, version)?),
                17 => GroupValue::StreamsGroupMetadata(from_bytes(body, version)?),
                19 => GroupValue::StreamsGroupMemberMetadata(from_bytes(body, version)?),
                20 => GroupValue::StreamsGroupTargetAssignmentMetadata(from_bytes(body, version)?),
                21 => GroupValue::StreamsGroupTargetAssignmentMember(from_bytes(body, version)?),
                22 => GroupValue::StreamsGroupCurrentMemberAssignment(from_bytes(body, version)?),
                23 => GroupValue::StreamsGroupTopology(from_bytes(body, version)?),
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
            GroupValue::LegacyOffsetCommit(value) => write_prefixed(version, version, value),
            GroupValue::OffsetCommit(value) => write_prefixed(version, version, value),
            GroupValue::GroupMetadata(value) => write_prefixed(version, version, value),
            GroupValue::ConsumerGroupMetadata(value) => write_prefixed(version, version, value),
            GroupValue::ConsumerGroupPartitionMetadata(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::ConsumerGroupMemberMetadata(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::ConsumerGroupTargetAssignmentMetadata(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::ConsumerGroupTargetAssignmentMember(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::ConsumerGroupCurrentMemberAssignment(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::ShareGroupMemberMetadata(value) => write_prefixed(version, version, value),
            GroupValue::ShareGroupMetadata(value) => write_prefixed(version, version, value),
            GroupValue::ShareGroupTargetAssignmentMetadata(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::ShareGroupTargetAssignmentMember(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::ShareGroupCurrentMemberAssignment(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::ShareGroupStatePartitionMetadata(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::ConsumerGroupRegularExpression(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::StreamsGroupMetadata(value) => write_prefixed(version, version, value),
            GroupValue::StreamsGroupMemberMetadata(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::StreamsGroupTargetAssignmentMetadata(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::StreamsGroupTargetAssignmentMember(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::StreamsGroupCurrentMemberAssignment(value) => {
                write_prefixed(version, version, value)
            }
            GroupValue::StreamsGroupTopology(value) => write_prefixed(version, version, value),
        }
    }

    /// The type of the record.
    pub const fn kind(&self) -> i16 {
        match self {
            GroupValue::LegacyOffsetCommit(_) => 0,
            GroupValue::OffsetCommit(_) => 1,
            GroupValue::GroupMetadata(_) => 2,
            GroupValue::ConsumerGroupMetadata(_) => 3,
            GroupValue::ConsumerGroupPartitionMetadata(_) => 4,
            GroupValue::ConsumerGroupMemberMetadata(_) => 5,
            GroupValue::ConsumerGroupTargetAssignmentMetadata(_) => 6,
            GroupValue::ConsumerGroupTargetAssignmentMember(_) => 7,
            GroupValue::ConsumerGroupCurrentMemberAssignment(_) => 8,
            GroupValue::ShareGroupMemberMetadata(_) => 10,
            GroupValue::ShareGroupMetadata(_) => 11,
            GroupValue::ShareGroupTargetAssignmentMetadata(_) => 12,
            GroupValue::ShareGroupTargetAssignmentMember(_) => 13,
            GroupValue::ShareGroupCurrentMemberAssignment(_) => 14,
            GroupValue::ShareGroupStatePartitionMetadata(_) => 15,
            GroupValue::ConsumerGroupRegularExpression(_) => 16,
            GroupValue::StreamsGroupMetadata(_) => 17,
            GroupValue::StreamsGroupMemberMetadata(_) => 19,
            GroupValue::StreamsGroupTargetAssignmentMetadata(_) => 20,
            GroupValue::StreamsGroupTargetAssignmentMember(_) => 21,
            GroupValue::StreamsGroupCurrentMemberAssignment(_) => 22,
            GroupValue::StreamsGroupTopology(_) => 23,
        }
    }

    /// The newest version of the value.
    pub const fn newest_version(&self) -> i16 {
        match self {
            GroupValue::LegacyOffsetCommit(_) => *LegacyOffsetCommitValue::VERSIONS.end(),
            GroupValue::OffsetCommit(_) => *OffsetCommitValue::VERSIONS.end(),
            GroupValue::GroupMetadata(_) => *GroupMetadataValue::VERSIONS.end(),
            GroupValue::ConsumerGroupMetadata(_) => *ConsumerGroupMetadataValue::VERSIONS.end(),
            GroupValue::ConsumerGroupPartitionMetadata(_) => {
                *ConsumerGroupPartitionMetadataValue::VERSIONS.end()
            }
            GroupValue::ConsumerGroupMemberMetadata(_) => {
                *ConsumerGroupMemberMetadataValue::VERSIONS.end()
            }
            GroupValue::ConsumerGroupTargetAssignmentMetadata(_) => {
                *ConsumerGroupTargetAssignmentMetadataValue::VERSIONS.end()
            }
            GroupValue::ConsumerGroupTargetAssignmentMember(_) => {
                *ConsumerGroupTargetAssignmentMemberValue::VERSIONS.end()
            }
            GroupValue::ConsumerGroupCurrentMemberAssignment(_) => {
                *ConsumerGroupCurrentMemberAssignmentValue::VERSIONS.end()
            }
            GroupValue::ShareGroupMemberMetadata(_) => {
                *ShareGroupMemberMetadataValue::VERSIONS.end()
            }
            GroupValue::ShareGroupMetadata(_) => *ShareGroupMetadataValue::VERSIONS.end(),
            GroupValue::ShareGroupTargetAssignmentMetadata(_) => {
                *ShareGroupTargetAssignmentMetadataValue::VERSIONS.end()
            }
            GroupValue::ShareGroupTargetAssignmentMember(_) => {
                *ShareGroupTargetAssignmentMemberValue::VERSIONS.end()
            }
            GroupValue::ShareGroupCurrentMemberAssignment(_) => {
                *ShareGroupCurrentMemberAssignmentValue::VERSIONS.end()
            }
            GroupValue::ShareGroupStatePartitionMetadata(_) => {
                *ShareGroupStatePartitionMetadataValue::VERSIONS.end()
            }
            GroupValue::ConsumerGroupRegularExpression(_) => {
                *ConsumerGroupRegularExpressionValue::VERSIONS.end()
            }
            GroupValue::StreamsGroupMetadata(_) => *StreamsGroupMetadataValue::VERSIONS.end(),
            GroupValue::StreamsGroupMemberMetadata(_) => {
                *StreamsGroupMemberMetadataValue::VERSIONS.end()
            }
            GroupValue::StreamsGroupTargetAssignmentMetadata(_) => {
                *StreamsGroupTargetAssignmentMetadataValue::VERSIONS.end()
            }
            GroupValue::StreamsGroupTargetAssignmentMember(_) => {
                *StreamsGroupTargetAssignmentMemberValue::VERSIONS.end()
            }
            GroupValue::StreamsGroupCurrentMemberAssignment(_) => {
                *StreamsGroupCurrentMemberAssignmentValue::VERSIONS.end()
            }
            GroupValue::StreamsGroupTopology(_) => *StreamsGroupTopologyValue::VERSIONS.end(),
        }
    }
}

impl From<LegacyOffsetCommitKey> for GroupKey {
    fn from(key: LegacyOffsetCommitKey) -> GroupKey {
        GroupKey::LegacyOffsetCommit(key)
    }
}

impl From<LegacyOffsetCommitValue> for GroupValue {
    fn from(value: LegacyOffsetCommitValue) -> GroupValue {
        GroupValue::LegacyOffsetCommit(value)
    }
}

impl From<OffsetCommitKey> for GroupKey {
    fn from(key: OffsetCommitKey) -> GroupKey {
        GroupKey::OffsetCommit(key)
    }
}

impl From<OffsetCommitValue> for GroupValue {
    fn from(value: OffsetCommitValue) -> GroupValue {
        GroupValue::OffsetCommit(value)
    }
}

impl From<GroupMetadataKey> for GroupKey {
    fn from(key: GroupMetadataKey) -> GroupKey {
        GroupKey::GroupMetadata(key)
    }
}

impl From<GroupMetadataValue> for GroupValue {
    fn from(value: GroupMetadataValue) -> GroupValue {
        GroupValue::GroupMetadata(value)
    }
}

impl From<ConsumerGroupMetadataKey> for GroupKey {
    fn from(key: ConsumerGroupMetadataKey) -> GroupKey {
        GroupKey::ConsumerGroupMetadata(key)
    }
}

impl From<ConsumerGroupMetadataValue> for GroupValue {
    fn from(value: ConsumerGroupMetadataValue) -> GroupValue {
        GroupValue::ConsumerGroupMetadata(value)
    }
}

impl From<ConsumerGroupPartitionMetadataKey> for GroupKey {
    fn from(key: ConsumerGroupPartitionMetadataKey) -> GroupKey {
        GroupKey::ConsumerGroupPartitionMetadata(key)
    }
}

impl From<ConsumerGroupPartitionMetadataValue> for GroupValue {
    fn from(value: ConsumerGroupPartitionMetadataValue) -> GroupValue {
        GroupValue::ConsumerGroupPartitionMetadata(value)
    }
}

impl From<ConsumerGroupMemberMetadataKey> for GroupKey {
    fn from(key: ConsumerGroupMemberMetadataKey) -> GroupKey {
        GroupKey::ConsumerGroupMemberMetadata(key)
    }
}

impl From<ConsumerGroupMemberMetadataValue> for GroupValue {
    fn from(value: ConsumerGroupMemberMetadataValue) -> GroupValue {
        GroupValue::ConsumerGroupMemberMetadata(value)
    }
}

impl From<ConsumerGroupTargetAssignmentMetadataKey> for GroupKey {
    fn from(key: ConsumerGroupTargetAssignmentMetadataKey) -> GroupKey {
        GroupKey::ConsumerGroupTargetAssignmentMetadata(key)
    }
}

impl From<ConsumerGroupTargetAssignmentMetadataValue> for GroupValue {
    fn from(value: ConsumerGroupTargetAssignmentMetadataValue) -> GroupValue {
        GroupValue::ConsumerGroupTargetAssignmentMetadata(value)
    }
}

impl From<ConsumerGroupTargetAssignmentMemberKey> for GroupKey {
    fn from(key: ConsumerGroupTargetAssignmentMemberKey) -> GroupKey {
        GroupKey::ConsumerGroupTargetAssignmentMember(key)
    }
}

impl From<ConsumerGroupTargetAssignmentMemberValue> for GroupValue {
    fn from(value: ConsumerGroupTargetAssignmentMemberValue) -> GroupValue {
        GroupValue::ConsumerGroupTargetAssignmentMember(value)
    }
}

impl From<ConsumerGroupCurrentMemberAssignmentKey> for GroupKey {
    fn from(key: ConsumerGroupCurrentMemberAssignmentKey) -> GroupKey {
        GroupKey::ConsumerGroupCurrentMemberAssignment(key)
    }
}

impl From<ConsumerGroupCurrentMemberAssignmentValue> for GroupValue {
    fn from(value: ConsumerGroupCurrentMemberAssignmentValue) -> GroupValue {
        GroupValue::ConsumerGroupCurrentMemberAssignment(value)
    }
}

impl From<ShareGroupMemberMetadataKey> for GroupKey {
    fn from(key: ShareGroupMemberMetadataKey) -> GroupKey {
        GroupKey::ShareGroupMemberMetadata(key)
    }
}

impl From<ShareGroupMemberMetadataValue> for GroupValue {
    fn from(value: ShareGroupMemberMetadataValue) -> GroupValue {
        GroupValue::ShareGroupMemberMetadata(value)
    }
}

impl From<ShareGroupMetadataKey> for GroupKey {
    fn from(key: ShareGroupMetadataKey) -> GroupKey {
        GroupKey::ShareGroupMetadata(key)
    }
}

impl From<ShareGroupMetadataValue> for GroupValue {
    fn from(value: ShareGroupMetadataValue) -> GroupValue {
        GroupValue::ShareGroupMetadata(value)
    }
}

impl From<ShareGroupTargetAssignmentMetadataKey> for GroupKey {
    fn from(key: ShareGroupTargetAssignmentMetadataKey) -> GroupKey {
        GroupKey::ShareGroupTargetAssignmentMetadata(key)
    }
}

impl From<ShareGroupTargetAssignmentMetadataValue> for GroupValue {
    fn from(value: ShareGroupTargetAssignmentMetadataValue) -> GroupValue {
        GroupValue::ShareGroupTargetAssignmentMetadata(value)
    }
}

impl From<ShareGroupTargetAssignmentMemberKey> for GroupKey {
    fn from(key: ShareGroupTargetAssignmentMemberKey) -> GroupKey {
        GroupKey::ShareGroupTargetAssignmentMember(key)
    }
}

impl From<ShareGroupTargetAssignmentMemberValue> for GroupValue {
    fn from(value: ShareGroupTargetAssignmentMemberValue) -> GroupValue {
        GroupValue::ShareGroupTargetAssignmentMember(value)
    }
}

impl From<ShareGroupCurrentMemberAssignmentKey> for GroupKey {
    fn from(key: ShareGroupCurrentMemberAssignmentKey) -> GroupKey {
        GroupKey::ShareGroupCurrentMemberAssignment(key)
    }
}

impl From<ShareGroupCurrentMemberAssignmentValue> for GroupValue {
    fn from(value: ShareGroupCurrentMemberAssignmentValue) -> GroupValue {
        GroupValue::ShareGroupCurrentMemberAssignment(value)
    }
}

impl From<ShareGroupStatePartitionMetadataKey> for GroupKey {
    fn from(key: ShareGroupStatePartitionMetadataKey) -> GroupKey {
        GroupKey::ShareGroupStatePartitionMetadata(key)
    }
}

impl From<ShareGroupStatePartitionMetadataValue> for GroupValue {
    fn from(value: ShareGroupStatePartitionMetadataValue) -> GroupValue {
        GroupValue::ShareGroupStatePartitionMetadata(value)
    }
}

impl From<ConsumerGroupRegularExpressionKey> for GroupKey {
    fn from(key: ConsumerGroupRegularExpressionKey) -> GroupKey {
        GroupKey::ConsumerGroupRegularExpression(key)
    }
}

impl From<ConsumerGroupRegularExpressionValue> for GroupValue {
    fn from(value: ConsumerGroupRegularExpressionValue) -> GroupValue {
        GroupValue::ConsumerGroupRegularExpression(value)
    }
}

impl From<StreamsGroupMetadataKey> for GroupKey {
    fn from(key: StreamsGroupMetadataKey) -> GroupKey {
        GroupKey::StreamsGroupMetadata(key)
    }
}

impl From<StreamsGroupMetadataValue> for GroupValue {
    fn from(value: StreamsGroupMetadataValue) -> GroupValue {
        GroupValue::StreamsGroupMetadata(value)
    }
}

impl From<StreamsGroupMemberMetadataKey> for GroupKey {
    fn from(key: StreamsGroupMemberMetadataKey) -> GroupKey {
        GroupKey::StreamsGroupMemberMetadata(key)
    }
}

impl From<StreamsGroupMemberMetadataValue> for GroupValue {
    fn from(value: StreamsGroupMemberMetadataValue) -> GroupValue {
        GroupValue::StreamsGroupMemberMetadata(value)
    }
}

impl From<StreamsGroupTargetAssignmentMetadataKey> for GroupKey {
    fn from(key: StreamsGroupTargetAssignmentMetadataKey) -> GroupKey {
        GroupKey::StreamsGroupTargetAssignmentMetadata(key)
    }
}

impl From<StreamsGroupTargetAssignmentMetadataValue> for GroupValue {
    fn from(value: StreamsGroupTargetAssignmentMetadataValue) -> GroupValue {
        GroupValue::StreamsGroupTargetAssignmentMetadata(value)
    }
}

impl From<StreamsGroupTargetAssignmentMemberKey> for GroupKey {
    fn from(key: StreamsGroupTargetAssignmentMemberKey) -> GroupKey {
        GroupKey::StreamsGroupTargetAssignmentMember(key)
    }
}

impl From<StreamsGroupTargetAssignmentMemberValue> for GroupValue {
    fn from(value: StreamsGroupTargetAssignmentMemberValue) -> GroupValue {
        GroupValue::StreamsGroupTargetAssignmentMember(value)
    }
}

impl From<StreamsGroupCurrentMemberAssignmentKey> for GroupKey {
    fn from(key: StreamsGroupCurrentMemberAssignmentKey) -> GroupKey {
        GroupKey::StreamsGroupCurrentMemberAssignment(key)
    }
}

impl From<StreamsGroupCurrentMemberAssignmentValue> for GroupValue {
    fn from(value: StreamsGroupCurrentMemberAssignmentValue) -> GroupValue {
        GroupValue::StreamsGroupCurrentMemberAssignment(value)
    }
}

impl From<StreamsGroupTopologyKey> for GroupKey {
    fn from(key: StreamsGroupTopologyKey) -> GroupKey {
        GroupKey::StreamsGroupTopology(key)
    }
}

impl From<StreamsGroupTopologyValue> for GroupValue {
    fn from(value: StreamsGroupTopologyValue) -> GroupValue {
        GroupValue::StreamsGroupTopology(value)
    }
}
