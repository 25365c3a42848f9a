//! PartitionRecord, versions 0 to 2.
//!
//! Generated from `definitions/records/metadata/003-PartitionRecord.record` by `cargo gen`; edit that file instead.

use base::Uuid;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionRecord {
    pub partition_id: i32,
    pub topic_id: Uuid,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    pub removing_replicas: Vec<i32>,
    pub adding_replicas: Vec<i32>,
    pub leader: i32,
    pub leader_recovery_state: i8,
    pub leader_epoch: i32,
    pub partition_epoch: i32,
    pub directories: Vec<Uuid>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
    pub unknown_tags: UnknownTags,
}

impl Default for PartitionRecord {
    fn default() -> PartitionRecord {
        PartitionRecord {
            partition_id: -1,
            topic_id: Uuid::ZERO,
            replicas: Vec::new(),
            isr: Vec::new(),
            removing_replicas: Vec::new(),
            adding_replicas: Vec::new(),
            leader: -1,
            leader_recovery_state: 0,
            leader_epoch: -1,
            partition_epoch: -1,
            directories: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for PartitionRecord {
    const SMALLEST: usize = 37;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionRecord, DecodeError> {
        let form = form(version);
        let mut message = PartitionRecord {
            partition_id: reader.i32()?,
            topic_id: reader.uuid()?,
            replicas: reader.array(version, form)?,
            isr: reader.array(version, form)?,
            removing_replicas: reader.array(version, form)?,
            adding_replicas: reader.array(version, form)?,
            leader: reader.i32()?,
            leader_recovery_state: 0,
            leader_epoch: reader.i32()?,
            partition_epoch: reader.i32()?,
            directories: if version >= 1 { reader.array(version, form)? } else { Vec::new() },
            eligible_leader_replicas: None,
            last_known_elr: None,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.leader_recovery_state = reader.i8()?,
                1 if version >= 2 => {
                    message.eligible_leader_replicas =
                        reader.nullable_array(version, Form::Flexible)?
                }
                1 => {
                    return Err(DecodeError::TagNotInVersion {
                        at: reader.position(),
                        tag,
                        version,
                    });
                }
                2 if version >= 2 => {
                    message.last_known_elr = reader.nullable_array(version, Form::Flexible)?
                }
                2 => {
                    return Err(DecodeError::TagNotInVersion {
                        at: reader.position(),
                        tag,
                        version,
                    });
                }
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.partition_id);
        writer.uuid(self.topic_id);
        writer.array(version, form, &self.replicas)?;
        writer.array(version, form, &self.isr)?;
        writer.array(version, form, &self.removing_replicas)?;
        writer.array(version, form, &self.adding_replicas)?;
        writer.i32(self.leader);
        writer.i32(self.leader_epoch);
        writer.i32(self.partition_epoch);
        if version >= 1 {
            writer.array(version, form, &self.directories)?;
        }
        if version < 1 && !self.directories.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Directories", version });
        }
        if version < 2 && self.eligible_leader_replicas.is_some() {
            return Err(EncodeError::FieldNotInVersion {
                field: "EligibleLeaderReplicas",
                version,
            });
        }
        if version < 2 && self.last_known_elr.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "LastKnownElr", version });
        }
        let mut count = self.unknown_tags.len();
        if self.leader_recovery_state != 0 {
            count += 1;
        }
        if version >= 2 && self.eligible_leader_replicas.is_some() {
            count += 1;
        }
        if version >= 2 && self.last_known_elr.is_some() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.leader_recovery_state != 0 {
            writer.uvarint(0);
            writer.uvarint(1);
            writer.i8(self.leader_recovery_state);
        }
        if version >= 2 && self.eligible_leader_replicas.is_some() {
            writer.uvarint(1);
            writer.uvarint(
                (nullable_array_size(
                    version,
                    Form::Flexible,
                    self.eligible_leader_replicas.as_deref(),
                )) as u32,
            );
            writer.nullable_array(
                version,
                Form::Flexible,
                self.eligible_leader_replicas.as_deref(),
            )?;
        }
        if version >= 2 && self.last_known_elr.is_some() {
            writer.uvarint(2);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.last_known_elr.as_deref()))
                    as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.last_known_elr.as_deref())?;
        }
        self.unknown_tags.write_between(writer, 3, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 32;
        size += array_size(version, form, &self.replicas);
        size += array_size(version, form, &self.isr);
        size += array_size(version, form, &self.removing_replicas);
        size += array_size(version, form, &self.adding_replicas);
        if version >= 1 {
            size += array_size(version, form, &self.directories);
        }
        let mut count = self.unknown_tags.len();
        if self.leader_recovery_state != 0 {
            count += 1;
            size += tagged_size(0, 1);
        }
        if version >= 2 && self.eligible_leader_replicas.is_some() {
            count += 1;
            size += tagged_size(
                1,
                nullable_array_size(
                    version,
                    Form::Flexible,
                    self.eligible_leader_replicas.as_deref(),
                ),
            );
        }
        if version >= 2 && self.last_known_elr.is_some() {
            count += 1;
            size += tagged_size(
                2,
                nullable_array_size(version, Form::Flexible, self.last_known_elr.as_deref()),
            );
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

impl TopLevel for PartitionRecord {
    const NAME: &'static str = "PartitionRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
