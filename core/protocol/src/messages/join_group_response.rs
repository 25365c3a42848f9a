//! JoinGroupResponse, versions 0 to 9.
//!
//! Generated from `definitions/011-JoinGroup.api` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    bytes_size, nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub generation_id: i32,
    pub protocol_type: Option<Str>,
    pub protocol_name: Option<Str>,
    pub leader: Str,
    pub skip_assignment: bool,
    pub member_id: Str,
    pub members: Vec<JoinGroupResponseMember>,
    pub unknown_tags: UnknownTags,
}

impl Default for JoinGroupResponse {
    fn default() -> JoinGroupResponse {
        JoinGroupResponse {
            throttle_time_ms: 0,
            error_code: 0,
            generation_id: -1,
            protocol_type: None,
            protocol_name: Some(Str::EMPTY),
            leader: Str::EMPTY,
            skip_assignment: false,
            member_id: Str::EMPTY,
            members: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for JoinGroupResponse {
    const SMALLEST: usize = 15;

    fn decode(reader: &mut Reader, version: i16) -> Result<JoinGroupResponse, DecodeError> {
        let form = form(version);
        Ok(JoinGroupResponse {
            throttle_time_ms: if version >= 2 { reader.i32()? } else { 0 },
            error_code: reader.i16()?,
            generation_id: reader.i32()?,
            protocol_type: if version >= 7 { reader.nullable_string(form)? } else { None },
            protocol_name: if version >= 7 {
                reader.nullable_string(form)?
            } else {
                Some(reader.string(form)?)
            },
            leader: reader.string(form)?,
            skip_assignment: if version >= 9 { reader.bool()? } else { false },
            member_id: reader.string(form)?,
            members: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 2 {
            writer.i32(self.throttle_time_ms);
        }
        writer.i16(self.error_code);
        writer.i32(self.generation_id);
        if version >= 7 {
            writer.nullable_string(form, self.protocol_type.as_ref())?;
        }
        if version >= 7 {
            writer.nullable_string(form, self.protocol_name.as_ref())?;
        } else {
            let Some(value) = &self.protocol_name else {
                return Err(EncodeError::Null { field: "ProtocolName", version });
            };
            writer.string(form, value)?;
        }
        writer.string(form, &self.leader)?;
        if version >= 9 {
            writer.bool(self.skip_assignment);
        }
        if version < 9 && self.skip_assignment {
            return Err(EncodeError::FieldNotInVersion { field: "SkipAssignment", version });
        }
        writer.string(form, &self.member_id)?;
        writer.array(version, form, &self.members)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        if version >= 2 {
            size += 4;
        }
        if version >= 7 {
            size += nullable_string_size(form, self.protocol_type.as_ref());
        }
        size += nullable_string_size(form, self.protocol_name.as_ref());
        size += string_size(form, &self.leader);
        if version >= 9 {
            size += 1;
        }
        size += string_size(form, &self.member_id);
        size += array_size(version, form, &self.members);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct JoinGroupResponseMember {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub metadata: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Message for JoinGroupResponseMember {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<JoinGroupResponseMember, DecodeError> {
        let form = form(version);
        Ok(JoinGroupResponseMember {
            member_id: reader.string(form)?,
            group_instance_id: if version >= 5 { reader.nullable_string(form)? } else { None },
            metadata: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.member_id)?;
        if version >= 5 {
            writer.nullable_string(form, self.group_instance_id.as_ref())?;
        }
        writer.bytes(form, &self.metadata)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.member_id);
        if version >= 5 {
            size += nullable_string_size(form, self.group_instance_id.as_ref());
        }
        size += bytes_size(form, &self.metadata);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for JoinGroupResponse {
    const NAME: &'static str = "JoinGroupResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=9;
    const FLEXIBLE_FROM: Option<i16> = Some(6);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 6 { Form::Flexible } else { Form::Classic }
}
