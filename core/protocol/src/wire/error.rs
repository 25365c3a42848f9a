//! What can be wrong with bytes from outside, and with a message of ours that a version cannot
//! carry.

use std::fmt;

/// Why bytes are not a message. What the caller does is the same for all of them: it closes the
/// connection, because after a malformed message the position in the stream means nothing.
///
/// `at` counts bytes from the start of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The frame ends inside a value.
    UnexpectedEnd { at: usize, needed: usize, remaining: usize },
    /// A length or count is negative although the field may not be null, or is below -1.
    NegativeLength { at: usize, length: i64 },
    /// An array claims more elements than the rest of the frame could hold.
    CountTooLarge { at: usize, count: usize, remaining: usize },
    /// A request may not name so many.
    TooManyElements { at: usize, count: usize, most: usize },
    /// The arrays of this frame would take more memory than a frame is allowed to.
    TooMuchMemory { at: usize, needed: usize, budget: usize },
    /// A field that may not be null in this version is.
    Null { at: usize },
    /// A string longer than 32,767 bytes.
    StringTooLong { at: usize, length: usize },
    /// An unsigned varint of more than 32 bits.
    VarintTooLong { at: usize },
    /// A tag that exists, but not in this version.
    TagNotInVersion { at: usize, tag: u32, version: i16 },
    /// No such API.
    UnknownApi { key: i16 },
    /// No such record type in this family of records.
    UnknownRecord { kind: i16 },
    /// A version that this program does not know.
    UnknownVersion { message: &'static str, version: i16 },
    /// Framing of a record in a version that this program does not know.
    UnknownFrame { version: u32 },
    /// Bytes after the end of a message that must fill its buffer.
    TrailingBytes { at: usize, remaining: usize },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            DecodeError::UnexpectedEnd { at, needed, remaining } => {
                write!(f, "value at byte {at} needs {needed} bytes, {remaining} are left")
            }
            DecodeError::NegativeLength { at, length } => {
                write!(f, "length at byte {at} is {length}")
            }
            DecodeError::CountTooLarge { at, count, remaining } => {
                write!(f, "array at byte {at} claims {count} elements in {remaining} bytes")
            }
            DecodeError::TooManyElements { at, count, most } => {
                write!(
                    f,
                    "array at byte {at} has {count} elements, a request may name {most} at once"
                )
            }
            DecodeError::TooMuchMemory { at, needed, budget } => {
                write!(f, "array at byte {at} needs {needed} bytes of memory, {budget} are left")
            }
            DecodeError::Null { at } => write!(f, "value at byte {at} is null and may not be"),
            DecodeError::StringTooLong { at, length } => {
                write!(f, "string at byte {at} is {length} bytes long, the limit is 32767")
            }
            DecodeError::VarintTooLong { at } => {
                write!(f, "unsigned varint at byte {at} has more than 32 bits")
            }
            DecodeError::TagNotInVersion { at, tag, version } => {
                write!(f, "tag {tag} at byte {at} does not exist in version {version}")
            }
            DecodeError::UnknownApi { key } => write!(f, "there is no API with key {key}"),
            DecodeError::UnknownRecord { kind } => write!(f, "there is no record of type {kind}"),
            DecodeError::UnknownVersion { message, version } => {
                write!(f, "{message} has no version {version}")
            }
            DecodeError::UnknownFrame { version } => {
                write!(f, "record framing has version {version}, only 1 is known")
            }
            DecodeError::TrailingBytes { at, remaining } => {
                write!(f, "message ends at byte {at}, {remaining} bytes follow it")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// Why a message cannot be written in a version. Always a mistake of the caller, who chose a
/// version that cannot say what he wants to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// A field holds something, and the version has no such field. Fields that may be lost
    /// without harm never raise this.
    FieldNotInVersion { field: &'static str, version: i16 },
    /// A field is null where the version has no null.
    Null { field: &'static str, version: i16 },
    /// A string longer than 32,767 bytes, or bytes or an array longer than an int32 counts.
    TooLong { length: usize },
    /// Unknown tagged fields were kept, and the version has no tagged fields.
    TagsNotInVersion { version: i16 },
    /// The message has no such version.
    UnknownVersion { message: &'static str, version: i16 },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            EncodeError::FieldNotInVersion { field, version } => {
                write!(f, "version {version} has no field {field}, which is set")
            }
            EncodeError::Null { field, version } => {
                write!(f, "field {field} is null, which version {version} cannot say")
            }
            EncodeError::TooLong { length } => {
                write!(f, "a length of {length} is more than the wire can say")
            }
            EncodeError::TagsNotInVersion { version } => {
                write!(f, "version {version} has no tagged fields, and some are set")
            }
            EncodeError::UnknownVersion { message, version } => {
                write!(f, "{message} has no version {version}")
            }
        }
    }
}

impl std::error::Error for EncodeError {}
