//! The voters of the quorum (KIP-853): who they are, where they listen, which `kraft.version`s
//! they can run.

use std::collections::BTreeMap;
use std::fmt;

use base::{BrokerId, Str, Uuid};

/// A replica of the metadata log: a node and the directory its log is in. A node that lost its
/// disk comes back with another directory id and is another replica, because it may have
/// forgotten a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaKey {
    pub id: BrokerId,
    /// None while only the node is known: voters listed in `controller.quorum.voters`, and peers
    /// from before KIP-853.
    pub directory: Option<Uuid>,
}

impl ReplicaKey {
    /// A zero directory id on the wire and on disk means "not known".
    pub fn new(id: i32, directory: Uuid) -> ReplicaKey {
        ReplicaKey { id: BrokerId(id), directory: (!directory.is_zero()).then_some(directory) }
    }

    /// The directory as it is written.
    pub fn directory_or_zero(&self) -> Uuid {
        self.directory.unwrap_or(Uuid::ZERO)
    }

    /// Whether `other` is this replica. A key without a directory matches every directory of its
    /// node.
    pub fn matches(&self, other: &ReplicaKey) -> bool {
        self.id == other.id && (self.directory.is_none() || self.directory == other.directory)
    }
}

impl fmt::Display for ReplicaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.directory {
            Some(directory) => write!(f, "{}:{directory}", self.id),
            None => write!(f, "{}", self.id),
        }
    }
}

/// Where a voter is reached, on one listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoterEndpoint {
    pub host: Str,
    pub port: u16,
}

/// One voter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    pub key: ReplicaKey,
    /// By the name of the listener.
    pub endpoints: BTreeMap<Str, VoterEndpoint>,
    /// The lowest and the highest `kraft.version` that the voter can run.
    pub kraft_versions: (i16, i16),
}

/// All voters, by their id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoterSet(BTreeMap<BrokerId, Voter>);

impl VoterSet {
    pub fn new(voters: impl IntoIterator<Item = Voter>) -> VoterSet {
        VoterSet(voters.into_iter().map(|voter| (voter.key.id, voter)).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, id: BrokerId) -> Option<&Voter> {
        self.0.get(&id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Voter> {
        self.0.values()
    }

    pub fn ids(&self) -> impl Iterator<Item = BrokerId> + '_ {
        self.0.keys().copied()
    }

    pub fn is_voter(&self, key: &ReplicaKey) -> bool {
        self.0.get(&key.id).is_some_and(|voter| voter.key.matches(key))
    }

    pub fn is_only_voter(&self, key: &ReplicaKey) -> bool {
        self.len() == 1 && self.is_voter(key)
    }

    /// How many votes win an election.
    pub fn majority(&self) -> usize {
        self.len() / 2 + 1
    }

    /// The set after `voter` has told its present endpoints; None if it is no voter, or nothing
    /// differs.
    pub fn updated(&self, voter: &Voter) -> Option<VoterSet> {
        let known = self.0.get(&voter.key.id)?;
        if !known.key.matches(&voter.key) || known == voter {
            return None;
        }
        let mut voters = self.0.clone();
        voters.insert(voter.key.id, voter.clone());
        Some(VoterSet(voters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_disk_makes_another_replica_and_an_unknown_directory_matches_any() {
        let known = ReplicaKey::new(1, Uuid::from_halves(7, 7));
        let replaced = ReplicaKey::new(1, Uuid::from_halves(8, 8));
        let anywhere = ReplicaKey::new(1, Uuid::ZERO);
        assert!(!known.matches(&replaced));
        assert!(anywhere.matches(&replaced));
        assert!(!known.matches(&anywhere));
    }
}
