//! Fetch, key 1, versions 0-18 (0-3 while `vltava.legacy.clients.enable=true`).
//!
//! Behaviour: a long poll. Partitions are read in order until `MaxBytes` is used up; the first one
//! with data gives at least one whole batch, however large (KIP-74). With less than `MinBytes` the
//! request waits until a partition's high watermark moves, or for `MaxWaitMs`. An error ends the
//! wait at once, and so does a partition of which an older segment is read. Sessions answer only what changed (KIP-227).
//!
//! Versions: 0-3 message sets, converted from batches · 3 MaxBytes · 4 isolation level, aborted
//! transactions · 5 log start offset · 7 sessions · 9 leader epoch · 12 flexible, diverging epoch · 13
//! topic ids · 15 replica state · 18 high watermark of the replica.
//!
//! Hot path: fetch 1/5 decode · 2/5 look up (a file slice, no copy) · 3/5 wait (a waiter on each
//! partition) · 4/5 encode · 5/5 send (`sendfile`).

use std::sync::Arc;

use base::{ErrorCode, LeaderEpoch, Offset, Str, Uuid};
use protocol::Payload;
use protocol::messages::fetch_response::{
    AbortedTransaction, EpochEndOffset, FetchableTopicResponse, PartitionData,
};
use protocol::messages::{FetchRequest, FetchResponse};
use records::OldFormat;
use replication::fetch_session::{
    self, Begun, FetchedPartition, NO_SESSION, Session, SessionKind, TopicKey,
};
use storage::{FileSlice, Minimum};
use tokio::sync::Notify;

use super::converted::{self, Converted};
use super::{Answer, Call};
use crate::metrics::Stage;
use crate::node::Node;
use crate::partitions::{Found, Isolation, Reading, Topic};

pub fn handle(call: Call, request: FetchRequest) -> Answer {
    if request.replica_id >= 0 || request.replica_state.replica_id >= 0 {
        // Only a follower names itself, and this node has none that could be.
        return Answer::Now(refused(ErrorCode::InvalidRequest, NO_SESSION).into());
    }
    let fetch = match Fetch::begin(&call, request) {
        Ok(fetch) => fetch,
        Err(code) => return Answer::Now(refused(code, NO_SESSION).into()),
    };
    let start_us = call.node().env.mono_us();
    let gathered = fetch.gather(&call);
    call.node().metrics.stage(Stage::FetchRead, call.node().env.mono_us() - start_us);
    if !fetch.is_satisfied(&gathered) {
        return Answer::Later(Box::pin(fetch.wait(call)));
    }
    match OldFormat::of_fetch(call.version) {
        None => fetch.answer(&call, gathered, Vec::new()),
        Some(_) => Answer::Later(Box::pin(fetch.finish(call, gathered))),
    }
}

fn refused(code: ErrorCode, session_id: i32) -> FetchResponse {
    FetchResponse { error_code: code.code(), session_id, ..FetchResponse::default() }
}

/// One Fetch under way.
struct Fetch {
    partitions: Vec<FetchedPartition>,
    session: Option<Session>,
    opens_session: bool,
    incremental: bool,
    isolation: Isolation,
    bytes_max: usize,
    bytes_min: usize,
    wait_ms: u64,
}

/// What was read in one pass, in the order of the partitions.
struct Gathered {
    results: Vec<Result<Found, ErrorCode>>,
    bytes: usize,
    /// What there is to read, of each partition as much as may come of it: more than `bytes` where
    /// the response has no room for it all.
    available: u64,
    /// Something must be told at once.
    is_urgent: bool,
}

impl Fetch {
    fn begin(call: &Call, mut request: FetchRequest) -> Result<Fetch, ErrorCode> {
        let node = call.node();
        let by_id = call.version >= 13;
        if call.version < 3 {
            rotate(&mut request, node.env.random() as usize);
        }
        let mut forgotten = Vec::new();
        for topic in &request.forgotten_topics_data {
            let key = topic_key(by_id, &topic.topic, topic.topic_id);
            forgotten.extend(topic.partitions.iter().map(|index| (key.clone(), *index)));
        }
        let partitions = asked(&request, by_id);
        let (session_id, session_epoch) = (request.session_id, request.session_epoch);
        let mut sessions = node.sessions.lock();
        let begun = match call.version >= 7 {
            false => Begun::Sessionless,
            true => {
                let now = node.env.mono();
                let changed = match session_epoch {
                    fetch_session::INITIAL_EPOCH | fetch_session::FINAL_EPOCH => Vec::new(),
                    _ => partitions.clone(),
                };
                sessions.begin(session_id, session_epoch, by_id, changed, forgotten, now)
            }
        };
        node.metrics.fetch_sessions.set(sessions.len() as i64);
        drop(sessions);
        let (partitions, session, opens_session) = match begun {
            Begun::Refused(code) => return Err(code),
            Begun::Sessionless => (partitions, None, false),
            Begun::Opening => (partitions, None, true),
            Begun::Incremental(mut session) => {
                session.learn_names(|id| name_of(node, id));
                (session.partitions().cloned().collect(), Some(session), false)
            }
        };
        let node_bytes_max = node.config.load().network.fetch_max_bytes;
        let node_bytes_max = match OldFormat::of_fetch(call.version) {
            None => node_bytes_max,
            Some(_) => node_bytes_max.min(converted::REPLY_BYTES_MAX as i32),
        };
        let bytes_max = request.max_bytes.min(node_bytes_max).max(0);
        Ok(Fetch {
            incremental: session.is_some(),
            partitions,
            session,
            opens_session,
            isolation: match request.isolation_level {
                1 => Isolation::ReadCommitted,
                _ => Isolation::ReadUncommitted,
            },
            bytes_max: bytes_max as usize,
            bytes_min: request.min_bytes.clamp(0, bytes_max) as usize,
            wait_ms: request.max_wait_ms.max(0) as u64,
        })
    }

    /// Reads every partition once.
    // Hot path: fetch 2/5
    fn gather(&self, call: &Call) -> Gathered {
        let mut gathered = Gathered {
            results: Vec::with_capacity(self.partitions.len()),
            bytes: 0,
            available: 0,
            is_urgent: false,
        };
        let mut cached: Option<(&TopicKey, Option<Arc<Topic>>)> = None;
        for asked in &self.partitions {
            let topic = match &cached {
                Some((key, topic)) if **key == asked.topic => topic.clone(),
                _ => {
                    let topic = find_topic(call.node(), &asked.topic);
                    cached = Some((&asked.topic, topic.clone()));
                    topic
                }
            };
            let result = match topic {
                Some(topic) => self.read(call.node(), &topic, asked, gathered.bytes),
                None => Err(why_unknown(call, asked)),
            };
            match &result {
                Ok(found) => {
                    gathered.bytes += found.slice.as_ref().map_or(0, |slice| slice.length);
                    gathered.available += found.available.min(asked.bytes_max.max(0) as u64);
                    // A read ends with its segment, so waiting brings no more.
                    gathered.is_urgent |= found.diverging.is_some() || found.more_follows;
                }
                Err(_) => gathered.is_urgent = true,
            }
            gathered.results.push(result);
        }
        gathered
    }

    fn read(
        &self,
        node: &Node,
        topic: &Topic,
        asked: &FetchedPartition,
        used: usize,
    ) -> Result<Found, ErrorCode> {
        let replica = topic
            .replica(asked.partition)
            .ok_or_else(|| node.why_no_replica(&topic.name, asked.partition))?;
        let left = self.bytes_max.saturating_sub(used);
        let minimum = if used == 0 { Minimum::OneBatch } else { Minimum::Nothing };
        // Before version 3 there was no overall limit and no promise of a whole batch; giving one
        // spares old clients a retry with a larger buffer.
        replica.read(Reading {
            offset: asked.fetch_offset,
            bytes_max: left.min(asked.bytes_max.max(0) as usize),
            minimum,
            isolation: self.isolation,
            leader_epoch: asked.leader_epoch,
            last_fetched_epoch: asked.last_fetched_epoch,
        })
    }

    fn is_satisfied(&self, gathered: &Gathered) -> bool {
        gathered.is_urgent
            || gathered.bytes >= self.bytes_min
            || gathered.available >= self.bytes_min as u64
            || self.wait_ms == 0
            || self.partitions.is_empty()
    }

    /// Waits for more, reading again each time a partition moved.
    // Hot path: fetch 3/5
    async fn wait(self, call: Call) -> Answer {
        let node = call.node();
        let started_us = node.env.mono_us();
        let deadline = node.env.mono().plus_ms(self.wait_ms);
        let mut over = std::pin::pin!(node.env.sleep_until(deadline));
        let mut stop = node.stop.clone();
        let notify = Arc::new(Notify::new());
        let gathered = loop {
            // Registered before reading: what is appended in between wakes us.
            self.register(&call, &notify);
            let gathered = self.gather(&call);
            if self.is_satisfied(&gathered) {
                break gathered;
            }
            drop(gathered);
            tokio::select! {
                _ = notify.notified() => {}
                _ = &mut over => break self.gather(&call),
                _ = stop.wait_for(|stopping| *stopping) => break self.gather(&call),
            }
        };
        node.metrics.stage(Stage::FetchWait, node.env.mono_us() - started_us);
        self.finish(call, gathered).await
    }

    /// Answers in the format that the client reads.
    async fn finish(self, call: Call, gathered: Gathered) -> Answer {
        let Some(format) = OldFormat::of_fetch(call.version) else {
            return self.answer(&call, gathered, Vec::new());
        };
        let slice_of = |result: &Result<Found, ErrorCode>| result.as_ref().ok()?.slice.clone();
        let slices = gathered.results.iter().map(slice_of);
        let pieces = self.partitions.iter().cloned().zip(slices).collect();
        let converted = converted::convert_all(&call.caller.node, format, pieces).await;
        self.answer(&call, gathered, converted)
    }

    fn register(&self, call: &Call, notify: &Arc<Notify>) {
        for asked in &self.partitions {
            let replica = find_topic(call.node(), &asked.topic)
                .and_then(|topic| topic.replica(asked.partition));
            if let Some(replica) = replica {
                replica.wake_when_readable(call.caller.id, notify);
            }
        }
    }

    /// `converted` holds, by partition, what goes out in place of a slice.
    // Hot path: fetch 4/5
    fn answer(
        self,
        call: &Call,
        gathered: Gathered,
        mut converted: Vec<Option<Converted>>,
    ) -> Answer {
        let node = call.node();
        let mut session = self.session;
        if self.opens_session {
            let kind = SessionKind { uses_topic_ids: call.version >= 13, privileged: false };
            let now = node.env.mono();
            let id = || (node.env.random() & 0x7fff_ffff) as i32;
            let partitions = self.partitions.clone();
            let mut opened = node.sessions.lock().open(kind, partitions, now, id);
            opened.learn_names(|id| name_of(node, id));
            session = Some(opened);
        }
        let mut response = Responding { call, topics: Vec::new(), files: Vec::new() };
        let mut failed = false;
        for (at, (asked, result)) in self.partitions.iter().zip(gathered.results).enumerate() {
            failed |= result.is_err();
            let converted = converted.get_mut(at).and_then(Option::take);
            let (data, slice) = response.partition(asked, result, converted);
            let included = match &mut session {
                None => true,
                Some(session) => {
                    let told = session.includes(&asked.topic, asked.partition, told(&data));
                    told || !self.incremental
                }
            };
            if included {
                response.add(asked, data, slice);
            }
        }
        if failed {
            node.metrics.failed_fetch_requests.inc();
        }
        let session_id = session.map_or(NO_SESSION, |session| {
            let id = session.id;
            node.sessions.lock().check_in(session, node.env.mono());
            id
        });
        let Responding { topics, files, .. } = response;
        let response = FetchResponse { session_id, responses: topics, ..FetchResponse::default() };
        Answer::WithFiles(response.into(), files)
    }
}

struct Responding<'a> {
    call: &'a Call,
    topics: Vec<FetchableTopicResponse>,
    files: Vec<FileSlice>,
}

impl Responding<'_> {
    /// One partition's answer, its records still a slice unless they had to be converted.
    fn partition(
        &self,
        asked: &FetchedPartition,
        result: Result<Found, ErrorCode>,
        converted: Option<Converted>,
    ) -> (PartitionData, Option<FileSlice>) {
        let found = match result {
            Ok(found) => found,
            Err(code) => return (failed_partition(asked.partition, code), None),
        };
        let mut data = PartitionData {
            partition_index: asked.partition,
            high_watermark: found.high_watermark.0,
            last_stable_offset: found.last_stable.0,
            log_start_offset: found.log_start.0,
            aborted_transactions: None,
            records: Some(Payload::Bytes(Default::default())),
            ..PartitionData::default()
        };
        if let Some((epoch, end)) = found.diverging {
            data.diverging_epoch =
                EpochEndOffset { epoch: epoch.0, end_offset: end.0, ..EpochEndOffset::default() };
        }
        if let Some(aborted) = &found.aborted {
            let aborted = aborted.iter().map(|aborted| AbortedTransaction {
                producer_id: aborted.producer_id.0,
                first_offset: aborted.first.0,
                ..AbortedTransaction::default()
            });
            data.aborted_transactions = Some(aborted.collect());
        }
        let Some(slice) = found.slice else { return (data, None) };
        if let Some(topic) = find_topic(self.call.node(), &asked.topic) {
            topic.metrics.bytes_out.inc_by(slice.length as u64);
        }
        match (converted, OldFormat::of_fetch(self.call.version)) {
            (None, None) => {
                data.records = Some(Payload::External { slot: 0, length: slice.length as u32 });
                return (data, Some(slice));
            }
            (Some(Ok(bytes)), _) => data.records = Some(Payload::Bytes(bytes)),
            (Some(Err(code)), _) => data.error_code = code.code(),
            // Whoever converted came to nothing.
            (None, Some(_)) => data.error_code = ErrorCode::UnknownServerError.code(),
        }
        (data, None)
    }

    fn add(&mut self, asked: &FetchedPartition, mut data: PartitionData, slice: Option<FileSlice>) {
        if let (Some(slice), Some(Payload::External { slot, .. })) = (slice, &mut data.records) {
            *slot = self.files.len() as u32;
            self.files.push(slice);
        }
        let (name, id) = match &asked.topic {
            TopicKey::Name(name) => (name.clone(), Uuid::ZERO),
            TopicKey::Id(id) => (Str::EMPTY, *id),
        };
        match self.topics.last_mut() {
            Some(topic) if topic.topic == name && topic.topic_id == id => {
                topic.partitions.push(data);
            }
            _ => self.topics.push(FetchableTopicResponse {
                topic: name,
                topic_id: id,
                partitions: vec![data],
                ..FetchableTopicResponse::default()
            }),
        }
    }
}

fn told(data: &PartitionData) -> fetch_session::Answer {
    fetch_session::Answer {
        error: ErrorCode::from_code(data.error_code),
        high_watermark: Offset(data.high_watermark),
        log_start_offset: Offset(data.log_start_offset),
        records_bytes: data.records.as_ref().map_or(0, Payload::len),
        redirects: data.diverging_epoch.epoch >= 0 || data.preferred_read_replica >= 0,
    }
}

fn failed_partition(index: i32, code: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: index,
        error_code: code.code(),
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        // An empty list where there is no log to read, and none where it cannot be read.
        aborted_transactions: match code {
            ErrorCode::UnknownTopicOrPartition | ErrorCode::UnknownTopicId => Some(Vec::new()),
            _ => None,
        },
        records: Some(Payload::Bytes(Default::default())),
        ..PartitionData::default()
    }
}

pub(super) fn find_topic(node: &Node, key: &TopicKey) -> Option<Arc<Topic>> {
    match key {
        TopicKey::Name(name) => node.partitions.topic(name),
        TopicKey::Id(id) => node.partitions.topic_by_id(*id),
    }
}

/// What the topic of an id is called, in memory of its own: a session outlives much.
fn name_of(node: &Node, id: Uuid) -> Option<Str> {
    node.partitions.topic_by_id(id).map(|topic| topic.name.detached())
}

/// What to say of a topic that is not there. A session that knew it says that another has come in its
/// place, or that it is gone.
fn why_unknown(call: &Call, asked: &FetchedPartition) -> ErrorCode {
    match (&asked.topic, &asked.topic_name) {
        (TopicKey::Id(_), None) => ErrorCode::UnknownTopicId,
        (TopicKey::Id(_), Some(name)) if call.node().partitions.topic(name).is_some() => {
            ErrorCode::InconsistentTopicId
        }
        _ => ErrorCode::UnknownTopicOrPartition,
    }
}

/// Begins with another partition each time. Before version 3 a client does not know that all partitions
/// share one limit, and may ask for them in the same order for ever.
fn rotate(request: &mut FetchRequest, by: usize) {
    let topics = request.topics.len().max(1);
    request.topics.rotate_left(by % topics);
    for topic in &mut request.topics {
        let partitions = topic.partitions.len().max(1);
        topic.partitions.rotate_left(by / topics % partitions);
    }
}

fn topic_key(by_id: bool, name: &Str, id: Uuid) -> TopicKey {
    // Detached: a session outlives the request's buffer.
    if by_id { TopicKey::Id(id) } else { TopicKey::Name(name.detached()) }
}

/// Whatever lies below 0 stands for no epoch.
fn epoch_if_any(epoch: i32) -> LeaderEpoch {
    LeaderEpoch(epoch.max(LeaderEpoch::NONE.0))
}

fn asked(request: &FetchRequest, by_id: bool) -> Vec<FetchedPartition> {
    let mut partitions = Vec::new();
    for topic in &request.topics {
        let key = topic_key(by_id, &topic.topic, topic.topic_id);
        partitions.extend(topic.partitions.iter().map(|partition| FetchedPartition {
            topic: key.clone(),
            topic_name: None,
            partition: partition.partition,
            fetch_offset: Offset(partition.fetch_offset),
            bytes_max: partition.partition_max_bytes,
            leader_epoch: epoch_if_any(partition.current_leader_epoch),
            last_fetched_epoch: epoch_if_any(partition.last_fetched_epoch),
            log_start_offset: Offset(partition.log_start_offset),
        }));
    }
    partitions
}
