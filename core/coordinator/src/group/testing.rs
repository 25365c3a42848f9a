//! A bench for the stories of this folder: one shard of groups over a log in memory, with a clock
//! that is set and metadata that is given.
//!
//! [`Bench::ask`] sends a request and hands out what the reply will be known by; [`Bench::call`] is for
//! requests that are answered at once. [`Bench::reload`] puts a new shard in the place of the old one,
//! as another broker would load it; [`Bench::compact`] first does to the log what the cleaner does.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use base::config::{Given, ServerConfig};
use base::{BrokerId, ErrorCode, MonoMs, Offset, Str, Uuid, WallMs};
use bytes::Bytes;
use metadata::image::Replay;
use metadata::{ConfigKind, Entropy, Image};
use protocol::record_types::metadata::{
    ConfigRecord, FeatureLevelRecord, MetadataRecord, PartitionRecord, RemoveTopicRecord,
    TopicRecord,
};
use records::{BatchBuilder, Batches, Codec, Compression};

use super::{Asked, Client, Counted, GroupEffect, GroupRecord, GroupShard, Reply, ResolveRegexes};
use crate::machine::{Ask, Call, Context, Machine};
use crate::shard::{Appended, Linger, Outcome, Shard, ShardLog, ShardSettings, Within};

/// What the clocks say when a bench begins.
const MONO_START: MonoMs = MonoMs(1_000_000);
const WALL_START: WallMs = WallMs(1_700_000_000_000);

/// A partition of `__consumer_offsets` in memory.
#[derive(Default)]
pub(super) struct MemoryLog {
    batches: Vec<Vec<u8>>,
    end: Offset,
    /// Whether what is appended commits at once.
    commits: Commits,
    high_watermark: Offset,
    refusal: Option<ErrorCode>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Commits {
    #[default]
    AtOnce,
    /// The high watermark stays until [`Bench::commit`].
    Held,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolves {
    AtOnce,
    /// Nothing is resolved until [`Bench::resolve`].
    Held,
}

impl ShardLog for MemoryLog {
    fn append(
        &mut self,
        batch: &[u8],
        base: Offset,
        _within: Within,
    ) -> Result<Appended, ErrorCode> {
        if let Some(code) = self.refusal {
            return Err(code);
        }
        assert_eq!(base, self.end, "a shard appends at the end of its log");
        let (header, _) = Batches::new(batch).next().expect("a batch").expect("a sound batch");
        self.end = header.next_offset();
        self.batches.push(batch.to_vec());
        if self.commits == Commits::AtOnce {
            self.high_watermark = self.end;
        }
        Ok(Appended { high_watermark: self.high_watermark })
    }
}

pub(super) struct Bench {
    shard: Shard<GroupShard>,
    pub(super) log: MemoryLog,
    pub(super) now: MonoMs,
    pub(super) config: ServerConfig,
    metadata: Replay,
    metadata_end: Offset,
    calls: u64,
    answers: BTreeMap<Call, Result<Reply, ErrorCode>>,
    /// What has been counted, in order.
    pub(super) counted: Vec<Counted>,
    /// Whether regular expressions are resolved at once.
    pub(super) resolves: Resolves,
    /// Those that are still to be.
    unresolved: Vec<ResolveRegexes>,
    /// Offset up to which [`Bench::new_records`] has told.
    told: Offset,
}

/// A request on its way. [`Bench::reply`] takes its reply once there is one.
#[derive(Debug)]
pub(super) struct Pending<R> {
    call: Call,
    request: PhantomData<R>,
}

impl Bench {
    /// A bench with the configuration of a node that was given none.
    pub(super) fn new() -> Bench {
        Bench::with(&[])
    }

    pub(super) fn with(settings: &[(&str, &str)]) -> Bench {
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let given = Given { settings: &settings, ..Given::default() };
        let config = ServerConfig::load(&given).expect("a valid configuration").config;
        let mut bench = Bench {
            shard: Shard::new(GroupShard::default(), shard_settings()),
            log: MemoryLog::default(),
            now: MONO_START,
            config,
            metadata: Replay::new(Image::empty()),
            metadata_end: Offset(0),
            calls: 0,
            answers: BTreeMap::new(),
            counted: Vec::new(),
            resolves: Resolves::AtOnce,
            unresolved: Vec::new(),
            told: Offset(0),
        };
        for (name, level) in [
            ("metadata.version", 29),
            ("transaction.version", 2),
            ("group.version", 1),
            ("share.version", 1),
            ("streams.version", 1),
        ] {
            bench.apply_metadata(MetadataRecord::FeatureLevelRecord(FeatureLevelRecord {
                name: name.into(),
                feature_level: level,
                ..FeatureLevelRecord::default()
            }));
        }
        bench.metadata.publish();
        bench.start();
        bench
    }

    // ---- asking ----

    /// Sends a request. What it writes is appended before this returns.
    pub(super) fn ask<R: Ask<GroupShard>>(&mut self, request: R) -> Pending<R> {
        let call = Call(self.calls);
        self.calls += 1;
        self.event(|shard, context, log| shard.handle(context, log, call, request.wrap()));
        Pending { call, request: PhantomData }
    }

    /// Takes the reply to a request, if it has been given.
    pub(super) fn reply<R: Ask<GroupShard>>(
        &mut self,
        pending: &Pending<R>,
    ) -> Option<Result<R::Reply, ErrorCode>> {
        self.answers.remove(&pending.call).map(|reply| reply.map(R::unwrap))
    }

    /// Takes the reply to a request that must have been answered by now.
    #[track_caller]
    pub(super) fn answer<R: Ask<GroupShard>>(&mut self, pending: &Pending<R>) -> R::Reply {
        match self.reply(pending) {
            Some(Ok(reply)) => reply,
            Some(Err(code)) => panic!("the request failed with {code:?}"),
            None => panic!("the request has not been answered"),
        }
    }

    /// Sends a request that is answered at once.
    #[track_caller]
    pub(super) fn call<R: Ask<GroupShard>>(&mut self, request: R) -> R::Reply {
        let pending = self.ask(request);
        self.answer(&pending)
    }

    pub(super) fn is_answered<R>(&self, pending: &Pending<R>) -> bool {
        self.answers.contains_key(&pending.call)
    }

    // ---- time ----

    /// Lets time pass, firing each timer at its moment.
    pub(super) fn advance_ms(&mut self, ms: u64) {
        let end = self.now.plus_ms(ms);
        loop {
            let next = self.shard.next_deadline();
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            self.event(|shard, context, log| shard.on_deadline(context, log));
        }
        self.now = end;
    }

    pub(super) fn wall(&self) -> WallMs {
        WallMs(WALL_START.0 + (self.now.0 - MONO_START.0) as i64)
    }

    // ---- metadata ----

    pub(super) fn image(&self) -> &Image {
        self.metadata.image()
    }

    /// Creates a topic whose partitions this one broker leads.
    pub(super) fn topic(&mut self, name: &str, partitions: i32) -> Uuid {
        let id = Entropy::new(0x7091c + self.metadata_end.0 as u128).uuid();
        self.apply_metadata(MetadataRecord::TopicRecord(TopicRecord {
            name: name.into(),
            topic_id: id,
            ..TopicRecord::default()
        }));
        self.add_partitions(id, 0..partitions);
        self.publish_metadata();
        id
    }

    /// Gives a topic more partitions: `partitions` in all.
    pub(super) fn grow_topic(&mut self, name: &str, partitions: i32) {
        let topic = self.image().topic(name).expect("the topic exists").clone();
        self.add_partitions(topic.id, topic.partitions.len() as i32..partitions);
        self.publish_metadata();
    }

    pub(super) fn delete_topic(&mut self, name: &str) {
        let topic_id = self.image().topic(name).expect("the topic exists").id;
        self.apply_metadata(MetadataRecord::RemoveTopicRecord(RemoveTopicRecord {
            topic_id,
            ..RemoveTopicRecord::default()
        }));
        self.publish_metadata();
    }

    /// Sets a configuration of a group (`ConfigKind::Group`) or takes it away.
    pub(super) fn group_config(&mut self, group: &str, name: &str, value: Option<&str>) {
        self.apply_metadata(MetadataRecord::ConfigRecord(ConfigRecord {
            resource_type: ConfigKind::Group.code(),
            resource_name: group.into(),
            name: name.into(),
            value: value.map(Str::from),
            ..ConfigRecord::default()
        }));
        self.publish_metadata();
    }

    fn add_partitions(&mut self, topic_id: Uuid, partitions: std::ops::Range<i32>) {
        for partition_id in partitions {
            self.apply_metadata(MetadataRecord::PartitionRecord(PartitionRecord {
                partition_id,
                topic_id,
                replicas: vec![BrokerId(1).0],
                isr: vec![BrokerId(1).0],
                leader: BrokerId(1).0,
                ..PartitionRecord::default()
            }));
        }
    }

    fn apply_metadata(&mut self, record: MetadataRecord) {
        self.metadata.apply(&record, self.metadata_end).expect("a record that fits the image");
        self.metadata_end = self.metadata_end.plus(1);
    }

    fn publish_metadata(&mut self) {
        let delta = self.metadata.publish();
        self.event(|shard, context, log| shard.metadata_changed(context, log, &delta));
    }

    // ---- the log ----

    /// Everything that stands in the log, decoded, with its offset. Markers are left out.
    pub(super) fn records(&self) -> Vec<(Offset, GroupRecord)> {
        let mut all = Vec::new();
        let mut scratch = Vec::new();
        for batch in &self.log.batches {
            let (header, bytes) = Batches::new(batch).next().expect("a batch").expect("sound");
            if header.attributes.is_control() {
                continue;
            }
            for record in records::records_of(bytes, &mut scratch, usize::MAX).expect("records") {
                let record = record.expect("a sound record");
                let key = Bytes::copy_from_slice(record.key.expect("a key"));
                let value = record.value.map(Bytes::copy_from_slice);
                let decoded = GroupShard::decode(key, value).expect("a readable record");
                all.push((record.offset(&header), decoded.expect("a known kind")));
            }
        }
        all
    }

    /// What has been appended since this was called last.
    pub(super) fn new_records(&mut self) -> Vec<GroupRecord> {
        let from = std::mem::replace(&mut self.told, self.log.end);
        let new = self.records().into_iter().filter(|(offset, _)| *offset >= from);
        new.map(|(_, record)| record).collect()
    }

    /// Appends a record behind the shard's back, as another broker would have. The shard must be
    /// loaded again before it is asked anything.
    pub(super) fn write(&mut self, record: &GroupRecord) {
        let (key, value) = GroupShard::encode(record).expect("a record that can be written");
        let end = self.log.end;
        let mut batch = BatchBuilder::new(Compression::from(Codec::None)).base_offset(end);
        batch.append(self.wall(), Some(&key), value.as_deref(), &[]).expect("a small batch");
        self.log.append(&batch.build(), end, Within::None).expect("a log that takes it");
    }

    /// Whether appends commit at once.
    pub(super) fn set_commits(&mut self, commits: Commits) {
        self.log.commits = commits;
    }

    /// Commits everything that has been appended.
    pub(super) fn commit(&mut self) {
        self.log.high_watermark = self.log.end;
        self.shard.committed(self.log.end);
        self.collect();
    }

    /// Has the log refuse what is appended, or accept it again.
    pub(super) fn refuse_appends(&mut self, code: Option<ErrorCode>) {
        self.log.refusal = code;
    }

    /// Keeps of each key the last record only, as the cleaner does. Records of transactions stay.
    pub(super) fn compact(&mut self) {
        let mut last = BTreeMap::new();
        let mut kept: BTreeMap<Offset, Vec<u8>> = BTreeMap::new();
        let mut scratch = Vec::new();
        for batch in &self.log.batches {
            let (header, bytes) = Batches::new(batch).next().expect("a batch").expect("sound");
            if header.attributes.is_transactional() {
                kept.insert(header.base_offset, batch.clone());
                continue;
            }
            for record in records::records_of(bytes, &mut scratch, usize::MAX).expect("records") {
                let record = record.expect("a sound record");
                let offset = record.offset(&header);
                let key = record.key.expect("a key").to_vec();
                if let Some(older) = last.insert(key, offset) {
                    kept.remove(&older);
                }
                if record.value.is_some() {
                    let mut one =
                        BatchBuilder::new(Compression::from(Codec::None)).base_offset(offset);
                    let timestamp = record.timestamp(&header);
                    one.append_record(offset, timestamp, &record).expect("a small batch");
                    kept.insert(offset, one.build());
                }
            }
        }
        self.log.batches = kept.into_values().collect();
    }

    /// Loads the log into a new shard, as another broker would. Calls that waited are never answered.
    pub(super) fn reload(&mut self) {
        self.shard = Shard::new(GroupShard::default(), shard_settings());
        for batch in &self.log.batches {
            self.shard.replay(batch).expect("a readable log");
        }
        self.start();
    }

    pub(super) fn machine(&self) -> &GroupShard {
        self.shard.machine()
    }

    pub(super) fn failure(&self) -> Option<ErrorCode> {
        self.shard.failure()
    }

    fn start(&mut self) {
        let (end, high_watermark) = (self.log.end, self.log.high_watermark);
        self.event(|shard, context, log| shard.start(context, log, end, high_watermark));
    }

    // ---- one event ----

    fn event(
        &mut self,
        event: impl FnOnce(&mut Shard<GroupShard>, &mut Context<'_>, &mut MemoryLog),
    ) {
        let wall = self.wall();
        let mut context = Context {
            now: self.now,
            wall,
            image: self.metadata.image(),
            config: &self.config,
            entropy: Entropy::new(u128::from(self.calls) << 64 | u128::from(self.now.0)),
        };
        event(&mut self.shard, &mut context, &mut self.log);
        self.shard.flush(self.now, &mut self.log);
        self.collect();
    }

    fn collect(&mut self) {
        for outcome in self.shard.take_ready() {
            match outcome {
                Outcome::Reply(call, reply) => {
                    let twice = self.answers.insert(call, reply);
                    assert!(twice.is_none(), "{call:?} was answered twice");
                }
                Outcome::Effect(GroupEffect::Count(counted)) => self.counted.push(counted),
                Outcome::Effect(GroupEffect::Resolve(work)) => self.unresolved.push(work),
            }
        }
        if self.resolves == Resolves::AtOnce {
            self.resolve();
        }
    }

    pub(super) fn take_unresolved(&mut self) -> Vec<ResolveRegexes> {
        std::mem::take(&mut self.unresolved)
    }

    /// Holds regular expressions against topics as the shell does, and tells the shard.
    pub(super) fn resolve(&mut self) {
        for work in self.take_unresolved() {
            self.call(work.run(|| true).expect("it goes on to the end"));
        }
    }
}

fn shard_settings() -> ShardSettings {
    ShardSettings {
        batch_bytes_max: 1_048_588,
        codec: Codec::None,
        commit_timeout_ms: 5_000,
        linger: Linger::Drained,
    }
}

/// A request of a client on this machine.
pub(super) fn asked<R>(version: i16, body: R) -> Asked<R> {
    asked_by("client", version, body)
}

pub(super) fn asked_by<R>(client: &str, version: i16, body: R) -> Asked<R> {
    Asked { client: Client { id: client.into(), host: "/127.0.0.1".into() }, version, body }
}
