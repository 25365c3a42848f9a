//! Damage in the metadata log that is no torn end.
//!
//! A crash tears what was being written last, which nobody was told of: opening the log cuts it off. But
//! where whole batches follow the damage, they were written later, and so what is damaged had been
//! synced and answered. The same holds of a whole batch whose offset is not its own. To cut there would forget topics, and have their logs taken for strays. Nothing is
//! changed then, and the node does not start.

use std::path::Path;

use base::Offset;
use records::{BatchHeader, HEADER_SIZE, crc_is_valid};
use storage::{Disk, DiskFile};

use super::{MetadataError, wrong};

/// Bytes that are looked at together. A batch of the metadata has at most half as many, so that one which
/// begins in the first half of a window lies in it.
const WINDOW_BYTES: usize = 16 << 20;

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
        let file = disk.file(&path);
        let length = file.len().map_err(|error| wrong(&path, error))?;
        let mut from = 0;
        if damage.is_none() {
            let whole = whole_bytes(&*file, Offset(base)).map_err(|error| wrong(&path, error))?;
            if whole == length {
                continue;
            }
            damage = Some((path.clone(), whole));
            from = whole;
        }
        let found = has_whole_batch(&*file, from, length).map_err(|error| wrong(&path, error))?;
        if let Some((path, at)) = damage.as_ref().filter(|_| found) {
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
fn whole_bytes(file: &dyn DiskFile, base: Offset) -> std::io::Result<u64> {
    let (mut at, mut next) = (0, base);
    loop {
        let window = window(file, at)?;
        let mut used = 0;
        while let Some(header) = whole_batch(&window[used..])
            && header.base_offset == next
        {
            used += header.size();
            next = header.next_offset();
        }
        if used == 0 {
            return Ok(at);
        }
        at += used as u64;
    }
}

/// Whether a batch begins anywhere from a byte on: a length may be what is damaged.
fn has_whole_batch(file: &dyn DiskFile, from: u64, length: u64) -> std::io::Result<bool> {
    for at in (from..length).step_by(WINDOW_BYTES / 2) {
        let window = window(file, at)?;
        let last = window.len().saturating_sub(HEADER_SIZE).min(WINDOW_BYTES / 2);
        let begins = |at: usize| {
            window.get(at + MAGIC_AT) == Some(&2) && whole_batch(&window[at..]).is_some()
        };
        if (0..=last).any(begins) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn window(file: &dyn DiskFile, at: u64) -> std::io::Result<Vec<u8>> {
    let left = file.len()?.saturating_sub(at);
    let mut window = vec![0; left.min(WINDOW_BYTES as u64) as usize];
    let read = file.read_at(&mut window, at)?;
    window.truncate(read);
    Ok(window)
}
