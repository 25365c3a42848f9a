//! PushTelemetryRequest, versions 0 to 0.
//!
//! Generated from `definitions/072-PushTelemetry.api` by `cargo gen`; edit that file instead.

use base::Uuid;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, bytes_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PushTelemetryRequest {
    pub client_instance_id: Uuid,
    pub subscription_id: i32,
    pub terminating: bool,
    pub compression_type: i8,
    pub metrics: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Message for PushTelemetryRequest {
    const SMALLEST: usize = 24;

    fn decode(reader: &mut Reader, version: i16) -> Result<PushTelemetryRequest, DecodeError> {
        let form = form(version);
        Ok(PushTelemetryRequest {
            client_instance_id: reader.uuid()?,
            subscription_id: reader.i32()?,
            terminating: reader.bool()?,
            compression_type: reader.i8()?,
            metrics: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.client_instance_id);
        writer.i32(self.subscription_id);
        writer.bool(self.terminating);
        writer.i8(self.compression_type);
        writer.bytes(form, &self.metrics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 22;
        size += bytes_size(form, &self.metrics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for PushTelemetryRequest {
    const NAME: &'static str = "PushTelemetryRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
