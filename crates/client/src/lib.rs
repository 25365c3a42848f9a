//! A Kafka client in pure Rust: producer, consumer, admin.
//!
//! [`Cluster`] finds brokers and leaders and keeps a [`connection::Connection`] to each; the
//! [`Producer`] sends records through it, the [`Consumer`] reads assigned partitions, [`Admin`]
//! manages topics and configuration. Several of them may share one cluster. Keys and defaults are
//! Kafka's ([`config`]); [`Error`] says what the caller should do.
//!
//! All of it runs inside a tokio runtime of either kind; a single thread is enough.

pub mod admin;
mod backoff;
pub mod cluster;
pub mod config;
pub mod connection;
pub mod consumer;
pub mod coordinators;
pub mod error;
mod frame;
mod link;
pub mod metadata;
pub mod partitioner;
pub mod producer;
pub mod record;
#[cfg(test)]
mod scripted_broker;

pub use admin::Admin;
pub use cluster::Cluster;
pub use consumer::Consumer;
pub use error::{Error, Result};
pub use producer::Producer;
pub use record::{ConsumerRecord, Header, ProducerRecord};
