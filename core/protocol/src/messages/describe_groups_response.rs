//! DescribeGroupsResponse, versions 0 to 6.
//!
//! Generated from `definitions/015-DescribeGroups.api` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    bytes_size, nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeGroupsResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribeGroupsResponse {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeGroupsResponse, DecodeError> {
        let form = form(version);
        Ok(DescribeGroupsResponse {
            throttle_time_ms: if version >= 1 { reader.i32()? } else { 0 },
            groups: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.i32(self.throttle_time_ms);
        }
        writer.array(version, form, &self.groups)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 1 {
            size += 4;
        }
        size += array_size(version, form, &self.groups);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub protocol_type: Str,
    pub protocol_data: Str,
    pub members: Vec<DescribedGroupMember>,
    pub authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribedGroup {
    fn default() -> DescribedGroup {
        DescribedGroup {
            error_code: 0,
            error_message: None,
            group_id: Str::EMPTY,
            group_state: Str::EMPTY,
            protocol_type: Str::EMPTY,
            protocol_data: Str::EMPTY,
            members: Vec::new(),
            authorized_operations: i32::MIN,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribedGroup {
    const SMALLEST: usize = 12;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribedGroup, DecodeError> {
        let form = form(version);
        Ok(DescribedGroup {
            error_code: reader.i16()?,
            error_message: if version >= 6 { reader.nullable_string(form)? } else { None },
            group_id: reader.string(form)?,
            group_state: reader.string(form)?,
            protocol_type: reader.string(form)?,
            protocol_data: reader.string(form)?,
            members: reader.array(version, form)?,
            authorized_operations: if version >= 3 { reader.i32()? } else { i32::MIN },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        if version >= 6 {
            writer.nullable_string(form, self.error_message.as_ref())?;
        }
        if version < 6 && self.error_message.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "ErrorMessage", version });
        }
        writer.string(form, &self.group_id)?;
        writer.string(form, &self.group_state)?;
        writer.string(form, &self.protocol_type)?;
        writer.string(form, &self.protocol_data)?;
        writer.array(version, form, &self.members)?;
        if version >= 3 {
            writer.i32(self.authorized_operations);
        }
        if version < 3 && self.authorized_operations != i32::MIN {
            return Err(EncodeError::FieldNotInVersion { field: "AuthorizedOperations", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        if version >= 6 {
            size += nullable_string_size(form, self.error_message.as_ref());
        }
        size += string_size(form, &self.group_id);
        size += string_size(form, &self.group_state);
        size += string_size(form, &self.protocol_type);
        size += string_size(form, &self.protocol_data);
        size += array_size(version, form, &self.members);
        if version >= 3 {
            size += 4;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribedGroupMember {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub member_metadata: Bytes,
    pub member_assignment: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribedGroupMember {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribedGroupMember, DecodeError> {
        let form = form(version);
        Ok(DescribedGroupMember {
            member_id: reader.string(form)?,
            group_instance_id: if version >= 4 { reader.nullable_string(form)? } else { None },
            client_id: reader.string(form)?,
            client_host: reader.string(form)?,
            member_metadata: reader.bytes(form)?,
            member_assignment: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.member_id)?;
        if version >= 4 {
            writer.nullable_string(form, self.group_instance_id.as_ref())?;
        }
        writer.string(form, &self.client_id)?;
        writer.string(form, &self.client_host)?;
        writer.bytes(form, &self.member_metadata)?;
        writer.bytes(form, &self.member_assignment)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.member_id);
        if version >= 4 {
            size += nullable_string_size(form, self.group_instance_id.as_ref());
        }
        size += string_size(form, &self.client_id);
        size += string_size(form, &self.client_host);
        size += bytes_size(form, &self.member_metadata);
        size += bytes_size(form, &self.member_assignment);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeGroupsResponse {
    const NAME: &'static str = "DescribeGroupsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: Option<i16> = Some(5);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 5 { Form::Flexible } else { Form::Classic }
}
