//! ConsumerGroupMemberMetadataValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/005-ConsumerGroupMemberMetadata.record` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    bytes_size, nullable_string_size, nullable_struct_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerGroupMemberMetadataValue {
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub subscribed_topic_names: Vec<Str>,
    pub subscribed_topic_regex: Option<Str>,
    pub rebalance_timeout_ms: i32,
    pub server_assignor: Option<Str>,
    pub classic_member_metadata: Option<Box<ClassicMemberMetadata>>,
    pub unknown_tags: UnknownTags,
}

impl Default for ConsumerGroupMemberMetadataValue {
    fn default() -> ConsumerGroupMemberMetadataValue {
        ConsumerGroupMemberMetadataValue {
            instance_id: Some(Str::EMPTY),
            rack_id: Some(Str::EMPTY),
            client_id: Str::EMPTY,
            client_host: Str::EMPTY,
            subscribed_topic_names: Vec::new(),
            subscribed_topic_regex: Some(Str::EMPTY),
            rebalance_timeout_ms: -1,
            server_assignor: Some(Str::EMPTY),
            classic_member_metadata: Some(Box::new(ClassicMemberMetadata::default())),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ConsumerGroupMemberMetadataValue {
    const SMALLEST: usize = 12;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ConsumerGroupMemberMetadataValue, DecodeError> {
        let form = form(version);
        let mut message = ConsumerGroupMemberMetadataValue {
            instance_id: reader.nullable_string(form)?,
            rack_id: reader.nullable_string(form)?,
            client_id: reader.string(form)?,
            client_host: reader.string(form)?,
            subscribed_topic_names: reader.array(version, form)?,
            subscribed_topic_regex: reader.nullable_string(form)?,
            rebalance_timeout_ms: reader.i32()?,
            server_assignor: reader.nullable_string(form)?,
            classic_member_metadata: Some(Box::new(ClassicMemberMetadata::default())),
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.classic_member_metadata = reader.tagged_nullable_struct(version)?,
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.instance_id.as_ref())?;
        writer.nullable_string(form, self.rack_id.as_ref())?;
        writer.string(form, &self.client_id)?;
        writer.string(form, &self.client_host)?;
        writer.array(version, form, &self.subscribed_topic_names)?;
        writer.nullable_string(form, self.subscribed_topic_regex.as_ref())?;
        writer.i32(self.rebalance_timeout_ms);
        writer.nullable_string(form, self.server_assignor.as_ref())?;
        let mut count = self.unknown_tags.len();
        if self
            .classic_member_metadata
            .as_ref()
            .is_none_or(|value| **value != ClassicMemberMetadata::default())
        {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self
            .classic_member_metadata
            .as_ref()
            .is_none_or(|value| **value != ClassicMemberMetadata::default())
        {
            writer.uvarint(0);
            writer.uvarint(
                (nullable_struct_size(version, self.classic_member_metadata.as_deref())) as u32,
            );
            writer.tagged_nullable_struct(version, self.classic_member_metadata.as_deref())?;
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += nullable_string_size(form, self.instance_id.as_ref());
        size += nullable_string_size(form, self.rack_id.as_ref());
        size += string_size(form, &self.client_id);
        size += string_size(form, &self.client_host);
        size += array_size(version, form, &self.subscribed_topic_names);
        size += nullable_string_size(form, self.subscribed_topic_regex.as_ref());
        size += nullable_string_size(form, self.server_assignor.as_ref());
        let mut count = self.unknown_tags.len();
        if self
            .classic_member_metadata
            .as_ref()
            .is_none_or(|value| **value != ClassicMemberMetadata::default())
        {
            count += 1;
            size += tagged_size(
                0,
                nullable_struct_size(version, self.classic_member_metadata.as_deref()),
            );
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ClassicMemberMetadata {
    pub session_timeout_ms: i32,
    pub supported_protocols: Vec<ClassicProtocol>,
    pub unknown_tags: UnknownTags,
}

impl Message for ClassicMemberMetadata {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<ClassicMemberMetadata, DecodeError> {
        let form = form(version);
        Ok(ClassicMemberMetadata {
            session_timeout_ms: reader.i32()?,
            supported_protocols: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.session_timeout_ms);
        writer.array(version, form, &self.supported_protocols)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.supported_protocols);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ClassicProtocol {
    pub name: Str,
    pub metadata: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Message for ClassicProtocol {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<ClassicProtocol, DecodeError> {
        let form = form(version);
        Ok(ClassicProtocol {
            name: reader.string(form)?,
            metadata: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.bytes(form, &self.metadata)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += bytes_size(form, &self.metadata);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ConsumerGroupMemberMetadataValue {
    const NAME: &'static str = "ConsumerGroupMemberMetadataValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
