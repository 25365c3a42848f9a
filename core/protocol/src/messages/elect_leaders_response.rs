//! ElectLeadersResponse, versions 0 to 2.
//!
//! Generated from `definitions/043-ElectLeaders.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ElectLeadersResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub replica_election_results: Vec<ReplicaElectionResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for ElectLeadersResponse {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<ElectLeadersResponse, DecodeError> {
        let form = form(version);
        Ok(ElectLeadersResponse {
            throttle_time_ms: reader.i32()?,
            error_code: if version >= 1 { reader.i16()? } else { 0 },
            replica_election_results: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        if version >= 1 {
            writer.i16(self.error_code);
        }
        if version < 1 && self.error_code != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "ErrorCode", version });
        }
        writer.array(version, form, &self.replica_election_results)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        if version >= 1 {
            size += 2;
        }
        size += array_size(version, form, &self.replica_election_results);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReplicaElectionResult {
    pub topic: Str,
    pub partition_result: Vec<PartitionResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for ReplicaElectionResult {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<ReplicaElectionResult, DecodeError> {
        let form = form(version);
        Ok(ReplicaElectionResult {
            topic: reader.string(form)?,
            partition_result: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.topic)?;
        writer.array(version, form, &self.partition_result)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.topic);
        size += array_size(version, form, &self.partition_result);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionResult {
    pub partition_id: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for PartitionResult {
    fn default() -> PartitionResult {
        PartitionResult {
            partition_id: 0,
            error_code: 0,
            error_message: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for PartitionResult {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionResult, DecodeError> {
        let form = form(version);
        Ok(PartitionResult {
            partition_id: reader.i32()?,
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_id);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ElectLeadersResponse {
    const NAME: &'static str = "ElectLeadersResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
