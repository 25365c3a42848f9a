//! Control records of the metadata log and its snapshots: what the quorum says to itself, between
//! the records that say something of the cluster (KIP-595, KIP-630, KIP-853).

use base::{BrokerId, Str, WallMs};
use bytes::Bytes;
use protocol::record_types::raft::{
    KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord,
    VotersRecord, leader_change_message, voters_record,
};
use protocol::wire::{TopLevel, from_bytes, to_encoded};
use records::ControlType;

use super::log::LogError;
use super::voters::{ReplicaKey, Voter, VoterEndpoint, VoterSet};

/// All of them are written at version 0, the only one of Kafka 4.3.
const VERSION: i16 = 0;

/// One control record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlRecord {
    /// The first record of every leader epoch.
    LeaderChange { leader: BrokerId, voters: Vec<BrokerId>, granting: Vec<BrokerId> },
    /// The first record of a snapshot.
    SnapshotHeader { last_contained: WallMs },
    /// The last record of a snapshot: without it the file is only part of one.
    SnapshotFooter,
    /// `kraft.version` from here on.
    KraftVersion(i16),
    /// The voters from here on.
    Voters(VoterSet),
}

impl ControlRecord {
    /// The kind and the value, as they go into a control batch.
    ///
    /// # Errors
    /// A text is too long to be written.
    pub fn encode(&self) -> Result<(ControlType, Bytes), LogError> {
        Ok(match self {
            ControlRecord::LeaderChange { leader, voters, granting } => {
                let list = |ids: &[BrokerId]| {
                    let voters = ids.iter().map(|id| leader_change_message::Voter {
                        voter_id: id.0,
                        ..Default::default()
                    });
                    voters.collect()
                };
                let message = LeaderChangeMessage {
                    version: VERSION,
                    leader_id: leader.0,
                    voters: list(voters),
                    granting_voters: list(granting),
                    ..Default::default()
                };
                (ControlType::LeaderChange, value(&message)?)
            }
            ControlRecord::SnapshotHeader { last_contained } => {
                let message = SnapshotHeaderRecord {
                    version: VERSION,
                    last_contained_log_timestamp: last_contained.0,
                    ..Default::default()
                };
                (ControlType::SnapshotHeader, value(&message)?)
            }
            ControlRecord::SnapshotFooter => {
                let message = SnapshotFooterRecord { version: VERSION, ..Default::default() };
                (ControlType::SnapshotFooter, value(&message)?)
            }
            ControlRecord::KraftVersion(level) => {
                let message = KRaftVersionRecord {
                    version: VERSION,
                    k_raft_version: *level,
                    ..Default::default()
                };
                (ControlType::KRaftVersion, value(&message)?)
            }
            ControlRecord::Voters(voters) => (ControlType::KRaftVoters, value(&message(voters))?),
        })
    }

    /// Reads a control record; None for kinds that say nothing of a quorum, or come from the
    /// future.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes.
    pub fn decode(key: &[u8], value: Bytes) -> Result<Option<ControlRecord>, LogError> {
        Ok(match ControlType::parse(key)? {
            Some(ControlType::LeaderChange) => {
                let message: LeaderChangeMessage = from_bytes(value, VERSION)?;
                let ids = |voters: Vec<leader_change_message::Voter>| {
                    voters.into_iter().map(|voter| BrokerId(voter.voter_id)).collect()
                };
                Some(ControlRecord::LeaderChange {
                    leader: BrokerId(message.leader_id),
                    voters: ids(message.voters),
                    granting: ids(message.granting_voters),
                })
            }
            Some(ControlType::SnapshotHeader) => {
                let message: SnapshotHeaderRecord = from_bytes(value, VERSION)?;
                let last_contained = WallMs(message.last_contained_log_timestamp);
                Some(ControlRecord::SnapshotHeader { last_contained })
            }
            Some(ControlType::SnapshotFooter) => Some(ControlRecord::SnapshotFooter),
            Some(ControlType::KRaftVersion) => {
                let message: KRaftVersionRecord = from_bytes(value, VERSION)?;
                Some(ControlRecord::KraftVersion(message.k_raft_version))
            }
            Some(ControlType::KRaftVoters) => {
                let message: VotersRecord = from_bytes(value, VERSION)?;
                Some(ControlRecord::Voters(voters(message)))
            }
            Some(ControlType::Abort | ControlType::Commit) | None => None,
        })
    }
}

fn value<M: TopLevel>(message: &M) -> Result<Bytes, LogError> {
    // Control records hold no payloads, so there is one piece.
    Ok(to_encoded(message, VERSION)?.into_contiguous().unwrap_or_default())
}

fn message(voters: &VoterSet) -> VotersRecord {
    let voter = |voter: &Voter| voters_record::Voter {
        voter_id: voter.key.id.0,
        voter_directory_id: voter.key.directory_or_zero(),
        endpoints: voter
            .endpoints
            .iter()
            .map(|(name, endpoint)| voters_record::Endpoint {
                name: name.clone(),
                host: endpoint.host.clone(),
                port: endpoint.port,
                ..Default::default()
            })
            .collect(),
        k_raft_version_feature: voters_record::KRaftVersionFeature {
            min_supported_version: voter.kraft_versions.0,
            max_supported_version: voter.kraft_versions.1,
            ..Default::default()
        },
        ..Default::default()
    };
    VotersRecord {
        version: VERSION,
        voters: voters.iter().map(voter).collect(),
        ..Default::default()
    }
}

fn voters(message: VotersRecord) -> VoterSet {
    VoterSet::new(message.voters.into_iter().map(|voter| {
        let endpoints = voter.endpoints.iter().map(|endpoint| {
            let known = VoterEndpoint { host: Str::detached(&endpoint.host), port: endpoint.port };
            (endpoint.name.detached(), known)
        });
        let versions = &voter.k_raft_version_feature;
        Voter {
            key: ReplicaKey::new(voter.voter_id, voter.voter_directory_id),
            endpoints: endpoints.collect(),
            kraft_versions: (versions.min_supported_version, versions.max_supported_version),
        }
    }))
}
