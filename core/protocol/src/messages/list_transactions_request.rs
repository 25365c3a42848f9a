//! ListTransactionsRequest, versions 0 to 2.
//!
//! Generated from `definitions/066-ListTransactions.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ListTransactionsRequest {
    pub state_filters: Vec<Str>,
    pub producer_id_filters: Vec<i64>,
    pub duration_filter: i64,
    pub transactional_id_pattern: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for ListTransactionsRequest {
    fn default() -> ListTransactionsRequest {
        ListTransactionsRequest {
            state_filters: Vec::new(),
            producer_id_filters: Vec::new(),
            duration_filter: -1,
            transactional_id_pattern: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ListTransactionsRequest {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListTransactionsRequest, DecodeError> {
        let form = form(version);
        Ok(ListTransactionsRequest {
            state_filters: reader.array(version, form)?,
            producer_id_filters: reader.array(version, form)?,
            duration_filter: if version >= 1 { reader.i64()? } else { -1 },
            transactional_id_pattern: if version >= 2 {
                reader.nullable_string(form)?
            } else {
                None
            },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.state_filters)?;
        writer.array(version, form, &self.producer_id_filters)?;
        if version >= 1 {
            writer.i64(self.duration_filter);
        }
        if version < 1 && self.duration_filter != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "DurationFilter", version });
        }
        if version >= 2 {
            writer.nullable_string(form, self.transactional_id_pattern.as_ref())?;
        }
        if version < 2 && self.transactional_id_pattern.is_some() {
            return Err(EncodeError::FieldNotInVersion {
                field: "TransactionalIdPattern",
                version,
            });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.state_filters);
        size += array_size(version, form, &self.producer_id_filters);
        if version >= 1 {
            size += 8;
        }
        if version >= 2 {
            size += nullable_string_size(form, self.transactional_id_pattern.as_ref());
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ListTransactionsRequest {
    const NAME: &'static str = "ListTransactionsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
