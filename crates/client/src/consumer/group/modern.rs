//! A member of a group whose broker assigns the partitions (KIP-848).
//!
//! One task heartbeats: it says what the member wants and owns, and hears its epoch and its
//! assignment. The caller's `poll` carries the assignment out, gives up before it takes on, and tells
//! the task, whose next heartbeat says so to the broker. A member that the broker has fenced loses
//! everything at once and begins anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{ErrorCode, Str, TopicPartition, Uuid};
use protocol::messages::consumer_group_heartbeat_request::TopicPartitions;
use protocol::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::coordinator::Coordinator;
use super::offsets::Identity;
use super::{Aborting, Change, Notice, Shared};
use crate::backoff::Backoff;
use crate::cluster::AutoCreate;
use crate::config::ConsumerConfig;
use crate::error::{Error, Result};

/// The epoch that joins, and those that leave: for good, and for a static member that will be back.
const JOIN: i32 = 0;
const LEAVE: i32 = -1;
const LEAVE_FOR_NOW: i32 = -2;

#[derive(Debug)]
pub(super) struct Modern {
    coordinator: Arc<Coordinator>,
    config: Arc<ConsumerConfig>,
    shared: Arc<Shared>,
    talk: Arc<Talk>,
    owned: BTreeSet<TopicPartition>,
    /// What is to be taken on once what goes has been given up.
    incoming: Option<BTreeSet<TopicPartition>>,
    task: Option<Aborting<()>>,
}

/// What the caller and the task tell each other.
#[derive(Debug)]
struct Talk {
    said: Mutex<Said>,
    /// Wakes the task before its next heartbeat is due.
    kick: Notify,
}

#[derive(Debug)]
struct Said {
    member: Str,
    epoch: i32,
    subscribed: BTreeSet<Str>,
    owned: BTreeSet<TopicPartition>,
    /// Whether `owned` is what the last assignment asked for.
    is_reconciled: bool,
    /// Of the last heartbeat that brought one.
    assignment: Option<BTreeMap<Uuid, Vec<i32>>>,
    /// The member was fenced and the caller has not dropped its partitions yet.
    is_lost: bool,
}

impl Talk {
    fn with<T>(&self, change: impl FnOnce(&mut Said) -> T) -> T {
        change(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Modern {
    pub fn new(
        coordinator: Arc<Coordinator>,
        config: Arc<ConsumerConfig>,
        shared: Arc<Shared>,
    ) -> Modern {
        let random = (u128::from(fastrand::u64(..)) << 64) | u128::from(fastrand::u64(..));
        let id = Uuid::from_random(random).unwrap_or(Uuid::from_halves(1, fastrand::u64(1..)));
        let said = Said {
            member: id.to_string().into(),
            epoch: JOIN,
            subscribed: BTreeSet::new(),
            owned: BTreeSet::new(),
            is_reconciled: true,
            assignment: None,
            is_lost: false,
        };
        Modern {
            coordinator,
            config,
            shared,
            talk: Arc::new(Talk { said: Mutex::new(said), kick: Notify::new() }),
            owned: BTreeSet::new(),
            incoming: None,
            task: None,
        }
    }

    pub fn identity(&self) -> Identity {
        let (member, epoch) = self.talk.with(|said| (said.member.clone(), said.epoch));
        let instance = instance(&self.config);
        Identity { member, instance, epoch: if epoch == JOIN { -1 } else { epoch } }
    }

    pub fn is_stable(&self) -> bool {
        self.incoming.is_none() && self.talk.with(|said| said.epoch > JOIN && said.is_reconciled)
    }

    /// Goes on as far as it can without waiting; says what the caller must do first.
    ///
    /// # Errors
    /// What does not pass by itself: the caller may change it and poll again.
    pub async fn advance(&mut self, subscribed: &BTreeSet<Str>) -> Result<Option<Change>> {
        match self.shared.take_notice() {
            Some(Notice::Failed(error)) => {
                self.task = None;
                return Err(error);
            }
            Some(Notice::Lost(_)) => {
                self.incoming = None;
                let lost = std::mem::take(&mut self.owned);
                self.talk.with(|said| {
                    said.is_lost = false;
                    said.owned.clear();
                });
                self.talk.kick.notify_one();
                if !lost.is_empty() {
                    return Ok(Some(Change::Lost(lost)));
                }
            }
            Some(Notice::Rejoin) | None => {}
        }
        let changed = self.talk.with(|said| {
            let changed = said.subscribed != *subscribed;
            said.subscribed.clone_from(subscribed);
            changed
        });
        if self.task.as_ref().is_none_or(Aborting::is_finished) {
            self.start();
        } else if changed {
            self.talk.kick.notify_one();
        }
        self.reconcile(subscribed).await
    }

    async fn reconcile(&mut self, subscribed: &BTreeSet<Str>) -> Result<Option<Change>> {
        if let Some(target) = self.incoming.take() {
            // What goes has been given up.
            let added: BTreeSet<_> = target.difference(&self.owned).cloned().collect();
            self.owned = target;
            self.acknowledge();
            return Ok(Some(Change::Assign(added)));
        }
        // It stays there until its topics are known: this may be dropped or fail where it waits.
        let Some(assignment) = self.talk.with(|said| said.assignment.clone()) else {
            return Ok(None);
        };
        let Some(target) = self.named(&assignment, subscribed).await? else {
            return Ok(None);
        };
        // A newer one that has come meanwhile is next.
        self.talk.with(|said| {
            said.assignment.take_if(|said| *said == assignment);
        });
        let given_up: BTreeSet<_> = self.owned.difference(&target).cloned().collect();
        self.owned = self.owned.intersection(&target).cloned().collect();
        self.incoming = Some(target);
        Ok(Some(Change::Revoke(given_up)))
    }

    fn acknowledge(&self) {
        self.talk.with(|said| {
            said.owned.clone_from(&self.owned);
            said.is_reconciled = said.assignment.is_none();
        });
        self.talk.kick.notify_one();
    }

    /// The assignment by names. None while a topic of it is not known.
    async fn named(
        &self,
        assignment: &BTreeMap<Uuid, Vec<i32>>,
        subscribed: &BTreeSet<Str>,
    ) -> Result<Option<BTreeSet<TopicPartition>>> {
        let cluster = &self.coordinator.cluster;
        let find = || {
            let metadata = cluster.metadata();
            let names: BTreeMap<Uuid, &Str> =
                metadata.topics.values().map(|topic| (topic.id, &topic.name)).collect();
            let mut named = BTreeSet::new();
            for (topic, partitions) in assignment {
                let name = *names.get(topic)?;
                named.extend(
                    partitions.iter().map(|index| TopicPartition::new(name.clone(), *index)),
                );
            }
            Some(named)
        };
        if let Some(named) = find() {
            return Ok(Some(named));
        }
        let topics: Vec<Str> = subscribed.iter().cloned().collect();
        cluster.mark_stale();
        match cluster.refresh(&topics, AutoCreate::Forbidden).await {
            Err(error) if !super::passes(&error) => Err(error),
            _ => Ok(find()),
        }
    }

    fn start(&mut self) {
        let heartbeats = Heartbeats {
            coordinator: self.coordinator.clone(),
            config: self.config.clone(),
            shared: self.shared.clone(),
            talk: self.talk.clone(),
        };
        self.task = Some(Aborting::new(tokio::spawn(heartbeats.run())));
    }

    /// Leaves the group, a static member for now.
    pub async fn leave(&mut self) -> Result<()> {
        let was_started = self.task.take().is_some();
        self.owned.clear();
        let identity = self.identity();
        let epoch = self.talk.with(|said| std::mem::replace(&mut said.epoch, JOIN));
        if !was_started {
            return Ok(());
        }
        match leave(&self.coordinator, &identity).await {
            // The heartbeat that joins may not have arrived, or have been refused: there is nothing to
            // leave then. The broker lacks the member or the group, or the instance is another's.
            Err(error) if epoch == JOIN && error.code().is_some() => Ok(()),
            other => other,
        }
    }
}

fn instance(config: &ConsumerConfig) -> Option<Str> {
    let id = config.group_instance_id.as_str();
    (!id.is_empty()).then(|| id.into())
}

async fn leave(coordinator: &Coordinator, identity: &Identity) -> Result<()> {
    let epoch = if identity.instance.is_some() { LEAVE_FOR_NOW } else { LEAVE };
    let response = coordinator
        .call(i16::MAX, Duration::ZERO, |_| ConsumerGroupHeartbeatRequest {
            group_id: coordinator.group.as_str().into(),
            member_id: identity.member.clone(),
            instance_id: identity.instance.clone(),
            member_epoch: epoch,
            ..ConsumerGroupHeartbeatRequest::default()
        })
        .await?;
    coordinator.check("leave the group", response.error_code).await
}

struct Heartbeats {
    coordinator: Arc<Coordinator>,
    config: Arc<ConsumerConfig>,
    shared: Arc<Shared>,
    talk: Arc<Talk>,
}

/// What the broker has been told, so that only what is new is said again.
#[derive(Default)]
struct Told {
    subscribed: Option<BTreeSet<Str>>,
    owned: Option<BTreeSet<TopicPartition>>,
}

impl Heartbeats {
    async fn run(self) {
        let client = &self.config.client;
        let new_backoff = || Backoff::new(client.retry_backoff, client.retry_backoff_max);
        let mut backoff = new_backoff();
        let mut told = Told::default();
        self.talk.with(|said| said.epoch = JOIN);
        loop {
            if self.shared.idle_for() > self.config.max_poll_interval {
                let identity = self.talk.with(|said| Identity {
                    member: said.member.clone(),
                    instance: instance(&self.config),
                    epoch: said.epoch,
                });
                // Somebody else shall do the work. Its outcome changes nothing here.
                let _ = leave(&self.coordinator, &identity).await;
                self.lose(&mut told, ErrorCode::FencedMemberEpoch).await;
            }
            let wait = match self.beat(&mut told).await {
                Ok(wait) => {
                    backoff = new_backoff();
                    wait
                }
                Err(error) => match error.code() {
                    Some(code @ (ErrorCode::UnknownMemberId | ErrorCode::FencedMemberEpoch)) => {
                        self.lose(&mut told, code).await;
                        Duration::ZERO
                    }
                    // The one before has the instance id until its session ends.
                    Some(ErrorCode::UnreleasedInstanceId) => backoff.next_wait(),
                    _ if super::passes(&error) => {
                        // The request may have been lost: everything is said again.
                        told = Told::default();
                        backoff.next_wait()
                    }
                    _ => return self.shared.notify(Notice::Failed(error)),
                },
            };
            // Either the time is up or there is something to say.
            let _ = timeout(wait, self.talk.kick.notified()).await;
        }
    }

    /// Begins anew, after the caller has dropped what it had.
    async fn lose(&self, told: &mut Told, code: ErrorCode) {
        *told = Told::default();
        self.talk.with(|said| {
            said.epoch = JOIN;
            said.assignment = None;
            said.is_reconciled = true;
            said.is_lost = true;
        });
        self.shared.notify(Notice::Lost(code));
        while self.talk.with(|said| said.is_lost) {
            self.talk.kick.notified().await;
        }
    }

    /// One heartbeat; says when the next is due.
    async fn beat(&self, told: &mut Told) -> Result<Duration> {
        let (member, epoch, subscribed, owned) = self.talk.with(|said| {
            (said.member.clone(), said.epoch, said.subscribed.clone(), said.owned.clone())
        });
        let joins = epoch == JOIN;
        let config = &self.config;
        // A request that says everything is answered with the assignment, even if it is no news.
        let is_full = joins || told.subscribed.is_none();
        let says_topics = is_full || told.subscribed.as_ref() != Some(&subscribed);
        let says_owned = is_full || told.owned.as_ref() != Some(&owned);
        let ids = says_owned.then(|| self.with_ids(&owned));
        let request = ConsumerGroupHeartbeatRequest {
            group_id: self.coordinator.group.as_str().into(),
            member_id: member.clone(),
            member_epoch: epoch,
            instance_id: instance(config),
            rack_id: (joins && !config.rack.is_empty()).then(|| config.rack.as_str().into()),
            rebalance_timeout_ms: match is_full {
                true => i32::try_from(config.max_poll_interval.as_millis()).unwrap_or(i32::MAX),
                false => -1,
            },
            subscribed_topic_names: says_topics.then(|| subscribed.iter().cloned().collect()),
            server_assignor: (joins && !config.remote_assignor.is_empty())
                .then(|| config.remote_assignor.as_str().into()),
            topic_partitions: ids,
            ..ConsumerGroupHeartbeatRequest::default()
        };
        let response = self.coordinator.call(i16::MAX, Duration::ZERO, |_| request).await?;
        self.check(&response).await?;
        told.subscribed = Some(subscribed);
        told.owned = Some(owned);
        let wait = Duration::from_millis(response.heartbeat_interval_ms.max(1) as u64);
        self.hear(member, response);
        Ok(wait)
    }

    async fn check(&self, response: &ConsumerGroupHeartbeatResponse) -> Result<()> {
        let during = format!("stay in group {}", self.coordinator.group);
        let checked = self.coordinator.check(&during, response.error_code).await;
        checked.map_err(|error| match error.code() {
            Some(code) => Error::refused(during, code, response.error_message.as_deref()),
            None => error,
        })
    }

    fn hear(&self, member: Str, response: ConsumerGroupHeartbeatResponse) {
        let assignment = response.assignment.map(|assignment| {
            let topics = assignment.topic_partitions.into_iter();
            topics.map(|topic| (topic.topic_id, topic.partitions)).collect()
        });
        let is_new = assignment.is_some();
        self.talk.with(|said| {
            said.epoch = response.member_epoch;
            said.member = response.member_id.map_or(member, |id| id.detached());
            if is_new {
                said.assignment = assignment;
                said.is_reconciled = false;
            }
        });
        if is_new {
            self.shared.wake.notify_one();
        }
    }

    fn with_ids(&self, owned: &BTreeSet<TopicPartition>) -> Vec<TopicPartitions> {
        let metadata = self.coordinator.cluster.metadata();
        let mut topics: BTreeMap<&Str, Vec<i32>> = BTreeMap::new();
        for partition in owned {
            topics.entry(&partition.topic).or_default().push(partition.partition.0);
        }
        // A topic that is gone is nobody's.
        let known = topics.into_iter().filter_map(|(name, partitions)| {
            let topic_id = metadata.topics.get(name)?.id;
            Some(TopicPartitions { topic_id, partitions, ..TopicPartitions::default() })
        });
        known.collect()
    }
}
