//! FetchSnapshotResponse, versions 0 to 1.
//!
//! Generated from `definitions/059-FetchSnapshot.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Payload, Reader, TopLevel, UnknownTags, Writer,
    array_size, payload_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchSnapshotResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub topics: Vec<TopicSnapshot>,
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

impl Message for FetchSnapshotResponse {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<FetchSnapshotResponse, DecodeError> {
        let form = form(version);
        let mut message = FetchSnapshotResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            topics: reader.array(version, form)?,
            node_endpoints: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 if version >= 1 => {
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
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.array(version, form, &self.topics)?;
        if version < 1 && !self.node_endpoints.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "NodeEndpoints", version });
        }
        let mut count = self.unknown_tags.len();
        if version >= 1 && !self.node_endpoints.is_empty() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if version >= 1 && !self.node_endpoints.is_empty() {
            writer.uvarint(0);
            writer.uvarint((array_size(version, Form::Flexible, &self.node_endpoints)) as u32);
            writer.array(version, Form::Flexible, &self.node_endpoints)?;
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += array_size(version, form, &self.topics);
        let mut count = self.unknown_tags.len();
        if version >= 1 && !self.node_endpoints.is_empty() {
            count += 1;
            size += tagged_size(0, array_size(version, Form::Flexible, &self.node_endpoints));
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicSnapshot {
    pub name: Str,
    pub partitions: Vec<PartitionSnapshot>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicSnapshot {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicSnapshot, DecodeError> {
        let form = form(version);
        Ok(TopicSnapshot {
            name: reader.string(form)?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionSnapshot {
    pub index: i32,
    pub error_code: i16,
    pub snapshot_id: SnapshotId,
    pub current_leader: LeaderIdAndEpoch,
    pub size: i64,
    pub position: i64,
    pub unaligned_records: Option<Payload>,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionSnapshot {
    const SMALLEST: usize = 37;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionSnapshot, DecodeError> {
        let form = form(version);
        let mut message = PartitionSnapshot {
            index: reader.i32()?,
            error_code: reader.i16()?,
            snapshot_id: SnapshotId::decode(reader, version)?,
            current_leader: LeaderIdAndEpoch::default(),
            size: reader.i64()?,
            position: reader.i64()?,
            unaligned_records: reader.payload(form)?,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.current_leader = LeaderIdAndEpoch::decode(reader, version)?,
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.index);
        writer.i16(self.error_code);
        self.snapshot_id.encode(writer, version)?;
        writer.i64(self.size);
        writer.i64(self.position);
        let Some(value) = &self.unaligned_records else {
            return Err(EncodeError::Null { field: "UnalignedRecords", version });
        };
        writer.payload(form, value)?;
        let mut count = self.unknown_tags.len();
        if self.current_leader != LeaderIdAndEpoch::default() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.current_leader != LeaderIdAndEpoch::default() {
            writer.uvarint(0);
            writer.uvarint((self.current_leader.size(version)) as u32);
            self.current_leader.encode(writer, version)?;
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 22;
        size += self.snapshot_id.size(version);
        size += payload_size(form, self.unaligned_records.as_ref());
        let mut count = self.unknown_tags.len();
        if self.current_leader != LeaderIdAndEpoch::default() {
            count += 1;
            size += tagged_size(0, self.current_leader.size(version));
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SnapshotId {
    pub end_offset: i64,
    pub epoch: i32,
    pub unknown_tags: UnknownTags,
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
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
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

#[derive(Clone, Debug, PartialEq, Default)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

impl Message for NodeEndpoint {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<NodeEndpoint, DecodeError> {
        let form = form(version);
        Ok(NodeEndpoint {
            node_id: reader.i32()?,
            host: reader.string(form)?,
            port: reader.u16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.node_id);
        writer.string(form, &self.host)?;
        writer.u16(self.port);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += string_size(form, &self.host);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for FetchSnapshotResponse {
    const NAME: &'static str = "FetchSnapshotResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = true;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
