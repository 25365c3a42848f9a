//! AbortTransactionRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/025-AbortTransactionRecord.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AbortTransactionRecord {
    pub reason: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for AbortTransactionRecord {
    const SMALLEST: usize = 1;

    fn decode(reader: &mut Reader, _version: i16) -> Result<AbortTransactionRecord, DecodeError> {
        let mut message = AbortTransactionRecord { reason: None, unknown_tags: UnknownTags::NONE };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.reason = reader.nullable_string(Form::Flexible)?,
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, _version: i16) -> Result<(), EncodeError> {
        let mut count = self.unknown_tags.len();
        if self.reason.is_some() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.reason.is_some() {
            writer.uvarint(0);
            writer.uvarint((nullable_string_size(Form::Flexible, self.reason.as_ref())) as u32);
            writer.nullable_string(Form::Flexible, self.reason.as_ref())?;
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, _version: i16) -> usize {
        let mut size = 0;
        let mut count = self.unknown_tags.len();
        if self.reason.is_some() {
            count += 1;
            size += tagged_size(0, nullable_string_size(Form::Flexible, self.reason.as_ref()));
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

impl TopLevel for AbortTransactionRecord {
    const NAME: &'static str = "AbortTransactionRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}
