//! BrokerHeartbeatResponse, versions 0 to 2.
//!
//! Generated from `definitions/063-BrokerHeartbeat.api` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq)]
pub struct BrokerHeartbeatResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub is_caught_up: bool,
    pub is_fenced: bool,
    pub should_shut_down: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for BrokerHeartbeatResponse {
    fn default() -> BrokerHeartbeatResponse {
        BrokerHeartbeatResponse {
            throttle_time_ms: 0,
            error_code: 0,
            is_caught_up: false,
            is_fenced: true,
            should_shut_down: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for BrokerHeartbeatResponse {
    const SMALLEST: usize = 10;

    fn decode(reader: &mut Reader, version: i16) -> Result<BrokerHeartbeatResponse, DecodeError> {
        let form = form(version);
        Ok(BrokerHeartbeatResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            is_caught_up: reader.bool()?,
            is_fenced: reader.bool()?,
            should_shut_down: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.bool(self.is_caught_up);
        writer.bool(self.is_fenced);
        writer.bool(self.should_shut_down);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 9;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for BrokerHeartbeatResponse {
    const NAME: &'static str = "BrokerHeartbeatResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
