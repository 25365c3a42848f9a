//! ListGroupsResponse, versions 0 to 5.
//!
//! Generated from `definitions/016-ListGroups.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListGroupsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub groups: Vec<ListedGroup>,
    pub unknown_tags: UnknownTags,
}

impl Message for ListGroupsResponse {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListGroupsResponse, DecodeError> {
        let form = form(version);
        Ok(ListGroupsResponse {
            throttle_time_ms: if version >= 1 { reader.i32()? } else { 0 },
            error_code: reader.i16()?,
            groups: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.i32(self.throttle_time_ms);
        }
        writer.i16(self.error_code);
        writer.array(version, form, &self.groups)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        if version >= 1 {
            size += 4;
        }
        size += array_size(version, form, &self.groups);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListedGroup {
    pub group_id: Str,
    pub protocol_type: Str,
    pub group_state: Str,
    pub group_type: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for ListedGroup {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListedGroup, DecodeError> {
        let form = form(version);
        Ok(ListedGroup {
            group_id: reader.string(form)?,
            protocol_type: reader.string(form)?,
            group_state: if version >= 4 { reader.string(form)? } else { Str::EMPTY },
            group_type: if version >= 5 { reader.string(form)? } else { Str::EMPTY },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.string(form, &self.protocol_type)?;
        if version >= 4 {
            writer.string(form, &self.group_state)?;
        }
        if version >= 5 {
            writer.string(form, &self.group_type)?;
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.group_id);
        size += string_size(form, &self.protocol_type);
        if version >= 4 {
            size += string_size(form, &self.group_state);
        }
        if version >= 5 {
            size += string_size(form, &self.group_type);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ListGroupsResponse {
    const NAME: &'static str = "ListGroupsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
