//! Which partition a record goes to.
//!
//! A record with a key goes where Java's client would send it, so that producers in both
//! languages agree: murmur2 of the key, modulo the number of partitions. Records without a key
//! stick to one partition until it has received a batch's worth of bytes, then move on (KIP-794):
//! full batches, evenly spread.

/// Murmur2 as Java's client computes it (`org.apache.kafka.common.utils.Utils.murmur2`).
pub fn murmur2(data: &[u8]) -> i32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    const R: u32 = 24;

    let mut hash = SEED ^ data.len() as u32;
    let (words, tail) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> R;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        for (index, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ (hash >> 15)) as i32
}

/// The partition of a keyed record among `partitions`, which is above 0.
pub fn partition_of_key(key: &[u8], partitions: i32) -> i32 {
    (murmur2(key) & i32::MAX) % partitions.max(1)
}

/// The choice for records without a key, one per topic.
#[derive(Debug, Default)]
pub(crate) struct Sticky {
    current: Option<i32>,
    bytes: usize,
}

impl Sticky {
    /// The partition that the next record without a key goes to. `available` lists the
    /// partitions that have a leader; with none, any of `partitions` will do, because the batch
    /// then waits for a leader.
    pub fn partition(&mut self, available: &[i32], partitions: i32) -> i32 {
        match self.current {
            Some(partition) if partition < partitions => partition,
            _ => {
                let chosen = match available.len() {
                    0 => fastrand::i32(0..partitions.max(1)),
                    count => available[fastrand::usize(0..count)],
                };
                self.bytes = 0;
                *self.current.insert(chosen)
            }
        }
    }

    /// Counts an append of `bytes`. Moves on when a batch's worth is there and the batch is
    /// closed, or at twice that, so that a record that opens a new batch does not leave a batch
    /// of one behind.
    pub fn appended(&mut self, bytes: usize, batch_size: usize, batch_closed: BatchClosed) {
        self.bytes += bytes;
        let enough = match batch_closed {
            BatchClosed::Yes => batch_size,
            BatchClosed::No => batch_size.saturating_mul(2),
        };
        if self.bytes >= enough {
            self.current = None;
        }
    }
}

/// Whether the batch that took the record can take no further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchClosed {
    Yes,
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur2_gives_javas_values() {
        for (text, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn a_key_always_goes_to_the_same_partition_and_never_to_a_negative_one() {
        for number in 0..10_000u32 {
            let key = number.to_be_bytes();
            let partition = partition_of_key(&key, 7);
            assert!((0..7).contains(&partition));
            assert_eq!(partition, partition_of_key(&key, 7));
        }
    }

    #[test]
    fn records_without_a_key_stay_until_a_batch_is_full_and_spread_evenly() {
        let mut sticky = Sticky::default();
        let available = [0, 1, 2];
        let first = sticky.partition(&available, 3);
        sticky.appended(900, 1000, BatchClosed::No);
        assert_eq!(sticky.partition(&available, 3), first);
        sticky.appended(200, 1000, BatchClosed::No);
        assert_eq!(sticky.partition(&available, 3), first, "the batch is still open");

        let mut counts = [0; 3];
        for _ in 0..3000 {
            counts[sticky.partition(&available, 3) as usize] += 1;
            sticky.appended(1000, 1000, BatchClosed::Yes);
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_partition_without_a_leader_is_avoided() {
        let mut sticky = Sticky::default();
        for _ in 0..100 {
            assert_eq!(sticky.partition(&[4], 6), 4);
            sticky.appended(10, 10, BatchClosed::Yes);
        }
    }
}
