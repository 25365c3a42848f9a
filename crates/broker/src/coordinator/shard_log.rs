//! The log of a shard: the partition that this node leads.

use std::sync::Arc;

use base::{ErrorCode, LeaderEpoch, Offset, PartitionIndex, WallMs};
use coordinator::{Appended, ShardLog, Within};
use io::Env;
use prometheus_client::metrics::histogram::Histogram;
use replication::partition::Release;
use storage::{Batch, Minimum, ReadOutcome, TransactionRules, Verification};
use tokio::sync::mpsc;

use super::runtime::Event;
use crate::partitions::{CoordinatorWrite, Replica};

/// A partition, as the shard that lives in it sees it.
#[derive(Clone)]
pub struct ReplicaLog {
    pub replica: Arc<Replica>,
    pub index: PartitionIndex,
    /// Since when this node leads it. Whatever happens under another epoch is not this shard's.
    pub epoch: LeaderEpoch,
    pub events: mpsc::UnboundedSender<Event>,
    pub now: WallMs,
    pub env: Arc<dyn Env>,
    /// How long appends take.
    pub flush_seconds: Histogram,
    /// Whether what is written in a transaction needs the word of its coordinator.
    pub verifies: bool,
}

impl ShardLog for ReplicaLog {
    fn append(
        &mut self,
        batch: &[u8],
        base: Offset,
        within: Within,
    ) -> Result<Appended, ErrorCode> {
        let batch = Batch::parse(batch).ok_or(ErrorCode::UnknownServerError)?;
        let (rules, verification) = match within {
            Within::None => Default::default(),
            Within::Ended(version) => (TransactionRules::of_version(version), Default::default()),
            Within::Ongoing(guard) if self.verifies => {
                (TransactionRules::default(), Verification::Required(guard))
            }
            Within::Ongoing(_) => Default::default(),
        };
        let end = Offset(base.0 + i64::from(batch.header.last_offset_delta) + 1);
        let (events, shard, epoch) = (self.events.clone(), self.index, self.epoch);
        let notify = move |release| {
            let event = match release {
                // The high watermark has passed the batch in both; that the set of replicas in sync
                // has become small since concerns what comes next.
                Release::Committed | Release::NotEnoughReplicasAfterAppend => {
                    Event::Committed { shard, epoch, offset: end }
                }
                Release::NotLeader => Event::Lost { shard, epoch },
            };
            // The coordinator may have stopped.
            let _ = events.send(event);
        };
        let writing = CoordinatorWrite {
            place: Some((self.epoch, base)),
            rules,
            verification,
            now: self.now,
        };
        let begun_us = self.env.mono_us();
        let written = self.replica.append_for_coordinator(batch, writing, notify)?;
        let took_us = self.env.mono_us().saturating_sub(begun_us);
        self.flush_seconds.observe(took_us as f64 / 1e6);
        Ok(Appended { high_watermark: written.high_watermark })
    }
}

impl ReplicaLog {
    /// First offset, log end offset and high watermark.
    pub fn bounds(&self) -> Result<(Offset, Offset, Offset), ErrorCode> {
        let bounds = self.replica.bounds_for(self.epoch)?;
        Ok((bounds.log_start, bounds.log_end, bounds.high_watermark))
    }

    /// Whole batches from the one that holds `offset`, below the log end offset; some `bytes_max`
    /// of them, and at least one.
    pub fn read(&self, offset: Offset, bytes_max: usize) -> Result<Vec<u8>, ErrorCode> {
        let read = self.replica.look_up(self.epoch, |log, _| {
            let end = log.end();
            log.read(offset, bytes_max, end, Minimum::OneBatch)
        })?;
        match read {
            // Copied without the partition's lock, which appends would wait for.
            ReadOutcome::Read(read) => read.bytes().map_err(|_| ErrorCode::KafkaStorageError),
            ReadOutcome::OutOfRange { .. } => Err(ErrorCode::OffsetOutOfRange),
        }
    }
}
