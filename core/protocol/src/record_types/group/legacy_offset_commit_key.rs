//! LegacyOffsetCommitKey, versions 0 to 0.
//!
//! Generated from `definitions/records/group/000-LegacyOffsetCommit.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, string_size};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct LegacyOffsetCommitKey {
    pub group: Str,
    pub topic: Str,
    pub partition: i32,
}

impl Message for LegacyOffsetCommitKey {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<LegacyOffsetCommitKey, DecodeError> {
        let form = form(version);
        Ok(LegacyOffsetCommitKey {
            group: reader.string(form)?,
            topic: reader.string(form)?,
            partition: reader.i32()?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group)?;
        writer.string(form, &self.topic)?;
        writer.i32(self.partition);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.group);
        size += string_size(form, &self.topic);
        size
    }
}

impl TopLevel for LegacyOffsetCommitKey {
    const NAME: &'static str = "LegacyOffsetCommitKey";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
