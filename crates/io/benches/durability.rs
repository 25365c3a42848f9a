//! How soon, and how much, a disk makes durable: `cargo bench -p vltava-io --bench durability -- DIR`.
//!
//! The question behind `vltava.durability=synced`: records of many partitions arrive in many files; is
//! it cheaper to sync those files, the whole file system, or one sequential journal that holds a copy of
//! them all? Each way is asked with 1, 100 and 1,000 partitions, twice: at 10,000 records a second, for
//! the time from a record's arrival to its durability, and with a megabyte of records at a time as fast as
//! the disk allows, for throughput. Every way appends to the partitions' files as a log does.
//!
//! The decision that came of it: docs/decisions/2026-11-27-synced-durability.md.

use std::fs::{File, OpenOptions};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

const RECORD: usize = 1024;
const RATE: u64 = 10_000;
const ROUND_RECORDS: usize = 1024;
/// A quarter of what Vltava uses, so that the halves change places within a round.
const JOURNAL_BYTES: u64 = 16 * 1024 * 1024;
const ROUNDS: usize = 5;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Way {
    /// One `fdatasync` for each file that has grown.
    #[default]
    EachFile,
    /// Up to three files one by one, more with one `syncfs`.
    Group,
    /// One write to a journal of a fixed length and one `fdatasync`; the files follow behind.
    Journal,
    /// As `Journal`, past the page cache, with a write that is durable when it returns (`O_DIRECT`,
    /// `RWF_DSYNC`); and the files follow twice a second instead of when half of the journal is full, so
    /// that the kernel never has much to write at once.
    JournalDirect,
}

const WAYS: [Way; 4] = [Way::EachFile, Way::Group, Way::Journal, Way::JournalDirect];

impl Way {
    fn has_journal(self) -> bool {
        matches!(self, Way::Journal | Way::JournalDirect)
    }
}

fn main() {
    // Cargo passes flags of its own harness.
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let Some(home) = named.map(PathBuf::from) else {
        println!("durability: name a directory on the disk to measure");
        return;
    };
    let mut rows = Vec::new();
    for partitions in [1, 100, 1000] {
        rows.extend(WAYS.map(|way| Row { way, partitions, ..Row::default() }));
    }
    // In turns, so that the machine's mood falls on all of them.
    for _ in 0..ROUNDS {
        for row in &mut rows {
            row.measure(&home);
        }
    }
    println!("medians of {ROUNDS} rounds");
    println!(
        "{:<14} {:>10} {:>9} {:>9} {:>12} {:>9}",
        "way", "partitions", "p50 ms", "p99 ms", "best p99 ms", "MB/s"
    );
    for row in &mut rows {
        row.print();
    }
}

/// One way with so many partitions, and a figure of each round.
#[derive(Default)]
struct Row {
    way: Way,
    partitions: usize,
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
    megabytes: Vec<f64>,
}

impl Row {
    fn measure(&mut self, home: &Path) {
        let dir = home.join(format!("durability-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("the directory can be written");
        let mut latencies = paced(&dir, self.way, self.partitions);
        std::fs::remove_dir_all(&dir).expect("the directory is ours");
        latencies.sort_unstable();
        let at = |quantile: f64| {
            let index = ((latencies.len().max(1) - 1) as f64 * quantile) as usize;
            // A way that commits nothing in the whole time has no quantile worth more than this.
            latencies.get(index).map_or(f64::INFINITY, |latency| latency.as_secs_f64() * 1e3)
        };
        self.p50_ms.push(at(0.5));
        self.p99_ms.push(at(0.99));
        std::fs::create_dir_all(&dir).expect("the directory can be written");
        self.megabytes.push(saturated(&dir, self.way, self.partitions) / 1e6);
        std::fs::remove_dir_all(&dir).expect("the directory is ours");
    }

    fn print(&mut self) {
        let sorted = |figures: &mut Vec<f64>| {
            figures.sort_unstable_by(f64::total_cmp);
            (figures[0], figures[figures.len() / 2])
        };
        let (_, p50) = sorted(&mut self.p50_ms);
        let (best, p99) = sorted(&mut self.p99_ms);
        let (_, megabytes) = sorted(&mut self.megabytes);
        println!(
            "{:<14} {:>10} {p50:>9.2} {p99:>9.2} {best:>12.2} {megabytes:>9.1}",
            format!("{:?}", self.way),
            self.partitions
        );
    }
}

struct Partition {
    file: File,
    end: u64,
}

fn partitions(dir: &Path, count: usize) -> Vec<Partition> {
    let open = |index| {
        let path = dir.join(format!("{index}.log"));
        let file = OpenOptions::new().create_new(true).read(true).write(true).open(path);
        Partition { file: file.expect("a file can be created"), end: 0 }
    };
    let partitions: Vec<Partition> = (0..count).map(open).collect();
    rustix::fs::syncfs(partitions[0].file.as_fd()).expect("the disk syncs");
    partitions
}

/// What makes a group of appends durable.
struct Committer {
    way: Way,
    dir: File,
    halves: Vec<Arc<File>>,
    half: usize,
    used: u64,
    /// Asks for everything written to the files so far to be synced, and is told when it is.
    behind: Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>,
    /// The other half holds nothing that its files lack.
    other_is_free: bool,
    /// What a direct write is made from: aligned, and long enough for any group.
    aligned: Vec<u8>,
    swapped: Instant,
}

impl Committer {
    fn new(dir: &Path, way: Way) -> Committer {
        let handle = File::open(dir).expect("the directory is there");
        let mut committer = Committer {
            way,
            dir: handle.try_clone().expect("a descriptor is left"),
            halves: Vec::new(),
            half: 0,
            used: 0,
            behind: None,
            other_is_free: true,
            aligned: Vec::new(),
            swapped: Instant::now(),
        };
        if !way.has_journal() {
            return committer;
        }
        for half in 0..2 {
            let path = dir.join(format!("journal-{half}"));
            let file = OpenOptions::new().create_new(true).write(true).open(path);
            let file = file.expect("a file can be created");
            // Written once, so that no later write changes what the file system knows of the file.
            let zeros = vec![0; 1 << 20];
            for position in (0..JOURNAL_BYTES).step_by(zeros.len()) {
                file.write_all_at(&zeros, position).expect("there is space");
            }
            file.sync_all().expect("the disk syncs");
            let flags = if way == Way::JournalDirect { libc::O_DIRECT } else { 0 };
            let path = dir.join(format!("journal-{half}"));
            let file = OpenOptions::new().write(true).custom_flags(flags).open(path);
            committer.halves.push(Arc::new(file.expect("a file can be opened")));
        }
        let (ask, asked) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            while asked.recv().is_ok() {
                rustix::fs::syncfs(&handle).expect("the disk syncs");
                let _ = tell.send(());
            }
        });
        committer.behind = Some((ask, told));
        committer
    }

    fn commit(&mut self, files: &[&File], bytes: &[u8]) {
        match self.way {
            Way::EachFile => sync_each(files),
            Way::Group if files.len() <= 3 => sync_each(files),
            Way::Group => rustix::fs::syncfs(&self.dir).expect("the disk syncs"),
            _ => self.journal(bytes),
        }
    }

    fn journal(&mut self, bytes: &[u8]) {
        let length = (bytes.len() as u64).next_multiple_of(4096);
        let due = self.way == Way::JournalDirect
            && self.other_is_free
            && self.swapped.elapsed() > Duration::from_millis(500);
        if due || self.used + length > JOURNAL_BYTES {
            let (ask, told) = self.behind.as_ref().expect("a journal has one");
            if !self.other_is_free {
                told.recv().expect("the thread lives");
            }
            self.half = 1 - self.half;
            self.used = 0;
            self.swapped = Instant::now();
            self.other_is_free = false;
            ask.send(()).expect("the thread lives");
        } else if !self.other_is_free
            && let Some((_, told)) = &self.behind
        {
            self.other_is_free = told.try_recv().is_ok();
        }
        let file = &self.halves[self.half];
        if self.way == Way::Journal {
            file.write_all_at(bytes, self.used).expect("the disk writes");
            rustix::fs::fdatasync(file).expect("the disk syncs");
        } else {
            self.aligned.resize(length as usize + 4096, 0);
            let skip = self.aligned.as_ptr().align_offset(4096);
            let aligned = &mut self.aligned[skip..skip + length as usize];
            aligned[..bytes.len()].copy_from_slice(bytes);
            let parts = [std::io::IoSlice::new(aligned)];
            let flags = rustix::io::ReadWriteFlags::DSYNC;
            let written = rustix::io::pwritev2(file, &parts, self.used, flags);
            assert_eq!(written.expect("the disk writes"), length as usize);
        }
        self.used += length;
    }
}

fn sync_each(files: &[&File]) {
    for file in files {
        rustix::fs::fdatasync(file).expect("the disk syncs");
    }
}

/// Spreads records over partitions without a source of entropy.
fn partition_of(record: u64, count: usize) -> usize {
    (record.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as usize % count
}

/// Appends at [`RATE`] from one thread and commits from another; the time each record took.
fn paced(dir: &Path, way: Way, count: usize) -> Vec<Duration> {
    let mut committer = Committer::new(dir, way);
    let mut partitions = partitions(dir, count);
    let readers: Vec<File> =
        partitions.iter().map(|it| it.file.try_clone().expect("a descriptor is left")).collect();
    let (send, arrived) = mpsc::channel::<(Instant, usize)>();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let writer = std::thread::spawn(move || {
        let start = Instant::now();
        let record = vec![7u8; RECORD];
        let mut next = 0u64;
        while !stopped.load(Ordering::Relaxed) {
            let due = (start.elapsed().as_secs_f64() * RATE as f64) as u64;
            while next < due {
                let intended = start + Duration::from_nanos(next * 1_000_000_000 / RATE);
                let index = partition_of(next, partitions.len());
                let partition = &mut partitions[index];
                partition.file.write_all_at(&record, partition.end).expect("the disk writes");
                partition.end += RECORD as u64;
                let _ = send.send((intended, index));
                next += 1;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    });
    let start = Instant::now();
    let mut latencies = Vec::new();
    while start.elapsed() < WARM_UP + MEASURED {
        let Ok(first) = arrived.recv() else { break };
        let mut group = vec![first];
        group.extend(arrived.try_iter());
        let mut dirty: Vec<usize> = group.iter().map(|(_, index)| *index).collect();
        dirty.sort_unstable();
        dirty.dedup();
        let files: Vec<&File> = dirty.iter().map(|index| &readers[*index]).collect();
        committer.commit(&files, &vec![7; group.len() * RECORD]);
        let now = Instant::now();
        if start.elapsed() > WARM_UP {
            latencies.extend(group.iter().map(|(at, _)| now.saturating_duration_since(*at)));
        }
    }
    stop.store(true, Ordering::Relaxed);
    writer.join().expect("the writer does not panic");
    latencies
}

/// Appends and commits a megabyte at a time; bytes per second.
fn saturated(dir: &Path, way: Way, count: usize) -> f64 {
    let mut committer = Committer::new(dir, way);
    let mut partitions = partitions(dir, count);
    let per_partition = ROUND_RECORDS.div_ceil(count);
    let batch = vec![7u8; per_partition * RECORD];
    let start = Instant::now();
    let mut bytes = 0;
    let mut next = 0;
    while start.elapsed() < MEASURED {
        let mut dirty = Vec::new();
        for _ in 0..ROUND_RECORDS / per_partition {
            let index = next % count;
            next += 1;
            let partition = &mut partitions[index];
            partition.file.write_all_at(&batch, partition.end).expect("the disk writes");
            partition.end += batch.len() as u64;
            dirty.push(index);
        }
        let files: Vec<&File> = dirty.iter().map(|index| &partitions[*index].file).collect();
        committer.commit(&files, &vec![7; dirty.len() * batch.len()]);
        bytes += dirty.len() * batch.len();
    }
    bytes as f64 / start.elapsed().as_secs_f64()
}
