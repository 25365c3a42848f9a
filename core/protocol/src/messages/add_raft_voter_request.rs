//! AddRaftVoterRequest, versions 0 to 1.
//!
//! Generated from `definitions/080-AddRaftVoter.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct AddRaftVoterRequest {
    pub cluster_id: Option<Str>,
    pub timeout_ms: i32,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub listeners: Vec<Listener>,
    pub ack_when_committed: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for AddRaftVoterRequest {
    fn default() -> AddRaftVoterRequest {
        AddRaftVoterRequest {
            cluster_id: Some(Str::EMPTY),
            timeout_ms: 0,
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
            listeners: Vec::new(),
            ack_when_committed: true,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for AddRaftVoterRequest {
    const SMALLEST: usize = 27;

    fn decode(reader: &mut Reader, version: i16) -> Result<AddRaftVoterRequest, DecodeError> {
        let form = form(version);
        Ok(AddRaftVoterRequest {
            cluster_id: reader.nullable_string(form)?,
            timeout_ms: reader.i32()?,
            voter_id: reader.i32()?,
            voter_directory_id: reader.uuid()?,
            listeners: reader.array(version, form)?,
            ack_when_committed: if version >= 1 { reader.bool()? } else { true },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.cluster_id.as_ref())?;
        writer.i32(self.timeout_ms);
        writer.i32(self.voter_id);
        writer.uuid(self.voter_directory_id);
        writer.array(version, form, &self.listeners)?;
        if version >= 1 {
            writer.bool(self.ack_when_committed);
        }
        if version < 1 && !self.ack_when_committed {
            return Err(EncodeError::FieldNotInVersion { field: "AckWhenCommitted", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 24;
        size += nullable_string_size(form, self.cluster_id.as_ref());
        size += array_size(version, form, &self.listeners);
        if version >= 1 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

impl Message for Listener {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<Listener, DecodeError> {
        let form = form(version);
        Ok(Listener {
            name: reader.string(form)?,
            host: reader.string(form)?,
            port: reader.u16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.string(form, &self.host)?;
        writer.u16(self.port);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.name);
        size += string_size(form, &self.host);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AddRaftVoterRequest {
    const NAME: &'static str = "AddRaftVoterRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
