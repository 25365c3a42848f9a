//! MetadataRequest, versions 0 to 13.
//!
//! Generated from `definitions/003-Metadata.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_array_size, nullable_string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataRequest {
    pub topics: Option<Vec<MetadataRequestTopic>>,
    pub allow_auto_topic_creation: bool,
    pub include_cluster_authorized_operations: bool,
    pub include_topic_authorized_operations: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for MetadataRequest {
    fn default() -> MetadataRequest {
        MetadataRequest {
            topics: Some(Vec::new()),
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: false,
            include_topic_authorized_operations: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for MetadataRequest {
    const SMALLEST: usize = 4;

    fn decode(reader: &mut Reader, version: i16) -> Result<MetadataRequest, DecodeError> {
        let form = form(version);
        Ok(MetadataRequest {
            topics: if version >= 1 {
                reader.nullable_array(version, form)?
            } else {
                Some(reader.array(version, form)?)
            },
            allow_auto_topic_creation: if version >= 4 { reader.bool()? } else { true },
            include_cluster_authorized_operations: if (8..=10).contains(&version) {
                reader.bool()?
            } else {
                false
            },
            include_topic_authorized_operations: if version >= 8 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.nullable_array(version, form, self.topics.as_deref())?;
        } else {
            let Some(value) = &self.topics else {
                return Err(EncodeError::Null { field: "Topics", version });
            };
            writer.array(version, form, value)?;
        }
        if version >= 4 {
            writer.bool(self.allow_auto_topic_creation);
        }
        if version < 4 && !self.allow_auto_topic_creation {
            return Err(EncodeError::FieldNotInVersion {
                field: "AllowAutoTopicCreation",
                version,
            });
        }
        if (8..=10).contains(&version) {
            writer.bool(self.include_cluster_authorized_operations);
        }
        if !(8..=10).contains(&version) && self.include_cluster_authorized_operations {
            return Err(EncodeError::FieldNotInVersion {
                field: "IncludeClusterAuthorizedOperations",
                version,
            });
        }
        if version >= 8 {
            writer.bool(self.include_topic_authorized_operations);
        }
        if version < 8 && self.include_topic_authorized_operations {
            return Err(EncodeError::FieldNotInVersion {
                field: "IncludeTopicAuthorizedOperations",
                version,
            });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += nullable_array_size(version, form, self.topics.as_deref());
        if version >= 4 {
            size += 1;
        }
        if (8..=10).contains(&version) {
            size += 1;
        }
        if version >= 8 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataRequestTopic {
    pub topic_id: Uuid,
    pub name: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for MetadataRequestTopic {
    fn default() -> MetadataRequestTopic {
        MetadataRequestTopic {
            topic_id: Uuid::ZERO,
            name: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for MetadataRequestTopic {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<MetadataRequestTopic, DecodeError> {
        let form = form(version);
        Ok(MetadataRequestTopic {
            topic_id: if version >= 10 { reader.uuid()? } else { Uuid::ZERO },
            name: if version >= 10 {
                reader.nullable_string(form)?
            } else {
                Some(reader.string(form)?)
            },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 10 {
            writer.uuid(self.topic_id);
        }
        if version >= 10 {
            writer.nullable_string(form, self.name.as_ref())?;
        } else {
            let Some(value) = &self.name else {
                return Err(EncodeError::Null { field: "Name", version });
            };
            writer.string(form, value)?;
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 10 {
            size += 16;
        }
        size += nullable_string_size(form, self.name.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for MetadataRequest {
    const NAME: &'static str = "MetadataRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=13;
    const FLEXIBLE_FROM: Option<i16> = Some(9);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 9 { Form::Flexible } else { Form::Classic }
}
