//! ConsumerProtocolSubscription, versions 0 to 3.
//!
//! Generated from `definitions/records/embedded/ConsumerProtocolSubscription.record` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, array_size,
    nullable_bytes_size, nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerProtocolSubscription {
    pub topics: Vec<Str>,
    pub user_data: Option<Bytes>,
    pub owned_partitions: Vec<TopicPartition>,
    pub generation_id: i32,
    pub rack_id: Option<Str>,
}

impl Default for ConsumerProtocolSubscription {
    fn default() -> ConsumerProtocolSubscription {
        ConsumerProtocolSubscription {
            topics: Vec::new(),
            user_data: None,
            owned_partitions: Vec::new(),
            generation_id: -1,
            rack_id: None,
        }
    }
}

impl Message for ConsumerProtocolSubscription {
    const SMALLEST: usize = 8;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ConsumerProtocolSubscription, DecodeError> {
        let form = form(version);
        Ok(ConsumerProtocolSubscription {
            topics: reader.array(version, form)?,
            user_data: reader.nullable_bytes(form)?,
            owned_partitions: if version >= 1 { reader.array(version, form)? } else { Vec::new() },
            generation_id: if version >= 2 { reader.i32()? } else { -1 },
            rack_id: if version >= 3 { reader.nullable_string(form)? } else { None },
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.topics)?;
        writer.nullable_bytes(form, self.user_data.as_ref())?;
        if version >= 1 {
            writer.array(version, form, &self.owned_partitions)?;
        }
        if version >= 2 {
            writer.i32(self.generation_id);
        }
        if version >= 3 {
            writer.nullable_string(form, self.rack_id.as_ref())?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.topics);
        size += nullable_bytes_size(form, self.user_data.as_ref());
        if version >= 1 {
            size += array_size(version, form, &self.owned_partitions);
        }
        if version >= 2 {
            size += 4;
        }
        if version >= 3 {
            size += nullable_string_size(form, self.rack_id.as_ref());
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartition {
    pub topic: Str,
    pub partitions: Vec<i32>,
}

impl Message for TopicPartition {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<TopicPartition, DecodeError> {
        let form = form(version);
        Ok(TopicPartition { topic: reader.string(form)?, partitions: reader.array(version, form)? })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.topic)?;
        writer.array(version, form, &self.partitions)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.topic);
        size += array_size(version, form, &self.partitions);
        size
    }
}

impl TopLevel for ConsumerProtocolSubscription {
    const NAME: &'static str = "ConsumerProtocolSubscription";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
