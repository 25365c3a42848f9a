//! The server: what a node of the cluster does.
//!
//! `server` starts and stops a node. `network` moves frames, `api` says what they mean: one file per
//! API. `partitions` holds the logs and what of them is committed; `metadata_thread` owns the
//! controller and the metadata log, and `applier` lets the partitions follow it. `coordinator` runs the
//! shards of groups and transactions on those partitions. `housekeeping` does what nobody asks for.
//!
//! Everything that decides lives in `core/`; here are the threads, queues, timers and files around
//! it. This crate never depends on `client`.

pub mod api;
mod applier;
mod compactor;
mod controller;
mod coordinator;
pub mod format;
mod future_log;
mod housekeeping;
mod internal_topics;
mod loader;
mod log_directory;
pub mod log_levels;
pub mod log_recovery;
mod metadata_log;
mod metadata_thread;
mod metrics;
mod metrics_endpoint;
mod mover;
mod network;
mod node;
mod opened;
mod partitions;
mod pending;
mod producer_ids;
mod server;
mod share;
mod topic_settings;
mod transactions;
mod unfolding;

pub use node::Advertised;
pub use server::{Server, StartError, announce, controller_endpoints, supported_features};
