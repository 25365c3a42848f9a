//! SyncGroupResponse, versions 0 to 5.
//!
//! Generated from `definitions/014-SyncGroup.api` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, bytes_size,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SyncGroupResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub protocol_type: Option<Str>,
    pub protocol_name: Option<Str>,
    pub assignment: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Message for SyncGroupResponse {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<SyncGroupResponse, DecodeError> {
        let form = form(version);
        Ok(SyncGroupResponse {
            throttle_time_ms: if version >= 1 { reader.i32()? } else { 0 },
            error_code: reader.i16()?,
            protocol_type: if version >= 5 { reader.nullable_string(form)? } else { None },
            protocol_name: if version >= 5 { reader.nullable_string(form)? } else { None },
            assignment: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.i32(self.throttle_time_ms);
        }
        writer.i16(self.error_code);
        if version >= 5 {
            writer.nullable_string(form, self.protocol_type.as_ref())?;
        }
        if version >= 5 {
            writer.nullable_string(form, self.protocol_name.as_ref())?;
        }
        writer.bytes(form, &self.assignment)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        if version >= 1 {
            size += 4;
        }
        if version >= 5 {
            size += nullable_string_size(form, self.protocol_type.as_ref());
        }
        if version >= 5 {
            size += nullable_string_size(form, self.protocol_name.as_ref());
        }
        size += bytes_size(form, &self.assignment);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for SyncGroupResponse {
    const NAME: &'static str = "SyncGroupResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
