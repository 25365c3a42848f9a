//! A KIP-848 group: the coordinator hands out the partitions, member by member, and takes them back
//! before it gives them to another.
//!
//! At no moment do two members hold one partition. A member holds what it was told it has, from the
//! moment it hears of it until the moment it says that it has given it up, or its session has ended
//! by its own clock. And when all is quiet, every partition has an owner.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base::{ErrorCode, MonoMs, Str, Uuid};
use coordinator::group::{Asked, GroupShard};
use protocol::messages::ConsumerGroupHeartbeatRequest;
use protocol::messages::consumer_group_heartbeat_request::TopicPartitions;

use super::{Stage, Story};
use crate::client::{Client, Weather};
use crate::flaw::Flaw;

const GROUP: &str = "workers";
const TOPIC: &str = "input";
const MEMBERS: u64 = 4;
const PARTITIONS: i32 = 6;
/// `group.consumer.session.timeout.ms` of the node.
pub const SESSION_TIMEOUT_MS: u64 = 2_500;

/// Who holds what, by member, as the members themselves believe.
type Held = Rc<RefCell<BTreeMap<Str, Tenure>>>;

#[derive(Default)]
struct Tenure {
    partitions: BTreeSet<i32>,
    /// After this the member must believe that it has been put out.
    until: MonoMs,
}

struct Member {
    stage: Stage,
    client: Client,
    held: Held,
    id: Str,
    epoch: i32,
    owned: BTreeSet<i32>,
}

pub fn run(seed: u64, flaw: Option<Flaw>) -> Story {
    let stage = Stage::new(seed, &[(TOPIC, PARTITIONS)], flaw);
    let held: Held = Rc::default();
    for number in 0..MEMBERS {
        let (stage, held) = (stage.clone(), held.clone());
        stage.world.clone().spawn(async move {
            stage.world.sleep_ms(stage.world.below(1_000)).await;
            let mut life = 0;
            while !stage.is_over() {
                life += 1;
                let mut client = stage.client(Weather::CONNECTED);
                client.timeout_ms = 600;
                let id = Str::from(format!("member-{number}-{life}"));
                let (stage, held) = (stage.clone(), held.clone());
                let mut member =
                    Member { stage, client, held, id, epoch: 0, owned: BTreeSet::new() };
                member.live().await;
                member.stage.world.sleep_ms(member.stage.world.below(2_000)).await;
            }
        });
    }
    stage.run();
    stage.story()
}

impl Member {
    async fn live(&mut self) {
        while !self.stage.is_over() {
            let sent = self.stage.world.now();
            if self.has_ended(sent) {
                return;
            }
            let reply = self.client.ask::<GroupShard, _>(self.heartbeat()).await;
            if let Ok(Ok(reply)) = reply {
                match ErrorCode::from_code(reply.error_code) {
                    ErrorCode::None => {
                        self.epoch = reply.member_epoch;
                        let until = sent.plus_ms(SESSION_TIMEOUT_MS);
                        let assigned = reply.assignment.map(|assignment| {
                            let topics = assignment.topic_partitions.into_iter();
                            topics.flat_map(|topic| topic.partitions).collect()
                        });
                        self.take(assigned, until);
                    }
                    ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => {
                        self.give_up();
                        return;
                    }
                    _ => {}
                }
            }
            if self.stage.world.once_in(40) {
                // It dies without a word; its partitions wait for the end of its session.
                self.give_up();
                return;
            }
            if self.stage.world.once_in(60) {
                let leaves =
                    ConsumerGroupHeartbeatRequest { member_epoch: -1, ..self.heartbeat().body };
                self.give_up();
                // Whether it is heard or not, the member is gone.
                let _ = self.client.ask::<GroupShard, _>(asked(leaves)).await;
                return;
            }
            let pause = if self.stage.world.once_in(40) { 6_000 } else { 300 };
            self.stage.world.sleep_ms(self.stage.world.below(pause)).await;
        }
    }

    fn heartbeat(&self) -> Asked<ConsumerGroupHeartbeatRequest> {
        let owned = TopicPartitions {
            topic_id: self.topic_id(),
            partitions: self.owned.iter().copied().collect(),
            ..TopicPartitions::default()
        };
        let topic_partitions = if self.owned.is_empty() { Vec::new() } else { vec![owned] };
        asked(ConsumerGroupHeartbeatRequest {
            group_id: GROUP.into(),
            member_id: self.id.clone(),
            member_epoch: self.epoch,
            // Longer than the session: a member that is asked to give up partitions and falls asleep is
            // put out when its session ends, which it knows by its own clock, and not before.
            rebalance_timeout_ms: 10_000,
            subscribed_topic_names: Some(vec![TOPIC.into()]),
            topic_partitions: Some(topic_partitions),
            ..ConsumerGroupHeartbeatRequest::default()
        })
    }

    fn topic_id(&self) -> Uuid {
        self.stage.node.image().topic(TOPIC).expect("the topic exists").id
    }

    /// Whether the member has to believe that its session is over.
    fn has_ended(&mut self, now: MonoMs) -> bool {
        let ended = self.held.borrow().get(&self.id).is_some_and(|tenure| tenure.until <= now);
        if ended {
            self.give_up();
        }
        ended
    }

    fn give_up(&mut self) {
        self.owned.clear();
        self.held.borrow_mut().remove(&self.id);
    }

    fn take(&mut self, assigned: Option<BTreeSet<i32>>, until: MonoMs) {
        let now = self.stage.world.now();
        let mut held = self.held.borrow_mut();
        if let Some(assigned) = assigned {
            for partition in assigned.difference(&self.owned) {
                for (other, tenure) in held.iter() {
                    let holds = *other != self.id
                        && tenure.until > now
                        && tenure.partitions.contains(partition);
                    if holds {
                        self.stage.violated(format!(
                            "partition {partition} was given to {} while {other} holds it",
                            self.id
                        ));
                    }
                }
                self.stage.count("committed");
            }
            self.owned = assigned;
        }
        let tenure = Tenure { partitions: self.owned.clone(), until };
        held.insert(self.id.clone(), tenure);
    }
}

fn asked<R>(body: R) -> Asked<R> {
    Asked { client: Default::default(), version: 1, body }
}
