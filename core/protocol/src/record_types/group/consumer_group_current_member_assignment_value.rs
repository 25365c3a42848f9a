//! ConsumerGroupCurrentMemberAssignmentValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/008-ConsumerGroupCurrentMemberAssignment.record` by `cargo gen`; edit that file instead.

use base::Uuid;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub assigned_partitions: Vec<TopicPartitions>,
    pub partitions_pending_revocation: Vec<TopicPartitions>,
    pub unknown_tags: UnknownTags,
}

impl Message for ConsumerGroupCurrentMemberAssignmentValue {
    const SMALLEST: usize = 12;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ConsumerGroupCurrentMemberAssignmentValue, DecodeError> {
        let form = form(version);
        Ok(ConsumerGroupCurrentMemberAssignmentValue {
            member_epoch: reader.i32()?,
            previous_member_epoch: reader.i32()?,
            state: reader.i8()?,
            assigned_partitions: reader.array(version, form)?,
            partitions_pending_revocation: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.member_epoch);
        writer.i32(self.previous_member_epoch);
        writer.i8(self.state);
        writer.array(version, form, &self.assigned_partitions)?;
        writer.array(version, form, &self.partitions_pending_revocation)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 9;
        size += array_size(version, form, &self.assigned_partitions);
        size += array_size(version, form, &self.partitions_pending_revocation);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub assignment_epochs: Option<Vec<i32>>,
    pub unknown_tags: UnknownTags,
}

impl Default for TopicPartitions {
    fn default() -> TopicPartitions {
        TopicPartitions {
            topic_id: Uuid::ZERO,
            partitions: Vec::new(),
            assignment_epochs: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for TopicPartitions {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicPartitions, DecodeError> {
        let form = form(version);
        let mut message = TopicPartitions {
            topic_id: reader.uuid()?,
            partitions: reader.array(version, form)?,
            assignment_epochs: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.assignment_epochs = reader.nullable_array(version, Form::Flexible)?,
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.topic_id);
        writer.array(version, form, &self.partitions)?;
        let mut count = self.unknown_tags.len();
        if self.assignment_epochs.as_ref().is_none_or(|items| !items.is_empty()) {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.assignment_epochs.as_ref().is_none_or(|items| !items.is_empty()) {
            writer.uvarint(0);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.assignment_epochs.as_deref()))
                    as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.assignment_epochs.as_deref())?;
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += array_size(version, form, &self.partitions);
        let mut count = self.unknown_tags.len();
        if self.assignment_epochs.as_ref().is_none_or(|items| !items.is_empty()) {
            count += 1;
            size += tagged_size(
                0,
                nullable_array_size(version, Form::Flexible, self.assignment_epochs.as_deref()),
            );
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

impl TopLevel for ConsumerGroupCurrentMemberAssignmentValue {
    const NAME: &'static str = "ConsumerGroupCurrentMemberAssignmentValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
