//! A bench for the stories of this folder: one shard of transactions over a log in memory, with a
//! clock that is set. Markers are written when a story says so.

use std::collections::BTreeMap;

use base::config::{Given, ServerConfig};
use base::{ErrorCode, MonoMs, Offset, ProducerEpoch, ProducerId, WallMs};
use bytes::Bytes;
use metadata::image::Replay;
use metadata::{Entropy, Image};
use protocol::record_types::metadata::{FeatureLevelRecord, MetadataRecord};
use records::{Batches, Codec};

use crate::machine::{Ask, Call, Context, Ending, Machine};
use crate::shard::{Appended, Linger, Outcome, Shard, ShardLog, ShardSettings, Within};
use crate::transaction::*;

const MONO_START: MonoMs = MonoMs(1_000_000);
const WALL_START: i64 = 1_700_000_000_000;

#[derive(Default)]
struct MemoryLog {
    batches: Vec<Vec<u8>>,
    end: Offset,
    high_watermark: Offset,
    /// Appends do not commit until [`Bench::commit`].
    held: bool,
}

impl ShardLog for MemoryLog {
    fn append(&mut self, batch: &[u8], base: Offset, _: Within) -> Result<Appended, ErrorCode> {
        assert_eq!(base, self.end);
        let (header, _) = Batches::new(batch).next().expect("a batch").expect("a sound batch");
        self.end = header.next_offset();
        self.batches.push(batch.to_vec());
        if !self.held {
            self.high_watermark = self.end;
        }
        Ok(Appended { high_watermark: self.high_watermark })
    }
}

pub struct Bench {
    shard: Shard<TransactionShard>,
    log: MemoryLog,
    now: MonoMs,
    config: ServerConfig,
    metadata: Replay,
    metadata_end: Offset,
    calls: u64,
    answers: BTreeMap<Call, Result<Reply, ErrorCode>>,
    effects: Vec<Effect>,
    coordinator_epoch: i32,
    loads: u128,
    next_producer_id: i64,
}

/// A producer as it sees itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Producer {
    pub id: i64,
    pub epoch: i16,
}

pub fn producer(id: i64, epoch: i16) -> Producer {
    Producer { id, epoch }
}

impl Bench {
    /// A cluster whose `transaction.version` is `version`.
    pub fn new(version: i16) -> Bench {
        Bench::with(version, &[])
    }

    pub fn with(version: i16, settings: &[(&str, &str)]) -> Bench {
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let given = Given { settings: &settings, ..Given::default() };
        let mut bench = Bench {
            shard: Shard::new(TransactionShard::new(0), shard_settings()),
            log: MemoryLog::default(),
            now: MONO_START,
            config: ServerConfig::load(&given).expect("a valid configuration").config,
            metadata: Replay::new(Image::empty()),
            metadata_end: Offset(0),
            calls: 0,
            answers: BTreeMap::new(),
            effects: Vec::new(),
            coordinator_epoch: 0,
            loads: 0,
            next_producer_id: 1000,
        };
        bench.feature("metadata.version", 29);
        bench.feature("transaction.version", version);
        bench.start();
        bench
    }

    pub fn feature(&mut self, name: &str, feature_level: i16) {
        let record = FeatureLevelRecord {
            name: name.into(),
            feature_level,
            ..FeatureLevelRecord::default()
        };
        let record = MetadataRecord::FeatureLevelRecord(record);
        self.metadata.apply(&record, self.metadata_end).expect("a record that fits");
        self.metadata_end = self.metadata_end.plus(1);
        self.metadata.publish();
    }

    // ---- asking ----

    pub fn ask<R: Ask<TransactionShard>>(&mut self, request: R) -> Option<R::Reply> {
        let call = Call(self.calls);
        self.calls += 1;
        self.event(|shard, context, log| shard.handle(context, log, call, request.wrap()));
        self.answers.remove(&call).map(|reply| R::unwrap(reply.expect("the shard is well")))
    }

    fn draw(&mut self) -> ProducerId {
        self.next_producer_id += 1;
        ProducerId(self.next_producer_id - 1)
    }

    /// InitProducerId as the broker's handler asks it.
    pub fn initialise(&mut self, id: &str) -> Result<Producer, ErrorCode> {
        self.initialise_as(id, None)
    }

    pub fn initialise_as(
        &mut self,
        id: &str,
        expected: Option<Producer>,
    ) -> Result<Producer, ErrorCode> {
        let mut asked = InitProducerId {
            transactional_id: id.into(),
            timeout_ms: 60_000,
            expected: expected.map(|it| (ProducerId(it.id), ProducerEpoch(it.epoch))),
            two_phase_commit: false,
            keeps_prepared: false,
            fresh: None,
        };
        loop {
            match self.ask(asked.clone()).expect("an answer") {
                ProducerInitialized::Producer { id, epoch } => {
                    return Ok(Producer { id: id.0, epoch: epoch.0 });
                }
                ProducerInitialized::Refused(code) => return Err(code),
                ProducerInitialized::WantsProducerId => asked.fresh = Some(self.draw()),
            }
        }
    }

    /// Adds partitions of topic `t`.
    pub fn add(&mut self, id: &str, who: Producer, partitions: &[i32]) -> ErrorCode {
        let version = self.client_version();
        self.add_in_version(id, who, partitions, version)
    }

    pub fn add_in_version(
        &mut self,
        id: &str,
        who: Producer,
        partitions: &[i32],
        client_version: i16,
    ) -> ErrorCode {
        let asked = AddPartitions {
            transactional_id: id.into(),
            producer_id: ProducerId(who.id),
            producer_epoch: ProducerEpoch(who.epoch),
            partitions: partitions.iter().map(|index| TopicPartition::new("t", *index)).collect(),
            client_version,
        };
        self.ask(asked).expect("an answer").0
    }

    pub fn verify(&mut self, id: &str, who: Producer, partitions: &[i32]) -> Vec<ErrorCode> {
        let asked = VerifyPartitions {
            transactional_id: id.into(),
            producer_id: ProducerId(who.id),
            producer_epoch: ProducerEpoch(who.epoch),
            partitions: partitions.iter().map(|index| TopicPartition::new("t", *index)).collect(),
        };
        self.ask(asked).expect("an answer").0
    }

    pub fn commit_transaction(&mut self, id: &str, who: Producer) -> Result<Producer, ErrorCode> {
        self.end(id, who, Ending::Commit)
    }

    pub fn abort_transaction(&mut self, id: &str, who: Producer) -> Result<Producer, ErrorCode> {
        self.end(id, who, Ending::Abort)
    }

    fn end(&mut self, id: &str, who: Producer, ending: Ending) -> Result<Producer, ErrorCode> {
        let version = self.client_version();
        self.end_in_version(id, who, ending, version)
    }

    pub fn end_in_version(
        &mut self,
        id: &str,
        who: Producer,
        ending: Ending,
        client_version: i16,
    ) -> Result<Producer, ErrorCode> {
        let mut asked = EndTransaction {
            transactional_id: id.into(),
            producer_id: ProducerId(who.id),
            producer_epoch: ProducerEpoch(who.epoch),
            ending,
            client_version,
            fresh: None,
        };
        loop {
            match self.ask(asked.clone()).expect("an answer") {
                TransactionEnded::Decided { id, epoch } => {
                    return Ok(Producer { id: id.0, epoch: epoch.0 });
                }
                TransactionEnded::Refused(code) => return Err(code),
                TransactionEnded::WantsProducerId => asked.fresh = Some(self.draw()),
            }
        }
    }

    /// What a client of this cluster says: the highest version that it and the cluster know.
    fn client_version(&self) -> i16 {
        let level = self.metadata.image().feature_level(metadata::Feature::TransactionVersion);
        if level >= 2 { 2 } else { 0 }
    }

    // ---- effects ----

    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The one set of markers that is to be sent.
    #[track_caller]
    pub fn take_markers(&mut self) -> Markers {
        match self.take_effects().as_slice() {
            [Effect::SendMarkers(markers)] => markers.clone(),
            other => panic!("markers of one transaction were due, not {other:?}"),
        }
    }

    pub fn written(&mut self, markers: &Markers, partitions: &[i32]) {
        self.ask(MarkersWritten {
            transactional_id: markers.transactional_id.clone(),
            producer_id: markers.producer_id,
            producer_epoch: markers.producer_epoch,
            coordinator_epoch: markers.coordinator_epoch,
            load: markers.load,
            partitions: partitions.iter().map(|index| TopicPartition::new("t", *index)).collect(),
        });
    }

    /// Writes every marker that is due, and draws the producer ids that are wanted.
    pub fn perform_effects(&mut self) {
        for effect in self.take_effects() {
            match effect {
                Effect::SendMarkers(markers) => {
                    let partitions: Vec<i32> =
                        markers.partitions.iter().map(|it| it.partition).collect();
                    self.written(&markers, &partitions);
                }
                Effect::DrawProducerId(wanted) => {
                    let fresh = Some(self.draw());
                    self.ask(AbortTimedOut { fresh, ..wanted });
                }
            }
        }
    }

    // ---- looking ----

    #[track_caller]
    pub fn transaction(&self, id: &str) -> Transaction {
        self.shard.machine().transaction(id).expect("a known id").clone()
    }

    pub fn knows(&self, id: &str) -> bool {
        self.shard.machine().transaction(id).is_some()
    }

    #[track_caller]
    pub fn state(&self, id: &str) -> TransactionState {
        self.transaction(id).state
    }

    /// Everything in the log.
    pub fn records(&self) -> Vec<TransactionRecord> {
        let mut all = Vec::new();
        let mut scratch = Vec::new();
        for batch in &self.log.batches {
            for record in records::records_of(batch, &mut scratch, usize::MAX).expect("records") {
                let record = record.expect("a sound record");
                let key = Bytes::copy_from_slice(record.key.expect("a key"));
                let value = record.value.map(Bytes::copy_from_slice);
                let decoded = TransactionShard::decode(key, value).expect("a readable record");
                all.push(decoded.expect("a known kind"));
            }
        }
        all
    }

    // ---- time, and what may go wrong ----

    pub fn wall(&self) -> WallMs {
        WallMs(WALL_START + (self.now.0 - MONO_START.0) as i64)
    }

    pub fn advance_ms(&mut self, ms: u64) {
        let end = self.now.plus_ms(ms);
        while self.shard.next_deadline() <= end {
            self.now = self.now.max(self.shard.next_deadline());
            self.event(|shard, context, log| shard.on_deadline(context, log));
        }
        self.now = end;
    }

    pub fn next_deadline(&self) -> MonoMs {
        self.shard.next_deadline()
    }

    /// From now on nothing commits until [`Bench::commit`].
    pub fn hold_commits(&mut self) {
        self.log.held = true;
    }

    pub fn commit(&mut self) {
        self.log.held = false;
        self.log.high_watermark = self.log.end;
        self.shard.committed(self.log.end);
        self.collect();
    }

    /// Another coordinator loads the log; effects of the one before are lost.
    pub fn reload(&mut self) {
        self.coordinator_epoch += 1;
        self.effects.clear();
        self.load_again();
    }

    /// As a shard that has lost track of its log, and still leads it.
    pub fn load_again(&mut self) {
        self.loads += 1;
        self.shard = Shard::new(TransactionShard::new(self.coordinator_epoch), shard_settings());
        for batch in &self.log.batches {
            self.shard.replay(batch).expect("a readable log");
        }
        self.start();
    }

    fn start(&mut self) {
        let (end, high_watermark) = (self.log.end, self.log.high_watermark);
        self.event(|shard, context, log| shard.start(context, log, end, high_watermark));
    }

    fn event(
        &mut self,
        event: impl FnOnce(&mut Shard<TransactionShard>, &mut Context<'_>, &mut MemoryLog),
    ) {
        let wall = self.wall();
        let mut context = Context {
            now: self.now,
            wall,
            image: self.metadata.image(),
            config: &self.config,
            entropy: Entropy::new(self.loads),
        };
        event(&mut self.shard, &mut context, &mut self.log);
        self.shard.flush(self.now, &mut self.log);
        self.collect();
    }

    fn collect(&mut self) {
        for outcome in self.shard.take_ready() {
            match outcome {
                Outcome::Reply(call, reply) => {
                    self.answers.insert(call, reply);
                }
                Outcome::Effect(effect) => self.effects.push(effect),
            }
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
