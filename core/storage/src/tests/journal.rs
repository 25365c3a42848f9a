//! What the journal keeps of logs whose segments a power cut has torn.

use base::{PartitionIndex, Uuid};

use super::*;
use crate::{Cleanup, Group, JOURNAL_FILES, Journal};

const TOPIC: Uuid = Uuid::from_halves(7, 7);
const LOGS: usize = 3;

fn home() -> &'static Path {
    Path::new("/data")
}

fn path(partition: usize) -> std::path::PathBuf {
    home().join(format!("t-{partition}"))
}

fn logs(disk: &MemoryDisk) -> Vec<Log> {
    let create = |partition| {
        Log::create(disk_of(disk), &path(partition), Arc::new(small()), Some(TOPIC), WallMs(0))
    };
    let logs = (0..LOGS).map(|partition| create(partition).unwrap()).collect();
    disk.sync_everything(home()).unwrap();
    logs
}

/// What a run did before its disk failed.
#[derive(Default)]
struct Ran {
    appended: Vec<Vec<Vec<u8>>>,
    durable: Vec<Offset>,
    /// What the checkpoints say, written in the moment of the crash.
    recovery_points: Vec<Offset>,
    log_starts: Vec<Offset>,
}

/// Appends to logs, copies their tails into the journal, begins a half anew every few groups, and now
/// and then deletes records up to the middle of a batch, by `seed`, until the disk fails.
fn run(disk: &MemoryDisk, logs: &mut [Log], seed: u64, steps: usize) -> Ran {
    let mut ran = Ran {
        appended: vec![Vec::new(); LOGS],
        durable: vec![Offset(0); LOGS],
        recovery_points: vec![Offset(0); LOGS],
        log_starts: vec![Offset(0); LOGS],
    };
    let _ = steps_of(disk, logs, seed, steps, &mut ran);
    for (at, log) in logs.iter().enumerate() {
        ran.durable[at] = log.durable();
        ran.recovery_points[at] = log.recovery_point();
        ran.log_starts[at] = log.log_start();
    }
    ran
}

fn steps_of(
    disk: &MemoryDisk,
    logs: &mut [Log],
    seed: u64,
    steps: usize,
    ran: &mut Ran,
) -> crate::Result<()> {
    let mut chance = Chance::new(seed);
    let mut journal = Journal::new(disk_of(disk), home());
    for step in 0..steps {
        for _ in 0..1 + chance.below(4) {
            let at = chance.below(LOGS as u64) as usize;
            let batch =
                plain(1 + chance.below(3) as usize, chance.below(500) as usize, step as i64);
            let epoch = LeaderEpoch((step / 5) as i32);
            let mut stamped = batch.clone();
            records::stamp(&mut stamped, logs[at].end(), epoch);
            ran.appended[at].push(stamped);
            let appending = Appending::by_client(epoch, WallMs(0));
            logs[at].append_as_leader(Batch::parse(&batch).unwrap(), appending)?;
        }
        let mut group = Group::default();
        let mut plans = Vec::new();
        for (at, log) in logs.iter_mut().enumerate() {
            if let Some(plan) = log.plan_journal(1 << 20)? {
                group.add(TOPIC, PartitionIndex(at as i32), &plan).unwrap();
                plans.push((at, plan.up_to));
            }
        }
        journal.append(&mut group)?;
        for (at, up_to) in plans {
            assert_eq!(logs[at].journaled(up_to), up_to);
        }
        if chance.below(4) == 0 {
            let log = &mut logs[chance.below(LOGS as u64) as usize];
            log.advance_log_start(log.end().plus(-1).max(Offset(0)), log.durable())?;
        }
        if chance.below(3) == 0 {
            for log in logs.iter_mut() {
                log.flush()?;
            }
            journal.turn();
        }
    }
    Ok(())
}

fn reopen(disk: &MemoryDisk, recovery_points: &[Offset]) -> Vec<Log> {
    reopen_from(disk, recovery_points, &[Offset(0); LOGS])
}

fn reopen_from(disk: &MemoryDisk, recovery_points: &[Offset], log_starts: &[Offset]) -> Vec<Log> {
    let journaled = Journal::read(disk, home()).unwrap();
    let mut logs = Vec::new();
    for (at, recovery_point) in recovery_points.iter().enumerate() {
        // The first log is a compacted one: there a gap between segments is nothing strange.
        let cleanup = Cleanup { compact: at == 0, ..Cleanup::default() };
        let config = LogConfig { cleanup, ..small() };
        let opening = Opening {
            log_start: log_starts[at],
            ..opening(config, LastStop::Unclean, recovery_point.0)
        };
        let tails = journaled.of(TOPIC, PartitionIndex(at as i32));
        let (mut log, _) = Log::open_beside(disk_of(disk), &path(at), opening, tails).unwrap();
        let replayed = log.replay(tails, WallMs(0));
        assert_eq!(replayed.unwrap().notes, [""; 0]);
        logs.push(log);
    }
    disk.sync_everything(home()).unwrap();
    for log in &mut logs {
        assert_eq!(log.flushed(log.end()), log.end());
    }
    Journal::remove(disk, home()).unwrap();
    logs
}

#[test]
fn after_a_power_cut_at_any_point_every_log_has_what_the_journal_made_durable() {
    let mut replayed_more = 0;
    for seed in 0..6 {
        let whole = {
            let disk = MemoryDisk::new();
            let mut logs = logs(&disk);
            let before = disk.counts().changes;
            run(&disk, &mut logs, seed, 14);
            disk.counts().changes - before
        };
        for point in 0..whole {
            let disk = MemoryDisk::new();
            let mut logs = logs(&disk);
            disk.cut_power_after(point);
            let ran = run(&disk, &mut logs, seed, 14);
            let after = disk.restart(seed * 1000 + point);
            let mut logs = reopen_from(&after, &ran.recovery_points, &ran.log_starts);
            for (at, log) in logs.iter_mut().enumerate() {
                let (durable, start) = (ran.durable[at], ran.log_starts[at]);
                assert!(log.end() >= durable, "seed {seed} point {point} log {at}: {}", log.end());
                let found = read_all(log, start, 5000);
                let below_start = |batch: &&Vec<u8>| {
                    records::BatchHeader::parse(batch).unwrap().last_offset() < start
                };
                let deleted = ran.appended[at].iter().take_while(below_start).count();
                let appended = &ran.appended[at][deleted..];
                assert!(found[..] == appended[..found.len()], "seed {seed} point {point}");
                replayed_more += usize::from(durable > ran.recovery_points[at]);
            }
        }
    }
    assert!(replayed_more > 100, "the journal was of use only {replayed_more} times");
}

#[test]
fn records_behind_a_start_in_the_middle_of_a_batch_come_back_from_the_journal() {
    let disk = MemoryDisk::new();
    let mut log = logs(&disk).remove(0);
    append(&mut log, &plain(50, 1, 0));
    log.flush().unwrap();
    let flushed = disk.content(&path(0).join("00000000000000000000.log")).unwrap();
    for records in [25, 10, 15] {
        append(&mut log, &plain(records, 1, 0));
    }
    let plan = log.plan_journal(1 << 20).unwrap().unwrap();
    let mut group = Group::default();
    group.add(TOPIC, PartitionIndex(0), &plan).unwrap();
    Journal::new(disk_of(&disk), home()).append(&mut group).unwrap();
    log.advance_log_start(Offset(80), Offset(100)).unwrap();
    let readable = read_all(&mut log, Offset(80), 10_000);

    disk.put(&path(0).join("00000000000000000000.log"), &flushed);
    let starts = [Offset(80), Offset(0), Offset(0)];
    let mut log = reopen_from(&disk, &[log.recovery_point()], &starts).remove(0);
    assert_eq!((log.log_start(), log.end()), (Offset(80), Offset(100)));
    assert!(read_all(&mut log, Offset(80), 10_000) == readable);
}

#[test]
fn a_journal_that_has_been_replayed_adds_nothing_the_second_time() {
    let disk = MemoryDisk::new();
    let mut logs = logs(&disk);
    let ran = run(&disk, &mut logs, 3, 10);
    let journal = JOURNAL_FILES.map(|name| disk.content(&home().join(name)));
    let after = disk.restart(1);
    let ends = || {
        let logs = reopen_from(&after, &ran.recovery_points, &ran.log_starts);
        logs.iter().map(Log::end).collect::<Vec<Offset>>()
    };
    let first = ends();
    for (name, content) in JOURNAL_FILES.iter().zip(journal) {
        if let Some(content) = content {
            after.put(&home().join(name), &content);
        }
    }
    assert_eq!(first, ends());
}

#[test]
fn what_another_leader_wrote_since_is_not_touched_by_an_old_journal() {
    let disk = MemoryDisk::new();
    let mut log = logs(&disk).remove(0);
    append(&mut log, &plain(1, 10, 0));
    log.flush().unwrap();
    append(&mut log, &plain(1, 20, 0));
    append(&mut log, &plain(1, 20, 0));
    let plan = log.plan_journal(1 << 20).unwrap().unwrap();
    let mut group = Group::default();
    group.add(TOPIC, PartitionIndex(0), &plan).unwrap();
    Journal::new(disk_of(&disk), home()).append(&mut group).unwrap();
    // Apache Kafka recovers the directory without our journal, and leads on.
    let _ = log.truncate_to(Offset(1), WallMs(0)).unwrap();
    offer(&mut log, &plain(1, 30, 0), 4, 0);
    let theirs = read_all(&mut log, Offset(0), 10_000);
    log.flush().unwrap();
    let after = disk.restart(1);
    let mut log = reopen(&after, &[Offset(1)]).remove(0);
    assert!(read_all(&mut log, Offset(0), 10_000) == theirs);
}

#[test]
fn what_a_later_leader_replaced_is_replaced_in_the_replay_too() {
    for seed in 0..20 {
        let disk = MemoryDisk::new();
        let mut log = logs(&disk).remove(0);
        let mut journal = Journal::new(disk_of(&disk), home());
        let mut keep = |log: &mut Log| {
            let plan = log.plan_journal(1 << 20).unwrap().unwrap();
            let mut group = Group::default();
            group.add(TOPIC, PartitionIndex(0), &plan).unwrap();
            journal.append(&mut group).unwrap();
            log.journaled(plan.up_to)
        };
        for _ in 0..3 {
            offer(&mut log, &plain(1, 10, 0), 0, 0);
        }
        keep(&mut log);
        let _ = log.truncate_to(Offset(1), WallMs(0)).unwrap();
        offer(&mut log, &plain(1, 30, 0), 5, 0);
        assert_eq!(keep(&mut log), Offset(2));
        let whole = read_all(&mut log, Offset(0), 10_000);
        let mut log = reopen(&disk.restart(seed), &[Offset(0)]).remove(0);
        assert!(read_all(&mut log, Offset(0), 10_000) == whole, "seed {seed}");
    }
}

#[test]
fn a_plan_whose_log_was_cut_meanwhile_makes_only_the_rest_durable() {
    let disk = MemoryDisk::new();
    let mut log = logs(&disk).remove(0);
    for _ in 0..5 {
        append(&mut log, &plain(1, 10, 0));
    }
    let journal = log.plan_journal(1 << 20).unwrap().unwrap();
    let flush = log.plan_flush().unwrap();
    let _ = log.truncate_to(Offset(2), WallMs(0)).unwrap();
    append(&mut log, &plain(4, 10, 0));
    assert_eq!(log.journaled(journal.up_to), Offset(2));
    assert_eq!(log.flushed(flush.up_to), Offset(2));
    let again = log.plan_journal(1 << 20).unwrap().unwrap();
    assert_eq!(log.journaled(again.up_to), Offset(6));
}

#[test]
fn no_garbage_in_the_journal_stops_the_program() {
    for seed in 0..500 {
        let mut chance = Chance::new(seed);
        let disk = MemoryDisk::new();
        let mut logs = logs(&disk);
        let ran = run(&disk, &mut logs, seed, 4);
        let all = |log: &mut Log| read_all(log, log.log_start(), 5000);
        let whole: Vec<Vec<Vec<u8>>> = logs.iter_mut().map(all).collect();
        for name in JOURNAL_FILES {
            let Some(mut bytes) = disk.content(&home().join(name)) else { continue };
            for _ in 0..1 + chance.below(5) {
                let at = chance.below(bytes.len() as u64) as usize;
                bytes[at] = [0, 0xff, 0x7f, 0x80][chance.below(4) as usize];
            }
            bytes.truncate(chance.below(bytes.len() as u64 + 1) as usize);
            disk.put(&home().join(name), &bytes);
        }
        let mut logs = reopen_from(&disk, &[Offset(0); LOGS], &ran.log_starts);
        for (log, whole) in logs.iter_mut().zip(&whole) {
            assert!(all(log) == *whole);
        }
    }
}
