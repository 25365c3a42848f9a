//! A member of a KIP-848 group: says that it lives, learns what it owns, gives up what it is asked for.

use std::collections::BTreeSet;

use base::{ErrorCode, Str, Uuid};
use coordinator::group::{Asked, GroupShard};
use protocol::messages::ConsumerGroupHeartbeatRequest;
use protocol::messages::consumer_group_heartbeat_request::TopicPartitions;

use super::Stage;
use super::tenure::Tenures;
use crate::client::{Client, Weather};

/// `group.consumer.session.timeout.ms` of the node.
const SESSION_TIMEOUT_MS: u64 = 2_500;

pub struct Membership {
    pub stage: Stage,
    pub client: Client,
    pub held: Tenures<i32>,
    pub group: &'static str,
    pub topic: &'static str,
    pub id: Str,
    pub epoch: i32,
    pub owned: BTreeSet<i32>,
}

/// Whether a member still is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Member,
    PutOut,
}

impl Membership {
    pub fn new(
        stage: &Stage,
        held: &Tenures<i32>,
        group: &'static str,
        topic: &'static str,
        id: String,
    ) -> Membership {
        // One connection: nothing arrives twice or out of order. What is lost stays lost.
        let mut client = stage.client(Weather::CONNECTED);
        client.timeout_ms = 600;
        Membership {
            stage: stage.clone(),
            client,
            held: held.clone(),
            group,
            topic,
            id: id.into(),
            epoch: 0,
            owned: BTreeSet::new(),
        }
    }

    /// Sends a heartbeat and takes on what it says. A member whose session is over by its own clock
    /// sends none.
    pub async fn beat(&mut self) -> Standing {
        let sent = self.stage.world.now();
        if self.held.has_ended(&self.id, sent) {
            self.give_up();
            return Standing::PutOut;
        }
        let reply = self.client.ask::<GroupShard, _>(asked(self.heartbeat())).await;
        let Ok(Ok(reply)) = reply else { return Standing::Member };
        match ErrorCode::from_code(reply.error_code) {
            ErrorCode::None => {
                self.epoch = reply.member_epoch;
                if let Some(assignment) = reply.assignment {
                    let topics = assignment.topic_partitions.into_iter();
                    self.owned = topics.flat_map(|topic| topic.partitions).collect();
                }
                let until = sent.plus_ms(SESSION_TIMEOUT_MS);
                self.held.hold(&self.stage, &self.id, &self.owned, until);
            }
            ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => {
                self.give_up();
                return Standing::PutOut;
            }
            _ => {}
        }
        Standing::Member
    }

    /// Leaves. Whether that is heard or not, the member is gone.
    pub async fn leave(&mut self) {
        let leaves = ConsumerGroupHeartbeatRequest { member_epoch: -1, ..self.heartbeat() };
        self.give_up();
        let _ = self.client.ask::<GroupShard, _>(asked(leaves)).await;
    }

    pub fn give_up(&mut self) {
        self.owned.clear();
        self.held.give_up(&self.id);
    }

    /// One of the partitions that it owns.
    pub fn any_owned(&self) -> Option<i32> {
        let count = self.owned.len() as u64;
        let nth = if count == 0 { 0 } else { self.stage.world.below(count) };
        self.owned.iter().nth(nth as usize).copied()
    }

    fn heartbeat(&self) -> ConsumerGroupHeartbeatRequest {
        let owned = TopicPartitions {
            topic_id: self.topic_id(),
            partitions: self.owned.iter().copied().collect(),
            ..TopicPartitions::default()
        };
        let topic_partitions = if self.owned.is_empty() { Vec::new() } else { vec![owned] };
        ConsumerGroupHeartbeatRequest {
            group_id: self.group.into(),
            member_id: self.id.clone(),
            member_epoch: self.epoch,
            // Longer than the session: a member that is asked to give up partitions and falls asleep is
            // put out when its session ends, which it knows by its own clock, and not before.
            rebalance_timeout_ms: 10_000,
            subscribed_topic_names: Some(vec![self.topic.into()]),
            topic_partitions: Some(topic_partitions),
            ..ConsumerGroupHeartbeatRequest::default()
        }
    }

    fn topic_id(&self) -> Uuid {
        self.stage.node.image().topic(self.topic).expect("the topic exists").id
    }
}

fn asked<R>(body: R) -> Asked<R> {
    Asked { client: Default::default(), version: 1, body }
}
