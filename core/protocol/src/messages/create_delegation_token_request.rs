//! CreateDelegationTokenRequest, versions 0 to 3.
//!
//! Generated from `definitions/038-CreateDelegationToken.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct CreateDelegationTokenRequest {
    pub owner_principal_type: Option<Str>,
    pub owner_principal_name: Option<Str>,
    pub renewers: Vec<CreatableRenewers>,
    pub max_lifetime_ms: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for CreateDelegationTokenRequest {
    fn default() -> CreateDelegationTokenRequest {
        CreateDelegationTokenRequest {
            owner_principal_type: Some(Str::EMPTY),
            owner_principal_name: Some(Str::EMPTY),
            renewers: Vec::new(),
            max_lifetime_ms: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for CreateDelegationTokenRequest {
    const SMALLEST: usize = 10;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<CreateDelegationTokenRequest, DecodeError> {
        let form = form(version);
        Ok(CreateDelegationTokenRequest {
            owner_principal_type: if version >= 3 {
                reader.nullable_string(form)?
            } else {
                Some(Str::EMPTY)
            },
            owner_principal_name: if version >= 3 {
                reader.nullable_string(form)?
            } else {
                Some(Str::EMPTY)
            },
            renewers: reader.array(version, form)?,
            max_lifetime_ms: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 3 {
            writer.nullable_string(form, self.owner_principal_type.as_ref())?;
        }
        if version < 3
            && self.owner_principal_type.as_ref().is_none_or(|text| !text.as_bytes().is_empty())
        {
            return Err(EncodeError::FieldNotInVersion { field: "OwnerPrincipalType", version });
        }
        if version >= 3 {
            writer.nullable_string(form, self.owner_principal_name.as_ref())?;
        }
        if version < 3
            && self.owner_principal_name.as_ref().is_none_or(|text| !text.as_bytes().is_empty())
        {
            return Err(EncodeError::FieldNotInVersion { field: "OwnerPrincipalName", version });
        }
        writer.array(version, form, &self.renewers)?;
        writer.i64(self.max_lifetime_ms);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        if version >= 3 {
            size += nullable_string_size(form, self.owner_principal_type.as_ref());
        }
        if version >= 3 {
            size += nullable_string_size(form, self.owner_principal_name.as_ref());
        }
        size += array_size(version, form, &self.renewers);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatableRenewers {
    pub principal_type: Str,
    pub principal_name: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for CreatableRenewers {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<CreatableRenewers, DecodeError> {
        let form = form(version);
        Ok(CreatableRenewers {
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

impl TopLevel for CreateDelegationTokenRequest {
    const NAME: &'static str = "CreateDelegationTokenRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
