//! ShareGroupDescribeRequest, versions 1 to 1.
//!
//! Generated from `definitions/077-ShareGroupDescribe.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ShareGroupDescribeRequest {
    pub group_ids: Vec<Str>,
    pub include_authorized_operations: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for ShareGroupDescribeRequest {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<ShareGroupDescribeRequest, DecodeError> {
        let form = form(version);
        Ok(ShareGroupDescribeRequest {
            group_ids: reader.array(version, form)?,
            include_authorized_operations: reader.bool()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.group_ids)?;
        writer.bool(self.include_authorized_operations);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += array_size(version, form, &self.group_ids);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ShareGroupDescribeRequest {
    const NAME: &'static str = "ShareGroupDescribeRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
