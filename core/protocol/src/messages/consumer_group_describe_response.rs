//! ConsumerGroupDescribeResponse, versions 0 to 1.
//!
//! Generated from `definitions/069-ConsumerGroupDescribe.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerGroupDescribeResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
    pub unknown_tags: UnknownTags,
}

impl Message for ConsumerGroupDescribeResponse {
    const SMALLEST: usize = 6;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ConsumerGroupDescribeResponse, DecodeError> {
        let form = form(version);
        Ok(ConsumerGroupDescribeResponse {
            throttle_time_ms: reader.i32()?,
            groups: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.throttle_time_ms);
        writer.array(version, form, &self.groups)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.groups);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub group_epoch: i32,
    pub assignment_epoch: i32,
    pub assignor_name: Str,
    pub members: Vec<Member>,
    pub authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for DescribedGroup {
    fn default() -> DescribedGroup {
        DescribedGroup {
            error_code: 0,
            error_message: None,
            group_id: Str::EMPTY,
            group_state: Str::EMPTY,
            group_epoch: 0,
            assignment_epoch: 0,
            assignor_name: Str::EMPTY,
            members: Vec::new(),
            authorized_operations: i32::MIN,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for DescribedGroup {
    const SMALLEST: usize = 20;

    fn decode(reader: &mut Reader, version: i16) -> Result<DescribedGroup, DecodeError> {
        let form = form(version);
        Ok(DescribedGroup {
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            group_id: reader.string(form)?,
            group_state: reader.string(form)?,
            group_epoch: reader.i32()?,
            assignment_epoch: reader.i32()?,
            assignor_name: reader.string(form)?,
            members: reader.array(version, form)?,
            authorized_operations: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        writer.string(form, &self.group_id)?;
        writer.string(form, &self.group_state)?;
        writer.i32(self.group_epoch);
        writer.i32(self.assignment_epoch);
        writer.string(form, &self.assignor_name)?;
        writer.array(version, form, &self.members)?;
        writer.i32(self.authorized_operations);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 14;
        size += nullable_string_size(form, self.error_message.as_ref());
        size += string_size(form, &self.group_id);
        size += string_size(form, &self.group_state);
        size += string_size(form, &self.assignor_name);
        size += array_size(version, form, &self.members);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub member_id: Str,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub member_epoch: i32,
    pub client_id: Str,
    pub client_host: Str,
    pub subscribed_topic_names: Vec<Str>,
    pub subscribed_topic_regex: Option<Str>,
    pub assignment: Assignment,
    pub target_assignment: Assignment,
    pub member_type: i8,
    pub unknown_tags: UnknownTags,
}

impl Default for Member {
    fn default() -> Member {
        Member {
            member_id: Str::EMPTY,
            instance_id: None,
            rack_id: None,
            member_epoch: 0,
            client_id: Str::EMPTY,
            client_host: Str::EMPTY,
            subscribed_topic_names: Vec::new(),
            subscribed_topic_regex: None,
            assignment: Assignment::default(),
            target_assignment: Assignment::default(),
            member_type: -1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for Member {
    const SMALLEST: usize = 16;

    fn decode(reader: &mut Reader, version: i16) -> Result<Member, DecodeError> {
        let form = form(version);
        Ok(Member {
            member_id: reader.string(form)?,
            instance_id: reader.nullable_string(form)?,
            rack_id: reader.nullable_string(form)?,
            member_epoch: reader.i32()?,
            client_id: reader.string(form)?,
            client_host: reader.string(form)?,
            subscribed_topic_names: reader.array(version, form)?,
            subscribed_topic_regex: reader.nullable_string(form)?,
            assignment: Assignment::decode(reader, version)?,
            target_assignment: Assignment::decode(reader, version)?,
            member_type: if version >= 1 { reader.i8()? } else { -1 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.member_id)?;
        writer.nullable_string(form, self.instance_id.as_ref())?;
        writer.nullable_string(form, self.rack_id.as_ref())?;
        writer.i32(self.member_epoch);
        writer.string(form, &self.client_id)?;
        writer.string(form, &self.client_host)?;
        writer.array(version, form, &self.subscribed_topic_names)?;
        writer.nullable_string(form, self.subscribed_topic_regex.as_ref())?;
        self.assignment.encode(writer, version)?;
        self.target_assignment.encode(writer, version)?;
        if version >= 1 {
            writer.i8(self.member_type);
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.member_id);
        size += nullable_string_size(form, self.instance_id.as_ref());
        size += nullable_string_size(form, self.rack_id.as_ref());
        size += string_size(form, &self.client_id);
        size += string_size(form, &self.client_host);
        size += array_size(version, form, &self.subscribed_topic_names);
        size += nullable_string_size(form, self.subscribed_topic_regex.as_ref());
        size += self.assignment.size(version);
        size += self.target_assignment.size(version);
        if version >= 1 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicPartitions {
    const SMALLEST: usize = 19;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicPartitions, DecodeError> {
        let form = form(version);
        Ok(TopicPartitions {
            topic_id: reader.uuid()?,
            topic_name: reader.string(form)?,
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.uuid(self.topic_id);
        writer.string(form, &self.topic_name)?;
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += string_size(form, &self.topic_name);
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Assignment {
    pub topic_partitions: Vec<TopicPartitions>,
    pub unknown_tags: UnknownTags,
}

impl Message for Assignment {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<Assignment, DecodeError> {
        let form = form(version);
        Ok(Assignment {
            topic_partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.topic_partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.topic_partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ConsumerGroupDescribeResponse {
    const NAME: &'static str = "ConsumerGroupDescribeResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
