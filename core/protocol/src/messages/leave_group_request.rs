//! LeaveGroupRequest, versions 0 to 5.
//!
//! Generated from `definitions/013-LeaveGroup.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaveGroupRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub members: Vec<MemberIdentity>,
    pub unknown_tags: UnknownTags,
}

impl Message for LeaveGroupRequest {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<LeaveGroupRequest, DecodeError> {
        let form = form(version);
        Ok(LeaveGroupRequest {
            group_id: reader.string(form)?,
            member_id: if version <= 2 { reader.string(form)? } else { Str::EMPTY },
            members: if version >= 3 { reader.array(version, form)? } else { Vec::new() },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        if version <= 2 {
            writer.string(form, &self.member_id)?;
        }
        if version > 2 && !self.member_id.as_bytes().is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "MemberId", version });
        }
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
        let mut size = 0;
        size += string_size(form, &self.group_id);
        if version <= 2 {
            size += string_size(form, &self.member_id);
        }
        if version >= 3 {
            size += array_size(version, form, &self.members);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct MemberIdentity {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub reason: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for MemberIdentity {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<MemberIdentity, DecodeError> {
        let form = form(version);
        Ok(MemberIdentity {
            member_id: reader.string(form)?,
            group_instance_id: reader.nullable_string(form)?,
            reason: if version >= 5 { reader.nullable_string(form)? } else { None },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.member_id)?;
        writer.nullable_string(form, self.group_instance_id.as_ref())?;
        if version >= 5 {
            writer.nullable_string(form, self.reason.as_ref())?;
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.member_id);
        size += nullable_string_size(form, self.group_instance_id.as_ref());
        if version >= 5 {
            size += nullable_string_size(form, self.reason.as_ref());
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for LeaveGroupRequest {
    const NAME: &'static str = "LeaveGroupRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
