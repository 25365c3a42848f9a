//! RemoteLogSegmentMetadataSnapshotRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/remote_log/003-RemoteLogSegmentMetadataSnapshotRecord.record` by `cargo gen`; edit that file instead.

use base::Uuid;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_bytes_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct RemoteLogSegmentMetadataSnapshotRecord {
    pub segment_id: Uuid,
    pub start_offset: i64,
    pub end_offset: i64,
    pub broker_id: i32,
    pub max_timestamp_ms: i64,
    pub event_timestamp_ms: i64,
    pub segment_leader_epochs: Vec<SegmentLeaderEpochEntry>,
    pub segment_size_in_bytes: i32,
    pub custom_metadata: Option<Bytes>,
    pub remote_log_segment_state: i8,
    pub txn_index_empty: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for RemoteLogSegmentMetadataSnapshotRecord {
    const SMALLEST: usize = 60;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<RemoteLogSegmentMetadataSnapshotRecord, DecodeError> {
        let form = form(version);
        let mut message = RemoteLogSegmentMetadataSnapshotRecord {
            segment_id: reader.uuid()?,
            start_offset: reader.i64()?,
            end_offset: reader.i64()?,
            broker_id: reader.i32()?,
            max_timestamp_ms: reader.i64()?,
            event_timestamp_ms: reader.i64()?,
            segment_leader_epochs: reader.array(version, form)?,
            segment_size_in_bytes: reader.i32()?,
            custom_metadata: reader.nullable_bytes(form)?,
            remote_log_segment_state: reader.i8()?,
            txn_index_empty: false,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.txn_index_empty = reader.bool()?,
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.segment_id);
        writer.i64(self.start_offset);
        writer.i64(self.end_offset);
        writer.i32(self.broker_id);
        writer.i64(self.max_timestamp_ms);
        writer.i64(self.event_timestamp_ms);
        writer.array(version, form, &self.segment_leader_epochs)?;
        writer.i32(self.segment_size_in_bytes);
        writer.nullable_bytes(form, self.custom_metadata.as_ref())?;
        writer.i8(self.remote_log_segment_state);
        let mut count = self.unknown_tags.len();
        if self.txn_index_empty {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.txn_index_empty {
            writer.uvarint(0);
            writer.uvarint(1);
            writer.bool(self.txn_index_empty);
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 57;
        size += array_size(version, form, &self.segment_leader_epochs);
        size += nullable_bytes_size(form, self.custom_metadata.as_ref());
        let mut count = self.unknown_tags.len();
        if self.txn_index_empty {
            count += 1;
            size += tagged_size(0, 1);
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SegmentLeaderEpochEntry {
    pub leader_epoch: i32,
    pub offset: i64,
    pub unknown_tags: UnknownTags,
}

impl Message for SegmentLeaderEpochEntry {
    const SMALLEST: usize = 13;

    fn decode(reader: &mut Reader, version: i16) -> Result<SegmentLeaderEpochEntry, DecodeError> {
        let form = form(version);
        Ok(SegmentLeaderEpochEntry {
            leader_epoch: reader.i32()?,
            offset: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.leader_epoch);
        writer.i64(self.offset);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for RemoteLogSegmentMetadataSnapshotRecord {
    const NAME: &'static str = "RemoteLogSegmentMetadataSnapshotRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
