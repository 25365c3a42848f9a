//! LegacyOffsetCommitValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/000-LegacyOffsetCommit.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, string_size};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct LegacyOffsetCommitValue {
    pub offset: i64,
    pub metadata: Str,
    pub commit_timestamp: i64,
}

impl Message for LegacyOffsetCommitValue {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<LegacyOffsetCommitValue, DecodeError> {
        let form = form(version);
        Ok(LegacyOffsetCommitValue {
            offset: reader.i64()?,
            metadata: reader.string(form)?,
            commit_timestamp: reader.i64()?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i64(self.offset);
        writer.string(form, &self.metadata)?;
        writer.i64(self.commit_timestamp);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += string_size(form, &self.metadata);
        size
    }
}

impl TopLevel for LegacyOffsetCommitValue {
    const NAME: &'static str = "LegacyOffsetCommitValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
