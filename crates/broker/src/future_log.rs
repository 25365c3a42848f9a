//! A log on its way from one log directory to another (KIP-113): the copy, the exchange, and what a
//! start makes of an exchange that was interrupted.
//!
//! Life of a move. [`create`] makes an empty log in a directory named `-future`. [`next_chunk`]
//! says, under the partition's lock, what to copy next; the bytes are read and appended by
//! [`append`] without it. When little is missing, [`exchange`] copies the rest under the lock, syncs,
//! and renames: the current directory to `-delete`, then the future one to its plain name.
//!
//! Between the two renames no directory has the plain name. So that a start can tell a whole copy
//! from a part of one, a file named `moved` is put into the future directory, and synced, before the
//! first rename. [`settle`] gives a whole copy its name if the current directory is gone; a future
//! directory beside a current one is unfinished, whatever is in it.
//!
//! The log that serves is never in doubt: before the first rename it is the old one, after it the
//! new one, which was complete and durable by then.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{LeaderEpoch, Offset, TopicPartition, Uuid, WallMs};
use storage::{
    AppendOutcome, CLEANER_OFFSETS, DirectoryState, Disk, EpochStart, FileSlice, HIGH_WATERMARKS,
    LOG_STARTS, Log, LogConfig, LogError, Minimum, RECOVERY_POINTS, ReadOutcome, Result,
    amend_offsets, directory_name, read_offsets, read_topic_id, replace_small,
};

use crate::opened::{LogName, log_names};

/// The mark of a whole copy. Kafka does not know it and lets it be.
const COMPLETE: &str = "moved";

/// How much is read at once, and how much may be missing when the exchange begins: a few
/// milliseconds of a disk while the partition waits.
pub const CHUNK_BYTES_MAX: usize = 1024 * 1024;

/// Why a move does not go on.
#[derive(Debug)]
pub enum MoveError {
    /// The directory that holds the current log failed.
    Current(LogError),
    /// The directory of the copy failed.
    Target(LogError),
    /// The copy cannot become the log, though both disks are well.
    Unfit(String),
}

/// What an exchange came to.
#[derive(Debug)]
pub enum Exchange {
    /// The future log is the current one now.
    Done,
    /// It is, but its directory failed on the way: the next start finishes the move.
    DoneButTargetFailed(LogError),
    /// Nothing has changed; too much is missing to copy it while the partition waits.
    NotYet,
    /// Nothing has changed: the replica serves nobody at the moment.
    Idle,
    Failed(MoveError),
}

impl Exchange {
    /// Whether the future log took the current one's place.
    pub fn is_done(&self) -> bool {
        matches!(self, Exchange::Done | Exchange::DoneButTargetFailed(_))
    }
}

/// What to copy next.
#[derive(Debug)]
pub enum Chunk {
    /// Batches; the last may be cut off.
    Batches(FileSlice),
    /// The current log begins above the end of the copy.
    BeginAt(Offset, Option<LeaderEpoch>),
    /// The current log was cut, and perhaps written anew, since the copy was made: its history of
    /// this epoch and those before ends here, as a leader would tell a follower (KIP-595).
    Diverged(EpochStart),
    Nothing,
}

/// What the exchange needs to know beside the two logs.
pub struct Renaming<'a> {
    pub partition: &'a TopicPartition,
    /// The log directory that the copy is in.
    pub target: &'a Path,
    /// What the directory of the current log is renamed to.
    pub deleted: &'a Path,
    pub high_watermark: Offset,
    pub now: WallMs,
}

/// Creates the copy, empty, and makes its names durable.
pub fn create(
    disk: Arc<dyn Disk>,
    target: &Path,
    partition: &TopicPartition,
    unique: Uuid,
    config: Arc<LogConfig>,
    topic_id: Uuid,
    now: WallMs,
) -> Result<Log> {
    let dir = target.join(directory_name(partition, DirectoryState::Future, unique));
    let log = Log::create(disk.clone(), &dir, config, Some(topic_id), now)?;
    let path = target.to_owned();
    disk.sync_everything(target).map_err(|source| LogError::Disk { verb: "sync", path, source })?;
    Ok(log)
}

/// Takes the mark of a whole copy off one that goes on being copied to.
pub fn reopen(log: &Log) -> Result<()> {
    let (disk, path) = (log.disk(), log.dir().join(COMPLETE));
    match disk.remove(&path).and_then(|()| disk.sync_dir(log.dir())) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(LogError::Disk { verb: "remove", path, source }),
        Ok(()) => Ok(()),
    }
}

/// How far a copy is: its log end offset and its latest epoch.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    pub end: Offset,
    latest: Option<EpochStart>,
}

impl Reached {
    pub fn by(future: &Log) -> Reached {
        Reached { end: future.end(), latest: future.epochs().latest() }
    }
}

/// What a copy lacks first.
pub fn next_chunk(current: &mut Log, reached: Reached) -> Result<Chunk> {
    // A chunk is one write, and so must fit into a segment.
    let bytes_max = CHUNK_BYTES_MAX.min(current.config().segment_bytes as usize);
    let end = reached.end;
    if end < current.log_start() {
        return Ok(begin(current));
    }
    if let Some(latest) = reached.latest {
        match current.end_of_epoch(latest.epoch) {
            Some(ended) if ended.epoch == latest.epoch && ended.start >= end => {}
            Some(ended) => return Ok(Chunk::Diverged(ended)),
            None => return Ok(begin(current)),
        }
    }
    let up_to = current.end();
    match current.read(end, bytes_max, up_to, Minimum::OneBatch)? {
        ReadOutcome::Read(read) => Ok(read.slice.map_or(Chunk::Nothing, Chunk::Batches)),
        ReadOutcome::OutOfRange { .. } => Ok(begin(current)),
    }
}

fn begin(current: &Log) -> Chunk {
    Chunk::BeginAt(current.log_start(), current.epochs().epoch_of(current.log_start()))
}

/// Brings one chunk into the copy. Returns how many bytes were appended.
pub fn append(future: &mut Log, chunk: Chunk, now: WallMs) -> std::result::Result<u64, MoveError> {
    match chunk {
        Chunk::Batches(slice) => {
            let path = slice.file.path().to_owned();
            let bytes = slice.read().map_err(|source| {
                MoveError::Current(LogError::Disk { verb: "read", path, source })
            })?;
            let newest = LeaderEpoch(i32::MAX);
            match future.append_as_follower(&bytes, newest, now).map_err(MoveError::Target)? {
                AppendOutcome::Appended(appended) => Ok(appended.bytes),
                AppendOutcome::Duplicate { .. } => Ok(0),
                AppendOutcome::Rejected(error) => Err(MoveError::Unfit(error.to_string())),
            }
        }
        Chunk::BeginAt(start, epoch) => {
            let deleted = future.truncate_fully(start, now).map_err(MoveError::Target)?;
            deleted.remove().map_err(MoveError::Target)?;
            if let Some(epoch) = epoch {
                future.begin_epoch(epoch);
            }
            Ok(0)
        }
        Chunk::Diverged(ended) => {
            let end = future.divergence(ended.epoch, ended.start);
            let deleted = future.truncate_to(end, now).map_err(MoveError::Target)?;
            deleted.map_or(Ok(()), |files| files.remove()).map_err(MoveError::Target)?;
            Ok(0)
        }
        Chunk::Nothing => Ok(0),
    }
}

/// Makes the copy the current log. Called with the partition's lock held.
pub fn exchange(current: &mut Log, future: &mut Log, renaming: &Renaming<'_>) -> Exchange {
    match lag_bytes(current, future) {
        Ok(lag) if lag > CHUNK_BYTES_MAX as u64 => return Exchange::NotYet,
        Ok(_) => {}
        Err(reason) => return Exchange::Failed(MoveError::Current(reason)),
    }
    if let Err(error) = complete(current, future, renaming) {
        return Exchange::Failed(error);
    }
    // From here on a start takes the copy for whole once the current directory is gone.
    let before = current.dir().to_owned();
    if let Err(reason) = current.rename_dir(renaming.deleted) {
        return Exchange::Failed(MoveError::Current(reason));
    }
    let name = directory_name(renaming.partition, DirectoryState::Current, Uuid::ZERO);
    match future.rename_dir(&renaming.target.join(name)) {
        Ok(()) => Exchange::Done,
        // The disk of the copy fails now, and the log is the one that can be relied on.
        Err(reason) if current.rename_dir(&before).is_ok() => {
            Exchange::Failed(MoveError::Target(reason))
        }
        Err(reason) => Exchange::DoneButTargetFailed(reason),
    }
}

fn lag_bytes(current: &mut Log, future: &Log) -> Result<u64> {
    if future.end() < current.log_start() || future.end() > current.end() {
        return Ok(u64::MAX);
    }
    let from = current.position_of(future.end())?;
    let to = current.position_of(current.end())?;
    Ok(current.bytes_between(from, to))
}

/// Copies what is missing, and makes the copy and what is told of it durable.
fn complete(
    current: &mut Log,
    future: &mut Log,
    renaming: &Renaming<'_>,
) -> std::result::Result<(), MoveError> {
    loop {
        let reached = Reached::by(future);
        match next_chunk(current, reached).map_err(MoveError::Current)? {
            Chunk::Nothing if reached.end == current.end() => break,
            chunk => append(future, chunk, renaming.now)?,
        };
        if future.end() == reached.end {
            let reason = format!("nothing can be read at offset {}", reached.end);
            return Err(MoveError::Unfit(reason));
        }
    }
    future.set_config(current.config().clone());
    let high_watermark = renaming.high_watermark;
    future.advance_log_start(current.log_start(), high_watermark).map_err(MoveError::Target)?;
    if let Some(latest) = current.epochs().latest() {
        // The leader may have written nothing in its epoch yet.
        future.begin_epoch(latest.epoch);
    }
    future.high_watermark_moved(high_watermark);
    future.flush().map_err(MoveError::Target)?;
    checkpoint(current, future, renaming).map_err(MoveError::Target)?;
    let path = future.dir().join(COMPLETE);
    replace_small(&**future.disk(), &path, b"")
        .map_err(|source| MoveError::Target(LogError::Disk { verb: "write", path, source }))
}

/// Tells the checkpoints of the target of the partition: a crash right after the exchange must not
/// bring deleted records back. The copy is as clean as its log, whatever the target knew of an earlier one.
fn checkpoint(current: &Log, future: &Log, renaming: &Renaming<'_>) -> Result<()> {
    let disk = future.disk();
    let partition = renaming.partition;
    let source = current.dir().parent().unwrap_or(current.dir());
    let cleaned = read_offsets(&**current.disk(), source, CLEANER_OFFSETS).ok().flatten();
    let known = [
        (LOG_STARTS, Some(current.log_start())),
        (RECOVERY_POINTS, Some(future.recovery_point())),
        (HIGH_WATERMARKS, Some(renaming.high_watermark)),
        (CLEANER_OFFSETS, cleaned.and_then(|offsets| offsets.get(partition).copied())),
    ];
    for (file, offset) in known {
        amend_offsets(&**disk, renaming.target, file, |offsets| {
            match offset {
                Some(offset) => offsets.insert(partition.clone(), offset),
                None => offsets.remove(partition),
            };
        })?;
    }
    Ok(())
}

/// Takes the mark off a log that is current now. Best effort: the mark means nothing there.
pub fn forget_mark(log: &Log) {
    let _ = log.disk().remove(&log.dir().join(COMPLETE));
}

/// A copy that a stop interrupted; its current log is there.
#[derive(Debug)]
pub struct Unfinished {
    /// Which of the log directories it is in.
    pub at: usize,
    pub dir: PathBuf,
    pub partition: TopicPartition,
    pub topic_id: Uuid,
}

/// What became of the future directories.
#[derive(Debug, Default)]
pub struct Settled {
    pub unfinished: Vec<Unfinished>,
    /// Copies of nothing that is here, renamed to `-delete`.
    pub notes: Vec<String>,
    /// What failed, by log directory.
    pub failed: Vec<(usize, LogError)>,
}

/// Sorts the future directories at start, before any log is opened. `owner` gives the topic id of a
/// partition that the metadata places on this node. `is_away` says of one whether its log may be in a
/// directory that is offline: a copy must not take its place then.
pub fn settle(
    directories: &[(&dyn Disk, &Path)],
    owner: impl Fn(&TopicPartition) -> Option<Uuid>,
    is_away: impl Fn(&TopicPartition) -> bool,
    mut unique: impl FnMut() -> Uuid,
) -> Settled {
    let mut settled = Settled::default();
    let mut named = Vec::new();
    for (at, (disk, path)) in directories.iter().enumerate() {
        match log_names(*disk, path) {
            Ok(names) => named.extend(names.into_iter().map(|name| (at, name))),
            Err(reason) => settled.failed.push((at, reason)),
        }
    }
    let (mut current, mut copies) = sorted(directories, named, owner);
    // A whole copy has precedence over a part of one.
    let is_whole =
        |at: usize, dir: &Path| matches!(directories[at].0.stat(&dir.join(COMPLETE)), Ok(Some(_)));
    copies.sort_by_key(|copy| !is_whole(copy.at, &copy.dir));
    let mut copied = BTreeSet::new();
    for Copy { at, dir, partition, owner } in copies {
        let Some(topic_id) = owner else {
            settled.rename(directories, at, &dir, &partition, DirectoryState::Deleted, unique());
            continue;
        };
        if !current.contains(&partition) {
            if is_away(&partition) {
                continue;
            }
            // A part of a log whose whole is gone may be all that is left of it.
            let state = match is_whole(at, &dir) {
                true => DirectoryState::Current,
                false => DirectoryState::Stray,
            };
            if settled.rename(directories, at, &dir, &partition, state, unique())
                && state == DirectoryState::Current
            {
                current.insert(partition);
            }
        } else if copied.insert(partition.clone())
            && !beside_its_current(&dir, &partition, directories[at])
        {
            settled.unfinished.push(Unfinished { at, dir, partition, topic_id });
        } else {
            settled.rename(directories, at, &dir, &partition, DirectoryState::Deleted, unique());
        }
    }
    settled
}

/// A future directory.
struct Copy {
    /// Which log directory it is in.
    at: usize,
    dir: PathBuf,
    partition: TopicPartition,
    /// The topic that it belongs to, if the metadata places that partition here.
    owner: Option<Uuid>,
}

/// The partitions that are being moved: which have their current log here, and the copies.
fn sorted(
    directories: &[(&dyn Disk, &Path)],
    named: Vec<(usize, LogName)>,
    owner: impl Fn(&TopicPartition) -> Option<Uuid>,
) -> (BTreeSet<TopicPartition>, Vec<Copy>) {
    let moving = named.iter().filter(|(_, (_, _, state))| *state == DirectoryState::Future);
    let moving: BTreeSet<_> = moving.map(|(_, (_, partition, _))| partition.clone()).collect();
    let (mut current, mut copies) = (BTreeSet::new(), Vec::new());
    for (at, (name, partition, state)) in named {
        // Of the others nothing has to be read.
        if !moving.contains(&partition) {
            continue;
        }
        let (disk, path) = directories[at];
        let dir = path.join(&name);
        let id = owner(&partition);
        let own = id.and_then(|_| read_topic_id(disk, &dir).ok().flatten());
        match state {
            // A log from before topic ids belongs to whoever has its name.
            DirectoryState::Current if id.is_some() && own.is_none_or(|own| Some(own) == id) => {
                current.insert(partition);
            }
            DirectoryState::Future => {
                let owner = id.filter(|id| own == Some(*id));
                copies.push(Copy { at, dir, partition, owner });
            }
            _ => {}
        }
    }
    (current, copies)
}

/// A copy in the very directory that its current log is in leads nowhere.
fn beside_its_current(
    dir: &Path,
    partition: &TopicPartition,
    (disk, path): (&dyn Disk, &Path),
) -> bool {
    let name = directory_name(partition, DirectoryState::Current, Uuid::ZERO);
    dir.parent() == Some(path) && matches!(disk.stat(&path.join(name)), Ok(Some(_)))
}

impl Settled {
    fn rename(
        &mut self,
        directories: &[(&dyn Disk, &Path)],
        at: usize,
        dir: &Path,
        partition: &TopicPartition,
        state: DirectoryState,
        unique: Uuid,
    ) -> bool {
        let (disk, path) = directories[at];
        let target = path.join(directory_name(partition, state, unique));
        let renamed = disk.rename(dir, &target).and_then(|()| disk.sync_dir(path));
        if let Err(source) = renamed {
            let path = dir.to_owned();
            self.failed.push((at, LogError::Disk { verb: "rename", path, source }));
            return false;
        }
        self.notes.push(format!("{} is {} now", dir.display(), target.display()));
        true
    }
}

#[cfg(test)]
mod tests;
