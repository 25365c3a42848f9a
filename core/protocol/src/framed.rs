//! What stands in front of records in Kafka's own topics.
//!
//! Metadata and remote-log records: an unsigned varint each for the version of this framing (1),
//! the type and the version, then the message, and nothing after it. Records of coordinators: an
//! int16 in front of the key (the type) and of the value (its version).

use bytes::Bytes;

use crate::wire::{DecodeError, EncodeError, Reader, TopLevel, Writer, encode_checked};

/// Version of the framing of metadata records. Version 0 was a preview in Kafka 2.8.
const FRAME_VERSION: u32 = 1;

/// The type, the version and the message of a framed record.
pub(crate) fn read_frame(value: Bytes) -> Result<(i16, i16, Bytes), DecodeError> {
    let mut reader = Reader::new(value);
    match reader.uvarint()? {
        FRAME_VERSION => {}
        version => return Err(DecodeError::UnknownFrame { version }),
    }
    let mut short = || {
        let at = reader.position();
        i16::try_from(reader.uvarint()?).map_err(|_| DecodeError::VarintTooLong { at })
    };
    let (kind, version) = (short()?, short()?);
    Ok((kind, version, reader.rest()))
}

pub(crate) fn write_frame<M: TopLevel>(
    kind: i16,
    version: i16,
    message: &M,
) -> Result<Bytes, EncodeError> {
    // Three unsigned varints of at most three bytes each stand in front.
    let mut writer = Writer::with_capacity(message.size(version) + 9);
    writer.uvarint(FRAME_VERSION);
    writer.uvarint(kind as u32);
    writer.uvarint(version.max(0) as u32);
    encode_checked(message, &mut writer, version)?;
    Ok(writer.finish().into_contiguous().expect("a record has no external payload"))
}

/// The int16 in front of a key or a value, and what follows it.
pub(crate) fn read_prefix(bytes: Bytes) -> Result<(i16, Bytes), DecodeError> {
    let mut reader = Reader::new(bytes);
    Ok((reader.i16()?, reader.rest()))
}

pub(crate) fn write_prefixed<M: TopLevel>(
    prefix: i16,
    version: i16,
    message: &M,
) -> Result<Bytes, EncodeError> {
    let mut writer = Writer::with_capacity(message.size(version) + 2);
    writer.i16(prefix);
    encode_checked(message, &mut writer, version)?;
    Ok(writer.finish().into_contiguous().expect("a record has no external payload"))
}
