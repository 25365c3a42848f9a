//! BrokerRegistrationChangeRecord, versions 0 to 3.
//!
//! Generated from `definitions/records/metadata/017-BrokerRegistrationChangeRecord.record` by `cargo gen`; edit that file instead.

use base::Uuid;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct BrokerRegistrationChangeRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub fenced: i8,
    pub in_controlled_shutdown: i8,
    pub log_dirs: Vec<Uuid>,
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
    pub unknown_tags: UnknownTags,
}

impl Message for BrokerRegistrationChangeRecord {
    const SMALLEST: usize = 13;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<BrokerRegistrationChangeRecord, DecodeError> {
        let mut message = BrokerRegistrationChangeRecord {
            broker_id: reader.i32()?,
            broker_epoch: reader.i64()?,
            fenced: 0,
            in_controlled_shutdown: 0,
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.fenced = reader.i8()?,
                1 if version >= 1 => message.in_controlled_shutdown = reader.i8()?,
                1 => {
                    return Err(DecodeError::TagNotInVersion {
                        at: reader.position(),
                        tag,
                        version,
                    });
                }
                2 if version >= 2 => message.log_dirs = reader.array(version, Form::Flexible)?,
                2 => {
                    return Err(DecodeError::TagNotInVersion {
                        at: reader.position(),
                        tag,
                        version,
                    });
                }
                3 if version >= 3 => {
                    message.cordoned_log_dirs = reader.nullable_array(version, Form::Flexible)?
                }
                3 => {
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
        writer.i32(self.broker_id);
        writer.i64(self.broker_epoch);
        if version < 1 && self.in_controlled_shutdown != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "InControlledShutdown", version });
        }
        if version < 2 && !self.log_dirs.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "LogDirs", version });
        }
        if version < 3 && self.cordoned_log_dirs.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "CordonedLogDirs", version });
        }
        let mut count = self.unknown_tags.len();
        if self.fenced != 0 {
            count += 1;
        }
        if version >= 1 && self.in_controlled_shutdown != 0 {
            count += 1;
        }
        if version >= 2 && !self.log_dirs.is_empty() {
            count += 1;
        }
        if version >= 3 && self.cordoned_log_dirs.is_some() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.fenced != 0 {
            writer.uvarint(0);
            writer.uvarint(1);
            writer.i8(self.fenced);
        }
        if version >= 1 && self.in_controlled_shutdown != 0 {
            writer.uvarint(1);
            writer.uvarint(1);
            writer.i8(self.in_controlled_shutdown);
        }
        if version >= 2 && !self.log_dirs.is_empty() {
            writer.uvarint(2);
            writer.uvarint((array_size(version, Form::Flexible, &self.log_dirs)) as u32);
            writer.array(version, Form::Flexible, &self.log_dirs)?;
        }
        if version >= 3 && self.cordoned_log_dirs.is_some() {
            writer.uvarint(3);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.cordoned_log_dirs.as_deref()))
                    as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.cordoned_log_dirs.as_deref())?;
        }
        self.unknown_tags.write_between(writer, 4, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let mut size = 12;
        let mut count = self.unknown_tags.len();
        if self.fenced != 0 {
            count += 1;
            size += tagged_size(0, 1);
        }
        if version >= 1 && self.in_controlled_shutdown != 0 {
            count += 1;
            size += tagged_size(1, 1);
        }
        if version >= 2 && !self.log_dirs.is_empty() {
            count += 1;
            size += tagged_size(2, array_size(version, Form::Flexible, &self.log_dirs));
        }
        if version >= 3 && self.cordoned_log_dirs.is_some() {
            count += 1;
            size += tagged_size(
                3,
                nullable_array_size(version, Form::Flexible, self.cordoned_log_dirs.as_deref()),
            );
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

impl TopLevel for BrokerRegistrationChangeRecord {
    const NAME: &'static str = "BrokerRegistrationChangeRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}
