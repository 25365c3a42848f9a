//! SyncGroupRequest, versions 0 to 5.
//!
//! Generated from `definitions/014-SyncGroup.api` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    bytes_size, nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SyncGroupRequest {
    pub group_id: Str,
    pub generation_id: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub protocol_type: Option<Str>,
    pub protocol_name: Option<Str>,
    pub assignments: Vec<SyncGroupRequestAssignment>,
    pub unknown_tags: UnknownTags,
}

impl Message for SyncGroupRequest {
    const SMALLEST: usize = 9;

    fn decode(reader: &mut Reader, version: i16) -> Result<SyncGroupRequest, DecodeError> {
        let form = form(version);
        Ok(SyncGroupRequest {
            group_id: reader.string(form)?,
            generation_id: reader.i32()?,
            member_id: reader.string(form)?,
            group_instance_id: if version >= 3 { reader.nullable_string(form)? } else { None },
            protocol_type: if version >= 5 { reader.nullable_string(form)? } else { None },
            protocol_name: if version >= 5 { reader.nullable_string(form)? } else { None },
            assignments: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.i32(self.generation_id);
        writer.string(form, &self.member_id)?;
        if version >= 3 {
            writer.nullable_string(form, self.group_instance_id.as_ref())?;
        }
        if version < 3 && self.group_instance_id.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "GroupInstanceId", version });
        }
        if version >= 5 {
            writer.nullable_string(form, self.protocol_type.as_ref())?;
        }
        if version >= 5 {
            writer.nullable_string(form, self.protocol_name.as_ref())?;
        }
        writer.array(version, form, &self.assignments)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.group_id);
        size += string_size(form, &self.member_id);
        if version >= 3 {
            size += nullable_string_size(form, self.group_instance_id.as_ref());
        }
        if version >= 5 {
            size += nullable_string_size(form, self.protocol_type.as_ref());
        }
        if version >= 5 {
            size += nullable_string_size(form, self.protocol_name.as_ref());
        }
        size += array_size(version, form, &self.assignments);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SyncGroupRequestAssignment {
    pub member_id: Str,
    pub assignment: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Message for SyncGroupRequestAssignment {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<SyncGroupRequestAssignment, DecodeError> {
        let form = form(version);
        Ok(SyncGroupRequestAssignment {
            member_id: reader.string(form)?,
            assignment: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.member_id)?;
        writer.bytes(form, &self.assignment)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.member_id);
        size += bytes_size(form, &self.assignment);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for SyncGroupRequest {
    const NAME: &'static str = "SyncGroupRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
