//! What a log remembers of idempotent and transactional producers.
//!
//! Life of a batch with a producer id: [`Producers::check`] says whether it is new, a duplicate of
//! one of the last five, or out of turn; after it has been written, [`Producers::apply`] remembers it.
//! The two are separate because a write may fail, and what failed must not be remembered. Followers
//! and recovery only apply: what is in the leader's log is right by definition.
//!
//! The state is a function of the log, so it is saved only to spare reading all of it: a snapshot at
//! every roll and at a clean stop (`<offset>.snapshot`). A snapshot holds one batch per producer, so
//! after a restart the window of duplicates is one until it fills again, as in Kafka.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use base::{ErrorCode, Offset, ProducerEpoch, ProducerId, Sequence, VerificationGuard, WallMs};
use records::BatchHeader;

use crate::disk::{Disk, read_small};
use crate::error::{Doing, Result};
use crate::names;
use crate::transactions::{AbortedTransaction, Ending, Marker};

/// How many batches a producer may have in flight, and so how many may come twice (KIP-98).
const WINDOW: usize = 5;

/// Largest snapshot we read: some six million producers.
const SNAPSHOT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A snapshot without producers: version, checksum and a count of zero.
pub(crate) const EMPTY_SNAPSHOT_BYTES: u64 = 10;

const ENTRY_SIZE: usize = 46;

/// A batch that was appended, as far as recognising its duplicate needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendedBatch {
    pub last_sequence: Sequence,
    pub last_offset: Offset,
    /// Last minus first, of offsets and of sequences.
    pub offset_delta: i32,
    pub timestamp: WallMs,
}

impl AppendedBatch {
    pub fn first_offset(&self) -> Offset {
        Offset(self.last_offset.0 - i64::from(self.offset_delta))
    }

    fn first_sequence(&self) -> Sequence {
        // Backwards over the wrap: sequences live modulo 2^31.
        let wide = i64::from(self.last_sequence.0) - i64::from(self.offset_delta);
        Sequence(wide.rem_euclid(1 << 31) as i32)
    }
}

/// One producer's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    pub epoch: ProducerEpoch,
    /// -1 until a marker has come.
    pub coordinator_epoch: i32,
    pub last_timestamp: WallMs,
    pub transaction_start: Option<Offset>,
    /// Oldest first; the first `batches_kept` count.
    batches: [AppendedBatch; WINDOW],
    batches_kept: u8,
}

impl Producer {
    fn new(epoch: ProducerEpoch) -> Producer {
        let nothing = AppendedBatch {
            last_sequence: Sequence::NONE,
            last_offset: Offset(-1),
            offset_delta: 0,
            timestamp: WallMs::NONE,
        };
        Producer {
            epoch,
            coordinator_epoch: -1,
            last_timestamp: WallMs::NONE,
            transaction_start: None,
            batches: [nothing; WINDOW],
            batches_kept: 0,
        }
    }

    /// The last batches, oldest first.
    pub fn batches(&self) -> &[AppendedBatch] {
        &self.batches[..usize::from(self.batches_kept)]
    }

    pub fn last_batch(&self) -> Option<&AppendedBatch> {
        self.batches().last()
    }

    /// [`Sequence::NONE`] if no batch of this epoch is known.
    pub fn last_sequence(&self) -> Sequence {
        self.last_batch().map_or(Sequence::NONE, |batch| batch.last_sequence)
    }

    fn remember(&mut self, batch: AppendedBatch) {
        if usize::from(self.batches_kept) == WINDOW {
            self.batches.rotate_left(1);
            self.batches[WINDOW - 1] = batch;
        } else {
            self.batches[usize::from(self.batches_kept)] = batch;
            self.batches_kept += 1;
        }
    }

    fn begin_epoch(&mut self, epoch: ProducerEpoch) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.batches_kept = 0;
        }
    }

    fn duplicate_of(&self, batch: &BatchHeader) -> Option<AppendedBatch> {
        if batch.producer_epoch != self.epoch {
            return None;
        }
        let is_same = |known: &&AppendedBatch| {
            known.first_sequence() == batch.base_sequence
                && known.last_sequence == batch.last_sequence()
        };
        self.batches().iter().find(is_same).copied()
    }

    fn is_expired(&self, now: WallMs, expiration_ms: i64) -> bool {
        self.transaction_start.is_none()
            && now.0.saturating_sub(self.last_timestamp.0) >= expiration_ms
    }
}

/// Who appends, which decides what is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A produce request.
    Client,
    /// A coordinator on this node: transaction markers, and its own records.
    Coordinator,
}

/// Why a batch was not appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProducerError {
    #[error(
        "producer {producer_id} sent sequence {sequence} when {expected} was due (epoch {epoch})"
    )]
    OutOfOrder {
        producer_id: ProducerId,
        epoch: ProducerEpoch,
        sequence: Sequence,
        expected: Sequence,
    },
    #[error("producer {producer_id} has epoch {epoch}, and the log has seen {seen}")]
    OldEpoch { producer_id: ProducerId, epoch: ProducerEpoch, seen: ProducerEpoch },
    #[error("producer {producer_id} wrote outside the transaction that is open since {since}")]
    NotTransactional { producer_id: ProducerId, since: Offset },
    #[error("producer {producer_id} wrote in a transaction that its coordinator does not know")]
    Unverified { producer_id: ProducerId },
    #[error("a marker of coordinator epoch {epoch} came after one of {seen}")]
    OldCoordinator { epoch: i32, seen: i32 },
}

impl ProducerError {
    pub fn code(&self) -> ErrorCode {
        match self {
            ProducerError::OutOfOrder { .. } => ErrorCode::OutOfOrderSequenceNumber,
            ProducerError::OldEpoch { .. } => ErrorCode::InvalidProducerEpoch,
            ProducerError::NotTransactional { .. } | ProducerError::Unverified { .. } => {
                ErrorCode::InvalidTxnState
            }
            ProducerError::OldCoordinator { .. } => ErrorCode::TransactionCoordinatorFenced,
        }
    }
}

/// The rules of `transaction.version` that the log itself must know (KIP-890).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionRules {
    /// Versions 0 and 1: a marker carries the epoch of the data.
    #[default]
    SameEpoch,
    /// Version 2: a marker carries an epoch above that of the data, so that nothing of the ended
    /// transaction can come after it.
    BumpedEpoch,
}

impl TransactionRules {
    /// The rules of a `transaction.version`.
    pub fn of_version(version: i16) -> TransactionRules {
        if version >= 2 { TransactionRules::BumpedEpoch } else { TransactionRules::SameEpoch }
    }
}

/// Whether a transactional batch needs the coordinator's word that the transaction is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verification {
    /// Not asked for: the broker does not verify.
    #[default]
    Settled,
    /// The batch must continue a transaction that this log knows to be open, or one that the
    /// coordinator has confirmed under this guard, which no marker has ended since.
    Required(Option<VerificationGuard>),
}

/// The first batch of a producer in a transaction that the log has not seen yet.
#[derive(Clone, Copy, Debug)]
pub struct Unverified {
    pub producer_id: ProducerId,
    pub epoch: ProducerEpoch,
    pub sequence: Sequence,
    pub rules: TransactionRules,
}

/// A producer whose coordinator is being asked, and what it wants to write first.
#[derive(Clone, Copy, Debug)]
struct Verifying {
    guard: VerificationGuard,
    since: WallMs,
    epoch: ProducerEpoch,
    /// Of those that wait. A later one must not overtake it, or the first could never be written.
    lowest_sequence: Sequence,
    rules: TransactionRules,
}

/// What [`Producers::check`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    New,
    Duplicate(AppendedBatch),
}

/// An open transaction, or one whose marker is not yet below the high watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Transaction {
    producer_id: ProducerId,
    last: Option<Offset>,
}

/// The producers of one log. Costs nothing while there are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Producers {
    producers: BTreeMap<ProducerId, Producer>,
    /// By first offset.
    ongoing: BTreeMap<Offset, Transaction>,
    /// Ended, but the marker is not replicated yet: readers of committed data wait for it.
    unreplicated: BTreeMap<Offset, Transaction>,
    /// Known to the leader only, and gone with it.
    verifying: BTreeMap<ProducerId, Verifying>,
    /// The state is that of the log up to here.
    end: Offset,
}

impl Producers {
    pub fn at(end: Offset) -> Producers {
        Producers { end, ..Producers::default() }
    }

    pub fn end(&self) -> Offset {
        self.end
    }

    pub fn set_end(&mut self, end: Offset) {
        self.end = end;
    }

    pub fn iter(&self) -> impl Iterator<Item = (ProducerId, &Producer)> {
        self.producers.iter().map(|(id, producer)| (*id, producer))
    }

    pub fn get(&self, id: ProducerId) -> Option<&Producer> {
        self.producers.get(&id)
    }

    pub fn is_empty(&self) -> bool {
        self.producers.is_empty() && self.unreplicated.is_empty()
    }

    /// Begins to verify a producer's transaction, as `guard` or under the guard of a verification that
    /// is under way. What is appended then must show the guard. `None` if the log knows the transaction
    /// to be open, so nobody need be asked.
    ///
    /// # Errors
    /// A later incarnation of the producer has written here.
    pub fn begin_verification(
        &mut self,
        asked: Unverified,
        guard: VerificationGuard,
        now: WallMs,
    ) -> Result<Option<VerificationGuard>, ProducerError> {
        let Unverified { producer_id, epoch, sequence, rules } = asked;
        if let Some(known) = self.producers.get(&producer_id) {
            if epoch < known.epoch {
                return Err(ProducerError::OldEpoch { producer_id, epoch, seen: known.epoch });
            }
            if epoch == known.epoch && known.transaction_start.is_some() {
                return Ok(None);
            }
        }
        let verifying = self.verifying.entry(producer_id).or_insert(Verifying {
            guard,
            since: now,
            epoch,
            lowest_sequence: sequence,
            rules,
        });
        if epoch > verifying.epoch {
            verifying.epoch = epoch;
            verifying.lowest_sequence = sequence;
        } else if epoch == verifying.epoch && sequence < verifying.lowest_sequence {
            verifying.lowest_sequence = sequence;
        }
        Ok(Some(verifying.guard))
    }

    /// Judges a batch that a leader is about to append. `marker` is what a control batch holds.
    pub fn check(
        &self,
        batch: &BatchHeader,
        marker: Option<&Marker>,
        origin: Origin,
        rules: TransactionRules,
        verification: Verification,
    ) -> Result<Verdict, ProducerError> {
        if !batch.has_producer() {
            return Ok(Verdict::New);
        }
        let known = self.producers.get(&batch.producer_id);
        if let Some(marker) = marker {
            return known
                .map_or(Ok(()), |known| check_marker(batch, known, marker, rules))
                .map(|()| Verdict::New);
        }
        if origin == Origin::Client
            && let Some(duplicate) = known.and_then(|known| known.duplicate_of(batch))
        {
            return Ok(Verdict::Duplicate(duplicate));
        }
        let verifying = self.verifying.get(&batch.producer_id);
        check_data(batch, known, verifying, verification)?;
        if origin == Origin::Client {
            check_sequence(batch, known, verifying)?;
        }
        check_is_transactional(batch, known).map(|()| Verdict::New)
    }

    /// Remembers a batch that is in the log. Returns the transaction it aborted, which the segment
    /// must index.
    pub fn apply(
        &mut self,
        batch: &BatchHeader,
        marker: Option<&Marker>,
    ) -> Option<AbortedTransaction> {
        self.end = batch.next_offset();
        if !batch.has_producer() {
            return None;
        }
        let id = batch.producer_id;
        if batch.attributes.is_transactional() {
            self.end_verification(batch);
        }
        if batch.attributes.is_control() {
            return marker.and_then(|marker| self.end_transaction(batch, marker));
        }
        let producer =
            self.producers.entry(id).or_insert_with(|| Producer::new(batch.producer_epoch));
        producer.begin_epoch(batch.producer_epoch);
        producer.remember(AppendedBatch {
            last_sequence: batch.last_sequence(),
            last_offset: batch.last_offset(),
            offset_delta: batch.last_offset_delta,
            timestamp: batch.max_timestamp,
        });
        producer.last_timestamp = batch.max_timestamp;
        if batch.attributes.is_transactional() && producer.transaction_start.is_none() {
            producer.transaction_start = Some(batch.base_offset);
            let transaction = Transaction { producer_id: id, last: None };
            self.ongoing.insert(batch.base_offset, transaction);
        }
        None
    }

    /// From here on the log itself knows whether the transaction is open.
    fn end_verification(&mut self, batch: &BatchHeader) {
        // Under version 2 a marker has the epoch of the transaction after the one that it ends, and
        // may come when that one is being verified already.
        let is_of_the_next = |verifying: &Verifying| {
            batch.attributes.is_control()
                && verifying.rules == TransactionRules::BumpedEpoch
                && verifying.epoch == batch.producer_epoch
        };
        if !self.verifying.get(&batch.producer_id).is_some_and(is_of_the_next) {
            self.verifying.remove(&batch.producer_id);
        }
    }

    fn end_transaction(
        &mut self,
        batch: &BatchHeader,
        marker: &Marker,
    ) -> Option<AbortedTransaction> {
        let id = batch.producer_id;
        let producer =
            self.producers.entry(id).or_insert_with(|| Producer::new(batch.producer_epoch));
        producer.begin_epoch(batch.producer_epoch);
        producer.coordinator_epoch = marker.coordinator_epoch;
        producer.last_timestamp = marker.timestamp;
        let first = producer.transaction_start.take()?;
        let last = batch.base_offset;
        // What remains open decides how far the log is stable once this marker is replicated.
        let mut others = self.ongoing.iter().filter(|(_, open)| open.producer_id != id);
        let last_stable = others.next().map_or(last.plus(1), |(first, _)| *first);
        if let Some(mut transaction) = self.ongoing.remove(&first) {
            transaction.last = Some(last);
            self.unreplicated.insert(first, transaction);
        }
        let aborted = AbortedTransaction { producer_id: id, first, last, last_stable };
        (marker.ending == Ending::Abort).then_some(aborted)
    }

    /// The first offset that is not decided yet, or is decided above the high watermark.
    pub fn first_unstable(&self) -> Option<Offset> {
        let ongoing = self.ongoing.keys().next();
        let unreplicated = self.unreplicated.keys().next();
        [ongoing, unreplicated].into_iter().flatten().min().copied()
    }

    /// Since when the oldest open transaction has been silent; what a metric of hanging
    /// transactions reads.
    pub fn oldest_transaction(&self) -> Option<WallMs> {
        let (_, oldest) = self.ongoing.iter().next()?;
        self.producers.get(&oldest.producer_id).map(|producer| producer.last_timestamp)
    }

    /// Everything below `offset` is replicated, or gone.
    pub fn settle_below(&mut self, offset: Offset) {
        if !self.unreplicated.is_empty() {
            let settled = |ended: &Transaction| ended.last.is_some_and(|last| last < offset);
            self.unreplicated.retain(|_, ended| !settled(ended));
        }
    }

    pub fn expire(&mut self, now: WallMs, expiration_ms: i64) {
        self.producers.retain(|_, producer| !producer.is_expired(now, expiration_ms));
        self.verifying
            .retain(|_, verifying| now.0.saturating_sub(verifying.since.0) < expiration_ms);
    }

    /// The snapshot as Kafka writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(10 + self.producers.len() * ENTRY_SIZE);
        bytes.extend_from_slice(&1i16.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&(self.producers.len() as i32).to_be_bytes());
        for (id, producer) in &self.producers {
            let last = producer.last_batch();
            bytes.extend_from_slice(&id.0.to_be_bytes());
            bytes.extend_from_slice(&producer.epoch.0.to_be_bytes());
            bytes.extend_from_slice(&producer.last_sequence().0.to_be_bytes());
            bytes.extend_from_slice(&last.map_or(-1, |last| last.last_offset.0).to_be_bytes());
            bytes.extend_from_slice(&last.map_or(0, |last| last.offset_delta).to_be_bytes());
            bytes.extend_from_slice(&producer.last_timestamp.0.to_be_bytes());
            bytes.extend_from_slice(&producer.coordinator_epoch.to_be_bytes());
            let open = producer.transaction_start.map_or(-1, |start| start.0);
            bytes.extend_from_slice(&open.to_be_bytes());
        }
        let crc = crc_fast::crc32_iscsi(&bytes[6..]);
        bytes[2..6].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    /// Reads a snapshot; expired producers are left out. `Err` says what is wrong with it, and the
    /// caller takes an older one.
    pub fn decode(
        bytes: &[u8],
        end: Offset,
        now: WallMs,
        expiration_ms: i64,
    ) -> std::result::Result<Producers, &'static str> {
        let mut producers = Producers::at(end);
        let Some((header, entries)) = bytes.split_at_checked(EMPTY_SNAPSHOT_BYTES as usize) else {
            return Err("it is shorter than a snapshot can be");
        };
        if header[..2] != [0, 1] {
            return Err("its version is not 1");
        }
        if crc_fast::crc32_iscsi(&bytes[6..]).to_be_bytes() != header[2..6] {
            return Err("its checksum is wrong");
        }
        let count = i32::from_be_bytes([header[6], header[7], header[8], header[9]]);
        if entries.len() as i64 != i64::from(count) * ENTRY_SIZE as i64 {
            return Err("its length does not match its count");
        }
        for entry in entries.chunks_exact(ENTRY_SIZE) {
            let (id, producer) = decode_producer(entry);
            if producer.is_expired(now, expiration_ms) {
                continue;
            }
            if let Some(start) = producer.transaction_start {
                producers.ongoing.insert(start, Transaction { producer_id: id, last: None });
            }
            producers.producers.insert(id, producer);
        }
        Ok(producers)
    }
}

fn decode_producer(entry: &[u8]) -> (ProducerId, Producer) {
    let long = |at: usize| {
        let mut field = [0; 8];
        field.copy_from_slice(&entry[at..at + 8]);
        i64::from_be_bytes(field)
    };
    let int =
        |at: usize| i32::from_be_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
    let mut producer = Producer::new(ProducerEpoch(i16::from_be_bytes([entry[8], entry[9]])));
    let (last_offset, timestamp, open) = (long(14), WallMs(long(26)), long(38));
    if last_offset >= 0 {
        producer.remember(AppendedBatch {
            last_sequence: Sequence(int(10)),
            last_offset: Offset(last_offset),
            offset_delta: int(22),
            timestamp,
        });
    }
    producer.last_timestamp = timestamp;
    producer.coordinator_epoch = int(34);
    producer.transaction_start = (open >= 0).then_some(Offset(open));
    (ProducerId(long(0)), producer)
}

fn check_data(
    batch: &BatchHeader,
    known: Option<&Producer>,
    verifying: Option<&Verifying>,
    verification: Verification,
) -> Result<(), ProducerError> {
    let producer_id = batch.producer_id;
    let epoch = batch.producer_epoch;
    if let Some(known) = known
        && epoch < known.epoch
    {
        return Err(ProducerError::OldEpoch { producer_id, epoch, seen: known.epoch });
    }
    let is_open =
        known.is_some_and(|known| known.transaction_start.is_some() && known.epoch == epoch);
    let is_verified = match verification {
        Verification::Settled => true,
        // Whoever was told that the transaction is open holds the guard, and that of another
        // transaction does not match it.
        Verification::Required(guard) => {
            is_open || (guard.is_some() && guard == verifying.map(|verifying| verifying.guard))
        }
    };
    match is_verified || !batch.attributes.is_transactional() {
        true => Ok(()),
        false => Err(ProducerError::Unverified { producer_id }),
    }
}

fn check_is_transactional(
    batch: &BatchHeader,
    known: Option<&Producer>,
) -> Result<(), ProducerError> {
    match known.and_then(|known| known.transaction_start) {
        Some(since) if !batch.attributes.is_transactional() => {
            Err(ProducerError::NotTransactional { producer_id: batch.producer_id, since })
        }
        _ => Ok(()),
    }
}

/// An unknown producer may begin anywhere, because its state may have been forgotten with its
/// records; under transaction version 2 it begins each transaction at 0 (KIP-890).
fn check_sequence(
    batch: &BatchHeader,
    known: Option<&Producer>,
    verifying: Option<&Verifying>,
) -> Result<(), ProducerError> {
    let out_of_order = |expected| ProducerError::OutOfOrder {
        producer_id: batch.producer_id,
        epoch: batch.producer_epoch,
        sequence: batch.base_sequence,
        expected,
    };
    if let Some(verifying) = verifying {
        let begins_anew = known.is_none_or(|known| known.batches().is_empty());
        if verifying.rules == TransactionRules::BumpedEpoch
            && begins_anew
            && batch.base_sequence != Sequence(0)
        {
            return Err(out_of_order(Sequence(0)));
        }
        if batch.base_sequence > verifying.lowest_sequence {
            return Err(out_of_order(verifying.lowest_sequence));
        }
    }
    let Some(known) = known else { return Ok(()) };
    let expected = if known.epoch == batch.producer_epoch {
        match known.last_sequence() {
            // Only markers so far in this epoch: the first data must begin at 0, because -1 + 1 is.
            Sequence::NONE => Sequence(0),
            last => last.plus(1),
        }
    } else {
        Sequence(0)
    };
    match batch.base_sequence == expected {
        true => Ok(()),
        false => Err(out_of_order(expected)),
    }
}

fn check_marker(
    batch: &BatchHeader,
    known: &Producer,
    marker: &Marker,
    rules: TransactionRules,
) -> Result<(), ProducerError> {
    let epoch = batch.producer_epoch;
    let is_old = match rules {
        TransactionRules::SameEpoch => epoch < known.epoch,
        // A marker of the same epoch is the coordinator's retry if nothing is open any more. An
        // epoch that cannot be raised further ends its transactions with itself.
        TransactionRules::BumpedEpoch => {
            let is_retry = known.transaction_start.is_none() || epoch.0 == i16::MAX;
            epoch < known.epoch || (epoch == known.epoch && !is_retry)
        }
    };
    if is_old {
        let producer_id = batch.producer_id;
        return Err(ProducerError::OldEpoch { producer_id, epoch, seen: known.epoch });
    }
    if marker.coordinator_epoch < known.coordinator_epoch {
        let seen = known.coordinator_epoch;
        return Err(ProducerError::OldCoordinator { epoch: marker.coordinator_epoch, seen });
    }
    Ok(())
}

/// Writes `<end>.snapshot`, without syncing it.
pub(crate) fn write_snapshot(disk: &dyn Disk, dir: &Path, producers: &Producers) -> Result<()> {
    let path = names::file(dir, producers.end, names::SNAPSHOT);
    let write = || disk.create(&path)?.write_at(&producers.encode(), 0);
    write().doing("write the producer snapshot", &path)
}

/// Reads the snapshot at `end`. The inner error says what is wrong with its content.
pub(crate) fn read_snapshot(
    disk: &dyn Disk,
    dir: &Path,
    end: Offset,
    now: WallMs,
    expiration_ms: i64,
) -> Result<std::result::Result<Producers, &'static str>> {
    let path = names::file(dir, end, names::SNAPSHOT);
    let bytes = match read_small(disk, &path, SNAPSHOT_BYTES_MAX) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Ok(Err("it is larger than a snapshot can be"));
        }
        other => other.doing("read the producer snapshot", &path)?,
    };
    let Some(bytes) = bytes else { return Ok(Err("it is gone")) };
    Ok(Producers::decode(&bytes, end, now, expiration_ms))
}
