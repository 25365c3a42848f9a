//! What a node does while nobody asks for anything: retention, checkpoints, expiry, and the removal of
//! what was deleted. Compaction, which takes long, has a thread of its own ([`crate::compactor`]).
//!
//! One thread does it all, one log at a time. Files are removed outside the partitions' locks.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use arc_swap::ArcSwap;
use base::config::ServerConfig;
use base::{MonoMs, Offset, TopicPartition};
use io::Env;
use parking_lot::Mutex;
use storage::{
    CleanStop, DeletedFiles, HIGH_WATERMARKS, Journal, LOG_STARTS, LogError, Manifest,
    RECOVERY_POINTS, write_offsets,
};
use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::applier::Shared;
use crate::loader::LogKey;
use crate::log_directory::LogDirectory;
use crate::partitions::{Partitions, Replica};

/// How often deleted files and `flush.ms` are looked at.
const TICK_MS: u64 = 1000;

pub(crate) type Offsets = BTreeMap<TopicPartition, Offset>;

pub struct Housekeeping {
    env: Arc<dyn Env>,
    config: Arc<ArcSwap<ServerConfig>>,
    partitions: Arc<Partitions>,
    directories: Vec<Arc<LogDirectory>>,
    doomed_directories: Arc<Mutex<Vec<(MonoMs, PathBuf)>>>,
    beside: Arc<BesideCompaction>,
    /// What was written last, so that an idle node writes nothing.
    written: BTreeMap<(PathBuf, &'static str), Offsets>,
    next: Deadlines,
}

struct Deadlines {
    high_watermarks: MonoMs,
    recovery_points: MonoMs,
    retention: MonoMs,
    expiry: MonoMs,
}

/// What housekeeping and compaction, which work side by side, have to know of each other.
#[derive(Default)]
pub struct BesideCompaction {
    /// Segments that have left their logs, and when their files may go.
    pub doomed: Mutex<Vec<(MonoMs, DeletedFiles)>>,
    /// The log that is being compacted. Retention leaves it alone: a pass reads its segments, and may
    /// not find them gone.
    pub compacting: Mutex<Option<LogKey>>,
}

impl Housekeeping {
    pub fn new(shared: &Shared, beside: Arc<BesideCompaction>) -> Housekeeping {
        let config = shared.config.load();
        let now = shared.env.mono();
        let after = |ms: i64| now.plus_ms(ms.max(1) as u64);
        let next = Deadlines {
            high_watermarks: after(
                config.replication.replica_high_watermark_checkpoint_interval_ms,
            ),
            recovery_points: after(i64::from(config.log.flush_offset_checkpoint_interval_ms)),
            retention: after(config.log.initial_task_delay_ms),
            expiry: after(i64::from(config.log.producer_id_expiration_check_interval_ms)),
        };
        Housekeeping {
            env: shared.env.clone(),
            config: shared.config.clone(),
            partitions: shared.partitions.clone(),
            directories: shared.directories.clone(),
            doomed_directories: shared.doomed.clone(),
            beside,
            written: BTreeMap::new(),
            next,
        }
    }

    /// Works until the node stops.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Housekeeping {
        while !*stop.borrow() {
            let tick = self.env.sleep_until(self.env.mono().plus_ms(TICK_MS));
            tokio::select! {
                _ = tick => self.work(),
                _ = stop.changed() => {}
            }
        }
        self
    }

    /// Does what is due.
    pub(crate) fn work(&mut self) {
        let now = self.env.mono();
        let config = self.config.load_full();
        let after = |ms: i64| now.plus_ms(ms.max(1) as u64);
        self.remove_doomed(now);
        self.flush_by_age();
        if self.next.high_watermarks <= now {
            self.next.high_watermarks =
                after(config.replication.replica_high_watermark_checkpoint_interval_ms);
            self.checkpoint(HIGH_WATERMARKS, |replica| replica.bounds().high_watermark);
        }
        if self.next.recovery_points <= now {
            self.next.recovery_points =
                after(i64::from(config.log.flush_offset_checkpoint_interval_ms));
            self.checkpoint(RECOVERY_POINTS, |replica| {
                replica.with_log(|log| log.recovery_point())
            });
            self.checkpoint(LOG_STARTS, |replica| replica.bounds().log_start);
        }
        if self.next.retention <= now {
            self.next.retention = after(config.log.retention_check_interval_ms);
            self.retain(now);
        }
        if self.next.expiry <= now {
            self.next.expiry =
                after(i64::from(config.log.producer_id_expiration_check_interval_ms));
            let wall = self.env.wall();
            for replica in self.partitions.replicas() {
                replica.with_log(|log| log.expire_producers(wall));
            }
        }
    }

    fn remove_doomed(&mut self, now: MonoMs) {
        let due = |at: &MonoMs| *at <= now;
        let ready: Vec<_> = self.beside.doomed.lock().extract_if(.., |(at, _)| due(at)).collect();
        for (_, files) in ready {
            if let Err(error) = files.remove() {
                warn!("could not remove deleted segments: {error}");
            }
        }
        let mut doomed = self.doomed_directories.lock();
        let paths: Vec<PathBuf> =
            doomed.iter().filter(|(at, _)| due(at)).map(|(_, path)| path.clone()).collect();
        doomed.retain(|(at, _)| !due(at));
        drop(doomed);
        for path in paths {
            let Some(directory) = self.directories.iter().find(|dir| path.starts_with(&dir.path))
            else {
                continue;
            };
            match directory.disk.remove_dir_all(&path) {
                Ok(()) => debug!("removed {}", path.display()),
                Err(error) => warn!("could not remove {}: {error}", path.display()),
            }
        }
    }

    /// `flush.ms`: partitions whose oldest unsynced record may be that old. Checked once a second, so
    /// a shorter interval means a second.
    fn flush_by_age(&self) {
        for topic in self.partitions.topics() {
            if topic.config.load().flush_ms == i64::MAX {
                continue;
            }
            for replica in topic.replicas() {
                if replica.with_log(|log| log.recovery_point() < log.end()) {
                    replica.request_flush();
                }
            }
        }
    }

    fn retain(&self, now: MonoMs) {
        let wall = self.env.wall();
        for replica in self.partitions.replicas() {
            let compacting = self.beside.compacting.lock();
            if *compacting == Some((replica.topic_id, replica.index)) {
                continue;
            }
            let high_watermark = replica.bounds().high_watermark;
            let outcome = replica.with_log(|log| {
                let plan = log.plan_retention(wall, high_watermark)?;
                let delay = log.config().file_delete_delay_ms;
                if plan.segments.is_empty() {
                    return Ok(None);
                }
                Ok(Some((log.delete_segments(&plan, wall)?, delay)))
            });
            match outcome {
                Ok(None) => {}
                Ok(Some((files, delay_ms))) => {
                    info!(partition = %name(&replica), "deleted segments by retention");
                    self.beside.doomed.lock().push((now.plus_ms(delay_ms), files));
                }
                Err(reason) => fail(&replica, &reason),
            }
        }
    }

    /// Writes one checkpoint of every directory, if it changed.
    fn checkpoint(&mut self, file: &'static str, offset: impl Fn(&Replica) -> Offset) {
        let partitions = self.partitions.clone();
        let _held = partitions.checkpointing();
        let mut by_directory: BTreeMap<PathBuf, Offsets> = BTreeMap::new();
        for replica in self.partitions.replicas() {
            let directory = replica.directory();
            let offsets = by_directory.entry(directory.path.clone()).or_default();
            offsets.insert(name(&replica), offset(&replica));
        }
        for directory in &self.directories {
            let offsets = by_directory.remove(&directory.path).unwrap_or_default();
            let key = (directory.path.clone(), file);
            if directory.is_offline() || self.written.get(&key) == Some(&offsets) {
                continue;
            }
            let lines = offsets.iter().map(|(partition, offset)| (partition, *offset));
            match write_offsets(&*directory.disk, &directory.path, file, lines) {
                Ok(()) => {
                    self.written.insert(key, offsets);
                }
                Err(reason) => directory.fail(&reason),
            }
        }
    }

    /// Closes every log after the last request. The mark of a clean stop is written only where
    /// everything before it succeeded.
    pub fn close_all(&mut self, broker_epoch: i64, metadata_closed: bool) {
        let replicas = self.partitions.replicas();
        let online = |replica: &Replica| !replica.directory().is_offline();
        on_every_core(&replicas, |replica| {
            if online(replica)
                && let Err(reason) = replica.with_log(|log| log.prepare_stop())
            {
                replica.directory().fail(&reason);
            }
        });
        for directory in self.directories.iter().filter(|directory| !directory.is_offline()) {
            // One sync for all logs: two milliseconds each would be twenty seconds for 10,000.
            if let Err(source) = directory.disk.sync_everything(&directory.path) {
                let path = directory.path.clone();
                directory.fail(&LogError::Disk { verb: "sync", path, source });
            }
        }
        for replica in replicas.iter().filter(|replica| online(replica)) {
            replica.with_log(|log| log.flushed(log.end()));
        }
        self.checkpoint(RECOVERY_POINTS, |replica| replica.with_log(|log| log.recovery_point()));
        self.checkpoint(LOG_STARTS, |replica| replica.bounds().log_start);
        self.checkpoint(HIGH_WATERMARKS, |replica| replica.bounds().high_watermark);
        let manifests = self.remember(&replicas);
        for (directory, manifest) in self.directories.iter().zip(manifests) {
            if directory.is_offline() || !metadata_closed {
                continue;
            }
            // The mark comes last: beside it there is never a journal that somebody must apply, and
            // what the manifest remembers is on disk.
            let (disk, path) = (&*directory.disk, &directory.path);
            let marked = manifest
                .write(disk, path, broker_epoch)
                .and_then(|()| Journal::remove(disk, path))
                .and_then(|()| CleanStop::write(disk, path, broker_epoch));
            if let Err(reason) = marked {
                directory.fail(&reason);
            }
        }
    }

    /// What the next start need not find out again of the logs, by directory. A log that cannot be asked
    /// is left out.
    fn remember(&self, replicas: &[Arc<Replica>]) -> Vec<Manifest> {
        let rested = on_every_core(replicas, |replica| {
            let asked = replica.with_log(|log| {
                let name = log.dir().file_name()?.to_str()?.to_owned();
                log.rested().map(|rested| rested.map(|rested| (name, rested))).transpose()
            });
            asked.and_then(|asked| {
                asked.map_err(|reason| warn!("the next start looks into it: {reason}")).ok()
            })
        });
        let mut manifests = vec![Manifest::default(); self.directories.len()];
        for (replica, rested) in replicas.iter().zip(rested) {
            let here = |directory: &Arc<LogDirectory>| Arc::ptr_eq(directory, &replica.directory());
            let at = self.directories.iter().position(here);
            if let (Some(at), Some((name, rested))) = (at, rested) {
                manifests[at].insert(&name, rested);
            }
        }
        manifests
    }
}

/// Does something for every replica that asks the disk several times: with ten thousand of them every
/// core takes its share.
fn on_every_core<T: Send>(
    replicas: &[Arc<Replica>],
    work: impl Fn(&Arc<Replica>) -> T + Sync,
) -> Vec<T> {
    let share = replicas.len().div_ceil(io::cpu_count()).max(1);
    std::thread::scope(|scope| {
        let shares = replicas.chunks(share).map(|share| {
            let work = &work;
            scope.spawn(move || share.iter().map(work).collect::<Vec<T>>())
        });
        let shares: Vec<_> = shares.collect();
        let join = |share: ScopedJoinHandle<'_, Vec<T>>| {
            share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        shares.into_iter().flat_map(join).collect()
    })
}

pub(crate) fn name(replica: &Replica) -> TopicPartition {
    TopicPartition { topic: replica.topic_name.clone(), partition: replica.index }
}

pub(crate) fn fail(replica: &Replica, reason: &LogError) {
    if reason.is_disk_failure() {
        replica.directory().fail(reason);
    } else {
        warn!(partition = %name(replica), "housekeeping: {reason}");
    }
}
