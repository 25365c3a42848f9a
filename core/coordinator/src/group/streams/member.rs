//! A member of a streams group: one thread of an application, with what it said of itself and the
//! tasks it has been given.

use std::collections::BTreeMap;

use base::Str;

use super::tasks::AssignedTasks;

/// How far a member is on its way to its target assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberState {
    /// It has what it should have at its epoch.
    Stable,
    /// It must say that it gave tasks back before it goes to the next epoch.
    UnrevokedTasks,
    /// It is at the next epoch and waits for tasks that others have not given back.
    UnreleasedTasks,
    /// A state that a later release wrote.
    Unknown,
}

impl MemberState {
    pub fn from_code(code: i8) -> MemberState {
        match code {
            1 => MemberState::Stable,
            2 => MemberState::UnrevokedTasks,
            3 => MemberState::UnreleasedTasks,
            _ => MemberState::Unknown,
        }
    }

    pub fn code(self) -> i8 {
        match self {
            MemberState::Stable => 1,
            MemberState::UnrevokedTasks => 2,
            MemberState::UnreleasedTasks => 3,
            MemberState::Unknown => 127,
        }
    }
}

/// Where an application answers interactive queries (`application.server`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub host: Str,
    pub port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub id: Str,
    pub epoch: i32,
    /// The epoch before that: a member whose reply was lost still names it.
    pub previous_epoch: i32,
    pub state: MemberState,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub rebalance_timeout_ms: i32,
    pub topology_epoch: i32,
    /// Members of one process share its state directory: two of them never hold the same task.
    pub process_id: Str,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: BTreeMap<Str, Str>,
    pub assigned: AssignedTasks,
    pub pending_revocation: AssignedTasks,
}

impl Member {
    /// A member that has said nothing yet.
    pub fn new(id: &Str) -> Member {
        Member {
            id: id.detached(),
            epoch: 0,
            previous_epoch: 0,
            state: MemberState::Stable,
            instance_id: None,
            rack_id: None,
            client_id: Str::EMPTY,
            client_host: Str::EMPTY,
            rebalance_timeout_ms: -1,
            topology_epoch: -1,
            process_id: Str::EMPTY,
            user_endpoint: None,
            client_tags: BTreeMap::new(),
            assigned: AssignedTasks::default(),
            pending_revocation: AssignedTasks::default(),
        }
    }

    pub fn is_reconciled_to(&self, assignment_epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == assignment_epoch
    }
}
