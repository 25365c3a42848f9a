//! Moves replicas between log directories while they serve (AlterReplicaLogDirs, KIP-113).
//!
//! [`Moves`] is the table of what was asked for; handlers write it. [`Mover`] is the thread that
//! works it off: a few megabytes of each move in turn, until a copy has caught up and takes its
//! current log's place. What a copy is, and how the exchange survives a crash, stands in
//! [`crate::future_log`].
//!
//! A log is not compacted while it moves: a tombstone that was removed before it was copied would
//! leave what it deleted in the copy.
//!
//! After a clean stop a copy goes on where it ended. After a crash it begins anew: the current log
//! may have lost its unsynced tail, and the copy may hold what was lost.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base::{Offset, PartitionIndex, TopicPartition, Uuid};
use parking_lot::{Condvar, Mutex};
use storage::{
    CLEANER_OFFSETS, DirectoryState, LastStop, Log, LogError, Opening, amend_offsets,
    directory_name,
};
use tokio::sync::{Notify, watch};
use tracing::{info, warn};

use crate::applier::Shared;
use crate::future_log::{self, Chunk, Exchange, MoveError, Reached, Renaming, Unfinished};
use crate::log_directory::LogDirectory;
use crate::metadata_thread::fresh_id;
use crate::partitions::Replica;

/// How much of one move is copied before the next one has its turn.
const TURN_BYTES: u64 = 8 * 1024 * 1024;

/// How often a move that cannot go on at the moment is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// How many wishes for partitions that do not exist yet are kept; the oldest goes first.
const WISHES_MAX: usize = 10_000;

type Key = (Uuid, PartitionIndex);

/// What is moving, and where to.
#[derive(Default)]
pub struct Moves {
    table: Mutex<Table>,
    changed: Condvar,
    /// Rings when a replica has moved.
    pub moved: Notify,
}

#[derive(Default)]
struct Table {
    moves: BTreeMap<Key, Move>,
    generation: u64,
    /// Where partitions that do not exist yet shall be created.
    wishes: BTreeMap<TopicPartition, (u64, Uuid)>,
    /// The same by their age.
    wishes_by_age: BTreeMap<u64, TopicPartition>,
    next_wish: u64,
    /// Replicas that have moved, and that the controller does not know of yet.
    moved: Vec<(Uuid, Uuid, PartitionIndex)>,
    stopping: bool,
}

#[derive(Clone)]
struct Move {
    /// Tells a move from an earlier one of the same replica.
    generation: u64,
    replica: Arc<Replica>,
    target: Arc<LogDirectory>,
    /// The copy's log end offset and bytes.
    end: Offset,
    bytes: u64,
}

/// A copy as DescribeLogDirs tells of it.
pub struct Future {
    pub directory: Arc<LogDirectory>,
    pub end: Offset,
    pub bytes: u64,
}

impl Table {
    fn forget_wish(&mut self, partition: &TopicPartition) -> Option<Uuid> {
        let (age, directory) = self.wishes.remove(partition)?;
        self.wishes_by_age.remove(&age);
        Some(directory)
    }
}

impl Moves {
    /// Has a replica move to `target`. A move to elsewhere ends; where it is already, it stays.
    pub fn alter(&self, replica: &Arc<Replica>, target: &Arc<LogDirectory>) {
        let mut table = self.table.lock();
        let key = (replica.topic_id, replica.index);
        if table.moves.get(&key).is_some_and(|known| Arc::ptr_eq(&known.target, target)) {
            return;
        }
        table.moves.remove(&key);
        if !Arc::ptr_eq(&replica.directory(), target) {
            table.add(replica.clone(), target.clone());
        }
        self.changed.notify_all();
    }

    /// Where a copy of the replica grows, if it moves.
    pub fn future_of(&self, replica: &Replica) -> Option<Future> {
        let table = self.table.lock();
        let known = table.moves.get(&(replica.topic_id, replica.index))?;
        Some(Future { directory: known.target.clone(), end: known.end, bytes: known.bytes })
    }

    /// Remembers where a partition that does not exist yet shall be created.
    pub fn wish(&self, partition: TopicPartition, directory: Uuid) {
        let mut table = self.table.lock();
        table.forget_wish(&partition);
        if table.wishes.len() == WISHES_MAX
            && let Some((_, oldest)) = table.wishes_by_age.pop_first()
        {
            table.wishes.remove(&oldest);
        }
        // The wish outlives its request.
        let partition = TopicPartition { topic: partition.topic.detached(), ..partition };
        let age = table.next_wish;
        table.next_wish += 1;
        table.wishes_by_age.insert(age, partition.clone());
        table.wishes.insert(partition, (age, directory));
    }

    /// Takes what was wished for a partition that is created now.
    pub fn take_wish(&self, partition: &TopicPartition) -> Option<Uuid> {
        self.table.lock().forget_wish(partition)
    }

    /// The replicas that have moved since the last call: directory, topic, partition.
    pub fn take_moved(&self) -> Vec<(Uuid, Uuid, PartitionIndex)> {
        std::mem::take(&mut self.table.lock().moved)
    }

    /// Lets the thread close its copies and end.
    pub fn stop(&self) {
        self.table.lock().stopping = true;
        self.changed.notify_all();
    }

    /// The moves to work on; `None` when the node stops.
    fn next(&self, pace: Pace) -> Option<BTreeMap<Key, Move>> {
        let mut table = self.table.lock();
        if !table.stopping {
            match pace {
                Pace::AtOnce => {}
                Pace::Idle if table.moves.is_empty() => self.changed.wait(&mut table),
                Pace::Idle => {}
                Pace::AfterPause => drop(self.changed.wait_for(&mut table, PAUSE)),
            }
        }
        (!table.stopping).then(|| table.moves.clone())
    }

    fn note(&self, key: Key, log: &Log) {
        if let Some(known) = self.table.lock().moves.get_mut(&key) {
            (known.end, known.bytes) = (log.end(), log.bytes());
        }
    }

    fn forget(&self, key: Key, generation: u64) {
        let moves = &mut self.table.lock().moves;
        if moves.get(&key).is_some_and(|known| known.generation == generation) {
            moves.remove(&key);
        }
    }
}

/// How soon the thread goes on.
#[derive(Clone, Copy)]
enum Pace {
    AtOnce,
    AfterPause,
    /// When something is asked for.
    Idle,
}

impl Table {
    fn add(&mut self, replica: Arc<Replica>, target: Arc<LogDirectory>) -> u64 {
        self.generation += 1;
        let generation = self.generation;
        let key = (replica.topic_id, replica.index);
        let added = Move { generation, replica, target, end: Offset(0), bytes: 0 };
        self.moves.insert(key, added);
        generation
    }
}

/// The thread that moves.
pub struct Mover {
    shared: Shared,
    copies: BTreeMap<Key, Copying>,
}

/// A copy in work. Its replica's log is not compacted for as long.
struct Copying {
    of: Move,
    log: Log,
}

/// How a turn of a move ended.
enum Turn {
    /// There is more to do at once.
    More,
    /// It cannot go on for now.
    Waits,
    /// The copy has become the log.
    Moved,
    Failed(MoveError),
}

impl Mover {
    /// Takes up the moves that the last stop interrupted. Call it when the replicas are loaded and
    /// before anything is appended to them.
    pub fn new(shared: Shared, unfinished: Vec<Unfinished>, last_stop: LastStop) -> Mover {
        let mut mover = Mover { shared, copies: BTreeMap::new() };
        for found in unfinished {
            let target = mover.shared.directories[found.at].clone();
            let topic = mover.shared.partitions.topic_by_id(found.topic_id);
            let replica = topic.and_then(|topic| topic.replica(found.partition.partition.0));
            // A copy must not go while its original may be gone.
            let is_away = match &replica {
                Some(replica) => replica.directory().is_offline(),
                None => mover.shared.directories.iter().any(|directory| directory.is_offline()),
            };
            if is_away {
                continue;
            }
            let resumed = match (&replica, last_stop) {
                (Some(replica), LastStop::Clean) => mover.resume(&found, replica, &target),
                _ => false,
            };
            if !resumed {
                mover.remove(&target, &found.dir, &found.partition);
                if let Some(replica) = &replica {
                    info!(partition = %found.partition, to = %target.path.display(), "moving it anew: the node did not stop cleanly");
                    mover.shared.moves.alter(replica, &target);
                }
            }
        }
        mover
    }

    fn resume(
        &mut self,
        found: &Unfinished,
        replica: &Arc<Replica>,
        target: &Arc<LogDirectory>,
    ) -> bool {
        let opening = Opening {
            config: replica.with_log(|log| log.config().clone()),
            recovery_point: Offset(0),
            log_start: Offset(0),
            cleaned_up_to: Offset(0),
            last_stop: LastStop::Clean,
            topic_id: None,
            now: self.shared.env.wall(),
        };
        let opened = Log::open(target.disk.clone(), &found.dir, opening);
        let log = match opened.and_then(|(log, _)| future_log::reopen(&log).map(|()| log)) {
            Ok(log) => log,
            Err(reason) => {
                warn!(partition = %found.partition, "could not take up its move: {reason}");
                return false;
            }
        };
        if Arc::ptr_eq(&replica.directory(), target) || !replica.begin_rewrite() {
            return false;
        }
        let key = (replica.topic_id, replica.index);
        let mut table = self.shared.moves.table.lock();
        table.add(replica.clone(), target.clone());
        let of = table.moves[&key].clone();
        drop(table);
        self.shared.moves.note(key, &log);
        info!(partition = %found.partition, to = %target.path.display(), "going on to move it");
        self.copies.insert(key, Copying { of, log });
        true
    }

    /// Works until [`Moves::stop`].
    pub fn run(mut self, stop: &watch::Receiver<bool>) {
        let mut pace = Pace::AtOnce;
        while let Some(moves) = self.shared.moves.next(pace) {
            self.discard_unwanted(&moves);
            let mut busy = false;
            let waits = !moves.is_empty();
            for (key, of) in moves {
                if *stop.borrow() {
                    break;
                }
                let turn = self.turn(key, &of);
                busy |= matches!(turn, Turn::More);
                self.end(key, &of, turn);
            }
            // A move that is called off meanwhile leaves a copy that must go.
            pace = match busy {
                true => Pace::AtOnce,
                false if waits || !self.copies.is_empty() => Pace::AfterPause,
                false => Pace::Idle,
            };
        }
        for copying in self.copies.values_mut() {
            if let Err(reason) = copying.log.close() {
                copying.of.target.fail(&reason);
            }
        }
    }

    /// Drops copies whose move was called off, or was asked for with another target.
    fn discard_unwanted(&mut self, moves: &BTreeMap<Key, Move>) {
        let is_wanted = |key: &Key, copying: &Copying| {
            moves.get(key).is_some_and(|of| of.generation == copying.of.generation)
        };
        let unwanted = |(key, copying)| (!is_wanted(key, copying)).then_some(*key);
        let gone: Vec<Key> = self.copies.iter().filter_map(unwanted).collect();
        for key in gone {
            self.discard(key);
        }
    }

    fn discard(&mut self, key: Key) {
        let Some(copying) = self.copies.remove(&key) else { return };
        let replica = copying.of.replica;
        replica.end_rewrite();
        self.remove(&copying.of.target, &copying.log.into_dir(), &name(&replica));
    }

    /// Renames a directory to `-delete`; housekeeping removes it.
    fn remove(&self, directory: &LogDirectory, dir: &Path, partition: &TopicPartition) {
        let unique = fresh_id(&*self.shared.env);
        let deleted = directory_name(partition, DirectoryState::Deleted, unique);
        let deleted = directory.path.join(deleted);
        let renamed = directory.disk.rename(dir, &deleted);
        match renamed.and_then(|()| directory.disk.sync_dir(&directory.path)) {
            Ok(()) => self.shared.doomed.lock().push((self.shared.env.mono(), deleted)),
            Err(source) => {
                directory.fail(&LogError::Disk { verb: "rename", path: dir.to_owned(), source });
            }
        }
    }

    fn turn(&mut self, key: Key, of: &Move) -> Turn {
        if of.target.is_offline() || of.replica.directory().is_offline() {
            return Turn::Failed(MoveError::Unfit("a log directory is offline".into()));
        }
        let is_here = self.shared.partitions.topic_by_id(key.0);
        let is_here = is_here.and_then(|topic| topic.replica(key.1.0));
        if !is_here.is_some_and(|replica| Arc::ptr_eq(&replica, &of.replica)) {
            return Turn::Failed(MoveError::Unfit("the replica is gone".into()));
        }
        if !self.copies.contains_key(&key) {
            match self.begin(of) {
                Ok(Some(log)) => drop(self.copies.insert(key, Copying { of: of.clone(), log })),
                Ok(None) => return Turn::Waits,
                Err(reason) => return Turn::Failed(MoveError::Target(reason)),
            }
        }
        match self.copy(key, of) {
            Ok(true) => self.exchange(key, of),
            Ok(false) => Turn::More,
            Err(error) => Turn::Failed(error),
        }
    }

    /// Creates the copy, unless the log is being compacted.
    fn begin(&self, of: &Move) -> Result<Option<Log>, LogError> {
        if !of.replica.begin_rewrite() {
            return Ok(None);
        }
        let partition = name(&of.replica);
        info!(partition = %partition, to = %of.target.path.display(), "moving it");
        let created = future_log::create(
            of.target.disk.clone(),
            &of.target.path,
            &partition,
            fresh_id(&*self.shared.env),
            of.replica.with_log(|log| log.config().clone()),
            of.replica.topic_id,
            self.shared.env.wall(),
        );
        if created.is_err() {
            of.replica.end_rewrite();
        }
        created.map(Some)
    }

    /// Copies for one turn, outside of the partition's lock. True when the copy has caught up.
    fn copy(&mut self, key: Key, of: &Move) -> Result<bool, MoveError> {
        let Some(copying) = self.copies.get_mut(&key) else { return Ok(false) };
        let log = &mut copying.log;
        let now = self.shared.env.wall();
        let mut copied = 0;
        let caught_up = loop {
            let reached = Reached::by(log);
            let next = of.replica.with_log(|current| future_log::next_chunk(current, reached));
            let next = next.map_err(MoveError::Current)?;
            if matches!(next, Chunk::Nothing) {
                break true;
            }
            match future_log::append(log, next, now) {
                Ok(bytes) => copied += bytes,
                // Retention took the segment away between the look and the read.
                Err(MoveError::Current(reason)) if is_gone(&reason) => break false,
                Err(error) => return Err(error),
            }
            if copied >= TURN_BYTES {
                break false;
            }
        };
        // Synced here, piece by piece, so that little is left to sync while the partition waits.
        log.flush().map_err(MoveError::Target)?;
        self.shared.moves.note(key, log);
        Ok(caught_up)
    }

    fn exchange(&mut self, key: Key, of: &Move) -> Turn {
        // Held so that nobody calls the move off halfway, and that no checkpoint is written that
        // does not know where the replica is. Lock order: this table, checkpoints, partition.
        let moves = self.shared.moves.clone();
        let mut table = moves.table.lock();
        let is_known = table.moves.get(&key).is_some_and(|known| known.generation == of.generation);
        if !is_known || table.stopping {
            return Turn::Waits;
        }
        let checkpoints = self.shared.partitions.checkpointing();
        let Some(Copying { log, .. }) = self.copies.remove(&key) else { return Turn::Waits };
        let partition = name(&of.replica);
        let unique = fresh_id(&*self.shared.env);
        let source = of.replica.directory();
        let deleted = directory_name(&partition, DirectoryState::Deleted, unique);
        let deleted = source.path.join(deleted);
        let now = self.shared.env.wall();
        let (outcome, log) =
            of.replica.exchange(log, &of.target, |current, future, high_watermark| {
                let target = &of.target.path;
                let deleted = &deleted;
                let partition = &partition;
                let renaming = Renaming { partition, target, deleted, high_watermark, now };
                future_log::exchange(current, future, &renaming)
            });
        if outcome.is_done()
            && let Err(reason) =
                amend_offsets(&*source.disk, &source.path, CLEANER_OFFSETS, |offsets| {
                    // A later log of the name must not pass for clean.
                    offsets.remove(&partition);
                })
        {
            source.fail(&reason);
        }
        drop(checkpoints);
        if let Some(log) = log {
            self.copies.insert(key, Copying { of: of.clone(), log });
        }
        if outcome.is_done() {
            table.moved.push((of.target.id, key.0, key.1));
            table.moves.remove(&key);
            moves.moved.notify_one();
        }
        drop(table);
        match outcome {
            Exchange::NotYet => return Turn::More,
            Exchange::Idle => return Turn::Waits,
            Exchange::Failed(error) => return Turn::Failed(error),
            Exchange::DoneButTargetFailed(reason) => {
                of.target.fail(&reason);
                of.replica.end_rewrite();
                // What is left of the log may be all that there is: it is not doomed.
                return Turn::Moved;
            }
            Exchange::Done => {}
        }
        of.replica.end_rewrite();
        let delay_ms = of.replica.with_log(|log| {
            future_log::forget_mark(log);
            log.config().file_delete_delay_ms
        });
        let due = self.shared.env.mono().plus_ms(delay_ms);
        self.shared.doomed.lock().push((due, deleted));
        info!(partition = %partition, from = %source.path.display(), to = %of.target.path.display(), "moved it");
        Turn::Moved
    }

    fn end(&mut self, key: Key, of: &Move, turn: Turn) {
        let Turn::Failed(error) = turn else { return };
        let reason = match &error {
            MoveError::Current(reason) if reason.is_disk_failure() => {
                of.replica.directory().fail(reason);
                reason.to_string()
            }
            MoveError::Target(reason) if reason.is_disk_failure() => {
                of.target.fail(reason);
                reason.to_string()
            }
            MoveError::Current(reason) | MoveError::Target(reason) => reason.to_string(),
            MoveError::Unfit(reason) => reason.clone(),
        };
        warn!(partition = %name(&of.replica), to = %of.target.path.display(), "gave up to move it: {reason}");
        self.shared.moves.forget(key, of.generation);
        if of.target.is_offline() || of.replica.directory().is_offline() {
            // The next start finds what is there. A copy must not go while its original may be gone:
            // the exchange may have failed after the first rename.
            if self.copies.remove(&key).is_some() {
                of.replica.end_rewrite();
            }
        } else {
            self.discard(key);
        }
    }
}

fn is_gone(reason: &LogError) -> bool {
    matches!(reason, LogError::Disk { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
}

fn name(replica: &Replica) -> TopicPartition {
    TopicPartition { topic: replica.topic_name.clone(), partition: replica.index }
}
