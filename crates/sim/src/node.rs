//! The simulated broker: partitions, and the shards of its coordinators.
//!
//! It does what the handlers of the real one do, around the same machines: a transactional write joins
//! its transaction before it is appended, markers go to every partition and are told of, replies
//! leave behind the commit. It can be killed, lose its power, and start again on the disk that is
//! left; what was on its way is then nobody's.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base::config::{Given, ServerConfig};
use base::{BrokerId, ErrorCode, MonoMs, Offset, ProducerEpoch, ProducerId, Str, Uuid};
use coordinator::group::{self, GroupShard};
use coordinator::shard::{Outcome, for_clients};
use coordinator::transaction::{
    AddPartitions, Became, Effect, Markers, MarkersWritten, PartitionsAdded, TopicPartition,
    TransactionShard,
};
use coordinator::{Appended, Ask, Call, Context, Linger, Machine, Shard, ShardLog, ShardSettings};
use metadata::image::Replay;
use metadata::{Entropy, Image};
use protocol::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};
use protocol::record_types::metadata::{
    FeatureLevelRecord, MetadataRecord, PartitionRecord, TopicRecord,
};
use records::{BatchBuilder, Batches, Codec, Compression};
use storage::{MemoryDisk, Origin, TransactionRules};

use crate::flaw::Flaw;
use crate::partition::SimPartition;
use crate::world::World;

const ME: i32 = 1;
const GROUPS: &str = "__consumer_offsets";
const TRANSACTIONS: &str = "__transaction_state";

/// What comes of an ask. Dropped without a call where the node goes down first.
pub type Answer<T> = Box<dyn FnOnce(Result<T, ErrorCode>)>;

/// Answers on their way out.
type Leaving<T> = Vec<(Answer<T>, Result<T, ErrorCode>)>;

/// An answer that waits for a commit, and the offset that it will tell.
type Committing = (Answer<Offset>, Offset);

/// A broker. Cloning shares it.
#[derive(Clone)]
pub struct Node(Rc<RefCell<Inner>>);

struct Inner {
    world: World,
    config: Rc<ServerConfig>,
    image: Rc<Image>,
    /// Every partition by its name, `topic-index`.
    names: Vec<String>,
    disk: MemoryDisk,
    flaw: Option<Flaw>,
    /// Counts the starts. What belongs to an earlier life is dropped.
    life: i32,
    running: Option<Running>,
    next_call: u64,
    next_producer_id: i64,
}

struct Running {
    partitions: BTreeMap<String, SimPartition>,
    syncing: BTreeSet<String>,
    groups: Option<Hosted<GroupShard>>,
    transactions: Option<Hosted<TransactionShard>>,
}

struct Hosted<M: Machine> {
    shard: Shard<M>,
    partition: String,
    answers: BTreeMap<Call, Answer<M::Reply>>,
    /// A flush is on the agenda.
    flush_due: bool,
    /// The earliest wake-up on the agenda.
    wakes_at: MonoMs,
}

/// One thing that is done with a shard.
type Event<M> = Box<dyn FnOnce(&mut Hosted<M>, &mut Context<'_>, &mut SimLog<'_>)>;

/// A kind of coordinator that a node hosts.
pub trait Hosts: Machine + Sized + 'static {
    #[doc(hidden)]
    fn hosted(running: &mut RunningSlot<'_>) -> Option<HostedSlot<Self>>;
    #[doc(hidden)]
    fn put_back(running: &mut RunningSlot<'_>, hosted: HostedSlot<Self>);
    #[doc(hidden)]
    fn perform(node: &Node, life: i32, effect: Self::Effect);
}

#[doc(hidden)]
pub struct RunningSlot<'a>(&'a mut Running);
#[doc(hidden)]
pub struct HostedSlot<M: Machine>(Hosted<M>);

impl Hosts for GroupShard {
    fn hosted(running: &mut RunningSlot<'_>) -> Option<HostedSlot<Self>> {
        running.0.groups.take().map(HostedSlot)
    }

    fn put_back(running: &mut RunningSlot<'_>, hosted: HostedSlot<Self>) {
        running.0.groups = Some(hosted.0);
    }

    /// Nobody looks at what groups count.
    fn perform(_node: &Node, _life: i32, _counted: Self::Effect) {}
}

impl Hosts for TransactionShard {
    fn hosted(running: &mut RunningSlot<'_>) -> Option<HostedSlot<Self>> {
        running.0.transactions.take().map(HostedSlot)
    }

    fn put_back(running: &mut RunningSlot<'_>, hosted: HostedSlot<Self>) {
        running.0.transactions = Some(hosted.0);
    }

    fn perform(node: &Node, life: i32, effect: Effect) {
        match effect {
            Effect::SendMarkers(markers) => node.send_markers(life, markers),
            Effect::DrawProducerId(mut wish) => {
                wish.fresh = Some(node.fresh_producer_id());
                node.ask::<TransactionShard, _>(wish, Box::new(|_| {}));
            }
        }
    }
}

/// What a transactional produce is about.
#[derive(Clone, Debug)]
pub struct Produce {
    pub partition: TopicPartition,
    pub transactional_id: Str,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub sequence: i32,
    pub values: Vec<Vec<u8>>,
}

impl Node {
    /// A node with one partition of each internal topic, and the given topics. It is down.
    pub fn new(world: &World, topics: &[(&str, i32)], flaw: Option<Flaw>) -> Node {
        // Everything quicker than by default, so that much happens in little time.
        let settings = [
            ("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500"),
            ("group.initial.rebalance.delay.ms", "100"),
            ("group.min.session.timeout.ms", "1000"),
            ("group.consumer.min.session.timeout.ms", "1000"),
            ("group.consumer.session.timeout.ms", "2500"),
            ("group.consumer.min.heartbeat.interval.ms", "100"),
            ("group.consumer.heartbeat.interval.ms", "500"),
        ];
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let given = Given { settings: &settings, ..Given::default() };
        let config = ServerConfig::load(&given).expect("a valid configuration").config;
        let mut all = vec![(GROUPS, 1), (TRANSACTIONS, 1)];
        all.extend_from_slice(topics);
        let names = all
            .iter()
            .flat_map(|(topic, count)| (0..*count).map(move |index| format!("{topic}-{index}")));
        Node(Rc::new(RefCell::new(Inner {
            world: world.clone(),
            config: Rc::new(config),
            names: names.collect(),
            image: Rc::new(image(&all)),
            disk: MemoryDisk::new(),
            flaw,
            life: 0,
            running: None,
            next_call: 0,
            next_producer_id: 1_000,
        })))
    }

    // ---- up and down ----

    /// Opens what the disk holds and serves it.
    pub fn start(&self) {
        let mut inner = self.0.borrow_mut();
        inner.life += 1;
        let (world, life) = (inner.world.clone(), inner.life);
        inner.disk.set_now(world.wall());
        let open =
            |name: &String| (name.clone(), SimPartition::open(&world, &inner.disk, name, life));
        let partitions: BTreeMap<String, SimPartition> = inner.names.iter().map(open).collect();
        let flaw = inner.flaw;
        inner.running = Some(Running {
            groups: Some(Hosted::new(GroupShard::default(), GROUPS)),
            transactions: Some(Hosted::new(TransactionShard::new(life), TRANSACTIONS)),
            partitions,
            syncing: BTreeSet::new(),
        });
        drop(inner);
        self.load::<GroupShard>(life, flaw == Some(Flaw::ForgetPending));
        self.load::<TransactionShard>(life, false);
    }

    /// Ends the process; what the kernel holds of it is written.
    pub fn kill(&self) {
        let mut inner = self.0.borrow_mut();
        inner.running = None;
        inner.disk = inner.disk.kill();
    }

    /// Cuts the power: what was not synced is lost, kept or torn.
    pub fn cut_power(&self) {
        let mut inner = self.0.borrow_mut();
        let seed = inner.world.entropy() as u64;
        inner.running = None;
        inner.disk = inner.disk.restart(seed);
    }

    pub fn is_up(&self) -> bool {
        self.0.borrow().running.is_some()
    }

    pub fn image(&self) -> Rc<Image> {
        self.0.borrow().image.clone()
    }

    // ---- coordinators ----

    /// Hands a request to a coordinator.
    pub fn ask<M: Hosts, A: Ask<M>>(&self, request: A, answer: Answer<A::Reply>)
    where
        A::Reply: 'static,
    {
        let call = {
            let mut inner = self.0.borrow_mut();
            inner.next_call += 1;
            Call(inner.next_call)
        };
        let request = request.wrap();
        self.with::<M>(None, move |hosted, context, log| {
            hosted.answers.insert(call, Box::new(move |reply| answer(reply.map(A::unwrap))));
            hosted.shard.handle(context, log, call, request);
        });
    }

    /// Has one thing done with a shard, then writes and answers as the real runtime does.
    fn with<M: Hosts>(
        &self,
        life: Option<i32>,
        event: impl FnOnce(&mut Hosted<M>, &mut Context<'_>, &mut SimLog<'_>) + 'static,
    ) {
        self.with_event(life, Box::new(event));
    }

    fn with_event<M: Hosts>(&self, life: Option<i32>, event: Event<M>) {
        let mut inner = self.0.borrow_mut();
        let Inner { world, config, image, flaw, .. } = &*inner;
        let (world, config, image, flaw) = (world.clone(), config.clone(), image.clone(), *flaw);
        let now_life = inner.life;
        if life.is_some_and(|life| life != now_life) {
            return;
        }
        let Some(running) = &mut inner.running else { return };
        let Some(HostedSlot(mut hosted)) = M::hosted(&mut RunningSlot(running)) else { return };
        let mut context = Context {
            now: world.now(),
            wall: world.wall(),
            image: &image,
            config: &config,
            entropy: Entropy::new(world.entropy()),
        };
        let partition = running.partitions.get_mut(&hosted.partition).expect("it is hosted here");
        let mut log = SimLog { world: &world, partition, appended: false };
        event(&mut hosted, &mut context, &mut log);
        let mut appended = log.appended;
        if !hosted.flush_due {
            // Others may come meanwhile and share the batch.
            match world.once_in(3) {
                true => {
                    hosted.flush_due = true;
                    let node = self.clone();
                    world.at(world.now().plus_ms(1 + world.below(3)), move |_| {
                        node.with::<M>(Some(now_life), |hosted, _, _| hosted.flush_due = false);
                    });
                }
                false => {
                    hosted.shard.flush(context.now, &mut log);
                    appended = log.appended;
                }
            }
        }
        if flaw == Some(Flaw::AnswerBeforeCommit) {
            let end = log.partition.end();
            hosted.shard.committed(end);
        }
        let failure = hosted.shard.failure();
        let name = hosted.partition.clone();
        let next = hosted.shard.next_deadline();
        if next < hosted.wakes_at && next != MonoMs::NEVER {
            hosted.wakes_at = next;
            let node = self.clone();
            world.at(next.max(world.now()), move |_| node.fire::<M>(now_life));
        }
        let mut leaving: Leaving<M::Reply> = Vec::new();
        let mut effects = Vec::new();
        for outcome in hosted.shard.take_ready() {
            match outcome {
                Outcome::Reply(call, reply) => {
                    if let Some(answer) = hosted.answers.remove(&call) {
                        leaving.push((answer, reply));
                    }
                }
                Outcome::Effect(effect) => effects.push(effect),
            }
        }
        if let Some(code) = failure {
            let code = for_clients(code);
            let all = std::mem::take(&mut hosted.answers).into_values();
            leaving.extend(all.map(|answer| (answer, Err(code))));
        } else {
            M::put_back(&mut RunningSlot(running), HostedSlot(hosted));
        }
        drop(inner);
        if appended {
            self.sync_soon(now_life, &name);
        }
        for (answer, reply) in leaving {
            answer(reply);
        }
        for effect in effects {
            M::perform(self, now_life, effect);
        }
    }

    fn fire<M: Hosts>(&self, life: i32) {
        self.with::<M>(Some(life), |hosted, context, log| {
            hosted.wakes_at = MonoMs::NEVER;
            hosted.shard.on_deadline(context, log);
        });
    }

    fn load<M: Hosts>(&self, life: i32, forget_pending: bool) {
        let forget_decided = self.0.borrow().flaw == Some(Flaw::ForgetDecided);
        self.with::<M>(Some(life), move |hosted, context, log| {
            let end = log.partition.end();
            while hosted.shard.next_offset() < end {
                let from = hosted.shard.next_offset();
                let batches = log.partition.read(from, end).expect("a disk that works");
                match forget_pending {
                    false => hosted.shard.replay(&batches).expect("a readable log"),
                    true => replay_without_pending(&mut hosted.shard, &batches),
                }
                assert!(hosted.shard.next_offset() > from, "a log without gaps");
            }
            let high_watermark = log.partition.high_watermark();
            hosted.shard.start(context, log, end, high_watermark);
            if forget_decided {
                drop(hosted.shard.take_ready());
            }
        });
    }

    // ---- partitions ----

    /// Appends a transactional batch, after it has joined its transaction.
    pub fn produce(&self, produce: Produce, answer: Answer<Offset>) {
        let node = self.clone();
        let life = self.0.borrow().life;
        let joined = AddPartitions {
            transactional_id: produce.transactional_id.clone(),
            producer_id: produce.producer_id,
            producer_epoch: self.let_in(&produce.transactional_id, produce.producer_epoch),
            partitions: vec![produce.partition.clone()],
            client_version: 2,
        };
        let then: Answer<PartitionsAdded> = Box::new(move |joined| match joined {
            Ok(PartitionsAdded(ErrorCode::None)) => node.append(life, produce, answer),
            Ok(PartitionsAdded(code)) | Err(code) => answer(Err(code)),
        });
        self.ask::<TransactionShard, _>(joined, then);
    }

    /// Commits offsets as part of a transaction, which the group's partition joins first (KIP-890).
    pub fn commit_in_transaction(
        &self,
        request: TxnOffsetCommitRequest,
        version: i16,
        answer: Answer<TxnOffsetCommitResponse>,
    ) {
        let (node, life) = (self.clone(), self.0.borrow().life);
        let epoch = self.let_in(&request.transactional_id, ProducerEpoch(request.producer_epoch));
        let joined = AddPartitions {
            transactional_id: request.transactional_id.clone(),
            producer_id: ProducerId(request.producer_id),
            producer_epoch: epoch,
            partitions: vec![TopicPartition::new(GROUPS, 0)],
            client_version: 2,
        };
        let then: Answer<PartitionsAdded> = Box::new(move |joined| match joined {
            Ok(PartitionsAdded(ErrorCode::None)) if node.0.borrow().life == life => {
                let body = TxnOffsetCommitRequest { producer_epoch: epoch.0, ..request };
                let asked = group::Asked { client: Default::default(), version, body };
                node.ask::<GroupShard, _>(asked, answer);
            }
            Ok(PartitionsAdded(ErrorCode::None)) => {}
            Ok(PartitionsAdded(code)) | Err(code) => answer(Err(code)),
        });
        self.ask::<TransactionShard, _>(joined, then);
    }

    fn append(&self, life: i32, produce: Produce, answer: Answer<Offset>) {
        let epoch = self.let_in(&produce.transactional_id, produce.producer_epoch);
        let mut builder = BatchBuilder::new(Compression::from(Codec::None))
            .producer(produce.producer_id, epoch, base::Sequence(produce.sequence))
            .transactional();
        let wall = self.0.borrow().world.wall();
        for value in &produce.values {
            builder.append(wall, None, Some(value), &[]).expect("a small batch");
        }
        let name = name_of(&produce.partition);
        self.append_batch(
            life,
            &name,
            &builder.build(),
            Origin::Client,
            TransactionRules::BumpedEpoch,
            answer,
        );
    }

    /// The epoch that a write goes by: its own, unless the fence is skipped.
    fn let_in(&self, transactional_id: &str, epoch: ProducerEpoch) -> ProducerEpoch {
        let inner = self.0.borrow();
        if inner.flaw != Some(Flaw::SkipFence) {
            return epoch;
        }
        let shard = inner.running.as_ref().and_then(|running| running.transactions.as_ref());
        let known = shard.and_then(|hosted| hosted.shard.machine().transaction(transactional_id));
        known.map_or(epoch, |transaction| transaction.producer_epoch)
    }

    fn append_batch(
        &self,
        life: i32,
        name: &str,
        batch: &[u8],
        origin: Origin,
        rules: TransactionRules,
        answer: Answer<Offset>,
    ) {
        let mut inner = self.0.borrow_mut();
        if inner.life != life {
            return;
        }
        let (world, flaw) = (inner.world.clone(), inner.flaw);
        let Some(running) = &mut inner.running else { return };
        let Some(partition) = running.partitions.get_mut(name) else { return };
        // The offset is known when the append returns, which may be after it has committed: what was
        // written before commits at once.
        let reply: Rc<RefCell<Option<Committing>>> = Rc::default();
        let (waiting, soon) = (reply.clone(), world.clone());
        let notify = move |_| {
            soon.clone().at(soon.now(), move |_| {
                if let Some((answer, offset)) = waiting.take() {
                    answer(Ok(offset));
                }
            });
        };
        let written = partition.append(batch, origin, rules, world.wall(), Box::new(notify));
        drop(inner);
        self.sync_soon(life, name);
        match written {
            Ok(written) if flaw == Some(Flaw::AnswerBeforeCommit) => {
                answer(Ok(written.base_offset));
            }
            Ok(written) => *reply.borrow_mut() = Some((answer, written.base_offset)),
            Err(code) => answer(Err(code)),
        }
    }

    /// The committed records of a partition, as a reader with `read_committed` sees them: offset and
    /// value.
    pub fn read_committed(&self, partition: &TopicPartition) -> Vec<(Offset, Vec<u8>)> {
        let mut inner = self.0.borrow_mut();
        let Some(running) = &mut inner.running else { return Vec::new() };
        let name = name_of(partition);
        let partition = running.partitions.get_mut(&name).expect("it is one of the node's");
        let stable = partition.last_stable();
        let mut aborted = partition.aborted(Offset(0), stable);
        aborted.sort_by_key(|transaction| transaction.first);
        let mut committed = Vec::new();
        let mut open: BTreeSet<ProducerId> = BTreeSet::new();
        let mut next = Offset(0);
        let mut scratch = Vec::new();
        while next < stable {
            let bytes = partition.read(next, stable).expect("a disk that works");
            for batch in Batches::new(&bytes) {
                let (header, bytes) = batch.expect("a sound batch");
                // The reader's side of the protocol, as every client has it.
                let begun = |transaction: &storage::AbortedTransaction| {
                    transaction.first <= header.last_offset()
                };
                while aborted.first().is_some_and(begun) {
                    open.insert(aborted.remove(0).producer_id);
                }
                next = header.next_offset();
                if header.attributes.is_control() {
                    open.remove(&header.producer_id);
                    continue;
                }
                if header.attributes.is_transactional() && open.contains(&header.producer_id) {
                    continue;
                }
                for record in records::records_of(bytes, &mut scratch, usize::MAX).expect("sound") {
                    let record = record.expect("a sound record");
                    let value = record.value.unwrap_or_default().to_vec();
                    committed.push((record.offset(&header), value));
                }
            }
        }
        committed
    }

    /// Whether any transaction is open in a partition.
    pub fn is_stable(&self, partition: &TopicPartition) -> bool {
        let inner = self.0.borrow();
        let Some(running) = &inner.running else { return false };
        let partition = &running.partitions[&name_of(partition)];
        partition.last_stable() == partition.end()
    }

    fn sync_soon(&self, life: i32, name: &str) {
        let mut inner = self.0.borrow_mut();
        let world = inner.world.clone();
        let Some(running) = &mut inner.running else { return };
        if !running.syncing.insert(name.to_owned()) {
            return;
        }
        let (node, name) = (self.clone(), name.to_owned());
        world.at(world.now().plus_ms(world.below(3)), move |_| node.begin_sync(life, &name));
    }

    fn begin_sync(&self, life: i32, name: &str) {
        let mut inner = self.0.borrow_mut();
        if inner.life != life {
            return;
        }
        let world = inner.world.clone();
        let Some(running) = &mut inner.running else { return };
        let Some(plan) = running.partitions.get_mut(name).and_then(SimPartition::begin_sync) else {
            running.syncing.remove(name);
            return;
        };
        let (node, name) = (self.clone(), name.to_owned());
        // A disk that is asked to sync takes a moment, and now and then a long one.
        let takes = if world.once_in(50) { 200 } else { 1 + world.below(8) };
        world.at(world.now().plus_ms(takes), move |_| node.finish_sync(life, &name, &plan));
    }

    fn finish_sync(&self, life: i32, name: &str, plan: &storage::FlushPlan) {
        let mut inner = self.0.borrow_mut();
        if inner.life != life {
            return;
        }
        let Some(running) = &mut inner.running else { return };
        running.syncing.remove(name);
        let Some(partition) = running.partitions.get_mut(name) else { return };
        partition.finish_sync(plan);
        let behind = partition.high_watermark() < partition.end();
        let high_watermark = partition.high_watermark();
        drop(inner);
        if behind {
            self.sync_soon(life, name);
        }
        self.committed::<GroupShard>(life, name, high_watermark);
        self.committed::<TransactionShard>(life, name, high_watermark);
    }

    fn committed<M: Hosts>(&self, life: i32, name: &str, high_watermark: Offset) {
        let name = name.to_owned();
        self.with::<M>(Some(life), move |hosted, _, _| {
            if hosted.partition == name {
                hosted.shard.committed(high_watermark);
            }
        });
    }

    // ---- transactions ----

    pub fn fresh_producer_id(&self) -> ProducerId {
        let mut inner = self.0.borrow_mut();
        inner.next_producer_id += 1;
        ProducerId(inner.next_producer_id)
    }

    /// Writes the markers of a decided transaction, each on a way of its own.
    fn send_markers(&self, life: i32, markers: Markers) {
        let (world, flaw) = {
            let inner = self.0.borrow();
            (inner.world.clone(), inner.flaw)
        };
        for (nth, partition) in markers.partitions.clone().into_iter().enumerate() {
            let (node, markers) = (self.clone(), markers.clone());
            let lost = flaw == Some(Flaw::LoseMarker) && nth > 0;
            let takes = if world.once_in(20) { 1_000 } else { world.below(20) };
            world.at(world.now().plus_ms(takes), move |_| match lost {
                true => node.marker_written(life, &markers, partition),
                false => node.write_marker(life, markers, partition),
            });
        }
    }

    fn write_marker(&self, life: i32, markers: Markers, partition: TopicPartition) {
        if self.0.borrow().life != life {
            return;
        }
        let node = self.clone();
        let told = (markers.clone(), partition.clone());
        let done = move |code: ErrorCode| match Became::of(code) {
            Became::Written => node.marker_written(life, &told.0, told.1.clone()),
            // As the real sender does, which then gives up and tells nobody.
            Became::Ended => {}
            Became::Retriable => {
                let (again, (markers, partition)) = (node.clone(), told.clone());
                let world = node.0.borrow().world.clone();
                world.at(world.now().plus_ms(20), move |_| {
                    again.write_marker(life, markers, partition);
                });
            }
            Became::Impossible => panic!("a marker of {:?} met {code:?}", told.0),
        };
        if &*partition.topic == GROUPS {
            let ask = group::EndTransaction {
                producer: markers.producer_id,
                epoch: markers.producer_epoch,
                ending: markers.ending,
                coordinator_epoch: markers.coordinator_epoch,
                transaction_version: markers.transaction_version,
            };
            let answer = Box::new(move |reply: Result<_, ErrorCode>| {
                done(reply.err().unwrap_or(ErrorCode::None));
            });
            self.ask::<GroupShard, _>(ask, answer);
            return;
        }
        let batch = records::end_transaction_batch(
            Offset(0),
            markers.producer_id,
            markers.producer_epoch,
            markers.ending.control_type(),
            markers.coordinator_epoch,
            self.0.borrow().world.wall(),
        );
        let rules = TransactionRules::of_version(markers.transaction_version);
        let answer = Box::new(move |written: Result<Offset, ErrorCode>| {
            done(written.err().unwrap_or(ErrorCode::None));
        });
        let name = name_of(&partition);
        self.append_batch(life, &name, &batch, Origin::Coordinator, rules, answer);
    }

    fn marker_written(&self, life: i32, markers: &Markers, partition: TopicPartition) {
        if self.0.borrow().life != life {
            return;
        }
        let written = MarkersWritten {
            transactional_id: markers.transactional_id.clone(),
            producer_id: markers.producer_id,
            producer_epoch: markers.producer_epoch,
            coordinator_epoch: markers.coordinator_epoch,
            partitions: vec![partition],
        };
        self.ask::<TransactionShard, _>(written, Box::new(|_| {}));
    }
}

impl<M: Machine> Hosted<M> {
    fn new(machine: M, topic: &str) -> Hosted<M> {
        let settings = ShardSettings {
            batch_bytes_max: 1_048_588,
            codec: Codec::None,
            commit_timeout_ms: 5_000,
            linger: Linger::Drained,
        };
        Hosted {
            shard: Shard::new(machine, settings),
            partition: format!("{topic}-0"),
            answers: BTreeMap::new(),
            flush_due: false,
            wakes_at: MonoMs::NEVER,
        }
    }
}

/// The log of a shard.
pub struct SimLog<'a> {
    world: &'a World,
    partition: &'a mut SimPartition,
    appended: bool,
}

impl ShardLog for SimLog<'_> {
    fn append(
        &mut self,
        batch: &[u8],
        base: Offset,
        transaction_version: i16,
    ) -> Result<Appended, ErrorCode> {
        if self.partition.end() != base {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        let rules = TransactionRules::of_version(transaction_version);
        // The shard hears of commits when a sync ends, so nobody needs to be told here.
        let origin = Origin::Coordinator;
        let wall = self.world.wall();
        self.partition.append(batch, origin, rules, wall, Box::new(|_| {}))?;
        self.appended = true;
        Ok(Appended { high_watermark: self.partition.high_watermark() })
    }
}

/// The planted mistake: what is pending when a shard loads is forgotten.
fn replay_without_pending<M: Machine>(shard: &mut Shard<M>, batches: &[u8]) {
    for batch in Batches::new(batches) {
        let (header, bytes) = batch.expect("a sound batch");
        let is_pending = header.attributes.is_transactional() && !header.attributes.is_control();
        match is_pending {
            true => shard.replay_from(header.next_offset()),
            false => shard.replay(bytes).expect("a readable log"),
        }
    }
}

fn name_of(partition: &TopicPartition) -> String {
    format!("{}-{}", partition.topic, partition.partition)
}

fn image(topics: &[(&str, i32)]) -> Image {
    let mut replay = Replay::new(Image::empty());
    let mut offset = Offset(0);
    let mut apply = |record: MetadataRecord| {
        replay.apply(&record, offset).expect("a record that fits the image");
        offset = offset.plus(1);
    };
    for (name, feature_level) in [
        ("metadata.version", 29),
        ("transaction.version", 2),
        ("group.version", 1),
        ("share.version", 1),
        ("streams.version", 1),
    ] {
        apply(MetadataRecord::FeatureLevelRecord(FeatureLevelRecord {
            name: name.into(),
            feature_level,
            ..FeatureLevelRecord::default()
        }));
    }
    for (nth, (name, count)) in topics.iter().enumerate() {
        let topic_id: Uuid = Entropy::new(0x51e0 + nth as u128).uuid();
        apply(MetadataRecord::TopicRecord(TopicRecord {
            name: (*name).into(),
            topic_id,
            ..TopicRecord::default()
        }));
        for partition_id in 0..*count {
            apply(MetadataRecord::PartitionRecord(PartitionRecord {
                partition_id,
                topic_id,
                replicas: vec![BrokerId(ME).0],
                isr: vec![BrokerId(ME).0],
                leader: BrokerId(ME).0,
                ..PartitionRecord::default()
            }));
        }
    }
    replay.publish();
    replay.image().clone()
}
