//! HeartbeatRequest, versions 0 to 4.
//!
//! Generated from `definitions/012-Heartbeat.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct HeartbeatRequest {
    pub group_id: Str,
    pub generation_id: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for HeartbeatRequest {
    const SMALLEST: usize = 8;

    fn decode(reader: &mut Reader, version: i16) -> Result<HeartbeatRequest, DecodeError> {
        let form = form(version);
        Ok(HeartbeatRequest {
            group_id: reader.string(form)?,
            generation_id: reader.i32()?,
            member_id: reader.string(form)?,
            group_instance_id: if version >= 3 { reader.nullable_string(form)? } else { None },
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
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for HeartbeatRequest {
    const NAME: &'static str = "HeartbeatRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
