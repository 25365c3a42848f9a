//! GroupMetadataValue, versions 0 to 4.
//!
//! Generated from `definitions/records/group/002-GroupMetadata.record` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    bytes_size, nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct GroupMetadataValue {
    pub protocol_type: Str,
    pub generation: i32,
    pub protocol: Option<Str>,
    pub leader: Option<Str>,
    pub current_state_timestamp: i64,
    pub members: Vec<MemberMetadata>,
    pub unknown_tags: UnknownTags,
}

impl Default for GroupMetadataValue {
    fn default() -> GroupMetadataValue {
        GroupMetadataValue {
            protocol_type: Str::EMPTY,
            generation: 0,
            protocol: Some(Str::EMPTY),
            leader: Some(Str::EMPTY),
            current_state_timestamp: -1,
            members: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for GroupMetadataValue {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<GroupMetadataValue, DecodeError> {
        let form = form(version);
        Ok(GroupMetadataValue {
            protocol_type: reader.string(form)?,
            generation: reader.i32()?,
            protocol: reader.nullable_string(form)?,
            leader: reader.nullable_string(form)?,
            current_state_timestamp: if version >= 2 { reader.i64()? } else { -1 },
            members: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.protocol_type)?;
        writer.i32(self.generation);
        writer.nullable_string(form, self.protocol.as_ref())?;
        writer.nullable_string(form, self.leader.as_ref())?;
        if version >= 2 {
            writer.i64(self.current_state_timestamp);
        }
        writer.array(version, form, &self.members)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.protocol_type);
        size += nullable_string_size(form, self.protocol.as_ref());
        size += nullable_string_size(form, self.leader.as_ref());
        if version >= 2 {
            size += 8;
        }
        size += array_size(version, form, &self.members);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct MemberMetadata {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub rebalance_timeout: i32,
    pub session_timeout: i32,
    pub subscription: Bytes,
    pub assignment: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Default for MemberMetadata {
    fn default() -> MemberMetadata {
        MemberMetadata {
            member_id: Str::EMPTY,
            group_instance_id: None,
            client_id: Str::EMPTY,
            client_host: Str::EMPTY,
            rebalance_timeout: -1,
            session_timeout: 0,
            subscription: Bytes::new(),
            assignment: Bytes::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for MemberMetadata {
    const SMALLEST: usize = 15;

    fn decode(reader: &mut Reader, version: i16) -> Result<MemberMetadata, DecodeError> {
        let form = form(version);
        Ok(MemberMetadata {
            member_id: reader.string(form)?,
            group_instance_id: if version >= 3 { reader.nullable_string(form)? } else { None },
            client_id: reader.string(form)?,
            client_host: reader.string(form)?,
            rebalance_timeout: if version >= 1 { reader.i32()? } else { -1 },
            session_timeout: reader.i32()?,
            subscription: reader.bytes(form)?,
            assignment: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.member_id)?;
        if version >= 3 {
            writer.nullable_string(form, self.group_instance_id.as_ref())?;
        }
        writer.string(form, &self.client_id)?;
        writer.string(form, &self.client_host)?;
        if version >= 1 {
            writer.i32(self.rebalance_timeout);
        }
        writer.i32(self.session_timeout);
        writer.bytes(form, &self.subscription)?;
        writer.bytes(form, &self.assignment)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.member_id);
        if version >= 3 {
            size += nullable_string_size(form, self.group_instance_id.as_ref());
        }
        size += string_size(form, &self.client_id);
        size += string_size(form, &self.client_host);
        if version >= 1 {
            size += 4;
        }
        size += bytes_size(form, &self.subscription);
        size += bytes_size(form, &self.assignment);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for GroupMetadataValue {
    const NAME: &'static str = "GroupMetadataValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
