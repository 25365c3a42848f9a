//! What can go wrong in a log, by what the caller does about it.

use std::io;
use std::path::{Path, PathBuf};

use base::Offset;

/// An operation of the log that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk failed. Take the log directory offline; do not try again.
    #[error("could not {verb} {path}: {source}")]
    Disk { verb: &'static str, path: PathBuf, source: io::Error },

    /// A file holds what no version of Kafka writes and what cannot be rebuilt from other files.
    /// The message names the remedy.
    #[error("{path} is corrupt at byte {position}: {reason}")]
    Corrupt { path: PathBuf, position: u64, reason: String },

    /// The caller asked for an offset that the log cannot honour (a truncation below 0, a log start
    /// offset above the high watermark). OFFSET_OUT_OF_RANGE on the wire.
    #[error("offset {offset} lies outside {first} to {last}, the bounds of {what}")]
    OutOfRange { what: &'static str, offset: Offset, first: Offset, last: Offset },
}

impl LogError {
    /// True if the log directory must go offline.
    pub fn is_disk_failure(&self) -> bool {
        matches!(self, LogError::Disk { .. })
    }
}

pub type Result<T, E = LogError> = std::result::Result<T, E>;

/// Wraps what a disk says with the verb and the object.
pub(crate) trait Doing<T> {
    /// `verb` completes "could not …": "sync", "read the end of".
    fn doing(self, verb: &'static str, path: impl AsRef<Path>) -> Result<T>;

    /// The same where a path must not be made unless it is needed.
    fn doing_at(self, verb: &'static str, path: impl FnOnce() -> PathBuf) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, verb: &'static str, path: impl AsRef<Path>) -> Result<T> {
        self.doing_at(verb, || path.as_ref().to_owned())
    }

    fn doing_at(self, verb: &'static str, path: impl FnOnce() -> PathBuf) -> Result<T> {
        self.map_err(|source| LogError::Disk { verb, path: path(), source })
    }
}
