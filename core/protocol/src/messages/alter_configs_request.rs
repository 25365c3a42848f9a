//! AlterConfigsRequest, versions 0 to 2.
//!
//! Generated from `definitions/033-AlterConfigs.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterConfigsRequest {
    pub resources: Vec<AlterConfigsResource>,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for AlterConfigsRequest {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<AlterConfigsRequest, DecodeError> {
        let form = form(version);
        Ok(AlterConfigsRequest {
            resources: reader.array(version, form)?,
            validate_only: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.resources)?;
        writer.bool(self.validate_only);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += array_size(version, form, &self.resources);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<AlterableConfig>,
    pub unknown_tags: UnknownTags,
}

impl Message for AlterConfigsResource {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<AlterConfigsResource, DecodeError> {
        let form = form(version);
        Ok(AlterConfigsResource {
            resource_type: reader.i8()?,
            resource_name: reader.string(form)?,
            configs: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i8(self.resource_type);
        writer.string(form, &self.resource_name)?;
        writer.array(version, form, &self.configs)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += string_size(form, &self.resource_name);
        size += array_size(version, form, &self.configs);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterableConfig {
    pub name: Str,
    pub value: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for AlterableConfig {
    fn default() -> AlterableConfig {
        AlterableConfig {
            name: Str::EMPTY,
            value: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for AlterableConfig {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<AlterableConfig, DecodeError> {
        let form = form(version);
        Ok(AlterableConfig {
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

impl TopLevel for AlterConfigsRequest {
    const NAME: &'static str = "AlterConfigsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
