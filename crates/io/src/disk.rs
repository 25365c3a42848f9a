//! Files of the real machine behind `storage::Disk`.
//!
//! A handle names a file and opens it at its first use. Open descriptors are bounded: ten thousand
//! partitions of which a hundred are busy hold a hundred descriptors, and the rest are closed by a
//! clock hand and opened again when used. A descriptor in use (a read, a `sendfile`) is counted by
//! reference and survives its eviction.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use base::WallMs;
use parking_lot::Mutex;
use rustix::fs::{FlockOperation, Mode, OFlags};
use storage::{Disk, DiskFile, Entry, Kind, Space, Stat};

/// The file systems of this machine.
pub struct RealDisk {
    descriptors: Arc<Descriptors>,
    /// Directories whose file systems have been synced, kept open. Linux tells each open descriptor
    /// once of a write that failed since it was opened: one opened anew for every sync would not hear
    /// of what somebody else's sync has met in between.
    roots: Mutex<BTreeMap<PathBuf, Arc<OwnedFd>>>,
}

impl RealDisk {
    /// `open_files_max` bounds the descriptors kept open for files that are not in use at the
    /// moment; at least 16.
    pub fn new(open_files_max: usize) -> RealDisk {
        let hand = Mutex::new(VecDeque::new());
        RealDisk {
            descriptors: Arc::new(Descriptors { hand, max: open_files_max.max(16) }),
            roots: Mutex::default(),
        }
    }

    fn root(&self, dir: &Path) -> io::Result<Arc<OwnedFd>> {
        let mut roots = self.roots.lock();
        if let Some(root) = roots.get(dir) {
            return Ok(root.clone());
        }
        let root = Arc::new(rustix::fs::open(
            dir,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?);
        roots.insert(dir.to_owned(), root.clone());
        Ok(root)
    }

    fn handle(&self, path: &Path) -> Arc<File> {
        Arc::new_cyclic(|me| File {
            me: me.clone(),
            path: Mutex::new(path.to_owned()),
            descriptor: Mutex::new(None),
            used: AtomicBool::new(false),
            descriptors: self.descriptors.clone(),
        })
    }
}

impl Disk for RealDisk {
    fn file(&self, path: &Path) -> Arc<dyn DiskFile> {
        self.handle(path)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
        let descriptor = rustix::fs::open(path, flags, Mode::from_raw_mode(0o644))?;
        let file = self.handle(path);
        file.keep(Arc::new(descriptor));
        Ok(file)
    }

    fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(Some(stat_of(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            // Of the open directory, which spares the way to it.
            let metadata = match entry.file_type() {
                Ok(kind) if !kind.is_symlink() => entry.metadata(),
                _ => fs::metadata(entry.path()),
            };
            let stat = match metadata {
                Ok(metadata) => stat_of(&metadata),
                Err(_) => Stat { kind: Kind::Other, length: 0, modified: WallMs(0) },
            };
            entries.push(Entry { name, stat });
        }
        Ok(entries)
    }

    fn names(&self, dir: &Path) -> io::Result<Vec<(String, Kind)>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = match entry.file_type() {
                // Followed, because the log of a partition may be a link to another disk.
                Ok(kind) if kind.is_symlink() => {
                    fs::metadata(entry.path()).map(|it| it.file_type())
                }
                other => other,
            };
            names.push((name, kind.map_or(Kind::Other, kind_of)));
        }
        Ok(names)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        fs::remove_dir_all(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let descriptor = rustix::fs::open(
            dir,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        Ok(rustix::fs::fsync(descriptor)?)
    }

    fn sync_everything(&self, dir: &Path) -> io::Result<()> {
        Ok(rustix::fs::syncfs(self.root(dir)?)?)
    }

    fn set_modified(&self, path: &Path, modified: WallMs) -> io::Result<()> {
        let time = rustix::fs::Timespec {
            tv_sec: modified.0.div_euclid(1000),
            tv_nsec: modified.0.rem_euclid(1000) * 1_000_000,
        };
        let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
        Ok(rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::empty())?)
    }

    fn space(&self, dir: &Path) -> io::Result<Space> {
        let answer = rustix::fs::statvfs(dir)?;
        Ok(Space {
            free: answer.f_bavail.saturating_mul(answer.f_frsize),
            total: answer.f_blocks.saturating_mul(answer.f_frsize),
        })
    }
}

fn stat_of(metadata: &fs::Metadata) -> Stat {
    let kind = kind_of(metadata.file_type());
    let length = if kind == Kind::File { metadata.len() } else { 0 };
    let modified = WallMs(metadata.mtime() * 1000 + metadata.mtime_nsec() / 1_000_000);
    Stat { kind, length, modified }
}

fn kind_of(file_type: fs::FileType) -> Kind {
    if file_type.is_file() {
        Kind::File
    } else if file_type.is_dir() {
        Kind::Directory
    } else {
        Kind::Other
    }
}

/// The open descriptors of one disk, in the order the clock hand visits them.
struct Descriptors {
    hand: Mutex<VecDeque<Weak<File>>>,
    max: usize,
}

impl Descriptors {
    /// Counts a newly opened file and closes one that has not been used since the hand last came
    /// by, if there are too many.
    fn opened(&self, file: Weak<File>) {
        let mut hand = self.hand.lock();
        hand.push_back(file);
        // Each visit either drops an entry or clears its mark, so twice around suffices.
        let mut visits = 2 * hand.len();
        while hand.len() > self.max && visits > 0 {
            visits -= 1;
            let Some(oldest) = hand.pop_front() else { return };
            let Some(file) = oldest.upgrade() else { continue };
            if file.used.swap(false, Ordering::Relaxed) {
                hand.push_back(oldest);
            } else {
                *file.descriptor.lock() = None;
            }
        }
    }
}

/// One file. Cloned handles share it.
struct File {
    /// Itself, for the clock hand.
    me: Weak<File>,
    path: Mutex<PathBuf>,
    descriptor: Mutex<Option<Arc<OwnedFd>>>,
    /// Set at each use, cleared by the clock hand.
    used: AtomicBool,
    descriptors: Arc<Descriptors>,
}

impl File {
    /// The descriptor, opened now if it is not.
    fn open(&self) -> io::Result<Arc<OwnedFd>> {
        self.used.store(true, Ordering::Relaxed);
        let mut held = self.descriptor.lock();
        if let Some(descriptor) = &*held {
            return Ok(descriptor.clone());
        }
        let descriptor = self.open_path()?;
        *held = Some(descriptor.clone());
        // The hand locks other files' descriptors, never while ours is locked.
        drop(held);
        self.descriptors.opened(self.me.clone());
        Ok(descriptor)
    }

    fn open_path(&self) -> io::Result<Arc<OwnedFd>> {
        // Held while the file is opened: a renaming in between would put another file, such as what
        // compaction made of this one, under the name.
        let path = self.path.lock();
        let opened = match rustix::fs::open(&*path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()) {
            // A read-only directory still serves what is in it.
            Err(rustix::io::Errno::ACCESS | rustix::io::Errno::ROFS) => {
                rustix::fs::open(&*path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
            }
            other => other,
        };
        Ok(Arc::new(opened?))
    }

    fn keep(&self, descriptor: Arc<OwnedFd>) {
        *self.descriptor.lock() = Some(descriptor);
        self.used.store(true, Ordering::Relaxed);
        self.descriptors.opened(self.me.clone());
    }
}

impl DiskFile for File {
    fn path(&self) -> PathBuf {
        self.path.lock().clone()
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let descriptor = self.open()?;
        let mut filled = 0;
        while filled < buffer.len() {
            match rustix::io::pread(&descriptor, &mut buffer[filled..], position + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        let descriptor = self.open()?;
        write_all_at(&descriptor, bytes, position)
    }

    fn write_parts_at(&self, parts: &[&[u8]], position: u64) -> io::Result<()> {
        let descriptor = self.open()?;
        let slices: Vec<io::IoSlice<'_>> =
            parts.iter().map(|part| io::IoSlice::new(part)).collect();
        let written = match rustix::io::pwritev(&descriptor, &slices, position) {
            Ok(written) => written,
            Err(rustix::io::Errno::INTR) => 0,
            Err(error) => return Err(error.into()),
        };
        // A short write (a signal, a nearly full disk) is rare: finish it part by part.
        let mut skip = written;
        let mut position = position + written as u64;
        for part in parts {
            if skip >= part.len() {
                skip -= part.len();
                continue;
            }
            write_all_at(&descriptor, &part[skip..], position)?;
            position += (part.len() - skip) as u64;
            skip = 0;
        }
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        let descriptor = self.open()?;
        Ok(rustix::fs::fstat(&descriptor)?.st_size as u64)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let descriptor = self.open()?;
        Ok(rustix::fs::ftruncate(&descriptor, length)?)
    }

    #[cfg(target_os = "linux")]
    fn allocate(&self, length: u64) -> io::Result<()> {
        let descriptor = self.open()?;
        // Beyond the end of the file: recovery and readers see no zeros.
        let beyond = rustix::fs::FallocateFlags::KEEP_SIZE;
        match rustix::fs::fallocate(&descriptor, beyond, 0, length) {
            Err(rustix::io::Errno::OPNOTSUPP) => Ok(()),
            answer => Ok(answer?),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        let descriptor = self.open()?;
        Ok(rustix::fs::fdatasync(&descriptor)?)
    }

    #[cfg(target_os = "linux")]
    fn start_writeback(&self, position: u64, length: u64) -> io::Result<()> {
        use std::os::fd::AsRawFd;
        let descriptor = self.open()?;
        // SAFETY: the call takes no pointers, and the descriptor is open while `descriptor` lives.
        let answer = unsafe {
            libc::sync_file_range(
                descriptor.as_raw_fd(),
                position as i64,
                length as i64,
                libc::SYNC_FILE_RANGE_WRITE,
            )
        };
        if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    #[cfg(not(target_os = "linux"))]
    fn start_writeback(&self, _position: u64, _length: u64) -> io::Result<()> {
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn is_cached(&self, position: u64, length: u64) -> bool {
        let Ok(descriptor) = self.open() else { return true };
        let cached = match pages_cached(&descriptor, position, length) {
            Some(pages) => pages * page_bytes() >= length,
            // Its two ends stand for the range.
            None => {
                reads_at_once(&descriptor, position)
                    && reads_at_once(&descriptor, position + length.saturating_sub(1))
            }
        };
        length == 0 || cached
    }

    fn rename(&self, to: &Path) -> io::Result<()> {
        let mut path = self.path.lock();
        fs::rename(&*path, to)?;
        *path = to.to_owned();
        Ok(())
    }

    fn moved(&self, to: &Path) {
        *self.path.lock() = to.to_owned();
    }

    fn descriptor(&self) -> io::Result<Option<Arc<dyn AsFd + Send + Sync>>> {
        Ok(Some(self.open()?))
    }
}

#[cfg(target_os = "linux")]
fn page_bytes() -> u64 {
    rustix::param::page_size() as u64
}

/// How many pages of a range are in the page cache (`cachestat`, Linux 6.5). `None` if the kernel does
/// not tell.
#[cfg(target_os = "linux")]
fn pages_cached(descriptor: &OwnedFd, position: u64, length: u64) -> Option<u64> {
    use std::os::fd::AsRawFd;
    /// The same on every architecture; libc does not name it yet.
    const CACHESTAT: libc::c_long = 451;
    let range = [position, length];
    // Pages in the cache, dirty, under write-back, evicted, evicted recently.
    let mut found = [0u64; 5];
    // SAFETY: the kernel reads two and writes five numbers of 64 bits, which is what they are; the
    // descriptor is open while `descriptor` lives.
    let answer = unsafe {
        libc::syscall(CACHESTAT, descriptor.as_raw_fd(), range.as_ptr(), found.as_mut_ptr(), 0)
    };
    (answer == 0).then_some(found[0])
}

/// Whether the byte at `position` is in memory, or there is none.
#[cfg(target_os = "linux")]
fn reads_at_once(descriptor: &OwnedFd, position: u64) -> bool {
    let mut byte = [0; 1];
    let mut parts = [io::IoSliceMut::new(&mut byte)];
    let flags = rustix::io::ReadWriteFlags::NOWAIT;
    let read = rustix::io::preadv2(descriptor, &mut parts, position, flags);
    read != Err(rustix::io::Errno::AGAIN)
}

fn write_all_at(descriptor: &OwnedFd, bytes: &[u8], position: u64) -> io::Result<()> {
    let mut written = 0;
    while written < bytes.len() {
        match rustix::io::pwrite(descriptor, &bytes[written..], position + written as u64) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => written += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Keeps a second process off a log directory: an advisory lock on its `.lock` file, which the
/// kernel drops with the process, however it ends.
pub struct DirectoryLock {
    pub path: PathBuf,
    _file: OwnedFd,
    /// Device and number of the file.
    inode: (u64, u64),
}

impl DirectoryLock {
    /// # Errors
    /// `WouldBlock` if another process holds the directory.
    pub fn take(dir: &Path) -> io::Result<DirectoryLock> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC;
        let file = rustix::fs::open(dir.join(".lock"), flags, Mode::from_raw_mode(0o644))?;
        rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let stat = rustix::fs::fstat(&file)?;
        Ok(DirectoryLock {
            path: dir.to_owned(),
            _file: file,
            inode: (stat.st_dev as u64, stat.st_ino as u64),
        })
    }

    /// Whether both are of one directory, under two names. The lock itself keeps out only other
    /// processes.
    pub fn is_of_the_same(&self, other: &DirectoryLock) -> bool {
        self.inode == other.inode
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of this test's own, removed when it ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let path = std::env::temp_dir().join(format!("vltava-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Scratch(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn evicted_files_are_opened_again_and_slices_in_use_survive() {
        let scratch = Scratch::new("evict");
        let disk = RealDisk::new(16);
        let first = disk.create(&scratch.0.join("first")).unwrap();
        first.write_at(b"hello", 0).unwrap();
        let held = first.descriptor().unwrap();
        for index in 0..100 {
            let file = disk.create(&scratch.0.join(format!("other-{index}"))).unwrap();
            file.write_parts_at(&[b"a", b"bc"], 0).unwrap();
            std::mem::forget(file);
        }
        assert!(disk.descriptors.hand.lock().len() <= 16);
        assert!(held.is_some());
        let mut buffer = [0; 8];
        assert_eq!(first.read_at(&mut buffer, 0).unwrap(), 5);
        assert_eq!(&buffer[..5], b"hello");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_preallocated_segment_has_its_room_and_gives_back_what_it_did_not_need() {
        const HEADER_BYTES: i32 = 61;
        let scratch = Scratch::new("preallocate");
        let dir = scratch.0.join("t-0");
        let config = storage::LogConfig {
            preallocate: true,
            segment_bytes: 1 << 20,
            ..storage::LogConfig::default()
        };
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(16));
        let mut log = storage::Log::create(disk, &dir, Arc::new(config), None, WallMs(0)).unwrap();
        let room = || {
            let found = fs::metadata(dir.join("00000000000000000000.log")).unwrap();
            (found.len(), found.blocks() * 512)
        };
        if room() == (0, 0) {
            return; // A file system that cannot reserve.
        }
        assert_eq!(room(), (0, 1 << 20));
        // The header of a batch of one record and of no producer, and a body that nobody reads.
        let mut batch = vec![0; 8];
        batch.extend((HEADER_BYTES - 12 + 7).to_be_bytes());
        batch.extend([0, 0, 0, 0, 2]);
        batch.resize(43, 0);
        batch.extend([0xff; 14]);
        batch.extend(1i32.to_be_bytes());
        batch.extend([0; 7]);
        let batch = storage::Batch::parse(&batch).expect("a whole batch");
        let by_client = storage::Appending::by_client(base::LeaderEpoch(0), WallMs(0));
        log.append_as_leader(batch, by_client).unwrap();
        log.roll(WallMs(1)).unwrap();
        assert!(room().0 > 0 && room().1 < 1 << 16, "{:?}", room());
    }

    #[test]
    fn a_handle_follows_its_file_through_a_rename() {
        let scratch = Scratch::new("rename");
        let disk = RealDisk::new(16);
        let file = disk.create(&scratch.0.join("a")).unwrap();
        file.write_at(b"x", 0).unwrap();
        file.rename(&scratch.0.join("b")).unwrap();
        assert!(disk.stat(&scratch.0.join("a")).unwrap().is_none());
        assert_eq!(disk.stat(&scratch.0.join("b")).unwrap().unwrap().length, 1);
        assert_eq!(file.path(), scratch.0.join("b"));
    }

    #[test]
    fn what_was_dropped_from_the_cache_is_known_to_be_cold() {
        let scratch = Scratch::new("cold");
        let disk = RealDisk::new(16);
        let path = scratch.0.join("a");
        let file = disk.create(&path).unwrap();
        file.write_at(&vec![1; 300_000], 0).unwrap();
        assert!(file.is_cached(1000, 290_000));
        file.sync_data().unwrap();
        let descriptor = file.descriptor().unwrap().unwrap();
        rustix::fs::fadvise(&*descriptor, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        // A file system in memory keeps it all the same.
        let opened = rustix::fs::open(&path, OFlags::RDONLY, Mode::empty()).unwrap();
        if pages_cached(&opened, 0, 300_000) == Some(0) {
            assert!(!file.is_cached(1000, 290_000));
            assert!(!reads_at_once(&opened, 1000));
        }
        file.read_at(&mut vec![0; 300_000], 0).unwrap();
        assert!(file.is_cached(1000, 290_000));
    }

    #[test]
    fn an_unopened_handle_to_nothing_is_not_found() {
        let disk = RealDisk::new(16);
        let error = disk.file(Path::new("/nowhere/at/all")).len().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
