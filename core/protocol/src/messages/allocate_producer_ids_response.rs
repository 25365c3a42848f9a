//! AllocateProducerIdsResponse, versions 0 to 0.
//!
//! Generated from `definitions/067-AllocateProducerIds.api` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AllocateProducerIdsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub producer_id_start: i64,
    pub producer_id_len: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for AllocateProducerIdsResponse {
    const SMALLEST: usize = 19;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AllocateProducerIdsResponse, DecodeError> {
        let form = form(version);
        Ok(AllocateProducerIdsResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            producer_id_start: reader.i64()?,
            producer_id_len: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.i64(self.producer_id_start);
        writer.i32(self.producer_id_len);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 18;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AllocateProducerIdsResponse {
    const NAME: &'static str = "AllocateProducerIdsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
