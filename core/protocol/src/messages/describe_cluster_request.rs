//! DescribeClusterRequest, versions 0 to 2.
//!
//! Generated from `definitions/060-DescribeCluster.api` by `cargo gen`; edit that file instead.

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer};

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClusterRequest {
    pub include_cluster_authorized_operations: bool,
    pub endpoint_type: i8,
    pub include_fenced_brokers: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeClusterRequest {
    fn default() -> DescribeClusterRequest {
        DescribeClusterRequest {
            include_cluster_authorized_operations: false,
            endpoint_type: 1,
            include_fenced_brokers: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeClusterRequest {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeClusterRequest, DecodeError> {
        let form = form(version);
        Ok(DescribeClusterRequest {
            include_cluster_authorized_operations: reader.bool()?,
            endpoint_type: if version >= 1 { reader.i8()? } else { 1 },
            include_fenced_brokers: if version >= 2 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.bool(self.include_cluster_authorized_operations);
        if version >= 1 {
            writer.i8(self.endpoint_type);
        }
        if version < 1 && self.endpoint_type != 1 {
            return Err(EncodeError::FieldNotInVersion { field: "EndpointType", version });
        }
        if version >= 2 {
            writer.bool(self.include_fenced_brokers);
        }
        if version < 2 && self.include_fenced_brokers {
            return Err(EncodeError::FieldNotInVersion { field: "IncludeFencedBrokers", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        if version >= 1 {
            size += 1;
        }
        if version >= 2 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeClusterRequest {
    const NAME: &'static str = "DescribeClusterRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
