//! DeleteTopicsRequest, versions 0 to 6.
//!
//! Generated from `definitions/020-DeleteTopics.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteTopicsRequest {
    pub topics: Vec<DeleteTopicState>,
    pub topic_names: Vec<Str>,
    pub timeout_ms: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for DeleteTopicsRequest {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeleteTopicsRequest, DecodeError> {
        let form = form(version);
        Ok(DeleteTopicsRequest {
            topics: if version >= 6 { reader.array(version, form)? } else { Vec::new() },
            topic_names: if version <= 5 { reader.array(version, form)? } else { Vec::new() },
            timeout_ms: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 6 {
            writer.array(version, form, &self.topics)?;
        }
        if version < 6 && !self.topics.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Topics", version });
        }
        if version <= 5 {
            writer.array(version, form, &self.topic_names)?;
        }
        writer.i32(self.timeout_ms);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        if version >= 6 {
            size += array_size(version, form, &self.topics);
        }
        if version <= 5 {
            size += array_size(version, form, &self.topic_names);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteTopicState {
    pub name: Option<Str>,
    pub topic_id: Uuid,
    pub unknown_tags: UnknownTags,
}

impl Message for DeleteTopicState {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeleteTopicState, DecodeError> {
        let form = form(version);
        Ok(DeleteTopicState {
            name: reader.nullable_string(form)?,
            topic_id: reader.uuid()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.name.as_ref())?;
        writer.uuid(self.topic_id);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += nullable_string_size(form, self.name.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DeleteTopicsRequest {
    const NAME: &'static str = "DeleteTopicsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
