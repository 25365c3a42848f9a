//! The batches that wait, per partition: what may be sent now, in which order, under which
//! sequence.
//!
//! No clock and no socket here: `now` comes as an argument, and the sender carries out what
//! [`Accumulator::take`] hands it. The life of a batch: records join the last batch of their
//! partition; a batch is ready when it is full, has waited `linger.ms`, or someone flushes; it
//! leaves stamped with the next sequence; it comes back to be settled, or to be tried again in its
//! old place.
//!
//! Order within a partition survives failures: a batch that comes back goes before all later ones,
//! and until it has succeeded nothing else of its partition is sent.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use base::{BrokerId, ErrorCode, ProducerEpoch, ProducerId, Sequence, Str, WallMs};
use tokio::time::Instant;

use super::batch::{Batch, Number, Stamp};
use super::delivery::{Acknowledged, Delivery, Outcome};
use crate::config::ProducerConfig;
use crate::error::{Error, Result};
use crate::metadata::TopicMetadata;
use crate::partitioner::{BatchClosed, Sticky, partition_of_key};
use crate::record::ProducerRecord;

pub(super) struct Accumulator {
    config: Arc<ProducerConfig>,
    topics: BTreeMap<Str, Topic>,
    /// Bytes of records that are not settled yet.
    memory: usize,
    /// Every batch that is not settled, for `flush`.
    unsettled: BTreeMap<(Str, i32, Number), Arc<Outcome>>,
    /// Set once, before the first batch leaves.
    producer_id: Option<ProducerId>,
}

struct Topic {
    metadata: Arc<TopicMetadata>,
    sticky: Sticky,
    queues: Vec<Queue>,
}

#[derive(Default)]
struct Queue {
    batches: VecDeque<Batch>,
    next_number: u64,
    /// The numbers of the batches in flight, at most one for each request of a connection.
    in_flight: Vec<Number>,
    /// A batch that failed before is among those in flight.
    retry_in_flight: bool,
    retry_at: Option<Instant>,
    epoch: i16,
    next_sequence: Sequence,
    /// Whether the leader knows this numbering. Before it does, it accepts whatever sequence comes
    /// first: were two batches under way and the first one refused, the second one would start the
    /// numbering and the first could never be appended.
    is_established: bool,
    /// The sequence after the last batch that the leader is known to have.
    acknowledged: Sequence,
    numbering: Numbering,
}

/// Whether the leader can take what comes next under the sequence that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Numbering {
    #[default]
    Whole,
    /// A batch was given up after it had left, and whether the leader has it is not known. Those
    /// behind it that have left keep their sequences, because they may have been appended too: how
    /// they fare tells. Nothing new leaves until then.
    Doubtful,
    /// The leader lacks a sequence that will not come: a new epoch begins once nothing is in flight.
    Broken,
}

/// What became of a record.
pub(super) enum Appended {
    /// It is in a batch.
    Yes { delivery: Delivery, wake: Wake },
    /// `buffer.memory` is used up.
    NoMemory,
    /// The topic is not known here yet.
    NoTopic,
}

/// Whether the sender has something new to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    Sender,
    Nobody,
}

/// A batch that leaves.
pub(super) struct Leaving {
    pub topic: Str,
    pub topic_id: base::Uuid,
    pub partition: i32,
    pub batch: Batch,
}

/// What the sender can do now.
pub(super) struct Plan {
    /// Leaders with something ready.
    pub brokers: Vec<BrokerId>,
    /// When the next batch becomes ready by itself.
    pub next: Option<Instant>,
    /// Topics with a ready batch and no leader to take it.
    pub leaderless: bool,
}

/// How a request for a batch ended.
pub(super) enum Answer {
    Acknowledged(Acknowledged),
    Failed(Error),
}

impl Accumulator {
    pub fn new(config: Arc<ProducerConfig>) -> Accumulator {
        Accumulator {
            config,
            topics: BTreeMap::new(),
            memory: 0,
            unsettled: BTreeMap::new(),
            producer_id: None,
        }
    }

    /// Takes note of a topic's partitions and leaders.
    pub fn set_topic(&mut self, metadata: Arc<TopicMetadata>) {
        let topic = self.topics.entry(metadata.name.clone()).or_insert_with(|| Topic {
            metadata: metadata.clone(),
            sticky: Sticky::default(),
            queues: Vec::new(),
        });
        while topic.queues.len() < metadata.partitions.len() {
            topic.queues.push(Queue::default());
        }
        topic.metadata = metadata;
    }

    pub fn topic_names(&self) -> Vec<Str> {
        self.topics.keys().cloned().collect()
    }

    pub fn set_producer_id(&mut self, id: ProducerId, epoch: ProducerEpoch) {
        self.producer_id = Some(id);
        for queue in self.topics.values_mut().flat_map(|topic| &mut topic.queues) {
            queue.epoch = epoch.0;
        }
    }

    pub fn is_settled(&self) -> bool {
        self.unsettled.is_empty()
    }

    /// Puts a record into a batch.
    ///
    /// # Errors
    /// [`Error::Invalid`]: the record is too large for `max.request.size`, or names a partition
    /// that the topic does not have.
    pub fn append(
        &mut self,
        record: &ProducerRecord,
        timestamp: WallMs,
        now: Instant,
    ) -> Result<Appended> {
        let size = record.size_bound();
        let config = &self.config;
        if size > config.max_request_size {
            return Err(Error::invalid(format!(
                "a record for topic {} takes up to {size} bytes, more than `max.request.size` = {} allows",
                record.topic, config.max_request_size
            )));
        }
        if self.memory + size > config.buffer_memory && self.memory > 0 {
            return Ok(Appended::NoMemory);
        }
        let Some(topic) = self.topics.get_mut(&record.topic) else { return Ok(Appended::NoTopic) };
        let partition = topic.partition(record)?;
        let queue = &mut topic.queues[partition as usize];

        let last = queue.batches.back_mut();
        if let Some(batch) = last
            && let Some(delivery) = batch.append(record, timestamp, config.batch_size)
        {
            self.memory += size;
            let full = batch.is_full(config.batch_size);
            topic.stick(record, size, config.batch_size, full);
            return Ok(Appended::Yes {
                delivery,
                wake: if full { Wake::Sender } else { Wake::Nobody },
            });
        }
        let name = topic.metadata.name.clone();
        let outcome = Outcome::new(name.clone(), partition);
        let number = (queue.next_number, 0);
        queue.next_number += 1;
        let mut batch =
            Batch::new(number, outcome.clone(), config.compression, now, config.delivery_timeout);
        let Some(delivery) = batch.append(record, timestamp, config.batch_size) else {
            return Err(Error::invalid("a record must take less than 2 GiB"));
        };
        let full = batch.is_full(config.batch_size);
        queue.batches.push_back(batch);
        self.unsettled.insert((name, partition, number), outcome);
        self.memory += size;
        topic.stick(record, size, config.batch_size, full);
        Ok(Appended::Yes { delivery, wake: Wake::Sender })
    }

    /// Makes every waiting batch ready, and hands out what to wait for.
    pub fn flush(&mut self) -> Vec<Arc<Outcome>> {
        for queue in self.topics.values_mut().flat_map(|topic| &mut topic.queues) {
            if let Some(batch) = queue.batches.back_mut() {
                batch.seal();
            }
        }
        self.unsettled.values().cloned().collect()
    }

    /// Who has something to take, and when to look again.
    pub fn plan(&mut self, now: Instant) -> Plan {
        let mut plan = Plan { brokers: Vec::new(), next: None, leaderless: false };
        let mut soonest = |at: Instant| {
            plan.next = Some(plan.next.map_or(at, |next: Instant| next.min(at)));
        };
        let urgent = self.memory * 2 > self.config.buffer_memory;
        for topic in self.topics.values() {
            for (index, queue) in topic.queues.iter().enumerate() {
                let Some(ready_at) = queue.ready_at(&self.config, urgent) else { continue };
                if ready_at > now {
                    soonest(ready_at);
                    continue;
                }
                match topic.leader(index) {
                    Some(leader) if !plan.brokers.contains(&leader) => plan.brokers.push(leader),
                    Some(_) => {}
                    None => plan.leaderless = true,
                }
            }
        }
        plan
    }

    /// Takes the ready batches for one broker, one of each partition, up to `max.request.size`.
    pub fn take(&mut self, broker: BrokerId, now: Instant) -> Vec<Leaving> {
        let urgent = self.memory * 2 > self.config.buffer_memory;
        let mut leaving: Vec<Leaving> = Vec::new();
        let mut bytes = 0;
        for topic in self.topics.values_mut() {
            for index in 0..topic.queues.len() {
                if topic.leader(index) != Some(broker) {
                    continue;
                }
                let queue = &mut topic.queues[index];
                match queue.ready_at(&self.config, urgent) {
                    Some(at) if at <= now => {}
                    _ => continue,
                }
                let Some(batch) = queue.batches.front() else { continue };
                if !leaving.is_empty() && bytes + batch.memory > self.config.max_request_size {
                    return leaving;
                }
                bytes += batch.memory;
                if let Some(batch) = queue.take(self.producer_id) {
                    leaving.push(Leaving {
                        topic: topic.metadata.name.clone(),
                        topic_id: topic.metadata.id,
                        partition: index as i32,
                        batch,
                    });
                }
            }
        }
        leaving
    }

    /// Takes a batch back from its request: settles it or puts it in line again.
    pub fn give_back(
        &mut self,
        topic: &Str,
        partition: i32,
        mut batch: Batch,
        answer: Answer,
        now: Instant,
        backoff: Duration,
    ) {
        let retries = self.config.retries;
        let Some(queue) =
            self.topics.get_mut(topic).and_then(|topic| topic.queues.get_mut(partition as usize))
        else {
            return;
        };
        queue.in_flight.retain(|number| *number != batch.number);
        let was_retry = batch.attempts > 1;
        if was_retry {
            queue.retry_in_flight = false;
        }
        let error = match answer {
            Answer::Acknowledged(acknowledged) => {
                queue.is_established = true;
                queue.acknowledge(&batch);
                self.settle(topic, partition, batch, Ok(acknowledged));
                return;
            }
            Answer::Failed(error) => error,
        };
        let verdict = queue.judge(&batch, &error);
        let out_of_time = now + backoff >= batch.deadline || batch.attempts > retries;
        match verdict {
            Verdict::Settled => {
                queue.acknowledge(&batch);
                let forgotten = Acknowledged { base_offset: None, append_time: None };
                self.settle(topic, partition, batch, Ok(forgotten));
            }
            Verdict::Retry | Verdict::RetryInNewEpoch if !out_of_time => {
                if matches!(verdict, Verdict::RetryInNewEpoch) {
                    queue.numbering = Numbering::Broken;
                }
                queue.retry_at = Some(now + backoff);
                batch.last_error = Some(error);
                queue.put_back(batch);
            }
            // No retry: the records go in batches that have not been sent yet.
            Verdict::Split
                if now < batch.deadline
                    && let Some(halves) = batch.split() =>
            {
                self.unsettled.remove(&(topic.clone(), partition, batch.number));
                queue.retry_at = Some(now);
                for half in halves {
                    let key = (topic.clone(), partition, half.number);
                    self.unsettled.insert(key, half.outcome());
                    queue.put_back(half);
                }
            }
            _ => {
                queue.give_up(&batch);
                self.settle(topic, partition, batch, Err(error));
            }
        }
    }

    /// Fails the batches whose time is over, and goes on with the numbering of partitions that lost one.
    pub fn expire(&mut self, now: Instant) {
        let mut expired = Vec::new();
        for (name, topic) in &mut self.topics {
            for (partition, queue) in topic.queues.iter_mut().enumerate() {
                while queue.batches.front().is_some_and(|batch| batch.deadline <= now) {
                    let Some(batch) = queue.batches.pop_front() else { break };
                    queue.give_up(&batch);
                    expired.push((name.clone(), partition as i32, batch));
                }
                queue.mend_numbering();
            }
        }
        for (topic, partition, batch) in expired {
            let error = batch.last_error.clone().unwrap_or_else(|| Error::TimedOut {
                during: format!("deliver to {topic}-{partition}").into(),
                after: self.config.delivery_timeout,
                limit: "delivery.timeout.ms",
            });
            self.settle(&topic, partition, batch, Err(error));
        }
    }

    /// Notes what keeps everything from being sent, for the text of a delivery timeout.
    pub fn explain_waiting(&mut self, error: &Error) {
        for queue in self.topics.values_mut().flat_map(|topic| &mut topic.queues) {
            for batch in &mut queue.batches {
                batch.last_error = Some(error.clone());
            }
        }
    }

    /// Fails everything that waits: the sender cannot go on.
    pub fn fail_all(&mut self, error: &Error) {
        for queue in self.topics.values_mut().flat_map(|topic| &mut topic.queues) {
            for batch in queue.batches.drain(..) {
                batch.settle(Err(error.clone()));
            }
        }
        self.unsettled.clear();
        self.memory = 0;
    }

    fn settle(&mut self, topic: &Str, partition: i32, batch: Batch, result: Result<Acknowledged>) {
        self.memory -= batch.memory;
        self.unsettled.remove(&(topic.clone(), partition, batch.number));
        batch.settle(result);
    }
}

impl Topic {
    fn leader(&self, partition: usize) -> Option<BrokerId> {
        self.metadata.partitions.get(partition).and_then(|partition| partition.leader)
    }

    fn partition(&mut self, record: &ProducerRecord) -> Result<i32> {
        let count = self.metadata.partitions.len() as i32;
        match (record.partition, &record.key) {
            (Some(partition), _) if (0..count).contains(&partition) => Ok(partition),
            (Some(partition), _) => Err(Error::invalid(format!(
                "topic {} has partitions 0 to {}, the record names {partition}",
                self.metadata.name,
                count - 1
            ))),
            (None, Some(key)) => Ok(partition_of_key(key, count)),
            (None, None) => Ok(self.sticky.partition(&self.metadata.available, count)),
        }
    }

    fn stick(&mut self, record: &ProducerRecord, size: usize, batch_size: usize, full: bool) {
        if record.partition.is_none() && record.key.is_none() {
            let closed = if full { BatchClosed::Yes } else { BatchClosed::No };
            self.sticky.appended(size, batch_size, closed);
        }
    }
}

/// What a failed batch can hope for.
enum Verdict {
    Retry,
    /// The broker does not know the numbering any more: start a new one.
    RetryInNewEpoch,
    /// It is too large for the leader: its records in two batches may not be.
    Split,
    /// The broker has the batch already.
    Settled,
    Fatal,
}

impl Queue {
    /// When the first batch may leave; `None` if there is none, or others must come back first.
    fn ready_at(&self, config: &ProducerConfig, urgent: bool) -> Option<Instant> {
        let first = self.batches.front()?;
        let is_retry = first.attempts > 0;
        if self.retry_in_flight || (is_retry && !self.in_flight.is_empty()) {
            return None;
        }
        match self.numbering {
            Numbering::Whole => {}
            Numbering::Doubtful if first.stamp.is_some() => {}
            Numbering::Doubtful | Numbering::Broken => return None,
        }
        if config.idempotence && !self.is_established && !self.in_flight.is_empty() {
            return None;
        }
        if is_retry {
            return Some(self.retry_at.unwrap_or(first.created));
        }
        let full = urgent || self.batches.len() > 1 || first.is_full(config.batch_size);
        Some(if full { first.created } else { first.created + config.linger })
    }

    fn take(&mut self, producer_id: Option<ProducerId>) -> Option<Batch> {
        let mut batch = self.batches.pop_front()?;
        if let Some(id) = producer_id
            && batch.stamp.is_none()
        {
            let sequence = self.next_sequence;
            batch.stamp = Some(Stamp { id, epoch: ProducerEpoch(self.epoch), sequence });
            self.next_sequence = sequence.plus(batch.record_count);
        }
        self.retry_in_flight |= batch.attempts > 0;
        batch.attempts += 1;
        self.in_flight.push(batch.number);
        Some(batch)
    }

    fn put_back(&mut self, batch: Batch) {
        let place = self.batches.partition_point(|other| other.number < batch.number);
        self.batches.insert(place, batch);
    }

    fn judge(&self, batch: &Batch, error: &Error) -> Verdict {
        let numbered = batch.stamp.is_some();
        match error.code() {
            Some(ErrorCode::DuplicateSequenceNumber) if numbered => Verdict::Settled,
            Some(ErrorCode::UnknownProducerId | ErrorCode::InvalidProducerEpoch) if numbered => {
                Verdict::RetryInNewEpoch
            }
            // An earlier batch failed first; this one was right and too early. Without an earlier
            // one the leader lacks what was given up, or has forgotten what it had.
            Some(ErrorCode::OutOfOrderSequenceNumber) if numbered => {
                match self.has_earlier(batch) {
                    true => Verdict::Retry,
                    false => Verdict::RetryInNewEpoch,
                }
            }
            Some(ErrorCode::MessageTooLarge) if batch.record_count > 1 => Verdict::Split,
            _ => match error.retry() {
                base::error::Retry::No => Verdict::Fatal,
                _ => Verdict::Retry,
            },
        }
    }

    fn has_earlier(&self, batch: &Batch) -> bool {
        let queued = self.batches.iter().map(|batch| batch.number);
        self.in_flight.iter().copied().chain(queued).any(|number| number < batch.number)
    }

    fn acknowledge(&mut self, batch: &Batch) {
        if let Some(stamp) = batch.stamp {
            self.acknowledged = stamp.sequence.plus(batch.record_count);
        }
    }

    /// The batch comes no more; its sequence, if it has one, stands before those of later batches.
    fn give_up(&mut self, batch: &Batch) {
        if batch.stamp.is_some() && self.numbering == Numbering::Whole {
            self.numbering = Numbering::Doubtful;
        }
    }

    /// Finds out whether what was given up is missing, once every batch that has a sequence has
    /// told, and begins a new epoch if it is.
    fn mend_numbering(&mut self) {
        if !self.in_flight.is_empty() {
            return;
        }
        let has_numbered = self.batches.iter().any(|batch| batch.stamp.is_some());
        match self.numbering {
            Numbering::Whole => {}
            Numbering::Doubtful if has_numbered => {}
            Numbering::Doubtful if self.acknowledged == self.next_sequence => {
                self.numbering = Numbering::Whole;
            }
            Numbering::Doubtful | Numbering::Broken => self.begin_epoch(),
        }
    }

    fn begin_epoch(&mut self) {
        self.numbering = Numbering::Whole;
        self.is_established = false;
        self.epoch = self.epoch.wrapping_add(1).max(0);
        self.next_sequence = Sequence(0);
        self.acknowledged = Sequence(0);
        for batch in &mut self.batches {
            batch.stamp = None;
        }
    }
}

#[cfg(test)]
#[path = "accumulator_tests.rs"]
mod tests;
