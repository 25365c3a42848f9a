//! VotersRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/raft/VotersRecord.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct VotersRecord {
    pub version: i16,
    pub voters: Vec<Voter>,
    pub unknown_tags: UnknownTags,
}

impl Message for VotersRecord {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<VotersRecord, DecodeError> {
        let form = form(version);
        Ok(VotersRecord {
            version: reader.i16()?,
            voters: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.version);
        writer.array(version, form, &self.voters)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += array_size(version, form, &self.voters);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Voter {
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub endpoints: Vec<Endpoint>,
    pub k_raft_version_feature: KRaftVersionFeature,
    pub unknown_tags: UnknownTags,
}

impl Message for Voter {
    const SMALLEST: usize = 27;

    fn decode(reader: &mut Reader, version: i16) -> Result<Voter, DecodeError> {
        let form = form(version);
        Ok(Voter {
            voter_id: reader.i32()?,
            voter_directory_id: reader.uuid()?,
            endpoints: reader.array(version, form)?,
            k_raft_version_feature: KRaftVersionFeature::decode(reader, version)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.voter_id);
        writer.uuid(self.voter_directory_id);
        writer.array(version, form, &self.endpoints)?;
        self.k_raft_version_feature.encode(writer, version)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 20;
        size += array_size(version, form, &self.endpoints);
        size += self.k_raft_version_feature.size(version);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Endpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

impl Message for Endpoint {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<Endpoint, DecodeError> {
        let form = form(version);
        Ok(Endpoint {
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

impl TopLevel for VotersRecord {
    const NAME: &'static str = "VotersRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
