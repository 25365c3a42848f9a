//! DeleteAclsResponse, versions 0 to 3.
//!
//! Generated from `definitions/031-DeleteAcls.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteAclsResponse {
    pub throttle_time_ms: i32,
    pub filter_results: Vec<DeleteAclsFilterResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for DeleteAclsResponse {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeleteAclsResponse, DecodeError> {
        let form = form(version);
        Ok(DeleteAclsResponse {
            throttle_time_ms: reader.i32()?,
            filter_results: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.array(version, form, &self.filter_results)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.filter_results);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeleteAclsFilterResult {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub matching_acls: Vec<DeleteAclsMatchingAcl>,
    pub unknown_tags: UnknownTags,
}

impl Default for DeleteAclsFilterResult {
    fn default() -> DeleteAclsFilterResult {
        DeleteAclsFilterResult {
            error_code: 0,
            error_message: Some(Str::EMPTY),
            matching_acls: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DeleteAclsFilterResult {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeleteAclsFilterResult, DecodeError> {
        let form = form(version);
        Ok(DeleteAclsFilterResult {
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            matching_acls: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.array(version, form, &self.matching_acls)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += array_size(version, form, &self.matching_acls);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeleteAclsMatchingAcl {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
    pub pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
    pub unknown_tags: UnknownTags,
}

impl Default for DeleteAclsMatchingAcl {
    fn default() -> DeleteAclsMatchingAcl {
        DeleteAclsMatchingAcl {
            error_code: 0,
            error_message: Some(Str::EMPTY),
            resource_type: 0,
            resource_name: Str::EMPTY,
            pattern_type: 3,
            principal: Str::EMPTY,
            host: Str::EMPTY,
            operation: 0,
            permission_type: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DeleteAclsMatchingAcl {
    const SMALLEST: usize = 11;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeleteAclsMatchingAcl, DecodeError> {
        let form = form(version);
        Ok(DeleteAclsMatchingAcl {
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            resource_type: reader.i8()?,
            resource_name: reader.string(form)?,
            pattern_type: if version >= 1 { reader.i8()? } else { 3 },
            principal: reader.string(form)?,
            host: reader.string(form)?,
            operation: reader.i8()?,
            permission_type: reader.i8()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.i8(self.resource_type);
        writer.string(form, &self.resource_name)?;
        if version >= 1 {
            writer.i8(self.pattern_type);
        }
        if version < 1 && self.pattern_type != 3 {
            return Err(EncodeError::FieldNotInVersion { field: "PatternType", version });
        }
        writer.string(form, &self.principal)?;
        writer.string(form, &self.host)?;
        writer.i8(self.operation);
        writer.i8(self.permission_type);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 5;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += string_size(form, &self.resource_name);
        if version >= 1 {
            size += 1;
        }
        size += string_size(form, &self.principal);
        size += string_size(form, &self.host);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DeleteAclsResponse {
    const NAME: &'static str = "DeleteAclsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
