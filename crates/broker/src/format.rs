//! Formatting: what makes a directory one of this cluster's (`vltava storage format`, or a node that
//! was given nothing).
//!
//! Each log directory gets its `meta.properties`; the one of the metadata log gets
//! `bootstrap.checkpoint`, the records with which a new cluster begins, and, where voters are records
//! (KIP-853), the first snapshot of the metadata log with the voters in it. All of it is synced.

use std::path::{Path, PathBuf};

use base::{BrokerId, Str, Uuid, WallMs};
use metadata::bootstrap::BOOTSTRAP_FILE;
use replication::quorum::{
    QuorumFacts, ReplicaKey, SnapshotId, VoterEndpoint, build_bootstrap_file, build_snapshot,
};
use storage::{Disk, Kind, META_PROPERTIES, MetaProperties, replace_small};

use crate::metadata_log::DIRECTORY;

// The words that the command line needs to say what it wants.
pub use metadata::bootstrap::{Bootstrap, Format, VoterSource};
pub use metadata::feature::FeatureError;
pub use metadata::{Feature, MetadataVersion};
pub use replication::quorum::{Voter, VoterSet};

/// What is to be formatted.
pub struct Formatting<'a> {
    pub cluster_id: String,
    pub node_id: BrokerId,
    /// Every log directory and the id it gets.
    pub directories: Vec<(PathBuf, Uuid)>,
    /// Where the metadata log goes; one of the directories.
    pub metadata_dir: PathBuf,
    pub bootstrap: &'a Bootstrap,
    /// The first voters, where the log holds them.
    pub voters: Option<VoterSet>,
}

/// Why a directory could not be formatted.
#[derive(Debug)]
pub struct FormatError(pub String);

impl std::fmt::Display for FormatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FormatError {}

/// Formats directories that the caller has found empty. `meta.properties` is written last, and that of
/// the metadata log before the others: where there is one the bootstrap files are complete.
///
/// # Errors
/// The disk; a record that cannot be encoded.
pub fn format(
    disk: &dyn Disk,
    formatting: &Formatting<'_>,
    now: WallMs,
) -> Result<(), FormatError> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| {
        FormatError(format!("could not format {}: {error}", path.display()))
    };
    for (dir, _) in &formatting.directories {
        disk.create_dir_all(dir).map_err(|error| failed(dir, &error))?;
    }
    for (dir, _) in &formatting.directories {
        write_bootstrap(disk, formatting, dir, now).map_err(|error| failed(dir, &error))?;
    }
    let is_other = |(dir, _): &&(PathBuf, Uuid)| *dir != formatting.metadata_dir;
    let (others, metadata): (Vec<_>, Vec<_>) = formatting.directories.iter().partition(is_other);
    for (dir, id) in metadata.into_iter().chain(others) {
        let meta = MetaProperties {
            cluster_id: Some(formatting.cluster_id.clone()),
            node_id: Some(formatting.node_id),
            directory_id: Some(*id),
        };
        meta.write(disk, dir).map_err(|error| failed(dir, &error))?;
    }
    Ok(())
}

fn write_bootstrap(
    disk: &dyn Disk,
    formatting: &Formatting<'_>,
    dir: &Path,
    now: WallMs,
) -> Result<(), Box<dyn std::error::Error>> {
    let bootstrap = formatting.bootstrap;
    let values = metadata::encode_records(&bootstrap.records, MetadataVersion::MINIMUM)?;
    // Every directory gets a copy, as Apache writes it; the controller reads that of the metadata log.
    replace_small(disk, &dir.join(BOOTSTRAP_FILE), &build_bootstrap_file(&values, now)?)?;
    if let Some(voters) = &formatting.voters
        && dir == formatting.metadata_dir
    {
        let facts =
            QuorumFacts { kraft_version: bootstrap.kraft_version, voters: Some(voters.clone()) };
        let bytes = build_snapshot(SnapshotId::BOOTSTRAP, now, &facts, &[], now)?;
        let log = dir.join(DIRECTORY);
        disk.create_dir_all(&log)?;
        replace_small(disk, &log.join(SnapshotId::BOOTSTRAP.file_name()), &bytes)?;
    }
    Ok(())
}

/// A name in a directory that formatting does not put there. Our own lock file, and what file systems
/// put into their root, do not count either.
pub fn anything_else_in(disk: &dyn Disk, dir: &Path) -> Option<String> {
    let written = |name: &str| name.strip_suffix(".tmp").unwrap_or(name).to_owned();
    let is_snapshot =
        |(name, _): &(String, Kind)| written(name) == SnapshotId::BOOTSTRAP.file_name();
    let is_ours = |name: &str| match written(name).as_str() {
        META_PROPERTIES | BOOTSTRAP_FILE | ".lock" | "lost+found" => true,
        DIRECTORY => disk.names(&dir.join(DIRECTORY)).is_ok_and(|log| log.iter().all(is_snapshot)),
        _ => false,
    };
    let names = disk.names(dir).unwrap_or_default();
    names.into_iter().map(|(name, _)| name).find(|name| !is_ours(name))
}

/// A quorum of this node alone.
pub fn standalone_voters(
    node_id: BrokerId,
    directory: Uuid,
    endpoints: &[(Str, Str, u16)],
) -> VoterSet {
    VoterSet::new([standalone_voter(node_id, directory, endpoints)])
}

pub fn standalone_voter(
    node_id: BrokerId,
    directory: Uuid,
    endpoints: &[(Str, Str, u16)],
) -> Voter {
    let endpoints = endpoints.iter().map(|(listener, host, port)| {
        (listener.clone(), VoterEndpoint { host: host.clone(), port: *port })
    });
    Voter {
        key: ReplicaKey::new(node_id.0, directory),
        endpoints: endpoints.collect(),
        kraft_versions: (0, 1),
    }
}
