//! DescribeTopicPartitionsRequest, versions 0 to 0.
//!
//! Generated from `definitions/075-DescribeTopicPartitions.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_struct_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsRequest {
    pub topics: Vec<TopicRequest>,
    pub response_partition_limit: i32,
    pub cursor: Option<Box<Cursor>>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeTopicPartitionsRequest {
    fn default() -> DescribeTopicPartitionsRequest {
        DescribeTopicPartitionsRequest {
            topics: Vec::new(),
            response_partition_limit: 2000,
            cursor: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeTopicPartitionsRequest {
    const SMALLEST: usize = 7;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeTopicPartitionsRequest, DecodeError> {
        let form = form(version);
        Ok(DescribeTopicPartitionsRequest {
            topics: reader.array(version, form)?,
            response_partition_limit: reader.i32()?,
            cursor: reader.nullable_struct(version)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.topics)?;
        writer.i32(self.response_partition_limit);
        writer.nullable_struct(version, self.cursor.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.topics);
        size += nullable_struct_size(version, self.cursor.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicRequest {
    pub name: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicRequest {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicRequest, DecodeError> {
        let form = form(version);
        Ok(TopicRequest {
            name: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
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

impl TopLevel for DescribeTopicPartitionsRequest {
    const NAME: &'static str = "DescribeTopicPartitionsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
