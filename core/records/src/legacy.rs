//! Message sets of magic 0 and 1, the formats before Kafka 0.11: a list of messages, each with an
//! offset and a CRC-32 of its own; a compressed one is a message whose value is a message set.

use base::{Offset, WallMs};

use crate::batch::{Attributes, LOG_OVERHEAD, i32_at, i64_at};
use crate::error::BatchError;

/// Bytes of the smallest message of magic 0, offset and size not counted: crc, magic, attributes and
/// two lengths.
pub(crate) const OVERHEAD_V0: usize = 14;

/// Magic 1 adds a timestamp.
pub(crate) const OVERHEAD_V1: usize = OVERHEAD_V0 + 8;

/// The fields in front of a legacy message's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyHeader {
    /// Of a wrapper, the offset of its last inner message.
    pub offset: Offset,
    /// Bytes of the message after this field.
    pub message_size: i32,
    /// CRC-32 (IEEE) over everything after it.
    pub crc: u32,
    pub magic: i8,
    pub attributes: Attributes,
    /// [`WallMs::NONE`] in magic 0.
    pub timestamp: WallMs,
}

impl LegacyHeader {
    /// Reads the header of a whole entry.
    ///
    /// # Errors
    /// Too few bytes for the magic that the entry claims, or a magic other than 0 and 1.
    pub fn parse(bytes: &[u8]) -> Result<LegacyHeader, BatchError> {
        let available = bytes.len();
        let needed = LOG_OVERHEAD + OVERHEAD_V0;
        if available < needed {
            return Err(BatchError::Truncated { needed, available });
        }
        let magic = bytes[16] as i8;
        let message_size = i32_at(bytes, 8);
        let minimum = match magic {
            0 => OVERHEAD_V0,
            1 => OVERHEAD_V1,
            _ => return Err(BatchError::Magic(magic)),
        };
        if message_size < minimum as i32 {
            return Err(BatchError::Length { length: message_size, minimum: minimum as i32 });
        }
        let timestamp = match magic {
            0 => WallMs::NONE,
            _ if available < LOG_OVERHEAD + OVERHEAD_V1 => {
                let needed = LOG_OVERHEAD + OVERHEAD_V1;
                return Err(BatchError::Truncated { needed, available });
            }
            _ => WallMs(i64_at(bytes, 18)),
        };
        Ok(LegacyHeader {
            offset: Offset(i64_at(bytes, 0)),
            message_size,
            crc: i32_at(bytes, 12) as u32,
            magic,
            attributes: Attributes(u16::from(bytes[17])),
            timestamp,
        })
    }

    /// Bytes of the whole entry, offset and size included.
    pub fn size(&self) -> usize {
        LOG_OVERHEAD + self.message_size as usize
    }
}
