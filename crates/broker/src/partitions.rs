//! The partitions of this node: each a log and the machine that says what of it is committed,
//! behind one mutex.
//!
//! The mutex is held for one append or one lookup and never across an `await`. What an append sets
//! free (parked replies, waiting fetches) is woken after it has been released.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use base::config::{TopicConfig, TopicDefaults};
use base::{
    BrokerId, ErrorCode, LeaderEpoch, MonoMs, Offset, PartitionIndex, ShardedMap, Str, Uuid,
    VerificationGuard, WallMs,
};
use parking_lot::{Mutex, MutexGuard};
use records::Validated;
use replication::partition::{Acks, Assignment, Durability, Partition, Progress, Release, Role};
use storage::{
    AbortedTransaction, AppendOutcome, Appended, Appending, Batch, FileSlice, FlushPlan,
    JournalPlan, Log, LogError, Minimum, Origin, ReadOutcome, TransactionRules, Unverified,
    Verification,
};
use tokio::sync::Notify;

use crate::future_log::Exchange;
use crate::log_directory::{Job, LogDirectory};
use crate::metrics::TopicMetrics;
use crate::pending::PendingProduce;
use crate::topic_settings::{LogSettings, log_config, validation_durability};

/// How many appended bytes of one partition are handed to the kernel for write-back at a time.
/// Small enough that a disk of 200 MB/s is busy for 5 ms, large enough to be rare.
const WRITE_BACK_BYTES: u64 = 1024 * 1024;

/// Every topic that has a replica here.
#[derive(Default)]
pub struct Partitions {
    topics: ArcSwap<Topics>,
    /// Serialises changes of `topics`; readers never take it.
    changing: Mutex<()>,
    /// Held from looking at the replicas to writing what was seen into the checkpoints of the log
    /// directories, and by whoever moves a replica from one to another.
    checkpointing: Mutex<()>,
}

#[derive(Clone, Default)]
pub struct Topics {
    by_name: ShardedMap<Str, Arc<Topic>>,
    by_id: ShardedMap<Uuid, Arc<Topic>>,
}

impl Partitions {
    pub fn topic(&self, name: &str) -> Option<Arc<Topic>> {
        self.topics.load().by_name.get(name).cloned()
    }

    pub fn topic_by_id(&self, id: Uuid) -> Option<Arc<Topic>> {
        self.topics.load().by_id.get(&id).cloned()
    }

    pub fn replica(&self, topic: &str, partition: i32) -> Option<Arc<Replica>> {
        self.topics.load().by_name.get(topic)?.replica(partition)
    }

    /// All topics, in no particular order.
    pub fn topics(&self) -> Vec<Arc<Topic>> {
        self.topics.load().by_name.values().cloned().collect()
    }

    /// All replicas, in no particular order.
    pub fn replicas(&self) -> Vec<Arc<Replica>> {
        self.topics().iter().flat_map(|topic| topic.replicas()).collect()
    }

    /// While it is held, nobody else writes the checkpoints and no replica changes its directory.
    pub fn checkpointing(&self) -> MutexGuard<'_, ()> {
        self.checkpointing.lock()
    }

    /// Adds topics; one that is there under the same name is replaced.
    pub fn add(&self, added: impl IntoIterator<Item = Arc<Topic>>) {
        let _changing = self.changing.lock();
        let mut topics = Topics::clone(&self.topics.load());
        for topic in added {
            if let Some(old) = topics.by_name.insert(topic.name.clone(), topic.clone()) {
                topics.by_id.remove(&old.id);
            }
            topics.by_id.insert(topic.id, topic);
        }
        self.topics.store(Arc::new(topics));
    }

    pub fn remove(&self, id: Uuid) -> Option<Arc<Topic>> {
        let _changing = self.changing.lock();
        let mut topics = Topics::clone(&self.topics.load());
        let removed = topics.by_id.remove(&id)?;
        if topics.by_name.get(&removed.name).is_some_and(|topic| topic.id == id) {
            topics.by_name.remove(&removed.name);
        }
        self.topics.store(Arc::new(topics));
        Some(removed)
    }
}

/// What the partitions of one topic share.
pub struct Topic {
    pub name: Str,
    pub id: Uuid,
    /// Replaced when the topic's or the broker's configuration changes.
    pub config: ArcSwap<TopicConfig>,
    pub metrics: TopicMetrics,
    replicas: ArcSwap<Vec<Option<Arc<Replica>>>>,
}

impl Topic {
    pub fn new(name: Str, id: Uuid, config: TopicConfig, metrics: TopicMetrics) -> Arc<Topic> {
        Arc::new(Topic {
            name,
            id,
            config: ArcSwap::from_pointee(config),
            metrics,
            replicas: ArcSwap::default(),
        })
    }

    pub fn replica(&self, partition: i32) -> Option<Arc<Replica>> {
        let index = usize::try_from(partition).ok()?;
        self.replicas.load().get(index)?.clone()
    }

    pub fn replicas(&self) -> Vec<Arc<Replica>> {
        self.replicas.load().iter().flatten().cloned().collect()
    }

    /// Adds replicas of this topic. Only the metadata thread changes the list.
    pub fn add(&self, added: impl IntoIterator<Item = Arc<Replica>>) {
        let mut replicas = Vec::clone(&self.replicas.load());
        for replica in added {
            // Indexes come from the controller, which allots them densely from 0.
            let index = replica.index.0 as usize;
            if replicas.len() <= index {
                replicas.resize(index + 1, None);
            }
            replicas[index] = Some(replica);
        }
        self.replicas.store(Arc::new(replicas));
    }

    pub fn remove(&self, partition: PartitionIndex) -> Option<Arc<Replica>> {
        let mut replicas = Vec::clone(&self.replicas.load());
        let removed = replicas.get_mut(partition.0 as usize)?.take();
        self.replicas.store(Arc::new(replicas));
        removed
    }

    /// Takes a new configuration and hands it to every log.
    pub fn configure(&self, config: TopicConfig, settings: &LogSettings) {
        self.config.store(Arc::new(config));
        for replica in self.replicas() {
            replica.configure(&self.config.load(), settings);
        }
    }
}

/// One replica of this node.
pub struct Replica {
    pub topic_name: Str,
    pub topic_id: Uuid,
    pub index: PartitionIndex,
    state: Mutex<State>,
    waiters: Mutex<Waiters>,
    /// Queued for its directory's threads and not taken yet.
    commit_queued: AtomicBool,
    flush_queued: AtomicBool,
    /// Its log is being compacted or moved.
    rewriting: AtomicBool,
}

struct State {
    machine: Partition<Ticket>,
    log: Log,
    directory: Arc<LogDirectory>,
    unpaced_bytes: u64,
    /// Counts the verifications of transactions; it outlives the log, which may be exchanged.
    verifications: u64,
}

/// What waits for this partition to commit.
pub enum Ticket {
    /// The reply of a produce request.
    Produce { pending: Arc<PendingProduce>, slot: usize },
    /// A coordinator that wrote; it is told from whatever thread commits, so it only leaves word.
    Coordinator(Box<dyn FnOnce(Release) + Send>),
}

impl Ticket {
    fn release(self, release: Release) {
        match self {
            Ticket::Produce { pending, slot } => pending.release(slot, release),
            Ticket::Coordinator(notify) => notify(release),
        }
    }
}

/// What a partition has to commit.
pub enum Tail {
    Plan(JournalPlan),
    Nothing,
    /// More than should go through the journal.
    TooLong,
    /// Its log is in another directory by now.
    Moved,
}

/// What an append came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub base_offset: Offset,
    pub log_start: Offset,
    /// The largest timestamp of the batch, if it had been appended before and was not again.
    pub repeats: Option<WallMs>,
    /// The reply waits for the high watermark.
    pub parked: bool,
}

/// How a coordinator writes.
#[derive(Clone, Copy, Debug)]
pub struct CoordinatorWrite {
    /// The leader epoch and the log end offset that its state rests on, where it lives in this
    /// partition; none for a marker in a partition of somebody else's.
    pub place: Option<(LeaderEpoch, Offset)>,
    pub rules: TransactionRules,
    pub verification: Verification,
    pub now: WallMs,
}

/// What a coordinator's write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoordinatorWritten {
    /// The log end offset after it.
    pub end: Offset,
    pub high_watermark: Offset,
}

impl CoordinatorWritten {
    /// Nobody is told: there is nothing to wait for.
    pub fn is_committed(self) -> bool {
        self.high_watermark >= self.end
    }
}

/// Why nothing was appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: ErrorCode,
    pub message: Option<String>,
}

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Refused {
        Refused { code, message: None }
    }
}

/// Which records a reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Everything below the high watermark.
    ReadUncommitted,
    /// Everything below the last stable offset.
    ReadCommitted,
}

/// What one partition of a Fetch asks for.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    pub offset: Offset,
    pub bytes_max: usize,
    pub minimum: Minimum,
    pub isolation: Isolation,
    pub leader_epoch: LeaderEpoch,
    pub last_fetched_epoch: LeaderEpoch,
}

/// What a read found.
#[derive(Debug)]
pub struct Found {
    pub high_watermark: Offset,
    pub last_stable: Offset,
    pub log_start: Offset,
    pub slice: Option<FileSlice>,
    /// How many bytes there are for this reader, however many it asked for, in the segment in which
    /// its offset lies.
    pub available: u64,
    /// There are more in later segments, for which it has to ask again.
    pub more_follows: bool,
    /// None unless only what is committed was asked for.
    pub aborted: Option<Vec<AbortedTransaction>>,
    /// The reader's history is not ours: the epoch and where it ended here (KIP-595).
    pub diverging: Option<(LeaderEpoch, Offset)>,
}

/// Offsets of a partition at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub log_start: Offset,
    pub last_stable: Offset,
    pub high_watermark: Offset,
    pub log_end: Offset,
}

impl Replica {
    pub fn new(
        me: BrokerId,
        topic: &Topic,
        index: PartitionIndex,
        log: Log,
        directory: Arc<LogDirectory>,
        high_watermark: Offset,
    ) -> Arc<Replica> {
        let mut log = log;
        let mut machine = Partition::new(me, log.end(), high_watermark);
        // An opened log takes no transaction's end for replicated until it is told.
        log.high_watermark_moved(machine.high_watermark());
        let config = topic.config.load();
        machine.configure(validation_durability(&config), config.min_insync_replicas as usize);
        directory.count_replica(1);
        Arc::new(Replica {
            topic_name: topic.name.clone(),
            topic_id: topic.id,
            index,
            state: Mutex::new(State {
                machine,
                log,
                directory,
                unpaced_bytes: 0,
                verifications: 0,
            }),
            waiters: Mutex::new(Waiters::default()),
            commit_queued: AtomicBool::new(false),
            flush_queued: AtomicBool::new(false),
            rewriting: AtomicBool::new(false),
        })
    }

    pub fn directory(&self) -> Arc<LogDirectory> {
        self.state.lock().directory.clone()
    }

    /// Takes the assignment that the metadata gives.
    pub fn assign(self: &Arc<Self>, assignment: Assignment, now: MonoMs) {
        let mut state = self.state.lock();
        let was = (state.machine.role(), state.machine.leader_epoch());
        let durable = state.log.durable();
        let leads = assignment.leader;
        let epoch = assignment.leader_epoch;
        let progress = state.machine.assign(assignment, durable, now);
        let leads_anew = state.machine.role() == Role::Leader && was != (Role::Leader, epoch);
        if leads_anew && leads != BrokerId::NONE {
            state.log.begin_epoch(epoch);
        }
        self.settle(state, progress);
    }

    /// Takes the configuration of its topic.
    pub fn configure(self: &Arc<Self>, config: &TopicConfig, settings: &LogSettings) {
        let mut state = self.state.lock();
        state.log.set_config(Arc::new(log_config(config, settings)));
        let durability = validation_durability(config);
        let progress = state.machine.configure(durability, config.min_insync_replicas as usize);
        if durability == Durability::Synced && state.log.durable() < state.log.end() {
            // What was shown before the topic was switched is made good now.
            self.queue_commit(&state.directory);
        }
        self.settle(state, progress);
    }

    pub fn role(&self) -> Role {
        self.state.lock().machine.role()
    }

    /// Stops serving: parked replies are answered, waiting fetches look again.
    pub fn go_offline(&self) {
        let mut state = self.state.lock();
        let progress = state.machine.go_offline();
        self.settle(state, progress);
    }

    // ---- produce ----

    /// Appends one validated batch. With `acks=all` and a commit that is still to come, `ticket` is
    /// parked and [`Written::parked`] says so.
    ///
    /// # Errors
    /// Kafka's code; nothing was appended.
    // Hot path: produce 3/5
    pub fn append(
        self: &Arc<Self>,
        batch: &Validated,
        acks: Acks,
        verification: Verification,
        now: WallMs,
        ticket: impl FnOnce() -> Ticket,
    ) -> Result<Written, Refused> {
        let mut state = self.state.lock();
        if state.directory.is_offline() {
            return Err(ErrorCode::KafkaStorageError.into());
        }
        let epoch = state.machine.admit(acks)?;
        let parts = Batch { header: batch.header(), body: &batch.body };
        let appending = Appending { verification, ..Appending::by_client(epoch, now) };
        let outcome = state.log.append_as_leader(parts, appending);
        let outcome = outcome.map_err(|reason| state.failed(&reason))?;
        let log_start = state.log.log_start();
        let (base_offset, last_offset, repeats) = match outcome {
            AppendOutcome::Appended(appended) => {
                self.appended(&mut state, &appended);
                (appended.base_offset, appended.last_offset, None)
            }
            AppendOutcome::Duplicate { base_offset, last_offset, timestamp } => {
                (base_offset, last_offset, Some(timestamp))
            }
            AppendOutcome::Rejected(error) => {
                return Err(Refused { code: error.code(), message: Some(error.to_string()) });
            }
        };
        let end = state.log.end();
        let progress = state.machine.appended(end);
        let required = last_offset.plus(1);
        let returned = match acks {
            Acks::All if state.machine.high_watermark() < required => {
                state.machine.park(required, ticket())
            }
            Acks::Leader if state.machine.durability() == Durability::Synced => {
                state.machine.park_for_disk(required, ticket())
            }
            Acks::None | Acks::Leader | Acks::All => {
                self.settle(state, progress);
                return Ok(Written { base_offset, log_start, repeats, parked: false });
            }
        };
        let parked = returned.is_none();
        self.settle(state, progress);
        if let Some((ticket, release)) = returned {
            ticket.release(release);
        }
        Ok(Written { base_offset, log_start, repeats, parked })
    }

    /// What an append asks of the directory's threads.
    fn appended(self: &Arc<Self>, state: &mut State, appended: &Appended) {
        state.pace(appended.bytes);
        let unflushed = appended.end().since(state.log.recovery_point());
        if appended.rolled.is_some() || unflushed >= state.log.config().flush_messages {
            self.queue_flush(&state.directory);
        }
        if state.machine.durability() == Durability::Synced {
            self.queue_commit(&state.directory);
        }
    }

    /// Appends one batch of a coordinator on this node, which leads the partition since `led` and
    /// believes that the log ends at `base`. `notify` is told when the batch has committed, unless
    /// the high watermark that comes back says that it has already.
    ///
    /// # Errors
    /// Kafka's code; nothing was appended. NOT_LEADER_OR_FOLLOWER also where the log does not end at
    /// `base`: somebody else has written to it.
    pub fn append_for_coordinator(
        self: &Arc<Self>,
        batch: Batch<'_>,
        writing: CoordinatorWrite,
        notify: impl FnOnce(Release) + Send + 'static,
    ) -> Result<CoordinatorWritten, ErrorCode> {
        let mut state = self.state.lock();
        if state.directory.is_offline() {
            return Err(ErrorCode::KafkaStorageError);
        }
        let epoch = state.machine.admit(Acks::All)?;
        let place = Some((epoch, state.log.end()));
        if writing.place.is_some() && writing.place != place {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        let appending = Appending {
            origin: Origin::Coordinator,
            leader_epoch: epoch,
            rules: writing.rules,
            verification: writing.verification,
            now: writing.now,
        };
        let outcome = state.log.append_as_leader(batch, appending);
        match outcome.map_err(|reason| state.failed(&reason))? {
            AppendOutcome::Appended(appended) => self.appended(&mut state, &appended),
            AppendOutcome::Duplicate { .. } => {}
            AppendOutcome::Rejected(error) => return Err(error.code()),
        }
        let end = state.log.end();
        let progress = state.machine.appended(end);
        let high_watermark = state.machine.high_watermark();
        if high_watermark < end {
            let parked = state.machine.park(end, Ticket::Coordinator(Box::new(notify)));
            if let Some((ticket, release)) = parked {
                ticket.release(release);
            }
        }
        self.settle(state, progress);
        Ok(CoordinatorWritten { end, high_watermark })
    }

    /// Begins to verify that a producer's transaction is open. `None` if this partition knows it.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER, or INVALID_PRODUCER_EPOCH where the producer is fenced.
    pub fn begin_verification(
        &self,
        asked: Unverified,
        now: WallMs,
    ) -> Result<Option<VerificationGuard>, ErrorCode> {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        if state.directory.is_offline() {
            return Err(ErrorCode::KafkaStorageError);
        }
        state.machine.check_leader(LeaderEpoch::NONE)?;
        state.verifications += 1;
        let guard = VerificationGuard(state.verifications);
        state.log.begin_verification(asked, guard, now).map_err(|error| error.code())
    }

    // ---- fetch ----

    /// Finds records for a reader.
    ///
    /// # Errors
    /// Kafka's code: the reader's epoch is not ours, the offset is out of range, the disk failed.
    // Hot path: fetch 2/5
    pub fn read(&self, reading: Reading) -> Result<Found, ErrorCode> {
        let mut state = self.state.lock();
        if state.directory.is_offline() {
            return Err(ErrorCode::KafkaStorageError);
        }
        state.machine.check_leader(reading.leader_epoch)?;
        let bounds = state.bounds();
        let mut found = Found {
            high_watermark: bounds.high_watermark,
            last_stable: bounds.last_stable,
            log_start: bounds.log_start,
            slice: None,
            available: 0,
            more_follows: false,
            aborted: None,
            diverging: None,
        };
        if let Some(diverging) = state.divergence(reading.offset, reading.last_fetched_epoch)? {
            found.diverging = Some(diverging);
            return Ok(found);
        }
        let up_to = match reading.isolation {
            Isolation::ReadUncommitted => bounds.high_watermark,
            Isolation::ReadCommitted => bounds.last_stable,
        };
        let outcome = state.log.read(reading.offset, reading.bytes_max, up_to, reading.minimum);
        let read = match outcome.map_err(|reason| state.failed(&reason))? {
            ReadOutcome::Read(read) => read,
            ReadOutcome::OutOfRange { .. } => return Err(ErrorCode::OffsetOutOfRange),
        };
        (found.available, found.more_follows) = (read.available, read.more_follows);
        if read.first_batch_is_cut && read.slice.is_some() {
            // A reader can do nothing with a part of a batch, and Java's takes it for a record that is
            // too large. It asks again with the partition in front, and then gets the whole.
            return Ok(found);
        }
        if reading.isolation == Isolation::ReadCommitted {
            let aborted = match read.slice.is_some() {
                true => state.log.aborted_transactions(reading.offset, read.upper_bound),
                false => Ok(Vec::new()),
            };
            found.aborted = Some(aborted.map_err(|reason| state.failed(&reason))?);
        }
        found.slice = read.slice;
        Ok(found)
    }

    /// Has `notify` told when there may be more to read. `waiter` names who waits: a later call
    /// replaces an earlier one.
    pub fn wake_when_readable(&self, waiter: u64, notify: &Arc<Notify>) {
        self.waiters.lock().add(waiter, notify);
    }

    // ---- offsets ----

    /// The offsets as a client sees them.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER, or the requested epoch is fenced or unknown.
    pub fn bounds_for(&self, leader_epoch: LeaderEpoch) -> Result<Bounds, ErrorCode> {
        let state = self.state.lock();
        if state.directory.is_offline() {
            return Err(ErrorCode::KafkaStorageError);
        }
        state.machine.check_leader(leader_epoch)?;
        Ok(state.bounds())
    }

    /// The offsets, whoever leads.
    pub fn bounds(&self) -> Bounds {
        self.state.lock().bounds()
    }

    /// Looks something up in the log of a partition that this node leads.
    ///
    /// # Errors
    /// As [`Replica::bounds_for`]; KAFKA_STORAGE_ERROR where the disk fails, CORRUPT_MESSAGE where
    /// what is looked at is damaged.
    pub fn look_up<T>(
        &self,
        leader_epoch: LeaderEpoch,
        look: impl FnOnce(&mut Log, &Partition<Ticket>) -> storage::Result<T>,
    ) -> Result<T, ErrorCode> {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        if state.directory.is_offline() {
            return Err(ErrorCode::KafkaStorageError);
        }
        state.machine.check_leader(leader_epoch)?;
        look(&mut state.log, &state.machine).map_err(|reason| state.failed(&reason))
    }

    /// Works on the log itself: housekeeping, checkpoints, moving.
    pub fn with_log<T>(&self, work: impl FnOnce(&mut Log) -> T) -> T {
        work(&mut self.state.lock().log)
    }

    /// Moves the log start offset for DeleteRecords and wakes those who wait.
    ///
    /// # Errors
    /// OFFSET_OUT_OF_RANGE above the high watermark; NOT_LEADER_OR_FOLLOWER.
    pub fn delete_records(&self, before: Offset) -> Result<Offset, ErrorCode> {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        if state.directory.is_offline() {
            return Err(ErrorCode::KafkaStorageError);
        }
        state.machine.check_leader(LeaderEpoch::NONE)?;
        let high_watermark = state.machine.high_watermark();
        // -1 means everything that is committed.
        let before = if before == Offset(-1) { high_watermark } else { before };
        if before.0 < 0 || before > high_watermark {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        state
            .log
            .advance_log_start(before, high_watermark)
            .map_err(|reason| state.failed(&reason))?;
        Ok(state.log.log_start())
    }

    // ---- moving ----

    /// Reserves the log for a compaction or a move; false if one is under way.
    pub fn begin_rewrite(&self) -> bool {
        !self.rewriting.swap(true, Ordering::AcqRel)
    }

    pub fn end_rewrite(&self) {
        self.rewriting.store(false, Ordering::Release);
    }

    /// Lets `exchange` make `future`, in the directory `target`, the log of this replica. It gets
    /// the current log, the future one and the high watermark. Gives `future` back if it did not.
    pub fn exchange(
        &self,
        mut future: Log,
        target: &Arc<LogDirectory>,
        exchange: impl FnOnce(&mut Log, &mut Log, Offset) -> Exchange,
    ) -> (Exchange, Option<Log>) {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        // A replica that is being deleted or closed has been renamed or is about to be.
        if state.machine.role() == Role::Offline || state.directory.is_offline() {
            return (Exchange::Idle, Some(future));
        }
        let high_watermark = state.machine.high_watermark();
        let outcome = exchange(&mut state.log, &mut future, high_watermark);
        if !outcome.is_done() {
            return (outcome, Some(future));
        }
        state.log = future;
        state.directory.count_replica(-1);
        target.count_replica(1);
        state.directory = target.clone();
        state.unpaced_bytes = 0;
        let durable = state.log.durable();
        let progress = state.machine.flushed(durable);
        self.settle(guard, progress);
        (outcome, None)
    }

    // ---- durability ----

    /// What must go into the journal of `from` so that everything appended so far is durable.
    pub fn plan_commit(&self, from: &LogDirectory, bytes_max: u64) -> Result<Tail, LogError> {
        // Cleared first: an append from now on queues a commit of its own.
        self.commit_queued.store(false, Ordering::Release);
        let mut state = self.state.lock();
        if !std::ptr::eq(&*state.directory, from) {
            return Ok(Tail::Moved);
        }
        Ok(match state.log.plan_journal(bytes_max)? {
            Some(plan) => Tail::Plan(plan),
            None if state.log.durable() < state.log.end() => Tail::TooLong,
            None => Tail::Nothing,
        })
    }

    /// Everything before `up_to` is in the journal.
    pub fn committed(&self, up_to: Offset) {
        self.made_durable(|log| log.journaled(up_to));
    }

    /// What a plan said could not be read: the log was cut since, or deleted.
    pub fn commit_came_to_nothing(self: &Arc<Self>) {
        let mut state = self.state.lock();
        state.log.forget_plan();
        if state.machine.role() != Role::Offline {
            self.queue_commit(&state.directory);
        }
    }

    /// A flush of this partition is about to be planned.
    pub fn flush_begins(&self) {
        // Cleared first: an append from now on queues a flush of its own.
        self.flush_queued.store(false, Ordering::Release);
    }

    /// `None` if the log is in another directory by now, whose thread must sync it.
    pub fn plan_flush(&self, from: &LogDirectory) -> Result<Option<FlushPlan>, LogError> {
        let mut state = self.state.lock();
        if !std::ptr::eq(&*state.directory, from) {
            return Ok(None);
        }
        state.log.plan_flush().map(Some)
    }

    /// The segments are synced up to `up_to`.
    pub fn flushed(&self, up_to: Offset) {
        self.made_durable(|log| log.flushed(up_to));
    }

    fn made_durable(&self, note: impl FnOnce(&mut Log) -> Offset) {
        let mut state = self.state.lock();
        // Lower than was planned if the log was cut back meanwhile.
        let durable = note(&mut state.log);
        let progress = state.machine.flushed(durable);
        self.settle(state, progress);
    }

    /// Has the directory's thread flush this partition.
    pub fn request_flush(self: &Arc<Self>) {
        let directory = self.directory();
        self.queue_flush(&directory);
    }

    /// Has the directory's thread commit this partition.
    pub fn request_commit(self: &Arc<Self>) {
        let directory = self.directory();
        self.queue_commit(&directory);
    }

    fn queue_flush(self: &Arc<Self>, directory: &LogDirectory) {
        if !self.flush_queued.swap(true, Ordering::AcqRel) {
            directory.submit(Job::Flush(self.clone()));
        }
    }

    fn queue_commit(self: &Arc<Self>, directory: &LogDirectory) {
        if !self.commit_queued.swap(true, Ordering::AcqRel) {
            directory.commit(self.clone());
        }
    }

    /// Lets go of the lock, then sends what an event set free.
    fn settle(&self, mut state: MutexGuard<'_, State>, progress: Progress<Ticket>) {
        if progress.high_watermark_moved {
            let high_watermark = state.machine.high_watermark();
            state.log.high_watermark_moved(high_watermark);
        }
        drop(state);
        for (ticket, release) in progress.released {
            ticket.release(release);
        }
        if progress.high_watermark_moved {
            self.waiters.lock().wake();
        }
    }
}

#[cfg(test)]
impl Replica {
    /// Makes this node the leader, and nobody follows.
    pub fn lead_alone(self: &Arc<Self>, me: BrokerId) {
        let assignment = Assignment {
            leader: me,
            leader_epoch: LeaderEpoch(0),
            partition_epoch: base::PartitionEpoch(0),
            replicas: vec![me],
            isr: vec![me],
        };
        self.assign(assignment, MonoMs(0));
    }
}

impl State {
    fn bounds(&self) -> Bounds {
        let high_watermark = self.machine.high_watermark();
        Bounds {
            log_start: self.log.log_start(),
            last_stable: self.log.last_stable(high_watermark),
            high_watermark,
            log_end: self.log.end(),
        }
    }

    /// Whether a reader whose last record has `epoch` followed a history that is not ours: the epoch
    /// up to which it was, and where that ended.
    ///
    /// # Errors
    /// OFFSET_OUT_OF_RANGE where this log knows nothing of the epoch, so cannot say from where to read
    /// again, and below its start, whatever the history was.
    fn divergence(
        &self,
        offset: Offset,
        epoch: LeaderEpoch,
    ) -> Result<Option<(LeaderEpoch, Offset)>, ErrorCode> {
        if epoch == LeaderEpoch::NONE {
            return Ok(None);
        }
        let ended = self.log.end_of_epoch(epoch).ok_or(ErrorCode::OffsetOutOfRange)?;
        if offset < self.log.log_start() {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let differs = ended.epoch < epoch || ended.start < offset;
        Ok(differs.then_some((ended.epoch, ended.start)))
    }

    /// Takes the log directory offline if the disk failed. Damage is that of one place in one log:
    /// who reads there is told, and whatever else the directory holds goes on.
    fn failed(&self, reason: &LogError) -> ErrorCode {
        match reason {
            LogError::OutOfRange { .. } => ErrorCode::OffsetOutOfRange,
            LogError::Corrupt { .. } => {
                tracing::error!("{reason}");
                ErrorCode::CorruptMessage
            }
            LogError::Disk { .. } => {
                self.directory.fail(reason);
                ErrorCode::KafkaStorageError
            }
        }
    }

    /// Hands what was appended to the kernel for write-back, a megabyte at a time.
    fn pace(&mut self, bytes: u64) {
        self.unpaced_bytes += bytes;
        if self.unpaced_bytes < WRITE_BACK_BYTES {
            return;
        }
        let (file, end) = self.log.active_file();
        let length = self.unpaced_bytes.min(end);
        self.directory.submit(Job::WriteBack { file, position: end - length, length });
        self.unpaced_bytes = 0;
    }
}

/// Fetches that wait for a partition, by who waits.
#[derive(Default)]
struct Waiters {
    by_id: BTreeMap<u64, Weak<Notify>>,
    /// Entries at which the dead ones are swept next.
    sweep_at: usize,
}

impl Waiters {
    fn add(&mut self, waiter: u64, notify: &Arc<Notify>) {
        if self.by_id.len() >= self.sweep_at.max(16) {
            // A fetch that timed out leaves its entry behind.
            self.by_id.retain(|_, notify| notify.strong_count() > 0);
            self.sweep_at = 2 * self.by_id.len();
        }
        self.by_id.insert(waiter, Arc::downgrade(notify));
    }

    fn wake(&mut self) {
        for notify in std::mem::take(&mut self.by_id).into_values() {
            if let Some(notify) = notify.upgrade() {
                notify.notify_one();
            }
        }
    }
}

/// Computes a topic's settings from what the metadata says of it. A stored value that this program
/// does not accept is left out and named; the others hold: a compacted topic must not begin to
/// delete because of a key from elsewhere.
pub fn topic_config(
    name: &str,
    own: &metadata::ConfigMap,
    defaults: &TopicDefaults,
) -> TopicConfig {
    let own = own.iter().map(|(key, value)| (String::from(key), String::from(value))).collect();
    let (config, ignored) = TopicConfig::from_stored(&own, defaults);
    for invalid in ignored {
        tracing::warn!(topic = name, "a setting of the topic has no effect: {invalid}");
    }
    config
}

/// How a parked reply's end reads on the wire.
pub fn release_code(release: Release) -> ErrorCode {
    match release {
        Release::Committed => ErrorCode::None,
        Release::NotEnoughReplicasAfterAppend => ErrorCode::NotEnoughReplicasAfterAppend,
        Release::NotLeader => ErrorCode::NotLeaderOrFollower,
    }
}
