//! FindCoordinator, key 10, versions 0-6.
//!
//! Behaviour: who coordinates a group, a transactional id or a shared partition is who leads the
//! partition of its internal topic that the key hashes to. A topic that is not there yet is created, and
//! the answer waits for it. Without a leader that this listener reaches: COORDINATOR_NOT_AVAILABLE.
//!
//! Versions: 0 groups alone · 1 key type (0 group, 1 transaction), message · 3 flexible · 4 several keys,
//! each with an answer of its own (KIP-699) · 5 TRANSACTION_ABORTABLE (KIP-890) · 6 key type 2, a shared
//! partition, `group:topic id:partition` (KIP-932).

use base::{BrokerId, ErrorCode, PartitionIndex, Str, Uuid};
use protocol::messages::find_coordinator_response::Coordinator;
use protocol::messages::{FindCoordinatorRequest, FindCoordinatorResponse};

use super::Call;
use crate::coordinator::java_hash;
use crate::internal_topics::{self, GROUP_TOPIC, SHARE_TOPIC, TRANSACTION_TOPIC};

/// Before this version one key was asked for, and answered at the top.
const SEVERAL_KEYS_FROM: i16 = 4;

/// Before this version nobody may ask for shared partitions.
const SHARE_FROM: i16 = 6;

pub async fn handle(call: Call, request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    let topic = match request.key_type {
        0 => Ok(GROUP_TOPIC),
        1 => Ok(TRANSACTION_TOPIC),
        2 if call.version >= SHARE_FROM => Ok(SHARE_TOPIC),
        _ => Err(ErrorCode::InvalidRequest),
    };
    if let Ok(topic) = topic {
        internal_topics::ensure(call.node(), topic).await;
    }
    let find = |key: &Str| {
        let found = topic.and_then(|topic| find(&call, topic, key));
        found.unwrap_or_else(|code| nobody(key, code))
    };
    if call.version >= SEVERAL_KEYS_FROM {
        // Apache has words where the type of the keys is wrong. Of single keys it says nothing, which
        // is not null.
        let in_words = |found: Coordinator| match topic {
            Ok(_) => Coordinator { error_message: Some(Str::EMPTY), ..found },
            Err(_) => found,
        };
        let coordinators = request.coordinator_keys.iter().map(find).map(in_words).collect();
        return FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() };
    }
    let found = find(&request.key);
    FindCoordinatorResponse {
        error_code: found.error_code,
        // Apache names the error here even where there is none.
        error_message: Some(found.error_message.unwrap_or(Str::from_static("NONE"))),
        node_id: found.node_id,
        host: found.host,
        port: found.port,
        ..FindCoordinatorResponse::default()
    }
}

fn find(call: &Call, topic: &'static str, key: &Str) -> Result<Coordinator, ErrorCode> {
    let hash = match topic {
        SHARE_TOPIC => java_hash(&share_key(key).ok_or(ErrorCode::InvalidRequest)?),
        _ => java_hash(key),
    };
    let image = call.node().image.load();
    let partitions = &image.topic(topic).ok_or(ErrorCode::CoordinatorNotAvailable)?.partitions;
    let index = PartitionIndex(hash % (partitions.len() as i32).max(1));
    let leader = partitions.get(&index).and_then(|partition| image.broker(partition.leader));
    let endpoint = leader
        .filter(|broker| !broker.fenced)
        .and_then(|broker| Some((broker.id, broker.listeners.get(&call.caller.listener)?)));
    let (id, endpoint) = endpoint.ok_or(ErrorCode::CoordinatorNotAvailable)?;
    Ok(Coordinator {
        key: key.clone(),
        node_id: id.0,
        host: endpoint.host.clone(),
        port: i32::from(endpoint.port),
        error_message: None,
        ..Coordinator::default()
    })
}

fn nobody(key: &Str, code: ErrorCode) -> Coordinator {
    let message = match code {
        ErrorCode::CoordinatorNotAvailable => "The coordinator is not available.",
        _ => "the key type is 0, 1 or, from version 6 on, 2 with a key `group:topic id:partition`",
    };
    Coordinator {
        key: key.clone(),
        node_id: BrokerId::NONE.0,
        port: -1,
        error_code: code.code(),
        error_message: Some(Str::from_static(message)),
        ..Coordinator::default()
    }
}

/// The key of a shared partition as coordinators write it, if it is one. A group's name may have
/// colons, so it is read from its end.
fn share_key(key: &str) -> Option<String> {
    let (rest, partition) = key.rsplit_once(':')?;
    let (group, topic) = rest.rsplit_once(':')?;
    let partition: i32 = partition.parse().ok()?;
    let topic: Uuid = topic.parse().ok()?;
    (!group.trim().is_empty()).then(|| format!("{group}:{topic}:{partition}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_shared_partition_is_read_from_its_end() {
        let id = "AAAAAAAAAAAAAAAAAAAAAQ";
        let read = |key: String| share_key(&key);
        assert_eq!(read(format!("group:{id}:7")), Some(format!("group:{id}:7")));
        assert_eq!(read(format!("a:b:{id}:007")), Some(format!("a:b:{id}:7")));
        for wrong in [
            String::new(),
            "group".into(),
            format!("group:{id}"),
            format!(" :{id}:7"),
            format!("group:{id}:"),
            format!("group:{id}:seven"),
            "group:no-uuid:7".into(),
        ] {
            assert_eq!(read(wrong.clone()), None, "{wrong}");
        }
    }
}
