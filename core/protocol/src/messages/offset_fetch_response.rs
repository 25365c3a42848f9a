//! OffsetFetchResponse, versions 0 to 10.
//!
//! Generated from `definitions/009-OffsetFetch.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetFetchResponseTopic>,
    pub error_code: i16,
    pub groups: Vec<OffsetFetchResponseGroup>,
    pub unknown_tags: UnknownTags,
}

impl Message for OffsetFetchResponse {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetFetchResponse, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchResponse {
            throttle_time_ms: if version >= 3 { reader.i32()? } else { 0 },
            topics: if version <= 7 { reader.array(version, form)? } else { Vec::new() },
            error_code: if (2..=7).contains(&version) { reader.i16()? } else { 0 },
            groups: if version >= 8 { reader.array(version, form)? } else { Vec::new() },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 3 {
            writer.i32(self.throttle_time_ms);
        }
        if version <= 7 {
            writer.array(version, form, &self.topics)?;
        }
        if version > 7 && !self.topics.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Topics", version });
        }
        if (2..=7).contains(&version) {
            writer.i16(self.error_code);
        }
        if version >= 8 {
            writer.array(version, form, &self.groups)?;
        }
        if version < 8 && !self.groups.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Groups", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 3 {
            size += 4;
        }
        if version <= 7 {
            size += array_size(version, form, &self.topics);
        }
        if (2..=7).contains(&version) {
            size += 2;
        }
        if version >= 8 {
            size += array_size(version, form, &self.groups);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchResponseTopic {
    pub name: Str,
    pub partitions: Vec<OffsetFetchResponsePartition>,
    pub unknown_tags: UnknownTags,
}

impl Message for OffsetFetchResponseTopic {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetFetchResponseTopic, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchResponseTopic {
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
pub struct OffsetFetchResponsePartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub metadata: Option<Str>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

impl Default for OffsetFetchResponsePartition {
    fn default() -> OffsetFetchResponsePartition {
        OffsetFetchResponsePartition {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Str::EMPTY),
            error_code: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for OffsetFetchResponsePartition {
    const SMALLEST: usize = 16;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<OffsetFetchResponsePartition, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchResponsePartition {
            partition_index: reader.i32()?,
            committed_offset: reader.i64()?,
            committed_leader_epoch: if version >= 5 { reader.i32()? } else { -1 },
            metadata: reader.nullable_string(form)?,
            error_code: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i64(self.committed_offset);
        if version >= 5 {
            writer.i32(self.committed_leader_epoch);
        }
        writer.nullable_string(form, self.metadata.as_ref())?;
        writer.i16(self.error_code);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 14;
        if version >= 5 {
            size += 4;
        }
        size += nullable_string_size(form, self.metadata.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchResponseGroup {
    pub group_id: Str,
    pub topics: Vec<OffsetFetchResponseTopics>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for OffsetFetchResponseGroup {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetFetchResponseGroup, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchResponseGroup {
            group_id: reader.string(form)?,
            topics: reader.array(version, form)?,
            error_code: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.array(version, form, &self.topics)?;
        writer.i16(self.error_code);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.group_id);
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchResponseTopics {
    pub name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetFetchResponsePartitions>,
    pub unknown_tags: UnknownTags,
}

impl Message for OffsetFetchResponseTopics {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetFetchResponseTopics, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchResponseTopics {
            name: if version <= 9 { reader.string(form)? } else { Str::EMPTY },
            topic_id: if version >= 10 { reader.uuid()? } else { Uuid::ZERO },
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 9 {
            writer.string(form, &self.name)?;
        }
        if version >= 10 {
            writer.uuid(self.topic_id);
        }
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 9 {
            size += string_size(form, &self.name);
        }
        if version >= 10 {
            size += 16;
        }
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponsePartitions {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub metadata: Option<Str>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

impl Default for OffsetFetchResponsePartitions {
    fn default() -> OffsetFetchResponsePartitions {
        OffsetFetchResponsePartitions {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Str::EMPTY),
            error_code: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for OffsetFetchResponsePartitions {
    const SMALLEST: usize = 20;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<OffsetFetchResponsePartitions, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchResponsePartitions {
            partition_index: reader.i32()?,
            committed_offset: reader.i64()?,
            committed_leader_epoch: reader.i32()?,
            metadata: reader.nullable_string(form)?,
            error_code: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i64(self.committed_offset);
        writer.i32(self.committed_leader_epoch);
        writer.nullable_string(form, self.metadata.as_ref())?;
        writer.i16(self.error_code);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 18;
        size += nullable_string_size(form, self.metadata.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for OffsetFetchResponse {
    const NAME: &'static str = "OffsetFetchResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=10;
    const FLEXIBLE_FROM: Option<i16> = Some(6);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 6 { Form::Flexible } else { Form::Classic }
}
