//! BrokerRegistrationResponse, versions 0 to 4.
//!
//! Generated from `definitions/062-BrokerRegistration.api` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq)]
pub struct BrokerRegistrationResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for BrokerRegistrationResponse {
    fn default() -> BrokerRegistrationResponse {
        BrokerRegistrationResponse {
            throttle_time_ms: 0,
            error_code: 0,
            broker_epoch: -1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for BrokerRegistrationResponse {
    const SMALLEST: usize = 15;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<BrokerRegistrationResponse, DecodeError> {
        let form = form(version);
        Ok(BrokerRegistrationResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            broker_epoch: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.i64(self.broker_epoch);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 14;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for BrokerRegistrationResponse {
    const NAME: &'static str = "BrokerRegistrationResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
