//! What a StreamsGroupHeartbeat must look like, whatever the group: Kafka's rules, in its order and
//! words.

use base::{ErrorCode, Str};
use protocol::messages::StreamsGroupHeartbeatRequest;
use protocol::messages::streams_group_heartbeat_request::TaskIds;

use super::configure::ConfiguredTopology;
use super::group::StreamsGroup;
use super::member::Member;
use super::tasks::{AssignedTasks, TaskSet, without_epochs};
use super::{LEAVE_GROUP_STATIC_MEMBER_EPOCH, Refusal};

fn invalid<T>(rule: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(ErrorCode::InvalidRequest, rule))
}

/// Checks a request by itself.
///
/// # Errors
/// INVALID_REQUEST, or STREAMS_INVALID_TOPOLOGY for a changelog with a number of partitions.
pub(super) fn check_request(request: &StreamsGroupHeartbeatRequest) -> Result<(), Refusal> {
    check_supported(request)?;
    let is_empty = |text: &Option<Str>| text.as_ref().is_some_and(|text| is_blank(text));
    if is_blank(&request.member_id) {
        return invalid("MemberId can't be empty.");
    }
    if is_blank(&request.group_id) {
        return invalid("GroupId can't be empty.");
    }
    if is_empty(&request.rack_id) {
        return invalid("RackId can't be empty.");
    }
    match request.member_epoch {
        0 => check_join(request)?,
        LEAVE_GROUP_STATIC_MEMBER_EPOCH => return invalid("InstanceId can't be null."),
        epoch if epoch < LEAVE_GROUP_STATIC_MEMBER_EPOCH => {
            return invalid(format!(
                "MemberEpoch is {epoch}, but must be greater than or equal to -2."
            ));
        }
        _ => {}
    }
    let tasks = [&request.active_tasks, &request.standby_tasks, &request.warmup_tasks];
    let given = tasks.iter().filter(|tasks| tasks.is_some()).count();
    if given != 0 && given != tasks.len() {
        return invalid("If one task-type is non-null, all must be non-null.");
    }
    if request.member_epoch != 0 && request.topology.is_some() {
        return invalid("Topology can only be provided when (re-)joining.");
    }
    Ok(())
}

/// Refuses what Kafka 4.3 has in its protocol and not in its coordinator.
fn check_supported(request: &StreamsGroupHeartbeatRequest) -> Result<(), Refusal> {
    if request.instance_id.is_some() {
        return invalid("Static membership is not yet supported.");
    }
    if request.task_offsets.is_some() {
        return invalid("TaskOffsets are not supported yet.");
    }
    if request.task_end_offsets.is_some() {
        return invalid("TaskEndOffsets are not supported yet.");
    }
    if has_some(&request.warmup_tasks) {
        return invalid("WarmupTasks are not supported yet.");
    }
    let mut subtopologies = request.topology.iter().flat_map(|topology| &topology.subtopologies);
    if subtopologies.any(|subtopology| !subtopology.source_topic_regex.is_empty()) {
        return invalid("Regular expressions for source topics are not supported yet.");
    }
    Ok(())
}

fn check_join(request: &StreamsGroupHeartbeatRequest) -> Result<(), Refusal> {
    if request.rebalance_timeout_ms == -1 {
        return invalid("RebalanceTimeoutMs must be provided in first request.");
    }
    // Empty, and not left out.
    let is_empty = |tasks: &Option<Vec<TaskIds>>| tasks.as_ref().is_some_and(Vec::is_empty);
    let all = [
        ("ActiveTasks", &request.active_tasks),
        ("StandbyTasks", &request.standby_tasks),
        ("WarmupTasks", &request.warmup_tasks),
    ];
    if let Some((name, _)) = all.iter().find(|(_, tasks)| !is_empty(tasks)) {
        return invalid(format!("{name} must be empty when (re-)joining."));
    }
    let Some(topology) = &request.topology else {
        return invalid("Topology must be non-null when (re-)joining.");
    };
    let mut changelogs = topology.subtopologies.iter().flat_map(|s| &s.state_changelog_topics);
    if let Some(topic) = changelogs.find(|topic| topic.partitions != 0) {
        return Err(Refusal::new(
            ErrorCode::StreamsInvalidTopology,
            format!(
                "Changelog topic {} must have an undefined partition count, but it is set to {}.",
                topic.name, topic.partitions
            ),
        ));
    }
    Ok(())
}

fn has_some(tasks: &Option<Vec<TaskIds>>) -> bool {
    tasks.as_ref().is_some_and(|tasks| !tasks.is_empty())
}

/// Java trims before it looks.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Whether the member may speak at the epoch that it names. The one before is accepted from a member
/// that owns nothing else than it was given since: it has not heard of the new one.
///
/// # Errors
/// FENCED_MEMBER_EPOCH.
pub(super) fn check_epoch(
    member: &Member,
    request: &StreamsGroupHeartbeatRequest,
) -> Result<(), Refusal> {
    let (received, known) = (request.member_epoch, member.epoch);
    let fenced = |how: &str| {
        Err(Refusal::new(
            ErrorCode::FencedMemberEpoch,
            format!(
                "The streams group member has a {how} member epoch ({received}) than the one known \
                 by the group coordinator ({known}). The member must abandon all its partitions and \
                 rejoin."
            ),
        ))
    };
    if received == 0 || received == known {
        Ok(())
    } else if received > known {
        fenced("greater")
    } else if received == member.previous_epoch && owns_only(request, &member.assigned) {
        Ok(())
    } else {
        fenced("smaller")
    }
}

fn owns_only(request: &StreamsGroupHeartbeatRequest, assigned: &AssignedTasks) -> bool {
    let within = |owned: &Option<Vec<TaskIds>>, assigned: &TaskSet| {
        owned.as_ref().is_some_and(|owned| {
            owned.iter().all(|tasks| {
                let of = assigned.get(&tasks.subtopology_id);
                of.is_some_and(|of| tasks.partitions.iter().all(|partition| of.contains(partition)))
            })
        })
    };
    within(&request.active_tasks, &without_epochs(&assigned.active))
        && within(&request.standby_tasks, &assigned.standby)
        && within(&request.warmup_tasks, &assigned.warmup)
}

/// Whether the tasks that a member says it owns exist.
///
/// # Errors
/// INVALID_REQUEST.
pub(super) fn check_tasks(
    configured: &ConfiguredTopology,
    request: &StreamsGroupHeartbeatRequest,
) -> Result<(), Refusal> {
    let all = [&request.active_tasks, &request.standby_tasks, &request.warmup_tasks];
    for tasks in all.into_iter().flatten().flatten() {
        let id = &tasks.subtopology_id;
        let subtopology = configured.subtopologies.as_ref().and_then(|all| all.get(id));
        let Some(subtopology) = subtopology else {
            return invalid(format!("Subtopology {id} does not exist in the topology."));
        };
        let count = subtopology.tasks;
        if let Some(task) = tasks.partitions.iter().find(|task| !(0..count).contains(*task)) {
            return invalid(format!(
                "Task {task} for subtopology {id} is invalid. Number of tasks for this subtopology: \
                 {count}"
            ));
        }
    }
    Ok(())
}

/// Whether the group can take one more. A member that rejoins is not told from a new one.
///
/// # Errors
/// GROUP_MAX_SIZE_REACHED.
pub(super) fn check_size(group: &StreamsGroup, max: i32) -> Result<(), Refusal> {
    if (group.members.len() as i64) < i64::from(max) {
        return Ok(());
    }
    let reason = format!("The streams group has reached its maximum capacity of {max} members.");
    Err(Refusal::new(ErrorCode::GroupMaxSizeReached, reason))
}
