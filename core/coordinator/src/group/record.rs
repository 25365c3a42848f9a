//! The records of `__consumer_offsets`: a key, and a value or a tombstone.

use bytes::Bytes;
use protocol::DecodeError;
use protocol::record_types::group::{GroupKey, GroupValue};

/// One record of the topic. The version of a value is part of what is decided: Apache Kafka writes
/// the lowest one that says everything, so that older brokers can still read it.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRecord {
    pub key: GroupKey,
    pub value: Option<(GroupValue, i16)>,
}

impl GroupRecord {
    pub fn new(key: GroupKey, value: GroupValue, version: i16) -> GroupRecord {
        GroupRecord { key, value: Some((value, version)) }
    }

    pub fn tombstone(key: GroupKey) -> GroupRecord {
        GroupRecord { key, value: None }
    }

    /// `None` for a kind of record that this release does not know.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(key: Bytes, value: Option<Bytes>) -> Result<Option<GroupRecord>, String> {
        let key = match GroupKey::decode(key) {
            Ok(key) => key,
            Err(DecodeError::UnknownRecord { .. }) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let kind = key.kind();
        let value = value.map(|value| GroupValue::decode(kind, value)).transpose();
        let value = value.map_err(|error| error.to_string())?;
        Ok(Some(GroupRecord { key, value }))
    }

    /// # Errors
    /// What the format cannot say: a string that is too long.
    pub fn encode(&self) -> Result<(Bytes, Option<Bytes>), String> {
        let key = self.key.encode().map_err(|error| error.to_string())?;
        let value = self.value.as_ref().map(|(value, version)| value.encode(*version)).transpose();
        Ok((key, value.map_err(|error| error.to_string())?))
    }
}
