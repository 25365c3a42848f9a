//! ConsumerGroupHeartbeatRequest, versions 0 to 1.
//!
//! Generated from `definitions/068-ConsumerGroupHeartbeat.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerGroupHeartbeatRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub member_epoch: i32,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub rebalance_timeout_ms: i32,
    pub subscribed_topic_names: Option<Vec<Str>>,
    pub subscribed_topic_regex: Option<Str>,
    pub server_assignor: Option<Str>,
    pub topic_partitions: Option<Vec<TopicPartitions>>,
    pub unknown_tags: UnknownTags,
}

impl Default for ConsumerGroupHeartbeatRequest {
    fn default() -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest {
            group_id: Str::EMPTY,
            member_id: Str::EMPTY,
            member_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            subscribed_topic_names: None,
            subscribed_topic_regex: None,
            server_assignor: None,
            topic_partitions: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ConsumerGroupHeartbeatRequest {
    const SMALLEST: usize = 16;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ConsumerGroupHeartbeatRequest, DecodeError> {
        let form = form(version);
        Ok(ConsumerGroupHeartbeatRequest {
            group_id: reader.string(form)?,
            member_id: reader.string(form)?,
            member_epoch: reader.i32()?,
            instance_id: reader.nullable_string(form)?,
            rack_id: reader.nullable_string(form)?,
            rebalance_timeout_ms: reader.i32()?,
            subscribed_topic_names: reader.nullable_array(version, form)?,
            subscribed_topic_regex: if version >= 1 { reader.nullable_string(form)? } else { None },
            server_assignor: reader.nullable_string(form)?,
            topic_partitions: reader.nullable_array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.string(form, &self.member_id)?;
        writer.i32(self.member_epoch);
        writer.nullable_string(form, self.instance_id.as_ref())?;
        writer.nullable_string(form, self.rack_id.as_ref())?;
        writer.i32(self.rebalance_timeout_ms);
        writer.nullable_array(version, form, self.subscribed_topic_names.as_deref())?;
        if version >= 1 {
            writer.nullable_string(form, self.subscribed_topic_regex.as_ref())?;
        }
        if version < 1 && self.subscribed_topic_regex.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "SubscribedTopicRegex", version });
        }
        writer.nullable_string(form, self.server_assignor.as_ref())?;
        writer.nullable_array(version, form, self.topic_partitions.as_deref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        size += string_size(form, &self.group_id);
        size += string_size(form, &self.member_id);
        size += nullable_string_size(form, self.instance_id.as_ref());
        size += nullable_string_size(form, self.rack_id.as_ref());
        size += nullable_array_size(version, form, self.subscribed_topic_names.as_deref());
        if version >= 1 {
            size += nullable_string_size(form, self.subscribed_topic_regex.as_ref());
        }
        size += nullable_string_size(form, self.server_assignor.as_ref());
        size += nullable_array_size(version, form, self.topic_partitions.as_deref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for TopicPartitions {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicPartitions, DecodeError> {
        let form = form(version);
        Ok(TopicPartitions {
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

impl TopLevel for ConsumerGroupHeartbeatRequest {
    const NAME: &'static str = "ConsumerGroupHeartbeatRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
