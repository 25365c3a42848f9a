//! A member of a classic group: joins, learns its partitions, gives signs of life, and joins again
//! when the group changes.
//!
//! A join runs in a task of its own, because it waits for the whole group and the caller of `poll` may
//! not. The member that the broker names leader divides the partitions ([`super::assignor`]). With
//! range and roundrobin everybody gives everything up before a join; with cooperative-sticky only
//! what goes to somebody else is given up, after it, and the group joins once more (KIP-429).

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{ErrorCode, Str, TopicPartition};
use protocol::messages::join_group_request::JoinGroupRequestProtocol;
use protocol::messages::leave_group_request::MemberIdentity;
use protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use protocol::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest,
};
use tokio::time::{Instant, sleep};

use super::assignor::{self, Assignment, Member, Topics};
use super::coordinator::Coordinator;
use super::embedded;
use super::offsets::Identity;
use super::{Aborting, Change, Notice, Shared};
use crate::backoff::Backoff;
use crate::cluster::AutoCreate;
use crate::config::{Assignor, ConsumerConfig};
use crate::error::{Error, Result};

const PROTOCOL_TYPE: &str = "consumer";

/// What a join may take at the broker beyond the rebalance timeout, as in Kafka's own client.
const JOIN_GRACE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Classic {
    coordinator: Arc<Coordinator>,
    config: Arc<ConsumerConfig>,
    shared: Arc<Shared>,
    /// The id that the broker has given this member. A join learns it before it has ended.
    member: Arc<Mutex<Str>>,
    generation: i32,
    state: State,
    owned: BTreeSet<TopicPartition>,
    /// What the caller has still to be told.
    changes: VecDeque<Change>,
    backoff: Backoff,
    wait: Duration,
}

#[derive(Debug)]
enum State {
    /// A join is due.
    Unjoined,
    Joining(Aborting<Result<Joined>>, BTreeSet<Str>),
    Stable(Stable),
}

#[derive(Debug)]
struct Stable {
    subscribed: BTreeSet<Str>,
    /// Of the topics of the whole group, if this member is its leader.
    watched: Option<Topics>,
    _heartbeats: Aborting<()>,
}

#[derive(Debug)]
struct Joined {
    generation: i32,
    /// They begin with the generation, and not when the caller polls again.
    heartbeats: Aborting<()>,
    assignor: Assignor,
    assigned: BTreeSet<TopicPartition>,
    watched: Option<Topics>,
}

impl Classic {
    pub fn new(
        coordinator: Arc<Coordinator>,
        config: Arc<ConsumerConfig>,
        shared: Arc<Shared>,
    ) -> Classic {
        let client = &config.client;
        let backoff = Backoff::new(client.retry_backoff, client.retry_backoff_max);
        Classic {
            coordinator,
            config,
            shared,
            member: Arc::default(),
            generation: -1,
            state: State::Unjoined,
            owned: BTreeSet::new(),
            changes: VecDeque::new(),
            backoff,
            wait: Duration::ZERO,
        }
    }

    pub fn identity(&self) -> Identity {
        Identity {
            member: self.member_id().clone(),
            instance: instance(&self.config),
            epoch: self.generation,
        }
    }

    fn member_id(&self) -> MutexGuard<'_, Str> {
        self.member.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_stable(&self) -> bool {
        matches!(self.state, State::Stable(_)) && self.changes.is_empty()
    }

    /// Goes on as far as it can without waiting; says what the caller must do first.
    ///
    /// # Errors
    /// What does not pass by itself: the caller may change it and poll again.
    pub async fn advance(&mut self, subscribed: &BTreeSet<Str>) -> Result<Option<Change>> {
        loop {
            if let Some(change) = self.changes.pop_front() {
                return Ok(Some(change));
            }
            self.take_notice()?;
            if !self.changes.is_empty() {
                continue;
            }
            match &mut self.state {
                State::Unjoined => {
                    let kept: BTreeSet<TopicPartition> = match self.is_cooperative() {
                        true => self.owned_of(subscribed),
                        false => BTreeSet::new(),
                    };
                    let given_up: BTreeSet<_> = self.owned.difference(&kept).cloned().collect();
                    self.owned = kept;
                    if !given_up.is_empty() {
                        return Ok(Some(Change::Revoke(given_up)));
                    }
                    self.start_join(subscribed.clone());
                }
                State::Joining(join, of) => {
                    if !join.is_finished() {
                        return Ok(None);
                    }
                    let joined = join.result().await.unwrap_or(Err(Error::Closed));
                    let of = std::mem::take(of);
                    self.state = State::Unjoined;
                    self.take_joined(joined, of)?;
                }
                State::Stable(stable) => {
                    let changed = stable.subscribed != *subscribed
                        || stable.watched.as_ref().is_some_and(|watched| {
                            *watched != counts(&self.coordinator, watched.keys())
                        });
                    if !changed {
                        return Ok(None);
                    }
                    self.state = State::Unjoined;
                }
            }
        }
    }

    /// Gives up a join that is under way. The broker may keep it until the whole group has come, and
    /// what is said next must not wait behind it.
    pub async fn stop_joining(&mut self) {
        if matches!(self.state, State::Joining(..)) {
            self.state = State::Unjoined;
            self.coordinator.forget().await;
        }
    }

    /// Leaves the group. A member with an instance id stays in it until its session ends, so that it
    /// may come back.
    pub async fn leave(&mut self) -> Result<()> {
        self.stop_joining().await;
        self.state = State::Unjoined;
        self.owned.clear();
        let member = std::mem::take(&mut *self.member_id());
        self.generation = -1;
        if member.is_empty() || !self.config.group_instance_id.is_empty() {
            return Ok(());
        }
        leave(&self.coordinator, member, "the consumer is being closed").await
    }

    fn is_cooperative(&self) -> bool {
        self.config.assignors.iter().all(|assignor| *assignor == Assignor::CooperativeSticky)
    }

    fn owned_of(&self, subscribed: &BTreeSet<Str>) -> BTreeSet<TopicPartition> {
        self.owned.iter().filter(|owned| subscribed.contains(&owned.topic)).cloned().collect()
    }

    fn take_notice(&mut self) -> Result<()> {
        match self.shared.take_notice() {
            None => Ok(()),
            Some(Notice::Rejoin) => {
                if matches!(self.state, State::Stable(_)) {
                    self.state = State::Unjoined;
                }
                Ok(())
            }
            Some(Notice::Lost(code)) => {
                self.lose(code);
                Ok(())
            }
            Some(Notice::Failed(error)) => {
                self.state = State::Unjoined;
                self.wait = self.backoff.next_wait();
                Err(error)
            }
        }
    }

    /// The group has gone on without this member.
    fn lose(&mut self, code: ErrorCode) {
        self.state = State::Unjoined;
        self.generation = -1;
        if code != ErrorCode::IllegalGeneration {
            *self.member_id() = Str::EMPTY;
        }
        let lost = std::mem::take(&mut self.owned);
        if !lost.is_empty() {
            self.changes.push_back(Change::Lost(lost));
        }
    }

    fn start_join(&mut self, subscribed: BTreeSet<Str>) {
        let join = Join {
            coordinator: self.coordinator.clone(),
            config: self.config.clone(),
            shared: self.shared.clone(),
            member: self.member.clone(),
            subscribed: subscribed.clone(),
            owned: self.owned.clone(),
            generation: self.generation,
        };
        let (wait, shared) = (std::mem::take(&mut self.wait), self.shared.clone());
        let task = tokio::spawn(async move {
            sleep(wait).await;
            let joined = join.run().await;
            shared.wake.notify_one();
            joined
        });
        self.state = State::Joining(Aborting::new(task), subscribed);
    }

    fn take_joined(&mut self, joined: Result<Joined>, subscribed: BTreeSet<Str>) -> Result<()> {
        let joined = match joined {
            Ok(joined) => joined,
            Err(error) => return self.join_failed(error),
        };
        let client = &self.config.client;
        self.backoff = Backoff::new(client.retry_backoff, client.retry_backoff_max);
        self.generation = joined.generation;
        let added: BTreeSet<_> = joined.assigned.difference(&self.owned).cloned().collect();
        let taken: BTreeSet<_> = self.owned.difference(&joined.assigned).cloned().collect();
        self.owned = joined.assigned;
        let gives_up = !taken.is_empty();
        if gives_up {
            self.changes.push_back(Change::Revoke(taken));
        }
        self.changes.push_back(Change::Assign(added));
        if gives_up && joined.assignor == Assignor::CooperativeSticky {
            // Now that they are free, somebody else may have them.
            self.shared.notify(Notice::Rejoin);
        }
        self.state = State::Stable(Stable {
            subscribed,
            watched: joined.watched,
            _heartbeats: joined.heartbeats,
        });
        Ok(())
    }

    fn join_failed(&mut self, error: Error) -> Result<()> {
        self.wait = self.backoff.next_wait();
        match error.code() {
            Some(code @ (ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration)) => {
                self.lose(code);
                self.wait = Duration::ZERO;
                Ok(())
            }
            Some(ErrorCode::RebalanceInProgress) => {
                self.wait = Duration::ZERO;
                Ok(())
            }
            Some(ErrorCode::FencedInstanceId) => {
                self.lose(ErrorCode::FencedInstanceId);
                Err(error)
            }
            _ if super::passes(&error) => Ok(()),
            _ => Err(error),
        }
    }
}

fn instance(config: &ConsumerConfig) -> Option<Str> {
    let id = config.group_instance_id.as_str();
    (!id.is_empty()).then(|| id.into())
}

async fn leave(coordinator: &Coordinator, member: Str, reason: &'static str) -> Result<()> {
    let group: Str = coordinator.group.as_str().into();
    let response = coordinator
        .call(i16::MAX, Duration::ZERO, |version| match version {
            0..=2 => LeaveGroupRequest {
                group_id: group,
                member_id: member,
                ..LeaveGroupRequest::default()
            },
            _ => LeaveGroupRequest {
                group_id: group,
                members: vec![MemberIdentity {
                    member_id: member,
                    reason: Some(reason.into()),
                    ..MemberIdentity::default()
                }],
                ..LeaveGroupRequest::default()
            },
        })
        .await?;
    coordinator.check("leave the group", response.error_code).await
}

/// How many partitions the topics have now, as far as the cluster is known.
fn counts<'a>(coordinator: &Coordinator, topics: impl Iterator<Item = &'a Str>) -> Topics {
    let metadata = coordinator.cluster.metadata();
    let count =
        |topic: &Str| metadata.topics.get(topic).map_or(0, |found| found.partitions.len() as i32);
    topics.map(|topic| (topic.clone(), count(topic))).collect()
}

/// One way through JoinGroup and SyncGroup.
struct Join {
    coordinator: Arc<Coordinator>,
    config: Arc<ConsumerConfig>,
    shared: Arc<Shared>,
    member: Arc<Mutex<Str>>,
    subscribed: BTreeSet<Str>,
    owned: BTreeSet<TopicPartition>,
    generation: i32,
}

impl Join {
    async fn run(self) -> Result<Joined> {
        let response = self.join().await?;
        let name = response.protocol_name.as_deref().unwrap_or_default();
        let known = self.config.assignors.iter().find(|assignor| assignor.name() == name);
        let assignor = *known.ok_or_else(|| {
            let reason = format!("the group uses `{name}`, which this member has not offered");
            Error::corrupt("the reply to JoinGroup", reason)
        })?;
        let (assignment, watched) = match response.leader == response.member_id {
            true => self.lead(assignor, &response).await?,
            false => (Assignment::new(), None),
        };
        let sent = if response.skip_assignment { Assignment::new() } else { assignment };
        let assigned = self.sync(&response, sent).await?;
        Ok(Joined {
            generation: response.generation_id,
            heartbeats: self.begin_heartbeats(&response),
            assignor,
            assigned,
            watched,
        })
    }

    fn begin_heartbeats(&self, joined: &JoinGroupResponse) -> Aborting<()> {
        let heartbeats = Heartbeats {
            coordinator: self.coordinator.clone(),
            config: self.config.clone(),
            shared: self.shared.clone(),
            identity: Identity {
                member: joined.member_id.detached(),
                instance: instance(&self.config),
                epoch: joined.generation_id,
            },
        };
        Aborting::new(tokio::spawn(heartbeats.run()))
    }

    fn member_id(&self) -> MutexGuard<'_, Str> {
        self.member.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins, a second time with the id that the broker gives at the first.
    async fn join(&self) -> Result<JoinGroupResponse> {
        let rebalance = self.config.max_poll_interval;
        loop {
            let response = self
                .coordinator
                .call(i16::MAX, rebalance + JOIN_GRACE, |version| self.join_request(version))
                .await?;
            let code = ErrorCode::from_code(response.error_code);
            if code == ErrorCode::MemberIdRequired && self.member_id().is_empty() {
                *self.member_id() = response.member_id.detached();
                continue;
            }
            let during = format!("join group {}", self.coordinator.group);
            self.coordinator.check(&during, response.error_code).await?;
            *self.member_id() = response.member_id.detached();
            return Ok(response);
        }
    }

    fn join_request(&self, version: i16) -> JoinGroupRequest {
        let ms = |time: Duration| i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
        let protocols = self.config.assignors.iter().map(|assignor| JoinGroupRequestProtocol {
            name: assignor.name().into(),
            metadata: embedded::subscription(
                &self.subscribed,
                &self.owned,
                self.generation,
                &self.config.rack,
            ),
            ..JoinGroupRequestProtocol::default()
        });
        JoinGroupRequest {
            group_id: self.coordinator.group.as_str().into(),
            session_timeout_ms: ms(self.config.session_timeout),
            rebalance_timeout_ms: ms(self.config.max_poll_interval),
            member_id: self.member_id().clone(),
            group_instance_id: instance(&self.config).filter(|_| version >= 5),
            protocol_type: PROTOCOL_TYPE.into(),
            protocols: protocols.collect(),
            ..JoinGroupRequest::default()
        }
    }

    /// What the leader does: divides the partitions of all topics that somebody subscribes to.
    async fn lead(
        &self,
        assignor: Assignor,
        response: &JoinGroupResponse,
    ) -> Result<(Assignment, Option<Topics>)> {
        let mut members = Vec::new();
        for member in &response.members {
            let subscription = embedded::read_subscription(member.metadata.clone())?;
            let owned = subscription.owned_partitions.iter().flat_map(|topic| {
                topic
                    .partitions
                    .iter()
                    .map(|index| TopicPartition::new(topic.topic.clone(), *index))
            });
            members.push(Member {
                id: member.member_id.clone(),
                instance: member.group_instance_id.clone(),
                owned: owned.collect(),
                generation: subscription.generation_id,
                topics: subscription.topics.into_iter().collect(),
            });
        }
        let topics: BTreeSet<Str> =
            members.iter().flat_map(|member| member.topics.iter().map(Str::detached)).collect();
        let auto_create = match self.config.allow_auto_create {
            true => AutoCreate::Allowed,
            false => AutoCreate::Forbidden,
        };
        let topics: Vec<Str> = topics.into_iter().collect();
        self.coordinator.cluster.mark_stale();
        self.coordinator.cluster.refresh(&topics, auto_create).await?;
        let watched = counts(&self.coordinator, topics.iter());
        let existing: Topics =
            watched.iter().filter(|(_, count)| **count > 0).map(|(t, c)| (t.clone(), *c)).collect();
        Ok((assignor::assign(assignor, &members, &existing), Some(watched)))
    }

    async fn sync(
        &self,
        joined: &JoinGroupResponse,
        assignment: Assignment,
    ) -> Result<BTreeSet<TopicPartition>> {
        let assignments =
            assignment.iter().map(|(member, partitions)| SyncGroupRequestAssignment {
                member_id: member.clone(),
                assignment: embedded::assignment(partitions),
                ..SyncGroupRequestAssignment::default()
            });
        let assignments: Vec<SyncGroupRequestAssignment> = assignments.collect();
        let response = self
            .coordinator
            .call(i16::MAX, self.config.max_poll_interval, |version| SyncGroupRequest {
                group_id: self.coordinator.group.as_str().into(),
                generation_id: joined.generation_id,
                member_id: joined.member_id.clone(),
                group_instance_id: instance(&self.config).filter(|_| version >= 3),
                protocol_type: (version >= 5).then(|| PROTOCOL_TYPE.into()),
                protocol_name: joined.protocol_name.clone().filter(|_| version >= 5),
                assignments,
                ..SyncGroupRequest::default()
            })
            .await?;
        let during = format!("learn the assignment of group {}", self.coordinator.group);
        self.coordinator.check(&during, response.error_code).await?;
        match response.assignment.is_empty() {
            true => Ok(BTreeSet::new()),
            false => embedded::read_assignment(response.assignment),
        }
    }
}

/// The signs of life of one generation.
struct Heartbeats {
    coordinator: Arc<Coordinator>,
    config: Arc<ConsumerConfig>,
    shared: Arc<Shared>,
    identity: Identity,
}

impl Heartbeats {
    async fn run(self) {
        let client = &self.config.client;
        let new_backoff = || Backoff::new(client.retry_backoff, client.retry_backoff_max);
        let mut backoff = new_backoff();
        let mut wait = self.config.heartbeat_interval;
        let mut answered = Instant::now();
        loop {
            sleep(wait).await;
            if self.shared.idle_for() > self.config.max_poll_interval {
                // Somebody else shall do the work. Its outcome changes nothing here.
                let _ = leave(
                    &self.coordinator,
                    self.identity.member.clone(),
                    "the consumer has not polled for max.poll.interval.ms",
                )
                .await;
                self.shared.notify(Notice::Lost(ErrorCode::UnknownMemberId));
                return;
            }
            let error = match self.beat().await {
                Ok(()) => {
                    backoff = new_backoff();
                    wait = self.config.heartbeat_interval;
                    answered = Instant::now();
                    continue;
                }
                Err(error) => error,
            };
            wait = backoff.next_wait();
            match error.code() {
                Some(ErrorCode::RebalanceInProgress) => {
                    self.shared.notify(Notice::Rejoin);
                    wait = self.config.heartbeat_interval;
                }
                Some(code @ (ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration)) => {
                    return self.shared.notify(Notice::Lost(code));
                }
                _ if super::passes(&error) => {
                    if answered.elapsed() > self.config.session_timeout {
                        // The broker will have given the partitions to others.
                        let code = ErrorCode::UnknownMemberId;
                        return self.shared.notify(Notice::Lost(code));
                    }
                }
                _ => return self.shared.notify(Notice::Failed(error)),
            }
        }
    }

    async fn beat(&self) -> Result<()> {
        let response = self
            .coordinator
            .call(i16::MAX, Duration::ZERO, |version| HeartbeatRequest {
                group_id: self.coordinator.group.as_str().into(),
                generation_id: self.identity.epoch,
                member_id: self.identity.member.clone(),
                group_instance_id: self.identity.instance.clone().filter(|_| version >= 3),
                ..HeartbeatRequest::default()
            })
            .await?;
        self.coordinator.check("stay in the group", response.error_code).await
    }
}
