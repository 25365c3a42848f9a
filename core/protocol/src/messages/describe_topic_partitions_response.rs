//! DescribeTopicPartitionsResponse, versions 0 to 0.
//!
//! Generated from `definitions/075-DescribeTopicPartitions.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, nullable_string_size, nullable_struct_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeTopicPartitionsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    pub next_cursor: Option<Box<Cursor>>,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribeTopicPartitionsResponse {
    const SMALLEST: usize = 7;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeTopicPartitionsResponse, DecodeError> {
        let form = form(version);
        Ok(DescribeTopicPartitionsResponse {
            throttle_time_ms: reader.i32()?,
            topics: reader.array(version, form)?,
            next_cursor: reader.nullable_struct(version)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.array(version, form, &self.topics)?;
        writer.nullable_struct(version, self.next_cursor.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.topics);
        size += nullable_struct_size(version, self.next_cursor.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponseTopic {
    pub error_code: i16,
    pub name: Option<Str>,
    pub topic_id: Uuid,
    pub is_internal: bool,
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    pub topic_authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeTopicPartitionsResponseTopic {
    fn default() -> DescribeTopicPartitionsResponseTopic {
        DescribeTopicPartitionsResponseTopic {
            error_code: 0,
            name: Some(Str::EMPTY),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: i32::MIN,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeTopicPartitionsResponseTopic {
    const SMALLEST: usize = 26;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeTopicPartitionsResponseTopic, DecodeError> {
        let form = form(version);
        Ok(DescribeTopicPartitionsResponseTopic {
            error_code: reader.i16()?,
            name: reader.nullable_string(form)?,
            topic_id: reader.uuid()?,
            is_internal: reader.bool()?,
            partitions: reader.array(version, form)?,
            topic_authorized_operations: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.name.as_ref())?;
        writer.uuid(self.topic_id);
        writer.bool(self.is_internal);
        writer.array(version, form, &self.partitions)?;
        writer.i32(self.topic_authorized_operations);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 23;
        size += nullable_string_size(form, self.name.as_ref());
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponsePartition {
    pub error_code: i16,
    pub partition_index: i32,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
    pub offline_replicas: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeTopicPartitionsResponsePartition {
    fn default() -> DescribeTopicPartitionsResponsePartition {
        DescribeTopicPartitionsResponsePartition {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            offline_replicas: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeTopicPartitionsResponsePartition {
    const SMALLEST: usize = 20;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeTopicPartitionsResponsePartition, DecodeError> {
        let form = form(version);
        Ok(DescribeTopicPartitionsResponsePartition {
            error_code: reader.i16()?,
            partition_index: reader.i32()?,
            leader_id: reader.i32()?,
            leader_epoch: reader.i32()?,
            replica_nodes: reader.array(version, form)?,
            isr_nodes: reader.array(version, form)?,
            eligible_leader_replicas: reader.nullable_array(version, form)?,
            last_known_elr: reader.nullable_array(version, form)?,
            offline_replicas: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.i32(self.partition_index);
        writer.i32(self.leader_id);
        writer.i32(self.leader_epoch);
        writer.array(version, form, &self.replica_nodes)?;
        writer.array(version, form, &self.isr_nodes)?;
        writer.nullable_array(version, form, self.eligible_leader_replicas.as_deref())?;
        writer.nullable_array(version, form, self.last_known_elr.as_deref())?;
        writer.array(version, form, &self.offline_replicas)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 14;
        size += array_size(version, form, &self.replica_nodes);
        size += array_size(version, form, &self.isr_nodes);
        size += nullable_array_size(version, form, self.eligible_leader_replicas.as_deref());
        size += nullable_array_size(version, form, self.last_known_elr.as_deref());
        size += array_size(version, form, &self.offline_replicas);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Cursor {
    pub topic_name: Str,
    pub partition_index: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for Cursor {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<Cursor, DecodeError> {
        let form = form(version);
        Ok(Cursor {
            topic_name: reader.string(form)?,
            partition_index: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.topic_name)?;
        writer.i32(self.partition_index);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.topic_name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeTopicPartitionsResponse {
    const NAME: &'static str = "DescribeTopicPartitionsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
