//! ShareGroupMemberMetadataValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/010-ShareGroupMemberMetadata.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ShareGroupMemberMetadataValue {
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub subscribed_topic_names: Vec<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for ShareGroupMemberMetadataValue {
    fn default() -> ShareGroupMemberMetadataValue {
        ShareGroupMemberMetadataValue {
            rack_id: Some(Str::EMPTY),
            client_id: Str::EMPTY,
            client_host: Str::EMPTY,
            subscribed_topic_names: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ShareGroupMemberMetadataValue {
    const SMALLEST: usize = 5;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ShareGroupMemberMetadataValue, DecodeError> {
        let form = form(version);
        Ok(ShareGroupMemberMetadataValue {
            rack_id: reader.nullable_string(form)?,
            client_id: reader.string(form)?,
            client_host: reader.string(form)?,
            subscribed_topic_names: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.rack_id.as_ref())?;
        writer.string(form, &self.client_id)?;
        writer.string(form, &self.client_host)?;
        writer.array(version, form, &self.subscribed_topic_names)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += nullable_string_size(form, self.rack_id.as_ref());
        size += string_size(form, &self.client_id);
        size += string_size(form, &self.client_host);
        size += array_size(version, form, &self.subscribed_topic_names);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ShareGroupMemberMetadataValue {
    const NAME: &'static str = "ShareGroupMemberMetadataValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
