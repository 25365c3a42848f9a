//! ListPartitionReassignmentsRequest, versions 0 to 0.
//!
//! Generated from `definitions/046-ListPartitionReassignments.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ListPartitionReassignmentsRequest {
    pub timeout_ms: i32,
    pub topics: Option<Vec<ListPartitionReassignmentsTopics>>,
    pub unknown_tags: UnknownTags,
}

impl Default for ListPartitionReassignmentsRequest {
    fn default() -> ListPartitionReassignmentsRequest {
        ListPartitionReassignmentsRequest {
            timeout_ms: 60000,
            topics: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ListPartitionReassignmentsRequest {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ListPartitionReassignmentsRequest, DecodeError> {
        let form = form(version);
        Ok(ListPartitionReassignmentsRequest {
            timeout_ms: reader.i32()?,
            topics: reader.nullable_array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.timeout_ms);
        writer.nullable_array(version, form, self.topics.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += nullable_array_size(version, form, self.topics.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListPartitionReassignmentsTopics {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for ListPartitionReassignmentsTopics {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ListPartitionReassignmentsTopics, DecodeError> {
        let form = form(version);
        Ok(ListPartitionReassignmentsTopics {
            name: reader.string(form)?,
            partition_indexes: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.array(version, form, &self.partition_indexes)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += array_size(version, form, &self.partition_indexes);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ListPartitionReassignmentsRequest {
    const NAME: &'static str = "ListPartitionReassignmentsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
