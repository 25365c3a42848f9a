//! DescribeConfigsResponse, versions 0 to 4.
//!
//! Generated from `definitions/032-DescribeConfigs.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeConfigsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<DescribeConfigsResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribeConfigsResponse {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeConfigsResponse, DecodeError> {
        let form = form(version);
        Ok(DescribeConfigsResponse {
            throttle_time_ms: reader.i32()?,
            results: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.array(version, form, &self.results)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.results);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResult {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<DescribeConfigsResourceResult>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeConfigsResult {
    fn default() -> DescribeConfigsResult {
        DescribeConfigsResult {
            error_code: 0,
            error_message: Some(Str::EMPTY),
            resource_type: 0,
            resource_name: Str::EMPTY,
            configs: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeConfigsResult {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeConfigsResult, DecodeError> {
        let form = form(version);
        Ok(DescribeConfigsResult {
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            resource_type: reader.i8()?,
            resource_name: reader.string(form)?,
            configs: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.i8(self.resource_type);
        writer.string(form, &self.resource_name)?;
        writer.array(version, form, &self.configs)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 3;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += string_size(form, &self.resource_name);
        size += array_size(version, form, &self.configs);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResourceResult {
    pub name: Str,
    pub value: Option<Str>,
    pub read_only: bool,
    pub is_default: bool,
    pub config_source: i8,
    pub is_sensitive: bool,
    pub synonyms: Vec<DescribeConfigsSynonym>,
    pub config_type: i8,
    pub documentation: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeConfigsResourceResult {
    fn default() -> DescribeConfigsResourceResult {
        DescribeConfigsResourceResult {
            name: Str::EMPTY,
            value: Some(Str::EMPTY),
            read_only: false,
            is_default: false,
            config_source: -1,
            is_sensitive: false,
            synonyms: Vec::new(),
            config_type: 0,
            documentation: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeConfigsResourceResult {
    const SMALLEST: usize = 7;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeConfigsResourceResult, DecodeError> {
        let form = form(version);
        Ok(DescribeConfigsResourceResult {
            name: reader.string(form)?,
            value: reader.nullable_string(form)?,
            read_only: reader.bool()?,
            is_default: if version <= 0 { reader.bool()? } else { false },
            config_source: if version >= 1 { reader.i8()? } else { -1 },
            is_sensitive: reader.bool()?,
            synonyms: if version >= 1 { reader.array(version, form)? } else { Vec::new() },
            config_type: if version >= 3 { reader.i8()? } else { 0 },
            documentation: if version >= 3 {
                reader.nullable_string(form)?
            } else {
                Some(Str::EMPTY)
            },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.nullable_string(form, self.value.as_ref())?;
        writer.bool(self.read_only);
        if version <= 0 {
            writer.bool(self.is_default);
        }
        if version > 0 && self.is_default {
            return Err(EncodeError::FieldNotInVersion { field: "IsDefault", version });
        }
        if version >= 1 {
            writer.i8(self.config_source);
        }
        writer.bool(self.is_sensitive);
        if version >= 1 {
            writer.array(version, form, &self.synonyms)?;
        }
        if version >= 3 {
            writer.i8(self.config_type);
        }
        if version >= 3 {
            writer.nullable_string(form, self.documentation.as_ref())?;
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.name);
        size += nullable_string_size(form, self.value.as_ref());
        if version <= 0 {
            size += 1;
        }
        if version >= 1 {
            size += 1;
        }
        if version >= 1 {
            size += array_size(version, form, &self.synonyms);
        }
        if version >= 3 {
            size += 1;
        }
        if version >= 3 {
            size += nullable_string_size(form, self.documentation.as_ref());
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsSynonym {
    pub name: Str,
    pub value: Option<Str>,
    pub source: i8,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeConfigsSynonym {
    fn default() -> DescribeConfigsSynonym {
        DescribeConfigsSynonym {
            name: Str::EMPTY,
            value: Some(Str::EMPTY),
            source: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeConfigsSynonym {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeConfigsSynonym, DecodeError> {
        let form = form(version);
        Ok(DescribeConfigsSynonym {
            name: reader.string(form)?,
            value: reader.nullable_string(form)?,
            source: reader.i8()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.nullable_string(form, self.value.as_ref())?;
        writer.i8(self.source);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += string_size(form, &self.name);
        size += nullable_string_size(form, self.value.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeConfigsResponse {
    const NAME: &'static str = "DescribeConfigsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
