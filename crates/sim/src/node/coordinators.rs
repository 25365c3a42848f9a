//! The shards of a node's coordinators: who leads them, how they load, how they are asked.
//!
//! A shard sits in a seat, in the epoch in which its partition is led. When the leadership moves on,
//! the seat before stays for a while: that coordinator has not heard of it, answers whoever still
//! asks it, and fires its timers. Its writes are refused by the partition, which knows the epoch. A
//! shard whose writes fail loads again, in the same epoch if it still leads.
//!
//! Who asks names the seat that led when the request was sent: that is where its connection goes.

use std::collections::BTreeMap;
use std::fmt::Debug;

use base::{ErrorCode, MonoMs, Offset, ProducerEpoch, Str};
use coordinator::group::{GroupEffect, GroupShard, Request as GroupRequest};
use coordinator::shard::{Outcome, for_clients};
use coordinator::share::{Prune, ShareShard};
use coordinator::transaction::{Effect, TransactionShard};
use coordinator::{
    Appended, Ask, Call, Context, Linger, Machine, Shard, ShardLog, ShardSettings, Within,
};
use metadata::Entropy;
use records::{BatchHeader, Batches, Codec};
use storage::{Origin, TransactionRules, Verification};

use super::layout::{GROUPS, SHARES, TRANSACTIONS};
use super::{Answer, Inner, Node};
use crate::flaw::Flaw;
use crate::partition::{Append, SimPartition};
use crate::world::World;

/// Answers on their way out.
type Leaving<T> = Vec<(Answer<T>, Result<T, ErrorCode>)>;

/// One thing that is done with a shard.
type Event<M> = Box<dyn FnOnce(&mut Hosted<M>, &mut Context<'_>, &mut SimLog<'_>)>;

/// The coordinator that led when a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    life: u32,
    epoch: i32,
}

impl Address {
    pub(super) fn of(life: u32, epoch: i32) -> Address {
        Address { life, epoch }
    }
}

/// A kind of coordinator that a node hosts.
pub trait Hosts: Machine<Request: Debug, Reply: Debug> + Sized + 'static {
    #[doc(hidden)]
    const TOPIC: &'static str;
    #[doc(hidden)]
    fn new(epoch: i32) -> Self;
    #[doc(hidden)]
    fn seats(coordinators: &mut Coordinators) -> &mut Seats<Self>;
    #[doc(hidden)]
    fn perform(node: &Node, life: u32, epoch: i32, effect: Self::Effect);
    /// What a planted mistake makes of a request.
    #[doc(hidden)]
    fn mistake(_flaw: Flaw, request: Self::Request, _newest: &mut NewestMember) -> Self::Request {
        request
    }
}

/// The member that was last heard of with the newest generation or epoch: whoever commits passes for it
/// where [`Flaw::SkipGeneration`] is planted.
#[derive(Clone, Debug, Default)]
#[doc(hidden)]
pub struct NewestMember {
    id: Str,
    epoch: i32,
}

impl NewestMember {
    fn hear(&mut self, id: &Str, epoch: i32) {
        if epoch >= self.epoch {
            *self = NewestMember { id: id.clone(), epoch };
        }
    }
}

#[derive(Default)]
#[doc(hidden)]
pub struct Coordinators {
    groups: Seats<GroupShard>,
    transactions: Seats<TransactionShard>,
    shares: Seats<ShareShard>,
}

/// Those that lead a partition, or believe to.
#[doc(hidden)]
pub struct Seats<M: Machine> {
    /// The epoch of the one that leads.
    leader: i32,
    all: Vec<Hosted<M>>,
}

#[doc(hidden)]
pub struct Hosted<M: Machine> {
    /// Another one after each load.
    number: u64,
    epoch: i32,
    stage: Stage,
    shard: Shard<M>,
    answers: BTreeMap<Call, Answer<M::Reply>>,
    /// A flush is on the agenda.
    flush_due: bool,
    /// The earliest wake-up on the agenda.
    wakes_at: MonoMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Loading,
    Serving,
    /// Its log cannot be read: it does not serve until the node starts again.
    Broken,
}

impl Hosts for GroupShard {
    const TOPIC: &'static str = GROUPS;

    fn new(_epoch: i32) -> GroupShard {
        GroupShard::default()
    }

    fn seats(coordinators: &mut Coordinators) -> &mut Seats<Self> {
        &mut coordinators.groups
    }

    /// Nobody looks at what groups count.
    fn perform(node: &Node, life: u32, epoch: i32, effect: GroupEffect) {
        let GroupEffect::Resolve(work) = effect else { return };
        let resolved = work.run(|| true).expect("it goes on to the end");
        node.ask::<GroupShard, _>(Address::of(life, epoch), resolved, Box::new(|_| {}));
    }

    fn mistake(flaw: Flaw, mut request: GroupRequest, newest: &mut NewestMember) -> GroupRequest {
        match (&mut request, flaw) {
            (GroupRequest::Heartbeat(asked), Flaw::SkipGeneration) => {
                newest.hear(&asked.body.member_id, asked.body.generation_id);
            }
            (GroupRequest::ConsumerGroupHeartbeat(asked), Flaw::SkipGeneration) => {
                newest.hear(&asked.body.member_id, asked.body.member_epoch);
            }
            (GroupRequest::OffsetCommit(asked), Flaw::SkipGeneration) => {
                asked.body.member_id = newest.id.clone();
                asked.body.generation_id_or_member_epoch = newest.epoch;
            }
            (GroupRequest::CommitInTransaction(commit), Flaw::SkipGeneration)
                if !commit.asked.body.member_id.is_empty() =>
            {
                commit.asked.body.member_id = newest.id.clone();
                commit.asked.body.generation_id = newest.epoch;
            }
            (GroupRequest::ConsumerGroupHeartbeat(asked), Flaw::TwoOwners)
                if asked.body.member_epoch > 0 =>
            {
                asked.body.topic_partitions = Some(Vec::new());
            }
            (GroupRequest::StreamsGroupHeartbeat(asked), Flaw::TwoOwners)
                if asked.body.member_epoch > 0 =>
            {
                asked.body.active_tasks = Some(Vec::new());
                asked.body.standby_tasks = Some(Vec::new());
                asked.body.warmup_tasks = Some(Vec::new());
            }
            _ => {}
        }
        request
    }
}

impl Hosts for TransactionShard {
    const TOPIC: &'static str = TRANSACTIONS;

    fn new(epoch: i32) -> TransactionShard {
        TransactionShard::new(epoch)
    }

    fn seats(coordinators: &mut Coordinators) -> &mut Seats<Self> {
        &mut coordinators.transactions
    }

    fn perform(node: &Node, life: u32, epoch: i32, effect: Effect) {
        match effect {
            Effect::SendMarkers(markers) => node.send_markers(life, epoch, markers),
            Effect::DrawProducerId(mut wish) => {
                wish.fresh = Some(node.fresh_producer_id());
                let to = Address::of(life, epoch);
                node.ask::<TransactionShard, _>(to, wish, Box::new(|_| {}));
            }
        }
    }
}

impl Hosts for ShareShard {
    const TOPIC: &'static str = SHARES;

    fn new(_epoch: i32) -> ShareShard {
        ShareShard::default()
    }

    fn seats(coordinators: &mut Coordinators) -> &mut Seats<Self> {
        &mut coordinators.shares
    }

    fn perform(node: &Node, life: u32, _epoch: i32, effect: Prune) {
        let Prune(below) = effect;
        node.delete_below(life, SHARES, below);
    }
}

impl Node {
    // ---- who leads ----

    /// Where a request to the coordinator goes that is sent now.
    pub fn coordinator<M: Hosts>(&self) -> Address {
        let mut inner = self.0.borrow_mut();
        let life = inner.life;
        let running = inner.running.as_mut();
        let epoch = running.map_or(0, |running| M::seats(&mut running.coordinators).leader);
        Address { life, epoch }
    }

    /// Lets the leadership of a coordinator's partition move on. The coordinator before hears of it
    /// some time later.
    pub fn move_coordinator<M: Hosts>(&self) {
        let mut inner = self.0.borrow_mut();
        let Some(partition) = inner.find(M::TOPIC, 0) else { return };
        let epoch = inner.epoch + 1;
        let (world, life) = (inner.world.clone(), inner.life);
        let Some(running) = &mut inner.running else { return };
        if !running.partitions[partition].is_online() {
            return;
        }
        running.partitions[partition].lead(epoch, world.now());
        let seats = M::seats(&mut running.coordinators);
        seats.leader = epoch;
        world.say(|| format!("{} moves on to {epoch}", M::TOPIC));
        let before: Vec<u64> = seats.all.iter().map(|hosted| hosted.number).collect();
        inner.epoch = epoch;
        drop(inner);
        for number in before {
            let node = self.clone();
            let hears_at = world.now().plus_ms(world.below(3_000));
            world.at(hears_at, move |_| node.leave_seat::<M>(life, number));
        }
        let node = self.clone();
        // In between nobody coordinates.
        let gap_ms = if world.once_in(2) { 0 } else { world.below(400) };
        world.at(world.now().plus_ms(gap_ms), move |_| node.take_seat::<M>(life, epoch));
    }

    pub(super) fn take_seat<M: Hosts>(&self, life: u32, epoch: i32) {
        let mut inner = self.0.borrow_mut();
        if inner.find(M::TOPIC, 0).is_none() {
            return;
        }
        let (world, number) = (inner.world.clone(), inner.number());
        let Some(running) = inner.running_in(life) else { return };
        let seats = M::seats(&mut running.coordinators);
        if seats.leader > epoch {
            return;
        }
        seats.leader = epoch;
        seats.all.push(Hosted {
            number,
            epoch,
            stage: Stage::Loading,
            shard: new_shard(epoch),
            answers: BTreeMap::new(),
            flush_due: false,
            wakes_at: MonoMs::NEVER,
        });
        drop(inner);
        self.load_soon::<M>(&world, life, number);
    }

    fn leave_seat<M: Hosts>(&self, life: u32, number: u64) {
        let mut inner = self.0.borrow_mut();
        let Some(running) = inner.running_in(life) else { return };
        let seats = M::seats(&mut running.coordinators);
        let found = seats.all.iter().position(|hosted| hosted.number == number);
        let Some(left) = found.map(|nth| seats.all.remove(nth)) else { return };
        drop(inner);
        for answer in left.answers.into_values() {
            answer(Err(ErrorCode::NotCoordinator));
        }
    }

    /// Nobody is coordinated any more where the disk has failed.
    pub(super) fn break_seats<M: Hosts>(&self, life: u32) {
        let mut inner = self.0.borrow_mut();
        let Some(running) = inner.running_in(life) else { return };
        let mut waiting = Vec::new();
        for hosted in &mut M::seats(&mut running.coordinators).all {
            hosted.stage = Stage::Broken;
            waiting.extend(std::mem::take(&mut hosted.answers).into_values());
        }
        drop(inner);
        for answer in waiting {
            answer(Err(ErrorCode::NotCoordinator));
        }
    }

    /// The epoch that the coordinator has given last in the name of a transactional id.
    pub(super) fn newest_epoch(&self, transactional_id: &str) -> Option<ProducerEpoch> {
        let mut inner = self.0.borrow_mut();
        let seats = &inner.running.as_mut()?.coordinators.transactions;
        let leader = seats.all.iter().find(|hosted| hosted.epoch == seats.leader)?;
        Some(leader.shard.machine().transaction(transactional_id)?.producer_epoch)
    }

    // ---- loading ----

    fn load_soon<M: Hosts>(&self, world: &World, life: u32, number: u64) {
        let node = self.clone();
        let takes_ms = if world.once_in(4) { world.below(300) } else { 0 };
        world.at(world.now().plus_ms(takes_ms), move |_| node.load::<M>(life, number));
    }

    fn load<M: Hosts>(&self, life: u32, number: u64) {
        let flaw = self.flaw();
        self.with::<M>(life, number, move |hosted, context, log| {
            let shard = &mut hosted.shard;
            let is_online = log.partition.is_online();
            let flaw_here = flaw.filter(|_| M::TOPIC == GROUPS);
            if !is_online || replay(shard, log.partition, flaw_here).is_err() {
                hosted.stage = Stage::Broken;
                return;
            }
            hosted.stage = Stage::Serving;
            let high_watermark = log.partition.high_watermark();
            let end = log.partition.end();
            shard.start(context, log, end, high_watermark);
            if flaw == Some(Flaw::ForgetDecided) {
                drop(shard.take_ready());
            }
        });
    }

    // ---- asking ----

    /// Hands a request to a coordinator. One that is sent to a life before reaches whoever leads now.
    pub fn ask<M: Hosts, A: Ask<M>>(&self, to: Address, request: A, answer: Answer<A::Reply>)
    where
        A::Reply: 'static,
    {
        let mut inner = self.0.borrow_mut();
        let (life, flaw, call) = (inner.life, inner.flaw, Call(inner.number()));
        let Some(running) = &mut inner.running else { return };
        let seats = M::seats(&mut running.coordinators);
        let epoch = if to.life == life { to.epoch } else { seats.leader };
        let seat = seats.all.iter().find(|hosted| hosted.epoch == epoch);
        let seat = seat.map(|hosted| (hosted.stage, hosted.number));
        drop(inner);
        let number = match seat {
            Some((Stage::Serving, number)) => number,
            Some((Stage::Loading, _)) => return answer(Err(ErrorCode::CoordinatorLoadInProgress)),
            Some((Stage::Broken, _)) | None => return answer(Err(ErrorCode::NotCoordinator)),
        };
        let mut request = request.wrap();
        if let Some(flaw) = flaw {
            let mut inner = self.0.borrow_mut();
            request = M::mistake(flaw, request, &mut inner.newest_member);
        }
        self.world().say(|| format!("{call:?} to {epoch}: {request:?}"));
        self.with::<M>(life, number, move |hosted, context, log| {
            hosted.answers.insert(call, Box::new(move |reply| answer(reply.map(A::unwrap))));
            hosted.shard.handle(context, log, call, request);
        });
    }

    /// Asks as another broker does: the question and the answer take their time.
    pub(super) fn ask_from_afar<M: Hosts, A: Ask<M> + 'static>(
        &self,
        request: A,
        answer: Answer<A::Reply>,
    ) where
        A::Reply: 'static,
    {
        let (world, to) = (self.world(), self.coordinator::<M>());
        let back = world.clone();
        let answer: Answer<A::Reply> = Box::new(move |reply| {
            let takes_ms = way_ms(&back);
            if takes_ms == 0 {
                return answer(reply);
            }
            back.at(back.now().plus_ms(takes_ms), move |_| answer(reply));
        });
        let takes_ms = way_ms(&world);
        if takes_ms == 0 {
            return self.ask::<M, A>(to, request, answer);
        }
        let node = self.clone();
        world.at(world.now().plus_ms(takes_ms), move |_| node.ask::<M, A>(to, request, answer));
    }

    /// Has one thing done with a shard, then writes and answers as the real runtime does.
    fn with<M: Hosts>(
        &self,
        life: u32,
        number: u64,
        event: impl FnOnce(&mut Hosted<M>, &mut Context<'_>, &mut SimLog<'_>) + 'static,
    ) {
        self.with_event(life, number, Box::new(event));
    }

    fn with_event<M: Hosts>(&self, life: u32, number: u64, event: Event<M>) {
        let mut inner = self.0.borrow_mut();
        let Some(place) = inner.find(M::TOPIC, 0) else { return };
        let Inner { world, config, image, flaw, running, next_number, life: now_life, .. } =
            &mut *inner;
        let Some(running) = running.as_mut().filter(|_| *now_life == life) else { return };
        let (world, flaw) = (world.clone(), *flaw);
        let seats = M::seats(&mut running.coordinators);
        let leader = seats.leader;
        let found = seats.all.iter_mut().enumerate().find(|(_, hosted)| hosted.number == number);
        let Some((nth, hosted)) = found else { return };
        let mut context = Context {
            now: world.now(),
            wall: world.wall(),
            image,
            config,
            entropy: Entropy::new(world.entropy()),
        };
        let mut log = SimLog {
            world: &world,
            partition: &mut running.partitions[place],
            epoch: hosted.epoch,
            fence: match flaw {
                Some(Flaw::AcceptStaleCoordinator) => Fence::Down,
                _ => Fence::Up,
            },
            flaw,
            appended: false,
            disk_failed: false,
        };
        event(hosted, &mut context, &mut log);
        if hosted.stage == Stage::Serving && !hosted.flush_due {
            // Others may come meanwhile and share the batch.
            if world.once_in(4) {
                hosted.flush_due = true;
                let node = self.clone();
                world.at(world.now().plus_ms(1 + world.below(3)), move |_| {
                    node.with::<M>(life, number, |hosted, _, _| hosted.flush_due = false);
                });
            } else {
                hosted.shard.flush(context.now, &mut log);
            }
        }
        if flaw == Some(Flaw::AnswerBeforeCommit) {
            hosted.shard.committed(log.partition.end());
        }
        let (appended, disk_failed) = (log.appended, log.disk_failed);
        let next = match hosted.stage {
            Stage::Serving => hosted.shard.next_deadline(),
            Stage::Loading | Stage::Broken => MonoMs::NEVER,
        };
        if next < hosted.wakes_at && next != MonoMs::NEVER {
            hosted.wakes_at = next;
            let node = self.clone();
            world.at(next.max(world.now()), move |_| node.fire::<M>(life, number));
        }
        let mut leaving: Leaving<M::Reply> = Vec::new();
        let mut effects = Vec::new();
        for outcome in hosted.shard.take_ready() {
            match outcome {
                Outcome::Reply(call, reply) => {
                    world.say(|| format!("{call:?}: {reply:?}"));
                    if let Some(answer) = hosted.answers.remove(&call) {
                        leaving.push((answer, reply));
                    }
                }
                Outcome::Effect(effect) => effects.push(effect),
            }
        }
        let epoch = hosted.epoch;
        let mut reloads = None;
        if let Some(code) = hosted.shard.failure() {
            world.say(|| format!("the shard of {} in {epoch} has failed: {code}", M::TOPIC));
            let code = for_clients(code);
            let all = std::mem::take(&mut hosted.answers).into_values();
            leaving.extend(all.map(|answer| (answer, Err(code))));
            if epoch == leader {
                *next_number += 1;
                hosted.number = *next_number;
                hosted.stage = Stage::Loading;
                hosted.shard = new_shard(epoch);
                hosted.flush_due = false;
                hosted.wakes_at = MonoMs::NEVER;
                reloads = Some(hosted.number);
            } else {
                seats.all.remove(nth);
            }
        }
        drop(inner);
        if disk_failed {
            self.disk_failed(life);
        } else if appended {
            self.sync_soon(life, place);
        }
        for (answer, reply) in leaving {
            answer(reply);
        }
        for effect in effects {
            M::perform(self, life, epoch, effect);
        }
        if let Some(number) = reloads {
            self.load_soon::<M>(&world, life, number);
        }
    }

    fn fire<M: Hosts>(&self, life: u32, number: u64) {
        if M::TOPIC == GROUPS && self.has(Flaw::ForgetSessions) {
            return;
        }
        self.with::<M>(life, number, |hosted, context, log| {
            hosted.wakes_at = MonoMs::NEVER;
            if hosted.stage == Stage::Serving {
                hosted.shard.on_deadline(context, log);
            }
        });
    }

    /// The high watermark of a coordinator's partition has moved. Whoever no longer leads it does not
    /// hear of that: its followers follow another.
    pub(super) fn committed<M: Hosts>(&self, life: u32, place: usize, high_watermark: Offset) {
        let mut inner = self.0.borrow_mut();
        if inner.find(M::TOPIC, 0) != Some(place) {
            return;
        }
        let tells_all = inner.flaw == Some(Flaw::AcceptStaleCoordinator);
        let Some(running) = inner.running_in(life) else { return };
        let seats = M::seats(&mut running.coordinators);
        let told = seats.all.iter().filter(|hosted| tells_all || hosted.epoch == seats.leader);
        let told: Vec<u64> = told.map(|hosted| hosted.number).collect();
        drop(inner);
        for number in told {
            self.with::<M>(life, number, move |hosted, _, _| {
                hosted.shard.committed(high_watermark)
            });
        }
    }
}

impl<M: Machine> Default for Seats<M> {
    fn default() -> Self {
        Seats { leader: 0, all: Vec::new() }
    }
}

fn new_shard<M: Hosts>(epoch: i32) -> Shard<M> {
    let settings = ShardSettings {
        batch_bytes_max: 1_048_588,
        codec: Codec::None,
        commit_timeout_ms: 5_000,
        linger: Linger::Drained,
    };
    Shard::new(M::new(epoch), settings)
}

/// How long a message between brokers takes.
pub(super) fn way_ms(world: &World) -> u64 {
    match world.below(100) {
        0 => world.below(2_500),
        1..=15 => world.below(30),
        _ => 0,
    }
}

// ---- the log of a shard ----

/// Whether a partition refuses what an older epoch writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fence {
    Up,
    Down,
}

#[doc(hidden)]
pub struct SimLog<'a> {
    world: &'a World,
    partition: &'a mut SimPartition,
    epoch: i32,
    fence: Fence,
    flaw: Option<Flaw>,
    appended: bool,
    disk_failed: bool,
}

impl ShardLog for SimLog<'_> {
    fn append(
        &mut self,
        batch: &[u8],
        base: Offset,
        within: Within,
    ) -> Result<Appended, ErrorCode> {
        let is_in_place = self.partition.epoch() == self.epoch && self.partition.end() == base;
        if !is_in_place && self.fence == Fence::Up {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        let (rules, verification) = match within {
            Within::None => Default::default(),
            Within::Ended(version) => (TransactionRules::of_version(version), Default::default()),
            Within::Ongoing(_) if self.flaw == Some(Flaw::SkipVerification) => Default::default(),
            Within::Ongoing(guard) => (TransactionRules::default(), Verification::Required(guard)),
        };
        let append = Append {
            batch,
            // The shard hears of commits when a sync ends, so nobody needs to be told here.
            origin: Origin::Coordinator,
            rules,
            verification,
        };
        let written = self.partition.append(append, self.world, Box::new(|_| {}));
        self.disk_failed |= written == Err(ErrorCode::KafkaStorageError);
        written?;
        self.appended = true;
        Ok(Appended { high_watermark: self.partition.high_watermark() })
    }
}

fn replay<M: Machine>(
    shard: &mut Shard<M>,
    partition: &mut SimPartition,
    flaw: Option<Flaw>,
) -> Result<(), ErrorCode> {
    let end = partition.end();
    shard.replay_from(partition.start());
    while shard.next_offset() < end {
        let from = shard.next_offset();
        let batches = partition.read(from, end)?;
        let replayed = match flaw {
            Some(Flaw::ForgetPending) => replay_without(shard, &batches, |header| {
                header.attributes.is_transactional() && !header.attributes.is_control()
            }),
            Some(Flaw::OffsetBack) => {
                replay_without(shard, &batches, |header| header.next_offset() == end)
            }
            _ => shard.replay(&batches),
        };
        replayed.expect("a readable log");
        assert!(shard.next_offset() > from, "a log without gaps");
    }
    Ok(())
}

/// The planted mistakes: some of what stands in the log is not taken note of.
fn replay_without<M: Machine>(
    shard: &mut Shard<M>,
    batches: &[u8],
    is_forgotten: impl Fn(&BatchHeader) -> bool,
) -> Result<(), coordinator::shard::ReplayError> {
    for batch in Batches::new(batches) {
        let (header, bytes) = batch.expect("a sound batch");
        match is_forgotten(&header) {
            true => shard.replay_from(header.next_offset()),
            false => shard.replay(bytes)?,
        }
    }
    Ok(())
}
