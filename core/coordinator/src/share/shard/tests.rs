//! Stories of a share coordinator.

use base::config::{Given, ServerConfig};
use base::{BrokerId, WallMs};
use metadata::Entropy;
use metadata::image::Replay;
use protocol::record_types::metadata::{
    MetadataRecord, PartitionRecord, RemoveTopicRecord, TopicRecord,
};

use super::*;
use crate::machine::{Ask, Write};

const TOPIC: Uuid = Uuid::from_halves(7, 1 << 40);

/// A shard whose records are applied as they are written, and kept.
struct Bench {
    shard: ShareShard,
    log: Vec<(Offset, ShareRecord)>,
    metadata: Replay,
    config: ServerConfig,
    now: MonoMs,
    pruned: Vec<Prune>,
}

impl Bench {
    fn new(settings: &[(&str, &str)]) -> Bench {
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let given = Given { settings: &settings, ..Given::default() };
        let mut metadata = Replay::new(Image::empty());
        let topic = TopicRecord { name: "t".into(), topic_id: TOPIC, ..Default::default() };
        let partition = |partition_id| PartitionRecord {
            partition_id,
            topic_id: TOPIC,
            replicas: vec![BrokerId(1).0],
            isr: vec![BrokerId(1).0],
            leader: BrokerId(1).0,
            ..Default::default()
        };
        let records = [
            MetadataRecord::TopicRecord(topic),
            MetadataRecord::PartitionRecord(partition(0)),
            MetadataRecord::PartitionRecord(partition(1)),
        ];
        for (offset, record) in records.iter().enumerate() {
            metadata.apply(record, Offset(offset as i64)).expect("a record that fits");
        }
        metadata.publish();
        let mut bench = Bench {
            shard: ShareShard::default(),
            log: Vec::new(),
            metadata,
            config: ServerConfig::load(&given).expect("a valid configuration").config,
            now: MonoMs(1_000),
            pruned: Vec::new(),
        };
        bench.event(|shard, context, out| shard.loaded(context, out));
        bench
    }

    fn event(
        &mut self,
        event: impl FnOnce(&mut ShareShard, &mut Context<'_>, &mut Output<ShareShard>),
    ) -> Vec<(Call, Result<Reply, ErrorCode>)> {
        let wall = WallMs(self.now.0 as i64 + 1_700_000_000_000);
        let mut context = Context {
            now: self.now,
            wall,
            image: self.metadata.image(),
            config: &self.config,
            entropy: Entropy::new(1),
        };
        let mut out = Output::default();
        event(&mut self.shard, &mut context, &mut out);
        for write in out.writes {
            let Write::Record(record) = write else { panic!("no transactions here") };
            let (key, value) = record.encode().expect("a record that can be written");
            let record = ShareRecord::decode(key, value).expect("readable").expect("known");
            let offset = Offset(self.log.len() as i64);
            self.shard.apply(&record, Source { offset, timestamp: wall, producer: None });
            self.log.push((offset, record));
        }
        self.pruned.extend(out.effects);
        out.replies
    }

    fn call<R: Ask<ShareShard>>(&mut self, request: R) -> R::Reply {
        let mut replies =
            self.event(|shard, context, out| shard.handle(context, Call(0), request.wrap(), out));
        R::unwrap(replies.remove(0).1.expect("a reply"))
    }

    fn advance_ms(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        while self.shard.next_deadline() <= self.now {
            self.event(|shard, context, out| shard.on_deadline(context, out));
        }
    }

    /// What another broker would load.
    fn reloaded(&self, from: usize) -> ShareShard {
        let mut shard = ShareShard::default();
        for (offset, record) in &self.log[from..] {
            shard.apply(record, Source { offset: *offset, timestamp: WallMs(0), producer: None });
        }
        shard
    }
}

fn key(partition: i32) -> SharePartitionKey {
    SharePartitionKey { group_id: "g".into(), topic_id: TOPIC, partition }
}

fn initialize(state_epoch: i32, start_offset: i64) -> InitializeState {
    InitializeState { key: key(0), state_epoch, start_offset }
}

fn read(leader_epoch: i32) -> ReadState {
    ReadState { key: key(0), leader_epoch }
}

fn write(start_offset: i64, batches: &[(i64, i64, i8, i16)]) -> WriteState {
    let batches =
        batches.iter().map(|(first_offset, last_offset, delivery_state, delivery_count)| {
            StateBatch {
                first_offset: *first_offset,
                last_offset: *last_offset,
                delivery_state: *delivery_state,
                delivery_count: *delivery_count,
            }
        });
    WriteState {
        key: key(0),
        state_epoch: 1,
        leader_epoch: 3,
        start_offset,
        delivery_complete_count: 2,
        batches: batches.collect(),
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, ShareError>) -> ErrorCode {
    result.expect_err("an error").code
}

#[test]
fn what_a_leader_wrote_the_next_one_reads() {
    let mut bench = Bench::new(&[]);
    assert_eq!(bench.call(initialize(1, -1)).0, Ok(()));
    let stored = bench.call(read(3)).0.expect("a state");
    assert_eq!((stored.start_offset, stored.state_epoch), (-1, 1));
    bench.call(write(10, &[(12, 14, 2, 1), (18, 20, 0, 2)])).0.expect("a write");
    bench.call(write(11, &[(15, 17, 2, 1)])).0.expect("a write");
    let stored = bench.call(read(4)).0.expect("a state");
    assert_eq!(stored.start_offset, 11);
    let batches: Vec<_> = stored.batches.iter().map(|b| (b.first_offset, b.last_offset)).collect();
    assert_eq!(batches, [(12, 17), (18, 20)]);
    let summary = bench.call(ReadSummary { key: key(0) }).0.expect("a summary");
    assert_eq!((summary.leader_epoch, summary.delivery_complete_count), (4, 2));
    assert_eq!(bench.reloaded(0).states, bench.shard.states);
}

#[test]
fn who_was_left_behind_is_fenced() {
    let mut bench = Bench::new(&[]);
    bench.call(initialize(1, 0)).0.expect("a state");
    bench.call(read(5)).0.expect("a state");
    assert_eq!(code(bench.call(write(0, &[])).0), ErrorCode::FencedLeaderEpoch);
    assert_eq!(code(bench.call(read(4)).0), ErrorCode::FencedLeaderEpoch);
    // Whoever only looks has no epoch.
    assert!(bench.call(read(-1)).0.is_ok());
    bench.call(initialize(2, 40)).0.expect("a state");
    let late = WriteState { leader_epoch: 5, ..write(0, &[]) };
    assert_eq!(code(bench.call(late).0), ErrorCode::FencedStateEpoch);
    assert_eq!(code(bench.call(initialize(1, 0)).0), ErrorCode::FencedStateEpoch);
    assert_eq!(bench.call(read(5)).0.expect("a state").start_offset, 40);
}

#[test]
fn a_partition_that_nobody_initialised_is_neither_read_nor_written() {
    let mut bench = Bench::new(&[]);
    assert_eq!(code(bench.call(read(0)).0), ErrorCode::InvalidRequest);
    assert_eq!(code(bench.call(write(0, &[])).0), ErrorCode::InvalidRequest);
    let summary = bench.call(ReadSummary { key: key(1) }).0.expect("a summary");
    assert_eq!((summary.start_offset, summary.delivery_complete_count), (-1, -1));
    let elsewhere = InitializeState { key: key(2), state_epoch: 1, start_offset: 0 };
    assert_eq!(code(bench.call(elsewhere).0), ErrorCode::UnknownTopicOrPartition);
    let negative = InitializeState { key: key(-1), state_epoch: 1, start_offset: 0 };
    assert_eq!(code(bench.call(negative).0), ErrorCode::InvalidRequest);
    assert_eq!(bench.call(DeleteState { key: key(0) }).0, Ok(()));
    assert!(bench.log.is_empty());
}

#[test]
fn a_full_state_is_written_after_so_many_updates() {
    let setting = "share.coordinator.snapshot.update.records.per.snapshot";
    let mut bench = Bench::new(&[(setting, "2")]);
    bench.call(initialize(1, 0)).0.expect("a state");
    for offset in 0..6 {
        bench.call(write(offset, &[(offset + 1, offset + 1, 0, 1)])).0.expect("a write");
    }
    let kinds: Vec<i16> = bench.log.iter().map(|(_, record)| record.key.kind()).collect();
    assert_eq!(kinds, [0, 1, 1, 0, 1, 1, 0]);
    let Some(ShareValue::ShareSnapshot(last)) = &bench.log[6].1.value else {
        panic!("a snapshot");
    };
    assert_eq!((last.snapshot_epoch, last.start_offset), (2, 5));
    assert_eq!(last.state_batches.len(), 1);
}

#[test]
fn the_log_is_deleted_up_to_the_oldest_state_that_is_needed() {
    let setting = "share.coordinator.snapshot.update.records.per.snapshot";
    let mut bench = Bench::new(&[(setting, "1")]);
    bench.call(initialize(1, 0)).0.expect("a state");
    bench.call(InitializeState { key: key(1), ..initialize(1, 0) }).0.expect("a state");
    for offset in 0..4 {
        bench.call(write(offset, &[])).0.expect("a write");
    }
    bench.advance_ms(299_999);
    assert_eq!(bench.pruned, []);
    bench.advance_ms(1);
    // The quiet partition holds the log back until its state is written again.
    assert_eq!(bench.pruned, [Prune(Offset(1))]);
    assert_eq!(bench.log.len(), 8, "two states were cold");
    bench.call(write(9, &[])).0.expect("a write");
    bench.advance_ms(300_000);
    let Prune(offset) = bench.pruned[1];
    assert_eq!(offset, Offset(6));
    assert_eq!(bench.reloaded(offset.0 as usize).states, bench.shard.states);
}

#[test]
fn what_belongs_to_a_deleted_topic_is_forgotten() {
    let mut bench = Bench::new(&[]);
    bench.call(initialize(1, 0)).0.expect("a state");
    let removal = RemoveTopicRecord { topic_id: TOPIC, ..Default::default() };
    bench.metadata.apply(&MetadataRecord::RemoveTopicRecord(removal), Offset(9)).expect("fits");
    let delta = bench.metadata.publish();
    bench.event(|shard, context, out| shard.metadata_changed(context, &delta, out));
    assert!(bench.shard.states.is_empty());
    assert!(bench.log[1].1.value.is_none());
    bench.advance_ms(300_000);
    assert_eq!(bench.pruned, [Prune(Offset(1))]);
}
