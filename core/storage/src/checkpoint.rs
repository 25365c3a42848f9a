//! The small text files: checkpoints of a log directory, `meta.properties`, `partition.metadata` and
//! the mark of a clean stop.
//!
//! Each is written beside its place, synced and renamed, so that a crash leaves the old or the new
//! one. Formats are Kafka's; what cannot be read is an error that says which file to repair and how,
//! because every one of them can be made anew by hand.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use base::{BrokerId, Offset, TopicPartition, Uuid};

use crate::disk::{Disk, read_small, replace_small};
use crate::error::{Doing, LogError, Result};
use crate::names;

/// Up to where each log was synced: recovery after an unclean stop begins there.
pub const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
/// Where each log begins, if not at its first segment.
pub const LOG_STARTS: &str = "log-start-offset-checkpoint";
/// The high watermark of each replica.
pub const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
/// Up to where each compacted log is clean.
pub const CLEANER_OFFSETS: &str = "cleaner-offset-checkpoint";

/// Whose a directory is; see [`MetaProperties`].
pub const META_PROPERTIES: &str = "meta.properties";
const CLEAN_STOP: &str = ".kafka_cleanshutdown";

/// Largest checkpoint we read: a million partitions with long names.
const CHECKPOINT_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Largest of the other files.
const SMALL_BYTES_MAX: u64 = 64 * 1024;

/// Why a checkpoint cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointError {
    NotText,
    Version(String),
    /// The second line promises another number of lines than follow: the file was cut.
    Count {
        promised: String,
        found: usize,
    },
    Line(String),
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckpointError::NotText => write!(f, "it is not text"),
            CheckpointError::Version(version) => {
                write!(f, "its first line must be the version 0, got `{version}`")
            }
            CheckpointError::Count { promised, found } => {
                write!(f, "its second line promises `{promised}` entries and {found} follow")
            }
            CheckpointError::Line(line) => write!(f, "it has the malformed line `{line}`"),
        }
    }
}

/// The lines of a checkpoint after version and count.
pub(crate) fn lines(bytes: &[u8]) -> std::result::Result<Vec<&str>, CheckpointError> {
    let text = std::str::from_utf8(bytes).map_err(|_| CheckpointError::NotText)?;
    let mut lines = text.lines();
    let version = lines.next().unwrap_or_default().trim();
    if version != "0" {
        return Err(CheckpointError::Version(version.to_owned()));
    }
    let promised = lines.next().unwrap_or_default().trim();
    let entries: Vec<&str> = lines.map(str::trim_end).filter(|line| !line.is_empty()).collect();
    if promised.parse() != Ok(entries.len()) {
        let found = entries.len();
        return Err(CheckpointError::Count { promised: promised.to_owned(), found });
    }
    Ok(entries)
}

pub(crate) fn number<T: FromStr>(
    word: Option<&str>,
    line: &str,
) -> std::result::Result<T, CheckpointError> {
    let number = word.and_then(|word| word.parse().ok());
    number.ok_or_else(|| CheckpointError::Line(line.to_owned()))
}

/// A checkpoint as bytes.
pub(crate) fn write(lines: impl ExactSizeIterator<Item = String>) -> Vec<u8> {
    let mut text = format!("0\n{}\n", lines.len());
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text.into_bytes()
}

/// Reads one of the checkpoints of a log directory. `Ok(None)` if there is none yet.
///
/// # Errors
/// The disk; or content that is not a checkpoint, with the remedy: every one of the four may be
/// removed, at the price of a longer start or of records that come back.
pub fn read_offsets(
    disk: &dyn Disk,
    log_dir: &Path,
    name: &str,
) -> Result<Option<BTreeMap<TopicPartition, Offset>>> {
    let path = log_dir.join(name);
    let Some(bytes) = read_small(disk, &path, CHECKPOINT_BYTES_MAX).doing("read", &path)? else {
        return Ok(None);
    };
    parse_offsets(&bytes).map(Some).map_err(|reason| LogError::Corrupt {
        path,
        position: 0,
        reason: format!("{reason}; remove the file if it cannot be repaired: it is made anew"),
    })
}

fn parse_offsets(
    bytes: &[u8],
) -> std::result::Result<BTreeMap<TopicPartition, Offset>, CheckpointError> {
    let mut offsets = BTreeMap::new();
    for line in lines(bytes)? {
        let mut words = line.split(' ');
        let malformed = || CheckpointError::Line(line.to_owned());
        let topic = words.next().filter(|topic| !topic.is_empty()).ok_or_else(malformed)?;
        let partition = number::<i32>(words.next(), line)?;
        let offset = number::<i64>(words.next(), line)?;
        if partition < 0 || offset < 0 || words.next().is_some() {
            return Err(malformed());
        }
        offsets.insert(TopicPartition::new(topic, partition), Offset(offset));
    }
    Ok(offsets)
}

/// Changes lines of one of the checkpoints of a log directory. One that cannot be read is as good as
/// empty: it is made anew.
pub fn amend_offsets(
    disk: &dyn Disk,
    log_dir: &Path,
    name: &str,
    change: impl FnOnce(&mut BTreeMap<TopicPartition, Offset>),
) -> Result<()> {
    let before = read_offsets(disk, log_dir, name).ok().flatten().unwrap_or_default();
    let mut after = before.clone();
    change(&mut after);
    if after == before {
        return Ok(());
    }
    write_offsets(disk, log_dir, name, after.iter().map(|(partition, offset)| (partition, *offset)))
}

/// Replaces one of the checkpoints of a log directory.
pub fn write_offsets<'a>(
    disk: &dyn Disk,
    log_dir: &Path,
    name: &str,
    offsets: impl IntoIterator<Item = (&'a TopicPartition, Offset)>,
) -> Result<()> {
    let line = |(partition, offset): (&TopicPartition, Offset)| {
        format!("{} {} {offset}", partition.topic, partition.partition)
    };
    let lines: Vec<String> = offsets.into_iter().map(line).collect();
    let path = log_dir.join(name);
    replace_small(disk, &path, &write(lines.into_iter())).doing("write", &path)
}

/// `meta.properties` of version 1: whose directory this is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetaProperties {
    pub cluster_id: Option<String>,
    pub node_id: Option<BrokerId>,
    pub directory_id: Option<Uuid>,
}

impl MetaProperties {
    /// `Ok(None)` if the directory is not formatted.
    ///
    /// # Errors
    /// The disk; a file that is not properties, or of another version than 1.
    pub fn read(disk: &dyn Disk, log_dir: &Path) -> Result<Option<MetaProperties>> {
        let path = log_dir.join(META_PROPERTIES);
        let Some(bytes) = read_small(disk, &path, SMALL_BYTES_MAX).doing("read", &path)? else {
            return Ok(None);
        };
        MetaProperties::parse(&bytes).map(Some).map_err(|reason| LogError::Corrupt {
            path,
            position: 0,
            reason,
        })
    }

    fn parse(bytes: &[u8]) -> std::result::Result<MetaProperties, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
        let mut meta = MetaProperties::default();
        let mut version = None;
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', '!']) {
                continue;
            }
            let (key, value) = line
                .split_once('=')
                .ok_or_else(|| format!("it has the malformed line `{line}`"))?;
            let (key, value) = (key.trim(), value.trim());
            let wrong = |_| format!("`{key}` must be a number, got `{value}`");
            match key {
                "version" => version = Some(value.to_owned()),
                "cluster.id" => meta.cluster_id = Some(unescape(value)),
                "node.id" => meta.node_id = Some(BrokerId(value.parse().map_err(wrong)?)),
                "directory.id" => {
                    let id = unescape(value).parse();
                    meta.directory_id =
                        Some(id.map_err(|error| format!("`directory.id`: {error}"))?);
                }
                // Kafka keeps what it does not know out of the way, too (`broker.id` of ZooKeeper
                // days stands in version 0 only).
                _ => {}
            }
        }
        match version.as_deref() {
            Some("1") => Ok(meta),
            Some(other) => Err(format!("its `version` must be 1, got `{other}`")),
            None => Err("it has no `version`; 1 is expected".to_owned()),
        }
    }

    /// Writes and syncs the file. Keys come in alphabetical order, as Kafka's do since it writes
    /// them sorted.
    pub fn write(&self, disk: &dyn Disk, log_dir: &Path) -> Result<()> {
        let mut text = String::from("#\n");
        let mut line = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                text.push_str(&format!("{key}={value}\n"));
            }
        };
        line("cluster.id", self.cluster_id.clone());
        line("directory.id", self.directory_id.map(|id| id.to_string()));
        line("node.id", self.node_id.map(|id| id.to_string()));
        line("version", Some("1".to_owned()));
        let path = log_dir.join(META_PROPERTIES);
        replace_small(disk, &path, text.as_bytes()).doing("write", &path)
    }
}

/// Java escapes `=`, `:`, `#`, `!` and backslashes in values; an id of base64 letters has none but
/// the padding that old tools wrote.
fn unescape(value: &str) -> String {
    value.replace('\\', "")
}

/// `partition.metadata`: the topic id, so that a directory of a topic that was deleted and made
/// again is not taken for the new one.
pub fn read_topic_id(disk: &dyn Disk, dir: &Path) -> Result<Option<Uuid>> {
    let path = dir.join(names::PARTITION_METADATA);
    let Some(bytes) = read_small(disk, &path, SMALL_BYTES_MAX).doing("read", &path)? else {
        return Ok(None);
    };
    let parsed = parse_topic_id(&bytes);
    parsed.map(Some).map_err(|reason| LogError::Corrupt {
        path,
        position: 0,
        reason: format!("{reason}; it must read `version: 0` and `topic_id: <id>`"),
    })
}

fn parse_topic_id(bytes: &[u8]) -> std::result::Result<Uuid, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    if value("version:") != Some("0") {
        return Err("it has no version 0".to_owned());
    }
    let id = value("topic_id:").ok_or("it has no topic id")?;
    let id: Uuid = id.parse().map_err(|error| format!("{error}"))?;
    if id.is_zero() { Err("its topic id is zero".to_owned()) } else { Ok(id) }
}

/// Writes and syncs `partition.metadata`.
pub fn write_topic_id(disk: &dyn Disk, dir: &Path, id: Uuid) -> Result<()> {
    let path = dir.join(names::PARTITION_METADATA);
    replace_small(disk, &path, topic_id_text(id).as_bytes()).doing("write", &path)
}

/// Writes `partition.metadata` into a directory that nobody knows yet, without syncing it.
pub(crate) fn create_topic_id(disk: &dyn Disk, dir: &Path, id: Uuid) -> Result<()> {
    let path = dir.join(names::PARTITION_METADATA);
    let write = || disk.create(&path)?.write_at(topic_id_text(id).as_bytes(), 0);
    write().doing("write", &path)
}

/// Kafka puts no line feed behind the last line.
fn topic_id_text(id: Uuid) -> String {
    format!("version: 0\ntopic_id: {id}")
}

/// The mark of a clean stop: written last when a node stops, removed before a start opens a log.
pub struct CleanStop;

impl CleanStop {
    /// Whether the mark is there, and the broker epoch in it, -1 if it has none (Kafka before 3.8
    /// left the file empty).
    pub fn read(disk: &dyn Disk, log_dir: &Path) -> Result<Option<i64>> {
        let path = log_dir.join(CLEAN_STOP);
        let bytes = read_small(disk, &path, SMALL_BYTES_MAX).doing("read", &path)?;
        Ok(bytes.map(|bytes| parse_clean_stop(&bytes).unwrap_or(-1)))
    }

    /// Writes and syncs the mark.
    pub fn write(disk: &dyn Disk, log_dir: &Path, broker_epoch: i64) -> Result<()> {
        let path = log_dir.join(CLEAN_STOP);
        let text = format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}");
        replace_small(disk, &path, text.as_bytes()).doing("write", &path)
    }

    /// Removes the mark and makes that survive a power cut: a mark that comes back would have the
    /// next start believe files that were written after it.
    pub fn remove(disk: &dyn Disk, log_dir: &Path) -> Result<()> {
        let path = log_dir.join(CLEAN_STOP);
        match disk.remove(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => {
                other.doing("remove", &path)?;
                disk.sync_dir(log_dir).doing("sync", log_dir)
            }
        }
    }
}

/// The epoch from `{"version":0,"brokerEpoch":42}`. A JSON reader for one number would be longer
/// than what it reads.
fn parse_clean_stop(bytes: &[u8]) -> Option<i64> {
    let text: String =
        std::str::from_utf8(bytes).ok()?.chars().filter(|c| !c.is_whitespace()).collect();
    let (_, rest) = text.split_once("\"brokerEpoch\":")?;
    let digits = rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryDisk;

    fn dir() -> &'static Path {
        Path::new("/data")
    }

    fn disk() -> MemoryDisk {
        let disk = MemoryDisk::new();
        disk.create_dir_all(dir()).unwrap();
        disk.sync_everything(dir()).unwrap();
        disk
    }

    #[test]
    fn an_offset_checkpoint_is_kafkas_and_survives_the_round_trip() {
        let disk = disk();
        assert_eq!(read_offsets(&disk, dir(), RECOVERY_POINTS).unwrap(), None);
        let offsets = BTreeMap::from([
            (TopicPartition::new("b", 0), Offset(i64::MAX)),
            (TopicPartition::new("a", 12), Offset(0)),
        ]);
        let entries = offsets.iter().map(|(partition, offset)| (partition, *offset));
        write_offsets(&disk, dir(), RECOVERY_POINTS, entries).unwrap();
        assert_eq!(
            disk.content(&dir().join(RECOVERY_POINTS)).unwrap(),
            b"0\n2\na 12 0\nb 0 9223372036854775807\n"
        );
        assert_eq!(read_offsets(&disk, dir(), RECOVERY_POINTS).unwrap(), Some(offsets));
    }

    #[test]
    fn a_checkpoint_that_was_cut_or_garbled_names_file_and_remedy() {
        let disk = disk();
        for content in
            ["", "1\n0\n", "0\n2\na 0 1\n", "0\n1\na 0\n", "0\n1\na 0 -1\n", "\u{0}\u{0}"]
        {
            disk.put(&dir().join(LOG_STARTS), content.as_bytes());
            let error = read_offsets(&disk, dir(), LOG_STARTS).unwrap_err().to_string();
            assert!(error.contains(LOG_STARTS) && error.contains("remove the file"), "{error}");
        }
    }

    #[test]
    fn a_crash_leaves_the_old_or_the_new_checkpoint() {
        let old = BTreeMap::from([(TopicPartition::new("a", 0), Offset(1))]);
        let new = BTreeMap::from([(TopicPartition::new("a", 0), Offset(2))]);
        for point in 0..10 {
            for seed in 0..20 {
                let disk = disk();
                let save = |offsets: &BTreeMap<TopicPartition, Offset>| {
                    let entries = offsets.iter().map(|(partition, offset)| (partition, *offset));
                    write_offsets(&disk, dir(), HIGH_WATERMARKS, entries)
                };
                save(&old).unwrap();
                disk.cut_power_after(point);
                let saved = save(&new).is_ok();
                let found = read_offsets(&disk.restart(seed), dir(), HIGH_WATERMARKS).unwrap();
                assert!(found.as_ref() == Some(&new) || (!saved && found.as_ref() == Some(&old)));
            }
        }
    }

    #[test]
    fn meta_properties_of_apache_are_read_and_ours_written() {
        let disk = disk();
        assert_eq!(MetaProperties::read(&disk, dir()).unwrap(), None);
        disk.put(
            &dir().join("meta.properties"),
            b"#\n#Tue Nov 24 10:00:00 UTC 2026\ncluster.id=vPeOCWypqUOSepEvx0cbog\n\
              directory.id=4P5vjW3tQS6oQ0uMfBKtrA\nnode.id=1\nversion=1\n",
        );
        let meta = MetaProperties::read(&disk, dir()).unwrap().unwrap();
        assert_eq!(meta.cluster_id.as_deref(), Some("vPeOCWypqUOSepEvx0cbog"));
        assert_eq!(meta.node_id, Some(BrokerId(1)));
        meta.write(&disk, dir()).unwrap();
        assert_eq!(MetaProperties::read(&disk, dir()).unwrap(), Some(meta));

        disk.put(&dir().join("meta.properties"), b"version=0\nbroker.id=1\n");
        let error = MetaProperties::read(&disk, dir()).unwrap_err().to_string();
        assert!(error.contains("`version` must be 1"), "{error}");
    }

    #[test]
    fn a_topic_id_survives_the_round_trip() {
        let disk = disk();
        let id: Uuid = "4P5vjW3tQS6oQ0uMfBKtrA".parse().unwrap();
        assert_eq!(read_topic_id(&disk, dir()).unwrap(), None);
        write_topic_id(&disk, dir(), id).unwrap();
        assert_eq!(read_topic_id(&disk, dir()).unwrap(), Some(id));
        disk.put(&dir().join("partition.metadata"), b"version: 0\ntopic_id: nonsense\n");
        assert!(read_topic_id(&disk, dir()).is_err());
    }

    #[test]
    fn the_mark_of_a_clean_stop_comes_and_goes() {
        let disk = disk();
        assert_eq!(CleanStop::read(&disk, dir()).unwrap(), None);
        CleanStop::write(&disk, dir(), 42).unwrap();
        assert_eq!(CleanStop::read(&disk, dir()).unwrap(), Some(42));
        CleanStop::remove(&disk, dir()).unwrap();
        for seed in 0..20 {
            let disk = self::disk();
            CleanStop::write(&disk, dir(), 42).unwrap();
            CleanStop::remove(&disk, dir()).unwrap();
            let after = disk.restart(seed);
            assert_eq!(CleanStop::read(&after, dir()).unwrap(), None, "seed {seed}");
        }
        disk.put(&dir().join(".kafka_cleanshutdown"), b"");
        assert_eq!(CleanStop::read(&disk, dir()).unwrap(), Some(-1));
        let apache = b"{ \"version\" : 0, \"brokerEpoch\" : 7 }";
        disk.put(&dir().join(".kafka_cleanshutdown"), apache);
        assert_eq!(CleanStop::read(&disk, dir()).unwrap(), Some(7));
        CleanStop::remove(&disk, dir()).unwrap();
        CleanStop::remove(&disk, dir()).unwrap();
    }
}
