//! FeatureLevelRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/012-FeatureLevelRecord.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FeatureLevelRecord {
    pub name: Str,
    pub feature_level: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for FeatureLevelRecord {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<FeatureLevelRecord, DecodeError> {
        let form = form(version);
        Ok(FeatureLevelRecord {
            name: reader.string(form)?,
            feature_level: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i16(self.feature_level);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for FeatureLevelRecord {
    const NAME: &'static str = "FeatureLevelRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
