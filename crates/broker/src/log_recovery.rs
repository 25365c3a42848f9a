//! `vltava log recover`: makes a log directory whole without starting a node.
//!
//! After a crash, what `vltava.durability=synced` acknowledged may stand in the directory's journal, which
//! only Vltava reads. Here every log is opened as a start after the crash would open it, the journal is
//! replayed, everything is synced, the recovery points are written and the journal is removed. Then Apache
//! Kafka finds every record in its own files, and has nothing to check.
//!
//! The mark of a clean stop is not written: the stop was none, and a controller must hear so (KIP-966).
//! The metadata log needs no journal and is let be.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base::Offset;
use io::{DirectoryLock, Env, RealDisk};
use storage::{
    CleanStop, Cleanup, DirectoryState, Disk, Journal, LOG_STARTS, LastStop, LogConfig, LogError,
    MetaProperties, Opening, RECOVERY_POINTS, read_offsets, read_topic_id, write_offsets,
};

use crate::loader::{open_or_recover, settle_journal};
use crate::opened::log_names;

/// What was done to a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Logs that were opened and checked.
    pub logs: usize,
    /// Bytes of batches that came from the journal.
    pub bytes_replayed: u64,
    /// The last stop was clean: there was nothing to do.
    pub was_clean: bool,
    /// Anything an operator should read.
    pub notes: Vec<String>,
}

/// Recovers the logs of one directory. No node may be running on it.
///
/// # Errors
/// The directory is in use or is none of a node's; the disk; a log that cannot be opened. What was done
/// before is kept, and the journal is only removed once everything is on disk.
pub fn recover_directory(path: &Path, env: &dyn Env) -> Result<Recovered, String> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(64));
    let in_words = |error: LogError| error.to_string();
    if MetaProperties::read(&*disk, path).map_err(in_words)?.is_none() {
        return Err(format!(
            "{} has no meta.properties, so it is no log directory; name one of `log.dirs`",
            path.display()
        ));
    }
    let _lock = DirectoryLock::take(path).map_err(|error| {
        format!("could not lock {}: {error}; stop the node that uses it", path.display())
    })?;
    if CleanStop::read(&*disk, path).map_err(in_words)?.is_some() {
        return Ok(Recovered { was_clean: true, ..Recovered::default() });
    }
    recover(&disk, path, env).map_err(in_words)
}

fn recover(disk: &Arc<dyn Disk>, path: &Path, env: &dyn Env) -> Result<Recovered, LogError> {
    let mut recovered = Recovered::default();
    let offsets = |name| read_offsets(&**disk, path, name).map(Option::unwrap_or_default);
    let (mut points, starts) = (offsets(RECOVERY_POINTS)?, offsets(LOG_STARTS)?);
    let journaled = Journal::read(&**disk, path)?;
    let now = env.wall();
    // What a topic is configured to be stands in the metadata. A gap that a compaction made must not
    // be taken for a loss.
    let cleanup = Cleanup { compact: true, ..Cleanup::default() };
    let config = Arc::new(LogConfig { cleanup, ..LogConfig::default() });
    let mut ends = BTreeMap::new();
    for (name, partition, state) in log_names(&**disk, path)? {
        if state != DirectoryState::Current {
            // A node settles what was being deleted or moved.
            continue;
        }
        let dir = path.join(name);
        let tails = match read_topic_id(&**disk, &dir)? {
            Some(topic) => journaled.of(topic, partition.partition),
            None => &[],
        };
        let opening = Opening {
            config: config.clone(),
            recovery_point: points.get(&partition).copied().unwrap_or(Offset(0)),
            log_start: starts.get(&partition).copied().unwrap_or(Offset(0)),
            cleaned_up_to: Offset(0),
            last_stop: LastStop::Unclean,
            topic_id: None,
            now,
        };
        let mut log = open_or_recover(disk, &dir, opening, tails)?;
        let replayed = log.replay(tails, now)?;
        recovered.logs += 1;
        recovered.bytes_replayed += replayed.bytes;
        recovered.notes.extend(replayed.notes);
        log.prepare_stop()?;
        ends.insert(partition, log.end());
    }
    settle_journal(disk, path)?;
    points.extend(ends);
    let lines = points.iter().map(|(partition, point)| (partition, *point));
    write_offsets(&**disk, path, RECOVERY_POINTS, lines)?;
    Ok(recovered)
}
