//! Logs that Kafka wrote before 0.11: messages of magic 0 and 1 beside batches.

use super::*;
use crate::{Cleanup, CompactionStep, OffsetMap};

/// A message of magic 1, as it lies in a log.
fn message(offset: i64, timestamp: i64, key: Option<&str>, value: Option<&str>) -> Vec<u8> {
    let mut body = vec![1, 0];
    body.extend(timestamp.to_be_bytes());
    for field in [key, value] {
        match field {
            Some(text) => {
                body.extend((text.len() as i32).to_be_bytes());
                body.extend(text.as_bytes());
            }
            None => body.extend((-1i32).to_be_bytes()),
        }
    }
    let mut message = offset.to_be_bytes().to_vec();
    message.extend((body.len() as i32 + 4).to_be_bytes());
    message.extend(crc_fast::crc32_iso_hdlc(&body).to_be_bytes());
    message.extend(body);
    message
}

fn old_log(count: i64) -> MemoryDisk {
    let disk = MemoryDisk::new();
    let messages = (0..count)
        .map(|at| message(at, 100 + at, Some(&format!("k{}", at % 4)), Some("some value of old")));
    disk.put(&dir().join("00000000000000000000.log"), &messages.collect::<Vec<_>>().concat());
    disk
}

#[test]
fn a_log_of_old_messages_opens_reads_and_goes_on_with_batches() {
    for last_stop in [LastStop::Clean, LastStop::Unclean] {
        let disk = old_log(40);
        let (mut log, _) = open(&disk, opening(small(), last_stop, 0));
        assert_eq!(log.end(), Offset(40));
        let found = log.offset_for_time(WallMs(117)).unwrap().unwrap();
        assert_eq!((found.offset, found.timestamp), (Offset(17), WallMs(117)));
        append(&mut log, &plain(2, 10, 500));
        let read = log.read(Offset(33), 1, Offset(42), Minimum::OneBatch).unwrap();
        let ReadOutcome::Read(read) = read else { panic!("it is there") };
        assert_eq!(read.bytes().unwrap(), message(33, 133, Some("k1"), Some("some value of old")));
        let _ = log.truncate_to(Offset(35), WallMs(0)).unwrap();
        assert_eq!(log.end(), Offset(35));
    }
}

#[test]
fn old_messages_are_copied_as_they_are() {
    let disk = old_log(40);
    let (mut log, _) = open(&disk, opening(small(), LastStop::Clean, 40));
    append(&mut log, &plain(2, 10, 500));
    let mut copy = create(&MemoryDisk::new(), small());
    while copy.end() < log.end() {
        let read = log.read(copy.end(), 1000, log.end(), Minimum::OneBatch).unwrap();
        let ReadOutcome::Read(read) = read else { panic!("it is there") };
        let newest = LeaderEpoch(i32::MAX);
        let copied = copy.append_as_follower(&read.bytes().unwrap(), newest, WallMs(0)).unwrap();
        assert!(matches!(copied, AppendOutcome::Appended(_)), "{copied:?}");
    }
    assert_eq!((copy.end(), copy.bytes()), (Offset(42), log.bytes()));
    assert_eq!(copy.epochs().entries(), log.epochs().entries());
    let found = copy.offset_for_time(WallMs(117)).unwrap().unwrap();
    assert_eq!((found.offset, found.timestamp), (Offset(17), WallMs(117)));
    let mut spoilt = message(42, 600, None, Some("value"));
    *spoilt.last_mut().unwrap() ^= 1;
    let refused = copy.append_as_follower(&spoilt, LeaderEpoch(1), WallMs(0)).unwrap();
    assert!(matches!(refused, AppendOutcome::Rejected(_)));
}

#[test]
fn an_old_message_with_a_wrong_checksum_ends_the_log_at_recovery() {
    let disk = old_log(10);
    let path = dir().join("00000000000000000000.log");
    let size = disk.content(&path).unwrap().len() / 10;
    disk.flip_bit(&path, 6 * size + size - 1, 2);
    let (log, report) = open(&disk, opening(small(), LastStop::Unclean, 0));
    assert_eq!((log.end(), report.bytes_lost), (Offset(6), 4 * size as u64));
}

#[test]
fn compaction_writes_what_stays_of_old_messages_as_batches() {
    let disk = old_log(40);
    let config = LogConfig { cleanup: Cleanup::COMPACT, ..small() };
    let (mut log, _) = open(&disk, opening(config, LastStop::Clean, 40));
    log.roll(WallMs(0)).unwrap();
    let candidate = log.compaction_candidate(None, Offset(40), WallMs(0)).unwrap();
    let mut map = OffsetMap::new(1 << 20, [3, 4]);
    let mut pass = log.plan_compaction(&candidate).unwrap();
    while let CompactionStep::Group(group) =
        pass.next_group(&mut map, WallMs(0), &mut |_| true).unwrap()
    {
        log.replace_compacted(group).unwrap().unwrap().remove().unwrap();
    }
    let batches = read_all(&mut log, Offset(0), 5000);
    let headers = batches.iter().map(|batch| records::BatchHeader::parse(batch).unwrap());
    let offsets: Vec<_> = headers.map(|header| header.base_offset.0).collect();
    assert_eq!(offsets, [36, 37, 38, 39]);
    let record = records::records_of(&batches[0], &mut Vec::new(), 1 << 20)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .value
        .map(<[u8]>::to_vec);
    assert_eq!(record.as_deref(), Some(b"some value of old".as_slice()));
}
