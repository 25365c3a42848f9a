//! ListConfigResourcesResponse, versions 0 to 1.
//!
//! Generated from `definitions/074-ListConfigResources.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListConfigResourcesResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub config_resources: Vec<ConfigResource>,
    pub unknown_tags: UnknownTags,
}

impl Message for ListConfigResourcesResponse {
    const SMALLEST: usize = 8;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ListConfigResourcesResponse, DecodeError> {
        let form = form(version);
        Ok(ListConfigResourcesResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            config_resources: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.array(version, form, &self.config_resources)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += array_size(version, form, &self.config_resources);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ConfigResource {
    pub resource_name: Str,
    pub resource_type: i8,
    pub unknown_tags: UnknownTags,
}

impl Default for ConfigResource {
    fn default() -> ConfigResource {
        ConfigResource {
            resource_name: Str::EMPTY,
            resource_type: 16,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ConfigResource {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<ConfigResource, DecodeError> {
        let form = form(version);
        Ok(ConfigResource {
            resource_name: reader.string(form)?,
            resource_type: if version >= 1 { reader.i8()? } else { 16 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.resource_name)?;
        if version >= 1 {
            writer.i8(self.resource_type);
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.resource_name);
        if version >= 1 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ListConfigResourcesResponse {
    const NAME: &'static str = "ListConfigResourcesResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
