//! ListConfigResourcesRequest, versions 0 to 1.
//!
//! Generated from `definitions/074-ListConfigResources.api` by `cargo gen`; edit that file instead.

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListConfigResourcesRequest {
    pub resource_types: Vec<i8>,
    pub unknown_tags: UnknownTags,
}

impl Message for ListConfigResourcesRequest {
    const SMALLEST: usize = 1;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ListConfigResourcesRequest, DecodeError> {
        let form = form(version);
        Ok(ListConfigResourcesRequest {
            resource_types: if version >= 1 { reader.array(version, form)? } else { Vec::new() },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.array(version, form, &self.resource_types)?;
        }
        if version < 1 && !self.resource_types.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "ResourceTypes", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 1 {
            size += array_size(version, form, &self.resource_types);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ListConfigResourcesRequest {
    const NAME: &'static str = "ListConfigResourcesRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
