//! Members of groups, as the benchmarks play them: they join, learn what they are given, give signs of
//! life, and read nothing.
//!
//! Each has a connection of its own, as a consumer has: a JoinGroup waits at the broker until the whole
//! group has come, and what is behind it on its connection waits with it. All of them live on the
//! one thread of the program.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base::error::Retry;
use base::{ErrorCode, Str, TopicPartition, Uuid};
use client::Admin;
use client::cluster::AutoCreate;
use client::config::{Address, ClientConfig};
use client::connection::{Connection, Patience};
use client::consumer::group::embedded;
use client::coordinators::CoordinatorType;
use client::metadata::TopicMetadata;
use protocol::messages::consumer_group_heartbeat_request::TopicPartitions;
use protocol::messages::join_group_request::JoinGroupRequestProtocol;
use protocol::messages::leave_group_request::MemberIdentity;
use protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use protocol::messages::{
    ConsumerGroupHeartbeatRequest, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse,
    LeaveGroupRequest, SyncGroupRequest, SyncGroupResponse,
};
use tokio::time::sleep;

use super::ensure_topic;
use crate::arguments::ClusterArguments;
use crate::failure::{Failure, Outcome};

const PROTOCOL_TYPE: &str = "consumer";
/// What assignment by the leader is called. The broker does not look into it.
const ASSIGNOR: &str = "cooperative-sticky";
const SESSION_TIMEOUT: Duration = Duration::from_secs(45);
const REBALANCE_TIMEOUT: Duration = Duration::from_secs(300);
/// Pause before a request is repeated that the coordinator was not ready for.
const PAUSE: Duration = Duration::from_millis(20);

/// The epochs of KIP-848 that join and leave.
const JOIN: i32 = 0;
const LEAVE: i32 = -1;

/// A group of its own: members of an earlier run may still be in theirs.
pub(super) struct NewGroup {
    admin: Admin,
    config: ClientConfig,
    pub id: Str,
    topic: Arc<TopicMetadata>,
}

impl NewGroup {
    /// A group that reads a topic, which is made if it does not exist.
    pub async fn on(
        cluster: &ClusterArguments,
        workload: &str,
        topic: &str,
        partitions: i32,
    ) -> Result<NewGroup, Failure> {
        let config = cluster.client_config()?;
        let admin = Admin::connect(config.clone()).await?;
        ensure_topic(&admin, topic, partitions).await?;
        let cluster = admin.cluster();
        let topic = cluster.topic(topic, AutoCreate::Forbidden, config.api_timeout).await?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = format!("bench-{workload}-{}", now.as_millis()).into();
        Ok(NewGroup { admin, config, id, topic })
    }

    pub async fn coordinator(&self) -> Result<Address, Failure> {
        let (cluster, patience) = (self.admin.cluster(), self.config.api_timeout);
        let found = cluster.coordinator(CoordinatorType::Group, &self.id, patience).await?;
        Ok(found.1)
    }

    pub async fn seat(&self, coordinator: &Address) -> Result<Seat, Failure> {
        Ok(Seat {
            connection: Connection::open(coordinator, &self.config).await?,
            group: self.id.clone(),
            topic: self.topic.name.clone(),
            topic_id: self.topic.id,
            partitions: self.partitions(),
        })
    }

    /// How many the topic has.
    pub fn partitions(&self) -> i32 {
        self.topic.partitions.len() as i32
    }
}

/// Where a member sits: what it needs to speak.
pub(super) struct Seat {
    pub connection: Connection,
    pub group: Str,
    pub topic: Str,
    pub topic_id: Uuid,
    /// How many the topic has.
    pub partitions: i32,
}

/// Whether a member is still one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Stable,
    /// The group divides its work anew.
    Rejoins,
}

/// A member of a classic group.
pub(super) struct Classic {
    seat: Seat,
    id: Str,
    pub generation: i32,
    pub owned: BTreeSet<TopicPartition>,
}

impl Classic {
    pub fn new(seat: Seat) -> Classic {
        Classic { seat, id: Str::EMPTY, generation: -1, owned: BTreeSet::new() }
    }

    /// Joins and learns its partitions, as often as the group begins anew meanwhile.
    pub async fn join(&mut self) -> Outcome {
        loop {
            let joined = self.ask_to_join().await?;
            let code = ErrorCode::from_code(joined.error_code);
            if code == ErrorCode::MemberIdRequired {
                self.id = joined.member_id.detached();
                continue;
            }
            if !self.goes_on("join", code).await? {
                continue;
            }
            self.id = joined.member_id.detached();
            self.generation = joined.generation_id;
            let synced = self.sync(&joined).await?;
            if self.goes_on("sync", ErrorCode::from_code(synced.error_code)).await? {
                self.owned = match synced.assignment.is_empty() {
                    true => BTreeSet::new(),
                    false => embedded::read_assignment(synced.assignment)?,
                };
                return Ok(());
            }
        }
    }

    /// True if there was no error, false if the member has to join again.
    async fn goes_on(&mut self, during: &str, code: ErrorCode) -> Result<bool, Failure> {
        match code {
            ErrorCode::None => return Ok(true),
            ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration => {}
            ErrorCode::UnknownMemberId => self.id = Str::EMPTY,
            code if code.retry() != Retry::No => sleep(PAUSE).await,
            code => {
                let group = &self.seat.group;
                return Err(Failure::failed(format!("could not {during} group {group}: {code}")));
            }
        }
        Ok(false)
    }

    async fn ask_to_join(&self) -> Result<JoinGroupResponse, Failure> {
        let seat = &self.seat;
        let topics = BTreeSet::from([seat.topic.clone()]);
        let request = JoinGroupRequest {
            group_id: seat.group.clone(),
            session_timeout_ms: SESSION_TIMEOUT.as_millis() as i32,
            rebalance_timeout_ms: REBALANCE_TIMEOUT.as_millis() as i32,
            member_id: self.id.clone(),
            protocol_type: PROTOCOL_TYPE.into(),
            protocols: vec![JoinGroupRequestProtocol {
                name: ASSIGNOR.into(),
                metadata: embedded::subscription(&topics, &self.owned, self.generation, ""),
                ..JoinGroupRequestProtocol::default()
            }],
            ..JoinGroupRequest::default()
        };
        let version = seat.connection.version::<JoinGroupRequest>()?;
        let patience = Patience(REBALANCE_TIMEOUT);
        Ok(seat.connection.call_patiently(&request, version, patience).await?)
    }

    async fn sync(&self, joined: &JoinGroupResponse) -> Result<SyncGroupResponse, Failure> {
        let seat = &self.seat;
        let version = seat.connection.version::<SyncGroupRequest>()?;
        let leads = joined.leader == joined.member_id && !joined.skip_assignment;
        let request = SyncGroupRequest {
            group_id: seat.group.clone(),
            generation_id: joined.generation_id,
            member_id: joined.member_id.clone(),
            protocol_type: (version >= 5).then(|| PROTOCOL_TYPE.into()),
            protocol_name: joined.protocol_name.clone().filter(|_| version >= 5),
            assignments: if leads { self.assignments(joined) } else { Vec::new() },
            ..SyncGroupRequest::default()
        };
        let patience = Patience(REBALANCE_TIMEOUT);
        Ok(seat.connection.call_patiently(&request, version, patience).await?)
    }

    /// What the leader gives: to each member as many partitions in a row, by the members' ids.
    fn assignments(&self, joined: &JoinGroupResponse) -> Vec<SyncGroupRequestAssignment> {
        let mut members: Vec<&Str> =
            joined.members.iter().map(|member| &member.member_id).collect();
        members.sort_unstable();
        let (count, total) = (members.len(), self.seat.partitions as usize);
        let given = members.into_iter().enumerate().map(|(place, member)| {
            let first = place * total / count;
            let past = (place + 1) * total / count;
            let partitions = (first..past)
                .map(|index| TopicPartition::new(self.seat.topic.clone(), index as i32))
                .collect();
            SyncGroupRequestAssignment {
                member_id: member.clone(),
                assignment: embedded::assignment(&partitions),
                ..SyncGroupRequestAssignment::default()
            }
        });
        given.collect()
    }

    pub async fn heartbeat(&mut self) -> Result<Standing, Failure> {
        let request = HeartbeatRequest {
            group_id: self.seat.group.clone(),
            generation_id: self.generation,
            member_id: self.id.clone(),
            ..HeartbeatRequest::default()
        };
        let response = self.seat.connection.call(&request).await?;
        match self.goes_on("stay in", ErrorCode::from_code(response.error_code)).await? {
            true => Ok(Standing::Stable),
            false => Ok(Standing::Rejoins),
        }
    }

    pub async fn leave(self) -> Outcome {
        let version = self.seat.connection.version::<LeaveGroupRequest>()?;
        let mut request =
            LeaveGroupRequest { group_id: self.seat.group, ..LeaveGroupRequest::default() };
        if version >= 3 {
            request.members =
                vec![MemberIdentity { member_id: self.id, ..MemberIdentity::default() }];
        } else {
            request.member_id = self.id;
        }
        let none = Patience(Duration::ZERO);
        let response = self.seat.connection.call_patiently(&request, version, none).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => Ok(()),
            code => Err(Failure::failed(format!("could not leave the group: {code}"))),
        }
    }
}

/// A member of a group of KIP-848.
pub(super) struct Modern {
    seat: Seat,
    id: Str,
    pub epoch: i32,
    pub owned: Vec<i32>,
    /// What it owns has changed, and the broker has not been told.
    owes_news: bool,
}

impl Modern {
    pub fn new(seat: Seat) -> Modern {
        let id = Uuid::from_halves(fastrand::u64(..), fastrand::u64(..));
        Modern { seat, id: id.to_string().into(), epoch: JOIN, owned: Vec::new(), owes_news: true }
    }

    /// Tells the broker what is new and takes what it is given. `Rejoins` says that there is news to
    /// be told at once.
    pub async fn heartbeat(&mut self) -> Result<Standing, Failure> {
        let joins = self.epoch == JOIN;
        let request = ConsumerGroupHeartbeatRequest {
            rebalance_timeout_ms: if joins { REBALANCE_TIMEOUT.as_millis() as i32 } else { -1 },
            subscribed_topic_names: joins.then(|| vec![self.seat.topic.clone()]),
            topic_partitions: self.owes_news.then(|| self.owned_by_topic()),
            ..self.request(self.epoch)
        };
        let response = self.seat.connection.call(&request).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => {}
            ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => {
                self.owned.clear();
                (self.epoch, self.owes_news) = (JOIN, true);
                return Ok(Standing::Rejoins);
            }
            code if code.retry() != Retry::No => {
                sleep(PAUSE).await;
                return Ok(Standing::Rejoins);
            }
            code => {
                let group = &self.seat.group;
                return Err(Failure::failed(format!("could not stay in group {group}: {code}")));
            }
        }
        self.epoch = response.member_epoch;
        self.owes_news = response.assignment.is_some();
        if let Some(given) = response.assignment {
            let given = given.topic_partitions.into_iter();
            self.owned = given.flat_map(|topic| topic.partitions).collect();
            return Ok(Standing::Rejoins);
        }
        Ok(Standing::Stable)
    }

    fn owned_by_topic(&self) -> Vec<TopicPartitions> {
        if self.owned.is_empty() {
            return Vec::new();
        }
        vec![TopicPartitions {
            topic_id: self.seat.topic_id,
            partitions: self.owned.clone(),
            ..TopicPartitions::default()
        }]
    }

    fn request(&self, member_epoch: i32) -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest {
            group_id: self.seat.group.clone(),
            member_id: self.id.clone(),
            member_epoch,
            ..ConsumerGroupHeartbeatRequest::default()
        }
    }

    pub async fn leave(self) -> Outcome {
        let response = self.seat.connection.call(&self.request(LEAVE)).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => Ok(()),
            code => Err(Failure::failed(format!("could not leave the group: {code}"))),
        }
    }
}
