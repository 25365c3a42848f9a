//! AssignReplicasToDirsRequest, versions 0 to 0.
//!
//! Generated from `definitions/073-AssignReplicasToDirs.api` by `cargo gen`; edit that file instead.

use base::Uuid;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct AssignReplicasToDirsRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub directories: Vec<DirectoryData>,
    pub unknown_tags: UnknownTags,
}

impl Default for AssignReplicasToDirsRequest {
    fn default() -> AssignReplicasToDirsRequest {
        AssignReplicasToDirsRequest {
            broker_id: 0,
            broker_epoch: -1,
            directories: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for AssignReplicasToDirsRequest {
    const SMALLEST: usize = 14;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<AssignReplicasToDirsRequest, DecodeError> {
        let form = form(version);
        Ok(AssignReplicasToDirsRequest {
            broker_id: reader.i32()?,
            broker_epoch: reader.i64()?,
            directories: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.broker_id);
        writer.i64(self.broker_epoch);
        writer.array(version, form, &self.directories)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += array_size(version, form, &self.directories);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DirectoryData {
    pub id: Uuid,
    pub topics: Vec<TopicData>,
    pub unknown_tags: UnknownTags,
}

impl Message for DirectoryData {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<DirectoryData, DecodeError> {
        let form = form(version);
        Ok(DirectoryData {
            id: reader.uuid()?,
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.id);
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicData {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicData, DecodeError> {
        let form = form(version);
        Ok(TopicData {
            topic_id: reader.uuid()?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.topic_id);
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    pub partition_index: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionData {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionData, DecodeError> {
        let form = form(version);
        Ok(PartitionData {
            partition_index: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AssignReplicasToDirsRequest {
    const NAME: &'static str = "AssignReplicasToDirsRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
