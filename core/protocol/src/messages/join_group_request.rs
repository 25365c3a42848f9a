//! JoinGroupRequest, versions 0 to 9.
//!
//! Generated from `definitions/011-JoinGroup.api` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    bytes_size, nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupRequest {
    pub group_id: Str,
    pub session_timeout_ms: i32,
    pub rebalance_timeout_ms: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub protocol_type: Str,
    pub protocols: Vec<JoinGroupRequestProtocol>,
    pub reason: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for JoinGroupRequest {
    fn default() -> JoinGroupRequest {
        JoinGroupRequest {
            group_id: Str::EMPTY,
            session_timeout_ms: 0,
            rebalance_timeout_ms: -1,
            member_id: Str::EMPTY,
            group_instance_id: None,
            protocol_type: Str::EMPTY,
            protocols: Vec::new(),
            reason: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for JoinGroupRequest {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<JoinGroupRequest, DecodeError> {
        let form = form(version);
        Ok(JoinGroupRequest {
            group_id: reader.string(form)?,
            session_timeout_ms: reader.i32()?,
            rebalance_timeout_ms: if version >= 1 { reader.i32()? } else { -1 },
            member_id: reader.string(form)?,
            group_instance_id: if version >= 5 { reader.nullable_string(form)? } else { None },
            protocol_type: reader.string(form)?,
            protocols: reader.array(version, form)?,
            reason: if version >= 8 { reader.nullable_string(form)? } else { None },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.i32(self.session_timeout_ms);
        if version >= 1 {
            writer.i32(self.rebalance_timeout_ms);
        }
        writer.string(form, &self.member_id)?;
        if version >= 5 {
            writer.nullable_string(form, self.group_instance_id.as_ref())?;
        }
        if version < 5 && self.group_instance_id.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "GroupInstanceId", version });
        }
        writer.string(form, &self.protocol_type)?;
        writer.array(version, form, &self.protocols)?;
        if version >= 8 {
            writer.nullable_string(form, self.reason.as_ref())?;
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.group_id);
        if version >= 1 {
            size += 4;
        }
        size += string_size(form, &self.member_id);
        if version >= 5 {
            size += nullable_string_size(form, self.group_instance_id.as_ref());
        }
        size += string_size(form, &self.protocol_type);
        size += array_size(version, form, &self.protocols);
        if version >= 8 {
            size += nullable_string_size(form, self.reason.as_ref());
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct JoinGroupRequestProtocol {
    pub name: Str,
    pub metadata: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Message for JoinGroupRequestProtocol {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<JoinGroupRequestProtocol, DecodeError> {
        let form = form(version);
        Ok(JoinGroupRequestProtocol {
            name: reader.string(form)?,
            metadata: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.bytes(form, &self.metadata)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += bytes_size(form, &self.metadata);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for JoinGroupRequest {
    const NAME: &'static str = "JoinGroupRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=9;
    const FLEXIBLE_FROM: Option<i16> = Some(6);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 6 { Form::Flexible } else { Form::Classic }
}
