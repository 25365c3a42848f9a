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
            for batch in &found {
                let header = records::BatchHeader::parse(batch).unwrap();
                let known = log.epochs().epoch_of(header.base_offset);
                assert_eq!(known, Some(header.leader_epoch), "seed {seed} point {point}");
            }
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
fn a_segment_that_was_flushed_to_its_end_before_it_was_rolled_keeps_its_indexes() {
    for seed in 0..20 {
        let disk = MemoryDisk::new();
        let mut log = create(&disk, small());
        let sender = Sender { id: 3, epoch: 0, transactional: false };
        append(&mut log, &sender.batch(0, 1));
        for time in 10..15 {
            append(&mut log, &plain(1, 100, time));
        }
        log.flush().unwrap();
        log.roll(WallMs(0)).unwrap();
        append(&mut log, &plain(1, 100, 5));
        log.flush().unwrap();
        let (mut log, report) =
            open(&disk.restart(seed), opening(small(), LastStop::Unclean, log.end().0));
        assert_eq!((log.segment_count(), &report.notes), (2, &Vec::new()), "seed {seed}");
        let found = log.offset_for_time(WallMs(14)).unwrap().map(|found| found.offset);
        assert_eq!(found, Some(Offset(5)), "seed {seed}");
        assert_eq!(log.latest_by_time().unwrap().map(|found| found.offset), Some(Offset(5)));
    }
}

#[test]
fn a_segment_that_ends_at_the_recovery_point_is_not_believed_to_have_its_indexes() {
    for seed in 0..20 {
        let disk = MemoryDisk::new();
        let mut log = create(&disk, small());
        for time in 10..15 {
            append(&mut log, &plain(1, 100, time));
        }
        log.flush().unwrap();
        log.roll(WallMs(0)).unwrap();
        append(&mut log, &plain(1, 100, 5));
        // The name of the second segment lasts, and nobody has synced the first one's indexes.
        disk.sync_dir(dir()).unwrap();
        let (mut log, _) = open(&disk.restart(seed), opening(small(), LastStop::Unclean, 5));
        let found = log.offset_for_time(WallMs(14)).unwrap().map(|found| found.offset);
        assert_eq!(found, Some(Offset(4)), "seed {seed}");
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

#[test]
fn an_index_whose_middle_is_garbled_is_found_out_and_made_anew() {
    for seed in 0..200 {
        let mut chance = Chance::new(seed);
        let disk = MemoryDisk::new();
        let config = LogConfig { segment_bytes: 100_000, index_interval_bytes: 150, ..small() };
        let mut log = create(&disk, config.clone());
        for step in 0..100 {
            append(&mut log, &plain(1, 100, step));
        }
        log.close().unwrap();
        let path = dir().join("00000000000000000000.index");
        let length = disk.content(&path).unwrap().len() as u64;
        for _ in 0..4 {
            // Neither the first nor the last entry, which opening looks at.
            let byte = 8 + chance.below(length - 16);
            disk.flip_bit(&path, byte as usize, chance.below(8) as u8);
        }
        let (mut log, _) = open(&disk, opening(config, LastStop::Clean, 100));
        for _ in 0..30 {
            let offset = Offset(chance.below(100) as i64);
            let read = log.read(offset, 1, Offset(100), Minimum::OneBatch).unwrap();
            let ReadOutcome::Read(read) = read else { panic!("it is in range") };
            let header = records::BatchHeader::parse(&read.bytes().unwrap()).unwrap();
            assert_eq!(header.base_offset, offset, "seed {seed}");
        }
    }
}

#[test]
fn no_garbage_in_any_file_stops_the_program() {
    let names = [
        "00000000000000000000.log",
        "00000000000000000000.index",
        "00000000000000000000.timeindex",
        "00000000000000000000.txnindex",
        "00000000000000000010.snapshot",
        "00000000000000000010.log",
        "00000000000000000010.log.swap",
        "00000000000000000003.log.cleaned",
        "00000000000000000010.index.swap",
        "99999999999999999999.log",
        "09223372036854775807.log",
        "leader-epoch-checkpoint",
        "partition.metadata",
    ];
    let mut opened = 0;
    for seed in 0..3000 {
        let mut chance = Chance::new(seed);
        let disk = MemoryDisk::new();
        let mut log = create(&disk, small());
        for step in 0..12 {
            append(&mut log, &plain(1, 100, step));
        }
        log.close().unwrap();
        for _ in 0..1 + chance.below(3) {
            let path = dir().join(names[chance.below(names.len() as u64) as usize]);
            let mut bytes = disk.content(&path).unwrap_or_default();
            match chance.below(3) {
                0 => bytes = (0..chance.below(300)).map(|_| chance.below(256) as u8).collect(),
                1 => bytes.truncate(chance.below(bytes.len() as u64 + 1) as usize),
                _ => bytes.extend((0..chance.below(40)).map(|_| chance.below(256) as u8)),
            }
            for _ in 0..chance.below(4) {
                if !bytes.is_empty() {
                    let at = chance.below(bytes.len() as u64) as usize;
                    bytes[at] = [0, 0xff, 0x7f, 0x80][chance.below(4) as usize];
                }
            }
            disk.put(&path, &bytes);
        }
        let last_stop = if seed % 2 == 0 { LastStop::Clean } else { LastStop::Unclean };
        let opening = Opening {
            log_start: Offset(chance.below(20) as i64),
            ..opening(small(), last_stop, chance.below(20) as i64)
        };
        let Ok((mut log, _)) = Log::open(disk_of(&disk), dir(), opening) else { continue };
        opened += 1;
        let (start, end) = (log.log_start(), log.end());
        for offset in start.0..end.0.min(start.0 + 30) {
            let _ = log.read(Offset(offset), 500, end, Minimum::OneBatch);
        }
        let _ = log.offset_for_time(WallMs(5));
        let _ = log.latest_by_time();
        let _ = log.aborted_transactions(start, end);
        let _ = log.plan_retention(WallMs(1 << 40), end);
        let batch = plain(1, 100, 0);
        let appending = Appending::by_client(LeaderEpoch(9), WallMs(0));
        let _ = log.append_as_leader(Batch::parse(&batch).unwrap(), appending);
        let _ = log.truncate_to(Offset(end.0 / 2), WallMs(0));
        let _ = log.close();
    }
    assert!(opened > 1000, "only {opened} could be opened");
}

#[test]
fn a_clean_stop_of_many_logs_is_one_sync_and_an_unchanged_log_writes_nothing() {
    for seed in 0..30 {
        let disk = MemoryDisk::new();
        let mut log = create(&disk, small());
        let sender = Sender { id: 3, epoch: 0, transactional: false };
        for step in 0..40 {
            append(&mut log, &sender.batch(step, 1));
        }
        let syncs = disk.counts().syncs;
        log.prepare_stop().unwrap();
        assert_eq!(disk.counts().syncs, syncs);
        disk.sync_everything(dir()).unwrap();
        assert_eq!(log.flushed(log.end()), Offset(40));

        let disk = disk.restart(seed);
        let (mut log, report) = open(&disk, opening(small(), LastStop::Clean, 40));
        assert_eq!((log.end(), report), (Offset(40), OpenReport::default()));
        assert!(log.producer(ProducerId(3)).is_some());
        assert_eq!(log.epochs().entries().len(), 1);
        let changes = disk.counts().changes;
        log.prepare_stop().unwrap();
        assert_eq!(disk.counts().changes, changes);
    }
}

#[test]
fn a_recovery_that_finds_everything_right_writes_nothing() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    for _ in 0..40 {
        append(&mut log, &plain(1, 100, 0));
    }
    log.close().unwrap();
    let disk = disk.kill();
    let changes = disk.counts().changes;
    let (log, report) = open(&disk, opening(small(), LastStop::Unclean, 0));
    assert_eq!((log.end(), report.bytes_lost), (Offset(40), 0));
    assert!(report.bytes_recovered > 0);
    assert_eq!(disk.counts().changes, changes);
}

#[test]
fn creating_a_log_never_empties_one_that_is_there() {
    let disk = MemoryDisk::new();
    let create = |id: &str| {
        let id = Some(id.parse().unwrap());
        Log::create(disk_of(&disk), dir(), Arc::new(small()), id, WallMs(0))
    };
    let mut log = create("4P5vjW3tQS6oQ0uMfBKtrA").unwrap();
    append(&mut log, &plain(1, 100, 0));
    let again = create("4P5vjW3tQS6oQ0uMfBKtrA").unwrap();
    assert_eq!(again.end(), Offset(1));
    let error = create("vPeOCWypqUOSepEvx0cbog").err().unwrap().to_string();
    assert!(error.contains("move it away"), "{error}");
}
