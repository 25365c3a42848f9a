//! OffsetCommitValue, versions 0 to 4.
//!
//! Generated from `definitions/records/group/001-OffsetCommit.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, string_size,
    tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitValue {
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: Str,
    pub commit_timestamp: i64,
    pub expire_timestamp: i64,
    pub topic_id: Uuid,
    pub unknown_tags: UnknownTags,
}

impl Default for OffsetCommitValue {
    fn default() -> OffsetCommitValue {
        OffsetCommitValue {
            offset: 0,
            leader_epoch: -1,
            metadata: Str::EMPTY,
            commit_timestamp: 0,
            expire_timestamp: -1,
            topic_id: Uuid::ZERO,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for OffsetCommitValue {
    const SMALLEST: usize = 18;

    fn decode(reader: &mut Reader, version: i16) -> Result<OffsetCommitValue, DecodeError> {
        let form = form(version);
        let mut message = OffsetCommitValue {
            offset: reader.i64()?,
            leader_epoch: if version >= 3 { reader.i32()? } else { -1 },
            metadata: reader.string(form)?,
            commit_timestamp: reader.i64()?,
            expire_timestamp: if version == 1 { reader.i64()? } else { -1 },
            topic_id: Uuid::ZERO,
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 4 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 => message.topic_id = reader.uuid()?,
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i64(self.offset);
        if version >= 3 {
            writer.i32(self.leader_epoch);
        }
        writer.string(form, &self.metadata)?;
        writer.i64(self.commit_timestamp);
        if version == 1 {
            writer.i64(self.expire_timestamp);
        }
        if version >= 4 {
            let mut count = self.unknown_tags.len();
            if self.topic_id != Uuid::ZERO {
                count += 1;
            }
            writer.uvarint(count as u32);
            if self.topic_id != Uuid::ZERO {
                writer.uvarint(0);
                writer.uvarint(16);
                writer.uuid(self.topic_id);
            }
            self.unknown_tags.write_between(writer, 1, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        if version >= 3 {
            size += 4;
        }
        size += string_size(form, &self.metadata);
        if version == 1 {
            size += 8;
        }
        if version >= 4 {
            let mut count = self.unknown_tags.len();
            if self.topic_id != Uuid::ZERO {
                count += 1;
                size += tagged_size(0, 16);
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

impl TopLevel for OffsetCommitValue {
    const NAME: &'static str = "OffsetCommitValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 4 { Form::Flexible } else { Form::Classic }
}
