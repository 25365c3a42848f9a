//! The partition log, in Kafka's own on-disk format to the byte.

mod config;
mod disk;
mod error;
mod memory_disk;

pub use config::{Cleanup, LogConfig};
pub use disk::{
    Disk, DiskFile, Entry, FileSlice, Kind, Space, Stat, read_exactly, read_small, replace_small,
};
pub use error::{LogError, Result};
pub use memory_disk::{Counts, MemoryDisk};
