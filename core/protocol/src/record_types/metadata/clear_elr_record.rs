//! ClearElrRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/028-ClearElrRecord.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ClearElrRecord {
    pub topic_name: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for ClearElrRecord {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<ClearElrRecord, DecodeError> {
        let form = form(version);
        Ok(ClearElrRecord {
            topic_name: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.topic_name)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.topic_name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ClearElrRecord {
    const NAME: &'static str = "ClearElrRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
