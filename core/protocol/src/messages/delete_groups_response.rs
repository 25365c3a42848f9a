//! DeleteGroupsResponse, versions 0 to 2.
//!
//! Generated from `definitions/042-DeleteGroups.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteGroupsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<DeletableGroupResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for DeleteGroupsResponse {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeleteGroupsResponse, DecodeError> {
        let form = form(version);
        Ok(DeleteGroupsResponse {
            throttle_time_ms: reader.i32()?,
            results: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.array(version, form, &self.results)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.results);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeletableGroupResult {
    pub group_id: Str,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for DeletableGroupResult {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<DeletableGroupResult, DecodeError> {
        let form = form(version);
        Ok(DeletableGroupResult {
            group_id: reader.string(form)?,
            error_code: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.i16(self.error_code);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.group_id);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DeleteGroupsResponse {
    const NAME: &'static str = "DeleteGroupsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
