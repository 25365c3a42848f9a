//! The last offset of every key in the dirty part of a log, in bounded memory.
//!
//! Keys are kept as 128 bits of SipHash under a secret, 24 bytes an entry: two keys that collide
//! would cost one of them its last value, and whoever chooses keys must not be able to find two.
//! Kafka uses MD5, for which such pairs can be computed.

use base::Offset;

/// What one entry costs.
const ENTRY_BYTES: usize = 24;

/// Kafka's `log.cleaner.io.buffer.load.factor`: probing gets long beyond it.
const LOAD_PERCENT: usize = 90;

const SLOTS_MIN: usize = 1024;

/// A hash table without removal. Grows by doubling up to its budget, so that a small log costs
/// little.
pub struct OffsetMap {
    secret: [u64; 2],
    slots_max: usize,
    /// Offset + 1; 0 is an empty slot.
    offsets: Vec<i64>,
    hashes: Vec<[u64; 2]>,
    used: usize,
    latest: Option<Offset>,
}

/// Whether a key found room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Done,
    Full,
}

impl OffsetMap {
    /// `bytes_max`: Kafka's `log.cleaner.dedupe.buffer.size` per thread. `secret`: random.
    pub fn new(bytes_max: usize, secret: [u64; 2]) -> OffsetMap {
        let slots_max = (bytes_max / ENTRY_BYTES).max(SLOTS_MIN);
        OffsetMap {
            secret,
            slots_max,
            offsets: Vec::new(),
            hashes: Vec::new(),
            used: 0,
            latest: None,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.offsets = Vec::new();
        self.hashes = Vec::new();
        self.used = 0;
        self.latest = None;
    }

    /// Everything up to this offset is in the map.
    pub(crate) fn latest(&self) -> Option<Offset> {
        self.latest
    }

    pub(crate) fn set_latest(&mut self, latest: Offset) {
        self.latest = Some(self.latest.map_or(latest, |known| known.max(latest)));
    }

    pub(crate) fn put(&mut self, key: &[u8], offset: Offset) -> Put {
        if self.used * 100 >= self.offsets.len() * LOAD_PERCENT && !self.grow() {
            return Put::Full;
        }
        let hash = siphash128(self.secret, key);
        let slot = self.slot_of(hash);
        self.used += usize::from(self.offsets[slot] == 0);
        self.hashes[slot] = hash;
        self.offsets[slot] = offset.0 + 1;
        Put::Done
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Offset> {
        if self.offsets.is_empty() {
            return None;
        }
        let slot = self.slot_of(siphash128(self.secret, key));
        (self.offsets[slot] != 0).then(|| Offset(self.offsets[slot] - 1))
    }

    /// The slot that holds `hash`, or the empty one where it belongs.
    fn slot_of(&self, hash: [u64; 2]) -> usize {
        let slots = self.offsets.len();
        let mut slot = (hash[0] % slots as u64) as usize;
        while self.offsets[slot] != 0 && self.hashes[slot] != hash {
            slot = (slot + 1) % slots;
        }
        slot
    }

    fn grow(&mut self) -> bool {
        let slots = (self.offsets.len() * 2).clamp(SLOTS_MIN, self.slots_max);
        if slots == self.offsets.len() {
            return false;
        }
        let offsets = std::mem::replace(&mut self.offsets, vec![0; slots]);
        let hashes = std::mem::replace(&mut self.hashes, vec![[0; 2]; slots]);
        for (offset, hash) in offsets.into_iter().zip(hashes) {
            if offset != 0 {
                let slot = self.slot_of(hash);
                self.offsets[slot] = offset;
                self.hashes[slot] = hash;
            }
        }
        true
    }
}

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein).
fn siphash128(secret: [u64; 2], bytes: &[u8]) -> [u64; 2] {
    let [k0, k1] = secret;
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        absorb(&mut v, u64::from_le_bytes(word));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    last[7] = bytes.len() as u8;
    absorb(&mut v, u64::from_le_bytes(last));
    v[2] ^= 0xee;
    (0..4).for_each(|_| round(&mut v));
    let first = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    (0..4).for_each(|_| round(&mut v));
    [first, v[0] ^ v[1] ^ v[2] ^ v[3]]
}

fn absorb(v: &mut [u64; 4], word: u64) {
    v[3] ^= word;
    round(v);
    round(v);
    v[0] ^= word;
}

fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_siphash() {
        // The first two vectors of the reference implementation (vectors_sip128).
        let secret = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let bytes = |hash: [u64; 2]| [hash[0].to_le_bytes(), hash[1].to_le_bytes()].concat();
        assert_eq!(
            bytes(siphash128(secret, &[])),
            [
                0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55,
                0x02, 0x93
            ]
        );
        assert_eq!(
            bytes(siphash128(secret, &[0])),
            [
                0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22,
                0xfc, 0x45
            ]
        );
    }

    #[test]
    fn the_last_offset_of_each_key_is_found_until_the_budget_is_used() {
        let mut map = OffsetMap::new(10_000 * ENTRY_BYTES, [1, 2]);
        for round in 0..2 {
            for key in 0..8000i64 {
                let put = map.put(&key.to_be_bytes(), Offset(round * 8000 + key));
                assert_eq!(put, Put::Done);
            }
        }
        for key in 0..8000i64 {
            assert_eq!(map.get(&key.to_be_bytes()), Some(Offset(8000 + key)));
        }
        assert_eq!(map.get(b"unknown"), None);
        let full =
            (8000..20_000i64).find(|key| map.put(&key.to_be_bytes(), Offset(0)) == Put::Full);
        assert_eq!(full, Some(9000));
    }
}
