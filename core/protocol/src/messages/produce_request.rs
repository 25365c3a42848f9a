//! ProduceRequest, versions 0 to 13.
//!
//! Generated from `definitions/000-Produce.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Payload, Reader, TopLevel, UnknownTags, Writer,
    array_size, nullable_string_size, payload_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ProduceRequest {
    pub transactional_id: Option<Str>,
    pub acks: i16,
    pub timeout_ms: i32,
    pub topic_data: Vec<TopicProduceData>,
    pub unknown_tags: UnknownTags,
}

impl Message for ProduceRequest {
    const SMALLEST: usize = 9;

    fn decode(reader: &mut Reader, version: i16) -> Result<ProduceRequest, DecodeError> {
        let form = form(version);
        Ok(ProduceRequest {
            transactional_id: if version >= 3 { reader.nullable_string(form)? } else { None },
            acks: reader.i16()?,
            timeout_ms: reader.i32()?,
            topic_data: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 3 {
            writer.nullable_string(form, self.transactional_id.as_ref())?;
        }
        if version < 3 && self.transactional_id.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "TransactionalId", version });
        }
        writer.i16(self.acks);
        writer.i32(self.timeout_ms);
        writer.array(version, form, &self.topic_data)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        if version >= 3 {
            size += nullable_string_size(form, self.transactional_id.as_ref());
        }
        size += array_size(version, form, &self.topic_data);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicProduceData {
    pub name: Str,
    pub topic_id: Uuid,
    pub partition_data: Vec<PartitionProduceData>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicProduceData {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicProduceData, DecodeError> {
        let form = form(version);
        Ok(TopicProduceData {
            name: if version <= 12 { reader.string(form)? } else { Str::EMPTY },
            topic_id: if version >= 13 { reader.uuid()? } else { Uuid::ZERO },
            partition_data: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 12 {
            writer.string(form, &self.name)?;
        }
        if version >= 13 {
            writer.uuid(self.topic_id);
        }
        writer.array(version, form, &self.partition_data)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 12 {
            size += string_size(form, &self.name);
        }
        if version >= 13 {
            size += 16;
        }
        size += array_size(version, form, &self.partition_data);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionProduceData {
    pub index: i32,
    pub records: Option<Payload>,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionProduceData {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionProduceData, DecodeError> {
        let form = form(version);
        Ok(PartitionProduceData {
            index: reader.i32()?,
            records: reader.nullable_payload(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.index);
        writer.nullable_payload(form, self.records.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += payload_size(form, self.records.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ProduceRequest {
    const NAME: &'static str = "ProduceRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=13;
    const FLEXIBLE_FROM: Option<i16> = Some(9);
    const HAS_PAYLOAD: bool = true;
}

fn form(version: i16) -> Form {
    if version >= 9 { Form::Flexible } else { Form::Classic }
}
