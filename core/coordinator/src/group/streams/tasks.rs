//! Tasks: a subtopology of a topology, on one partition of its input.
//!
//! A member runs a task as active (it processes, and commits), as standby (it keeps the state of a
//! task that is active elsewhere) or as warm-up (it builds that state before the task moves to it).
//! An active task remembers the epoch at which its member got it, so that a commit of an earlier
//! owner is told from one that was on its way while the member moved on (KIP-1251).

use std::collections::{BTreeMap, BTreeSet};

use base::Str;
use protocol::messages::{streams_group_describe_response, streams_group_heartbeat_response};

/// Partitions by subtopology. A subtopology without partitions is not listed.
pub(super) type TaskSet = BTreeMap<Str, BTreeSet<i32>>;

/// Assignment epochs by partition by subtopology.
pub(super) type EpochTaskSet = BTreeMap<Str, BTreeMap<i32, i32>>;

/// Tasks of the three roles: a target assignment, or what a member says it owns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tasks {
    pub active: TaskSet,
    pub standby: TaskSet,
    pub warmup: TaskSet,
}

/// Tasks that a member has been given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AssignedTasks {
    pub active: EpochTaskSet,
    pub standby: TaskSet,
    pub warmup: TaskSet,
}

impl Tasks {
    /// Whether one of `tasks` is among these in the same role.
    pub fn contains_any(&self, tasks: &AssignedTasks) -> bool {
        let active = |subtopology: &Str, partition: &i32| {
            self.active.get(subtopology).is_some_and(|owned| owned.contains(partition))
        };
        let is_active = tasks
            .active
            .iter()
            .any(|(subtopology, partitions)| partitions.keys().any(|p| active(subtopology, p)));
        is_active || meet(&self.standby, &tasks.standby) || meet(&self.warmup, &tasks.warmup)
    }
}

impl AssignedTasks {
    pub fn is_empty(&self) -> bool {
        self.active.is_empty() && self.standby.is_empty() && self.warmup.is_empty()
    }

    /// Adds tasks; an active one that is here already takes the epoch of `more`.
    pub fn merge(&mut self, more: AssignedTasks) {
        for (subtopology, partitions) in more.active {
            self.active.entry(subtopology).or_default().extend(partitions);
        }
        for (mine, theirs) in [(&mut self.standby, more.standby), (&mut self.warmup, more.warmup)] {
            for (subtopology, partitions) in theirs {
                mine.entry(subtopology).or_default().extend(partitions);
            }
        }
    }

    /// The epoch at which the member got an active task.
    pub fn assignment_epoch(&self, subtopology: &str, partition: i32) -> Option<i32> {
        self.active.get(subtopology)?.get(&partition).copied()
    }
}

/// Whether two sets have a task in common.
fn meet(a: &TaskSet, b: &TaskSet) -> bool {
    a.iter().any(|(subtopology, partitions)| {
        b.get(subtopology).is_some_and(|others| !partitions.is_disjoint(others))
    })
}

/// The tasks of active roles without their epochs.
pub(super) fn without_epochs(tasks: &EpochTaskSet) -> TaskSet {
    let partitions = |of: &BTreeMap<i32, i32>| of.keys().copied().collect();
    tasks.iter().map(|(subtopology, of)| (subtopology.clone(), partitions(of))).collect()
}

/// Reads a set from the messages that carry one, each of which has a type of its own for it.
pub(super) fn task_set<'a>(listed: impl IntoIterator<Item = (&'a Str, &'a [i32])>) -> TaskSet {
    let mut tasks = TaskSet::new();
    for (subtopology, partitions) in listed {
        tasks.entry(subtopology.detached()).or_default().extend(partitions);
    }
    tasks
}

pub(super) fn in_heartbeat(tasks: &TaskSet) -> Vec<streams_group_heartbeat_response::TaskIds> {
    let one = |(subtopology, partitions): (&Str, &BTreeSet<i32>)| {
        streams_group_heartbeat_response::TaskIds {
            subtopology_id: subtopology.clone(),
            partitions: partitions.iter().copied().collect(),
            ..Default::default()
        }
    };
    tasks.iter().map(one).collect()
}

pub(super) fn in_description(tasks: &TaskSet) -> Vec<streams_group_describe_response::TaskIds> {
    let one = |(subtopology, partitions): (&Str, &BTreeSet<i32>)| {
        streams_group_describe_response::TaskIds {
            subtopology_id: subtopology.clone(),
            partitions: partitions.iter().copied().collect(),
            ..Default::default()
        }
    };
    tasks.iter().map(one).collect()
}
