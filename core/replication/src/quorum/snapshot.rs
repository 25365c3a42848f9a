//! Snapshots of the metadata log (KIP-630): their names and their content.
//!
//! A snapshot stands for the log up to its end offset, which is exclusive. It is batches like the
//! log's, with offsets that count from 0: a header, the records of the image, a footer. The file
//! is written beside its place under another name, synced, and renamed; who finds no footer has
//! found half a file.

use base::{LeaderEpoch, MonoMs, Offset, WallMs};
use bytes::{Bytes, BytesMut};

use super::control::ControlRecord;
use super::log::{Contents, LogError, batches, control_batch, read_batches};
use super::voters::VoterSet;

/// Which part of the log a snapshot stands for. Ordered by offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotId {
    /// The offset after the last record contained.
    pub end: Offset,
    /// The epoch of the last record contained.
    pub epoch: LeaderEpoch,
}

/// The names that a snapshot's file can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotFile {
    Whole(SnapshotId),
    /// Being written when the node stopped; to be deleted.
    Partial(SnapshotId),
    /// To be deleted.
    Deleted(SnapshotId),
}

impl SnapshotId {
    /// What `--standalone` and `--initial-controllers` leave: the voters, before any record.
    pub const BOOTSTRAP: SnapshotId = SnapshotId { end: Offset(0), epoch: LeaderEpoch(0) };

    /// `00000000000000000042-0000000003.checkpoint`.
    pub fn file_name(self) -> String {
        format!("{:020}-{:010}.checkpoint", self.end.0, self.epoch.0)
    }

    /// The name while it is being written.
    pub fn partial_file_name(self) -> String {
        format!("{}.part", self.file_name())
    }
}

impl SnapshotFile {
    /// Reads a file name; None if it is not a snapshot's.
    pub fn parse(name: &str) -> Option<SnapshotFile> {
        let (offset, rest) = name.split_at_checked(20)?;
        let (epoch, suffix) = rest.strip_prefix('-')?.split_at_checked(10)?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !digits(offset) || !digits(epoch) {
            return None;
        }
        let id = SnapshotId {
            end: Offset(offset.parse().ok()?),
            epoch: LeaderEpoch(epoch.parse().ok()?),
        };
        // Apache puts a random number before `.checkpoint.part`.
        match suffix {
            ".checkpoint" => Some(SnapshotFile::Whole(id)),
            ".checkpoint.deleted" => Some(SnapshotFile::Deleted(id)),
            other if other.ends_with(".checkpoint.part") => Some(SnapshotFile::Partial(id)),
            _ => None,
        }
    }
}

/// Says when the next snapshot is due: after so many bytes of log, or so much time with anything in
/// it, as `metadata.log.max.record.bytes.between.snapshots` and
/// `metadata.log.max.snapshot.interval.ms` have it.
#[derive(Clone, Debug)]
pub struct SnapshotSchedule {
    bytes_max: u64,
    interval_ms: u64,
    bytes: u64,
    /// When the first record after the last snapshot was applied.
    first_record: Option<MonoMs>,
}

impl SnapshotSchedule {
    /// An interval of 0 switches snapshots by time off.
    pub fn new(bytes_max: u64, interval_ms: u64) -> SnapshotSchedule {
        SnapshotSchedule { bytes_max, interval_ms, bytes: 0, first_record: None }
    }

    /// Notes a committed batch of data records.
    pub fn note(&mut self, bytes: u64, now: MonoMs) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.first_record.get_or_insert(now);
    }

    pub fn is_due(&self, now: MonoMs) -> bool {
        self.bytes >= self.bytes_max || self.next_deadline() <= now
    }

    /// When a snapshot is due if nothing more is written.
    pub fn next_deadline(&self) -> MonoMs {
        match self.first_record {
            Some(first) if self.interval_ms > 0 => first.plus_ms(self.interval_ms),
            _ => MonoMs::NEVER,
        }
    }

    /// Notes that a snapshot was written.
    pub fn written(&mut self) {
        self.bytes = 0;
        self.first_record = None;
    }
}

/// What the quorum itself must find in a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuorumFacts {
    /// `kraft.version`; 0 has no voters in the log.
    pub kraft_version: i16,
    pub voters: Option<VoterSet>,
}

/// The bytes of a snapshot whose records have the given values.
///
/// # Errors
/// A value is larger than a batch.
pub fn build_snapshot(
    id: SnapshotId,
    last_contained: WallMs,
    facts: &QuorumFacts,
    values: &[Bytes],
    now: WallMs,
) -> Result<Bytes, LogError> {
    let mut head = vec![ControlRecord::SnapshotHeader { last_contained }];
    if facts.kraft_version > 0 {
        head.push(ControlRecord::KraftVersion(facts.kraft_version));
        head.extend(facts.voters.clone().map(ControlRecord::Voters));
    }
    let mut bytes = BytesMut::new();
    bytes.extend_from_slice(&control_batch(&head, Offset(0), id.epoch, now)?);
    let mut offset = Offset(head.len() as i64);
    for batch in batches(values, offset, id.epoch, now)? {
        bytes.extend_from_slice(&batch);
    }
    offset = offset.plus(values.len() as i64);
    let foot = [ControlRecord::SnapshotFooter];
    bytes.extend_from_slice(&control_batch(&foot, offset, id.epoch, now)?);
    Ok(bytes.freeze())
}

/// The bytes of `bootstrap.checkpoint`, which is a snapshot without a place in the log.
///
/// # Errors
/// As [`build_snapshot`].
pub fn build_bootstrap_file(values: &[Bytes], now: WallMs) -> Result<Bytes, LogError> {
    let facts = QuorumFacts::default();
    build_snapshot(SnapshotId::BOOTSTRAP, WallMs(0), &facts, values, now)
}

/// A snapshot, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// When the last record of the log that it contains was appended.
    pub last_contained: WallMs,
    pub facts: QuorumFacts,
    pub values: Vec<Bytes>,
}

/// Reads a snapshot, or a `bootstrap.checkpoint`.
///
/// # Errors
/// It is damaged, or a part of one. The node must then use an older snapshot, or stop.
pub fn read_snapshot(bytes: &[u8]) -> Result<Snapshot, LogError> {
    let mut header = None;
    let mut footer = false;
    let mut facts = QuorumFacts::default();
    let mut values = Vec::new();
    for batch in read_batches(bytes) {
        if footer {
            return Err(LogError::NotASnapshot("something follows its footer"));
        }
        match batch?.contents {
            Contents::Data(data) if header.is_some() => {
                values.extend(data.into_iter().map(|(_, value)| value));
            }
            Contents::Data(_) => return Err(LogError::NotASnapshot("it has no header")),
            Contents::Control(records) => {
                for record in records {
                    match record {
                        ControlRecord::SnapshotHeader { last_contained } => {
                            header = Some(last_contained);
                        }
                        ControlRecord::SnapshotFooter => footer = true,
                        ControlRecord::KraftVersion(level) => facts.kraft_version = level,
                        ControlRecord::Voters(voters) => facts.voters = Some(voters),
                        ControlRecord::LeaderChange { .. } => {}
                    }
                }
            }
        }
    }
    match (header, footer) {
        (Some(last_contained), true) => Ok(Snapshot { last_contained, facts, values }),
        (None, _) => Err(LogError::NotASnapshot("it has no header")),
        (_, false) => Err(LogError::NotASnapshot("it has no footer")),
    }
}

/// When the last record was appended that a snapshot contains. The beginning of its bytes will do.
///
/// # Errors
/// It does not begin as a snapshot does.
pub fn snapshot_time(head: &[u8]) -> Result<WallMs, LogError> {
    let first = read_batches(head).next().ok_or(LogError::NotASnapshot("it has no header"))?;
    if let Contents::Control(records) = first?.contents
        && let Some(ControlRecord::SnapshotHeader { last_contained }) = records.first()
    {
        return Ok(*last_contained);
    }
    Err(LogError::NotASnapshot("it has no header"))
}

#[cfg(test)]
mod tests {
    use base::{BrokerId, Uuid};

    use super::*;
    use crate::quorum::voters::{ReplicaKey, Voter};

    #[test]
    fn names_are_apaches_and_other_files_are_left_alone() {
        let id = SnapshotId { end: Offset(42), epoch: LeaderEpoch(3) };
        assert_eq!(id.file_name(), "00000000000000000042-0000000003.checkpoint");
        assert_eq!(SnapshotFile::parse(&id.file_name()), Some(SnapshotFile::Whole(id)));
        let partial = "00000000000000000042-0000000003-7712.checkpoint.part";
        assert_eq!(SnapshotFile::parse(partial), Some(SnapshotFile::Partial(id)));
        assert_eq!(SnapshotFile::parse(&id.partial_file_name()), Some(SnapshotFile::Partial(id)));
        for name in ["00000000000000000042.log", "bootstrap.checkpoint", "", "é", "quorum-state"] {
            assert_eq!(SnapshotFile::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_snapshot_is_due_by_size_or_by_time_but_never_for_nothing() {
        let mut schedule = SnapshotSchedule::new(100, 1_000);
        assert_eq!(schedule.next_deadline(), MonoMs::NEVER);
        schedule.note(60, MonoMs(5));
        assert!(!schedule.is_due(MonoMs(1_004)));
        assert!(schedule.is_due(MonoMs(1_005)));
        schedule.note(40, MonoMs(6));
        assert!(schedule.is_due(MonoMs(6)));
        schedule.written();
        assert!(!schedule.is_due(MonoMs(9_999)));
    }

    #[test]
    fn a_snapshot_reads_back_and_a_part_of_one_is_refused() {
        let voter = Voter {
            key: ReplicaKey::new(1, Uuid::from_halves(5, 5)),
            endpoints: Default::default(),
            kraft_versions: (0, 1),
        };
        let facts = QuorumFacts { kraft_version: 1, voters: Some(VoterSet::new([voter])) };
        let values = [Bytes::from_static(b"a"), Bytes::from_static(b"bb")];
        let id = SnapshotId { end: Offset(9), epoch: LeaderEpoch(2) };
        let bytes = build_snapshot(id, WallMs(77), &facts, &values, WallMs(80)).unwrap();
        let read = read_snapshot(&bytes).unwrap();
        assert_eq!(read.last_contained, WallMs(77));
        assert_eq!(read.values, values);
        assert_eq!(read.facts, facts);
        assert!(read.facts.voters.unwrap().get(BrokerId(1)).is_some());
        assert_eq!(snapshot_time(&bytes[..bytes.len() - 1]), Ok(WallMs(77)));
        assert!(snapshot_time(&[]).is_err());

        for end in 0..bytes.len() {
            assert!(read_snapshot(&bytes[..end]).is_err(), "cut at {end}");
        }
        let mut damaged = bytes.to_vec();
        // Inside the footer's record, which the checksum covers.
        let near_end = damaged.len() - 3;
        damaged[near_end] ^= 1;
        assert!(read_snapshot(&damaged).is_err());
    }
}
