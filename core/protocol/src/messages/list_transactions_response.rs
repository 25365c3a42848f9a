//! ListTransactionsResponse, versions 0 to 2.
//!
//! Generated from `definitions/066-ListTransactions.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListTransactionsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub unknown_state_filters: Vec<Str>,
    pub transaction_states: Vec<TransactionState>,
    pub unknown_tags: UnknownTags,
}

impl Message for ListTransactionsResponse {
    const SMALLEST: usize = 9;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListTransactionsResponse, DecodeError> {
        let form = form(version);
        Ok(ListTransactionsResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            unknown_state_filters: reader.array(version, form)?,
            transaction_states: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.array(version, form, &self.unknown_state_filters)?;
        writer.array(version, form, &self.transaction_states)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += array_size(version, form, &self.unknown_state_filters);
        size += array_size(version, form, &self.transaction_states);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TransactionState {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub transaction_state: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for TransactionState {
    const SMALLEST: usize = 11;

    fn decode(reader: &mut Reader, version: i16) -> Result<TransactionState, DecodeError> {
        let form = form(version);
        Ok(TransactionState {
            transactional_id: reader.string(form)?,
            producer_id: reader.i64()?,
            transaction_state: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.transactional_id)?;
        writer.i64(self.producer_id);
        writer.string(form, &self.transaction_state)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += string_size(form, &self.transactional_id);
        size += string_size(form, &self.transaction_state);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ListTransactionsResponse {
    const NAME: &'static str = "ListTransactionsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
