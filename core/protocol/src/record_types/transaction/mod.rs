//! Records of `__transaction_state`.
//!
//! Generated from `definitions/` by `cargo gen`.

pub mod transaction_log_key;
pub mod transaction_log_value;

pub use transaction_log_key::TransactionLogKey;
pub use transaction_log_value::TransactionLogValue;

use bytes::Bytes;

use crate::framed::{read_prefix, write_prefixed};
use crate::wire::{DecodeError, EncodeError, TopLevel as _, from_bytes};

/// Any key of this family. The type of the record stands in front of it.
#[derive(Clone, Debug, PartialEq)]
pub enum TransactionKey {
    TransactionLog(TransactionLogKey),
}

impl TransactionKey {
    /// Reads the key of a record.
    ///
    /// # Errors
    /// UnknownRecord, which Kafka skips when it loads a partition; TrailingBytes, or whatever
    /// is wrong with the bytes.
    pub fn decode(key: Bytes) -> Result<TransactionKey, DecodeError> {
        let (kind, body) = read_prefix(key)?;
        Ok(match kind {
            0 => TransactionKey::TransactionLog(from_bytes(body, 0)?),
            _ => return Err(DecodeError::UnknownRecord { kind }),
        })
    }

    /// # Errors
    /// What the wire cannot say: a string that is too long.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        match self {
            TransactionKey::TransactionLog(key) => write_prefixed(0, 0, key),
        }
    }

    /// The type of the record.
    pub const fn kind(&self) -> i16 {
        match self {
            TransactionKey::TransactionLog(_) => 0,
        }
    }
}

/// Any value of this family. Its version stands in front of it; its type is that of the key.
#[derive(Clone, Debug, PartialEq)]
pub enum TransactionValue {
    TransactionLog(TransactionLogValue),
}

impl TransactionValue {
    /// Reads the value of a record whose key is of type `kind`, and the version it was
    /// written in.
    ///
    /// # Errors
    /// UnknownRecord, UnknownVersion, TrailingBytes, or whatever is wrong with the bytes.
    pub fn decode(kind: i16, value: Bytes) -> Result<(TransactionValue, i16), DecodeError> {
        let (version, body) = read_prefix(value)?;
        Ok((
            match kind {
                0 => TransactionValue::TransactionLog(from_bytes(body, version)?),
                _ => return Err(DecodeError::UnknownRecord { kind }),
            },
            version,
        ))
    }

    /// Writes the value of a record.
    ///
    /// # Errors
    /// UnknownVersion, or what the version cannot say.
    pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
        match self {
            TransactionValue::TransactionLog(value) => write_prefixed(version, version, value),
        }
    }

    /// The type of the record.
    pub const fn kind(&self) -> i16 {
        match self {
            TransactionValue::TransactionLog(_) => 0,
        }
    }

    /// The newest version of the value.
    pub const fn newest_version(&self) -> i16 {
        match self {
            TransactionValue::TransactionLog(_) => *TransactionLogValue::VERSIONS.end(),
        }
    }
}

impl From<TransactionLogKey> for TransactionKey {
    fn from(key: TransactionLogKey) -> TransactionKey {
        TransactionKey::TransactionLog(key)
    }
}

impl From<TransactionLogValue> for TransactionValue {
    fn from(value: TransactionLogValue) -> TransactionValue {
        TransactionValue::TransactionLog(value)
    }
}
