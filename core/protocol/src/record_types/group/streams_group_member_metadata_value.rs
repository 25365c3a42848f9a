//! StreamsGroupMemberMetadataValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/019-StreamsGroupMemberMetadata.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, nullable_struct_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct StreamsGroupMemberMetadataValue {
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub rebalance_timeout_ms: i32,
    pub topology_epoch: i32,
    pub process_id: Str,
    pub user_endpoint: Option<Box<Endpoint>>,
    pub client_tags: Vec<KeyValue>,
    pub unknown_tags: UnknownTags,
}

impl Default for StreamsGroupMemberMetadataValue {
    fn default() -> StreamsGroupMemberMetadataValue {
        StreamsGroupMemberMetadataValue {
            instance_id: Some(Str::EMPTY),
            rack_id: Some(Str::EMPTY),
            client_id: Str::EMPTY,
            client_host: Str::EMPTY,
            rebalance_timeout_ms: -1,
            topology_epoch: 0,
            process_id: Str::EMPTY,
            user_endpoint: None,
            client_tags: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for StreamsGroupMemberMetadataValue {
    const SMALLEST: usize = 16;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<StreamsGroupMemberMetadataValue, DecodeError> {
        let form = form(version);
        Ok(StreamsGroupMemberMetadataValue {
            instance_id: reader.nullable_string(form)?,
            rack_id: reader.nullable_string(form)?,
            client_id: reader.string(form)?,
            client_host: reader.string(form)?,
            rebalance_timeout_ms: reader.i32()?,
            topology_epoch: reader.i32()?,
            process_id: reader.string(form)?,
            user_endpoint: reader.nullable_struct(version)?,
            client_tags: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.instance_id.as_ref())?;
        writer.nullable_string(form, self.rack_id.as_ref())?;
        writer.string(form, &self.client_id)?;
        writer.string(form, &self.client_host)?;
        writer.i32(self.rebalance_timeout_ms);
        writer.i32(self.topology_epoch);
        writer.string(form, &self.process_id)?;
        writer.nullable_struct(version, self.user_endpoint.as_deref())?;
        writer.array(version, form, &self.client_tags)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += nullable_string_size(form, self.instance_id.as_ref());
        size += nullable_string_size(form, self.rack_id.as_ref());
        size += string_size(form, &self.client_id);
        size += string_size(form, &self.client_host);
        size += string_size(form, &self.process_id);
        size += nullable_struct_size(version, self.user_endpoint.as_deref());
        size += array_size(version, form, &self.client_tags);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Endpoint {
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

impl Message for Endpoint {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<Endpoint, DecodeError> {
        let form = form(version);
        Ok(Endpoint {
            host: reader.string(form)?,
            port: reader.u16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.host)?;
        writer.u16(self.port);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.host);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct KeyValue {
    pub key: Str,
    pub value: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for KeyValue {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<KeyValue, DecodeError> {
        let form = form(version);
        Ok(KeyValue {
            key: reader.string(form)?,
            value: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.key)?;
        writer.string(form, &self.value)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.key);
        size += string_size(form, &self.value);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for StreamsGroupMemberMetadataValue {
    const NAME: &'static str = "StreamsGroupMemberMetadataValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
