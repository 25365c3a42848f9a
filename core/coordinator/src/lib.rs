//! Groups, committed offsets, transactions and share state: what Kafka keeps in topics of its own.
//!
//! Each partition of such a topic is a [`Shard`]: a [`Machine`] that decides, and the bookkeeping
//! around it that is the same for all of them. A shard reads no clock and opens no file. Requests,
//! moments and metadata come in as values; batches to append, replies and effects go out.
//!
//! - [`machine`] is the contract between a shard and the protocol in it.
//! - [`shard`] loads a partition by replay, writes what is decided, and holds replies until it has
//!   committed.
//! - [`group`] is `__consumer_offsets`: every kind of group, and committed offsets.
//! - [`transaction`] is `__transaction_state`.
//! - [`share`] is `__share_group_state`, and what a broker knows of a partition that is shared.

pub mod group;
pub mod machine;
pub mod shard;
pub mod share;
pub mod timers;
pub mod transaction;

pub use machine::{Ask, Call, Context, Ending, Machine, Output, Refused, Source, Write};
pub use shard::{Appended, Linger, Shard, ShardLog, ShardSettings, Within};
pub use timers::Timers;
