//! FetchRequest, versions 0 to 18.
//!
//! Generated from `definitions/001-Fetch.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct FetchRequest {
    pub cluster_id: Option<Str>,
    pub replica_id: i32,
    pub replica_state: ReplicaState,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    pub max_bytes: i32,
    pub isolation_level: i8,
    pub session_id: i32,
    pub session_epoch: i32,
    pub topics: Vec<FetchTopic>,
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    pub rack_id: Str,
    pub unknown_tags: UnknownTags,
}

impl Default for FetchRequest {
    fn default() -> FetchRequest {
        FetchRequest {
            cluster_id: None,
            replica_id: -1,
            replica_state: ReplicaState::default(),
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: i32::MAX,
            isolation_level: 0,
            session_id: 0,
            session_epoch: -1,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
            rack_id: Str::EMPTY,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for FetchRequest {
    const SMALLEST: usize = 16;

    fn decode(reader: &mut Reader, version: i16) -> Result<FetchRequest, DecodeError> {
        let form = form(version);
        let mut message = FetchRequest {
            cluster_id: None,
            replica_id: if version <= 14 { reader.i32()? } else { -1 },
            replica_state: ReplicaState::default(),
            max_wait_ms: reader.i32()?,
            min_bytes: reader.i32()?,
            max_bytes: if version >= 3 { reader.i32()? } else { i32::MAX },
            isolation_level: if version >= 4 { reader.i8()? } else { 0 },
            session_id: if version >= 7 { reader.i32()? } else { 0 },
            session_epoch: if version >= 7 { reader.i32()? } else { -1 },
            topics: reader.array(version, form)?,
            forgotten_topics_data: if version >= 7 {
                reader.array(version, form)?
            } else {
                Vec::new()
            },
            rack_id: if version >= 11 { reader.string(form)? } else { Str::EMPTY },
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 12 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 => message.cluster_id = reader.nullable_string(Form::Flexible)?,
                    1 if version >= 15 => {
                        message.replica_state = ReplicaState::decode(reader, version)?
                    }
                    1 => {
                        return Err(DecodeError::TagNotInVersion {
                            at: reader.position(),
                            tag,
                            version,
                        });
                    }
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 14 {
            writer.i32(self.replica_id);
        }
        if version > 14 && self.replica_id != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "ReplicaId", version });
        }
        if version < 15 && self.replica_state != ReplicaState::default() {
            return Err(EncodeError::FieldNotInVersion { field: "ReplicaState", version });
        }
        writer.i32(self.max_wait_ms);
        writer.i32(self.min_bytes);
        if version >= 3 {
            writer.i32(self.max_bytes);
        }
        if version >= 4 {
            writer.i8(self.isolation_level);
        }
        if version >= 7 {
            writer.i32(self.session_id);
        }
        if version >= 7 {
            writer.i32(self.session_epoch);
        }
        writer.array(version, form, &self.topics)?;
        if version >= 7 {
            writer.array(version, form, &self.forgotten_topics_data)?;
        }
        if version < 7 && !self.forgotten_topics_data.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "ForgottenTopicsData", version });
        }
        if version >= 11 {
            writer.string(form, &self.rack_id)?;
        }
        if version >= 12 {
            let mut count = self.unknown_tags.len();
            if self.cluster_id.is_some() {
                count += 1;
            }
            if version >= 15 && self.replica_state != ReplicaState::default() {
                count += 1;
            }
            writer.uvarint(count as u32);
            if self.cluster_id.is_some() {
                writer.uvarint(0);
                writer.uvarint(
                    (nullable_string_size(Form::Flexible, self.cluster_id.as_ref())) as u32,
                );
                writer.nullable_string(Form::Flexible, self.cluster_id.as_ref())?;
            }
            if version >= 15 && self.replica_state != ReplicaState::default() {
                writer.uvarint(1);
                writer.uvarint((self.replica_state.size(version)) as u32);
                self.replica_state.encode(writer, version)?;
            }
            self.unknown_tags.write_between(writer, 2, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 8;
        if version <= 14 {
            size += 4;
        }
        if version >= 3 {
            size += 4;
        }
        if version >= 4 {
            size += 1;
        }
        if version >= 7 {
            size += 4;
        }
        if version >= 7 {
            size += 4;
        }
        size += array_size(version, form, &self.topics);
        if version >= 7 {
            size += array_size(version, form, &self.forgotten_topics_data);
        }
        if version >= 11 {
            size += string_size(form, &self.rack_id);
        }
        if version >= 12 {
            let mut count = self.unknown_tags.len();
            if self.cluster_id.is_some() {
                count += 1;
                size +=
                    tagged_size(0, nullable_string_size(Form::Flexible, self.cluster_id.as_ref()));
            }
            if version >= 15 && self.replica_state != ReplicaState::default() {
                count += 1;
                size += tagged_size(1, self.replica_state.size(version));
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaState {
    pub replica_id: i32,
    pub replica_epoch: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for ReplicaState {
    fn default() -> ReplicaState {
        ReplicaState { replica_id: -1, replica_epoch: -1, unknown_tags: UnknownTags::NONE }
    }
}

impl Message for ReplicaState {
    const SMALLEST: usize = 13;

    fn decode(reader: &mut Reader, version: i16) -> Result<ReplicaState, DecodeError> {
        let form = form(version);
        Ok(ReplicaState {
            replica_id: reader.i32()?,
            replica_epoch: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.replica_id);
        writer.i64(self.replica_epoch);
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

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchTopic {
    pub topic: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<FetchPartition>,
    pub unknown_tags: UnknownTags,
}

impl Message for FetchTopic {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<FetchTopic, DecodeError> {
        let form = form(version);
        Ok(FetchTopic {
            topic: if version <= 12 { reader.string(form)? } else { Str::EMPTY },
            topic_id: if version >= 13 { reader.uuid()? } else { Uuid::ZERO },
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 12 {
            writer.string(form, &self.topic)?;
        }
        if version >= 13 {
            writer.uuid(self.topic_id);
        }
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 12 {
            size += string_size(form, &self.topic);
        }
        if version >= 13 {
            size += 16;
        }
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct FetchPartition {
    pub partition: i32,
    pub current_leader_epoch: i32,
    pub fetch_offset: i64,
    pub last_fetched_epoch: i32,
    pub log_start_offset: i64,
    pub partition_max_bytes: i32,
    pub replica_directory_id: Uuid,
    pub high_watermark: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for FetchPartition {
    fn default() -> FetchPartition {
        FetchPartition {
            partition: 0,
            current_leader_epoch: -1,
            fetch_offset: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: Uuid::ZERO,
            high_watermark: i64::MAX,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for FetchPartition {
    const SMALLEST: usize = 16;

    fn decode(reader: &mut Reader, version: i16) -> Result<FetchPartition, DecodeError> {
        let mut message = FetchPartition {
            partition: reader.i32()?,
            current_leader_epoch: if version >= 9 { reader.i32()? } else { -1 },
            fetch_offset: reader.i64()?,
            last_fetched_epoch: if version >= 12 { reader.i32()? } else { -1 },
            log_start_offset: if version >= 5 { reader.i64()? } else { -1 },
            partition_max_bytes: reader.i32()?,
            replica_directory_id: Uuid::ZERO,
            high_watermark: i64::MAX,
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 12 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 if version >= 17 => message.replica_directory_id = reader.uuid()?,
                    0 => {
                        return Err(DecodeError::TagNotInVersion {
                            at: reader.position(),
                            tag,
                            version,
                        });
                    }
                    1 if version >= 18 => message.high_watermark = reader.i64()?,
                    1 => {
                        return Err(DecodeError::TagNotInVersion {
                            at: reader.position(),
                            tag,
                            version,
                        });
                    }
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.partition);
        if version >= 9 {
            writer.i32(self.current_leader_epoch);
        }
        writer.i64(self.fetch_offset);
        if version >= 12 {
            writer.i32(self.last_fetched_epoch);
        }
        if version < 12 && self.last_fetched_epoch != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "LastFetchedEpoch", version });
        }
        if version >= 5 {
            writer.i64(self.log_start_offset);
        }
        writer.i32(self.partition_max_bytes);
        if version >= 12 {
            let mut count = self.unknown_tags.len();
            if version >= 17 && self.replica_directory_id != Uuid::ZERO {
                count += 1;
            }
            if version >= 18 && self.high_watermark != i64::MAX {
                count += 1;
            }
            writer.uvarint(count as u32);
            if version >= 17 && self.replica_directory_id != Uuid::ZERO {
                writer.uvarint(0);
                writer.uvarint(16);
                writer.uuid(self.replica_directory_id);
            }
            if version >= 18 && self.high_watermark != i64::MAX {
                writer.uvarint(1);
                writer.uvarint(8);
                writer.i64(self.high_watermark);
            }
            self.unknown_tags.write_between(writer, 2, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let mut size = 16;
        if version >= 9 {
            size += 4;
        }
        if version >= 12 {
            size += 4;
        }
        if version >= 5 {
            size += 8;
        }
        if version >= 12 {
            let mut count = self.unknown_tags.len();
            if version >= 17 && self.replica_directory_id != Uuid::ZERO {
                count += 1;
                size += tagged_size(0, 16);
            }
            if version >= 18 && self.high_watermark != i64::MAX {
                count += 1;
                size += tagged_size(1, 8);
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ForgottenTopic {
    pub topic: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

impl Message for ForgottenTopic {
    const SMALLEST: usize = 3;

    fn decode(reader: &mut Reader, version: i16) -> Result<ForgottenTopic, DecodeError> {
        let form = form(version);
        Ok(ForgottenTopic {
            topic: if version <= 12 { reader.string(form)? } else { Str::EMPTY },
            topic_id: if version >= 13 { reader.uuid()? } else { Uuid::ZERO },
            partitions: reader.array(version, form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 12 {
            writer.string(form, &self.topic)?;
        }
        if version >= 13 {
            writer.uuid(self.topic_id);
        }
        writer.array(version, form, &self.partitions)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 12 {
            size += string_size(form, &self.topic);
        }
        if version >= 13 {
            size += 16;
        }
        size += array_size(version, form, &self.partitions);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for FetchRequest {
    const NAME: &'static str = "FetchRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=18;
    const FLEXIBLE_FROM: Option<i16> = Some(12);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 12 { Form::Flexible } else { Form::Classic }
}
