//! PartitionChangeRecord, versions 0 to 2.
//!
//! Generated from `definitions/records/metadata/005-PartitionChangeRecord.record` by `cargo gen`; edit that file instead.

use base::Uuid;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    nullable_array_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionChangeRecord {
    pub partition_id: i32,
    pub topic_id: Uuid,
    pub isr: Option<Vec<i32>>,
    pub leader: i32,
    pub replicas: Option<Vec<i32>>,
    pub removing_replicas: Option<Vec<i32>>,
    pub adding_replicas: Option<Vec<i32>>,
    pub leader_recovery_state: i8,
    pub directories: Option<Vec<Uuid>>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
    pub unknown_tags: UnknownTags,
}

impl Default for PartitionChangeRecord {
    fn default() -> PartitionChangeRecord {
        PartitionChangeRecord {
            partition_id: -1,
            topic_id: Uuid::ZERO,
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for PartitionChangeRecord {
    const SMALLEST: usize = 21;

    fn decode(reader: &mut Reader, version: i16) -> Result<PartitionChangeRecord, DecodeError> {
        let mut message = PartitionChangeRecord {
            partition_id: reader.i32()?,
            topic_id: reader.uuid()?,
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.isr = reader.nullable_array(version, Form::Flexible)?,
                1 => message.leader = reader.i32()?,
                2 => message.replicas = reader.nullable_array(version, Form::Flexible)?,
                3 => message.removing_replicas = reader.nullable_array(version, Form::Flexible)?,
                4 => message.adding_replicas = reader.nullable_array(version, Form::Flexible)?,
                5 => message.leader_recovery_state = reader.i8()?,
                6 if version >= 2 => {
                    message.eligible_leader_replicas =
                        reader.nullable_array(version, Form::Flexible)?
                }
                6 => {
                    return Err(DecodeError::TagNotInVersion {
                        at: reader.position(),
                        tag,
                        version,
                    });
                }
                7 if version >= 2 => {
                    message.last_known_elr = reader.nullable_array(version, Form::Flexible)?
                }
                7 => {
                    return Err(DecodeError::TagNotInVersion {
                        at: reader.position(),
                        tag,
                        version,
                    });
                }
                8 if version >= 1 => {
                    message.directories = reader.nullable_array(version, Form::Flexible)?
                }
                8 => {
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
        writer.i32(self.partition_id);
        writer.uuid(self.topic_id);
        if version < 1 && self.directories.is_some() {
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
        if self.isr.is_some() {
            count += 1;
        }
        if self.leader != -2 {
            count += 1;
        }
        if self.replicas.is_some() {
            count += 1;
        }
        if self.removing_replicas.is_some() {
            count += 1;
        }
        if self.adding_replicas.is_some() {
            count += 1;
        }
        if self.leader_recovery_state != -1 {
            count += 1;
        }
        if version >= 2 && self.eligible_leader_replicas.is_some() {
            count += 1;
        }
        if version >= 2 && self.last_known_elr.is_some() {
            count += 1;
        }
        if version >= 1 && self.directories.is_some() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.isr.is_some() {
            writer.uvarint(0);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.isr.as_deref())) as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.isr.as_deref())?;
        }
        if self.leader != -2 {
            writer.uvarint(1);
            writer.uvarint(4);
            writer.i32(self.leader);
        }
        if self.replicas.is_some() {
            writer.uvarint(2);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.replicas.as_deref())) as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.replicas.as_deref())?;
        }
        if self.removing_replicas.is_some() {
            writer.uvarint(3);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.removing_replicas.as_deref()))
                    as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.removing_replicas.as_deref())?;
        }
        if self.adding_replicas.is_some() {
            writer.uvarint(4);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.adding_replicas.as_deref()))
                    as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.adding_replicas.as_deref())?;
        }
        if self.leader_recovery_state != -1 {
            writer.uvarint(5);
            writer.uvarint(1);
            writer.i8(self.leader_recovery_state);
        }
        if version >= 2 && self.eligible_leader_replicas.is_some() {
            writer.uvarint(6);
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
            writer.uvarint(7);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.last_known_elr.as_deref()))
                    as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.last_known_elr.as_deref())?;
        }
        if version >= 1 && self.directories.is_some() {
            writer.uvarint(8);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.directories.as_deref())) as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.directories.as_deref())?;
        }
        self.unknown_tags.write_between(writer, 9, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let mut size = 20;
        let mut count = self.unknown_tags.len();
        if self.isr.is_some() {
            count += 1;
            size +=
                tagged_size(0, nullable_array_size(version, Form::Flexible, self.isr.as_deref()));
        }
        if self.leader != -2 {
            count += 1;
            size += tagged_size(1, 4);
        }
        if self.replicas.is_some() {
            count += 1;
            size += tagged_size(
                2,
                nullable_array_size(version, Form::Flexible, self.replicas.as_deref()),
            );
        }
        if self.removing_replicas.is_some() {
            count += 1;
            size += tagged_size(
                3,
                nullable_array_size(version, Form::Flexible, self.removing_replicas.as_deref()),
            );
        }
        if self.adding_replicas.is_some() {
            count += 1;
            size += tagged_size(
                4,
                nullable_array_size(version, Form::Flexible, self.adding_replicas.as_deref()),
            );
        }
        if self.leader_recovery_state != -1 {
            count += 1;
            size += tagged_size(5, 1);
        }
        if version >= 2 && self.eligible_leader_replicas.is_some() {
            count += 1;
            size += tagged_size(
                6,
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
                7,
                nullable_array_size(version, Form::Flexible, self.last_known_elr.as_deref()),
            );
        }
        if version >= 1 && self.directories.is_some() {
            count += 1;
            size += tagged_size(
                8,
                nullable_array_size(version, Form::Flexible, self.directories.as_deref()),
            );
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

impl TopLevel for PartitionChangeRecord {
    const NAME: &'static str = "PartitionChangeRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}
