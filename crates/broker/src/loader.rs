//! Opening the logs that a start finds on disk.
//!
//! After a clean stop the logs are as the stop's manifest remembers them, or open with a listing of their
//! directories, and the node serves when all are open. After a crash its tail is read and checked, and what the directory's journal holds of it is
//! appended again; gigabytes take seconds, so the node serves meanwhile, and each log as soon as it is
//! open. Directories are opened side by side, each by `num.recovery.threads.per.data.dir` threads. A
//! directory that the metadata does not know is renamed to `-stray` and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use base::config::{Durability, TopicConfig};
use base::{Offset, PartitionIndex, Str, TopicPartition, Uuid, WallMs};
use metadata::{ConfigResource, Image};
use parking_lot::Mutex;
use storage::{
    CLEANER_OFFSETS, DirectoryState, Disk, Journal, Journaled, LastStop, Log, Manifest, Opening,
    Unchanged, amend_offsets, directory_name, read_topic_id,
};
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::applier::{FoundLog, Shared};
use crate::future_log::{Unfinished, settle};
use crate::log_directory::LogDirectory;
use crate::metadata_thread::fresh_id;
use crate::opened::{LogName, OpenedDirectories, OpenedDirectory, log_names};
use crate::partitions::topic_config;
use crate::server::StartError;
use crate::topic_settings::{LogSettings, log_config};

/// The most threads that open the logs of one directory, whatever `num.recovery.threads.per.data.dir` says:
/// beyond that a disk has enough to do, and a process soon has no more threads to give.
const THREADS_MAX: usize = 256;

/// A log of a partition, by the topic's id.
pub type LogKey = (Uuid, PartitionIndex);
pub type Found = BTreeMap<LogKey, FoundLog>;

/// The logs that the metadata places on this node and that are on its disks.
pub struct Unopened {
    shared: Shared,
    directories: Vec<OpeningDirectory>,
}

impl Unopened {
    /// Looks for them. What cannot be read takes its directory offline.
    ///
    /// # Errors
    /// Two logs of one partition, and the metadata names neither.
    pub fn find(
        shared: &Shared,
        opened: &Arc<OpenedDirectories>,
        image: &Image,
    ) -> Result<Unopened, StartError> {
        let all = shared.directories.iter().enumerate();
        let directories = all.map(|(at, directory)| {
            OpeningDirectory::find(shared, directory, Was { opened: opened.clone(), at }, image)
        });
        let unopened = Unopened { shared: shared.clone(), directories: directories.collect() };
        unopened.keep_one_of_each(image)?;
        unopened.call_only_these_clean();
        Ok(unopened)
    }

    /// Takes logs that are not here any more out of the cleaner's checkpoint: their topics were deleted
    /// while the directory was away, or they have moved and the node ended before it could note that.
    /// The lines would hold for a later log of the name. Other checkpoints are written anew in time.
    fn call_only_these_clean(&self) {
        for OpeningDirectory { directory, work, .. } in &self.directories {
            if directory.is_offline() {
                continue;
            }
            let work = work.lock();
            let here: BTreeSet<&TopicPartition> = work.iter().map(|it| &it.partition).collect();
            let amended =
                amend_offsets(&*directory.disk, &directory.path, CLEANER_OFFSETS, |offsets| {
                    offsets.retain(|partition, _| here.contains(partition));
                });
            if let Err(reason) = amended {
                directory.fail(&reason);
            }
        }
    }

    /// A move that was finished while one of its directories was away may leave two logs of a partition.
    /// The one where the metadata places it is the right one; the other is set aside.
    fn keep_one_of_each(&self, image: &Image) -> Result<(), StartError> {
        let mut found: BTreeMap<LogKey, &OpeningDirectory> = BTreeMap::new();
        for directory in &self.directories {
            let keys: Vec<LogKey> = directory.work.lock().iter().map(Candidate::key).collect();
            for key in keys {
                let Some(other) = found.insert(key, directory) else { continue };
                let placed = image.topics().partition(key.0, key.1);
                let placed = placed.and_then(|partition| partition.directory(self.shared.me));
                let (kept, rest) = match placed {
                    Some(id) if id == directory.directory.id => (directory, other),
                    Some(id) if id == other.directory.id => (other, directory),
                    _ => return Err(other.also_in(directory, key)),
                };
                found.insert(key, kept);
                rest.set_aside(&self.shared, key);
            }
        }
        Ok(())
    }

    pub fn keys(&self) -> BTreeSet<LogKey> {
        let work = self.directories.iter().flat_map(|directory| directory.work.lock().clone());
        work.map(|candidate| candidate.key()).collect()
    }

    /// Opens them and hands them over, each as soon as what is said of it will hold. A log that cannot
    /// be opened takes its directory offline. [`Opened::All`] comes last, unless the node stops before.
    pub fn open(self, stop: &watch::Receiver<bool>, deliver: &(dyn Fn(Opened) + Sync)) {
        let threads = self.shared.config.load().log.num_recovery_threads_per_data_dir.max(1);
        let shared = &self.shared;
        let is_complete = std::thread::scope(|scope| {
            let directories = self.directories.into_iter().map(|directory| {
                scope.spawn(move || directory.open_all(shared, threads as usize, stop, deliver))
            });
            let directories: Vec<_> = directories.collect();
            // A panic has been printed. Not all is open then, and the next stop is no clean one.
            directories.into_iter().all(|opened| opened.join().unwrap_or(false))
        });
        if is_complete {
            deliver(Opened::All);
        }
    }

    /// Opens them all, and returns them then.
    pub fn open_now(self, stop: &watch::Receiver<bool>) -> Found {
        let all = Mutex::new(Found::new());
        self.open(stop, &|opened| {
            if let Opened::Logs(found) = opened {
                all.lock().extend(found);
            }
        });
        all.into_inner()
    }
}

/// What comes out of [`Unopened::open`].
pub enum Opened {
    Logs(Found),
    /// There are no more.
    All,
}

/// What the journal of a directory holds that its logs may lack.
fn journaled(directory: &LogDirectory, was: &OpenedDirectory) -> Journaled {
    if directory.is_offline() {
        return Journaled::default();
    }
    if was.clean_stop.is_some() {
        // Whoever stopped cleanly last left complete logs; a journal that is here all the same is
        // from before.
        if let Err(reason) = Journal::remove(&*directory.disk, &directory.path) {
            directory.fail(&reason);
        }
        return Journaled::default();
    }
    Journal::read(&*directory.disk, &directory.path).unwrap_or_else(|reason| {
        directory.fail(&reason);
        Journaled::default()
    })
}

/// What the clean stop of a directory remembers of its logs.
fn remembered(directory: &LogDirectory, was: &OpenedDirectory) -> Manifest {
    let Some(broker_epoch) = was.clean_stop else { return Manifest::default() };
    Manifest::read(&*directory.disk, &directory.path, broker_epoch).unwrap_or_else(|reason| {
        warn!("every log is looked into: {reason}");
        Manifest::default()
    })
}

/// Finishes the moves between directories whose copy is whole, and returns the others. Call it before
/// [`Unopened::find`].
pub fn settle_futures(shared: &Shared, image: &Image) -> Vec<Unfinished> {
    let online = shared.directories.iter().enumerate().filter(|(_, dir)| !dir.is_offline());
    let (online, directories): (Vec<usize>, Vec<_>) =
        online.map(|(at, dir)| (at, (&*dir.disk, dir.path.as_path()))).unzip();
    let owner = |partition: &TopicPartition| {
        let topic = image.topic(&partition.topic)?;
        let here = topic.partition(partition.partition)?;
        here.is_replica(shared.me).then_some(topic.id)
    };
    let is_online =
        |id: Uuid| shared.directories.iter().any(|dir| dir.id == id && !dir.is_offline());
    let is_away = |partition: &TopicPartition| {
        let topic = image.topic(&partition.topic);
        let placed =
            topic.and_then(|topic| topic.partition(partition.partition)?.directory(shared.me));
        online.len() < shared.directories.len() && !placed.is_some_and(is_online)
    };
    let settled = settle(&directories, owner, is_away, || fresh_id(&*shared.env));
    for note in settled.notes {
        info!("{note}: the move that it belongs to was interrupted");
    }
    for (at, reason) in settled.failed {
        shared.directories[online[at]].fail(&reason);
    }
    // `candidates` finds what was discarded under its new name.
    let unfinished = settled.unfinished.into_iter();
    unfinished.map(|found| Unfinished { at: online[found.at], ..found }).collect()
}

#[derive(Clone)]
struct Candidate {
    name: String,
    partition: TopicPartition,
    topic_id: Uuid,
    /// What `partition.metadata` says, if it says anything.
    written_id: Option<Uuid>,
    /// What the last clean stop knew of it.
    unchanged: Option<Unchanged>,
}

impl Candidate {
    fn key(&self) -> LogKey {
        (self.topic_id, self.partition.partition)
    }
}

/// The directories whose partition the metadata knows, those that coordinators wait for last. The
/// others are set aside.
fn candidates(
    shared: &Shared,
    directory: &LogDirectory,
    image: &Image,
    manifest: &Manifest,
) -> Vec<Candidate> {
    if directory.is_offline() {
        return Vec::new();
    }
    let names = log_names(&*directory.disk, &directory.path).unwrap_or_else(|reason| {
        directory.fail(&reason);
        Vec::new()
    });
    // The disk is asked about each of them: every core takes its share.
    let share = names.len().div_ceil(io::cpu_count()).max(1);
    let mut candidates: Vec<Candidate> = std::thread::scope(|scope| {
        let shares = names.chunks(share).map(|share| {
            scope.spawn(|| {
                let known = share
                    .iter()
                    .filter_map(|name| candidate(shared, directory, image, manifest, name));
                known.collect::<Vec<_>>()
            })
        });
        let shares: Vec<_> = shares.collect();
        let join = |share: ScopedJoinHandle<'_, Vec<Candidate>>| {
            share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        shares.into_iter().flat_map(join).collect()
    });
    candidates.sort_by_key(|candidate| base::topic::is_internal(&candidate.partition.topic));
    candidates
}

fn candidate(
    shared: &Shared,
    directory: &LogDirectory,
    image: &Image,
    manifest: &Manifest,
    (name, partition, state): &LogName,
) -> Option<Candidate> {
    let path = directory.path.join(name);
    match state {
        DirectoryState::Current => {}
        DirectoryState::Deleted => {
            shared.doomed.lock().push((shared.env.mono(), path));
            return None;
        }
        // Settled before.
        DirectoryState::Future | DirectoryState::Stray => return None,
    }
    let unchanged = manifest.unchanged(&*directory.disk, &directory.path, name);
    let id = match &unchanged {
        Some(unchanged) => unchanged.topic_id(),
        None => read_topic_id(&*directory.disk, &path).unwrap_or_else(|error| {
            warn!("{error}");
            None
        }),
    };
    let topic = image.topic(&partition.topic);
    // A log from before topic ids belongs to whoever has its name.
    let topic = topic.filter(|topic| id.is_none_or(|id| id == topic.id));
    let here = topic.and_then(|topic| topic.partition(partition.partition));
    match (topic, here.is_some_and(|here| here.is_replica(shared.me))) {
        (Some(topic), true) => {
            let (name, partition) = (name.clone(), partition.clone());
            Some(Candidate { name, partition, topic_id: topic.id, written_id: id, unchanged })
        }
        _ => {
            set_aside(shared, directory, name, partition);
            None
        }
    }
}

/// Keeps a directory that the metadata does not place here, out of the way.
fn set_aside(shared: &Shared, directory: &LogDirectory, name: &str, partition: &TopicPartition) {
    let unique = fresh_id(&*shared.env);
    let stray = directory_name(partition, DirectoryState::Stray, unique);
    let target = directory.path.join(&stray);
    match directory.disk.rename(&directory.path.join(name), &target) {
        Ok(()) => warn!(
            "{name} is no partition of this node; it was renamed to {stray} and can be removed"
        ),
        Err(error) => error!("could not rename {name}: {error}"),
    }
}

/// How a directory was found.
struct Was {
    opened: Arc<OpenedDirectories>,
    at: usize,
}

impl std::ops::Deref for Was {
    type Target = OpenedDirectory;

    fn deref(&self) -> &OpenedDirectory {
        &self.opened.directories[self.at]
    }
}

/// One directory while its logs are opened.
struct OpeningDirectory {
    directory: Arc<LogDirectory>,
    was: Was,
    journaled: Journaled,
    /// The configuration of every topic with a log here, by its name.
    configs: BTreeMap<Str, TopicConfig>,
    /// Taken from the end.
    work: Mutex<Vec<Candidate>>,
    handing_over: HandingOver,
}

/// When a log that is open may be seen.
enum HandingOver {
    AtOnce,
    /// After a crash, what recovery found and the journal gave back is in the page cache alone. Where a
    /// topic promises more, all of it is synced before anyone sees it, and then the journal has done
    /// its work.
    AfterOneSync(Mutex<Found>),
}

impl OpeningDirectory {
    fn find(
        shared: &Shared,
        directory: &Arc<LogDirectory>,
        was: Was,
        image: &Image,
    ) -> OpeningDirectory {
        let work = candidates(shared, directory, image, &remembered(directory, &was));
        let node = shared.config.load();
        let mut configs = BTreeMap::new();
        for topic in work.iter().map(|candidate| &candidate.partition.topic) {
            configs.entry(topic.clone()).or_insert_with(|| {
                topic_config(
                    topic,
                    image.config(&ConfigResource::topic(topic)),
                    &node.topic_defaults(),
                )
            });
        }
        let journaled = journaled(directory, &was);
        let is_synced = |config: &TopicConfig| config.durability == Durability::Synced;
        let is_lacking = !journaled.is_empty() || configs.values().any(is_synced);
        let handing_over = match was.clean_stop.is_none() && is_lacking {
            true => HandingOver::AfterOneSync(Mutex::default()),
            false => HandingOver::AtOnce,
        };
        if let HandingOver::AfterOneSync(_) = handing_over {
            directory.keep_journal();
        }
        let (directory, work) = (directory.clone(), Mutex::new(work));
        OpeningDirectory { directory, was, journaled, configs, work, handing_over }
    }

    fn also_in(&self, other: &OpeningDirectory, key: LogKey) -> StartError {
        let name =
            self.work.lock().iter().find(|found| found.key() == key).map(|it| it.name.clone());
        StartError(format!(
            "both {} and {} hold {}, and the metadata places it in neither; move the one away that \
             has fewer records",
            self.directory.path.display(),
            other.directory.path.display(),
            name.unwrap_or_default(),
        ))
    }

    fn set_aside(&self, shared: &Shared, key: LogKey) {
        let mut work = self.work.lock();
        let Some(at) = work.iter().position(|found| found.key() == key) else { return };
        let Candidate { name, partition, .. } = work.remove(at);
        set_aside(shared, &self.directory, &name, &partition);
    }

    /// False if the node stopped before all were open.
    fn open_all(
        self,
        shared: &Shared,
        threads: usize,
        stop: &watch::Receiver<bool>,
        deliver: &(dyn Fn(Opened) + Sync),
    ) -> bool {
        let threads = threads.min(self.work.lock().len()).min(THREADS_MAX);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while !*stop.borrow() {
                        let next = self.work.lock().pop();
                        let Some(candidate) = next else { break };
                        let key = candidate.key();
                        let Some(log) = self.open(shared, &candidate) else { continue };
                        match &self.handing_over {
                            HandingOver::AtOnce => deliver(Opened::Logs(Found::from([(key, log)]))),
                            HandingOver::AfterOneSync(opened) => {
                                opened.lock().insert(key, log);
                            }
                        }
                    }
                });
            }
        });
        if !self.work.into_inner().is_empty() {
            return false;
        }
        let HandingOver::AfterOneSync(opened) = self.handing_over else { return true };
        if self.directory.is_offline() {
            return true;
        }
        let mut opened = opened.into_inner();
        match settle_journal(&self.directory.disk, &self.directory.path) {
            Ok(()) => {
                self.directory.release_journal();
                for found in opened.values_mut() {
                    found.log.flushed(found.log.end());
                }
                deliver(Opened::Logs(opened));
            }
            Err(reason) => self.directory.fail(&reason),
        }
        true
    }

    fn open(&self, shared: &Shared, candidate: &Candidate) -> Option<FoundLog> {
        let Candidate { name, partition, topic_id, written_id, unchanged } = candidate;
        let config = self.configs.get(&partition.topic)?.clone();
        let node = shared.config.load();
        let settings = LogSettings {
            producer_id_expiration_ms: i64::from(node.log.producer_id_expiration_ms),
        };
        let known = |offsets: &BTreeMap<TopicPartition, Offset>| {
            offsets.get(partition).copied().unwrap_or(Offset(0))
        };
        let opening = Opening {
            config: Arc::new(log_config(&config, &settings)),
            recovery_point: known(&self.was.recovery_points),
            log_start: known(&self.was.log_starts),
            cleaned_up_to: known(&self.was.cleaned),
            last_stop: match self.was.clean_stop {
                Some(_) => LastStop::Clean,
                None => LastStop::Unclean,
            },
            topic_id: *written_id,
            now: shared.env.wall(),
        };
        let tails = self.journaled.of(*topic_id, partition.partition);
        let (directory, dir) = (&self.directory, self.directory.path.join(name));
        let now = opening.now;
        let opened = match unchanged {
            Some(unchanged) => Log::resume(directory.disk.clone(), &dir, opening, unchanged),
            None => open_or_recover(&directory.disk, &dir, opening, tails)
                .and_then(|log| replay(log, tails, now)),
        };
        let opened = opened.and_then(|log| {
            if log.end() < known(&self.was.cleaned) {
                self.note_cut(shared, partition, log.end())?;
            }
            Ok(log)
        });
        match opened {
            Ok(log) => {
                let high_watermark = known(&self.was.high_watermarks);
                Some(FoundLog { log, directory: directory.clone(), high_watermark })
            }
            Err(reason) => {
                directory.fail(&reason);
                None
            }
        }
    }

    /// Recovery has cut the log below what compaction has reached: what is appended there is not clean.
    fn note_cut(
        &self,
        shared: &Shared,
        partition: &TopicPartition,
        end: Offset,
    ) -> Result<(), storage::LogError> {
        let _held = shared.partitions.checkpointing();
        let (disk, path) = (&*self.directory.disk, &self.directory.path);
        amend_offsets(disk, path, CLEANER_OFFSETS, |offsets| {
            offsets.insert(partition.clone(), end);
        })
    }
}

/// Appends what the journal holds of a log.
pub fn replay(mut log: Log, tails: &[Vec<u8>], now: WallMs) -> Result<Log, storage::LogError> {
    if tails.is_empty() {
        return Ok(log);
    }
    let replayed = log.replay(tails, now)?;
    for note in &replayed.notes {
        warn!("{note}");
    }
    if replayed.bytes > 0 {
        info!("{}: appended {} bytes from the journal", log.dir().display(), replayed.bytes);
    }
    Ok(log)
}

/// Syncs the logs into which a journal was replayed, and removes it.
pub fn settle_journal(disk: &Arc<dyn Disk>, path: &Path) -> Result<(), storage::LogError> {
    disk.sync_everything(path).map_err(|source| storage::LogError::Disk {
        verb: "sync",
        path: path.to_owned(),
        source,
    })?;
    Journal::remove(&**disk, path)
}

/// A log that does not open after a clean stop is recovered as after a crash: something happened to
/// its files since.
pub fn open_or_recover(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    opening: Opening,
    tails: &[Vec<u8>],
) -> Result<Log, storage::LogError> {
    let first = Log::open_beside(disk.clone(), dir, opening.clone(), tails);
    let (log, report) = match first {
        Err(storage::LogError::Corrupt { path, reason, .. })
            if opening.last_stop == LastStop::Clean =>
        {
            warn!("{}: {reason}; recovering the log", path.display());
            let last_stop = LastStop::Unclean;
            Log::open_beside(disk.clone(), dir, Opening { last_stop, ..opening }, tails)?
        }
        other => other?,
    };
    for note in &report.notes {
        info!("{note}");
    }
    if report.bytes_lost > 0 {
        warn!("{}: cut {} bytes that were no whole batches", dir.display(), report.bytes_lost);
    }
    Ok(log)
}
