//! AlterClientQuotasRequest, versions 0 to 1.
//!
//! Generated from `definitions/049-AlterClientQuotas.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterClientQuotasRequest {
    pub entries: Vec<EntryData>,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for AlterClientQuotasRequest {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<AlterClientQuotasRequest, DecodeError> {
        let form = form(version);
        Ok(AlterClientQuotasRequest {
            entries: reader.array(version, form)?,
            validate_only: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.entries)?;
        writer.bool(self.validate_only);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += array_size(version, form, &self.entries);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct EntryData {
    pub entity: Vec<EntityData>,
    pub ops: Vec<OpData>,
    pub unknown_tags: UnknownTags,
}

impl Message for EntryData {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<EntryData, DecodeError> {
        let form = form(version);
        Ok(EntryData {
            entity: reader.array(version, form)?,
            ops: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.entity)?;
        writer.array(version, form, &self.ops)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.entity);
        size += array_size(version, form, &self.ops);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct EntityData {
    pub entity_type: Str,
    pub entity_name: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for EntityData {
    fn default() -> EntityData {
        EntityData {
            entity_type: Str::EMPTY,
            entity_name: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for EntityData {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<EntityData, DecodeError> {
        let form = form(version);
        Ok(EntityData {
            entity_type: reader.string(form)?,
            entity_name: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.entity_type)?;
        writer.nullable_string(form, self.entity_name.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.entity_type);
        size += nullable_string_size(form, self.entity_name.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OpData {
    pub key: Str,
    pub value: f64,
    pub remove: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for OpData {
    const SMALLEST: usize = 11;

    fn decode(reader: &mut Reader, version: i16) -> Result<OpData, DecodeError> {
        let form = form(version);
        Ok(OpData {
            key: reader.string(form)?,
            value: reader.f64()?,
            remove: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.key)?;
        writer.f64(self.value);
        writer.bool(self.remove);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 9;
        size += string_size(form, &self.key);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AlterClientQuotasRequest {
    const NAME: &'static str = "AlterClientQuotasRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(1);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 1 { Form::Flexible } else { Form::Classic }
}
