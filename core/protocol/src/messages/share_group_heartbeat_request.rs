//! ShareGroupHeartbeatRequest, versions 1 to 1.
//!
//! Generated from `definitions/076-ShareGroupHeartbeat.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_array_size, nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ShareGroupHeartbeatRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub member_epoch: i32,
    pub rack_id: Option<Str>,
    pub subscribed_topic_names: Option<Vec<Str>>,
    pub unknown_tags: UnknownTags,
}

impl Message for ShareGroupHeartbeatRequest {
    const SMALLEST: usize = 9;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ShareGroupHeartbeatRequest, DecodeError> {
        let form = form(version);
        Ok(ShareGroupHeartbeatRequest {
            group_id: reader.string(form)?,
            member_id: reader.string(form)?,
            member_epoch: reader.i32()?,
            rack_id: reader.nullable_string(form)?,
            subscribed_topic_names: reader.nullable_array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.string(form, &self.member_id)?;
        writer.i32(self.member_epoch);
        writer.nullable_string(form, self.rack_id.as_ref())?;
        writer.nullable_array(version, form, self.subscribed_topic_names.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.group_id);
        size += string_size(form, &self.member_id);
        size += nullable_string_size(form, self.rack_id.as_ref());
        size += nullable_array_size(version, form, self.subscribed_topic_names.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ShareGroupHeartbeatRequest {
    const NAME: &'static str = "ShareGroupHeartbeatRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
