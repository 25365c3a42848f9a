//! What a compacted log still says.

use std::collections::BTreeMap;

use super::*;
use crate::{Cleanup, CompactionStep, OffsetMap};

fn config() -> LogConfig {
    LogConfig {
        cleanup: Cleanup::COMPACT,
        delete_retention_ms: 1000,
        min_cleanable_dirty_ratio: 0.0,
        ..small()
    }
}

/// One record as a reader of committed data would get it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    offset: i64,
    key: String,
    value: Option<String>,
}

/// All records of the log that are not part of an aborted transaction, markers left out.
fn rows(log: &mut Log) -> Vec<Row> {
    let end = log.end();
    let aborted = log.aborted_transactions(Offset(0), end).unwrap();
    let mut rows = Vec::new();
    for bytes in read_all(log, log.log_start(), 1500) {
        let header = records::BatchHeader::parse(&bytes).unwrap();
        let is_aborted = header.attributes.is_transactional()
            && aborted.iter().any(|entry| {
                entry.producer_id == header.producer_id
                    && (entry.first..=entry.last).contains(&header.base_offset)
            });
        if header.attributes.is_control() || is_aborted {
            continue;
        }
        for record in records::records_of(&bytes, &mut Vec::new(), 1 << 20).unwrap() {
            let record = record.unwrap();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            rows.push(Row {
                offset: record.offset(&header).0,
                key: record.key.map(text).unwrap(),
                value: record.value.map(text),
            });
        }
    }
    rows
}

/// The last value of each key; a tombstone and no record at all are the same to a reader.
fn table(log: &mut Log) -> BTreeMap<String, String> {
    let mut table = BTreeMap::new();
    for row in rows(log) {
        match row.value {
            Some(value) => table.insert(row.key, value),
            None => table.remove(&row.key),
        };
    }
    table
}

/// One whole pass. Returns up to where the log is clean.
fn compact(log: &mut Log, clean_up_to: Option<Offset>, now: i64, map_bytes: usize) -> Offset {
    let stable = log.last_stable(log.end());
    let candidate = log.compaction_candidate(clean_up_to, stable, WallMs(now)).unwrap();
    let mut map = OffsetMap::new(map_bytes, [3, 4]);
    let mut pass = log.plan_compaction(&candidate).unwrap();
    loop {
        match pass.next_group(&mut map, WallMs(now), &mut |_| true).unwrap() {
            CompactionStep::Group(group) => {
                let deleted = log.replace_compacted(group).unwrap();
                deleted.expect("nobody else changes the log").remove().unwrap();
            }
            CompactionStep::Done => return pass.clean_up_to(),
            CompactionStep::Stopped => panic!("nobody stopped it"),
        }
    }
}

#[test]
fn compaction_keeps_the_table_the_offsets_and_the_end() {
    for seed in 0..60 {
        let mut chance = Chance::new(seed);
        let disk = MemoryDisk::new();
        let mut log = create(&disk, config());
        let mut clean = None;
        let mut before: BTreeMap<i64, Row> = BTreeMap::new();
        let mut now = 0;
        for _ in 0..4 {
            for _ in 0..60 {
                let key = format!("k{}", chance.below(12));
                let value = format!("{}", chance.below(1 << 40));
                let value = (chance.below(5) > 0).then_some(value.as_str());
                let base = append(&mut log, &with_key(&key, value, now)).base_offset.0;
                let value = value.map(str::to_owned);
                before.insert(base, Row { offset: base, key, value });
            }
            let expected = table(&mut log);
            let end = log.end();
            clean = Some(compact(&mut log, clean, now, 1 << 20));
            assert_eq!(table(&mut log), expected, "seed {seed}");
            assert_eq!(log.end(), end);
            let after = rows(&mut log);
            for row in &after {
                assert_eq!(Some(row), before.get(&row.offset));
            }
            // Each key once below the clean offset.
            let cleaned: Vec<_> = after
                .iter()
                .filter(|row| Offset(row.offset) < clean.unwrap())
                .map(|row| &row.key)
                .collect();
            let keys: std::collections::BTreeSet<_> = cleaned.iter().collect();
            assert_eq!(keys.len(), cleaned.len(), "seed {seed}: {cleaned:?}");
            // And it opens again, both ways.
            log.close().unwrap();
            log = open(&disk, opening(config(), LastStop::Clean, end.0)).0;
            assert_eq!((rows(&mut log), log.end()), (after.clone(), end));
            log = open(&disk, opening(config(), LastStop::Unclean, 0)).0;
            assert_eq!((rows(&mut log), log.end()), (after, end));
            now += 700;
        }
    }
}

#[test]
fn tombstones_go_once_their_horizon_has_passed_and_not_before() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, config());
    append(&mut log, &with_key("a", Some("1"), 0));
    append(&mut log, &with_key("a", None, 0));
    append(&mut log, &with_key("b", Some("2"), 0));
    log.roll(WallMs(0)).unwrap();
    append(&mut log, &with_key("c", Some("3"), 0));
    log.roll(WallMs(0)).unwrap();

    let keys = |log: &mut Log| rows(log).iter().map(|row| row.key.clone()).collect::<Vec<_>>();
    let clean = compact(&mut log, None, 5000, 1 << 20);
    assert_eq!((clean, keys(&mut log)), (Offset(4), vec!["a".into(), "b".into(), "c".into()]));
    let tombstone = &read_all(&mut log, Offset(0), 1000)[0];
    let header = records::BatchHeader::parse(tombstone).unwrap();
    assert_eq!(header.delete_horizon(), Some(WallMs(6000)));

    append(&mut log, &with_key("c", Some("4"), 0));
    log.roll(WallMs(0)).unwrap();
    let clean = compact(&mut log, Some(clean), 5999, 1 << 20);
    assert_eq!(keys(&mut log), ["a", "b", "c"]);
    append(&mut log, &with_key("c", Some("5"), 0));
    log.roll(WallMs(0)).unwrap();
    compact(&mut log, Some(clean), 6000, 1 << 20);
    assert_eq!(keys(&mut log), ["b", "c"]);
    assert_eq!(log.end(), Offset(6));
}

#[test]
fn aborted_data_goes_at_once_its_marker_later_and_the_last_batch_of_a_producer_never() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, config());
    let aborter = Sender { id: 1, epoch: 0, transactional: true };
    let committer = Sender { id: 2, epoch: 0, transactional: true };
    append(&mut log, &aborter.batch_of(0, 1, "x"));
    append(&mut log, &committer.batch_of(0, 1, "y"));
    append_marker(&mut log, &aborter.marker(ControlType::Abort, 0));
    append_marker(&mut log, &committer.marker(ControlType::Commit, 0));
    append(&mut log, &with_key("y", Some("later"), 0));
    log.high_watermark_moved(log.end());
    log.roll(WallMs(0)).unwrap();
    let expected = table(&mut log);
    assert_eq!(expected, BTreeMap::from([("y".to_owned(), "later".to_owned())]));

    let headers = |log: &mut Log| -> Vec<(i64, i32, bool)> {
        let batches = read_all(log, Offset(0), 5000);
        let headers = batches.iter().map(|batch| records::BatchHeader::parse(batch).unwrap());
        headers
            .map(|it| (it.base_offset.0, it.record_count, it.delete_horizon().is_some()))
            .collect()
    };
    let mut clean = compact(&mut log, None, 0, 1 << 20);
    assert_eq!(table(&mut log), expected);
    // Both producers are known, so their last batches stay as empty shells, and the markers because
    // of them: a shell counts as data of its transaction.
    assert_eq!(
        headers(&mut log),
        [(0, 0, false), (1, 0, false), (2, 1, false), (3, 1, false), (4, 1, false)]
    );
    assert_eq!(log.aborted_transactions(Offset(0), Offset(5)).unwrap().len(), 1);

    // When the producers have expired, the shells go; the markers get a horizon, and then go too.
    log.expire_producers(WallMs(i64::MAX));
    let mut touch = |log: &mut Log, now| {
        append(log, &with_key("y", Some("later"), 0));
        log.roll(WallMs(0)).unwrap();
        clean = compact(log, Some(clean), now, 1 << 20);
    };
    touch(&mut log, 10);
    assert_eq!(headers(&mut log), [(2, 1, false), (3, 1, false), (5, 1, false)]);
    touch(&mut log, 20);
    assert_eq!(headers(&mut log), [(2, 1, true), (3, 1, true), (6, 1, false)]);
    touch(&mut log, 1019);
    assert_eq!(headers(&mut log).len(), 3);
    touch(&mut log, 1020);
    assert_eq!(headers(&mut log), [(8, 1, false)]);
    assert_eq!(table(&mut log), expected);
}

#[test]
fn a_map_that_is_too_small_cleans_what_it_can_and_goes_on_next_time() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, config());
    for at in 0..6000 {
        append(&mut log, &with_key(&format!("key-{}", at % 3000), Some("value"), 0));
    }
    let expected = table(&mut log);
    let mut clean = Offset(0);
    for _ in 0..20 {
        let next = compact(&mut log, Some(clean), 0, 0);
        assert!(next >= clean);
        clean = next;
        assert_eq!(table(&mut log), expected);
    }
    assert_eq!(clean, log.active_segment());
}

#[test]
fn the_active_segment_open_transactions_and_young_segments_are_left_alone() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, LogConfig { min_compaction_lag_ms: 100, ..config() });
    for time in [10, 20, 150] {
        append(&mut log, &with_key("a", Some("1"), time));
        log.roll(WallMs(time)).unwrap();
    }
    append(&mut log, &with_key("a", Some("1"), 200));
    let bound = |log: &mut Log, stable: i64, now: i64| {
        let found = log.compaction_candidate(None, Offset(stable), WallMs(now)).unwrap();
        found.first_uncleanable.0
    };
    assert_eq!(bound(&mut log, 4, 1000), 3);
    assert_eq!(bound(&mut log, 4, 200), 2);
    assert_eq!(bound(&mut log, 1, 1000), 1);
    assert_eq!(bound(&mut log, 4, 50), 0);
    let wrong = log.compaction_candidate(Some(Offset(99)), Offset(4), WallMs(0)).unwrap();
    assert!(wrong.checkpoint_is_wrong && wrong.first_dirty == Offset(0));

    log.set_config(Arc::new(LogConfig { max_compaction_lag_ms: 500, ..config() }));
    let overdue = |log: &mut Log, now| {
        log.compaction_candidate(None, Offset(4), WallMs(now)).unwrap().overdue
    };
    assert_eq!((overdue(&mut log, 510), overdue(&mut log, 511)), (false, true));
}

#[test]
fn a_power_cut_in_a_compaction_leaves_the_old_segments_or_the_new_one() {
    let build = |disk: &MemoryDisk| {
        let mut log = create(disk, config());
        for at in 0..50 {
            let value = (at % 7 > 0).then_some("some value that is not short");
            append(&mut log, &with_key(&format!("k{}", at % 9), value, 0));
        }
        log.flush().unwrap();
        log
    };
    let whole = {
        let disk = MemoryDisk::new();
        let mut log = build(&disk);
        let before = disk.counts().changes;
        compact(&mut log, None, 0, 1 << 20);
        disk.counts().changes - before
    };
    let mut unfinished = 0;
    for point in 0..whole {
        for seed in 0..8 {
            let disk = MemoryDisk::new();
            let mut log = build(&disk);
            let (expected, end) = (table(&mut log), log.end());
            disk.cut_power_after(point);
            let candidate = log.compaction_candidate(None, end, WallMs(0)).unwrap();
            let mut map = OffsetMap::new(1 << 20, [3, 4]);
            let mut pass = log.plan_compaction(&candidate).unwrap();
            while let Ok(CompactionStep::Group(group)) =
                pass.next_group(&mut map, WallMs(0), &mut |_| true)
            {
                match log.replace_compacted(group) {
                    Ok(deleted) => drop(deleted.map(|deleted| deleted.remove())),
                    Err(_) => break,
                }
            }
            let after = disk.restart(seed);
            let (mut log, report) = open(&after, opening(config(), LastStop::Unclean, end.0));
            unfinished += usize::from(!report.notes.is_empty());
            assert_eq!(log.end(), end, "point {point} seed {seed}: {report:?}");
            assert_eq!(table(&mut log), expected, "point {point} seed {seed}: {report:?}");
            let leftovers = after.list(dir()).unwrap();
            assert!(!leftovers.iter().any(|entry| entry.name.contains(".swap")));
            assert!(!leftovers.iter().any(|entry| entry.name.contains(".cleaned")));
        }
    }
    assert!(unfinished > 10, "only {unfinished} cuts hit a swap");
}

#[test]
fn a_pass_that_is_overtaken_by_retention_is_given_up() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, config());
    for at in 0..60 {
        append(&mut log, &with_key(&format!("k{}", at % 9), Some("value"), 0));
    }
    let end = log.end();
    let candidate = log.compaction_candidate(None, end, WallMs(0)).unwrap();
    let mut map = OffsetMap::new(1 << 20, [3, 4]);
    let mut pass = log.plan_compaction(&candidate).unwrap();
    let step = pass.next_group(&mut map, WallMs(0), &mut |_| true).unwrap();
    let CompactionStep::Group(group) = step else { panic!("there is something to clean") };
    log.advance_log_start(Offset(55), end).unwrap();
    let plan = log.plan_retention(WallMs(0), end).unwrap();
    log.delete_segments(&plan, WallMs(0)).unwrap().remove().unwrap();
    assert!(log.replace_compacted(group).unwrap().is_none());
    assert_eq!(read_all(&mut log, Offset(55), 5000).len(), 5);
}

#[test]
fn a_log_that_is_compacted_no_more_keeps_what_lies_behind_its_gaps() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, config());
    append(&mut log, &with_key("once", Some(&"v".repeat(1500)), 0));
    append(&mut log, &with_key("again", Some("v"), 0));
    for _ in 0..4 {
        append(&mut log, &with_key("again", Some(&"v".repeat(1500)), 0));
    }
    let cleaned_up_to = compact(&mut log, None, 0, 1 << 20);
    let (end, expected) = (log.end(), rows(&mut log));
    let opening = Opening { cleaned_up_to, ..opening(small(), LastStop::Unclean, 0) };
    let disk = disk.kill();
    let (mut log, report) = open(&disk, opening.clone());
    assert_eq!((log.end(), report.bytes_lost), (end, 0), "{report:?}");
    assert_eq!(rows(&mut log), expected);
    // Where nothing was compacted the same gap is a hole that a power cut has torn.
    let (log, report) = open(&disk, Opening { cleaned_up_to: Offset(0), ..opening });
    assert!(log.end() < end && report.bytes_lost > 0, "{report:?}");
}

#[test]
fn a_gap_wider_than_an_index_can_bridge_begins_a_segment_behind_it() {
    let wide = i64::from(i32::MAX) + 10;
    let at = |offset: i64| {
        let mut batch = with_key("key", Some("value"), 0);
        records::stamp(&mut batch, Offset(offset), LeaderEpoch(0));
        batch
    };
    let disk = MemoryDisk::new();
    let mut copy = create(&disk, config());
    let mut copied = 0;
    let batches: Vec<Vec<u8>> = [wide, wide + 1, 3 * wide, 3 * wide + 1].map(at).to_vec();
    while copied < batches.len() {
        let end = copy.end();
        let chunk = batches[copied..].concat();
        let outcome = copy.append_as_follower(&chunk, LeaderEpoch(0), WallMs(0)).unwrap();
        assert!(matches!(outcome, AppendOutcome::Appended(_)) && copy.end() > end, "{outcome:?}");
        copied = batches.iter().filter(|batch| copy.end() > offset_of(batch)).count();
    }
    assert_eq!(copy.end(), Offset(3 * wide + 2));
    copy.flush().unwrap();
    let (mut copy, report) = open(&disk.kill(), opening(config(), LastStop::Unclean, 0));
    assert_eq!((copy.end(), report.bytes_lost), (Offset(3 * wide + 2), 0), "{report:?}");
    assert_eq!(read_all(&mut copy, Offset(0), 5000), batches);
    assert_eq!(read_all(&mut copy, Offset(2 * wide), 5000), batches[2..]);
}

fn offset_of(batch: &[u8]) -> Offset {
    records::BatchHeader::parse(batch).unwrap().base_offset
}
