//! StreamsGroupHeartbeat: how a member joins, says that it lives and what it owns, learns its tasks,
//! and leaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::config::GroupConfig;
use base::{ErrorCode, Str};
use metadata::Image;
use protocol::messages::create_topics_request::CreatableTopic;
use protocol::messages::streams_group_heartbeat_request as request;
use protocol::messages::streams_group_heartbeat_response as response;
use protocol::messages::{StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse};
use protocol::record_types::group::GroupKey;

use super::configure::{ConfiguredTopology, configure};
use super::endpoints::endpoints;
use super::group::{Freshness, StreamsGroup};
use super::member::{Endpoint, Member, MemberState};
use super::reconcile::{Target, reconcile};
use super::status::Status;
use super::target::{self, STANDBY_REPLICAS};
use super::tasks::{Tasks, in_heartbeat, task_set, without_epochs};
use super::topology::{self, Topology};
use super::validate::{check_epoch, check_request, check_size, check_tasks};
use super::{
    LEAVE_GROUP_MEMBER_EPOCH, Refusal, after, gives_way, group_config, not_a_streams_group, records,
};
use crate::group::subscription::TopicHashes;
use crate::group::{Asked, Counted, Group, GroupRecord, GroupShard, Timer};
use crate::machine::{Call, Context, Output};

/// The reply to a heartbeat, and what the broker has to do on the side.
#[derive(Clone, Debug)]
pub struct StreamsHeartbeat {
    pub response: StreamsGroupHeartbeatResponse,
    /// Internal topics that do not exist. The heartbeat does not wait for them: the group finds them
    /// when its members are next heard of.
    pub topics_to_create: Vec<CreatableTopic>,
}

impl GroupShard {
    pub(in crate::group) fn streams_group_heartbeat(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<StreamsGroupHeartbeatRequest>,
        out: &mut Output<Self>,
    ) {
        let request = &asked.body;
        let decided = check_request(request).and_then(|()| match request.member_epoch {
            LEAVE_GROUP_MEMBER_EPOCH => self.leave_streams_group(request, out),
            _ => self.streams_member_heartbeat(context, asked, out),
        });
        let reply = decided.unwrap_or_else(|refusal| StreamsHeartbeat {
            response: StreamsGroupHeartbeatResponse {
                error_code: refusal.code.code(),
                error_message: Some(refusal.message.into()),
                ..StreamsGroupHeartbeatResponse::default()
            },
            topics_to_create: Vec::new(),
        });
        out.reply(call, reply);
    }

    fn leave_streams_group(
        &mut self,
        request: &StreamsGroupHeartbeatRequest,
        out: &mut Output<Self>,
    ) -> Result<StreamsHeartbeat, Refusal> {
        let (group_id, member_id) = (request.group_id.detached(), request.member_id.detached());
        self.streams_group(&group_id)?;
        if let Some(group) = self.streams_group_mut(&group_id)
            && request.shutdown_application
        {
            group.request_shutdown(&member_id);
        }
        self.streams_group(&group_id)?.member(&member_id)?;
        self.fence_streams_member(&group_id, &member_id, out);
        Ok(StreamsHeartbeat {
            response: StreamsGroupHeartbeatResponse {
                member_id,
                member_epoch: request.member_epoch,
                ..StreamsGroupHeartbeatResponse::default()
            },
            topics_to_create: Vec::new(),
        })
    }

    fn streams_member_heartbeat(
        &mut self,
        context: &Context<'_>,
        asked: &Asked<StreamsGroupHeartbeatRequest>,
        out: &mut Output<Self>,
    ) -> Result<StreamsHeartbeat, Refusal> {
        let request = &asked.body;
        let joins = request.member_epoch == 0;
        let id = request.group_id.detached();
        let config = group_config(context, &id);
        let mut new_group = StreamsGroup::new(id.clone());
        let mut writes = Vec::new();
        let existed = self.groups.contains_key(&id);
        let group = match self.groups.get_mut(&id) {
            Some(Group::Streams(group)) => group,
            Some(other) if joins && gives_way(other) => {
                let mut ended = Output::default();
                other.offset_owner().write_tombstones(&id, &mut ended);
                writes.append(&mut ended.writes);
                &mut new_group
            }
            Some(_) => return Err(not_a_streams_group(&id)),
            None if joins => &mut new_group,
            None => {
                let reason = format!("Streams group {id} not found.");
                return Err(Refusal::new(ErrorCode::GroupIdNotFound, reason));
            }
        };
        if joins {
            check_size(group, context.config.streams_groups.max_size)?;
        }
        let mut beat = Heartbeat {
            context,
            asked,
            config,
            group,
            existed,
            records: Vec::new(),
            statuses: Vec::new(),
            step: Step::Stayed,
        };
        let initial = Timer::StreamsInitialRebalance(id.clone());
        let delay_ms = beat.config.streams_initial_rebalance_delay_ms;
        let begins = beat.group.is_empty() && delay_ms > 0;
        let runs = self.timers.get(&initial).is_some();
        let delay = if begins || runs { InitialDelay::Running } else { InitialDelay::Over };
        let (member, reply) = beat.run(delay, &mut self.topic_hashes)?;
        out.writes.append(&mut writes);
        let Heartbeat { config, records, step, .. } = beat;
        let is_epoch =
            |record: &GroupRecord| matches!(record.key, GroupKey::StreamsGroupMetadata(_));
        if records.iter().any(is_epoch) {
            out.effect(Counted::StreamsGroupRebalance);
        }
        records.into_iter().for_each(|record| out.write(record));

        if begins && !runs {
            self.timers.set(initial, after(context, delay_ms));
        }
        let session = Timer::StreamsSession(id.clone(), member.id.clone());
        self.timers.set(session, after(context, config.streams_session_timeout_ms));
        let rebalance = Timer::StreamsRebalance(id, member.id.clone());
        match (step, member.state) {
            (Step::Stayed, _) => {}
            (Step::Moved, MemberState::UnrevokedTasks) => {
                self.timers.set(rebalance, after(context, member.rebalance_timeout_ms));
            }
            (Step::Moved, _) => self.timers.cancel(&rebalance),
        }
        Ok(reply)
    }

    /// The initial delay of a group is over: the members that have come share the tasks.
    pub(in crate::group) fn streams_initial_delay_over(
        &mut self,
        context: &Context<'_>,
        id: &Str,
        out: &mut Output<Self>,
    ) {
        let Ok(group) = self.streams_group(id) else { return };
        let Some(configured) = &group.configured else { return };
        let interval_ms = group_config(context, id).streams_assignment_interval_ms;
        let is_due = !group.is_empty()
            && group.epoch > group.assignment_epoch
            && target::may_assign(group, context, interval_ms);
        if is_due {
            let configs = &group.last_assignment_configs;
            let mut records = Vec::new();
            target::compute(group, group.epoch, None, configured, configs, context, &mut records);
            records.into_iter().for_each(|record| out.write(record));
        }
    }
}

/// Whether a group still waits for more members before its first assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InitialDelay {
    Running,
    Over,
}

/// Whether a member has come nearer to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Stayed,
    Moved,
}

/// A heartbeat of a member that stays, on its way.
struct Heartbeat<'a> {
    context: &'a Context<'a>,
    asked: &'a Asked<StreamsGroupHeartbeatRequest>,
    config: GroupConfig,
    /// As it was before the heartbeat. A new one is made by the records.
    group: &'a mut StreamsGroup,
    existed: bool,
    records: Vec<GroupRecord>,
    statuses: Vec<response::Status>,
    step: Step,
}

impl Heartbeat<'_> {
    fn run(
        &mut self,
        delay: InitialDelay,
        hashes: &mut TopicHashes,
    ) -> Result<(Member, StreamsHeartbeat), Refusal> {
        let asked = self.asked;
        let request = &asked.body;
        let known = self.known_member()?;
        let member = described(&known, asked);
        let mut changed = member != known;
        if changed {
            self.records.push(records::member(&self.group.id, &member));
        }
        let topology = self.topology()?;
        self.note_stale_topology(&member);

        let (metadata_hash, configured) = self.configured(&topology, hashes)?;
        changed |= metadata_hash != self.group.metadata_hash;
        let mut validated_topology_epoch = -1;
        if configured.is_ready() {
            validated_topology_epoch = topology.epoch;
            check_tasks(&configured, request)?;
        }
        changed |= validated_topology_epoch != self.group.validated_topology_epoch;
        let replicas = self.config.streams_num_standby_replicas.to_string();
        let configs = BTreeMap::from([(Str::from_static(STANDBY_REPLICAS), Str::from(replicas))]);
        changed |= configs != self.group.last_assignment_configs;
        let epoch = self.group.epoch + i32::from(changed);
        if changed {
            let metadata = records::GroupMetadata {
                epoch,
                metadata_hash,
                validated_topology_epoch,
                assignment_configs: &configs,
            };
            self.records.push(records::group_metadata(&self.group.id, &metadata));
        }

        let (target_epoch, target) = self.target(delay, epoch, &member, &configured, &configs);
        let member = self.reconciled(member, target_epoch, &target)?;
        if request.shutdown_application {
            self.group.request_shutdown(&member.id);
        }
        let response = self.reply(&known, &member, &configured);
        let topics_to_create = configured.topics_to_create.clone();
        // Only now: a member that is refused has not told the group of its topics.
        self.group.metadata = Freshness::Fresh;
        self.group.configured = Some(configured);
        Ok((member, StreamsHeartbeat { response, topics_to_create }))
    }

    fn known_member(&self) -> Result<Member, Refusal> {
        let request = &self.asked.body;
        let member = match request.member_epoch {
            0 => self.group.member_or_new(&request.member_id),
            _ => self.group.member(&request.member_id)?.clone(),
        };
        check_epoch(&member, request)?;
        Ok(member)
    }

    /// The topology of the group, which the request may have brought.
    fn topology(&mut self) -> Result<Arc<Topology>, Refusal> {
        let Some(sent) = &self.asked.body.topology else {
            return self.group.topology.clone().ok_or_else(|| {
                let reason = "The group has no topology, and the request brings none.";
                Refusal::new(ErrorCode::UnknownServerError, reason)
            });
        };
        let record = topology::to_record(sent)?;
        let sent = Topology::from_record(&record);
        match &self.group.topology {
            None => {
                self.records.push(records::topology(&self.group.id, record));
                Ok(Arc::new(sent))
            }
            Some(known) if known.epoch > sent.epoch || **known == sent => Ok(known.clone()),
            Some(_) => Err(Refusal::new(
                ErrorCode::InvalidRequest,
                "Topology updates are not supported yet.",
            )),
        }
    }

    fn note_stale_topology(&mut self, member: &Member) {
        let Some(topology) = &self.group.topology else { return };
        if member.topology_epoch < topology.epoch {
            self.statuses.push(Status::StaleTopology.with(format!(
                "The member's topology epoch {} is behind the group's topology epoch {}.",
                member.topology_epoch, topology.epoch
            )));
        }
    }

    /// The topology on the topics as they are, and their hash. Both are only worked out again if
    /// topics have changed.
    fn configured(
        &mut self,
        topology: &Topology,
        hashes: &mut TopicHashes,
    ) -> Result<(i64, Arc<ConfiguredTopology>), Refusal> {
        let image: &Image = self.context.image;
        let mut hash = self.group.metadata_hash;
        let must_look = self.group.topology.is_none()
            || self.group.configured.is_none()
            || self.group.metadata == Freshness::Stale;
        if must_look {
            hash = hashes.of_group(topology.required_topics(), image);
        }
        match &self.group.configured {
            Some(configured)
                if self.group.topology.is_some() && hash == self.group.metadata_hash =>
            {
                Ok((hash, configured.clone()))
            }
            _ => Ok((hash, Arc::new(configure(topology, image)?))),
        }
    }

    /// The tasks that the member should have, and the epoch of the assignment that says so.
    fn target(
        &mut self,
        delay: InitialDelay,
        epoch: i32,
        member: &Member,
        configured: &ConfiguredTopology,
        configs: &BTreeMap<Str, Str>,
    ) -> (i32, Tasks) {
        let group = &*self.group;
        if delay == InitialDelay::Running {
            self.statuses.push(
                Status::AssignmentDelayed
                    .with("Assignment delayed due to the configured initial rebalance delay."),
            );
            return (group.assignment_epoch, Tasks::default());
        }
        let last = || group.target.get(&member.id).cloned().unwrap_or_default();
        if group.assignment_epoch >= epoch {
            return (group.assignment_epoch, last());
        }
        let interval_ms = self.config.streams_assignment_interval_ms;
        if !target::may_assign(group, self.context, interval_ms) {
            self.statuses.push(
                Status::AssignmentDelayed
                    .with("Assignment delayed due to the configured assignment interval."),
            );
            return (group.assignment_epoch, last());
        }
        let (updated, records) = (Some(member), &mut self.records);
        let mut all =
            target::compute(group, epoch, updated, configured, configs, self.context, records);
        (epoch, all.remove(&member.id).unwrap_or_default())
    }

    fn reconciled(&mut self, member: Member, epoch: i32, tasks: &Tasks) -> Result<Member, Refusal> {
        if member.is_reconciled_to(epoch) {
            return Ok(member);
        }
        let owned = owned(&self.asked.body);
        let target = Target { epoch, tasks, owners: &self.group.owners, owned: owned.as_ref() };
        let next = reconcile(&member, &target)?;
        if next != member {
            self.records.push(records::current(&self.group.id, &next));
            self.step = Step::Moved;
        }
        Ok(next)
    }

    fn reply(
        &mut self,
        before: &Member,
        member: &Member,
        configured: &ConfiguredTopology,
    ) -> StreamsGroupHeartbeatResponse {
        let request = &self.asked.body;
        let mut response = StreamsGroupHeartbeatResponse {
            member_id: member.id.clone(),
            member_epoch: member.epoch,
            heartbeat_interval_ms: self.config.streams_heartbeat_interval_ms,
            ..StreamsGroupHeartbeatResponse::default()
        };
        if request.member_epoch == 0 || before.assigned != member.assigned {
            let active = without_epochs(&member.assigned.active);
            response.active_tasks = Some(in_heartbeat(&active));
            response.standby_tasks = Some(in_heartbeat(&member.assigned.standby));
            response.warmup_tasks = Some(in_heartbeat(&member.assigned.warmup));
            if member.user_endpoint.is_some() {
                self.group.endpoint_epoch += 1;
            }
        }
        if self.group.endpoint_epoch != request.endpoint_information_epoch {
            response.partitions_by_user_endpoint =
                Some(endpoints(self.group, member, configured, self.context.image));
        }
        // A new group is made by its records, and counts from the beginning then.
        if self.existed {
            response.endpoint_information_epoch = self.group.endpoint_epoch;
        }
        if let Some((status, reason)) = &configured.problem {
            self.statuses.push(status.with(reason));
        }
        if let Some(member) = &self.group.shutdown_requested_by {
            self.statuses.push(Status::ShutdownApplication.with(format!(
                "Streams group member {member} encountered a fatal error and requested a shutdown \
                 for the entire application."
            )));
        }
        response.status = Some(std::mem::take(&mut self.statuses));
        response
    }
}

/// The member with what it says of itself. What it does not say stays.
fn described(known: &Member, asked: &Asked<StreamsGroupHeartbeatRequest>) -> Member {
    let request = &asked.body;
    let mut member = known.clone();
    member.client_id = asked.client.id.detached();
    member.client_host = asked.client.host.detached();
    if let Some(rack_id) = &request.rack_id {
        member.rack_id = Some(rack_id.detached());
    }
    if request.rebalance_timeout_ms != -1 {
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
    }
    if let Some(topology) = &request.topology {
        member.topology_epoch = topology.epoch;
    }
    if let Some(process_id) = &request.process_id {
        member.process_id = process_id.detached();
    }
    if let Some(tags) = &request.client_tags {
        let tag = |tag: &request::KeyValue| (tag.key.detached(), tag.value.detached());
        member.client_tags = tags.iter().map(tag).collect();
    }
    if let Some(endpoint) = &request.user_endpoint {
        let host = endpoint.host.detached();
        member.user_endpoint = Some(Endpoint { host, port: endpoint.port });
    }
    member
}

/// What the member says it owns, if it does.
fn owned(request: &StreamsGroupHeartbeatRequest) -> Option<Tasks> {
    let set = |tasks: &Option<Vec<request::TaskIds>>| {
        let tasks = tasks.as_ref()?;
        Some(task_set(tasks.iter().map(|tasks| (&tasks.subtopology_id, &*tasks.partitions))))
    };
    Some(Tasks {
        active: set(&request.active_tasks)?,
        standby: set(&request.standby_tasks)?,
        warmup: set(&request.warmup_tasks)?,
    })
}
