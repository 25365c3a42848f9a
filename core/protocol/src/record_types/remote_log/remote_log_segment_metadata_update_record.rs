//! RemoteLogSegmentMetadataUpdateRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/remote_log/001-RemoteLogSegmentMetadataUpdateRecord.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_bytes_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct RemoteLogSegmentMetadataUpdateRecord {
    pub remote_log_segment_id: RemoteLogSegmentIdEntry,
    pub broker_id: i32,
    pub event_timestamp_ms: i64,
    pub custom_metadata: Option<Bytes>,
    pub remote_log_segment_state: i8,
    pub unknown_tags: UnknownTags,
}

impl Message for RemoteLogSegmentMetadataUpdateRecord {
    const SMALLEST: usize = 54;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<RemoteLogSegmentMetadataUpdateRecord, DecodeError> {
        let form = form(version);
        Ok(RemoteLogSegmentMetadataUpdateRecord {
            remote_log_segment_id: RemoteLogSegmentIdEntry::decode(reader, version)?,
            broker_id: reader.i32()?,
            event_timestamp_ms: reader.i64()?,
            custom_metadata: reader.nullable_bytes(form)?,
            remote_log_segment_state: reader.i8()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        self.remote_log_segment_id.encode(writer, version)?;
        writer.i32(self.broker_id);
        writer.i64(self.event_timestamp_ms);
        writer.nullable_bytes(form, self.custom_metadata.as_ref())?;
        writer.i8(self.remote_log_segment_state);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 13;
        size += self.remote_log_segment_id.size(version);
        size += nullable_bytes_size(form, self.custom_metadata.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct RemoteLogSegmentIdEntry {
    pub topic_id_partition: TopicIdPartitionEntry,
    pub id: Uuid,
    pub unknown_tags: UnknownTags,
}

impl Message for RemoteLogSegmentIdEntry {
    const SMALLEST: usize = 39;

    fn decode(reader: &mut Reader, version: i16) -> Result<RemoteLogSegmentIdEntry, DecodeError> {
        let form = form(version);
        Ok(RemoteLogSegmentIdEntry {
            topic_id_partition: TopicIdPartitionEntry::decode(reader, version)?,
            id: reader.uuid()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        self.topic_id_partition.encode(writer, version)?;
        writer.uuid(self.id);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += self.topic_id_partition.size(version);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicIdPartitionEntry {
    pub name: Str,
    pub id: Uuid,
    pub partition: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicIdPartitionEntry {
    const SMALLEST: usize = 22;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicIdPartitionEntry, DecodeError> {
        let form = form(version);
        Ok(TopicIdPartitionEntry {
            name: reader.string(form)?,
            id: reader.uuid()?,
            partition: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.uuid(self.id);
        writer.i32(self.partition);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 20;
        size += string_size(form, &self.name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for RemoteLogSegmentMetadataUpdateRecord {
    const NAME: &'static str = "RemoteLogSegmentMetadataUpdateRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
