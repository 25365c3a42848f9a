//! Finding records by their time, for ListOffsets.
//!
//! The time index of a segment says where the maximum had risen to; from there on batch headers are
//! read, and one batch is opened: the first whose max timestamp reaches the target.

use std::ops::ControlFlow;

use base::{LeaderEpoch, Offset, WallMs};

use crate::error::{Doing, LogError, Result};
use crate::keep::DECOMPRESSED_BYTES_MAX;
use crate::log::{Log, TimestampOffset};
use crate::names;
use crate::scan::{Found, Header, LOOKUP_CHUNK, Scanner};

impl Log {
    /// The first record at the log start offset or later whose timestamp is `target` or later.
    /// `None` if there is none.
    ///
    /// # Errors
    /// The disk, or damage in the segment.
    pub fn offset_for_time(&mut self, target: WallMs) -> Result<Option<TimestampOffset>> {
        for at in self.segment_of(self.log_start)..self.segments.len() {
            if self.latest_time_of(at)? < target {
                continue;
            }
            if let Some(found) = self.search_segment(at, target)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn search_segment(&mut self, at: usize, target: WallMs) -> Result<Option<TimestampOffset>> {
        let start = self.log_start;
        let (place, config) = (&self.place, &self.config);
        let segment = &mut self.segments[at];
        let from = segment.position_for_time(place, config, target, start)?;
        let path = place.file(segment.base, names::LOG);
        let size = segment.size;
        let file = segment.log(place).clone();
        let mut scanner = Scanner::new(&*file, from, size, LOOKUP_CHUNK);
        while let Some(Ok(found)) = scanner.next().doing("search", &path)? {
            if found.header.max_timestamp() < target {
                continue;
            }
            let content = scanner.content(&found).doing("search", &path)?;
            let wanted = |timestamp, offset| timestamp >= target && offset >= start;
            let hit = first_record(&found, content, wanted)
                .map_err(|reason| unreadable(&path, &found, reason))?;
            if hit.is_some() {
                return Ok(hit);
            }
        }
        Ok(None)
    }

    /// The record with the largest timestamp of the log, the first one if several have it. `None`
    /// in an empty log, and in one without timestamps.
    pub fn latest_by_time(&mut self) -> Result<Option<TimestampOffset>> {
        let mut best = None;
        for at in 0..self.segments.len() {
            let (place, config) = (&self.place, &self.config);
            let Some(row) = self.segments[at].largest(place, config)? else { continue };
            if best.is_none_or(|(_, timestamp)| row.timestamp > timestamp) {
                best = Some((at, row.timestamp));
            }
        }
        let Some((at, timestamp)) = best else { return Ok(None) };
        let (place, config) = (&self.place, &self.config);
        let segment = &mut self.segments[at];
        let path = place.file(segment.base, names::LOG);
        let row = segment.largest(place, config)?;
        let offset = row.map_or(segment.base, |row| row.offset);
        // The row names the last offset of the batch; the batch is the one that holds it.
        let Some(found) = segment.locate(place, config, offset)? else { return Ok(None) };
        let size = segment.size;
        let file = segment.log(place).clone();
        let mut scanner = Scanner::new(&*file, found.position, size, LOOKUP_CHUNK);
        let content = scanner.content(&found).doing("search", &path)?;
        first_record(&found, content, |own, _| own == timestamp)
            .map_err(|reason| unreadable(&path, &found, reason))
    }

    /// The log end offset with the epoch that wrote last.
    pub fn latest(&self) -> TimestampOffset {
        TimestampOffset {
            timestamp: WallMs::NONE,
            offset: self.end,
            leader_epoch: self.epochs.latest().map(|latest| latest.epoch),
        }
    }
}

/// The first record of a batch that is wanted.
fn first_record(
    found: &Found,
    content: &[u8],
    wanted: impl Fn(WallMs, Offset) -> bool,
) -> std::result::Result<Option<TimestampOffset>, String> {
    let mut scratch = Vec::new();
    let header = match &found.header {
        Header::Batch(header) => header,
        Header::Legacy(_) => {
            let messages = records::messages_of(content, &mut scratch, DECOMPRESSED_BYTES_MAX);
            for message in messages.map_err(|error| error.to_string())? {
                let header = message.map_err(|error| error.to_string())?.header;
                let (timestamp, offset) = (header.timestamp, header.offset);
                if wanted(timestamp, offset) {
                    return Ok(Some(TimestampOffset { timestamp, offset, leader_epoch: None }));
                }
            }
            return Ok(None);
        }
    };
    let mut first = None;
    records::visit_briefs(content, &mut scratch, |record| {
        if !wanted(record.timestamp, record.offset) {
            return ControlFlow::Continue(());
        }
        let epoch = header.leader_epoch;
        first = Some(TimestampOffset {
            timestamp: record.timestamp,
            offset: record.offset,
            leader_epoch: (epoch != LeaderEpoch::NONE).then_some(epoch),
        });
        ControlFlow::Break(())
    })
    .map_err(|error| error.to_string())?;
    Ok(first)
}

fn unreadable(path: &std::path::Path, found: &Found, reason: String) -> LogError {
    LogError::Corrupt { path: path.to_owned(), position: found.position, reason }
}
