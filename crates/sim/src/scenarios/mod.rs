//! Stories of a simulated world, each with what must never happen in it.

mod bank;
mod classic_group;
mod consumer_group;
mod exactly_once;
mod grouped_work;
mod membership;
mod offsets;
mod share_group;
mod streams_group;
mod teller;
mod tenure;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base::MonoMs;

use crate::client::{Client, Weather};
use crate::faults::{self, Climate};
use crate::flaw::Flaw;
use crate::node::{Layout, Node};
use crate::world::World;

/// How long faults and clients go on, in milliseconds of the world.
const BUSY_MS: u64 = 12_000;
/// How long the world may take to come to rest afterwards.
const REST_MS: u64 = 120_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Scenario {
    /// Transfers between two partitions, each a transaction: never torn, lost, doubled or undone.
    Bank,
    /// The bank where nothing fails.
    CalmBank,
    /// The bank whose node goes down again and again.
    StormyBank,
    /// The bank whose coordinators move while transactions are open and run out of time.
    MovingBank,
    /// The bank whose tellers speak as before KIP-890, and whose writes are late more often than not in
    /// time.
    LateBank,
    /// Consume, transform, produce, and the offset in the same transaction: each input once.
    ExactlyOnce,
    /// The same by the members of a group, which alone fences those that it has left behind (KIP-447).
    GroupedWork,
    /// One owner per partition and generation, and offsets that never go back.
    ClassicGroup,
    /// One owner per partition at every moment (KIP-848), and offsets that never go back.
    ConsumerGroup,
    /// Records that are shared: held by one, done with once, lost never (KIP-932).
    ShareGroup,
    /// One owner per active task at every moment (KIP-1071).
    StreamsGroup,
}

impl Scenario {
    pub const ALL: [Scenario; 11] = [
        Scenario::Bank,
        Scenario::CalmBank,
        Scenario::StormyBank,
        Scenario::MovingBank,
        Scenario::LateBank,
        Scenario::ExactlyOnce,
        Scenario::GroupedWork,
        Scenario::ClassicGroup,
        Scenario::ConsumerGroup,
        Scenario::ShareGroup,
        Scenario::StreamsGroup,
    ];

    pub fn run(self, seed: u64, flaw: Option<Flaw>) -> Story {
        match self {
            Scenario::Bank => bank::run(seed, flaw, Climate::Rough, Writes::NowAndThenLate),
            Scenario::CalmBank => bank::run(seed, flaw, Climate::Calm, Writes::NowAndThenLate),
            Scenario::StormyBank => bank::run(seed, flaw, Climate::Stormy, Writes::NowAndThenLate),
            Scenario::MovingBank => bank::run(seed, flaw, Climate::Moving, Writes::NowAndThenLate),
            Scenario::LateBank => bank::run(seed, flaw, Climate::Calm, Writes::OftenLate),
            Scenario::ExactlyOnce => exactly_once::run(seed, flaw),
            Scenario::GroupedWork => grouped_work::run(seed, flaw),
            Scenario::ClassicGroup => classic_group::run(seed, flaw),
            Scenario::ConsumerGroup => consumer_group::run(seed, flaw),
            Scenario::ShareGroup => share_group::run(seed, flaw),
            Scenario::StreamsGroup => streams_group::run(seed, flaw),
        }
    }
}

/// The finalised `transaction.version` of a world: one in three does not know KIP-890.
fn transaction_version(seed: u64) -> i16 {
    [0, 1, 2, 2, 2, 2][(seed % 6) as usize]
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

/// How long what a producer writes is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writes {
    NowAndThenLate,
    OftenLate,
}

/// What takes part in a story.
#[derive(Clone)]
struct Stage {
    world: World,
    node: Node,
    flaw: Option<Flaw>,
    climate: Climate,
    writes: Writes,
    log: Rc<RefCell<Log>>,
}

#[derive(Default)]
struct Log {
    violations: Vec<String>,
    facts: BTreeMap<&'static str, u64>,
}

impl Stage {
    fn new(seed: u64, layout: Layout, flaw: Option<Flaw>) -> Stage {
        let world = World::new(seed);
        let node = Node::new(&world, layout, flaw);
        node.start();
        let (climate, writes) = (Climate::Rough, Writes::NowAndThenLate);
        Stage { world, node, flaw, climate, writes, log: Rc::default() }
    }

    fn client(&self, weather: Weather) -> Client {
        Client::new(&self.world, &self.node, weather)
    }

    fn count(&self, fact: &'static str) {
        *self.log.borrow_mut().facts.entry(fact).or_default() += 1;
    }

    fn violated(&self, what: String) {
        self.world.say(|| format!("VIOLATED: {what}"));
        self.log.borrow_mut().violations.push(what);
    }

    fn is_over(&self) -> bool {
        self.world.now() >= self.end()
    }

    fn end(&self) -> MonoMs {
        MonoMs(BUSY_MS)
    }

    fn has_counted(&self, fact: &'static str) -> bool {
        self.log.borrow().facts.contains_key(fact)
    }

    /// Lets the node fail while the story lasts, runs it, and gives it time to come to rest.
    fn run(&self) {
        faults::spawn(&self.world, &self.node, self.climate, self.end());
        self.world.run_until(MonoMs(BUSY_MS + REST_MS));
        if !self.node.is_sound() {
            self.violated("the node does not come back when all is over".into());
        }
    }

    /// Gives the world more time.
    fn rest(&self) {
        self.world.run_until(MonoMs(self.world.now().0.max(BUSY_MS + REST_MS) + REST_MS));
    }

    fn story(self) -> Story {
        let trace = self.world.trace();
        self.world.end();
        let log = std::mem::take(&mut *self.log.borrow_mut());
        Story { violations: log.violations, trace, facts: log.facts }
    }
}

#[cfg(test)]
mod tests;
