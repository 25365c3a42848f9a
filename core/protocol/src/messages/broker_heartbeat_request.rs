//! BrokerHeartbeatRequest, versions 0 to 2.
//!
//! Generated from `definitions/063-BrokerHeartbeat.api` by `cargo gen`; edit that file instead.

use base::Uuid;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct BrokerHeartbeatRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub current_metadata_offset: i64,
    pub want_fence: bool,
    pub want_shut_down: bool,
    pub offline_log_dirs: Vec<Uuid>,
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
    pub unknown_tags: UnknownTags,
}

impl Default for BrokerHeartbeatRequest {
    fn default() -> BrokerHeartbeatRequest {
        BrokerHeartbeatRequest {
            broker_id: 0,
            broker_epoch: -1,
            current_metadata_offset: 0,
            want_fence: false,
            want_shut_down: false,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for BrokerHeartbeatRequest {
    const SMALLEST: usize = 23;

    fn decode(reader: &mut Reader, version: i16) -> Result<BrokerHeartbeatRequest, DecodeError> {
        let mut message = BrokerHeartbeatRequest {
            broker_id: reader.i32()?,
            broker_epoch: reader.i64()?,
            current_metadata_offset: reader.i64()?,
            want_fence: reader.bool()?,
            want_shut_down: reader.bool()?,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 if version >= 1 => {
                    message.offline_log_dirs = reader.array(version, Form::Flexible)?
                }
                0 => {
                    return Err(DecodeError::TagNotInVersion {
                        at: reader.position(),
                        tag,
                        version,
                    });
                }
                1 if version >= 2 => {
                    message.cordoned_log_dirs = reader.nullable_array(version, Form::Flexible)?
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
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.broker_id);
        writer.i64(self.broker_epoch);
        writer.i64(self.current_metadata_offset);
        writer.bool(self.want_fence);
        writer.bool(self.want_shut_down);
        if version < 1 && !self.offline_log_dirs.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "OfflineLogDirs", version });
        }
        if version < 2 && self.cordoned_log_dirs.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "CordonedLogDirs", version });
        }
        let mut count = self.unknown_tags.len();
        if version >= 1 && !self.offline_log_dirs.is_empty() {
            count += 1;
        }
        if version >= 2 && self.cordoned_log_dirs.is_some() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if version >= 1 && !self.offline_log_dirs.is_empty() {
            writer.uvarint(0);
            writer.uvarint((array_size(version, Form::Flexible, &self.offline_log_dirs)) as u32);
            writer.array(version, Form::Flexible, &self.offline_log_dirs)?;
        }
        if version >= 2 && self.cordoned_log_dirs.is_some() {
            writer.uvarint(1);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.cordoned_log_dirs.as_deref()))
                    as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.cordoned_log_dirs.as_deref())?;
        }
        self.unknown_tags.write_between(writer, 2, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let mut size = 22;
        let mut count = self.unknown_tags.len();
        if version >= 1 && !self.offline_log_dirs.is_empty() {
            count += 1;
            size += tagged_size(0, array_size(version, Form::Flexible, &self.offline_log_dirs));
        }
        if version >= 2 && self.cordoned_log_dirs.is_some() {
            count += 1;
            size += tagged_size(
                1,
                nullable_array_size(version, Form::Flexible, self.cordoned_log_dirs.as_deref()),
            );
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

impl TopLevel for BrokerHeartbeatRequest {
    const NAME: &'static str = "BrokerHeartbeatRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}
