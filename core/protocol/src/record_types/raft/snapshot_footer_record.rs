//! SnapshotFooterRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/raft/SnapshotFooterRecord.record` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SnapshotFooterRecord {
    pub version: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for SnapshotFooterRecord {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<SnapshotFooterRecord, DecodeError> {
        let form = form(version);
        Ok(SnapshotFooterRecord {
            version: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.version);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for SnapshotFooterRecord {
    const NAME: &'static str = "SnapshotFooterRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
