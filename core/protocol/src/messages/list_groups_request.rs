//! ListGroupsRequest, versions 0 to 5.
//!
//! Generated from `definitions/016-ListGroups.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListGroupsRequest {
    pub states_filter: Vec<Str>,
    pub types_filter: Vec<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for ListGroupsRequest {
    const SMALLEST: usize = 1;

    fn decode(reader: &mut Reader, version: i16) -> Result<ListGroupsRequest, DecodeError> {
        let form = form(version);
        Ok(ListGroupsRequest {
            states_filter: if version >= 4 { reader.array(version, form)? } else { Vec::new() },
            types_filter: if version >= 5 { reader.array(version, form)? } else { Vec::new() },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 4 {
            writer.array(version, form, &self.states_filter)?;
        }
        if version < 4 && !self.states_filter.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "StatesFilter", version });
        }
        if version >= 5 {
            writer.array(version, form, &self.types_filter)?;
        }
        if version < 5 && !self.types_filter.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "TypesFilter", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 4 {
            size += array_size(version, form, &self.states_filter);
        }
        if version >= 5 {
            size += array_size(version, form, &self.types_filter);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ListGroupsRequest {
    const NAME: &'static str = "ListGroupsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
