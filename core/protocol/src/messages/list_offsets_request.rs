//! ListOffsetsRequest, versions 0 to 11.
//!
//! Generated from `definitions/002-ListOffsets.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListOffsetsRequest {
    pub replica_id: i32,
    pub isolation_level: i8,
    pub topics: Vec<ListOffsetsTopic>,
    pub timeout_ms: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for ListOffsetsRequest {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListOffsetsRequest, DecodeError> {
        let form = form(version);
        Ok(ListOffsetsRequest {
            replica_id: reader.i32()?,
            isolation_level: if version >= 2 { reader.i8()? } else { 0 },
            topics: reader.array(version, form)?,
            timeout_ms: if version >= 10 { reader.i32()? } else { 0 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.replica_id);
        if version >= 2 {
            writer.i8(self.isolation_level);
        }
        if version < 2 && self.isolation_level != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "IsolationLevel", version });
        }
        writer.array(version, form, &self.topics)?;
        if version >= 10 {
            writer.i32(self.timeout_ms);
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        if version >= 2 {
            size += 1;
        }
        size += array_size(version, form, &self.topics);
        if version >= 10 {
            size += 4;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListOffsetsTopic {
    pub name: Str,
    pub partitions: Vec<ListOffsetsPartition>,
    pub unknown_tags: UnknownTags,
}

impl Message for ListOffsetsTopic {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListOffsetsTopic, DecodeError> {
        let form = form(version);
        Ok(ListOffsetsTopic {
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

#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetsPartition {
    pub partition_index: i32,
    pub current_leader_epoch: i32,
    pub timestamp: i64,
    pub max_num_offsets: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for ListOffsetsPartition {
    fn default() -> ListOffsetsPartition {
        ListOffsetsPartition {
            partition_index: 0,
            current_leader_epoch: -1,
            timestamp: 0,
            max_num_offsets: 1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ListOffsetsPartition {
    const SMALLEST: usize = 12;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListOffsetsPartition, DecodeError> {
        let form = form(version);
        Ok(ListOffsetsPartition {
            partition_index: reader.i32()?,
            current_leader_epoch: if version >= 4 { reader.i32()? } else { -1 },
            timestamp: reader.i64()?,
            max_num_offsets: if version <= 0 { reader.i32()? } else { 1 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        if version >= 4 {
            writer.i32(self.current_leader_epoch);
        }
        writer.i64(self.timestamp);
        if version <= 0 {
            writer.i32(self.max_num_offsets);
        }
        if version > 0 && self.max_num_offsets != 1 {
            return Err(EncodeError::FieldNotInVersion { field: "MaxNumOffsets", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        if version >= 4 {
            size += 4;
        }
        if version <= 0 {
            size += 4;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ListOffsetsRequest {
    const NAME: &'static str = "ListOffsetsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=11;
    const FLEXIBLE_FROM: Option<i16> = Some(6);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 6 { Form::Flexible } else { Form::Classic }
}
