//! CreateDelegationTokenResponse, versions 0 to 3.
//!
//! Generated from `definitions/038-CreateDelegationToken.api` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, bytes_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreateDelegationTokenResponse {
    pub error_code: i16,
    pub principal_type: Str,
    pub principal_name: Str,
    pub token_requester_principal_type: Str,
    pub token_requester_principal_name: Str,
    pub issue_timestamp_ms: i64,
    pub expiry_timestamp_ms: i64,
    pub max_timestamp_ms: i64,
    pub token_id: Str,
    pub hmac: Bytes,
    pub throttle_time_ms: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for CreateDelegationTokenResponse {
    const SMALLEST: usize = 35;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<CreateDelegationTokenResponse, DecodeError> {
        let form = form(version);
        Ok(CreateDelegationTokenResponse {
            error_code: reader.i16()?,
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
            issue_timestamp_ms: reader.i64()?,
            expiry_timestamp_ms: reader.i64()?,
            max_timestamp_ms: reader.i64()?,
            token_id: reader.string(form)?,
            hmac: reader.bytes(form)?,
            throttle_time_ms: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
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
        writer.i64(self.issue_timestamp_ms);
        writer.i64(self.expiry_timestamp_ms);
        writer.i64(self.max_timestamp_ms);
        writer.string(form, &self.token_id)?;
        writer.bytes(form, &self.hmac)?;
        writer.i32(self.throttle_time_ms);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 30;
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
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for CreateDelegationTokenResponse {
    const NAME: &'static str = "CreateDelegationTokenResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
