//! ConsumerProtocolAssignment, versions 0 to 3.
//!
//! Generated from `definitions/records/embedded/ConsumerProtocolAssignment.record` by `cargo gen`; edit that file instead.

use base::Str;
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, array_size,
    nullable_bytes_size, string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerProtocolAssignment {
    pub assigned_partitions: Vec<TopicPartition>,
    pub user_data: Option<Bytes>,
}

impl Message for ConsumerProtocolAssignment {
    const SMALLEST: usize = 8;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ConsumerProtocolAssignment, DecodeError> {
        let form = form(version);
        Ok(ConsumerProtocolAssignment {
            assigned_partitions: reader.array(version, form)?,
            user_data: reader.nullable_bytes(form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.assigned_partitions)?;
        writer.nullable_bytes(form, self.user_data.as_ref())?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += array_size(version, form, &self.assigned_partitions);
        size += nullable_bytes_size(form, self.user_data.as_ref());
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

impl TopLevel for ConsumerProtocolAssignment {
    const NAME: &'static str = "ConsumerProtocolAssignment";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
