//! Opening the logs that a start finds on disk.
//!
//! After a clean stop a log opens with a listing of its directory; after a crash its tail is read and
//! checked, and what the directory's journal holds of it is appended again. Directories are opened side
//! by side, each by `num.recovery.threads.per.data.dir` threads. A directory that the metadata does not
//! know is renamed to `-stray` and kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base::config::{Durability, TopicConfig};
use base::{Offset, PartitionIndex, TopicPartition, Uuid, WallMs};
use metadata::{ConfigResource, Image};
use parking_lot::Mutex;
use storage::{
    DirectoryState, Disk, Journal, Journaled, LastStop, Log, Opening, directory_name, read_topic_id,
};
use tracing::{error, info, warn};

use crate::applier::{FoundLog, Shared};
use crate::future_log::{Unfinished, settle};
use crate::log_directory::LogDirectory;
use crate::metadata_thread::fresh_id;
use crate::opened::{OpenedDirectories, OpenedDirectory, log_names};
use crate::partitions::topic_config;
use crate::server::StartError;
use crate::topic_settings::{LogSettings, log_config};

type Found = BTreeMap<(Uuid, PartitionIndex), FoundLog>;

/// Opens every log of a partition that `image` places on this node.
///
/// # Errors
/// None today; a log that cannot be opened takes its directory offline.
pub fn open_logs(
    shared: &Shared,
    opened: &OpenedDirectories,
    image: &Image,
) -> Result<Found, StartError> {
    let threads = shared.config.load().log.num_recovery_threads_per_data_dir.max(1) as usize;
    let mut found = Found::new();
    std::thread::scope(|scope| {
        let mut directories = Vec::new();
        for (directory, was) in shared.directories.iter().zip(&opened.directories) {
            let opening = OpeningDirectory {
                shared,
                directory,
                was,
                image,
                journaled: journaled(directory, was),
                work: Mutex::new(candidates(shared, directory, image)),
                found: Mutex::new(Found::new()),
                has_synced: AtomicBool::new(false),
            };
            directories.push(scope.spawn(move || opening.open_all(threads)));
        }
        for opened in directories {
            // A panic has been printed; the directory's partitions are missing, as when it fails.
            found.extend(opened.join().unwrap_or_default());
        }
    });
    Ok(found)
}

/// What the journal of a directory holds that its logs may lack.
fn journaled(directory: &LogDirectory, was: &OpenedDirectory) -> Journaled {
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

/// Finishes the moves between directories whose copy is whole, and returns the others. Call it before
/// [`open_logs`].
pub fn settle_futures(shared: &Shared, image: &Image) -> Vec<Unfinished> {
    let directories = shared.directories.iter();
    let directories: Vec<_> = directories.map(|dir| (&*dir.disk, dir.path.as_path())).collect();
    let owner = |partition: &TopicPartition| {
        let topic = image.topic(&partition.topic)?;
        let here = topic.partition(partition.partition)?;
        here.is_replica(shared.me).then_some(topic.id)
    };
    let settled = settle(&directories, owner, || fresh_id(&*shared.env));
    for note in settled.notes {
        info!("{note}: the move that it belongs to was interrupted");
    }
    for (at, reason) in settled.failed {
        shared.directories[at].fail(&reason);
    }
    // `candidates` finds what was discarded under its new name.
    settled.unfinished
}

struct Candidate {
    name: String,
    partition: TopicPartition,
    topic_id: Uuid,
}

/// The directories whose partition the metadata knows. The others are set aside.
fn candidates(shared: &Shared, directory: &LogDirectory, image: &Image) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (name, partition, state) in log_names(&*directory.disk, &directory.path) {
        match state {
            DirectoryState::Current => {}
            DirectoryState::Deleted => {
                shared.doomed.lock().push((shared.env.mono(), directory.path.join(&name)));
                continue;
            }
            // Settled before.
            DirectoryState::Future | DirectoryState::Stray => continue,
        }
        let path = directory.path.join(&name);
        let id = read_topic_id(&*directory.disk, &path).unwrap_or_else(|error| {
            warn!("{error}");
            None
        });
        let topic = image.topic(&partition.topic);
        // A log from before topic ids belongs to whoever has its name.
        let topic = topic.filter(|topic| id.is_none_or(|id| id == topic.id));
        let here = topic.and_then(|topic| topic.partition(partition.partition));
        match (topic, here.is_some_and(|here| here.is_replica(shared.me))) {
            (Some(topic), true) => {
                candidates.push(Candidate { name, partition, topic_id: topic.id });
            }
            _ => set_aside(shared, directory, &name, &partition),
        }
    }
    candidates
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

/// One directory while its logs are opened.
struct OpeningDirectory<'a> {
    shared: &'a Shared,
    directory: &'a Arc<LogDirectory>,
    was: &'a OpenedDirectory,
    image: &'a Image,
    journaled: Journaled,
    work: Mutex<Vec<Candidate>>,
    found: Mutex<Found>,
    /// A topic with a log here is synced.
    has_synced: AtomicBool,
}

impl OpeningDirectory<'_> {
    fn open_all(self, threads: usize) -> Found {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut configs = BTreeMap::new();
                    loop {
                        let next = self.work.lock().pop();
                        let Some(candidate) = next else { break };
                        self.open(candidate, &mut configs);
                    }
                });
            }
        });
        self.finish()
    }

    fn open(&self, candidate: Candidate, configs: &mut BTreeMap<String, TopicConfig>) {
        let Candidate { name, partition, topic_id } = candidate;
        let node = self.shared.config.load();
        let topic = partition.topic.to_string();
        let config = configs.entry(topic).or_insert_with_key(|topic| {
            let own = self.image.config(&ConfigResource::topic(topic));
            topic_config(topic, own, &node.topic_defaults())
        });
        if config.durability == Durability::Synced {
            self.has_synced.store(true, Ordering::Relaxed);
        }
        let settings = LogSettings {
            producer_id_expiration_ms: i64::from(node.log.producer_id_expiration_ms),
        };
        let known = |offsets: &BTreeMap<TopicPartition, Offset>| {
            offsets.get(&partition).copied().unwrap_or(Offset(0))
        };
        let opening = Opening {
            config: Arc::new(log_config(config, &settings)),
            recovery_point: known(&self.was.recovery_points),
            log_start: known(&self.was.log_starts),
            last_stop: match self.was.clean_stop {
                Some(_) => LastStop::Clean,
                None => LastStop::Unclean,
            },
            now: self.shared.env.wall(),
        };
        let tails = self.journaled.of(topic_id, partition.partition);
        let (directory, dir) = (self.directory, self.directory.path.join(&name));
        let now = opening.now;
        let opened = open_or_recover(&directory.disk, &dir, opening, tails)
            .and_then(|log| replay(log, tails, now));
        match opened {
            Ok(log) => {
                let high_watermark = known(&self.was.high_watermarks);
                let log = FoundLog { log, directory: directory.clone(), high_watermark };
                self.found.lock().insert((topic_id, partition.partition), log);
            }
            Err(reason) => directory.fail(&reason),
        }
    }

    /// After a crash, what recovery found and the journal gave back is in the page cache alone. Where a
    /// topic promises more it is synced before anyone sees it, and then the journal has done its work.
    fn finish(self) -> Found {
        let mut found = self.found.into_inner();
        let is_needed = self.has_synced.into_inner() || !self.journaled.is_empty();
        let directory = self.directory;
        if self.was.clean_stop.is_some() || !is_needed || directory.is_offline() {
            return found;
        }
        match settle_journal(&directory.disk, &directory.path) {
            Ok(()) => {
                for found in found.values_mut() {
                    found.log.flushed(found.log.end());
                }
            }
            Err(reason) => directory.fail(&reason),
        }
        found
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
