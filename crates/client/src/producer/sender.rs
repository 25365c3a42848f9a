//! The task that carries batches to their leaders.
//!
//! One loop: see what is ready, send it to every broker that has room for another request, then
//! wait for one of: new work, the next batch's time, a reply. The loop itself puts requests on their
//! connection, because batches of a partition must leave in their order; each request in flight is then
//! a task that ends with the reply, and the loop settles its batches. A connection is made by a task
//! too, so that a broker that cannot be reached does not keep the others waiting.

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
use crate::connection::{Connection, Queued, decode};
use crate::error::{Error, Result};
use crate::link::Until;

/// What a task of the sender's has come to.
enum Ended {
    Numbering(Result<(ProducerId, ProducerEpoch)>),
    Connecting { broker: BrokerId, connection: Result<Connection> },
    Request(Done),
}

/// A request that has ended.
struct Done {
    broker: BrokerId,
    sent: Vec<Leaving>,
    answer: Result<Option<ProduceResponse>>,
}

/// The id under which batches are numbered.
enum Id {
    Wanted {
        ask_at: Option<Instant>,
    },
    Asked,
    /// Or none is needed.
    Known,
}

/// What is under way to one broker.
#[derive(Default)]
struct Lane {
    requests: usize,
    is_connecting: bool,
}

pub(super) async fn run(shared: Arc<Shared>) {
    if let Err(error) = serve(&shared).await {
        *shared.state() = Lifecycle::Failed(error.clone());
        shared.accumulator().fail_all(&error);
        shared.memory.notify_waiters();
    }
}

async fn serve(shared: &Arc<Shared>) -> Result<()> {
    let mut sender = Sender::new(shared.clone());
    let mut seen_version = 0;
    loop {
        let work = shared.work.notified();
        tokio::pin!(work);
        work.as_mut().enable();

        let now = Instant::now();
        seen_version = learn_leaders(shared, seen_version);
        shared.accumulator().expire(now);
        let plan = shared.accumulator().plan(now);
        let ask_at = match plan.brokers.is_empty() {
            true => None,
            false => sender.serve_brokers(&plan.brokers, now).await,
        };
        let is_done =
            matches!(*shared.state(), Lifecycle::Closing) && shared.accumulator().is_settled();
        if is_done {
            return Ok(());
        }
        let mut wake_at = [plan.next, ask_at].into_iter().flatten().min();
        if plan.leaderless || (shared.cluster.is_stale() && !shared.accumulator().is_settled()) {
            let at = sender.backoff.refresh(shared, now).await;
            wake_at = Some(wake_at.map_or(at, |wake_at| wake_at.min(at)));
        }
        tokio::select! {
            biased;
            Some(ended) = sender.tasks.join_next(), if !sender.tasks.is_empty() => {
                // These tasks neither panic nor are aborted while this loop runs.
                let Ok(ended) = ended else { return Err(Error::Closed) };
                sender.take_in(ended).await?;
            }
            () = work => {}
            () = sleep_until(wake_at.unwrap_or(now)), if wake_at.is_some() => {}
        }
    }
}

struct Sender {
    shared: Arc<Shared>,
    tasks: JoinSet<Ended>,
    lanes: BTreeMap<BrokerId, Lane>,
    id: Id,
    id_backoff: Backoff,
    backoff: Backoffs,
}

impl Sender {
    fn new(shared: Arc<Shared>) -> Sender {
        let client = &shared.config.client;
        Sender {
            tasks: JoinSet::new(),
            lanes: BTreeMap::new(),
            id: match shared.config.idempotence {
                true => Id::Wanted { ask_at: None },
                false => Id::Known,
            },
            id_backoff: Backoff::new(client.retry_backoff, client.retry_backoff_max),
            backoff: Backoffs::new(&shared.config),
            shared,
        }
    }

    /// Sends what is ready, once it can be numbered. Says when to come again for that.
    async fn serve_brokers(&mut self, brokers: &[BrokerId], now: Instant) -> Option<Instant> {
        match self.id {
            Id::Known => {
                for broker in brokers {
                    self.serve_broker(*broker).await;
                }
                None
            }
            Id::Asked => None,
            Id::Wanted { ask_at: Some(at) } if at > now => Some(at),
            Id::Wanted { .. } => {
                self.id = Id::Asked;
                let cluster = self.shared.cluster.clone();
                self.tasks.spawn(async move { Ended::Numbering(init_producer_id(&cluster).await) });
                None
            }
        }
    }

    /// # Errors
    /// What keeps the producer from getting an id for good.
    fn take_id(&mut self, answer: Result<(ProducerId, ProducerEpoch)>) -> Result<()> {
        let error = match answer {
            Ok((id, epoch)) => {
                self.shared.accumulator().set_producer_id(id, epoch);
                self.id = Id::Known;
                return Ok(());
            }
            Err(error) => error,
        };
        match error.retry() {
            Retry::No => return Err(error),
            Retry::RefreshMetadata => self.shared.cluster.mark_stale(),
            Retry::Yes => {}
        }
        self.shared.accumulator().explain_waiting(&error);
        self.id = Id::Wanted { ask_at: Some(Instant::now() + self.id_backoff.next_wait()) };
        Ok(())
    }

    /// Sends what is ready for the broker, or has a connection made first.
    async fn serve_broker(&mut self, broker: BrokerId) {
        if let Some(connection) = self.shared.cluster.open_now(broker) {
            return self.send(broker, &connection).await;
        }
        let lane = self.lanes.entry(broker).or_default();
        if !std::mem::replace(&mut lane.is_connecting, true) {
            let cluster = self.shared.cluster.clone();
            self.tasks.spawn(async move {
                Ended::Connecting { broker, connection: cluster.broker(broker).await }
            });
        }
    }

    /// Sends what is ready, as far as the broker has room for requests.
    async fn send(&mut self, broker: BrokerId, connection: &Connection) {
        let lane = self.lanes.entry(broker).or_default();
        while lane.requests < self.shared.config.max_in_flight {
            let mut sent = self.shared.accumulator().take(broker, Instant::now());
            if sent.is_empty() {
                return;
            }
            lane.requests += 1;
            let queued = queue(&self.shared.config, connection, &mut sent).await;
            self.tasks.spawn(async move {
                let answer = match queued {
                    Ok(request) => request.answer().await,
                    Err(error) => Err(error),
                };
                Ended::Request(Done { broker, sent, answer })
            });
        }
    }

    /// # Errors
    /// What keeps the producer from going on.
    async fn take_in(&mut self, ended: Ended) -> Result<()> {
        match ended {
            Ended::Numbering(answer) => return self.take_id(answer),
            Ended::Request(done) => {
                if let Some(lane) = self.lanes.get_mut(&done.broker) {
                    lane.requests -= 1;
                }
                settle(&self.shared, done, &mut self.backoff);
                self.shared.memory.notify_waiters();
            }
            Ended::Connecting { broker, connection } => {
                self.lanes.entry(broker).or_default().is_connecting = false;
                match connection {
                    Ok(connection) => self.send(broker, &connection).await,
                    Err(error) => self.unreachable(broker, error),
                }
            }
        }
        Ok(())
    }

    /// What is ready for a broker that cannot be reached has been tried once.
    fn unreachable(&mut self, broker: BrokerId, error: Error) {
        let sent = self.shared.accumulator().take(broker, Instant::now());
        settle(&self.shared, Done { broker, sent, answer: Err(error) }, &mut self.backoff);
        self.shared.memory.notify_waiters();
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

/// Asks for the id under which batches are numbered.
async fn init_producer_id(cluster: &Cluster) -> Result<(ProducerId, ProducerEpoch)> {
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        ..InitProducerIdRequest::default()
    };
    let response = cluster.ask_any(&request).await?;
    match ErrorCode::from_code(response.error_code) {
        ErrorCode::None => {
            Ok((ProducerId(response.producer_id), ProducerEpoch(response.producer_epoch)))
        }
        code => Err(Error::refused("get a producer id", code, None)),
    }
}

/// A Produce request that has its place on the connection.
struct Request {
    queued: Queued,
    version: i16,
    acks: Acks,
}

async fn queue(
    config: &ProducerConfig,
    connection: &Connection,
    sent: &mut [Leaving],
) -> Result<Request> {
    let mut version = connection.version::<ProduceRequest>()?;
    if sent.iter().any(|leaving| leaving.topic_id.is_zero()) {
        // From version 13 on topics are named by their id alone.
        version = version.min(12);
    }
    let timeout = i32::try_from(config.client.request_timeout.as_millis()).unwrap_or(i32::MAX);
    let acks = config.acks;
    let request = ProduceRequest {
        acks: acks.code(),
        timeout_ms: timeout,
        topic_data: by_topic(sent),
        ..ProduceRequest::default()
    };
    let until = if acks == Acks::None { Until::Written } else { Until::Answered };
    Ok(Request { queued: connection.queue(&request, version, until).await?, version, acks })
}

impl Request {
    /// None with `acks=0`.
    async fn answer(self) -> Result<Option<ProduceResponse>> {
        let frame = self.queued.done().await?;
        match self.acks {
            Acks::None => Ok(None),
            Acks::Leader | Acks::All => decode::<ProduceRequest>(frame, self.version).map(Some),
        }
    }
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
