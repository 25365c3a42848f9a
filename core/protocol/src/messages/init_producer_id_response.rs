//! InitProducerIdResponse, versions 0 to 6.
//!
//! Generated from `definitions/022-InitProducerId.api` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq)]
pub struct InitProducerIdResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub ongoing_txn_producer_id: i64,
    pub ongoing_txn_producer_epoch: i16,
    pub unknown_tags: UnknownTags,
}

impl Default for InitProducerIdResponse {
    fn default() -> InitProducerIdResponse {
        InitProducerIdResponse {
            throttle_time_ms: 0,
            error_code: 0,
            producer_id: -1,
            producer_epoch: 0,
            ongoing_txn_producer_id: -1,
            ongoing_txn_producer_epoch: -1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for InitProducerIdResponse {
    const SMALLEST: usize = 16;

    fn decode(reader: &mut Reader, version: i16) -> Result<InitProducerIdResponse, DecodeError> {
        let form = form(version);
        Ok(InitProducerIdResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            producer_id: reader.i64()?,
            producer_epoch: reader.i16()?,
            ongoing_txn_producer_id: if version >= 6 { reader.i64()? } else { -1 },
            ongoing_txn_producer_epoch: if version >= 6 { reader.i16()? } else { -1 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.i64(self.producer_id);
        writer.i16(self.producer_epoch);
        if version >= 6 {
            writer.i64(self.ongoing_txn_producer_id);
        }
        if version < 6 && self.ongoing_txn_producer_id != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "OngoingTxnProducerId", version });
        }
        if version >= 6 {
            writer.i16(self.ongoing_txn_producer_epoch);
        }
        if version < 6 && self.ongoing_txn_producer_epoch != -1 {
            return Err(EncodeError::FieldNotInVersion {
                field: "OngoingTxnProducerEpoch",
                version,
            });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        if version >= 6 {
            size += 8;
        }
        if version >= 6 {
            size += 2;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for InitProducerIdResponse {
    const NAME: &'static str = "InitProducerIdResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
