//! AlterShareGroupOffsetsRequest, versions 0 to 0.
//!
//! Generated from `definitions/091-AlterShareGroupOffsets.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterShareGroupOffsetsRequest {
    pub group_id: Str,
    pub topics: Vec<AlterShareGroupOffsetsRequestTopic>,
    pub unknown_tags: UnknownTags,
}

impl Message for AlterShareGroupOffsetsRequest {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AlterShareGroupOffsetsRequest, DecodeError> {
        let form = form(version);
        Ok(AlterShareGroupOffsetsRequest {
            group_id: reader.string(form)?,
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.group_id);
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterShareGroupOffsetsRequestTopic {
    pub topic_name: Str,
    pub partitions: Vec<AlterShareGroupOffsetsRequestPartition>,
    pub unknown_tags: UnknownTags,
}

impl Message for AlterShareGroupOffsetsRequestTopic {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AlterShareGroupOffsetsRequestTopic, DecodeError> {
        let form = form(version);
        Ok(AlterShareGroupOffsetsRequestTopic {
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
pub struct AlterShareGroupOffsetsRequestPartition {
    pub partition_index: i32,
    pub start_offset: i64,
    pub unknown_tags: UnknownTags,
}

impl Message for AlterShareGroupOffsetsRequestPartition {
    const SMALLEST: usize = 13;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AlterShareGroupOffsetsRequestPartition, DecodeError> {
        let form = form(version);
        Ok(AlterShareGroupOffsetsRequestPartition {
            partition_index: reader.i32()?,
            start_offset: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i64(self.start_offset);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AlterShareGroupOffsetsRequest {
    const NAME: &'static str = "AlterShareGroupOffsetsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
