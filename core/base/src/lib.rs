//! The words everyone in Vltava shares: ids and offsets, time as plain values, error codes,
//! and the definitions of every configuration key.
//!
//! Nothing here reads a clock, opens a file or draws a random number. A module with a single
//! user moves to that user.

pub mod config;
pub mod error;
pub mod ids;
pub mod shards;
pub mod text;
pub mod time;
pub mod topic;
pub mod uuid;

pub use error::ErrorCode;
pub use ids::{
    BrokerId, LeaderEpoch, Offset, PartitionEpoch, PartitionIndex, ProducerEpoch, ProducerId,
    Sequence, VerificationGuard,
};
pub use shards::ShardedMap;
pub use text::Str;
pub use time::{MonoMs, WallMs};
pub use topic::TopicPartition;
pub use uuid::Uuid;
