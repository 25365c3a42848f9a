//! A partition of the simulated node: the machine and the log of the real one, on a disk in memory.
//!
//! It promises what a topic with `vltava.durability=synced` does: the high watermark never passes
//! what a power cut would leave. A sync is asked for by every append and takes its time. A disk that
//! fails takes the partition offline, until the node starts again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use base::{
    BrokerId, ErrorCode, LeaderEpoch, MonoMs, Offset, PartitionEpoch, VerificationGuard, WallMs,
};
use replication::partition::{Acks, Assignment, Durability, Partition, Progress, Release, Role};
use storage::{
    AppendOutcome, Appending, Batch, Disk, FlushPlan, LastStop, Log, LogConfig, MemoryDisk,
    Minimum, Opening, Origin, ReadOutcome, TransactionRules, Unverified, Verification,
};

use crate::flaw::Flaw;
use crate::world::World;

const ME: BrokerId = BrokerId(1);

/// Who is told when a batch commits, or never will.
pub type Notify = Box<dyn FnOnce(Release)>;

pub struct SimPartition {
    log: Log,
    machine: Partition<Notify>,
    /// Until then too few replicas are in sync to take anything.
    too_few_until: MonoMs,
    flaw: Option<Flaw>,
}

/// What the first and the last appended offset were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub base_offset: Offset,
    pub last_offset: Offset,
}

/// What is to be appended, and by which rules.
#[derive(Clone, Copy, Debug)]
pub struct Append<'a> {
    pub batch: &'a [u8],
    pub origin: Origin,
    pub rules: TransactionRules,
    pub verification: Verification,
}

/// A disk that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskFailed;

/// Small segments, so that rolling and recovery over several of them are part of the story.
fn log_config() -> Arc<LogConfig> {
    static CONFIG: OnceLock<Arc<LogConfig>> = OnceLock::new();
    let small = || Arc::new(LogConfig { segment_bytes: 16 * 1024, ..LogConfig::default() });
    CONFIG.get_or_init(small).clone()
}

impl SimPartition {
    /// Opens the partition, recovering what a crash left of it, and leads it in `epoch`.
    ///
    /// # Errors
    /// The power failed again meanwhile.
    pub fn open(
        world: &World,
        disk: &MemoryDisk,
        name: &str,
        epoch: i32,
        flaw: Option<Flaw>,
    ) -> Result<SimPartition, DiskFailed> {
        let dir = PathBuf::from("/").join(name);
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let exists = disk.stat(&dir).map_err(|_| DiskFailed)?.is_some();
        let log = if exists {
            let opening = Opening {
                config: log_config(),
                recovery_point: Offset(0),
                log_start: Offset(0),
                cleaned_up_to: Offset(0),
                last_stop: LastStop::Unclean,
                topic_id: None,
                now: world.wall(),
            };
            let opened = Log::open(shared, &dir, opening);
            if flaw == Some(Flaw::RefuseTorn)
                && opened.as_ref().is_ok_and(|(_, report)| report.bytes_lost > 0)
            {
                return Err(DiskFailed);
            }
            opened.map(|(log, _)| log)
        } else {
            Log::create(shared, &dir, log_config(), None, world.wall())
        };
        let mut log = log.map_err(|_| DiskFailed)?;
        log.flush().map_err(|_| DiskFailed)?;
        disk.sync_everything(Path::new("/")).map_err(|_| DiskFailed)?;
        let mut machine = Partition::new(ME, log.end(), Offset(0));
        machine.configure(Durability::Synced, 1);
        let mut partition = SimPartition { log, machine, too_few_until: MonoMs(0), flaw };
        partition.lead(epoch, world.now());
        Ok(partition)
    }

    /// Leads on in a new epoch.
    pub fn lead(&mut self, epoch: i32, now: MonoMs) {
        let assignment = Assignment {
            leader: ME,
            leader_epoch: LeaderEpoch(epoch),
            partition_epoch: PartitionEpoch(epoch),
            replicas: vec![ME],
            isr: vec![ME],
        };
        let durable = self.log.recovery_point();
        let mut progress = self.machine.assign(assignment, durable, now);
        self.log.begin_epoch(LeaderEpoch(epoch));
        match self.flaw {
            Some(Flaw::ForgetMarkers) => progress.high_watermark_moved = false,
            _ => self.log.high_watermark_moved(self.machine.high_watermark()),
        }
        self.settle(progress);
    }

    /// Its disk is gone: nobody hears of what has not committed.
    pub fn go_offline(&mut self) {
        let progress = self.machine.go_offline();
        self.settle(progress);
    }

    pub fn is_online(&self) -> bool {
        self.machine.role() == Role::Leader
    }

    pub fn has_too_few_replicas_until(&mut self, moment: MonoMs) {
        self.too_few_until = moment;
    }

    pub fn epoch(&self) -> i32 {
        self.machine.leader_epoch().0
    }

    pub fn start(&self) -> Offset {
        self.log.log_start()
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

    /// Whether an append may happen now.
    ///
    /// # Errors
    /// NOT_ENOUGH_REPLICAS or NOT_LEADER_OR_FOLLOWER.
    pub fn admit(&self, now: MonoMs) -> Result<LeaderEpoch, ErrorCode> {
        match now < self.too_few_until {
            true => Err(ErrorCode::NotEnoughReplicas),
            false => self.machine.admit(Acks::All),
        }
    }

    /// Appends one batch. `notify` is told when it has committed.
    ///
    /// # Errors
    /// Kafka's code; nothing was appended, unless it is KAFKA_STORAGE_ERROR.
    pub fn append(
        &mut self,
        append: Append<'_>,
        world: &World,
        notify: Notify,
    ) -> Result<Written, ErrorCode> {
        let leader_epoch = self.admit(world.now())?;
        let batch = Batch::parse(append.batch).ok_or(ErrorCode::CorruptMessage)?;
        let Append { origin, rules, verification, .. } = append;
        let appending = Appending { origin, leader_epoch, rules, verification, now: world.wall() };
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

    /// Whether the log knows the transaction of a producer to be open; else the guard under which its
    /// coordinator is asked.
    ///
    /// # Errors
    /// A later incarnation of the producer has written here.
    pub fn begin_verification(
        &mut self,
        asked: Unverified,
        guard: VerificationGuard,
        now: WallMs,
    ) -> Result<Option<VerificationGuard>, ErrorCode> {
        self.log.begin_verification(asked, guard, now).map_err(|error| error.code())
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
        self.log.aborted_transactions(from, to).expect("the audit has a disk that works")
    }

    /// Deletes what lies below `offset`.
    ///
    /// # Errors
    /// The disk.
    pub fn delete_below(&mut self, offset: Offset, now: WallMs) -> Result<(), DiskFailed> {
        let high_watermark = self.machine.high_watermark();
        let offset = offset.min(high_watermark);
        let mut delete = || {
            self.log.advance_log_start(offset, high_watermark)?;
            let plan = self.log.plan_retention(now, high_watermark)?;
            self.log.delete_segments(&plan, now)?.remove()
        };
        delete().map_err(|_| DiskFailed)
    }

    /// Begins a sync; end it with [`SimPartition::finish_sync`].
    ///
    /// # Errors
    /// The disk.
    pub fn begin_sync(&mut self) -> Result<Option<FlushPlan>, DiskFailed> {
        match self.log.recovery_point() < self.log.end() {
            true => self.log.plan_flush().map(Some).map_err(|_| DiskFailed),
            false => Ok(None),
        }
    }

    /// Runs a sync and lets what it made durable commit.
    ///
    /// # Errors
    /// The disk.
    pub fn finish_sync(&mut self, plan: &FlushPlan) -> Result<(), DiskFailed> {
        plan.run().map_err(|_| DiskFailed)?;
        let durable = self.log.flushed(plan.up_to);
        let progress = self.machine.flushed(durable);
        self.settle(progress);
        Ok(())
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
