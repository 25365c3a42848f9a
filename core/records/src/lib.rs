//! Kafka's record formats: batches of magic 2, the message sets of magic 0 and 1 that came before
//! them, the codecs inside both, and what a leader checks before it appends.
//!
//! Nothing here opens a file or knows a topic. Bytes come in, bytes and facts about them go out.
//! No input makes this crate panic, and no length field makes it allocate: lengths are claims.

pub mod batch;
pub mod builder;
pub mod codecs;
pub mod control;
pub mod convert;
pub mod error;
pub mod legacy;
pub mod record;
mod source;
#[cfg(test)]
mod testing;
pub mod validate;
mod varint;
pub mod visit;

pub use batch::{
    Attributes, BatchHeader, Batches, Codec, Entries, Entry, HEADER_SIZE, LOG_OVERHEAD,
    TimestampType, crc_is_valid, restore_crc, set_log_append_time, set_max_timestamp, stamp,
};
pub use builder::{BatchBuilder, empty_batch};
pub use codecs::{Compression, Compressor, Decompressor, compress, decompress};
pub use control::{
    ControlType, end_transaction_batch, end_transaction_value, parse_end_transaction_value,
};
pub use convert::{CONVERSION_BYTES_MAX, DownConverted, OldFormat, down_convert, up_convert};
pub use error::BatchError;
pub use legacy::{LegacyHeader, Message, Messages, message_crc_is_valid, messages_of};
pub use record::{Header, Headers, Record, Records, records_of};
pub use validate::{Found, Rejected, Validated, ValidationRules, validate};
pub use visit::{Brief, EXPANDED_BYTES_MAX, visit_briefs, visit_records};
