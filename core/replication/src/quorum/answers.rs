//! What the quorum answers on the wire: DescribeQuorum 0-2 (55) and Vote 0-2 (52).
//!
//! Both name a topic and a partition, though there is only one: anything else is an error, which
//! DescribeQuorum puts with each partition and Vote in the error code of the whole.

use base::{ErrorCode, LeaderEpoch, MonoMs, Offset, Str, WallMs, topic};
use protocol::messages::describe_quorum_response::{
    Listener, Node, PartitionData, ReplicaState, TopicData,
};
use protocol::messages::{
    DescribeQuorumRequest, DescribeQuorumResponse, VoteRequest, VoteResponse, vote_request,
    vote_response,
};

use super::machine::{Candidacy, Effect, LogEnd, Quorum, ReplicaStatus};
use super::voters::{ReplicaKey, Voter};

/// The answer to a DescribeQuorum.
pub fn describe_quorum(
    quorum: &Quorum,
    request: &DescribeQuorumRequest,
    now: WallMs,
) -> DescribeQuorumResponse {
    let partitions = |topic: &protocol::messages::describe_quorum_request::TopicData| {
        topic.partitions.iter().map(|partition| partition.partition_index).collect::<Vec<_>>()
    };
    let is_the_log = request.topics.len() == 1
        && request.topics[0].topic_name == topic::CLUSTER_METADATA
        && partitions(&request.topics[0]) == [0];
    if !is_the_log {
        let topics = request.topics.iter().map(|topic| {
            let code = ErrorCode::UnknownTopicOrPartition;
            let partitions =
                partitions(topic).into_iter().map(|index| failed(index, code)).collect();
            TopicData { topic_name: topic.topic_name.clone(), partitions, ..Default::default() }
        });
        return DescribeQuorumResponse {
            error_message: Some(Str::EMPTY),
            topics: topics.collect(),
            ..Default::default()
        };
    }
    let Some(status) = quorum.describe(now) else {
        return answer(failed(0, ErrorCode::NotLeaderOrFollower), Vec::new());
    };
    let partition = PartitionData {
        partition_index: 0,
        error_code: ErrorCode::None.code(),
        error_message: Some(Str::EMPTY),
        leader_id: status.leader.0,
        leader_epoch: status.epoch.0,
        high_watermark: status.high_watermark.0,
        current_voters: status.voters.iter().map(replica).collect(),
        observers: Vec::new(),
        ..Default::default()
    };
    answer(partition, status.nodes.iter().map(node).collect())
}

/// The answer to a Vote, and what the vote asks to be done before the answer leaves.
pub fn vote(
    quorum: &mut Quorum,
    request: &VoteRequest,
    now: MonoMs,
    entropy: u64,
) -> (VoteResponse, Vec<Effect>) {
    let whole = |code: ErrorCode| VoteResponse { error_code: code.code(), ..Default::default() };
    let cluster_id = &quorum.settings().cluster_id;
    if request.cluster_id.as_ref().is_some_and(|id| id != cluster_id) {
        return (whole(ErrorCode::InconsistentClusterId), Vec::new());
    }
    let Some(candidacy) = candidacy(request) else {
        return (whole(ErrorCode::InvalidRequest), Vec::new());
    };
    let local = quorum.settings().local.key;
    let wanted = ReplicaKey::new(request.voter_id, candidacy.1);
    // -1 is what versions before 1 say; they mean whoever is asked.
    let for_me = request.voter_id < 0 || wanted.matches(&local);
    let (error, granted, effects) = match quorum.vote(now, entropy, candidacy.0) {
        Ok((_, effects)) if !for_me => (ErrorCode::InvalidVoterKey, false, effects),
        Ok((granted, effects)) => (ErrorCode::None, granted, effects),
        Err(code) => (code, false, Vec::new()),
    };
    let partition = vote_response::PartitionData {
        partition_index: 0,
        error_code: error.code(),
        leader_id: quorum.leader().map_or(-1, |id| id.0),
        leader_epoch: quorum.epoch().0,
        vote_granted: granted,
        ..Default::default()
    };
    let topics = vec![vote_response::TopicData {
        topic_name: Str::from_static(topic::CLUSTER_METADATA),
        partitions: vec![partition],
        ..Default::default()
    }];
    (VoteResponse { topics, ..Default::default() }, effects)
}

/// The candidacy in a request, and the directory of the voter it is meant for.
fn candidacy(request: &VoteRequest) -> Option<(Candidacy, base::Uuid)> {
    let [vote_request::TopicData { topic_name, partitions, .. }] = &request.topics[..] else {
        return None;
    };
    let [partition] = &partitions[..] else { return None };
    if *topic_name != topic::CLUSTER_METADATA || partition.partition_index != 0 {
        return None;
    }
    let candidacy = Candidacy {
        candidate: ReplicaKey::new(partition.replica_id, partition.replica_directory_id),
        epoch: LeaderEpoch(partition.replica_epoch),
        log_end: LogEnd {
            epoch: LeaderEpoch(partition.last_offset_epoch),
            offset: Offset(partition.last_offset),
        },
        pre_vote: partition.pre_vote,
    };
    Some((candidacy, partition.voter_directory_id))
}

fn answer(partition: PartitionData, nodes: Vec<Node>) -> DescribeQuorumResponse {
    DescribeQuorumResponse {
        error_message: Some(Str::EMPTY),
        topics: vec![TopicData {
            topic_name: Str::from_static(topic::CLUSTER_METADATA),
            partitions: vec![partition],
            ..Default::default()
        }],
        nodes,
        ..Default::default()
    }
}

fn failed(index: i32, code: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: index,
        error_code: code.code(),
        error_message: Some(Str::from_static(match code {
            ErrorCode::UnknownTopicOrPartition => "This server does not host this topic-partition.",
            code => code.name(),
        })),
        ..Default::default()
    }
}

fn replica(status: &ReplicaStatus) -> ReplicaState {
    ReplicaState {
        replica_id: status.key.id.0,
        replica_directory_id: status.key.directory_or_zero(),
        log_end_offset: status.log_end_offset.0,
        last_fetch_timestamp: status.last_fetch.0,
        last_caught_up_timestamp: status.last_caught_up.0,
        ..Default::default()
    }
}

fn node(voter: &Voter) -> Node {
    let listeners = voter.endpoints.iter().map(|(name, endpoint)| Listener {
        name: name.clone(),
        host: endpoint.host.clone(),
        port: endpoint.port,
        ..Default::default()
    });
    Node { node_id: voter.key.id.0, listeners: listeners.collect(), ..Default::default() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use base::Uuid;
    use protocol::messages::describe_quorum_request;

    use super::*;
    use crate::quorum::{Event, KnownVoters, QuorumSettings, VoterEndpoint, VoterSet};

    fn started() -> Quorum {
        let endpoint = VoterEndpoint { host: Str::from_static("localhost"), port: 9093 };
        let local = Voter {
            key: ReplicaKey::new(1, Uuid::from_halves(1, 1)),
            endpoints: BTreeMap::from([(Str::from_static("CONTROLLER"), endpoint)]),
            kraft_versions: (0, 1),
        };
        let known = KnownVoters {
            kraft_version: 1,
            voters: VoterSet::new([local.clone()]),
            offset: Some(Offset(-1)),
        };
        let settings = QuorumSettings {
            local,
            cluster_id: Str::from_static("c"),
            election_timeout_ms: 1000,
            fetch_timeout_ms: 2000,
        };
        let mut quorum = Quorum::new(settings, known, None, LogEnd::default());
        quorum.handle(MonoMs(0), 0, Event::Start);
        let end = LogEnd { epoch: LeaderEpoch(1), offset: Offset(3) };
        quorum.handle(MonoMs(0), 0, Event::Appended { end });
        quorum.handle(MonoMs(0), 0, Event::Flushed { end: Offset(3) });
        quorum
    }

    fn ask(topic: &str) -> DescribeQuorumResponse {
        let request = DescribeQuorumRequest {
            topics: vec![describe_quorum_request::TopicData {
                topic_name: Str::from(topic),
                partitions: vec![Default::default()],
                ..Default::default()
            }],
            ..Default::default()
        };
        describe_quorum(&started(), &request, WallMs(77))
    }

    #[test]
    fn the_only_voter_describes_itself_as_leader_that_is_always_caught_up() {
        let reply = ask("__cluster_metadata");
        let partition = &reply.topics[0].partitions[0];
        assert_eq!((partition.leader_id, partition.leader_epoch), (1, 1));
        assert_eq!(partition.high_watermark, 3);
        let voter = &partition.current_voters[0];
        assert_eq!((voter.log_end_offset, voter.last_caught_up_timestamp), (3, 77));
        assert_eq!(reply.nodes[0].listeners[0].port, 9093);
        assert!(partition.observers.is_empty());
    }

    #[test]
    fn another_topic_is_unknown_to_the_quorum() {
        let partition = &ask("orders").topics[0].partitions[0];
        assert_eq!(partition.error_code, ErrorCode::UnknownTopicOrPartition.code());
    }

    #[test]
    fn a_leader_votes_for_nobody_in_its_epoch_and_steps_back_before_a_later_one() {
        let mut quorum = started();
        let mut ask = |epoch, cluster: &str| {
            let partition = vote_request::PartitionData {
                replica_id: 2,
                replica_epoch: epoch,
                last_offset_epoch: 1,
                last_offset: 9,
                ..Default::default()
            };
            let request = VoteRequest {
                cluster_id: Some(Str::from(cluster)),
                voter_id: 1,
                topics: vec![vote_request::TopicData {
                    topic_name: Str::from_static("__cluster_metadata"),
                    partitions: vec![partition],
                    ..Default::default()
                }],
                ..Default::default()
            };
            let (reply, _) = vote(&mut quorum, &request, MonoMs(1), 0);
            let granted = reply.topics.first().map(|t| t.partitions[0].vote_granted);
            (reply.error_code, granted)
        };
        assert_eq!(ask(2, "other"), (ErrorCode::InconsistentClusterId.code(), None));
        assert_eq!(ask(1, "c"), (0, Some(false)));
        assert_eq!(ask(2, "c"), (0, Some(true)));
    }
}
