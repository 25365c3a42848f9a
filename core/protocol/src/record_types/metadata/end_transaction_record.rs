//! EndTransactionRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/024-EndTransactionRecord.record` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct EndTransactionRecord {
    pub unknown_tags: UnknownTags,
}

impl Message for EndTransactionRecord {
    const SMALLEST: usize = 1;

    fn decode(reader: &mut Reader, version: i16) -> Result<EndTransactionRecord, DecodeError> {
        let form = form(version);
        Ok(EndTransactionRecord { unknown_tags: UnknownTags::read_all(reader, form)? })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for EndTransactionRecord {
    const NAME: &'static str = "EndTransactionRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
