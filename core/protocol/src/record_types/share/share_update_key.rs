//! ShareUpdateKey, versions 0 to 0.
//!
//! Generated from `definitions/records/share/001-ShareUpdate.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, string_size};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ShareUpdateKey {
    pub group_id: Str,
    pub topic_id: Uuid,
    pub partition: i32,
}

impl Message for ShareUpdateKey {
    const SMALLEST: usize = 22;

    fn decode(reader: &mut Reader, version: i16) -> Result<ShareUpdateKey, DecodeError> {
        let form = form(version);
        Ok(ShareUpdateKey {
            group_id: reader.string(form)?,
            topic_id: reader.uuid()?,
            partition: reader.i32()?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.uuid(self.topic_id);
        writer.i32(self.partition);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 20;
        size += string_size(form, &self.group_id);
        size
    }
}

impl TopLevel for ShareUpdateKey {
    const NAME: &'static str = "ShareUpdateKey";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
