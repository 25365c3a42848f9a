//! OffsetCommitRequest, versions 0 to 10.
//!
//! Generated from `definitions/008-OffsetCommit.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitRequest {
    pub group_id: Str,
    pub generation_id_or_member_epoch: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub retention_time_ms: i64,
    pub topics: Vec<OffsetCommitRequestTopic>,
    pub unknown_tags: UnknownTags,
}

impl Default for OffsetCommitRequest {
    fn default() -> OffsetCommitRequest {
        OffsetCommitRequest {
            group_id: Str::EMPTY,
            generation_id_or_member_epoch: -1,
            member_id: Str::EMPTY,
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for OffsetCommitRequest {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetCommitRequest, DecodeError> {
        let form = form(version);
        Ok(OffsetCommitRequest {
            group_id: reader.string(form)?,
            generation_id_or_member_epoch: if version >= 1 { reader.i32()? } else { -1 },
            member_id: if version >= 1 { reader.string(form)? } else { Str::EMPTY },
            group_instance_id: if version >= 7 { reader.nullable_string(form)? } else { None },
            retention_time_ms: if (2..=4).contains(&version) { reader.i64()? } else { -1 },
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        if version >= 1 {
            writer.i32(self.generation_id_or_member_epoch);
        }
        if version >= 1 {
            writer.string(form, &self.member_id)?;
        }
        if version >= 7 {
            writer.nullable_string(form, self.group_instance_id.as_ref())?;
        }
        if version < 7 && self.group_instance_id.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "GroupInstanceId", version });
        }
        if (2..=4).contains(&version) {
            writer.i64(self.retention_time_ms);
        }
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.group_id);
        if version >= 1 {
            size += 4;
        }
        if version >= 1 {
            size += string_size(form, &self.member_id);
        }
        if version >= 7 {
            size += nullable_string_size(form, self.group_instance_id.as_ref());
        }
        if (2..=4).contains(&version) {
            size += 8;
        }
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetCommitRequestTopic {
    pub name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetCommitRequestPartition>,
    pub unknown_tags: UnknownTags,
}

impl Message for OffsetCommitRequestTopic {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetCommitRequestTopic, DecodeError> {
        let form = form(version);
        Ok(OffsetCommitRequestTopic {
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
pub struct OffsetCommitRequestPartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub commit_timestamp: i64,
    pub committed_metadata: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for OffsetCommitRequestPartition {
    fn default() -> OffsetCommitRequestPartition {
        OffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            commit_timestamp: -1,
            committed_metadata: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for OffsetCommitRequestPartition {
    const SMALLEST: usize = 14;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<OffsetCommitRequestPartition, DecodeError> {
        let form = form(version);
        Ok(OffsetCommitRequestPartition {
            partition_index: reader.i32()?,
            committed_offset: reader.i64()?,
            committed_leader_epoch: if version >= 6 { reader.i32()? } else { -1 },
            commit_timestamp: if version == 1 { reader.i64()? } else { -1 },
            committed_metadata: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i64(self.committed_offset);
        if version >= 6 {
            writer.i32(self.committed_leader_epoch);
        }
        if version == 1 {
            writer.i64(self.commit_timestamp);
        }
        if version != 1 && self.commit_timestamp != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "CommitTimestamp", version });
        }
        writer.nullable_string(form, self.committed_metadata.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        if version >= 6 {
            size += 4;
        }
        if version == 1 {
            size += 8;
        }
        size += nullable_string_size(form, self.committed_metadata.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for OffsetCommitRequest {
    const NAME: &'static str = "OffsetCommitRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=10;
    const FLEXIBLE_FROM: Option<i16> = Some(8);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 8 { Form::Flexible } else { Form::Classic }
}
