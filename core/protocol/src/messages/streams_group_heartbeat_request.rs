//! StreamsGroupHeartbeatRequest, versions 0 to 0.
//!
//! Generated from `definitions/088-StreamsGroupHeartbeat.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, nullable_string_size, nullable_struct_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct StreamsGroupHeartbeatRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub member_epoch: i32,
    pub endpoint_information_epoch: i32,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub rebalance_timeout_ms: i32,
    pub topology: Option<Box<Topology>>,
    pub active_tasks: Option<Vec<TaskIds>>,
    pub standby_tasks: Option<Vec<TaskIds>>,
    pub warmup_tasks: Option<Vec<TaskIds>>,
    pub process_id: Option<Str>,
    pub user_endpoint: Option<Box<Endpoint>>,
    pub client_tags: Option<Vec<KeyValue>>,
    pub task_offsets: Option<Vec<TaskOffset>>,
    pub task_end_offsets: Option<Vec<TaskOffset>>,
    pub shutdown_application: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for StreamsGroupHeartbeatRequest {
    fn default() -> StreamsGroupHeartbeatRequest {
        StreamsGroupHeartbeatRequest {
            group_id: Str::EMPTY,
            member_id: Str::EMPTY,
            member_epoch: 0,
            endpoint_information_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            topology: None,
            active_tasks: None,
            standby_tasks: None,
            warmup_tasks: None,
            process_id: None,
            user_endpoint: None,
            client_tags: None,
            task_offsets: None,
            task_end_offsets: None,
            shutdown_application: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for StreamsGroupHeartbeatRequest {
    const SMALLEST: usize = 27;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<StreamsGroupHeartbeatRequest, DecodeError> {
        let form = form(version);
        Ok(StreamsGroupHeartbeatRequest {
            group_id: reader.string(form)?,
            member_id: reader.string(form)?,
            member_epoch: reader.i32()?,
            endpoint_information_epoch: reader.i32()?,
            instance_id: reader.nullable_string(form)?,
            rack_id: reader.nullable_string(form)?,
            rebalance_timeout_ms: reader.i32()?,
            topology: reader.nullable_struct(version)?,
            active_tasks: reader.nullable_array(version, form)?,
            standby_tasks: reader.nullable_array(version, form)?,
            warmup_tasks: reader.nullable_array(version, form)?,
            process_id: reader.nullable_string(form)?,
            user_endpoint: reader.nullable_struct(version)?,
            client_tags: reader.nullable_array(version, form)?,
            task_offsets: reader.nullable_array(version, form)?,
            task_end_offsets: reader.nullable_array(version, form)?,
            shutdown_application: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.string(form, &self.member_id)?;
        writer.i32(self.member_epoch);
        writer.i32(self.endpoint_information_epoch);
        writer.nullable_string(form, self.instance_id.as_ref())?;
        writer.nullable_string(form, self.rack_id.as_ref())?;
        writer.i32(self.rebalance_timeout_ms);
        writer.nullable_struct(version, self.topology.as_deref())?;
        writer.nullable_array(version, form, self.active_tasks.as_deref())?;
        writer.nullable_array(version, form, self.standby_tasks.as_deref())?;
        writer.nullable_array(version, form, self.warmup_tasks.as_deref())?;
        writer.nullable_string(form, self.process_id.as_ref())?;
        writer.nullable_struct(version, self.user_endpoint.as_deref())?;
        writer.nullable_array(version, form, self.client_tags.as_deref())?;
        writer.nullable_array(version, form, self.task_offsets.as_deref())?;
        writer.nullable_array(version, form, self.task_end_offsets.as_deref())?;
        writer.bool(self.shutdown_application);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 13;
        size += string_size(form, &self.group_id);
        size += string_size(form, &self.member_id);
        size += nullable_string_size(form, self.instance_id.as_ref());
        size += nullable_string_size(form, self.rack_id.as_ref());
        size += nullable_struct_size(version, self.topology.as_deref());
        size += nullable_array_size(version, form, self.active_tasks.as_deref());
        size += nullable_array_size(version, form, self.standby_tasks.as_deref());
        size += nullable_array_size(version, form, self.warmup_tasks.as_deref());
        size += nullable_string_size(form, self.process_id.as_ref());
        size += nullable_struct_size(version, self.user_endpoint.as_deref());
        size += nullable_array_size(version, form, self.client_tags.as_deref());
        size += nullable_array_size(version, form, self.task_offsets.as_deref());
        size += nullable_array_size(version, form, self.task_end_offsets.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Topology {
    pub epoch: i32,
    pub subtopologies: Vec<Subtopology>,
    pub unknown_tags: UnknownTags,
}

impl Message for Topology {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<Topology, DecodeError> {
        let form = form(version);
        Ok(Topology {
            epoch: reader.i32()?,
            subtopologies: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.epoch);
        writer.array(version, form, &self.subtopologies)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.subtopologies);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Subtopology {
    pub subtopology_id: Str,
    pub source_topics: Vec<Str>,
    pub source_topic_regex: Vec<Str>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_sink_topics: Vec<Str>,
    pub repartition_source_topics: Vec<TopicInfo>,
    pub copartition_groups: Vec<CopartitionGroup>,
    pub unknown_tags: UnknownTags,
}

impl Message for Subtopology {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<Subtopology, DecodeError> {
        let form = form(version);
        Ok(Subtopology {
            subtopology_id: reader.string(form)?,
            source_topics: reader.array(version, form)?,
            source_topic_regex: reader.array(version, form)?,
            state_changelog_topics: reader.array(version, form)?,
            repartition_sink_topics: reader.array(version, form)?,
            repartition_source_topics: reader.array(version, form)?,
            copartition_groups: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.subtopology_id)?;
        writer.array(version, form, &self.source_topics)?;
        writer.array(version, form, &self.source_topic_regex)?;
        writer.array(version, form, &self.state_changelog_topics)?;
        writer.array(version, form, &self.repartition_sink_topics)?;
        writer.array(version, form, &self.repartition_source_topics)?;
        writer.array(version, form, &self.copartition_groups)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.subtopology_id);
        size += array_size(version, form, &self.source_topics);
        size += array_size(version, form, &self.source_topic_regex);
        size += array_size(version, form, &self.state_changelog_topics);
        size += array_size(version, form, &self.repartition_sink_topics);
        size += array_size(version, form, &self.repartition_source_topics);
        size += array_size(version, form, &self.copartition_groups);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CopartitionGroup {
    pub source_topics: Vec<i16>,
    pub source_topic_regex: Vec<i16>,
    pub repartition_source_topics: Vec<i16>,
    pub unknown_tags: UnknownTags,
}

impl Message for CopartitionGroup {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<CopartitionGroup, DecodeError> {
        let form = form(version);
        Ok(CopartitionGroup {
            source_topics: reader.array(version, form)?,
            source_topic_regex: reader.array(version, form)?,
            repartition_source_topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.source_topics)?;
        writer.array(version, form, &self.source_topic_regex)?;
        writer.array(version, form, &self.repartition_source_topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.source_topics);
        size += array_size(version, form, &self.source_topic_regex);
        size += array_size(version, form, &self.repartition_source_topics);
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

impl TopLevel for StreamsGroupHeartbeatRequest {
    const NAME: &'static str = "StreamsGroupHeartbeatRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
