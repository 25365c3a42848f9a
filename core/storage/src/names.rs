//! The names of files and directories, as Kafka gives them.
//!
//! A segment's files share a base offset of twenty digits and differ in their suffix; a file on its
//! way out or in has a second suffix (`.deleted`, `.cleaned`, `.swap`). A partition's directory is
//! `<topic>-<partition>`; one on its way is `<topic>-<partition>.<32 hex digits>-<state>`.

use std::path::{Path, PathBuf};

use base::{Offset, TopicPartition, Uuid};

pub(crate) const LOG: &str = "log";
pub(crate) const OFFSET_INDEX: &str = "index";
pub(crate) const TIME_INDEX: &str = "timeindex";
pub(crate) const TRANSACTION_INDEX: &str = "txnindex";
pub(crate) const SNAPSHOT: &str = "snapshot";

pub(crate) const DELETED: &str = "deleted";
pub(crate) const CLEANED: &str = "cleaned";
pub(crate) const SWAP: &str = "swap";

pub(crate) const EPOCH_CHECKPOINT: &str = "leader-epoch-checkpoint";
pub(crate) const PARTITION_METADATA: &str = "partition.metadata";

/// The four files of a segment, in the order in which they are created: the log last would let a
/// crash leave a log without indexes, which is what recovery mends anyway; the log first means an
/// index never stands alone.
pub(crate) const OF_A_SEGMENT: [&str; 4] = [LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX];

pub(crate) fn file(dir: &Path, base: Offset, suffix: &str) -> PathBuf {
    dir.join(format!("{:020}.{suffix}", base.0))
}

/// `…/00000000000000000042.log` to `…/00000000000000000042.log.deleted`.
pub(crate) fn with_state(path: &Path, state: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(state);
    PathBuf::from(name)
}

/// No file name goes beyond it, so that offsets within a segment cannot overflow.
const OFFSET_MAX: i64 = i64::MAX - (1 << 32);

/// A file name taken apart: `00000000000000000042.log.swap` is (42, `log`, Some(`swap`)). `None` for
/// names that no segment and no snapshot has.
pub(crate) fn parse_file(name: &str) -> Option<(Offset, &str, Option<&str>)> {
    let (digits, rest) = name.split_once('.')?;
    // Kafka takes any number; it only ever writes twenty digits, of which nineteen can count.
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let base = Offset(digits.parse().ok().filter(|base| *base <= OFFSET_MAX)?);
    let (suffix, state) = match rest.split_once('.') {
        Some((suffix, state)) => (suffix, Some(state)),
        None => (rest, None),
    };
    let known = OF_A_SEGMENT.contains(&suffix) || suffix == SNAPSHOT;
    known.then_some((base, suffix, state))
}

/// What a directory below a log directory is to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryState {
    /// `<topic>-<partition>`: a replica in use.
    Current,
    /// `-future`: a copy that catches up on another log directory (AlterReplicaLogDirs).
    Future,
    /// `-delete`: the topic is gone, the files go when `file.delete.delay.ms` has passed.
    Deleted,
    /// `-stray`: the metadata does not place this replica here; kept for the operator.
    Stray,
}

impl DirectoryState {
    fn suffix(self) -> &'static str {
        match self {
            DirectoryState::Current => "",
            DirectoryState::Future => "-future",
            DirectoryState::Deleted => "-delete",
            DirectoryState::Stray => "-stray",
        }
    }
}

/// The name of a partition's directory. `unique` tells two generations of one partition apart; a
/// current directory has none.
///
/// The name stays within 255 bytes as Kafka's does: the topic is cut where it must be, because a
/// directory on its way out is known by its partition only to be deleted.
pub fn directory_name(partition: &TopicPartition, state: DirectoryState, unique: Uuid) -> String {
    if state == DirectoryState::Current {
        return partition.to_string();
    }
    let digits: String = unique.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let tail = format!("-{}.{digits}{}", partition.partition, state.suffix());
    let topic = partition.topic.as_str();
    let kept = topic.len().min(255usize.saturating_sub(tail.len()));
    format!("{}{tail}", &topic[..kept])
}

/// Takes a directory's name apart. `None` if no partition has such a name; whatever it is, it is
/// not ours to touch.
pub fn parse_directory_name(name: &str) -> Option<(TopicPartition, DirectoryState)> {
    use DirectoryState::{Current, Deleted, Future, Stray};
    let mut state = Current;
    let mut plain = name;
    for candidate in [Future, Deleted, Stray] {
        let Some(rest) = name.strip_suffix(candidate.suffix()) else { continue };
        let Some((rest, unique)) = rest.rsplit_once('.') else { continue };
        if unique.len() == 32 && unique.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            (plain, state) = (rest, candidate);
        }
    }
    let (topic, partition) = plain.rsplit_once('-')?;
    let digits = !partition.is_empty() && partition.bytes().all(|digit| digit.is_ascii_digit());
    if topic.is_empty() || !digits {
        return None;
    }
    Some((TopicPartition::new(topic, partition.parse().ok()?), state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_taken_apart() {
        assert_eq!(parse_file("00000000000000000042.log"), Some((Offset(42), "log", None)));
        assert_eq!(
            parse_file("00000000000000000042.timeindex.deleted"),
            Some((Offset(42), "timeindex", Some("deleted")))
        );
        assert_eq!(parse_file("leader-epoch-checkpoint"), None);
        assert_eq!(parse_file("99999999999999999999.log"), None);
        assert_eq!(parse_file("12.txt"), None);
        assert_eq!(file(Path::new("/a"), Offset(7), LOG), Path::new("/a/00000000000000000007.log"));
    }

    #[test]
    fn a_directory_name_survives_the_round_trip_in_every_state() {
        let partition = TopicPartition::new("orders-eu.v1", 12);
        let unique = Uuid([0xab; 16]);
        for state in [
            DirectoryState::Current,
            DirectoryState::Future,
            DirectoryState::Deleted,
            DirectoryState::Stray,
        ] {
            let name = directory_name(&partition, state, unique);
            assert_eq!(parse_directory_name(&name), Some((partition.clone(), state)), "{name}");
        }
        assert_eq!(
            directory_name(&partition, DirectoryState::Deleted, unique),
            format!("orders-eu.v1-12.{}-delete", "ab".repeat(16))
        );
    }

    #[test]
    fn a_topic_whose_name_looks_like_a_state_is_a_topic() {
        let parsed = parse_directory_name("my-future-0");
        assert_eq!(parsed, Some((TopicPartition::new("my-future", 0), DirectoryState::Current)));
        assert_eq!(parse_directory_name("lost+found"), None);
        assert_eq!(parse_directory_name("orders"), None);
    }

    #[test]
    fn the_longest_topic_still_makes_a_legal_name() {
        let partition = TopicPartition::new("t".repeat(249), 100_000);
        let name = directory_name(&partition, DirectoryState::Deleted, Uuid::ZERO);
        assert!(name.len() <= 255, "{}", name.len());
    }
}
