//! SaslAuthenticateResponse, versions 0 to 2.
//!
//! Generated from `definitions/036-SaslAuthenticate.api` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, bytes_size,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct SaslAuthenticateResponse {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub auth_bytes: Bytes,
    pub session_lifetime_ms: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for SaslAuthenticateResponse {
    fn default() -> SaslAuthenticateResponse {
        SaslAuthenticateResponse {
            error_code: 0,
            error_message: Some(Str::EMPTY),
            auth_bytes: Bytes::new(),
            session_lifetime_ms: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for SaslAuthenticateResponse {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<SaslAuthenticateResponse, DecodeError> {
        let form = form(version);
        Ok(SaslAuthenticateResponse {
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            auth_bytes: reader.bytes(form)?,
            session_lifetime_ms: if version >= 1 { reader.i64()? } else { 0 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.bytes(form, &self.auth_bytes)?;
        if version >= 1 {
            writer.i64(self.session_lifetime_ms);
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += bytes_size(form, &self.auth_bytes);
        if version >= 1 {
            size += 8;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for SaslAuthenticateResponse {
    const NAME: &'static str = "SaslAuthenticateResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
