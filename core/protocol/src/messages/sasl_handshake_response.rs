//! SaslHandshakeResponse, versions 0 to 1.
//!
//! Generated from `definitions/017-SaslHandshake.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, array_size};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SaslHandshakeResponse {
    pub error_code: i16,
    pub mechanisms: Vec<Str>,
}

impl Message for SaslHandshakeResponse {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<SaslHandshakeResponse, DecodeError> {
        let form = form(version);
        Ok(SaslHandshakeResponse {
            error_code: reader.i16()?,
            mechanisms: reader.array(version, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.array(version, form, &self.mechanisms)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += array_size(version, form, &self.mechanisms);
        size
    }
}

impl TopLevel for SaslHandshakeResponse {
    const NAME: &'static str = "SaslHandshakeResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
