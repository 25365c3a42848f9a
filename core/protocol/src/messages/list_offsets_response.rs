//! ListOffsetsResponse, versions 0 to 11.
//!
//! Generated from `definitions/002-ListOffsets.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListOffsetsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<ListOffsetsTopicResponse>,
    pub unknown_tags: UnknownTags,
}

impl Message for ListOffsetsResponse {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListOffsetsResponse, DecodeError> {
        let form = form(version);
        Ok(ListOffsetsResponse {
            throttle_time_ms: if version >= 2 { reader.i32()? } else { 0 },
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 2 {
            writer.i32(self.throttle_time_ms);
        }
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 2 {
            size += 4;
        }
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListOffsetsTopicResponse {
    pub name: Str,
    pub partitions: Vec<ListOffsetsPartitionResponse>,
    pub unknown_tags: UnknownTags,
}

impl Message for ListOffsetsTopicResponse {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListOffsetsTopicResponse, DecodeError> {
        let form = form(version);
        Ok(ListOffsetsTopicResponse {
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
pub struct ListOffsetsPartitionResponse {
    pub partition_index: i32,
    pub error_code: i16,
    pub old_style_offsets: Vec<i64>,
    pub timestamp: i64,
    pub offset: i64,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for ListOffsetsPartitionResponse {
    fn default() -> ListOffsetsPartitionResponse {
        ListOffsetsPartitionResponse {
            partition_index: 0,
            error_code: 0,
            old_style_offsets: Vec::new(),
            timestamp: -1,
            offset: -1,
            leader_epoch: -1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ListOffsetsPartitionResponse {
    const SMALLEST: usize = 10;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ListOffsetsPartitionResponse, DecodeError> {
        let form = form(version);
        Ok(ListOffsetsPartitionResponse {
            partition_index: reader.i32()?,
            error_code: reader.i16()?,
            old_style_offsets: if version <= 0 { reader.array(version, form)? } else { Vec::new() },
            timestamp: if version >= 1 { reader.i64()? } else { -1 },
            offset: if version >= 1 { reader.i64()? } else { -1 },
            leader_epoch: if version >= 4 { reader.i32()? } else { -1 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i16(self.error_code);
        if version <= 0 {
            writer.array(version, form, &self.old_style_offsets)?;
        }
        if version > 0 && !self.old_style_offsets.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "OldStyleOffsets", version });
        }
        if version >= 1 {
            writer.i64(self.timestamp);
        }
        if version < 1 && self.timestamp != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "Timestamp", version });
        }
        if version >= 1 {
            writer.i64(self.offset);
        }
        if version < 1 && self.offset != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "Offset", version });
        }
        if version >= 4 {
            writer.i32(self.leader_epoch);
        }
        if version < 4 && self.leader_epoch != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "LeaderEpoch", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        if version <= 0 {
            size += array_size(version, form, &self.old_style_offsets);
        }
        if version >= 1 {
            size += 8;
        }
        if version >= 1 {
            size += 8;
        }
        if version >= 4 {
            size += 4;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ListOffsetsResponse {
    const NAME: &'static str = "ListOffsetsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=11;
    const FLEXIBLE_FROM: Option<i16> = Some(6);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 6 { Form::Flexible } else { Form::Classic }
}
