//! The nodes of a cluster as the metadata knows them.

use std::collections::BTreeMap;

use base::{BrokerId, Str, Uuid};

use crate::LevelRange;

/// Where a node listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub host: Str,
    pub port: u16,
    /// 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.
    pub security_protocol: i16,
}

/// A registered broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    pub id: BrokerId,
    /// The offset of the record that registered this incarnation: fences older ones.
    pub epoch: i64,
    /// Drawn afresh by every process.
    pub incarnation: Uuid,
    /// By the name of the listener.
    pub listeners: BTreeMap<Str, Endpoint>,
    pub features: BTreeMap<Str, LevelRange>,
    pub rack: Option<Str>,
    /// A fenced broker leads nothing and is shown to no client.
    pub fenced: bool,
    pub in_controlled_shutdown: bool,
    pub migrating_from_zookeeper: bool,
    /// The log directories that are online.
    pub directories: Vec<Uuid>,
    /// Directories that take no new replicas; None until the broker has told.
    pub cordoned: Option<Vec<Uuid>>,
}

impl Broker {
    /// Neither fenced nor about to stop: may be in an ISR and lead.
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }

    /// Whether a replica in `directory` can be served. A replica without a directory of its own
    /// counts as online.
    pub fn has_online_directory(&self, directory: Uuid) -> bool {
        match directory {
            Uuid::DIRECTORY_UNASSIGNED | Uuid::DIRECTORY_MIGRATING => true,
            Uuid::DIRECTORY_LOST => false,
            // Brokers registered before KIP-858 named no directories: one whose disks are all
            // gone halts, so one that runs has the replica online (KAFKA-16162).
            _ => self.directories.is_empty() || self.directories.contains(&directory),
        }
    }

    pub fn has_uncordoned_directory(&self) -> bool {
        match &self.cordoned {
            Some(cordoned) if !self.directories.is_empty() => {
                self.directories.iter().any(|directory| !cordoned.contains(directory))
            }
            _ => true,
        }
    }

    /// Where a new replica on this broker goes: into the only directory, or, when the broker must
    /// choose among several, nowhere yet.
    pub fn default_directory(&self) -> Uuid {
        match self.directories[..] {
            [] => Uuid::DIRECTORY_MIGRATING,
            [only] => only,
            _ => Uuid::DIRECTORY_UNASSIGNED,
        }
    }
}

/// A registered controller (KIP-919).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerNode {
    pub id: BrokerId,
    pub incarnation: Uuid,
    pub zookeeper_migration_ready: bool,
    pub listeners: BTreeMap<Str, Endpoint>,
    pub features: BTreeMap<Str, LevelRange>,
}
