//! EnvelopeRequest, versions 0 to 0.
//!
//! Generated from `definitions/058-Envelope.api` by `cargo gen`; edit that file instead.

use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, bytes_size,
    nullable_bytes_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct EnvelopeRequest {
    pub request_data: Bytes,
    pub request_principal: Option<Bytes>,
    pub client_host_address: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Default for EnvelopeRequest {
    fn default() -> EnvelopeRequest {
        EnvelopeRequest {
            request_data: Bytes::new(),
            request_principal: Some(Bytes::new()),
            client_host_address: Bytes::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for EnvelopeRequest {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<EnvelopeRequest, DecodeError> {
        let form = form(version);
        Ok(EnvelopeRequest {
            request_data: reader.bytes(form)?,
            request_principal: reader.nullable_bytes(form)?,
            client_host_address: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.bytes(form, &self.request_data)?;
        writer.nullable_bytes(form, self.request_principal.as_ref())?;
        writer.bytes(form, &self.client_host_address)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += bytes_size(form, &self.request_data);
        size += nullable_bytes_size(form, self.request_principal.as_ref());
        size += bytes_size(form, &self.client_host_address);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for EnvelopeRequest {
    const NAME: &'static str = "EnvelopeRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
