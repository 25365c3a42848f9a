//! EndTxnResponse, versions 0 to 5.
//!
//! Generated from `definitions/026-EndTxn.api` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq)]
pub struct EndTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub unknown_tags: UnknownTags,
}

impl Default for EndTxnResponse {
    fn default() -> EndTxnResponse {
        EndTxnResponse {
            throttle_time_ms: 0,
            error_code: 0,
            producer_id: -1,
            producer_epoch: -1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for EndTxnResponse {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<EndTxnResponse, DecodeError> {
        let form = form(version);
        Ok(EndTxnResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            producer_id: if version >= 5 { reader.i64()? } else { -1 },
            producer_epoch: if version >= 5 { reader.i16()? } else { -1 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        if version >= 5 {
            writer.i64(self.producer_id);
        }
        if version >= 5 {
            writer.i16(self.producer_epoch);
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        if version >= 5 {
            size += 8;
        }
        if version >= 5 {
            size += 2;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for EndTxnResponse {
    const NAME: &'static str = "EndTxnResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
