//! Asking share coordinators: what Kafka calls the persister.
//!
//! The coordinator of a share partition is found by its key. A coordinator that is not there yet, or
//! still loads, is asked again for a while; other errors go back to whoever asked, translated for a
//! client that asked for records and knows nothing of share coordinators.
//!
//! An empty `group.share.persister.class.name` stands for Kafka's persister that keeps nothing: no
//! coordinator is asked, every share partition is new, and its state goes with its leader.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use base::{ErrorCode, Str, Uuid};
use coordinator::machine::Ask;
use coordinator::share::partition::ShareWrite;
use coordinator::share::shard::{ShareError, ShareShard};
use coordinator::share::{
    DeleteState, InitializeState, ReadState, ReadSummary, SharePartitionKey, StateSummary,
    StoredState, WriteState,
};

use tokio::task::JoinSet;

use crate::internal_topics::{self, SHARE_TOPIC};
use crate::node::Node;

/// How often a coordinator that is not ready is asked.
const ATTEMPTS: u32 = 8;

/// The pause after the first attempt; each one is twice as long as the one before.
const PAUSE_MS: u64 = 20;

/// Whether a request between brokers names a group, topics, and partitions of each; one that does not
/// is answered with nothing.
pub fn is_complete(group_id: &str, mut partition_counts: impl Iterator<Item = usize>) -> bool {
    let first = partition_counts.next();
    !group_id.is_empty()
        && first.is_some_and(|count| count > 0)
        && partition_counts.all(|count| count > 0)
}

/// Asks the coordinator of a share partition.
async fn ask<A: Ask<ShareShard> + Clone>(
    node: &Node,
    key: &SharePartitionKey,
    request: A,
) -> Result<A::Reply, ShareError> {
    internal_topics::ensure(node, SHARE_TOPIC).await;
    let share = &node.coordinators.share;
    let mut pause_ms = PAUSE_MS;
    for attempt in 1.. {
        let shard = share.shard_of(&key.coordinator_key());
        match share.ask(shard, request.clone()).await {
            Ok(reply) => return Ok(reply),
            Err(code) if attempt < ATTEMPTS && is_passing(code) && !*node.stop.borrow() => {
                node.env.sleep_until(node.env.mono().plus_ms(pause_ms)).await;
                pause_ms *= 2;
            }
            Err(code) => return Err(ShareError { code, message: "" }),
        }
    }
    unreachable!("the last attempt returns")
}

fn is_kept(node: &Node) -> bool {
    !node.config.load().share.persister_class_name.is_empty()
}

fn is_passing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::CoordinatorLoadInProgress
            | ErrorCode::CoordinatorNotAvailable
            | ErrorCode::NotCoordinator
    )
}

/// What a client hears of a share coordinator's error.
pub fn for_clients(error: ShareError) -> ShareError {
    let code = match error.code {
        ErrorCode::NotCoordinator
        | ErrorCode::CoordinatorNotAvailable
        | ErrorCode::CoordinatorLoadInProgress => ErrorCode::CoordinatorNotAvailable,
        code @ (ErrorCode::GroupIdNotFound | ErrorCode::UnknownTopicOrPartition) => code,
        ErrorCode::FencedLeaderEpoch | ErrorCode::FencedStateEpoch => {
            ErrorCode::NotLeaderOrFollower
        }
        _ => ErrorCode::UnknownServerError,
    };
    ShareError { code, message: error.message }
}

/// Reads the state of a partition for its new leader.
///
/// # Errors
/// For clients.
pub async fn read(
    node: &Node,
    key: &SharePartitionKey,
    leader_epoch: i32,
) -> Result<StoredState, ShareError> {
    if !is_kept(node) {
        return Ok(StoredState { state_epoch: 0, start_offset: -1, batches: Vec::new() });
    }
    let asked = ReadState { key: key.clone(), leader_epoch };
    read_as_asked(node, asked).await.map_err(for_clients)
}

/// # Errors
/// The coordinator's own.
pub async fn read_as_asked(node: &Node, asked: ReadState) -> Result<StoredState, ShareError> {
    let key = asked.key.clone();
    ask(node, &key, asked).await?.0
}

/// Writes what has changed in a partition that this node leads.
///
/// # Errors
/// For clients.
pub async fn write(
    node: &Node,
    key: &SharePartitionKey,
    write: ShareWrite,
) -> Result<(), ShareError> {
    if !is_kept(node) {
        return Ok(());
    }
    let asked = WriteState {
        key: key.clone(),
        state_epoch: write.state_epoch,
        leader_epoch: write.leader_epoch,
        start_offset: write.start_offset,
        delivery_complete_count: write.delivery_complete_count,
        batches: write.batches,
    };
    write_as_asked(node, asked).await.map_err(for_clients)
}

/// # Errors
/// The coordinator's own.
pub async fn write_as_asked(node: &Node, asked: WriteState) -> Result<(), ShareError> {
    let key = asked.key.clone();
    ask(node, &key, asked).await?.0
}

/// # Errors
/// The coordinator's own.
pub async fn initialize(
    node: &Node,
    key: &SharePartitionKey,
    state_epoch: i32,
    start_offset: i64,
) -> Result<(), ShareError> {
    if !is_kept(node) {
        return Ok(());
    }
    let request = InitializeState { key: key.clone(), state_epoch, start_offset };
    ask(node, key, request).await?.0
}

/// # Errors
/// The coordinator's own.
pub async fn delete(node: &Node, key: &SharePartitionKey) -> Result<(), ShareError> {
    if !is_kept(node) {
        return Ok(());
    }
    ask(node, key, DeleteState { key: key.clone() }).await?.0
}

/// # Errors
/// The coordinator's own.
pub async fn read_summary(
    node: &Node,
    key: &SharePartitionKey,
) -> Result<StateSummary, ShareError> {
    if !is_kept(node) {
        return Ok(StateSummary {
            state_epoch: 0,
            leader_epoch: 0,
            start_offset: -1,
            delivery_complete_count: -1,
        });
    }
    ask(node, key, ReadSummary { key: key.clone() }).await?.0
}

/// Asks about many partitions at once. One outcome for each, in their order.
pub async fn each<I, T, F>(
    node: &Arc<Node>,
    asked: Vec<I>,
    ask: impl Fn(Arc<Node>, I) -> F,
) -> Vec<Result<T, ShareError>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, ShareError>> + Send + 'static,
{
    all(asked.into_iter().map(|one| ask(node.clone(), one))).await
}

/// Asks about the partitions that a request between brokers names. What `tell` makes of the outcomes, by
/// topic: one that is named twice has one result, as in Kafka, and so has a partition.
pub async fn of_topics<P, T, R, F>(
    group_id: &Str,
    topics: impl Iterator<Item = (Uuid, Vec<P>)>,
    number: impl Fn(&P) -> i32,
    ask: impl Fn(SharePartitionKey, &P) -> F,
    tell: impl Fn(i32, Result<T, ShareError>) -> R,
) -> Vec<(Uuid, Vec<R>)>
where
    T: Send + 'static,
    F: Future<Output = Result<T, ShareError>> + Send + 'static,
{
    let group_id = group_id.detached();
    let topics: Vec<(Uuid, Vec<P>)> = topics.collect();
    let partitions = || {
        topics
            .iter()
            .flat_map(|(topic, of_topic)| of_topic.iter().map(move |asked| (*topic, asked)))
    };
    let answers = partitions().map(|(topic_id, asked)| {
        let (group_id, partition) = (group_id.clone(), number(asked));
        ask(SharePartitionKey { group_id, topic_id, partition }, asked)
    });
    let answers = all(answers).await;
    let mut outcomes: BTreeMap<Uuid, BTreeMap<i32, Result<T, ShareError>>> = BTreeMap::new();
    for ((topic, asked), outcome) in partitions().zip(answers) {
        outcomes.entry(topic).or_default().insert(number(asked), outcome);
    }
    let told = |of_topic: BTreeMap<i32, Result<T, ShareError>>| {
        of_topic.into_iter().map(|(partition, outcome)| tell(partition, outcome)).collect()
    };
    outcomes.into_iter().map(|(topic, of_topic)| (topic, told(of_topic))).collect()
}

/// Partitions that are asked about at once. Each has a task meanwhile, and a request may name half a
/// million.
const ASKED_MAX: usize = 1000;

async fn all<T, F>(answers: impl Iterator<Item = F>) -> Vec<Result<T, ShareError>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, ShareError>> + Send + 'static,
{
    let gone = ShareError { code: ErrorCode::UnknownServerError, message: "" };
    let (mut tasks, mut outcomes) = (JoinSet::new(), Vec::new());
    let mut answers = answers.enumerate();
    loop {
        while tasks.len() < ASKED_MAX
            && let Some((at, answer)) = answers.next()
        {
            tasks.spawn(async move { (at, answer.await) });
            outcomes.push(Err(gone.clone()));
        }
        match tasks.join_next().await {
            Some(Ok((at, outcome))) => outcomes[at] = outcome,
            Some(Err(_)) => {}
            None => return outcomes,
        }
    }
}

/// The code and the words of an outcome on the wire.
pub fn code_and_words<T>(outcome: &Result<T, ShareError>) -> (i16, Option<Str>) {
    match outcome {
        Ok(_) => (ErrorCode::None.code(), None),
        Err(error) => (error.code.code(), Some(Str::from_static(error.message))),
    }
}
