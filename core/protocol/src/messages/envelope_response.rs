//! EnvelopeResponse, versions 0 to 0.
//!
//! Generated from `definitions/058-Envelope.api` by `cargo gen`; edit that file instead.

use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_bytes_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct EnvelopeResponse {
    pub response_data: Option<Bytes>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for EnvelopeResponse {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<EnvelopeResponse, DecodeError> {
        let form = form(version);
        Ok(EnvelopeResponse {
            response_data: reader.nullable_bytes(form)?,
            error_code: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_bytes(form, self.response_data.as_ref())?;
        writer.i16(self.error_code);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += nullable_bytes_size(form, self.response_data.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for EnvelopeResponse {
    const NAME: &'static str = "EnvelopeResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
