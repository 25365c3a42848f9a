//! ShareSnapshotValue, versions 0 to 0.
//!
//! Generated from `definitions/records/share/000-ShareSnapshot.record` by `cargo gen`; edit that file instead.

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ShareSnapshotValue {
    pub snapshot_epoch: i32,
    pub state_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    pub delivery_complete_count: i32,
    pub create_timestamp: i64,
    pub write_timestamp: i64,
    pub state_batches: Vec<StateBatch>,
    pub unknown_tags: UnknownTags,
}

impl Default for ShareSnapshotValue {
    fn default() -> ShareSnapshotValue {
        ShareSnapshotValue {
            snapshot_epoch: 0,
            state_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
            create_timestamp: 0,
            write_timestamp: 0,
            state_batches: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ShareSnapshotValue {
    const SMALLEST: usize = 38;

    fn decode(reader: &mut Reader, version: i16) -> Result<ShareSnapshotValue, DecodeError> {
        let form = form(version);
        let mut message = ShareSnapshotValue {
            snapshot_epoch: reader.i32()?,
            state_epoch: reader.i32()?,
            leader_epoch: reader.i32()?,
            start_offset: reader.i64()?,
            delivery_complete_count: -1,
            create_timestamp: reader.i64()?,
            write_timestamp: reader.i64()?,
            state_batches: reader.array(version, form)?,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.delivery_complete_count = reader.i32()?,
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.snapshot_epoch);
        writer.i32(self.state_epoch);
        writer.i32(self.leader_epoch);
        writer.i64(self.start_offset);
        writer.i64(self.create_timestamp);
        writer.i64(self.write_timestamp);
        writer.array(version, form, &self.state_batches)?;
        let mut count = self.unknown_tags.len();
        if self.delivery_complete_count != -1 {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.delivery_complete_count != -1 {
            writer.uvarint(0);
            writer.uvarint(4);
            writer.i32(self.delivery_complete_count);
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 36;
        size += array_size(version, form, &self.state_batches);
        let mut count = self.unknown_tags.len();
        if self.delivery_complete_count != -1 {
            count += 1;
            size += tagged_size(0, 4);
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct StateBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_state: i8,
    pub delivery_count: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for StateBatch {
    const SMALLEST: usize = 20;

    fn decode(reader: &mut Reader, version: i16) -> Result<StateBatch, DecodeError> {
        let form = form(version);
        Ok(StateBatch {
            first_offset: reader.i64()?,
            last_offset: reader.i64()?,
            delivery_state: reader.i8()?,
            delivery_count: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i64(self.first_offset);
        writer.i64(self.last_offset);
        writer.i8(self.delivery_state);
        writer.i16(self.delivery_count);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 19;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ShareSnapshotValue {
    const NAME: &'static str = "ShareSnapshotValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
