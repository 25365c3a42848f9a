//! DefaultPrincipalData, versions 0 to 0.
//!
//! Generated from `definitions/records/embedded/DefaultPrincipalData.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DefaultPrincipalData {
    pub r#type: Str,
    pub name: Str,
    pub token_authenticated: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for DefaultPrincipalData {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<DefaultPrincipalData, DecodeError> {
        let form = form(version);
        Ok(DefaultPrincipalData {
            r#type: reader.string(form)?,
            name: reader.string(form)?,
            token_authenticated: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.r#type)?;
        writer.string(form, &self.name)?;
        writer.bool(self.token_authenticated);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += string_size(form, &self.r#type);
        size += string_size(form, &self.name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DefaultPrincipalData {
    const NAME: &'static str = "DefaultPrincipalData";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
