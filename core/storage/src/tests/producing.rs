//! Idempotent and transactional producers, retention, and the files they leave.

use super::*;
use crate::{AppendError, Cleanup, Doom, ProducerError};

fn rejection(log: &mut Log, batch: &[u8]) -> base::ErrorCode {
    match offer(log, batch, 0, 0) {
        AppendOutcome::Rejected(error) => error.code(),
        other => panic!("not rejected: {other:?}"),
    }
}

fn duplicate(log: &mut Log, batch: &[u8]) -> (i64, i64) {
    match offer(log, batch, 0, 0) {
        AppendOutcome::Duplicate { base_offset, last_offset, .. } => (base_offset.0, last_offset.0),
        other => panic!("no duplicate: {other:?}"),
    }
}

#[test]
fn a_batch_that_comes_again_is_known_while_it_is_among_the_last_five() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, LogConfig::default());
    let sender = Sender { id: 7, epoch: 0, transactional: false };
    for at in 0..6 {
        append(&mut log, &sender.batch(at * 2, 2));
    }
    for at in 1..6 {
        let offsets = duplicate(&mut log, &sender.batch(at * 2, 2));
        assert_eq!(offsets, (i64::from(at) * 2, i64::from(at) * 2 + 1));
    }
    let out_of_order = base::ErrorCode::OutOfOrderSequenceNumber;
    assert_eq!(rejection(&mut log, &sender.batch(0, 2)), out_of_order);
    assert_eq!(rejection(&mut log, &sender.batch(13, 1)), out_of_order);
    // The same first sequence with another length is no duplicate.
    assert_eq!(rejection(&mut log, &sender.batch(10, 1)), out_of_order);
    append(&mut log, &sender.batch(12, 1));
    assert_eq!(log.end(), Offset(13));
}

#[test]
fn sequences_wrap_epochs_fence_and_unknown_producers_begin_anywhere() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, LogConfig::default());
    let mut sender = Sender { id: 7, epoch: 3, transactional: false };
    append(&mut log, &sender.batch(i32::MAX - 1, 2));
    append(&mut log, &sender.batch(0, 3));
    assert_eq!(duplicate(&mut log, &sender.batch(i32::MAX - 1, 2)), (0, 1));
    // A batch that itself wraps.
    let mut other = Sender { id: 8, epoch: 0, transactional: false };
    append(&mut log, &other.batch(i32::MAX, 3));
    assert_eq!(duplicate(&mut log, &other.batch(i32::MAX, 3)), (5, 7));
    append(&mut log, &other.batch(2, 1));

    sender.epoch = 4;
    let out_of_order = base::ErrorCode::OutOfOrderSequenceNumber;
    assert_eq!(rejection(&mut log, &sender.batch(3, 1)), out_of_order);
    append(&mut log, &sender.batch(0, 1));
    sender.epoch = 3;
    assert_eq!(rejection(&mut log, &sender.batch(3, 1)), base::ErrorCode::InvalidProducerEpoch);
    other.epoch = -1;
    let error = match offer(&mut log, &other.batch(3, 1), 0, 0) {
        AppendOutcome::Rejected(error) => error,
        outcome => panic!("{outcome:?}"),
    };
    assert!(matches!(error, AppendError::Producer(ProducerError::OldEpoch { .. })));
}

#[test]
fn producers_survive_every_kind_of_restart_with_a_window_of_one() {
    let config = LogConfig { producer_id_expiration_ms: i64::MAX, ..small() };
    let sender = Sender { id: 7, epoch: 0, transactional: false };
    let silent = Sender { id: 9, epoch: 2, transactional: false };
    for last_stop in [LastStop::Clean, LastStop::Unclean] {
        for corrupt in [false, true] {
            let disk = MemoryDisk::new();
            let mut log = create(&disk, config.clone());
            append(&mut log, &silent.batch(0, 1));
            for at in 0..60 {
                append(&mut log, &sender.batch(at, 1));
            }
            if last_stop == LastStop::Clean {
                log.close().unwrap();
            }
            if corrupt {
                for entry in disk.list(dir()).unwrap() {
                    if entry.name.ends_with(".snapshot") {
                        disk.flip_bit(&dir().join(entry.name), 8, 0);
                    }
                }
            }
            let (mut log, _) = open(&disk, opening(config.clone(), last_stop, 0));
            assert_eq!(duplicate(&mut log, &sender.batch(59, 1)), (60, 60));
            assert_eq!(duplicate(&mut log, &silent.batch(0, 1)), (0, 0));
            append(&mut log, &sender.batch(60, 1));
        }
    }
}

#[test]
fn a_truncation_takes_the_producers_back() {
    let disk = MemoryDisk::new();
    let config = LogConfig { producer_id_expiration_ms: i64::MAX, ..small() };
    let mut log = create(&disk, config);
    let sender = Sender { id: 7, epoch: 0, transactional: false };
    for at in 0..60 {
        append(&mut log, &sender.batch(at, 1));
    }
    let _ = log.truncate_to(Offset(35), WallMs(0)).unwrap();
    append(&mut log, &sender.batch(35, 1));
    let _ = log.truncate_fully(Offset(500), WallMs(0)).unwrap();
    append(&mut log, &sender.batch(1234, 1));
    assert_eq!(log.end(), Offset(501));
}

#[test]
fn a_snapshot_is_kafkas_to_the_byte() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, LogConfig::default());
    let sender = Sender { id: 0x0102, epoch: 3, transactional: true };
    append(&mut log, &sender.batch(4, 2));
    log.close().unwrap();
    let mut expected = vec![0, 1];
    let entries = [
        [0, 0, 0, 1].as_slice(),   // one producer
        &[0, 0, 0, 0, 0, 0, 1, 2], // producer id
        &[0, 3],                   // epoch
        &[0, 0, 0, 5],             // last sequence
        &[0, 0, 0, 0, 0, 0, 0, 1], // last offset
        &[0, 0, 0, 1],             // offset delta
        &[0, 0, 0, 0, 0, 0, 0, 1], // timestamp
        &[0xff, 0xff, 0xff, 0xff], // coordinator epoch
        &[0, 0, 0, 0, 0, 0, 0, 0], // first offset of the open transaction
    ]
    .concat();
    expected.extend(crc_fast::crc32_iscsi(&entries).to_be_bytes());
    expected.extend(entries);
    let path = dir().join("00000000000000000002.snapshot");
    assert_eq!(disk.content(&path).unwrap(), expected);
}

#[test]
fn readers_of_committed_data_wait_for_open_transactions_and_for_markers_to_replicate() {
    let disk = MemoryDisk::new();
    let config = LogConfig { producer_id_expiration_ms: i64::MAX, ..small() };
    let mut log = create(&disk, config.clone());
    let first = Sender { id: 1, epoch: 0, transactional: true };
    let second = Sender { id: 2, epoch: 0, transactional: true };
    append(&mut log, &plain(1, 10, 0));
    append(&mut log, &first.batch(0, 2));
    append(&mut log, &second.batch(0, 1));
    assert_eq!(log.last_stable(log.end()), Offset(1));
    // Outside of its transaction a producer may not write.
    let bare = Sender { transactional: false, ..first };
    assert_eq!(rejection(&mut log, &bare.batch(2, 1)), base::ErrorCode::InvalidTxnState);

    append_marker(&mut log, &first.marker(ControlType::Abort, 0));
    assert_eq!(log.last_stable(log.end()), Offset(1));
    log.high_watermark_moved(Offset(4));
    assert_eq!(log.last_stable(Offset(4)), Offset(1));
    log.high_watermark_moved(Offset(5));
    assert_eq!(log.last_stable(Offset(5)), Offset(3));
    append_marker(&mut log, &second.marker(ControlType::Commit, 0));
    log.high_watermark_moved(Offset(6));
    assert_eq!(log.last_stable(Offset(6)), Offset(6));

    for last_stop in [LastStop::Clean, LastStop::Unclean] {
        let aborted = log.aborted_transactions(Offset(0), Offset(6)).unwrap();
        assert_eq!(aborted.len(), 1, "{last_stop:?}");
        let found = aborted[0];
        assert_eq!((found.first, found.last, found.last_stable), (Offset(1), Offset(4), Offset(3)));
        assert!(log.aborted_transactions(Offset(5), Offset(6)).unwrap().is_empty());
        log.close().unwrap();
        log = open(&disk, opening(config.clone(), last_stop, 0)).0;
    }
    // A start after a crash in the middle of a transaction knows that it is open; of those that
    // ended it does not know whether their markers were replicated until it is told the watermark.
    append(&mut log, &first.batch(2, 1));
    let disk = disk.kill();
    let (mut log, _) = open(&disk, opening(config, LastStop::Unclean, 0));
    assert_eq!(log.last_stable(log.end()), Offset(1));
    log.high_watermark_moved(Offset(6));
    assert_eq!(log.last_stable(log.end()), Offset(6));
}

#[test]
fn retention_takes_whole_old_segments_below_the_high_watermark() {
    let disk = MemoryDisk::new();
    let config = LogConfig { retention_ms: 100, ..small() };
    let mut log = create(&disk, config.clone());
    for time in 0..60 {
        append(&mut log, &plain(1, 150, time));
    }
    let bytes = log.bytes();
    let segments = log.segment_count();
    assert!(segments > 4);
    let doomed = |log: &mut Log, now, watermark| {
        let plan = log.plan_retention(WallMs(now), Offset(watermark)).unwrap();
        plan.segments.iter().map(|(base, doom)| (base.0, *doom)).collect::<Vec<_>>()
    };
    assert_eq!(doomed(&mut log, 100, 60), []);
    let second = log.segments[1].base.0;
    let third = log.segments[2].base.0;
    assert_eq!(doomed(&mut log, 100 + second, 60), [(0, Doom::Time)]);
    assert_eq!(doomed(&mut log, 100 + third, third - 1), [(0, Doom::Time)]);
    // Everything is old: the active segment goes as well, behind a new one.
    let plan = log.plan_retention(WallMs(1000), Offset(60)).unwrap();
    assert_eq!(plan.segments.len(), segments);

    log.set_config(Arc::new(LogConfig {
        retention_ms: -1,
        retention_bytes: bytes as i64 - log.segments[0].size as i64,
        ..config.clone()
    }));
    assert_eq!(doomed(&mut log, 1000, 60), [(0, Doom::Size)]);
    log.set_config(Arc::new(LogConfig { cleanup: Cleanup::COMPACT, ..config.clone() }));
    assert_eq!(doomed(&mut log, 1000, 60), []);
    log.advance_log_start(Offset(third), Offset(60)).unwrap();
    assert_eq!(
        doomed(&mut log, 1000, 60),
        [(0, Doom::BelowLogStart), (second, Doom::BelowLogStart)]
    );
    assert!(log.advance_log_start(Offset(61), Offset(60)).is_err());

    // A slice handed out before stays readable.
    let read = log.read(Offset(third), 400, Offset(60), Minimum::OneBatch).unwrap();
    let ReadOutcome::Read(read) = read else { panic!("it is there") };
    let deleted = log.delete_segments(&plan, WallMs(1000)).unwrap();
    deleted.remove().unwrap();
    assert_eq!((log.log_start(), log.end(), log.segment_count()), (Offset(60), Offset(60), 1));
    assert!(!read.bytes().unwrap().is_empty());
    log.close().unwrap();
    let opening = Opening { log_start: Offset(60), ..opening(config, LastStop::Clean, 60) };
    let (log, report) = open(&disk, opening);
    assert_eq!((log.end(), report), (Offset(60), OpenReport::default()));
}

#[test]
fn segments_roll_by_age_of_their_records_and_by_full_indexes() {
    let disk = MemoryDisk::new();
    let config = LogConfig { segment_ms: 100, ..LogConfig::default() };
    let mut log = create(&disk, config.clone());
    append(&mut log, &plain(1, 10, 1000));
    append(&mut log, &plain(1, 10, 1100));
    assert_eq!(log.segment_count(), 1);
    append(&mut log, &plain(1, 10, 1101));
    assert_eq!(log.segment_count(), 2);

    let config = LogConfig { segment_index_bytes: 64, index_interval_bytes: 10, ..config };
    log.set_config(Arc::new(config));
    for _ in 0..20 {
        append(&mut log, &plain(1, 10, 1101));
    }
    assert!(log.segment_count() > 3, "{}", log.segment_count());
}

#[test]
fn a_follower_takes_what_fits_and_leaves_epochs_it_does_not_know() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    let batch = |base, epoch| {
        let mut batch = plain(2, 10, 0);
        records::stamp(&mut batch, Offset(base), LeaderEpoch(epoch));
        batch
    };
    let mut take = |bytes: &[u8], epoch| {
        let outcome = log.append_as_follower(bytes, LeaderEpoch(epoch), WallMs(0)).unwrap();
        match outcome {
            AppendOutcome::Appended(_) => Ok(log.end().0),
            AppendOutcome::Rejected(error) => Err(error),
            AppendOutcome::Duplicate { .. } => panic!("followers do not look for duplicates"),
        }
    };
    assert_eq!(take(&[batch(0, 1), batch(2, 1), batch(4, 2)].concat(), 1), Ok(4));
    assert_eq!(take(&[batch(4, 2)].concat(), 1), Ok(4));
    assert_eq!(take(&[batch(4, 2)].concat(), 2), Ok(6));
    assert!(matches!(take(&batch(5, 2), 2), Err(AppendError::UnexpectedOffset { .. })));
    let mut corrupt = batch(6, 2);
    corrupt[70] ^= 1;
    assert!(matches!(take(&corrupt, 2), Err(AppendError::Malformed(_))));
    // A batch that is cut off at the end of a fetch is left for the next one.
    let cut = [batch(6, 2), batch(8, 2)[..50].to_vec()].concat();
    assert_eq!(take(&cut, 2), Ok(8));
}
