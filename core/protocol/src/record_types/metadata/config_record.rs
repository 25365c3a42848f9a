//! ConfigRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/004-ConfigRecord.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ConfigRecord {
    pub resource_type: i8,
    pub resource_name: Str,
    pub name: Str,
    pub value: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for ConfigRecord {
    fn default() -> ConfigRecord {
        ConfigRecord {
            resource_type: 0,
            resource_name: Str::EMPTY,
            name: Str::EMPTY,
            value: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ConfigRecord {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<ConfigRecord, DecodeError> {
        let form = form(version);
        Ok(ConfigRecord {
            resource_type: reader.i8()?,
            resource_name: reader.string(form)?,
            name: reader.string(form)?,
            value: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i8(self.resource_type);
        writer.string(form, &self.resource_name)?;
        writer.string(form, &self.name)?;
        writer.nullable_string(form, self.value.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += string_size(form, &self.resource_name);
        size += string_size(form, &self.name);
        size += nullable_string_size(form, self.value.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ConfigRecord {
    const NAME: &'static str = "ConfigRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
