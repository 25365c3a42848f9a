//! Control records: what a transaction coordinator or a KRaft leader writes between user records.
//!
//! The key says which kind it is; the value is a versioned message that the caller encodes. Readers
//! skip kinds that they do not know, because a newer broker may write them.

use base::{Offset, ProducerEpoch, ProducerId, Sequence, WallMs};

use crate::batch::Codec;
use crate::builder::BatchBuilder;
use crate::codecs::Compression;
use crate::error::BatchError;

/// The kinds of Kafka 4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlType {
    /// Ends a transaction; see [`end_transaction_value`].
    Abort,
    Commit,
    LeaderChange,
    SnapshotHeader,
    SnapshotFooter,
    KRaftVersion,
    KRaftVoters,
}

impl ControlType {
    const ALL: [ControlType; 7] = [
        ControlType::Abort,
        ControlType::Commit,
        ControlType::LeaderChange,
        ControlType::SnapshotHeader,
        ControlType::SnapshotFooter,
        ControlType::KRaftVersion,
        ControlType::KRaftVoters,
    ];

    /// The key of such a record: version 0, then the type.
    pub fn key(self) -> [u8; 4] {
        let [high, low] = (self as i16).to_be_bytes();
        [0, 0, high, low]
    }

    /// Reads the key of a control record. `Ok(None)` is a kind from the future: skip the record.
    ///
    /// # Errors
    /// Fewer than four bytes, or a negative version.
    pub fn parse(key: &[u8]) -> Result<Option<ControlType>, BatchError> {
        let Some(&[v0, v1, t0, t1]) = key.first_chunk::<4>() else {
            return Err(BatchError::Contradiction("the key of a control record is too short"));
        };
        if i16::from_be_bytes([v0, v1]) < 0 {
            return Err(BatchError::Contradiction("the version of a control record is negative"));
        }
        let kind = i16::from_be_bytes([t0, t1]);
        Ok(usize::try_from(kind).ok().and_then(|kind| ControlType::ALL.get(kind)).copied())
    }
}

/// The value of an Abort or Commit marker: version 0 and the coordinator's epoch.
pub fn end_transaction_value(coordinator_epoch: i32) -> [u8; 6] {
    let mut value = [0; 6];
    value[2..].copy_from_slice(&coordinator_epoch.to_be_bytes());
    value
}

/// A whole control batch that ends a transaction with `kind`, Abort or Commit, at offset `base`.
pub fn end_transaction_batch(
    base: Offset,
    producer_id: ProducerId,
    producer_epoch: ProducerEpoch,
    kind: ControlType,
    coordinator_epoch: i32,
    now: WallMs,
) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Compression::from(Codec::None))
        .base_offset(base)
        .producer(producer_id, producer_epoch, Sequence::NONE)
        .transactional()
        .control();
    let value = end_transaction_value(coordinator_epoch);
    builder.append_control(now, kind, &value).expect("one record of some twenty bytes fits");
    builder.build()
}

/// The coordinator epoch in a marker's value. Versions above 0 begin like version 0.
///
/// # Errors
/// Fewer than six bytes, or a negative version.
pub fn parse_end_transaction_value(value: &[u8]) -> Result<i32, BatchError> {
    let Some(&[v0, v1, a, b, c, d]) = value.first_chunk::<6>() else {
        return Err(BatchError::Contradiction("the value of a transaction marker is too short"));
    };
    if i16::from_be_bytes([v0, v1]) < 0 {
        return Err(BatchError::Contradiction("the version of a transaction marker is negative"));
    }
    Ok(i32::from_be_bytes([a, b, c, d]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_by_its_key_and_a_kind_from_the_future_is_skipped() {
        for kind in ControlType::ALL {
            assert_eq!(ControlType::parse(&kind.key()), Ok(Some(kind)));
        }
        assert_eq!(ControlType::KRaftVoters.key(), [0, 0, 0, 6]);
        assert_eq!(ControlType::parse(&[0, 0, 0, 7]), Ok(None));
        assert_eq!(ControlType::parse(&[0, 0, 0xff, 0xff]), Ok(None));
        assert_eq!(ControlType::parse(&[0, 9, 0, 1, 5]), Ok(Some(ControlType::Commit)));
        assert!(ControlType::parse(&[0, 0, 0]).is_err());
        assert!(ControlType::parse(&[0x80, 0, 0, 1]).is_err());
        assert_eq!(parse_end_transaction_value(&end_transaction_value(7)), Ok(7));
    }
}
