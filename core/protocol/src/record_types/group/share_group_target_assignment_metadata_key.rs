//! ShareGroupTargetAssignmentMetadataKey, versions 0 to 0.
//!
//! Generated from `definitions/records/group/012-ShareGroupTargetAssignmentMetadata.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, string_size};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ShareGroupTargetAssignmentMetadataKey {
    pub group_id: Str,
}

impl Message for ShareGroupTargetAssignmentMetadataKey {
    const SMALLEST: usize = 2;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ShareGroupTargetAssignmentMetadataKey, DecodeError> {
        let form = form(version);
        Ok(ShareGroupTargetAssignmentMetadataKey { group_id: reader.string(form)? })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.group_id);
        size
    }
}

impl TopLevel for ShareGroupTargetAssignmentMetadataKey {
    const NAME: &'static str = "ShareGroupTargetAssignmentMetadataKey";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
