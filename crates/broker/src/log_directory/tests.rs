//! Stories of partitions that promise durability, on a disk in memory that loses its power at every
//! point: what was acknowledged is there afterwards, and so is what a reader has seen.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::AtomicU64;

use base::config::{TopicConfig, TopicDefaults};
use base::{BrokerId, ErrorCode, LeaderEpoch, PartitionIndex, Str, TopicPartition, WallMs};
use bytes::Bytes;
use records::{BatchBuilder, Batches, Codec, TimestampType, Validated, ValidationRules};
use replication::partition::Acks;
use storage::{
    LastStop, Log, LogConfig, MemoryDisk, Minimum, Opening, RECOVERY_POINTS, Verification,
    read_offsets, write_offsets,
};

use super::*;
use crate::loader::{open_or_recover, replay, settle_journal};
use crate::partitions::{Isolation, Reading, Ticket, Topic};
use crate::pending::PendingProduce;

const TOPIC: Uuid = Uuid([7; 16]);
const PARTITIONS: usize = 3;
const NOW: WallMs = WallMs(0);

/// Time as the story says.
#[derive(Default)]
struct Told(AtomicU64);

impl Env for Told {
    fn wall(&self) -> WallMs {
        NOW
    }

    fn mono(&self) -> MonoMs {
        MonoMs(self.0.load(Ordering::Relaxed))
    }

    fn mono_us(&self) -> u64 {
        self.mono().0 * 1000
    }

    fn random(&self) -> u128 {
        4
    }

    fn sleep_until(&self, _deadline: MonoMs) -> io::Sleep {
        Box::pin(pending())
    }
}

/// xorshift64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % bound
    }
}

fn home() -> &'static Path {
    Path::new("/data")
}

fn dir(partition: usize) -> PathBuf {
    home().join(format!("t-{partition}"))
}

fn small() -> Arc<LogConfig> {
    let small =
        LogConfig { segment_bytes: 2000, index_interval_bytes: 150, ..LogConfig::default() };
    Arc::new(small)
}

fn dyn_disk(disk: &MemoryDisk) -> Arc<dyn Disk> {
    Arc::new(disk.clone())
}

fn synced() -> TopicConfig {
    let own = BTreeMap::from([("vltava.durability".to_owned(), "synced".to_owned())]);
    let (config, ignored) = TopicConfig::from_stored(&own, &TopicDefaults::default());
    assert!(ignored.is_empty());
    config
}

/// A batch as a producer sends it, validated.
fn batch(number: usize, bytes: usize) -> Validated {
    let mut builder = BatchBuilder::new(Codec::None);
    let value = vec![b'a' + (number % 26) as u8; bytes];
    builder.append(WallMs(number as i64), None, Some(&value), &[]).unwrap();
    let rules = ValidationRules {
        compacted: false,
        max_message_bytes: 1 << 20,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: i64::MAX,
        compression: None,
        decompressed_bytes_max: 1 << 20,
        now: NOW,
    };
    records::validate(&Bytes::from(builder.build()), 11, &rules).unwrap()
}

/// A directory with its partitions, and what the world has been told of them.
struct Node {
    disk: MemoryDisk,
    env: Arc<Told>,
    directory: Arc<LogDirectory>,
    queues: Queues,
    committer: Committer,
    replicas: Vec<Arc<Replica>>,
    /// The values of the records of each partition, in order, whether they were appended or not.
    offered: Vec<Vec<Vec<u8>>>,
    waiting: Vec<(usize, Offset, Arc<PendingProduce>)>,
    /// Up to where producers were told that their records are there.
    acknowledged: Vec<Offset>,
    /// Up to where readers have seen records.
    shown: Vec<Offset>,
}

impl Node {
    /// New partitions, whose creation is durable.
    fn new(disk: &MemoryDisk) -> Node {
        let create = |partition| {
            Log::create(dyn_disk(disk), &dir(partition), small(), Some(TOPIC), NOW).unwrap()
        };
        let logs = (0..PARTITIONS).map(create).collect();
        disk.sync_everything(home()).unwrap();
        Node::of(disk, logs)
    }

    fn of(disk: &MemoryDisk, logs: Vec<Log>) -> Node {
        let env = Arc::new(Told::default());
        let metrics = Metrics::new();
        let (directory, queues) = LogDirectory::new(
            home().to_owned(),
            Uuid([1; 16]),
            dyn_disk(disk),
            env.clone(),
            metrics.clone(),
        );
        let topic = Topic::new(Str::from_static("t"), TOPIC, synced(), metrics.topic("t"));
        let me = BrokerId(1);
        let mut replicas = Vec::new();
        for (index, log) in logs.into_iter().enumerate() {
            let index = PartitionIndex(index as i32);
            let replica = Replica::new(me, &topic, index, log, directory.clone(), Offset(0));
            replica.lead_alone(me);
            replicas.push(replica);
        }
        Node {
            disk: disk.clone(),
            env,
            committer: Committer::new(directory.clone()),
            directory,
            queues,
            replicas,
            offered: vec![Vec::new(); PARTITIONS],
            waiting: Vec::new(),
            acknowledged: vec![Offset(0); PARTITIONS],
            shown: vec![Offset(0); PARTITIONS],
        }
    }

    /// Lets `steps` things happen that `seed` chooses, and takes note of what is told.
    fn live(&mut self, seed: u64, steps: usize) {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for step in 0..steps {
            match chance.below(8) {
                0..4 => self.produce(&mut chance, step),
                4..6 => self.committer.commit(self.queues.commits.try_iter().collect()),
                6 => {
                    if let Ok(job) = self.queues.behind.try_recv() {
                        self.directory.work(job, &self.queues.behind);
                    }
                }
                _ => {
                    self.env.0.fetch_add(chance.below(4000), Ordering::Relaxed);
                    self.checkpoint();
                }
            }
            self.take_note();
        }
    }

    fn produce(&mut self, chance: &mut Chance, number: usize) {
        let at = chance.below(PARTITIONS as u64) as usize;
        let batch = batch(number, 20 + chance.below(500) as usize);
        let acks = if chance.below(3) == 0 { Acks::Leader } else { Acks::All };
        self.offered[at].push(batch.body.to_vec());
        let pending = Arc::new(PendingProduce::new(1));
        let ticket = || {
            pending.expect(0);
            Ticket::Produce { pending: pending.clone(), slot: 0 }
        };
        let replica = &self.replicas[at];
        match replica.append(&batch, acks, Verification::Settled, NOW, ticket) {
            Ok(written) => self.waiting.push((at, written.base_offset.plus(1), pending)),
            Err(refused) => assert_eq!(refused.code, ErrorCode::KafkaStorageError),
        }
    }

    /// As housekeeping does: without it a start after a crash reads every log from its beginning.
    fn checkpoint(&mut self) {
        if self.directory.is_offline() {
            return;
        }
        let mut points = BTreeMap::new();
        for replica in &self.replicas {
            let partition = TopicPartition::new("t", replica.index.0);
            points.insert(partition, replica.with_log(|log| log.recovery_point()));
        }
        let lines = points.iter().map(|(partition, point)| (partition, *point));
        if let Err(reason) = write_offsets(&self.disk, home(), RECOVERY_POINTS, lines) {
            self.directory.fail(&reason);
        }
    }

    fn take_note(&mut self) {
        let acknowledged = &mut self.acknowledged;
        self.waiting.retain(|(at, end, pending)| {
            let is_done = pending.is_done();
            if is_done && pending.codes() == [ErrorCode::None] {
                acknowledged[*at] = acknowledged[*at].max(*end);
            }
            !is_done
        });
        for (replica, shown) in self.replicas.iter().zip(&mut self.shown) {
            *shown = (*shown).max(replica.bounds().high_watermark);
        }
    }

    /// What a reader finds in a partition.
    fn read(&self, partition: usize) -> Vec<Vec<u8>> {
        let mut values = Vec::new();
        loop {
            let found = self.replicas[partition].read(Reading {
                offset: Offset(values.len() as i64),
                bytes_max: 5000,
                minimum: Minimum::OneBatch,
                isolation: Isolation::ReadUncommitted,
                leader_epoch: LeaderEpoch::NONE,
                last_fetched_epoch: LeaderEpoch::NONE,
            });
            let Some(slice) = found.unwrap().slice else { return values };
            let bytes = slice.read().unwrap();
            let whole = Batches::new(&bytes).map_while(|batch| batch.ok());
            values.extend(whole.map(|(_, batch)| batch[records::HEADER_SIZE..].to_vec()));
        }
    }
}

/// A start after a crash, as `loader` does it.
fn start(disk: &MemoryDisk) -> Node {
    let points = read_offsets(disk, home(), RECOVERY_POINTS).unwrap().unwrap_or_default();
    let journaled = Journal::read(disk, home()).unwrap();
    let mut logs = Vec::new();
    for partition in 0..PARTITIONS {
        let known = points.get(&TopicPartition::new("t", partition as i32));
        let opening = Opening {
            config: small(),
            recovery_point: known.copied().unwrap_or(Offset(0)),
            log_start: Offset(0),
            cleaned_up_to: Offset(0),
            last_stop: LastStop::Unclean,
            topic_id: None,
            now: NOW,
        };
        let tails = journaled.of(TOPIC, PartitionIndex(partition as i32));
        let log = open_or_recover(&dyn_disk(disk), &dir(partition), opening, tails).unwrap();
        logs.push(replay(log, tails, NOW).unwrap());
    }
    settle_journal(&dyn_disk(disk), home()).unwrap();
    for log in &mut logs {
        log.flushed(log.end());
    }
    Node::of(disk, logs)
}

fn assert_kept(before: &Node, after: &Node, story: &str) {
    for partition in 0..PARTITIONS {
        let found = after.read(partition);
        let promised = before.acknowledged[partition].max(before.shown[partition]);
        assert!(
            found.len() as i64 >= promised.0,
            "{story}: partition {partition} has {} of {promised} promised",
            found.len()
        );
        let offered = &before.offered[partition];
        assert!(found[..] == offered[..found.len()], "{story}: partition {partition}");
    }
}

#[test]
fn a_power_cut_at_any_point_loses_nothing_acknowledged_and_takes_back_nothing_shown() {
    let (mut cuts, mut promised) = (0, 0);
    for seed in 0..4 {
        let whole = {
            let disk = MemoryDisk::new();
            let mut node = Node::new(&disk);
            let before = disk.counts().changes;
            node.live(seed, 90);
            disk.counts().changes - before
        };
        for point in 0..whole {
            let disk = MemoryDisk::new();
            let mut node = Node::new(&disk);
            disk.cut_power_after(point);
            node.live(seed, 90);
            let after = disk.restart(seed * 1000 + point);
            let story = format!("seed {seed} point {point}");
            let mut again = start(&after);
            assert_kept(&node, &again, &story);
            cuts += 1;
            promised += node.acknowledged.iter().map(|end| end.0).sum::<i64>();

            // The power fails a second time, some way into the next life.
            let kept: Vec<usize> = (0..PARTITIONS).map(|at| again.read(at).len()).collect();
            again.offered = (0..PARTITIONS).map(|at| again.read(at)).collect();
            after.cut_power_after(point / 3);
            again.live(seed + 50, 20);
            let third = start(&after.restart(point));
            assert_kept(&again, &third, &story);
            assert!((0..PARTITIONS).all(|at| third.read(at).len() >= kept[at]), "{story}");
        }
    }
    assert!(cuts > 250 && promised > 2500, "{cuts} cuts, {promised} records acknowledged");
}

#[test]
fn nobody_is_told_of_a_record_before_its_sync() {
    let disk = MemoryDisk::new();
    let mut node = Node::new(&disk);
    let mut chance = Chance(9);
    for number in 0..12 {
        node.produce(&mut chance, number);
    }
    node.take_note();
    assert_eq!((&node.acknowledged, &node.shown), (&vec![Offset(0); 3], &vec![Offset(0); 3]));
    let syncs = disk.counts().syncs;
    node.committer.commit(node.queues.commits.try_iter().collect());
    node.take_note();
    // The journal, and its directory because it is new.
    assert_eq!(disk.counts().syncs - syncs, 2);
    let all: i64 = node.acknowledged.iter().map(|end| end.0).sum();
    assert_eq!((all, &node.acknowledged), (12, &node.shown));
}

#[test]
fn a_failed_sync_takes_the_directory_offline_and_acknowledges_nothing_more() {
    let disk = MemoryDisk::new();
    let mut node = Node::new(&disk);
    node.live(3, 30);
    let told = node.acknowledged.clone();
    let mut chance = Chance(4);
    disk.set_failing_syncs(true);
    for number in 0..6 {
        node.produce(&mut chance, number);
    }
    node.committer.commit(node.queues.commits.try_iter().collect());
    disk.set_failing_syncs(false);
    assert!(node.directory.is_offline());
    node.live(5, 30);
    assert_eq!(node.acknowledged, told);
    assert_kept(&node, &start(&disk.restart(1)), "after the failure");
}

#[test]
fn segments_follow_the_journal_and_then_it_is_written_over() {
    let disk = MemoryDisk::new();
    let mut node = Node::new(&disk);
    let mut chance = Chance(11);
    let mut longest = 0;
    for number in 0..200 {
        node.produce(&mut chance, number);
        node.env.0.fetch_add(HALF_AGE_MS_MAX, Ordering::Relaxed);
        node.committer.commit(node.queues.commits.try_iter().collect());
        while let Ok(job) = node.queues.behind.try_recv() {
            node.directory.work(job, &node.queues.behind);
        }
        for name in storage::JOURNAL_FILES {
            longest = longest.max(disk.content(&home().join(name)).map_or(0, |file| file.len()));
        }
    }
    assert!(longest < 20_000, "{longest}");
    node.take_note();
    let behind =
        |replica: &Arc<Replica>| replica.with_log(|log| log.end().since(log.recovery_point()));
    assert!(node.replicas.iter().map(behind).sum::<i64>() < 4);
}

#[test]
fn the_journal_of_the_last_life_is_not_written_over_before_its_logs_have_it() {
    let disk = MemoryDisk::new();
    let mut node = Node::new(&disk);
    let journal = home().join("vltava-journal-1");
    disk.put(&journal, b"what some log lacks");
    node.directory.keep_journal();
    let mut chance = Chance(3);
    for number in 0..20 {
        node.produce(&mut chance, number);
    }
    node.committer.commit(node.queues.commits.try_iter().collect());
    assert_eq!(disk.content(&journal).unwrap(), b"what some log lacks");
    node.take_note();
    assert_eq!(node.acknowledged, [Offset(0); PARTITIONS], "nothing is durable yet");
    while let Ok(job) = node.queues.behind.try_recv() {
        node.directory.work(job, &node.queues.behind);
    }
    node.take_note();
    assert!(node.waiting.is_empty(), "flushed instead");

    node.directory.release_journal();
    node.produce(&mut chance, 20);
    node.committer.commit(node.queues.commits.try_iter().collect());
    assert_ne!(disk.content(&journal).unwrap(), b"what some log lacks");
    node.take_note();
    assert!(node.waiting.is_empty(), "committed");
}
