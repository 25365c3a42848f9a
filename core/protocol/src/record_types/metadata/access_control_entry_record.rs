//! AccessControlEntryRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/018-AccessControlEntryRecord.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AccessControlEntryRecord {
    pub id: Uuid,
    pub resource_type: i8,
    pub resource_name: Str,
    pub pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
    pub unknown_tags: UnknownTags,
}

impl Message for AccessControlEntryRecord {
    const SMALLEST: usize = 24;

    fn decode(reader: &mut Reader, version: i16) -> Result<AccessControlEntryRecord, DecodeError> {
        let form = form(version);
        Ok(AccessControlEntryRecord {
            id: reader.uuid()?,
            resource_type: reader.i8()?,
            resource_name: reader.string(form)?,
            pattern_type: reader.i8()?,
            principal: reader.string(form)?,
            host: reader.string(form)?,
            operation: reader.i8()?,
            permission_type: reader.i8()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.id);
        writer.i8(self.resource_type);
        writer.string(form, &self.resource_name)?;
        writer.i8(self.pattern_type);
        writer.string(form, &self.principal)?;
        writer.string(form, &self.host)?;
        writer.i8(self.operation);
        writer.i8(self.permission_type);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 20;
        size += string_size(form, &self.resource_name);
        size += string_size(form, &self.principal);
        size += string_size(form, &self.host);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AccessControlEntryRecord {
    const NAME: &'static str = "AccessControlEntryRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
