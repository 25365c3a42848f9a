//! Numbers that mean something, each with a type of its own, so that an offset is never passed
//! where a leader epoch belongs. The inner value is public: these types prevent mix-ups, they do
//! not hide anything.

use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                $name(value)
            }
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

number! {
    /// The position of a record in a partition, counted from 0. Negative values are protocol
    /// sentinels and never name a record.
    Offset(i64)
}
number! {
    /// Counts the leaders a partition (or the metadata log) has had; a batch carries the epoch of
    /// the leader that appended it (KIP-101).
    LeaderEpoch(i32)
}
number! {
    /// Counts the changes of a partition's ISR, replicas or leader in the metadata log.
    PartitionEpoch(i32)
}
number! {
    /// `node.id`: 0 or more.
    BrokerId(i32)
}
number! {
    /// The number of a partition within its topic, from 0.
    PartitionIndex(i32)
}
number! {
    /// Identifies an idempotent producer (KIP-98). -1 means none.
    ProducerId(i64)
}
number! {
    /// Fences older incarnations of one producer id (KIP-98). -1 means none.
    ProducerEpoch(i16)
}
number! {
    /// The per-partition record counter of an idempotent producer; wraps from `i32::MAX` to 0.
    /// -1 means none.
    Sequence(i32)
}

impl Offset {
    /// The offset `count` records later.
    pub fn plus(self, count: i64) -> Offset {
        Offset(self.0 + count)
    }

    /// How many offsets lie between `earlier` and this one.
    pub fn since(self, earlier: Offset) -> i64 {
        self.0 - earlier.0
    }
}

impl LeaderEpoch {
    /// What a batch or a request says when it knows no epoch.
    pub const NONE: LeaderEpoch = LeaderEpoch(-1);
}

impl BrokerId {
    /// The leader of a partition that has none.
    pub const NONE: BrokerId = BrokerId(-1);
}

impl ProducerId {
    pub const NONE: ProducerId = ProducerId(-1);
}

impl ProducerEpoch {
    pub const NONE: ProducerEpoch = ProducerEpoch(-1);
}

impl Sequence {
    pub const NONE: Sequence = Sequence(-1);

    /// The sequence `count` records later. Sequences wrap from `i32::MAX` to 0, because a
    /// long-lived producer outlives 2^31 records.
    pub fn plus(self, count: i32) -> Sequence {
        let wide = i64::from(self.0) + i64::from(count);
        Sequence((wide % (1 << 31)) as i32)
    }
}

/// Names one verification of a producer's transaction by the log that it wants to write to (KIP-890). A
/// marker ends it, so an answer about an earlier transaction is never taken for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationGuard(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_wraps_past_its_largest_value_to_zero() {
        assert_eq!(Sequence(i32::MAX).plus(1), Sequence(0));
        assert_eq!(Sequence(i32::MAX - 1).plus(3), Sequence(1));
        assert_eq!(Sequence(5).plus(2), Sequence(7));
    }
}
