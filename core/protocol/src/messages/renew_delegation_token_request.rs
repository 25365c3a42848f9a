//! RenewDelegationTokenRequest, versions 0 to 2.
//!
//! Generated from `definitions/039-RenewDelegationToken.api` by `cargo gen`; edit that file instead.

use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, bytes_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct RenewDelegationTokenRequest {
    pub hmac: Bytes,
    pub renew_period_ms: i64,
    pub unknown_tags: UnknownTags,
}

impl Message for RenewDelegationTokenRequest {
    const SMALLEST: usize = 10;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<RenewDelegationTokenRequest, DecodeError> {
        let form = form(version);
        Ok(RenewDelegationTokenRequest {
            hmac: reader.bytes(form)?,
            renew_period_ms: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.bytes(form, &self.hmac)?;
        writer.i64(self.renew_period_ms);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += bytes_size(form, &self.hmac);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for RenewDelegationTokenRequest {
    const NAME: &'static str = "RenewDelegationTokenRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
