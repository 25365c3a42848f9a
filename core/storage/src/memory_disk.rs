//! A disk in memory that can do what disks do at their worst: lose what was not synced, tear it at
//! sector boundaries, fail a write, fill up, flip a bit. Tests and the simulator run the log on it.
//!
//! A file keeps two contents: what a reader sees, and what would survive. A write changes the
//! first and is remembered; a sync applies what is remembered to the second. Names in a directory
//! work the same way. [`MemoryDisk::restart`] is the power cut: of what is remembered, a seed
//! decides sector by sector what had reached the platter, and of each directory's changes how many
//! had, in their order.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use base::WallMs;

use crate::disk::{Disk, DiskFile, Entry, Kind, Space, Stat};

/// What a disk writes in one piece. Real ones promise 512 bytes; larger pages only tear less.
const SECTOR: usize = 512;

/// See the module. Cloning shares the disk.
#[derive(Clone)]
pub struct MemoryDisk {
    state: Arc<Mutex<State>>,
}

/// What has been asked of the disk so far, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Everything that changes a file or a name, syncs included: the points at which a power cut
    /// can be told from the one before.
    pub changes: u64,
    pub reads: u64,
    pub writes: u64,
    /// Files and directories synced.
    pub syncs: u64,
}

struct State {
    nodes: Vec<Node>,
    now: WallMs,
    counts: Counts,
    capacity: u64,
    power: Power,
    failing_writes: bool,
    failing_syncs: bool,
}

#[derive(Clone, Copy)]
enum Power {
    On,
    /// So many more changes succeed.
    FailsAfter(u64),
    Off,
}

enum Node {
    File(File),
    Directory(Directory),
}

#[derive(Default)]
struct File {
    seen: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
    modified: WallMs,
}

enum Change {
    Write { position: usize, bytes: Vec<u8> },
    Truncate { length: usize },
}

#[derive(Default)]
struct Directory {
    seen: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    unsynced: Vec<Naming>,
    modified: WallMs,
}

enum Naming {
    Add(String, usize),
    Remove(String),
    Rename(String, String),
}

const ROOT: usize = 0;

impl Default for MemoryDisk {
    fn default() -> MemoryDisk {
        MemoryDisk::new()
    }
}

impl MemoryDisk {
    /// An empty disk of 1 TiB on which nothing fails.
    pub fn new() -> MemoryDisk {
        MemoryDisk::of(vec![Node::Directory(Directory::default())], WallMs(0))
    }

    fn of(nodes: Vec<Node>, now: WallMs) -> MemoryDisk {
        let state = State {
            nodes,
            now,
            counts: Counts::default(),
            capacity: 1 << 40,
            power: Power::On,
            failing_writes: false,
            failing_syncs: false,
        };
        MemoryDisk { state: Arc::new(Mutex::new(state)) }
    }

    /// The time that files get when they change.
    pub fn set_now(&self, now: WallMs) {
        self.lock().now = now;
    }

    /// What has been asked of the disk so far.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Lets `changes` more changes succeed. The one after them fails half done, and the disk with
    /// it, until [`MemoryDisk::restart`].
    pub fn cut_power_after(&self, changes: u64) {
        self.lock().power = Power::FailsAfter(changes);
    }

    /// Makes writes that would take the disk beyond `bytes` of file content fail with
    /// `StorageFull`.
    pub fn set_capacity(&self, bytes: u64) {
        self.lock().capacity = bytes;
    }

    /// Makes every write fail, or work again.
    pub fn set_failing_writes(&self, failing: bool) {
        self.lock().failing_writes = failing;
    }

    /// Makes every sync fail, or work again.
    pub fn set_failing_syncs(&self, failing: bool) {
        self.lock().failing_syncs = failing;
    }

    /// Flips one bit where it lies, unnoticed.
    ///
    /// # Panics
    /// There is no such byte: a test that flips nothing proves nothing.
    pub fn flip_bit(&self, path: &Path, byte: usize, bit: u8) {
        let mut state = self.lock();
        let node = state.find(path).expect("a bit is flipped in a file that is there");
        let file = state.file(node).expect("a bit is flipped in a file");
        file.seen[byte] ^= 1 << bit;
        if let Some(durable) = file.durable.get_mut(byte) {
            *durable ^= 1 << bit;
        }
    }

    /// A copy of a file's content.
    pub fn content(&self, path: &Path) -> Option<Vec<u8>> {
        let mut state = self.lock();
        let node = state.find(path)?;
        state.file(node).map(|file| file.seen.clone())
    }

    /// Puts a file there, with its directories, as if it had always been: durable at once.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        if let Some(parent) = path.parent() {
            self.create_dir_all(parent).expect("a disk that works creates directories");
        }
        let file = self.create(path).expect("a disk that works creates files");
        file.write_at(bytes, 0).expect("a disk that works writes");
        self.lock().sync_all();
    }

    /// The disk after a power cut: what was not synced is lost, kept or torn, as `seed` decides.
    /// The old disk and every handle to it are dead.
    pub fn restart(&self, seed: u64) -> MemoryDisk {
        let mut state = self.lock();
        state.power = Power::Off;
        let mut chance = Chance(seed | 1);
        let mut nodes = Vec::with_capacity(state.nodes.len());
        for node in &state.nodes {
            nodes.push(match node {
                Node::File(file) => Node::File(file.after_power_cut(&mut chance)),
                Node::Directory(directory) => {
                    Node::Directory(directory.after_power_cut(&mut chance))
                }
            });
        }
        MemoryDisk::of(nodes, state.now)
    }

    /// The disk after the process was killed: everything written is there.
    pub fn kill(&self) -> MemoryDisk {
        let mut state = self.lock();
        state.power = Power::Off;
        state.sync_all();
        let nodes = std::mem::take(&mut state.nodes);
        MemoryDisk::of(nodes, state.now)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the lock is over anyway.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl File {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.unsynced.push(change);
    }

    fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    fn after_power_cut(&self, chance: &mut Chance) -> File {
        let mut content = self.durable.clone();
        // Three kinds of luck, so that every run sees all of them: nothing arrived, everything did,
        // or each sector tossed a coin.
        let luck = chance.below(3);
        for change in &self.unsynced {
            match (luck, change) {
                (0, _) => {}
                (1, change) => change.apply(&mut content),
                (_, Change::Truncate { .. }) => {
                    if chance.below(2) == 0 {
                        change.apply(&mut content);
                    }
                }
                (_, Change::Write { position, bytes }) => {
                    write_some_sectors(&mut content, *position, bytes, chance);
                }
            }
        }
        File {
            seen: content.clone(),
            durable: content,
            unsynced: Vec::new(),
            modified: self.modified,
        }
    }
}

fn write_some_sectors(content: &mut Vec<u8>, position: usize, bytes: &[u8], chance: &mut Chance) {
    let mut from = 0;
    while from < bytes.len() {
        let at = position + from;
        let to = bytes.len().min(from + SECTOR - at % SECTOR);
        if chance.below(2) == 0 {
            Change::Write { position: at, bytes: bytes[from..to].to_vec() }.apply(content);
        }
        from = to;
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Change::Write { position, bytes } => {
                let end = position + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*position..end].copy_from_slice(bytes);
            }
            Change::Truncate { length } => content.resize(*length, 0),
        }
    }
}

impl Directory {
    fn change(&mut self, naming: Naming, now: WallMs) {
        naming.apply(&mut self.seen);
        self.unsynced.push(naming);
        self.modified = now;
    }

    fn sync(&mut self) {
        for naming in self.unsynced.drain(..) {
            naming.apply(&mut self.durable);
        }
    }

    fn after_power_cut(&self, chance: &mut Chance) -> Directory {
        let mut names = self.durable.clone();
        // File systems log the changes of a directory in order: some prefix of them arrived.
        let arrived = chance.below(self.unsynced.len() as u64 + 1) as usize;
        for naming in &self.unsynced[..arrived] {
            naming.apply(&mut names);
        }
        let modified = self.modified;
        Directory { seen: names.clone(), durable: names, unsynced: Vec::new(), modified }
    }
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Naming::Add(name, node) => {
                names.insert(name.clone(), *node);
            }
            Naming::Remove(name) => {
                names.remove(name);
            }
            Naming::Rename(from, to) => {
                if let Some(node) = names.remove(from) {
                    names.insert(to.clone(), node);
                }
            }
        }
    }
}

impl State {
    /// Stands before every change. When the power fails in this one, `half_done` is still
    /// remembered as unsynced, so that any part of it may have arrived.
    fn begin_change(&mut self) -> io::Result<Outcome> {
        self.powered()?;
        self.counts.changes += 1;
        match &mut self.power {
            Power::FailsAfter(0) => {
                self.power = Power::Off;
                Ok(Outcome::HalfDone)
            }
            Power::FailsAfter(left) => {
                *left -= 1;
                Ok(Outcome::Done)
            }
            Power::On | Power::Off => Ok(Outcome::Done),
        }
    }

    fn powered(&self) -> io::Result<()> {
        match self.power {
            Power::Off => Err(io::Error::other("the power is off")),
            Power::On | Power::FailsAfter(_) => Ok(()),
        }
    }

    fn find(&self, path: &Path) -> Option<usize> {
        let mut node = ROOT;
        for component in path.components() {
            let Component::Normal(name) = component else { continue };
            let Node::Directory(directory) = &self.nodes[node] else { return None };
            node = *directory.seen.get(name.to_str()?)?;
        }
        Some(node)
    }

    /// The directory that holds `path`, and the name in it.
    fn place(&self, path: &Path) -> io::Result<(usize, String)> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let parent = path.parent().unwrap_or(Path::new(""));
        let parent = self.find(parent).ok_or_else(not_found)?;
        Ok((parent, name.to_owned()))
    }

    fn file(&mut self, node: usize) -> Option<&mut File> {
        match &mut self.nodes[node] {
            Node::File(file) => Some(file),
            Node::Directory(_) => None,
        }
    }

    fn directory(&mut self, node: usize) -> io::Result<&mut Directory> {
        match &mut self.nodes[node] {
            Node::Directory(directory) => Ok(directory),
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn name(&mut self, directory: usize, naming: Naming) -> io::Result<()> {
        let now = self.now;
        self.directory(directory)?.change(naming, now);
        Ok(())
    }

    fn stat_of(&self, node: usize) -> Stat {
        match &self.nodes[node] {
            Node::File(file) => {
                Stat { kind: Kind::File, length: file.seen.len() as u64, modified: file.modified }
            }
            Node::Directory(directory) => {
                Stat { kind: Kind::Directory, length: 0, modified: directory.modified }
            }
        }
    }

    fn used(&self) -> u64 {
        let length = |node: &Node| match node {
            Node::File(file) => file.seen.len() as u64,
            Node::Directory(_) => 0,
        };
        self.nodes.iter().map(length).sum()
    }

    fn sync_all(&mut self) {
        for node in &mut self.nodes {
            match node {
                Node::File(file) => file.sync(),
                Node::Directory(directory) => directory.sync(),
            }
        }
    }
}

enum Outcome {
    Done,
    HalfDone,
}

impl Outcome {
    fn finish(self) -> io::Result<()> {
        match self {
            Outcome::Done => Ok(()),
            Outcome::HalfDone => Err(io::Error::other("the power failed")),
        }
    }
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Disk for MemoryDisk {
    fn file(&self, path: &Path) -> Arc<dyn DiskFile> {
        Arc::new(MemoryFile {
            disk: self.clone(),
            place: Mutex::new(Place { path: path.to_owned(), node: None }),
        })
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.lock();
        let (parent, name) = state.place(path)?;
        let outcome = state.begin_change()?;
        let now = state.now;
        let node = match state.directory(parent)?.seen.get(&name).copied() {
            Some(node) => {
                let file = state.file(node).ok_or(io::ErrorKind::IsADirectory)?;
                file.change(Change::Truncate { length: 0 });
                file.modified = now;
                node
            }
            None => {
                let node = state.nodes.len();
                state.nodes.push(Node::File(File { modified: now, ..File::default() }));
                state.name(parent, Naming::Add(name, node))?;
                node
            }
        };
        outcome.finish()?;
        drop(state);
        let place = Place { path: path.to_owned(), node: Some(node) };
        Ok(Arc::new(MemoryFile { disk: self.clone(), place: Mutex::new(place) }))
    }

    fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        let state = self.lock();
        state.powered()?;
        Ok(state.find(path).map(|node| state.stat_of(node)))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let mut state = self.lock();
        state.powered()?;
        let node = state.find(dir).ok_or_else(not_found)?;
        let names: Vec<_> =
            state.directory(node)?.seen.iter().map(|(name, node)| (name.clone(), *node)).collect();
        let entry = |(name, node)| Entry { name, stat: state.stat_of(node) };
        Ok(names.into_iter().map(entry).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.lock();
        let (from_parent, from_name) = state.place(from)?;
        let (to_parent, to_name) = state.place(to)?;
        let node = state.find(from).ok_or_else(not_found)?;
        let outcome = state.begin_change()?;
        if from_parent == to_parent {
            state.name(from_parent, Naming::Rename(from_name, to_name))?;
        } else {
            state.name(to_parent, Naming::Add(to_name, node))?;
            state.name(from_parent, Naming::Remove(from_name))?;
        }
        outcome.finish()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        let (parent, name) = state.place(path)?;
        let node = state.find(path).ok_or_else(not_found)?;
        if state.file(node).is_none() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let outcome = state.begin_change()?;
        state.name(parent, Naming::Remove(name))?;
        outcome.finish()
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.lock();
        let mut parent = ROOT;
        for component in dir.components() {
            let Component::Normal(name) = component else { continue };
            let name = name.to_str().ok_or(io::ErrorKind::InvalidInput)?;
            parent = match state.directory(parent)?.seen.get(name).copied() {
                Some(node) => node,
                None => {
                    let outcome = state.begin_change()?;
                    let node = state.nodes.len();
                    state.nodes.push(Node::Directory(Directory::default()));
                    state.name(parent, Naming::Add(name.to_owned(), node))?;
                    outcome.finish()?;
                    node
                }
            };
        }
        Ok(())
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.lock();
        let (parent, name) = state.place(dir)?;
        let node = state.find(dir).ok_or_else(not_found)?;
        state.directory(node)?;
        let outcome = state.begin_change()?;
        state.name(parent, Naming::Remove(name))?;
        outcome.finish()
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.lock();
        let node = state.find(dir).ok_or_else(not_found)?;
        let outcome = state.begin_change()?;
        state.counts.syncs += 1;
        if state.failing_syncs {
            return Err(io::Error::other("this disk does not sync"));
        }
        outcome.finish()?;
        state.directory(node)?.sync();
        Ok(())
    }

    fn sync_everything(&self, _dir: &Path) -> io::Result<()> {
        let mut state = self.lock();
        let outcome = state.begin_change()?;
        state.counts.syncs += 1;
        if state.failing_syncs {
            return Err(io::Error::other("this disk does not sync"));
        }
        outcome.finish()?;
        state.sync_all();
        Ok(())
    }

    fn set_modified(&self, path: &Path, modified: WallMs) -> io::Result<()> {
        let mut state = self.lock();
        state.powered()?;
        let node = state.find(path).ok_or_else(not_found)?;
        state.file(node).ok_or(io::ErrorKind::IsADirectory)?.modified = modified;
        Ok(())
    }

    fn space(&self, _dir: &Path) -> io::Result<Space> {
        let state = self.lock();
        state.powered()?;
        let total = state.capacity;
        Ok(Space { free: total.saturating_sub(state.used()), total })
    }
}

struct MemoryFile {
    disk: MemoryDisk,
    place: Mutex<Place>,
}

struct Place {
    path: PathBuf,
    /// Found at first use, as a shell opens the file: from then on renames and removals by others
    /// do not matter.
    node: Option<usize>,
}

impl MemoryFile {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn opened(&self, state: &State) -> io::Result<usize> {
        state.powered()?;
        let mut place = self.place();
        if place.node.is_none() {
            place.node = Some(state.find(&place.path).ok_or_else(not_found)?);
        }
        place.node.ok_or_else(not_found)
    }

    fn with<T>(&self, act: impl FnOnce(&mut State, usize) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.disk.lock();
        let node = self.opened(&state)?;
        if state.file(node).is_none() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        act(&mut state, node)
    }

    fn change(state: &mut State, node: usize, change: Change) -> io::Result<()> {
        let outcome = state.begin_change()?;
        let now = state.now;
        let file = state.file(node).ok_or(io::ErrorKind::IsADirectory)?;
        file.change(change);
        file.modified = now;
        outcome.finish()
    }
}

impl DiskFile for MemoryFile {
    fn path(&self) -> PathBuf {
        self.place().path.clone()
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.with(|state, node| {
            state.counts.reads += 1;
            let file = state.file(node).ok_or(io::ErrorKind::IsADirectory)?;
            let from = file.seen.len().min(position as usize);
            let length = buffer.len().min(file.seen.len() - from);
            buffer[..length].copy_from_slice(&file.seen[from..from + length]);
            Ok(length)
        })
    }

    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.write_parts_at(&[bytes], position)
    }

    fn write_parts_at(&self, parts: &[&[u8]], position: u64) -> io::Result<()> {
        let bytes = parts.concat();
        self.with(|state, node| {
            state.counts.writes += 1;
            if state.failing_writes {
                return Err(io::Error::other("this disk does not write"));
            }
            let length = state.file(node).map_or(0, |file| file.seen.len() as u64);
            let grows = (position + bytes.len() as u64).saturating_sub(length);
            if state.used() + grows > state.capacity {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Self::change(state, node, Change::Write { position: position as usize, bytes })
        })
    }

    fn len(&self) -> io::Result<u64> {
        self.with(|state, node| Ok(state.stat_of(node).length))
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.with(|state, node| {
            Self::change(state, node, Change::Truncate { length: length as usize })
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|state, node| {
            let outcome = state.begin_change()?;
            state.counts.syncs += 1;
            if state.failing_syncs {
                return Err(io::Error::other("this disk does not sync"));
            }
            outcome.finish()?;
            state.file(node).ok_or(io::ErrorKind::IsADirectory)?.sync();
            Ok(())
        })
    }

    fn start_writeback(&self, _position: u64, _length: u64) -> io::Result<()> {
        self.with(|_, _| Ok(()))
    }

    fn rename(&self, to: &Path) -> io::Result<()> {
        let from = self.path();
        // Opened first: the handle must mean the file, not the name.
        self.with(|_, _| Ok(()))?;
        self.disk.rename(&from, to)?;
        self.moved(to);
        Ok(())
    }

    fn moved(&self, to: &Path) {
        self.place().path = to.to_owned();
    }

    fn descriptor(&self) -> io::Result<Option<Arc<dyn AsFd + Send + Sync>>> {
        Ok(None)
    }
}

/// xorshift64: luck that a seed repeats.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The high bits: the low ones of neighbouring seeds resemble each other.
        (self.0 >> 33) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_synced_survives_and_the_rest_may_not() {
        let path = Path::new("/data/a");
        let mut lost = 0;
        let mut torn = 0;
        for seed in 0..200 {
            let disk = MemoryDisk::new();
            disk.put(path, &[1; 700]);
            disk.file(path).write_at(&[2; 2000], 700).unwrap();
            let after = disk.restart(seed).content(path).unwrap();
            assert_eq!(after[..700], [1; 700]);
            lost += usize::from(after.len() == 700);
            torn += usize::from(after.len() > 700 && after[700..] != [2; 2000]);
        }
        assert!(lost > 20 && torn > 20, "lost {lost}, torn {torn}");
    }

    #[test]
    fn a_new_name_survives_only_with_its_directory() {
        let mut lost = 0;
        for seed in 0..100 {
            let disk = MemoryDisk::new();
            disk.put(Path::new("/data/old"), b"old");
            let file = disk.create(Path::new("/data/new")).unwrap();
            file.write_at(b"new", 0).unwrap();
            file.sync_data().unwrap();
            let after = disk.restart(seed);
            assert_eq!(after.content(Path::new("/data/old")).unwrap(), b"old");
            lost += usize::from(after.content(Path::new("/data/new")).is_none());
        }
        assert!(lost > 20, "lost {lost}");
    }

    #[test]
    fn a_handle_outlives_the_name_of_its_file() {
        let disk = MemoryDisk::new();
        disk.put(Path::new("/data/a"), b"content");
        let handle = disk.file(Path::new("/data/a"));
        let mut buffer = [0; 7];
        handle.read_at(&mut buffer, 0).unwrap();
        disk.remove(Path::new("/data/a")).unwrap();
        assert_eq!(handle.read_at(&mut buffer, 0).unwrap(), 7);
        assert!(disk.file(Path::new("/data/a")).len().is_err());
    }

    #[test]
    fn a_full_disk_says_so() {
        let disk = MemoryDisk::new();
        disk.put(Path::new("/data/a"), &[0; 100]);
        disk.set_capacity(120);
        let file = disk.file(Path::new("/data/a"));
        assert_eq!(file.write_at(&[1; 21], 100).unwrap_err().kind(), io::ErrorKind::StorageFull);
        file.write_at(&[1; 20], 100).unwrap();
    }
}
