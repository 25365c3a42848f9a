//! SubscriptionInfoData, versions 1 to 11.
//!
//! Generated from `definitions/records/embedded/SubscriptionInfoData.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};
use bytes::Bytes;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, array_size, bytes_size,
    nullable_string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct SubscriptionInfoData {
    pub version: i32,
    pub latest_supported_version: i32,
    pub process_id: Uuid,
    pub prev_tasks: Vec<TaskId>,
    pub standby_tasks: Vec<TaskId>,
    pub user_end_point: Bytes,
    pub task_offset_sums: Vec<TaskOffsetSum>,
    pub unique_field: i8,
    pub error_code: i32,
    pub client_tags: Vec<ClientTag>,
}

impl Default for SubscriptionInfoData {
    fn default() -> SubscriptionInfoData {
        SubscriptionInfoData {
            version: 0,
            latest_supported_version: -1,
            process_id: Uuid::ZERO,
            prev_tasks: Vec::new(),
            standby_tasks: Vec::new(),
            user_end_point: Bytes::new(),
            task_offset_sums: Vec::new(),
            unique_field: 0,
            error_code: 0,
            client_tags: Vec::new(),
        }
    }
}

impl Message for SubscriptionInfoData {
    const SMALLEST: usize = 28;

    fn decode(reader: &mut Reader, version: i16) -> Result<SubscriptionInfoData, DecodeError> {
        let form = form(version);
        Ok(SubscriptionInfoData {
            version: reader.i32()?,
            latest_supported_version: if version >= 3 { reader.i32()? } else { -1 },
            process_id: reader.uuid()?,
            prev_tasks: if version <= 6 { reader.array(version, form)? } else { Vec::new() },
            standby_tasks: if version <= 6 { reader.array(version, form)? } else { Vec::new() },
            user_end_point: if version >= 2 { reader.bytes(form)? } else { Bytes::new() },
            task_offset_sums: if version >= 7 { reader.array(version, form)? } else { Vec::new() },
            unique_field: if version >= 8 { reader.i8()? } else { 0 },
            error_code: if version >= 9 { reader.i32()? } else { 0 },
            client_tags: if version >= 11 { reader.array(version, form)? } else { Vec::new() },
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.version);
        if version >= 3 {
            writer.i32(self.latest_supported_version);
        }
        if version < 3 && self.latest_supported_version != -1 {
            return Err(EncodeError::FieldNotInVersion {
                field: "latestSupportedVersion",
                version,
            });
        }
        writer.uuid(self.process_id);
        if version <= 6 {
            writer.array(version, form, &self.prev_tasks)?;
        }
        if version > 6 && !self.prev_tasks.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "prevTasks", version });
        }
        if version <= 6 {
            writer.array(version, form, &self.standby_tasks)?;
        }
        if version > 6 && !self.standby_tasks.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "standbyTasks", version });
        }
        if version >= 2 {
            writer.bytes(form, &self.user_end_point)?;
        }
        if version < 2 && !self.user_end_point.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "userEndPoint", version });
        }
        if version >= 7 {
            writer.array(version, form, &self.task_offset_sums)?;
        }
        if version < 7 && !self.task_offset_sums.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "taskOffsetSums", version });
        }
        if version >= 8 {
            writer.i8(self.unique_field);
        }
        if version < 8 && self.unique_field != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "uniqueField", version });
        }
        if version >= 9 {
            writer.i32(self.error_code);
        }
        if version < 9 && self.error_code != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "errorCode", version });
        }
        if version >= 11 {
            writer.array(version, form, &self.client_tags)?;
        }
        if version < 11 && !self.client_tags.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "clientTags", version });
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 20;
        if version >= 3 {
            size += 4;
        }
        if version <= 6 {
            size += array_size(version, form, &self.prev_tasks);
        }
        if version <= 6 {
            size += array_size(version, form, &self.standby_tasks);
        }
        if version >= 2 {
            size += bytes_size(form, &self.user_end_point);
        }
        if version >= 7 {
            size += array_size(version, form, &self.task_offset_sums);
        }
        if version >= 8 {
            size += 1;
        }
        if version >= 9 {
            size += 4;
        }
        if version >= 11 {
            size += array_size(version, form, &self.client_tags);
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TaskId {
    pub topic_group_id: i32,
    pub partition: i32,
}

impl Message for TaskId {
    const SMALLEST: usize = 1;

    fn decode(reader: &mut Reader, version: i16) -> Result<TaskId, DecodeError> {
        Ok(TaskId {
            topic_group_id: if version <= 6 { reader.i32()? } else { 0 },
            partition: if version <= 6 { reader.i32()? } else { 0 },
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        if version <= 6 {
            writer.i32(self.topic_group_id);
        }
        if version > 6 && self.topic_group_id != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "topicGroupId", version });
        }
        if version <= 6 {
            writer.i32(self.partition);
        }
        if version > 6 && self.partition != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "partition", version });
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let mut size = 0;
        if version <= 6 {
            size += 4;
        }
        if version <= 6 {
            size += 4;
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct TaskOffsetSum {
    pub topic_group_id: i32,
    pub partition: i32,
    pub offset_sum: i64,
    pub named_topology: Option<Str>,
    pub partition_to_offset_sum: Vec<PartitionToOffsetSum>,
}

impl Default for TaskOffsetSum {
    fn default() -> TaskOffsetSum {
        TaskOffsetSum {
            topic_group_id: 0,
            partition: 0,
            offset_sum: 0,
            named_topology: Some(Str::EMPTY),
            partition_to_offset_sum: Vec::new(),
        }
    }
}

impl Message for TaskOffsetSum {
    const SMALLEST: usize = 1;

    fn decode(reader: &mut Reader, version: i16) -> Result<TaskOffsetSum, DecodeError> {
        let form = form(version);
        Ok(TaskOffsetSum {
            topic_group_id: if version >= 7 { reader.i32()? } else { 0 },
            partition: if version >= 10 { reader.i32()? } else { 0 },
            offset_sum: if version >= 10 { reader.i64()? } else { 0 },
            named_topology: if version >= 10 {
                reader.nullable_string(form)?
            } else {
                Some(Str::EMPTY)
            },
            partition_to_offset_sum: if (7..=9).contains(&version) {
                reader.array(version, form)?
            } else {
                Vec::new()
            },
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 7 {
            writer.i32(self.topic_group_id);
        }
        if version < 7 && self.topic_group_id != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "topicGroupId", version });
        }
        if version >= 10 {
            writer.i32(self.partition);
        }
        if version < 10 && self.partition != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "partition", version });
        }
        if version >= 10 {
            writer.i64(self.offset_sum);
        }
        if version < 10 && self.offset_sum != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "offsetSum", version });
        }
        if version >= 10 {
            writer.nullable_string(form, self.named_topology.as_ref())?;
        }
        if version < 10
            && self.named_topology.as_ref().is_none_or(|text| !text.as_bytes().is_empty())
        {
            return Err(EncodeError::FieldNotInVersion { field: "namedTopology", version });
        }
        if (7..=9).contains(&version) {
            writer.array(version, form, &self.partition_to_offset_sum)?;
        }
        if !(7..=9).contains(&version) && !self.partition_to_offset_sum.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "partitionToOffsetSum", version });
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 7 {
            size += 4;
        }
        if version >= 10 {
            size += 4;
        }
        if version >= 10 {
            size += 8;
        }
        if version >= 10 {
            size += nullable_string_size(form, self.named_topology.as_ref());
        }
        if (7..=9).contains(&version) {
            size += array_size(version, form, &self.partition_to_offset_sum);
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionToOffsetSum {
    pub partition: i32,
    pub offset_sum: i64,
}

impl Message for PartitionToOffsetSum {
    const SMALLEST: usize = 1;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionToOffsetSum, DecodeError> {
        Ok(PartitionToOffsetSum {
            partition: if (7..=9).contains(&version) { reader.i32()? } else { 0 },
            offset_sum: if (7..=9).contains(&version) { reader.i64()? } else { 0 },
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        if (7..=9).contains(&version) {
            writer.i32(self.partition);
        }
        if !(7..=9).contains(&version) && self.partition != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "partition", version });
        }
        if (7..=9).contains(&version) {
            writer.i64(self.offset_sum);
        }
        if !(7..=9).contains(&version) && self.offset_sum != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "offsetSum", version });
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let mut size = 0;
        if (7..=9).contains(&version) {
            size += 4;
        }
        if (7..=9).contains(&version) {
            size += 8;
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ClientTag {
    pub key: Bytes,
    pub value: Bytes,
}

impl Message for ClientTag {
    const SMALLEST: usize = 1;

    fn decode(reader: &mut Reader, version: i16) -> Result<ClientTag, DecodeError> {
        let form = form(version);
        Ok(ClientTag {
            key: if version >= 11 { reader.bytes(form)? } else { Bytes::new() },
            value: if version >= 11 { reader.bytes(form)? } else { Bytes::new() },
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 11 {
            writer.bytes(form, &self.key)?;
        }
        if version < 11 && !self.key.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "key", version });
        }
        if version >= 11 {
            writer.bytes(form, &self.value)?;
        }
        if version < 11 && !self.value.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "value", version });
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 11 {
            size += bytes_size(form, &self.key);
        }
        if version >= 11 {
            size += bytes_size(form, &self.value);
        }
        size
    }
}

impl TopLevel for SubscriptionInfoData {
    const NAME: &'static str = "SubscriptionInfoData";
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=11;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
