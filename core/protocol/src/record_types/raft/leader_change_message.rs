//! LeaderChangeMessage, versions 0 to 1.
//!
//! Generated from `definitions/records/raft/LeaderChangeMessage.record` by `cargo gen`; edit that file instead.

use base::Uuid;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderChangeMessage {
    pub version: i16,
    pub leader_id: i32,
    pub voters: Vec<Voter>,
    pub granting_voters: Vec<Voter>,
    pub unknown_tags: UnknownTags,
}

impl Message for LeaderChangeMessage {
    const SMALLEST: usize = 9;

    fn decode(reader: &mut Reader, version: i16) -> Result<LeaderChangeMessage, DecodeError> {
        let form = form(version);
        Ok(LeaderChangeMessage {
            version: reader.i16()?,
            leader_id: reader.i32()?,
            voters: reader.array(version, form)?,
            granting_voters: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.version);
        writer.i32(self.leader_id);
        writer.array(version, form, &self.voters)?;
        writer.array(version, form, &self.granting_voters)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += array_size(version, form, &self.voters);
        size += array_size(version, form, &self.granting_voters);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Voter {
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub unknown_tags: UnknownTags,
}

impl Message for Voter {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<Voter, DecodeError> {
        let form = form(version);
        Ok(Voter {
            voter_id: reader.i32()?,
            voter_directory_id: if version >= 1 { reader.uuid()? } else { Uuid::ZERO },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.voter_id);
        if version >= 1 {
            writer.uuid(self.voter_directory_id);
        }
        if version < 1 && self.voter_directory_id != Uuid::ZERO {
            return Err(EncodeError::FieldNotInVersion { field: "VoterDirectoryId", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        if version >= 1 {
            size += 16;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for LeaderChangeMessage {
    const NAME: &'static str = "LeaderChangeMessage";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
