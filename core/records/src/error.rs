//! What can be wrong with bytes that claim to be records.

/// Why bytes could not be read as a record batch or a message set.
///
/// [`BatchError::Truncated`] asks for more bytes and is no accusation; [`BatchError::Unsupported`]
/// names something well-formed that this program cannot read; every other variant is corruption.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    #[error("a batch needs {needed} bytes here and only {available} are left")]
    Truncated { needed: usize, available: usize },
    #[error("magic must be 0, 1 or 2, got {0}")]
    Magic(i8),
    #[error("batch length must be at least {minimum}, got {length}")]
    Length { length: i32, minimum: i32 },
    #[error("batch checksum is {stored:#010x}, its bytes give {computed:#010x}")]
    Checksum { stored: u32, computed: u32 },
    /// The codec bits name no codec, or one that this magic does not know.
    #[error("codec {codec} does not exist in batches of magic {magic}")]
    Unsupported { codec: u8, magic: i8 },
    #[error("could not decompress {codec} data: {reason}")]
    Compression { codec: &'static str, reason: String },
    /// The data may be honest, but reading it would cost more than the caller is willing to pay.
    #[error("compressed data expands beyond the limit of {limit} bytes")]
    Expansion { limit: usize },
    #[error("record {index} is malformed: {reason}")]
    Record { index: usize, reason: &'static str },
    /// The batch as a whole contradicts itself: counts, offsets, bytes left over.
    #[error("batch contradicts itself: {0}")]
    Contradiction(&'static str),
}
