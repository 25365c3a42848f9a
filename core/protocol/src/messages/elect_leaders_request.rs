//! ElectLeadersRequest, versions 0 to 2.
//!
//! Generated from `definitions/043-ElectLeaders.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ElectLeadersRequest {
    pub election_type: i8,
    pub topic_partitions: Option<Vec<TopicPartitions>>,
    pub timeout_ms: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for ElectLeadersRequest {
    fn default() -> ElectLeadersRequest {
        ElectLeadersRequest {
            election_type: 0,
            topic_partitions: Some(Vec::new()),
            timeout_ms: 60000,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ElectLeadersRequest {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<ElectLeadersRequest, DecodeError> {
        let form = form(version);
        Ok(ElectLeadersRequest {
            election_type: if version >= 1 { reader.i8()? } else { 0 },
            topic_partitions: reader.nullable_array(version, form)?,
            timeout_ms: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.i8(self.election_type);
        }
        if version < 1 && self.election_type != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "ElectionType", version });
        }
        writer.nullable_array(version, form, self.topic_partitions.as_deref())?;
        writer.i32(self.timeout_ms);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        if version >= 1 {
            size += 1;
        }
        size += nullable_array_size(version, form, self.topic_partitions.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartitions {
    pub topic: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicPartitions {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicPartitions, DecodeError> {
        let form = form(version);
        Ok(TopicPartitions {
            topic: reader.string(form)?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.topic)?;
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.topic);
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ElectLeadersRequest {
    const NAME: &'static str = "ElectLeadersRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 2 { Form::Flexible } else { Form::Classic }
}
