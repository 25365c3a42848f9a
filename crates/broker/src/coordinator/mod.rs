//! The coordinators of this node: what runs the shards of `__consumer_offsets`,
//! `__transaction_state` and `__share_group_state` that this node leads.
//!
//! The life of a request: a handler asks [`Coordinator::ask`] for the shard of a key; the ask waits
//! in the queue of that topic's thread ([`runtime`]); the shard decides; when the queue is drained the
//! shard's batch is appended to its partition ([`shard_log`]); once that has committed, the reply
//! goes back to the handler. Shards come and go with the leadership of their partitions.

mod runtime;
mod shard_log;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use base::config::ServerConfig;
use base::{BrokerId, ErrorCode, PartitionIndex, Str};
use coordinator::group::{Census, GroupEffect, GroupShard, ResolveRegexes, TakeCensus};
use coordinator::share::ShareShard;
use coordinator::transaction::TransactionShard;
use coordinator::{Ask, Linger, Machine};
use io::Env;
use metadata::{Delta, Image};
use records::Codec;
use tokio::sync::{mpsc, oneshot, watch};

use crate::internal_topics::{GROUP_TOPIC, SHARE_TOPIC, TRANSACTION_TOPIC};
use crate::metrics::Metrics;
use crate::metrics::coordinators::CoordinatorMetrics;
use crate::node::Node;
use crate::server::{self, StartError};
use crate::share::keeper::Keeper;
use crate::share::{Order, Sharing};
use crate::transactions::markers::{Decided, MarkerSender};

pub use runtime::Surroundings;
use runtime::{Asked, Event, Runtime, Setup, Writing};

/// Requests that may wait for one coordinator; a handler beyond that waits itself.
const QUEUE_MAX: usize = 1024;

/// How long whoever looks at the metrics waits for the coordinators.
const STOCK_LIMIT: Duration = Duration::from_secs(1);

/// What is said for a coordinator whose thread has ended.
const GONE: ErrorCode = ErrorCode::CoordinatorNotAvailable;

type Answer<M> = oneshot::Receiver<Result<<M as Machine>::Reply, ErrorCode>>;

/// All coordinators of a node.
#[derive(Clone)]
pub struct Coordinators {
    pub groups: Coordinator<GroupShard>,
    pub transactions: Coordinator<TransactionShard>,
    pub share: Coordinator<ShareShard>,
    /// The partitions that this node shares out, whoever coordinates them.
    pub sharing: Arc<Sharing>,
}

/// The threads of the coordinators, not started yet.
pub struct Runtimes {
    groups: Runtime<GroupShard>,
    transactions: Runtime<TransactionShard>,
    share: Runtime<ShareShard>,
    regexes: mpsc::UnboundedReceiver<(PartitionIndex, ResolveRegexes)>,
    markers: mpsc::UnboundedReceiver<Decided>,
    orders: mpsc::UnboundedReceiver<Order>,
}

/// Makes the coordinators of a node. They serve once their threads run.
pub fn start(around: &Surroundings, metrics: &Arc<Metrics>) -> (Coordinators, Runtimes) {
    let measured = &metrics.coordinators;
    let counting = metrics.clone();
    let (unresolved, regexes) = mpsc::unbounded_channel();
    let groups = Setup {
        topic: GROUP_TOPIC,
        partitions_when_new: |config| config.groups.offsets_topic_num_partitions,
        writing: |config| Writing {
            codec: codec(config.groups.offsets_topic_compression_codec),
            linger: Linger::of_key(config.groups.append_linger_ms),
            timeout_ms: config.groups.offsets_commit_timeout_ms,
        },
        load_bytes: |config| config.groups.offsets_load_buffer_size,
        new_machine: |_| GroupShard::default(),
        perform: Box::new(move |shard, effect| match effect {
            GroupEffect::Count(counted) => counting.coordinators.groups.count(counted),
            GroupEffect::Resolve(work) => {
                // Nobody is there to listen only while the node stops.
                let _ = unresolved.send((shard, work));
            }
        }),
        metrics: measured.group_runtime.clone(),
    };
    let (decided, markers) = mpsc::unbounded_channel();
    let transactions = Setup {
        topic: TRANSACTION_TOPIC,
        partitions_when_new: |config| config.transactions.state_log_num_partitions,
        // Kafka has neither a codec nor a linger for transactions: each decision of a producer is waited
        // for, and writes that wait for company would be paid for twice in every transaction.
        writing: |config| Writing {
            codec: Codec::None,
            linger: Linger::Drained,
            timeout_ms: config.groups.offsets_commit_timeout_ms,
        },
        load_bytes: |config| config.transactions.state_log_load_buffer_size,
        new_machine: |epoch| TransactionShard::new(epoch.0),
        perform: Box::new(move |shard, effect| {
            // Nobody is there to listen only while the node stops.
            let _ = decided.send((shard, effect));
        }),
        metrics: measured.transaction_runtime.clone(),
    };
    let (orders_in, orders) = mpsc::unbounded_channel();
    let sharing = Arc::new(Sharing::new(&around.config.load(), orders_in.clone()));
    let share = Setup {
        topic: SHARE_TOPIC,
        partitions_when_new: |config| config.share.state_topic_num_partitions,
        writing: |config| Writing {
            codec: codec(config.share.state_topic_compression_codec),
            linger: Linger::of_key(config.share.append_linger_ms),
            timeout_ms: config.share.write_timeout_ms,
        },
        load_bytes: |config| config.share.load_buffer_size,
        new_machine: |_| ShareShard::default(),
        perform: Box::new(move |shard, prune| {
            // Nobody is there to listen only while the node stops.
            let _ = orders_in.send(Order::Prune(shard, prune));
        }),
        metrics: measured.share_runtime.clone(),
    };
    let (groups_runtime, groups) = Runtime::new(groups, around);
    let (transactions_runtime, transactions) = Runtime::new(transactions, around);
    let (share_runtime, share) = Runtime::new(share, around);
    let runtimes = Runtimes {
        groups: groups_runtime,
        transactions: transactions_runtime,
        share: share_runtime,
        regexes,
        markers,
        orders,
    };
    (Coordinators { groups, transactions, share, sharing }, runtimes)
}

fn codec(id: i32) -> Codec {
    Codec::from_id(id as u8).unwrap_or(Codec::None)
}

impl Runtimes {
    /// Starts one thread for each kind of coordinator, one that resolves regular expressions, one that
    /// writes the markers of transactions, and one that keeps shared partitions.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub fn spawn(
        self,
        node: &Arc<Node>,
        stop: &watch::Receiver<bool>,
    ) -> Result<Vec<JoinHandle<()>>, StartError> {
        let markers = MarkerSender::new(node.clone(), self.markers);
        let runtime = server::runtime("markers")?;
        let groups = node.coordinators.groups.clone();
        let resolving = server::runtime("regexes")?;
        let resolve_stop = stop.clone();
        let stopping = stop.clone();
        let keeper = Keeper::new(node.clone(), self.orders);
        let keeping = server::runtime("sharing")?;
        let keeper_stop = stop.clone();
        Ok(vec![
            thread("groups", self.groups, stop)?,
            thread("transactions", self.transactions, stop)?,
            thread("share", self.share, stop)?,
            server::spawn("regexes", move || {
                resolving.block_on(resolve(groups, self.regexes, resolve_stop));
            })?,
            server::spawn("markers", move || runtime.block_on(markers.run(stopping)))?,
            server::spawn("sharing", move || keeping.block_on(keeper.run(keeper_stop)))?,
        ])
    }
}

/// Holds the regular expressions of groups against topics until the node stops, one group after the
/// other: an expression can be slow, and is not to take the time of more than one core.
async fn resolve(
    groups: Coordinator<GroupShard>,
    mut regexes: mpsc::UnboundedReceiver<(PartitionIndex, ResolveRegexes)>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let (shard, work) = tokio::select! {
            work = regexes.recv() => match work {
                Some(work) => work,
                None => return,
            },
            _ = stop.wait_for(|stops| *stops) => return,
        };
        let Some(resolved) = work.run(|| !*stop.borrow()) else { return };
        // A shard that has gone elsewhere, or is loaded again, has its members ask again.
        let _ = groups.ask(shard, resolved).await;
    }
}

fn thread<M>(
    name: &str,
    runtime: Runtime<M>,
    stop: &watch::Receiver<bool>,
) -> Result<JoinHandle<()>, StartError>
where
    M: Machine + Send + 'static,
    M::Request: Send,
    M::Reply: Send,
    M::Effect: Send,
{
    let tokio = server::runtime(name)?;
    let stop = stop.clone();
    server::spawn(name, move || tokio.block_on(runtime.run(stop)))
}

impl Coordinators {
    /// Tells every coordinator of new metadata, after the partitions have followed it.
    pub fn metadata_changed(&self, image: &Arc<Image>, delta: &Arc<Delta>) {
        self.groups.metadata_changed(image, delta);
        self.transactions.metadata_changed(image, delta);
        self.share.metadata_changed(image, delta);
        self.sharing.metadata_changed(image, delta);
    }

    /// Shows in the metrics what there is now. A coordinator that does not answer in time is shown as
    /// it was.
    pub async fn take_stock(&self, me: BrokerId, metrics: &CoordinatorMetrics) {
        metrics.group_runtime.queue_size.set(self.groups.queue_size());
        metrics.transaction_runtime.queue_size.set(self.transactions.queue_size());
        metrics.share_runtime.queue_size.set(self.share.queue_size());
        let shards = self.groups.shards(me).into_iter();
        let asked = self.groups.ask_each(shards.map(|shard| (shard, TakeCensus)));
        if let Ok(censuses) = tokio::time::timeout(STOCK_LIMIT, asked).await {
            let censuses: Vec<Census> = censuses.into_iter().flatten().collect();
            metrics.groups.show(&censuses);
        }
    }
}

/// The door to the shards of one internal topic.
pub struct Coordinator<M: Machine> {
    topic: &'static str,
    /// How many partitions the topic gets when it is created.
    partitions: fn(&ServerConfig) -> i32,
    image: Arc<ArcSwap<Image>>,
    config: Arc<ArcSwap<ServerConfig>>,
    asks: mpsc::Sender<Asked<M>>,
    env: Arc<dyn Env>,
    /// What the node itself tells. Without a bound, because the metadata thread must not wait:
    /// it says one thing per change of the metadata, and partitions one per batch that was appended.
    events: mpsc::UnboundedSender<Event>,
}

impl<M: Machine> Clone for Coordinator<M> {
    fn clone(&self) -> Self {
        Coordinator {
            topic: self.topic,
            partitions: self.partitions,
            image: self.image.clone(),
            config: self.config.clone(),
            asks: self.asks.clone(),
            env: self.env.clone(),
            events: self.events.clone(),
        }
    }
}

impl<M: Machine> Coordinator<M> {
    pub fn topic(&self) -> &'static str {
        self.topic
    }

    /// The shard that is responsible for a group, a transactional id, or a shared partition: by the
    /// hash that every Kafka client and broker uses.
    pub fn shard_of(&self, key: &str) -> PartitionIndex {
        let image = self.image.load();
        let count = match image.topic(self.topic) {
            Some(topic) => topic.partitions.len() as i32,
            None => (self.partitions)(&self.config.load()),
        };
        PartitionIndex(java_hash(key) % count.max(1))
    }

    /// The shards that this node is responsible for, loaded or not.
    pub fn shards(&self, me: BrokerId) -> Vec<PartitionIndex> {
        let image = self.image.load();
        let Some(topic) = image.topic(self.topic) else { return Vec::new() };
        let led = topic.partitions.iter().filter(|(_, partition)| partition.leader == me);
        led.map(|(index, _)| *index).collect()
    }

    /// Asks a shard and waits for the reply, which comes when what it promises has committed.
    ///
    /// # Errors
    /// NOT_COORDINATOR where the shard is not here, COORDINATOR_LOAD_IN_PROGRESS while it loads,
    /// COORDINATOR_NOT_AVAILABLE where the node stops or a write did not commit in time, or what the
    /// log said of the write.
    pub async fn ask<A: Ask<M>>(
        &self,
        shard: PartitionIndex,
        request: A,
    ) -> Result<A::Reply, ErrorCode> {
        let answer = self.queue(shard, request.wrap()).await?;
        answer.await.map_err(|_| GONE)?.map(A::unwrap)
    }

    /// Asks many shards at once and waits for all of them. The replies come in the order of the
    /// requests.
    ///
    /// # Errors
    /// Of each shard, as in [`Coordinator::ask`].
    pub async fn ask_each<A: Ask<M>>(
        &self,
        requests: impl IntoIterator<Item = (PartitionIndex, A)>,
    ) -> Vec<Result<A::Reply, ErrorCode>> {
        let mut answers = Vec::new();
        for (shard, request) in requests {
            answers.push(self.queue(shard, request.wrap()).await);
        }
        let mut replies = Vec::with_capacity(answers.len());
        for answer in answers {
            replies.push(match answer {
                Ok(answer) => answer.await.unwrap_or(Err(GONE)).map(A::unwrap),
                Err(code) => Err(code),
            });
        }
        replies
    }

    async fn queue(
        &self,
        shard: PartitionIndex,
        request: M::Request,
    ) -> Result<Answer<M>, ErrorCode> {
        let (reply, answer) = oneshot::channel();
        let asked = Asked { shard, request, reply, at_us: self.env.mono_us() };
        self.asks.send(asked).await.map_err(|_| GONE)?;
        Ok(answer)
    }

    /// Requests that wait for the thread.
    fn queue_size(&self) -> i64 {
        (self.asks.max_capacity() - self.asks.capacity()) as i64
    }

    fn metadata_changed(&self, image: &Arc<Image>, delta: &Arc<Delta>) {
        // A coordinator that has stopped needs no news.
        let _ = self.events.send(Event::Metadata { image: image.clone(), delta: delta.clone() });
    }
}

/// Keys by the shards that are responsible for them.
pub fn by_shard<M: Machine>(
    coordinator: &Coordinator<M>,
    keys: Vec<Str>,
) -> BTreeMap<PartitionIndex, Vec<Str>> {
    let mut shards: BTreeMap<PartitionIndex, Vec<Str>> = BTreeMap::new();
    for key in keys {
        shards.entry(coordinator.shard_of(&key)).or_default().push(key);
    }
    shards
}

/// The absolute value of `String.hashCode`, over UTF-16 and wrapping, as Kafka's `Utils.abs` takes it:
/// of the smallest number, which has none, it is 0. To cut the sign bit off instead would put half of
/// all keys elsewhere than Kafka does.
pub fn java_hash(key: &str) -> i32 {
    let hash = key
        .encode_utf16()
        .fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    hash.checked_abs().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_lands_where_kafka_puts_it() {
        // Math.abs("...".hashCode()) of a JVM.
        assert_eq!(java_hash(""), 0);
        assert_eq!(java_hash("group"), 98_629_247);
        // Of these the hash is negative.
        assert_eq!(java_hash("my-group"), 1_906_497_762);
        assert_eq!(java_hash("orders"), 1_008_770_331);
        // `polygenelubricants` hashes to Integer.MIN_VALUE, whose absolute value is taken as 0.
        assert_eq!(java_hash("polygenelubricants"), 0);
    }
}
