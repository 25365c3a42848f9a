//! The records that Kafka writes into its own topics and files, by family.
//!
//! Generated from `definitions/` by `cargo gen`.

pub mod embedded;
pub mod group;
pub mod metadata;
pub mod raft;
pub mod remote_log;
pub mod share;
pub mod transaction;
