//! The log directories at start: locked, known to be this node's, formatted if nobody has done it.
//!
//! A node formats itself only when nothing in the configuration says that it belongs to others (it
//! was given none, or is the only voter), and only if every directory is empty or absent, or holds no more
//! than a formatting that was interrupted has written; then that is done again, or to its end. Anything
//! else stops it, with the remedy: a directory that lost its `meta.properties` may hold the only copy
//! of somebody's data.
//!
//! A directory whose disk fails is offline from the start, as one that fails later is, and the node goes
//! on with the others; not if it is the directory of the metadata log, nor while there is something to
//! format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::config::ServerConfig;
use base::config::server::Origin;
use base::{Offset, TopicPartition, Uuid};
use io::{DirectoryLock, Env};
use metadata::SupportedFeatures;
use metadata::bootstrap::Format;
use storage::{
    CLEANER_OFFSETS, CleanStop, DirectoryState, Disk, HIGH_WATERMARKS, Kind, LOG_STARTS, LastStop,
    LogError, MetaProperties, RECOVERY_POINTS, parse_directory_name, read_offsets,
};
use tracing::{info, warn};

use crate::format::{Formatting, anything_else_in, format, standalone_voters};
use crate::metadata_log::DIRECTORY;
use crate::metadata_thread::fresh_id;
use crate::server::{StartError, controller_endpoints};

/// One directory as it was found.
pub struct OpenedDirectory {
    pub path: PathBuf,
    pub id: Uuid,
    /// Why nothing else is known of it: its disk has failed. Its id is DIRECTORY_LOST unless it could be read.
    pub failure: Option<LogError>,
    /// The broker epoch of the clean stop that left it; none after a crash.
    pub clean_stop: Option<i64>,
    pub recovery_points: BTreeMap<TopicPartition, Offset>,
    pub log_starts: BTreeMap<TopicPartition, Offset>,
    pub high_watermarks: BTreeMap<TopicPartition, Offset>,
    pub cleaned: BTreeMap<TopicPartition, Offset>,
}

/// What `meta.properties` says of a directory, if it has one and it can be read.
type Meta = Result<Option<MetaProperties>, LogError>;

pub struct OpenedDirectories {
    pub cluster_id: String,
    pub directories: Vec<OpenedDirectory>,
    pub metadata_directory_id: Uuid,
    pub locks: Vec<DirectoryLock>,
}

impl OpenedDirectories {
    /// Those whose disks work.
    pub fn online(&self) -> impl Iterator<Item = &OpenedDirectory> {
        self.directories.iter().filter(|dir| dir.failure.is_none())
    }

    /// Clean if every directory was left so.
    pub fn last_stop(&self) -> LastStop {
        match self.online().all(|dir| dir.clean_stop.is_some()) {
            true => LastStop::Clean,
            false => LastStop::Unclean,
        }
    }

    /// Takes the marks of the clean stop away: from here on a crash must be seen as one. Call it when
    /// nothing stands against the start any more, and before the first log is opened; a start that is
    /// refused has touched no log, and the next one need not check them.
    ///
    /// # Errors
    /// A disk that fails below the metadata log.
    pub fn take_up(&mut self, disk: &dyn Disk, metadata_dir: &Path) -> Result<(), StartError> {
        for directory in self.directories.iter_mut().filter(|dir| dir.failure.is_none()) {
            let Err(error) = CleanStop::remove(disk, &directory.path) else { continue };
            if directory.path == metadata_dir {
                return Err(unusable(&error));
            }
            *directory = failed(&directory.path, directory.id, error);
        }
        Ok(())
    }

    /// What the broker tells the controller of its last life: -1 unless it stopped cleanly.
    pub fn previous_broker_epoch(&self) -> i64 {
        self.online().map(|dir| dir.clean_stop.unwrap_or(-1)).min().unwrap_or(-1)
    }
}

/// What stands against the use of a directory.
enum Hindrance {
    /// Its disk fails.
    Disk(LogError),
    /// Something that somebody has to decide.
    Refusal(StartError),
}

impl From<LogError> for Hindrance {
    fn from(error: LogError) -> Hindrance {
        match error.is_disk_failure() {
            true => Hindrance::Disk(error),
            false => Hindrance::Refusal(StartError(error.to_string())),
        }
    }
}

impl From<StartError> for Hindrance {
    fn from(error: StartError) -> Hindrance {
        Hindrance::Refusal(error)
    }
}

/// # Errors
/// A directory that is locked, another node's, or not formatted though something is in it; a disk that fails
/// below the metadata log, or before there is anything on the others.
pub fn open_directories(
    disk: &Arc<dyn Disk>,
    config: &ServerConfig,
    supported: &SupportedFeatures,
    env: &dyn Env,
) -> Result<OpenedDirectories, StartError> {
    let mut paths: Vec<PathBuf> = config.log_dirs.iter().map(PathBuf::from).collect();
    let metadata_dir = PathBuf::from(&config.metadata_log_dir);
    if !paths.contains(&metadata_dir) {
        paths.push(metadata_dir.clone());
    }
    let mut locks = Vec::new();
    let mut metas = Vec::new();
    for path in &paths {
        metas.push(match claim(&**disk, path, &mut locks) {
            Ok(meta) => Ok(meta),
            Err(Hindrance::Disk(error)) if *path != metadata_dir => Err(error),
            Err(Hindrance::Disk(error)) => return Err(unusable(&error)),
            Err(Hindrance::Refusal(error)) => return Err(error),
        });
    }
    if !metas.iter().any(|meta| matches!(meta, Ok(Some(_)))) {
        if let Some(error) = metas.iter().find_map(|meta| meta.as_ref().err()) {
            return Err(unusable(error));
        }
        format_empty(disk, config, supported, env, &paths, &metadata_dir)?;
        for (meta, path) in metas.iter_mut().zip(&paths) {
            *meta = MetaProperties::read(&**disk, path);
        }
    }
    let mut cluster_id: Option<String> = None;
    // Before anything is written that would belong to somebody else.
    for (path, meta) in paths.iter().zip(&metas) {
        if let Ok(Some(meta)) = meta {
            check_owner(path, meta, config, &mut cluster_id)?;
        }
    }
    finish_formatting(&**disk, env, &paths, &mut metas, &metadata_dir)
        .map_err(|error| unusable(&error))?;
    let mut directories = Vec::new();
    for (path, meta) in paths.iter().zip(metas) {
        let mut id = Uuid::DIRECTORY_LOST;
        let found = meta.map_err(Hindrance::from).and_then(|meta| {
            let meta = meta.ok_or_else(|| not_formatted(path))?;
            check_owner(path, &meta, config, &mut cluster_id)?;
            id = directory_id(&**disk, path, &meta, env)?;
            found(&**disk, path, id)
        });
        directories.push(match found {
            Ok(found) => found,
            Err(Hindrance::Disk(error)) if *path != metadata_dir => failed(path, id, error),
            Err(Hindrance::Disk(error)) => return Err(unusable(&error)),
            Err(Hindrance::Refusal(error)) => return Err(error),
        });
    }
    refuse_copies(&directories)?;
    let metadata_directory_id =
        directories.iter().find(|dir| dir.path == metadata_dir).map_or(Uuid::ZERO, |dir| dir.id);
    let is_log_dir =
        |dir: &OpenedDirectory| config.log_dirs.iter().any(|path| Path::new(path) == dir.path);
    directories.retain(is_log_dir);
    Ok(OpenedDirectories {
        cluster_id: cluster_id.unwrap_or_default(),
        directories,
        metadata_directory_id,
        locks,
    })
}

/// The metadata tells directories apart by their ids alone.
fn refuse_copies(directories: &[OpenedDirectory]) -> Result<(), StartError> {
    for (at, directory) in directories.iter().enumerate() {
        let is_same =
            |other: &&OpenedDirectory| other.id == directory.id && !directory.id.is_reserved();
        if let Some(other) = directories[..at].iter().find(is_same) {
            return Err(StartError(format!(
                "{} and {} both have the directory.id {}; take the one that is a copy out of `log.dirs`, or remove its meta.properties if nothing in it is needed",
                other.path.display(),
                directory.path.display(),
                directory.id
            )));
        }
    }
    Ok(())
}

/// Creates the directory if it must be, locks it and reads whose it is.
fn claim(
    disk: &dyn Disk,
    path: &Path,
    locks: &mut Vec<DirectoryLock>,
) -> Result<Option<MetaProperties>, Hindrance> {
    let failed = |verb| move |source| LogError::Disk { verb, path: path.to_owned(), source };
    disk.create_dir_all(path).map_err(failed("create the log directory"))?;
    match DirectoryLock::take(path) {
        Ok(lock) => {
            if let Some(other) = locks.iter().find(|other| other.is_of_the_same(&lock)) {
                return Err(Hindrance::Refusal(StartError(format!(
                    "{} and {} are one directory; name it once, and in one way, in `log.dirs` and `metadata.log.dir`",
                    other.path.display(),
                    path.display()
                ))));
            }
            locks.push(lock);
        }
        Err(error) if is_held(&error) => {
            return Err(Hindrance::Refusal(StartError(format!(
                "could not lock the log directory {}: another process uses it; stop that process or choose another `log.dirs`",
                path.display()
            ))));
        }
        Err(error) => return Err(failed("lock the log directory")(error).into()),
    }
    Ok(MetaProperties::read(disk, path)?)
}

fn unusable(error: &LogError) -> StartError {
    StartError(format!(
        "{error}; check `log.dirs` and `metadata.log.dir`, the disk and the permissions"
    ))
}

fn not_formatted(path: &Path) -> StartError {
    StartError(format!(
        "the log directory {} is not formatted, though others are; format it with `vltava storage format --ignore-formatted`, or restore its meta.properties",
        path.display()
    ))
}

/// Directories from before KIP-858 have no id; they get one now.
fn directory_id(
    disk: &dyn Disk,
    path: &Path,
    meta: &MetaProperties,
    env: &dyn Env,
) -> Result<Uuid, LogError> {
    if let Some(id) = meta.directory_id {
        return Ok(id);
    }
    let id = fresh_id(env);
    MetaProperties { directory_id: Some(id), ..meta.clone() }.write(disk, path)?;
    Ok(id)
}

/// Whether another process holds the lock. POSIX says EACCES or EAGAIN of that, but opening a file says
/// EACCES as well.
fn is_held(error: &std::io::Error) -> bool {
    let is_denied = error.raw_os_error() == Some(rustix::io::Errno::ACCESS.raw_os_error());
    let kinds = [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::PermissionDenied];
    kinds.contains(&error.kind()) && !is_denied
}

fn check_owner(
    path: &Path,
    meta: &MetaProperties,
    config: &ServerConfig,
    cluster_id: &mut Option<String>,
) -> Result<(), StartError> {
    if let Some(id) = meta.node_id
        && id != config.node_id
    {
        return Err(StartError(format!(
            "the log directory {} belongs to node {id}, but `node.id` is {}; correct one of them",
            path.display(),
            config.node_id
        )));
    }
    let Some(cluster) = &meta.cluster_id else {
        return Err(StartError(format!("{}/meta.properties has no `cluster.id`", path.display())));
    };
    if let Some(wanted) = config.cluster_id.as_ref().filter(|wanted| *wanted != cluster) {
        return Err(StartError(format!(
            "the log directory {} belongs to cluster {cluster}, but `vltava.cluster.id` (or CLUSTER_ID in the environment) is {wanted}; correct one of them",
            path.display()
        )));
    }
    match cluster_id {
        Some(known) if known != cluster => Err(StartError(format!(
            "the log directory {} belongs to cluster {cluster}, another one to {known}; all of a node's directories must be of one cluster",
            path.display()
        ))),
        _ => {
            *cluster_id = Some(cluster.clone());
            Ok(())
        }
    }
}

/// Ends a formatting that was interrupted when some directories had their `meta.properties`, and those of
/// the others were still to come: as long as nothing else is in any of them there is nothing to lose.
fn finish_formatting(
    disk: &dyn Disk,
    env: &dyn Env,
    paths: &[PathBuf],
    metas: &mut [Meta],
    metadata_dir: &Path,
) -> Result<(), LogError> {
    // Formatting begins with it.
    let first = paths.iter().zip(&*metas).find(|(path, _)| *path == metadata_dir);
    let Some((_, Ok(Some(first)))) = first else { return Ok(()) };
    let first = first.clone();
    let is_untouched = |path: &PathBuf| anything_else_in(disk, path).is_none();
    if metas.iter().any(|meta| meta.is_err()) || !paths.iter().all(is_untouched) {
        return Ok(());
    }
    for (path, meta) in paths.iter().zip(metas) {
        if matches!(meta, Ok(None)) {
            let own = MetaProperties { directory_id: Some(fresh_id(env)), ..first.clone() };
            own.write(disk, path)?;
            info!("formatted {}, where an earlier start had been interrupted", path.display());
            *meta = Ok(Some(own));
        }
    }
    Ok(())
}

/// Formats directories in which there is nothing.
fn format_empty(
    disk: &Arc<dyn Disk>,
    config: &ServerConfig,
    supported: &SupportedFeatures,
    env: &dyn Env,
    paths: &[PathBuf],
    metadata_dir: &Path,
) -> Result<(), StartError> {
    let only_voter = config.quorum_voters.iter().any(|voter| voter.id == config.node_id.0);
    let bootstraps_alone =
        config.quorum_voters.is_empty() && config.quorum_bootstrap_servers.is_empty();
    if config.origin != Origin::Embedded && !only_voter && !bootstraps_alone {
        return Err(StartError(format!(
            "the log directory {} is not formatted; run `vltava storage format --config FILE --cluster-id ID --standalone`",
            paths[0].display()
        )));
    }
    for path in paths {
        if let Some(name) = anything_else_in(&**disk, path) {
            return Err(StartError(format!(
                "the log directory {} has no meta.properties, but holds `{name}`; it is not formatted over: restore meta.properties, or move what is there away",
                path.display()
            )));
        }
    }
    for path in paths {
        // What an earlier attempt wrote there names voters that have never been.
        let remains = path.join(DIRECTORY);
        if let Err(source) = disk.remove_dir_all(&remains)
            && source.kind() != std::io::ErrorKind::NotFound
        {
            return Err(unusable(&LogError::Disk { verb: "remove", path: remains, source }));
        }
    }
    let bootstrap = Format {
        voters: match only_voter {
            true => metadata::bootstrap::VoterSource::Static,
            false => metadata::bootstrap::VoterSource::Log,
        },
        ..Format::standalone(supported.clone())
    };
    let bootstrap = bootstrap.plan().map_err(|error| StartError(error.to_string()))?;
    let directories: Vec<(PathBuf, Uuid)> =
        paths.iter().map(|path| (path.clone(), fresh_id(env))).collect();
    let metadata_id =
        directories.iter().find(|(path, _)| path == metadata_dir).map_or(Uuid::ZERO, |(_, id)| *id);
    let voters = (!only_voter)
        .then(|| standalone_voters(config.node_id, metadata_id, &controller_endpoints(config)));
    let formatting = Formatting {
        cluster_id: config.cluster_id.clone().unwrap_or_else(|| fresh_id(env).to_string()),
        node_id: config.node_id,
        directories,
        metadata_dir: metadata_dir.to_owned(),
        bootstrap: &bootstrap,
        voters,
    };
    format(&**disk, &formatting, env.wall()).map_err(|error| StartError(error.to_string()))?;
    info!(cluster = formatting.cluster_id, "formatted {}", paths[0].display());
    Ok(())
}

fn found(disk: &dyn Disk, path: &Path, id: Uuid) -> Result<OpenedDirectory, Hindrance> {
    let clean_stop = CleanStop::read(disk, path)?;
    let offsets = |name| {
        read_offsets(disk, path, name).unwrap_or_else(|error| {
            warn!("ignoring a checkpoint: {error}");
            None
        })
    };
    Ok(OpenedDirectory {
        path: path.to_owned(),
        id,
        failure: None,
        clean_stop,
        recovery_points: offsets(RECOVERY_POINTS).unwrap_or_default(),
        log_starts: offsets(LOG_STARTS).unwrap_or_default(),
        high_watermarks: offsets(HIGH_WATERMARKS).unwrap_or_default(),
        cleaned: offsets(CLEANER_OFFSETS).unwrap_or_default(),
    })
}

fn failed(path: &Path, id: Uuid, error: LogError) -> OpenedDirectory {
    OpenedDirectory {
        path: path.to_owned(),
        id,
        failure: Some(error),
        clean_stop: None,
        recovery_points: BTreeMap::new(),
        log_starts: BTreeMap::new(),
        high_watermarks: BTreeMap::new(),
        cleaned: BTreeMap::new(),
    }
}

/// The name of a directory that holds the log of a partition, and what it is.
pub type LogName = (String, TopicPartition, DirectoryState);

/// The logs below a log directory.
///
/// # Errors
/// The directory cannot be listed.
pub fn log_names(disk: &dyn Disk, path: &Path) -> Result<Vec<LogName>, LogError> {
    let names = disk.names(path).map_err(|source| LogError::Disk {
        verb: "list",
        path: path.to_owned(),
        source,
    })?;
    let logs = names.into_iter().filter(|(_, kind)| *kind == Kind::Directory);
    let logs = logs.filter_map(|(name, _)| {
        let (partition, state) = parse_directory_name(&name)?;
        (name != DIRECTORY).then_some((name, partition, state))
    });
    Ok(logs.collect())
}

#[cfg(test)]
mod tests;
