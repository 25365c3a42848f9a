//! The thread that keeps shared partitions: loads their state, has changes written, lets locks run out.
//!
//! Handlers leave orders and wait for what comes of them; a client that goes away leaves nothing half
//! done. Asking a share coordinator takes a while, so each order is a task of its own; of one partition
//! there is at most one write at a time, which the machine sees to.

use std::sync::Arc;

use base::{ErrorCode, MonoMs, Offset, WallMs};
use coordinator::Timers;
use coordinator::group::{ShareStateOutcome, StateOutcome};
use coordinator::share::SharePartitionKey;
use coordinator::share::partition::SharePartition;
use coordinator::share::shard::ShareError;
use protocol::messages::InitializeShareGroupStateRequest;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use super::partition::SharedPartition;
use super::{Order, group_config, limits, prune, state, topic_partitions};
use crate::node::Node;

/// How often a partition that is to be forgotten is looked at.
const RETIRE_PAUSE_MS: u64 = 5;

pub struct Keeper {
    node: Arc<Node>,
    orders: mpsc::UnboundedReceiver<Order>,
    locks: Timers<SharePartitionKey>,
    tasks: JoinSet<()>,
}

impl Keeper {
    pub fn new(node: Arc<Node>, orders: mpsc::UnboundedReceiver<Order>) -> Keeper {
        Keeper { node, orders, locks: Timers::default(), tasks: JoinSet::new() }
    }

    /// Keeps until the node stops. Tasks that are under way then are dropped: their clients are
    /// gone, and what was not written is delivered again.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let deadline = self.locks.next();
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(order) => self.take(order),
                    None => return,
                },
                _ = self.node.env.sleep_until(deadline) => self.locks_ran_out(),
                Some(_) = self.tasks.join_next() => {}
                _ = stop.changed() => {}
            }
        }
    }

    fn take(&mut self, order: Order) {
        let node = self.node.clone();
        match order {
            Order::Load(partition) => drop(self.tasks.spawn(load(node, partition))),
            Order::Write(partition) => drop(self.tasks.spawn(write(node, partition))),
            Order::Retire(partition) => drop(self.tasks.spawn(retire(node, partition))),
            Order::Initialize(request) => drop(self.tasks.spawn(initialize(node, request))),
            Order::Arm(partition) => self.let_run_out(&partition),
            Order::Prune(shard, below) => prune(&node, shard, below.0),
        }
    }

    fn locks_ran_out(&mut self) {
        while let Some(key) = self.locks.take_due(self.node.env.mono()) {
            if let Some(partition) = self.node.coordinators.sharing.known(&key) {
                self.let_run_out(&partition);
            }
        }
    }

    /// Releases what is held for too long, and comes again when the next lock runs out.
    fn let_run_out(&mut self, partition: &Arc<SharedPartition>) {
        let limits = limits(&self.node, &partition.key.group_id);
        let next = partition.on_deadline(self.node.env.mono(), &limits);
        if next == MonoMs::NEVER {
            self.locks.cancel(&partition.key);
        } else {
            self.locks.set(partition.key.clone(), next);
        }
        self.tasks.spawn(write(self.node.clone(), partition.clone()));
    }
}

/// Loads the state of a partition.
async fn load(node: Arc<Node>, partition: Arc<SharedPartition>) {
    let key = &partition.key;
    let loaded = async {
        let stored = state::read(&node, key, partition.leader_epoch.0).await?;
        let start_offset = match stored.start_offset {
            -1 => first_offset(&node, &partition)?,
            start => start,
        };
        let bounds = partition.replica.bounds_for(partition.leader_epoch);
        let bounds = bounds.map_err(|code| ShareError { code, message: "" })?;
        let log = bounds.log_start.0..bounds.log_end.0;
        let epoch = partition.leader_epoch.0;
        SharePartition::load(&stored, start_offset, epoch, &log).map_err(|reason| {
            error!(group = %key.group_id, topic = %partition.topic, partition = key.partition,
                "the state of a shared partition contradicts itself: {reason}");
            ShareError { code: ErrorCode::UnknownServerError, message: "" }
        })
    };
    match loaded.await {
        Ok(machine) => partition.loaded(machine),
        Err(error) => {
            info!(group = %key.group_id, topic = %partition.topic, partition = key.partition,
                "could not load a shared partition: {}", error.code);
            node.coordinators.sharing.forget(&partition, error.code);
        }
    }
}

/// Where a group begins that has not consumed the partition before: `share.auto.offset.reset`.
fn first_offset(node: &Node, partition: &SharedPartition) -> Result<i64, ShareError> {
    let reset = group_config(node, &partition.key.group_id).share_auto_offset_reset;
    let offset = match reset.as_str() {
        "latest" => partition.replica.bounds_for(partition.leader_epoch).map(|b| b.high_watermark),
        "earliest" => partition.replica.bounds_for(partition.leader_epoch).map(|b| b.log_start),
        by_duration => {
            let before =
                by_duration.strip_prefix("by_duration:").and_then(base::config::value::duration_ms);
            let from = WallMs(node.env.wall().0 - before.unwrap_or(0));
            let found = partition.replica.look_up(partition.leader_epoch, |log, machine| {
                Ok((log.offset_for_time(from)?, machine.high_watermark()))
            });
            found.map(|(found, end)| found.map_or(end, |found| found.offset.min(end)))
        }
    };
    let offset: Result<Offset, ErrorCode> = offset;
    offset.map(|offset| offset.0).map_err(|code| ShareError { code, message: "" })
}

/// Writes what has changed, until nothing has.
async fn write(node: Arc<Node>, partition: Arc<SharedPartition>) {
    while let Some(change) = partition.take_write() {
        let outcome = state::write(&node, &partition.key, change).await;
        partition.written(&outcome, node.env.mono());
        let Err(error) = outcome else { continue };
        warn!(group = %partition.key.group_id, topic = %partition.topic,
            partition = partition.key.partition,
            "could not write the state of a shared partition: {}", error.code);
        let is_fenced = matches!(
            error.code,
            ErrorCode::NotLeaderOrFollower
                | ErrorCode::GroupIdNotFound
                | ErrorCode::UnknownTopicOrPartition
        );
        if is_fenced {
            node.coordinators.sharing.forget(&partition, error.code);
            return;
        }
    }
}

/// Forgets a partition once everything is written, unless somebody has come back.
async fn retire(node: Arc<Node>, partition: Arc<SharedPartition>) {
    write(node.clone(), partition.clone()).await;
    // Another task may be writing still.
    while !partition.is_written() && !*node.stop.borrow() {
        node.env.sleep_until(node.env.mono().plus_ms(RETIRE_PAUSE_MS)).await;
    }
    let sharing = &node.coordinators.sharing;
    // Held until the partition is gone: a session that began in between would be given records whose
    // locks nobody remembers then.
    let sessions = sharing.sessions.lock();
    if !sessions.has_group(&partition.key.group_id) {
        sharing.forget(&partition, ErrorCode::NotLeaderOrFollower);
    }
}

/// Has the state of partitions initialised that a group subscribes to, and tells the group.
async fn initialize(node: Arc<Node>, request: InitializeShareGroupStateRequest) {
    let asked = request.topics.iter().flat_map(|topic| {
        let group_id = request.group_id.clone();
        topic.partitions.iter().map(move |asked| {
            let (group_id, topic_id) = (group_id.clone(), topic.topic_id);
            let key = SharePartitionKey { group_id, topic_id, partition: asked.partition };
            (key, asked.state_epoch, asked.start_offset)
        })
    });
    let asked: Vec<(SharePartitionKey, i32, i64)> = asked.collect();
    let partitions =
        topic_partitions(asked.iter().map(|(key, _, _)| (key.topic_id, key.partition)));
    let outcomes = state::each(&node, asked, |node, (key, state_epoch, start_offset)| async move {
        state::initialize(&node, &key, state_epoch, start_offset).await
    });
    let failed = outcomes.await.into_iter().find_map(Result::err);
    if let Some(error) = &failed {
        warn!(group = %request.group_id,
            "could not initialise the state of shared partitions: {}", error.code);
    }
    let told = ShareStateOutcome {
        group_id: request.group_id.clone(),
        partitions,
        outcome: if failed.is_some() { StateOutcome::Failed } else { StateOutcome::Initialized },
    };
    tell(&node, told).await;
}

/// Tells the group's coordinator what came of it. If that fails too, the group tries again after
/// `group.share.initialize.retry.interval.ms`.
pub async fn tell(node: &Node, told: ShareStateOutcome) {
    let groups = &node.coordinators.groups;
    let group = told.group_id.clone();
    if let Err(code) = groups.ask(groups.shard_of(&group), told).await {
        warn!(group = %group, "could not note which shared partitions are initialised: {code}");
    }
}
