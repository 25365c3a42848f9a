//! The partition log, in Kafka's own on-disk format to the byte, over the [`Disk`] trait.
//!
//! [`Log`] is the door: append, read, look up, truncate, delete, flush. Behind it a log is a list of
//! segments (`segment`), each a file of batches and its sparse indexes (`index`,
//! `transactions`), and what the log remembers of its producers (`producers`) and leaders (`epochs`).
//! `recover` opens a directory that any Kafka left, `retain` and `compact` make it smaller, `checkpoint`
//! reads and writes the small text files around it.
//!
//! Nothing here opens a file by itself, reads a clock or starts a thread. Plans are values; what
//! is slow (syncs, deletions, compaction) is planned under the owner's lock and done outside.

mod checkpoint;
mod compact;
mod config;
mod disk;
mod epochs;
mod error;
mod index;
mod journal;
mod keep;
mod log;
mod lookup;
mod manifest;
mod memory_disk;
mod names;
mod offset_map;
mod producers;
mod recover;
mod retain;
mod scan;
mod segment;
#[cfg(test)]
mod tests;
mod transactions;
mod truncate;

pub use checkpoint::{
    CLEANER_OFFSETS, CheckpointError, CleanStop, HIGH_WATERMARKS, LOG_STARTS, META_PROPERTIES,
    MetaProperties, RECOVERY_POINTS, amend_offsets, read_offsets, read_topic_id, write_offsets,
    write_topic_id,
};
pub use compact::{
    CompactedGroup, Compaction, CompactionCandidate, CompactionStats, CompactionStep,
};
pub use config::{Cleanup, LogConfig};
pub use disk::{
    Disk, DiskFile, Entry, FileSlice, Kind, Space, Stat, read_exactly, read_small, replace_small,
};
pub use epochs::{EpochStart, Epochs};
pub use error::{LogError, Result};
pub use journal::{
    Group, HALF_BYTES_MAX, JOURNAL_FILES, Journal, JournalPlan, Journaled, Replayed,
};
pub use log::{
    AppendError, AppendOutcome, Appended, Appending, Batch, FlushPlan, Log, LogPosition, Minimum,
    Read, ReadOutcome, TimestampOffset,
};
pub use manifest::{Manifest, Rested, Unchanged};
pub use memory_disk::{Counts, MemoryDisk};
pub use names::{DirectoryState, directory_name, parse_directory_name};
pub use offset_map::OffsetMap;
pub use producers::{
    AppendedBatch, Origin, Producer, ProducerError, TransactionRules, Unverified, Verification,
};
pub use recover::{LastStop, OpenReport, Opening};
pub use retain::{DeletedFiles, Doom, RetentionPlan};
pub use segment::RollReason;
pub use transactions::{AbortedTransaction, Ending, Marker};
