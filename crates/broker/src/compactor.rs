//! Compaction: the thread that rewrites the logs of compacted topics, one at a time.
//!
//! How a pass goes, and what it keeps, stands in `storage`. Here is chosen which log needs one most, and
//! noted how far each is clean. A pass takes as long as its log is large; therefore it is no part of
//! [`crate::housekeeping`], and it ends when its topic is deleted or the node stops.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use base::Offset;
use base::config::ServerConfig;
use io::Env;
use replication::partition::Role;
use storage::{
    CLEANER_OFFSETS, CompactionCandidate, CompactionStep, LogError, OffsetMap, amend_offsets,
    read_offsets,
};
use tokio::sync::watch;
use tracing::info;

use crate::applier::Shared;
use crate::housekeeping::{BesideCompaction, Offsets, fail, name};
use crate::loader::LogKey;
use crate::log_directory::LogDirectory;
use crate::partitions::{Partitions, Replica};

pub struct Compactor {
    env: Arc<dyn Env>,
    config: Arc<ArcSwap<ServerConfig>>,
    partitions: Arc<Partitions>,
    beside: Arc<BesideCompaction>,
    /// Not to be compacted in this round.
    skipped: BTreeSet<LogKey>,
    /// Logs that could not be compacted: the others must not wait for them.
    uncleanable: BTreeSet<LogKey>,
}

/// A log that may be compacted, as it was looked at.
struct Candidate {
    ratio: f64,
    replica: Arc<Replica>,
    directory: Arc<LogDirectory>,
    log: CompactionCandidate,
    /// How far it has been compacted before.
    before: Offset,
}

impl Compactor {
    pub fn new(shared: &Shared, beside: Arc<BesideCompaction>) -> Compactor {
        Compactor {
            env: shared.env.clone(),
            config: shared.config.clone(),
            partitions: shared.partitions.clone(),
            beside,
            skipped: BTreeSet::new(),
            uncleanable: BTreeSet::new(),
        }
    }

    /// Works until the node stops.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let backoff = self.config.load().log.cleaner_backoff_ms.max(1) as u64;
            let rested = self.env.sleep_until(self.env.mono().plus_ms(backoff));
            tokio::select! {
                _ = rested => self.work(&stop),
                _ = stop.changed() => {}
            }
        }
    }

    /// Compacts what is due.
    fn work(&mut self, stop: &watch::Receiver<bool>) {
        if !self.config.load().log.cleaner_enable {
            return;
        }
        while !*stop.borrow()
            && let Some(filthiest) = self.filthiest()
        {
            self.take_up(&filthiest, stop);
        }
        self.skipped.clear();
    }

    /// The log that needs it most, if one does.
    fn filthiest(&self) -> Option<Candidate> {
        let wall = self.env.wall();
        let mut cleaned: BTreeMap<PathBuf, Offsets> = BTreeMap::new();
        let mut best: Option<Candidate> = None;
        for replica in self.partitions.replicas() {
            let key = (replica.topic_id, replica.index);
            if self.skipped.contains(&key)
                || self.uncleanable.contains(&key)
                || !replica.with_log(|log| log.config().cleanup.compact)
            {
                continue;
            }
            let directory = replica.directory();
            let known = cleaned.entry(directory.path.clone());
            let known = known.or_insert_with(|| read_cleaned(&directory));
            let from = known.get(&name(&replica)).copied();
            let bounds = replica.bounds();
            let candidate = replica.with_log(|log| {
                let candidate = log.compaction_candidate(from, bounds.last_stable, wall)?;
                let due = candidate.is_due(log.config());
                Ok::<_, LogError>(due.then_some(candidate))
            });
            match candidate {
                Ok(Some(log)) => {
                    let ratio = log.dirty_ratio();
                    if best.as_ref().is_none_or(|known| ratio > known.ratio) {
                        let before = from.unwrap_or(Offset(0));
                        best = Some(Candidate { ratio, replica, directory, log, before });
                    }
                }
                Ok(None) => {}
                Err(reason) => fail(&replica, &reason),
            }
        }
        best
    }

    /// Compacts one log, unless it is moving to another directory or has moved since it was looked at.
    fn take_up(&mut self, candidate: &Candidate, stop: &watch::Receiver<bool>) {
        let Candidate { replica, directory, before, .. } = candidate;
        let key = (replica.topic_id, replica.index);
        if !replica.begin_rewrite() {
            self.skipped.insert(key);
            return;
        }
        if Arc::ptr_eq(directory, &replica.directory()) {
            *self.beside.compacting.lock() = Some(key);
            let compacted = self.compact(replica, &candidate.log, stop);
            *self.beside.compacting.lock() = None;
            match compacted {
                // Its directory has another name by now, which is no failure of the disk. At a stop all
                // replicas are offline, and a sync that fails must not pass for a clean one.
                _ if replica.role() == Role::Offline && !*stop.borrow() => {
                    self.skipped.insert(key);
                }
                Ok(Some(up_to)) => {
                    self.note_cleaned(replica, up_to);
                    if up_to <= *before {
                        self.skipped.insert(key);
                    }
                }
                Ok(None) => {}
                Err(reason) => {
                    fail(replica, &reason);
                    self.uncleanable.insert(key);
                }
            }
        }
        replica.end_rewrite();
    }

    /// One pass. Returns up to where the log is clean then; `None` if it ended before.
    fn compact(
        &self,
        replica: &Arc<Replica>,
        candidate: &CompactionCandidate,
        stop: &watch::Receiver<bool>,
    ) -> Result<Option<Offset>, LogError> {
        let config = self.config.load_full();
        let map_bytes = config.log.cleaner_dedupe_buffer_size.max(1 << 20) as usize;
        let secret = self.env.random();
        let mut map = OffsetMap::new(map_bytes, [(secret >> 64) as u64, secret as u64]);
        let mut compaction = replica.with_log(|log| log.plan_compaction(candidate))?;
        let mut goes_on = |_bytes: u64| !*stop.borrow() && replica.role() != Role::Offline;
        loop {
            match compaction.next_group(&mut map, self.env.wall(), &mut goes_on)? {
                CompactionStep::Group(group) => {
                    let delay_ms = replica.with_log(|log| log.config().file_delete_delay_ms);
                    if let Some(files) = replica.with_log(|log| log.replace_compacted(group))? {
                        let due = self.env.mono().plus_ms(delay_ms);
                        self.beside.doomed.lock().push((due, files));
                    }
                }
                CompactionStep::Done => break,
                CompactionStep::Stopped => return Ok(None),
            }
        }
        let stats = compaction.stats();
        info!(partition = %name(replica), read = stats.bytes_read, written = stats.bytes_written, "compacted");
        Ok(Some(compaction.clean_up_to()))
    }

    fn note_cleaned(&self, replica: &Replica, up_to: Offset) {
        let directory = replica.directory();
        let _held = self.partitions.checkpointing();
        // Who deletes topics takes theirs out of the same file, once their replicas are offline.
        if replica.role() == Role::Offline {
            return;
        }
        let noted = amend_offsets(&*directory.disk, &directory.path, CLEANER_OFFSETS, |offsets| {
            offsets.insert(name(replica), up_to);
        });
        if let Err(reason) = noted {
            directory.fail(&reason);
        }
    }
}

/// One that cannot be read is no more than work that is done again.
fn read_cleaned(directory: &LogDirectory) -> Offsets {
    let read = read_offsets(&*directory.disk, &directory.path, CLEANER_OFFSETS);
    read.ok().flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests;
