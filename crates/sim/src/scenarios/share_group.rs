//! A share group (KIP-932): members take records of the same partitions, and say what became of each.
//!
//! While a member holds a record by its lock, no other is given it, as long as the same leader gives
//! them. A record that was accepted or rejected is never delivered again, whatever crashes or moves
//! once that was acknowledged. No record is delivered more often than the group allows, and a
//! delivery that was given back counts. When the world has come to rest, each record that was
//! written has been accepted, rejected, or delivered as often as it may be: nothing is lost.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base::{ErrorCode, MonoMs, Str};
use coordinator::group::Asked;
use coordinator::share::partition::Acknowledgement;
use coordinator::transaction::TopicPartition;
use protocol::messages::ShareGroupHeartbeatRequest;

use super::{Stage, Story};
use crate::client::{Client, Weather};
use crate::flaw::Flaw;
use crate::node::{DELIVERIES_MAX, LOCK_MS, Layout, Produce, Sharing};

const GROUP: &str = "workers";
const TOPIC: &str = "jobs";
const MEMBERS: u64 = 3;
const PARTITIONS: i32 = 2;
/// How many records a member is given at once.
const RECORDS_MAX: i32 = 4;

/// Acknowledge types, as requests carry them.
const ACCEPT: i8 = 1;
const RELEASE: i8 = 2;
const REJECT: i8 = 3;
const RENEW: i8 = 4;

/// A record of a shared partition.
type Place = (i32, i64);

#[derive(Default)]
struct Truth {
    /// Who holds a record for certain.
    holders: BTreeMap<Place, Hold>,
    /// Acknowledged to be done with, and when that was heard.
    done: BTreeMap<Place, MonoMs>,
    /// Said to be done with, whether it was heard or not.
    maybe_done: BTreeSet<Place>,
    /// The least that the account of a record's next delivery must say, and since when.
    next_delivery: BTreeMap<Place, (i32, MonoMs)>,
    /// How often one leader has delivered a record.
    by_leader: BTreeMap<(i32, Place), i32>,
}

struct Hold {
    member: Str,
    /// Of the leader that gave it.
    epoch: i32,
    since: MonoMs,
    until: MonoMs,
}

/// How a member goes about its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// It falls asleep, forgets records, gives some back, and messages to and from it are lost.
    Human,
    /// It accepts everything.
    Strict,
}

struct Member {
    stage: Stage,
    client: Client,
    truth: Rc<RefCell<Truth>>,
    id: Str,
    epoch: i32,
    assigned: BTreeSet<i32>,
    manner: Manner,
}

/// A record that a member was given, and how often it has been delivered.
#[derive(Clone, Copy)]
struct Given {
    offset: i64,
    deliveries: i32,
}

pub fn run(seed: u64, flaw: Option<Flaw>) -> Story {
    let layout = Layout::new(&[(TOPIC, PARTITIONS)]).with_shares();
    let stage = Stage::new(seed, layout, flaw);
    let truth: Rc<RefCell<Truth>> = Rc::default();
    produce(&stage);
    move_leaders(&stage);
    for number in 0..MEMBERS {
        let (stage, truth) = (stage.clone(), truth.clone());
        stage.world.clone().spawn(async move {
            let mut life = 0;
            while !stage.is_over() {
                life += 1;
                let id = format!("member-{number}-{life}");
                let mut member = Member::new(&stage, &truth, id, Manner::Human);
                member.live().await;
                if stage.world.once_in(2) {
                    // Its connection has ended, and the node has noticed.
                    stage.node.share_release(&member.id);
                    truth.borrow_mut().holders.retain(|_, hold| hold.member != member.id);
                }
                stage.world.sleep_ms(stage.world.below(1_000)).await;
            }
        });
    }
    stage.run();
    drain(&stage, &truth);
    audit(&stage, &truth.borrow());
    stage.story()
}

/// Writes records while the story lasts.
fn produce(stage: &Stage) {
    let stage = stage.clone();
    stage.world.clone().spawn(async move {
        while !stage.is_over() {
            let client = stage.client(Weather::CONNECTED);
            let count = 1 + stage.world.below(4);
            let produce = Produce {
                partition: TopicPartition::new(TOPIC, stage.world.below(PARTITIONS as u64) as i32),
                producer: None,
                values: vec![b"job".to_vec(); count as usize],
            };
            // What is in the log in the end is what counts.
            let _ = client.produce(produce).await;
            stage.world.sleep_ms(stage.world.below(700)).await;
        }
    });
}

fn move_leaders(stage: &Stage) {
    let stage = stage.clone();
    stage.world.clone().spawn(async move {
        loop {
            stage.world.sleep_ms(1_000 + stage.world.below(4_000)).await;
            if stage.is_over() {
                return;
            }
            stage.node.move_shared(TOPIC, stage.world.below(PARTITIONS as u64) as i32);
        }
    });
}

impl Member {
    fn new(stage: &Stage, truth: &Rc<RefCell<Truth>>, id: String, manner: Manner) -> Member {
        // One connection: what is lost stays lost, and nothing comes twice.
        let mut client = stage.client(match manner {
            Manner::Human => Weather::CONNECTED,
            Manner::Strict => Weather::CLEAR,
        });
        client.timeout_ms = 3_500;
        Member {
            stage: stage.clone(),
            client,
            truth: truth.clone(),
            id: id.into(),
            epoch: 0,
            assigned: BTreeSet::new(),
            manner,
        }
    }

    async fn live(&mut self) {
        while !self.stage.is_over() {
            self.heartbeat().await;
            for partition in self.assigned.clone() {
                self.work(partition).await;
            }
            if self.stage.world.once_in(40) {
                return;
            }
            self.stage.world.sleep_ms(self.stage.world.below(300)).await;
        }
    }

    async fn heartbeat(&mut self) {
        let body = ShareGroupHeartbeatRequest {
            group_id: GROUP.into(),
            member_id: self.id.clone(),
            member_epoch: self.epoch,
            subscribed_topic_names: Some(vec![TOPIC.into()]),
            ..ShareGroupHeartbeatRequest::default()
        };
        let asked = Asked { client: Default::default(), version: 1, body };
        let Ok(Ok(reply)) = self.client.share_heartbeat(asked).await else { return };
        match ErrorCode::from_code(reply.error_code) {
            ErrorCode::None => {
                self.epoch = reply.member_epoch;
                if let Some(assignment) = reply.assignment {
                    let topics = assignment.topic_partitions.into_iter();
                    self.assigned = topics.flat_map(|topic| topic.partitions).collect();
                }
            }
            ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => self.epoch = 0,
            _ => {}
        }
    }

    /// Fetches from a partition and says what became of what it was given.
    async fn work(&self, partition: i32) -> usize {
        let sent = self.stage.world.now();
        let mut of = Sharing { group: GROUP.into(), topic: TOPIC, partition, epoch: -1 };
        of.epoch = self.stage.node.leader_epoch(TOPIC, partition);
        let fetched = self.client.share_fetch(of.clone(), self.id.clone(), RECORDS_MAX).await;
        let Ok(Ok(delivered)) = fetched else { return 0 };
        of.epoch = delivered.epoch;
        let given = delivered.records.iter();
        let given =
            given.map(|(offset, deliveries)| Given { offset: *offset, deliveries: *deliveries });
        let given: Vec<Given> = given.collect();
        for record in &given {
            self.hold(&of, *record, sent);
        }
        if self.lapses(15) {
            // Longer than its locks last, sometimes.
            self.stage.world.sleep_ms(self.stage.world.below(2_500)).await;
        }
        if !given.is_empty() && self.lapses(12) {
            self.renew(&of, &given).await;
        }
        for record in &given {
            // Now and then a record is forgotten: its lock runs out.
            if !self.lapses(12) {
                self.say(&of, *record).await;
            }
        }
        given.len()
    }

    fn lapses(&self, once_in: u64) -> bool {
        self.manner == Manner::Human && self.stage.world.once_in(once_in)
    }

    /// Takes note of a record that it has been given, and of what must not be.
    fn hold(&self, of: &Sharing, record: Given, sent: MonoMs) {
        self.stage.count("delivered");
        let place = (of.partition, record.offset);
        let now = self.stage.world.now();
        let mut truth = self.truth.borrow_mut();
        if let Some(hold) = truth.holders.get(&place) {
            let is_anothers = hold.member != self.id && hold.epoch == of.epoch;
            // Given to us between the sending of the request and now: all of it within the lock.
            if is_anothers && hold.since <= sent && now < hold.until {
                self.stage.violated(format!(
                    "{place:?} was given to {} while {} holds it",
                    self.id, hold.member
                ));
            }
        }
        // A request that was sent before may have been answered before.
        if truth.done.get(&place).is_some_and(|heard| *heard <= sent) {
            self.stage.violated(format!("{place:?} was done with and is delivered again"));
        }
        let least = truth.next_delivery.get(&place).filter(|(_, heard)| *heard <= sent);
        let least = least.map_or(1, |(least, _)| *least);
        if record.deliveries < least || record.deliveries > DELIVERIES_MAX {
            self.stage.violated(format!(
                "{place:?} is delivered for time {}, and it is time {least} of {DELIVERIES_MAX}",
                record.deliveries
            ));
        }
        let times = truth.by_leader.entry((of.epoch, place)).or_default();
        *times += 1;
        if *times > DELIVERIES_MAX {
            self.stage.violated(format!("{place:?} was delivered {times} times by one leader"));
        }
        let until = sent.plus_ms(LOCK_MS);
        let member = self.id.clone();
        truth.holders.insert(place, Hold { member, epoch: of.epoch, since: now, until });
    }

    async fn renew(&self, of: &Sharing, given: &[Given]) {
        let sent = self.stage.world.now();
        let said = given.iter().map(|record| said(record.offset, RENEW)).collect();
        let renewed = self.client.share_acknowledge(of.clone(), self.id.clone(), said).await;
        if renewed != Ok(Ok(())) {
            return;
        }
        self.stage.count("renewed");
        let mut truth = self.truth.borrow_mut();
        for record in given {
            if let Some(hold) = truth.holders.get_mut(&(of.partition, record.offset))
                && hold.member == self.id
            {
                hold.until = sent.plus_ms(LOCK_MS);
            }
        }
    }

    async fn say(&self, of: &Sharing, record: Given) {
        let kind = match self.stage.world.below(10) {
            0..=1 if self.manner == Manner::Human => RELEASE,
            2 => REJECT,
            _ => ACCEPT,
        };
        let place = (of.partition, record.offset);
        {
            let mut truth = self.truth.borrow_mut();
            if kind != RELEASE {
                truth.maybe_done.insert(place);
            }
            if truth.holders.get(&place).is_some_and(|hold| hold.member == self.id) {
                truth.holders.remove(&place);
            }
        }
        let said = vec![said(record.offset, kind)];
        let heard = self.client.share_acknowledge(of.clone(), self.id.clone(), said).await;
        if heard != Ok(Ok(())) {
            return;
        }
        let now = self.stage.world.now();
        let mut truth = self.truth.borrow_mut();
        if kind == RELEASE {
            let next = (record.deliveries + 1, now);
            let least = truth.next_delivery.entry(place).or_insert(next);
            *least = next.max(*least);
            self.stage.count("released");
        } else {
            truth.done.insert(place, now);
            self.stage.count("committed");
        }
    }
}

fn said(offset: i64, kind: i8) -> Acknowledgement {
    Acknowledgement { first_offset: offset, last_offset: offset, types: vec![kind] }
}

/// When nothing fails any more, one member takes what is left.
fn drain(stage: &Stage, truth: &Rc<RefCell<Truth>>) {
    let mut member = Member::new(stage, truth, "last".into(), Manner::Strict);
    let drained = stage.clone();
    stage.world.spawn(async move {
        let mut idle = 0;
        while idle < 30 {
            member.heartbeat().await;
            let mut taken = 0;
            for partition in member.assigned.clone() {
                taken += member.work(partition).await;
            }
            idle = if taken == 0 && !member.assigned.is_empty() { idle + 1 } else { 0 };
            member.stage.world.sleep_ms(100).await;
        }
        drained.count("drained");
    });
    stage.rest();
}

fn audit(stage: &Stage, truth: &Truth) {
    if !stage.has_counted("drained") {
        stage.violated("what is left cannot be taken when all is over".into());
        return;
    }
    for partition in 0..PARTITIONS {
        for (offset, _) in stage.node.read_committed(&TopicPartition::new(TOPIC, partition)) {
            let place = (partition, offset.0);
            let times = stage.node.deliveries(partition, offset.0);
            let is_over = times >= DELIVERIES_MAX as u32;
            if !truth.maybe_done.contains(&place) && !is_over {
                stage.violated(format!("{place:?} is lost: it was delivered {times} times"));
            }
        }
    }
}
