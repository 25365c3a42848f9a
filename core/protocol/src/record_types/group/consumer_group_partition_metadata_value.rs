//! ConsumerGroupPartitionMetadataValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/004-ConsumerGroupPartitionMetadata.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerGroupPartitionMetadataValue {
    pub topics: Vec<TopicMetadata>,
    pub unknown_tags: UnknownTags,
}

impl Message for ConsumerGroupPartitionMetadataValue {
    const SMALLEST: usize = 2;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ConsumerGroupPartitionMetadataValue, DecodeError> {
        let form = form(version);
        Ok(ConsumerGroupPartitionMetadataValue {
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicMetadata {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub num_partitions: i32,
    pub partition_metadata: Vec<PartitionMetadata>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicMetadata {
    const SMALLEST: usize = 23;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicMetadata, DecodeError> {
        let form = form(version);
        Ok(TopicMetadata {
            topic_id: reader.uuid()?,
            topic_name: reader.string(form)?,
            num_partitions: reader.i32()?,
            partition_metadata: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.topic_id);
        writer.string(form, &self.topic_name)?;
        writer.i32(self.num_partitions);
        writer.array(version, form, &self.partition_metadata)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 20;
        size += string_size(form, &self.topic_name);
        size += array_size(version, form, &self.partition_metadata);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionMetadata {
    pub partition: i32,
    pub racks: Vec<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionMetadata {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionMetadata, DecodeError> {
        let form = form(version);
        Ok(PartitionMetadata {
            partition: reader.i32()?,
            racks: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition);
        writer.array(version, form, &self.racks)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.racks);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ConsumerGroupPartitionMetadataValue {
    const NAME: &'static str = "ConsumerGroupPartitionMetadataValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
