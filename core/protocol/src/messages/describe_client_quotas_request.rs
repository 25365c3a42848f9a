//! DescribeClientQuotasRequest, versions 0 to 1.
//!
//! Generated from `definitions/048-DescribeClientQuotas.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeClientQuotasRequest {
    pub components: Vec<ComponentData>,
    pub strict: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribeClientQuotasRequest {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeClientQuotasRequest, DecodeError> {
        let form = form(version);
        Ok(DescribeClientQuotasRequest {
            components: reader.array(version, form)?,
            strict: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.components)?;
        writer.bool(self.strict);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += array_size(version, form, &self.components);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ComponentData {
    pub entity_type: Str,
    pub match_type: i8,
    pub r#match: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for ComponentData {
    fn default() -> ComponentData {
        ComponentData {
            entity_type: Str::EMPTY,
            match_type: 0,
            r#match: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ComponentData {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<ComponentData, DecodeError> {
        let form = form(version);
        Ok(ComponentData {
            entity_type: reader.string(form)?,
            match_type: reader.i8()?,
            r#match: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.entity_type)?;
        writer.i8(self.match_type);
        writer.nullable_string(form, self.r#match.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += string_size(form, &self.entity_type);
        size += nullable_string_size(form, self.r#match.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeClientQuotasRequest {
    const NAME: &'static str = "DescribeClientQuotasRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(1);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 1 { Form::Flexible } else { Form::Classic }
}
