//! CreateTopicsRequest, versions 0 to 7.
//!
//! Generated from `definitions/019-CreateTopics.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct CreateTopicsRequest {
    pub topics: Vec<CreatableTopic>,
    pub timeout_ms: i32,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for CreateTopicsRequest {
    fn default() -> CreateTopicsRequest {
        CreateTopicsRequest {
            topics: Vec::new(),
            timeout_ms: 60000,
            validate_only: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for CreateTopicsRequest {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreateTopicsRequest, DecodeError> {
        let form = form(version);
        Ok(CreateTopicsRequest {
            topics: reader.array(version, form)?,
            timeout_ms: reader.i32()?,
            validate_only: if version >= 1 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.topics)?;
        writer.i32(self.timeout_ms);
        if version >= 1 {
            writer.bool(self.validate_only);
        }
        if version < 1 && self.validate_only {
            return Err(EncodeError::FieldNotInVersion { field: "validateOnly", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.topics);
        if version >= 1 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatableTopic {
    pub name: Str,
    pub num_partitions: i32,
    pub replication_factor: i16,
    pub assignments: Vec<CreatableReplicaAssignment>,
    pub configs: Vec<CreatableTopicConfig>,
    pub unknown_tags: UnknownTags,
}

impl Message for CreatableTopic {
    const SMALLEST: usize = 10;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreatableTopic, DecodeError> {
        let form = form(version);
        Ok(CreatableTopic {
            name: reader.string(form)?,
            num_partitions: reader.i32()?,
            replication_factor: reader.i16()?,
            assignments: reader.array(version, form)?,
            configs: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i32(self.num_partitions);
        writer.i16(self.replication_factor);
        writer.array(version, form, &self.assignments)?;
        writer.array(version, form, &self.configs)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += string_size(form, &self.name);
        size += array_size(version, form, &self.assignments);
        size += array_size(version, form, &self.configs);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatableReplicaAssignment {
    pub partition_index: i32,
    pub broker_ids: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for CreatableReplicaAssignment {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<CreatableReplicaAssignment, DecodeError> {
        let form = form(version);
        Ok(CreatableReplicaAssignment {
            partition_index: reader.i32()?,
            broker_ids: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.array(version, form, &self.broker_ids)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.broker_ids);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfig {
    pub name: Str,
    pub value: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for CreatableTopicConfig {
    fn default() -> CreatableTopicConfig {
        CreatableTopicConfig {
            name: Str::EMPTY,
            value: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for CreatableTopicConfig {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreatableTopicConfig, DecodeError> {
        let form = form(version);
        Ok(CreatableTopicConfig {
            name: reader.string(form)?,
            value: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.nullable_string(form, self.value.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += nullable_string_size(form, self.value.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for CreateTopicsRequest {
    const NAME: &'static str = "CreateTopicsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=7;
    const FLEXIBLE_FROM: Option<i16> = Some(5);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 5 { Form::Flexible } else { Form::Classic }
}
