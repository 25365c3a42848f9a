//! DescribeUserScramCredentialsResponse, versions 0 to 0.
//!
//! Generated from `definitions/050-DescribeUserScramCredentials.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeUserScramCredentialsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub results: Vec<DescribeUserScramCredentialsResult>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeUserScramCredentialsResponse {
    fn default() -> DescribeUserScramCredentialsResponse {
        DescribeUserScramCredentialsResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Str::EMPTY),
            results: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeUserScramCredentialsResponse {
    const SMALLEST: usize = 9;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeUserScramCredentialsResponse, DecodeError> {
        let form = form(version);
        Ok(DescribeUserScramCredentialsResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            results: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.array(version, form, &self.results)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += array_size(version, form, &self.results);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeUserScramCredentialsResult {
    pub user: Str,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub credential_infos: Vec<CredentialInfo>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeUserScramCredentialsResult {
    fn default() -> DescribeUserScramCredentialsResult {
        DescribeUserScramCredentialsResult {
            user: Str::EMPTY,
            error_code: 0,
            error_message: Some(Str::EMPTY),
            credential_infos: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeUserScramCredentialsResult {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeUserScramCredentialsResult, DecodeError> {
        let form = form(version);
        Ok(DescribeUserScramCredentialsResult {
            user: reader.string(form)?,
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            credential_infos: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.user)?;
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.array(version, form, &self.credential_infos)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.user);
        size += nullable_string_size(form, self.error_message.as_ref());
        size += array_size(version, form, &self.credential_infos);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CredentialInfo {
    pub mechanism: i8,
    pub iterations: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for CredentialInfo {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<CredentialInfo, DecodeError> {
        let form = form(version);
        Ok(CredentialInfo {
            mechanism: reader.i8()?,
            iterations: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i8(self.mechanism);
        writer.i32(self.iterations);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 5;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeUserScramCredentialsResponse {
    const NAME: &'static str = "DescribeUserScramCredentialsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
