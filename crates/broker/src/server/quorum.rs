//! The controller's side of a start: the metadata log is opened and replayed, its quorum led, and the
//! request made by which the broker will register.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::Str;
use base::config::ServerConfig;
use io::Env;
use metadata::SupportedFeatures;
use metadata::bootstrap::{Bootstrap, Format};
use protocol::messages::BrokerRegistrationRequest;
use protocol::messages::broker_registration_request::{Feature, Listener as RegisteredListener};
use replication::quorum::{KnownVoters, QuorumSettings, ReplicaKey, Voter, VoterSet};
use storage::{DirectoryState, Disk};

use super::StartError;
use super::listeners::{Bound, controller_endpoints};
use crate::format::standalone_voter;
use crate::metadata_log::{MetadataLog, Retention, log_settings, read_bootstrap};
use crate::metadata_thread::{MetadataThread, controller_settings, fresh_id};
use crate::opened::{OpenedDirectories, log_names};

pub(super) fn start_metadata(
    config: &ServerConfig,
    env: &Arc<dyn Env>,
    disk: &Arc<dyn Disk>,
    opened: &OpenedDirectories,
    supported: &SupportedFeatures,
    listeners: &[Bound],
) -> Result<MetadataThread, StartError> {
    let dir = PathBuf::from(&config.metadata_log_dir);
    let quorum = &config.quorum;
    let settings = log_settings(quorum.metadata_segment_bytes, quorum.metadata_segment_ms);
    let local = standalone_voter(
        config.node_id,
        opened.metadata_directory_id,
        &controller_endpoints(config),
    );
    let voters = match config.quorum_voters.is_empty() {
        true => KnownVoters::default(),
        false => KnownVoters::from_configuration(VoterSet::new([Voter {
            key: ReplicaKey { id: config.node_id, directory: None },
            ..local.clone()
        }])),
    };
    let retention = Retention {
        bytes: quorum.metadata_max_retention_bytes,
        ms: quorum.metadata_max_retention_ms,
    };
    let restored = MetadataLog::open(disk.clone(), &dir, settings, retention, voters, env.wall())?;
    if restored.replay.image().metadata_version().is_none() {
        refuse_lost_metadata(&**disk, opened, &dir)?;
    }
    let records = read_bootstrap(&**disk, &dir)?;
    let bootstrap = match records {
        Some(records) => {
            Bootstrap::from_records(records).map_err(|error| StartError(error.to_string()))?
        }
        None => Format::standalone(supported.clone())
            .plan()
            .map_err(|error| StartError(error.to_string()))?,
    };
    let cluster_id = Str::from(opened.cluster_id.clone());
    let registration = registration(config, &**env, opened, supported, listeners, &cluster_id);
    let quorum = QuorumSettings {
        local,
        cluster_id: cluster_id.clone(),
        election_timeout_ms: quorum.election_timeout_ms as u64,
        fetch_timeout_ms: quorum.fetch_timeout_ms as u64,
    };
    let controller = controller_settings(config, cluster_id, supported.clone());
    let started = MetadataThread::start(
        env.clone(),
        config,
        restored,
        quorum,
        controller,
        &bootstrap,
        registration,
    );
    Ok(started?)
}

/// A cluster that has not begun has no partitions. Where there are some, its metadata is lost, and to begin
/// anew would take their logs for strays.
fn refuse_lost_metadata(
    disk: &dyn Disk,
    opened: &OpenedDirectories,
    metadata_dir: &Path,
) -> Result<(), StartError> {
    for directory in opened.online() {
        let logs = log_names(disk, &directory.path);
        let logs = logs.map_err(|error| StartError(error.to_string()))?.into_iter();
        let current = logs.filter(|(_, _, state)| *state == DirectoryState::Current);
        if let Some(name) = current.map(|(name, _, _)| name).min() {
            return Err(StartError(format!(
                "the metadata log in {} is empty, but {} holds `{name}`; restore the metadata log \
                 from a backup, or move the logs of partitions away",
                metadata_dir.display(),
                directory.path.display(),
            )));
        }
    }
    Ok(())
}

fn registration(
    config: &ServerConfig,
    env: &dyn Env,
    opened: &OpenedDirectories,
    supported: &SupportedFeatures,
    listeners: &[Bound],
    cluster_id: &Str,
) -> BrokerRegistrationRequest {
    let listeners = listeners.iter().filter(|bound| bound.is_brokers());
    let listeners = listeners.map(|bound| RegisteredListener {
        name: bound.advertised.listener.clone(),
        host: bound.advertised.host.clone(),
        port: bound.advertised.port,
        security_protocol: bound.advertised.security_protocol,
        ..RegisteredListener::default()
    });
    let features = supported.iter().map(|(name, levels)| Feature {
        name: name.clone(),
        min_supported_version: levels.min,
        max_supported_version: levels.max,
        ..Feature::default()
    });
    BrokerRegistrationRequest {
        broker_id: config.node_id.0,
        cluster_id: cluster_id.clone(),
        incarnation_id: fresh_id(env),
        listeners: listeners.collect(),
        features: features.collect(),
        rack: config.quorum.rack.as_deref().map(Str::from),
        log_dirs: opened.online().map(|directory| directory.id).collect(),
        previous_broker_epoch: opened.previous_broker_epoch(),
        ..BrokerRegistrationRequest::default()
    }
}
