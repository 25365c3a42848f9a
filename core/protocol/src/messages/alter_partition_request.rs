//! AlterPartitionRequest, versions 0 to 3.
//!
//! Generated from `definitions/056-AlterPartition.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub topics: Vec<TopicData>,
    pub unknown_tags: UnknownTags,
}

impl Default for AlterPartitionRequest {
    fn default() -> AlterPartitionRequest {
        AlterPartitionRequest {
            broker_id: 0,
            broker_epoch: -1,
            topics: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for AlterPartitionRequest {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<AlterPartitionRequest, DecodeError> {
        let form = form(version);
        Ok(AlterPartitionRequest {
            broker_id: reader.i32()?,
            broker_epoch: reader.i64()?,
            topics: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.broker_id);
        writer.i64(self.broker_epoch);
        writer.array(version, form, &self.topics)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicData {
    pub topic_name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicData {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicData, DecodeError> {
        let form = form(version);
        Ok(TopicData {
            topic_name: if version <= 1 { reader.string(form)? } else { Str::EMPTY },
            topic_id: if version >= 2 { reader.uuid()? } else { Uuid::ZERO },
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 1 {
            writer.string(form, &self.topic_name)?;
        }
        if version >= 2 {
            writer.uuid(self.topic_id);
        }
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 1 {
            size += string_size(form, &self.topic_name);
        }
        if version >= 2 {
            size += 16;
        }
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    pub partition_index: i32,
    pub leader_epoch: i32,
    pub new_isr: Vec<i32>,
    pub new_isr_with_epochs: Vec<BrokerState>,
    pub leader_recovery_state: i8,
    pub partition_epoch: i32,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionData {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionData, DecodeError> {
        let form = form(version);
        Ok(PartitionData {
            partition_index: reader.i32()?,
            leader_epoch: reader.i32()?,
            new_isr: if version <= 2 { reader.array(version, form)? } else { Vec::new() },
            new_isr_with_epochs: if version >= 3 {
                reader.array(version, form)?
            } else {
                Vec::new()
            },
            leader_recovery_state: if version >= 1 { reader.i8()? } else { 0 },
            partition_epoch: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_index);
        writer.i32(self.leader_epoch);
        if version <= 2 {
            writer.array(version, form, &self.new_isr)?;
        }
        if version > 2 && !self.new_isr.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "NewIsr", version });
        }
        if version >= 3 {
            writer.array(version, form, &self.new_isr_with_epochs)?;
        }
        if version < 3 && !self.new_isr_with_epochs.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "NewIsrWithEpochs", version });
        }
        if version >= 1 {
            writer.i8(self.leader_recovery_state);
        }
        if version < 1 && self.leader_recovery_state != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "LeaderRecoveryState", version });
        }
        writer.i32(self.partition_epoch);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        if version <= 2 {
            size += array_size(version, form, &self.new_isr);
        }
        if version >= 3 {
            size += array_size(version, form, &self.new_isr_with_epochs);
        }
        if version >= 1 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct BrokerState {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for BrokerState {
    fn default() -> BrokerState {
        BrokerState { broker_id: 0, broker_epoch: -1, unknown_tags: UnknownTags::NONE }
    }
}

impl Message for BrokerState {
    const SMALLEST: usize = 13;

    fn decode(reader: &mut Reader, version: i16) -> Result<BrokerState, DecodeError> {
        let form = form(version);
        Ok(BrokerState {
            broker_id: reader.i32()?,
            broker_epoch: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.broker_id);
        writer.i64(self.broker_epoch);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for AlterPartitionRequest {
    const NAME: &'static str = "AlterPartitionRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
