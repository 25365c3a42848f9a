//! OffsetDeleteRequest, versions 0 to 0.
//!
//! Generated from `definitions/047-OffsetDelete.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, array_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteRequest {
    pub group_id: Str,
    pub topics: Vec<OffsetDeleteRequestTopic>,
}

impl Message for OffsetDeleteRequest {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetDeleteRequest, DecodeError> {
        let form = form(version);
        Ok(OffsetDeleteRequest {
            group_id: reader.string(form)?,
            topics: reader.array(version, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.array(version, form, &self.topics)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.group_id);
        size += array_size(version, form, &self.topics);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteRequestTopic {
    pub name: Str,
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

impl Message for OffsetDeleteRequestTopic {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetDeleteRequestTopic, DecodeError> {
        let form = form(version);
        Ok(OffsetDeleteRequestTopic {
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
pub struct OffsetDeleteRequestPartition {
    pub partition_index: i32,
}

impl Message for OffsetDeleteRequestPartition {
    const SMALLEST: usize = 4;

    fn decode(
        reader: &mut Reader,
        _version: i16,
    ) -> Result<OffsetDeleteRequestPartition, DecodeError> {
        Ok(OffsetDeleteRequestPartition { partition_index: reader.i32()? })
    }

    fn encode(&self, writer: &mut Writer, _version: i16) -> Result<(), EncodeError> {
        writer.i32(self.partition_index);
        Ok(())
    }

    fn size(&self, _version: i16) -> usize {
        4
    }
}

impl TopLevel for OffsetDeleteRequest {
    const NAME: &'static str = "OffsetDeleteRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
