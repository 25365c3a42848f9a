//! DescribeUserScramCredentialsRequest, versions 0 to 0.
//!
//! Generated from `definitions/050-DescribeUserScramCredentials.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_array_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeUserScramCredentialsRequest {
    pub users: Option<Vec<UserName>>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeUserScramCredentialsRequest {
    fn default() -> DescribeUserScramCredentialsRequest {
        DescribeUserScramCredentialsRequest {
            users: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeUserScramCredentialsRequest {
    const SMALLEST: usize = 2;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<DescribeUserScramCredentialsRequest, DecodeError> {
        let form = form(version);
        Ok(DescribeUserScramCredentialsRequest {
            users: reader.nullable_array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.nullable_array(version, form, self.users.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += nullable_array_size(version, form, self.users.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct UserName {
    pub name: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for UserName {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<UserName, DecodeError> {
        let form = form(version);
        Ok(UserName {
            name: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeUserScramCredentialsRequest {
    const NAME: &'static str = "DescribeUserScramCredentialsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
