//! FetchResponse, versions 0 to 18.
//!
//! Generated from `definitions/001-Fetch.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Payload, Reader, TopLevel, UnknownTags, Writer,
    array_size, nullable_array_size, nullable_string_size, payload_size, string_size, tagged_size,
    uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub session_id: i32,
    pub responses: Vec<FetchableTopicResponse>,
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

impl Message for FetchResponse {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<FetchResponse, DecodeError> {
        let form = form(version);
        let mut message = FetchResponse {
            throttle_time_ms: if version >= 1 { reader.i32()? } else { 0 },
            error_code: if version >= 7 { reader.i16()? } else { 0 },
            session_id: if version >= 7 { reader.i32()? } else { 0 },
            responses: reader.array(version, form)?,
            node_endpoints: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 12 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 if version >= 16 => {
                        message.node_endpoints = reader.array(version, Form::Flexible)?
                    }
                    0 => {
                        return Err(DecodeError::TagNotInVersion {
                            at: reader.position(),
                            tag,
                            version,
                        });
                    }
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.i32(self.throttle_time_ms);
        }
        if version >= 7 {
            writer.i16(self.error_code);
        }
        if version >= 7 {
            writer.i32(self.session_id);
        }
        if version < 7 && self.session_id != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "SessionId", version });
        }
        writer.array(version, form, &self.responses)?;
        if version < 16 && !self.node_endpoints.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "NodeEndpoints", version });
        }
        if version >= 12 {
            let mut count = self.unknown_tags.len();
            if version >= 16 && !self.node_endpoints.is_empty() {
                count += 1;
            }
            writer.uvarint(count as u32);
            if version >= 16 && !self.node_endpoints.is_empty() {
                writer.uvarint(0);
                writer.uvarint((array_size(version, Form::Flexible, &self.node_endpoints)) as u32);
                writer.array(version, Form::Flexible, &self.node_endpoints)?;
            }
            self.unknown_tags.write_between(writer, 1, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 1 {
            size += 4;
        }
        if version >= 7 {
            size += 2;
        }
        if version >= 7 {
            size += 4;
        }
        size += array_size(version, form, &self.responses);
        if version >= 12 {
            let mut count = self.unknown_tags.len();
            if version >= 16 && !self.node_endpoints.is_empty() {
                count += 1;
                size += tagged_size(0, array_size(version, Form::Flexible, &self.node_endpoints));
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchableTopicResponse {
    pub topic: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

impl Message for FetchableTopicResponse {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<FetchableTopicResponse, DecodeError> {
        let form = form(version);
        Ok(FetchableTopicResponse {
            topic: if version <= 12 { reader.string(form)? } else { Str::EMPTY },
            topic_id: if version >= 13 { reader.uuid()? } else { Uuid::ZERO },
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 12 {
            writer.string(form, &self.topic)?;
        }
        if version >= 13 {
            writer.uuid(self.topic_id);
        }
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 12 {
            size += string_size(form, &self.topic);
        }
        if version >= 13 {
            size += 16;
        }
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub high_watermark: i64,
    pub last_stable_offset: i64,
    pub log_start_offset: i64,
    pub diverging_epoch: EpochEndOffset,
    pub current_leader: LeaderIdAndEpoch,
    pub snapshot_id: SnapshotId,
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    pub preferred_read_replica: i32,
    pub records: Option<Payload>,
    pub unknown_tags: UnknownTags,
}

impl Default for PartitionData {
    fn default() -> PartitionData {
        PartitionData {
            partition_index: 0,
            error_code: 0,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: Some(Vec::new()),
            preferred_read_replica: -1,
            records: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for PartitionData {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionData, DecodeError> {
        let form = form(version);
        let mut message = PartitionData {
            partition_index: reader.i32()?,
            error_code: reader.i16()?,
            high_watermark: reader.i64()?,
            last_stable_offset: if version >= 4 { reader.i64()? } else { -1 },
            log_start_offset: if version >= 5 { reader.i64()? } else { -1 },
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: if version >= 4 {
                reader.nullable_array(version, form)?
            } else {
                Some(Vec::new())
            },
            preferred_read_replica: if version >= 11 { reader.i32()? } else { -1 },
            records: reader.nullable_payload(form)?,
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 12 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 => message.diverging_epoch = EpochEndOffset::decode(reader, version)?,
                    1 => message.current_leader = LeaderIdAndEpoch::decode(reader, version)?,
                    2 => message.snapshot_id = SnapshotId::decode(reader, version)?,
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i16(self.error_code);
        writer.i64(self.high_watermark);
        if version >= 4 {
            writer.i64(self.last_stable_offset);
        }
        if version >= 5 {
            writer.i64(self.log_start_offset);
        }
        if version < 12 && self.diverging_epoch != EpochEndOffset::default() {
            return Err(EncodeError::FieldNotInVersion { field: "DivergingEpoch", version });
        }
        if version < 12 && self.current_leader != LeaderIdAndEpoch::default() {
            return Err(EncodeError::FieldNotInVersion { field: "CurrentLeader", version });
        }
        if version < 12 && self.snapshot_id != SnapshotId::default() {
            return Err(EncodeError::FieldNotInVersion { field: "SnapshotId", version });
        }
        if version >= 4 {
            writer.nullable_array(version, form, self.aborted_transactions.as_deref())?;
        }
        if version >= 11 {
            writer.i32(self.preferred_read_replica);
        }
        if version < 11 && self.preferred_read_replica != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "PreferredReadReplica", version });
        }
        writer.nullable_payload(form, self.records.as_ref())?;
        if version >= 12 {
            let mut count = self.unknown_tags.len();
            if self.diverging_epoch != EpochEndOffset::default() {
                count += 1;
            }
            if self.current_leader != LeaderIdAndEpoch::default() {
                count += 1;
            }
            if self.snapshot_id != SnapshotId::default() {
                count += 1;
            }
            writer.uvarint(count as u32);
            if self.diverging_epoch != EpochEndOffset::default() {
                writer.uvarint(0);
                writer.uvarint((self.diverging_epoch.size(version)) as u32);
                self.diverging_epoch.encode(writer, version)?;
            }
            if self.current_leader != LeaderIdAndEpoch::default() {
                writer.uvarint(1);
                writer.uvarint((self.current_leader.size(version)) as u32);
                self.current_leader.encode(writer, version)?;
            }
            if self.snapshot_id != SnapshotId::default() {
                writer.uvarint(2);
                writer.uvarint((self.snapshot_id.size(version)) as u32);
                self.snapshot_id.encode(writer, version)?;
            }
            self.unknown_tags.write_between(writer, 3, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 14;
        if version >= 4 {
            size += 8;
        }
        if version >= 5 {
            size += 8;
        }
        if version >= 4 {
            size += nullable_array_size(version, form, self.aborted_transactions.as_deref());
        }
        if version >= 11 {
            size += 4;
        }
        size += payload_size(form, self.records.as_ref());
        if version >= 12 {
            let mut count = self.unknown_tags.len();
            if self.diverging_epoch != EpochEndOffset::default() {
                count += 1;
                size += tagged_size(0, self.diverging_epoch.size(version));
            }
            if self.current_leader != LeaderIdAndEpoch::default() {
                count += 1;
                size += tagged_size(1, self.current_leader.size(version));
            }
            if self.snapshot_id != SnapshotId::default() {
                count += 1;
                size += tagged_size(2, self.snapshot_id.size(version));
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct EpochEndOffset {
    pub epoch: i32,
    pub end_offset: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for EpochEndOffset {
    fn default() -> EpochEndOffset {
        EpochEndOffset { epoch: -1, end_offset: -1, unknown_tags: UnknownTags::NONE }
    }
}

impl Message for EpochEndOffset {
    const SMALLEST: usize = 13;

    fn decode(reader: &mut Reader, version: i16) -> Result<EpochEndOffset, DecodeError> {
        let form = form(version);
        Ok(EpochEndOffset {
            epoch: reader.i32()?,
            end_offset: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.epoch);
        writer.i64(self.end_offset);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> LeaderIdAndEpoch {
        LeaderIdAndEpoch { leader_id: -1, leader_epoch: -1, unknown_tags: UnknownTags::NONE }
    }
}

impl Message for LeaderIdAndEpoch {
    const SMALLEST: usize = 9;

    fn decode(reader: &mut Reader, version: i16) -> Result<LeaderIdAndEpoch, DecodeError> {
        let form = form(version);
        Ok(LeaderIdAndEpoch {
            leader_id: reader.i32()?,
            leader_epoch: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.leader_id);
        writer.i32(self.leader_epoch);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotId {
    pub end_offset: i64,
    pub epoch: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for SnapshotId {
    fn default() -> SnapshotId {
        SnapshotId { end_offset: -1, epoch: -1, unknown_tags: UnknownTags::NONE }
    }
}

impl Message for SnapshotId {
    const SMALLEST: usize = 13;

    fn decode(reader: &mut Reader, version: i16) -> Result<SnapshotId, DecodeError> {
        let form = form(version);
        Ok(SnapshotId {
            end_offset: reader.i64()?,
            epoch: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i64(self.end_offset);
        writer.i32(self.epoch);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AbortedTransaction {
    pub producer_id: i64,
    pub first_offset: i64,
    pub unknown_tags: UnknownTags,
}

impl Message for AbortedTransaction {
    const SMALLEST: usize = 16;

    fn decode(reader: &mut Reader, version: i16) -> Result<AbortedTransaction, DecodeError> {
        let form = form(version);
        Ok(AbortedTransaction {
            producer_id: reader.i64()?,
            first_offset: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i64(self.producer_id);
        writer.i64(self.first_offset);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for NodeEndpoint {
    const SMALLEST: usize = 11;

    fn decode(reader: &mut Reader, version: i16) -> Result<NodeEndpoint, DecodeError> {
        let form = form(version);
        Ok(NodeEndpoint {
            node_id: reader.i32()?,
            host: reader.string(form)?,
            port: reader.i32()?,
            rack: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.node_id);
        writer.string(form, &self.host)?;
        writer.i32(self.port);
        writer.nullable_string(form, self.rack.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += string_size(form, &self.host);
        size += nullable_string_size(form, self.rack.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for FetchResponse {
    const NAME: &'static str = "FetchResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=18;
    const FLEXIBLE_FROM: Option<i16> = Some(12);
    const HAS_PAYLOAD: bool = true;
}

fn form(version: i16) -> Form {
    if version >= 12 { Form::Flexible } else { Form::Classic }
}
