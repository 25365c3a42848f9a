//! The metadata log on disk: `__cluster_metadata-0`, its snapshots, and `quorum-state`.
//!
//! Everything here is synced before it is told to anyone, whatever `vltava.durability` says: the
//! log, snapshots and the election state are what the cluster believes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{LeaderEpoch, Offset, WallMs};
use bytes::Bytes;
use metadata::image::Image;
use metadata::image::Replay;
use protocol::record_types::metadata::MetadataRecord;
use replication::quorum::{
    Contents, ElectionState, KnownVoters, LogBatch, LogEnd, STATE_FILE_NAME, Snapshot,
    SnapshotFile, SnapshotId, build_snapshot, read_batches, read_snapshot,
};
use storage::{
    AppendOutcome, Cleanup, Disk, LastStop, Log, LogConfig, LogError, Minimum, Opening,
    ReadOutcome, read_small, replace_small,
};

/// The directory's name within `metadata.log.dir`.
pub const DIRECTORY: &str = "__cluster_metadata-0";

/// Bytes read from the log at a time while it is replayed.
const REPLAY_BYTES: usize = 8 * 1024 * 1024;

/// The largest snapshot that is believed: no length on disk makes us allocate more.
const SNAPSHOT_BYTES_MAX: u64 = 4 << 30;

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
    latest_snapshot: Option<SnapshotId>,
    /// Bytes appended since the latest snapshot.
    bytes_since_snapshot: u64,
    last_appended: WallMs,
}

/// What the disk knows of the cluster.
pub struct Restored {
    pub log: MetadataLog,
    pub replay: Replay,
    pub voters: KnownVoters,
    pub election: Option<ElectionState>,
}

impl MetadataLog {
    /// Opens the log in `log_dir`, or creates it, and replays it over the latest snapshot.
    pub fn open(
        disk: Arc<dyn Disk>,
        log_dir: &Path,
        settings: LogConfig,
        mut voters: KnownVoters,
        now: WallMs,
    ) -> Result<Restored, MetadataError> {
        let dir = log_dir.join(DIRECTORY);
        disk.create_dir_all(&dir).map_err(|error| wrong(&dir, error))?;
        let latest = latest_snapshot(&*disk, &dir)?;
        let mut replay = Replay::new(Image::empty());
        if let Some((id, snapshot)) = &latest {
            voters.load(*id, &snapshot.facts);
            replay = Replay::new(image_of(snapshot, *id).map_err(|what| wrong(&dir, what))?);
        }
        let config = Arc::new(settings);
        // A metadata log is small: it is checked whole at every start, clean or not.
        let opening = Opening {
            config,
            recovery_point: Offset(0),
            log_start: Offset(0),
            last_stop: LastStop::Unclean,
            topic_id: None,
            now,
        };
        let (log, report) = Log::open(disk.clone(), &dir, opening)?;
        for note in &report.notes {
            tracing::warn!("the metadata log: {note}");
        }
        let latest_snapshot = latest.map(|(id, _)| id);
        let mut log = MetadataLog {
            disk,
            dir,
            log,
            latest_snapshot,
            bytes_since_snapshot: 0,
            last_appended: now,
        };
        log.start_at_snapshot(now)?;
        log.replay(&mut replay, &mut voters)?;
        let election = log.read_election()?;
        Ok(Restored { log, replay, voters, election })
    }

    /// A log that lies entirely before its snapshot begins anew behind it.
    fn start_at_snapshot(&mut self, now: WallMs) -> Result<(), MetadataError> {
        if let Some(id) = self.latest_snapshot
            && id.end > self.log.end()
        {
            self.log.truncate_fully(id.end, now)?.remove()?;
        }
        Ok(())
    }

    fn replay(
        &mut self,
        replay: &mut Replay,
        voters: &mut KnownVoters,
    ) -> Result<(), MetadataError> {
        let from = self.latest_snapshot.map_or(Offset(0), |id| id.end).max(self.log.log_start());
        let mut offset = from;
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
        self.bytes_since_snapshot = self.log.bytes();
        Ok(())
    }

    pub fn end(&self) -> LogEnd {
        let of_snapshot = self.latest_snapshot.map_or(LeaderEpoch(0), |id| id.epoch);
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
            AppendOutcome::Appended(appended) => {
                self.bytes_since_snapshot += appended.bytes;
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
        Ok(self.log.end())
    }

    pub fn bytes_since_snapshot(&self) -> u64 {
        self.bytes_since_snapshot
    }

    /// Writes a snapshot of `image` and lets go of the log before it.
    pub fn write_snapshot(
        &mut self,
        image: &Image,
        voters: &KnownVoters,
        now: WallMs,
    ) -> Result<(), MetadataError> {
        let id = SnapshotId { end: image.offset().plus(1), epoch: image.epoch() };
        let level = image.metadata_version().unwrap_or(metadata::MetadataVersion::MINIMUM);
        let records = image.snapshot_records();
        let encoded = metadata::encode_records(&records, level)
            .map_err(|error| wrong(&self.dir, format!("could not encode a snapshot: {error}")))?;
        let bytes = build_snapshot(id, self.last_appended, &voters.facts(), &encoded, now)
            .map_err(|error| wrong(&self.dir, error))?;
        replace_small(&*self.disk, &self.dir.join(id.file_name()), &bytes)
            .map_err(|error| wrong(&self.dir, error))?;
        let older = self.latest_snapshot.replace(id);
        self.bytes_since_snapshot = 0;
        self.log.roll(now)?;
        self.log.advance_log_start(id.end, self.log.end())?;
        let plan = self.log.plan_retention(now, self.log.end())?;
        self.log.delete_segments(&plan, now)?.remove()?;
        if let Some(older) = older {
            // Kept until its successor is durable; nobody else reads it.
            let _ = self.disk.remove(&self.dir.join(older.file_name()));
        }
        Ok(())
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
        Ok(self.log.close()?)
    }
}

/// Settings of the metadata log: it is never cut by age or size, only by snapshots.
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

fn latest_snapshot(
    disk: &dyn Disk,
    dir: &Path,
) -> Result<Option<(SnapshotId, Snapshot)>, MetadataError> {
    let names = disk.names(dir).map_err(|error| wrong(dir, error))?;
    let mut whole: Vec<SnapshotId> = Vec::new();
    for (name, _) in names {
        match SnapshotFile::parse(&name) {
            Some(SnapshotFile::Whole(id)) => whole.push(id),
            Some(SnapshotFile::Partial(_) | SnapshotFile::Deleted(_)) => {
                let _ = disk.remove(&dir.join(&name));
            }
            None => {}
        }
    }
    whole.sort();
    let Some(id) = whole.pop() else { return Ok(None) };
    let path = dir.join(id.file_name());
    let bytes = read_small(disk, &path, SNAPSHOT_BYTES_MAX).map_err(|error| wrong(&path, error))?;
    let snapshot =
        read_snapshot(&bytes.unwrap_or_default()).map_err(|error| wrong(&path, error))?;
    Ok(Some((id, snapshot)))
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
