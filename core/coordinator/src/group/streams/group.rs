//! A streams group: what its records say, and what is remembered only while the shard is loaded.
//!
//! Of the first kind [`StreamsGroup::apply`] is the only mutator. The second kind is for speed or best
//! effort, as in Kafka: the topology on the topics that exist, whether they have changed since,
//! who asked for the application's end, and the epoch of the endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::{ErrorCode, Str, WallMs};

use super::Refusal;
use super::configure::ConfiguredTopology;
use super::member::Member;
use super::tasks::{AssignedTasks, Tasks};
use super::topology::Topology;

/// States of the group, with the names that clients know them by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::group) enum State {
    Empty,
    /// Topics are missing or do not fit the topology.
    NotReady,
    Assigning,
    Reconciling,
    Stable,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Empty => "Empty",
            State::NotReady => "NotReady",
            State::Assigning => "Assigning",
            State::Reconciling => "Reconciling",
            State::Stable => "Stable",
        }
    }
}

#[derive(Clone, Debug)]
pub(in crate::group) struct StreamsGroup {
    pub(super) id: Str,
    /// Counts what needs a new assignment: members, topology, topics, configuration.
    pub(super) epoch: i32,
    pub(super) metadata_hash: i64,
    /// The epoch of the topology whose topics were all found in order; -1 if they were not.
    pub(super) validated_topology_epoch: i32,
    pub(super) last_assignment_configs: BTreeMap<Str, Str>,
    pub(super) topology: Option<Arc<Topology>>,
    pub(super) members: BTreeMap<Str, Member>,
    /// The group epoch that the target assignment was computed for.
    pub(super) assignment_epoch: i32,
    /// When it was computed; 0 if that is not known.
    pub(super) assignment_timestamp: WallMs,
    pub(super) target: BTreeMap<Str, Tasks>,
    pub(super) owners: Owners,

    // ---- not replicated ----
    pub(super) configured: Option<Arc<ConfiguredTopology>>,
    /// Whether `metadata_hash` holds for the topics as they are.
    pub(super) metadata: Freshness,
    /// The member that asked for the end of the application, until the group is empty.
    pub(super) shutdown_requested_by: Option<Str>,
    pub(super) endpoint_epoch: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    Fresh,
    Stale,
}

/// Which processes hold which tasks. What a member still has to give back counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    active: BTreeMap<Str, BTreeMap<i32, Str>>,
    standby: BTreeMap<Str, BTreeMap<i32, BTreeSet<Str>>>,
    warmup: BTreeMap<Str, BTreeMap<i32, BTreeSet<Str>>>,
}

static NOBODY: BTreeSet<Str> = BTreeSet::new();

impl Owners {
    pub fn active(&self, subtopology: &str, partition: i32) -> Option<&Str> {
        self.active.get(subtopology)?.get(&partition)
    }

    pub fn standby(&self, subtopology: &str, partition: i32) -> &BTreeSet<Str> {
        let of = self.standby.get(subtopology);
        of.and_then(|partitions| partitions.get(&partition)).unwrap_or(&NOBODY)
    }

    pub fn warmup(&self, subtopology: &str, partition: i32) -> &BTreeSet<Str> {
        let of = self.warmup.get(subtopology);
        of.and_then(|partitions| partitions.get(&partition)).unwrap_or(&NOBODY)
    }

    fn add(&mut self, member: &Member) {
        let process = &member.process_id;
        for AssignedTasks { active, standby, warmup } in
            [&member.assigned, &member.pending_revocation]
        {
            for (subtopology, partitions) in active {
                let owners = self.active.entry(subtopology.clone()).or_default();
                owners.extend(partitions.keys().map(|partition| (*partition, process.clone())));
            }
            for (tasks, owners) in [(standby, &mut self.standby), (warmup, &mut self.warmup)] {
                for (subtopology, partitions) in tasks {
                    let owners = owners.entry(subtopology.clone()).or_default();
                    for partition in partitions {
                        owners.entry(*partition).or_default().insert(process.clone());
                    }
                }
            }
        }
    }

    /// Takes away what `member` holds. An active task that has gone to another process stays there.
    fn remove(&mut self, member: &Member) {
        let process = &member.process_id;
        for AssignedTasks { active, standby, warmup } in
            [&member.assigned, &member.pending_revocation]
        {
            for (subtopology, partitions) in active {
                let Some(owners) = self.active.get_mut(subtopology) else { continue };
                for partition in partitions.keys() {
                    if owners.get(partition) == Some(process) {
                        owners.remove(partition);
                    }
                }
                if owners.is_empty() {
                    self.active.remove(subtopology);
                }
            }
            for (tasks, all) in [(standby, &mut self.standby), (warmup, &mut self.warmup)] {
                for (subtopology, partitions) in tasks {
                    let Some(owners) = all.get_mut(subtopology) else { continue };
                    for partition in partitions {
                        let Some(processes) = owners.get_mut(partition) else { continue };
                        processes.remove(process);
                        if processes.is_empty() {
                            owners.remove(partition);
                        }
                    }
                    if owners.is_empty() {
                        all.remove(subtopology);
                    }
                }
            }
        }
    }
}

impl StreamsGroup {
    pub(super) fn new(id: Str) -> StreamsGroup {
        StreamsGroup {
            id,
            epoch: 1,
            metadata_hash: 0,
            validated_topology_epoch: 0,
            last_assignment_configs: BTreeMap::new(),
            topology: None,
            members: BTreeMap::new(),
            assignment_epoch: 1,
            assignment_timestamp: WallMs(0),
            target: BTreeMap::new(),
            owners: Owners::default(),
            configured: None,
            metadata: Freshness::Stale,
            shutdown_requested_by: None,
            endpoint_epoch: 0,
        }
    }

    pub(in crate::group) fn state(&self) -> State {
        let is_validated =
            |topology: &Arc<Topology>| topology.epoch == self.validated_topology_epoch;
        if self.members.is_empty() {
            State::Empty
        } else if !self.topology.as_ref().is_some_and(is_validated) {
            State::NotReady
        } else if self.epoch > self.assignment_epoch {
            State::Assigning
        } else if self.members.values().all(|m| m.is_reconciled_to(self.assignment_epoch)) {
            State::Stable
        } else {
            State::Reconciling
        }
    }

    pub(in crate::group) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The member of this id.
    ///
    /// # Errors
    /// UNKNOWN_MEMBER_ID.
    pub(super) fn member(&self, id: &str) -> Result<&Member, Refusal> {
        self.members.get(id).ok_or_else(|| {
            let reason = format!("Member {id} is not a member of group {}.", self.id);
            Refusal::new(ErrorCode::UnknownMemberId, reason)
        })
    }

    pub(super) fn member_or_new(&self, id: &Str) -> Member {
        self.members.get(id).cloned().unwrap_or_else(|| Member::new(id))
    }

    pub(super) fn put_member(&mut self, member: Member) {
        if let Some(old) = self.members.remove(&member.id) {
            self.owners.remove(&old);
        }
        self.owners.add(&member);
        self.members.insert(member.id.clone(), member);
    }

    pub(super) fn remove_member(&mut self, id: &str) {
        if let Some(old) = self.members.remove(id) {
            self.owners.remove(&old);
        }
        if self.members.is_empty() {
            self.shutdown_requested_by = None;
        }
    }

    /// Remembers the first member that asks for the end of the application.
    pub(super) fn request_shutdown(&mut self, member: &Str) {
        self.shutdown_requested_by.get_or_insert_with(|| member.detached());
    }
}
