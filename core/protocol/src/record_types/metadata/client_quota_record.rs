//! ClientQuotaRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/014-ClientQuotaRecord.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ClientQuotaRecord {
    pub entity: Vec<EntityData>,
    pub key: Str,
    pub value: f64,
    pub remove: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for ClientQuotaRecord {
    const SMALLEST: usize = 12;

    fn decode(reader: &mut Reader, version: i16) -> Result<ClientQuotaRecord, DecodeError> {
        let form = form(version);
        Ok(ClientQuotaRecord {
            entity: reader.array(version, form)?,
            key: reader.string(form)?,
            value: reader.f64()?,
            remove: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.entity)?;
        writer.string(form, &self.key)?;
        writer.f64(self.value);
        writer.bool(self.remove);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 9;
        size += array_size(version, form, &self.entity);
        size += string_size(form, &self.key);
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

impl TopLevel for ClientQuotaRecord {
    const NAME: &'static str = "ClientQuotaRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
