//! TxnOffsetCommit, key 28, versions 0-5.
//!
//! Behaviour: as OffsetCommit, and what is written holds once the transaction commits. Until then
//! OffsetFetch with RequireStable answers UNSTABLE_OFFSET_COMMIT (KIP-447).
//!
//! Versions: 2 leader epoch, and COORDINATOR_LOAD_IN_PROGRESS, which older producers do not survive;
//! 3 flexible, and who commits (generation, member, instance); 4 TRANSACTION_ABORTABLE (KIP-890);
//! 5 the coordinator adds the group to the transaction itself.

use base::{ErrorCode, PartitionIndex, ProducerEpoch, ProducerId, Sequence};
use coordinator::group::CommitInTransaction;
use coordinator::shard::for_clients;
use protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use protocol::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use protocol::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};
use storage::Verification;

use super::{Call, committed};
use crate::internal_topics::GROUP_TOPIC;
use crate::transactions::verification::{Operation, Question, Target, Writer};

/// The first version whose clients know COORDINATOR_LOAD_IN_PROGRESS (KAFKA-7296).
const KNOWS_LOADING: i16 = 2;

pub async fn handle(call: Call, mut request: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
    let mut response = TxnOffsetCommitResponse::default();
    let image = call.node().image.load_full();
    for topic in &mut request.topics {
        let found = image.topic(&topic.name).map(|found| &**found);
        let number = |partition: &TxnOffsetCommitRequestPartition| partition.partition_index;
        let missing = committed::take_missing(found, &mut topic.partitions, number);
        if !missing.is_empty() {
            let missing = TxnOffsetCommitRequestTopic { partitions: missing, ..topic.clone() };
            response.topics.push(topic_errors(&missing, ErrorCode::UnknownTopicOrPartition));
        }
    }
    request.topics.retain(|topic| !topic.partitions.is_empty());
    if request.topics.is_empty() {
        return response;
    }
    let asked: Vec<TxnOffsetCommitRequestTopic> = request.topics.clone();
    match commit(&call, request).await {
        Ok(committed) => merge(&mut response, committed.topics),
        Err(code) => {
            let code = match code {
                ErrorCode::CoordinatorLoadInProgress if call.version < KNOWS_LOADING => {
                    ErrorCode::CoordinatorNotAvailable
                }
                other => other,
            };
            merge(&mut response, asked.iter().map(|topic| topic_errors(topic, code)));
        }
    }
    response
}

async fn commit(
    call: &Call,
    request: TxnOffsetCommitRequest,
) -> Result<TxnOffsetCommitResponse, ErrorCode> {
    if request.group_id.is_empty() {
        return Err(ErrorCode::InvalidGroupId);
    }
    let groups = &call.node().coordinators.groups;
    let shard = groups.shard_of(&request.group_id);
    let guard = match verify(call, &request, shard).await? {
        Verification::Required(guard) => guard,
        Verification::Settled => None,
    };
    groups.ask(shard, CommitInTransaction { asked: call.asked(request), guard }).await
}

/// The partition in which the group lives must be part of the transaction before it takes offsets of
/// it (KIP-890).
async fn verify(
    call: &Call,
    request: &TxnOffsetCommitRequest,
    shard: PartitionIndex,
) -> Result<Verification, ErrorCode> {
    let node = call.node();
    let replica = node.replica(GROUP_TOPIC, shard.0).map_err(for_clients)?;
    let writer = Writer {
        transactional_id: request.transactional_id.clone(),
        producer_id: ProducerId(request.producer_id),
        producer_epoch: ProducerEpoch(request.producer_epoch),
        operation: Operation::of_txn_offset_commit(call.version),
    };
    let target = Target { replica, first_sequence: Sequence::NONE };
    let question = Question::begin(node, writer, vec![target]);
    let verified = match question.settled() {
        Some(verified) => verified,
        None => question.ask(node).await,
    };
    verified.into_iter().next().unwrap_or(Ok(Verification::Settled)).map_err(for_clients)
}

fn topic_errors(
    topic: &TxnOffsetCommitRequestTopic,
    code: ErrorCode,
) -> TxnOffsetCommitResponseTopic {
    let partitions = topic.partitions.iter().map(|partition| TxnOffsetCommitResponsePartition {
        partition_index: partition.partition_index,
        error_code: code.code(),
        ..TxnOffsetCommitResponsePartition::default()
    });
    TxnOffsetCommitResponseTopic {
        name: topic.name.clone(),
        partitions: partitions.collect(),
        ..TxnOffsetCommitResponseTopic::default()
    }
}

fn merge(
    response: &mut TxnOffsetCommitResponse,
    topics: impl IntoIterator<Item = TxnOffsetCommitResponseTopic>,
) {
    let key = |topic: &TxnOffsetCommitResponseTopic| topic.name.clone();
    committed::merge(&mut response.topics, topics, key, |topic| &mut topic.partitions);
}
