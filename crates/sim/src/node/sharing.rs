//! The partitions that share groups consume (KIP-932): loaded from the share coordinator, delivered,
//! and what members say of records written down before it counts.
//!
//! A partition whose leadership has moved on is served by the leader before for a while, until it
//! hears of it: it may deliver, and what it would have written is refused.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use base::{ErrorCode, MonoMs, Offset, Str};
use coordinator::Ask;
use coordinator::group::{self, Asked, GroupShard, ShareStateOutcome, StateOutcome};
use coordinator::share::partition::{
    Acknowledgement, AcquireMode, Acquisition, ChangeId, FetchedBatch, Renewal, ShareLimits,
    SharePartition, Visibility, WriteOutcome,
};
use coordinator::share::{
    InitializeState, ReadState, SharePartitionKey, ShareShard, StoredState, WriteState,
};
use protocol::messages::{
    InitializeShareGroupStateRequest, ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse,
};
use records::Batches;

use super::{Address, Answer, Hosts, Inner, Node};
use crate::flaw::Flaw;

/// `share.record.lock.duration.ms` of the node.
pub const LOCK_MS: u64 = 1_200;
/// `share.delivery.count.limit` of the node.
pub const DELIVERIES_MAX: i32 = 4;

const LIMITS: ShareLimits = ShareLimits {
    in_flight_max: 100,
    delivery_count_max: DELIVERIES_MAX,
    lock_ms: LOCK_MS,
    renewal: Renewal::Allowed,
};

/// How often a coordinator that is not ready is asked, and the first pause, which doubles.
const ATTEMPTS: u32 = 8;
const PAUSE_MS: u64 = 20;

/// Who serves a shared partition: the leader of an epoch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sharing {
    pub group: Str,
    pub topic: &'static str,
    pub partition: i32,
    /// -1 stands for whoever leads when the request arrives.
    pub epoch: i32,
}

/// Records that a member was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Of the leader that gave them.
    pub epoch: i32,
    /// Offsets, and how often each has been delivered by its leader's account.
    pub records: Vec<(i64, i32)>,
}

/// A partition as one leader shares it.
pub(super) struct Shared {
    stage: Stage,
    pending: BTreeMap<ChangeId, Answer<()>>,
    /// The earliest wake-up on the agenda.
    wakes_at: MonoMs,
}

enum Stage {
    Loading,
    Serving(Box<SharePartition>),
}

impl Shared {
    fn serving(&mut self) -> Option<&mut SharePartition> {
        match &mut self.stage {
            Stage::Loading => None,
            Stage::Serving(partition) => Some(partition),
        }
    }
}

impl Node {
    // ---- the group ----

    /// A member's heartbeat. What it finds uninitialised is initialised meanwhile.
    pub fn share_heartbeat(
        &self,
        to: Address,
        request: Asked<ShareGroupHeartbeatRequest>,
        answer: Answer<ShareGroupHeartbeatResponse>,
    ) {
        let (node, life) = (self.clone(), self.life());
        let answered = move |reply: Result<group::ShareHeartbeat, ErrorCode>| {
            let reply = reply.map(|heartbeat| {
                if let Some(asked) = heartbeat.initialize {
                    node.initialize(life, &asked);
                }
                heartbeat.response
            });
            answer(reply);
        };
        self.ask::<GroupShard, _>(to, request, Box::new(answered));
    }

    fn initialize(&self, life: u32, request: &InitializeShareGroupStateRequest) {
        let mut partitions = group::TopicPartitions::new();
        let mut asks = Vec::new();
        for topic in &request.topics {
            for partition in &topic.partitions {
                partitions.entry(topic.topic_id).or_default().insert(partition.partition);
                asks.push(InitializeState {
                    key: SharePartitionKey {
                        group_id: request.group_id.clone(),
                        topic_id: topic.topic_id,
                        partition: partition.partition,
                    },
                    state_epoch: partition.state_epoch,
                    start_offset: partition.start_offset,
                });
            }
        }
        let told = Rc::new(RefCell::new(Some(ShareStateOutcome {
            group_id: request.group_id.clone(),
            partitions,
            outcome: StateOutcome::Initialized,
        })));
        let left = Rc::new(Cell::new(asks.len()));
        for ask in asks {
            let (node, told, left) = (self.clone(), told.clone(), left.clone());
            let answered = move |reply: Result<coordinator::share::InitializedState, _>| {
                let is_done = reply.is_ok_and(|reply| reply.0.is_ok());
                left.set(left.get() - 1);
                if let Some(told) = told.borrow_mut().as_mut().filter(|_| !is_done) {
                    told.outcome = StateOutcome::Failed;
                }
                let outcome = told.borrow_mut().take_if(|_| left.get() == 0);
                if let Some(outcome) = outcome {
                    node.ask_from_afar::<GroupShard, _>(outcome, Box::new(|_| {}));
                }
            };
            self.ask_patiently::<ShareShard, _>(life, ask, 1, Box::new(answered));
        }
    }

    /// Asks again for a while where a coordinator is not ready.
    fn ask_patiently<M: Hosts, A: Ask<M> + Clone + 'static>(
        &self,
        life: u32,
        request: A,
        attempt: u32,
        answer: Answer<A::Reply>,
    ) where
        A::Reply: 'static,
    {
        if self.life() != life {
            return;
        }
        let (node, again) = (self.clone(), request.clone());
        let answered = move |reply: Result<A::Reply, ErrorCode>| {
            let is_passing = matches!(
                reply,
                Err(ErrorCode::CoordinatorLoadInProgress
                    | ErrorCode::CoordinatorNotAvailable
                    | ErrorCode::NotCoordinator)
            );
            if !is_passing || attempt == ATTEMPTS {
                return answer(reply);
            }
            let world = node.world();
            world.at(world.now().plus_ms(PAUSE_MS << attempt), move |_| {
                node.ask_patiently::<M, A>(life, again, attempt + 1, answer);
            });
        };
        self.ask_from_afar::<M, A>(request, Box::new(answered));
    }

    // ---- who leads ----

    /// Lets the leadership of a shared partition move on. The leader before hears of it some time
    /// later.
    pub fn move_shared(&self, topic: &str, partition: i32) {
        let mut inner = self.0.borrow_mut();
        let Some(place) = inner.find(topic, partition) else { return };
        let topic_id = inner.image.topic(topic).expect("the topic exists").id;
        let (world, life, epoch) = (inner.world.clone(), inner.life, inner.epoch + 1);
        let Some(running) = &mut inner.running else { return };
        if !running.partitions[place].is_online() {
            return;
        }
        running.partitions[place].lead(epoch, world.now());
        let before = running.shared.keys();
        let before =
            before.filter(|(key, _)| key.topic_id == topic_id && key.partition == partition);
        let before: Vec<(SharePartitionKey, i32)> = before.cloned().collect();
        inner.epoch = epoch;
        drop(inner);
        for served in before {
            let node = self.clone();
            let hears_at = world.now().plus_ms(world.below(1_500));
            world.at(hears_at, move |_| node.forget(life, &served));
        }
    }

    /// The epoch in which a partition is led.
    pub fn leader_epoch(&self, topic: &str, partition: i32) -> i32 {
        let inner = self.0.borrow();
        let place = inner.find(topic, partition);
        let found = inner.running.as_ref().zip(place);
        found.map_or(-1, |(running, place)| running.partitions[place].epoch())
    }

    fn forget(&self, life: u32, served: &(SharePartitionKey, i32)) {
        let mut inner = self.0.borrow_mut();
        let Some(running) = inner.running_in(life) else { return };
        let Some(gone) = running.shared.remove(served) else { return };
        drop(inner);
        for answer in gone.pending.into_values() {
            answer(Err(ErrorCode::NotLeaderOrFollower));
        }
    }

    // ---- delivering ----

    /// Gives a member records, if there are any for it.
    pub fn share_fetch(
        &self,
        of: &Sharing,
        member: &Str,
        records_max: i32,
        answer: Answer<Delivered>,
    ) {
        let mut inner = self.0.borrow_mut();
        let life = inner.life;
        let Some(served) = inner.served(of) else { return };
        let Some((place, running)) = inner.place_and_running(of) else { return };
        let leads = running.partitions[place].epoch() == served.1;
        let epoch = served.1;
        if !running.shared.contains_key(&served) {
            if !leads {
                drop(inner);
                return answer(Err(ErrorCode::NotLeaderOrFollower));
            }
            let made =
                Shared { stage: Stage::Loading, pending: BTreeMap::new(), wakes_at: MonoMs::NEVER };
            running.shared.insert(served.clone(), made);
            drop(inner);
            self.load_shared(life, served);
            return answer(Ok(Delivered { epoch, records: Vec::new() }));
        }
        let records = inner.deliver(&served, place, member, records_max);
        inner.world.say(|| format!("{member} is given {records:?} of {:?}", served.1));
        drop(inner);
        self.arm(life, &served);
        answer(records.map(|records| Delivered { epoch, records }));
    }

    fn load_shared(&self, life: u32, served: (SharePartitionKey, i32)) {
        let asked = ReadState { key: served.0.clone(), leader_epoch: served.1 };
        let node = self.clone();
        let answered = move |reply: Result<coordinator::share::ReadStateReply, ErrorCode>| {
            let stored = reply.ok().and_then(|reply| reply.0.ok());
            let Some(stored) = stored else { return node.forget(life, &served) };
            let stored = mistaken(stored, node.flaw());
            // `share.auto.offset.reset=earliest`
            let all = 0..i64::MAX;
            let loaded = SharePartition::load(&stored, 0, served.1, &all);
            let loaded = loaded.expect("a state that is sound");
            let mut inner = node.0.borrow_mut();
            let Some(running) = inner.running_in(life) else { return };
            if let Some(shared) = running.shared.get_mut(&served) {
                shared.stage = Stage::Serving(Box::new(loaded));
            }
        };
        self.ask_patiently::<ShareShard, _>(life, asked, 1, Box::new(answered));
    }

    /// Has locks run out in time.
    fn arm(&self, life: u32, served: &(SharePartitionKey, i32)) {
        let mut inner = self.0.borrow_mut();
        let early_ms = inner.early_ms();
        let world = inner.world.clone();
        let Some(running) = inner.running_in(life) else { return };
        let Some(shared) = running.shared.get_mut(served) else { return };
        let next = shared.serving().map_or(MonoMs::NEVER, |machine| machine.next_deadline());
        if next == MonoMs::NEVER || next >= shared.wakes_at {
            return;
        }
        shared.wakes_at = next;
        let (node, served) = (self.clone(), served.clone());
        let moment = MonoMs(next.0.saturating_sub(early_ms)).max(world.now());
        world.at(moment, move |_| node.let_run_out(life, &served));
    }

    fn let_run_out(&self, life: u32, served: &(SharePartitionKey, i32)) {
        let mut inner = self.0.borrow_mut();
        let now = inner.world.now().plus_ms(inner.early_ms());
        let Some(running) = inner.running_in(life) else { return };
        let Some(shared) = running.shared.get_mut(served) else { return };
        shared.wakes_at = MonoMs::NEVER;
        if let Some(machine) = shared.serving() {
            machine.on_deadline(now, &LIMITS);
        }
        drop(inner);
        self.arm(life, served);
        self.write_changes(life, served);
    }

    // ---- what members say ----

    /// Takes what a member says of records, and answers when it is written.
    pub fn share_acknowledge(
        &self,
        of: &Sharing,
        member: &Str,
        said: &[Acknowledgement],
        answer: Answer<()>,
    ) {
        let mut inner = self.0.borrow_mut();
        let (life, now) = (inner.life, inner.world.now());
        let Some(served) = inner.served(of) else { return };
        let Some(running) = &mut inner.running else { return };
        let shared = running.shared.get_mut(&served);
        let machine = shared.and_then(|shared| match &mut shared.stage {
            Stage::Loading => None,
            Stage::Serving(machine) => Some((machine, &mut shared.pending)),
        });
        let Some((machine, pending)) = machine else {
            drop(inner);
            return answer(Err(ErrorCode::NotLeaderOrFollower));
        };
        let reply = match machine.acknowledge(now, &LIMITS, member, said) {
            Ok(Some(change)) => {
                pending.insert(change, answer);
                None
            }
            Ok(None) => Some((answer, Ok(()))),
            Err(error) => Some((answer, Err(error.code))),
        };
        drop(inner);
        self.arm(life, &served);
        match reply {
            Some((answer, reply)) => answer(reply),
            None => self.write_changes(life, &served),
        }
    }

    /// The connection of a member has ended: what it holds is released.
    pub fn share_release(&self, member: &Str) {
        let mut inner = self.0.borrow_mut();
        let life = inner.life;
        let Some(running) = &mut inner.running else { return };
        let mut changed = Vec::new();
        for (served, shared) in &mut running.shared {
            let machine = shared.serving();
            if machine.is_some_and(|machine| machine.release(&LIMITS, member).is_some()) {
                changed.push(served.clone());
            }
        }
        drop(inner);
        for served in changed {
            self.write_changes(life, &served);
        }
    }

    /// Writes what has changed, one write at a time.
    fn write_changes(&self, life: u32, served: &(SharePartitionKey, i32)) {
        let mut inner = self.0.borrow_mut();
        let accepts_stale = inner.flaw == Some(Flaw::AcceptStaleLeader);
        let Some(running) = inner.running_in(life) else { return };
        let machine = running.shared.get_mut(served).and_then(Shared::serving);
        let Some(write) = machine.and_then(SharePartition::take_write) else { return };
        drop(inner);
        let asked = WriteState {
            key: served.0.clone(),
            state_epoch: write.state_epoch,
            leader_epoch: if accepts_stale { -1 } else { write.leader_epoch },
            start_offset: write.start_offset,
            delivery_complete_count: write.delivery_complete_count,
            batches: write.batches,
        };
        let (node, served) = (self.clone(), served.clone());
        let answered = move |reply: Result<coordinator::share::WrittenState, ErrorCode>| {
            let outcome = reply.and_then(|written| written.0.map_err(|error| error.code));
            node.written(life, &served, outcome);
        };
        self.ask_patiently::<ShareShard, _>(life, asked, 1, Box::new(answered));
    }

    fn written(
        &self,
        life: u32,
        served: &(SharePartitionKey, i32),
        outcome: Result<(), ErrorCode>,
    ) {
        let mut inner = self.0.borrow_mut();
        let now = inner.world.now();
        let Some(running) = inner.running_in(life) else { return };
        let Some(shared) = running.shared.get_mut(served) else { return };
        let Some(machine) = shared.serving() else { return };
        let kind = match outcome {
            Ok(()) => WriteOutcome::Committed,
            Err(_) => WriteOutcome::Failed,
        };
        let ended = machine.written(kind, now);
        let ended: Vec<Answer<()>> =
            ended.iter().filter_map(|change| shared.pending.remove(change)).collect();
        drop(inner);
        for answer in ended {
            answer(outcome);
        }
        // As the real keeper does, which maps both to NOT_LEADER_OR_FOLLOWER.
        if let Err(ErrorCode::FencedLeaderEpoch | ErrorCode::FencedStateEpoch) = outcome {
            return self.forget(life, served);
        }
        self.write_changes(life, served);
    }

    /// How often a record was delivered, by whatever leader.
    pub fn deliveries(&self, partition: i32, offset: i64) -> u32 {
        let inner = self.0.borrow();
        inner.delivered.get(&(partition, offset)).copied().unwrap_or_default()
    }
}

impl Inner {
    /// Where a leader's state of a shared partition stands; none while the node is down.
    fn served(&self, of: &Sharing) -> Option<(SharePartitionKey, i32)> {
        let running = self.running.as_ref()?;
        let key = SharePartitionKey {
            group_id: of.group.clone(),
            topic_id: self.image.topic(of.topic).expect("the topic exists").id,
            partition: of.partition,
        };
        let place = self.find(of.topic, of.partition)?;
        let epoch = if of.epoch == -1 { running.partitions[place].epoch() } else { of.epoch };
        Some((key, epoch))
    }

    fn place_and_running(&mut self, of: &Sharing) -> Option<(usize, &mut super::Running)> {
        let place = self.find(of.topic, of.partition)?;
        self.running.as_mut().map(|running| (place, running))
    }

    /// By how much locks run out early: not at all, unless that is the planted mistake.
    fn early_ms(&self) -> u64 {
        if self.flaw == Some(Flaw::TwoHolders) { LOCK_MS - LOCK_MS / 4 } else { 0 }
    }

    /// Acquires records for a member.
    fn deliver(
        &mut self,
        served: &(SharePartitionKey, i32),
        place: usize,
        member: &Str,
        records_max: i32,
    ) -> Result<Vec<(i64, i32)>, ErrorCode> {
        let now = self.world.now();
        let mode = match self.world.once_in(2) {
            true => AcquireMode::BatchOptimized,
            false => AcquireMode::RecordLimit,
        };
        let Some(running) = &mut self.running else { return Ok(Vec::new()) };
        let partition = &mut running.partitions[place];
        let shared = running.shared.get_mut(served).and_then(Shared::serving);
        let Some(machine) = shared.filter(|_| partition.is_online()) else { return Ok(Vec::new()) };
        if !machine.can_acquire(&LIMITS) {
            return Ok(Vec::new());
        }
        let fetch_offset = machine.next_fetch_offset();
        let high_watermark = partition.high_watermark();
        if fetch_offset >= high_watermark.0 {
            return Ok(Vec::new());
        }
        let bytes = partition.read(Offset(fetch_offset), high_watermark)?;
        let fetched: Vec<FetchedBatch> = Batches::new(&bytes)
            .map(|batch| {
                let (header, _) = batch.expect("a sound batch");
                FetchedBatch {
                    base_offset: header.base_offset.0,
                    last_offset: header.last_offset().0,
                    visibility: Visibility::Shown,
                }
            })
            .collect();
        let acquisition = Acquisition {
            member,
            mode,
            batch_size: records_max,
            records_max,
            fetch_offset,
            fetched: &fetched,
        };
        let acquired = machine.acquire(now, &LIMITS, &acquisition);
        let mut records = Vec::new();
        for batch in acquired {
            for offset in batch.first_offset..=batch.last_offset {
                *self.delivered.entry((served.0.partition, offset)).or_default() += 1;
                records.push((offset, batch.delivery_count));
            }
        }
        Ok(records)
    }
}

/// What a planted mistake makes of the state that is loaded.
fn mistaken(mut stored: StoredState, flaw: Option<Flaw>) -> StoredState {
    const AVAILABLE: i8 = 0;
    const ARCHIVED: i8 = 4;
    match flaw {
        Some(Flaw::RedeliverAcknowledged) => {
            stored.batches.retain(|batch| batch.delivery_state == AVAILABLE);
        }
        Some(Flaw::ForgetDeliveries) => {
            for batch in &mut stored.batches {
                batch.delivery_count = 0;
            }
        }
        Some(Flaw::LoseReleased) => {
            for batch in &mut stored.batches {
                if batch.delivery_state == AVAILABLE {
                    batch.delivery_state = ARCHIVED;
                }
            }
        }
        _ => {}
    }
    stored
}
