//! Reads partitions: those that the caller has assigned, or those that a group gives to this member.
//!
//! The life of a record: [`Consumer::poll`] keeps one fetch under way to every broker that leads a
//! partition whose records are used up; a reply's batches are kept compressed in a queue per
//! partition ([`batches`]) and opened one at a time as `poll` hands their records out, in offset
//! order. Fetching goes on while the caller works on what it got.
//!
//! A partition's position moves only as its records are handed out. Errors of one partition
//! (OFFSET_OUT_OF_RANGE without a reset policy, damaged batches) come out of `poll` once and name
//! the partition; its position stays, so that the caller can seek and go on.
//!
//! Where a partition has no position it is looked up beside all this ([`positions`]).
//!
//! With a `group.id` reading begins where the group has committed ([`commits`]), and
//! [`Consumer::subscribe`] joins the group ([`group`]): `poll` then carries out what the group decides.

mod batches;
mod commit_queue;
mod commits;
pub mod group;
mod positions;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use base::error::Retry;
use base::{BrokerId, ErrorCode, LeaderEpoch, Offset, Str, TopicPartition};
use protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use protocol::messages::fetch_response::PartitionData;
use protocol::messages::{FetchRequest, FetchResponse};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use batches::Batches;
pub use commit_queue::Commit;
use commits::{FoundCommitted, GroupSide};
pub use group::{CommittedOffset, Offsets, RebalanceListener};
use positions::LookedUp;

use crate::admin::OffsetAt;
use crate::backoff::Backoff;
use crate::cluster::{AutoCreate, Cluster, Leader};
use crate::config::{ConsumerConfig, OffsetReset};
use crate::connection::Patience;
use crate::error::{Error, Result};
use crate::record::ConsumerRecord;

/// Reads assigned partitions, for one task.
#[derive(Debug)]
pub struct Consumer {
    cluster: Cluster,
    config: Arc<ConsumerConfig>,
    /// None without a `group.id`.
    group: Option<GroupSide>,
    partitions: BTreeMap<TopicPartition, Assigned>,
    /// One fetch per broker, lookups of positions, and one request for committed offsets.
    requests: JoinSet<Ended>,
    fetching: Vec<BrokerId>,
    /// Whose turn it is among those that may have buffered records, so that a busy partition does not
    /// starve the others.
    turns: VecDeque<TopicPartition>,
}

#[derive(Debug)]
struct Assigned {
    position: Position,
    batches: Batches,
    /// Whether the partition is part of a fetch that is under way.
    is_fetching: bool,
    /// Whether its position is being looked up.
    is_looked_up: bool,
    /// After an error, when to fetch again.
    not_before: Option<Instant>,
    backoff: Backoff,
    high_watermark: Option<Offset>,
    /// Of the last record that was handed out.
    leader_epoch: LeaderEpoch,
    /// What has been committed last, as far as this consumer has done it.
    committed: Option<Offset>,
    is_paused: bool,
}

/// Where a partition is read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    At(Offset),
    /// To be asked of the group's coordinator.
    Committed,
    /// It is being asked.
    Asked,
    /// To be looked up at the leader.
    Lookup(OffsetAt),
    /// To be looked up by `auto.offset.reset`.
    Reset,
}

/// A request that has ended.
#[derive(Debug)]
enum Ended {
    Fetch(Fetched),
    Lookup(LookedUp),
    Committed(FoundCommitted),
}

#[derive(Debug)]
struct Fetched {
    broker: BrokerId,
    /// From which offset on.
    asked: Vec<(TopicPartition, Offset)>,
    reply: Result<FetchResponse>,
    topic_ids: BTreeMap<base::Uuid, Str>,
}

impl Consumer {
    /// Connects to the cluster that the configuration names.
    ///
    /// # Errors
    /// As [`Cluster::connect`].
    pub async fn connect(config: ConsumerConfig) -> Result<Consumer> {
        let cluster = Cluster::connect(config.client.clone()).await?;
        Ok(Consumer::new(cluster, config))
    }

    /// A consumer on connections that others may use too.
    pub fn new(cluster: Cluster, config: ConsumerConfig) -> Consumer {
        let config = Arc::new(config);
        let group = (!config.group_id.is_empty()).then(|| GroupSide::new(&cluster, &config));
        Consumer {
            cluster,
            config,
            group,
            partitions: BTreeMap::new(),
            requests: JoinSet::new(),
            fetching: Vec::new(),
            turns: VecDeque::new(),
        }
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Replaces the assignment. Partitions that stay keep their position; new ones start where the
    /// group has committed, or by `auto.offset.reset`, unless the caller seeks. Ends a subscription.
    pub fn assign(&mut self, partitions: impl IntoIterator<Item = TopicPartition>) {
        self.end_subscription();
        let mut kept = std::mem::take(&mut self.partitions);
        for partition in partitions {
            let assigned = kept.remove(&partition).unwrap_or_else(|| self.new_assigned());
            self.partitions.insert(partition, assigned);
        }
    }

    fn new_assigned(&self) -> Assigned {
        let client = &self.config.client;
        Assigned {
            position: match self.group {
                Some(_) => Position::Committed,
                None => Position::Reset,
            },
            batches: Batches::default(),
            is_fetching: false,
            is_looked_up: false,
            not_before: None,
            backoff: Backoff::new(client.retry_backoff, client.retry_backoff_max),
            high_watermark: None,
            leader_epoch: LeaderEpoch::NONE,
            committed: None,
            is_paused: false,
        }
    }

    /// The partitions that are read now.
    pub fn assignment(&self) -> impl Iterator<Item = &TopicPartition> {
        self.partitions.keys()
    }

    /// Hands out no records of the partition until it is resumed. It stays this consumer's.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a partition that is not assigned.
    pub fn pause(&mut self, partition: &TopicPartition) -> Result<()> {
        self.assigned(partition)?.is_paused = true;
        Ok(())
    }

    /// # Errors
    /// [`Error::Invalid`] for a partition that is not assigned.
    pub fn resume(&mut self, partition: &TopicPartition) -> Result<()> {
        self.assigned(partition)?.is_paused = false;
        Ok(())
    }

    /// Reads the partition from `offset` on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a partition that is not assigned.
    pub fn seek(&mut self, partition: &TopicPartition, offset: Offset) -> Result<()> {
        self.reposition(partition, Position::At(offset))
    }

    /// Reads the partition from its first record, its end, or a time on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a partition that is not assigned.
    pub fn seek_to(&mut self, partition: &TopicPartition, at: OffsetAt) -> Result<()> {
        self.reposition(partition, Position::Lookup(at))
    }

    /// The offset of the next record that `poll` returns of the partition, once it is known.
    pub fn position(&self, partition: &TopicPartition) -> Option<Offset> {
        match self.partitions.get(partition)?.position {
            Position::At(offset) => Some(offset),
            _ => None,
        }
    }

    /// The high watermark that the last reply showed, or under `read_committed` the last stable
    /// offset: where the readable records end.
    pub fn end(&self, partition: &TopicPartition) -> Option<Offset> {
        self.partitions.get(partition)?.high_watermark
    }

    /// The next records, at most `max.poll.records`, each partition's together and in their order; none
    /// if there are none within `timeout`. A poll that is dropped before it has returned loses nothing:
    /// the next one goes on where it was.
    ///
    /// # Errors
    /// Of a partition that cannot be read, or of a lookup; reading may go on after it.
    pub async fn poll(&mut self, timeout: Duration) -> Result<Vec<ConsumerRecord>> {
        let deadline = Instant::now() + timeout;
        loop {
            self.follow_group().await?;
            self.ask_for_committed();
            self.look_up_leaders().await?;
            let look_up_at = self.start_lookups()?;
            // From here on positions have moved: nothing may fail before the caller has the records.
            let records = self.take_buffered()?;
            let wake_at = self.start_fetches();
            if !records.is_empty() {
                let taken = Taken { consumer: self, records };
                // Lets the fetches just started leave before the caller computes.
                tokio::task::yield_now().await;
                return Ok(taken.hand_out());
            }
            // What is here already is heard even where there is no time to wait for it.
            if let Some(ended) = self.requests.try_join_next() {
                self.hear(ended)?;
                continue;
            }
            if Instant::now() >= deadline {
                // The requests need their turn, if the caller does nothing but poll.
                tokio::task::yield_now().await;
                return Ok(Vec::new());
            }
            let wake_at = [wake_at, look_up_at].into_iter().flatten().fold(deadline, Instant::min);
            let wake_at =
                self.group.as_ref().map_or(wake_at, |group| group.wake_at(wake_at, &self.config));
            let (group, requests) = (&self.group, &mut self.requests);
            tokio::select! {
                () = GroupSide::woken(group) => {}
                Some(ended) = requests.join_next(), if !requests.is_empty() => self.hear(ended)?,
                () = sleep_until(wake_at) => {}
            }
        }
    }

    fn hear(&mut self, ended: std::result::Result<Ended, JoinError>) -> Result<()> {
        // These tasks neither panic nor are aborted while the consumer lives.
        match ended.map_err(|_| Error::Closed)? {
            Ended::Fetch(fetched) => self.receive(fetched),
            Ended::Lookup(looked_up) => self.receive_positions(looked_up),
            Ended::Committed(found) => self.receive_committed(found),
        }
    }

    /// Takes back records that `poll` has returned and the caller has not looked at: they come again.
    ///
    /// # Errors
    /// A partition that is not assigned any more.
    pub fn put_back(&mut self, unread: &[ConsumerRecord]) -> Result<()> {
        let mut returned = BTreeSet::new();
        for record in unread {
            let partition = TopicPartition::new(record.topic.clone(), record.partition);
            // A partition's records are in their order: its first is the lowest.
            if returned.insert(partition.clone()) {
                self.seek(&partition, record.offset)?;
            }
        }
        Ok(())
    }

    fn reposition(&mut self, partition: &TopicPartition, position: Position) -> Result<()> {
        let assigned = self.assigned(partition)?;
        assigned.position = position;
        assigned.batches = Batches::default();
        Ok(())
    }

    fn assigned(&mut self, partition: &TopicPartition) -> Result<&mut Assigned> {
        self.partitions.get_mut(partition).ok_or_else(|| {
            Error::invalid(format!("partition {partition} is not assigned: assign it first"))
        })
    }

    fn take_buffered(&mut self) -> Result<Vec<ConsumerRecord>> {
        let most = self.config.max_poll_records;
        let mut records = Vec::new();
        for _ in 0..self.turns.len() {
            let Some(partition) = self.turns.pop_front() else { break };
            let Some(assigned) = self.partitions.get_mut(&partition) else { continue };
            let Position::At(mut position) = assigned.position else { continue };
            if assigned.is_paused {
                self.turns.push_back(partition);
                continue;
            }
            let before = records.len();
            let taken = assigned.batches.take(&partition, &mut position, most, &mut records);
            assigned.position = Position::At(position);
            if let Some(last) = records[before..].last() {
                assigned.leader_epoch = last.leader_epoch;
            }
            match taken {
                // Records that lie before the damage come first; it is met again behind them.
                Err(_) if !records.is_empty() => break,
                Err(error) => {
                    assigned.not_before = Some(Instant::now() + assigned.backoff.next_wait());
                    return Err(error);
                }
                Ok(()) => {}
            }
            if !assigned.batches.is_empty() {
                self.turns.push_front(partition);
            }
            if records.len() >= most {
                break;
            }
        }
        Ok(records)
    }

    /// Starts a fetch to every broker that has none under way and leads a partition without
    /// buffered records. Says when to come again for the others.
    fn start_fetches(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let mut wake_at: Option<Instant> = None;
        let mut wanted: BTreeMap<BrokerId, Vec<(TopicPartition, Offset, LeaderEpoch)>> =
            BTreeMap::new();
        for (partition, assigned) in &self.partitions {
            let Position::At(offset) = assigned.position else { continue };
            if assigned.is_fetching || assigned.is_paused || !assigned.batches.is_empty() {
                continue;
            }
            match self.leader_or_wait(partition, assigned, now) {
                Ok(leader) if self.fetching.contains(&leader.broker) => {}
                Ok(leader) => {
                    let asked = (partition.clone(), offset, leader.epoch);
                    wanted.entry(leader.broker).or_default().push(asked);
                }
                Err(at) => wake_at = Some(wake_at.map_or(at, |other| other.min(at))),
            }
        }
        for (broker, asked) in wanted {
            self.fetching.push(broker);
            for (partition, ..) in &asked {
                if let Some(assigned) = self.partitions.get_mut(partition) {
                    assigned.is_fetching = true;
                }
            }
            let (cluster, config) = (self.cluster.clone(), self.config.clone());
            self.requests
                .spawn(async move { Ended::Fetch(fetch(cluster, config, broker, asked).await) });
        }
        wake_at
    }

    /// Whom to ask about the partition, or when to come again for it.
    fn leader_or_wait(
        &self,
        partition: &TopicPartition,
        assigned: &Assigned,
        now: Instant,
    ) -> std::result::Result<Leader, Instant> {
        if let Some(at) = assigned.not_before.filter(|at| *at > now) {
            return Err(at);
        }
        self.cluster.leader(&partition.topic, partition.partition.0).ok_or_else(|| {
            self.cluster.mark_stale();
            now + self.config.client.retry_backoff
        })
    }

    async fn look_up_leaders(&self) -> Result<()> {
        let stale = self.cluster.is_stale();
        let metadata = self.cluster.metadata();
        let mut topics: Vec<Str> = self
            .partitions
            .keys()
            .map(|partition| partition.topic.clone())
            .filter(|topic| stale || !metadata.topics.contains_key(topic))
            .collect();
        topics.dedup();
        if topics.is_empty() {
            return Ok(());
        }
        let auto_create = match self.config.allow_auto_create {
            true => AutoCreate::Allowed,
            false => AutoCreate::Forbidden,
        };
        match self.cluster.refresh(&topics, auto_create).await {
            Err(error) if error.retry() == Retry::No => Err(error),
            _ => Ok(()),
        }
    }

    fn receive(&mut self, fetched: Fetched) -> Result<()> {
        let Fetched { broker, asked, reply, topic_ids } = fetched;
        self.fetching.retain(|other| *other != broker);
        for (partition, _) in &asked {
            if let Some(assigned) = self.partitions.get_mut(partition) {
                assigned.is_fetching = false;
            }
        }
        let response =
            match reply.and_then(|response| match ErrorCode::from_code(response.error_code) {
                ErrorCode::None => Ok(response),
                code => Err(Error::refused(format!("fetch from broker {broker}"), code, None)),
            }) {
                Ok(response) => response,
                Err(error) => return self.put_off(&asked, error),
            };
        let asked: BTreeMap<TopicPartition, Offset> = asked.into_iter().collect();
        let mut failure = None;
        let mut retry = Retrial::default();
        for topic in response.responses {
            let name = match topic.topic_id.is_zero() {
                true => topic.topic,
                false => topic_ids.get(&topic.topic_id).cloned().unwrap_or_default(),
            };
            for data in topic.partitions {
                let partition = TopicPartition::new(name.clone(), data.partition_index);
                let from = asked.get(&partition).copied();
                let is_wanted = self
                    .partitions
                    .get(&partition)
                    .is_some_and(|assigned| from.is_some_and(|from| assigned.is_waiting_for(from)));
                if is_wanted && let Err(error) = self.receive_partition(partition, data, &mut retry)
                {
                    failure = Some(error);
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }

    fn receive_partition(
        &mut self,
        partition: TopicPartition,
        data: PartitionData,
        retry: &mut Retrial,
    ) -> Result<()> {
        let Some(assigned) = self.partitions.get_mut(&partition) else { return Ok(()) };
        let code = ErrorCode::from_code(data.error_code);
        if code == ErrorCode::None {
            let client = &self.config.client;
            assigned.backoff = Backoff::new(client.retry_backoff, client.retry_backoff_max);
            assigned.high_watermark = Some(match self.config.isolation {
                crate::config::Isolation::ReadCommitted => Offset(data.last_stable_offset),
                crate::config::Isolation::ReadUncommitted => Offset(data.high_watermark),
            });
            assigned.batches.fill(data, &self.config);
            self.turns.push_back(partition);
            return Ok(());
        }
        if code == ErrorCode::OffsetOutOfRange && self.config.offset_reset != OffsetReset::None {
            assigned.position = Position::Reset;
            return Ok(());
        }
        retry.put_off(assigned);
        match code.retry() {
            Retry::No => Err(Error::refused(format!("read {partition}"), code, None)),
            Retry::RefreshMetadata => {
                self.cluster.mark_stale();
                Ok(())
            }
            Retry::Yes => Ok(()),
        }
    }

    /// After a failed fetch: its partitions wait; an error that does not pass is the caller's.
    fn put_off(&mut self, asked: &[(TopicPartition, Offset)], error: Error) -> Result<()> {
        let mut retry = Retrial::default();
        for (partition, _) in asked {
            if let Some(assigned) = self.partitions.get_mut(partition) {
                retry.put_off(assigned);
            }
        }
        match error.retry() {
            Retry::No => Err(error),
            Retry::RefreshMetadata => {
                self.cluster.mark_stale();
                Ok(())
            }
            Retry::Yes => Ok(()),
        }
    }
}

/// Records on their way to the caller. If `poll` is dropped before it has returned them, they come
/// again.
struct Taken<'a> {
    consumer: &'a mut Consumer,
    records: Vec<ConsumerRecord>,
}

impl Taken<'_> {
    fn hand_out(mut self) -> Vec<ConsumerRecord> {
        std::mem::take(&mut self.records)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        // Their partitions are assigned: nobody else has had the consumer.
        let _ = self.consumer.put_back(&self.records);
    }
}

impl Assigned {
    /// Whether the reply to a fetch from that offset on is looked at. Since it was asked for, the
    /// caller may have sought another place, or the partition may have gone and come back; and two
    /// leaders may have been asked for the same.
    fn is_waiting_for(&self, from: Offset) -> bool {
        self.position == Position::At(from) && self.batches.is_empty()
    }
}

/// When partitions that failed together are asked for again: together, because each at a moment of its own
/// would be thousands of fetches where a broker has just come back.
#[derive(Default)]
struct Retrial(Option<Instant>);

impl Retrial {
    fn put_off(&mut self, assigned: &mut Assigned) {
        let wait = assigned.backoff.next_wait();
        assigned.not_before = Some(*self.0.get_or_insert_with(|| Instant::now() + wait));
    }
}

async fn fetch(
    cluster: Cluster,
    config: Arc<ConsumerConfig>,
    broker: BrokerId,
    wanted: Vec<(TopicPartition, Offset, LeaderEpoch)>,
) -> Fetched {
    let metadata = cluster.metadata();
    let mut topics: Vec<FetchTopic> = Vec::new();
    let mut topic_ids = BTreeMap::new();
    for (partition, offset, epoch) in &wanted {
        let entry = FetchPartition {
            partition: partition.partition.0,
            current_leader_epoch: epoch.0,
            fetch_offset: offset.0,
            partition_max_bytes: config.partition_max_bytes,
            ..FetchPartition::default()
        };
        match topics.last_mut() {
            Some(topic) if topic.topic == partition.topic => topic.partitions.push(entry),
            _ => {
                let id = metadata.topics.get(&partition.topic).map_or(base::Uuid::ZERO, |t| t.id);
                topic_ids.insert(id, partition.topic.clone());
                topics.push(FetchTopic {
                    topic: partition.topic.clone(),
                    topic_id: id,
                    partitions: vec![entry],
                    ..FetchTopic::default()
                });
            }
        }
    }
    let has_ids = !topic_ids.contains_key(&base::Uuid::ZERO);
    let request = FetchRequest {
        max_wait_ms: i32::try_from(config.fetch_max_wait.as_millis()).unwrap_or(i32::MAX),
        min_bytes: config.fetch_min_bytes,
        max_bytes: config.fetch_max_bytes,
        isolation_level: config.isolation as i8,
        // Without its rack: a leader that hears it may send it to a follower for its records.
        topics,
        ..FetchRequest::default()
    };
    let ask = async || {
        let connection = cluster.broker(broker).await?;
        let version = connection.version::<FetchRequest>()?;
        // From version 13 on topics are named by their id alone.
        let version = if has_ids { version } else { version.min(12) };
        connection.call_patiently(&request, version, Patience(config.fetch_max_wait)).await
    };
    let reply = ask().await;
    let asked = wanted.into_iter().map(|(partition, offset, _)| (partition, offset));
    Fetched { broker, asked: asked.collect(), reply, topic_ids }
}

#[cfg(test)]
mod tests;
