//! DescribeQuorumResponse, versions 0 to 2.
//!
//! Generated from `definitions/055-DescribeQuorum.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeQuorumResponse {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub topics: Vec<TopicData>,
    pub nodes: Vec<Node>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeQuorumResponse {
    fn default() -> DescribeQuorumResponse {
        DescribeQuorumResponse {
            error_code: 0,
            error_message: Some(Str::EMPTY),
            topics: Vec::new(),
            nodes: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeQuorumResponse {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeQuorumResponse, DecodeError> {
        let form = form(version);
        Ok(DescribeQuorumResponse {
            error_code: reader.i16()?,
            error_message: if version >= 2 {
                reader.nullable_string(form)?
            } else {
                Some(Str::EMPTY)
            },
            topics: reader.array(version, form)?,
            nodes: if version >= 2 { reader.array(version, form)? } else { Vec::new() },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        if version >= 2 {
            writer.nullable_string(form, self.error_message.as_ref())?;
        }
        writer.array(version, form, &self.topics)?;
        if version >= 2 {
            writer.array(version, form, &self.nodes)?;
        }
        if version < 2 && !self.nodes.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Nodes", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        if version >= 2 {
            size += nullable_string_size(form, self.error_message.as_ref());
        }
        size += array_size(version, form, &self.topics);
        if version >= 2 {
            size += array_size(version, form, &self.nodes);
        }
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

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub high_watermark: i64,
    pub current_voters: Vec<ReplicaState>,
    pub observers: Vec<ReplicaState>,
    pub unknown_tags: UnknownTags,
}

impl Default for PartitionData {
    fn default() -> PartitionData {
        PartitionData {
            partition_index: 0,
            error_code: 0,
            error_message: Some(Str::EMPTY),
            leader_id: 0,
            leader_epoch: 0,
            high_watermark: 0,
            current_voters: Vec::new(),
            observers: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for PartitionData {
    const SMALLEST: usize = 25;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionData, DecodeError> {
        let form = form(version);
        Ok(PartitionData {
            partition_index: reader.i32()?,
            error_code: reader.i16()?,
            error_message: if version >= 2 {
                reader.nullable_string(form)?
            } else {
                Some(Str::EMPTY)
            },
            leader_id: reader.i32()?,
            leader_epoch: reader.i32()?,
            high_watermark: reader.i64()?,
            current_voters: reader.array(version, form)?,
            observers: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i16(self.error_code);
        if version >= 2 {
            writer.nullable_string(form, self.error_message.as_ref())?;
        }
        writer.i32(self.leader_id);
        writer.i32(self.leader_epoch);
        writer.i64(self.high_watermark);
        writer.array(version, form, &self.current_voters)?;
        writer.array(version, form, &self.observers)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 22;
        if version >= 2 {
            size += nullable_string_size(form, self.error_message.as_ref());
        }
        size += array_size(version, form, &self.current_voters);
        size += array_size(version, form, &self.observers);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Node {
    pub node_id: i32,
    pub listeners: Vec<Listener>,
    pub unknown_tags: UnknownTags,
}

impl Message for Node {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<Node, DecodeError> {
        let form = form(version);
        Ok(Node {
            node_id: reader.i32()?,
            listeners: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.node_id);
        writer.array(version, form, &self.listeners)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.listeners);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

impl Message for Listener {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<Listener, DecodeError> {
        let form = form(version);
        Ok(Listener {
            name: reader.string(form)?,
            host: reader.string(form)?,
            port: reader.u16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.string(form, &self.host)?;
        writer.u16(self.port);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.name);
        size += string_size(form, &self.host);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaState {
    pub replica_id: i32,
    pub replica_directory_id: Uuid,
    pub log_end_offset: i64,
    pub last_fetch_timestamp: i64,
    pub last_caught_up_timestamp: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for ReplicaState {
    fn default() -> ReplicaState {
        ReplicaState {
            replica_id: 0,
            replica_directory_id: Uuid::ZERO,
            log_end_offset: 0,
            last_fetch_timestamp: -1,
            last_caught_up_timestamp: -1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ReplicaState {
    const SMALLEST: usize = 13;

    fn decode(reader: &mut Reader, version: i16) -> Result<ReplicaState, DecodeError> {
        let form = form(version);
        Ok(ReplicaState {
            replica_id: reader.i32()?,
            replica_directory_id: if version >= 2 { reader.uuid()? } else { Uuid::ZERO },
            log_end_offset: reader.i64()?,
            last_fetch_timestamp: if version >= 1 { reader.i64()? } else { -1 },
            last_caught_up_timestamp: if version >= 1 { reader.i64()? } else { -1 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.replica_id);
        if version >= 2 {
            writer.uuid(self.replica_directory_id);
        }
        if version < 2 && self.replica_directory_id != Uuid::ZERO {
            return Err(EncodeError::FieldNotInVersion { field: "ReplicaDirectoryId", version });
        }
        writer.i64(self.log_end_offset);
        if version >= 1 {
            writer.i64(self.last_fetch_timestamp);
        }
        if version >= 1 {
            writer.i64(self.last_caught_up_timestamp);
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        if version >= 2 {
            size += 16;
        }
        if version >= 1 {
            size += 8;
        }
        if version >= 1 {
            size += 8;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeQuorumResponse {
    const NAME: &'static str = "DescribeQuorumResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
