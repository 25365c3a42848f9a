//! ShareGroupStatePartitionMetadataValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/015-ShareGroupStatePartitionMetadata.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ShareGroupStatePartitionMetadataValue {
    pub initializing_topics: Vec<TopicPartitionsInfo>,
    pub initialized_topics: Vec<TopicPartitionsInfo>,
    pub deleting_topics: Vec<TopicInfo>,
    pub unknown_tags: UnknownTags,
}

impl Message for ShareGroupStatePartitionMetadataValue {
    const SMALLEST: usize = 4;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ShareGroupStatePartitionMetadataValue, DecodeError> {
        let form = form(version);
        Ok(ShareGroupStatePartitionMetadataValue {
            initializing_topics: reader.array(version, form)?,
            initialized_topics: reader.array(version, form)?,
            deleting_topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.initializing_topics)?;
        writer.array(version, form, &self.initialized_topics)?;
        writer.array(version, form, &self.deleting_topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.initializing_topics);
        size += array_size(version, form, &self.initialized_topics);
        size += array_size(version, form, &self.deleting_topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartitionsInfo {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicPartitionsInfo {
    const SMALLEST: usize = 19;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicPartitionsInfo, DecodeError> {
        let form = form(version);
        Ok(TopicPartitionsInfo {
            topic_id: reader.uuid()?,
            topic_name: reader.string(form)?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.topic_id);
        writer.string(form, &self.topic_name)?;
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += string_size(form, &self.topic_name);
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicInfo {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicInfo {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicInfo, DecodeError> {
        let form = form(version);
        Ok(TopicInfo {
            topic_id: reader.uuid()?,
            topic_name: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.topic_id);
        writer.string(form, &self.topic_name)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += string_size(form, &self.topic_name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ShareGroupStatePartitionMetadataValue {
    const NAME: &'static str = "ShareGroupStatePartitionMetadataValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
