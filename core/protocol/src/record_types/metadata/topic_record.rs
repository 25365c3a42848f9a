//! TopicRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/002-TopicRecord.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicRecord {
    pub name: Str,
    pub topic_id: Uuid,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicRecord {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicRecord, DecodeError> {
        let form = form(version);
        Ok(TopicRecord {
            name: reader.string(form)?,
            topic_id: reader.uuid()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.uuid(self.topic_id);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += string_size(form, &self.name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for TopicRecord {
    const NAME: &'static str = "TopicRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
