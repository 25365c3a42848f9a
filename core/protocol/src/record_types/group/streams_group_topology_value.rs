//! StreamsGroupTopologyValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/023-StreamsGroupTopology.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct StreamsGroupTopologyValue {
    pub epoch: i32,
    pub subtopologies: Vec<Subtopology>,
    pub unknown_tags: UnknownTags,
}

impl Message for StreamsGroupTopologyValue {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<StreamsGroupTopologyValue, DecodeError> {
        let form = form(version);
        Ok(StreamsGroupTopologyValue {
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
pub struct TopicConfig {
    pub key: Str,
    pub value: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicConfig {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicConfig, DecodeError> {
        let form = form(version);
        Ok(TopicConfig {
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
    pub topic_configs: Vec<TopicConfig>,
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

impl TopLevel for StreamsGroupTopologyValue {
    const NAME: &'static str = "StreamsGroupTopologyValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
