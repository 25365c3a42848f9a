//! ConsumerGroupHeartbeat: a member joins, lives, changes and leaves (KIP-848).

use std::collections::BTreeSet;
use std::sync::Arc;

use base::{ErrorCode, PartitionIndex, Str};
use protocol::messages::consumer_group_heartbeat_request::TopicPartitions as Reported;
use protocol::messages::consumer_group_heartbeat_response::{Assignment, TopicPartitions};
use protocol::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};

use super::decision::{Decision, Outcome, configured_assignors};
use super::group::ConsumerGroup;
use super::member::{LEAVE, LEAVE_FOR_NOW, Member, OwnedPartitions, since_the_beginning};
use super::migrate::Upgrade;
use super::reconcile::Subscription;
use super::regex::TopicRegex;
use super::resolve::RegexNews;
use super::{ConsumerTimer, Rejection, records};
use crate::group::assignor::Partitions;
use crate::group::{Asked, Client, Group, GroupShard};
use crate::machine::{Call, Context, Output};

/// From this version on it is the client that makes up its member id (KIP-1082).
const MEMBER_ID_FROM: i16 = 1;

/// Regular expressions are not resolved more often than this, whatever happens to the topics.
const REGEX_REFRESH_MIN_MS: i64 = 10_000;

impl GroupShard {
    pub(in crate::group) fn consumer_group_heartbeat(
        &mut self,
        context: &mut Context<'_>,
        call: Call,
        asked: &Asked<ConsumerGroupHeartbeatRequest>,
        out: &mut Output<Self>,
    ) {
        let decided = validate(context, asked).and_then(|()| match asked.body.member_epoch {
            LEAVE | LEAVE_FOR_NOW => self.leave(context, &asked.body),
            _ => self.live(context, asked, out),
        });
        let response = match decided {
            Ok((response, outcome)) => {
                self.carry_out(outcome, out);
                response
            }
            Err(Rejection { code, message }) => ConsumerGroupHeartbeatResponse {
                error_code: code.code(),
                error_message: Some(message.into()),
                ..ConsumerGroupHeartbeatResponse::default()
            },
        };
        out.reply(call, response);
    }

    /// A member joins, or says that it lives.
    fn live(
        &mut self,
        context: &mut Context<'_>,
        asked: &Asked<ConsumerGroupHeartbeatRequest>,
        out: &mut Output<Self>,
    ) -> Result<(ConsumerGroupHeartbeatResponse, Outcome), Rejection> {
        let id = &asked.body.group_id;
        let member_id = match asked.body.member_id.is_empty() {
            true => Str::from(context.entropy.uuid().to_string()),
            false => asked.body.member_id.detached(),
        };
        let is_joining = asked.body.member_epoch == 0;
        let made = match (self.groups.get(id), is_joining) {
            (Some(Group::Consumer(_)), _) => None,
            (None, true) => Some(Upgrade::of_nothing(id)),
            (Some(Group::Classic(_)), true) => Some(self.upgrade(context, id)?),
            (None, false) => return Err(not_found(format!("Consumer group {id} not found."))),
            (Some(_), _) => {
                return Err(not_found(format!("Group {id} is not a consumer group.")));
            }
        };
        let GroupShard { groups, topic_hashes, timers, topics_created_at, .. } = self;
        let group: &ConsumerGroup = match (groups.get(id), &made) {
            (_, Some(made)) => &made.group,
            (Some(Group::Consumer(group)), None) => group,
            _ => unreachable!("a group was found or made"),
        };
        let regexes = RegexNews::of(group, timers, *topics_created_at);
        let mut decision = Decision::new(context, group, topic_hashes);
        if let Some(made) = &made {
            decision.begin(made);
        }
        let response = decision.heartbeat(&asked.body, &asked.client, member_id, regexes)?;
        let outcome = decision.finish();
        if made.is_some() {
            self.dismiss_waiting(context, id, out);
        }
        Ok((response, outcome))
    }

    fn leave(
        &mut self,
        context: &Context<'_>,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<(ConsumerGroupHeartbeatResponse, Outcome), Rejection> {
        let id = &request.group_id;
        let GroupShard { groups, topic_hashes, .. } = self;
        let group = match groups.get(id) {
            Some(Group::Consumer(group)) => group,
            Some(_) => return Err(not_found(format!("Group {id} is not a consumer group."))),
            None => return Err(not_found(format!("Group {id} not found."))),
        };
        let mut decision = Decision::new(context, group, topic_hashes);
        decision.leave(request)?;
        let response = ConsumerGroupHeartbeatResponse {
            member_id: Some(request.member_id.clone()),
            member_epoch: request.member_epoch,
            ..ConsumerGroupHeartbeatResponse::default()
        };
        Ok((response, decision.finish()))
    }
}

fn not_found(message: String) -> Rejection {
    Rejection::new(ErrorCode::GroupIdNotFound, message)
}

/// Whether a request can be looked at at all.
fn validate(
    context: &Context<'_>,
    asked: &Asked<ConsumerGroupHeartbeatRequest>,
) -> Result<(), Rejection> {
    let request = &asked.body;
    let invalid = |message: &str| Err(Rejection::new(ErrorCode::InvalidRequest, message));
    let is_blank = |text: &str| text.trim().is_empty();
    let must_say_who = asked.version >= MEMBER_ID_FROM
        || request.member_epoch > 0
        || request.member_epoch == LEAVE;
    if must_say_who && is_blank(&request.member_id) {
        return invalid("MemberId can't be empty.");
    }
    if is_blank(&request.group_id) {
        return invalid("GroupId can't be empty.");
    }
    if request.instance_id.as_deref().is_some_and(is_blank) {
        return invalid("InstanceId can't be empty.");
    }
    if request.rack_id.as_deref().is_some_and(is_blank) {
        return invalid("RackId can't be empty.");
    }
    match request.member_epoch {
        0 if request.rebalance_timeout_ms == -1 => {
            return invalid("RebalanceTimeoutMs must be provided in first request.");
        }
        0 if request.topic_partitions.as_ref().is_none_or(|owned| !owned.is_empty()) => {
            return invalid("TopicPartitions must be empty when (re-)joining.");
        }
        0 if request.subscribed_topic_names.is_none()
            && request.subscribed_topic_regex.is_none() =>
        {
            return invalid(
                "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when \
                 (re-)joining.",
            );
        }
        LEAVE_FOR_NOW if request.instance_id.is_none() => {
            return invalid("InstanceId can't be null.");
        }
        epoch if epoch < LEAVE_FOR_NOW => return invalid("MemberEpoch is invalid."),
        _ => {}
    }
    let Some(assignor) = &request.server_assignor else { return Ok(()) };
    let supported: Vec<&str> =
        configured_assignors(context.config).into_iter().map(|assignor| assignor.name()).collect();
    match supported.contains(&assignor.as_str()) {
        true => Ok(()),
        false => Err(Rejection::new(
            ErrorCode::UnsupportedAssignor,
            format!(
                "ServerAssignor {assignor} is not supported. Supported assignors: {}.",
                supported.join(", ")
            ),
        )),
    }
}

/// What a request means for the regular expression of its member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RegexChange {
    None,
    /// To one that is yet to be resolved: the group is assigned anew when it has been.
    Unresolved,
    Resolved,
}

impl Decision<'_> {
    fn heartbeat(
        &mut self,
        request: &ConsumerGroupHeartbeatRequest,
        client: &Client,
        member_id: Str,
        regexes: RegexNews,
    ) -> Result<ConsumerGroupHeartbeatResponse, Rejection> {
        self.check_size(&member_id, request.instance_id.as_deref())?;
        let reported = request.topic_partitions.as_deref().map(partitions);
        let owned = reported.as_ref();
        let member = match &request.instance_id {
            None => self.dynamic_member(&member_id, request.member_epoch, owned)?,
            Some(instance) => {
                self.static_member(&member_id, instance, request.member_epoch, owned)?
            }
        };
        let after = updated(&member, request, client);
        if after != member {
            self.write(records::member_metadata(self.id(), &after));
        }
        let names_changed = after.topic_names != member.topic_names;
        let regex_change = self.check_regexes(&member, &after, regexes)?;
        let is_new_epoch = names_changed || regex_change == RegexChange::Resolved;
        let (epoch, kind) = match is_new_epoch || !self.group.has_checked_metadata {
            true => self.check_subscription(&member, &after, subscription(is_new_epoch)),
            false => (self.group.epoch, None),
        };
        let target = self.update_target(epoch, &member, &after, kind)?;
        let is_changed = names_changed || regex_change != RegexChange::None;
        let after = self.reconcile(after, target, subscription(is_changed), owned)?;
        self.set_session(&after.id, self.limits.session_timeout_ms);

        let is_full = request.rebalance_timeout_ms != -1
            && (request.subscribed_topic_names.is_some()
                || request.subscribed_topic_regex.is_some())
            && owned.is_some();
        let must_tell = request.member_epoch == 0 || is_full || after.assigned != member.assigned;
        Ok(ConsumerGroupHeartbeatResponse {
            member_id: Some(after.id.clone()),
            member_epoch: after.epoch,
            heartbeat_interval_ms: self.limits.heartbeat_interval_ms,
            assignment: must_tell.then(|| Box::new(assignment(&after.assigned))),
            ..ConsumerGroupHeartbeatResponse::default()
        })
    }

    /// A group that is full takes nobody in, but those who are members already, and those who come
    /// back for an instance.
    pub(super) fn check_size(
        &self,
        member_id: &str,
        instance_id: Option<&str>,
    ) -> Result<(), Rejection> {
        let group = self.group;
        let max = self.config.consumer_groups.max_size;
        let is_known = instance_id.is_some_and(|id| group.static_members.contains_key(id))
            || group.members.contains_key(member_id);
        if is_known || group.members.len() < usize::try_from(max).unwrap_or(0) {
            return Ok(());
        }
        Err(Rejection::new(
            ErrorCode::GroupMaxSizeReached,
            format!("The consumer group has reached its maximum capacity of {max} members."),
        ))
    }

    fn dynamic_member(
        &self,
        member_id: &Str,
        epoch: i32,
        owned: Option<&Partitions>,
    ) -> Result<Member, Rejection> {
        let member = match (self.group.members.get(member_id), epoch) {
            (Some(member), _) => member.clone(),
            (None, 0) => Member::new(member_id.clone()),
            (None, _) => return Err(unknown_member(member_id, self.id())),
        };
        check_epoch(&member, epoch, owned)?;
        Ok(member)
    }

    /// A static member that comes back takes over from the one that had its instance id, if that one
    /// has said that it leaves.
    fn static_member(
        &mut self,
        member_id: &Str,
        instance: &Str,
        epoch: i32,
        owned: Option<&Partitions>,
    ) -> Result<Member, Rejection> {
        let existing = self.group.static_member(instance);
        if epoch != 0 {
            let member = known_static_member(existing, member_id, instance)?;
            check_epoch(member, epoch, owned)?;
            return Ok(member.clone());
        }
        let Some(existing) = existing else {
            let member = self.group.members.get(member_id).cloned();
            return Ok(member.unwrap_or_else(|| Member::new(member_id.clone())));
        };
        if !existing.uses_classic_protocol() && existing.epoch != LEAVE_FOR_NOW {
            return Err(Rejection::new(
                ErrorCode::UnreleasedInstanceId,
                format!(
                    "Static member {member_id} with instance id {instance} cannot join the group \
                     because the instance id is owned by {} member.",
                    existing.id
                ),
            ));
        }
        let member = existing.replaced_by(member_id.clone());
        self.replace(existing, &member);
        Ok(member)
    }

    fn leave(&mut self, request: &ConsumerGroupHeartbeatRequest) -> Result<(), Rejection> {
        let member_id = &request.member_id;
        let Some(instance) = &request.instance_id else {
            let member = self.group.members.get(member_id);
            let member = member.ok_or_else(|| unknown_member(member_id, self.id()))?;
            self.fence(&[member]);
            return Ok(());
        };
        let member = known_static_member(self.group.static_member(instance), member_id, instance)?;
        if request.member_epoch != LEAVE_FOR_NOW {
            self.fence(&[member]);
            return Ok(());
        }
        // It keeps its partitions until its session ends. Whoever comes back for it will have had
        // them from epoch 0, so that commits of the member that left are not taken (KIP-1251).
        let mut away = member.clone();
        away.epoch = LEAVE_FOR_NOW;
        away.pending_revocation = Arc::default();
        away.assigned = Arc::new(since_the_beginning(&member.assigned));
        self.write(records::current_assignment(self.id(), &away));
        self.cancel(ConsumerTimer::Rebalance(self.id().clone(), member.id.clone()));
        Ok(())
    }

    // ---- regular expressions ----

    /// Notes a new regular expression, and has all of them resolved if it is time to.
    ///
    /// # Errors
    /// INVALID_REGULAR_EXPRESSION.
    pub(super) fn check_regexes(
        &mut self,
        before: &Member,
        after: &Member,
        news: RegexNews,
    ) -> Result<RegexChange, Rejection> {
        let (old, new) = (before.regex(), after.regex());
        let mut change = RegexChange::None;
        let mut must_resolve = false;
        if old != new {
            change = RegexChange::Unresolved;
            if let Some(old) = old
                && self.group.subscribers_of_regex(old) == 1
            {
                self.write(records::no_regex(self.id(), old));
            }
            match new {
                Some(new) if self.group.subscribers_of_regex(new) == 0 => {
                    check_regex(new)?;
                    must_resolve = true;
                }
                Some(new) if self.group.resolved.contains_key(new) => {
                    change = RegexChange::Resolved;
                }
                Some(_) => {}
                None => change = RegexChange::Resolved,
            }
        }
        if news.is_pending || (!must_resolve && self.group.regexes.is_empty()) {
            return Ok(change);
        }
        let last = self.group.last_resolved();
        let since = last.map_or(i64::MAX, |last| self.wall.0.saturating_sub(last.timestamp));
        if since <= REGEX_REFRESH_MIN_MS {
            return Ok(change);
        }
        let regexes = self.group.regexes_with(before, after);
        must_resolve |= regexes.len() != self.group.resolved.len();
        must_resolve |= last.map_or(0, |last| last.version) < news.topics_created_at;
        must_resolve |= since > i64::from(self.config.consumer_groups.regex_refresh_interval_ms);
        if must_resolve && !regexes.is_empty() {
            self.set(ConsumerTimer::Regexes(self.id().clone()), 0);
        }
        Ok(change)
    }
}

/// The member as it is with what a request says of it. What a request leaves out stays.
fn updated(member: &Member, request: &ConsumerGroupHeartbeatRequest, client: &Client) -> Member {
    let mut updated = member.clone();
    take_over(&mut updated.instance_id, &request.instance_id);
    take_over(&mut updated.rack_id, &request.rack_id);
    take_over(&mut updated.server_assignor, &request.server_assignor);
    take_over(&mut updated.topic_regex, &request.subscribed_topic_regex);
    if request.rebalance_timeout_ms != -1 {
        updated.rebalance_timeout_ms = request.rebalance_timeout_ms;
    }
    if let Some(names) = &request.subscribed_topic_names {
        set_topic_names(&mut updated, names);
    }
    set_client(&mut updated, client);
    updated.classic = None;
    updated
}

pub(super) fn set_topic_names(member: &mut Member, names: &[Str]) {
    let names: BTreeSet<Str> = names.iter().map(Str::detached).collect();
    if names != *member.topic_names {
        member.topic_names = Arc::new(names);
    }
}

pub(super) fn set_client(member: &mut Member, client: &Client) {
    if member.client_id != client.id {
        member.client_id = client.id.detached();
    }
    if member.client_host != client.host {
        member.client_host = client.host.detached();
    }
}

pub(super) fn take_over(field: &mut Option<Str>, said: &Option<Str>) {
    if let Some(said) = said
        && field.as_ref() != Some(said)
    {
        *field = Some(said.detached());
    }
}

pub(super) fn subscription(is_changed: bool) -> Subscription {
    match is_changed {
        true => Subscription::Changed,
        false => Subscription::Same,
    }
}

pub(super) fn unknown_member(member: &str, group: &str) -> Rejection {
    let message = format!("Member {member} is not a member of group {group}.");
    Rejection::new(ErrorCode::UnknownMemberId, message)
}

/// The member that has an instance id, if it is the one that asks.
pub(super) fn known_static_member<'m>(
    existing: Option<&'m Member>,
    member_id: &str,
    instance: &str,
) -> Result<&'m Member, Rejection> {
    let unknown = || {
        Rejection::new(ErrorCode::UnknownMemberId, format!("Instance id {instance} is unknown."))
    };
    let member = existing.ok_or_else(unknown)?;
    if member.id != member_id {
        return Err(Rejection::new(
            ErrorCode::FencedInstanceId,
            format!(
                "Static member {member_id} with instance id {instance} was fenced by member {}.",
                member.id
            ),
        ));
    }
    Ok(member)
}

/// A member may come with its epoch, with 0 to begin anew, or with the epoch before if it owns nothing
/// but what it has been given: then the response that told it of its epoch was lost.
fn check_epoch(member: &Member, epoch: i32, owned: Option<&Partitions>) -> Result<(), Rejection> {
    let fenced = |kind: &str| {
        Err(Rejection::new(
            ErrorCode::FencedMemberEpoch,
            format!(
                "The consumer group member has a {kind} member epoch ({epoch}) than the one known \
                 by the group coordinator ({}). The member must abandon all its partitions and \
                 rejoin.",
                member.epoch
            ),
        ))
    };
    if epoch == 0 || epoch == member.epoch {
        Ok(())
    } else if epoch > member.epoch {
        fenced("greater")
    } else if epoch == member.previous_epoch && owns_only(owned, &member.assigned) {
        Ok(())
    } else {
        fenced("smaller")
    }
}

fn owns_only(owned: Option<&Partitions>, assigned: &OwnedPartitions) -> bool {
    owned.is_some_and(|owned| {
        owned.iter().all(|(topic, partitions)| {
            assigned.get(topic).is_some_and(|of_topic| {
                partitions.iter().all(|partition| of_topic.contains_key(partition))
            })
        })
    })
}

fn check_regex(regex: &str) -> Result<(), Rejection> {
    TopicRegex::parse(regex).map(|_| ()).map_err(|reason| {
        Rejection::new(
            ErrorCode::InvalidRegularExpression,
            format!("SubscribedTopicRegex `{regex}` is not a valid regular expression: {reason}."),
        )
    })
}

fn partitions(reported: &[Reported]) -> Partitions {
    let mut partitions = Partitions::new();
    for topic in reported {
        let of_topic = partitions.entry(topic.topic_id).or_default();
        of_topic.extend(topic.partitions.iter().copied().map(PartitionIndex));
    }
    partitions
}

fn assignment(owned: &OwnedPartitions) -> Assignment {
    let topics = owned.iter().map(|(topic, partitions)| TopicPartitions {
        topic_id: *topic,
        partitions: partitions.keys().map(|partition| partition.0).collect(),
        ..TopicPartitions::default()
    });
    Assignment { topic_partitions: topics.collect(), ..Assignment::default() }
}
