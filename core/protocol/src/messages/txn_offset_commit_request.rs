//! TxnOffsetCommitRequest, versions 0 to 5.
//!
//! Generated from `definitions/028-TxnOffsetCommit.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct TxnOffsetCommitRequest {
    pub transactional_id: Str,
    pub group_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub generation_id: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub topics: Vec<TxnOffsetCommitRequestTopic>,
    pub unknown_tags: UnknownTags,
}

impl Default for TxnOffsetCommitRequest {
    fn default() -> TxnOffsetCommitRequest {
        TxnOffsetCommitRequest {
            transactional_id: Str::EMPTY,
            group_id: Str::EMPTY,
            producer_id: 0,
            producer_epoch: 0,
            generation_id: -1,
            member_id: Str::EMPTY,
            group_instance_id: None,
            topics: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for TxnOffsetCommitRequest {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<TxnOffsetCommitRequest, DecodeError> {
        let form = form(version);
        Ok(TxnOffsetCommitRequest {
            transactional_id: reader.string(form)?,
            group_id: reader.string(form)?,
            producer_id: reader.i64()?,
            producer_epoch: reader.i16()?,
            generation_id: if version >= 3 { reader.i32()? } else { -1 },
            member_id: if version >= 3 { reader.string(form)? } else { Str::EMPTY },
            group_instance_id: if version >= 3 { reader.nullable_string(form)? } else { None },
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.transactional_id)?;
        writer.string(form, &self.group_id)?;
        writer.i64(self.producer_id);
        writer.i16(self.producer_epoch);
        if version >= 3 {
            writer.i32(self.generation_id);
        }
        if version < 3 && self.generation_id != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "GenerationId", version });
        }
        if version >= 3 {
            writer.string(form, &self.member_id)?;
        }
        if version < 3 && !self.member_id.as_bytes().is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "MemberId", version });
        }
        if version >= 3 {
            writer.nullable_string(form, self.group_instance_id.as_ref())?;
        }
        if version < 3 && self.group_instance_id.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "GroupInstanceId", version });
        }
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 10;
        size += string_size(form, &self.transactional_id);
        size += string_size(form, &self.group_id);
        if version >= 3 {
            size += 4;
        }
        if version >= 3 {
            size += string_size(form, &self.member_id);
        }
        if version >= 3 {
            size += nullable_string_size(form, self.group_instance_id.as_ref());
        }
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TxnOffsetCommitRequestTopic {
    pub name: Str,
    pub partitions: Vec<TxnOffsetCommitRequestPartition>,
    pub unknown_tags: UnknownTags,
}

impl Message for TxnOffsetCommitRequestTopic {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<TxnOffsetCommitRequestTopic, DecodeError> {
        let form = form(version);
        Ok(TxnOffsetCommitRequestTopic {
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
pub struct TxnOffsetCommitRequestPartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub committed_metadata: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for TxnOffsetCommitRequestPartition {
    fn default() -> TxnOffsetCommitRequestPartition {
        TxnOffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for TxnOffsetCommitRequestPartition {
    const SMALLEST: usize = 14;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<TxnOffsetCommitRequestPartition, DecodeError> {
        let form = form(version);
        Ok(TxnOffsetCommitRequestPartition {
            partition_index: reader.i32()?,
            committed_offset: reader.i64()?,
            committed_leader_epoch: if version >= 2 { reader.i32()? } else { -1 },
            committed_metadata: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i64(self.committed_offset);
        if version >= 2 {
            writer.i32(self.committed_leader_epoch);
        }
        writer.nullable_string(form, self.committed_metadata.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        if version >= 2 {
            size += 4;
        }
        size += nullable_string_size(form, self.committed_metadata.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for TxnOffsetCommitRequest {
    const NAME: &'static str = "TxnOffsetCommitRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
