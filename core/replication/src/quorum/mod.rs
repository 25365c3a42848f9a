//! The quorum of the metadata log: KRaft (KIP-595, 630, 631, 853, 996).
//!
//! [`machine`] decides who leads and what has committed; [`log`] and [`snapshot`] turn records into
//! the bytes of Kafka's files and back; [`state_file`] is what a voter must not forget. Nothing here
//! opens a file: the owner of the log does what the machine's effects say, in their order.

pub mod answers;
pub mod control;
pub mod log;
pub mod machine;
pub mod snapshot;
pub mod state_file;
pub mod voters;

pub use control::ControlRecord;
pub use log::{Contents, LogBatch, LogError, atomic_batch, batches, control_batch, read_batches};
pub use machine::{
    Candidacy, Effect, Event, KnownVoters, LogEnd, Quorum, QuorumSettings, QuorumStatus, State,
};
pub use snapshot::{
    QuorumFacts, Snapshot, SnapshotFile, SnapshotId, SnapshotSchedule, build_bootstrap_file,
    build_snapshot, read_snapshot, snapshot_time,
};
pub use state_file::{ElectionState, FILE_NAME as STATE_FILE_NAME};
pub use voters::{ReplicaKey, Voter, VoterEndpoint, VoterSet};
