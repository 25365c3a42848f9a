//! StreamsGroupCurrentMemberAssignmentValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/022-StreamsGroupCurrentMemberAssignment.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct StreamsGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
    pub active_tasks_pending_revocation: Vec<TaskIds>,
    pub standby_tasks_pending_revocation: Vec<TaskIds>,
    pub warmup_tasks_pending_revocation: Vec<TaskIds>,
    pub unknown_tags: UnknownTags,
}

impl Message for StreamsGroupCurrentMemberAssignmentValue {
    const SMALLEST: usize = 16;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<StreamsGroupCurrentMemberAssignmentValue, DecodeError> {
        let form = form(version);
        Ok(StreamsGroupCurrentMemberAssignmentValue {
            member_epoch: reader.i32()?,
            previous_member_epoch: reader.i32()?,
            state: reader.i8()?,
            active_tasks: reader.array(version, form)?,
            standby_tasks: reader.array(version, form)?,
            warmup_tasks: reader.array(version, form)?,
            active_tasks_pending_revocation: reader.array(version, form)?,
            standby_tasks_pending_revocation: reader.array(version, form)?,
            warmup_tasks_pending_revocation: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.member_epoch);
        writer.i32(self.previous_member_epoch);
        writer.i8(self.state);
        writer.array(version, form, &self.active_tasks)?;
        writer.array(version, form, &self.standby_tasks)?;
        writer.array(version, form, &self.warmup_tasks)?;
        writer.array(version, form, &self.active_tasks_pending_revocation)?;
        writer.array(version, form, &self.standby_tasks_pending_revocation)?;
        writer.array(version, form, &self.warmup_tasks_pending_revocation)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 9;
        size += array_size(version, form, &self.active_tasks);
        size += array_size(version, form, &self.standby_tasks);
        size += array_size(version, form, &self.warmup_tasks);
        size += array_size(version, form, &self.active_tasks_pending_revocation);
        size += array_size(version, form, &self.standby_tasks_pending_revocation);
        size += array_size(version, form, &self.warmup_tasks_pending_revocation);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
    pub assignment_epochs: Option<Vec<i32>>,
    pub unknown_tags: UnknownTags,
}

impl Default for TaskIds {
    fn default() -> TaskIds {
        TaskIds {
            subtopology_id: Str::EMPTY,
            partitions: Vec::new(),
            assignment_epochs: Some(Vec::new()),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for TaskIds {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<TaskIds, DecodeError> {
        let form = form(version);
        let mut message = TaskIds {
            subtopology_id: reader.string(form)?,
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
        writer.string(form, &self.subtopology_id)?;
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
        let mut size = 0;
        size += string_size(form, &self.subtopology_id);
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

impl TopLevel for StreamsGroupCurrentMemberAssignmentValue {
    const NAME: &'static str = "StreamsGroupCurrentMemberAssignmentValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
