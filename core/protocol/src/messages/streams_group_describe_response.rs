//! StreamsGroupDescribeResponse, versions 0 to 0.
//!
//! Generated from `definitions/089-StreamsGroupDescribe.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, nullable_string_size, nullable_struct_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct StreamsGroupDescribeResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
    pub unknown_tags: UnknownTags,
}

impl Message for StreamsGroupDescribeResponse {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<StreamsGroupDescribeResponse, DecodeError> {
        let form = form(version);
        Ok(StreamsGroupDescribeResponse {
            throttle_time_ms: reader.i32()?,
            groups: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.array(version, form, &self.groups)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.groups);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub group_epoch: i32,
    pub assignment_epoch: i32,
    pub topology: Option<Box<Topology>>,
    pub members: Vec<Member>,
    pub authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribedGroup {
    fn default() -> DescribedGroup {
        DescribedGroup {
            error_code: 0,
            error_message: None,
            group_id: Str::EMPTY,
            group_state: Str::EMPTY,
            group_epoch: 0,
            assignment_epoch: 0,
            topology: None,
            members: Vec::new(),
            authorized_operations: i32::MIN,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribedGroup {
    const SMALLEST: usize = 20;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribedGroup, DecodeError> {
        let form = form(version);
        Ok(DescribedGroup {
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            group_id: reader.string(form)?,
            group_state: reader.string(form)?,
            group_epoch: reader.i32()?,
            assignment_epoch: reader.i32()?,
            topology: reader.nullable_struct(version)?,
            members: reader.array(version, form)?,
            authorized_operations: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.string(form, &self.group_id)?;
        writer.string(form, &self.group_state)?;
        writer.i32(self.group_epoch);
        writer.i32(self.assignment_epoch);
        writer.nullable_struct(version, self.topology.as_deref())?;
        writer.array(version, form, &self.members)?;
        writer.i32(self.authorized_operations);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 14;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += string_size(form, &self.group_id);
        size += string_size(form, &self.group_state);
        size += nullable_struct_size(version, self.topology.as_deref());
        size += array_size(version, form, &self.members);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Topology {
    pub epoch: i32,
    pub subtopologies: Option<Vec<Subtopology>>,
    pub unknown_tags: UnknownTags,
}

impl Message for Topology {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<Topology, DecodeError> {
        let form = form(version);
        Ok(Topology {
            epoch: reader.i32()?,
            subtopologies: reader.nullable_array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.epoch);
        writer.nullable_array(version, form, self.subtopologies.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += nullable_array_size(version, form, self.subtopologies.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Subtopology {
    pub subtopology_id: Str,
    pub source_topics: Vec<Str>,
    pub repartition_sink_topics: Vec<Str>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_source_topics: Vec<TopicInfo>,
    pub unknown_tags: UnknownTags,
}

impl Message for Subtopology {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<Subtopology, DecodeError> {
        let form = form(version);
        Ok(Subtopology {
            subtopology_id: reader.string(form)?,
            source_topics: reader.array(version, form)?,
            repartition_sink_topics: reader.array(version, form)?,
            state_changelog_topics: reader.array(version, form)?,
            repartition_source_topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.subtopology_id)?;
        writer.array(version, form, &self.source_topics)?;
        writer.array(version, form, &self.repartition_sink_topics)?;
        writer.array(version, form, &self.state_changelog_topics)?;
        writer.array(version, form, &self.repartition_source_topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.subtopology_id);
        size += array_size(version, form, &self.source_topics);
        size += array_size(version, form, &self.repartition_sink_topics);
        size += array_size(version, form, &self.state_changelog_topics);
        size += array_size(version, form, &self.repartition_source_topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Member {
    pub member_id: Str,
    pub member_epoch: i32,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub topology_epoch: i32,
    pub process_id: Str,
    pub user_endpoint: Option<Box<Endpoint>>,
    pub client_tags: Vec<KeyValue>,
    pub task_offsets: Vec<TaskOffset>,
    pub task_end_offsets: Vec<TaskOffset>,
    pub assignment: Assignment,
    pub target_assignment: Assignment,
    pub is_classic: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for Member {
    const SMALLEST: usize = 28;

    fn decode(reader: &mut Reader, version: i16) -> Result<Member, DecodeError> {
        let form = form(version);
        Ok(Member {
            member_id: reader.string(form)?,
            member_epoch: reader.i32()?,
            instance_id: reader.nullable_string(form)?,
            rack_id: reader.nullable_string(form)?,
            client_id: reader.string(form)?,
            client_host: reader.string(form)?,
            topology_epoch: reader.i32()?,
            process_id: reader.string(form)?,
            user_endpoint: reader.nullable_struct(version)?,
            client_tags: reader.array(version, form)?,
            task_offsets: reader.array(version, form)?,
            task_end_offsets: reader.array(version, form)?,
            assignment: Assignment::decode(reader, version)?,
            target_assignment: Assignment::decode(reader, version)?,
            is_classic: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.member_id)?;
        writer.i32(self.member_epoch);
        writer.nullable_string(form, self.instance_id.as_ref())?;
        writer.nullable_string(form, self.rack_id.as_ref())?;
        writer.string(form, &self.client_id)?;
        writer.string(form, &self.client_host)?;
        writer.i32(self.topology_epoch);
        writer.string(form, &self.process_id)?;
        writer.nullable_struct(version, self.user_endpoint.as_deref())?;
        writer.array(version, form, &self.client_tags)?;
        writer.array(version, form, &self.task_offsets)?;
        writer.array(version, form, &self.task_end_offsets)?;
        self.assignment.encode(writer, version)?;
        self.target_assignment.encode(writer, version)?;
        writer.bool(self.is_classic);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 9;
        size += string_size(form, &self.member_id);
        size += nullable_string_size(form, self.instance_id.as_ref());
        size += nullable_string_size(form, self.rack_id.as_ref());
        size += string_size(form, &self.client_id);
        size += string_size(form, &self.client_host);
        size += string_size(form, &self.process_id);
        size += nullable_struct_size(version, self.user_endpoint.as_deref());
        size += array_size(version, form, &self.client_tags);
        size += array_size(version, form, &self.task_offsets);
        size += array_size(version, form, &self.task_end_offsets);
        size += self.assignment.size(version);
        size += self.target_assignment.size(version);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Endpoint {
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

impl Message for Endpoint {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<Endpoint, DecodeError> {
        let form = form(version);
        Ok(Endpoint {
            host: reader.string(form)?,
            port: reader.u16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.host)?;
        writer.u16(self.port);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.host);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TaskOffset {
    pub subtopology_id: Str,
    pub partition: i32,
    pub offset: i64,
    pub unknown_tags: UnknownTags,
}

impl Message for TaskOffset {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<TaskOffset, DecodeError> {
        let form = form(version);
        Ok(TaskOffset {
            subtopology_id: reader.string(form)?,
            partition: reader.i32()?,
            offset: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.subtopology_id)?;
        writer.i32(self.partition);
        writer.i64(self.offset);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += string_size(form, &self.subtopology_id);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Assignment {
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
    pub unknown_tags: UnknownTags,
}

impl Message for Assignment {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<Assignment, DecodeError> {
        let form = form(version);
        Ok(Assignment {
            active_tasks: reader.array(version, form)?,
            standby_tasks: reader.array(version, form)?,
            warmup_tasks: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.active_tasks)?;
        writer.array(version, form, &self.standby_tasks)?;
        writer.array(version, form, &self.warmup_tasks)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.active_tasks);
        size += array_size(version, form, &self.standby_tasks);
        size += array_size(version, form, &self.warmup_tasks);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for TaskIds {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TaskIds, DecodeError> {
        let form = form(version);
        Ok(TaskIds {
            subtopology_id: reader.string(form)?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.subtopology_id)?;
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.subtopology_id);
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct KeyValue {
    pub key: Str,
    pub value: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for KeyValue {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<KeyValue, DecodeError> {
        let form = form(version);
        Ok(KeyValue {
            key: reader.string(form)?,
            value: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.key)?;
        writer.string(form, &self.value)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.key);
        size += string_size(form, &self.value);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicInfo {
    pub name: Str,
    pub partitions: i32,
    pub replication_factor: i16,
    pub topic_configs: Vec<KeyValue>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicInfo {
    const SMALLEST: usize = 9;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicInfo, DecodeError> {
        let form = form(version);
        Ok(TopicInfo {
            name: reader.string(form)?,
            partitions: reader.i32()?,
            replication_factor: reader.i16()?,
            topic_configs: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i32(self.partitions);
        writer.i16(self.replication_factor);
        writer.array(version, form, &self.topic_configs)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += string_size(form, &self.name);
        size += array_size(version, form, &self.topic_configs);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for StreamsGroupDescribeResponse {
    const NAME: &'static str = "StreamsGroupDescribeResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
