//! Stories of compaction while other things happen to its logs.

use std::future::pending;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use base::config::server::Given;
use base::config::{TopicConfig, TopicDefaults};
use base::{LeaderEpoch, MonoMs, PartitionIndex, Str, TopicPartition, Uuid, WallMs};
use parking_lot::Mutex;
use records::{BatchBuilder, Codec};
use storage::{AppendOutcome, Appending, Batch, Cleanup, Disk, Log, LogConfig, MemoryDisk};

use super::*;
use crate::housekeeping::Housekeeping;
use crate::metrics::Metrics;
use crate::partitions::Topic;
use crate::server;

const NOW: WallMs = WallMs(1_000_000);

type Deed = Box<dyn FnOnce() + Send>;

/// Time as the story says; and something that happens when somebody looks at the clock.
#[derive(Default)]
struct Told {
    mono: AtomicU64,
    /// How often the clock is looked at before it happens.
    deed: Mutex<Option<(usize, Deed)>>,
}

impl Told {
    fn meanwhile(&self, looks: usize, deed: impl FnOnce() + Send + 'static) {
        *self.deed.lock() = Some((looks, Box::new(deed)));
    }

    fn has_happened(&self) -> bool {
        self.deed.lock().is_none()
    }
}

impl Env for Told {
    fn wall(&self) -> WallMs {
        let mut waiting = self.deed.lock();
        match waiting.take() {
            Some((0, deed)) => {
                drop(waiting);
                deed();
            }
            Some((looks, deed)) => *waiting = Some((looks - 1, deed)),
            None => {}
        }
        NOW
    }

    fn mono(&self) -> MonoMs {
        MonoMs(self.mono.load(Ordering::Relaxed))
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

fn home() -> &'static Path {
    Path::new("/data")
}

/// A node with logs that are to be compacted.
struct Node {
    disk: MemoryDisk,
    env: Arc<Told>,
    shared: Shared,
    beside: Arc<BesideCompaction>,
    compactor: Compactor,
}

impl Node {
    fn new(cleanup: Cleanup, topics: &[&'static str]) -> Node {
        let disk = MemoryDisk::new();
        let env = Arc::new(Told::default());
        let config = ServerConfig::load(&Given { file: None, environment: &[], settings: &[] });
        let config = config.expect("the defaults are good").config;
        let metrics = Metrics::new();
        let shared_disk: Arc<dyn Disk> = Arc::new(disk.clone());
        let (directory, _queues) = LogDirectory::new(
            home().to_owned(),
            Uuid([1; 16]),
            shared_disk,
            env.clone(),
            metrics.clone(),
        );
        let (shared, _) = server::shared(&config, env.clone(), vec![directory], metrics);
        let beside = Arc::new(BesideCompaction::default());
        let compactor = Compactor::new(&shared, beside.clone());
        let node = Node { disk, env, shared, beside, compactor };
        for (number, name) in topics.iter().enumerate() {
            node.add(name, number as u8, cleanup);
        }
        node
    }

    /// Adds a topic with one partition, in whose log ten records of one key stand.
    fn add(&self, name: &'static str, number: u8, cleanup: Cleanup) {
        let config = LogConfig {
            segment_bytes: 500,
            retention_ms: 1000,
            min_cleanable_dirty_ratio: 0.0,
            cleanup,
            ..LogConfig::default()
        };
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        let (id, dir) = (Uuid([number; 16]), home().join(format!("{name}-0")));
        let mut log = Log::create(disk, &dir, Arc::new(config), Some(id), NOW).unwrap();
        for _ in 0..10 {
            let mut batch = BatchBuilder::new(Codec::None);
            batch.append(WallMs(1), Some(b"key"), Some(&[b'v'; 200]), &[]).unwrap();
            let batch = batch.build();
            let appending = Appending::by_client(LeaderEpoch(0), NOW);
            let appended = log.append_as_leader(Batch::parse(&batch).unwrap(), appending).unwrap();
            assert!(matches!(appended, AppendOutcome::Appended(_)));
        }
        let (config, _) = TopicConfig::from_stored(&BTreeMap::new(), &TopicDefaults::default());
        let metrics = self.shared.metrics.topic(name);
        let topic = Topic::new(Str::from_static(name), id, config, metrics);
        let (me, end) = (self.shared.me, log.end());
        let directory = self.shared.directories[0].clone();
        let replica = Replica::new(me, &topic, PartitionIndex(0), log, directory, end);
        replica.lead_alone(me);
        topic.add([replica]);
        self.shared.partitions.add([topic]);
    }

    fn replica(&self, name: &str) -> Arc<Replica> {
        self.shared.partitions.replica(name, 0).unwrap()
    }

    fn compact(&mut self) {
        let (_stop, stopping) = watch::channel(false);
        self.compactor.work(&stopping);
    }

    fn is_online(&self) -> bool {
        !self.shared.directories[0].is_offline()
    }

    /// Up to where the cleaner's checkpoint calls a log clean.
    fn cleaned(&self, name: &'static str) -> Option<Offset> {
        let known = read_offsets(&self.disk, home(), CLEANER_OFFSETS).unwrap();
        known.unwrap_or_default().get(&TopicPartition::new(name, 0)).copied()
    }

    /// The files of a log that a pass has begun and not finished.
    fn unfinished(&self, name: &str) -> usize {
        let files = self.disk.list(&home().join(format!("{name}-0"))).unwrap();
        files.iter().filter(|file| file.name.ends_with(".cleaned")).count()
    }
}

#[test]
fn a_topic_may_be_deleted_at_any_moment_of_its_compaction() {
    let mut looks = 0;
    loop {
        let mut node = Node::new(Cleanup::COMPACT, &["deleted", "kept"]);
        // The first log is taken up first: both are as dirty.
        let (replica, partitions) = (node.replica("deleted"), node.shared.partitions.clone());
        let disk = node.disk.clone();
        node.env.meanwhile(looks, move || {
            partitions.remove(replica.topic_id);
            replica.go_offline();
            let deleted = home().join("deleted-0.0-delete");
            replica.with_log(|log| log.rename_dir(&deleted)).unwrap();
            disk.remove_dir_all(&deleted).unwrap();
        });
        node.compact();
        if !node.env.has_happened() {
            break;
        }
        assert!(node.is_online(), "deleted when the clock was looked at {looks} times");
        assert!(node.cleaned("kept").is_some());
        assert!(node.compactor.uncleanable.is_empty());
        looks += 1;
    }
    assert!(looks > 4, "there were only {looks} moments");
}

#[test]
fn a_log_that_cannot_be_compacted_keeps_no_other_waiting_and_is_left_alone() {
    let mut node = Node::new(Cleanup::COMPACT, &["damaged", "sound"]);
    let path = home().join("damaged-0/00000000000000000002.log");
    node.disk.flip_bit(&path, 100, 0);
    node.compact();
    assert_eq!((node.cleaned("damaged"), node.unfinished("damaged")), (None, 0));
    assert!(node.cleaned("sound").is_some() && node.is_online());
    let damaged = node.replica("damaged");
    assert!(node.compactor.uncleanable.contains(&(damaged.topic_id, damaged.index)));
    let changes = node.disk.counts().changes;
    node.compact();
    assert_eq!(node.disk.counts().changes, changes);
}

#[test]
fn housekeeping_goes_on_beside_a_compaction_and_leaves_its_log_alone() {
    let both = Cleanup { delete: true, compact: true };
    let mut node = Node::new(both, &["compacted"]);
    node.add("other", 9, Cleanup::DELETE);
    let mut housekeeping = Housekeeping::new(&node.shared, node.beside.clone());
    let (compacted, other) = (node.replica("compacted"), node.replica("other"));
    let segments = |replica: &Replica| replica.with_log(|log| log.segment_count());
    let bytes = |replica: &Replica| replica.with_log(|log| log.bytes());
    let (before, bytes_before) = (segments(&compacted), bytes(&compacted));
    node.env.mono.store(60_000, Ordering::Relaxed);
    let (under_way, kept) = (compacted.clone(), Arc::new(Mutex::new(0)));
    let noted = kept.clone();
    // The clock is looked at once to find the log, and again when its pass has begun.
    node.env.meanwhile(1, move || {
        housekeeping.work();
        *noted.lock() = segments(&under_way);
    });
    node.compact();
    assert_eq!((*kept.lock(), segments(&other)), (before, 1));
    assert!(node.cleaned("compacted").is_some() && node.is_online());
    assert!(bytes(&compacted) < bytes_before);
}
