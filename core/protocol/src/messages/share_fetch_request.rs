//! ShareFetchRequest, versions 1 to 2.
//!
//! Generated from `definitions/078-ShareFetch.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ShareFetchRequest {
    pub group_id: Option<Str>,
    pub member_id: Option<Str>,
    pub share_session_epoch: i32,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    pub max_bytes: i32,
    pub max_records: i32,
    pub batch_size: i32,
    pub share_acquire_mode: i8,
    pub is_renew_ack: bool,
    pub topics: Vec<FetchTopic>,
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    pub unknown_tags: UnknownTags,
}

impl Default for ShareFetchRequest {
    fn default() -> ShareFetchRequest {
        ShareFetchRequest {
            group_id: None,
            member_id: Some(Str::EMPTY),
            share_session_epoch: 0,
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: i32::MAX,
            max_records: 0,
            batch_size: 0,
            share_acquire_mode: 0,
            is_renew_ack: false,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ShareFetchRequest {
    const SMALLEST: usize = 29;

    fn decode(reader: &mut Reader, version: i16) -> Result<ShareFetchRequest, DecodeError> {
        let form = form(version);
        Ok(ShareFetchRequest {
            group_id: reader.nullable_string(form)?,
            member_id: reader.nullable_string(form)?,
            share_session_epoch: reader.i32()?,
            max_wait_ms: reader.i32()?,
            min_bytes: reader.i32()?,
            max_bytes: reader.i32()?,
            max_records: reader.i32()?,
            batch_size: reader.i32()?,
            share_acquire_mode: if version >= 2 { reader.i8()? } else { 0 },
            is_renew_ack: if version >= 2 { reader.bool()? } else { false },
            topics: reader.array(version, form)?,
            forgotten_topics_data: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.group_id.as_ref())?;
        writer.nullable_string(form, self.member_id.as_ref())?;
        writer.i32(self.share_session_epoch);
        writer.i32(self.max_wait_ms);
        writer.i32(self.min_bytes);
        writer.i32(self.max_bytes);
        writer.i32(self.max_records);
        writer.i32(self.batch_size);
        if version >= 2 {
            writer.i8(self.share_acquire_mode);
        }
        if version >= 2 {
            writer.bool(self.is_renew_ack);
        }
        if version < 2 && self.is_renew_ack {
            return Err(EncodeError::FieldNotInVersion { field: "IsRenewAck", version });
        }
        writer.array(version, form, &self.topics)?;
        writer.array(version, form, &self.forgotten_topics_data)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 24;
        size += nullable_string_size(form, self.group_id.as_ref());
        size += nullable_string_size(form, self.member_id.as_ref());
        if version >= 2 {
            size += 1;
        }
        if version >= 2 {
            size += 1;
        }
        size += array_size(version, form, &self.topics);
        size += array_size(version, form, &self.forgotten_topics_data);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<FetchPartition>,
    pub unknown_tags: UnknownTags,
}

impl Message for FetchTopic {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<FetchTopic, DecodeError> {
        let form = form(version);
        Ok(FetchTopic {
            topic_id: reader.uuid()?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.topic_id);
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchPartition {
    pub partition_index: i32,
    pub acknowledgement_batches: Vec<AcknowledgementBatch>,
    pub unknown_tags: UnknownTags,
}

impl Message for FetchPartition {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<FetchPartition, DecodeError> {
        let form = form(version);
        Ok(FetchPartition {
            partition_index: reader.i32()?,
            acknowledgement_batches: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.array(version, form, &self.acknowledgement_batches)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.acknowledgement_batches);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AcknowledgementBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub acknowledge_types: Vec<i8>,
    pub unknown_tags: UnknownTags,
}

impl Message for AcknowledgementBatch {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<AcknowledgementBatch, DecodeError> {
        let form = form(version);
        Ok(AcknowledgementBatch {
            first_offset: reader.i64()?,
            last_offset: reader.i64()?,
            acknowledge_types: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i64(self.first_offset);
        writer.i64(self.last_offset);
        writer.array(version, form, &self.acknowledge_types)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += array_size(version, form, &self.acknowledge_types);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ForgottenTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for ForgottenTopic {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<ForgottenTopic, DecodeError> {
        let form = form(version);
        Ok(ForgottenTopic {
            topic_id: reader.uuid()?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.topic_id);
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ShareFetchRequest {
    const NAME: &'static str = "ShareFetchRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
