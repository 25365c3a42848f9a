//! One partition as one group shares it: the machine that knows its records in flight, and who waits
//! for it.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use base::{ErrorCode, LeaderEpoch, MonoMs, Offset, Str};
use coordinator::share::SharePartitionKey;
use coordinator::share::partition::{
    Acknowledgement, AcquireMode, AcquiredRecords, Acquisition, ChangeId, FetchedBatch,
    ShareLimits, SharePartition, ShareWrite, WriteOutcome,
};
use coordinator::share::shard::ShareError;
use parking_lot::Mutex;
use storage::{FileSlice, Minimum};
use tokio::sync::{Notify, oneshot};

use super::batches::{batches_of, cut};
use super::{Order, Sharing};
use crate::partitions::{Found, Isolation, Reading, Replica};

/// How many reads find nothing that is to be delivered before others have their turn.
const READS_MAX: usize = 8;

/// Lock order: the shared partition, then its replica.
pub struct SharedPartition {
    pub key: SharePartitionKey,
    pub topic: Str,
    pub leader_epoch: LeaderEpoch,
    pub replica: Arc<Replica>,
    inner: Mutex<Inner>,
    waiters: Mutex<Vec<Weak<Notify>>>,
}

struct Inner {
    stage: Stage,
    /// Who waits for a change to be written.
    pending: HashMap<ChangeId, oneshot::Sender<Result<(), ShareError>>>,
    /// The deadline that the keeper knows.
    armed: MonoMs,
}

enum Stage {
    Loading,
    Serving(Box<SharePartition>),
    /// Somebody else leads it, or its state cannot be had: who comes next begins anew.
    Gone(ErrorCode),
}

/// What a member is given of one partition.
pub struct Delivery {
    pub acquired: Vec<AcquiredRecords>,
    pub records: FileSlice,
}

/// What a member may be given at most.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    pub member: &'a Str,
    pub mode: AcquireMode,
    pub batch_size: i32,
    pub records_max: i32,
    pub bytes_max: usize,
    pub isolation: Isolation,
}

impl SharedPartition {
    pub(super) fn new(
        key: SharePartitionKey,
        topic: Str,
        leader_epoch: LeaderEpoch,
        replica: Arc<Replica>,
    ) -> SharedPartition {
        let inner = Inner { stage: Stage::Loading, pending: HashMap::new(), armed: MonoMs::NEVER };
        SharedPartition {
            key,
            topic,
            leader_epoch,
            replica,
            inner: Mutex::new(inner),
            waiters: Mutex::default(),
        }
    }

    // ---- loading ----

    pub(super) fn loaded(&self, partition: SharePartition) {
        let mut inner = self.inner.lock();
        if matches!(inner.stage, Stage::Loading) {
            inner.stage = Stage::Serving(Box::new(partition));
        }
        drop(inner);
        self.wake();
    }

    /// Nothing more is delivered from here. Who waits for a write hears `code`.
    pub(super) fn fence(&self, code: ErrorCode) {
        let mut inner = self.inner.lock();
        inner.stage = Stage::Gone(code);
        for (_, waiting) in inner.pending.drain() {
            // Whoever waited may have gone away.
            let _ = waiting.send(Err(ShareError { code, message: "" }));
        }
        drop(inner);
        self.wake();
    }

    /// Has `notify` told when something may have become available.
    pub fn wake_when_available(&self, notify: &Arc<Notify>) {
        let mut waiters = self.waiters.lock();
        if waiters.len() >= 16 {
            waiters.retain(|waiter| waiter.strong_count() > 0);
        }
        waiters.push(Arc::downgrade(notify));
    }

    fn wake(&self) {
        for waiter in std::mem::take(&mut *self.waiters.lock()) {
            if let Some(notify) = waiter.upgrade() {
                notify.notify_one();
            }
        }
    }

    // ---- delivering ----

    /// How many bytes a member could be given now; any number where it reads an older segment, with which
    /// a read ends, so that waiting brings no more.
    ///
    /// # Errors
    /// As [`SharedPartition::deliver`].
    pub fn available(&self, limits: &ShareLimits, wish: &Wish<'_>) -> Result<usize, ErrorCode> {
        let mut inner = self.inner.lock();
        let Some(partition) = serving(&mut inner)? else { return Ok(0) };
        if !partition.can_acquire(limits) {
            return Ok(0);
        }
        let Some((_, found)) = self.read(partition, wish)? else { return Ok(0) };
        Ok(match found.more_follows {
            true => usize::MAX,
            false => found.slice.map_or(0, |slice| slice.length),
        })
    }

    /// Gives a member records, if there are any for it. Where there may be some behind much that is not
    /// to be delivered, whoever waits for the partition is told to look again.
    ///
    /// # Errors
    /// Kafka's code: the partition is no longer led here, its state could not be loaded, or the
    /// disk failed.
    pub fn deliver(
        self: &Arc<Self>,
        sharing: &Sharing,
        now: MonoMs,
        limits: &ShareLimits,
        wish: &Wish<'_>,
    ) -> Result<Option<Delivery>, ErrorCode> {
        let mut inner = self.inner.lock();
        for _ in 0..READS_MAX {
            let Some(partition) = serving(&mut inner)? else { return Ok(None) };
            if !partition.can_acquire(limits) {
                return Ok(None);
            }
            let Some((fetch_offset, found)) = self.read(partition, wish)? else { return Ok(None) };
            let Some(slice) = found.slice.clone() else { return Ok(None) };
            let batches = batches_of(&slice, &found).map_err(|_| ErrorCode::KafkaStorageError)?;
            let fetched: Vec<FetchedBatch> = batches.iter().map(|batch| batch.fetched).collect();
            let acquisition = Acquisition {
                member: wish.member,
                mode: wish.mode,
                batch_size: wish.batch_size,
                records_max: wish.records_max,
                fetch_offset,
                fetched: &fetched,
            };
            let acquired = partition.acquire(now, limits, &acquisition);
            self.arm(sharing, &mut inner);
            if !acquired.is_empty() {
                let records = cut(&slice, &batches, &acquired);
                return Ok(Some(Delivery { acquired, records }));
            }
            let Some(partition) = serving(&mut inner)? else { return Ok(None) };
            if partition.next_fetch_offset() == fetch_offset {
                return Ok(None);
            }
        }
        drop(inner);
        self.wake();
        Ok(None)
    }

    /// Reads from where the next records are; none if the offset is beyond what there is.
    fn read(
        &self,
        partition: &mut SharePartition,
        wish: &Wish<'_>,
    ) -> Result<Option<(i64, Found)>, ErrorCode> {
        for _ in 0..2 {
            let fetch_offset = partition.next_fetch_offset();
            let found = self.replica.read(Reading {
                offset: Offset(fetch_offset),
                bytes_max: wish.bytes_max,
                minimum: Minimum::OneBatch,
                isolation: wish.isolation,
                leader_epoch: LeaderEpoch::NONE,
                last_fetched_epoch: LeaderEpoch::NONE,
            });
            match found {
                Ok(found) => return Ok(Some((fetch_offset, found))),
                // Retention has deleted what was to be read.
                Err(ErrorCode::OffsetOutOfRange) => {
                    partition.log_start_moved(self.replica.bounds().log_start.0);
                }
                Err(code) => return Err(code),
            }
        }
        Ok(None)
    }

    /// Tells the keeper of a lock that runs out earlier than it knows.
    fn arm(self: &Arc<Self>, sharing: &Sharing, inner: &mut Inner) {
        let Stage::Serving(partition) = &inner.stage else { return };
        let next = partition.next_deadline();
        if next < inner.armed {
            inner.armed = next;
            sharing.order(Order::Arm(self.clone()));
        }
    }

    // ---- acknowledging ----

    /// Takes what a member says of records. The receiver hears when it is written; none if nothing
    /// has to be.
    ///
    /// # Errors
    /// As [`SharePartition::acknowledge`], and NOT_LEADER_OR_FOLLOWER or the like where the partition
    /// is not served here.
    pub fn acknowledge(
        self: &Arc<Self>,
        sharing: &Sharing,
        now: MonoMs,
        limits: &ShareLimits,
        member: &Str,
        said: &[Acknowledgement],
    ) -> Result<Option<oneshot::Receiver<Result<(), ShareError>>>, ShareError> {
        let mut inner = self.inner.lock();
        let partition = match serving(&mut inner) {
            Ok(Some(partition)) => partition,
            Ok(None) => {
                let message =
                    "Batch record not found. The request batch offsets are not found in the cache.";
                return Err(ShareError { code: ErrorCode::InvalidRecordState, message });
            }
            Err(code) => return Err(ShareError { code, message: "" }),
        };
        let done = partition.acknowledge(now, limits, member, said);
        let receiver = match done? {
            None => None,
            Some(change) => {
                let (sender, receiver) = oneshot::channel();
                inner.pending.insert(change, sender);
                Some(receiver)
            }
        };
        self.arm(sharing, &mut inner);
        drop(inner);
        if receiver.is_some() {
            sharing.order(Order::Write(self.clone()));
        }
        Ok(receiver)
    }

    /// Releases what a member holds.
    pub(super) fn release(self: &Arc<Self>, sharing: &Sharing, limits: &ShareLimits, member: &Str) {
        let mut inner = self.inner.lock();
        let Ok(Some(partition)) = serving(&mut inner) else { return };
        if partition.release(limits, member).is_some() {
            drop(inner);
            sharing.order(Order::Write(self.clone()));
        }
    }

    // ---- for the keeper ----

    /// Lets locks run out that are due. Says when the next one is, and whether something has to be
    /// written.
    pub(super) fn on_deadline(&self, now: MonoMs, limits: &ShareLimits) -> MonoMs {
        let mut inner = self.inner.lock();
        let Ok(Some(partition)) = serving(&mut inner) else { return MonoMs::NEVER };
        let was_due = partition.next_deadline() <= now;
        if was_due {
            partition.on_deadline(now, limits);
        }
        let next = partition.next_deadline();
        inner.armed = next;
        drop(inner);
        if was_due {
            self.wake();
        }
        next
    }

    /// Whether nothing is left to be written.
    pub(super) fn is_written(&self) -> bool {
        let mut inner = self.inner.lock();
        serving(&mut inner).ok().flatten().is_none_or(|partition| partition.is_written())
    }

    pub(super) fn take_write(&self) -> Option<ShareWrite> {
        let mut inner = self.inner.lock();
        serving(&mut inner).ok().flatten()?.take_write()
    }

    /// A write has ended: tells who waits for it.
    pub(super) fn written(&self, outcome: &Result<(), ShareError>, now: MonoMs) {
        let mut inner = self.inner.lock();
        let Ok(Some(partition)) = serving(&mut inner) else { return };
        let kind = match outcome {
            Ok(()) => WriteOutcome::Committed,
            Err(_) => WriteOutcome::Failed,
        };
        for change in partition.written(kind, now) {
            if let Some(waiting) = inner.pending.remove(&change) {
                // Whoever waited may have gone away.
                let _ = waiting.send(outcome.clone());
            }
        }
        drop(inner);
        self.wake();
    }
}

/// The machine; none while it loads.
fn serving(inner: &mut Inner) -> Result<Option<&mut SharePartition>, ErrorCode> {
    match &mut inner.stage {
        Stage::Loading => Ok(None),
        Stage::Serving(partition) => Ok(Some(partition)),
        Stage::Gone(code) => Err(*code),
    }
}
