//! Logs that a manifest remembers: they come back as they were, and only if nobody was at their files.

use std::path::PathBuf;

use super::*;
use crate::{Manifest, Unchanged};

/// A node's stop: its log has been prepared, and the manifest written.
fn stop(disk: &MemoryDisk, log: &mut Log) {
    log.prepare_stop().unwrap();
    let mut manifest = Manifest::default();
    manifest.insert("t-0", log.rested().unwrap().expect("its files are as it believes"));
    manifest.write(disk, log_dir(), 5).unwrap();
}

fn log_dir() -> &'static Path {
    dir().parent().unwrap()
}

/// The log as the manifest knows it, if it is believed.
fn unchanged(disk: &MemoryDisk) -> Option<Unchanged> {
    let name = dir().file_name().unwrap().to_str().unwrap();
    Manifest::read(disk, log_dir(), 5).unwrap().unchanged(disk, log_dir(), name)
}

#[test]
fn a_log_that_is_remembered_is_as_one_that_is_opened() {
    for (transactional, count) in [(false, 0), (false, 40), (true, 40)] {
        let disk = MemoryDisk::new();
        let mut log = create(&disk, small());
        let sender = Sender { id: 3, epoch: 0, transactional };
        for step in 0..count {
            append(&mut log, &sender.batch(step, 1));
        }
        if transactional {
            append_marker(&mut log, &sender.marker(ControlType::Abort, 0));
        }
        stop(&disk, &mut log);
        let found = unchanged(&disk).expect("nobody was at its files");

        let clean = || opening(small(), LastStop::Clean, 0);
        let changes = disk.counts().changes;
        let mut resumed = Log::resume(disk_of(&disk), dir(), clean(), &found).unwrap();
        assert_eq!(disk.counts().changes, changes);
        let mut opened = open(&disk, clean()).0;
        assert_eq!((resumed.end(), resumed.log_start()), (opened.end(), opened.log_start()));
        assert_eq!(resumed.epochs(), opened.epochs());
        assert_eq!(resumed.producer(ProducerId(3)), opened.producer(ProducerId(3)));
        assert_eq!(resumed.rested().unwrap(), opened.rested().unwrap());
        let end = opened.end().0;
        let all = |log: &mut Log| read_all(log, Offset(0), 9_999);
        assert_eq!(all(&mut resumed), all(&mut opened), "up to {end}");

        append(&mut opened, &plain(1, 100, 0));
        assert_eq!(unchanged(&disk), None, "its active segment is longer");
    }
}

#[test]
fn a_log_at_whose_files_somebody_has_been_is_not_believed() {
    let changes: [fn(&MemoryDisk); 3] = [
        |disk| disk.put(&dir().join("00000000000000000007.snapshot"), b"from elsewhere"),
        |disk| disk.remove(&dir().join("00000000000000000000.log")).unwrap(),
        |disk| {
            let file = disk.file(&active_log(disk));
            let length = file.len().unwrap();
            file.write_at(b"x", length - 1).unwrap();
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let disk = MemoryDisk::new();
        disk.set_now(WallMs(1_000));
        let mut log = create(&disk, small());
        for _ in 0..40 {
            append(&mut log, &plain(1, 100, 0));
        }
        stop(&disk, &mut log);
        assert!(unchanged(&disk).is_some());
        disk.set_now(WallMs(2_000));
        change(&disk);
        assert_eq!(unchanged(&disk), None, "change {number}");
    }
}

#[test]
fn a_log_with_files_that_wait_to_be_removed_is_left_to_a_start_that_looks() {
    let disk = MemoryDisk::new();
    let mut log = create(&disk, small());
    for _ in 0..40 {
        append(&mut log, &plain(1, 100, 0));
    }
    log.advance_log_start(Offset(30), log.end()).unwrap();
    let plan = log.plan_retention(WallMs(0), log.end()).unwrap();
    let waiting = log.delete_segments(&plan, WallMs(0)).unwrap();
    assert!(!waiting.is_empty());
    log.prepare_stop().unwrap();
    assert_eq!(log.rested().unwrap(), None);
    waiting.remove().unwrap();
    assert!(log.rested().unwrap().is_some());
}

/// The `.log` file with the highest base offset.
fn active_log(disk: &MemoryDisk) -> PathBuf {
    let names = disk.names(dir()).unwrap().into_iter().map(|(name, _)| name);
    dir().join(names.filter(|name| name.ends_with(".log")).max().unwrap())
}
