//! One log directory: a disk of its own, online until its first error, with the threads that wait for
//! it.
//!
//! `commit` makes synced appends durable. A partition that must be committed is queued once; the thread
//! takes whatever has queued up meanwhile and writes it into the directory's journal, with one sync for
//! all ([`Committer`]). `behind` does what nobody waits for: it syncs the segments of what the journal
//! holds, so that the journal can go on, flushes logs by `flush.ms` and `flush.messages`, and hands what
//! was appended to the kernel early and in small pieces, so that it never has a mountain to flush.
//!
//! `read` brings what a reader asks for and the page cache lacks into memory, so that the thread of a
//! connection never waits for the disk.
//!
//! An error of the disk takes the directory offline for good: a failed sync is never tried again,
//! because the kernel may have dropped the pages that it reported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use base::config::ServerConfig;
use base::{MonoMs, Offset, Uuid};
use io::Env;
use metadata::Image;
use parking_lot::Mutex;
use replication::partition::Role;
use storage::{Disk, DiskFile, Group, Journal, LogError};
use tokio::sync::oneshot;
use tracing::error;

use crate::metrics::Metrics;
use crate::partitions::{Replica, Tail};

/// Up to this many files are synced one by one. Measured on the reference machine: three
/// `fdatasync` cost less than a `syncfs`, sixteen cost four times as much.
const SYNCED_ONE_BY_ONE_MAX: usize = 3;

/// A partition with more than that to commit is flushed instead: it has been switched to `synced`, and
/// copying its backlog would keep all others waiting. Well above what producers have on their way, whose
/// partition must not wait for a `syncfs` because the disk has stumbled once.
const TAIL_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// A group is written when it has so many bytes, though more is queued.
const GROUP_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Segments follow the journal that soon, or when a half is full. Seldom enough that a partition's small
/// appends are written to its segment together, and that a `syncfs`, which waits for all that the file
/// system has to write, does not keep the disk busy; often enough that a replay is short.
const HALF_AGE_MS_MAX: u64 = 5000;

/// How much is read ahead of what a cold read asks for: the next lookup looks there.
const READ_AHEAD_BYTES: u64 = 128 * 1024;

/// A directory of `log.dirs`.
pub struct LogDirectory {
    pub path: PathBuf,
    /// `directory.id` of its `meta.properties`.
    pub id: Uuid,
    pub disk: Arc<dyn Disk>,
    env: Arc<dyn Env>,
    offline: AtomicBool,
    /// Whether the journal of the last life still holds what its logs lack.
    keeps_journal: AtomicBool,
    replicas: AtomicIsize,
    queues: Mutex<Option<Senders>>,
    metrics: Arc<Metrics>,
}

/// The queues are bounded by their users: a partition stands in each at most once, and so does a
/// range per megabyte appended; a connection waits for one read at a time.
#[derive(Clone)]
struct Senders {
    commits: mpsc::Sender<Arc<Replica>>,
    behind: mpsc::Sender<Job>,
    reads: mpsc::Sender<ColdRead>,
}

/// The other ends, for the threads.
pub struct Queues {
    pub commits: mpsc::Receiver<Arc<Replica>>,
    pub behind: mpsc::Receiver<Job>,
    pub reads: mpsc::Receiver<ColdRead>,
}

/// A range of a file that somebody waits for.
pub struct ColdRead {
    file: Arc<dyn DiskFile>,
    position: u64,
    length: u64,
    /// Dropped when it is in memory.
    _waits: oneshot::Sender<()>,
}

impl ColdRead {
    fn run(self, buffer: &mut [u8]) {
        let mut position = self.position;
        let end = self.position + self.length + READ_AHEAD_BYTES;
        while position < end {
            // What is wrong with the disk is found by whoever reads it now; this one only warms it.
            match self.file.read_at(buffer, position) {
                Ok(0) | Err(_) => break,
                Ok(read) => position += read as u64,
            }
        }
    }
}

/// Work that nobody waits for.
pub enum Job {
    /// Sync everything appended to the partition so far.
    Flush(Arc<Replica>),
    /// Sync the partitions that a half of the journal covers, and say so.
    Retire { replicas: Vec<Arc<Replica>>, retired: mpsc::Sender<()> },
    /// Begin to write a range of a file back.
    WriteBack { file: Arc<dyn DiskFile>, position: u64, length: u64 },
}

impl LogDirectory {
    /// A directory whose queues nobody works on yet.
    pub fn new(
        path: PathBuf,
        id: Uuid,
        disk: Arc<dyn Disk>,
        env: Arc<dyn Env>,
        metrics: Arc<Metrics>,
    ) -> (Arc<LogDirectory>, Queues) {
        let (commits, to_commit) = mpsc::channel();
        let (behind, to_do) = mpsc::channel();
        let (reads, to_read) = mpsc::channel();
        let directory = Arc::new(LogDirectory {
            path,
            id,
            disk,
            env,
            offline: AtomicBool::new(false),
            keeps_journal: AtomicBool::new(false),
            replicas: AtomicIsize::new(0),
            queues: Mutex::new(Some(Senders { commits, behind, reads })),
            metrics,
        });
        (directory, Queues { commits: to_commit, behind: to_do, reads: to_read })
    }

    /// Starts the directory's threads.
    pub fn start(self: &Arc<Self>, queues: Queues) -> std::io::Result<Vec<JoinHandle<()>>> {
        let Queues { commits, behind, reads } = queues;
        let committer = Committer::new(self.clone());
        let directory = self.clone();
        Ok(vec![
            self.spawn("commit", move || committer.run(&commits))?,
            self.spawn("behind", move || {
                behind.iter().for_each(|job| directory.work(job, &behind))
            })?,
            self.spawn("read", move || {
                let mut buffer = vec![0; READ_AHEAD_BYTES as usize];
                reads.iter().for_each(|read| read.run(&mut buffer));
            })?,
        ])
    }

    fn spawn(
        &self,
        what: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<JoinHandle<()>> {
        let name = format!("{what} {}", self.path.display());
        std::thread::Builder::new().name(name.chars().take(15).collect()).spawn(work)
    }

    /// Whether it takes no new replicas (KIP-1066). Before metadata.version 4.3 nobody knows of it.
    pub fn is_cordoned(&self, config: &ServerConfig, image: &Image) -> bool {
        let named = &config.cordoned_log_dirs;
        named.iter().any(|name| name == "*" || self.path.as_os_str() == name.as_str())
            && image.metadata_version().is_some_and(|version| version.supports_cordoned_log_dirs())
    }

    pub fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Acquire)
    }

    /// Until [`LogDirectory::release_journal`] nothing is written over the journal of the last life: what
    /// is appended meanwhile is flushed.
    pub fn keep_journal(&self) {
        self.keeps_journal.store(true, Ordering::Release);
    }

    /// What the journal held is synced in its logs, and its files are gone.
    pub fn release_journal(&self) {
        self.keeps_journal.store(false, Ordering::Release);
    }

    /// How many replicas live here: new ones go where there are fewest.
    pub fn replica_count(&self) -> isize {
        self.replicas.load(Ordering::Relaxed)
    }

    pub fn count_replica(&self, change: isize) {
        self.replicas.fetch_add(change, Ordering::Relaxed);
    }

    /// Has a partition's appends made durable; nothing happens once the node stops.
    pub fn commit(&self, replica: Arc<Replica>) {
        if let Some(queues) = &*self.queues.lock() {
            // An error means that the thread is gone, and with it the node.
            let _ = queues.commits.send(replica);
        }
    }

    /// Hands on work that nobody waits for; nothing happens once the node stops.
    pub fn submit(&self, job: Job) {
        if let Some(queues) = &*self.queues.lock() {
            let _ = queues.behind.send(job);
        }
    }

    /// Brings a range of a file into memory without holding the caller's thread.
    pub async fn warm(&self, file: Arc<dyn DiskFile>, position: u64, length: u64) {
        let (_waits, done) = oneshot::channel();
        match &*self.queues.lock() {
            Some(queues) => {
                let _ = queues.reads.send(ColdRead { file, position, length, _waits });
            }
            // The node stops.
            None => return,
        }
        // It ends by being dropped.
        let _ = done.await;
    }

    /// Lets the threads finish what is queued and end.
    pub fn stop(&self) {
        *self.queues.lock() = None;
    }

    /// Takes the directory offline because of an error, and says so once.
    pub fn fail(&self, reason: &LogError) {
        if !self.offline.swap(true, Ordering::AcqRel) {
            self.metrics.offline_log_directories.inc();
            error!(directory = %self.path.display(), "taking the log directory offline: {reason}; repair the disk and restart the node");
        }
    }

    /// Works on one job, and with it on all that have queued up behind it.
    pub fn work(&self, first: Job, queue: &mpsc::Receiver<Job>) {
        let mut flushes = Vec::new();
        let mut told = Vec::new();
        let mut take = |job| match job {
            Job::Flush(replica) => {
                replica.flush_begins();
                flushes.push(replica);
            }
            Job::Retire { replicas, retired } => {
                flushes.extend(replicas);
                told.push(retired);
            }
            Job::WriteBack { file, position, length } => {
                // Only pacing: what the kernel refuses here it reports at the next sync.
                let _ = file.start_writeback(position, length);
            }
        };
        take(first);
        queue.try_iter().for_each(take);
        // A partition may stand there for both reasons; it has one flush at a time.
        flushes.sort_unstable_by_key(|replica| Arc::as_ptr(replica) as usize);
        flushes.dedup_by_key(|replica| Arc::as_ptr(replica) as usize);
        if !flushes.is_empty() {
            self.flush(&flushes);
        }
        for retired in told {
            // Nobody hears it if the node stops.
            let _ = retired.send(());
        }
    }

    /// Syncs the segments of these partitions, together: a few files one by one, more with one
    /// `syncfs`.
    fn flush(&self, replicas: &[Arc<Replica>]) {
        if self.is_offline() {
            return;
        }
        let started_us = self.env.mono_us();
        let mut plans = Vec::with_capacity(replicas.len());
        for replica in replicas {
            match replica.plan_flush(self) {
                Ok(Some(plan)) => plans.push((replica, plan)),
                // It has moved since it was queued.
                Ok(None) => replica.request_flush(),
                // Its topic was deleted, and its files have gone.
                Err(LogError::Disk { source, .. })
                    if is_gone(&source) && replica.role() == Role::Offline => {}
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
        self.metrics.flush_seconds.observe((self.env.mono_us() - started_us) as f64 / 1e6);
        for (replica, plan) in plans {
            replica.flushed(plan.up_to);
        }
    }
}

/// What a directory's `commit` thread holds: the journal, and the partitions whose segments it is
/// ahead of.
pub struct Committer {
    directory: Arc<LogDirectory>,
    journal: Journal,
    group: Group,
    /// In the group, and up to where.
    covered: Vec<(Arc<Replica>, Offset)>,
    /// In the half that is being written, by address.
    in_half: BTreeMap<usize, Arc<Replica>>,
    half_begun: MonoMs,
    /// Hears when the segments of the other half are synced; none if they are.
    retiring: Option<mpsc::Receiver<()>>,
}

impl Committer {
    pub fn new(directory: Arc<LogDirectory>) -> Committer {
        Committer {
            journal: Journal::new(directory.disk.clone(), &directory.path),
            half_begun: directory.env.mono(),
            directory,
            group: Group::default(),
            covered: Vec::new(),
            in_half: BTreeMap::new(),
            retiring: None,
        }
    }

    /// Works until the node stops.
    fn run(mut self, queue: &mpsc::Receiver<Arc<Replica>>) {
        loop {
            let first = match self.in_half.is_empty() {
                true => queue.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
                false => queue.recv_timeout(Duration::from_millis(HALF_AGE_MS_MAX)),
            };
            match first {
                // All of it is taken before any of it is looked at: a partition that is written to
                // without a pause would otherwise come again and again, and the group never close.
                Ok(first) => self.commit(std::iter::once(first).chain(queue.try_iter()).collect()),
                Err(mpsc::RecvTimeoutError::Timeout) => self.turn_by_age(),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Makes what has been appended to these partitions durable, together.
    pub fn commit(&mut self, replicas: Vec<Arc<Replica>>) {
        let started_us = self.directory.env.mono_us();
        let committed = self.gather(replicas).and_then(|()| self.write());
        match committed {
            Ok(()) => {
                let took_us = self.directory.env.mono_us() - started_us;
                self.directory.metrics.flush_seconds.observe(took_us as f64 / 1e6);
            }
            Err(reason) => self.directory.fail(&reason),
        }
        self.turn_by_age();
    }

    fn gather(&mut self, replicas: Vec<Arc<Replica>>) -> Result<(), LogError> {
        for replica in replicas {
            if self.directory.is_offline() {
                break;
            }
            let plan = match replica.plan_commit(&self.directory, TAIL_BYTES_MAX) {
                Ok(Tail::Nothing) => continue,
                Ok(Tail::Moved) => {
                    replica.request_commit();
                    continue;
                }
                Ok(Tail::TooLong) => {
                    replica.request_flush();
                    continue;
                }
                Ok(Tail::Plan(_)) if self.directory.keeps_journal.load(Ordering::Acquire) => {
                    replica.request_flush();
                    continue;
                }
                Ok(Tail::Plan(plan)) => plan,
                // Damage before the tail is that of who reads there. The segment itself can be synced.
                Err(reason @ LogError::Corrupt { .. }) => {
                    error!("{reason}");
                    replica.request_flush();
                    continue;
                }
                Err(reason) => return Err(reason),
            };
            match self.group.add(replica.topic_id, replica.index, &plan) {
                Ok(()) => self.covered.push((replica, plan.up_to)),
                // Cut since, or deleted with its topic.
                Err(error) if is_gone(&error) => replica.commit_came_to_nothing(),
                Err(source) => {
                    let path = plan.slices.first().map(|slice| slice.file.path());
                    let path = path.unwrap_or_else(|| self.directory.path.clone());
                    return Err(LogError::Disk { verb: "read", path, source });
                }
            }
            if self.group.size() >= GROUP_BYTES_MAX {
                self.write()?;
            }
        }
        Ok(())
    }

    /// Writes the group and releases who waits for it.
    fn write(&mut self) -> Result<(), LogError> {
        if self.group.is_empty() {
            return Ok(());
        }
        if !self.journal.has_room_for(&self.group) {
            self.turn();
        }
        if self.journal.is_empty() {
            self.half_begun = self.directory.env.mono();
        }
        if self.directory.is_offline() {
            // The segments of the other half may have failed to follow: it must not be written over.
            return Ok(());
        }
        self.journal.append(&mut self.group)?;
        self.group.clear();
        for (replica, up_to) in self.covered.drain(..) {
            replica.committed(up_to);
            self.in_half.insert(Arc::as_ptr(&replica) as usize, replica);
        }
        Ok(())
    }

    /// Lets the segments follow if the half is old enough and the other one is free.
    fn turn_by_age(&mut self) {
        if let Some(retiring) = &self.retiring {
            match retiring.try_recv() {
                Err(mpsc::TryRecvError::Empty) => return,
                Ok(()) | Err(mpsc::TryRecvError::Disconnected) => self.retiring = None,
            }
        }
        let due = self.half_begun.plus_ms(HALF_AGE_MS_MAX) <= self.directory.env.mono();
        if due && !self.in_half.is_empty() {
            self.turn();
        }
    }

    /// Goes on in the other half, once its segments are synced, and has those of this one synced.
    fn turn(&mut self) {
        if let Some(retiring) = self.retiring.take() {
            // Disconnected only if the node stops, or the thread is gone with the directory.
            let _ = retiring.recv();
        }
        let replicas = std::mem::take(&mut self.in_half).into_values().collect();
        let (retired, retiring) = mpsc::channel();
        self.directory.submit(Job::Retire { replicas, retired });
        self.retiring = Some(retiring);
        self.journal.turn();
    }
}

fn is_gone(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::UnexpectedEof)
}

fn sync_everything(disk: &dyn Disk, dir: &Path) -> Result<(), LogError> {
    disk.sync_everything(dir).map_err(|source| LogError::Disk {
        verb: "sync",
        path: dir.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests;
