//! WriteTxnMarkersResponse, versions 0 to 2.
//!
//! Generated from `definitions/027-WriteTxnMarkers.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct WriteTxnMarkersResponse {
    pub markers: Vec<WritableTxnMarkerResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for WriteTxnMarkersResponse {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<WriteTxnMarkersResponse, DecodeError> {
        let form = form(version);
        Ok(WriteTxnMarkersResponse {
            markers: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.markers)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.markers);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct WritableTxnMarkerResult {
    pub producer_id: i64,
    pub topics: Vec<WritableTxnMarkerTopicResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for WritableTxnMarkerResult {
    const SMALLEST: usize = 10;

    fn decode(reader: &mut Reader, version: i16) -> Result<WritableTxnMarkerResult, DecodeError> {
        let form = form(version);
        Ok(WritableTxnMarkerResult {
            producer_id: reader.i64()?,
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i64(self.producer_id);
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct WritableTxnMarkerTopicResult {
    pub name: Str,
    pub partitions: Vec<WritableTxnMarkerPartitionResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for WritableTxnMarkerTopicResult {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<WritableTxnMarkerTopicResult, DecodeError> {
        let form = form(version);
        Ok(WritableTxnMarkerTopicResult {
            name: reader.string(form)?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct WritableTxnMarkerPartitionResult {
    pub partition_index: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for WritableTxnMarkerPartitionResult {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<WritableTxnMarkerPartitionResult, DecodeError> {
        let form = form(version);
        Ok(WritableTxnMarkerPartitionResult {
            partition_index: reader.i32()?,
            error_code: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i16(self.error_code);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for WriteTxnMarkersResponse {
    const NAME: &'static str = "WriteTxnMarkersResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(1);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 1 { Form::Flexible } else { Form::Classic }
}
