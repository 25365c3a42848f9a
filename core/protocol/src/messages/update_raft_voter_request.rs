//! UpdateRaftVoterRequest, versions 0 to 0.
//!
//! Generated from `definitions/082-UpdateRaftVoter.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct UpdateRaftVoterRequest {
    pub cluster_id: Option<Str>,
    pub current_leader_epoch: i32,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub listeners: Vec<Listener>,
    pub k_raft_version_feature: KRaftVersionFeature,
    pub unknown_tags: UnknownTags,
}

impl Default for UpdateRaftVoterRequest {
    fn default() -> UpdateRaftVoterRequest {
        UpdateRaftVoterRequest {
            cluster_id: Some(Str::EMPTY),
            current_leader_epoch: 0,
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
            listeners: Vec::new(),
            k_raft_version_feature: KRaftVersionFeature::default(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for UpdateRaftVoterRequest {
    const SMALLEST: usize = 32;

    fn decode(reader: &mut Reader, version: i16) -> Result<UpdateRaftVoterRequest, DecodeError> {
        let form = form(version);
        Ok(UpdateRaftVoterRequest {
            cluster_id: reader.nullable_string(form)?,
            current_leader_epoch: reader.i32()?,
            voter_id: reader.i32()?,
            voter_directory_id: reader.uuid()?,
            listeners: reader.array(version, form)?,
            k_raft_version_feature: KRaftVersionFeature::decode(reader, version)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_string(form, self.cluster_id.as_ref())?;
        writer.i32(self.current_leader_epoch);
        writer.i32(self.voter_id);
        writer.uuid(self.voter_directory_id);
        writer.array(version, form, &self.listeners)?;
        self.k_raft_version_feature.encode(writer, version)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 24;
        size += nullable_string_size(form, self.cluster_id.as_ref());
        size += array_size(version, form, &self.listeners);
        size += self.k_raft_version_feature.size(version);
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

#[derive(Clone, Debug, PartialEq, Default)]
pub struct KRaftVersionFeature {
    pub min_supported_version: i16,
    pub max_supported_version: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for KRaftVersionFeature {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<KRaftVersionFeature, DecodeError> {
        let form = form(version);
        Ok(KRaftVersionFeature {
            min_supported_version: reader.i16()?,
            max_supported_version: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.min_supported_version);
        writer.i16(self.max_supported_version);
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

impl TopLevel for UpdateRaftVoterRequest {
    const NAME: &'static str = "UpdateRaftVoterRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
