//! FenceBrokerRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/007-FenceBrokerRecord.record` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FenceBrokerRecord {
    pub id: i32,
    pub epoch: i64,
    pub unknown_tags: UnknownTags,
}

impl Message for FenceBrokerRecord {
    const SMALLEST: usize = 13;

    fn decode(reader: &mut Reader, version: i16) -> Result<FenceBrokerRecord, DecodeError> {
        let form = form(version);
        Ok(FenceBrokerRecord {
            id: reader.i32()?,
            epoch: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.id);
        writer.i64(self.epoch);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for FenceBrokerRecord {
    const NAME: &'static str = "FenceBrokerRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
