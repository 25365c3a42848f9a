//! CreateTopicsResponse, versions 0 to 7.
//!
//! Generated from `definitions/019-CreateTopics.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, nullable_string_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreateTopicsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<CreatableTopicResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for CreateTopicsResponse {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreateTopicsResponse, DecodeError> {
        let form = form(version);
        Ok(CreateTopicsResponse {
            throttle_time_ms: if version >= 2 { reader.i32()? } else { 0 },
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 2 {
            writer.i32(self.throttle_time_ms);
        }
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 2 {
            size += 4;
        }
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicResult {
    pub name: Str,
    pub topic_id: Uuid,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub topic_config_error_code: i16,
    pub num_partitions: i32,
    pub replication_factor: i16,
    pub configs: Option<Vec<CreatableTopicConfigs>>,
    pub unknown_tags: UnknownTags,
}

impl Default for CreatableTopicResult {
    fn default() -> CreatableTopicResult {
        CreatableTopicResult {
            name: Str::EMPTY,
            topic_id: Uuid::ZERO,
            error_code: 0,
            error_message: Some(Str::EMPTY),
            topic_config_error_code: 0,
            num_partitions: -1,
            replication_factor: -1,
            configs: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for CreatableTopicResult {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreatableTopicResult, DecodeError> {
        let form = form(version);
        let mut message = CreatableTopicResult {
            name: reader.string(form)?,
            topic_id: if version >= 7 { reader.uuid()? } else { Uuid::ZERO },
            error_code: reader.i16()?,
            error_message: if version >= 1 {
                reader.nullable_string(form)?
            } else {
                Some(Str::EMPTY)
            },
            topic_config_error_code: 0,
            num_partitions: if version >= 5 { reader.i32()? } else { -1 },
            replication_factor: if version >= 5 { reader.i16()? } else { -1 },
            configs: if version >= 5 {
                reader.nullable_array(version, form)?
            } else {
                Some(Vec::new())
            },
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 5 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 => message.topic_config_error_code = reader.i16()?,
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        if version >= 7 {
            writer.uuid(self.topic_id);
        }
        writer.i16(self.error_code);
        if version >= 1 {
            writer.nullable_string(form, self.error_message.as_ref())?;
        }
        if version >= 5 {
            writer.i32(self.num_partitions);
        }
        if version >= 5 {
            writer.i16(self.replication_factor);
        }
        if version >= 5 {
            writer.nullable_array(version, form, self.configs.as_deref())?;
        }
        if version >= 5 {
            let mut count = self.unknown_tags.len();
            if self.topic_config_error_code != 0 {
                count += 1;
            }
            writer.uvarint(count as u32);
            if self.topic_config_error_code != 0 {
                writer.uvarint(0);
                writer.uvarint(2);
                writer.i16(self.topic_config_error_code);
            }
            self.unknown_tags.write_between(writer, 1, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.name);
        if version >= 7 {
            size += 16;
        }
        if version >= 1 {
            size += nullable_string_size(form, self.error_message.as_ref());
        }
        if version >= 5 {
            size += 4;
        }
        if version >= 5 {
            size += 2;
        }
        if version >= 5 {
            size += nullable_array_size(version, form, self.configs.as_deref());
        }
        if version >= 5 {
            let mut count = self.unknown_tags.len();
            if self.topic_config_error_code != 0 {
                count += 1;
                size += tagged_size(0, 2);
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfigs {
    pub name: Str,
    pub value: Option<Str>,
    pub read_only: bool,
    pub config_source: i8,
    pub is_sensitive: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for CreatableTopicConfigs {
    fn default() -> CreatableTopicConfigs {
        CreatableTopicConfigs {
            name: Str::EMPTY,
            value: Some(Str::EMPTY),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for CreatableTopicConfigs {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreatableTopicConfigs, DecodeError> {
        let form = form(version);
        Ok(CreatableTopicConfigs {
            name: reader.string(form)?,
            value: reader.nullable_string(form)?,
            read_only: reader.bool()?,
            config_source: reader.i8()?,
            is_sensitive: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.nullable_string(form, self.value.as_ref())?;
        writer.bool(self.read_only);
        writer.i8(self.config_source);
        writer.bool(self.is_sensitive);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 3;
        size += string_size(form, &self.name);
        size += nullable_string_size(form, self.value.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for CreateTopicsResponse {
    const NAME: &'static str = "CreateTopicsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=7;
    const FLEXIBLE_FROM: Option<i16> = Some(5);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 5 { Form::Flexible } else { Form::Classic }
}
