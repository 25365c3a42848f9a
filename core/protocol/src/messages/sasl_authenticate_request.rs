//! SaslAuthenticateRequest, versions 0 to 2.
//!
//! Generated from `definitions/036-SaslAuthenticate.api` by `cargo gen`; edit that file instead.

use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, bytes_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SaslAuthenticateRequest {
    pub auth_bytes: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Message for SaslAuthenticateRequest {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<SaslAuthenticateRequest, DecodeError> {
        let form = form(version);
        Ok(SaslAuthenticateRequest {
            auth_bytes: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.bytes(form, &self.auth_bytes)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += bytes_size(form, &self.auth_bytes);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for SaslAuthenticateRequest {
    const NAME: &'static str = "SaslAuthenticateRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
