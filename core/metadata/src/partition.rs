//! What the metadata says of one partition, and how it changes: who holds it, who is in sync, who
//! leads.
//!
//! A [`Partition`] changes only by a [`PartitionChange`], which names the fields that differ and
//! is what a PartitionChangeRecord carries. The change is worked out by [`ChangeBuilder`]: the
//! caller says what should become of replicas and ISR, and the builder adds what follows from it,
//! in this order because each step sees the result of the one before: a finished reassignment,
//! the eligible leader replicas (KIP-966), the election, the leader epoch bump.

use std::collections::BTreeSet;

use base::{BrokerId, LeaderEpoch, PartitionEpoch, Uuid};

use crate::MetadataVersion;

/// Whether a leader that was elected from outside the ISR has finished its recovery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeaderRecoveryState {
    #[default]
    Recovered,
    Recovering,
}

impl LeaderRecoveryState {
    /// The code in records and requests.
    pub fn code(self) -> i8 {
        match self {
            LeaderRecoveryState::Recovered => 0,
            LeaderRecoveryState::Recovering => 1,
        }
    }

    pub fn from_code(code: i8) -> Option<LeaderRecoveryState> {
        match code {
            0 => Some(LeaderRecoveryState::Recovered),
            1 => Some(LeaderRecoveryState::Recovering),
            _ => None,
        }
    }
}

/// The registration of one partition. Some 200 bytes; shared between images until it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The first one is the preferred leader.
    pub replicas: Box<[BrokerId]>,
    /// The log directory of each replica, in the order of `replicas`.
    pub directories: Box<[Uuid]>,
    pub isr: Box<[BrokerId]>,
    pub removing: Box<[BrokerId]>,
    pub adding: Box<[BrokerId]>,
    /// Left the ISR when it fell below min.insync.replicas, but hold everything up to the high
    /// watermark.
    pub elr: Box<[BrokerId]>,
    /// While there is no leader: the last one.
    pub last_known_elr: Box<[BrokerId]>,
    /// [`BrokerId::NONE`] if nobody leads.
    pub leader: BrokerId,
    pub leader_recovery_state: LeaderRecoveryState,
    pub leader_epoch: LeaderEpoch,
    pub partition_epoch: PartitionEpoch,
}

impl Partition {
    /// A new partition, led by the first in-sync replica.
    pub fn new(replicas: Vec<BrokerId>, directories: Vec<Uuid>, isr: Vec<BrokerId>) -> Partition {
        Partition {
            leader: isr.first().copied().unwrap_or(BrokerId::NONE),
            replicas: replicas.into(),
            directories: directories.into(),
            isr: isr.into(),
            removing: Box::default(),
            adding: Box::default(),
            elr: Box::default(),
            last_known_elr: Box::default(),
            leader_recovery_state: LeaderRecoveryState::Recovered,
            leader_epoch: LeaderEpoch(0),
            partition_epoch: PartitionEpoch(0),
        }
    }

    pub fn has_leader(&self) -> bool {
        self.leader != BrokerId::NONE
    }

    pub fn has_preferred_leader(&self) -> bool {
        self.replicas.first() == Some(&self.leader)
    }

    pub fn is_reassigning(&self) -> bool {
        !self.adding.is_empty() || !self.removing.is_empty()
    }

    pub fn is_replica(&self, broker: BrokerId) -> bool {
        self.replicas.contains(&broker)
    }

    /// The log directory of `broker`'s replica; None if it holds none.
    pub fn directory(&self, broker: BrokerId) -> Option<Uuid> {
        let index = self.replicas.iter().position(|replica| *replica == broker)?;
        self.directories.get(index).copied()
    }

    /// This partition after `change`. Every change is one more partition epoch; naming a leader,
    /// even the same one, is one more leader epoch.
    pub fn with(&self, change: &PartitionChange) -> Partition {
        let list = |new: &Option<Vec<BrokerId>>, old: &[BrokerId]| -> Box<[BrokerId]> {
            match new {
                Some(new) => new.as_slice().into(),
                None => old.into(),
            }
        };
        let replicas = list(&change.replicas, &self.replicas);
        let directories = match &change.directories {
            Some(directories) => directories.clone().into_boxed_slice(),
            None => self.directories.clone(),
        };
        Partition {
            directories: migrating_unless_named(directories, replicas.len()),
            replicas,
            isr: list(&change.isr, &self.isr),
            removing: list(&change.removing, &self.removing),
            adding: list(&change.adding, &self.adding),
            elr: list(&change.elr, &self.elr),
            last_known_elr: list(&change.last_known_elr, &self.last_known_elr),
            leader: change.leader.unwrap_or(self.leader),
            leader_recovery_state: change
                .leader_recovery_state
                .unwrap_or(self.leader_recovery_state),
            leader_epoch: LeaderEpoch(
                self.leader_epoch.0.saturating_add(i32::from(change.leader.is_some())),
            ),
            partition_epoch: PartitionEpoch(self.partition_epoch.0.saturating_add(1)),
        }
    }
}

/// Records of clusters before KIP-858 name no directories, or the reserved id: such replicas are
/// on the only directory their broker has. All other lists are kept as they are.
pub(crate) fn migrating_unless_named(directories: Box<[Uuid]>, replicas: usize) -> Box<[Uuid]> {
    if directories.iter().all(|directory| *directory == Uuid::DIRECTORY_MIGRATING) {
        vec![Uuid::DIRECTORY_MIGRATING; replicas].into_boxed_slice()
    } else {
        directories
    }
}

/// The fields of a partition that differ. `None`: unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionChange {
    pub isr: Option<Vec<BrokerId>>,
    /// `Some(BrokerId::NONE)`: nobody leads any more.
    pub leader: Option<BrokerId>,
    pub replicas: Option<Vec<BrokerId>>,
    pub directories: Option<Vec<Uuid>>,
    pub removing: Option<Vec<BrokerId>>,
    pub adding: Option<Vec<BrokerId>>,
    pub leader_recovery_state: Option<LeaderRecoveryState>,
    pub elr: Option<Vec<BrokerId>>,
    pub last_known_elr: Option<Vec<BrokerId>>,
}

impl PartitionChange {
    pub fn is_empty(&self) -> bool {
        *self == PartitionChange::default()
    }

    /// Forgets the eligible leader replicas; None if there are none to forget.
    pub fn clear_elr(partition: &Partition) -> Option<PartitionChange> {
        if partition.elr.is_empty() && partition.last_known_elr.is_empty() {
            return None;
        }
        Some(PartitionChange {
            elr: Some(Vec::new()),
            last_known_elr: Some(Vec::new()),
            ..PartitionChange::default()
        })
    }
}

/// How far an election may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// Give the lead to the preferred replica if it is in sync.
    Preferred,
    /// Keep a leader from among the ISR, or from the ELR when the ISR is empty.
    Online,
    /// As online, but rather lose records than be without a leader.
    Unclean,
}

/// What the change of a partition depends on, apart from the partition.
pub struct ChangeRules<'a> {
    pub metadata_version: MetadataVersion,
    pub elr_enabled: bool,
    /// min.insync.replicas of the topic, at most its replication factor.
    pub min_isr: usize,
    /// Whether a replica may lead: its broker is active and its log directory online.
    pub may_lead: &'a dyn Fn(BrokerId) -> bool,
    /// The directory of a replica that is new on a broker.
    pub default_directory: &'a dyn Fn(BrokerId) -> Uuid,
}

/// Works out one change of one partition.
pub struct ChangeBuilder<'a> {
    partition: &'a Partition,
    rules: ChangeRules<'a>,
    pub election: Election,
    pub isr: Vec<BrokerId>,
    pub replicas: Vec<BrokerId>,
    pub removing: Vec<BrokerId>,
    pub adding: Vec<BrokerId>,
    pub leader_recovery_state: LeaderRecoveryState,
    /// A broker that came back without its last records: it must not count as eligible.
    pub unclean_shutdown: Option<BrokerId>,
    /// A replica that its broker moved to another directory.
    pub moved: Option<(BrokerId, Uuid)>,
    elr: Vec<BrokerId>,
}

impl<'a> ChangeBuilder<'a> {
    /// A builder whose targets are the partition as it is.
    pub fn new(partition: &'a Partition, rules: ChangeRules<'a>) -> ChangeBuilder<'a> {
        ChangeBuilder {
            election: Election::Online,
            isr: partition.isr.to_vec(),
            replicas: partition.replicas.to_vec(),
            removing: partition.removing.to_vec(),
            adding: partition.adding.to_vec(),
            leader_recovery_state: partition.leader_recovery_state,
            unclean_shutdown: None,
            moved: None,
            elr: partition.elr.to_vec(),
            partition,
            rules,
        }
    }

    /// The change, or None if nothing differs.
    pub fn build(mut self) -> Option<PartitionChange> {
        let mut change = PartitionChange::default();
        self.complete_reassignment();
        self.populate_elr();
        self.elect(&mut change);
        self.bump_leader_epoch_if_a_replica_left(&mut change);
        self.record_elr(&mut change);
        // With ELR an ISR may be empty; without it the last member stays, though dead.
        let may_set_isr = !self.isr.is_empty() || self.rules.elr_enabled;
        if change.isr.is_none() && may_set_isr && self.isr[..] != self.partition.isr[..] {
            change.isr = Some(self.isr.clone());
        }
        self.bump_leader_epoch_if_the_isr_shrank(&mut change);
        self.record_last_known_leader(&mut change);
        self.record_assignment(&mut change);
        if self.leader_recovery_state != self.partition.leader_recovery_state {
            change.leader_recovery_state = Some(self.leader_recovery_state);
        }
        (!change.is_empty()).then_some(change)
    }

    fn complete_reassignment(&mut self) {
        let completed =
            complete_reassignment(&self.replicas, &self.adding, &self.removing, &self.isr);
        if let Some((replicas, isr)) = completed {
            self.replicas = replicas;
            self.isr = isr;
            self.removing.clear();
            self.adding.clear();
        }
    }

    /// Whoever leaves an ISR that is below the minimum still holds every committed record, because
    /// the high watermark stands still meanwhile: it becomes eligible.
    fn populate_elr(&mut self) {
        if !self.rules.elr_enabled {
            return;
        }
        if self.isr.len() >= self.rules.min_isr {
            self.elr.clear();
            return;
        }
        let candidates: BTreeSet<BrokerId> =
            self.elr.iter().chain(self.partition.isr.iter()).copied().collect();
        self.elr = candidates
            .into_iter()
            .filter(|id| !self.isr.contains(id) && self.unclean_shutdown != Some(*id))
            .collect();
    }

    fn elect(&mut self, change: &mut PartitionChange) {
        let (leader, unclean) = match self.election {
            Election::Preferred => self.preferred_leader(),
            Election::Online | Election::Unclean => self.any_leader(),
        };
        if leader == self.partition.leader {
            return;
        }
        if self.elr.contains(&leader) {
            self.isr = vec![leader];
            self.elr.retain(|id| *id != leader);
        }
        change.leader = Some(leader);
        if unclean {
            // Records that only other replicas hold are lost, so only the leader is in sync.
            change.isr = Some(vec![leader]);
            if self.partition.leader_recovery_state != LeaderRecoveryState::Recovering {
                change.leader_recovery_state = Some(LeaderRecoveryState::Recovering);
            }
        }
    }

    /// The leader, and whether its election is unclean.
    fn preferred_leader(&self) -> (BrokerId, bool) {
        let preferred = self.replicas.first().copied().filter(|id| self.is_valid_leader(*id));
        match preferred {
            Some(preferred) => (preferred, false),
            None => self.clean_leader().unwrap_or((BrokerId::NONE, false)),
        }
    }

    fn any_leader(&self) -> (BrokerId, bool) {
        if let Some(found) = self.clean_leader() {
            return found;
        }
        if self.election == Election::Unclean {
            let any = self.replicas.iter().find(|id| (self.rules.may_lead)(**id));
            if let Some(any) = any {
                return (*any, true);
            }
        }
        (BrokerId::NONE, false)
    }

    /// The present leader if it may stay, else the first replica that may take over, else the last
    /// known leader.
    fn clean_leader(&self) -> Option<(BrokerId, bool)> {
        if self.is_valid_leader(self.partition.leader) {
            return Some((self.partition.leader, false));
        }
        if let Some(online) = self.replicas.iter().find(|id| self.is_valid_leader(**id)) {
            return Some((*online, false));
        }
        self.last_known_leader().map(|leader| (leader, true))
    }

    fn is_valid_leader(&self, id: BrokerId) -> bool {
        let in_sync = self.isr.contains(&id) || (self.isr.is_empty() && self.elr.contains(&id));
        in_sync && (self.rules.may_lead)(id)
    }

    /// With ISR and ELR empty, the last leader has at least as much as anyone.
    fn last_known_leader(&self) -> Option<BrokerId> {
        if !self.rules.elr_enabled || !self.elr.is_empty() || !self.isr.is_empty() {
            return None;
        }
        match self.partition.last_known_elr[..] {
            [leader] if (self.rules.may_lead)(leader) => Some(leader),
            _ => None,
        }
    }

    fn bump_leader_epoch_if_a_replica_left(&self, change: &mut PartitionChange) {
        let stays = |id: &BrokerId| self.replicas.contains(id);
        if change.leader.is_none() && !self.partition.replicas.iter().all(stays) {
            change.leader = Some(self.partition.leader);
        }
    }

    fn bump_leader_epoch_if_the_isr_shrank(&self, change: &mut PartitionChange) {
        if !self.rules.metadata_version.bumps_leader_epoch_on_isr_shrink() {
            return;
        }
        let shrank = change
            .isr
            .as_ref()
            .is_some_and(|isr| !self.partition.isr.iter().all(|id| isr.contains(id)));
        if change.leader.is_none() && shrank {
            change.leader = Some(self.partition.leader);
        }
    }

    fn record_elr(&mut self, change: &mut PartitionChange) {
        // An ISR that is already set means an unclean election, after which nobody else is
        // eligible.
        if change.isr.is_some() || !self.rules.elr_enabled {
            self.elr.clear();
        }
        if self.elr[..] != self.partition.elr[..] {
            change.elr = Some(self.elr.clone());
        }
    }

    fn record_last_known_leader(&self, change: &mut PartitionChange) {
        if !self.rules.elr_enabled {
            return;
        }
        match change.leader {
            Some(BrokerId::NONE) if self.partition.last_known_elr.is_empty() => {
                change.last_known_elr = Some(vec![self.partition.leader]);
            }
            Some(leader) if leader.0 >= 0 && !self.partition.last_known_elr.is_empty() => {
                change.last_known_elr = Some(Vec::new());
            }
            _ => {}
        }
    }

    fn record_assignment(&self, change: &mut PartitionChange) {
        if !self.replicas.is_empty() {
            if self.rules.metadata_version.supports_directory_assignment() {
                let directories: Vec<Uuid> =
                    self.replicas.iter().map(|id| self.directory(*id)).collect();
                if directories[..] != self.partition.directories[..] {
                    change.directories = Some(directories);
                }
            }
            if self.replicas[..] != self.partition.replicas[..] {
                change.replicas = Some(self.replicas.clone());
            }
        }
        if self.removing[..] != self.partition.removing[..] {
            change.removing = Some(self.removing.clone());
        }
        if self.adding[..] != self.partition.adding[..] {
            change.adding = Some(self.adding.clone());
        }
    }

    fn directory(&self, id: BrokerId) -> Uuid {
        match self.moved {
            Some((moved, directory)) if moved == id => directory,
            _ => self.partition.directory(id).unwrap_or_else(|| (self.rules.default_directory)(id)),
        }
    }
}

/// Replicas and ISR after a reassignment that is ready to finish: every added replica is in sync,
/// and something remains. When the factor shrinks, all remaining replicas must be in sync, or
/// finishing would leave fewer in-sync replicas than going on.
fn complete_reassignment(
    replicas: &[BrokerId],
    adding: &[BrokerId],
    removing: &[BrokerId],
    isr: &[BrokerId],
) -> Option<(Vec<BrokerId>, Vec<BrokerId>)> {
    if adding.is_empty() && removing.is_empty() {
        return None;
    }
    let remaining = |list: &[BrokerId]| -> Vec<BrokerId> {
        list.iter().copied().filter(|id| !removing.contains(id)).collect()
    };
    let (new_replicas, new_isr) = (remaining(replicas), remaining(isr));
    let emptied = !removing.is_empty() && (new_isr.is_empty() || new_replicas.is_empty());
    let all_added = adding.iter().all(|id| new_isr.contains(id));
    let shrinks = adding.len() < removing.len();
    let all_in_sync = new_replicas.iter().all(|id| new_isr.contains(id));
    (!emptied && all_added && (!shrinks || all_in_sync)).then_some((new_replicas, new_isr))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(list: &[i32]) -> Vec<BrokerId> {
        list.iter().copied().map(BrokerId).collect()
    }

    fn partition(replicas: &[i32], isr: &[i32]) -> Partition {
        let directories =
            replicas.iter().map(|id| Uuid::from_halves(9, 100 + *id as u64)).collect();
        Partition::new(ids(replicas), directories, ids(isr))
    }

    /// Builds a change in a cluster where only `active` brokers may lead.
    fn change(
        partition: &Partition,
        active: &[i32],
        min_isr: usize,
        set: impl FnOnce(&mut ChangeBuilder),
    ) -> Option<PartitionChange> {
        let may_lead = |id: BrokerId| active.contains(&id.0);
        let default_directory = |id: BrokerId| Uuid::from_halves(9, 100 + id.0 as u64);
        let mut builder = ChangeBuilder::new(
            partition,
            ChangeRules {
                metadata_version: MetadataVersion::LATEST_PRODUCTION,
                elr_enabled: true,
                min_isr,
                may_lead: &may_lead,
                default_directory: &default_directory,
            },
        );
        set(&mut builder);
        builder.build()
    }

    #[test]
    fn nothing_changes_while_the_leader_is_well() {
        assert_eq!(change(&partition(&[1, 2, 3], &[1, 2, 3]), &[1, 2, 3], 2, |_| {}), None);
    }

    #[test]
    fn a_fenced_leader_hands_over_to_the_next_replica_in_sync() {
        let before = partition(&[1, 2, 3], &[1, 2, 3]);
        let change = change(&before, &[2, 3], 2, |b| b.isr = ids(&[2, 3])).unwrap();
        let after = before.with(&change);
        assert_eq!((after.leader, after.leader_epoch), (BrokerId(2), LeaderEpoch(1)));
        assert_eq!(after.isr[..], ids(&[2, 3])[..]);
        assert!(after.elr.is_empty());
    }

    #[test]
    fn who_leaves_an_isr_below_the_minimum_becomes_eligible_and_may_lead_it_again() {
        let p0 = partition(&[1, 2, 3], &[1, 2]);
        let p1 = p0.with(&change(&p0, &[1], 2, |b| b.isr = ids(&[1])).unwrap());
        assert_eq!((p1.elr[..].to_vec(), p1.leader), (ids(&[2]), BrokerId(1)));

        let p2 = p1.with(&change(&p1, &[], 2, |b| b.isr = Vec::new()).unwrap());
        assert_eq!(p2.elr[..], ids(&[1, 2])[..]);
        assert_eq!(p2.leader, BrokerId::NONE);
        assert_eq!(p2.last_known_elr[..], ids(&[1])[..]);

        let p3 = p2.with(&change(&p2, &[2], 2, |_| {}).unwrap());
        assert_eq!((p3.leader, p3.isr[..].to_vec()), (BrokerId(2), ids(&[2])));
        assert_eq!(p3.elr[..], ids(&[1])[..]);
        assert!(p3.last_known_elr.is_empty());
        assert_eq!(p3.leader_recovery_state, LeaderRecoveryState::Recovered);
    }

    #[test]
    fn an_unclean_shutdown_is_never_eligible_and_the_last_leader_recovers_uncleanly() {
        let p0 = partition(&[1], &[1]);
        let p1 = p0.with(
            &change(&p0, &[], 1, |b| {
                b.isr = Vec::new();
                b.unclean_shutdown = Some(BrokerId(1));
            })
            .unwrap(),
        );
        assert!(p1.isr.is_empty() && p1.elr.is_empty());
        assert_eq!(p1.last_known_elr[..], ids(&[1])[..]);

        let p2 = p1.with(&change(&p1, &[1], 1, |_| {}).unwrap());
        assert_eq!((p2.leader, p2.isr[..].to_vec()), (BrokerId(1), ids(&[1])));
        assert_eq!(p2.leader_recovery_state, LeaderRecoveryState::Recovering);
    }

    #[test]
    fn an_unclean_election_takes_anyone_when_nobody_is_in_sync() {
        let p0 = partition(&[1, 2], &[1]);
        assert_eq!(change(&p0, &[2], 1, |_| {}).unwrap().leader, Some(BrokerId::NONE));
        let change = change(&p0, &[2], 1, |b| b.election = Election::Unclean).unwrap();
        let p1 = p0.with(&change);
        assert_eq!((p1.leader, p1.isr[..].to_vec()), (BrokerId(2), ids(&[2])));
        assert_eq!(p1.leader_recovery_state, LeaderRecoveryState::Recovering);
    }

    #[test]
    fn a_preferred_election_moves_the_lead_home() {
        let mut p0 = partition(&[1, 2], &[2, 1]);
        p0.leader = BrokerId(2);
        assert_eq!(change(&p0, &[1, 2], 1, |_| {}), None);
        let change = change(&p0, &[1, 2], 1, |b| b.election = Election::Preferred).unwrap();
        assert_eq!(change.leader, Some(BrokerId(1)));
    }

    #[test]
    fn a_reassignment_ends_when_the_added_replicas_are_in_sync() {
        let p0 = partition(&[1, 2], &[1, 2]);
        let p1 = p0.with(
            &change(&p0, &[1, 2, 3], 1, |b| {
                b.replicas = ids(&[3, 1, 2]);
                b.adding = ids(&[3]);
                b.removing = ids(&[2]);
            })
            .unwrap(),
        );
        assert!(p1.is_reassigning());
        assert_eq!((p1.leader_epoch, p1.directories.len()), (LeaderEpoch(0), 3));

        let p2 = p1.with(&change(&p1, &[1, 2, 3], 1, |b| b.isr = ids(&[1, 2, 3])).unwrap());
        assert!(!p2.is_reassigning());
        assert_eq!((p2.replicas[..].to_vec(), p2.isr[..].to_vec()), (ids(&[3, 1]), ids(&[1, 3])));
        assert_eq!(p2.leader_epoch, LeaderEpoch(1), "a replica left, so the epoch moves on");
        assert_eq!(p2.directory(BrokerId(3)), Some(Uuid::from_halves(9, 103)));
    }
}
