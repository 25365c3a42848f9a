//! ShareFetch, key 78, versions 1-2 (KIP-932, 1206, 1222).
//!
//! Behaviour: a long poll within a share session. Acknowledgements that come along are taken first. Then
//! each partition of the session gives the member records that are available to it, beginning with
//! another partition each time; with less than `MinBytes` the request waits until something becomes
//! available, or for `MaxWaitMs`. A partition whose state has to be loaded first gives nothing until it
//! is. Epoch 0 opens a session, -1 ends it and fetches nothing.
//!
//! Versions: 2 renewal of locks, which fetches nothing, and a limit of records that is kept to the
//! record.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::config::GroupConfig;
use base::{ErrorCode, MonoMs, Uuid};
use bytes::Bytes;
use coordinator::share::SharePartitionKey;
use coordinator::share::partition::{Acknowledgement, AcquireMode, AcquiredRecords, ShareLimits};
use coordinator::share::session::{Begun, Brings, FINAL_EPOCH, Member, Told};
use protocol::Payload;
use protocol::messages::share_fetch_response::{
    self as answer, LeaderIdAndEpoch, NodeEndpoint, PartitionData, ShareFetchableTopicResponse,
};
use protocol::messages::{ShareFetchRequest, ShareFetchResponse};
use storage::FileSlice;
use tokio::sync::Notify;

use super::share_acknowledge::{self as acknowledge, Leader, Outcome, Place, Rules, member_of};
use super::{Answer, Call};
use crate::partitions::Isolation;
use crate::share;
use crate::share::partition::{Delivery, SharedPartition, Wish};

/// The acquire mode that keeps to the record.
const RECORD_LIMIT: i8 = 1;

pub fn handle(call: Call, request: ShareFetchRequest) -> Answer {
    let node = call.node();
    let member = match member_of(node, request.group_id.as_ref(), request.member_id.as_ref()) {
        Ok(member) => member,
        Err(code) => return refuse(code),
    };
    if misuses_renewal(&request, call.version) {
        return refuse(ErrorCode::InvalidRequest);
    }
    let said = acknowledgements(&request);
    let brings_any = said.values().any(|said| !said.is_empty());
    let brings = if brings_any { Brings::Acknowledgements } else { Brings::Nothing };
    let begun = node.coordinators.sharing.sessions.lock().fetch(
        &member,
        request.share_session_epoch,
        call.caller.id,
        brings,
        &asked_for(&request),
        &forgotten(&request),
    );
    let begun = match begun {
        Ok(begun) => begun,
        Err(code @ ErrorCode::ShareSessionLimitReached) => {
            // Not at once: the client would be back at once.
            let deadline = node.env.mono().plus_ms(request.max_wait_ms.max(0) as u64);
            return Answer::Later(Box::pin(async move {
                let mut stop = call.node().stop.clone();
                tokio::select! {
                    () = call.node().env.sleep_until(deadline) => {}
                    _ = stop.wait_for(|stopping| *stopping) => {}
                }
                refuse(code)
            }));
        }
        Err(code) => return refuse(code),
    };
    let config = share::group_config(node, &member.group_id);
    let fetch = Fetch::planned(&call, &request, &config, member, begun);
    let taken = match brings {
        Brings::Nothing => acknowledge::Begun::nothing(),
        Brings::Acknowledgements => {
            let rules = Rules::of(call.version, request.is_renew_ack);
            acknowledge::begin(node, &fetch.limits, &fetch.member, rules, said)
        }
    };
    Answer::Later(Box::pin(fetch.run(call, taken)))
}

/// Kafka gives no words with the code.
fn refuse(code: ErrorCode) -> Answer {
    let response = ShareFetchResponse { error_code: code.code(), ..ShareFetchResponse::default() };
    Answer::Now(response.into())
}

/// A request that renews locks must not fetch: it might come back too late for them.
fn misuses_renewal(request: &ShareFetchRequest, version: i16) -> bool {
    let wanted = [request.max_bytes, request.min_bytes, request.max_records, request.max_wait_ms];
    version >= 2 && request.is_renew_ack && wanted.iter().any(|wanted| *wanted != 0)
}

fn asked_for(request: &ShareFetchRequest) -> Vec<Place> {
    let topics = request.topics.iter();
    let places = topics
        .flat_map(|topic| topic.partitions.iter().map(|p| (topic.topic_id, p.partition_index)));
    places.collect()
}

fn forgotten(request: &ShareFetchRequest) -> Vec<Place> {
    let topics = request.forgotten_topics_data.iter();
    let places =
        topics.flat_map(|topic| topic.partitions.iter().map(|index| (topic.topic_id, *index)));
    places.collect()
}

fn acknowledgements(request: &ShareFetchRequest) -> BTreeMap<Place, Vec<Acknowledgement>> {
    let all = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| {
            let batches = partition.acknowledgement_batches.iter();
            let batches = batches.map(|batch| Acknowledgement {
                first_offset: batch.first_offset,
                last_offset: batch.last_offset,
                types: batch.acknowledge_types.clone(),
            });
            ((topic.topic_id, partition.partition_index), batches.collect())
        })
    });
    all.collect()
}

/// Begins with another partition in each request.
fn rotated(mut partitions: Vec<Place>, epoch: i32) -> Vec<Place> {
    if epoch >= 1 && !partitions.is_empty() {
        let by = epoch as usize % partitions.len();
        partitions.rotate_left(by);
    }
    partitions
}

/// One ShareFetch under way.
struct Fetch {
    member: Member,
    partitions: Vec<Place>,
    is_new: bool,
    epoch: i32,
    limits: ShareLimits,
    isolation: Isolation,
    mode: AcquireMode,
    batch_size: i32,
    records_max: i32,
    bytes_max: usize,
    bytes_min: usize,
    deadline: MonoMs,
}

/// What one partition gave.
enum Given {
    Nothing,
    Records(Delivery),
    Error(ErrorCode),
}

impl Fetch {
    fn planned(
        call: &Call,
        request: &ShareFetchRequest,
        config: &GroupConfig,
        member: Member,
        begun: Begun,
    ) -> Fetch {
        let node = call.node();
        let (partitions, is_new) = match begun {
            Begun::Opened(partitions) => (partitions, true),
            Begun::Continued(partitions) => (partitions, false),
            Begun::Ending => (Vec::new(), true),
        };
        let epoch = request.share_session_epoch;
        let is_renewal = call.version >= 2 && request.is_renew_ack;
        let most = node.config.load().network.fetch_max_bytes;
        let bytes_max = request.max_bytes.min(most).max(0);
        Fetch {
            member,
            partitions: if is_renewal { Vec::new() } else { rotated(partitions, epoch) },
            is_new,
            epoch,
            limits: share::limits_of(config),
            isolation: match config.share_isolation_level.as_str() {
                "read_committed" => Isolation::ReadCommitted,
                _ => Isolation::ReadUncommitted,
            },
            mode: match request.share_acquire_mode {
                RECORD_LIMIT => AcquireMode::RecordLimit,
                _ => AcquireMode::BatchOptimized,
            },
            batch_size: request.batch_size.max(1),
            records_max: request.max_records,
            bytes_max: bytes_max as usize,
            bytes_min: request.min_bytes.clamp(0, bytes_max) as usize,
            deadline: node.env.mono().plus_ms(request.max_wait_ms.max(0) as u64),
        }
    }

    async fn run(self, call: Call, taken: acknowledge::Begun) -> Answer {
        let gathered = self.gather_or_wait(&call).await;
        let acknowledged = taken.finish().await;
        if self.epoch == FINAL_EPOCH {
            acknowledge::end_session(call.node(), &self.member);
        }
        self.answer(&call, gathered, acknowledged)
    }

    async fn gather_or_wait(&self, call: &Call) -> Vec<(Place, Given)> {
        if self.partitions.is_empty() {
            return Vec::new();
        }
        let found: Vec<(Place, Result<Arc<SharedPartition>, ErrorCode>)> =
            self.partitions.iter().map(|place| (*place, self.find(call, *place))).collect();
        let has_any = found.iter().any(|(_, found)| found.is_ok());
        let is_idle = self.records_max <= 0 || self.bytes_max == 0;
        if !has_any || is_idle {
            return found.into_iter().map(|(place, found)| (place, idle(found))).collect();
        }
        let node = call.node();
        let mut over = std::pin::pin!(node.env.sleep_until(self.deadline));
        let mut stop = node.stop.clone();
        let notify = Arc::new(Notify::new());
        let mut is_last = false;
        loop {
            // Registered before looking: what becomes available in between wakes us.
            for partition in found.iter().filter_map(|(_, found)| found.as_ref().ok()) {
                partition.replica.wake_when_readable(call.caller.id, &notify);
                partition.wake_when_available(&notify);
            }
            if is_last || self.has_enough(&found) {
                let gathered = self.gather(call, &found);
                // One for each that was found, in that order.
                let is_done = gathered.iter().zip(&found).any(|((_, given), (_, found))| {
                    match given {
                        Given::Nothing => false,
                        Given::Records(_) => true,
                        // What was wrong from the beginning is told when there is something else.
                        Given::Error(_) => found.is_ok(),
                    }
                });
                if is_last || is_done {
                    return gathered;
                }
                // There may be more to look through at once.
                tokio::task::yield_now().await;
            }
            tokio::select! {
                _ = notify.notified() => {}
                _ = &mut over => is_last = true,
                _ = stop.wait_for(|stopping| *stopping) => is_last = true,
            }
        }
    }

    /// # Errors
    /// UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION, or NOT_LEADER_OR_FOLLOWER.
    fn find(
        &self,
        call: &Call,
        (topic_id, partition): Place,
    ) -> Result<Arc<SharedPartition>, ErrorCode> {
        let node = call.node();
        let image = node.image.load();
        let topic = image.topic_by_id(topic_id).ok_or(ErrorCode::UnknownTopicId)?;
        let replica = node.replica(&topic.name, partition)?;
        let group_id = self.member.group_id.clone();
        let key = SharePartitionKey { group_id, topic_id, partition };
        node.coordinators.sharing.partition(&key, &topic.name, &replica)
    }

    /// Whether there is as much as the member wants to hear of at once.
    fn has_enough(&self, found: &[(Place, Result<Arc<SharedPartition>, ErrorCode>)]) -> bool {
        if self.bytes_min <= 1 {
            return true;
        }
        let wish = self.wish(found.len(), self.records_max);
        let mut bytes = 0_usize;
        for partition in found.iter().filter_map(|(_, found)| found.as_ref().ok()) {
            match partition.available(&self.limits, &wish) {
                Ok(available) => bytes = bytes.saturating_add(available),
                Err(_) => return true,
            }
        }
        bytes >= self.bytes_min
    }

    fn wish(&self, partitions: usize, records_max: i32) -> Wish<'_> {
        Wish {
            member: &self.member.member_id,
            mode: self.mode,
            batch_size: self.batch_size,
            records_max,
            bytes_max: (self.bytes_max / partitions.max(1)).max(1),
            isolation: self.isolation,
        }
    }

    fn gather(
        &self,
        call: &Call,
        found: &[(Place, Result<Arc<SharedPartition>, ErrorCode>)],
    ) -> Vec<(Place, Given)> {
        let node = call.node();
        let sharing = &node.coordinators.sharing;
        let mut left = i64::from(self.records_max);
        let gathered = found.iter().map(|(place, found)| {
            let partition = match found {
                Ok(partition) => partition,
                Err(code) => return (*place, Given::Error(*code)),
            };
            let records_max = i32::try_from(left.max(0)).unwrap_or(i32::MAX);
            let wish = self.wish(self.partitions.len(), records_max);
            let now = node.env.mono();
            let given = match partition.deliver(sharing, now, &self.limits, &wish) {
                Ok(None) => Given::Nothing,
                Ok(Some(delivery)) => {
                    left -= delivery.acquired.iter().map(count).sum::<i64>();
                    Given::Records(delivery)
                }
                Err(code) => Given::Error(code),
            };
            (*place, given)
        });
        gathered.collect()
    }

    fn answer(
        &self,
        call: &Call,
        gathered: Vec<(Place, Given)>,
        mut acknowledged: BTreeMap<Place, Outcome>,
    ) -> Answer {
        let mut response = ShareFetchResponse {
            error_message: None,
            acquisition_lock_timeout_ms: self.limits.lock_ms as i32,
            ..ShareFetchResponse::default()
        };
        let (mut files, mut topics) = (Vec::new(), BTreeMap::new());
        for (place, given) in gathered {
            let told = match &given {
                Given::Nothing => Told::Nothing,
                Given::Records(_) => Told::Records,
                Given::Error(_) => Told::Error,
            };
            let sessions = &call.node().coordinators.sharing.sessions;
            let must_tell = self.is_new || sessions.lock().must_tell(&self.member, place, told);
            let acknowledged = acknowledged.remove(&place);
            if !must_tell && acknowledged.is_none() {
                continue;
            }
            let mut data = partition_data(place.1, given, &mut files);
            if let Some((code, message)) = acknowledged {
                data.acknowledge_error_code = code.code();
                data.acknowledge_error_message = message;
            }
            tell_leader(call, &mut response, place, &mut data);
            add(&mut response, &mut topics, place.0, data);
        }
        for (place, (code, message)) in acknowledged {
            let mut data = partition_data(place.1, Given::Nothing, &mut files);
            data.acknowledge_error_code = code.code();
            data.acknowledge_error_message = message;
            add(&mut response, &mut topics, place.0, data);
        }
        self.count_bytes(call, &response);
        Answer::WithFiles(response.into(), files)
    }

    fn count_bytes(&self, call: &Call, response: &ShareFetchResponse) {
        for topic in &response.responses {
            let bytes: usize = topic
                .partitions
                .iter()
                .map(|partition| partition.records.as_ref().map_or(0, Payload::len))
                .sum();
            if bytes > 0
                && let Some(topic) = call.node().partitions.topic_by_id(topic.topic_id)
            {
                topic.metrics.bytes_out.inc_by(bytes as u64);
            }
        }
    }
}

/// What a partition gives to a member that wants nothing.
fn idle(found: Result<Arc<SharedPartition>, ErrorCode>) -> Given {
    found.map_or_else(Given::Error, |_| Given::Nothing)
}

fn count(acquired: &AcquiredRecords) -> i64 {
    acquired.last_offset - acquired.first_offset + 1
}

fn partition_data(index: i32, given: Given, files: &mut Vec<FileSlice>) -> PartitionData {
    let mut data = PartitionData {
        partition_index: index,
        error_message: None,
        acknowledge_error_message: None,
        records: Some(Payload::Bytes(Bytes::new())),
        ..PartitionData::default()
    };
    match given {
        Given::Nothing => {}
        Given::Error(code) => data.error_code = code.code(),
        Given::Records(Delivery { acquired, records }) => {
            let length = records.length as u32;
            data.records = Some(Payload::External { slot: files.len() as u32, length });
            files.push(records);
            let acquired = acquired.iter().map(|records| answer::AcquiredRecords {
                first_offset: records.first_offset,
                last_offset: records.last_offset,
                delivery_count: i16::try_from(records.delivery_count).unwrap_or(i16::MAX),
                ..answer::AcquiredRecords::default()
            });
            data.acquired_records = acquired.collect();
        }
    }
    data
}

fn tell_leader(
    call: &Call,
    response: &mut ShareFetchResponse,
    (topic_id, index): Place,
    data: &mut PartitionData,
) {
    let code = ErrorCode::from_code(data.error_code);
    let Some(leader) = Leader::to_tell(call, topic_id, index, code) else { return };
    data.current_leader = LeaderIdAndEpoch {
        leader_id: leader.id,
        leader_epoch: leader.epoch,
        ..LeaderIdAndEpoch::default()
    };
    let endpoint = NodeEndpoint {
        node_id: leader.id,
        host: leader.host,
        port: leader.port,
        rack: leader.rack,
        ..NodeEndpoint::default()
    };
    if !response.node_endpoints.contains(&endpoint) {
        response.node_endpoints.push(endpoint);
    }
}

/// Adds what is said of a partition to its topic's, whose place in the answer `topics` knows.
fn add(
    response: &mut ShareFetchResponse,
    topics: &mut BTreeMap<Uuid, usize>,
    topic_id: Uuid,
    data: PartitionData,
) {
    let at = *topics.entry(topic_id).or_insert_with(|| {
        response.responses.push(ShareFetchableTopicResponse {
            topic_id,
            ..ShareFetchableTopicResponse::default()
        });
        response.responses.len() - 1
    });
    response.responses[at].partitions.push(data);
}
