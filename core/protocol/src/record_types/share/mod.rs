//! Records of `__share_group_state`.
//!
//! Generated from `definitions/` by `cargo gen`.

pub mod share_snapshot_key;
pub mod share_snapshot_value;
pub mod share_update_key;
pub mod share_update_value;

pub use share_snapshot_key::ShareSnapshotKey;
pub use share_snapshot_value::ShareSnapshotValue;
pub use share_update_key::ShareUpdateKey;
pub use share_update_value::ShareUpdateValue;

use bytes::Bytes;

use crate::framed::{read_prefix, write_prefixed};
use crate::wire::{DecodeError, EncodeError, TopLevel as _, from_bytes};

/// Any key of this family. The type of the record stands in front of it.
#[derive(Clone, Debug, PartialEq)]
pub enum ShareKey {
    ShareSnapshot(ShareSnapshotKey),
    ShareUpdate(ShareUpdateKey),
}

impl ShareKey {
    /// Reads the key of a record.
    ///
    /// # Errors
    /// UnknownRecord, which Kafka skips when it loads a partition; TrailingBytes, or whatever
    /// is wrong with the bytes.
    pub fn decode(key: Bytes) -> Result<ShareKey, DecodeError> {
        let (kind, body) = read_prefix(key)?;
        Ok(match kind {
            0 => ShareKey::ShareSnapshot(from_bytes(body, 0)?),
            1 => ShareKey::ShareUpdate(from_bytes(body, 0)?),
            _ => return Err(DecodeError::UnknownRecord { kind }),
        })
    }

    /// # Errors
    /// What the wire cannot say: a string that is too long.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        match self {
            ShareKey::ShareSnapshot(key) => write_prefixed(0, 0, key),
            ShareKey::ShareUpdate(key) => write_prefixed(1, 0, key),
        }
    }

    /// The type of the record.
    pub const fn kind(&self) -> i16 {
        match self {
            ShareKey::ShareSnapshot(_) => 0,
            ShareKey::ShareUpdate(_) => 1,
        }
    }
}

/// Any value of this family. Its version stands in front of it; its type is that of the key.
#[derive(Clone, Debug, PartialEq)]
pub enum ShareValue {
    ShareSnapshot(ShareSnapshotValue),
    ShareUpdate(ShareUpdateValue),
}

impl ShareValue {
    /// Reads the value of a record whose key is of type `kind`, and the version it was
    /// written in.
    ///
    /// # Errors
    /// UnknownRecord, UnknownVersion, TrailingBytes, or whatever is wrong with the bytes.
    pub fn decode(kind: i16, value: Bytes) -> Result<(ShareValue, i16), DecodeError> {
        let (version, body) = read_prefix(value)?;
        Ok((
            match kind {
                0 => ShareValue::ShareSnapshot(from_bytes(body, version)?),
                1 => ShareValue::ShareUpdate(from_bytes(body, version)?),
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
            ShareValue::ShareSnapshot(value) => write_prefixed(version, version, value),
            ShareValue::ShareUpdate(value) => write_prefixed(version, version, value),
        }
    }

    /// The type of the record.
    pub const fn kind(&self) -> i16 {
        match self {
            ShareValue::ShareSnapshot(_) => 0,
            ShareValue::ShareUpdate(_) => 1,
        }
    }

    /// The newest version of the value.
    pub const fn newest_version(&self) -> i16 {
        match self {
            ShareValue::ShareSnapshot(_) => *ShareSnapshotValue::VERSIONS.end(),
            ShareValue::ShareUpdate(_) => *ShareUpdateValue::VERSIONS.end(),
        }
    }
}

impl From<ShareSnapshotKey> for ShareKey {
    fn from(key: ShareSnapshotKey) -> ShareKey {
        ShareKey::ShareSnapshot(key)
    }
}

impl From<ShareSnapshotValue> for ShareValue {
    fn from(value: ShareSnapshotValue) -> ShareValue {
        ShareValue::ShareSnapshot(value)
    }
}

impl From<ShareUpdateKey> for ShareKey {
    fn from(key: ShareUpdateKey) -> ShareKey {
        ShareKey::ShareUpdate(key)
    }
}

impl From<ShareUpdateValue> for ShareValue {
    fn from(value: ShareUpdateValue) -> ShareValue {
        ShareValue::ShareUpdate(value)
    }
}
