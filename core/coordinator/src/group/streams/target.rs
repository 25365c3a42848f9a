//! The target assignment: what every member should have at an epoch of the group.

use std::collections::BTreeMap;

use base::Str;

use super::assignor::{MemberSpec, assign};
use super::configure::ConfiguredTopology;
use super::group::StreamsGroup;
use super::member::Member;
use super::records;
use super::tasks::Tasks;
use crate::group::GroupRecord;
use crate::machine::Context;

/// The configuration of the assignor that the group remembers.
pub(super) const STANDBY_REPLICAS: &str = "num.standby.replicas";

/// Whether an assignment may be made now: not before the interval after the last one has passed. With
/// an interval of 0 a clock that went back delays nothing.
pub(super) fn may_assign(group: &StreamsGroup, context: &Context<'_>, interval_ms: i32) -> bool {
    let last = group.assignment_timestamp.0;
    last == 0 || interval_ms == 0 || context.wall.0 >= last.saturating_add(interval_ms.into())
}

/// Assigns all tasks anew, and writes what is different now. `updated` stands for the member of its
/// id, which may be new.
pub(super) fn compute(
    group: &StreamsGroup,
    epoch: i32,
    updated: Option<&Member>,
    configured: &ConfiguredTopology,
    configs: &BTreeMap<Str, Str>,
    context: &Context<'_>,
    writes: &mut Vec<GroupRecord>,
) -> BTreeMap<Str, Tasks> {
    let none = Tasks::default();
    let members = group.members.iter().chain(updated.map(|member| (&member.id, member)));
    let specs: BTreeMap<Str, MemberSpec<'_>> = members
        .map(|(id, member)| {
            let assigned = group.target.get(id).unwrap_or(&none);
            (id.clone(), MemberSpec { process_id: &member.process_id, assigned })
        })
        .collect();
    let replicas = configs.get(STANDBY_REPLICAS).and_then(|text| text.parse().ok()).unwrap_or(0);
    let target = match &configured.subtopologies {
        Some(subtopologies) if configured.is_ready() => assign(&specs, subtopologies, replicas),
        _ => specs.keys().map(|id| (id.clone(), Tasks::default())).collect(),
    };
    for (member, tasks) in &target {
        if group.target.get(member) != Some(tasks) {
            writes.push(records::target(&group.id, member, tasks));
        }
    }
    writes.push(records::target_metadata(&group.id, epoch, context.wall));
    target
}
