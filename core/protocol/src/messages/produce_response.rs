//! ProduceResponse, versions 0 to 13.
//!
//! Generated from `definitions/000-Produce.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ProduceResponse {
    pub responses: Vec<TopicProduceResponse>,
    pub throttle_time_ms: i32,
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

impl Message for ProduceResponse {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<ProduceResponse, DecodeError> {
        let form = form(version);
        let mut message = ProduceResponse {
            responses: reader.array(version, form)?,
            throttle_time_ms: if version >= 1 { reader.i32()? } else { 0 },
            node_endpoints: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 9 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 if version >= 10 => {
                        message.node_endpoints = reader.array(version, Form::Flexible)?
                    }
                    0 => {
                        return Err(DecodeError::TagNotInVersion {
                            at: reader.position(),
                            tag,
                            version,
                        });
                    }
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.responses)?;
        if version >= 1 {
            writer.i32(self.throttle_time_ms);
        }
        if version < 10 && !self.node_endpoints.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "NodeEndpoints", version });
        }
        if version >= 9 {
            let mut count = self.unknown_tags.len();
            if version >= 10 && !self.node_endpoints.is_empty() {
                count += 1;
            }
            writer.uvarint(count as u32);
            if version >= 10 && !self.node_endpoints.is_empty() {
                writer.uvarint(0);
                writer.uvarint((array_size(version, Form::Flexible, &self.node_endpoints)) as u32);
                writer.array(version, Form::Flexible, &self.node_endpoints)?;
            }
            self.unknown_tags.write_between(writer, 1, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.responses);
        if version >= 1 {
            size += 4;
        }
        if version >= 9 {
            let mut count = self.unknown_tags.len();
            if version >= 10 && !self.node_endpoints.is_empty() {
                count += 1;
                size += tagged_size(0, array_size(version, Form::Flexible, &self.node_endpoints));
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicProduceResponse {
    pub name: Str,
    pub topic_id: Uuid,
    pub partition_responses: Vec<PartitionProduceResponse>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicProduceResponse {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicProduceResponse, DecodeError> {
        let form = form(version);
        Ok(TopicProduceResponse {
            name: if version <= 12 { reader.string(form)? } else { Str::EMPTY },
            topic_id: if version >= 13 { reader.uuid()? } else { Uuid::ZERO },
            partition_responses: reader.array(version, form)?,
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
        writer.array(version, form, &self.partition_responses)?;
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
        size += array_size(version, form, &self.partition_responses);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionProduceResponse {
    pub index: i32,
    pub error_code: i16,
    pub base_offset: i64,
    pub log_append_time_ms: i64,
    pub log_start_offset: i64,
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    pub error_message: Option<Str>,
    pub current_leader: LeaderIdAndEpoch,
    pub unknown_tags: UnknownTags,
}

impl Default for PartitionProduceResponse {
    fn default() -> PartitionProduceResponse {
        PartitionProduceResponse {
            index: 0,
            error_code: 0,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Vec::new(),
            error_message: None,
            current_leader: LeaderIdAndEpoch::default(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for PartitionProduceResponse {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionProduceResponse, DecodeError> {
        let form = form(version);
        let mut message = PartitionProduceResponse {
            index: reader.i32()?,
            error_code: reader.i16()?,
            base_offset: reader.i64()?,
            log_append_time_ms: if version >= 2 { reader.i64()? } else { -1 },
            log_start_offset: if version >= 5 { reader.i64()? } else { -1 },
            record_errors: if version >= 8 { reader.array(version, form)? } else { Vec::new() },
            error_message: if version >= 8 { reader.nullable_string(form)? } else { None },
            current_leader: LeaderIdAndEpoch::default(),
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 9 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 if version >= 10 => {
                        message.current_leader = LeaderIdAndEpoch::decode(reader, version)?
                    }
                    0 => {
                        return Err(DecodeError::TagNotInVersion {
                            at: reader.position(),
                            tag,
                            version,
                        });
                    }
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.index);
        writer.i16(self.error_code);
        writer.i64(self.base_offset);
        if version >= 2 {
            writer.i64(self.log_append_time_ms);
        }
        if version >= 5 {
            writer.i64(self.log_start_offset);
        }
        if version >= 8 {
            writer.array(version, form, &self.record_errors)?;
        }
        if version >= 8 {
            writer.nullable_string(form, self.error_message.as_ref())?;
        }
        if version < 10 && self.current_leader != LeaderIdAndEpoch::default() {
            return Err(EncodeError::FieldNotInVersion { field: "CurrentLeader", version });
        }
        if version >= 9 {
            let mut count = self.unknown_tags.len();
            if version >= 10 && self.current_leader != LeaderIdAndEpoch::default() {
                count += 1;
            }
            writer.uvarint(count as u32);
            if version >= 10 && self.current_leader != LeaderIdAndEpoch::default() {
                writer.uvarint(0);
                writer.uvarint((self.current_leader.size(version)) as u32);
                self.current_leader.encode(writer, version)?;
            }
            self.unknown_tags.write_between(writer, 1, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 14;
        if version >= 2 {
            size += 8;
        }
        if version >= 5 {
            size += 8;
        }
        if version >= 8 {
            size += array_size(version, form, &self.record_errors);
        }
        if version >= 8 {
            size += nullable_string_size(form, self.error_message.as_ref());
        }
        if version >= 9 {
            let mut count = self.unknown_tags.len();
            if version >= 10 && self.current_leader != LeaderIdAndEpoch::default() {
                count += 1;
                size += tagged_size(0, self.current_leader.size(version));
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct BatchIndexAndErrorMessage {
    pub batch_index: i32,
    pub batch_index_error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for BatchIndexAndErrorMessage {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<BatchIndexAndErrorMessage, DecodeError> {
        let form = form(version);
        Ok(BatchIndexAndErrorMessage {
            batch_index: reader.i32()?,
            batch_index_error_message: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.batch_index);
        writer.nullable_string(form, self.batch_index_error_message.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += nullable_string_size(form, self.batch_index_error_message.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> LeaderIdAndEpoch {
        LeaderIdAndEpoch { leader_id: -1, leader_epoch: -1, unknown_tags: UnknownTags::NONE }
    }
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

impl TopLevel for ProduceResponse {
    const NAME: &'static str = "ProduceResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=13;
    const FLEXIBLE_FROM: Option<i16> = Some(9);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 9 { Form::Flexible } else { Form::Classic }
}
