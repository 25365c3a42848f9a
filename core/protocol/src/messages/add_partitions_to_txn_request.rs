//! AddPartitionsToTxnRequest, versions 0 to 5.
//!
//! Generated from `definitions/024-AddPartitionsToTxn.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnRequest {
    pub transactions: Vec<AddPartitionsToTxnTransaction>,
    pub v3_and_below_transactional_id: Str,
    pub v3_and_below_producer_id: i64,
    pub v3_and_below_producer_epoch: i16,
    pub v3_and_below_topics: Vec<AddPartitionsToTxnTopic>,
    pub unknown_tags: UnknownTags,
}

impl Message for AddPartitionsToTxnRequest {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<AddPartitionsToTxnRequest, DecodeError> {
        let form = form(version);
        Ok(AddPartitionsToTxnRequest {
            transactions: if version >= 4 { reader.array(version, form)? } else { Vec::new() },
            v3_and_below_transactional_id: if version <= 3 {
                reader.string(form)?
            } else {
                Str::EMPTY
            },
            v3_and_below_producer_id: if version <= 3 { reader.i64()? } else { 0 },
            v3_and_below_producer_epoch: if version <= 3 { reader.i16()? } else { 0 },
            v3_and_below_topics: if version <= 3 {
                reader.array(version, form)?
            } else {
                Vec::new()
            },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 4 {
            writer.array(version, form, &self.transactions)?;
        }
        if version < 4 && !self.transactions.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Transactions", version });
        }
        if version <= 3 {
            writer.string(form, &self.v3_and_below_transactional_id)?;
        }
        if version > 3 && !self.v3_and_below_transactional_id.as_bytes().is_empty() {
            return Err(EncodeError::FieldNotInVersion {
                field: "V3AndBelowTransactionalId",
                version,
            });
        }
        if version <= 3 {
            writer.i64(self.v3_and_below_producer_id);
        }
        if version > 3 && self.v3_and_below_producer_id != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "V3AndBelowProducerId", version });
        }
        if version <= 3 {
            writer.i16(self.v3_and_below_producer_epoch);
        }
        if version > 3 && self.v3_and_below_producer_epoch != 0 {
            return Err(EncodeError::FieldNotInVersion {
                field: "V3AndBelowProducerEpoch",
                version,
            });
        }
        if version <= 3 {
            writer.array(version, form, &self.v3_and_below_topics)?;
        }
        if version > 3 && !self.v3_and_below_topics.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "V3AndBelowTopics", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 4 {
            size += array_size(version, form, &self.transactions);
        }
        if version <= 3 {
            size += string_size(form, &self.v3_and_below_transactional_id);
        }
        if version <= 3 {
            size += 8;
        }
        if version <= 3 {
            size += 2;
        }
        if version <= 3 {
            size += array_size(version, form, &self.v3_and_below_topics);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnTransaction {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub verify_only: bool,
    pub topics: Vec<AddPartitionsToTxnTopic>,
    pub unknown_tags: UnknownTags,
}

impl Message for AddPartitionsToTxnTransaction {
    const SMALLEST: usize = 14;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AddPartitionsToTxnTransaction, DecodeError> {
        let form = form(version);
        Ok(AddPartitionsToTxnTransaction {
            transactional_id: reader.string(form)?,
            producer_id: reader.i64()?,
            producer_epoch: reader.i16()?,
            verify_only: reader.bool()?,
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.transactional_id)?;
        writer.i64(self.producer_id);
        writer.i16(self.producer_epoch);
        writer.bool(self.verify_only);
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 11;
        size += string_size(form, &self.transactional_id);
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnTopic {
    pub name: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for AddPartitionsToTxnTopic {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<AddPartitionsToTxnTopic, DecodeError> {
        let form = form(version);
        Ok(AddPartitionsToTxnTopic {
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

impl TopLevel for AddPartitionsToTxnRequest {
    const NAME: &'static str = "AddPartitionsToTxnRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
