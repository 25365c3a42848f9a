//! Stories of moves on a disk in memory: uninterrupted, and cut off at every change of the disk.

use base::{ProducerEpoch, ProducerId, Sequence};
use records::{BatchBuilder, Batches, Codec};
use storage::{Appending, Batch, LastStop, MemoryDisk, Opening, write_offsets};

use super::*;

const TOPIC_ID: Uuid = Uuid([7; 16]);
const OTHER_ID: Uuid = Uuid([8; 16]);
const NOW: WallMs = WallMs(0);

fn partition() -> TopicPartition {
    TopicPartition::new("t", 0)
}

fn small() -> Arc<LogConfig> {
    let config =
        LogConfig { segment_bytes: 2000, index_interval_bytes: 150, ..LogConfig::default() };
    Arc::new(config)
}

fn dyn_disk(disk: &MemoryDisk) -> Arc<dyn Disk> {
    Arc::new(disk.clone())
}

fn empty_disk() -> MemoryDisk {
    let disk = MemoryDisk::new();
    for dir in ["/a", "/b"] {
        disk.create_dir_all(Path::new(dir)).unwrap();
    }
    disk.sync_everything(Path::new("/")).unwrap();
    disk
}

/// A batch of one producer; `number` is its sequence and tells it from others.
fn batch(number: usize) -> Vec<u8> {
    let sequence = Sequence(number as i32);
    let mut builder =
        BatchBuilder::new(Codec::None).producer(ProducerId(5), ProducerEpoch(0), sequence);
    let value = vec![b'a' + (number % 26) as u8; 120 + number % 90];
    builder.append(WallMs(number as i64), None, Some(&value), &[]).unwrap();
    builder.build()
}

/// Appends batch `number` in leader epoch `number / 10`; false if the disk failed.
fn append_to(log: &mut Log, number: usize) -> bool {
    let bytes = batch(number);
    let appending = Appending::by_client(LeaderEpoch((number / 10) as i32), NOW);
    match log.append_as_leader(Batch::parse(&bytes).unwrap(), appending) {
        Ok(AppendOutcome::Appended(_)) => true,
        Ok(other) => panic!("not appended: {other:?}"),
        Err(_) => false,
    }
}

/// Forty batches in five segments or so, the first twelve of them deleted, all durable.
fn original(disk: &MemoryDisk) -> Log {
    let dir = Path::new("/a/t-0");
    let mut log = Log::create(dyn_disk(disk), dir, small(), Some(TOPIC_ID), NOW).unwrap();
    for number in 0..40 {
        assert!(append_to(&mut log, number));
    }
    log.advance_log_start(Offset(12), Offset(40)).unwrap();
    log.flush().unwrap();
    let line = [(&partition(), Offset(12))];
    write_offsets(disk, Path::new("/a"), LOG_STARTS, line).unwrap();
    disk.sync_everything(Path::new("/")).unwrap();
    log
}

/// What a move came to, and what it may be judged by.
struct Moved {
    /// Batches that were appended, or may have been.
    appended: usize,
    /// What was told to be durable.
    durable: Offset,
    done: Option<Log>,
}

/// Moves `current` to `/b` while ten more batches arrive, until the disk fails.
fn run(mut current: Log) -> Moved {
    let mut moved = Moved { appended: 40, durable: Offset(40), done: None };
    let disk = current.disk().clone();
    let target = Path::new("/b");
    let created = create(disk, target, &partition(), Uuid([9; 16]), small(), TOPIC_ID, NOW);
    let Ok(mut future) = created else { return moved };
    loop {
        let Ok(chunk) = next_chunk(&mut current, Reached::by(&future)) else { return moved };
        let caught_up = matches!(chunk, Chunk::Nothing);
        if append(&mut future, chunk, NOW).is_err() || future.flush().is_err() {
            return moved;
        }
        if moved.appended < 50 {
            moved.appended += 1;
            if !append_to(&mut current, moved.appended - 1) {
                return moved;
            }
            if moved.appended.is_multiple_of(4) {
                let end = current.end();
                if current.flush().is_err() {
                    return moved;
                }
                moved.durable = end;
            }
        } else if caught_up {
            break;
        }
    }
    // One that is copied by the exchange itself.
    moved.appended += 1;
    if !append_to(&mut current, moved.appended - 1) {
        return moved;
    }
    let deleted = target_name("/a", DirectoryState::Deleted);
    let high_watermark = current.end();
    let renaming =
        Renaming { partition: &partition(), target, deleted: &deleted, high_watermark, now: NOW };
    if let Exchange::Done = exchange(&mut current, &mut future, &renaming) {
        moved.durable = high_watermark;
        moved.done = Some(future);
    }
    moved
}

fn target_name(log_dir: &str, state: DirectoryState) -> PathBuf {
    Path::new(log_dir).join(directory_name(&partition(), state, Uuid([3; 16])))
}

fn settle_on(disk: &MemoryDisk) -> Settled {
    let directories: [(&dyn Disk, &Path); 2] = [(disk, Path::new("/a")), (disk, Path::new("/b"))];
    let mut next = 100;
    let unique = || {
        next += 1;
        Uuid([next; 16])
    };
    let settled = settle(&directories, |_| Some(TOPIC_ID), |_| false, unique);
    assert!(settled.failed.is_empty(), "{settled:?}");
    settled
}

/// Opens the one current log as a start after a crash does.
fn start(disk: &MemoryDisk) -> (Log, Settled) {
    let settled = settle_on(disk);
    let is_there = |dir: &&str| disk.stat(&Path::new(dir).join("t-0")).unwrap().is_some();
    let found: Vec<&str> = ["/a", "/b"].into_iter().filter(|dir| is_there(dir)).collect();
    let [dir] = found[..] else { panic!("current logs are in {found:?}; {settled:?}") };
    let known = |file| {
        let offsets = read_offsets(disk, Path::new(dir), file).unwrap().unwrap_or_default();
        offsets.get(&partition()).copied().unwrap_or(Offset(0))
    };
    let opening = Opening {
        config: small(),
        recovery_point: known(RECOVERY_POINTS),
        log_start: known(LOG_STARTS),
        cleaned_up_to: Offset(0),
        last_stop: LastStop::Unclean,
        topic_id: None,
        now: NOW,
    };
    let (mut log, _) = Log::open(dyn_disk(disk), &Path::new(dir).join("t-0"), opening).unwrap();
    log.high_watermark_moved(log.end());
    (log, settled)
}

fn read_all(log: &mut Log) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut at = log.log_start();
    while at < log.end() {
        let end = log.end();
        let ReadOutcome::Read(read) = log.read(at, 700, end, Minimum::OneBatch).unwrap() else {
            panic!("offset {at} is out of range")
        };
        for parsed in Batches::new(&read.bytes().unwrap()) {
            let (header, bytes) = parsed.unwrap();
            at = header.next_offset();
            found.push(bytes.to_vec());
        }
    }
    found
}

/// The log has everything that was durable, nothing that was not written, and nothing deleted.
fn check(log: &mut Log, moved: &Moved, what: &str) {
    assert!(log.end() >= moved.durable, "{what}: {} of {}", log.end(), moved.durable);
    assert_eq!(log.log_start(), Offset(12), "{what}");
    let found = read_all(log);
    for (number, bytes) in (12..).zip(&found) {
        let mut expected = batch(number);
        records::stamp(&mut expected, Offset(number as i64), LeaderEpoch((number / 10) as i32));
        assert_eq!(*bytes, expected, "{what}: batch {number}");
    }
    assert_eq!(found.len() as i64, log.end().0 - 12, "{what}");
    assert!(log.end().0 as usize <= moved.appended, "{what}");
    let producer = log.producer(ProducerId(5)).unwrap();
    let last = producer.last_sequence();
    assert_eq!(last, Sequence(log.end().0 as i32 - 1), "{what}");
    for number in 12..log.end().0 {
        let epoch = log.epochs().epoch_of(Offset(number));
        assert_eq!(epoch, Some(LeaderEpoch((number / 10) as i32)), "{what}");
    }
}

#[test]
fn a_log_moves_while_it_is_written_to_and_goes_on() {
    let disk = empty_disk();
    let mut moved = run(original(&disk));
    let mut log = moved.done.take().unwrap();
    assert_eq!(log.dir(), Path::new("/b/t-0"));
    assert_eq!(log.recovery_point(), log.end());
    check(&mut log, &moved, "moved");
    assert!(append_to(&mut log, 51));
    moved.appended = 52;
    check(&mut log, &moved, "moved and written to");
    forget_mark(&log);
    drop(log);
    let (mut log, settled) = start(&disk.kill());
    assert!(settled.unfinished.is_empty());
    check(&mut log, &moved, "started again");
}

#[test]
fn a_crash_at_any_point_of_a_move_leaves_one_log_with_everything() {
    let whole = {
        let disk = empty_disk();
        let current = original(&disk);
        let before = disk.counts().changes;
        assert!(run(current).done.is_some());
        disk.counts().changes - before
    };
    let (mut resumed, mut promoted) = (0, 0);
    for point in 0..whole {
        // Seed 0 is a killed process, the others are power cuts.
        for seed in 0..4 {
            let disk = empty_disk();
            let current = original(&disk);
            disk.cut_power_after(point);
            let moved = run(current);
            assert!(moved.done.is_none() || point + 1 >= whole);
            let after = if seed == 0 { disk.kill() } else { disk.restart(seed * 10_000 + point) };
            let what = format!("point {point} seed {seed}");
            let (mut log, settled) = start(&after);
            resumed += settled.unfinished.len();
            promoted += usize::from(!settled.notes.is_empty());
            check(&mut log, &moved, &what);
            // What is left of the copy does not stand in the way of the next move, nor of a start.
            let next = log.end().0 as usize;
            assert!(append_to(&mut log, next), "{what}");
            let end = log.end();
            log.flush().unwrap();
            drop(log);
            let (log, _) = start(&after.kill());
            assert_eq!(log.end(), end, "{what}");
        }
    }
    assert!(resumed > 100 && promoted > 0, "{resumed} unfinished, {promoted} finished by a start");
}

#[test]
fn a_copy_goes_on_after_a_clean_stop() {
    let disk = empty_disk();
    let mut current = original(&disk);
    let at = Path::new("/b");
    let mut future =
        create(dyn_disk(&disk), at, &partition(), Uuid([9; 16]), small(), TOPIC_ID, NOW).unwrap();
    for _ in 0..4 {
        let chunk = next_chunk(&mut current, Reached::by(&future)).unwrap();
        append(&mut future, chunk, NOW).unwrap();
    }
    let end = future.end();
    assert!(end > Offset(12) && end < Offset(40), "{end}");
    future.close().unwrap();
    drop(future);
    let settled = settle_on(&disk);
    let [unfinished] = &settled.unfinished[..] else { panic!("{settled:?}") };
    let opening = Opening {
        config: small(),
        recovery_point: Offset(0),
        log_start: Offset(0),
        cleaned_up_to: Offset(0),
        last_stop: LastStop::Clean,
        topic_id: None,
        now: NOW,
    };
    let (mut future, _) = Log::open(dyn_disk(&disk), &unfinished.dir, opening).unwrap();
    reopen(&future).unwrap();
    assert_eq!(future.end(), end);
    let deleted = target_name("/a", DirectoryState::Deleted);
    let renaming = Renaming {
        partition: &partition(),
        target: at,
        deleted: &deleted,
        high_watermark: Offset(40),
        now: NOW,
    };
    let outcome = exchange(&mut current, &mut future, &renaming);
    assert!(outcome.is_done(), "{outcome:?}");
    check(&mut future, &Moved { appended: 40, durable: Offset(40), done: None }, "resumed");
}

#[test]
fn a_copy_whose_original_was_cut_and_written_anew_follows_it() {
    let disk = empty_disk();
    let mut current = original(&disk);
    let at = Path::new("/b");
    let mut future =
        create(dyn_disk(&disk), at, &partition(), Uuid([9; 16]), small(), TOPIC_ID, NOW).unwrap();
    while future.end() < current.end() {
        let chunk = next_chunk(&mut current, Reached::by(&future)).unwrap();
        append(&mut future, chunk, NOW).unwrap();
    }
    current.truncate_to(Offset(35), NOW).unwrap();
    for number in 35..42 {
        let bytes = batch(number);
        let appending = Appending::by_client(LeaderEpoch(9), NOW);
        current.append_as_leader(Batch::parse(&bytes).unwrap(), appending).unwrap();
    }
    let deleted = target_name("/a", DirectoryState::Deleted);
    let renaming = Renaming {
        partition: &partition(),
        target: at,
        deleted: &deleted,
        high_watermark: Offset(40),
        now: NOW,
    };
    let outcome = exchange(&mut current, &mut future, &renaming);
    assert!(outcome.is_done(), "{outcome:?}");
    assert_eq!(future.end(), Offset(42));
    assert_eq!(future.end_of_epoch(LeaderEpoch(3)).unwrap().start, Offset(35));
    assert_eq!(read_all(&mut future), read_all(&mut current));
}

#[test]
fn a_part_of_a_log_whose_whole_is_gone_is_kept_aside() {
    let disk = empty_disk();
    let at = Path::new("/b");
    let unique = Uuid([9; 16]);
    create(dyn_disk(&disk), at, &partition(), unique, small(), TOPIC_ID, NOW).unwrap();
    let settled = settle_on(&disk);
    assert!(settled.unfinished.is_empty(), "{settled:?}");
    let names = log_names(&disk, at).unwrap();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0].2, DirectoryState::Stray);
}

#[test]
fn a_copy_of_an_older_topic_of_the_name_is_discarded() {
    let disk = empty_disk();
    original(&disk);
    let at = Path::new("/b");
    create(dyn_disk(&disk), at, &partition(), Uuid([9; 16]), small(), OTHER_ID, NOW).unwrap();
    let settled = settle_on(&disk);
    assert!(settled.unfinished.is_empty(), "{settled:?}");
    assert_eq!(log_names(&disk, at).unwrap()[0].2, DirectoryState::Deleted);
    start(&disk);
}

#[test]
fn a_copy_is_as_clean_as_its_log_whatever_the_target_knew_of_an_earlier_one() {
    for cleaned in [None, Some(Offset(20))] {
        let disk = empty_disk();
        let current = original(&disk);
        let (here, there) = (Path::new("/a"), Path::new("/b"));
        let partition = partition();
        let stale = [(&partition, Offset(90))];
        write_offsets(&disk, there, CLEANER_OFFSETS, stale).unwrap();
        write_offsets(&disk, here, CLEANER_OFFSETS, cleaned.map(|to| (&partition, to))).unwrap();
        assert!(run(current).done.is_some());
        let known = read_offsets(&disk, there, CLEANER_OFFSETS).unwrap().unwrap();
        assert_eq!(known.get(&partition).copied(), cleaned);
    }
}

#[test]
fn a_disk_that_fails_at_any_point_of_the_exchange_leaves_the_log_where_it_was() {
    let partition = partition();
    let deleted = target_name("/a", DirectoryState::Deleted);
    let (target, high_watermark) = (Path::new("/b"), Offset(40));
    let renaming =
        Renaming { partition: &partition, target, deleted: &deleted, high_watermark, now: NOW };
    let copied = |disk: &MemoryDisk, current: &mut Log| {
        let unique = Uuid([9; 16]);
        let mut future =
            create(dyn_disk(disk), target, &partition, unique, small(), TOPIC_ID, NOW).unwrap();
        while future.end() < current.end() {
            let chunk = next_chunk(current, Reached::by(&future)).unwrap();
            append(&mut future, chunk, NOW).unwrap();
        }
        future
    };
    let whole = {
        let (disk, other) = (empty_disk(), empty_disk());
        let mut current = original(&disk);
        let mut future = copied(&other, &mut current);
        let before = other.counts().changes;
        let outcome = exchange(&mut current, &mut future, &renaming);
        assert!(matches!(outcome, Exchange::Done), "{outcome:?}");
        other.counts().changes - before
    };
    for point in 0..whole {
        let (disk, other) = (empty_disk(), empty_disk());
        let mut current = original(&disk);
        let before = read_all(&mut current);
        let mut future = copied(&other, &mut current);
        other.cut_power_after(point);
        let outcome = exchange(&mut current, &mut future, &renaming);
        assert!(matches!(outcome, Exchange::Failed(MoveError::Target(_))), "{point}: {outcome:?}");
        assert_eq!(current.dir(), Path::new("/a/t-0"));
        assert_eq!(read_all(&mut current), before);
        assert!(append_to(&mut current, 40), "it goes on");
    }
}
