//! Where the replicas of new partitions go.
//!
//! Two rules cannot be bent: the replicas of a partition are on different brokers, and its first
//! replica, the leader to be, is on an unfenced one. Beyond them replicas are striped: partition
//! after partition starts one rack further, each rack hands out its brokers in turn, and fenced
//! brokers are taken only when a rack has no unfenced one left. Where the stripes start is random,
//! or else the first broker of the first rack would lead every topic of one partition. Once every
//! unfenced broker has led once, racks and brokers are shuffled, so that the same pairs of brokers
//! do not share all partitions.
//!
//! ```text
//! racks A, B, C with three brokers each, all starts 0:
//! partition 0: A0 B0 C0
//! partition 1: B1 C1 A1
//! partition 2: C2 A2 B2
//! ```

use std::collections::BTreeMap;
use std::fmt;

use base::{BrokerId, Str};

use crate::Entropy;

/// A broker that may be given replicas: registered, not shutting down, with a log directory that
/// is not cordoned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsableBroker {
    pub id: BrokerId,
    pub rack: Option<Str>,
    pub fenced: bool,
}

/// Why no placement exists. All of them are INVALID_REPLICATION_FACTOR on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlacementError {
    NotPositive(i16),
    AllFenced,
    TooFewBrokers { wanted: i16, usable: usize },
}

impl fmt::Display for PlacementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlacementError::NotPositive(factor) => {
                write!(f, "the replication factor must be 1 or more, got {factor}")
            }
            PlacementError::AllFenced => write!(
                f,
                "every broker is fenced or has only cordoned log directories: wait for one to start"
            ),
            PlacementError::TooFewBrokers { wanted, usable } => write!(
                f,
                "replication factor {wanted} needs {wanted} brokers, and {usable} can take replicas: \
                 start more brokers or ask for fewer replicas"
            ),
        }
    }
}

/// The replicas of `partitions` new partitions, preferred leader first.
///
/// # Errors
/// The brokers cannot carry `replication_factor` replicas.
pub fn place(
    brokers: &[UsableBroker],
    partitions: usize,
    replication_factor: i16,
    entropy: &mut Entropy,
) -> Result<Vec<Vec<BrokerId>>, PlacementError> {
    let replicas = match usize::try_from(replication_factor) {
        Ok(replicas) if replicas > 0 => replicas,
        _ => return Err(PlacementError::NotPositive(replication_factor)),
    };
    let unfenced = brokers.iter().filter(|broker| !broker.fenced).count();
    if unfenced == 0 {
        return Err(PlacementError::AllFenced);
    }
    if replicas > brokers.len() {
        let usable = brokers.len();
        return Err(PlacementError::TooFewBrokers { wanted: replication_factor, usable });
    }
    let mut stripes = Stripes::new(brokers, unfenced, entropy);
    Ok((0..partitions).map(|_| stripes.next_partition(replicas, entropy)).collect())
}

/// Brokers of one rack and one state, handed out in turn; a new round starts one broker further.
struct Ring {
    brokers: Vec<BrokerId>,
    start: usize,
    taken: usize,
    round: usize,
}

impl Ring {
    fn new(mut brokers: Vec<BrokerId>, entropy: &mut Entropy) -> Ring {
        brokers.sort();
        let start = entropy.below(brokers.len());
        Ring { brokers, start, taken: 0, round: 0 }
    }

    fn next(&mut self, round: usize) -> Option<BrokerId> {
        if self.brokers.is_empty() {
            return None;
        }
        if self.round != round {
            self.round = round;
            self.taken = 0;
            self.start = (self.start + 1) % self.brokers.len();
        }
        if self.taken == self.brokers.len() {
            return None;
        }
        let broker = self.brokers[(self.start + self.taken) % self.brokers.len()];
        self.taken += 1;
        Some(broker)
    }
}

struct Rack {
    unfenced: Ring,
    fenced: Ring,
}

struct Stripes {
    racks: Vec<Rack>,
    unfenced: usize,
    first_rack: usize,
    round: usize,
}

impl Stripes {
    fn new(brokers: &[UsableBroker], unfenced: usize, entropy: &mut Entropy) -> Stripes {
        let mut by_rack: BTreeMap<Option<&Str>, [Vec<BrokerId>; 2]> = BTreeMap::new();
        for broker in brokers {
            let rack = by_rack.entry(broker.rack.as_ref()).or_default();
            rack[usize::from(broker.fenced)].push(broker.id);
        }
        let racks: Vec<Rack> = by_rack
            .into_values()
            .map(|[unfenced, fenced]| Rack {
                unfenced: Ring::new(unfenced, entropy),
                fenced: Ring::new(fenced, entropy),
            })
            .collect();
        let first_rack = entropy.below(racks.len());
        Stripes { racks, unfenced, first_rack, round: 0 }
    }

    /// The caller has checked that there are at least `replicas` brokers, and an unfenced one.
    fn next_partition(&mut self, replicas: usize, entropy: &mut Entropy) -> Vec<BrokerId> {
        if self.round == self.unfenced && self.unfenced > 1 {
            self.shuffle(entropy);
            self.round = 0;
        }
        let count = self.racks.len();
        let round = self.round;
        let start = self.first_rack % count;
        let mut placed = Vec::with_capacity(replicas);

        let mut leader_rack = None;
        for step in 0..count {
            let rack = (start + step) % count;
            if let Some(broker) = self.racks[rack].unfenced.next(round) {
                placed.push(broker);
                leader_rack = Some(rack);
                break;
            }
        }
        // The first visit passes the leader's rack by: it has had its turn.
        let mut rack = start;
        let mut idle = 0;
        while placed.len() < replicas && idle <= 2 * count {
            let broker = if leader_rack == Some(rack) {
                leader_rack = None;
                None
            } else {
                let Rack { unfenced, fenced } = &mut self.racks[rack];
                unfenced.next(round).or_else(|| fenced.next(round))
            };
            idle = if broker.is_some() { 0 } else { idle + 1 };
            placed.extend(broker);
            rack = (rack + 1) % count;
        }
        self.round += 1;
        self.first_rack = (start + 1) % count;
        placed
    }

    fn shuffle(&mut self, entropy: &mut Entropy) {
        entropy.shuffle(&mut self.racks);
        for rack in &mut self.racks {
            entropy.shuffle(&mut rack.unfenced.brokers);
            entropy.shuffle(&mut rack.fenced.brokers);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(id: i32, rack: Option<&str>) -> UsableBroker {
        UsableBroker { id: BrokerId(id), rack: rack.map(Str::from), fenced: false }
    }

    fn fenced(id: i32, rack: Option<&str>) -> UsableBroker {
        UsableBroker { fenced: true, ..broker(id, rack) }
    }

    fn placed(
        brokers: &[UsableBroker],
        partitions: usize,
        factor: i16,
        seed: u128,
    ) -> Vec<Vec<i32>> {
        place(brokers, partitions, factor, &mut Entropy::new(seed))
            .unwrap()
            .into_iter()
            .map(|replicas| replicas.into_iter().map(|id| id.0).collect())
            .collect()
    }

    #[test]
    fn one_broker_leads_everything() {
        assert_eq!(placed(&[broker(1, None)], 3, 1, 9), [[1], [1], [1]]);
    }

    #[test]
    fn every_rack_gets_one_replica_before_any_gets_two() {
        let brokers: Vec<_> =
            (0..9).map(|id| broker(id, Some(["a", "b", "c"][id as usize % 3]))).collect();
        for seed in 0..50 {
            for replicas in placed(&brokers, 30, 3, seed) {
                let mut racks: Vec<i32> = replicas.iter().map(|id| id % 3).collect();
                racks.sort_unstable();
                assert_eq!(racks, [0, 1, 2], "{replicas:?}");
            }
        }
    }

    #[test]
    fn leaders_are_spread_evenly_and_never_fenced() {
        let brokers =
            [broker(0, None), broker(1, None), fenced(2, None), broker(3, None), fenced(4, None)];
        for seed in 0..50 {
            let all = placed(&brokers, 30, 4, seed);
            let mut led = [0; 5];
            for replicas in &all {
                led[replicas[0] as usize] += 1;
                let mut distinct = replicas.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), 4, "{replicas:?}");
                // Three unfenced brokers come before the one fenced that is needed.
                assert!([2, 4].contains(&replicas[3]), "{replicas:?}");
            }
            assert_eq!(led, [10, 10, 0, 10, 0]);
        }
    }

    #[test]
    fn the_start_differs_from_topic_to_topic() {
        let brokers: Vec<_> = (0..4).map(|id| broker(id, None)).collect();
        let mut first: Vec<i32> = (0..40).map(|seed| placed(&brokers, 1, 1, seed)[0][0]).collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first, [0, 1, 2, 3]);
    }

    #[test]
    fn what_cannot_be_placed_is_refused() {
        let error = |brokers: &[UsableBroker], factor| {
            place(brokers, 1, factor, &mut Entropy::new(1)).unwrap_err()
        };
        assert_eq!(error(&[broker(0, None)], 0), PlacementError::NotPositive(0));
        assert_eq!(error(&[fenced(0, None)], 1), PlacementError::AllFenced);
        assert_eq!(error(&[], 1), PlacementError::AllFenced);
        assert_eq!(
            error(&[broker(0, None), fenced(1, None)], 3),
            PlacementError::TooFewBrokers { wanted: 3, usable: 2 }
        );
    }
}
