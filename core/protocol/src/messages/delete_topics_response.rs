//! DeleteTopicsResponse, versions 0 to 6.
//!
//! Generated from `definitions/020-DeleteTopics.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteTopicsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<DeletableTopicResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for DeleteTopicsResponse {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeleteTopicsResponse, DecodeError> {
        let form = form(version);
        Ok(DeleteTopicsResponse {
            throttle_time_ms: if version >= 1 { reader.i32()? } else { 0 },
            responses: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.i32(self.throttle_time_ms);
        }
        writer.array(version, form, &self.responses)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 1 {
            size += 4;
        }
        size += array_size(version, form, &self.responses);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeletableTopicResult {
    pub name: Option<Str>,
    pub topic_id: Uuid,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for DeletableTopicResult {
    fn default() -> DeletableTopicResult {
        DeletableTopicResult {
            name: Some(Str::EMPTY),
            topic_id: Uuid::ZERO,
            error_code: 0,
            error_message: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DeletableTopicResult {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeletableTopicResult, DecodeError> {
        let form = form(version);
        Ok(DeletableTopicResult {
            name: if version >= 6 {
                reader.nullable_string(form)?
            } else {
                Some(reader.string(form)?)
            },
            topic_id: if version >= 6 { reader.uuid()? } else { Uuid::ZERO },
            error_code: reader.i16()?,
            error_message: if version >= 5 { reader.nullable_string(form)? } else { None },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 6 {
            writer.nullable_string(form, self.name.as_ref())?;
        } else {
            let Some(value) = &self.name else {
                return Err(EncodeError::Null { field: "Name", version });
            };
            writer.string(form, value)?;
        }
        if version >= 6 {
            writer.uuid(self.topic_id);
        }
        writer.i16(self.error_code);
        if version >= 5 {
            writer.nullable_string(form, self.error_message.as_ref())?;
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += nullable_string_size(form, self.name.as_ref());
        if version >= 6 {
            size += 16;
        }
        if version >= 5 {
            size += nullable_string_size(form, self.error_message.as_ref());
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DeleteTopicsResponse {
    const NAME: &'static str = "DeleteTopicsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
