//! What an append to the page cache costs: `cargo bench -p vltava-io --bench append -- DIR`.
//!
//! Is it worth making space ready ahead of the append (pages in the cache, blocks on the disk), and how
//! large may a batch be that the thread of a connection writes itself? Batches of several sizes are
//! written to the end of a file, to blocks set aside by `fallocate`, and over zeros that were written
//! before and are still in the cache.
//!
//! The decision that came of it: docs/decisions/2026-11-27-space-ahead.md.

use std::fs::{File, OpenOptions};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SIZES: [usize; 5] = [1024, 16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024];
const FILE_BYTES: usize = 64 * 1024 * 1024;
const ROUNDS: usize = 5;

#[derive(Clone, Copy, Debug)]
enum Space {
    /// The file grows with each batch.
    None,
    /// Blocks are set aside, beyond the end of the file.
    Blocks,
    /// Zeros are in the cache, and on their way to the disk.
    Pages,
}

const SPACES: [Space; 3] = [Space::None, Space::Blocks, Space::Pages];

fn main() {
    // Cargo passes flags of its own harness.
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let Some(home) = named.map(PathBuf::from) else {
        println!("append: name a directory on the disk to measure");
        return;
    };
    println!(
        "{:>10} {:<8} {:>10} {:>10} {:>10} {:>10}",
        "bytes", "space", "mean us", "p50 us", "p99 us", "max us"
    );
    for size in SIZES {
        let mut taken = SPACES.map(|_| Vec::new());
        // In turns, so that the machine's mood falls on all of them.
        for _ in 0..ROUNDS {
            for (space, taken) in SPACES.iter().zip(&mut taken) {
                measure(&home, *space, size, taken);
            }
        }
        for (space, mut taken) in SPACES.iter().zip(taken) {
            taken.sort_unstable();
            let us = |time: Duration| time.as_secs_f64() * 1e6;
            let at = |quantile: f64| us(taken[((taken.len() - 1) as f64 * quantile) as usize]);
            let mean = us(taken.iter().sum::<Duration>()) / taken.len() as f64;
            println!(
                "{size:>10} {:<8} {mean:>10.1} {:>10.1} {:>10.1} {:>10.1}",
                format!("{space:?}"),
                at(0.5),
                at(0.99),
                at(1.0)
            );
        }
    }
}

fn measure(home: &Path, space: Space, size: usize, taken: &mut Vec<Duration>) {
    let path = home.join(format!("append-{}", std::process::id()));
    let file = OpenOptions::new().create_new(true).read(true).write(true).open(&path);
    let file = file.expect("a file can be created");
    prepare(&file, space);
    let batch = vec![7u8; size];
    for position in (0..FILE_BYTES).step_by(size) {
        let start = Instant::now();
        file.write_all_at(&batch, position as u64).expect("there is space");
        taken.push(start.elapsed());
    }
    std::fs::remove_file(&path).expect("the file is ours");
}

fn prepare(file: &File, space: Space) {
    match space {
        Space::None => {}
        Space::Blocks => {
            let flags = rustix::fs::FallocateFlags::KEEP_SIZE;
            rustix::fs::fallocate(file.as_fd(), flags, 0, FILE_BYTES as u64)
                .expect("there is space");
        }
        Space::Pages => {
            let zeros = vec![0; 1 << 20];
            for position in (0..FILE_BYTES).step_by(zeros.len()) {
                file.write_all_at(&zeros, position as u64).expect("there is space");
            }
        }
    }
}
