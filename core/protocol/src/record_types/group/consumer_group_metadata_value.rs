//! ConsumerGroupMetadataValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/003-ConsumerGroupMetadata.record` by `cargo gen`; edit that file instead.

use crate::wire::{
    DecodeError, EncodeError, Message, Reader, TopLevel, UnknownTags, Writer, tagged_size,
    uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
    pub unknown_tags: UnknownTags,
}

impl Message for ConsumerGroupMetadataValue {
    const SMALLEST: usize = 5;

    fn decode(
        reader: &mut Reader,
        _version: i16,
    ) -> Result<ConsumerGroupMetadataValue, DecodeError> {
        let mut message = ConsumerGroupMetadataValue {
            epoch: reader.i32()?,
            metadata_hash: 0,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.metadata_hash = reader.i64()?,
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, _version: i16) -> Result<(), EncodeError> {
        writer.i32(self.epoch);
        let mut count = self.unknown_tags.len();
        if self.metadata_hash != 0 {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.metadata_hash != 0 {
            writer.uvarint(0);
            writer.uvarint(8);
            writer.i64(self.metadata_hash);
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, _version: i16) -> usize {
        let mut size = 4;
        let mut count = self.unknown_tags.len();
        if self.metadata_hash != 0 {
            count += 1;
            size += tagged_size(0, 8);
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

impl TopLevel for ConsumerGroupMetadataValue {
    const NAME: &'static str = "ConsumerGroupMetadataValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}
