//! AlterUserScramCredentialsResponse, versions 0 to 0.
//!
//! Generated from `definitions/051-AlterUserScramCredentials.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterUserScramCredentialsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<AlterUserScramCredentialsResult>,
    pub unknown_tags: UnknownTags,
}

impl Message for AlterUserScramCredentialsResponse {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AlterUserScramCredentialsResponse, DecodeError> {
        let form = form(version);
        Ok(AlterUserScramCredentialsResponse {
            throttle_time_ms: reader.i32()?,
            results: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.array(version, form, &self.results)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.results);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterUserScramCredentialsResult {
    pub user: Str,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for AlterUserScramCredentialsResult {
    fn default() -> AlterUserScramCredentialsResult {
        AlterUserScramCredentialsResult {
            user: Str::EMPTY,
            error_code: 0,
            error_message: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for AlterUserScramCredentialsResult {
    const SMALLEST: usize = 5;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AlterUserScramCredentialsResult, DecodeError> {
        let form = form(version);
        Ok(AlterUserScramCredentialsResult {
            user: reader.string(form)?,
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.user)?;
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.user);
        size += nullable_string_size(form, self.error_message.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AlterUserScramCredentialsResponse {
    const NAME: &'static str = "AlterUserScramCredentialsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
