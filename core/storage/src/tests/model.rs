//! A log against a list of batches.

use super::*;

/// What the log should hold, batch by batch.
#[derive(Default)]
struct Model {
    batches: Vec<(Offset, Offset, Vec<u8>)>,
    start: Offset,
    end: Offset,
}

impl Model {
    fn add(&mut self, batch: &[u8]) {
        let header = records::BatchHeader::parse(batch).unwrap();
        self.batches.push((header.base_offset, header.last_offset(), batch.to_vec()));
        self.end = header.next_offset();
    }

    fn truncate(&mut self, target: Offset) {
        if target >= self.end {
            return;
        }
        let first = self.batches.iter().find(|(_, last, _)| *last >= target);
        let first = first.map(|(base, _, _)| *base);
        self.batches.retain(|(_, last, _)| *last < target);
        // A batch that holds the target goes whole.
        self.end = first.unwrap_or(self.end).min(target);
        self.start = self.start.min(self.end);
    }

    fn from(&self, offset: Offset) -> Vec<Vec<u8>> {
        let held = self.batches.iter().filter(|(_, last, _)| *last >= offset);
        held.map(|(_, _, bytes)| bytes.clone()).collect()
    }
}

fn stamped(batch: &[u8], base: Offset, epoch: i32) -> Vec<u8> {
    let mut batch = batch.to_vec();
    records::stamp(&mut batch, base, LeaderEpoch(epoch));
    batch
}

#[test]
fn a_log_holds_what_a_list_would_through_rolls_cuts_and_restarts() {
    for seed in 0..150 {
        let mut chance = Chance::new(seed);
        let mut disk = MemoryDisk::new();
        let config = LogConfig { retention_bytes: 6000, ..small() };
        let mut log = create(&disk, config.clone());
        let mut model = Model::default();
        let mut epoch = 0;
        for step in 0..120 {
            match chance.below(20) {
                0..=9 => {
                    let batch =
                        plain(1 + chance.below(4) as usize, chance.below(300) as usize, step);
                    let appended = match offer(&mut log, &batch, epoch, step) {
                        AppendOutcome::Appended(appended) => appended,
                        other => panic!("{other:?}"),
                    };
                    assert_eq!(appended.base_offset, model.end);
                    model.add(&stamped(&batch, model.end, epoch));
                }
                10 => {
                    epoch += 1;
                    let mut bytes = Vec::new();
                    for _ in 0..1 + chance.below(5) {
                        let batch = stamped(&plain(2, 40, step), model.end, epoch);
                        model.add(&batch);
                        bytes.extend(batch);
                    }
                    let outcome = log.append_as_follower(&bytes, LeaderEpoch(epoch), WallMs(step));
                    assert!(matches!(outcome.unwrap(), AppendOutcome::Appended(_)));
                }
                11 => log.roll(WallMs(step)).unwrap(),
                12 => log.rest().unwrap(),
                13 => {
                    let span = model.end.since(model.start) as u64;
                    let target = model.start.plus(chance.below(span + 3) as i64);
                    if let Some(deleted) = log.truncate_to(target, WallMs(step)).unwrap() {
                        deleted.remove().unwrap();
                    }
                    model.truncate(target);
                    epoch += 1;
                }
                14 => {
                    let span = model.end.since(model.start) as u64;
                    let start = model.start.plus(chance.below(span + 1) as i64);
                    log.advance_log_start(start, model.end).unwrap();
                    model.start = start;
                }
                15 => {
                    let plan = log.plan_retention(WallMs(step), model.end).unwrap();
                    log.delete_segments(&plan, WallMs(step)).unwrap().remove().unwrap();
                    model.start = log.log_start();
                }
                16 => {
                    log.close().unwrap();
                    assert_eq!(log.recovery_point(), model.end);
                    disk = disk.restart(seed + step as u64);
                    let opening = Opening {
                        log_start: model.start,
                        ..opening(config.clone(), LastStop::Clean, model.end.0)
                    };
                    log = open(&disk, opening).0;
                }
                17 | 18 => {
                    let recovery_point = log.recovery_point();
                    disk = disk.kill();
                    let opening = Opening {
                        log_start: model.start,
                        ..opening(config.clone(), LastStop::Unclean, recovery_point.0)
                    };
                    let (opened, report) = open(&disk, opening);
                    assert_eq!(report.bytes_lost, 0, "{report:?}");
                    log = opened;
                }
                _ => log.flush().unwrap(),
            }
            assert_eq!(log.end(), model.end, "seed {seed} step {step}");
            assert_eq!(log.log_start(), model.start, "seed {seed} step {step}");
        }
        let max_bytes = 1 + chance.below(3000) as usize;
        let expected = model.from(model.start);
        assert_eq!(read_all(&mut log, model.start, max_bytes), expected, "seed {seed}");
        for (base, last, bytes) in &model.batches {
            for offset in base.0.max(model.start.0)..=last.0 {
                let read = log.read(Offset(offset), 10, model.end, Minimum::OneBatch).unwrap();
                let ReadOutcome::Read(read) = read else { panic!("{offset} is out of range") };
                assert_eq!(&read.bytes().unwrap(), bytes);
                let epoch = records::BatchHeader::parse(bytes).unwrap().leader_epoch;
                assert_eq!(log.epochs().epoch_of(Offset(offset)), Some(epoch));
            }
        }
    }
}

#[test]
fn a_read_knows_what_it_has_left_out() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    let batch = plain(3, 20, 5);
    for _ in 0..60 {
        append(&mut log, &batch);
    }
    let size = batch.len() as u64;
    let mut read = |offset, max_bytes, up_to| {
        let outcome = log.read(Offset(offset), max_bytes, Offset(up_to), Minimum::OneBatch);
        let ReadOutcome::Read(read) = outcome.unwrap() else { panic!("{offset} is in the log") };
        (read.available, read.more_follows)
    };
    assert_eq!(read(171, 10, 177), (2 * size, false));
    assert_eq!(read(171, 100_000, 177), (2 * size, false));
    assert_eq!(read(177, 100_000, 180), (size, false), "from where an append ended");
    assert_eq!(read(180, 100_000, 180), (0, false));
    assert!(read(0, 100_000, 180).1, "there are later segments");
    assert_eq!(read(0, 100_000, 6), (2 * size, false), "none of them lies below the bound");
}

#[test]
fn a_read_ends_at_its_bound_and_at_its_size() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    let batch = plain(3, 20, 5);
    for _ in 0..60 {
        append(&mut log, &batch);
    }
    let size = batch.len();
    let mut read = |offset, max_bytes, up_to, minimum| {
        let outcome = log.read(Offset(offset), max_bytes, Offset(up_to), minimum).unwrap();
        match outcome {
            ReadOutcome::Read(read) => {
                (read.slice.map_or(0, |slice| slice.length), read.first_batch_is_cut)
            }
            ReadOutcome::OutOfRange { .. } => (usize::MAX, false),
        }
    };
    assert_eq!(read(0, 10, 180, Minimum::OneBatch), (size, false));
    assert_eq!(read(0, 10, 180, Minimum::Nothing), (10, true));
    assert_eq!(read(0, 0, 180, Minimum::Nothing), (0, true));
    assert_eq!(read(4, size * 2, 180, Minimum::Nothing), (size * 2, false));
    // Bounds in the middle of the active segment, of an old one, at a batch and inside one.
    assert_eq!(read(3, 100_000, 9, Minimum::OneBatch), (size * 2, false));
    assert_eq!(read(3, 100_000, 8, Minimum::OneBatch), (size, false));
    assert_eq!(read(171, 100_000, 177, Minimum::OneBatch), (size * 2, false));
    assert_eq!(read(171, 100_000, 171, Minimum::OneBatch), (0, false));
    assert_eq!(read(180, 100_000, 180, Minimum::OneBatch), (0, false));
    assert_eq!(read(181, 100_000, 180, Minimum::OneBatch).0, usize::MAX);
    assert_eq!(read(-1, 100_000, 180, Minimum::OneBatch).0, usize::MAX);
}

#[test]
fn a_record_is_found_by_its_time() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    let times: Vec<i64> = (0..200).map(|at| (at * 37) % 500 + at).collect();
    for time in &times {
        append(&mut log, &plain(1, 50, *time));
    }
    for round in 0..2 {
        for target in -1..800 {
            let expected = times.iter().position(|time| *time >= target).map(|at| at as i64);
            let found = log.offset_for_time(WallMs(target)).unwrap();
            assert_eq!(found.map(|found| found.offset.0), expected, "time {target}");
        }
        let largest = times.iter().max().unwrap();
        let first = times.iter().position(|time| time == largest).unwrap() as i64;
        let found = log.latest_by_time().unwrap().unwrap();
        assert_eq!((found.timestamp.0, found.offset.0), (*largest, first));
        if round == 0 {
            log.close().unwrap();
            log = open(&disk, opening(small(), LastStop::Clean, 200)).0;
        }
    }
    log.advance_log_start(Offset(150), Offset(200)).unwrap();
    assert_eq!(log.offset_for_time(WallMs(0)).unwrap().unwrap().offset, Offset(150));
}

#[test]
fn a_clean_start_reads_no_more_than_the_tail() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, LogConfig { segment_bytes: 200_000, ..LogConfig::default() });
    for _ in 0..2000 {
        append(&mut log, &plain(1, 500, 0));
    }
    log.close().unwrap();
    let before = disk.counts();
    let (log, report) = open(&disk, opening(LogConfig::default(), LastStop::Clean, 2000));
    assert_eq!(log.end(), Offset(2000));
    assert_eq!(report, OpenReport::default());
    let after = disk.counts();
    assert_eq!(after.changes, before.changes);
    // Two entries of each index and the tail; the snapshot is known to be empty by its size.
    assert!(after.reads - before.reads <= 6, "{} reads", after.reads - before.reads);
}

#[test]
fn an_append_is_one_write() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, LogConfig::default());
    append(&mut log, &plain(1, 100, 0));
    let before = disk.counts();
    for _ in 0..1000 {
        append(&mut log, &plain(1, 100, 0));
    }
    // 170 KB: one entry in 4 KiB, so the indexes wait in memory all along.
    let after = disk.counts();
    assert_eq!(after.writes - before.writes, 1000);
    assert_eq!(after.reads, before.reads);
}

#[test]
fn a_slice_follows_its_file_through_rest_rename_and_removal() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    append(&mut log, &plain(1, 100, 0));
    let slice = |log: &mut Log| match log.read(Offset(0), 5000, Offset(1), Minimum::OneBatch) {
        Ok(ReadOutcome::Read(read)) => read.slice.unwrap(),
        other => panic!("{other:?}"),
    };
    let held = slice(&mut log);
    log.rest().unwrap();
    let again = slice(&mut log);
    assert!(Arc::ptr_eq(&held.file, &again.file));
    log.rest().unwrap();
    let moved = Path::new("/data/t-0.00000000000000000000000000000000-delete");
    log.rename_dir(moved).unwrap();
    assert_eq!(held.file.path(), moved.join("00000000000000000000.log"));
    log.rest().unwrap();
    let deleted = log.truncate_fully(Offset(9), WallMs(0)).unwrap();
    assert!(held.file.path().to_str().unwrap().ends_with(".log.deleted"));
    deleted.remove().unwrap();
    assert_eq!(held.read().unwrap().len(), held.length);
}
