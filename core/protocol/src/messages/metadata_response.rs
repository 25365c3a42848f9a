//! MetadataResponse, versions 0 to 13.
//!
//! Generated from `definitions/003-Metadata.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponse {
    pub throttle_time_ms: i32,
    pub brokers: Vec<MetadataResponseBroker>,
    pub cluster_id: Option<Str>,
    pub controller_id: i32,
    pub topics: Vec<MetadataResponseTopic>,
    pub cluster_authorized_operations: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

impl Default for MetadataResponse {
    fn default() -> MetadataResponse {
        MetadataResponse {
            throttle_time_ms: 0,
            brokers: Vec::new(),
            cluster_id: None,
            controller_id: -1,
            topics: Vec::new(),
            cluster_authorized_operations: i32::MIN,
            error_code: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for MetadataResponse {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<MetadataResponse, DecodeError> {
        let form = form(version);
        Ok(MetadataResponse {
            throttle_time_ms: if version >= 3 { reader.i32()? } else { 0 },
            brokers: reader.array(version, form)?,
            cluster_id: if version >= 2 { reader.nullable_string(form)? } else { None },
            controller_id: if version >= 1 { reader.i32()? } else { -1 },
            topics: reader.array(version, form)?,
            cluster_authorized_operations: if (8..=10).contains(&version) {
                reader.i32()?
            } else {
                i32::MIN
            },
            error_code: if version >= 13 { reader.i16()? } else { 0 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 3 {
            writer.i32(self.throttle_time_ms);
        }
        writer.array(version, form, &self.brokers)?;
        if version >= 2 {
            writer.nullable_string(form, self.cluster_id.as_ref())?;
        }
        if version >= 1 {
            writer.i32(self.controller_id);
        }
        writer.array(version, form, &self.topics)?;
        if (8..=10).contains(&version) {
            writer.i32(self.cluster_authorized_operations);
        }
        if !(8..=10).contains(&version) && self.cluster_authorized_operations != i32::MIN {
            return Err(EncodeError::FieldNotInVersion {
                field: "ClusterAuthorizedOperations",
                version,
            });
        }
        if version >= 13 {
            writer.i16(self.error_code);
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 3 {
            size += 4;
        }
        size += array_size(version, form, &self.brokers);
        if version >= 2 {
            size += nullable_string_size(form, self.cluster_id.as_ref());
        }
        if version >= 1 {
            size += 4;
        }
        size += array_size(version, form, &self.topics);
        if (8..=10).contains(&version) {
            size += 4;
        }
        if version >= 13 {
            size += 2;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct MetadataResponseBroker {
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for MetadataResponseBroker {
    const SMALLEST: usize = 10;

    fn decode(reader: &mut Reader, version: i16) -> Result<MetadataResponseBroker, DecodeError> {
        let form = form(version);
        Ok(MetadataResponseBroker {
            node_id: reader.i32()?,
            host: reader.string(form)?,
            port: reader.i32()?,
            rack: if version >= 1 { reader.nullable_string(form)? } else { None },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.node_id);
        writer.string(form, &self.host)?;
        writer.i32(self.port);
        if version >= 1 {
            writer.nullable_string(form, self.rack.as_ref())?;
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += string_size(form, &self.host);
        if version >= 1 {
            size += nullable_string_size(form, self.rack.as_ref());
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponseTopic {
    pub error_code: i16,
    pub name: Option<Str>,
    pub topic_id: Uuid,
    pub is_internal: bool,
    pub partitions: Vec<MetadataResponsePartition>,
    pub topic_authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for MetadataResponseTopic {
    fn default() -> MetadataResponseTopic {
        MetadataResponseTopic {
            error_code: 0,
            name: Some(Str::EMPTY),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: i32::MIN,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for MetadataResponseTopic {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<MetadataResponseTopic, DecodeError> {
        let form = form(version);
        Ok(MetadataResponseTopic {
            error_code: reader.i16()?,
            name: if version >= 12 {
                reader.nullable_string(form)?
            } else {
                Some(reader.string(form)?)
            },
            topic_id: if version >= 10 { reader.uuid()? } else { Uuid::ZERO },
            is_internal: if version >= 1 { reader.bool()? } else { false },
            partitions: reader.array(version, form)?,
            topic_authorized_operations: if version >= 8 { reader.i32()? } else { i32::MIN },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        if version >= 12 {
            writer.nullable_string(form, self.name.as_ref())?;
        } else {
            let Some(value) = &self.name else {
                return Err(EncodeError::Null { field: "Name", version });
            };
            writer.string(form, value)?;
        }
        if version >= 10 {
            writer.uuid(self.topic_id);
        }
        if version >= 1 {
            writer.bool(self.is_internal);
        }
        writer.array(version, form, &self.partitions)?;
        if version >= 8 {
            writer.i32(self.topic_authorized_operations);
        }
        if version < 8 && self.topic_authorized_operations != i32::MIN {
            return Err(EncodeError::FieldNotInVersion {
                field: "TopicAuthorizedOperations",
                version,
            });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += nullable_string_size(form, self.name.as_ref());
        if version >= 10 {
            size += 16;
        }
        if version >= 1 {
            size += 1;
        }
        size += array_size(version, form, &self.partitions);
        if version >= 8 {
            size += 4;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponsePartition {
    pub error_code: i16,
    pub partition_index: i32,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    pub offline_replicas: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Default for MetadataResponsePartition {
    fn default() -> MetadataResponsePartition {
        MetadataResponsePartition {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            offline_replicas: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for MetadataResponsePartition {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<MetadataResponsePartition, DecodeError> {
        let form = form(version);
        Ok(MetadataResponsePartition {
            error_code: reader.i16()?,
            partition_index: reader.i32()?,
            leader_id: reader.i32()?,
            leader_epoch: if version >= 7 { reader.i32()? } else { -1 },
            replica_nodes: reader.array(version, form)?,
            isr_nodes: reader.array(version, form)?,
            offline_replicas: if version >= 5 { reader.array(version, form)? } else { Vec::new() },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.i32(self.partition_index);
        writer.i32(self.leader_id);
        if version >= 7 {
            writer.i32(self.leader_epoch);
        }
        writer.array(version, form, &self.replica_nodes)?;
        writer.array(version, form, &self.isr_nodes)?;
        if version >= 5 {
            writer.array(version, form, &self.offline_replicas)?;
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 10;
        if version >= 7 {
            size += 4;
        }
        size += array_size(version, form, &self.replica_nodes);
        size += array_size(version, form, &self.isr_nodes);
        if version >= 5 {
            size += array_size(version, form, &self.offline_replicas);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for MetadataResponse {
    const NAME: &'static str = "MetadataResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=13;
    const FLEXIBLE_FROM: Option<i16> = Some(9);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 9 { Form::Flexible } else { Form::Classic }
}
