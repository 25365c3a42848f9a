//! DescribeDelegationTokenResponse, versions 0 to 3.
//!
//! Generated from `definitions/041-DescribeDelegationToken.api` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    bytes_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeDelegationTokenResponse {
    pub error_code: i16,
    pub tokens: Vec<DescribedDelegationToken>,
    pub throttle_time_ms: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribeDelegationTokenResponse {
    const SMALLEST: usize = 8;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeDelegationTokenResponse, DecodeError> {
        let form = form(version);
        Ok(DescribeDelegationTokenResponse {
            error_code: reader.i16()?,
            tokens: reader.array(version, form)?,
            throttle_time_ms: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.array(version, form, &self.tokens)?;
        writer.i32(self.throttle_time_ms);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += array_size(version, form, &self.tokens);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribedDelegationToken {
    pub principal_type: Str,
    pub principal_name: Str,
    pub token_requester_principal_type: Str,
    pub token_requester_principal_name: Str,
    pub issue_timestamp: i64,
    pub expiry_timestamp: i64,
    pub max_timestamp: i64,
    pub token_id: Str,
    pub hmac: Bytes,
    pub renewers: Vec<DescribedDelegationTokenRenewer>,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribedDelegationToken {
    const SMALLEST: usize = 30;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribedDelegationToken, DecodeError> {
        let form = form(version);
        Ok(DescribedDelegationToken {
            principal_type: reader.string(form)?,
            principal_name: reader.string(form)?,
            token_requester_principal_type: if version >= 3 {
                reader.string(form)?
            } else {
                Str::EMPTY
            },
            token_requester_principal_name: if version >= 3 {
                reader.string(form)?
            } else {
                Str::EMPTY
            },
            issue_timestamp: reader.i64()?,
            expiry_timestamp: reader.i64()?,
            max_timestamp: reader.i64()?,
            token_id: reader.string(form)?,
            hmac: reader.bytes(form)?,
            renewers: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.principal_type)?;
        writer.string(form, &self.principal_name)?;
        if version >= 3 {
            writer.string(form, &self.token_requester_principal_type)?;
        }
        if version < 3 && !self.token_requester_principal_type.as_bytes().is_empty() {
            return Err(EncodeError::FieldNotInVersion {
                field: "TokenRequesterPrincipalType",
                version,
            });
        }
        if version >= 3 {
            writer.string(form, &self.token_requester_principal_name)?;
        }
        if version < 3 && !self.token_requester_principal_name.as_bytes().is_empty() {
            return Err(EncodeError::FieldNotInVersion {
                field: "TokenRequesterPrincipalName",
                version,
            });
        }
        writer.i64(self.issue_timestamp);
        writer.i64(self.expiry_timestamp);
        writer.i64(self.max_timestamp);
        writer.string(form, &self.token_id)?;
        writer.bytes(form, &self.hmac)?;
        writer.array(version, form, &self.renewers)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 24;
        size += string_size(form, &self.principal_type);
        size += string_size(form, &self.principal_name);
        if version >= 3 {
            size += string_size(form, &self.token_requester_principal_type);
        }
        if version >= 3 {
            size += string_size(form, &self.token_requester_principal_name);
        }
        size += string_size(form, &self.token_id);
        size += bytes_size(form, &self.hmac);
        size += array_size(version, form, &self.renewers);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribedDelegationTokenRenewer {
    pub principal_type: Str,
    pub principal_name: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribedDelegationTokenRenewer {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribedDelegationTokenRenewer, DecodeError> {
        let form = form(version);
        Ok(DescribedDelegationTokenRenewer {
            principal_type: reader.string(form)?,
            principal_name: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.principal_type)?;
        writer.string(form, &self.principal_name)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.principal_type);
        size += string_size(form, &self.principal_name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeDelegationTokenResponse {
    const NAME: &'static str = "DescribeDelegationTokenResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
