//! The log of one partition: the door of this crate.
//!
//! Life of an append. A batch that `records` has validated arrives as its header and its body.
//! [`Log::append_as_leader`] asks the producers whether it is new, rolls the segment if it must,
//! stamps base offset and leader epoch into a copy of the header (61 bytes, outside the checksum),
//! and writes header and body with one system call. Then the producers, the epochs and the sparse
//! indexes take note. Nothing is synced: [`Log::plan_flush`] says what to sync, whoever owns the disk's
//! threads does it, and [`Log::flushed`] moves the recovery point.
//! Cost: no copy of the body, no allocation per record or batch, one write; one more write of a few
//! hundred bytes per 64 index entries, about every 256 KiB.
//!
//! Life of a read. [`Log::read`] finds the segment, asks the sparse index for a place shortly before
//! the offset, walks over batch headers from there and returns a [`FileSlice`]: a handle, a
//! position, a length. The bytes go from the file to the socket without coming by here.
//! Cost: no copy; one small read of the log, and of the index what a binary search needs unless the
//! offset is near the end.
//!
//! The log does not know the high watermark: the partition passes it in where it matters. It has no
//! clock, no threads and no locks; its owner keeps it behind a mutex, and everything slow is split
//! into a plan that is made under the mutex and work that is done outside.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{ErrorCode, LeaderEpoch, Offset, ProducerId, Uuid, VerificationGuard, WallMs};
use records::{BatchHeader, HEADER_SIZE};

use crate::checkpoint;
use crate::config::LogConfig;
use crate::disk::{Disk, DiskFile, FileSlice};
use crate::epochs::{EpochStart, Epochs};
use crate::error::{Doing, LogError, Result};
use crate::names;
use crate::producers::{
    self, Origin, Producer, ProducerError, Producers, TransactionRules, Unverified, Verdict,
    Verification,
};
use crate::recover::{LastStop, Opening};
use crate::scan::{self, Header};
use crate::segment::{Landmark, Place, RollReason, Segment, Whole, is_within_reach};
use crate::transactions::{AbortedTransaction, Marker};

/// The log of one partition. See the module.
pub struct Log {
    pub(crate) place: Place,
    pub(crate) config: Arc<LogConfig>,
    /// By base offset; never empty. The last one is active.
    pub(crate) segments: Vec<Segment>,
    pub(crate) log_start: Offset,
    pub(crate) end: Offset,
    pub(crate) recovery_point: Offset,
    pub(crate) producers: Producers,
    /// Offsets of the snapshots on disk, ascending.
    pub(crate) snapshots: Vec<Offset>,
    pub(crate) epochs: Epochs,
    pub(crate) topic_id: Option<Uuid>,
    /// A file was created since the directory was last synced.
    pub(crate) names_unsynced: bool,
    /// Everything below it is in the journal, or was.
    pub(crate) journaled: Offset,
    /// Flushes and copies for the journal that have been planned and not been reported done.
    plans_out: u32,
    /// The lowest end that a truncation left while a plan was out: what was made durable above it is
    /// not what is there now.
    pub(crate) flush_ceiling: Offset,
    landings: Landings,
}

/// A batch on its way into the log: its header, and everything behind the header's 61 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub header: BatchHeader,
    pub body: &'a [u8],
}

impl<'a> Batch<'a> {
    /// Takes a whole batch apart. `None` if `bytes` is not exactly one batch of magic 2.
    pub fn parse(bytes: &'a [u8]) -> Option<Batch<'a>> {
        let header = BatchHeader::parse(bytes).ok()?;
        (header.size() == bytes.len()).then(|| Batch { header, body: &bytes[HEADER_SIZE..] })
    }

    fn marker(&self) -> Option<Marker> {
        if !self.header.attributes.is_control() {
            return None;
        }
        // Markers are some eighty bytes; the copy spares a second reader of records.
        let bytes = [self.header.to_bytes().as_slice(), self.body].concat();
        Marker::parse(&bytes)
    }
}

/// What else an append by the leader depends on.
#[derive(Clone, Copy, Debug)]
pub struct Appending {
    pub origin: Origin,
    pub leader_epoch: LeaderEpoch,
    pub rules: TransactionRules,
    pub verification: Verification,
    pub now: WallMs,
}

impl Appending {
    /// A client's batch, outside of transactions or verified.
    pub fn by_client(leader_epoch: LeaderEpoch, now: WallMs) -> Appending {
        Appending {
            origin: Origin::Client,
            leader_epoch,
            rules: TransactionRules::default(),
            verification: Verification::Settled,
            now,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppendOutcome {
    Appended(Appended),
    /// The producer sent this batch before; nothing was written. The reply is a success with the
    /// offset and the time of back then.
    Duplicate {
        base_offset: Offset,
        last_offset: Offset,
        timestamp: WallMs,
    },
    Rejected(AppendError),
}

/// What was written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    pub base_offset: Offset,
    pub last_offset: Offset,
    /// The segment and the bytes in its file, for whoever paces write-back.
    pub segment: Offset,
    pub position: u64,
    pub bytes: u64,
    /// A new segment was begun first: the finished one should be flushed soon.
    pub rolled: Option<RollReason>,
}

impl Appended {
    /// The new log end offset.
    pub fn end(&self) -> Offset {
        self.last_offset.plus(1)
    }
}

/// Why nothing was appended though the disk is well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    #[error("a batch of {bytes} bytes does not fit into a segment of {segment_bytes}")]
    LargerThanSegment { bytes: u64, segment_bytes: u32 },
    #[error(transparent)]
    Producer(#[from] ProducerError),
    /// Replication only: the batch begins below the log end offset, or is not above the one before.
    #[error("a batch that begins at offset {first} came when {expected} or more was due")]
    UnexpectedOffset { first: Offset, expected: Offset },
    /// Replication only: the bytes are no batches, or a checksum is wrong.
    #[error("replicated data is malformed: {0}")]
    Malformed(String),
}

impl AppendError {
    /// The answer to a produce request.
    pub fn code(&self) -> ErrorCode {
        match self {
            AppendError::LargerThanSegment { .. } => ErrorCode::RecordListTooLarge,
            AppendError::Producer(error) => error.code(),
            AppendError::UnexpectedOffset { .. } => ErrorCode::UnknownServerError,
            AppendError::Malformed(_) => ErrorCode::CorruptMessage,
        }
    }
}

/// Whether a read may go beyond `max_bytes` for the sake of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Minimum {
    /// Never more than asked for; the first batch may be cut off.
    Nothing,
    /// The first batch comes whole, however large: else a consumer would be stuck (KIP-74).
    OneBatch,
}

#[derive(Clone, Debug)]
pub enum ReadOutcome {
    Read(Read),
    /// OFFSET_OUT_OF_RANGE.
    OutOfRange {
        log_start: Offset,
        log_end: Offset,
    },
}

/// What a read found.
#[derive(Clone, Debug)]
pub struct Read {
    /// Whole batches but for the last, which may be cut off; from one segment. `None` if there is
    /// nothing between the offset and the bound.
    pub slice: Option<FileSlice>,
    /// Where the first batch is, or would be.
    pub start: LogPosition,
    /// The first batch is larger than the slice.
    pub first_batch_is_cut: bool,
    /// An offset above everything in the slice, not necessarily the lowest such.
    pub upper_bound: Offset,
    /// How many bytes there are below the bound in this segment, however many were asked for.
    pub available: u64,
    /// The bound lies in a later segment.
    pub more_follows: bool,
}

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPosition {
    pub offset: Offset,
    /// Base offset of the segment.
    pub segment: Offset,
    /// Bytes into the segment's file.
    pub position: u64,
}

/// Where a record is, by its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampOffset {
    pub timestamp: WallMs,
    pub offset: Offset,
    pub leader_epoch: Option<LeaderEpoch>,
}

impl Log {
    /// Creates the directory and an empty log that begins at offset 0, with its
    /// `partition.metadata`.
    ///
    /// Nothing is synced: the caller syncs the file system before it tells anyone that the
    /// partition exists, once for as many partitions as it creates.
    ///
    /// A directory that is there already is opened as after an unclean stop, never emptied: it may be
    /// what a crash left of an earlier attempt, or data that someone needs.
    ///
    /// # Errors
    /// The disk; or the directory belongs to another topic id.
    pub fn create(
        disk: Arc<dyn Disk>,
        dir: &Path,
        config: Arc<LogConfig>,
        topic_id: Option<Uuid>,
        now: WallMs,
    ) -> Result<Log> {
        if disk.stat(dir).doing("look at", dir)?.is_some() {
            return Log::adopt(disk, dir, config, topic_id, now);
        }
        disk.create_dir_all(dir).doing("create", dir)?;
        let place = Place { disk, dir: dir.to_owned() };
        if let Some(id) = topic_id {
            checkpoint::create_topic_id(&*place.disk, dir, id)?;
        }
        let segment = Segment::create(&place, Offset(0), &config, now)?;
        let mut log = Log::of(place, config, segment, Offset(0));
        log.topic_id = topic_id;
        // Most of ten thousand new partitions stay idle for a while.
        log.rest()?;
        Ok(log)
    }

    fn adopt(
        disk: Arc<dyn Disk>,
        dir: &Path,
        config: Arc<LogConfig>,
        topic_id: Option<Uuid>,
        now: WallMs,
    ) -> Result<Log> {
        let opening = Opening {
            config,
            recovery_point: Offset(0),
            log_start: Offset(0),
            cleaned_up_to: Offset(0),
            last_stop: LastStop::Unclean,
            topic_id: None,
            now,
        };
        let (mut log, _) = Log::open(disk, dir, opening)?;
        match (log.topic_id, topic_id) {
            (Some(found), Some(wanted)) if found != wanted => Err(LogError::Corrupt {
                path: dir.join(names::PARTITION_METADATA),
                position: 0,
                reason: format!(
                    "the directory belongs to topic id {found} and {wanted} was to be created; \
                     move it away"
                ),
            }),
            (None, Some(wanted)) => {
                log.set_topic_id(wanted)?;
                Ok(log)
            }
            _ => Ok(log),
        }
    }

    pub(crate) fn of(place: Place, config: Arc<LogConfig>, segment: Segment, start: Offset) -> Log {
        Log {
            place,
            config,
            segments: vec![segment],
            log_start: start,
            end: start,
            recovery_point: start,
            producers: Producers::at(start),
            snapshots: Vec::new(),
            epochs: Epochs::default(),
            topic_id: None,
            names_unsynced: true,
            journaled: start,
            plans_out: 0,
            flush_ceiling: Offset(i64::MAX),
            landings: Landings::default(),
        }
    }

    // ---- what it is ----

    pub fn dir(&self) -> &Path {
        &self.place.dir
    }

    pub fn disk(&self) -> &Arc<dyn Disk> {
        &self.place.disk
    }

    pub fn config(&self) -> &Arc<LogConfig> {
        &self.config
    }

    /// Takes effect with the next append, roll or retention.
    pub fn set_config(&mut self, config: Arc<LogConfig>) {
        self.config = config;
    }

    /// The id in `partition.metadata`.
    pub fn topic_id(&self) -> Option<Uuid> {
        self.topic_id
    }

    /// Writes and syncs `partition.metadata`, for a log from before topic ids.
    pub fn set_topic_id(&mut self, id: Uuid) -> Result<()> {
        checkpoint::write_topic_id(&*self.place.disk, &self.place.dir, id)?;
        self.topic_id = Some(id);
        Ok(())
    }

    /// The first offset that may be read.
    pub fn log_start(&self) -> Offset {
        self.log_start
    }

    /// The log end offset: that of the next record.
    pub fn end(&self) -> Offset {
        self.end
    }

    /// Everything below it is synced, and a start after a power cut reads on from here.
    pub fn recovery_point(&self) -> Offset {
        self.recovery_point
    }

    /// Everything below it survives a power cut: in its segment, or in the journal.
    pub fn durable(&self) -> Offset {
        self.recovery_point.max(self.journaled)
    }

    /// Bytes of batches on disk.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size).sum()
    }

    pub fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// Base offset of the segment that is being appended to.
    pub fn active_segment(&self) -> Offset {
        self.active().base
    }

    /// The file of the active segment and its size, for whoever paces write-back.
    pub fn active_file(&mut self) -> (Arc<dyn DiskFile>, u64) {
        let place = &self.place;
        let active = self.segments.last_mut().expect("a log always has a segment");
        (active.log(place).clone(), active.size)
    }

    pub fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// The producers that are known, for DescribeProducers.
    pub fn producers(&self) -> impl Iterator<Item = (ProducerId, &Producer)> {
        self.producers.iter()
    }

    pub fn producer(&self, id: ProducerId) -> Option<&Producer> {
        self.producers.get(id)
    }

    fn active(&self) -> &Segment {
        self.segments.last().expect("a log always has a segment")
    }

    // ---- append ----

    /// Appends one batch as the leader: gives it the next offsets and the leader epoch.
    ///
    /// # Errors
    /// The disk. What is wrong with the batch is [`AppendOutcome::Rejected`].
    // Hot path: produce 4/7
    pub fn append_as_leader(
        &mut self,
        batch: Batch<'_>,
        appending: Appending,
    ) -> Result<AppendOutcome> {
        let Batch { mut header, body } = batch;
        header.base_offset = self.end;
        header.leader_epoch = appending.leader_epoch;
        let bytes = header.size() as u64;
        if bytes > u64::from(self.config.segment_bytes) {
            let segment_bytes = self.config.segment_bytes;
            return Ok(rejected(AppendError::LargerThanSegment { bytes, segment_bytes }));
        }
        let marker = batch.marker();
        let verdict = self.producers.check(
            &header,
            marker.as_ref(),
            appending.origin,
            appending.rules,
            appending.verification,
        );
        match verdict {
            Ok(Verdict::New) => {}
            Ok(Verdict::Duplicate(known)) => {
                return Ok(AppendOutcome::Duplicate {
                    base_offset: known.first_offset(),
                    last_offset: known.last_offset,
                    timestamp: known.timestamp,
                });
            }
            Err(error) => return Ok(rejected(error.into())),
        }
        let landmark = Landmark {
            size: bytes,
            last_offset: header.last_offset(),
            max_timestamp: header.max_timestamp,
        };
        let rolled = self.roll_if_due(bytes, header.base_offset, &landmark, appending.now)?;
        let stamped = header.to_bytes();
        let parts = [stamped.as_slice(), body];
        let (segment, position) = self.write(&parts, std::iter::once(landmark), appending.now)?;
        self.take_note(&header, marker.as_ref())?;
        self.land();
        Ok(AppendOutcome::Appended(Appended {
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            segment,
            position,
            bytes,
            rolled,
        }))
    }

    /// Appends batches as they come from a leader (or a Raft log's own batches), or from a log that is
    /// moved, which may have entries of magic 0 and 1: with their offsets and epochs. All of them are written at once. Batches of an epoch above `epoch_max`, the one the
    /// follower asked with, and what follows them are left out: they may be those of a leader that
    /// the follower does not know yet (KAFKA-18723).
    ///
    /// # Errors
    /// The disk. What is wrong with the batches is [`AppendOutcome::Rejected`], and then none of them
    /// was written. `Appended` with zero bytes: nothing was left to append.
    pub fn append_as_follower(
        &mut self,
        batches: &[u8],
        epoch_max: LeaderEpoch,
        now: WallMs,
    ) -> Result<AppendOutcome> {
        let accepted = match self.examine_replicated(batches, epoch_max) {
            Ok(accepted) => accepted,
            Err(error) => return Ok(rejected(error)),
        };
        let bytes = &batches[..accepted.bytes];
        let (Some(first), Some(last)) = (accepted.first, accepted.last) else {
            return Ok(AppendOutcome::Appended(Appended {
                base_offset: self.end,
                last_offset: self.end.plus(-1),
                segment: self.active_segment(),
                position: self.active().size,
                bytes: 0,
                rolled: None,
            }));
        };
        let whole = Landmark {
            size: bytes.len() as u64,
            last_offset: last,
            max_timestamp: accepted.max_timestamp,
        };
        let rolled = self.roll_if_due(whole.size, first, &whole, now)?;
        let entries = || scan::entries(bytes).filter_map(|entry| entry.ok());
        let landmarks = entries().map(|(header, _)| Landmark::from(&header));
        let (segment, position) = self.write(&[bytes], landmarks, now)?;
        for (header, batch) in entries() {
            let Header::Batch(header) = header else {
                // What is older than batches knows neither epochs nor producers.
                self.end = header.next_offset();
                continue;
            };
            let marker = header.attributes.is_control().then(|| Marker::parse(batch)).flatten();
            self.take_note(&header, marker.as_ref())?;
        }
        self.land();
        Ok(AppendOutcome::Appended(Appended {
            base_offset: first,
            last_offset: last,
            segment,
            position,
            bytes: whole.size,
            rolled,
        }))
    }

    fn examine_replicated(
        &self,
        batches: &[u8],
        epoch_max: LeaderEpoch,
    ) -> std::result::Result<Replicated, AppendError> {
        let mut accepted =
            Replicated { bytes: 0, first: None, last: None, max_timestamp: WallMs::NONE };
        let mut expected = self.end;
        for entry in scan::entries(batches) {
            let (header, entry) =
                entry.map_err(|error| AppendError::Malformed(error.to_string()))?;
            let batch = header.batch();
            if batch.is_some_and(|batch| batch.leader_epoch > epoch_max) {
                break;
            }
            // All of them go into one segment; what lies too far behind the first comes next time.
            if accepted.first.is_some_and(|first| !is_within_reach(first, header.last_offset())) {
                break;
            }
            if !scan::is_sound(&header, entry) {
                return Err(AppendError::Malformed(format!(
                    "the checksum of the batch at offset {} is wrong",
                    header.first_offset()
                )));
            }
            // A follower that begins in the middle of a batch (after DeleteRecords) gets the whole
            // batch, so the first one may begin below the end of an empty log; it must end above it.
            let is_first_of_log = self.bytes() == 0 && accepted.first.is_none();
            let begins = if is_first_of_log { header.last_offset() } else { header.first_offset() };
            let has_end = batch.is_none_or(|batch| batch.last_offset_delta >= 0)
                && header.last_offset().0 < i64::MAX;
            if begins < expected || !has_end {
                let first = header.first_offset();
                return Err(AppendError::UnexpectedOffset { first, expected });
            }
            expected = header.next_offset();
            accepted.first.get_or_insert(header.first_offset());
            accepted.last = Some(header.last_offset());
            accepted.max_timestamp = accepted.max_timestamp.max(header.max_timestamp());
            accepted.bytes += entry.len();
        }
        Ok(accepted)
    }

    /// `first`: where the batches of `bytes` bytes begin, above the log end offset in a compacted log.
    fn roll_if_due(
        &mut self,
        bytes: u64,
        first: Offset,
        batch: &Landmark,
        now: WallMs,
    ) -> Result<Option<RollReason>> {
        let (place, config) = (&self.place, &self.config);
        let active = self.segments.last_mut().expect("a log always has a segment");
        let due = active.should_roll(
            place,
            config,
            bytes,
            batch.last_offset,
            batch.max_timestamp,
            now,
        )?;
        if due.is_some() {
            match is_within_reach(self.end, batch.last_offset) {
                true => self.roll(now)?,
                // Compaction has left a gap wider than an index can bridge: what is behind it needs a
                // segment that begins there.
                false => self.begin_segment(first.max(self.end), now)?,
            }
        }
        Ok(due)
    }

    fn write(
        &mut self,
        parts: &[&[u8]],
        landmarks: impl Iterator<Item = Landmark>,
        now: WallMs,
    ) -> Result<(Offset, u64)> {
        let (place, config) = (&self.place, &self.config);
        let active = self.segments.last_mut().expect("a log always has a segment");
        let position = active.append(place, config, parts, landmarks, now)?;
        Ok((active.base, position))
    }

    /// After a batch was written: producers, epochs, transaction index, and the end of the log.
    fn take_note(&mut self, header: &BatchHeader, marker: Option<&Marker>) -> Result<()> {
        // The end moves first: what follows may fail, and offsets must never be given twice.
        self.end = header.next_offset();
        self.epochs.assign(header.leader_epoch, header.base_offset);
        let Some(aborted) = self.producers.apply(header, marker) else { return Ok(()) };
        let place = &self.place;
        let active = self.segments.last_mut().expect("a log always has a segment");
        let base = active.base;
        let index = active.transactions_mut(place)?;
        index.append(&aborted).doing_at("append to", || place.file(base, names::TRANSACTION_INDEX))
    }

    /// Remembers where the log ends now.
    fn land(&mut self) {
        let (offset, active) = (self.end, self.active());
        let landed = LogPosition { offset, segment: active.base, position: active.size };
        self.landings.remember(landed);
    }

    /// Begins a new segment at the log end offset. Nothing happens if the active one is empty.
    /// Three files are created and a producer snapshot is written; nothing is synced.
    pub fn roll(&mut self, now: WallMs) -> Result<()> {
        if self.active().size == 0 && self.active().base == self.end {
            return Ok(());
        }
        self.begin_segment(self.end, now)
    }

    /// Begins a segment at `base`, which is the log end offset then.
    fn begin_segment(&mut self, base: Offset, now: WallMs) -> Result<()> {
        let place = &self.place;
        let last = self.segments.last_mut().expect("a log always has a segment");
        last.finish(place)?;
        if self.config.preallocate {
            let (full, size) = (last.base, last.size);
            let path = || place.file(full, names::LOG);
            last.log(place).truncate(size).doing_at("give back room of", path)?;
        }
        self.end = base;
        self.snapshot_producers()?;
        let segment = Segment::create(&self.place, base, &self.config, now)?;
        self.segments.push(segment);
        self.names_unsynced = true;
        Ok(())
    }

    /// Writes a producer snapshot at the log end offset unless there is one. The next flush syncs it.
    pub(crate) fn snapshot_producers(&mut self) -> Result<()> {
        self.producers.set_end(self.end);
        if self.snapshots.last().is_some_and(|last| *last >= self.end) {
            return Ok(());
        }
        let place = &self.place;
        producers::write_snapshot(&*place.disk, &place.dir, &self.producers)?;
        self.names_unsynced = true;
        self.snapshots.push(self.end);
        Ok(())
    }

    /// Notes that a leader of `epoch` begins at the log end offset. The checkpoint follows with the
    /// next flush.
    pub fn begin_epoch(&mut self, epoch: LeaderEpoch) {
        let end = self.end;
        self.epochs.assign(epoch, end);
    }

    // ---- read ----

    /// Finds up to `max_bytes` bytes of batches from the one that holds `offset`, below `up_to`
    /// (high watermark, last stable offset or log end offset).
    ///
    /// # Errors
    /// The disk, or a segment with damage before the offset.
    // Hot path: fetch 3/6
    pub fn read(
        &mut self,
        offset: Offset,
        max_bytes: usize,
        up_to: Offset,
        minimum: Minimum,
    ) -> Result<ReadOutcome> {
        if offset < self.log_start || offset > self.end {
            let (log_start, log_end) = (self.log_start, self.end);
            return Ok(ReadOutcome::OutOfRange { log_start, log_end });
        }
        let up_to = up_to.min(self.end);
        if offset >= up_to {
            return self.nothing_at(offset).map(ReadOutcome::Read);
        }
        for at in self.segment_of(offset)..self.segments.len() {
            let limit = self.bytes_below(at, up_to)?;
            if let Some(read) = self.read_at_landing(at, offset, max_bytes, limit, up_to) {
                return Ok(ReadOutcome::Read(read));
            }
            let (place, config) = (&self.place, &self.config);
            let segment = &mut self.segments[at];
            // A gap that compaction left at the end of a segment continues in the next one.
            let Some(found) = segment.locate(place, config, offset)? else { continue };
            let available = limit.saturating_sub(found.position);
            if available == 0 {
                break;
            }
            let first_batch = found.header.size();
            let wanted = match minimum {
                Minimum::Nothing => max_bytes as u64,
                Minimum::OneBatch => (max_bytes as u64).max(first_batch),
            };
            let length = wanted.min(available) as usize;
            let file = segment.log(place).clone();
            let start = LogPosition { offset, segment: segment.base, position: found.position };
            let slice = FileSlice { file, position: found.position, length };
            return Ok(ReadOutcome::Read(Read {
                start,
                first_batch_is_cut: (length as u64) < first_batch,
                upper_bound: self.upper_bound(at, &slice)?,
                slice: (length > 0).then_some(slice),
                available,
                more_follows: self.more_follows(at, up_to),
            }));
        }
        self.nothing_at(offset).map(ReadOutcome::Read)
    }

    /// The reader at the end of the log asks from where a recent append ended: then nothing need be
    /// looked up, if all there is below the bound may come.
    fn read_at_landing(
        &mut self,
        at: usize,
        offset: Offset,
        max_bytes: usize,
        limit: u64,
        up_to: Offset,
    ) -> Option<Read> {
        let start = self.landings.get(offset)?;
        let available = limit.saturating_sub(start.position);
        let segment = &mut self.segments[at];
        if start.segment != segment.base || available == 0 || available > max_bytes as u64 {
            return None;
        }
        let file = segment.log(&self.place).clone();
        let slice = FileSlice { file, position: start.position, length: available as usize };
        let upper_bound = self.segments.get(at + 1).map_or(self.end, |next| next.base);
        Some(Read {
            slice: Some(slice),
            start,
            first_batch_is_cut: false,
            upper_bound,
            available,
            more_follows: self.more_follows(at, up_to),
        })
    }

    fn more_follows(&self, at: usize, up_to: Offset) -> bool {
        self.segments.get(at + 1).is_some_and(|next| next.base < up_to)
    }

    fn nothing_at(&mut self, offset: Offset) -> Result<Read> {
        let start = self.position_of(offset)?;
        Ok(Read {
            slice: None,
            start,
            first_batch_is_cut: false,
            upper_bound: offset,
            available: 0,
            more_follows: false,
        })
    }

    fn upper_bound(&mut self, at: usize, slice: &FileSlice) -> Result<Offset> {
        let end = slice.position + slice.length as u64;
        let next_base = self.segments.get(at + 1).map(|next| next.base);
        // Only the search in transaction indexes asks for it; without any of them the coarse bound
        // spares a lookup per fetch.
        if self.segments.iter().all(|segment| segment.transactions().is_none()) {
            return Ok(next_base.unwrap_or(self.end));
        }
        let (place, config) = (&self.place, &self.config);
        let bound = self.segments[at].upper_bound(place, config, end)?;
        Ok(bound.or(next_base).unwrap_or(self.end))
    }

    /// Index of the segment in which `offset` lies, if it lies anywhere.
    pub(crate) fn segment_of(&self, offset: Offset) -> usize {
        self.segments.partition_point(|segment| segment.base <= offset).saturating_sub(1)
    }

    /// How many bytes of a segment lie below `up_to`.
    fn bytes_below(&mut self, at: usize, up_to: Offset) -> Result<u64> {
        let segment_end = self.segments.get(at + 1).map_or(self.end, |next| next.base);
        if up_to >= segment_end {
            return Ok(self.segments[at].size);
        }
        let position = self.position_of(up_to)?;
        Ok(match position.segment.cmp(&self.segments[at].base) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => position.position,
            std::cmp::Ordering::Greater => self.segments[at].size,
        })
    }

    /// Where the batch that holds `offset` begins; for the log end offset, where it will begin. High
    /// watermarks are nearly always the end of a recent append, which is remembered.
    pub fn position_of(&mut self, offset: Offset) -> Result<LogPosition> {
        if offset >= self.end {
            let active = self.active();
            let (segment, position) = (active.base, active.size);
            return Ok(LogPosition { offset, segment, position });
        }
        if let Some(known) = self.landings.get(offset) {
            return Ok(known);
        }
        for at in self.segment_of(offset)..self.segments.len() {
            let (place, config) = (&self.place, &self.config);
            let segment = &mut self.segments[at];
            if let Some(found) = segment.locate(place, config, offset)? {
                let position =
                    LogPosition { offset, segment: segment.base, position: found.position };
                self.landings.remember(position);
                return Ok(position);
            }
        }
        let active = self.active();
        Ok(LogPosition { offset, segment: active.base, position: active.size })
    }

    /// Bytes of batches between two places, for `fetch.min.bytes`.
    pub fn bytes_between(&self, from: LogPosition, to: LogPosition) -> u64 {
        if from.segment == to.segment {
            return to.position.saturating_sub(from.position);
        }
        let between =
            |segment: &&Segment| segment.base >= from.segment && segment.base < to.segment;
        let before: u64 = self.segments.iter().filter(between).map(|segment| segment.size).sum();
        (before + to.position).saturating_sub(from.position)
    }

    // ---- transactions ----

    /// The high watermark moved: transactions that ended below it no longer hold readers of
    /// committed data back. Call it once after opening, too: an opened log takes no marker for
    /// replicated.
    pub fn high_watermark_moved(&mut self, high_watermark: Offset) {
        self.producers.settle_below(high_watermark);
    }

    /// The first offset of a transaction that is open, or ended above the high watermark.
    pub fn first_unstable(&self) -> Option<Offset> {
        self.producers.first_unstable().map(|first| first.max(self.log_start))
    }

    /// Up to where readers of committed data may read.
    pub fn last_stable(&self, high_watermark: Offset) -> Offset {
        self.first_unstable().map_or(high_watermark, |first| first.min(high_watermark))
    }

    /// When the producer of the oldest open transaction was last heard of.
    pub fn oldest_transaction(&self) -> Option<WallMs> {
        self.producers.oldest_transaction()
    }

    /// The aborted transactions that overlap `from` (inclusive) to `to` (exclusive), in the order of
    /// their markers. Costs nothing in a log without aborted transactions.
    pub fn aborted_transactions(
        &mut self,
        from: Offset,
        to: Offset,
    ) -> Result<Vec<AbortedTransaction>> {
        let mut found = Vec::new();
        for at in self.segment_of(from)..self.segments.len() {
            let segment = &self.segments[at];
            let Some(index) = segment.transactions() else { continue };
            let path = || self.place.file(segment.base, names::TRANSACTION_INDEX);
            if index.collect(from, to, &mut found).doing_at("read", path)? {
                break;
            }
        }
        Ok(found)
    }

    /// Forgets producers that were silent for `producer.id.expiration.ms`.
    pub fn expire_producers(&mut self, now: WallMs) {
        self.producers.expire(now, self.config.producer_id_expiration_ms);
    }

    /// Begins to verify a producer's transaction with its coordinator. See
    /// [`Verification::Required`]; `None` if nobody need be asked.
    ///
    /// # Errors
    /// A later incarnation of the producer has written here.
    pub fn begin_verification(
        &mut self,
        asked: Unverified,
        guard: VerificationGuard,
        now: WallMs,
    ) -> std::result::Result<Option<VerificationGuard>, ProducerError> {
        self.producers.begin_verification(asked, guard, now)
    }

    // ---- epochs ----

    /// Where `epoch` ended in this log: OffsetForLeaderEpoch, and the check of a fetch.
    pub fn end_of_epoch(&self, epoch: LeaderEpoch) -> Option<EpochStart> {
        self.epochs.end_of(epoch, self.end)
    }

    /// The offset and epoch that a ListOffsets for the earliest record answers.
    pub fn earliest(&self) -> TimestampOffset {
        let known = self.epochs.earliest().filter(|earliest| earliest.start <= self.log_start);
        TimestampOffset {
            timestamp: WallMs::NONE,
            offset: self.log_start,
            leader_epoch: known.map(|earliest| earliest.epoch),
        }
    }

    // ---- durability ----

    /// What must be synced so that everything appended so far survives a power cut. Make it under
    /// the lock, run it outside, then call [`Log::flushed`].
    pub fn plan_flush(&mut self) -> Result<FlushPlan> {
        self.plan_made();
        // A segment that was flushed to its very end while it was active has been completed since: its
        // last index entries and the snapshot behind it are not synced yet.
        let from = self.segment_of(self.recovery_point.plus(-1));
        let place = &self.place;
        let active = self.segments.len() - 1;
        let mut files = Vec::new();
        if self.recovery_point < self.end {
            for (at, segment) in self.segments.iter_mut().enumerate().skip(from) {
                let whole = if at == active { Whole::LogOnly } else { Whole::WithIndexes };
                files.extend(segment.files_to_sync(place, whole));
            }
            let unsynced = |offset: &&Offset| **offset >= self.recovery_point;
            for offset in self.snapshots.iter().filter(unsynced) {
                files.push(place.disk.file(&place.file(*offset, names::SNAPSHOT)));
            }
        }
        if let Some(checkpoint) = self.epochs.save(&*place.disk, &place.dir, self.end)? {
            files.push(place.disk.file(&checkpoint));
            self.names_unsynced = true;
        }
        Ok(FlushPlan {
            disk: self.place.disk.clone(),
            files,
            dir: std::mem::take(&mut self.names_unsynced).then(|| self.place.dir.clone()),
            up_to: self.end,
        })
    }

    /// Everything below `up_to` is synced now. Returns up to where the log is durable: a truncation
    /// since the flush was planned may have taken some of it back. One flush of a log at a time; a copy
    /// for the journal may be under way beside it.
    pub fn flushed(&mut self, up_to: Offset) -> Offset {
        let durable = self.plan_done(up_to);
        self.recovery_point = self.recovery_point.max(durable);
        self.durable()
    }

    pub(crate) fn plan_made(&mut self) {
        if self.plans_out == 0 {
            self.flush_ceiling = Offset(i64::MAX);
        }
        self.plans_out += 1;
    }

    /// How much of what a plan covered is still as it was.
    pub(crate) fn plan_done(&mut self, up_to: Offset) -> Offset {
        let Some(others) = self.plans_out.checked_sub(1) else {
            // A clean stop, and a start that has replayed a journal, sync what is there now.
            return up_to.min(self.end);
        };
        self.plans_out = others;
        up_to.min(self.end).min(self.flush_ceiling)
    }

    /// A copy for the journal came to nothing.
    pub fn forget_plan(&mut self) {
        self.plans_out = self.plans_out.saturating_sub(1);
    }

    /// Plans, runs and notes a flush in one go.
    pub fn flush(&mut self) -> Result<()> {
        let plan = self.plan_flush()?;
        plan.run()?;
        self.flushed(plan.up_to);
        Ok(())
    }

    /// Writes what a clean stop leaves: indexes to their last entry, a producer snapshot, the epoch
    /// checkpoint. Nothing is synced and nothing written for a log that has not changed. Afterwards sync
    /// the whole directory ([`Disk::sync_everything`], once for all logs) and call [`Log::flushed`]
    /// with the log end offset; only then may the mark of the clean stop be written.
    pub fn prepare_stop(&mut self) -> Result<()> {
        let place = &self.place;
        let active = self.segments.last_mut().expect("a log always has a segment");
        active.finish(place)?;
        // Without producers, now or before, there is nothing that a snapshot would say.
        if !self.snapshots.is_empty() || !self.producers.is_empty() {
            self.snapshot_producers()?;
        }
        self.epochs.save(&*self.place.disk, &self.place.dir, self.end)?;
        self.rest()
    }

    /// Prepares a clean stop of this log alone and syncs everything it has changed.
    pub fn close(&mut self) -> Result<()> {
        let unflushed = self.recovery_point < self.end;
        self.prepare_stop()?;
        let mut plan = self.plan_flush()?;
        plan.dir = Some(self.place.dir.clone());
        let place = &self.place;
        if unflushed {
            let active = self.segments.last_mut().expect("a log always has a segment");
            plan.files.extend(active.files_to_sync(place, Whole::WithIndexes));
        }
        plan.files.push(place.disk.file(&place.dir.join(names::EPOCH_CHECKPOINT)));
        if let Some(offset) = self.snapshots.last() {
            plan.files.push(place.disk.file(&place.file(*offset, names::SNAPSHOT)));
        }
        plan.run()?;
        self.flushed(plan.up_to);
        self.rest()
    }

    /// Lets go of file handles and indexes: an idle log is a few hundred bytes.
    pub fn rest(&mut self) -> Result<()> {
        let place = &self.place;
        self.segments.iter_mut().try_for_each(|segment| segment.rest(place))
    }

    // ---- moving ----

    /// Renames the directory (to `-delete`, `-future` or back) and makes that durable. Open slices
    /// stay readable.
    pub fn rename_dir(&mut self, to: &Path) -> Result<()> {
        let from = self.place.dir.clone();
        self.place.disk.rename(&from, to).doing("rename", &from)?;
        if let Some(parent) = to.parent() {
            self.place.disk.sync_dir(parent).doing("sync", parent)?;
        }
        self.place.dir = to.to_owned();
        for segment in &mut self.segments {
            segment.moved(to);
        }
        Ok(())
    }

    /// The log's files are gone or about to go with the directory; nothing may be written any more.
    pub fn into_dir(self) -> PathBuf {
        self.place.dir
    }

    pub(crate) fn forget_landings(&mut self) {
        self.landings = Landings::default();
    }
}

fn rejected(error: AppendError) -> AppendOutcome {
    AppendOutcome::Rejected(error)
}

/// The part of a replicated append that may go in.
struct Replicated {
    bytes: usize,
    first: Option<Offset>,
    last: Option<Offset>,
    max_timestamp: WallMs,
}

/// What to sync. See [`Log::plan_flush`].
pub struct FlushPlan {
    disk: Arc<dyn Disk>,
    files: Vec<Arc<dyn DiskFile>>,
    dir: Option<PathBuf>,
    /// Pass it to [`Log::flushed`] when everything is synced.
    pub up_to: Offset,
}

impl FlushPlan {
    /// The files, for a shell that syncs many logs at once.
    pub fn files(&self) -> &[Arc<dyn DiskFile>] {
        &self.files
    }

    /// Syncs. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// The disk: take the log directory offline, and do not try again.
    pub fn run(&self) -> Result<()> {
        for file in &self.files {
            match file.sync_data() {
                // Retention or truncation took the segment away in the meantime.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                other => other.doing("sync", file.path())?,
            }
        }
        let Some(dir) = &self.dir else { return Ok(()) };
        match self.disk.sync_dir(dir) {
            // Deleted with its topic.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other.doing("sync", dir),
        }
    }
}

/// Where the last few appends ended: high watermarks are such places, and finding them again would
/// cost a lookup per fetch.
#[derive(Default)]
struct Landings {
    recent: [Option<LogPosition>; 8],
    next: u8,
}

impl Landings {
    fn remember(&mut self, landed: LogPosition) {
        self.recent[usize::from(self.next)] = Some(landed);
        self.next = (self.next + 1) % self.recent.len() as u8;
    }

    fn get(&self, offset: Offset) -> Option<LogPosition> {
        self.recent.iter().flatten().find(|known| known.offset == offset).copied()
    }
}

/// Reads the whole of a slice; for callers without a socket.
impl Read {
    /// Copies the slice into memory; empty if there is none.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        match &self.slice {
            Some(slice) => slice.read().doing("read", slice.file.path()),
            None => Ok(Vec::new()),
        }
    }
}

/// An offset that a caller named and the log cannot honour.
pub(crate) fn out_of_range(
    what: &'static str,
    offset: Offset,
    first: Offset,
    last: Offset,
) -> LogError {
    LogError::OutOfRange { what, offset, first, last }
}
