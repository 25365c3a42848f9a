//! Damage in the part of the metadata log that was synced.
//!
//! A crash tears what was being written last. Nobody was told of it, and opening the log cuts it off, with
//! whatever of the same group stands whole behind it. But a cut before the end of what was synced would
//! forget topics, and have their logs taken for strays. To tell the one from the other the log notes after
//! each sync how far it was whole, in a file beside it, `vltava-synced`. Where the log ends earlier now,
//! nothing is changed and the node does not start.
//!
//! The note is not synced itself: after a power cut it may lag, and then less is known. It counts only for a
//! log that nobody with a later epoch has written to: as a follower Apache Kafka may have cut the log.

use std::io;
use std::path::Path;
use std::sync::Arc;

use base::{LeaderEpoch, Offset};
use records::{BatchHeader, crc_is_valid};
use replication::quorum::LogEnd;
use storage::{Disk, DiskFile};

use super::{MetadataError, wrong};

const FILE: &str = "vltava-synced";

/// Bytes that are looked at together: a segment that Apache Kafka wrote may have a gigabyte. A batch of
/// the metadata, which has at most half as many, lies in a window that begins with it.
const WINDOW_BYTES: u64 = 16 << 20;

/// Up to where the log was synced.
pub struct Synced(Arc<dyn DiskFile>);

impl Synced {
    pub fn open(disk: &dyn Disk, dir: &Path) -> Result<Synced, MetadataError> {
        let path = dir.join(FILE);
        let file = match disk.stat(&path) {
            Ok(Some(_)) => Ok(disk.file(&path)),
            Ok(None) => disk.create(&path),
            Err(error) => Err(error),
        };
        file.map(Synced).map_err(|error| wrong(&path, error))
    }

    /// Notes the end of a log that has just been synced. Always as long and in one sector: it is there or it
    /// is not.
    pub fn note(&self, end: LogEnd) -> Result<(), MetadataError> {
        let text = format!("{:020} {:010}\n", end.offset.0, end.epoch.0);
        self.0.write_at(text.as_bytes(), 0).map_err(|error| wrong(&self.0.path(), error))
    }

    /// What was noted; none if nothing was, or it cannot be read.
    fn noted(&self) -> Option<LogEnd> {
        let mut bytes = [0; 32];
        let length = self.0.read_at(&mut bytes, 0).ok()?;
        let text = std::str::from_utf8(bytes.get(..length)?).ok()?.strip_suffix('\n')?;
        let (offset, epoch) = text.split_once(' ')?;
        Some(LogEnd {
            offset: Offset(offset.parse().ok()?),
            epoch: LeaderEpoch(epoch.parse().ok()?),
        })
    }

    /// Compares the log with the note before anything cuts it. `snapshot` is where the newest one ends.
    ///
    /// # Errors
    /// The log is whole to a lower offset than it was synced to, or the disk.
    pub fn check(
        &self,
        disk: &dyn Disk,
        dir: &Path,
        snapshot: Option<Offset>,
    ) -> Result<(), MetadataError> {
        let Some(noted) = self.noted() else { return Ok(()) };
        let whole = whole(disk, dir)?;
        let end = whole.end.offset.max(snapshot.unwrap_or(Offset(0)));
        if end >= noted.offset || whole.end.epoch > noted.epoch {
            return Ok(());
        }
        Err(wrong(
            &dir.join(whole.segment),
            format!(
                "it is damaged at byte {}, offset {}, and was synced up to offset {}; restore the \
                 directory from another voter or a backup, for to go on without it would forget \
                 topics (to do that all the same, remove {FILE})",
                whole.bytes, whole.end.offset, noted.offset
            ),
        ))
    }
}

/// How far a log is whole.
struct WholePart {
    end: LogEnd,
    /// The segment in which that is, and the byte.
    segment: String,
    bytes: u64,
}

fn whole(disk: &dyn Disk, dir: &Path) -> Result<WholePart, MetadataError> {
    let names = disk.names(dir).map_err(|error| wrong(dir, error))?;
    let mut segments: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    segments.retain(|name| name.len() == 24 && name.ends_with(".log"));
    segments.sort();
    let segment = format!("{:020}.log", 0);
    let mut part = WholePart { end: LogEnd::default(), segment, bytes: 0 };
    for (number, name) in segments.into_iter().enumerate() {
        let base = name.strip_suffix(".log").and_then(|digits| digits.parse().ok()).map(Offset);
        let Some(base) = base else { continue };
        // The log may begin anywhere, and goes on where the segment before it ends.
        if number > 0 && base != part.end.offset {
            break;
        }
        let path = dir.join(&name);
        let file = disk.file(&path);
        (part.end.offset, part.segment, part.bytes) = (base, name, 0);
        part.extend(&*file).map_err(|error| wrong(&path, error))?;
        if part.bytes < file.len().map_err(|error| wrong(&path, error))? {
            break;
        }
    }
    Ok(part)
}

impl WholePart {
    /// Goes on through a segment as long as whole batches follow each other.
    fn extend(&mut self, file: &dyn DiskFile) -> io::Result<()> {
        loop {
            let left = file.len()?.saturating_sub(self.bytes);
            let mut window = vec![0; left.min(WINDOW_BYTES) as usize];
            let read = file.read_at(&mut window, self.bytes)?;
            let mut left = &window[..read];
            while let Some(header) = whole_batch(left)
                && header.base_offset == self.end.offset
            {
                left = &left[header.size()..];
                self.end = LogEnd { offset: header.next_offset(), epoch: header.leader_epoch };
            }
            if left.len() == read {
                return Ok(());
            }
            self.bytes += (read - left.len()) as u64;
        }
    }
}

/// The batch that begins with these bytes, if all of it is there and right. Its offset lies outside the
/// checksum.
fn whole_batch(bytes: &[u8]) -> Option<BatchHeader> {
    let header = BatchHeader::parse(bytes).ok()?;
    crc_is_valid(bytes.get(..header.size())?).then_some(header)
}
