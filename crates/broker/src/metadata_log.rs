//! The metadata log on disk: `__cluster_metadata-0`, its snapshots, and `quorum-state`.
//!
//! Everything here is synced before it is told to anyone, whatever `vltava.durability` says: the
//! log, snapshots and the election state are what the cluster believes.
//!
//! A snapshot does not end what came before it. As in Kafka older ones stay, with the log from the oldest
//! on, until they are too old or all of it is too much (`metadata.max.retention.ms` and
//! `metadata.max.retention.bytes`); the newest stays always.

mod damage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{LeaderEpoch, Offset, WallMs};
use bytes::Bytes;
use metadata::image::Image;
use metadata::image::Replay;
use protocol::record_types::metadata::MetadataRecord;
use replication::quorum::{
    Contents, ElectionState, KnownVoters, LogBatch, LogEnd, STATE_FILE_NAME, Snapshot,
    SnapshotFile, SnapshotId, build_snapshot, read_batches, read_snapshot, snapshot_time,
};
use storage::{
    AppendOutcome, Cleanup, Disk, LastStop, Log, LogConfig, LogError, Minimum, Opening,
    ReadOutcome, read_small, replace_small,
};

use damage::Synced;

/// The directory's name within `metadata.log.dir`.
pub const DIRECTORY: &str = "__cluster_metadata-0";

/// Bytes read from the log at a time while it is replayed.
const REPLAY_BYTES: usize = 8 * 1024 * 1024;

/// The largest snapshot that is believed: no length on disk makes us allocate more.
const SNAPSHOT_BYTES_MAX: u64 = 4 << 30;

/// A snapshot ends a segment that has grown so large, so that it can be removed when the snapshot is the
/// oldest; smaller ones are not worth the files.
const SEGMENT_BYTES_MIN: u64 = 1 << 20;

/// Enough of a snapshot to find its header.
const SNAPSHOT_HEAD_BYTES: usize = 64 * 1024;

/// Why the metadata log cannot be used.
#[derive(Debug)]
pub struct MetadataError(pub String);

impl std::fmt::Display for MetadataError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<LogError> for MetadataError {
    fn from(error: LogError) -> MetadataError {
        MetadataError(format!("the metadata log: {error}"))
    }
}

fn wrong(path: &Path, what: impl std::fmt::Display) -> MetadataError {
    MetadataError(format!("{}: {what}", path.display()))
}

pub struct MetadataLog {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    log: Log,
    snapshots: BTreeMap<SnapshotId, Kept>,
    synced: Synced,
    retention: Retention,
    last_appended: WallMs,
}

/// A snapshot on disk.
#[derive(Clone, Copy, Debug)]
struct Kept {
    bytes: u64,
    /// When the last record that it contains was appended, once somebody has looked.
    last_contained: Option<WallMs>,
}

/// How long older snapshots stay, and the log that they stand for.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// `metadata.max.retention.bytes`, of log and snapshots together; negative sets no limit.
    pub bytes: i64,
    /// `metadata.max.retention.ms`; negative sets no limit.
    pub ms: i64,
}

/// What the disk knows of the cluster.
pub struct Restored {
    pub log: MetadataLog,
    pub replay: Replay,
    pub voters: KnownVoters,
    pub election: Option<ElectionState>,
    /// Bytes of data batches behind the latest snapshot.
    pub bytes_since_snapshot: u64,
}

impl MetadataLog {
    /// Opens the log in `log_dir`, or creates it, and replays it over the latest snapshot.
    pub fn open(
        disk: Arc<dyn Disk>,
        log_dir: &Path,
        settings: LogConfig,
        retention: Retention,
        mut voters: KnownVoters,
        now: WallMs,
    ) -> Result<Restored, MetadataError> {
        let dir = log_dir.join(DIRECTORY);
        disk.create_dir_all(&dir).map_err(|error| wrong(&dir, error))?;
        let snapshots = find_snapshots(&*disk, &dir)?;
        let synced = Synced::open(&*disk, &dir)?;
        synced.check(&*disk, &dir, snapshots.keys().next_back().map(|id| id.end))?;
        let mut replay = Replay::new(Image::empty());
        if let Some(id) = snapshots.keys().next_back() {
            let snapshot = load_snapshot(&*disk, &dir.join(id.file_name()))?;
            voters.load(*id, &snapshot.facts);
            replay = Replay::new(image_of(&snapshot, *id).map_err(|what| wrong(&dir, what))?);
        }
        let config = Arc::new(settings);
        // A metadata log is small: it is checked whole at every start, clean or not.
        let opening = Opening {
            config,
            recovery_point: Offset(0),
            log_start: Offset(0),
            cleaned_up_to: Offset(0),
            last_stop: LastStop::Unclean,
            topic_id: None,
            now,
        };
        let (log, report) = Log::open(disk.clone(), &dir, opening)?;
        for note in &report.notes {
            tracing::warn!("the metadata log: {note}");
        }
        let mut log =
            MetadataLog { disk, dir, log, snapshots, synced, retention, last_appended: now };
        log.start_at_snapshot(now)?;
        let bytes_since_snapshot = log.replay(&mut replay, &mut voters)?;
        let election = log.read_election()?;
        Ok(Restored { log, replay, voters, election, bytes_since_snapshot })
    }

    fn latest_snapshot(&self) -> Option<SnapshotId> {
        self.snapshots.keys().next_back().copied()
    }

    /// A log that lies entirely before its snapshot begins anew behind it, and snapshots that lie before
    /// the log are of no use.
    fn start_at_snapshot(&mut self, now: WallMs) -> Result<(), MetadataError> {
        let latest = self.latest_snapshot();
        if let Some(id) = latest
            && id.end > self.log.end()
        {
            self.log.truncate_fully(id.end, now)?.remove()?;
        }
        let start = self.log.log_start();
        if start > Offset(0) && latest.is_none_or(|id| id.end < start) {
            return Err(wrong(
                &self.dir,
                format!(
                    "the log begins at offset {start} and no snapshot says what came before; \
                     restore the directory from another voter or a backup"
                ),
            ));
        }
        while let Some((id, _)) = self.snapshots.first_key_value()
            && id.end < start
        {
            self.remove_oldest_snapshot();
        }
        Ok(())
    }

    /// Applies what stands behind the latest snapshot, and returns how many bytes of it are data.
    fn replay(
        &mut self,
        replay: &mut Replay,
        voters: &mut KnownVoters,
    ) -> Result<u64, MetadataError> {
        let of_snapshot = self.latest_snapshot().map_or(Offset(0), |id| id.end);
        let from = of_snapshot.max(self.log.log_start());
        let (mut offset, mut data_bytes) = (from, 0);
        while offset < self.log.end() {
            let end = self.log.end();
            let read = match self.log.read(offset, REPLAY_BYTES, end, Minimum::OneBatch)? {
                ReadOutcome::Read(read) => read,
                ReadOutcome::OutOfRange { log_start, log_end } => {
                    let what = format!("offset {offset} is not in {log_start} to {log_end}");
                    return Err(wrong(&self.dir, what));
                }
            };
            let bytes = read.bytes()?;
            let before = offset;
            for batch in read_batches(&bytes) {
                // The last batch of a read may be cut off; it comes again with the next read.
                let Ok(batch) = batch else { break };
                offset = batch.last_offset.plus(1);
                if batch.base_offset < from {
                    continue;
                }
                apply_batch(&batch, replay, voters).map_err(|what| wrong(&self.dir, what))?;
                if let Contents::Data(values) = &batch.contents {
                    data_bytes += values.iter().map(|(_, value)| value.len() as u64).sum::<u64>();
                }
            }
            if offset == before {
                return Err(wrong(
                    &self.dir,
                    format!(
                        "the batch at offset {offset} cannot be read; restore the directory from another voter or a backup"
                    ),
                ));
            }
        }
        Ok(data_bytes)
    }

    pub fn end(&self) -> LogEnd {
        let of_snapshot = self.latest_snapshot().map_or(LeaderEpoch(0), |id| id.epoch);
        let epoch = self.log.epochs().latest().map_or(of_snapshot, |latest| latest.epoch);
        LogEnd { epoch, offset: self.log.end() }
    }

    /// Appends batches that carry their offsets and epoch already.
    pub fn append(
        &mut self,
        batches: &[u8],
        epoch: LeaderEpoch,
        now: WallMs,
    ) -> Result<(), MetadataError> {
        match self.log.append_as_follower(batches, epoch, now)? {
            AppendOutcome::Appended(_) => {
                self.last_appended = now;
                Ok(())
            }
            other => {
                Err(wrong(&self.dir, format!("the log refused its leader's batch: {other:?}")))
            }
        }
    }

    /// Makes everything appended durable and returns up to where.
    pub fn flush(&mut self) -> Result<Offset, MetadataError> {
        self.log.flush()?;
        self.synced.note(self.end())?;
        Ok(self.log.end())
    }

    /// Writes a snapshot of `image`, unless there is one that stands where it would.
    pub fn write_snapshot(
        &mut self,
        image: &Image,
        voters: &KnownVoters,
        now: WallMs,
    ) -> Result<(), MetadataError> {
        let id = SnapshotId { end: image.offset().plus(1), epoch: image.epoch() };
        if self.snapshots.contains_key(&id) {
            return Ok(());
        }
        let level = image.metadata_version().unwrap_or(metadata::MetadataVersion::MINIMUM);
        let records = image.snapshot_records();
        let encoded = metadata::encode_records(&records, level)
            .map_err(|error| wrong(&self.dir, format!("could not encode a snapshot: {error}")))?;
        let last_contained = self.last_appended;
        let bytes = build_snapshot(id, last_contained, &voters.facts(), &encoded, now)
            .map_err(|error| wrong(&self.dir, error))?;
        replace_small(&*self.disk, &self.dir.join(id.file_name()), &bytes)
            .map_err(|error| wrong(&self.dir, error))?;
        let kept = Kept { bytes: bytes.len() as u64, last_contained: Some(last_contained) };
        self.snapshots.insert(id, kept);
        if self.log.active_file().1 >= SEGMENT_BYTES_MIN {
            self.log.roll(now)?;
        }
        Ok(())
    }

    /// Lets go of the oldest snapshots, and of the log before those that stay, as long as they are too
    /// old or all of it is too much.
    pub fn clean(&mut self, now: WallMs) -> Result<(), MetadataError> {
        while self.snapshots.len() >= 2 && (self.is_too_much() || self.is_too_old(now)?) {
            let successor = self.snapshots.keys().nth(1).expect("there are two").end;
            self.log.advance_log_start(successor, self.log.end())?;
            let plan = self.log.plan_retention(now, self.log.end())?;
            self.log.delete_segments(&plan, now)?.remove()?;
            self.remove_oldest_snapshot();
        }
        Ok(())
    }

    fn is_too_much(&self) -> bool {
        let snapshots: u64 = self.snapshots.values().map(|kept| kept.bytes).sum();
        u64::try_from(self.retention.bytes).is_ok_and(|max| self.log.bytes() + snapshots > max)
    }

    fn is_too_old(&mut self, now: WallMs) -> Result<bool, MetadataError> {
        if self.retention.ms < 0 {
            return Ok(false);
        }
        let Some(mut oldest) = self.snapshots.first_entry() else { return Ok(false) };
        let time = match oldest.get().last_contained {
            Some(time) => time,
            None => {
                let path = self.dir.join(oldest.key().file_name());
                let mut head = vec![0; SNAPSHOT_HEAD_BYTES];
                let read = self.disk.file(&path).read_at(&mut head, 0);
                head.truncate(read.map_err(|error| wrong(&path, error))?);
                snapshot_time(&head).map_err(|error| wrong(&path, error))?
            }
        };
        oldest.get_mut().last_contained = Some(time);
        Ok(now.0.saturating_sub(time.0) > self.retention.ms)
    }

    fn remove_oldest_snapshot(&mut self) {
        if let Some((id, _)) = self.snapshots.pop_first() {
            // Its successor is durable and nobody reads it; what stays is removed by the next start.
            let _ = self.disk.remove(&self.dir.join(id.file_name()));
        }
    }

    /// Writes `quorum-state` and syncs it.
    pub fn persist(&self, state: &ElectionState, kraft_version: i16) -> Result<(), MetadataError> {
        let text = state.to_text(kraft_version);
        let path = self.dir.join(STATE_FILE_NAME);
        replace_small(&*self.disk, &path, text.as_bytes()).map_err(|error| wrong(&path, error))
    }

    fn read_election(&self) -> Result<Option<ElectionState>, MetadataError> {
        let path = self.dir.join(STATE_FILE_NAME);
        let bytes = read_small(&*self.disk, &path, 1 << 20).map_err(|error| wrong(&path, error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes);
        ElectionState::parse(&text).map(Some).map_err(|error| wrong(&path, error))
    }

    pub fn close(&mut self) -> Result<(), MetadataError> {
        self.log.close()?;
        self.synced.note(self.end())
    }
}

/// Settings of the metadata log: it is never cut by age or size by itself, only before a snapshot.
pub fn log_settings(segment_bytes: i32, segment_ms: i64) -> LogConfig {
    LogConfig {
        segment_bytes: segment_bytes as u32,
        segment_ms,
        cleanup: Cleanup::default(),
        retention_ms: -1,
        retention_bytes: -1,
        ..LogConfig::default()
    }
}

/// What snapshots there are. Parts of some, which a crash has left, are removed.
fn find_snapshots(
    disk: &dyn Disk,
    dir: &Path,
) -> Result<BTreeMap<SnapshotId, Kept>, MetadataError> {
    let mut whole = BTreeMap::new();
    for entry in disk.list(dir).map_err(|error| wrong(dir, error))? {
        match SnapshotFile::parse(&entry.name) {
            Some(SnapshotFile::Whole(id)) => {
                whole.insert(id, Kept { bytes: entry.stat.length, last_contained: None });
            }
            Some(SnapshotFile::Partial(_) | SnapshotFile::Deleted(_)) => {
                let _ = disk.remove(&dir.join(&entry.name));
            }
            None => {}
        }
    }
    Ok(whole)
}

fn load_snapshot(disk: &dyn Disk, path: &Path) -> Result<Snapshot, MetadataError> {
    let bytes = read_small(disk, path, SNAPSHOT_BYTES_MAX).map_err(|error| wrong(path, error))?;
    read_snapshot(&bytes.unwrap_or_default()).map_err(|error| {
        let remedy = "restore the directory from another voter or a backup";
        wrong(path, format!("the snapshot cannot be read: {error}; {remedy}"))
    })
}

/// The records of `bootstrap.checkpoint`, if formatting left one.
pub fn read_bootstrap(
    disk: &dyn Disk,
    log_dir: &Path,
) -> Result<Option<Vec<MetadataRecord>>, MetadataError> {
    let path = log_dir.join(metadata::bootstrap::BOOTSTRAP_FILE);
    let bytes = read_small(disk, &path, 16 << 20).map_err(|error| wrong(&path, error))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let snapshot = read_snapshot(&bytes).map_err(|error| wrong(&path, error))?;
    let records: Result<Vec<_>, _> = snapshot.values.iter().map(decode).collect();
    records.map(Some).map_err(|error| wrong(&path, error))
}

fn decode(value: &Bytes) -> Result<MetadataRecord, String> {
    MetadataRecord::decode(value.clone())
        .map(|(record, _)| record)
        .map_err(|error| format!("could not read a metadata record: {error}"))
}

fn image_of(snapshot: &Snapshot, id: SnapshotId) -> Result<Image, String> {
    let mut image = Image::empty();
    let end = id.end.plus(-1);
    for value in &snapshot.values {
        image.apply(&decode(value)?, end).map_err(|error| error.to_string())?;
    }
    if !snapshot.values.is_empty() {
        image.advance(end, id.epoch);
    }
    Ok(image)
}

fn apply_batch(
    batch: &LogBatch,
    replay: &mut Replay,
    voters: &mut KnownVoters,
) -> Result<(), String> {
    match &batch.contents {
        Contents::Data(values) => {
            for (offset, value) in values {
                replay.apply(&decode(value)?, *offset).map_err(|error| error.to_string())?;
            }
        }
        Contents::Control(records) => {
            for record in records {
                voters.note(record, batch.base_offset);
            }
        }
    }
    replay.advance(batch.last_offset, batch.epoch);
    Ok(())
}

#[cfg(test)]
mod tests;
