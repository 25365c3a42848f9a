//! CreateAclsRequest, versions 0 to 3.
//!
//! Generated from `definitions/030-CreateAcls.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreateAclsRequest {
    pub creations: Vec<AclCreation>,
    pub unknown_tags: UnknownTags,
}

impl Message for CreateAclsRequest {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreateAclsRequest, DecodeError> {
        let form = form(version);
        Ok(CreateAclsRequest {
            creations: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.creations)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.creations);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AclCreation {
    pub resource_type: i8,
    pub resource_name: Str,
    pub resource_pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
    pub unknown_tags: UnknownTags,
}

impl Default for AclCreation {
    fn default() -> AclCreation {
        AclCreation {
            resource_type: 0,
            resource_name: Str::EMPTY,
            resource_pattern_type: 3,
            principal: Str::EMPTY,
            host: Str::EMPTY,
            operation: 0,
            permission_type: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for AclCreation {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<AclCreation, DecodeError> {
        let form = form(version);
        Ok(AclCreation {
            resource_type: reader.i8()?,
            resource_name: reader.string(form)?,
            resource_pattern_type: if version >= 1 { reader.i8()? } else { 3 },
            principal: reader.string(form)?,
            host: reader.string(form)?,
            operation: reader.i8()?,
            permission_type: reader.i8()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i8(self.resource_type);
        writer.string(form, &self.resource_name)?;
        if version >= 1 {
            writer.i8(self.resource_pattern_type);
        }
        if version < 1 && self.resource_pattern_type != 3 {
            return Err(EncodeError::FieldNotInVersion { field: "ResourcePatternType", version });
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
        let mut size = 3;
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

impl TopLevel for CreateAclsRequest {
    const NAME: &'static str = "CreateAclsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
