//! AddPartitionsToTxnResponse, versions 0 to 5.
//!
//! Generated from `definitions/024-AddPartitionsToTxn.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub results_by_transaction: Vec<AddPartitionsToTxnResult>,
    pub results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for AddPartitionsToTxnResponse {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AddPartitionsToTxnResponse, DecodeError> {
        let form = form(version);
        Ok(AddPartitionsToTxnResponse {
            throttle_time_ms: reader.i32()?,
            error_code: if version >= 4 { reader.i16()? } else { 0 },
            results_by_transaction: if version >= 4 {
                reader.array(version, form)?
            } else {
                Vec::new()
            },
            results_by_topic_v3_and_below: if version <= 3 {
                reader.array(version, form)?
            } else {
                Vec::new()
            },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        if version >= 4 {
            writer.i16(self.error_code);
        }
        if version >= 4 {
            writer.array(version, form, &self.results_by_transaction)?;
        }
        if version < 4 && !self.results_by_transaction.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "ResultsByTransaction", version });
        }
        if version <= 3 {
            writer.array(version, form, &self.results_by_topic_v3_and_below)?;
        }
        if version > 3 && !self.results_by_topic_v3_and_below.is_empty() {
            return Err(EncodeError::FieldNotInVersion {
                field: "ResultsByTopicV3AndBelow",
                version,
            });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        if version >= 4 {
            size += 2;
        }
        if version >= 4 {
            size += array_size(version, form, &self.results_by_transaction);
        }
        if version <= 3 {
            size += array_size(version, form, &self.results_by_topic_v3_and_below);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnResult {
    pub transactional_id: Str,
    pub topic_results: Vec<AddPartitionsToTxnTopicResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for AddPartitionsToTxnResult {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<AddPartitionsToTxnResult, DecodeError> {
        let form = form(version);
        Ok(AddPartitionsToTxnResult {
            transactional_id: reader.string(form)?,
            topic_results: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.transactional_id)?;
        writer.array(version, form, &self.topic_results)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.transactional_id);
        size += array_size(version, form, &self.topic_results);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnTopicResult {
    pub name: Str,
    pub results_by_partition: Vec<AddPartitionsToTxnPartitionResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for AddPartitionsToTxnTopicResult {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AddPartitionsToTxnTopicResult, DecodeError> {
        let form = form(version);
        Ok(AddPartitionsToTxnTopicResult {
            name: reader.string(form)?,
            results_by_partition: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.array(version, form, &self.results_by_partition)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += array_size(version, form, &self.results_by_partition);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnPartitionResult {
    pub partition_index: i32,
    pub partition_error_code: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for AddPartitionsToTxnPartitionResult {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AddPartitionsToTxnPartitionResult, DecodeError> {
        let form = form(version);
        Ok(AddPartitionsToTxnPartitionResult {
            partition_index: reader.i32()?,
            partition_error_code: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i16(self.partition_error_code);
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

impl TopLevel for AddPartitionsToTxnResponse {
    const NAME: &'static str = "AddPartitionsToTxnResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
