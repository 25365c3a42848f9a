//! AlterPartitionResponse, versions 0 to 3.
//!
//! Generated from `definitions/056-AlterPartition.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterPartitionResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub topics: Vec<TopicData>,
    pub unknown_tags: UnknownTags,
}

impl Message for AlterPartitionResponse {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<AlterPartitionResponse, DecodeError> {
        let form = form(version);
        Ok(AlterPartitionResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicData {
    pub topic_name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicData {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicData, DecodeError> {
        let form = form(version);
        Ok(TopicData {
            topic_name: if version <= 1 { reader.string(form)? } else { Str::EMPTY },
            topic_id: if version >= 2 { reader.uuid()? } else { Uuid::ZERO },
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 1 {
            writer.string(form, &self.topic_name)?;
        }
        if version >= 2 {
            writer.uuid(self.topic_id);
        }
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 1 {
            size += string_size(form, &self.topic_name);
        }
        if version >= 2 {
            size += 16;
        }
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub isr: Vec<i32>,
    pub leader_recovery_state: i8,
    pub partition_epoch: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionData {
    const SMALLEST: usize = 20;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionData, DecodeError> {
        let form = form(version);
        Ok(PartitionData {
            partition_index: reader.i32()?,
            error_code: reader.i16()?,
            leader_id: reader.i32()?,
            leader_epoch: reader.i32()?,
            isr: reader.array(version, form)?,
            leader_recovery_state: if version >= 1 { reader.i8()? } else { 0 },
            partition_epoch: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i16(self.error_code);
        writer.i32(self.leader_id);
        writer.i32(self.leader_epoch);
        writer.array(version, form, &self.isr)?;
        if version >= 1 {
            writer.i8(self.leader_recovery_state);
        }
        writer.i32(self.partition_epoch);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 18;
        size += array_size(version, form, &self.isr);
        if version >= 1 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AlterPartitionResponse {
    const NAME: &'static str = "AlterPartitionResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
