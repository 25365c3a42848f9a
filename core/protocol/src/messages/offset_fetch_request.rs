//! OffsetFetchRequest, versions 0 to 10.
//!
//! Generated from `definitions/009-OffsetFetch.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequest {
    pub group_id: Str,
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    pub groups: Vec<OffsetFetchRequestGroup>,
    pub require_stable: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for OffsetFetchRequest {
    fn default() -> OffsetFetchRequest {
        OffsetFetchRequest {
            group_id: Str::EMPTY,
            topics: Some(Vec::new()),
            groups: Vec::new(),
            require_stable: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for OffsetFetchRequest {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetFetchRequest, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchRequest {
            group_id: if version <= 7 { reader.string(form)? } else { Str::EMPTY },
            topics: if version <= 7 {
                if version >= 2 {
                    reader.nullable_array(version, form)?
                } else {
                    Some(reader.array(version, form)?)
                }
            } else {
                Some(Vec::new())
            },
            groups: if version >= 8 { reader.array(version, form)? } else { Vec::new() },
            require_stable: if version >= 7 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 7 {
            writer.string(form, &self.group_id)?;
        }
        if version > 7 && !self.group_id.as_bytes().is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "GroupId", version });
        }
        if version <= 7 {
            if version >= 2 {
                writer.nullable_array(version, form, self.topics.as_deref())?;
            } else {
                let Some(value) = &self.topics else {
                    return Err(EncodeError::Null { field: "Topics", version });
                };
                writer.array(version, form, value)?;
            }
        }
        if version > 7 && self.topics.as_ref().is_none_or(|items| !items.is_empty()) {
            return Err(EncodeError::FieldNotInVersion { field: "Topics", version });
        }
        if version >= 8 {
            writer.array(version, form, &self.groups)?;
        }
        if version < 8 && !self.groups.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Groups", version });
        }
        if version >= 7 {
            writer.bool(self.require_stable);
        }
        if version < 7 && self.require_stable {
            return Err(EncodeError::FieldNotInVersion { field: "RequireStable", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 7 {
            size += string_size(form, &self.group_id);
        }
        if version <= 7 {
            size += nullable_array_size(version, form, self.topics.as_deref());
        }
        if version >= 8 {
            size += array_size(version, form, &self.groups);
        }
        if version >= 7 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchRequestTopic {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for OffsetFetchRequestTopic {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetFetchRequestTopic, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchRequestTopic {
            name: reader.string(form)?,
            partition_indexes: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.array(version, form, &self.partition_indexes)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.name);
        size += array_size(version, form, &self.partition_indexes);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequestGroup {
    pub group_id: Str,
    pub member_id: Option<Str>,
    pub member_epoch: i32,
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
    pub unknown_tags: UnknownTags,
}

impl Default for OffsetFetchRequestGroup {
    fn default() -> OffsetFetchRequestGroup {
        OffsetFetchRequestGroup {
            group_id: Str::EMPTY,
            member_id: None,
            member_epoch: -1,
            topics: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for OffsetFetchRequestGroup {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetFetchRequestGroup, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchRequestGroup {
            group_id: reader.string(form)?,
            member_id: if version >= 9 { reader.nullable_string(form)? } else { None },
            member_epoch: if version >= 9 { reader.i32()? } else { -1 },
            topics: reader.nullable_array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        if version >= 9 {
            writer.nullable_string(form, self.member_id.as_ref())?;
        }
        if version >= 9 {
            writer.i32(self.member_epoch);
        }
        writer.nullable_array(version, form, self.topics.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.group_id);
        if version >= 9 {
            size += nullable_string_size(form, self.member_id.as_ref());
        }
        if version >= 9 {
            size += 4;
        }
        size += nullable_array_size(version, form, self.topics.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchRequestTopics {
    pub name: Str,
    pub topic_id: Uuid,
    pub partition_indexes: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for OffsetFetchRequestTopics {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetFetchRequestTopics, DecodeError> {
        let form = form(version);
        Ok(OffsetFetchRequestTopics {
            name: if version <= 9 { reader.string(form)? } else { Str::EMPTY },
            topic_id: if version >= 10 { reader.uuid()? } else { Uuid::ZERO },
            partition_indexes: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 9 {
            writer.string(form, &self.name)?;
        }
        if version >= 10 {
            writer.uuid(self.topic_id);
        }
        writer.array(version, form, &self.partition_indexes)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 9 {
            size += string_size(form, &self.name);
        }
        if version >= 10 {
            size += 16;
        }
        size += array_size(version, form, &self.partition_indexes);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for OffsetFetchRequest {
    const NAME: &'static str = "OffsetFetchRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=10;
    const FLEXIBLE_FROM: Option<i16> = Some(6);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 6 { Form::Flexible } else { Form::Classic }
}
