//! Stories of the metadata log and its snapshots, on a disk in memory.

use protocol::record_types::metadata::{ConfigRecord, FeatureLevelRecord, TopicRecord};
use replication::quorum::atomic_batch;
use storage::MemoryDisk;

use super::*;

const EPOCH: LeaderEpoch = LeaderEpoch(1);
const HOUR_MS: i64 = 3_600_000;

const NO_LIMIT: Retention = Retention { bytes: -1, ms: -1 };

fn home() -> &'static Path {
    Path::new("/data")
}

fn open(disk: &Arc<dyn Disk>, retention: Retention) -> Result<Restored, MetadataError> {
    let settings = log_settings(1 << 30, i64::MAX);
    let voters = KnownVoters::default();
    MetadataLog::open(disk.clone(), home(), settings, retention, voters, WallMs(0))
}

fn reopened(disk: &Arc<dyn Disk>) -> Restored {
    open(disk, NO_LIMIT).unwrap_or_else(|error| panic!("{error}"))
}

/// A log with its image, into which topics go.
struct Story {
    log: MetadataLog,
    replay: Replay,
    voters: KnownVoters,
}

impl Story {
    fn new(disk: &Arc<dyn Disk>, retention: Retention) -> Story {
        let Restored { log, replay, voters, .. } = open(disk, retention).expect("an empty disk");
        let mut story = Story { log, replay, voters };
        let level = FeatureLevelRecord {
            name: metadata::MetadataVersion::FEATURE.into(),
            feature_level: metadata::MetadataVersion::LATEST_PRODUCTION.level(),
            ..Default::default()
        };
        story.write(vec![MetadataRecord::FeatureLevelRecord(level)], WallMs(0));
        story
    }

    fn write(&mut self, records: Vec<MetadataRecord>, now: WallMs) {
        let base = self.log.end().offset;
        let level = metadata::MetadataVersion::LATEST_PRODUCTION;
        let values = metadata::encode_records(&records, level).expect("records");
        let batch = atomic_batch(&values, base, EPOCH, now).expect("a batch");
        self.log.append(&batch, EPOCH, now).expect("the disk is good");
        for (index, record) in records.iter().enumerate() {
            self.replay.apply(record, base.plus(index as i64)).expect("a good record");
        }
        self.replay.advance(self.log.end().offset.plus(-1), EPOCH);
        self.replay.publish();
    }

    fn create_topic(&mut self, number: u64, now: WallMs) {
        let topic = TopicRecord {
            name: format!("t{number}").into(),
            topic_id: base::Uuid::from_halves(1, number),
            ..Default::default()
        };
        self.write(vec![MetadataRecord::TopicRecord(topic)], now);
    }

    fn snapshot(&mut self, now: WallMs) {
        let image = self.replay.published();
        self.log.write_snapshot(image, &self.voters, now).expect("the disk is good");
    }

    fn clean(&mut self, now: WallMs) {
        self.log.clean(now).expect("the disk is good");
    }
}

fn names(disk: &Arc<dyn Disk>) -> Vec<String> {
    let entries = disk.list(&home().join(DIRECTORY)).expect("the directory");
    let mut names: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
    names.sort();
    names
}

fn snapshots(disk: &Arc<dyn Disk>) -> usize {
    names(disk).iter().filter(|name| name.ends_with(".checkpoint")).count()
}

#[test]
fn older_snapshots_stay_until_they_are_too_old_and_the_newest_for_ever() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut story = Story::new(&disk, Retention { ms: 3 * HOUR_MS, bytes: -1 });
    for hour in 1..=5 {
        story.create_topic(hour, WallMs(hour as i64 * HOUR_MS));
        story.snapshot(WallMs(hour as i64 * HOUR_MS));
        story.clean(WallMs(hour as i64 * HOUR_MS));
    }
    assert_eq!(snapshots(&disk), 4, "that of the first hour is more than three hours old");
    story.snapshot(WallMs(5 * HOUR_MS));
    assert_eq!(snapshots(&disk), 4, "nothing is new");
    story.clean(WallMs(100 * HOUR_MS));
    assert_eq!(snapshots(&disk), 1);
    story.create_topic(6, WallMs(100 * HOUR_MS));
    let restored = reopened(&disk);
    assert_eq!(restored.replay.image().topics().len(), 6);
    assert!(restored.bytes_since_snapshot > 0);
}

#[test]
fn what_another_process_has_left_ages_as_well() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut story = Story::new(&disk, NO_LIMIT);
    for hour in 1..=3 {
        story.create_topic(hour, WallMs(hour as i64 * HOUR_MS));
        story.snapshot(WallMs(hour as i64 * HOUR_MS));
    }
    story.clean(WallMs(100 * HOUR_MS));
    assert_eq!(snapshots(&disk), 3);
    let hour = Retention { ms: HOUR_MS, bytes: -1 };
    let mut log = open(&disk, hour).unwrap_or_else(|error| panic!("{error}")).log;
    log.clean(WallMs(3 * HOUR_MS)).unwrap();
    assert_eq!(snapshots(&disk), 2);
}

#[test]
fn where_all_is_too_much_the_log_begins_at_the_next_snapshot() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut story = Story::new(&disk, Retention { ms: -1, bytes: 4 << 20 });
    let mut number = 0;
    let mut written = 0;
    for _ in 0..20 {
        let before = story.log.log.bytes();
        while story.log.log.bytes() < before + SEGMENT_BYTES_MIN {
            // Long values, and one batch for many, make the log grow quickly and the image not.
            let records = (0..500).map(|_| {
                number += 1;
                MetadataRecord::ConfigRecord(ConfigRecord {
                    resource_type: 4,
                    resource_name: format!("{}", number % 10).into(),
                    name: "key".into(),
                    value: Some(format!("{number:0200}").into()),
                    ..Default::default()
                })
            });
            story.write(records.collect(), WallMs(0));
        }
        written += story.log.log.bytes() - before;
        story.snapshot(WallMs(0));
        story.clean(WallMs(0));
    }
    assert!(written > 20 << 20);
    let start = story.log.log.log_start();
    assert!(start > Offset(0) && story.log.log.bytes() < 5 << 20, "{start}");
    let oldest = *story.log.snapshots.keys().next().unwrap();
    assert_eq!(oldest.end, start);
    let restored = reopened(&disk);
    let last = metadata::ConfigResource::broker(base::BrokerId(number % 10));
    let last = restored.replay.image().config(&last);
    assert_eq!(last.get("key").map(String::from), Some(format!("{number:0200}")));
    assert_eq!(restored.log.end().offset, story.log.end().offset);
}

#[test]
fn damage_in_what_was_synced_stops_the_node() {
    let memory = Arc::new(MemoryDisk::new());
    let disk: Arc<dyn Disk> = memory.clone();
    let mut story = Story::new(&disk, NO_LIMIT);
    for number in 0..3 {
        story.create_topic(number, WallMs(0));
    }
    story.log.flush().unwrap();
    let end = story.log.log.bytes() as usize;
    // What follows is not synced, and nobody has been told of it.
    story.create_topic(3, WallMs(0));
    let path = home().join(DIRECTORY).join("00000000000000000000.log");
    let note = home().join(DIRECTORY).join("vltava-synced");
    let content = memory.content(&path).expect("the log");
    let header = |at: usize| records::BatchHeader::parse(&content[at..]).expect("a batch");
    let mut begins = vec![0];
    while *begins.last().unwrap() < content.len() {
        let at = *begins.last().unwrap();
        begins.push(at + header(at).size());
    }
    for byte in (0..content.len()).step_by(7) {
        // The leader epoch of a batch lies outside its checksum.
        let begin = *begins.iter().rfind(|begin| **begin <= byte).unwrap();
        if (12..16).contains(&(byte - begin)) {
            continue;
        }
        let damaged_disk = MemoryDisk::new();
        let mut damaged = content.clone();
        damaged[byte] ^= 8;
        damaged_disk.put(&path, &damaged);
        damaged_disk.put(&note, &memory.content(&note).unwrap());
        let disk: Arc<dyn Disk> = Arc::new(damaged_disk);
        match (open(&disk, NO_LIMIT), byte < end) {
            (Err(error), true) => assert!(error.to_string().contains("was synced"), "{error}"),
            // The offset lies outside the checksum, too: the batch may be whole.
            (Ok(restored), false) => assert!(restored.replay.image().topics().len() >= 3),
            (opened, _) => panic!("byte {byte} of {end}: {:?}", opened.err()),
        }
    }
}

#[test]
fn a_power_cut_among_decisions_that_were_not_synced_yet_does_not_stop_the_node() {
    let mut some_were_lost = 0;
    for seed in 0..200 {
        let memory = MemoryDisk::new();
        let disk: Arc<dyn Disk> = Arc::new(memory.clone());
        let mut story = Story::new(&disk, NO_LIMIT);
        story.create_topic(0, WallMs(0));
        story.log.flush().unwrap();
        // Formatting has made the directories.
        disk.sync_everything(home()).unwrap();
        for number in 1..12 {
            story.create_topic(number, WallMs(0));
        }
        let disk: Arc<dyn Disk> = Arc::new(memory.restart(seed));
        let topics = reopened(&disk).replay.image().topics().len();
        assert!(topics >= 1, "seed {seed}");
        some_were_lost += usize::from((2..12).contains(&topics));
    }
    assert!(some_were_lost > 20, "the power was cut in the middle {some_were_lost} times");
}

#[test]
fn a_log_whose_beginning_no_snapshot_tells_stops_the_node() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut story = Story::new(&disk, Retention { ms: 0, bytes: -1 });
    for number in 0..2 {
        story.create_topic(number, WallMs(0));
        story.log.log.roll(WallMs(0)).unwrap();
        story.snapshot(WallMs(0));
    }
    story.clean(WallMs(9));
    assert!(story.log.log.log_start() > Offset(0));
    let left = names(&disk).into_iter().find(|name| name.ends_with(".checkpoint")).unwrap();
    disk.remove(&home().join(DIRECTORY).join(left)).unwrap();
    let Err(error) = open(&disk, NO_LIMIT) else { panic!("half an image is none") };
    assert!(error.to_string().contains("no snapshot says what came before"), "{error}");
}
