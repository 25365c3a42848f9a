//! AllocateProducerIdsRequest, versions 0 to 0.
//!
//! Generated from `definitions/067-AllocateProducerIds.api` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq)]
pub struct AllocateProducerIdsRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for AllocateProducerIdsRequest {
    fn default() -> AllocateProducerIdsRequest {
        AllocateProducerIdsRequest {
            broker_id: 0,
            broker_epoch: -1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for AllocateProducerIdsRequest {
    const SMALLEST: usize = 13;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AllocateProducerIdsRequest, DecodeError> {
        let form = form(version);
        Ok(AllocateProducerIdsRequest {
            broker_id: reader.i32()?,
            broker_epoch: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.broker_id);
        writer.i64(self.broker_epoch);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AllocateProducerIdsRequest {
    const NAME: &'static str = "AllocateProducerIdsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
