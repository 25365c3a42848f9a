//! One partition of an internal topic: loads by replay, writes what its machine decides, and holds
//! replies until what they rest on has committed.
//!
//! The life of a request: [`Shard::handle`] lets the machine decide. Its records are encoded, join the
//! batch that is open, and are applied at once. When the shell has drained its queue it calls
//! [`Shard::flush`], which appends the batch: requests that came together share one write. A
//! configured [`Linger`] has it wait longer, or not at all. Replies wait behind it until [`Shard::committed`] says that the high watermark has passed them. A reply that
//! wrote nothing waits as well if something before it has not committed: it may have seen it.
//!
//! There is no undo. A decision that cannot be written (it is too large, or its producer is fenced) is
//! refused before it is applied. If the log itself fails after that, the shard has failed as a whole
//! ([`Shard::failure`]); the shell answers whoever waits and loads it again from the log, as it does
//! when leadership moves. See docs/decisions/2026-11-27-coordinators-undo-by-reload.md.

use std::collections::VecDeque;

use base::{ErrorCode, MonoMs, Offset, Sequence, VerificationGuard};
use bytes::Bytes;
use records::{BatchBuilder, Batches, Codec, Compression, ControlType};

use crate::machine::{Call, Context, Ending, Grouping, Machine, Output, Refused, Source, Write};

/// What a record costs in a batch besides its key and value, at most: seven varints.
const RECORD_OVERHEAD_MAX: usize = 40;

/// The most that the records of one batch may decompress to when it is read again.
const REPLAY_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The log that a shard writes, as the leader of its partition.
pub trait ShardLog {
    /// Appends one whole batch, which gets the offset `base`.
    ///
    /// # Errors
    /// Nothing was appended. NOT_LEADER_OR_FOLLOWER also where `base` is not the end of the log:
    /// somebody else has written to it, so what the shard believes is not what stands there.
    fn append(&mut self, batch: &[u8], base: Offset, within: Within)
    -> Result<Appended, ErrorCode>;
}

/// In which transaction a batch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    None,
    /// In one that is under way, as far as the verification with this guard can tell.
    Ongoing(Option<VerificationGuard>),
    /// It is the end of one of this version.
    Ended(i16),
}

/// What an append came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The high watermark; what is above it is told later.
    pub high_watermark: Offset,
}

#[derive(Clone, Copy, Debug)]
pub struct ShardSettings {
    /// `max.message.bytes` of the topic: the size of a batch before compression.
    pub batch_bytes_max: usize,
    pub codec: Codec,
    /// After this long a reply that waits for its commit is given up; what it wrote stays.
    pub commit_timeout_ms: u64,
    pub linger: Linger,
}

/// How long a batch waits for more decisions to join it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Linger {
    /// Until the shell has drained its queue: what came together is written together.
    #[default]
    Drained,
    /// So many milliseconds from its first record. With 0 every decision is written by itself.
    Ms(u64),
}

impl Linger {
    /// The value of a key such as `group.coordinator.append.linger.ms`, where -1 adapts to the load.
    pub fn of_key(value: i32) -> Linger {
        u64::try_from(value).map_or(Linger::Drained, Linger::Ms)
    }
}

/// What leaves a shard.
#[derive(Debug)]
pub enum Outcome<M: Machine> {
    Reply(Call, Result<M::Reply, ErrorCode>),
    Effect(M::Effect),
}

/// Why a partition could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record at offset {offset} cannot be read: {reason}")]
pub struct ReplayError {
    pub offset: Offset,
    pub reason: String,
}

pub struct Shard<M: Machine> {
    machine: M,
    settings: ShardSettings,
    /// Records that are decided and applied, and not appended yet.
    open: Option<Open>,
    /// What waits for the open batch.
    held: Vec<Outcome<M>>,
    /// What waits for the high watermark, in the order of the log.
    waiting: VecDeque<Waiting<M>>,
    ready: Vec<Outcome<M>>,
    /// The offset of the next record.
    next: Offset,
    high_watermark: Offset,
    failure: Option<ErrorCode>,
}

struct Open {
    base: Offset,
    builder: BatchBuilder,
    bytes: usize,
    /// Since when.
    since: MonoMs,
}

struct Waiting<M: Machine> {
    required: Offset,
    deadline: MonoMs,
    outcomes: Vec<Outcome<M>>,
}

type Encoded = (Bytes, Option<Bytes>);

/// How a write failed.
enum Failure {
    /// The decision alone; nothing of it was appended or applied.
    Decision(ErrorCode),
    /// The log.
    Shard(ErrorCode),
}

impl<M: Machine> Shard<M> {
    pub fn new(machine: M, settings: ShardSettings) -> Shard<M> {
        Shard {
            machine,
            settings,
            open: None,
            held: Vec::new(),
            waiting: VecDeque::new(),
            ready: Vec::new(),
            next: Offset(0),
            high_watermark: Offset(0),
            failure: None,
        }
    }

    pub fn machine(&self) -> &M {
        &self.machine
    }

    // ---- loading ----

    /// Where replay goes on: pass the start of the log before the first batch.
    pub fn replay_from(&mut self, offset: Offset) {
        self.next = offset;
    }

    /// The offset after the last record that was replayed or decided.
    pub fn next_offset(&self) -> Offset {
        self.next
    }

    /// Applies whole batches as they stand in the log.
    ///
    /// # Errors
    /// A record that cannot be read. The partition must not be served.
    pub fn replay(&mut self, batches: &[u8]) -> Result<(), ReplayError> {
        let mut scratch = Vec::new();
        for batch in Batches::new(batches) {
            let next = self.next;
            let unreadable = |reason: String| ReplayError { offset: next, reason };
            let (header, bytes) = batch.map_err(|error| unreadable(error.to_string()))?;
            let records = records::records_of(bytes, &mut scratch, REPLAY_BYTES_MAX)
                .map_err(|error| unreadable(error.to_string()))?;
            let producer = (header.producer_id, header.producer_epoch);
            for record in records {
                let record = record.map_err(|error| unreadable(error.to_string()))?;
                let offset = record.offset(&header);
                let unreadable = |reason: String| ReplayError { offset, reason };
                let Some(key) = record.key else {
                    return Err(unreadable("it has no key".into()));
                };
                if header.attributes.is_control() {
                    let kind =
                        ControlType::parse(key).map_err(|error| unreadable(error.to_string()))?;
                    if let Some(ending) = kind.and_then(ending) {
                        self.machine.apply_marker(producer.0, producer.1, ending);
                    }
                    continue;
                }
                let value = record.value.map(Bytes::copy_from_slice);
                let decoded = M::decode(Bytes::copy_from_slice(key), value).map_err(unreadable)?;
                if let Some(decoded) = decoded {
                    let timestamp = record.timestamp(&header);
                    let producer = header.attributes.is_transactional().then_some(producer);
                    self.machine.apply(&decoded, Source { offset, timestamp, producer });
                }
            }
            self.next = header.next_offset();
        }
        Ok(())
    }

    /// Begins to serve: the log has been replayed up to `end`.
    pub fn start(
        &mut self,
        context: &mut Context<'_>,
        log: &mut dyn ShardLog,
        end: Offset,
        high_watermark: Offset,
    ) {
        self.next = end;
        self.high_watermark = high_watermark;
        let mut out = Output::default();
        self.machine.loaded(context, &mut out);
        self.settle(context, log, out);
    }

    // ---- serving ----

    pub fn handle(
        &mut self,
        context: &mut Context<'_>,
        log: &mut dyn ShardLog,
        call: Call,
        request: M::Request,
    ) {
        let mut out = Output::default();
        self.machine.handle(context, call, request, &mut out);
        self.settle(context, log, out);
    }

    pub fn metadata_changed(
        &mut self,
        context: &mut Context<'_>,
        log: &mut dyn ShardLog,
        delta: &metadata::Delta,
    ) {
        let mut out = Output::default();
        self.machine.metadata_changed(context, delta, &mut out);
        self.settle(context, log, out);
    }

    /// When [`Shard::on_deadline`] has something to do.
    pub fn next_deadline(&self) -> MonoMs {
        let commit = self.waiting.iter().find(|waiting| waiting.has_replies());
        let commit = commit.map_or(MonoMs::NEVER, |waiting| waiting.deadline);
        self.machine.next_deadline().min(commit).min(self.linger_ends())
    }

    /// Fires every timer that is due.
    pub fn on_deadline(&mut self, context: &mut Context<'_>, log: &mut dyn ShardLog) {
        while self.failure.is_none() && self.machine.next_deadline() <= context.now {
            let mut out = Output::default();
            self.machine.on_deadline(context, &mut out);
            self.settle(context, log, out);
        }
        for waiting in &mut self.waiting {
            if waiting.deadline > context.now {
                break;
            }
            // Effects stay: they follow from records that are in the log.
            for outcome in std::mem::take(&mut waiting.outcomes) {
                match outcome {
                    Outcome::Reply(call, _) => {
                        let code = ErrorCode::CoordinatorNotAvailable;
                        self.ready.push(Outcome::Reply(call, Err(code)));
                    }
                    effect => waiting.outcomes.push(effect),
                }
            }
        }
    }

    /// The high watermark has moved.
    pub fn committed(&mut self, high_watermark: Offset) {
        self.high_watermark = self.high_watermark.max(high_watermark);
        while let Some(waiting) = self.waiting.front() {
            if waiting.required > self.high_watermark {
                break;
            }
            let waiting = self.waiting.pop_front().expect("there is a front");
            self.ready.extend(waiting.outcomes);
        }
    }

    /// What may leave now.
    pub fn take_ready(&mut self) -> Vec<Outcome<M>> {
        std::mem::take(&mut self.ready)
    }

    /// The highest offset that somebody waits for; none if nobody does.
    pub fn awaited(&self) -> Option<Offset> {
        self.waiting.back().map(|waiting| waiting.required)
    }

    /// Why the shard must be loaded again, or no longer belongs here.
    pub fn failure(&self) -> Option<ErrorCode> {
        self.failure
    }

    // ---- writing ----

    /// Appends what is open, if it does not have to linger. Called when the queue is drained.
    pub fn flush(&mut self, now: MonoMs, log: &mut dyn ShardLog) {
        if self.settings.linger != Linger::Drained && self.linger_ends() > now {
            return;
        }
        if let Err(code) = self.append_open(now, log) {
            self.failure = Some(code);
        }
    }

    /// When the batch that is open has lingered for as long as it is told to.
    fn linger_ends(&self) -> MonoMs {
        match (&self.open, self.settings.linger) {
            (Some(open), Linger::Ms(ms)) => open.since.plus_ms(ms),
            _ => MonoMs::NEVER,
        }
    }

    fn settle(&mut self, context: &mut Context<'_>, log: &mut dyn ShardLog, out: Output<M>) {
        let Output { writes, grouping, replies, dismissals, effects } = out;
        let outcomes = replies.into_iter().map(|(call, reply)| Outcome::Reply(call, reply));
        let dismissals =
            dismissals.into_iter().map(|(call, reply)| Outcome::Reply(call, Ok(reply)));
        match self.write(context, log, &writes, grouping) {
            Ok(()) => {
                let effects = effects.into_iter().map(Outcome::Effect);
                self.hold(context.now, outcomes.chain(dismissals).chain(effects).collect());
                if self.settings.linger == Linger::Ms(0) {
                    self.flush(context.now, log);
                }
            }
            Err(Failure::Decision(code)) => {
                let code = for_clients(code);
                let refused = outcomes.map(|outcome| match outcome {
                    Outcome::Reply(call, _) => Outcome::Reply(call, Err(code)),
                    effect => effect,
                });
                self.hold(context.now, refused.chain(dismissals).collect());
                let mut next = Output::default();
                self.machine.refused(context, &Refused { writes, code }, &mut next);
                self.settle(context, log, next);
            }
            Err(Failure::Shard(code)) => self.failure = Some(code),
        }
    }

    /// Lets outcomes wait for what they may have seen.
    fn hold(&mut self, now: MonoMs, outcomes: Vec<Outcome<M>>) {
        if outcomes.is_empty() {
        } else if self.open.is_some() {
            self.held.extend(outcomes);
        } else if self.next > self.high_watermark {
            self.wait(now, outcomes);
        } else {
            self.ready.extend(outcomes);
        }
    }

    fn wait(&mut self, now: MonoMs, outcomes: Vec<Outcome<M>>) {
        let deadline = now.plus_ms(self.settings.commit_timeout_ms);
        self.waiting.push_back(Waiting { required: self.next, deadline, outcomes });
    }

    fn write(
        &mut self,
        context: &Context<'_>,
        log: &mut dyn ShardLog,
        writes: &[Write<M::Record>],
        grouping: Grouping,
    ) -> Result<(), Failure> {
        if writes.iter().all(|write| matches!(write, Write::Record(_))) {
            return self.write_records(context, log, writes, grouping);
        }
        // A producer's batch may be refused by the log, so it is appended before it is applied,
        // behind what was decided earlier.
        self.append_open(context.now, log).map_err(Failure::Shard)?;
        for (nth, write) in writes.iter().enumerate() {
            let refused = |code| match code {
                // Somebody else has written to the log, or nobody can: what the shard believes is
                // not what stands there, whoever's write this is.
                ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError => {
                    Failure::Shard(code)
                }
                _ if nth > 0 => Failure::Shard(code),
                _ => Failure::Decision(code),
            };
            match write {
                Write::Record(_) => {
                    unreachable!("a decision writes for itself or for a transaction, never both")
                }
                Write::Pending { .. } if nth > 0 && self.was_written_with(writes, nth) => {}
                Write::Pending { .. } => {
                    self.append_pending(context, log, &writes[nth..]).map_err(refused)?;
                }
                Write::Marker { .. } => {
                    self.append_marker(context, log, write).map_err(refused)?;
                }
            }
        }
        Ok(())
    }

    fn write_records(
        &mut self,
        context: &Context<'_>,
        log: &mut dyn ShardLog,
        writes: &[Write<M::Record>],
        grouping: Grouping,
    ) -> Result<(), Failure> {
        let encoded: Vec<Encoded> = encode_all::<M>(writes)?;
        let size = |record: &Encoded| {
            record.0.len() + record.1.as_ref().map_or(0, Bytes::len) + RECORD_OVERHEAD_MAX
        };
        let limit = self.settings.batch_bytes_max;
        let total: usize = encoded.iter().map(size).sum();
        let largest = encoded.iter().map(size).max().unwrap_or(0);
        let must_fit = if grouping == Grouping::Atomic { total } else { largest };
        if must_fit > limit {
            return Err(Failure::Decision(ErrorCode::RecordListTooLarge));
        }
        if self.open.as_ref().is_some_and(|open| open.bytes + must_fit > limit) {
            self.append_open(context.now, log).map_err(Failure::Shard)?;
        }
        for (write, record) in writes.iter().zip(&encoded) {
            let Write::Record(decoded) = write else { continue };
            let bytes = size(record);
            if self.open.as_ref().is_some_and(|open| open.bytes + bytes > limit) {
                self.append_open(context.now, log).map_err(Failure::Shard)?;
            }
            let base = self.next;
            let codec = self.settings.codec;
            let open = self.open.get_or_insert_with(|| Open {
                base,
                builder: BatchBuilder::new(Compression::from(codec)).base_offset(base),
                bytes: 0,
                since: context.now,
            });
            open.builder
                .append(context.wall, Some(&record.0), record.1.as_deref(), &[])
                .map_err(|_| Failure::Decision(ErrorCode::RecordListTooLarge))?;
            open.bytes += bytes;
            let source = Source { offset: self.next, timestamp: context.wall, producer: None };
            self.next = self.next.plus(1);
            self.machine.apply(decoded, source);
        }
        Ok(())
    }

    fn append_open(&mut self, now: MonoMs, log: &mut dyn ShardLog) -> Result<(), ErrorCode> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let appended = log.append(&open.builder.build(), open.base, Within::None)?;
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            self.wait(now, held);
        }
        self.committed(appended.high_watermark);
        Ok(())
    }

    /// Whether the write at `nth` went out with an earlier one of the same transaction.
    fn was_written_with(&self, writes: &[Write<M::Record>], nth: usize) -> bool {
        let producer = |write: &Write<M::Record>| match write {
            Write::Pending { producer, epoch, .. } => Some((*producer, *epoch)),
            _ => None,
        };
        producer(&writes[nth - 1]).is_some() && producer(&writes[nth - 1]) == producer(&writes[nth])
    }

    /// Appends the leading records of one transaction as one batch.
    fn append_pending(
        &mut self,
        context: &Context<'_>,
        log: &mut dyn ShardLog,
        writes: &[Write<M::Record>],
    ) -> Result<(), ErrorCode> {
        let Some(Write::Pending { producer, epoch, guard, .. }) = writes.first() else {
            return Ok(());
        };
        let mine = writes.iter().map_while(|write| match write {
            Write::Pending { producer: id, epoch: of, record, .. }
                if id == producer && of == epoch =>
            {
                Some(record)
            }
            _ => None,
        });
        let mut builder = BatchBuilder::new(Compression::from(self.settings.codec))
            .base_offset(self.next)
            .producer(*producer, *epoch, Sequence::NONE)
            .transactional();
        let mut records = Vec::new();
        for record in mine {
            let (key, value) = encode::<M>(record)?;
            builder
                .append(context.wall, Some(&key), value.as_deref(), &[])
                .map_err(|_| ErrorCode::RecordListTooLarge)?;
            records.push(record);
        }
        if builder.size() > self.settings.batch_bytes_max {
            return Err(ErrorCode::RecordListTooLarge);
        }
        let appended = log.append(&builder.build(), self.next, Within::Ongoing(*guard))?;
        for record in records {
            let producer = Some((*producer, *epoch));
            let source = Source { offset: self.next, timestamp: context.wall, producer };
            self.next = self.next.plus(1);
            self.machine.apply(record, source);
        }
        self.committed(appended.high_watermark);
        Ok(())
    }

    fn append_marker(
        &mut self,
        context: &Context<'_>,
        log: &mut dyn ShardLog,
        write: &Write<M::Record>,
    ) -> Result<(), ErrorCode> {
        let Write::Marker { producer, epoch, ending, coordinator_epoch, transaction_version } =
            *write
        else {
            return Ok(());
        };
        let kind = ending.control_type();
        let batch = records::end_transaction_batch(
            self.next,
            producer,
            epoch,
            kind,
            coordinator_epoch,
            context.wall,
        );
        let appended = log.append(&batch, self.next, Within::Ended(transaction_version))?;
        self.next = self.next.plus(1);
        self.machine.apply_marker(producer, epoch, ending);
        self.committed(appended.high_watermark);
        Ok(())
    }
}

impl<M: Machine> Waiting<M> {
    fn has_replies(&self) -> bool {
        self.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Reply(..)))
    }
}

fn ending(kind: ControlType) -> Option<Ending> {
    match kind {
        ControlType::Commit => Some(Ending::Commit),
        ControlType::Abort => Some(Ending::Abort),
        _ => None,
    }
}

fn encode<M: Machine>(record: &M::Record) -> Result<Encoded, ErrorCode> {
    // What a record cannot say, a request should have been refused for: the format's own limits
    // are wider than every limit that is configured.
    M::encode(record).map_err(|_| ErrorCode::UnknownServerError)
}

fn encode_all<M: Machine>(writes: &[Write<M::Record>]) -> Result<Vec<Encoded>, Failure> {
    let records = writes.iter().filter_map(|write| match write {
        Write::Record(record) => Some(record),
        Write::Pending { .. } | Write::Marker { .. } => None,
    });
    records.map(|record| encode::<M>(record)).collect::<Result<_, _>>().map_err(Failure::Decision)
}

/// What a failed append means to who asked the coordinator, as Kafka translates it: a client that
/// hears NOT_COORDINATOR looks for the coordinator again, one that hears COORDINATOR_NOT_AVAILABLE
/// tries again.
pub fn for_clients(code: ErrorCode) -> ErrorCode {
    match code {
        ErrorCode::UnknownTopicOrPartition
        | ErrorCode::NotEnoughReplicas
        | ErrorCode::NotEnoughReplicasAfterAppend
        | ErrorCode::RequestTimedOut => ErrorCode::CoordinatorNotAvailable,
        ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError => ErrorCode::NotCoordinator,
        ErrorCode::MessageTooLarge
        | ErrorCode::RecordListTooLarge
        | ErrorCode::InvalidFetchSize => ErrorCode::UnknownServerError,
        other => other,
    }
}

#[cfg(test)]
mod tests;
