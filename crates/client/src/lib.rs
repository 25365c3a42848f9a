//! A Kafka client in pure Rust. Being built.
#![allow(dead_code)]

mod backoff;
pub mod config;
pub mod error;
mod frame;
mod link;
pub mod partitioner;

pub use error::{Error, Result};
