//! Markers: how partitions learn that a transaction has ended.
//!
//! The life of a decided transaction here. The coordinator's [`Effect::SendMarkers`] arrives once the
//! decision has committed. A task writes a marker into every partition ([`write`], the same that
//! serves WriteTxnMarkers), tells the coordinator of those that have it, and tries again for the rest,
//! for as long as it takes: readers of committed data wait behind an open transaction. A partition
//! whose topic is gone needs no marker. If the partition has seen a later epoch of the producer or of
//! the coordinator, somebody else has ended the transaction, and the task gives up.
//!
//! A coordinator that is loaded again sends all markers again; its effect replaces the task that is
//! under way, so that no marker is written after the transaction that it ends is complete.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{ErrorCode, Offset, PartitionIndex, ProducerEpoch, ProducerId, Str};
use coordinator::Ending;
use coordinator::group::EndTransaction;
use coordinator::transaction::{
    AbortTimedOut, Became, Effect, Markers, MarkersWritten, TopicPartition,
};
use records::end_transaction_batch;
use replication::partition::Release;
use storage::{Batch, TransactionRules, Verification};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};
use tracing::{error, info, warn};

use super::fresh_producer_id;
use crate::internal_topics::GROUP_TOPIC;
use crate::node::Node;
use crate::partitions::{CoordinatorWrite, release_code};

/// How long a task waits before it tries again: doubled from the first to the last.
const PAUSE_MS_MIN: u64 = 10;
const PAUSE_MS_MAX: u64 = 1_000;

/// One end of a transaction, for any number of partitions.
#[derive(Clone, Copy, Debug)]
pub struct Marker {
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub coordinator_epoch: i32,
    pub ending: Ending,
    pub transaction_version: i16,
}

impl From<&Markers> for Marker {
    fn from(markers: &Markers) -> Marker {
        Marker {
            producer_id: markers.producer_id,
            producer_epoch: markers.producer_epoch,
            coordinator_epoch: markers.coordinator_epoch,
            ending: markers.ending,
            transaction_version: markers.transaction_version,
        }
    }
}

/// Writes a marker into partitions that this node leads, and waits until each has committed or
/// `request.timeout.ms` is over. One code for each partition, in their order.
pub async fn write(node: &Node, marker: Marker, partitions: &[TopicPartition]) -> Vec<ErrorCode> {
    // All of them are on their way before the first is waited for.
    let begun: Vec<Begun> =
        partitions.iter().map(|partition| begin(node, marker, partition)).collect();
    let timeout_ms = node.config.load().network.request_timeout_ms.max(1) as u64;
    let deadline = node.env.mono().plus_ms(timeout_ms);
    let mut codes = Vec::with_capacity(begun.len());
    for begun in begun {
        codes.push(match begun {
            Begun::Done(code) => code,
            Begun::Committing(committed) => tokio::select! {
                committed = committed => match committed {
                    Ok(release) => release_code(release),
                    Err(_) => ErrorCode::NotLeaderOrFollower,
                },
                _ = node.env.sleep_until(deadline) => ErrorCode::RequestTimedOut,
            },
            Begun::OfGroups(shard) => write_to_groups(node, marker, shard).await,
        });
    }
    codes
}

enum Begun {
    Done(ErrorCode),
    Committing(oneshot::Receiver<Release>),
    /// Goes through the coordinator that lives in the partition.
    OfGroups(PartitionIndex),
}

fn begin(node: &Node, marker: Marker, partition: &TopicPartition) -> Begun {
    let replica = match node.replica(&partition.topic, partition.partition) {
        Ok(replica) => replica,
        Err(code) => return Begun::Done(code),
    };
    if partition.topic == GROUP_TOPIC {
        return Begun::OfGroups(PartitionIndex(partition.partition));
    }
    if base::topic::is_internal(&partition.topic) {
        // No producer writes there in a transaction, and what stands there that its coordinator has
        // not written makes it load all of it again.
        return Begun::Done(ErrorCode::UnsupportedForMessageFormat);
    }
    let (committed, commits) = oneshot::channel();
    let now = node.env.wall();
    let batch = batch(marker, now);
    let Some(parts) = Batch::parse(&batch) else {
        return Begun::Done(ErrorCode::UnknownServerError);
    };
    let writing = CoordinatorWrite {
        place: None,
        rules: TransactionRules::of_version(marker.transaction_version),
        verification: Verification::Settled,
        now,
    };
    let written = replica.append_for_coordinator(parts, writing, move |release| {
        // Whoever waited may have gone away.
        let _ = committed.send(release);
    });
    match written {
        Ok(written) if written.is_committed() => Begun::Done(ErrorCode::None),
        Ok(_) => Begun::Committing(commits),
        Err(code) => Begun::Done(code),
    }
}

fn batch(marker: Marker, now: base::WallMs) -> Vec<u8> {
    let Marker { producer_id, producer_epoch, coordinator_epoch, ending, .. } = marker;
    // The log gives it its offset.
    let base = Offset(0);
    let kind = ending.control_type();
    end_transaction_batch(base, producer_id, producer_epoch, kind, coordinator_epoch, now)
}

async fn write_to_groups(node: &Node, marker: Marker, shard: PartitionIndex) -> ErrorCode {
    let ended = EndTransaction {
        producer: marker.producer_id,
        epoch: marker.producer_epoch,
        ending: marker.ending,
        coordinator_epoch: marker.coordinator_epoch,
        transaction_version: marker.transaction_version,
    };
    match node.coordinators.groups.ask(shard, ended).await {
        Ok(_) => ErrorCode::None,
        // Who sends markers knows partitions and their leaders, and no coordinators in them.
        Err(
            ErrorCode::CoordinatorNotAvailable
            | ErrorCode::CoordinatorLoadInProgress
            | ErrorCode::NotCoordinator,
        ) => ErrorCode::NotLeaderOrFollower,
        Err(code) => code,
    }
}

/// An effect of the shard at this index.
pub type Decided = (PartitionIndex, Effect);

/// Performs the effects of the transaction coordinator. One task for each transaction that is being
/// ended: as many as there are transactional ids, at most.
pub struct MarkerSender {
    node: Arc<Node>,
    /// Without a bound, because the coordinator's thread must not wait; what is in it is on its way
    /// into a task.
    decided: mpsc::UnboundedReceiver<Decided>,
    tasks: JoinSet<(Key, u64)>,
    under_way: BTreeMap<Key, (u64, AbortHandle)>,
    begun: u64,
}

/// Names a transactional id and its shard.
type Key = (PartitionIndex, Str);

impl MarkerSender {
    pub fn new(node: Arc<Node>, decided: mpsc::UnboundedReceiver<Decided>) -> MarkerSender {
        let (tasks, under_way) = (JoinSet::new(), BTreeMap::new());
        MarkerSender { node, decided, tasks, under_way, begun: 0 }
    }

    /// Until the node stops. What has not been sent then is sent when the coordinator is loaded
    /// again.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                decided = self.decided.recv() => match decided {
                    Some((shard, effect)) => self.begin(shard, effect),
                    None => return,
                },
                Some(ended) = self.tasks.join_next() => {
                    if let Ok((key, number)) = ended {
                        let is_current =
                            self.under_way.get(&key).is_some_and(|(current, _)| *current == number);
                        if is_current {
                            self.under_way.remove(&key);
                        }
                    }
                }
                _ = stop.changed() => {}
            }
        }
    }

    fn begin(&mut self, shard: PartitionIndex, effect: Effect) {
        self.begun += 1;
        let number = self.begun;
        let node = self.node.clone();
        let (key, task) = match effect {
            Effect::SendMarkers(markers) => {
                let key = (shard, markers.transactional_id.clone());
                let named = (key.clone(), number);
                let task = self.tasks.spawn(async move {
                    send(&node, shard, markers).await;
                    named
                });
                (key, task)
            }
            Effect::DrawProducerId(wanted) => {
                let key = (shard, wanted.transactional_id.clone());
                let named = (key.clone(), number);
                let task = self.tasks.spawn(async move {
                    draw(&node, shard, wanted).await;
                    named
                });
                (key, task)
            }
        };
        if let Some((_, before)) = self.under_way.insert(key, (number, task)) {
            before.abort();
        }
    }
}

/// Has the coordinator abort a transaction that has timed out in the last epoch of its producer.
async fn draw(node: &Node, shard: PartitionIndex, wanted: AbortTimedOut) {
    match fresh_producer_id(node).await {
        // If the shard is gone, whoever loads it finds the transaction again.
        Ok(id) => {
            let _ = node
                .coordinators
                .transactions
                .ask(shard, AbortTimedOut { fresh: Some(id), ..wanted })
                .await;
        }
        // The coordinator looks for transactions that have timed out again soon.
        Err(code) => warn!("no producer id to abort {} with: {code}", wanted.transactional_id),
    }
}

/// Writes the markers of one transaction until every partition has one.
async fn send(node: &Node, shard: PartitionIndex, markers: Markers) {
    let marker = Marker::from(&markers);
    let mut remaining = markers.partitions.clone();
    let mut pause_ms = PAUSE_MS_MIN;
    loop {
        let image = node.image.load_full();
        let (due, gone): (Vec<_>, Vec<_>) = remaining.drain(..).partition(|partition| {
            image.partition(&partition.topic, PartitionIndex(partition.partition)).is_some()
        });
        let codes = write(node, marker, &due).await;
        let mut through = gone;
        for (partition, code) in due.into_iter().zip(codes) {
            match Became::of(code) {
                Became::Written => through.push(partition),
                Became::Retriable => remaining.push(partition),
                Became::Ended => {
                    info!(
                        transactional_id = %markers.transactional_id,
                        topic = %partition.topic,
                        partition = partition.partition,
                        "a marker is not taken any more, the transaction has another coordinator: {code}"
                    );
                    return;
                }
                Became::Impossible => {
                    error!(
                        transactional_id = %markers.transactional_id,
                        topic = %partition.topic,
                        partition = partition.partition,
                        "a marker could not be written: {code}"
                    );
                    return;
                }
            }
        }
        if !through.is_empty() && !tell(node, shard, &markers, through).await {
            return;
        }
        if remaining.is_empty() {
            node.endings.ended(&markers.transactional_id);
            return;
        }
        node.env.sleep_until(node.env.mono().plus_ms(pause_ms)).await;
        pause_ms = (2 * pause_ms).min(PAUSE_MS_MAX);
    }
}

/// Tells the coordinator which partitions are through. False if it is no longer the one that asked.
async fn tell(
    node: &Node,
    shard: PartitionIndex,
    markers: &Markers,
    partitions: Vec<TopicPartition>,
) -> bool {
    let written = MarkersWritten {
        transactional_id: markers.transactional_id.clone(),
        producer_id: markers.producer_id,
        producer_epoch: markers.producer_epoch,
        coordinator_epoch: markers.coordinator_epoch,
        load: markers.load,
        partitions,
    };
    node.coordinators.transactions.ask(shard, written).await.is_ok()
}
