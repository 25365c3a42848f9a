//! Stories of a simulated world, each with what must never happen in it.

mod bank;
mod classic_group;
mod consumer_group;
mod exactly_once;
mod teller;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base::MonoMs;

use crate::client::{Client, Weather};
use crate::faults;
use crate::flaw::Flaw;
use crate::node::Node;
use crate::world::World;

/// How long faults and clients go on, in milliseconds of the world.
const BUSY_MS: u64 = 20_000;
/// How long the world may take to come to rest afterwards.
const REST_MS: u64 = 120_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// Transfers between two partitions, each a transaction: never torn, lost, doubled or undone.
    Bank,
    /// Consume, transform, produce, and the offset in the same transaction: each input once.
    ExactlyOnce,
    /// One owner per partition and generation, and offsets that never go back.
    ClassicGroup,
    /// One owner per partition at every moment (KIP-848).
    ConsumerGroup,
}

impl Scenario {
    pub const ALL: [Scenario; 4] =
        [Scenario::Bank, Scenario::ExactlyOnce, Scenario::ClassicGroup, Scenario::ConsumerGroup];

    pub fn run(self, seed: u64, flaw: Option<Flaw>) -> Story {
        match self {
            Scenario::Bank => bank::run(seed, flaw),
            Scenario::ExactlyOnce => exactly_once::run(seed, flaw),
            Scenario::ClassicGroup => classic_group::run(seed, flaw),
            Scenario::ConsumerGroup => consumer_group::run(seed, flaw),
        }
    }
}

/// What came of one seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// What must not have happened, and did.
    pub violations: Vec<String>,
    /// The whole schedule in one number: the same for the same seed.
    pub trace: u64,
    /// How often what was meant to happen did, to see that a story is not an empty one.
    pub facts: BTreeMap<&'static str, u64>,
}

/// What takes part in a story.
#[derive(Clone)]
struct Stage {
    world: World,
    node: Node,
    log: Rc<RefCell<Log>>,
}

#[derive(Default)]
struct Log {
    violations: Vec<String>,
    facts: BTreeMap<&'static str, u64>,
}

impl Stage {
    fn new(seed: u64, topics: &[(&str, i32)], flaw: Option<Flaw>) -> Stage {
        let world = World::new(seed);
        let node = Node::new(&world, topics, flaw);
        node.start();
        Stage { world, node, log: Rc::default() }
    }

    fn client(&self, weather: Weather) -> Client {
        Client::new(&self.world, &self.node, weather)
    }

    fn count(&self, fact: &'static str) {
        *self.log.borrow_mut().facts.entry(fact).or_default() += 1;
    }

    fn violated(&self, what: String) {
        self.log.borrow_mut().violations.push(what);
    }

    fn is_over(&self) -> bool {
        self.world.now() >= self.end()
    }

    fn end(&self) -> MonoMs {
        MonoMs(BUSY_MS)
    }

    /// Lets the node fail while the story lasts, runs it, and gives it time to come to rest.
    fn run(&self) {
        faults::spawn(&self.world, &self.node, 4_000, self.end());
        self.world.run_until(MonoMs(BUSY_MS + REST_MS));
        if !self.node.is_up() {
            self.node.start();
            self.world.run_until(MonoMs(BUSY_MS + 2 * REST_MS));
        }
    }

    fn story(self) -> Story {
        let trace = self.world.trace();
        self.world.end();
        let log = std::mem::take(&mut *self.log.borrow_mut());
        Story { violations: log.violations, trace, facts: log.facts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_trace() {
        for scenario in Scenario::ALL {
            let first = scenario.run(7, None);
            assert_eq!(first, scenario.run(7, None), "{scenario:?}");
            assert_ne!(first.trace, scenario.run(8, None).trace, "{scenario:?}");
        }
    }

    #[test]
    fn nothing_is_violated_in_a_few_seeds_and_enough_happens() {
        for scenario in Scenario::ALL {
            let mut facts = BTreeMap::new();
            for seed in 0..30 {
                let story = scenario.run(seed, None);
                assert_eq!(story.violations, Vec::<String>::new(), "{scenario:?}, seed {seed}");
                for (fact, count) in story.facts {
                    *facts.entry(fact).or_insert(0) += count;
                }
            }
            assert!(facts.get("committed") > Some(&200), "{scenario:?}: {facts:?}");
        }
    }
}
