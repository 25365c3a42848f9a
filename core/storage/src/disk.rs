//! What the log asks of a disk, as a trait: the log decides, the shell acts.
//!
//! `io` implements it over system calls, [`crate::MemoryDisk`] over memory, with power cuts, torn
//! writes, full disks and flipped bits. Everything is synchronous: who must not block hands the
//! call to the log directory's own threads.
//!
//! The model is POSIX's, and the log relies on exactly this much of it:
//! - Bytes written are seen by every later read at once, and survive a power cut only after
//!   [`DiskFile::sync_data`] of that file (or [`Disk::sync_everything`]).
//! - A file that was created, renamed or removed survives a power cut in its new state only
//!   after [`Disk::sync_dir`] of its directory.
//! - A rename replaces its target in one step.
//! - A removed or renamed file can be read through a handle that was there before, until the
//!   handle is dropped: readers of a segment do not mind that retention deletes it.

use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::WallMs;

/// A disk, or rather what is mounted below the log directories.
pub trait Disk: Send + Sync {
    /// A handle to the file at `path`. Opening costs nothing and touches nothing: the first use
    /// of the handle opens the file, and fails with `NotFound` if there is none. A shell may close
    /// the descriptor of an unused handle and open it again when it is used.
    fn file(&self, path: &Path) -> Arc<dyn DiskFile>;

    /// Creates an empty file; one that is there is cut to zero length.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// What is at `path`; `None` if nothing is.
    fn stat(&self, path: &Path) -> io::Result<Option<Stat>>;

    /// Everything in a directory with its [`Stat`], in no particular order. One call, so that a
    /// start after a clean stop need not open a file to learn its length.
    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>>;

    /// The names in a directory and what they are. A directory of ten thousand logs need not be asked
    /// for each one's [`Stat`].
    fn names(&self, dir: &Path) -> io::Result<Vec<(String, Kind)>> {
        let entries = self.list(dir)?.into_iter();
        Ok(entries.map(|entry| (entry.name, entry.stat.kind)).collect())
    }

    /// Renames a file or directory and replaces a file at `to`. For a file to which handles exist,
    /// use [`DiskFile::rename`]; after a directory was renamed, tell its handles by
    /// [`DiskFile::moved`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file. Removing one that is not there is `NotFound`.
    fn remove(&self, path: &Path) -> io::Result<()>;

    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()>;

    /// Makes creations, renames and removals in `dir` survive a power cut.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Makes everything written below the mount of `dir` survive a power cut (`syncfs`): one call
    /// is cheaper than four syncs or more.
    fn sync_everything(&self, dir: &Path) -> io::Result<()>;

    /// Sets the time of the last modification. Retention of records without timestamps goes by
    /// it, so a compacted segment keeps the time of the segments it came from.
    fn set_modified(&self, path: &Path, modified: WallMs) -> io::Result<()>;

    fn space(&self, dir: &Path) -> io::Result<Space>;
}

/// A handle to one file, shared by whoever reads or writes it.
pub trait DiskFile: Send + Sync {
    /// Where the file is now.
    fn path(&self) -> PathBuf;

    /// Reads into `buffer` from `position` and returns how many bytes there were: fewer than
    /// asked for only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `position`; the file grows as needed. After an error any part of
    /// it may have been written.
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()>;

    /// Writes `parts` one after the other at `position`, in one system call where there is one: a
    /// batch is its stamped header and the body that still lies in the request's buffer.
    fn write_parts_at(&self, parts: &[&[u8]], position: u64) -> io::Result<()> {
        let mut position = position;
        for part in parts {
            self.write_at(part, position)?;
            position += part.len() as u64;
        }
        Ok(())
    }

    /// The length in bytes.
    fn len(&self) -> io::Result<u64>;

    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts the file to `length`, or fills it up with zeros.
    fn truncate(&self, length: u64) -> io::Result<()>;

    /// Reserves room for the file to grow to `length`; its length stays as it is. What has not been
    /// needed goes with [`DiskFile::truncate`] to the length that it has. A disk that cannot reserve
    /// does nothing.
    ///
    /// # Errors
    /// `StorageFull`.
    fn allocate(&self, _length: u64) -> io::Result<()> {
        Ok(())
    }

    /// Makes the bytes and the length survive a power cut (`fdatasync`). Never call it again
    /// after it failed: the kernel may have dropped the pages, and a second call that succeeds
    /// says nothing about them.
    fn sync_data(&self) -> io::Result<()>;

    /// Asks the kernel to begin writing a range back, without waiting (`sync_file_range`). Paces
    /// write-back; promises nothing.
    fn start_writeback(&self, position: u64, length: u64) -> io::Result<()>;

    /// Whether the range can be read without waiting for the disk. A guess: a shell that cannot tell
    /// says that it can.
    fn is_cached(&self, _position: u64, _length: u64) -> bool {
        true
    }

    /// Renames the file and lets this handle follow it.
    fn rename(&self, to: &Path) -> io::Result<()>;

    /// Tells the handle that the directory above it has been renamed.
    fn moved(&self, to: &Path);

    /// What `sendfile` needs, held open for as long as the caller holds it, whatever the shell's
    /// cache of descriptors does. `None` where there is no descriptor (simulated disks): read
    /// through [`DiskFile::read_at`] then.
    fn descriptor(&self) -> io::Result<Option<Arc<dyn AsFd + Send + Sync>>>;
}

/// What stands in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The last component of its path. A name that is not UTF-8 is not ours; shells leave it out.
    pub name: String,
    pub stat: Stat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    pub kind: Kind,
    /// Length in bytes; 0 for a directory.
    pub length: u64,
    /// The time of the last modification.
    pub modified: WallMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    /// A socket, a device, a dangling link: nothing a log has.
    Other,
}

/// Bytes of the file system that holds a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Usable by this process.
    pub free: u64,
    pub total: u64,
}

/// A run of bytes of a file: what a read of the log returns, so that the shell can `sendfile` it
/// instead of copying it.
#[derive(Clone)]
pub struct FileSlice {
    pub file: Arc<dyn DiskFile>,
    pub position: u64,
    /// Bytes.
    pub length: usize,
}

impl FileSlice {
    /// Copies the slice into memory.
    ///
    /// # Errors
    /// `UnexpectedEof` if the file has become shorter than the slice, which means that the log
    /// was truncated after it had been handed out.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.length];
        read_exactly(&*self.file, &mut bytes, self.position)?;
        Ok(bytes)
    }
}

impl std::fmt::Debug for FileSlice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileSlice")
            .field("file", &self.file.path())
            .field("position", &self.position)
            .field("length", &self.length)
            .finish()
    }
}

/// Fills `buffer` from `position`.
///
/// # Errors
/// `UnexpectedEof` if the file ends before the buffer is full.
pub fn read_exactly(file: &dyn DiskFile, buffer: &mut [u8], position: u64) -> io::Result<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], position + filled as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => filled += read,
        }
    }
    Ok(())
}

/// Reads a whole small file: checkpoints, snapshots, `meta.properties`. `None` if there is none.
///
/// # Errors
/// `InvalidData` if it is larger than `limit` bytes: nothing is allocated for what cannot be one of
/// ours.
pub fn read_small(disk: &dyn Disk, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = disk.file(path);
    let length = match file.len() {
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if length > limit {
        let reason = format!("it has {length} bytes, more than the {limit} such a file can have");
        return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    }
    let mut bytes = vec![0; length as usize];
    read_exactly(&*file, &mut bytes, 0)?;
    Ok(Some(bytes))
}

/// Replaces a small file so that after a power cut either the old or the new content is there,
/// whole: written beside it as `<name>.tmp`, synced, renamed, and the directory synced, as Kafka
/// does for every checkpoint.
pub fn replace_small(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = PathBuf::from(beside);
    let file = disk.create(&beside)?;
    file.write_at(bytes, 0)?;
    file.sync_data()?;
    drop(file);
    disk.rename(&beside, path)?;
    match path.parent() {
        Some(dir) => disk.sync_dir(dir),
        None => Ok(()),
    }
}
