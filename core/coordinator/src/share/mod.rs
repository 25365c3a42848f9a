//! Share groups below the group protocol (KIP-932): the state that a share coordinator keeps of each
//! partition, and what the leader of a partition knows of records in flight.
//!
//! Two machines that need each other. The leader of a partition delivers its records to a share
//! group and knows who holds which ([`partition`]). What must outlive it (how far the group has
//! come, which records beyond that are done with, how often others were delivered) it has a share
//! coordinator write down ([`shard`]), which answers when that has committed.

pub mod batches;
pub mod partition;
mod record;
pub mod session;
pub mod shard;

pub use batches::StateBatch;
pub use record::ShareRecord;
pub use shard::{
    DeleteState, DeletedState, InitializeState, InitializedState, Prune, ReadState, ReadStateReply,
    ReadSummary, ReadSummaryReply, ShareError, SharePartitionKey, ShareShard, StateSummary,
    StoredState, WriteState, WrittenState,
};

/// What may become of a record, by the numbers that requests and records carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordState {
    /// To be delivered, for the first time or again.
    Available,
    /// A consumer holds it.
    Acquired,
    /// Done with: a consumer has accepted it.
    Acknowledged,
    /// Done with: rejected, delivered too often, or gone from the log.
    Archived,
}

impl RecordState {
    pub fn code(self) -> i8 {
        match self {
            RecordState::Available => 0,
            RecordState::Acquired => 1,
            RecordState::Acknowledged => 2,
            RecordState::Archived => 4,
        }
    }

    pub fn from_code(code: i8) -> Option<RecordState> {
        match code {
            0 => Some(RecordState::Available),
            1 => Some(RecordState::Acquired),
            2 => Some(RecordState::Acknowledged),
            4 => Some(RecordState::Archived),
            _ => None,
        }
    }

    /// Whether the group is done with the record.
    pub fn is_terminal(self) -> bool {
        matches!(self, RecordState::Acknowledged | RecordState::Archived)
    }
}
