//! InitProducerIdRequest, versions 0 to 6.
//!
//! Generated from `definitions/022-InitProducerId.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct InitProducerIdRequest {
    pub transactional_id: Option<Str>,
    pub transaction_timeout_ms: i32,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub enable2_pc: bool,
    pub keep_prepared_txn: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for InitProducerIdRequest {
    fn default() -> InitProducerIdRequest {
        InitProducerIdRequest {
            transactional_id: Some(Str::EMPTY),
            transaction_timeout_ms: 0,
            producer_id: -1,
            producer_epoch: -1,
            enable2_pc: false,
            keep_prepared_txn: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for InitProducerIdRequest {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<InitProducerIdRequest, DecodeError> {
        let form = form(version);
        Ok(InitProducerIdRequest {
            transactional_id: reader.nullable_string(form)?,
            transaction_timeout_ms: reader.i32()?,
            producer_id: if version >= 3 { reader.i64()? } else { -1 },
            producer_epoch: if version >= 3 { reader.i16()? } else { -1 },
            enable2_pc: if version >= 6 { reader.bool()? } else { false },
            keep_prepared_txn: if version >= 6 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.transactional_id.as_ref())?;
        writer.i32(self.transaction_timeout_ms);
        if version >= 3 {
            writer.i64(self.producer_id);
        }
        if version < 3 && self.producer_id != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "ProducerId", version });
        }
        if version >= 3 {
            writer.i16(self.producer_epoch);
        }
        if version < 3 && self.producer_epoch != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "ProducerEpoch", version });
        }
        if version >= 6 {
            writer.bool(self.enable2_pc);
        }
        if version < 6 && self.enable2_pc {
            return Err(EncodeError::FieldNotInVersion { field: "Enable2Pc", version });
        }
        if version >= 6 {
            writer.bool(self.keep_prepared_txn);
        }
        if version < 6 && self.keep_prepared_txn {
            return Err(EncodeError::FieldNotInVersion { field: "KeepPreparedTxn", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += nullable_string_size(form, self.transactional_id.as_ref());
        if version >= 3 {
            size += 8;
        }
        if version >= 3 {
            size += 2;
        }
        if version >= 6 {
            size += 1;
        }
        if version >= 6 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for InitProducerIdRequest {
    const NAME: &'static str = "InitProducerIdRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
