//! What a power cut, a torn file and a flipped bit leave of a log.

use super::*;

/// Appends and flushes by `seed`, until the disk fails. Returns what was appended and up to where
/// it was flushed.
fn run(log: &mut Log, seed: u64, steps: usize) -> (Vec<Vec<u8>>, Offset) {
    let mut chance = Chance::new(seed);
    let mut batches = Vec::new();
    let mut flushed = Offset(0);
    for step in 0..steps {
        let batch = plain(1 + chance.below(3) as usize, chance.below(600) as usize, step as i64);
        let appending = Appending::by_client(LeaderEpoch((step / 7) as i32), WallMs(0));
        // A batch whose write failed may still have arrived.
        let mut stamped = batch.clone();
        records::stamp(&mut stamped, log.end(), appending.leader_epoch);
        batches.push(stamped);
        match log.append_as_leader(Batch::parse(&batch).unwrap(), appending) {
            Ok(AppendOutcome::Appended(_)) => {}
            Ok(other) => panic!("{other:?}"),
            Err(_) => break,
        }
        if chance.below(4) == 0 {
            let end = log.end();
            match log.flush() {
                Ok(()) => flushed = end,
                Err(_) => break,
            }
        }
    }
    (batches, flushed)
}

#[test]
fn after_a_power_cut_at_any_point_what_was_flushed_is_there_and_nothing_torn() {
    let mut lost = 0;
    for seed in 0..6 {
        let whole = {
            let disk = MemoryDisk::new();
            let mut log = create(&disk, small());
            let before = disk.counts().changes;
            run(&mut log, seed, 25);
            disk.counts().changes - before
        };
        for point in 0..whole {
            let disk = MemoryDisk::new();
            let mut log = create(&disk, small());
            disk.cut_power_after(point);
            let (appended, flushed) = run(&mut log, seed, 25);
            let after = disk.restart(seed * 1000 + point);
            let opening = opening(small(), LastStop::Unclean, flushed.0);
            let (mut log, report) = open(&after, opening.clone());
            lost += usize::from(report.bytes_lost > 0);
            assert!(log.end() >= flushed, "seed {seed} point {point}: {report:?}");
            let found = read_all(&mut log, Offset(0), 5000);
            assert_eq!(found[..], appended[..found.len()], "seed {seed} point {point}");
            // And it goes on from there, through a stop and a start.
            append(&mut log, &plain(1, 30, 0));
            let end = log.end();
            log.close().unwrap();
            let (mut log, _) = open(&after, Opening { last_stop: LastStop::Clean, ..opening });
            assert_eq!(log.end(), end);
            assert_eq!(read_all(&mut log, Offset(0), 900).len(), found.len() + 1);
        }
    }
    assert!(lost > 20, "only {lost} cuts tore anything");
}

#[test]
fn after_a_power_cut_in_a_truncation_the_log_is_the_old_one_or_a_prefix_of_it() {
    for target in [0, 3, 17, 30] {
        let build = |disk: &MemoryDisk| {
            let mut log = create(disk, small());
            for step in 0..40 {
                append(&mut log, &plain(1, 150, step));
            }
            log.flush().unwrap();
            log
        };
        let whole = {
            let disk = MemoryDisk::new();
            let mut log = build(&disk);
            let before = disk.counts().changes;
            let _ = log.truncate_to(Offset(target), WallMs(0)).unwrap();
            disk.counts().changes - before
        };
        for point in 0..=whole {
            for seed in 0..5 {
                let disk = MemoryDisk::new();
                let mut log = build(&disk);
                let old = read_all(&mut log, Offset(0), 5000);
                disk.cut_power_after(point);
                let _ = log.truncate_to(Offset(target), WallMs(0));
                let after = disk.restart(seed);
                let recovery_point = log.recovery_point().0.min(target);
                let (mut log, _) =
                    open(&after, opening(small(), LastStop::Unclean, recovery_point));
                let found = read_all(&mut log, Offset(0), 5000);
                assert!(log.end().0 >= target, "target {target} point {point} seed {seed}");
                assert_eq!(found[..], old[..found.len()]);
            }
        }
    }
}

#[test]
fn a_segment_cut_anywhere_keeps_every_whole_batch() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, LogConfig { segment_bytes: 100_000, ..small() });
    let mut ends = vec![0];
    for step in 0..8 {
        append(&mut log, &plain(2, 30 + step, 0));
        ends.push(log.bytes() as usize);
    }
    let path = dir().join("00000000000000000000.log");
    let content = disk.content(&path).unwrap();
    for cut in 0..=content.len() {
        let disk = MemoryDisk::new();
        disk.put(&path, &content[..cut]);
        let config = LogConfig { segment_bytes: 100_000, ..small() };
        let (mut log, report) = open(&disk, opening(config, LastStop::Unclean, 0));
        let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
        assert_eq!(log.end(), Offset(whole as i64 * 2), "cut at {cut}");
        assert_eq!(report.bytes_lost, (cut - ends[whole]) as u64);
        assert_eq!(read_all(&mut log, Offset(0), 100_000).len(), whole);
        assert_eq!(disk.content(&path).unwrap().len(), ends[whole]);
    }
}

#[test]
fn a_flipped_bit_is_never_served_after_recovery() {
    let disk = MemoryDisk::new();
    let config = LogConfig { segment_bytes: 100_000, ..small() };
    let mut log = create(&disk, config.clone());
    for step in 0..5 {
        append(&mut log, &plain(2, 20, step));
    }
    let whole = read_all(&mut log, Offset(0), 100_000);
    let path = dir().join("00000000000000000000.log");
    let content = disk.content(&path).unwrap();
    for byte in 0..content.len() {
        for bit in [0, 3, 7] {
            let disk = MemoryDisk::new();
            disk.put(&path, &content);
            disk.flip_bit(&path, byte, bit);
            let (mut log, _) = open(&disk, opening(config.clone(), LastStop::Unclean, 0));
            for (at, batch) in read_all(&mut log, Offset(0), 100_000).iter().enumerate() {
                // Base offset and leader epoch are outside of every checksum of the format.
                assert_eq!(batch[16..], whole[at][16..], "byte {byte} bit {bit}");
            }
        }
    }
}

#[test]
fn indexes_that_are_gone_cut_padded_or_garbled_are_made_anew() {
    let damages: [fn(&MemoryDisk, &Path); 4] = [
        |disk, path| disk.remove(path).unwrap(),
        |disk, path| disk.file(path).truncate(5).unwrap(),
        |disk, path| disk.file(path).truncate(120_000).unwrap(),
        |disk, path| disk.put(path, &[0xff; 96]),
    ];
    for (at, damage) in damages.iter().enumerate() {
        for suffix in ["index", "timeindex"] {
            let disk = MemoryDisk::new();
            let mut log = create(&disk, small());
            for step in 0..60 {
                append(&mut log, &plain(1, 100, step));
            }
            log.close().unwrap();
            let segments = log.segment_count();
            let whole = read_all(&mut log, Offset(0), 100_000);
            for entry in disk.list(dir()).unwrap() {
                if entry.name.ends_with(&format!(".{suffix}")) {
                    damage(&disk, &dir().join(&entry.name));
                }
            }
            let (mut log, _) = open(&disk, opening(small(), LastStop::Clean, 60));
            assert_eq!((log.end(), log.segment_count()), (Offset(60), segments), "damage {at}");
            assert_eq!(read_all(&mut log, Offset(0), 300), whole);
            for time in 0..60 {
                let found = log.offset_for_time(WallMs(time)).unwrap();
                assert_eq!(found.map(|found| found.offset), Some(Offset(time)), "damage {at}");
            }
        }
    }
}

#[test]
fn a_checkpoint_of_epochs_that_cannot_be_read_is_rebuilt_from_the_batches() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    for step in 0..30 {
        let batch = plain(1, 100, 0);
        assert!(matches!(offer(&mut log, &batch, step / 10, 0), AppendOutcome::Appended(_)));
    }
    log.close().unwrap();
    let epochs = log.epochs().clone();
    disk.put(&dir().join("leader-epoch-checkpoint"), b"0\n9\n");
    let (log, report) = open(&disk, opening(small(), LastStop::Clean, 30));
    assert_eq!(log.epochs().entries(), epochs.entries());
    assert!(report.notes[0].contains("leader-epoch-checkpoint"), "{report:?}");
}

#[test]
fn a_failed_or_full_disk_leaves_a_log_that_opens() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    for _ in 0..10 {
        append(&mut log, &plain(1, 100, 0));
    }
    disk.set_capacity(2500);
    let appending = Appending::by_client(LeaderEpoch(0), WallMs(0));
    let batch = plain(1, 100, 0);
    let mut appended = 10;
    let error = loop {
        match log.append_as_leader(Batch::parse(&batch).unwrap(), appending) {
            Ok(_) => appended += 1,
            Err(error) => break error,
        }
    };
    assert!(error.is_disk_failure());
    assert!(error.to_string().contains(".log"), "{error}");
    disk.set_capacity(1 << 30);
    let disk = disk.kill();
    let (log, _) = open(&disk, opening(small(), LastStop::Unclean, 0));
    assert_eq!(log.end(), Offset(appended));
}

#[test]
fn a_log_whose_segments_others_removed_goes_on_at_its_start() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    for _ in 0..10 {
        append(&mut log, &plain(1, 100, 0));
    }
    log.close().unwrap();
    let opening = Opening { log_start: Offset(500), ..opening(small(), LastStop::Clean, 500) };
    let (log, report) = open(&disk, opening);
    assert_eq!((log.log_start(), log.end(), log.segment_count()), (Offset(500), Offset(500), 1));
    assert!(report.notes[0].contains("goes on at 500"), "{report:?}");
}
