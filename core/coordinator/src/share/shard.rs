//! One partition of `__share_group_state`: the share coordinator of some share partitions.
//!
//! Each share partition (a group and a partition) has a full state, written now and then as a
//! snapshot, and updates since. A state epoch, which the group coordinator raises when it initialises
//! the partition anew, and the epoch of the partition's leader fence whoever has been left behind.
//!
//! Nobody needs what stands in the log below the oldest snapshot that is still the newest of its
//! partition, and the log is not compacted: from time to time everything below is deleted
//! ([`Prune`]). Partitions that are quiet would hold that back, so their state is written again.

use std::collections::BTreeMap;

use base::{ErrorCode, MonoMs, Offset, Str, Uuid};
use bytes::Bytes;
use metadata::{Delta, Image};
use protocol::record_types::share::{ShareKey, ShareSnapshotValue, ShareUpdateValue, ShareValue};

use super::batches::{StateBatch, combine};
use super::record::ShareRecord;
use crate::machine::{Call, Context, Grouping, Machine, Output, Source};
use crate::timers::Timers;

/// A partition as a group shares it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharePartitionKey {
    pub group_id: Str,
    pub topic_id: Uuid,
    pub partition: i32,
}

impl SharePartitionKey {
    /// The text whose hash says which shard is responsible.
    pub fn coordinator_key(&self) -> String {
        format!("{}:{}:{}", self.group_id, self.topic_id, self.partition)
    }
}

/// Why a request about a share partition fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareError {
    pub code: ErrorCode,
    pub message: &'static str,
}

fn error(code: ErrorCode, message: &'static str) -> ShareError {
    ShareError { code, message }
}

/// What a share coordinator gives to the leader of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredState {
    pub state_epoch: i32,
    /// -1 until somebody has decided where to begin.
    pub start_offset: i64,
    /// In order of offsets, without overlaps.
    pub batches: Vec<StateBatch>,
}

/// What DescribeShareGroupOffsets wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateSummary {
    pub state_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    /// Records beyond the start that are done with; -1 if nobody knows.
    pub delivery_complete_count: i32,
}

/// Begins anew: a share partition that is not known, or whose offset is altered.
#[derive(Clone, Debug)]
pub struct InitializeState {
    pub key: SharePartitionKey,
    pub state_epoch: i32,
    /// -1 leaves it to the leader.
    pub start_offset: i64,
}

/// Reads what is known. A leader's epoch above that of the leader before fences it; -1 does not.
#[derive(Clone, Debug)]
pub struct ReadState {
    pub key: SharePartitionKey,
    pub leader_epoch: i32,
}

#[derive(Clone, Debug)]
pub struct ReadSummary {
    pub key: SharePartitionKey,
}

#[derive(Clone, Debug)]
pub struct WriteState {
    pub key: SharePartitionKey,
    pub state_epoch: i32,
    pub leader_epoch: i32,
    /// -1 if it stays.
    pub start_offset: i64,
    pub delivery_complete_count: i32,
    pub batches: Vec<StateBatch>,
}

#[derive(Clone, Debug)]
pub struct DeleteState {
    pub key: SharePartitionKey,
}

#[derive(Clone, Debug)]
pub struct InitializedState(pub Result<(), ShareError>);
#[derive(Clone, Debug)]
pub struct ReadStateReply(pub Result<StoredState, ShareError>);
#[derive(Clone, Debug)]
pub struct ReadSummaryReply(pub Result<StateSummary, ShareError>);
#[derive(Clone, Debug)]
pub struct WrittenState(pub Result<(), ShareError>);
#[derive(Clone, Debug)]
pub struct DeletedState(pub Result<(), ShareError>);

crate::requests! { ShareShard {
    Initialize(InitializeState => InitializedState),
    Read(ReadState => ReadStateReply),
    ReadSummary(ReadSummary => ReadSummaryReply),
    Write(WriteState => WrittenState),
    Delete(DeleteState => DeletedState),
} }

/// Everything below this offset of the shard's log may be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prune(pub Offset);

#[derive(Default)]
pub struct ShareShard {
    states: BTreeMap<SharePartitionKey, State>,
    /// Where the newest tombstone stands: what is left when every state is gone.
    last_tombstone: Option<Offset>,
    pruned: Option<Offset>,
    timers: Timers<Timer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Prune,
    SnapshotCold,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    snapshot_epoch: i32,
    state_epoch: i32,
    leader_epoch: i32,
    start_offset: i64,
    delivery_complete_count: i32,
    batches: Vec<StateBatch>,
    create_timestamp: i64,
    write_timestamp: i64,
    /// Updates since the last snapshot.
    updates: i32,
    /// Where the last snapshot stands.
    snapshot_offset: Offset,
    /// The highest epochs that were ever written: a snapshot that begins anew has none of a leader.
    fence_leader_epoch: i32,
    fence_state_epoch: i32,
}

impl Machine for ShareShard {
    type Request = Request;
    type Reply = Reply;
    type Record = ShareRecord;
    type Effect = Prune;

    fn decode(key: Bytes, value: Option<Bytes>) -> Result<Option<ShareRecord>, String> {
        ShareRecord::decode(key, value)
    }

    fn encode(record: &ShareRecord) -> Result<(Bytes, Option<Bytes>), String> {
        record.encode()
    }

    fn apply(&mut self, record: &ShareRecord, source: Source) {
        let (group_id, topic_id, partition) = match &record.key {
            ShareKey::ShareSnapshot(key) => (&key.group_id, key.topic_id, key.partition),
            ShareKey::ShareUpdate(key) => (&key.group_id, key.topic_id, key.partition),
        };
        let key = SharePartitionKey { group_id: group_id.detached(), topic_id, partition };
        match &record.value {
            Some(ShareValue::ShareSnapshot(value)) => {
                self.states.entry(key).or_default().replace(value, source.offset);
            }
            Some(ShareValue::ShareUpdate(value)) => {
                // An update below the first snapshot that was not deleted: the snapshot is to come.
                self.states.entry(key).or_insert_with(|| State::begun_by(value)).update(value);
            }
            None => {
                self.states.remove(&key);
                self.last_tombstone = Some(source.offset);
            }
        }
    }

    fn loaded(&mut self, context: &mut Context<'_>, _out: &mut Output<Self>) {
        self.schedule_prune(context);
        self.schedule_cold_snapshots(context);
    }

    fn handle(
        &mut self,
        context: &mut Context<'_>,
        call: Call,
        request: Request,
        out: &mut Output<Self>,
    ) {
        match request {
            Request::Initialize(request) => {
                let reply = self.initialize(context, &request, out);
                out.reply(call, InitializedState(reply));
            }
            Request::Read(request) => {
                let reply = self.read(context, &request, out);
                out.reply(call, ReadStateReply(reply));
            }
            Request::ReadSummary(request) => {
                let reply = self.read_summary(context, &request);
                out.reply(call, ReadSummaryReply(reply));
            }
            Request::Write(request) => {
                let reply = self.write(context, &request, out);
                out.reply(call, WrittenState(reply));
            }
            Request::Delete(request) => {
                let reply = self.delete(context, &request, out);
                out.reply(call, DeletedState(reply));
            }
        }
    }

    fn next_deadline(&self) -> MonoMs {
        self.timers.next()
    }

    fn on_deadline(&mut self, context: &mut Context<'_>, out: &mut Output<Self>) {
        match self.timers.take_due(context.now) {
            Some(Timer::Prune) => {
                self.schedule_prune(context);
                if let Some(offset) = self.redundant_below().filter(|at| Some(*at) != self.pruned) {
                    self.pruned = Some(offset);
                    out.effect(Prune(offset));
                }
            }
            Some(Timer::SnapshotCold) => {
                self.schedule_cold_snapshots(context);
                self.snapshot_cold(context, out);
            }
            None => {}
        }
    }

    /// What is kept of topics that are gone goes as well.
    fn metadata_changed(
        &mut self,
        _context: &mut Context<'_>,
        delta: &Delta,
        out: &mut Output<Self>,
    ) {
        out.grouping = Grouping::Free;
        for key in self.states.keys() {
            if delta.topics_deleted.iter().any(|topic| topic.id == key.topic_id) {
                out.write(ShareRecord::tombstone(key));
            }
        }
    }
}

impl ShareShard {
    fn initialize(
        &self,
        context: &Context<'_>,
        request: &InitializeState,
        out: &mut Output<ShareShard>,
    ) -> Result<(), ShareError> {
        let key = &request.key;
        check_partition(key)?;
        let state = self.states.get(key);
        if let Some(state) = state {
            state.check_state_epoch(request.state_epoch)?;
        }
        check_exists(context.image, key)?;
        let fresh = State {
            snapshot_epoch: state.map_or(0, |state| state.snapshot_epoch + 1),
            state_epoch: request.state_epoch,
            start_offset: request.start_offset,
            // From a given offset on it can be counted, and nothing beyond it is done with.
            delivery_complete_count: if request.start_offset == -1 { -1 } else { 0 },
            create_timestamp: context.wall.0,
            write_timestamp: context.wall.0,
            ..State::default()
        };
        out.write(fresh.snapshot(key));
        Ok(())
    }

    fn read(
        &self,
        context: &Context<'_>,
        request: &ReadState,
        out: &mut Output<ShareShard>,
    ) -> Result<StoredState, ShareError> {
        let key = &request.key;
        check_partition(key)?;
        let state = self.states.get(key).ok_or(error(
            ErrorCode::InvalidRequest,
            "Read operation on uninitialized share partition not allowed.",
        ))?;
        state.check_leader_epoch(request.leader_epoch)?;
        check_exists(context.image, key)?;
        if request.leader_epoch != -1 && request.leader_epoch != state.fence_leader_epoch {
            let renewed = WriteState {
                key: key.clone(),
                state_epoch: state.state_epoch,
                leader_epoch: request.leader_epoch,
                start_offset: state.start_offset,
                delivery_complete_count: state.delivery_complete_count,
                batches: Vec::new(),
            };
            out.write(state.next_record(context, &renewed, request.leader_epoch));
        }
        Ok(StoredState {
            state_epoch: state.state_epoch,
            start_offset: state.start_offset,
            batches: state.batches.clone(),
        })
    }

    fn read_summary(
        &self,
        context: &Context<'_>,
        request: &ReadSummary,
    ) -> Result<StateSummary, ShareError> {
        let key = &request.key;
        check_partition(key)?;
        check_exists(context.image, key)?;
        let unknown = StateSummary {
            state_epoch: 0,
            leader_epoch: 0,
            start_offset: -1,
            delivery_complete_count: -1,
        };
        Ok(self.states.get(key).map_or(unknown, |state| StateSummary {
            state_epoch: state.state_epoch,
            leader_epoch: state.leader_epoch,
            start_offset: state.start_offset,
            delivery_complete_count: state.delivery_complete_count,
        }))
    }

    fn write(
        &self,
        context: &Context<'_>,
        request: &WriteState,
        out: &mut Output<ShareShard>,
    ) -> Result<(), ShareError> {
        let key = &request.key;
        check_partition(key)?;
        let state = self.states.get(key).ok_or(error(
            ErrorCode::InvalidRequest,
            "Write operation on uninitialized share partition not allowed.",
        ))?;
        state.check_leader_epoch(request.leader_epoch)?;
        state.check_state_epoch(request.state_epoch)?;
        check_exists(context.image, key)?;
        out.write(state.next_record(context, request, state.leader_epoch));
        Ok(())
    }

    fn delete(
        &self,
        context: &Context<'_>,
        request: &DeleteState,
        out: &mut Output<ShareShard>,
    ) -> Result<(), ShareError> {
        let key = &request.key;
        check_partition(key)?;
        check_exists(context.image, key)?;
        if self.states.contains_key(key) {
            out.write(ShareRecord::tombstone(key));
        }
        Ok(())
    }

    // ---- housekeeping ----

    fn schedule_prune(&mut self, context: &Context<'_>) {
        let interval = context.config.share.state_topic_prune_interval_ms;
        self.timers.set(Timer::Prune, context.now.plus_ms(interval as u64));
    }

    fn schedule_cold_snapshots(&mut self, context: &Context<'_>) {
        let interval = context.config.share.cold_partition_snapshot_interval_ms;
        self.timers.set(Timer::SnapshotCold, context.now.plus_ms(interval as u64));
    }

    /// The oldest record that is needed to load the shard, if there is anything below it.
    fn redundant_below(&self) -> Option<Offset> {
        let oldest = self.states.values().map(|state| state.snapshot_offset).min();
        oldest.or(self.last_tombstone).filter(|offset| *offset > Offset(0))
    }

    /// Writes states again that were not written for long. If all of them are quiet, so is the log,
    /// and there is nothing to gain.
    fn snapshot_cold(&self, context: &Context<'_>, out: &mut Output<ShareShard>) {
        let was_rewritten = |state: &State| state.create_timestamp != state.write_timestamp;
        if self.states.values().all(was_rewritten) {
            return;
        }
        out.grouping = Grouping::Free;
        let interval = i64::from(context.config.share.cold_partition_snapshot_interval_ms);
        for (key, state) in &self.states {
            if context.wall.0.saturating_sub(state.write_timestamp) >= interval {
                let rewritten = State {
                    snapshot_epoch: state.snapshot_epoch + 1,
                    write_timestamp: context.wall.0,
                    ..state.clone()
                };
                out.write(rewritten.snapshot(key));
            }
        }
    }
}

fn check_partition(key: &SharePartitionKey) -> Result<(), ShareError> {
    let invalid = |message| Err(error(ErrorCode::InvalidRequest, message));
    if key.partition < 0 {
        return invalid("The partition id cannot be a negative number.");
    }
    Ok(())
}

fn check_exists(image: &Image, key: &SharePartitionKey) -> Result<(), ShareError> {
    let count = image.topic_by_id(key.topic_id).map_or(0, |topic| topic.partitions.len());
    if (key.partition as usize) < count {
        return Ok(());
    }
    let message = "This server does not host this topic-partition.";
    Err(error(ErrorCode::UnknownTopicOrPartition, message))
}

impl State {
    fn check_leader_epoch(&self, epoch: i32) -> Result<(), ShareError> {
        if epoch != -1 && epoch < self.fence_leader_epoch {
            let message = "The leader epoch in the request is older than the epoch on the broker.";
            return Err(error(ErrorCode::FencedLeaderEpoch, message));
        }
        Ok(())
    }

    fn check_state_epoch(&self, epoch: i32) -> Result<(), ShareError> {
        if epoch != -1 && epoch < self.fence_state_epoch {
            let message = "The share coordinator rejected the request because the share-group state epoch did not match.";
            return Err(error(ErrorCode::FencedStateEpoch, message));
        }
        Ok(())
    }

    /// The record of a write: an update, or a snapshot when there have been enough updates.
    fn next_record(
        &self,
        context: &Context<'_>,
        request: &WriteState,
        leader_epoch: i32,
    ) -> ShareRecord {
        if self.updates < context.config.share.snapshot_update_records_per_snapshot {
            let batches = combine(&[], &request.batches, request.start_offset);
            let value = ShareUpdateValue {
                snapshot_epoch: self.snapshot_epoch,
                leader_epoch,
                start_offset: request.start_offset,
                delivery_complete_count: request.delivery_complete_count,
                state_batches: batches.iter().map(Into::into).collect(),
                ..ShareUpdateValue::default()
            };
            return ShareRecord::update(&request.key, value);
        }
        let start_offset =
            if request.start_offset == -1 { self.start_offset } else { request.start_offset };
        let next = State {
            snapshot_epoch: self.snapshot_epoch + 1,
            state_epoch: self.state_epoch,
            leader_epoch,
            start_offset,
            delivery_complete_count: request.delivery_complete_count,
            batches: combine(&self.batches, &request.batches, start_offset),
            create_timestamp: context.wall.0,
            write_timestamp: context.wall.0,
            ..State::default()
        };
        next.snapshot(&request.key)
    }

    fn snapshot(&self, key: &SharePartitionKey) -> ShareRecord {
        let value = ShareSnapshotValue {
            snapshot_epoch: self.snapshot_epoch,
            state_epoch: self.state_epoch,
            leader_epoch: self.leader_epoch,
            start_offset: self.start_offset,
            delivery_complete_count: self.delivery_complete_count,
            create_timestamp: self.create_timestamp,
            write_timestamp: self.write_timestamp,
            state_batches: self.batches.iter().map(Into::into).collect(),
            ..ShareSnapshotValue::default()
        };
        ShareRecord::snapshot(key, value)
    }

    fn replace(&mut self, value: &ShareSnapshotValue, offset: Offset) {
        *self = State {
            snapshot_epoch: value.snapshot_epoch,
            state_epoch: value.state_epoch,
            leader_epoch: value.leader_epoch,
            start_offset: value.start_offset,
            delivery_complete_count: value.delivery_complete_count,
            batches: value.state_batches.iter().map(Into::into).collect(),
            create_timestamp: value.create_timestamp,
            write_timestamp: value.write_timestamp,
            updates: 0,
            snapshot_offset: offset,
            fence_leader_epoch: self.fence_leader_epoch.max(value.leader_epoch),
            fence_state_epoch: self.fence_state_epoch.max(value.state_epoch),
        };
    }

    fn begun_by(value: &ShareUpdateValue) -> State {
        State { snapshot_epoch: value.snapshot_epoch, start_offset: -1, ..State::default() }
    }

    fn update(&mut self, value: &ShareUpdateValue) {
        if value.start_offset != -1 {
            self.start_offset = value.start_offset;
        }
        if value.leader_epoch != -1 {
            self.leader_epoch = value.leader_epoch;
        }
        let newer: Vec<StateBatch> = value.state_batches.iter().map(Into::into).collect();
        self.batches = combine(&self.batches, &newer, self.start_offset);
        self.delivery_complete_count = value.delivery_complete_count;
        self.fence_leader_epoch = self.fence_leader_epoch.max(value.leader_epoch);
        self.updates += 1;
    }
}

#[cfg(test)]
mod tests;
