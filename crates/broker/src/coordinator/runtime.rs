//! The thread of one kind of coordinator: owns its shards, and hands them requests, time, metadata
//! and the log.
//!
//! One event is taken, then whatever else has queued up; then each shard that has decided something
//! appends its batch, once for all of it. Loading goes on in pieces between requests, so that a large
//! partition does not keep the others from being served.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use base::config::ServerConfig;
use base::{BrokerId, ErrorCode, LeaderEpoch, MonoMs, Offset, PartitionIndex};
use coordinator::shard::{Outcome, for_clients};
use coordinator::{Call, Context, Linger, Machine, Shard, ShardSettings};
use io::Env;
use metadata::{Delta, Entropy, Image};
use records::Codec;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info};

use super::shard_log::ReplicaLog;
use super::{Coordinator, QUEUE_MAX};
use crate::metrics::coordinators::RuntimeMetrics;
use crate::partitions::Partitions;

/// Requests that share one append of each shard.
const GROUP_MAX: usize = 256;

/// `message.max.bytes` where nobody has said otherwise.
const MESSAGE_BYTES_MAX: usize = 1_048_588;

/// A request on its way to a shard.
pub struct Asked<M: Machine> {
    pub shard: PartitionIndex,
    pub request: M::Request,
    pub reply: oneshot::Sender<Result<M::Reply, ErrorCode>>,
    /// When it was asked, in microseconds of the node's clock.
    pub at_us: u64,
}

/// What the node itself tells its coordinators.
pub enum Event {
    Metadata {
        image: Arc<Image>,
        delta: Arc<Delta>,
    },
    /// The high watermark of a shard's partition has reached `offset`.
    Committed {
        shard: PartitionIndex,
        epoch: LeaderEpoch,
        offset: Offset,
    },
    /// This node no longer leads a shard's partition, or has lost its disk.
    Lost {
        shard: PartitionIndex,
        epoch: LeaderEpoch,
    },
}

/// What is done with the effects of a machine: called on the coordinator's thread, so it only leaves
/// word.
pub type Perform<M> = Box<dyn FnMut(PartitionIndex, <M as Machine>::Effect) + Send>;

/// The shards of one internal topic on this node.
pub struct Runtime<M: Machine> {
    topic: &'static str,
    me: BrokerId,
    env: Arc<dyn Env>,
    config: Arc<ArcSwap<ServerConfig>>,
    partitions: Arc<Partitions>,
    image: Arc<Image>,
    writing: fn(&ServerConfig) -> Writing,
    load_bytes: fn(&ServerConfig) -> i32,
    new_machine: fn(LeaderEpoch) -> M,
    perform: Perform<M>,
    asks: mpsc::Receiver<Asked<M>>,
    events: mpsc::UnboundedReceiver<Event>,
    /// For the partitions, to tell of commits.
    sender: mpsc::UnboundedSender<Event>,
    shards: BTreeMap<PartitionIndex, Hosted<M>>,
    next_call: u64,
    metrics: RuntimeMetrics,
}

/// What the runtime and its door are made from.
pub struct Setup<M: Machine> {
    pub topic: &'static str,
    pub partitions_when_new: fn(&ServerConfig) -> i32,
    pub writing: fn(&ServerConfig) -> Writing,
    /// How many bytes are read at once when it loads.
    pub load_bytes: fn(&ServerConfig) -> i32,
    pub new_machine: fn(LeaderEpoch) -> M,
    pub perform: Perform<M>,
    pub metrics: RuntimeMetrics,
}

/// How a coordinator writes its records, by its own keys.
pub struct Writing {
    pub codec: Codec,
    pub linger: Linger,
    /// After this long somebody who waits for a write to commit is told that it has not.
    pub timeout_ms: i32,
}

/// What the node shares with its coordinators.
#[derive(Clone)]
pub struct Surroundings {
    pub me: BrokerId,
    pub env: Arc<dyn Env>,
    pub config: Arc<ArcSwap<ServerConfig>>,
    pub image: Arc<ArcSwap<Image>>,
    pub partitions: Arc<Partitions>,
}

/// A shard of this node.
struct Hosted<M: Machine> {
    shard: Shard<M>,
    log: ReplicaLog,
    stage: Stage,
    /// Who waits for a reply.
    calls: BTreeMap<Call, Waiting<M>>,
    /// Has decided something since its last flush.
    touched: bool,
    /// Seeded by the system once: a draw for each decision would be a system call for each request.
    entropy: Entropy,
    loading_since_us: u64,
}

struct Waiting<M: Machine> {
    reply: oneshot::Sender<Result<M::Reply, ErrorCode>>,
    /// Since it was decided about, in microseconds of the node's clock.
    since_us: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Loading,
    Serving,
    /// Cannot be read, or the disk failed: NOT_COORDINATOR until leadership changes.
    Broken,
}

impl<M: Machine> Runtime<M> {
    /// The runtime, and the door through which handlers ask.
    pub fn new(setup: Setup<M>, around: &Surroundings) -> (Runtime<M>, Coordinator<M>) {
        let (asks_in, asks) = mpsc::channel(QUEUE_MAX);
        let (sender, events) = mpsc::unbounded_channel();
        let door = Coordinator {
            topic: setup.topic,
            partitions: setup.partitions_when_new,
            image: around.image.clone(),
            config: around.config.clone(),
            asks: asks_in,
            env: around.env.clone(),
            events: sender.clone(),
        };
        let runtime = Runtime {
            topic: setup.topic,
            me: around.me,
            env: around.env.clone(),
            config: around.config.clone(),
            partitions: around.partitions.clone(),
            image: Arc::new(Image::empty()),
            writing: setup.writing,
            load_bytes: setup.load_bytes,
            new_machine: setup.new_machine,
            perform: setup.perform,
            asks,
            events,
            sender,
            shards: BTreeMap::new(),
            next_call: 0,
            metrics: setup.metrics,
        };
        (runtime, door)
    }

    /// Serves until the node stops. Who still waits then hears COORDINATOR_NOT_AVAILABLE, as the
    /// senders of their replies are dropped.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let is_loading = self.load_a_piece();
            let deadline = match is_loading {
                true => self.env.mono(),
                false => self.next_deadline(),
            };
            tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Some(event) => self.take_event(event),
                    None => return,
                },
                asked = self.asks.recv() => match asked {
                    Some(asked) => self.take_ask(asked),
                    None => return,
                },
                // Ready at once while something loads, but only after what has queued up.
                _ = self.env.sleep_until(deadline) => {}
                _ = stop.changed() => continue,
            }
            for _ in 0..GROUP_MAX {
                if let Ok(event) = self.events.try_recv() {
                    self.take_event(event);
                } else if let Ok(asked) = self.asks.try_recv() {
                    self.take_ask(asked);
                } else {
                    break;
                }
            }
            self.fire_timers();
            self.settle();
        }
    }

    fn next_deadline(&self) -> MonoMs {
        let serving = self.shards.values().filter(|hosted| hosted.stage == Stage::Serving);
        serving.map(|hosted| hosted.shard.next_deadline()).min().unwrap_or(MonoMs::NEVER)
    }

    fn take_event(&mut self, event: Event) {
        match event {
            Event::Metadata { image, delta } => self.follow(image, &delta),
            Event::Committed { shard, epoch, offset } => {
                if let Some(hosted) = self.hosted(shard, epoch) {
                    hosted.shard.committed(offset);
                    hosted.touched = true;
                }
            }
            Event::Lost { shard, epoch } => {
                if let Some(hosted) = self.hosted(shard, epoch) {
                    hosted.give_up(ErrorCode::NotCoordinator);
                }
                self.show_stages();
            }
        }
    }

    fn show_stages(&self) {
        let count = |stage: Stage| {
            self.shards.values().filter(|hosted| hosted.stage == stage).count() as i64
        };
        self.metrics.partitions_loading.set(count(Stage::Loading));
        self.metrics.partitions_active.set(count(Stage::Serving));
        self.metrics.partitions_failed.set(count(Stage::Broken));
    }

    fn hosted(&mut self, shard: PartitionIndex, epoch: LeaderEpoch) -> Option<&mut Hosted<M>> {
        self.shards.get_mut(&shard).filter(|hosted| hosted.log.epoch == epoch)
    }

    fn take_ask(&mut self, asked: Asked<M>) {
        let hosted = self.shards.get_mut(&asked.shard);
        let code = match hosted.as_ref().map(|hosted| hosted.stage) {
            None | Some(Stage::Broken) => ErrorCode::NotCoordinator,
            Some(Stage::Loading) => ErrorCode::CoordinatorLoadInProgress,
            Some(Stage::Serving) => ErrorCode::None,
        };
        let Some(hosted) = hosted.filter(|_| code == ErrorCode::None) else {
            // Whoever asked may have gone away.
            let _ = asked.reply.send(Err(code));
            return;
        };
        self.next_call += 1;
        let call = Call(self.next_call);
        let since_us = self.env.mono_us();
        self.metrics.queue_seconds.observe(seconds(asked.at_us, since_us));
        hosted.calls.insert(call, Waiting { reply: asked.reply, since_us });
        hosted.decide(&*self.env, &self.image, &self.config, |shard, context, log| {
            shard.handle(context, log, call, asked.request);
        });
        self.metrics.processing_seconds.observe(seconds(since_us, self.env.mono_us()));
    }

    fn fire_timers(&mut self) {
        let now = self.env.mono();
        for hosted in self.shards.values_mut() {
            if hosted.stage == Stage::Serving && hosted.shard.next_deadline() <= now {
                hosted.decide(&*self.env, &self.image, &self.config, |shard, context, log| {
                    shard.on_deadline(context, log);
                });
            }
        }
    }

    /// Appends what was decided and sends what may leave.
    fn settle(&mut self) {
        let now = self.env.mono();
        let mut has_failed = false;
        for (index, hosted) in &mut self.shards {
            if !std::mem::take(&mut hosted.touched) {
                continue;
            }
            hosted.log.now = self.env.wall();
            hosted.shard.flush(now, &mut hosted.log);
            let now_us = self.env.mono_us();
            for outcome in hosted.shard.take_ready() {
                match outcome {
                    Outcome::Reply(call, reply) => {
                        if let Some(waiting) = hosted.calls.remove(&call) {
                            let waited = seconds(waiting.since_us, now_us);
                            self.metrics.purgatory_seconds.observe(waited);
                            // Whoever asked may have gone away.
                            let _ = waiting.reply.send(reply);
                        }
                    }
                    Outcome::Effect(effect) => (self.perform)(*index, effect),
                }
            }
            if let Some(code) = hosted.shard.failure() {
                error!(
                    topic = self.topic,
                    partition = index.0,
                    "a coordinator could not write and loads again: {code}"
                );
                hosted.give_up(for_clients(code));
                let settings =
                    shard_settings(&self.partitions, self.topic, self.writing, &self.config.load());
                hosted.reload((self.new_machine)(hosted.log.epoch), settings);
                has_failed = true;
            }
        }
        if has_failed {
            self.show_stages();
        }
    }

    // ---- coming and going ----

    /// Takes new metadata: begins to load what this node leads now, lets go of the rest.
    fn follow(&mut self, image: Arc<Image>, delta: &Delta) {
        self.image = image;
        let image = self.image.clone();
        let topic = image.topic(self.topic);
        let me = self.me;
        let leads = |index: PartitionIndex| {
            let partition = topic?.partition(index)?;
            (partition.leader == me).then_some(partition.leader_epoch)
        };
        let gone: Vec<PartitionIndex> = self
            .shards
            .iter()
            .filter(|(index, hosted)| leads(**index) != Some(hosted.log.epoch))
            .map(|(index, _)| *index)
            .collect();
        for index in gone {
            if let Some(mut hosted) = self.shards.remove(&index) {
                hosted.give_up(ErrorCode::NotCoordinator);
            }
        }
        for hosted in self.shards.values_mut() {
            if hosted.stage == Stage::Serving {
                hosted.decide(&*self.env, &self.image, &self.config, |shard, context, log| {
                    shard.metadata_changed(context, log, delta);
                });
            }
        }
        for index in topic.into_iter().flat_map(|topic| topic.partitions.keys()) {
            let Some(epoch) = leads(*index).filter(|_| !self.shards.contains_key(index)) else {
                continue;
            };
            let Some(replica) = self.partitions.replica(self.topic, index.0) else { continue };
            let log = ReplicaLog {
                replica,
                index: *index,
                epoch,
                events: self.sender.clone(),
                now: self.env.wall(),
                env: self.env.clone(),
                flush_seconds: self.metrics.flush_seconds.clone(),
                verifies: self.config.load().transactions.partition_verification_enable,
            };
            let settings =
                shard_settings(&self.partitions, self.topic, self.writing, &self.config.load());
            let hosted = Hosted::new(log, (self.new_machine)(epoch), settings, self.env.random());
            let is_empty = hosted.has_nothing_to_load();
            self.shards.insert(*index, hosted);
            if is_empty {
                // The first request for a new topic is right behind: it is not to be sent back.
                self.load_a_piece_of(*index);
            }
        }
        self.show_stages();
    }

    /// Reads one piece for one shard that loads. False if none does.
    fn load_a_piece(&mut self) -> bool {
        let mut shards = self.shards.iter();
        let loading = shards.find(|(_, hosted)| hosted.stage == Stage::Loading);
        let Some(index) = loading.map(|(index, _)| *index) else { return false };
        self.load_a_piece_of(index);
        true
    }

    fn load_a_piece_of(&mut self, index: PartitionIndex) {
        let Some(hosted) = self.shards.get_mut(&index) else { return };
        let bytes = (self.load_bytes)(&self.config.load()).max(1) as usize;
        match hosted.replay(bytes) {
            Ok(false) => {}
            Ok(true) => {
                hosted.stage = Stage::Serving;
                hosted.start(&*self.env, &self.image, &self.config);
                let took = seconds(hosted.loading_since_us, self.env.mono_us());
                self.metrics.load_seconds.observe(took);
                self.show_stages();
            }
            Err(reason) => {
                error!(
                    topic = self.topic,
                    partition = hosted.log.index.0,
                    "a coordinator could not be loaded and does not serve: {reason}"
                );
                hosted.stage = Stage::Broken;
                self.show_stages();
            }
        }
    }
}

/// The time between two readings of the clock.
fn seconds(from_us: u64, to_us: u64) -> f64 {
    to_us.saturating_sub(from_us) as f64 / 1e6
}

impl<M: Machine> Hosted<M> {
    fn new(log: ReplicaLog, machine: M, settings: ShardSettings, seed: u128) -> Hosted<M> {
        let shard = Shard::new(machine, settings);
        let mut hosted = Hosted {
            shard,
            log,
            stage: Stage::Loading,
            calls: BTreeMap::new(),
            touched: false,
            entropy: Entropy::new(seed),
            loading_since_us: 0,
        };
        hosted.rewind();
        hosted
    }

    fn reload(&mut self, machine: M, settings: ShardSettings) {
        self.shard = Shard::new(machine, settings);
        self.stage = Stage::Loading;
        self.rewind();
    }

    fn rewind(&mut self) {
        self.loading_since_us = self.log.env.mono_us();
        match self.log.bounds() {
            Ok((start, ..)) => self.shard.replay_from(start),
            Err(_) => self.stage = Stage::Broken,
        }
    }

    fn has_nothing_to_load(&self) -> bool {
        let next = self.shard.next_offset();
        self.stage == Stage::Loading && self.log.bounds().is_ok_and(|(_, end, _)| next >= end)
    }

    /// Replays a piece; true when the end of the log is reached.
    fn replay(&mut self, bytes: usize) -> Result<bool, String> {
        let failed = |code: ErrorCode| code.to_string();
        let (_, end, _) = self.log.bounds().map_err(failed)?;
        let from = self.shard.next_offset();
        if from >= end {
            return Ok(true);
        }
        let batches = self.log.read(from, bytes).map_err(failed)?;
        self.shard.replay(&batches).map_err(|error| error.to_string())?;
        if self.shard.next_offset() == from {
            // Nothing is left between here and the end: compaction took it.
            self.shard.replay_from(end);
        }
        Ok(false)
    }

    fn start(&mut self, env: &dyn Env, image: &Image, config: &ArcSwap<ServerConfig>) {
        let Ok((_, end, high_watermark)) = self.log.bounds() else {
            self.stage = Stage::Broken;
            return;
        };
        let records = self.shard.next_offset().0;
        if records > 0 {
            info!(partition = self.log.index.0, offset = records, "a coordinator has loaded");
        }
        self.decide(env, image, config, |shard, context, log| {
            shard.start(context, log, end, high_watermark);
        });
    }

    /// Lets the shard decide something.
    fn decide(
        &mut self,
        env: &dyn Env,
        image: &Image,
        config: &ArcSwap<ServerConfig>,
        decide: impl FnOnce(&mut Shard<M>, &mut Context<'_>, &mut ReplicaLog),
    ) {
        let config = config.load();
        let mut context = Context {
            now: env.mono(),
            wall: env.wall(),
            image,
            config: &config,
            entropy: self.entropy.fork(),
        };
        self.log.now = context.wall;
        self.log.verifies = config.transactions.partition_verification_enable;
        decide(&mut self.shard, &mut context, &mut self.log);
        self.touched = true;
    }

    /// Answers everybody who waits.
    fn give_up(&mut self, code: ErrorCode) {
        for (_, waiting) in std::mem::take(&mut self.calls) {
            // Whoever asked may have gone away.
            let _ = waiting.reply.send(Err(code));
        }
        self.stage = Stage::Broken;
    }
}

fn shard_settings(
    partitions: &Partitions,
    topic: &str,
    writing: fn(&ServerConfig) -> Writing,
    config: &ServerConfig,
) -> ShardSettings {
    let Writing { codec, linger, timeout_ms } = writing(config);
    let topic = partitions.topic(topic);
    let limit = topic.map(|topic| topic.config.load().max_message_bytes);
    ShardSettings {
        // The topic is gone only while its deletion is on its way to this thread.
        batch_bytes_max: limit.map_or(MESSAGE_BYTES_MAX, |limit| limit as usize),
        codec,
        commit_timeout_ms: timeout_ms.max(0) as u64,
        linger,
    }
}
