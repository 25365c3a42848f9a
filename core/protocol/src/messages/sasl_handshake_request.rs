//! SaslHandshakeRequest, versions 0 to 1.
//!
//! Generated from `definitions/017-SaslHandshake.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, string_size};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SaslHandshakeRequest {
    pub mechanism: Str,
}

impl Message for SaslHandshakeRequest {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<SaslHandshakeRequest, DecodeError> {
        let form = form(version);
        Ok(SaslHandshakeRequest { mechanism: reader.string(form)? })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.mechanism)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.mechanism);
        size
    }
}

impl TopLevel for SaslHandshakeRequest {
    const NAME: &'static str = "SaslHandshakeRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
