//! QuorumStateData, versions 0 to 1.
//!
//! Generated from `definitions/records/raft/QuorumStateData.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_array_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct QuorumStateData {
    pub cluster_id: Str,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub voted_id: i32,
    pub voted_directory_id: Uuid,
    pub applied_offset: i64,
    pub current_voters: Option<Vec<Voter>>,
    pub unknown_tags: UnknownTags,
}

impl Default for QuorumStateData {
    fn default() -> QuorumStateData {
        QuorumStateData {
            cluster_id: Str::EMPTY,
            leader_id: -1,
            leader_epoch: -1,
            voted_id: -1,
            voted_directory_id: Uuid::ZERO,
            applied_offset: 0,
            current_voters: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for QuorumStateData {
    const SMALLEST: usize = 23;

    fn decode(reader: &mut Reader, version: i16) -> Result<QuorumStateData, DecodeError> {
        let form = form(version);
        Ok(QuorumStateData {
            cluster_id: if version <= 0 { reader.string(form)? } else { Str::EMPTY },
            leader_id: reader.i32()?,
            leader_epoch: reader.i32()?,
            voted_id: reader.i32()?,
            voted_directory_id: if version >= 1 { reader.uuid()? } else { Uuid::ZERO },
            applied_offset: if version <= 0 { reader.i64()? } else { 0 },
            current_voters: if version <= 0 {
                reader.nullable_array(version, form)?
            } else {
                Some(Vec::new())
            },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 0 {
            writer.string(form, &self.cluster_id)?;
        }
        if version > 0 && !self.cluster_id.as_bytes().is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "ClusterId", version });
        }
        writer.i32(self.leader_id);
        writer.i32(self.leader_epoch);
        writer.i32(self.voted_id);
        if version >= 1 {
            writer.uuid(self.voted_directory_id);
        }
        if version < 1 && self.voted_directory_id != Uuid::ZERO {
            return Err(EncodeError::FieldNotInVersion { field: "VotedDirectoryId", version });
        }
        if version <= 0 {
            writer.i64(self.applied_offset);
        }
        if version > 0 && self.applied_offset != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "AppliedOffset", version });
        }
        if version <= 0 {
            writer.nullable_array(version, form, self.current_voters.as_deref())?;
        }
        if version > 0 && self.current_voters.as_ref().is_none_or(|items| !items.is_empty()) {
            return Err(EncodeError::FieldNotInVersion { field: "CurrentVoters", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        if version <= 0 {
            size += string_size(form, &self.cluster_id);
        }
        if version >= 1 {
            size += 16;
        }
        if version <= 0 {
            size += 8;
        }
        if version <= 0 {
            size += nullable_array_size(version, form, self.current_voters.as_deref());
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Voter {
    pub voter_id: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for Voter {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<Voter, DecodeError> {
        let form = form(version);
        Ok(Voter { voter_id: reader.i32()?, unknown_tags: UnknownTags::read_all(reader, form)? })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.voter_id);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for QuorumStateData {
    const NAME: &'static str = "QuorumStateData";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
