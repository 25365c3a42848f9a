//! EndTxnMarker, versions 0 to 0.
//!
//! Generated from `definitions/records/raft/EndTxnMarker.record` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Message, Reader, TopLevel, Writer};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct EndTxnMarker {
    pub coordinator_epoch: i32,
}

impl Message for EndTxnMarker {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, _version: i16) -> Result<EndTxnMarker, DecodeError> {
        Ok(EndTxnMarker { coordinator_epoch: reader.i32()? })
    }

    fn encode(&self, writer: &mut Writer, _version: i16) -> Result<(), EncodeError> {
        writer.i32(self.coordinator_epoch);
        Ok(())
    }

    fn size(&self, _version: i16) -> usize {
        4
    }
}

impl TopLevel for EndTxnMarker {
    const NAME: &'static str = "EndTxnMarker";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}
