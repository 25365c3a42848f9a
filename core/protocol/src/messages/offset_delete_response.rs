//! OffsetDeleteResponse, versions 0 to 0.
//!
//! Generated from `definitions/047-OffsetDelete.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, array_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteResponse {
    pub error_code: i16,
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetDeleteResponseTopic>,
}

impl Message for OffsetDeleteResponse {
    const SMALLEST: usize = 10;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetDeleteResponse, DecodeError> {
        let form = form(version);
        Ok(OffsetDeleteResponse {
            error_code: reader.i16()?,
            throttle_time_ms: reader.i32()?,
            topics: reader.array(version, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.i32(self.throttle_time_ms);
        writer.array(version, form, &self.topics)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += array_size(version, form, &self.topics);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteResponseTopic {
    pub name: Str,
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

impl Message for OffsetDeleteResponseTopic {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetDeleteResponseTopic, DecodeError> {
        let form = form(version);
        Ok(OffsetDeleteResponseTopic {
            name: reader.string(form)?,
            partitions: reader.array(version, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.array(version, form, &self.partitions)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += array_size(version, form, &self.partitions);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteResponsePartition {
    pub partition_index: i32,
    pub error_code: i16,
}

impl Message for OffsetDeleteResponsePartition {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        _version: i16,
    ) -> Result<OffsetDeleteResponsePartition, DecodeError> {
        Ok(OffsetDeleteResponsePartition {
            partition_index: reader.i32()?,
            error_code: reader.i16()?,
        })
    }

    fn encode(&self, writer: &mut Writer, _version: i16) -> Result<(), EncodeError> {
        writer.i32(self.partition_index);
        writer.i16(self.error_code);
        Ok(())
    }

    fn size(&self, _version: i16) -> usize {
        6
    }
}

impl TopLevel for OffsetDeleteResponse {
    const NAME: &'static str = "OffsetDeleteResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
