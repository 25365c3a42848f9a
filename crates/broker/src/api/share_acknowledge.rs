//! ShareAcknowledge, key 79, versions 1-2 (KIP-932, 1222).
//!
//! Behaviour: a member says what became of records that it holds, within its share session; the answer
//! comes when that is written. Epoch -1 ends the session, and releases what is still held. Each
//! partition has an error of its own.
//!
//! Versions: 2 renewal of locks, and how long a lock lasts.

use std::collections::BTreeMap;

use base::{ErrorCode, Str, Uuid};
use coordinator::share::SharePartitionKey;
use coordinator::share::partition::{Acknowledgement, ShareLimits};
use coordinator::share::session::{FINAL_EPOCH, Member};
use coordinator::share::shard::ShareError;
use protocol::messages::share_acknowledge_response::{
    LeaderIdAndEpoch, NodeEndpoint, PartitionData, ShareAcknowledgeTopicResponse,
};
use protocol::messages::{ShareAcknowledgeRequest, ShareAcknowledgeResponse};
use tokio::sync::oneshot;

use super::Call;
use crate::node::Node;
use crate::share;

/// The longest member id that a client makes: a UUID as text.
pub(super) const MEMBER_ID_MAX: usize = 36;

/// The type of an acknowledgement that renews a lock.
const RENEW: i8 = 4;

pub async fn handle(call: Call, request: ShareAcknowledgeRequest) -> ShareAcknowledgeResponse {
    let node = call.node();
    let member = match member_of(node, request.group_id.as_ref(), request.member_id.as_ref()) {
        Ok(member) => member,
        Err(code) => return refusal(code),
    };
    let epoch = request.share_session_epoch;
    if let Err(code) = node.coordinators.sharing.sessions.lock().acknowledge(&member, epoch) {
        return refusal(code);
    }
    let limits = share::limits(node, &member.group_id);
    let said = request.topics.into_iter().flat_map(|topic| {
        topic.partitions.into_iter().map(move |partition| {
            let batches = partition.acknowledgement_batches.into_iter();
            let batches = batches.map(|batch| Acknowledgement {
                first_offset: batch.first_offset,
                last_offset: batch.last_offset,
                types: batch.acknowledge_types,
            });
            ((topic.topic_id, partition.partition_index), batches.collect())
        })
    });
    let rules = Rules::of(call.version, request.is_renew_ack);
    let begun = begin(node, &limits, &member, rules, said.collect());
    let results = begun.finish().await;
    if epoch == FINAL_EPOCH {
        end_session(node, &member);
    }
    let mut response = ShareAcknowledgeResponse {
        error_message: None,
        acquisition_lock_timeout_ms: limits.lock_ms as i32,
        ..ShareAcknowledgeResponse::default()
    };
    for ((topic_id, partition_index), result) in results {
        let (code, message) = result;
        let mut data = PartitionData {
            partition_index,
            error_code: code.code(),
            error_message: message,
            ..PartitionData::default()
        };
        if let Some(leader) = Leader::to_tell(&call, topic_id, partition_index, code) {
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
        match response.responses.last_mut() {
            Some(topic) if topic.topic_id == topic_id => topic.partitions.push(data),
            _ => response.responses.push(ShareAcknowledgeTopicResponse {
                topic_id,
                partitions: vec![data],
                ..ShareAcknowledgeTopicResponse::default()
            }),
        }
    }
    response
}

/// Kafka gives no words with the code.
fn refusal(code: ErrorCode) -> ShareAcknowledgeResponse {
    ShareAcknowledgeResponse { error_code: code.code(), ..ShareAcknowledgeResponse::default() }
}

// ---- what ShareFetch does as well ----

/// Who a request comes from.
///
/// # Errors
/// UNSUPPORTED_VERSION where share groups are not served, INVALID_REQUEST where a name is missing or
/// impossible.
pub(super) fn member_of(
    node: &Node,
    group_id: Option<&Str>,
    member_id: Option<&Str>,
) -> Result<Member, ErrorCode> {
    if !share::is_enabled(node) {
        return Err(ErrorCode::UnsupportedVersion);
    }
    let group_id = group_id.ok_or(ErrorCode::InvalidRequest)?;
    let possible = |id: &&Str| !id.is_empty() && id.encode_utf16().count() <= MEMBER_ID_MAX;
    let member_id = member_id.filter(possible).ok_or(ErrorCode::InvalidRequest)?;
    // Detached: a session outlives the request's buffer.
    Ok(Member { group_id: group_id.detached(), member_id: member_id.detached() })
}

/// A session has ended, and with it what its member holds.
pub(super) fn end_session(node: &Node, member: &Member) {
    let sharing = &node.coordinators.sharing;
    let ended = sharing.sessions.lock().end(member);
    if let Some(partitions) = ended {
        sharing.release(node, member, &partitions);
    }
}

/// What acknowledgements may be like in a request.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    type_max: i8,
    may_renew: bool,
}

impl Rules {
    pub(super) fn of(version: i16, is_renew_ack: bool) -> Rules {
        Rules { type_max: if version >= 2 { RENEW } else { RENEW - 1 }, may_renew: is_renew_ack }
    }

    fn allow(self, said: &[Acknowledgement]) -> bool {
        let mut end = -1;
        said.iter().all(|batch| {
            let count = batch.types.len();
            let is_in_order = batch.first_offset <= batch.last_offset && batch.first_offset >= end;
            let is_complete = count == 1
                || (count > 1 && batch.last_offset - batch.first_offset == count as i64 - 1);
            let is_known = batch.types.iter().all(|kind| {
                (0..=self.type_max).contains(kind) && (*kind != RENEW || self.may_renew)
            });
            end = batch.last_offset;
            is_in_order && is_complete && is_known
        })
    }
}

/// A partition by its topic's id.
pub(super) type Place = (Uuid, i32);

/// What became of a partition's acknowledgements.
pub(super) type Outcome = (ErrorCode, Option<Str>);

/// Acknowledgements that have been taken, and may wait to be written.
pub(super) struct Begun {
    done: BTreeMap<Place, Outcome>,
    waiting: Vec<(Place, oneshot::Receiver<Result<(), ShareError>>)>,
}

/// Takes acknowledgements, before anything is fetched.
pub(super) fn begin(
    node: &Node,
    limits: &ShareLimits,
    member: &Member,
    rules: Rules,
    said: BTreeMap<Place, Vec<Acknowledgement>>,
) -> Begun {
    let mut begun = Begun { done: BTreeMap::new(), waiting: Vec::new() };
    let sharing = &node.coordinators.sharing;
    let (mut silent, mut says_something) = (Vec::new(), false);
    for (place, said) in said {
        let image = node.image.load();
        let Some(topic) = image.topic_by_id(place.0) else {
            begun.done.insert(place, (ErrorCode::UnknownTopicId, None));
            continue;
        };
        if !rules.allow(&said) {
            begun.done.insert(place, (ErrorCode::InvalidRequest, None));
            continue;
        }
        if usize::try_from(place.1).is_ok_and(|index| index >= topic.partitions.len())
            || place.1 < 0
        {
            begun.done.insert(place, (ErrorCode::UnknownTopicOrPartition, None));
            continue;
        }
        if said.is_empty() {
            silent.push(place);
            continue;
        }
        says_something = true;
        let key = SharePartitionKey {
            group_id: member.group_id.clone(),
            topic_id: place.0,
            partition: place.1,
        };
        let Some(partition) = sharing.known(&key) else {
            let message = "This server does not host this topic-partition.";
            let code = ErrorCode::UnknownTopicOrPartition;
            begun.done.insert(place, (code, Some(Str::from_static(message))));
            continue;
        };
        let now = node.env.mono();
        match partition.acknowledge(sharing, now, limits, &member.member_id, &said) {
            Ok(None) => drop(begun.done.insert(place, (ErrorCode::None, None))),
            Ok(Some(receiver)) => begun.waiting.push((place, receiver)),
            Err(error) => drop(begun.done.insert(place, outcome(&error))),
        }
    }
    // Kafka answers for partitions of which nothing was said only beside one of which something was.
    if says_something {
        begun.done.extend(silent.into_iter().map(|place| (place, (ErrorCode::None, None))));
    }
    begun
}

impl Begun {
    pub(super) fn nothing() -> Begun {
        Begun { done: BTreeMap::new(), waiting: Vec::new() }
    }

    /// Waits until everything is written, or is not.
    pub(super) async fn finish(self) -> BTreeMap<Place, Outcome> {
        let Begun { mut done, waiting } = self;
        for (place, receiver) in waiting {
            let written = match receiver.await {
                Ok(Ok(())) => (ErrorCode::None, None),
                Ok(Err(error)) => outcome(&error),
                // The node stops.
                Err(_) => (ErrorCode::NotLeaderOrFollower, None),
            };
            done.insert(place, written);
        }
        done
    }
}

fn outcome(error: &ShareError) -> Outcome {
    (error.code, (!error.message.is_empty()).then_some(Str::from_static(error.message)))
}

/// Where a client finds the leader of a partition that is not here.
pub(super) struct Leader {
    pub(super) id: i32,
    pub(super) epoch: i32,
    pub(super) host: Str,
    pub(super) port: i32,
    pub(super) rack: Option<Str>,
}

impl Leader {
    pub(super) fn to_tell(
        call: &Call,
        topic_id: Uuid,
        partition: i32,
        code: ErrorCode,
    ) -> Option<Leader> {
        if !matches!(code, ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch) {
            return None;
        }
        let image = call.node().image.load();
        let partition =
            image.topics().partition(topic_id, base::PartitionIndex(partition))?.clone();
        let broker = image.broker(partition.leader)?;
        let endpoint = broker.listeners.get(&call.caller.listener)?;
        Some(Leader {
            id: broker.id.0,
            epoch: partition.leader_epoch.0,
            host: endpoint.host.clone(),
            port: i32::from(endpoint.port),
            rack: broker.rack.clone(),
        })
    }
}
