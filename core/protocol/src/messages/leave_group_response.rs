//! LeaveGroupResponse, versions 0 to 5.
//!
//! Generated from `definitions/013-LeaveGroup.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaveGroupResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub members: Vec<MemberResponse>,
    pub unknown_tags: UnknownTags,
}

impl Message for LeaveGroupResponse {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<LeaveGroupResponse, DecodeError> {
        let form = form(version);
        Ok(LeaveGroupResponse {
            throttle_time_ms: if version >= 1 { reader.i32()? } else { 0 },
            error_code: reader.i16()?,
            members: if version >= 3 { reader.array(version, form)? } else { Vec::new() },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.i32(self.throttle_time_ms);
        }
        writer.i16(self.error_code);
        if version >= 3 {
            writer.array(version, form, &self.members)?;
        }
        if version < 3 && !self.members.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Members", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        if version >= 1 {
            size += 4;
        }
        if version >= 3 {
            size += array_size(version, form, &self.members);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct MemberResponse {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

impl Default for MemberResponse {
    fn default() -> MemberResponse {
        MemberResponse {
            member_id: Str::EMPTY,
            group_instance_id: Some(Str::EMPTY),
            error_code: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for MemberResponse {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<MemberResponse, DecodeError> {
        let form = form(version);
        Ok(MemberResponse {
            member_id: reader.string(form)?,
            group_instance_id: reader.nullable_string(form)?,
            error_code: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.member_id)?;
        writer.nullable_string(form, self.group_instance_id.as_ref())?;
        writer.i16(self.error_code);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.member_id);
        size += nullable_string_size(form, self.group_instance_id.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for LeaveGroupResponse {
    const NAME: &'static str = "LeaveGroupResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
