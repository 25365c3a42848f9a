//! SnapshotHeaderRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/raft/SnapshotHeaderRecord.record` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SnapshotHeaderRecord {
    pub version: i16,
    pub last_contained_log_timestamp: i64,
    pub unknown_tags: UnknownTags,
}

impl Message for SnapshotHeaderRecord {
    const SMALLEST: usize = 11;

    fn decode(reader: &mut Reader, version: i16) -> Result<SnapshotHeaderRecord, DecodeError> {
        let form = form(version);
        Ok(SnapshotHeaderRecord {
            version: reader.i16()?,
            last_contained_log_timestamp: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.version);
        writer.i64(self.last_contained_log_timestamp);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 10;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for SnapshotHeaderRecord {
    const NAME: &'static str = "SnapshotHeaderRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
