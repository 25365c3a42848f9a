//! Opening the logs that a start finds on disk.
//!
//! After a clean stop a log opens with a listing of its directory; after a crash its tail is read and
//! checked. Directories are opened side by side, each by `num.recovery.threads.per.data.dir`
//! threads. A directory that the metadata does not know is renamed to `-stray` and kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base::config::TopicConfig;
use base::{Offset, PartitionIndex, TopicPartition, Uuid};
use metadata::{ConfigResource, Image};
use parking_lot::Mutex;
use storage::{DirectoryState, LastStop, Log, Opening, directory_name, read_topic_id};
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
    let found = Mutex::new(Found::new());
    let threads = shared.config.load().log.num_recovery_threads_per_data_dir.max(1) as usize;
    std::thread::scope(|scope| {
        for (directory, was) in shared.directories.iter().zip(&opened.directories) {
            let work = Mutex::new(candidates(shared, directory, image));
            let (work, found) = (Arc::new(work), &found);
            for _ in 0..threads {
                let work = work.clone();
                scope.spawn(move || {
                    let mut configs = BTreeMap::new();
                    loop {
                        let next = work.lock().pop();
                        let Some(candidate) = next else { break };
                        open(shared, directory, was, image, candidate, &mut configs, found);
                    }
                });
            }
        }
    });
    Ok(found.into_inner())
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

fn open(
    shared: &Shared,
    directory: &Arc<LogDirectory>,
    was: &OpenedDirectory,
    image: &Image,
    candidate: Candidate,
    configs: &mut BTreeMap<String, TopicConfig>,
    found: &Mutex<Found>,
) {
    let Candidate { name, partition, topic_id } = candidate;
    let node = shared.config.load();
    let topic = partition.topic.to_string();
    let config = configs.entry(topic).or_insert_with_key(|topic| {
        let own = image.config(&ConfigResource::topic(topic));
        topic_config(topic, own, &node.topic_defaults())
    });
    let settings =
        LogSettings { producer_id_expiration_ms: i64::from(node.log.producer_id_expiration_ms) };
    let known = |offsets: &BTreeMap<TopicPartition, Offset>| {
        offsets.get(&partition).copied().unwrap_or(Offset(0))
    };
    let opening = Opening {
        config: Arc::new(log_config(config, &settings)),
        recovery_point: known(&was.recovery_points),
        log_start: known(&was.log_starts),
        last_stop: match was.clean_stop {
            Some(_) => LastStop::Clean,
            None => LastStop::Unclean,
        },
        now: shared.env.wall(),
    };
    let opened = open_or_recover(directory, &directory.path.join(&name), opening);
    match opened {
        Ok(log) => {
            let high_watermark = known(&was.high_watermarks);
            let log = FoundLog { log, directory: directory.clone(), high_watermark };
            found.lock().insert((topic_id, partition.partition), log);
        }
        Err(reason) => directory.fail(&reason),
    }
}

/// A log that does not open after a clean stop is recovered as after a crash: something happened to
/// its files since.
fn open_or_recover(
    directory: &LogDirectory,
    dir: &Path,
    opening: Opening,
) -> Result<Log, storage::LogError> {
    let first = Log::open(directory.disk.clone(), dir, opening.clone());
    let (log, report) = match first {
        Err(storage::LogError::Corrupt { path, reason, .. })
            if opening.last_stop == LastStop::Clean =>
        {
            warn!("{}: {reason}; recovering the log", path.display());
            let last_stop = LastStop::Unclean;
            Log::open(directory.disk.clone(), dir, Opening { last_stop, ..opening })?
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
