//! A partition of the simulated node: the machine and the log of the real one, on a disk in memory.
//!
//! It promises what a topic with `vltava.durability=synced` does: the high watermark never passes
//! what a power cut would leave. A sync is asked for by every append and takes its time.

use std::path::PathBuf;
use std::sync::Arc;

use base::{BrokerId, ErrorCode, LeaderEpoch, Offset, PartitionEpoch, WallMs};
use replication::partition::{Acks, Assignment, Durability, Partition, Progress, Release};
use storage::{
    AppendOutcome, Appending, Batch, Disk, FlushPlan, LastStop, Log, LogConfig, MemoryDisk,
    Minimum, Opening, Origin, ReadOutcome, TransactionRules, Verification,
};

use crate::world::World;

const ME: BrokerId = BrokerId(1);

/// Who is told when a batch commits.
pub type Notify = Box<dyn FnOnce(Release)>;

pub struct SimPartition {
    log: Log,
    machine: Partition<Notify>,
}

/// What the first and the last appended offset were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub base_offset: Offset,
    pub last_offset: Offset,
}

impl SimPartition {
    /// Opens the partition, recovering what a crash left of it. `epoch` counts the starts of the node.
    pub fn open(world: &World, disk: &MemoryDisk, name: &str, epoch: i32) -> SimPartition {
        let dir = PathBuf::from("/").join(name);
        // Small segments, so that rolling and recovery over several of them are part of the story.
        let config = Arc::new(LogConfig { segment_bytes: 16 * 1024, ..LogConfig::default() });
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let exists = disk.stat(&dir).expect("a disk that works").is_some();
        let mut log = if exists {
            let opening = Opening {
                config,
                recovery_point: Offset(0),
                log_start: Offset(0),
                last_stop: LastStop::Unclean,
                now: world.wall(),
            };
            Log::open(shared.clone(), &dir, opening).expect("a log that recovers").0
        } else {
            Log::create(shared.clone(), &dir, config, None, world.wall()).expect("a new log")
        };
        log.flush().expect("a disk that works");
        shared.sync_everything(&PathBuf::from("/")).expect("a disk that works");
        let epoch = LeaderEpoch(epoch);
        let mut machine = Partition::new(ME, log.end(), Offset(0));
        machine.configure(Durability::Synced, 1);
        let assignment = Assignment {
            leader: ME,
            leader_epoch: epoch,
            partition_epoch: PartitionEpoch(epoch.0),
            replicas: vec![ME],
            isr: vec![ME],
        };
        let durable = log.recovery_point();
        machine.assign(assignment, durable, world.now());
        log.begin_epoch(epoch);
        log.high_watermark_moved(machine.high_watermark());
        SimPartition { log, machine }
    }

    pub fn end(&self) -> Offset {
        self.log.end()
    }

    pub fn high_watermark(&self) -> Offset {
        self.machine.high_watermark()
    }

    pub fn last_stable(&self) -> Offset {
        self.log.last_stable(self.machine.high_watermark())
    }

    /// Appends one batch. `notify` is told when it has committed.
    ///
    /// # Errors
    /// Kafka's code; nothing was appended.
    pub fn append(
        &mut self,
        batch: &[u8],
        origin: Origin,
        rules: TransactionRules,
        now: WallMs,
        notify: Notify,
    ) -> Result<Written, ErrorCode> {
        let leader_epoch = self.machine.admit(Acks::All)?;
        let batch = Batch::parse(batch).ok_or(ErrorCode::CorruptMessage)?;
        let verification = Verification::Settled;
        let appending = Appending { origin, leader_epoch, rules, verification, now };
        let outcome = self.log.append_as_leader(batch, appending);
        let written = match outcome.map_err(|_| ErrorCode::KafkaStorageError)? {
            AppendOutcome::Appended(appended) => {
                Written { base_offset: appended.base_offset, last_offset: appended.last_offset }
            }
            AppendOutcome::Duplicate { base_offset, last_offset, .. } => {
                Written { base_offset, last_offset }
            }
            AppendOutcome::Rejected(error) => return Err(error.code()),
        };
        let end = self.log.end();
        let progress = self.machine.appended(end);
        self.settle(progress);
        if let Some((notify, release)) = self.machine.park(written.last_offset.plus(1), notify) {
            notify(release);
        }
        Ok(written)
    }

    /// Whole batches from `offset` up to a bound.
    ///
    /// # Errors
    /// OFFSET_OUT_OF_RANGE, or the disk.
    pub fn read(&mut self, offset: Offset, up_to: Offset) -> Result<Vec<u8>, ErrorCode> {
        let read = self.log.read(offset, 64 * 1024, up_to, Minimum::OneBatch);
        match read.map_err(|_| ErrorCode::KafkaStorageError)? {
            ReadOutcome::Read(read) => read.bytes().map_err(|_| ErrorCode::KafkaStorageError),
            ReadOutcome::OutOfRange { .. } => Err(ErrorCode::OffsetOutOfRange),
        }
    }

    /// The transactions that a reader of committed records must skip.
    pub fn aborted(&mut self, from: Offset, to: Offset) -> Vec<storage::AbortedTransaction> {
        self.log.aborted_transactions(from, to).expect("a disk that works")
    }

    /// Begins a sync; end it with [`SimPartition::finish_sync`].
    pub fn begin_sync(&mut self) -> Option<FlushPlan> {
        let behind = self.log.recovery_point() < self.log.end();
        behind.then(|| self.log.plan_flush().ok()).flatten()
    }

    /// Runs a sync and lets what it made durable commit.
    pub fn finish_sync(&mut self, plan: &FlushPlan) {
        // A disk that has lost its power syncs nothing.
        if plan.run().is_err() {
            return;
        }
        let durable = self.log.flushed(plan.up_to);
        let progress = self.machine.flushed(durable);
        self.settle(progress);
    }

    fn settle(&mut self, progress: Progress<Notify>) {
        if progress.high_watermark_moved {
            let high_watermark = self.machine.high_watermark();
            self.log.high_watermark_moved(high_watermark);
        }
        for (notify, release) in progress.released {
            notify(release);
        }
    }
}
