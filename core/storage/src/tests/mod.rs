//! Stories of whole logs, on a disk in memory. What they share: a source of chance that a seed
//! repeats, batches, and a way to open and read a log.

mod compaction;
mod journal;
mod legacy;
mod model;
mod power;
mod producing;
mod resuming;
mod verifying;

use std::path::Path;
use std::sync::Arc;

use base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, WallMs};
use records::{BatchBuilder, Batches, Codec, ControlType};

use crate::{
    AppendOutcome, Appended, Appending, Batch, Disk, LastStop, Log, LogConfig, MemoryDisk, Minimum,
    OpenReport, Opening, Origin, ReadOutcome, TransactionRules, Verification,
};

/// xorshift64.
pub(crate) struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % bound
    }
}

pub(crate) fn dir() -> &'static Path {
    Path::new("/data/t-0")
}

/// Segments of two kilobytes, so that every story crosses many.
pub(crate) fn small() -> LogConfig {
    LogConfig { segment_bytes: 2000, index_interval_bytes: 150, ..LogConfig::default() }
}

pub(crate) fn disk_of(disk: &MemoryDisk) -> Arc<dyn Disk> {
    Arc::new(disk.clone())
}

/// A log in a directory that is there for good.
pub(crate) fn create(disk: &MemoryDisk, config: LogConfig) -> Log {
    let log = Log::create(disk_of(disk), dir(), Arc::new(config), None, WallMs(0)).unwrap();
    disk.sync_everything(dir()).unwrap();
    log
}

pub(crate) fn opening(config: LogConfig, last_stop: LastStop, recovery_point: i64) -> Opening {
    Opening {
        config: Arc::new(config),
        recovery_point: Offset(recovery_point),
        log_start: Offset(0),
        cleaned_up_to: Offset(0),
        last_stop,
        topic_id: None,
        now: WallMs(0),
    }
}

pub(crate) fn open(disk: &MemoryDisk, opening: Opening) -> (Log, OpenReport) {
    Log::open(disk_of(disk), dir(), opening).unwrap()
}

/// A batch of plain records, with values of `value_bytes` bytes.
pub(crate) fn plain(records: usize, value_bytes: usize, timestamp: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Codec::None);
    for record in 0..records {
        let value = vec![b'a' + (record % 26) as u8; value_bytes];
        builder.append(WallMs(timestamp), None, Some(&value), &[]).unwrap();
    }
    builder.build()
}

pub(crate) fn with_key(key: &str, value: Option<&str>, timestamp: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Codec::None);
    let value = value.map(str::as_bytes);
    builder.append(WallMs(timestamp), Some(key.as_bytes()), value, &[]).unwrap();
    builder.build()
}

pub(crate) struct Sender {
    pub id: i64,
    pub epoch: i16,
    pub transactional: bool,
}

impl Sender {
    /// A batch of `records` records that begins at `sequence`.
    pub fn batch(&self, sequence: i32, records: usize) -> Vec<u8> {
        self.batch_of(sequence, records, "k")
    }

    pub fn batch_of(&self, sequence: i32, records: usize, key: &str) -> Vec<u8> {
        let mut builder = BatchBuilder::new(Codec::None).producer(
            ProducerId(self.id),
            ProducerEpoch(self.epoch),
            Sequence(sequence),
        );
        if self.transactional {
            builder = builder.transactional();
        }
        for record in 0..records {
            let value = format!("{}:{sequence}+{record}", self.id);
            let key = Some(key.as_bytes());
            builder.append(WallMs(1), key, Some(value.as_bytes()), &[]).unwrap();
        }
        builder.build()
    }

    pub fn marker(&self, kind: ControlType, timestamp: i64) -> Vec<u8> {
        let mut builder = BatchBuilder::new(Codec::None)
            .producer(ProducerId(self.id), ProducerEpoch(self.epoch), Sequence::NONE)
            .transactional()
            .control();
        let value = records::end_transaction_value(0);
        builder.append_control(WallMs(timestamp), kind, &value).unwrap();
        builder.build()
    }
}

pub(crate) fn offer(log: &mut Log, batch: &[u8], epoch: i32, now: i64) -> AppendOutcome {
    let batch = Batch::parse(batch).unwrap();
    log.append_as_leader(batch, Appending::by_client(LeaderEpoch(epoch), WallMs(now))).unwrap()
}

pub(crate) fn append(log: &mut Log, batch: &[u8]) -> Appended {
    match offer(log, batch, 0, 0) {
        AppendOutcome::Appended(appended) => appended,
        other => panic!("not appended: {other:?}"),
    }
}

pub(crate) fn append_marker(log: &mut Log, batch: &[u8]) -> Appended {
    let appending = Appending {
        origin: Origin::Coordinator,
        leader_epoch: LeaderEpoch(0),
        rules: TransactionRules::SameEpoch,
        verification: Verification::Settled,
        now: WallMs(0),
    };
    match log.append_as_leader(Batch::parse(batch).unwrap(), appending).unwrap() {
        AppendOutcome::Appended(appended) => appended,
        other => panic!("not appended: {other:?}"),
    }
}

/// Every whole batch from `from` to the end, by reads of at most `max_bytes`.
pub(crate) fn read_all(log: &mut Log, from: Offset, max_bytes: usize) -> Vec<Vec<u8>> {
    let mut batches = Vec::new();
    let mut offset = from;
    while offset < log.end() {
        let up_to = log.end();
        let read = match log.read(offset, max_bytes, up_to, Minimum::OneBatch).unwrap() {
            ReadOutcome::Read(read) => read,
            ReadOutcome::OutOfRange { .. } => panic!("{offset} is out of range"),
        };
        let bytes = read.bytes().unwrap();
        let before = offset;
        for batch in Batches::new(&bytes) {
            let (header, batch) = batch.unwrap();
            assert!(records::crc_is_valid(batch));
            assert!(header.last_offset() >= offset, "a batch below the offset asked for");
            offset = header.next_offset();
            batches.push(batch.to_vec());
        }
        if offset == before {
            break;
        }
    }
    batches
}
