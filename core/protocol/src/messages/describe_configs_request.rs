//! DescribeConfigsRequest, versions 0 to 4.
//!
//! Generated from `definitions/032-DescribeConfigs.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeConfigsRequest {
    pub resources: Vec<DescribeConfigsResource>,
    pub include_synonyms: bool,
    pub include_documentation: bool,
    pub unknown_tags: UnknownTags,
}

impl Message for DescribeConfigsRequest {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeConfigsRequest, DecodeError> {
        let form = form(version);
        Ok(DescribeConfigsRequest {
            resources: reader.array(version, form)?,
            include_synonyms: if version >= 1 { reader.bool()? } else { false },
            include_documentation: if version >= 3 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.resources)?;
        if version >= 1 {
            writer.bool(self.include_synonyms);
        }
        if version < 1 && self.include_synonyms {
            return Err(EncodeError::FieldNotInVersion { field: "IncludeSynonyms", version });
        }
        if version >= 3 {
            writer.bool(self.include_documentation);
        }
        if version < 3 && self.include_documentation {
            return Err(EncodeError::FieldNotInVersion { field: "IncludeDocumentation", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.resources);
        if version >= 1 {
            size += 1;
        }
        if version >= 3 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub configuration_keys: Option<Vec<Str>>,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribeConfigsResource {
    fn default() -> DescribeConfigsResource {
        DescribeConfigsResource {
            resource_type: 0,
            resource_name: Str::EMPTY,
            configuration_keys: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribeConfigsResource {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribeConfigsResource, DecodeError> {
        let form = form(version);
        Ok(DescribeConfigsResource {
            resource_type: reader.i8()?,
            resource_name: reader.string(form)?,
            configuration_keys: reader.nullable_array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i8(self.resource_type);
        writer.string(form, &self.resource_name)?;
        writer.nullable_array(version, form, self.configuration_keys.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 1;
        size += string_size(form, &self.resource_name);
        size += nullable_array_size(version, form, self.configuration_keys.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DescribeConfigsRequest {
    const NAME: &'static str = "DescribeConfigsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
