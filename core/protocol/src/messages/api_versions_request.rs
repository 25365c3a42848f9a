//! ApiVersionsRequest, versions 0 to 4.
//!
//! Generated from `definitions/018-ApiVersions.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ApiVersionsRequest {
    pub client_software_name: Str,
    pub client_software_version: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for ApiVersionsRequest {
    const SMALLEST: usize = 1;

    fn decode(reader: &mut Reader, version: i16) -> Result<ApiVersionsRequest, DecodeError> {
        let form = form(version);
        Ok(ApiVersionsRequest {
            client_software_name: if version >= 3 { reader.string(form)? } else { Str::EMPTY },
            client_software_version: if version >= 3 { reader.string(form)? } else { Str::EMPTY },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 3 {
            writer.string(form, &self.client_software_name)?;
        }
        if version >= 3 {
            writer.string(form, &self.client_software_version)?;
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 3 {
            size += string_size(form, &self.client_software_name);
        }
        if version >= 3 {
            size += string_size(form, &self.client_software_version);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ApiVersionsRequest {
    const NAME: &'static str = "ApiVersionsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
