//! The batches of a piece of a log, as a shared partition looks at them: which offsets each has, and
//! whether its transaction was aborted. Of batches of magic 2 only headers are read; of messages of magic
//! 0 and 1, which logs from before Kafka 0.11 hold, a compressed one tells its first offset only when it is
//! unfolded.

use std::io;

use coordinator::share::partition::{AcquiredRecords, FetchedBatch, Visibility};
use records::{BatchHeader, Codec, HEADER_SIZE, LegacyHeader, messages_of};
use storage::FileSlice;

use crate::partitions::Found;
use crate::unfolding;

/// Bytes of the smallest entry of a log: a message of magic 0 with neither key nor value.
const SMALLEST_ENTRY: usize = 26;

/// Where the magic stands in an entry of every format.
const MAGIC_AT: usize = 16;

/// What one old message may expand to.
const UNFOLDED_BYTES_MAX: usize = 1 << 30;

/// A whole batch of a slice, or a message of old.
pub struct Placed {
    pub fetched: FetchedBatch,
    position: usize,
    size: usize,
}

/// The whole batches of a slice.
///
/// # Errors
/// The file cannot be read; an old message that does not unfold is invalid data.
pub fn batches_of(slice: &FileSlice, found: &Found) -> io::Result<Vec<Placed>> {
    let mut aborted = Aborted::new(found);
    let mut batches = Vec::new();
    let mut position = 0;
    let mut buffer = [0; HEADER_SIZE];
    while position + SMALLEST_ENTRY <= slice.length {
        let header = &mut buffer[..HEADER_SIZE.min(slice.length - position)];
        storage::read_exactly(&*slice.file, header, slice.position + position as u64)?;
        let is_old = matches!(header[MAGIC_AT], 0 | 1);
        let (size, fetched) = if is_old {
            let Ok(message) = LegacyHeader::parse(header) else { break };
            if position + message.size() > slice.length {
                break;
            }
            let first = first_offset_of(slice, position, &message)?;
            let offsets = FetchedBatch {
                base_offset: first,
                last_offset: message.offset.0,
                visibility: Visibility::Shown,
            };
            (message.size(), offsets)
        } else {
            let Ok(batch) = BatchHeader::parse(header) else { break };
            if position + batch.size() > slice.length {
                break;
            }
            let offsets = FetchedBatch {
                base_offset: batch.base_offset.0,
                last_offset: batch.last_offset().0,
                visibility: aborted.visibility_of(&batch),
            };
            (batch.size(), offsets)
        };
        batches.push(Placed { fetched, position, size });
        position += size;
    }
    Ok(batches)
}

/// The offset of the first message in an old one, which is itself where it is not compressed.
fn first_offset_of(slice: &FileSlice, position: usize, message: &LegacyHeader) -> io::Result<i64> {
    let invalid = |error: records::BatchError| io::Error::new(io::ErrorKind::InvalidData, error);
    if message.codec().map_err(invalid)? == Codec::None {
        return Ok(message.offset.0);
    }
    let mut entry = vec![0; message.size()];
    storage::read_exactly(&*slice.file, &mut entry, slice.position + position as u64)?;
    let _alone = unfolding::one_at_a_time();
    let mut scratch = Vec::new();
    let mut inside = messages_of(&entry, &mut scratch, UNFOLDED_BYTES_MAX).map_err(invalid)?;
    match inside.next() {
        Some(first) => Ok(first.map_err(invalid)?.header.offset.0),
        None => Ok(message.offset.0),
    }
}

/// The transactions that were aborted in what was read, in the order of their first offsets.
struct Aborted {
    /// First offset and producer, the next one last.
    coming: Vec<(i64, i64)>,
    /// The producers whose aborted transaction has begun and not ended.
    open: Vec<i64>,
}

impl Aborted {
    fn new(found: &Found) -> Aborted {
        let aborted = found.aborted.iter().flatten().map(|one| (one.first.0, one.producer_id.0));
        let mut coming: Vec<(i64, i64)> = aborted.collect();
        coming.sort_unstable_by_key(|(first, _)| std::cmp::Reverse(*first));
        Aborted { coming, open: Vec::new() }
    }

    /// Must be asked for batch after batch.
    fn visibility_of(&mut self, batch: &BatchHeader) -> Visibility {
        if !batch.has_producer() {
            return Visibility::Shown;
        }
        let producer = batch.producer_id.0;
        while let Some((first, _)) = self.coming.last()
            && *first <= batch.last_offset().0
        {
            self.open.extend(self.coming.pop().map(|(_, producer)| producer));
        }
        if batch.attributes.is_control() {
            // The first marker after an aborted transaction has begun is the one that ends it.
            self.open.retain(|other| *other != producer);
        } else if batch.attributes.is_transactional() && self.open.contains(&producer) {
            return Visibility::Aborted;
        }
        Visibility::Shown
    }
}

/// The part of a slice that holds what was acquired.
pub fn cut(slice: &FileSlice, batches: &[Placed], acquired: &[AcquiredRecords]) -> FileSlice {
    let first = acquired.first().map_or(0, |records| records.first_offset);
    let last = acquired.last().map_or(0, |records| records.last_offset);
    let mut needed = batches
        .iter()
        .filter(|batch| batch.fetched.last_offset >= first && batch.fetched.base_offset <= last);
    let begin = needed.next();
    let end = needed.next_back().or(begin);
    match (begin, end) {
        (Some(begin), Some(end)) => FileSlice {
            file: slice.file.clone(),
            position: slice.position + begin.position as u64,
            length: end.position + end.size - begin.position,
        },
        _ => slice.clone(),
    }
}
