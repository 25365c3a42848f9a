//! VoteRequest, versions 0 to 2.
//!
//! Generated from `definitions/052-Vote.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct VoteRequest {
    pub cluster_id: Option<Str>,
    pub voter_id: i32,
    pub topics: Vec<TopicData>,
    pub unknown_tags: UnknownTags,
}

impl Default for VoteRequest {
    fn default() -> VoteRequest {
        VoteRequest {
            cluster_id: None,
            voter_id: -1,
            topics: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for VoteRequest {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<VoteRequest, DecodeError> {
        let form = form(version);
        Ok(VoteRequest {
            cluster_id: reader.nullable_string(form)?,
            voter_id: if version >= 1 { reader.i32()? } else { -1 },
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.cluster_id.as_ref())?;
        if version >= 1 {
            writer.i32(self.voter_id);
        }
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += nullable_string_size(form, self.cluster_id.as_ref());
        if version >= 1 {
            size += 4;
        }
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicData {
    pub topic_name: Str,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicData {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicData, DecodeError> {
        let form = form(version);
        Ok(TopicData {
            topic_name: reader.string(form)?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.topic_name)?;
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.topic_name);
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    pub partition_index: i32,
    pub replica_epoch: i32,
    pub replica_id: i32,
    pub replica_directory_id: Uuid,
    pub voter_directory_id: Uuid,
    pub last_offset_epoch: i32,
    pub last_offset: i64,
    pub pre_vote: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionData {
    const SMALLEST: usize = 25;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionData, DecodeError> {
        let form = form(version);
        Ok(PartitionData {
            partition_index: reader.i32()?,
            replica_epoch: reader.i32()?,
            replica_id: reader.i32()?,
            replica_directory_id: if version >= 1 { reader.uuid()? } else { Uuid::ZERO },
            voter_directory_id: if version >= 1 { reader.uuid()? } else { Uuid::ZERO },
            last_offset_epoch: reader.i32()?,
            last_offset: reader.i64()?,
            pre_vote: if version >= 2 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i32(self.replica_epoch);
        writer.i32(self.replica_id);
        if version >= 1 {
            writer.uuid(self.replica_directory_id);
        }
        if version >= 1 {
            writer.uuid(self.voter_directory_id);
        }
        writer.i32(self.last_offset_epoch);
        writer.i64(self.last_offset);
        if version >= 2 {
            writer.bool(self.pre_vote);
        }
        if version < 2 && self.pre_vote {
            return Err(EncodeError::FieldNotInVersion { field: "PreVote", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 24;
        if version >= 1 {
            size += 16;
        }
        if version >= 1 {
            size += 16;
        }
        if version >= 2 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for VoteRequest {
    const NAME: &'static str = "VoteRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
