//! The notation of the wire: how Kafka writes numbers, texts, arrays and structures, and the
//! bounds within which bytes from outside are read.
//!
//! Nothing here knows a message. The messages are generated from `definitions/` (`cargo gen`) and
//! call these functions; framing and headers are in [`crate::frame`].

mod element;
mod error;
mod reader;
mod tags;
mod writer;

pub use element::Element;
pub use error::{DecodeError, EncodeError};
pub use reader::Reader;
pub use tags::UnknownTags;
pub use writer::{Encoded, Payload, Segment, Writer};

use base::Str;
use bytes::Bytes;

/// The two ways in which Kafka writes lengths (KIP-482).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lengths are int16 or int32, -1 is null, and there are no tagged fields.
    Classic,
    /// Lengths are unsigned varints, one too high, and 0 is null; every structure ends with a
    /// section of tagged fields.
    Flexible,
}

/// A structure of the wire.
pub trait Message: Sized {
    /// Fewest bytes that this structure takes in any version, at least one: the bound for what an
    /// array of it can claim.
    const SMALLEST: usize;

    /// Reads the structure. The version must be one that the message has; for a version that it
    /// does not have, the result means nothing, but there is no panic either.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes.
    fn decode(reader: &mut Reader, version: i16) -> Result<Self, DecodeError>;

    /// Writes the structure.
    ///
    /// # Errors
    /// If it holds something that the version cannot say. The writer then holds half a message.
    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError>;

    /// Exactly the bytes that `encode` writes, payloads included.
    fn size(&self, version: i16) -> usize;
}

/// A message that stands by itself: a request, a response, a record.
pub trait TopLevel: Message + Default {
    /// Kafka's name, `ProduceRequest`.
    const NAME: &'static str;
    /// All versions that this program can read and write, the old and the unstable ones included.
    const VERSIONS: std::ops::RangeInclusive<i16>;
    /// First version that is flexible.
    const FLEXIBLE_FROM: Option<i16>;
    /// Whether a field is of type records, so that the size says little about the buffer.
    const HAS_PAYLOAD: bool;
}

/// Reads a message that fills `bytes`.
///
/// # Errors
/// UnknownVersion, TrailingBytes, or whatever is wrong with the bytes.
pub fn from_bytes<M: TopLevel>(bytes: Bytes, version: i16) -> Result<M, DecodeError> {
    let mut reader = Reader::new(bytes);
    let message = decode_checked(&mut reader, version)?;
    reader.finish()?;
    Ok(message)
}

/// Reads a message after it has checked that there is such a version.
///
/// # Errors
/// UnknownVersion, or whatever is wrong with the bytes.
pub fn decode_checked<M: TopLevel>(reader: &mut Reader, version: i16) -> Result<M, DecodeError> {
    match M::VERSIONS.contains(&version) {
        true => M::decode(reader, version),
        false => Err(DecodeError::UnknownVersion { message: M::NAME, version }),
    }
}

/// Writes a message after it has checked that there is such a version.
///
/// # Errors
/// UnknownVersion, or what the version cannot say.
pub fn encode_checked<M: TopLevel>(
    message: &M,
    writer: &mut Writer,
    version: i16,
) -> Result<(), EncodeError> {
    match M::VERSIONS.contains(&version) {
        true => message.encode(writer, version),
        false => Err(EncodeError::UnknownVersion { message: M::NAME, version }),
    }
}

/// Writes a message into a buffer of its own.
///
/// # Errors
/// UnknownVersion, or what the version cannot say.
pub fn to_encoded<M: TopLevel>(message: &M, version: i16) -> Result<Encoded, EncodeError> {
    let mut writer = Writer::with_capacity(buffer_capacity::<M>(message.size(version)));
    encode_checked(message, &mut writer, version)?;
    Ok(writer.finish())
}

/// A good capacity for the buffer of a message of `size` bytes: all of it, unless most of it may
/// be payload that is not copied.
pub fn buffer_capacity<M: TopLevel>(size: usize) -> usize {
    match M::HAS_PAYLOAD {
        true => size.min(2 * Payload::COPIED_BYTES),
        false => size,
    }
}

/// Bytes of an unsigned varint.
#[inline]
pub const fn uvarint_size(value: u32) -> usize {
    (38 - (value | 1).leading_zeros() as usize) / 7
}

fn length_size(form: Form, length: usize) -> usize {
    match form {
        Form::Classic => 4,
        Form::Flexible => uvarint_size(length as u32 + 1),
    }
}

pub fn string_size(form: Form, text: &Str) -> usize {
    let length = text.as_bytes().len();
    length
        + match form {
            Form::Classic => 2,
            Form::Flexible => uvarint_size(length as u32 + 1),
        }
}

pub fn nullable_string_size(form: Form, text: Option<&Str>) -> usize {
    match (text, form) {
        (Some(text), _) => string_size(form, text),
        (None, Form::Classic) => 2,
        (None, Form::Flexible) => 1,
    }
}

pub fn bytes_size(form: Form, bytes: &[u8]) -> usize {
    length_size(form, bytes.len()) + bytes.len()
}

/// Bytes of a null with a long length: bytes, records or an array.
fn null_size(form: Form) -> usize {
    match form {
        Form::Classic => 4,
        Form::Flexible => 1,
    }
}

pub fn nullable_bytes_size(form: Form, bytes: Option<&Bytes>) -> usize {
    bytes.map_or(null_size(form), |bytes| bytes_size(form, bytes))
}

pub fn payload_size(form: Form, payload: Option<&Payload>) -> usize {
    payload.map_or(null_size(form), |payload| length_size(form, payload.len()) + payload.len())
}

pub fn array_size<T: Element>(version: i16, form: Form, elements: &[T]) -> usize {
    let content = match T::FIXED {
        true => elements.len() * T::SMALLEST,
        false => elements.iter().map(|element| element.size(version, form)).sum(),
    };
    length_size(form, elements.len()) + content
}

pub fn nullable_array_size<T: Element>(version: i16, form: Form, elements: Option<&[T]>) -> usize {
    elements.map_or(null_size(form), |elements| array_size(version, form, elements))
}

/// Bytes of a nullable structure, tagged or not.
pub fn nullable_struct_size<T: Message>(version: i16, value: Option<&T>) -> usize {
    1 + value.map_or(0, |value| value.size(version))
}

/// Bytes of a tagged field whose value takes `size` bytes.
pub fn tagged_size(tag: u32, size: usize) -> usize {
    uvarint_size(tag) + uvarint_size(size as u32) + size
}
