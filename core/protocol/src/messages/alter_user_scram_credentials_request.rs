//! AlterUserScramCredentialsRequest, versions 0 to 0.
//!
//! Generated from `definitions/051-AlterUserScramCredentials.api` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    bytes_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterUserScramCredentialsRequest {
    pub deletions: Vec<ScramCredentialDeletion>,
    pub upsertions: Vec<ScramCredentialUpsertion>,
    pub unknown_tags: UnknownTags,
}

impl Message for AlterUserScramCredentialsRequest {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AlterUserScramCredentialsRequest, DecodeError> {
        let form = form(version);
        Ok(AlterUserScramCredentialsRequest {
            deletions: reader.array(version, form)?,
            upsertions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.deletions)?;
        writer.array(version, form, &self.upsertions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.deletions);
        size += array_size(version, form, &self.upsertions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ScramCredentialDeletion {
    pub name: Str,
    pub mechanism: i8,
    pub unknown_tags: UnknownTags,
}

impl Message for ScramCredentialDeletion {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<ScramCredentialDeletion, DecodeError> {
        let form = form(version);
        Ok(ScramCredentialDeletion {
            name: reader.string(form)?,
            mechanism: reader.i8()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i8(self.mechanism);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += string_size(form, &self.name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ScramCredentialUpsertion {
    pub name: Str,
    pub mechanism: i8,
    pub iterations: i32,
    pub salt: Bytes,
    pub salted_password: Bytes,
    pub unknown_tags: UnknownTags,
}

impl Message for ScramCredentialUpsertion {
    const SMALLEST: usize = 9;

    fn decode(reader: &mut Reader, version: i16) -> Result<ScramCredentialUpsertion, DecodeError> {
        let form = form(version);
        Ok(ScramCredentialUpsertion {
            name: reader.string(form)?,
            mechanism: reader.i8()?,
            iterations: reader.i32()?,
            salt: reader.bytes(form)?,
            salted_password: reader.bytes(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i8(self.mechanism);
        writer.i32(self.iterations);
        writer.bytes(form, &self.salt)?;
        writer.bytes(form, &self.salted_password)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 5;
        size += string_size(form, &self.name);
        size += bytes_size(form, &self.salt);
        size += bytes_size(form, &self.salted_password);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AlterUserScramCredentialsRequest {
    const NAME: &'static str = "AlterUserScramCredentialsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
