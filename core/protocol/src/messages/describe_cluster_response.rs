//! DescribeClusterResponse, versions 0 to 2.
//!
//! Generated from `definitions/060-DescribeCluster.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClusterResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub endpoint_type: i8,
    pub cluster_id: Str,
    pub controller_id: i32,
    pub brokers: Vec<DescribeClusterBroker>,
    pub cluster_authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeClusterResponse {
    fn default() -> DescribeClusterResponse {
        DescribeClusterResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            endpoint_type: 1,
            cluster_id: Str::EMPTY,
            controller_id: -1,
            brokers: Vec::new(),
            cluster_authorized_operations: i32::MIN,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeClusterResponse {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeClusterResponse, DecodeError> {
        let form = form(version);
        Ok(DescribeClusterResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            endpoint_type: if version >= 1 { reader.i8()? } else { 1 },
            cluster_id: reader.string(form)?,
            controller_id: reader.i32()?,
            brokers: reader.array(version, form)?,
            cluster_authorized_operations: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        if version >= 1 {
            writer.i8(self.endpoint_type);
        }
        if version < 1 && self.endpoint_type != 1 {
            return Err(EncodeError::FieldNotInVersion { field: "EndpointType", version });
        }
        writer.string(form, &self.cluster_id)?;
        writer.i32(self.controller_id);
        writer.array(version, form, &self.brokers)?;
        writer.i32(self.cluster_authorized_operations);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 14;
        size += nullable_string_size(form, self.error_message.as_ref());
        if version >= 1 {
            size += 1;
        }
        size += string_size(form, &self.cluster_id);
        size += array_size(version, form, &self.brokers);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeClusterBroker {
    pub broker_id: i32,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
    pub is_fenced: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribeClusterBroker {
    const SMALLEST: usize = 11;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeClusterBroker, DecodeError> {
        let form = form(version);
        Ok(DescribeClusterBroker {
            broker_id: reader.i32()?,
            host: reader.string(form)?,
            port: reader.i32()?,
            rack: reader.nullable_string(form)?,
            is_fenced: if version >= 2 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.broker_id);
        writer.string(form, &self.host)?;
        writer.i32(self.port);
        writer.nullable_string(form, self.rack.as_ref())?;
        if version >= 2 {
            writer.bool(self.is_fenced);
        }
        if version < 2 && self.is_fenced {
            return Err(EncodeError::FieldNotInVersion { field: "IsFenced", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += string_size(form, &self.host);
        size += nullable_string_size(form, self.rack.as_ref());
        if version >= 2 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeClusterResponse {
    const NAME: &'static str = "DescribeClusterResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
