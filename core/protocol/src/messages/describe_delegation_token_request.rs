//! DescribeDelegationTokenRequest, versions 0 to 3.
//!
//! Generated from `definitions/041-DescribeDelegationToken.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_array_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeDelegationTokenRequest {
    pub owners: Option<Vec<DescribeDelegationTokenOwner>>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeDelegationTokenRequest {
    fn default() -> DescribeDelegationTokenRequest {
        DescribeDelegationTokenRequest { owners: Some(Vec::new()), unknown_tags: UnknownTags::NONE }
    }
}

impl Message for DescribeDelegationTokenRequest {
    const SMALLEST: usize = 2;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeDelegationTokenRequest, DecodeError> {
        let form = form(version);
        Ok(DescribeDelegationTokenRequest {
            owners: reader.nullable_array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_array(version, form, self.owners.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += nullable_array_size(version, form, self.owners.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeDelegationTokenOwner {
    pub principal_type: Str,
    pub principal_name: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribeDelegationTokenOwner {
    const SMALLEST: usize = 3;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeDelegationTokenOwner, DecodeError> {
        let form = form(version);
        Ok(DescribeDelegationTokenOwner {
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

impl TopLevel for DescribeDelegationTokenRequest {
    const NAME: &'static str = "DescribeDelegationTokenRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
