//! The records of `__share_group_state`: full states and changes to them.

use bytes::Bytes;
use protocol::DecodeError;
use protocol::record_types::share::{
    ShareKey, ShareSnapshotKey, ShareSnapshotValue, ShareUpdateKey, ShareUpdateValue, ShareValue,
};
use protocol::record_types::share::{share_snapshot_value, share_update_value};

use super::batches::StateBatch;
use super::shard::SharePartitionKey;

/// One record of the topic: a key, and a value or a tombstone.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareRecord {
    pub key: ShareKey,
    pub value: Option<ShareValue>,
}

impl ShareRecord {
    pub(super) fn snapshot(key: &SharePartitionKey, value: ShareSnapshotValue) -> ShareRecord {
        ShareRecord { key: snapshot_key(key), value: Some(value.into()) }
    }

    pub(super) fn update(key: &SharePartitionKey, value: ShareUpdateValue) -> ShareRecord {
        let key = ShareUpdateKey {
            group_id: key.group_id.clone(),
            topic_id: key.topic_id,
            partition: key.partition,
        };
        ShareRecord { key: key.into(), value: Some(value.into()) }
    }

    /// Ends what is kept of a partition. It has the key of a full state.
    pub(super) fn tombstone(key: &SharePartitionKey) -> ShareRecord {
        ShareRecord { key: snapshot_key(key), value: None }
    }

    /// `None` for a kind of record that this release does not know.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(key: Bytes, value: Option<Bytes>) -> Result<Option<ShareRecord>, String> {
        let key = match ShareKey::decode(key) {
            Ok(key) => key,
            Err(DecodeError::UnknownRecord { .. }) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let value = value.map(|value| ShareValue::decode(key.kind(), value)).transpose();
        let value = value.map_err(|error| error.to_string())?.map(|(value, _)| value);
        Ok(Some(ShareRecord { key, value }))
    }

    /// # Errors
    /// What the format cannot say: a string that is too long.
    pub fn encode(&self) -> Result<(Bytes, Option<Bytes>), String> {
        let key = self.key.encode().map_err(|error| error.to_string())?;
        let value = self.value.as_ref().map(|value| value.encode(value.newest_version()));
        Ok((key, value.transpose().map_err(|error| error.to_string())?))
    }
}

fn snapshot_key(key: &SharePartitionKey) -> ShareKey {
    let key = ShareSnapshotKey {
        group_id: key.group_id.clone(),
        topic_id: key.topic_id,
        partition: key.partition,
    };
    key.into()
}

impl From<&StateBatch> for share_snapshot_value::StateBatch {
    fn from(batch: &StateBatch) -> Self {
        share_snapshot_value::StateBatch {
            first_offset: batch.first_offset,
            last_offset: batch.last_offset,
            delivery_state: batch.delivery_state,
            delivery_count: batch.delivery_count,
            ..Default::default()
        }
    }
}

impl From<&StateBatch> for share_update_value::StateBatch {
    fn from(batch: &StateBatch) -> Self {
        share_update_value::StateBatch {
            first_offset: batch.first_offset,
            last_offset: batch.last_offset,
            delivery_state: batch.delivery_state,
            delivery_count: batch.delivery_count,
            ..Default::default()
        }
    }
}

impl From<&share_snapshot_value::StateBatch> for StateBatch {
    fn from(batch: &share_snapshot_value::StateBatch) -> Self {
        StateBatch {
            first_offset: batch.first_offset,
            last_offset: batch.last_offset,
            delivery_state: batch.delivery_state,
            delivery_count: batch.delivery_count,
        }
    }
}

impl From<&share_update_value::StateBatch> for StateBatch {
    fn from(batch: &share_update_value::StateBatch) -> Self {
        StateBatch {
            first_offset: batch.first_offset,
            last_offset: batch.last_offset,
            delivery_state: batch.delivery_state,
            delivery_count: batch.delivery_count,
        }
    }
}
