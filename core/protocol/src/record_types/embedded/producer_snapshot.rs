//! ProducerSnapshot, versions 1 to 1.
//!
//! Generated from `definitions/records/embedded/ProducerSnapshot.record` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, array_size};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ProducerSnapshot {
    pub crc: u32,
    pub producer_entries: Vec<ProducerEntry>,
}

impl Message for ProducerSnapshot {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<ProducerSnapshot, DecodeError> {
        let form = form(version);
        Ok(ProducerSnapshot { crc: reader.u32()?, producer_entries: reader.array(version, form)? })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.u32(self.crc);
        writer.array(version, form, &self.producer_entries)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.producer_entries);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ProducerEntry {
    pub producer_id: i64,
    pub epoch: i16,
    pub last_sequence: i32,
    pub last_offset: i64,
    pub offset_delta: i32,
    pub timestamp: i64,
    pub coordinator_epoch: i32,
    pub current_txn_first_offset: i64,
}

impl Message for ProducerEntry {
    const SMALLEST: usize = 46;

    fn decode(reader: &mut Reader, _version: i16) -> Result<ProducerEntry, DecodeError> {
        Ok(ProducerEntry {
            producer_id: reader.i64()?,
            epoch: reader.i16()?,
            last_sequence: reader.i32()?,
            last_offset: reader.i64()?,
            offset_delta: reader.i32()?,
            timestamp: reader.i64()?,
            coordinator_epoch: reader.i32()?,
            current_txn_first_offset: reader.i64()?,
        })
    }

    fn encode(&self, writer: &mut Writer, _version: i16) -> Result<(), EncodeError> {
        writer.i64(self.producer_id);
        writer.i16(self.epoch);
        writer.i32(self.last_sequence);
        writer.i64(self.last_offset);
        writer.i32(self.offset_delta);
        writer.i64(self.timestamp);
        writer.i32(self.coordinator_epoch);
        writer.i64(self.current_txn_first_offset);
        Ok(())
    }

    fn size(&self, _version: i16) -> usize {
        46
    }
}

impl TopLevel for ProducerSnapshot {
    const NAME: &'static str = "ProducerSnapshot";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=1;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
