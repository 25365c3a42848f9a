//! Randomness as a value. The shell draws 128 random bits per request and hands them in; what a
//! request needs beyond that (topic ids, where placement starts) is stretched from them, so that
//! the same request with the same bits always has the same outcome.

use base::Uuid;

/// A small generator (splitmix64 over two words) seeded per request. Not for secrets.
#[derive(Clone, Debug)]
pub struct Entropy {
    high: u64,
    low: u64,
}

impl Entropy {
    pub fn new(seed: u128) -> Entropy {
        Entropy { high: (seed >> 64) as u64, low: seed as u64 }
    }

    /// 64 fresh bits.
    pub fn bits(&mut self) -> u64 {
        self.low = self.low.wrapping_add(0x9e37_79b9_7f4a_7c15);
        // Both words of the seed reach every output: ids of different requests must not collide
        // more often than 128-bit ids do.
        let mixed = mix(self.low) ^ self.high;
        self.high = self.high.rotate_left(23) ^ mixed;
        mix(mixed)
    }

    /// A generator of its own for one of many decisions, as if it had been seeded afresh.
    pub fn fork(&mut self) -> Entropy {
        Entropy { high: self.bits(), low: self.bits() }
    }

    /// A number below `bound`, or 0 if `bound` is 0. The bias of the modulo is far below what
    /// placement could notice.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.bits() % bound as u64) as usize }
    }

    /// A fresh id for a topic.
    pub fn uuid(&mut self) -> Uuid {
        loop {
            let random = (u128::from(self.bits()) << 64) | u128::from(self.bits());
            // Refused once in 64 draws, when its text would start with a dash.
            if let Some(id) = Uuid::from_random(random) {
                return id;
            }
        }
    }

    /// Puts the items in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_another_seed_others() {
        let ids = |seed| {
            let mut entropy = Entropy::new(seed);
            [entropy.uuid(), entropy.uuid()]
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        assert_ne!(ids(7), ids(7 + (1 << 64)));
        assert_ne!(ids(7)[0], ids(7)[1]);
    }

    #[test]
    fn each_fork_goes_its_own_way_and_the_same_in_every_run() {
        let forks = || {
            let mut entropy = Entropy::new(7);
            [entropy.fork().uuid(), entropy.fork().uuid()]
        };
        assert_eq!(forks(), forks());
        assert_ne!(forks()[0], forks()[1]);
        assert_ne!(forks()[0], Entropy::new(7).uuid());
    }
}
