//! The task that carries batches to their leaders.
//!
//! One loop: see what is ready, send it to every broker that has room for another request, then
//! wait for one of: new work, the next batch's time, a reply. Each request in flight is a task of
//! its own that ends with the reply; the loop owns them and settles their batches.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::error::Retry;
use base::{BrokerId, ErrorCode, Offset, ProducerEpoch, ProducerId, Str, Uuid, WallMs};
use protocol::Payload;
use protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use protocol::messages::produce_response::PartitionProduceResponse;
use protocol::messages::{InitProducerIdRequest, ProduceRequest, ProduceResponse};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::accumulator::{Answer, Leaving};
use super::delivery::Acknowledged;
use super::{Lifecycle, Shared};
use crate::backoff::Backoff;
use crate::cluster::{AutoCreate, Cluster};
use crate::config::{Acks, ProducerConfig};
use crate::error::{Error, Result};

/// A request that has ended.
struct Done {
    broker: BrokerId,
    sent: Vec<Leaving>,
    answer: Result<Option<ProduceResponse>>,
}

pub(super) async fn run(shared: Arc<Shared>) {
    if let Err(error) = serve(&shared).await {
        *shared.state() = Lifecycle::Failed(error.clone());
        shared.accumulator().fail_all(&error);
        shared.memory.notify_waiters();
    }
}

async fn serve(shared: &Arc<Shared>) -> Result<()> {
    let mut in_flight: JoinSet<Done> = JoinSet::new();
    let mut requests: BTreeMap<BrokerId, usize> = BTreeMap::new();
    let mut backoff = Backoffs::new(&shared.config);
    let mut numbered = !shared.config.idempotence;
    let mut seen_version = 0;
    loop {
        let work = shared.work.notified();
        tokio::pin!(work);
        work.as_mut().enable();

        let now = Instant::now();
        seen_version = learn_leaders(shared, seen_version);
        shared.accumulator().expire(now);
        let plan = shared.accumulator().plan(now);
        if !plan.brokers.is_empty() && !numbered {
            let (id, epoch) = init_producer_id(&shared.cluster, &shared.config).await?;
            shared.accumulator().set_producer_id(id, epoch);
            numbered = true;
        }
        for broker in &plan.brokers {
            let count = requests.entry(*broker).or_default();
            while *count < shared.config.max_in_flight {
                let leaving = shared.accumulator().take(*broker, now);
                if leaving.is_empty() {
                    break;
                }
                *count += 1;
                in_flight.spawn(request(shared.clone(), *broker, leaving));
            }
        }
        let is_done = matches!(*shared.state(), Lifecycle::Closing)
            && in_flight.is_empty()
            && shared.accumulator().is_settled();
        if is_done {
            return Ok(());
        }
        let mut wake_at = plan.next;
        if plan.leaderless || (shared.cluster.is_stale() && !shared.accumulator().is_settled()) {
            let at = backoff.refresh(shared, now).await;
            wake_at = Some(wake_at.map_or(at, |wake_at| wake_at.min(at)));
        }
        tokio::select! {
            biased;
            Some(done) = in_flight.join_next(), if !in_flight.is_empty() => {
                // A request's task neither panics nor is aborted while this loop runs.
                let Ok(done) = done else { return Err(Error::Closed) };
                if let Some(count) = requests.get_mut(&done.broker) {
                    *count -= 1;
                }
                settle(shared, done, &mut backoff);
                shared.memory.notify_waiters();
            }
            () = work => {}
            () = sleep_until(wake_at.unwrap_or(now)), if wake_at.is_some() => {}
        }
    }
}

/// Hands the accumulator the leaders that the cluster has learned of.
fn learn_leaders(shared: &Shared, seen: u64) -> u64 {
    let version = shared.cluster.version();
    if version != seen {
        let metadata = shared.cluster.metadata();
        let mut accumulator = shared.accumulator();
        for name in accumulator.topic_names() {
            if let Some(topic) = metadata.topics.get(&name) {
                accumulator.set_topic(topic.clone());
            }
        }
    }
    version
}

/// Waits between refreshes and between retries.
struct Backoffs {
    config: Arc<ProducerConfig>,
    refresh: Backoff,
    next_refresh: Option<Instant>,
}

impl Backoffs {
    fn new(config: &Arc<ProducerConfig>) -> Backoffs {
        let client = &config.client;
        Backoffs {
            refresh: Backoff::new(client.retry_backoff, client.retry_backoff_max),
            config: config.clone(),
            next_refresh: None,
        }
    }

    /// Refreshes the metadata unless it was done a moment ago; says when to come again.
    async fn refresh(&mut self, shared: &Shared, now: Instant) -> Instant {
        if let Some(at) = self.next_refresh
            && now < at
        {
            return at;
        }
        let names = shared.accumulator().topic_names();
        let refreshed = shared.cluster.refresh(&names, AutoCreate::Allowed).await;
        if refreshed.is_ok() && !shared.cluster.is_stale() {
            let client = &self.config.client;
            self.refresh = Backoff::new(client.retry_backoff, client.retry_backoff_max);
        }
        let at = Instant::now() + self.refresh.next_wait();
        self.next_refresh = Some(at);
        match refreshed {
            Ok(_) => Instant::now(),
            Err(_) => at,
        }
    }

    /// The wait before a batch is sent again that was sent `attempts` times.
    fn retry(&self, attempts: i32) -> Duration {
        let client = &self.config.client;
        Backoff::after_attempt(client.retry_backoff, client.retry_backoff_max, attempts)
    }
}

/// Asks for the id under which batches are numbered, until there is one.
async fn init_producer_id(
    cluster: &Cluster,
    config: &ProducerConfig,
) -> Result<(ProducerId, ProducerEpoch)> {
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        ..InitProducerIdRequest::default()
    };
    let ask = || async {
        let response = cluster.ask_any(&request).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => {
                Ok((ProducerId(response.producer_id), ProducerEpoch(response.producer_epoch)))
            }
            code => Err(Error::refused("get a producer id", code, None)),
        }
    };
    cluster.retry(config.delivery_timeout, "get a producer id", ask).await
}

async fn request(shared: Arc<Shared>, broker: BrokerId, mut sent: Vec<Leaving>) -> Done {
    let answer = produce(&shared, broker, &mut sent).await;
    Done { broker, sent, answer }
}

async fn produce(
    shared: &Shared,
    broker: BrokerId,
    sent: &mut [Leaving],
) -> Result<Option<ProduceResponse>> {
    let connection = shared.cluster.broker(broker).await?;
    let mut version = connection.version::<ProduceRequest>()?;
    if sent.iter().any(|leaving| leaving.topic_id.is_zero()) {
        // From version 13 on topics are named by their id alone.
        version = version.min(12);
    }
    let config = &shared.config;
    let timeout = i32::try_from(config.client.request_timeout.as_millis()).unwrap_or(i32::MAX);
    let request = ProduceRequest {
        acks: config.acks.code(),
        timeout_ms: timeout,
        topic_data: by_topic(sent),
        ..ProduceRequest::default()
    };
    if config.acks == Acks::None {
        connection.tell(&request, version).await?;
        return Ok(None);
    }
    let patience = crate::connection::Patience(Duration::ZERO);
    connection.call_patiently(&request, version, patience).await.map(Some)
}

/// The batches as the request lists them; those of one topic follow each other already.
fn by_topic(sent: &mut [Leaving]) -> Vec<TopicProduceData> {
    let mut topics: Vec<TopicProduceData> = Vec::new();
    for leaving in sent {
        let partition = PartitionProduceData {
            index: leaving.partition,
            records: Some(Payload::Bytes(leaving.batch.encoded())),
            ..PartitionProduceData::default()
        };
        match topics.last_mut() {
            Some(topic) if topic.name == leaving.topic => topic.partition_data.push(partition),
            _ => topics.push(TopicProduceData {
                name: leaving.topic.clone(),
                topic_id: leaving.topic_id,
                partition_data: vec![partition],
                ..TopicProduceData::default()
            }),
        }
    }
    topics
}

fn settle(shared: &Shared, done: Done, backoff: &mut Backoffs) {
    let now = Instant::now();
    let mut accumulator = shared.accumulator();
    let mut refresh = false;
    for leaving in done.sent {
        let Leaving { topic, topic_id, partition, batch } = leaving;
        let answer = match &done.answer {
            Ok(Some(response)) => answer_for(response, &topic, topic_id, partition),
            Ok(None) => Answer::Acknowledged(Acknowledged { base_offset: None, append_time: None }),
            Err(error) => Answer::Failed(error.clone()),
        };
        if let Answer::Failed(error) = &answer {
            refresh |= error.retry() == Retry::RefreshMetadata;
        }
        let wait = backoff.retry(batch.attempts);
        accumulator.give_back(&topic, partition, batch, answer, now, wait);
    }
    drop(accumulator);
    if refresh {
        shared.cluster.mark_stale();
    }
}

fn answer_for(response: &ProduceResponse, topic: &Str, id: Uuid, partition: i32) -> Answer {
    let is_topic = |name: &Str, topic_id: Uuid| match topic_id.is_zero() {
        true => name == topic,
        false => topic_id == id,
    };
    let found = response
        .responses
        .iter()
        .filter(|answer| is_topic(&answer.name, answer.topic_id))
        .flat_map(|answer| &answer.partition_responses)
        .find(|answer| answer.index == partition);
    let Some(answer) = found else {
        let what = "the reply to Produce";
        return Answer::Failed(Error::corrupt(what, format!("it lacks {topic}-{partition}")));
    };
    match ErrorCode::from_code(answer.error_code) {
        ErrorCode::None => Answer::Acknowledged(Acknowledged {
            base_offset: Some(Offset(answer.base_offset)).filter(|offset| offset.0 >= 0),
            append_time: Some(WallMs(answer.log_append_time_ms)).filter(|time| time.0 >= 0),
        }),
        code => Answer::Failed(Error::refused(
            format!("deliver to {topic}-{partition}"),
            code,
            explanation(answer).as_deref(),
        )),
    }
}

/// What the broker says, the offending records included.
fn explanation(answer: &PartitionProduceResponse) -> Option<String> {
    let records = answer.record_errors.iter().map(|record| {
        let text = record.batch_index_error_message.as_deref().unwrap_or("no reason given");
        format!("record {} of the batch: {text}", record.batch_index)
    });
    let parts: Vec<String> = answer
        .error_message
        .as_ref()
        .map(|text| text.to_string())
        .into_iter()
        .chain(records)
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
