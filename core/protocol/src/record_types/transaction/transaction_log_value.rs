//! TransactionLogValue, versions 0 to 1.
//!
//! Generated from `definitions/records/transaction/000-TransactionLog.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct TransactionLogValue {
    pub producer_id: i64,
    pub previous_producer_id: i64,
    pub next_producer_id: i64,
    pub producer_epoch: i16,
    pub next_producer_epoch: i16,
    pub transaction_timeout_ms: i32,
    pub transaction_status: i8,
    pub transaction_partitions: Option<Vec<PartitionsSchema>>,
    pub transaction_last_update_timestamp_ms: i64,
    pub transaction_start_timestamp_ms: i64,
    pub client_transaction_version: i16,
    pub unknown_tags: UnknownTags,
}

impl Default for TransactionLogValue {
    fn default() -> TransactionLogValue {
        TransactionLogValue {
            producer_id: 0,
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: 0,
            next_producer_epoch: -1,
            transaction_timeout_ms: 0,
            transaction_status: 0,
            transaction_partitions: Some(Vec::new()),
            transaction_last_update_timestamp_ms: 0,
            transaction_start_timestamp_ms: 0,
            client_transaction_version: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for TransactionLogValue {
    const SMALLEST: usize = 33;

    fn decode(reader: &mut Reader, version: i16) -> Result<TransactionLogValue, DecodeError> {
        let form = form(version);
        let mut message = TransactionLogValue {
            producer_id: reader.i64()?,
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: reader.i16()?,
            next_producer_epoch: -1,
            transaction_timeout_ms: reader.i32()?,
            transaction_status: reader.i8()?,
            transaction_partitions: reader.nullable_array(version, form)?,
            transaction_last_update_timestamp_ms: reader.i64()?,
            transaction_start_timestamp_ms: reader.i64()?,
            client_transaction_version: 0,
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 1 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 => message.previous_producer_id = reader.i64()?,
                    1 => message.next_producer_id = reader.i64()?,
                    2 => message.client_transaction_version = reader.i16()?,
                    3 => message.next_producer_epoch = reader.i16()?,
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i64(self.producer_id);
        if version < 1 && self.previous_producer_id != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "PreviousProducerId", version });
        }
        if version < 1 && self.next_producer_id != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "NextProducerId", version });
        }
        writer.i16(self.producer_epoch);
        if version < 1 && self.next_producer_epoch != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "NextProducerEpoch", version });
        }
        writer.i32(self.transaction_timeout_ms);
        writer.i8(self.transaction_status);
        writer.nullable_array(version, form, self.transaction_partitions.as_deref())?;
        writer.i64(self.transaction_last_update_timestamp_ms);
        writer.i64(self.transaction_start_timestamp_ms);
        if version < 1 && self.client_transaction_version != 0 {
            return Err(EncodeError::FieldNotInVersion {
                field: "ClientTransactionVersion",
                version,
            });
        }
        if version >= 1 {
            let mut count = self.unknown_tags.len();
            if self.previous_producer_id != -1 {
                count += 1;
            }
            if self.next_producer_id != -1 {
                count += 1;
            }
            if self.client_transaction_version != 0 {
                count += 1;
            }
            if self.next_producer_epoch != -1 {
                count += 1;
            }
            writer.uvarint(count as u32);
            if self.previous_producer_id != -1 {
                writer.uvarint(0);
                writer.uvarint(8);
                writer.i64(self.previous_producer_id);
            }
            if self.next_producer_id != -1 {
                writer.uvarint(1);
                writer.uvarint(8);
                writer.i64(self.next_producer_id);
            }
            if self.client_transaction_version != 0 {
                writer.uvarint(2);
                writer.uvarint(2);
                writer.i16(self.client_transaction_version);
            }
            if self.next_producer_epoch != -1 {
                writer.uvarint(3);
                writer.uvarint(2);
                writer.i16(self.next_producer_epoch);
            }
            self.unknown_tags.write_between(writer, 4, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 31;
        size += nullable_array_size(version, form, self.transaction_partitions.as_deref());
        if version >= 1 {
            let mut count = self.unknown_tags.len();
            if self.previous_producer_id != -1 {
                count += 1;
                size += tagged_size(0, 8);
            }
            if self.next_producer_id != -1 {
                count += 1;
                size += tagged_size(1, 8);
            }
            if self.client_transaction_version != 0 {
                count += 1;
                size += tagged_size(2, 2);
            }
            if self.next_producer_epoch != -1 {
                count += 1;
                size += tagged_size(3, 2);
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionsSchema {
    pub topic: Str,
    pub partition_ids: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for PartitionsSchema {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionsSchema, DecodeError> {
        let form = form(version);
        Ok(PartitionsSchema {
            topic: reader.string(form)?,
            partition_ids: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.topic)?;
        writer.array(version, form, &self.partition_ids)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.topic);
        size += array_size(version, form, &self.partition_ids);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for TransactionLogValue {
    const NAME: &'static str = "TransactionLogValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: Option<i16> = Some(1);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 1 { Form::Flexible } else { Form::Classic }
}
