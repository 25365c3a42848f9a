//! StreamsGroupMetadataValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/017-StreamsGroupMetadata.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_array_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct StreamsGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
    pub validated_topology_epoch: i32,
    pub last_assignment_configs: Option<Vec<LastAssignmentConfig>>,
    pub unknown_tags: UnknownTags,
}

impl Default for StreamsGroupMetadataValue {
    fn default() -> StreamsGroupMetadataValue {
        StreamsGroupMetadataValue {
            epoch: 0,
            metadata_hash: 0,
            validated_topology_epoch: -1,
            last_assignment_configs: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for StreamsGroupMetadataValue {
    const SMALLEST: usize = 13;

    fn decode(reader: &mut Reader, version: i16) -> Result<StreamsGroupMetadataValue, DecodeError> {
        let mut message = StreamsGroupMetadataValue {
            epoch: reader.i32()?,
            metadata_hash: reader.i64()?,
            validated_topology_epoch: -1,
            last_assignment_configs: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.validated_topology_epoch = reader.i32()?,
                1 => {
                    message.last_assignment_configs =
                        reader.nullable_array(version, Form::Flexible)?
                }
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.epoch);
        writer.i64(self.metadata_hash);
        let mut count = self.unknown_tags.len();
        if self.validated_topology_epoch != -1 {
            count += 1;
        }
        if self.last_assignment_configs.as_ref().is_none_or(|items| !items.is_empty()) {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.validated_topology_epoch != -1 {
            writer.uvarint(0);
            writer.uvarint(4);
            writer.i32(self.validated_topology_epoch);
        }
        if self.last_assignment_configs.as_ref().is_none_or(|items| !items.is_empty()) {
            writer.uvarint(1);
            writer.uvarint(
                (nullable_array_size(
                    version,
                    Form::Flexible,
                    self.last_assignment_configs.as_deref(),
                )) as u32,
            );
            writer.nullable_array(
                version,
                Form::Flexible,
                self.last_assignment_configs.as_deref(),
            )?;
        }
        self.unknown_tags.write_between(writer, 2, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let mut size = 12;
        let mut count = self.unknown_tags.len();
        if self.validated_topology_epoch != -1 {
            count += 1;
            size += tagged_size(0, 4);
        }
        if self.last_assignment_configs.as_ref().is_none_or(|items| !items.is_empty()) {
            count += 1;
            size += tagged_size(
                1,
                nullable_array_size(
                    version,
                    Form::Flexible,
                    self.last_assignment_configs.as_deref(),
                ),
            );
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct LastAssignmentConfig {
    pub key: Str,
    pub value: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for LastAssignmentConfig {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<LastAssignmentConfig, DecodeError> {
        let form = form(version);
        Ok(LastAssignmentConfig {
            key: reader.string(form)?,
            value: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.key)?;
        writer.string(form, &self.value)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.key);
        size += string_size(form, &self.value);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for StreamsGroupMetadataValue {
    const NAME: &'static str = "StreamsGroupMetadataValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
