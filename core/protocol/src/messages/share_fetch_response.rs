//! ShareFetchResponse, versions 1 to 2.
//!
//! Generated from `definitions/078-ShareFetch.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Payload, Reader, TopLevel, UnknownTags, Writer,
    array_size, nullable_string_size, payload_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ShareFetchResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub acquisition_lock_timeout_ms: i32,
    pub responses: Vec<ShareFetchableTopicResponse>,
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

impl Message for ShareFetchResponse {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<ShareFetchResponse, DecodeError> {
        let form = form(version);
        Ok(ShareFetchResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            acquisition_lock_timeout_ms: reader.i32()?,
            responses: reader.array(version, form)?,
            node_endpoints: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.i32(self.acquisition_lock_timeout_ms);
        writer.array(version, form, &self.responses)?;
        writer.array(version, form, &self.node_endpoints)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 10;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += array_size(version, form, &self.responses);
        size += array_size(version, form, &self.node_endpoints);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ShareFetchableTopicResponse {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

impl Message for ShareFetchableTopicResponse {
    const SMALLEST: usize = 18;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ShareFetchableTopicResponse, DecodeError> {
        let form = form(version);
        Ok(ShareFetchableTopicResponse {
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
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub acknowledge_error_code: i16,
    pub acknowledge_error_message: Option<Str>,
    pub current_leader: LeaderIdAndEpoch,
    pub records: Option<Payload>,
    pub acquired_records: Vec<AcquiredRecords>,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionData {
    const SMALLEST: usize = 22;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionData, DecodeError> {
        let form = form(version);
        Ok(PartitionData {
            partition_index: reader.i32()?,
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            acknowledge_error_code: reader.i16()?,
            acknowledge_error_message: reader.nullable_string(form)?,
            current_leader: LeaderIdAndEpoch::decode(reader, version)?,
            records: reader.payload(form)?,
            acquired_records: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.i16(self.acknowledge_error_code);
        writer.nullable_string(form, self.acknowledge_error_message.as_ref())?;
        self.current_leader.encode(writer, version)?;
        let Some(value) = &self.records else {
            return Err(EncodeError::Null { field: "Records", version });
        };
        writer.payload(form, value)?;
        writer.array(version, form, &self.acquired_records)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += nullable_string_size(form, self.acknowledge_error_message.as_ref());
        size += self.current_leader.size(version);
        size += payload_size(form, self.records.as_ref());
        size += array_size(version, form, &self.acquired_records);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for LeaderIdAndEpoch {
    const SMALLEST: usize = 9;

    fn decode(reader: &mut Reader, version: i16) -> Result<LeaderIdAndEpoch, DecodeError> {
        let form = form(version);
        Ok(LeaderIdAndEpoch {
            leader_id: reader.i32()?,
            leader_epoch: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.leader_id);
        writer.i32(self.leader_epoch);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AcquiredRecords {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_count: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for AcquiredRecords {
    const SMALLEST: usize = 19;

    fn decode(reader: &mut Reader, version: i16) -> Result<AcquiredRecords, DecodeError> {
        let form = form(version);
        Ok(AcquiredRecords {
            first_offset: reader.i64()?,
            last_offset: reader.i64()?,
            delivery_count: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i64(self.first_offset);
        writer.i64(self.last_offset);
        writer.i16(self.delivery_count);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 18;
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for NodeEndpoint {
    const SMALLEST: usize = 11;

    fn decode(reader: &mut Reader, version: i16) -> Result<NodeEndpoint, DecodeError> {
        let form = form(version);
        Ok(NodeEndpoint {
            node_id: reader.i32()?,
            host: reader.string(form)?,
            port: reader.i32()?,
            rack: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.node_id);
        writer.string(form, &self.host)?;
        writer.i32(self.port);
        writer.nullable_string(form, self.rack.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += string_size(form, &self.host);
        size += nullable_string_size(form, self.rack.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ShareFetchResponse {
    const NAME: &'static str = "ShareFetchResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = true;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
