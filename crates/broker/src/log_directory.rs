//! One log directory: a disk of its own, online until its first error, with a thread that syncs.
//!
//! A partition that must be flushed is queued once; the thread takes whatever has queued up
//! meanwhile and syncs it together (group commit): a few files one by one, more with one `syncfs`.
//! Write-back is paced here as well: what was appended is handed to the kernel early and in small
//! pieces, so that it never has a mountain to flush.
//!
//! An error of the disk takes the directory offline for good: a failed sync is never tried again,
//! because the kernel may have dropped the pages that it reported.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};
use std::sync::mpsc;

use base::Uuid;
use parking_lot::Mutex;
use storage::{Disk, DiskFile, LogError};
use tracing::error;

use crate::metrics::Metrics;
use crate::partitions::Replica;

/// Up to this many files are synced one by one. Measured on the reference machine: three
/// `fdatasync` cost less than a `syncfs`, sixteen cost four times as much.
const SYNCED_ONE_BY_ONE_MAX: usize = 3;

/// A directory of `log.dirs`.
pub struct LogDirectory {
    pub path: PathBuf,
    /// `directory.id` of its `meta.properties`.
    pub id: Uuid,
    pub disk: Arc<dyn Disk>,
    offline: AtomicBool,
    replicas: AtomicIsize,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    metrics: Arc<Metrics>,
}

/// Work of the directory's thread.
pub enum Job {
    /// Make everything appended to the partition so far durable.
    Flush(Arc<Replica>),
    /// Begin to write a range of a file back.
    WriteBack { file: Arc<dyn DiskFile>, position: u64, length: u64 },
}

impl LogDirectory {
    /// Starts the directory's thread. Its queue is bounded by its users: a partition stands in it
    /// at most once, and so does a range per megabyte appended.
    pub fn start(
        path: PathBuf,
        id: Uuid,
        disk: Arc<dyn Disk>,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<(Arc<LogDirectory>, std::thread::JoinHandle<()>)> {
        let (jobs, queue) = mpsc::channel();
        let directory = Arc::new(LogDirectory {
            path,
            id,
            disk,
            offline: AtomicBool::new(false),
            replicas: AtomicIsize::new(0),
            jobs: Mutex::new(Some(jobs)),
            metrics,
        });
        let worker = directory.clone();
        let name = format!("sync {}", directory.path.display());
        let thread = std::thread::Builder::new()
            .name(name.chars().take(15).collect())
            .spawn(move || worker.work(queue))?;
        Ok((directory, thread))
    }

    pub fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Acquire)
    }

    /// How many replicas live here: new ones go where there are fewest.
    pub fn replica_count(&self) -> isize {
        self.replicas.load(Ordering::Relaxed)
    }

    pub fn count_replica(&self, change: isize) {
        self.replicas.fetch_add(change, Ordering::Relaxed);
    }

    /// Hands work to the directory's thread; nothing happens once the node stops.
    pub fn submit(&self, job: Job) {
        if let Some(jobs) = &*self.jobs.lock() {
            // An error means that the thread is gone, and with it the node.
            let _ = jobs.send(job);
        }
    }

    /// Lets the thread finish what is queued and end.
    pub fn stop(&self) {
        *self.jobs.lock() = None;
    }

    /// Takes the directory offline because of an error, and says so once.
    pub fn fail(&self, reason: &LogError) {
        if !self.offline.swap(true, Ordering::AcqRel) {
            self.metrics.offline_log_directories.inc();
            error!(directory = %self.path.display(), "taking the log directory offline: {reason}; repair the disk and restart the node");
        }
    }

    fn work(&self, queue: mpsc::Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let mut flushes = Vec::new();
            let mut take = |job| match job {
                Job::Flush(replica) => flushes.push(replica),
                Job::WriteBack { file, position, length } => {
                    // Only pacing: what the kernel refuses here it reports at the next sync.
                    let _ = file.start_writeback(position, length);
                }
            };
            take(first);
            while let Ok(job) = queue.try_recv() {
                take(job);
            }
            if !flushes.is_empty() {
                self.flush(&flushes);
            }
        }
    }

    /// Makes the logs of these partitions durable, together.
    fn flush(&self, replicas: &[Arc<Replica>]) {
        if self.is_offline() {
            return;
        }
        let started = std::time::Instant::now();
        let mut plans = Vec::with_capacity(replicas.len());
        for replica in replicas {
            match replica.plan_flush(self) {
                Ok(Some(plan)) => plans.push((replica, plan)),
                // It has moved since it was queued.
                Ok(None) => replica.request_flush(),
                Err(reason) => return self.fail(&reason),
            }
        }
        let files: usize = plans.iter().map(|(_, plan)| plan.files().len()).sum();
        let synced = if files <= SYNCED_ONE_BY_ONE_MAX {
            plans.iter().try_for_each(|(_, plan)| plan.run())
        } else {
            sync_everything(&*self.disk, &self.path)
        };
        if let Err(reason) = synced {
            return self.fail(&reason);
        }
        self.metrics.flush_seconds.observe(started.elapsed().as_secs_f64());
        for (replica, plan) in plans {
            replica.flushed(plan.up_to);
        }
    }
}

fn sync_everything(disk: &dyn Disk, dir: &Path) -> Result<(), LogError> {
    disk.sync_everything(dir).map_err(|source| LogError::Disk {
        verb: "sync",
        path: dir.to_owned(),
        source,
    })
}
