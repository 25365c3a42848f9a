//! DeleteAclsRequest, versions 0 to 3.
//!
//! Generated from `definitions/031-DeleteAcls.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteAclsRequest {
    pub filters: Vec<DeleteAclsFilter>,
    pub unknown_tags: UnknownTags,
}

impl Message for DeleteAclsRequest {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeleteAclsRequest, DecodeError> {
        let form = form(version);
        Ok(DeleteAclsRequest {
            filters: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.filters)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.filters);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeleteAclsFilter {
    pub resource_type_filter: i8,
    pub resource_name_filter: Option<Str>,
    pub pattern_type_filter: i8,
    pub principal_filter: Option<Str>,
    pub host_filter: Option<Str>,
    pub operation: i8,
    pub permission_type: i8,
    pub unknown_tags: UnknownTags,
}

impl Default for DeleteAclsFilter {
    fn default() -> DeleteAclsFilter {
        DeleteAclsFilter {
            resource_type_filter: 0,
            resource_name_filter: Some(Str::EMPTY),
            pattern_type_filter: 3,
            principal_filter: Some(Str::EMPTY),
            host_filter: Some(Str::EMPTY),
            operation: 0,
            permission_type: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DeleteAclsFilter {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeleteAclsFilter, DecodeError> {
        let form = form(version);
        Ok(DeleteAclsFilter {
            resource_type_filter: reader.i8()?,
            resource_name_filter: reader.nullable_string(form)?,
            pattern_type_filter: if version >= 1 { reader.i8()? } else { 3 },
            principal_filter: reader.nullable_string(form)?,
            host_filter: reader.nullable_string(form)?,
            operation: reader.i8()?,
            permission_type: reader.i8()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i8(self.resource_type_filter);
        writer.nullable_string(form, self.resource_name_filter.as_ref())?;
        if version >= 1 {
            writer.i8(self.pattern_type_filter);
        }
        if version < 1 && self.pattern_type_filter != 3 {
            return Err(EncodeError::FieldNotInVersion { field: "PatternTypeFilter", version });
        }
        writer.nullable_string(form, self.principal_filter.as_ref())?;
        writer.nullable_string(form, self.host_filter.as_ref())?;
        writer.i8(self.operation);
        writer.i8(self.permission_type);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 3;
        size += nullable_string_size(form, self.resource_name_filter.as_ref());
        if version >= 1 {
            size += 1;
        }
        size += nullable_string_size(form, self.principal_filter.as_ref());
        size += nullable_string_size(form, self.host_filter.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DeleteAclsRequest {
    const NAME: &'static str = "DeleteAclsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
