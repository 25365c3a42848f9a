//! CreatePartitionsRequest, versions 0 to 3.
//!
//! Generated from `definitions/037-CreatePartitions.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatePartitionsRequest {
    pub topics: Vec<CreatePartitionsTopic>,
    pub timeout_ms: i32,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for CreatePartitionsRequest {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreatePartitionsRequest, DecodeError> {
        let form = form(version);
        Ok(CreatePartitionsRequest {
            topics: reader.array(version, form)?,
            timeout_ms: reader.i32()?,
            validate_only: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.topics)?;
        writer.i32(self.timeout_ms);
        writer.bool(self.validate_only);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 5;
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartitionsTopic {
    pub name: Str,
    pub count: i32,
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
    pub unknown_tags: UnknownTags,
}

impl Default for CreatePartitionsTopic {
    fn default() -> CreatePartitionsTopic {
        CreatePartitionsTopic {
            name: Str::EMPTY,
            count: 0,
            assignments: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for CreatePartitionsTopic {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreatePartitionsTopic, DecodeError> {
        let form = form(version);
        Ok(CreatePartitionsTopic {
            name: reader.string(form)?,
            count: reader.i32()?,
            assignments: reader.nullable_array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i32(self.count);
        writer.nullable_array(version, form, self.assignments.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.name);
        size += nullable_array_size(version, form, self.assignments.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatePartitionsAssignment {
    pub broker_ids: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for CreatePartitionsAssignment {
    const SMALLEST: usize = 2;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<CreatePartitionsAssignment, DecodeError> {
        let form = form(version);
        Ok(CreatePartitionsAssignment {
            broker_ids: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.broker_ids)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.broker_ids);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for CreatePartitionsRequest {
    const NAME: &'static str = "CreatePartitionsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
