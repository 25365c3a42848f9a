//! FetchSnapshotRequest, versions 0 to 1.
//!
//! Generated from `definitions/059-FetchSnapshot.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct FetchSnapshotRequest {
    pub cluster_id: Option<Str>,
    pub replica_id: i32,
    pub max_bytes: i32,
    pub topics: Vec<TopicSnapshot>,
    pub unknown_tags: UnknownTags,
}

impl Default for FetchSnapshotRequest {
    fn default() -> FetchSnapshotRequest {
        FetchSnapshotRequest {
            cluster_id: None,
            replica_id: -1,
            max_bytes: i32::MAX,
            topics: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for FetchSnapshotRequest {
    const SMALLEST: usize = 10;

    fn decode(reader: &mut Reader, version: i16) -> Result<FetchSnapshotRequest, DecodeError> {
        let form = form(version);
        let mut message = FetchSnapshotRequest {
            cluster_id: None,
            replica_id: reader.i32()?,
            max_bytes: reader.i32()?,
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.cluster_id = reader.nullable_string(Form::Flexible)?,
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.replica_id);
        writer.i32(self.max_bytes);
        writer.array(version, form, &self.topics)?;
        let mut count = self.unknown_tags.len();
        if self.cluster_id.is_some() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.cluster_id.is_some() {
            writer.uvarint(0);
            writer.uvarint((nullable_string_size(Form::Flexible, self.cluster_id.as_ref())) as u32);
            writer.nullable_string(Form::Flexible, self.cluster_id.as_ref())?;
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += array_size(version, form, &self.topics);
        let mut count = self.unknown_tags.len();
        if self.cluster_id.is_some() {
            count += 1;
            size += tagged_size(0, nullable_string_size(Form::Flexible, self.cluster_id.as_ref()));
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
    pub partition: i32,
    pub current_leader_epoch: i32,
    pub snapshot_id: SnapshotId,
    pub position: i64,
    pub replica_directory_id: Uuid,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionSnapshot {
    const SMALLEST: usize = 30;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionSnapshot, DecodeError> {
        let mut message = PartitionSnapshot {
            partition: reader.i32()?,
            current_leader_epoch: reader.i32()?,
            snapshot_id: SnapshotId::decode(reader, version)?,
            position: reader.i64()?,
            replica_directory_id: Uuid::ZERO,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 if version >= 1 => message.replica_directory_id = reader.uuid()?,
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
        writer.i32(self.partition);
        writer.i32(self.current_leader_epoch);
        self.snapshot_id.encode(writer, version)?;
        writer.i64(self.position);
        let mut count = self.unknown_tags.len();
        if version >= 1 && self.replica_directory_id != Uuid::ZERO {
            count += 1;
        }
        writer.uvarint(count as u32);
        if version >= 1 && self.replica_directory_id != Uuid::ZERO {
            writer.uvarint(0);
            writer.uvarint(16);
            writer.uuid(self.replica_directory_id);
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let mut size = 16;
        size += self.snapshot_id.size(version);
        let mut count = self.unknown_tags.len();
        if version >= 1 && self.replica_directory_id != Uuid::ZERO {
            count += 1;
            size += tagged_size(0, 16);
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

impl TopLevel for FetchSnapshotRequest {
    const NAME: &'static str = "FetchSnapshotRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
