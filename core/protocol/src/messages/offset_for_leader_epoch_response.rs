//! OffsetForLeaderEpochResponse, versions 0 to 4.
//!
//! Generated from `definitions/023-OffsetForLeaderEpoch.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetForLeaderEpochResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetForLeaderTopicResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for OffsetForLeaderEpochResponse {
    const SMALLEST: usize = 4;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<OffsetForLeaderEpochResponse, DecodeError> {
        let form = form(version);
        Ok(OffsetForLeaderEpochResponse {
            throttle_time_ms: if version >= 2 { reader.i32()? } else { 0 },
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 2 {
            writer.i32(self.throttle_time_ms);
        }
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 2 {
            size += 4;
        }
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetForLeaderTopicResult {
    pub topic: Str,
    pub partitions: Vec<EpochEndOffset>,
    pub unknown_tags: UnknownTags,
}

impl Message for OffsetForLeaderTopicResult {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<OffsetForLeaderTopicResult, DecodeError> {
        let form = form(version);
        Ok(OffsetForLeaderTopicResult {
            topic: reader.string(form)?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.topic)?;
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.topic);
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct EpochEndOffset {
    pub error_code: i16,
    pub partition: i32,
    pub leader_epoch: i32,
    pub end_offset: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for EpochEndOffset {
    fn default() -> EpochEndOffset {
        EpochEndOffset {
            error_code: 0,
            partition: 0,
            leader_epoch: -1,
            end_offset: -1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for EpochEndOffset {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<EpochEndOffset, DecodeError> {
        let form = form(version);
        Ok(EpochEndOffset {
            error_code: reader.i16()?,
            partition: reader.i32()?,
            leader_epoch: if version >= 1 { reader.i32()? } else { -1 },
            end_offset: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.i32(self.partition);
        if version >= 1 {
            writer.i32(self.leader_epoch);
        }
        writer.i64(self.end_offset);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 14;
        if version >= 1 {
            size += 4;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for OffsetForLeaderEpochResponse {
    const NAME: &'static str = "OffsetForLeaderEpochResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
