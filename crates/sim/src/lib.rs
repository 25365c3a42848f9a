//! Vltava in a simulated world: the machines, the partitions and the storage of `core/`, on a disk, a
//! clock and a chance that are made up from a seed.
//!
//! - [`world`] is time, chance and tasks.
//! - [`partition`] is a partition on a disk that can lose what was not synced.
//! - [`node`] is a broker: partitions, and the shards of its coordinators.
//! - [`client`] is how tasks talk to it: late, twice, or in vain.
//! - [`scenarios`] are the stories, each with what must never happen in it.

pub mod client;
pub mod faults;
pub mod flaw;
pub mod node;
pub mod partition;
pub mod scenarios;
pub mod world;
