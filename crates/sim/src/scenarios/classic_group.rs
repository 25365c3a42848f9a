//! A classic group: members come, go, die and come back; the leader hands out the partitions.
//!
//! In each generation a partition has one owner. Who belongs to an older generation than one that a
//! member has been given commits nothing. And what anybody finds committed is never behind what some
//! owner has been told is committed. (The rows on zombies and on offsets that went back in the
//! histories of other systems.)

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base::{ErrorCode, Str};
use bytes::Bytes;
use coordinator::group::{Asked, GroupShard};
use protocol::messages::join_group_request::JoinGroupRequestProtocol;
use protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use protocol::messages::{HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, SyncGroupRequest};

use super::offsets::{Committer, Ledger, Of};
use super::{Stage, Story};
use crate::client::{Client, Weather};
use crate::flaw::Flaw;
use crate::node::Layout;

const GROUP: &str = "workers";
const TOPIC: &str = "input";
const MEMBERS: u64 = 4;
const PARTITIONS: i32 = 6;
const SESSION_TIMEOUT_MS: i32 = 2_000;
const REBALANCE_TIMEOUT_MS: i32 = 1_500;

/// What everybody who looks from outside knows.
#[derive(Default)]
struct Truth {
    /// Who was given a partition, by generation and partition.
    owners: BTreeMap<(i32, i32), Str>,
    /// The newest generation that a member has been given.
    generation: i32,
}

struct Member {
    stage: Stage,
    client: Client,
    truth: Rc<RefCell<Truth>>,
    ledger: Ledger,
    id: Str,
    generation: i32,
    owned: Vec<i32>,
}

pub fn run(seed: u64, flaw: Option<Flaw>) -> Story {
    let stage = Stage::new(seed, Layout::new(&[(TOPIC, PARTITIONS)]), flaw);
    let truth: Rc<RefCell<Truth>> = Rc::default();
    let ledger = Ledger::default();
    for number in 0..MEMBERS {
        let (stage, truth, ledger) = (stage.clone(), truth.clone(), ledger.clone());
        stage.world.clone().spawn(async move {
            stage.world.sleep_ms(number * 100 + stage.world.below(300)).await;
            while !stage.is_over() {
                // One connection: nothing arrives twice or out of order. What is lost stays lost.
                let mut client = stage.client(Weather::CONNECTED);
                client.timeout_ms = 4_000;
                let mut member = Member {
                    stage: stage.clone(),
                    client,
                    truth: truth.clone(),
                    ledger: ledger.clone(),
                    id: Str::EMPTY,
                    generation: -1,
                    owned: Vec::new(),
                };
                member.live().await;
                stage.world.sleep_ms(stage.world.below(3_000)).await;
            }
        });
    }
    stage.run();
    stage.story()
}

impl Member {
    /// Joins and works until it dies or is fenced.
    async fn live(&mut self) {
        while !self.stage.is_over() {
            let Some(joined) = self.join().await else { return };
            if !self.sync(&joined).await {
                continue;
            }
            self.stage.count("assignments");
            if self.work().await == Next::Die {
                return;
            }
        }
    }

    async fn join(&mut self) -> Option<JoinGroupResponse> {
        for _ in 0..20 {
            let protocol = JoinGroupRequestProtocol {
                name: "range".into(),
                metadata: Bytes::from_static(b"input"),
                ..JoinGroupRequestProtocol::default()
            };
            let request = JoinGroupRequest {
                group_id: GROUP.into(),
                session_timeout_ms: SESSION_TIMEOUT_MS,
                rebalance_timeout_ms: REBALANCE_TIMEOUT_MS,
                member_id: self.id.clone(),
                protocol_type: "consumer".into(),
                protocols: vec![protocol],
                ..JoinGroupRequest::default()
            };
            let reply = self.client.ask::<GroupShard, _>(asked(9, request)).await;
            let Ok(Ok(reply)) = reply else {
                self.client.world.sleep_ms(100).await;
                continue;
            };
            match ErrorCode::from_code(reply.error_code) {
                ErrorCode::None => {
                    self.id = reply.member_id.clone();
                    self.generation = reply.generation_id;
                    return Some(reply);
                }
                ErrorCode::MemberIdRequired => self.id = reply.member_id,
                ErrorCode::UnknownMemberId => self.id = Str::EMPTY,
                _ => self.client.world.sleep_ms(100).await,
            }
        }
        None
    }

    /// Takes the assignment of the generation, as its leader after making it.
    async fn sync(&mut self, joined: &JoinGroupResponse) -> bool {
        let mut assignments = Vec::new();
        if joined.leader == joined.member_id {
            for (nth, member) in joined.members.iter().enumerate() {
                let count = joined.members.len();
                let mine = (0..PARTITIONS as u8).filter(|p| usize::from(*p) % count == nth);
                assignments.push(SyncGroupRequestAssignment {
                    member_id: member.member_id.clone(),
                    assignment: mine.collect::<Vec<u8>>().into(),
                    ..SyncGroupRequestAssignment::default()
                });
            }
        }
        let request = SyncGroupRequest {
            group_id: GROUP.into(),
            generation_id: self.generation,
            member_id: self.id.clone(),
            protocol_type: Some("consumer".into()),
            protocol_name: Some("range".into()),
            assignments,
            ..SyncGroupRequest::default()
        };
        let reply = self.client.ask::<GroupShard, _>(asked(5, request)).await;
        let Ok(Ok(reply)) = reply else { return false };
        match ErrorCode::from_code(reply.error_code) {
            ErrorCode::None => {}
            ErrorCode::UnknownMemberId => {
                self.id = Str::EMPTY;
                return false;
            }
            _ => return false,
        }
        self.owned = reply.assignment.iter().map(|partition| i32::from(*partition)).collect();
        let mut truth = self.truth.borrow_mut();
        truth.generation = truth.generation.max(self.generation);
        for partition in &self.owned {
            let owner = truth.owners.insert((self.generation, *partition), self.id.clone());
            if owner.as_ref().is_some_and(|owner| *owner != self.id) {
                self.stage.violated(format!(
                    "partition {partition} has two owners in generation {}",
                    self.generation
                ));
            }
        }
        true
    }

    async fn work(&mut self) -> Next {
        loop {
            if self.stage.is_over() {
                return Next::Die;
            }
            for partition in self.owned.clone() {
                if let Some(next) = self.advance(partition).await {
                    return next;
                }
            }
            let request = HeartbeatRequest {
                group_id: GROUP.into(),
                generation_id: self.generation,
                member_id: self.id.clone(),
                ..HeartbeatRequest::default()
            };
            match self.client.ask::<GroupShard, _>(asked(4, request)).await {
                Ok(Ok(reply)) => match ErrorCode::from_code(reply.error_code) {
                    ErrorCode::None => {}
                    code => return self.next(code),
                },
                _ => self.client.world.sleep_ms(50).await,
            }
            if self.stage.world.once_in(40) {
                return Next::Die;
            }
            // Now and then a member falls asleep and becomes a zombie.
            let pause = if self.stage.world.once_in(25) { 5_000 } else { 400 };
            self.stage.world.sleep_ms(self.stage.world.below(pause)).await;
        }
    }

    /// Looks how far a partition has come, and goes one further.
    async fn advance(&mut self, partition: i32) -> Option<Next> {
        let of = Of { group: GROUP, topic: TOPIC, partition };
        let found = self.ledger.read(&self.stage, &self.client, of).await?;
        // Others may have been let in since: what counts is how things were when the commit was sent.
        let fenced_by = self.truth.borrow().generation;
        let committer = Committer { member: &self.id, epoch: self.generation, version: 8 };
        match self.ledger.commit(&self.client, of, committer, found + 1).await {
            Ok(()) => self.stage.count("committed"),
            Err(None) => return None,
            Err(Some(code)) => return Some(self.next(code)),
        }
        if fenced_by > self.generation {
            self.stage.violated(format!(
                "a member of generation {} committed when {fenced_by} had begun",
                self.generation
            ));
        }
        None
    }

    fn next(&mut self, code: ErrorCode) -> Next {
        if code == ErrorCode::UnknownMemberId {
            self.id = Str::EMPTY;
        }
        Next::Rejoin
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Rejoin,
    Die,
}

fn asked<R>(version: i16, body: R) -> Asked<R> {
    Asked { client: Default::default(), version, body }
}
