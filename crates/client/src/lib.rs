//! A Kafka client in pure Rust. Being built.
#![allow(dead_code)]

pub mod admin;
mod backoff;
pub mod cluster;
pub mod config;
pub mod connection;
pub mod error;
mod frame;
mod link;
pub mod metadata;
pub mod partitioner;
pub mod producer;
pub mod record;

pub use admin::Admin;
pub use cluster::Cluster;
pub use error::{Error, Result};
