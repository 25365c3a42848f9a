//! Damage in the metadata log that is no torn end.
//!
//! A crash tears what was being written last, which nobody was told of: opening the log cuts it off. But
//! where whole batches follow the damage, they were written later, and so what is damaged had been
//! synced and answered. The same holds of a whole batch whose offset is not its own. To cut there would forget topics, and have their logs taken for strays. Nothing is
//! changed then, and the node does not start.

use std::path::Path;

use base::Offset;
use records::{BatchHeader, HEADER_SIZE, crc_is_valid};
use storage::{Disk, read_small};

use super::{MetadataError, wrong};

/// The largest segment that is believed, as [`super::SNAPSHOT_BYTES_MAX`].
const SEGMENT_BYTES_MAX: u64 = 4 << 30;

/// Where a batch has its magic, which is 2.
const MAGIC_AT: usize = 16;

/// # Errors
/// The log is damaged before its end, or the disk.
pub fn refuse(disk: &dyn Disk, dir: &Path) -> Result<(), MetadataError> {
    let entries = disk.list(dir).map_err(|error| wrong(dir, error))?;
    let mut segments: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
    segments.retain(|name| name.len() == 24 && name.ends_with(".log"));
    segments.sort();
    let mut damage = None;
    for name in segments {
        let Some(base) = name.strip_suffix(".log").and_then(|digits| digits.parse().ok()) else {
            continue;
        };
        let path = dir.join(name);
        let bytes = read_small(disk, &path, SEGMENT_BYTES_MAX);
        let bytes = bytes.map_err(|error| wrong(&path, error))?.unwrap_or_default();
        let mut from = 0;
        if damage.is_none() {
            let whole = whole_bytes(&bytes, base);
            if whole == bytes.len() {
                continue;
            }
            damage = Some((path, whole));
            from = whole;
        }
        if let Some((path, at)) = &damage
            && has_whole_batch(&bytes, from)
        {
            return Err(wrong(
                path,
                format!(
                    "it is damaged at byte {at}, and what follows is whole; restore the directory \
                     from another voter or a backup, for to go on without it would forget topics"
                ),
            ));
        }
    }
    Ok(())
}

/// The batch that begins with these bytes, if all of it is there and right.
fn whole_batch(bytes: &[u8]) -> Option<BatchHeader> {
    let header = BatchHeader::parse(bytes).ok()?;
    crc_is_valid(bytes.get(..header.size())?).then_some(header)
}

/// How many bytes at the beginning are whole batches that follow each other from an offset on. Offsets
/// lie outside the checksums, and nothing is ever taken out of this log.
fn whole_bytes(bytes: &[u8], base: i64) -> usize {
    let (mut at, mut next) = (0, Offset(base));
    while let Some(header) = whole_batch(&bytes[at..])
        && header.base_offset == next
    {
        at += header.size();
        next = header.next_offset();
    }
    at
}

/// Whether a batch begins anywhere from a byte on: a length may be what is damaged.
fn has_whole_batch(bytes: &[u8], from: usize) -> bool {
    let last = bytes.len().saturating_sub(HEADER_SIZE);
    (from..=last)
        .any(|at| bytes.get(at + MAGIC_AT) == Some(&2) && whole_batch(&bytes[at..]).is_some())
}
