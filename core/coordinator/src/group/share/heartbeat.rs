//! ShareGroupHeartbeat: how a member joins, stays, learns what it consumes, and leaves.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, Str};
use metadata::Image;
use protocol::messages::initialize_share_group_state_request::{
    self as initialize, InitializeShareGroupStateRequest,
};
use protocol::messages::share_group_heartbeat_request::ShareGroupHeartbeatRequest;
use protocol::messages::share_group_heartbeat_response::{
    self as heartbeat, ShareGroupHeartbeatResponse,
};

use super::assignor::{self, Candidate};
use super::state_partitions::{StatePartitions, StateTopic};
use super::{
    Asked, Group, GroupShard, Member, Rejected, ShareGroup, Timer, TopicPartitions, records,
    rejected,
};
use crate::group::Counted;
use crate::group::subscription::{TopicHashes, topic_ids};
use crate::machine::{Call, Context, Output};

/// A member that leaves says so with this epoch.
const LEAVE_GROUP_MEMBER_EPOCH: i32 = -1;

/// What an offset is that nobody has decided yet: the partition's leader does.
pub(super) const UNINITIALIZED_START_OFFSET: i64 = -1;

/// The reply to a heartbeat, and what the broker has to do on the side.
#[derive(Clone, Debug)]
pub struct ShareHeartbeat {
    pub response: ShareGroupHeartbeatResponse,
    /// To be asked of share coordinators; the outcome is a [`ShareStateOutcome`]. The heartbeat does
    /// not wait for it.
    pub initialize: Option<InitializeShareGroupStateRequest>,
}

/// What came of initialising the state of share partitions.
#[derive(Clone, Debug)]
pub struct ShareStateOutcome {
    pub group_id: Str,
    pub partitions: TopicPartitions,
    pub outcome: StateOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateOutcome {
    Initialized,
    Failed,
}

/// The outcome has been written.
#[derive(Clone, Copy, Debug)]
pub struct ShareStateNoted;

impl GroupShard {
    pub(in crate::group) fn share_group_heartbeat(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<ShareGroupHeartbeatRequest>,
        out: &mut Output<GroupShard>,
    ) {
        let request = &asked.body;
        let decided = check(request).and_then(|()| {
            if request.member_epoch == LEAVE_GROUP_MEMBER_EPOCH {
                self.leave_share_group(context, request, out)
            } else {
                self.share_member_heartbeat(context, asked, out)
            }
        });
        let reply = decided.unwrap_or_else(|error| ShareHeartbeat {
            response: ShareGroupHeartbeatResponse {
                error_code: error.code.code(),
                error_message: Some(error.message.into()),
                member_id: None,
                assignment: None,
                ..ShareGroupHeartbeatResponse::default()
            },
            initialize: None,
        });
        out.reply(call, reply);
    }

    fn share_member_heartbeat(
        &mut self,
        context: &Context<'_>,
        asked: &Asked<ShareGroupHeartbeatRequest>,
        out: &mut Output<GroupShard>,
    ) -> Result<ShareHeartbeat, Rejected> {
        let request = &asked.body;
        let joins = request.member_epoch == 0;
        let group_id = request.group_id.detached();
        let member_id = request.member_id.detached();
        let new_group = ShareGroup::default();
        self.share_group_or_room(&group_id)?;
        let group = match self.groups.get(&group_id) {
            Some(Group::Share(group)) => group,
            _ if joins => &new_group,
            _ => {
                let message = format!("Share group {group_id} not found.");
                return Err(rejected(ErrorCode::GroupIdNotFound, message));
            }
        };
        let known = known_member(context, group, request)?;
        let before = known.cloned().unwrap_or_default();
        let member = heard(&before, asked);
        if member != before || known.is_none() {
            out.write(records::member(&group_id, &member_id, &member));
        }

        // The group, as it is after this heartbeat.
        let mut subscriptions: BTreeMap<&Str, &BTreeSet<Str>> =
            group.members.iter().map(|(id, member)| (id, &member.subscribed)).collect();
        subscriptions.insert(&member_id, &member.subscribed);
        let subscribed: BTreeSet<Str> =
            subscriptions.values().flat_map(|topics| topics.iter().cloned()).collect();
        let mut stepping = Stepping { context, group, group_id: &group_id, out };
        let is_changed = member.subscribed != before.subscribed;
        let step = stepping.epoch(is_changed, &subscribed, &mut self.topic_hashes);
        let config = Self::share_config(context, &group_id);
        let interval_ms = config.share_assignment_interval_ms;
        let target = stepping.target(&member_id, step.epoch, interval_ms, &subscriptions);

        let reconciled =
            reconcile(&member, target.epoch, &target.partitions, step.is_new, context.image);
        if reconciled != member {
            out.write(records::current(&group_id, &member_id, &reconciled));
        }
        let shows_assignment = joins
            || request.subscribed_topic_names.is_some()
            || reconciled.assigned != before.assigned;
        let response = ShareGroupHeartbeatResponse {
            error_message: None,
            member_id: Some(member_id.clone()),
            member_epoch: reconciled.epoch,
            heartbeat_interval_ms: config.share_heartbeat_interval_ms,
            assignment: shows_assignment.then(|| Box::new(shown(&reconciled.assigned))),
            ..ShareGroupHeartbeatResponse::default()
        };
        let state = group.state.clone();
        let initialize =
            initialize_missing(context, &group_id, step.epoch, state, &subscribed, out);

        if let Some(Group::Share(group)) = self.groups.get_mut(&group_id) {
            group.metadata_seen = step.metadata_seen;
        }
        let deadline = context.now.plus_ms(config.share_session_timeout_ms as u64);
        self.timers.set(Timer::ShareSession(group_id, member_id), deadline);
        Ok(ShareHeartbeat { response, initialize })
    }

    fn leave_share_group(
        &mut self,
        context: &Context<'_>,
        request: &ShareGroupHeartbeatRequest,
        out: &mut Output<GroupShard>,
    ) -> Result<ShareHeartbeat, Rejected> {
        let group = self.share_group(&request.group_id)?;
        if !group.members.contains_key(&request.member_id) {
            let (member, group) = (&request.member_id, &request.group_id);
            let message = format!("Member {member} is not a member of group {group}.");
            return Err(rejected(ErrorCode::UnknownMemberId, message));
        }
        self.remove_share_member(context, &request.group_id, &request.member_id, out);
        let response = ShareGroupHeartbeatResponse {
            error_message: None,
            member_id: Some(request.member_id.clone()),
            member_epoch: request.member_epoch,
            assignment: None,
            ..ShareGroupHeartbeatResponse::default()
        };
        Ok(ShareHeartbeat { response, initialize: None })
    }

    /// A member has not been heard of for too long.
    pub(in crate::group) fn share_session_expired(
        &mut self,
        context: &Context<'_>,
        group_id: &Str,
        member_id: &Str,
        out: &mut Output<GroupShard>,
    ) {
        if self.share_group(group_id).is_ok_and(|group| group.members.contains_key(member_id)) {
            self.remove_share_member(context, group_id, member_id, out);
        }
    }

    fn remove_share_member(
        &mut self,
        context: &Context<'_>,
        group_id: &Str,
        member_id: &Str,
        out: &mut Output<GroupShard>,
    ) {
        let group_id = group_id.detached();
        let member_id = member_id.detached();
        self.timers.cancel(&Timer::ShareSession(group_id.clone(), member_id.clone()));
        let Some(Group::Share(group)) = self.groups.get(&group_id) else { return };
        let others = group.members.iter().filter(|(id, _)| **id != member_id);
        let subscribed: BTreeSet<Str> =
            others.flat_map(|(_, member)| member.subscribed.iter().cloned()).collect();
        let hash = self.topic_hashes.of_group(&subscribed, context.image);
        for record in records::member_gone(&group_id, &member_id) {
            out.write(record);
        }
        out.write(records::epoch(&group_id, group.epoch + 1, hash));
    }

    // ---- the state of partitions ----

    /// Writes down what share coordinators said. The next heartbeat assigns what has become ready.
    pub(in crate::group) fn share_state_outcome(
        &mut self,
        context: &Context<'_>,
        call: Call,
        told: &ShareStateOutcome,
        out: &mut Output<GroupShard>,
    ) {
        if let Ok(group) = self.share_group(&told.group_id)
            && !told.partitions.is_empty()
        {
            let group_id = told.group_id.detached();
            let state = group.state.clone().unwrap_or_default();
            let next = match told.outcome {
                StateOutcome::Initialized => {
                    state.completing(&told.partitions, context.image, context.wall)
                }
                StateOutcome::Failed => state.failing(&told.partitions),
            };
            if told.outcome == StateOutcome::Initialized || next != state {
                out.write(records::state_partitions(&group_id, &next, context.image));
            }
        }
        out.reply(call, ShareStateNoted);
    }
}

/// A group that takes the steps for which a heartbeat gives cause.
struct Stepping<'a, 'o> {
    context: &'a Context<'a>,
    group: &'a ShareGroup,
    group_id: &'a Str,
    out: &'o mut Output<GroupShard>,
}

/// The epoch of a group after a heartbeat.
struct Step {
    epoch: i32,
    is_new: bool,
    metadata_seen: Option<i32>,
}

/// What a member is to consume.
struct Target {
    epoch: i32,
    partitions: TopicPartitions,
}

impl Stepping<'_, '_> {
    /// A new epoch begins with another subscription, with partitions that wait to be assigned, and when
    /// the topics are others than the group has seen.
    fn epoch(
        &mut self,
        is_changed: bool,
        subscribed: &BTreeSet<Str>,
        hashes: &mut TopicHashes,
    ) -> Step {
        let group = self.group;
        let mut is_new = is_changed
            || (group.assignment_epoch >= group.epoch && group.has_unassigned_partitions());
        if !is_new && !group.must_look_at_metadata() {
            return Step { epoch: group.epoch, is_new, metadata_seen: group.metadata_seen };
        }
        let hash = hashes.of_group(subscribed, self.context.image);
        is_new |= hash != group.metadata_hash;
        let epoch = group.epoch + i32::from(is_new);
        if is_new {
            self.out.write(records::epoch(self.group_id, epoch, hash));
            self.out.effect(Counted::ShareGroupRebalance);
        }
        Step { epoch, is_new, metadata_seen: Some(epoch) }
    }

    /// Assigns anew if the epoch has passed the assignment, and not sooner than the interval allows.
    fn target(
        &mut self,
        member_id: &Str,
        epoch: i32,
        interval_ms: i32,
        subscriptions: &BTreeMap<&Str, &BTreeSet<Str>>,
    ) -> Target {
        let group = self.group;
        if group.assignment_epoch >= epoch || !group.may_assign(self.context, interval_ms) {
            let partitions = group.target.get(member_id).cloned().unwrap_or_default();
            return Target { epoch: group.assignment_epoch, partitions };
        }
        let mut assigned = group.assign(subscriptions, self.context.image);
        for (id, partitions) in &assigned {
            if group.target.get(id) != Some(partitions) {
                self.out.write(records::target(self.group_id, id, partitions));
            }
        }
        self.out.write(records::target_epoch(self.group_id, epoch, self.context.wall));
        Target { epoch, partitions: assigned.remove(member_id).unwrap_or_default() }
    }
}

/// The member that sends the heartbeat; none if it joins.
fn known_member<'g>(
    context: &Context<'_>,
    group: &'g ShareGroup,
    request: &ShareGroupHeartbeatRequest,
) -> Result<Option<&'g Member>, Rejected> {
    let known = group.members.get(&request.member_id);
    check_size(context, group, known)?;
    match known {
        Some(member) => check_epoch(member, request.member_epoch)?,
        None if request.member_epoch == 0 => {}
        None => {
            let (member, group) = (&request.member_id, &request.group_id);
            let message = format!("Member {member} is not a member of group {group}.");
            return Err(rejected(ErrorCode::UnknownMemberId, message));
        }
    }
    Ok(known)
}

/// The member, with what it says of itself now.
fn heard(before: &Member, asked: &Asked<ShareGroupHeartbeatRequest>) -> Member {
    let mut member = before.clone();
    if let Some(rack_id) = &asked.body.rack_id {
        member.rack_id = Some(rack_id.detached());
    }
    if let Some(topics) = &asked.body.subscribed_topic_names {
        member.subscribed = topics.iter().map(Str::detached).collect();
    }
    member.client_id = asked.client.id.detached();
    member.client_host = asked.client.host.detached();
    member
}

/// What a request must be like, whoever sends it.
fn check(request: &ShareGroupHeartbeatRequest) -> Result<(), Rejected> {
    let invalid = |message| Err(rejected(ErrorCode::InvalidRequest, message));
    let is_empty = |text: &Str| text.trim().is_empty();
    if is_empty(&request.member_id) {
        return invalid("MemberId can't be empty.");
    }
    if is_empty(&request.group_id) {
        return invalid("GroupId can't be empty.");
    }
    if request.rack_id.as_ref().is_some_and(is_empty) {
        return invalid("RackId can't be empty.");
    }
    if request.member_epoch == 0
        && request.subscribed_topic_names.as_ref().is_none_or(Vec::is_empty)
    {
        return invalid("SubscribedTopicNames must be set in first request.");
    }
    if request.member_epoch < LEAVE_GROUP_MEMBER_EPOCH {
        return invalid("MemberEpoch is invalid.");
    }
    Ok(())
}

fn check_size(
    context: &Context<'_>,
    group: &ShareGroup,
    known: Option<&Member>,
) -> Result<(), Rejected> {
    let max = context.config.share.max_size;
    if known.is_none() && group.members.len() >= max as usize {
        let message = format!("The share group has reached its maximum capacity of {max} members.");
        return Err(rejected(ErrorCode::GroupMaxSizeReached, message));
    }
    Ok(())
}

/// The epoch before the current one is let pass: the reply that told of the new one may have been
/// lost.
fn check_epoch(member: &Member, epoch: i32) -> Result<(), Rejected> {
    let (current, previous) = (member.epoch, member.previous_epoch);
    if epoch == 0 || epoch == current || (epoch < current && epoch == previous) {
        return Ok(());
    }
    let message = if epoch > current {
        format!(
            "The share group member has a greater member epoch ({epoch}) than the one known by the group coordinator ({current}). The member must abandon all its partitions and rejoin."
        )
    } else {
        format!(
            "The share group member has a smaller member epoch ({epoch}) than the one known by the group coordinator ({current}), and it does not match the previous member epoch ({previous}). The member must abandon all its partitions and rejoin."
        )
    };
    Err(rejected(ErrorCode::FencedMemberEpoch, message))
}

impl ShareGroup {
    /// Whether partitions of subscribed topics are initialised, and not assigned as they are.
    fn has_unassigned_partitions(&self) -> bool {
        let Some(state) = &self.state else { return false };
        if self.is_empty() || state.initialized.is_empty() {
            return false;
        }
        let subscribed = self.subscribed();
        let mut assigned = TopicPartitions::new();
        for (topic, partitions) in self.target.values().flatten() {
            assigned.entry(*topic).or_default().extend(partitions);
        }
        state.initialized.iter().any(|(id, topic)| {
            subscribed.contains(&topic.name) && assigned.get(id) != Some(&topic.partitions)
        })
    }

    /// Whether enough time has passed since the last assignment (KIP-1263).
    fn may_assign(&self, context: &Context<'_>, interval_ms: i32) -> bool {
        self.assignment_timestamp == 0
            || interval_ms == 0
            || context.wall.0 >= self.assignment_timestamp.saturating_add(i64::from(interval_ms))
    }

    fn assign(
        &self,
        subscriptions: &BTreeMap<&Str, &BTreeSet<Str>>,
        image: &Image,
    ) -> BTreeMap<Str, TopicPartitions> {
        let assignable =
            self.state.as_ref().map(StatePartitions::initialized_partitions).unwrap_or_default();
        let candidates = subscriptions.iter().map(|(id, topics)| {
            let target = self.target.get(*id).cloned().unwrap_or_default();
            ((*id).clone(), Candidate { topics: topic_ids(*topics, image), target })
        });
        assignor::assign(&candidates.collect(), &assignable)
    }
}

/// Brings a member to its target, which takes one step: nobody has to let go first.
fn reconcile(
    member: &Member,
    target_epoch: i32,
    target: &TopicPartitions,
    has_changed: bool,
    image: &Image,
) -> Member {
    if member.epoch == target_epoch && !has_changed {
        return member.clone();
    }
    let mut next = member.clone();
    let topics = topic_ids(&member.subscribed, image);
    // The target may be older than the subscription: the interval between assignments has to pass.
    next.assigned = target.clone();
    next.assigned.retain(|topic, _| topics.contains(topic));
    if member.epoch != target_epoch {
        next.previous_epoch = member.epoch;
        next.epoch = target_epoch;
    }
    next
}

fn shown(assigned: &TopicPartitions) -> heartbeat::Assignment {
    let topics = assigned.iter().map(|(topic_id, partitions)| heartbeat::TopicPartitions {
        topic_id: *topic_id,
        partitions: partitions.iter().copied().collect(),
        ..heartbeat::TopicPartitions::default()
    });
    heartbeat::Assignment { topic_partitions: topics.collect(), ..Default::default() }
}

/// Notes what of the subscribed topics is now being initialised, and makes the request for it.
fn initialize_missing(
    context: &Context<'_>,
    group_id: &Str,
    epoch: i32,
    state: Option<StatePartitions>,
    subscribed: &BTreeSet<Str>,
    out: &mut Output<GroupShard>,
) -> Option<InitializeShareGroupStateRequest> {
    let retry_ms = i64::from(context.config.share.initialize_retry_interval_ms);
    let state = state.unwrap_or_default();
    let missing = state.missing(subscribed, context.image, context.wall, retry_ms);
    if missing.is_empty() {
        return None;
    }
    let next = state.beginning(&missing);
    out.write(records::state_partitions(group_id, &next, context.image));
    let offsets = missing.into_iter().map(|(id, topic): (_, StateTopic)| {
        let partitions = topic.partitions.into_iter();
        (id, partitions.map(|partition| (partition, UNINITIALIZED_START_OFFSET)).collect())
    });
    Some(initialize_request(group_id, epoch, &offsets.collect()))
}

/// Asks that partitions begin at given offsets, at the group's epoch.
pub(super) fn initialize_request(
    group_id: &Str,
    epoch: i32,
    offsets: &BTreeMap<base::Uuid, BTreeMap<i32, i64>>,
) -> InitializeShareGroupStateRequest {
    let topics = offsets.iter().map(|(topic_id, partitions)| initialize::InitializeStateData {
        topic_id: *topic_id,
        partitions: partitions
            .iter()
            .map(|(partition, start_offset)| initialize::PartitionData {
                partition: *partition,
                state_epoch: epoch,
                start_offset: *start_offset,
                ..initialize::PartitionData::default()
            })
            .collect(),
        ..initialize::InitializeStateData::default()
    });
    InitializeShareGroupStateRequest {
        group_id: group_id.clone(),
        topics: topics.collect(),
        ..InitializeShareGroupStateRequest::default()
    }
}
