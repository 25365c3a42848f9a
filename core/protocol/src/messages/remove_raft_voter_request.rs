//! RemoveRaftVoterRequest, versions 0 to 0.
//!
//! Generated from `definitions/081-RemoveRaftVoter.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct RemoveRaftVoterRequest {
    pub cluster_id: Option<Str>,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub unknown_tags: UnknownTags,
}

impl Default for RemoveRaftVoterRequest {
    fn default() -> RemoveRaftVoterRequest {
        RemoveRaftVoterRequest {
            cluster_id: Some(Str::EMPTY),
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for RemoveRaftVoterRequest {
    const SMALLEST: usize = 22;

    fn decode(reader: &mut Reader, version: i16) -> Result<RemoveRaftVoterRequest, DecodeError> {
        let form = form(version);
        Ok(RemoveRaftVoterRequest {
            cluster_id: reader.nullable_string(form)?,
            voter_id: reader.i32()?,
            voter_directory_id: reader.uuid()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.cluster_id.as_ref())?;
        writer.i32(self.voter_id);
        writer.uuid(self.voter_directory_id);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 20;
        size += nullable_string_size(form, self.cluster_id.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for RemoveRaftVoterRequest {
    const NAME: &'static str = "RemoveRaftVoterRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
