//! UserScramCredentialRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/011-UserScramCredentialRecord.record` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, bytes_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct UserScramCredentialRecord {
    pub name: Str,
    pub mechanism: i8,
    pub salt: Bytes,
    pub stored_key: Bytes,
    pub server_key: Bytes,
    pub iterations: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for UserScramCredentialRecord {
    const SMALLEST: usize = 10;

    fn decode(reader: &mut Reader, version: i16) -> Result<UserScramCredentialRecord, DecodeError> {
        let form = form(version);
        Ok(UserScramCredentialRecord {
            name: reader.string(form)?,
            mechanism: reader.i8()?,
            salt: reader.bytes(form)?,
            stored_key: reader.bytes(form)?,
            server_key: reader.bytes(form)?,
            iterations: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i8(self.mechanism);
        writer.bytes(form, &self.salt)?;
        writer.bytes(form, &self.stored_key)?;
        writer.bytes(form, &self.server_key)?;
        writer.i32(self.iterations);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 5;
        size += string_size(form, &self.name);
        size += bytes_size(form, &self.salt);
        size += bytes_size(form, &self.stored_key);
        size += bytes_size(form, &self.server_key);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for UserScramCredentialRecord {
    const NAME: &'static str = "UserScramCredentialRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
