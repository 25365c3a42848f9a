//! DescribeGroupsRequest, versions 0 to 6.
//!
//! Generated from `definitions/015-DescribeGroups.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeGroupsRequest {
    pub groups: Vec<Str>,
    pub include_authorized_operations: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribeGroupsRequest {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeGroupsRequest, DecodeError> {
        let form = form(version);
        Ok(DescribeGroupsRequest {
            groups: reader.array(version, form)?,
            include_authorized_operations: if version >= 3 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.groups)?;
        if version >= 3 {
            writer.bool(self.include_authorized_operations);
        }
        if version < 3 && self.include_authorized_operations {
            return Err(EncodeError::FieldNotInVersion {
                field: "IncludeAuthorizedOperations",
                version,
            });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.groups);
        if version >= 3 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeGroupsRequest {
    const NAME: &'static str = "DescribeGroupsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: Option<i16> = Some(5);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 5 { Form::Flexible } else { Form::Classic }
}
