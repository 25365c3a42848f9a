//! AddOffsetsToTxnRequest, versions 0 to 4.
//!
//! Generated from `definitions/025-AddOffsetsToTxn.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddOffsetsToTxnRequest {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub group_id: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for AddOffsetsToTxnRequest {
    const SMALLEST: usize = 13;

    fn decode(reader: &mut Reader, version: i16) -> Result<AddOffsetsToTxnRequest, DecodeError> {
        let form = form(version);
        Ok(AddOffsetsToTxnRequest {
            transactional_id: reader.string(form)?,
            producer_id: reader.i64()?,
            producer_epoch: reader.i16()?,
            group_id: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.transactional_id)?;
        writer.i64(self.producer_id);
        writer.i16(self.producer_epoch);
        writer.string(form, &self.group_id)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 10;
        size += string_size(form, &self.transactional_id);
        size += string_size(form, &self.group_id);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AddOffsetsToTxnRequest {
    const NAME: &'static str = "AddOffsetsToTxnRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
