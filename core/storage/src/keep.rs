//! What compaction keeps of a batch.
//!
//! The rules, in Kafka's words (KIP-98, KIP-534):
//! - A record stays if no later record has its key, or if it lies behind what the offset map covers.
//! - A tombstone (a record without a value) stays until its delete horizon has passed, which is
//!   `delete.retention.ms` after the pass that first kept it; the batch carries the horizon in the
//!   place of its base timestamp.
//! - Data of an aborted transaction goes at once. A marker stays until none of its transaction's data is
//!   left, and then until a delete horizon as well.
//! - The batch that holds the last sequence of an active producer stays, if need be without records;
//!   so does the last batch of the cleaned range, which keeps the offset where the next begins.
//! - Records without a key go: such a log should never have had them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use base::{Offset, ProducerEpoch, ProducerId, WallMs};
use records::{BatchBuilder, BatchHeader, Brief, Codec, LegacyHeader};

use crate::offset_map::OffsetMap;
use crate::transactions::{AbortedTransaction, Ending, Marker};

/// How much a compressed message of magic 0 or 1, which older brokers have written, may grow when it
/// is opened.
pub(crate) const DECOMPRESSED_BYTES_MAX: usize = 128 * 1024 * 1024;

/// What must stay for a producer's sake.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LastOfProducer {
    /// Its last batch ends here.
    Data(Offset),
    /// It has only markers in the log; one of this epoch fences the older ones.
    MarkerOf(ProducerEpoch),
}

/// Which transactions the walk is in. Built anew for every walk over the log.
#[derive(Default)]
pub(crate) struct Transactions {
    /// Not yet reached, by first offset, the next one last.
    ahead: Vec<AbortedTransaction>,
    /// Reached and not ended; true once data of it was kept or seen.
    aborted: BTreeMap<ProducerId, (AbortedTransaction, bool)>,
    committed: BTreeSet<ProducerId>,
}

/// What the walk learns from a batch about its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Not in a transaction, in one that was committed, or a marker that is still needed.
    Live,
    /// Data of an aborted transaction, or a marker of which no data is left.
    Dead,
}

impl Transactions {
    pub fn new(mut aborted: Vec<AbortedTransaction>) -> Transactions {
        aborted.sort_by_key(|entry| std::cmp::Reverse(entry.first));
        Transactions { ahead: aborted, ..Transactions::default() }
    }

    fn advance(&mut self, to: Offset) {
        while self.ahead.last().is_some_and(|next| next.first <= to) {
            if let Some(next) = self.ahead.pop() {
                self.aborted.entry(next.producer_id).or_insert((next, false));
            }
        }
    }

    pub fn data(&mut self, header: &BatchHeader) -> Standing {
        self.advance(header.last_offset());
        if !header.attributes.is_transactional() {
            return Standing::Live;
        }
        match self.aborted.get_mut(&header.producer_id) {
            Some((_, seen)) => {
                *seen = true;
                Standing::Dead
            }
            None => {
                self.committed.insert(header.producer_id);
                Standing::Live
            }
        }
    }

    /// Returns also the entry that the new segment's index needs because the marker stays.
    pub fn marker(
        &mut self,
        header: &BatchHeader,
        content: &[u8],
    ) -> (Standing, Option<AbortedTransaction>) {
        self.advance(header.last_offset());
        if header.record_count == 0 {
            return (Standing::Dead, None);
        }
        match Marker::parse(content).map(|marker| marker.ending) {
            Some(Ending::Abort) => match self.aborted.remove(&header.producer_id) {
                Some((entry, true)) => (Standing::Live, Some(entry)),
                _ => (Standing::Dead, None),
            },
            Some(Ending::Commit) if self.committed.remove(&header.producer_id) => {
                (Standing::Live, None)
            }
            Some(Ending::Commit) => (Standing::Dead, None),
            // A kind that is not ours to judge.
            None => (Standing::Live, None),
        }
    }
}

/// The facts of one pass.
pub(crate) struct Keeping<'p> {
    pub map: &'p OffsetMap,
    pub producers: &'p BTreeMap<ProducerId, LastOfProducer>,
    /// The pass covers the log up to here.
    pub upper_bound: Offset,
    pub delete_retention_ms: i64,
    pub now: WallMs,
}

/// What becomes of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Nothing,
    /// As it is.
    All,
    Rewritten(Vec<u8>),
}

/// What becomes of a batch that has lost its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhenEmpty {
    Stays,
    Goes,
}

/// The delete horizon of a batch that is written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Horizon {
    AsItWas,
    /// `delete.retention.ms` from now.
    Fresh,
}

impl Keeping<'_> {
    /// Judges one batch of magic 2; `content` is all of it.
    pub fn batch(
        &self,
        header: &BatchHeader,
        content: &[u8],
        standing: Standing,
        scratch: &mut Vec<u8>,
    ) -> Result<Kept, records::BatchError> {
        let is_control = header.attributes.is_control();
        let horizon_passed = header.delete_horizon().is_some_and(|horizon| horizon <= self.now);
        let records_go = standing == Standing::Dead && (!is_control || horizon_passed);
        let when_empty = self.when_empty(header);
        if records_go {
            return Ok(self.emptied(header, when_empty));
        }
        if is_control {
            return self.control(header, content, standing, when_empty);
        }
        let mut total = 0;
        let mut kept = 0;
        let mut tombstones = false;
        records::visit_briefs(content, scratch, |record| {
            total += 1;
            if self.keeps(header, &record) {
                kept += 1;
                tombstones |= !record.has_value;
            }
            ControlFlow::Continue(())
        })?;
        if kept == 0 {
            return Ok(self.emptied(header, when_empty));
        }
        let needs_horizon = tombstones && header.delete_horizon().is_none();
        if kept == total && !needs_horizon {
            return Ok(Kept::All);
        }
        let horizon = if needs_horizon { Horizon::Fresh } else { Horizon::AsItWas };
        self.rebuild(header, content, horizon, scratch).map(Kept::Rewritten)
    }

    fn when_empty(&self, header: &BatchHeader) -> WhenEmpty {
        let last = self.producers.get(&header.producer_id);
        let is_last_of_producer = header.has_producer()
            && match last {
                Some(LastOfProducer::Data(offset)) => header.last_offset() == *offset,
                Some(LastOfProducer::MarkerOf(epoch)) => {
                    header.attributes.is_control() && header.producer_epoch == *epoch
                }
                None => false,
            };
        if is_last_of_producer || header.next_offset() == self.upper_bound {
            WhenEmpty::Stays
        } else {
            WhenEmpty::Goes
        }
    }

    fn emptied(&self, header: &BatchHeader, when_empty: WhenEmpty) -> Kept {
        match when_empty {
            WhenEmpty::Goes => Kept::Nothing,
            WhenEmpty::Stays if header.record_count == 0 => Kept::All,
            WhenEmpty::Stays => Kept::Rewritten(records::empty_batch(header).to_vec()),
        }
    }

    /// A marker whose horizon has not passed. Once its data is gone it gets one.
    fn control(
        &self,
        header: &BatchHeader,
        content: &[u8],
        standing: Standing,
        when_empty: WhenEmpty,
    ) -> Result<Kept, records::BatchError> {
        if header.record_count == 0 {
            return Ok(self.emptied(header, when_empty));
        }
        if standing == Standing::Dead && header.delete_horizon().is_none() {
            return self
                .rebuild(header, content, Horizon::Fresh, &mut Vec::new())
                .map(Kept::Rewritten);
        }
        Ok(Kept::All)
    }

    /// Writes the batch anew with the records that stay.
    fn rebuild(
        &self,
        header: &BatchHeader,
        content: &[u8],
        horizon: Horizon,
        scratch: &mut Vec<u8>,
    ) -> Result<Vec<u8>, records::BatchError> {
        let mut builder = BatchBuilder::like(header, header.attributes.codec()?);
        if horizon == Horizon::Fresh {
            builder = builder.delete_horizon(self.horizon());
        }
        records::visit_records(content, scratch, |record| {
            let brief = Brief::of(record, header);
            match header.attributes.is_control() || self.keeps(header, &brief) {
                true => builder.append_record(brief.offset, brief.timestamp, record),
                false => Ok(()),
            }
        })?;
        Ok(builder.build())
    }

    fn horizon(&self) -> WallMs {
        WallMs(self.now.0.saturating_add(self.delete_retention_ms))
    }

    fn keeps(&self, header: &BatchHeader, record: &Brief<'_>) -> bool {
        let offset = record.offset;
        if self.map.latest().is_none_or(|latest| offset > latest) {
            return true;
        }
        let Some(key) = record.key else { return false };
        let is_latest = self.map.get(key).is_none_or(|latest| offset >= latest);
        let is_dead_tombstone =
            !record.has_value && header.delete_horizon().is_some_and(|horizon| horizon <= self.now);
        is_latest && !is_dead_tombstone
    }

    /// Judges an entry of magic 0 or 1. What stays of it is written as a batch of magic 2, as Kafka
    /// does.
    pub fn legacy(
        &self,
        header: &LegacyHeader,
        content: &[u8],
        scratch: &mut Vec<u8>,
    ) -> Result<Kept, records::BatchError> {
        let codec = header.codec()?;
        let mut kept: Option<BatchBuilder> = None;
        let mut records = Vec::new();
        let mut tombstones = false;
        for message in records::messages_of(content, scratch, DECOMPRESSED_BYTES_MAX)? {
            let message = message?;
            let offset = message.header.offset;
            let covered = self.map.latest().is_some_and(|latest| offset <= latest);
            let latest = message.key.map(|key| self.map.get(key));
            let is_latest = latest.is_some_and(|latest| latest.is_none_or(|at| offset >= at));
            if covered && !is_latest {
                continue;
            }
            tombstones |= message.value.is_none();
            records.push(message);
        }
        for message in &records {
            let builder = kept.get_or_insert_with(|| {
                let codec = if records.len() > 1 { codec } else { Codec::None };
                let builder = BatchBuilder::new(codec).base_offset(records[0].header.offset);
                if tombstones { builder.delete_horizon(self.horizon()) } else { builder }
            });
            let (offset, time) = (message.header.offset, message.header.timestamp);
            builder.append_at(offset, time, message.key, message.value, &[])?;
        }
        let Some(mut builder) = kept else { return Ok(Kept::Nothing) };
        builder.set_last_offset(header.offset);
        Ok(Kept::Rewritten(builder.build()))
    }
}
