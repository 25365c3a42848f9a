//! ControlRecordTypeSchema, versions 0 to 0.
//!
//! Generated from `definitions/records/raft/ControlRecordTypeSchema.record` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Message, Reader, TopLevel, Writer};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ControlRecordTypeSchema {
    pub r#type: i16,
}

impl Message for ControlRecordTypeSchema {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, _version: i16) -> Result<ControlRecordTypeSchema, DecodeError> {
        Ok(ControlRecordTypeSchema { r#type: reader.i16()? })
    }

    fn encode(&self, writer: &mut Writer, _version: i16) -> Result<(), EncodeError> {
        writer.i16(self.r#type);
        Ok(())
    }

    fn size(&self, _version: i16) -> usize {
        2
    }
}

impl TopLevel for ControlRecordTypeSchema {
    const NAME: &'static str = "ControlRecordTypeSchema";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}
